/* SPDX-License-Identifier: Apache-2.0 */
#include "support/algs.h"
#include "support/failcrypto.h"
#include "support/nullcrypto.h"

#include <ikev1/openssl.h>

/* A provider whose descriptors can be changed: the wrapper's copies of the real ones. */
static struct fail_crypto fail;

static void test_selftest__default_provider__passes(void **state) {
    const char *failed = "unset";
    (void)state;

    assert_int_equal(ikev1_crypto_selftest(ikev1_openssl(), &failed), IKEV1_OK);
    assert_null(failed);
    assert_int_equal(ikev1_crypto_selftest(ikev1_openssl(), NULL), IKEV1_OK);
}

static void test_selftest__null_provider__passes_without_answers(void **state) {
    struct null_crypto null;
    (void)state;

    null_crypto_init(&null, 1);
    assert_int_equal(ikev1_crypto_selftest(&null.provider, NULL), IKEV1_OK);
}

static void test_selftest__no_provider__usage_error(void **state) {
    (void)state;
    assert_int_equal(ikev1_crypto_selftest(NULL, NULL), IKEV1_E_ARGUMENT);
}

/* Every algorithm of the default provider carries a known answer. */
static void test_selftest__default_provider__an_answer_for_each(void **state) {
    const ikev1_crypto *p = ikev1_openssl();
    (void)state;

    for (size_t i = 0; p->hashes[i] != NULL; i++) {
        ROW_EQUAL(p->hashes[i]->name, p->hashes[i]->digest_kats[0].output != NULL, true);
        ROW_EQUAL(p->hashes[i]->name, p->hashes[i]->hmac_kats[0].output != NULL, true);
    }
    for (size_t i = 0; p->prfs[i] != NULL; i++)
        ROW_EQUAL(p->prfs[i]->name, p->prfs[i]->kats[0].output != NULL, true);
    for (size_t i = 0; p->ciphers[i] != NULL; i++)
        ROW_EQUAL(p->ciphers[i]->name, p->ciphers[i]->kats[0].output != NULL, true);
    for (size_t i = 0; p->groups[i] != NULL; i++)
        ROW_EQUAL(p->groups[i]->name, p->groups[i]->kats[0].output != NULL, true);
}

/* A copy of a text with bit 4 of its first byte changed, which no key ignores (parity of DES, top
 * bit of MODP, clamping of X25519); NULL for an empty field. */
static char *altered(const char *text) {
    static const char digits[] = "0123456789abcdef";
    size_t len = text != NULL ? strlen(text) : 0;
    char *copy;

    if (len == 0)
        return NULL;
    copy = malloc(len + 1);
    assert_non_null(copy);
    memcpy(copy, text, len + 1);
    copy[0] = "1032547698badcfe"[strchr(digits, copy[0]) - digits];
    return copy;
}

/* Changes each field of an algorithm's first answer in turn: none may pass. */
static void check_alterations(const char *name, const ikev1_kat **kats) {
    const ikev1_kat *good = *kats;
    const char *const fields[] = {good->key, good->iv, good->input, good->output};

    for (size_t i = 0; i < COUNT(fields); i++) {
        char *wrong = altered(fields[i]);
        const char *failed = NULL;
        const ikev1_kat bad[] = {{i == 0 ? wrong : good->key, i == 1 ? wrong : good->iv,
                                  i == 2 ? wrong : good->input, i == 3 ? wrong : good->output},
                                 {NULL, NULL, NULL, NULL}};

        if (wrong == NULL)
            continue;
        *kats = bad;
        ROW_EQUAL(name, ikev1_crypto_selftest(&fail.provider, &failed), IKEV1_E_SELFTEST);
        ROW_TEXT(name, failed, name);
        free(wrong);
    }
    *kats = good;
}

/* The wrapper's copy, without the answers of the largest groups: one of their kind is enough. */
static void wrap_fast_groups(void) {
    fail_crypto_init(&fail, ikev1_openssl());
    for (size_t i = 0; fail.group_list[i] != NULL; i++)
        if (fail.groups[i].public_size > 256 || fail.groups[i].id == IKEV1_GROUP_ECP384)
            fail.groups[i].kats = NULL;
}

static void test_selftest__any_field_altered__algorithm_named(void **state) {
    (void)state;
    wrap_fast_groups();
    for (size_t i = 0; fail.hash_list[i] != NULL; i++) {
        check_alterations(fail.hashes[i].name, &fail.hashes[i].digest_kats);
        check_alterations(fail.hashes[i].name, &fail.hashes[i].hmac_kats);
    }
    for (size_t i = 0; fail.prf_list[i] != NULL; i++)
        check_alterations(fail.prfs[i].name, &fail.prfs[i].kats);
    for (size_t i = 0; fail.cipher_list[i] != NULL; i++)
        check_alterations(fail.ciphers[i].name, &fail.ciphers[i].kats);
    for (size_t i = 0; fail.group_list[i] != NULL; i++)
        if (fail.groups[i].kats != NULL)
            check_alterations(fail.groups[i].name, &fail.groups[i].kats);
}

/* Answers that are no hex, of the wrong size, or too long for any buffer. */
static void test_selftest__broken_answer__wrong_answer(void **state) {
    static const char *const outputs[] = {
        "900150983cd24fb0d6963f7d28e17f7", "900150983cd24fb0d6963f7d28e17f",
        "900150983cd24fb0d6963f7d28e17f7200", "900150983cd24fb0d6963f7d28e17fzz", ""};
    char *endless = malloc(2 * IKEV1_MAX_PUBLIC + 3);
    (void)state;

    wrap_fast_groups();
    fail.hash_list[1] = NULL;
    for (size_t i = 0; i < COUNT(outputs); i++) {
        const ikev1_kat bad[] = {{NULL, NULL, "616263", outputs[i]}, {NULL, NULL, NULL, NULL}};
        fail.hashes[0].digest_kats = bad;
        ROW_EQUAL(outputs[i], ikev1_crypto_selftest(&fail.provider, NULL), IKEV1_E_SELFTEST);
    }
    memset(endless, '0', 2 * IKEV1_MAX_PUBLIC + 2);
    endless[2 * IKEV1_MAX_PUBLIC + 2] = '\0';
    const ikev1_kat bad[] = {{NULL, NULL, endless, "00"}, {NULL, NULL, NULL, NULL}};
    fail.hashes[0].digest_kats = bad;
    assert_int_equal(ikev1_crypto_selftest(&fail.provider, NULL), IKEV1_E_SELFTEST);
    free(endless);
}

/* CRY-04 */
static void test_selftest__any_call_fails__its_code(void **state) {
    uint64_t calls;
    (void)state;

    wrap_fast_groups();
    assert_int_equal(ikev1_crypto_selftest(&fail.provider, NULL), IKEV1_OK);
    calls = fail.calls;
    assert_true(calls > 50);
    for (uint64_t k = 1; k <= calls; k++) {
        wrap_fast_groups();
        fail.fail_at = k;
        assert_int_equal(ikev1_crypto_selftest(&fail.provider, NULL), IKEV1_E_PROVIDER);
        assert_int_equal(fail.calls, k);
    }
}

/* An algorithm that this machine's library does not bring is no wrong answer. */
static void test_selftest__algorithm_missing__passed_over(void **state) {
    const char *failed = NULL;
    (void)state;

    wrap_fast_groups();
    fail.kinds = FAIL_CIPHER;
    fail.fail_at = 1;
    fail.from_there = true;
    fail.code = IKEV1_E_UNSUPPORTED;
    assert_int_equal(ikev1_crypto_selftest(&fail.provider, &failed), IKEV1_OK);
    assert_null(failed);
    assert_true(fail.failed >= 6);
}

static bool never_equal(const void *a, const void *b, size_t len) {
    (void)a;
    (void)b;
    (void)len;
    return false;
}

static bool always_equal(const void *a, const void *b, size_t len) {
    return !never_equal(a, b, len);
}

static void no_wipe(void *p, size_t len) {
    (void)p;
    (void)len;
}

static void test_selftest__memory_functions_wrong__named(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) {
        const char *failed = NULL;

        wrap_fast_groups();
        if (i == 2)
            fail.provider.wipe = no_wipe;
        else
            fail.provider.equal = i == 0 ? never_equal : always_equal;
        assert_int_equal(ikev1_crypto_selftest(&fail.provider, &failed), IKEV1_E_SELFTEST);
        assert_string_equal(failed, "memory");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_selftest__default_provider__passes),
        cmocka_unit_test(test_selftest__null_provider__passes_without_answers),
        cmocka_unit_test(test_selftest__no_provider__usage_error),
        cmocka_unit_test(test_selftest__default_provider__an_answer_for_each),
        cmocka_unit_test(test_selftest__any_field_altered__algorithm_named),
        cmocka_unit_test(test_selftest__broken_answer__wrong_answer),
        cmocka_unit_test(test_selftest__any_call_fails__its_code),
        cmocka_unit_test(test_selftest__algorithm_missing__passed_over),
        cmocka_unit_test(test_selftest__memory_functions_wrong__named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
