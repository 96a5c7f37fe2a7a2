/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small world for simulations and the session's fuzz target: two engines with null crypto, seeded
 * randomness, counted memory and a fake clock, datagrams in flight between them, and a ledger that
 * holds what the engines have said to the rules of event.h. Nothing is asserted on the way: the
 * first rule that was broken stands in `broken`, and the caller decides how loud to be.
 */
#ifndef TEST_WORLD_H
#define TEST_WORLD_H

#include <ikev1/ikev1.h>

#include "alloc.h"
#include "nullcrypto.h"
#include "rng.h"
#include "view.h"

enum {
    WORLD_RULE = 1,
    WORLD_FLIGHTS = 256, /* datagrams on their way; what exceeds it is lost */
    WORLD_ASKS = 16,
};

enum { LEDGER_BEGUN, LEDGER_INBOUND, LEDGER_UP, LEDGER_ENDED };

/* What an engine has said about one handle. */
struct ledger_entry {
    ikev1_handle handle, sa;         /* sa: of a child, its ISAKMP SA */
    bool child, initiator, verified; /* verified: XAUTH has succeeded */
    uint8_t state;
    int code;              /* of its end */
    ikev1_time since;      /* when it came to its state */
    ikev1_traffic traffic; /* for the caller's use */
    ikev1_path path;       /* of the last event about it */
    union {                /* what was agreed, see view.h */
        struct view_sa as_sa;
        struct view_child as_child;
    };
};

struct world_ask {
    ikev1_ask ask;
    int kind;
};

struct station {
    struct world *world;
    const char *name;
    ikev1_engine *ike;
    ikev1_config config;
    ikev1_policy policy;
    struct null_crypto null;
    struct rng rng;
    struct counted memory;
    ikev1_address address, peer;
    ikev1_selector inside, outside;
    ikev1_suite1 suites1[2];
    ikev1_suite2 suites2[2];
    size_t suite_count; /* of each that are offered: 1 or 2 */
    bool named;         /* identities are names, not addresses */
    uint32_t next_spi;  /* not 0: the host counts its SPIs from here */
    bool aggressive;    /* Aggressive Mode */
    bool access;        /* whoever calls has to pass XAUTH, and gets its address by Mode Config */
    const char *psk;
    uint16_t pfs_group;
    uint8_t natt;
    uint8_t rekey; /* IKEV1_REKEY_..., of both phases */
    bool reconnect, keep_children;
    uint32_t life_1, life_2; /* seconds; 0 = the default */
    uint8_t lifetime;        /* IKEV1_LIFETIME_..., of both phases */
    unsigned later;          /* bit IKEV1_QUESTION_...: answer such a question later */
    unsigned refuse;         /* likewise: refuse it */
    struct world_ask asks[WORLD_ASKS];
    size_t ask_count;

    struct ledger_entry *entries;
    size_t entry_count, entry_room;
    size_t ended, replaced; /* how many events of an end there were, and of those by a newer one */
    uint64_t packets, delivered; /* out of the engine, into it, since it was started */
};

struct flight {
    int to; /* index of a station */
    ikev1_path path;
    ikev1_time at;
    uint8_t *data;
    size_t len;
    bool keepalive;
};

struct world {
    struct station at[2];
    struct flight flights[WORLD_FLIGHTS];
    size_t flight_count;
    ikev1_time now;
    const char *broken; /* the first rule that did not hold; NULL = all is well */
    const char *who;    /* the station's name */
    /* Bytes or addresses were changed on the way: on what IKEv1 does not authenticate, vendor IDs
     * and NAT-D in phase 1 and where a datagram comes from, both ends need not agree. */
    bool tampered;
    /* What becomes of a datagram on its way; NULL: it arrives at once. `f->data` is the callee's to
     * change; false = it is lost. */
    bool (*carry)(struct world *w, struct flight *f);
    void (*watch)(struct world *w); /* NULL, or called after each step of world_run() */
    void *user;
};

/* Both stations with a configuration that works, not started. */
void world_init(struct world *w, uint64_t seed);
/* A new engine; one that runs is freed before, without a word to the peer. Returns its status. */
int world_start(struct world *w, int n);
void world_stop(struct world *w, int n);
/* Frees everything. After it only `broken` may be read. */
void world_end(struct world *w);

/* Pulls a station's events into its ledger and its packets into flight; checks its counters.
 * Returns how many packets there were. */
size_t world_drain(struct world *w, int n);
int world_connect(struct world *w, int n);
int world_child(struct world *w, int n, ikev1_handle sa);
int world_answer(struct world *w, int n, size_t ask, int status);

/* Puts a datagram into flight, past `carry`. Copies. */
void world_throw(struct world *w, const struct flight *f);
/* Takes flight i out; free its data. */
struct flight world_take(struct world *w, size_t i);
/* Gives a datagram to a station and drains it. */
void world_deliver(struct world *w, int n, const ikev1_path *path, const uint8_t *data, size_t len);
/* Lets the clock run to `end`, delivering and ticking at each moment something is due. */
void world_run(struct world *w, ikev1_time end);

/* The rule that what is up on both ends is the same, or crossed, row by row: every ISAKMP SA by its
 * cookies, every pair of IPsec SAs by its SPIs (FRM-02). */
void world_check_views(struct world *w);
/* Closes everything on a station and checks that each handle has got its end. */
void world_close(struct world *w, int n);
void world_hold(struct world *w, const struct station *s, bool condition, const char *rule);

size_t world_count(const struct station *s, bool child, uint8_t state);

#endif
