/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every way that a small story can go: two engines, a network that belongs to an attacker, and a
 * tree of choices that is searched to its bound, breadth first, so that what is found is found by
 * the fewest choices. A state that was there before, by the digest of everything that decides how
 * it goes on, is not gone on from again.
 *
 * The attacker keeps every datagram that was ever sent. Delivering any of them, at any time and as
 * often as he likes, makes loss, doubling, reordering and replay; he can also send them back to
 * where they came from, and spoil them. He cannot break null crypto, whose hashes count every byte.
 */
#ifndef TEST_EXPLORE_H
#define TEST_EXPLORE_H

#include "arena.h"
#include "world.h"

enum {
    EXPLORE_SENT = 64,         /* different datagrams of a path */
    EXPLORE_BYTES = 24 * 1024, /* of all of them */
    EXPLORE_ENTRIES = 24,      /* of a station's ledger */
    EXPLORE_FACTS = 24,
    EXPLORE_DEPTH = 40,
};

/* What can happen next; `which` is a datagram or a station. */
enum { DELIVER, REFLECT, SPOIL, WAIT, CONNECT, LOSE, REMOVE, RENEW };
struct choice {
    uint8_t what, which, where; /* where: a datagram is spoilt, see explore.c */
};

/* How often each may happen on one path, beside DELIVER, which always may. */
struct budget {
    uint8_t reflect, spoil, wait, connect[2], lose[2], remove[2], renew[2];
};

struct story {
    const char *name;
    struct budget budget;
    bool aggressive, access; /* Aggressive Mode; XAUTH and Mode Config */
    bool stranger;           /* the left one does not have the key */
    bool up;                 /* begins with a pair that is up, all its datagrams in his hands */
    uint8_t depth;           /* choices */
};

struct sent {
    uint8_t to;
    ikev1_path path;
    uint16_t at, len; /* in explored.bytes */
};

/* What a station has said once, whatever became of it and of the station. */
struct fact {
    uint8_t station, state; /* LEDGER_INBOUND, LEDGER_UP */
    uint8_t lost;           /* how often the station could still be lost: handles begin again */
    bool child;
    ikev1_handle handle;
    union {
        struct view_sa sa;
        struct view_child pair;
    };
};

/* All that a state is. Copied as one piece, but for the ends of the arenas. */
struct explored {
    struct world w; /* first: what it carries leads back here */
    const struct story *story;
    struct budget left;
    struct ledger_entry entries[2][EXPLORE_ENTRIES];
    struct sent sent[EXPLORE_SENT];
    uint8_t bytes[EXPLORE_BYTES];
    uint16_t sent_count, byte_count, firsts; /* firsts: first messages among them */
    struct fact facts[EXPLORE_FACTS];
    uint16_t fact_count;
    size_t most_memory;
    struct arena heap[2];
};

struct found {
    size_t states, transitions, depth, most_memory;
    bool whole;               /* no state is further away than the depth */
    bool full;                /* there was no room for more states */
    const char *broken, *who; /* NULL = every rule held everywhere */
    struct choice path[EXPLORE_DEPTH];
    size_t length;
};

/* Searches to a depth or a number of states. Each of `checks`, to NULL, is called once for each
 * state; it may let the world run: what it does is undone. What is wrong it says by world_hold().
 */
void explore(const struct story *story, size_t depth, size_t most_states,
             void (*const *checks)(struct explored *x), struct found *found);
/* What is broken, and the choices that lead there. */
void explore_print(const struct found *found);

/* For checks: time passes, and of what is sent from now on all arrives, or nothing. */
void explore_run(struct explored *x, ikev1_time ms, bool honest);

#endif
