/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people write in a rule file, turned into what the library wants: addresses, networks,
 * identities, keys and suites. Every function says what is wrong, where, and what was expected.
 */
#ifndef GATEWAY_TEXT_H
#define GATEWAY_TEXT_H

#include <ikev1/ikev1.h>

enum { TEXT_MAX_BYTES = 128, TEXT_MAX_SUITES = 32 };

/* The mistake in a text. `at` points into the text that was read. */
struct mistake {
    const char *at;
    char what[120];
    const char *expected;
};

/* Bytes that come with a text: of an identity or of a key. */
struct text_bytes {
    uint8_t data[TEXT_MAX_BYTES];
    size_t len;
};

bool text_mistake(struct mistake *mistake, const char *at, const char *what, const char *expected);

/* "192.0.2.1", "2001:db8::1". Port 0. */
bool text_address(const char *text, ikev1_address *out, struct mistake *mistake);

bool text_number(const char *text, uint32_t min, uint32_t max, uint32_t *out,
                 struct mistake *mistake);

/* "192.0.2.0/24", "192.0.2.1", "192.0.2.1-192.0.2.9"; with "[17/1701]" behind: protocol, port. */
bool text_selector(const char *text, ikev1_selector *out, struct mistake *mistake);

/* "192.0.2.1", "gw.example.org", "user@example.org", "@#6b6579". `bytes` holds its content. */
bool text_id(const char *text, ikev1_id *out, struct text_bytes *bytes, struct mistake *mistake);

/* "a secret", or "0x" and hexadecimal digits. */
bool text_psk(const char *text, struct text_bytes *out, struct mistake *mistake);

/* "aes128-sha256-modp2048, 3des-sha1-modp1024" */
bool text_suites1(const char *text, ikev1_suite1 *out, size_t *count, struct mistake *mistake);

/* "aes128-sha256, aes128gcm16"; a group behind each of them ("-modp2048") asks for PFS. */
bool text_suites2(const char *text, ikev1_suite2 *out, size_t *count, uint16_t *pfs_group,
                  struct mistake *mistake);

/* "3des, modp1024": IKEV1_ALLOW_... bits. */
bool text_allow(const char *text, uint32_t *out, struct mistake *mistake);

/* The next entry of a comma separated list, without blanks around it. False at the end. */
bool text_entry(const char **rest, const char **entry, size_t *len);

#endif
