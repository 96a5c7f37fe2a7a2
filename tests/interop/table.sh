# SPDX-License-Identifier: Apache-2.0
# The table of what ran, as tests/README.md has it. To be sourced.

tell_negotiation() { # ROLE WITH-NAT-T REMARK
    echo "| $1 | $exchange | $auth | $our_ike | $our_esp | ${our_pfs:-none} | $2 | $3 | $verdict |" >>"$table.$what"
}

tell_refusal() { # ROLE NAME
    echo "| $1 | $2 | $verdict |" >>"$table.refused.$what"
}

# The whole section.
print_table() {
    version=$(/usr/lib/ipsec/charon --version | sed -n 's/.*strongSwan //p')
    cat <<T
Peer: strongSwan $version, ESP in tunnel mode. "Role" is ours; certificates are sent on request. Passed
means: both sides up, our log the catalogue's line by line, SPIs crossed, the four keys of our events
equal to those charon logs, the delete seen by the other side, and the gateway left with status 0.

| role | mode | auth | phase 1 | ESP | PFS | NAT-T | besides | result |
|---|---|---|---|---|---|---|---|---|
T
    cat "$table.matrix" "$table.natt" "$table.plain" 2>/dev/null
    cat <<T

What must fail, and does on both sides with the log line that says why:

| role | what is wrong | result |
|---|---|---|
T
    cat "$table.refused.natt" "$table.refused.certs" 2>/dev/null
}

# Puts it into the file, between the section's marks.
write_table() { # FILE
    print_table >"$work/section"
    awk -v section="$work/section" '
        /<!-- interop: end -->/ { inside = 0 }
        !inside { print }
        /<!-- interop: begin/ { inside = 1; while ((getline line < section) > 0) print line }
    ' "$1" >"$work/readme" && cp "$work/readme" "$1"
}
