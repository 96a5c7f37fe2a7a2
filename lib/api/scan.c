/* SPDX-License-Identifier: Apache-2.0 */
#include "api/scan.h"

#include <string.h>

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

struct ike_scan ike_scan(const char *text, ikev1_text_error *error) {
    const struct ike_scan all = {text, text, text, error};
    if (error != NULL)
        *error = (ikev1_text_error){0};
    return ike_scan_piece(&all, text, text + strlen(text));
}

struct ike_scan ike_scan_piece(const struct ike_scan *s, const char *p, const char *end) {
    while (p < end && is_blank(*p))
        p++;
    while (end > p && is_blank(end[-1]))
        end--;
    return (struct ike_scan){s->whole, p, end, s->error};
}

int ike_scan_fail(const struct ike_scan *s, const char *p, const char *end, const char *what,
                  const char *expected) {
    if (s->error != NULL)
        *s->error = (ikev1_text_error){(size_t)(p - s->whole), (size_t)(end - p), what, expected};
    return IKEV1_E_CONFIG;
}

bool ike_scan_entry(struct ike_scan *rest, char separator, struct ike_scan *entry) {
    if (rest->p == NULL)
        return false;
    const char *stop = ike_scan_find(rest->p, rest->end, separator);
    *entry = ike_scan_piece(rest, rest->p, stop);
    rest->p = stop < rest->end ? stop + 1 : NULL;
    return true;
}

bool ike_scan_is(const struct ike_scan *s, const char *word) {
    return ike_scan_len(s) == strlen(word) && ike_scan_starts(s, word);
}

bool ike_scan_starts(const struct ike_scan *s, const char *prefix) {
    size_t len = strlen(prefix);
    return ike_scan_len(s) >= len && memcmp(s->p, prefix, len) == 0;
}

const char *ike_scan_find(const char *p, const char *end, char c) {
    while (p < end && *p != c)
        p++;
    return p;
}

int ike_hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool ike_scan_number(const char *p, const char *end, uint32_t most, uint32_t *out) {
    uint64_t value = 0;
    if (p == end || (*p == '0' && end - p > 1))
        return false;
    for (; p < end; p++) {
        if (*p < '0' || *p > '9')
            return false;
        value = value * 10 + (uint64_t)(*p - '0');
        if (value > most)
            return false;
    }
    *out = (uint32_t)value;
    return true;
}
