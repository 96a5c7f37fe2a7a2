#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The library's main job on the screen: installs what is missing, builds, negotiates between two
# engines in one process, between two gateways with certificates, then between the gateway example and
# strongSwan in two network namespaces, with both logs and pings through the tunnel. Where strongSwan or
# namespaces cannot be had, it says so and ends well after the other parts. BUILD_DIR (build) begins the
# name of the build directory.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/setup.sh

build=${BUILD_DIR:-build}-release

fail() {
    echo "examples: $*" >&2
    exit 1
}

# shellcheck disable=SC2086 # lists of names
need_packages $BUILD_PACKAGES || exit 1
echo '== build'
configure "$build" --buildtype=release || fail 'cannot configure'
ninja -C "$build" examples/in_memory examples/gateway >"$build/build.log" 2>&1 || {
    tail -n 60 "$build/build.log"
    fail 'cannot build'
}

echo '== two engines in one process (examples/in_memory.c)'
"$build/examples/in_memory" || fail 'in_memory failed'

[ -x "$build/examples/gateway" ] || fail 'the gateway example was not built'
if need_packages openssl; then
    echo '== two gateways that authenticate by certificate (examples/certificate_pair.sh)'
    sh examples/certificate_pair.sh "$build/examples/gateway" || fail 'certificate_pair failed'
fi

echo '== the gateway example and strongSwan'
# shellcheck disable=SC2086 # lists of names
if need_packages $PEER_PACKAGES && can_make_namespaces; then
    sh examples/strongswan_demo.sh "$build/examples/gateway" || fail 'no negotiation with strongSwan'
else
    echo 'so the negotiation with strongSwan is left out; everything else has worked'
fi
