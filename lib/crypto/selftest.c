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

static int test_digest(void *instance, const ikev1_hash_alg *alg, const ikev1_kat *kat) {
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

static int test_cipher(void *instance, const ikev1_cipher_alg *alg, const ikev1_kat *kat) {
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

static int test_group(void *instance, const ikev1_group_alg *alg, const ikev1_kat *kat) {
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

static int test_hashes(const ikev1_crypto *crypto, void *instance, const char **failed) {
    for (size_t i = 0; crypto->hashes != NULL && crypto->hashes[i] != NULL; i++) {
        const ikev1_hash_alg *alg = crypto->hashes[i];
        int status = IKEV1_OK;

        *failed = alg->name;
        for (const ikev1_kat *k = alg->digest_kats; status == IKEV1_OK && k && k->output; k++)
            status = test_digest(instance, alg, k);
        for (const ikev1_kat *k = alg->hmac_kats; status == IKEV1_OK && k && k->output; k++)
            status = test_mac(instance, alg->hmac, alg->size, k);
        if (status != IKEV1_OK && status != IKEV1_E_UNSUPPORTED)
            return status;
    }
    for (size_t i = 0; crypto->prfs != NULL && crypto->prfs[i] != NULL; i++) {
        const ikev1_prf_alg *alg = crypto->prfs[i];
        int status = IKEV1_OK;

        *failed = alg->name;
        for (const ikev1_kat *k = alg->kats; status == IKEV1_OK && k && k->output; k++)
            status = test_mac(instance, alg->mac, alg->size, k);
        if (status != IKEV1_OK && status != IKEV1_E_UNSUPPORTED)
            return status;
    }
    return IKEV1_OK;
}

static int test_ciphers(const ikev1_crypto *crypto, void *instance, const char **failed) {
    for (size_t i = 0; crypto->ciphers != NULL && crypto->ciphers[i] != NULL; i++) {
        const ikev1_cipher_alg *alg = crypto->ciphers[i];
        int status = IKEV1_OK;

        *failed = alg->name;
        for (const ikev1_kat *k = alg->kats; status == IKEV1_OK && k && k->output; k++)
            status = test_cipher(instance, alg, k);
        if (status != IKEV1_OK && status != IKEV1_E_UNSUPPORTED)
            return status;
    }
    return IKEV1_OK;
}

static int test_groups(const ikev1_crypto *crypto, void *instance, const char **failed) {
    for (size_t i = 0; crypto->groups != NULL && crypto->groups[i] != NULL; i++) {
        const ikev1_group_alg *alg = crypto->groups[i];
        int status = IKEV1_OK;

        *failed = alg->name;
        for (const ikev1_kat *k = alg->kats; status == IKEV1_OK && k && k->output; k++)
            status = test_group(instance, alg, k);
        if (status != IKEV1_OK && status != IKEV1_E_UNSUPPORTED)
            return status;
    }
    return IKEV1_OK;
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
        status = test_hashes(crypto, instance, &name);
    if (status == IKEV1_OK)
        status = test_ciphers(crypto, instance, &name);
    if (status == IKEV1_OK)
        status = test_groups(crypto, instance, &name);
    crypto->close(instance);
    if (failed != NULL && status != IKEV1_OK)
        *failed = name;
    return status;
}
