/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include "digest.h"

const struct point scene_points[SCENE_POINTS] = {
    {"main 1", IKEV1_EXCHANGE_MAIN, 1, LINK_TO_RESPONDER, PSK, 0, 0},
    {"main 2", IKEV1_EXCHANGE_MAIN, 2, LINK_TO_INITIATOR, PSK, 0, 0},
    {"main 3", IKEV1_EXCHANGE_MAIN, 3, LINK_TO_RESPONDER, PSK, 0, 0},
    {"main 4", IKEV1_EXCHANGE_MAIN, 4, LINK_TO_INITIATOR, PSK, 0, 0},
    {"main 5", IKEV1_EXCHANGE_MAIN, 5, LINK_TO_RESPONDER, PSK, 0, 0},
    {"main 6", IKEV1_EXCHANGE_MAIN, 6, LINK_TO_INITIATOR, PSK, 0, 0},
    {"quick 1", IKEV1_EXCHANGE_QUICK, 1, LINK_TO_RESPONDER, PSK, 0, 0},
    {"quick 2", IKEV1_EXCHANGE_QUICK, 2, LINK_TO_INITIATOR, PSK, 0, 0},
    {"quick 3", IKEV1_EXCHANGE_QUICK, 3, LINK_TO_RESPONDER, PSK, 0, 0},
    {"quick, several SAs 1", IKEV1_EXCHANGE_QUICK, 1, LINK_TO_RESPONDER, PSK, 3, 0},
    {"quick, several SAs 2", IKEV1_EXCHANGE_QUICK, 2, LINK_TO_INITIATOR, PSK, 3, 0},
    {"quick, several SAs 3", IKEV1_EXCHANGE_QUICK, 3, LINK_TO_RESPONDER, PSK, 3, 0},
    {"aggressive 1", IKEV1_EXCHANGE_AGGRESSIVE, 1, LINK_TO_RESPONDER, PSK, 0, 0},
    {"aggressive 2", IKEV1_EXCHANGE_AGGRESSIVE, 2, LINK_TO_INITIATOR, PSK, 0, 0},
    {"aggressive 3", IKEV1_EXCHANGE_AGGRESSIVE, 3, LINK_TO_RESPONDER, PSK, 0, 0},
    {"main, signed 1", IKEV1_EXCHANGE_MAIN, 1, LINK_TO_RESPONDER, SIGN, 0, 0},
    {"main, signed 2", IKEV1_EXCHANGE_MAIN, 2, LINK_TO_INITIATOR, SIGN, 0, 0},
    {"main, signed 3", IKEV1_EXCHANGE_MAIN, 3, LINK_TO_RESPONDER, SIGN, 0, 0},
    {"main, signed 4", IKEV1_EXCHANGE_MAIN, 4, LINK_TO_INITIATOR, SIGN, 0, 0},
    {"main, signed 5", IKEV1_EXCHANGE_MAIN, 5, LINK_TO_RESPONDER, SIGN, 0, 0},
    {"main, signed 6", IKEV1_EXCHANGE_MAIN, 6, LINK_TO_INITIATOR, SIGN, 0, 0},
    {"aggressive, signed 1", IKEV1_EXCHANGE_AGGRESSIVE, 1, LINK_TO_RESPONDER, SIGN, 0, 0},
    {"aggressive, signed 2", IKEV1_EXCHANGE_AGGRESSIVE, 2, LINK_TO_INITIATOR, SIGN, 0, 0},
    {"aggressive, signed 3", IKEV1_EXCHANGE_AGGRESSIVE, 3, LINK_TO_RESPONDER, SIGN, 0, 0},
    {"hybrid 3", IKEV1_EXCHANGE_MAIN, 3, LINK_TO_RESPONDER, HYBRID, 0, 0},
    {"hybrid 5", IKEV1_EXCHANGE_MAIN, 5, LINK_TO_RESPONDER, HYBRID, 0, 0},
    {"hybrid 6", IKEV1_EXCHANGE_MAIN, 6, LINK_TO_INITIATOR, HYBRID, 0, 0},
    {"hybrid, aggressive 3", IKEV1_EXCHANGE_AGGRESSIVE, 3, LINK_TO_RESPONDER, HYBRID, 0, 0},
    {"hybrid, server calls 5", IKEV1_EXCHANGE_MAIN, 5, LINK_TO_RESPONDER, REVERSE, 0, 0},
    {"hybrid, server calls 6", IKEV1_EXCHANGE_MAIN, 6, LINK_TO_INITIATOR, REVERSE, 0, 0},
    {"hybrid, server calls, aggressive 2", IKEV1_EXCHANGE_AGGRESSIVE, 2, LINK_TO_INITIATOR, REVERSE,
     0, 0},
    {"hybrid, server calls, aggressive 3", IKEV1_EXCHANGE_AGGRESSIVE, 3, LINK_TO_RESPONDER, REVERSE,
     0, 0},
    {"question", IKEV1_EXCHANGE_TRANSACTION, 1, LINK_TO_INITIATOR, USER, 0, 0},
    {"user", IKEV1_EXCHANGE_TRANSACTION, 2, LINK_TO_RESPONDER, USER, 0, 0},
    {"status", IKEV1_EXCHANGE_TRANSACTION, 1, LINK_TO_INITIATOR, USER, 0, 2},
    {"acknowledgement", IKEV1_EXCHANGE_TRANSACTION, 2, LINK_TO_RESPONDER, USER, 0, 2},
    {"wish", IKEV1_EXCHANGE_TRANSACTION, 1, LINK_TO_RESPONDER, USER, 0, 4},
    {"grant", IKEV1_EXCHANGE_TRANSACTION, 2, LINK_TO_INITIATOR, USER, 0, 4},
    {"base 1", IKEV1_EXCHANGE_BASE, 1, LINK_TO_RESPONDER, PSK, 0, 0},
    {"base 2", IKEV1_EXCHANGE_BASE, 2, LINK_TO_INITIATOR, PSK, 0, 0},
    {"base 3", IKEV1_EXCHANGE_BASE, 3, LINK_TO_RESPONDER, PSK, 0, 0},
    {"base 4", IKEV1_EXCHANGE_BASE, 4, LINK_TO_INITIATOR, PSK, 0, 0},
    {"base, signed 1", IKEV1_EXCHANGE_BASE, 1, LINK_TO_RESPONDER, SIGN, 0, 0},
    {"base, signed 2", IKEV1_EXCHANGE_BASE, 2, LINK_TO_INITIATOR, SIGN, 0, 0},
    {"base, signed 3", IKEV1_EXCHANGE_BASE, 3, LINK_TO_RESPONDER, SIGN, 0, 0},
    {"base, signed 4", IKEV1_EXCHANGE_BASE, 4, LINK_TO_INITIATOR, SIGN, 0, 0},
};

bool scene_in_phase1(const struct point *at) {
    return at->exchange != IKEV1_EXCHANGE_QUICK && at->exchange != IKEV1_EXCHANGE_TRANSACTION;
}

static void set_up(struct pair *p, const struct point *at) {
    const bool aggressive = at->exchange == IKEV1_EXCHANGE_AGGRESSIVE;
    if (at->auth == PSK || at->auth == SIGN) {
        const bool base = at->exchange == IKEV1_EXCHANGE_BASE;
        pair_by(p, at->auth, base ? IKEV1_MODE_BASE : aggressive);
        return;
    }
    pair_with_user(p, at->auth, aggressive);
    pair_with_config(p, IKEV1_CONFIG_PULL, IKEV1_CONFIG_SERVE);
}

/* The responder's keys are worked out when they are first needed: see digest.h. */
static void warm_up(const struct scene *s) {
    uint8_t junk[28 + 64];
    if (s->at->exchange != IKEV1_EXCHANGE_MAIN || s->at->number != 5)
        return;
    memcpy(junk, s->genuine->data, 28);
    memset(junk + 28, 0x55, 64);
    junk[27] = sizeof junk;
    junk[26] = 0;
    ikev1_engine_input(s->to->ike, s->p->now, &s->genuine->path, junk, sizeof junk, NULL);
    side_drain(s->to);
}

struct scene scene_at(const struct point *at) {
    struct scene s = {.p = pair_new(NULL), .at = at};
    set_up(s.p, at);
    pair_start(s.p);
    s.p->i.phase2.pfs_group = s.p->r.phase2.pfs_group = IKEV1_GROUP_X25519;
    pair_several(s.p, at->sas);
    assert_int_equal(pair_connect(s.p), IKEV1_OK);
    const int phase1 = scene_in_phase1(at) ? 0 : MAIN_MESSAGES;
    for (int before = at->number - 1 + phase1 + at->skip; before > 0; before--)
        assert_true(pair_step(s.p));
    side_drain(&s.p->i);
    side_drain(&s.p->r);
    /* Behind the last message of Aggressive Mode comes the first of Quick Mode; behind the last of
     * a server of XAUTH its question, and behind what ends XAUTH the client's wish. */
    s.flights = s.p->link.flight_count;
    assert_in_range(s.flights, 1, 2);
    s.genuine = &s.p->link.flights[0];
    s.sealed = (s.genuine->data[19] & IKEV1_FLAG_ENCRYPTION) != 0;
    assert_int_equal(s.genuine->way, at->way);
    s.to = at->way == LINK_TO_RESPONDER ? &s.p->r : &s.p->i;
    s.step = ike_step_find(at->exchange, at->number, at->auth);
    warm_up(&s);
    return s;
}

void scene_end(struct scene *s) {
    pair_run(s->p);
    pair_check_up(s->p, 1u + s->at->sas);
    assert_int_equal(side_count(&s->p->i, IKEV1_EVENT_SA_FAILED), 0);
    assert_int_equal(side_count(&s->p->r, IKEV1_EVENT_CHILD_FAILED), 0);
    pair_free(s->p);
}

int scene_code(const struct scene *s, int code) {
    bool gibberish = code >= IKEV1_E_FRAGMENT && code <= IKEV1_E_PAYLOAD_TYPE;
    bool under_psk =
        s->sealed && scene_in_phase1(s->at) && (s->at->auth == PSK || s->at->auth == USER);
    return under_psk && gibberish ? IKEV1_E_PSK : code;
}

void scene_refused(struct scene *s, const char *defect, const uint8_t *data, size_t len, int code) {
    ikev1_why why;
    uint8_t *exact = malloc(len != 0 ? len : 1); /* a sanitizer sees every read beyond it */
    assert_non_null(exact);
    memcpy(exact, data, len);
    snprintf(s->row, sizeof s->row, "%s, %s", s->at->name, defect);
    uint64_t before = engine_digest(s->to->ike);
    size_t events = s->to->event_count;
    int r = ikev1_engine_input(s->to->ike, s->p->now, &s->genuine->path, exact, len, &why);
    free(exact);
    ROW_EQUAL(s->row, r, IKEV1_DROPPED);
    if (why.code != code)
        fail_msg("%s: refused with %s, not %s", s->row, ikev1_error_name(why.code),
                 ikev1_error_name(code));
    if (engine_digest(s->to->ike) != before)
        fail_msg("%s: the refused message has changed something", s->row);
    side_drain(s->to);
    ROW_EQUAL(s->row, s->to->event_count, events);
    ROW_EQUAL(s->row, s->p->link.flight_count, s->flights);
}

void scene_open(struct scene *s, struct craft *c) {
    craft_open(c, s->to->ike, s->genuine->data, s->genuine->len);
}

void scene_close(struct scene *s, struct craft *c, const char *defect, int code) {
    static uint8_t out[CRAFT_MESSAGE];
    size_t len = craft_close(c, out, sizeof out);
    scene_refused(s, defect, out, len, code);
}
