# SPDX-License-Identifier: Apache-2.0
# What checks of the gateway example over the loopback interface share. To be sourced by
# check_*.sh BUILD_DIR with its name in $check, and in $shown the logs that tell of a failure.
gateway=$1/examples/gateway
work=$(mktemp -d) || exit 1
answering= opening= failed=0

if [ ! -x "$gateway" ]; then
    echo "skip - $check: all # the gateway example needs inih"
    exit 0
fi
cleanup() {
    for pid in $answering $opening; do kill "$pid" 2>/dev/null; done
    rm -rf "$work"
}
trap cleanup EXIT

# Addresses and ports that other runs at the same time do not use.
net=127.$(($$ / 250 % 250 + 1)).$(($$ % 250 + 1))
port=$((20000 + $$ % 10000))

result() { # STATUS NAME
    if [ "$1" -eq 0 ]; then
        echo "ok - $check: $2"
        return
    fi
    for log in $shown; do sed "s/^/# $log: /" "$work/$log.log"; done
    echo "not ok - $check: $2"
    failed=1
}

# wait_for LOG PATTERN [COUNT]: at most 10 seconds, until so many lines are there.
wait_for() {
    turns=100
    until [ "$(grep -c -e "$2" "$work/$1.log")" -ge "${3:-1}" ]; do
        turns=$((turns - 1))
        [ "$turns" -gt 0 ] || return 1
        sleep 0.1
    done
}
