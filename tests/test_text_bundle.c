/* SPDX-License-Identifier: Apache-2.0 */
/* Phase 2 suites in words: what belongs together, and what is an alternative. Mission R1, R4. */
#include <ikev1/text.h>

#include "support/rows.h"

static void test_suites2__bundle__there_and_back(void **state) { /* mission R1, R4 */
    enum { AND = IKEV1_SUITE2_AND, ESN = IKEV1_SUITE2_ESN };
    static const struct {
        const char *text, *again; /* how it is written; NULL = as it was */
        size_t count;
        uint16_t group;
        ikev1_suite2 want[4];
    } rows[] = {
        {"aes128-sha1+ah:sha1",
         NULL,
         2,
         0,
         {{IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 128, 2, AND},
          {IKEV1_PROTO_AH, IKEV1_AH_SHA, 0, 2, 0}}},
        {"aes128-sha256+deflate",
         NULL,
         2,
         0,
         {{IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 128, 5, AND},
          {IKEV1_PROTO_IPCOMP, IKEV1_IPCOMP_DEFLATE, 0, 0, 0}}},
        {"lzs + esp:aes256 + ah:sha256",
         "lzs+aes256+ah:sha256",
         3,
         0,
         {{IKEV1_PROTO_IPCOMP, IKEV1_IPCOMP_LZS, 0, 0, AND},
          {IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 256, 0, AND},
          {IKEV1_PROTO_AH, IKEV1_AH_SHA2_256, 0, 5, 0}}},
        {"lzjh+aes128-sha1-modp2048",
         NULL,
         2,
         IKEV1_GROUP_MODP2048,
         {{IKEV1_PROTO_IPCOMP, IKEV1_IPCOMP_LZJH, 0, 0, AND},
          {IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 128, 2, 0}}},
        {"aes128-sha1+ah:sha1-modp2048",
         "aes128-sha1-modp2048+ah:sha1",
         2,
         IKEV1_GROUP_MODP2048,
         {{IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 128, 2, AND},
          {IKEV1_PROTO_AH, IKEV1_AH_SHA, 0, 2, 0}}},
        {"aes128gcm16-esn", NULL, 1, 0, {{IKEV1_PROTO_ESP, IKEV1_ESP_AES_GCM_16, 128, 0, ESN}}},
        {"esn-ah:sha1", "", 0, 0, {{0}}}, /* the protocol leads */
        {"ah:esn-sha1", "ah:sha1-esn", 1, 0, {{IKEV1_PROTO_AH, IKEV1_AH_SHA, 0, 2, ESN}}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        ikev1_suite2 s[4];
        char got[80];
        size_t count = 0;
        uint16_t group = 0;
        int r = ikev1_suites2_parse(rows[i].text, s, 4, &count, &group, NULL);
        ROW_EQUAL(rows[i].text, r, rows[i].count != 0 ? IKEV1_OK : IKEV1_E_CONFIG);
        ROW_EQUAL(rows[i].text, count, rows[i].count);
        ROW_EQUAL(rows[i].text, group, rows[i].group);
        if (count == 0)
            continue;
        ROW_EQUAL(rows[i].text, memcmp(s, rows[i].want, count * sizeof *s), 0);
        ikev1_suite2_format(s, group, got, sizeof got);
        ROW_TEXT(rows[i].text, got, rows[i].again != NULL ? rows[i].again : rows[i].text);
    }
}

static void test_suites2__several_protocols__alternatives(void **state) {
    ikev1_suite2 s[4];
    size_t count;
    uint16_t group;
    (void)state;
    assert_int_equal(ikev1_suites2_parse("ah:sha256, aes128-sha1, aes128-sha1+ah:md5", s, 4, &count,
                                         &group, NULL),
                     IKEV1_OK);
    assert_int_equal(count, 4);
    assert_int_equal(s[0].protocol, IKEV1_PROTO_AH);
    assert_int_equal(s[0].flags | s[1].flags | s[3].flags, 0);
    assert_int_equal(s[2].flags, IKEV1_SUITE2_AND);
    /* A bundle that does not fit is not left half. */
    assert_int_equal(ikev1_suites2_parse("aes128-sha1+ah:md5", s, 1, &count, &group, NULL),
                     IKEV1_E_CONFIG);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suites2__bundle__there_and_back),
        cmocka_unit_test(test_suites2__several_protocols__alternatives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
