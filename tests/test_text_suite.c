/* SPDX-License-Identifier: Apache-2.0 */
/* Suites as people write them (mission R3). */
#include "support/rows.h"

#include <ikev1/text.h>

#include "base/base.h"

/* The text in a block of exactly its size, so that a sanitizer sees every read beyond it. */
static ikev1_bytes exact(const char *text) {
    return bytes_copy(ike_bytes(text, strlen(text) + 1));
}

static int parse1(const char *text, ikev1_suite1 *out, size_t cap, size_t *count,
                  ikev1_text_error *error) {
    ikev1_bytes copy = exact(text);
    int r = ikev1_suites1_parse((const char *)copy.data, IKEV1_AUTH_PSK, out, cap, count, error);
    hex_free(copy);
    return r;
}

static int parse2(const char *text, ikev1_suite2 *out, size_t cap, size_t *count, uint16_t *group,
                  ikev1_text_error *error) {
    ikev1_bytes copy = exact(text);
    int r = ikev1_suites2_parse((const char *)copy.data, out, cap, count, group, error);
    hex_free(copy);
    return r;
}

struct word {
    const char *text;
    uint16_t number, second;
    const char *again; /* how it is written back; NULL = the same */
};

static const struct word CIPHERS1[] = {
    {"aes128", 7, 128, NULL},
    {"aes192", 7, 192, NULL},
    {"aes256", 7, 256, NULL},
    {"aes", 7, 128, "aes128"},
    {"3des", 5, 0, NULL},
    {"des", 1, 0, NULL},
    {"blowfish128", 3, 128, NULL},
    {"blowfish192", 3, 192, NULL},
    {"blowfish256", 3, 256, NULL},
    {"blowfish", 3, 128, "blowfish128"},
    {"cast128", 6, 128, NULL},
    {"camellia128", 8, 128, NULL},
    {"camellia192", 8, 192, NULL},
    {"camellia256", 8, 256, NULL},
    {"camellia", 8, 128, "camellia128"},
};

static const struct word HASHES1[] = {
    {"md5", 1, 0, NULL},          {"sha", 2, 0, "sha1"},        {"sha1", 2, 0, NULL},
    {"sha256", 4, 0, NULL},       {"sha2_256", 4, 0, "sha256"}, {"sha384", 5, 0, NULL},
    {"sha2_384", 5, 0, "sha384"}, {"sha512", 6, 0, NULL},       {"sha2_512", 6, 0, "sha512"},
};

/* Numbers of IANA "Group Description". */
static const struct word GROUPS[] = {
    {"modp768", 1, 0, NULL},         {"modp1024", 2, 0, NULL},      {"modp1536", 5, 0, NULL},
    {"modp2048", 14, 0, NULL},       {"modp3072", 15, 0, NULL},     {"modp4096", 16, 0, NULL},
    {"modp6144", 17, 0, NULL},       {"modp8192", 18, 0, NULL},     {"ecp256", 19, 0, NULL},
    {"ecp384", 20, 0, NULL},         {"ecp521", 21, 0, NULL},       {"modp1024s160", 22, 0, NULL},
    {"modp2048s224", 23, 0, NULL},   {"modp2048s256", 24, 0, NULL}, {"ecp192", 25, 0, NULL},
    {"ecp224", 26, 0, NULL},         {"ecp224bp", 27, 0, NULL},     {"ecp256bp", 28, 0, NULL},
    {"ecp384bp", 29, 0, NULL},       {"ecp512bp", 30, 0, NULL},     {"x25519", 31, 0, NULL},
    {"curve25519", 31, 0, "x25519"},
};

/* "aes128-sha1-modp2048" of three words. */
static void join(char *out, size_t cap, const char *a, const char *b, const char *c) {
    snprintf(out, cap, "%s%s%s%s%s", a, b[0] != '\0' ? "-" : "", b, c[0] != '\0' ? "-" : "", c);
}

static const char *again(const struct word *word) {
    return word->again != NULL ? word->again : word->text;
}

static void test_suites1__every_word__read_and_written_back(void **state) {
    (void)state;
    for (size_t c = 0; c < COUNT(CIPHERS1); c++)
        for (size_t h = 0; h < COUNT(HASHES1); h++)
            for (size_t g = 0; g < COUNT(GROUPS); g++) {
                char text[100], want[100], got[IKEV1_TEXT_SIZE];
                ikev1_suite1 s;
                size_t count;
                join(text, sizeof text, CIPHERS1[c].text, HASHES1[h].text, GROUPS[g].text);
                join(want, sizeof want, again(&CIPHERS1[c]), again(&HASHES1[h]), again(&GROUPS[g]));
                ROW_EQUAL(text, parse1(text, &s, 1, &count, NULL), IKEV1_OK);
                ROW_EQUAL(text, count, 1);
                ROW_EQUAL(text, s.cipher, CIPHERS1[c].number);
                ROW_EQUAL(text, s.key_bits, CIPHERS1[c].second);
                ROW_EQUAL(text, s.hash, HASHES1[h].number);
                ROW_EQUAL(text, s.group, GROUPS[g].number);
                ROW_EQUAL(text, s.auth, IKEV1_AUTH_PSK);
                ROW_EQUAL(text, s.reserved[0] | s.reserved[1] | s.reserved[2], 0);
                ROW_EQUAL(text, ikev1_suite1_format(&s, got, sizeof got), strlen(want));
                ROW_TEXT(text, got, want);
            }
}

static const struct word CIPHERS2[] = {
    {"aes128", 12, 128, NULL},
    {"aes192", 12, 192, NULL},
    {"aes256", 12, 256, NULL},
    {"aes", 12, 128, "aes128"},
    {"aes128ctr", 13, 128, NULL},
    {"aes192ctr", 13, 192, NULL},
    {"aes256ctr", 13, 256, NULL},
    {"camellia128", 22, 128, NULL},
    {"camellia192", 22, 192, NULL},
    {"camellia256", 22, 256, NULL},
    {"camellia", 22, 128, "camellia128"},
    {"3des", 3, 0, NULL},
    {"des", 2, 0, NULL},
    {"blowfish128", 7, 128, NULL},
    {"blowfish192", 7, 192, NULL},
    {"blowfish256", 7, 256, NULL},
    {"blowfish", 7, 128, "blowfish128"},
    {"cast128", 6, 128, NULL},
    {"null", 11, 0, NULL},
};

static const struct word HASHES2[] = {
    {"md5", 1, 0, NULL},          {"sha1", 2, 0, NULL},         {"sha", 2, 0, "sha1"},
    {"sha256", 5, 0, NULL},       {"sha2_256", 5, 0, "sha256"}, {"sha384", 6, 0, NULL},
    {"sha2_384", 6, 0, "sha384"}, {"sha512", 7, 0, NULL},       {"sha2_512", 7, 0, "sha512"},
    {"aesxcbc", 9, 0, NULL},      {"aescmac", 250, 0, NULL},
};

static const struct word AEADS[] = {
    {"aes128gcm8", 18, 128, NULL},  {"aes192gcm8", 18, 192, NULL},
    {"aes256gcm8", 18, 256, NULL},  {"aes128gcm64", 18, 128, "aes128gcm8"},
    {"aes128gcm12", 19, 128, NULL}, {"aes192gcm96", 19, 192, "aes192gcm12"},
    {"aes256gcm12", 19, 256, NULL}, {"aes128gcm16", 20, 128, NULL},
    {"aes192gcm16", 20, 192, NULL}, {"aes256gcm128", 20, 256, "aes256gcm16"},
    {"aes128ccm8", 14, 128, NULL},  {"aes192ccm64", 14, 192, "aes192ccm8"},
    {"aes256ccm12", 15, 256, NULL}, {"aes128ccm96", 15, 128, "aes128ccm12"},
    {"aes128ccm16", 16, 128, NULL}, {"aes256ccm128", 16, 256, "aes256ccm16"},
    {"aes128gmac", 23, 128, NULL},  {"aes192gmac", 23, 192, NULL},
    {"aes256gmac", 23, 256, NULL},
};

/* The transform, and the authentication algorithm it must go with (RFC 2407 4.4.3, RFC 4543). */
static const struct word AHS[] = {
    {"md5", 2, 1, NULL},          {"sha1", 3, 2, NULL},         {"sha", 3, 2, "sha1"},
    {"sha256", 5, 5, NULL},       {"sha2_256", 5, 5, "sha256"}, {"sha384", 6, 6, NULL},
    {"sha2_384", 6, 6, "sha384"}, {"sha512", 7, 7, NULL},       {"sha2_512", 7, 7, "sha512"},
    {"aesxcbc", 9, 9, NULL},      {"aes128gmac", 11, 11, NULL}, {"aes192gmac", 12, 12, NULL},
    {"aes256gmac", 13, 13, NULL},
};

static void check2(const char *text, const ikev1_suite2 *want, uint16_t want_group,
                   const char *want_text) {
    char got[IKEV1_TEXT_SIZE];
    ikev1_suite2 s;
    uint16_t group = 999;
    size_t count;
    ROW_EQUAL(text, parse2(text, &s, 1, &count, &group, NULL), IKEV1_OK);
    ROW_EQUAL(text, count, 1);
    ROW_EQUAL(text, s.protocol, want->protocol);
    ROW_EQUAL(text, s.transform, want->transform);
    ROW_EQUAL(text, s.key_bits, want->key_bits);
    ROW_EQUAL(text, s.integrity, want->integrity);
    ROW_EQUAL(text, s.flags, want->flags);
    ROW_EQUAL(text, group, want_group);
    ROW_EQUAL(text, ikev1_suite2_format(&s, group, got, sizeof got), strlen(want_text));
    ROW_TEXT(text, got, want_text);
}

static void test_suites2__every_esp_word__read_and_written_back(void **state) {
    (void)state;
    char text[100], want[100];
    for (size_t c = 0; c < COUNT(CIPHERS2); c++)
        for (size_t h = 0; h < COUNT(HASHES2); h++) {
            const ikev1_suite2 s = {IKEV1_PROTO_ESP, (uint8_t)CIPHERS2[c].number,
                                    CIPHERS2[c].second, HASHES2[h].number, 0};
            join(text, sizeof text, CIPHERS2[c].text, HASHES2[h].text, "");
            join(want, sizeof want, again(&CIPHERS2[c]), again(&HASHES2[h]), "");
            check2(text, &s, 0, want);
        }
    for (size_t c = 0; c < COUNT(AEADS); c++) {
        const ikev1_suite2 s = {IKEV1_PROTO_ESP, (uint8_t)AEADS[c].number, AEADS[c].second, 0, 0};
        check2(AEADS[c].text, &s, 0, again(&AEADS[c]));
    }
    for (size_t g = 0; g < COUNT(GROUPS); g++) {
        const ikev1_suite2 s = {IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 256, 2, 0};
        join(text, sizeof text, "aes256", "sha1", GROUPS[g].text);
        join(want, sizeof want, "aes256", "sha1", again(&GROUPS[g]));
        check2(text, &s, GROUPS[g].number, want);
    }
}

static void test_suites2__every_ah_word__read_and_written_back(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(AHS); i++) {
        char text[100], want[100];
        const ikev1_suite2 s = {IKEV1_PROTO_AH, (uint8_t)AHS[i].number, 0, AHS[i].second, 0};
        snprintf(text, sizeof text, "ah:%s", AHS[i].text);
        snprintf(want, sizeof want, "ah:%s", again(&AHS[i]));
        check2(text, &s, 0, want);
        snprintf(text, sizeof text, "ah: %s - modp2048", AHS[i].text);
        snprintf(want, sizeof want, "ah:%s-modp2048", again(&AHS[i]));
        check2(text, &s, IKEV1_GROUP_MODP2048, want);
    }
}

static void test_suites__order_and_blanks__do_not_matter(void **state) {
    (void)state;
    ikev1_suite1 s[4];
    size_t count;
    assert_int_equal(
        parse1(" modp1024-sha1-3des ,\taes128 - sha1 - modp1024\t", s, 4, &count, NULL), IKEV1_OK);
    assert_int_equal(count, 2);
    assert_int_equal(s[0].cipher, IKEV1_CIPHER_3DES);
    assert_int_equal(s[1].cipher, IKEV1_CIPHER_AES);
    const ikev1_suite2 want = {IKEV1_PROTO_ESP, IKEV1_ESP_NULL, 0, IKEV1_INTEG_HMAC_SHA1, 0};
    check2("esp:sha1-modp2048-null", &want, IKEV1_GROUP_MODP2048, "null-sha1-modp2048");
}

static const struct bad {
    const char *text;
    size_t at, len;
    const char *what;
} BAD1[] = {
    {"", 0, 0, "unknown algorithm"},
    {"  ", 2, 0, "unknown algorithm"},
    {",", 0, 0, "unknown algorithm"},
    {"aes128-sha1-modp2048,", 21, 0, "unknown algorithm"},
    {"aes128-sha1-modp2048, ", 21, 0, "unknown algorithm"},
    {"aes128-sha1-modp2048,,aes128-sha1-modp2048", 21, 0, "unknown algorithm"},
    {"aes128-sha1-modp2049", 12, 8, "unknown algorithm"},
    {"aes128-sha1-modp2048 3des", 12, 13, "unknown algorithm"},
    {"aes128--modp2048", 7, 0, "unknown algorithm"},
    {"-aes128", 0, 0, "unknown algorithm"},
    {"aes128-sha1-modp2048-", 21, 0, "unknown algorithm"},
    {"AES128-sha1-modp2048", 0, 6, "unknown algorithm"},
    {"aes128-sha1-modp2048!", 12, 9, "unknown algorithm"},
    {"aes128-sha1-modp2048, aes12-sha1-modp2048", 22, 5, "unknown algorithm"},
    {"aes1280-sha1-modp2048", 0, 7, "unknown algorithm"},
    {"aes128gcm16-sha1-modp2048", 0, 11, "unknown algorithm"},
    {"null-sha1-modp2048", 0, 4, "unknown algorithm"},
    {"aes128-aesxcbc-modp2048", 7, 7, "unknown algorithm"},
    {"aes128-aes256-sha1-modp2048", 7, 6, "second cipher in a suite"},
    {"aes128-sha1-md5-modp2048", 12, 3, "second hash in a suite"},
    {"aes128-sha1-modp2048-ecp256", 21, 6, "second group in a suite"},
    {"aes128", 0, 6, "suite is not complete"},
    {"aes128-sha1", 0, 11, "suite is not complete"},
    {" aes128-modp2048 ", 1, 15, "suite is not complete"},
    {"sha1-modp2048", 0, 13, "suite is not complete"},
    {"aes128-sha1-modp2048 , 3des-sha1", 23, 9, "suite is not complete"},
    {"moderne", 0, 7, "unknown algorithm"},
    {"modern-modp2048", 0, 6, "unknown algorithm"},
};

static void check_error(const struct bad *row, int r, const ikev1_text_error *error) {
    ROW_EQUAL(row->text, r, IKEV1_E_CONFIG);
    ROW_EQUAL(row->text, error->at, row->at);
    ROW_EQUAL(row->text, error->len, row->len);
    ROW_TEXT(row->text, error->what, row->what);
    ROW_EQUAL(row->text, error->expected != NULL && error->expected[0] != '\0', true);
}

static void test_suites1__wrong__error_points_at_it(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(BAD1); i++) {
        ikev1_suite1 s[4];
        ikev1_text_error error;
        size_t count = 77;
        int r = parse1(BAD1[i].text, s, 4, &count, &error);
        check_error(&BAD1[i], r, &error);
        ROW_EQUAL(BAD1[i].text, count, 77);
        ROW_EQUAL(BAD1[i].text, parse1(BAD1[i].text, s, 4, &count, NULL), IKEV1_E_CONFIG);
    }
}

static const struct bad BAD2[] = {
    {"", 0, 0, "unknown algorithm"},
    {"aes128-sha3", 7, 4, "unknown algorithm"},
    {"aes128-sha1, ", 12, 0, "unknown algorithm"},
    {"ah:", 3, 0, "unknown algorithm"},
    {"esp:", 4, 0, "unknown algorithm"},
    {"ah:aes128", 3, 6, "unknown algorithm"},
    {"ah:sha1, esp:", 13, 0, "unknown algorithm"},
    {"sha:sha1", 0, 8, "unknown algorithm"},
    {"ah:esp:sha1", 3, 8, "unknown algorithm"},
    {"ah:aescmac", 3, 7, "unknown algorithm"}, /* has no AH transform */
    {"aes128", 0, 6, "suite is not complete"}, /* SAP-17 */
    {"null", 0, 4, "suite is not complete"},
    {"sha1", 0, 4, "suite is not complete"},
    {"modp2048", 0, 8, "suite is not complete"},
    {"ah:modp2048", 3, 8, "suite is not complete"},
    {"aes128gcm16-sha1", 12, 4, "hash beside a cipher that authenticates by itself"},
    {"sha1-aes128gcm16", 0, 4, "hash beside a cipher that authenticates by itself"},
    {"aes128-aes128gcm16", 7, 11, "second cipher in a suite"},
    {"aes128gcm16-aes128", 12, 6, "second cipher in a suite"},
    {"aes128gcm16-aes128gcm8", 12, 10, "second cipher in a suite"},
    {"aes128-sha1-sha256", 12, 6, "second hash in a suite"},
    {"ah:sha1-sha256", 8, 6, "second hash in a suite"},
    {"aes128-sha1-modp2048, aes256-sha1", 22, 11, "another PFS group than before"},
    {"aes128-sha1, aes256-sha1-modp2048", 25, 8, "another PFS group than before"},
    {"aes128-sha1-ecp256, aes256-sha1-modp2048", 32, 8, "another PFS group than before"},
    {"aes128-sha1, modern", 13, 6, "another PFS group than before"},
    {"aes128-sha1+", 12, 0, "unknown algorithm"},
    {"+ah:sha1", 0, 0, "unknown algorithm"},
    {"aes128-sha1+aes256-sha1", 12, 11, "protocol occurs twice"},
    {"ah:sha1+aes128-sha1+ah:md5", 20, 6, "protocol occurs twice"},
    {"aes128-sha1+deflate+lzs", 20, 3, "protocol occurs twice"},
    {"aes128-sha1-deflate", 0, 6, "compression is a suite of its own"},
    {"aes128-sha1+deflate-modp2048", 20, 8, "compression is a suite of its own"},
    {"aes128-sha1+deflate-esn", 20, 3, "compression is a suite of its own"},
    {"ah:deflate", 3, 7, "unknown algorithm"},
    {"deflate-lzs", 8, 3, "second compression"},
    {"deflate", 0, 7, "suite is not complete"}, /* no protection at all */
    {"aes128+deflate", 0, 14, "suite is not complete"},
    {"aes128-sha1-esn-esn", 16, 3, "esn twice"},
    {"aes128-sha1-modp2048+ah:sha1-ecp256", 29, 6, "another PFS group than before"},
    {"aes128-sha1, aes128-sha1+ah:sha1-modp2048", 33, 8, "another PFS group than before"},
    {"aes128-sha1-modp2048, aes128-sha1+ah:sha1", 22, 19, "another PFS group than before"},
};

static void test_suites2__wrong__error_points_at_it(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(BAD2); i++) {
        ikev1_suite2 s[16];
        ikev1_text_error error;
        size_t count = 77;
        uint16_t group = 88;
        int r = parse2(BAD2[i].text, s, 16, &count, &group, &error);
        check_error(&BAD2[i], r, &error);
        ROW_EQUAL(BAD2[i].text, count == 77 && group == 88, true);
    }
}

static void test_suites__room__exact_and_one_less(void **state) {
    (void)state;
    static const char THREE1[] = "aes-sha-modp768, des-md5-modp768, rfc4109";
    static const char THREE2[] = "aes-sha, des-md5, rfc4109";
    ikev1_text_error error;
    size_t count;
    uint16_t group;
    for (size_t cap = 0; cap <= 7; cap++) {
        ikev1_suite1 *one = malloc(cap > 0 ? cap * sizeof *one : 1);
        ikev1_suite2 *two = malloc(cap > 0 ? cap * sizeof *two : 1);
        int r = parse1(THREE1, one, cap, &count, &error);
        assert_int_equal(r, cap >= 6 ? IKEV1_OK : IKEV1_E_CONFIG);
        if (r == IKEV1_OK) {
            assert_int_equal(count, 6);
            assert_null(error.what);
            assert_int_equal(error.at + error.len, 0);
        } else {
            assert_string_equal(error.what, "too many suites");
            assert_int_equal(error.at, cap == 0 ? 0 : cap == 1 ? 17 : 34);
            assert_int_equal(error.len, cap == 0 ? 15 : cap == 1 ? 15 : 7);
        }
        r = parse2(THREE2, two, cap, &count, &group, &error);
        assert_int_equal(r, cap >= 4 ? IKEV1_OK : IKEV1_E_CONFIG);
        if (r != IKEV1_OK) {
            assert_string_equal(error.what, "too many suites");
            assert_int_equal(error.at, cap == 0 ? 0 : cap == 1 ? 9 : 18);
        }
        free(one);
        free(two);
    }
}

static void test_suites__null_arguments__refused(void **state) {
    (void)state;
    ikev1_suite1 one;
    ikev1_suite2 two;
    size_t n;
    uint16_t g;
    assert_int_equal(ikev1_suites1_parse(NULL, 1, &one, 1, &n, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_suites1_parse("aes", 1, NULL, 1, &n, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_suites1_parse("aes", 1, &one, 1, NULL, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_suites2_parse(NULL, &two, 1, &n, &g, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_suites2_parse("aes", NULL, 1, &n, &g, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_suites2_parse("aes", &two, 1, NULL, &g, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_suites2_parse("aes", &two, 1, &n, NULL, NULL), IKEV1_E_ARGUMENT);
}

static void test_suite_format__no_word__number(void **state) {
    (void)state;
    static const ikev1_suite1 ONE = {
        .cipher = IKEV1_CIPHER_IDEA, .hash = IKEV1_HASH_TIGER, .group = 99};
    static const ikev1_suite1 NO_SIZE = {
        .cipher = IKEV1_CIPHER_AES, .hash = IKEV1_HASH_SHA1, .group = IKEV1_GROUP_MODP1024};
    static const ikev1_suite2 TWO = {IKEV1_PROTO_ESP, 200, 0, IKEV1_INTEG_KPDK, 0};
    static const ikev1_suite2 MIXED = {IKEV1_PROTO_AH, IKEV1_AH_SHA, 0, IKEV1_INTEG_HMAC_MD5, 0};
    char text[IKEV1_TEXT_SIZE];
    ikev1_suite1_format(&ONE, text, sizeof text);
    assert_string_equal(text, "2-3-99");
    ikev1_suite1_format(&NO_SIZE, text, sizeof text);
    assert_string_equal(text, "7-sha1-modp1024");
    ikev1_suite2_format(&TWO, 98, text, sizeof text);
    assert_string_equal(text, "200-4-98");
    ikev1_suite2_format(&MIXED, 0, text, sizeof text);
    assert_string_equal(text, "ah:sha1");
}

static void test_suite_format__every_size__cut_and_terminated(void **state) {
    (void)state;
    static const ikev1_suite1 ONE = {IKEV1_CIPHER_CAMELLIA,    256,
                                     IKEV1_HASH_SHA2_512,      IKEV1_AUTH_RSA,
                                     IKEV1_GROUP_MODP2048_256, {0}};
    static const ikev1_suite2 TWO = {IKEV1_PROTO_ESP, IKEV1_ESP_CAMELLIA, 256,
                                     IKEV1_INTEG_HMAC_SHA2_512, 0};
    static const char WANT[] = "camellia256-sha512-modp2048s256";
    for (size_t cap = 0; cap <= sizeof WANT + 1; cap++) {
        char *out = malloc(cap + 1);
        out[cap] = '!';
        assert_int_equal(ikev1_suite1_format(&ONE, out, cap), strlen(WANT));
        assert_int_equal(out[cap], '!');
        if (cap > 0) {
            assert_int_equal(strlen(out), cap - 1 < strlen(WANT) ? cap - 1 : strlen(WANT));
            assert_memory_equal(out, WANT, strlen(out));
        }
        assert_int_equal(ikev1_suite2_format(&TWO, IKEV1_GROUP_MODP2048_256, out, cap),
                         strlen(WANT));
        assert_int_equal(out[cap], '!');
        free(out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suites1__every_word__read_and_written_back),
        cmocka_unit_test(test_suites2__every_esp_word__read_and_written_back),
        cmocka_unit_test(test_suites2__every_ah_word__read_and_written_back),
        cmocka_unit_test(test_suites__order_and_blanks__do_not_matter),
        cmocka_unit_test(test_suites1__wrong__error_points_at_it),
        cmocka_unit_test(test_suites2__wrong__error_points_at_it),
        cmocka_unit_test(test_suites__room__exact_and_one_less),
        cmocka_unit_test(test_suites__null_arguments__refused),
        cmocka_unit_test(test_suite_format__no_word__number),
        cmocka_unit_test(test_suite_format__every_size__cut_and_terminated),
    };
    return cmocka_run_group_tests_name("text_suite", tests, NULL, NULL);
}
