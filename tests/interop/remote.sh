# SPDX-License-Identifier: Apache-2.0
# Remote access with strongSwan, both ways: XAUTH behind a key or certificates, hybrid, Mode Config that
# is asked for (pull) and that is pushed. To be sourced.

# remote_settings PART METHOD MODE-CONFIG: our part, client or server; psk, rsa or hybrid.
remote_settings() {
    default_settings
    our_password=xpass hybrid=
    if [ "$2" = psk ]; then our_allow=xauth-psk; else by rsa; fi
    [ "$2" != hybrid ] || hybrid=$1
    if [ "$1" = server ]; then
        peer=any their_net=any their_local_ts=dynamic
    else
        our_net=10.93.0.1 their_remote_ts=dynamic
    fi
    rule_extra=$(our_part "$1" "$3")
    their_extra=$(charons_part "$1" "$3")
}

our_part() { # PART MODE-CONFIG
    printf '%s\n' "xauth = $1" 'user = xuser' "password = $our_password"
    [ -z "$hybrid" ] || echo 'hybrid = yes'
    case $1-$2 in
    server-pull) printf '%s\n' 'config = serve' 'pool = 10.93.0.0/24' ;;
    server-push) printf '%s\n' 'config = push' 'pool = 10.93.0.0/24' ;;
    client-pull) echo 'config = pull' ;;
    client-push) echo 'config = wait' ;;
    esac
}

charons_part() { # OUR-PART MODE-CONFIG
    [ "$2" = pull ] || echo 'pull = no'
    case $1-$hybrid in
    server-server) echo 'vips = 0.0.0.0' ;;
    server-) printf '%s\n' 'vips = 0.0.0.0' 'local-2 {' 'auth = xauth' 'xauth_id = xuser' '}' ;;
    client-client) echo 'pools = p' ;;
    client-) printf '%s\n' 'pools = p' 'remote-2 {' 'auth = xauth-generic' '}' ;;
    esac
}

has_access() { # PART
    case $1 in
    server) charons_line='installing new virtual IP 10.93.0.1' role=responder ;;
    client) charons_line='assigning virtual IP 10.93.0.1 to peer' role=initiator ;;
    esac
    configure && begin "$role" || return 1
    require 'both sides have an IPsec SA' wait_until 10 both_sas_are_up || return 1
    require "charon's log says: $charons_line" peer_said "$charons_line"
    require 'charon speaks of XAUTH' peer_said "XAuth authentication of 'xuser' .*successful"
    require 'the address is in the selectors' we_said '^SA out .*10.93.0.1/32'
    check_keys "$role"
    end_by_gateway
}

# An address of IPv6, with the outer ones of IPv4.
has_ipv6_access() {
    configure && begin initiator || return 1
    require 'both sides have an IPsec SA' wait_until 10 both_sas_are_up || return 1
    require 'charon gives the address' peer_said 'assigning virtual IP fd00:93::1 to peer'
    require 'we have it' we_said '^Mode Config rule 1 address fd00:93::1'
    require 'the address is in the selectors' we_said '^SA out .*fd00:93::1/128'
    check_keys initiator
    end_by_gateway
}

has_no_access() {
    configure && begin responder || return 1
    require 'our log says who is refused' wait_until 8 we_said 'XAUTH|Cause: .*user'
    require "charon's log says it" wait_until 8 peer_said "XAuth authentication of 'xuser' .*failed"
    require 'neither side has an IPsec SA' has_no_child
}

part_remote() {
    start_charon || give_up 'charon does not start'
    make_certs >"$work/charon.out" 2>&1 || give_up 'no certificates'
    sh "$peers/net.sh" inner "$PFX-charon" fd00:92:1::1/64 || give_up 'no IPv6'
    for part in server client; do
        for method in psk rsa hybrid; do
            for config in pull push; do
                remote_settings $part $method $config
                run_case "XAUTH $part, $method, Mode Config $config" has_access $part
                tell_negotiation "$role" yes "XAUTH $part, $method, Mode Config $config"
            done
        done
    done
    remote_settings client psk pull
    our_net=fd00:93::1 their_net=fd00:92:1::/64 their_extra=$(echo "$their_extra" | sed 's/pools = p$/pools = p6/')
    run_case 'XAUTH client, psk, Mode Config pull, IPv6' has_ipv6_access
    tell_negotiation initiator yes 'XAUTH client, psk, Mode Config pull, IPv6'
    remote_settings server psk pull
    our_password=another rule_extra=$(our_part server pull)
    run_case 'XAUTH server, wrong password: refused' has_no_access
}
