# SPDX-License-Identifier: Apache-2.0
# Lifetimes so short that everything is replaced again and again, by either side, in both phases and both
# roles at once, while ping goes through from either end, between two kernels: no packet is lost, and
# what has been replaced goes. To be sourced.

renewals=10

# "NUMBER OUR-ROLE WHO WHAT": who replaces the pairs or the ISAKMP SAs by its clock.
renewed() {
    number=0
    for role in initiator responder; do
        for who in us peer; do
            for kind in pairs isakmp; do
                number=$((number + 1))
                echo "$number $role $who $kind"
            done
        done
    done
}

# Every five seconds: ours when half of the shortest life there is, is over.
settle_renewed() { # ROLE WHO WHAT
    role=$1 who=$2 kind=$3
    rule_extra='rekey = off'
    case $who-$kind in
    us-pairs) rule_extra='esp_life = 10' ;;
    us-isakmp) rule_extra='ike_life = 10' ;;
    peer-pairs) their_life=5 ;;
    peer-isakmp) their_ike_life=5 ;;
    esac
    [ "$who" = peer ] || rule_extra="$rule_extra
rekey = always
rekey_margin = 60"
}

settle_renewed_pluto() { # ROLE WHO WHAT
    pluto_settings main psk
    settle_renewed "$@"
    [ "$who" = us ] || their_extra="rekey=yes
rekeymargin=6s
rekeyfuzz=0%
salifetime=$((their_life + 6))s
ikelifetime=$((their_ike_life + 6))s"
}

# ---- what there is, and was ----

# The pairs or ISAKMP SAs of this rule, each by the SPI we send with or the line that it is up.
all_of_kind() {
    case $kind in
    pairs) grep -c "^SA out esp .* rule $rule " "$gateway_log" ;;
    isakmp) grep -c "^ISAKMP SA up rule $rule " "$gateway_log" ;;
    esac
}

not_enough() {
    [ "$(all_of_kind)" -gt $renewals ] || echo "$rule"
}

all_renewed() {
    [ -z "$(for_each not_enough)" ]
}

# left PATTERN PATTERN: how many more lines there are of the first than of the second.
left() {
    echo $(($(count "$gateway_log" "$1") - $(count "$gateway_log" "$2")))
}

# ---- ping all the while ----

ping_on() {
    for end in "$dut $(host_in "$their_net") $(host_in "$our_net")" \
        "$their_side $(host_in "$our_net") $(host_in "$their_net")"; do
        # shellcheck disable=SC2086 # words
        set -- $end
        echo "ip netns exec $1 ping -n -D -O -c $pings -i 0.1 -W 10 -I $3 $2 | sed -n 's/^.*no answer/$rule $3 &/p; s/^.*transmitted/$rule $3 &/p' &"
    done
}

all_pinged() {
    [ "$(grep -c transmitted "$work/pings")" -eq $((all * 2)) ]
}

# All of them while the replacements go on, then what is left at that time.
renew_all() {
    pings=$((renewals * 50 + 60))
    for_each ping_on >"$work/ping.sh"
    echo wait >>"$work/ping.sh"
    there sh -c "sh '$work/ping.sh' | dd of='$work/pings' bs=64k oflag=sync status=none >/dev/null 2>&1 &"
    wait_until 90 all_pinged
    wait_until 10 all_renewed
    "${crowd_peer}_list" >"$work/peer.then" 2>&1
    early=$(there ip netns exec "$dut" awk '$1 == "XfrmAcquireError" { print $2 }' /proc/net/xfrm_stat)
    there ip -n "$dut" xfrm state >"$work/xfrm.ours"
    there ip -n "$their_side" xfrm state >"$work/xfrm.theirs"
    cp "$gateway_log" "$work/gateway.then"
}

# So many as there may be at once: the newest, and those replaced that wait for their end.
at_once=3

states_of() { # FILE: SAs between the two
    grep -c -E "^src ($our_ip dst $their_ip|$their_ip dst $our_ip)\$" "$1"
}

# What the peer has of this connection.
charon_list() {
    charon --list-sas
}

charon_count() { # WHAT
    states=INSTALLED
    [ "$1" = pairs ] || states='ESTABLISHED REKEYING' # the last may just be on its way out
    for state in $states; do
        number=$(awk -v name="$connection:" -v state="$state" '/^[^ ]/ { on = $1 == name } on && $0 ~ state' \
            "$work/peer.then" | wc -l)
        [ "$number" -eq 0 ] || break
    done
    echo "$number"
}

pluto_list() {
    there "$LSW/usr/libexec/ipsec/whack" --rundir "$(plutos_folder)/run/pluto" --status
}

pluto_count() { # WHAT
    if [ "$1" = pairs ]; then state='IPsec SA established'; else state='(IKE|ISAKMP) SA established|established (IKE|ISAKMP) SA'; fi
    grep -E "^000 #[0-9]+: \"$connection\"" "$work/peer.then" | grep -c -E "$state"
}

# As responder of Quick Mode libreswan sends by its new pair with its answer, which is too early: before we
# have that there can be no SA to receive with. Our kernel counts what comes for one that is only reserved.
may_be_lost() {
    if [ "$peer_is-$who-$kind" = pluto-us-pairs ]; then echo "${early:-0}"; else echo 0; fi
}

lost() { # of the pings from either end
    awk -v sent=$((2 * pings)) '/transmitted/ { for (i = 3; i < NF; i++) if ($(i + 1) == "received,") got += $i }
        END { print sent - got }' "$work/ping"
}

few() { # NUMBER
    [ "$1" -ge 1 ] && [ "$1" -le $at_once ]
}

check_renewed() {
    gateway_log=$work/gateway.then
    require "$renewals are replaced, or more: $(all_of_kind)" test "$(all_of_kind)" -gt $renewals
    grep "^$rule " "$work/pings" >"$work/ping"
    require "no more than $(may_be_lost) packets are lost: $(tr '\n' ';' <"$work/ping")" test "$(lost)" -le "$(may_be_lost)"
    for counted in isakmp pairs; do
        number=$("${crowd_peer}_count" $counted)
        require "few $counted at $peer_name's: $number" few "$number"
    done
    require "few SAs in our kernel: $(states_of "$work/xfrm.ours")" \
        few $(($(states_of "$work/xfrm.ours") / 2))
    require "few SAs in the peer's kernel: $(states_of "$work/xfrm.theirs")" \
        few $(($(states_of "$work/xfrm.theirs") / 2))
}

show_renewed() {
    run_case "$role, $peer_name, $kind replaced by $who $renewals times by the clock, ping" check_renewed
}

renew_with() { # SETTLE
    renewed >"$work/crowd"
    all=$(wc -l <"$work/crowd") settle=$1
    "start_crowded_${their_side#"$PFX-"}"
    begin_renewed
    wait_until 30 all_are_up
    renew_all
    # what pluto has begun it would begin again
    # shellcheck disable=SC2046 # names
    "${crowd_peer}_end" $(names) >"$work/charon.out" 2>&1
    signal_gateway USR1
    run_case "$peer_name, both kernels, replaced by the clock: nothing is left" all_is_over
    run_case "$peer_name, both kernels: no SA and no policy is left" kernels_are_empty
    for_each show_renewed
}

part_renew() {
    prepare_guest charon && renew_with settle_renewed
}

part_plutorenew() {
    prepare_pluto_guest && renew_with settle_renewed_pluto
}

ours_to_begin() {
    [ "$role" = initiator ]
}

theirs_to_begin() {
    [ "$role" = responder ]
}

begin_renewed() {
    configure_crowd
    mark_peer
    start_gateway --connect "$(for_each number_if ours_to_begin | paste -s -d ,)"
    wait_until 20 we_listen
    # shellcheck disable=SC2046 # names
    "${crowd_peer}_begin" $(names theirs_to_begin) >"$work/charon.out" 2>&1
}

number_if() { # TEST
    ! "$1" || echo "$rule"
}
