/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures as RFC 2409 5.1 and RFC 4754 want them. */
#include "support/pki.h"
#include "support/rows.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "base/base.h"
#include "provider/pki.h"

#define HASH "0123456789abcdefghij"

static const ikev1_bytes hash = {(const uint8_t *)HASH, 20};

/* Verifies with the signature in a block of exactly its size. */
static int verified(EVP_PKEY *key, uint16_t auth, ikev1_bytes digest, const uint8_t *sig,
                    size_t len) {
    ikev1_signature what = pki_over(auth, digest);
    what.signature = bytes_copy((ikev1_bytes){sig, len});
    ERR_set_mark();
    int status = ike_openssl_verify(NULL, key, &what);
    ERR_pop_to_mark();
    hex_free(what.signature);
    return status;
}

static void check_wrong_signatures(const struct pki_kind *k, EVP_PKEY *key, uint8_t *sig,
                                   size_t len) {
    static const uint8_t zero[IKEV1_MAX_SIGNATURE];
    for (size_t i = 0; i < len; i += 1 + len / 32) {
        sig[i] ^= (uint8_t)(1u << i % 8);
        ROW_EQUAL(k->name, verified(key, k->auth, hash, sig, len), IKEV1_E_AUTH);
        sig[i] ^= (uint8_t)(1u << i % 8);
    }
    /* CRT-03 */
    ROW_EQUAL(k->name, verified(key, k->auth, hash, sig, 0), IKEV1_E_AUTH);
    ROW_EQUAL(k->name, verified(key, k->auth, hash, sig, 1), IKEV1_E_AUTH);
    ROW_EQUAL(k->name, verified(key, k->auth, hash, sig, len - 1), IKEV1_E_AUTH);
    ROW_EQUAL(k->name, verified(key, k->auth, hash, sig, len + 1), IKEV1_E_AUTH);
    ROW_EQUAL(k->name, verified(key, k->auth, hash, zero, len), IKEV1_E_AUTH);
    ROW_EQUAL(k->name, verified(key, k->auth, ike_bytes(HASH, 19), sig, len), IKEV1_E_AUTH);
    ROW_EQUAL(k->name, verified(key, k->auth, ike_bytes(HASH, 0), sig, len), IKEV1_E_AUTH);
    ROW_EQUAL(k->name, verified(key, k->auth, ike_bytes("1" HASH, 20), sig, len), IKEV1_E_AUTH);
}

static void test_sign__each_method__verifies_and_nothing_else_does(void **state) {
    (void)state;
    for (const struct pki_kind *k = PKI_KINDS; k->name != NULL; k++) {
        EVP_PKEY *key = pki_kind_key(k), *other = pki_kind_other(k);
        ikev1_key *host = pki_host_key(key);
        const ikev1_signature what = pki_over(k->auth, hash);
        uint8_t sig[IKEV1_MAX_SIGNATURE + 1] = {0};
        size_t len = 0;
        ROW_EQUAL(k->name, ikev1_key_sign(host, &what, sig, &len), IKEV1_OK);
        ROW_EQUAL(k->name, len, k->size);
        ROW_EQUAL(k->name, verified(key, k->auth, hash, sig, len), IKEV1_OK);
        check_wrong_signatures(k, key, sig, len);
        if (other != NULL) /* CRT-05 */
            ROW_EQUAL(k->name, verified(other, k->auth, hash, sig, len), IKEV1_E_AUTH);
        ikev1_key_free(host);
        EVP_PKEY_free(key);
        EVP_PKEY_free(other);
    }
}

/* The longest hash there is, and none. */
static void test_sign__hash_length__1_to_64(void **state) {
    (void)state;
    static const uint8_t longest[65] = {1};
    static const struct {
        size_t len;
        int status;
    } ROWS[] = {{0, IKEV1_E_UNSUPPORTED}, {1, IKEV1_OK}, {64, IKEV1_OK}, {65, IKEV1_E_UNSUPPORTED}};
    for (const struct pki_kind *k = PKI_KINDS; k->name != NULL; k++) {
        EVP_PKEY *key = pki_kind_key(k);
        ikev1_key *host = pki_host_key(key);
        for (size_t i = 0; i < COUNT(ROWS); i++) {
            uint8_t sig[IKEV1_MAX_SIGNATURE];
            const ikev1_signature what = pki_over(k->auth, ike_bytes(longest, ROWS[i].len));
            size_t len;
            ROW_EQUAL(k->name, ikev1_key_sign(host, &what, sig, &len), ROWS[i].status);
            ROW_EQUAL(k->name, len, ROWS[i].status == IKEV1_OK ? k->size : 0);
            if (len > 0)
                ROW_EQUAL(k->name, verified(key, k->auth, what.hash, sig, len), IKEV1_OK);
        }
        ikev1_key_free(host);
        EVP_PKEY_free(key);
    }
}

/* Made by `openssl pkeyutl -sign`, for RSA with `-pkeyopt rsa_padding_mode:pkcs1`. */
static const char RSA_SIGNATURE[] =
    "382b500a7e5ae29648e3a5655f01a494b0320913fbd2342c6754b687a9fad02922ea904631dea264800e"
    "677852ce1ac80ec18f7c2b969a330a9732cfd01fd0c5cac71ef841abbe1403b2fdb4a442fd2e0b98f00f"
    "b03dbd656c4add2620bc89fa6870103098e6ed9d43730fb507be3ca4ac9a4dccacb3ab686af377d20112"
    "a03a07016e9c4822218591295fb59816dd45c15072f38cd44953a8daf5a474bc0430d1882eefec6c6e2e"
    "b8420fc284146d95c9e6cb079b22240842bc5639644ea02ed5d662b2277133c85ba9270dce60896b5ac2"
    "45bc0b70f403da4612cd447eca6210bf9eff53c937bcaa32041c5de5df7f0a458dce3104a47b576cde88"
    "8e87e5a7";
static const char DSS_SIGNATURE[] =
    "c4a25321d83a09b80dc0a94e3b05b27fd53932502d28bb8176677a9ac6d40649b06ec95fb844d7e8";

static void test_sign__rsa__as_the_openssl_command(void **state) {
    (void)state;
    ikev1_key *key;
    assert_int_equal(ikev1_key_new(&key, ike_bytes(PKI_RSA_2048, strlen(PKI_RSA_2048))), IKEV1_OK);
    ikev1_bytes want = hex_make(RSA_SIGNATURE);
    const ikev1_signature what = pki_over(IKEV1_AUTH_RSA, hash);
    uint8_t sig[IKEV1_MAX_SIGNATURE];
    size_t len;
    assert_int_equal(ikev1_key_sign(key, &what, sig, &len), IKEV1_OK);
    assert_int_equal(len, want.len);
    assert_memory_equal(sig, want.data, len);
    hex_free(want);
    ikev1_key_free(key);
}

static void test_verify__dss__of_the_openssl_command(void **state) {
    (void)state;
    EVP_PKEY *key = pki_key(PKI_DSA_1024);
    ikev1_bytes sig = hex_make(DSS_SIGNATURE);
    assert_int_equal(verified(key, IKEV1_AUTH_DSS, hash, sig.data, sig.len), IKEV1_OK);
    hex_free(sig);
    EVP_PKEY_free(key);
}

/* As strongSwan has it, and RFC 2409 5.1: not hashed once more. */
static void test_sign__ecdsa__the_hash_is_the_digest(void **state) {
    (void)state;
    for (const struct pki_kind *k = PKI_KINDS; k->name != NULL; k++) {
        if (k->curve == NULL)
            continue;
        EVP_PKEY *key = pki_kind_key(k);
        ikev1_key *host = pki_host_key(key);
        const ikev1_signature what = pki_over(k->auth, hash);
        uint8_t sig[IKEV1_MAX_SIGNATURE], *der = NULL;
        size_t len;
        ROW_EQUAL(k->name, ikev1_key_sign(host, &what, sig, &len), IKEV1_OK);
        ECDSA_SIG *parts = ECDSA_SIG_new();
        int half = (int)len / 2;
        ECDSA_SIG_set0(parts, BN_bin2bn(sig, half, NULL), BN_bin2bn(sig + half, half, NULL));
        int der_len = i2d_ECDSA_SIG(parts, &der);
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
        ROW_EQUAL(k->name, EVP_PKEY_verify_init(ctx), 1);
        ROW_EQUAL(k->name, EVP_PKEY_verify(ctx, der, (size_t)der_len, hash.data, hash.len), 1);
        EVP_PKEY_CTX_free(ctx);
        OPENSSL_free(der);
        ECDSA_SIG_free(parts);
        ikev1_key_free(host);
        EVP_PKEY_free(key);
    }
}

/* Public keys, and signatures of "abc", hashed: a peer may do so with HASH_I. */
static const struct {
    const char *name;
    uint16_t auth;
    const char *curve, *point, *signature;
} ECDSA[] = {
    {"RFC 4754 8.1", IKEV1_AUTH_ECDSA_256, "P-256",
     "04"
     "2442a5cc0ecd015fa3ca31dc8e2bbc70bf42d60cbca20085e0822cb04235e9706fc98bd7e50211a4a271"
     "02fa3549df79ebcb4bf246b80945cddfe7d509bbfd7d",
     "cb28e0999b9c7715fd0a80d8e47a77079716cbbf917dd72e97566ea1c066957c86fa3bb4e26cad5bf90b"
     "7f81899256ce7594bb1ea0c89212748bff3b3d5b0315"},
    {"RFC 4754 8.2", IKEV1_AUTH_ECDSA_384, "P-384",
     "04"
     "96281bf8dd5e0525ca049c048d345d3082968d10fedf5c5aca0c64e6465a97ea5ce10c9dfec217974157"
     "10721f437922447688ba94708eb6e2e4d59f6ab6d7edff9301d249fe49c33096655f5d502fad3d383b91"
     "c5e7edaa2b714cc99d5743ca",
     "fb017b914e29149432d8bac29a514640b46f53ddab2c69948084e2930f1c8f7e08e07c9c63f2d21a07dc"
     "b56a6af56eb3b263a1305e057f984d38726a1b46874109f417bca112674c528262a40a629af1cbb9f516"
     "ce0fa7d2ff630863a00e8b9f"},
    {"RFC 4754 8.3", IKEV1_AUTH_ECDSA_521, "P-521",
     "04"
     "0151518f1af0f563517edd5485190df95a4bf57b5cba4cf2a9a3f6474725a35f7afe0a6ddeb8bedbcd6a"
     "197e592d40188901cecd650699c9b5e456aea5add19052a8006f3b142ea1bfff7e2837ad44c9e4ff6d2d"
     "34c73184bbad90026dd5e6e85317d9df45cad7803c6c20035b2f3ff63aff4e1ba64d1c077577da3f4286"
     "c58f0aeae643",
     "0154fd3836af92d0dca57dd5341d3053988534fde8318fc6aaaab68e2e6f4339b19f2f281a7e0b22c269"
     "d93cf8794a9278880ed7dbb8d9362caeacee544320552251017705a7030290d1ceb605a9a1bb03ff9cdd"
     "521e87a696ec926c8c10c8362df4975367101f67d1cf9bccbf2f3d239534fa509e70aac851ae01aac68d"
     "62f866472660"},
};

static EVP_PKEY *ec_public(const char *curve, ikev1_bytes point) {
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)curve, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)point.data,
                                          point.len),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *key = NULL;
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static void test_verify__ecdsa__vectors_of_rfc_4754(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(ECDSA); i++) {
        ikev1_bytes point = hex_make(ECDSA[i].point), sig = hex_make(ECDSA[i].signature);
        EVP_PKEY *key = ec_public(ECDSA[i].curve, point);
        ROW_EQUAL(ECDSA[i].name,
                  verified(key, ECDSA[i].auth, ike_bytes("abc", 3), sig.data, sig.len), IKEV1_OK);
        ROW_EQUAL(ECDSA[i].name,
                  verified(key, ECDSA[i].auth, ike_bytes("abd", 3), sig.data, sig.len),
                  IKEV1_E_AUTH);
        EVP_PKEY_free(key);
        hex_free(point);
        hex_free(sig);
    }
}

/* ---- CRT-06: what a holder of the key can make, and must not pass ---- */

#define INFO   "3021300906052b0e03021a05000414"
#define DIGEST "303132333435363738396162636465666768696a"

static const struct {
    const char *name, *block; /* 256 bytes */
    int status;
} BLOCKS[] = {
    {"as it must be", "0001ff*233 00" DIGEST, IKEV1_OK},
    {"DigestInfo", "0001ff*218 00" INFO DIGEST, IKEV1_E_AUTH},
    {"garbage after the hash", "0001ff*223 00" DIGEST "00*10", IKEV1_E_AUTH},
    {"short padding and garbage", "0001ff*8 00" DIGEST "aa*225", IKEV1_E_AUTH},
    {"zeros before a shorter block", "00*20 0001ff*213 00" DIGEST, IKEV1_E_AUTH},
    {"no padding", "000100" DIGEST "00*233", IKEV1_E_AUTH},
    {"hash at the front", "0001" DIGEST "ff*233 00", IKEV1_E_AUTH},
    {"block type 0", "0000ff*233 00" DIGEST, IKEV1_E_AUTH},
    {"block type 2", "0002ff*233 00" DIGEST, IKEV1_E_AUTH},
    {"a byte of the padding", "0001ff*116 feff*116 00" DIGEST, IKEV1_E_AUTH},
    {"padding of zeros", "000100*234 " DIGEST, IKEV1_E_AUTH},
    {"no separator", "0001ff*234 " DIGEST, IKEV1_E_AUTH},
    {"separator too early", "0001ff*232 0000" DIGEST, IKEV1_E_AUTH},
    {"hash without its end", "0001ff*234 0030313233343536373839616263646566676869", IKEV1_E_AUTH},
    {"hash with a byte more", "0001ff*232 00" DIGEST "6b", IKEV1_E_AUTH},
    {"bare hash", "00*236 " DIGEST, IKEV1_E_AUTH},
    {"one", "00*255 01", IKEV1_E_AUTH},
    {"zero", "00*256", IKEV1_E_AUTH},
};

static void raw_rsa(EVP_PKEY *key, const uint8_t *block, uint8_t *sig) {
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    size_t len = 256;
    assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING), 1);
    assert_int_equal(EVP_PKEY_sign(ctx, sig, &len, block, 256), 1);
    EVP_PKEY_CTX_free(ctx);
}

static void test_verify__forged_rsa_block__refused(void **state) {
    (void)state;
    EVP_PKEY *key = pki_key(PKI_RSA_2048);
    for (size_t i = 0; i < COUNT(BLOCKS); i++) {
        ikev1_bytes block = hex_make(BLOCKS[i].block);
        uint8_t sig[256];
        ROW_EQUAL(BLOCKS[i].name, block.len, 256);
        raw_rsa(key, block.data, sig);
        ROW_EQUAL(BLOCKS[i].name, verified(key, IKEV1_AUTH_RSA, hash, sig, 256), BLOCKS[i].status);
        hex_free(block);
    }
    EVP_PKEY_free(key);
}

/* With exponent 3, a cube root taken upwards gives a number whose cube begins as the block does:
 * nothing behind the hash may be left unlooked at. */
static void test_verify__cube_root_of_a_prefix__refused(void **state) {
    (void)state;
    static const uint8_t start[] = {0x00, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0};
    uint8_t block[256] = {0}, sig[256];
    BN_CTX *bn = BN_CTX_new();
    BIGNUM *n = BN_new(), *root = BN_new(), *cube = BN_new(), *wanted;
    EVP_PKEY *key = pki_rsa_public("ff*256", "03");
    memcpy(block, start, sizeof start);
    memcpy(block + sizeof start, HASH, 20);
    memset(block + sizeof start + 20, 0xff, 100);
    wanted = BN_bin2bn(block, 256, NULL);
    for (int bit = 690; bit >= 0; bit--) { /* the largest root whose cube is not above the block */
        BN_set_bit(root, bit);
        assert_int_equal(BN_sqr(cube, root, bn), 1);
        assert_int_equal(BN_mul(cube, cube, root, bn), 1);
        if (BN_cmp(cube, wanted) > 0)
            BN_clear_bit(root, bit);
    }
    assert_int_equal(BN_sqr(cube, root, bn), 1);
    assert_int_equal(BN_mul(cube, cube, root, bn), 1);
    assert_int_equal(BN_bn2binpad(cube, sig, 256), 256);
    assert_memory_equal(sig, block, sizeof start + 20); /* the forgery is a good one */
    assert_int_equal(BN_bn2binpad(root, sig, 256), 256);
    assert_int_equal(verified(key, IKEV1_AUTH_RSA, hash, sig, 256), IKEV1_E_AUTH);
    EVP_PKEY_free(key);
    BN_free(n);
    BN_free(root);
    BN_free(cube);
    BN_free(wanted);
    BN_CTX_free(bn);
}

/* As long as the modulus, whatever it begins with (RFC 8017 8.2.2). */
static void test_verify__rsa_leading_zero_left_out__refused(void **state) {
    (void)state;
    EVP_PKEY *key = pki_key(PKI_RSA_2048);
    ikev1_key *host = pki_host_key(key);
    const ikev1_signature what = pki_over(IKEV1_AUTH_RSA, ike_bytes("hash number 00000035", 20));
    uint8_t sig[IKEV1_MAX_SIGNATURE];
    size_t len;
    assert_int_equal(ikev1_key_sign(host, &what, sig, &len), IKEV1_OK);
    assert_int_equal(sig[0], 0); /* that hash was searched for */
    assert_int_equal(verified(key, IKEV1_AUTH_RSA, what.hash, sig, 256), IKEV1_OK);
    assert_int_equal(verified(key, IKEV1_AUTH_RSA, what.hash, sig + 1, 255), IKEV1_E_AUTH);
    ikev1_key_free(host);
    EVP_PKEY_free(key);
}

/* The right signature plus the modulus is the same number to a careless verifier. */
static void test_verify__rsa_value_above_the_modulus__refused(void **state) {
    (void)state;
    EVP_PKEY *key = pki_key(PKI_RSA_2048);
    ikev1_bytes sig = hex_make(RSA_SIGNATURE);
    BIGNUM *n = NULL, *s = BN_bin2bn(sig.data, 256, NULL);
    uint8_t sum[257];
    assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n), 1);
    assert_int_equal(verified(key, IKEV1_AUTH_RSA, hash, sig.data, 256), IKEV1_OK);
    assert_int_equal(BN_add(s, s, n), 1);
    assert_int_equal(BN_bn2binpad(s, sum, 257), 257);
    assert_int_equal(verified(key, IKEV1_AUTH_RSA, hash, sum, 257), IKEV1_E_AUTH);
    assert_int_equal(verified(key, IKEV1_AUTH_RSA, hash, sum + 1, 256), IKEV1_E_AUTH);
    BN_free(n);
    BN_free(s);
    hex_free(sig);
    EVP_PKEY_free(key);
}

/* r or s of 0, of the order itself, or above: r | s has room for them. */
static void test_verify__r_or_s_out_of_range__refused(void **state) {
    (void)state;
    EVP_PKEY *key = pki_ec_key("P-256");
    static const char *const ROWS[] = {
        "00*64",
        "00*32 00*31 01",
        "00*31 01 00*32",
        "ff*64",
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551 00*31 01",
        "00*31 01 ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"};
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        ikev1_bytes sig = hex_make(ROWS[i]);
        ROW_EQUAL(ROWS[i], verified(key, IKEV1_AUTH_ECDSA_256, hash, sig.data, sig.len),
                  IKEV1_E_AUTH);
        hex_free(sig);
    }
    EVP_PKEY_free(key);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sign__each_method__verifies_and_nothing_else_does),
        cmocka_unit_test(test_sign__hash_length__1_to_64),
        cmocka_unit_test(test_sign__rsa__as_the_openssl_command),
        cmocka_unit_test(test_verify__dss__of_the_openssl_command),
        cmocka_unit_test(test_sign__ecdsa__the_hash_is_the_digest),
        cmocka_unit_test(test_verify__ecdsa__vectors_of_rfc_4754),
        cmocka_unit_test(test_verify__forged_rsa_block__refused),
        cmocka_unit_test(test_verify__cube_root_of_a_prefix__refused),
        cmocka_unit_test(test_verify__rsa_leading_zero_left_out__refused),
        cmocka_unit_test(test_verify__rsa_value_above_the_modulus__refused),
        cmocka_unit_test(test_verify__r_or_s_out_of_range__refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
