/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The provider that records. Wiping, comparing and hashing tables are not recorded: they are the
 * library's own doing and no part of the floor.
 */
#include <stdlib.h>
#include <string.h>

#include "bench_crypto.h"

enum { MAX_CALLS = 20000, MAX_PARTS = 8, ARENA = 16 << 20 };
enum call_kind { DIGEST, HMAC, ENCRYPT, DECRYPT, GENERATE, AGREE, RANDOM };

struct bench_call {
    uint8_t kind, index, count;
    ikev1_bytes key, parts[MAX_PARTS];
};

static ikev1_bytes keep(struct bench_recorder *r, const void *data, size_t len) {
    if (len > ARENA - r->used) {
        r->full = true;
        return (ikev1_bytes){NULL, 0};
    }
    uint8_t *to = r->arena + r->used;
    if (len != 0)
        memcpy(to, data, len);
    r->used += len;
    return (ikev1_bytes){to, len};
}

static void record(struct bench_recorder *r, enum call_kind kind, size_t index, ikev1_bytes key,
                   const ikev1_bytes *parts, size_t count) {
    if (r->mode != BENCH_RECORD)
        return;
    if (r->count == MAX_CALLS || count > MAX_PARTS) {
        r->full = true;
        return;
    }
    struct bench_call *call = &r->calls[r->count++];
    call->kind = (uint8_t)kind;
    call->index = (uint8_t)index;
    call->count = (uint8_t)count;
    call->key = keep(r, key.data, key.len);
    for (size_t i = 0; i < count; i++)
        call->parts[i] = keep(r, parts[i].data, parts[i].len);
}

/* Standing still: zeros for a hash and a secret, the seed for a public value. */
static int zeros(uint8_t *out, size_t len) {
    memset(out, 0, len);
    return IKEV1_OK;
}

/* ---- the descriptors: their functions are told no index, so there is a pair for each ---- */

static const ikev1_bytes NOTHING = {NULL, 0};

#define HASH(i)                                                                                    \
    static int digest_##i(void *instance, const ikev1_bytes *parts, size_t count, uint8_t *out) {  \
        struct bench_recorder *r = instance;                                                       \
        if (r->mode == BENCH_IDLE)                                                                 \
            return zeros(out, r->hashes[i]->size);                                                 \
        record(r, DIGEST, i, NOTHING, parts, count);                                               \
        return r->hashes[i]->digest(r->instance, parts, count, out);                               \
    }                                                                                              \
    static int hmac_##i(void *instance, ikev1_bytes key, const ikev1_bytes *parts, size_t count,   \
                        uint8_t *out) {                                                            \
        struct bench_recorder *r = instance;                                                       \
        if (r->mode == BENCH_IDLE)                                                                 \
            return zeros(out, r->hashes[i]->size);                                                 \
        record(r, HMAC, i, key, parts, count);                                                     \
        return r->hashes[i]->hmac(r->instance, key, parts, count, out);                            \
    }
HASH(0)
HASH(1)

#define GROUP(i)                                                                                   \
    static int generate_##i(void *instance, const uint8_t *seed, uint8_t *out) {                   \
        struct bench_recorder *r = instance;                                                       \
        if (r->mode == BENCH_IDLE) {                                                               \
            memset(out, 1, r->groups[i]->public_size);                                             \
            memcpy(out, seed, r->groups[i]->seed_size / 2);                                        \
            return IKEV1_OK;                                                                       \
        }                                                                                          \
        record(r, GENERATE, i, (ikev1_bytes){seed, r->groups[i]->seed_size}, NULL, 0);             \
        return r->groups[i]->generate(r->instance, seed, out);                                     \
    }                                                                                              \
    static int agree_##i(void *instance, const uint8_t *seed, const uint8_t *peer, uint8_t *out) { \
        struct bench_recorder *r = instance;                                                       \
        if (r->mode == BENCH_IDLE)                                                                 \
            return zeros(out, r->groups[i]->secret_size);                                          \
        const ikev1_bytes theirs = {peer, r->groups[i]->public_size};                              \
        record(r, AGREE, i, (ikev1_bytes){seed, r->groups[i]->seed_size}, &theirs, 1);             \
        return r->groups[i]->agree(r->instance, seed, peer, out);                                  \
    }
GROUP(0)
GROUP(1)
GROUP(2)

static int encrypt(void *instance, ikev1_bytes key, const uint8_t *iv, const uint8_t *in,
                   uint8_t *out, size_t len) {
    struct bench_recorder *r = instance;
    const ikev1_bytes parts[] = {{iv, r->cipher->block}, {in, len}};
    if (r->mode == BENCH_IDLE) {
        memmove(out, in, len);
        return IKEV1_OK;
    }
    record(r, ENCRYPT, 0, key, parts, 2);
    return r->cipher->encrypt(r->instance, key, iv, in, out, len);
}

static int decrypt(void *instance, ikev1_bytes key, const uint8_t *iv, const uint8_t *in,
                   uint8_t *out, size_t len) {
    struct bench_recorder *r = instance;
    const ikev1_bytes parts[] = {{iv, r->cipher->block}, {in, len}};
    if (r->mode == BENCH_IDLE) {
        memmove(out, in, len);
        return IKEV1_OK;
    }
    record(r, DECRYPT, 0, key, parts, 2);
    return r->cipher->decrypt(r->instance, key, iv, in, out, len);
}

static int draw(void *instance, uint8_t *out, size_t len) {
    struct bench_recorder *r = instance;
    const int status = r->real->random(r->instance, out, len);
    const ikev1_bytes drawn = {out, len};
    record(r, RANDOM, 0, NOTHING, &drawn, 1);
    return status;
}

/* ---- making it ---- */

static int open_recorder(const ikev1_crypto *self, void **instance) {
    struct bench_recorder *r = (struct bench_recorder *)(uintptr_t)self;
    *instance = r;
    return r->real->open(r->real, &r->instance);
}

static void close_recorder(void *instance) {
    struct bench_recorder *r = instance;
    r->real->close(r->instance);
    r->instance = NULL;
}

static bool find_algorithms(struct bench_recorder *r) {
    static const uint16_t HASHES[BENCH_HASHES] = {IKEV1_HASH_SHA1, IKEV1_HASH_SHA2_256};
    static const uint16_t GROUPS[BENCH_GROUPS] = {IKEV1_GROUP_MODP2048, IKEV1_GROUP_ECP256,
                                                  IKEV1_GROUP_X25519};
    for (size_t i = 0; i < BENCH_HASHES; i++)
        for (const ikev1_hash_alg *const *h = r->real->hashes; *h != NULL; h++)
            r->hashes[i] = (*h)->id == HASHES[i] ? *h : r->hashes[i];
    for (size_t i = 0; i < BENCH_GROUPS; i++)
        for (const ikev1_group_alg *const *g = r->real->groups; *g != NULL; g++)
            r->groups[i] = (*g)->id == GROUPS[i] ? *g : r->groups[i];
    for (const ikev1_cipher_alg *const *c = r->real->ciphers; *c != NULL; c++)
        r->cipher = (*c)->id == IKEV1_CIPHER_AES ? *c : r->cipher;
    return r->hashes[0] != NULL && r->hashes[1] != NULL && r->groups[0] != NULL &&
           r->groups[1] != NULL && r->groups[2] != NULL && r->cipher != NULL;
}

static void wrap(struct bench_recorder *r) {
    for (size_t i = 0; i < BENCH_HASHES; i++) {
        r->own_hashes[i] = *r->hashes[i];
        r->own_hashes[i].digest = i == 0 ? digest_0 : digest_1;
        r->own_hashes[i].hmac = i == 0 ? hmac_0 : hmac_1;
        r->hash_list[i] = &r->own_hashes[i];
    }
    for (size_t i = 0; i < BENCH_GROUPS; i++) {
        r->own_groups[i] = *r->groups[i];
        r->own_groups[i].generate = i == 0 ? generate_0 : i == 1 ? generate_1 : generate_2;
        r->own_groups[i].agree = i == 0 ? agree_0 : i == 1 ? agree_1 : agree_2;
        r->group_list[i] = &r->own_groups[i];
    }
    r->own_cipher = *r->cipher;
    r->own_cipher.encrypt = encrypt;
    r->own_cipher.decrypt = decrypt;
    r->cipher_list[0] = &r->own_cipher;
}

bool bench_recorder_init(struct bench_recorder *r, const ikev1_crypto *real) {
    *r = (struct bench_recorder){.provider = *real, .real = real};
    r->calls = calloc(MAX_CALLS, sizeof *r->calls);
    r->arena = malloc(ARENA);
    if (r->calls == NULL || r->arena == NULL || !find_algorithms(r))
        return false;
    wrap(r);
    r->provider.open = open_recorder;
    r->provider.close = close_recorder;
    r->provider.random = draw;
    r->provider.hashes = r->hash_list;
    r->provider.ciphers = r->cipher_list;
    r->provider.groups = r->group_list;
    return true;
}

void bench_recorder_free(struct bench_recorder *r) {
    free(r->calls);
    free(r->arena);
}

/* ---- the floor ---- */

static int again(const struct bench_recorder *r, const struct bench_call *c, uint8_t *out) {
    switch (c->kind) {
    case DIGEST:
        return r->hashes[c->index]->digest(r->instance, c->parts, c->count, out);
    case HMAC:
        return r->hashes[c->index]->hmac(r->instance, c->key, c->parts, c->count, out);
    case ENCRYPT:
        return r->cipher->encrypt(r->instance, c->key, c->parts[0].data, c->parts[1].data, out,
                                  c->parts[1].len);
    case DECRYPT:
        return r->cipher->decrypt(r->instance, c->key, c->parts[0].data, c->parts[1].data, out,
                                  c->parts[1].len);
    case GENERATE:
        return r->groups[c->index]->generate(r->instance, c->key.data, out);
    case AGREE:
        return r->groups[c->index]->agree(r->instance, c->key.data, c->parts[0].data, out);
    default:
        return r->real->random(r->instance, out, c->parts[0].len);
    }
}

bool bench_replay(const struct bench_recorder *r) {
    uint8_t out[4096];
    int status = IKEV1_OK;
    for (size_t i = 0; i < r->count && status == IKEV1_OK; i++)
        status = again(r, &r->calls[i], out);
    return status == IKEV1_OK && !r->full;
}
