/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chains of payloads: RFC 2408 3.2, 5.3. What each type holds at least: RFC
 * 2408 3.4, 3.7, 3.9-3.13, 3.16.
 */
#include "support/rows.h"

#include "wire/wire.h"

/* Bodies that are well-formed, for payloads whose inside is checked. */
#define SA_BODY "00000001 00000001 00000014 01 01 00 01 0000000c 01 01 0000 80010007"
#define ID_BODY "01 00 0000 c0000201"
#define N_BODY  "00000001 01 00 000e"
#define D_BODY  "00000001 03 04 0001 11223344"

static const struct {
    const char *name;
    int first;
    const char *hex;
    size_t pad;
    int want;
    uint32_t offset; /* where `why` must point */
} ROWS[] = {
    {"nothing", 0, "", 0, IKEV1_OK, 0},
    {"empty vendor id", 13, "00000004", 0, IKEV1_OK, 0},
    {"two vendor ids", 13, "0d000005aa 00000004", 0, IKEV1_OK, 0},
    {"SA", 1, "00000020 " SA_BODY, 0, IKEV1_OK, 0},
    /* PAY-01: length 0 to 3 at each place of the chain */
    {"length 0 first", 13, "00000000", 0, IKEV1_E_PAYLOAD_LENGTH, 28},
    {"length 1 first", 13, "00000001", 0, IKEV1_E_PAYLOAD_LENGTH, 28},
    {"length 2 first", 13, "00000002", 0, IKEV1_E_PAYLOAD_LENGTH, 28},
    {"length 3 first", 13, "00000003", 0, IKEV1_E_PAYLOAD_LENGTH, 28},
    {"length 0 second", 13, "0d000004 0d000000 00000004", 0, IKEV1_E_PAYLOAD_LENGTH, 32},
    {"length 3 last", 13, "0d000004 0d000005aa 00000003", 0, IKEV1_E_PAYLOAD_LENGTH, 37},
    /* PAY-02 */
    {"one byte too long", 13, "00000005", 0, IKEV1_E_PAYLOAD_LENGTH, 28},
    {"ffff", 13, "0000ffff 00*100", 0, IKEV1_E_PAYLOAD_LENGTH, 28},
    {"one byte too long, second", 13, "0d000004 00000006aa", 0, IKEV1_E_PAYLOAD_LENGTH, 32},
    {"length reaches into the padding only", 13, "00000008 00*4", 4, IKEV1_OK, 0},
    /* PAY-04 */
    {"another follows, bytes end", 13, "0d000004", 0, IKEV1_E_PAYLOAD_LENGTH, 32},
    {"another follows, 3 bytes left", 13, "0d000004 000000", 0, IKEV1_E_PAYLOAD_LENGTH, 32},
    {"1 byte after the end", 13, "00000004 00", 0, IKEV1_E_TRAILING, 32},
    {"3 zeros to a multiple of four", 13, "0d000004 00000005aa 000000", 0, IKEV1_OK, 0},
    {"3 bytes to a multiple of four", 13, "0d000004 00000005aa 000100", 0, IKEV1_E_TRAILING, 37},
    {"2 zeros to no multiple of four", 13, "0d000004 00000005aa 0000", 0, IKEV1_E_TRAILING, 37},
    {"4 zeros", 13, "00000004 00*4", 0, IKEV1_E_TRAILING, 32},
    {"1 byte before any payload", 0, "00", 0, IKEV1_E_TRAILING, 28}, /* HDR-13 */
    {"16 bytes of padding", 13, "00000004 00*16", 16, IKEV1_OK, 0},
    {"padding is not read", 13, "00000004 ff*16", 16, IKEV1_OK, 0},
    {"17 bytes of padding", 13, "00000004 00*17", 16, IKEV1_E_TRAILING, 32},
    /* PAY-05 */
    {"reserved byte", 13, "00010004", 0, IKEV1_E_RESERVED, 28},
    {"reserved byte, second", 13, "0d000004 00ff0004", 0, IKEV1_E_RESERVED, 32},
    /* numbers of NAT-D and NAT-OA in drafts */
    {"draft NAT-D, no draft agreed on", 130, "82000018 aa*20 00000018 bb*20", 0,
     IKEV1_E_PAYLOAD_TYPE, 28},
    {"draft NAT-OA, no draft agreed on", 131, "0000000c 01000000 c0000201", 0, IKEV1_E_PAYLOAD_TYPE,
     28},
    {"NAT-OA of no address type", 21, "0000000c 02000000 c0000201", 0, IKEV1_E_ID_SYNTAX, 28},
    /* nonces, RFC 2409 5 */
    {"nonce 7", 10, "0000000b aa*7", 0, IKEV1_E_NONCE, 28},
    {"nonce 8", 10, "0000000c aa*8", 0, IKEV1_OK, 0},
    {"nonce 256", 10, "00000104 aa*256", 0, IKEV1_OK, 0},
    {"nonce 257", 10, "00000105 aa*257", 0, IKEV1_E_NONCE, 28},
    {"nonce empty", 10, "00000004", 0, IKEV1_E_NONCE, 28},
    /* what the insides say */
    {"SA of another DOI", 1, "00000024 00000002 00000001 00*24", 0, IKEV1_E_DOI, 28},
    {"SA without proposals", 13, "01000004 0000000c 00000001 00000001", 0, IKEV1_E_SA_SYNTAX, 32},
    {"ID of a wrong size", 13, "05000006 aaaa 0000000b 01000000 c00002", 0, IKEV1_E_ID_SYNTAX, 34},
    {"notify, SPI too long", 11, "0000000c 00000001 01 05 000e", 0, IKEV1_E_NOTIFY_SYNTAX, 28},
    {"delete without SPIs", 12, "0000000c 00000001 03 04 0000", 0, IKEV1_E_DELETE_SYNTAX, 28},
    {"config of type 0", 14, "00000008 00000000", 0, IKEV1_E_CONFIG_SYNTAX, 28},
    /* PAY-12: vendor ids of any size */
    {"vendor id of 1 byte", 13, "00000005 4a", 0, IKEV1_OK, 0},
    {"vendor id of 3 bytes", 13, "00000007 4a131c", 0, IKEV1_OK, 0},
    {"vendor id of 15 bytes", 13, "00000013 4a131c81070358455c5728f20e9545", 0, IKEV1_OK, 0},
    {"vendor id of 65531 bytes", 13, "0000ffff 4a131c81 00*65527", 0, IKEV1_OK, 0},
    /* CRT-10 */
    {"cert request without authority", 7, "00000005 04", 0, IKEV1_OK, 0},
    {"cert request without encoding", 7, "00000004", 0, IKEV1_E_PAYLOAD_SHORT, 28},
    {"cert request of 1 byte", 7, "00000006 04 30", 0, IKEV1_OK, 0},
    {"cert request of 19 bytes", 7, "00000018 04 30*19", 0, IKEV1_OK, 0},
    {"cert request of 64 KB", 7, "0000ffff 04 30*65530", 0, IKEV1_OK, 0},
    {"cert request longer than the message", 7, "0000ffff 04 30*65529", 0, IKEV1_E_PAYLOAD_LENGTH,
     28},
    /* FRG-10 */
    {"fragment", 132, "00000009 0001 01 01 aa", 0, IKEV1_OK, 0},
    {"fragment, then a vendor id", 132, "0d000009 0001 01 01 aa 00000004", 0, IKEV1_E_FRAGMENT, 28},
    {"vendor id, then a fragment", 13, "84000004 00000009 0001 01 01 aa", 0, IKEV1_E_FRAGMENT, 28},
    {"two fragments", 132, "84000009 0001 01 00 aa 00000009 0001 02 01 bb", 0, IKEV1_E_FRAGMENT,
     28},
    {"fragment without data", 132, "00000008 0001 01 01", 0, IKEV1_E_FRAGMENT, 28},
};

static void test_chain__table__exact_error_and_place(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct ike_chain c;
        ikev1_why why = {0};
        uint8_t first = (uint8_t)ROWS[i].first;
        ikev1_bytes in = hex_make(ROWS[i].hex);
        ROW_EQUAL(ROWS[i].name, ike_chain_decode(&c, first, in, ROWS[i].pad, &why), ROWS[i].want);
        ROW_EQUAL(ROWS[i].name, why.code, ROWS[i].want);
        ROW_EQUAL(ROWS[i].name, why.offset, ROWS[i].offset);
        ROW_EQUAL(ROWS[i].name, ike_chain_decode(&c, first, in, ROWS[i].pad, NULL), ROWS[i].want);
        hex_free(in);
    }
}

/* The smallest body each type may have; "" also where any length will do. */
static const struct {
    const char *name;
    uint8_t type;
    size_t fixed, cap;
    const char *body;
} TYPES[] = {
    {"SA", 1, 8, 64, SA_BODY},     {"KE", 4, 1, 64, "aa"},
    {"ID", 5, 4, 64, ID_BODY},     {"CERT", 6, 1, 8, "04"},
    {"CERTREQ", 7, 1, 20, "04"},   {"HASH", 8, 1, 64, "aa*20"},
    {"SIG", 9, 1, 64, "aa"},       {"NONCE", 10, 0, 64, "aa*8"},
    {"NOTIFY", 11, 8, 20, N_BODY}, {"DELETE", 12, 8, 20, D_BODY},
    {"VENDOR", 13, 0, 20, ""},     {"CONFIG", 14, 4, 64, "01000001"},
    {"NAT-D", 20, 1, 10, "aa*20"}, {"NAT-OA", 21, 4, 64, "01000000 c0000201"},
};

static bool known(int type) {
    for (size_t i = 0; i < COUNT(TYPES); i++)
        if (TYPES[i].type == type)
            return true;
    return type == 132;
}

static void test_chain__length_below_fixed_part__short(void **state) { /* PAY-03 */
    (void)state;
    for (size_t i = 0; i < COUNT(TYPES); i++)
        for (size_t len = 0; len < TYPES[i].fixed; len++) {
            uint8_t *body = calloc(1, 4 + len);
            body[3] = (uint8_t)(4 + len);
            struct ike_chain c;
            int got = ike_chain_decode(&c, TYPES[i].type, ike_bytes(body, 4 + len), 0, NULL);
            ROW_EQUAL(TYPES[i].name, got, IKEV1_E_PAYLOAD_SHORT);
            free(body);
        }
}

static void test_chain__all_types__only_ours(void **state) { /* PAY-06 */
    (void)state;
    for (int type = 1; type < 256; type++) {
        ikev1_bytes in = hex_make("00000004");
        struct ike_chain c;
        ikev1_why why = {0};
        int got = ike_chain_decode(&c, (uint8_t)type, in, 0, &why);
        if (known(type)) {
            assert_int_not_equal(got, IKEV1_E_PAYLOAD_TYPE);
        } else {
            assert_int_equal(got, IKEV1_E_PAYLOAD_TYPE);
            assert_int_equal(why.payload, type);
            assert_int_equal(why.notify, IKEV1_NOTIFY_INVALID_PAYLOAD_TYPE);
        }
        hex_free(in);
    }
}

/* `count` payloads of one type, one after the other. */
static ikev1_bytes repeated(uint8_t type, const char *body_hex, size_t count) {
    ikev1_bytes body = hex_make(body_hex);
    size_t each = 4 + body.len;
    uint8_t *out = malloc(each * count);
    for (size_t i = 0; i < count; i++) {
        uint8_t *p = out + i * each;
        p[0] = i + 1 < count ? type : 0;
        p[1] = 0;
        p[2] = (uint8_t)(each >> 8);
        p[3] = (uint8_t)each;
        memcpy(p + 4, body.data, body.len);
    }
    hex_free(body);
    return ike_bytes(out, each * count);
}

static void test_chain__cap_of_each_type__n_and_one_past(void **state) { /* PAY-07, PAY-11 */
    (void)state;
    for (size_t i = 0; i < COUNT(TYPES); i++) {
        static struct ike_chain c;
        ikev1_bytes in = repeated(TYPES[i].type, TYPES[i].body, TYPES[i].cap);
        ROW_EQUAL(TYPES[i].name, ike_chain_decode(&c, TYPES[i].type, in, 0, NULL), IKEV1_OK);
        ROW_EQUAL(TYPES[i].name, c.count, TYPES[i].cap);
        ROW_EQUAL(TYPES[i].name, c.counts[TYPES[i].type], TYPES[i].cap);
        ROW_EQUAL(TYPES[i].name, c.used, in.len);
        hex_free(in);
        in = repeated(TYPES[i].type, TYPES[i].body, TYPES[i].cap + 1);
        ikev1_why why = {0};
        bool ignored = TYPES[i].type == IKEV1_PAYLOAD_CERTREQ; /* what is beyond its cap */
        ROW_EQUAL(TYPES[i].name, ike_chain_decode(&c, TYPES[i].type, in, 0, &why),
                  ignored ? IKEV1_OK : IKEV1_E_PAYLOADS);
        ROW_EQUAL(TYPES[i].name, why.payload, ignored ? 0 : TYPES[i].type);
        hex_free(in);
    }
}

/* A peer may trust more CAs than we look at: the first count, the others are stepped over. */
static void test_chain__certificate_requests__beyond_twenty_ignored(void **state) { /* CRT-10 */
    (void)state;
    static const size_t counts[] = {20, 21, 10000};
    for (size_t i = 0; i < COUNT(counts); i++) {
        static struct ike_chain c;
        ikev1_bytes in = repeated(IKEV1_PAYLOAD_CERTREQ, "04", counts[i]);
        assert_int_equal(ike_chain_decode(&c, IKEV1_PAYLOAD_CERTREQ, in, 0, NULL), IKEV1_OK);
        assert_int_equal(c.count, 20);
        assert_int_equal(c.used, in.len);
        assert_false(c.skipped);
        hex_free(in);
        ikev1_bytes bad = repeated(IKEV1_PAYLOAD_CERTREQ, "04", counts[i]);
        ikev1_bytes cut =
            bytes_copy(ike_bytes(bad.data, bad.len - 1)); /* they are read all the same */
        assert_int_equal(ike_chain_decode(&c, IKEV1_PAYLOAD_CERTREQ, cut, 0, NULL),
                         IKEV1_E_PAYLOAD_LENGTH);
        hex_free(bad);
        hex_free(cut);
    }
}

static void test_chain__flood_up_to_the_datagram__refused_early(void **state) { /* PAY-11 */
    (void)state;
    ikev1_bytes in = repeated(IKEV1_PAYLOAD_VENDOR, "", 16000);
    struct ike_chain c;
    ikev1_why why = {0};
    assert_int_equal(ike_chain_decode(&c, IKEV1_PAYLOAD_VENDOR, in, 0, &why), IKEV1_E_PAYLOADS);
    assert_int_equal(why.offset, 28 + 20 * 4);
    hex_free(in);
}

static void test_chain__every_truncation__refused(void **state) {
    (void)state;
    ikev1_bytes whole = hex_make("0a000020 " SA_BODY "05000014 aa*16 0000000c " ID_BODY);
    struct ike_chain c;
    assert_int_equal(ike_chain_decode(&c, 1, whole, 0, NULL), IKEV1_OK);
    assert_int_equal(c.count, 3);
    for (size_t len = 0; len < whole.len; len++) {
        ikev1_bytes cut = bytes_copy(ike_bytes(whole.data, len));
        assert_int_equal(ike_chain_decode(&c, 1, cut, 0, NULL), IKEV1_E_PAYLOAD_LENGTH);
        hex_free(cut);
    }
    hex_free(whole);
}

static void test_find__by_type_and_rank__pointer_into_input(void **state) {
    (void)state;
    ikev1_bytes in = hex_make("82000004 0d000018 aa*20 00000006 bbcc");
    struct ike_chain c;
    const struct ike_numbering draft = {130, 131, false};
    assert_int_equal(ike_chain_decode_as(&c, &draft, IKEV1_PAYLOAD_VENDOR, in, 0, NULL), IKEV1_OK);
    const struct ike_payload *natd = ike_chain_find(&c, IKEV1_PAYLOAD_NAT_D, 0);
    assert_non_null(natd);
    assert_int_equal(natd->type, IKEV1_PAYLOAD_NAT_D);
    assert_int_equal(natd->wire_type, IKEV1_PAYLOAD_NAT_D_DRAFT);
    assert_int_equal(natd->offset, 4);
    assert_ptr_equal(natd->body.data, in.data + 8);
    assert_int_equal(natd->body.len, 20);
    assert_ptr_equal(ike_chain_find(&c, IKEV1_PAYLOAD_VENDOR, 1), &c.at[2]);
    assert_null(ike_chain_find(&c, IKEV1_PAYLOAD_VENDOR, 2));
    assert_null(ike_chain_find(&c, IKEV1_PAYLOAD_NAT_D_DRAFT, 0));
    assert_null(ike_chain_find(&c, IKEV1_PAYLOAD_SA, 0));
    hex_free(in);
}

/* PAY-06, mission P1: the same numbers, each as it was agreed on and never otherwise. */
static void test_chain__numbers_of_drafts__only_as_agreed(void **state) {
    static const struct {
        const char *name;
        struct ike_numbering numbering;
        int type, want;
        size_t count;
        uint8_t as;
    } rows[] = {
        {"130 by draft 03", {130, 131, false}, 130, IKEV1_OK, 1, IKEV1_PAYLOAD_NAT_D},
        {"131 by draft 03", {130, 131, false}, 131, IKEV1_OK, 1, IKEV1_PAYLOAD_NAT_OA},
        {"15 by draft 03", {130, 131, false}, 15, IKEV1_E_PAYLOAD_TYPE, 0, 0},
        {"15 by draft 08", {15, 16, false}, 15, IKEV1_OK, 1, IKEV1_PAYLOAD_NAT_D},
        {"16 by draft 08", {15, 16, false}, 16, IKEV1_OK, 1, IKEV1_PAYLOAD_NAT_OA},
        {"130 by draft 08", {15, 16, false}, 130, IKEV1_E_PAYLOAD_TYPE, 0, 0},
        {"130 by the RFC", {20, 21, false}, 130, IKEV1_E_PAYLOAD_TYPE, 0, 0},
        {"130 stepped over", {20, 21, true}, 130, IKEV1_OK, 0, 0},
        {"130 by draft 03, not stepped over",
         {130, 131, true},
         130,
         IKEV1_OK,
         1,
         IKEV1_PAYLOAD_NAT_D},
        {"129 never stepped over", {20, 21, true}, 129, IKEV1_E_PAYLOAD_TYPE, 0, 0},
        {"255 never stepped over", {20, 21, true}, 255, IKEV1_E_PAYLOAD_TYPE, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        ikev1_bytes in = hex_make("0000000c 01000000 0a000001");
        struct ike_chain chain;
        ROW_EQUAL(
            rows[i].name,
            ike_chain_decode_as(&chain, &rows[i].numbering, (uint8_t)rows[i].type, in, 0, NULL),
            rows[i].want);
        ROW_EQUAL(rows[i].name, chain.count, rows[i].count);
        ROW_EQUAL(rows[i].name, chain.skipped, rows[i].want == IKEV1_OK && rows[i].count == 0);
        if (rows[i].count != 0)
            ROW_EQUAL(rows[i].name, chain.at[0].type, rows[i].as);
        hex_free(in);
    }
}

static const struct ike_header HEADER = {
    .icookie = {1}, .rcookie = {2}, .next = 77, .version = 0x10, .exchange = 2, .length = 77};

static void test_message__written__decodes_to_the_same(void **state) {
    (void)state;
    static const struct {
        const char *name;
        size_t block, want;
    } rows[] = {{"clear", 0, 28 + 37},
                {"block 1", 1, 28 + 37},
                {"block 8", 8, 28 + 40},
                {"block 16", 16, 28 + 48},
                {"whole blocks need no padding", 37, 28 + 37}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t buf[128];
        memset(buf, 0xee, sizeof(buf));
        struct ike_message_writer m;
        ike_message_begin(&m, buf, sizeof(buf), &HEADER);
        ike_payload_begin(&m, IKEV1_PAYLOAD_NONCE);
        ike_write(&m.w, ike_bytes("0123456789", 10));
        ike_payload_end(&m);
        ike_payload_put(&m, IKEV1_PAYLOAD_VENDOR, ike_bytes("vendor", 6));
        ike_payload_put(&m, IKEV1_PAYLOAD_KE, ike_bytes("key-value", 9));
        size_t len = ike_message_end(&m, rows[i].block);
        ROW_EQUAL(rows[i].name, len, rows[i].want);
        struct ike_header h;
        struct ike_chain c;
        ROW_EQUAL(rows[i].name, ike_header_decode(&h, ike_bytes(buf, len), NULL), IKEV1_OK);
        ikev1_bytes body = ike_bytes(buf + 28, len - 28);
        ROW_EQUAL(rows[i].name, ike_chain_decode(&c, h.next, body, len - 65, NULL), IKEV1_OK);
        ROW_EQUAL(rows[i].name, c.count, 3);
        ROW_EQUAL(rows[i].name, c.used, 37);
        ROW_EQUAL(rows[i].name, c.at[0].type, IKEV1_PAYLOAD_NONCE);
        ROW_EQUAL(rows[i].name, c.at[1].type, IKEV1_PAYLOAD_VENDOR);
        ROW_EQUAL(rows[i].name, memcmp(c.at[2].body.data, "key-value", 9), 0);
        ROW_EQUAL(rows[i].name, ike_is_zero(buf + 65, len - 65), true);
        ROW_EQUAL(rows[i].name, buf[len], 0xee);
    }
}

static void test_message__without_payloads__header_only(void **state) {
    (void)state;
    uint8_t buf[28];
    struct ike_message_writer m;
    ike_message_begin(&m, buf, sizeof(buf), &HEADER);
    assert_int_equal(ike_message_end(&m, 16), 28);
    assert_int_equal(buf[16], 0);
    assert_int_equal(buf[27], 28);
}

static void test_message__every_buffer_too_small__zero(void **state) {
    (void)state;
    for (size_t cap = 0; cap < 28 + 16; cap++) {
        uint8_t *buf = malloc(cap > 0 ? cap : 1);
        struct ike_message_writer m;
        ike_message_begin(&m, buf, cap, &HEADER);
        ike_payload_put(&m, IKEV1_PAYLOAD_VENDOR, ike_bytes("0123456", 7));
        ike_payload_put(&m, IKEV1_PAYLOAD_VENDOR, ike_bytes(NULL, 0));
        assert_int_equal(ike_message_end(&m, 16), 0);
        free(buf);
    }
}

static void test_message__payload_of_64k__refused(void **state) {
    (void)state;
    uint8_t *buf = malloc(70000), *big = calloc(1, 65532);
    for (size_t len = 65531; len <= 65532; len++) {
        struct ike_message_writer m;
        ike_message_begin(&m, buf, 70000, &HEADER);
        ike_payload_put(&m, IKEV1_PAYLOAD_VENDOR, ike_bytes(big, len));
        assert_int_equal(ike_message_end(&m, 0), len == 65531 ? 28 + 65535 : 0);
    }
    free(buf);
    free(big);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chain__table__exact_error_and_place),
        cmocka_unit_test(test_chain__length_below_fixed_part__short),
        cmocka_unit_test(test_chain__all_types__only_ours),
        cmocka_unit_test(test_chain__cap_of_each_type__n_and_one_past),
        cmocka_unit_test(test_chain__certificate_requests__beyond_twenty_ignored),
        cmocka_unit_test(test_chain__flood_up_to_the_datagram__refused_early),
        cmocka_unit_test(test_chain__every_truncation__refused),
        cmocka_unit_test(test_chain__numbers_of_drafts__only_as_agreed),
        cmocka_unit_test(test_find__by_type_and_rank__pointer_into_input),
        cmocka_unit_test(test_message__written__decodes_to_the_same),
        cmocka_unit_test(test_message__without_payloads__header_only),
        cmocka_unit_test(test_message__every_buffer_too_small__zero),
        cmocka_unit_test(test_message__payload_of_64k__refused),
    };
    return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
