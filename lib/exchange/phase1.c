/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every exchange that makes an ISAKMP SA has in common: keys, and what of the host's answer
 * has to be remembered.
 */
#include <string.h>

#include "exchange/ask.h"
#include "exchange/material.h"
#include "exchange/natt.h"
#include "exchange/phase1.h"
#include "exchange/proposal.h"

/* ---- keys ---- */

int ike_keys_derive(struct ike_sa *sa, const struct ike_algs *algs, const struct ike_exchanged *e,
                    struct ike_derived *d) {
    struct ike_context *ctx = sa->ctx;
    struct ike_live *live = ike_live_new(ctx, ike_prf_size(algs), algs->key_size);
    struct ike_keys keys;
    if (live == NULL)
        return IKEV1_E_MEMORY;
    int r = ike_skeyid_keys(&ctx->crypto, algs, d->skeyid, e, &keys);
    if (r == IKEV1_OK) {
        memcpy(live->keys, keys.skeyid_d, keys.size);
        memcpy(live->keys + keys.size, keys.skeyid_a, keys.size);
        memcpy(live->keys + 2 * (size_t)keys.size, keys.key, keys.key_size);
        ctx->mem.wipe(&keys, sizeof keys);
    }
    if (r == IKEV1_OK)
        r = ike_iv_phase1(&ctx->crypto, algs, e->gxi, e->gxr, d->iv);
    if (r == IKEV1_OK)
        r = ike_timers_reserve(&ctx->lifetimes, 1);
    if (r != IKEV1_OK) {
        ike_live_free(ctx, &live);
        return r;
    }
    live->sa = sa;
    d->live = live;
    return IKEV1_OK;
}

/* Only Main Mode has to choose a key before it knows who calls (RFC 2409 5.4). */
static bool has_more_keys(const struct ike_xchg *x) {
    return !x->initiator && x->exchange == IKEV1_EXCHANGE_MAIN && x->profile->psk_count > 1 &&
           ike_auth_shares(x->sa->auth);
}

void ike_keys_install(struct ike_xchg *x, struct ike_derived *d) {
    struct ike_context *ctx = x->sa->ctx;
    x->sa->live = d->live;
    memcpy(x->mat->skeyid, d->skeyid, sizeof d->skeyid);
    memcpy(x->iv, d->iv, sizeof d->iv);
    if (!has_more_keys(x)) {
        ctx->mem.wipe(x->mat->secret.data, x->mat->secret.len);
        x->mat->secret.len = 0;
    }
    ctx->mem.wipe(x->mat->seed, sizeof x->mat->seed);
    ctx->mem.wipe(d, sizeof *d);
}

void ike_derived_free(struct ike_context *ctx, struct ike_derived *d) {
    if (d->live != NULL)
        ike_timers_release(&ctx->lifetimes, 1);
    ike_live_free(ctx, &d->live);
    ctx->mem.wipe(d, sizeof *d);
}

/* In Aggressive Mode the peer has said who it is by now. */
static int ask_psk(const struct ike_xchg *x, ikev1_bytes *psk, ikev1_why *why) {
    ikev1_question q = ike_question(x->sa, x);
    ikev1_id peer;
    ikev1_bytes claimed = ike_blob_bytes(ike_id_of(x->mat, !x->initiator));
    q.candidate = x->candidate;
    if (claimed.len != 0 && ike_id_decode(&peer, claimed, NULL) == IKEV1_OK)
        q.peer_id = &peer;
    return ike_ask_psk(x->sa->ctx, &q, psk, why);
}

int ike_phase1_skeyid(const struct ike_xchg *x, const struct ike_algs *algs,
                      const struct ike_exchanged *e, uint8_t *skeyid, ikev1_why *why) {
    const struct ike_sa *sa = x->sa;
    ikev1_bytes psk = {NULL, 0};
    if (x->mat->has_skeyid) {
        memcpy(skeyid, x->mat->skeyid, sizeof x->mat->skeyid);
        return IKEV1_OK;
    }
    int r = ike_auth_shares(sa->auth) ? ask_psk(x, &psk, why) : IKEV1_OK;
    if (r != IKEV1_OK)
        return r;
    r = ike_skeyid(&sa->ctx->crypto, algs, sa->auth, psk, e, skeyid);
    return r == IKEV1_OK ? r : ike_refuse(why, r, 0, 0, "RFC 2409 5");
}

int ike_phase1_keys(struct ike_xchg *x, ikev1_why *why) {
    struct ike_sa *sa = x->sa;
    struct ike_derived d = {0};
    if (sa->live != NULL)
        return IKEV1_OK;
    /* In this order, whichever of the two has to wait: g^xy is kept, the key is not. */
    int r = ike_material_agree(x, sa->algs.group, why);
    struct ike_exchanged e = ike_exchanged(x);
    if (r == IKEV1_OK)
        r = ike_phase1_skeyid(x, &sa->algs, &e, d.skeyid, why);
    if (r != IKEV1_OK)
        return r;
    r = ike_keys_derive(sa, &sa->algs, &e, &d);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, 0, 0, "RFC 2409 5");
    ike_keys_install(x, &d);
    return IKEV1_OK;
}

bool ike_phase1_next_key(struct ike_xchg *x) {
    struct ike_sa *sa = x->sa;
    if (!has_more_keys(x))
        return false;
    if (sa->live != NULL)
        ike_timers_release(&sa->ctx->lifetimes, 1);
    ike_live_free(sa->ctx, &sa->live);
    memset(x->iv, 0, sizeof x->iv);
    sa->ctx->mem.wipe(x->mat->skeyid, sizeof x->mat->skeyid);
    x->candidate = (uint8_t)((x->candidate + 1) % x->profile->psk_count);
    return x->candidate != 0;
}

struct ike_live *ike_live_new(struct ike_context *ctx, size_t prf_size, size_t key_size) {
    struct ike_live *live = ike_alloc(&ctx->mem, sizeof *live + 2 * prf_size + key_size);
    if (live == NULL)
        return NULL;
    live->keys = (uint8_t *)(live + 1);
    live->prf_size = (uint8_t)prf_size;
    live->key_size = (uint8_t)key_size;
    live->expires = live->keepalive_at = live->rekey_at = IKEV1_NEVER;
    return live;
}

void ike_live_free(struct ike_context *ctx, struct ike_live **live) {
    if (*live == NULL)
        return;
    ike_timer_set(&ctx->lifetimes, &(*live)->timer, IKEV1_NEVER);
    ike_blob_free(&ctx->mem, &(*live)->remote_id);
    if ((*live)->dpd != NULL)
        ike_free(&ctx->mem, (*live)->dpd, sizeof *(*live)->dpd);
    ike_free(&ctx->mem, (*live)->ids, (*live)->id_room * sizeof *(*live)->ids);
    ike_free(&ctx->mem, *live, sizeof **live + ike_keys_size(*live));
    *live = NULL;
}

/* ---- the host's answer, the offer and the choice ---- */

bool ike_path_is_good(const ikev1_path *path) {
    bool known = path->remote.family == 4 || path->remote.family == 6;
    return known && path->local.family == path->remote.family;
}

static void take_path(struct ike_sa *sa, const ikev1_path *path) {
    sa->path = *path;
    if (sa->path.local.port == 0)
        sa->path.local.port = IKEV1_PORT;
    if (sa->path.remote.port == 0)
        sa->path.remote.port = IKEV1_PORT;
}

/* Aggressive Mode shows a public value at once, so that it can offer one group only (RFC 2409 5),
 * and the answer proves itself at once, so that it has to be known how. */
static bool one_way(const ikev1_phase1 *p) {
    for (size_t i = 1; i < p->suite_count; i++) {
        if (p->suites[i].group != p->suites[0].group || p->suites[i].auth != p->suites[0].auth)
            return false;
    }
    return true;
}

static uint8_t exchange_of(uint8_t mode) {
    static const uint8_t EXCHANGES[] = {[IKEV1_MODE_MAIN] = IKEV1_EXCHANGE_MAIN,
                                        [IKEV1_MODE_AGGRESSIVE] = IKEV1_EXCHANGE_AGGRESSIVE,
                                        [IKEV1_MODE_BASE] = IKEV1_EXCHANGE_BASE};
    return EXCHANGES[mode];
}

static int begin_aggressive(struct ike_xchg *x, const ikev1_phase1 *p) {
    if (!one_way(p))
        return IKEV1_E_CONFIG;
    x->sa->auth = p->suites[0].auth;
    x->sa->algs.group = ike_group_alg(&x->sa->ctx->crypto, p->suites[0].group);
    return IKEV1_OK;
}

int ike_phase1_begin(struct ike_xchg *x, ikev1_why *why) {
    struct ike_sa *sa = x->sa;
    ikev1_question q = ike_question(sa, x);
    ikev1_phase1 p;
    uint8_t body[2048];
    if (x->sa_i.len != 0)
        return IKEV1_OK;
    int r = ike_ask_phase1(sa->ctx, &q, &p, why);
    if (r != IKEV1_OK)
        return r;
    /* Where the SA is that this one replaces. */
    bool is_there = sa->replaces != 0 && sa->path.remote.family != 0;
    if (p.rule != sa->rule || (!is_there && !ike_path_is_good(&p.path)))
        return ike_refuse(why, IKEV1_E_CONFIG, 0, 0, NULL);
    if (!is_there)
        take_path(sa, &p.path);
    r = ike_profile_keep(sa, x, &p);
    x->exchange = exchange_of(p.mode);
    if (r == IKEV1_OK && p.mode == IKEV1_MODE_AGGRESSIVE)
        r = begin_aggressive(x, &p);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, 0, 0, NULL);
    struct ike_writer w = ike_writer(body, sizeof body);
    ike_offer1(&w, &p);
    r = w.bad ? IKEV1_E_OUTPUT
              : ike_blob_set(&sa->ctx->mem, &x->sa_i, ike_bytes(body, ike_written(&w)));
    return r == IKEV1_OK ? r : ike_refuse(why, r, IKEV1_PAYLOAD_SA, 0, "RFC 2409 5");
}

/* The host is asked again: where it goes may have changed with the ports of NAT traversal. */
void ike_phase1_reset(struct ike_xchg *x) {
    struct ike_sa *sa = x->sa;
    struct ike_context *ctx = sa->ctx;
    ike_material_free(ctx, &x->mat);
    ike_profile_free(ctx, &x->profile);
    ike_blob_free(&ctx->mem, &x->sent);
    ike_blob_free(&ctx->mem, &x->sa_i);
    if (sa->live != NULL)
        ike_timers_release(&ctx->lifetimes, 1);
    ike_live_free(ctx, &sa->live);
    memset(x->iv, 0, sizeof x->iv);
    x->seen = 0;
    x->number = 1;
    x->state = IKE_OWES;
    x->tries = x->resends = 0;
    sa->algs = (struct ike_algs){0};
    sa->auth = sa->key_bits = 0;
    sa->can = 0;
    sa->life = (struct ike_lifetime){0, 0};
    sa->natt = 0;
    sa->nat_local = sa->nat_remote = false;
}

/* From here on the suite has the lifetime that holds. */
static int settle_life(struct ike_suite *suite, uint8_t policy, struct ike_lifetime ours,
                       bool *tell, ikev1_why *why) {
    struct ike_lifetime theirs = {suite->life_seconds, suite->life_kilobytes}, used;
    int r = ike_lifetime_settle(policy, ours, theirs, &used, tell, why);
    if (r != IKEV1_OK)
        return r;
    suite->life_seconds = used.seconds;
    suite->life_kilobytes = used.kilobytes;
    return r;
}

/* To Windows, as its vendor IDs tell, 65001 is another method than XAUTH: none of ours. */
static bool means_gssapi(const ikev1_phase1 *p, uint32_t can) {
    const uint32_t says = IKE_CAN_BIT(IKE_CAN_WINDOWS) | IKE_CAN_BIT(IKE_CAN_GSSAPI);
    return (can & says) == says && (ike_quirks_of(p) & IKEV1_QUIRK_GSSAPI_65001) != 0;
}

static void leave_out_65001(ikev1_phase1 *p, ikev1_suite1 *room) {
    size_t count = 0;
    for (size_t i = 0; i < p->suite_count; i++) {
        if (p->suites[i].auth != IKEV1_AUTH_XAUTH_INIT_PSK)
            room[count++] = p->suites[i];
    }
    p->suites = room;
    p->suite_count = count;
}

static int refuse_mode(uint8_t theirs, uint8_t ours, ikev1_why *why) { /* PH1-10 */
    struct ike_text left = ike_text(why->theirs, sizeof why->theirs);
    struct ike_text right = ike_text(why->ours, sizeof why->ours);
    ike_text_name(&left, IKEV1_NAMES_EXCHANGE, theirs);
    ike_text_name(&right, IKEV1_NAMES_EXCHANGE, ours);
    return ike_refuse(why, IKEV1_E_EXCHANGE, 0, 18, "RFC 2409 5.4");
}

int ike_got_offered(const struct ike_xchg *x, const struct ike_received *in,
                    const ikev1_id *peer_id, struct ike_staged *st, ikev1_why *why) {
    const struct ike_sa *sa = x->sa;
    ikev1_question q = ike_question(sa, x);
    ikev1_bytes body = ike_chain_find(&in->chain, IKEV1_PAYLOAD_SA, 0)->body;
    q.peer_id = peer_id;
    int r = ike_ask_phase1(sa->ctx, &q, &st->phase1, why);
    if (r != IKEV1_OK)
        return r;
    why->rule = st->phase1.rule;
    if (x->exchange != IKEV1_EXCHANGE_MAIN && x->exchange != exchange_of(st->phase1.mode))
        return refuse_mode(x->exchange, exchange_of(st->phase1.mode), why);
    ikev1_suite1 room[IKE_MAX_SUITES];
    ikev1_phase1 p = st->phase1;
    if (means_gssapi(&p, st->can)) {
        leave_out_65001(&p, room);
        st->habits |= IKEV1_QUIRK_GSSAPI_65001;
    }
    r = ike_choose1(sa->ctx, &p, body, &st->suite, why);
    if (r != IKEV1_OK) {
        st->refuse = IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN;
        return r;
    }
    r = settle_life(&st->suite, st->phase1.lifetime, ike_lifetime1(&st->phase1), &st->tell_life,
                    why);
    if (r != IKEV1_OK) {
        st->refuse = IKEV1_NOTIFY_ATTRIBUTES_NOT_SUPPORTED;
        return r;
    }
    st->has_phase1 = true;
    st->has_suite = true;
    st->sa_body = body;
    st->natt = ike_natt_choose(ike_natt_allowed(&st->phase1), st->can);
    return IKEV1_OK;
}

/* Its numbers and lifetimes are repeated as they stood. */
static bool find_chosen(const struct ike_sa *sa, ikev1_bytes sa_body, struct ike_suite *suite) {
    const uint16_t prf = sa->algs.prf != NULL ? sa->algs.prf->id : 0;
    struct ike_reader proposals = ike_sa_proposals(sa_body);
    struct ike_proposal p;
    struct ike_transform t;
    while (ike_proposal_next(&proposals, &p)) {
        while (ike_transform_next(&p, &t)) {
            ike_suite_decode1(suite, &p, &t);
            if (suite->bad == 0 && suite->prf == prf && suite->cipher == sa->algs.cipher->id &&
                suite->key_bits == sa->key_bits && suite->hash == sa->algs.hash->id &&
                suite->group == sa->algs.group->id && suite->auth == sa->auth)
                return true;
        }
    }
    return false;
}

int ike_ask_phase1_again(const struct ike_xchg *x, const struct ike_received *in,
                         struct ike_staged *st, ikev1_why *why) {
    const struct ike_sa *sa = x->sa;
    ikev1_question q = ike_question(sa, x);
    ikev1_id id;
    int r = ike_id_decode(&id, ike_peer_id_body(x, in), why);
    if (r != IKEV1_OK)
        return r;
    q.peer_id = &id;
    q.candidate = x->candidate;
    r = ike_ask_phase1(sa->ctx, &q, &st->phase1, why);
    if (r != IKEV1_OK)
        return r;
    why->rule = st->phase1.rule;
    if (!find_chosen(sa, ike_blob_bytes(&x->sa_i), &st->suite))
        return ike_refuse(why, IKEV1_E_BUG, IKEV1_PAYLOAD_SA, 0, "RFC 2409 5");
    r = ike_allows1(sa->ctx, &st->phase1, &st->suite, why);
    if (r == IKEV1_OK)
        r = settle_life(&st->suite, st->phase1.lifetime, ike_lifetime1(&st->phase1), &st->tell_life,
                        why);
    if (r == IKEV1_OK)
        r = ike_check_peer_id(x, in, &st->phase1, why);
    st->has_phase1 = st->has_suite = true;
    return r;
}

int ike_put_chosen(const struct ike_xchg *x, struct ike_message_writer *m, ikev1_why *why) {
    struct ike_suite suite;
    if (!find_chosen(x->sa, ike_blob_bytes(&x->sa_i), &suite))
        return ike_refuse(why, IKEV1_E_BUG, IKEV1_PAYLOAD_SA, 0, "RFC 2409 5");
    ike_payload_begin(m, IKEV1_PAYLOAD_SA);
    ike_chosen1(&m->w, &suite);
    ike_payload_end(m);
    return IKEV1_OK;
}

int ike_got_chosen(const struct ike_xchg *x, const struct ike_received *in, struct ike_staged *st,
                   ikev1_why *why) {
    ikev1_bytes body = ike_chain_find(&in->chain, IKEV1_PAYLOAD_SA, 0)->body;
    if (ike_no_cookie(in->header->rcookie))
        return ike_refuse(why, IKEV1_E_COOKIE, 0, 8, "RFC 2408 3.1");
    int r = ike_check_choice1(x->sa->ctx, ike_blob_bytes(&x->sa_i), body, &st->suite, why);
    if (r == IKEV1_OK)
        r = settle_life(&st->suite, x->profile->lifetime, x->profile->life, &st->tell_life, why);
    if (r != IKEV1_OK)
        return r;
    st->has_suite = true;
    st->rcookie = ike_bytes(in->header->rcookie, IKEV1_COOKIE_SIZE);
    st->natt = ike_natt_choose(x->profile->announce, st->can);
    return IKEV1_OK;
}

int ike_got_public(const struct ike_xchg *x, const struct ike_received *in,
                   const ikev1_group_alg *group, struct ike_staged *st, ikev1_why *why) {
    const struct ike_payload *ke = ike_chain_find(&in->chain, IKEV1_PAYLOAD_KE, 0);
    size_t at = ke->offset + IKEV1_HEADER_SIZE;
    int r = ike_group_check(group, ke->body);
    if (r != IKEV1_OK) {
        if (ke->body.len != group->public_size)
            ike_why_numbers(why, ke->body.len, group->public_size, "bytes");
        return ike_refuse(why, r, IKEV1_PAYLOAD_KE, at, "RFC 2409 5");
    }
    if (x->initiator && ike_bytes_equal(ke->body, ike_blob_bytes(&x->mat->ke_i))) /* KEX-05 */
        return ike_refuse(why, IKEV1_E_KE_REFLECTED, IKEV1_PAYLOAD_KE, at, "RFC 2409 5");
    /* Whether a public value is good shows fully in the result. The initiator finds out before it
     * commits to it, since the next thing would be to fail; the responder has spent nothing
     * on this peer yet and computes when a message shows that it is worth it. */
    if (x->initiator) {
        const struct ike_blob *held = &x->mat->held;
        if (held->len == group->secret_size)
            memcpy(st->secret, held->data, held->len);
        else
            r = ike_dh(x, group, ke->body, st->secret, why);
        if (r != IKEV1_OK) {
            why->offset = (uint32_t)at;
            return r;
        }
        st->secret_len = group->secret_size;
    }
    st->ke = ke->body;
    const struct ike_payload *nonce = ike_chain_find(&in->chain, IKEV1_PAYLOAD_NONCE, 0);
    if (nonce != NULL) /* in Base Mode it has come before */
        st->nonce = nonce->body;
    return IKEV1_OK;
}
