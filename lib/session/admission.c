/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may begin. Half-open negotiations are counted, all of them, by address and by prefix. Those
 * whose peer has not shown that it can be reached, since our answer's cookie has not come back,
 * stand in lines, the oldest first: of a full crowd that one makes room for a newcomer, if it has
 * had its time. So a flood under invented addresses drives out itself, and a peer that is there and
 * answers within that time gets through (DOS-02, DOS-03).
 */
#include <string.h>

#include "session/access.h"

/* ---- lines: lists through the SAs' slots ---- */

static void join(struct ike_session *s, struct ike_line *line, int which, struct ike_sa *sa) {
    uint32_t slot = ike_slot_of(sa->handle);
    sa->places[which] = (struct ike_place){.before = line->last};
    struct ike_sa *last = ike_slot_at(s, line->last);
    if (last != NULL)
        last->places[which].next = slot;
    else
        line->first = slot;
    line->last = slot;
}

static void leave(struct ike_session *s, struct ike_line *line, int which, struct ike_sa *sa) {
    struct ike_place place = sa->places[which];
    struct ike_sa *next = ike_slot_at(s, place.next), *before = ike_slot_at(s, place.before);
    if (before != NULL)
        before->places[which].next = place.next;
    else
        line->first = place.next;
    if (next != NULL)
        next->places[which].before = place.before;
    else
        line->last = place.before;
}

/* ---- an entry's life ---- */

static struct ike_origin origin_of(const struct ike_sa *sa) {
    return ike_origin(ike_session(sa), &sa->path.remote);
}

int ike_admission_reserve(struct ike_session *s) {
    int r = ike_tally_reserve(&s->crowds[IKE_BY_ADDRESS]);
    return r == IKEV1_OK ? ike_tally_reserve(&s->crowds[IKE_BY_PREFIX]) : r;
}

void ike_admission_enter(struct ike_sa *sa) {
    struct ike_session *s = ike_session(sa);
    const struct ike_origin origin = origin_of(sa);
    sa->half_open = true;
    s->half_open++;
    for (int i = 0; i < IKE_CROWDS; i++) {
        struct ike_tally *crowds = &s->crowds[i];
        join(s, ike_tally_line(crowds, ike_tally_up(crowds, origin.hash[i])), i, sa);
    }
    join(s, &s->unreached, IKE_CROWDS, sa);
}

void ike_admission_reached(struct ike_sa *sa) {
    struct ike_session *s = ike_session(sa);
    if (!sa->half_open || sa->reached)
        return;
    const struct ike_origin origin = origin_of(sa);
    for (int i = 0; i < IKE_CROWDS; i++) {
        struct ike_tally *crowds = &s->crowds[i];
        leave(s, ike_tally_line(crowds, ike_tally_find(crowds, origin.hash[i])), i, sa);
    }
    leave(s, &s->unreached, IKE_CROWDS, sa);
    memset(sa->places, 0, sizeof sa->places);
    sa->reached = true;
    ike_xchg_extend(sa->phase1);
}

void ike_admission_leave(struct ike_sa *sa) {
    struct ike_session *s = ike_session(sa);
    if (!sa->half_open)
        return;
    ike_admission_reached(sa);
    const struct ike_origin origin = origin_of(sa);
    for (int i = 0; i < IKE_CROWDS; i++)
        ike_tally_down(&s->crowds[i], origin.hash[i]);
    s->half_open--;
    sa->half_open = false;
}

void ike_admission_proven(struct ike_sa *sa) {
    if (!ike_is_unproven(sa)) /* CFG-12 */
        ike_admission_leave(sa);
}

/* ---- room for one more ---- */

static bool has_had_its_time(const struct ike_sa *sa) {
    const struct ike_context *ctx = sa->ctx;
    return ike_after(ctx, ctx->timing.half_open) - sa->phase1->ends_at >= IKE_GRACE;
}

/* For one whom `code` and `which` of its limits keep out. */
static bool make_room(struct ike_session *s, const struct ike_line *line, int code, int which) {
    struct ike_sa *oldest = ike_slot_at(s, line->first);
    if (oldest == NULL || !has_had_its_time(oldest))
        return false;
    ikev1_why why = {.rule = oldest->rule};
    why.exchange = oldest->phase1->exchange;
    why.message = oldest->phase1->number;
    (void)ike_why_limit(&s->ctx, code, which, &why);
    ike_log_refused(oldest, oldest->phase1, &why);
    ike_sa_forget(oldest);
    return true;
}

/* The last eighth of a bounded memory is for those who have authenticated (MEM-03). */
static bool memory_is_short(const struct ike_mem *mem) {
    return mem->most != 0 && mem->used > mem->most - mem->most / 8;
}

int ike_admission_check(struct ike_session *s, const struct ike_origin *origin, ikev1_why *why) {
    const ikev1_limits *most = &s->ctx.limits;
    const uint32_t caps[IKE_CROWDS] = {most->half_open_address, most->half_open_prefix};
    for (int i = 0; i < IKE_CROWDS; i++) {
        const struct ike_tally_slot *crowd = ike_tally_find(&s->crowds[i], origin->hash[i]);
        if (crowd != NULL && crowd->count >= caps[i] &&
            !make_room(s, ike_tally_line(&s->crowds[i], crowd), IKEV1_E_HALF_OPEN, i))
            return ike_refuse_origin(s, IKEV1_E_HALF_OPEN, i, crowd->count, origin, why);
    }
    int code = IKEV1_OK, which = 0;
    if (s->half_open >= most->half_open) {
        code = IKEV1_E_HALF_OPEN;
        which = IKE_CROWDS;
    } else if (s->sas >= most->sas) {
        code = IKEV1_E_SAS;
    }
    if (code != IKEV1_OK && !make_room(s, &s->unreached, code, which)) {
        ike_why_number(why->theirs, code == IKEV1_E_SAS ? s->sas : s->half_open, NULL);
        return ike_why_limit(&s->ctx, code, which, why);
    }
    if (memory_is_short(&s->ctx.mem) && !make_room(s, &s->unreached, IKEV1_E_MEMORY, 0))
        return IKEV1_E_MEMORY;
    return IKEV1_OK;
}
