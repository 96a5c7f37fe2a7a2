# SPDX-License-Identifier: Apache-2.0
# examples/scan against strongSwan and libreswan: what it reports is what they are configured for. To
# be sourced.

scanner_ip=10.91.0.4

scan_peer() { # OPTION...
    ip netns exec "$scanner" "$(dirname "$gateway")/scan" --source "$scanner_ip" --interval 100 \
        --timeout 500 --backoff 2 "$@" "$their_ip" >"$work/charon.out" 2>&1
}

# accepted METHOD: what it says is accepted in Main Mode with that, sorted, on one line.
accepted() {
    sed -n '/^Main Mode/,/^[^ ]/p' "$work/charon.out" | sed -n "s/^  accepts \(.*\), $1$/\1/p" |
        sort | paste -s -d ,
}

require_accepted() { # METHOD SUITES
    found=$(accepted "$1")
    require "with $1 it takes ${2:-nothing}, not ${found:-nothing}" test "$found" = "$2"
}

scan_reports() { # PATTERN
    grep -q -E -- "$1" "$work/charon.out"
}

require_vendors() { # NAME...: when all are announced
    sed -n '/all are announced/,$p' "$work/charon.out" >"$work/vendors"
    for vendor in "$@"; do
        require "the vendor ID of $vendor is named" grep -q "^  $vendor: " "$work/vendors"
    done
}

# require_aggressive SUITE...: what it takes in Aggressive Mode, each in the group that it has.
require_aggressive() {
    sed -n '/^Aggressive Mode/,/^[^ A]/p' "$work/charon.out" >"$work/aggressive"
    for suite in "$@"; do
        require "Aggressive Mode is answered by $suite" grep -q "^  accepts $suite, PSK" "$work/aggressive"
    done
    require 'and by no other' test "$(count "$work/aggressive" accepts)" -eq $#
}

# charon looks at its rule's method only later: it takes all that it has the transform for.
sees_charon() {
    default_settings
    our_ip=$scanner_ip exchange=aggressive their_pfs=
    their_ike=3des-md5-modp1024,aes128-sha1-modp2048,aes256-sha256-ecp256
    require 'strongSwan takes its configuration' configure_charon || return 1
    mark_peer
    require 'the scan comes to its end' scan_peer --id "$scanner_ip" || return 1
    require_accepted PSK $their_ike
    require_accepted RSA $their_ike
    require 'it answers to everything' scan_reports '^  refuses [0-9]* transforms, does not answer to 0$'
    require_aggressive 3des-md5-modp1024 aes128-sha1-modp2048 aes256-sha256-ecp256
    require_vendors XAUTH 'Dead Peer Detection' 'IKE fragmentation' 'RFC 3947'
}

# pluto says nothing to a method that none of its rules has, and has one suite.
sees_pluto() {
    default_settings
    pluto_settings main psk
    our_ip=$scanner_ip
    start_pluto
    ip -n "$scanner" neigh flush all
    require 'the scan comes to its end' scan_peer || return 1
    require_accepted PSK aes128-sha1-modp2048
    require_accepted RSA ''
    require 'it answers to what a key could prove' scan_reports '^  refuses 299 transforms, does not answer to 900$'
    require_aggressive
    require_vendors 'Dead Peer Detection' 'IKE fragmentation' 'RFC 3947'
    libreswan down >/dev/null 2>&1
}

part_scan() {
    scanner=$PFX-scan
    sh "$peers/net.sh" attach "$scanner" "$scanner_ip/24" || give_up 'no network'
    start_charon EXTRA_CHARON='dos_protection = no' PEER="$scanner_ip" || give_up 'charon does not start'
    run_case 'scan: strongSwan' sees_charon
    sh "$peers/charon.sh" down >/dev/null 2>&1
    if fetch_pluto >"$work/why"; then
        run_case 'scan: libreswan' sees_pluto
    else
        skip_case 'scan: libreswan' "$(cat "$work/why")"
    fi
    sh "$peers/net.sh" detach "$scanner"
}
