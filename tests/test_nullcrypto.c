/* SPDX-License-Identifier: Apache-2.0 */
/* The test providers are tested too: a simulation that trusts them must be able to. */
#include "support/algs.h"
#include "support/failcrypto.h"
#include "support/nullcrypto.h"

#include <ikev1/openssl.h>

static void test_null__seed__same_run_again(void **state) {
    struct null_crypto a, b, other;
    uint8_t out[3][48];
    (void)state;

    null_crypto_init(&a, 7);
    null_crypto_init(&b, 7);
    null_crypto_init(&other, 8);
    struct ike_crypto c[] = {crypto_open(&a.provider), crypto_open(&b.provider),
                             crypto_open(&other.provider)};
    for (int round = 0; round < 3; round++) {
        uint8_t before[48];
        memcpy(before, out[0], 48);
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(c[i].provider->random(c[i].instance, out[i], 48), IKEV1_OK);
        assert_memory_equal(out[0], out[1], 48);
        assert_memory_not_equal(out[0], out[2], 48);
        if (round > 0)
            assert_memory_not_equal(out[0], before, 48);
    }
    for (size_t i = 0; i < 3; i++)
        crypto_close(&c[i]);
}

/* Every bit of the input counts, where a part begins does not, key and hash are told apart. */
static void test_null__hash__depends_on_every_bit(void **state) {
    struct null_crypto null;
    uint8_t data[40] = {0}, want[64], got[64];
    (void)state;

    null_crypto_init(&null, 1);
    struct ike_crypto c = crypto_open(&null.provider);
    for (size_t n = 0; c.provider->hashes[n] != NULL; n++) {
        const ikev1_hash_alg *h = c.provider->hashes[n];
        const ikev1_bytes whole = {data, 40}, parts[] = {{data, 13}, {data + 13, 27}};

        assert_int_equal(h->digest(c.instance, &whole, 1, want), IKEV1_OK);
        assert_int_equal(h->digest(c.instance, parts, 2, got), IKEV1_OK);
        assert_memory_equal(got, want, h->size);
        for (size_t bit = 0; bit < 320; bit++) {
            data[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(h->digest(c.instance, &whole, 1, got), IKEV1_OK);
            assert_memory_not_equal(got, want, h->size);
            data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        assert_int_equal(h->hmac(c.instance, ike_bytes("k", 1), &whole, 1, got), IKEV1_OK);
        assert_memory_not_equal(got, want, h->size);
        assert_int_equal(h->hmac(c.instance, ike_bytes("l", 1), &whole, 1, want), IKEV1_OK);
        assert_memory_not_equal(got, want, h->size);
    }
    crypto_close(&c);
}

static void test_null__cipher__bits_stay_reachable(void **state) {
    struct null_crypto null;
    uint8_t plain[48], sealed[48], open[48], iv[16] = {1}, key[32] = {2};
    (void)state;

    null_crypto_init(&null, 1);
    struct ike_crypto c = crypto_open(&null.provider);
    for (size_t n = 0; c.provider->ciphers[n] != NULL; n++) {
        const ikev1_cipher_alg *a = c.provider->ciphers[n];
        const ikev1_bytes k = {key, a->key_default};

        memset(plain, 0x11, sizeof plain);
        assert_int_equal(a->encrypt(c.instance, k, iv, plain, sealed, 48), IKEV1_OK);
        assert_memory_not_equal(sealed, plain, 48);
        sealed[21] ^= 4; /* one bit there is one bit here */
        plain[21] ^= 4;
        assert_int_equal(a->decrypt(c.instance, k, iv, sealed, open, 48), IKEV1_OK);
        assert_memory_equal(open, plain, 48);
        iv[0] ^= 1;
        assert_int_equal(a->decrypt(c.instance, k, iv, sealed, open, 48), IKEV1_OK);
        assert_memory_not_equal(open, plain, 48);
        iv[0] ^= 1;
        key[0] ^= 1;
        assert_int_equal(a->decrypt(c.instance, k, iv, sealed, open, 48), IKEV1_OK);
        assert_memory_not_equal(open, plain, 48);
        key[0] ^= 1;
    }
    crypto_close(&c);
}

/* The shape of the real groups, so that negotiation cannot tell: sizes, kind, range check. */
static void test_null__groups__agree_and_fit_the_real_ones(void **state) {
    struct null_crypto null;
    struct ike_crypto real = {ikev1_openssl(), NULL};
    (void)state;

    null_crypto_init(&null, 1);
    struct ike_crypto c = crypto_open(&null.provider);
    for (size_t n = 0; c.provider->groups[n] != NULL; n++) {
        const ikev1_group_alg *g = c.provider->groups[n], *like = ike_group_alg(&real, g->id);
        uint8_t seeds[2][IKEV1_MAX_SEED] = {{1}, {2}}, y[2][256], secret[2][256];

        ROW_EQUAL(g->name, g->public_size, like->public_size);
        ROW_EQUAL(g->name, g->secret_size, like->secret_size);
        ROW_EQUAL(g->name, g->seed_size, like->seed_size);
        ROW_EQUAL(g->name, g->kind, like->kind);
        for (size_t i = 0; i < 2; i++)
            ROW_EQUAL(g->name, ike_group_generate(&c, g, seeds[i], y[i]), IKEV1_OK);
        ROW_EQUAL(g->name, memcmp(y[0], y[1], g->public_size) != 0, true);
        for (size_t i = 0; i < 2; i++)
            ROW_EQUAL(
                g->name,
                ike_group_agree(&c, g, seeds[i], ike_bytes(y[1 - i], g->public_size), secret[i]),
                IKEV1_OK);
        ROW_EQUAL(g->name, memcmp(secret[0], secret[1], g->secret_size), 0);
        y[0][g->public_size - 1] ^= 1;
        ROW_EQUAL(g->name,
                  ike_group_agree(&c, g, seeds[1], ike_bytes(y[0], g->public_size), secret[0]),
                  IKEV1_E_KE_INVALID);
        memset(y[0], 0xff, g->public_size);
        if (g->kind == IKEV1_GROUP_KIND_MODP)
            ROW_EQUAL(g->name, ike_group_check(g, ike_bytes(y[0], g->public_size)),
                      IKEV1_E_KE_INVALID);
    }
    crypto_close(&c);
}

/* One call of each kind, the status of each in turn. */
enum { CALLS = 7 };

static void call_each(struct ike_crypto *c, int status[CALLS]) {
    uint8_t data[16] = {0}, iv[16] = {0}, key[16] = {0}, seed[IKEV1_MAX_SEED] = {1}, y[256];
    const ikev1_crypto *p = c->provider;
    const ikev1_bytes k = {key, 16};

    status[0] = p->random(c->instance, data, 16);
    status[1] = p->hashes[0]->digest(c->instance, &k, 1, y);
    status[2] = p->hashes[0]->hmac(c->instance, k, &k, 1, y);
    status[3] = p->prfs[0]->mac(c->instance, k, &k, 1, y);
    status[4] = p->ciphers[0]->encrypt(c->instance, k, iv, data, data, 16);
    status[5] = p->ciphers[0]->decrypt(c->instance, k, iv, data, data, 16);
    status[6] = p->groups[0]->generate(c->instance, seed, y);
}

static void test_fail__call_k__fails_alone_with_its_code(void **state) {
    struct null_crypto null;
    struct fail_crypto fail;
    int status[CALLS];
    (void)state;

    null_crypto_init(&null, 1);
    for (uint64_t k = 0; k <= CALLS; k++) {
        fail_crypto_init(&fail, &null.provider);
        struct ike_crypto c = crypto_open(&fail.provider);
        assert_int_equal(fail.calls, 1); /* open() is a call as well */
        fail.fail_at = k == 0 ? 0 : k + 1;
        call_each(&c, status);
        for (uint64_t i = 0; i < CALLS; i++)
            assert_int_equal(status[i], i + 1 != k ? IKEV1_OK
                                        : i == 0   ? IKEV1_E_RANDOM
                                                   : IKEV1_E_PROVIDER);
        assert_int_equal(fail.calls, 1 + CALLS);
        assert_int_equal(fail.failed, k == 0 ? 0 : 1);
        crypto_close(&c);
    }
}

static void test_fail__kinds_and_from_there__as_set(void **state) {
    struct fail_crypto fail;
    int status[CALLS];
    (void)state;

    fail_crypto_init(&fail, ikev1_openssl());
    fail.kinds = FAIL_HASH | FAIL_GROUP;
    fail.fail_at = 2;
    fail.from_there = true;
    fail.code = IKEV1_E_MEMORY;
    struct ike_crypto c = crypto_open(&fail.provider);
    call_each(&c, status);
    static const int want[CALLS] = {IKEV1_OK, IKEV1_OK, IKEV1_E_MEMORY, IKEV1_E_MEMORY,
                                    IKEV1_OK, IKEV1_OK, IKEV1_E_MEMORY};
    assert_memory_equal(status, want, sizeof want);
    assert_int_equal(fail.failed, 3);
    crypto_close(&c);

    void *instance = NULL;
    fail_crypto_init(&fail, ikev1_openssl());
    fail.fail_at = 1;
    assert_int_equal(fail.provider.open(&fail.provider, &instance), IKEV1_E_PROVIDER);
    assert_null(instance);
}

/* Nothing of the default provider is left out by the wrapper. */
static void test_fail__wraps__every_algorithm(void **state) {
    struct fail_crypto fail;
    const ikev1_crypto *inner = ikev1_openssl();
    size_t n = 0;
    (void)state;

    fail_crypto_init(&fail, inner);
    for (n = 0; inner->hashes[n] != NULL; n++)
        assert_int_equal(fail.provider.hashes[n]->id, inner->hashes[n]->id);
    assert_null(fail.provider.hashes[n]);
    for (n = 0; inner->prfs[n] != NULL; n++)
        assert_int_equal(fail.provider.prfs[n]->id, inner->prfs[n]->id);
    assert_null(fail.provider.prfs[n]);
    for (n = 0; inner->ciphers[n] != NULL; n++)
        assert_int_equal(fail.provider.ciphers[n]->id, inner->ciphers[n]->id);
    assert_null(fail.provider.ciphers[n]);
    for (n = 0; inner->groups[n] != NULL; n++)
        assert_int_equal(fail.provider.groups[n]->id, inner->groups[n]->id);
    assert_null(fail.provider.groups[n]);
    assert_int_equal(ikev1_crypto_selftest(&fail.provider, NULL), IKEV1_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_null__seed__same_run_again),
        cmocka_unit_test(test_null__hash__depends_on_every_bit),
        cmocka_unit_test(test_null__cipher__bits_stay_reachable),
        cmocka_unit_test(test_null__groups__agree_and_fit_the_real_ones),
        cmocka_unit_test(test_fail__call_k__fails_alone_with_its_code),
        cmocka_unit_test(test_fail__kinds_and_from_there__as_set),
        cmocka_unit_test(test_fail__wraps__every_algorithm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
