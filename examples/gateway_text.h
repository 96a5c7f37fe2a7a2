/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people write in a rule file and the library has no reader for: numbers, keys; and the
 * mistakes in it. Every function says what is wrong, where, and what was expected.
 */
#ifndef GATEWAY_TEXT_H
#define GATEWAY_TEXT_H

#include <ikev1/ikev1.h>

enum { TEXT_MAX_BYTES = 256 };

/* The mistake in a text: the `len` bytes at `at`, which points into the text that was read. */
struct mistake {
    const char *at;
    size_t len;
    char what[120];
    const char *expected;
};

/* Bytes that come with a text: of an identity or of a key. */
struct text_bytes {
    uint8_t data[TEXT_MAX_BYTES];
    size_t len;
};

/* Both are always false, so that a reader can leave with them. The second tells what one of the
 * library's readers found in `text`. */
bool text_mistake(struct mistake *mistake, const char *at, const char *what, const char *expected);
bool text_wrong(struct mistake *mistake, const char *text, const ikev1_text_error *error);

/* "192.0.2.1", "2001:db8::1": without a port. */
bool text_address(const char *text, ikev1_address *out, struct mistake *mistake);

/* Words and what they stand for; the last has none. */
struct choice {
    const char *word;
    uint8_t value;
};
bool text_choice(const struct choice *choices, const char *value, uint8_t *out);

bool text_yes(const char *value, bool *out, struct mistake *mistake); /* or no */

bool text_number(const char *text, uint32_t min, uint32_t max, uint32_t *out,
                 struct mistake *mistake);

/* "a secret", or "0x" and hexadecimal digits. */
bool text_psk(const char *text, struct text_bytes *out, struct mistake *mistake);

/* The next entry of a comma separated list, without blanks around it. False at the end. */
bool text_entry(const char **rest, const char **entry, size_t *len);

#endif
