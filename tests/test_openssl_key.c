/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys: the forms that are read, and what makes one usable. */
#include "support/pki.h"
#include "support/rows.h"

#include <openssl/pem.h>

#include "base/base.h"
#include "provider/pki.h"

static const ikev1_bytes hash = {(const uint8_t *)"0123456789abcdefghij", 20};

static void test_key__method_of_another_kind__unsupported(void **state) {
    (void)state;
    for (const struct pki_kind *k = PKI_KINDS; k->name != NULL; k++) {
        EVP_PKEY *key = pki_kind_key(k);
        ikev1_key *host = pki_host_key(key);
        uint8_t sig[IKEV1_MAX_SIGNATURE];
        size_t len = 1;
        for (uint16_t auth = 0; auth < 300; auth++) {
            const ikev1_signature what = pki_over(auth, hash);
            if (auth == k->auth)
                continue;
            ROW_EQUAL(k->name, ikev1_key_sign(host, &what, sig, &len), IKEV1_E_UNSUPPORTED);
            ROW_EQUAL(k->name, len, 0);
            ROW_EQUAL(k->name, ike_openssl_key_fits(key, auth), false);
        }
        ikev1_key_free(host);
        EVP_PKEY_free(key);
    }
}

enum form { PEM, DER, PEM_TRADITIONAL, DER_PKCS8, PEM_ENCRYPTED, PUBLIC, TRAILING };

/* The key written out in a form. */
static ikev1_bytes written(EVP_PKEY *key, enum form form) {
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    int ok = 0;
    switch (form) {
    case PEM:
        ok = PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
        break;
    case PEM_TRADITIONAL:
        ok = PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0, NULL, NULL);
        break;
    case PEM_ENCRYPTED:
        ok = PEM_write_bio_PrivateKey(bio, key, EVP_aes_128_cbc(), (const uint8_t *)"pass", 4, NULL,
                                      NULL);
        break;
    case DER_PKCS8:
        ok = i2d_PKCS8PrivateKey_bio(bio, key, NULL, NULL, 0, NULL, NULL);
        break;
    case PUBLIC:
        ok = i2d_PUBKEY_bio(bio, key);
        break;
    case DER:
    case TRAILING:
        ok = i2d_PrivateKey_bio(bio, key);
        break;
    }
    assert_int_equal(ok, 1);
    if (form == TRAILING)
        assert_int_equal(BIO_write(bio, "", 1), 1);
    long len = BIO_get_mem_data(bio, &text);
    ikev1_bytes out = bytes_copy((ikev1_bytes){(const uint8_t *)text, (size_t)len});
    BIO_free(bio);
    return out;
}

static void test_key_new__each_form__read_or_refused(void **state) {
    (void)state;
    static const struct {
        const char *name;
        enum form form;
        int status;
    } FORMS[] = {
        {"PEM", PEM, IKEV1_OK},
        {"PEM, traditional", PEM_TRADITIONAL, IKEV1_OK},
        {"DER", DER, IKEV1_OK},
        {"DER, PKCS #8", DER_PKCS8, IKEV1_OK},
        {"PEM, encrypted", PEM_ENCRYPTED, IKEV1_E_CONFIG},
        {"public key", PUBLIC, IKEV1_E_CONFIG},
        {"a byte more", TRAILING, IKEV1_E_CONFIG},
    };
    for (const struct pki_kind *k = PKI_KINDS; k->name != NULL; k++) {
        EVP_PKEY *key = pki_kind_key(k);
        for (size_t i = 0; i < COUNT(FORMS); i++) {
            ikev1_bytes data = written(key, FORMS[i].form);
            ikev1_key *host = NULL;
            ROW_EQUAL(FORMS[i].name, ikev1_key_new(&host, data), FORMS[i].status);
            ROW_EQUAL(FORMS[i].name, host != NULL, FORMS[i].status == IKEV1_OK);
            ikev1_key_free(host);
            hex_free(data);
        }
        EVP_PKEY_free(key);
    }
}

/* `openssl ecparam -genkey` writes the curve in a block of its own first. */
static void test_key_new__pem_with_parameters_first__read(void **state) {
    (void)state;
    static const char PARAMETERS[] = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
                                     "-----END EC PARAMETERS-----\n";
    EVP_PKEY *key = pki_ec_key("P-256");
    ikev1_bytes pem = written(key, PEM_TRADITIONAL);
    char both[1000];
    ikev1_key *host;
    assert_true(sizeof(PARAMETERS) + pem.len < sizeof(both));
    strcpy(both, PARAMETERS);
    memcpy(both + strlen(PARAMETERS), pem.data, pem.len);
    assert_int_equal(ikev1_key_new(&host, ike_bytes(both, strlen(PARAMETERS) + pem.len)), IKEV1_OK);
    ikev1_key_free(host);
    hex_free(pem);
    EVP_PKEY_free(key);
}

static EVP_PKEY *other_kind(const char *name, int bits) {
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, name, NULL);
    EVP_PKEY *key = NULL;
    assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
    if (bits > 0)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, bits), 1);
    assert_int_equal(EVP_PKEY_generate(ctx, &key), 1);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static void test_key_new__other_kind_or_size__refused(void **state) {
    (void)state;
    struct {
        const char *name;
        EVP_PKEY *key;
    } rows[] = {
        {"RSA-1024", pki_key(PKI_RSA_1024)},      {"P-224", pki_ec_key("P-224")},
        {"secp256k1", pki_ec_key("secp256k1")},   {"Ed25519", other_kind("ED25519", 0)},
        {"RSA-PSS", other_kind("RSA-PSS", 1024)},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ikev1_bytes pem = written(rows[i].key, PEM);
        ikev1_key *host;
        ROW_EQUAL(rows[i].name, ikev1_key_new(&host, pem), IKEV1_E_CONFIG);
        ROW_EQUAL(rows[i].name, host != NULL, false);
        hex_free(pem);
        EVP_PKEY_free(rows[i].key);
    }
}

/* CRT-07 */
static void test_key__rsa_numbers__sound_or_not(void **state) {
    (void)state;
    static const struct {
        const char *name, *n, *e;
        bool sound;
    } ROWS[] = {
        {"2048 bits", "ff*256", "010001", true},
        {"exponent 3", "ff*256", "03", true},
        {"8192 bits", "ff*1024", "010001", true},
        {"exponent of 256 bits", "ff*256", "ff*32", true},
        {"2047 bits", "7fff*255", "010001", false},
        {"512 bits", "ff*64", "010001", false},
        {"8193 bits", "01ff*1024", "010001", false},
        {"32768 bits", "ff*4096", "010001", false},
        {"even modulus", "ff*255fe", "010001", false},
        {"exponent 0", "ff*256", "00", false},
        {"exponent 1", "ff*256", "01", false},
        {"even exponent", "ff*256", "010000", false},
        {"exponent of 257 bits", "ff*256", "01ff*32", false},
    };
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        EVP_PKEY *key = pki_rsa_public(ROWS[i].n, ROWS[i].e);
        ROW_EQUAL(ROWS[i].name, ike_openssl_key_sound(key), ROWS[i].sound);
        EVP_PKEY_free(key);
    }
}

static void test_key_new__no_key__refused(void **state) {
    (void)state;
    static const char *const ROWS[] = {
        "", "30", "3000", "308000", "3084ffffffff", "2d2d2d2d2d424547494e", "00*40",
        /* "-----BEGIN PRIVATE KEY-----", its end, and nothing between them */
        ("2d2d2d2d2d424547494e2050524956415445204b45592d2d2d2d2d0a"
         "2d2d2d2d2d454e442050524956415445204b45592d2d2d2d2d0a")};
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        ikev1_bytes data = hex_make(ROWS[i]);
        ikev1_key *host;
        ROW_EQUAL(ROWS[i], ikev1_key_new(&host, data), IKEV1_E_CONFIG);
        ROW_EQUAL(ROWS[i], host != NULL, false);
        hex_free(data);
    }
    ikev1_key_free(NULL);
}

/* What the host had in OpenSSL's error queue is there afterwards, and nothing else. */
static void test_key__calls_that_fail__error_queue_as_before(void **state) {
    (void)state;
    ikev1_key *host;
    uint8_t sig[IKEV1_MAX_SIGNATURE];
    size_t len;
    const ikev1_signature what = pki_over(IKEV1_AUTH_DSS, hash);
    ERR_clear_error();
    ERR_raise(ERR_LIB_USER, 7);
    assert_int_equal(ikev1_key_new(&host, ike_bytes("rubbish", 7)), IKEV1_E_CONFIG);
    assert_int_equal(ikev1_key_new(&host, ike_bytes("0\0", 2)), IKEV1_E_CONFIG);
    assert_int_equal(ikev1_key_new(&host, ike_bytes(PKI_RSA_2048, strlen(PKI_RSA_2048))), IKEV1_OK);
    assert_int_equal(ikev1_key_sign(host, &what, sig, &len), IKEV1_E_UNSUPPORTED);
    ikev1_key_free(host);
    assert_int_equal(ERR_GET_REASON(ERR_get_error()), 7);
    assert_int_equal(ERR_get_error(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key__method_of_another_kind__unsupported),
        cmocka_unit_test(test_key_new__each_form__read_or_refused),
        cmocka_unit_test(test_key_new__pem_with_parameters_first__read),
        cmocka_unit_test(test_key_new__other_kind_or_size__refused),
        cmocka_unit_test(test_key__rsa_numbers__sound_or_not),
        cmocka_unit_test(test_key_new__no_key__refused),
        cmocka_unit_test(test_key__calls_that_fail__error_queue_as_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
