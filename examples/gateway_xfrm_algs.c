/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* explicit_bzero() */
#include <linux/xfrm.h>
#include <stdio.h>
#include <string.h>

#include "gateway_xfrm_algs.h"

enum { MAX_KEY = 128 };

/* `icv` in bits: of what authenticates by itself. */
static const struct cipher_row {
    uint8_t id;
    uint8_t icv;
    const char *name;
} CIPHERS[] = {
    {IKEV1_ESP_DES, 0, "cbc(des)"},
    {IKEV1_ESP_3DES, 0, "cbc(des3_ede)"},
    {IKEV1_ESP_CAST, 0, "cbc(cast5)"},
    {IKEV1_ESP_BLOWFISH, 0, "cbc(blowfish)"},
    {IKEV1_ESP_NULL, 0, "ecb(cipher_null)"},
    {IKEV1_ESP_AES_CBC, 0, "cbc(aes)"},
    {IKEV1_ESP_AES_CTR, 0, "rfc3686(ctr(aes))"},
    {IKEV1_ESP_CAMELLIA, 0, "cbc(camellia)"},
    {IKEV1_ESP_AES_CCM_8, 64, "rfc4309(ccm(aes))"},
    {IKEV1_ESP_AES_CCM_12, 96, "rfc4309(ccm(aes))"},
    {IKEV1_ESP_AES_CCM_16, 128, "rfc4309(ccm(aes))"},
    {IKEV1_ESP_AES_GCM_8, 64, "rfc4106(gcm(aes))"},
    {IKEV1_ESP_AES_GCM_12, 96, "rfc4106(gcm(aes))"},
    {IKEV1_ESP_AES_GCM_16, 128, "rfc4106(gcm(aes))"},
    {IKEV1_ESP_AES_GMAC, 128, "rfc4543(gcm(aes))"},
};

/* `icv` in bits: what remains of the value. The kernel's own default for SHA2-256 is the 96 of a
 * draft; RFC 4868 2.6 has 128. */
static const struct integrity_row {
    uint16_t id, icv;
    const char *name;
} INTEGRITIES[] = {
    {IKEV1_INTEG_HMAC_MD5, 96, "hmac(md5)"},
    {IKEV1_INTEG_HMAC_SHA1, 96, "hmac(sha1)"},
    {IKEV1_INTEG_HMAC_SHA2_256, 128, "hmac(sha256)"},
    {IKEV1_INTEG_HMAC_SHA2_384, 192, "hmac(sha384)"},
    {IKEV1_INTEG_HMAC_SHA2_512, 256, "hmac(sha512)"},
    {IKEV1_INTEG_HMAC_RIPEMD, 96, "hmac(rmd160)"},
    {IKEV1_INTEG_AES_XCBC, 96, "xcbc(aes)"},
    {IKEV1_INTEG_AES_CMAC, 96, "cmac(aes)"},
};

static const char *const COMPRESSIONS[] = {
    [IKEV1_IPCOMP_DEFLATE] = "deflate", [IKEV1_IPCOMP_LZS] = "lzs", [IKEV1_IPCOMP_LZJH] = "lzjh"};

static const struct cipher_row *find_cipher(uint8_t id) {
    for (size_t i = 0; i < sizeof CIPHERS / sizeof *CIPHERS; i++) {
        if (CIPHERS[i].id == id) {
            return &CIPHERS[i];
        }
    }
    return NULL;
}

static const struct integrity_row *find_integrity(uint16_t id) {
    for (size_t i = 0; i < sizeof INTEGRITIES / sizeof *INTEGRITIES; i++) {
        if (INTEGRITIES[i].id == id) {
            return &INTEGRITIES[i];
        }
    }
    return NULL;
}

static const char *find_compression(uint8_t id) {
    return id < sizeof COMPRESSIONS / sizeof *COMPRESSIONS ? COMPRESSIONS[id] : NULL;
}

bool xfrm_algs_known(uint8_t protocol, uint8_t transform, uint16_t integrity) {
    switch (protocol) {
    case IKEV1_PROTO_ESP:
        return find_cipher(transform) != NULL &&
               (integrity == 0 || find_integrity(integrity) != NULL);
    case IKEV1_PROTO_AH:
        return find_integrity(integrity) != NULL;
    case IKEV1_PROTO_IPCOMP:
        return find_compression(transform) != NULL;
    default:
        return false;
    }
}

/* The three kinds differ in what stands between name and key. */
static void put_alg(struct nlmsghdr *message, uint16_t type, const char *name, unsigned icv,
                    ikev1_bytes key) {
    union {
        struct xfrm_algo plain;
        struct xfrm_algo_auth auth;
        struct xfrm_algo_aead aead;
        uint8_t room[sizeof(struct xfrm_algo_aead) + MAX_KEY];
    } out;
    size_t head = type == XFRMA_ALG_AEAD         ? sizeof out.aead
                  : type == XFRMA_ALG_AUTH_TRUNC ? sizeof out.auth
                                                 : sizeof out.plain;
    if (key.len > MAX_KEY) {
        return; /* no key of ours is that long; the kernel refuses the SA that lacks its algorithm
                 */
    }
    memset(&out, 0, sizeof out);
    snprintf(out.plain.alg_name, sizeof out.plain.alg_name, "%s", name);
    out.plain.alg_key_len = (unsigned)key.len * 8;
    if (type == XFRMA_ALG_AEAD) {
        out.aead.alg_icv_len = icv;
    } else if (type == XFRMA_ALG_AUTH_TRUNC) {
        out.auth.alg_trunc_len = icv;
    }
    if (key.len > 0) {
        memcpy(out.room + head, key.data, key.len);
    }
    mnl_attr_put(message, type, head + key.len, &out);
    explicit_bzero(&out, sizeof out);
}

void xfrm_put_algs(struct nlmsghdr *message, const ikev1_ipsec *sa) {
    const struct integrity_row *integrity = find_integrity(sa->integrity);
    const struct cipher_row *cipher = find_cipher(sa->transform);
    const char *compression = find_compression(sa->transform);
    if (sa->protocol == IKEV1_PROTO_IPCOMP) {
        if (compression != NULL) {
            put_alg(message, XFRMA_ALG_COMP, compression, 0, (ikev1_bytes){0});
        }
        return;
    }
    if (sa->protocol == IKEV1_PROTO_ESP && cipher != NULL) {
        put_alg(message, cipher->icv != 0 ? XFRMA_ALG_AEAD : XFRMA_ALG_CRYPT, cipher->name,
                cipher->icv, sa->encryption_key);
    }
    if (integrity != NULL) { /* peers differ in where they cut SHA2-256, so the rule may say it */
        put_alg(message, XFRMA_ALG_AUTH_TRUNC, integrity->name,
                sa->icv_bits != 0 ? sa->icv_bits : integrity->icv, sa->integrity_key);
    }
}
