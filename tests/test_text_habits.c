/* SPDX-License-Identifier: Apache-2.0 */
/* Habits and variants of NAT traversal as people write them: api/text_habits.c. */
#include <ikev1/ikev1.h>

#include "support/rows.h"

static void test_quirks_parse__names__their_bits(void **state) {
    static const struct {
        const char *text;
        uint32_t on, off;
    } rows[] = {
        {"numbering", IKEV1_QUIRK_NUMBERING, 0},
        {"-numbering", 0, IKEV1_QUIRK_NUMBERING},
        {" clear-main-5 , -id-port,cipher-padding",
         IKEV1_QUIRK_CLEAR_MAIN_5 | IKEV1_QUIRK_CIPHER_PADDING, IKEV1_QUIRK_ID_PORT},
        {"all", IKEV1_QUIRKS_ALL, 0},
        {"-all", 0, IKEV1_QUIRKS_ALL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t on = 77, off = 77;
        ROW_EQUAL(rows[i].text, ikev1_quirks_parse(rows[i].text, &on, &off, NULL), IKEV1_OK);
        ROW_EQUAL(rows[i].text, on, rows[i].on);
        ROW_EQUAL(rows[i].text, off, rows[i].off);
    }
    for (uint32_t bit = 1; (bit & IKEV1_QUIRKS_ALL) != 0; bit <<= 1) {
        uint32_t on, off;
        assert_int_equal(ikev1_quirks_parse(ikev1_quirk_name(bit), &on, &off, NULL), IKEV1_OK);
        assert_int_equal(on, bit);
    }
}

static void test_natt_parse__names__their_bits(void **state) {
    static const struct {
        const char *text;
        uint16_t bits;
    } rows[] = {
        {"rfc3947", IKEV1_NATT_RFC_3947},
        {"draft-02, draft-00", IKEV1_NATT_DRAFT_02 | IKEV1_NATT_DRAFT_00},
        {"usual", IKEV1_NATT_USUAL},
        {"usual,draft-08", IKEV1_NATT_USUAL | IKEV1_NATT_DRAFT_08},
        {"all", IKEV1_NATT_ALL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint16_t bits = 77;
        ROW_EQUAL(rows[i].text, ikev1_natt_parse(rows[i].text, &bits, NULL), IKEV1_OK);
        ROW_EQUAL(rows[i].text, bits, rows[i].bits);
    }
}

static void test_parse__wrong__error_points_at_it(void **state) {
    static const struct {
        const char *text;
        size_t at, len;
    } rows[] = {{"", 0, 0},         {"all,", 4, 0},     {"all, foo", 5, 3}, {"-", 0, 1},
                {"all -all", 0, 8}, {"draft-09", 0, 8}, {"usually", 0, 7},  {"Numbering", 0, 9}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t on = 77, off = 77;
        uint16_t bits = 77;
        ikev1_text_error error;
        ROW_EQUAL(rows[i].text, ikev1_quirks_parse(rows[i].text, &on, &off, &error),
                  IKEV1_E_CONFIG);
        ROW_EQUAL(rows[i].text, error.at, rows[i].at);
        ROW_EQUAL(rows[i].text, error.len, rows[i].len);
        ROW_EQUAL(rows[i].text, ikev1_natt_parse(rows[i].text, &bits, &error), IKEV1_E_CONFIG);
        ROW_EQUAL(rows[i].text, error.at, rows[i].at);
        ROW_EQUAL(rows[i].text, on == 77 && off == 77 && bits == 77, true);
    }
    uint32_t on;
    uint16_t bits;
    assert_int_equal(ikev1_quirks_parse(NULL, &on, &on, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_quirks_parse("all", &on, NULL, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_natt_parse(NULL, &bits, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_natt_parse("all", NULL, NULL), IKEV1_E_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quirks_parse__names__their_bits),
        cmocka_unit_test(test_natt_parse__names__their_bits),
        cmocka_unit_test(test_parse__wrong__error_points_at_it),
    };
    return cmocka_run_group_tests_name("text_habits", tests, NULL, NULL);
}
