/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What phase 1 and Quick Mode collect until keys are made of it: nonces, public values, g^xy.
 */
#include <string.h>

#include "exchange/ahead.h"
#include "exchange/ask.h"
#include "exchange/material.h"

#define IKE_NONCE_SIZE 32 /* ours; RFC 2409 5 allows 8 to 256 */

/* ---- where it stands ---- */

struct ike_more {
    struct ike_more *next;
    size_t size;
    uint8_t bytes[];
};

struct ike_material *ike_material_new(struct ike_mem *mem) {
    struct ike_material *mat = ike_alloc(mem, sizeof *mat);
    if (mat == NULL)
        return NULL;
    mat->free = mat->room;
    mat->left = sizeof mat->room;
    return mat;
}

int ike_material_reserve(struct ike_mem *mem, struct ike_material *mat, size_t more) {
    if (more <= mat->left)
        return IKEV1_OK;
    struct ike_more *block = ike_alloc(mem, sizeof *block + more);
    if (block == NULL)
        return IKEV1_E_MEMORY;
    block->next = mat->more;
    block->size = sizeof *block + more;
    mat->more = block;
    mat->free = block->bytes;
    mat->left = more;
    return IKEV1_OK;
}

void ike_keep(struct ike_material *mat, struct ike_blob *to, ikev1_bytes from) {
    if (from.len == 0)
        return;
    *to = (struct ike_blob){mat->free, from.len};
    memcpy(mat->free, from.data, from.len);
    mat->free += from.len;
    mat->left -= from.len;
}

void ike_keep_requests(struct ike_mem *mem, struct ike_blob *to, const struct ike_chain *chain) {
    enum { MOST = 1024 };
    const struct ike_payload *p;
    struct ike_blob names = {ike_alloc(mem, MOST), MOST};
    if (names.data == NULL)
        return;
    struct ike_writer w = ike_writer(names.data, MOST);
    for (size_t i = 0; (p = ike_chain_find(chain, IKEV1_PAYLOAD_CERTREQ, i)) != NULL; i++) {
        const ikev1_bytes name = ike_bytes(p->body.data + 1, p->body.len - 1);
        if (p->body.data[0] != IKEV1_CERT_X509_SIGNATURE || ike_written(&w) + 2 + name.len > MOST)
            continue;
        ike_write_u16(&w, (uint16_t)name.len);
        ike_write(&w, name);
    }
    (void)ike_blob_set(mem, to, ike_bytes(names.data, ike_written(&w)));
    ike_blob_free(mem, &names);
}

void ike_material_free(struct ike_context *ctx, struct ike_material **mat) {
    if (*mat == NULL)
        return;
    while ((*mat)->more != NULL) {
        struct ike_more *block = (*mat)->more;
        (*mat)->more = block->next;
        ike_free(&ctx->mem, block, block->size);
    }
    ike_blob_free(&ctx->mem, &(*mat)->requests);
    ike_blob_free(&ctx->mem, &(*mat)->held);
    ike_free(&ctx->mem, *mat, sizeof **mat);
    *mat = NULL;
}

/* ---- what it is ---- */

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
    const bool ready = !mat->seeded && ike_ahead_take(x, group, mat->seed, value);
    /* Secrets are drawn before what goes out in public. */
    int r = ready || mat->seeded ? IKEV1_OK : ike_random(ctx, mat->seed, group->seed_size);
    if (r != IKEV1_OK)
        return refuse(why, r);
    mat->seeded = true;
    r = ready ? IKEV1_OK : ike_dh(x, group, ike_bytes(NULL, 0), value, why);
    if (r != IKEV1_OK)
        return r;
    ike_keep(mat, ke, ike_bytes(value, group->public_size));
    return IKEV1_OK;
}

int ike_material_draw(struct ike_xchg *x, const ikev1_group_alg *group, ikev1_why *why) {
    struct ike_context *ctx = x->sa->ctx;
    if (x->mat == NULL && (x->mat = ike_material_new(&ctx->mem)) == NULL)
        return refuse(why, IKEV1_E_MEMORY);
    struct ike_material *mat = x->mat;
    struct ike_blob *ke = x->initiator ? &mat->ke_i : &mat->ke_r;
    struct ike_blob *nonce = x->initiator ? &mat->ni : &mat->nr;
    const bool draws = group != NULL && ke->len == 0;
    int r = ike_material_reserve(&ctx->mem, mat,
                                 (draws ? group->public_size : 0u) +
                                     (nonce->len == 0 ? (size_t)IKE_NONCE_SIZE : 0u));
    if (r != IKEV1_OK)
        return refuse(why, r);
    r = draws ? draw_public(x, group, ke, why) : IKEV1_OK;
    if (r != IKEV1_OK || nonce->len != 0)
        return r;
    uint8_t value[IKE_NONCE_SIZE];
    r = ike_random(ctx, value, sizeof value);
    if (r != IKEV1_OK)
        return refuse(why, r);
    ike_keep(mat, nonce, ike_bytes(value, sizeof value));
    return r;
}

int ike_material_agree(struct ike_xchg *x, const ikev1_group_alg *group, ikev1_why *why) {
    struct ike_context *ctx = x->sa->ctx;
    struct ike_material *mat = x->mat;
    uint8_t secret[IKEV1_MAX_PUBLIC];
    if (mat->secret.len != 0)
        return IKEV1_OK;
    int r = ike_material_reserve(&ctx->mem, mat, group->secret_size);
    if (r != IKEV1_OK)
        return refuse(why, r);
    r = ike_dh(x, group, ike_blob_bytes(x->initiator ? &mat->ke_r : &mat->ke_i), secret, why);
    if (r == IKEV1_OK)
        ike_keep(mat, &mat->secret, ike_bytes(secret, group->secret_size));
    ctx->mem.wipe(secret, group->secret_size);
    return r;
}

void ike_put_own(const struct ike_xchg *x, struct ike_message_writer *m, uint8_t type) {
    const struct ike_material *mat = x->mat;
    const struct ike_blob *own = x->initiator ? &mat->id_i : &mat->id_r;
    if (type == IKEV1_PAYLOAD_KE)
        own = x->initiator ? &mat->ke_i : &mat->ke_r;
    else if (type == IKEV1_PAYLOAD_NONCE)
        own = x->initiator ? &mat->ni : &mat->nr;
    ike_payload_put(m, type, ike_blob_bytes(own));
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
