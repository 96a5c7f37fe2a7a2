/* SPDX-License-Identifier: Apache-2.0 */
/* Diffie-Hellman with the checks that belong before every use of a peer's value. */
#include <string.h>

#include "crypto/formulas.h"

/* 1 < y < p-1, for values that are all public (RFC 6989 2.1). p is odd: p-1 only differs from it
 * in the last bit. */
static bool modp_in_range(const uint8_t *y, const uint8_t *p, size_t size) {
    int prefix = memcmp(y, p, size - 1);
    uint8_t last = y[size - 1];

    if (prefix > 0 || (prefix == 0 && last >= p[size - 1] - 1))
        return false;
    return last > 1 || !ike_is_zero(y, size - 1);
}

int ike_group_check(const ikev1_group_alg *g, ikev1_bytes peer) {
    if (peer.len != g->public_size)
        return IKEV1_E_KE_INVALID;
    if (g->kind == IKEV1_GROUP_KIND_MODP && !modp_in_range(peer.data, g->prime, peer.len))
        return IKEV1_E_KE_INVALID;
    return IKEV1_OK;
}

int ike_group_generate(const struct ike_crypto *c, const ikev1_group_alg *g, const uint8_t *seed,
                       uint8_t *public_value) {
    return g->generate(c->instance, seed, public_value);
}

int ike_group_agree(const struct ike_crypto *c, const ikev1_group_alg *g, const uint8_t *seed,
                    ikev1_bytes peer, uint8_t *secret) {
    int status = ike_group_check(g, peer);

    if (status != IKEV1_OK)
        return status;
    return g->agree(c->instance, seed, peer.data, secret);
}
