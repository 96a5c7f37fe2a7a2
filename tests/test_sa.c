/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The structure of SA payloads, read and written: RFC 2408 2.4, 3.3-3.6, 4.2, RFC
 * 2407 4.2.1, 4.6.1. What transforms mean: test_suite.c.
 */
#include "support/rows.h"

#include "wire/wire.h"

#define DOI    "00000001 00000001 "
#define T      "0000000c 01 01 0000 80010007 " /* a transform, the last one */
#define T_MORE "0300000c 01 01 0000 80010007 " /* one that another follows */
#define P1     "00000014 01 01 00 01 " T       /* a proposal, the last one */

static const struct {
    const char *name, *hex;
    int want;
} ROWS[] = {
    {"one transform", DOI P1, IKEV1_OK},
    {"two transforms", DOI "00000020 01 01 00 02 " T_MORE T, IKEV1_OK},
    {"transform without attributes", DOI "00000010 01 01 00 01 00000008 01 01 0000", IKEV1_OK},
    {"SPI of 4", DOI "00000018 01 03 04 01 aabbccdd " T, IKEV1_OK},
    /* SAP-01 */
    {"no proposal", DOI, IKEV1_E_SA_SYNTAX},
    {"no transform", DOI "00000008 01 01 00 00", IKEV1_E_SA_SYNTAX},
    {"no transform, one claimed", DOI "00000008 01 01 00 01", IKEV1_E_SA_SYNTAX},
    /* SAP-02 */
    {"claims 0 transforms", DOI "00000014 01 01 00 00 " T, IKEV1_E_SA_SYNTAX},
    {"claims 2 of 1", DOI "00000014 01 01 00 02 " T, IKEV1_E_SA_SYNTAX},
    {"claims 255 of 1", DOI "00000014 01 01 00 ff " T, IKEV1_E_SA_SYNTAX},
    {"claims 1 of 2", DOI "00000020 01 01 00 01 " T_MORE T, IKEV1_E_SA_SYNTAX},
    {"proposal cuts the transform", DOI "00000013 01 01 00 01 " T, IKEV1_E_SA_SYNTAX},
    {"proposal beyond the payload", DOI "00000015 01 01 00 01 " T, IKEV1_E_SA_SYNTAX},
    {"proposal length 0", DOI "00000000 01 01 00 01 " T, IKEV1_E_SA_SYNTAX},
    {"proposal length 7", DOI "00000007 01 01 00 01 " T, IKEV1_E_SA_SYNTAX},
    {"proposal length ffff", DOI "0000ffff 01 01 00 01 " T, IKEV1_E_SA_SYNTAX},
    {"transform length 0", DOI "00000014 01 01 00 01 00000000 01 01 0000 80010007",
     IKEV1_E_SA_SYNTAX},
    {"transform length 7", DOI "00000014 01 01 00 01 00000007 01 01 0000 80010007",
     IKEV1_E_SA_SYNTAX},
    {"transform one too long", DOI "00000014 01 01 00 01 0000000d 01 01 0000 80010007",
     IKEV1_E_SA_SYNTAX},
    {"transform length ffff", DOI "00000014 01 01 00 01 0000ffff 01 01 0000 80010007",
     IKEV1_E_SA_SYNTAX},
    {"1 byte after the transform", DOI "00000015 01 01 00 01 " T "00", IKEV1_E_SA_SYNTAX},
    {"1 byte after the proposal", DOI P1 "00", IKEV1_E_SA_SYNTAX},
    /* next-payload fields, RFC 2408 3.5, 3.6 */
    {"another proposal announced", DOI "02000014 01 01 00 01 " T, IKEV1_E_SA_SYNTAX},
    {"second proposal not announced", DOI P1 P1, IKEV1_E_SA_SYNTAX},
    {"proposal followed by type 3", DOI "03000014 01 01 00 01 " T P1, IKEV1_E_SA_SYNTAX},
    {"another transform announced", DOI "00000014 01 01 00 01 " T_MORE, IKEV1_E_SA_SYNTAX},
    {"second transform not announced", DOI "00000020 01 01 00 02 " T T, IKEV1_E_SA_SYNTAX},
    /* PAY-05 */
    {"reserved in proposal", DOI "00010014 01 01 00 01 " T, IKEV1_E_RESERVED},
    {"reserved in transform", DOI "00000014 01 01 00 01 0001000c 01 01 0000 80010007",
     IKEV1_E_RESERVED},
    {"second reserved in transform", DOI "00000014 01 01 00 01 0000000c 01 01 0001 80010007",
     IKEV1_E_RESERVED},
    /* SAP-03 */
    {"attribute of 3 bytes", DOI "00000013 01 01 00 01 0000000b 01 01 0000 800100",
     IKEV1_E_SA_SYNTAX},
    {"attribute one too long", DOI "00000014 01 01 00 01 0000000c 01 01 0000 00010001",
     IKEV1_E_SA_SYNTAX},
    {"attribute ffff", DOI "00000014 01 01 00 01 0000000c 01 01 0000 0001ffff", IKEV1_E_SA_SYNTAX},
    /* SAP-09: how many proposals phase 1 may have is decided later */
    {"SPI of 8", DOI "0000001c 01 01 08 01 aa*8 " T, IKEV1_OK},
    {"SPI of 16", DOI "00000024 01 01 10 01 aa*16 " T, IKEV1_OK},
    {"SPI of 17", DOI "00000025 01 01 11 01 aa*17 " T, IKEV1_E_SA_SYNTAX},
    {"SPI of 255", DOI "00000113 01 01 ff 01 aa*255 " T, IKEV1_E_SA_SYNTAX},
    {"SPI over the proposal", DOI "00000014 01 01 0d 01 " T, IKEV1_E_SA_SYNTAX},
    /* SAP-10 */
    {"starts at 0", DOI "00000014 00 01 00 01 " T, IKEV1_OK},
    {"starts at 200", DOI "00000014 c8 01 00 01 " T, IKEV1_OK},
    {"rising with a gap", DOI "02000014 01 01 00 01 " T "00000014 07 01 00 01 " T, IKEV1_OK},
    {"equal: AND", DOI "02000014 01 02 00 01 " T "00000014 01 03 00 01 " T, IKEV1_OK},
    {"falling", DOI "02000014 02 01 00 01 " T "00000014 01 01 00 01 " T, IKEV1_E_SA_SYNTAX},
    {"equal, but later",
     DOI "02000014 01 01 00 01 " T "02000014 02 01 00 01 " T "00000014 01 01 00 01 " T,
     IKEV1_E_SA_SYNTAX},
    /* SAP-12 */
    {"DOI 0", "00000000 00000001 " P1, IKEV1_E_DOI},
    {"DOI 2", "00000002 00000001 " P1, IKEV1_E_DOI},
    {"DOI ffffffff", "ffffffff 00000001 " P1, IKEV1_E_DOI},
    {"situation 0", "00000001 00000000 " P1, IKEV1_E_DOI},
    {"situation 2", "00000001 00000002 " P1, IKEV1_E_DOI},
    {"situation 3", "00000001 00000003 " P1, IKEV1_E_DOI},
    {"situation 4", "00000001 00000004 " P1, IKEV1_E_DOI},
    {"situation ffffffff", "00000001 ffffffff " P1, IKEV1_E_DOI},
    {"situation cut", "00000001 000000", IKEV1_E_SA_SYNTAX},
    {"empty", "", IKEV1_E_SA_SYNTAX},
};

static void test_sa_check__table__exact_error(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        ikev1_bytes in = hex_make(ROWS[i].hex);
        ikev1_why why = {0};
        ROW_EQUAL(ROWS[i].name, ike_sa_check(in, &why), ROWS[i].want);
        ROW_EQUAL(ROWS[i].name, why.code, ROWS[i].want);
        ROW_EQUAL(ROWS[i].name, why.payload, ROWS[i].want == IKEV1_OK ? 0 : IKEV1_PAYLOAD_SA);
        ROW_EQUAL(ROWS[i].name, ike_sa_check(in, NULL), ROWS[i].want);
        hex_free(in);
    }
}

static void test_sa_check__situation__notification_of_its_own(void **state) {
    (void)state;
    ikev1_bytes in = hex_make("00000001 00000002 " P1);
    ikev1_why why = {0};
    ike_sa_check(in, &why);
    assert_int_equal(why.notify, IKEV1_NOTIFY_SITUATION_NOT_SUPPORTED);
    hex_free(in);
}

/* An SA of `proposals` with `transforms` each, written by our own writer. */
static ikev1_bytes build(size_t proposals, size_t transforms, bool *written) {
    size_t cap = 8 + proposals * (8 + transforms * 12);
    uint8_t *buf = malloc(cap);
    struct ike_writer w = ike_writer(buf, cap);
    struct ike_sa_writer s;
    ike_sa_begin(&s, &w);
    for (size_t p = 0; p < proposals; p++) {
        ike_sa_proposal(&s, (uint8_t)(p + 1), IKEV1_PROTO_ISAKMP, ike_bytes(NULL, 0));
        for (size_t i = 0; i < transforms; i++)
            ike_sa_transform1(&s, &(struct ike_suite){.id = 1, .cipher = IKEV1_CIPHER_AES});
    }
    ike_sa_end(&s);
    *written = ike_written(&w) == cap;
    return ike_bytes(buf, cap);
}

static void test_sa_check__limits__n_and_one_past(void **state) { /* SAP-11 */
    (void)state;
    static const struct {
        const char *name;
        size_t proposals, transforms;
        int want;
        const char *theirs, *ours;
    } rows[] = {
        {"1 transform", 1, 1, IKEV1_OK, "", ""},
        {"255 transforms", 1, 255, IKEV1_OK, "", ""},
        {"256 transforms in two", 2, 128, IKEV1_OK, "", ""},
        {"258 transforms in two", 2, 129, IKEV1_E_TRANSFORMS, "257 transforms", "256 transforms"},
        {"5000 transforms", 20, 250, IKEV1_E_TRANSFORMS, "257 transforms", "256 transforms"},
        {"32 proposals", IKE_MAX_PROPOSALS, 1, IKEV1_OK, "", ""},
        {"33 proposals", IKE_MAX_PROPOSALS + 1, 1, IKEV1_E_TRANSFORMS, "33 proposals",
         "32 proposals"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool written;
        ikev1_bytes in = build(rows[i].proposals, rows[i].transforms, &written);
        ROW_EQUAL(rows[i].name, written, true);
        ikev1_why why = {0};
        ROW_EQUAL(rows[i].name, ike_sa_check(in, &why), rows[i].want);
        ROW_TEXT(rows[i].name, why.theirs, rows[i].theirs);
        ROW_TEXT(rows[i].name, why.ours, rows[i].ours);
        hex_free(in);
    }
}

static void test_sa_check__attributes_of_a_transform__n_and_one_past(void **state) {
    (void)state;
    ikev1_bytes at = hex_make(DOI "00000090 01 01 00 01 00000088 01 01 0000 80010007 00*124");
    ikev1_bytes past = hex_make(DOI "00000094 01 01 00 01 0000008c 01 01 0000 80010007 00*128");
    assert_int_equal(ike_sa_check(at, NULL), IKEV1_OK);
    ikev1_why why = {0};
    assert_int_equal(ike_sa_check(past, &why), IKEV1_E_TRANSFORMS);
    assert_string_equal(why.theirs, "33 attributes");
    assert_string_equal(why.ours, "32 attributes");
    hex_free(at);
    hex_free(past);
}

static void test_sa_check__every_truncation__refused(void **state) {
    (void)state;
    bool written;
    ikev1_bytes whole = build(3, 2, &written);
    for (size_t len = 0; len < whole.len; len++) {
        ikev1_bytes cut = bytes_copy(ike_bytes(whole.data, len));
        assert_int_equal(ike_sa_check(cut, NULL), IKEV1_E_SA_SYNTAX);
        hex_free(cut);
    }
    hex_free(whole);
}

static void test_iterators__and_bundle__all_of_it(void **state) {
    (void)state;
    ikev1_bytes in = hex_make(DOI "02000018 01 02 04 01 aabbccdd 0000000c 05 03 0000 80050002"
                                  "00000024 01 03 04 02 11223344 0300000c 01 0c 0000 80060080"
                                  "0000000c 02 03 0000 80050002");
    assert_int_equal(ike_sa_check(in, NULL), IKEV1_OK);
    struct ike_reader proposals = ike_sa_proposals(in);
    struct ike_proposal p;
    struct ike_transform t;
    assert_true(ike_proposal_next(&proposals, &p));
    assert_int_equal(p.number, 1);
    assert_int_equal(p.protocol, IKEV1_PROTO_AH);
    assert_int_equal(p.transforms, 1);
    assert_int_equal(p.spi.len, 4);
    assert_ptr_equal(p.spi.data, in.data + 16);
    assert_true(ike_transform_next(&p, &t));
    assert_int_equal(t.number, 5);
    assert_int_equal(t.id, IKEV1_AH_SHA);
    assert_int_equal(t.attrs.len, 4);
    assert_false(ike_transform_next(&p, &t));
    assert_true(ike_proposal_next(&proposals, &p));
    assert_int_equal(p.number, 1);
    assert_int_equal(p.transforms, 2);
    assert_true(ike_transform_next(&p, &t));
    assert_int_equal(t.id, IKEV1_ESP_AES_CBC);
    assert_true(ike_transform_next(&p, &t));
    assert_int_equal(t.number, 2);
    assert_false(ike_transform_next(&p, &t));
    assert_false(ike_proposal_next(&proposals, &p));
    hex_free(in);
}

static void test_iterators__body_that_was_not_checked__end(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        ikev1_bytes in = hex_make(ROWS[i].hex);
        struct ike_reader proposals = ike_sa_proposals(in);
        struct ike_proposal p;
        struct ike_transform t;
        size_t steps = 0;
        while (ike_proposal_next(&proposals, &p) && steps++ < 100)
            while (ike_transform_next(&p, &t))
                steps++;
        ROW_EQUAL(ROWS[i].name, steps < 100, true);
        hex_free(in);
    }
}

static void test_writer__two_proposals__bytes_of_rfc_2408(void **state) {
    (void)state;
    uint8_t buf[256];
    struct ike_writer w = ike_writer(buf, sizeof(buf));
    struct ike_sa_writer s;
    ike_sa_begin(&s, &w);
    ike_sa_proposal(&s, 1, IKEV1_PROTO_ESP, ike_bytes("\xaa\xbb\xcc\xdd", 4));
    ike_sa_transform2(&s, &(struct ike_suite){.transform = 1, .id = 12, .key_bits = 256});
    ike_sa_transform2(&s, &(struct ike_suite){.transform = 2, .id = 3});
    ike_sa_proposal(&s, 2, IKEV1_PROTO_AH, ike_bytes("\x11\x22\x33\x44", 4));
    ike_sa_transform2(&s, &(struct ike_suite){.transform = 1, .id = 3, .integrity = 2});
    ike_sa_end(&s);
    ikev1_bytes want = hex_make(DOI "02000020 01 03 04 02 aabbccdd 0300000c 01 0c 0000 80060100"
                                    "00000008 02 03 0000"
                                    "00000018 02 02 04 01 11223344 0000000c 01 03 0000 80050002");
    assert_int_equal(ike_written(&w), want.len);
    assert_memory_equal(buf, want.data, want.len);
    assert_int_equal(ike_sa_check(want, NULL), IKEV1_OK);
    hex_free(want);
}

static void test_writer__too_small_or_too_many__bad(void **state) {
    (void)state;
    static uint8_t buf[8192];
    const struct ike_suite suite = {.transform = 1, .id = 1, .cipher = 7, .life_seconds = 86400};
    size_t whole = 8 + 8 + 8 + 4 + 4 + 8;
    for (size_t cap = 0; cap <= whole; cap++) {
        uint8_t *small = malloc(cap > 0 ? cap : 1);
        struct ike_writer w = ike_writer(small, cap);
        struct ike_sa_writer s;
        ike_sa_begin(&s, &w);
        ike_sa_proposal(&s, 1, IKEV1_PROTO_ISAKMP, ike_bytes(NULL, 0));
        ike_sa_transform1(&s, &suite);
        ike_sa_end(&s);
        assert_int_equal(ike_written(&w), cap == whole ? whole : 0);
        free(small);
    }
    for (int count = 255; count <= 256; count++) {
        struct ike_writer w = ike_writer(buf, sizeof(buf));
        struct ike_sa_writer s;
        ike_sa_begin(&s, &w);
        ike_sa_proposal(&s, 1, IKEV1_PROTO_ISAKMP, ike_bytes(NULL, 0));
        for (int i = 0; i < count; i++)
            ike_sa_transform1(&s, &suite);
        ike_sa_end(&s);
        assert_int_equal(w.bad, count == 256);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sa_check__table__exact_error),
        cmocka_unit_test(test_sa_check__situation__notification_of_its_own),
        cmocka_unit_test(test_sa_check__limits__n_and_one_past),
        cmocka_unit_test(test_sa_check__attributes_of_a_transform__n_and_one_past),
        cmocka_unit_test(test_sa_check__every_truncation__refused),
        cmocka_unit_test(test_iterators__and_bundle__all_of_it),
        cmocka_unit_test(test_iterators__body_that_was_not_checked__end),
        cmocka_unit_test(test_writer__two_proposals__bytes_of_rfc_2408),
        cmocka_unit_test(test_writer__too_small_or_too_many__bad),
    };
    return cmocka_run_group_tests_name("sa", tests, NULL, NULL);
}
