#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every figure of the library: what bench measures, the instructions beside the cryptography (with
# valgrind), and the size of the core. sh examples/bench.sh BUILD_DIR [OPTION OF bench ...]
set -eu
cd "$(dirname "$0")/.."
build=${1:?the build directory}
shift
times=1000 # negotiations of `bench instructions`

"$build/examples/bench" "$@"
for role in responder initiator; do
    if ! command -v valgrind >/dev/null; then
        echo "instructions: not counted, valgrind is missing"
        break
    fi
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --collect-atstart=no \
        --toggle-collect=bench_$role "$build/examples/bench" instructions 2>&1 |
        awk -v role=$role -v times=$times '/Collected/ {
            printf "all but cryptography, %s: %d instructions <= 60000\n", role, $NF / times }'
done
sh tests/check_core_size.sh "$build"
