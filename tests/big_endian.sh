#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The quick unit tests on a big-endian machine, s390x under qemu: what stands in memory must not show
# on the wire, nor in a blob, a log or a capsule. On request only: it brings a cross compiler (root,
# Debian) and the libraries of that machine, which it keeps in its own folder. Warnings are no errors:
# this compiler sees writes past an end that are none.
# sh tests/big_endian.sh [FOLDER [TEST...]]
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh
folder=${1:-build-s390x}
[ $# -eq 0 ] || shift
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
root=$folder/root
libraries=$root/usr/lib/s390x-linux-gnu

need_packages gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user-static meson ninja-build pkg-config

# The lists of that architecture are its own, so that this machine's stay as they are.
foreign_apt() {
    apt-get -qq -o APT::Architectures=s390x -o APT::Architecture=s390x -o APT::Sandbox::User=root \
        -o Dir::State::Lists="$folder/lists" -o Dir::Cache="$folder/cache" "$@"
}

if [ ! -d "$libraries" ]; then
    mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial" "$folder/packages" "$root"
    foreign_apt update
    (cd "$folder/packages" && foreign_apt download libcmocka0 libcmocka-dev libssl3 libssl-dev \
        libsodium23 libsodium-dev libinih1 libinih-dev)
    for package in "$folder/packages"/*.deb; do
        dpkg -x "$package" "$root"
    done
fi

mkdir -p "$folder/pkgconfig"
for file in "$libraries"/pkgconfig/*.pc; do
    sed -E "s#=/usr#=$root/usr#" "$file" >"$folder/pkgconfig/${file##*/}"
done
cat >"$folder/cross.ini" <<END
[binaries]
c = 's390x-linux-gnu-gcc'
ar = 's390x-linux-gnu-gcc-ar'
strip = 's390x-linux-gnu-strip'
pkgconfig = 'pkg-config'
exe_wrapper = ['qemu-s390x-static', '-L', '/usr/s390x-linux-gnu', '-E',
    'LD_LIBRARY_PATH=$libraries', '-E', 'OPENSSL_MODULES=$libraries/ossl-modules']
[properties]
pkg_config_libdir = '$folder/pkgconfig'
[built-in options]
c_args = ['-I$root/usr/include', '-I$root/usr/include/s390x-linux-gnu', '-Wno-error']
c_link_args = ['-L$libraries', '-Wl,-rpath-link,$libraries']
[host_machine]
system = 'linux'
cpu_family = 's390x'
cpu = 's390x'
endian = 'big'
END
unset CC
configure "$folder/build" --cross-file "$folder/cross.ini" --buildtype=release
ninja -C "$folder/build" >"$folder/build.log" 2>&1 || {
    tail -n 60 "$folder/build.log"
    exit 1
}
[ $# -gt 0 ] || set -- --suite quick
export IKEV1_SHARED="${IKEV1_SHARED:-../shared}"
exec meson test -C "$folder/build" --no-rebuild --print-errorlogs --timeout-multiplier 10 "$@"
