/* SPDX-License-Identifier: Apache-2.0 */
/* A selector's range as the prefixes that routes and kernel policies are made of. */
#ifndef GATEWAY_PREFIX_H
#define GATEWAY_PREFIX_H

#include <ikev1/ikev1.h>

struct prefix {
    uint8_t family;
    uint8_t address[16];
    uint8_t len; /* in bits */
};

/*
 * The prefixes of a range, one after the other: begin with `prefix` all zero. False when there are
 * no more.
 *
 *     for (struct prefix p = {0}; prefix_next(selector, &p);)
 */
bool prefix_next(const ikev1_selector *selector, struct prefix *prefix);

/* Whether an address is in the range. */
bool prefix_covers(const ikev1_selector *selector, uint8_t family, const uint8_t *ip);

/* Whether two ranges are the same, whatever protocol and port. */
bool prefix_same_network(const ikev1_selector *a, const ikev1_selector *b);

/* Whether the range is one prefix. */
bool prefix_whole(const ikev1_selector *selector, struct prefix *prefix);

#endif
