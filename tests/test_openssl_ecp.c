/* SPDX-License-Identifier: Apache-2.0 */
#include "support/algs.h"

#include <ikev1/openssl.h>

#include "provider/instance.h"

/* The seed that gives a private value: one less, left-padded. */
static void seed_of(const ikev1_group_alg *g, ikev1_bytes x, uint8_t seed[IKEV1_MAX_SEED]) {
    memset(seed, 0, IKEV1_MAX_SEED);
    memcpy(seed + g->seed_size - x.len, x.data, x.len);
    for (size_t i = g->seed_size; i-- > 0 && seed[i]-- == 0;)
        ;
}

/* RFC 5903 8, RFC 5114 A, RFC 6932 A, RFC 7027 A. */
static void test_ecp__published_vectors__equal(void **state) {
    static const char *const files[] = {"dh/ecp.txt", "dh/ecp_2.txt", "dh/brainpool.txt",
                                        "dh/brainpool_2.txt"};
    size_t run = 0;
    (void)state;

    for (size_t i = 0; i < COUNT(files); i++) {
        struct vec_file *f = vec_open_or_skip(files[i]);
        struct ike_crypto c = crypto_open(ikev1_openssl());

        for (; vec_next(f); run++) {
            const char *name = vec_text(f, "case");
            const ikev1_group_alg *g = ike_group_alg(&c, (uint16_t)vec_number(f, "group", 0));
            const ikev1_bytes x[] = {vec_hex(f, "x_i"), vec_hex(f, "x_r")};
            const ikev1_bytes y[] = {vec_hex(f, "gxi"), vec_hex(f, "gxr")};
            uint8_t seed[IKEV1_MAX_SEED], got[IKEV1_MAX_PUBLIC];

            for (size_t side = 0; side < 2; side++) {
                seed_of(g, x[side], seed);
                ROW_EQUAL(name, g->generate(c.instance, seed, got), IKEV1_OK);
                ROW_EQUAL(name, y[side].len, g->public_size);
                row_bytes(name, "public value", got, y[side]);
                ROW_EQUAL(name, ike_group_agree(&c, g, seed, y[1 - side], got), IKEV1_OK);
                ROW_EQUAL(name, vec_hex(f, "gxy").len, g->secret_size);
                row_bytes(name, "secret", got, vec_hex(f, "gxy"));
            }
        }
        vec_close(f);
        crypto_close(&c);
    }
    assert_int_equal(run, 12);
}

/* How a valid point x | y of a curve is broken. */
enum defect { ORIGINAL, BIT_IN_Y, ORIGIN, ALL_ONES, X_PLUS_P, Y_PLUS_P, SWAPPED, TWIST, DEFECTS };

static const char *const DEFECT_NAMES[DEFECTS] = {"original",
                                                  "bit in y",
                                                  "(0, 0), the usual code for infinity",
                                                  "all bits set",
                                                  "x + p",
                                                  "y + p",
                                                  "x and y swapped",
                                                  "x of a point on the twist"};

/* Adds the field's prime to a coordinate; false when the sum is too long for it. */
static bool add_prime(const EC_GROUP *curve, uint8_t *at, int size) {
    BIGNUM *p = BN_new(), *v = BN_bin2bn(at, size, NULL);
    bool fits;

    assert_int_equal(EC_GROUP_get_curve(curve, p, NULL, NULL, NULL), 1);
    assert_int_equal(BN_add(v, v, p), 1);
    fits = BN_bn2binpad(v, at, size) == size;
    BN_free(p);
    BN_free(v);
    return fits;
}

/* An x for which the curve has no y, beside any y at all. */
static void twist_point(const EC_GROUP *curve, uint8_t *point, size_t size) {
    EC_POINT *q = EC_POINT_new(curve);
    BIGNUM *x = BN_new();

    for (BN_ULONG n = 1; BN_set_word(x, n) == 1; n++)
        if (EC_POINT_set_compressed_coordinates(curve, q, x, 0, NULL) != 1)
            break;
    memset(point, 0, 2 * size);
    assert_int_equal(BN_bn2binpad(x, point, (int)size), (int)size);
    point[2 * size - 1] = 5;
    BN_free(x);
    EC_POINT_free(q);
    ERR_clear_error();
}

static bool break_point(const EC_GROUP *curve, uint8_t *point, size_t size, enum defect defect) {
    uint8_t x[128];

    if (defect == BIT_IN_Y)
        point[2 * size - 1] ^= 1;
    if (defect == ORIGIN || defect == ALL_ONES)
        memset(point, defect == ORIGIN ? 0 : 0xff, 2 * size);
    if (defect == X_PLUS_P || defect == Y_PLUS_P)
        return add_prime(curve, point + (defect == X_PLUS_P ? 0 : size), (int)size);
    if (defect == SWAPPED) {
        memcpy(x, point, size);
        memmove(point, point + size, size);
        memcpy(point + size, x, size);
    }
    if (defect == TWIST)
        twist_point(curve, point, size);
    return true;
}

/* KEX-04, RFC 6989 2.3 */
static void test_ecp__bad_point__refused(void **state) {
    static const int nids[IKE_ECP_GROUPS] = {
        NID_X9_62_prime256v1, NID_secp384r1,       NID_secp521r1,
        NID_X9_62_prime192v1, NID_secp224r1,       NID_brainpoolP224r1,
        NID_brainpoolP256r1,  NID_brainpoolP384r1, NID_brainpoolP512r1};
    struct ike_crypto c = crypto_open(ikev1_openssl());
    size_t over_p = 0;
    (void)state;

    for (size_t n = 0; n < IKE_ECP_GROUPS; n++) {
        const ikev1_group_alg *g = &ike_openssl_ecp_algs[n];
        EC_GROUP *curve = EC_GROUP_new_by_curve_name(nids[n]);
        uint8_t seed[IKEV1_MAX_SEED] = {0}, good[2 * 66], point[2 * 66], secret[66];

        /* A small x makes x + p fit into the coordinate where p is not just below a whole number of
         * bytes; other seeds are tried until one does. */
        for (enum defect d = ORIGINAL; d < DEFECTS; d++) {
            bool made = false;
            char name[80];

            snprintf(name, sizeof name, "%s, %s", g->name, DEFECT_NAMES[d]);
            for (int tries = 0; !made && tries < 40; tries++) {
                seed[g->seed_size - 1] = (uint8_t)(tries + 1);
                ROW_EQUAL(name, g->generate(c.instance, seed, good), IKEV1_OK);
                memcpy(point, good, g->public_size);
                made = break_point(curve, point, g->public_size / 2u, d);
            }
            if (!made)
                continue; /* no point of this curve has such a form */
            over_p += d == X_PLUS_P || d == Y_PLUS_P;
            memset(secret, 0xee, sizeof secret);
            ROW_EQUAL(name, ike_group_agree(&c, g, seed, ike_bytes(point, g->public_size), secret),
                      d == ORIGINAL ? IKEV1_OK : IKEV1_E_KE_INVALID);
            if (d != ORIGINAL)
                ROW_EQUAL(name, secret[0] == 0xee && secret[g->secret_size - 1u] == 0xee, true);
        }
        EC_GROUP_free(curve);
    }
    assert_true(over_p >= 4); /* the Brainpool curves and P-521 leave room above p */
    crypto_close(&c);
}

/* seed mod (n - 1) + 1: the ends of the range, and a wrap. */
static void test_ecp__seed__reduced_to_1_to_n_minus_1(void **state) {
    struct ike_crypto c = crypto_open(ikev1_openssl());
    const ikev1_group_alg *g = ike_group_alg(&c, IKEV1_GROUP_ECP256);
    /* FIPS 186-4 D.1.2.3: n of P-256 */
    ikev1_bytes n =
        hex_make("00*8 ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    uint8_t seed[IKEV1_MAX_SEED] = {0}, first[64], got[64];
    (void)state;

    assert_int_equal(g->generate(c.instance, seed, first), IKEV1_OK); /* 1 G */
    row_hex("seed 0 is the generator", "public value", first,
            "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
    memcpy(seed, n.data, n.len);
    seed[39] = 0x50; /* n - 1: wraps to 1 G */
    assert_int_equal(g->generate(c.instance, seed, got), IKEV1_OK);
    assert_memory_equal(got, first, 64);
    seed[39] = 0x4f; /* n - 2: (n - 1) G = -G, the same x */
    assert_int_equal(g->generate(c.instance, seed, got), IKEV1_OK);
    assert_memory_equal(got, first, 32);
    assert_memory_not_equal(got + 32, first + 32, 32);
    hex_free(n);
    crypto_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ecp__published_vectors__equal),
        cmocka_unit_test(test_ecp__bad_point__refused),
        cmocka_unit_test(test_ecp__seed__reduced_to_1_to_n_minus_1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
