/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A crypto provider that protects nothing: fast, and the same every time. For simulations and fuzz
 * targets, where real cryptography only costs time and hides mutations.
 *
 *     struct null_crypto null;
 *     null_crypto_init(&null, 7);
 *     config.crypto = &null.provider;
 *
 * - hashes and HMACs mix 64 bits and stretch them to the size of the real one: every input byte
 *   counts, where the parts begin does not;
 * - a cipher adds one pad, made of key and IV, to every block: a bit flipped in a message is that
 * bit flipped in its plaintext, a wrong key or IV gives garbage;
 * - a group multiplies odd 64-bit numbers: both sides get the same secret, an even number is
 * refused as a point off its curve would be, the sizes are those of the real group;
 * - random is a generator seeded by `seed`: two engines want two structs with two seeds.
 */
#ifndef TEST_NULLCRYPTO_H
#define TEST_NULLCRYPTO_H

#include <ikev1/crypto.h>

struct null_crypto {
    ikev1_crypto provider; /* first: open() finds the struct by it */
    uint64_t seed;
};

/* `n` must live as long as engines use it. */
void null_crypto_init(struct null_crypto *n, uint64_t seed);

#endif
