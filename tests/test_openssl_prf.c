/* SPDX-License-Identifier: Apache-2.0 */
#include "support/algs.h"

#include <ikev1/openssl.h>

/* RFC 3566 4.6, RFC 4434 2: with keys shorter and longer than a block. */
static void test_xcbc__published_vectors__equal(void **state) {
    static const char *const files[] = {"crypto/hmac_prf.txt", "crypto/hmac_prf_2.txt"};
    size_t run = 0;
    (void)state;

    for (size_t i = 0; i < COUNT(files); i++) {
        struct vec_file *f = vec_open_or_skip(files[i]);
        struct ike_crypto c = crypto_open(ikev1_openssl());
        const ikev1_prf_alg *prf = ike_prf_alg(&c, IKEV1_PRF_AES_XCBC);

        while (vec_next(f)) {
            const char *alg = vec_text(f, "alg");
            const ikev1_bytes data = vec_hex(f, "data");
            char row[64];
            uint8_t got[16];

            if (strncmp(alg, "aes-xcbc", 8) != 0)
                continue;
            snprintf(row, sizeof row, "%s, line %d", alg, vec_line(f));
            ROW_EQUAL(row, prf->mac(c.instance, vec_hex(f, "key"), &data, 1, got), IKEV1_OK);
            row_bytes(row, "MAC", got, vec_hex(f, "out"));
            run++;
        }
        vec_close(f);
        crypto_close(&c);
    }
    assert_int_equal(run, 12);
}

/* One block of AES, through the provider's CBC with an IV of zero. */
static void aes_block(const struct ike_crypto *c, const uint8_t key[16], uint8_t data[16]) {
    static const uint8_t zero[16];
    const ikev1_cipher_alg *aes = ike_cipher_alg(c, IKEV1_CIPHER_AES);

    assert_int_equal(aes->encrypt(c->instance, ike_bytes(key, 16), zero, data, data, 16), IKEV1_OK);
}

/* RFC 3566 4, step by step. */
static void xcbc_by_the_book(const struct ike_crypto *c, const uint8_t key[16], const uint8_t *data,
                             size_t len, uint8_t e[16]) {
    uint8_t k[3][16];
    size_t at = 0;

    for (size_t i = 0; i < 3; i++) {
        memset(k[i], (int)i + 1, 16);
        aes_block(c, key, k[i]);
    }
    memset(e, 0, 16);
    for (; len - at > 16; at += 16) {
        for (size_t i = 0; i < 16; i++)
            e[i] ^= data[at + i];
        aes_block(c, k[0], e);
    }
    for (size_t i = 0; i < len - at; i++)
        e[i] ^= data[at + i];
    if (len - at < 16)
        e[len - at] ^= 0x80;
    for (size_t i = 0; i < 16; i++)
        e[i] ^= len - at < 16 ? k[2][i] : k[1][i];
    aes_block(c, k[0], e);
}

/* Every length around the sizes in which the code works, in one part and cut in two. */
static void test_xcbc__every_length__as_the_rfc_computes_it(void **state) {
    struct ike_crypto c = crypto_open(ikev1_openssl());
    const ikev1_prf_alg *prf = ike_prf_alg(&c, IKEV1_PRF_AES_XCBC);
    const uint8_t key[16] = {9, 8, 7};
    uint8_t data[800], want[16], got[16];
    (void)state;

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    for (size_t len = 0; len <= sizeof data; len++) {
        const ikev1_bytes parts[] = {{data, len}, {data, len / 3}, {data + len / 3, len - len / 3}};

        xcbc_by_the_book(&c, key, data, len, want);
        assert_int_equal(prf->mac(c.instance, ike_bytes(key, 16), parts, 1, got), IKEV1_OK);
        assert_memory_equal(got, want, 16);
        assert_int_equal(prf->mac(c.instance, ike_bytes(key, 16), parts + 1, 2, got), IKEV1_OK);
        assert_memory_equal(got, want, 16);
    }
    crypto_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xcbc__published_vectors__equal),
        cmocka_unit_test(test_xcbc__every_length__as_the_rfc_computes_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
