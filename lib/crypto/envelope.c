/* SPDX-License-Identifier: Apache-2.0 */
/* What authenticates messages under an ISAKMP SA (RFC 2409 5.5, 5.7), and NAT-D (RFC 3947 3.2). */
#include "crypto/formulas.h"

static ikev1_bytes key(const struct ike_algs *a, const uint8_t *skeyid_a) {
    return ike_bytes(skeyid_a, ike_prf_size(a));
}

int ike_hash_1(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *skeyid_a,
               uint32_t message_id, ikev1_bytes rest, uint8_t *out) {
    uint8_t id[4];
    const ikev1_bytes parts[] = {{id, sizeof id}, rest};

    ike_put_u32(id, message_id);
    return ike_prf(c, a, key(a, skeyid_a), parts, 2, out);
}

int ike_hash_2(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *skeyid_a,
               uint32_t message_id, ikev1_bytes ni, ikev1_bytes rest, uint8_t *out) {
    uint8_t id[4];
    const ikev1_bytes parts[] = {{id, sizeof id}, ni, rest};

    ike_put_u32(id, message_id);
    return ike_prf(c, a, key(a, skeyid_a), parts, 3, out);
}

int ike_hash_3(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *skeyid_a,
               uint32_t message_id, ikev1_bytes ni, ikev1_bytes nr, uint8_t *out) {
    uint8_t zero_id[5] = {0}; /* a single zero byte stands before the message ID */
    const ikev1_bytes parts[] = {{zero_id, sizeof zero_id}, ni, nr};

    ike_put_u32(zero_id + 1, message_id);
    return ike_prf(c, a, key(a, skeyid_a), parts, 3, out);
}

int ike_natd_hash(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *icookie,
                  const uint8_t *rcookie, const ikev1_address *address, uint8_t *out) {
    const uint8_t port[2] = {(uint8_t)(address->port >> 8), (uint8_t)address->port};
    const ikev1_bytes parts[] = {{icookie, IKEV1_COOKIE_SIZE},
                                 {rcookie, IKEV1_COOKIE_SIZE},
                                 {address->ip, address->family == 4 ? 4 : 16},
                                 {port, sizeof port}};

    if (address->family != 4 && address->family != 6)
        return IKEV1_E_ARGUMENT;
    return a->hash->digest(c->instance, parts, 4, out);
}
