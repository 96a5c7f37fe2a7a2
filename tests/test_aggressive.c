/* SPDX-License-Identifier: Apache-2.0 */
/* Aggressive Mode with a pre-shared key: RFC 2409 5.4, mission R1, R9. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "support/pair.h"

static struct pair *aggressive(void) {
    struct pair *p = pair_new(NULL);
    p->i.phase1.mode = IKEV1_MODE_AGGRESSIVE;
    p->r.phase1.mode = IKEV1_MODE_AGGRESSIVE;
    return p;
}

static void test_aggressive__both_sides__three_messages_and_up(void **state) {
    (void)state;
    struct pair *p = aggressive();
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    pair_check_up(p, 1);
    assert_true(side_said(&p->i, "Send Aggressive Mode request to <"));
    assert_true(side_said(&p->r, "Recv Aggressive Mode request from <"));
    const struct pair_event *up = side_event(&p->r, IKEV1_EVENT_SA_UP, 0);
    assert_int_equal(up->info.exchange, IKEV1_EXCHANGE_AGGRESSIVE);
    assert_int_equal(link_kept(&p->link, LINK_TO_RESPONDER, 1)->data[18],
                     IKEV1_EXCHANGE_AGGRESSIVE);
    assert_int_equal(link_kept(&p->link, LINK_TO_RESPONDER, 2)->data[18],
                     IKEV1_EXCHANGE_AGGRESSIVE);
    assert_int_equal(link_kept(&p->link, LINK_TO_RESPONDER, 3)->data[18], IKEV1_EXCHANGE_QUICK);
    pair_free(p);
}

static void test_aggressive__nat_between__floats_and_encapsulates(void **state) {
    (void)state;
    struct pair *p = aggressive();
    p->i.phase1.natt = IKEV1_NATT_FORCE;
    p->r.phase1.natt = IKEV1_NATT_AUTO;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    pair_check_up(p, 1);
    assert_true(link_kept(&p->link, LINK_TO_RESPONDER, 2)->path.encapsulated);
    assert_true(side_event(&p->r, IKEV1_EVENT_CHILD_UP, 0)->ipsec.udp);
    pair_free(p);
}

/* PH1-10: whoever has not been told to by name does not show a hash of the key. */
static void test_aggressive__responder_not_told_to__silent(void **state) {
    (void)state;
    struct pair *p = aggressive();
    p->r.phase1.mode = IKEV1_MODE_MAIN;
    p->r.config.clear_notify = true;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    assert_null(link_kept(&p->link, LINK_TO_INITIATOR, 1));
    ikev1_stats stats = {.size = sizeof stats};
    assert_int_equal(ikev1_engine_stats(p->r.ike, &stats), IKEV1_OK);
    assert_int_equal(stats.sas, 0);
    pair_free(p);
}

static void test_aggressive__wrong_key__initiator_says_so_and_gives_up(void **state) {
    (void)state;
    struct pair *p = aggressive();
    p->i.psk = "another key, as long as the first";
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    assert_true(side_said(&p->i, "the pre-shared keys may differ"));
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_FAILED), 0); /* it may be a forgery */
    pair_wait(p, 600000);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_FAILED), 1);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_SA_FAILED, 0)->why.code, IKEV1_E_AUTH);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), 0);
    pair_free(p);
}

static void test_aggressive__two_groups_offered__refused_before_anything_is_sent(void **state) {
    (void)state;
    struct pair *p = aggressive();
    p->i.suites1[1] = p->i.suites1[0];
    p->i.suites1[1].group = IKEV1_GROUP_MODP2048;
    p->i.phase1.suite_count = 2;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_E_CONFIG);
    side_drain(&p->i);
    assert_null(link_kept(&p->link, LINK_TO_RESPONDER, 1));
    pair_free(p);
}

/* RTX-04: the initiator sent the last message and answers when it was lost. */
static void test_aggressive__third_message_lost__sent_again(void **state) {
    (void)state;
    struct pair *p = aggressive();
    link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, 2, 0);
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), 0);
    const struct datagram *second = link_kept(&p->link, LINK_TO_INITIATOR, 1);
    link_inject(&p->link, second, p->now);
    pair_run(p);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), 1);
    pair_wait(p, 60000);
    pair_check_up(p, 1);
    pair_free(p);
}

static bool claimed;

static int see_id(void *user, const ikev1_question *q, ikev1_phase1 *answer) {
    struct side *s = user;
    claimed = q->peer_id != NULL && q->peer_id->type == IKEV1_ID_KEY_ID &&
              q->exchange == IKEV1_EXCHANGE_AGGRESSIVE;
    *answer = s->phase1;
    return IKEV1_OK;
}

/* A group name chooses the rule: what Main Mode cannot know before its last messages. */
static void test_aggressive__claimed_identity__is_in_the_question(void **state) {
    (void)state;
    struct pair *p = aggressive();
    static const uint8_t name[] = "group";
    const ikev1_id id = {.type = IKEV1_ID_KEY_ID, .data = name, .len = 5};
    p->i.phase1.local_id = id;
    p->r.phase1.remote_id = id;
    p->r.policy.phase1 = see_id;
    claimed = false;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    assert_true(claimed);
    pair_check_up(p, 1);
    pair_free(p);
}

static void test_aggressive__identity_not_expected__fails_on_both_ends(void **state) {
    (void)state;
    static const uint8_t name[] = "other.example";
    struct pair *p = aggressive();
    p->i.phase1.remote_id = (ikev1_id){.type = IKEV1_ID_FQDN, .data = name, .len = 13};
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    const struct pair_event *failed = side_event(&p->i, IKEV1_EVENT_SA_FAILED, 0);
    assert_int_equal(failed->why.code, IKEV1_E_PEER_ID);
    assert_string_equal(failed->why.ours, "FQDN other.example");
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), 0);
    pair_free(p);
}

/* Who calls itself what nobody is called hears what all hear (IDN-09), and leaves: our side alone
 * is told whom it was about, and not before it is over. */
static void test_aggressive__unknown_identity_leaves__named_in_our_log(void **state) {
    static const uint8_t name[] = "other.example";
    (void)state;
    for (int known = 0; known < 2; known++) {
        struct pair *p = aggressive();
        p->i.psk = "another key, as long as the first";
        if (!known)
            p->r.phase1.remote_id = (ikev1_id){.type = IKEV1_ID_FQDN, .data = name, .len = 13};
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        pair_run(p);
        assert_false(side_said(&p->r, "Peer ID: "));
        pair_wait(p, 31000);
        assert_true(side_said(&p->r, "!! Too many errors! Deleting SA"));
        assert_int_equal(
            side_said(&p->r, "Peer ID: IPV4_ADDR 192.0.2.1 vs. My Remote FQDN other.example"),
            !known);
        pair_free(p);
    }
}

static void test_aggressive__key_answered_later__goes_on(void **state) {
    (void)state;
    struct pair *p = aggressive();
    p->i.status[IKEV1_QUESTION_PSK] = IKEV1_PENDING;
    p->r.status[IKEV1_QUESTION_PSK] = IKEV1_PENDING;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    assert_int_equal(side_answer(&p->r, IKEV1_QUESTION_PSK, IKEV1_OK), IKEV1_OK);
    pair_run(p);
    assert_int_equal(side_answer(&p->i, IKEV1_QUESTION_PSK, IKEV1_OK), IKEV1_OK);
    pair_run(p);
    pair_check_up(p, 1);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aggressive__both_sides__three_messages_and_up),
        cmocka_unit_test(test_aggressive__nat_between__floats_and_encapsulates),
        cmocka_unit_test(test_aggressive__responder_not_told_to__silent),
        cmocka_unit_test(test_aggressive__wrong_key__initiator_says_so_and_gives_up),
        cmocka_unit_test(test_aggressive__two_groups_offered__refused_before_anything_is_sent),
        cmocka_unit_test(test_aggressive__third_message_lost__sent_again),
        cmocka_unit_test(test_aggressive__claimed_identity__is_in_the_question),
        cmocka_unit_test(test_aggressive__identity_not_expected__fails_on_both_ends),
        cmocka_unit_test(test_aggressive__unknown_identity_leaves__named_in_our_log),
        cmocka_unit_test(test_aggressive__key_answered_later__goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
