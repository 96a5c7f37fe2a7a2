/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of vendor IDs: exchange/vendor_table.c against the list it was made from, whole and in
 * parts. PAY-12, mission P6.
 */
#include <stdio.h>
#include <stdlib.h>

#include <ikev1/log.h>

#include "exchange/vendor.h"
#include "support/rows.h"
#include "support/vectors.h"

enum { LINE = 2048, ID = 64 };

static const char *text_of(ikev1_bytes vid) {
    static char text[128];
    struct ike_vendor v;
    struct ike_text t = ike_text(text, sizeof text);
    if (!ike_vendor_find(vid, &v))
        return NULL;
    ike_vendor_text(&t, &v);
    return text;
}

static ikev1_bytes from_hex(const char *hex, size_t digits, uint8_t out[ID]) {
    assert_true(digits % 2 == 0 && digits / 2 <= ID);
    for (size_t i = 0; i < digits / 2; i++) {
        const char two[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        out[i] = (uint8_t)strtoul(two, NULL, 16);
    }
    return ike_bytes(out, digits / 2);
}

/* ---- every ID of the reference ---- */

static FILE *reference(void) {
    const char *shared = getenv("IKEV1_SHARED");
    char path[512];
    struct ike_text t = ike_text(path, sizeof path);
    ike_text_str(&t, shared != NULL ? shared : "../shared");
    ike_text_str(&t, "/reference/vendor-ids.md");
    return fopen(path, "r");
}

/* Each run of hex digits between back quotes; those of prose are shorter or none. */
static size_t check_line(const char *line) {
    size_t found = 0;
    uint8_t raw[ID];
    for (const char *at = line; (at = strchr(at, '`')) != NULL;) {
        const size_t digits = strspn(++at, "0123456789abcdef");
        if (at[digits] != '`') {
            continue;
        }
        const bool whole = at[-2] == '=' || at[-2] == ' ';
        if (digits >= 8 && whole && (line[0] == '|' || line[0] == '-')) {
            if (text_of(from_hex(at, digits, raw)) == NULL)
                fail_msg("not known: %.*s", (int)digits, at);
            found++;
        }
        at += digits + 1;
    }
    return found;
}

static void test_vendor__each_of_the_reference__has_a_name(void **state) {
    FILE *f = reference();
    char line[LINE * 8];
    size_t found = 0;
    (void)state;
    if (f == NULL)
        skip();
    while (fgets(line, sizeof line, f) != NULL)
        found += check_line(line);
    fclose(f);
    assert_true(found > 140);
}

/* ---- tails ---- */

static const struct {
    const char *bytes, *text;
    size_t len;
} TAILS[] = {
    {"OE-Libreswan-4.10", "Libreswan 4.10", 17},
    {"OE-Libreswan-", "Libreswan", 13},
    {"OEabcdefghij", "FreeS/WAN or Openswan", 12},
    {"OSWabcdefghi", "Openswan", 12},
    {"OSWabcdefghij", NULL, 13},
    {"\x1e\x2b\x51\x69\x05\x99\x1c\x7d\x7c\x96\xfc\xbf\xb5\x87\xe4\x61\0\0\0\x08",
     "Microsoft Windows 2008 R2", 20},
    {"\x1e\x2b\x51\x69\x05\x99\x1c\x7d\x7c\x96\xfc\xbf\xb5\x87\xe4\x61\0\0\0\x77",
     "Microsoft Windows 10 or later", 20},
    {"\x1e\x2b\x51\x69\x05\x99\x1c\x7d\x7c\x96\xfc\xbf\xb5\x87\xe4\x61", "Microsoft Windows NT",
     16},
    {"\x47\xbb\xe7\xc9\x93\xf1\xfc\x13\xb4\xe6\xd0\xdb\x56\x5c\x68\xe5\1\2\1\1\2\1\1\3\x06"
     "10.3.5\0\0\0",
     "SafeNet SoftRemote 10.3.5", 34},
    {"\x47\xbb\xe7\xc9\x93\xf1\xfc\x13\xb4\xe6\xd0\xdb\x56\x5c\x68\xe5\1\2\1\1\2\1\1\3\x60"
     "10.3.5",
     "SafeNet SoftRemote", 31},
    {"\xf4\xed\x19\xe0\xc1\x14\xeb\x51\x6f\xaa\xac\x0e\xe3\x7d\xaf\x28\x07\xb4\x38\x1f\0\0\0\1",
     "Check Point 00000001", 24},
    {"\xda\x8e\x93\x78\x80\x01\0\0", "SonicWall 2", 8}, /* the longer of two prefixes */
    {"\xda\x8e\x93\x78\x80", "SafeNet or WatchGuard 80", 5},
    {"\x09\x00\x26\x89\xdf\xd6\xb7\x12", "XAUTH", 8},
    {"\x44\x85\x15\x2d\x18\xb6\xbb\xcc\x0b\xe8\xa8\x46\x95\x79\xdd\xcc",
     "draft-ietf-ipsec-nat-t-ike-00 (Avaya)", 16},
    {"nobody", NULL, 6},
    {"", NULL, 0},
};

static void test_vendor__tail__tells_the_version(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(TAILS); i++) {
        const char *text = text_of(ike_bytes(TAILS[i].bytes, TAILS[i].len));
        if ((text == NULL) != (TAILS[i].text == NULL) ||
            (text != NULL && strcmp(text, TAILS[i].text) != 0))
            fail_msg("%zu: %s", i, text != NULL ? text : "nobody");
    }
}

/* ---- capabilities ---- */

/* PAY-12: no part of an ID, and nothing behind it, turns anything on. */
static void test_vendor__part_of_a_capability__is_none(void **state) {
    (void)state;
    for (uint8_t can = 0; can < IKE_CAN_COUNT; can++) {
        const ikev1_bytes whole = ike_vendor_bytes(can);
        assert_in_range(whole.len, 8, 20);
        assert_int_equal(ike_vendor_can(whole), can);
        for (size_t len = 0; len < whole.len; len++) {
            uint8_t *part = malloc(len + 1); /* exactly as long: a sanitizer sees an over-read */
            assert_non_null(part);
            uint8_t *shifted = part + 1;
            memcpy(shifted, whole.data, len);
            const uint8_t got = ike_vendor_can(ike_bytes(shifted, len));
            if (got != IKE_CAN_NOTHING && !(can == IKE_CAN_FRAGMENTS && len == 16))
                fail_msg("capability %u from %zu bytes", can, len);
            free(part);
        }
        uint8_t longer[ID] = {0};
        memcpy(longer, whole.data, whole.len);
        assert_int_equal(ike_vendor_can(ike_bytes(longer, whole.len + 1)), IKE_CAN_NOTHING);
        longer[0] ^= 1;
        assert_int_not_equal(ike_vendor_can(ike_bytes(longer, whole.len)), can);
    }
}

/* RFC 3706 5.1: the last two bytes are a version. */
static void test_vendor__version_of_dpd__any(void **state) {
    uint8_t dpd[16];
    (void)state;
    memcpy(dpd, ike_vendor_bytes(IKE_CAN_DPD).data, sizeof dpd);
    dpd[15] = 7;
    assert_int_equal(ike_vendor_can(ike_bytes(dpd, sizeof dpd)), IKE_CAN_DPD);
}

/* All of them but one of strongSwan's hundred releases, which the reference leaves out too, and the
 * bare hash of CISCO-UNITY: sent, its last two bytes are a version. */
static void test_vendor__each_of_the_vectors__has_a_name(void **state) {
    struct vec_file *f = vec_open("messages/vendor_ids.txt");
    size_t cases = 0;
    (void)state;
    if (f == NULL)
        skip();
    for (; vec_next(f); cases++) {
        const char *name = vec_text(f, "case");
        const ikev1_bytes md5 = vec_hex(f, "md5");
        const bool left_out =
            strcmp(name, "\"strongSwan 4.0.0\"") == 0 || strcmp(name, "\"CISCO-UNITY\"") == 0;
        ROW_EQUAL(name, text_of(md5.data != NULL ? md5 : vec_hex(f, "vid")) == NULL, left_out);
    }
    vec_close(f);
    assert_in_range(cases, 40, 1000);
}

/* ---- names of habits ---- */

static void test_vendor_format__known_and_unknown__name_or_nothing(void **state) {
    uint8_t id[ID];
    char text[64] = "left", small[4];
    (void)state;

    const ikev1_bytes dpd = from_hex("afcad71368a1f1c96b8696fc77570100", 32, id);
    const size_t len = ikev1_vendor_format(dpd, text, sizeof text);
    assert_string_equal(text, text_of(dpd));
    assert_int_equal(len, strlen(text));
    assert_int_equal(ikev1_vendor_format(dpd, small, sizeof small), len);
    assert_int_equal(strlen(small), 3);
    assert_int_equal(ikev1_vendor_format(ike_bytes("nobody's", 8), text, sizeof text), 0);
    assert_string_equal(text, "");
    assert_int_equal(ikev1_vendor_format(ike_bytes(NULL, 0), text, sizeof text), 0);
}

static void test_quirk_name__each_bit__one_of_its_own(void **state) {
    (void)state;
    for (uint32_t a = 1; a != 0; a <<= 1) {
        const char *name = ikev1_quirk_name(a);
        assert_int_equal(name != NULL, (a & IKEV1_QUIRKS_ALL) != 0);
        for (uint32_t b = 1; name != NULL && b < a; b <<= 1)
            assert_string_not_equal(name, ikev1_quirk_name(b));
    }
    assert_null(ikev1_quirk_name(0));
    assert_null(ikev1_quirk_name(3));
    assert_string_equal(ikev1_quirk_name(IKEV1_QUIRK_CIPHER_PADDING), "cipher-padding");
    assert_int_equal(IKEV1_QUIRKS_DEFAULT & (IKEV1_QUIRK_CLEAR_MAIN_5 | IKEV1_QUIRK_DH_DOWNGRADE),
                     0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vendor__each_of_the_reference__has_a_name),
        cmocka_unit_test(test_vendor__each_of_the_vectors__has_a_name),
        cmocka_unit_test(test_vendor__tail__tells_the_version),
        cmocka_unit_test(test_vendor__part_of_a_capability__is_none),
        cmocka_unit_test(test_vendor__version_of_dpd__any),
        cmocka_unit_test(test_vendor_format__known_and_unknown__name_or_nothing),
        cmocka_unit_test(test_quirk_name__each_bit__one_of_its_own),
    };
    return cmocka_run_group_tests_name("vendor", tests, NULL, NULL);
}
