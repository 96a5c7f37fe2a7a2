/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes: RFC 2408 3.3. */
#include "support/rows.h"

#include "wire/wire.h"

static const struct {
    const char *name, *hex;
    int want;
    uint16_t type;
    bool basic;
    uint64_t value;
    size_t len;
} ROWS[] = {
    {"end", "", 0, 0, false, 0, 0},
    {"basic", "800b0001", 1, 11, true, 1, 0},
    {"basic, largest", "ffffffff", 1, 0x7fff, true, 0xffff, 0},
    {"variable", "000c0004 00015180", 1, 12, false, 86400, 4},
    {"variable, empty", "000c0000", 1, 12, false, 0, 0},
    {"variable of 8 bytes", "000c0008 ff*8", 1, 12, false, UINT64_MAX, 8},
    {"variable of 9 bytes saturates", "000c0009 01 00*8", 1, 12, false, UINT64_MAX, 9},
    {"variable of 16 bytes, small value", "000c0010 00*14 1234", 1, 12, false, 0x1234, 16},
    /* SAP-03 */
    {"variable, one byte missing", "000c0004 000151", IKEV1_E_PAYLOAD_LENGTH, 0, false, 0, 0},
    {"variable, ffff", "000cffff 00*64", IKEV1_E_PAYLOAD_LENGTH, 0, false, 0, 0},
    {"1 byte left", "80", IKEV1_E_PAYLOAD_LENGTH, 0, false, 0, 0},
    {"2 bytes left", "800b", IKEV1_E_PAYLOAD_LENGTH, 0, false, 0, 0},
    {"3 bytes left", "800b00", IKEV1_E_PAYLOAD_LENGTH, 0, false, 0, 0},
};

static void test_attr__table__decoded_or_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        ikev1_bytes in = hex_make(ROWS[i].hex);
        struct ike_reader r = ike_reader(in);
        struct ike_attr a = {0};
        ROW_EQUAL(ROWS[i].name, ike_attr_next(&r, &a), ROWS[i].want);
        if (ROWS[i].want == 1) {
            ROW_EQUAL(ROWS[i].name, a.type, ROWS[i].type);
            ROW_EQUAL(ROWS[i].name, a.basic, ROWS[i].basic);
            ROW_EQUAL(ROWS[i].name, a.value == ROWS[i].value, true);
            ROW_EQUAL(ROWS[i].name, a.bytes.len, ROWS[i].len);
            ROW_EQUAL(ROWS[i].name, ike_attr_next(&r, &a), 0);
        } else if (ROWS[i].want < 0) {
            ROW_EQUAL(ROWS[i].name, ike_attr_next(&r, &a), ROWS[i].want); /* and no way on */
        }
        hex_free(in);
    }
}

static void test_attr__written__bytes(void **state) {
    (void)state;
    uint8_t out[64];
    struct ike_writer w = ike_writer(out, sizeof(out));
    ike_attr_put_basic(&w, 1, 7);
    ike_attr_put_number(&w, 12, 65535);
    ike_attr_put_number(&w, 12, 65536);
    ike_attr_put_bytes(&w, 16521, ike_bytes("user", 4));
    ike_attr_put_bytes(&w, 1, ike_bytes(NULL, 0));
    ikev1_bytes want = hex_make("80010007 800cffff 000c0004 00010000 40890004 75736572 00010000");
    assert_int_equal(ike_written(&w), want.len);
    assert_memory_equal(out, want.data, want.len);
    hex_free(want);
}

static void test_attr__value_beyond_64k__bad(void **state) {
    (void)state;
    uint8_t *big = calloc(1, 65536), *out = malloc(66000);
    struct ike_writer w = ike_writer(out, 66000);
    ike_attr_put_bytes(&w, 1, ike_bytes(big, 65535));
    assert_false(w.bad);
    w = ike_writer(out, 66000);
    ike_attr_put_bytes(&w, 1, ike_bytes(big, 65536));
    assert_true(w.bad);
    free(big);
    free(out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attr__table__decoded_or_refused),
        cmocka_unit_test(test_attr__written__bytes),
        cmocka_unit_test(test_attr__value_beyond_64k__bad),
    };
    return cmocka_run_group_tests_name("attr", tests, NULL, NULL);
}
