/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SAs that nobody uses, that nobody has, that are lost and come again, and how a host ends what it
 * has; what a peer says of its pairs. Mission R7, S12, S13. RFC 2407 4.6.3, RFC 2408 3.1, 3.14.
 */
#include "support/digest.h"
#include "support/pair.h"

enum { SECOND = 1000 };

static void report(struct side *s, ikev1_handle child, uint64_t in, uint64_t out) {
    const ikev1_traffic t = {.packets_in = in, .packets_out = out};
    assert_int_equal(ikev1_child_traffic(s->ike, s->pair->now, child, &t), IKEV1_OK);
    side_drain(s);
}

/* ---- idle ---- */

static void test_idle__no_traffic__disconnected_and_said(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.phase2.idle_seconds = 60;
    pair_start(p);
    pair_up(p);
    for (uint64_t n = 1; n <= 5; n++) {
        pair_wait(p, 50 * SECOND);
        report(&p->i, side_child(&p->i), n / 2, n); /* any traffic counts */
    }
    pair_wait(p, 59 * SECOND);
    report(&p->i, side_child(&p->i), 2, 5); /* none since */
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_DOWN), 0);
    pair_wait(p, 2 * SECOND);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_CHILD_DOWN, 0)->why.code, IKEV1_E_IDLE);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_SA_DOWN, 0)->why.code, IKEV1_E_IDLE);
    assert_true(side_said(&p->i, "Rule <#1> idle time out, disconnect"));
    assert_int_equal(p->r.ike->s.sas, 0); /* the peer has been told */
    pair_free(p);
}

static void test_idle__replaced_meanwhile__the_time_goes_on(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.phase2.idle_seconds = 600;
    pair_start(p);
    pair_up(p);
    pair_wait(p, 400 * SECOND);
    assert_int_equal(ikev1_rekey(p->i.ike, p->now, side_child(&p->i)), IKEV1_OK);
    pair_wait(p, 201 * SECOND);
    assert_true(side_said(&p->i, "Rule <#1> idle time out, disconnect"));
    assert_int_equal(p->i.ike->s.sas, 0);
    pair_free(p);
}

/* ---- on demand ---- */

static void test_outbound__no_sa__said_and_begun_once(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_start(p);
    for (int n = 0; n < 3; n++)
        assert_int_equal(ikev1_outbound(p->i.ike, p->now, PAIR_RULE), IKEV1_PENDING);
    assert_true(side_said(&p->i, "Cannot find outbound SA for rule <#1>"));
    assert_int_equal(p->i.ike->s.sas, 1);
    pair_run(p);
    pair_check_up(p, 1);
    assert_int_equal(ikev1_outbound(p->i.ike, p->now, PAIR_RULE), IKEV1_OK);
    assert_int_equal(ikev1_delete(p->i.ike, p->now, side_child(&p->i)), IKEV1_OK);
    assert_int_equal(ikev1_outbound(p->i.ike, p->now, PAIR_RULE), IKEV1_PENDING);
    pair_run(p);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 2);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_UP), 1); /* by Quick Mode alone */
    assert_int_equal(ikev1_outbound(p->i.ike, p->now, 0), IKEV1_E_ARGUMENT);
    pair_free(p);
}

/* ---- again ---- */

static size_t failures(const struct side *s) {
    return side_count(s, IKEV1_EVENT_SA_FAILED);
}

static void test_reconnect__nobody_there__longer_and_longer_until_it_is_up(void **state) {
    struct pair *p = pair_new(NULL);
    ikev1_time waits[4];
    (void)state;
    p->i.phase1.reconnect = true;
    p->i.config.timing.retry_count = 1;
    p->i.config.timing.retry_first = 100;
    p->i.config.timing.reconnect_first = 10000;
    p->i.config.timing.reconnect_max = 30000;
    pair_start(p);
    link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, 0, 0);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    for (size_t n = 0; n < COUNT(waits); n++) {
        while (failures(&p->i) == n)
            pair_wait(p, 10);
        waits[n] = p->now;
        while (p->i.ike->s.sas == 0)
            pair_wait(p, 10);
        waits[n] = p->now - waits[n];
    }
    for (size_t n = 0; n < COUNT(waits); n++) { /* 10, 20, 30, 30 s, less a tenth at most */
        const ikev1_time most = n < 2 ? 10000 * (n + 1) : 30000;
        assert_in_range(waits[n], most * 9 / 10 - 20, most + 20);
    }
    link_clear(&p->link);
    pair_wait(p, 60 * SECOND);
    pair_check_up(p, 1);
    ikev1_delete(p->r.ike, p->now, IKEV1_ALL); /* the peer ends it: from the first wait again */
    pair_wait(p, 11 * SECOND);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 2);
    assert_int_equal(ikev1_delete(p->i.ike, p->now, IKEV1_ALL), IKEV1_OK); /* the host ends it */
    pair_wait(p, 600 * SECOND);
    assert_int_equal(p->i.ike->s.sas, 0);
    assert_true(ikev1_engine_deadline(p->i.ike) == IKEV1_NEVER);
    pair_free(p);
}

static void test_reconnect__not_wanted__lost_is_lost(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_start(p);
    pair_up(p);
    ikev1_delete(p->r.ike, p->now, IKEV1_ALL);
    pair_wait(p, 600 * SECOND);
    assert_int_equal(p->i.ike->s.sas, 0);
    pair_free(p);
}

/* What the host wants of the rule is known when it has answered, not when it is asked. */
static void test_reconnect__question_answered_later__as_the_answer_says(void **state) {
    static const struct {
        const char *name;
        int status;
        bool reconnect, again;
        int code;
    } ROWS[] = {
        {"refused", IKEV1_E_REFUSED, true, false, IKEV1_E_REFUSED},
        {"not wanted", IKEV1_OK, false, false, IKEV1_E_SILENT},
        {"wanted", IKEV1_OK, true, true, IKEV1_E_SILENT},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct pair *p = pair_new(NULL);
        p->i.status[IKEV1_QUESTION_PHASE1] = IKEV1_PENDING;
        p->i.phase1.reconnect = ROWS[i].reconnect;
        pair_start(p);
        link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, 0, 0);
        ROW_EQUAL(ROWS[i].name, pair_connect(p), IKEV1_PENDING);
        side_answer(&p->i, IKEV1_QUESTION_PHASE1, ROWS[i].status);
        p->i.status[IKEV1_QUESTION_PHASE1] = IKEV1_E_NO_RULE;
        while (failures(&p->i) == 0)
            pair_wait(p, SECOND);
        ROW_EQUAL(ROWS[i].name, side_event(&p->i, IKEV1_EVENT_SA_FAILED, 0)->why.code,
                  ROWS[i].code);
        const size_t asked = p->i.questions;
        pair_wait(p, 600 * SECOND);
        ROW_EQUAL(ROWS[i].name, p->i.questions > asked, ROWS[i].again);
        ROW_EQUAL(ROWS[i].name, ikev1_engine_deadline(p->i.ike) != IKEV1_NEVER, ROWS[i].again);
        pair_free(p);
    }
}

static void test_reconnect__only_the_pair_lost__quick_mode_again(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.phase1.reconnect = true;
    pair_start(p);
    pair_up(p);
    assert_int_equal(ikev1_delete(p->r.ike, p->now, side_child(&p->r)), IKEV1_OK);
    pair_wait(p, 6 * SECOND);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 2);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_UP), 1);
    pair_free(p);
}

/* ---- a peer that has lost its state ---- */

static void test_rekey__peer_lost_everything__phase1_anew(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_start(p);
    pair_up(p);
    assert_int_equal(ikev1_delete(p->r.ike, p->now, side_child(&p->r)), IKEV1_OK);
    pair_run(p); /* so that the SA has carried a message of the peer's */
    ikev1_engine_free(p->r.ike);
    assert_int_equal(pair_start_side(&p->r), IKEV1_OK);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_wait(p, 300 * SECOND);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_UP), 2);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 2);
    assert_int_equal(p->i.ike->s.sas, 1);
    pair_free(p);
}

/* ---- ends ---- */

static void test_delete__by_rule_and_by_peer__that_and_no_more(void **state) {
    (void)state;
    for (int way = 0; way < 6; way++) {
        struct pair *p = pair_new(NULL);
        pair_start(p);
        pair_up(p);
        ikev1_address there = p->i.phase1.path.remote, other = there;
        ikev1_id peer = side_event(&p->i, IKEV1_EVENT_SA_UP, 0)->info.remote_id, nobody = peer;
        const uint8_t somewhere[] = {192, 0, 2, 77};
        nobody.data = somewhere;
        other.ip[3] = 77;
        there.port = 0; /* does not count */
        ikev1_engine *e = p->i.ike;
        const int wants = way % 2 ? IKEV1_OK : IKEV1_E_STALE;
        int r = way < 2   ? ikev1_delete_rule(e, p->now, way == 1 ? PAIR_RULE : 2)
                : way < 4 ? ikev1_delete_peer(e, p->now, way == 3 ? &peer : &nobody, NULL)
                          : ikev1_delete_peer(e, p->now, way == 5 ? &peer : NULL,
                                              way == 5 ? &there : &other);
        assert_int_equal(r, wants);
        pair_run(p);
        assert_int_equal(p->i.ike->s.sas, wants == IKEV1_OK ? 0 : 1);
        assert_int_equal(p->r.ike->s.sas, wants == IKEV1_OK ? 0 : 1);
        assert_int_equal(ikev1_delete_peer(e, p->now, NULL, NULL), IKEV1_E_ARGUMENT);
        pair_free(p);
    }
}

/* ---- what is said of pairs ---- */

static void test_replay_status__as_responder__said_and_understood(void **state) {
    static const uint8_t SAYS[] = {IKEV1_REPLAY_UNSAID, IKEV1_REPLAY_OFF, IKEV1_REPLAY_ON};
    (void)state;
    for (size_t n = 0; n < COUNT(SAYS); n++) { /* RFC 2407 4.6.3.2 */
        struct pair *p = pair_new(NULL);
        p->r.phase2.replay_status = SAYS[n];
        p->i.phase2.replay_status = IKEV1_REPLAY_ON; /* an initiator says nothing */
        pair_start(p);
        pair_up(p);
        assert_int_equal(side_event(&p->i, IKEV1_EVENT_CHILD_UP, 0)->ipsec.peer_replay, SAYS[n]);
        assert_int_equal(side_event(&p->r, IKEV1_EVENT_CHILD_UP, 0)->ipsec.peer_replay,
                         IKEV1_REPLAY_UNSAID);
        pair_free(p);
    }
}

static void test_commit__responder_asks__initiator_sends_after_connected(void **state) {
    (void)state;
    for (int lost = 0; lost < 2; lost++) { /* RFC 2408 3.1 */
        struct pair *p = pair_new(NULL);
        p->r.phase2.commit = true;
        if (lost) /* three of phase 1, one of Quick Mode, then CONNECTED */
            link_rule(&p->link, LINK_TO_INITIATOR, LINK_DROP, 5, 0);
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        pair_run(p);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_INBOUND), 1);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), !lost);
        pair_wait(p, 3001);
        pair_check_up(p, 1);
        pair_wait(p, 100 * SECOND);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 1); /* once */
        pair_free(p);
    }
}

static void test_unknown_spi__peer_told__it_ends_the_pair(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_start(p);
    pair_up(p);
    const uint32_t none = 0x12345678;
    const uint32_t ours = side_event(&p->i, IKEV1_EVENT_CHILD_INBOUND, 0)->ipsec.spi;
    ikev1_handle sa = side_sa(&p->i);
    assert_int_equal(ikev1_unknown_spi(p->i.ike, p->now, 0, IKEV1_PROTO_ESP, none), IKEV1_OK);
    assert_true(side_said(&p->i, "!! Cannot find Phase 2 SA"));
    assert_int_equal(ikev1_unknown_spi(p->i.ike, p->now, 99, IKEV1_PROTO_ESP, none), IKEV1_E_STALE);
    assert_int_equal(ikev1_unknown_spi(p->i.ike, p->now, sa, IKEV1_PROTO_ESP, none), IKEV1_OK);
    assert_int_equal(ikev1_unknown_spi(p->i.ike, p->now, sa, IKEV1_PROTO_ESP, none),
                     IKEV1_DROPPED); /* not for every packet */
    pair_run(p);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_NOTIFY, 0)->notify.type,
                     IKEV1_NOTIFY_INVALID_SPI);
    assert_int_equal(p->r.ike->s.children, 1); /* it has no such pair: nothing ends */
    pair_wait(p, 10 * SECOND);
    assert_int_equal(ikev1_unknown_spi(p->i.ike, p->now, sa, IKEV1_PROTO_ESP, ours), IKEV1_OK);
    pair_run(p);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_CHILD_DOWN, 0)->why.notify,
                     IKEV1_NOTIFY_INVALID_SPI);
    assert_int_equal(p->r.ike->s.sas, 1);
    pair_free(p);
}

/* Anybody can send such packets in the peer's name: neither the log nor the line takes them all.
 * S13, DOS-09. */
static void test_unknown_spi__a_flood__few_lines_one_message(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.config.limits.log_rate = 1; /* 20 at once */
    pair_start(p);
    pair_up(p);
    const ikev1_handle sa = side_sa(&p->i);
    const size_t before = p->link.sent[LINK_TO_RESPONDER];
    for (uint32_t spi = 256; spi < 10256; spi++) {
        const int r = ikev1_unknown_spi(p->i.ike, p->now, sa, IKEV1_PROTO_ESP, spi);
        assert_int_equal(r, spi == 256 ? IKEV1_OK : IKEV1_DROPPED);
        side_drain(&p->i);
    }
    assert_int_equal(side_said_times(&p->i, "!! Cannot find Phase 2 SA"), 20);
    assert_int_equal(p->link.sent[LINK_TO_RESPONDER] - before, 1);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_idle__no_traffic__disconnected_and_said),
        cmocka_unit_test(test_idle__replaced_meanwhile__the_time_goes_on),
        cmocka_unit_test(test_outbound__no_sa__said_and_begun_once),
        cmocka_unit_test(test_reconnect__nobody_there__longer_and_longer_until_it_is_up),
        cmocka_unit_test(test_reconnect__not_wanted__lost_is_lost),
        cmocka_unit_test(test_reconnect__question_answered_later__as_the_answer_says),
        cmocka_unit_test(test_reconnect__only_the_pair_lost__quick_mode_again),
        cmocka_unit_test(test_rekey__peer_lost_everything__phase1_anew),
        cmocka_unit_test(test_delete__by_rule_and_by_peer__that_and_no_more),
        cmocka_unit_test(test_replay_status__as_responder__said_and_understood),
        cmocka_unit_test(test_commit__responder_asks__initiator_sends_after_connected),
        cmocka_unit_test(test_unknown_spi__peer_told__it_ends_the_pair),
        cmocka_unit_test(test_unknown_spi__a_flood__few_lines_one_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
