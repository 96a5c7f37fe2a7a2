/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rows.h"

#include "base/base.h"

enum { ROOM = 2048 };

static void test_error__every_code__name_text_class(void **state) {
    (void)state;
    static const struct {
        int code, class_of;
        const char *name;
    } rows[] = {
#define ROW(cls, n, name, text, hint) {IKEV1_E_##name, IKEV1_CLASS_##cls, #name},
        IKEV1_ERRORS(ROW)
#undef ROW
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ROW_TEXT(rows[i].name, ikev1_error_name(rows[i].code), rows[i].name);
        ROW_EQUAL(rows[i].name, IKEV1_ERROR_CLASS(rows[i].code), rows[i].class_of);
        ROW_EQUAL(rows[i].name, strlen(ikev1_strerror(rows[i].code)) > 0, true);
        ROW_EQUAL(rows[i].name, strlen(ikev1_error_hint(rows[i].code)) > 0, true);
        for (size_t k = 0; k < i; k++)
            ROW_EQUAL(rows[i].name, rows[k].code == rows[i].code, false);
    }
}

static void test_error__numbers_that_are_none__unknown(void **state) {
    (void)state;
    static const int codes[] = {-1, 3, -256, -511, -5000, 100000, -2147483647};
    for (size_t i = 0; i < COUNT(codes); i++) {
        assert_string_equal(ikev1_error_name(codes[i]), "UNKNOWN");
        assert_string_equal(ikev1_strerror(codes[i]), "unknown error");
        assert_string_equal(ikev1_error_hint(codes[i]), "");
    }
    assert_string_equal(ikev1_error_name(IKEV1_OK), "OK");
    assert_string_equal(ikev1_error_name(IKEV1_PENDING), "PENDING");
    assert_string_equal(ikev1_error_name(IKEV1_DROPPED), "DROPPED");
}

#define HINT_PROPOSAL "; make cipher, hash, group and authentication the same on both sides"

/* M-S6, M-B3 */
static const struct {
    const char *name;
    ikev1_why why;
    const char *want;
} FORMATS[] = {
    {"nothing to say", {.code = IKEV1_OK, .rule = 5}, ""},
    {"phase 1 difference, cipher and key length in one",
     {.code = IKEV1_E_NO_PROPOSAL,
      .exchange = IKEV1_EXCHANGE_MAIN,
      .payload = IKEV1_PAYLOAD_SA,
      .offset = 28,
      .rule = 3,
      .cite = "RFC 2409 5",
      .diff_count = 3,
      .diffs = {{1, 1, 0, IKEV1_PROTO_ISAKMP, IKEV1_ATTR1_CIPHER, IKEV1_CIPHER_3DES,
                 IKEV1_CIPHER_AES},
                {1, 1, 0, IKEV1_PROTO_ISAKMP, IKEV1_ATTR1_KEY_BITS, 0, 128},
                {1, 1, 0, IKEV1_PROTO_ISAKMP, IKEV1_ATTR1_GROUP, IKEV1_GROUP_MODP1024,
                 IKEV1_GROUP_MODP2048}}},
     "no proposal chosen: encryption: peer 3DES, rule 3 wants AES-128; group: peer MODP1024, "
     "rule 3 wants MODP2048 (RFC 2409 5)" HINT_PROPOSAL},
    {"key length alone, no rule yet",
     {.code = IKEV1_E_NO_PROPOSAL,
      .exchange = IKEV1_EXCHANGE_AGGRESSIVE,
      .diff_count = 1,
      .diffs = {{1, 1, 0, IKEV1_PROTO_ISAKMP, IKEV1_ATTR1_KEY_BITS, 256, 128}}},
     "no proposal chosen: key length: peer 256, we want 128" HINT_PROPOSAL},
    {"key length of another pair is not joined",
     {.code = IKEV1_E_NO_PROPOSAL,
      .exchange = IKEV1_EXCHANGE_MAIN,
      .diff_count = 2,
      .diffs = {{1, 1, 0, IKEV1_PROTO_ISAKMP, IKEV1_ATTR1_CIPHER, IKEV1_CIPHER_3DES,
                 IKEV1_CIPHER_AES},
                {1, 2, 0, IKEV1_PROTO_ISAKMP, IKEV1_ATTR1_KEY_BITS, 256, 128}}},
     "no proposal chosen: encryption: peer 3DES, we want AES | key length: peer 256, we want "
     "128" HINT_PROPOSAL},
    {"phase 2 transform, PFS absent",
     {.code = IKEV1_E_NO_PROPOSAL,
      .exchange = IKEV1_EXCHANGE_QUICK,
      .rule = 1,
      .diff_count = 4,
      .diffs = {{1, 1, 0, IKEV1_PROTO_ESP, IKEV1_DIFF_PROTOCOL, IKEV1_PROTO_AH, IKEV1_PROTO_ESP},
                {1, 1, 0, IKEV1_PROTO_ESP, IKEV1_ATTR2_KEY_BITS, 0, 256},
                {1, 1, 0, IKEV1_PROTO_ESP, IKEV1_DIFF_TRANSFORM, IKEV1_ESP_3DES, IKEV1_ESP_AES_CBC},
                {1, 1, 0, IKEV1_PROTO_ESP, IKEV1_ATTR2_GROUP, 0, IKEV1_GROUP_MODP2048}}},
     "no proposal chosen: protocol: peer AH, rule 1 wants ESP; encryption: peer 3DES, rule 1 "
     "wants AES-CBC-256; PFS group: peer none, rule 1 wants MODP2048" HINT_PROPOSAL},
    {"attribute we do not know, value we do not know",
     {.code = IKEV1_E_NO_PROPOSAL,
      .exchange = IKEV1_EXCHANGE_MAIN,
      .diff_count = 2,
      .diffs = {{1, 1, 0, IKEV1_PROTO_ISAKMP, IKEV1_DIFF_UNKNOWN, 16390, 0},
                {1, 1, 0, IKEV1_PROTO_ISAKMP, IKEV1_ATTR1_HASH, 4711, IKEV1_HASH_SHA1}}},
     "no proposal chosen: unknown attribute 16390; hash: peer 4711, we want SHA1" HINT_PROPOSAL},
    {"attributes that no transform can use",
     {.code = IKEV1_E_NO_PROPOSAL,
      .exchange = IKEV1_EXCHANGE_MAIN,
      .diff_count = 2,
      .diffs = {{1, 1, 0, IKEV1_PROTO_ISAKMP, IKEV1_DIFF_UNKNOWN, IKEV1_ATTR1_GROUP_PRIME, 0},
                {1, 2, 0, IKEV1_PROTO_ISAKMP, IKEV1_DIFF_UNKNOWN, UINT16_MAX, 0}}},
     "no proposal chosen: group prime: the peer's is not usable | unknown attribute "
     "0" HINT_PROPOSAL},
    {"texts",
     {.code = IKEV1_E_PEER_ID,
      .theirs = "a.example",
      .ours = "b.example",
      .cite = "RFC 2407 4.6.2"},
     "the peer's identity is not the one expected: theirs: a.example, ours: b.example (RFC 2407 "
     "4.6.2); make the peer's local ID and our remote ID the same, type and content"},
    {"our text only",
     {.code = IKEV1_E_NO_CREDENTIAL, .ours = "10.0.0.1"},
     "no credential for this peer: ours: 10.0.0.1; configure a pre-shared key"},
    {"what the peer said",
     {.code = IKEV1_E_NOTIFIED, .notify = IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN},
     "the peer refused and said why: NO-PROPOSAL-CHOSEN; read the notification's name"},
    {"payload and place",
     {.code = IKEV1_E_RESERVED, .payload = IKEV1_PAYLOAD_ID, .offset = 84},
     "reserved field is not zero: payload ID at byte 84; suspect a wrong pre-shared key"},
    {"no hint", {.code = IKEV1_DROPPED}, "dropped without effect"},
    {"no such code", {.code = -9}, "unknown error"},
    {"raw bytes in a text",
     {.code = IKEV1_E_REFUSED, .theirs = "a\n\x1b%n\\x00\xff"},
     "refused by the host's policy: theirs: a\\x0a\\x1b%n\\x00\\xff; the host's log knows why"},
};

static void test_why_format__table__whole_line(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(FORMATS); i++) {
        char out[ROOM];
        size_t len = ikev1_why_format(&FORMATS[i].why, out, sizeof(out));
        ROW_TEXT(FORMATS[i].name, out, FORMATS[i].want);
        ROW_EQUAL(FORMATS[i].name, len, strlen(FORMATS[i].want));
    }
}

static void test_why_format__every_size_of_buffer__truncated(void **state) { /* LOG-04 */
    (void)state;
    for (size_t i = 0; i < COUNT(FORMATS); i++) {
        size_t whole = strlen(FORMATS[i].want);
        for (size_t cap = 0; cap <= whole + 1; cap++) {
            char *out = malloc(cap > 0 ? cap : 1);
            ROW_EQUAL(FORMATS[i].name, ikev1_why_format(&FORMATS[i].why, out, cap), whole);
            if (cap > 0) {
                ROW_EQUAL(FORMATS[i].name, strlen(out), cap - 1 < whole ? cap - 1 : whole);
                ROW_EQUAL(FORMATS[i].name, memcmp(out, FORMATS[i].want, strlen(out)), 0);
            }
            free(out);
        }
    }
}

static void test_why_format__fields_without_nul_and_wild_counts__bounded(void **state) {
    (void)state;
    ikev1_why *why = malloc(sizeof(*why));
    memset(why, 'A', sizeof(*why));
    why->code = IKEV1_E_NO_PROPOSAL;
    why->cite = NULL;
    why->diff_count = 255;
    char out[ROOM];
    assert_true(ikev1_why_format(why, out, sizeof(out)) > 2 * IKEV1_WHY_TEXT);
    assert_int_equal(ikev1_why_format(why, NULL, 0), ikev1_why_format(why, out, sizeof(out)));
    free(why);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error__every_code__name_text_class),
        cmocka_unit_test(test_error__numbers_that_are_none__unknown),
        cmocka_unit_test(test_why_format__table__whole_line),
        cmocka_unit_test(test_why_format__every_size_of_buffer__truncated),
        cmocka_unit_test(test_why_format__fields_without_nul_and_wild_counts__bounded),
    };
    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
