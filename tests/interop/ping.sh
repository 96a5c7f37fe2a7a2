# SPDX-License-Identifier: Apache-2.0
# Traffic through the tunnel: ping is the witness, from either end, and across rekeys without a loss.
# Our end carries it itself (data = tun). To be sourced.

# ping_from NAMESPACE ADDRESS COUNT [OPTION...]: every one comes back, or it is noted how many did. What is
# late is not lost: on a busy machine a process may stand still for seconds.
ping_from() {
    namespace=$1 address=$2 count=$3
    shift 3
    ip netns exec "$namespace" ping -n -q -c "$count" -i 0.05 -W 10 "$@" "$address" \
        >"$work/ping.$namespace" 2>&1
    require "$count packets from $namespace to $address come back: $(grep transmitted "$work/ping.$namespace")" \
        grep -q " $count received" "$work/ping.$namespace"
}

# host_in NETWORK: the first address of it; or that is one itself.
host_in() {
    case $1 in
    *::/*) echo "${1%::/*}::1" ;;
    */*) echo "${1%.0/*}.1" ;;
    *) echo "$1" ;;
    esac
}

# ping_both COUNT: at the same time, from each end to the other.
ping_both() {
    ping_from "$dut" "$(host_in "$their_net")" "$1" &
    ours_pid=$!
    ping_from "$PFX-charon" "$(host_in "$our_net")" "$1"
    theirs=$?
    wait "$ours_pid" && [ "$theirs" -eq 0 ]
}

new_pair() { # COUNT: so many pairs have come up on our side
    [ "$(grep -c '^SA out ' "$gateway_log")" -ge "$1" ]
}

ask_charon() {
    charon --rekey --child net >"$work/charon.out" 2>&1
}

ask_us() {
    kill -USR2 "$gateway_pid"
}

# rekeyed COUNT COMMAND: a new pair, the COUNTth, that COMMAND asks for while pings are on their way.
rekeyed() {
    ping_both 50 &
    pings=$!
    sleep 0.7
    "$2"
    require "a new pair of SAs comes up, asked for by $2" wait_until 5 new_pair "$1"
    wait "$pings"
}

# carry ROLE: a tunnel that is used from both ends, rekeyed by either of them meanwhile.
carry() {
    end_gateway
    gateway_keys='data = tun'
    configure && begin "$1" || return 1
    require 'both sides have an IPsec SA' wait_until 8 both_sas_are_up || return 1
    rekeyed 2 ask_charon
    rekeyed 3 ask_us
    end_by_gateway
    require 'no device is left' test -z "$(ip -n "$dut" -o link show type tun)"
}

# The first packet opens the tunnel, and comes through.
open_on_demand() {
    end_gateway
    gateway_keys='data = tun'
    configure
    : >"$gateway_log" # or what the last one said would be taken for this one's
    start_gateway
    require 'the gateway has its device' wait_until 5 we_said '^tunnels over' || return 1
    ping_from "$dut" "$(host_in "$their_net")" 1
    ping_from "$dut" "$(host_in "$their_net")" 5
    require 'the log tells of it' we_said 'Cannot find outbound SA for rule <#1>'
    end_by_gateway
}

carry_with() { # ROLE ESP-SUITE
    default_settings
    our_esp=$2
    run_case "$1, ping through the tunnel, $2" carry "$1"
}

carry_ipv6() { # ROLE
    default_settings
    our_ip=fd00:91::9 their_ip=fd00:91::1
    our_net=fd00:92:9::/64 their_net=fd00:92:1::/64
    run_case "$1, ping through the tunnel, IPv6" carry "$1"
}

# ---- two gateways, with no NAT between them: ESP by itself ----

other_pid=

# start_other: a second gateway, which answers; what is ours is its peer's.
start_other() {
    ip_kept=$our_ip net_kept=$our_net
    our_ip=$their_ip our_net=$their_net their_ip=$ip_kept their_net=$net_kept
    configure_gateway
    mv "$work/gateway.ini" "$work/other.ini"
    their_ip=$our_ip their_net=$our_net our_ip=$ip_kept our_net=$net_kept
    : >"$work/other.log" # or what the last one said would be taken for this one's
    ip netns exec "$other" "$gateway" --config "$work/other.ini" >"$work/other.log" 2>&1 &
    other_pid=$!
    require 'the other gateway listens' wait_until 5 grep -q 'tunnels over' "$work/other.log"
}

end_other() {
    stop "$other_pid"
    other_pid=
}

esp_seen() { # COUNT: so many packets of IP protocol 50
    [ "$(tshark -r "$work/esp.pcap" 2>/dev/null | wc -l)" -ge "$1" ]
}

between_gateways() {
    gateway_keys='data = tun'
    sh "$peers/net.sh" cap-start "$work/esp.pcap" 'proto 50 or ip6 proto 50'
    start_other || return 1
    configure_gateway
    start_gateway --connect 1
    require 'the pair of SAs comes up' wait_until 8 new_pair 1 || return 1
    ping_from "$dut" "$(host_in "$their_net")" 10
    ping_from "$other" "$(host_in "$our_net")" 10
    ping_from "$dut" "$(host_in "$their_net")" 5 -s 4000 # fragments, inside
    sh "$peers/net.sh" cap-stop
    require 'it is ESP by itself' esp_seen 40
    end_gateway
    require 'the other one sees it end' wait_until 5 grep -q '^SA gone in ' "$work/other.log"
    end_other
}

two_gateways() {
    other=$PFX-other
    sh "$peers/net.sh" attach "$other" 10.91.0.8/24 fd00:91::8/64 &&
        sh "$peers/net.sh" inner "$other" 10.92.8.1/24 &&
        sh "$peers/net.sh" inner "$other" fd00:92:8::1/64 || give_up 'no third namespace'
    for outer in IPv4 IPv6; do
        for inner in IPv4 IPv6; do
            default_settings
            their_ip=10.91.0.8 their_net=10.92.8.0/24
            [ $outer = IPv4 ] || our_ip=fd00:91::9 their_ip=fd00:91::8
            [ $inner = IPv4 ] || our_net=fd00:92:9::/64 their_net=fd00:92:8::/64
            our_esp=aes256-sha256
            run_case "two gateways, plain ESP over $outer, $inner inside" between_gateways
            end_other
        done
    done
    sh "$peers/net.sh" detach "$other"
}

part_ping() {
    start_charon || give_up 'charon does not start'
    sh "$peers/net.sh" attach "$PFX-charon" fd00:91::1/64 &&
        sh "$peers/net.sh" inner "$PFX-charon" fd00:92:1::1/64 &&
        sh "$peers/net.sh" inner "$dut" fd00:92:9::1/64 || give_up 'no IPv6'
    two_gateways
    for suite in aes128-sha1 aes256-sha256 aes192-sha384 aes256-sha512 aes128gcm16 aes256gcm16; do
        carry_with initiator "$suite"
    done
    default_settings
    run_case 'a packet opens the tunnel' open_on_demand
    carry_with responder aes128-sha1
    carry_with responder aes256gcm16
    carry_ipv6 initiator
    carry_ipv6 responder
}
