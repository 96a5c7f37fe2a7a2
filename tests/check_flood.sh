#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test_flood.c at its full numbers, a million where they are 100,000 otherwise, in a build without
# sanitizers; or at as many as are named: check_flood.sh BUILD_DIR [10000000]
# DOS-02, DOS-05, DOS-06, DOS-11.
set -u
log=$(mktemp)
trap 'rm -f "$log"' EXIT
build=$(cd "$1" && pwd) || exit 1
cd "$(dirname "$0")/.." || exit 1 # where the fuzz corpora are
IKEV1_RUNS=${2:-1000000} "$build/tests/test_flood" >"$log" 2>&1
status=$?
sed -n 's/^\[ *OK \] test_flood__/ok - flood: /p; s/^\[ *FAILED *\] test_flood__/not ok - flood: /p' "$log" | sort -u
[ "$status" -eq 0 ] || cat "$log"
exit "$status"
