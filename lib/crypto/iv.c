/* SPDX-License-Identifier: Apache-2.0 */
/* Where each exchange's IV chain begins: RFC 2409 App. B. Always the hash, never the prf. */
#include <string.h>

#include "crypto/formulas.h"

static int hash_to_block(const struct ike_crypto *c, const struct ike_algs *a,
                         const ikev1_bytes parts[2], uint8_t *iv) {
    uint8_t digest[IKEV1_MAX_HASH];
    int status = a->hash->digest(c->instance, parts, 2, digest);

    /* The smallest hash (MD5) is as long as the largest block. */
    if (status == IKEV1_OK)
        memcpy(iv, digest, a->cipher->block);
    return status;
}

int ike_iv_phase1(const struct ike_crypto *c, const struct ike_algs *a, ikev1_bytes gxi,
                  ikev1_bytes gxr, uint8_t *iv) {
    const ikev1_bytes parts[2] = {gxi, gxr};

    return hash_to_block(c, a, parts, iv);
}

int ike_iv_exchange(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *last_block,
                    uint32_t message_id, uint8_t *iv) {
    uint8_t id[4];
    const ikev1_bytes parts[2] = {{last_block, a->cipher->block}, {id, sizeof id}};

    ike_put_u32(id, message_id);
    return hash_to_block(c, a, parts, iv);
}
