# SPDX-License-Identifier: Apache-2.0
# libreswan's pluto in the field: real NAT on either side and forced encapsulation, fragments, XAUTH and
# Mode Config both ways, all at once, with ping through each tunnel; then one by one what must fail. In
# the guest kernel. To be sourced.

. "$here/pluto_trouble.sh"

# "NUMBER OUR-ROLE MODE AUTH WHAT HOW"
field_rows() {
    cat <<T
1 initiator main psk nat ours
2 initiator main psk nat theirs
3 initiator main psk encapsulation ours
4 initiator aggressive rsa encapsulation theirs
5 initiator main rsa fragments theirs
6 initiator aggressive rsa fragments both
7 initiator main psk client pull
8 initiator main psk client wait
9 initiator main rsa client pull
10 initiator main rsa client wait
11 initiator aggressive psk client pull
12 initiator aggressive rsa client wait
21 responder main psk nat ours
22 responder main psk nat theirs
23 responder main psk encapsulation ours
24 responder aggressive rsa encapsulation theirs
25 responder main rsa fragments theirs
26 responder main rsa fragments both
27 responder main psk server serve
28 responder main psk server push
29 responder main rsa server serve
30 responder main rsa server push
31 responder aggressive psk server serve
32 responder aggressive rsa server push
T
}

settle_field() { # ROLE MODE AUTH WHAT HOW
    pluto_settings "$2" "$3"
    our_role=$1 feature=$4 how=$5
    "settle_$4" "$5"
}

# What of a row is behind a box that translates addresses: of both the last byte is the row's number.
settle_nat() { # WHOSE
    if [ "$1" = ours ]; then
        our_seen=$our_ip our_ip=10.94.0.$rule
    else
        their_seen=$their_ip their_ip=10.95.0.$rule their_id=10.95.0.$rule
    fi
}

settle_encapsulation() { # WHOSE
    if [ "$1" = ours ]; then natt=force; else their_extra='encapsulation=yes'; fi
}

settle_fragments() { # WHOSE
    their_extra='fragmentation=force'
    [ "$1" = theirs ] || rule_extra='fragments = force'
}

# A network of the pool for each row, of which the first address is given.
settle_client() { # MODE-CONFIG: to pull it, or to wait for what is pushed
    our_net=10.93.$rule.1 their_remote_ts=dynamic
    rule_extra="xauth = client
user = xuser
password = ${our_password:-xpass}
config = $1"
    their_extra="leftxauthserver=yes
rightxauthclient=yes
xauthby=file
leftmodecfgserver=yes
rightmodecfgclient=yes
modecfgpull=$([ "$1" = pull ] && echo yes || echo no)
modecfgdns=10.97.0.53
rightaddresspool=10.93.$rule.1-10.93.$rule.5"
}

settle_server() { # MODE-CONFIG
    their_net=10.93.$rule.1 their_local_ts=dynamic
    rule_extra="xauth = server
user = xuser
password = ${our_password:-xpass}
config = $1
pool = 10.93.$rule.0/24
dns = 10.96.0.53"
    their_extra="leftxauthclient=yes
rightxauthserver=yes
leftusername=xuser
leftmodecfgclient=yes
rightmodecfgserver=yes
modecfgpull=$([ "$1" = serve ] && echo yes || echo no)"
}

# ---- the network ----

# rows_of WHAT HOW: their numbers.
rows_of() {
    field_rows | sed -n "s/^\([0-9]*\) .* $1 $2\$/\1/p"
}

# move_inside SIDE NAMESPACE WHOSE OUTSIDE INSIDE: these rows have an address there that only the box knows.
move_inside() {
    {
        for row in $(rows_of nat "$3"); do
            printf '%s\n' "address delete $4.$row/16 dev eth0" "address add $5.$row/24 dev eth0"
        done
        printf '%s\n' "rule add from $5.0/24 table 94" "route add default via $5.254 table 94"
    } >"$work/inside.ip"
    "$1" ip -n "$2" -batch "$work/inside.ip"
}

translations() { # WHOSE OUTSIDE INSIDE
    for row in $(rows_of nat "$1"); do
        echo "add rule ip nat pre ip daddr $2.$row udp dport { 500, 4500 } dnat to $3.$row"
        echo "add rule ip nat post ip saddr $3.$row meta l4proto udp snat to $2.$row:1024-65535 random"
    done
}

# A box that translates addresses, ours and pluto's: INSIDE.row is OUTSIDE.row to others, at ports that are
# random, and the other way round at IKE's own. It is on the one network there is.
nat_boxes() {
    box=$PFX-box
    {
        echo 'add table ip nat'
        echo 'add chain ip nat pre { type nat hook prerouting priority -100; }'
        echo 'add chain ip nat post { type nat hook postrouting priority 100; }'
        translations ours 10.91.1 10.94.0
        translations theirs 10.91.2 10.95.0
    } >"$work/box.nft"
    {
        rows_of nat ours | sed 's|.*|address add 10.91.1.&/16 dev eth0|'
        rows_of nat theirs | sed 's|.*|address add 10.91.2.&/16 dev eth0|'
    } >"$work/box.ip"
    sh "$peers/net.sh" attach "$box" 10.91.3.1/16 10.94.0.254/24 10.95.0.254/24 &&
        ip -n "$box" -batch "$work/box.ip" && ip netns exec "$box" nft -f "$work/box.nft" &&
        ip netns exec "$box" sh -c 'for no in /proc/sys/net/ipv4/conf/*/send_redirects; do echo 0 >$no; done' &&
        move_inside env "$dut" ours 10.91.1 10.94.0 &&
        move_inside there "$PFX-pluto" theirs 10.91.2 10.95.0
}

# What pluto gets from us it would give to an interface by its script, which cannot run there.
give_leases() {
    {
        field_rows | sed -n 's|^\([0-9]*\) .* server .*|address add 10.93.\1.1/32 dev lan0|p'
        echo 'route add 10.93.0.0/16 via 10.91.1.254 dev eth0 onlink'
    } >"$work/leases.ip"
    there ip -n "$PFX-pluto" -batch "$work/leases.ip"
}

field_network() {
    nat_boxes && give_leases
}

# ---- what is agreed on ----

# What both logs must say besides, of what a row is about.
check_field_nat() { # WHOSE
    case $1 in ours) seen=nat-here ;; theirs) seen=nat-there ;; esac
    require "our log sees the NAT: $seen" we_said "^ISAKMP SA up .* $seen "
    check_udp
}

check_field_encapsulation() {
    check_udp
}

check_udp() {
    require 'our SAs are encapsulated in UDP' \
        test "$(grep -c -E '^SA (in |out) .* udp tunnel ' "$gateway_log")" -eq 2
    require "pluto's are as well" peer_said 'IPsec SA established tunnel mode \{ESPinUDP='
}

check_field_fragments() { # WHOSE
    require "pluto's message comes in fragments" we_said 'Recv:<FRAG>'
    [ "$1" = theirs ] || require 'ours leaves in fragments' we_said 'Send:<FRAG>'
}

check_field_client() { # MODE-CONFIG
    require 'pluto has taken our password' peer_said 'XAUTH: User xuser: Authentication Successful'
    require 'we have the address and the name server' \
        we_said "^Mode Config rule $rule address 10.93.$rule.1 dns 10.97.0.53"
    require 'its padding inside the list of attributes is taken' we_said 'tolerated: config-padding'
    [ "$1" = pull ] || require 'and that it pushes in the exchange of XAUTH' we_said 'tolerated: config-in-xauth'
}

check_field_server() { # MODE-CONFIG
    require 'we have taken its password' we_said 'XAUTH of user xuser succeeded'
    require 'pluto knows' peer_said 'XAUTH: Successfully Authenticated'
    require 'pluto has the address' peer_said "Received IP(v4)? address:? 10.93.$rule.1/32"
    if [ "$1" = serve ]; then
        require 'pluto has the name server' peer_said 'Received DNS server 10.96.0.53'
    else
        require 'the padding of its answer is taken' we_said 'tolerated: config-padding'
    fi
}

check_field() {
    use_logs_of_one || return 1
    require 'both sides have an IPsec SA' both_sas_are_up || return 1
    check_spis
    "check_field_$feature" "$how"
    require_ping
    check_delete_of_one
}

show_field() { # ROLE
    run_case "$1, libreswan, kernel ESP, $exchange, $auth, $feature $how, ping" check_field
    case $feature in nat | encapsulation) answer=yes ;; *) answer='agreed on, no NAT' ;; esac
    tell_negotiation "$1" "$answer" "kernel ESP, $feature $how, ping"
}

part_field() {
    { fetch_pluto && fetch_guest && start_guest; } >"$work/why" || {
        skip_case 'libreswan, NAT, fragments, XAUTH, Mode Config' "$(cat "$work/why")"
        return
    }
    { field_rows && trouble_rows; } >"$work/crowd"
    field_keys='log_rate = 1000
data = tun'
    settle=settle_field crowd_keys=$field_keys our_password=
    start_crowded_pluto field_network
    for role in initiator responder; do
        field_rows | grep " $role " >"$work/crowd"
        all=$(wc -l <"$work/crowd")
        rm -f "$work/pluto.conf"
        run_crowd "$role" ping_each show_field
    done
    show_trouble
    sh "$peers/net.sh" detach "$PFX-box"
}
