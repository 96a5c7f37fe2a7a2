/* SPDX-License-Identifier: Apache-2.0 */
/* Block ciphers in CBC mode. Blowfish and CAST live in OpenSSL's legacy provider, which is loaded
 * when one of them is first asked for; where it is missing they answer IKEV1_E_UNSUPPORTED. */
#include <limits.h>
#include <string.h>

#include "provider/instance.h"

static const struct {
    const char *name; /* as OpenSSL calls it */
    uint8_t key;      /* bytes; 0 = any the descriptor allows */
    bool legacy;
} CIPHERS[IKE_CIPHER_SLOTS] = {
    [IKE_CIPHER_AES128] = {"AES-128-CBC", 16, false},
    [IKE_CIPHER_AES192] = {"AES-192-CBC", 24, false},
    [IKE_CIPHER_AES256] = {"AES-256-CBC", 32, false},
    [IKE_CIPHER_CAMELLIA128] = {"CAMELLIA-128-CBC", 16, false},
    [IKE_CIPHER_CAMELLIA192] = {"CAMELLIA-192-CBC", 24, false},
    [IKE_CIPHER_CAMELLIA256] = {"CAMELLIA-256-CBC", 32, false},
    [IKE_CIPHER_3DES] = {"DES-EDE3-CBC", 24, false},
    [IKE_CIPHER_BLOWFISH] = {"BF-CBC", 0, true},
    [IKE_CIPHER_CAST] = {"CAST5-CBC", 0, true},
    [IKE_CIPHER_AES128_ECB] = {"AES-128-ECB", 16, false},
};

/* Loading one provider by name switches off the implicit "default": so both, or none. */
static int load_legacy(struct ike_openssl *o) {
    if (o->legacy != NULL)
        return IKEV1_OK;
    if (o->no_legacy)
        return IKEV1_E_UNSUPPORTED;
    if (o->base == NULL)
        o->base = OSSL_PROVIDER_load(o->lib, "default");
    if (o->base != NULL)
        o->legacy = OSSL_PROVIDER_load(o->lib, "legacy");
    o->no_legacy = o->legacy == NULL;
    return o->no_legacy ? IKEV1_E_UNSUPPORTED : IKEV1_OK;
}

static int fetch(struct ike_openssl *o, enum ike_cipher_slot slot) {
    struct ike_cipher *cipher = &o->ciphers[slot];

    if (CIPHERS[slot].legacy && load_legacy(o) != IKEV1_OK)
        return IKEV1_E_UNSUPPORTED;
    if (cipher->alg == NULL)
        cipher->alg = EVP_CIPHER_fetch(o->lib, CIPHERS[slot].name, NULL);
    if (cipher->alg == NULL)
        return IKEV1_E_UNSUPPORTED;
    cipher->ctx = EVP_CIPHER_CTX_new();
    if (cipher->ctx == NULL)
        return IKEV1_E_MEMORY;
    /* The algorithm is set here once: naming it again in a later call would make OpenSSL allocate
     * anew. Without padding stays without padding. */
    if (EVP_CipherInit_ex2(cipher->ctx, cipher->alg, NULL, NULL, 1, NULL) == 1 &&
        EVP_CIPHER_CTX_set_padding(cipher->ctx, 0) == 1)
        return IKEV1_OK;
    EVP_CIPHER_CTX_free(cipher->ctx);
    cipher->ctx = NULL;
    return IKEV1_E_PROVIDER;
}

int ike_openssl_cipher_init(struct ike_openssl *o, enum ike_cipher_slot slot, ikev1_bytes key,
                            const uint8_t *iv, bool encrypt, EVP_CIPHER_CTX **ctx) {
    struct ike_cipher *cipher = &o->ciphers[slot];
    int status = IKEV1_OK;

    if (cipher->ctx == NULL)
        status = fetch(o, slot);
    if (status != IKEV1_OK)
        return status;
    if (CIPHERS[slot].key == 0 && EVP_CIPHER_CTX_set_key_length(cipher->ctx, (int)key.len) != 1)
        return IKEV1_E_PROVIDER;
    if (EVP_CipherInit_ex2(cipher->ctx, NULL, key.data, iv, encrypt, NULL) != 1)
        return IKEV1_E_PROVIDER;
    *ctx = cipher->ctx;
    return IKEV1_OK;
}

/* What is in the default provider is always there. */
int ike_openssl_cipher_ready(void *instance, const ikev1_cipher_alg *alg) {
    struct ike_openssl *o = instance;
    enum ike_cipher_slot slot = alg->id == IKEV1_CIPHER_BLOWFISH ? IKE_CIPHER_BLOWFISH
                                : alg->id == IKEV1_CIPHER_CAST   ? IKE_CIPHER_CAST
                                                                 : IKE_CIPHER_SLOTS;
    int status = IKEV1_OK;

    if (slot == IKE_CIPHER_SLOTS || o->ciphers[slot].ctx != NULL)
        return IKEV1_OK;
    ERR_set_mark();
    status = fetch(o, slot);
    ERR_pop_to_mark();
    return status;
}

/* Whole blocks in, as many out. On failure `out` may hold part of the result: it is the caller's
 * buffer for exactly that. */
static int crypt(void *instance, enum ike_cipher_slot slot, ikev1_bytes key, const uint8_t *iv,
                 const uint8_t *in, uint8_t *out, size_t len, bool encrypt) {
    struct ike_openssl *o = instance;
    EVP_CIPHER_CTX *ctx = NULL;
    int status, done = 0;

    if (len > INT_MAX)
        return IKEV1_E_ARGUMENT;
    ERR_set_mark();
    status = ike_openssl_cipher_init(o, slot, key, iv, encrypt, &ctx);
    if (status == IKEV1_OK &&
        (EVP_CipherUpdate(ctx, out, &done, in, (int)len) != 1 || (size_t)done != len))
        status = IKEV1_E_PROVIDER;
    ERR_pop_to_mark();
    return status;
}

/* AES and Camellia: three slots in a row, by key size. IKE_CIPHER_SLOTS = no such key. */
static enum ike_cipher_slot by_size(enum ike_cipher_slot first, size_t key_len) {
    if (key_len < 16 || key_len > 32 || key_len % 8 != 0)
        return IKE_CIPHER_SLOTS;
    return (enum ike_cipher_slot)(first + (key_len - 16) / 8);
}

static int sized(void *instance, enum ike_cipher_slot first, ikev1_bytes key, const uint8_t *iv,
                 const uint8_t *in, uint8_t *out, size_t len, bool encrypt) {
    enum ike_cipher_slot slot = by_size(first, key.len);

    if (slot == IKE_CIPHER_SLOTS)
        return IKEV1_E_ARGUMENT;
    return crypt(instance, slot, key, iv, in, out, len, encrypt);
}

static int fixed(void *instance, enum ike_cipher_slot slot, ikev1_bytes key, const uint8_t *iv,
                 const uint8_t *in, uint8_t *out, size_t len, bool encrypt) {
    if (CIPHERS[slot].key != 0 && key.len != CIPHERS[slot].key)
        return IKEV1_E_ARGUMENT;
    return crypt(instance, slot, key, iv, in, out, len, encrypt);
}

/* DES is 3DES with three equal keys, and 3DES needs no legacy provider. */
static int single_des(void *instance, enum ike_cipher_slot slot, ikev1_bytes key, const uint8_t *iv,
                      const uint8_t *in, uint8_t *out, size_t len, bool encrypt) {
    uint8_t three[24];
    int status;

    if (key.len != 8)
        return IKEV1_E_ARGUMENT;
    for (size_t i = 0; i < sizeof three; i++)
        three[i] = key.data[i % 8];
    status = crypt(instance, slot, (ikev1_bytes){three, sizeof three}, iv, in, out, len, encrypt);
    ike_sodium_wipe(three, sizeof three);
    return status;
}

void ike_openssl_cipher_close(struct ike_openssl *o) {
    for (size_t i = 0; i < IKE_CIPHER_SLOTS; i++) {
        EVP_CIPHER_CTX_free(o->ciphers[i].ctx);
        EVP_CIPHER_free(o->ciphers[i].alg);
    }
    if (o->legacy != NULL)
        OSSL_PROVIDER_unload(o->legacy);
    if (o->base != NULL)
        OSSL_PROVIDER_unload(o->base);
}

#define BLOCKS_4                                                                                   \
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a" \
    "52eff69f2445df4f9b17ad2b417be66c3710"
#define IV_0_TO_15 "000102030405060708090a0b0c0d0e0f"

static const ikev1_kat aes_kats[] = {
    /* RFC 3602 4, case 1; NIST SP 800-38A F.2.3, F.2.5 */
    {"06a9214036b8a15b512e03d534120006", "3dafba429d9eb430b422da802c9fac41",
     "53696e676c6520626c6f636b206d7367", "e353779c1079aeb82708942dbe77181a"},
    {"8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", IV_0_TO_15, BLOCKS_4,
     "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a571b242012fb7ae07fa9baac3df1"
     "02e008b0e27988598881d920a9e64f5615cd"},
    {"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", IV_0_TO_15, BLOCKS_4,
     "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d39f23369a9d9bacfa530e2630423"
     "1461b2eb05e2c39be9fcda6c19078c6a9d1b"},
    {NULL, NULL, NULL, NULL},
};
/* RFC 3713 App. A. Single blocks under an IV of zero are what the text prints. */
#define CAMELLIA_KEY "0123456789abcdeffedcba9876543210"
#define ZERO_16      "00000000000000000000000000000000"
static const ikev1_kat camellia_kats[] = {
    {CAMELLIA_KEY, ZERO_16, CAMELLIA_KEY, "67673138549669730857065648eabe43"},
    {CAMELLIA_KEY "0011223344556677", ZERO_16, CAMELLIA_KEY, "b4993401b3e996f84ee5cee7d79b09b9"},
    {CAMELLIA_KEY "00112233445566778899aabbccddeeff", ZERO_16, CAMELLIA_KEY,
     "9acc237dff16d76c20ef7c919e3a7509"},
    {NULL, NULL, NULL, NULL},
};
static const ikev1_kat tdes_kats[] = {
    /* NIST SP 800-67 B.1, first block; NIST CAVP TMMTCBC3 */
    {"0123456789abcdef23456789abcdef01456789abcdef0123", "0000000000000000", "5468652071756663",
     "a826fd8ce53b855f"},
    {"37ae5ebf46dff2dc0754b94f31cbb3855e7fd36dc870bfae", "3d1de3cc132e3b65",
     "84401f78fe6c10876d8ea23094ea5309", "7b1f7c7e3b1c948ebd04a75ffba7d2f5"},
    {NULL, NULL, NULL, NULL},
};
static const ikev1_kat des_kats[] = {
    /* FIPS 81 App. C */
    {"0123456789abcdef", "1234567890abcdef", "4e6f77206973207468652074696d6520666f7220616c6c20",
     "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6"},
    {NULL, NULL, NULL, NULL},
};
static const ikev1_kat blowfish_kats[] = {
    /* Eric Young's set, which Blowfish's author publishes */
    {"0123456789abcdeff0e1d2c3b4a59687", "fedcba9876543210",
     "37363534333231204e6f77206973207468652074696d6520666f722000000000",
     "6b77b4d63006dee605b156e27403979358deb9e7154616d959f1652bd5ff92cc"},
    {NULL, NULL, NULL, NULL},
};
static const ikev1_kat cast_kats[] = {
    /* RFC 2144 App. B.1: 128, 80 and 40 bits; below 81 bits there are only 12 rounds */
    {"0123456712345678234567893456789a", "0000000000000000", "0123456789abcdef",
     "238b4fe5847e44b2"},
    {"01234567123456782345", "0000000000000000", "0123456789abcdef", "eb6a711a2c02271b"},
    {"0123456712", "0000000000000000", "0123456789abcdef", "7ac816d16e9b302e"},
    {NULL, NULL, NULL, NULL},
};

/* A descriptor's functions do not get the descriptor: so two of them for each cipher. The sizes are
 * key_min, key_max, key_step and key_default in bytes. */
#define CIPHER_ALG(name, number, how, slot, block_size, min, max, step, fallback, text)            \
    static int name##_encrypt(void *instance, ikev1_bytes key, const uint8_t *iv,                  \
                              const uint8_t *in, uint8_t *out, size_t len) {                       \
        return how(instance, slot, key, iv, in, out, len, true);                                   \
    }                                                                                              \
    static int name##_decrypt(void *instance, ikev1_bytes key, const uint8_t *iv,                  \
                              const uint8_t *in, uint8_t *out, size_t len) {                       \
        return how(instance, slot, key, iv, in, out, len, false);                                  \
    }                                                                                              \
    static const ikev1_cipher_alg name = {number,         block_size, min,  max,                   \
                                          step,           fallback,   text, name##_encrypt,        \
                                          name##_decrypt, name##_kats};

/* Without the attribute: RFC 2409 App. B says 56 bytes for Blowfish and 16 for CAST; 128 bits of
 * AES and Camellia are what peers mean that leave it out. */
CIPHER_ALG(aes, IKEV1_CIPHER_AES, sized, IKE_CIPHER_AES128, 16, 16, 32, 8, 16, "AES")
CIPHER_ALG(camellia, IKEV1_CIPHER_CAMELLIA, sized, IKE_CIPHER_CAMELLIA128, 16, 16, 32, 8, 16,
           "CAMELLIA")
CIPHER_ALG(tdes, IKEV1_CIPHER_3DES, fixed, IKE_CIPHER_3DES, 8, 24, 24, 0, 24, "3DES")
CIPHER_ALG(des, IKEV1_CIPHER_DES, single_des, IKE_CIPHER_3DES, 8, 8, 8, 0, 8, "DES")
CIPHER_ALG(blowfish, IKEV1_CIPHER_BLOWFISH, fixed, IKE_CIPHER_BLOWFISH, 8, 5, 56, 1, 56, "BLOWFISH")
CIPHER_ALG(cast, IKEV1_CIPHER_CAST, fixed, IKE_CIPHER_CAST, 8, 5, 16, 1, 16, "CAST")

const ikev1_cipher_alg *const ike_openssl_ciphers[] = {&aes,      &camellia, &tdes, &des,
                                                       &blowfish, &cast,     NULL};
