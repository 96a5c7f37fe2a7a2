/* SPDX-License-Identifier: Apache-2.0 */
/* The default provider: its descriptor, and the instance that each engine gets. */
#include <ikev1/openssl.h>

#include <stdlib.h>

#include "provider/instance.h"

static int provider_open(const ikev1_crypto *self, void **instance) {
    struct ike_openssl *o;
    int status = ike_sodium_start();

    (void)self;
    if (status != IKEV1_OK)
        return status;
    o = calloc(1, sizeof *o);
    if (o == NULL)
        return IKEV1_E_MEMORY;
    ERR_set_mark();
    o->lib = OSSL_LIB_CTX_new();
    ERR_pop_to_mark();
    if (o->lib == NULL) {
        free(o);
        return IKEV1_E_MEMORY;
    }
    *instance = o;
    return IKEV1_OK;
}

static void provider_close(void *instance) {
    struct ike_openssl *o = instance;

    if (o == NULL)
        return;
    ERR_set_mark();
    ike_openssl_hash_close(o);
    ike_openssl_cipher_close(o);
    ike_openssl_modp_close(o);
    ike_openssl_ecp_close(o);
    OSSL_LIB_CTX_free(o->lib);
    ERR_pop_to_mark();
    free(o);
}

/* Stronger and more usual ones first: the order has no meaning, but it is the order of a search. */
static const ikev1_group_alg *const groups[] = {
    &ike_openssl_modp_algs[3],  &ike_openssl_ecp_algs[0],
    &ike_sodium_x25519,         &ike_openssl_modp_algs[4],
    &ike_openssl_modp_algs[5],  &ike_openssl_ecp_algs[1],
    &ike_openssl_ecp_algs[2],   &ike_openssl_modp_algs[1],
    &ike_openssl_modp_algs[2],  &ike_openssl_modp_algs[0],
    &ike_openssl_modp_algs[6],  &ike_openssl_modp_algs[7],
    &ike_openssl_modp_algs[8],  &ike_openssl_modp_algs[9],
    &ike_openssl_modp_algs[10], &ike_openssl_ecp_algs[3],
    &ike_openssl_ecp_algs[4],   &ike_openssl_ecp_algs[5],
    &ike_openssl_ecp_algs[6],   &ike_openssl_ecp_algs[7],
    &ike_openssl_ecp_algs[8],   NULL,
};

const ikev1_crypto *ikev1_openssl(void) {
    static const ikev1_crypto provider = {
        .size = sizeof(ikev1_crypto),
        .name = "openssl+sodium",
        .open = provider_open,
        .close = provider_close,
        .random = ike_sodium_random,
        .equal = ike_sodium_equal,
        .wipe = ike_sodium_wipe,
        .table_hash = ike_sodium_table_hash,
        .hashes = ike_openssl_hashes,
        .prfs = ike_openssl_prfs,
        .ciphers = ike_openssl_ciphers,
        .groups = groups,
        .seal = ike_sodium_seal,
        .unseal = ike_sodium_unseal,
        .ready = ike_openssl_cipher_ready,
    };
    return &provider;
}
