# SPDX-License-Identifier: Apache-2.0
# Waiting, processes, results. To be sourced; `work` is the folder of this run.

# wait_until SECONDS COMMAND...: asks again and again; the last answer is its status.
wait_until() {
    turns=$(($1 * 20))
    shift
    until "$@" >/dev/null 2>&1; do
        turns=$((turns - 1))
        [ "$turns" -gt 0 ] || return 1
        sleep 0.05
    done
}

gone() { # PID
    case $(ps -o stat= -p "$1" 2>/dev/null) in
    '' | Z*) return 0 ;;
    *) return 1 ;;
    esac
}

# stop PID [SECONDS]: ends a process we started, within five seconds if not said otherwise.
stop() {
    [ -n "$1" ] && kill "$1" 2>/dev/null || return 0
    wait_until "${2:-5}" gone "$1" || kill -9 "$1" 2>/dev/null
    wait "$1" 2>/dev/null
}

# fetch NAME FILE SCRIPT: what the peers' script downloads, into a folder of the cache, once; FILE shows
# that it is there. The folder is left in $fetched. Says why it could not.
fetch() {
    cache=${IKEV1_CACHE:-/var/cache/ikev1-tests}
    fetched=$cache/$1
    [ -e "$fetched/$2" ] && return 0
    coming=$cache/fetch-$1-$PFX
    mkdir -p "$coming" 2>/dev/null || {
        echo "cannot write to $cache"
        return 1
    }
    if download "$3" || { apt_quietly update && download "$3"; }; then
        rm -rf "$fetched" "$coming"/*.deb
        mv -T "$coming" "$fetched"
    else
        rm -rf "$coming"
        echo "$1 cannot be downloaded: $(tail -n 1 "$work/fetch.log")"
        return 1
    fi
}

download() { # SCRIPT
    timeout 60 sh "$peers/$1" fetch "$coming" >"$work/fetch.log" 2>&1
}

# require WHAT COMMAND...: one thing a case asks for; notes what is not so.
require() {
    wanted=$1
    shift
    "$@" && return 0
    echo "$wanted" >>"$work/wrong"
    return 1
}

# show_logs: how both sides saw the case that failed.
show_logs() {
    read_peer
    for log in "$gateway_log" "$work/peer.part" "$work/charon.out"; do
        [ -s "$log" ] || continue
        echo "--- $log"
        # without the hexadecimal dumps and the parser's steps
        grep -v -E '^opening directory|\[ENC\]|=> [0-9]+ bytes| [ 0-9]*: ([0-9A-F]{2} )' "$log" | tail -n 30
    done
}

# run_case NAME COMMAND...: COMMAND fails, or notes by require() what is wrong; prints one result.
# The verdict is left in $verdict, for the table.
run_case() {
    case_name=$1
    shift
    : >"$work/wrong"
    : >"$work/charon.out"
    "$@" || echo 'not all of it was done' >>"$work/wrong"
    end_gateway
    if [ ! -s "$work/wrong" ]; then
        verdict=passed
        echo "ok - interop: $case_name"
    else
        verdict=failed
        failures=$((failures + 1))
        sed 's/^/# wrong: /' "$work/wrong"
        show_logs
        echo "not ok - interop: $case_name"
    fi
}

skip_case() { # NAME WHY
    verdict="skipped: $2"
    echo "skip - interop: $1 # $2"
}
