/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire.h"

static const char CITE[] = "isakmp-mode-cfg 3.2";

/* Attributes whose value has one size, isakmp-mode-cfg 3.3. Where nothing is asked or granted the
 * value is empty; a granted address may not be (CFG-02). */
static const struct {
    uint16_t type;
    uint8_t size;
    bool granted; /* not empty in REPLY and SET */
} SIZES[] = {
    {IKEV1_ATTRC_IP4_ADDRESS, 4, true},  {IKEV1_ATTRC_IP4_NETMASK, 4, false},
    {IKEV1_ATTRC_IP4_DNS, 4, false},     {IKEV1_ATTRC_IP4_NBNS, 4, false},
    {IKEV1_ATTRC_EXPIRY, 4, false},      {IKEV1_ATTRC_IP4_DHCP, 4, false},
    {IKEV1_ATTRC_IP6_ADDRESS, 16, true}, {IKEV1_ATTRC_IP6_NETMASK, 16, false},
    {IKEV1_ATTRC_IP6_DNS, 16, false},    {IKEV1_ATTRC_IP6_NBNS, 16, false},
    {IKEV1_ATTRC_IP6_DHCP, 16, false},   {IKEV1_ATTRC_IP4_SUBNET, 8, false},
    {IKEV1_ATTRC_IP6_SUBNET, 17, false},
};

static bool is_prefixed(const struct ike_attr *a) {
    return a->type == IKEV1_ATTRC_IP6_ADDRESS && a->bytes.len == 17 && a->bytes.data[16] <= 128;
}

static bool size_fits(uint8_t message, const struct ike_attr *a) {
    bool grants = message == IKEV1_CFG_REPLY || message == IKEV1_CFG_SET;
    for (size_t i = 0; i < sizeof(SIZES) / sizeof(SIZES[0]); i++)
        if (SIZES[i].type == a->type) {
            bool may_be_empty = !(grants && SIZES[i].granted);
            return !a->basic && (a->bytes.len == SIZES[i].size || is_prefixed(a) ||
                                 (a->bytes.len == 0 && may_be_empty));
        }
    return true;
}

static int refuse(ikev1_why *why, int code) {
    return ike_refuse(why, code, IKEV1_PAYLOAD_CONFIG, 0, CITE);
}

static int too_much(ikev1_why *why, size_t theirs, size_t most, const char *unit) {
    return ike_refuse_numbers(why, IKEV1_E_ATTRIBUTES, IKEV1_PAYLOAD_CONFIG, CITE, theirs, most,
                              unit);
}

int ike_config_decode(struct ike_config *c, ikev1_bytes body, ikev1_why *why) {
    struct ike_reader r = ike_reader(body);
    c->type = ike_read_u8(&r);
    uint8_t reserved = ike_read_u8(&r);
    c->identifier = ike_read_u16(&r);
    c->attrs = ike_bytes(r.p, ike_left(&r));
    if (r.bad || c->type < IKEV1_CFG_REQUEST || c->type > IKEV1_CFG_ACK)
        return refuse(why, IKEV1_E_CONFIG_SYNTAX);
    if (reserved != 0)
        return refuse(why, IKEV1_E_RESERVED);
    c->padding = 0;
    c->prefixed = false;
    for (size_t count = 0; ike_left(&r) > 0; count++) {
        if (ike_left(&r) < 4 && ike_is_zero(r.p, ike_left(&r))) {
            c->padding = (uint8_t)ike_left(&r); /* to a multiple of four, inside the payload */
            c->attrs.len -= c->padding;
            break;
        }
        struct ike_attr a;
        if (ike_attr_next(&r, &a) < 0 || !size_fits(c->type, &a))
            return refuse(why, IKEV1_E_CONFIG_SYNTAX);
        if (a.bytes.len > IKEV1_MAX_CONFIG_VALUE)
            return too_much(why, a.bytes.len, IKEV1_MAX_CONFIG_VALUE, "bytes");
        if (count >= IKEV1_MAX_CONFIG_ATTRIBUTES)
            return too_much(why, count + 1, IKEV1_MAX_CONFIG_ATTRIBUTES, "attributes");
        c->prefixed |= is_prefixed(&a);
    }
    return IKEV1_OK;
}

void ike_config_encode(struct ike_writer *w, const struct ike_config *c) {
    ike_write_u8(w, c->type);
    ike_write_u8(w, 0);
    ike_write_u16(w, c->identifier);
    ike_write(w, c->attrs);
}

bool ike_config_find(ikev1_bytes attrs, uint16_t type, struct ike_attr *a) {
    struct ike_reader r = ike_reader(attrs);
    while (ike_attr_next(&r, a) > 0) {
        if (a->type == type)
            return true;
    }
    return false;
}

int ikev1_attribute_next(ikev1_bytes *rest, ikev1_attribute *out) {
    if (rest == NULL || out == NULL)
        return 0;
    struct ike_reader r = ike_reader(*rest);
    const uint8_t *at = r.p;
    struct ike_attr a;
    if (ike_attr_next(&r, &a) <= 0)
        return 0;
    *out = (ikev1_attribute){.type = a.type, .basic = a.basic, .value = a.bytes};
    if (a.basic)
        out->value = ike_bytes(at + sizeof a.type, sizeof(uint16_t));
    *rest = ike_bytes(r.p, ike_left(&r));
    return 1;
}
