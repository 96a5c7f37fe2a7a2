/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rows.h"

#include "wire/wire.h"

enum { ROOM = 4096 };

static void test_symbols__types__as_the_log_prints_them(void **state) { /* M-S1 */
    (void)state;
    static const uint8_t types[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 20, 21, 132, 99};
    char text[256];
    struct ike_text t = ike_text(text, sizeof(text));
    ike_symbols_text(&t, types, sizeof(types));
    assert_string_equal(text, "<SA><PROP><TRANS><KE><ID><CER><CER_REQ><HASH><SIG><NONCE><NOTFY>"
                              "<DEL><VID><ATTR><NATD><NATOA><FRAG><99>");
    t = ike_text(text, sizeof(text));
    ike_symbols_text(&t, types, 0);
    assert_string_equal(text, "");
}

/* One of each payload; what may be secret stands here as "secret!". */
static const char PAYLOADS[] =
    "04000044 00000001 00000001 "
    "02000024 01 01 00 01 0000001c 01 01 0000 80010007 800e0080 800b0001 000c0004 00015180 "
    "00000014 02 03 04 01 aabbccdd 00000008 01 0c 0000 "
    "0a00000b 73656372657421 "
    "0500000f 7365637265742121212121 "
    "0800000c 01 11 01f4 c0000201 "
    "0900000b 73656372657421 "
    "0600000b 73656372657421 "
    "07000007 04 aabb "
    "0b000005 04 "
    "0c000014 00000001 03 04 6000 aabbccdd 80010001 "
    "0d000014 00000001 03 04 0002 aabbccdd 11223344 "
    "0e000007 0a4142 "
    "14000013 02 00 0007 408a0007 73656372657421 "
    "15000007 aabbcc "
    "0000000c 01000000 c0000203";

static const char WANT[] =
    "Quick Mode, cookies 0101010101010101 0202020202020202, message ID 89abcdef, encrypted, "
    "commit, 999 bytes\n"
    "SA\n"
    "  proposal 1: ISAKMP\n"
    "    transform 1: 1\n"
    "      encryption: AES\n"
    "      key length: 128\n"
    "      life type: seconds\n"
    "      life duration: 86400\n"
    "  proposal 2: ESP, SPI aabbccdd\n"
    "    transform 1: AES-CBC\n"
    "KE: 7 bytes\n"
    "NONCE: 11 bytes\n"
    "ID: IPV4_ADDR 192.0.2.1, protocol 17, port 500\n"
    "HASH: 7 bytes\n"
    "SIG: 7 bytes\n"
    "CER: X.509 signature, 2 bytes\n"
    "CER_REQ: X.509 signature, 0 bytes\n"
    "NOTFY: RESPONDER-LIFETIME, protocol ESP, SPI aabbccdd, data 80010001\n"
    "DEL: ESP, SPI aabbccdd 11223344\n"
    "VID: 0a4142\n"
    "ATTR: REPLY, identifier 7\n"
    "  XAUTH_USER_PASSWORD: 7 bytes\n"
    "NATD: 3 bytes\n"
    "NATOA: 192.0.2.3\n";

static const struct ike_header HEADER = {
    .icookie = {1, 1, 1, 1, 1, 1, 1, 1},
    .rcookie = {2, 2, 2, 2, 2, 2, 2, 2},
    .exchange = IKEV1_EXCHANGE_QUICK,
    .flags = IKEV1_FLAG_ENCRYPTION | IKEV1_FLAG_COMMIT,
    .message_id = 0x89abcdef,
    .length = 999,
};

static void test_dump__one_of_each__whole_text(void **state) {
    (void)state;
    ikev1_bytes in = hex_make(PAYLOADS);
    static struct ike_chain c;
    static char text[ROOM];
    ikev1_why why = {0};
    ike_chain_decode(&c, IKEV1_PAYLOAD_SA, in, 0, &why);
    assert_int_equal(why.code, IKEV1_OK);
    struct ike_text t = ike_text(text, sizeof(text));
    ike_dump_text(&t, &HEADER, &c);
    ROW_TEXT("one of each", text, WANT);
    assert_null(strstr(text, "secret"));
    assert_null(strstr(text, "73656372")); /* LOG-01: nor in hex */
    hex_free(in);
}

static void test_dump__every_size_of_buffer__truncated(void **state) { /* LOG-04 */
    (void)state;
    ikev1_bytes in = hex_make(PAYLOADS);
    static struct ike_chain c;
    assert_int_equal(ike_chain_decode(&c, IKEV1_PAYLOAD_SA, in, 0, NULL), IKEV1_OK);
    for (size_t cap = 0; cap < sizeof(WANT); cap++) {
        char *text = malloc(cap > 0 ? cap : 1);
        struct ike_text t = ike_text(text, cap);
        ike_dump_text(&t, &HEADER, &c);
        assert_int_equal(t.len, sizeof(WANT) - 1);
        if (cap > 0) {
            assert_int_equal(strlen(text), cap - 1);
            assert_memory_equal(text, WANT, cap - 1);
        }
        free(text);
    }
    hex_free(in);
}

static void test_dump__header_only__one_line_for_any_flags(void **state) { /* LOG-04 */
    (void)state;
    for (int value = 0; value < 256; value++) {
        struct ike_header h = HEADER;
        h.exchange = h.flags = (uint8_t)value;
        char text[256];
        struct ike_text t = ike_text(text, sizeof(text));
        ike_dump_text(&t, &h, NULL);
        assert_true(t.len < sizeof(text));
        assert_ptr_equal(strchr(text, '\n'), text + t.len - 1);
        assert_int_equal(strstr(text, ", commit") != NULL, (value & 2) != 0);
    }
}

static void test_dump__configuration__values_that_are_no_secret(void **state) { /* LOG-01 */
    (void)state;
    ikev1_bytes in = hex_make("00000053 03 00 0007 c08f0000 40880002 0001 00010004 0a5d0007 "
                              "00080010 20010db8 00*11 09 00030000 00050004 00000e10 "
                              "c08b6565 40890005 616c696365 7a690002 6869 70010002 0001");
    static struct ike_chain c;
    static char text[ROOM];
    assert_int_equal(ike_chain_decode(&c, IKEV1_PAYLOAD_CONFIG, in, 0, NULL), IKEV1_OK);
    struct ike_text t = ike_text(text, sizeof(text));
    ike_dump_text(&t, &HEADER, &c);
    ROW_TEXT("configuration", strchr(text, '\n') + 1,
             "ATTR: SET, identifier 7\n"
             "  XAUTH_STATUS: 0\n"
             "  XAUTH_TYPE: 1\n"
             "  INTERNAL_IP4_ADDRESS: 10.93.0.7\n"
             "  INTERNAL_IP6_ADDRESS: 2001:db8::9\n"
             "  INTERNAL_IP4_DNS: 0 bytes\n"
             "  INTERNAL_ADDRESS_EXPIRY: 3600\n"
             "  XAUTH_PASSCODE: 2 bytes\n"
             "  XAUTH_USER_NAME: 5 bytes\n"
             "  attribute 31337: 2 bytes\n"
             "  UNITY_SAVE_PASSWORD: 1\n");
    hex_free(in);
}

static void test_dump__fragment__numbers(void **state) {
    (void)state;
    ikev1_bytes in = hex_make("0000000b 0102 03 01 aabbcc");
    static struct ike_chain c;
    char text[256];
    assert_int_equal(ike_chain_decode(&c, IKEV1_PAYLOAD_FRAGMENT, in, 0, NULL), IKEV1_OK);
    struct ike_text t = ike_text(text, sizeof(text));
    ike_dump_text(&t, &HEADER, &c);
    assert_non_null(strstr(text, "\nFRAG: id 258, number 3, the last, 3 bytes\n"));
    hex_free(in);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_symbols__types__as_the_log_prints_them),
        cmocka_unit_test(test_dump__one_of_each__whole_text),
        cmocka_unit_test(test_dump__every_size_of_buffer__truncated),
        cmocka_unit_test(test_dump__header_only__one_line_for_any_flags),
        cmocka_unit_test(test_dump__configuration__values_that_are_no_secret),
        cmocka_unit_test(test_dump__fragment__numbers),
    };
    return cmocka_run_group_tests_name("dump", tests, NULL, NULL);
}
