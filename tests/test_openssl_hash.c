/* SPDX-License-Identifier: Apache-2.0 */
#include "support/algs.h"

#include <ikev1/openssl.h>

/* Cut anywhere, given in one part or in many, with empty parts between: the same result. */
static void test_hash__parts__as_if_joined(void **state) {
    struct ike_crypto c = crypto_open(ikev1_openssl());
    uint8_t data[200];
    (void)state;

    for (uint8_t i = 0; i < sizeof data; i++)
        data[i] = i;
    for (size_t n = 0; c.provider->hashes[n] != NULL; n++) {
        const ikev1_hash_alg *h = c.provider->hashes[n];
        const ikev1_bytes key = {data, 20}, whole = {data, sizeof data};
        uint8_t want[2][IKEV1_MAX_HASH], got[IKEV1_MAX_HASH];

        ROW_EQUAL(h->name, h->digest(c.instance, &whole, 1, want[0]), IKEV1_OK);
        ROW_EQUAL(h->name, h->hmac(c.instance, key, &whole, 1, want[1]), IKEV1_OK);
        for (size_t cut = 0; cut <= sizeof data; cut++) {
            const ikev1_bytes parts[] = {
                {NULL, 0}, {data, cut}, {NULL, 0}, {data + cut, sizeof data - cut}, {NULL, 0}};

            ROW_EQUAL(h->name, h->digest(c.instance, parts, 5, got), IKEV1_OK);
            row_bytes(h->name, "digest", got, ike_bytes(want[0], h->size));
            ROW_EQUAL(h->name, h->hmac(c.instance, key, parts, 5, got), IKEV1_OK);
            row_bytes(h->name, "HMAC", got, ike_bytes(want[1], h->size));
        }
        ROW_EQUAL(h->name, h->digest(c.instance, NULL, 0, want[0]), IKEV1_OK);
        ROW_EQUAL(h->name, h->digest(c.instance, &whole, 0, got), IKEV1_OK);
        row_bytes(h->name, "digest of nothing", got, ike_bytes(want[0], h->size));
    }
    crypto_close(&c);
}

/* RFC 2104 2: a key longer than a block is hashed, any other filled up with zeros. */
static void test_hmac__key_length__hashed_or_padded(void **state) {
    struct ike_crypto c = crypto_open(ikev1_openssl());
    uint8_t key[300], padded[128];
    (void)state;

    memset(key, 0x0b, sizeof key);
    for (size_t n = 0; c.provider->hashes[n] != NULL; n++) {
        const ikev1_hash_alg *h = c.provider->hashes[n];
        const size_t block = h->size > 32 ? 128 : 64;
        const ikev1_bytes data = ike_bytes("data", 4);
        uint8_t want[IKEV1_MAX_HASH], got[IKEV1_MAX_HASH];

        for (size_t len = 0; len <= sizeof key; len++) {
            const ikev1_bytes whole = {len == 0 ? NULL : key, len};

            memset(padded, 0, sizeof padded);
            if (len <= block)
                memcpy(padded, key, len);
            else
                ROW_EQUAL(h->name, h->digest(c.instance, &whole, 1, padded), IKEV1_OK);
            ROW_EQUAL(h->name, h->hmac(c.instance, whole, &data, 1, got), IKEV1_OK);
            ROW_EQUAL(h->name, h->hmac(c.instance, ike_bytes(padded, block), &data, 1, want),
                      IKEV1_OK);
            row_bytes(h->name, "HMAC", got, ike_bytes(want, h->size));
        }
    }
    crypto_close(&c);
}

/* "hmac-sha256-128" -> "sha256"; NULL for what is no HMAC. */
static const char *hash_of(const char *alg, char name[16]) {
    size_t len;

    if (strncmp(alg, "hmac-", 5) != 0)
        return NULL;
    len = strcspn(alg + 5, "-");
    assert_true(len < 16);
    memcpy(name, alg + 5, len);
    name[len] = '\0';
    return name;
}

/* RFC 2202, RFC 4231, RFC 4868 and others. */
static void test_hmac__published_vectors__equal(void **state) {
    static const char *const files[] = {"crypto/hmac_prf.txt", "crypto/hmac_prf_2.txt"};
    size_t run = 0;
    (void)state;

    for (size_t i = 0; i < COUNT(files); i++) {
        struct vec_file *f = vec_open_or_skip(files[i]);
        struct ike_crypto c = crypto_open(ikev1_openssl());

        while (vec_next(f)) {
            const char *alg = vec_text(f, "alg");
            char name[16], row[64];
            const ikev1_bytes data = vec_hex(f, "data");
            uint8_t got[IKEV1_MAX_HASH];
            struct ike_algs a;

            if (hash_of(alg, name) == NULL)
                continue;
            snprintf(row, sizeof row, "%s, line %d", alg, vec_line(f));
            ROW_EQUAL(row, algs_named(&a, &c, NULL, name, NULL, 0), true);
            ROW_EQUAL(row, a.hash->hmac(c.instance, vec_hex(f, "key"), &data, 1, got), IKEV1_OK);
            row_bytes(row, "HMAC", got, vec_hex(f, "out")); /* of the length it is cut to */
            run++;
        }
        vec_close(f);
        crypto_close(&c);
    }
    assert_int_equal(run, 50);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash__parts__as_if_joined),
        cmocka_unit_test(test_hmac__key_length__hashed_or_padded),
        cmocka_unit_test(test_hmac__published_vectors__equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
