/* SPDX-License-Identifier: Apache-2.0 */
#include "sabody.h"

#include "rows.h"

void sa_body_begin(struct sa_body *b) {
    b->w = ike_writer(b->bytes, sizeof b->bytes);
    ike_sa_begin(&b->s, &b->w);
}

void sa_body_add(struct sa_body *b, uint8_t number, const struct ike_suite *suite,
                 const uint8_t *spi, size_t spi_len) {
    ike_sa_proposal(&b->s, number, suite->protocol, ike_bytes(spi, spi_len));
    ike_sa_transform2(&b->s, suite);
}

ikev1_bytes sa_body_end(struct sa_body *b) {
    ike_sa_end(&b->s);
    assert_false(b->w.bad);
    ikev1_bytes bytes = ike_bytes(b->bytes, ike_written(&b->w));
    assert_int_equal(ike_sa_check(bytes, NULL), IKEV1_OK);
    return bytes;
}
