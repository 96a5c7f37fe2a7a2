# SPDX-License-Identifier: Apache-2.0
# What tshark says of our messages, in clear and decrypted. To be sourced.

# A negotiation and a delete in both roles, captured on the wire.
capture() {
    sh "$peers/net.sh" cap-start "$work/wire.pcap" 'udp port 500 or udp port 4500' \
        >"$work/capture.out" 2>&1 || return 1
    : >"$work/wire.log"
    for role in initiator responder; do
        negotiate "$role" gateway
        read_peer
        cat "$work/peer.part" >>"$work/wire.log"
    done
    sh "$peers/net.sh" cap-stop >>"$work/capture.out" 2>&1
    sh "$peers/uat.sh" "$work/wire.pcap" "$work/wire.log" >"$work/wire.keys"
}

# frames FILTER: how many of ours there are, keys in hand.
frames() {
    sh "$peers/decrypt.sh" "$work/wire.pcap" "$work/wire.keys" \
        -Y "isakmp && ip.src == $our_ip && ($1)" -T fields -e frame.number | wc -l
}

frames_in_clear() {
    tshark -r "$work/wire.pcap" -Y "isakmp && ip.src == $our_ip && ($1)" -T fields \
        -e frame.number 2>/dev/null | wc -l
}

check_dissection() {
    capture || return 1
    bad='_ws.malformed || _ws.expert.severity == "Error"'
    all=$(frames_in_clear isakmp)
    hidden=$(frames 'isakmp.flag_e == 1')
    # as initiator two in clear, message 5, two of Quick Mode and two deletes; as responder two in
    # clear, message 6, one of Quick Mode and two deletes
    require "13 messages of ours on the wire, not $all" test "$all" -eq 13
    require "9 of them encrypted, not $hidden" test "$hidden" -eq 9
    require 'tshark finds nothing wrong in clear' test "$(frames_in_clear "$bad")" -eq 0
    require 'tshark decrypts every encrypted one' \
        test "$(frames 'isakmp.flag_e == 1 && isakmp.typepayload')" -eq "$hidden"
    require 'tshark finds nothing wrong in what is decrypted' test "$(frames "$bad")" -eq 0
}
