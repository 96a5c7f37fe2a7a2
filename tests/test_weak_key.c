/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that weaken their cipher are not used: DES and 3DES, in both phases. Mission R3, R4. */
#include "support/algs.h"
#include "support/pair.h"

#include <ikev1/openssl.h>

/* RFC 2409 App. A, but for two that it misprints: the last two here are FIPS 74's. */
static const char *const WEAK[] = {
    "01*8",
    "fe*8",
    "01fe01fe01fe01fe",
    "1fe01fe00ef10ef1",
    "01e001e001f101f1",
    "1ffe1ffe0efe0efe",
    "011f011f010e010e",
    "e0fee0fef1fef1fe",
    "fe01fe01fe01fe01",
    "e01fe01ff10ef10e",
    "e001e001f101f101",
    "fe1ffe1ffe0efe0e",
    "1f011f010e010e01",
    "fee0fee0fef1fef1",
    "1f*4 0e*4",
    "e0*4 f1*4",
};

#define GOOD "133457799bbcdff1"

static bool weak(uint8_t transform, const char *text) {
    ikev1_bytes key = hex_make(text);
    bool found = ike_esp_key_weak(transform, key.data);
    hex_free(key);
    return found;
}

static void test_weak_key__each_of_the_list__known(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(WEAK); i++) {
        ikev1_bytes key = hex_make(WEAK[i]);
        uint8_t other[8];
        ROW_EQUAL(WEAK[i], ike_des_weak(key.data), true);
        for (size_t bit = 0; bit < 64; bit++) { /* the lowest of each byte is parity */
            memcpy(other, key.data, 8);
            other[bit / 8] ^= (uint8_t)(1 << bit % 8);
            ROW_EQUAL(WEAK[i], ike_des_weak(other), bit % 8 == 0);
        }
        hex_free(key);
    }
}

/* Encrypting twice, with the first key and then with the second, gives the text back. */
static bool undone(const struct ike_crypto *c, const char *first, const char *second) {
    const ikev1_cipher_alg *des = ike_cipher_alg(c, IKEV1_CIPHER_DES);
    ikev1_bytes a = hex_make(first), b = hex_make(second);
    const uint8_t iv[8] = {0}, text[8] = "plain";
    uint8_t once[8], twice[8];
    assert_int_equal(des->encrypt(c->instance, a, iv, text, once, 8), IKEV1_OK);
    assert_int_equal(des->encrypt(c->instance, b, iv, once, twice, 8), IKEV1_OK);
    hex_free(a);
    hex_free(b);
    return memcmp(twice, text, 8) == 0;
}

/* Each undoes itself or another one; the two that RFC 2409 prints instead do not. */
static void test_weak_key__each_of_the_list__is_weak(void **state) {
    static const char *const misprints[] = {"1f*4 e0*4", "e0*4 1f*4"};
    struct ike_crypto c = crypto_open(ikev1_openssl());
    (void)state;
    for (size_t i = 0; i < COUNT(WEAK); i++) {
        size_t by = 0;
        for (size_t j = 0; j < COUNT(WEAK); j++)
            by += undone(&c, WEAK[i], WEAK[j]);
        ROW_EQUAL(WEAK[i], by, 1);
    }
    for (size_t i = 0; i < 4; i++)
        assert_false(undone(&c, misprints[i / 2], misprints[i % 2]));
    crypto_close(&c);
}

static void test_weak_key__esp__by_its_transform(void **state) { /* RFC 2405 4, RFC 2451 2.3 */
    (void)state;
    assert_true(weak(IKEV1_ESP_DES, "01*8"));
    assert_false(weak(IKEV1_ESP_DES, GOOD));
    assert_true(weak(IKEV1_ESP_3DES, GOOD GOOD " 11*8"));
    assert_true(weak(IKEV1_ESP_3DES, GOOD " 11*8 10*8")); /* but for the parity */
    assert_false(weak(IKEV1_ESP_3DES, GOOD " 11*8 " GOOD));
    assert_false(weak(IKEV1_ESP_3DES, "01*8 fe*8 01*8")); /* several keys obviate that */
    assert_false(weak(IKEV1_ESP_AES_CBC, "01*16"));
}

/* RFC 2409 App. B: the first eight bytes of SKEYID_e that are none of them. */
static void test_weak_key__phase1__the_next_eight_bytes(void **state) {
    static const struct {
        const char *cipher, *skeyid_e, *key;
    } rows[] = {{"des-cbc", GOOD " 22*12", GOOD},
                {"des-cbc", "01*8 " GOOD " 22*4", GOOD},
                {"des-cbc", "fe*8 01*8 22*4", ""},
                {"cast-cbc", "01*8 fe*8 22*4", "01*8 fe*8"}};
    struct ike_crypto c = crypto_open(ikev1_openssl());
    struct ike_algs a;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        ikev1_bytes e = hex_make(rows[i].skeyid_e), want = hex_make(rows[i].key);
        uint8_t key[IKEV1_MAX_KEY];
        ROW_EQUAL(rows[i].skeyid_e, algs_named(&a, &c, NULL, "sha1", rows[i].cipher, 0), true);
        ROW_EQUAL(rows[i].skeyid_e, ike_cipher_key(&c, &a, e.data, key, a.key_size),
                  want.len != 0 ? IKEV1_OK : IKEV1_E_WEAK);
        row_bytes(rows[i].skeyid_e, "key", key, want);
        hex_free(e);
        hex_free(want);
    }
    crypto_close(&c);
}

/* ---- Quick Mode, with a hash function that gives the keys of ESP away ---- */

static const ikev1_hash_alg *honest;

/* KEYMAT is the only prf whose third part is a protocol and an SPI (RFC 2409 5.5). */
static int weakening(void *instance, ikev1_bytes key, const ikev1_bytes *parts, size_t count,
                     uint8_t *out) {
    int r = honest->hmac(instance, key, parts, count, out);
    if (count == 5 && parts[2].len == 5 && parts[2].data[0] == IKEV1_PROTO_ESP)
        memset(out, 0x01, honest->size);
    return r;
}

/* RFC 2405 4, RFC 2451 2.3: such a key is refused; the host asks for a new SA. */
static void test_weak_key__quick_mode__fails_and_says_so(void **state) {
    static const struct {
        const char *suite;
        int code;
    } rows[] = {{"des-sha1", IKEV1_E_WEAK}, {"3des-sha1", IKEV1_E_WEAK}, {"aes128-sha1", IKEV1_OK}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pair *p = pair_with_suites(NULL, rows[i].suite, rows[i].suite);
        struct ike_crypto c = {&p->r.null.provider, NULL};
        honest = ike_hash_alg(&c, p->r.suites1[0].hash);
        ikev1_hash_alg forged = *honest;
        const ikev1_hash_alg *const list[] = {&forged, NULL};
        forged.hmac = weakening;
        p->i.null.provider.hashes = p->r.null.provider.hashes = list;
        assert_int_equal(pair_connect(p), IKEV1_OK);
        pair_run(p);
        ROW_EQUAL(rows[i].suite, side_count(&p->r, IKEV1_EVENT_CHILD_FAILED),
                  rows[i].code != IKEV1_OK);
        if (rows[i].code != IKEV1_OK)
            ROW_EQUAL(rows[i].suite, side_event(&p->r, IKEV1_EVENT_CHILD_FAILED, 0)->why.code,
                      rows[i].code);
        ROW_EQUAL(rows[i].suite, side_count(&p->r, IKEV1_EVENT_CHILD_INBOUND),
                  rows[i].code == IKEV1_OK);
        pair_free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weak_key__each_of_the_list__known),
        cmocka_unit_test(test_weak_key__each_of_the_list__is_weak),
        cmocka_unit_test(test_weak_key__esp__by_its_transform),
        cmocka_unit_test(test_weak_key__phase1__the_next_eight_bytes),
        cmocka_unit_test(test_weak_key__quick_mode__fails_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
