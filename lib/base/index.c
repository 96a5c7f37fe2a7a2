/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linear probing in Robin Hood order: along a run of slots the distance from home never drops by
 * more than the run demands, so that a search ends at the first slot that is nearer to its home
 * than the search is to its own. Removal shifts the rest of the run back: no tombstones.
 */
#include "base/base.h"

enum { FIRST_SLOTS = 8 };

void ike_index_init(struct ike_index *x, struct ike_mem *mem) {
    *x = (struct ike_index){.mem = mem};
}

void ike_index_free(struct ike_index *x) {
    ike_free(x->mem, x->slots, x->slots != NULL ? ((size_t)x->mask + 1) * sizeof(*x->slots) : 0);
    ike_index_init(x, x->mem);
}

static uint32_t distance(const struct ike_index *x, uint32_t at) {
    return (at - x->slots[at].hash) & x->mask;
}

void ike_index_add(struct ike_index *x, uint32_t hash, uint32_t value) {
    if (x->count >= x->mask) /* always room: whoever adds has reserved */
        return;
    struct ike_index_slot carried = {hash, value};
    uint32_t at = hash & x->mask;
    for (uint32_t far = 0; x->slots[at].value != 0; far++, at = (at + 1) & x->mask) {
        uint32_t resident = distance(x, at);
        if (resident < far) {
            struct ike_index_slot swap = x->slots[at];
            x->slots[at] = carried;
            carried = swap;
            far = resident;
        }
    }
    x->slots[at] = carried;
    x->count++;
}

int ike_index_reserve(struct ike_index *x, uint32_t more) {
    uint64_t needed = (uint64_t)x->count + more;
    uint64_t size = x->slots != NULL ? (uint64_t)x->mask + 1 : FIRST_SLOTS;
    while (needed > size - size / 8)
        size *= 2;
    if (x->slots != NULL && size == (uint64_t)x->mask + 1)
        return IKEV1_OK;
    if (size > (uint64_t)UINT32_MAX / 2 || size > SIZE_MAX / sizeof(*x->slots))
        return IKEV1_E_MEMORY;
    struct ike_index grown = {.mem = x->mem, .mask = (uint32_t)size - 1};
    grown.slots = ike_alloc(x->mem, (size_t)size * sizeof(*grown.slots));
    if (grown.slots == NULL)
        return IKEV1_E_MEMORY;
    for (uint32_t i = 0; x->slots != NULL && i <= x->mask; i++)
        if (x->slots[i].value != 0)
            ike_index_add(&grown, x->slots[i].hash, x->slots[i].value);
    ike_index_free(x);
    *x = grown;
    return IKEV1_OK;
}

static bool same_value(const void *ctx, uint32_t value) {
    return *(const uint32_t *)ctx == value;
}

/* The slot, or one past the last. */
static uint32_t seek(const struct ike_index *x, uint32_t hash, ike_index_match match,
                     const void *ctx) {
    if (x->slots == NULL)
        return 1;
    uint32_t at = hash & x->mask;
    for (uint32_t far = 0; x->slots[at].value != 0 && distance(x, at) >= far; far++) {
        if (x->slots[at].hash == hash && match(ctx, x->slots[at].value))
            return at;
        at = (at + 1) & x->mask;
    }
    return x->mask + 1;
}

void ike_index_remove(struct ike_index *x, uint32_t hash, uint32_t value) {
    uint32_t at = seek(x, hash, same_value, &value);
    if (at > x->mask)
        return;
    for (;;) {
        uint32_t next = (at + 1) & x->mask;
        if (x->slots[next].value == 0 || distance(x, next) == 0)
            break;
        x->slots[at] = x->slots[next];
        at = next;
    }
    x->slots[at] = (struct ike_index_slot){0, 0};
    x->count--;
}

uint32_t ike_index_find(const struct ike_index *x, uint32_t hash, ike_index_match match,
                        const void *ctx) {
    uint32_t at = seek(x, hash, match, ctx);
    return at <= x->mask ? x->slots[at].value : 0;
}
