/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ISAKMP SAs: made with the first message, established when both sides have proved who they are,
 * and ended once, with one event.
 */
#include <string.h>

#include "exchange/natt.h"
#include "exchange/phase1.h"
#include "session/access.h"
#include "session/life.h"
#include "session/pieces.h"
#include "session/dpd.h"

/* ---- making ---- */

/* Cookies are random (RFC 2408 2.5.3). With several engines ours leads the peer's packets back to
 * this one: the sum of an initiator cookie's bytes is the engine's number, and so is the first byte
 * of a responder cookie. */
static int draw_cookie(struct ike_context *ctx, uint8_t *cookie, bool initiator) {
    int r = ike_random(ctx, cookie, IKEV1_COOKIE_SIZE);
    if (r == IKEV1_OK && ike_no_cookie(cookie)) /* means "none"; CRY-02 */
        return IKEV1_E_RANDOM;
    if (r != IKEV1_OK || ctx->shards < 2)
        return r;
    if (!initiator) {
        cookie[0] = (uint8_t)ctx->shard;
        return r;
    }
    unsigned sum = 0;
    for (size_t i = 0; i < IKEV1_COOKIE_SIZE - 1; i++)
        sum += cookie[i];
    while ((sum + cookie[7]) % ctx->shards != ctx->shard)
        cookie[7]++;
    return r;
}

static int reserve_tables(struct ike_session *s) {
    bool room = ike_index_reserve(&s->cookies, 1) == IKEV1_OK &&
                ike_index_reserve(&s->requests, 1) == IKEV1_OK &&
                ike_index_reserve(&s->rules, 1) == IKEV1_OK && ike_admission_reserve(s) == IKEV1_OK;
    return room ? IKEV1_OK : IKEV1_E_MEMORY;
}

static void enter_cookies(struct ike_session *s, const struct ike_sa *sa) {
    uint32_t slot = ike_slot_of(sa->handle);
    ike_index_add(&s->cookies, ike_hash_cookies(s, sa->icookie, sa->rcookie), slot);
    ike_index_add(&s->requests, ike_hash_own(sa), slot);
}

static void leave_cookies(struct ike_session *s, const struct ike_sa *sa) {
    uint32_t slot = ike_slot_of(sa->handle);
    ike_index_remove(&s->cookies, ike_hash_cookies(s, sa->icookie, sa->rcookie), slot);
    ike_index_remove(&s->requests, ike_hash_own(sa), slot);
}

int ike_sa_enter(struct ike_sa *sa) {
    struct ike_session *s = ike_session(sa);
    int r = reserve_tables(s);
    if (r == IKEV1_OK)
        r = ike_handle_new(&s->handles, IKE_KIND_SA, sa, &sa->handle);
    if (r != IKEV1_OK)
        return r;
    enter_cookies(s, sa);
    s->sas++;
    return r;
}

int ike_sa_new(struct ike_session *s, const ikev1_path *path, const uint8_t *icookie,
               uint8_t exchange, struct ike_sa **out) {
    struct ike_context *ctx = &s->ctx;
    struct ike_xchg *x;
    if (s->sas >= ctx->limits.sas)
        return IKEV1_E_SAS;
    struct ike_sa *sa = ike_alloc(&ctx->mem, sizeof *sa);
    if (sa == NULL)
        return IKEV1_E_MEMORY;
    sa->ctx = ctx;
    sa->path = *path;
    sa->initiator = icookie == NULL;
    sa->begun = s->serials;
    int r = draw_cookie(ctx, sa->initiator ? sa->icookie : sa->rcookie, sa->initiator);
    if (icookie != NULL)
        memcpy(sa->icookie, icookie, IKEV1_COOKIE_SIZE);
    if (r == IKEV1_OK)
        r = ike_xchg_new(sa, exchange, 0, sa->initiator, &x);
    if (r == IKEV1_OK) {
        r = ike_sa_enter(sa);
        if (r != IKEV1_OK)
            ike_xchg_free(x);
    }
    if (r != IKEV1_OK) {
        ike_free(&ctx->mem, sa, sizeof *sa);
        return r;
    }
    if (!sa->initiator)
        ike_admission_enter(sa);
    *out = sa;
    return IKEV1_OK;
}

void ike_sa_rekey_cookies(struct ike_sa *sa, const uint8_t *old_rcookie) {
    struct ike_session *s = ike_session(sa);
    uint32_t slot = ike_slot_of(sa->handle);
    ike_index_remove(&s->cookies, ike_hash_cookies(s, sa->icookie, old_rcookie), slot);
    ike_index_add(&s->cookies, ike_hash_cookies(s, sa->icookie, sa->rcookie), slot);
}

int ike_sa_restart(struct ike_sa *sa) {
    struct ike_session *s = ike_session(sa);
    uint8_t cookie[IKEV1_COOKIE_SIZE];
    int r = draw_cookie(sa->ctx, cookie, true);
    if (r != IKEV1_OK)
        return r;
    leave_cookies(s, sa);
    memcpy(sa->icookie, cookie, sizeof sa->icookie);
    memset(sa->rcookie, 0, sizeof sa->rcookie);
    ike_phase1_reset(sa->phase1);
    enter_cookies(s, sa);
    return IKEV1_OK;
}

/* ---- establishing ---- */

static ikev1_id copy_id(const struct ike_blob *body, uint8_t *to) {
    ikev1_id id = {0};
    if (body->len == 0)
        return id;
    memcpy(to, body->data, body->len);
    (void)ike_id_decode(&id, ike_bytes(to, body->len), NULL); /* it was decoded before */
    return id;
}

static struct ike_detail *describe(const struct ike_sa *sa, const struct ike_blob *own,
                                   const struct ike_blob *peer) {
    struct ike_detail *d = ike_detail_new(sa->ctx, own->len + peer->len);
    if (d == NULL)
        return NULL;
    ikev1_sa_info *info = &d->as.info;
    memcpy(info->icookie, sa->icookie, sizeof info->icookie);
    memcpy(info->rcookie, sa->rcookie, sizeof info->rcookie);
    info->cipher = sa->algs.cipher->id;
    info->key_bits = (uint16_t)(sa->algs.key_size * 8);
    info->hash = sa->algs.hash->id;
    info->prf = sa->algs.prf != NULL ? sa->algs.prf->id : 0;
    info->auth = sa->auth;
    info->group = sa->algs.group->id;
    info->local_id = copy_id(own, d->bytes);
    info->remote_id = copy_id(peer, d->bytes + own->len);
    info->life_seconds = sa->life.seconds;
    info->life_kilobytes = sa->life.kilobytes;
    info->nat_local = sa->nat_local;
    info->nat_remote = sa->nat_remote;
    info->natt = (uint16_t)ike_natt_bit(sa);
    if (sa->phase1 == NULL) /* imported: how it came about is not known any more */
        return d;
    info->exchange = sa->phase1->exchange;
    info->candidate = sa->phase1->candidate;
    return d;
}

static void set_pace(struct ike_sa *sa, const struct ike_profile *p) {
    struct ike_context *ctx = sa->ctx;
    struct ike_live *live = sa->live;
    uint32_t after =
        ike_rekey_after(ctx, sa->life.seconds, p->rekey_margin, p->rekey, sa->initiator);
    live->expires = ike_after(ctx, (uint64_t)sa->life.seconds * 1000);
    live->rekey_at = after != 0 ? ike_after(ctx, (uint64_t)after * 1000) : IKEV1_NEVER;
    live->keep = p->keep_children;
}

/* Room was reserved in all tables. */
static void begin_life(struct ike_sa *sa) {
    const struct ike_context *ctx = sa->ctx;
    sa->state = IKE_SA_ESTABLISHED;
    if (sa->nat_local)
        sa->live->keepalive_at = ike_after(ctx, ctx->timing.keepalive);
    ike_sa_arm(sa);
}

void ike_sa_resume(struct ike_sa *sa) {
    ike_peer_enter(sa);
    ike_rule_enter(sa);
    begin_life(sa);
}

struct ike_detail *ike_sa_describe(const struct ike_sa *sa) {
    static const struct ike_blob unknown;
    return describe(sa, &unknown, &sa->live->remote_id);
}

/* What Main Mode says in its last messages: RFC 2407 4.6.3. */
static void tell_status(const struct ike_xchg *x) {
    if (x->sa->tell_life)
        ike_tell_lifetime(x->sa);
    if (ike_says_contact(x))
        ike_tell_status(x->sa, IKEV1_NOTIFY_INITIAL_CONTACT, ike_bytes(NULL, 0));
}

int ike_sa_establish(struct ike_sa *sa) {
    struct ike_session *s = ike_session(sa);
    struct ike_xchg *x = sa->phase1;
    int r = ike_index_reserve(&s->rules, 1);
    if (r == IKEV1_OK)
        r = ike_index_reserve(&s->peers,
                              s->sas + 1 - s->peers.count); /* who enters when, XAUTH says */
    if (r == IKEV1_OK)
        r = ike_dpd_new(sa, x->profile);
    const struct ike_blob *own = ike_id_of(x->mat, sa->initiator);
    const struct ike_blob *peer = ike_id_of(x->mat, !sa->initiator);
    struct ike_detail *detail = r == IKEV1_OK ? describe(sa, own, peer) : NULL;
    if (detail == NULL ||
        ike_blob_set(&s->ctx.mem, &sa->live->remote_id, ike_blob_bytes(peer)) != IKEV1_OK) {
        ike_detail_free(&s->ctx, detail);
        return IKEV1_E_MEMORY;
    }
    sa->live->unique = x->profile->unique;
    sa->live->loose = ike_is_loose(x);
    ike_access_open(sa);
    if (!ike_is_unproven(sa))
        ike_peer_enter(sa);
    memcpy(sa->live->last_block, x->iv, sizeof sa->live->last_block);
    ike_admission_proven(sa);
    if (!sa->initiator)
        ike_rule_enter(sa);
    s->ctx.established++;
    set_pace(sa, x->profile);
    begin_life(sa);
    ike_log_xchg(x, IKEV1_LOG_PHASE1_DONE, NULL);
    ike_event_replacing(sa, NULL, IKEV1_EVENT_SA_UP, detail, sa->replaces);
    if (x->exchange != IKEV1_EXCHANGE_MAIN)
        tell_status(x);
    /* Whoever sent the last message answers when it was lost; the other one is done. */
    if (ike_sent_last(x))
        ike_xchg_linger(x);
    else
        ike_xchg_free(x);
    /* What the peer has lost is not taken over; whether it has, a message under a hash has to show
     * (ike_sa_confirm). A responder cannot even know that the peer means it. */
    if (sa->initiator && !sa->live->contact && ike_is_open(sa))
        ike_sa_settle(sa);
    if (ike_is_open(sa))
        ike_again_settle(sa, NULL);
    return IKEV1_OK;
}

void ike_sa_arm(struct ike_sa *sa) {
    struct ike_live *live = sa->live;
    ikev1_time at = live->expires < live->keepalive_at ? live->expires : live->keepalive_at;
    at = live->rekey_at < at ? live->rekey_at : at;
    const ikev1_time dpd = ike_dpd_at(sa);
    at = dpd < at ? dpd : at;
    ikev1_time again = ike_after(sa->ctx, IKE_TRY_AGAIN);
    live->timer.kind = IKE_TIMER_SA;
    ike_timer_set(&sa->ctx->lifetimes, &live->timer, sa->want_child && again < at ? again : at);
}

static void keep_alive(struct ike_sa *sa) {
    static const uint8_t keepalive = 0xff; /* RFC 3948 2.3 */
    struct ike_context *ctx = sa->ctx;
    (void)ike_send_to(ctx, sa->handle, &sa->path, ike_bytes(&keepalive, 1), true);
    sa->live->keepalive_at = ike_after(ctx, ctx->timing.keepalive);
}

void ike_sa_due(struct ike_sa *sa) {
    struct ike_context *ctx = sa->ctx;
    if (sa->live->expires <= ctx->now) {
        ikev1_why why = {.code = IKEV1_E_EXPIRED, .rule = sa->rule};
        if (sa->live->replaced)
            why.code = IKEV1_E_REPLACED;
        else if (sa->live->silent)
            why.code = IKEV1_E_SILENT;
        ike_sa_retire(sa, &why, true);
        return;
    }
    if (sa->live->keepalive_at <= ctx->now)
        keep_alive(sa);
    if (sa->live->rekey_at <= ctx->now)
        ike_sa_renew_due(sa);
    ike_dpd_due(sa);
    ike_sa_arm(sa);
    ike_child_wanted(sa); /* memory has kept it from beginning */
}

/* ---- ending ---- */

/* By what a message or a command finds it. */
static void leave_lookups(struct ike_session *s, struct ike_sa *sa) {
    leave_cookies(s, sa);
    ike_admission_leave(sa);
    if (sa->rule != 0 && (sa->initiator || sa->state == IKE_SA_ESTABLISHED))
        ike_rule_leave(sa);
}

static void leave_tables(struct ike_session *s, struct ike_sa *sa) {
    if (sa->state != IKE_SA_EXPIRED)
        leave_lookups(s, sa);
    if (sa->state != IKE_SA_NEGOTIATING && sa->live->serial != 0)
        ike_peer_leave(sa);
    s->sas--;
}

static void end_exchanges(struct ike_sa *sa) {
    if (sa->phase1 != NULL)
        ike_xchg_free(sa->phase1);
    while (sa->xchgs != NULL)
        ike_xchg_free(sa->xchgs);
}

/* What is secret or large goes at once; the shell waits until its event was pulled. */
static void hollow(struct ike_sa *sa) {
    ike_pieces_free(sa);
    end_exchanges(sa);
    if (sa->live != NULL)
        ike_timers_release(&sa->ctx->lifetimes, 1);
    ike_live_free(sa->ctx, &sa->live);
}

void ike_sa_free(struct ike_sa *sa) {
    struct ike_session *s = ike_session(sa);
    hollow(sa);
    ike_access_free(sa);
    ike_handle_end(&s->handles, sa->handle);
    ike_free(&s->ctx.mem, sa, sizeof *sa);
}

void ike_sa_expire(struct ike_sa *sa) {
    struct ike_context *ctx = sa->ctx;
    struct ike_live *live = sa->live;
    leave_lookups(ike_session(sa), sa);
    end_exchanges(sa);
    ctx->mem.wipe(live->keys, ike_keys_size(live));
    ike_timer_set(&ctx->lifetimes, &live->timer, IKEV1_NEVER);
    sa->state = IKE_SA_EXPIRED;
}

void ike_sa_forget(struct ike_sa *sa) {
    ike_access_end(sa);
    leave_tables(ike_session(sa), sa);
    sa->state = IKE_SA_DEAD;
    ike_sa_free(sa);
}

/* Somebody who sent one message and was never seen again is no news to the host. But in Main Mode
 * the second message is the last, so that it shows in why this ends whether it came. */
static bool has_been_reached(const struct ike_xchg *x, const ikev1_why *why) {
    if (x->exchange != IKEV1_EXCHANGE_MAIN)
        return x->number > 2 && why->code != IKEV1_E_SILENT;
    return x->number > 4;
}

void ike_sa_close(struct ike_sa *sa, const ikev1_why *why, bool tell) {
    struct ike_session *s = ike_session(sa);
    bool was_up = sa->state != IKE_SA_NEGOTIATING;
    bool known = was_up || sa->initiator || has_been_reached(sa->phase1, why);
    struct ike_log_about about = {.sa = sa, .xchg = sa->phase1, .why = why};
    if (tell && was_up)
        ike_tell_delete(sa, NULL);
    if (was_up)
        sa->live->replaced = true; /* nothing takes its place any more */
    while (sa->children != NULL)
        ike_child_close(sa->children, why, false);
    if (sa->state == IKE_SA_DEAD) /* of an expired one the last child takes it along */
        return;
    if (was_up)
        ike_log(sa->ctx, IKEV1_LOG_SA_DOWN, &about);
    else
        ike_log_refusal(sa->ctx, &about);
    if (!known) {
        ike_sa_forget(sa);
        return;
    }
    ike_access_end(sa);
    leave_tables(s, sa);
    if (!was_up) {
        s->ctx.failed++;
        ike_rates_failed(sa, why->code);
    }
    sa->state = IKE_SA_DEAD;
    hollow(sa);
    if (!was_up && sa->initiator)
        ike_phase1_failed(sa); /* it looks at `replaces`, where the ending will be */
    sa->ending.child = false;
    ike_bury(s, &sa->ending, was_up ? IKEV1_EVENT_SA_DOWN : IKEV1_EVENT_SA_FAILED, why);
    ike_again_failed(sa, why->code);
}
