/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire.h"

enum { SEQUENCE = 0x30, SET = 0x31, OID = 0x06, CONTEXT = 0x80 };
enum { UTF8_STRING = 0x0c, PRINTABLE_STRING = 0x13, IA5_STRING = 0x16 };

/* One TLV in DER: one-byte tag, definite length in its shortest form, all of it there. */
static bool take(struct ike_reader *r, uint8_t *tag, ikev1_bytes *content) {
    *tag = ike_read_u8(r);
    size_t len = ike_read_u8(r), least = 0;
    if (len == 0x81) {
        len = ike_read_u8(r);
        least = 0x80;
    } else if (len == 0x82) {
        len = ike_read_u16(r);
        least = 0x100;
    } else if (len >= 0x80) {
        return false;
    }
    if (len < least || (*tag & 0x1f) == 0x1f)
        return false;
    *content = ike_read_bytes(r, len);
    return !r->bad;
}

/* The same, for a tag that is known; its content must not be empty. */
static bool take_tagged(struct ike_reader *r, uint8_t wanted, ikev1_bytes *content) {
    uint8_t tag;
    return take(r, &tag, content) && tag == wanted && content->len > 0;
}

struct assertion {
    ikev1_bytes oid, value;
};

/* SEQUENCE {OID, value}, RFC 5280 4.1.2.4. */
static bool take_assertion(struct ike_reader *r, struct assertion *a) {
    ikev1_bytes pair;
    uint8_t tag;
    if (!take_tagged(r, SEQUENCE, &pair))
        return false;
    struct ike_reader inner = ike_reader(pair);
    return take_tagged(&inner, OID, &a->oid) && (a->oid.data[a->oid.len - 1] & 0x80) == 0 &&
           take(&inner, &tag, &a->value) && ike_left(&inner) == 0;
}

bool ike_dn_check(ikev1_bytes der) {
    struct ike_reader outer = ike_reader(der);
    ikev1_bytes content;
    if (!take_tagged(&outer, SEQUENCE, &content) || ike_left(&outer) > 0)
        return false;
    struct ike_reader names = ike_reader(content);
    while (ike_left(&names) > 0) {
        if (!take_tagged(&names, SET, &content))
            return false;
        struct ike_reader set = ike_reader(content);
        struct assertion a;
        while (ike_left(&set) > 0)
            if (!take_assertion(&set, &a))
                return false;
    }
    return true;
}

bool ike_gn_check(ikev1_bytes der) {
    struct ike_reader r = ike_reader(der);
    ikev1_bytes content;
    uint8_t tag;
    return take(&r, &tag, &content) && ike_left(&r) == 0 && (tag & 0xc0) == CONTEXT &&
           content.len > 0;
}

/* Short names of RFC 4514 3 and some that certificates carry besides; the OID's content bytes; the
 * string type that RFC 5280 App. A gives its value. The first name of an OID is the one we write.
 */
static const struct {
    char name[13]; /* here: a pointer would cost a shared library more */
    uint8_t string, len, oid[10];
} SHORT_NAMES[] = {
    {"CN", UTF8_STRING, 3, {0x55, 4, 3}},
    {"SN", UTF8_STRING, 3, {0x55, 4, 4}},
    {"serialNumber", PRINTABLE_STRING, 3, {0x55, 4, 5}},
    {"C", PRINTABLE_STRING, 3, {0x55, 4, 6}},
    {"L", UTF8_STRING, 3, {0x55, 4, 7}},
    {"ST", UTF8_STRING, 3, {0x55, 4, 8}},
    {"street", UTF8_STRING, 3, {0x55, 4, 9}},
    {"O", UTF8_STRING, 3, {0x55, 4, 10}},
    {"OU", UTF8_STRING, 3, {0x55, 4, 11}},
    {"T", UTF8_STRING, 3, {0x55, 4, 12}},
    {"GN", UTF8_STRING, 3, {0x55, 4, 42}},
    {"E", IA5_STRING, 9, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1}},
    {"emailAddress", IA5_STRING, 9, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1}},
    {"Email", IA5_STRING, 9, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1}},
    {"UID", UTF8_STRING, 10, {9, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1}},
    {"DC", IA5_STRING, 10, {9, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25}},
};

/* ASCII letters in upper or lower case alike (RFC 4514 3). */
static bool same_name(const char *name, const char *given, size_t len) {
    for (size_t i = 0; i < len; i++, name++) {
        uint8_t a = (uint8_t)*name, b = (uint8_t)given[i];
        bool letter = (a >= 'A' && a <= 'Z') || (a >= 'a' && a <= 'z');
        if (a != b && !(letter && (a ^ b) == 0x20))
            return false;
    }
    return *name == '\0';
}

bool ike_dn_attribute(const char *name, size_t len, ikev1_bytes *oid, uint8_t *string) {
    for (size_t i = 0; i < sizeof(SHORT_NAMES) / sizeof(SHORT_NAMES[0]); i++)
        if (same_name(SHORT_NAMES[i].name, name, len)) {
            *oid = ike_bytes(SHORT_NAMES[i].oid, SHORT_NAMES[i].len);
            *string = SHORT_NAMES[i].string;
            return true;
        }
    return false;
}

/* Dotted. The first two arcs share a number; one too large for 64 bits loses its front. */
static void put_oid(struct ike_text *t, ikev1_bytes oid) {
    uint64_t arc = 0;
    bool first = true;
    for (size_t i = 0; i < oid.len; i++) {
        arc = arc << 7 | (oid.data[i] & 0x7fu);
        if ((oid.data[i] & 0x80) != 0)
            continue;
        if (first) {
            uint64_t root = arc < 80 ? arc / 40 : 2;
            ike_text_u64(t, root);
            arc -= root * 40;
        }
        ike_text_number(t, ".", arc);
        first = false;
        arc = 0;
    }
}

static void put_attribute_name(struct ike_text *t, ikev1_bytes oid) {
    for (size_t i = 0; i < sizeof(SHORT_NAMES) / sizeof(SHORT_NAMES[0]); i++)
        if (ike_bytes_equal(oid, ike_bytes(SHORT_NAMES[i].oid, SHORT_NAMES[i].len))) {
            ike_text_str(t, SHORT_NAMES[i].name);
            return;
        }
    put_oid(t, oid);
}

/* What separates names gets a backslash, so that no value can look like several of them; and so do
 * blanks at its ends, which a reader would drop. */
static void put_value(struct ike_text *t, ikev1_bytes value) {
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.data[i];
        bool edge = i == 0 || i + 1 == value.len;
        if (c == ',' || c == '+' || c == '"' || (c == ' ' && edge))
            ike_text_str(t, "\\");
        ike_text_bytes(t, ike_bytes(&value.data[i], 1));
    }
}

void ike_dn_text(struct ike_text *t, ikev1_bytes der) {
    struct ike_reader outer = ike_reader(der);
    ikev1_bytes content;
    if (!take_tagged(&outer, SEQUENCE, &content))
        return;
    struct ike_reader names = ike_reader(content);
    const char *before = "";
    while (ike_left(&names) > 0 && take_tagged(&names, SET, &content)) {
        struct ike_reader set = ike_reader(content);
        struct assertion a;
        while (ike_left(&set) > 0 && take_assertion(&set, &a)) {
            ike_text_str(t, before);
            put_attribute_name(t, a.oid);
            ike_text_str(t, "=");
            put_value(t, a.value);
            before = " + ";
        }
        before = ", ";
    }
}
