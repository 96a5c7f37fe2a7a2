/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of attacks on phase 1 share: every kind of it, and messages that must have no effect.
 */
#ifndef TEST_ATTACK_H
#define TEST_ATTACK_H

#include "pair.h"

#define EACH_KIND(kind)                                                                            \
    for (const struct pair_kind *kind = pair_kinds; kind < pair_kinds + PAIR_KINDS; kind++)

enum { LONG = 600000 }; /* ms, until everything that waits has given up */

struct pair *kind_prepared(const struct pair_kind *kind); /* to be changed, then pair_start() */
struct pair *kind_started(const struct pair_kind *kind);
size_t kind_messages(const struct pair_kind *kind); /* of phase 1 */
bool kind_signs(const struct pair_kind *kind);

/* What a side has queued to send: counted and thrown away. */
size_t attack_discard(struct side *s);
/* Bytes that came the way of `d`. */
int attack_feed(struct side *s, const struct datagram *d, const uint8_t *data, size_t len,
                ikev1_why *why);
/* They are refused, with this code if it is not 0; nothing has changed, nothing is said. */
void attack_no_effect(const char *row, struct side *s, const struct datagram *d,
                      const uint8_t *data, size_t len, int code);
/* The side has failed, once for each attempt, and was never up. */
void attack_fails_once(const char *row, struct side *s, int code);

#endif
