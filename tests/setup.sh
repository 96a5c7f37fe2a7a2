# SPDX-License-Identifier: Apache-2.0
# What tests/run.sh and examples/run.sh share: the Debian packages each part needs, installing them,
# and configuring a build directory. To be sourced; it changes nothing by itself.

BUILD_PACKAGES='gcc libc6-dev meson ninja-build pkg-config libssl-dev libsodium-dev libinih-dev libmnl-dev libpcap-dev'
TEST_PACKAGES='g++ clang libclang-rt-dev clang-format libcmocka-dev valgrind python3 binutils openssl'
# The core is also built as 32-bit code, where the machine runs that.
[ "$(dpkg --print-architecture 2>/dev/null)" != amd64 ] || TEST_PACKAGES="$TEST_PACKAGES gcc-multilib"
PEER_PACKAGES='strongswan strongswan-swanctl charon-systemd libcharon-extra-plugins
    libcharon-extauth-plugins libstrongswan-standard-plugins libstrongswan-extra-plugins
    iproute2 iputils-ping tcpdump tshark openssl kmod nftables conntrack procps vpnc ike-scan
    libnss3-tools libunbound8 libldns3 libevent-core-2.1-7 libevent-pthreads-2.1-7 libcurl3-nss
    libcap-ng0 libaudit1'

# missing_packages NAME...: those that are not installed, on one line.
missing_packages() {
    for package in "$@"; do
        case $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) in
        ii*) ;;
        *) printf '%s ' "$package" ;;
        esac
    done
}

# need_packages NAME...: installs what is missing. Fails, having said which, where it may not or cannot.
need_packages() {
    if ! command -v dpkg-query >/dev/null; then
        echo "no Debian packages here; taken for granted: $*"
        return 0
    fi
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        echo "missing packages: $missing(to be installed by root)"
        return 1
    fi
    echo "installing: $missing"
    # shellcheck disable=SC2086 # a list of names
    apt_quietly update && apt_quietly install $missing && return 0
    echo "missing packages, and they could not be installed: $missing"
    return 1
}

apt_quietly() {
    DEBIAN_FRONTEND=noninteractive timeout 240 apt-get -qq -y --no-install-recommends "$@" \
        </dev/null >/dev/null
}

# configure DIR MESON_OPTION...: a build directory with exactly these options. One that was left half
# made or made with other options is made anew.
configure() {
    directory=$1
    shift
    wanted="${CC:-cc} $*"
    if [ ! -f "$directory/build.ninja" ] || [ "$(cat "$directory/options" 2>/dev/null)" != "$wanted" ]; then
        rm -rf "$directory"
        meson setup "$directory" "$@" >"$directory.log" 2>&1 || {
            cat "$directory.log"
            return 1
        }
        echo "$wanted" >"$directory/options"
    fi
    rm -f "$directory.log"
}

# can_make_namespaces: whether network namespaces and veth pairs can be had; says why not.
can_make_namespaces() {
    if [ "$(id -u)" -ne 0 ]; then
        echo 'network namespaces need root'
        return 1
    fi
    probe="ikev1-probe-$$"
    ip netns add "$probe" 2>/dev/null &&
        ip -n "$probe" link add probe0 type veth peer name probe1 2>/dev/null
    made=$?
    ip netns del "$probe" 2>/dev/null
    [ "$made" -eq 0 ] || echo 'this kernel gives no network namespaces or no veth'
    return "$made"
}
