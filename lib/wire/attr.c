/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire.h"

enum { BASIC = 0x8000 }; /* the attribute format bit, RFC 2408 3.3 */

/* Larger than 64 bits stays larger than anything a caller compares it with. */
static uint64_t saturated(ikev1_bytes b) {
    uint64_t v = 0;
    for (size_t i = 0; i < b.len; i++) {
        if (v >> 56 != 0)
            return UINT64_MAX;
        v = v << 8 | b.data[i];
    }
    return v;
}

int ike_attr_next(struct ike_reader *r, struct ike_attr *a) {
    if (r->bad)
        return IKEV1_E_PAYLOAD_LENGTH;
    if (ike_left(r) == 0)
        return 0;
    uint16_t type = ike_read_u16(r);
    uint16_t value = ike_read_u16(r);
    a->type = (uint16_t)(type & ~BASIC);
    a->basic = (type & BASIC) != 0;
    if (a->basic) {
        a->value = value;
        a->bytes = (ikev1_bytes){NULL, 0};
    } else {
        a->bytes = ike_read_bytes(r, value);
        a->value = saturated(a->bytes);
    }
    return r->bad ? IKEV1_E_PAYLOAD_LENGTH : 1;
}

void ike_attr_put_basic(struct ike_writer *w, uint16_t type, uint16_t value) {
    ike_write_u16(w, type | BASIC);
    ike_write_u16(w, value);
}

void ike_attr_put_number(struct ike_writer *w, uint16_t type, uint32_t value) {
    if (value <= UINT16_MAX) {
        ike_attr_put_basic(w, type, (uint16_t)value);
        return;
    }
    ike_write_u16(w, type);
    ike_write_u16(w, sizeof(value));
    ike_write_u32(w, value);
}

void ike_attr_put_bytes(struct ike_writer *w, uint16_t type, ikev1_bytes value) {
    if (value.len > UINT16_MAX) {
        w->bad = true;
        return;
    }
    ike_write_u16(w, type);
    ike_write_u16(w, (uint16_t)value.len);
    ike_write(w, value);
}
