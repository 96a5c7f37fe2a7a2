# SPDX-License-Identifier: Apache-2.0
# Transport mode, AH, IPCOMP, and the ciphers that are not in esp.sh, between two kernels: the gateway is
# in the guest as well, its traffic carried by Linux (data = kernel). To be sourced.

# "NUMBER MODE SUITE PFS NAT-T" for each of them.
modes_with_charon() {
    cat <<T
1 transport aes128-sha1 none auto
2 transport aes256-sha256 modp2048 off
3 transport aes256-sha384 ecp256 off
4 transport aes256-sha512 curve25519 auto
5 transport aes128gcm16 modp1024 off
6 transport aes256gcm16 none auto
7 transport 3des-sha1 none off
8 transport ah:sha1 none off
9 transport ah:sha256 modp2048 auto
10 transport ah:sha512 ecp256 off
11 transport aes128-sha1+deflate none off
12 tunnel ah:sha1 modp1024 auto
13 tunnel ah:sha256 none off
14 tunnel ah:sha384 curve25519 off
15 tunnel ah:aesxcbc none auto
16 tunnel ah:md5 none off
17 tunnel aes256-sha256+deflate modp2048 auto
18 tunnel aes256gcm16+deflate none off
19 tunnel aes128ctr-sha256 none off
20 tunnel aes128ccm16 ecp256 off
21 tunnel camellia128-sha1 none off
22 tunnel null-sha1 none off
T
}

# The same with libreswan.
modes_with_pluto() {
    cat <<T
1 transport aes128-sha1 none auto
2 transport aes256-sha256 modp2048 off
3 transport aes256-sha384 modp3072 off
4 transport aes256-sha512 none auto
5 transport aes128gcm16 modp2048 off
6 transport 3des-sha1 none off
7 transport ah:sha1 none off
8 transport ah:sha256 modp2048 off
9 transport aes128-sha1+deflate none off
10 tunnel ah:sha1 none auto
11 tunnel ah:sha256 modp2048 off
12 tunnel ah:sha384 none off
13 tunnel ah:sha512 none auto
14 tunnel ah:aesxcbc none off
15 tunnel aes256-sha256+deflate modp2048 off
16 tunnel aes256gcm16+deflate none off
17 tunnel aes128ctr-sha256 none off
18 tunnel aes128ccm16 modp2048 off
19 tunnel camellia128-sha1 none off
20 tunnel null-sha1 none off
T
}

settle_mode() { # MODE SUITE PFS NAT-T
    encapsulation=$1
    settle_esp "$2" "$3" "$4"
    [ "$1" = tunnel ] || our_net=$our_ip their_net=$their_ip
}

settle_pluto_mode() { # MODE SUITE PFS NAT-T
    pluto_settings main psk
    settle_mode "$@"
}

# ---- ping, from either end; packets that are worth compressing ----

# With a deadline, until three have come back: else it would take for lost what a busy guest answers late.

ping_pair() {
    for end in "$dut $(host_in "$their_net") $(host_in "$our_net")" \
        "$their_side $(host_in "$our_net") $(host_in "$their_net")"; do
        # shellcheck disable=SC2086 # words
        set -- $end
        echo "ip netns exec $1 ping -n -q -c 3 -i 0.2 -w 10 -s 600 -p 00 -I $3 $2 | sed -n 's/^.*transmitted/$rule &/p' &"
    done
}

ping_pairs() {
    for_each ping_pair >"$work/ping.sh"
    echo wait >>"$work/ping.sh"
    there sh "$work/ping.sh" >"$work/pings" 2>&1
    there ip -n "$dut" -s xfrm state >"$work/xfrm.ours"
    there ip -n "$their_side" -s xfrm state >"$work/xfrm.theirs"
}

require_pings() {
    grep "^$rule " "$work/pings" >"$work/ping"
    require "three packets go through from either end: $(tr '\n' ';' <"$work/ping")" \
        test "$(grep -c -E ' ([3-9]|[1-9][0-9]+) received' "$work/ping")" -eq 2
}

# used FILE SPI...: how many of these SAs of a kernel have carried packets. SPIs as the logs have them.
used() {
    awk -v wanted=" $(shift; echo $*) " '
        $1 == "proto" { spi = substr($4, 3); sub(/^0*/, "", spi); sub(/\(.*/, "", spi) }
        $1 ~ /^[0-9]+\(bytes\)/ && index(wanted, " " spi " ") && $2 !~ /^0\(packets\)/ { used++ }
        END { print used + 0 }' "$1"
}

# The SPIs of all SAs of ours.
our_spis() {
    sed -n 's/^SA [io][nu]t* .* spi 0x0*\([0-9a-f]*\) .*/\1/p' "$gateway_log"
}

# Each SA of a bundle, on either side.
require_use() {
    set -- $(our_spis)
    require "each of $# SAs carries packets on our side" test "$(used "$work/xfrm.ours" "$@")" -eq $#
    require "each of them does on the peer's" test "$(used "$work/xfrm.theirs" "$@")" -eq $#
}

# ---- what is agreed on ----

# The innermost of a bundle is what is in tunnel mode.
check_mode() {
    case $our_esp in
    *+deflate) bundle=2 innermost=ipcomp ;;
    ah:*) bundle=1 innermost=ah ;;
    *) bundle=1 innermost=esp ;;
    esac
    require "both SAs are in $encapsulation mode" \
        test "$(grep -E "^SA (in |out) $innermost " "$gateway_log" | grep -c " $encapsulation ")" -eq 2
    require "$bundle in each direction" test "$(our_spis | wc -l)" -eq $((bundle * 2))
}

check_modes() { # ROLE
    use_logs_of_one || return 1
    require 'both sides have an IPsec SA' both_sas_are_up || return 1
    check_log "$1"
    check_pfs
    check_mode
    if [ "$peer_is" = charon ]; then check_keys "$1"; else check_spis; fi
    require_pings
    require_use
    check_delete_of_one
}

show_modes() { # ROLE
    run_case "$1, $peer_name, both kernels, $encapsulation, $our_esp, PFS ${our_pfs:-none}, ping" check_modes "$1"
    if [ "$natt" = off ]; then answer=off; else answer='agreed on, no NAT'; fi
    tell_negotiation "$1" "$answer" "both kernels, $encapsulation, ping"
}

# Of what is told to the kernel nothing stays.
kernels_are_empty() {
    [ -z "$(there ip -n "$dut" xfrm state)" ] && [ -z "$(there ip -n "$their_side" xfrm state)" ] &&
        ! there ip -n "$dut" xfrm policy | grep -q 'dir '
}

# can_run_there: says why the gateway cannot.
can_run_there() {
    if ldd "$gateway" | grep -q libasan; then
        echo 'programs with AddressSanitizer do not start there'
        return 1
    elif ! ldd "$gateway" | grep -q libmnl; then
        echo 'the gateway was built without libmnl'
        return 1
    fi
}

# prepare_guest PEER: the guest, with what both kernels need.
prepare_guest() {
    { can_run_there && fetch_guest && start_guest; } >"$work/why" || {
        skip_case "both kernels, $1" "$(cat "$work/why")"
        return 1
    }
    gateway_is=there their_side=$PFX-$1
    crowd_keys='log_rate = 1000
data = kernel'
    there modprobe -q -d /mnt/m xfrm4_tunnel # IPCOMP in tunnel mode rests on it
}

run_modes() { # LIST SETTLE
    "$1" >"$work/crowd"
    all=$(wc -l <"$work/crowd") settle=$2
    "start_crowded_${their_side#"$PFX-"}"
    for role in initiator responder; do
        run_crowd "$role" ping_pairs show_modes
        run_case "$role, both kernels: no SA and no policy is left" kernels_are_empty
    done
}

part_modes() {
    prepare_guest charon || return
    run_modes modes_with_charon settle_mode
}

prepare_pluto_guest() {
    fetch_pluto >"$work/why" || {
        skip_case 'both kernels, libreswan' "$(cat "$work/why")"
        return 1
    }
    prepare_guest pluto
}

part_plutomodes() {
    prepare_pluto_guest || return
    run_modes modes_with_pluto settle_pluto_mode
}
