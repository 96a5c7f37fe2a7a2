#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every way that small stories can go (FRM-01), deeper than a build with sanitizers has time for.
# check_explorer.sh BUILD_DIR; IKEV1_MORE choices beyond those of the test, four unless it says otherwise.
set -u
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

if IKEV1_MORE=${IKEV1_MORE:-4} "$1/tests/test_explorer" >"$log" 2>&1; then
    sed -n 's/^.* states, .* choices deep/ok - explorer: &/p' "$log"
else
    sed 's/^/# /' "$log"
    echo 'not ok - explorer: a rule does not hold'
    exit 1
fi
