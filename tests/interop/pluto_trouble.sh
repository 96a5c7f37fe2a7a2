# SPDX-License-Identifier: Apache-2.0
# libreswan's pluto in trouble: a wrong password and a wrong key on either side; a link that is cut, with
# dead peer detection by both; either one killed and started again. In the guest kernel, after the crowd
# of pluto_field.sh. To be sourced.

# "NUMBER OUR-ROLE MODE AUTH WHAT HOW"
trouble_rows() {
    cat <<T
41 initiator main psk client pull
42 responder main psk server serve
43 initiator main psk key wrong
44 responder main psk key wrong
51 initiator main psk dead clear
52 responder main psk dead restart
53 responder main psk restart either
T
}

settle_key() {
    our_psk='not what pluto has'
}

# We connect again what we have begun, as pluto does with "restart".
settle_dead() { # PLUTO'S-ACTION
    rule_extra='dpd = 1'
    [ "$1" = restart ] || rule_extra="$rule_extra
reconnect = yes
initial_contact = yes"
    their_extra="dpddelay=1
dpdtimeout=3
dpdaction=$1
rekey=yes"
}

settle_restart() {
    rule_extra='unique = replace'
}

# begin_rows NUMBER...: those are all there is; what is ours to begin we begin, the rest pluto. They may
# not come up.
begin_rows() {
    for number in "$@"; do
        trouble_rows | grep "^$number "
    done >"$work/crowd"
    rm -f "$work/pluto.conf"
    gateway_log=$work/gateway.log peer_log=$crowd_log
    configure_crowd
    mark_peer
    ours=$(sed -n 's/^\([0-9]*\) initiator .*/\1/p' "$work/crowd" | paste -s -d ,)
    # shellcheck disable=SC2086 # an option and its value, or nothing
    start_gateway --show-peer ${ours:+--connect $ours}
    wait_until 20 we_listen
    # shellcheck disable=SC2046 # names
    pluto_begin $(sed -n 's/^\([0-9]*\) responder .*/c\1/p' "$work/crowd") >"$work/pluto.out" 2>&1
}

count_at_least() { # COUNT PATTERN, of our log
    [ "$(count "$gateway_log" "$2")" -ge "$1" ]
}

# ---- refused ----

# Our lines and pluto's, separated by ";;".
refused_lines() {
    case $1 in
    41) echo '!! XAUTH of user \(ours\) failed;;^ISAKMP SA down rule 41: XAUTH failed' ;;
    42) echo '!! XAUTH of user xuser failed;;^ISAKMP SA down rule 42: ' ;;
    43) echo '!! Too many errors! Deleting SA;;^ISAKMP SA failed rule 43: the peer does not answer our first encrypted message' ;;
    44) echo '!! Verifying <10.91.2.44> failed: the pre-shared keys may differ' ;;
    esac
}

refused_lines_of_pluto() {
    case $1 in
    41) echo 'XAUTH: User xuser: Authentication Failed: Incorrect Username or Password' ;;
    42) echo 'Received Cisco XAUTH status: FAIL;;XAUTH: aborting entire IKE Exchange' ;;
    43) echo 'probable authentication failure \(mismatch of preshared secrets\?\)' ;;
    44) echo 'STATE_MAIN_I3: retransmission' ;;
    esac
}

all_are_refused() {
    for number in 41 42 43 44; do
        all_said we_said "$(refused_lines $number)" &&
            all_said peer_said "$(refused_lines_of_pluto $number)" || return 1
    done
}

check_refused() { # WHAT
    use_logs_of_one || return 1
    require 'our log says why' all_said we_said "$(refused_lines "$rule")"
    require "pluto's as well" all_said peer_said "$(refused_lines_of_pluto "$rule")"
    require 'no IPsec SA came up' test -z "$(grep '^SA ' "$gateway_log")"
}

show_refused() {
    case $feature in key) name='wrong PSK' ;; *) name="wrong password, $feature" ;; esac
    run_case "$our_role, libreswan, $name: refused" check_refused
    tell_refusal "$our_role" "libreswan, $name"
}

refused_by_either() {
    our_password=another crowd_keys="$field_keys
retry_ms = 300
retry_count = 2
xauth_tries = 1"
    begin_rows 41 42 43 44
    wait_until 15 all_are_refused
    pluto_end c42 c44 >"$work/pluto.out" 2>&1
    end_gateway
    take_apart
    for_each show_refused
    our_password=
}

# ---- dead, and started again ----

pairs_are_up() { # COUNT
    count_at_least "$1" '^SA out '
}

ping_rows() {
    for_each ping_from_row
}

ping_from_row() {
    ping_from "$dut" "$(host_in "$their_net")" 5 -I "$(host_in "$our_net")"
}

pluto_finds_us_dead() {
    peer_said '"c51" .*DPD action - clearing' && peer_said '"c52" .*DPD action'
}

# Both find that the other is gone, what each has begun it begins again.
link_is_cut() {
    crowd_keys="$field_keys
retry_ms = 500
retry_count = 10
dpd_wait_ms = 500
dpd_tries = 2"
    begin_rows 51 52
    require 'both have their pair' wait_until 20 pairs_are_up 2 || return 1
    ping_rows
    require 'pluto answers our questions' wait_until 10 we_said 'R-U-THERE-ACK'
    cut_link
    require 'we find it dead, twice' wait_until 15 count_at_least 2 '^peer dead rule 5[12]: the peer does not answer'
    require 'all we have of it ends' wait_until 5 count_at_least 4 '^SA gone '
    require 'pluto finds us dead, twice' wait_until 20 pluto_finds_us_dead
    mend_link
    require 'both come back' wait_until 30 pairs_are_up 4 || return 1
    ping_rows
}

# As after a crash: no delete is sent.
kill_pluto() {
    there sh -c "kill -9 \$(cat '$(plutos_folder)/run/pluto/pluto.pid')"
}

kill_gateway() {
    kill -9 "$gateway_pid"
    wait "$gateway_pid" 2>/dev/null
    gateway_pid=
}

# pluto does not say that it has lost all, nor hears it said. The older ISAKMP SA ends all the same, traffic
# goes by the newer pair; the older pair is taken out two minutes later.
either_starts_again() {
    crowd_keys=$field_keys
    begin_rows 53
    require 'a pair comes up' wait_until 20 pairs_are_up 1 || return 1
    kill_pluto
    restart_pluto
    require 'a new one comes up' wait_until 20 pairs_are_up 2 || return 1
    require 'its older ISAKMP SA ends' wait_until 5 we_said '^ISAKMP SA down rule 53: the same peer has a newer SA'
    ping_rows
    kill_gateway
    mark_peer
    start_gateway --show-peer --connect 53
    require 'and once more, by us' wait_until 20 pairs_are_up 1 || return 1
    ping_rows
}

restart_pluto() {
    crowded_pluto_settings
    start_pluto
    mark_peer
    rm -f "$work/pluto.conf"
    pluto_load
    pluto_begin c53 >"$work/pluto.out" 2>&1
}

# What is left of pluto_field.sh's part.
show_trouble() {
    refused_by_either
    run_case 'libreswan, the link is cut: both find out by DPD, and come back' link_is_cut
    mend_link
    run_case 'libreswan and we, killed and started again: old SAs give way' either_starts_again
}
