# SPDX-License-Identifier: Apache-2.0
# Each mode with each way to authenticate, each group and each hash, in both roles: 108 rules of one
# gateway against 108 connections of one charon, all at once. An address for each of them, on either
# side, tells them apart; afterwards the two logs are taken apart by it. To be sourced.

# "NUMBER MODE AUTH SUITE" for each of them.
combinations() {
    number=0
    for mode in main aggressive; do
        for method in psk rsa ecdsa256; do
            for group in modp1024 modp2048 modp3072 ecp256 ecp384 curve25519; do
                for phase1 in aes128-sha1 aes256-sha256 aes256-sha384; do
                    number=$((number + 1))
                    echo "$number $mode $method $phase1-$group"
                done
            done
        done
    done
}

# combination NUMBER MODE AUTH SUITE: the settings of one.
combination() {
    default_settings
    rule=$1 connection=c$1 start_action=$begin_at exchange=$2
    our_ip=10.91.1.$1 their_ip=10.91.2.$1
    our_net=10.96.$1.0/24 their_net=10.97.0.0/16
    by "$3"
    our_ike=$4 our_esp=${4%-*}
    their_pfs=
}

# for_each COMMAND ARGUMENT...: COMMAND with the settings of each combination made. Without forks.
for_each() {
    while read -r number mode method suite <&3; do
        combination "$number" "$mode" "$method" "$suite"
        "$@"
    done 3<"$work/combinations"
}

# addresses NET: one for each.
addresses() {
    while read -r number _ <&3; do
        echo "$1.$number/16"
    done 3<"$work/combinations"
}

# ---- both sides ----

# charon and its log: keys and SPIs of ESP, and little more. The parser's steps would be a gigabyte.
start_crowded_charon() {
    mkdir -p "$STATE"
    export LOG=1 RETRY_TIMEOUT=4.0 EXTRA_CHARON="filelog {
    keys {
      path = $STATE/keys.log
      time_format = %H:%M:%S
      ike_name = yes
      flush_line = yes
      default = 1
      cfg = 2
      chd = 4
    }
  }"
    # shellcheck disable=SC2046 # one address a word
    sh "$peers/net.sh" attach "$PFX-charon" $(addresses 10.91.2) &&
        sh "$peers/net.sh" inner "$PFX-charon" 10.97.0.1/16 &&
        sh "$peers/net.sh" attach "$dut" $(addresses 10.91.1) || give_up 'no addresses'
    start_charon || give_up 'charon does not start'
    charon_log=$STATE/keys.log
}

configure_matrix() {
    default_settings
    our_allow=modp1024 gateway_keys='log_rate = 1000'
    {
        gateway_section 0.0.0.0
        for_each gateway_rule
    } >"$work/gateway.ini"
    {
        echo 'connections {'
        for_each charon_connection
        echo '}'
        charon_secrets
    } >"$work/swanctl.conf"
}

count() { # FILE PATTERN
    grep -c -E -- "$2" "$1"
}

# As initiator all of them at once; as responder charon begins each as it loads it.
begin_all() { # ROLE
    begin_at=none
    [ "$1" = initiator ] || begin_at=start
    configure_matrix
    mark_charon
    if [ "$1" = initiator ]; then
        load_charon || give_up 'strongSwan does not take its configuration'
        start_gateway --show-peer --connect "$(cut -d ' ' -f 1 "$work/combinations" | paste -s -d ,)"
    else
        start_gateway --show-peer
        wait_until 20 we_listen
        load_charon || give_up 'strongSwan does not take its configuration'
    fi
}

all_are_up() {
    read_charon
    [ "$(count "$gateway_log" '^SA out ')" -ge "$all" ] &&
        [ "$(count "$work/charon.part" 'CHILD_SA net.* established with SPIs')" -ge "$all" ]
}

# charon ends every second one, then we end the rest.
ended_by_charon() {
    [ $((rule % 2)) -eq 1 ]
}

end_at_charon() {
    ! ended_by_charon || charon --terminate --ike "$connection" --timeout -1 >>"$work/charon.out" 2>&1
}

charons_half_is_down() {
    [ "$(count "$gateway_log" '^ISAKMP SA down rule .*the peer deleted')" -ge $((all / 2)) ]
}

# What stands in the logs of one, out of the logs of all: by our rule's number, which is the last of
# the peer's address, and by charon's name of the connection.
take_apart() {
    mkdir -p "$work/ours" "$work/theirs"
    rm -f "$work"/ours/* "$work"/theirs/*
    awk -v out="$work/ours/" '
        function rule_in(line) { sub(/.* rule /, "", line); return line + 0 }
        $2 ~ /^10\.91\.2\./ { n = $2; sub(/.*\./, "", n); sub(/ [^ ]*/, ""); print >(out n); next }
        $1 == "SA" && $2 == "gone" { print >(out of[$6]); next }
        $1 == "SA" { n = rule_in($0); for (i = 1; i < NF; i++) if ($i == "spi") of[$(i + 1)] = n }
        / rule [0-9]/ { print >(out rule_in($0)) }' "$gateway_log"
    read_charon
    # its name is known some lines after its number
    awk -v out="$work/theirs/" '
        function number_in(line) { sub(/.*</, "", line); sub(/.*\|/, "", line); return line + 0 }
        !match($0, /<[^> ]*[0-9]>/) { next }
        { number = number_in(substr($0, 1, RSTART + RLENGTH)) }
        NR == FNR { if (match($0, /<c[0-9]+/)) of[number] = substr($0, RSTART + 2, RLENGTH - 2); next }
        number in of { print >(out of[number]) }' "$work/charon.part" "$work/charon.part"
}

# ---- what is checked of each ----

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
    ecdsa256) echo ECDSA-256 ;;
    esac
}

check_suite() { # ROLE
    expected_suite
    require "we name the suite and method: $ours"         we_said "^ISAKMP SA up rule $rule $1 $ours $(auth_name)"
    require "charon names the suite: $theirs"         charon_said "selected proposal: IKE:$theirs\$"
}

check_one() { # ROLE
    gateway_log=$work/ours/$rule charon_log=$work/theirs/$rule charon_lines=0
    [ -s "$gateway_log" ] && [ -s "$charon_log" ] || return 1
    require 'both sides have an IPsec SA' both_sas_are_up || return 1
    check_suite "$1"
    check_log "$1"
    check_attributes
    check_keys "$1"
    if ended_by_charon; then check_their_delete; else check_our_delete; fi
}

show_one() { # ROLE
    run_case "$1, $exchange, $auth, $our_ike" check_one "$1"
    tell_combination "$1"
}

all_is_over() {
    require "charon has no SA left" wait_until 20 charon_has_no_sa
    end_gateway
}

run_matrix() { # ROLE
    gateway_log=$work/gateway.log charon_log=$STATE/keys.log
    begin_all "$1"
    wait_until 60 all_are_up
    for_each end_at_charon
    wait_until 20 charons_half_is_down
    kill -USR1 "$gateway_pid"
    run_case "$1, all at once: nothing is left" all_is_over
    take_apart
    for_each show_one "$1"
}

part_matrix() {
    combinations >"$work/combinations"
    all=$(wc -l <"$work/combinations") crowded=yes
    start_crowded_charon
    make_certs >"$work/charon.out" 2>&1 || give_up 'no certificates'
    run_matrix initiator
    run_matrix responder
}
