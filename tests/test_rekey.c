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
    pair_wait(p, MINUTE + 1000);
    for (size_t s = 0; s < 2; s++) {
        assert_int_equal(side_count(both[s], IKEV1_EVENT_CHILD_DOWN), 1);
        const struct pair_event *down = nth(both[s], IKEV1_EVENT_CHILD_DOWN, 0);
        assert_true(down->at.child == first[s]);
        assert_int_equal(down->why.code, IKEV1_E_REPLACED);
        assert_int_equal(both[s]->ike->s.children, 1);
    }
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_child__soft_lifetime__new_one_before_the_old_one_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
