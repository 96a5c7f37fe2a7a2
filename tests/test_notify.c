/* SPDX-License-Identifier: Apache-2.0 */
/* Notifications and deletes: RFC 2408 3.14, 3.15. SPIs by protocol: RFC 2408 2.4, RFC 2407 4.4, and
 * a CPI: RFC 3173 2. */
#include "support/rows.h"

#include "wire/wire.h"

static const struct {
    const char *name, *hex;
    int want;
} NOTIFIES[] = {
    {"no SPI, no data", "00000001 01 00 000e", IKEV1_OK},
    {"generic DOI", "00000000 01 00 000e", IKEV1_OK},
    {"SPI of 16 and data", "00000001 01 10 8d28 aa*16 00000001", IKEV1_OK},
    {"SPI of 8", "00000001 01 08 8d28 aa*8 00000001", IKEV1_OK}, /* INF-11 */
    {"protocol 0", "00000001 00 00 000e", IKEV1_OK},
    {"data of 64 KB", "00000001 01 00 000e 41*65523", IKEV1_OK},
    /* INF-09 */
    {"SPI one byte too long", "00000001 03 04 000e aabbcc", IKEV1_E_NOTIFY_SYNTAX},
    {"SPI of 16 with 4 bytes", "00000001 01 10 000e aabbccdd", IKEV1_E_NOTIFY_SYNTAX},
    {"SPI of 17", "00000001 01 11 000e aa*17", IKEV1_E_NOTIFY_SYNTAX},
    {"SPI of 255", "00000001 01 ff 000e aa*255", IKEV1_E_NOTIFY_SYNTAX},
    {"7 bytes", "00000001 01 00 00", IKEV1_E_NOTIFY_SYNTAX},
    {"empty", "", IKEV1_E_NOTIFY_SYNTAX},
    {"DOI 2", "00000002 01 00 000e", IKEV1_E_DOI},
    {"DOI ffffffff", "ffffffff 01 00 000e", IKEV1_E_DOI},
};

static void test_notify__table__exact_error(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(NOTIFIES); i++) {
        ikev1_bytes in = hex_make(NOTIFIES[i].hex);
        struct ike_notify n;
        ikev1_why why = {0};
        ROW_EQUAL(NOTIFIES[i].name, ike_notify_decode(&n, in, &why), NOTIFIES[i].want);
        ROW_EQUAL(NOTIFIES[i].name, why.code, NOTIFIES[i].want);
        ROW_EQUAL(NOTIFIES[i].name, ike_notify_decode(&n, in, NULL), NOTIFIES[i].want);
        hex_free(in);
    }
}

static void test_notify__every_type__decoded(void **state) { /* INF-09 */
    (void)state;
    for (uint32_t type = 0; type <= 0xffff; type++) {
        uint8_t body[8] = {0, 0, 0, 1, 1, 0, (uint8_t)(type >> 8), (uint8_t)type};
        struct ike_notify n;
        assert_int_equal(ike_notify_decode(&n, ike_bytes(body, sizeof(body)), NULL), IKEV1_OK);
        assert_int_equal(n.type, type);
    }
}

static void test_notify__encoded__decodes_to_the_same(void **state) {
    (void)state;
    uint8_t buf[64];
    const struct ike_notify n = {.protocol = IKEV1_PROTO_ESP,
                                 .type = IKEV1_NOTIFY_RESPONDER_LIFETIME,
                                 .spi = ike_bytes("\1\2\3\4", 4),
                                 .data = ike_bytes("data", 4)};
    struct ike_writer w = ike_writer(buf, sizeof(buf));
    ike_notify_encode(&w, &n);
    assert_memory_equal(buf, "\0\0\0\1\3\4\x60\0\1\2\3\4data", 16);
    struct ike_notify got;
    assert_int_equal(ike_notify_decode(&got, ike_bytes(buf, ike_written(&w)), NULL), IKEV1_OK);
    assert_int_equal(got.protocol, n.protocol);
    assert_int_equal(got.type, n.type);
    assert_true(ike_bytes_equal(got.spi, n.spi));
    assert_true(ike_bytes_equal(got.data, n.data));
    const struct ike_notify long_spi = {.spi = ike_bytes("0123456789abcdef!", 17)};
    w = ike_writer(buf, sizeof(buf));
    ike_notify_encode(&w, &long_spi);
    assert_true(w.bad);
}

static const struct {
    const char *name, *hex;
    int want;
} DELETES[] = {
    {"ESP", "00000001 03 04 0001 aabbccdd", IKEV1_OK},
    {"AH, two", "00000001 02 04 0002 aabbccdd 11223344", IKEV1_OK},
    {"ISAKMP", "00000001 01 10 0001 aa*16", IKEV1_OK},
    {"generic DOI", "00000000 01 10 0002 aa*32", IKEV1_OK},
    {"IPCOMP, 2 bytes", "00000001 04 02 0001 aabb", IKEV1_OK},
    {"IPCOMP, 4 bytes", "00000001 04 04 0001 0000aabb", IKEV1_OK},
    {"16000 SPIs", "00000001 03 04 3e80 aa*64000", IKEV1_OK},
    /* INF-05: SPI size wrong for its protocol */
    {"ESP, size 0", "00000001 03 00 0001", IKEV1_E_DELETE_SYNTAX},
    {"ESP, size 1", "00000001 03 01 0001 aa", IKEV1_E_DELETE_SYNTAX},
    {"ESP, size 3", "00000001 03 03 0001 aabbcc", IKEV1_E_DELETE_SYNTAX},
    {"ESP, size 5", "00000001 03 05 0001 aabbccddee", IKEV1_E_DELETE_SYNTAX},
    {"ESP, size 16", "00000001 03 10 0001 aa*16", IKEV1_E_DELETE_SYNTAX},
    {"AH, size 255", "00000001 02 ff 0001 aa*255", IKEV1_E_DELETE_SYNTAX},
    {"ISAKMP, size 4", "00000001 01 04 0001 aabbccdd", IKEV1_E_DELETE_SYNTAX},
    {"ISAKMP, size 0", "00000001 01 00 0001", IKEV1_E_DELETE_SYNTAX},
    {"IPCOMP, size 3", "00000001 04 03 0001 aabbcc", IKEV1_E_DELETE_SYNTAX},
    {"protocol 0", "00000001 00 04 0001 aabbccdd", IKEV1_E_DELETE_SYNTAX},
    {"protocol 5", "00000001 05 04 0001 aabbccdd", IKEV1_E_DELETE_SYNTAX},
    /* INF-05: number of SPIs */
    {"0 SPIs", "00000001 03 04 0000", IKEV1_E_DELETE_SYNTAX},
    {"0 SPIs and one there", "00000001 03 04 0000 aabbccdd", IKEV1_E_DELETE_SYNTAX},
    {"65535 SPIs, one there", "00000001 03 04 ffff aabbccdd", IKEV1_E_DELETE_SYNTAX},
    {"product is 16 bits too large", "00000001 03 04 4001 aabbccdd", IKEV1_E_DELETE_SYNTAX},
    {"one byte missing", "00000001 03 04 0001 aabbcc", IKEV1_E_DELETE_SYNTAX},
    {"one byte too many", "00000001 03 04 0001 aabbccddee", IKEV1_E_DELETE_SYNTAX},
    {"7 bytes", "00000001 03 04 00", IKEV1_E_DELETE_SYNTAX},
    {"empty", "", IKEV1_E_DELETE_SYNTAX},
    {"DOI 2", "00000002 03 04 0001 aabbccdd", IKEV1_E_DOI},
};

static void test_delete__table__exact_error(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(DELETES); i++) {
        ikev1_bytes in = hex_make(DELETES[i].hex);
        struct ike_delete d;
        ikev1_why why = {0};
        ROW_EQUAL(DELETES[i].name, ike_delete_decode(&d, in, &why), DELETES[i].want);
        ROW_EQUAL(DELETES[i].name, why.code, DELETES[i].want);
        ROW_EQUAL(DELETES[i].name, ike_delete_decode(&d, in, NULL), DELETES[i].want);
        hex_free(in);
    }
}

static void test_delete__encoded__decodes_to_the_same(void **state) {
    (void)state;
    uint8_t buf[64];
    const struct ike_delete d = {.protocol = IKEV1_PROTO_AH,
                                 .spi_size = 4,
                                 .count = 2,
                                 .spis = ike_bytes("\1\2\3\4\5\6\7\x8", 8)};
    struct ike_writer w = ike_writer(buf, sizeof(buf));
    ike_delete_encode(&w, &d);
    assert_memory_equal(buf, "\0\0\0\1\2\4\0\2\1\2\3\4\5\6\7\x8", 16);
    struct ike_delete got;
    assert_int_equal(ike_delete_decode(&got, ike_bytes(buf, ike_written(&w)), NULL), IKEV1_OK);
    assert_int_equal(got.protocol, d.protocol);
    assert_int_equal(got.count, 2);
    assert_true(ike_bytes_equal(got.spis, d.spis));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notify__table__exact_error),
        cmocka_unit_test(test_notify__every_type__decoded),
        cmocka_unit_test(test_notify__encoded__decodes_to_the_same),
        cmocka_unit_test(test_delete__table__exact_error),
        cmocka_unit_test(test_delete__encoded__decodes_to_the_same),
    };
    return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
