/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A peer that has authenticated itself and opens Quick Modes in masses: it gets its share, and
 * others do not notice. DOS-12; mission B8; RFC 2409 5.5.
 */
#include "support/pair.h"

#include "api/api.h"

enum {
    MANY = 10000,
    MESSAGE_IDS = 4096,
    EXCHANGES = 16, /* the default of limits.exchanges */
    CHILDREN = 64,  /* that of limits.children */
    /* What an unfinished Quick Mode may cost: exchange, pair, its message and the answer to it. */
    EACH = 2048,
    IDS = 4 * 4 * MESSAGE_IDS, /* their table, at its fullest and while it grows */
};

static struct pair *with_an_insider(void) {
    struct pair *p = pair_new(NULL);
    pair_any_rule(p);
    p->i.config.limits.exchanges = 60000; /* it keeps to nothing */
    p->i.config.limits.children = 60000;
    p->i.config.limits.message_ids = 1u << 20;
    p->r.config.log_level = p->i.config.log_level = IKEV1_LEVEL_ERROR;
    p->r.config.limits.message_ids = MESSAGE_IDS;
    pair_start(p);
    pair_up(p);
    pair_wait(p, 31000); /* no exchange lingers */
    return p;
}

static void forget(struct pair *p) {
    side_forget(&p->i);
    side_forget(&p->r);
    for (size_t k = 0; k < p->link.kept_count; k++)
        link_release(&p->link.kept[k]);
    p->link.kept_count = 0;
    p->i.questions = p->r.questions = 0;
}

/* Somebody else, from another address. */
static void check_others_are_served(struct pair *p) {
    link_flush(&p->link);
    link_clear(&p->link);
    forget(p);
    p->i.phase1.path.local.ip[3] = 200;
    assert_int_equal(ikev1_connect(p->i.ike, p->now, MANY + 7, NULL), IKEV1_OK);
    pair_run(p);
    pair_check_up(p, 1);
}

static void test_insider__quick_modes_never_finished__bounded(void **state) {
    struct pair *p = with_an_insider();
    const ikev1_handle sa = side_sa(&p->i);
    const size_t before = p->r.memory.live_bytes;
    size_t most = 0;
    (void)state;
    link_rule(&p->link, LINK_TO_INITIATOR, LINK_DROP, 0, 0);
    for (uint32_t n = 0; n < MANY; n++) {
        assert_int_equal(ikev1_child(p->i.ike, p->now, sa, 2 + n, NULL), IKEV1_OK);
        pair_run(p);
        ikev1_engine_tick(p->r.ike, p->now);
        const size_t now = p->r.ike->s.children;
        most = now > most ? now : most;
        assert_true(now <= 1 + EXCHANGES);
        assert_true(p->r.memory.live_bytes <= before + IDS + (size_t)EXCHANGES * EACH);
        forget(p);
    }
    assert_int_equal(most, 1 + EXCHANGES);
    check_others_are_served(p);
    pair_stop(p);
    pair_free(p);
}

static void test_insider__pairs_and_more_pairs__bounded(void **state) {
    struct pair *p = with_an_insider();
    const ikev1_handle sa = side_sa(&p->i);
    (void)state;
    for (uint32_t n = 0; n < 4 * CHILDREN; n++) {
        assert_int_equal(ikev1_child(p->i.ike, p->now, sa, 2 + n, NULL), IKEV1_OK);
        pair_run(p);
        p->now += 2500; /* finished exchanges answer for a while */
        ikev1_engine_tick(p->r.ike, p->now);
        assert_true(p->r.ike->s.children <= CHILDREN);
        forget(p);
    }
    assert_int_equal(p->r.ike->s.children, CHILDREN);
    check_others_are_served(p);
    pair_stop(p);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_insider__quick_modes_never_finished__bounded),
        cmocka_unit_test(test_insider__pairs_and_more_pairs__bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
