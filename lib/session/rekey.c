/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replacements, made before what they replace goes (mission P5). RFC 2409 5.5 and 9: a Quick Mode
 * for another pair, and phase 1 anew for another ISAKMP SA. IKEv1 has no word for "instead of", so
 * that for the peer's Quick Modes the selectors have to tell.
 */
#include <string.h>

#include "session/life.h"

enum { MARGIN_LEAST = 20, RETRY_MOST = 60 }; /* seconds */

uint32_t ike_rekey_after(struct ike_context *ctx, uint32_t life, uint32_t margin, uint8_t rekey,
                         bool initiator) {
    uint8_t raw = 0;
    if (rekey == IKEV1_REKEY_OFF || (rekey == IKEV1_REKEY_OWN && !initiator) || life == 0)
        return 0;
    uint64_t early = margin != 0 ? margin : life / 10 > MARGIN_LEAST ? life / 10 : MARGIN_LEAST;
    if (!initiator)
        early /= 2;
    else if (ike_random(ctx, &raw, 1) == IKEV1_OK)
        early += early * ctx->timing.rekey_jitter * raw / 25600;
    return life - (uint32_t)(early < life / 2 ? early : life / 2);
}

/* ---- pairs ---- */

/* Both protect the same traffic of the same rule, in the same place of their exchanges. */
static bool is_twin(const struct ike_child *a, const struct ike_child *b) {
    return a != b && b->state == IKE_CHILD_UP && a->rule == b->rule && a->place == b->place &&
           ike_selector_equal(&a->local, &b->local) && ike_selector_equal(&a->remote, &b->remote);
}

/* All twins of a child, in its own ISAKMP SA and in others with the same peer. */
struct twins {
    struct ike_sa *sa;
    struct ike_child *next;
    unsigned looked;
};

static struct twins twins(const struct ike_child *child) {
    return (struct twins){.sa = child->sa, .next = child->sa->children};
}

static struct ike_child *next_twin(struct twins *t, const struct ike_child *child) {
    for (;;) {
        struct ike_child *c = t->next;
        while (c != NULL && !is_twin(child, c))
            c = c->next;
        if (c != NULL) {
            t->next = c->next;
            return c;
        }
        t->sa = ike_kin(child->sa, t->sa == child->sa ? NULL : t->sa, &t->looked);
        if (t->sa == NULL)
            return NULL;
        t->next = t->sa->children;
    }
}

ikev1_handle ike_child_replaced_by(const struct ike_child *child) {
    const struct ike_child *newest = NULL, *c;
    struct twins t = twins(child);
    while ((c = next_twin(&t, child)) != NULL) {
        if (!c->replaced && (newest == NULL || c->up_at > newest->up_at))
            newest = c;
    }
    return newest != NULL ? newest->handle : 0;
}

bool ike_child_outdone(const struct ike_child *child) {
    const struct ike_child *c;
    struct twins t = twins(child);
    while ((c = next_twin(&t, child)) != NULL && (c->replaced || c->up_at < child->up_at))
        ;
    return c != NULL;
}

static bool is_being_renewed(const struct ike_child *child) {
    const struct ike_child *c = child->sa->children;
    while (c != NULL && (c->replaces != child->handle || c->state == IKE_CHILD_UP))
        c = c->next;
    return c != NULL;
}

int ike_child_renew(struct ike_child *child, ikev1_why *why) {
    if (child->state != IKE_CHILD_UP)
        return IKEV1_E_STATE;
    if (child->replaced || is_being_renewed(child))
        return IKEV1_E_BUSY;
    ike_log(child->sa->ctx, IKEV1_LOG_REKEY,
            &(struct ike_log_about){.sa = child->sa, .child = child, .text = "IPsec SA"});
    return ike_quick_start(child->sa, child->rule, child, NULL, why);
}

static uint64_t left(const struct ike_context *ctx, ikev1_time end) {
    return end > ctx->now ? end - ctx->now : 0;
}

/* A few tries before the end, whatever is left. */
static uint32_t retry(const struct ike_context *ctx, ikev1_time end) {
    uint64_t seconds = left(ctx, end) / 4000;
    return seconds == 0 ? 1 : seconds < RETRY_MOST ? (uint32_t)seconds : RETRY_MOST;
}

static void renew_later(struct ike_child *child) {
    const struct ike_context *ctx = child->sa->ctx;
    child->rekey_at = (uint32_t)((ctx->now - child->up_at) / 1000) + retry(ctx, child->expires);
    ike_child_arm(child);
}

void ike_child_renew_due(struct ike_child *child) {
    ikev1_why why = {.rule = child->rule};
    ikev1_handle handle = child->handle;
    struct ike_sa *sa = child->sa;
    const struct ike_session *s = ike_session(sa);
    int r = ike_child_outdone(child) ? IKEV1_E_BUSY : IKEV1_OK;
    if (r == IKEV1_OK && sa->state == IKE_SA_EXPIRED)
        (void)ike_sa_renew(sa, NULL, &why);
    else if (r == IKEV1_OK)
        r = ike_child_renew(child, &why);
    if (r == IKEV1_E_MESSAGE_IDS)
        (void)ike_sa_renew(sa, NULL, &why);
    child = ike_handle_find(&s->handles, IKE_KIND_CHILD, handle); /* a refusal may have ended it */
    if (child != NULL && child->state == IKE_CHILD_UP)
        renew_later(child);
}

/* The pair ends: later when nobody knows yet whether the peer uses another. */
static void supersede(struct ike_child *old, bool heard) {
    const struct ike_context *ctx = old->sa->ctx;
    ikev1_time end = ike_after(ctx, heard ? ctx->timing.replaced : ctx->timing.overlap);
    old->replaced = true;
    old->sure = heard;
    old->rekey_at = 0;
    if (end < old->expires)
        old->expires = end;
    ike_child_arm(old);
}

static uint32_t lowest(const struct ike_child *c) {
    return c->first.spi_in < c->first.spi_out ? c->first.spi_in : c->first.spi_out;
}

/* See life.h. The lowest of four numbers; where both have it, all else decides alike. */
static bool is_loser(const struct ike_child *a, const struct ike_child *b) {
    const uint32_t low_a = lowest(a), low_b = lowest(b);
    if (low_a != low_b)
        return low_a < low_b;
    return (a->initiator == a->sa->initiator) && (b->initiator != b->sa->initiator);
}

void ike_child_settle(struct ike_child *child) {
    struct ike_session *s = ike_session(child->sa);
    struct ike_child *old = ike_handle_find(&s->handles, IKE_KIND_CHILD, child->replaces);
    if (old != NULL && old->state == IKE_CHILD_UP) {
        /* An idle pair does not stay by being replaced. */
        child->used_at = old->used_at - (int32_t)((s->ctx.now - old->up_at) / 1000);
        if (child->initiator && !old->replaced)
            supersede(old, false);
    }
    struct twins t = twins(child);
    for (struct ike_child *c; (c = next_twin(&t, child)) != NULL;) {
        if (c->replaced || c->initiator == child->initiator)
            continue;
        struct ike_child *loser = is_loser(child, c) ? child : c;
        if (loser->initiator)
            supersede(loser, false);
    }
}

/* The old ones are used no more. A peer that goes on with its own pair long after it came up will
 * not end ours that it has replaced; many leave that to the lifetime. */
void ike_child_heard(struct ike_child *child) {
    const struct ike_context *ctx = child->sa->ctx;
    const uint64_t age = ctx->now - child->up_at;
    struct twins t = twins(child);
    for (struct ike_child *c; (c = next_twin(&t, child)) != NULL;) {
        bool first = c->replaced && !child->heard;
        bool forgotten = !c->replaced && !child->replaced && c->up_at < child->up_at &&
                         age > 2 * (uint64_t)ctx->timing.overlap;
        if (first || forgotten)
            supersede(c, true);
    }
    child->heard = true;
}

/* ---- ISAKMP SAs ---- */

int ike_sa_renew(struct ike_sa *sa, ikev1_handle *out, ikev1_why *why) {
    ikev1_handle unasked;
    if (sa->state != IKE_SA_ESTABLISHED && sa->state != IKE_SA_EXPIRED)
        return IKEV1_E_STATE;
    if (sa->live->replaced || sa->live->renewing)
        return IKEV1_E_BUSY;
    ike_log_sa(sa, IKEV1_LOG_REKEY, "ISAKMP SA");
    int r = ike_phase1_start(ike_session(sa), sa->rule, sa, out != NULL ? out : &unasked, why);
    if (r >= 0)
        sa->live->renewing = true;
    return r;
}

/* Of two begun by different ends each end may see the other one come up last: the cookies decide,
 * or both would leave it to the other. */
static bool defers(const struct ike_sa *sa, const struct ike_sa *to) {
    if (to->state != IKE_SA_ESTABLISHED || to->live->replaced)
        return false;
    if (to->initiator == sa->initiator)
        return (int32_t)(to->live->serial - sa->live->serial) > 0;
    return memcmp(sa->icookie, to->icookie, sizeof sa->icookie) < 0;
}

/* There are pairs with this peer, and no other SA that is to be renewed for them. */
static bool is_wanted(const struct ike_sa *sa) {
    unsigned looked = 0;
    bool any = sa->children != NULL;
    for (struct ike_sa *o = ike_kin(sa, NULL, &looked); o != NULL; o = ike_kin(sa, o, &looked)) {
        if (defers(sa, o))
            return false;
        any = any || o->children != NULL;
    }
    return any;
}

static void renew_sa_later(struct ike_sa *sa) {
    const struct ike_context *ctx = sa->ctx;
    sa->live->rekey_at = ike_after(ctx, (uint64_t)retry(ctx, sa->live->expires) * 1000);
    ike_sa_arm(sa);
}

void ike_sa_renew_due(struct ike_sa *sa) {
    ikev1_why why = {.rule = sa->rule};
    sa->live->rekey_at = IKEV1_NEVER;
    if (!is_wanted(sa)) { /* what it defers to may go, pairs may come */
        renew_sa_later(sa);
        return;
    }
    int r = ike_sa_renew(sa, NULL, &why);
    if (r < 0) {
        why.code = r;
        ike_log_refused(sa, NULL, &why);
        renew_sa_later(sa);
    }
}

/* When nobody answers under an SA that has carried something before, the peer may have lost it: a
 * new one will show. One that never has may be up at our end alone: it goes, by its timer. */
void ike_quick_failed(const struct ike_child *child, int code) {
    ikev1_why why = {.rule = child->rule};
    struct ike_sa *sa = child->sa;
    struct ike_session *s = ike_session(sa);
    struct ike_child *old = ike_handle_find(&s->handles, IKE_KIND_CHILD, child->replaces);
    ikev1_handle fresh;
    if (old != NULL && old->state == IKE_CHILD_UP)
        renew_later(old);
    bool missed = code == IKEV1_E_SILENT && (old != NULL || child->rule == sa->rule);
    if (!missed || sa->state != IKE_SA_ESTABLISHED || sa->live->replaced)
        return;
    if (!sa->live->confirmed) {
        sa->live->silent = true;
        sa->live->expires = s->ctx.now;
        ike_sa_arm(sa);
    } else if (ike_sa_renew(sa, &fresh, &why) >= 0) {
        struct ike_sa *to = ike_handle_find(&s->handles, IKE_KIND_SA, fresh);
        to->want_child = old == NULL;
    }
}

void ike_phase1_failed(const struct ike_sa *sa) {
    struct ike_session *s = ike_session(sa);
    struct ike_sa *old = ike_handle_find(&s->handles, IKE_KIND_SA, sa->replaces);
    if (old == NULL || old->live == NULL)
        return;
    old->live->renewing = false;
    if (old->state == IKE_SA_ESTABLISHED && !old->live->replaced)
        renew_sa_later(old);
}

static void end_soon(struct ike_sa *sa) {
    const ikev1_time end = ike_after(sa->ctx, sa->ctx->timing.replaced);
    sa->live->replaced = true;
    sa->live->rekey_at = IKEV1_NEVER;
    if (end < sa->live->expires)
        sa->live->expires = end;
    ike_sa_arm(sa);
}

/* Did `ours` set out to replace something before `theirs` was up, and is that still there? */
static bool is_overtaken(const struct ike_sa *ours, const struct ike_sa *theirs) {
    return ours->initiator && ours->replaces != 0 && ours->replaces != theirs->handle &&
           (int32_t)(theirs->live->serial - ours->begun) > 0 &&
           ike_handle_find(&ike_session(ours)->handles, IKE_KIND_SA, ours->replaces) != NULL;
}

/* Each end has begun one in the place of the same old one. */
static bool has_crossed(const struct ike_sa *sa, const struct ike_sa *o) {
    return sa->initiator != o->initiator && (is_overtaken(sa, o) || is_overtaken(o, sa));
}

/* Everything of an older one is the newer one's now; it ends if that is ours to do. */
static void take_over(struct ike_sa *sa, struct ike_sa *o) {
    bool crossed = has_crossed(sa, o);
    bool loses = crossed && memcmp(sa->icookie, o->icookie, sizeof sa->icookie) < 0;
    struct ike_sa *to = loses ? o : sa, *from = loses ? sa : o;
    ike_adopt(to, from);
    if (crossed ? from->initiator : from->handle == sa->replaces)
        end_soon(from);
}

void ike_sa_settle(struct ike_sa *sa) {
    const ikev1_why why = {.code = IKEV1_E_REPLACED, .rule = sa->rule};
    struct ike_sa *next;
    unsigned looked = 0;
    for (struct ike_sa *o = ike_kin(sa, NULL, &looked); o != NULL; o = next) {
        next = ike_kin(sa, o, &looked);
        if (o->state == IKE_SA_EXPIRED) {
            ike_adopt(sa, o);
            ike_sa_emptied(o, &why);
        } else if (!o->live->replaced) {
            take_over(sa, o);
        }
    }
}
