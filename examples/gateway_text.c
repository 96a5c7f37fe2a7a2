/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, networks, identities and keys as people write them. Suites: gateway_suites.c. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway_text.h"

static const char EXPECTED_ADDRESS[] = "an IPv4 or IPv6 address, as 192.0.2.1 or 2001:db8::1";
static const char EXPECTED_SELECTOR[] =
    "an address, a network or a range, as 192.0.2.1, 192.0.2.0/24 or 192.0.2.1-192.0.2.9, "
    "with [protocol/port] behind it where needed";
static const char EXPECTED_ID[] =
    "192.0.2.1, gw.example.org, user@example.org, or @# and hexadecimal digits";
static const char EXPECTED_PSK[] = "text, or 0x and an even number of hexadecimal digits";

/* Always false, so that a reader can leave with it. */
bool text_mistake(struct mistake *mistake, const char *at, const char *what, const char *expected) {
    mistake->at = at;
    snprintf(mistake->what, sizeof mistake->what, "%s", what);
    mistake->expected = expected;
    return false;
}

bool text_entry(const char **rest, const char **entry, size_t *len) {
    const char *start = *rest;
    if (start == NULL) {
        return false;
    }
    const char *end = strchr(start, ',');
    *rest = end != NULL ? end + 1 : NULL;
    end = end != NULL ? end : start + strlen(start);
    while (start < end && isspace((unsigned char)*start)) {
        start++;
    }
    while (end > start && isspace((unsigned char)end[-1])) {
        end--;
    }
    *entry = start;
    *len = (size_t)(end - start);
    return true;
}

/* inet_pton() for text that does not end with a NUL. */
static bool read_address(const char *text, size_t len, ikev1_address *out) {
    char copy[INET6_ADDRSTRLEN];
    if (len >= sizeof copy) {
        return false;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    *out = (ikev1_address){0};
    out->family = inet_pton(AF_INET, copy, out->ip) == 1    ? 4
                  : inet_pton(AF_INET6, copy, out->ip) == 1 ? 6
                                                            : 0;
    return out->family != 0;
}

bool text_address(const char *text, ikev1_address *out, struct mistake *mistake) {
    return read_address(text, strlen(text), out) ||
           text_mistake(mistake, text, "not an address", EXPECTED_ADDRESS);
}

bool text_number(const char *text, uint32_t min, uint32_t max, uint32_t *out,
                 struct mistake *mistake) {
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || text[digits] != '\0') {
        return text_mistake(mistake, text, "not a number", "decimal digits");
    }
    unsigned long long value = strtoull(text, NULL, 10);
    if (value < min || value > max) {
        char what[80];
        snprintf(what, sizeof what, "number out of range: it goes from %u to %u", (unsigned)min,
                 (unsigned)max);
        return text_mistake(mistake, text, what, "a number in that range");
    }
    *out = (uint32_t)value;
    return true;
}

/* Turns start and a prefix length into the range; false when the start has bits behind it. */
static bool apply_prefix(ikev1_selector *selector, unsigned prefix) {
    unsigned bits = selector->family == 4 ? 32 : 128;
    memcpy(selector->end, selector->start, sizeof selector->end);
    for (unsigned bit = prefix; bit < bits; bit++) {
        uint8_t mask = (uint8_t)(0x80 >> bit % 8);
        if ((selector->start[bit / 8] & mask) != 0) {
            return false;
        }
        selector->end[bit / 8] |= mask;
    }
    return true;
}

/* "[17/1701]" or "[6]" at the end of a selector; `len` is shortened to what stands before it. */
static bool read_protocol(const char *text, size_t *len, ikev1_selector *out) {
    const char *open = strchr(text, '[');
    if (open == NULL) {
        return true;
    }
    unsigned protocol = 0, port = 0;
    int used = 0, used_port = 0;
    if (sscanf(open, "[%3u%n/%5u%n", &protocol, &used, &port, &used_port) < 1) {
        return false;
    }
    const char *end = open + (used_port > 0 ? used_port : used);
    *len = (size_t)(open - text);
    out->protocol = (uint8_t)protocol;
    out->port = (uint16_t)port;
    return strcmp(end, "]") == 0 && protocol <= 255 && port <= 65535;
}

bool text_selector(const char *text, ikev1_selector *out, struct mistake *mistake) {
    size_t len = strlen(text);
    *out = (ikev1_selector){0};
    if (!read_protocol(text, &len, out)) {
        return text_mistake(mistake, strchr(text, '['), "not [protocol/port]", EXPECTED_SELECTOR);
    }
    size_t first = strcspn(text, "/-[");
    ikev1_address start, end;
    if (!read_address(text, first, &start)) {
        return text_mistake(mistake, text, "not an address", EXPECTED_SELECTOR);
    }
    out->family = start.family;
    memcpy(out->start, start.ip, sizeof out->start);
    unsigned prefix = start.family == 4 ? 32 : 128;
    if (first < len && text[first] == '-') {
        if (!read_address(text + first + 1, len - first - 1, &end) || end.family != start.family ||
            memcmp(start.ip, end.ip, sizeof start.ip) > 0) {
            return text_mistake(mistake, text + first + 1, "not the end of that range",
                                EXPECTED_SELECTOR);
        }
        memcpy(out->end, end.ip, sizeof out->end);
        return true;
    }
    if (first < len) {
        unsigned longest = prefix;
        int used = 0;
        if (sscanf(text + first, "/%3u%n", &prefix, &used) != 1 || prefix > longest ||
            first + (size_t)used != len) {
            return text_mistake(mistake, text + first + 1, "not a prefix length",
                                EXPECTED_SELECTOR);
        }
    }
    return apply_prefix(out, prefix) ||
           text_mistake(mistake, text, "the network has bits behind its prefix",
                        "zeros there, as in 192.0.2.0/24");
}

static bool read_hex(const char *text, struct text_bytes *out) {
    size_t digits = strlen(text);
    if (digits == 0 || digits % 2 != 0 || digits / 2 > sizeof out->data ||
        strspn(text, "0123456789abcdefABCDEF") != digits) {
        return false;
    }
    for (out->len = 0; out->len < digits / 2; out->len++) {
        char pair[3] = {text[2 * out->len], text[2 * out->len + 1], '\0'};
        out->data[out->len] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return true;
}

static bool read_plain(const char *text, struct text_bytes *out) {
    size_t len = strlen(text);
    if (len == 0 || len > sizeof out->data) {
        return false;
    }
    memcpy(out->data, text, len);
    out->len = len;
    return true;
}

bool text_psk(const char *text, struct text_bytes *out, struct mistake *mistake) {
    bool hex = strncmp(text, "0x", 2) == 0;
    return (hex ? read_hex(text + 2, out) : read_plain(text, out)) ||
           text_mistake(mistake, text, "not a key of 1 to 128 bytes", EXPECTED_PSK);
}

static bool is_domain(const char *text) {
    size_t len = strlen(text);
    return len > 0 && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789-._") == len;
}

bool text_id(const char *text, ikev1_id *out, struct text_bytes *bytes, struct mistake *mistake) {
    ikev1_address address;
    const char *at = strchr(text, '@');
    bool good;
    *out = (ikev1_id){0};
    if (read_address(text, strlen(text), &address)) {
        out->type = address.family == 4 ? IKEV1_ID_IPV4_ADDR : IKEV1_ID_IPV6_ADDR;
        bytes->len = address.family == 4 ? 4 : 16;
        memcpy(bytes->data, address.ip, bytes->len);
        good = true;
    } else if (strncmp(text, "@#", 2) == 0) {
        out->type = IKEV1_ID_KEY_ID;
        good = read_hex(text + 2, bytes);
    } else if (at == NULL || at == text) {
        const char *domain = at == text ? text + 1 : text; /* "@gw" says: a name, not an address */
        out->type = IKEV1_ID_FQDN;
        good = is_domain(domain) && read_plain(domain, bytes);
    } else {
        out->type = IKEV1_ID_USER_FQDN;
        good = is_domain(at + 1) && read_plain(text, bytes);
    }
    out->data = bytes->data;
    out->len = bytes->len;
    return good || text_mistake(mistake, text, "not an identity", EXPECTED_ID);
}
