/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rows.h"

#include "wire/wire.h"

static void test_natoa__table__address_or_error(void **state) { /* RFC 3947 5.2 */
    (void)state;
    static const struct {
        const char *name, *hex;
        int want;
        const char *text;
    } rows[] = {
        {"IPv4", "01 000000 c0000201", IKEV1_OK, "192.0.2.1"},
        {"IPv6", "05 000000 20010db8 00*11 01", IKEV1_OK, "2001:db8::1"},
        {"reserved", "01 000001 c0000201", IKEV1_E_RESERVED, NULL},
        {"IPv4 of 3", "01 000000 c00002", IKEV1_E_ID_SYNTAX, NULL},
        {"IPv4 of 5", "01 000000 c000020100", IKEV1_E_ID_SYNTAX, NULL},
        {"IPv4 of 16", "01 000000 00*16", IKEV1_E_ID_SYNTAX, NULL},
        {"IPv6 of 4", "05 000000 c0000201", IKEV1_E_ID_SYNTAX, NULL},
        {"a name", "02 000000 c0000201", IKEV1_E_ID_SYNTAX, NULL},
        {"a subnet", "04 000000 c0000200 ffffff00", IKEV1_E_ID_SYNTAX, NULL},
        {"no address", "01 000000", IKEV1_E_ID_SYNTAX, NULL},
        {"3 bytes", "01 0000", IKEV1_E_ID_SYNTAX, NULL},
        {"empty", "", IKEV1_E_ID_SYNTAX, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ikev1_bytes in = hex_make(rows[i].hex);
        ikev1_address a = {.family = 99};
        ikev1_why why = {0};
        ROW_EQUAL(rows[i].name, ike_natoa_decode(&a, in, &why), rows[i].want);
        ROW_EQUAL(rows[i].name, why.code, rows[i].want);
        if (rows[i].want == IKEV1_OK) {
            char text[64];
            uint8_t out[32];
            struct ike_text t = ike_text(text, sizeof(text));
            ike_text_address(&t, &a);
            ROW_TEXT(rows[i].name, text, rows[i].text);
            struct ike_writer w = ike_writer(out, sizeof(out));
            ike_natoa_encode(&w, &a);
            ROW_EQUAL(rows[i].name, ike_bytes_equal(ike_bytes(out, ike_written(&w)), in), true);
        } else {
            ROW_EQUAL(rows[i].name, a.family, 99); /* left alone */
        }
        hex_free(in);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_natoa__table__address_or_error),
    };
    return cmocka_run_group_tests_name("natt", tests, NULL, NULL);
}
