/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures over HASH_I and HASH_R: RFC 2409 5.1, RFC 4754. RSA is "a private key encryption in
 * PKCS #1 format": the bare hash in a block of type 1. DSS and ECDSA are r | s, each as long as the
 * group's order, of the hash as the digest.
 *
 * RFC 4754 4 names a hash function for each ECDSA method, and can be read to want HASH_I hashed
 * once more. strongSwan does not, nor does RFC 2409 5.1 of DSS; so neither do we, but we take
 * either from a peer: to make one pass for the other takes an inversion of that function.
 */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "provider/pki.h"

enum {
    RSA_MIN_BITS = 2048,
    RSA_MAX_BITS = 8192,
    RSA_MAX_EXPONENT_BITS = 256, /* FIPS 186-4 B.3.1: bounds a verification */
    DSA_MIN_BITS = 1024,
    DSA_MAX_BITS = 3072, /* FIPS 186-4 4.2 */
    MAX_HASH = 64,
    MAX_ORDER = 66,
    MAX_DER = 2 * (MAX_ORDER + 1 + 2) + 3, /* SEQUENCE of two INTEGERs */
};

static const struct method {
    uint16_t auth;
    const char *key;
    const char *curve;  /* the method's own */
    const char *digest; /* what some peers hash the hash with once more */
} METHODS[] = {
    {IKEV1_AUTH_RSA, "RSA", NULL, NULL},
    {IKEV1_AUTH_DSS, "DSA", NULL, NULL},
    {IKEV1_AUTH_ECDSA_256, "EC", "prime256v1", "SHA256"},
    {IKEV1_AUTH_ECDSA_384, "EC", "secp384r1", "SHA384"},
    {IKEV1_AUTH_ECDSA_521, "EC", "secp521r1", "SHA512"},
};
enum { METHOD_COUNT = sizeof METHODS / sizeof *METHODS };

static const struct method *find_method(uint16_t auth) {
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (METHODS[i].auth == auth)
            return &METHODS[i];
    return NULL;
}

int ike_openssl_failure(int otherwise) {
    return ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE ? IKEV1_E_MEMORY
                                                                         : otherwise;
}

/* ---- which keys ---- */

/* The number of bits of one of a key's numbers if it is odd and not 1, else 0. */
static int odd_bits(const EVP_PKEY *key, const char *name) {
    BIGNUM *n = NULL;
    int bits = 0;

    if (EVP_PKEY_get_bn_param(key, name, &n) == 1 && BN_is_odd(n) && !BN_is_one(n))
        bits = BN_num_bits(n);
    BN_clear_free(n);
    return bits;
}

static bool rsa_sound(const EVP_PKEY *key) {
    int bits = EVP_PKEY_get_bits(key), exponent;

    if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS || odd_bits(key, OSSL_PKEY_PARAM_RSA_N) == 0)
        return false;
    exponent = odd_bits(key, OSSL_PKEY_PARAM_RSA_E);
    return exponent > 0 && exponent <= RSA_MAX_EXPONENT_BITS;
}

static bool dsa_sound(const EVP_PKEY *key) {
    int bits = EVP_PKEY_get_bits(key), order;

    if (bits < DSA_MIN_BITS || bits > DSA_MAX_BITS || odd_bits(key, OSSL_PKEY_PARAM_FFC_P) == 0)
        return false;
    order = odd_bits(key, OSSL_PKEY_PARAM_FFC_Q);
    return order == 160 || order == 224 || order == 256;
}

static bool on_curve(const EVP_PKEY *key, const char *curve) {
    char name[32];
    size_t len;

    return EVP_PKEY_get_group_name(key, name, sizeof name, &len) == 1 && strcmp(name, curve) == 0;
}

/* RFC 5480 2.1.1: a curve is named, never spelled out. */
static bool ec_sound(const EVP_PKEY *key) {
    int explicit_curve = 1;

    if (EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                               &explicit_curve) != 1 ||
        explicit_curve != 0)
        return false;
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (METHODS[i].curve != NULL && on_curve(key, METHODS[i].curve))
            return true;
    return false;
}

bool ike_openssl_key_sound(const EVP_PKEY *key) {
    if (EVP_PKEY_is_a(key, "RSA"))
        return rsa_sound(key);
    if (EVP_PKEY_is_a(key, "DSA"))
        return dsa_sound(key);
    return EVP_PKEY_is_a(key, "EC") && ec_sound(key);
}

bool ike_openssl_key_fits(const EVP_PKEY *key, uint16_t auth) {
    const struct method *m = find_method(auth);

    return m != NULL && EVP_PKEY_is_a(key, m->key) && (m->curve == NULL || on_curve(key, m->curve));
}

/* Size of r and of s: 0 for RSA. */
static size_t part_size(const EVP_PKEY *key) {
    if (EVP_PKEY_is_a(key, "DSA"))
        return (size_t)(odd_bits(key, OSSL_PKEY_PARAM_FFC_Q) + 7) / 8;
    return EVP_PKEY_is_a(key, "EC") ? (size_t)(EVP_PKEY_get_bits(key) + 7) / 8 : 0;
}

/* ---- what both ways need ---- */

struct operation {
    EVP_PKEY_CTX *ctx;
    uint8_t digest[MAX_HASH]; /* what the key's operation works on */
    size_t digest_len;
    size_t part;
};

/* `digest` NULL: the hash itself. */
static int begin(struct operation *op, OSSL_LIB_CTX *lib, EVP_PKEY *key,
                 const ikev1_signature *what, const char *digest) {
    *op = (struct operation){.part = part_size(key)};
    if (find_method(what->auth) == NULL || what->hash.len == 0 || what->hash.len > MAX_HASH ||
        op->part > MAX_ORDER)
        return IKEV1_E_UNSUPPORTED;
    op->digest_len = what->hash.len;
    if (digest == NULL)
        memcpy(op->digest, what->hash.data, what->hash.len);
    else if (EVP_Q_digest(lib, digest, NULL, what->hash.data, what->hash.len, op->digest,
                          &op->digest_len) != 1)
        return ike_openssl_failure(IKEV1_E_PROVIDER);
    op->ctx = EVP_PKEY_CTX_new_from_pkey(lib, key, NULL);
    return op->ctx != NULL ? IKEV1_OK : IKEV1_E_MEMORY;
}

static void end(struct operation *op) {
    EVP_PKEY_CTX_free(op->ctx);
    OPENSSL_cleanse(op->digest, sizeof op->digest);
}

/* ---- making one ---- */

/* OpenSSL pads what has no digest named: PKCS #1 type 1 without a DigestInfo. */
static int sign_rsa(struct operation *op, uint8_t *out, size_t *len) {
    *len = IKEV1_MAX_SIGNATURE;
    if (EVP_PKEY_sign_init(op->ctx) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(op->ctx, RSA_PKCS1_PADDING) == 1 &&
        EVP_PKEY_sign(op->ctx, out, len, op->digest, op->digest_len) == 1)
        return IKEV1_OK;
    return ike_openssl_failure(IKEV1_E_PROVIDER);
}

/* OpenSSL's signatures are DER, and DSA's has the same form as ECDSA's. */
static int parts_of_der(const uint8_t *der, size_t der_len, size_t part, uint8_t *out) {
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)der_len);
    bool done;

    if (sig == NULL)
        return ike_openssl_failure(IKEV1_E_PROVIDER);
    done = BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, (int)part) == (int)part &&
           BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + part, (int)part) == (int)part;
    ECDSA_SIG_free(sig);
    return done ? IKEV1_OK : IKEV1_E_PROVIDER;
}

static int sign_parts(struct operation *op, uint8_t *out, size_t *len) {
    uint8_t der[MAX_DER];
    size_t der_len = sizeof der;

    *len = 2 * op->part;
    if (EVP_PKEY_sign_init(op->ctx) != 1 ||
        EVP_PKEY_sign(op->ctx, der, &der_len, op->digest, op->digest_len) != 1)
        return ike_openssl_failure(IKEV1_E_PROVIDER);
    return parts_of_der(der, der_len, op->part, out);
}

int ike_openssl_sign(OSSL_LIB_CTX *lib, EVP_PKEY *key, const ikev1_signature *what, uint8_t *out,
                     size_t *len) {
    struct operation op;
    int status = begin(&op, lib, key, what, NULL);

    if (status == IKEV1_OK)
        status = op.part == 0 ? sign_rsa(&op, out, len) : sign_parts(&op, out, len);
    end(&op);
    return status;
}

/* ---- verifying one ---- */

/* CRT-06: the block is never taken apart. What it must be is made and compared as a whole. */
static int verify_rsa(struct operation *op, const EVP_PKEY *key, ikev1_bytes signature) {
    uint8_t block[RSA_MAX_BITS / 8], want[RSA_MAX_BITS / 8];
    const size_t size = (size_t)EVP_PKEY_get_size(key);
    size_t len = sizeof block;

    if (size > sizeof want || size < op->digest_len + 11 || signature.len != size)
        return IKEV1_E_AUTH;
    memset(want, 0xff, size);
    want[0] = 0;
    want[1] = 1;
    want[size - op->digest_len - 1] = 0;
    memcpy(want + size - op->digest_len, op->digest, op->digest_len);
    if (EVP_PKEY_verify_recover_init(op->ctx) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(op->ctx, RSA_NO_PADDING) != 1 ||
        EVP_PKEY_verify_recover(op->ctx, block, &len, signature.data, signature.len) != 1)
        return ike_openssl_failure(IKEV1_E_AUTH);
    return len == size && CRYPTO_memcmp(block, want, size) == 0 ? IKEV1_OK : IKEV1_E_AUTH;
}

/* Writes MAX_DER bytes at most; returns the length, 0 when there is no memory. */
static size_t der_of_parts(const uint8_t *parts, size_t part, uint8_t *der) {
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(parts, (int)part, NULL), *s = BN_bin2bn(parts + part, (int)part, NULL);
    int len = 0;

    if (sig != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(sig, r, s) == 1) {
        r = s = NULL;
        len = i2d_ECDSA_SIG(sig, &der);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(sig);
    return len > 0 ? (size_t)len : 0;
}

/* That r and s lie between 0 and the order is checked by OpenSSL. */
static int verify_parts(struct operation *op, ikev1_bytes signature) {
    uint8_t der[MAX_DER];
    size_t len;

    if (signature.len != 2 * op->part)
        return IKEV1_E_AUTH;
    len = der_of_parts(signature.data, op->part, der);
    if (len == 0)
        return IKEV1_E_MEMORY;
    if (EVP_PKEY_verify_init(op->ctx) == 1 &&
        EVP_PKEY_verify(op->ctx, der, len, op->digest, op->digest_len) == 1)
        return IKEV1_OK;
    return ike_openssl_failure(IKEV1_E_AUTH);
}

static int verify(OSSL_LIB_CTX *lib, EVP_PKEY *key, const ikev1_signature *what,
                  const char *digest) {
    struct operation op;
    int status = begin(&op, lib, key, what, digest);

    if (status == IKEV1_OK)
        status = op.part == 0 ? verify_rsa(&op, key, what->signature)
                              : verify_parts(&op, what->signature);
    else if (status != IKEV1_E_MEMORY)
        status = IKEV1_E_AUTH;
    end(&op);
    return status;
}

int ike_openssl_verify(OSSL_LIB_CTX *lib, EVP_PKEY *key, const ikev1_signature *what) {
    const struct method *m = find_method(what->auth);
    int status = verify(lib, key, what, NULL);

    if (status == IKEV1_E_AUTH && m != NULL && m->digest != NULL)
        status = verify(lib, key, what, m->digest);
    return status;
}
