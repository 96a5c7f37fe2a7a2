# SPDX-License-Identifier: Apache-2.0
# The gateway's traffic carried by Linux (data = kernel): in the guest, whose kernel has ESP. To be
# sourced.

# in_guest WHAT SCRIPT: its results are printed there.
in_guest() {
    name="data = kernel, $1"
    if ldd "$gateway" | grep -q libasan; then
        skip_case "$name" 'programs with AddressSanitizer do not start there'
    elif ! ldd "$gateway" | grep -q libmnl; then
        skip_case "$name" 'the gateway was built without libmnl'
    elif { fetch_guest && start_guest; } >"$work/why"; then
        # it would wait for ever for a dead guest
        timeout 240 sh "$peers/kernel-esp.sh" in "$guest" sh "$here/$2" "$gateway" "$peers" || failures=1
    else
        skip_case "$name" "$(cat "$work/why")"
    fi
}

part_kernel() {
    in_guest 'in a guest kernel' kernel_guest.sh
}

# What Linux does with packets of our rules while there are no SAs.
part_trap() {
    in_guest 'without SAs' trap_guest.sh
}
