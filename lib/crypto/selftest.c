/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the known answers that travel with a provider's descriptors. */
#include <string.h>

#include "crypto/formulas.h"

/* Longest text of a known answer, decoded: a public value of the largest group. */
enum { MAX_FIELD = IKEV1_MAX_PUBLIC };

struct field {
    uint8_t data[MAX_FIELD];
    size_t len;
};

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* NULL stands for an empty field. False when it is not hex or too long. */
static bool from_hex(struct field *f, const char *text) {
    size_t digits = text != NULL ? strlen(text) : 0;

    if (digits % 2 != 0 || digits / 2 > sizeof f->data)
        return false;
    for (f->len = 0; f->len < digits / 2; f->len++) {
        int high = hex_digit(text[2 * f->len]), low = hex_digit(text[2 * f->len + 1]);

        if (high < 0 || low < 0)
            return false;
        f->data[f->len] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static ikev1_bytes bytes_of(const struct field *f) {
    return ike_bytes(f->data, f->len);
}

/* A known answer that was run: `got` must have the expected size and bytes. */
static int judge(const uint8_t *got, size_t size, const char *expected) {
    struct field want;

    if (!from_hex(&want, expected) || want.len != size || memcmp(got, want.data, size) != 0)
        return IKEV1_E_SELFTEST;
    return IKEV1_OK;
}

/* What an algorithm is run by: one of its known answers. */
typedef int (*test_function)(void *instance, const void *alg, const ikev1_kat *kat);

static int test_digest(void *instance, const void *of, const ikev1_kat *kat) {
    const ikev1_hash_alg *alg = of;
    struct field input;
    uint8_t got[IKEV1_MAX_HASH];
    ikev1_bytes parts[2];
    int status;

    if (!from_hex(&input, kat->input))
        return IKEV1_E_SELFTEST;
    parts[0] = ike_bytes(input.data, input.len / 2); /* in two parts, to test the joining as well */
    parts[1] = ike_bytes(input.data + input.len / 2, input.len - input.len / 2);
    status = alg->digest(instance, parts, 2, got);
    return status != IKEV1_OK ? status : judge(got, alg->size, kat->output);
}

/* HMACs and other prfs have one signature. */
typedef int (*mac_function)(void *, ikev1_bytes, const ikev1_bytes *, size_t, uint8_t *);

static int test_mac(void *instance, mac_function mac, size_t size, const ikev1_kat *kat) {
    struct field key, input;
    uint8_t got[IKEV1_MAX_HASH];
    ikev1_bytes parts[2];
    int status;

    if (!from_hex(&key, kat->key) || !from_hex(&input, kat->input))
        return IKEV1_E_SELFTEST;
    parts[0] = ike_bytes(input.data, input.len / 2);
    parts[1] = ike_bytes(input.data + input.len / 2, input.len - input.len / 2);
    status = mac(instance, bytes_of(&key), parts, 2, got);
    return status != IKEV1_OK ? status : judge(got, size, kat->output);
}

static int test_hmac(void *instance, const void *of, const ikev1_kat *kat) {
    const ikev1_hash_alg *alg = of;
    return test_mac(instance, alg->hmac, alg->size, kat);
}

static int test_prf(void *instance, const void *of, const ikev1_kat *kat) {
    const ikev1_prf_alg *alg = of;
    return test_mac(instance, alg->mac, alg->size, kat);
}

static int test_cipher(void *instance, const void *of, const ikev1_kat *kat) {
    const ikev1_cipher_alg *alg = of;
    struct field key, iv, input, output;
    uint8_t got[MAX_FIELD];
    int status;

    if (!from_hex(&key, kat->key) || !from_hex(&iv, kat->iv) || !from_hex(&input, kat->input) ||
        !from_hex(&output, kat->output) || iv.len != alg->block || input.len != output.len)
        return IKEV1_E_SELFTEST;
    status = alg->encrypt(instance, bytes_of(&key), iv.data, input.data, got, input.len);
    if (status == IKEV1_OK)
        status = judge(got, input.len, kat->output);
    if (status == IKEV1_OK) /* in place, as messages are decrypted */
        status = alg->decrypt(instance, bytes_of(&key), iv.data, got, got, input.len);
    return status != IKEV1_OK ? status : judge(got, input.len, kat->input);
}

static int test_group(void *instance, const void *of, const ikev1_kat *kat) {
    const ikev1_group_alg *alg = of;
    struct field seed, peer;
    uint8_t got[IKEV1_MAX_PUBLIC];
    int status;

    if (!from_hex(&seed, kat->key) || !from_hex(&peer, kat->iv) || seed.len != alg->seed_size ||
        peer.len != alg->public_size)
        return IKEV1_E_SELFTEST;
    status = alg->generate(instance, seed.data, got);
    if (status == IKEV1_OK)
        status = judge(got, alg->public_size, kat->input);
    if (status == IKEV1_OK)
        status = alg->agree(instance, seed.data, peer.data, got);
    if (status == IKEV1_E_KE_INVALID) /* the value is valid: refusing it is a wrong answer */
        return IKEV1_E_SELFTEST;
    return status != IKEV1_OK ? status : judge(got, alg->secret_size, kat->output);
}

/* What is not a table of algorithms: comparison and wiping must do what they say. */
static int test_memory(const ikev1_crypto *crypto) {
    uint8_t a[32], b[32];

    memset(a, 0x5a, sizeof a);
    memcpy(b, a, sizeof b);
    if (!crypto->equal(a, b, sizeof a))
        return IKEV1_E_SELFTEST;
    b[sizeof b - 1] ^= 1;
    if (crypto->equal(a, b, sizeof a))
        return IKEV1_E_SELFTEST;
    crypto->wipe(a, sizeof a);
    return ike_is_zero(a, sizeof a) ? IKEV1_OK : IKEV1_E_SELFTEST;
}

/* One that this build of a provider lacks is no wrong answer. */
static int run(void *instance, const void *alg, test_function test, const ikev1_kat *kats) {
    int status = IKEV1_OK;
    for (const ikev1_kat *k = kats; status == IKEV1_OK && k != NULL && k->output != NULL; k++)
        status = test(instance, alg, k);
    return status == IKEV1_E_UNSUPPORTED ? IKEV1_OK : status;
}

static int test_tables(const ikev1_crypto *c, void *instance, const char **name) {
    int status = IKEV1_OK;
    for (size_t i = 0; c->hashes != NULL && c->hashes[i] != NULL && status == IKEV1_OK; i++) {
        *name = c->hashes[i]->name;
        status = run(instance, c->hashes[i], test_digest, c->hashes[i]->digest_kats);
        if (status == IKEV1_OK)
            status = run(instance, c->hashes[i], test_hmac, c->hashes[i]->hmac_kats);
    }
    for (size_t i = 0; c->prfs != NULL && c->prfs[i] != NULL && status == IKEV1_OK; i++) {
        *name = c->prfs[i]->name;
        status = run(instance, c->prfs[i], test_prf, c->prfs[i]->kats);
    }
    for (size_t i = 0; c->ciphers != NULL && c->ciphers[i] != NULL && status == IKEV1_OK; i++) {
        *name = c->ciphers[i]->name;
        status = run(instance, c->ciphers[i], test_cipher, c->ciphers[i]->kats);
    }
    for (size_t i = 0; c->groups != NULL && c->groups[i] != NULL && status == IKEV1_OK; i++) {
        *name = c->groups[i]->name;
        status = run(instance, c->groups[i], test_group, c->groups[i]->kats);
    }
    return status;
}

int ikev1_crypto_selftest(const ikev1_crypto *crypto, const char **failed) {
    const char *name = NULL;
    void *instance = NULL;
    int status;

    if (failed != NULL)
        *failed = NULL;
    if (crypto == NULL)
        return IKEV1_E_ARGUMENT;
    status = crypto->open(crypto, &instance);
    if (status != IKEV1_OK)
        return status;
    name = "memory";
    status = test_memory(crypto);
    if (status == IKEV1_OK)
        status = test_tables(crypto, instance, &name);
    crypto->close(instance);
    if (failed != NULL && status != IKEV1_OK)
        *failed = name;
    return status;
}
