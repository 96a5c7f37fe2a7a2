/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire.h"

#include <string.h>

int ike_natoa_decode(ikev1_address *a, ikev1_bytes body, ikev1_why *why) {
    static const char cite[] = "RFC 3947 5.2";
    struct ike_reader r = ike_reader(body);
    uint8_t type = ike_read_u8(&r);
    const uint8_t *reserved = ike_read(&r, 3);
    ikev1_bytes ip = ike_read_rest(&r);
    size_t size = type == IKEV1_ID_IPV4_ADDR ? 4 : type == IKEV1_ID_IPV6_ADDR ? 16 : 0;
    if (r.bad || size == 0 || ip.len != size)
        return ike_refuse(why, IKEV1_E_ID_SYNTAX, IKEV1_PAYLOAD_NAT_OA, 0, cite);
    if (!ike_is_zero(reserved, 3))
        return ike_refuse(why, IKEV1_E_RESERVED, IKEV1_PAYLOAD_NAT_OA, 0, cite);
    *a = (ikev1_address){.family = size == 4 ? 4 : 6};
    memcpy(a->ip, ip.data, size);
    return IKEV1_OK;
}

void ike_natoa_encode(struct ike_writer *w, const ikev1_address *a) {
    ike_write_u8(w, a->family == 6 ? IKEV1_ID_IPV6_ADDR : IKEV1_ID_IPV4_ADDR);
    ike_write_room(w, 3);
    ike_write(w, ike_bytes(a->ip, a->family == 6 ? 16 : 4));
}
