/* SPDX-License-Identifier: Apache-2.0 */
/* The anti-replay window: a ring of bits, one for each of the latest sequence numbers. */
#include "gateway_replay.h"

void replay_init(struct replay *replay, uint8_t size) {
    *replay = (struct replay){.size = size != 0 ? size : REPLAY_DEFAULT};
}

static uint64_t *word_of(struct replay *replay, uint64_t sequence) {
    return &replay->seen[sequence % REPLAY_RING / 64];
}

static uint64_t bit_of(uint64_t sequence) {
    return (uint64_t)1 << sequence % 64;
}

/* Of the two numbers with these low bits that are nearest the window: the one not below it. */
uint64_t replay_extend(const struct replay *replay, uint32_t low) {
    uint64_t bottom = replay->top >= replay->size ? replay->top - replay->size + 1 : 0;
    uint64_t sequence = (bottom & ~(uint64_t)UINT32_MAX) | low;
    if (sequence >= bottom) {
        return sequence;
    }
    return sequence <= UINT64_MAX - ((uint64_t)1 << 32) ? sequence + ((uint64_t)1 << 32) : 0;
}

bool replay_is_new(const struct replay *replay, uint64_t sequence) {
    if (sequence > replay->top) {
        return true;
    }
    return sequence != 0 && replay->top - sequence < replay->size &&
           (replay->seen[sequence % REPLAY_RING / 64] & bit_of(sequence)) == 0;
}

void replay_note(struct replay *replay, uint64_t sequence) {
    if (sequence > replay->top) {
        uint64_t skipped = sequence - replay->top;
        for (uint64_t n = 0; n < skipped && n < REPLAY_RING; n++) {
            *word_of(replay, sequence - n) &= ~bit_of(sequence - n);
        }
        replay->top = sequence;
    }
    *word_of(replay, sequence) |= bit_of(sequence);
}
