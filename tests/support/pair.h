/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two engines that negotiate with each other, each with its own policy, memory and random source,
 * and everything they say kept: events as deep copies, log lines as text.
 *
 *     struct pair *p = pair_new(NULL);         a clock at 0, NULL = null crypto
 *     p->i.phase1.natt = IKEV1_NATT_AUTO;      change what the sides answer, then
 *     pair_start(p);
 *     assert_int_equal(pair_connect(p), IKEV1_OK);
 *     pair_run(p);                             link.h: until nothing is on its way
 *     pair_check_up(p, 1);
 *     pair_free(p);                            nothing leaked, everything wiped
 */
#ifndef TEST_PAIR_H
#define TEST_PAIR_H

#include <ikev1/ikev1.h>

#include "alloc.h"
#include "link.h"
#include "nullcrypto.h"
#include "rng.h"
#include "rows.h"
#include "signer.h"
#include "user.h"

enum {
    PAIR_RULE = 1,
    PAIR_LINES = 400,
    PAIR_LINE = 240,
    PAIR_EVENTS = 200,
    PAIR_ASKS = 32,
    PAIR_KEYS = 96,
    PAIR_ID = 64,
};

struct pair_event {
    ikev1_event at; /* its pointers lead into this struct */
    ikev1_sa_info info;
    union {
        ikev1_ipsec ipsec; /* the only, or the innermost */
        ikev1_ipsec bundle[IKEV1_MAX_BUNDLE];
    };
    ikev1_notify notify;
    ikev1_why why;
    uint8_t local_id[PAIR_ID], remote_id[PAIR_ID];
    uint8_t encryption_key[PAIR_KEYS], integrity_key[PAIR_KEYS]; /* of a bundle, one after another
                                                                  */
    uint8_t data[PAIR_KEYS];
    char user[PAIR_ID];
    struct user_lease lease;
};

struct pair_ask {
    ikev1_ask ask;
    int kind;
    ikev1_handle sa, child;
    uint32_t rule;
    bool answered;
};

struct side {
    const char *name;
    struct pair *pair;
    ikev1_engine *ike;
    ikev1_config config; /* change before pair_start() */
    ikev1_policy policy;
    struct null_crypto null;
    struct rng rng;
    struct counted memory;

    /* What the policy answers. `status` by IKEV1_QUESTION_...: refuse with it; IKEV1_PENDING asks
     * for the answer later: pair_answer(). */
    ikev1_phase1 phase1;
    ikev1_phase2 phase2;
    ikev1_suite1 suites1[32];
    ikev1_suite2 suites2[32];
    ikev1_phase2 next[IKEV1_MAX_SA_PAYLOADS]; /* see pair_several() */
    const char *psk;
    struct signer signer; /* see pair_by() */
    struct user user;     /* see user.h */
    int status[16];
    uint32_t next_spi; /* not 0: the spi callback counts from here */
    struct pair_ask asks[PAIR_ASKS];
    size_t ask_count, questions;

    /* Called from inside every callback: name says which. */
    void (*inside)(struct side *side, const char *name);

    ikev1_why cause; /* the last that was logged: calls of the host return no more than its code */
    char lines[PAIR_LINES][PAIR_LINE];
    size_t line_count;
    struct pair_event events[PAIR_EVENTS];
    size_t event_count;
};

struct pair {
    struct side i, r;
    struct link link;
    ikev1_time now;
};

/* Both sides with a configuration that works. `crypto` NULL: null crypto, own seed each. */
struct pair *pair_new(const ikev1_crypto *crypto);
/* Started, with phase 2 suites as ikev1_suites2_parse() reads them; nothing is too weak. */
struct pair *pair_with_suites(const ikev1_crypto *crypto, const char *initiator,
                              const char *responder);
void pair_start(struct pair *p); /* both engines, or the test fails */
int pair_start_side(struct side *s);
/* Frees both engines; what they held must be back and wiped. */
void pair_free(struct pair *p);
void pair_stop(struct pair *p); /* frees the engines, checks nothing */

/* Both sides know any number of rules, all alike: the initiator gets an SA for each. */
void pair_any_rule(struct pair *p);
/* Both sides have `more` SA payloads beside the first in a Quick Mode, all like it but for the
 * rule, which counts on from PAIR_RULE. */
void pair_several(struct pair *p, size_t more);
int pair_connect(struct pair *p); /* the initiator's rule, at p->now */
/* Pulls the events of a side, then its packets onto the link. */
void side_drain(struct side *s);
/* Delivers what is on the link, in order of arrival, until nothing is. The clock moves with it. */
void pair_run(struct pair *p);
bool pair_step(struct pair *p); /* one datagram; false = none on its way */
/* Lets time pass: ticks both sides at their deadlines and delivers, for `ms`. */
void pair_wait(struct pair *p, ikev1_time ms);
/* A Main Mode and a Quick Mode, complete. */
void pair_up(struct pair *p);

/* Answers the oldest open question of that kind, as the callback would have. */
int side_answer(struct side *s, int kind, int status);

/* Events of a type so far; the nth of them, from 0 (the test fails when there is none). */
size_t side_count(const struct side *s, uint16_t type);
const struct pair_event *side_event(const struct side *s, uint16_t type, size_t nth);
bool side_said(const struct side *s, const char *text); /* a line that contains it */
size_t side_said_times(const struct side *s, const char *text);
/* How often phase 1 may fail: at the responder each time that its first message has come. */
size_t side_attempts(const struct side *s);
void side_forget(struct side *s); /* events and lines so far */

/* Two runs have sent the same datagrams, byte for byte. */
void pair_check_same_packets(const struct pair *one, const struct pair *other);
/* Both sides have exactly `children` complete pairs, with the same keys crossed, and one SA. */
void pair_check_up(const struct pair *p, size_t children);
void pair_check_children(const struct pair *p, size_t children); /* whatever SAs there are */

/* The only, or the first, ISAKMP SA and its newest child. */
ikev1_handle side_sa(const struct side *s);
ikev1_handle side_child(const struct side *s);

#endif
