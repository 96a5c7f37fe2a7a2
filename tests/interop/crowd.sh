# SPDX-License-Identifier: Apache-2.0
# Many negotiations at once: each a rule of one gateway and a connection of one charon or pluto, told
# apart by their addresses; afterwards the two logs are taken apart by these. To be sourced.
#
# $work/crowd lists them, a number and what settles one; $settle is the command that is given that and
# makes the settings of it. $crowd_peer is charon or pluto, and the beginning of the names of
# the commands that are the peer's own.

# for_each COMMAND ARGUMENT...: COMMAND with the settings of each made.
for_each() {
    while read -r number rest <&3; do
        default_settings
        rule=$number connection=c$number their_pfs=
        our_ip=10.91.1.$number their_ip=10.91.2.$number
        our_net=10.96.$number.0/24 their_net=10.97.$number.0/24
        # shellcheck disable=SC2086 # words
        "$settle" $rest
        "$@"
    done 3<"$work/crowd"
}

# give_addresses SIDE NAMESPACE OUTER INNER: two for each, to a namespace of the host (SIDE: here) or of
# charon's kernel (there).
give_addresses() {
    "$1" sh "$peers/net.sh" attach "$2" "$3.254/16" && "$1" sh "$peers/net.sh" inner "$2" "$4.0.1/24" &&
        sed "s|^\([0-9]*\).*|address replace $3.\1/16 dev eth0|" "$work/crowd" >"$work/addresses" &&
        sed "s|^\([0-9]*\).*|address replace $4.\1.1/24 dev lan0|" "$work/crowd" >>"$work/addresses" &&
        "$1" ip -n "$2" -batch "$work/addresses"
}

configure_crowd() {
    default_settings
    our_allow='3des, md5, null, modp1024, xauth-psk' gateway_keys="$crowd_keys"
    {
        gateway_section 0.0.0.0
        for_each gateway_rule
    } >"$work/gateway.ini"
    "${crowd_peer}_load" || give_up "$crowd_peer does not take its configuration: $(cat "$work/pluto.out")"
}

# names [TEST]: of the connections for which TEST is so.
names() {
    for_each name_if "${1:-true}"
}

name_if() { # TEST
    ! "$1" || echo "$connection"
}

# As initiator all of them at once; the peer one after the other, without waiting for what comes of it.
begin_crowd() { # ROLE
    crowd_role=$1
    configure_crowd
    mark_peer
    if [ "$1" = initiator ]; then
        start_gateway --show-peer --connect "$(cut -d ' ' -f 1 "$work/crowd" | paste -s -d ,)"
    else
        start_gateway --show-peer
        wait_until 20 we_listen
        # shellcheck disable=SC2046 # names
        "${crowd_peer}_begin" $(names) >"$work/charon.out" 2>&1
    fi
}

count() { # FILE PATTERN
    grep -c -E -- "$2" "$1"
}

all_are_up() {
    read_peer
    [ "$(count "$gateway_log" '^SA out (esp|ah) ')" -ge "$all" ] &&
        [ "$(count "$work/peer.part" "$(up_line "$crowd_peer")")" -ge "$all" ]
}

all_are_up_or_never() {
    all_are_up || gateway_gone
}

# The peer ends every second one, then we end the rest. What pluto has begun it would begin again.
ended_by_peer() {
    [ $((rule % 2)) -eq 1 ] || [ "$crowd_peer-$crowd_role" = pluto-responder ]
}

end_peers_half() {
    half=$(names ended_by_peer)
    # shellcheck disable=SC2086 # names
    "${crowd_peer}_end" $half >"$work/charon.out" 2>&1
    wait_until 20 peers_half_is_down "$(echo "$half" | wc -l)"
}

peers_half_is_down() { # HOW-MANY
    [ "$(count "$gateway_log" '^ISAKMP SA down rule .*the peer deleted')" -ge "$1" ]
}

# What stands in the logs of one, out of the logs of all: by our rule's number, which is the last of
# the peer's address, and by charon's name of the connection.
take_apart() {
    mkdir -p "$work/ours" "$work/theirs"
    rm -f "$work"/ours/* "$work"/theirs/*
    awk -v out="$work/ours/" '
        function rule_in(line) { sub(/.* rule /, "", line); return line + 0 }
        $2 ~ /^10\.91\.2\./ { n = $2; sub(/.*\./, "", n); sub(/ [^ ]*/, ""); print >(out n); next }
        $1 == "SA" && $2 == "gone" { print >(out of[$6]); next }
        $1 == "SA" { n = rule_in($0); for (i = 1; i < NF; i++) if ($i == "spi") of[$(i + 1)] = n }
        / rule [0-9]/ { print >(out rule_in($0)) }' "$gateway_log"
    read_peer
    "${crowd_peer}_take_apart"
}

all_is_over() {
    require "$crowd_peer has no SA left" wait_until 20 "${crowd_peer}_has_no_sa"
    end_gateway
}

# run_crowd ROLE WHILE-UP CHECK: brings all up, runs WHILE-UP, ends all, and has each checked, with its
# own part of the logs in hand.
run_crowd() {
    gateway_log=$work/gateway.log peer_log=$crowd_log
    begin_crowd "$1"
    wait_until ${UPWAIT:-90} all_are_up_or_never
    "$2"
    end_peers_half
    signal_gateway USR1
    run_case "$1, all at once: nothing is left" all_is_over
    take_apart
    for_each "$3" "$1"
}

# use_logs_of_one: false when one side has none.
use_logs_of_one() {
    gateway_log=$work/ours/$rule peer_log=$work/theirs/$rule peer_lines=0
    [ -s "$gateway_log" ] && [ -s "$peer_log" ]
}

check_delete_of_one() {
    if ended_by_peer; then check_their_delete; else check_our_delete; fi
}

# ---- charon's own ----

# charon with a log of keys and SPIs, and little more: the parser's steps would be a gigabyte.
start_crowded_charon() {
    crowded=yes log_name=keys.log crowd_peer=charon
    export LOG=1 RETRY_TIMEOUT=4.0 EXTRA_CHARON="filelog {
    keys {
      path = $(charons_folder)/$log_name
      time_format = %H:%M:%S
      ike_name = yes
      flush_line = yes
      default = 1
      cfg = 2
      chd = 4
    }
  }"
    give_addresses there "$PFX-charon" 10.91.2 10.97 &&
        give_addresses "$gateway_is" "$dut" 10.91.1 10.96 || give_up 'no addresses'
    start_charon || give_up 'charon does not start'
    crowd_log=$peer_log
}

charon_load() {
    {
        echo 'connections {'
        for_each charon_connection
        echo '}'
        charon_secrets
    } >"$work/swanctl.conf"
    load_charon
}

charon_begin() { # CONNECTION...
    for connection in "$@"; do
        charon --initiate --child net --ike "$connection" --timeout -1
    done
}

charon_end() { # CONNECTION...
    for connection in "$@"; do
        charon --terminate --ike "$connection" --timeout -1
    done
}

# Its name is known some lines after its number.
charon_take_apart() {
    awk -v out="$work/theirs/" '
        function number_in(line) { sub(/.*</, "", line); sub(/.*\|/, "", line); return line + 0 }
        !match($0, /<[^> ]*[0-9]>/) { next }
        { number = number_in(substr($0, 1, RSTART + RLENGTH)) }
        NR == FNR { if (match($0, /<c[0-9]+/)) of[number] = substr($0, RSTART + 2, RLENGTH - 2); next }
        number in of { print >(out of[number]) }' "$work/peer.part" "$work/peer.part"
}
