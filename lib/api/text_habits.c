/* SPDX-License-Identifier: Apache-2.0 */
/* Habits of peers and variants of NAT traversal, by name. */
#include "api/scan.h"

#include <ikev1/phases.h>
#include <ikev1/quirk.h>

int ikev1_quirks_parse(const char *text, uint32_t *on, uint32_t *off, ikev1_text_error *error) {
    if (text == NULL || on == NULL || off == NULL)
        return IKEV1_E_ARGUMENT;
    struct ike_scan rest = ike_scan(text, error), entry;
    uint32_t bits[2] = {0, 0}; /* on, off */
    while (ike_scan_entry(&rest, ',', &entry)) {
        const bool minus = ike_scan_starts(&entry, "-");
        struct ike_scan name = entry;
        name.p += minus ? 1 : 0;
        uint32_t found = ike_scan_is(&name, "all") ? (uint32_t)IKEV1_QUIRKS_ALL : 0;
        for (uint32_t bit = 1; found == 0 && (bit & IKEV1_QUIRKS_ALL) != 0; bit <<= 1)
            found = ike_scan_is(&name, ikev1_quirk_name(bit)) ? bit : 0;
        if (found == 0)
            return ike_scan_fail(&entry, entry.p, entry.end, "unknown name",
                                 "names of ikev1/quirk.h, or all; with a minus to refuse them");
        bits[minus] |= found;
    }
    *on = bits[0];
    *off = bits[1];
    return IKEV1_OK;
}

static const uint16_t NATT_BITS[] = {
#define BITS(name, bits, text) bits,
    IKEV1_NATTS(BITS) IKEV1_NATT_USUAL, IKEV1_NATT_ALL};
static const char NATT_NAMES[] =
#define NAME(name, bits, text) text "\0"
    IKEV1_NATTS(NAME) "usual\0all\0";

int ikev1_natt_parse(const char *text, uint16_t *out, ikev1_text_error *error) {
    if (text == NULL || out == NULL)
        return IKEV1_E_ARGUMENT;
    struct ike_scan rest = ike_scan(text, error), entry;
    uint16_t all = 0;
    while (ike_scan_entry(&rest, ',', &entry)) {
        const char *name = NATT_NAMES;
        size_t i = 0;
        for (; *name != '\0' && !ike_scan_is(&entry, name); i++)
            name = ike_text_after(name);
        if (*name == '\0')
            return ike_scan_fail(&entry, entry.p, entry.end, "unknown name",
                                 "rfc3947, draft-00 to draft-08, usual, all");
        all |= NATT_BITS[i];
    }
    *out = all;
    return IKEV1_OK;
}
