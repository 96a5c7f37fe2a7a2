/* SPDX-License-Identifier: Apache-2.0 */
/* Which sequence numbers of an inbound SA have been seen: RFC 4303 3.4.3, and A2 for 64 bits. */
#ifndef GATEWAY_REPLAY_H
#define GATEWAY_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REPLAY_DEFAULT = 64, REPLAY_RING = 512 }; /* the ring has room for the largest window, 255 */

struct replay {
    uint64_t top;  /* the highest that was authentic */
    uint32_t size; /* how many numbers, from the top down, may still come */
    uint64_t seen[REPLAY_RING / 64];
};

/* size 0 = REPLAY_DEFAULT. */
void replay_init(struct replay *replay, uint8_t size);

/* The 64-bit number that 32 bits on the wire stand for (RFC 4303 A2.2). 0 = none: too old. */
uint64_t replay_extend(const struct replay *replay, uint32_t low);

/* Neither seen nor older than the window. */
bool replay_is_new(const struct replay *replay, uint64_t sequence);

/* After the packet has proved authentic, and only then. */
void replay_note(struct replay *replay, uint64_t sequence);

#endif
