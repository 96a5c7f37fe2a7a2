/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire.h"

#include <string.h>

enum { VERSION_1_0 = 0x10 };

/* The notification that says to the peer what a code says to us, RFC 2408 3.14.1. */
static const struct {
    int16_t code;
    uint16_t notify;
} NOTIFIES[] = {
    {IKEV1_E_LENGTH, IKEV1_NOTIFY_UNEQUAL_PAYLOAD_LENGTHS},
    {IKEV1_E_VERSION, IKEV1_NOTIFY_INVALID_MAJOR_VERSION},
    {IKEV1_E_COOKIE, IKEV1_NOTIFY_INVALID_COOKIE},
    {IKEV1_E_PAYLOAD_TYPE, IKEV1_NOTIFY_INVALID_PAYLOAD_TYPE},
    {IKEV1_E_PAYLOAD_LENGTH, IKEV1_NOTIFY_PAYLOAD_MALFORMED},
    {IKEV1_E_PAYLOAD_SHORT, IKEV1_NOTIFY_PAYLOAD_MALFORMED},
    {IKEV1_E_RESERVED, IKEV1_NOTIFY_PAYLOAD_MALFORMED},
    {IKEV1_E_TRAILING, IKEV1_NOTIFY_PAYLOAD_MALFORMED},
    {IKEV1_E_NONCE, IKEV1_NOTIFY_PAYLOAD_MALFORMED},
    {IKEV1_E_NOTIFY_SYNTAX, IKEV1_NOTIFY_PAYLOAD_MALFORMED},
    {IKEV1_E_DELETE_SYNTAX, IKEV1_NOTIFY_PAYLOAD_MALFORMED},
    {IKEV1_E_CONFIG_SYNTAX, IKEV1_NOTIFY_PAYLOAD_MALFORMED},
    {IKEV1_E_SA_SYNTAX, IKEV1_NOTIFY_BAD_PROPOSAL_SYNTAX},
    {IKEV1_E_TRANSFORMS, IKEV1_NOTIFY_BAD_PROPOSAL_SYNTAX},
    {IKEV1_E_ID_SYNTAX, IKEV1_NOTIFY_INVALID_ID_INFORMATION},
    {IKEV1_E_RULE_CONFLICT, IKEV1_NOTIFY_INVALID_ID_INFORMATION},
    {IKEV1_E_LIVE_CONFLICT, IKEV1_NOTIFY_INVALID_ID_INFORMATION},
    {IKEV1_E_KE_INVALID, IKEV1_NOTIFY_INVALID_KEY_INFORMATION},
    {IKEV1_E_PEER_ID, IKEV1_NOTIFY_INVALID_ID_INFORMATION},
    {IKEV1_E_AUTH, IKEV1_NOTIFY_AUTHENTICATION_FAILED},
    {IKEV1_E_CERT, IKEV1_NOTIFY_INVALID_CERTIFICATE},
    {IKEV1_E_DOI, IKEV1_NOTIFY_DOI_NOT_SUPPORTED},
};

int ike_refuse(ikev1_why *why, int code, uint8_t payload, size_t offset, const char *cite) {
    if (why == NULL)
        return code;
    why->code = code;
    why->payload = payload;
    why->offset = (uint32_t)offset;
    why->cite = cite;
    why->notify = 0;
    for (size_t i = 0; i < sizeof(NOTIFIES) / sizeof(NOTIFIES[0]); i++)
        if (NOTIFIES[i].code == code)
            why->notify = NOTIFIES[i].notify;
    return code;
}

int ike_refuse_numbers(ikev1_why *why, int code, uint8_t payload, const char *cite, uint64_t theirs,
                       uint64_t ours, const char *unit) {
    ike_why_numbers(why, theirs, ours, unit);
    return ike_refuse(why, code, payload, 0, cite);
}

bool ike_is_zero(const uint8_t *p, size_t len) {
    uint8_t any = 0;
    for (size_t i = 0; i < len; i++)
        any |= p[i];
    return any == 0;
}

static void put_versions(ikev1_why *why, uint8_t version) {
    if (why == NULL)
        return;
    struct ike_text theirs = ike_text(why->theirs, sizeof why->theirs);
    struct ike_text ours = ike_text(why->ours, sizeof why->ours);
    ike_text_u64(&theirs, version >> 4);
    ike_text_number(&theirs, ".", version & 15);
    ike_text_str(&ours, "1.0");
}

int ike_header_decode(struct ike_header *h, ikev1_bytes datagram, ikev1_why *why) {
    static const char cite[] = "RFC 2408 3.1";
    struct ike_reader r = ike_reader(datagram);
    const uint8_t *cookies = ike_read(&r, (size_t)2 * IKEV1_COOKIE_SIZE);
    h->next = ike_read_u8(&r);
    h->version = ike_read_u8(&r);
    h->exchange = ike_read_u8(&r);
    h->flags = ike_read_u8(&r);
    h->message_id = ike_read_u32(&r);
    h->length = ike_read_u32(&r);
    if (r.bad) {
        return ike_refuse_numbers(why, IKEV1_E_SHORT, 0, cite, datagram.len, IKEV1_HEADER_SIZE,
                                  "bytes");
    }
    if (h->length != datagram.len) {
        ike_why_numbers(why, h->length, datagram.len, "bytes");
        return ike_refuse(why, IKEV1_E_LENGTH, 0, 24, cite);
    }
    if (h->version != VERSION_1_0) {
        put_versions(why, h->version);
        return ike_refuse(why, IKEV1_E_VERSION, 0, 17, cite);
    }
    if (ike_no_cookie(cookies))
        return ike_refuse(why, IKEV1_E_COOKIE, 0, 0, cite);
    memcpy(h->icookie, cookies, IKEV1_COOKIE_SIZE);
    memcpy(h->rcookie, cookies + IKEV1_COOKIE_SIZE, IKEV1_COOKIE_SIZE);
    return IKEV1_OK;
}

void ike_header_encode(struct ike_writer *w, const struct ike_header *h) {
    uint8_t *at = ike_write_room(w, IKEV1_HEADER_SIZE);
    if (at == NULL)
        return;
    memcpy(at, h->icookie, sizeof h->icookie);
    memcpy(at + 8, h->rcookie, sizeof h->rcookie);
    at[16] = h->next;
    at[17] = h->version;
    at[18] = h->exchange;
    at[19] = h->flags;
    ike_put_u32(at + 20, h->message_id);
    ike_put_u32(at + 24, h->length);
}
