/* SPDX-License-Identifier: Apache-2.0 */
#include "nullcrypto.h"

#include <stdlib.h>
#include <string.h>

struct instance {
    uint64_t random;
};

/* FNV-1a, then the finaliser of splitmix64 when something is taken out. */
#define FNV_START UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

static uint64_t mix(uint64_t h, const uint8_t *data, size_t len) {
    for (size_t i = 0; i < len; i++)
        h = (h ^ data[i]) * FNV_PRIME;
    return h;
}

static uint64_t scramble(uint64_t z) {
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void stretch(uint64_t h, uint8_t *out, size_t len) {
    uint64_t word = 0;

    for (size_t i = 0; i < len; i++, word >>= 8) {
        if (i % 8 == 0)
            word = scramble(h + (i / 8 + 1) * UINT64_C(0x9e3779b97f4a7c15));
        out[i] = (uint8_t)word;
    }
}

static int hash_parts(uint64_t h, const ikev1_bytes *parts, size_t count, uint8_t *out,
                      size_t size) {
    for (size_t i = 0; i < count; i++)
        h = mix(h, parts[i].data, parts[i].len);
    stretch(scramble(h), out, size);
    return IKEV1_OK;
}

static uint64_t keyed(ikev1_bytes key, size_t size) {
    return scramble(mix(FNV_START, key.data, key.len) + key.len + (size << 8));
}

/* ---- hashes and prf ---- */

#define HASH(short_name, number, bytes, text)                                                      \
    static int short_name##_digest(void *instance, const ikev1_bytes *parts, size_t count,         \
                                   uint8_t *out) {                                                 \
        (void)instance;                                                                            \
        return hash_parts(FNV_START + (bytes), parts, count, out, bytes);                          \
    }                                                                                              \
    static int short_name##_hmac(void *instance, ikev1_bytes key, const ikev1_bytes *parts,        \
                                 size_t count, uint8_t *out) {                                     \
        (void)instance;                                                                            \
        return hash_parts(keyed(key, bytes), parts, count, out, bytes);                            \
    }                                                                                              \
    static const ikev1_hash_alg short_name = {.id = (number),                                      \
                                              .size = (bytes),                                     \
                                              .name = (text),                                      \
                                              .digest = short_name##_digest,                       \
                                              .hmac = short_name##_hmac};

HASH(md5, IKEV1_HASH_MD5, 16, "null MD5")
HASH(sha1, IKEV1_HASH_SHA1, 20, "null SHA1")
HASH(sha256, IKEV1_HASH_SHA2_256, 32, "null SHA2-256")
HASH(sha384, IKEV1_HASH_SHA2_384, 48, "null SHA2-384")
HASH(sha512, IKEV1_HASH_SHA2_512, 64, "null SHA2-512")

static int xcbc_mac(void *instance, ikev1_bytes key, const ikev1_bytes *parts, size_t count,
                    uint8_t *out) {
    (void)instance;
    return hash_parts(keyed(key, 0), parts, count, out, 16);
}

static const ikev1_prf_alg xcbc = {
    .id = IKEV1_PRF_AES_XCBC, .size = 16, .name = "null AES-XCBC", .mac = xcbc_mac};

/* ---- ciphers ---- */

/* Encrypting and decrypting are the same. */
static int add_pad(size_t block, ikev1_bytes key, const uint8_t *iv, const uint8_t *in,
                   uint8_t *out, size_t len) {
    uint8_t pad[IKEV1_MAX_BLOCK];

    stretch(mix(keyed(key, block), iv, block), pad, block);
    for (size_t i = 0; i < len; i++)
        out[i] = in[i] ^ pad[i % block];
    return IKEV1_OK;
}

static int blocks_16(void *instance, ikev1_bytes key, const uint8_t *iv, const uint8_t *in,
                     uint8_t *out, size_t len) {
    (void)instance;
    return add_pad(16, key, iv, in, out, len);
}

static int blocks_8(void *instance, ikev1_bytes key, const uint8_t *iv, const uint8_t *in,
                    uint8_t *out, size_t len) {
    (void)instance;
    return add_pad(8, key, iv, in, out, len);
}

static const ikev1_cipher_alg aes = {.id = IKEV1_CIPHER_AES,
                                     .block = 16,
                                     .key_min = 16,
                                     .key_max = 32,
                                     .key_step = 8,
                                     .key_default = 16,
                                     .name = "null AES",
                                     .encrypt = blocks_16,
                                     .decrypt = blocks_16};
static const ikev1_cipher_alg tdes = {.id = IKEV1_CIPHER_3DES,
                                      .block = 8,
                                      .key_min = 24,
                                      .key_max = 24,
                                      .key_default = 24,
                                      .name = "null 3DES",
                                      .encrypt = blocks_8,
                                      .decrypt = blocks_8};
static const ikev1_cipher_alg des = {.id = IKEV1_CIPHER_DES,
                                     .block = 8,
                                     .key_min = 8,
                                     .key_max = 8,
                                     .key_default = 8,
                                     .name = "null DES",
                                     .encrypt = blocks_8,
                                     .decrypt = blocks_8};

/* ---- groups ---- */

#define FF_32                                                                                      \
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,      \
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,  \
        0xff, 0xff

/* No prime at all, but odd and as long as one: the range check works the same on it. */
static const uint8_t NO_PRIME[256] = {FF_32, FF_32, FF_32, FF_32, FF_32, FF_32, FF_32, FF_32};

static uint64_t private_value(const uint8_t *seed, size_t size) {
    return scramble(mix(FNV_START, seed, size)) | 1;
}

static int toy_generate(const uint8_t *seed, size_t seed_size, uint8_t *out, size_t size) {
    uint64_t y = private_value(seed, seed_size) * FNV_PRIME;

    memset(out, 0, size);
    for (size_t i = 0; i < 8; i++, y >>= 8)
        out[size - 1 - i] = (uint8_t)y;
    return IKEV1_OK;
}

static int toy_agree(const uint8_t *seed, size_t seed_size, const uint8_t *peer, size_t size,
                     uint8_t *secret, size_t secret_size) {
    uint64_t y = 0;

    for (size_t i = 0; i < 8; i++)
        y = y << 8 | peer[size - 8 + i];
    if (y % 2 == 0)
        return IKEV1_E_KE_INVALID;
    stretch(y * private_value(seed, seed_size), secret, secret_size);
    return IKEV1_OK;
}

#define GROUP(short_name, number, of_kind, bytes, secret_bytes, seed_bytes, no_prime, text)        \
    static int short_name##_generate(void *instance, const uint8_t *seed, uint8_t *out) {          \
        (void)instance;                                                                            \
        return toy_generate(seed, seed_bytes, out, bytes);                                         \
    }                                                                                              \
    static int short_name##_agree(void *instance, const uint8_t *seed, const uint8_t *peer,        \
                                  uint8_t *secret) {                                               \
        (void)instance;                                                                            \
        return toy_agree(seed, seed_bytes, peer, bytes, secret, secret_bytes);                     \
    }                                                                                              \
    static const ikev1_group_alg short_name = {.id = (number),                                     \
                                               .kind = (of_kind),                                  \
                                               .public_size = (bytes),                             \
                                               .secret_size = (secret_bytes),                      \
                                               .seed_size = (seed_bytes),                          \
                                               .name = (text),                                     \
                                               .prime = (no_prime),                                \
                                               .generate = short_name##_generate,                  \
                                               .agree = short_name##_agree};

GROUP(modp768, IKEV1_GROUP_MODP768, IKEV1_GROUP_KIND_MODP, 96, 96, 24, NO_PRIME, "null MODP768")
GROUP(modp1024, IKEV1_GROUP_MODP1024, IKEV1_GROUP_KIND_MODP, 128, 128, 24, NO_PRIME,
      "null MODP1024")
GROUP(modp1536, IKEV1_GROUP_MODP1536, IKEV1_GROUP_KIND_MODP, 192, 192, 32, NO_PRIME,
      "null MODP1536")
GROUP(modp2048, IKEV1_GROUP_MODP2048, IKEV1_GROUP_KIND_MODP, 256, 256, 32, NO_PRIME,
      "null MODP2048")
GROUP(ecp256, IKEV1_GROUP_ECP256, IKEV1_GROUP_KIND_ECP, 64, 32, 40, NULL, "null ECP256")
GROUP(x25519, IKEV1_GROUP_X25519, IKEV1_GROUP_KIND_MONTGOMERY, 32, 32, 32, NULL, "null X25519")

/* ---- the provider ---- */

static int null_open(const ikev1_crypto *self, void **instance) {
    const struct null_crypto *n = (const struct null_crypto *)self;
    struct instance *made = malloc(sizeof *made);

    if (made == NULL)
        return IKEV1_E_MEMORY;
    made->random = n->seed;
    *instance = made;
    return IKEV1_OK;
}

static void null_close(void *instance) {
    free(instance);
}

static int null_random(void *instance, uint8_t *out, size_t len) {
    struct instance *n = instance;

    n->random += UINT64_C(0x9e3779b97f4a7c15);
    stretch(scramble(n->random), out, len);
    return IKEV1_OK;
}

static bool null_equal(const void *a, const void *b, size_t len) {
    return memcmp(a, b, len) == 0;
}

static void null_wipe(void *p, size_t len) {
    volatile uint8_t *at = p;

    while (len-- > 0)
        *at++ = 0;
}

static uint64_t null_table_hash(const uint8_t key[16], const uint8_t *data, size_t len) {
    return scramble(mix(mix(FNV_START, key, 16), data, len));
}

/* Nothing like a real seal, but whoever changes a bit is found out. */
static void null_tag(const uint8_t *key, const uint8_t *nonce, ikev1_bytes bound,
                     const uint8_t *text, size_t len, uint8_t tag[IKEV1_SEAL_TAG]) {
    uint64_t h = mix(mix(FNV_START, key, IKEV1_SEAL_KEY), nonce, IKEV1_SEAL_NONCE);
    h = mix(mix(h, bound.data, bound.len) + bound.len, text, len);
    stretch(scramble(h), tag, IKEV1_SEAL_TAG);
}

static int null_seal(const uint8_t *key, const uint8_t *nonce, ikev1_bytes bound, const uint8_t *in,
                     size_t len, uint8_t *out) {
    uint8_t pad[16];
    stretch(mix(mix(FNV_START, key, IKEV1_SEAL_KEY), nonce, IKEV1_SEAL_NONCE), pad, sizeof pad);
    for (size_t i = 0; i < len; i++)
        out[i] = in[i] ^ pad[i % sizeof pad];
    null_tag(key, nonce, bound, in, len, out + len);
    return IKEV1_OK;
}

static int null_unseal(const uint8_t *key, const uint8_t *nonce, ikev1_bytes bound,
                       const uint8_t *in, size_t len, uint8_t *out) {
    uint8_t pad[16], tag[IKEV1_SEAL_TAG];
    if (len < IKEV1_SEAL_TAG)
        return IKEV1_E_AUTH;
    len -= IKEV1_SEAL_TAG;
    stretch(mix(mix(FNV_START, key, IKEV1_SEAL_KEY), nonce, IKEV1_SEAL_NONCE), pad, sizeof pad);
    for (size_t i = 0; i < len; i++)
        out[i] = in[i] ^ pad[i % sizeof pad];
    null_tag(key, nonce, bound, out, len, tag);
    return memcmp(tag, in + len, sizeof tag) == 0 ? IKEV1_OK : IKEV1_E_AUTH;
}

static const ikev1_hash_alg *const HASHES[] = {&sha256, &sha1, &sha384, &sha512, &md5, NULL};
static const ikev1_prf_alg *const PRFS[] = {&xcbc, NULL};
static const ikev1_cipher_alg *const CIPHERS[] = {&aes, &tdes, &des, NULL};
static const ikev1_group_alg *const GROUPS[] = {&modp2048, &x25519,  &ecp256, &modp1536,
                                                &modp1024, &modp768, NULL};

void null_crypto_init(struct null_crypto *n, uint64_t seed) {
    n->seed = seed;
    n->provider = (ikev1_crypto){.size = sizeof(ikev1_crypto),
                                 .name = "null",
                                 .open = null_open,
                                 .close = null_close,
                                 .random = null_random,
                                 .equal = null_equal,
                                 .wipe = null_wipe,
                                 .table_hash = null_table_hash,
                                 .hashes = HASHES,
                                 .prfs = PRFS,
                                 .ciphers = CIPHERS,
                                 .groups = GROUPS,
                                 .seal = null_seal,
                                 .unseal = null_unseal};
}
