# SPDX-License-Identifier: Apache-2.0
# Two gateways in a guest kernel that has ESP, west and east, each in a namespace; Linux carries their traffic
# (data = kernel). To be sourced by what runs there as SCRIPT GATEWAY PEERS-FOLDER.
gateway=$1
peers=$2
work=$(mktemp -d -p /mnt) || exit 1
. "$(dirname "$0")/lib.sh"
export PFX=gp LAN=gp-lan
failed=0
suite=aes128-sha256 mode=tunnel natt=auto

# rules NAMESPACE OUR-IP PEER OUR-NET THEIR-NET
rules() {
    cat >"$work/$1.ini" <<INI
[gateway]
listen = $2
data = kernel
allow = 3des, md5, null
[rule 1]
peer = $3
psk = a secret of two kernels
ike = aes128-sha256-x25519
esp = $suite
mode = $mode
natt = $natt
remote_id = any
local = $4
remote = $5
INI
}

start() { # NAMESPACE OPTION...: the process is left in $started
    name=$1
    shift
    : >"$work/$name.log" # or what the last one said would be taken for this one's
    ip netns exec "$PFX-$name" "$gateway" --config "$work/$name.ini" "$@" >"$work/$name.log" 2>&1 &
    started=$!
    require "$name listens" wait_until 20 grep -q '^listening' "$work/$name.log"
}

pairs() { # NAMESPACE COUNT: so many have come up
    [ "$(grep -c '^SA out ' "$work/$1.log")" -ge "$2" ]
}

both() { # COMMAND...: of ip
    ip -n "$PFX-west" "$@"
    ip -n "$PFX-east" "$@"
}

nothing_is_left() {
    [ -z "$(both xfrm state)" ] && ! both xfrm policy | grep -q 'dir '
}

nothing_is_refused() {
    require 'the kernel refuses nothing' test -z "$(grep -h '^data = ' "$work/west.log" "$work/east.log")"
}

check() { # NAME COMMAND...
    case_name="data = kernel, $1"
    shift
    : >"$work/wrong"
    "$@"
    if [ -s "$work/wrong" ]; then
        sed 's/^/# wrong: /' "$work/wrong"
        { both xfrm state; both xfrm policy; } | sed 's/^/# left: /'
        sed 's/^/# west: /' "$work/west.log"
        sed 's/^/# east: /' "$work/east.log"
        echo "not ok - interop: $case_name"
        failed=1
    else
        echo "ok - interop: $case_name"
    fi
}

finish() {
    sh "$peers/net.sh" detach "$PFX-west"
    sh "$peers/net.sh" detach "$PFX-east"
    rm -rf "$work"
    exit "$failed"
}

sh "$peers/net.sh" attach "$PFX-west" 10.91.0.1/24 fd00:91::1/64 &&
    sh "$peers/net.sh" inner "$PFX-west" 10.92.1.1/24 &&
    sh "$peers/net.sh" attach "$PFX-east" 10.91.0.2/24 fd00:91::2/64 &&
    sh "$peers/net.sh" inner "$PFX-east" 10.92.2.1/24 || {
    echo 'not ok - interop: data = kernel: no network in the guest'
    exit 1
}
