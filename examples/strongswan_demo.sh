#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The gateway example negotiates with strongSwan's charon, each in a network namespace of its own
# joined by a veth pair, and pings go through the tunnel from either end; both logs are shown.
# strongswan_demo.sh GATEWAY_PROGRAM; as root.
set -u
gateway=$(realpath "$1")
work=$(mktemp -d) || exit 1
run=ikev1-demo-$$
ours=$run-ours
theirs=$run-theirs
charon_pid=
gateway_pid=

cleanup() {
    stop "$gateway_pid"
    stop "$charon_pid"
    ip netns del "$ours" 2>/dev/null
    ip netns del "$theirs" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# stop PID: ends a process we started, within five seconds.
stop() {
    [ -n "$1" ] && kill "$1" 2>/dev/null || return 0
    wait_until 5 gone "$1" || kill -9 "$1" 2>/dev/null
    wait "$1" 2>/dev/null
}

gone() {
    case $(ps -o stat= -p "$1" 2>/dev/null) in
    '' | Z*) return 0 ;;
    *) return 1 ;;
    esac
}

# wait_until SECONDS COMMAND...: asks ten times a second.
wait_until() {
    turns=$(($1 * 10))
    shift
    until "$@" >/dev/null 2>&1; do
        turns=$((turns - 1))
        [ "$turns" -gt 0 ] || return 1
        sleep 0.1
    done
}

give_up() {
    echo "demo: $1"
    for log in gateway.log charon.out charon.log ping.log; do
        [ -s "$work/$log" ] && echo "--- $log" && tail -n 40 "$work/$log"
    done
    exit 1
}

# Two hosts on one wire, each with a network behind it.
make_network() {
    ip netns add "$ours" && ip netns add "$theirs" &&
        ip -n "$ours" link add eth0 type veth peer name eth0 netns "$theirs" || return 1
    host "$ours" 192.0.2.1/24 10.1.0.1/24 && host "$theirs" 192.0.2.2/24 10.2.0.1/24
}

host() { # NAMESPACE OUTER INNER
    ip -n "$1" link set lo up && ip -n "$1" addr add "$3" dev lo &&
        ip -n "$1" addr add "$2" dev eth0 && ip -n "$1" link set eth0 up
}

configure_charon() {
    mkdir -p "$work/run" "$work/swanctl"
    cat >"$work/strongswan.conf" <<C
charon {
  load = random nonce openssl kernel-libipsec kernel-netlink socket-default vici
  filelog {
    log {
      path = $work/charon.log
      ike_name = yes
      flush_line = yes
      default = 1
    }
  }
  plugins {
    vici {
      socket = unix://$work/run/charon.vici
    }
  }
}
C
    cat >"$work/swanctl/swanctl.conf" <<C
connections {
  demo {
    version = 1
    local_addrs = 192.0.2.2
    remote_addrs = 192.0.2.1
    proposals = aes128-sha1-modp2048
    local {
      auth = psk
      id = 192.0.2.2
    }
    remote {
      auth = psk
      id = 192.0.2.1
    }
    children {
      net {
        local_ts = 10.2.0.0/24
        remote_ts = 10.1.0.0/24
        esp_proposals = aes128-sha1-modp2048
      }
    }
  }
}
secrets {
  ike-demo {
    secret = "a secret for this demo only"
  }
}
C
}

swanctl_demo() {
    SWANCTL_DIR=$work/swanctl STRONGSWAN_CONF=$work/strongswan.conf \
        swanctl "$@" --uri "unix://$work/run/charon.vici"
}

# charon wants its own /run: the namespace's private mounts give it one.
start_charon() {
    STRONGSWAN_CONF=$work/strongswan.conf ip netns exec "$theirs" sh -c \
        "mount --bind '$work/run' /run && exec /usr/lib/ipsec/charon" >"$work/charon.out" 2>&1 &
    charon_pid=$!
    wait_until 10 test -S "$work/run/charon.vici" || return 1
    swanctl_demo --load-all >>"$work/charon.out" 2>&1
}

configure_gateway() {
    cat >"$work/gateway.ini" <<C
[gateway]
listen = 192.0.2.1
data = tun

[rule 1]
peer = 192.0.2.2
psk = a secret for this demo only
ike = aes128-sha1-modp2048
esp = aes128-sha1-modp2048
local = 10.1.0.0/24
remote = 10.2.0.0/24
C
}

# start_gateway OPTION...
start_gateway() {
    ip netns exec "$ours" "$gateway" --config "$work/gateway.ini" "$@" >"$work/gateway.log" 2>&1 &
    gateway_pid=$!
}

gateway_listens() {
    ip netns exec "$ours" ss -Huln 'sport = :500' | grep -q .
}

# What the gateway would hand to its kernel, for both directions.
tunnel_is_up() {
    grep -q '^SA in ' "$work/gateway.log" && grep -q '^SA out ' "$work/gateway.log"
}

# Both ends carry the traffic themselves, over a TUN device each.
ping_through() { # NAMESPACE ADDRESS
    ip netns exec "$1" ping -c 3 -i 0.2 -W 2 "$2" >>"$work/ping.log" 2>&1
}

show() { # TITLE FILE
    echo "--- $1"
    cat "$2"
}

# negotiate TITLE COMMAND...: waits for the SAs that COMMAND asks for, shows both logs, and sees the
# delete that the gateway sends on its way out arrive.
negotiate() {
    title=$1
    shift
    echo "=== $title"
    : >"$work/charon.log"
    "$@" || give_up 'the negotiation was not begun'
    wait_until 15 tunnel_is_up || give_up 'no IPsec SA within 15 seconds'
    wait_until 5 grep -q 'CHILD_SA net.* established' "$work/charon.log" ||
        give_up 'charon has no IPsec SA'
    : >"$work/ping.log"
    ping_through "$ours" 10.2.0.1 && ping_through "$theirs" 10.1.0.1 || give_up 'no ping comes back'
    swanctl_demo --list-sas >"$work/sas.log" 2>&1
    stop "$gateway_pid"
    wait_until 5 grep -q 'received DELETE for IKE_SA' "$work/charon.log" ||
        give_up 'charon did not see our delete'
    show "gateway, 192.0.2.1" "$work/gateway.log"
    show "strongSwan, 192.0.2.2" "$work/charon.log"
    show "pings through the tunnel" "$work/ping.log"
    show "what strongSwan had installed" "$work/sas.log"
}

as_initiator() {
    start_gateway --connect 1
}

as_responder() {
    start_gateway
    wait_until 5 gateway_listens &&
        swanctl_demo --initiate --child net --timeout 15 >"$work/charon.out" 2>&1
}

[ "$(id -u)" -eq 0 ] || give_up 'needs root'
make_network || give_up 'cannot make two namespaces joined by a veth pair'
configure_charon
configure_gateway
start_charon || give_up 'charon did not start'
negotiate 'the gateway opens, strongSwan answers' as_initiator
negotiate 'strongSwan opens, the gateway answers' as_responder
echo '=== both ways have worked'
