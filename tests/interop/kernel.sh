# SPDX-License-Identifier: Apache-2.0
# The gateway's traffic carried by Linux (data = kernel): in the guest, whose kernel has ESP. To be
# sourced.

part_kernel() {
    name='data = kernel, in a guest kernel'
    if ldd "$gateway" | grep -q libasan; then
        skip_case "$name" 'programs with AddressSanitizer do not start there'
    elif ! ldd "$gateway" | grep -q libmnl; then
        skip_case "$name" 'the gateway was built without libmnl'
    elif { fetch_guest && start_guest; } >"$work/why"; then
        sh "$peers/kernel-esp.sh" in "$guest" sh "$here/kernel_guest.sh" "$gateway" "$peers" ||
            failures=1
    else
        skip_case "$name" "$(cat "$work/why")"
    fi
}
