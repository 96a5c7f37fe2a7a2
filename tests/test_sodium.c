/* SPDX-License-Identifier: Apache-2.0 */
#include "support/algs.h"

#include <ikev1/openssl.h>

static void test_x25519__published_vectors__equal(void **state) { /* RFC 7748 5, 6.1 */
    static const char *const files[] = {"dh/x25519.txt", "dh/x25519_2.txt"};
    size_t run = 0;
    (void)state;

    for (size_t i = 0; i < COUNT(files); i++) {
        struct vec_file *f = vec_open_or_skip(files[i]);
        struct ike_crypto c = crypto_open(ikev1_openssl());
        const ikev1_group_alg *g = ike_group_alg(&c, IKEV1_GROUP_X25519);

        for (; vec_next(f); run++) {
            const char *name = vec_text(f, "case");
            uint8_t got[32];

            ROW_EQUAL(name, g->generate(c.instance, vec_hex(f, "x_i").data, got), IKEV1_OK);
            row_bytes(name, "g^xi", got, vec_hex(f, "gxi"));
            ROW_EQUAL(name, g->generate(c.instance, vec_hex(f, "x_r").data, got), IKEV1_OK);
            row_bytes(name, "g^xr", got, vec_hex(f, "gxr"));
            ROW_EQUAL(name, ike_group_agree(&c, g, vec_hex(f, "x_i").data, vec_hex(f, "gxr"), got),
                      IKEV1_OK);
            row_bytes(name, "g^xy", got, vec_hex(f, "gxy"));
            ROW_EQUAL(name, ike_group_agree(&c, g, vec_hex(f, "x_r").data, vec_hex(f, "gxi"), got),
                      IKEV1_OK);
            row_bytes(name, "g^xy", got, vec_hex(f, "gxy"));
        }
        vec_close(f);
        crypto_close(&c);
    }
    assert_int_equal(run, 2);
}

/* RFC 7748 6.1: points whose order divides 8 make the result zero, whatever our private value. */
static void test_x25519__small_order_point__refused(void **state) {
    static const char *const points[] = {
        "00*32",
        "01 00*31",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ec ff*30 7f", /* p - 1 */
        "ed ff*30 7f", /* p */
        "ee ff*30 7f", /* p + 1 */
    };
    struct ike_crypto c = crypto_open(ikev1_openssl());
    const ikev1_group_alg *g = ike_group_alg(&c, IKEV1_GROUP_X25519);
    const uint8_t seed[32] = {0x77, 1, 2, 3};
    (void)state;

    for (size_t i = 0; i < COUNT(points); i++) {
        ikev1_bytes peer = hex_make(points[i]);
        uint8_t secret[32];

        memset(secret, 0xee, sizeof secret);
        ROW_EQUAL(points[i], ike_group_agree(&c, g, seed, peer, secret), IKEV1_E_KE_INVALID);
        ROW_EQUAL(points[i], secret[0] == 0xee && secret[31] == 0xee, true);
        hex_free(peer);
    }
    crypto_close(&c);
}

static void test_equal__any_byte_differs__false(void **state) {
    const ikev1_crypto *p = ikev1_openssl();
    uint8_t a[65], b[65];
    (void)state;

    for (size_t len = 0; len <= sizeof a; len++) {
        memset(a, 0x5a, sizeof a);
        memset(b, 0x5a, sizeof b);
        assert_true(p->equal(a, b, len));
        for (size_t i = 0; i < sizeof a; i++) {
            b[i] ^= 0x80;
            assert_int_equal(p->equal(a, b, len), i >= len);
            b[i] ^= 0x80;
        }
    }
}

static void test_wipe__exactly_the_length__zeros(void **state) {
    uint8_t data[40];
    (void)state;

    memset(data, 0xee, sizeof data);
    ikev1_openssl()->wipe(data + 4, 32);
    for (size_t i = 0; i < sizeof data; i++)
        assert_int_equal(data[i], i < 4 || i >= 36 ? 0xee : 0);
    ikev1_openssl()->wipe(data, 0);
    assert_int_equal(data[0], 0xee);
}

/* SipHash-2-4: the test vector of its paper, App. A. */
static void test_table_hash__paper_vector__equal(void **state) {
    uint8_t key[16], data[15];
    (void)state;

    for (uint8_t i = 0; i < 16; i++)
        key[i] = i;
    for (uint8_t i = 0; i < 15; i++)
        data[i] = i;
    /* a129ca6149be45e5 as a number, taken from its little-endian bytes in their order */
    assert_true(ikev1_openssl()->table_hash(key, data, 15) == UINT64_C(0xe545be4961ca29a1));
    key[0] ^= 1;
    assert_true(ikev1_openssl()->table_hash(key, data, 15) != UINT64_C(0xe545be4961ca29a1));
}

/* draft-irtf-cfrg-xchacha-03 A.3.1 (HAX-03) */
static void test_seal__published_vector__equal(void **state) {
    static const char TEXT[] =
        "Ladies and Gentlemen of the class of '99: If I could offer you only "
        "one tip for the future, sunscreen would be it.";
    const size_t len = sizeof TEXT - 1;
    uint8_t key[IKEV1_SEAL_KEY], nonce[IKEV1_SEAL_NONCE], out[160], back[160];
    ikev1_bytes bound = hex_make("50515253c0c1c2c3c4c5c6c7");
    ikev1_bytes want =
        hex_make("bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
                 "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
                 "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
                 "21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49");
    const ikev1_crypto *c = ikev1_openssl();
    (void)state;
    for (uint8_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(0x80 + i);
    for (uint8_t i = 0; i < sizeof nonce; i++)
        nonce[i] = (uint8_t)(0x40 + i);
    assert_int_equal(want.len, len + IKEV1_SEAL_TAG);
    assert_int_equal(c->seal(key, nonce, bound, (const uint8_t *)TEXT, len, out), IKEV1_OK);
    assert_memory_equal(out, want.data, want.len);
    assert_int_equal(c->unseal(key, nonce, bound, out, want.len, back), IKEV1_OK);
    assert_memory_equal(back, TEXT, len);
    for (size_t i = 0; i < want.len; i++) {
        out[i] ^= 1;
        assert_int_equal(c->unseal(key, nonce, bound, out, want.len, back), IKEV1_E_AUTH);
        out[i] ^= 1;
    }
    assert_int_equal(c->unseal(key, nonce, (ikev1_bytes){bound.data, 1}, out, want.len, back),
                     IKEV1_E_AUTH);
    hex_free(bound);
    hex_free(want);
}

static void test_random__twice__differs(void **state) {
    struct ike_crypto c = crypto_open(ikev1_openssl());
    uint8_t a[32] = {0}, b[32] = {0};
    (void)state;

    assert_int_equal(c.provider->random(c.instance, a, 32), IKEV1_OK);
    assert_int_equal(c.provider->random(c.instance, b, 32), IKEV1_OK);
    assert_memory_not_equal(a, b, 32);
    assert_false(ike_is_zero(a, 32));
    crypto_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_x25519__published_vectors__equal),
        cmocka_unit_test(test_x25519__small_order_point__refused),
        cmocka_unit_test(test_equal__any_byte_differs__false),
        cmocka_unit_test(test_wipe__exactly_the_length__zeros),
        cmocka_unit_test(test_table_hash__paper_vector__equal),
        cmocka_unit_test(test_seal__published_vector__equal),
        cmocka_unit_test(test_random__twice__differs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
