# SPDX-License-Identifier: Apache-2.0
# The two sides of a negotiation: our gateway in the namespace $dut, strongSwan's charon in its own
# or, when $guest is set, in the guest kernel that serves the queue $guest. To be sourced.

# What a case may change before configure(); of each pair, ours and charon's.
default_settings() {
    our_ip=10.91.0.9 their_ip=10.91.0.1
    our_net=10.92.9.0/24 their_net=10.92.1.0/24
    their_local_ts= their_remote_ts=
    exchange=main auth=psk our_ca=
    our_id= their_id= our_seen= their_seen=
    hybrid= rule_extra= their_extra= their_child= their_encap=no # of either side's own
    our_psk='a secret of two that test' their_psk=$our_psk
    our_ike=aes128-sha1-modp2048 their_ike=
    our_esp=aes128-sha1 their_esp=
    our_pfs= their_pfs=same encapsulation=tunnel
    their_ike_life=14400 their_life=3600
    peer= natt=auto natt_port=4500 gateway_keys= our_allow=
    peer_is=charon peer_name=strongSwan rule=1 connection=c
}

# by AUTH: psk, rsa, ecdsa256, ecdsa384 or ecdsa521; with certificates both sides go by their names in
# them. These differ from kind to kind: charon picks the method by what key it finds for its name.
by() {
    auth=$1
    kind_of "$auth"
    [ -z "$kind" ] || our_id=gate-$kind.peers.test their_id=charon-$kind.peers.test
}

# What the names of certificates have in them, and the keys: rsa or ecdsa, on which curve.
kind_of() { # AUTH
    keys=ecdsa curve=
    case $1 in
    psk) kind= ;;
    rsa) kind=rsa keys=rsa ;;
    ecdsa384) kind=ecdsa384 curve=secp384r1 ;;
    ecdsa521) kind=ecdsa521 curve=secp521r1 ;;
    *) kind=ecdsa curve=prime256v1 ;;
    esac
}

# suite NAME: what strongSwan's users call it; phase 1, phase 2, and its group for PFS.
suite() {
    our_ike=$1
    case $1 in
    aes128-sha1-modp2048) our_esp=aes128-sha1 group=modp2048 ;;
    aes256-sha256-ecp256) our_esp=aes256-sha256 group=ecp256 ;;
    aes128-sha1-*) our_esp=aes128-sha1 ;;
    aes*-sha256-* | aes*-sha384-*) our_esp=aes256-sha256 ;;
    3des-sha1-modp1024) our_esp=3des-sha1 group=modp1024 our_allow='3des, modp1024' ;;
    *) return 1 ;;
    esac
}

# ---- charon ----

here() { # COMMAND...: on the host's kernel
    "$@"
}

# there COMMAND...: on charon's kernel.
there() {
    if [ -n "$guest" ]; then
        timeout 60 sh "$peers/kernel-esp.sh" in "$guest" "$@" # it would wait for ever for a dead guest
    else
        "$@"
    fi
}

charons_folder() {
    if [ -n "$guest" ]; then echo "/mnt/ikep/$PFX-charon"; else echo "$STATE/$PFX-charon"; fi
}

start_charon() { # NAME=VALUE...: of charon.sh's settings
    charon_state=$(charons_folder)
    there env "$@" sh "$peers/charon.sh" up >"$work/charon.out" 2>&1 || return 1
    follow_log "$charon_state/$log_name"
}

# follow_log FILE: the peer's log is that. In the guest: a copy of it on the host's file system, written
# through; starting processes there is slow.
follow_log() {
    peer_log=$1
    [ -n "$guest" ] || return 0
    peer_log=$work/guest-$(basename "$1")
    there sh -c "tail -f -n +1 '$1' | dd of='$peer_log' bs=64k oflag=sync status=none >/dev/null 2>&1 &"
    wait_until 5 test -s "$peer_log"
}

# charon COMMAND...: swanctl's commands.
charon() {
    there env SWANCTL_DIR="$charon_state/swanctl" STRONGSWAN_CONF="$charon_state/strongswan.conf" \
        swanctl "$@" --uri "unix://$charon_state/run/charon.vici"
}

# charon_auth END: what stands in `local` and `remote` of the connection.
charon_auth() {
    case $auth-$1-$hybrid in
    psk-*) echo 'auth = psk' ;;
    *-local-server) printf '%s\n' 'auth = xauth' 'xauth_id = xuser' ;;
    *-remote-client) echo 'auth = xauth-generic' ;;
    *-local-*) printf '%s\n' 'auth = pubkey' "certs = charon-$kind.$keys.crt" ;;
    *) echo 'auth = pubkey' ;;
    esac
}

# charon_suite SUITE: ours says first what the protocol is, last how it is compressed.
charon_suite() {
    plain=${1%+deflate}
    [ "$plain" = "$1" ] || echo 'ipcomp = yes'
    case $plain in
    ah:*) echo "ah_proposals = ${plain#ah:}${their_pfs:+-$their_pfs}" ;;
    *) echo "esp_proposals = $plain${their_pfs:+-$their_pfs}" ;;
    esac
}

charon_connection() {
    cat <<C
  $connection {
    version = 1
    aggressive = $([ "$exchange" = aggressive ] && echo yes || echo no)
    send_cert = always
    local_addrs = $their_ip
    remote_addrs = ${our_seen:-$our_ip}
    proposals = ${their_ike:-$our_ike}
    encap = $their_encap
    rekey_time = ${their_ike_life}s
    over_time = 10s
    rand_time = 0s
    unique = never
    local {
      $(charon_auth local)
      id = ${their_id:-$their_ip}
    }
    remote {
      $(charon_auth remote)
      id = ${our_id:-$our_ip}
    }
    children {
      net {
        mode = $encapsulation
        local_ts = ${their_local_ts:-$their_net}
        remote_ts = ${their_remote_ts:-$our_net}
        $(charon_suite "${their_esp:-$our_esp}")
        rekey_time = ${their_life}s
        life_time = $((their_life + 10))s
        rand_time = 0s
        $their_child
      }
    }
    $their_extra
  }
C
}

charon_secrets() {
    cat <<C
secrets {
  ike-1 {
    secret = "$their_psk"
  }
  xauth-1 {
    id = xuser
    secret = "xpass"
  }
}
pools {
  p {
    addrs = 10.93.0.1-10.93.0.9
  }
  p6 {
    addrs = fd00:93::1-fd00:93::9
  }
}
C
}

# What stands in $work/swanctl.conf.
load_charon() {
    there cp "$work/swanctl.conf" "$charon_state/swanctl/" &&
        charon --load-all >"$work/charon.out" 2>&1
}

configure_charon() {
    {
        echo 'connections {'
        charon_connection
        echo '}'
        charon_secrets
    } >"$work/swanctl.conf"
    load_charon
}

# mark_peer: what charon says from now on belongs to the case.
mark_peer() {
    peer_lines=$(wc -l <"$peer_log")
}

read_peer() {
    tail -n +"$((peer_lines + 1))" "$peer_log" >"$work/peer.part"
}

peer_said() { # PATTERN
    read_peer
    grep -q -E -- "$1" "$work/peer.part"
}

# Beside what it has half open: it keeps that for half a minute.
charon_has_no_sa() {
    charon --list-sas >"$work/charon.sas" 2>&1 && ! grep -q -E 'ESTABLISHED|INSTALLED' "$work/charon.sas"
}

# ---- the gateway ----

# make_certs AUTH...: for both sides, by default RSA and ECDSA-256; charon finds its own and the CAs in
# its folders.
make_certs() {
    export PKI="$work/pki"
    [ $# -gt 0 ] || set -- rsa ecdsa256
    for method; do
        kind_of "$method"
        EC_CURVE=$curve sh "$peers/pki.sh" "gate-$kind" 10.91.0.9 &&
            EC_CURVE=$curve sh "$peers/pki.sh" "charon-$kind" 10.91.0.1 &&
            cp "$PKI/ca.$keys.crt" "$charon_state/swanctl/x509ca/" &&
            cp "$PKI/charon-$kind.$keys.crt" "$charon_state/swanctl/x509/" &&
            cp "$PKI/charon-$kind.$keys.key" "$charon_state/swanctl/private/" || return 1
    done
}

gateway_auth() {
    if [ "$auth" = psk ]; then
        echo "psk = $our_psk"
        return
    fi
    printf '%s\n' "auth = $auth" "ca = ${our_ca:-$PKI/ca.$keys.crt}"
    [ "$hybrid" = client ] || printf '%s\n' "cert = $PKI/gate-$kind.$keys.crt" "key = $PKI/gate-$kind.$keys.key"
}

gateway_section() { # ADDRESS
    cat <<C
[gateway]
listen = $1
natt_port = $natt_port
${our_allow:+allow = $our_allow}
$gateway_keys
C
}

# The group goes behind the first of a bundle.
gateway_suite() {
    first=${our_esp%%+*}
    echo "$first${our_pfs:+-$our_pfs}${our_esp#"$first"}"
}

gateway_rule() {
    cat <<C

[rule $rule]
peer = ${peer:-${their_seen:-$their_ip}}
${our_ip:+address = $our_ip}
$(gateway_auth)
${our_id:+local_id = $our_id}
${their_id:+remote_id = $their_id}
exchange = $exchange
ike = $our_ike
esp = $(gateway_suite)
local = $our_net
remote = $their_net
mode = $encapsulation
natt = $natt
$rule_extra
C
}

configure_gateway() {
    {
        gateway_section "$our_ip"
        gateway_rule
    } >"$work/gateway.ini"
}

# start_gateway OPTION...
start_gateway() {
    : >"$gateway_log" # or what the last one said would be taken for this one's
    set -- "$gateway" --config "$work/gateway.ini" --show-keys --verbose --time "$@"
    if [ "$gateway_is" = there ]; then
        start_gateway_there "$@"
    else
        ip netns exec "$dut" "$@" >"$gateway_log" 2>&1 &
        gateway_pid=$!
    fi
}

# In the guest: its log comes to the host's file system as the peer's does, its status is the last line.
start_gateway_there() { # COMMAND...
    # shellcheck disable=SC2016 # for the other shell
    there sh -c 'log=$1 name=$2; shift 2
        { ip netns exec "$name" sh -c '\''echo $$ >/mnt/gateway.pid; exec "$@"'\'' sh "$@" 2>&1
          echo "left with status $?"; } </dev/null | dd of="$log" bs=64k oflag=sync status=none >/dev/null 2>&1 &' \
        sh "$gateway_log" "$dut" "$@"
    gateway_pid=there
}

signal_gateway() { # SIGNAL
    case $gateway_pid in
    there) there sh -c "kill -$1 \$(cat /mnt/gateway.pid)" ;;
    *) kill "-$1" "$gateway_pid" ;;
    esac 2>/dev/null
}

gateway_gone() {
    case $gateway_pid in
    there) we_said '^left with status' ;;
    *) gone "$gateway_pid" ;;
    esac
}

gateway_status() {
    case $gateway_pid in
    there) return "$(sed -n 's/^left with status //p' "$gateway_log")" ;;
    *) wait "$gateway_pid" ;;
    esac
}

# A crash, and what a sanitizer finds, shows in its exit status.
end_gateway() {
    [ -n "$gateway_pid" ] || return 0
    require 'the gateway runs until it is stopped' signal_gateway TERM
    wait_until 5 gateway_gone || signal_gateway KILL
    gateway_status
    status=$?
    gateway_pid=
    require "the gateway leaves well, not with status $status" test "$status" -eq 0
}

we_said() { # PATTERN
    grep -q -E -- "$1" "$gateway_log"
}

we_listen() {
    if [ "$natt_port" -ne 0 ]; then
        we_said "^listening on .* port $natt_port"
    else
        we_said '^listening on '
    fi
}

# ---- both ----

configure() {
    [ "$their_pfs" != same ] || their_pfs=$our_pfs
    configure_gateway
    require 'strongSwan takes its configuration' configure_charon || return 1
    mark_peer
}

# begin ROLE: ours, initiator or responder. Whether it comes to something is seen in the logs.
begin() {
    if [ "$1" = initiator ]; then
        start_gateway --connect 1
        return
    fi
    start_gateway
    require 'the gateway listens' wait_until 5 we_listen || return 1
    charon --initiate --child net --ike c --timeout 8 >"$work/charon.out" 2>&1
    return 0
}
