#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Two examples/gateway processes negotiate over the loopback interface: IPv4 and IPv6, ports of their
# own, NAT traversal, refusals, signals. check_gateway.sh BUILD_DIR
set -u
check=gateway shown='open answer'
. "$(dirname "$0")/loopback.sh"

# rules FILE ADDRESS PORT PEER PEER-PORT LOCAL REMOTE: a file with what all cases share.
rules() {
    cat >"$work/$1.ini" <<INI
[gateway]
listen = $2
port = $3
natt_port = $(($3 + 10000))
[rule 7]
peer = $4
peer_port = $5
peer_natt_port = $(($5 + 10000))
psk = a secret of this test
ike = aes128-sha256-x25519
esp = aes128-sha256-ecp256
local = $6
remote = $7
INI
}

v4() {
    rules open "$net.1" "$port" "$net.2" "$port" 10.1.0.0/24 10.2.0.0/24
    rules answer "$net.2" "$port" "$net.1" "$port" 10.2.0.0/24 10.1.0.0/24
}

v6() {
    rules open ::1 "$port" ::1 $((port + 1)) 2001:db8:1::/48 2001:db8:2::/48
    rules answer ::1 $((port + 1)) ::1 "$port" 2001:db8:2::/48 2001:db8:1::/48
}

# edit FILE SED-EDIT
edit() {
    sed -i "$2" "$work/$1.ini"
}

answer() {
    : >"$work/answer.log" # or what the last one said would be taken for this one's
    "$gateway" --config "$work/answer.ini" --show-keys >"$work/answer.log" 2>&1 &
    answering=$!
    wait_for answer "port $(sed -n 's/^natt_port = //p' "$work/answer.ini")"
}

# open OPTION...: the other side, in the foreground.
open() {
    timeout 30 "$gateway" --config "$work/open.ini" --connect 7 --show-keys "$@" \
        >"$work/open.log" 2>&1
}

# leaves: the answering side ends well when asked to.
leaves() {
    kill -TERM "$answering"
    wait "$answering"
    left=$?
    answering=
    return "$left"
}

# keys LOG WAY: of the SA in that direction.
keys() {
    sed -n "s/^SA $2 esp spi \(0x[0-9a-f]*\) .* \(enc .*\)/\1 \2/p" "$work/$1.log"
}

same_keys() {
    [ -n "$(keys open 'in ')" ] && [ "$(keys open 'in ')" = "$(keys answer out)" ] &&
        [ -n "$(keys open out)" ] && [ "$(keys open out)" = "$(keys answer 'in ')" ]
}

# comes_up NAME PATTERN: both have the same keys, the lines of their SAs match the pattern, the
# answering side sees the other one leave, and ends well itself.
comes_up() {
    answer && open --exit-when-up --exit-after 20 && wait_for answer '^SA gone in ' &&
        wait_for answer '^ISAKMP SA down' && same_keys &&
        [ "$(grep -h '^SA [io]' "$work/open.log" "$work/answer.log" | grep -c -- "$2")" -eq 4 ]
    status=$?
    leaves && [ "$status" -eq 0 ]
    result $? "$1"
}

# is_refused NAME LOG PATTERN [SECONDS]: no SAs, a failure in the exit status, the line in the log.
is_refused() {
    answer && ! open --exit-when-up --exit-after "${4:-3}" && wait_for "$2" "$3" &&
        ! grep -q '^SA [io]' "$work/open.log" "$work/answer.log"
    status=$?
    leaves && [ "$status" -eq 0 ]
    result $? "$1"
}

v4 &&
    comes_up 'IPv4, ports of its own' ' aes-cbc-128 hmac-sha2-256 tunnel pfs ecp256 life 3600 s rule 7 '
v6 && comes_up 'IPv6, two ports of one address' ' 2001:db8:[12]::/48 [<>-]* 2001:db8:[12]::/48 '
v4 && edit open '$a natt = force' && comes_up 'forced NAT traversal' ' udp tunnel '
v6 && edit open '$a natt = force' && comes_up 'forced NAT traversal over IPv6' ' udp tunnel '
v4 && edit answer 's/^listen.*/listen = 0.0.0.0/' &&
    edit answer "s/^port.*/port = $((port + 2))/;s/^natt_port.*/natt_port = $((port + 3))/" &&
    edit open "s/^peer_port.*/peer_port = $((port + 2))/" &&
    comes_up 'answering from every address' ' 10.[12].0.0/24 '
v4 && edit answer 's/^peer = .*/peer = any/' &&
    comes_up 'from a peer without an address of its own' ' rule 7 '
v4 && edit open 's/^esp.*/esp = aes256gcm16/' && edit answer 's/^esp.*/esp = aes128-sha1, aes256gcm16/' &&
    comes_up 'second suite of the list, AEAD, no PFS' ' aes-gcm-16-256 tunnel life'
v4 && edit open '/^local\|^remote/d' && edit answer '/^local\|^remote/d' && edit open '$a mode = transport' &&
    edit answer '$a mode = transport' &&
    comes_up 'transport mode for the two hosts' "$net.[12]/32 .* transport "
v4 && edit open '$a local_id = @#6b6579' && edit answer '$a remote_id = @#6b6579' &&
    comes_up 'identity of the key ID kind' ' rule 7 '
v4 && edit answer 's/rule 7/rule 3/;s/10.1.0.0/10.7.0.0/' && cat >>"$work/answer.ini" <<INI
[rule 4]
peer = $net.1
peer_port = $port
peer_natt_port = $((port + 10000))
psk = a secret of this test
ike = aes128-sha256-x25519
esp = aes128-sha256-ecp256
local = 10.2.0.0/24
remote = 10.1.0.0/24
INI
comes_up 'second rule of the same peer' ' rule [47] '

v4 && edit answer 's/^psk.*/psk = another secret/;s/^listen/log = detail\n&/' &&
    is_refused 'another pre-shared key' answer 'the pre-shared keys differ'
v4 && edit answer 's/^ike.*/ike = aes256-sha256-x25519/' &&
    is_refused 'no common phase 1 suite' answer '^!! No proposal chosen'
v4 && edit answer 's/^esp.*/esp = aes256-sha1-ecp256/' &&
    is_refused 'no common phase 2 suite' open '^!! No proposal chosen'
v4 && edit answer 's/10.2.0.0/10.3.0.0/' &&
    is_refused 'another network on the answering side' answer '^!! Verifying Local ID failed'
v4 && edit answer 's/10.1.0.0/10.3.0.0/' &&
    is_refused 'another network on the opening side' answer '^!! Verifying Remote ID failed'
v4 && edit open '$a local_id = stranger.example.org' &&
    is_refused 'another identity' answer '^Peer ID: FQDN stranger.example.org vs. My Remote IPV4_ADDR'
v4 && edit answer 's/^peer = .*/peer = 192.0.2.9/' &&
    is_refused 'no rule for the peer' open '^!! IKE Packet Retransmit' 6

# SIGUSR1 deletes every SA and goes on; the other side sees it.
v4
answer
"$gateway" --config "$work/open.ini" --connect 7 >"$work/open.log" 2>&1 &
opening=$!
wait_for open '^SA out' && kill -USR1 "$answering" && wait_for open '^SA gone in ' &&
    wait_for open '^ISAKMP SA down rule 7' && wait_for answer '^SA gone out'
status=$?
kill -TERM "$opening"
wait "$opening" && leaves && [ "$status" -eq 0 ]
result $? 'SIGUSR1 deletes, SIGTERM ends'

# esp PORT SPI COUNT: ESP in UDP from a port of the opening side's; how many messages of IKE come back.
esp() {
    python3 - "$net" $((port + 10000)) "$@" <<'PY'
import socket, sys
net, port, own, spi, count = sys.argv[1], *(int(a, 0) for a in sys.argv[2:])
line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
line.bind((net + ".1", own))
line.connect((net + ".2", port))
line.settimeout(1)
for number in range(count):
    line.send(spi.to_bytes(4, "big") + number.to_bytes(4, "big") + bytes(40))
back = 0
try:
    while True:
        back += line.recv(9999)[:4] == bytes(4)
except socket.timeout:
    print(back)
PY
}

unknown() { # LEAST MOST: lines that say so
    said=$(grep -c '^!! Cannot find Phase 2 SA' "$work/answer.log")
    [ "$said" -ge "$1" ] && [ "$said" -le "$2" ]
}

# S13: the other side is killed, and something else is where it was.
v4 && edit open '$a natt = force' && edit answer 's/^listen/log_rate = 1\n&/'
answer
"$gateway" --config "$work/open.ini" --connect 7 >"$work/open.log" 2>&1 &
opening=$!
wait_for open '^SA out' && wait_for answer '^SA out'
kill -KILL "$opening"
wait "$opening" 2>/dev/null
opening=
known=$(sed -n 's/^SA in  esp spi \(0x[0-9a-f]*\) .*/\1/p' "$work/answer.log")
[ "$(esp $((port + 10000)) "$known" 9)" = 0 ] && unknown 0 0
result $? 'ESP under an SPI of ours is no matter for IKE'
[ "$(esp $((port + 11000)) 0x1000 500)" = 0 ] && unknown 10 25
result $? 'ESP under an unknown SPI, from a stranger: some lines and no answer'
[ "$(esp $((port + 10000)) 0x1000 500)" = 1 ] && unknown 11 30 && grep -q '^Send:<HASH><NOTFY>' "$work/answer.log"
result $? 'ESP under an unknown SPI, from a peer: it is told once'
leaves
result $? 'and the gateway goes on until it is stopped'
exit "$failed"
