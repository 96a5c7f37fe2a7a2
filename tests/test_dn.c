/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rows.h"

#include "wire/wire.h"

#define CN "310b 3009 0603550403 0c02 6777" /* SET { SEQUENCE { CN, "gw" } }, 13 bytes */

/* IDN-03; RFC 5280 4.1.2.4, RFC 4514 3 */
static const struct {
    const char *name, *hex;
    const char *want; /* NULL = refused */
} ROWS[] = {
    {"one name", "300d " CN, "CN=gw"},
    {"three names", "3027 310b 3009 0603550406 1302 4445 310b 3009 060355040a 0c02 4163 " CN,
     "C=DE, O=Ac, CN=gw"},
    {"two in a set", "3018 3116 3009 0603550403 0c02 6777 3009 060355040b 0c02 4f55",
     "CN=gw + OU=OU"},
    {"empty value", "300b 3109 3007 0603550403 0c00", "CN="},
    {"mail", "3012 3110 300e 06092a864886f70d010901 1601 75", "E=u"},
    {"domain", "3013 3111 300f 060a0992268993f22c640119 1601 75", "DC=u"},
    {"OID without name", "300c 310a 3008 06032b0601 0c01 61", "1.3.6.1=a"},
    {"OID below 2", "300b 3109 3007 06028837 0c01 61", "2.999=a"},
    {"value escaped", "3015 3113 3011 0603550403 0c0a 612c204f3d622b5c0a00",
     "CN=a\\, O=b\\+\\\\\\x0a\\x00"},
    {"value of any tag", "300d 310b 3009 0603550403 0402 6777", "CN=gw"},
    {"length in the long form", "308191 31818e 30818b 0603550403 0c8183 61*131",
     "CN="
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    {"nothing", "", NULL},
    {"empty SEQUENCE", "3000", NULL},
    {"no length", "30", NULL},
    {"indefinite length", "3080 " CN " 0000", NULL},
    {"length of four bytes", "3084ffffffff " CN, NULL},
    {"length of three bytes", "308300000d " CN, NULL},
    {"length not in its shortest form", "30810d " CN, NULL},
    {"length not in its shortest form, two bytes", "3082000d " CN, NULL},
    {"one byte too long", "300e " CN, NULL},
    {"one byte after the end", "300d " CN " 00", NULL},
    {"empty SET", "3002 3100", NULL},
    {"SET of SET", "300f 310d " CN, NULL},
    {"SEQUENCE of SEQUENCE", "300d 300b 3009 0603550403 0c02 6777", NULL},
    {"SET outside", "310d " CN, NULL},
    {"no OID", "3008 3106 3004 0c02 6777", NULL},
    {"empty OID", "300a 3108 3006 0600 0c02 6777", NULL},
    {"OID that does not end", "300d 310b 3009 0603550483 0c02 6777", NULL},
    {"no value", "3009 3107 3005 0603550403", NULL},
    {"two values", "300f 310d 300b 0603550403 0c02 6777 0500", NULL},
    {"value one byte too long", "300d 310b 3009 0603550403 0c03 6777", NULL},
    {"tag of several bytes", "300d 310b 3009 0603550403 1f02 6777", NULL},
    {"deep nesting", "30*300", NULL},
    {"64 KB of it", "3082fff0 31*65520", NULL},
};

static void test_dn__table__text_or_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        ikev1_bytes in = hex_make(ROWS[i].hex);
        ROW_EQUAL(ROWS[i].name, ike_dn_check(in), ROWS[i].want != NULL);
        char text[256];
        struct ike_text t = ike_text(text, sizeof(text));
        ike_dn_text(&t, in); /* bounded and harmless also where the check fails */
        if (ROWS[i].want != NULL)
            ROW_TEXT(ROWS[i].name, text, ROWS[i].want);
        hex_free(in);
    }
}

static void test_dn__every_truncation__refused(void **state) {
    (void)state;
    ikev1_bytes whole = hex_make(ROWS[1].hex);
    for (size_t len = 0; len < whole.len; len++) {
        ikev1_bytes cut = bytes_copy(ike_bytes(whole.data, len));
        assert_false(ike_dn_check(cut));
        hex_free(cut);
    }
    hex_free(whole);
}

static void test_gn__table__one_context_tag(void **state) {
    (void)state;
    static const struct {
        const char *name, *hex;
        bool good;
    } rows[] = {
        {"DNS name", "8202 6777", true},
        {"address", "8704 c0000201", true},
        {"directory name", "a40f 300d " CN, true},
        {"universal tag", "0c02 6777", false},
        {"empty", "8200", false},
        {"nothing", "", false},
        {"truncated", "8203 6777", false},
        {"byte after the end", "8202 6777 00", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ikev1_bytes in = hex_make(rows[i].hex);
        ROW_EQUAL(rows[i].name, ike_gn_check(in), rows[i].good);
        hex_free(in);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dn__table__text_or_refused),
        cmocka_unit_test(test_dn__every_truncation__refused),
        cmocka_unit_test(test_gn__table__one_context_tag),
    };
    return cmocka_run_group_tests_name("dn", tests, NULL, NULL);
}
