/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recording of everything that two engines send each other, for tshark and for examples/dump to
 * read: record_wire.c writes it, record_scenes.c says what is negotiated. check_wire.py looks.
 */
#ifndef TEST_RECORD_WIRE_H
#define TEST_RECORD_WIRE_H

#include "support/pair.h"

struct recording {
    FILE *pcap, *keys, *scenes;
    struct pair *p;
    ikev1_time base; /* of the scene's clock */
    size_t taken;    /* datagrams of the scene that are written */
    size_t frames;   /* written in all */
    uint64_t seed;
    uint8_t known[512][IKEV1_COOKIE_SIZE]; /* whose key is written */
    size_t known_count;
};

struct record_scene {
    const char *name;
    uint16_t auth;         /* IKEV1_AUTH_... */
    uint8_t mode;          /* IKEV1_MODE_... */
    const char *ike, *esp; /* suites as text; NULL = the pair's */
    void (*prepare)(struct pair *p);
    void (*drive)(struct recording *r); /* NULL = up, and everything deleted */
};

/* ---- record_wire.c ---- */

/* Delivers until nothing is on its way; lets time pass. All that is sent is written. */
void recording_run(struct recording *r);
void recording_wait(struct recording *r, ikev1_time ms);
/* Connects, and both sides must be up. */
void recording_up(struct recording *r);
void recording_delete(struct recording *r, struct side *s);

/* ---- record_scenes.c ---- */

extern const struct record_scene record_scenes[];
extern const size_t record_scene_count;

/* ---- record_keys.c: signatures by real keys under real certificates ---- */

/* Both sides of a pair that has not been started sign and verify by this method. */
void record_sign(struct pair *p, uint16_t auth);
void record_sign_end(void);

#endif
