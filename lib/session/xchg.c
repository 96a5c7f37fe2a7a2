/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchanges: in an SA's list from their first message until they answer duplicates no more, and
 * their timer. Who waits for an answer sends again; only a responder in phase 1 does not, since
 * nothing proves yet that anybody is there (RTX-06).
 */
#include "exchange/fragment.h"
#include "exchange/material.h"
#include "exchange/phase1.h"
#include "exchange/run.h"
#include "session/access.h"
#include "session/life.h"

enum { TRY_TIMES = 60 }; /* how often, when memory ran out in the middle */
enum {
    REACHED_TIMES = 5
}; /* half_open, for a peer that receives what we send: as long as an
      initiator goes on by default */

int ike_xchg_new(struct ike_sa *sa, uint8_t exchange, uint32_t message_id, bool initiator,
                 struct ike_xchg **out) {
    struct ike_context *ctx = sa->ctx;
    if (ike_timers_reserve(&ctx->timers, 1) != IKEV1_OK)
        return IKEV1_E_MEMORY;
    struct ike_xchg *x = ike_alloc(&ctx->mem, sizeof *x);
    if (x == NULL) {
        ike_timers_release(&ctx->timers, 1);
        return IKEV1_E_MEMORY;
    }
    x->sa = sa;
    x->exchange = exchange;
    x->message_id = message_id;
    x->initiator = initiator;
    x->number = 1;
    x->state = initiator ? IKE_OWES : IKE_AWAITS;
    x->timer.kind = IKE_TIMER_XCHG;
    x->ends_at = IKEV1_NEVER;
    if (message_id != 0) {
        x->next = sa->xchgs;
        sa->xchgs = x;
    } else {
        sa->phase1 = x;
        if (!initiator)
            x->ends_at = ike_after(ctx, ctx->timing.half_open);
    }
    *out = x;
    return IKEV1_OK;
}

static void unlink(struct ike_xchg *x) {
    struct ike_sa *sa = x->sa;
    if (sa->phase1 == x) {
        sa->phase1 = NULL;
        return;
    }
    struct ike_xchg **at = &sa->xchgs;
    while (*at != x)
        at = &(*at)->next;
    *at = x->next;
}

static void release_children(struct ike_xchg *x) {
    while (x->child != NULL) {
        struct ike_child *child = x->child;
        x->child = child->also;
        child->also = NULL;
        child->xchg = NULL;
    }
}

/* What no duplicate needs. */
static void shed(struct ike_xchg *x) {
    struct ike_context *ctx = x->sa->ctx;
    ike_material_free(ctx, &x->mat);
    if (x->exchange == IKEV1_EXCHANGE_TRANSACTION)
        ike_transaction_free(ctx, &x->transaction);
    else
        ike_profile_free(ctx, &x->profile);
    ike_blob_free(&ctx->mem, &x->sa_i);
    release_children(x);
}

void ike_xchg_free(struct ike_xchg *x) {
    struct ike_context *ctx = x->sa->ctx;
    unlink(x);
    shed(x);
    ike_timer_set(&ctx->timers, &x->timer, IKEV1_NEVER);
    ike_timers_release(&ctx->timers, 1);
    ike_blob_free(&ctx->mem, &x->sent);
    ike_parked_free(ctx, &x->parked);
    ike_free(&ctx->mem, x, sizeof *x);
}

struct ike_xchg *ike_xchg_find(const struct ike_sa *sa, uint32_t message_id) {
    struct ike_xchg *x = message_id == 0 ? sa->phase1 : sa->xchgs;
    while (x != NULL && x->message_id != message_id)
        x = x->next;
    return x;
}

/* ---- timer ---- */

/* A wait, shortened at random so that peers that started together do not stay together. */
uint32_t ike_jittered(struct ike_context *ctx, uint32_t wait) {
    uint8_t raw = 0;
    if (ike_random(ctx, &raw, 1) != IKEV1_OK)
        return wait;
    return wait - (uint32_t)((uint64_t)wait * ctx->timing.retry_jitter * raw / 25600);
}

static uint32_t next_wait(const struct ike_context *ctx, uint32_t wait) {
    uint64_t longer =
        wait == 0 ? ctx->timing.retry_first : (uint64_t)wait * ctx->timing.retry_percent / 100;
    return longer < ctx->timing.retry_max ? (uint32_t)longer : ctx->timing.retry_max;
}

static bool resends(const struct ike_xchg *x) {
    return x->initiator || x->exchange == IKEV1_EXCHANGE_QUICK;
}

static ikev1_time sooner(ikev1_time a, ikev1_time b) {
    return a < b ? a : b;
}

/* All messages are there, and memory lacked for what follows from them. */
static bool is_incomplete(const struct ike_xchg *x) {
    return x->state == IKE_FINISHED && x == x->sa->phase1 && x->sa->state == IKE_SA_NEGOTIATING;
}

void ike_xchg_arm(struct ike_xchg *x) {
    struct ike_context *ctx = x->sa->ctx;
    ikev1_time at = x->ends_at;
    if (x->ask != 0) {
        const bool user = x->exchange == IKEV1_EXCHANGE_TRANSACTION; /* who has to type */
        at = sooner(at, ike_after(ctx, user ? ctx->timing.xauth : ctx->timing.half_open));
    } else if (x->state == IKE_OWES || is_incomplete(x)) {
        at = sooner(at, ike_after(ctx, IKE_TRY_AGAIN));
    } else if (x->state == IKE_AWAITS && resends(x)) {
        x->wait = next_wait(ctx, x->tries == 0 ? 0 : x->wait);
        at = sooner(at, ike_after(ctx, ike_jittered(ctx, x->wait)));
    }
    ike_timer_set(&ctx->timers, &x->timer, at);
}

/* Nobody can make us keep more of these for longer than he is there to answer for it. */
void ike_xchg_extend(struct ike_xchg *x) {
    const uint64_t more = (REACHED_TIMES - 1) * (uint64_t)x->sa->ctx->timing.half_open;
    x->ends_at = x->ends_at < IKEV1_NEVER - more ? x->ends_at + more : IKEV1_NEVER;
}

void ike_xchg_linger(struct ike_xchg *x) {
    struct ike_context *ctx = x->sa->ctx;
    shed(x);
    x->ends_at = ike_after(ctx, ctx->timing.linger);
    ike_xchg_arm(x);
}

static void give_up(struct ike_xchg *x, int code) {
    ikev1_why why = {.exchange = x->exchange, .message = x->number, .rule = x->sa->rule};
    why.code = x->suspect != 0 ? x->suspect : x->before != 0 ? x->before : code;
    why.notify = x->notified;
    if (why.code == IKEV1_E_SILENT)
        ike_log_stranger(x);
    ike_fail(x, &why);
}

/* In Main Mode, who has answered up to our proof is there: it cannot read that, as with another
 * pre-shared key, or has not received it, as on another port; or does not say what it holds of it.
 */
static int silence(const struct ike_xchg *x) {
    const bool proven =
        x == x->sa->phase1 && x->initiator && x->exchange == IKEV1_EXCHANGE_MAIN && x->number == 6;
    return proven ? IKEV1_E_UNREAD : IKEV1_E_SILENT;
}

/* Until the responder has proven itself, in the last message, somebody else may have answered in
 * its name, and whom we talk to ever since knows nothing of us (PH1-07). In Aggressive Mode it
 * proves itself at once. */
static bool may_be_misled(const struct ike_xchg *x) {
    const uint32_t most = x->sa->ctx->timing.retry_count;
    return x == x->sa->phase1 && x->initiator && x->number > 2 && x->ends_at == IKEV1_NEVER &&
           x->tries < most && x->tries >= (most + 1) / 2;
}

/* Once, and it all ends when it would have ended. */
static bool start_over(struct ike_xchg *x) {
    struct ike_context *ctx = x->sa->ctx;
    uint64_t left = 0;
    uint32_t wait = x->wait;
    for (uint32_t i = x->tries; i < ctx->timing.retry_count; i++)
        left += wait = next_wait(ctx, wait);
    ikev1_why why = {0};
    const int was = x->suspect != 0 ? x->suspect : silence(x);
    if (ike_sa_restart(x->sa) != IKEV1_OK)
        return false;
    x->ends_at = ike_after(ctx, left);
    x->before = (int16_t)(was != IKEV1_E_SILENT ? was : 0);
    (void)ike_drive(x, &why); /* what it cannot do yet stays owed, and the timer set */
    return true;
}

static void send_again(struct ike_xchg *x) {
    struct ike_context *ctx = x->sa->ctx;
    if (may_be_misled(x) && start_over(x))
        return;
    if (x->tries >= ctx->timing.retry_count) {
        give_up(x, silence(x));
        return;
    }
    x->tries++;
    ike_fragment_tried(x->sa, x->tries);
    ctx->retransmitted++;
    ike_log_xchg(x, IKEV1_LOG_RETRANSMIT, NULL);
    (void)ike_send(x->sa, ike_blob_bytes(&x->sent)); /* no memory: the next time will do */
    ike_xchg_arm(x);
}

/* What memory has kept from being done: not for ever. */
static void do_again(struct ike_xchg *x) {
    ikev1_why why = {0};
    if (x->ends_at <= x->sa->ctx->now || x->tries++ >= TRY_TIMES)
        give_up(x, IKEV1_E_MEMORY);
    else
        (void)ike_drive(x, &why); /* what it cannot do yet stays owed, and the timer set */
}

void ike_xchg_due(struct ike_xchg *x) {
    if (x->ask != 0)
        give_up(x, IKEV1_E_UNANSWERED);
    else if (x->state == IKE_OWES || is_incomplete(x))
        do_again(x);
    else if (x->state == IKE_FINISHED && x->child != NULL)
        ike_quick_up(x); /* CONNECTED was lost, or never said */
    else if (x->state == IKE_FINISHED)
        ike_xchg_free(x);
    else if (x->ends_at <= x->sa->ctx->now)
        give_up(x, silence(x));
    else
        send_again(x);
}
