# SPDX-License-Identifier: Apache-2.0
# The lines of the gateways' manual that are not in every negotiation, nor among refusals: strongSwan
# causes the situation, and what was there before goes on. To be sourced.

# both_said OUR-LINES CHARON'S-LINES
both_said() {
    require "our log says: $1" wait_until 8 all_said we_said "$1"
    require "charon's log says: $2" wait_until 8 all_said peer_said "$2"
}

both_up() {
    require 'both sides have an IPsec SA' wait_until 15 both_sas_are_up
}

charon_pid() {
    cat "$charon_state/run/charon.pid"
}

# ---- dynamic peers: whoever has the key, with the network it says is behind it ----

# Rule 1 is that of a peer that is known, and not there; rule 2 that of the others.
configure_dynamic() { # NETWORK NETWORK: behind charon's two addresses
    their_pfs=
    (
        gateway_section "$our_ip"
        peer=10.91.0.77 their_net=10.92.7.0/24
        gateway_rule
        rule=2 peer=any their_net=any
        gateway_rule
    ) >"$work/gateway.ini"
    (
        echo 'connections {'
        their_net=$1
        charon_connection
        connection=d their_ip=10.91.0.2 their_net=$2
        charon_connection
        echo '}'
        charon_secrets
    ) >"$work/swanctl.conf"
    require 'strongSwan takes its configuration' load_charon || return 1
    mark_peer
    start_gateway
    require 'the gateway listens' wait_until 5 we_listen
}

begin_connection() { # NAME
    charon --initiate --child net --ike "$1" --timeout 8 >"$work/charon.out" 2>&1
}

# The first one has what it had.
first_goes_on() {
    charon --list-sas --ike c >"$work/charon.sas" 2>&1
    require 'the other connection is as it was' grep -q INSTALLED "$work/charon.sas"
    ! we_said '^IPsec SA down'
}

rules_network() { # M-S8
    configure_dynamic 10.92.7.0/24 10.92.2.0/24 || return 1
    begin_connection c
    both_said '!! Local / remote IPs of incoming request conflict with rule <#1>' \
        'received INVALID_ID_INFORMATION error notify'
    require 'neither side has an IPsec SA' has_no_child
}

# second_refused LOCAL-NETWORK OUR-LINES CHARON'S-LINES: of the second connection; the first is up.
second_refused() {
    configure_dynamic 10.92.1.0/24 "$1" || return 1
    begin_connection c
    both_up || return 1
    begin_connection d
    both_said "$2" "$3"
    first_goes_on
}

live_network() { # M-S10
    second_refused 10.92.1.0/24 '!! Remote IP <10.92.1.0> / <10.92.1.255> conflicts' \
        'received INVALID_ID_INFORMATION error notify'
}

too_many() { # M-S11
    rule_extra='connections = 1'
    second_refused 10.92.2.0/24 '!! Active connection allowed exceeded' 'received .* error notify'
}

# ---- time ----

goes_idle() {
    rule_extra='idle = 2' gateway_keys='data = tun'
    configure && begin initiator || return 1
    both_up || return 1
    both_said 'Rule <#1> idle time out, disconnect' 'received DELETE for IKE_SA c'
    require 'charon has no pair left' wait_until 5 has_no_child_there
}

has_no_child_there() {
    charon --list-sas >"$work/charon.sas" 2>&1 && ! grep -q INSTALLED "$work/charon.sas"
}

# It does not answer for a while; meanwhile the rule is to be connected once more.
answers_late() {
    gateway_keys='retry_ms = 300'
    configure || return 1
    kill -STOP "$(charon_pid)"
    start_gateway --connect 1,1
    require 'we say so' wait_until 5 all_said we_said \
        '!! IKE Negotiation is in process;;!! IKE Packet Retransmit'
    kill -CONT "$(charon_pid)"
    both_up
}

never_answers() {
    gateway_keys=$(hasty)
    configure || return 1
    kill -STOP "$(charon_pid)"
    start_gateway --connect 1
    require 'we give up' wait_until 8 all_said we_said \
        '!! IKE Packet Retransmit;;!! Too many errors! Deleting SA;;^ISAKMP SA failed rule 1'
    kill -CONT "$(charon_pid)"
}

# Its first message waits for us until it sends it again.
asks_twice() {
    configure || return 1
    start_gateway
    require 'the gateway listens' wait_until 5 we_listen || return 1
    kill -STOP "$gateway_pid"
    begin_connection c &
    asking=$!
    require 'charon repeats itself' wait_until 5 peer_said 'sending retransmit 1 of request'
    kill -CONT "$gateway_pid"
    require 'we say so' wait_until 5 we_said '!! Duplicate requests with the same cookie'
    both_up
    wait "$asking"
}

# ---- a pair that only one side has ----

# We are killed and begin again; it goes on with the pair that is lost. When there is an ISAKMP SA again,
# with a pair for another network of ours, we can tell it.
uses_lost_pair() {
    gateway_keys='data = tun' their_remote_ts=10.92.8.0/23
    configure && begin initiator || return 1
    both_up || return 1
    kill -KILL "$gateway_pid"
    wait "$gateway_pid" 2>/dev/null
    start_gateway
    require 'the gateway listens' wait_until 5 we_listen || return 1
    it_sends
    require 'we say so' wait_until 5 we_said '!! Cannot find Phase 2 SA'
    ! we_said ' Send:' || echo 'we answer without an ISAKMP SA' >>"$work/wrong"
    end_gateway
    our_net=10.92.8.0/24
    configure_gateway
    start_gateway --connect 1
    require 'both sides have another pair' wait_until 8 we_said '^SA out ' || return 1
    it_sends
    both_said '!! Cannot find Phase 2 SA' 'received INVALID_SPI error notify'
    before=$(lost_packets)
    it_sends # it notes what it is told and goes on
    require 'it goes on' test "$(lost_packets)" -gt "$before"
    require 'we tell it once in a while' test "$(count "$gateway_log" ' Send:<HASH><NOTFY>')" -eq 1
}

lost_packets() {
    count "$gateway_log" '!! Cannot find Phase 2 SA'
}

it_sends() {
    ip netns exec "$PFX-charon" ping -n -q -c 20 -i 0.05 -W 1 10.92.9.1 >"$work/charon.out" 2>&1
}

# ---- the way there ----

cannot_send() {
    gateway_keys='retry_ms = 300'
    configure || return 1
    ip -n "$dut" link set eth0 down
    start_gateway --connect 1
    require 'we say so' wait_until 5 we_said '!! Failed to send IKE Packet'
    ip -n "$dut" link set eth0 up
    both_up
}

# Ours is another one from now on; the rule is to be connected again.
address_changes() {
    rule_extra='reconnect = yes' our_id=gate.peers.test our_seen=%any their_pfs=
    require 'strongSwan takes its configuration' configure_charon || return 1
    our_ip=
    {
        gateway_section 0.0.0.0
        gateway_rule
    } >"$work/gateway.ini"
    mark_peer
    start_gateway --connect 1
    both_up || return 1
    ip -n "$dut" addr del 10.91.0.9/24 dev eth0
    ip -n "$dut" addr add 10.91.0.19/24 dev eth0
    require 'we say so' wait_until 5 we_said '!! WAN IP changed to <10.91.0.19>'
    require 'what was there ends' wait_until 5 we_said '^IPsec SA down rule 1: '
    require 'a pair comes up from there' wait_until 10 new_pair 2
    require 'charon sees who it is' peer_said 'established between 10.91.0.1.*10.91.0.19'
    ip -n "$dut" addr del 10.91.0.19/24 dev eth0
    ip -n "$dut" addr add 10.91.0.9/24 dev eth0
}

other_identity() {
    rule_extra='remote_id = other.peers.test'
    configure && begin responder || return 1
    both_said 'Peer ID: ' 'received .* error notify|giving up after'
    require 'neither side has an IPsec SA' has_no_child
}

seed_case() { # NAME COMMAND
    default_settings
    run_case "strongSwan causes: $1" "$2"
}

part_seed() {
    start_charon || give_up 'charon does not start'
    ip -n "$PFX-charon" addr replace 10.91.0.2/24 dev eth0
    seed_case 'its network is that of another rule' rules_network
    seed_case 'its network is that of a live connection' live_network
    seed_case 'one connection more than there may be' too_many
    seed_case 'it sends nothing' goes_idle
    seed_case 'it answers late' answers_late
    seed_case 'it does not answer' never_answers
    seed_case 'it asks twice' asks_twice
    seed_case 'it uses a pair that we have lost' uses_lost_pair
    seed_case 'it cannot be sent to' cannot_send
    seed_case 'it is somebody else' other_identity
    default_settings
    run_case 'our address changes while strongSwan is connected' address_changes
}
