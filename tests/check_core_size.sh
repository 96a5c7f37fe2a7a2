#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The core built for size and stripped, no provider, is at most 150 KiB of code and data. The rule
# table (lib/rules) and the passive decoder (lib/decode) are in the same library but not in this
# figure: the one is a host's part, of use to those who have no store of their own, the other is for
# who watches.
# check_core_size.sh BUILD_DIR
set -eu
build=$1
most=$((150 * 1024))
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# With the flags of lib/meson.build.
cc -std=c11 -Os -fPIC -shared -fvisibility=hidden -s -fno-unwind-tables \
    -fno-asynchronous-unwind-tables -Iinclude -Ilib -I"$build/include" \
    lib/base/*.c lib/wire/*.c lib/crypto/*.c lib/exchange/*.c lib/session/*.c lib/api/*.c \
    -o "$work/core.so"
bytes=$(size "$work/core.so" | awk 'NR == 2 { print $4 }')
name="size: the core takes $bytes bytes, at most $most"
if [ "$bytes" -le "$most" ]; then
    echo "ok - $name"
else
    echo "not ok - $name"
    exit 1
fi
