/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gateway_prefix.h"

static unsigned width(const ikev1_selector *selector) {
    return selector->family == 4 ? 32 : 128;
}

static bool bit_at(const uint8_t *address, unsigned bit) {
    return (address[bit / 8] >> (7 - bit % 8) & 1) != 0;
}

/* The last address of a prefix. */
static void last_of(const struct prefix *prefix, unsigned bits, uint8_t last[16]) {
    memcpy(last, prefix->address, 16);
    for (unsigned bit = prefix->len; bit < bits; bit++) {
        last[bit / 8] |= (uint8_t)(1u << (7 - bit % 8));
    }
}

/* The address behind; false when there is none. */
static bool step(uint8_t *address, size_t len) {
    while (len > 0 && ++address[len - 1] == 0) {
        len--;
    }
    return len > 0;
}

bool prefix_next(const ikev1_selector *selector, struct prefix *prefix) {
    unsigned bits = width(selector);
    uint8_t last[16];
    if (prefix->family == 0) {
        *prefix = (struct prefix){.family = selector->family};
        memcpy(prefix->address, selector->start, bits / 8);
    } else {
        last_of(prefix, bits, last);
        if (memcmp(last, selector->end, bits / 8) == 0 || !step(last, bits / 8)) {
            return false;
        }
        memcpy(prefix->address, last, 16);
    }
    /* the widest one that begins here and does not go beyond the end */
    prefix->len = (uint8_t)bits;
    while (prefix->len > 0 && !bit_at(prefix->address, prefix->len - 1u)) {
        prefix->len--;
        last_of(prefix, bits, last);
        if (memcmp(last, selector->end, bits / 8) > 0) {
            prefix->len++;
            break;
        }
    }
    return true;
}

bool prefix_covers(const ikev1_selector *selector, uint8_t family, const uint8_t *ip) {
    size_t len = selector->family == 4 ? 4 : 16;
    return family != 0 && selector->family == family && memcmp(ip, selector->start, len) >= 0 &&
           memcmp(ip, selector->end, len) <= 0;
}

bool prefix_whole(const ikev1_selector *selector, struct prefix *prefix) {
    struct prefix more;
    *prefix = (struct prefix){0};
    prefix_next(selector, prefix);
    more = *prefix;
    return !prefix_next(selector, &more);
}

bool prefix_same_network(const ikev1_selector *a, const ikev1_selector *b) {
    return a->family == b->family && memcmp(a->start, b->start, sizeof a->start) == 0 &&
           memcmp(a->end, b->end, sizeof a->end) == 0;
}
