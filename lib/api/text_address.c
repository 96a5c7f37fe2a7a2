/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, networks and ranges. */
#include "api/scan.h"
#include "wire/wire.h"

#include <string.h>

static const char EXPECTED_ADDRESS[] = "an IPv4 or IPv6 address, as 192.0.2.1 or 2001:db8::1";
static const char EXPECTED_PORT[] = "a port from 1 to 65535, as 192.0.2.1:500 or [2001:db8::1]:500";
static const char EXPECTED_SELECTOR[] =
    "an address, a network or a range, as 192.0.2.1, 192.0.2.0/24 or 192.0.2.1-192.0.2.9, with "
    "[protocol/port] behind it where needed";

static bool read_ipv4(const char *p, const char *end, uint8_t out[4]) {
    for (size_t i = 0; i < 4; i++) {
        const char *stop = i < 3 ? ike_scan_find(p, end, '.') : end;
        uint32_t byte;
        if (!ike_scan_number(p, stop, 255, &byte) || (i < 3 && stop == end))
            return false;
        out[i] = (uint8_t)byte;
        p = stop + (i < 3 ? 1 : 0);
    }
    return true;
}

/* One to four hexadecimal digits. */
static bool read_group(const char *p, const char *end, uint8_t out[2]) {
    unsigned value = 0;
    if (p == end || end - p > 4)
        return false;
    for (; p < end; p++) {
        int digit = ike_hex_digit(*p);
        if (digit < 0)
            return false;
        value = value << 4 | (unsigned)digit;
    }
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
    return true;
}

/* RFC 4291 2.2: groups, one gap, an IPv4 address as the last 32 bits. */
static bool read_ipv6(const char *p, const char *end, uint8_t out[16]) {
    enum { NO_GAP = 17 };
    uint8_t bytes[16];
    size_t used = 0, gap = NO_GAP;
    if (end - p >= 2 && p[0] == ':' && p[1] == ':') {
        gap = 0;
        p += 2;
    } else if (p == end) {
        return false;
    }
    while (p < end) {
        const char *stop = ike_scan_find(p, end, ':');
        bool ipv4 = stop == end && ike_scan_find(p, end, '.') < end;
        size_t size = ipv4 ? 4 : 2;
        if (used + size > sizeof(bytes) ||
            !(ipv4 ? read_ipv4(p, stop, bytes + used) : read_group(p, stop, bytes + used)))
            return false;
        used += size;
        p = stop;
        if (p == end)
            break;
        if (++p == end)
            return false;
        if (*p == ':' && gap != NO_GAP)
            return false;
        if (*p == ':') {
            gap = used;
            p++;
        }
    }
    if (gap == NO_GAP ? used != 16 : used > 14)
        return false;
    size_t front = gap == NO_GAP ? 16 : gap, back = used - front;
    memset(out, 0, 16);
    memcpy(out, bytes, front);
    memcpy(out + 16 - back, bytes + front, back);
    return true;
}

static bool read_address(const struct ike_scan *s, ikev1_address *out) {
    ikev1_address made = {0};
    bool ipv6 = ike_scan_find(s->p, s->end, ':') < s->end;
    made.family = ipv6 ? 6 : 4;
    if (!(ipv6 ? read_ipv6(s->p, s->end, made.ip) : read_ipv4(s->p, s->end, made.ip)))
        return false;
    *out = made;
    return true;
}

/* Splits "192.0.2.1:500" and "[::1]:500". A text with several colons and no bracket has no port. */
static bool split_port(const struct ike_scan *s, struct ike_scan *address, struct ike_scan *port) {
    bool bracket = s->p < s->end && *s->p == '[';
    const char *from = bracket ? s->p + 1 : s->p;
    const char *stop = ike_scan_find(from, s->end, bracket ? ']' : ':');
    const char *colon = bracket && stop < s->end ? stop + 1 : stop;
    *address = *s;
    *port = (struct ike_scan){s->whole, NULL, NULL, s->error};
    if (bracket && (stop == s->end || (colon < s->end && *colon != ':')))
        return false;
    if (!bracket && stop < s->end && ike_scan_find(stop + 1, s->end, ':') < s->end)
        return true;
    address->p = from;
    address->end = stop;
    if (colon < s->end) {
        port->p = colon + 1;
        port->end = s->end;
    }
    return true;
}

int ikev1_address_parse(const char *text, ikev1_address *out, ikev1_text_error *error) {
    if (text == NULL || out == NULL)
        return IKEV1_E_ARGUMENT;
    const struct ike_scan s = ike_scan(text, error);
    struct ike_scan address, port;
    ikev1_address made;
    uint32_t number = 0;
    bool bracket = s.p < s.end && *s.p == '[';
    if (!split_port(&s, &address, &port) || !read_address(&address, &made) ||
        (bracket && made.family != 6))
        return ike_scan_fail(&s, address.p, address.end, "not an address", EXPECTED_ADDRESS);
    if (port.p != NULL && (!ike_scan_number(port.p, port.end, UINT16_MAX, &number) || number == 0))
        return ike_scan_fail(&s, port.p, port.end, "not a port", EXPECTED_PORT);
    made.port = (uint16_t)number;
    *out = made;
    return IKEV1_OK;
}

size_t ikev1_address_format(const ikev1_address *address, char *out, size_t cap) {
    struct ike_text t = ike_text(out, cap);
    bool bracket = address->family == 6 && address->port != 0;
    ike_text_str(&t, bracket ? "[" : "");
    ike_text_address(&t, address);
    ike_text_str(&t, bracket ? "]" : "");
    if (address->port != 0 && (address->family == 4 || address->family == 6))
        ike_text_number(&t, ":", address->port);
    return t.len;
}

/* ---- networks and ranges ---- */

/* Sets the bits behind the prefix in `end`; false when `start` has some there. */
static bool apply_prefix(ikev1_selector *s, uint32_t prefix) {
    uint32_t bits = s->family == 4 ? 32 : 128;
    for (uint32_t bit = prefix; bit < bits; bit++) {
        uint8_t mask = (uint8_t)(0x80u >> bit % 8);
        if ((s->start[bit / 8] & mask) != 0)
            return false;
        s->end[bit / 8] |= mask;
    }
    return true;
}

static int read_subnet(const struct ike_scan *s, const char *slash, ikev1_selector *out) {
    const struct ike_scan length = ike_scan_piece(s, slash + 1, s->end);
    uint32_t prefix;
    if (!ike_scan_number(length.p, length.end, out->family == 4 ? 32 : 128, &prefix))
        return ike_scan_fail(s, length.p, length.end, "not a prefix length",
                             out->family == 4 ? "a number from 0 to 32, as in 192.0.2.0/24"
                                              : "a number from 0 to 128, as in 2001:db8::/32");
    if (!apply_prefix(out, prefix))
        return ike_scan_fail(s, s->p, s->end, "the network has bits behind its prefix",
                             "zeros there, as in 192.0.2.0/24");
    return IKEV1_OK;
}

static int read_end(const struct ike_scan *s, const char *dash, ikev1_selector *out) {
    const struct ike_scan last = ike_scan_piece(s, dash + 1, s->end);
    ikev1_address end;
    if (!read_address(&last, &end) || end.family != out->family ||
        memcmp(out->start, end.ip, sizeof(end.ip)) > 0)
        return ike_scan_fail(s, last.p, last.end, "not the end of that range",
                             "an address of the same kind, not below the first");
    memcpy(out->end, end.ip, sizeof(out->end));
    return IKEV1_OK;
}

int ike_scan_range(const struct ike_scan *s, struct ike_range *out, const char *expected) {
    const char *dash = ike_scan_find(s->p, s->end, '-');
    const char *slash = ike_scan_find(s->p, s->end, '/');
    const struct ike_scan first = ike_scan_piece(s, s->p, dash < slash ? dash : slash);
    struct ike_range made = {.form = IKE_RANGE_HOST};
    ikev1_address start;
    int r = IKEV1_OK;
    if (!read_address(&first, &start))
        return ike_scan_fail(s, first.p, first.end, "not an address", expected);
    made.selector.family = start.family;
    memcpy(made.selector.start, start.ip, sizeof(start.ip));
    memcpy(made.selector.end, start.ip, sizeof(start.ip));
    if (dash < slash) {
        made.form = IKE_RANGE_RANGE;
        r = read_end(s, dash, &made.selector);
    } else if (slash < s->end) {
        made.form = IKE_RANGE_SUBNET;
        r = read_subnet(s, slash, &made.selector);
    }
    if (r == IKEV1_OK)
        *out = made;
    return r;
}

/* "[17/1701]" or "[6]", from `open` to the end. */
static int read_protocol(const struct ike_scan *s, const char *open, ikev1_selector *out) {
    uint32_t protocol = 0, port = 0;
    if (open == s->end)
        return IKEV1_OK;
    const char *close = s->end - 1;
    const char *slash = ike_scan_find(open, close, '/');
    if (*close != ']' || !ike_scan_number(open + 1, slash, UINT8_MAX, &protocol) ||
        (slash < close && !ike_scan_number(slash + 1, close, UINT16_MAX, &port)))
        return ike_scan_fail(s, open, s->end, "not [protocol/port]", EXPECTED_SELECTOR);
    out->protocol = (uint8_t)protocol;
    out->port = (uint16_t)port;
    return IKEV1_OK;
}

int ikev1_selector_parse(const char *text, ikev1_selector *out, ikev1_text_error *error) {
    if (text == NULL || out == NULL)
        return IKEV1_E_ARGUMENT;
    const struct ike_scan s = ike_scan(text, error);
    const char *open = ike_scan_find(s.p, s.end, '[');
    const struct ike_scan addresses = ike_scan_piece(&s, s.p, open);
    struct ike_range range;
    int r = ike_scan_range(&addresses, &range, EXPECTED_SELECTOR);
    if (r == IKEV1_OK)
        r = read_protocol(&s, open, &range.selector);
    if (r == IKEV1_OK)
        *out = range.selector;
    return r;
}

size_t ikev1_selector_format(const ikev1_selector *selector, char *out, size_t cap) {
    struct ike_text t = ike_text(out, cap);
    if (selector->family == 4 || selector->family == 6)
        ike_selector_text(&t, selector);
    else
        ike_text_str(&t, "none");
    return t.len;
}
