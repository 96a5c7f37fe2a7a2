/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire.h"

enum { FLAG_LAST = 1 };

int ike_fragment_decode(struct ike_fragment *f, ikev1_bytes body, ikev1_why *why) {
    struct ike_reader r = ike_reader(body);
    f->id = ike_read_u16(&r);
    f->number = ike_read_u8(&r);
    uint8_t flags = ike_read_u8(&r);
    f->last = flags == FLAG_LAST;
    f->data = ike_read_rest(&r);
    if (r.bad || f->number == 0 || flags > FLAG_LAST || f->data.len == 0)
        return ike_refuse(why, IKEV1_E_FRAGMENT, IKEV1_PAYLOAD_FRAGMENT, 0, NULL);
    return IKEV1_OK;
}

void ike_fragment_encode(struct ike_writer *w, const struct ike_fragment *f) {
    ike_write_u16(w, f->id);
    ike_write_u8(w, f->number);
    ike_write_u8(w, f->last ? FLAG_LAST : 0);
    ike_write(w, f->data);
}
