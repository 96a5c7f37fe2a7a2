/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire.h"

enum { MAX_SPI = 16 };

/* The generic DOI 0 may speak of phase 1 (RFC 2408 3.14, 3.15). */
static bool known_doi(uint32_t doi) {
    return doi == 0 || doi == IKEV1_DOI_IPSEC;
}

int ike_notify_decode(struct ike_notify *n, ikev1_bytes body, ikev1_why *why) {
    static const char cite[] = "RFC 2408 3.14";
    struct ike_reader r = ike_reader(body);
    uint32_t doi = ike_read_u32(&r);
    n->protocol = ike_read_u8(&r);
    size_t spi_size = ike_read_u8(&r);
    n->type = ike_read_u16(&r);
    n->spi = ike_read_bytes(&r, spi_size);
    n->data = ike_read_rest(&r);
    if (r.bad || spi_size > MAX_SPI)
        return ike_refuse(why, IKEV1_E_NOTIFY_SYNTAX, IKEV1_PAYLOAD_NOTIFY, 0, cite);
    if (!known_doi(doi))
        return ike_refuse(why, IKEV1_E_DOI, IKEV1_PAYLOAD_NOTIFY, 0, cite);
    return IKEV1_OK;
}

void ike_notify_encode(struct ike_writer *w, const struct ike_notify *n) {
    ike_write_u32(w, IKEV1_DOI_IPSEC);
    ike_write_u8(w, n->protocol);
    ike_write_u8(w, (uint8_t)n->spi.len);
    ike_write_u16(w, n->type);
    ike_write(w, n->spi);
    ike_write(w, n->data);
    if (n->spi.len > MAX_SPI)
        w->bad = true;
}

void ike_notify_put(struct ike_message_writer *m, const struct ike_notify *n) {
    ike_payload_begin(m, IKEV1_PAYLOAD_NOTIFY);
    ike_notify_encode(&m->w, n);
    ike_payload_end(m);
}

/* RFC 2408 2.4, RFC 2407 4.4; a CPI travels in two bytes or, as an SPI, in four (RFC 3173 2). */
static bool spi_size_fits(uint8_t protocol, uint8_t size) {
    switch (protocol) {
    case IKEV1_PROTO_ISAKMP:
        return size == 2 * IKEV1_COOKIE_SIZE;
    case IKEV1_PROTO_AH:
    case IKEV1_PROTO_ESP:
        return size == 4;
    case IKEV1_PROTO_IPCOMP:
        return size == 2 || size == 4;
    default:
        return false;
    }
}

int ike_delete_decode(struct ike_delete *d, ikev1_bytes body, ikev1_why *why) {
    static const char cite[] = "RFC 2408 3.15";
    struct ike_reader r = ike_reader(body);
    uint32_t doi = ike_read_u32(&r);
    d->protocol = ike_read_u8(&r);
    d->spi_size = ike_read_u8(&r);
    d->count = ike_read_u16(&r);
    d->spis = ike_read_rest(&r);
    if (r.bad || !spi_size_fits(d->protocol, d->spi_size) || d->count == 0 ||
        (size_t)d->count * d->spi_size != d->spis.len)
        return ike_refuse(why, IKEV1_E_DELETE_SYNTAX, IKEV1_PAYLOAD_DELETE, 0, cite);
    if (!known_doi(doi))
        return ike_refuse(why, IKEV1_E_DOI, IKEV1_PAYLOAD_DELETE, 0, cite);
    return IKEV1_OK;
}

void ike_delete_encode(struct ike_writer *w, const struct ike_delete *d) {
    ike_write_u32(w, IKEV1_DOI_IPSEC);
    ike_write_u8(w, d->protocol);
    ike_write_u8(w, d->spi_size);
    ike_write_u16(w, d->count);
    ike_write(w, d->spis);
}
