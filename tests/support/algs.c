/* SPDX-License-Identifier: Apache-2.0 */
#include "algs.h"

struct ike_crypto crypto_open(const ikev1_crypto *provider) {
    struct ike_crypto c = {provider, NULL};

    assert_int_equal(provider->open(provider, &c.instance), IKEV1_OK);
    return c;
}

void crypto_close(struct ike_crypto *c) {
    c->provider->close(c->instance);
    c->instance = NULL;
}

struct name {
    const char *text;
    uint16_t number;
};

static const struct name HASHES[] = {
    {"md5", IKEV1_HASH_MD5},         {"sha1", IKEV1_HASH_SHA1},
    {"sha256", IKEV1_HASH_SHA2_256}, {"sha384", IKEV1_HASH_SHA2_384},
    {"sha512", IKEV1_HASH_SHA2_512},
};
static const struct name CIPHERS[] = {
    {"aes-cbc", IKEV1_CIPHER_AES},           {"camellia-cbc", IKEV1_CIPHER_CAMELLIA},
    {"3des-cbc", IKEV1_CIPHER_3DES},         {"des-cbc", IKEV1_CIPHER_DES},
    {"blowfish-cbc", IKEV1_CIPHER_BLOWFISH}, {"cast-cbc", IKEV1_CIPHER_CAST},
};

static uint16_t number_of(const struct name *names, size_t count, const char *text) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i].text, text) == 0)
            return names[i].number;
    return 0;
}

bool algs_named(struct ike_algs *a, const struct ike_crypto *c, const char *prf, const char *hash,
                const char *cipher, long key_len) {
    memset(a, 0, sizeof *a);
    if (prf != NULL && strcmp(prf, "aes-xcbc-prf-128") == 0)
        a->prf = ike_prf_alg(c, IKEV1_PRF_AES_XCBC);
    else if (prf != NULL && strncmp(prf, "hmac-", 5) == 0 && hash == NULL)
        hash = prf + 5;
    else if (prf != NULL && strncmp(prf, "hmac-", 5) != 0)
        return false;
    if (hash != NULL) {
        a->hash = ike_hash_alg(c, number_of(HASHES, COUNT(HASHES), hash));
        if (a->hash == NULL)
            return false;
    }
    if (cipher != NULL) {
        a->cipher = ike_cipher_alg(c, number_of(CIPHERS, COUNT(CIPHERS), cipher));
        if (a->cipher == NULL)
            return false;
        a->key_size = (uint16_t)ike_cipher_key_size(a->cipher, (uint16_t)(8 * key_len));
    }
    return a->prf != NULL || a->hash != NULL || a->cipher != NULL;
}

bool algs_of_case(struct ike_algs *a, const struct ike_crypto *c, struct vec_file *f) {
    return algs_named(a, c, vec_text(f, "prf"), vec_text(f, "hash"), vec_text(f, "cipher"),
                      vec_number(f, "key_len", 0));
}

struct ike_exchanged exchanged_of_case(struct vec_file *f) {
    return (struct ike_exchanged){.icookie = vec_hex(f, "cky_i"),
                                  .rcookie = vec_hex(f, "cky_r"),
                                  .ni = vec_hex(f, "ni_b"),
                                  .nr = vec_hex(f, "nr_b"),
                                  .gxi = vec_hex(f, "gxi"),
                                  .gxr = vec_hex(f, "gxr"),
                                  .gxy = vec_hex(f, "gxy")};
}

struct vec_file *vec_open_or_skip(const char *relative) {
    struct vec_file *f = vec_open(relative);

    if (f == NULL) {
        print_message("skipped: no shared vectors, vectors/%s\n", relative);
        skip();
    }
    return f;
}

static void print_hex(const char *name, const uint8_t *p, size_t len) {
    print_error("%s: ", name);
    for (size_t i = 0; i < len; i++)
        print_error("%02x", p[i]);
    print_error("\n");
}

void row_bytes(const char *row, const char *what, const uint8_t *got, ikev1_bytes want) {
    if (want.data == NULL)
        fail_msg("%s: there is no %s to compare with", row, what);
    if (memcmp(got, want.data, want.len) == 0)
        return;
    print_hex(" got", got, want.len);
    print_hex("want", want.data, want.len);
    fail_msg("%s: %s differs", row, what);
}

void row_hex(const char *row, const char *what, const uint8_t *got, const char *want) {
    ikev1_bytes bytes = hex_make(want);

    row_bytes(row, what, got, bytes);
    hex_free(bytes);
}
