/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire.h"

#include <string.h>

enum form { NO_ADDRESS, HOST, SUBNET, RANGE };

/* An embedded NUL or a line break in a name is no name but an attempt (IDN-04). */
static bool check_name(ikev1_bytes name) {
    for (size_t i = 0; i < name.len; i++)
        if (name.data[i] < 0x20 || name.data[i] == 0x7f)
            return false;
    return name.len > 0;
}

static bool check_key_id(ikev1_bytes key_id) {
    return key_id.len > 0;
}

/* RFC 2407 4.6.2.2 and following. Addresses have one size, names a check. */
static const struct id_type {
    uint8_t family, form, address_size;
    bool (*check)(ikev1_bytes);
} ID_TYPES[] = {
    [IKEV1_ID_IPV4_ADDR] = {4, HOST, 4, NULL},
    [IKEV1_ID_FQDN] = {0, NO_ADDRESS, 0, check_name},
    [IKEV1_ID_USER_FQDN] = {0, NO_ADDRESS, 0, check_name},
    [IKEV1_ID_IPV4_ADDR_SUBNET] = {4, SUBNET, 4, NULL},
    [IKEV1_ID_IPV6_ADDR] = {6, HOST, 16, NULL},
    [IKEV1_ID_IPV6_ADDR_SUBNET] = {6, SUBNET, 16, NULL},
    [IKEV1_ID_IPV4_ADDR_RANGE] = {4, RANGE, 4, NULL},
    [IKEV1_ID_IPV6_ADDR_RANGE] = {6, RANGE, 16, NULL},
    [IKEV1_ID_DER_ASN1_DN] = {0, NO_ADDRESS, 0, ike_dn_check},
    [IKEV1_ID_DER_ASN1_GN] = {0, NO_ADDRESS, 0, ike_gn_check},
    [IKEV1_ID_KEY_ID] = {0, NO_ADDRESS, 0, check_key_id},
};

/* The row of a type whose content has the right shape, else NULL. */
static const struct id_type *shape(const ikev1_id *id) {
    if (id->type >= sizeof(ID_TYPES) / sizeof(ID_TYPES[0]))
        return NULL;
    const struct id_type *type = &ID_TYPES[id->type];
    if (type->form != NO_ADDRESS) {
        size_t size = type->form == HOST ? type->address_size : (size_t)2 * type->address_size;
        return id->len == size ? type : NULL;
    }
    return type->check != NULL && type->check(ike_bytes(id->data, id->len)) ? type : NULL;
}

bool ike_id_is_good(const ikev1_id *id) {
    return shape(id) != NULL;
}

int ike_id_decode(ikev1_id *id, ikev1_bytes body, ikev1_why *why) {
    struct ike_reader r = ike_reader(body);
    id->type = ike_read_u8(&r);
    id->protocol = ike_read_u8(&r);
    id->port = ike_read_u16(&r);
    ikev1_bytes content = ike_read_rest(&r);
    id->data = content.data;
    id->len = content.len;
    if (r.bad || shape(id) == NULL)
        return ike_refuse(why, IKEV1_E_ID_SYNTAX, IKEV1_PAYLOAD_ID, 0, "RFC 2407 4.6.2");
    return IKEV1_OK;
}

void ike_id_encode(struct ike_writer *w, const ikev1_id *id) {
    ike_write_u8(w, id->type);
    ike_write_u8(w, id->protocol);
    ike_write_u16(w, id->port);
    ike_write(w, ike_bytes(id->data, id->len));
}

bool ike_id_equal(const ikev1_id *a, const ikev1_id *b) {
    return a->type == b->type &&
           ike_bytes_equal(ike_bytes(a->data, a->len), ike_bytes(b->data, b->len));
}

/* Bits of a mask, -1 when they are not all in front. */
static int mask_bits(const uint8_t *mask, size_t size) {
    int bits = 0;
    size_t i = 0;
    for (; i < size && mask[i] == 0xff; i++)
        bits += 8;
    if (i == size)
        return bits;
    uint8_t rest = mask[i];
    for (; (rest & 0x80) != 0; rest = (uint8_t)(rest << 1))
        bits++;
    return rest == 0 && ike_is_zero(mask + i + 1, size - i - 1) ? bits : -1;
}

int ike_selector_from_id(ikev1_selector *s, const ikev1_id *id) {
    const struct id_type *type = shape(id);
    if (type == NULL || type->form == NO_ADDRESS)
        return IKEV1_E_ID_SYNTAX;
    size_t size = type->address_size;
    ikev1_selector made = {.family = type->family, .protocol = id->protocol, .port = id->port};
    memcpy(made.start, id->data, size);
    memcpy(made.end, type->form == RANGE ? id->data + size : id->data, size);
    if (type->form == SUBNET) {
        const uint8_t *mask = id->data + size;
        if (mask_bits(mask, size) < 0)
            return IKEV1_E_ID_SYNTAX;
        for (size_t i = 0; i < size; i++) {
            made.start[i] &= mask[i];
            made.end[i] |= (uint8_t)~mask[i];
        }
    }
    if (memcmp(made.start, made.end, size) > 0)
        return IKEV1_E_ID_SYNTAX;
    *s = made;
    return IKEV1_OK;
}

/* The prefix that covers exactly start to end; -1 when it is no subnet. */
static int prefix_bits(const ikev1_selector *s, size_t size, uint8_t mask[16]) {
    for (size_t i = 0; i < size; i++)
        mask[i] = (uint8_t) ~(s->start[i] ^ s->end[i]);
    int bits = mask_bits(mask, size);
    for (size_t i = 0; i < size; i++)
        if ((s->start[i] & (uint8_t)~mask[i]) != 0)
            return -1;
    return bits;
}

static size_t address_size(const ikev1_selector *s) {
    return s->family == 6 ? 16 : 4;
}

void ike_selector_to_id(ikev1_id *id, const ikev1_selector *s, uint8_t buf[32]) {
    static const uint8_t types[2][RANGE + 1] = {
        {0, IKEV1_ID_IPV4_ADDR, IKEV1_ID_IPV4_ADDR_SUBNET, IKEV1_ID_IPV4_ADDR_RANGE},
        {0, IKEV1_ID_IPV6_ADDR, IKEV1_ID_IPV6_ADDR_SUBNET, IKEV1_ID_IPV6_ADDR_RANGE},
    };
    size_t size = address_size(s);
    uint8_t mask[16];
    int bits = prefix_bits(s, size, mask);
    enum form form = bits < 0 ? RANGE : (size_t)bits == 8 * size ? HOST : SUBNET;
    memcpy(buf, s->start, size);
    if (form != HOST)
        memcpy(buf + size, form == RANGE ? s->end : mask, size);
    *id = (ikev1_id){
        .type = types[s->family == 6][form],
        .protocol = s->protocol,
        .port = s->port,
        .data = buf,
        .len = form == HOST ? size : 2 * size,
    };
}

bool ike_selector_is_good(const ikev1_selector *s) {
    return (s->family == 4 || s->family == 6) && memcmp(s->start, s->end, address_size(s)) <= 0;
}

bool ike_selector_equal(const ikev1_selector *a, const ikev1_selector *b) {
    size_t size = address_size(a);
    return a->family == b->family && a->protocol == b->protocol && a->port == b->port &&
           memcmp(a->start, b->start, size) == 0 && memcmp(a->end, b->end, size) == 0;
}

bool ike_selector_meets(const ikev1_selector *a, const ikev1_selector *b) {
    size_t size = address_size(a);
    return a->family == b->family && memcmp(a->start, b->end, size) <= 0 &&
           memcmp(b->start, a->end, size) <= 0 &&
           (a->protocol == 0 || b->protocol == 0 || a->protocol == b->protocol) &&
           (a->port == 0 || b->port == 0 || a->port == b->port);
}

bool ike_selector_contains(const ikev1_selector *outer, const ikev1_selector *inner) {
    size_t size = address_size(outer);
    return outer->family == inner->family && memcmp(outer->start, inner->start, size) <= 0 &&
           memcmp(inner->end, outer->end, size) <= 0 &&
           (outer->protocol == 0 || outer->protocol == inner->protocol) &&
           (outer->port == 0 || outer->port == inner->port);
}

ikev1_id ike_id_from_address(const ikev1_address *a) {
    if (a->family != 4 && a->family != 6)
        return (ikev1_id){0};
    return (ikev1_id){
        .type = a->family == 6 ? IKEV1_ID_IPV6_ADDR : IKEV1_ID_IPV4_ADDR,
        .data = a->ip,
        .len = a->family == 6 ? 16 : 4,
    };
}

static void put_address(struct ike_text *t, uint8_t family, const uint8_t *ip) {
    ikev1_address a = {.family = family};
    memcpy(a.ip, ip, family == 6 ? 16 : 4);
    ike_text_address(t, &a);
}

/* One address, one with another or with the length of a prefix after it. */
static void put_addresses(struct ike_text *t, const struct id_type *type, const uint8_t *data) {
    const uint8_t *second = data + type->address_size;
    put_address(t, type->family, data);
    if (type->form == HOST)
        return;
    int bits = type->form == SUBNET ? mask_bits(second, type->address_size) : -1;
    ike_text_str(t, type->form == SUBNET ? "/" : "-");
    if (bits >= 0)
        ike_text_u64(t, (uint64_t)bits);
    else
        put_address(t, type->family, second);
}

void ike_id_text(struct ike_text *t, const ikev1_id *id) {
    const struct id_type *type = shape(id);
    ikev1_bytes content = ike_bytes(id->data, id->len);
    if (type != NULL && type->form != NO_ADDRESS) {
        put_addresses(t, type, id->data);
    } else if (type != NULL && id->type == IKEV1_ID_DER_ASN1_DN) {
        ike_dn_text(t, content);
    } else if (id->type == IKEV1_ID_FQDN || id->type == IKEV1_ID_USER_FQDN) {
        ike_text_bytes(t, content);
    } else {
        ike_text_str(t, "@#");
        ike_text_hex(t, content);
    }
}

void ike_selector_text(struct ike_text *t, const ikev1_selector *s) {
    size_t size = address_size(s);
    uint8_t mask[16];
    int bits = prefix_bits(s, size, mask);
    put_address(t, s->family, s->start);
    if (bits < 0) {
        ike_text_str(t, " - ");
        put_address(t, s->family, s->end);
    } else if ((size_t)bits < 8 * size) {
        ike_text_number(t, "/", (uint64_t)bits);
    }
    if (s->protocol != 0 || s->port != 0) {
        ike_text_number(t, "[", s->protocol);
        ike_text_number(t, "/", s->port);
        ike_text_str(t, "]");
    }
}
