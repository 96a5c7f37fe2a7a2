/* SPDX-License-Identifier: Apache-2.0 */
#include "support/algs.h"
#include "support/failcrypto.h"

#include <ikev1/openssl.h>

/* RFC 2409 App. B, from libreswan's, Openswan's and strongSwan's logs. */
static void test_iv_exchange__logged_ivs__equal(void **state) {
    static const char *const files[] = {"kdf/phase2_iv.txt", "kdf/phase2_iv_2.txt"};
    size_t run = 0;
    (void)state;

    for (size_t i = 0; i < COUNT(files); i++) {
        struct vec_file *f = vec_open_or_skip(files[i]);
        struct ike_crypto c = crypto_open(ikev1_openssl());

        for (; vec_next(f); run++) {
            const char *name = vec_text(f, "case");
            ikev1_bytes id = vec_hex(f, "message_id");
            struct ike_reader r = ike_reader(id);
            uint8_t got[IKEV1_MAX_BLOCK];
            struct ike_algs a;

            ROW_EQUAL(name, algs_named(&a, &c, NULL, vec_text(f, "hash"), "aes-cbc", 16), true);
            ROW_EQUAL(name, vec_number(f, "block_len", 0), a.cipher->block);
            ROW_EQUAL(name,
                      ike_iv_exchange(&c, &a, vec_hex(f, "last_phase1_block").data,
                                      ike_read_u32(&r), got),
                      IKEV1_OK);
            row_bytes(name, "IV", got, vec_hex(f, "iv"));
        }
        vec_close(f);
        crypto_close(&c);
    }
    assert_int_equal(run, 11);
}

/* By Python: hashlib.md5(b"gxi" + b"gxr")[:8], hashlib.md5(bytes(8) + b"\x01\x02\x03\x04")[:8]. */
static void test_iv__block_of_8__cut_to_the_block(void **state) {
    struct ike_crypto c = crypto_open(ikev1_openssl());
    const uint8_t last[8] = {0};
    uint8_t got[16];
    struct ike_algs a;
    (void)state;

    memset(got, 0xee, sizeof got);
    assert_true(algs_named(&a, &c, NULL, "md5", "3des-cbc", 0));
    assert_int_equal(ike_iv_phase1(&c, &a, ike_bytes("gxi", 3), ike_bytes("gxr", 3), got),
                     IKEV1_OK);
    row_hex("phase 1", "IV", got, "8a5b116c5fe86720 ee*8");
    assert_int_equal(ike_iv_exchange(&c, &a, last, 0x01020304, got), IKEV1_OK);
    row_hex("exchange", "IV", got, "be09338609a88cd5 ee*8");
    crypto_close(&c);
}

/* The hash makes IVs even where another prf is negotiated. CRY-04: no IV on failure. */
static void test_iv__prf_negotiated__hash_still_used(void **state) {
    struct fail_crypto fail;
    uint8_t got[16], want[32];
    struct ike_algs a;
    (void)state;

    fail_crypto_init(&fail, ikev1_openssl());
    struct ike_crypto c = crypto_open(&fail.provider);
    const ikev1_bytes parts[] = {ike_bytes("gxi", 3), ike_bytes("gxr", 3)};
    assert_true(algs_named(&a, &c, "aes-xcbc-prf-128", "sha256", "aes-cbc", 16));
    assert_int_equal(ike_iv_phase1(&c, &a, parts[0], parts[1], got), IKEV1_OK);
    assert_int_equal(a.hash->digest(c.instance, parts, 2, want), IKEV1_OK);
    assert_memory_equal(got, want, 16);
    fail.fail_at = fail.calls + 1;
    assert_int_equal(ike_iv_phase1(&c, &a, parts[1], parts[0], got), IKEV1_E_PROVIDER);
    assert_memory_equal(got, want, 16);
    crypto_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iv_exchange__logged_ivs__equal),
        cmocka_unit_test(test_iv__block_of_8__cut_to_the_block),
        cmocka_unit_test(test_iv__prf_negotiated__hash_still_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
