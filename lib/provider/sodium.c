/* SPDX-License-Identifier: Apache-2.0 */
/* What libsodium does better: random, comparing, wiping, table hashing, and X25519, and sealing
 * exported state. */
#include <sodium.h>
#include <string.h>

#include "provider/instance.h"

int ike_sodium_start(void) {
    return sodium_init() < 0 ? IKEV1_E_PROVIDER : IKEV1_OK; /* thread-safe; again does nothing */
}

int ike_sodium_random(void *instance, uint8_t *out, size_t len) {
    (void)instance;
    randombytes_buf(out, len); /* ends the process rather than return without randomness */
    return IKEV1_OK;
}

bool ike_sodium_equal(const void *a, const void *b, size_t len) {
    return sodium_memcmp(a, b, len) == 0;
}

void ike_sodium_wipe(void *p, size_t len) {
    sodium_memzero(p, len);
}

uint64_t ike_sodium_table_hash(const uint8_t key[16], const uint8_t *data, size_t len) {
    uint8_t out[crypto_shorthash_BYTES];

    crypto_shorthash(out, data, len, key);
    return (uint64_t)out[0] << 56 | (uint64_t)out[1] << 48 | (uint64_t)out[2] << 40 |
           (uint64_t)out[3] << 32 | (uint64_t)out[4] << 24 | (uint64_t)out[5] << 16 |
           (uint64_t)out[6] << 8 | out[7]; /* one load, as compilers know */
}

/* XChaCha20-Poly1305: its nonce is long enough to be drawn at random. */
int ike_sodium_seal(const uint8_t key[IKEV1_SEAL_KEY], const uint8_t nonce[IKEV1_SEAL_NONCE],
                    ikev1_bytes bound, const uint8_t *in, size_t len, uint8_t *out) {
    crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, in, len, bound.data, bound.len, NULL,
                                               nonce, key);
    return IKEV1_OK;
}

int ike_sodium_unseal(const uint8_t key[IKEV1_SEAL_KEY], const uint8_t nonce[IKEV1_SEAL_NONCE],
                      ikev1_bytes bound, const uint8_t *in, size_t len, uint8_t *out) {
    return crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, in, len, bound.data,
                                                      bound.len, nonce, key) == 0
               ? IKEV1_OK
               : IKEV1_E_AUTH;
}

/* The seed is the private value: clamping is part of the function (RFC 7748 5). */
static int generate(void *instance, const uint8_t *seed, uint8_t *public_value) {
    (void)instance;
    return crypto_scalarmult_curve25519_base(public_value, seed) == 0 ? IKEV1_OK : IKEV1_E_PROVIDER;
}

static int agree(void *instance, const uint8_t *seed, const uint8_t *peer, uint8_t *secret) {
    uint8_t made[crypto_scalarmult_curve25519_BYTES];
    int status = IKEV1_OK;

    (void)instance;
    /* Fails when the result is all zeros: a point of small order (RFC 7748 6.1). */
    if (crypto_scalarmult_curve25519(made, seed, peer) != 0)
        status = IKEV1_E_KE_INVALID;
    else
        memcpy(secret, made, sizeof made);
    sodium_memzero(made, sizeof made);
    return status;
}

static const ikev1_kat kats[] = {
    /* RFC 7748 6.1 */
    {"77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
     "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
     "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
     "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"},
    {NULL, NULL, NULL, NULL},
};

const ikev1_group_alg ike_sodium_x25519 = {.id = IKEV1_GROUP_X25519,
                                           .kind = IKEV1_GROUP_KIND_MONTGOMERY,
                                           .public_size = 32,
                                           .secret_size = 32,
                                           .seed_size = 32,
                                           .name = "X25519",
                                           .generate = generate,
                                           .agree = agree,
                                           .kats = kats};
