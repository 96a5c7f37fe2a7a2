/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, networks and ranges as people write them (mission S9, RFC 4291 2.2). */
#include "support/rows.h"

#include <ikev1/text.h>

#include "base/base.h"

struct good {
    const char *text, *hex; /* addresses: 4 or 16 bytes; selectors: start and end */
    uint8_t protocol;
    uint16_t port;
    const char *again; /* how it is written back; NULL = the same */
};

static ikev1_bytes exact(const char *text) {
    return bytes_copy(ike_bytes(text, strlen(text) + 1));
}

static const struct good ADDRESSES[] = {
    {"0.0.0.0", "00000000", 0, 0, NULL},
    {"192.0.2.1", "c0000201", 0, 0, NULL},
    {" 255.255.255.255\t", "ffffffff", 0, 0, "255.255.255.255"},
    {"192.0.2.1:1", "c0000201", 0, 1, NULL},
    {"192.0.2.1:500", "c0000201", 0, 500, NULL},
    {"192.0.2.1:65535", "c0000201", 0, 65535, NULL},
    {"::", "00*16", 0, 0, NULL},
    {"::1", "00*15 01", 0, 0, NULL},
    {"1::", "0001 00*14", 0, 0, NULL},
    {"2001:db8::1", "20010db8 00*11 01", 0, 0, NULL},
    {"2001:DB8::A", "20010db8 00*11 0a", 0, 0, "2001:db8::a"},
    {"2001:0db8:0000::0001", "20010db8 00*11 01", 0, 0, "2001:db8::1"},
    {"1:2:3:4:5:6:7:8", "00010002000300040005000600070008", 0, 0, NULL},
    {"::2:3:4:5:6:7:8", "00000002000300040005000600070008", 0, 0, "0:2:3:4:5:6:7:8"},
    {"1:2:3:4:5:6:7::", "00010002000300040005000600070000", 0, 0, "1:2:3:4:5:6:7:0"},
    {"::ffff:192.0.2.1", "00*10 ffff c0000201", 0, 0, "::ffff:c000:201"},
    {"1:2:3:4:5:6:192.0.2.1", "000100020003000400050006 c0000201", 0, 0, "1:2:3:4:5:6:c000:201"},
    {"64:ff9b::192.0.2.33", "0064ff9b 00*8 c0000221", 0, 0, "64:ff9b::c000:221"},
    {"[2001:db8::1]", "20010db8 00*11 01", 0, 0, "2001:db8::1"},
    {"[::1]:4500", "00*15 01", 0, 4500, NULL},
};

static void test_address__good__read_and_written_back(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(ADDRESSES); i++) {
        const struct good *row = &ADDRESSES[i];
        ikev1_bytes text = exact(row->text), want = hex_make(row->hex);
        ikev1_address a, again;
        ikev1_text_error error;
        char got[IKEV1_TEXT_SIZE];
        ROW_EQUAL(row->text, ikev1_address_parse((const char *)text.data, &a, &error), IKEV1_OK);
        ROW_EQUAL(row->text, error.what == NULL && error.at == 0 && error.len == 0, true);
        ROW_EQUAL(row->text, a.family, want.len == 4 ? 4 : 6);
        ROW_EQUAL(row->text, memcmp(a.ip, want.data, want.len), 0);
        ROW_EQUAL(row->text, a.port, row->port);
        size_t len = ikev1_address_format(&a, got, sizeof got);
        ROW_EQUAL(row->text, len, strlen(got));
        ROW_TEXT(row->text, got, row->again != NULL ? row->again : row->text);
        ROW_EQUAL(row->text, ikev1_address_parse(got, &again, NULL), IKEV1_OK);
        ROW_EQUAL(row->text, memcmp(&a, &again, sizeof a), 0);
        hex_free(text);
        hex_free(want);
    }
}

struct bad {
    const char *text;
    size_t at, len;
    const char *what;
};

static const struct bad BAD_ADDRESSES[] = {
    {"", 0, 0, "not an address"},
    {"  ", 2, 0, "not an address"},
    {"gw.example.org", 0, 14, "not an address"},
    {" 192.0.2 ", 1, 7, "not an address"},
    {"192.0.2.", 0, 8, "not an address"},
    {".0.2.1", 0, 6, "not an address"},
    {"192.0.2.1.1", 0, 11, "not an address"},
    {"192.0.2.256", 0, 11, "not an address"},
    {"192.0.2.01", 0, 10, "not an address"},
    {"192.0.2.-1", 0, 10, "not an address"},
    {"192.0.2.1 ", 0, 0, NULL},
    {"192.0. 2.1", 0, 10, "not an address"},
    {"192.0.2.4294967297", 0, 18, "not an address"},
    {"192.0.2.1/24", 0, 12, "not an address"},
    {"192.0.2.1:", 10, 0, "not a port"},
    {"192.0.2.1:0", 10, 1, "not a port"},
    {"192.0.2.1:65536", 10, 5, "not a port"},
    {"192.0.2.1:0500", 10, 4, "not a port"},
    {"192.0.2.1:5x", 10, 2, "not a port"},
    {"192.0.2.1x:500", 0, 10, "not an address"},
    {":", 0, 0, "not an address"},
    {":::", 0, 3, "not an address"},
    {"1:::2", 0, 5, "not an address"},
    {"1::2::3", 0, 7, "not an address"},
    {"::1:", 0, 4, "not an address"},
    {":1:2:3:4:5:6:7", 0, 14, "not an address"},
    {"1:2:3:4:5:6:7", 0, 13, "not an address"},
    {"1:2:3:4:5:6:7:8:9", 0, 17, "not an address"},
    {"1:2:3:4:5:6:7:8::", 0, 17, "not an address"},
    {"::1:2:3:4:5:6:7:8", 0, 17, "not an address"},
    {"1:2:3:4::5:6:7:8", 0, 16, "not an address"},
    {"12345::", 0, 7, "not an address"},
    {"::g", 0, 3, "not an address"},
    {"::192.0.2", 0, 9, "not an address"},
    {"::192.0.2.1:1", 0, 13, "not an address"},
    {"1:2:3:4:5:6:7:192.0.2.1", 0, 23, "not an address"},
    {"fe80::1%eth0", 0, 12, "not an address"},
    {"[", 0, 1, "not an address"},
    {"[]", 1, 0, "not an address"},
    {"[::1", 0, 4, "not an address"},
    {"[::1]x", 0, 6, "not an address"},
    {"[::1]:", 6, 0, "not a port"},
    {"[::1]:0", 6, 1, "not a port"},
    {"[192.0.2.1]", 1, 9, "not an address"},
    {"[192.0.2.1]:500", 1, 9, "not an address"},
};

static void check_bad(const struct bad *row, int r, const ikev1_text_error *error) {
    ROW_EQUAL(row->text, r, row->what != NULL ? IKEV1_E_CONFIG : IKEV1_OK);
    if (row->what == NULL)
        return;
    ROW_TEXT(row->text, error->what, row->what);
    ROW_EQUAL(row->text, error->at, row->at);
    ROW_EQUAL(row->text, error->len, row->len);
    ROW_EQUAL(row->text, error->expected != NULL && error->expected[0] != '\0', true);
}

static void test_address__wrong__error_points_at_it(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(BAD_ADDRESSES); i++) {
        ikev1_bytes text = exact(BAD_ADDRESSES[i].text);
        ikev1_address a = {.port = 77};
        ikev1_text_error error;
        int r = ikev1_address_parse((const char *)text.data, &a, &error);
        check_bad(&BAD_ADDRESSES[i], r, &error);
        if (r != IKEV1_OK)
            ROW_EQUAL(BAD_ADDRESSES[i].text, a.port, 77);
        hex_free(text);
    }
}

static const struct good SELECTORS[] = {
    {"10.1.0.0/24", "0a010000 0a0100ff", 0, 0, NULL},
    {"10.1.0.7", "0a010007 0a010007", 0, 0, NULL},
    {"10.1.0.7/32", "0a010007 0a010007", 0, 0, "10.1.0.7"},
    {"0.0.0.0/0", "00000000 ffffffff", 0, 0, NULL},
    {"128.0.0.0/1", "80000000 ffffffff", 0, 0, NULL},
    {"10.1.0.8/29", "0a010008 0a01000f", 0, 0, NULL},
    {"10.1.0.7-10.1.0.9", "0a010007 0a010009", 0, 0, "10.1.0.7 - 10.1.0.9"},
    {" 10.1.0.7 - 10.1.0.9 ", "0a010007 0a010009", 0, 0, "10.1.0.7 - 10.1.0.9"},
    {"10.1.0.7-10.1.0.7", "0a010007 0a010007", 0, 0, "10.1.0.7"},
    {"10.1.0.0-10.1.1.255", "0a010000 0a0101ff", 0, 0, "10.1.0.0/23"},
    {"10.1.0.7[17/1701]", "0a010007 0a010007", 17, 1701, NULL},
    {"10.1.0.7[6]", "0a010007 0a010007", 6, 0, "10.1.0.7[6/0]"},
    {"10.1.0.0/16 [255/65535]", "0a010000 0a01ffff", 255, 65535, "10.1.0.0/16[255/65535]"},
    {"10.1.0.7-10.1.0.9[0/0]", "0a010007 0a010009", 0, 0, "10.1.0.7 - 10.1.0.9"},
    {"10.1.0.7[0/1701]", "0a010007 0a010007", 0, 1701, NULL},
    {"2001:db8::/32", "20010db8 00*12 20010db8 ff*12", 0, 0, NULL},
    {"::/0", "00*16 ff*16", 0, 0, NULL},
    {"::1", "00*15 01 00*15 01", 0, 0, NULL},
    {"::1/128", "00*15 01 00*15 01", 0, 0, "::1"},
    {"::1-::3", "00*15 01 00*15 03", 0, 0, "::1 - ::3"},
    {"2001:db8::/64[17/500]", "20010db8 00*12 20010db8 00*4 ff*8", 17, 500, NULL},
};

static void test_selector__good__read_and_written_back(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(SELECTORS); i++) {
        const struct good *row = &SELECTORS[i];
        ikev1_bytes text = exact(row->text), want = hex_make(row->hex);
        ikev1_selector s, again;
        char got[IKEV1_TEXT_SIZE];
        size_t size = want.len / 2;
        ROW_EQUAL(row->text, ikev1_selector_parse((const char *)text.data, &s, NULL), IKEV1_OK);
        ROW_EQUAL(row->text, s.family, size == 4 ? 4 : 6);
        ROW_EQUAL(row->text, memcmp(s.start, want.data, size), 0);
        ROW_EQUAL(row->text, memcmp(s.end, want.data + size, size), 0);
        ROW_EQUAL(row->text, s.protocol, row->protocol);
        ROW_EQUAL(row->text, s.port, row->port);
        size_t len = ikev1_selector_format(&s, got, sizeof got);
        ROW_EQUAL(row->text, len, strlen(got));
        ROW_TEXT(row->text, got, row->again != NULL ? row->again : row->text);
        ROW_EQUAL(row->text, ikev1_selector_parse(got, &again, NULL), IKEV1_OK);
        ROW_EQUAL(row->text, memcmp(&s, &again, sizeof s), 0);
        hex_free(text);
        hex_free(want);
    }
}

static const struct bad BAD_SELECTORS[] = {
    {"", 0, 0, "not an address"},
    {"[17/1701]", 0, 0, "not an address"},
    {"/24", 0, 0, "not an address"},
    {"-", 0, 0, "not an address"},
    {"gw/24", 0, 2, "not an address"},
    {"10.1.0.0:500", 0, 12, "not an address"},
    {"10.1.0.1/24", 0, 11, "the network has bits behind its prefix"},
    {"2001:db8::1/64", 0, 14, "the network has bits behind its prefix"},
    {"10.1.0.0/", 9, 0, "not a prefix length"},
    {"10.1.0.0/33", 9, 2, "not a prefix length"},
    {"10.1.0.0/08", 9, 2, "not a prefix length"},
    {"10.1.0.0/x", 9, 1, "not a prefix length"},
    {"10.1.0.0/24/24", 9, 5, "not a prefix length"},
    {"10.1.0.0/255.255.255.0", 9, 13, "not a prefix length"},
    {"10.1.0.0/24-10.1.1.0/24", 9, 14, "not a prefix length"},
    {"::/129", 3, 3, "not a prefix length"},
    {"10.1.0.9-", 9, 0, "not the end of that range"},
    {"10.1.0.9-10.1.0.8", 9, 8, "not the end of that range"},
    {"10.1.0.9 - gw", 11, 2, "not the end of that range"},
    {"10.1.0.9-::1", 9, 3, "not the end of that range"},
    {"::1-10.1.0.9", 4, 8, "not the end of that range"},
    {"10.1.0.1-10.1.0.2-10.1.0.3", 9, 17, "not the end of that range"},
    {"10.1.0.9[", 8, 1, "not [protocol/port]"},
    {"10.1.0.9[]", 8, 2, "not [protocol/port]"},
    {"10.1.0.9[17", 8, 3, "not [protocol/port]"},
    {"10.1.0.9[17/]", 8, 5, "not [protocol/port]"},
    {"10.1.0.9[/500]", 8, 6, "not [protocol/port]"},
    {"10.1.0.9[256]", 8, 5, "not [protocol/port]"},
    {"10.1.0.9[17/65536]", 8, 10, "not [protocol/port]"},
    {"10.1.0.9[17/500]x", 8, 9, "not [protocol/port]"},
    {"10.1.0.9[17/500][17/500]", 8, 16, "not [protocol/port]"},
    {"10.1.0.9[17/500/1]", 8, 10, "not [protocol/port]"},
    {"10.1.0.9[udp/500]", 8, 9, "not [protocol/port]"},
};

static void test_selector__wrong__error_points_at_it(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(BAD_SELECTORS); i++) {
        ikev1_bytes text = exact(BAD_SELECTORS[i].text);
        ikev1_selector s = {.port = 77};
        ikev1_text_error error;
        int r = ikev1_selector_parse((const char *)text.data, &s, &error);
        check_bad(&BAD_SELECTORS[i], r, &error);
        ROW_EQUAL(BAD_SELECTORS[i].text, s.port, 77);
        ROW_EQUAL(BAD_SELECTORS[i].text, ikev1_selector_parse((const char *)text.data, &s, NULL),
                  IKEV1_E_CONFIG);
        hex_free(text);
    }
}

static void test_format__family_0__none(void **state) {
    (void)state;
    char text[IKEV1_TEXT_SIZE];
    ikev1_address_format(&(ikev1_address){.port = 500}, text, sizeof text);
    assert_string_equal(text, "none");
    ikev1_selector_format(&(ikev1_selector){0}, text, sizeof text);
    assert_string_equal(text, "none");
}

static void test_format__every_size__cut_and_terminated(void **state) {
    (void)state;
    static const ikev1_address A = {4, {255, 255, 255, 254}, 65535};
    static const ikev1_selector S = {4, 255, 65535, {10, 1, 0, 7}, {10, 1, 0, 9}};
    static const char *const WANT[2] = {"255.255.255.254:65535", "10.1.0.7 - 10.1.0.9[255/65535]"};
    for (size_t which = 0; which < 2; which++)
        for (size_t cap = 0; cap <= strlen(WANT[which]) + 2; cap++) {
            char *out = malloc(cap + 1);
            out[cap] = '!';
            size_t len = which == 0 ? ikev1_address_format(&A, out, cap)
                                    : ikev1_selector_format(&S, out, cap);
            assert_int_equal(len, strlen(WANT[which]));
            assert_int_equal(out[cap], '!');
            if (cap > 0) {
                assert_int_equal(strlen(out), cap - 1 < len ? cap - 1 : len);
                assert_memory_equal(out, WANT[which], strlen(out));
            }
            free(out);
        }
}

static void test_parse__null_arguments__refused(void **state) {
    (void)state;
    ikev1_address a;
    ikev1_selector s;
    assert_int_equal(ikev1_address_parse(NULL, &a, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_address_parse("::", NULL, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_selector_parse(NULL, &s, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_selector_parse("::", NULL, NULL), IKEV1_E_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_address__good__read_and_written_back),
        cmocka_unit_test(test_address__wrong__error_points_at_it),
        cmocka_unit_test(test_selector__good__read_and_written_back),
        cmocka_unit_test(test_selector__wrong__error_points_at_it),
        cmocka_unit_test(test_format__family_0__none),
        cmocka_unit_test(test_format__every_size__cut_and_terminated),
        cmocka_unit_test(test_parse__null_arguments__refused),
    };
    return cmocka_run_group_tests_name("text_address", tests, NULL, NULL);
}
