/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "gateway_esp_algs.h"

enum { HEAD = 8, MAX_IV = 16, MAX_SALT = 4, NONCE = 12 };

/* Sizes in bytes. Of an AEAD `tag` is the ICV. `bits` stand between the two parts of the name. */
static const struct cipher_row {
    uint8_t id, iv, block, salt, tag;
    const char *before, *after;
    bool bits;
} CIPHERS[] = {
    {IKEV1_ESP_3DES, 8, 8, 0, 0, "DES-EDE3", "-CBC", false},       /* RFC 2451 */
    {IKEV1_ESP_NULL, 0, 1, 0, 0, "NULL", "", false},               /* RFC 2410 */
    {IKEV1_ESP_AES_CBC, 16, 16, 0, 0, "AES-", "-CBC", true},       /* RFC 3602 */
    {IKEV1_ESP_CAMELLIA, 16, 16, 0, 0, "CAMELLIA-", "-CBC", true}, /* RFC 4312 */
    {IKEV1_ESP_AES_GCM_8, 8, 1, 4, 8, "AES-", "-GCM", true},       /* RFC 4106 */
    {IKEV1_ESP_AES_GCM_12, 8, 1, 4, 12, "AES-", "-GCM", true},     /* RFC 4106 */
    {IKEV1_ESP_AES_GCM_16, 8, 1, 4, 16, "AES-", "-GCM", true},     /* RFC 4106 */
};

/* `icv` is what remains of the HMAC. */
static const struct integrity_row {
    uint16_t id;
    uint8_t key, icv;
    const char *digest;
} INTEGRITIES[] = {
    {IKEV1_INTEG_HMAC_MD5, 16, 12, "MD5"},           /* RFC 2403 */
    {IKEV1_INTEG_HMAC_SHA1, 20, 12, "SHA1"},         /* RFC 2404 */
    {IKEV1_INTEG_HMAC_SHA2_256, 32, 16, "SHA2-256"}, /* RFC 4868 2.6 */
    {IKEV1_INTEG_HMAC_SHA2_384, 48, 24, "SHA2-384"}, /* RFC 4868 2.6 */
    {IKEV1_INTEG_HMAC_SHA2_512, 64, 32, "SHA2-512"}, /* RFC 4868 2.6 */
};

struct esp_alg {
    const struct cipher_row *cipher;
    const struct integrity_row *integrity; /* NULL with an AEAD */
    EVP_CIPHER_CTX *encryption;
    EVP_MAC_CTX *hmac;
    uint8_t salt[MAX_SALT];
    uint8_t icv;
    bool esn;
};

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

/* Without integrity only an AEAD is safe, and nothing else is carried (RFC 4303 1). */
bool esp_alg_known(uint8_t transform, uint16_t integrity) {
    const struct cipher_row *cipher = find_cipher(transform);
    return cipher != NULL &&
           (cipher->tag != 0 ? integrity == 0 : find_integrity(integrity) != NULL);
}

/* ---- keys ---- */

static bool set_encryption(struct esp_alg *alg, const ikev1_ipsec *sa) {
    const struct cipher_row *row = alg->cipher;
    char name[32], bits[8] = "";
    if (sa->encryption_key.len < row->salt) {
        return false;
    }
    size_t key = sa->encryption_key.len - row->salt;
    if (row->bits) {
        snprintf(bits, sizeof bits, "%zu", key < 100 ? key * 8 : 0);
    }
    snprintf(name, sizeof name, "%s%s%s", row->before, bits, row->after);
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    alg->encryption = EVP_CIPHER_CTX_new();
    bool good = cipher != NULL && alg->encryption != NULL &&
                (size_t)EVP_CIPHER_get_key_length(cipher) == key &&
                EVP_CipherInit_ex2(alg->encryption, cipher, sa->encryption_key.data, NULL,
                                   sa->inbound ? 0 : 1, NULL) == 1 &&
                EVP_CIPHER_CTX_set_padding(alg->encryption, 0) == 1;
    EVP_CIPHER_free(cipher);
    if (good && row->salt != 0) {
        memcpy(alg->salt, sa->encryption_key.data + key, row->salt);
    }
    return good;
}

static bool set_hmac(struct esp_alg *alg, ikev1_bytes key) {
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    OSSL_PARAM digest[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)alg->integrity->digest, 0),
        OSSL_PARAM_construct_end()};
    alg->hmac = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    return alg->hmac != NULL && key.len == alg->integrity->key &&
           EVP_MAC_init(alg->hmac, key.data, key.len, digest) == 1;
}

/* Peers differ in where they cut SHA2-256, so the rule may say it. */
static uint8_t icv_size(const struct esp_alg *alg, const ikev1_ipsec *sa) {
    if (alg->integrity == NULL) {
        return alg->cipher->tag;
    }
    uint8_t wanted = (uint8_t)(sa->icv_bits / 8);
    return wanted != 0 && wanted < alg->integrity->icv ? wanted : alg->integrity->icv;
}

struct esp_alg *esp_alg_new(const ikev1_ipsec *sa) {
    struct esp_alg *alg = calloc(1, sizeof *alg);
    if (alg == NULL || !esp_alg_known(sa->transform, sa->integrity)) {
        free(alg);
        return NULL;
    }
    alg->cipher = find_cipher(sa->transform);
    alg->integrity = find_integrity(sa->integrity);
    alg->esn = sa->esn;
    alg->icv = icv_size(alg, sa);
    if (!set_encryption(alg, sa) || (alg->integrity != NULL && !set_hmac(alg, sa->integrity_key))) {
        esp_alg_free(alg);
        return NULL;
    }
    return alg;
}

void esp_alg_free(struct esp_alg *alg) {
    if (alg != NULL) {
        EVP_CIPHER_CTX_free(alg->encryption);
        EVP_MAC_CTX_free(alg->hmac);
        OPENSSL_cleanse(alg, sizeof *alg);
        free(alg);
    }
}

size_t esp_alg_iv(const struct esp_alg *alg) {
    return alg->cipher->iv;
}

size_t esp_alg_block(const struct esp_alg *alg) {
    return alg->cipher->block;
}

size_t esp_alg_icv(const struct esp_alg *alg) {
    return alg->icv;
}

/* ---- packets ---- */

static void put64(uint8_t out[8], uint64_t value) {
    for (size_t i = 0; i < 8; i++) {
        out[i] = (uint8_t)(value >> (56 - 8 * i));
    }
}

static bool update(EVP_CIPHER_CTX *context, uint8_t *out, const uint8_t *in, size_t len) {
    int written = 0;
    return len <= INT32_MAX && EVP_CipherUpdate(context, out, &written, in, (int)len) == 1;
}

/* An HMAC is over all that stands in front of it, and the upper half of a 64-bit number that is not
 * there (RFC 4303 2.2.1). */
static bool compute_hmac(struct esp_alg *alg, const uint8_t *packet, size_t len, uint64_t sequence,
                         uint8_t icv[EVP_MAX_MD_SIZE]) {
    uint8_t number[8];
    size_t written = 0;
    put64(number, sequence);
    return EVP_MAC_init(alg->hmac, NULL, 0, NULL) == 1 &&
           EVP_MAC_update(alg->hmac, packet, len) == 1 &&
           (!alg->esn || EVP_MAC_update(alg->hmac, number, 4) == 1) &&
           EVP_MAC_final(alg->hmac, icv, &written, EVP_MAX_MD_SIZE) == 1;
}

/* The nonce is salt and IV (RFC 4106 4); SPI and sequence number are authenticated (5). */
static bool begin_aead(struct esp_alg *alg, const uint8_t *packet, uint64_t sequence) {
    uint8_t nonce[NONCE], head[4 + 8];
    memcpy(nonce, alg->salt, MAX_SALT);
    memcpy(nonce + MAX_SALT, packet + HEAD, NONCE - MAX_SALT);
    memcpy(head, packet, HEAD);
    if (alg->esn) {
        put64(head + 4, sequence);
    }
    return EVP_CipherInit_ex2(alg->encryption, NULL, NULL, nonce, -1, NULL) == 1 &&
           update(alg->encryption, NULL, head, alg->esn ? sizeof head : HEAD);
}

static bool begin_cbc(struct esp_alg *alg, const uint8_t *packet) {
    return EVP_CipherInit_ex2(alg->encryption, NULL, NULL, packet + HEAD, -1, NULL) == 1;
}

/* CBC wants an IV nobody can predict (RFC 3602 3); GCM one that never comes again (RFC 4106 3.1).
 */
static bool make_iv(const struct esp_alg *alg, uint8_t *packet, uint64_t sequence) {
    if (alg->cipher->tag != 0) {
        put64(packet + HEAD, sequence);
        return true;
    }
    return alg->cipher->iv == 0 || RAND_bytes(packet + HEAD, alg->cipher->iv) == 1;
}

bool esp_alg_seal(struct esp_alg *alg, uint8_t *packet, size_t len, uint64_t sequence) {
    size_t icv = alg->icv;
    uint8_t *text = packet + HEAD + alg->cipher->iv, *end = packet + len - icv;
    uint8_t mac[EVP_MAX_MD_SIZE], rest[MAX_IV];
    int written = 0;
    if (!make_iv(alg, packet, sequence)) {
        return false;
    }
    if (alg->integrity == NULL) {
        return begin_aead(alg, packet, sequence) &&
               update(alg->encryption, text, text, (size_t)(end - text)) &&
               EVP_CipherFinal_ex(alg->encryption, rest, &written) == 1 &&
               EVP_CIPHER_CTX_ctrl(alg->encryption, EVP_CTRL_AEAD_GET_TAG, (int)icv, end) == 1;
    }
    if (!begin_cbc(alg, packet) || !update(alg->encryption, text, text, (size_t)(end - text)) ||
        !compute_hmac(alg, packet, len - icv, sequence, mac)) {
        return false;
    }
    memcpy(end, mac, icv);
    return true;
}

bool esp_alg_unseal(struct esp_alg *alg, uint8_t *packet, size_t len, uint64_t sequence) {
    size_t icv = alg->icv;
    uint8_t *text = packet + HEAD + alg->cipher->iv, *end = packet + len - icv;
    uint8_t mac[EVP_MAX_MD_SIZE], rest[MAX_IV];
    int written = 0;
    if (alg->integrity == NULL) {
        return begin_aead(alg, packet, sequence) &&
               EVP_CIPHER_CTX_ctrl(alg->encryption, EVP_CTRL_AEAD_SET_TAG, (int)icv, end) == 1 &&
               update(alg->encryption, text, text, (size_t)(end - text)) &&
               EVP_CipherFinal_ex(alg->encryption, rest, &written) == 1;
    }
    return compute_hmac(alg, packet, len - icv, sequence, mac) &&
           CRYPTO_memcmp(mac, end, icv) == 0 && begin_cbc(alg, packet) &&
           update(alg->encryption, text, text, (size_t)(end - text));
}
