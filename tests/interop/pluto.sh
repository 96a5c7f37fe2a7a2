# SPDX-License-Identifier: Apache-2.0
# libreswan's pluto as the other side: both modes, with a key and with certificates, both roles. On a
# kernel without ESP it refuses Quick Mode when it installs the SA, so there phase 1 is all there is; in
# the guest kernel a crowd brings up tunnels. To be sourced.

pluto_settings() { # MODE AUTH
    peer_is=pluto peer_name=libreswan exchange=$1 auth=$2 kind=rsa keys=rsa
    [ "$auth" = psk ] || our_id=gate-rsa.peers.test their_id='C=XX, O=ikev1 peers, CN=pluto-rsa'
}

# libreswan COMMAND: the peers' script for it.
libreswan() {
    there env LSW="$LSW" PKI="$PKI" IP="$their_ip" INNER="${their_net%.0/*}.1/24" LOCAL_TS="$their_net" \
        PEER="$our_ip" REMOTE_TS="$our_net" MODE="$exchange" AUTH="$auth" PSK="$their_psk" \
        CERT=pluto-rsa RCERT=gate-rsa IKE="$(pluto_suite "$our_ike")" ESP="$our_esp" DEBUG=none ASYNC=1 \
        sh "$peers/libreswan.sh" "$@"
}

# pluto_suite SUITE: as libreswan writes it, with its group; ours is strongSwan's writing.
pluto_suite() {
    echo "$1" | sed 's/sha256/sha2_256/; s/sha384/sha2_384/; s/sha512/sha2_512/; s/aesxcbc/aes_xcbc/
        s/^aes\(...\)\([gc]cm\)16/aes_\2\1-null/; s/^aes\(...\)ctr/aes_ctr\1/; s/-modp/;modp/'
}

# Phase 2 as it stands in a connection.
pluto_phase2() {
    plain=${our_esp%+deflate}
    [ "$plain" = "$our_esp" ] || echo '  compress=yes'
    case $plain in
    ah:*) echo '  phase2=ah' ;;
    esac
    echo "  phase2alg=$(pluto_suite "${plain#ah:}${our_pfs:+-$our_pfs}")"
    echo "  type=$encapsulation"
}

start_pluto() {
    libreswan up >"$work/pluto.out" 2>&1 || give_up "pluto does not start: $(tail -n 1 "$work/pluto.out")"
    follow_log "$(plutos_folder)/pluto.log"
    ip -n "$dut" neigh flush all # the address has moved to another interface
}

plutos_folder() {
    if [ -n "$guest" ]; then echo "/mnt/ikep/$PFX-pluto"; else echo "$STATE/$PFX-pluto"; fi
}

# fetch_pluto: says why it could not.
fetch_pluto() {
    fetch libreswan usr/libexec/ipsec/pluto libreswan.sh && export LSW="$fetched" PKI="$work/pki"
}

make_pluto_certs() {
    sh "$peers/pki.sh" gate-rsa "$our_ip" && sh "$peers/pki.sh" pluto-rsa "$their_ip"
}

# ---- phase 1 ----

# Phase 1 as the catalogue has it; behind it follows what comes of Quick Mode.
check_phase1_log() { # ROLE
    expected_phase1 "$1" >"$work/log.expected"
    actual_log "$1" | head -n "$(wc -l <"$work/log.expected")" >"$work/log.actual"
    compare_logs
}

phase1_with_pluto() { # ROLE ENDER
    mark_peer
    configure_gateway
    if [ "$1" = initiator ]; then
        start_gateway --connect 1
    else
        start_gateway
        require 'the gateway listens' wait_until 5 we_listen || return 1
        libreswan initiate >"$work/pluto.out" 2>&1
    fi
    require 'we have an ISAKMP SA' wait_until 10 we_said "^ISAKMP SA up rule 1 $1 " || return 1
    require 'pluto has one' wait_until 10 peer_said \
        'IKE SA established .*cipher=AES_CBC_128 integ=HMAC_SHA1 group=MODP2048' || return 1
    check_phase1_log "$1"
    if [ "$2" = gateway ]; then
        end_gateway
        wait_until 5 peer_said 'received Delete SA payload'
        check_our_delete
    else
        libreswan terminate >"$work/pluto.out" 2>&1
        require "we see pluto's delete" wait_until 5 \
            we_said '^ISAKMP SA down rule 1: the peer deleted the SA'
    fi
}

part_pluto() {
    fetch_pluto >"$work/why" || {
        skip_case 'libreswan, phase 1' "$(cat "$work/why")"
        return
    }
    for mode in main aggressive; do
        for method in psk rsa; do
            default_settings
            their_ip=10.91.0.6 their_net=10.92.6.0/24
            pluto_settings "$mode" "$method"
            [ "$method" = psk ] || make_pluto_certs || give_up 'no certificates'
            start_pluto
            for role in initiator responder; do
                next_ender
                run_case "$role, libreswan, $mode, $method, phase 1" phase1_with_pluto "$role" "$ender"
                tell_negotiation "$role" 'agreed on, no NAT' 'phase 1 only'
            done
            libreswan down >"$work/pluto.out" 2>&1
        done
    done
}

# ---- both phases, a crowd ----

# "NUMBER MODE AUTH ESP PFS NAT-T". It has no other groups than MODP for PFS.
pluto_tunnels() {
    cat <<T
1 main psk aes128-sha1 none auto
2 main psk aes256-sha256 modp2048 auto
3 main rsa aes256-sha384 modp3072 auto
4 main rsa aes256-sha512 modp2048 off
5 aggressive psk aes128gcm16 modp2048 off
6 aggressive psk aes256gcm16 none auto
7 aggressive rsa 3des-sha1 modp2048 auto
8 aggressive rsa aes128-sha1 none off
9 main psk aes256-sha512 none off
10 aggressive psk aes128-sha256 modp4096 auto
T
}

settle_pluto() { # MODE AUTH ESP PFS NAT-T
    pluto_settings "$1" "$2"
    settle_esp "$3" "$4" "$5"
}

pluto_connection() {
    cat <<C
conn $connection
  ikev2=no
  left=$their_ip
  right=${our_seen:-$our_ip}
  leftid=$([ "$auth" = psk ] && echo "$their_ip" || echo %fromcert)
  rightid=${our_id:+@}${our_id:-$our_ip}
  aggressive=$([ "$exchange" = aggressive ] && echo yes || echo no)
  ike=$(pluto_suite "$our_ike")
$(pluto_phase2)
  pfs=$([ -n "$our_pfs" ] && echo yes || echo no)
  leftupdown=%disabled
C
    if [ "$encapsulation" = tunnel ]; then
        pluto_subnet left "${their_local_ts:-$their_net}"
        pluto_subnet right "${their_remote_ts:-$our_net}"
    fi
    if [ "$auth" = psk ]; then
        echo '  authby=secret'
    else
        printf '%s\n' '  authby=rsasig' '  leftcert=pluto-rsa' '  leftsendcert=always' '  rightca=%same'
    fi
    [ -z "$their_extra" ] || echo "$their_extra" | sed 's/^/  /'
}

pluto_subnet() { # SIDE NETWORK
    [ "$2" = dynamic ] || echo "  $1subnet=$2"
}

pluto_load() {
    [ ! -e "$work/pluto.conf" ] || return 0
    {
        printf '%s\n' 'config setup' '  ikev1-policy=accept' 'conn %default' '  rekey=no' '  auto=add'
        for_each pluto_connection
    } >"$work/pluto.conf"
    # shellcheck disable=SC2046 # names
    there "$LSW/usr/libexec/ipsec/addconn" --config "$work/pluto.conf" \
        --ctlsocket "$(plutos_folder)/run/pluto/pluto.ctl" $(names) >"$work/pluto.out" 2>&1
}

# In one go: starting processes is slow there.
pluto_begin() { # CONNECTION...
    each_by_whack --initiate --asynchronous "$@"
}

pluto_end() { # CONNECTION...
    each_by_whack --terminate "" "$@"
}

each_by_whack() { # OPTION OPTION CONNECTION...
    # shellcheck disable=SC2016 # for the other shell
    there sh -c 'whack=$1 folder=$2 options="$3 $4"; shift 4
        for name in "$@"; do "$whack" --rundir "$folder" --name "$name" $options; done' sh \
        "$LSW/usr/libexec/ipsec/whack" "$(plutos_folder)/run/pluto" "$@"
}

pluto_has_no_sa() {
    there "$LSW/usr/libexec/ipsec/whack" --rundir "$(plutos_folder)/run/pluto" --status \
        >"$work/pluto.out" 2>&1 && ! grep -q -E '^000 #[0-9]+: .*established' "$work/pluto.out"
}

pluto_take_apart() {
    awk -v out="$work/theirs/" '
        match($0, /"c[0-9]+"/) { print >(out substr($0, RSTART + 2, RLENGTH - 3)) }' "$work/peer.part"
}

# pluto as it is beside its connections.
crowded_pluto_settings() {
    default_settings
    their_ip=10.91.2.254 their_net=10.97.0.0/24 our_ip=10.91.1.254 our_net=10.96.0.0/16
    pluto_settings main rsa
}

# start_crowded_pluto [COMMAND]: that one when it has its addresses.
start_crowded_pluto() {
    crowded=yes crowd_peer=pluto
    crowded_pluto_settings
    give_addresses there "$PFX-pluto" 10.91.2 10.97 &&
        give_addresses "$gateway_is" "$dut" 10.91.1 10.96 || give_up 'no addresses'
    "${1:-true}" >"$work/pluto.out" 2>&1 || give_up "no network: $(tail -n 1 "$work/pluto.out")"
    make_pluto_certs >"$work/pluto.out" 2>&1 || give_up 'no certificates'
    start_pluto
    crowd_log=$peer_log
}

check_pluto_tunnel() { # ROLE
    use_logs_of_one || return 1
    require 'both sides have an IPsec SA' both_sas_are_up || return 1
    check_log "$1"
    check_pfs
    check_spis
    require_ping
    check_delete_of_one
}

show_pluto_tunnel() { # ROLE
    run_case "$1, libreswan, kernel ESP, $exchange, $auth, $our_esp, PFS ${our_pfs:-none}, ping" \
        check_pluto_tunnel "$1"
    tell_esp "$1"
}

part_plutos() {
    { fetch_pluto && fetch_guest && start_guest; } >"$work/why" || {
        skip_case 'libreswan, phase 2' "$(cat "$work/why")"
        return
    }
    pluto_tunnels >"$work/crowd"
    all=$(wc -l <"$work/crowd") settle=settle_pluto
    crowd_keys='log_rate = 1000
data = tun'
    start_crowded_pluto
    for role in initiator responder; do
        run_crowd "$role" ping_each show_pluto_tunnel
    done
}
