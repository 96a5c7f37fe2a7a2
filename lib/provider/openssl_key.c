/* SPDX-License-Identifier: Apache-2.0 */
/* A host's private key in memory. */
#include <limits.h>
#include <stdlib.h>

#include <openssl/pem.h>

#include "provider/pki.h"

struct ikev1_key {
    OSSL_LIB_CTX *lib;
    EVP_PKEY *pkey;
};

/* Nobody is asked for a passphrase. */
static int no_passphrase(char *buf, int size, int writing, void *user) {
    (void)buf;
    (void)size;
    (void)writing;
    (void)user;
    return -1;
}

static EVP_PKEY *read_pem(OSSL_LIB_CTX *lib, ikev1_bytes data) {
    BIO *bio = BIO_new_mem_buf(data.data, (int)data.len);
    EVP_PKEY *pkey = NULL;

    if (bio != NULL)
        pkey = PEM_read_bio_PrivateKey_ex(bio, NULL, no_passphrase, NULL, lib, NULL);
    BIO_free(bio);
    return pkey;
}

static EVP_PKEY *read_der(OSSL_LIB_CTX *lib, ikev1_bytes data) {
    const uint8_t *p = data.data;
    EVP_PKEY *pkey = d2i_AutoPrivateKey_ex(NULL, &p, (long)data.len, lib, NULL);

    if (pkey != NULL && p == data.data + data.len)
        return pkey;
    EVP_PKEY_free(pkey);
    return NULL;
}

static int read_key(struct ikev1_key *key, ikev1_bytes data) {
    enum { SEQUENCE = 0x30 };

    key->lib = OSSL_LIB_CTX_new();
    if (key->lib == NULL)
        return IKEV1_E_MEMORY;
    if (data.len == 0 || data.len > INT_MAX)
        return IKEV1_E_CONFIG;
    key->pkey = data.data[0] == SEQUENCE ? read_der(key->lib, data) : read_pem(key->lib, data);
    if (key->pkey == NULL)
        return ike_openssl_failure(IKEV1_E_CONFIG);
    return ike_openssl_key_sound(key->pkey) ? IKEV1_OK : ike_openssl_failure(IKEV1_E_CONFIG);
}

int ikev1_key_new(ikev1_key **out, ikev1_bytes data) {
    struct ikev1_key *key;
    int status;

    if (out == NULL)
        return IKEV1_E_ARGUMENT;
    *out = NULL;
    key = calloc(1, sizeof *key);
    if (key == NULL)
        return IKEV1_E_MEMORY;
    ERR_set_mark();
    status = read_key(key, data);
    ERR_pop_to_mark();
    if (status == IKEV1_OK)
        *out = key;
    else
        ikev1_key_free(key);
    return status;
}

/* The numbers of a private key are wiped by OpenSSL as it frees them. */
void ikev1_key_free(ikev1_key *key) {
    if (key == NULL)
        return;
    ERR_set_mark();
    EVP_PKEY_free(key->pkey);
    OSSL_LIB_CTX_free(key->lib);
    ERR_pop_to_mark();
    free(key);
}

int ikev1_key_sign(const ikev1_key *key, const ikev1_signature *what, uint8_t *out, size_t *len) {
    int status = IKEV1_E_UNSUPPORTED;

    if (key == NULL || what == NULL || out == NULL || len == NULL)
        return IKEV1_E_ARGUMENT;
    ERR_set_mark();
    if (ike_openssl_key_fits(key->pkey, what->auth))
        status = ike_openssl_sign(key->lib, key->pkey, what, out, len);
    ERR_pop_to_mark();
    if (status != IKEV1_OK)
        *len = 0;
    return status;
}
