/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two crypto providers for measuring. One writes down every cryptographic call that goes through it
 * and makes the same calls again, bare: what that costs is the floor under a negotiation. It can
 * also stand still, to come to many SAs quickly. The other does nothing at all: what a negotiation
 * costs with it is everything that is not cryptography.
 */
#ifndef BENCH_CRYPTO_H
#define BENCH_CRYPTO_H

#include <ikev1/ikev1.h>

enum { BENCH_HASHES = 2, BENCH_GROUPS = 3 };
enum bench_mode { BENCH_PASS, BENCH_RECORD, BENCH_IDLE };

struct bench_recorder {
    ikev1_crypto provider; /* first: open() finds the struct by it. For one engine at a time */
    const ikev1_crypto *real;
    void *instance; /* of the real provider */
    const ikev1_hash_alg *hashes[BENCH_HASHES];
    const ikev1_cipher_alg *cipher;
    const ikev1_group_alg *groups[BENCH_GROUPS];
    ikev1_hash_alg own_hashes[BENCH_HASHES];
    ikev1_cipher_alg own_cipher;
    ikev1_group_alg own_groups[BENCH_GROUPS];
    const ikev1_hash_alg *hash_list[BENCH_HASHES + 1];
    const ikev1_cipher_alg *cipher_list[2];
    const ikev1_group_alg *group_list[BENCH_GROUPS + 1];
    struct bench_call *calls;
    size_t count;
    uint8_t *arena; /* what the calls were given */
    size_t used;
    bool full;
    enum bench_mode mode;
};

/* False when there is no memory for it, or `real` lacks an algorithm. */
bool bench_recorder_init(struct bench_recorder *r, const ikev1_crypto *real);
void bench_recorder_free(struct bench_recorder *r);
/* Makes every recorded call again. False when one of them failed. */
bool bench_replay(const struct bench_recorder *r);

/* X25519 in name, AES and SHA in size; hashing tables and wiping are the real provider's. */
const ikev1_crypto *bench_null(void);

#endif
