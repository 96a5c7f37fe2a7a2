# SPDX-License-Identifier: Apache-2.0
# The table of what ran, as tests/README.md has it. To be sourced.

tell_negotiation() { # ROLE WITH-NAT-T REMARK
    echo "| $peer_name | $1 | $exchange | $auth | $our_ike | $our_esp | ${our_pfs:-none} | $2 | $3 | $verdict |" >>"$table.$what"
}

tell_refusal() { # ROLE NAME
    echo "| $1 | $2 | $verdict |" >>"$table.refused.$what"
}

# One of the matrix, for its grid.
tell_combination() { # ROLE
    echo "$exchange $auth ${our_ike%-*} ${our_ike##*-} $1 $verdict" >>"$table.grid"
}

# The grid: a column for each group; a cell says in which roles it passed.
print_grid() {
    [ -s "$table.grid" ] || return 0
    cat <<T

Each mode, method, group and hash with strongSwan, NAT-T, IPv4; ESP has the cipher and hash of phase 1:

T
    awk '
        { row = $1 " | " $2 " | " $3; passed = $6 == "passed" ? substr($5, 1, 4) "." : "-" }
        !(row in seen) { seen[row] = 1; rows[++row_count] = row }
        !($4 in column) { column[$4] = 1; groups[++group_count] = $4 }
        { cell[row, $4] = cell[row, $4] (cell[row, $4] == "" ? "" : " ") passed }
        END {
            head = "| mode | auth | phase 1 |"; line = "|---|---|---|"
            for (g = 1; g <= group_count; g++) { head = head " " groups[g] " |"; line = line "---|" }
            print head; print line
            for (r = 1; r <= row_count; r++) {
                out = "| " rows[r] " |"
                for (g = 1; g <= group_count; g++) out = out " " cell[rows[r], groups[g]] " |"
                print out
            }
        }' "$table.grid"
}

# The whole section.
print_table() {
    version=$(/usr/lib/ipsec/charon --version | sed -n 's/.*strongSwan //p')
    cat <<T
Peers: strongSwan $version, libreswan 4.10. "Role" is ours; certificates are sent on request. Passed
means: both sides up, our log the catalogue's line by line, with strongSwan SPIs crossed and the four
keys of our events equal to those it logs, the delete seen by the other side, and the gateway left with
status 0. A peer whose kernel has no ESP negotiates phase 1 only.
T
    print_grid
    cat <<T

Everything else; in tunnel mode where nothing else is said:

| peer | role | mode | auth | phase 1 | ESP | PFS | NAT-T | besides | result |
|---|---|---|---|---|---|---|---|---|---|
T
    cat "$table.esp" "$table.modes" "$table.natt" "$table.nat" "$table.frag" "$table.remote" "$table.pluto" "$table.plutos" "$table.plutomodes" "$table.field" 2>/dev/null
    cat <<T

What must fail, and does on both sides with the log line that says why:

| role | what is wrong | result |
|---|---|---|
T
    cat "$table.refused.natt" "$table.refused.certs" "$table.refused.field" 2>/dev/null
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
