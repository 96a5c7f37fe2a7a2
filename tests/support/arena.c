/* SPDX-License-Identifier: Apache-2.0 */
#include "arena.h"

#include <string.h>

/* The power of two that holds `len`. */
static unsigned class_of(size_t len) {
    unsigned n = 4;
    while ((size_t)1 << n < len)
        n++;
    return n;
}

static void *take(void *user, size_t len) {
    struct arena *a = user;
    const unsigned n = class_of(len);
    uint32_t at = a->unused[n];
    if (at != 0) {
        memcpy(&a->unused[n], a->bytes + at - 1, sizeof at);
        at--;
    } else {
        if (n >= ARENA_CLASSES || ((size_t)1 << n) > ARENA_SIZE - a->used)
            return NULL;
        at = a->used;
        a->used += (uint32_t)1 << n;
    }
    return a->bytes + at;
}

static void give_back(void *user, void *p, size_t len) {
    struct arena *a = user;
    const unsigned n = class_of(len);
    const uint32_t at = (uint32_t)((uint8_t *)p - a->bytes) + 1;
    memcpy(p, &a->unused[n], sizeof at);
    a->unused[n] = at;
}

void arena_init(struct arena *a) {
    memset(a, 0, sizeof *a);
    a->allocator = (ikev1_allocator){a, take, give_back};
}

size_t arena_span(const struct arena *a) {
    return offsetof(struct arena, bytes) + a->used;
}
