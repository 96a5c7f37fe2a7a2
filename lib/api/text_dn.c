/* SPDX-License-Identifier: Apache-2.0 */
/* A distinguished name as people write it (RFC 4514, and OpenSSL's form with slashes), into DER. */
#include "api/scan.h"
#include "wire/wire.h"

#include <string.h>

enum { SEQUENCE = 0x30, SET = 0x31, OID = 0x06 };
enum { UTF8_STRING = 0x0c, PRINTABLE_STRING = 0x13 };
enum { MAX_HEADER = 4, MAX_OID = 48, MAX_ARC = 5 };

static const char EXPECTED_PART[] = "NAME=value in each part, as C=DE, O=Example, CN=gw";
static const char EXPECTED_NAME[] =
    "C, ST, L, O, OU, CN, E, DC, SN, serialNumber, street, T, GN, UID, or an OID as 2.5.4.3";
static const char EXPECTED_VALUE[] = "a value without control characters, in UTF-8";
static const char EXPECTED_ESCAPE[] =
    "a backslash before the character it stands for, as \\, or \\+, or \\x and two hexadecimal "
    "digits";

/* ---- DER ---- */

static size_t header_size(size_t len) {
    return len < 0x80 ? 2 : len < 0x100 ? 3 : MAX_HEADER;
}

static void put_header(struct ike_writer *w, uint8_t tag, size_t len) {
    ike_write_u8(w, tag);
    if (len >= 0x80)
        ike_write_u8(w, len < 0x100 ? 0x81 : 0x82);
    if (len < 0x100)
        ike_write_u8(w, (uint8_t)len);
    else
        ike_write_u16(w, (uint16_t)len);
    if (len > UINT16_MAX)
        w->bad = true;
}

/* SET of one SEQUENCE of OID and a string, RFC 5280 4.1.2.4. Returns where the string's `len`
 * bytes go, NULL when there is no room. */
static uint8_t *put_assertion(struct ike_writer *w, ikev1_bytes oid, uint8_t string, size_t len) {
    size_t pair = header_size(oid.len) + oid.len + header_size(len) + len;
    put_header(w, SET, header_size(pair) + pair);
    put_header(w, SEQUENCE, pair);
    put_header(w, OID, oid.len);
    ike_write(w, oid);
    put_header(w, string, len);
    return ike_write_room(w, len);
}

/* ---- names ---- */

static size_t put_arc(uint8_t *out, uint64_t arc) {
    size_t size = 1;
    for (uint64_t rest = arc >> 7; rest > 0; rest >>= 7)
        size++;
    for (size_t i = size; i > 0; i--, arc >>= 7)
        out[i - 1] = (uint8_t)((arc & 0x7f) | (i < size ? 0x80u : 0));
    return size;
}

/* "2.5.4.3". X.690 8.19: the first two arcs share a number. */
static bool read_oid(const struct ike_scan *name, uint8_t out[MAX_OID], size_t *len) {
    struct ike_scan rest = *name, arc;
    uint32_t root = 0, number;
    size_t count = 0;
    for (*len = 0; ike_scan_entry(&rest, '.', &arc); count++) {
        if (!ike_scan_number(arc.p, arc.end, count == 0 ? 2 : UINT32_MAX, &number) ||
            (count == 1 && root < 2 && number >= 40) || *len > MAX_OID - MAX_ARC)
            return false;
        if (count == 0)
            root = number;
        else
            *len += put_arc(out + *len, count == 1 ? root * 40 + (uint64_t)number : number);
    }
    return count >= 2;
}

/* ---- values ---- */

/* One byte of a value, as itself or after a backslash. */
static bool take_byte(const char **at, const char *end, uint8_t *out) {
    const char *p = *at;
    *out = (uint8_t)*p;
    *at = p + 1;
    if (*p != '\\')
        return *p != '+' && *p != '"';
    if (++p == end)
        return false;
    bool marked = *p == 'x'; /* \xc3, as we write it; RFC 4514 2.4 has \c3 */
    const char *digits = marked ? p + 1 : p;
    if (end - digits >= 2 && ike_hex_digit(digits[0]) >= 0 && ike_hex_digit(digits[1]) >= 0) {
        *out = (uint8_t)(ike_hex_digit(digits[0]) << 4 | ike_hex_digit(digits[1]));
        *at = digits + 2;
        return true;
    }
    *out = (uint8_t)*p;
    *at = p + 1;
    bool plain = (*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z');
    return !plain;
}

static int measure(const struct ike_scan *value, size_t *len) {
    uint8_t byte;
    *len = 0;
    for (const char *p = value->p, *at = p; p < value->end; at = p, ++*len) {
        if (!take_byte(&p, value->end, &byte))
            return ike_scan_fail(value, at, p,
                                 *at == '\\' ? "backslash before what needs none"
                                             : "character that needs a backslash",
                                 EXPECTED_ESCAPE);
        if (byte < 0x20 || byte == 0x7f) /* IDN-04 */
            return ike_scan_fail(value, at, p, "control character", EXPECTED_VALUE);
    }
    return *len > 0 ? IKEV1_OK
                    : ike_scan_fail(value, value->p, value->end, "empty value", EXPECTED_PART);
}

/* RFC 3629 4: shortest form, no surrogates, nothing above U+10FFFF. */
static bool is_utf8(const uint8_t *p, size_t len) {
    static const uint32_t LEAST[] = {0, 0x80, 0x800, 0x10000};
    for (size_t i = 0; i < len; i++) {
        unsigned more = p[i] < 0x80             ? 0
                        : (p[i] & 0xe0) == 0xc0 ? 1
                        : (p[i] & 0xf0) == 0xe0 ? 2
                        : (p[i] & 0xf8) == 0xf0 ? 3
                                                : 4;
        uint32_t code = more == 0 ? p[i] : p[i] & (0x3fu >> more);
        if (more == 4 || more >= len - i)
            return false;
        for (unsigned k = 0; k < more; k++)
            if ((p[++i] & 0xc0) != 0x80)
                return false;
            else
                code = code << 6 | (p[i] & 0x3fu);
        if (code < LEAST[more] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
            return false;
    }
    return true;
}

/* X.680 41.4 */
static bool is_printable(uint8_t c) {
    static const char OTHERS[] = " '()+,-./:=?";
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           ike_scan_find(OTHERS, OTHERS + sizeof(OTHERS) - 1, (char)c) <
               OTHERS + sizeof(OTHERS) - 1;
}

static bool fits_string(uint8_t string, const uint8_t *p, size_t len) {
    if (string == UTF8_STRING)
        return is_utf8(p, len);
    for (size_t i = 0; i < len; i++)
        if (string == PRINTABLE_STRING ? !is_printable(p[i]) : p[i] >= 0x80)
            return false;
    return true;
}

/* ---- parts ---- */

/* The separator that has no backslash before it. */
static const char *find_separator(const char *p, const char *end, char separator) {
    for (; p < end && *p != separator; p++)
        if (*p == '\\' && p + 1 < end)
            p++;
    return p;
}

/* What stands behind the "=". A blank at its end that has a backslash belongs to it. */
static struct ike_scan value_of(const struct ike_scan *part, const char *equals) {
    struct ike_scan value = ike_scan_piece(part, equals + 1, part->end);
    const char *p = value.end;
    while (p > value.p && p[-1] == '\\')
        p--;
    if ((value.end - p) % 2 != 0 && *value.end == ' ')
        value.end++;
    return value;
}

static int put_part(const struct ike_scan *part, struct ike_writer *w) {
    uint8_t own[MAX_OID], string = UTF8_STRING;
    ikev1_bytes oid;
    size_t len = 0;
    const char *equals = ike_scan_find(part->p, part->end, '=');
    if (equals == part->end)
        return ike_scan_fail(part, part->p, part->end, "no = in a part of the name", EXPECTED_PART);
    const struct ike_scan name = ike_scan_piece(part, part->p, equals);
    const struct ike_scan value = value_of(part, equals);
    if (!ike_dn_attribute(name.p, ike_scan_len(&name), &oid, &string)) {
        if (!read_oid(&name, own, &len))
            return ike_scan_fail(part, name.p, name.end, "unknown attribute", EXPECTED_NAME);
        oid = ike_bytes(own, len);
    }
    int r = measure(&value, &len);
    if (r != IKEV1_OK)
        return r;
    uint8_t *out = put_assertion(w, oid, string, len);
    const char *p = value.p;
    for (size_t i = 0; out != NULL && i < len; i++)
        (void)take_byte(&p, value.end, &out[i]);
    if (out != NULL && !fits_string(string, out, len))
        return ike_scan_fail(part, value.p, value.end, "value that its attribute cannot have",
                             string == UTF8_STRING        ? EXPECTED_VALUE
                             : string == PRINTABLE_STRING ? "letters, digits, blanks, '()+,-./:=?"
                                                          : "ASCII");
    return IKEV1_OK;
}

int ike_scan_dn(const struct ike_scan *s, struct ike_writer *w) {
    bool slashes = s->p < s->end && *s->p == '/';
    const char *p = slashes ? s->p + 1 : s->p, *stop = NULL;
    do {
        stop = find_separator(p, s->end, slashes ? '/' : ',');
        const struct ike_scan part = ike_scan_piece(s, p, stop);
        int r = put_part(&part, w);
        if (r != IKEV1_OK)
            return r;
        p = stop + 1;
    } while (stop < s->end);
    /* The outermost header goes in front, now that the length behind it is known. */
    size_t len = ike_written(w), header = header_size(len);
    if (ike_write_room(w, header) == NULL)
        return IKEV1_OK;
    memmove(w->start + header, w->start, len);
    struct ike_writer front = ike_writer(w->start, header);
    put_header(&front, SEQUENCE, len);
    w->bad = front.bad;
    return IKEV1_OK;
}
