/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A capsule: everything that went into an engine, in a text file, so that what happened in the
 * field happens again on a desk. An engine has no clock, no socket and no randomness of its own:
 * the same calls, datagrams, answers and random bytes lead to the same events and packets, and a
 * replay that differs says in which line.
 *
 *     capsule_record(&capsule, file, secrets, &config);      before ikev1_engine_new()
 *     capsule_do(&capsule, engine, &(struct capsule_call){.what = CAPSULE_TICK, .now = now});
 *     while (capsule_next_event(&capsule, engine, &event)) ...      instead of ikev1_engine_...
 *
 *     capsule_replay(&capsule, file, &config);               and a policy that answers the same
 *     while (capsule_step(&capsule, engine)) ...
 *
 * What the policy answers is not in it: whoever replays has the same rules. What it answers from
 * elsewhere, the time of day or a private key, it notes by capsule_note(). Random bytes are in it,
 * if `secrets`: with them and a recording of the line everything can be read that was negotiated.
 * Without them there are those that go over the line anyway, cookies, SPIs and message IDs, of the
 * others only their number, and a replay goes as far as the first proof.
 */
#ifndef CAPSULE_H
#define CAPSULE_H

#include <stdio.h>

#include <ikev1/ikev1.h>

enum capsule_what {
    CAPSULE_INPUT = 'i',
    CAPSULE_TICK = 't',
    CAPSULE_CONNECT = 'c',       /* number: rule */
    CAPSULE_OUTBOUND = 'o',      /* number: rule */
    CAPSULE_CHILD = 'q',         /* number: ISAKMP SA, rule */
    CAPSULE_DELETE = 'd',        /* number: handle */
    CAPSULE_REKEY = 'k',         /* number: handle */
    CAPSULE_SEND_FAILED = 'f',   /* number: ISAKMP SA */
    CAPSULE_TRAFFIC = 'u',       /* number: pair, bytes in and out, packets in and out */
    CAPSULE_UNKNOWN_SPI = 'x',   /* number: ISAKMP SA, protocol, SPI */
    CAPSULE_LOCAL_CHANGED = 'w', /* path: from local to remote */
    CAPSULE_PREPARE = 'g',       /* number: group, most */
    CAPSULE_ANSWER = 'a',        /* number: question, its kind; `answer` */
};

struct capsule_call {
    enum capsule_what what;
    ikev1_time now;
    uint64_t number[5];
    ikev1_path path;            /* CAPSULE_INPUT, CAPSULE_LOCAL_CHANGED */
    const uint8_t *data;        /* CAPSULE_INPUT */
    size_t len;                 /* likewise */
    const ikev1_answer *answer; /* CAPSULE_ANSWER; in a replay whoever replays fills it in */
};

/* All zero: nothing is recorded, and calls go to the engine as they are. */
struct capsule {
    FILE *file; /* NULL = nothing is recorded, or no more */
    bool replays, secrets;
    unsigned line;      /* in a replay */
    const char *broken; /* why it does not go on; NULL = it does, or it has ended */
    /* The host's random source; NULL = the provider's. */
    int (*random)(void *user, uint8_t *out, size_t len);
    void *random_user;
    const ikev1_crypto *crypto;
    void *instance; /* of the provider, where its random is used */
    uint8_t filled; /* stands for random bytes that are not there */
    /* In a replay: an answer that came later, by its kind and status. NULL = there is none. */
    void (*answer)(void *user, ikev1_answer *answer);
    void *answer_user;
    /* In a replay: each event. NULL = nobody looks. */
    void (*event)(void *user, const ikev1_event *event);
    void *event_user;
};

/* Writes to `file`, which stays the caller's, and takes over config->random. What cannot be written
 * ends the recording: `broken` says why. */
int capsule_record(struct capsule *c, FILE *file, bool secrets, ikev1_config *config);
/* What goes in, now and into this engine. What the call returns; in a replay, where calls come from
 * the file, IKEV1_OK and nothing is done. */
int capsule_do(struct capsule *c, ikev1_engine *engine, const struct capsule_call *call);
int capsule_next_event(struct capsule *c, ikev1_engine *engine, ikev1_event *event);
int capsule_next_packet(struct capsule *c, ikev1_engine *engine, ikev1_packet *packet);

/* Within a question: what the host has found out beside its rules, with the status it answers by.
 * In a replay it is what was found then. `c` may be NULL. The status. */
int capsule_note(struct capsule *c, int status, void *data, size_t cap, size_t *len);
int capsule_note_number(struct capsule *c, int status, uint64_t *number);

/* Reads from `file`. IKEV1_E_ARGUMENT: that is no capsule. */
int capsule_replay(struct capsule *c, FILE *file, ikev1_config *config);
/* The next line; false = the last is done, or it is broken: see there and `line`. */
bool capsule_step(struct capsule *c, ikev1_engine *engine);
void capsule_end(struct capsule *c);

#endif
