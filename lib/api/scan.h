/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what people write: a piece of a text that knows where it stands in the whole of it. */
#ifndef IKE_SCAN_H
#define IKE_SCAN_H

#include <ikev1/text.h>
#include "base/base.h"

struct ike_scan {
    const char *whole;       /* offsets in errors count from here */
    const char *p, *end;     /* the piece, without blanks around it */
    ikev1_text_error *error; /* may be NULL */
};

/* The whole text; clears the error. */
struct ike_scan ike_scan(const char *text, ikev1_text_error *error);

/* The piece from `p` to `end`, without blanks around it. */
struct ike_scan ike_scan_piece(const struct ike_scan *s, const char *p, const char *end);

/* Always IKEV1_E_CONFIG, after saying that the token from `p` to `end` is wrong. */
int ike_scan_fail(const struct ike_scan *s, const char *p, const char *end, const char *what,
                  const char *expected);

/* The next entry of a list. `rest` shrinks to what follows it; its `p` is NULL after the last. */
bool ike_scan_entry(struct ike_scan *rest, char separator, struct ike_scan *entry);

static inline size_t ike_scan_len(const struct ike_scan *s) {
    return (size_t)(s->end - s->p);
}
bool ike_scan_is(const struct ike_scan *s, const char *word);
bool ike_scan_starts(const struct ike_scan *s, const char *prefix);
const char *ike_scan_find(const char *p, const char *end, char c); /* `end` when it is not there */
int ike_hex_digit(char c);                                         /* -1 = none */

/* A whole decimal number without leading zeros. */
bool ike_scan_number(const char *p, const char *end, uint32_t most, uint32_t *out);

/* ---- text_address.c ---- */

enum ike_range_form { IKE_RANGE_HOST, IKE_RANGE_SUBNET, IKE_RANGE_RANGE };

/* An address, a network or a range, and as which of them it was written. */
struct ike_range {
    ikev1_selector selector;
    enum ike_range_form form;
};
int ike_scan_range(const struct ike_scan *s, struct ike_range *out, const char *expected);

/* ---- text_dn.c ---- */

/* "C=DE, O=Example": DER into `w`, which must be fresh. Too little room leaves it `bad`. */
int ike_scan_dn(const struct ike_scan *s, struct ike_writer *w);

#endif
