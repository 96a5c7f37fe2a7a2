/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rows.h"

#include "base/base.h"

enum { ROOM = 1024 };

static void test_bytes__peer_strings__escaped(void **state) { /* LOG-02 */
    (void)state;
    static const struct {
        const char *name, *hex, *want;
    } rows[] = {
        {"plain", "67772e6578616d706c65", "gw.example"},
        {"empty", "", ""},
        {"line break", "610d0a62", "a\\x0d\\x0ab"},
        {"escape sequence", "1b5b33316d", "\\x1b[31m"},
        {"format", "2573256e", "%s%n"},
        {"quotes and backticks", "2227602428", "\"'`$("},
        {"backslash doubled", "5c783030", "\\\\x00"},
        {"embedded NUL", "610062", "a\\x00b"},
        {"invalid UTF-8", "c3284180", "\\xc3(A\\x80"},
        {"delete", "7f", "\\x7f"},
        {"first and last printable", "207e", " ~"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[ROOM];
        ikev1_bytes in = hex_make(rows[i].hex);
        struct ike_text t = ike_text(out, sizeof(out));
        ike_text_bytes(&t, in);
        ROW_TEXT(rows[i].name, out, rows[i].want);
        ROW_EQUAL(rows[i].name, t.len, strlen(rows[i].want));
        hex_free(in);
    }
}

static void fill(struct ike_text *t) {
    static const ikev1_address v6 = {6, {0x20, 1, 0xd, 0xb8}, 0};
    ike_text_str(t, "ab");
    ike_text_bytes(t, ike_bytes("\n\\c", 3));
    ike_text_hex(t, ike_bytes("\x0f\xf0", 2));
    ike_text_u64(t, 1234567890);
    ike_text_address(t, &v6);
    ike_text_name(t, IKEV1_NAMES_GROUP, 14);
}

static void test_text__every_size_of_buffer__truncated_with_final_nul(void **state) { /* LOG-04 */
    (void)state;
    static const char whole[] = "ab\\x0a\\\\c0ff012345678902001:db8::MODP2048";
    for (size_t cap = 0; cap <= sizeof(whole) + 1; cap++) {
        char *out = malloc(cap > 0 ? cap : 1); /* exactly as large as it says */
        struct ike_text t = ike_text(out, cap);
        fill(&t);
        assert_int_equal(t.len, sizeof(whole) - 1);
        if (cap > 0) {
            size_t fits = cap - 1 < sizeof(whole) - 1 ? cap - 1 : sizeof(whole) - 1;
            assert_int_equal(strlen(out), fits);
            assert_memory_equal(out, whole, fits);
        }
        free(out);
    }
    struct ike_text none = ike_text(NULL, 0);
    fill(&none);
    assert_int_equal(none.len, sizeof(whole) - 1);
}

static void test_address__table__rfc_5952(void **state) { /* RFC 5952 4.2 */
    (void)state;
    static const struct {
        const char *hex, *want;
    } rows[] = {
        {"00000000", "0.0.0.0"},
        {"c0000201", "192.0.2.1"},
        {"ffffffff", "255.255.255.255"},
        {"00*16", "::"},
        {"00*15 01", "::1"},
        {"fe80 00*14", "fe80::"},
        {"20010db8 00*8 00000001", "2001:db8::1"},
        {"20010db8 0000 0001 0001 0001 0001 0001", "2001:db8:0:1:1:1:1:1"},
        {"20010db8 0000 0000 0001 0000 0000 0001", "2001:db8::1:0:0:1"},
        {"2001 0000 0000 0001 0000 0000 0000 0001", "2001:0:0:1::1"},
        {"0102 0304 0506 0708 090a 0b0c 0d0e 0f10", "102:304:506:708:90a:b0c:d0e:f10"},
        {"0001 0002 0003 0004 0005 0006 00000000", "1:2:3:4:5:6::"},
        {"0000 0000 0003 0004 0005 0006 0007 f000", "::3:4:5:6:7:f000"},
        {"0000 0002 0003 0004 0005 0006 0007 0000", "0:2:3:4:5:6:7:0"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[64];
        ikev1_bytes ip = hex_make(rows[i].hex);
        ikev1_address a = {.family = ip.len == 4 ? 4 : 6};
        memcpy(a.ip, ip.data, ip.len);
        struct ike_text t = ike_text(out, sizeof(out));
        ike_text_address(&t, &a);
        ROW_TEXT(rows[i].want, out, rows[i].want);
        hex_free(ip);
    }
    char out[16];
    struct ike_text t = ike_text(out, sizeof(out));
    ike_text_address(&t, &(ikev1_address){0});
    assert_string_equal(out, "none");
}

static void test_u64__extremes__decimal(void **state) {
    (void)state;
    char out[32];
    struct ike_text t = ike_text(out, sizeof(out));
    ike_text_u64(&t, 0);
    ike_text_str(&t, " ");
    ike_text_u64(&t, UINT64_MAX);
    assert_string_equal(out, "0 18446744073709551615");
}

static void test_name__unknown_number__as_a_number(void **state) {
    (void)state;
    char out[32];
    struct ike_text t = ike_text(out, sizeof(out));
    ike_text_name(&t, IKEV1_NAMES_CIPHER, 7);
    ike_text_str(&t, " ");
    ike_text_name(&t, IKEV1_NAMES_CIPHER, 4000000000u);
    assert_string_equal(out, "AES 4000000000");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes__peer_strings__escaped),
        cmocka_unit_test(test_text__every_size_of_buffer__truncated_with_final_nul),
        cmocka_unit_test(test_address__table__rfc_5952),
        cmocka_unit_test(test_u64__extremes__decimal),
        cmocka_unit_test(test_name__unknown_number__as_a_number),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
