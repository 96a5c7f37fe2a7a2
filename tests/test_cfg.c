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
    {"IPv6 address of 18", "02 00 0001 00080012 00*18", IKEV1_E_CONFIG_SYNTAX, 0},
    {"IPv6 address with its prefix", "02 00 0001 00080011 00*16 80", IKEV1_OK, 21},
    {"IPv6 address with a prefix of 129", "02 00 0001 00080011 00*16 81", IKEV1_E_CONFIG_SYNTAX, 0},
    {"IPv6 name server of 17", "02 00 0001 000a0011 00*16 40", IKEV1_E_CONFIG_SYNTAX, 0},
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
    const struct ike_config c = {IKEV1_CFG_SET, 0x1234, ike_bytes("\xc0\x8f\0\1", 4), 0, false};
    struct ike_writer w = ike_writer(buf, sizeof(buf));
    ike_config_encode(&w, &c);
    assert_int_equal(ike_written(&w), 8);
    assert_memory_equal(buf, "\3\0\x12\x34\xc0\x8f\0\1", 8);
}

/* Limits of access.h, at each and one past it. */
static void test_config__limits__to_each_and_one_past_it(void **state) {
    static uint8_t body[4 + 4 * (IKEV1_MAX_CONFIG_ATTRIBUTES + 1)] = {IKEV1_CFG_REQUEST};
    static uint8_t large[4 + 4 + IKEV1_MAX_CONFIG_VALUE + 1] = {IKEV1_CFG_REPLY, 0, 0, 1, 0x70, 0};
    struct ike_config c;
    ikev1_why why = {0};
    (void)state;
    for (size_t i = 4; i < sizeof body; i += 4)
        body[i + 1] = IKEV1_ATTRC_IP4_DNS;
    assert_int_equal(ike_config_decode(&c, ike_bytes(body, sizeof body - 4), &why), IKEV1_OK);
    assert_int_equal(ike_config_decode(&c, ike_bytes(body, sizeof body), &why), IKEV1_E_ATTRIBUTES);
    for (size_t past = 0; past < 2; past++) {
        const size_t len = IKEV1_MAX_CONFIG_VALUE + past;
        large[6] = (uint8_t)(len >> 8);
        large[7] = (uint8_t)len;
        assert_int_equal(ike_config_decode(&c, ike_bytes(large, 8 + len), &why),
                         past ? IKEV1_E_ATTRIBUTES : IKEV1_OK);
    }
    assert_string_equal(why.theirs, "4097 bytes");
    assert_string_equal(why.ours, "4096 bytes");
}

static const struct {
    const char *name, *hex;
    int want;
    uint8_t type;
    uint32_t asks;
} ROUNDS[] = {
    {"nothing", "", IKEV1_OK, 0, 0},
    {"name and password wanted", "40890000 408a0000", IKEV1_OK, 0,
     IKEV1_XAUTH_USER | IKEV1_XAUTH_PASSWORD},
    {"type in the short form", "c0880001 408d0002 6162", IKEV1_OK, IKEV1_XAUTH_CHAP, 0},
    {"type in the long form", "40880002 0002", IKEV1_OK, IKEV1_XAUTH_OTP, 0},
    {"token card", "408b0000 40900000 40910000 408e0000", IKEV1_OK, 0,
     IKEV1_XAUTH_PASSCODE | IKEV1_XAUTH_NEXT_PIN | IKEV1_XAUTH_ANSWER | IKEV1_XAUTH_DOMAIN},
    /* CFG-05 */
    {"two names", "40890001 61 40890001 62", IKEV1_E_CONFIG_SYNTAX, 0, 0},
    {"two passwords, the first empty", "408a0000 408a0001 62", IKEV1_E_CONFIG_SYNTAX, 0, 0},
    {"two types", "c0880000 c0880001", IKEV1_E_CONFIG_SYNTAX, 0, 0},
    {"type beyond a byte", "c0880100", IKEV1_E_CONFIG_SYNTAX, 0, 0},
    {"password in the short form", "c08a6162", IKEV1_E_CONFIG_SYNTAX, 0, 0},
};

static void test_xauth__table__exact_error(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(ROUNDS); i++) {
        ikev1_bytes in = hex_make(ROUNDS[i].hex);
        ikev1_xauth x;
        ROW_EQUAL(ROUNDS[i].name, ike_xauth_decode(&x, in, NULL), ROUNDS[i].want);
        if (ROUNDS[i].want == IKEV1_OK) {
            ROW_EQUAL(ROUNDS[i].name, x.type, ROUNDS[i].type);
            ROW_EQUAL(ROUNDS[i].name, x.asks, ROUNDS[i].asks);
        }
        hex_free(in);
    }
}

static void test_xauth__encoded__decodes_to_the_same(void **state) {
    uint8_t buf[256];
    struct ike_writer w = ike_writer(buf, sizeof buf);
    ikev1_xauth back, x = {.type = IKEV1_XAUTH_OTP, .asks = IKEV1_XAUTH_USER | IKEV1_XAUTH_ANSWER};
    (void)state;
    x.message = ike_bytes("say", 3);
    x.challenge = ike_bytes("", 0);
    ike_xauth_encode_request(&w, &x);
    assert_int_equal(ike_xauth_decode(&back, ike_bytes(buf, ike_written(&w)), NULL), IKEV1_OK);
    assert_int_equal(back.type, IKEV1_XAUTH_OTP);
    assert_int_equal(back.asks, x.asks);
    assert_int_equal(back.message.len, 3);
    assert_non_null(back.challenge.data); /* there, and empty */
    assert_int_equal(back.challenge.len, 0);
    /* Of an answer only what was asked for, and what is there. */
    w = ike_writer(buf, sizeof buf);
    x = (ikev1_xauth){.user = {(const uint8_t *)"u", 1}, .password = {(const uint8_t *)"p", 1}};
    ike_xauth_encode_reply(&w, &x, IKEV1_XAUTH_USER | IKEV1_XAUTH_PASSCODE);
    assert_int_equal(ike_xauth_decode(&back, ike_bytes(buf, ike_written(&w)), NULL), IKEV1_OK);
    assert_int_equal(back.asks, IKEV1_XAUTH_USER);
}

/* What a lease of the wire may hold that makes no sense: left out, the rest stands. */
static void test_lease__senseless_parts__left_out(void **state) {
    static struct ike_lease_room room;
    ikev1_lease l;
    (void)state;
    ikev1_bytes in =
        hex_make("00010004 0a000007"
                 "000d0008 0a000001 ff00ff00"                           /* a mask with a hole */
                 "000d0008 0a010203 ffffff00"                           /* bits behind it */
                 "000f0011 20010db8 00*12 81"                           /* 129 bits */
                 "000f0011 20010db8 00*12 20"                           /* 32 */
                 "70040013 0a020000 ffff0000 0000 0000 0000 0a0200ffff" /* and a half */
                 "00030000"
                 "f0050050"
                 "70000000");
    ike_lease_decode(&l, &room, in);
    assert_int_equal(l.ip4.ip[3], 7);
    assert_int_equal(l.subnet_count, 2);
    assert_int_equal(l.subnets[0].start[3], 0);
    assert_int_equal(l.subnets[0].end[3], 255);
    assert_int_equal(l.subnets[1].family, 6);
    assert_int_equal(l.subnets[1].end[4], 0xff);
    assert_int_equal(l.split_count, 1);
    assert_int_equal(l.dns_count, 0);
    assert_int_equal(l.natt_port, 0x50);
    assert_int_equal(l.banner.len, 0);
    hex_free(in);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config__table__exact_error),
        cmocka_unit_test(test_config__encoded__bytes),
        cmocka_unit_test(test_config__limits__to_each_and_one_past_it),
        cmocka_unit_test(test_xauth__table__exact_error),
        cmocka_unit_test(test_xauth__encoded__decodes_to_the_same),
        cmocka_unit_test(test_lease__senseless_parts__left_out),
    };
    return cmocka_run_group_tests_name("cfg", tests, NULL, NULL);
}
