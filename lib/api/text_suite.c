/* SPDX-License-Identifier: Apache-2.0 */
/* Suites in the words strongSwan's users know. */
#include "api/scan.h"

#include <string.h>

enum role { CIPHER, AEAD, HASH, GROUP, ROLES };

/* The first word of a number and size is the one we write. In AH the second number is that of the
 * authentication algorithm, which must go with the transform (RFC 2407 4.4.3). */
struct word {
    const char *text;
    uint8_t role;
    uint16_t number, second;
};

#define SIZES(base, tail, role, number)                                                            \
    {base "128" tail, role, number, 128}, {base "192" tail, role, number, 192}, {                  \
        base "256" tail, role, number, 256                                                         \
    }
#define END                                                                                        \
    { NULL, 0, 0, 0 }

static const struct word IKE_WORDS[] = {
    SIZES("aes", "", CIPHER, IKEV1_CIPHER_AES),
    {"aes", CIPHER, IKEV1_CIPHER_AES, 128},
    SIZES("camellia", "", CIPHER, IKEV1_CIPHER_CAMELLIA),
    {"camellia", CIPHER, IKEV1_CIPHER_CAMELLIA, 128},
    {"3des", CIPHER, IKEV1_CIPHER_3DES, 0},
    {"des", CIPHER, IKEV1_CIPHER_DES, 0},
    SIZES("blowfish", "", CIPHER, IKEV1_CIPHER_BLOWFISH),
    {"blowfish", CIPHER, IKEV1_CIPHER_BLOWFISH, 128},
    {"cast128", CIPHER, IKEV1_CIPHER_CAST, 128},
    {"md5", HASH, IKEV1_HASH_MD5, 0},
    {"sha1", HASH, IKEV1_HASH_SHA1, 0},
    {"sha", HASH, IKEV1_HASH_SHA1, 0},
    {"sha256", HASH, IKEV1_HASH_SHA2_256, 0},
    {"sha2_256", HASH, IKEV1_HASH_SHA2_256, 0},
    {"sha384", HASH, IKEV1_HASH_SHA2_384, 0},
    {"sha2_384", HASH, IKEV1_HASH_SHA2_384, 0},
    {"sha512", HASH, IKEV1_HASH_SHA2_512, 0},
    {"sha2_512", HASH, IKEV1_HASH_SHA2_512, 0},
    END,
};

static const struct word ESP_WORDS[] = {
    SIZES("aes", "", CIPHER, IKEV1_ESP_AES_CBC),
    {"aes", CIPHER, IKEV1_ESP_AES_CBC, 128},
    SIZES("aes", "ctr", CIPHER, IKEV1_ESP_AES_CTR),
    SIZES("aes", "gcm8", AEAD, IKEV1_ESP_AES_GCM_8),
    SIZES("aes", "gcm64", AEAD, IKEV1_ESP_AES_GCM_8),
    SIZES("aes", "gcm12", AEAD, IKEV1_ESP_AES_GCM_12),
    SIZES("aes", "gcm96", AEAD, IKEV1_ESP_AES_GCM_12),
    SIZES("aes", "gcm16", AEAD, IKEV1_ESP_AES_GCM_16),
    SIZES("aes", "gcm128", AEAD, IKEV1_ESP_AES_GCM_16),
    SIZES("aes", "ccm8", AEAD, IKEV1_ESP_AES_CCM_8),
    SIZES("aes", "ccm64", AEAD, IKEV1_ESP_AES_CCM_8),
    SIZES("aes", "ccm12", AEAD, IKEV1_ESP_AES_CCM_12),
    SIZES("aes", "ccm96", AEAD, IKEV1_ESP_AES_CCM_12),
    SIZES("aes", "ccm16", AEAD, IKEV1_ESP_AES_CCM_16),
    SIZES("aes", "ccm128", AEAD, IKEV1_ESP_AES_CCM_16),
    SIZES("aes", "gmac", AEAD, IKEV1_ESP_AES_GMAC),
    SIZES("camellia", "", CIPHER, IKEV1_ESP_CAMELLIA),
    {"camellia", CIPHER, IKEV1_ESP_CAMELLIA, 128},
    {"3des", CIPHER, IKEV1_ESP_3DES, 0},
    {"des", CIPHER, IKEV1_ESP_DES, 0},
    SIZES("blowfish", "", CIPHER, IKEV1_ESP_BLOWFISH),
    {"blowfish", CIPHER, IKEV1_ESP_BLOWFISH, 128},
    {"cast128", CIPHER, IKEV1_ESP_CAST, 128},
    {"null", CIPHER, IKEV1_ESP_NULL, 0},
    {"md5", HASH, IKEV1_INTEG_HMAC_MD5, 0},
    {"sha1", HASH, IKEV1_INTEG_HMAC_SHA1, 0},
    {"sha", HASH, IKEV1_INTEG_HMAC_SHA1, 0},
    {"sha256", HASH, IKEV1_INTEG_HMAC_SHA2_256, 0},
    {"sha2_256", HASH, IKEV1_INTEG_HMAC_SHA2_256, 0},
    {"sha384", HASH, IKEV1_INTEG_HMAC_SHA2_384, 0},
    {"sha2_384", HASH, IKEV1_INTEG_HMAC_SHA2_384, 0},
    {"sha512", HASH, IKEV1_INTEG_HMAC_SHA2_512, 0},
    {"sha2_512", HASH, IKEV1_INTEG_HMAC_SHA2_512, 0},
    {"aesxcbc", HASH, IKEV1_INTEG_AES_XCBC, 0},
    {"aescmac", HASH, IKEV1_INTEG_AES_CMAC, 0},
    END,
};

static const struct word AH_WORDS[] = {
    {"md5", HASH, IKEV1_AH_MD5, IKEV1_INTEG_HMAC_MD5},
    {"sha1", HASH, IKEV1_AH_SHA, IKEV1_INTEG_HMAC_SHA1},
    {"sha", HASH, IKEV1_AH_SHA, IKEV1_INTEG_HMAC_SHA1},
    {"sha256", HASH, IKEV1_AH_SHA2_256, IKEV1_INTEG_HMAC_SHA2_256},
    {"sha2_256", HASH, IKEV1_AH_SHA2_256, IKEV1_INTEG_HMAC_SHA2_256},
    {"sha384", HASH, IKEV1_AH_SHA2_384, IKEV1_INTEG_HMAC_SHA2_384},
    {"sha2_384", HASH, IKEV1_AH_SHA2_384, IKEV1_INTEG_HMAC_SHA2_384},
    {"sha512", HASH, IKEV1_AH_SHA2_512, IKEV1_INTEG_HMAC_SHA2_512},
    {"sha2_512", HASH, IKEV1_AH_SHA2_512, IKEV1_INTEG_HMAC_SHA2_512},
    {"aesxcbc", HASH, IKEV1_AH_AES_XCBC, IKEV1_INTEG_AES_XCBC},
    {"aes128gmac", HASH, IKEV1_AH_AES_128_GMAC, IKEV1_INTEG_AES_128_GMAC},
    {"aes192gmac", HASH, IKEV1_AH_AES_192_GMAC, IKEV1_INTEG_AES_192_GMAC},
    {"aes256gmac", HASH, IKEV1_AH_AES_256_GMAC, IKEV1_INTEG_AES_256_GMAC},
    END,
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
    {"curve25519", GROUP, IKEV1_GROUP_X25519, 0},
    END,
};

static const char EXPECTED1[] =
    "cipher-hash-group, as aes128-sha256-modp2048 or aes256-sha384-ecp384, or a profile: modern, "
    "rfc4109, legacy";
static const char EXPECTED2[] =
    "cipher-hash, or a cipher that authenticates by itself, and a group behind it for PFS: "
    "aes128-sha256, aes128gcm16, aes128-sha1-modp2048; or a profile: modern, rfc4109, legacy";
static const char EXPECTED_AH[] = "ah:hash, and a group behind it for PFS, as ah:sha256-modp2048";
static const char EXPECTED_ONE[] = "one algorithm of each kind in a suite";
static const char EXPECTED_PFS[] = "the same PFS group in each suite, or none in all of them";
static const char EXPECTED_ROOM[] = "fewer: a phase has 32 at most";

static const char *const SECOND[ROLES] = {"second cipher in a suite", "second cipher in a suite",
                                          "second hash in a suite", "second group in a suite"};

/* One suite, taken apart: the words by their role, and where they stand. */
struct suite {
    const struct word *word[ROLES];
    struct ike_scan token[ROLES];
};

static const struct word *find_word(const struct word *words, const struct ike_scan *token) {
    for (; words->text != NULL; words++)
        if (ike_scan_is(token, words->text))
            return words;
    return NULL;
}

static int read_suite(const struct ike_scan *entry, const struct word *words, const char *expected,
                      struct suite *out) {
    struct ike_scan rest = *entry, token;
    *out = (struct suite){.token = {*entry, *entry, *entry, *entry}};
    while (ike_scan_entry(&rest, '-', &token)) {
        const struct word *word = find_word(words, &token);
        if (word == NULL)
            word = find_word(GROUP_WORDS, &token);
        if (word == NULL)
            return ike_scan_fail(entry, token.p, token.end, "unknown algorithm", expected);
        bool cipher = word->role == CIPHER || word->role == AEAD;
        if (out->word[word->role] != NULL ||
            (cipher && (out->word[CIPHER] != NULL || out->word[AEAD] != NULL)))
            return ike_scan_fail(entry, token.p, token.end, SECOND[word->role], EXPECTED_ONE);
        out->word[word->role] = word;
        out->token[word->role] = token;
    }
    return IKEV1_OK;
}

/* What a profile's name stands for, NULL when the entry is none. */
static const ikev1_profile *find_profile(const struct ike_scan *entry) {
    const ikev1_profile *profile;
    for (int i = 0; (profile = ikev1_profile_get(i)) != NULL; i++)
        if (ike_scan_is(entry, profile->name))
            return profile;
    return NULL;
}

/* ---- phase 1 ---- */

struct list1 {
    ikev1_suite1 *out;
    size_t cap, count;
    uint16_t auth;
};

static int add1(struct list1 *list, const struct ike_scan *entry) {
    struct suite s;
    int r = read_suite(entry, IKE_WORDS, EXPECTED1, &s);
    if (r != IKEV1_OK)
        return r;
    if (s.word[CIPHER] == NULL || s.word[HASH] == NULL || s.word[GROUP] == NULL)
        return ike_scan_fail(entry, entry->p, entry->end, "suite is not complete", EXPECTED1);
    if (list->count == list->cap)
        return ike_scan_fail(entry, entry->p, entry->end, "too many suites", EXPECTED_ROOM);
    list->out[list->count++] = (ikev1_suite1){.cipher = s.word[CIPHER]->number,
                                              .key_bits = s.word[CIPHER]->second,
                                              .hash = s.word[HASH]->number,
                                              .auth = list->auth,
                                              .group = s.word[GROUP]->number};
    return IKEV1_OK;
}

/* Errors inside a profile are of room only, and belong to its name. */
static int add_profile1(struct list1 *list, const struct ike_scan *name, const char *text) {
    struct ike_scan rest = ike_scan(text, NULL), entry;
    while (ike_scan_entry(&rest, ',', &entry))
        if (add1(list, &entry) != IKEV1_OK)
            return ike_scan_fail(name, name->p, name->end, "too many suites", EXPECTED_ROOM);
    return IKEV1_OK;
}

int ikev1_suites1_parse(const char *text, uint16_t auth, ikev1_suite1 *out, size_t cap,
                        size_t *count, ikev1_text_error *error) {
    if (text == NULL || out == NULL || count == NULL)
        return IKEV1_E_ARGUMENT;
    struct list1 list = {out, cap, 0, auth};
    struct ike_scan rest = ike_scan(text, error), entry;
    while (ike_scan_entry(&rest, ',', &entry)) {
        const ikev1_profile *profile = find_profile(&entry);
        int r = profile != NULL ? add_profile1(&list, &entry, profile->ike) : add1(&list, &entry);
        if (r != IKEV1_OK)
            return r;
    }
    *count = list.count;
    return IKEV1_OK;
}

/* ---- phase 2 ---- */

struct list2 {
    ikev1_suite2 *out;
    size_t cap, count;
    uint16_t pfs_group;
};

/* The protocol in front of a suite; `entry` shrinks to what follows it. */
static uint8_t take_protocol(struct ike_scan *entry) {
    bool ah = ike_scan_starts(entry, "ah:");
    if (ah || ike_scan_starts(entry, "esp:"))
        *entry = ike_scan_piece(entry, entry->p + (ah ? 3 : 4), entry->end);
    return ah ? IKEV1_PROTO_AH : IKEV1_PROTO_ESP;
}

static int make_esp(const struct ike_scan *entry, const struct suite *s, ikev1_suite2 *out) {
    const struct word *cipher = s->word[AEAD] != NULL ? s->word[AEAD] : s->word[CIPHER];
    if (s->word[AEAD] != NULL && s->word[HASH] != NULL)
        return ike_scan_fail(entry, s->token[HASH].p, s->token[HASH].end,
                             "hash beside a cipher that authenticates by itself", EXPECTED2);
    if (cipher == NULL || (s->word[AEAD] == NULL && s->word[HASH] == NULL))
        return ike_scan_fail(entry, entry->p, entry->end, "suite is not complete", EXPECTED2);
    *out = (ikev1_suite2){.protocol = IKEV1_PROTO_ESP,
                          .transform = (uint8_t)cipher->number,
                          .key_bits = cipher->second,
                          .integrity = s->word[HASH] != NULL ? s->word[HASH]->number : 0};
    return IKEV1_OK;
}

static int make_ah(const struct ike_scan *entry, const struct suite *s, ikev1_suite2 *out) {
    if (s->word[HASH] == NULL)
        return ike_scan_fail(entry, entry->p, entry->end, "suite is not complete", EXPECTED_AH);
    *out = (ikev1_suite2){.protocol = IKEV1_PROTO_AH,
                          .transform = (uint8_t)s->word[HASH]->number,
                          .integrity = s->word[HASH]->second};
    return IKEV1_OK;
}

static int add2(struct list2 *list, const struct ike_scan *whole) {
    struct ike_scan entry = *whole;
    struct suite s;
    ikev1_suite2 made;
    bool ah = take_protocol(&entry) == IKEV1_PROTO_AH;
    int r = read_suite(&entry, ah ? AH_WORDS : ESP_WORDS, ah ? EXPECTED_AH : EXPECTED2, &s);
    if (r == IKEV1_OK)
        r = ah ? make_ah(&entry, &s, &made) : make_esp(&entry, &s, &made);
    if (r != IKEV1_OK)
        return r;
    uint16_t group = s.word[GROUP] != NULL ? s.word[GROUP]->number : 0;
    if (list->count > 0 && group != list->pfs_group)
        return ike_scan_fail(&entry, s.token[GROUP].p, s.token[GROUP].end,
                             "another PFS group than before", EXPECTED_PFS);
    if (list->count > 0 && made.protocol != list->out[0].protocol)
        return ike_scan_fail(&entry, whole->p, whole->end, "ESP and AH in one list",
                             "suites of one protocol");
    if (list->count == list->cap)
        return ike_scan_fail(&entry, whole->p, whole->end, "too many suites", EXPECTED_ROOM);
    list->pfs_group = group;
    list->out[list->count++] = made;
    return IKEV1_OK;
}

/* An error inside a profile belongs to its name. */
static int add_profile2(struct list2 *list, const struct ike_scan *name, const char *text) {
    ikev1_text_error inner;
    struct ike_scan rest = ike_scan(text, &inner), entry;
    while (ike_scan_entry(&rest, ',', &entry))
        if (add2(list, &entry) != IKEV1_OK)
            return ike_scan_fail(name, name->p, name->end, inner.what, inner.expected);
    return IKEV1_OK;
}

int ikev1_suites2_parse(const char *text, ikev1_suite2 *out, size_t cap, size_t *count,
                        uint16_t *pfs_group, ikev1_text_error *error) {
    if (text == NULL || out == NULL || count == NULL || pfs_group == NULL)
        return IKEV1_E_ARGUMENT;
    struct list2 list = {out, cap, 0, 0};
    struct ike_scan rest = ike_scan(text, error), entry;
    while (ike_scan_entry(&rest, ',', &entry)) {
        const ikev1_profile *profile = find_profile(&entry);
        int r = profile != NULL ? add_profile2(&list, &entry, profile->esp) : add2(&list, &entry);
        if (r != IKEV1_OK)
            return r;
    }
    *count = list.count;
    *pfs_group = list.pfs_group;
    return IKEV1_OK;
}

/* ---- back to text ---- */

static void put_word(struct ike_text *t, const struct word *words, bool hash, uint16_t number,
                     uint16_t second) {
    for (; words->text != NULL; words++)
        if ((words->role == HASH) == hash && words->number == number && words->second == second) {
            ike_text_str(t, words->text);
            return;
        }
    ike_text_u64(t, number);
}

size_t ikev1_suite1_format(const ikev1_suite1 *suite, char *out, size_t cap) {
    struct ike_text t = ike_text(out, cap);
    put_word(&t, IKE_WORDS, false, suite->cipher, suite->key_bits);
    ike_text_str(&t, "-");
    put_word(&t, IKE_WORDS, true, suite->hash, 0);
    ike_text_str(&t, "-");
    put_word(&t, GROUP_WORDS, false, suite->group, 0);
    return t.len;
}

size_t ikev1_suite2_format(const ikev1_suite2 *suite, uint16_t pfs_group, char *out, size_t cap) {
    struct ike_text t = ike_text(out, cap);
    if (suite->protocol == IKEV1_PROTO_AH) {
        ike_text_str(&t, "ah:");
        put_word(&t, AH_WORDS, true, suite->transform, suite->integrity);
    } else {
        put_word(&t, ESP_WORDS, false, suite->transform, suite->key_bits);
        if (suite->integrity != 0) {
            ike_text_str(&t, "-");
            put_word(&t, ESP_WORDS, true, suite->integrity, 0);
        }
    }
    if (pfs_group != 0) {
        ike_text_str(&t, "-");
        put_word(&t, GROUP_WORDS, false, pfs_group, 0);
    }
    return t.len;
}
