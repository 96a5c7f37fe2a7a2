#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Our gateway example against strongSwan's charon, each in a network namespace.
# run.sh BUILD_DIR [--write]; as root, from the project's root. --write puts the table of what ran
# into tests/README.md.
# IKEV1_SHARED (../shared) has the scripts that start charon. IKEV1_CACHE (/var/cache/ikev1-tests)
# keeps the guest kernel with ESP that is downloaded once for the negotiations without NAT-T.
set -u
here=$(cd "$(dirname "$0")" && pwd)
gateway=$(realpath "$1")/examples/gateway
peers=$(realpath "${IKEV1_SHARED:-../shared}")/peers
. "$here/lib.sh"
. "$here/sides.sh"
. "$here/agree.sh"
work=$(mktemp -d) || exit 1
work=$work run=iv$$
SUITES='aes128-sha1-modp2048 aes256-sha256-ecp256 3des-sha1-modp1024'
export PFX=$run STATE=$work/state
dut=$run-dut
guest= gateway_pid= failures=0

cleanup() {
    end_gateway
    charon down >/dev/null 2>&1
    sh "$peers/net.sh" detach "$dut" >/dev/null 2>&1
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

mkdir -p "$STATE"
export PEER=10.91.0.9 REMOTE_TS=10.92.9.0/24 RETRY_TRIES=1 RETRY_TIMEOUT=1.0
sh "$peers/net.sh" attach "$dut" 10.91.0.9/24 fd00:91::9/64
sh "$peers/net.sh" inner "$dut" 10.92.9.1/24
start_charon
for role in initiator responder; do
    for suite in $SUITES; do
        for pfs in no yes; do
            default_settings
            suite "$suite"
            [ "$pfs" = no ] || our_pfs=$group
            run_case "$role, $suite, PFS ${our_pfs:-none}, NAT-T" negotiate_twice "$role"
        done
    done
done
[ "$failures" -eq 0 ]
