/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPsec SA pairs ("children"), from the start of their Quick Mode to their end, and the line in
 * which everything that has ended waits for the host.
 */
#include "session/session.h"

static int link_child(struct ike_session *s, struct ike_child *child) {
    /* Its SPI enters the table later: room is kept for every child there is. */
    if (ike_index_reserve(&s->spis, s->children + 1 - s->spis.count) != IKEV1_OK)
        return IKEV1_E_MEMORY;
    int r = ike_timers_reserve(&s->ctx.lifetimes, 1);
    if (r == IKEV1_OK) {
        r = ike_handle_new(&s->handles, IKE_KIND_CHILD, child, &child->handle);
        if (r != IKEV1_OK)
            ike_timers_release(&s->ctx.lifetimes, 1);
    }
    return r;
}

int ike_child_new(struct ike_sa *sa, uint32_t rule, struct ike_xchg *x) {
    struct ike_session *s = ike_session(sa);
    struct ike_child *child = ike_alloc(&s->ctx.mem, sizeof *child);
    if (child == NULL)
        return IKEV1_E_MEMORY;
    child->sa = sa;
    child->rule = rule;
    child->initiator = x->initiator;
    child->timer = (struct ike_timer){.at = IKEV1_NEVER, .kind = IKE_TIMER_CHILD};
    int r = link_child(s, child);
    if (r != IKEV1_OK) {
        ike_free(&s->ctx.mem, child, sizeof *child);
        return r;
    }
    child->next = sa->children;
    sa->children = child;
    sa->child_count++;
    s->children++;
    child->xchg = x;
    x->child = child;
    return IKEV1_OK;
}

void ike_child_index(struct ike_child *child) {
    struct ike_session *s = ike_session(child->sa);
    if (child->spi_in == 0 || child->indexed)
        return;
    ike_index_add(&s->spis, ike_hash_number(s, child->spi_in), ike_slot_of(child->handle));
    child->indexed = true;
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
    ike_timer_set(&ctx->lifetimes, &child->timer,
                  ike_after(ctx, (uint64_t)child->life_seconds * 1000));
    log_up(child);
}

void ike_child_due(struct ike_child *child) {
    ikev1_why why = {.code = IKEV1_E_EXPIRED, .rule = child->rule};
    ike_child_close(child, &why, true);
}

/* ---- ending ---- */

static void hollow(struct ike_child *child) {
    struct ike_sa *sa = child->sa;
    struct ike_session *s = ike_session(sa);
    struct ike_child **at = &sa->children;
    while (*at != child)
        at = &(*at)->next;
    *at = child->next;
    sa->child_count--;
    s->children--;
    if (child->xchg != NULL)
        ike_xchg_free(child->xchg);
    if (child->indexed)
        ike_index_remove(&s->spis, ike_hash_number(s, child->spi_in), ike_slot_of(child->handle));
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

void ike_child_close(struct ike_child *child, const ikev1_why *why, bool tell) {
    struct ike_sa *sa = child->sa;
    bool was_up = child->state == IKE_CHILD_UP;
    struct ike_log_about about = {.sa = sa, .xchg = child->xchg, .child = child, .why = why};
    if (tell && (was_up || child->state == IKE_CHILD_INBOUND)) /* what the peer may have */
        ike_tell_delete(sa, child);
    if (was_up)
        ike_log(sa->ctx, IKEV1_LOG_CHILD_DOWN, &about);
    else
        ike_log_refusal(sa->ctx, &about);
    hollow(child);
    child->ending.child = true;
    ike_bury(ike_session(sa), &child->ending,
             was_up ? IKEV1_EVENT_CHILD_DOWN : IKEV1_EVENT_CHILD_FAILED, why);
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
