/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages sent in fragments (mission P2), when a rule or a peer's silence asks for it: FRG-12. How
 * they are put together is in test_pieces.c.
 */
#include "api/api.h"
#include "exchange/fragment.h"
#include "support/attack.h"
#include "support/pair.h"

enum { HEADS = 36, SIZE = 256 };

static size_t fragments_of(const struct pair *p, uint8_t way, size_t *longest) {
    size_t count = 0;
    *longest = 0;
    for (size_t i = 0; i < p->link.kept_count; i++) {
        const struct datagram *d = &p->link.kept[i];
        if (d->way != way)
            continue;
        count += d->data[16] == IKEV1_PAYLOAD_FRAGMENT;
        *longest = d->len > *longest ? d->len : *longest;
    }
    return count;
}

static struct pair *with_modp(const struct pair_kind *kind, uint8_t i, uint8_t r) {
    struct pair *p = kind_prepared(kind);
    for (int k = 0; k < 2; k++) {
        struct side *s = k ? &p->r : &p->i;
        s->suites1[0] = s->phase1.suites[0];
        s->suites1[0].group = IKEV1_GROUP_MODP2048;
        s->phase1.suites = s->suites1;
        s->phase1.suite_count = 1;
        s->phase1.fragments = k ? r : i;
    }
    return p;
}

static void test_fragments__forced__every_message_fits(void **state) { /* FRG-12 */
    (void)state;
    EACH_KIND(kind) {
        size_t longest;
        struct pair *p = with_modp(kind, IKEV1_FRAGMENTS_FORCE, IKEV1_FRAGMENTS_FORCE);
        p->i.phase1.fragment_size = p->r.phase1.fragment_size = SIZE;
        pair_start(p);
        pair_connect(p);
        pair_run(p);
        ROW_EQUAL(kind->name, side_count(&p->r, IKEV1_EVENT_CHILD_UP), 1);
        const size_t ours = fragments_of(p, LINK_TO_RESPONDER, &longest);
        ROW_EQUAL(kind->name,
                  kind->mode == IKEV1_MODE_AGGRESSIVE ? longest > SIZE
                                                      : ours >= 2 && longest == SIZE,
                  true); /* the first message goes whole */
        /* A responder sends whole what goes to somebody who has not been reached. */
        const size_t theirs = fragments_of(p, LINK_TO_INITIATOR, &longest);
        ROW_EQUAL(kind->name, kind->mode == IKEV1_MODE_AGGRESSIVE ? longest > SIZE : theirs >= 2,
                  true);
        ROW_EQUAL(kind->name, side_said(&p->i, "Send:<FRAG>"), ours != 0);
        ROW_EQUAL(kind->name, side_said(&p->r, "Recv:<FRAG>"), ours != 0);
        pair_free(p);
    }
}

static void test_fragments__each_pair_of_policies__as_documented(void **state) {
    static const struct {
        const char *name;
        uint8_t i, r;
        uint16_t size;
        bool up, in_pieces;
    } ROWS[] = {
        {"accept, accept", IKEV1_FRAGMENTS_ACCEPT, IKEV1_FRAGMENTS_ACCEPT, SIZE, true, false},
        {"on, on", IKEV1_FRAGMENTS_ON, IKEV1_FRAGMENTS_ON, SIZE, true, true},
        {"on without a size", IKEV1_FRAGMENTS_ON, IKEV1_FRAGMENTS_ON, 0, true, false},
        {"on, accept", IKEV1_FRAGMENTS_ON, IKEV1_FRAGMENTS_ACCEPT, SIZE, true, false},
        {"on, off", IKEV1_FRAGMENTS_ON, IKEV1_FRAGMENTS_OFF, SIZE, true, false},
        {"force, accept", IKEV1_FRAGMENTS_FORCE, IKEV1_FRAGMENTS_ACCEPT, SIZE, true, true},
        {"force, off", IKEV1_FRAGMENTS_FORCE, IKEV1_FRAGMENTS_OFF, SIZE, false, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        size_t longest;
        struct pair *p = with_modp(&pair_kinds[0], ROWS[i].i, ROWS[i].r);
        p->i.phase1.fragment_size = p->r.phase1.fragment_size = ROWS[i].size;
        pair_start(p);
        pair_connect(p);
        pair_run(p);
        ROW_EQUAL(ROWS[i].name, side_count(&p->r, IKEV1_EVENT_CHILD_UP), ROWS[i].up);
        ROW_EQUAL(ROWS[i].name, fragments_of(p, LINK_TO_RESPONDER, &longest) != 0,
                  ROWS[i].in_pieces);
        pair_free(p);
    }
}

/* Two retransmissions without an answer: it may be the size that is in the way. */
static void test_fragments__no_answer__third_time_in_pieces(void **state) {
    size_t longest;
    (void)state;
    struct pair *p = with_modp(&pair_kinds[0], IKEV1_FRAGMENTS_ON, IKEV1_FRAGMENTS_ON);
    p->i.phase1.fragment_size = 0;
    p->i.config.timing.retry_count = 8;
    p->i.suites1[0].group = p->r.suites1[0].group = IKEV1_GROUP_MODP2048;
    pair_start(p);
    for (uint32_t n = 2; n <= 3; n++) /* message 3, and the first time it is sent again */
        link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, n, 0);
    pair_connect(p);
    pair_run(p);
    struct ike_sa *sa = ike_handle_at(&p->i.ike->s.handles, IKE_KIND_SA, 1);
    assert_false(sa->in_pieces);
    sa->fragment_size = 0;
    pair_wait(p, 4500);
    assert_false(sa->in_pieces);
    pair_wait(p, 8000);
    assert_true(sa->in_pieces);
    pair_check_up(p, 1);
    assert_int_equal(fragments_of(p, LINK_TO_RESPONDER, &longest), 0); /* all are below 1200 */
    pair_free(p);
}

/* Message 6 does not get through: who asks again and again is the peer, and no timer of ours. */
static void test_fragments__answer_lost__third_time_in_pieces(void **state) {
    (void)state;
    struct pair *p = with_modp(&pair_kinds[0], IKEV1_FRAGMENTS_ON, IKEV1_FRAGMENTS_ON);
    p->r.phase1.fragment_size = 0;
    pair_start(p);
    for (uint32_t n = 3; n <= 4; n++)
        link_rule(&p->link, LINK_TO_INITIATOR, LINK_DROP, n, 0);
    pair_connect(p);
    pair_run(p);
    pair_wait(p, 4500);
    const struct ike_sa *sa = ike_handle_at(&p->r.ike->s.handles, IKE_KIND_SA, 1);
    assert_false(sa->in_pieces);
    pair_wait(p, 8000);
    assert_true(sa->in_pieces);
    pair_check_up(p, 1);
    pair_free(p);
}

static void test_fragments__size__limits_and_count(void **state) { /* FRG-12 */
    static const struct {
        const char *name;
        uint16_t size;
        size_t len, count;
    } ROWS[] = {
        {"one less", SIZE, SIZE - 1, 0},
        {"just fits", SIZE, SIZE, 0},
        {"one more", SIZE, SIZE + 1, 2},
        {"two full ones", SIZE, 2 * (SIZE - HEADS), 2},
        {"one byte more", SIZE, 2 * (SIZE - HEADS) + 1, 3},
        {"the most", 300, 255 * (300 - HEADS), 255},
        {"one byte too many", 300, 255 * (300 - HEADS) + 1, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        static uint8_t message[1 << 17];
        struct pair *p = pair_new(NULL);
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        assert_true(pair_step(p));
        assert_true(pair_step(p)); /* the peer has said that it can */
        link_flush(&p->link);
        struct ike_sa *sa = ike_handle_at(&p->i.ike->s.handles, IKE_KIND_SA, 1);
        sa->fragments = IKEV1_FRAGMENTS_FORCE;
        sa->fragment_size = ROWS[i].size;
        memcpy(message, link_kept(&p->link, LINK_TO_RESPONDER, 1)->data, IKEV1_HEADER_SIZE);
        for (unsigned k = 0; k < 4; k++)
            message[24 + k] = (uint8_t)(ROWS[i].len >> (24 - 8 * k));
        ROW_EQUAL(ROWS[i].name, ike_goes_in_pieces(sa, ROWS[i].len), ROWS[i].count != 0);
        if (ROWS[i].count != 0)
            ROW_EQUAL(ROWS[i].name, ike_send_pieces(sa, (ikev1_bytes){message, ROWS[i].len}),
                      IKEV1_OK);
        ROW_EQUAL(ROWS[i].name, attack_discard(&p->i), ROWS[i].count);
        pair_free(p);
    }
}

static void test_fragments__size_out_of_bounds__refused(void **state) { /* FRG-12 */
    static const struct {
        uint16_t size;
        int want;
    } ROWS[] = {{0, IKEV1_OK},   {1, IKEV1_E_CONFIG}, {255, IKEV1_E_CONFIG},
                {256, IKEV1_OK}, {2048, IKEV1_OK},    {2049, IKEV1_E_CONFIG}};
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct pair *p = pair_new(NULL);
        pair_start(p);
        p->i.phase1.rule = PAIR_RULE;
        ikev1_phase1 phase1 = p->i.phase1;
        phase1.size = sizeof phase1;
        phase1.fragment_size = ROWS[i].size;
        ROW_EQUAL("size", ikev1_check_phase1(p->i.ike, &phase1, NULL), ROWS[i].want);
        phase1.fragment_size = 0;
        phase1.fragments = IKEV1_FRAGMENTS_OFF + 1;
        ROW_EQUAL("policy", ikev1_check_phase1(p->i.ike, &phase1, NULL), IKEV1_E_CONFIG);
        pair_free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fragments__forced__every_message_fits),
        cmocka_unit_test(test_fragments__each_pair_of_policies__as_documented),
        cmocka_unit_test(test_fragments__no_answer__third_time_in_pieces),
        cmocka_unit_test(test_fragments__answer_lost__third_time_in_pieces),
        cmocka_unit_test(test_fragments__size__limits_and_count),
        cmocka_unit_test(test_fragments__size_out_of_bounds__refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
