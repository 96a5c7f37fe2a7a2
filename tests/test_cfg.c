/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rows.h"

#include "wire/wire.h"

static const struct {
    const char *name, *hex;
    int want;
    size_t attrs; /* bytes of attributes */
} ROWS[] = {
    {"request, nothing", "01 00 0001", IKEV1_OK, 0},
    {"request, empty address", "01 00 0001 00010000", IKEV1_OK, 4},
    {"reply, address and mask", "02 00 0001 00010004 0a000001 00020004 ffffffff", IKEV1_OK, 16},
    {"reply, IPv6 address", "02 00 0001 00080010 20010db8 00*12", IKEV1_OK, 20},
    {"set, status", "03 00 0001 c08f0001", IKEV1_OK, 4},
    {"ack, empty address", "04 00 0001 00010000", IKEV1_OK, 4},
    {"name and password", "02 00 0001 40890004 75736572 408a0003 616263", IKEV1_OK, 15},
    {"private attribute", "02 00 0001 70000002 6869", IKEV1_OK, 6},
    /* padding inside the payload */
    {"1 byte of padding", "02 00 0001 408a0003 616263 00", IKEV1_OK, 7},
    {"3 bytes of padding", "02 00 0001 408a0001 61 000000", IKEV1_OK, 5},
    {"padding only", "01 00 0001 000000", IKEV1_OK, 0},
    {"padding that is not zero", "02 00 0001 408a0003 616263 01", IKEV1_E_CONFIG_SYNTAX, 0},
    /* CFG-02 */
    {"attribute one byte too long", "02 00 0001 408a0004 616263", IKEV1_E_CONFIG_SYNTAX, 0},
    {"attribute ffff", "02 00 0001 408affff 616263", IKEV1_E_CONFIG_SYNTAX, 0},
    {"attribute counts its header", "02 00 0001 00010008 0a000001", IKEV1_E_CONFIG_SYNTAX, 0},
    {"reply, address of 0", "02 00 0001 00010000", IKEV1_E_CONFIG_SYNTAX, 0},
    {"set, address of 0", "03 00 0001 00010000", IKEV1_E_CONFIG_SYNTAX, 0},
    {"reply, IPv6 address of 0", "02 00 0001 00080000", IKEV1_E_CONFIG_SYNTAX, 0},
    {"address of 3", "02 00 0001 00010003 0a0000", IKEV1_E_CONFIG_SYNTAX, 0},
    {"address of 5", "02 00 0001 00010005 0a00000000", IKEV1_E_CONFIG_SYNTAX, 0},
    {"IPv6 address of 15", "02 00 0001 0008000f 00*15", IKEV1_E_CONFIG_SYNTAX, 0},
    {"IPv6 address of 17", "02 00 0001 00080011 00*17", IKEV1_E_CONFIG_SYNTAX, 0},
    {"request, address of 3", "01 00 0001 00010003 0a0000", IKEV1_E_CONFIG_SYNTAX, 0},
    {"name server of 5", "02 00 0001 00030005 0a00000000", IKEV1_E_CONFIG_SYNTAX, 0},
    {"subnet of 7", "02 00 0001 000d0007 00*7", IKEV1_E_CONFIG_SYNTAX, 0},
    {"address in a basic attribute", "02 00 0001 80010a00", IKEV1_E_CONFIG_SYNTAX, 0},
    /* CFG-03 */
    {"type 0", "00 00 0001", IKEV1_E_CONFIG_SYNTAX, 0},
    {"type 5", "05 00 0001", IKEV1_E_CONFIG_SYNTAX, 0},
    {"type 255", "ff 00 0001", IKEV1_E_CONFIG_SYNTAX, 0},
    {"reserved", "01 01 0001", IKEV1_E_RESERVED, 0},
    {"3 bytes", "01 00 00", IKEV1_E_CONFIG_SYNTAX, 0},
    {"empty", "", IKEV1_E_CONFIG_SYNTAX, 0},
};

static void test_config__table__exact_error(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        ikev1_bytes in = hex_make(ROWS[i].hex);
        struct ike_config c;
        ikev1_why why = {0};
        ROW_EQUAL(ROWS[i].name, ike_config_decode(&c, in, &why), ROWS[i].want);
        ROW_EQUAL(ROWS[i].name, why.code, ROWS[i].want);
        if (ROWS[i].want == IKEV1_OK) {
            ROW_EQUAL(ROWS[i].name, c.identifier, 1);
            ROW_EQUAL(ROWS[i].name, c.attrs.len, ROWS[i].attrs);
            struct ike_reader r = ike_reader(c.attrs);
            struct ike_attr a;
            int got;
            while ((got = ike_attr_next(&r, &a)) > 0)
                ;
            ROW_EQUAL(ROWS[i].name, got, 0); /* what was checked can be walked */
        }
        hex_free(in);
    }
}

static void test_config__encoded__bytes(void **state) {
    (void)state;
    uint8_t buf[32];
    const struct ike_config c = {IKEV1_CFG_SET, 0x1234, ike_bytes("\xc0\x8f\0\1", 4), 0};
    struct ike_writer w = ike_writer(buf, sizeof(buf));
    ike_config_encode(&w, &c);
    assert_int_equal(ike_written(&w), 8);
    assert_memory_equal(buf, "\3\0\x12\x34\xc0\x8f\0\1", 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config__table__exact_error),
        cmocka_unit_test(test_config__encoded__bytes),
    };
    return cmocka_run_group_tests_name("cfg", tests, NULL, NULL);
}
