/* SPDX-License-Identifier: Apache-2.0 */
/* The encrypted part of a message. The IV of the next one is the last block of ciphertext (RFC 2409
 * App. B); it is handed out and never stored here, so that a forged message moves no chain. */
#include <string.h>

#include "crypto/formulas.h"

static bool whole_blocks(const struct ike_algs *a, size_t len) {
    return len != 0 && len % a->cipher->block == 0;
}

int ike_body_decrypt(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *key,
                     const uint8_t *iv, ikev1_bytes in, uint8_t *out, uint8_t *next_iv) {
    const size_t block = a->cipher->block;
    uint8_t last[IKEV1_MAX_BLOCK];
    int status;

    if (!whole_blocks(a, in.len))
        return IKEV1_E_CIPHERTEXT;
    memcpy(last, in.data + in.len - block, block); /* before `out`, which may be the same buffer */
    status = a->cipher->decrypt(c->instance, ike_bytes(key, a->key_size), iv, in.data, out, in.len);
    if (status == IKEV1_OK)
        memcpy(next_iv, last, block);
    return status;
}

int ike_body_encrypt(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *key,
                     const uint8_t *iv, uint8_t *data, size_t len, uint8_t *next_iv) {
    const size_t block = a->cipher->block;
    int status;

    if (!whole_blocks(a, len))
        return IKEV1_E_BUG;
    status = a->cipher->encrypt(c->instance, ike_bytes(key, a->key_size), iv, data, data, len);
    if (status == IKEV1_OK)
        memcpy(next_iv, data + len - block, block);
    return status;
}
