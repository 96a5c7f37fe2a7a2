#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# clang-format decides the layout. Its releases differ in details: only the one in use is asked.
set -u
release=14
found=$(clang-format --version | sed 's/.*version \([0-9]*\).*/\1/')
if [ "$found" != "$release" ]; then
    echo "skip - format: every C file # needs clang-format $release, found ${found:-none}"
    exit 0
fi
other=$(find lib include examples tests fuzz -name '*.[ch]' | sort | while read -r file; do
    clang-format --dry-run -Werror "$file" 2>/dev/null || echo "# $file: run clang-format -i on it"
done)
if [ -z "$other" ]; then
    echo 'ok - format: every C file'
else
    echo "$other"
    echo 'not ok - format: every C file'
    exit 1
fi
