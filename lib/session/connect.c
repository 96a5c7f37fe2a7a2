/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule is connected: at the host's word, on demand, or again after it was lost. The record that
 * remembers a rule for the last is made when it is first connected, so that no lack of memory at
 * the moment of the loss forgets it.
 */
#include "session/access.h"
#include "session/life.h"
#include "exchange/run.h"

struct ike_again {
    struct ike_session *s;
    ikev1_handle handle;
    struct ike_timer timer; /* not set: there is an SA, or one in the making */
    uint32_t rule;
    uint32_t wait; /* ms before the next time, 0 = the first */
    bool wanted;   /* the host has said so; until it has answered, a first attempt is only that */
};

/* ---- records ---- */

struct sought {
    const struct ike_session *s;
    uint32_t rule;
};

static bool is_of_rule(const void *ctx, uint32_t slot) {
    const struct sought *w = ctx;
    const struct ike_again *again = w->s->handles.slots[slot].object;
    return again->rule == w->rule;
}

struct ike_again *ike_again_find(const struct ike_session *s, uint32_t rule) {
    const struct sought w = {s, rule};
    if (s->agains.count == 0)
        return NULL;
    uint32_t slot = ike_index_find(&s->agains, ike_hash_number(s, rule), is_of_rule, &w);
    return slot != 0 ? s->handles.slots[slot].object : NULL;
}

bool ike_again_waits(const struct ike_again *again) {
    return again != NULL && again->timer.pos != 0;
}

static int again_new(struct ike_session *s, uint32_t rule) {
    struct ike_mem *mem = &s->ctx.mem;
    if (ike_index_reserve(&s->agains, 1) != IKEV1_OK)
        return IKEV1_E_MEMORY;
    struct ike_again *again = ike_alloc(mem, sizeof *again);
    if (again == NULL)
        return IKEV1_E_MEMORY;
    *again = (struct ike_again){.s = s, .rule = rule, .timer = {.kind = IKE_TIMER_AGAIN}};
    int r = ike_timers_reserve(&s->ctx.lifetimes, 1);
    if (r == IKEV1_OK) {
        r = ike_handle_new(&s->handles, IKE_KIND_AGAIN, again, &again->handle);
        if (r != IKEV1_OK)
            ike_timers_release(&s->ctx.lifetimes, 1);
    }
    if (r != IKEV1_OK) {
        ike_free(mem, again, sizeof *again);
        return r;
    }
    ike_index_add(&s->agains, ike_hash_number(s, rule), ike_slot_of(again->handle));
    return IKEV1_OK;
}

void ike_again_end(struct ike_again *again) {
    if (again == NULL)
        return;
    struct ike_session *s = again->s;
    ike_index_remove(&s->agains, ike_hash_number(s, again->rule), ike_slot_of(again->handle));
    ike_timer_set(&s->ctx.lifetimes, &again->timer, IKEV1_NEVER);
    ike_timers_release(&s->ctx.lifetimes, 1);
    ike_handle_end(&s->handles, again->handle);
    ike_free(&s->ctx.mem, again, sizeof *again);
}

/* ---- when it waits ---- */

static bool is_of_use(const struct ike_sa *sa, uint32_t rule, bool up) {
    if (sa->state == IKE_SA_NEGOTIATING)
        return !up && sa->want_child;
    for (const struct ike_child *c = sa->children; c != NULL; c = c->next) {
        if (c->rule == rule && (c->state == IKE_CHILD_UP || (!up && c->initiator)))
            return true;
    }
    return !up && sa->want_child;
}

bool ike_rule_served(const struct ike_session *s, uint32_t rule, bool up) {
    const struct ike_sa *sa = ike_find_rule(s, rule);
    for (unsigned looked = 0; sa != NULL && looked < IKE_KIN; looked++, sa = sa->rule_next) {
        if (is_of_use(sa, rule, up))
            return true;
    }
    return false;
}

static uint32_t next_wait(struct ike_context *ctx, uint32_t wait) {
    uint64_t longer = wait == 0 ? ctx->timing.reconnect_first : (uint64_t)wait * 2;
    return longer < ctx->timing.reconnect_max ? (uint32_t)longer : ctx->timing.reconnect_max;
}

static void wait_for(struct ike_again *again) {
    struct ike_context *ctx = &again->s->ctx;
    const ikev1_why why = {.rule = again->rule};
    char text[32];
    again->wait = next_wait(ctx, again->wait);
    const uint32_t wait = ike_jittered(ctx, again->wait);
    struct ike_text t = ike_text(text, sizeof text);
    ike_text_u64(&t, (wait + 999) / 1000);
    ike_text_str(&t, " s");
    ike_log(ctx, IKEV1_LOG_AGAIN, &(struct ike_log_about){.why = &why, .text = text});
    ike_timer_set(&ctx->lifetimes, &again->timer, ike_after(ctx, wait));
}

void ike_again_lost(struct ike_session *s, uint32_t rule, int code) {
    struct ike_again *again = ike_again_find(s, rule);
    if (again == NULL || ike_rule_served(s, rule, false))
        return;
    if (!again->wanted || code == IKEV1_E_CLOSED || code == IKEV1_E_IDLE)
        ike_again_end(again);
    else if (!ike_again_waits(again))
        wait_for(again);
}

void ike_again_failed(const struct ike_sa *sa, int code) {
    struct ike_again *again = ike_again_find(ike_session(sa), sa->rule);
    if (again != NULL && sa->reconnect)
        again->wanted = true;
    ike_again_lost(ike_session(sa), sa->rule, code);
}

void ike_again_settle(const struct ike_sa *sa, const struct ike_child *child) {
    struct ike_session *s = ike_session(sa);
    struct ike_again *again = ike_again_find(s, child != NULL ? child->rule : sa->rule);
    if (again == NULL)
        return;
    if (child == NULL && sa->initiator && !sa->reconnect) {
        ike_again_end(again);
        return;
    }
    again->wanted |= child == NULL && sa->reconnect;
    ike_timer_set(&s->ctx.lifetimes, &again->timer, IKEV1_NEVER);
    if (child != NULL)
        again->wait = 0;
}

void ike_again_due(struct ike_timer *timer) {
    struct ike_again *again = IKE_OWNER(struct ike_again, timer, timer);
    ikev1_why why = {.rule = again->rule};
    ikev1_handle sa;
    int r = ike_connect(again->s, again->rule, &sa, &why);
    if (r < 0 && r != IKEV1_E_BUSY)
        wait_for(again);
}

/* ---- connecting ---- */

static int begin(struct ike_session *s, uint32_t rule, struct ike_sa *old, bool fresh,
                 struct ike_sa **out, ikev1_why *why) {
    static const ikev1_path nowhere; /* the answer to the phase 1 question tells */
    const bool reachable = old != NULL && old->state == IKE_SA_ESTABLISHED;
    struct ike_sa *sa;
    int r = ike_sa_new(s, reachable ? &old->path : &nowhere, NULL, IKEV1_EXCHANGE_MAIN, &sa);
    if (r != IKEV1_OK)
        return r;
    sa->rule = rule;
    sa->want_child = old == NULL;
    sa->replaces = old != NULL ? old->handle : 0;
    ike_rule_enter(sa);
    if (fresh)
        r = again_new(s, rule);
    if (r == IKEV1_OK)
        r = ike_run_send(sa->phase1, why);
    if (r < 0) {
        ike_sa_forget(sa);
        return r;
    }
    ike_xchg_arm(sa->phase1);
    *out = sa;
    return r;
}

int ike_phase1_start(struct ike_session *s, uint32_t rule, struct ike_sa *old, ikev1_handle *out,
                     ikev1_why *why) {
    struct ike_sa *sa = NULL;
    const bool fresh = old == NULL && ike_again_find(s, rule) == NULL;
    int r = begin(s, rule, old, fresh, &sa, why);
    if (fresh && (r < 0 || (r == IKEV1_OK && !sa->reconnect)))
        ike_again_end(ike_again_find(s, rule));
    if (r >= 0)
        *out = sa->handle;
    return r;
}

int ike_connect(struct ike_session *s, uint32_t rule, ikev1_handle *sa, ikev1_why *why) {
    struct ike_sa *known = ike_find_rule(s, rule);
    int r;
    if (known == NULL) {
        r = ike_phase1_start(s, rule, NULL, sa, why);
    } else {
        *sa = known->handle;
        r = known->state == IKE_SA_ESTABLISHED && ike_is_settled(known)
                ? ike_quick_start(known, rule, NULL, NULL, why)
                : IKEV1_E_BUSY;
    }
    struct ike_again *again = r >= 0 ? ike_again_find(s, rule) : NULL;
    if (again != NULL)
        ike_timer_set(&s->ctx.lifetimes, &again->timer, IKEV1_NEVER);
    if (r < 0) {
        (void)ike_why_limit(&s->ctx, r, 0, why);
        ike_log_refusal(&s->ctx, &(struct ike_log_about){.sa = known, .why = why});
    }
    return r;
}
