/* SPDX-License-Identifier: Apache-2.0 */
/* SA bodies, written proposal by proposal, as a peer would have sent them. */
#ifndef TEST_SABODY_H
#define TEST_SABODY_H

#include "wire/wire.h"

struct sa_body {
    uint8_t bytes[16384];
    struct ike_writer w;
    struct ike_sa_writer s;
};

void sa_body_begin(struct sa_body *b);
/* A proposal of one transform; `number` equal to the one before: the two belong together. */
void sa_body_add(struct sa_body *b, uint8_t number, const struct ike_suite *suite,
                 const uint8_t *spi, size_t spi_len);
ikev1_bytes sa_body_end(struct sa_body *b); /* the wire's decoder takes it, or the test fails */

#endif
