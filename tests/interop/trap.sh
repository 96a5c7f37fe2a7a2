# SPDX-License-Identifier: Apache-2.0
# What Linux does with packets of our rules while there are no SAs (data = kernel): in the guest, whose
# kernel has ESP. To be sourced.

part_trap() {
    name='data = kernel, without SAs'
    if ldd "$gateway" | grep -q libasan; then
        skip_case "$name" 'programs with AddressSanitizer do not start there'
    elif ! ldd "$gateway" | grep -q libmnl; then
        skip_case "$name" 'the gateway was built without libmnl'
    elif { fetch_guest && start_guest; } >"$work/why"; then
        # it would wait for ever for a dead guest
        timeout 180 sh "$peers/kernel-esp.sh" in "$guest" sh "$here/trap_guest.sh" "$gateway" "$peers" ||
            failures=1
    else
        skip_case "$name" "$(cat "$work/why")"
    fi
}
