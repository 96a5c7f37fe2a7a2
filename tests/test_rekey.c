/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SAs that replace each other: make before break, both phases, by time, bytes and packets; who ends
 * what; both ends at once. Mission P5, QCK-16, CRY-08. RFC 2409 5.5, 9. What is one too many goes
 * by the lowest number, as RFC 7296 2.8.1 has it for nonces.
 */
#include "support/digest.h"
#include "support/pair.h"

enum { MINUTE = 60000 };

static struct pair *up(uint32_t life1, uint32_t life2) {
    struct pair *p = pair_new(NULL);
    p->i.phase1.life_seconds = p->r.phase1.life_seconds = life1;
    p->i.phase2.life_seconds = p->r.phase2.life_seconds = life2;
    pair_start(p);
    pair_up(p);
    return p;
}

static const struct pair_event *nth(const struct side *s, uint16_t type, size_t n) {
    return side_event(s, type, n);
}

/* ---- phase 2 ---- */

static void test_child__soft_lifetime__new_one_before_the_old_one_goes(void **state) {
    struct pair *p = up(86400, 600);
    struct side *both[] = {&p->i, &p->r};
    (void)state;
    ikev1_handle first[] = {side_child(&p->i), side_child(&p->r)};
    pair_wait(p, 600000 - 91000); /* a margin of 60 s, with its jitter up to 90 */
    for (size_t s = 0; s < 2; s++)
        assert_int_equal(side_count(both[s], IKEV1_EVENT_CHILD_UP), 1);
    pair_wait(p, 32000);
    for (size_t s = 0; s < 2; s++) {
        const struct pair_event *in = nth(both[s], IKEV1_EVENT_CHILD_INBOUND, 1);
        const struct pair_event *out = nth(both[s], IKEV1_EVENT_CHILD_UP, 1);
        assert_true(in->at.replaces == first[s] && out->at.replaces == first[s]);
        assert_int_equal(side_count(both[s], IKEV1_EVENT_CHILD_DOWN), 0);
        assert_int_equal(both[s]->ike->s.children, 2);
    }
    pair_check_up(p, 2); /* with their own keys on both ends */
    pair_wait(p, MINUTE + 6000);
    for (size_t s = 0; s < 2; s++) {
        assert_int_equal(side_count(both[s], IKEV1_EVENT_CHILD_DOWN), 1);
        const struct pair_event *down = nth(both[s], IKEV1_EVENT_CHILD_DOWN, 0);
        assert_true(down->at.child == first[s]);
        assert_int_equal(down->why.code, IKEV1_E_REPLACED);
        assert_int_equal(both[s]->ike->s.children, 1);
    }
    pair_free(p);
}

static void report(struct side *s, ikev1_handle child, uint64_t bytes_in, uint64_t packets_out) {
    const ikev1_traffic t = {.bytes_in = bytes_in, .packets_out = packets_out};
    assert_int_equal(ikev1_child_traffic(s->ike, s->pair->now, child, &t), IKEV1_OK);
    side_drain(s);
}

static void test_child__peer_uses_the_new_one__old_one_goes_soon(void **state) {
    struct pair *p = up(86400, 600);
    (void)state;
    ikev1_handle old = side_child(&p->i);
    assert_int_equal(ikev1_rekey(p->i.ike, p->now, old), IKEV1_OK);
    pair_run(p);
    assert_int_equal(ikev1_rekey(p->i.ike, p->now, old), IKEV1_E_BUSY);
    report(&p->i, nth(&p->i, IKEV1_EVENT_CHILD_UP, 1)->at.child, 1, 0);
    pair_wait(p, 4900);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_DOWN), 0); /* what is under way */
    pair_wait(p, 300);
    assert_int_equal(nth(&p->i, IKEV1_EVENT_CHILD_DOWN, 0)->why.code, IKEV1_E_REPLACED);
    assert_int_equal(nth(&p->r, IKEV1_EVENT_CHILD_DOWN, 0)->why.code, IKEV1_E_REPLACED);
    pair_free(p);
}

static void test_child__ten_in_a_row_by_both__one_pair_left(void **state) {
    struct pair *p = up(86400, 3600);
    (void)state;
    for (int n = 0; n < 10; n++) {
        struct side *s = n % 2 ? &p->r : &p->i;
        assert_int_equal(ikev1_rekey(s->ike, p->now, side_child(s)), IKEV1_OK);
        pair_wait(p, 66000);
        assert_int_equal(p->i.ike->s.children, 1);
        assert_int_equal(p->r.ike->s.children, 1);
    }
    pair_check_up(p, 11);
    for (size_t n = 1; n < 11; n++) /* CRY-08 */
        assert_memory_not_equal(nth(&p->i, IKEV1_EVENT_CHILD_UP, 0)->encryption_key,
                                nth(&p->i, IKEV1_EVENT_CHILD_UP, n)->encryption_key, 16);
    pair_free(p);
}

/* The pair that is left on each side, as its SPIs. */
static void expect_one(struct pair *p) {
    const struct ike_child *left[2];
    struct side *both[] = {&p->i, &p->r};
    for (size_t n = 0; n < 2; n++) {
        assert_int_equal(both[n]->ike->s.children, 1);
        left[n] = ike_handle_find(&both[n]->ike->s.handles, IKE_KIND_CHILD, side_child(both[n]));
        for (size_t k = 0; left[n] == NULL || left[n]->state != IKE_CHILD_UP; k++)
            left[n] = ike_handle_find(&both[n]->ike->s.handles, IKE_KIND_CHILD,
                                      nth(both[n], IKEV1_EVENT_CHILD_UP, k)->at.child);
    }
    assert_int_equal(left[0]->first.spi_in, left[1]->first.spi_out);
    assert_int_equal(left[0]->first.spi_out, left[1]->first.spi_in);
}

static void test_child__both_at_once__both_keep_the_same_one(void **state) { /* QCK-16 */
    (void)state;
    for (uint32_t lead = 0; lead < 16; lead++) { /* ms by which the one is before the other */
        struct pair *p = up(86400, 3600);
        link_rule(&p->link, LINK_TO_INITIATOR, LINK_DELAY, 0, lead % 5);
        for (int n = 0; n < 4; n++) {
            struct side *a = lead % 2 ? &p->r : &p->i, *b = lead % 2 ? &p->i : &p->r;
            ikev1_handle first = 0, second = 0;
            for (size_t k = 0; k < side_count(a, IKEV1_EVENT_CHILD_UP); k++)
                if (ike_handle_find(&a->ike->s.handles, IKE_KIND_CHILD,
                                    nth(a, IKEV1_EVENT_CHILD_UP, k)->at.child) != NULL)
                    first = nth(a, IKEV1_EVENT_CHILD_UP, k)->at.child;
            for (size_t k = 0; k < side_count(b, IKEV1_EVENT_CHILD_UP); k++)
                if (ike_handle_find(&b->ike->s.handles, IKE_KIND_CHILD,
                                    nth(b, IKEV1_EVENT_CHILD_UP, k)->at.child) != NULL)
                    second = nth(b, IKEV1_EVENT_CHILD_UP, k)->at.child;
            assert_int_equal(ikev1_rekey(a->ike, p->now, first), IKEV1_OK);
            pair_wait(p, lead);
            int r = ikev1_rekey(b->ike, p->now, second);
            assert_true(r == IKEV1_OK || r == IKEV1_E_BUSY); /* the other's is on its way */
            pair_wait(p, 200000);
            expect_one(p);
        }
        pair_free(p);
    }
}

static void test_child__limits_of_traffic__replaced_at_nine_tenths(void **state) {
    (void)state;
    for (int packets = 0; packets < 2; packets++) {
        struct pair *p = pair_new(NULL);
        p->i.phase2.life_kilobytes = packets ? 0 : 100;
        p->i.phase2.life_packets = packets ? 1000 : 0;
        pair_start(p);
        pair_up(p);
        ikev1_handle child = side_child(&p->i);
        const uint64_t limit = packets ? 1000 : 102400;
        report(&p->i, child, packets ? 0 : limit / 10 * 9 - 1, packets ? 899 : 0);
        pair_run(p);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 1);
        report(&p->i, child, packets ? 0 : limit / 10 * 9, packets ? 900 : 0);
        pair_run(p);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 2);
        report(&p->i, child, packets ? 0 : limit - 1, packets ? 999 : 0);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_DOWN), 0);
        report(&p->i, child, packets ? 0 : limit, packets ? 1000 : 0);
        assert_int_equal(nth(&p->i, IKEV1_EVENT_CHILD_DOWN, 0)->why.code, IKEV1_E_EXPIRED);
        pair_free(p);
    }
}

/* RFC 2406 3.3.3: 32 bits of sequence number must not start over; 64 do not in anybody's time. */
static void test_child__sequence_numbers_used_up__replaced_and_ended(void **state) {
    (void)state;
    struct pair *p = up(86400, 3600);
    ikev1_handle child = side_child(&p->i);
    report(&p->i, child, 0, UINT64_C(3800000000));
    pair_run(p);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 1);
    report(&p->i, child, 0, UINT64_C(3900000000));
    pair_run(p);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 2);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_DOWN), 0);
    report(&p->i, child, 0, UINT32_MAX);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_DOWN), 1);
    pair_free(p);
}

static void test_child__replacement_refused__tried_again_until_the_end(void **state) {
    struct pair *p = up(86400, 600);
    (void)state;
    p->r.status[IKEV1_QUESTION_PHASE2] = IKEV1_E_NO_RULE;
    pair_wait(p, 599000);
    assert_true(side_count(&p->i, IKEV1_EVENT_CHILD_FAILED) >= 3);
    assert_true(side_count(&p->i, IKEV1_EVENT_CHILD_FAILED) <= 60);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_DOWN), 0);
    pair_wait(p, 2000);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_DOWN), 1);
    pair_free(p);
}

static void test_rekey__who_and_whether__as_the_host_says(void **state) {
    static const struct {
        const char *name;
        uint8_t i, r;
        size_t pairs;
        bool by_initiator;
    } ROWS[] = {
        {"off", IKEV1_REKEY_OFF, IKEV1_REKEY_OFF, 1, true},
        {"own", IKEV1_REKEY_OWN, IKEV1_REKEY_OWN, 2, true},
        {"always, both", IKEV1_REKEY_ALWAYS, IKEV1_REKEY_ALWAYS, 2, true},
        {"the responder alone", IKEV1_REKEY_OFF, IKEV1_REKEY_ALWAYS, 2, false},
    };
    (void)state;
    for (size_t k = 0; k < COUNT(ROWS); k++) {
        struct pair *p = pair_new(NULL);
        p->i.phase2.life_seconds = p->r.phase2.life_seconds = 1000;
        p->i.phase2.rekey = ROWS[k].i;
        p->r.phase2.rekey = ROWS[k].r;
        pair_start(p);
        pair_up(p);
        pair_wait(p, 999000);
        ROW_EQUAL(ROWS[k].name, side_count(&p->i, IKEV1_EVENT_CHILD_UP), ROWS[k].pairs);
        if (ROWS[k].pairs == 2)
            ROW_EQUAL(ROWS[k].name, nth(&p->i, IKEV1_EVENT_CHILD_UP, 1)->at.initiator,
                      ROWS[k].by_initiator);
        pair_free(p);
    }
}

/* ---- phase 1 ---- */

static void expect_adopted(struct pair *p, size_t sas) {
    struct side *both[] = {&p->i, &p->r};
    for (size_t n = 0; n < 2; n++) {
        assert_int_equal(both[n]->ike->s.sas, sas);
        assert_int_equal(both[n]->ike->s.children, 1);
        assert_int_equal(side_count(both[n], IKEV1_EVENT_CHILD_DOWN), 0);
        assert_true(side_count(both[n], IKEV1_EVENT_SA_ADOPTED) >= 1);
    }
}

static void test_sa__soft_lifetime__authenticated_anew_and_children_taken_over(void **state) {
    struct pair *p = up(1000, 86400);
    (void)state;
    ikev1_handle old = side_sa(&p->i);
    pair_wait(p, 960000);
    const struct pair_event *fresh = nth(&p->i, IKEV1_EVENT_SA_UP, 1);
    assert_true(fresh->at.replaces == old);
    assert_true(nth(&p->i, IKEV1_EVENT_SA_ADOPTED, 0)->at.sa == fresh->at.sa);
    assert_true(nth(&p->i, IKEV1_EVENT_SA_ADOPTED, 0)->at.replaces == old);
    assert_int_equal(nth(&p->i, IKEV1_EVENT_SA_DOWN, 0)->why.code, IKEV1_E_REPLACED);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_DOWN), 1);
    expect_adopted(p, 1);
    assert_int_equal(ikev1_delete(p->i.ike, p->now, side_child(&p->i)), IKEV1_OK); /* over it */
    pair_run(p);
    assert_int_equal(nth(&p->r, IKEV1_EVENT_CHILD_DOWN, 0)->why.code, IKEV1_E_DELETED);
    pair_free(p);
}

static void test_sa__both_at_once__both_keep_the_same_one(void **state) {
    (void)state;
    for (uint32_t lead = 0; lead < 12; lead++) {
        struct pair *p = up(86400, 86400);
        assert_int_equal(ikev1_rekey(p->i.ike, p->now, side_sa(&p->i)), IKEV1_OK);
        pair_wait(p, lead);
        assert_int_equal(ikev1_rekey(p->r.ike, p->now, side_sa(&p->r)), IKEV1_OK);
        pair_wait(p, 60000);
        expect_adopted(p, 1);
        assert_int_equal(ikev1_delete(p->r.ike, p->now, side_child(&p->r)), IKEV1_OK);
        pair_run(p);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_DOWN), 1);
        pair_free(p);
    }
}

static void test_sa__expired__children_end_or_stay_as_the_host_says(void **state) {
    (void)state;
    for (int keep = 0; keep < 2; keep++) {
        struct pair *p = pair_new(NULL);
        p->i.phase1.life_seconds = p->r.phase1.life_seconds = 300;
        p->i.phase1.rekey = IKEV1_REKEY_OFF;
        p->i.phase1.keep_children = p->r.phase1.keep_children = keep != 0;
        pair_start(p);
        pair_up(p);
        pair_wait(p, 301000);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_DOWN), !keep);
        assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_DOWN), !keep);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_DOWN), !keep);
        if (keep) { /* the next ISAKMP SA takes it over, and nothing is left of the old one */
            assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), 1, NULL), IKEV1_E_STATE);
            assert_int_equal(pair_connect(p), IKEV1_OK);
            pair_run(p);
            assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_ADOPTED), 1);
            assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_ADOPTED), 1);
            assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_DOWN), 1);
            assert_int_equal(p->i.ike->s.sas, 1);
        }
        pair_free(p);
    }
}

static void test_rekey__not_to_be_had__said(void **state) {
    struct pair *p = pair_new(NULL);
    ikev1_handle sa;
    (void)state;
    pair_start(p);
    assert_int_equal(ikev1_connect(p->i.ike, 0, PAIR_RULE, &sa), IKEV1_OK);
    assert_int_equal(ikev1_rekey(p->i.ike, 0, sa), IKEV1_E_STATE);
    assert_int_equal(ikev1_rekey(p->i.ike, 0, 77), IKEV1_E_STALE);
    assert_int_equal(ikev1_rekey(NULL, 0, sa), IKEV1_E_ARGUMENT);
    pair_run(p);
    p->link.held = true;
    assert_int_equal(ikev1_rekey(p->i.ike, p->now, sa), IKEV1_OK);
    assert_int_equal(ikev1_rekey(p->i.ike, p->now, sa), IKEV1_E_BUSY);
    while (side_count(&p->i, IKEV1_EVENT_SA_FAILED) == 0 && p->now < 600000)
        pair_wait(p, 1000);
    assert_int_equal(ikev1_rekey(p->i.ike, p->now, sa), IKEV1_OK); /* that one is over */
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_child__soft_lifetime__new_one_before_the_old_one_goes),
        cmocka_unit_test(test_child__peer_uses_the_new_one__old_one_goes_soon),
        cmocka_unit_test(test_child__ten_in_a_row_by_both__one_pair_left),
        cmocka_unit_test(test_child__both_at_once__both_keep_the_same_one),
        cmocka_unit_test(test_child__limits_of_traffic__replaced_at_nine_tenths),
        cmocka_unit_test(test_child__sequence_numbers_used_up__replaced_and_ended),
        cmocka_unit_test(test_child__replacement_refused__tried_again_until_the_end),
        cmocka_unit_test(test_rekey__who_and_whether__as_the_host_says),
        cmocka_unit_test(test_sa__soft_lifetime__authenticated_anew_and_children_taken_over),
        cmocka_unit_test(test_sa__both_at_once__both_keep_the_same_one),
        cmocka_unit_test(test_sa__expired__children_end_or_stay_as_the_host_says),
        cmocka_unit_test(test_rekey__not_to_be_had__said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
