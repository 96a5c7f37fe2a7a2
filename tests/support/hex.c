/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

static int digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Writes the bytes to `out`, unless it is NULL; returns how many there are. */
static size_t convert(const char *text, uint8_t *out) {
    size_t len = 0;
    for (const char *p = text; *p != '\0';) {
        if (*p == ' ') {
            p++;
            continue;
        }
        int high = digit(p[0]), low = high >= 0 ? digit(p[1]) : -1;
        if (low < 0)
            fail_msg("not hex: %s", p);
        p += 2;
        size_t times = 1;
        if (*p == '*') {
            char *end;
            times = strtoul(p + 1, &end, 10);
            p = end;
        }
        if (out != NULL)
            memset(out + len, high * 16 + low, times);
        len += times;
    }
    return len;
}

ikev1_bytes hex_make(const char *text) {
    size_t len = convert(text, NULL);
    uint8_t *out = malloc(len > 0 ? len : 1);
    assert_non_null(out);
    convert(text, out);
    return (ikev1_bytes){out, len};
}

void hex_free(ikev1_bytes bytes) {
    free((void *)(uintptr_t)bytes.data);
}

ikev1_bytes bytes_copy(ikev1_bytes from) {
    uint8_t *out = malloc(from.len > 0 ? from.len : 1);
    assert_non_null(out);
    if (from.len > 0)
        memcpy(out, from.data, from.len);
    return (ikev1_bytes){out, from.len};
}
