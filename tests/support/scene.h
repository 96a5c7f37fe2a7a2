/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every message of every kind of run, on its way and not yet there: a test spoils it, and sees that
 * it is refused without effect.
 *
 *     EACH_POINT(s) {
 *         scene_open(&s, &c);
 *         craft_remove(&c, 0);
 *         scene_close(&s, &c, "no SA", IKEV1_E_MISSING_PAYLOAD);
 *     }                                             then the genuine one is accepted
 */
#ifndef TEST_SCENE_H
#define TEST_SCENE_H

#include "craft.h"
#include "pair.h"

/* One message of a run: who gets it, and which row it belongs to. */
struct point {
    const char *name;
    uint8_t exchange, number, way;
    uint16_t auth;
    uint8_t sas;  /* Quick Mode: SA payloads beside the first */
    uint8_t skip; /* datagrams of the exchange's kind before it: another Transaction */
};

enum {
    PSK = IKEV1_AUTH_PSK,
    SIGN = IKEV1_AUTH_RSA,
    USER = IKEV1_AUTH_XAUTH_INIT_PSK,
    HYBRID = IKEV1_AUTH_HYBRID_INIT_RSA,
    REVERSE = IKEV1_AUTH_HYBRID_RESP_RSA,
    MAIN_MESSAGES = 6,
    QUICK_1 = 6,
    SCENE_POINTS = 46
};

extern const struct point scene_points[SCENE_POINTS];

struct scene {
    struct pair *p;
    const struct point *at;
    const struct ike_step *step;
    struct side *to;
    const struct datagram *genuine;
    bool sealed;
    size_t flights; /* it and what follows it */
    char row[96];
};

bool scene_in_phase1(const struct point *at);
/* Runs a fresh pair up to where message `at` is on its way, not yet delivered. */
struct scene scene_at(const struct point *at);
/* The genuine negotiation still completes (oracle 6). */
void scene_end(struct scene *s);
/* What a first encrypted message that cannot be read means to us, else `code`. */
int scene_code(const struct scene *s, int code);
/* Delivers, and it must have no effect at all. */
void scene_refused(struct scene *s, const char *defect, const uint8_t *data, size_t len, int code);
/* The genuine message, taken apart. */
void scene_open(struct scene *s, struct craft *c);
/* Put together again, and refused. */
void scene_close(struct scene *s, struct craft *c, const char *defect, int code);

#define EACH_POINT(s)                                                                              \
    for (size_t point_ = 0; point_ < SCENE_POINTS; point_++)                                       \
        for (struct scene s = scene_at(&scene_points[point_]); s.p != NULL;                        \
             scene_end(&s), s.p = NULL)

#endif
