# SPDX-License-Identifier: Apache-2.0
# A guest kernel that has ESP (User Mode Linux), for the negotiations without NAT-T: charon with
# user-space ESP always claims to be behind a NAT. To be sourced.

# fetch_guest: into the cache, once. Says why it could not.
fetch_guest() {
    export UML_DIR=${IKEV1_CACHE:-/var/cache/ikev1-tests}/uml
    [ -x "$UML_DIR/usr/bin/linux.uml" ] && return 0
    fetched=$(dirname "$UML_DIR")/fetch-$PFX
    mkdir -p "$fetched" 2>/dev/null || {
        echo "cannot write to ${IKEV1_CACHE:-/var/cache/ikev1-tests}"
        return 1
    }
    if timeout 60 sh "$peers/kernel-esp.sh" fetch "$fetched" >"$work/fetch.log" 2>&1 &&
        [ -x "$fetched/usr/bin/linux.uml" ]; then
        rm -rf "$UML_DIR" "$fetched"/*.deb
        mv "$fetched" "$UML_DIR"
    else
        rm -rf "$fetched"
        echo "user-mode-linux cannot be downloaded: $(tail -n 1 "$work/fetch.log")"
        return 1
    fi
}

# start_guest: its bridge joins ours. Says why it could not.
start_guest() {
    mkdir -p "$work/queue"
    export UML_LAN=1 UML_LIMIT_START=180
    export UML_PASS='PFX IP PEER REMOTE_TS KERNEL RETRY_TRIES RETRY_TIMEOUT TIMEOUT'
    export KERNEL=netlink IP=10.91.0.5 RETRY_TIMEOUT=4.0
    guest=$work/queue # even if it does not come up: stop_guest must look for it
    timeout 30 sh "$peers/kernel-esp.sh" start "$guest" >"$work/guest.log" 2>&1 && return 0
    echo "the guest kernel does not boot: $(tail -n 1 "$work/guest.log")"
    stop_guest
    return 1
}

# It is asked to power off; what is then still left in our bridge's namespace is killed. The TAP
# device goes with the script that started it.
stop_guest() {
    [ -n "$guest" ] || return 0
    sh "$peers/kernel-esp.sh" stop "$guest" >/dev/null 2>&1
    guest=
    wait_until 3 no_tap && return 0
    for pid in $(ip netns pids "$PFX-lan" 2>/dev/null); do
        kill -9 "$pid" 2>/dev/null
    done
    wait_until 3 no_tap
}

no_tap() {
    ! ip -n "$PFX-lan" -o link show 2>/dev/null | grep -q ': ut[0-9]'
}
