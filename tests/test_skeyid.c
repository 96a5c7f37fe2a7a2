/* SPDX-License-Identifier: Apache-2.0 */
#include "support/algs.h"
#include "support/failcrypto.h"

#include <ikev1/openssl.h>

static const struct {
    const char *name;
    uint16_t auth;
} FROM_PSK[] = {{"PSK", 1}, {"XAUTH PSK initiator", 65001}, {"XAUTH PSK responder", 65002}},
  FROM_DH[] = {{"DSS", 2},
               {"RSA", 3},
               {"ECDSA-256", 9},
               {"ECDSA-384", 10},
               {"ECDSA-521", 11},
               {"hybrid RSA initiator", 64221},
               {"hybrid RSA responder", 64222},
               {"hybrid DSS initiator", 64223},
               {"hybrid DSS responder", 64224},
               {"XAUTH DSS initiator", 65003},
               {"XAUTH DSS responder", 65004},
               {"XAUTH RSA initiator", 65005},
               {"XAUTH RSA responder", 65006}},
  REFUSED[] = {{"RSA encryption", 4},      {"revised RSA encryption", 5},   {"no method", 0},
               {"El-Gamal encryption", 6}, {"XAUTH RSA encryption", 65007}, {"unknown", 65535}};

static const struct ike_exchanged X = {.icookie = {(const uint8_t *)"initiate", 8},
                                       .rcookie = {(const uint8_t *)"responds", 8},
                                       .ni = {(const uint8_t *)"nonce of i", 10},
                                       .nr = {(const uint8_t *)"the nonce of r", 14},
                                       .gxi = {(const uint8_t *)"public i", 8},
                                       .gxr = {(const uint8_t *)"public r", 8},
                                       .gxy = {(const uint8_t *)"shared", 6}};

/* M-R2: by Python: hmac.new(b"psk", ni + nr) and hmac.new(ni + nr, gxy), with SHA1. */
static void test_skeyid__auth_method__its_formula_or_refused(void **state) {
    struct ike_crypto c = crypto_open(ikev1_openssl());
    const ikev1_bytes psk = ike_bytes("psk", 3);
    uint8_t out[IKEV1_MAX_HASH];
    struct ike_algs a;
    (void)state;

    assert_true(algs_named(&a, &c, NULL, "sha1", NULL, 0));
    for (size_t i = 0; i < COUNT(FROM_PSK); i++) {
        ROW_EQUAL(FROM_PSK[i].name, ike_skeyid(&c, &a, FROM_PSK[i].auth, psk, &X, out), IKEV1_OK);
        row_hex(FROM_PSK[i].name, "SKEYID", out, "a5abd4492654beba8f7f6ae6aa666fa51613b2e9");
    }
    for (size_t i = 0; i < COUNT(FROM_DH); i++) {
        ROW_EQUAL(FROM_DH[i].name, ike_skeyid(&c, &a, FROM_DH[i].auth, psk, &X, out), IKEV1_OK);
        row_hex(FROM_DH[i].name, "SKEYID", out, "bad486ffb55e81e2e0dff14979015e2f712b178f");
    }
    for (size_t i = 0; i < COUNT(REFUSED); i++) {
        memset(out, 0xee, sizeof out);
        ROW_EQUAL(REFUSED[i].name, ike_skeyid(&c, &a, REFUSED[i].auth, psk, &X, out),
                  IKEV1_E_UNSUPPORTED);
        ROW_EQUAL(REFUSED[i].name, out[0], 0xee);
    }
    crypto_close(&c);
}

/* KEX-06: the longest nonces fit, one byte more is refused and not cut off. */
static void test_skeyid__longest_nonces__joined_as_key(void **state) {
    struct ike_crypto c = crypto_open(ikev1_openssl());
    ikev1_bytes nonce = hex_make("5a*257"), both = hex_make("5a*512");
    struct ike_exchanged x = X;
    uint8_t want[IKEV1_MAX_HASH], got[IKEV1_MAX_HASH];
    struct ike_algs a;
    (void)state;

    assert_true(algs_named(&a, &c, NULL, "sha256", NULL, 0));
    x.ni = x.nr = (ikev1_bytes){nonce.data, IKE_MAX_NONCE};
    assert_int_equal(ike_skeyid(&c, &a, IKEV1_AUTH_RSA, X.gxy, &x, got), IKEV1_OK);
    assert_int_equal(ike_prf(&c, &a, both, &x.gxy, 1, want), IKEV1_OK);
    assert_memory_equal(got, want, 32);
    x.nr = nonce;
    assert_int_equal(ike_skeyid(&c, &a, IKEV1_AUTH_RSA, X.gxy, &x, got), IKEV1_E_NONCE);
    x.nr = X.nr;
    x.ni = nonce;
    assert_int_equal(ike_skeyid(&c, &a, IKEV1_AUTH_RSA, X.gxy, &x, got), IKEV1_E_NONCE);
    hex_free(nonce);
    hex_free(both);
    crypto_close(&c);
}

/* CRY-04: whichever call fails, the keys of before are untouched. */
static void test_keys__any_call_fails__nothing_written(void **state) {
    struct fail_crypto fail;
    struct ike_algs a;
    uint64_t calls = 5; /* d, a, e, and two blocks of cipher key */
    (void)state;

    for (uint64_t k = 1; k <= calls + 1; k++) {
        struct ike_keys keys, before;
        uint8_t skeyid[20] = {1};
        fail_crypto_init(&fail, ikev1_openssl());
        fail.kinds = FAIL_HASH;
        fail.fail_at = k;
        struct ike_crypto c = crypto_open(&fail.provider);

        assert_true(algs_named(&a, &c, NULL, "sha1", "aes-cbc", 32));
        memset(&keys, 0xee, sizeof keys);
        before = keys;
        assert_int_equal(ike_skeyid_keys(&c, &a, skeyid, &X, &keys),
                         k <= calls ? IKEV1_E_PROVIDER : IKEV1_OK);
        assert_int_equal(memcmp(&keys, &before, sizeof keys) == 0, k <= calls);
        crypto_close(&c);
    }
}

/* RFC 2409 App. B: as much of SKEYID_e as is needed, or the expansion where it is too short. */
static void test_keys__cipher_key__from_skeyid_e(void **state) {
    static const struct {
        const char *name, *cipher;
        long key_len;
        bool expanded;
    } rows[] = {{"AES-128 of 20 bytes", "aes-cbc", 16, false},
                {"AES-192 of 20 bytes", "aes-cbc", 24, true},
                {"AES-256 of 20 bytes", "aes-cbc", 32, true},
                {"3DES of 20 bytes", "3des-cbc", 0, true},
                {"DES of 20 bytes", "des-cbc", 0, false},
                {"Blowfish-448 of 20 bytes", "blowfish-cbc", 0, true}};
    struct ike_crypto c = crypto_open(ikev1_openssl());
    const uint8_t skeyid[20] = {7};
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ike_keys keys;
        struct ike_algs a;
        uint8_t e[20], want[IKEV1_MAX_KEY];

        ROW_EQUAL(rows[i].name, algs_named(&a, &c, NULL, "sha1", rows[i].cipher, rows[i].key_len),
                  true);
        ROW_EQUAL(rows[i].name, ike_skeyid_keys(&c, &a, skeyid, &X, &keys), IKEV1_OK);
        ROW_EQUAL(rows[i].name, keys.size, 20);
        ROW_EQUAL(rows[i].name, keys.key_size, a.key_size);
        ROW_EQUAL(rows[i].name,
                  ike_skeyid_next(&c, &a, skeyid, &X, ike_bytes(keys.skeyid_a, 20), 2, e),
                  IKEV1_OK);
        if (rows[i].expanded)
            ROW_EQUAL(rows[i].name,
                      ike_prf_expand(&c, &a, ike_bytes(e, 20), NULL, 0, true, want, a.key_size),
                      IKEV1_OK);
        else
            memcpy(want, e, a.key_size);
        row_bytes(rows[i].name, "key", keys.key, ike_bytes(want, a.key_size));
    }
    crypto_close(&c);
}

/* One case with skeyid, skeyid_d, skeyid_a, skeyid_e and what they are made of. */
static void check_family(struct ike_crypto *c, struct vec_file *f, uint16_t auth) {
    const char *name = vec_text(f, "case");
    const struct ike_exchanged x = exchanged_of_case(f);
    const uint8_t *skeyid = vec_hex(f, "skeyid").data;
    struct ike_keys keys;
    struct ike_algs a;
    uint8_t got[IKEV1_MAX_HASH];

    ROW_EQUAL(name, algs_of_case(&a, c, f), true);
    a.cipher = ike_cipher_alg(c, IKEV1_CIPHER_AES);
    a.key_size = 16;
    if (auth != 0) {
        ROW_EQUAL(name, ike_skeyid(c, &a, auth, vec_hex(f, "psk"), &x, got), IKEV1_OK);
        row_bytes(name, "SKEYID", got, vec_hex(f, "skeyid"));
    }
    ROW_EQUAL(name, ike_skeyid_keys(c, &a, skeyid, &x, &keys), IKEV1_OK);
    row_bytes(name, "SKEYID_d", keys.skeyid_d, vec_hex(f, "skeyid_d"));
    row_bytes(name, "SKEYID_a", keys.skeyid_a, vec_hex(f, "skeyid_a"));
    ROW_EQUAL(name, ike_skeyid_next(c, &a, skeyid, &x, vec_hex(f, "skeyid_a"), 2, got), IKEV1_OK);
    row_bytes(name, "SKEYID_e", got, vec_hex(f, "skeyid_e"));
    row_bytes(name, "key", keys.key, ike_bytes(vec_hex(f, "skeyid_e").data, 16));
}

/* CRY-06: NIST's vectors. CAVS 12 has 30 cases of SHA2-224 in each file, a hash that IKEv1 has no
 * number for. The cases of RSA encryption start from SKEYID: its formula is refused (M-R2). */
static void test_family__nist_vectors__equal(void **state) {
    static const struct {
        const char *file;
        uint16_t auth;
        size_t cases;
    } files[] = {{"kdf/cavs12_ikev1_psk.txt", IKEV1_AUTH_PSK, 110},
                 {"kdf/cavs12_ikev1_psk_2.txt", IKEV1_AUTH_PSK, 110},
                 {"kdf/cavs12_ikev1_dsa.txt", IKEV1_AUTH_DSS, 110},
                 {"kdf/cavs12_ikev1_dsa_2.txt", IKEV1_AUTH_DSS, 110},
                 {"kdf/cavs12_ikev1_pke.txt", 0, 110},
                 {"kdf/cavs12_ikev1_pke_2.txt", 0, 110},
                 {"kdf/cavs17_ikev1_psk.txt", IKEV1_AUTH_PSK, 34},
                 {"kdf/cavs17_ikev1_dsa.txt", IKEV1_AUTH_RSA, 34}};
    (void)state;

    for (size_t i = 0; i < COUNT(files); i++) {
        struct vec_file *f = vec_open_or_skip(files[i].file);
        struct ike_crypto c = crypto_open(ikev1_openssl());
        size_t run = 0;

        while (vec_next(f)) {
            if (strcmp(vec_text(f, "hash"), "sha224") == 0)
                continue;
            check_family(&c, f, files[i].auth);
            run++;
        }
        ROW_EQUAL(files[i].file, run, files[i].cases);
        vec_close(f);
        crypto_close(&c);
    }
}

/* CRY-06: NSS, with AES-XCBC as well. */
static void test_skeyid__nss_vectors__equal(void **state) {
    struct vec_file *f = vec_open_or_skip("kdf/nss_ike_prf.txt");
    struct ike_crypto c = crypto_open(ikev1_openssl());
    size_t run = 0;
    (void)state;

    while (vec_next(f)) {
        const char *name = vec_text(f, "case"), *op = vec_text(f, "op");
        const struct ike_exchanged x = exchanged_of_case(f);
        uint8_t got[IKEV1_MAX_HASH];
        struct ike_algs a;
        int status;

        ROW_EQUAL(name, algs_of_case(&a, &c, f), true);
        if (strcmp(op, "skeyid-psk") == 0)
            status = ike_skeyid(&c, &a, IKEV1_AUTH_PSK, vec_hex(f, "psk"), &x, got);
        else if (strcmp(op, "skeyid-sig") == 0)
            status = ike_skeyid(&c, &a, IKEV1_AUTH_RSA, ike_bytes(NULL, 0), &x, got);
        else if (strcmp(op, "skeyid-dae") == 0)
            status = ike_skeyid_next(&c, &a, vec_hex(f, "skeyid").data, &x, vec_hex(f, "previous"),
                                     (uint8_t)vec_number(f, "number", 255), got);
        else
            continue;
        ROW_EQUAL(name, status, IKEV1_OK);
        ROW_EQUAL(name, vec_hex(f, "out").len, ike_prf_size(&a));
        row_bytes(name, op, got, vec_hex(f, "out"));
        run++;
    }
    assert_int_equal(run, 15);
    vec_close(f);
    crypto_close(&c);
}

/* Phase 1 out of strongSwan's logs: keys, IV, HASH_I and HASH_R over what the log says they cover.
 */
static void check_log_case(struct ike_crypto *c, struct vec_file *f) {
    const char *name = vec_text(f, "case");
    const struct ike_exchanged x = exchanged_of_case(f);
    const ikev1_bytes i_data = vec_hex(f, "hash_i_data"), r_data = vec_hex(f, "hash_r_data");
    const size_t head = x.gxi.len + x.gxr.len + x.icookie.len + x.rcookie.len;
    uint8_t got[IKEV1_MAX_HASH];
    struct ike_algs a;

    ROW_EQUAL(name, algs_of_case(&a, c, f), true);
    ROW_EQUAL(name, ike_iv_phase1(c, &a, x.gxi, x.gxr, got), IKEV1_OK);
    row_bytes(name, "IV", got, vec_hex(f, "iv_phase1"));
    ROW_EQUAL(name, ike_cipher_key(c, &a, vec_hex(f, "skeyid_e").data, got, a.key_size), IKEV1_OK);
    row_bytes(name, "key", got, vec_hex(f, "enc_key"));
    /* SAi_b | ID stand behind the head; cut anywhere, they hash the same. */
    if (i_data.data != NULL) {
        ROW_EQUAL(name,
                  ike_hash_ir(c, &a, vec_hex(f, "skeyid").data, true, &x,
                              ike_bytes(i_data.data + head, 48),
                              ike_bytes(i_data.data + head + 48, i_data.len - head - 48), got),
                  IKEV1_OK);
        row_bytes(name, "HASH_I", got, vec_hex(f, "hash_i"));
    }
    if (r_data.data != NULL) {
        ROW_EQUAL(name,
                  ike_hash_ir(c, &a, vec_hex(f, "skeyid").data, false, &x,
                              ike_bytes(r_data.data + head, 48),
                              ike_bytes(r_data.data + head + 48, r_data.len - head - 48), got),
                  IKEV1_OK);
        row_bytes(name, "HASH_R", got, vec_hex(f, "hash_r"));
    }
}

static void test_phase1__strongswan_logs__equal(void **state) {
    static const char *const files[] = {"kdf/strongswan_phase1_log.txt",
                                        "kdf/strongswan_phase1_log_2.txt"};
    (void)state;

    for (size_t i = 0; i < COUNT(files); i++) {
        struct vec_file *f = vec_open_or_skip(files[i]);
        struct ike_crypto c = crypto_open(ikev1_openssl());
        size_t run = 0;

        for (; vec_next(f); run++) {
            check_family(&c, f, 0);
            check_log_case(&c, f);
        }
        assert_true(run >= 3);
        vec_close(f);
        crypto_close(&c);
    }
}

/* HASH_R of Aggressive Mode with known keys, MD5 and SHA1, from six sources. */
static void test_hash_r__aggressive_psk_vectors__equal(void **state) {
    static const char *const files[] = {"psk/aggressive_hash_r.txt", "psk/aggressive_hash_r_2.txt"};
    size_t run = 0;
    (void)state;

    for (size_t i = 0; i < COUNT(files); i++) {
        struct vec_file *f = vec_open_or_skip(files[i]);
        struct ike_crypto c = crypto_open(ikev1_openssl());

        for (; vec_next(f); run++) {
            const char *name = vec_text(f, "case");
            const struct ike_exchanged x = exchanged_of_case(f);
            uint8_t skeyid[IKEV1_MAX_HASH], got[IKEV1_MAX_HASH];
            struct ike_algs a;

            ROW_EQUAL(name, algs_of_case(&a, &c, f), true);
            ROW_EQUAL(name, ike_skeyid(&c, &a, IKEV1_AUTH_PSK, vec_hex(f, "psk"), &x, skeyid),
                      IKEV1_OK);
            row_bytes(name, "SKEYID", skeyid, vec_hex(f, "skeyid"));
            ROW_EQUAL(name,
                      ike_hash_ir(&c, &a, skeyid, false, &x, vec_hex(f, "sai_b"),
                                  vec_hex(f, "idir_b"), got),
                      IKEV1_OK);
            row_bytes(name, "HASH_R", got, vec_hex(f, "hash_r"));
        }
        vec_close(f);
        crypto_close(&c);
    }
    assert_int_equal(run, 11);
}

/* RFC 2409 5.1: a signature that is tied to a hash is over HASH_I under its HMAC. By Python, with
 * SKEYID of 16 bytes and MD5 negotiated. */
static void test_proof__auth_method__under_its_own_hash(void **state) {
    static const struct {
        const char *name;
        uint16_t auth;
        const char *hash_i, *hash_r;
    } ROWS[] = {
        {"PSK", IKEV1_AUTH_PSK, "2f4eb666d99552df705aacc9bc07fc6f",
         "bd46783d16d22f81143ebb4dfdae2614"},
        {"RSA", IKEV1_AUTH_RSA, "2f4eb666d99552df705aacc9bc07fc6f",
         "bd46783d16d22f81143ebb4dfdae2614"},
        {"DSS", IKEV1_AUTH_DSS, "4f6494a0ca50eda70f8214cfe53bb652cd60441f",
         "f7ce9cbedd640c8d609e6d7dbb047cf8a461df76"},
        {"ECDSA-256", IKEV1_AUTH_ECDSA_256,
         "4e3c9f848839cf0c50ed0f254fb139431dac66bbecd49fdc83d8f1d757644169",
         "1cf8feac12ccd3ca286012072e96b2a115c5c6528e5c49ab381c560187ad8fb5"},
        {"ECDSA-384", IKEV1_AUTH_ECDSA_384,
         "6bf760723f01fbe8237310a9102d11dba6ec39b93c50b8510f00612989f5d4151d6a000db7c20b020edbd5b77"
         "b1bec8f",
         "7fece0a290da53057f37c40b63ef12dbe8a22d3caf09e811842e1651549765ed311f0b09a2f29f70ac0c8d9a4"
         "4a5895a"},
        {"ECDSA-521", IKEV1_AUTH_ECDSA_521,
         "60ba7ec997dc2e1442beef1f272d17eed8353f83f608b6a1164c25c993426bfc2397b7ca0d2dc0ee9820b16d1"
         "aea7641365213eef7c74ea51025eefb5c106647",
         "790d523654fb44cd8460171a34cdd052a9f1015e775e63dbd8425cb8d3201ad818618dd85e03d6bb0c5322d94"
         "470ba7e81082ac681869edeb810bcd8f7bcb938"},
    };
    const ikev1_bytes sai = ike_bytes("the SA", 6), id = ike_bytes("the ID", 6);
    const uint8_t *skeyid = (const uint8_t *)"kkkkkkkkkkkkkkkk";
    struct ike_crypto c = crypto_open(ikev1_openssl());
    struct ike_algs a;
    (void)state;

    assert_true(algs_named(&a, &c, NULL, "md5", NULL, 0));
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        uint8_t out[IKEV1_MAX_HASH];
        size_t len = 0;

        ROW_EQUAL(ROWS[i].name,
                  ike_proof(&c, &a, ROWS[i].auth, skeyid, true, &X, sai, id, out, &len), IKEV1_OK);
        ROW_EQUAL(ROWS[i].name, len, strlen(ROWS[i].hash_i) / 2);
        row_hex(ROWS[i].name, "HASH_I", out, ROWS[i].hash_i);
        ROW_EQUAL(ROWS[i].name,
                  ike_proof(&c, &a, ROWS[i].auth, skeyid, false, &X, sai, id, out, &len), IKEV1_OK);
        row_hex(ROWS[i].name, "HASH_R", out, ROWS[i].hash_r);
    }
    crypto_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_skeyid__auth_method__its_formula_or_refused),
        cmocka_unit_test(test_proof__auth_method__under_its_own_hash),
        cmocka_unit_test(test_skeyid__longest_nonces__joined_as_key),
        cmocka_unit_test(test_keys__any_call_fails__nothing_written),
        cmocka_unit_test(test_keys__cipher_key__from_skeyid_e),
        cmocka_unit_test(test_family__nist_vectors__equal),
        cmocka_unit_test(test_skeyid__nss_vectors__equal),
        cmocka_unit_test(test_phase1__strongswan_logs__equal),
        cmocka_unit_test(test_hash_r__aggressive_psk_vectors__equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
