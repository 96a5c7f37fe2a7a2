/* SPDX-License-Identifier: Apache-2.0 */
#include "failcrypto.h"

#include <stdlib.h>
#include <string.h>

struct instance {
    struct fail_crypto *f;
    void *inner;
};

/* IKEV1_OK, or the code with which this call fails. */
static int count(struct fail_crypto *f, unsigned kind) {
    if ((f->kinds & kind) == 0)
        return IKEV1_OK;
    f->calls++;
    if (f->fail_at == 0 || f->calls < f->fail_at || (f->calls > f->fail_at && !f->from_there))
        return IKEV1_OK;
    f->failed++;
    if (f->code != 0)
        return f->code;
    return kind == FAIL_RANDOM ? IKEV1_E_RANDOM : IKEV1_E_PROVIDER;
}

/* A descriptor's functions do not get the descriptor: so one set for each place in the lists, which
 * calls what stands in the same place of the inner provider. */
#define HASH(n)                                                                                    \
    static int digest_##n(void *instance, const ikev1_bytes *parts, size_t parts_count,            \
                          uint8_t *out) {                                                          \
        struct instance *i = instance;                                                             \
        int status = count(i->f, FAIL_HASH);                                                       \
        return status != IKEV1_OK                                                                  \
                   ? status                                                                        \
                   : i->f->inner->hashes[n]->digest(i->inner, parts, parts_count, out);            \
    }                                                                                              \
    static int hmac_##n(void *instance, ikev1_bytes key, const ikev1_bytes *parts,                 \
                        size_t parts_count, uint8_t *out) {                                        \
        struct instance *i = instance;                                                             \
        int status = count(i->f, FAIL_HASH);                                                       \
        return status != IKEV1_OK                                                                  \
                   ? status                                                                        \
                   : i->f->inner->hashes[n]->hmac(i->inner, key, parts, parts_count, out);         \
    }

#define PRF(n)                                                                                     \
    static int mac_##n(void *instance, ikev1_bytes key, const ikev1_bytes *parts,                  \
                       size_t parts_count, uint8_t *out) {                                         \
        struct instance *i = instance;                                                             \
        int status = count(i->f, FAIL_HASH);                                                       \
        return status != IKEV1_OK                                                                  \
                   ? status                                                                        \
                   : i->f->inner->prfs[n]->mac(i->inner, key, parts, parts_count, out);            \
    }

#define CIPHER(n)                                                                                  \
    static int encrypt_##n(void *instance, ikev1_bytes key, const uint8_t *iv, const uint8_t *in,  \
                           uint8_t *out, size_t len) {                                             \
        struct instance *i = instance;                                                             \
        int status = count(i->f, FAIL_CIPHER);                                                     \
        return status != IKEV1_OK                                                                  \
                   ? status                                                                        \
                   : i->f->inner->ciphers[n]->encrypt(i->inner, key, iv, in, out, len);            \
    }                                                                                              \
    static int decrypt_##n(void *instance, ikev1_bytes key, const uint8_t *iv, const uint8_t *in,  \
                           uint8_t *out, size_t len) {                                             \
        struct instance *i = instance;                                                             \
        int status = count(i->f, FAIL_CIPHER);                                                     \
        return status != IKEV1_OK                                                                  \
                   ? status                                                                        \
                   : i->f->inner->ciphers[n]->decrypt(i->inner, key, iv, in, out, len);            \
    }

#define GROUP(n)                                                                                   \
    static int generate_##n(void *instance, const uint8_t *seed, uint8_t *out) {                   \
        struct instance *i = instance;                                                             \
        int status = count(i->f, FAIL_GROUP);                                                      \
        return status != IKEV1_OK ? status                                                         \
                                  : i->f->inner->groups[n]->generate(i->inner, seed, out);         \
    }                                                                                              \
    static int agree_##n(void *instance, const uint8_t *seed, const uint8_t *peer,                 \
                         uint8_t *secret) {                                                        \
        struct instance *i = instance;                                                             \
        int status = count(i->f, FAIL_GROUP);                                                      \
        return status != IKEV1_OK ? status                                                         \
                                  : i->f->inner->groups[n]->agree(i->inner, seed, peer, secret);   \
    }

#define TO_4(X) X(0) X(1) X(2) X(3)
#define TO_8(X) TO_4(X) X(4) X(5) X(6) X(7)
#define TO_24(X)                                                                                   \
    TO_8(X)                                                                                        \
    X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23)

TO_8(HASH)
TO_4(PRF)
TO_8(CIPHER)
TO_24(GROUP)

#define HASH_ROW(n)   {digest_##n, hmac_##n},
#define PRF_ROW(n)    mac_##n,
#define CIPHER_ROW(n) {encrypt_##n, decrypt_##n},
#define GROUP_ROW(n)  {generate_##n, agree_##n},

static const struct {
    int (*digest)(void *, const ikev1_bytes *, size_t, uint8_t *);
    int (*hmac)(void *, ikev1_bytes, const ikev1_bytes *, size_t, uint8_t *);
} HASH_CALLS[FAIL_MAX_HASHES] = {TO_8(HASH_ROW)};
static int (*const PRF_CALLS[FAIL_MAX_PRFS])(void *, ikev1_bytes, const ikev1_bytes *, size_t,
                                             uint8_t *) = {TO_4(PRF_ROW)};
static const struct {
    int (*encrypt)(void *, ikev1_bytes, const uint8_t *, const uint8_t *, uint8_t *, size_t);
    int (*decrypt)(void *, ikev1_bytes, const uint8_t *, const uint8_t *, uint8_t *, size_t);
} CIPHER_CALLS[FAIL_MAX_CIPHERS] = {TO_8(CIPHER_ROW)};
static const struct {
    int (*generate)(void *, const uint8_t *, uint8_t *);
    int (*agree)(void *, const uint8_t *, const uint8_t *, uint8_t *);
} GROUP_CALLS[FAIL_MAX_GROUPS] = {TO_24(GROUP_ROW)};

static int fail_open(const ikev1_crypto *self, void **instance) {
    struct fail_crypto *f = (struct fail_crypto *)(uintptr_t)self; /* ours, and not constant */
    struct instance *made;
    int status = count(f, FAIL_OPEN);

    if (status != IKEV1_OK)
        return status;
    made = malloc(sizeof *made);
    if (made == NULL)
        return IKEV1_E_MEMORY;
    made->f = f;
    status = f->inner->open(f->inner, &made->inner);
    if (status != IKEV1_OK) {
        free(made);
        return status;
    }
    *instance = made;
    return IKEV1_OK;
}

static void fail_close(void *instance) {
    struct instance *i = instance;

    if (i == NULL)
        return;
    i->f->inner->close(i->inner);
    free(i);
}

static int fail_random(void *instance, uint8_t *out, size_t len) {
    struct instance *i = instance;
    int status = count(i->f, FAIL_RANDOM);

    return status != IKEV1_OK ? status : i->f->inner->random(i->inner, out, len);
}

static void wrap_algorithms(struct fail_crypto *f) {
    const ikev1_crypto *inner = f->inner;

    for (size_t i = 0; i < FAIL_MAX_HASHES && inner->hashes != NULL && inner->hashes[i]; i++) {
        f->hashes[i] = *inner->hashes[i];
        f->hashes[i].digest = HASH_CALLS[i].digest;
        f->hashes[i].hmac = HASH_CALLS[i].hmac;
        f->hash_list[i] = &f->hashes[i];
    }
    for (size_t i = 0; i < FAIL_MAX_PRFS && inner->prfs != NULL && inner->prfs[i]; i++) {
        f->prfs[i] = *inner->prfs[i];
        f->prfs[i].mac = PRF_CALLS[i];
        f->prf_list[i] = &f->prfs[i];
    }
    for (size_t i = 0; i < FAIL_MAX_CIPHERS && inner->ciphers != NULL && inner->ciphers[i]; i++) {
        f->ciphers[i] = *inner->ciphers[i];
        f->ciphers[i].encrypt = CIPHER_CALLS[i].encrypt;
        f->ciphers[i].decrypt = CIPHER_CALLS[i].decrypt;
        f->cipher_list[i] = &f->ciphers[i];
    }
    for (size_t i = 0; i < FAIL_MAX_GROUPS && inner->groups != NULL && inner->groups[i]; i++) {
        f->groups[i] = *inner->groups[i];
        f->groups[i].generate = GROUP_CALLS[i].generate;
        f->groups[i].agree = GROUP_CALLS[i].agree;
        f->group_list[i] = &f->groups[i];
    }
}

void fail_crypto_init(struct fail_crypto *f, const ikev1_crypto *inner) {
    memset(f, 0, sizeof *f);
    f->inner = inner;
    f->kinds = FAIL_ALL;
    wrap_algorithms(f);
    f->provider = *inner;
    f->provider.open = fail_open;
    f->provider.ready = NULL; /* likewise in playback.c */
    f->provider.close = fail_close;
    f->provider.random = fail_random;
    f->provider.hashes = f->hash_list;
    f->provider.prfs = f->prf_list;
    f->provider.ciphers = f->cipher_list;
    f->provider.groups = f->group_list;
}
