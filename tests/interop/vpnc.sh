# SPDX-License-Identifier: Apache-2.0
# vpnc, unmodified, as the client of our gateway: Aggressive Mode with a group's pre-shared key, XAUTH,
# Mode Config, ESP in user space on both ends. To be sourced.

group=grp.peers.test

configure_vpnc_gateway() {
    cat >"$work/gateway.ini" <<C
[gateway]
listen = 10.91.0.9
data = tun
half_open_ms = 3000
xauth_tries = 1
allow = modp1024
[rule 1]
peer = any
psk = peers-psk-0123456789
exchange = aggressive
remote_id = @#$(printf %s "$group" | od -An -tx1 | tr -d ' \n')
ike = aes256-sha1-modp1024, aes128-sha1-modp1024
esp = aes256-sha1, aes128-sha1
local = 0.0.0.0/0
remote = any
xauth = server
user = xuser
password = xpass
config = serve
unity = yes
pool = 10.93.0.0/24
dns = 10.92.9.53
split = 10.92.9.0/24
C
}

# vpnc COMMAND [NAME=VALUE...]
vpnc_client() {
    command=$1
    shift
    env GATEWAY=10.91.0.9 TIMEOUT=10 "$@" sh "$peers/vpnc.sh" "$command" >"$work/charon.out" 2>&1
}

vpnc_said() { # PATTERN
    grep -q -E -- "$1" "$STATE/$PFX-vpnc/vpnc.log"
}

start_vpnc_gateway() {
    end_gateway
    configure_vpnc_gateway
    : >"$gateway_log" # or what the last one said would be taken for this one's
    start_gateway
    require 'the gateway has its device' wait_until 5 we_said '^tunnels over'
}

vpnc_connects() {
    start_vpnc_gateway || return 1
    require 'vpnc connects' vpnc_client up || return 1
    require 'it has the first address of the pool' \
        grep -q 'INTERNAL_IP4_ADDRESS=10.93.0.1$' "$STATE/$PFX-vpnc/modecfg.txt"
    require 'it has the name server' grep -q 'INTERNAL_IP4_DNS=10.92.9.53' "$STATE/$PFX-vpnc/modecfg.txt"
    require 'it has the network for the tunnel' \
        grep -q 'CISCO_SPLIT_INC_0_ADDR=10.92.9.0' "$STATE/$PFX-vpnc/modecfg.txt"
    ping_from "$PFX-vpnc" 10.92.9.1 10
    ping_from "$dut" 10.93.0.1 10 -I 10.92.9.1
    vpnc_client down
    require 'its delete ends the SA' wait_until 5 we_said '^ISAKMP SA down rule 1: the peer deleted'
    require 'its IPsec SAs are gone' wait_until 5 we_said '^SA gone in '
}

# The address is free again.
vpnc_again() {
    start_vpnc_gateway || return 1
    for time in first second third; do
        require "vpnc connects for the $time time" vpnc_client up || return 1
        require 'it has the first address' \
            grep -q 'INTERNAL_IP4_ADDRESS=10.93.0.1$' "$STATE/$PFX-vpnc/modecfg.txt"
        vpnc_client down
        wait_until 5 we_said '^SA gone in '
    done
}

# vpnc_refused NAME=VALUE OUR-LINE THEIR-LINE
vpnc_refused() {
    start_vpnc_gateway || return 1
    vpnc_client up "$1" TIMEOUT=4
    require "our log has: $2" wait_until 5 we_said "$2"
    require "vpnc says: $3" vpnc_said "$3"
    require 'no IPsec SA came up' test -z "$(grep '^SA ' "$work/gateway.log")"
    vpnc_client down
}

part_vpnc() {
    command -v vpnc >/dev/null || {
        skip_case vpnc 'vpnc is not installed'
        return
    }
    run_case 'vpnc connects, pings both ways, disconnects' vpnc_connects
    run_case 'vpnc gets its address again' vpnc_again
    hash='hash comparison failed: .*AUTHENTICATION_FAILED'
    run_case 'vpnc, wrong password' vpnc_refused XPASS=wrong '!! XAUTH of user xuser failed' 'authentication unsuccessful'
    run_case 'vpnc, wrong group' vpnc_refused GROUP=other \
        'Peer ID: KEY_ID @#6f74686572 vs. My Remote KEY_ID @#6772702e70656572732e74657374' "$hash"
    run_case 'vpnc, wrong group password' \
        vpnc_refused PSK=wrong-psk-0123456789 '!! Too many errors! Deleting SA' "$hash"
}
