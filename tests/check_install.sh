#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A program is built against the installed tree through pkg-config, shared and static, and runs.
# check_install.sh BUILD_DIR
set -u
build=$1
stage=$(mktemp -d) || exit 1
trap 'rm -rf "$stage"' EXIT
failed=0

result() { # STATUS NAME
    if [ "$1" -eq 0 ]; then
        echo "ok - install: $2"
    else
        echo "not ok - install: $2"
        failed=1
    fi
}

DESTDIR=$stage meson install -C "$build" --no-rebuild --quiet
result $? 'meson install into DESTDIR'

descriptions=$(dirname "$(find "$stage" -name libikev1.pc)")
libraries=${descriptions%/pkgconfig}
installed() {
    PKG_CONFIG_PATH=$descriptions pkg-config --define-variable=prefix="${libraries%/lib*}" "$@"
}

cat >"$stage/consumer.c" <<'C'
#include <ikev1/ikev1.h>
#include <ikev1/openssl.h>
#include <stdio.h>

int main(void) {
    const char *algorithm = NULL;
    int status = ikev1_crypto_selftest(ikev1_openssl(), &algorithm);
    printf("%s: %s %s\n", IKEV1_VERSION_STRING, ikev1_strerror(status), algorithm ? algorithm : "");
    return status == IKEV1_OK ? 0 : 1;
}
C

# consumer NAME FLAG...: links and runs it; the static linker's warnings matter only when it fails.
consumer() {
    name=$1
    shift
    cc -std=c11 -Wall -Wextra -Werror "$stage/consumer.c" -o "$stage/$name" "$@" \
        >"$stage/log" 2>&1 && LD_LIBRARY_PATH=$libraries "$stage/$name" >>"$stage/log" && return 0
    sed 's/^/# /' "$stage/log"
    return 1
}

# shellcheck disable=SC2046 # flags
consumer shared $(installed --cflags --libs libikev1-openssl)
result $? 'a program links the shared libraries and runs'
# shellcheck disable=SC2046 # flags
consumer static -static $(installed --static --cflags --libs libikev1-openssl)
result $? 'a program links the static libraries and runs'

if readelf -d "$stage/shared" | grep -q 'libikev1-openssl.so.0'; then
    result 0 'the program names the soname'
else
    result 1 'the program names the soname'
fi
exit "$failed"
