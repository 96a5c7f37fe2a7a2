#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each public header compiles alone, twice included, as C and as C++. check_headers.sh BUILD_DIR
set -u
build=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

# compiles HEADER LANGUAGE COMPILER...
compiles() {
    header=$1
    language=$2
    shift 2
    printf '#include <%s>\n#include <%s>\nint main(void);\nint main(void) { return 0; }\n' \
        "$header" "$header" >"$work/only.$language"
    "$@" -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -fsyntax-only -I "$build/include" \
        -I include "$work/only.$language" || {
        echo "# $header: $*"
        return 1
    }
}

in_every_language() {
    compiles "$1" c gcc -std=c11 && compiles "$1" c clang -std=c11 &&
        compiles "$1" cc g++ -std=c++11 && compiles "$1" cc g++ -std=c++17 -Wold-style-cast &&
        compiles "$1" cc clang++ -std=c++11 && compiles "$1" cc clang++ -std=c++17
}

for path in include/ikev1/*.h "$build"/include/ikev1/version.h; do
    name=ikev1/$(basename "$path")
    if in_every_language "$name"; then
        echo "ok - headers: $name alone as C11, C++11, C++17"
    else
        echo "not ok - headers: $name alone as C11, C++11, C++17"
        failed=1
    fi
done

cat >"$work/host.cc" <<'C'
#include <ikev1/ikev1.h>
#include <ikev1/openssl.h>

int main() {
    ikev1_config config = IKEV1_CONFIG_INIT;
    ikev1_policy policy = IKEV1_POLICY_INIT;
    ikev1_rules_config table = IKEV1_RULES_CONFIG_INIT;
    ikev1_rule rule = IKEV1_RULE_INIT;
    ikev1_forecast_config forecast = IKEV1_FORECAST_CONFIG_INIT;
    ikev1_decoded decoded = IKEV1_DECODED_INIT;
    config.crypto = ikev1_openssl();
    return config.size == sizeof(ikev1_config) && config.limits.sas == 0 &&
                   policy.size == sizeof policy && policy.phase1 == nullptr &&
                   table.size == sizeof table && rule.phase1.size == sizeof rule.phase1 &&
                   forecast.size == sizeof forecast && decoded.size == sizeof decoded &&
                   ikev1_strerror(IKEV1_OK) != nullptr
               ? 0
               : 1;
}
C
for compiler in g++ clang++; do
    if $compiler -std=c++11 -Wall -Wextra -Wpedantic -Werror -I "$build/include" -I include \
        "$work/host.cc" -o "$work/host" "$build/lib/libikev1-openssl.a" "$build/lib/libikev1.a" \
        -lcrypto -lsodium && "$work/host"; then
        echo "ok - headers: a C++ host with $compiler"
    else
        echo "not ok - headers: a C++ host with $compiler"
        failed=1
    fi
done
exit "$failed"
