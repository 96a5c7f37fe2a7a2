/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and keys as people write them, and what is wrong with a text. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway_text.h"

static const char EXPECTED_PSK[] = "text, or 0x and an even number of hexadecimal digits";

bool text_mistake(struct mistake *mistake, const char *at, const char *what, const char *expected) {
    mistake->at = at;
    mistake->len = 1;
    snprintf(mistake->what, sizeof mistake->what, "%s", what);
    mistake->expected = expected;
    return false;
}

/* The token is named where it is only a part of the text. */
bool text_wrong(struct mistake *mistake, const char *text, const ikev1_text_error *error) {
    const char *at = text + error->at;
    text_mistake(mistake, at, error->what, error->expected);
    if (error->len < strlen(text)) {
        snprintf(mistake->what, sizeof mistake->what, "%s \"%.*s\"", error->what,
                 error->len < 40 ? (int)error->len : 40, at);
    }
    mistake->len = error->len;
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

bool text_address(const char *text, ikev1_address *out, struct mistake *mistake) {
    ikev1_text_error error;
    if (ikev1_address_parse(text, out, &error) != IKEV1_OK) {
        return text_wrong(mistake, text, &error);
    }
    return out->port == 0 || text_mistake(mistake, text, "a port behind the address",
                                          "the address alone: ports have keys of their own");
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
           text_mistake(mistake, text, "not a key of 1 to 256 bytes", EXPECTED_PSK);
}

bool text_choice(const struct choice *choices, const char *value, uint8_t *out) {
    for (; choices->word != NULL; choices++) {
        if (strcmp(choices->word, value) == 0) {
            *out = choices->value;
            return true;
        }
    }
    return false;
}

bool text_yes(const char *value, bool *out, struct mistake *mistake) {
    static const struct choice CHOICES[] = {{"yes", 1}, {"no", 0}, {NULL, 0}};
    uint8_t yes = 0;
    bool good = text_choice(CHOICES, value, &yes);
    *out = yes != 0;
    return good || text_mistake(mistake, value, "unknown word", "yes or no");
}
