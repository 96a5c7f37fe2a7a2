/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What phase 1 and Quick Mode collect until keys are made of it: nonces, public values, g^xy.
 */
#include <string.h>

#include "exchange/ahead.h"
#include "exchange/ask.h"
#include "exchange/material.h"

#define IKE_NONCE_SIZE 32 /* ours; RFC 2409 5 allows 8 to 256 */

static int refuse(ikev1_why *why, int code) {
    return ike_refuse(why, code, IKEV1_PAYLOAD_KE, 0, "RFC 2409 5");
}

int ike_dh(const struct ike_xchg *x, const ikev1_group_alg *group, ikev1_bytes peer, uint8_t *out,
           ikev1_why *why) {
    struct ike_context *ctx = x->sa->ctx;
    const uint8_t *seed = x->mat->seed;
    ikev1_question q = ike_question(x->sa, x);
    ikev1_dh what = {.size = sizeof what, .group = group, .peer = peer};
    ikev1_bytes answer;
    int r = IKEV1_OK;
    if (ctx->policy.dh == NULL) {
        r = peer.len != 0 ? ike_group_agree(&ctx->crypto, group, seed, peer, out)
                          : ike_group_generate(&ctx->crypto, group, seed, out);
        return r == IKEV1_OK ? r : refuse(why, r);
    }
    if (peer.len != 0)
        r = ike_group_check(group, peer);
    if (r != IKEV1_OK)
        return refuse(why, r);
    what.seed = ike_bytes(seed, group->seed_size);
    r = ike_ask_dh(ctx, &q, &what, &answer, why);
    if (r == IKEV1_OK)
        memcpy(out, answer.data, answer.len);
    return r;
}

static int draw_public(struct ike_xchg *x, const ikev1_group_alg *group, struct ike_blob *ke,
                       ikev1_why *why) {
    struct ike_context *ctx = x->sa->ctx;
    struct ike_material *mat = x->mat;
    uint8_t value[IKEV1_MAX_PUBLIC];
    if (!mat->seeded && (mat->seeded = ike_ahead_take(x, group, mat->seed, ke)))
        return IKEV1_OK;
    /* Secrets are drawn before what goes out in public. */
    int r = mat->seeded ? IKEV1_OK : ike_random(ctx, mat->seed, group->seed_size);
    if (r != IKEV1_OK)
        return refuse(why, r);
    mat->seeded = true;
    r = ike_dh(x, group, ike_bytes(NULL, 0), value, why);
    if (r != IKEV1_OK)
        return r;
    r = ike_blob_set(&ctx->mem, ke, ike_bytes(value, group->public_size));
    return r == IKEV1_OK ? r : refuse(why, r);
}

int ike_material_draw(struct ike_xchg *x, const ikev1_group_alg *group, ikev1_why *why) {
    struct ike_context *ctx = x->sa->ctx;
    if (x->mat == NULL && (x->mat = ike_alloc(&ctx->mem, sizeof *x->mat)) == NULL)
        return refuse(why, IKEV1_E_MEMORY);
    struct ike_material *mat = x->mat;
    struct ike_blob *ke = x->initiator ? &mat->ke_i : &mat->ke_r;
    struct ike_blob *nonce = x->initiator ? &mat->ni : &mat->nr;
    int r = group != NULL && ke->len == 0 ? draw_public(x, group, ke, why) : IKEV1_OK;
    if (r != IKEV1_OK || nonce->len != 0)
        return r;
    uint8_t value[IKE_NONCE_SIZE];
    r = ike_random(ctx, value, sizeof value);
    if (r == IKEV1_OK)
        r = ike_blob_set(&ctx->mem, nonce, ike_bytes(value, sizeof value));
    return r == IKEV1_OK ? r : refuse(why, r);
}

int ike_material_agree(struct ike_xchg *x, const ikev1_group_alg *group, ikev1_why *why) {
    struct ike_context *ctx = x->sa->ctx;
    struct ike_material *mat = x->mat;
    uint8_t secret[IKEV1_MAX_PUBLIC];
    if (mat->secret.len != 0)
        return IKEV1_OK;
    int r = ike_dh(x, group, ike_blob_bytes(x->initiator ? &mat->ke_r : &mat->ke_i), secret, why);
    if (r != IKEV1_OK)
        return r;
    r = ike_blob_set(&ctx->mem, &mat->secret, ike_bytes(secret, group->secret_size));
    ctx->mem.wipe(secret, group->secret_size);
    return r == IKEV1_OK ? r : refuse(why, r);
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
    ike_blob_free(&ctx->mem, &(*mat)->held);
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
