#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Sizes and their sums (MEM-10): the readers of bytes under clang's check for unsigned overflow, and
# the whole core as 32-bit code. Both over every corpus that needs no crypto provider.
# check_arithmetic.sh BUILD_DIR
set -u
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags="-std=c11 -O1 -g -Iinclude -Ilib -Itests -I$build/include -D_GNU_SOURCE"
# shellcheck disable=SC2034 # read by name
session='tests/support/alloc.c tests/support/nullcrypto.c tests/support/rng.c
         tests/support/view.c tests/support/world.c'

# replays NAME TARGETS LIBRARY COMPILER...: each target over its corpus, built around LIBRARY.
replays() {
    name=$1
    targets=$2
    library=$3
    shift 3
    for target in $targets; do
        more=
        [ "$target" != session ] || more=$session
        # shellcheck disable=SC2086 # lists of names
        "$@" $flags -o "$work/$target" "fuzz/fuzz_$target.c" fuzz/replay.c $more "$library" &&
            "$work/$target" "fuzz/corpus/$target" >"$work/log" 2>&1 && continue
        cat "$work/log" 2>/dev/null
        echo "not ok - arithmetic: $name, corpus $target"
        return 1
    done
    echo "ok - arithmetic: $name, $(echo $targets | wc -w) corpora"
}

# library COMPILER... -- FOLDERS: an archive of the sources in these folders of lib/.
library() {
    rm -rf "$work/objects" "$work/library.a"
    mkdir "$work/objects"
    compiler=
    while [ "$1" != -- ]; do
        compiler="$compiler $1"
        shift
    done
    shift
    root=$PWD
    for folder in "$@"; do
        for source in "lib/$folder"/*.c; do
            # shellcheck disable=SC2086
            $compiler $flags -c "$source" -o "$work/objects/$folder-$(basename "$source" .c).o" || return 1
        done
    done
    (cd "$work" && ar rc library.a objects/*.o) && cd "$root"
}

readers='attr chain config frag header ident notify sa'
strict='clang -fsanitize=unsigned-integer-overflow,undefined -fno-sanitize-recover=all'
# shellcheck disable=SC2086
library $strict -- base wire && replays 'no sum of a reader overflows' "$readers" "$work/library.a" $strict

if ! echo 'int main(void){return 0;}' | gcc -m32 -x c - -o "$work/probe" 2>/dev/null || ! "$work/probe"; then
    echo 'skip - arithmetic: 32-bit code # no 32-bit compiler or machine: gcc-multilib'
    exit 0
fi
narrow='gcc -m32 -fsanitize=undefined -fno-sanitize-recover=all'
# shellcheck disable=SC2086
library $narrow -- base wire crypto exchange session api &&
    replays 'the core as 32-bit code' "$readers text session" "$work/library.a" $narrow
