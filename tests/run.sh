#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, and runs every suite; the last line is the sum:
#     N passed, N failed, N skipped
# sh tests/run.sh [SUITE...] runs only those named: build, interop, unit, fuzz, valgrind, checks.
# BUILD_DIR (build) begins the names of the build directories; IKEV1_SHARED (../shared) holds test
# vectors and the scripts that start real peers.
#
# A suite prints lines `ok - name`, `not ok - name`, `skip - name # why`; everything else is detail.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/setup.sh

export PYTHONDONTWRITEBYTECODE=1
export IKEV1_SHARED="${IKEV1_SHARED:-../shared}"
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
: "${BUILD_DIR:=build}"
sanitized=$BUILD_DIR-sanitized
plain=$BUILD_DIR-plain
clang=$BUILD_DIR-clang
fuzz=$BUILD_DIR-fuzz
logs=$BUILD_DIR-logs
passed=0
failed=0
skipped=0

# build COMPILER DIR MESON_OPTION...: silent unless it fails.
build() (
    export CC="$1"
    directory=$2
    shift 2
    configure "$directory" "$@" || exit 1
    ninja -C "$directory" >"$directory/build.log" 2>&1 || {
        tail -n 60 "$directory/build.log"
        exit 1
    }
)

# Under UBSan gcc's -Wconversion sees conversions that are none; the plain build has it.
build_sanitized() {
    build gcc "$sanitized" -Doptimization=1 -Db_sanitize=address,undefined -Dc_args=-Wno-conversion
}

build_plain() {
    build gcc "$plain" --buildtype=release -Ddebug=true
}

# For its warnings only.
build_clang() {
    build clang "$clang" -Doptimization=0 -Ddebug=false
}

# The library with clang's coverage, and the fuzz targets.
build_fuzz() {
    build clang "$fuzz" -Dfuzz=true -Doptimization=1 -Db_sanitize=address,undefined -Db_lundef=false
}

# result STATUS NAME: the line for one case.
result() {
    if [ "$1" -eq 0 ]; then echo "ok - $2"; else echo "not ok - $2"; fi
}

# meson_test DIR NAME OPTION...: runs tests of a build directory and keeps their log under NAME.
meson_test() {
    directory=$1
    name=$2
    shift 2
    rm -f "$directory/meson-logs/$name"*.json
    CMOCKA_MESSAGE_OUTPUT=TAP meson test -C "$directory" --no-rebuild --logbase "$name" "$@" \
        >"$directory/$name.log" 2>&1
}

# Both compilers, with warnings as errors.
suite_build() {
    build_plain
    result $? 'gcc builds everything without a warning'
    build_clang
    result $? 'clang builds everything without a warning'
}

# Unit tests, vectors, examples and replayed corpora under AddressSanitizer and UBSan.
suite_unit() {
    build_sanitized || return 1
    meson_test "$sanitized" unit
    python3 tests/results.py "$sanitized/meson-logs/unit.json"
}

# Some seconds of new inputs for each fuzz target, two of them at a time.
suite_fuzz() {
    build_fuzz || return 1
    targets=$(find "$fuzz/fuzz" -maxdepth 1 -type f -perm -u+x -name 'fuzz_*' 2>/dev/null | sort)
    # shellcheck disable=SC2086 # names without blanks
    set -- $targets
    [ $# -gt 0 ] || return 1
    seconds=$((60 / $#))
    [ "$seconds" -le 5 ] || seconds=5
    earlier=
    for target in "$@"; do
        fuzz "$target" "$seconds" &
        [ -z "$earlier" ] || wait "$earlier"
        earlier=$!
    done
    wait "$earlier"
}

fuzz() { # TARGET SECONDS
    name=${1##*/fuzz_}
    found=$fuzz/found-$name
    mkdir -p "$found"
    timeout -k 5 $(($2 + 20)) "$1" -max_total_time="$2" -timeout=5 -artifact_prefix="$found/" \
        -dict=fuzz/isakmp.dict "$found" "fuzz/corpus/$name" </dev/null >"$found.log" 2>&1
    status=$?
    [ "$status" -eq 0 ] || tail -n 40 "$found.log"
    result "$status" "fuzz: $name for $2 s, findings in $found"
}

# The unit tests that are quick enough, without sanitizers, under valgrind.
suite_valgrind() {
    build_plain || return 1
    meson_test "$plain" memory --suite quick --timeout-multiplier 2 --wrapper \
        'valgrind -q --leak-check=full --error-exitcode=99'
    python3 tests/results.py "$plain/meson-logs/memory-valgrind.json" valgrind
}

# What can be read off the sources, the headers and the built libraries.
suite_checks() {
    build_plain || return 1
    for check in tests/check_*.py; do
        check python3 "$check"
    done
    for check in tests/check_*.sh; do
        check sh "$check"
    done
}

# check PROGRAM SCRIPT: what it prints; one that breaks off or says nothing has failed.
check() {
    timeout 120 "$1" "$2" "$plain" >"$logs/check.log" 2>&1
    status=$?
    cat "$logs/check.log"
    case $status in
    0) grep -q -E '^(ok|skip) - ' "$logs/check.log" ;;
    *) grep -q '^not ok - ' "$logs/check.log" ;;
    esac || echo "not ok - $2: ended with status $status"
}

# Negotiations with real peers in network namespaces. In the background: they mostly wait.
suite_interop() {
    if ! why=$(peers_available); then
        echo "$why"
        echo "skip - interop: all # $(echo "$why" | tail -n 1)"
        return 0
    fi
    timeout -k 20 900 sh tests/interop/run.sh "$plain" &
    echo $! >"$logs/interop.pid"
    wait $!
}

peers_available() {
    [ -d "$IKEV1_SHARED/peers" ] || {
        echo "no scripts for real peers in $IKEV1_SHARED/peers"
        return 1
    }
    # shellcheck disable=SC2086 # a list of names
    need_packages $PEER_PACKAGES && can_make_namespaces
}

# run NAME: a suite into its log, where its last lines say how it ended and how long it took.
run() {
    log=$logs/$1.log
    began=$(date +%s)
    "suite_$1" >"$log" 2>&1
    status=$?
    lines=$(grep -c -E '^(ok|not ok|skip) - ' "$log")
    if [ "$status" -ne 0 ] && ! grep -q '^not ok - ' "$log" || [ "$lines" -eq 0 ]; then
        echo "not ok - $1: ended with status $status after $lines results" >>"$log"
    fi
    echo "# $(($(date +%s) - began)) s" >>"$log"
}

# add_up NAME: counts the lines of a suite's log, shows what went wrong or was left out.
add_up() {
    log=$logs/$1.log
    good=$(grep -c '^ok - ' "$log")
    bad=$(grep -c '^not ok - ' "$log")
    left=$(grep -c '^skip - ' "$log")
    if [ "$bad" -gt 0 ]; then cat "$log"; else grep '^skip - ' "$log"; fi
    echo "== $1: $good passed, $bad failed, $left skipped, $(tail -n 1 "$log" | tr -d '# ')"
    passed=$((passed + good))
    failed=$((failed + bad))
    skipped=$((skipped + left))
}

# What runs in the foreground has had its signal; real peers are stopped and cleaned up after.
interrupted() {
    [ ! -s "$logs/interop.pid" ] || kill "$(cat "$logs/interop.pid")" 2>/dev/null
    [ -z "$interop" ] || wait "$interop"
    exit 130
}

rm -rf "$logs"
mkdir -p "$logs"
# shellcheck disable=SC2086 # a list of names
need_packages $BUILD_PACKAGES $TEST_PACKAGES || exit 1
[ $# -gt 0 ] || set -- build interop unit fuzz valgrind checks
interop=
trap interrupted INT TERM
for one in "$@"; do
    case $one in
    build | unit | fuzz | valgrind | checks) run "$one" && add_up "$one" ;;
    interop)
        build_plain >"$logs/plain.log" 2>&1
        run interop &
        interop=$!
        renice -n 10 -p $$ >/dev/null # peers have a clock, the other suites have none
        ;;
    *) echo "no suite named $one" && failed=$((failed + 1)) ;;
    esac
done
if [ -n "$interop" ]; then
    wait "$interop"
    add_up interop
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
