/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wraps any crypto provider and makes one call of it fail: CRY-03, CRY-04, KEX-09.
 *
 *     struct fail_crypto fail;
 *     fail_crypto_init(&fail, ikev1_openssl());
 *     run(&fail.provider);
 *     for (uint64_t k = 1, n = fail.calls; k <= n; k++) {
 *         fail_crypto_init(&fail, ikev1_openssl());
 *         fail.fail_at = k;
 *         run(&fail.provider);                      must end cleanly
 *     }
 *
 * A call that fails writes nothing to its output.
 */
#ifndef TEST_FAILCRYPTO_H
#define TEST_FAILCRYPTO_H

#include <ikev1/crypto.h>

enum { FAIL_MAX_HASHES = 8, FAIL_MAX_PRFS = 4, FAIL_MAX_CIPHERS = 8, FAIL_MAX_GROUPS = 24 };

/* Kinds of calls, for fail_crypto.kinds. */
enum {
    FAIL_OPEN = 1 << 0,
    FAIL_RANDOM = 1 << 1,
    FAIL_HASH = 1 << 2, /* digest, HMAC and prf */
    FAIL_CIPHER = 1 << 3,
    FAIL_GROUP = 1 << 4,
    FAIL_ALL = (1 << 5) - 1,
};

struct fail_crypto {
    ikev1_crypto provider; /* first: open() finds the struct by it */
    const ikev1_crypto *inner;
    unsigned kinds;   /* FAIL_...: which calls count; FAIL_ALL unless a test changes it */
    uint64_t fail_at; /* this call fails, counted from 1; 0 = none */
    bool from_there;  /* and every later one too */
    int code;         /* what it returns; 0 = IKEV1_E_RANDOM for random, else IKEV1_E_PROVIDER */
    uint64_t calls;   /* so far */
    uint64_t failed;  /* of those */

    ikev1_hash_alg hashes[FAIL_MAX_HASHES];
    ikev1_prf_alg prfs[FAIL_MAX_PRFS];
    ikev1_cipher_alg ciphers[FAIL_MAX_CIPHERS];
    ikev1_group_alg groups[FAIL_MAX_GROUPS];
    const ikev1_hash_alg *hash_list[FAIL_MAX_HASHES + 1];
    const ikev1_prf_alg *prf_list[FAIL_MAX_PRFS + 1];
    const ikev1_cipher_alg *cipher_list[FAIL_MAX_CIPHERS + 1];
    const ikev1_group_alg *group_list[FAIL_MAX_GROUPS + 1];
};

/* `f` must stay where it is, and `inner` too, as long as engines use them. Algorithms of `inner`
 * beyond FAIL_MAX_... are left out. */
void fail_crypto_init(struct fail_crypto *f, const ikev1_crypto *inner);

#endif
