/* SPDX-License-Identifier: Apache-2.0 */
#include "support/algs.h"
#include "support/failcrypto.h"
#include "support/vectors.h"
#include "wire/wire.h"

#include <ikev1/openssl.h>

/* CRY-07: what is not whole blocks is refused before the provider sees it. */
static void test_decrypt__length__whole_blocks_only(void **state) {
    static const struct {
        const char *name, *cipher;
        size_t len;
        int want;
    } rows[] = {{"AES, nothing", "aes-cbc", 0, IKEV1_E_CIPHERTEXT},
                {"AES, half a block", "aes-cbc", 8, IKEV1_E_CIPHERTEXT},
                {"AES, one byte short", "aes-cbc", 15, IKEV1_E_CIPHERTEXT},
                {"AES, one block", "aes-cbc", 16, IKEV1_OK},
                {"AES, one byte over", "aes-cbc", 17, IKEV1_E_CIPHERTEXT},
                {"AES, five blocks", "aes-cbc", 80, IKEV1_OK},
                {"3DES, nothing", "3des-cbc", 0, IKEV1_E_CIPHERTEXT},
                {"3DES, one block", "3des-cbc", 8, IKEV1_OK},
                {"3DES, a block and a half", "3des-cbc", 12, IKEV1_E_CIPHERTEXT}};
    struct fail_crypto fail;
    const uint8_t key[32] = {1}, iv[16] = {2};
    (void)state;

    fail_crypto_init(&fail, ikev1_openssl());
    fail.kinds = FAIL_CIPHER;
    struct ike_crypto c = crypto_open(&fail.provider);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ike_algs a;
        uint8_t *in = calloc(1, rows[i].len + 1), *out = calloc(1, rows[i].len + 1), next[16];
        uint64_t calls = fail.calls;

        ROW_EQUAL(rows[i].name, algs_named(&a, &c, NULL, NULL, rows[i].cipher, 0), true);
        ROW_EQUAL(rows[i].name,
                  ike_body_decrypt(&c, &a, key, iv, ike_bytes(in, rows[i].len), out, next),
                  rows[i].want);
        ROW_EQUAL(rows[i].name, fail.calls - calls, rows[i].want == IKEV1_OK);
        ROW_EQUAL(rows[i].name, ike_body_encrypt(&c, &a, key, iv, out, rows[i].len, next),
                  rows[i].want == IKEV1_OK ? IKEV1_OK : IKEV1_E_BUG);
        free(in);
        free(out);
    }
    crypto_close(&c);
}

/* Two messages in a chain, against the same bytes encrypted in one go: RFC 2409 App. B. */
static void test_body__chain__as_one_run_of_blocks(void **state) {
    struct ike_crypto c = crypto_open(ikev1_openssl());
    const uint8_t key[16] = {1}, iv[16] = {2};
    uint8_t whole[80], parts[80], out[80], next[16], after[16];
    struct ike_algs a;
    (void)state;

    assert_true(algs_named(&a, &c, NULL, NULL, "aes-cbc", 16));
    for (uint8_t i = 0; i < sizeof whole; i++)
        whole[i] = parts[i] = i;
    assert_int_equal(ike_body_encrypt(&c, &a, key, iv, whole, 80, next), IKEV1_OK);
    assert_memory_equal(next, whole + 64, 16);
    assert_int_equal(ike_body_encrypt(&c, &a, key, iv, parts, 32, next), IKEV1_OK);
    assert_int_equal(ike_body_encrypt(&c, &a, key, next, parts + 32, 48, next), IKEV1_OK);
    assert_memory_equal(parts, whole, 80);
    assert_memory_equal(next, whole + 64, 16);

    assert_int_equal(ike_body_decrypt(&c, &a, key, iv, ike_bytes(whole, 32), out, next), IKEV1_OK);
    assert_memory_equal(next, whole + 16, 16);
    /* in place, and `next` in the place of `iv` */
    memcpy(out + 32, whole + 32, 48);
    assert_int_equal(ike_body_decrypt(&c, &a, key, next, ike_bytes(out + 32, 48), out + 32, next),
                     IKEV1_OK);
    for (uint8_t i = 0; i < sizeof out; i++)
        assert_int_equal(out[i], i);
    memcpy(after, whole + 64, 16);
    assert_memory_equal(next, after, 16);
    crypto_close(&c);
}

/* A recorded Informational message, both ways: its bytes, and what it says. */
static void test_body__recorded_informational__opened_and_closed(void **state) {
    struct vec_file *f = vec_open("messages/encrypted_informational.txt");
    struct ike_crypto c = crypto_open(ikev1_openssl());
    struct ike_chain chain;
    struct ike_notify n;
    struct ike_algs a;
    uint8_t text[512], next[16];
    (void)state;
    if (f == NULL)
        skip();
    assert_true(algs_named(&a, &c, NULL, NULL, "aes-cbc", 16));
    assert_true(vec_next(f));
    const ikev1_bytes msg = vec_hex(f, "msg"), plain = vec_hex(f, "plain");
    const ikev1_bytes key = vec_hex(f, "enc_key"), iv = vec_hex(f, "iv");
    const ikev1_bytes sealed = {msg.data + IKEV1_HEADER_SIZE, msg.len - IKEV1_HEADER_SIZE};
    assert_int_equal(ike_body_decrypt(&c, &a, key.data, iv.data, sealed, text, next), IKEV1_OK);
    assert_int_equal(sealed.len, plain.len);
    assert_memory_equal(text, plain.data, plain.len);
    assert_int_equal(ike_chain_decode(&chain, msg.data[16], plain, 16, NULL), IKEV1_OK);
    assert_int_equal(chain.used, vec_number(f, "payloads_len", 0));
    assert_int_equal(ike_notify_decode(&n, chain.at[1].body, NULL), IKEV1_OK);
    assert_int_equal(n.type, IKEV1_NOTIFY_PAYLOAD_MALFORMED);
    assert_int_equal(ike_body_encrypt(&c, &a, key.data, iv.data, text, plain.len, next), IKEV1_OK);
    assert_memory_equal(text, sealed.data, sealed.len);
    vec_close(f);
    crypto_close(&c);
}

/* CRY-01, CRY-04: a failing provider moves no chain. */
static void test_body__provider_fails__iv_not_given(void **state) {
    struct fail_crypto fail;
    const uint8_t key[16] = {1}, iv[16] = {2};
    uint8_t data[32] = {0}, next[16];
    struct ike_algs a;
    (void)state;

    fail_crypto_init(&fail, ikev1_openssl());
    fail.kinds = FAIL_CIPHER;
    fail.fail_at = 1;
    fail.from_there = true;
    struct ike_crypto c = crypto_open(&fail.provider);
    memset(next, 0xee, sizeof next);
    assert_true(algs_named(&a, &c, NULL, NULL, "aes-cbc", 16));
    assert_int_equal(ike_body_decrypt(&c, &a, key, iv, ike_bytes(data, 32), data, next),
                     IKEV1_E_PROVIDER);
    assert_int_equal(ike_body_encrypt(&c, &a, key, iv, data, 32, next), IKEV1_E_PROVIDER);
    for (size_t i = 0; i < sizeof next; i++)
        assert_int_equal(next[i], 0xee);
    crypto_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decrypt__length__whole_blocks_only),
        cmocka_unit_test(test_body__chain__as_one_run_of_blocks),
        cmocka_unit_test(test_body__recorded_informational__opened_and_closed),
        cmocka_unit_test(test_body__provider_fails__iv_not_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
