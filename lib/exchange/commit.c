/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commit point: the one place where a received message changes anything.
 */
#include <string.h>

#include "exchange/material.h"
#include "exchange/natt.h"
#include "exchange/phase1.h"
#include "exchange/quick.h"
#include "exchange/run.h"
#include "exchange/transaction.h"

/* Room in the material for what comes to it. A nonce is the first of it. */
static int reserve_material(struct ike_xchg *x, const struct ike_staged *st) {
    struct ike_mem *mem = &x->sa->ctx->mem;
    const size_t more = st->nonce.len + st->ke.len + st->id_i.len + st->id_r.len + st->secret_len;
    if (x->mat == NULL && st->nonce.len == 0)
        return IKEV1_OK;
    if (x->mat == NULL && (x->mat = ike_material_new(mem)) == NULL)
        return IKEV1_E_MEMORY;
    return ike_material_reserve(mem, x->mat, more);
}

static void settle_material(const struct ike_xchg *x, const struct ike_staged *st) {
    struct ike_material *mat = x->mat;
    if (mat == NULL)
        return;
    ike_keep(mat, x->initiator ? &mat->nr : &mat->ni, st->nonce);
    ike_keep(mat, x->initiator ? &mat->ke_r : &mat->ke_i, st->ke);
    ike_keep(mat, &mat->id_i, st->id_i);
    ike_keep(mat, &mat->id_r, st->id_r);
    ike_keep(mat, &mat->secret, ike_bytes(st->secret, st->secret_len));
    if (st->has_original)
        memcpy(mat->original, st->original, sizeof st->original);
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
    struct ike_blob *to = st->has_transaction ? &x->transaction->attrs : &x->sa_i;
    struct ike_blob body = {NULL, 0};
    int r = st->has_suite && x == x->sa->phase1
                ? ike_algs_find(&algs, &ctx->crypto, &st->suite, why)
                : IKEV1_OK;
    if (r == IKEV1_OK)
        r = reserve_material(x, st);
    if (r == IKEV1_OK)
        r = ike_blob_set(&ctx->mem, &body,
                         st->has_transaction ? st->transaction.attrs : st->sa_body);
    if (r == IKEV1_OK && st->has_phase1)
        r = ike_profile_keep(x->sa, x, &st->phase1);
    if (r == IKEV1_OK && st->terms_count != 0)
        r = ike_children_prepare(x, st);
    if (r != IKEV1_OK) {
        ike_blob_free(&ctx->mem, &body);
        return ike_refuse(why, r, 0, 0, NULL);
    }
    if (body.len != 0) {
        ike_blob_free(&ctx->mem, to);
        *to = body;
    }
    settle_material(x, st);
    if (x == x->sa->phase1)
        settle_sa(x->sa, st, &algs);
    if (st->requests != NULL && x->mat != NULL && ike_auth_signs(x->sa->auth, x->initiator))
        ike_keep_requests(&ctx->mem, &x->mat->requests, st->requests);
    if (st->terms_count != 0)
        ike_children_settle(x, st);
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
