/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

#include <string.h>

static const char HEX[] = "0123456789abcdef";

struct ike_text ike_text(char *out, size_t cap) {
    if (cap > 0)
        out[0] = '\0';
    return (struct ike_text){out, cap, 0};
}

/* Texts are short: byte by byte is faster than memcpy(). */
static void put(struct ike_text *t, const char *s, size_t len) {
    size_t at = t->len;
    t->len += len;
    if (at + 1 >= t->cap)
        return;
    for (; len != 0 && at + 1 < t->cap; len--)
        t->out[at++] = *s++;
    t->out[at] = '\0';
}

void ike_text_str(struct ike_text *t, const char *s) {
    put(t, s, strlen(s));
}

void ike_text_bytes(struct ike_text *t, ikev1_bytes from) {
    for (size_t i = 0; i < from.len; i++) {
        uint8_t b = from.data[i];
        if (b == '\\') {
            put(t, "\\\\", 2);
        } else if (b >= 0x20 && b < 0x7f) {
            put(t, (const char *)&from.data[i], 1);
        } else {
            const char escaped[4] = {'\\', 'x', HEX[b >> 4], HEX[b & 15]};
            put(t, escaped, sizeof(escaped));
        }
    }
}

void ike_text_escaped(struct ike_text *t, const char *s, size_t most) {
    for (; most != 0 && *s != '\0'; s++, most--) {
        if (*s == '\\')
            put(t, s, 1);
        else
            ike_text_bytes(t, ike_bytes(s, 1));
    }
}

void ike_text_hex(struct ike_text *t, ikev1_bytes from) {
    for (size_t i = 0; i < from.len; i++) {
        const char pair[2] = {HEX[from.data[i] >> 4], HEX[from.data[i] & 15]};
        put(t, pair, sizeof(pair));
    }
}

void ike_text_u64(struct ike_text *t, uint64_t v) {
    char digits[20];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    put(t, digits + at, sizeof(digits) - at);
}

static void put_ipv4(struct ike_text *t, const uint8_t *ip) {
    for (size_t i = 0; i < 4; i++) {
        if (i > 0)
            put(t, ".", 1);
        ike_text_u64(t, ip[i]);
    }
}

static void put_group(struct ike_text *t, unsigned v) {
    bool begun = false;
    for (unsigned shift = 16; shift > 0;) {
        shift -= 4;
        unsigned digit = v >> shift & 15;
        if (digit != 0 || begun || shift == 0) {
            put(t, &HEX[digit], 1);
            begun = true;
        }
    }
}

/* The longest run of zero groups, of at least two, is written "::" (RFC 5952 4.2). */
static void put_ipv6(struct ike_text *t, const uint8_t *ip) {
    unsigned groups[8];
    size_t gap_at = 8, gap_len = 1, run = 0;
    for (size_t i = 0; i < 8; i++) {
        groups[i] = (unsigned)ip[2 * i] << 8 | ip[2 * i + 1];
        run = groups[i] == 0 ? run + 1 : 0;
        if (run > gap_len) {
            gap_len = run;
            gap_at = i + 1 - run;
        }
    }
    for (size_t i = 0; i < 8; i++) {
        if (i == gap_at) {
            put(t, "::", 2);
            i += gap_len - 1;
            continue;
        }
        if (i > 0 && (gap_at == 8 || i != gap_at + gap_len))
            put(t, ":", 1);
        put_group(t, groups[i]);
    }
}

void ike_text_address(struct ike_text *t, const ikev1_address *a) {
    if (a->family == 4)
        put_ipv4(t, a->ip);
    else if (a->family == 6)
        put_ipv6(t, a->ip);
    else
        ike_text_str(t, "none");
}

void ike_text_number(struct ike_text *t, const char *before, uint64_t v) {
    ike_text_str(t, before);
    ike_text_u64(t, v);
}

void ike_text_name(struct ike_text *t, int kind, uint32_t number) {
    const char *name = ikev1_name(kind, number);
    if (name != NULL)
        ike_text_str(t, name);
    else
        ike_text_u64(t, number);
}
