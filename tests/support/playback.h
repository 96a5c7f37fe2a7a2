/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A crypto provider that makes an engine play one side of a recorded exchange: the algorithms of
 * another provider, but
 *
 * - a key exchange gives the recorded public value and shared secret;
 * - bytes of ours that cannot be the recorded ones (a nonce of another length, an SA payload of
 *   another layout) are hashed as if they were;
 * - the last block of each message we encrypt becomes the recorded one, so that the chain of IVs
 *   leads to the peer's next message even where ours says something else;
 * - where the pre-shared key is not known, what it would give is.
 *
 * What had to be bent is counted, so that a test can say how much of an exchange was genuine.
 */
#ifndef TEST_PLAYBACK_H
#define TEST_PLAYBACK_H

#include <ikev1/crypto.h>

enum { PLAY_SEED = 77, PLAY_MAX = 8 }; /* a seed size that nothing else has */

struct play_pair {
    ikev1_bytes ours, recorded;
};

struct playback {
    ikev1_crypto provider; /* first: open() finds the struct by it */
    const ikev1_crypto *inner;
    void *instance;

    struct { /* key exchanges, as the first byte of the seed numbers them */
        ikev1_bytes own, peer, secret;
    } dh[2];
    struct play_pair swaps[PLAY_MAX];
    size_t swap_count;
    ikev1_bytes psk, skeyid;      /* skeyid empty: the key is known, nothing is bent */
    ikev1_bytes sealed[PLAY_MAX]; /* our encrypted messages in their order */
    size_t sealed_count, sealed_next;

    unsigned bent; /* bit n: the last block of our encrypted message n was not the recorded one */
    unsigned swapped;           /* parts that were hashed as something else */
    unsigned agreed, strangers; /* key exchanges; those with another peer than the recorded one */

    ikev1_hash_alg hash;
    ikev1_cipher_alg cipher;
    ikev1_group_alg group;
    const ikev1_hash_alg *hashes[2];
    const ikev1_cipher_alg *ciphers[2];
    const ikev1_group_alg *groups[2];
};

/* `p` then offers one hash, one cipher and one group of `inner`, and no others. */
void playback_init(struct playback *p, const ikev1_crypto *inner, uint16_t hash, uint16_t cipher,
                   uint16_t group);
void playback_swap(struct playback *p, ikev1_bytes ours, ikev1_bytes recorded);

#endif
