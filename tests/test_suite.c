/* SPDX-License-Identifier: Apache-2.0 */
/* A transform's attributes as one struct: RFC 2407 4.5, M-R3, M-R4. */
#include "support/rows.h"

#include "wire/wire.h"

static struct ike_suite decode(bool phase1, ikev1_bytes attrs) {
    const struct ike_proposal p = {.protocol = phase1 ? IKEV1_PROTO_ISAKMP : IKEV1_PROTO_ESP};
    const struct ike_transform t = {.number = 3, .id = 12, .attrs = attrs};
    struct ike_suite s;
    memset(&s, 0xee, sizeof(s));
    if (phase1)
        ike_suite_decode1(&s, &p, &t);
    else
        ike_suite_decode2(&s, &p, &t);
    return s;
}

static const struct {
    const char *name, *hex;
    struct ike_suite want;
} PHASE1[] =
    {
        {"nothing", "", {0}},
        {"everything",
         "80010007 800e0100 80020004 80030001 8004000e 800d0002 800b0001 000c000400015180 800b0002 "
         "800c1000",
         {.cipher = 7,
          .key_bits = 256,
          .hash = 4,
          .auth = 1,
          .group = 14,
          .prf = 2,
          .life_seconds = 86400,
          .life_kilobytes = 4096}},
        {"any order",
         "800b0001 800c0e10 80010005 80020001 80030003 80040005",
         {.cipher = 5, .hash = 1, .auth = 3, .group = 5, .life_seconds = 3600}},
        {"XAUTH method", "8003fde9", {.auth = 65001}},
        /* SAP-04: a basic attribute in a TLV */
        {"group in 0 bytes", "00040000", {.bad = 4}},
        {"group in 1 byte", "00040001 0e", {.group = 14}},
        {"group in 2 bytes", "00040002 000e", {.group = 14}},
        {"group in 3 bytes", "00040003 00000e", {.group = 14}},
        {"group in 4 bytes", "00040004 0000000e", {.group = 14}},
        {"group in 8 bytes", "00040008 00*7 0e", {.group = 14}},
        {"group in 16 bytes", "00040010 00*15 0e", {.group = 14}},
        {"group that does not fit", "00040003 01000e", {.bad = 4}},
        {"group of 16 bytes that does not fit", "00040010 01 00*14 0e", {.bad = 4}},
        {"duration in 0 bytes", "800b0001 000c0000", {.bad = 12}},
        {"duration in 1 byte", "800b0001 000c0001 05", {.life_seconds = 5}},
        {"duration in 8 bytes", "800b0001 000c0008 00000000 00015180", {.life_seconds = 86400}},
        {"duration over 32 bits is held",
         "800b0001 000c0005 0100000000",
         {.life_seconds = UINT32_MAX}},
        {"duration over 64 bits is held",
         "800b0002 000c0010 ff*16",
         {.life_kilobytes = UINT32_MAX}},
        /* SAP-05 */
        {"twice, equal", "8004000e 8004000e", {.group = 14}},
        {"twice, equal in both forms", "8004000e 00040002000e", {.group = 14}},
        {"twice, different", "8004000e 80040002", {.group = 14, .bad = 4}},
        {"duration without type", "800c0e10", {.bad = 12}},
        {"type after duration", "800c0e10 800b0001", {.bad = 12}},
        {"type without duration", "800b0001", {.bad = 11}},
        {"two types, one duration",
         "800b0001 800b0002 800c0e10",
         {.life_seconds = 3600, .bad = 11}},
        {"one type, two durations",
         "800b0001 800c0e10 800c0e11",
         {.life_seconds = 3600, .bad = 12}},
        {"lifetime twice, equal", "800b0001 800c0e10 800b0001 800c0e10", {.life_seconds = 3600}},
        {"lifetime twice, different",
         "800b0001 800c0e10 800b0001 800c0e11",
         {.life_seconds = 3600, .bad = 12}},
        {"life type 0", "800b0000 800c0e10", {.bad = 11}},
        {"life type 3", "800b0003 800c0e10", {.bad = 11}},
        {"life type in a TLV", "000b0002 0001 800c0e10", {.life_seconds = 3600}},
        {"something between type and duration",
         "800b0001 80010007 800c0e10",
         {.cipher = 7, .life_seconds = 3600}},
        /* SAP-06 */
        {"unknown number", "80010007 80110001", {.cipher = 7, .bad = 17}},
        {"unknown number in a TLV", "00110004 00000001", {.bad = 17}},
        {"private range", "c0060001", {.bad = 16390}},
        {"largest number", "ffff0001", {.bad = 0x7fff}},
        {"number 0", "80000001", {.bad = UINT16_MAX}},
        {"the first bad one is named", "80110001 80120001 80010007", {.cipher = 7, .bad = 17}},
        /* SAP-07: which size fits the cipher is decided later; 0 never does */
        {"key length 0", "80010007 800e0000", {.cipher = 7, .bad = 14}},
        {"key length 1", "80010007 800e0001", {.cipher = 7, .key_bits = 1}},
        {"key length 65535", "80010007 800effff", {.cipher = 7, .key_bits = 65535}},
        {"key length for 3DES", "80010005 800e00c0", {.cipher = 5, .key_bits = 192}},
        /* SAP-08 */
        {"group type MODP", "80050001", {.bad = 5}},
        {"group type EC2N", "80050003", {.bad = 5}},
        {"group prime", "00060004 deadbeef", {.bad = 6}},
        {"generator one", "80070002", {.bad = 7}},
        {"generator two", "80080002", {.bad = 8}},
        {"curve A", "80090001", {.bad = 9}},
        {"curve B", "800a0001", {.bad = 10}},
        {"field size", "800f009b", {.bad = 15}},
        {"group order", "00100002 0001", {.bad = 16}},
        {"group 0", "80040000", {.bad = 4}},
        {"group 32768 is for policy to refuse", "80048000", {.group = 32768}},
},
  PHASE2[] = {
      {"nothing", "", {0}},
      {"everything",
       "8003000e 80040001 80050005 80060100 80010001 80020e10 80010002 000200040000ffff 800b0001",
       {.group = 14,
        .encapsulation = 1,
        .integrity = 5,
        .key_bits = 256,
        .life_seconds = 3600,
        .life_kilobytes = 65535,
        .esn = 1}},
      {"draft encapsulation", "8004f003", {.encapsulation = 61443}},
      {"duration without type", "80020e10", {.bad = 2}},
      {"key rounds", "80070001", {.bad = 7}},
      {"dictionary size", "80080001", {.bad = 8}},
      {"private compression", "80090001", {.bad = 9}},
      {"ECN tunnel", "800a0001", {.bad = 10}},
      {"unknown number", "800c0001", {.bad = 12}},
      {"integrity 0", "80050000", {.bad = 5}},
      {"encapsulation twice, different", "80040001 80040002", {.encapsulation = 1, .bad = 4}},
};

static void check_suite(const char *name, const struct ike_suite *got,
                        const struct ike_suite *want) {
    ROW_EQUAL(name, got->cipher, want->cipher);
    ROW_EQUAL(name, got->hash, want->hash);
    ROW_EQUAL(name, got->auth, want->auth);
    ROW_EQUAL(name, got->prf, want->prf);
    ROW_EQUAL(name, got->group, want->group);
    ROW_EQUAL(name, got->key_bits, want->key_bits);
    ROW_EQUAL(name, got->encapsulation, want->encapsulation);
    ROW_EQUAL(name, got->integrity, want->integrity);
    ROW_EQUAL(name, got->esn, want->esn);
    ROW_EQUAL(name, got->life_seconds, want->life_seconds);
    ROW_EQUAL(name, got->life_kilobytes, want->life_kilobytes);
    ROW_EQUAL(name, got->bad, want->bad);
}

static void test_decode1__table__fields_and_bad(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(PHASE1); i++) {
        ikev1_bytes in = hex_make(PHASE1[i].hex);
        struct ike_suite got = decode(true, in);
        check_suite(PHASE1[i].name, &got, &PHASE1[i].want);
        ROW_EQUAL(PHASE1[i].name, got.protocol, IKEV1_PROTO_ISAKMP);
        ROW_EQUAL(PHASE1[i].name, got.transform, 3);
        ROW_EQUAL(PHASE1[i].name, got.id, 12);
        hex_free(in);
    }
}

static void test_decode2__table__fields_and_bad(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(PHASE2); i++) {
        ikev1_bytes in = hex_make(PHASE2[i].hex);
        struct ike_suite got = decode(false, in);
        check_suite(PHASE2[i].name, &got, &PHASE2[i].want);
        ROW_EQUAL(PHASE2[i].name, got.protocol, IKEV1_PROTO_ESP);
        hex_free(in);
    }
}

/* The attributes of a suite, as our writer puts them. */
static ikev1_bytes written(bool phase1, const struct ike_suite *suite, uint8_t *buf, size_t cap) {
    struct ike_writer w = ike_writer(buf, cap);
    struct ike_sa_writer s;
    ike_sa_begin(&s, &w);
    ike_sa_proposal(&s, 1, IKEV1_PROTO_ISAKMP, ike_bytes(NULL, 0));
    if (phase1)
        ike_sa_transform1(&s, suite);
    else
        ike_sa_transform2(&s, suite);
    ike_sa_end(&s);
    ikev1_bytes body = ike_bytes(buf, ike_written(&w));
    assert_int_equal(ike_sa_check(body, NULL), IKEV1_OK);
    return ike_bytes(buf + 24, body.len - 24);
}

static void test_transforms__written__order_that_others_use(void **state) {
    (void)state;
    static const struct {
        const char *name;
        bool phase1;
        struct ike_suite suite;
        const char *hex;
    } rows[] = {
        {"phase 1, short",
         true,
         {.cipher = 5, .hash = 2, .auth = 1, .group = 2, .life_seconds = 28800},
         "80010005 80020002 80040002 80030001 800b0001 800c7080"},
        {"phase 1, all",
         true,
         {.cipher = 7,
          .key_bits = 128,
          .hash = 4,
          .auth = 3,
          .group = 19,
          .prf = 2,
          .life_seconds = 86400,
          .life_kilobytes = 100},
         "80010007 800e0080 80020004 80040013 80030003 800d0002 800b0001 000c000400015180 "
         "800b0002 800c0064"},
        {"phase 2, short", false, {.encapsulation = 1, .integrity = 2}, "80050002 80040001"},
        {"phase 2, all",
         false,
         {.group = 14,
          .encapsulation = 3,
          .integrity = 5,
          .key_bits = 256,
          .life_seconds = 3600,
          .life_kilobytes = 70000,
          .esn = 1},
         "80060100 80050005 8003000e 80040003 80010001 80020e10 80010002 0002000400011170 "
         "800b0001"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t buf[256];
        ikev1_bytes want = hex_make(rows[i].hex);
        ikev1_bytes got = written(rows[i].phase1, &rows[i].suite, buf, sizeof(buf));
        ROW_EQUAL(rows[i].name, ike_bytes_equal(got, want), true);
        struct ike_suite again = decode(rows[i].phase1, got);
        check_suite(rows[i].name, &again, &rows[i].suite);
        hex_free(want);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode1__table__fields_and_bad),
        cmocka_unit_test(test_decode2__table__fields_and_bad),
        cmocka_unit_test(test_transforms__written__order_that_others_use),
    };
    return cmocka_run_group_tests_name("suite", tests, NULL, NULL);
}
