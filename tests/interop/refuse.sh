# SPDX-License-Identifier: Apache-2.0
# Negotiations that must fail, on both sides, each of which must say why. To be sourced.

# NAME|ROLE|SETTINGS|OUR LINES|CHARON'S LINES; lines are patterns, separated by ";;".
refusals() {
    differ='the pre-shared keys differ; compare the pre-shared keys on both sides'
    refused='the peer refused and said why'
    none='Cause: no proposal chosen'
    cat <<T
wrong PSK|initiator|their_psk='quite another'|^[^ ]* Cause: first encrypted .* $differ;;!! Too many errors! Deleting SA|message parsing failed;;ID_PROT request with message ID 0 processing failed
wrong PSK|responder|their_psk='quite another'|!! Verifying <.*> failed: the pre-shared keys may differ|giving up after 1 retransmits;;establishing IKE_SA failed, peer not responding
wrong phase 1 proposal|initiator|their_ike=aes256-sha256-ecp256|!! No proposal chosen;;Cause: $refused: NO-PROPOSAL-CHOSEN|no acceptable ENCRYPTION_ALGORITHM found;;no proposal found
wrong phase 1 proposal|responder|their_ike=aes256-sha256-ecp256|!! No proposal chosen;;$none: key length: peer 256, rule 1 wants 128; hash: peer SHA2-256, rule 1 wants SHA1; group: peer ECP256, rule 1 wants MODP2048|received NO_PROPOSAL_CHOSEN error notify
wrong phase 2 proposal|initiator|their_esp=aes256-sha1|!! No proposal chosen;;Cause: $refused: NO-PROPOSAL-CHOSEN|no matching proposal found, sending NO_PROPOSAL_CHOSEN
wrong phase 2 proposal|responder|their_esp=aes256-sha1|!! No proposal chosen;;$none: key length: peer 256, rule 1 wants 128;;^IPsec SA failed rule 1: |received NO_PROPOSAL_CHOSEN error notify
wrong PFS group|initiator|our_pfs=modp2048 their_pfs=ecp256|!! No proposal chosen;;Cause: $refused: NO-PROPOSAL-CHOSEN|no acceptable KEY_EXCHANGE_METHOD found
wrong PFS group|responder|our_pfs=modp2048 their_pfs=ecp256|!! No proposal chosen;;$none: PFS group: peer ECP256, rule 1 wants MODP2048;;^IPsec SA failed rule 1: |received NO_PROPOSAL_CHOSEN error notify
no PFS|responder|our_pfs=modp2048 their_pfs=|!! No proposal chosen;;$none: PFS group: peer none, rule 1 wants MODP2048;;^IPsec SA failed rule 1: |received NO_PROPOSAL_CHOSEN error notify
wrong local selector|initiator|their_remote_ts=10.92.8.0/24|Recv notification INVALID-ID-INFORMATION;;Cause: $refused: INVALID-ID-INFORMATION|no matching CHILD_SA config found for 10.92.9.0/24 === 10.92.1.0/24
wrong local selector|responder|their_remote_ts=10.92.8.0/24|!! Verifying Local ID failed;;Cause: our side .*: theirs: 10.92.8.0/24, ours: 10.92.9.0/24;;^IPsec SA failed rule 1: |received INVALID_ID_INFORMATION error notify
wrong remote selector|initiator|their_local_ts=10.92.7.0/24|Recv notification INVALID-ID-INFORMATION;;Cause: $refused: INVALID-ID-INFORMATION|no matching CHILD_SA config found for 10.92.9.0/24 === 10.92.1.0/24
wrong remote selector|responder|their_local_ts=10.92.7.0/24|!! Verifying Remote ID failed;;Cause: the peer's side .*: theirs: 10.92.7.0/24, ours: 10.92.1.0/24;;^IPsec SA failed rule 1: |received INVALID_ID_INFORMATION error notify
T
}

# The same of certificates. charon itself goes by nothing but what is in its certificate. It keeps ours
# once it has seen it, so that what it has not asked for stands first.
certificate_refusals() {
    untrusted="^peer's certificate refused rule 1: .*unable to get local issuer certificate"
    cat <<T
no request for our certificate|responder|their_extra='send_certreq = no'|^ISAKMP SA down rule 1: the peer deleted the SA|no trusted RSA public key found for 'gate-rsa.peers.test'
no request for our certificate|initiator|their_extra='send_certreq = no'|Cause: the peer refused and said why: AUTHENTICATION-FAILED|no trusted RSA public key found for 'gate-rsa.peers.test'
another CA|responder|our_ca=$PKI/ca.ecdsa.crt|$untrusted|received AUTHENTICATION_FAILED error notify
another CA|initiator|our_ca=$PKI/ca.ecdsa.crt|$untrusted|authentication of 'gate-rsa.peers.test' with RSA.* successful
identity not in our certificate|responder|our_id=stranger.peers.test|^ISAKMP SA down rule 1: the peer deleted the SA|no trusted RSA public key found for 'stranger.peers.test'
identity not in our certificate|initiator|our_id=stranger.peers.test|Cause: the peer refused and said why: AUTHENTICATION-FAILED|no trusted RSA public key found for 'stranger.peers.test'
another CA, Aggressive Mode|responder|exchange=aggressive our_ca=$PKI/ca.ecdsa.crt|$untrusted|giving up after 1 retransmits
another CA, Aggressive Mode|initiator|exchange=aggressive our_ca=$PKI/ca.ecdsa.crt|$untrusted|authentication of 'charon-rsa.peers.test' .myself. successful
T
}

# Quick to give up, and open about why a first message was refused.
hasty() {
    printf '%s\n' 'retry_ms = 300' 'retry_count = 2' 'half_open_ms = 2500' 'clear_notify = yes'
}

# all_said COMMAND LINES: COMMAND finds each of the lines.
all_said() {
    rest=$2
    while [ -n "$rest" ]; do
        "$1" "${rest%%;;*}" || return 1
        case $rest in
        *';;'*) rest=${rest#*;;} ;;
        *) rest= ;;
        esac
    done
}

has_no_child() {
    charon --list-sas >"$work/charon.sas" 2>&1 && ! grep -q INSTALLED "$work/charon.sas" &&
        ! we_said '^SA out '
}

refuse() { # ROLE OUR-LINES CHARON'S-LINES
    configure || return 1
    begin "$1" || return 1
    require "our log says: $2" wait_until 5 all_said we_said "$2"
    require "charon's log says: $3" wait_until 5 all_said peer_said "$3"
    require 'neither side has an IPsec SA' has_no_child
}

# run_refusals LIST AUTH: every row of it, with its settings made.
run_refusals() {
    "$1" >"$work/refusals"
    while IFS='|' read -r name role settings ours theirs <&3; do
        default_settings
        gateway_keys=$(hasty)
        by "$2"
        eval "$settings"
        run_case "$role, $name: refused" refuse "$role" "$ours" "$theirs"
        tell_refusal "$role" "$name"
    done 3<"$work/refusals"
}
