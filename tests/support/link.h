/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A link between two engines that does what a script tells it: each datagram of a direction has a
 * number from 1, and a rule says what happens to the nth of it. Everything sent is kept.
 */
#ifndef TEST_LINK_H
#define TEST_LINK_H

#include <ikev1/types.h>

enum { LINK_TO_RESPONDER, LINK_TO_INITIATOR };
enum {
    LINK_DROP = 1, /* the nth, or with nth 0 every one */
    LINK_DOUBLE,   /* arg more copies of it, right behind */
    LINK_DELAY,    /* arrives arg ms later: what follows overtakes it */
    LINK_CORRUPT,  /* bit arg of it is flipped */
    LINK_REFLECT,  /* goes back to its sender as well */
    LINK_MOVE,     /* its source port becomes arg: a NAT in front of its sender */
};
enum { LINK_RULES = 16, LINK_FLIGHTS = 1200, LINK_KEPT = 400, LINK_MS = 10 };

struct datagram {
    uint8_t way; /* LINK_TO_... */
    bool keepalive;
    ikev1_path path; /* as its receiver sees it */
    ikev1_handle sa; /* of the sender */
    ikev1_time at;   /* when it arrives */
    uint8_t *data;
    size_t len;
};

struct link_rule {
    uint8_t way, action;
    uint32_t nth, arg;
};

struct link {
    struct link_rule rules[LINK_RULES];
    size_t rule_count;
    struct datagram flights[LINK_FLIGHTS];
    size_t flight_count;
    uint32_t sent[2];
    struct datagram kept[LINK_KEPT]; /* all that was sent, as it was */
    size_t kept_count;
    uint16_t inside, outside; /* ports of LINK_MOVE: answers to the one arrive at the other */
    bool held;                /* nothing is delivered: tests take from `kept` */
};

void link_rule(struct link *l, uint8_t way, uint8_t action, uint32_t nth, uint32_t arg);
void link_clear(struct link *l);                                           /* forgets its rules */
void link_send(struct link *l, const struct datagram *d, ikev1_time now);  /* copies */
void link_inject(struct link *l, const struct datagram *d, ikev1_time at); /* no rule, not kept */
/* Takes the one that arrives first; free its data with link_release(). */
bool link_next(struct link *l, struct datagram *d);
void link_release(struct datagram *d);
void link_flush(struct link *l); /* what is on its way is lost */
void link_free(struct link *l);
/* The nth datagram sent a way, from 1; NULL = none. */
const struct datagram *link_kept(const struct link *l, uint8_t way, uint32_t nth);

#endif
