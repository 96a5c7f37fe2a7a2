/* SPDX-License-Identifier: Apache-2.0 */
/* Suites in the words strongSwan's users know. */
#include "api/scan.h"

#include <string.h>

enum role { CIPHER, AEAD, HASH, GROUP, COMPRESSION, NUMBERS, ROLES };

/*
 * One table for all lists, without a pointer in it: it is the largest of the library's texts. A
 * number of 0 says that the word does not stand there. The first word of a number and size is the
 * one we write.
 */
struct word {
    char text[13];
    uint8_t role;
    uint8_t key_bytes;
    uint8_t ike; /* or the group, for which all lists have the same numbers */
    uint8_t esp;
    uint8_t ah;
};

#define SIZES(base, tail, role, ike, esp)                                                          \
    {base "128" tail, role, 16, ike, esp, 0}, {base "192" tail, role, 24, ike, esp, 0}, {          \
        base "256" tail, role, 32, ike, esp, 0                                                     \
    }

static const struct word WORDS[] = {
    SIZES("aes", "", CIPHER, IKEV1_CIPHER_AES, IKEV1_ESP_AES_CBC),
    {"aes", CIPHER, 16, IKEV1_CIPHER_AES, IKEV1_ESP_AES_CBC, 0},
    SIZES("camellia", "", CIPHER, IKEV1_CIPHER_CAMELLIA, IKEV1_ESP_CAMELLIA),
    {"camellia", CIPHER, 16, IKEV1_CIPHER_CAMELLIA, IKEV1_ESP_CAMELLIA, 0},
    {"3des", CIPHER, 0, IKEV1_CIPHER_3DES, IKEV1_ESP_3DES, 0},
    {"des", CIPHER, 0, IKEV1_CIPHER_DES, IKEV1_ESP_DES, 0},
    SIZES("blowfish", "", CIPHER, IKEV1_CIPHER_BLOWFISH, IKEV1_ESP_BLOWFISH),
    {"blowfish", CIPHER, 16, IKEV1_CIPHER_BLOWFISH, IKEV1_ESP_BLOWFISH, 0},
    {"cast128", CIPHER, 16, IKEV1_CIPHER_CAST, IKEV1_ESP_CAST, 0},
    {"null", CIPHER, 0, 0, IKEV1_ESP_NULL, 0},
    SIZES("aes", "ctr", CIPHER, 0, IKEV1_ESP_AES_CTR),
    SIZES("aes", "gcm8", AEAD, 0, IKEV1_ESP_AES_GCM_8),
    SIZES("aes", "gcm64", AEAD, 0, IKEV1_ESP_AES_GCM_8),
    SIZES("aes", "gcm12", AEAD, 0, IKEV1_ESP_AES_GCM_12),
    SIZES("aes", "gcm96", AEAD, 0, IKEV1_ESP_AES_GCM_12),
    SIZES("aes", "gcm16", AEAD, 0, IKEV1_ESP_AES_GCM_16),
    SIZES("aes", "gcm128", AEAD, 0, IKEV1_ESP_AES_GCM_16),
    SIZES("aes", "ccm8", AEAD, 0, IKEV1_ESP_AES_CCM_8),
    SIZES("aes", "ccm64", AEAD, 0, IKEV1_ESP_AES_CCM_8),
    SIZES("aes", "ccm12", AEAD, 0, IKEV1_ESP_AES_CCM_12),
    SIZES("aes", "ccm96", AEAD, 0, IKEV1_ESP_AES_CCM_12),
    SIZES("aes", "ccm16", AEAD, 0, IKEV1_ESP_AES_CCM_16),
    SIZES("aes", "ccm128", AEAD, 0, IKEV1_ESP_AES_CCM_16),
    SIZES("aes", "gmac", AEAD, 0, IKEV1_ESP_AES_GMAC),
    {"md5", HASH, 0, IKEV1_HASH_MD5, IKEV1_INTEG_HMAC_MD5, IKEV1_AH_MD5},
    {"sha1", HASH, 0, IKEV1_HASH_SHA1, IKEV1_INTEG_HMAC_SHA1, IKEV1_AH_SHA},
    {"sha", HASH, 0, IKEV1_HASH_SHA1, IKEV1_INTEG_HMAC_SHA1, IKEV1_AH_SHA},
    {"sha256", HASH, 0, IKEV1_HASH_SHA2_256, IKEV1_INTEG_HMAC_SHA2_256, IKEV1_AH_SHA2_256},
    {"sha2_256", HASH, 0, IKEV1_HASH_SHA2_256, IKEV1_INTEG_HMAC_SHA2_256, IKEV1_AH_SHA2_256},
    {"sha384", HASH, 0, IKEV1_HASH_SHA2_384, IKEV1_INTEG_HMAC_SHA2_384, IKEV1_AH_SHA2_384},
    {"sha2_384", HASH, 0, IKEV1_HASH_SHA2_384, IKEV1_INTEG_HMAC_SHA2_384, IKEV1_AH_SHA2_384},
    {"sha512", HASH, 0, IKEV1_HASH_SHA2_512, IKEV1_INTEG_HMAC_SHA2_512, IKEV1_AH_SHA2_512},
    {"sha2_512", HASH, 0, IKEV1_HASH_SHA2_512, IKEV1_INTEG_HMAC_SHA2_512, IKEV1_AH_SHA2_512},
    {"aesxcbc", HASH, 0, 0, IKEV1_INTEG_AES_XCBC, IKEV1_AH_AES_XCBC},
    {"aescmac", HASH, 0, 0, IKEV1_INTEG_AES_CMAC, 0},
    {"aes128gmac", HASH, 0, 0, 0, IKEV1_AH_AES_128_GMAC},
    {"aes192gmac", HASH, 0, 0, 0, IKEV1_AH_AES_192_GMAC},
    {"aes256gmac", HASH, 0, 0, 0, IKEV1_AH_AES_256_GMAC},
    {"deflate", COMPRESSION, 0, 0, IKEV1_IPCOMP_DEFLATE, 0},
    {"lzs", COMPRESSION, 0, 0, IKEV1_IPCOMP_LZS, 0},
    {"lzjh", COMPRESSION, 0, 0, IKEV1_IPCOMP_LZJH, 0},
    {"esn", NUMBERS, 0, 0, IKEV1_SUITE2_ESN, IKEV1_SUITE2_ESN},
    {"modp768", GROUP, 0, IKEV1_GROUP_MODP768, 0, 0},
    {"modp1024", GROUP, 0, IKEV1_GROUP_MODP1024, 0, 0},
    {"modp1536", GROUP, 0, IKEV1_GROUP_MODP1536, 0, 0},
    {"modp2048", GROUP, 0, IKEV1_GROUP_MODP2048, 0, 0},
    {"modp3072", GROUP, 0, IKEV1_GROUP_MODP3072, 0, 0},
    {"modp4096", GROUP, 0, IKEV1_GROUP_MODP4096, 0, 0},
    {"modp6144", GROUP, 0, IKEV1_GROUP_MODP6144, 0, 0},
    {"modp8192", GROUP, 0, IKEV1_GROUP_MODP8192, 0, 0},
    {"modp1024s160", GROUP, 0, IKEV1_GROUP_MODP1024_160, 0, 0},
    {"modp2048s224", GROUP, 0, IKEV1_GROUP_MODP2048_224, 0, 0},
    {"modp2048s256", GROUP, 0, IKEV1_GROUP_MODP2048_256, 0, 0},
    {"ecp192", GROUP, 0, IKEV1_GROUP_ECP192, 0, 0},
    {"ecp224", GROUP, 0, IKEV1_GROUP_ECP224, 0, 0},
    {"ecp256", GROUP, 0, IKEV1_GROUP_ECP256, 0, 0},
    {"ecp384", GROUP, 0, IKEV1_GROUP_ECP384, 0, 0},
    {"ecp521", GROUP, 0, IKEV1_GROUP_ECP521, 0, 0},
    {"ecp224bp", GROUP, 0, IKEV1_GROUP_BRAINPOOL224, 0, 0},
    {"ecp256bp", GROUP, 0, IKEV1_GROUP_BRAINPOOL256, 0, 0},
    {"ecp384bp", GROUP, 0, IKEV1_GROUP_BRAINPOOL384, 0, 0},
    {"ecp512bp", GROUP, 0, IKEV1_GROUP_BRAINPOOL512, 0, 0},
    {"x25519", GROUP, 0, IKEV1_GROUP_X25519, 0, 0},
    {"curve25519", GROUP, 0, IKEV1_GROUP_X25519, 0, 0},
};

/* Which column of the table a list reads. */
enum column { IKE, ESP, AH };

static const char EXPECTED1[] =
    "cipher-hash-group, as aes128-sha256-modp2048 or aes256-sha384-ecp384, or a profile: modern, "
    "rfc4109, legacy";
static const char EXPECTED2[] =
    "cipher-hash, or a cipher that authenticates by itself, and a group behind it for PFS: "
    "aes128-sha256, aes128gcm16, aes128-sha1-modp2048; or a profile: modern, rfc4109, legacy";
static const char EXPECTED_BUNDLE[] =
    "ESP, AH and a compression, each once: aes128-sha1+ah:sha1, aes128-sha256+deflate";
static const char EXPECTED_AH[] = "ah:hash, and a group behind it for PFS, as ah:sha256-modp2048";
static const char EXPECTED_ONE[] = "one algorithm of each kind in a suite";
static const char EXPECTED_PFS[] = "the same PFS group in each suite, or none in all of them";
static const char EXPECTED_ROOM[] = "fewer: a phase has 32 at most";

static const char *const SECOND[ROLES] = {"second cipher in a suite", "second cipher in a suite",
                                          "second hash in a suite",   "second group in a suite",
                                          "second compression",       "esn twice"};

/* One suite, taken apart: the words by their role, and where they stand. */
struct suite {
    const struct word *word[ROLES];
    struct ike_scan token[ROLES];
};

static uint8_t number_of(const struct word *word, enum column column) {
    if (column == IKE || word->role == GROUP)
        return word->ike;
    return column == ESP ? word->esp : word->ah;
}

static const struct word *find_word(enum column column, const struct ike_scan *token) {
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++)
        if (number_of(&WORDS[i], column) != 0 && ike_scan_is(token, WORDS[i].text))
            return &WORDS[i];
    return NULL;
}

static int read_suite(const struct ike_scan *entry, enum column column, const char *expected,
                      struct suite *out) {
    struct ike_scan rest = *entry, token;
    *out = (struct suite){.token = {*entry, *entry, *entry, *entry, *entry, *entry}};
    while (ike_scan_entry(&rest, '-', &token)) {
        const struct word *word = find_word(column, &token);
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

static uint16_t key_bits(const struct word *word) {
    return (uint16_t)(word->key_bytes * 8);
}

/* The authentication algorithm that must go with an AH transform (RFC 2407 4.4.3). What only AH has
 * is numbered alike in both registries. */
static uint8_t ah_integrity(const struct word *word) {
    return word->esp != 0 ? word->esp : word->ah;
}

/* What a profile's name stands for, NULL when the entry is none. */
static const ikev1_profile *find_profile(const struct ike_scan *entry) {
    const ikev1_profile *profile;
    for (int i = 0; (profile = ikev1_profile_get(i)) != NULL; i++)
        if (ike_scan_is(entry, profile->name))
            return profile;
    return NULL;
}

/* A list that is being read, of either phase. */
struct list {
    int (*add)(struct list *, const struct ike_scan *entry);
    ikev1_suite1 *out1;
    ikev1_suite2 *out2;
    size_t cap, count;
    uint16_t auth, pfs_group;
};

/* What a profile stands for. An error inside belongs to its name. */
static int add_profile(struct list *list, const ikev1_profile *profile,
                       const struct ike_scan *name) {
    ikev1_text_error inner;
    struct ike_scan entry,
        rest = ike_scan(list->out1 != NULL ? profile->ike : profile->esp, &inner);
    while (ike_scan_entry(&rest, ',', &entry))
        if (list->add(list, &entry) != IKEV1_OK)
            return ike_scan_fail(name, name->p, name->end, inner.what, inner.expected);
    return IKEV1_OK;
}

static int read_list(struct list *list, const char *text, ikev1_text_error *error) {
    struct ike_scan rest = ike_scan(text, error), entry;
    while (ike_scan_entry(&rest, ',', &entry)) {
        const ikev1_profile *profile = find_profile(&entry);
        int r = profile != NULL ? add_profile(list, profile, &entry) : list->add(list, &entry);
        if (r != IKEV1_OK)
            return r;
    }
    return IKEV1_OK;
}

/* ---- phase 1 ---- */

static int add1(struct list *list, const struct ike_scan *entry) {
    struct suite s;
    int r = read_suite(entry, IKE, EXPECTED1, &s);
    if (r != IKEV1_OK)
        return r;
    if (s.word[CIPHER] == NULL || s.word[HASH] == NULL || s.word[GROUP] == NULL)
        return ike_scan_fail(entry, entry->p, entry->end, "suite is not complete", EXPECTED1);
    if (list->count == list->cap)
        return ike_scan_fail(entry, entry->p, entry->end, "too many suites", EXPECTED_ROOM);
    list->out1[list->count++] = (ikev1_suite1){.cipher = s.word[CIPHER]->ike,
                                               .key_bits = key_bits(s.word[CIPHER]),
                                               .hash = s.word[HASH]->ike,
                                               .auth = list->auth,
                                               .group = s.word[GROUP]->ike};
    return IKEV1_OK;
}

int ikev1_suites1_parse(const char *text, uint16_t auth, ikev1_suite1 *out, size_t cap,
                        size_t *count, ikev1_text_error *error) {
    if (text == NULL || out == NULL || count == NULL)
        return IKEV1_E_ARGUMENT;
    struct list list = {.add = add1, .out1 = out, .cap = cap, .auth = auth};
    int r = read_list(&list, text, error);
    if (r == IKEV1_OK)
        *count = list.count;
    return r;
}

/* ---- phase 2 ---- */

/* The protocol in front of a suite; `entry` shrinks to what follows it. */
static uint8_t take_protocol(struct ike_scan *entry) {
    bool ah = ike_scan_starts(entry, "ah:");
    if (ah || ike_scan_starts(entry, "esp:"))
        *entry = ike_scan_piece(entry, entry->p + (ah ? 3 : 4), entry->end);
    return ah ? IKEV1_PROTO_AH : IKEV1_PROTO_ESP;
}

static int incomplete(const struct ike_scan *entry, const char *expected) {
    return ike_scan_fail(entry, entry->p, entry->end, "suite is not complete", expected);
}

/* Whether a cipher may stand without a hash is known when the whole bundle is. */
static int make_esp(const struct ike_scan *entry, const struct suite *s, ikev1_suite2 *out) {
    const struct word *cipher = s->word[AEAD] != NULL ? s->word[AEAD] : s->word[CIPHER];
    if (s->word[AEAD] != NULL && s->word[HASH] != NULL)
        return ike_scan_fail(entry, s->token[HASH].p, s->token[HASH].end,
                             "hash beside a cipher that authenticates by itself", EXPECTED2);
    if (cipher == NULL)
        return incomplete(entry, EXPECTED2);
    *out = (ikev1_suite2){.protocol = IKEV1_PROTO_ESP,
                          .transform = cipher->esp,
                          .key_bits = key_bits(cipher),
                          .integrity = s->word[HASH] != NULL ? s->word[HASH]->esp : 0};
    return IKEV1_OK;
}

static int make_ah(const struct ike_scan *entry, const struct suite *s, ikev1_suite2 *out) {
    if (s->word[HASH] == NULL)
        return incomplete(entry, EXPECTED_AH);
    *out = (ikev1_suite2){.protocol = IKEV1_PROTO_AH,
                          .transform = s->word[HASH]->ah,
                          .integrity = ah_integrity(s->word[HASH])};
    return IKEV1_OK;
}

/* Compression has no keys and no sequence numbers (RFC 3173 4.1). */
static int make_ipcomp(const struct ike_scan *entry, const struct suite *s, ikev1_suite2 *out) {
    for (int role = 0; role < ROLES; role++)
        if (role != COMPRESSION && s->word[role] != NULL)
            return ike_scan_fail(entry, s->token[role].p, s->token[role].end,
                                 "compression is a suite of its own", EXPECTED_BUNDLE);
    *out = (ikev1_suite2){.protocol = IKEV1_PROTO_IPCOMP, .transform = s->word[COMPRESSION]->esp};
    return IKEV1_OK;
}

/* What the members of a bundle say in common. */
struct bundle {
    struct ike_scan group; /* where it is named; p NULL: nowhere */
    uint16_t number;       /* of the group */
    unsigned protocols;    /* bits */
    bool authenticates;
};

static int add_member(struct list *list, const struct ike_scan *whole, struct bundle *b) {
    struct ike_scan entry = *whole;
    struct suite s;
    ikev1_suite2 made;
    bool ah = take_protocol(&entry) == IKEV1_PROTO_AH;
    int r = read_suite(&entry, ah ? AH : ESP, ah ? EXPECTED_AH : EXPECTED2, &s);
    if (r == IKEV1_OK)
        r = ah                            ? make_ah(&entry, &s, &made)
            : s.word[COMPRESSION] != NULL ? make_ipcomp(&entry, &s, &made)
                                          : make_esp(&entry, &s, &made);
    if (r != IKEV1_OK)
        return r;
    if (list->count == list->cap)
        return ike_scan_fail(&entry, whole->p, whole->end, "too many suites", EXPECTED_ROOM);
    if (b->protocols & 1u << made.protocol)
        return ike_scan_fail(&entry, whole->p, whole->end, "protocol occurs twice",
                             EXPECTED_BUNDLE);
    if (s.word[GROUP] != NULL && b->group.p != NULL && s.word[GROUP]->ike != b->number)
        return ike_scan_fail(&entry, s.token[GROUP].p, s.token[GROUP].end,
                             "another PFS group than before", EXPECTED_PFS);
    if (s.word[GROUP] != NULL) {
        b->group = s.token[GROUP];
        b->number = s.word[GROUP]->ike;
    }
    if (b->protocols != 0)
        list->out2[list->count - 1].flags |= IKEV1_SUITE2_AND;
    made.flags = s.word[NUMBERS] != NULL ? IKEV1_SUITE2_ESN : 0;
    b->protocols |= 1u << made.protocol;
    b->authenticates |= s.word[AEAD] != NULL || s.word[HASH] != NULL;
    list->out2[list->count++] = made;
    return IKEV1_OK;
}

/* One suite, or a bundle of them. */
static int add2(struct list *list, const struct ike_scan *whole) {
    struct ike_scan rest = *whole, member;
    struct bundle b = {.group = {.p = NULL}};
    bool first = list->count == 0;
    while (ike_scan_entry(&rest, '+', &member)) {
        int r = add_member(list, &member, &b);
        if (r != IKEV1_OK)
            return r;
    }
    if (!b.authenticates)
        return incomplete(whole, EXPECTED2);
    if (!first && b.number != list->pfs_group) {
        const struct ike_scan *at = b.group.p != NULL ? &b.group : whole;
        return ike_scan_fail(whole, at->p, at->end, "another PFS group than before", EXPECTED_PFS);
    }
    list->pfs_group = b.number;
    return IKEV1_OK;
}

int ikev1_suites2_parse(const char *text, ikev1_suite2 *out, size_t cap, size_t *count,
                        uint16_t *pfs_group, ikev1_text_error *error) {
    if (text == NULL || out == NULL || count == NULL || pfs_group == NULL)
        return IKEV1_E_ARGUMENT;
    struct list list = {.add = add2, .out2 = out, .cap = cap};
    int r = read_list(&list, text, error);
    if (r == IKEV1_OK) {
        *count = list.count;
        *pfs_group = list.pfs_group;
    }
    return r;
}

/* ---- back to text ---- */

enum kind { ENCRYPTS, AUTHENTICATES, EXCHANGES_KEYS, COMPRESSES, COUNTS };

static enum kind kind_of(const struct word *word) {
    static const uint8_t KINDS[ROLES] = {ENCRYPTS,       ENCRYPTS,   AUTHENTICATES,
                                         EXCHANGES_KEYS, COMPRESSES, COUNTS};
    return KINDS[word->role];
}

/* `bits` is 0 for all but ciphers. */
static void put_word(struct ike_text *t, enum column column, enum kind kind, uint16_t number,
                     uint16_t bits) {
    for (size_t i = 0; number != 0 && i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
        const struct word *word = &WORDS[i];
        if (kind_of(word) == kind && number_of(word, column) == number && key_bits(word) == bits) {
            ike_text_str(t, word->text);
            return;
        }
    }
    ike_text_u64(t, number);
}

size_t ikev1_suite1_format(const ikev1_suite1 *suite, char *out, size_t cap) {
    struct ike_text t = ike_text(out, cap);
    put_word(&t, IKE, ENCRYPTS, suite->cipher, suite->key_bits);
    ike_text_str(&t, "-");
    put_word(&t, IKE, AUTHENTICATES, suite->hash, 0);
    ike_text_str(&t, "-");
    put_word(&t, IKE, EXCHANGES_KEYS, suite->group, 0);
    return t.len;
}

static void put_member(struct ike_text *t, const ikev1_suite2 *suite) {
    if (suite->protocol == IKEV1_PROTO_IPCOMP) {
        put_word(t, ESP, COMPRESSES, suite->transform, 0);
    } else if (suite->protocol == IKEV1_PROTO_AH) {
        ike_text_str(t, "ah:");
        put_word(t, AH, AUTHENTICATES, suite->transform, 0);
    } else {
        put_word(t, ESP, ENCRYPTS, suite->transform, suite->key_bits);
        if (suite->integrity != 0) {
            ike_text_str(t, "-");
            put_word(t, ESP, AUTHENTICATES, suite->integrity, 0);
        }
    }
    if (suite->flags & IKEV1_SUITE2_ESN)
        ike_text_str(t, "-esn");
}

size_t ikev1_suite2_format(const ikev1_suite2 *suite, uint16_t pfs_group, char *out, size_t cap) {
    struct ike_text t = ike_text(out, cap);
    for (size_t i = 0; i == 0 || (suite[i - 1].flags & IKEV1_SUITE2_AND); i++) {
        if (i > 0)
            ike_text_str(&t, "+");
        put_member(&t, &suite[i]);
        if (pfs_group == 0 || suite[i].protocol == IKEV1_PROTO_IPCOMP)
            continue;
        ike_text_str(&t, "-");
        put_word(&t, ESP, EXCHANGES_KEYS, pfs_group, 0);
        pfs_group = 0; /* once is enough */
    }
    return t.len;
}
