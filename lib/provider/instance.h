/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the default provider share: the instance that open() makes for one engine, and
 * the descriptors that each file contributes. Everything in an instance is made at its first use
 * and then kept, so that no call pays for fetching or allocating a second time, and an engine that
 * never meets a group or cipher pays nothing for it.
 */
#ifndef IKE_PROVIDER_INSTANCE_H
#define IKE_PROVIDER_INSTANCE_H

#include <ikev1/crypto.h>

/* What OpenSSL 3 has deprecated is out of sight in this folder. */
#ifndef OPENSSL_NO_DEPRECATED
#define OPENSSL_NO_DEPRECATED
#endif

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

enum ike_md_slot { IKE_MD_MD5, IKE_MD_SHA1, IKE_MD_SHA256, IKE_MD_SHA384, IKE_MD_SHA512, IKE_MDS };
enum ike_cipher_slot {
    IKE_CIPHER_AES128,
    IKE_CIPHER_AES192,
    IKE_CIPHER_AES256,
    IKE_CIPHER_CAMELLIA128,
    IKE_CIPHER_CAMELLIA192,
    IKE_CIPHER_CAMELLIA256,
    IKE_CIPHER_3DES,
    IKE_CIPHER_BLOWFISH,
    IKE_CIPHER_CAST,
    IKE_CIPHER_AES128_ECB, /* subkeys of AES-XCBC */
    IKE_CIPHER_SLOTS
};
enum { IKE_MODP_GROUPS = 11, IKE_ECP_GROUPS = 9 };

/* An EVP algorithm with the one context that all its calls reuse. A cipher context holds the last
 * key it was used with until it gets another one or the instance is closed. */
struct ike_md {
    EVP_MD *alg;
    EVP_MD_CTX *ctx;
};
struct ike_cipher {
    EVP_CIPHER *alg;
    EVP_CIPHER_CTX *ctx;
};

/* What one MODP group needs beside the numbers of a call. `order` only where the peer's value is
 * checked against it. */
struct ike_modp {
    BIGNUM *prime, *generator, *order;
    BN_MONT_CTX *mont;
};
struct ike_ecp {
    EC_GROUP *curve;
    BIGNUM *order_minus_1;
};

struct ike_openssl {
    OSSL_LIB_CTX *lib;
    OSSL_PROVIDER *base;   /* "default", loaded by name once "legacy" is, as OpenSSL wants it */
    OSSL_PROVIDER *legacy; /* NULL until Blowfish or CAST is asked for */
    bool no_legacy;        /* it could not be loaded: not tried again */
    struct ike_md mds[IKE_MDS];
    struct ike_cipher ciphers[IKE_CIPHER_SLOTS];
    BIGNUM *exponent, *base_number, *result; /* of the call that runs */
    BN_CTX *bn; /* likewise; its own temporaries are only cleared by freeing it */
    struct ike_modp modp[IKE_MODP_GROUPS];
    struct ike_ecp ecp[IKE_ECP_GROUPS];
};

/* A keyed cipher context for one run over whole blocks: openssl_cipher.c. `iv` may be NULL (ECB).
 */
int ike_openssl_cipher_init(struct ike_openssl *o, enum ike_cipher_slot slot, ikev1_bytes key,
                            const uint8_t *iv, bool encrypt, EVP_CIPHER_CTX **ctx);

/* Makes the numbers of a call ready, and clears them: openssl_modp.c. */
int ike_openssl_numbers(struct ike_openssl *o);
void ike_openssl_numbers_done(struct ike_openssl *o);

/* y = base^exponent mod p of the MODP group in row `index`; base NULL = its generator. The exponent
 * is used as it is given, the result left-padded to the prime's size. openssl_modp.c. */
int ike_openssl_modp_power(struct ike_openssl *o, size_t index, const uint8_t *base,
                           const uint8_t *exponent, size_t exponent_len, uint8_t *out);
/* The row of an IKEV1_GROUP_..., IKE_MODP_GROUPS = none. */
size_t ike_openssl_modp_index(uint16_t id);

void ike_openssl_hash_close(struct ike_openssl *o);
int ike_openssl_cipher_ready(void *instance, const ikev1_cipher_alg *alg);
void ike_openssl_cipher_close(struct ike_openssl *o);
void ike_openssl_modp_close(struct ike_openssl *o);
void ike_openssl_ecp_close(struct ike_openssl *o);

/* ---- descriptors; every list ends with NULL ---- */

extern const ikev1_hash_alg *const ike_openssl_hashes[];
extern const ikev1_cipher_alg *const ike_openssl_ciphers[];
extern const ikev1_prf_alg *const ike_openssl_prfs[];
extern const ikev1_group_alg ike_openssl_modp_algs[IKE_MODP_GROUPS];
extern const ikev1_group_alg ike_openssl_ecp_algs[IKE_ECP_GROUPS];

/* ---- primes.c: each public_size bytes, big endian ---- */

extern const uint8_t ike_prime_768[96], ike_prime_1024[128], ike_prime_1536[192],
    ike_prime_2048[256], ike_prime_3072[384], ike_prime_4096[512], ike_prime_6144[768],
    ike_prime_8192[1024];
extern const uint8_t ike_prime_1024_160[128], ike_prime_2048_224[256], ike_prime_2048_256[256];
/* Generators and subgroup orders of RFC 5114. */
extern const uint8_t ike_generator_1024_160[128], ike_generator_2048_224[256],
    ike_generator_2048_256[256];
extern const uint8_t ike_order_1024_160[20], ike_order_2048_224[28], ike_order_2048_256[32];

/* ---- group_kats.c ---- */

extern const ikev1_kat ike_kats_modp_768[], ike_kats_modp_1024[], ike_kats_modp_1536[],
    ike_kats_modp_2048[], ike_kats_modp_3072[], ike_kats_modp_4096[], ike_kats_modp_6144[],
    ike_kats_modp_8192[], ike_kats_modp_1024_160[], ike_kats_modp_2048_224[],
    ike_kats_modp_2048_256[];
extern const ikev1_kat ike_kats_ecp256[], ike_kats_ecp384[], ike_kats_ecp521[], ike_kats_ecp192[],
    ike_kats_ecp224[], ike_kats_bp224[], ike_kats_bp256[], ike_kats_bp384[], ike_kats_bp512[];

/* ---- sodium.c: nothing of it needs an instance ---- */

int ike_sodium_start(void);
int ike_sodium_random(void *instance, uint8_t *out, size_t len);
bool ike_sodium_equal(const void *a, const void *b, size_t len);
void ike_sodium_wipe(void *p, size_t len);
uint64_t ike_sodium_table_hash(const uint8_t key[16], const uint8_t *data, size_t len);
int ike_sodium_seal(const uint8_t key[IKEV1_SEAL_KEY], const uint8_t nonce[IKEV1_SEAL_NONCE],
                    ikev1_bytes bound, const uint8_t *in, size_t len, uint8_t *out);
int ike_sodium_unseal(const uint8_t key[IKEV1_SEAL_KEY], const uint8_t nonce[IKEV1_SEAL_NONCE],
                      ikev1_bytes bound, const uint8_t *in, size_t len, uint8_t *out);
extern const ikev1_group_alg ike_sodium_x25519;

#endif
