/* SPDX-License-Identifier: Apache-2.0 */
/* Suites and the names of weak algorithms, in the words strongSwan's users know. */
#include <stdio.h>
#include <string.h>

#include "gateway_text.h"

enum role { CIPHER = 1, AEAD, HASH, GROUP, ROLES };

struct word {
    const char *text;
    uint8_t role;
    uint16_t number, bits;
};

#define SIZES(base, tail, role, number)                                                            \
    {base "128" tail, role, number, 128}, {base "192" tail, role, number, 192}, {                  \
        base "256" tail, role, number, 256                                                         \
    }

static const struct word IKE_WORDS[] = {
    SIZES("aes", "", CIPHER, IKEV1_CIPHER_AES),
    SIZES("camellia", "", CIPHER, IKEV1_CIPHER_CAMELLIA),
    {"3des", CIPHER, IKEV1_CIPHER_3DES, 0},
    {"des", CIPHER, IKEV1_CIPHER_DES, 0},
    {"blowfish128", CIPHER, IKEV1_CIPHER_BLOWFISH, 128},
    {"cast128", CIPHER, IKEV1_CIPHER_CAST, 128},
    {"md5", HASH, IKEV1_HASH_MD5, 0},
    {"sha1", HASH, IKEV1_HASH_SHA1, 0},
    {"sha256", HASH, IKEV1_HASH_SHA2_256, 0},
    {"sha384", HASH, IKEV1_HASH_SHA2_384, 0},
    {"sha512", HASH, IKEV1_HASH_SHA2_512, 0},
    {NULL, 0, 0, 0},
};

static const struct word ESP_WORDS[] = {
    SIZES("aes", "", CIPHER, IKEV1_ESP_AES_CBC),
    SIZES("aes", "ctr", CIPHER, IKEV1_ESP_AES_CTR),
    SIZES("aes", "gcm8", AEAD, IKEV1_ESP_AES_GCM_8),
    SIZES("aes", "gcm12", AEAD, IKEV1_ESP_AES_GCM_12),
    SIZES("aes", "gcm16", AEAD, IKEV1_ESP_AES_GCM_16),
    SIZES("aes", "ccm8", AEAD, IKEV1_ESP_AES_CCM_8),
    SIZES("aes", "ccm12", AEAD, IKEV1_ESP_AES_CCM_12),
    SIZES("aes", "ccm16", AEAD, IKEV1_ESP_AES_CCM_16),
    SIZES("aes", "gmac", AEAD, IKEV1_ESP_AES_GMAC),
    SIZES("camellia", "", CIPHER, IKEV1_ESP_CAMELLIA),
    {"3des", CIPHER, IKEV1_ESP_3DES, 0},
    {"des", CIPHER, IKEV1_ESP_DES, 0},
    {"blowfish128", CIPHER, IKEV1_ESP_BLOWFISH, 128},
    {"cast128", CIPHER, IKEV1_ESP_CAST, 128},
    {"null", CIPHER, IKEV1_ESP_NULL, 0},
    {"md5", HASH, IKEV1_INTEG_HMAC_MD5, 0},
    {"sha1", HASH, IKEV1_INTEG_HMAC_SHA1, 0},
    {"sha256", HASH, IKEV1_INTEG_HMAC_SHA2_256, 0},
    {"sha384", HASH, IKEV1_INTEG_HMAC_SHA2_384, 0},
    {"sha512", HASH, IKEV1_INTEG_HMAC_SHA2_512, 0},
    {"aesxcbc", HASH, IKEV1_INTEG_AES_XCBC, 0},
    {"aescmac", HASH, IKEV1_INTEG_AES_CMAC, 0},
    {NULL, 0, 0, 0},
};

static const struct word GROUP_WORDS[] = {
    {"modp768", GROUP, IKEV1_GROUP_MODP768, 0},
    {"modp1024", GROUP, IKEV1_GROUP_MODP1024, 0},
    {"modp1536", GROUP, IKEV1_GROUP_MODP1536, 0},
    {"modp2048", GROUP, IKEV1_GROUP_MODP2048, 0},
    {"modp3072", GROUP, IKEV1_GROUP_MODP3072, 0},
    {"modp4096", GROUP, IKEV1_GROUP_MODP4096, 0},
    {"modp6144", GROUP, IKEV1_GROUP_MODP6144, 0},
    {"modp8192", GROUP, IKEV1_GROUP_MODP8192, 0},
    {"modp1024s160", GROUP, IKEV1_GROUP_MODP1024_160, 0},
    {"modp2048s224", GROUP, IKEV1_GROUP_MODP2048_224, 0},
    {"modp2048s256", GROUP, IKEV1_GROUP_MODP2048_256, 0},
    {"ecp192", GROUP, IKEV1_GROUP_ECP192, 0},
    {"ecp224", GROUP, IKEV1_GROUP_ECP224, 0},
    {"ecp256", GROUP, IKEV1_GROUP_ECP256, 0},
    {"ecp384", GROUP, IKEV1_GROUP_ECP384, 0},
    {"ecp521", GROUP, IKEV1_GROUP_ECP521, 0},
    {"ecp224bp", GROUP, IKEV1_GROUP_BRAINPOOL224, 0},
    {"ecp256bp", GROUP, IKEV1_GROUP_BRAINPOOL256, 0},
    {"ecp384bp", GROUP, IKEV1_GROUP_BRAINPOOL384, 0},
    {"ecp512bp", GROUP, IKEV1_GROUP_BRAINPOOL512, 0},
    {"x25519", GROUP, IKEV1_GROUP_X25519, 0},
    {NULL, 0, 0, 0},
};

static const struct {
    const char *text;
    uint32_t bit;
} ALLOW_WORDS[] = {
    {"des", IKEV1_ALLOW_DES},
    {"3des", IKEV1_ALLOW_3DES},
    {"md5", IKEV1_ALLOW_MD5},
    {"modp768", IKEV1_ALLOW_MODP768},
    {"modp1024", IKEV1_ALLOW_MODP1024},
    {"modp1536", IKEV1_ALLOW_MODP1536},
    {"subgroups", IKEV1_ALLOW_SUBGROUPS},
    {"small-curves", IKEV1_ALLOW_SMALL_CURVES},
    {"old-ciphers", IKEV1_ALLOW_OLD_CIPHERS},
    {"null", IKEV1_ALLOW_NULL},
};

static const char EXPECTED_SUITE1[] = "cipher-hash-group, as aes128-sha256-modp2048 or "
                                      "aes256-sha384-ecp384";
static const char EXPECTED_SUITE2[] = "cipher-hash or an AEAD cipher, and a group behind it for "
                                      "PFS: aes128-sha256, aes128gcm16, aes128-sha1-modp2048";
static const char EXPECTED_PFS[] = "the same PFS group in each suite, or none in all of them";
static const char EXPECTED_ALLOW[] = "des, 3des, md5, modp768, modp1024, modp1536, subgroups, "
                                     "small-curves, old-ciphers, null";

static const struct word *find_word(const struct word *words, const char *text, size_t len) {
    for (; words->text != NULL; words++) {
        if (strlen(words->text) == len && memcmp(words->text, text, len) == 0) {
            return words;
        }
    }
    return NULL;
}

/* Sorts the words of one suite by what they are. */
static bool read_suite(const char *text, size_t len, const struct word *words,
                       const struct word *picked[ROLES], const char *expected,
                       struct mistake *mistake) {
    const char *end = text + len;
    memset(picked, 0, ROLES * sizeof picked[0]);
    for (const char *at = text; at <= end; at++) {
        const char *dash = memchr(at, '-', (size_t)(end - at));
        size_t word_len = (size_t)((dash != NULL ? dash : end) - at);
        const struct word *word = find_word(words, at, word_len);
        char what[100];
        word = word != NULL ? word : find_word(GROUP_WORDS, at, word_len);
        if (word == NULL) {
            snprintf(what, sizeof what, "unknown algorithm \"%.*s\"",
                     word_len < 40 ? (int)word_len : 40, at);
            return text_mistake(mistake, at, what, expected);
        }
        if (picked[word->role] != NULL) {
            snprintf(what, sizeof what, "\"%s\" after \"%s\"", word->text,
                     picked[word->role]->text);
            return text_mistake(mistake, at, what, "one algorithm of each kind in a suite");
        }
        picked[word->role] = word;
        at += word_len;
    }
    return true;
}

bool text_suites1(const char *text, ikev1_suite1 *out, size_t *count, struct mistake *mistake) {
    const struct word *picked[ROLES];
    const char *entry;
    size_t len;
    for (*count = 0; text_entry(&text, &entry, &len); (*count)++) {
        if (*count == TEXT_MAX_SUITES) {
            return text_mistake(mistake, entry, "too many suites", "at most 32");
        }
        if (!read_suite(entry, len, IKE_WORDS, picked, EXPECTED_SUITE1, mistake)) {
            return false;
        }
        if (picked[CIPHER] == NULL || picked[HASH] == NULL || picked[GROUP] == NULL) {
            return text_mistake(mistake, entry, "suite is not complete", EXPECTED_SUITE1);
        }
        out[*count] = (ikev1_suite1){.cipher = picked[CIPHER]->number,
                                     .key_bits = picked[CIPHER]->bits,
                                     .hash = picked[HASH]->number,
                                     .auth = IKEV1_AUTH_PSK,
                                     .group = picked[GROUP]->number};
    }
    return true;
}

bool text_suites2(const char *text, ikev1_suite2 *out, size_t *count, uint16_t *pfs_group,
                  struct mistake *mistake) {
    const struct word *picked[ROLES];
    const char *entry;
    size_t len;
    for (*count = 0; text_entry(&text, &entry, &len); (*count)++) {
        if (*count == TEXT_MAX_SUITES) {
            return text_mistake(mistake, entry, "too many suites", "at most 32");
        }
        if (!read_suite(entry, len, ESP_WORDS, picked, EXPECTED_SUITE2, mistake)) {
            return false;
        }
        const struct word *cipher = picked[AEAD] != NULL ? picked[AEAD] : picked[CIPHER];
        bool complete = picked[AEAD] != NULL ? picked[CIPHER] == NULL && picked[HASH] == NULL
                                             : picked[CIPHER] != NULL && picked[HASH] != NULL;
        if (!complete) {
            return text_mistake(mistake, entry, "suite is not complete, or has too much in it",
                                EXPECTED_SUITE2);
        }
        uint16_t group = picked[GROUP] != NULL ? picked[GROUP]->number : 0;
        if (*count > 0 && group != *pfs_group) {
            return text_mistake(mistake, entry, "another PFS group than before", EXPECTED_PFS);
        }
        *pfs_group = group;
        out[*count] = (ikev1_suite2){.protocol = IKEV1_PROTO_ESP,
                                     .transform = (uint8_t)cipher->number,
                                     .key_bits = cipher->bits,
                                     .integrity = picked[HASH] != NULL ? picked[HASH]->number : 0};
    }
    return true;
}

bool text_allow(const char *text, uint32_t *out, struct mistake *mistake) {
    const char *entry;
    size_t len;
    while (text_entry(&text, &entry, &len)) {
        uint32_t bit = 0;
        for (size_t i = 0; i < sizeof ALLOW_WORDS / sizeof *ALLOW_WORDS; i++) {
            if (strlen(ALLOW_WORDS[i].text) == len &&
                memcmp(ALLOW_WORDS[i].text, entry, len) == 0) {
                bit = ALLOW_WORDS[i].bit;
            }
        }
        if (bit == 0) {
            return text_mistake(mistake, entry, "unknown name", EXPECTED_ALLOW);
        }
        *out |= bit;
    }
    return true;
}
