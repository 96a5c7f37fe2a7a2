#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The core built for size: what a host links that negotiates with a policy of its own, every
# exchange and the log's text included, no provider. What it links only when it calls it - reading
# configurations, the rule table, export, forecast, the decoder - is left out by the linker.
# check_core_size.sh BUILD_DIR
set -eu
build=$1
figure=$((150 * 1024)) # of the design; what is measured stands in README.md beside this file
most=$((154 * 1024))   # missed by a little: it must not grow from here
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

headers='config const crypto engine error event log phases policy quirk types'
for header in $headers; do
    sed -n 's/^IKEV1_API.*\(ikev1_[a-z0-9_]*\)(.*/\1;/p' "include/ikev1/$header.h"
done >"$work/names"
echo "{ global: $(tr '\n' ' ' <"$work/names") local: *; };" >"$work/map"

# With the flags of lib/meson.build, those of them that the compiler has. In one partition, or what a
# function takes hangs on which others happen to stand in its part.
flags=
for flag in -fno-inline-functions-called-once -malign-data=abi; do
    cc -Werror $flag -fsyntax-only -xc /dev/null 2>/dev/null && flags="$flags $flag"
done
# shellcheck disable=SC2086 # several words
cc -std=c11 -Os -flto -flto-partition=one $flags -fPIC -shared -s \
    -fno-unwind-tables -fno-asynchronous-unwind-tables -fno-semantic-interposition \
    -ffunction-sections -fdata-sections -fmerge-all-constants -Wl,--gc-sections \
    -Wl,-z,pack-relative-relocs -Wl,--version-script="$work/map" \
    -Iinclude -Ilib -I"$build/include" \
    lib/base/*.c lib/wire/*.c lib/crypto/*.c lib/exchange/*.c lib/session/*.c lib/api/*.c \
    -o "$work/core.so" 2>"$work/log" || { cat "$work/log"; exit 1; }
bytes=$(size "$work/core.so" | awk 'NR == 2 { print $4 }')
[ "$(nm -D --defined-only "$work/core.so" | grep -c ' T ikev1_')" -ge 30 ]
name="size: the core takes $bytes bytes, the figure is $figure, at most $most"
if [ "$bytes" -le "$most" ]; then
    echo "ok - $name"
else
    echo "not ok - $name"
    exit 1
fi
