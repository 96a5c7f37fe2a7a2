#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The examples that authenticate by certificate come up. check_certs.sh BUILD_DIR
set -u
built=$(realpath "$1")/examples
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

if ! command -v openssl >/dev/null; then
    echo 'skip - certs: all # the openssl command line is not installed'
    exit 0
fi

result() { # STATUS NAME
    if [ "$1" -eq 0 ]; then
        echo "ok - certs: $2"
    else
        sed 's/^/# /' "$work/log"
        echo "not ok - certs: $2"
        failed=1
    fi
}

# both_signed KIND AUTH: each side has waited for a signature of another process, and is up.
both_signed() {
    sh examples/make_certs.sh "$work/$1" "$1" >"$work/log" 2>&1 &&
        timeout 30 "$built/remote_signer" "$work/$1" "$2" >"$work/log" 2>&1 &&
        [ "$(grep -c 'has signed: ' "$work/log")" -eq 2 ] &&
        [ "$(grep -c 'IPsec SAs up' "$work/log")" -eq 2 ]
}

both_signed rsa rsa
result $? 'RSA signatures of another process'
both_signed ecdsa ecdsa256
result $? 'ECDSA signatures of another process'

# Without SAs it must not end well: a key of the wrong kind, and one that cannot be read.
timeout 30 "$built/remote_signer" "$work/rsa" ecdsa256 >"$work/log" 2>&1
[ $? -eq 1 ] && ! grep -q 'IPsec SAs up' "$work/log"
result $? 'a key of the wrong kind ends it'
rm -f "$work/rsa/east.key"
timeout 30 "$built/remote_signer" "$work/rsa" rsa >"$work/log" 2>&1
[ $? -eq 1 ] && grep -q 'east.key: No such file' "$work/log"
result $? 'a key that is not there ends it'

if [ -x "$built/gateway" ]; then
    timeout 60 sh examples/certificate_pair.sh "$built/gateway" >"$work/log" 2>&1 &&
        [ "$(grep -c '^ISAKMP SA up .* RSA ' "$work/log")" -eq 2 ] &&
        [ "$(grep -c '^ISAKMP SA up .* ECDSA-256 ' "$work/log")" -eq 2 ] &&
        [ "$(grep -c '^SA out ' "$work/log")" -eq 4 ]
    result $? 'two gateways, RSA in Main Mode and ECDSA in Aggressive Mode'
else
    echo 'skip - certs: two gateways # the gateway example needs inih'
fi
exit "$failed"
