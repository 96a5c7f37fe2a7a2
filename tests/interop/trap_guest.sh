#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs in a guest kernel that has ESP: gateways with data = kernel whose rules have no SAs. Nothing goes
# or comes in the clear, the first packet brings the SAs up, and when they end it is the same again.
# trap_guest.sh GATEWAY PEERS-FOLDER
set -u
. "$(dirname "$0")/guest_pair.sh"

policies() { # NAMESPACE
    ip -n "$PFX-$1" xfrm policy
}

# How many echo requests have come to a namespace in the clear or out of a tunnel.
echoes() { # NAMESPACE
    ip netns exec "$PFX-$1" awk '/^Icmp: [0-9]/ { print $10 }' /proc/net/snmp
}

ping_once() { # NAMESPACE: from its network to the other one
    case $1 in
    west) from=10.92.1.1 to=10.92.2.1 ;;
    east) from=10.92.2.1 to=10.92.1.1 ;;
    esac
    ip netns exec "$PFX-$1" ping -n -q -c 1 -W 1 -I "$from" "$to" >"$work/ping" 2>&1
}

passes() { # FROM TO: the one way
    before=$(echoes "$2")
    ping_once "$1"
    [ "$(echoes "$2")" -gt "$before" ]
}

# nothing_passes FROM TO: not even what is not answered.
nothing_passes() {
    before=$(echoes "$2")
    ping_once "$1" && echo "a packet from $1 to $2 is answered" >>"$work/wrong"
    require "no packet of $1 comes to $2" test "$(echoes "$2")" = "$before"
}

# The first packets ask for the SAs and are lost, those behind them pass.
opens() { # COUNT
    wait_until 20 ping_once west || echo 'no packet comes through' >>"$work/wrong"
    require "pair number $1 is up" pairs west "$1"
    ping_once east || echo 'nothing comes through the other way' >>"$work/wrong"
}

no_route_is_left() {
    [ -z "$(ip -n "$PFX-west" route show 10.92.2.0/24; ip -n "$PFX-east" route show 10.92.1.0/24)" ]
}

has_policy() { # NETWORK: in west, in all three directions
    [ "$(policies west | grep -c "$1")" -eq 3 ]
}

has_none() { # NETWORK
    ! policies west | grep -q "$1"
}

# West gets another rule and loses it again, while the first one's tunnel is up.
rereads() {
    cp "$work/west.ini" "$work/kept.ini"
    sed -n '/^\[rule/,$p' "$work/kept.ini" | sed 's/^.rule 1./[rule 2]/; s/10.92.2.0/10.92.3.0/' >>"$work/west.ini"
    kill -HUP "$west"
    require 'a rule that is added has its policies' wait_until 10 has_policy 10.92.3.0/24
    cp "$work/kept.ini" "$work/west.ini"
    kill -HUP "$west"
    require 'a rule that has gone has none' wait_until 10 has_none 10.92.3.0/24
    require 'packets still pass' ping_once west
}

# Where nobody can be asked, nothing leaves.
east_cannot_ask() {
    start east
    nothing_passes east west
    stop "$started" 10
}

# check_traps PEER-OF-EAST: west can call, east too or not.
check_traps() {
    rules west 10.91.0.1 10.91.0.2 10.92.1.0/24 10.92.2.0/24
    rules east 10.91.0.2 "$1" 10.92.2.0/24 10.92.1.0/24
    ip -n "$PFX-east" route replace 10.92.1.0/24 dev eth0
    require 'packets pass before there are rules' passes east west
    [ "$1" != any ] || east_cannot_ask
    start west
    west=$started
    nothing_passes west east
    nothing_passes east west
    start east
    east=$started
    # the kernel asks again when what it has asked for is half a minute old
    wait_until 40 west_asks_again
    opens 1
    require 'the log tells why' grep -q 'Cannot find outbound SA for rule <#1>' "$work/west.log"
    rereads
    kill -USR1 "$east"
    require 'the pair ends' wait_until 10 grep -q '^SA gone out' "$work/west.log"
    opens 2
    stop "$west" 10
    stop "$east" 10
    require 'no SA and no policy is left' nothing_is_left
    require 'no route is left' no_route_is_left
    nothing_is_refused
}

west_asks_again() {
    ping_once west
    pairs west 1
}

# ---- ESP for which there is no SA ----

# What the kernel carries does not wake us, what it cannot is told. All that east had is gone with it, as when
# its machine starts again.
check_strays() { # NATT NETWORK-BETWEEN
    natt=$1
    rules west "${2}1" "${2}2" 10.92.1.0/24 10.92.2.0/24
    rules east "${2}2" "${2}1" 10.92.2.0/24 10.92.1.0/24
    start east
    east=$started
    rm -f "$work/west.capsule"
    start west --connect 1 --capsule "$work/west.capsule" --with-secrets
    west=$started
    require 'the pair comes up' wait_until 20 pairs east 1
    before=$(wakings "$east")
    ip netns exec "$PFX-west" ping -n -q -c 200 -i 0.01 -I 10.92.1.1 10.92.2.1 >"$work/ping" 2>&1
    require 'packets come through' grep -q ' 200 received' "$work/ping"
    require 'packets of a pair do not wake us' test $(($(wakings "$east") - before)) -lt 50
    kill -KILL "$east"
    wait "$east" 2>/dev/null
    ip -n "$PFX-east" xfrm state flush
    ip -n "$PFX-east" xfrm policy flush
    start east
    ping_once west
    require 'packets of a lost pair are told' wait_until 5 grep -q '^!! Cannot find Phase 2 SA' "$work/east.log"
    stop "$west" 10
    stop "$started" 10
    nothing_is_refused
    # with the SPIs that the kernel gave
    require 'what west did happens again' "$gateway" --config "$work/west.ini" --replay "$work/west.capsule" >/dev/null
}

wakings() { # PID
    sed -n 's/^voluntary_ctxt_switches:[^0-9]*//p' "/proc/$1/status"
}

check 'no SAs: nothing in the clear, the first packet asks' check_traps 10.91.0.1
check 'no SAs, the peer may be anywhere' check_traps any
check 'ESP for which there is no SA' check_strays auto 10.91.0.
check 'ESP in UDP for which there is no SA' check_strays force 10.91.0.
check 'ESP over IPv6 for which there is no SA' check_strays auto fd00:91::
check 'ESP in UDP over IPv6 for which there is no SA' check_strays force fd00:91::
finish
