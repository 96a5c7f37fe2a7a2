# SPDX-License-Identifier: Apache-2.0
# Negotiations that must succeed, and what both sides must then agree on. To be sourced.

up_line() { # PEER: what it says when it has a pair of IPsec SAs
    case $1 in
    charon) echo 'CHILD_SA net.* established with SPIs' ;;
    pluto) echo 'IPsec SA established (tunnel|transport) mode' ;;
    esac
}

both_sas_are_up() {
    we_said '^SA in ' && we_said '^SA out ' && peer_said "$(up_line "$peer_is")"
}

# ours DIRECTION FIELD: spi, enc or auth, without 0x; of what is compressed besides, ESP's or AH's.
ours() {
    sed -n "/^SA $1 ipcomp /d; s/^SA $1 .* $2 0x\([0-9a-f]*\).*/\1/p" "$gateway_log"
}

# theirs FIELD END: enc or auth, of the SA that END (initiator or responder) sends on.
theirs() {
    case $1 in enc) kind=encryption ;; auth) kind=integrity ;; esac
    sed -n "s/^CHD $kind $2 key = \([0-9a-f]*\)$/\1/p" "$work/charon.keys"
}

# theirs_spi LETTER: i, what the peer receives with, or o, what it sends with.
theirs_spi() {
    case $peer_is-$1 in
    charon-*) pattern=".*CHILD_SA net.* established with SPIs .*\<\([0-9a-f]\{8\}\)_$1 .*" ;;
    pluto-i) pattern='.* IPsec SA established [^{]*{[A-Za-z]*=>0x[0-9a-f]* <0x\([0-9a-f]*\) .*' ;;
    pluto-o) pattern='.* IPsec SA established [^{]*{[A-Za-z]*=>0x\([0-9a-f]*\) <0x.*' ;;
    esac
    sed -n "s/$pattern/\1/p" "$work/peer.part"
}

same() { # VALUE VALUE: one line, the same
    [ -n "$1" ] && [ "$1" = "$2" ] && [ "$(printf '%s\n' "$1" | wc -l)" -eq 1 ]
}

# keys_of ESP-SUITE: which keys it has.
keys_of() {
    case $1 in
    *gcm* | *ccm*) echo enc ;;
    ah:* | null-*) echo auth ;;
    *) echo enc auth ;;
    esac
}

# The event's keys and SPIs against those that charon logs.
check_spis() {
    require 'the SPI we send with is the one the peer receives with' \
        same "$(ours out spi)" "$(theirs_spi i)"
    require 'the SPI we receive with is the one the peer sends with' \
        same "$(ours 'in ' spi)" "$(theirs_spi o)"
}

check_keys() { # ROLE
    if [ "$1" = initiator ]; then peer_role=responder; else peer_role=initiator; fi
    awk -f "$peers/charon-keys.awk" "$work/peer.part" >"$work/charon.keys"
    check_spis
    for key in $(keys_of "$our_esp"); do
        require "the $key key we send with is charon's" \
            same "$(ours out $key)" "$(theirs $key "$1")"
        require "the $key key we receive with is charon's" \
            same "$(ours 'in ' $key)" "$(theirs $key $peer_role)"
    done
}

# What phase 1 says beside the key exchange; ask and proof are those of a side that signs. The order of
# the peers' payloads is their own, and charon names both CAs.
expected_main() { # ROLE NATD
    ask= their_ask= proof='<HASH>' their_fifth='<HASH>'
    [ "$auth" = psk ] || ask='<CER_REQ>' their_ask=$ask proof='<CER><SIG>'
    case $peer_is-$auth in
    *-psk) ;;
    charon-*) their_ask=$ask$ask their_fifth=$proof$ask$ask ;;
    pluto-*) their_fifth='<CER><CER_REQ><SIG>' ;;
    esac
    if [ "$1" = initiator ]; then
        printf '%s\n' "Send Main Mode request to <${their_seen:-$their_ip}>" 'Send:<SA>' 'Recv:<SA>' \
            "Send:<KE><NONCE>$2" "Recv:<KE><NONCE>$their_ask$2" "Send:<ID>$proof$ask" \
            "Recv:<ID>$proof"
    else
        printf '%s\n' "Recv Main Mode request from <${their_seen:-$their_ip}>" 'Recv:<SA>' 'Send:<SA>' \
            "Recv:<KE><NONCE>$2" "Send:<KE><NONCE>$ask$2" "Recv:<ID>$their_fifth" \
            "Send:<ID>$proof"
    fi
}

expected_aggressive() { # ROLE NATD
    ask= their_ask= cert= proof='<HASH>'
    [ "$auth" = psk ] || ask='<CER_REQ>' their_ask=$ask cert='<CER>' proof='<SIG>'
    # all that charon proves stands last, and pluto's NAT-D in its second message
    case $peer_is in
    charon) their_ask=$their_ask$their_ask their_second="$cert$their_ask$2$proof" ;;
    pluto) their_second="$cert$their_ask$proof$2" ;;
    esac
    if [ "$1" = initiator ]; then
        printf '%s\n' "Send Aggressive Mode request to <${their_seen:-$their_ip}>" "Send:<SA><KE><NONCE><ID>$ask" \
            "Recv:<SA><KE><NONCE><ID>$their_second" "Send:$cert$proof$2"
    else
        # three times a first message with a short public value have no room for our certificate; charon has it
        case $auth-$our_ike in
        rsa-*-modp1024 | rsa-*-ecp* | rsa-*-curve25519) cert= ;;
        esac
        printf '%s\n' "Recv Aggressive Mode request from <${their_seen:-$their_ip}>" \
            "Recv:<SA><KE><NONCE><ID>$their_ask" "Send:<SA><KE><NONCE><ID>$ask$cert$proof$2" \
            "Recv:$their_third"
    fi
}

expected_phase1() { # ROLE
    natd=
    [ "$natt" = off ] || natd='<NATD><NATD>'
    case $peer_is-$auth in
    charon-psk) their_third="<HASH>$natd" ;;
    pluto-psk) their_third="$natd<HASH>" ;;
    *) their_third="<CER>$natd<SIG>" ;;
    esac
    "expected_$exchange" "$1" "$natd"
    echo 'Phase 1 IKE SA process done'
}

# expected_log ROLE: the catalogue's lines of the whole negotiation, in order.
expected_log() {
    expected_phase1 "$1"
    ke=${our_pfs:+<KE>} ids='<ID><ID>'
    # pluto names no hosts where they are those of phase 1, and then we do not either
    [ "$1-$peer_is-$encapsulation" != responder-pluto-transport ] || ids=
    if [ "$1" = initiator ]; then
        printf '%s\n' 'Start Phase 2: Quick Mode' "Send:<HASH><SA><NONCE>$ke$ids" \
            "Recv:<HASH><SA><NONCE>$ke$ids" 'Send:<HASH>'
    else
        printf '%s\n' "Recv:<HASH><SA><NONCE>$ke$ids" 'Start Phase 2: Quick Mode' \
            "Send:<HASH><SA><NONCE>$ke$ids" 'Recv:<HASH>'
    fi
}

# Our log without times, vendor IDs, INITIAL-CONTACT beside ID and HASH, deletes, and details of our own. In
# Aggressive Mode our Quick Mode follows the proof at once; charon drops it while it still computes. In
# a crowd of negotiations that happens to others too.
actual_log() {
    retry='^$'
    [ "$exchange $1" != 'aggressive initiator' ] && [ -z "$crowded" ] ||
        retry='^!! (IKE Packet Retransmit|Duplicate requests with the same cookie)$'
    sed -n -E "/^[0-9:.]+ ${retry#^}/d
        "'s/^[0-9:.]+ //; s/<VID>//g; s/^(Recv:<ID><HASH>)<NOTFY>$/\1/
        /<DEL>/d; /^(Send|Recv)[: ]/p; /^Phase 1 IKE SA/p; /^Start Phase 2/p; /^!!/p' "$gateway_log"
}

check_log() { # ROLE
    expected_log "$1" >"$work/log.expected"
    actual_log "$1" >"$work/log.actual"
    compare_logs
}

compare_logs() {
    diff "$work/log.expected" "$work/log.actual" >"$work/log.diff"
    require "the log is the catalogue's: $(head -n 3 "$work/log.diff" | tr '\n' ' ')" \
        test ! -s "$work/log.diff"
}

# What the two SA lines say of suite, mode, PFS and encapsulation.
check_attributes() {
    mode=$encapsulation
    [ "$natt" != auto ] || [ -n "$guest" ] || mode="udp $mode"
    require "both SAs are in $mode mode" \
        test "$(grep -c -E "^SA (in |out) .*[a-z0-9] hmac-[a-z0-9-]* $mode " "$gateway_log")" -eq 2
    check_pfs
}

check_pfs() {
    wanted_pfs=$our_pfs
    [ "$our_pfs" != curve25519 ] || wanted_pfs=x25519
    require "PFS is ${our_pfs:-none}" \
        test "$(grep -E '^SA (in |out) (esp|ah) ' "$gateway_log" | grep -c -i "pfs $wanted_pfs")" \
        -eq "$([ -n "$our_pfs" ] && echo 2 || echo 0)"
}

# Deletes of either side reach the other. Ours of the IPsec SA and of the ISAKMP SA follow each
# other at once; charon's threads may take the second first, and then have no use for the other. So
# the first is counted only, for the case child_deletes_arrive.
children_deleted=0 child_deletes=0

check_our_delete() {
    case $peer_is in
    charon) seen="received DELETE for IKE_SA $connection\[" ;;
    pluto) seen='received Delete SA.*payload' ;; # the ISAKMP SA goes with its last IPsec SA
    esac
    require "the peer sees our delete" peer_said "$seen"
    children_deleted=$((children_deleted + 1))
    ! peer_said 'received DELETE for ESP CHILD_SA with SPI' || child_deletes=$((child_deletes + 1))
}

end_by_gateway() {
    end_gateway
    require "charon has no SA left" wait_until 5 charon_has_no_sa
    check_our_delete
}

child_deletes_arrive() {
    require "charon saw only $child_deletes of our $children_deleted deletes of an IPsec SA" \
        test "$child_deletes" -ge $((children_deleted - children_deleted / 2))
}

check_their_delete() {
    require "we see the peer's delete of the ISAKMP SA" \
        we_said "^ISAKMP SA down rule $rule: the peer deleted the SA"
    require "our IPsec SA ends with it" we_said "^IPsec SA down rule $rule: "
    require "both directions of it are taken out" \
        test "$(grep -c -E '^SA gone (in |out) (esp|ah) ' "$gateway_log")" -eq 2
}

end_by_charon() {
    charon --terminate --ike "$connection" >"$work/charon.out" 2>&1
    wait_until 5 we_said "^ISAKMP SA down rule $rule: "
    wait_until 5 we_said "^IPsec SA down rule $rule: "
    check_their_delete
}

# negotiate ROLE ENDER: once, with everything that can be compared, and then the delete.
negotiate() {
    end_gateway
    configure || return 1
    begin "$1" || return 1
    require 'both sides have an IPsec SA' wait_until 8 both_sas_are_up || return 1
    require 'we have an ISAKMP SA' we_said "^ISAKMP SA up rule $rule $1 " || return 1
    check_log "$1"
    check_attributes
    check_keys "$1"
    "end_by_$2"
}

# Once with our delete, once with charon's.
negotiate_twice() {
    negotiate "$1" gateway && negotiate "$1" charon
}
