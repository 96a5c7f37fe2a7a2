/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

#include <string.h>

enum { FIRST_SLOTS = 16 };

void ike_tally_init(struct ike_tally *t, struct ike_mem *mem) {
    *t = (struct ike_tally){.mem = mem};
}

void ike_tally_free(struct ike_tally *t) {
    if (t->slots != NULL)
        ike_free(t->mem, t->slots, ((size_t)t->mask + 1) * sizeof(*t->slots));
    t->slots = NULL;
    t->used = t->mask = 0;
}

/* The slot of a key, or the free one where it would stand. */
static uint32_t seek(const struct ike_tally *t, uint32_t hash) {
    uint32_t at = hash & t->mask;
    while (t->slots[at].count != 0 && t->slots[at].hash != hash)
        at = (at + 1) & t->mask;
    return at;
}

int ike_tally_reserve(struct ike_tally *t) {
    uint64_t size = t->slots != NULL ? (uint64_t)t->mask + 1 : 0;
    if ((uint64_t)t->used + 1 < size - size / 4)
        return IKEV1_OK;
    size = size != 0 ? 2 * size : FIRST_SLOTS;
    if (size > (uint64_t)UINT32_MAX / 2 || size > SIZE_MAX / sizeof(*t->slots))
        return IKEV1_E_MEMORY;
    struct ike_tally grown = {.mem = t->mem, .used = t->used, .mask = (uint32_t)size - 1};
    grown.slots = ike_alloc(t->mem, (size_t)size * sizeof(*t->slots));
    if (grown.slots == NULL)
        return IKEV1_E_MEMORY;
    for (uint32_t i = 0; t->slots != NULL && i <= t->mask; i++)
        if (t->slots[i].count != 0)
            grown.slots[seek(&grown, t->slots[i].hash)] = t->slots[i];
    ike_tally_free(t);
    *t = grown;
    return IKEV1_OK;
}

struct ike_tally_slot *ike_tally_find(const struct ike_tally *t, uint32_t hash) {
    uint32_t at = t->slots != NULL ? seek(t, hash) : 0;
    return t->slots != NULL && t->slots[at].count != 0 ? &t->slots[at] : NULL;
}

struct ike_tally_slot *ike_tally_up(struct ike_tally *t, uint32_t hash) {
    struct ike_tally_slot *slot = &t->slots[seek(t, hash)];
    if (slot->count++ == 0) {
        slot->hash = hash;
        t->used++;
    }
    return slot;
}

/* What stands behind a gap moves up, as far as its own place allows. */
static void close_gap(struct ike_tally *t, uint32_t gap) {
    for (uint32_t at = (gap + 1) & t->mask; t->slots[at].count != 0; at = (at + 1) & t->mask) {
        uint32_t home = t->slots[at].hash & t->mask;
        if (((at - home) & t->mask) >= ((at - gap) & t->mask)) {
            t->slots[gap] = t->slots[at];
            gap = at;
        }
    }
    memset(&t->slots[gap], 0, sizeof(t->slots[gap]));
}

void ike_tally_down(struct ike_tally *t, uint32_t hash) {
    struct ike_tally_slot *slot = ike_tally_find(t, hash);
    if (slot == NULL || --slot->count != 0)
        return;
    t->used--;
    close_gap(t, (uint32_t)(slot - t->slots));
}
