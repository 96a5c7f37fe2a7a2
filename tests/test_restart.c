/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forged answers in phase 1, before anything proves who the responder is: we begin again, once, in
 * the same time (PH1-07, PH1-05).
 */
#include "support/craft.h"
#include "support/pair.h"

enum { WHOLE = 149000 }; /* ms of the default retransmissions of one message */

/* The initiator has taken somebody's message 2, whose cookie nobody else knows. */
static void mislead(struct pair *p) {
    side_drain(&p->i);
    assert_true(pair_step(p)); /* message 1 arrives */
    const struct datagram *second =
        link_kept(&p->link, LINK_TO_INITIATOR, p->link.sent[LINK_TO_INITIATOR]);
    uint8_t forged[2048];
    memcpy(forged, second->data, second->len);
    memset(forged + 8, 0x77, 8);
    assert_int_equal(ikev1_engine_input(p->i.ike, p->now, &second->path, forged, second->len, NULL),
                     IKEV1_OK);
}

/* Message 3 has come back as message 4, with another public value and under the cookie 0x77. */
static void mislead_further(struct pair *p) {
    side_drain(&p->i);
    const struct datagram *third =
        link_kept(&p->link, LINK_TO_RESPONDER, p->link.sent[LINK_TO_RESPONDER]);
    uint8_t forged[2048];
    memcpy(forged, third->data, third->len);
    forged[28 + 4 + 31] ^= 2; /* of an X25519 public value the last byte */
    ikev1_path path = {.local = third->path.remote, .remote = third->path.local};
    assert_int_equal(ikev1_engine_input(p->i.ike, p->now, &path, forged, third->len, NULL),
                     IKEV1_OK);
    side_drain(&p->i);
}

/* A message 6 that no key opens, as often as one likes. */
static void mislead_at_last(struct pair *p) {
    const struct datagram *fifth =
        link_kept(&p->link, LINK_TO_RESPONDER, p->link.sent[LINK_TO_RESPONDER]);
    uint8_t forged[2048];
    ikev1_path path = {.local = fifth->path.remote, .remote = fifth->path.local};
    memcpy(forged, fifth->data, fifth->len);
    memset(forged + 28, 0x5a, fifth->len - 28);
    for (int i = 0; i < 5; i++)
        assert_int_not_equal(ikev1_engine_input(p->i.ike, p->now, &path, forged, fifth->len, NULL),
                             IKEV1_OK);
}

static struct pair *misled(uint8_t natt) {
    struct pair *p = pair_new(NULL);
    p->i.phase1.natt = p->r.phase1.natt = natt;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    mislead(p);
    return p;
}

static void test_restart__forged_message_2__up_under_new_cookies(void **state) {
    static const uint8_t natt[] = {IKEV1_NATT_OFF, IKEV1_NATT_FORCE};
    (void)state;
    for (size_t i = 0; i < COUNT(natt); i++) {
        struct pair *p = misled(natt[i]);
        uint8_t first[8];
        memcpy(first, link_kept(&p->link, LINK_TO_RESPONDER, 1)->data, 8);
        ikev1_time begun = p->now;
        while (side_count(&p->i, IKEV1_EVENT_CHILD_UP) == 0 && p->now < begun + WHOLE)
            pair_wait(p, 1000);
        pair_check_up(p, 1);
        assert_true(p->now < begun + WHOLE / 2);
        const ikev1_sa_info *info = &side_event(&p->i, IKEV1_EVENT_SA_UP, 0)->info;
        assert_memory_not_equal(info->icookie, first, 8);
        assert_int_equal(side_said_times(&p->i, "Send Main Mode request to"), 2);
        assert_int_equal(p->i.ike->s.sas, 1);
        pair_wait(p, 60000); /* what the responder began for the first one has gone */
        assert_int_equal(p->r.ike->s.sas, 1);
        assert_int_equal(p->r.ike->s.half_open, 0);
        pair_free(p);
    }
}

static void wait_until_up(struct pair *p) {
    ikev1_time begun = p->now;
    while (side_count(&p->i, IKEV1_EVENT_CHILD_UP) == 0 && p->now < begun + WHOLE)
        pair_wait(p, 1000);
    pair_check_up(p, 1);
    assert_true(p->now < begun + WHOLE / 2);
    assert_int_equal(p->i.ike->s.sas, 1);
    pair_wait(p, WHOLE + 2000); /* what the responder began for the first one has gone */
    assert_int_equal(p->r.ike->s.sas, 1);
    assert_int_equal(p->r.ike->s.half_open, 0);
}

static void test_restart__forged_message_4_after_forged_message_2__up(void **state) {
    static const uint16_t AUTHS[] = {IKEV1_AUTH_PSK, IKEV1_AUTH_RSA};
    (void)state;
    for (size_t i = 0; i < COUNT(AUTHS); i++) {
        struct pair *p = pair_new(NULL);
        pair_by(p, AUTHS[i], IKEV1_MODE_MAIN);
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        mislead(p);
        mislead_further(p);
        mislead_at_last(p);
        wait_until_up(p);
        assert_int_equal(side_said_times(&p->i, "Send Main Mode request to"), 2);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_FAILED), 0);
        pair_free(p);
    }
}

/* Whoever sees message 2 needs to forge message 4 only. */
static void test_restart__forged_message_4_after_genuine_message_2__up(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    side_drain(&p->i);
    assert_true(pair_step(p) && pair_step(p));
    mislead_further(p); /* under the cookies of message 3, which are the genuine ones */
    mislead_at_last(p);
    wait_until_up(p);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_FAILED), 0);
    pair_free(p);
}

static void test_restart__base_mode_forged_message_2__up(void **state) {
    static const uint16_t AUTHS[] = {IKEV1_AUTH_PSK, IKEV1_AUTH_ECDSA_256};
    (void)state;
    for (size_t i = 0; i < COUNT(AUTHS); i++) {
        struct pair *p = pair_new(NULL);
        pair_by(p, AUTHS[i], IKEV1_MODE_BASE);
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        mislead(p);
        wait_until_up(p);
        assert_int_equal(side_said_times(&p->i, "Send Base Mode request to"), 2);
        pair_free(p);
    }
}

/* A wrong key looks like a forged message 4, and is found out a second time: the cause is the same,
 * even of a peer that has nothing more to say. */
static void test_restart__wrong_key__begun_twice_and_named(void **state) {
    static const struct {
        bool answers, silent; /* message 5, under its own key; afterwards */
        int code;
    } PEERS[] = {{true, false, IKEV1_E_PSK},
                 {true, true, IKEV1_E_PSK},
                 {false, false, IKEV1_E_UNREAD},
                 {false, true, IKEV1_E_UNREAD}};
    (void)state;
    for (size_t i = 0; i < COUNT(PEERS); i++) {
        struct pair *p = pair_new(NULL);
        p->r.psk = "another key of at least twenty bytes";
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        ikev1_time begun = p->now;
        side_drain(&p->i);
        for (int n = 0; n < 4; n++)
            assert_true(pair_step(p));
        side_drain(&p->i);
        if (PEERS[i].answers)
            mislead_at_last(p);
        while (side_said_times(&p->i, "Send Main Mode request to") < 2 && p->now < begun + WHOLE)
            pair_wait(p, 500);
        link_flush(&p->link);
        if (PEERS[i].silent)
            link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, 0, 0);
        while (side_count(&p->i, IKEV1_EVENT_SA_FAILED) == 0 && p->now < begun + 2 * WHOLE)
            pair_wait(p, 500);
        assert_true(p->now <= begun + WHOLE + 2000);
        assert_int_equal(side_event(&p->i, IKEV1_EVENT_SA_FAILED, 0)->why.code, PEERS[i].code);
        assert_int_equal(side_said_times(&p->i, "Send Main Mode request to"), 2);
        pair_free(p);
    }
}

/* The old attempt's messages are nothing to the new one. */
static void test_restart__answers_to_the_first_attempt__dropped(void **state) {
    struct pair *p = misled(IKEV1_NATT_OFF);
    (void)state;
    const struct datagram genuine = *link_kept(&p->link, LINK_TO_INITIATOR, 1);
    link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, 0, 0);
    while (side_said_times(&p->i, "Send Main Mode request to") < 2)
        pair_wait(p, 500);
    assert_int_equal(
        ikev1_engine_input(p->i.ike, p->now, &genuine.path, genuine.data, genuine.len, NULL),
        IKEV1_DROPPED);
    link_clear(&p->link);
    pair_wait(p, WHOLE);
    pair_check_up(p, 1);
    pair_free(p);
}

/* Nobody answers any more: it ends once, when it would have ended. */
static void test_restart__silence__ends_in_the_same_time(void **state) {
    struct pair *p = misled(IKEV1_NATT_OFF);
    (void)state;
    link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, 0, 0);
    ikev1_time begun = p->now;
    while (side_count(&p->i, IKEV1_EVENT_SA_FAILED) == 0 && p->now < begun + 2 * WHOLE)
        pair_wait(p, 500);
    assert_true(p->now - begun > WHOLE * 85 / 100);
    assert_true(p->now - begun <= WHOLE + 2000);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_SA_FAILED, 0)->why.code, IKEV1_E_SILENT);
    assert_int_equal(p->i.ike->s.sas, 0);
    assert_int_equal(side_said_times(&p->i, "Send Main Mode request to"), 2);
    pair_free(p);
}

static void test_restart__misled_again__not_a_second_time(void **state) {
    struct pair *p = misled(IKEV1_NATT_OFF);
    (void)state;
    link_flush(&p->link);
    link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, 0, 0);
    while (side_said_times(&p->i, "Send Main Mode request to") < 2)
        pair_wait(p, 500);
    link_clear(&p->link);
    while (p->link.flight_count == 0) { /* message 1 of the second attempt, again */
        p->now = ikev1_engine_deadline(p->i.ike);
        ikev1_engine_tick(p->i.ike, p->now);
        side_drain(&p->i);
    }
    mislead(p);
    pair_wait(p, 2 * WHOLE);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_FAILED), 1);
    assert_int_equal(side_said_times(&p->i, "Send Main Mode request to"), 2);
    assert_int_equal(p->i.ike->s.sas, 0);
    pair_free(p);
}

/* The host takes its time with the question that the second attempt asks, or refuses. */
static void test_restart__question_again__later_or_refused(void **state) {
    static const int statuses[] = {IKEV1_PENDING, IKEV1_E_NO_RULE};
    (void)state;
    for (size_t i = 0; i < COUNT(statuses); i++) {
        struct pair *p = misled(IKEV1_NATT_OFF);
        p->i.status[IKEV1_QUESTION_PHASE1] = statuses[i];
        size_t asked = p->i.questions;
        while (p->i.questions == asked)
            pair_wait(p, 500);
        p->i.status[IKEV1_QUESTION_PHASE1] = IKEV1_OK;
        if (statuses[i] == IKEV1_PENDING) {
            assert_int_equal(side_answer(&p->i, IKEV1_QUESTION_PHASE1, IKEV1_OK), IKEV1_OK);
            pair_wait(p, 1000);
            pair_check_up(p, 1);
        } else {
            pair_wait(p, 1000);
            assert_int_equal(side_event(&p->i, IKEV1_EVENT_SA_FAILED, 0)->why.code,
                             IKEV1_E_NO_RULE);
        }
        pair_free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_restart__forged_message_2__up_under_new_cookies),
        cmocka_unit_test(test_restart__forged_message_4_after_forged_message_2__up),
        cmocka_unit_test(test_restart__forged_message_4_after_genuine_message_2__up),
        cmocka_unit_test(test_restart__base_mode_forged_message_2__up),
        cmocka_unit_test(test_restart__wrong_key__begun_twice_and_named),
        cmocka_unit_test(test_restart__answers_to_the_first_attempt__dropped),
        cmocka_unit_test(test_restart__silence__ends_in_the_same_time),
        cmocka_unit_test(test_restart__misled_again__not_a_second_time),
        cmocka_unit_test(test_restart__question_again__later_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
