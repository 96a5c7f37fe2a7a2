/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

/* Stands in for the NULL that an empty run may have: pointer arithmetic on NULL is undefined. */
static const uint8_t NOTHING[1] = {0};

struct ike_reader ike_reader(ikev1_bytes from) {
    const uint8_t *p = from.data != NULL ? from.data : NOTHING;
    return (struct ike_reader){p, from.data != NULL ? p + from.len : p, false};
}

uint8_t ike_read_u8(struct ike_reader *r) {
    const uint8_t *b = ike_read(r, 1);
    return b != NULL ? b[0] : 0;
}

uint16_t ike_read_u16(struct ike_reader *r) {
    const uint8_t *b = ike_read(r, 2);
    if (b == NULL)
        return 0;
    return (uint16_t)(b[0] << 8 | b[1]);
}

uint32_t ike_read_u32(struct ike_reader *r) {
    const uint8_t *b = ike_read(r, 4);
    if (b == NULL)
        return 0;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

ikev1_bytes ike_read_bytes(struct ike_reader *r, size_t len) {
    const uint8_t *b = ike_read(r, len);
    return (ikev1_bytes){b, b != NULL ? len : 0};
}

ikev1_bytes ike_read_rest(struct ike_reader *r) {
    return ike_read_bytes(r, ike_left(r));
}
