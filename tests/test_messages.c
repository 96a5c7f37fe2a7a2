/* SPDX-License-Identifier: Apache-2.0 */
/* Real messages of the shared vectors: the good ones decode, the others are refused. */
#include "support/rows.h"
#include "support/vectors.h"

#include "wire/wire.h"

/* Good in their collection, but not strictly: what we say about them instead. */
static const struct {
    const char *name;
    int want;
} STRANGE[] = {
    {"ike-scan-custom-proposal", IKEV1_E_RESERVED}, /* 0xff in every reserved byte */
    {"scapy-isakmp-uts-built-0", IKEV1_E_COOKIE},   /* cookies are zero */
    {"scapy-isakmp-uts-built-1", IKEV1_E_COOKIE},   /* likewise */
    {"scapy-isakmp-uts-built-2", IKEV1_E_COOKIE},   /* likewise */
    {"rub-main-pke-3", IKEV1_E_ID_SYNTAX},          /* encrypted ID: mission R2 refuses that */
    {"scapy-isakmp-uts-built-3", IKEV1_E_COOKIE},   /* likewise */
};

static int expected(const char *name) {
    for (size_t i = 0; i < COUNT(STRANGE); i++)
        if (strcmp(STRANGE[i].name, name) == 0)
            return STRANGE[i].want;
    return IKEV1_OK;
}

static struct ike_chain chain; /* too large for some stacks, and the same for every test */

/* A message in clear; of an encrypted one only the header. */
static int decode(ikev1_bytes message) {
    struct ike_header h;
    int code = ike_header_decode(&h, message, NULL);
    chain.count = 0;
    if (code != IKEV1_OK || (h.flags & IKEV1_FLAG_ENCRYPTION) != 0)
        return code;
    ikev1_bytes body = ike_bytes(message.data + 28, message.len - 28);
    return ike_chain_decode(&chain, h.next, body, 0, NULL);
}

/* A case is a whole message or, without header, a decrypted chain and its padding: one block
 * of it at most (PAY-04). */
static int decode_case(struct vec_file *f) {
    ikev1_bytes plain = vec_hex(f, "plain");
    if (plain.data == NULL)
        return decode(vec_hex(f, "msg"));
    ikev1_bytes first = vec_hex(f, "first_payload");
    assert_int_equal(first.len, 1);
    return ike_chain_decode(&chain, first.data[0], plain, 16, NULL);
}

/* The payload types of a chain, as the vectors write them. */
static void check_types(const char *name, const char *want) {
    char got[256];
    struct ike_text t = ike_text(got, sizeof(got));
    for (size_t i = 0; i < chain.count; i++) {
        ike_text_str(&t, i > 0 ? " " : "");
        ike_text_u64(&t, chain.at[i].wire_type);
    }
    ROW_TEXT(name, got, want);
}

static struct vec_file *open_or_skip(const char *path) {
    struct vec_file *f = vec_open(path);
    if (f == NULL) {
        print_message("the shared test vectors are not here: %s\n", path);
        skip();
    }
    return f;
}

static void test_single__good_messages__payloads_in_order(void **state) {
    (void)state;
    static const char *const files[] = {"messages/single.txt", "messages/single_2.txt"};
    for (size_t i = 0; i < COUNT(files); i++) {
        struct vec_file *f = open_or_skip(files[i]);
        size_t cases = 0;
        for (; vec_next(f); cases++) {
            const char *name = vec_text(f, "case"), *types = vec_text(f, "payloads");
            int want = expected(name);
            ROW_EQUAL(name, decode_case(f), want);
            if (want == IKEV1_OK && types != NULL && strcmp(types, "encrypted") != 0)
                check_types(name, types);
        }
        assert_true(cases > 10);
        vec_close(f);
    }
}

static void test_odd__malformed_messages__refused(void **state) {
    (void)state;
    static const char *const files[] = {"messages/odd_or_malformed.txt",
                                        "messages/odd_or_malformed_2.txt"};
    for (size_t i = 0; i < COUNT(files); i++) {
        struct vec_file *f = open_or_skip(files[i]);
        size_t cases = 0;
        for (; vec_next(f); cases++)
            ROW_EQUAL(vec_text(f, "case"), decode(vec_hex(f, "msg")) < 0, true);
        assert_true(cases >= 5);
        vec_close(f);
    }
}

/* Message `n` of an exchange: in clear, decrypted by whoever made the vectors, or closed. */
static void check_message(struct vec_file *f, int n) {
    char key[32], row[64];
    snprintf(key, sizeof(key), "msg%d", n);
    ikev1_bytes message = vec_hex(f, key);
    snprintf(row, sizeof(row), "%.40s msg%d", vec_text(f, "case"), n);
    ROW_EQUAL(row, decode(message), IKEV1_OK);
    snprintf(key, sizeof(key), "msg%d_plain", n);
    ikev1_bytes plain = vec_hex(f, key);
    snprintf(key, sizeof(key), "msg%d_payloads_len", n);
    long used = vec_number(f, key, -1);
    if (plain.data == NULL || used < 0)
        return;
    uint8_t first = message.data[16];
    size_t pad = plain.len - (size_t)used;
    ROW_EQUAL(row, ike_chain_decode(&chain, first, plain, pad, NULL), IKEV1_OK);
    ROW_EQUAL(row, chain.used, used);
}

static void check_handshake(const char *path) {
    struct vec_file *f = open_or_skip(path);
    size_t messages = 0;
    while (vec_next(f))
        for (size_t i = 0; vec_key(f, i) != NULL; i++) {
            int n = 0, end = 0;
            if (sscanf(vec_key(f, i), "msg%d%n", &n, &end) == 1 && vec_key(f, i)[end] == '\0') {
                check_message(f, n);
                messages++;
            }
        }
    ROW_EQUAL(path, messages > 2, true);
    vec_close(f);
}

/* Without rub_main_pke_cisco: its ID is encrypted with RSA, which mission R2 refuses. */
static void test_handshakes__every_message__decodes(void **state) {
    (void)state;
    static const char *const files[] = {
        "openswan_main_psk_pfs",
        "ozcan_aggressive_psk_1",
        "ozcan_aggressive_psk_2",
        "ozcan_main_psk",
        "rub_aggressive_psk",
        "rub_main_psk",
        "rub_main_psk_informational",
        "rub_strongswan_main_psk_1",
        "rub_strongswan_main_psk_2",
        "rub_strongswan_psk_mismatch",
        "tcpdump_natt_4500",
        "wireshark_main_xauth_modecfg",
        "zeek_aggressive",
        "zeek_main",
        "zeek_main_2",
    };
    for (size_t i = 0; i < COUNT(files); i++) {
        char path[128];
        snprintf(path, sizeof(path), "handshakes/%s.txt", files[i]);
        check_handshake(path);
    }
}

/* A real message cut at every byte, and with each of its bits flipped: no crash, nothing read
 * outside (that is the sanitizer's to say), every payload inside. */
static void test_messages__cut_and_flipped__never_outside(void **state) {
    (void)state;
    struct vec_file *f = open_or_skip("messages/single.txt");
    while (vec_next(f)) {
        ikev1_bytes whole = vec_hex(f, "msg");
        for (size_t len = 0; len < whole.len; len++) {
            ikev1_bytes cut = bytes_copy(ike_bytes(whole.data, len));
            ROW_EQUAL(vec_text(f, "case"), decode(cut) < 0, true);
            hex_free(cut);
        }
        ikev1_bytes copy = bytes_copy(whole);
        uint8_t *bytes = (uint8_t *)(uintptr_t)copy.data;
        for (size_t bit = 0; bit < 8 * copy.len; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            if (decode(copy) == IKEV1_OK)
                for (size_t i = 0; i < chain.count; i++)
                    assert_true(chain.at[i].body.data + chain.at[i].body.len <=
                                copy.data + copy.len);
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        hex_free(copy);
    }
    vec_close(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single__good_messages__payloads_in_order),
        cmocka_unit_test(test_odd__malformed_messages__refused),
        cmocka_unit_test(test_handshakes__every_message__decodes),
        cmocka_unit_test(test_messages__cut_and_flipped__never_outside),
    };
    return cmocka_run_group_tests_name("messages", tests, NULL, NULL);
}
