/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

enum { ARITY = 4, FIRST_ROOM = 16 };

void ike_timers_init(struct ike_timers *t, struct ike_mem *mem) {
    *t = (struct ike_timers){.mem = mem};
}

void ike_timers_free(struct ike_timers *t) {
    ike_free(t->mem, t->heap, t->room * sizeof(*t->heap));
    ike_timers_init(t, t->mem);
}

int ike_timers_reserve(struct ike_timers *t, uint32_t more) {
    if (more > UINT32_MAX / 4 - t->reserved)
        return IKEV1_E_MEMORY;
    uint32_t needed = t->reserved + more;
    if (needed > t->room) {
        uint32_t room = t->room + t->room / 2;
        if (room < FIRST_ROOM)
            room = FIRST_ROOM;
        if (room < needed)
            room = needed;
        struct ike_due *heap =
            ike_grow(t->mem, t->heap, t->room * sizeof(*t->heap), room * sizeof(*t->heap));
        if (heap == NULL)
            return IKEV1_E_MEMORY;
        t->heap = heap;
        t->room = room;
    }
    t->reserved = needed;
    return IKEV1_OK;
}

void ike_timers_release(struct ike_timers *t, uint32_t fewer) {
    t->reserved = fewer < t->reserved ? t->reserved - fewer : 0;
}

/* `i` counts from 0; a timer's `pos` from 1. */
static void place(struct ike_timers *t, uint32_t i, struct ike_timer *timer) {
    t->heap[i] = (struct ike_due){timer->at, timer};
    timer->pos = i + 1;
}

static void move(struct ike_timers *t, uint32_t to, uint32_t from) {
    t->heap[to] = t->heap[from];
    t->heap[to].timer->pos = to + 1;
}

static void sift_up(struct ike_timers *t, uint32_t i, struct ike_timer *timer) {
    while (i > 0) {
        uint32_t parent = (i - 1) / ARITY;
        if (t->heap[parent].at <= timer->at)
            break;
        move(t, i, parent);
        i = parent;
    }
    place(t, i, timer);
}

static void sift_down(struct ike_timers *t, uint32_t i, struct ike_timer *timer) {
    for (;;) {
        uint32_t first = i * ARITY + 1;
        if (first >= t->count)
            break;
        uint32_t least = first;
        uint32_t end = t->count - first < ARITY ? t->count : first + ARITY;
        for (uint32_t child = first + 1; child < end; child++)
            if (t->heap[child].at < t->heap[least].at)
                least = child;
        if (timer->at <= t->heap[least].at)
            break;
        move(t, i, least);
        i = least;
    }
    place(t, i, timer);
}

/* Finds the place of `timer`, starting from a hole at `i`. */
static void settle(struct ike_timers *t, uint32_t i, struct ike_timer *timer) {
    if (i > 0 && timer->at < t->heap[(i - 1) / ARITY].at)
        sift_up(t, i, timer);
    else
        sift_down(t, i, timer);
}

static void take_out(struct ike_timers *t, struct ike_timer *timer) {
    uint32_t hole = timer->pos - 1;
    struct ike_timer *last = t->heap[--t->count].timer;
    if (last != timer)
        settle(t, hole, last);
    timer->pos = 0;
    timer->at = IKEV1_NEVER;
}

void ike_timer_set(struct ike_timers *t, struct ike_timer *timer, ikev1_time at) {
    if (at == IKEV1_NEVER) {
        if (timer->pos != 0)
            take_out(t, timer);
        timer->at = IKEV1_NEVER;
        return;
    }
    timer->at = at;
    if (timer->pos != 0) {
        settle(t, timer->pos - 1, timer);
    } else if (t->count < t->room) { /* always so: whoever owns a timer has reserved its place */
        sift_up(t, t->count++, timer);
    }
}

ikev1_time ike_timers_next(const struct ike_timers *t) {
    return t->count > 0 ? t->heap[0].at : IKEV1_NEVER;
}

struct ike_timer *ike_timers_due(struct ike_timers *t, ikev1_time now) {
    if (t->count == 0 || t->heap[0].at > now)
        return NULL;
    struct ike_timer *timer = t->heap[0].timer;
    take_out(t, timer);
    return timer;
}
