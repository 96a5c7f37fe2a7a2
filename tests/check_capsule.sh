#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What goes into a gateway's engine, recorded and replayed without a peer and, where that can be had, without a
# network: the same lines, events and packets. check_capsule.sh BUILD_DIR. Mission B5.
set -u
check=capsule shown='open answer replay'
. "$(dirname "$0")/loopback.sh"
# In front of a command that is to do without a network; nothing where that cannot be had.
alone=$(unshare -rn true 2>/dev/null && echo 'unshare -rn')

# rules NAME LISTEN PEER LOCAL REMOTE AUTH-LINES
rules() {
    cat >"$work/$1.ini" <<INI
[gateway]
listen = $2
port = $port
natt_port = $((port + 10000))
[rule 7]
peer = $3
peer_port = $port
peer_natt_port = $((port + 10000))
$6
ike = aes128-sha256-x25519
esp = aes128-sha256-ecp256
local = $4
remote = $5
INI
}

# One of them asks the system which of its addresses leads to the peer.
by_key() {
    rules open 0.0.0.0 "$net.2" 10.1.0.0/24 10.2.0.0/24 'psk = a secret of this test
remote_id = any'
    # every address means those of the other one too
    sed -i "s/^port.*/port = $((port + 1))/; s/^natt_port.*/natt_port = $((port + 10001))/" "$work/open.ini"
    rules answer "$net.2" any 10.2.0.0/24 10.1.0.0/24 'psk = a secret of this test
remote_id = any'
}

by_user() {
    rules open "$net.1" "$net.2" 10.93.0.1 10.2.0.0/24 'psk = a secret of this test
xauth = client
user = alice
password = open sesame
config = pull'
    sed -i 's/^listen/allow = xauth-psk\n&/' "$work/open.ini"
    rules answer "$net.2" any 10.2.0.0/24 any 'psk = a secret of this test
remote_id = any
xauth = server
user = alice
password = open sesame
config = serve
pool = 10.93.0.0/24'
}

by_certificate() { # KIND AUTH
    sh examples/make_certs.sh "$work/$1" "$1" >"$work/open.log" 2>&1
    for pair in open:west:east:1:2 answer:east:west:2:1; do
        IFS=: read -r name us them our_number their_number <<P
$pair
P
        rules "$name" "$net.$our_number" "$net.$their_number" "10.$our_number.0.0/24" "10.$their_number.0.0/24" \
            "auth = $2
ca = $work/$1/ca.crt
crl = $work/$1/ca.crl
cert = $work/$1/$us.crt
key = $work/$1/$us.key
local_id = $us.example.org
remote_id = $them.example.org"
    done
}

start() { # NAME OPTION...: the process is left in $started
    name=$1
    shift
    : >"$work/$name.log" # or what the last one said would be taken for this one's
    "$gateway" --config "$work/$name.ini" --show-keys "$@" >"$work/$name.log" 2>&1 &
    started=$!
    wait_for "$name" "port $(sed -n 's/^natt_port = //p' "$work/$name.ini")"
}

# record OPTION...: a pair comes up, is replaced and deleted, each side with a capsule.
record() {
    rm -f "$work"/*.capsule
    start answer --capsule "$work/answer.capsule" "$@"
    answering=$started
    start open --connect 7 --capsule "$work/open.capsule" "$@"
    opening=$started
    wait_for open '^SA out' && kill -USR2 "$opening" && wait_for open '^SA out' 2 && wait_for answer '^SA out' 2
    status=$?
    for pid in "$opening" "$answering"; do kill "$pid" && wait "$pid" || status=1; done
    opening= answering=
    return "$status"
}

replay() { # NAME OPTION...
    name=$1
    shift
    # shellcheck disable=SC2086 # a command and its option
    $alone "$gateway" --config "$work/$name.ini" --show-keys --replay "$work/$name.capsule" "$@" \
        >"$work/replay.log" 2>&1
}

same_again() { # NAME: down to the keys
    replay "$1" && tail -n 1 "$work/replay.log" | grep -q 'all the same again' &&
        grep -q '^SA out .* auth 0x' "$work/replay.log" &&
        grep -v '^listening' "$work/$1.log" >"$work/was" &&
        sed '$d' "$work/replay.log" | cmp -s - "$work/was"
}

by_key
record --with-secrets && same_again open && same_again answer
result $? 'with a pre-shared key: the same again, on both sides'
[ "$(stat -c %a "$work/open.capsule" "$work/answer.capsule" | sort -u)" = 600 ]
result $? 'its owner alone can read it'
replay open --verbose && [ "$(wc -l <"$work/replay.log")" -gt "$(wc -l <"$work/open.log")" ]
result $? 'a replay can tell more'

"$gateway" --config "$work/open.ini" --capsule "$work/open.capsule" >"$work/replay.log" 2>&1
[ $? -eq 2 ] && grep -q 'open.capsule: File exists' "$work/replay.log" && same_again open
result $? 'a file that is there stays as it is'

sed -i 's/^psk.*/psk = not the one there was/' "$work/open.ini"
! replay open && tail -n 1 "$work/replay.log" | grep -q 'open.capsule:[0-9]*: '
result $? 'other rules: it is told in which line it differs'

# B10: what is computed in idle time is, and then the process rests.
calls() { grep -c '^g ' "$work/$1.capsule"; }
by_key
sed -i 's/^port/prepare = 3\n&/' "$work/open.ini" "$work/answer.ini"
record --with-secrets && same_again open && same_again answer && [ "$(calls open)" -ge 11 ] &&
    [ "$(calls answer)" -ge 11 ] && [ "$(calls open)" -le 200 ] && [ "$(calls answer)" -le 200 ]
result $? 'with key pairs computed ahead: the same again'

by_key
record && ! grep -q '^r [0-9]* [0-9a-f]\{17\}' "$work/open.capsule" && ! replay open &&
    grep -q '^Send Main Mode request' "$work/replay.log" && ! grep -q '^Phase 1 IKE SA process done' "$work/replay.log" &&
    tail -n 1 "$work/replay.log" | grep -q 'open.capsule:[0-9]*: '
result $? 'without secrets: as far as the first proof'

by_user
record --with-secrets && grep -q '10.93.0.1' "$work/open.log" && same_again open && same_again answer
result $? 'with XAUTH and Mode Config: the same again, on both sides'

# Signatures that are new each time, keys that stay where they are, and the time of day.
for method in rsa:rsa ecdsa:ecdsa256; do
    by_certificate "${method%:*}" "${method#*:}" && record --with-secrets && rm "$work/${method%:*}"/*.key &&
        same_again open && same_again answer
    result $? "with certificates, ${method#*:}: the same again, without the private keys"
done

# A file system with no room left looks like this.
by_key
rm -f "$work"/*.capsule
start answer
answering=$started
(
    ulimit -f 4 # 2,048 bytes
    "$gateway" --config "$work/open.ini" --connect 7 --exit-when-up --exit-after 20 --with-secrets \
        --capsule "$work/open.capsule" 2>&1
    echo "left with status $?"
) | cat >"$work/open.log"
grep -q '^left with status 0' "$work/open.log" && grep -q '^SA out' "$work/open.log" &&
    [ "$(grep -c 'open.capsule: File too large; what comes now is not in it' "$work/open.log")" -eq 1 ]
result $? 'a file that cannot grow is told once, and the gateway goes on'
! replay open && tail -n 1 "$work/replay.log" | grep -q 'a line is cut'
result $? 'what it holds is replayed up to there'

# Whoever replays has one rule file.
start open --connect 7 --capsule "$work/again.capsule" --with-secrets
opening=$started
wait_for open '^SA out' && kill -HUP "$opening" && wait_for open 'again.capsule: the rules are others now' &&
    kill -USR2 "$opening" && wait_for open '^SA out' 2 && kill "$opening" && wait "$opening"
status=$?
opening=
mv "$work/again.capsule" "$work/open.capsule"
[ "$status" -eq 0 ] && replay open && [ "$(grep -c '^SA out' "$work/replay.log")" -eq 1 ]
result $? 'it ends where the rules are read again'
kill "$answering" && wait "$answering"
answering=
exit "$failed"
