/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AES-XCBC-PRF-128 (RFC 4434 over RFC 3566): CBC under K1 with an IV of zero, where the last block
 * is mixed with K2 (whole) or K3 (padded) first. Keys of any length: short ones are padded with
 * zeros, long ones are put through the function under a key of zeros.
 */
#include <string.h>

#include "provider/instance.h"

enum { BLOCK = 16, CHUNK = 256 };

struct xcbc {
    EVP_CIPHER_CTX *cbc;
    uint8_t k2[BLOCK], k3[BLOCK];
    uint8_t held[CHUNK]; /* input not yet encrypted: at least one byte stays back until the end */
    size_t held_len;
    uint8_t out[CHUNK]; /* only its last block matters */
};

static int start(struct ike_openssl *o, struct xcbc *x, const uint8_t key[BLOCK]) {
    static const uint8_t zero[BLOCK];
    uint8_t subkeys[3 * BLOCK];
    EVP_CIPHER_CTX *ecb = NULL;
    int done = 0, status;

    for (size_t i = 0; i < sizeof subkeys; i++)
        subkeys[i] = (uint8_t)(i / BLOCK + 1); /* 0x0101.. 0x0202.. 0x0303.. */
    status = ike_openssl_cipher_init(o, IKE_CIPHER_AES128_ECB, (ikev1_bytes){key, BLOCK}, NULL,
                                     true, &ecb);
    if (status == IKEV1_OK &&
        EVP_CipherUpdate(ecb, subkeys, &done, subkeys, (int)sizeof subkeys) != 1)
        status = IKEV1_E_PROVIDER;
    if (status == IKEV1_OK)
        status = ike_openssl_cipher_init(o, IKE_CIPHER_AES128, (ikev1_bytes){subkeys, BLOCK}, zero,
                                         true, &x->cbc);
    memcpy(x->k2, subkeys + BLOCK, BLOCK);
    memcpy(x->k3, subkeys + 2 * BLOCK, BLOCK);
    x->held_len = 0;
    ike_sodium_wipe(subkeys, sizeof subkeys);
    return status;
}

static int flush(struct xcbc *x) {
    int done = 0;

    if (EVP_CipherUpdate(x->cbc, x->out, &done, x->held, (int)x->held_len) != 1 ||
        (size_t)done != x->held_len)
        return IKEV1_E_PROVIDER;
    x->held_len = 0;
    return IKEV1_OK;
}

static int add(struct xcbc *x, ikev1_bytes part) {
    size_t used = 0;

    while (used < part.len) {
        size_t room = CHUNK - x->held_len, take = part.len - used < room ? part.len - used : room;

        if (room == 0 && flush(x) != IKEV1_OK)
            return IKEV1_E_PROVIDER;
        if (room == 0)
            continue;
        memcpy(x->held + x->held_len, part.data + used, take);
        x->held_len += take;
        used += take;
    }
    return IKEV1_OK;
}

static int finish(struct xcbc *x, uint8_t out[BLOCK]) {
    size_t over = x->held_len % BLOCK;
    const uint8_t *last_key = x->k2;
    size_t last;

    if (over != 0 || x->held_len == 0) { /* RFC 3566 4, step 5 b: 1 bit, then zeros */
        memset(x->held + x->held_len, 0, BLOCK - over);
        x->held[x->held_len] = 0x80;
        x->held_len += BLOCK - over;
        last_key = x->k3;
    }
    last = x->held_len - BLOCK;
    for (size_t i = 0; i < BLOCK; i++)
        x->held[last + i] ^= last_key[i];
    if (flush(x) != IKEV1_OK)
        return IKEV1_E_PROVIDER;
    memcpy(out, x->out + last, BLOCK);
    return IKEV1_OK;
}

static int xcbc(struct ike_openssl *o, const uint8_t key[BLOCK], const ikev1_bytes *parts,
                size_t count, uint8_t out[BLOCK]) {
    struct xcbc x;
    int status = start(o, &x, key);

    for (size_t i = 0; status == IKEV1_OK && i < count; i++)
        status = add(&x, parts[i]);
    if (status == IKEV1_OK)
        status = finish(&x, out);
    ike_sodium_wipe(&x, sizeof x);
    return status;
}

static int mac(void *instance, ikev1_bytes key, const ikev1_bytes *parts, size_t count,
               uint8_t *out) {
    static const uint8_t zero[BLOCK];
    struct ike_openssl *o = instance;
    uint8_t fitted[BLOCK] = {0}, made[BLOCK];
    int status = IKEV1_OK;

    ERR_set_mark();
    if (key.len > BLOCK)
        status = xcbc(o, zero, &key, 1, fitted);
    else if (key.len != 0)
        memcpy(fitted, key.data, key.len);
    if (status == IKEV1_OK)
        status = xcbc(o, fitted, parts, count, made);
    ERR_pop_to_mark();
    if (status == IKEV1_OK)
        memcpy(out, made, BLOCK);
    ike_sodium_wipe(fitted, sizeof fitted);
    ike_sodium_wipe(made, sizeof made);
    return status;
}

#define DATA_20 "000102030405060708090a0b0c0d0e0f10111213"
static const ikev1_kat xcbc_kats[] = {
    /* RFC 3566 4.6, cases 1 and 3; RFC 4434 2: keys of 16, 10 and 18 bytes */
    {"000102030405060708090a0b0c0d0e0f", NULL, "", "75f0251d528ac01c4573dfd584d79f29"},
    {"000102030405060708090a0b0c0d0e0f", NULL, "000102030405060708090a0b0c0d0e0f",
     "d2a246fa349b68a79998a4394ff7a263"},
    {"000102030405060708090a0b0c0d0e0f", NULL, DATA_20, "47f51b4564966215b8985c63055ed308"},
    {"00010203040506070809", NULL, DATA_20, "0fa087af7d866e7653434e602fdde835"},
    {"000102030405060708090a0b0c0d0e0fedcb", NULL, DATA_20, "8cd3c93ae598a9803006ffb67c40e9e4"},
    {NULL, NULL, NULL, NULL},
};

static const ikev1_prf_alg aes_xcbc = {.id = IKEV1_PRF_AES_XCBC,
                                       .size = BLOCK,
                                       .name = "AES-XCBC-PRF-128",
                                       .mac = mac,
                                       .kats = xcbc_kats};

const ikev1_prf_alg *const ike_openssl_prfs[] = {&aes_xcbc, NULL};
