/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exported state: sealed on its way out, unsealed on its way in. A blob is four letters, a nonce,
 * and the sealed state; what it is bound to is the letters and the host's label.
 */
#include <ikev1/export.h>

#include <string.h>

#include "api/api.h"
#include "session/state.h"

enum { MAGIC = 4, HEAD = MAGIC + IKEV1_SEAL_NONCE, LABEL_MOST = 1024 };

static const uint8_t magic[MAGIC] = {'I', 'K', 'E', 'X'};

/* The letters and the label, in one piece. */
static ikev1_bytes bound_to(uint8_t room[MAGIC + LABEL_MOST], ikev1_bytes label) {
    memcpy(room, magic, MAGIC);
    if (label.len != 0)
        memcpy(room + MAGIC, label.data, label.len);
    return ike_bytes(room, MAGIC + label.len);
}

static bool label_is_good(ikev1_bytes label) {
    return label.len <= LABEL_MOST && (label.data != NULL || label.len == 0);
}

static int seal(struct ike_context *ctx, const uint8_t *key, ikev1_bytes label, ikev1_bytes state,
                uint8_t *out) {
    uint8_t room[MAGIC + LABEL_MOST];
    ikev1_bytes bound = bound_to(room, label);
    memcpy(out, magic, MAGIC);
    int r = ike_random(ctx, out + MAGIC, IKEV1_SEAL_NONCE);
    if (r == IKEV1_OK)
        r = ctx->crypto.provider->seal(key, out + MAGIC, bound, state.data, state.len, out + HEAD);
    return r;
}

static int export_sa(const struct ike_sa *sa, const uint8_t *key, ikev1_bytes label, uint8_t *out,
                     size_t *len) {
    struct ike_context *ctx = sa->ctx;
    const size_t room = ike_state_room(sa), given = *len;
    uint8_t *state = ike_alloc(&ctx->mem, room);
    if (state == NULL)
        return IKEV1_E_MEMORY;
    struct ike_writer w = ike_writer(state, room);
    ike_state_write(sa, &w);
    const ikev1_bytes written = ike_bytes(state, ike_written(&w));
    *len = HEAD + written.len + IKEV1_SEAL_TAG;
    int r = w.bad ? IKEV1_E_BUG : IKEV1_OK;
    if (r == IKEV1_OK && (out == NULL || given < *len))
        r = IKEV1_E_OUTPUT;
    if (r == IKEV1_OK)
        r = seal(ctx, key, label, written, out);
    ike_free(&ctx->mem, state, room);
    return r;
}

int ikev1_export(ikev1_engine *engine, ikev1_time now, ikev1_handle handle, const uint8_t *key,
                 ikev1_bytes label, uint8_t *out, size_t *len) {
    const bool good = key != NULL && len != NULL && label_is_good(label);
    int r = good ? ike_enter(engine, now) : IKEV1_E_ARGUMENT;
    if (r != IKEV1_OK)
        return r;
    const struct ike_session *s = &engine->s;
    const struct ike_sa *sa = ike_live_sa(engine, handle);
    if (sa == NULL)
        return IKEV1_E_STALE;
    if (sa->state != IKE_SA_ESTABLISHED || !ike_access_is_over(sa))
        return IKEV1_E_STATE;
    return s->ctx.crypto.provider->seal != NULL ? export_sa(sa, key, label, out, len)
                                                : IKEV1_E_UNSUPPORTED;
}

static int import_state(struct ike_session *s, const uint8_t *key, ikev1_bytes label,
                        ikev1_bytes blob, uint64_t elapsed, struct ike_sa **sa) {
    struct ike_context *ctx = &s->ctx;
    uint8_t bound[MAGIC + LABEL_MOST];
    if (blob.len <= HEAD + IKEV1_SEAL_TAG || memcmp(blob.data, magic, MAGIC) != 0)
        return IKEV1_E_BLOB;
    const size_t sealed = blob.len - HEAD, len = sealed - IKEV1_SEAL_TAG;
    uint8_t *state = ike_alloc(&ctx->mem, len);
    if (state == NULL)
        return IKEV1_E_MEMORY;
    int r = ctx->crypto.provider->unseal(key, blob.data + MAGIC, bound_to(bound, label),
                                         blob.data + HEAD, sealed, state);
    if (r == IKEV1_OK)
        r = ike_state_read(s, ike_bytes(state, len), elapsed, sa);
    ike_free(&ctx->mem, state, len);
    return r;
}

int ikev1_import(ikev1_engine *engine, ikev1_time now, const uint8_t *key, ikev1_bytes label,
                 ikev1_bytes blob, uint64_t elapsed, ikev1_handle *handle) {
    struct ike_sa *sa;
    const bool good = key != NULL && blob.data != NULL && label_is_good(label);
    int r = good ? ike_enter(engine, now) : IKEV1_E_ARGUMENT;
    if (r != IKEV1_OK)
        return r;
    struct ike_session *s = &engine->s;
    r = s->ctx.crypto.provider->unseal != NULL ? import_state(s, key, label, blob, elapsed, &sa)
                                               : IKEV1_E_UNSUPPORTED;
    if (r == IKEV1_OK && handle != NULL)
        *handle = sa->handle;
    return r;
}
