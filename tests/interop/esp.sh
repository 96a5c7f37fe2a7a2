# SPDX-License-Identifier: Apache-2.0
# What phase 2 can agree on, against a kernel that has ESP: ciphers, hashes, PFS groups. Our end carries
# the traffic itself (data = tun), and ping goes through each tunnel. To be sourced.

# "NUMBER ESP PFS NAT-T" for each of them. Every second one is ended by charon. There is no NAT: "force"
# has us claim one, so that both ends put ESP into UDP, "forced" has charon do so.
esp_suites() {
    cat <<T
1 aes128-sha1 modp1024 auto
2 aes128-sha1 none off
3 aes256-sha256 modp2048 auto
4 aes192-sha256 none off
5 aes256-sha384 ecp256 off
6 aes256-sha512 curve25519 auto
7 aes128gcm16 ecp256 off
8 aes256gcm16 curve25519 off
9 aes256gcm16 none auto
10 3des-sha1 modp1024 off
11 3des-sha256 modp2048 auto
12 aes128-sha512 none auto
13 aes128-sha1 none off
14 aes256-sha256 ecp256 auto
15 aes128-sha1 none force
16 aes256gcm16 none force
17 aes128-sha1 none forced
18 aes256gcm16 none forced
T
}

settle_esp() { # ESP PFS NAT-T
    our_esp=$1 natt=$3
    if [ "$3" = forced ]; then natt=auto their_encap=yes; fi
    [ "$2" = none ] || our_pfs=$2 their_pfs=$2
}

# Through each tunnel, to the host behind charon and back.
ping_each() {
    for_each ping_one &
    wait $!
}

ping_one() {
    ip netns exec "$dut" ping -n -q -c 3 -i 0.1 -W 10 -I "$(host_in "$our_net")" "$(host_in "$their_net")" \
        >"$work/ping.$rule" 2>&1
}

check_esp() { # ROLE
    use_logs_of_one || return 1
    require 'both sides have an IPsec SA' both_sas_are_up || return 1
    check_log "$1"
    check_pfs
    check_encapsulation
    check_keys "$1"
    require_ping
    check_delete_of_one
}

# Who claims a NAT: ours, theirs or nobody.
forced_by() {
    case $natt-$their_encap in
    force-*) echo ours ;;
    *-yes) echo theirs ;;
    esac
}

check_encapsulation() {
    udp=0
    case $(forced_by) in
    ours) udp=2 seen='remote host is behind NAT' ;;
    theirs) udp=2 seen='faking NAT situation to enforce UDP encapsulation' ;;
    *) seen='established' ;;
    esac
    require "so many of our two SAs are in UDP: $udp" \
        test "$(count "$gateway_log" '^SA (in |out) .* udp tunnel ')" -eq $udp
    require "charon says: $seen" peer_said "$seen"
}

require_ping() {
    require "three packets go through and come back: $(grep transmitted "$work/ping.$rule")" \
        grep -q ' 3 received' "$work/ping.$rule"
}

show_esp() { # ROLE
    run_case "$1, kernel ESP, $our_esp, PFS ${our_pfs:-none}, ping" check_esp "$1"
    tell_esp "$1"
}

tell_esp() { # ROLE
    case $natt-$(forced_by) in
    off-*) answer=off ;;
    *-ours) answer='forced by us, no NAT' ;;
    *-theirs) answer='forced by strongSwan, no NAT' ;;
    *) answer='agreed on, no NAT' ;;
    esac
    tell_negotiation "$1" "$answer" 'kernel ESP, ping'
}

part_esp() {
    { fetch_guest && start_guest; } >"$work/why" || {
        skip_case 'ESP against a kernel' "$(cat "$work/why")"
        return
    }
    esp_suites >"$work/crowd"
    all=$(wc -l <"$work/crowd") settle=settle_esp
    crowd_keys='log_rate = 1000
data = tun'
    start_crowded_charon
    for role in initiator responder; do
        run_crowd "$role" ping_each show_esp
    done
}
