#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Our gateway example against strongSwan's charon, each in a network namespace.
#     run.sh BUILD_DIR [--write]       --write puts the table of what ran into tests/README.md
# IKEV1_SHARED (../shared) has the scripts that start charon. IKEV1_CACHE (/var/cache/ikev1-tests)
# keeps the guest kernel that is downloaded once, for the negotiations without NAT-T.
#
# Prints `ok - name`, `not ok - name` or `skip - name # why` for each case, and the table.
# Some of the parts run side by side, each a process with its own network: run.sh BUILD_DIR PART runs one.
set -u
gateway=$(realpath -m "$1")/examples/gateway
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.." || exit 1
peers=$(realpath -m "${IKEV1_SHARED:-../shared}")/peers
what=${2:-all}
# The longest first.
PARTS='renew plutorenew rekey modes plutomodes field trap matrix scan dpd kernel natt nat remote vpnc esp plutos
    pluto certs frag ping ikescan seed'
for file in ../setup lib sides agree refuse dissect guest table crowd matrix esp pluto ping kernel vpnc nat \
    remote rekey dpd frag pluto_field ikescan scan modes renew seed; do
    . "$here/$file.sh"
done

# Why nothing can run here; silent when it can.
obstacle() {
    if [ ! -x "$gateway" ]; then
        echo 'the gateway example needs inih'
    elif [ ! -f "$peers/charon.sh" ]; then
        echo "no scripts for real peers in $peers"
    elif [ ! -x /usr/lib/ipsec/charon ] || ! command -v swanctl >/dev/null; then
        echo 'strongSwan (charon, swanctl) is not installed'
    else
        can_make_namespaces
    fi
}

# ---- the parts ----

# every_suite COMMAND ROLE: COMMAND for each suite, without PFS and with it.
every_suite() {
    for suite in aes128-sha1-modp2048 aes256-sha256-ecp256 3des-sha1-modp1024; do
        for pfs in without with; do
            default_settings
            suite "$suite"
            [ "$pfs" = without ] || our_pfs=$group
            "$1" "$2"
        done
    done
}

with_natt() { # ROLE
    run_case "$1, $our_ike, PFS ${our_pfs:-none}, NAT-T" negotiate_twice "$1"
    tell_negotiation "$1" yes IPv4
}

with_ipv6() { # ROLE
    default_settings
    our_ip=fd00:91::9 their_ip=fd00:91::1
    our_net=fd00:92:9::/64 their_net=fd00:92:1::/64
    run_case "$1, IPv6, NAT-T" negotiate_twice "$1"
    tell_negotiation "$1" yes IPv6
}

with_dynamic_peer() {
    default_settings
    peer=0.0.0.0
    run_case 'responder, dynamic peer (0.0.0.0), NAT-T' negotiate_twice responder
    tell_negotiation responder yes 'IPv4, dynamic peer'
}

part_natt() {
    start_charon || give_up 'charon does not start'
    sh "$peers/net.sh" attach "$PFX-charon" fd00:91::1/64 &&
        sh "$peers/net.sh" inner "$PFX-charon" fd00:92:1::1/64 || give_up 'no IPv6'
    every_suite with_natt initiator
    every_suite with_natt responder
    with_ipv6 initiator
    with_ipv6 responder
    with_dynamic_peer
    run_case 'our deletes of IPsec SAs arrive' child_deletes_arrive
    run_refusals refusals psk
    default_settings
    our_pfs=modp2048
    run_case 'tshark dissects every message of ours' check_dissection
}

ender=charon
next_ender() {
    if [ "$ender" = charon ]; then ender=gateway; else ender=charon; fi
}

# charon keeps the certificates that it has seen.
comes_up() { # ROLE
    configure && charon --flush-certs >/dev/null && begin "$1" || return 1
    require 'both sides have an IPsec SA' wait_until 10 both_sas_are_up || return 1
    end_by_gateway
}

part_certs() {
    start_charon || give_up 'charon does not start'
    make_certs >"$work/charon.out" 2>&1 || give_up 'no certificates'
    run_refusals certificate_refusals rsa
    for role in initiator responder; do
        default_settings
        by rsa
        their_extra='send_certreq = no' rule_extra='cert_unasked = yes'
        run_case "$role, our certificate unasked" comes_up "$role"
        tell_negotiation "$role" yes 'our certificate unasked'
    done
}

# ---- one part, from network to cleaning up ----

give_up() {
    cat "$work/charon.out"
    echo "not ok - interop: $1"
    exit 1
}

cleanup() {
    trap '' INT TERM
    end_gateway
    sh "$peers/net.sh" cap-stop
    if [ -n "$guest" ]; then
        stop_guest
    else
        sh "$peers/charon.sh" down
        [ -z "${LSW:-}" ] || sh "$peers/libreswan.sh" down
    fi
    sh "$peers/net.sh" detach "$dut"
    rm -rf "$work"
} >/dev/null 2>&1

run_part() {
    export table="${table:-$work/table}"
    export PFX="iv$$" STATE="$work/state" # the names of the peers' namespaces begin with PFX
    export PEER=10.91.0.9 REMOTE_TS=10.92.9.0/24 RETRY_TRIES=1 RETRY_TIMEOUT=1.5
    dut=$PFX-dut guest= gateway_is=here crowded= log_name=charon.log gateway_log=$work/gateway.log gateway_pid= failures=0 peer_log=/dev/null peer_lines=0
    mkdir -p "$STATE"
    trap cleanup EXIT
    trap 'exit 1' INT TERM
    sh "$peers/net.sh" attach "$dut" 10.91.0.9/24 fd00:91::9/64 &&
        sh "$peers/net.sh" inner "$dut" 10.92.9.1/24 || give_up 'no network'
    "part_$what"
    [ "$failures" -eq 0 ]
}

# ---- all of them ----

# show_part PART STATUS: what it printed; one that broke off has failed.
show_part() {
    cat "$work/$1.out"
    [ "$2" -eq 0 ] || grep -q '^not ok - ' "$work/$1.out" ||
        echo "not ok - interop: part $1 broke off with status $2"
}

# One after the other of the parts that no other worker has taken: more side by side than a machine
# can run cost pings, not time.
work_through() { # BUILD-DIR
    running=
    trap 'kill "$running" 2>/dev/null; wait "$running"; exit 1' INT TERM
    for part in $PARTS; do
        mkdir "$work/$part.taken" 2>/dev/null || continue
        sh "$here/run.sh" "$1" "$part" >"$work/$part.out" 2>&1 &
        running=$!
        wait "$running"
        echo "$?" >"$work/$part.status"
    done
}

# A part that has failed beside five others runs once more, by itself: what was the busy machine's fault is
# gone then, what is broken is not. What failed at first is shown all the same.
run_again() { # BUILD-DIR PART
    sed 's/^not ok - /# beside others: &/; s/^ok - /# &/; s/^skip - /# &/' "$work/$2.out" >"$work/$2.before"
    rm -f "$table.$2" "$table.refused.$2"
    [ "$2" != matrix ] || rm -f "$table.grid"
    sh "$here/run.sh" "$1" "$2" >"$work/$2.again" 2>&1 &
    pids=$!
    wait "$pids"
    echo "$?" >"$work/$2.status"
    cat "$work/$2.before" "$work/$2.again" >"$work/$2.out"
}

stop_workers() {
    for pid in $pids; do
        stop "$pid" 15
    done
    rm -rf "$work"
}

run_all() {
    pids= broken=0
    trap stop_workers EXIT
    trap 'exit 1' INT TERM
    export table="$work/table"
    for worker in 1 2 3 4 5 6; do
        work_through "$1" &
        pids="$pids $!"
    done
    for pid in $pids; do
        wait "$pid"
    done
    pids=
    for part in $PARTS; do
        [ "$(cat "$work/$part.status" 2>/dev/null)" = 0 ] || run_again "$1" "$part"
        status=$(cat "$work/$part.status")
        show_part "$part" "$status"
        [ "$status" -eq 0 ] || broken=1
    done
    print_table
    [ "$what" != --write ] || write_table tests/README.md
    [ "$broken" -eq 0 ]
}

why=$(obstacle)
if [ -n "$why" ]; then
    echo "skip - interop: all # $why"
    exit 0
fi
work=$(mktemp -d) || exit 1
case $what in
all | --write) run_all "$1" ;;
*) run_part ;;
esac
