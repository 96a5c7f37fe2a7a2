/* SPDX-License-Identifier: Apache-2.0 */
#include "support/algs.h"

#include <ikev1/openssl.h>

enum { AH = IKEV1_PROTO_AH, ESP = IKEV1_PROTO_ESP, IPCOMP = IKEV1_PROTO_IPCOMP, NO = -1 };

/*
 * M-R4, QCK-12: encryption, salt, integrity; NO = refused. RFC 2403, RFC 2404, RFC 2405, RFC 2410,
 * RFC 2451 2.2, RFC 3602, RFC 3686 5.1, RFC 4106 8.1, RFC 4309 7.1, RFC 4312, RFC 4494, RFC 4543 5,
 * RFC 4868 2.6; attribute and transform must agree: RFC 2407 4.5.
 */
static const struct {
    const char *name;
    struct ike_suite suite;
    int encryption, salt, integrity;
} LAYOUTS[] = {
    {"DES, MD5", {.protocol = ESP, .id = 2, .integrity = 1}, 8, 0, 16},
    {"3DES, SHA1", {.protocol = ESP, .id = 3, .integrity = 2}, 24, 0, 20},
    {"3DES with its size", {.protocol = ESP, .id = 3, .key_bits = 192, .integrity = 2}, 24, 0, 20},
    {"3DES-128", {.protocol = ESP, .id = 3, .key_bits = 128, .integrity = 2}, NO, 0, 0},
    {"NULL, SHA1", {.protocol = ESP, .id = 11, .integrity = 2}, 0, 0, 20},
    {"NULL with a key", {.protocol = ESP, .id = 11, .key_bits = 128, .integrity = 2}, NO, 0, 0},
    {"AES-CBC without size", {.protocol = ESP, .id = 12, .integrity = 2}, 16, 0, 20},
    {"AES-CBC-128, SHA2-256",
     {.protocol = ESP, .id = 12, .key_bits = 128, .integrity = 5},
     16,
     0,
     32},
    {"AES-CBC-192, SHA2-384",
     {.protocol = ESP, .id = 12, .key_bits = 192, .integrity = 6},
     24,
     0,
     48},
    {"AES-CBC-256, SHA2-512",
     {.protocol = ESP, .id = 12, .key_bits = 256, .integrity = 7},
     32,
     0,
     64},
    {"AES-CBC-128, XCBC", {.protocol = ESP, .id = 12, .key_bits = 128, .integrity = 9}, 16, 0, 16},
    {"AES-CBC-128, CMAC",
     {.protocol = ESP, .id = 12, .key_bits = 128, .integrity = 250},
     16,
     0,
     16},
    {"AES-CBC-128 alone", {.protocol = ESP, .id = 12, .key_bits = 128}, 16, 0, 0},
    {"AES-CBC in bytes", {.protocol = ESP, .id = 12, .key_bits = 16, .integrity = 2}, NO, 0, 0},
    {"AES-CBC-160", {.protocol = ESP, .id = 12, .key_bits = 160, .integrity = 2}, NO, 0, 0},
    {"AES-CBC-129", {.protocol = ESP, .id = 12, .key_bits = 129, .integrity = 2}, NO, 0, 0},
    {"AES-CBC-512", {.protocol = ESP, .id = 12, .key_bits = 512, .integrity = 2}, NO, 0, 0},
    {"AES-CBC, size wraps",
     {.protocol = ESP, .id = 12, .key_bits = 2176, .integrity = 2},
     NO,
     0,
     0},
    {"AES-CTR-128", {.protocol = ESP, .id = 13, .key_bits = 128, .integrity = 2}, 20, 4, 20},
    {"AES-CTR-256", {.protocol = ESP, .id = 13, .key_bits = 256, .integrity = 5}, 36, 4, 32},
    {"AES-CTR without size", {.protocol = ESP, .id = 13, .integrity = 2}, NO, 0, 0},
    {"AES-CCM-8-128", {.protocol = ESP, .id = 14, .key_bits = 128}, 19, 3, 0},
    {"AES-CCM-12-192", {.protocol = ESP, .id = 15, .key_bits = 192}, 27, 3, 0},
    {"AES-CCM-16-256", {.protocol = ESP, .id = 16, .key_bits = 256}, 35, 3, 0},
    {"AES-GCM-8-128", {.protocol = ESP, .id = 18, .key_bits = 128}, 20, 4, 0},
    {"AES-GCM-12-192", {.protocol = ESP, .id = 19, .key_bits = 192}, 28, 4, 0},
    {"AES-GCM-16-256", {.protocol = ESP, .id = 20, .key_bits = 256}, 36, 4, 0},
    {"AES-GCM-16, salt counted", {.protocol = ESP, .id = 20, .key_bits = 160}, NO, 0, 0},
    {"AES-GCM-16 without size", {.protocol = ESP, .id = 20}, NO, 0, 0},
    {"AES-GCM-16, SHA1", {.protocol = ESP, .id = 20, .key_bits = 128, .integrity = 2}, NO, 0, 0},
    {"AES-CCM-16, GMAC", {.protocol = ESP, .id = 16, .key_bits = 128, .integrity = 11}, NO, 0, 0},
    {"GMAC-128", {.protocol = ESP, .id = 23, .key_bits = 128}, 20, 4, 0},
    {"GMAC-256", {.protocol = ESP, .id = 23, .key_bits = 256}, 36, 4, 0},
    {"GMAC, SHA1", {.protocol = ESP, .id = 23, .key_bits = 128, .integrity = 2}, NO, 0, 0},
    {"Camellia without size", {.protocol = ESP, .id = 22, .integrity = 2}, 16, 0, 20},
    {"Camellia-256", {.protocol = ESP, .id = 22, .key_bits = 256, .integrity = 5}, 32, 0, 32},
    {"Blowfish without size", {.protocol = ESP, .id = 7, .integrity = 2}, 16, 0, 20},
    {"Blowfish-448", {.protocol = ESP, .id = 7, .key_bits = 448, .integrity = 2}, 56, 0, 20},
    {"Blowfish-32", {.protocol = ESP, .id = 7, .key_bits = 32, .integrity = 2}, NO, 0, 0},
    {"CAST without size", {.protocol = ESP, .id = 6, .integrity = 2}, 16, 0, 20},
    {"CAST-40", {.protocol = ESP, .id = 6, .key_bits = 40, .integrity = 2}, 5, 0, 20},
    {"SEED", {.protocol = ESP, .id = 21, .key_bits = 128, .integrity = 2}, NO, 0, 0},
    {"IDEA", {.protocol = ESP, .id = 5, .integrity = 2}, NO, 0, 0},
    {"no transform", {.protocol = ESP, .integrity = 2}, NO, 0, 0},
    {"AES-CBC, DES-MAC", {.protocol = ESP, .id = 12, .integrity = 3}, NO, 0, 0},
    {"AES-CBC, KPDK", {.protocol = ESP, .id = 12, .integrity = 4}, NO, 0, 0},
    {"AES-CBC, unknown", {.protocol = ESP, .id = 12, .integrity = 99}, NO, 0, 0},
    {"AES-CBC, GMAC", {.protocol = ESP, .id = 12, .integrity = 11}, NO, 0, 0},
    {"AH MD5", {.protocol = AH, .id = 2, .integrity = 1}, 0, 0, 16},
    {"AH SHA1", {.protocol = AH, .id = 3, .integrity = 2}, 0, 0, 20},
    {"AH SHA2-256", {.protocol = AH, .id = 5, .integrity = 5}, 0, 0, 32},
    {"AH SHA2-384", {.protocol = AH, .id = 6, .integrity = 6}, 0, 0, 48},
    {"AH SHA2-512", {.protocol = AH, .id = 7, .integrity = 7}, 0, 0, 64},
    {"AH XCBC", {.protocol = AH, .id = 9, .integrity = 9}, 0, 0, 16},
    {"AH GMAC-128", {.protocol = AH, .id = 11, .integrity = 11}, 0, 4, 20},
    {"AH GMAC-192", {.protocol = AH, .id = 12, .integrity = 12}, 0, 4, 28},
    {"AH GMAC-256", {.protocol = AH, .id = 13, .integrity = 13}, 0, 4, 36},
    {"AH SHA1 named MD5", {.protocol = AH, .id = 3, .integrity = 1}, NO, 0, 0},
    {"AH MD5 named SHA1", {.protocol = AH, .id = 2, .integrity = 2}, NO, 0, 0},
    {"AH without the attribute", {.protocol = AH, .id = 3}, NO, 0, 0},
    {"AH without a transform", {.protocol = AH, .integrity = 250}, NO, 0, 0},
    {"AH DES", {.protocol = AH, .id = 4, .integrity = 3}, NO, 0, 0},
    {"IPCOMP DEFLATE", {.protocol = IPCOMP, .id = 2}, 0, 0, 0},
    {"IPCOMP LZJH", {.protocol = IPCOMP, .id = 4}, 0, 0, 0},
    {"IPCOMP OUI", {.protocol = IPCOMP, .id = 1}, NO, 0, 0},
    {"IPCOMP 5", {.protocol = IPCOMP, .id = 5}, NO, 0, 0},
    {"IPCOMP, SHA1", {.protocol = IPCOMP, .id = 2, .integrity = 2}, NO, 0, 0},
    {"ISAKMP", {.protocol = 1, .id = 1}, NO, 0, 0},
};

static void test_key_layout__suite__sizes_or_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(LAYOUTS); i++) {
        struct ike_key_layout l = {0xee, 0xee, 0xee, 0xee};
        bool known = LAYOUTS[i].encryption != NO;

        ROW_EQUAL(LAYOUTS[i].name, ike_key_layout(&l, &LAYOUTS[i].suite),
                  known ? IKEV1_OK : IKEV1_E_UNSUPPORTED);
        ROW_EQUAL(LAYOUTS[i].name, l.encryption, known ? LAYOUTS[i].encryption : 0xee);
        ROW_EQUAL(LAYOUTS[i].name, l.salt, known ? LAYOUTS[i].salt : 0xee);
        ROW_EQUAL(LAYOUTS[i].name, l.integrity, known ? LAYOUTS[i].integrity : 0xee);
    }
}

/* What of a packet is integrity check value: RFC 2403, 2404, 4868 2.6, 3566, 4494, 4309, 4106,
 * 4543.
 */
static void test_key_layout__integrity__length_in_a_packet(void **state) {
    static const struct {
        struct ike_suite suite;
        size_t bits;
    } rows[] = {
        {{.protocol = ESP, .id = 12, .integrity = 1}, 96},
        {{.protocol = ESP, .id = 12, .integrity = 2}, 96},
        {{.protocol = ESP, .id = 12, .integrity = 5}, 128},
        {{.protocol = ESP, .id = 12, .integrity = 6}, 192},
        {{.protocol = ESP, .id = 12, .integrity = 7}, 256},
        {{.protocol = ESP, .id = 12, .integrity = 9}, 96},
        {{.protocol = ESP, .id = 12, .integrity = IKEV1_INTEG_AES_CMAC}, 96},
        {{.protocol = ESP, .id = 12}, 0},
        {{.protocol = ESP, .id = 13, .key_bits = 128}, 0}, /* its salt is no proof */
        {{.protocol = ESP, .id = 14, .key_bits = 128}, 64},
        {{.protocol = ESP, .id = 15, .key_bits = 128}, 96},
        {{.protocol = ESP, .id = 16, .key_bits = 128}, 128},
        {{.protocol = ESP, .id = 18, .key_bits = 128}, 64},
        {{.protocol = ESP, .id = 19, .key_bits = 128}, 96},
        {{.protocol = ESP, .id = 20, .key_bits = 128}, 128},
        {{.protocol = ESP, .id = 23, .key_bits = 128}, 128},
        {{.protocol = AH, .id = 2, .integrity = 1}, 96},
        {{.protocol = AH, .id = 7, .integrity = 7}, 256},
        {{.protocol = AH, .id = 11, .integrity = 11}, 128},
        {{.protocol = IPCOMP, .id = 2}, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ike_key_layout l;
        char name[16];
        snprintf(name, sizeof name, "row %zu", i);
        ROW_EQUAL(name, ike_key_layout(&l, &rows[i].suite), IKEV1_OK);
        ROW_EQUAL(name, l.icv * 8, rows[i].bits);
    }
}

/* RFC 2409 5.5, the covered bytes written out: with and without g(qm)^xy. */
static void test_keymat__formula__expanded_prf_over_the_joined_bytes(void **state) {
    static const struct {
        const char *name, *gxy, *covered;
    } rows[] = {{"without PFS", "", "03 c6af22ee 11*8 22*9"},
                {"with PFS", "ab*32", "ab*32 03 c6af22ee 11*8 22*9"}};
    struct ike_crypto c = crypto_open(ikev1_openssl());
    uint8_t skeyid_d[32];
    ikev1_bytes ni = hex_make("11*8"), nr = hex_make("22*9");
    struct ike_algs a;
    (void)state;

    assert_true(algs_named(&a, &c, NULL, "sha256", NULL, 0));
    memset(skeyid_d, 0x0d, sizeof skeyid_d);
    for (size_t i = 0; i < COUNT(rows); i++) {
        ikev1_bytes gxy = hex_make(rows[i].gxy), covered = hex_make(rows[i].covered);
        uint8_t got[100], want[100];

        ROW_EQUAL(rows[i].name, ike_keymat(&c, &a, skeyid_d, gxy, 3, 0xc6af22ee, ni, nr, got, 100),
                  IKEV1_OK);
        ROW_EQUAL(rows[i].name,
                  ike_prf_expand(&c, &a, ike_bytes(skeyid_d, 32), &covered, 1, false, want, 100),
                  IKEV1_OK);
        row_bytes(rows[i].name, "KEYMAT", got, ike_bytes(want, 100));
        hex_free(gxy);
        hex_free(covered);
    }
    hex_free(ni);
    hex_free(nr);
    crypto_close(&c);
}

/* One direction of a Quick Mode in rub_session_secrets. */
static void check_direction(const struct ike_crypto *c, const struct ike_algs *a,
                            struct vec_file *f, const char *spi_key, const char *keymat_key) {
    struct ike_reader spi = ike_reader(vec_hex(f, spi_key));
    ikev1_bytes want = vec_hex(f, keymat_key);
    uint8_t got[64];

    ROW_EQUAL(keymat_key, want.len, 36);
    ROW_EQUAL(keymat_key,
              ike_keymat(c, a, vec_hex(f, "skeyid_d").data, ike_bytes(NULL, 0),
                         vec_hex(f, "qm_protocol").data[0], ike_read_u32(&spi),
                         vec_hex(f, "qm_ni_b"), vec_hex(f, "qm_nr_b"), got, want.len),
              IKEV1_OK);
    row_bytes(keymat_key, "KEYMAT", got, want);
}

/* CRY-06: whole sessions of a third party's test suite, from the PSK to KEYMAT. */
static void test_session__published_secrets__equal(void **state) {
    static const char *const files[] = {"kdf/rub_session_secrets.txt",
                                        "kdf/rub_session_secrets_2.txt"};
    size_t run = 0, directions = 0, ivs = 0;
    (void)state;

    for (size_t i = 0; i < COUNT(files); i++) {
        struct vec_file *f = vec_open_or_skip(files[i]);
        struct ike_crypto c = crypto_open(ikev1_openssl());

        for (; vec_next(f); run++) {
            const char *name = vec_text(f, "case");
            const struct ike_exchanged x = exchanged_of_case(f);
            uint8_t skeyid[IKEV1_MAX_HASH], got[IKEV1_MAX_HASH];
            struct ike_keys keys;
            struct ike_algs a;

            ROW_EQUAL(name, algs_of_case(&a, &c, f), true);
            ROW_EQUAL(name, ike_skeyid(&c, &a, IKEV1_AUTH_PSK, vec_hex(f, "psk"), &x, skeyid),
                      IKEV1_OK);
            row_bytes(name, "SKEYID", skeyid, vec_hex(f, "skeyid"));
            ROW_EQUAL(name, ike_skeyid_keys(&c, &a, skeyid, &x, &keys), IKEV1_OK);
            row_bytes(name, "SKEYID_d", keys.skeyid_d, vec_hex(f, "skeyid_d"));
            row_bytes(name, "SKEYID_a", keys.skeyid_a, vec_hex(f, "skeyid_a"));
            row_bytes(name, "key", keys.key, vec_hex(f, "enc_key"));
            ROW_EQUAL(name, ike_iv_phase1(&c, &a, x.gxi, x.gxr, got), IKEV1_OK);
            row_bytes(name, "IV", got, vec_hex(f, "iv_phase1"));
            ROW_EQUAL(name,
                      ike_hash_ir(&c, &a, skeyid, false, &x, vec_hex(f, "sai_b"),
                                  vec_hex(f, "idir_b"), got),
                      IKEV1_OK);
            row_bytes(name, "HASH_R", got, vec_hex(f, "hash_r"));
            if (vec_text(f, "message_id") != NULL) {
                struct ike_reader id = ike_reader(vec_hex(f, "message_id"));
                ROW_EQUAL(
                    name,
                    ike_iv_exchange(&c, &a, vec_hex(f, "iv_phase1").data, ike_read_u32(&id), got),
                    IKEV1_OK);
                row_bytes(name, "later IV", got, vec_hex(f, "iv_message_id"));
                ivs++;
            }
            if (vec_text(f, "spi_inbound") == NULL)
                continue;
            check_direction(&c, &a, f, "spi_inbound", "keymat_inbound");
            check_direction(&c, &a, f, "spi_outbound", "keymat_outbound");
            directions += 2;
        }
        vec_close(f);
        crypto_close(&c);
    }
    assert_int_equal(run, 3);
    assert_int_equal(directions, 2);
    assert_int_equal(ivs, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_layout__suite__sizes_or_refused),
        cmocka_unit_test(test_key_layout__integrity__length_in_a_packet),
        cmocka_unit_test(test_keymat__formula__expanded_prf_over_the_joined_bytes),
        cmocka_unit_test(test_session__published_secrets__equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
