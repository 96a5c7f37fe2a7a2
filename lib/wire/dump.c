/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire.h"

#include <string.h>

void ike_symbols_text(struct ike_text *t, const uint8_t *types, size_t count) {
    for (size_t i = 0; i < count; i++) {
        ike_text_str(t, "<");
        ike_text_name(t, IKEV1_NAMES_PAYLOAD, types[i]);
        ike_text_str(t, ">");
    }
}

static void put_name(struct ike_text *t, const char *before, int kind, uint32_t number) {
    ike_text_str(t, before);
    ike_text_name(t, kind, number);
}

static void put_hex(struct ike_text *t, const char *before, ikev1_bytes b) {
    ike_text_str(t, before);
    ike_text_hex(t, b);
}

static void put_size(struct ike_text *t, ikev1_bytes body) {
    ike_text_number(t, ": ", body.len);
    ike_text_str(t, " bytes");
}

static void put_attr(struct ike_text *t, bool phase1, const struct ike_attr *a) {
    put_name(t, "\n      ", phase1 ? IKEV1_NAMES_ATTR1 : IKEV1_NAMES_ATTR2, a->type);
    ike_text_str(t, ": ");
    if (a->basic || (a->bytes.len > 0 && a->value <= UINT32_MAX))
        ike_text_attr_value(t, phase1, a->type, (uint32_t)a->value);
    else
        put_hex(t, "0x", a->bytes);
}

static int transform_names(uint8_t protocol) {
    switch (protocol) {
    case IKEV1_PROTO_AH:
        return IKEV1_NAMES_AH;
    case IKEV1_PROTO_ESP:
        return IKEV1_NAMES_ESP;
    case IKEV1_PROTO_IPCOMP:
        return IKEV1_NAMES_IPCOMP;
    default:
        return -1; /* no names: numbers */
    }
}

static void put_transform(struct ike_text *t, uint8_t protocol, const struct ike_transform *tr) {
    ike_text_number(t, "\n    transform ", tr->number);
    put_name(t, ": ", transform_names(protocol), tr->id);
    struct ike_reader r = ike_reader(tr->attrs);
    struct ike_attr a;
    while (ike_attr_next(&r, &a) > 0)
        put_attr(t, protocol == IKEV1_PROTO_ISAKMP, &a);
}

static void put_sa(struct ike_text *t, ikev1_bytes body) {
    struct ike_reader proposals = ike_sa_proposals(body);
    struct ike_proposal p;
    struct ike_transform tr;
    while (ike_proposal_next(&proposals, &p)) {
        ike_text_number(t, "\n  proposal ", p.number);
        put_name(t, ": ", IKEV1_NAMES_PROTOCOL, p.protocol);
        if (p.spi.len > 0)
            put_hex(t, ", SPI ", p.spi);
        while (ike_transform_next(&p, &tr))
            put_transform(t, p.protocol, &tr);
    }
}

static void put_id(struct ike_text *t, ikev1_bytes body) {
    ikev1_id id;
    if (ike_id_decode(&id, body, NULL) != IKEV1_OK)
        return;
    put_name(t, ": ", IKEV1_NAMES_ID, id.type);
    ike_text_str(t, " ");
    ike_id_text(t, &id);
    ike_text_number(t, ", protocol ", id.protocol);
    ike_text_number(t, ", port ", id.port);
}

static void put_cert(struct ike_text *t, ikev1_bytes body) {
    put_name(t, ": ", IKEV1_NAMES_CERT, body.data[0]);
    ike_text_number(t, ", ", body.len - 1);
    ike_text_str(t, " bytes");
}

static void put_notify(struct ike_text *t, ikev1_bytes body) {
    struct ike_notify n;
    if (ike_notify_decode(&n, body, NULL) != IKEV1_OK)
        return;
    put_name(t, ": ", IKEV1_NAMES_NOTIFY, n.type);
    put_name(t, ", protocol ", IKEV1_NAMES_PROTOCOL, n.protocol);
    if (n.spi.len > 0)
        put_hex(t, ", SPI ", n.spi);
    if (n.data.len > 0)
        put_hex(t, ", data ", n.data);
}

static void put_delete(struct ike_text *t, ikev1_bytes body) {
    struct ike_delete d;
    if (ike_delete_decode(&d, body, NULL) != IKEV1_OK)
        return;
    put_name(t, ": ", IKEV1_NAMES_PROTOCOL, d.protocol);
    for (size_t i = 0; i < d.count; i++)
        put_hex(t, i == 0 ? ", SPI " : " ", ike_bytes(d.spis.data + i * d.spi_size, d.spi_size));
}

/* Configuration attributes whose value is no secret: addresses of a family, else numbers. */
static const struct {
    uint16_t type;
    uint8_t family;
} SHOWN[] = {
    {IKEV1_ATTRC_IP4_ADDRESS, 4},
    {IKEV1_ATTRC_IP4_NETMASK, 4},
    {IKEV1_ATTRC_IP4_DNS, 4},
    {IKEV1_ATTRC_IP4_NBNS, 4},
    {IKEV1_ATTRC_IP4_DHCP, 4},
    {IKEV1_ATTRC_IP6_ADDRESS, 6},
    {IKEV1_ATTRC_IP6_NETMASK, 6},
    {IKEV1_ATTRC_IP6_DNS, 6},
    {IKEV1_ATTRC_IP6_NBNS, 6},
    {IKEV1_ATTRC_IP6_DHCP, 6},
    {IKEV1_ATTRC_EXPIRY, 0},
    {IKEV1_ATTRC_XAUTH_TYPE, 0},
    {IKEV1_ATTRC_XAUTH_STATUS, 0},
    {IKEV1_ATTRC_UNITY_PFS, 0},
    {IKEV1_ATTRC_UNITY_SAVE_PASSWORD, 0},
    {IKEV1_ATTRC_UNITY_NATT_PORT, 0},
};

static bool put_shown(struct ike_text *t, uint8_t family, const struct ike_attr *a) {
    ikev1_address address = {.family = family};
    if (family == 0 && (a->basic || (a->bytes.len > 0 && a->bytes.len <= 4))) {
        ike_text_u64(t, a->value);
        return true;
    }
    if (family == 0 || a->basic || a->bytes.len != (family == 4 ? 4 : 16))
        return false;
    memcpy(address.ip, a->bytes.data, a->bytes.len);
    ike_text_address(t, &address);
    return true;
}

/* Of all others the size only: what stands there may be a password. */
static void put_config_attr(struct ike_text *t, const struct ike_attr *a) {
    ike_text_str(t, ikev1_name(IKEV1_NAMES_ATTRC, a->type) != NULL ? "\n  " : "\n  attribute ");
    put_name(t, "", IKEV1_NAMES_ATTRC, a->type);
    ike_text_str(t, ": ");
    for (size_t i = 0; i < sizeof(SHOWN) / sizeof(SHOWN[0]); i++)
        if (SHOWN[i].type == a->type && put_shown(t, SHOWN[i].family, a))
            return;
    ike_text_number(t, "", a->basic ? sizeof(uint16_t) : a->bytes.len);
    ike_text_str(t, " bytes");
}

static void put_config(struct ike_text *t, ikev1_bytes body) {
    struct ike_config c;
    if (ike_config_decode(&c, body, NULL) != IKEV1_OK)
        return;
    put_name(t, ": ", IKEV1_NAMES_CFG, c.type);
    ike_text_number(t, ", identifier ", c.identifier);
    struct ike_reader r = ike_reader(c.attrs);
    struct ike_attr a;
    while (ike_attr_next(&r, &a) > 0)
        put_config_attr(t, &a);
}

static void put_vendor(struct ike_text *t, ikev1_bytes body) {
    put_hex(t, ": ", body);
}

static void put_natoa(struct ike_text *t, ikev1_bytes body) {
    ikev1_address a;
    if (ike_natoa_decode(&a, body, NULL) != IKEV1_OK)
        return;
    ike_text_str(t, ": ");
    ike_text_address(t, &a);
}

static void put_fragment(struct ike_text *t, ikev1_bytes body) {
    struct ike_fragment f;
    if (ike_fragment_decode(&f, body, NULL) != IKEV1_OK)
        return;
    ike_text_number(t, ": id ", f.id);
    ike_text_number(t, ", number ", f.number);
    ike_text_number(t, f.last ? ", the last, " : ", ", f.data.len);
    ike_text_str(t, " bytes");
}

static const struct {
    uint8_t type;
    void (*put)(struct ike_text *t, ikev1_bytes body);
} BODIES[] = {
    {IKEV1_PAYLOAD_SA, put_sa},         {IKEV1_PAYLOAD_ID, put_id},
    {IKEV1_PAYLOAD_CERT, put_cert},     {IKEV1_PAYLOAD_CERTREQ, put_cert},
    {IKEV1_PAYLOAD_NOTIFY, put_notify}, {IKEV1_PAYLOAD_DELETE, put_delete},
    {IKEV1_PAYLOAD_CONFIG, put_config}, {IKEV1_PAYLOAD_VENDOR, put_vendor},
    {IKEV1_PAYLOAD_NAT_OA, put_natoa},  {IKEV1_PAYLOAD_FRAGMENT, put_fragment},
};

static void put_payload(struct ike_text *t, const struct ike_payload *p) {
    ike_text_name(t, IKEV1_NAMES_PAYLOAD, p->type);
    size_t i = 0;
    while (i < sizeof(BODIES) / sizeof(BODIES[0]) && BODIES[i].type != p->type)
        i++;
    if (i < sizeof(BODIES) / sizeof(BODIES[0]))
        BODIES[i].put(t, p->body);
    else
        put_size(t, p->body);
    ike_text_str(t, "\n");
}

static void put_header(struct ike_text *t, const struct ike_header *h) {
    ike_text_name(t, IKEV1_NAMES_EXCHANGE, h->exchange);
    put_hex(t, ", cookies ", ike_bytes(h->icookie, sizeof(h->icookie)));
    put_hex(t, " ", ike_bytes(h->rcookie, sizeof(h->rcookie)));
    uint8_t id[4];
    ike_put_u32(id, h->message_id);
    put_hex(t, ", message ID ", ike_bytes(id, sizeof(id)));
    static const char *const flags[] = {"encrypted", "commit", "authentication only"};
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if ((h->flags >> i & 1) != 0) {
            ike_text_str(t, ", ");
            ike_text_str(t, flags[i]);
        }
    ike_text_number(t, ", ", h->length);
    ike_text_str(t, " bytes\n");
}

void ike_dump_text(struct ike_text *t, const struct ike_header *h, const struct ike_chain *c) {
    put_header(t, h);
    for (size_t i = 0; c != NULL && i < c->count; i++)
        put_payload(t, &c->at[i]);
}
