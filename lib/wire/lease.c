/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lease as attributes: isakmp-mode-cfg 3.3, and what Cisco Unity adds. The sizes of values that
 * have one have been checked (cfg.c); the others say how long they are.
 */
#include <string.h>

#include "wire/wire.h"

enum kind {
    ADDRESS_4,
    ADDRESS_6,
    MASK,      /* of `size` bytes */
    NUMBER,    /* of `size` bytes */
    FLAG,      /* a number that is 0 or not */
    SERVERS_4, /* one in each attribute; `size` says which list */
    SERVERS_6,
    SUBNET_4, /* one in each attribute, address and mask */
    SUBNET_6, /* address and prefix length */
    NETWORKS, /* Unity: several in one, address, mask, protocol and two ports */
    TEXT,
};

enum { DNS, NBNS, DHCP };           /* lists of servers */
enum { SUBNETS, SPLIT, LOCAL_LAN }; /* lists of networks */
enum { UNITY_NETWORK = 14 };        /* bytes of one */

#define AT(member) offsetof(ikev1_lease, member)

static const struct field {
    uint16_t type;
    uint8_t kind, size;
    uint16_t offset, count; /* in ikev1_lease; the latter of lists */
} FIELDS[] = {
    {IKEV1_ATTRC_IP4_ADDRESS, ADDRESS_4, 4, AT(ip4), 0},
    {IKEV1_ATTRC_IP4_NETMASK, MASK, 4, AT(netmask4), 0},
    {IKEV1_ATTRC_IP6_ADDRESS, ADDRESS_6, 16, AT(ip6), 0},
    {IKEV1_ATTRC_IP6_NETMASK, MASK, 16, AT(netmask6), 0},
    {IKEV1_ATTRC_EXPIRY, NUMBER, 4, AT(expires), 0},
    {IKEV1_ATTRC_IP4_DNS, SERVERS_4, DNS, AT(dns), AT(dns_count)},
    {IKEV1_ATTRC_IP6_DNS, SERVERS_6, DNS, AT(dns), AT(dns_count)},
    {IKEV1_ATTRC_IP4_NBNS, SERVERS_4, NBNS, AT(nbns), AT(nbns_count)},
    {IKEV1_ATTRC_IP6_NBNS, SERVERS_6, NBNS, AT(nbns), AT(nbns_count)},
    {IKEV1_ATTRC_IP4_DHCP, SERVERS_4, DHCP, AT(dhcp), AT(dhcp_count)},
    {IKEV1_ATTRC_IP6_DHCP, SERVERS_6, DHCP, AT(dhcp), AT(dhcp_count)},
    {IKEV1_ATTRC_IP4_SUBNET, SUBNET_4, SUBNETS, AT(subnets), AT(subnet_count)},
    {IKEV1_ATTRC_IP6_SUBNET, SUBNET_6, SUBNETS, AT(subnets), AT(subnet_count)},
    {IKEV1_ATTRC_UNITY_SPLIT_INCLUDE, NETWORKS, SPLIT, AT(split), AT(split_count)},
    {IKEV1_ATTRC_UNITY_LOCAL_LAN, NETWORKS, LOCAL_LAN, AT(local_lan), AT(local_lan_count)},
    {IKEV1_ATTRC_UNITY_NATT_PORT, NUMBER, 2, AT(natt_port), 0},
    {IKEV1_ATTRC_UNITY_SAVE_PASSWORD, FLAG, 2, AT(save_password), 0},
    {IKEV1_ATTRC_UNITY_PFS, FLAG, 2, AT(pfs), 0},
    {IKEV1_ATTRC_VERSION, TEXT, 0, AT(version), 0},
    {IKEV1_ATTRC_UNITY_BANNER, TEXT, 0, AT(banner), 0},
    {IKEV1_ATTRC_UNITY_DOMAIN, TEXT, 0, AT(domain), 0},
    {IKEV1_ATTRC_UNITY_SPLIT_DOMAINS, TEXT, 0, AT(split_domains), 0},
    {IKEV1_ATTRC_UNITY_BACKUP_SERVERS, TEXT, 0, AT(backup_servers), 0},
};
#define COUNT (sizeof FIELDS / sizeof *FIELDS)

static size_t count_of(const ikev1_lease *l, const struct field *f) {
    size_t count;
    memcpy(&count, (const uint8_t *)l + f->count, sizeof count);
    return count;
}

/* ---- bytes to lease ---- */

/* Where the mask has a hole or the address bits behind it, nothing sensible is meant. */
static bool read_network(struct ike_reader *r, ikev1_selector *out, bool with_ports) {
    const uint8_t *address = ike_read(r, 4), *mask = ike_read(r, 4);
    uint8_t body[8];
    *out = (ikev1_selector){0};
    if (mask == NULL)
        return false;
    for (size_t i = 0; i < 4; i++) {
        body[i] = address[i] & mask[i]; /* some write a host's address there */
        body[4 + i] = mask[i];
    }
    ikev1_id id = {.type = IKEV1_ID_IPV4_ADDR_SUBNET, .data = body, .len = sizeof body};
    bool good = ike_selector_from_id(out, &id) == IKEV1_OK;
    if (with_ports) {
        out->protocol = (uint8_t)ike_read_u16(r);
        (void)ike_read_u16(r); /* the client's port */
        out->port = ike_read_u16(r);
    }
    return good && !r->bad;
}

/* The ith byte of a netmask of so many bits. */
static uint8_t prefix_byte(unsigned bits, unsigned i) {
    const unsigned inside = bits >= 8 * (i + 1) ? 8 : bits > 8 * i ? bits - 8 * i : 0;
    return (uint8_t)(0xff00u >> inside);
}

static bool read_subnet6(ikev1_bytes value, ikev1_selector *out) {
    const unsigned bits = value.data[16];
    *out = (ikev1_selector){.family = 6};
    if (bits > 128)
        return false;
    for (unsigned i = 0; i < 16; i++) {
        const uint8_t mask = prefix_byte(bits, i);
        out->start[i] = value.data[i] & mask;
        out->end[i] = (uint8_t)(value.data[i] | (uint8_t)~mask);
    }
    return true;
}

/* One more in a list, whose first element is `first`. */
static void count_up(ikev1_lease *l, const struct field *f, const void *first) {
    const size_t count = count_of(l, f) + 1;
    memcpy((uint8_t *)l + f->count, &count, sizeof count);
    memcpy((uint8_t *)l + f->offset, &first, sizeof first);
}

static void add_network(ikev1_lease *l, struct ike_lease_room *room, const struct field *f,
                        const ikev1_selector *network) {
    const size_t count = count_of(l, f);
    ikev1_selector *list = room->networks[f->size];
    if (count >= sizeof room->networks[0] / sizeof room->networks[0][0])
        return;
    list[count] = *network;
    count_up(l, f, list);
}

static void add_server(ikev1_lease *l, struct ike_lease_room *room, const struct field *f,
                       ikev1_bytes value) {
    const size_t count = count_of(l, f);
    ikev1_address *list = room->servers[f->size];
    if (value.len == 0 || count >= sizeof room->servers[0] / sizeof room->servers[0][0])
        return;
    list[count] = (ikev1_address){.family = f->kind == SERVERS_4 ? 4 : 6};
    memcpy(list[count].ip, value.data, value.len);
    count_up(l, f, list);
}

static void take_address(ikev1_lease *l, const struct field *f, ikev1_bytes value) {
    ikev1_address a = {.family = f->kind == ADDRESS_4 ? 4 : 6};
    if (value.len < f->size)
        return;
    memcpy(a.ip, value.data, f->size);
    memcpy((uint8_t *)l + f->offset, &a, sizeof a);
    for (unsigned i = 0; value.len == 17 && i < sizeof l->netmask6; i++)
        l->netmask6[i] = prefix_byte(value.data[16], i);
}

static void take_number(ikev1_lease *l, const struct field *f, uint64_t value) {
    uint8_t *at = (uint8_t *)l + f->offset;
    const uint32_t wide = value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
    const uint16_t narrow = (uint16_t)wide;
    const bool flag = value != 0;
    if (f->kind == FLAG)
        memcpy(at, &flag, sizeof flag);
    else if (f->size == sizeof narrow)
        memcpy(at, &narrow, sizeof narrow);
    else
        memcpy(at, &wide, sizeof wide);
}

static void take_networks(ikev1_lease *l, struct ike_lease_room *room, const struct field *f,
                          const struct ike_attr *a) {
    ikev1_selector network;
    struct ike_reader r = ike_reader(a->bytes);
    if (f->kind == SUBNET_6) {
        if (a->bytes.len == 17 && read_subnet6(a->bytes, &network))
            add_network(l, room, f, &network);
        return;
    }
    const size_t size = f->kind == NETWORKS ? UNITY_NETWORK : 8;
    while (ike_left(&r) >= size) {
        if (read_network(&r, &network, f->kind == NETWORKS))
            add_network(l, room, f, &network);
    }
}

static void take(ikev1_lease *l, struct ike_lease_room *room, const struct field *f,
                 const struct ike_attr *a) {
    switch ((enum kind)f->kind) {
    case ADDRESS_4:
    case ADDRESS_6:
        take_address(l, f, a->bytes);
        break;
    case MASK:
        if (a->bytes.len == f->size)
            memcpy((uint8_t *)l + f->offset, a->bytes.data, f->size);
        break;
    case NUMBER:
    case FLAG:
        take_number(l, f, a->value);
        break;
    case SERVERS_4:
    case SERVERS_6:
        add_server(l, room, f, a->bytes);
        break;
    case SUBNET_4:
    case SUBNET_6:
    case NETWORKS:
        take_networks(l, room, f, a);
        break;
    case TEXT:
        if (!a->basic)
            memcpy((uint8_t *)l + f->offset, &a->bytes, sizeof a->bytes);
        break;
    }
}

void ike_lease_decode(ikev1_lease *lease, struct ike_lease_room *room, ikev1_bytes attrs) {
    struct ike_reader r = ike_reader(attrs);
    struct ike_attr a;
    *lease = (ikev1_lease){.size = sizeof *lease, .attributes = attrs};
    while (ike_attr_next(&r, &a) > 0) {
        for (size_t i = 0; i < COUNT; i++) {
            if (FIELDS[i].type == a.type)
                take(lease, room, &FIELDS[i], &a);
        }
    }
}

/* ---- lease to bytes ---- */

static void put_list(struct ike_writer *w, const struct field *f, const ikev1_lease *l) {
    const size_t count = count_of(l, f);
    const ikev1_address *list;
    memcpy(&list, (const uint8_t *)l + f->offset, sizeof list);
    const unsigned family = f->kind == SERVERS_4 ? 4 : 6;
    for (size_t i = 0; i < count; i++) {
        if (list[i].family == family)
            ike_attr_put_bytes(w, f->type, ike_bytes(list[i].ip, family == 4 ? 4 : 16));
    }
}

/* What lies between start and end in bits that both have. */
static uint8_t mask_byte(const ikev1_selector *s, size_t i) {
    return (uint8_t) ~(s->start[i] ^ s->end[i]);
}

static void put_network(struct ike_writer *w, const struct field *f, const ikev1_selector *s) {
    uint8_t mask[16];
    unsigned bits = 0;
    for (size_t i = 0; i < 16; i++) {
        mask[i] = mask_byte(s, i);
        for (unsigned b = 0x80; b != 0 && (mask[i] & b) != 0; b >>= 1)
            bits++;
    }
    if (f->kind != NETWORKS) {
        ike_write_u16(w, f->type);
        ike_write_u16(w, f->kind == SUBNET_4 ? 8 : 17);
    }
    ike_write(w, ike_bytes(s->start, s->family == 4 ? 4 : 16));
    if (f->kind == SUBNET_6)
        ike_write_u8(w, (uint8_t)bits);
    else
        ike_write(w, ike_bytes(mask, 4));
    if (f->kind == NETWORKS) {
        ike_write_u16(w, s->protocol);
        ike_write_u16(w, 0);
        ike_write_u16(w, s->port);
    }
}

static void put_networks(struct ike_writer *w, const struct field *f, const ikev1_lease *l) {
    const size_t count = count_of(l, f);
    const ikev1_selector *list;
    const unsigned family = f->kind == SUBNET_6 ? 6 : 4;
    size_t fit = 0;
    memcpy(&list, (const uint8_t *)l + f->offset, sizeof list);
    for (size_t i = 0; i < count; i++)
        fit += list[i].family == family;
    if (f->kind == NETWORKS && fit != 0) {
        ike_write_u16(w, f->type);
        ike_write_u16(w, (uint16_t)(fit * UNITY_NETWORK));
    }
    for (size_t i = 0; i < count; i++) {
        if (list[i].family == family)
            put_network(w, f, &list[i]);
    }
}

static void put_value(struct ike_writer *w, const struct field *f, const uint8_t *at) {
    ikev1_address address;
    ikev1_bytes text;
    uint32_t wide = 0;
    uint16_t narrow = 0;
    switch ((enum kind)f->kind) {
    case ADDRESS_4:
    case ADDRESS_6:
        memcpy(&address, at, sizeof address);
        if (address.family != 0)
            ike_attr_put_bytes(w, f->type, ike_bytes(address.ip, f->size));
        break;
    case MASK:
        if (!ike_is_zero(at, f->size))
            ike_attr_put_bytes(w, f->type, ike_bytes(at, f->size));
        break;
    case NUMBER:
        memcpy(f->size == sizeof narrow ? (void *)&narrow : (void *)&wide, at, f->size);
        if (narrow != 0)
            ike_attr_put_basic(w, f->type, narrow);
        if (wide != 0) {
            ike_write_u16(w, f->type);
            ike_write_u16(w, sizeof wide);
            ike_write_u32(w, wide);
        }
        break;
    case FLAG:
        if (*at != 0)
            ike_attr_put_basic(w, f->type, 1);
        break;
    default:
        memcpy(&text, at, sizeof text);
        if (text.len != 0)
            ike_attr_put_bytes(w, f->type, text);
        break;
    }
}

static bool networks_are_good(const ikev1_selector *list, size_t count) {
    uint8_t buf[32];
    ikev1_id id;
    for (size_t i = 0; list != NULL && i < count; i++) {
        if (list[i].family != 4 && list[i].family != 6)
            return false;
        ike_selector_to_id(&id, &list[i], buf);
        if (id.type == IKEV1_ID_IPV4_ADDR_RANGE || id.type == IKEV1_ID_IPV6_ADDR_RANGE)
            return false;
    }
    return count == 0 || (list != NULL && count <= IKEV1_MAX_CONFIG_SUBNETS);
}

static bool servers_are_good(const ikev1_address *list, size_t count) {
    return count == 0 || (list != NULL && count <= 2 * IKEV1_MAX_CONFIG_SAME);
}

bool ike_lease_is_good(const ikev1_lease *l) {
    struct ike_reader r = ike_reader(l->attributes);
    struct ike_attr a;
    int more;
    while ((more = ike_attr_next(&r, &a)) > 0)
        ;
    return more == 0 && l->size == sizeof *l && (l->ip4.family == 0 || l->ip4.family == 4) &&
           (l->ip6.family == 0 || l->ip6.family == 6) && servers_are_good(l->dns, l->dns_count) &&
           servers_are_good(l->nbns, l->nbns_count) && servers_are_good(l->dhcp, l->dhcp_count) &&
           networks_are_good(l->subnets, l->subnet_count) &&
           networks_are_good(l->split, l->split_count) &&
           networks_are_good(l->local_lan, l->local_lan_count);
}

void ike_lease_encode(struct ike_writer *w, const ikev1_lease *lease) {
    for (size_t i = 0; i < COUNT; i++) {
        const struct field *f = &FIELDS[i];
        if (f->kind == SERVERS_4 || f->kind == SERVERS_6)
            put_list(w, f, lease);
        else if (f->kind >= SUBNET_4 && f->kind <= NETWORKS)
            put_networks(w, f, lease);
        else
            put_value(w, f, (const uint8_t *)lease + f->offset);
    }
    ike_write(w, lease->attributes);
}

/* ---- choosing among attributes ---- */

static bool is_among(uint16_t type, const uint16_t *types, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (types[i] == type)
            return true;
    }
    return types == NULL;
}

static unsigned how_many(ikev1_bytes attrs, uint16_t type) {
    struct ike_reader r = ike_reader(attrs);
    struct ike_attr a;
    unsigned count = 0;
    while (ike_attr_next(&r, &a) > 0)
        count += a.type == type;
    return count;
}

void ike_lease_filter(struct ike_writer *w, ikev1_bytes attrs, const uint16_t *types,
                      size_t count) {
    struct ike_reader r = ike_reader(attrs);
    const uint8_t *start = w->p, *at = r.p;
    struct ike_attr a;
    for (; ike_attr_next(&r, &a) > 0; at = r.p) {
        const size_t len = (size_t)(r.p - at), kept = (size_t)(w->p - start);
        const bool subnet = a.type == IKEV1_ATTRC_IP4_SUBNET || a.type == IKEV1_ATTRC_IP6_SUBNET;
        const unsigned most = subnet ? IKEV1_MAX_CONFIG_SUBNETS : IKEV1_MAX_CONFIG_SAME;
        if (is_among(a.type, types, count) && !ike_xauth_has(a.type) &&
            len <= (size_t)(w->end - w->p) && kept + len <= IKEV1_MAX_CONFIG_BYTES &&
            how_many(ike_bytes(start, kept), a.type) < most)
            ike_write(w, ike_bytes(at, len));
    }
}
