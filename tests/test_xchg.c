/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchanges and their timers: when a message is sent again, how often, who answers what comes
 * twice, and that silence always leads to an end. RTX, mission R8.
 */
#include "support/digest.h"
#include "support/pair.h"

/* An engine of ours whose peer does not exist. */
static struct pair *alone(uint32_t first, uint32_t percent, uint32_t count, uint32_t jitter) {
    struct pair *p = pair_new(NULL);
    p->i.config.timing.retry_first = first;
    p->i.config.timing.retry_percent = percent;
    p->i.config.timing.retry_count = count;
    p->i.config.timing.retry_jitter = jitter;
    p->link.held = true;
    return p;
}

/* ---- sending again ---- */

static const struct {
    const char *name;
    uint32_t first, percent, count, jitter, max;
} WAITS[] = {
    {"default", 0, 0, 0, 0, 0},
    {"one try", 1000, 100, 1, 10, 0},
    {"steady", 500, 100, 8, 1, 0},
    {"fast growth", 1000, 400, 12, 50, 60000},
    {"one millisecond", 1, 100, 60, 50, 0},
    {"cap below the first", 8000, 180, 3, 10, 2000},
    {"long waits", 3600000, 400, 60, 10, 3600000},
};

/* M-S12 */
static void test_retransmission__each_setting__bounded_and_in_time(void **state) { /* RTX-07 */
    (void)state;
    for (size_t i = 0; i < COUNT(WAITS); i++) {
        struct pair *p = alone(WAITS[i].first, WAITS[i].percent, WAITS[i].count, WAITS[i].jitter);
        p->i.config.timing.retry_max = WAITS[i].max;
        pair_start(p);
        const ikev1_timing *t = &p->i.ike->s.ctx.timing; /* with its defaults */
        p->now = 0;
        assert_int_equal(pair_connect(p), IKEV1_OK);
        side_drain(&p->i);
        uint64_t wait = t->retry_first < t->retry_max ? t->retry_first : t->retry_max;
        for (uint32_t n = 0; n <= t->retry_count; n++) {
            ikev1_time next = ikev1_engine_deadline(p->i.ike);
            uint64_t least = wait - wait * t->retry_jitter / 100;
            if (next < p->now + (least != 0 ? least : 1) || next > p->now + wait)
                fail_msg("%s: try %u after %u ms, not between %u and %u", WAITS[i].name,
                         (unsigned)n, (unsigned)(next - p->now), (unsigned)least, (unsigned)wait);
            ikev1_engine_tick(p->i.ike, next - 1); /* too early does no harm */
            ROW_EQUAL(WAITS[i].name, ikev1_engine_deadline(p->i.ike), next);
            p->now = next;
            ikev1_engine_tick(p->i.ike, p->now);
            side_drain(&p->i);
            wait = wait * t->retry_percent / 100;
            wait = wait < t->retry_max ? wait : t->retry_max;
        }
        ROW_EQUAL(WAITS[i].name, p->link.sent[LINK_TO_RESPONDER], 1 + t->retry_count);
        ROW_EQUAL(WAITS[i].name, side_count(&p->i, IKEV1_EVENT_SA_FAILED), 1);
        ROW_EQUAL(WAITS[i].name, side_event(&p->i, IKEV1_EVENT_SA_FAILED, 0)->why.code,
                  IKEV1_E_SILENT);
        ROW_EQUAL(WAITS[i].name, ikev1_engine_deadline(p->i.ike) == IKEV1_NEVER, true);
        const struct datagram *first = link_kept(&p->link, LINK_TO_RESPONDER, 1);
        for (size_t k = 1; k < p->link.kept_count; k++) { /* byte for byte */
            ROW_EQUAL(WAITS[i].name, p->link.kept[k].len, first->len);
            assert_memory_equal(p->link.kept[k].data, first->data, first->len);
        }
        assert_true(side_said(&p->i, "!! IKE Packet Retransmit"));
        assert_true(side_said(&p->i, "!! Too many errors! Deleting SA"));
        pair_free(p);
    }
}

static void test_retransmission__jitter__differs(void **state) { /* RFC 2408 5.1: not fixed */
    ikev1_time seen[8];
    (void)state;
    for (uint64_t i = 0; i < COUNT(seen); i++) {
        struct pair *p = alone(0, 0, 0, 0);
        rng_init(&p->i.rng, 100 + i);
        pair_start(p);
        pair_connect(p);
        seen[i] = ikev1_engine_deadline(p->i.ike);
        pair_free(p);
    }
    size_t same = 0;
    for (size_t i = 1; i < COUNT(seen); i++)
        same += seen[i] == seen[0];
    assert_true(same < COUNT(seen) - 1);
}

static void test_clock__any_jump__at_most_one_packet(void **state) { /* RTX-08 */
    static const struct {
        const char *name;
        ikev1_time start, jump;
    } ROWS[] = {
        {"from 0, an hour late", 0, 3600000},
        {"a day", 1000, 86400000},
        {"backwards", 90000000, 5},
        {"the end of time", 1000, IKEV1_NEVER},
        {"almost the end", 1000, IKEV1_NEVER - 1},
        {"starts near the end", IKEV1_NEVER - 20, IKEV1_NEVER - 10},
        {"stands still", 7, 7},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct pair *p = alone(0, 0, 0, 0);
        pair_start(p);
        p->now = ROWS[i].start;
        assert_int_equal(pair_connect(p), IKEV1_OK);
        side_drain(&p->i);
        p->now = ROWS[i].jump;
        for (int k = 0; k < 3; k++) {
            uint32_t before = p->link.sent[LINK_TO_RESPONDER];
            assert_int_equal(ikev1_engine_tick(p->i.ike, p->now), IKEV1_OK);
            side_drain(&p->i);
            ROW_EQUAL(ROWS[i].name, p->link.sent[LINK_TO_RESPONDER] - before <= 1, true);
            ikev1_time next = ikev1_engine_deadline(p->i.ike);
            ROW_EQUAL(ROWS[i].name, next > p->now || next == IKEV1_NEVER, true);
        }
        pair_free(p);
    }
}

static void test_clock__end_of_time_on_an_established_pair__tick_returns(void **state) {
    (void)state;
    for (int nat = 0; nat < 2; nat++) {
        struct pair *p = pair_new(NULL);
        p->i.phase1.natt = p->r.phase1.natt = nat ? IKEV1_NATT_FORCE : IKEV1_NATT_OFF;
        pair_start(p);
        p->now = IKEV1_NEVER - 1000;
        pair_up(p);
        p->link.held = true;
        for (int k = 0; k < 3; k++) {
            ikev1_engine_tick(p->i.ike, IKEV1_NEVER - 1 + (ikev1_time)(k != 0));
            ikev1_engine_tick(p->r.ike, IKEV1_NEVER);
        }
        pair_free(p);
    }
}

/* ---- what comes twice ---- */

static void
test_duplicates__each_message_often__state_moves_once(void **state) { /* RTX-01, RTX-05 */
    static const uint32_t MORE[] = {1, 2, 99};
    (void)state;
    for (size_t i = 0; i < COUNT(MORE); i++) {
        struct pair *p = pair_new(NULL);
        link_rule(&p->link, LINK_TO_RESPONDER, LINK_DOUBLE, 0, MORE[i]);
        pair_start(p);
        pair_connect(p);
        pair_run(p);
        pair_check_up(p, 1);
        /* Five messages to the responder; each answered once and again at most three times. */
        uint32_t answers = p->link.sent[LINK_TO_INITIATOR];
        assert_true(answers <= 4 * (1 + 3));
        pair_free(p);
    }
}

static void test_duplicates__answers__are_the_same_bytes(void **state) { /* RTX-01 */
    (void)state;
    for (uint32_t nth = 1; nth <= 4; nth++) {
        struct pair *p = pair_new(NULL);
        link_rule(&p->link, LINK_TO_RESPONDER, LINK_DOUBLE, nth, 10);
        pair_start(p);
        pair_connect(p);
        pair_run(p);
        pair_check_up(p, 1);
        const struct datagram *first = link_kept(&p->link, LINK_TO_INITIATOR, nth);
        for (uint32_t k = 1; k <= 3; k++) {
            const struct datagram *again = link_kept(&p->link, LINK_TO_INITIATOR, nth + k);
            assert_non_null(again);
            assert_int_equal(again->len, first->len);
            assert_memory_equal(again->data, first->data, first->len);
        }
        assert_true(p->link.sent[LINK_TO_INITIATOR] <= 4 * (1 + 3)); /* limits.resends */
        pair_free(p);
    }
}

/* M-S5 */
static void test_duplicates__first_message_a_thousand_times__one_state(void **state) { /* RTX-03 */
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_start(p);
    pair_connect(p);
    side_drain(&p->i);
    const struct datagram d = p->link.flights[0];
    uint32_t answers = 0;
    for (int i = 0; i < 1000; i++) {
        ikev1_packet packet;
        ikev1_engine_input(p->r.ike, p->now, &d.path, d.data, d.len, NULL);
        while (ikev1_engine_next_packet(p->r.ike, &packet) == 1) {
            answers++;
            assert_true(packet.len <= 3 * d.len); /* */
        }
        assert_int_equal(p->r.ike->s.sas, 1);
    }
    assert_int_equal(answers, 1 + 3);
    assert_true(side_said(&p->r, "!! Duplicate requests with the same cookie"));
    pair_free(p);
}

static void test_loss__each_message__made_good(void **state) { /* RTX-04 */
    (void)state;
    for (uint8_t way = 0; way < 2; way++) {
        for (uint32_t nth = 1; nth <= 5; nth++) {
            for (uint32_t more = 0; more < 3; more++) {
                struct pair *p = pair_new(NULL);
                for (uint32_t k = 0; k <= more; k++)
                    link_rule(&p->link, way, LINK_DROP, nth + k, 0);
                pair_start(p);
                pair_connect(p);
                pair_wait(p, 120000);
                pair_check_up(p, 1);
                assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_FAILED), 0);
                pair_free(p);
            }
        }
    }
}

static void test_reorder__each_message_late__still_up(void **state) {
    (void)state;
    for (uint8_t way = 0; way < 2; way++) {
        for (uint32_t nth = 1; nth <= 5; nth++) {
            struct pair *p = pair_new(NULL);
            link_rule(&p->link, way, LINK_DELAY, nth, 9000); /* two retransmissions overtake it */
            pair_start(p);
            pair_connect(p);
            pair_wait(p, 120000);
            pair_check_up(p, 1);
            pair_free(p);
        }
    }
}

/* Lost, doubled, late and garbled at random, by many seeds: it comes up or fails once, and what is
 * up on both sides has the same keys. */
static void test_bad_link__many_seeds__up_or_ended(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct pair *p = pair_new(NULL);
        struct rng rng;
        rng_init(&rng, seed);
        for (uint32_t k = 0; k < LINK_RULES; k++) {
            uint8_t action = (uint8_t)(LINK_DROP + rng_below(&rng, 5));
            uint32_t arg = action == LINK_DOUBLE  ? 1 + rng_below(&rng, 4)
                           : action == LINK_DELAY ? rng_below(&rng, 20000)
                                                  : rng_below(&rng, 1200);
            link_rule(&p->link, (uint8_t)rng_below(&rng, 2), action, 1 + rng_below(&rng, 8), arg);
        }
        pair_start(p);
        pair_connect(p);
        pair_wait(p, 400000);
        size_t ups = side_count(&p->i, IKEV1_EVENT_SA_UP), ends = 0;
        ends = side_count(&p->i, IKEV1_EVENT_SA_FAILED) + side_count(&p->i, IKEV1_EVENT_SA_DOWN);
        assert_true(ups + ends >= 1);
        if (side_count(&p->i, IKEV1_EVENT_CHILD_UP) == 1 &&
            side_count(&p->r, IKEV1_EVENT_CHILD_UP) == 1)
            pair_check_children(p, 1);
        pair_free(p);
    }
}

/* ---- silence ---- */

static void test_responder__peer_goes_silent__sends_nothing_by_itself(void **state) { /* RTX-06 */
    (void)state;
    for (uint32_t last = 1; last <= 2; last++) { /* after message 1, after message 3 */
        struct pair *p = pair_new(NULL);
        pair_start(p);
        pair_connect(p);
        for (uint32_t k = 0; k < 2 * last - 1; k++)
            assert_true(pair_step(p));
        link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, 0, 0);
        pair_wait(p, last == 1 ? 29000 : 149000);
        assert_int_equal(p->r.ike->s.half_open, 1);
        assert_int_equal(p->link.sent[LINK_TO_INITIATOR], last);
        pair_wait(p, 2000); /* timing.half_open, five times that for who has been reached */
        assert_int_equal(p->r.ike->s.sas, 0);
        assert_int_equal(p->r.ike->s.half_open, 0);
        assert_true(ikev1_engine_deadline(p->r.ike) == IKEV1_NEVER);
        pair_free(p);
    }
}

/* From every point of a negotiation with the network cut: everything ends (R-13, FRM-03). */
static void test_cut__at_each_moment__all_that_is_not_up_ends(void **state) { /* RTX-09 */
    (void)state;
    for (int n = 0; n <= 9; n++) {
        struct pair *p = pair_new(NULL);
        pair_start(p);
        pair_connect(p);
        for (int i = 0; i < n; i++)
            pair_step(p);
        side_drain(&p->i);
        side_drain(&p->r);
        link_flush(&p->link);
        p->link.held = true;
        pair_wait(p, 400000);
        struct side *both[] = {&p->i, &p->r};
        for (size_t s = 0; s < 2; s++) {
            const struct side *e = both[s];
            /* Up with nobody ever heard of under it: it goes when its Quick Mode is not answered.
             */
            ROW_EQUAL(e->name, e->ike->s.sas,
                      side_count(e, IKEV1_EVENT_SA_UP) - side_count(e, IKEV1_EVENT_SA_DOWN));
            if (side_count(e, IKEV1_EVENT_SA_DOWN) != 0)
                ROW_EQUAL(e->name, side_event(e, IKEV1_EVENT_SA_DOWN, 0)->why.code, IKEV1_E_SILENT);
            ROW_EQUAL(e->name, e->ike->s.children, side_count(e, IKEV1_EVENT_CHILD_UP));
            ROW_EQUAL(e->name, e->ike->s.half_open, 0);
        }
        ROW_EQUAL("initiator",
                  side_count(&p->i, IKEV1_EVENT_SA_UP) + side_count(&p->i, IKEV1_EVENT_SA_FAILED),
                  1);
        pair_free(p);
    }
}

/* After an exchange nothing of it is kept but what answers duplicates, and that not for ever. */
static void test_linger__over__nothing_left(void **state) { /* RTX-10 */
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_start(p);
    pair_up(p);
    const struct ike_sa *i = ike_handle_find(&p->i.ike->s.handles, IKE_KIND_SA, side_sa(&p->i));
    const struct ike_sa *r = ike_handle_find(&p->r.ike->s.handles, IKE_KIND_SA, side_sa(&p->r));
    assert_null(i->phase1);
    assert_non_null(r->phase1); /* it has sent the last message */
    assert_null(r->phase1->mat);
    assert_null(r->phase1->profile);
    assert_non_null(i->xchgs);
    assert_null(i->xchgs->mat);
    assert_null(r->xchgs);
    size_t before = p->r.memory.live_bytes;
    pair_wait(p, 31000);
    assert_null(i->xchgs);
    assert_null(r->phase1);
    assert_true(p->r.memory.live_bytes < before);
    pair_check_up(p, 1);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retransmission__each_setting__bounded_and_in_time),
        cmocka_unit_test(test_retransmission__jitter__differs),
        cmocka_unit_test(test_clock__any_jump__at_most_one_packet),
        cmocka_unit_test(test_clock__end_of_time_on_an_established_pair__tick_returns),
        cmocka_unit_test(test_duplicates__each_message_often__state_moves_once),
        cmocka_unit_test(test_duplicates__answers__are_the_same_bytes),
        cmocka_unit_test(test_duplicates__first_message_a_thousand_times__one_state),
        cmocka_unit_test(test_loss__each_message__made_good),
        cmocka_unit_test(test_reorder__each_message_late__still_up),
        cmocka_unit_test(test_bad_link__many_seeds__up_or_ended),
        cmocka_unit_test(test_responder__peer_goes_silent__sends_nothing_by_itself),
        cmocka_unit_test(test_cut__at_each_moment__all_that_is_not_up_ends),
        cmocka_unit_test(test_linger__over__nothing_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
