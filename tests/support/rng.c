/* SPDX-License-Identifier: Apache-2.0 */
#include "rng.h"

#include <string.h>

#include <ikev1/error.h>

static uint64_t next(struct rng *r) { /* splitmix64 */
    uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void rng_init(struct rng *r, uint64_t seed) {
    *r = (struct rng){.state = seed};
}

int rng_fill(void *rng, uint8_t *out, size_t len) {
    struct rng *r = rng;
    r->calls++;
    if (r->fail_at != 0 && (r->calls == r->fail_at || (r->from_there && r->calls > r->fail_at)))
        return IKEV1_E_RANDOM;
    if (r->stuck) {
        memset(out, 0x5a, len);
        return IKEV1_OK;
    }
    uint64_t word = 0;
    for (size_t i = 0; i < len; i++, word >>= 8) {
        if (i % 8 == 0)
            word = next(r);
        out[i] = (uint8_t)word;
    }
    return IKEV1_OK;
}

uint32_t rng_below(struct rng *r, uint32_t bound) {
    return (uint32_t)(next(r) % bound);
}
