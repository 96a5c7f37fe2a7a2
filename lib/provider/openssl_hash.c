/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashes, and the HMACs made of them (RFC 2104). HMAC is written over the fetched digest: with a
 * context that is reused this costs less than half of what EVP_MAC does, and a negotiation is made
 * of some twenty of them.
 */
#include <string.h>

#include "provider/instance.h"

enum { MAX_HASH_BLOCK = 128 }; /* of SHA2-384 and SHA2-512 */

static const struct {
    const char *name; /* as OpenSSL calls it */
    uint16_t size, block;
} MDS[IKE_MDS] = {
    [IKE_MD_MD5] = {"MD5", 16, 64},          [IKE_MD_SHA1] = {"SHA1", 20, 64},
    [IKE_MD_SHA256] = {"SHA2-256", 32, 64},  [IKE_MD_SHA384] = {"SHA2-384", 48, 128},
    [IKE_MD_SHA512] = {"SHA2-512", 64, 128},
};

static int fetch(struct ike_openssl *o, enum ike_md_slot slot) {
    struct ike_md *md = &o->mds[slot];

    if (md->alg == NULL)
        md->alg = EVP_MD_fetch(o->lib, MDS[slot].name, NULL);
    if (md->alg == NULL)
        return IKEV1_E_UNSUPPORTED;
    md->ctx = EVP_MD_CTX_new();
    if (md->ctx == NULL)
        return IKEV1_E_MEMORY;
    if (EVP_DigestInit_ex2(md->ctx, md->alg, NULL) == 1)
        return IKEV1_OK;
    EVP_MD_CTX_free(md->ctx);
    md->ctx = NULL;
    return IKEV1_E_PROVIDER;
}

/* One digest over `head` and the parts. 1 = done, as OpenSSL counts. */
static int run(const struct ike_md *md, ikev1_bytes head, const ikev1_bytes *parts, size_t count,
               uint8_t *out) {
    int ok = EVP_DigestInit_ex2(md->ctx, NULL, NULL);

    if (ok == 1 && head.len != 0)
        ok = EVP_DigestUpdate(md->ctx, head.data, head.len);
    for (size_t i = 0; ok == 1 && i < count; i++)
        if (parts[i].len != 0)
            ok = EVP_DigestUpdate(md->ctx, parts[i].data, parts[i].len);
    return ok == 1 ? EVP_DigestFinal_ex(md->ctx, out, NULL) : ok;
}

static int digest(void *instance, enum ike_md_slot slot, const ikev1_bytes *parts, size_t count,
                  uint8_t *out) {
    struct ike_openssl *o = instance;
    uint8_t made[IKEV1_MAX_HASH];
    int status = IKEV1_OK;

    ERR_set_mark();
    if (o->mds[slot].ctx == NULL)
        status = fetch(o, slot);
    if (status == IKEV1_OK && run(&o->mds[slot], (ikev1_bytes){NULL, 0}, parts, count, made) != 1)
        status = IKEV1_E_PROVIDER;
    ERR_pop_to_mark();
    if (status == IKEV1_OK)
        memcpy(out, made, MDS[slot].size);
    return status;
}

/* H(K xor opad | H(K xor ipad | parts)); `pad` comes with the key, zero-filled. */
static int run_hmac(const struct ike_md *md, size_t size, size_t block, uint8_t *pad,
                    const ikev1_bytes *parts, size_t count, uint8_t *made) {
    const ikev1_bytes inner = {made, size};
    int ok;

    for (size_t i = 0; i < block; i++)
        pad[i] ^= 0x36;
    ok = run(md, (ikev1_bytes){pad, block}, parts, count, made);
    for (size_t i = 0; i < block; i++)
        pad[i] ^= 0x36 ^ 0x5c;
    return ok == 1 ? run(md, (ikev1_bytes){pad, block}, &inner, 1, made) : ok;
}

static int hmac(void *instance, enum ike_md_slot slot, ikev1_bytes key, const ikev1_bytes *parts,
                size_t count, uint8_t *out) {
    struct ike_openssl *o = instance;
    const size_t size = MDS[slot].size, block = MDS[slot].block;
    uint8_t pad[MAX_HASH_BLOCK] = {0}, made[IKEV1_MAX_HASH];
    int status = IKEV1_OK;

    ERR_set_mark();
    if (o->mds[slot].ctx == NULL)
        status = fetch(o, slot);
    if (status == IKEV1_OK) {
        int ok = 1;

        if (key.len > block)
            ok = run(&o->mds[slot], key, NULL, 0, pad);
        else if (key.len != 0)
            memcpy(pad, key.data, key.len);
        if (ok != 1 || run_hmac(&o->mds[slot], size, block, pad, parts, count, made) != 1)
            status = IKEV1_E_PROVIDER;
    }
    ERR_pop_to_mark();
    if (status == IKEV1_OK)
        memcpy(out, made, size);
    ike_sodium_wipe(pad, block);
    ike_sodium_wipe(made, size);
    return status;
}

void ike_openssl_hash_close(struct ike_openssl *o) {
    for (size_t i = 0; i < IKE_MDS; i++) {
        EVP_MD_CTX_free(o->mds[i].ctx);
        EVP_MD_free(o->mds[i].alg);
    }
}

static const ikev1_kat md5_kats[] = {
    /* RFC 1321 A.5 */
    {NULL, NULL, "", "d41d8cd98f00b204e9800998ecf8427e"},
    {NULL, NULL, "616263", "900150983cd24fb0d6963f7d28e17f72"},
    {NULL, NULL, NULL, NULL},
};
static const ikev1_kat sha1_kats[] = {
    /* FIPS 180-2 A.1, A.2 */
    {NULL, NULL, "616263", "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {NULL, NULL,
     "6162636462636465636465666465666765666768666768696768696a68696a6b696a6b6c6a6b6c6d6b6c6d6e"
     "6c6d6e6f6d6e6f706e6f7071",
     "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
    {NULL, NULL, NULL, NULL},
};
static const ikev1_kat sha256_kats[] = {
    /* FIPS 180-2 B.1 */
    {NULL, NULL, "616263", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {NULL, NULL, NULL, NULL},
};
static const ikev1_kat sha384_kats[] = {
    /* FIPS 180-2 D.1 */
    {NULL, NULL, "616263",
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c8"
     "25a7"},
    {NULL, NULL, NULL, NULL},
};
static const ikev1_kat sha512_kats[] = {
    /* FIPS 180-2 C.1 */
    {NULL, NULL, "616263",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3fe"
     "ebbd454d4423643ce80e2a9ac94fa54ca49f"},
    {NULL, NULL, NULL, NULL},
};

/* "what do ya want for nothing?" under "Jefe"; and, for hashing the key first, the test that RFC
 * 2202 and RFC 4231 number 6: a key of 80 or 131 times 0xaa. */
#define JEFE "4a656665"
#define WHAT "7768617420646f2079612077616e7420666f72206e6f7468696e673f"
#define AA40 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LARGER                                                                                     \
    "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b" \
    "6579204669727374"
#define AA80  AA40 AA40
#define AA131 AA80 AA40 "aaaaaaaaaaaaaaaaaaaaaa"

static const ikev1_kat hmac_md5_kats[] = {
    {JEFE, NULL, WHAT, "750c783e6ab0b503eaa86e310a5db738"},
    {AA80, NULL, LARGER, "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"},
    {NULL, NULL, NULL, NULL},
};
static const ikev1_kat hmac_sha1_kats[] = {
    {JEFE, NULL, WHAT, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
    {AA80, NULL, LARGER, "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
    {NULL, NULL, NULL, NULL},
};
static const ikev1_kat hmac_sha256_kats[] = {
    {JEFE, NULL, WHAT, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {AA131, NULL, LARGER, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {NULL, NULL, NULL, NULL},
};
static const ikev1_kat hmac_sha384_kats[] = {
    {JEFE, NULL, WHAT,
     "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab2"
     "1649"},
    {AA131, NULL, LARGER,
     "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f4"
     "4952"},
    {NULL, NULL, NULL, NULL},
};
static const ikev1_kat hmac_sha512_kats[] = {
    {JEFE, NULL, WHAT,
     "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0"
     "e6fdcaeab1a34d4a6b4b636e070a38bce737"},
    {AA131, NULL, LARGER,
     "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a"
     "1e5295e64f73f63f0aec8b915a985d786598"},
    {NULL, NULL, NULL, NULL},
};

/* A descriptor's functions do not get the descriptor: so two of them for each hash. */
#define HASH_ALG(name, number, slot, hash_size, text)                                              \
    static int name##_digest(void *instance, const ikev1_bytes *parts, size_t count,               \
                             uint8_t *out) {                                                       \
        return digest(instance, slot, parts, count, out);                                          \
    }                                                                                              \
    static int name##_hmac(void *instance, ikev1_bytes key, const ikev1_bytes *parts,              \
                           size_t count, uint8_t *out) {                                           \
        return hmac(instance, slot, key, parts, count, out);                                       \
    }                                                                                              \
    static const ikev1_hash_alg name = {                                                           \
        number, hash_size, text, name##_digest, name##_hmac, name##_kats, hmac_##name##_kats};

HASH_ALG(md5, IKEV1_HASH_MD5, IKE_MD_MD5, 16, "MD5")
HASH_ALG(sha1, IKEV1_HASH_SHA1, IKE_MD_SHA1, 20, "SHA1")
HASH_ALG(sha256, IKEV1_HASH_SHA2_256, IKE_MD_SHA256, 32, "SHA2-256")
HASH_ALG(sha384, IKEV1_HASH_SHA2_384, IKE_MD_SHA384, 48, "SHA2-384")
HASH_ALG(sha512, IKEV1_HASH_SHA2_512, IKE_MD_SHA512, 64, "SHA2-512")

const ikev1_hash_alg *const ike_openssl_hashes[] = {&sha256, &sha1, &sha384, &sha512, &md5, NULL};
