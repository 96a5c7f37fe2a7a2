/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bound on all of an engine's memory (MEM-03, mission B8): it is never exceeded, strangers make
 * room for each other below it, and who has authenticated goes on.
 */
#include "api/api.h"
#include "support/pair.h"

/* Between two strangers: what the memory holds has had its time (100 ms) when it is full. */
enum { CAP = 96, FLOOD = 4000, LEAST = 64, APART = 4 };

/* The initiator's first message as if somebody else had sent it. */
static int first_of(struct pair *p, uint32_t stranger, const struct datagram *d) {
    uint8_t copy[1024];
    ikev1_path path = d->path;
    assert_true(d->len <= sizeof copy);
    memcpy(copy, d->data, d->len);
    for (size_t i = 0; i < 4; i++) {
        copy[i] = (uint8_t)(stranger >> 8 * i);
        path.remote.ip[i] = (uint8_t)(0x40 + (stranger >> 6 * i & 0x3f));
    }
    int r = ikev1_engine_input(p->r.ike, p->now, &path, copy, d->len, NULL);
    ikev1_packet packet;
    while (ikev1_engine_next_packet(p->r.ike, &packet)) {
    }
    return r;
}

static struct pair *bounded(void) {
    struct pair *p = pair_new(NULL);
    p->r.config.limits.memory = CAP;
    p->r.config.limits.half_open = 1u << 20;
    p->r.config.limits.log_rate = 1;
    pair_start(p);
    return p;
}

/* As many strangers as would need many times the memory. @return how many of them got in. */
static size_t flood(struct pair *p, const struct datagram *first) {
    size_t admitted = 0;
    for (uint32_t i = 1; i <= FLOOD; i++) {
        p->now += APART;
        int r = first_of(p, i, first);
        assert_true(r == IKEV1_OK || r == IKEV1_DROPPED || r == IKEV1_E_MEMORY);
        admitted += r == IKEV1_OK;
        assert_in_range(p->r.memory.live_bytes, 1, CAP * 1024);
    }
    return admitted;
}

static void test_memory__flood_under_a_bound__strangers_make_room_for_each_other(void **state) {
    (void)state;
    struct pair *p = bounded();
    pair_up(p);
    const struct datagram *first = link_kept(&p->link, LINK_TO_RESPONDER, 1);
    size_t admitted = flood(p, first);
    /* Who came last is there, whoever filled the memory first. */
    assert_in_range(admitted, FLOOD / 2, FLOOD);
    assert_true(p->r.ike->s.half_open < FLOOD / 10);
    pair_free(p);
}

static void test_memory__flood_under_a_bound__who_is_known_goes_on(void **state) {
    (void)state;
    struct pair *p = bounded();
    pair_up(p);
    flood(p, link_kept(&p->link, LINK_TO_RESPONDER, 1));
    assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), PAIR_RULE, NULL), IKEV1_OK);
    side_drain(&p->i);
    pair_run(p);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_UP), 2);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 2);
    pair_free(p);
}

static void test_memory__flood_under_a_bound__a_genuine_peer_gets_in(void **state) {
    (void)state;
    struct pair *p = bounded();
    assert_int_equal(pair_connect(p), IKEV1_OK);
    side_drain(&p->i);
    struct datagram copy = *link_kept(&p->link, LINK_TO_RESPONDER, 1);
    flood(p, &copy);
    for (uint32_t i = FLOOD; p->link.flight_count != 0; i++) { /* strangers before each message */
        first_of(p, i, &copy);
        pair_step(p);
    }
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_UP), 1);
    pair_free(p);
}

static void test_memory__bound_too_small__refused(void **state) {
    static const struct {
        const char *name;
        uint32_t kib;
        int want;
    } ROWS[] = {
        {"none", 0, IKEV1_OK},
        {"one", 1, IKEV1_E_CONFIG},
        {"one below the least", LEAST - 1, IKEV1_E_CONFIG},
        {"the least", LEAST, IKEV1_OK},
        {"the most", UINT32_MAX, IKEV1_OK},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct pair *p = pair_new(NULL);
        p->r.config.limits.memory = ROWS[i].kib;
        ROW_EQUAL(ROWS[i].name, pair_start_side(&p->r), ROWS[i].want);
        pair_free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory__flood_under_a_bound__strangers_make_room_for_each_other),
        cmocka_unit_test(test_memory__flood_under_a_bound__who_is_known_goes_on),
        cmocka_unit_test(test_memory__flood_under_a_bound__a_genuine_peer_gets_in),
        cmocka_unit_test(test_memory__bound_too_small__refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
