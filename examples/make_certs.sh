#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A CA and the certificates of two gateways, with the openssl command line.
#     make_certs.sh DIR rsa|ecdsa
# In DIR: ca.crt, ca.crl, and of each of the gateways `west` and `east` NAME.crt and NAME.key, PEM, and
# NAME.der, the certificate in DER. The
# name in a certificate that a peer is known by is NAME.example.org (subjectAltName: RFC 4945 3.1).
# A CA's key belongs on another machine than the gateways'; here it stays in DIR for more.
set -eu
dir=$1
kind=$2
umask 077 # private keys are made here

make_key() { # FILE
    case $kind in
    rsa) openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1" ;;
    ecdsa) openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" ;;
    *) echo "make_certs: $kind: unknown kind; expected rsa or ecdsa" >&2 && exit 2 ;;
    esac
}

make_ca() {
    make_key "$dir/ca.key"
    openssl req -x509 -new -key "$dir/ca.key" -sha256 -days 30 -subj '/O=Example/CN=Example CA' \
        -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' \
        -addext 'keyUsage=critical,keyCertSign,cRLSign' -out "$dir/ca.crt"
}

# A list that revokes nothing yet.
make_crl() {
    : >"$dir/index.txt"
    cat >"$dir/ca.cnf" <<CNF
[ca]
default_ca = own
[own]
database = $dir/index.txt
default_md = sha256
default_crl_days = 30
CNF
    openssl ca -gencrl -config "$dir/ca.cnf" -cert "$dir/ca.crt" -keyfile "$dir/ca.key" \
        -out "$dir/ca.crl" 2>/dev/null
}

make_cert() { # NAME
    make_key "$dir/$1.key"
    openssl req -new -key "$dir/$1.key" -subj "/O=Example/CN=$1" -out "$dir/$1.csr"
    printf '%s\n' 'basicConstraints = critical,CA:FALSE' 'keyUsage = critical,digitalSignature' \
        "subjectAltName = DNS:$1.example.org" >"$dir/$1.ext"
    openssl x509 -req -in "$dir/$1.csr" -CA "$dir/ca.crt" -CAkey "$dir/ca.key" -CAcreateserial \
        -sha256 -days 30 -extfile "$dir/$1.ext" -out "$dir/$1.crt" 2>/dev/null
    openssl x509 -in "$dir/$1.crt" -outform DER -out "$dir/$1.der"
    rm "$dir/$1.csr" "$dir/$1.ext"
}

mkdir -p "$dir"
make_ca
make_crl
make_cert west
make_cert east
