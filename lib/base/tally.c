/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

enum { FIRST_SLOTS = 16 };

void ike_tally_init(struct ike_tally *t, struct ike_mem *mem, bool lined) {
    *t = (struct ike_tally){.mem = mem, .lined = lined};
}

static size_t size_of(const struct ike_tally *t, size_t each) {
    return ((size_t)t->mask + 1) * each;
}

void ike_tally_free(struct ike_tally *t) {
    ike_free(t->mem, t->lines, size_of(t, sizeof(*t->lines)));
    ike_free(t->mem, t->slots, size_of(t, sizeof(*t->slots)));
    ike_tally_init(t, t->mem, t->lined);
}

/* The slot of a key, or the free one where it would stand. */
static uint32_t seek(const struct ike_tally *t, uint32_t hash) {
    uint32_t at = hash & t->mask;
    while (t->slots[at].count != 0 && t->slots[at].hash != hash)
        at = (at + 1) & t->mask;
    return at;
}

static void move(struct ike_tally *to, uint32_t at, const struct ike_tally *from, uint32_t i) {
    to->slots[at] = from->slots[i];
    if (to->lined)
        to->lines[at] = from->lines[i];
}

int ike_tally_reserve(struct ike_tally *t) {
    uint64_t size = t->slots != NULL ? (uint64_t)t->mask + 1 : 0;
    if ((uint64_t)t->used + 1 < size - size / 4)
        return IKEV1_OK;
    size = size != 0 ? 2 * size : FIRST_SLOTS;
    if (size > (uint64_t)UINT32_MAX / 2 || size > SIZE_MAX / sizeof(*t->lines))
        return IKEV1_E_MEMORY;
    struct ike_tally grown = *t;
    grown.mask = (uint32_t)size - 1;
    grown.slots = ike_alloc(t->mem, (size_t)size * sizeof(*t->slots));
    grown.lines = t->lined ? ike_alloc(t->mem, (size_t)size * sizeof(*t->lines)) : NULL;
    if (grown.slots == NULL || (t->lined && grown.lines == NULL)) {
        ike_tally_free(&grown);
        return IKEV1_E_MEMORY;
    }
    for (uint32_t i = 0; t->slots != NULL && i <= t->mask; i++)
        if (t->slots[i].count != 0)
            move(&grown, seek(&grown, t->slots[i].hash), t, i);
    ike_tally_free(t);
    *t = grown;
    return IKEV1_OK;
}

struct ike_tally_slot *ike_tally_find(const struct ike_tally *t, uint32_t hash) {
    uint32_t at = t->slots != NULL ? seek(t, hash) : 0;
    return t->slots != NULL && t->slots[at].count != 0 ? &t->slots[at] : NULL;
}

struct ike_line *ike_tally_line(const struct ike_tally *t, const struct ike_tally_slot *slot) {
    return &t->lines[slot - t->slots];
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
            move(t, gap, t, at);
            gap = at;
        }
    }
    t->slots[gap] = (struct ike_tally_slot){0, 0};
    if (t->lined)
        t->lines[gap] = (struct ike_line){0, 0};
}

void ike_tally_down(struct ike_tally *t, uint32_t hash) {
    struct ike_tally_slot *slot = ike_tally_find(t, hash);
    if (slot == NULL || --slot->count != 0)
        return;
    t->used--;
    close_gap(t, (uint32_t)(slot - t->slots));
}
