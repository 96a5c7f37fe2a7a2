/* SPDX-License-Identifier: Apache-2.0 */
#include "alloc.h"

#include <stdlib.h>
#include <string.h>

/* In front of every block, as large as malloc aligns: the length that was asked for. */
union head {
    size_t len;
    max_align_t align;
};

static void *count_alloc(void *user, size_t len) {
    struct counted *c = user;
    c->calls++;
    if (c->fail_at != 0 && (c->calls == c->fail_at || (c->from_there && c->calls > c->fail_at))) {
        c->failed++;
        return NULL;
    }
    const size_t whole = sizeof(union head) + len;
    union head *head = c->from != NULL ? c->from->alloc(c->from->user, whole) : malloc(whole);
    if (head == NULL)
        return NULL;
    head->len = len;
    memset(head + 1, 0xa5, len); /* nobody may count on zeros */
    c->live++;
    c->live_bytes += len;
    if (c->live_bytes > c->peak_bytes)
        c->peak_bytes = c->live_bytes;
    return head + 1;
}

static void count_release(void *user, void *p, size_t len) {
    struct counted *c = user;
    union head *head = (union head *)p - 1;
    const uint8_t *bytes = p;
    uint8_t any = 0;
    if (head->len != len)
        c->wrong_length++;
    for (size_t i = 0; i < head->len; i++)
        any |= bytes[i];
    if (any != 0)
        c->unwiped++;
    c->live--;
    c->live_bytes -= head->len;
    if (c->from != NULL)
        c->from->release(c->from->user, head, sizeof *head + head->len);
    else
        free(head);
}

void counted_init(struct counted *c) {
    *c = (struct counted){.allocator = {NULL, count_alloc, count_release}};
    c->allocator.user = c;
}
