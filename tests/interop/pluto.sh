# SPDX-License-Identifier: Apache-2.0
# libreswan's pluto as the other side: both modes, with a key and with certificates, both roles. On a
# kernel without ESP it refuses Quick Mode when it installs the SA, so phase 1 is all there is. To be
# sourced.

pluto_settings() { # MODE AUTH
    default_settings
    their_ip=10.91.0.6 their_net=10.92.6.0/24
    peer_is=pluto peer_name=libreswan exchange=$1 auth=$2 kind=rsa
    [ "$auth" = psk ] || our_id=gate-rsa.peers.test their_id='C=XX, O=ikev1 peers, CN=pluto-rsa'
}

# pluto COMMAND: libreswan.sh's.
pluto() {
    env IP="$their_ip" INNER="${their_net%.0/*}.1/24" LOCAL_TS="$their_net" PEER="$our_ip" \
        REMOTE_TS="$our_net" MODE="$exchange" AUTH="$auth" PSK="$their_psk" CERT=pluto-rsa \
        RCERT=gate-rsa IKE="${our_ike%-*};${our_ike##*-}" ESP="$our_esp" DEBUG=${PLUTO_DEBUG:-none} ASYNC=1 \
        sh "$peers/libreswan.sh" "$@"
}

start_pluto() {
    pluto_log=$STATE/$PFX-pluto/pluto.log
    pluto up >"$work/pluto.out" 2>&1 || give_up "pluto does not start: $(tail -n 1 "$work/pluto.out")"
    ip -n "$dut" neigh flush all # the address has moved to another interface
}

pluto_said() { # PATTERN
    tail -n +"$((pluto_lines + 1))" "$pluto_log" | grep -q -E -- "$1"
}

# phase 1 as the catalogue has it; behind it follows what comes of Quick Mode.
check_phase1_log() { # ROLE
    expected_phase1 "$1" >"$work/log.expected"
    actual_log "$1" | head -n "$(wc -l <"$work/log.expected")" >"$work/log.actual"
    diff "$work/log.expected" "$work/log.actual" >"$work/log.diff"
    require "the log is the catalogue's: $(head -n 3 "$work/log.diff" | tr '\n' ' ')" \
        test ! -s "$work/log.diff"
}

# with_pluto ROLE ENDER
phase1_with_pluto() {
    pluto_lines=$(wc -l <"$pluto_log")
    configure_gateway
    if [ "$1" = initiator ]; then
        start_gateway --connect 1
    else
        start_gateway
        require 'the gateway listens' wait_until 5 we_listen || return 1
        pluto initiate >"$work/pluto.out" 2>&1
    fi
    require 'we have an ISAKMP SA' wait_until 10 we_said "^ISAKMP SA up rule 1 $1 " || return 1
    require 'pluto has one' wait_until 10 pluto_said 'IKE SA established .*cipher=AES_CBC_128 integ=HMAC_SHA1 group=MODP2048' || return 1
    check_phase1_log "$1"
    if [ "$2" = gateway ]; then
        end_gateway
        require 'pluto sees our delete' wait_until 5 pluto_said 'received Delete SA payload: self-deleting ISAKMP'
    else
        pluto terminate >"$work/pluto.out" 2>&1
        require "we see pluto's delete" wait_until 5 we_said '^ISAKMP SA down rule 1: the peer deleted the SA'
    fi
}

part_pluto() {
    fetch libreswan usr/libexec/ipsec/pluto libreswan.sh >"$work/why" || {
        skip_case 'libreswan' "$(cat "$work/why")"
        return
    }
    export PKI="$work/pki" LSW="$fetched"
    for mode in main aggressive; do
        for method in psk rsa; do
            pluto_settings "$mode" "$method"
            [ "$method" = psk ] || make_pluto_certs || give_up 'no certificates'
            start_pluto
            for role in initiator responder; do
                next_ender
                run_case "$role, libreswan, $mode, $method, phase 1" phase1_with_pluto "$role" "$ender"
                tell_negotiation "$role" 'agreed on, no NAT' 'phase 1 only'
            done
            pluto down >"$work/pluto.out" 2>&1
        done
    done
}

make_pluto_certs() {
    sh "$peers/pki.sh" gate-rsa "$our_ip" && sh "$peers/pki.sh" pluto-rsa "$their_ip"
}
