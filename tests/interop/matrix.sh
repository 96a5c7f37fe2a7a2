# SPDX-License-Identifier: Apache-2.0
# Each mode with each way to authenticate, each group and each hash, in both roles, and ECDSA's longer
# keys with some of them: 124 rules against 124 connections. To be sourced.

# "NUMBER MODE AUTH SUITE" for each of them.
combinations() {
    number=0
    for mode in main aggressive; do
        for method in psk rsa ecdsa256 ecdsa384 ecdsa521; do
            groups='modp1024 modp2048 modp3072 ecp256 ecp384 curve25519'
            hashes='aes128-sha1 aes256-sha256 aes256-sha384'
            case $method in
            ecdsa384 | ecdsa521) groups='modp2048 ecp384' hashes='aes256-sha256 aes256-sha384' ;;
            esac
            for group in $groups; do
                for phase1 in $hashes; do
                    number=$((number + 1))
                    echo "$number $mode $method $phase1-$group"
                done
            done
        done
    done
}

settle_combination() { # MODE AUTH SUITE
    exchange=$1
    by "$2"
    our_ike=$3 our_esp=${3%-*}
}

# What both sides call the parts of a suite: cipher and hash, then the group.
expected_suite() {
    case $our_ike in
    aes128-sha1-*) ours='AES-128 SHA1' theirs='AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1' ;;
    aes256-sha256-*) ours='AES-256 SHA2-256' theirs='AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256' ;;
    aes256-sha384-*) ours='AES-256 SHA2-384' theirs='AES_CBC_256/HMAC_SHA2_384_192/PRF_HMAC_SHA2_384' ;;
    esac
    case $our_ike in
    *-modp1024) ours="$ours MODP1024" theirs="$theirs/MODP_1024" ;;
    *-modp2048) ours="$ours MODP2048" theirs="$theirs/MODP_2048" ;;
    *-modp3072) ours="$ours MODP3072" theirs="$theirs/MODP_3072" ;;
    *-ecp256) ours="$ours ECP256" theirs="$theirs/ECP_256" ;;
    *-ecp384) ours="$ours ECP384" theirs="$theirs/ECP_384" ;;
    *-curve25519) ours="$ours X25519" theirs="$theirs/CURVE_25519" ;;
    esac
}

auth_name() {
    case $auth in
    psk) echo PSK ;;
    rsa) echo RSA ;;
    ecdsa*) echo "ECDSA-${auth#ecdsa}" ;;
    esac
}

check_suite() { # ROLE
    expected_suite
    require "we name the suite and method: $ours"         we_said "^ISAKMP SA up rule $rule $1 $ours $(auth_name)"
    require "charon names the suite: $theirs"         peer_said "selected proposal: IKE:$theirs\$"
}

check_combination() { # ROLE
    use_logs_of_one || return 1
    require 'both sides have an IPsec SA' both_sas_are_up || return 1
    check_suite "$1"
    check_log "$1"
    check_attributes
    check_keys "$1"
    check_delete_of_one
}

show_combination() { # ROLE
    run_case "$1, $exchange, $auth, $our_ike" check_combination "$1"
    tell_combination "$1"
}

part_matrix() {
    combinations >"$work/crowd"
    all=$(wc -l <"$work/crowd") settle=settle_combination crowd_keys='log_rate = 1000'
    start_crowded_charon
    make_certs rsa ecdsa256 ecdsa384 ecdsa521 >"$work/charon.out" 2>&1 || give_up 'no certificates'
    run_crowd initiator true show_combination
    run_crowd responder true show_combination
}
