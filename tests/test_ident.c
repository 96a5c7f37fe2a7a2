/* SPDX-License-Identifier: Apache-2.0 */
/* Identities and selectors: RFC 2407 4.6.2.2 and following, M-R5. */
#include "support/rows.h"

#include "wire/wire.h"

#define DN "300d 310b 3009 0603550403 0c02 6777" /* CN=gw */

static const struct {
    const char *name, *hex;
    int want;
} BODIES[] = {
    {"IPv4", "01 11 01f4 c0000201", IKEV1_OK},
    {"FQDN", "02 00 0000 67772e6578616d706c65", IKEV1_OK},
    {"FQDN of dots", "02 00 0000 2e2e2e", IKEV1_OK},
    {"FQDN with 8-bit bytes", "02 00 0000 67c3bc", IKEV1_OK},
    {"user", "03 00 0000 754067", IKEV1_OK},
    {"IPv4 subnet", "04 00 0000 c0000200 ffffff00", IKEV1_OK},
    {"IPv6", "05 00 0000 20010db8 00*12", IKEV1_OK},
    {"IPv6 subnet", "06 00 0000 20010db8 00*12 ff*8 00*8", IKEV1_OK},
    {"IPv4 range", "07 00 0000 c0000201 c0000209", IKEV1_OK},
    {"IPv6 range", "08 00 0000 00*16 ff*16", IKEV1_OK},
    {"name", "09 00 0000 " DN, IKEV1_OK},
    {"general name", "0a 00 0000 8202 6777", IKEV1_OK},
    {"key id", "0b 00 0000 00", IKEV1_OK},
    /* IDN-01: a wrong size for each type */
    {"no fixed part", "", IKEV1_E_ID_SYNTAX},
    {"1 byte", "01", IKEV1_E_ID_SYNTAX},
    {"3 bytes", "01 00 00", IKEV1_E_ID_SYNTAX},
    {"IPv4, empty", "01 00 0000", IKEV1_E_ID_SYNTAX},
    {"IPv4 of 3", "01 00 0000 c00002", IKEV1_E_ID_SYNTAX},
    {"IPv4 of 5", "01 00 0000 c000020100", IKEV1_E_ID_SYNTAX},
    {"IPv4 of 65500", "01 00 0000 00*65500", IKEV1_E_ID_SYNTAX},
    {"IPv4 subnet of 7", "04 00 0000 c0000200 ffffff", IKEV1_E_ID_SYNTAX},
    {"IPv4 subnet of 9", "04 00 0000 c0000200 ffffff0000", IKEV1_E_ID_SYNTAX},
    {"IPv6 of 15", "05 00 0000 00*15", IKEV1_E_ID_SYNTAX},
    {"IPv6 of 17", "05 00 0000 00*17", IKEV1_E_ID_SYNTAX},
    {"IPv6 subnet of 31", "06 00 0000 00*31", IKEV1_E_ID_SYNTAX},
    {"IPv6 subnet of 33", "06 00 0000 00*33", IKEV1_E_ID_SYNTAX},
    {"IPv4 range of 7", "07 00 0000 00*7", IKEV1_E_ID_SYNTAX},
    {"IPv4 range of 4", "07 00 0000 00*4", IKEV1_E_ID_SYNTAX},
    {"IPv6 range of 31", "08 00 0000 00*31", IKEV1_E_ID_SYNTAX},
    {"IPv6 range of 65500", "08 00 0000 00*65500", IKEV1_E_ID_SYNTAX},
    {"FQDN, empty", "02 00 0000", IKEV1_E_ID_SYNTAX},
    {"user, empty", "03 00 0000", IKEV1_E_ID_SYNTAX},
    {"name, empty", "09 00 0000", IKEV1_E_ID_SYNTAX},
    {"general name, empty", "0a 00 0000", IKEV1_E_ID_SYNTAX},
    {"key id, empty", "0b 00 0000", IKEV1_E_ID_SYNTAX},
    /* IDN-03: the rest is in test_dn.c */
    {"name, truncated", "09 00 0000 300d 310b 3009 0603550403 0c02 67", IKEV1_E_ID_SYNTAX},
    {"general name, universal tag", "0a 00 0000 0c02 6777", IKEV1_E_ID_SYNTAX},
    /* IDN-04 */
    {"FQDN, embedded NUL", "02 00 0000 676f6f64 00 6576696c", IKEV1_E_ID_SYNTAX},
    {"FQDN, trailing NUL", "02 00 0000 676f6f64 00", IKEV1_E_ID_SYNTAX},
    {"FQDN, line break", "02 00 0000 67 0a 77", IKEV1_E_ID_SYNTAX},
    {"FQDN, escape", "02 00 0000 1b5b 67", IKEV1_E_ID_SYNTAX},
    {"FQDN, delete", "02 00 0000 7f", IKEV1_E_ID_SYNTAX},
    {"user, embedded NUL", "03 00 0000 75 00 67", IKEV1_E_ID_SYNTAX},
};

static void test_id_decode__table__exact_error(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(BODIES); i++) {
        ikev1_bytes in = hex_make(BODIES[i].hex);
        ikev1_id id;
        ikev1_why why = {0};
        ROW_EQUAL(BODIES[i].name, ike_id_decode(&id, in, &why), BODIES[i].want);
        ROW_EQUAL(BODIES[i].name, why.code, BODIES[i].want);
        ROW_EQUAL(BODIES[i].name, ike_id_decode(&id, in, NULL), BODIES[i].want);
        hex_free(in);
    }
}

static void test_id_decode__good__encodes_to_the_same(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(BODIES) && BODIES[i].want == IKEV1_OK; i++) {
        ikev1_bytes in = hex_make(BODIES[i].hex);
        uint8_t out[64];
        ikev1_id id;
        ike_id_decode(&id, in, NULL);
        ROW_EQUAL(BODIES[i].name, id.data == in.data + 4, true);
        struct ike_writer w = ike_writer(out, sizeof(out));
        ike_id_encode(&w, &id);
        ROW_EQUAL(BODIES[i].name, ike_bytes_equal(ike_bytes(out, ike_written(&w)), in), true);
        hex_free(in);
    }
}

static void test_id_decode__all_types__unknown_refused(void **state) { /* IDN-02 */
    (void)state;
    for (int type = 0; type < 256; type++) {
        ikev1_bytes in = hex_make("00 00 0000 41*4");
        uint8_t *first = (uint8_t *)(uintptr_t)in.data;
        *first = (uint8_t)type;
        ikev1_id id;
        int got = ike_id_decode(&id, in, NULL);
        bool good = type == IKEV1_ID_IPV4_ADDR || type == IKEV1_ID_FQDN ||
                    type == IKEV1_ID_USER_FQDN || type == IKEV1_ID_KEY_ID;
        assert_int_equal(got, good ? IKEV1_OK : IKEV1_E_ID_SYNTAX);
        hex_free(in);
    }
}

static ikev1_id id_of(uint8_t type, const char *text) {
    return (ikev1_id){.type = type, .data = (const uint8_t *)text, .len = strlen(text)};
}

static void test_id_equal__type_and_every_byte(void **state) { /* IDN-04 */
    (void)state;
    ikev1_id a = id_of(IKEV1_ID_FQDN, "good.example"), b = a;
    assert_true(ike_id_equal(&a, &b));
    b.port = 500;
    assert_true(ike_id_equal(&a, &b));
    b = a;
    b.type = IKEV1_ID_KEY_ID;
    assert_false(ike_id_equal(&a, &b));
    static const uint8_t evil[] = "good.example\0.evil";
    b = (ikev1_id){.type = IKEV1_ID_FQDN, .data = evil, .len = sizeof(evil) - 1};
    assert_false(ike_id_equal(&a, &b));
    b = id_of(IKEV1_ID_FQDN, "good.exampl");
    assert_false(ike_id_equal(&a, &b));
    b = id_of(IKEV1_ID_FQDN, "Good.example");
    assert_false(ike_id_equal(&a, &b));
}

/* M-S9; `back` is what the selector is written as again. */
static const struct {
    const char *name, *hex;
    int want;
    const char *id_text, *text, *back;
} SELECTORS[] = {
    {"host", "01 11 06a5 c0000201", IKEV1_OK, "192.0.2.1", "192.0.2.1[17/1701]",
     "01 11 06a5 c0000201"},
    {"subnet", "04 00 0000 c0000200 ffffff00", IKEV1_OK, "192.0.2.0/24", "192.0.2.0/24",
     "04 00 0000 c0000200 ffffff00"},
    {"subnet with host bits", "04 00 0000 c0000207 ffffff00", IKEV1_OK, "192.0.2.7/24",
     "192.0.2.0/24", "04 00 0000 c0000200 ffffff00"},
    {"everything", "04 00 0000 00000000 00000000", IKEV1_OK, "0.0.0.0/0", "0.0.0.0/0",
     "04 00 0000 00000000 00000000"},
    {"subnet of one", "04 00 0000 c0000201 ffffffff", IKEV1_OK, "192.0.2.1/32", "192.0.2.1",
     "01 00 0000 c0000201"},
    {"range", "07 06 0050 c0000201 c0000209", IKEV1_OK, "192.0.2.1-192.0.2.9",
     "192.0.2.1 - 192.0.2.9[6/80]", "07 06 0050 c0000201 c0000209"},
    {"range that is a subnet", "07 00 0000 c0000200 c00002ff", IKEV1_OK, "192.0.2.0-192.0.2.255",
     "192.0.2.0/24", "04 00 0000 c0000200 ffffff00"},
    {"range of half a subnet's size, not aligned", "07 00 0000 c0000201 c0000202", IKEV1_OK,
     "192.0.2.1-192.0.2.2", "192.0.2.1 - 192.0.2.2", "07 00 0000 c0000201 c0000202"},
    {"range of everything", "07 00 0000 00000000 ffffffff", IKEV1_OK, "0.0.0.0-255.255.255.255",
     "0.0.0.0/0", "04 00 0000 00000000 00000000"},
    {"protocol without port", "01 2f 0000 c0000201", IKEV1_OK, "192.0.2.1", "192.0.2.1[47/0]",
     "01 2f 0000 c0000201"},
    {"IPv6 host", "05 00 0000 20010db8 00*11 01", IKEV1_OK, "2001:db8::1", "2001:db8::1",
     "05 00 0000 20010db8 00*11 01"},
    {"IPv6 subnet", "06 00 0000 20010db8 00*12 ffffffffffff 00*10", IKEV1_OK, "2001:db8::/48",
     "2001:db8::/48", "06 00 0000 20010db8 00*12 ffffffffffff 00*10"},
    {"IPv6 subnet /61", "06 00 0000 20010db8 00*12 fffffffffffffff8 00*8", IKEV1_OK,
     "2001:db8::/61", "2001:db8::/61", "06 00 0000 20010db8 00*12 fffffffffffffff8 00*8"},
    {"IPv6 range", "08 00 0000 00*15 02 00*15 05", IKEV1_OK, "::2-::5", "::2 - ::5",
     "08 00 0000 00*15 02 00*15 05"},
    {"mask with a hole", "04 00 0000 c0000200 ffff00ff", IKEV1_E_ID_SYNTAX,
     "192.0.2.0/255.255.0.255", NULL, NULL},
    {"mask with a hole inside a byte", "04 00 0000 c0000200 ffffa000", IKEV1_E_ID_SYNTAX,
     "192.0.2.0/255.255.160.0", NULL, NULL},
    {"mask upside down", "04 00 0000 c0000200 000000ff", IKEV1_E_ID_SYNTAX, "192.0.2.0/0.0.0.255",
     NULL, NULL},
    {"range backwards", "07 00 0000 c0000209 c0000201", IKEV1_E_ID_SYNTAX, "192.0.2.9-192.0.2.1",
     NULL, NULL},
    {"IPv6 range backwards", "08 00 0000 00*15 05 00*15 02", IKEV1_E_ID_SYNTAX, "::5-::2", NULL,
     NULL},
    {"no address", "02 00 0000 6777", IKEV1_E_ID_SYNTAX, "gw", NULL, NULL},
    {"key id of an address's size", "0b 00 0000 c0000201", IKEV1_E_ID_SYNTAX, "@#c0000201", NULL,
     NULL},
};

static void check_back(const char *name, const ikev1_selector *s, const char *hex) {
    uint8_t *buf = malloc(32), out[64];
    ikev1_bytes want = hex_make(hex);
    ikev1_id id;
    ike_selector_to_id(&id, s, buf);
    struct ike_writer w = ike_writer(out, sizeof(out));
    ike_id_encode(&w, &id);
    ROW_EQUAL(name, ike_bytes_equal(ike_bytes(out, ike_written(&w)), want), true);
    free(buf);
    hex_free(want);
}

static void test_selector__table__from_id_and_back(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(SELECTORS); i++) {
        ikev1_bytes in = hex_make(SELECTORS[i].hex);
        const char *name = SELECTORS[i].name;
        char text[128];
        ikev1_id id;
        ikev1_selector s = {.family = 99};
        int decoded = ike_id_decode(&id, in, NULL);
        int got = decoded == IKEV1_OK ? ike_selector_from_id(&s, &id) : decoded;
        ROW_EQUAL(name, got, SELECTORS[i].want);
        if (got != IKEV1_OK)
            ROW_EQUAL(name, s.family, 99); /* left alone */
        struct ike_text t = ike_text(text, sizeof(text));
        if (SELECTORS[i].id_text != NULL) {
            ike_id_text(&t, &id);
            ROW_TEXT(name, text, SELECTORS[i].id_text);
        }
        if (got == IKEV1_OK) {
            t = ike_text(text, sizeof(text));
            ike_selector_text(&t, &s);
            ROW_TEXT(name, text, SELECTORS[i].text);
            check_back(name, &s, SELECTORS[i].back);
        }
        hex_free(in);
    }
}

static ikev1_selector selector(const char *hex) {
    ikev1_bytes in = hex_make(hex);
    ikev1_id id;
    ikev1_selector s;
    assert_int_equal(ike_id_decode(&id, in, NULL), IKEV1_OK);
    assert_int_equal(ike_selector_from_id(&s, &id), IKEV1_OK);
    hex_free(in);
    return s;
}

static void test_selector__contains_and_equal__table(void **state) {
    (void)state;
    static const struct {
        const char *name, *outer, *inner;
        bool contains, equal;
    } rows[] = {
        {"same", "04 00 0000 c0000200 ffffff00", "07 00 0000 c0000200 c00002ff", true, true},
        {"host in subnet", "04 00 0000 c0000200 ffffff00", "01 11 01f4 c0000201", true, false},
        {"subnet in host", "01 00 0000 c0000201", "04 00 0000 c0000200 ffffff00", false, false},
        {"starts before", "07 00 0000 c0000201 c0000209", "07 00 0000 c0000200 c0000209", false,
         false},
        {"ends after", "07 00 0000 c0000201 c0000209", "07 00 0000 c0000201 c000020a", false,
         false},
        {"other protocol", "01 11 0000 c0000201", "01 06 0000 c0000201", false, false},
        {"any protocol in one", "01 11 0000 c0000201", "01 00 0000 c0000201", false, false},
        {"other port", "01 11 01f4 c0000201", "01 11 01f5 c0000201", false, false},
        {"one port in any", "01 11 0000 c0000201", "01 11 01f5 c0000201", true, false},
        {"other family", "04 00 0000 00000000 00000000", "05 00 0000 00*16", false, false},
        {"IPv6, last byte", "08 00 0000 00*16 00*15 05", "05 00 0000 00*15 06", false, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ikev1_selector outer = selector(rows[i].outer), inner = selector(rows[i].inner);
        ROW_EQUAL(rows[i].name, ike_selector_contains(&outer, &inner), rows[i].contains);
        ROW_EQUAL(rows[i].name, ike_selector_equal(&outer, &inner), rows[i].equal);
    }
}

static void test_id_from_address__families(void **state) {
    (void)state;
    const ikev1_address four = {4, {192, 0, 2, 1}, 500}, six = {6, {0x20, 1}, 500}, none = {0};
    ikev1_id id = ike_id_from_address(&four);
    assert_int_equal(id.type, IKEV1_ID_IPV4_ADDR);
    assert_int_equal(id.len, 4);
    assert_ptr_equal(id.data, four.ip);
    assert_int_equal(id.port, 0);
    id = ike_id_from_address(&six);
    assert_int_equal(id.type, IKEV1_ID_IPV6_ADDR);
    assert_int_equal(id.len, 16);
    id = ike_id_from_address(&none);
    assert_int_equal(id.type, 0);
    assert_int_equal(id.len, 0);
}

static void test_id_text__content_of_any_kind__escaped(void **state) { /* LOG-02 */
    (void)state;
    static const struct {
        const char *name, *hex, *want;
    } rows[] = {
        {"name", "09 00 0000 " DN, "CN=gw"},
        {"user", "03 00 0000 754067", "u@g"},
        {"8-bit", "02 00 0000 67c3bc", "g\\xc3\\xbc"},
        {"key id is never text", "0b 00 0000 616263", "@#616263"},
        {"general name", "0a 00 0000 8202 6777", "@#82026777"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ikev1_bytes in = hex_make(rows[i].hex);
        char text[64];
        ikev1_id id;
        ROW_EQUAL(rows[i].name, ike_id_decode(&id, in, NULL), IKEV1_OK);
        struct ike_text t = ike_text(text, sizeof(text));
        ike_id_text(&t, &id);
        ROW_TEXT(rows[i].name, text, rows[i].want);
        hex_free(in);
    }
}

static void test_id_text__content_that_was_not_checked__no_overread(void **state) {
    (void)state;
    for (int type = 0; type < 256; type++) {
        ikev1_bytes in = hex_make("0a00");
        char text[64];
        struct ike_text t = ike_text(text, sizeof(text));
        ike_id_text(&t, &(ikev1_id){.type = (uint8_t)type, .data = in.data, .len = in.len});
        bool plain = type == IKEV1_ID_FQDN || type == IKEV1_ID_USER_FQDN;
        assert_string_equal(text, plain ? "\\x0a\\x00" : "@#0a00");
        hex_free(in);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_id_decode__table__exact_error),
        cmocka_unit_test(test_id_decode__good__encodes_to_the_same),
        cmocka_unit_test(test_id_decode__all_types__unknown_refused),
        cmocka_unit_test(test_id_equal__type_and_every_byte),
        cmocka_unit_test(test_selector__table__from_id_and_back),
        cmocka_unit_test(test_selector__contains_and_equal__table),
        cmocka_unit_test(test_id_from_address__families),
        cmocka_unit_test(test_id_text__content_of_any_kind__escaped),
        cmocka_unit_test(test_id_text__content_that_was_not_checked__no_overread),
    };
    return cmocka_run_group_tests_name("ident", tests, NULL, NULL);
}
