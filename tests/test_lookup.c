/* SPDX-License-Identifier: Apache-2.0 */
#include "support/algs.h"
#include "support/nullcrypto.h"

#include <ikev1/openssl.h>

/* M-R3: every algorithm of phase 1 has a descriptor, and no number has that should not. */
static void test_lookup__every_phase_1_number__its_descriptor(void **state) {
    static const uint16_t hashes[] = {1, 2, 4, 5, 6}, ciphers[] = {1, 3, 5, 6, 7, 8},
                          groups[] = {1,  2,  5,  14, 15, 16, 17, 18, 19, 20, 21,
                                      22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
    struct ike_crypto c = {ikev1_openssl(), NULL};
    size_t found = 0;
    (void)state;

    for (size_t i = 0; i < COUNT(hashes); i++)
        assert_int_equal(ike_hash_alg(&c, hashes[i])->id, hashes[i]);
    for (size_t i = 0; i < COUNT(ciphers); i++)
        assert_int_equal(ike_cipher_alg(&c, ciphers[i])->id, ciphers[i]);
    for (size_t i = 0; i < COUNT(groups); i++)
        assert_int_equal(ike_group_alg(&c, groups[i])->id, groups[i]);
    assert_int_equal(ike_prf_alg(&c, IKEV1_PRF_AES_XCBC)->size, 16);
    for (uint32_t id = 0; id < 65536; id++)
        found += (size_t)((ike_hash_alg(&c, (uint16_t)id) != NULL) +
                          (ike_cipher_alg(&c, (uint16_t)id) != NULL) +
                          (ike_group_alg(&c, (uint16_t)id) != NULL) +
                          (ike_prf_alg(&c, (uint16_t)id) != NULL));
    assert_int_equal(found, COUNT(hashes) + COUNT(ciphers) + COUNT(groups) + 1);
}

static void test_lookup__provider_without_lists__nothing(void **state) {
    const ikev1_crypto bare = {.size = sizeof bare, .name = "bare"};
    struct ike_crypto c = {&bare, NULL};
    (void)state;

    assert_null(ike_hash_alg(&c, IKEV1_HASH_SHA1));
    assert_null(ike_cipher_alg(&c, IKEV1_CIPHER_AES));
    assert_null(ike_group_alg(&c, IKEV1_GROUP_MODP2048));
    assert_null(ike_prf_alg(&c, IKEV1_PRF_AES_XCBC));
}

static const struct {
    const char *name;
    uint16_t cipher, bits;
    size_t want;
} KEY_SIZES[] = {
    {"AES without the attribute", IKEV1_CIPHER_AES, 0, 16},
    {"AES-128", IKEV1_CIPHER_AES, 128, 16},
    {"AES-192", IKEV1_CIPHER_AES, 192, 24},
    {"AES-256", IKEV1_CIPHER_AES, 256, 32},
    {"AES, not a step", IKEV1_CIPHER_AES, 160, 0},
    {"AES, not bytes", IKEV1_CIPHER_AES, 129, 0},
    {"AES, in bytes by mistake", IKEV1_CIPHER_AES, 16, 0},
    {"AES, too long", IKEV1_CIPHER_AES, 320, 0},
    {"AES, far too long", IKEV1_CIPHER_AES, 65528, 0},
    {"Camellia-256", IKEV1_CIPHER_CAMELLIA, 256, 32},
    {"3DES", IKEV1_CIPHER_3DES, 0, 24},
    {"3DES with its real size", IKEV1_CIPHER_3DES, 192, 24},
    {"3DES without parity", IKEV1_CIPHER_3DES, 168, 0},
    {"DES", IKEV1_CIPHER_DES, 0, 8},
    {"DES as 56", IKEV1_CIPHER_DES, 56, 0},
    {"Blowfish without the attribute: RFC 2409 App. B", IKEV1_CIPHER_BLOWFISH, 0, 56},
    {"Blowfish-40", IKEV1_CIPHER_BLOWFISH, 40, 5},
    {"Blowfish-448", IKEV1_CIPHER_BLOWFISH, 448, 56},
    {"Blowfish-32", IKEV1_CIPHER_BLOWFISH, 32, 0},
    {"Blowfish-456", IKEV1_CIPHER_BLOWFISH, 456, 0},
    {"CAST without the attribute: RFC 2409 App. B", IKEV1_CIPHER_CAST, 0, 16},
    {"CAST-80", IKEV1_CIPHER_CAST, 80, 10},
    {"CAST-136", IKEV1_CIPHER_CAST, 136, 0},
};

static void test_key_size__attribute__bytes(void **state) { /* RFC 2409 App. A */
    struct ike_crypto c = {ikev1_openssl(), NULL};
    (void)state;

    for (size_t i = 0; i < COUNT(KEY_SIZES); i++)
        ROW_EQUAL(KEY_SIZES[i].name,
                  ike_cipher_key_size(ike_cipher_alg(&c, KEY_SIZES[i].cipher), KEY_SIZES[i].bits),
                  KEY_SIZES[i].want);
}

/* CRY-05: what the provider lacks is named by its attribute. */
static const struct {
    const char *name;
    struct ike_suite suite;
    int want;
    uint16_t attribute;
} SUITES[] = {
    {"all there", {.cipher = 7, .hash = 2, .group = 14, .key_bits = 256}, IKEV1_OK, 0},
    {"with a prf", {.cipher = 7, .hash = 2, .group = 14, .prf = 65001}, IKEV1_OK, 0},
    {"IDEA", {.cipher = 2, .hash = 2, .group = 14}, IKEV1_E_UNSUPPORTED, IKEV1_ATTR1_CIPHER},
    {"no cipher", {.hash = 2, .group = 14}, IKEV1_E_UNSUPPORTED, IKEV1_ATTR1_CIPHER},
    {"AES-100",
     {.cipher = 7, .hash = 2, .group = 14, .key_bits = 100},
     IKEV1_E_UNSUPPORTED,
     IKEV1_ATTR1_KEY_BITS},
    {"Tiger", {.cipher = 7, .hash = 3, .group = 14}, IKEV1_E_UNSUPPORTED, IKEV1_ATTR1_HASH},
    {"prf 3",
     {.cipher = 7, .hash = 2, .group = 14, .prf = 3},
     IKEV1_E_UNSUPPORTED,
     IKEV1_ATTR1_PRF},
    {"EC2N group 3", {.cipher = 7, .hash = 2, .group = 3}, IKEV1_E_UNSUPPORTED, IKEV1_ATTR1_GROUP},
    {"no group", {.cipher = 7, .hash = 2}, IKEV1_E_UNSUPPORTED, IKEV1_ATTR1_GROUP},
};

static void test_algs_find__suite__algorithms_or_the_attribute(void **state) {
    struct ike_crypto c = {ikev1_openssl(), NULL};
    (void)state;

    for (size_t i = 0; i < COUNT(SUITES); i++) {
        struct ike_algs a = {0};
        ikev1_why why = {0};

        ROW_EQUAL(SUITES[i].name, ike_algs_find(&a, &c, &SUITES[i].suite, &why), SUITES[i].want);
        ROW_EQUAL(SUITES[i].name, ike_algs_find(&a, &c, &SUITES[i].suite, NULL), SUITES[i].want);
        ROW_EQUAL(SUITES[i].name, why.code, SUITES[i].want);
        ROW_EQUAL(SUITES[i].name, why.diff_count, SUITES[i].want == IKEV1_OK ? 0 : 1);
        ROW_EQUAL(SUITES[i].name, why.diffs[0].attribute, SUITES[i].attribute);
        ROW_EQUAL(SUITES[i].name, a.hash != NULL, SUITES[i].want == IKEV1_OK);
        ROW_EQUAL(SUITES[i].name, a.prf != NULL,
                  SUITES[i].want == IKEV1_OK && SUITES[i].suite.prf != 0);
    }
}

/* M-R9; GMAC hides nothing: RFC 4543 3 */
static const struct {
    const char *name;
    int phase;
    struct ike_suite suite;
    uint32_t want;
} WEAK[] = {
    {"AES, SHA2-256, MODP2048", 1, {.cipher = 7, .hash = 4, .group = 14}, 0},
    {"AES, SHA1, ECP256", 1, {.cipher = 7, .hash = 2, .group = 19}, 0},
    {"X25519", 1, {.cipher = 8, .hash = 6, .group = 31}, 0},
    {"DES, MD5, MODP768",
     1,
     {.cipher = 1, .hash = 1, .group = 1},
     IKEV1_ALLOW_DES | IKEV1_ALLOW_MD5 | IKEV1_ALLOW_MODP768},
    {"3DES, MODP1024",
     1,
     {.cipher = 5, .hash = 2, .group = 2},
     IKEV1_ALLOW_3DES | IKEV1_ALLOW_MODP1024},
    {"Blowfish", 1, {.cipher = 3, .hash = 2, .group = 14}, IKEV1_ALLOW_OLD_CIPHERS},
    {"CAST", 1, {.cipher = 6, .hash = 2, .group = 14}, IKEV1_ALLOW_OLD_CIPHERS},
    {"MODP1536", 1, {.cipher = 7, .hash = 2, .group = 5}, IKEV1_ALLOW_MODP1536},
    {"group 22", 1, {.cipher = 7, .hash = 2, .group = 22}, IKEV1_ALLOW_SUBGROUPS},
    {"group 23", 1, {.cipher = 7, .hash = 2, .group = 23}, IKEV1_ALLOW_SUBGROUPS},
    {"group 24", 2, {.protocol = 3, .id = 12, .group = 24}, IKEV1_ALLOW_SUBGROUPS},
    {"group 25", 1, {.cipher = 7, .hash = 2, .group = 25}, IKEV1_ALLOW_SMALL_CURVES},
    {"group 26", 1, {.cipher = 7, .hash = 2, .group = 26}, IKEV1_ALLOW_SMALL_CURVES},
    {"group 27", 1, {.cipher = 7, .hash = 2, .group = 27}, IKEV1_ALLOW_SMALL_CURVES},
    {"group 28", 1, {.cipher = 7, .hash = 2, .group = 28}, 0},
    {"ESP AES-CBC, HMAC-SHA1", 2, {.protocol = 3, .id = 12, .integrity = 2}, 0},
    {"ESP AES-GCM", 2, {.protocol = 3, .id = 20}, 0},
    {"ESP DES, HMAC-MD5, PFS 2",
     2,
     {.protocol = 3, .id = 2, .integrity = 1, .group = 2},
     IKEV1_ALLOW_DES | IKEV1_ALLOW_MD5 | IKEV1_ALLOW_MODP1024},
    {"ESP 3DES", 2, {.protocol = 3, .id = 3, .integrity = 2}, IKEV1_ALLOW_3DES},
    {"ESP Blowfish", 2, {.protocol = 3, .id = 7, .integrity = 2}, IKEV1_ALLOW_OLD_CIPHERS},
    {"ESP CAST", 2, {.protocol = 3, .id = 6, .integrity = 2}, IKEV1_ALLOW_OLD_CIPHERS},
    {"ESP NULL", 2, {.protocol = 3, .id = 11, .integrity = 2}, IKEV1_ALLOW_NULL},
    {"ESP GMAC", 2, {.protocol = 3, .id = 23}, IKEV1_ALLOW_NULL},
    {"AH MD5", 2, {.protocol = 2, .id = 2, .integrity = 1}, IKEV1_ALLOW_MD5},
    {"AH SHA1 has ESP 3DES's number", 2, {.protocol = 2, .id = 3, .integrity = 2}, 0},
    {"IPCOMP DEFLATE has ESP DES's number", 2, {.protocol = 4, .id = 2}, 0},
    {"phase 1 fields do not count in phase 2",
     2,
     {.protocol = 3, .id = 12, .cipher = 1, .hash = 1},
     0},
    {"phase 2 fields do not count in phase 1",
     1,
     {.protocol = 3, .id = 2, .integrity = 1, .cipher = 7, .hash = 2, .group = 14},
     0},
};

static void test_weakness__suite__names_what_it_needs(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(WEAK); i++)
        ROW_EQUAL(WEAK[i].name, ike_suite_weakness(&WEAK[i].suite, WEAK[i].phase), WEAK[i].want);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lookup__every_phase_1_number__its_descriptor),
        cmocka_unit_test(test_lookup__provider_without_lists__nothing),
        cmocka_unit_test(test_key_size__attribute__bytes),
        cmocka_unit_test(test_algs_find__suite__algorithms_or_the_attribute),
        cmocka_unit_test(test_weakness__suite__names_what_it_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
