/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sorting in place and without recursion: a heap.
 */
#include "rules/table.h"

struct heap {
    uint8_t *items;
    size_t size;
    ike_sort_order order;
    const void *ctx;
};

static int order_of(const struct heap *h, size_t a, size_t b) {
    return h->order(h->items + a * h->size, h->items + b * h->size, h->ctx);
}

static void swap(const struct heap *h, size_t a, size_t b) {
    uint8_t *x = h->items + a * h->size, *y = h->items + b * h->size;
    for (size_t i = 0; i < h->size; i++) {
        uint8_t moved = x[i];
        x[i] = y[i];
        y[i] = moved;
    }
}

static void sift(const struct heap *h, size_t at, size_t count) {
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && order_of(h, child, child + 1) < 0)
            child++;
        if (order_of(h, at, child) >= 0)
            return;
        swap(h, at, child);
    }
}

void ike_sort(void *items, size_t count, size_t size, ike_sort_order order, const void *ctx) {
    const struct heap h = {items, size, order, ctx};
    for (size_t i = count / 2; i-- > 0;)
        sift(&h, i, count);
    for (size_t end = count; end > 1;) {
        swap(&h, 0, --end);
        sift(&h, 0, end);
    }
}
