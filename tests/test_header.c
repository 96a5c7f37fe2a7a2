/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rows.h"

#include "wire/wire.h"

/* A Main Mode header of 28 bytes with nothing after it. */
#define COOKIES "1111111111111111 2222222222222222"
#define GOOD    COOKIES "01 10 02 00 00000000 0000001c"

static const struct {
    const char *name, *hex;
    int want;
} ROWS[] = {
    {"good", GOOD, IKEV1_OK},
    {"good, responder cookie zero", "1111111111111111 00*8 01 10 02 00 00000000 0000001c",
     IKEV1_OK},
    {"good, every flag", COOKIES "01 10 02 ff 00000000 0000001c", IKEV1_OK},   /* HDR-09 */
    {"good, exchange 243", COOKIES "01 10 f3 00 00000000 0000001c", IKEV1_OK}, /* HDR-05 */
    /* HDR-02 */
    {"length 1 more", COOKIES "01 10 02 00 00000000 0000001d", IKEV1_E_LENGTH},
    {"length 4 more", COOKIES "01 10 02 00 00000000 00000020", IKEV1_E_LENGTH},
    {"length ffff", COOKIES "01 10 02 00 00000000 0000ffff", IKEV1_E_LENGTH},
    {"length 7fffffff", COOKIES "01 10 02 00 00000000 7fffffff", IKEV1_E_LENGTH},
    {"length 80000000", COOKIES "01 10 02 00 00000000 80000000", IKEV1_E_LENGTH},
    {"length ffffffff", COOKIES "01 10 02 00 00000000 ffffffff", IKEV1_E_LENGTH},
    /* HDR-03 */
    {"1 byte after the end", GOOD "00", IKEV1_E_LENGTH},
    {"4 bytes after the end", GOOD "00*4", IKEV1_E_LENGTH},
    {"2000 bytes after the end", GOOD "00*2000", IKEV1_E_LENGTH},
    {"length 0", COOKIES "01 10 02 00 00000000 00000000", IKEV1_E_LENGTH},
    {"length 27", COOKIES "01 10 02 00 00000000 0000001b", IKEV1_E_LENGTH},
    /* HDR-04 */
    {"version 0.0", COOKIES "01 00 02 00 00000000 0000001c", IKEV1_E_VERSION},
    {"version 1.1", COOKIES "01 11 02 00 00000000 0000001c", IKEV1_E_VERSION},
    {"version 1.15", COOKIES "01 1f 02 00 00000000 0000001c", IKEV1_E_VERSION},
    {"IKEv2", COOKIES "21 20 22 08 00000000 0000001c", IKEV1_E_VERSION},
    {"version 3.0", COOKIES "01 30 02 00 00000000 0000001c", IKEV1_E_VERSION},
    {"version 15.15", COOKIES "01 ff 02 00 00000000 0000001c", IKEV1_E_VERSION},
    /* HDR-06 */
    {"initiator cookie zero", "00*8 22*8 01 10 02 00 00000000 0000001c", IKEV1_E_COOKIE},
    {"both cookies zero", "00*16 01 10 02 00 00000000 0000001c", IKEV1_E_COOKIE},
};

static void test_header__table__exact_error(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct ike_header h;
        ikev1_why why = {0};
        ikev1_bytes in = hex_make(ROWS[i].hex);
        ROW_EQUAL(ROWS[i].name, ike_header_decode(&h, in, &why), ROWS[i].want);
        ROW_EQUAL(ROWS[i].name, why.code, ROWS[i].want);
        ROW_EQUAL(ROWS[i].name, ike_header_decode(&h, in, NULL), ROWS[i].want);
        hex_free(in);
    }
}

static void test_header__every_length_below_28__short(void **state) { /* HDR-01 */
    (void)state;
    static const char *const fill[] = {GOOD, "00*28", "ff*28", "a5*28"};
    for (size_t k = 0; k < COUNT(fill); k++) {
        ikev1_bytes whole = hex_make(fill[k]);
        for (size_t len = 0; len < IKEV1_HEADER_SIZE; len++) {
            ikev1_bytes cut = bytes_copy(ike_bytes(whole.data, len));
            struct ike_header h;
            ikev1_why why = {0};
            assert_int_equal(ike_header_decode(&h, cut, &why), IKEV1_E_SHORT);
            assert_string_equal(why.cite, "RFC 2408 3.1");
            hex_free(cut);
        }
        hex_free(whole);
    }
}

static void test_header__largest_datagrams__only_the_header_read(void **state) { /* HDR-14 */
    (void)state;
    static const size_t sizes[] = {65507, 65535, (size_t)1 << 20};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        uint8_t *datagram = calloc(1, sizes[i]);
        struct ike_header h = {.version = 0x10, .icookie = {1}, .length = (uint32_t)sizes[i]}, got;
        struct ike_writer w = ike_writer(datagram, IKEV1_HEADER_SIZE);
        ike_header_encode(&w, &h);
        assert_int_equal(ike_header_decode(&got, ike_bytes(datagram, sizes[i]), NULL), IKEV1_OK);
        assert_int_equal(got.length, sizes[i]);
        free(datagram);
    }
}

static void test_header__fields__decoded_and_encoded_again(void **state) {
    (void)state;
    ikev1_bytes in = hex_make("0102030405060708 1112131415161718 05 10 20 03 89abcdef 0000001c");
    struct ike_header h;
    assert_int_equal(ike_header_decode(&h, in, NULL), IKEV1_OK);
    assert_memory_equal(h.icookie, in.data, 8);
    assert_memory_equal(h.rcookie, in.data + 8, 8);
    assert_int_equal(h.next, IKEV1_PAYLOAD_ID);
    assert_int_equal(h.exchange, IKEV1_EXCHANGE_QUICK);
    assert_int_equal(h.flags, IKEV1_FLAG_ENCRYPTION | IKEV1_FLAG_COMMIT);
    assert_int_equal(h.message_id, 0x89abcdef);
    assert_int_equal(h.length, 28);
    uint8_t out[IKEV1_HEADER_SIZE];
    struct ike_writer w = ike_writer(out, sizeof(out));
    ike_header_encode(&w, &h);
    assert_int_equal(ike_written(&w), sizeof(out));
    assert_memory_equal(out, in.data, sizeof(out));
    w = ike_writer(out, sizeof(out) - 1);
    ike_header_encode(&w, &h);
    assert_true(w.bad);
    hex_free(in);
}

static void test_refuse__codes__carry_their_notification(void **state) { /* RFC 2408 3.14.1 */
    (void)state;
    ikev1_why why = {.notify = 99, .rule = 4};
    assert_int_equal(ike_refuse(&why, IKEV1_E_DOI, IKEV1_PAYLOAD_SA, 28, "here"), IKEV1_E_DOI);
    assert_int_equal(why.code, IKEV1_E_DOI);
    assert_int_equal(why.notify, IKEV1_NOTIFY_DOI_NOT_SUPPORTED);
    assert_int_equal(why.payload, IKEV1_PAYLOAD_SA);
    assert_int_equal(why.offset, 28);
    assert_int_equal(why.rule, 4);
    assert_string_equal(why.cite, "here");
    ike_refuse(&why, IKEV1_E_SHORT, 0, 0, NULL); /* nothing to answer to that */
    assert_int_equal(why.notify, 0);
    assert_int_equal(ike_refuse(NULL, IKEV1_E_SHORT, 0, 0, NULL), IKEV1_E_SHORT);
}

static void test_is_zero__each_byte__looked_at(void **state) {
    (void)state;
    uint8_t bytes[8] = {0};
    assert_true(ike_is_zero(bytes, sizeof(bytes)));
    assert_true(ike_is_zero(NULL, 0));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = 0x80;
        assert_false(ike_is_zero(bytes, sizeof(bytes)));
        bytes[i] = 0;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header__table__exact_error),
        cmocka_unit_test(test_header__every_length_below_28__short),
        cmocka_unit_test(test_header__largest_datagrams__only_the_header_read),
        cmocka_unit_test(test_header__fields__decoded_and_encoded_again),
        cmocka_unit_test(test_refuse__codes__carry_their_notification),
        cmocka_unit_test(test_is_zero__each_byte__looked_at),
    };
    return cmocka_run_group_tests_name("header", tests, NULL, NULL);
}
