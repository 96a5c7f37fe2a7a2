/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire.h"

enum {
    GENERIC_HEADER = 4,
    SA_FIXED = 8,        /* DOI and situation */
    PROPOSAL_FIXED = 8,  /* with the generic header */
    TRANSFORM_FIXED = 8, /* likewise */
    MAX_SPI = 16,        /* RFC 2408 2.4: a pair of cookies (SAP-09) */
};

static const char PROPOSAL_CITE[] = "RFC 2408 3.5";
static const char TRANSFORM_CITE[] = "RFC 2408 3.6";

static int refuse(ikev1_why *why, int code, const char *cite) {
    return ike_refuse(why, code, IKEV1_PAYLOAD_SA, 0, cite);
}

/* A generic header inside an SA: `next` must say whether another of the same kind follows. Returns
 * what is wrong with it; `inner` is what it covers. */
static int read_inner(struct ike_reader *r, uint8_t kind, size_t fixed, struct ike_reader *inner) {
    const uint8_t *generic = ike_read(r, GENERIC_HEADER);
    size_t len = generic != NULL ? (size_t)generic[2] << 8 | generic[3] : 0;
    if (len < fixed || len - GENERIC_HEADER > ike_left(r))
        return IKEV1_E_SA_SYNTAX;
    const uint8_t *content = ike_read(r, len - GENERIC_HEADER);
    *inner = (struct ike_reader){content, r->p, false};
    if (generic[0] != (ike_left(r) > 0 ? kind : 0))
        return IKEV1_E_SA_SYNTAX;
    return generic[1] == 0 ? IKEV1_OK : IKEV1_E_RESERVED;
}

/* Steps over the attributes without a look at their values. False when one is cut off. */
static bool count_attributes(struct ike_reader *t, size_t *count) {
    for (*count = 0; ike_left(t) > 0; ++*count) {
        const uint8_t *head = ike_read(t, 4);
        if (head != NULL && (head[0] & 0x80) == 0)
            ike_read(t, (size_t)head[2] << 8 | head[3]);
        if (t->bad)
            return false;
    }
    return true;
}

static int too_many(ikev1_why *why, size_t count, size_t most, const char *what, const char *cite) {
    return ike_refuse_numbers(why, IKEV1_E_TRANSFORMS, IKEV1_PAYLOAD_SA, cite, count, most, what);
}

static int check_transform(struct ike_reader *t, ikev1_why *why) {
    const uint8_t *fixed = ike_read(t, TRANSFORM_FIXED - GENERIC_HEADER);
    if (fixed[2] != 0 || fixed[3] != 0) /* after number and id */
        return refuse(why, IKEV1_E_RESERVED, TRANSFORM_CITE);
    size_t count;
    if (!count_attributes(t, &count))
        return refuse(why, IKEV1_E_SA_SYNTAX, "RFC 2408 3.3");
    return count <= IKE_MAX_ATTRS
               ? IKEV1_OK
               : too_many(why, count, IKE_MAX_ATTRS, "attributes", TRANSFORM_CITE);
}

/* `total` counts the transforms of all proposals. */
static int check_proposal(struct ike_reader *p, size_t *total, ikev1_why *why) {
    const uint8_t *fixed = ike_read(p, PROPOSAL_FIXED - GENERIC_HEADER);
    size_t spi_size = fixed[2], claimed = fixed[3]; /* after number and protocol */
    ike_read(p, spi_size);
    if (p->bad || spi_size > MAX_SPI || ike_left(p) == 0)
        return refuse(why, IKEV1_E_SA_SYNTAX, PROPOSAL_CITE);
    size_t count = 0;
    while (ike_left(p) > 0) {
        if (++*total > IKE_MAX_TRANSFORMS)
            return too_many(why, *total, IKE_MAX_TRANSFORMS, "transforms", TRANSFORM_CITE);
        struct ike_reader t;
        int code = read_inner(p, IKEV1_PAYLOAD_TRANSFORM, TRANSFORM_FIXED, &t);
        if (code != IKEV1_OK)
            return refuse(why, code, TRANSFORM_CITE);
        if ((code = check_transform(&t, why)) != IKEV1_OK)
            return code;
        count++;
    }
    if (count == claimed)
        return IKEV1_OK;
    return ike_refuse_numbers(why, IKEV1_E_SA_SYNTAX, IKEV1_PAYLOAD_SA, PROPOSAL_CITE, claimed,
                              count, "transforms");
}

static int check_proposals(struct ike_reader *r, ikev1_why *why) {
    size_t count = 0, transforms = 0;
    uint8_t last = 0;
    if (ike_left(r) == 0)
        return refuse(why, IKEV1_E_SA_SYNTAX, PROPOSAL_CITE);
    while (ike_left(r) > 0) {
        if (++count > IKE_MAX_PROPOSALS)
            return too_many(why, count, IKE_MAX_PROPOSALS, "proposals", PROPOSAL_CITE);
        struct ike_reader p;
        int code = read_inner(r, IKEV1_PAYLOAD_PROPOSAL, PROPOSAL_FIXED, &p);
        if (code != IKEV1_OK)
            return refuse(why, code, PROPOSAL_CITE);
        uint8_t number = p.p[0];
        if (number < last) /* SAP-10 */
            return refuse(why, IKEV1_E_SA_SYNTAX, "RFC 2408 4.2");
        last = number;
        if ((code = check_proposal(&p, &transforms, why)) != IKEV1_OK)
            return code;
    }
    return IKEV1_OK;
}

int ike_sa_check(ikev1_bytes body, ikev1_why *why) {
    struct ike_reader r = ike_reader(body);
    uint32_t doi = ike_read_u32(&r);
    uint32_t situation = ike_read_u32(&r);
    if (r.bad)
        return refuse(why, IKEV1_E_SA_SYNTAX, "RFC 2408 3.4");
    if (doi != IKEV1_DOI_IPSEC) {
        return ike_refuse_numbers(why, IKEV1_E_DOI, IKEV1_PAYLOAD_SA, "RFC 2407 4.6.1", doi,
                                  IKEV1_DOI_IPSEC, NULL);
    }
    if (situation != IKEV1_SITUATION_IDENTITY_ONLY) {
        (void)ike_refuse_numbers(why, IKEV1_E_DOI, IKEV1_PAYLOAD_SA, "RFC 2407 4.2.1", situation,
                                 IKEV1_SITUATION_IDENTITY_ONLY, NULL);
        if (why != NULL)
            why->notify = IKEV1_NOTIFY_SITUATION_NOT_SUPPORTED;
        return IKEV1_E_DOI;
    }
    return check_proposals(&r, why);
}

struct ike_reader ike_sa_proposals(ikev1_bytes body) {
    struct ike_reader r = ike_reader(body);
    ike_read(&r, SA_FIXED);
    return r;
}

bool ike_proposal_next(struct ike_reader *proposals, struct ike_proposal *p) {
    if (proposals->bad || ike_left(proposals) == 0)
        return false;
    struct ike_reader inner;
    if (read_inner(proposals, IKEV1_PAYLOAD_PROPOSAL, PROPOSAL_FIXED, &inner) != IKEV1_OK)
        return false;
    p->number = ike_read_u8(&inner);
    p->protocol = ike_read_u8(&inner);
    uint8_t spi_size = ike_read_u8(&inner);
    p->transforms = ike_read_u8(&inner);
    p->spi = ike_read_bytes(&inner, spi_size);
    p->rest = inner;
    return !inner.bad;
}

bool ike_transform_next(struct ike_proposal *p, struct ike_transform *t) {
    if (p->rest.bad || ike_left(&p->rest) == 0)
        return false;
    struct ike_reader inner;
    if (read_inner(&p->rest, IKEV1_PAYLOAD_TRANSFORM, TRANSFORM_FIXED, &inner) != IKEV1_OK)
        return false;
    t->number = ike_read_u8(&inner);
    t->id = ike_read_u8(&inner);
    ike_read(&inner, 2);
    t->attrs = ike_read_rest(&inner);
    return true;
}
