/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every exchange that makes an ISAKMP SA has in common: nonces and public values, keys, and
 * what of the host's answer has to be remembered.
 */
#include <string.h>

#include "exchange/exchange.h"

/* ---- material ---- */

int ike_material_draw(struct ike_xchg *x, const ikev1_group_alg *group) {
    struct ike_context *ctx = x->sa->ctx;
    if (x->mat == NULL && (x->mat = ike_alloc(&ctx->mem, sizeof *x->mat)) == NULL)
        return IKEV1_E_MEMORY;
    struct ike_material *mat = x->mat;
    struct ike_blob *ke = x->initiator ? &mat->ke_i : &mat->ke_r;
    struct ike_blob *nonce = x->initiator ? &mat->ni : &mat->nr;
    int r = IKEV1_OK;
    if (group != NULL && ke->len == 0) {
        uint8_t value[IKEV1_MAX_PUBLIC];
        /* Secrets are drawn before what goes out in public. */
        r = ike_random(ctx, mat->seed, group->seed_size);
        if (r == IKEV1_OK)
            r = ike_group_generate(&ctx->crypto, group, mat->seed, value);
        if (r == IKEV1_OK)
            r = ike_blob_set(&ctx->mem, ke, ike_bytes(value, group->public_size));
    }
    if (r == IKEV1_OK && nonce->len == 0) {
        uint8_t value[IKE_NONCE_SIZE];
        r = ike_random(ctx, value, sizeof value);
        if (r == IKEV1_OK)
            r = ike_blob_set(&ctx->mem, nonce, ike_bytes(value, sizeof value));
    }
    return r;
}

int ike_material_agree(struct ike_xchg *x, const ikev1_group_alg *group) {
    struct ike_context *ctx = x->sa->ctx;
    struct ike_material *mat = x->mat;
    uint8_t secret[IKEV1_MAX_PUBLIC];
    if (mat->secret.len != 0)
        return IKEV1_OK;
    ikev1_bytes peer = ike_blob_bytes(x->initiator ? &mat->ke_r : &mat->ke_i);
    int r = ike_group_agree(&ctx->crypto, group, mat->seed, peer, secret);
    if (r == IKEV1_OK)
        r = ike_blob_set(&ctx->mem, &mat->secret, ike_bytes(secret, group->secret_size));
    ctx->mem.wipe(secret, group->secret_size);
    return r;
}

void ike_material_free(struct ike_context *ctx, struct ike_material **mat) {
    if (*mat == NULL)
        return;
    ike_blob_free(&ctx->mem, &(*mat)->ni);
    ike_blob_free(&ctx->mem, &(*mat)->nr);
    ike_blob_free(&ctx->mem, &(*mat)->ke_i);
    ike_blob_free(&ctx->mem, &(*mat)->ke_r);
    ike_blob_free(&ctx->mem, &(*mat)->id_i);
    ike_blob_free(&ctx->mem, &(*mat)->id_r);
    ike_blob_free(&ctx->mem, &(*mat)->secret);
    ike_free(&ctx->mem, *mat, sizeof **mat);
    *mat = NULL;
}

struct ike_exchanged ike_exchanged(const struct ike_xchg *x) {
    const struct ike_material *m = x->mat;
    return (struct ike_exchanged){
        .icookie = ike_bytes(x->sa->icookie, IKEV1_COOKIE_SIZE),
        .rcookie = ike_bytes(x->sa->rcookie, IKEV1_COOKIE_SIZE),
        .ni = ike_blob_bytes(&m->ni),
        .nr = ike_blob_bytes(&m->nr),
        .gxi = ike_blob_bytes(&m->ke_i),
        .gxr = ike_blob_bytes(&m->ke_r),
        .gxy = ike_blob_bytes(&m->secret),
    };
}

/* ---- keys ---- */

static int derive(struct ike_xchg *x, ikev1_bytes psk, struct ike_live *live) {
    const struct ike_sa *sa = x->sa;
    const struct ike_crypto *c = &sa->ctx->crypto;
    struct ike_exchanged e = ike_exchanged(x);
    int r = ike_skeyid(c, &sa->algs, sa->auth, psk, &e, x->mat->skeyid);
    if (r == IKEV1_OK)
        r = ike_skeyid_keys(c, &sa->algs, x->mat->skeyid, &e, &live->keys);
    if (r == IKEV1_OK)
        r = ike_iv_phase1(c, &sa->algs, e.gxi, e.gxr, x->iv);
    return r;
}

int ike_phase1_keys(struct ike_xchg *x, ikev1_why *why) {
    struct ike_sa *sa = x->sa;
    struct ike_context *ctx = sa->ctx;
    if (sa->live != NULL)
        return IKEV1_OK;
    ikev1_question q = ike_question(sa, x);
    ikev1_bytes psk;
    int r = ike_ask_psk(ctx, &q, &psk, why);
    if (r != IKEV1_OK)
        return r;
    r = ike_material_agree(x, sa->algs.group);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, IKEV1_PAYLOAD_KE, 0, "RFC 2409 5");
    struct ike_live *live = ike_alloc(&ctx->mem, sizeof *live);
    if (live == NULL)
        return ike_refuse(why, IKEV1_E_MEMORY, 0, 0, NULL);
    r = derive(x, psk, live);
    if (r == IKEV1_OK)
        r = ike_timers_reserve(&ctx->lifetimes, 1);
    if (r != IKEV1_OK) {
        ike_free(&ctx->mem, live, sizeof *live);
        return ike_refuse(why, r, 0, 0, "RFC 2409 5");
    }
    ike_blob_free(&ctx->mem, &x->mat->secret);
    ctx->mem.wipe(x->mat->seed, sizeof x->mat->seed);
    live->sa = sa;
    live->expires = live->keepalive_at = IKEV1_NEVER;
    sa->live = live;
    return IKEV1_OK;
}

void ike_live_free(struct ike_context *ctx, struct ike_live **live) {
    if (*live == NULL)
        return;
    ike_timer_set(&ctx->lifetimes, &(*live)->timer, IKEV1_NEVER);
    ike_blob_free(&ctx->mem, &(*live)->local_id);
    ike_blob_free(&ctx->mem, &(*live)->remote_id);
    ike_free(&ctx->mem, (*live)->ids, (*live)->id_room * sizeof *(*live)->ids);
    ike_free(&ctx->mem, *live, sizeof **live);
    *live = NULL;
}

/* ---- profile ---- */

static int keep_id(struct ike_context *ctx, struct ike_blob *blob, const ikev1_id *id) {
    uint8_t body[4 + 512];
    if (id->type == 0)
        return IKEV1_OK;
    struct ike_writer w = ike_writer(body, sizeof body);
    ike_id_encode(&w, id);
    return ike_blob_set(&ctx->mem, blob, ike_bytes(body, ike_written(&w)));
}

int ike_profile_keep(struct ike_sa *sa, struct ike_xchg *x, const ikev1_phase1 *p) {
    struct ike_context *ctx = sa->ctx;
    struct ike_profile *profile = ike_alloc(&ctx->mem, sizeof *profile);
    if (profile == NULL)
        return IKEV1_E_MEMORY;
    int r = keep_id(ctx, &profile->local_id, &p->local_id);
    if (r == IKEV1_OK)
        r = keep_id(ctx, &profile->remote_id, &p->remote_id);
    if (r != IKEV1_OK) {
        ike_profile_free(ctx, &profile);
        return r;
    }
    profile->life_seconds = p->life_seconds;
    profile->life_kilobytes = p->life_kilobytes;
    profile->natt_local_port = p->natt_local_port != 0 ? p->natt_local_port : IKEV1_PORT_NATT;
    profile->natt_remote_port = p->natt_remote_port != 0 ? p->natt_remote_port : IKEV1_PORT_NATT;
    profile->remote_match = p->remote_match;
    profile->natt = p->natt;
    ike_profile_free(ctx, &x->profile);
    x->profile = profile;
    sa->rule = p->rule;
    return IKEV1_OK;
}

void ike_profile_free(struct ike_context *ctx, struct ike_profile **profile) {
    if (*profile == NULL)
        return;
    ike_blob_free(&ctx->mem, &(*profile)->local_id);
    ike_blob_free(&ctx->mem, &(*profile)->remote_id);
    ike_free(&ctx->mem, *profile, sizeof **profile);
    *profile = NULL;
}
