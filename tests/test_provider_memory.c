/* SPDX-License-Identifier: Apache-2.0 */
/* CRY-04, KEX-09: OpenSSL runs out of memory at allocation k of an instance that works, for every
 * k. (Out of memory while it first fetches an algorithm, OpenSSL 3.0 leaks by itself.) A program of
 * its own, because the hooks must be set before OpenSSL allocates anything. */
#include "support/algs.h"

#include <ikev1/openssl.h>

#include <openssl/crypto.h>

static size_t allocations, fail_at, live;

static bool refused(void) {
    return ++allocations == fail_at;
}

static void *counted_malloc(size_t len, const char *file, int line) {
    (void)file;
    (void)line;
    if (refused())
        return NULL;
    live++;
    return malloc(len);
}

static void *counted_realloc(void *p, size_t len, const char *file, int line) {
    (void)file;
    (void)line;
    if (refused())
        return NULL;
    live += p == NULL;
    return realloc(p, len);
}

static void counted_free(void *p, const char *file, int line) {
    (void)file;
    (void)line;
    live -= p != NULL;
    free(p);
}

/* One call of each kind; which went well. */
enum { CALLS = 7 };

static void call_each(const struct ike_crypto *c, int status[CALLS], uint8_t out[256]) {
    static const uint8_t zero[IKEV1_MAX_SEED], iv[16], key[32] = {1};
    const ikev1_bytes part = {key, 32};
    uint8_t point[64];
    const ikev1_group_alg *modp = ike_group_alg(c, IKEV1_GROUP_MODP1024_160);
    const ikev1_group_alg *ecp = ike_group_alg(c, IKEV1_GROUP_ECP256);

    memset(out, 0, 256);
    status[0] = ike_hash_alg(c, IKEV1_HASH_SHA1)->hmac(c->instance, part, &part, 1, out);
    status[1] =
        ike_cipher_alg(c, IKEV1_CIPHER_AES)->encrypt(c->instance, part, iv, key, out + 32, 32);
    status[2] = ike_prf_alg(c, IKEV1_PRF_AES_XCBC)->mac(c->instance, part, &part, 1, out + 64);
    status[3] = modp->generate(c->instance, zero, out + 96);
    status[4] =
        status[3] == IKEV1_OK ? modp->agree(c->instance, zero, out + 96, out + 96) : status[3];
    status[5] = ecp->generate(c->instance, zero, point);
    status[6] = status[5] == IKEV1_OK ? ecp->agree(c->instance, zero, point, out + 224) : status[5];
}

static void test_provider__allocation_k_fails__clean_and_usable_after(void **state) {
    uint8_t want[256], got[256];
    struct ike_crypto c = crypto_open(ikev1_openssl());
    int status[CALLS];
    size_t total, before, failed_runs = 0;
    (void)state;

    call_each(&c, status, want); /* makes all that is made once */
    before = live;
    allocations = 0;
    call_each(&c, status, got);
    total = allocations;
    assert_int_equal(live, before);
    assert_memory_equal(got, want, sizeof got);
    for (size_t k = 1; k <= total; k++) {
        size_t failures = 0;

        allocations = 0;
        fail_at = k;
        call_each(&c, status, got);
        fail_at = 0;
        for (size_t i = 0; i < CALLS; i++) {
            if (status[i] != IKEV1_OK && status[i] != IKEV1_E_MEMORY &&
                status[i] != IKEV1_E_PROVIDER)
                fail_msg("allocation %zu: call %zu says %d", k, i, status[i]);
            failures += status[i] != IKEV1_OK;
        }
        if (failures == 0)
            assert_memory_equal(got, want, sizeof got);
        failed_runs += failures != 0;
        call_each(&c, status, got); /* the same instance, with memory again */
        for (size_t i = 0; i < CALLS; i++)
            if (status[i] != IKEV1_OK)
                fail_msg("allocation %zu: call %zu still says %d", k, i, status[i]);
        assert_memory_equal(got, want, sizeof got);
        if (live != before)
            fail_msg("allocation %zu: %zu blocks leaked", k, live - before);
    }
    assert_true(failed_runs > 0);
    crypto_close(&c);
}

/* Once a cipher is there, messages are encrypted and decrypted without allocating, whatever key
 * comes next. (OpenSSL 3.0 makes a new state for every digest, however its context is kept.) */
static void test_provider__cipher_calls__no_allocation(void **state) {
    static const uint8_t iv[16];
    uint8_t key[32] = {1}, out[32];
    struct ike_crypto c = crypto_open(ikev1_openssl());
    (void)state;

    for (size_t n = 0; c.provider->ciphers[n] != NULL; n++) {
        const ikev1_cipher_alg *a = c.provider->ciphers[n];
        const ikev1_bytes k = {key, a->key_min};

        for (int round = 0; round < 3; round++) {
            allocations = 0;
            key[0]++;
            ROW_EQUAL(a->name, a->encrypt(c.instance, k, iv, key, out, 32), IKEV1_OK);
            ROW_EQUAL(a->name, a->decrypt(c.instance, k, iv, key, out, 32), IKEV1_OK);
            if (round > 0)
                ROW_EQUAL(a->name, allocations, 0);
        }
    }
    crypto_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_provider__allocation_k_fails__clean_and_usable_after),
        cmocka_unit_test(test_provider__cipher_calls__no_allocation),
    };
    if (CRYPTO_set_mem_functions(counted_malloc, counted_realloc, counted_free) != 1)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
