/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commit point: the one place where a received message changes anything.
 */
#include <string.h>

#include "exchange/natt.h"
#include "exchange/phase1.h"
#include "exchange/quick.h"
#include "exchange/run.h"
#include "exchange/transaction.h"

/* A copy of what is staged, so that running out of memory half way changes nothing. */
struct copies {
    struct {
        struct ike_blob *to, fresh;
    } at[8];
    size_t count;
};

static int copy(struct ike_context *ctx, struct copies *c, struct ike_blob *to, ikev1_bytes from) {
    if (from.len == 0)
        return IKEV1_OK;
    c->at[c->count].to = to;
    c->at[c->count].fresh = (struct ike_blob){NULL, 0};
    return ike_blob_set(&ctx->mem, &c->at[c->count++].fresh, from);
}

static int copy_staged(struct ike_xchg *x, const struct ike_staged *st, struct copies *c) {
    struct ike_context *ctx = x->sa->ctx;
    struct ike_material *mat = x->mat;
    int r = copy(ctx, c, &x->sa_i, st->sa_body);
    if (r == IKEV1_OK && mat != NULL)
        r = copy(ctx, c, x->initiator ? &mat->nr : &mat->ni, st->nonce);
    if (r == IKEV1_OK && mat != NULL)
        r = copy(ctx, c, x->initiator ? &mat->ke_r : &mat->ke_i, st->ke);
    if (r == IKEV1_OK && mat != NULL)
        r = copy(ctx, c, &mat->id_i, st->id_i);
    if (r == IKEV1_OK && mat != NULL)
        r = copy(ctx, c, &mat->id_r, st->id_r);
    if (r == IKEV1_OK && mat != NULL)
        r = copy(ctx, c, &mat->secret, ike_bytes(st->secret, st->secret_len));
    if (r == IKEV1_OK && st->has_transaction)
        r = copy(ctx, c, &x->transaction->attrs, st->transaction.attrs);
    if (r == IKEV1_OK && st->has_phase1)
        r = ike_profile_keep(x->sa, x, &st->phase1);
    return r;
}

static void settle_sa(struct ike_sa *sa, const struct ike_staged *st, const struct ike_algs *algs) {
    if (st->rcookie.len == IKEV1_COOKIE_SIZE)
        memcpy(sa->rcookie, st->rcookie.data, IKEV1_COOKIE_SIZE);
    if (st->has_suite) {
        sa->algs = *algs;
        sa->auth = st->suite.auth;
        sa->key_bits = st->suite.key_bits;
        sa->life = (struct ike_lifetime){st->suite.life_seconds, st->suite.life_kilobytes};
        sa->tell_life = st->tell_life;
    }
    sa->can |= st->can;
    if ((st->can & IKE_CAN_BIT(IKE_CAN_FRAGMENTS_BARE)) != 0 &&
        ike_quirk(sa, IKEV1_QUIRK_FRAGMENT_WORD))
        sa->can |= IKE_CAN_BIT(IKE_CAN_FRAGMENTS);
    if (st->natt != 0)
        sa->natt = st->natt;
    sa->nat_local |= st->nat_local;
    sa->nat_remote |= st->nat_remote;
    if (st->contact)
        sa->live->contact = true;
    ike_sa_shorten(sa, st->told);
}

/* The lifetime in kilobytes ends an SA as the one in seconds does: by its timer. At nine tenths of
 * it it is time for the next one, if that is ours to begin. */
void ike_count_sealed(struct ike_sa *sa, size_t bytes) {
    struct ike_live *live = sa->live;
    uint64_t most = (uint64_t)sa->life.kilobytes * 1024;
    live->sealed += bytes;
    if (sa->state != IKE_SA_ESTABLISHED || most == 0 || live->sealed < most - most / 10)
        return;
    if (live->sealed >= most)
        live->expires = sa->ctx->now;
    else if (live->rekey_at != IKEV1_NEVER)
        live->rekey_at = sa->ctx->now;
    else
        return;
    ike_timer_set(&sa->ctx->lifetimes, &live->timer, sa->ctx->now);
}

int ike_commit(struct ike_xchg *x, const struct ike_step *step, struct ike_staged *st,
               const uint8_t *next_iv, size_t sealed, ikev1_why *why) {
    struct ike_context *ctx = x->sa->ctx;
    struct ike_algs algs = {0};
    struct copies c = {.count = 0};
    int r = st->has_suite && x == x->sa->phase1
                ? ike_algs_find(&algs, &ctx->crypto, &st->suite, why)
                : IKEV1_OK;
    if (r == IKEV1_OK && st->nonce.len != 0 && x->mat == NULL)
        r = (x->mat = ike_alloc(&ctx->mem, sizeof *x->mat)) ? IKEV1_OK : IKEV1_E_MEMORY;
    if (r == IKEV1_OK)
        r = copy_staged(x, st, &c);
    if (r == IKEV1_OK && st->terms_count != 0)
        r = ike_children_prepare(x, st);
    if (r != IKEV1_OK) {
        for (size_t i = 0; i < c.count; i++)
            ike_blob_free(&ctx->mem, &c.at[i].fresh);
        return ike_refuse(why, r, 0, 0, NULL);
    }
    for (size_t i = 0; i < c.count; i++) {
        ike_blob_free(&ctx->mem, c.at[i].to);
        *c.at[i].to = c.at[i].fresh;
    }
    if (x == x->sa->phase1)
        settle_sa(x->sa, st, &algs);
    if (st->terms_count != 0)
        ike_children_settle(x, st);
    if (st->has_original)
        memcpy(x->mat->original, st->original, sizeof st->original);
    if (st->derived.live != NULL)
        ike_keys_install(x, &st->derived);
    else if (st->has_skeyid)
        memcpy(x->mat->skeyid, st->derived.skeyid, sizeof st->derived.skeyid);
    if (st->has_skeyid)
        x->mat->has_skeyid = true;
    if (st->has_transaction)
        ike_transaction_settle(x, st);
    if (sealed != 0) {
        memcpy(x->iv, next_iv, sizeof x->iv);
        ike_count_sealed(x->sa, sealed);
    }
    x->commit |= st->commit;
    x->tries = 0;
    x->suspect = 0;
    x->notified = 0;
    x->resends = 0;
    x->number++;
    x->state = step->last ? IKE_FINISHED : IKE_OWES;
    return IKEV1_OK;
}
