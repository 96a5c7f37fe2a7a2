#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Two gateways on this machine that authenticate by certificate, once with RSA in Main Mode and once
# with ECDSA in Aggressive Mode; shows both logs.
#     certificate_pair.sh GATEWAY      the built example
# No root: two addresses of the loopback interface, and high ports.
set -u
gateway=$(realpath "$1") || exit 1
examples=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
east_pid=
cleanup() {
    [ -z "$east_pid" ] || kill "$east_pid" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM
cd "$work" || exit 1

# Addresses and ports that another run at the same time does not use.
net=127.$(($$ / 250 % 250 + 1)).$(($$ % 250 + 1))
port=$((20000 + $$ % 10000))

# rules NAME END PEER PEER'S-END AUTH EXCHANGE: the END is that of the address and of the network.
rules() {
    cat >"$1.ini" <<INI
[gateway]
listen = $net.$2
port = $port
natt_port = $((port + 10000))
ca = ca.crt
crl = ca.crl
[rule 1]
peer = $net.$4
peer_port = $port
peer_natt_port = $((port + 10000))
auth = $5
cert = $1.crt
key = $1.key
local_id = $1.example.org
remote_id = $3.example.org
exchange = $6
ike = aes128-sha256-x25519
esp = aes128gcm16
local = 10.$2.0.0/24
remote = 10.$4.0.0/24
INI
}

# listening FILE: within five seconds.
listening() {
    turns=50
    until grep -q "port $((port + 10000))" "$1" 2>/dev/null; do
        turns=$((turns - 1))
        [ "$turns" -gt 0 ] || return 1
        sleep 0.1
    done
}

# negotiate KIND AUTH EXCHANGE
negotiate() {
    rm -rf ca.* west.* east.*
    sh "$examples/make_certs.sh" . "$1" || return 1
    rules west 1 east 2 "$2" "$3"
    rules east 2 west 1 "$2" "$3"
    "$gateway" --config east.ini >east.log 2>&1 &
    east_pid=$!
    listening east.log &&
        timeout 30 "$gateway" --config west.ini --connect 1 --exit-when-up --exit-after 20 \
            >west.log 2>&1
    status=$?
    kill "$east_pid" && wait "$east_pid" || status=1
    east_pid=
    echo "--- $1, $3: the log of west, which opens"
    cat west.log
    echo "--- $1, $3: the log of east"
    cat east.log
    return "$status"
}

negotiate rsa rsa main && negotiate ecdsa ecdsa256 aggressive
