/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Error codes that take a scene of their own to make: what has to happen, who hears of it, and what
 * is said. test_error_codes.c goes through them.
 */
#ifndef TEST_MAKER_H
#define TEST_MAKER_H

#include "pair.h"

struct maker {
    int code;
    const char *hint; /* part of it */
    /* Makes it, and fills in what was said; returns the code that came of it. */
    int (*make)(ikev1_why *why);
    /* Or what two gateways come to: changed before they start, or done when nothing is on its way
     * any more; then an event of one side. */
    void (*set)(struct pair *p), (*then)(struct pair *p);
    bool responder;
    uint16_t event;
    const char *theirs, *ours; /* NULL: has none */
};

#define CALL(name, hint, make)                                                                     \
    { IKEV1_E_##name, hint, make, NULL, NULL, false, 0, NULL, NULL }
#define CALL_2(name, hint, make, theirs, ours)                                                     \
    { IKEV1_E_##name, hint, make, NULL, NULL, false, 0, theirs, ours }

/* maker.c: two gateways, calls of the host; maker_message.c: messages, rule tables. */
extern const struct maker makers_by_hosts[], makers_by_message[];
extern const size_t maker_hosts, maker_messages;

/* For both files. */
enum { MAKER_LONG = 600000 }; /* ms, until everything that waits has given up */
/* A pair that has come up; limits of its initiator, 0 = the default. */
struct pair *maker_up(uint32_t children, uint32_t exchanges, uint32_t message_ids);
int maker_ended(struct pair *p, int code); /* frees the pair, returns the code */

#endif
