#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The gateway reads its rule file again when it gets SIGHUP, while SAs live: all or nothing, mistakes with
# their line, changes by rule. Two of them over the loopback interface. check_reload.sh BUILD_DIR
set -u
check=reload shown='open answer'
. "$(dirname "$0")/loopback.sh"

gateway_section() { # ADDRESS [PORT]
    cat <<INI
[gateway]
listen = $1
port = ${2:-$port}
natt_port = $((port + 10000))
INI
}

# rule NUMBER PEER LOCAL REMOTE [SUITE]
rule() {
    cat <<INI
[rule $1]
peer = $2
peer_port = $port
peer_natt_port = $((port + 10000))
psk = a secret of this test
ike = aes128-sha256-x25519
esp = ${5:-aes128-sha256}
local = $3
remote = $4
INI
}

ours() { # NUMBER [SUITE]: on the answering side
    rule "$1" "$net.1" "10.2.$1.0/24" "10.1.$1.0/24" "${2:-}"
}

# reread: the answering side's file is what stands in the input from now on.
reread() {
    cat >"$work/answer.ini"
    kill -HUP "$answering"
}

stays() { # CAUSE: with that line on stderr; and what is up stays up
    wait_for answer "$1" && wait_for answer 'the rules stay as they were' "$refused" &&
        ! grep -q '^SA gone' "$work/answer.log" "$work/open.log"
}

{ gateway_section "$net.2" && ours 1 && ours 2; } >"$work/answer.ini"
{
    gateway_section "$net.1"
    for number in 1 2 3; do rule $number "$net.2" "10.1.$number.0/24" "10.2.$number.0/24"; done
} >"$work/open.ini"
"$gateway" --config "$work/answer.ini" >"$work/answer.log" 2>&1 &
answering=$!
wait_for answer '^listening' 2
"$gateway" --config "$work/open.ini" --connect 1,2 >"$work/open.log" 2>&1 &
opening=$!
wait_for answer '^SA out' 2
result $? 'two pairs are up'

{ gateway_section "$net.2" && ours 1 aes256-sha256 && ours 3; } | reread
wait_for answer 'answer.ini: read again, rules: 2' && wait_for answer '^rule 3: added$' &&
    wait_for answer '^rule 1: phase 2; 3 of its SAs live on as they were negotiated$' &&
    wait_for answer '^rule 2: gone; 1 of its SAs live on as they were negotiated$' &&
    ! grep -q '^SA gone' "$work/answer.log" "$work/open.log"
result $? 'changed, gone and added rules are told, and what is up stays up'

refused=1
{ gateway_section "$net.2" && ours 1 aes256-nonsense; } | reread
stays 'answer.ini:11: esp: unknown algorithm "nonsense"'
result $? 'a mistake is told with its line, and the rules stay'

refused=2
{ gateway_section "$net.2" $((port + 1)) && ours 1; } | reread
stays 'answer.ini:3: port: changed; expected what it was at the start'
result $? 'what is read at the start only is told with its line, and the rules stay'

refused=3
{ gateway_section "$net.2" && ours 1 && ours 4 | sed 's/a secret/another/'; } | reread
stays 'answer.ini:[0-9]*: rule 4: mistake: "psk" and that of rule 1'
result $? 'rules that do not go together are told, and the rules stay'

# The rules are those of the one good file: 3 is there, 1 has another suite, 2 has gone.
"$gateway" --config "$work/open.ini" --check >/dev/null &&
    kill -USR1 "$opening" && wait_for answer '^ISAKMP SA down' && kill "$opening" && wait "$opening"
result $? 'the other side ends what it had'
: >"$work/open.log"
: >"$work/open.log" # or what the last one said would be taken for this one's
"$gateway" --config "$work/open.ini" --connect 1,2,3 >"$work/open.log" 2>&1 &
opening=$!
wait_for open '^SA out .* rule 3' && wait_for open '^IPsec SA failed rule 1' &&
    wait_for open '^IPsec SA failed rule 2' && ! grep -q '^SA out .* rule [12] ' "$work/open.log"
result $? 'negotiations go by the rules that were read again'

kill "$opening" && wait "$opening"
opening=
kill "$answering" && wait "$answering"
status=$?
answering=
result $status 'both leave well'
exit "$failed"
