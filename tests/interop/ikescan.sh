# SPDX-License-Identifier: Apache-2.0
# ike-scan and psk-crack, unmodified, against our gateway: we are seen as the rule file says, answer once
# and never by a timer, and give nobody a hash to test passwords against but where a rule says so.
# To be sourced.

scanner_ip=10.91.0.4 scanner_id=0x0a5b0004

# ike_scan TRANSFORM OPTION...: what it prints is left in $work/charon.out.
ike_scan() {
    transform=$1
    shift
    ip netns exec "$scanner" ike-scan --nodns --sport=500 --retry=3 --timeout=1000 \
        --trans="$transform" --multiline "$@" 10.91.0.9 >"$work/charon.out" 2>&1
}

scan_said() { # PATTERN
    grep -q -E -- "$1" "$work/charon.out"
}

# start_scanned EXCHANGE KEYS-OF-GATEWAY
start_scanned() {
    default_settings
    exchange=$1 gateway_keys=$2
    peer=$scanner_ip their_net=10.92.4.0/24 our_psk=$weak
    configure_gateway
    start_gateway
    require 'the gateway listens' wait_until 5 we_listen
}

sees_main_mode() {
    start_scanned main '' || return 1
    ike_scan $ours --showbackoff=4
    require 'Main Mode is answered' scan_said 'Main Mode Handshake returned'
    require 'by what the rule has' \
        scan_said 'SA=\(Enc=AES KeyLength=128 Hash=SHA1 Group=14:modp2048 Auth=PSK '
    require 'with the vendor ID that says who we are' test "$(count "$work/charon.out" 'VID=')" -eq 1
    require 'the answer comes once' test "$(count "$work/charon.out" "^10.91.0.9[[:space:]]+[0-9]+[[:space:]]")" -eq 1
    require 'nothing is sent again' test "$(count "$gateway_log" 'Packet Retransmit')" -eq 0
}

sees_nobody() {
    start_scanned main 'anonymous = yes' || return 1
    ike_scan $ours
    require 'Main Mode is answered' scan_said 'Main Mode Handshake returned'
    require 'without a vendor ID' test "$(count "$work/charon.out" 'VID=')" -eq 0
}

# check_refusal KEYS COUNT: of notifications that ike-scan gets for a suite of no rule.
check_refusal() {
    start_scanned main "$1" || return 1
    ike_scan 5,1,1,2
    require "this many are told why: $2" scan_said "0 returned handshake; $2 returned notify"
    require 'the log says it' we_said '!! No proposal chosen'
}

aggressive_scan() { # OPTION...
    rm -f "$work/hash"
    ike_scan $ours --aggressive --dhgroup=14 --id=$scanner_id --idtype=1 --pskcrack="$work/hash" "$@"
}

gives_no_hash() {
    start_scanned main '' || return 1
    aggressive_scan
    require 'Aggressive Mode is not answered' scan_said '0 returned handshake; 0 returned notify'
    require 'there is no hash' test ! -s "$work/hash"
    require 'the log says it' we_said 'exchange type not supported'
}

# Where the rule says aggressive, anybody gets one, and a key that is in a list is found.
gives_a_hash() {
    start_scanned aggressive '' || return 1
    aggressive_scan
    require 'Aggressive Mode is answered' scan_said 'Aggressive Mode Handshake returned'
    printf '%s\n' wrong "$weak" >"$work/words"
    psk-crack --dictionary="$work/words" "$work/hash" >"$work/crack.out" 2>&1
    require 'psk-crack finds a key that is a word' grep -q "key \"$weak\" matches" "$work/crack.out"
}

part_ikescan() {
    command -v ike-scan >/dev/null && command -v psk-crack >/dev/null || {
        skip_case ike-scan 'ike-scan is not installed'
        return
    }
    scanner=$PFX-scan weak=opensesame ours=7/128,2,1,14
    sh "$peers/net.sh" attach "$scanner" "$scanner_ip/24" || give_up 'no network'
    run_case 'ike-scan sees Main Mode, and one answer' sees_main_mode
    run_case 'ike-scan, anonymous: no vendor ID' sees_nobody
    run_case 'ike-scan, a suite of no rule: silence' check_refusal '' 0
    run_case 'ike-scan, a suite of no rule, clear_notify: told so' check_refusal 'clear_notify = yes' 1
    run_case 'psk-crack gets no hash in Aggressive Mode' gives_no_hash
    run_case 'psk-crack where a rule says aggressive: a word is found' gives_a_hash
    sh "$peers/net.sh" detach "$scanner"
}
