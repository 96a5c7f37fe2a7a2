/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

/* Stands in for the NULL that an empty run may have: pointer arithmetic on NULL is undefined. */
static const uint8_t NOTHING[1] = {0};

struct ike_reader ike_reader(ikev1_bytes from) {
    const uint8_t *p = from.data != NULL ? from.data : NOTHING;
    return (struct ike_reader){p, from.data != NULL ? p + from.len : p, false};
}

ikev1_bytes ike_read_bytes(struct ike_reader *r, size_t len) {
    const uint8_t *b = ike_read(r, len);
    return (ikev1_bytes){b, b != NULL ? len : 0};
}

ikev1_bytes ike_read_rest(struct ike_reader *r) {
    return ike_read_bytes(r, ike_left(r));
}
