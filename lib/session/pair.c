/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPsec SA pairs ("children"), from the start of their Quick Mode to their end, and the line in
 * which everything that has ended waits for the host.
 */
#include "session/claim.h"
#include "session/life.h"

/* SPIs enter the table later than what they are of is made. */
int ike_spis_reserve(struct ike_context *ctx, uint32_t more) {
    struct ike_session *s = (struct ike_session *)ctx;
    int r = ike_index_reserve(&s->spis, s->spi_places + more - s->spis.count);
    s->spi_places += r == IKEV1_OK ? more : 0;
    return r;
}

void ike_spis_release(struct ike_context *ctx, uint32_t count) {
    ((struct ike_session *)ctx)->spi_places -= count;
}

static int link_child(struct ike_session *s, struct ike_child *child) {
    if (ike_spis_reserve(&s->ctx, 1) != IKEV1_OK)
        return IKEV1_E_MEMORY;
    int r = ike_timers_reserve(&s->ctx.lifetimes, 1);
    if (r == IKEV1_OK) {
        r = ike_handle_new(&s->handles, IKE_KIND_CHILD, child, &child->handle);
        if (r != IKEV1_OK)
            ike_timers_release(&s->ctx.lifetimes, 1);
    }
    if (r != IKEV1_OK)
        ike_spis_release(&s->ctx, 1);
    return r;
}

int ike_child_enter(struct ike_sa *sa, struct ike_child **out) {
    struct ike_session *s = ike_session(sa);
    struct ike_child *child = ike_alloc(&s->ctx.mem, sizeof *child);
    if (child == NULL)
        return IKEV1_E_MEMORY;
    child->sa = sa;
    child->member_count = 1;
    child->timer.kind = IKE_TIMER_CHILD;
    int r = link_child(s, child);
    if (r != IKEV1_OK) {
        ike_free(&s->ctx.mem, child, sizeof *child);
        return r;
    }
    child->next = sa->children;
    sa->children = child;
    sa->child_count++;
    s->children++;
    *out = child;
    return IKEV1_OK;
}

int ike_child_new(struct ike_sa *sa, uint32_t rule, struct ike_xchg *x) {
    struct ike_child *child;
    int r = ike_child_enter(sa, &child);
    if (r != IKEV1_OK)
        return r;
    child->rule = rule;
    child->initiator = x->initiator;
    child->xchg = x;
    struct ike_child **last = &x->child;
    for (; *last != NULL; last = &(*last)->also)
        child->place++;
    *last = child;
    return IKEV1_OK;
}

struct ike_child *ike_child_add(struct ike_xchg *x) {
    struct ike_sa *sa = x->sa;
    if (sa->child_count >= sa->ctx->limits.children || ike_child_new(sa, 0, x) != IKEV1_OK)
        return NULL;
    struct ike_child *child = x->child;
    while (child->also != NULL)
        child = child->also;
    return child;
}

bool ike_child_has_spi(const struct ike_child *child, uint32_t spi) {
    for (size_t i = 0; i < child->member_count; i++)
        if (ike_member_at(child, i)->spi_in == spi)
            return true;
    return false;
}

static uint32_t hash_spi(const struct ike_child *child, size_t i) {
    return ike_hash_number(ike_session(child->sa), ike_member_at(child, i)->spi_in);
}

void ike_child_index(struct ike_child *child) {
    struct ike_index *spis = &ike_session(child->sa)->spis;
    for (size_t i = child->indexed; i < child->member_count; i++) {
        if (ike_member_at(child, i)->spi_in == 0)
            return;
        ike_index_add(spis, hash_spi(child, i), ike_slot_of(child->handle));
        child->indexed++;
    }
}

static void log_up(const struct ike_child *c) {
    char text[160];
    if (!ike_log_wanted(c->sa->ctx, IKEV1_LOG_CHILD_UP))
        return;
    struct ike_text t = ike_text(text, sizeof text);
    ike_selector_text(&t, &c->local);
    ike_text_str(&t, " <-> ");
    ike_selector_text(&t, &c->remote);
    ike_log(c->sa->ctx, IKEV1_LOG_CHILD_UP,
            &(struct ike_log_about){.sa = c->sa, .child = c, .text = text});
}

void ike_child_up(struct ike_child *child) {
    struct ike_sa *sa = child->sa;
    struct ike_context *ctx = sa->ctx;
    if (child->inbound != NULL)
        ike_event(sa, child, IKEV1_EVENT_CHILD_INBOUND, child->inbound);
    ike_event(sa, child, IKEV1_EVENT_CHILD_UP, child->outbound);
    child->inbound = child->outbound = NULL;
    child->state = IKE_CHILD_UP;
    child->up_at = ctx->now;
    child->expires = ike_after(ctx, (uint64_t)child->life_seconds * 1000);
    child->rekey_at = ike_rekey_after(ctx, child->life_seconds, child->pace.rekey_margin,
                                      child->pace.rekey, child->initiator);
    log_up(child);
    ike_child_settle(child);
    ike_child_arm(child);
    ike_again_settle(sa, child);
}

/* ---- its timer ---- */

/* Not past the end of time (RTX-08). */
static ikev1_time since_up(const struct ike_child *child, int64_t seconds) {
    if (seconds <= 0)
        return child->up_at;
    const uint64_t ms = (uint64_t)seconds * 1000;
    return child->up_at < IKEV1_NEVER - ms ? child->up_at + ms : IKEV1_NEVER;
}

static ikev1_time idle_at(const struct ike_child *child) {
    if (child->pace.idle_seconds == 0 || child->replaced)
        return IKEV1_NEVER;
    return since_up(child, (int64_t)child->used_at + child->pace.idle_seconds);
}

static ikev1_time renew_at(const struct ike_child *child) {
    return child->rekey_at != 0 ? since_up(child, child->rekey_at) : IKEV1_NEVER;
}

void ike_child_arm(struct ike_child *child) {
    ikev1_time at = child->expires, idle = idle_at(child), renew = renew_at(child);
    at = idle < at ? idle : at;
    ike_timer_set(&child->sa->ctx->lifetimes, &child->timer, renew < at ? renew : at);
}

/* Whatever was the last of an ISAKMP SA that nobody uses takes it along. */
static void disconnect(struct ike_child *child) {
    struct ike_sa *sa = child->sa;
    ikev1_why why = {.code = IKEV1_E_IDLE, .rule = child->rule};
    ike_log(sa->ctx, IKEV1_LOG_IDLE, &(struct ike_log_about){.sa = sa, .child = child});
    ike_child_close(child, &why, true);
    if (sa->state == IKE_SA_ESTABLISHED && sa->children == NULL)
        ike_sa_close(sa, &why, true);
}

/* The peer may still send by a replaced pair: it is told first, and what is under way arrives. */
static void part(struct ike_child *child) {
    const struct ike_context *ctx = child->sa->ctx;
    ike_tell_delete(child->sa, child);
    child->sure = child->told = true;
    child->expires = ike_after(ctx, ctx->timing.replaced);
    ike_child_arm(child);
}

void ike_child_due(struct ike_child *child) {
    const struct ike_context *ctx = child->sa->ctx;
    ikev1_why why = {.rule = child->rule};
    if (child->expires <= ctx->now && child->replaced && !child->sure) {
        part(child);
    } else if (child->expires <= ctx->now) {
        why.code = child->replaced ? IKEV1_E_REPLACED : IKEV1_E_EXPIRED;
        ike_child_close(child, &why, !child->told);
    } else if (idle_at(child) <= ctx->now) {
        disconnect(child);
    } else if (renew_at(child) <= ctx->now) {
        ike_child_renew_due(child);
    } else {
        ike_child_arm(child);
    }
}

/* ---- ending ---- */

/* The exchange goes with the last of its children. */
static void leave_exchange(struct ike_child *child) {
    struct ike_xchg *x = child->xchg;
    if (x == NULL)
        return;
    struct ike_child **at = &x->child;
    while (*at != child)
        at = &(*at)->also;
    *at = child->also;
    child->also = NULL;
    child->xchg = NULL;
    if (x->child == NULL)
        ike_xchg_free(x);
}

static void hollow(struct ike_child *child) {
    struct ike_sa *sa = child->sa;
    struct ike_session *s = ike_session(sa);
    struct ike_child **at = &sa->children;
    while (*at != child)
        at = &(*at)->next;
    *at = child->next;
    sa->child_count--;
    s->children--;
    ike_unclaim(child);
    leave_exchange(child);
    for (size_t i = 0; i < child->indexed; i++)
        ike_index_remove(&s->spis, hash_spi(child, i), ike_slot_of(child->handle));
    child->indexed = 0;
    ike_members_free(child);
    ike_spis_release(&s->ctx, 1);
    ike_timer_set(&s->ctx.lifetimes, &child->timer, IKEV1_NEVER);
    ike_timers_release(&s->ctx.lifetimes, 1);
    ike_detail_free(&s->ctx, child->inbound);
    ike_detail_free(&s->ctx, child->outbound);
    child->inbound = child->outbound = NULL;
    child->state = IKE_CHILD_DEAD;
}

void ike_child_free(struct ike_child *child) {
    struct ike_session *s = ike_session(child->sa);
    ike_handle_end(&s->handles, child->handle);
    ike_free(&s->ctx.mem, child, sizeof *child);
}

void ike_child_forget(struct ike_child *child) {
    hollow(child);
    ike_child_free(child);
}

static void close_one(struct ike_child *child, const ikev1_why *why, bool tell) {
    struct ike_sa *sa = child->sa;
    bool was_up = child->state == IKE_CHILD_UP;
    struct ike_log_about about = {.sa = sa, .xchg = child->xchg, .child = child, .why = why};
    if (tell && (was_up || child->state == IKE_CHILD_INBOUND)) /* what the peer may have */
        ike_tell_delete(sa, child);
    if (was_up)
        ike_log(sa->ctx, IKEV1_LOG_CHILD_DOWN, &about);
    else
        ike_log_refusal(sa->ctx, &about);
    bool ours = !was_up && child->initiator;
    hollow(child);
    child->ending.child = true;
    ike_bury(ike_session(sa), &child->ending,
             was_up ? IKEV1_EVENT_CHILD_DOWN : IKEV1_EVENT_CHILD_FAILED, why);
    if (ours)
        ike_quick_failed(child, why->code);
    ike_again_lost(ike_session(sa), child->rule, why->code);
    ike_sa_emptied(sa, why);
}

void ike_child_close(struct ike_child *child, const ikev1_why *why, bool tell) {
    if (child->xchg != NULL)
        child = child->xchg->child; /* the first of them */
    for (struct ike_child *also; child != NULL; child = also) {
        also = child->also;
        close_one(child, why, tell);
    }
}

void ike_bury(struct ike_session *s, struct ike_ending *ending, uint8_t event,
              const ikev1_why *why) {
    ending->event = event;
    ending->code = (int16_t)why->code;
    ending->why = ike_alloc(&s->ctx.mem, sizeof *why);
    if (ending->why != NULL)
        *ending->why = *why;
    ending->next = NULL;
    if (s->last_dead != NULL)
        s->last_dead->next = ending;
    else
        s->dead = ending;
    s->last_dead = ending;
}
