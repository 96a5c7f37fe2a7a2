# SPDX-License-Identifier: Apache-2.0
# A guest kernel that has ESP (User Mode Linux), for the negotiations without NAT-T: charon with
# user-space ESP always claims to be behind a NAT. To be sourced.

# fetch_guest: says why it could not.
fetch_guest() {
    fetch uml usr/bin/linux.uml kernel-esp.sh && export UML_DIR="$fetched"
}

# start_guest: its bridge joins ours. Says why it could not.
start_guest() {
    mkdir -p "$work/queue"
    export UML_LAN=1 UML_LIMIT_START=600
    export UML_PASS='PFX IP PEER REMOTE_TS KERNEL RETRY_TRIES RETRY_TIMEOUT TIMEOUT LOG EXTRA_CHARON'
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
