/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles, weak algorithms by name (mission R9), and what a pre-shared key is worth. */
#include "support/rows.h"

#include <ikev1/ikev1.h>
#include <ikev1/openssl.h>

#include "crypto/formulas.h"

static const int NUMBERS[] = {IKEV1_PROFILE_MODERN, IKEV1_PROFILE_RFC4109, IKEV1_PROFILE_LEGACY};
static const char *const NAMES[] = {"modern", "rfc4109", "legacy"};

static void test_profile__number_and_name__the_same(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(NUMBERS); i++) {
        const ikev1_profile *profile = ikev1_profile_get(NUMBERS[i]);
        assert_non_null(profile);
        ROW_TEXT(NAMES[i], profile->name, NAMES[i]);
        assert_ptr_equal(ikev1_profile_find(NAMES[i]), profile);
    }
    assert_null(ikev1_profile_get(-1));
    assert_null(ikev1_profile_get(3));
    assert_null(ikev1_profile_find(NULL));
    assert_null(ikev1_profile_find(""));
    assert_null(ikev1_profile_find("moder"));
    assert_null(ikev1_profile_find("modern "));
    assert_null(ikev1_profile_find("Modern"));
}

struct lists {
    ikev1_suite1 one[IKEV1_MAX_SUITES];
    ikev1_suite2 two[IKEV1_MAX_SUITES];
    size_t count1, count2;
    uint16_t group;
};

/* By the profile's text, which must be what its name stands for. */
static struct lists read_profile(const ikev1_profile *profile) {
    struct lists l = {.count1 = 0}, named = {.count1 = 0};
    assert_int_equal(
        ikev1_suites1_parse(profile->ike, IKEV1_AUTH_RSA, l.one, IKEV1_MAX_SUITES, &l.count1, NULL),
        IKEV1_OK);
    assert_int_equal(
        ikev1_suites2_parse(profile->esp, l.two, IKEV1_MAX_SUITES, &l.count2, &l.group, NULL),
        IKEV1_OK);
    assert_int_equal(ikev1_suites1_parse(profile->name, IKEV1_AUTH_RSA, named.one, IKEV1_MAX_SUITES,
                                         &named.count1, NULL),
                     IKEV1_OK);
    assert_int_equal(ikev1_suites2_parse(profile->name, named.two, IKEV1_MAX_SUITES, &named.count2,
                                         &named.group, NULL),
                     IKEV1_OK);
    assert_memory_equal(&l, &named, sizeof l);
    return l;
}

static void test_profile__allow__is_what_its_suites_need_and_no_more(void **state) {
    (void)state;
    for (size_t p = 0; p < COUNT(NUMBERS); p++) {
        const ikev1_profile *profile = ikev1_profile_get(NUMBERS[p]);
        const struct lists l = read_profile(profile);
        uint32_t need = 0;
        for (size_t i = 0; i < l.count1; i++) {
            const struct ike_suite s = {
                .cipher = l.one[i].cipher, .hash = l.one[i].hash, .group = l.one[i].group};
            need |= ike_suite_weakness(&s, 1);
            ROW_EQUAL(NAMES[p], l.one[i].auth, IKEV1_AUTH_RSA);
        }
        for (size_t i = 0; i < l.count2; i++) {
            const struct ike_suite s = {.protocol = l.two[i].protocol,
                                        .id = l.two[i].transform,
                                        .integrity = l.two[i].integrity,
                                        .group = l.group};
            need |= ike_suite_weakness(&s, 2);
        }
        ROW_EQUAL(NAMES[p], profile->allow, need);
    }
    assert_int_equal(ikev1_profile_find("modern")->allow, 0);
    assert_int_equal(ikev1_profile_find("rfc4109")->allow, IKEV1_ALLOW_3DES | IKEV1_ALLOW_MODP1024);
}

/* The engine with the default provider takes each of them when its bits are allowed, and not one
 * bit less. */
static void test_profile__engine__takes_it_when_allowed(void **state) {
    (void)state;
    const ikev1_policy policy = IKEV1_POLICY_INIT;
    for (size_t p = 0; p < COUNT(NUMBERS); p++) {
        const ikev1_profile *profile = ikev1_profile_get(NUMBERS[p]);
        const struct lists l = read_profile(profile);
        ikev1_phase1 one = {.size = sizeof one, .rule = 1, .suites = l.one};
        ikev1_phase2 two = {.size = sizeof two, .rule = 1, .suites = l.two};
        one.suite_count = l.count1;
        two.suite_count = l.count2;
        two.pfs_group = l.group;
        two.mode = IKEV1_ENCAP_TUNNEL;
        for (uint32_t bit = 0; bit < 11; bit++) {
            uint32_t missing = bit < 10 ? 1u << bit : 0;
            ikev1_config config = IKEV1_CONFIG_INIT;
            ikev1_engine *engine = NULL;
            config.crypto = ikev1_openssl();
            config.policy = &policy;
            config.allow = profile->allow & ~missing;
            assert_int_equal(ikev1_engine_new(&engine, &config), IKEV1_OK);
            bool good = ikev1_check_phase1(engine, &one, NULL) == IKEV1_OK &&
                        ikev1_check_phase2(engine, &two, NULL) == IKEV1_OK;
            ROW_EQUAL(NAMES[p], good, (profile->allow & missing) == 0);
            ikev1_engine_free(engine);
        }
    }
}

/* RFC 4109 3 and 4: what MUST and SHOULD be supported. */
static void test_profile_rfc4109__must_and_should__are_there(void **state) {
    (void)state;
    static const struct {
        uint16_t cipher, group;
    } wanted[] = {{IKEV1_CIPHER_AES, IKEV1_GROUP_MODP2048},
                  {IKEV1_CIPHER_3DES, IKEV1_GROUP_MODP2048},
                  {IKEV1_CIPHER_AES, IKEV1_GROUP_MODP1024},
                  {IKEV1_CIPHER_3DES, IKEV1_GROUP_MODP1024}};
    const struct lists l = read_profile(ikev1_profile_get(IKEV1_PROFILE_RFC4109));
    assert_int_equal(l.count1, COUNT(wanted));
    for (size_t i = 0; i < COUNT(wanted); i++) {
        assert_int_equal(l.one[i].cipher, wanted[i].cipher);
        assert_int_equal(l.one[i].group, wanted[i].group);
        assert_int_equal(l.one[i].hash, IKEV1_HASH_SHA1);
    }
}

static void test_profile_modern__every_suite__recommended(void **state) {
    (void)state;
    const struct lists l = read_profile(ikev1_profile_get(IKEV1_PROFILE_MODERN));
    for (size_t i = 0; i < l.count1; i++) {
        assert_int_equal(l.one[i].cipher, IKEV1_CIPHER_AES);
        assert_true(l.one[i].hash >= IKEV1_HASH_SHA2_256);
        assert_true(l.one[i].group >= IKEV1_GROUP_MODP2048);
    }
    for (size_t i = 0; i < l.count2; i++)
        assert_true(l.two[i].transform == IKEV1_ESP_AES_GCM_16 ||
                    l.two[i].integrity >= IKEV1_INTEG_HMAC_SHA2_256);
    assert_int_equal(l.group, IKEV1_GROUP_ECP256);
}

static const struct {
    const char *text;
    uint32_t allow;
} ALLOW[] = {
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
    {"modern", 0},
    {"rfc4109", IKEV1_ALLOW_3DES | IKEV1_ALLOW_MODP1024},
    {" 3des ,\tmd5, 3des", IKEV1_ALLOW_3DES | IKEV1_ALLOW_MD5},
    {"rfc4109,null", IKEV1_ALLOW_3DES | IKEV1_ALLOW_MODP1024 | IKEV1_ALLOW_NULL},
};

static void test_allow_parse__every_name__its_bits(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(ALLOW); i++) {
        uint32_t allow = 0xffffffff;
        ROW_EQUAL(ALLOW[i].text, ikev1_allow_parse(ALLOW[i].text, &allow, NULL), IKEV1_OK);
        ROW_EQUAL(ALLOW[i].text, allow, ALLOW[i].allow);
    }
}

static void test_allow_parse__wrong__error_points_at_it(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t at, len;
    } rows[] = {{"", 0, 0},     {"3des,", 5, 0},   {"3des, foo", 6, 3}, {"modp2048", 0, 8},
                {"3DES", 0, 4}, {"des md5", 0, 7}, {",des", 0, 0},      {"all, des", 0, 3}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t allow = 77;
        ikev1_text_error error;
        ROW_EQUAL(rows[i].text, ikev1_allow_parse(rows[i].text, &allow, &error), IKEV1_E_CONFIG);
        ROW_EQUAL(rows[i].text, error.at, rows[i].at);
        ROW_EQUAL(rows[i].text, error.len, rows[i].len);
        ROW_TEXT(rows[i].text, error.what, "unknown name");
        ROW_EQUAL(rows[i].text, allow, 77);
    }
    uint32_t allow;
    assert_int_equal(ikev1_allow_parse(NULL, &allow, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_allow_parse("des", NULL, NULL), IKEV1_E_ARGUMENT);
}

static unsigned strength(const char *key) {
    ikev1_bytes copy = bytes_copy(ike_bytes(key, strlen(key)));
    unsigned bits = ikev1_psk_strength(copy);
    hex_free(copy);
    return bits;
}

/* PH1-16: what people choose is far below what is drawn at random. */
static void test_psk_strength__table__between(void **state) {
    (void)state;
    static const struct {
        const char *key;
        unsigned least, most;
    } rows[] = {
        {"", 0, 0},
        {"a", 4, 4},
        {"7", 3, 3},
        {"aaaaaaaaaaaaaaaa", 0, 24},
        {"1234567890", 0, 20},
        {"9876543210", 0, 20},
        {"abcdefghijklmnop", 0, 25},
        {"qwertyuiop", 0, 20},
        {"poiuytrewq", 0, 20},
        {"QWERTZUIOP", 0, 20},
        {"password", 0, 25},
        {"Password", 0, 30},
        {"PASSWORD", 0, 25},
        {"passwordpassword", 0, 35},
        {"Password1!", 0, 50},
        {"vpnvpnvpnvpnvpnvpn", 0, 30},
        {"x7K!x7K!x7K!x7K!", 0, 50},
        {"correct horse", 0, 60},
        {"Xk3$9aLp_2vQ", 70, 80},
        {"kJ8vQ2mZ5xW1rT9pL4nB7cY3", 128, 144},
        {"7b1d0a52c7f44b0c9a6c2f6d6c9f3f11", 115, 128}, /* 16 random bytes in hexadecimal */
        {"\x9c\x03\xd1\x7f\x42\xe8\x11\xb6\x5a\xc7\x20\x8d\xf4\x39\x6e\xab", 120, 128},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        unsigned bits = strength(rows[i].key);
        if (bits < rows[i].least || bits > rows[i].most)
            fail_msg("%s: %u bits, not %u to %u", rows[i].key, bits, rows[i].least, rows[i].most);
    }
}

static void test_psk_strength__longer__never_weaker(void **state) {
    (void)state;
    static const char KEY[] = "Tr0ub4dor&3 and then some more \xff\x00 text 111111";
    unsigned before = 0;
    for (size_t len = 0; len < sizeof KEY; len++) {
        ikev1_bytes copy = bytes_copy(ike_bytes(KEY, len));
        unsigned bits = ikev1_psk_strength(copy);
        assert_true(bits >= before);
        before = bits;
        hex_free(copy);
    }
    assert_int_equal(ikev1_psk_strength((ikev1_bytes){NULL, 0}), 0);
}

static void test_psk_strength__very_long__bounded(void **state) {
    (void)state;
    uint8_t *key = malloc(100000);
    uint32_t x = 1;
    for (size_t i = 0; i < 100000; i++, x = x * 1664525 + 1013904223)
        key[i] = (uint8_t)(x >> 24);
    unsigned bits = ikev1_psk_strength((ikev1_bytes){key, 100000});
    assert_int_equal(bits, ikev1_psk_strength((ikev1_bytes){key, 256}));
    assert_in_range(bits, 1900, 2048);
    free(key);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_profile__number_and_name__the_same),
        cmocka_unit_test(test_profile__allow__is_what_its_suites_need_and_no_more),
        cmocka_unit_test(test_profile__engine__takes_it_when_allowed),
        cmocka_unit_test(test_profile_rfc4109__must_and_should__are_there),
        cmocka_unit_test(test_profile_modern__every_suite__recommended),
        cmocka_unit_test(test_allow_parse__every_name__its_bits),
        cmocka_unit_test(test_allow_parse__wrong__error_points_at_it),
        cmocka_unit_test(test_psk_strength__table__between),
        cmocka_unit_test(test_psk_strength__longer__never_weaker),
        cmocka_unit_test(test_psk_strength__very_long__bounded),
    };
    return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
