/* SPDX-License-Identifier: Apache-2.0 */
#include "playback.h"

#include <stdlib.h>
#include <string.h>

static bool equal(ikev1_bytes a, ikev1_bytes b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* ---- hash ---- */

static ikev1_bytes instead(struct playback *p, ikev1_bytes part) {
    for (size_t i = 0; i < p->swap_count; i++) {
        if (!equal(part, p->swaps[i].ours))
            continue;
        p->swapped++;
        return p->swaps[i].recorded;
    }
    return part;
}

static size_t replace(struct playback *p, ikev1_bytes *to, const ikev1_bytes *parts, size_t count) {
    if (count > PLAY_MAX)
        abort();
    for (size_t i = 0; i < count; i++)
        to[i] = instead(p, parts[i]);
    return count;
}

static const ikev1_hash_alg *inner_hash(const struct playback *p) {
    const ikev1_hash_alg *const *at = p->inner->hashes;
    while (*at != NULL && (*at)->id != p->hash.id)
        at++;
    return *at;
}

static int play_digest(void *instance, const ikev1_bytes *parts, size_t count, uint8_t *out) {
    struct playback *p = instance;
    ikev1_bytes to[PLAY_MAX];
    count = replace(p, to, parts, count);
    return inner_hash(p)->digest(p->instance, to, count, out);
}

static int play_hmac(void *instance, ikev1_bytes key, const ikev1_bytes *parts, size_t count,
                     uint8_t *out) {
    struct playback *p = instance;
    ikev1_bytes to[PLAY_MAX];
    if (p->skeyid.len != 0 && equal(key, p->psk)) {
        memcpy(out, p->skeyid.data, p->skeyid.len);
        return IKEV1_OK;
    }
    count = replace(p, to, parts, count);
    return inner_hash(p)->hmac(p->instance, key, to, count, out);
}

/* ---- cipher ---- */

static const ikev1_cipher_alg *inner_cipher(const struct playback *p) {
    const ikev1_cipher_alg *const *at = p->inner->ciphers;
    while (*at != NULL && (*at)->id != p->cipher.id)
        at++;
    return *at;
}

static int play_encrypt(void *instance, ikev1_bytes key, const uint8_t *iv, const uint8_t *in,
                        uint8_t *out, size_t len) {
    struct playback *p = instance;
    const size_t block = p->cipher.block, n = p->sealed_next;
    int r = inner_cipher(p)->encrypt(p->instance, key, iv, in, out, len);
    if (r != IKEV1_OK || n >= p->sealed_count)
        return r;
    const uint8_t *recorded = p->sealed[n].data + p->sealed[n].len - block;
    if (memcmp(out + len - block, recorded, block) != 0)
        p->bent |= 1u << n;
    memcpy(out + len - block, recorded, block);
    p->sealed_next++;
    return r;
}

static int play_decrypt(void *instance, ikev1_bytes key, const uint8_t *iv, const uint8_t *in,
                        uint8_t *out, size_t len) {
    struct playback *p = instance;
    return inner_cipher(p)->decrypt(p->instance, key, iv, in, out, len);
}

/* ---- group ---- */

static const ikev1_group_alg *inner_group(const ikev1_crypto *inner, uint16_t id) {
    const ikev1_group_alg *const *at = inner->groups;
    while (*at != NULL && (*at)->id != id)
        at++;
    return *at;
}

static int play_generate(void *instance, const uint8_t *seed, uint8_t *out) {
    struct playback *p = instance;
    ikev1_bytes own = seed[0] < 2 ? p->dh[seed[0]].own : (ikev1_bytes){NULL, 0};
    if (own.len != p->group.public_size)
        return IKEV1_E_PROVIDER;
    memcpy(out, own.data, own.len);
    return IKEV1_OK;
}

static int play_agree(void *instance, const uint8_t *seed, const uint8_t *peer, uint8_t *secret) {
    struct playback *p = instance;
    if (seed[0] >= 2 || p->dh[seed[0]].secret.len != p->group.secret_size)
        return IKEV1_E_PROVIDER;
    p->agreed++;
    if (memcmp(peer, p->dh[seed[0]].peer.data, p->group.public_size) != 0)
        p->strangers++;
    memcpy(secret, p->dh[seed[0]].secret.data, p->group.secret_size);
    return IKEV1_OK;
}

/* ---- the provider ---- */

static int play_open(const ikev1_crypto *self, void **instance) {
    struct playback *p = (struct playback *)(uintptr_t)self;
    *instance = p;
    return p->inner->open(p->inner, &p->instance);
}

static void play_close(void *instance) {
    struct playback *p = instance;
    p->inner->close(p->instance);
}

static int play_random(void *instance, uint8_t *out, size_t len) {
    struct playback *p = instance;
    return p->inner->random(p->instance, out, len);
}

void playback_init(struct playback *p, const ikev1_crypto *inner, uint16_t hash, uint16_t cipher,
                   uint16_t group) {
    memset(p, 0, sizeof *p);
    p->inner = inner;
    p->hash.id = hash;
    p->cipher.id = cipher;
    if (inner_hash(p) == NULL || inner_cipher(p) == NULL || inner_group(inner, group) == NULL)
        abort();
    p->hash = *inner_hash(p);
    p->hash.digest = play_digest;
    p->hash.hmac = play_hmac;
    p->cipher = *inner_cipher(p);
    p->cipher.encrypt = play_encrypt;
    p->cipher.decrypt = play_decrypt;
    p->group = *inner_group(inner, group);
    p->group.seed_size = PLAY_SEED;
    p->group.generate = play_generate;
    p->group.agree = play_agree;
    p->hashes[0] = &p->hash;
    p->ciphers[0] = &p->cipher;
    p->groups[0] = &p->group;
    p->provider = *inner;
    p->provider.open = play_open;
    p->provider.ready = NULL; /* it would be asked about an instance of ours */
    p->provider.close = play_close;
    p->provider.random = play_random;
    p->provider.hashes = p->hashes;
    p->provider.ciphers = p->ciphers;
    p->provider.groups = p->groups;
    static const ikev1_prf_alg *const none[] = {NULL};
    p->provider.prfs = none;
}

void playback_swap(struct playback *p, ikev1_bytes ours, ikev1_bytes recorded) {
    if (equal(ours, recorded))
        return;
    if (p->swap_count == PLAY_MAX)
        abort();
    p->swaps[p->swap_count++] = (struct play_pair){ours, recorded};
}
