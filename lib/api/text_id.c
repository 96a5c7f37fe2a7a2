/* SPDX-License-Identifier: Apache-2.0 */
/* Identities as people write them. */
#include "api/scan.h"
#include "wire/wire.h"

#include <string.h>

static const char EXPECTED_ID[] =
    "192.0.2.1, gw.example.org, user@example.org, @# and hexadecimal digits, or C=DE, O=Example, "
    "CN=gw";
static const char EXPECTED_ADDRESS[] =
    "an address, a network or a range, as 192.0.2.1, 192.0.2.0/24 or 192.0.2.1-192.0.2.9";
static const char EXPECTED_NAME[] =
    "letters, digits, - _ * and dots, as gw.example.org; fqdn: before a name with others";
static const char EXPECTED_USER[] = "user@example.org; userfqdn: before a name of another form";
static const char EXPECTED_HEX[] = "an even number of hexadecimal digits";
static const char EXPECTED_PLAIN[] = "a name without control characters";
static const char EXPECTED_TYPE[] = "content that fits the type the prefix names";
static const char EXPECTED_PREFIX[] = "fqdn:, userfqdn:, keyid:, asn1dn:, asn1gn:, ipv4:, ipv6:, "
                                      "ipv4net:, ipv6net:, ipv4range: or ipv6range:";

/* An identity that is being read: its type, and its content in the caller's buffer. */
struct draft {
    uint8_t type;
    struct ike_writer w;
};

/* Reads the content that `s` is, and may find the type by it. */
typedef int (*reader)(const struct ike_scan *s, struct draft *id);

static bool is_letter_or_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static void put(struct draft *id, const struct ike_scan *s) {
    ike_write(&id->w, ike_bytes(s->p, ike_scan_len(s)));
}

/* ---- names ---- */

/* Labels with dots between them; a dot at the end is the root's. */
static int check_domain(const struct ike_scan *s) {
    const char *label = s->p;
    for (const char *p = s->p; p < s->end; p++) {
        if (*p == '.' && p == label)
            return ike_scan_fail(s, p, p + 1, "dot without a name before it", EXPECTED_NAME);
        if (*p == '.')
            label = p + 1;
        else if (!is_letter_or_digit(*p) && *p != '-' && *p != '_' && *p != '*')
            return ike_scan_fail(s, p, p + 1, "character that no name has", EXPECTED_NAME);
    }
    return s->p < s->end ? IKEV1_OK
                         : ike_scan_fail(s, s->p, s->end, "not an identity", EXPECTED_ID);
}

static int read_domain(const struct ike_scan *s, struct draft *id) {
    id->type = IKEV1_ID_FQDN;
    put(id, s);
    return check_domain(s);
}

/* "user@example.org", with the "@" at `at`. */
static int read_user(const struct ike_scan *s, const char *at, struct draft *id) {
    const struct ike_scan domain = {s->whole, at + 1, s->end, s->error};
    for (const char *p = s->p; p < at; p++)
        if ((uint8_t)*p <= 0x20 || (uint8_t)*p >= 0x7f)
            return ike_scan_fail(s, p, p + 1, "character that no name has", EXPECTED_USER);
    if (domain.p == domain.end)
        return ike_scan_fail(s, s->p, s->end, "no domain behind the @", EXPECTED_USER);
    id->type = IKEV1_ID_USER_FQDN;
    put(id, s);
    return check_domain(&domain);
}

/* A name of any form: what it may hold is checked by its type. */
static int read_plain(const struct ike_scan *s, struct draft *id) {
    for (const char *p = s->p; p < s->end; p++)
        if ((uint8_t)*p < 0x20 || (uint8_t)*p == 0x7f) /* IDN-04 */
            return ike_scan_fail(s, p, p + 1, "control character", EXPECTED_PLAIN);
    put(id, s);
    return IKEV1_OK;
}

static int read_hex(const struct ike_scan *s, struct draft *id) {
    const char *p = s->p;
    while (p < s->end && ike_hex_digit(*p) >= 0)
        p++;
    if (p < s->end)
        return ike_scan_fail(s, p, p + 1, "not a hexadecimal digit", EXPECTED_HEX);
    if (s->p == s->end || ike_scan_len(s) % 2 != 0)
        return ike_scan_fail(s, s->p, s->end, "not whole bytes", EXPECTED_HEX);
    for (p = s->p; p < s->end; p += 2)
        ike_write_u8(&id->w, (uint8_t)(ike_hex_digit(p[0]) << 4 | ike_hex_digit(p[1])));
    return IKEV1_OK;
}

static int read_dn(const struct ike_scan *s, struct draft *id) {
    id->type = IKEV1_ID_DER_ASN1_DN;
    return ike_scan_dn(s, &id->w);
}

/* ---- addresses ---- */

/* The type follows from how it was written: 192.0.2.1/32 is a network of one (IDN-02). */
static int read_range(const struct ike_scan *s, struct draft *id) {
    static const uint8_t TYPES[2][3] = {
        {IKEV1_ID_IPV4_ADDR, IKEV1_ID_IPV4_ADDR_SUBNET, IKEV1_ID_IPV4_ADDR_RANGE},
        {IKEV1_ID_IPV6_ADDR, IKEV1_ID_IPV6_ADDR_SUBNET, IKEV1_ID_IPV6_ADDR_RANGE},
    };
    struct ike_range range;
    int r = ike_scan_range(s, &range, EXPECTED_ADDRESS);
    if (r != IKEV1_OK)
        return r;
    const ikev1_selector *from = &range.selector;
    size_t size = from->family == 4 ? 4 : 16;
    uint8_t second[16];
    for (size_t i = 0; i < size; i++)
        second[i] = range.form == IKE_RANGE_SUBNET ? (uint8_t) ~(from->start[i] ^ from->end[i])
                                                   : from->end[i];
    uint8_t type = TYPES[from->family == 6][range.form];
    if (id->type != 0 && id->type != type)
        return ike_scan_fail(s, s->p, s->end, "content of another type", EXPECTED_TYPE);
    id->type = type;
    ike_write(&id->w, ike_bytes(from->start, size));
    if (range.form != IKE_RANGE_HOST)
        ike_write(&id->w, ike_bytes(second, size));
    return IKEV1_OK;
}

/* ---- prefixes ---- */

/* How content without a # is written. */
enum form { PLAIN, NAMES, HEX, ADDRESS, FORMS };

static const struct prefix {
    char text[11];
    uint8_t type;
    uint8_t form;
} PREFIXES[] = {
    {"fqdn:", IKEV1_ID_FQDN, PLAIN},
    {"dns:", IKEV1_ID_FQDN, PLAIN},
    {"userfqdn:", IKEV1_ID_USER_FQDN, PLAIN},
    {"email:", IKEV1_ID_USER_FQDN, PLAIN},
    {"rfc822:", IKEV1_ID_USER_FQDN, PLAIN},
    {"keyid:", IKEV1_ID_KEY_ID, PLAIN},
    {"asn1dn:", IKEV1_ID_DER_ASN1_DN, NAMES},
    {"asn1gn:", IKEV1_ID_DER_ASN1_GN, HEX},
    {"ipv4:", IKEV1_ID_IPV4_ADDR, ADDRESS},
    {"ipv6:", IKEV1_ID_IPV6_ADDR, ADDRESS},
    {"ipv4net:", IKEV1_ID_IPV4_ADDR_SUBNET, ADDRESS},
    {"ipv6net:", IKEV1_ID_IPV6_ADDR_SUBNET, ADDRESS},
    {"ipv4range:", IKEV1_ID_IPV4_ADDR_RANGE, ADDRESS},
    {"ipv6range:", IKEV1_ID_IPV6_ADDR_RANGE, ADDRESS},
};

enum { PREFIX_COUNT = sizeof(PREFIXES) / sizeof(PREFIXES[0]) };

static int read_prefixed(const struct ike_scan *s, const struct prefix *prefix, struct draft *id) {
    static const reader FORM[FORMS] = {read_plain, read_dn, read_hex, read_range};
    struct ike_scan content = ike_scan_piece(s, s->p + strlen(prefix->text), s->end);
    bool hex = content.p < content.end && *content.p == '#';
    content.p += hex ? 1 : 0;
    id->type = prefix->type;
    int r = FORM[hex ? HEX : prefix->form](&content, id);
    if (r != IKEV1_OK || id->w.bad)
        return r;
    /* What our own decoder would refuse from a peer is no identity. */
    uint8_t *body = id->w.start;
    size_t len = ike_written(&id->w);
    if (!ike_id_is_good(&(ikev1_id){.type = id->type, .data = body, .len = len}))
        return ike_scan_fail(s, content.p, content.end, "content of another type", EXPECTED_TYPE);
    return IKEV1_OK;
}

/* ---- all forms ---- */

/* Digits, dots and what joins two addresses: a name would have a letter. */
static bool looks_like_ipv4(const struct ike_scan *s) {
    for (const char *p = s->p; p < s->end; p++)
        if ((*p < '0' || *p > '9') && *p != '.' && *p != '/' && *p != '-' && *p != ' ')
            return false;
    return s->p < s->end;
}

/* A colon: of an address, or of a prefix we do not know. */
static int read_colon(const struct ike_scan *s, const char *colon, struct draft *id) {
    for (const char *p = s->p; p < colon; p++)
        if (ike_hex_digit(*p) < 0 && *p != '.')
            return ike_scan_fail(s, s->p, colon + 1, "unknown prefix", EXPECTED_PREFIX);
    return read_range(s, id);
}

static int read_any(const struct ike_scan *s, struct draft *id) {
    const char *at = ike_scan_find(s->p, s->end, '@');
    const char *colon = ike_scan_find(s->p, s->end, ':');
    for (size_t i = 0; i < PREFIX_COUNT; i++)
        if (ike_scan_starts(s, PREFIXES[i].text))
            return read_prefixed(s, &PREFIXES[i], id);
    if (ike_scan_starts(s, "@#")) {
        const struct ike_scan digits = {s->whole, s->p + 2, s->end, s->error};
        id->type = IKEV1_ID_KEY_ID;
        return read_hex(&digits, id);
    }
    if (ike_scan_starts(s, "@")) {
        const struct ike_scan name = {s->whole, s->p + 1, s->end, s->error};
        return read_domain(&name, id);
    }
    if (ike_scan_find(s->p, s->end, '=') < s->end)
        return read_dn(s, id);
    if (at < s->end)
        return read_user(s, at, id);
    if (colon < s->end)
        return read_colon(s, colon, id);
    return looks_like_ipv4(s) ? read_range(s, id) : read_domain(s, id);
}

int ikev1_id_parse(const char *text, uint8_t *buf, size_t cap, ikev1_id *out,
                   ikev1_text_error *error) {
    if (text == NULL || (buf == NULL && cap > 0) || out == NULL)
        return IKEV1_E_ARGUMENT;
    const struct ike_scan s = ike_scan(text, error);
    struct draft id = {0, ike_writer(buf, cap)};
    int r = read_any(&s, &id);
    if (r != IKEV1_OK)
        return r;
    if (id.w.bad)
        return ike_scan_fail(&s, s.p, s.end, "identity too long", "one that fits its buffer");
    *out = (ikev1_id){.type = id.type, .data = buf, .len = ike_written(&id.w)};
    return IKEV1_OK;
}

/* ---- back to text ---- */

/* Whether the identity's text behind this prefix, were it read, would be the identity again. */
static bool reads_back(const char *prefix, const ikev1_id *id) {
    char text[400];
    uint8_t buf[256];
    ikev1_id again;
    struct ike_text t = ike_text(text, sizeof(text));
    ike_text_str(&t, prefix);
    ike_id_text(&t, id);
    return t.len < sizeof(text) &&
           ikev1_id_parse(text, buf, sizeof(buf), &again, NULL) == IKEV1_OK &&
           ike_id_equal(id, &again);
}

size_t ikev1_id_format(const ikev1_id *id, char *out, size_t cap) {
    struct ike_text t = ike_text(out, cap);
    const struct prefix *prefix = NULL;
    for (size_t i = PREFIX_COUNT; i > 0; i--)
        if (PREFIXES[i - 1].type == id->type)
            prefix = &PREFIXES[i - 1];
    if (id->type == 0) {
        ike_text_str(&t, "none");
        return t.len;
    }
    if (prefix == NULL || id->type == IKEV1_ID_KEY_ID ||
        (id->type == IKEV1_ID_DER_ASN1_DN && ike_id_is_good(id)) || reads_back("", id)) {
        ike_id_text(&t, id);
        return t.len;
    }
    ike_text_str(&t, prefix->text);
    if (reads_back(prefix->text, id)) {
        ike_id_text(&t, id);
    } else {
        ike_text_str(&t, "#");
        ike_text_hex(&t, ike_bytes(id->data, id->len));
    }
    return t.len;
}
