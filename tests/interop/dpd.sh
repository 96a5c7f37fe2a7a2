# SPDX-License-Identifier: Apache-2.0
# Dead peer detection (RFC 3706) with strongSwan, each side asking. Questions are answered; then the
# link between both is cut: the bridge is taken down, so that nobody is told but by silence. When it
# comes back, so must the tunnel. To be sourced.

cut_link() {
    ip -n "$PFX-lan" link set br0 down
}

mend_link() {
    ip -n "$PFX-lan" link set br0 up
}

# We ask after a second of silence, and again after half a second, twice.
we_ask() {
    default_settings
    gateway_keys='data = tun
retry_ms = 500
retry_count = 10
dpd_wait_ms = 500
dpd_tries = 2'
    rule_extra='dpd = 1
reconnect = yes
initial_contact = yes' # it has not heard that we gave it up
    their_extra='unique = no'
}

charon_asks() {
    default_settings
    gateway_keys='data = tun'
    rule_extra='dpd = 600' # or it would not ask us
    their_extra='dpd_delay = 1s
dpd_timeout = 3s'
    their_child='dpd_action = restart'
}

charon_has() { # COUNT PATTERN: so many lines of it in its log
    read_peer
    [ "$(count "$work/peer.part" "$2")" -ge "$1" ]
}

we_have() { # COUNT PATTERN
    [ "$(count "$gateway_log" "$2")" -ge "$1" ]
}

# begin_questions ROLE PATTERN: the tunnel is up, and charon's log has three answers.
begin_questions() {
    configure && begin "$1" || return 1
    require 'both sides have an IPsec SA' wait_until 8 both_sas_are_up || return 1
    require 'three questions are answered' wait_until 10 charon_has 3 "$2 INFORMATIONAL_V1 .* N\(DPD_ACK\)"
    require 'that is no news' test "$(count "$gateway_log" '^(peer dead|ISAKMP SA down)')" -eq 0
}

check_verdict() {
    require 'an event says that the peer is dead, and why' \
        wait_until 10 we_said '^peer dead rule 1: the peer does not answer'
    require 'the log says it' we_said '!! Peer <10.91.0.1> does not answer'
    require 'all there was has ended' wait_until 5 we_said '^ISAKMP SA down rule 1: '
    require 'both directions of it are taken out' test "$(count "$gateway_log" '^SA gone ')" -eq 2
}

# What we have begun we begin again, until somebody answers; what it has, its user.
comes_back() { # ROLE
    if [ "$1" = initiator ]; then
        require 'it is called again' wait_until 5 we_have 2 'Send Main Mode request to'
        mend_link
    else
        mend_link
        charon --terminate --ike c --force >"$work/charon.out" 2>&1
        charon --initiate --child net --ike c --timeout 8 >"$work/charon.out" 2>&1
    fi
    require 'a new pair comes up' wait_until 15 new_pair 2
    ping_both 5
    end_by_gateway
}

we_find_it_dead() { # ROLE
    begin_questions "$1" generating || return 1
    cut_link
    check_verdict
    comes_back "$1"
}

it_finds_us_dead() { # ROLE
    begin_questions "$1" parsed || return 1
    cut_link
    require 'charon finds us dead' wait_until 15 peer_said 'DPD check timed out, enforcing DPD action'
    mend_link
    require 'it connects again' wait_until 20 new_pair 2
    ping_both 5
    end_by_gateway
}

part_dpd() {
    start_charon RETRY_TRIES=9 || give_up 'charon does not start'
    for role in initiator responder; do
        we_ask
        run_case "$role, DPD by us: answered; dead while the link is cut" we_find_it_dead $role
        mend_link
        charon_asks
        run_case "$role, DPD by strongSwan: answered; dead while the link is cut" it_finds_us_dead $role
        mend_link
    done
}
