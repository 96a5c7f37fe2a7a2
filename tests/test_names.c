/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rows.h"

#include "base/base.h"

static void test_name__one_of_each_list__as_written(void **state) {
    (void)state;
    static const struct {
        int kind;
        uint32_t number;
        const char *want;
    } rows[] = {
        {IKEV1_NAMES_EXCHANGE, 2, "Main Mode"},
        {IKEV1_NAMES_EXCHANGE, 32, "Quick Mode"},
        {IKEV1_NAMES_PAYLOAD, 1, "SA"},
        {IKEV1_NAMES_PAYLOAD, 11, "NOTFY"},
        {IKEV1_NAMES_PAYLOAD, 130, "NATD"},
        {IKEV1_NAMES_PROTOCOL, 3, "ESP"},
        {IKEV1_NAMES_ATTR1, 14, "key length"},
        {IKEV1_NAMES_CIPHER, 5, "3DES"},
        {IKEV1_NAMES_HASH, 4, "SHA2-256"},
        {IKEV1_NAMES_AUTH, 65001, "XAUTH PSK (initiator)"},
        {IKEV1_NAMES_GROUP, 31, "X25519"},
        {IKEV1_NAMES_LIFE, 2, "kilobytes"},
        {IKEV1_NAMES_ATTR2, 4, "encapsulation"},
        {IKEV1_NAMES_ESP, 11, "NULL"},
        {IKEV1_NAMES_AH, 3, "SHA1"},
        {IKEV1_NAMES_IPCOMP, 2, "DEFLATE"},
        {IKEV1_NAMES_ENCAP, 61443, "UDP tunnel (draft)"},
        {IKEV1_NAMES_INTEG, 250, "AES-CMAC"},
        {IKEV1_NAMES_ID, 11, "KEY_ID"},
        {IKEV1_NAMES_NOTIFY, 36137, "R-U-THERE-ACK"},
        {IKEV1_NAMES_CERT, 0, "none"},
        {IKEV1_NAMES_CFG, 4, "ACK"},
        {IKEV1_NAMES_ATTRC, 16522, "XAUTH_USER_PASSWORD"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *got = ikev1_name(rows[i].kind, rows[i].number);
        if (got == NULL)
            fail_msg("%s: no name", rows[i].want);
        ROW_TEXT(rows[i].want, got, rows[i].want);
    }
}

static void test_name__all_numbers_of_all_kinds__text_or_null(void **state) { /* LOG-04 */
    (void)state;
    for (int kind = -2; kind < 40; kind++) {
        size_t named = 0;
        for (uint32_t number = 0; number < 70000; number++) {
            const char *name = ikev1_name(kind, number);
            if (name != NULL)
                named += strlen(name) > 0;
        }
        assert_int_equal(named > 0, kind >= IKEV1_NAMES_EXCHANGE && kind <= IKEV1_NAMES_ATTRC);
        assert_null(ikev1_name(kind, UINT32_MAX));
    }
}

static void test_attr_value__by_phase__name_or_number(void **state) {
    (void)state;
    static const struct {
        bool phase1;
        uint16_t attribute;
        uint32_t value;
        const char *want;
    } rows[] = {
        {true, IKEV1_ATTR1_CIPHER, 7, "AES"},
        {true, IKEV1_ATTR1_KEY_BITS, 256, "256"},
        {true, IKEV1_ATTR1_GROUP, 2, "MODP1024"},
        {true, IKEV1_ATTR1_LIFE_DURATION, 28800, "28800"},
        {false, IKEV1_ATTR2_LIFE_TYPE, 1, "seconds"},
        {false, IKEV1_ATTR2_GROUP, 14, "MODP2048"},
        {false, IKEV1_ATTR2_INTEGRITY, 2, "HMAC-SHA1"},
        {false, IKEV1_ATTR2_ENCAPSULATION, 99, "99"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[64];
        struct ike_text t = ike_text(out, sizeof(out));
        ike_text_attr_value(&t, rows[i].phase1, rows[i].attribute, rows[i].value);
        ROW_TEXT(rows[i].want, out, rows[i].want);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name__one_of_each_list__as_written),
        cmocka_unit_test(test_name__all_numbers_of_all_kinds__text_or_null),
        cmocka_unit_test(test_attr_value__by_phase__name_or_number),
    };
    return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
