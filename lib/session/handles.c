/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles: kind and generation above, slot below. A slot is used again, a generation is not, so
 * that a handle of something that has ended finds nothing (MEM-07).
 */
#include "session/session.h"

enum { KIND_SHIFT = 30 };
#define GENERATION_MASK ((1u << KIND_SHIFT) - 1)

static int grow(struct ike_handles *h) {
    uint32_t room = h->room != 0 ? h->room + h->room / 2 : 16;
    struct ike_slot *slots =
        ike_grow(h->mem, h->slots, h->room * sizeof *slots, room * sizeof *slots);
    if (slots == NULL)
        return IKEV1_E_MEMORY;
    h->slots = slots;
    h->room = room;
    return IKEV1_OK;
}

int ike_handle_new(struct ike_handles *h, int kind, void *object, ikev1_handle *handle) {
    uint32_t slot = h->free;
    if (slot != 0) {
        h->free = h->slots[slot].next_free;
    } else {
        if (h->used + 1 >= h->room && grow(h) != IKEV1_OK)
            return IKEV1_E_MEMORY;
        slot = ++h->used;
        h->slots[slot].tag = 0;
    }
    struct ike_slot *s = &h->slots[slot];
    s->object = object;
    s->tag = (uint32_t)kind << KIND_SHIFT | ((s->tag + 1) & GENERATION_MASK);
    *handle = (uint64_t)s->tag << 32 | slot;
    return IKEV1_OK;
}

void ike_handle_end(struct ike_handles *h, ikev1_handle handle) {
    uint32_t slot = ike_slot_of(handle);
    h->slots[slot].object = NULL;
    h->slots[slot].next_free = h->free;
    h->free = slot;
}

void *ike_handle_find(const struct ike_handles *h, int kind, ikev1_handle handle) {
    uint32_t slot = ike_slot_of(handle), tag = (uint32_t)(handle >> 32);
    if (slot == 0 || slot > h->used || tag >> KIND_SHIFT != (uint32_t)kind ||
        h->slots[slot].tag != tag)
        return NULL;
    return h->slots[slot].object;
}

void *ike_handle_at(const struct ike_handles *h, int kind, uint32_t slot) {
    bool fits = slot != 0 && slot <= h->used && h->slots[slot].tag >> KIND_SHIFT == (uint32_t)kind;
    return fits ? h->slots[slot].object : NULL;
}
