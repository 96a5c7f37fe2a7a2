/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for an engine (struct counted's `from`) out of one piece, without a pointer to anywhere
 * else: a copy of the piece is a copy of all that an engine is, and writing the copy back brings
 * the engine back.
 */
#ifndef TEST_ARENA_H
#define TEST_ARENA_H

#include <ikev1/config.h>

enum { ARENA_SIZE = 192 * 1024, ARENA_CLASSES = 24 };

struct arena {
    ikev1_allocator allocator;
    uint32_t used;                  /* of `bytes`; what is behind it has never been in use */
    uint32_t unused[ARENA_CLASSES]; /* blocks of 2^n bytes: offset + 1 of the first; 0 = none */
    _Alignas(max_align_t) uint8_t bytes[ARENA_SIZE];
};

void arena_init(struct arena *a);
/* Bytes from the start of `a` that a copy has to have. */
size_t arena_span(const struct arena *a);

#endif
