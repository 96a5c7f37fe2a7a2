/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The provider that does nothing. Every hash is zero and so is every secret, on both sides alike: a
 * negotiation succeeds, and what it costs is the library.
 */
#include <stdlib.h>
#include <string.h>

#include <ikev1/openssl.h>

#include "bench_crypto.h"

static int zero_digest(void *instance, const ikev1_bytes *parts, size_t count, uint8_t *out) {
    (void)instance, (void)parts, (void)count;
    memset(out, 0, 20);
    return IKEV1_OK;
}

static int zero_hmac(void *instance, ikev1_bytes key, const ikev1_bytes *parts, size_t count,
                     uint8_t *out) {
    (void)instance, (void)key, (void)parts, (void)count;
    memset(out, 0, 20);
    return IKEV1_OK;
}

static int copy(void *instance, ikev1_bytes key, const uint8_t *iv, const uint8_t *in, uint8_t *out,
                size_t len) {
    (void)instance, (void)key, (void)iv;
    memmove(out, in, len);
    return IKEV1_OK;
}

static int copy_seed(void *instance, const uint8_t *seed, uint8_t *public_value) {
    (void)instance;
    memcpy(public_value, seed, 32);
    return IKEV1_OK;
}

static int zero_secret(void *instance, const uint8_t *seed, const uint8_t *peer, uint8_t *secret) {
    (void)instance, (void)seed, (void)peer;
    memset(secret, 0, 32);
    return IKEV1_OK;
}

/* A counter: every cookie and SPI is another one. */
static int count_up(void *instance, uint8_t *out, size_t len) {
    uint64_t *state = instance;
    for (size_t at = 0; at < len; at += sizeof *state) {
        uint64_t word = (*state += UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9);
        word ^= word >> 32;
        memcpy(out + at, &word, len - at < sizeof word ? len - at : sizeof word);
    }
    return IKEV1_OK;
}

static int open_null(const ikev1_crypto *self, void **instance) {
    uint64_t *state = calloc(1, sizeof *state);
    (void)self;
    if (state == NULL)
        return IKEV1_E_MEMORY;
    *state = (uintptr_t)state; /* two engines do not count alike */
    *instance = state;
    return IKEV1_OK;
}

const ikev1_crypto *bench_null(void) {
    static const ikev1_hash_alg sha1 = {IKEV1_HASH_SHA1, 20,   "null", zero_digest,
                                        zero_hmac,       NULL, NULL};
    static const ikev1_cipher_alg aes = {IKEV1_CIPHER_AES, 16,   16,   32,  8, 16,
                                         "null",           copy, copy, NULL};
    static const ikev1_group_alg x25519 = {.id = IKEV1_GROUP_X25519,
                                           .kind = IKEV1_GROUP_KIND_MONTGOMERY,
                                           .public_size = 32,
                                           .secret_size = 32,
                                           .seed_size = 32,
                                           .name = "null",
                                           .generate = copy_seed,
                                           .agree = zero_secret};
    static const ikev1_hash_alg *const hashes[] = {&sha1, NULL};
    static const ikev1_prf_alg *const prfs[] = {NULL};
    static const ikev1_cipher_alg *const ciphers[] = {&aes, NULL};
    static const ikev1_group_alg *const groups[] = {&x25519, NULL};
    static ikev1_crypto provider;

    provider = *ikev1_openssl();
    provider.name = "null";
    provider.open = open_null;
    provider.close = free;
    provider.random = count_up;
    provider.hashes = hashes;
    provider.prfs = prfs;
    provider.ciphers = ciphers;
    provider.groups = groups;
    return &provider;
}
