/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a host can tell from a datagram before any engine has seen it.
 */
#include <ikev1/engine.h>
#include "exchange/vendor.h"

enum { MARKER = 4, NON_IKE_MARKER = 8 };

int ikev1_classify(bool encapsulated, const uint8_t *data, size_t len, ikev1_bytes *ike) {
    ikev1_bytes message = {data, len};
    if (ike != NULL)
        *ike = (ikev1_bytes){NULL, 0};
    if (len == 1 && data[0] == 0xff) /* RFC 3948 2.3 */
        return IKEV1_KIND_KEEPALIVE;
    if (encapsulated) {
        if (len <= MARKER)
            return IKEV1_KIND_SHORT;
        if (!ike_is_zero(data, MARKER)) /* an SPI is never 0 */
            return IKEV1_KIND_ESP;
        message = (ikev1_bytes){data + MARKER, len - MARKER};
    } else if (len > NON_IKE_MARKER && ike_is_zero(data, NON_IKE_MARKER)) {
        return IKEV1_KIND_ESP; /* where IKE has the initiator's cookie, which is never 0 */
    }
    if (message.len < IKEV1_HEADER_SIZE)
        return IKEV1_KIND_SHORT;
    if (ike != NULL)
        *ike = message;
    return IKEV1_KIND_IKE;
}

/* The initiator cookie stays the same from the first message on, whoever sent it: as initiator an
 * engine chooses one that leads back to it. */
uint16_t ikev1_shard(const uint8_t *data, size_t len, uint16_t shards) {
    unsigned sum = 0;
    if (data == NULL || len < IKEV1_HEADER_SIZE || shards < 2)
        return 0;
    for (size_t i = 0; i < IKEV1_COOKIE_SIZE; i++)
        sum += data[i];
    return (uint16_t)(sum % shards);
}

size_t ikev1_fingerprint(const uint8_t *message, size_t len, char *out, size_t cap) {
    struct ike_header h;
    struct ike_chain chain;
    const ikev1_bytes datagram = ike_bytes(message, len);
    if (message == NULL || ike_header_decode(&h, datagram, NULL) != IKEV1_OK ||
        (h.flags & IKEV1_FLAG_ENCRYPTION) != 0 ||
        ike_chain_decode(&chain, h.next,
                         ike_bytes(message + IKEV1_HEADER_SIZE, len - IKEV1_HEADER_SIZE), 0,
                         NULL) != IKEV1_OK)
        return 0;
    struct ike_text t = ike_text(out, cap < IKEV1_FINGERPRINT ? cap : IKEV1_FINGERPRINT);
    ike_fingerprint_text(&t, &h, &chain);
    return t.len < IKEV1_FINGERPRINT ? t.len : IKEV1_FINGERPRINT - 1;
}

size_t ikev1_vendor_format(ikev1_bytes vid, char *out, size_t cap) {
    struct ike_text t = ike_text(out, cap);
    struct ike_vendor found;
    if (vid.data != NULL && ike_vendor_find(vid, &found))
        ike_vendor_text(&t, &found);
    return t.len;
}
