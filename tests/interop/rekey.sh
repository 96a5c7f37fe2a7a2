# SPDX-License-Identifier: Apache-2.0
# Ten replacements in a row, of pairs and of ISAKMP SAs, with ping on its way from both ends all the
# while: none is lost, and of everything replaced nothing is left. To be sourced.

replacements=10

# By number: the name would renew those that are on their way out as well, twice as many each time.
charon_renews_pair() {
    newest=$(charon --list-sas | sed -n 's/^  net: #\([0-9]*\),.* INSTALLED.*/\1/p' | sort -n | tail -n 1)
    charon --rekey --child-id "$newest" >"$work/charon.out" 2>&1
}

charon_renews_phase1() {
    newest=$(charon --list-sas | sed -n 's/^c: #\([0-9]*\), ESTABLISHED.*/\1/p' | sort -n | tail -n 1)
    charon --rekey --ike-id "$newest" >"$work/charon.out" 2>&1
}

new_isakmp_sa() { # COUNT
    [ "$(grep -c '^ISAKMP SA up ' "$gateway_log")" -ge "$1" ]
}

# in_a_row SEEN COMMAND: COMMAND asks for a replacement, SEEN tells by its number that it is up.
in_a_row() {
    number=1
    while [ $number -le $replacements ]; do
        number=$((number + 1))
        "$2"
        require "number $number is up, by $2" wait_until 8 "$1" $number || return 1
        sleep 0.3 # the traffic goes over to it
    done
}

# Of the pairs on our side, of all on charon's.
one_of_all_is_left() {
    [ $(($(count "$gateway_log" '^SA out ') - $(count "$gateway_log" '^SA gone out '))) -eq 1 ] &&
        charon --list-sas >"$work/charon.sas" 2>&1 &&
        [ "$(count "$work/charon.sas" ESTABLISHED)" -eq 1 ] &&
        [ "$(count "$work/charon.sas" INSTALLED)" -eq 1 ]
}

# While there is traffic: it shows which pair the peer uses.
one_is_left_in_use() {
    ping_both 2 && one_of_all_is_left
}

# unbroken ROLE SEEN COMMAND
unbroken() {
    end_gateway
    configure && begin "$1" || return 1
    require 'both sides have an IPsec SA' wait_until 8 both_sas_are_up || return 1
    ping_both 150 &
    pings=$!
    in_a_row "$2" "$3"
    wait "$pings" || echo 'packets are lost' >>"$work/wrong"
    require 'one pair and one ISAKMP SA are left' wait_until "$patience" one_is_left_in_use
    end_by_gateway
}

ten() { # ROLE WHAT SEEN COMMAND
    default_settings
    gateway_keys='data = tun' their_life=$life
    run_case "$1, ten $2, ping" unbroken "$1" "$3" "$4"
}

# charon leaves the pairs it has replaced to their lifetime, or to us, who end them when it has used none
# but the newest for two minutes: this is not waited for.
part_rekey() {
    start_charon || give_up 'charon does not start'
    patience=15 life=3600
    for role in initiator responder; do
        ten $role 'pairs in a row by us' new_pair ask_us
        ten $role 'ISAKMP SAs in a row by strongSwan' new_isakmp_sa charon_renews_phase1
    done
    patience=60 life=25
    ten responder 'pairs in a row by strongSwan' new_pair charon_renews_pair
}
