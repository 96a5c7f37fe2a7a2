/* SPDX-License-Identifier: Apache-2.0 */
/* The negotiated prf, or the HMAC of the negotiated hash: RFC 2409 4. */
#include <string.h>

#include "crypto/formulas.h"

/* KEYMAT with PFS has five parts (RFC 2409 5.5), the most of all that is expanded. */
enum { MAX_PARTS = 6 };

size_t ike_prf_size(const struct ike_algs *a) {
    return a->prf != NULL ? a->prf->size : a->hash->size;
}

int ike_prf(const struct ike_crypto *c, const struct ike_algs *a, ikev1_bytes key,
            const ikev1_bytes *parts, size_t count, uint8_t *out) {
    if (a->prf != NULL)
        return a->prf->mac(c->instance, key, parts, count, out);
    return a->hash->hmac(c->instance, key, parts, count, out);
}

int ike_prf_expand(const struct ike_crypto *c, const struct ike_algs *a, ikev1_bytes key,
                   const ikev1_bytes *parts, size_t count, bool zero_start, uint8_t *out,
                   size_t len) {
    static const uint8_t zero = 0;
    ikev1_bytes joined[MAX_PARTS + 1];
    uint8_t block[IKEV1_MAX_HASH];
    size_t size = ike_prf_size(a), done = 0;
    int status = IKEV1_OK;

    if (count > MAX_PARTS)
        return IKEV1_E_BUG;
    joined[0] = ike_bytes(&zero, zero_start ? 1 : 0);
    for (size_t i = 0; i < count; i++)
        joined[i + 1] = parts[i];
    while (status == IKEV1_OK && done < len) {
        size_t take = len - done < size ? len - done : size;

        status = ike_prf(c, a, key, joined, count + 1, block);
        if (status == IKEV1_OK)
            memcpy(out + done, block, take);
        joined[0] = ike_bytes(block, size);
        done += take;
    }
    c->provider->wipe(block, sizeof block);
    if (status != IKEV1_OK)
        c->provider->wipe(out, len);
    return status;
}
