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
static void place(struct ike_timers *t, uint32_t i, struct ike_due due) {
    t->heap[i] = due;
    due.timer->pos = i + 1;
}

static void sift_up(struct ike_timers *t, uint32_t i, struct ike_due due) {
    while (i > 0) {
        uint32_t parent = (i - 1) / ARITY;
        if (t->heap[parent].at <= due.at)
            break;
        place(t, i, t->heap[parent]);
        i = parent;
    }
    place(t, i, due);
}

static void sift_down(struct ike_timers *t, uint32_t i, struct ike_due due) {
    for (;;) {
        uint32_t first = i * ARITY + 1;
        if (first >= t->count)
            break;
        uint32_t least = first;
        uint32_t end = t->count - first < ARITY ? t->count : first + ARITY;
        for (uint32_t child = first + 1; child < end; child++)
            if (t->heap[child].at < t->heap[least].at)
                least = child;
        if (due.at <= t->heap[least].at)
            break;
        place(t, i, t->heap[least]);
        i = least;
    }
    place(t, i, due);
}

/* Finds the place of `due`, starting from a hole at `i`. */
static void settle(struct ike_timers *t, uint32_t i, struct ike_due due) {
    if (i > 0 && due.at < t->heap[(i - 1) / ARITY].at)
        sift_up(t, i, due);
    else
        sift_down(t, i, due);
}

static void take_out(struct ike_timers *t, struct ike_timer *timer) {
    uint32_t hole = timer->pos - 1;
    struct ike_due last = t->heap[--t->count];
    if (last.timer != timer)
        settle(t, hole, last);
    timer->pos = 0;
}

void ike_timer_set(struct ike_timers *t, struct ike_timer *timer, ikev1_time at) {
    const struct ike_due due = {at, timer};
    if (at == IKEV1_NEVER) {
        if (timer->pos != 0)
            take_out(t, timer);
    } else if (timer->pos != 0) {
        settle(t, timer->pos - 1, due);
    } else if (t->count < t->room) { /* always so: whoever owns a timer has reserved its place */
        sift_up(t, t->count++, due);
    }
}

ikev1_time ike_timer_at(const struct ike_timers *t, const struct ike_timer *timer) {
    return timer->pos != 0 ? t->heap[timer->pos - 1].at : IKEV1_NEVER;
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
