# SPDX-License-Identifier: Apache-2.0
# Real NAT, by masquerading namespaces: in front of us, in front of charon, in front of both; and one
# that changes its address in the life of a tunnel. To be sourced.

# nat_box NAME OUTSIDE NET HOST: a NAT between the test network and NET.0/24, behind which HOST is; calls
# from outside to IKE's ports are handed to it.
nat_box() {
    box=$PFX-$1 inside=$PFX-lan-$1
    sh "$peers/net.sh" attach "$box" "$2/24" &&
        ip -n "$inside" link add nat type veth peer name eth1 netns "$box" &&
        ip -n "$inside" link set nat master br0 up &&
        ip -n "$box" link set eth1 up && ip -n "$box" addr add "$3.254/24" dev eth1 &&
        ip netns exec "$box" nft -f - <<N
table ip nat {
  chain pre {
    type nat hook prerouting priority -100;
    iifname "eth0" udp dport { 500, 4500 } dnat to $4
  }
  chain post {
    type nat hook postrouting priority 100;
    oifname "eth0" masquerade random
  }
}
N
}

remove_nat_box() { # NAME
    sh "$peers/net.sh" detach "$PFX-$1"
    ip netns del "$PFX-lan-$1"
}

# WHO is behind a NAT: ours, theirs or both.
nat_settings() {
    default_settings
    our_id=gate.peers.test their_id=charon.peers.test
    gateway_keys='data = tun'
    [ "$1" = theirs ] || our_ip=10.94.0.9 our_seen=10.91.0.254
    [ "$1" = ours ] || their_ip=10.95.0.1 their_seen=10.91.0.253
}

# Our end, where it belongs; the first time it makes the private network, too.
place_ourselves() { # WHO
    dut=$PFX-dut
    [ "$1" != theirs ] || return 0
    dut=$PFX-private
    LAN=$PFX-lan-natx sh "$peers/net.sh" attach "$dut" 10.94.0.9/24 &&
        sh "$peers/net.sh" inner "$dut" 10.92.9.1/24 &&
        ip -n "$dut" route replace default via 10.94.0.254
}

nat_up() { # WHO
    place_ourselves "$1" || return 1
    [ "$1" = theirs ] || nat_box natx 10.91.0.254 10.94.0 10.94.0.9 || return 1
    if [ "$1" = ours ]; then
        start_charon
    else
        LAN=$PFX-lan-naty sh "$peers/net.sh" attach "$PFX-charon" 10.95.0.1/24 &&
            nat_box naty 10.91.0.253 10.95.0 10.95.0.1 &&
            start_charon LAN="$PFX-lan-naty" IP=10.95.0.1 GW=10.95.0.254
    fi
}

nat_down() { # WHO
    end_gateway
    if [ "$1" = ours ]; then
        sh "$peers/charon.sh" down
    else
        LAN=$PFX-lan-naty sh "$peers/charon.sh" down
        remove_nat_box naty
    fi
    if [ "$1" != theirs ]; then
        LAN=$PFX-lan-natx sh "$peers/net.sh" detach "$PFX-private"
        remove_nat_box natx
    fi
    dut=$PFX-dut
} >/dev/null 2>&1

through_nat() { # ROLE WHO
    configure && begin "$1" || return 1
    require 'both sides have an IPsec SA' wait_until 10 both_sas_are_up || return 1
    require 'we see a NAT in front of the peer' we_said "^ISAKMP SA up rule 1 $1 .* nat-there"
    case $2 in
    theirs) ;;
    *) require 'we see a NAT in front of us' we_said "^ISAKMP SA up rule 1 $1 .* nat-here" ;;
    esac
    check_log "$1"
    check_attributes
    check_keys "$1"
    ping_both 10
}

nat_case() { # ROLE WHO
    through_nat "$1" "$2" && end_by_gateway
}

# The box gets another address, and with it goes what it had mapped.
moves_to() { # BOX FROM TO
    ip -n "$1" addr del "$2/24" dev eth0 && ip -n "$1" addr add "$3/24" dev eth0 &&
        ip netns exec "$1" conntrack -F >/dev/null 2>&1
}

both_ways() {
    ip netns exec "$dut" ping -n -q -c 5 -i 0.05 -W 1 "$(host_in "$their_net")" &&
        ip netns exec "$PFX-charon" ping -n -q -c 5 -i 0.05 -W 1 "$(host_in "$our_net")"
}

# Whoever is behind it rekeys from there, and is followed; then packets go both ways again.
mapping_changes() { # ROLE WHO
    through_nat "$1" "$2" || return 1
    if [ "$2" = theirs ]; then
        moves_to "$PFX-naty" 10.91.0.253 10.91.0.252
        ask_charon
        require 'we follow the peer' wait_until 8 we_said 'Peer is now at <10.91.0.252>'
    else
        moves_to "$PFX-natx" 10.91.0.254 10.91.0.251
        ask_us
        require 'charon follows us' wait_until 8 peer_said 'received packet: from 10.91.0.251\['
    fi
    require 'a new pair of SAs comes up' wait_until 8 new_pair 2
    require 'packets go both ways again' wait_until 10 both_ways
    end_by_gateway
}

# The box goes back to where it was, for the next.
move_back() { # WHO
    if [ "$1" = theirs ]; then
        moves_to "$PFX-naty" 10.91.0.252 10.91.0.253
    else
        moves_to "$PFX-natx" 10.91.0.251 10.91.0.254
    fi
}

part_nat() {
    for who in ours theirs both; do
        nat_up "$who" >"$work/charon.out" 2>&1 || give_up "no NAT in front of $who"
        for role in initiator responder; do
            nat_settings "$who"
            run_case "$role, NAT in front of $(nat_words "$who")" nat_case "$role" "$who"
            tell_negotiation "$role" yes "NAT in front of $(nat_words "$who"), ping"
        done
        for role in initiator responder; do
            [ "$who" != both ] || continue
            nat_settings "$who"
            run_case "$role, the NAT in front of $(nat_words "$who") changes its address" mapping_changes "$role" "$who"
            tell_negotiation "$role" yes "the NAT in front of $(nat_words "$who") changes its address, ping"
            move_back "$who"
        done
        nat_down "$who"
    done
}

nat_words() {
    case $1 in
    ours) echo us ;;
    theirs) echo strongSwan ;;
    both) echo both ;;
    esac
}
