#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# examples/in_memory prints the published logs line by line (mission S14). check_golden.sh BUILD_DIR
set -u
build=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

# result STATUS NAME
result() {
    if [ "$1" -eq 0 ]; then echo "ok - golden: $2"; else echo "not ok - golden: $2" && failed=1; fi
}

# part TITLE: the lines under one heading of the program's output.
part() {
    awk -v title="--- $1 ---" '/^--- /{inside = ($0 == title); next} inside' "$work/out"
}

timeout 60 "$build/examples/in_memory" >"$work/out" 2>"$work/err"
status=$?
sed 's/^/# /' "$work/err"
result "$status" 'in_memory ends with SAs on both sides'

for role in initiator responder; do
    part "log of the $role" >"$work/$role"
    diff -u "tests/golden/$role.txt" "$work/$role" | sed 's/^/# /'
    cmp -s "tests/golden/$role.txt" "$work/$role"
    result $? "the $role's log is the published one"

    part "IPsec SAs of the $role" | cut -c1-18 | sort >"$work/$role.sas"
    [ "$(cut -c1-3 "$work/$role.sas" | tr -d '\n')" = 'in out' ]
    result $? "the $role has one SA in and one out"
done

# What one sends with, the other receives with.
spi() {
    part "IPsec SAs of the $1" | sed -n "s/^$2  *ESP spi \(0x[0-9a-f]*\).*/\1/p"
}
[ -n "$(spi initiator in)" ] && [ "$(spi initiator in)" = "$(spi responder out)" ] &&
    [ -n "$(spi initiator out)" ] && [ "$(spi initiator out)" = "$(spi responder in)" ]
result $? 'both sides name the same SPIs'
exit "$failed"
