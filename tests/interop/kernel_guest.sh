#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs in a guest kernel that has ESP: two gateways whose traffic Linux carries (data = kernel), each in
# a namespace, pinged from either end. kernel_guest.sh GATEWAY PEERS-FOLDER
set -u
. "$(dirname "$0")/guest_pair.sh"

ping_from() { # NAME ADDRESS COUNT
    ip netns exec "$PFX-$1" ping -n -q -c "$3" -i 0.1 -W 10 "$2" >"$work/ping" 2>&1
    require "$3 packets from $1 come back: $(grep transmitted "$work/ping")" \
        grep -q " $3 received" "$work/ping"
}

# For each protocol there is, one SA of either way, on both sides. There may be more: in transport mode whatever
# one host has to say to the other asks for a pair, and both may ask at once. Compression leaves small packets
# as they are, and so counts none.
all_were_used() {
    for name in west east; do
        for protocol in esp ah; do
            ip -n "$PFX-$name" -s xfrm state | grep -E 'proto |\(packets\)' | grep -v limit |
                grep -A 1 "proto $protocol" | grep '(packets)' >"$work/used"
            [ ! -s "$work/used" ] || [ "$(grep -vc ' 0(packets)' "$work/used")" -ge 2 ] || return 1
        done
    done
}

# A new pair takes the place of the old one while packets are on their way.
replace_pair() {
    ping_from west "$there" 20 &
    pings=$!
    kill -USR2 "$west"
    require 'a new pair comes up' wait_until 15 pairs east "$1"
    wait "$pings"
}

carry() {
    rules west "$ip.1" "$ip.2" "$west_net" "$east_net"
    rules east "$ip.2" "$ip.1" "$east_net" "$west_net"
    start east
    east=$started
    start west --connect 1
    west=$started
    require 'the pair comes up' wait_until 20 pairs east 1
    ping_from west "$there" 3
    ping_from east "$here_ip" 3
    require 'every SA has carried packets' all_were_used
    [ "$1" = once ] || replace_pair 2
    stop "$west" 10
    require 'the other one sees it end' wait_until 10 grep -q '^ISAKMP SA down' "$work/east.log"
    stop "$east" 10
    require 'no SA and no policy is left' nothing_is_left
    nothing_is_refused
}

# check_carried MODE NATT SUITE [once|replaced]
check_carried() {
    mode=$1 natt=$2 suite=$3 ip=10.91.0 west_net=10.92.1.0/24 east_net=10.92.2.0/24
    here_ip=10.92.1.1 there=10.92.2.1
    if [ "$mode" = transport ]; then
        west_net=10.91.0.1 east_net=10.91.0.2 here_ip=10.91.0.1 there=10.91.0.2
    fi
    check "$mode, $suite$([ "$natt" = auto ] || echo ', in UDP'), ping${4:+, rekeyed}" carry "${4:-once}"
}

modprobe -q -d /mnt/m xfrm4_tunnel # IPCOMP in tunnel mode rests on it
check_carried tunnel auto aes128-sha1 replaced
check_carried tunnel force aes256-sha256 replaced
check_carried tunnel auto aes256gcm16-esn
check_carried tunnel auto 3des-md5
check_carried tunnel auto camellia256-sha384
check_carried tunnel auto aes128ctr-sha512
check_carried tunnel auto aes128ccm16
check_carried tunnel auto null-sha256
check_carried tunnel auto ah:sha256
check_carried tunnel auto aes128-sha1+ah:sha1
check_carried tunnel auto aes128-sha256+deflate
check_carried transport auto aes128gcm16 replaced
check_carried transport force aes128-sha256
check_carried transport auto ah:sha1
check_carried transport auto aes128+ah:sha256
check_carried transport auto aes128-sha1+deflate
finish
