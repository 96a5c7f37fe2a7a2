#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# examples/scan finds exactly what a gateway on the loopback interface takes: its transforms in Main
# Mode, its exchanges, its vendor IDs; and it keeps its pace. check_scan.sh BUILD_DIR
set -u
check=scan shown=scan
scan=$1/examples/scan
. "$(dirname "$0")/loopback.sh"

# answer EXCHANGE: a gateway whose rule names it.
answer() {
    cat >"$work/gateway.ini" <<INI
[gateway]
listen = $net.2
port = $port
natt_port = $((port + 10000))
clear_notify = yes
allow = 3des, modp1024
[rule 7]
peer = $net.1
psk = 0x3f9a1c55d0e27b8841aa09c6e2f7135b9d
exchange = $1
ike = aes256-sha512-x25519, aes128-sha256-ecp256, 3des-sha1-modp1024
esp = aes128-sha256
local = 10.2.0.0/24
remote = 10.1.0.0/24
INI
    : >"$work/gateway.log" # or what the last one said would be taken for this one's
    "$gateway" --config "$work/gateway.ini" >"$work/gateway.log" 2>&1 &
    answering=$!
    turns=100
    until grep -q "port $((port + 10000))" "$work/gateway.log"; do
        turns=$((turns - 1))
        [ "$turns" -gt 0 ] || return 1
        sleep 0.1
    done
}

leaves() {
    kill -TERM "$answering"
    wait "$answering"
    answering=
}

ask() { # OPTION...
    timeout 60 "$scan" --source "$net.1" --port "$port" --interval 100 --timeout 500 "$@" \
        "$net.2" >"$work/scan.log" 2>&1
}

# accepts EXCHANGE: what was accepted in it, sorted.
accepts() {
    sed -n "/^$1/,/^[^ ]/p" "$work/scan.log" | sed -n 's/^  accepts //p' | sort
}

answer main
began=$(date +%s)
ask --backoff 1
result $? 'comes to its end'
took=$(($(date +%s) - began))

[ "$(accepts 'Main Mode')" = '3des-sha1-modp1024, PSK
aes128-sha256-ecp256, PSK
aes256-sha512-x25519, PSK' ]
result $? 'exactly the transforms that its rule names'
grep -q '^  refuses 1197 transforms, does not answer to 0$' "$work/scan.log"
result $? 'all others are refused'
[ -z "$(accepts Base)$(accepts Aggressive)" ]
result $? 'neither Base nor Aggressive Mode, which its rule does not name'
sed -n '/all are announced/,$p' "$work/scan.log" | grep -q '4a131c81070358455c5728f20e95452f'
result $? 'NAT traversal when it is announced'
grep -q '^the answer comes again after - not at all$' "$work/scan.log"
result $? 'the answer comes once: a responder of ours sends it again when it is asked again'
sent=$(sed -n 's/^\([0-9]*\) datagrams in .*/\1/p' "$work/scan.log")
[ $((took + 1)) -ge $(((${sent:-0} - 1) / 10)) ] && [ "${sent:-0}" -gt 40 ]
result $? 'not more than one datagram in 100 ms'

leaves

answer aggressive
ask --tries 1
[ "$(accepts 'Aggressive Mode, ECP256')" = 'aes128-sha256-ecp256, PSK' ] &&
    [ "$(accepts 'Aggressive Mode, MODP1024')" = '3des-sha1-modp1024, PSK' ] &&
    [ -z "$(accepts Base)" ]
result $? 'Aggressive Mode, in each of its groups'
leaves
answer base
ask --tries 1
[ "$(accepts 'Base Mode' | wc -l)" -eq 1 ] && [ -z "$(accepts Aggressive)" ]
result $? 'Base Mode'
leaves

"$scan" --source "$net.1" --port $((port + 5)) "$net.2" >"$work/scan.log" 2>&1
[ $? -eq 1 ] && grep -q 'nobody listens' "$work/scan.log"
result $? 'a port where nobody listens is said so'
"$scan" --interval 99 "$net.2" >"$work/scan.log" 2>&1
[ $? -eq 2 ] && "$scan" "$net.2" "$net.3" >"$work/scan.log" 2>&1
[ $? -eq 2 ]
result $? 'neither faster than 100 ms nor two targets'
exit "$failed"
