# SPDX-License-Identifier: Apache-2.0
# IKE's own fragments (vendor payload 132) with strongSwan: certificates with keys of 4096 bits, under two
# CAs below the root, make messages of more than 4 KB; and between the two, whatever IP has fragmented
# is lost, as it is by many firewalls. To be sourced.

# big_certificate NAME ISSUER EXTENSION...: under the issuer, with the key of the level it stands on.
big_certificate() {
    name=$1 issuer=$2
    shift 2
    printf '%s\n' "$@" subjectKeyIdentifier=hash authorityKeyIdentifier=keyid >"$PKI/$name.ext"
    openssl req -new -key "$PKI/$name.key" -subj "/C=XX/O=ikev1 peers/CN=$name" 2>/dev/null |
        openssl x509 -req -CA "$PKI/$issuer.crt" -CAkey "$PKI/$issuer.key" -set_serial "0x$serial" \
            -days 3650 -sha256 -extfile "$PKI/$name.ext" -out "$PKI/$name.crt" 2>/dev/null
    serial=$((serial + 1))
}

# The two CAs of each side have names of their own, and keys in common: making one takes seconds.
big_keys() {
    mkdir -p "$PKI"
    making=
    for name in root one two gate-big.big charon-big.big; do
        openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:4096 -out "$PKI/$name.key" 2>/dev/null &
        making="$making $!"
    done
    for pid in $making; do
        wait "$pid" || return 1
    done
    for side in gate charon; do
        cp "$PKI/one.key" "$PKI/$side-one.key" && cp "$PKI/two.key" "$PKI/$side-two.key" || return 1
    done
}

big_chain() { # SIDE
    ca='basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign,cRLSign'
    # shellcheck disable=SC2086 # words
    big_certificate "$1-one" root $ca && big_certificate "$1-two" "$1-one" $ca &&
        big_certificate "$1-big.big" "$1-two" basicConstraints=CA:FALSE keyUsage=digitalSignature \
            "subjectAltName=DNS:$1-big.peers.test"
}

# Ours go into one file; charon finds its own, and knows the root of ours only.
make_big_certs() {
    export PKI="$work/pki"
    serial=1
    big_keys && openssl req -x509 -new -key "$PKI/root.key" -sha256 -days 3650 -subj '/C=XX/CN=root' \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
        -out "$PKI/root.crt" && big_chain gate && big_chain charon &&
        cat "$PKI/gate-two.crt" "$PKI/gate-one.crt" >>"$PKI/gate-big.big.crt" &&
        cp "$PKI/root.crt" "$PKI/charon-one.crt" "$PKI/charon-two.crt" "$charon_state/swanctl/x509ca/" &&
        cp "$PKI/charon-big.big.crt" "$charon_state/swanctl/x509/" &&
        cp "$PKI/charon-big.big.key" "$charon_state/swanctl/private/"
}

lose_ip_fragments() { # NAMESPACE
    ip netns exec "$1" nft -f - <<N
table ip fragments {
  chain pre {
    type filter hook prerouting priority -500;
    ip frag-off & 0x3fff != 0 counter drop
  }
}
N
}

# big_settings EXCHANGE OUR-FRAGMENTS [SIZE]
big_settings() {
    default_settings
    auth=rsa kind=big keys=big exchange=$1 our_ca=$PKI/root.crt
    our_id=gate-big.peers.test their_id=charon-big.peers.test
    rule_extra="fragments = $2${3:+
fragment_size = $3}"
    their_extra='fragmentation = force'
    gateway_keys='retry_ms = 300'
}

bytes_of() { # PATTERN: the number that charon's line has
    read_peer
    sed -n "s/.*$1.*/\1/p" "$work/peer.part" | sort -n | tail -n 1
}

more_than_4k() { # BYTES
    [ "${1:-0}" -gt 4096 ]
}

in_fragments() { # ROLE
    configure && begin "$1" || return 1
    require 'both sides have an IPsec SA' wait_until 10 both_sas_are_up || return 1
    ours=$(bytes_of 'reassembled fragmented IKE message (\([0-9]*\) bytes)')
    theirs=$(bytes_of 'splitting IKE message (\([0-9]*\) bytes)')
    [ -n "$whole" ] ||
        require "a message of ours of more than 4 KB comes in fragments, not ${ours:-none}" more_than_4k "$ours"
    require "so does one of charon's, not ${theirs:-none}" more_than_4k "$theirs"
    check_attributes
    check_keys "$1"
    end_by_gateway
}

run_big() { # ROLE NAME
    run_case "$1, $exchange, RSA-4096 under two CAs, $2" in_fragments "$1"
    tell_negotiation "$1" yes "RSA-4096 under two CAs, $2"
}

part_frag() {
    start_charon RETRY_TRIES=4 RETRY_TIMEOUT=0.5 || give_up 'charon does not start'
    make_big_certs >"$work/charon.out" 2>&1 || give_up 'no certificates'
    lose_ip_fragments "$dut" && lose_ip_fragments "$PFX-charon" || give_up 'no rule about fragments'
    whole=
    for role in initiator responder; do
        big_settings main force 576
        run_big $role 'fragments forced'
        big_settings main on
        run_big $role 'fragments the third time'
    done
    big_settings aggressive force 576
    run_big initiator 'fragments forced'
    # Nobody has shown that he receives when our answer is due: it goes whole, and with our certificates
    # only because the rule says so.
    whole=yes
    rule_extra="$rule_extra
whole_answer = yes"
    ip netns exec "$PFX-charon" nft delete table ip fragments
    run_big responder 'fragments forced'
}
