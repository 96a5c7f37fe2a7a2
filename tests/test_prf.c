/* SPDX-License-Identifier: Apache-2.0 */
#include "support/algs.h"
#include "support/failcrypto.h"
#include "support/nullcrypto.h"

#include <ikev1/openssl.h>

static void test_prf__negotiated_prf__used_instead_of_the_hmac(void **state) { /* RFC 2409 4 */
    struct ike_crypto c = crypto_open(ikev1_openssl());
    ikev1_bytes key = hex_make("000102030405060708090a0b0c0d0e0f"), data = hex_make("0001 0203");
    const ikev1_bytes parts[] = {{data.data, 1}, {data.data + 1, 3}};
    uint8_t out[IKEV1_MAX_HASH];
    struct ike_algs a;
    (void)state;

    /* Both by Python: hmac and an XCBC written over AES-ECB. */
    assert_true(algs_named(&a, &c, NULL, "sha1", NULL, 0));
    assert_int_equal(ike_prf_size(&a), 20);
    assert_int_equal(ike_prf(&c, &a, key, parts, 2, out), IKEV1_OK);
    row_hex("hmac", "prf", out, "9e3d61609b29a9684a9f24461cf79a81e1c8ea7a");
    assert_true(algs_named(&a, &c, "aes-xcbc-prf-128", "sha1", NULL, 0));
    assert_int_equal(ike_prf_size(&a), 16);
    assert_int_equal(ike_prf(&c, &a, key, parts, 2, out), IKEV1_OK);
    row_hex("xcbc", "prf", out, "8d32f6f73c7c0f9f45301188328a84bd");
    hex_free(key);
    hex_free(data);
    crypto_close(&c);
}

/* CRY-06: K1 = prf(K, [0 |] S), Kn = prf(K, Kn-1 | S), checked block by block with the prf itself.
 */
static void expand_by_hand(const struct ike_crypto *c, const struct ike_algs *a, ikev1_bytes key,
                           ikev1_bytes seed, bool zero_start, uint8_t *out, size_t blocks) {
    const uint8_t zero = 0;
    const size_t size = ike_prf_size(a);
    ikev1_bytes parts[] = {{&zero, zero_start ? 1 : 0}, seed};

    for (size_t i = 0; i < blocks; i++) {
        assert_int_equal(ike_prf(c, a, key, parts, 2, out + i * size), IKEV1_OK);
        parts[0] = (ikev1_bytes){out + i * size, size};
    }
}

static void test_expand__every_length__prefix_of_the_blocks(void **state) {
    struct ike_crypto c = crypto_open(ikev1_openssl());
    ikev1_bytes key = hex_make("0b*20"), seed = hex_make("03 deadbeef aa*16 bb*16");
    const ikev1_bytes parts[] = {{seed.data, 5}, {NULL, 0}, {seed.data + 5, 32}};
    uint8_t want[100], got[101];
    struct ike_algs a;
    (void)state;

    assert_true(algs_named(&a, &c, NULL, "sha1", NULL, 0));
    for (int zero_start = 0; zero_start <= 1; zero_start++) {
        expand_by_hand(&c, &a, key, seed, zero_start, want, 5);
        for (size_t len = 0; len <= sizeof want; len++) {
            memset(got, 0xee, sizeof got);
            assert_int_equal(ike_prf_expand(&c, &a, key, parts, 3, zero_start, got, len), IKEV1_OK);
            assert_memory_equal(got, want, len);
            assert_int_equal(got[len], 0xee);
        }
    }
    hex_free(key);
    hex_free(seed);
    crypto_close(&c);
}

static void test_expand__too_many_parts__our_mistake(void **state) {
    struct ike_crypto c = crypto_open(ikev1_openssl());
    const ikev1_bytes parts[7] = {{NULL, 0}};
    uint8_t out[20];
    struct ike_algs a;
    (void)state;

    assert_true(algs_named(&a, &c, NULL, "sha1", NULL, 0));
    assert_int_equal(ike_prf_expand(&c, &a, parts[0], parts, 6, false, out, 20), IKEV1_OK);
    assert_int_equal(ike_prf_expand(&c, &a, parts[0], parts, 7, false, out, 20), IKEV1_E_BUG);
    crypto_close(&c);
}

/* CRY-04: a failure in the middle leaves no half of a key behind. */
static void test_expand__prf_fails__output_wiped(void **state) {
    static const uint8_t zeros[100];
    struct fail_crypto fail;
    struct ike_algs a;
    (void)state;

    for (uint64_t k = 1; k <= 5; k++) {
        uint8_t out[100];
        fail_crypto_init(&fail, ikev1_openssl());
        fail.kinds = FAIL_HASH;
        fail.fail_at = k;
        struct ike_crypto c = crypto_open(&fail.provider);

        assert_true(algs_named(&a, &c, NULL, "sha1", NULL, 0));
        memset(out, 0xee, sizeof out);
        assert_int_equal(ike_prf_expand(&c, &a, ike_bytes("key", 3), NULL, 0, true, out, 100),
                         IKEV1_E_PROVIDER);
        assert_int_equal(fail.calls, k);
        assert_memory_equal(out, zeros, sizeof out);
        crypto_close(&c);
    }
}

/* CRY-06: Appendix B and KEYMAT expansion of NSS, with HMACs and AES-XCBC. */
static void test_expand__nss_vectors__equal(void **state) {
    struct vec_file *f = vec_open_or_skip("kdf/nss_ike_prf.txt");
    struct ike_crypto c = crypto_open(ikev1_openssl());
    size_t run = 0;
    (void)state;

    while (vec_next(f)) {
        const char *name = vec_text(f, "case"), *op = vec_text(f, "op");
        ikev1_bytes want = vec_hex(f, "out");
        uint8_t got[512];
        struct ike_algs a;

        assert_true(want.len <= sizeof got);
        if (strcmp(op, "appendix-b") == 0) {
            ROW_EQUAL(name, algs_of_case(&a, &c, f), true);
            ROW_EQUAL(name, vec_hex(f, "skeyid_e").len, ike_prf_size(&a));
            a.cipher = ike_cipher_alg(&c, IKEV1_CIPHER_AES);
            ROW_EQUAL(name, ike_cipher_key(&c, &a, vec_hex(f, "skeyid_e").data, got, want.len),
                      IKEV1_OK);
        } else if (strcmp(op, "keymat") == 0) {
            const ikev1_bytes parts[] = {vec_hex(f, "gxy"), vec_hex(f, "seed")};

            ROW_EQUAL(name, algs_of_case(&a, &c, f), true);
            ROW_EQUAL(
                name,
                ike_prf_expand(&c, &a, vec_hex(f, "skeyid_d"), parts, 2, false, got, want.len),
                IKEV1_OK);
        } else {
            continue;
        }
        row_bytes(name, op, got, want);
        run++;
    }
    assert_int_equal(run, 15);
    vec_close(f);
    crypto_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prf__negotiated_prf__used_instead_of_the_hmac),
        cmocka_unit_test(test_expand__every_length__prefix_of_the_blocks),
        cmocka_unit_test(test_expand__too_many_parts__our_mistake),
        cmocka_unit_test(test_expand__prf_fails__output_wiped),
        cmocka_unit_test(test_expand__nss_vectors__equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
