/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A street of gateways, each an engine with a rule table of its own, null crypto and counted
 * memory; datagrams go to the house that has the address. Log lines and ends are kept.
 *
 *     struct street *s = street_new();
 *     struct house *hub = street_house(s, "hub", 1), *branch = street_house(s, "branch", 2);
 *     house_load(hub, rules, 2);
 *     house_connect(branch, 1);
 *     street_free(s);
 */
#ifndef TEST_STREET_H
#define TEST_STREET_H

#include <ikev1/ikev1.h>

#include "alloc.h"
#include "nullcrypto.h"
#include "rng.h"
#include "rows.h"

enum { HOUSES = 8, HOUSE_LINES = 200, HOUSE_LINE = 700, HOUSE_EVENTS = 100, STREET_POST = 64 };

struct house_event {
    uint16_t type;
    uint32_t rule;
    ikev1_handle sa, child;
    ikev1_selector remote; /* CHILD_UP */
    ikev1_why why;         /* of an end */
};

struct house {
    struct street *street;
    const char *name;
    ikev1_address address;
    ikev1_config config;
    ikev1_rules_config rules_config;
    struct null_crypto null;
    struct rng rng;
    struct counted memory;
    ikev1_engine *ike;
    ikev1_rules *rules;
    char lines[HOUSE_LINES][HOUSE_LINE];
    size_t line_count;
    struct house_event events[HOUSE_EVENTS];
    size_t event_count;
};

struct street {
    struct house *houses[HOUSES];
    size_t count;
    ikev1_time now;
    struct letter {
        ikev1_path path;
        uint8_t data[4096];
        size_t len;
    } post[STREET_POST];
    size_t post_count;
};

struct street *street_new(void);
void street_free(struct street *s); /* all memory must be back, and wiped */
/* Its address is 192.0.2.`number`. Its engine and an empty table are made; change a configuration
 * with house_again(). */
struct house *street_house(struct street *s, const char *name, uint8_t number);
void house_again(struct house *h); /* engine and table anew, by its configurations */

/* Delivers until nothing is on its way. */
void street_run(struct street *s);
/* Lets time pass, with everything that is due. */
void street_wait(struct street *s, ikev1_time ms);

int house_load(struct house *h, const ikev1_rule *rules, size_t count); /* or the test fails */
int house_connect(struct house *h, uint32_t rule);                      /* and runs the street */

bool house_said(const struct house *h, const char *line); /* exactly this line */
size_t house_count(const struct house *h, uint16_t type);
const struct house_event *house_event(const struct house *h, uint16_t type, size_t nth);
void house_forget(struct house *h); /* lines and events so far */

/* A rule that works: AES-128, SHA2-256, X25519; psk "correct horse battery staple"; behind
 * 192.0.2.n is 10.n.0.0/24. `peer` 0: a dynamic rule. */
ikev1_rule street_rule(uint32_t number, uint8_t local, uint8_t peer);
ikev1_selector street_net(uint8_t a, uint8_t b, uint8_t c, unsigned bits);

/* A hub, 192.0.2.1, and two branches. */
struct town {
    struct street *street;
    struct house *hub, *two, *three;
};
struct town town_new(void);
ikev1_rule town_branch(uint8_t number); /* what a branch has about the hub: its rule 1 */

#endif
