/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seeded random for ikev1_config.random: the same seed gives the same run. One call, or
 * every call from one on, can be made to fail (CRY-03).
 */
#ifndef TEST_RNG_H
#define TEST_RNG_H

#include <ikev1/types.h>

struct rng {
    uint64_t state;
    uint64_t calls;   /* so far */
    uint64_t fail_at; /* this call fails, counted from 1; 0 = none */
    bool from_there;  /* and every later one too */
    bool stuck;       /* always the same bytes (CRY-02) */
};

void rng_init(struct rng *r, uint64_t seed);
int rng_fill(void *rng, uint8_t *out, size_t len); /* as ikev1_config.random wants it */
uint32_t rng_below(struct rng *r, uint32_t bound); /* for tests that choose at random */

#endif
