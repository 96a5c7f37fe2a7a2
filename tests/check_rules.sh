#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A bad rule file: examples/gateway says file, line, what is wrong and what was expected, and starts
# nothing. check_rules.sh BUILD_DIR
set -u
gateway=$1/examples/gateway
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
file=$work/rules.ini
failed=0

if [ ! -x "$gateway" ]; then
    echo 'skip - rules: all # the gateway example needs inih'
    exit 0
fi

# A port that is not ours to open: had a bad file been started, this would be the complaint.
good() {
    cat <<'INI'
[gateway]
listen = 192.0.2.77
[rule 1]
peer = 192.0.2.2
psk = secret-secret
ike = aes128-sha1-modp2048
esp = aes128-sha1
local = 10.1.0.0/24
remote = 10.2.0.0/24
INI
}

result() { # STATUS NAME
    if [ "$1" -eq 0 ]; then
        echo "ok - rules: $2"
    else
        sed 's/^/# /' "$work/err"
        echo "not ok - rules: $2"
        failed=1
    fi
}

# refused NAME SED-EDIT LINE "WHAT IS WRONG; expected..." (the beginning of it)
refused() {
    good | sed "$2" >"$file"
    timeout 20 "$gateway" --config "$file" >"$work/out" 2>"$work/err"
    status=$?
    wanted="$file:$3: $4"
    [ "$status" -eq 2 ] && [ ! -s "$work/out" ] &&
        [ "$(head -n 1 "$work/err" | cut -c1-${#wanted})" = "$wanted" ]
    result $? "$1"
}

good >"$file"
timeout 20 "$gateway" --config "$file" --check >"$work/out" 2>"$work/err"
result $? 'a good file is accepted'
timeout 20 "$gateway" --config examples/gateway.ini --check >"$work/out" 2>"$work/err"
result $? 'the example file is accepted'
timeout 20 "$gateway" --config "$work/none" >"$work/out" 2>"$work/err"
[ $? -eq 2 ] && grep -q "$work/none" "$work/err"
result $? 'a file that is not there'

refused 'text before a section' 1d 1 '"listen" before any section; expected [gateway]'
refused 'unknown section' 's/rule 1/role 1/' 3 'unknown section [role 1]; expected [gateway] or'
refused 'section not closed' 's/rule 1]/rule 1/' 3 'unknown section [rule 1; expected'
refused 'rule number 0' 's/rule 1/rule 0/' 3 'unknown section [rule 0]; expected'
refused 'rule number twice' '$a [rule 1]' 10 'a second [rule 1]; expected another number than at line 3'
refused 'gateway section twice' '$a [gateway]' 10 'a second [gateway]; expected only that of line 1'
refused 'no section and no setting' 's/^local.*/words/' 8 'neither a section nor a setting; expected'
refused 'line too long' "s/secret-secret/$(printf %0300d 0)/" 5 'line too long; expected at most'
refused 'unknown key' 's/^psk/PSK/' 5 'unknown key "PSK"; expected one of name, peer'
refused 'key twice' '$a peer = any' 10 '"peer" again; expected it once, as at line 4'
refused 'missing key' /psk/d 3 'rule 1: "psk" is missing; expected it in every rule'
refused 'empty rule' '$a [rule 2]' 10 'rule 2: "peer" is missing; expected'
refused 'listen on no address' 's/192.0.2.77/eth0/' 2 'listen: not an address; expected an IPv4'
refused 'port out of range' '2s/$/\nport = 65536/' 3 'port: number out of range'
refused 'unknown name in allow' '2s/$/\nallow = 3des, foo/' 3 'allow: unknown name "foo"; expected des, 3des'
refused 'unknown level' '2s/$/\nlog = much/' 3 'log: unknown level; expected error, warn'
refused 'unknown way of the traffic' '2s/$/\ndata = tap/' 3 'data: unknown word; expected none, tun or kernel'
refused 'device name too long' '2s/$/\ntun = sixteen-letters-/' 3 'tun: not a usable name; expected 1 to 15 bytes'
tun='2s/$/\ndata = tun/'
refused 'AH for data = tun' "$tun;s/^esp.*/esp = ah:sha1/" 8 'rule 1: data = tun cannot carry all of these'
refused 'transport mode for data = tun' "$tun;s/^local.*/local = 192.0.2.77/
s/^remote.*/remote = 192.0.2.2\nmode = transport/" 11 'rule 1: data = tun carries networks in tunnel mode'
refused 'no networks for data = tun' "$tun;/^local/d;/^remote/d" 4 'rule 1: data = tun carries networks'
refused 'the peer behind itself for data = tun' "$tun;s/^remote.*/remote = 192.0.0.0\/16/" 10 \
    'rule 1: the peer itself is in it, and data = tun'
refused 'peer by name' 's/^peer.*/peer = gw/' 4 'peer: not an address; expected the peer'
refused 'empty key' 's/secret-secret//' 5 'psk: not a key of 1 to 256 bytes; expected text, or 0x'
refused 'short key' 's/secret-secret/7 bytes/' 5 'rule 1: psk: algorithm or key is weak and not allowed by name: ours: a pre-shared key of 7 bytes, limits.psk_min is 8'
refused 'odd hexadecimal key' 's/secret-secret/0x123/' 5 'psk: not a key'
refused 'unknown algorithm' 's/modp2048/modp204/' 6 'ike: unknown algorithm "modp204"; expected'
refused 'suite without a group' 's/-modp2048//' 6 'ike: suite is not complete; expected'
refused 'two ciphers in a suite' '6s/aes128/aes128-aes256/' 6 'ike: second cipher in a suite "aes256"; expected'
refused 'no suite behind a comma' '6s/$/,/' 6 'ike: unknown algorithm ""; expected'
refused 'AEAD with a hash' '7s/aes128/aes128gcm16/' 7 'esp: hash beside a cipher that authenticates by itself "sha1"; expected'
refused 'two PFS groups' '7s/$/, aes256-sha1-modp2048/' 7 'esp: another PFS group than before "modp2048"; expected'
refused 'weak cipher not allowed by name' '6s/aes128/3des/' 6 'rule 1: ike: '
refused 'weak group not allowed by name' '6s/2048/1024/' 6 'rule 1: ike: '
refused 'weak ESP cipher not allowed by name' '7s/aes128/null/' 7 'rule 1: esp: '
refused 'bits behind the prefix' 's/10.1.0.0/10.1.0.1/' 8 'local: the network has bits behind its prefix'
refused 'prefix too long' 's/^local.*/local = 10.1.0.0\/33/' 8 'local: not a prefix length "33"; expected'
refused 'range backwards' 's/^local.*/local = 10.1.0.9-10.1.0.7/' 8 'local: not the end of that range'
refused 'protocol not closed' 's/^local.*/local = 10.1.0.9[17/' 8 'local: not [protocol/port] "[17"; expected'
refused 'only one network' '/^local/d' 8 'rule 1: only one of "local" and "remote"; expected both'
refused 'networks of two kinds' 's/10.2.0.0.24/2001:db8::\/32/' 9 'rule 1: "local" and "remote" are of'
refused 'addresses of two kinds' '$a address = 2001:db8::1' 10 'rule 1: "address" and "peer" are of'
refused 'transport mode for networks' '$a mode = transport' 10 'rule 1: transport mode for a network'
refused 'unknown mode' '$a mode = beet' 10 'mode: unknown mode; expected tunnel or transport'
refused 'unknown NAT word' '$a natt = maybe' 10 'natt: unknown word; expected auto, off or force'
refused 'identity of no kind' '$a local_id = a b' 10 'local_id: character that no name has " "; expected letters'
refused 'lifetime too short' '$a ike_life = 9' 10 'ike_life: number out of range'
refused 'lifetime not a number' '$a esp_life = 1h' 10 'esp_life: not a number; expected decimal'

second='peer = 192.0.2.2\nike = aes128-sha1-modp2048\nesp = aes128-sha1\nlocal = 10.1.0.0\/24'
refused 'same networks twice' "\$a [rule 2]\n$second\npsk = secret-secret\nremote = 10.2.0.0/24" 16 \
    'rule 2: mistake: "remote" and that of rule 1 (line 3): is the same: this rule would never be'
refused 'one peer with two keys' "\$a [rule 2]\n$second\npsk = other-secret\nremote = 10.3.0.0/24" 15 \
    'rule 2: mistake: "psk" and that of rule 1 (line 3): differs, and Main Mode cannot tell'

other='ike = aes128-sha1-modp2048\nesp = aes128-sha1\nlocal = 10.1.0.0\/24\npsk = other-secret'
refused 'networks of two peers are the same' \
    "\$a [rule 2]\n$other\npeer = 192.0.2.9\nremote = 10.2.0.0/24" 16 \
    'rule 2: mistake: "remote" and that of rule 1 (line 3): overlaps: packets could belong to both'
refused 'any network behind a known peer' 's/^remote.*/remote = any/' 9 \
    'rule 1: "any" is for peers that may come from anywhere; expected a network'

# Certificates. The files are read at the start.
pki=$work/pki
sh examples/make_certs.sh "$pki" ecdsa >"$work/out" 2>"$work/err"
result $? 'certificates are made'
openssl genpkey -quiet -algorithm RSA -out "$pki/rsa.key" 2>"$work/err"
for n in 1 2 3 4 5 6 7 8 9; do cat "$pki/west.crt"; done >"$pki/nine.crt"
by_cert="/^psk/d;\$a auth = ecdsa256\ncert = $pki/west.crt\nkey = $pki/west.key\nca = $pki/ca.crt"

good | sed "$by_cert" >"$file"
timeout 20 "$gateway" --config "$file" --check >"$work/out" 2>"$work/err"
result $? 'a rule with certificates is accepted'
openssl x509 -in "$pki/west.crt" -outform DER -out "$pki/der.crt"
openssl pkey -in "$pki/west.key" -outform DER -out "$pki/der.key"
openssl x509 -in "$pki/ca.crt" -outform DER -out "$pki/der.ca"
good | sed "/^psk/d;2s|\$|\nca = $pki/der.ca, $pki/ca.crt\ncrl = $pki/ca.crl|" >"$file"
printf '%s\n' 'auth = ecdsa256' "cert = $pki/der.crt" "key = $pki/der.key" >>"$file"
timeout 20 "$gateway" --config "$file" --check >"$work/out" 2>"$work/err"
result $? 'DER, and CA and CRL for all rules'

refused 'unknown method' '$a auth = ecdsa' 10 'auth: unknown method; expected psk, rsa, dss, ecdsa256'
refused 'certificate unasked beside a key' '$a cert_unasked = yes' 10 'rule 1: "cert_unasked" is of no use here'
refused 'certificate beside a key' '$a cert = x' 10 'rule 1: "cert" is of no use here; expected it only with'
refused 'CA beside a key' '$a ca = x' 10 'rule 1: "ca" is of no use here; expected it only with'

# Now lines 9 to 12 are auth, cert, key and ca.
good | sed "$by_cert" >"$work/base"
good() { cat "$work/base"; }
refused 'key beside certificates' '$a psk = x' 13 'rule 1: "psk" is of no use here; expected it only with'
refused 'no certificate' 10d 3 'rule 1: "cert" is missing; expected it in every rule with auth = rsa'
refused 'no private key' 11d 3 'rule 1: "key" is missing; expected it in every rule with auth = rsa'
refused 'no CA' 12d 9 'rule 1: no "ca" for its certificates; expected it in the rule or in [gateway]'
refused 'certificate not there' '10s/west/none/' 10 \
    "rule 1: cert: $pki/none.crt: No such file or directory; expected a file to be read"
refused 'private key for a certificate' '10s/crt/key/' 10 \
    "rule 1: cert: $pki/west.key: no certificate; expected one in PEM or DER"
refused 'nine certificates' '10s/west/nine/' 10 \
    "rule 1: cert: $pki/nine.crt: too many certificates; expected at most 8"
refused 'certificate for a private key' '11s/west.key/west.crt/' 11 \
    "rule 1: key: $pki/west.crt: no private key; expected RSA, DSA or EC"
refused 'private key of another kind' '11s/west/rsa/' 11 \
    "rule 1: key: $pki/rsa.key: not a key of the rule's auth; expected the kind"
refused "another's private key" '11s/west/east/' 11 \
    "rule 1: key: $pki/east.key: not the key of the certificate in cert; expected"
refused 'no CA certificate' '12s/ca.crt$/west.crt/' 12 \
    "rule 1: ca: $pki/west.crt: not a CA's certificate; expected one such, in PEM"
refused 'second CA file not there' '12s/$/, none/' 12 'rule 1: ca: none: No such file'
refused 'no CRL' "\$a crl = $pki/ca.crt" 13 "rule 1: crl: $pki/ca.crt: not a CRL; expected one CRL"
refused 'no CRL for all rules' "2s|\$|\ncrl = $pki/ca.crt|" 3 "crl: $pki/ca.crt: not a CRL; expected"
exit "$failed"
