/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of ISAKMP SAs and of their children: lifetimes and their ends, connect on what exists,
 * handles of what has ended. session/sa.c, session/pair.c; MEM-06, MEM-07, RTX-09.
 */
#include "support/digest.h"
#include "support/pair.h"

static struct pair *lasting(uint32_t phase1, uint32_t phase2) {
    struct pair *p = pair_new(NULL);
    p->i.phase1.life_seconds = p->r.phase1.life_seconds = phase1;
    p->i.phase2.life_seconds = p->r.phase2.life_seconds = phase2;
    p->i.phase1.rekey = p->i.phase2.rekey = IKEV1_REKEY_OFF;
    pair_start(p);
    pair_up(p);
    return p;
}

static void test_child__lifetime_over__ends_on_both_sides(void **state) {
    struct pair *p = lasting(86400, 600);
    (void)state;
    pair_wait(p, 599000);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_DOWN), 0);
    pair_wait(p, 2000);
    struct side *both[] = {&p->i, &p->r};
    for (size_t s = 0; s < 2; s++) {
        assert_int_equal(side_count(both[s], IKEV1_EVENT_CHILD_DOWN), 1);
        int code = side_event(both[s], IKEV1_EVENT_CHILD_DOWN, 0)->why.code;
        assert_true(code == IKEV1_E_EXPIRED || code == IKEV1_E_DELETED);
        assert_int_equal(side_count(both[s], IKEV1_EVENT_SA_DOWN), 0);
    }
    pair_free(p);
}

static void test_sa__lifetime_over__ends_on_both_sides(void **state) {
    struct pair *p = lasting(300, 3600);
    (void)state;
    pair_wait(p, 299000);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_DOWN), 0);
    pair_wait(p, 2000);
    struct side *both[] = {&p->i, &p->r};
    for (size_t s = 0; s < 2; s++) {
        assert_int_equal(side_count(both[s], IKEV1_EVENT_SA_DOWN), 1);
        assert_int_equal(side_count(both[s], IKEV1_EVENT_CHILD_DOWN), 1);
        assert_int_equal(both[s]->ike->s.sas, 0);
        assert_true(ikev1_engine_deadline(both[s]->ike) == IKEV1_NEVER);
    }
    pair_free(p);
}

static void test_sa__lifetimes_differ__the_shorter(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.phase1.life_seconds = 7200;
    p->r.phase1.life_seconds = 900;
    pair_start(p);
    pair_up(p);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_SA_UP, 0)->info.life_seconds, 7200);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_UP, 0)->info.life_seconds, 900);
    pair_free(p);
}

static void test_connect__sa_exists__only_quick_mode(void **state) {
    struct pair *p = lasting(86400, 3600);
    ikev1_handle sa;
    (void)state;
    uint32_t before = p->link.sent[LINK_TO_RESPONDER];
    assert_int_equal(ikev1_connect(p->i.ike, p->now, PAIR_RULE, &sa), IKEV1_OK);
    assert_true(sa == side_sa(&p->i));
    pair_run(p);
    assert_int_equal(p->link.sent[LINK_TO_RESPONDER] - before, 2);
    pair_check_up(p, 2);
    /* From the side that answered as well: the rule's SA is known. */
    assert_int_equal(ikev1_connect(p->r.ike, p->now, PAIR_RULE, &sa), IKEV1_OK);
    assert_true(sa == side_sa(&p->r));
    pair_run(p);
    pair_check_up(p, 3);
    pair_free(p);
}

static void test_connect__while_negotiating__busy(void **state) { /* M-S4 */
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_start(p);
    for (int n = 0; n < 8; n++) {
        int r = pair_connect(p);
        assert_int_equal(r, n == 0 ? IKEV1_OK : IKEV1_E_BUSY);
        if (n > 0)
            assert_true(side_said(&p->i, "!! IKE Negotiation is in process"));
        pair_step(p);
    }
    pair_run(p);
    pair_check_up(p, 1);
    pair_free(p);
}

static void test_child__before_the_sa_is_up__state(void **state) {
    struct pair *p = pair_new(NULL);
    ikev1_handle sa, child;
    (void)state;
    pair_start(p);
    assert_int_equal(ikev1_connect(p->i.ike, p->now, PAIR_RULE, &sa), IKEV1_OK);
    assert_int_equal(ikev1_child(p->i.ike, p->now, sa, 2, &child), IKEV1_E_STATE);
    pair_run(p);
    assert_int_equal(ikev1_child(p->i.ike, p->now, sa, 0, &child), IKEV1_E_ARGUMENT);
    pair_free(p);
}

static void test_handles__ended__stale_for_ever(void **state) { /* MEM-07 */
    struct pair *p = lasting(86400, 3600);
    ikev1_handle sa = side_sa(&p->i), child = side_child(&p->i), got;
    (void)state;
    assert_int_equal(ikev1_child(p->i.ike, p->now, child, 2, &got), IKEV1_E_STALE); /* wrong kind */
    assert_int_equal(ikev1_delete(p->i.ike, p->now, child), IKEV1_OK);
    assert_int_equal(ikev1_delete(p->i.ike, p->now, child), IKEV1_E_STALE); /* not pulled yet */
    pair_run(p);
    assert_int_equal(ikev1_delete(p->i.ike, p->now, child), IKEV1_E_STALE);
    assert_int_equal(ikev1_delete(p->i.ike, p->now, sa), IKEV1_OK);
    assert_int_equal(ikev1_child(p->i.ike, p->now, sa, 2, &got), IKEV1_E_STALE);
    pair_run(p);
    side_forget(&p->i);
    side_forget(&p->r);
    pair_connect(p); /* takes their slots */
    pair_run(p);
    pair_check_up(p, 1);
    uint64_t before = engine_digest(p->i.ike);
    const ikev1_handle BAD[] = {sa, child, 0, 1, sa ^ 1, sa + (UINT64_C(1) << 32), UINT64_MAX - 1};
    for (size_t i = 0; i < COUNT(BAD); i++) {
        if (BAD[i] == side_sa(&p->i) || BAD[i] == side_child(&p->i))
            continue;
        assert_int_equal(ikev1_delete(p->i.ike, p->now, BAD[i]), IKEV1_E_STALE);
        assert_int_equal(ikev1_child(p->i.ike, p->now, BAD[i], 2, &got), IKEV1_E_STALE);
        assert_int_equal(ikev1_send_failed(p->i.ike, p->now, BAD[i]), IKEV1_E_STALE);
    }
    assert_true(engine_digest(p->i.ike) == before);
    pair_free(p);
}

static void test_delete__at_each_moment__one_event_all_freed(void **state) { /* MEM-06 */
    (void)state;
    for (int responder = 0; responder < 2; responder++) {
        for (int n = 0; n <= 9; n++) {
            struct pair *p = pair_new(NULL);
            struct side *s = responder ? &p->r : &p->i;
            pair_start(p);
            pair_connect(p);
            for (int i = 0; i < n; i++)
                pair_step(p);
            side_drain(&p->i);
            side_drain(&p->r);
            size_t started = s->ike->s.children;
            size_t up = side_count(s, IKEV1_EVENT_SA_UP);
            assert_int_equal(ikev1_delete(s->ike, p->now, IKEV1_ALL), IKEV1_OK);
            side_drain(s);
            assert_int_equal(s->ike->s.sas, 0);
            assert_int_equal(s->ike->s.children, 0);
            assert_int_equal(side_count(s, IKEV1_EVENT_SA_DOWN), up);
            if (!responder)
                assert_int_equal(side_count(s, IKEV1_EVENT_SA_FAILED), 1 - up);
            assert_int_equal(side_count(s, IKEV1_EVENT_CHILD_DOWN) +
                                 side_count(s, IKEV1_EVENT_CHILD_FAILED),
                             started);
            assert_true(ikev1_engine_deadline(s->ike) == IKEV1_NEVER);
            pair_free(p);
        }
    }
}

static void
test_engine_free__at_each_moment__all_freed_and_wiped(void **state) { /* MEM-06, MEM-08 */
    (void)state;
    for (int n = 0; n <= 9; n++) {
        for (int drained = 0; drained < 2; drained++) {
            struct pair *p = pair_new(NULL);
            pair_start(p);
            pair_connect(p);
            for (int i = 0; i < n; i++)
                pair_step(p);
            if (drained)
                side_drain(&p->i);
            if (n > 6)
                ikev1_delete(p->r.ike, p->now, IKEV1_ALL);
            pair_free(p); /* checks both allocators */
        }
    }
    ikev1_engine_free(NULL);
}

/* ---- NAT ---- */

static void test_nat__kept_alive__while_up(void **state) { /* RFC 3948 2.3, M-P1 */
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.phase1.natt = p->r.phase1.natt = IKEV1_NATT_FORCE;
    pair_start(p);
    pair_up(p);
    uint32_t before = p->link.sent[LINK_TO_RESPONDER];
    pair_wait(p, 101000);
    assert_int_equal(p->link.sent[LINK_TO_RESPONDER] - before, 5);
    const struct datagram *d = &p->link.kept[p->link.kept_count - 1];
    assert_true(d->keepalive);
    assert_int_equal(d->len, 1);
    assert_int_equal(d->data[0], 0xff);
    ikev1_delete(p->i.ike, p->now, IKEV1_ALL);
    pair_run(p);
    assert_true(ikev1_engine_deadline(p->i.ike) == IKEV1_NEVER);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_child__lifetime_over__ends_on_both_sides),
        cmocka_unit_test(test_sa__lifetime_over__ends_on_both_sides),
        cmocka_unit_test(test_sa__lifetimes_differ__the_shorter),
        cmocka_unit_test(test_connect__sa_exists__only_quick_mode),
        cmocka_unit_test(test_connect__while_negotiating__busy),
        cmocka_unit_test(test_child__before_the_sa_is_up__state),
        cmocka_unit_test(test_handles__ended__stale_for_ever),
        cmocka_unit_test(test_delete__at_each_moment__one_event_all_freed),
        cmocka_unit_test(test_engine_free__at_each_moment__all_freed_and_wiped),
        cmocka_unit_test(test_nat__kept_alive__while_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
