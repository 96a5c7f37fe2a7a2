/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

#include <string.h>

enum { FIRST_ROOM = 4 };

void ike_ring_init(struct ike_ring *q, struct ike_mem *mem, size_t item_size) {
    *q = (struct ike_ring){.mem = mem, .item_size = item_size};
}

void ike_ring_free(struct ike_ring *q) {
    ike_free(q->mem, q->items, q->room * q->item_size);
    ike_ring_init(q, q->mem, q->item_size);
}

static uint8_t *item(const struct ike_ring *q, uint32_t nth) {
    uint32_t to_wrap = q->room - q->head;
    uint32_t at = nth < to_wrap ? q->head + nth : nth - to_wrap;
    return q->items + at * q->item_size;
}

int ike_ring_reserve(struct ike_ring *q, uint32_t more) {
    if (more <= q->room - q->count)
        return IKEV1_OK;
    if (more > UINT32_MAX / 4 - q->count)
        return IKEV1_E_MEMORY;
    uint32_t needed = q->count + more;
    uint32_t room = q->room + q->room / 2;
    if (room < FIRST_ROOM)
        room = FIRST_ROOM;
    if (room < needed)
        room = needed;
    if (room > SIZE_MAX / q->item_size)
        return IKEV1_E_MEMORY;
    uint8_t *items = ike_alloc(q->mem, room * q->item_size);
    if (items == NULL)
        return IKEV1_E_MEMORY;
    for (uint32_t i = 0; i < q->count; i++)
        memcpy(items + i * q->item_size, item(q, i), q->item_size);
    ike_free(q->mem, q->items, q->room * q->item_size);
    q->items = items;
    q->head = 0;
    q->room = room;
    return IKEV1_OK;
}

void *ike_ring_push(struct ike_ring *q) {
    if (q->count == q->room)
        return NULL;
    return memset(item(q, q->count++), 0, q->item_size);
}

void *ike_ring_peek(struct ike_ring *q) {
    return q->count > 0 ? item(q, 0) : NULL;
}

void ike_ring_pop(struct ike_ring *q) {
    if (q->count == 0)
        return;
    q->mem->wipe(item(q, 0), q->item_size);
    q->count--;
    q->head = q->head + 1 == q->room ? 0 : q->head + 1;
}
