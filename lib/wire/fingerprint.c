/* SPDX-License-Identifier: Apache-2.0 */
/* What tells one implementation from another in the first message it sends: log.h. */
#include "wire/wire.h"

enum { SHOWN = 4 }; /* bytes of a vendor ID */

static void put_separated(struct ike_text *t, bool *first, char separator) {
    const char text[2] = {separator, '\0'};
    if (!*first)
        ike_text_str(t, text);
    *first = false;
}

/* "1.4.10.5.13*3": neighbours of one type are counted. */
static void put_types(struct ike_text *t, const struct ike_chain *c) {
    bool first = true;
    for (size_t i = 0, run; i < c->count; i += run) {
        run = 1;
        while (i + run < c->count && c->at[i + run].wire_type == c->at[i].wire_type)
            run++;
        put_separated(t, &first, '.');
        ike_text_u64(t, c->at[i].wire_type);
        if (run > 1)
            ike_text_number(t, "*", run);
    }
}

/* "1.2.3.11.12L4": types in their order, with the length of those in the long form. */
static void put_attributes(struct ike_text *t, ikev1_bytes attrs) {
    struct ike_reader r = ike_reader(attrs);
    struct ike_attr a;
    bool first = true;
    while (ike_attr_next(&r, &a) > 0) {
        put_separated(t, &first, '.');
        ike_text_u64(t, a.type);
        if (!a.basic)
            ike_text_number(t, "L", a.bytes.len);
    }
}

/* "0/1/1 " and the attributes of the first transform. */
static void put_offer(struct ike_text *t, ikev1_bytes body) {
    struct ike_reader proposals = ike_sa_proposals(body);
    struct ike_proposal p;
    struct ike_transform transform;
    if (!ike_proposal_next(&proposals, &p))
        return;
    ike_text_u64(t, p.spi.len);
    ike_text_number(t, "/", p.number);
    if (!ike_transform_next(&p, &transform))
        return;
    ike_text_number(t, "/", transform.number);
    ike_text_str(t, " ");
    put_attributes(t, transform.attrs);
}

void ike_fingerprint_text(struct ike_text *t, const struct ike_header *h,
                          const struct ike_chain *c) {
    const struct ike_payload *p = ike_chain_find(c, IKEV1_PAYLOAD_SA, 0);
    bool first = true;
    ike_text_u64(t, h->exchange);
    ike_text_str(t, " ");
    put_types(t, c);
    ike_text_str(t, " ");
    if (p != NULL)
        put_offer(t, p->body);
    ike_text_str(t, " ");
    for (size_t n = 0; (p = ike_chain_find(c, IKEV1_PAYLOAD_VENDOR, n)) != NULL; n++) {
        put_separated(t, &first, ',');
        ike_text_hex(t, ike_bytes(p->body.data, p->body.len < SHOWN ? p->body.len : SHOWN));
    }
}
