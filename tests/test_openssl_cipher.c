/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* setenv */
#include "support/algs.h"

#include <ikev1/openssl.h>

static void test_cbc__published_vectors__both_ways(void **state) {
    static const char *const files[] = {"crypto/cipher_cbc.txt", "crypto/cipher_cbc_2.txt"};
    size_t run = 0;
    (void)state;

    for (size_t i = 0; i < COUNT(files); i++) {
        struct vec_file *f = vec_open_or_skip(files[i]);
        struct ike_crypto c = crypto_open(ikev1_openssl());

        for (; vec_next(f); run++) {
            const ikev1_bytes key = vec_hex(f, "key"), plain = vec_hex(f, "plain");
            const ikev1_bytes cipher = vec_hex(f, "cipher"), iv = vec_hex(f, "iv");
            uint8_t *got = malloc(plain.len);
            struct ike_algs a;
            char row[64];

            snprintf(row, sizeof row, "%s, line %d", vec_text(f, "alg"), vec_line(f));
            ROW_EQUAL(row, algs_named(&a, &c, NULL, NULL, vec_text(f, "alg"), (long)key.len), true);
            ROW_EQUAL(row, a.key_size, key.len);
            ROW_EQUAL(row, a.cipher->block, iv.len);
            ROW_EQUAL(row, a.cipher->encrypt(c.instance, key, iv.data, plain.data, got, plain.len),
                      IKEV1_OK);
            row_bytes(row, "ciphertext", got, cipher);
            ROW_EQUAL(row, a.cipher->decrypt(c.instance, key, iv.data, got, got, plain.len),
                      IKEV1_OK);
            row_bytes(row, "plaintext", got, plain);
            free(got);
        }
        vec_close(f);
        crypto_close(&c);
    }
    assert_int_equal(run, 24);
}

/* Every key size a descriptor names, each after another one, so that a context that is reused must
 * take the new size. CBC's definition is the oracle: c1 = E(p1 ^ iv), c2 = E(p2 ^ c1). */
static void test_cbc__every_key_size__reused_contexts(void **state) {
    struct ike_crypto c = crypto_open(ikev1_openssl());
    uint8_t key[IKEV1_MAX_KEY], iv[16], plain[48], zero[16] = {0};
    (void)state;

    for (uint8_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(i * 37 + 1);
    memset(iv, 0x77, sizeof iv);
    memset(plain, 0x31, sizeof plain);
    for (size_t n = 0; c.provider->ciphers[n] != NULL; n++) {
        const ikev1_cipher_alg *a = c.provider->ciphers[n];
        const size_t step = a->key_step > 0 ? a->key_step : 1, block = a->block;
        uint8_t last[16] = {0};

        for (size_t size = a->key_min; size <= a->key_max; size += step) {
            const ikev1_bytes k = {key, size};
            uint8_t out[48], one[16];

            ROW_EQUAL(a->name, a->encrypt(c.instance, k, iv, plain, out, 3 * block), IKEV1_OK);
            for (size_t i = 0; i < block; i++)
                one[i] = plain[block + i] ^ out[i];
            ROW_EQUAL(a->name, a->encrypt(c.instance, k, zero, one, one, block), IKEV1_OK);
            row_bytes(a->name, "second block", out + block, ike_bytes(one, block));
            ROW_EQUAL(a->name, memcmp(one, last, block) != 0, true);
            memcpy(last, one, block);
            ROW_EQUAL(a->name, a->decrypt(c.instance, k, iv, out, out, 3 * block), IKEV1_OK);
            row_bytes(a->name, "plaintext", out, ike_bytes(plain, 3 * block));
        }
    }
    for (size_t i = 0; i < sizeof iv; i++)
        assert_int_equal(iv[i], 0x77);
    crypto_close(&c);
}

static void test_cbc__key_of_no_size__refused(void **state) {
    struct ike_crypto c = crypto_open(ikev1_openssl());
    static const struct {
        const char *name;
        uint16_t cipher;
        size_t len;
    } rows[] = {{"AES of 0", IKEV1_CIPHER_AES, 0},           {"AES of 15", IKEV1_CIPHER_AES, 15},
                {"AES of 20", IKEV1_CIPHER_AES, 20},         {"AES of 40", IKEV1_CIPHER_AES, 40},
                {"Camellia of 8", IKEV1_CIPHER_CAMELLIA, 8}, {"3DES of 16", IKEV1_CIPHER_3DES, 16},
                {"DES of 7", IKEV1_CIPHER_DES, 7},           {"DES of 24", IKEV1_CIPHER_DES, 24}};
    const uint8_t key[64] = {1}, iv[16] = {0};
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t data[16] = {0};
        const ikev1_cipher_alg *a = ike_cipher_alg(&c, rows[i].cipher);

        ROW_EQUAL(rows[i].name,
                  a->encrypt(c.instance, ike_bytes(key, rows[i].len), iv, data, data, 16),
                  IKEV1_E_ARGUMENT);
        ROW_EQUAL(rows[i].name, ike_is_zero(data, 16), true);
    }
    crypto_close(&c);
}

/* Without OpenSSL's legacy module Blowfish and CAST say so; everything else works, DES too. */
static void test_legacy__module_missing__unsupported(void **state) {
    const uint8_t key[56] = {1}, iv[16] = {0};
    struct ike_crypto c = crypto_open(ikev1_openssl());
    (void)state;

    assert_int_equal(setenv("OPENSSL_MODULES", "/nowhere", 1), 0);
    for (int again = 0; again < 2; again++)
        for (size_t n = 0; c.provider->ciphers[n] != NULL; n++) {
            const ikev1_cipher_alg *a = c.provider->ciphers[n];
            bool legacy = a->id == IKEV1_CIPHER_BLOWFISH || a->id == IKEV1_CIPHER_CAST;
            uint8_t data[16] = {0};

            ROW_EQUAL(a->name,
                      a->encrypt(c.instance, ike_bytes(key, a->key_default), iv, data, data, 16),
                      legacy ? IKEV1_E_UNSUPPORTED : IKEV1_OK);
        }
    crypto_close(&c);
    assert_int_equal(ikev1_crypto_selftest(ikev1_openssl(), NULL), IKEV1_OK);
    assert_int_equal(unsetenv("OPENSSL_MODULES"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_legacy__module_missing__unsupported),
        cmocka_unit_test(test_cbc__published_vectors__both_ways),
        cmocka_unit_test(test_cbc__every_key_size__reused_contexts),
        cmocka_unit_test(test_cbc__key_of_no_size__refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
