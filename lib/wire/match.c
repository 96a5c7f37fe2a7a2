/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a claimed identity fit the one that a rule expects? Both have been decoded before. What is
 * not clearly a yes is a no.
 */
#include <ikev1/phases.h>
#include "wire/wire.h"

#include <string.h>

/* ---- names: one star, for one label or for what stands in front of the '@' ---- */

/* What the star may not run across, and what therefore follows it. */
static uint8_t border(uint8_t type) {
    return type == IKEV1_ID_FQDN ? '.' : '@';
}

static bool has_byte(ikev1_bytes text, uint8_t wanted) {
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == wanted)
            return true;
    }
    return false;
}

static bool has_star(ikev1_bytes text) {
    return has_byte(text, '*');
}

static ikev1_bytes without_star(ikev1_bytes pattern) {
    return ike_bytes(pattern.data + 1, pattern.len - 1);
}

static bool name_is_usable(uint8_t type, ikev1_bytes pattern) {
    if (!has_star(pattern))
        return true;
    ikev1_bytes rest = without_star(pattern);
    return pattern.data[0] == '*' && rest.len > 1 && rest.data[0] == border(type) &&
           !has_star(rest);
}

static bool name_matches(uint8_t type, ikev1_bytes pattern, ikev1_bytes name) {
    if (!has_star(pattern))
        return ike_bytes_equal(pattern, name);
    ikev1_bytes rest = without_star(pattern);
    if (name.len <= rest.len)
        return false;
    ikev1_bytes front = ike_bytes(name.data, name.len - rest.len);
    ikev1_bytes back = ike_bytes(name.data + front.len, rest.len);
    return ike_bytes_equal(back, rest) && !has_star(front) && !has_byte(front, border(type));
}

/* ---- distinguished names: a star is a whole value ---- */

enum { OID = 0x06, LEAVES = 3 }; /* SEQUENCE, SET, SEQUENCE, and in it OID and value */

/* DER that ike_dn_check() has passed. */
static uint8_t take(struct ike_reader *r, ikev1_bytes *content) {
    uint8_t tag = ike_read_u8(r);
    size_t len = ike_read_u8(r);
    if (len == 0x81)
        len = ike_read_u8(r);
    else if (len == 0x82)
        len = ike_read_u16(r);
    *content = ike_read_bytes(r, len);
    return tag;
}

static bool leaf_matches(uint8_t tag, uint8_t wanted, ikev1_bytes pattern, ikev1_bytes value) {
    if (wanted != OID && tag != OID && pattern.len == 1 && pattern.data[0] == '*')
        return value.len != 0;
    return tag == wanted && ike_bytes_equal(pattern, value);
}

static bool dn_matches(ikev1_bytes pattern, ikev1_bytes dn, int depth) {
    struct ike_reader p = ike_reader(pattern), d = ike_reader(dn);
    while (ike_left(&p) != 0 && ike_left(&d) != 0) {
        ikev1_bytes want, have;
        uint8_t wanted = take(&p, &want), tag = take(&d, &have);
        bool fits = depth == LEAVES ? leaf_matches(tag, wanted, want, have)
                                    : tag == wanted && dn_matches(want, have, depth + 1);
        if (!fits || p.bad || d.bad)
            return false;
    }
    return ike_left(&p) == 0 && ike_left(&d) == 0;
}

/* ---- addresses ---- */

static bool is_host(const ikev1_id *id) {
    return id->type == IKEV1_ID_IPV4_ADDR || id->type == IKEV1_ID_IPV6_ADDR;
}

/* Protocol and port of a phase 1 identity are IKE's own and not compared. */
static bool within(const ikev1_id *expected, const ikev1_id *claimed) {
    ikev1_selector outer, inner;
    if (!is_host(claimed) || ike_selector_from_id(&outer, expected) != IKEV1_OK ||
        ike_selector_from_id(&inner, claimed) != IKEV1_OK)
        return false;
    outer.protocol = inner.protocol = 0;
    outer.port = inner.port = 0;
    return ike_selector_contains(&outer, &inner);
}

/* ---- all of them ---- */

bool ike_match_usable(uint8_t match, const ikev1_id *expected) {
    ikev1_selector unused;
    switch (match) {
    case IKEV1_MATCH_EXACT:
    case IKEV1_MATCH_ANY:
        return true;
    case IKEV1_MATCH_RANGE:
        return ike_selector_from_id(&unused, expected) == IKEV1_OK;
    case IKEV1_MATCH_WILDCARD:
        if (expected->type == IKEV1_ID_FQDN || expected->type == IKEV1_ID_USER_FQDN)
            return name_is_usable(expected->type, ike_bytes(expected->data, expected->len));
        return expected->type == IKEV1_ID_DER_ASN1_DN;
    default:
        return false;
    }
}

bool ike_id_matches(uint8_t match, const ikev1_id *expected, const ikev1_id *claimed) {
    ikev1_bytes want = ike_bytes(expected->data, expected->len);
    ikev1_bytes have = ike_bytes(claimed->data, claimed->len);
    if (match == IKEV1_MATCH_ANY)
        return true;
    if (match == IKEV1_MATCH_EXACT)
        return ike_id_equal(expected, claimed);
    if (!ike_match_usable(match, expected))
        return false;
    if (match == IKEV1_MATCH_RANGE)
        return within(expected, claimed);
    if (expected->type != claimed->type)
        return false;
    return expected->type == IKEV1_ID_DER_ASN1_DN ? dn_matches(want, have, 0)
                                                  : name_matches(expected->type, want, have);
}

bool ikev1_id_fits(uint8_t match, const ikev1_id *expected, const ikev1_id *claimed) {
    if (claimed == NULL || !ike_id_is_good(claimed))
        return false;
    return match == IKEV1_MATCH_ANY || (expected != NULL && ike_id_is_good(expected) &&
                                        ike_id_matches(match, expected, claimed));
}
