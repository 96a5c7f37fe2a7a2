/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several SA payloads in one Quick Mode (RFC 2409 5.5): a pair of IPsec SAs for each, all of them
 * or none, under one hash and one pair of nonces. Mission R1.
 */
#include "support/craft.h"
#include "support/pair.h"

static struct craft c; /* large */

static bool same_key(ikev1_bytes a, ikev1_bytes b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static void test_quick__several_sas__one_exchange(void **state) { /* RFC 2409 5.5 */
    (void)state;
    for (size_t more = 1; more < IKEV1_MAX_SA_PAYLOADS; more++) {
        struct pair *p = pair_with_suites(NULL, "aes128-sha1-x25519", "aes128-sha1-x25519");
        pair_several(p, more);
        p->i.next[0].mode = p->r.next[0].mode = IKEV1_ENCAP_TRANSPORT;
        assert_int_equal(pair_connect(p), IKEV1_OK);
        pair_run(p);
        pair_check_up(p, 1 + more);
        assert_int_equal(p->link.sent[LINK_TO_RESPONDER], 3 + 2);
        for (size_t i = 0; i <= more; i++) {
            const struct pair_event *e = side_event(&p->r, IKEV1_EVENT_CHILD_UP, i);
            assert_int_equal(e->at.rule, PAIR_RULE + i); /* in their order */
            assert_int_equal(e->ipsec.mode, i == 1 ? IKEV1_ENCAP_TRANSPORT : IKEV1_ENCAP_TUNNEL);
            assert_true(i == 0 ||
                        e->at.child != side_event(&p->r, IKEV1_EVENT_CHILD_UP, 0)->at.child);
        }
        /* Then each lives for itself. */
        ikev1_handle child = side_event(&p->i, IKEV1_EVENT_CHILD_UP, 0)->at.child;
        assert_int_equal(ikev1_delete(p->i.ike, p->now, child), IKEV1_OK);
        pair_run(p);
        assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_DOWN), 1);
        assert_int_equal(p->r.ike->s.children, more);
        pair_free(p);
    }
}

static void test_quick__several_sas_of_several_protocols__keys_by_protocol(void **state) {
    struct pair *p = pair_with_suites(NULL, "aes128-sha1", "aes128-sha1");
    static const ikev1_suite2 AH[] = {{IKEV1_PROTO_AH, IKEV1_AH_SHA, 0, IKEV1_INTEG_HMAC_SHA1, 0}};
    (void)state;
    pair_several(p, 1);
    p->i.next[0].suites = p->r.next[0].suites = AH;
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    pair_check_up(p, 2);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_CHILD_UP, 1)->ipsec.protocol, IKEV1_PROTO_AH);
    assert_false(same_key(side_event(&p->i, IKEV1_EVENT_CHILD_UP, 0)->ipsec.integrity_key,
                          side_event(&p->i, IKEV1_EVENT_CHILD_UP, 1)->ipsec.integrity_key));
    pair_free(p);
}

/* All of them or none, whichever side has the one that does not fit. */
static void test_quick__one_of_several_does_not_fit__none(void **state) {
    static const ikev1_suite2 OTHER[] = {
        {IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 256, IKEV1_INTEG_HMAC_SHA1, 0}};
    (void)state;
    for (size_t at = 0; at < 3; at++) {
        struct pair *p = pair_with_suites(NULL, "aes128-sha1", "aes128-sha1");
        pair_several(p, 2);
        ikev1_phase2 *rule = at == 0 ? &p->r.phase2 : &p->r.next[at - 1];
        rule->suites = OTHER;
        pair_connect(p);
        pair_wait(p, 200000);
        struct side *both[] = {&p->i, &p->r};
        for (size_t s = 0; s < 2; s++) {
            assert_int_equal(side_count(both[s], IKEV1_EVENT_CHILD_UP), 0);
            assert_int_equal(side_count(both[s], IKEV1_EVENT_CHILD_FAILED), s == 0 ? 3 : 1);
            assert_int_equal(both[s]->ike->s.children, 0);
            assert_int_equal(side_count(both[s], IKEV1_EVENT_SA_DOWN), 0);
        }
        assert_int_equal(side_event(&p->r, IKEV1_EVENT_CHILD_FAILED, 0)->why.rule, PAIR_RULE + at);
        pair_free(p);
    }
}

static void test_quick__another_number_of_sas__refused(void **state) {
    (void)state;
    for (int row = 0; row < 2; row++) {
        struct pair *p = pair_with_suites(NULL, "aes128-sha1", "aes128-sha1");
        pair_several(p, 2);
        if (row == 0)
            p->r.phase2.next = NULL; /* the rule has one */
        else
            p->r.next[0].next = NULL;
        pair_connect(p);
        pair_run(p);
        assert_int_equal(side_event(&p->r, IKEV1_EVENT_CHILD_FAILED, 0)->why.code,
                         IKEV1_E_SA_COUNT);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_FAILED), 3);
        pair_free(p);
    }
}

static void test_quick__answer_with_fewer_sas__fails_all(void **state) { /* SAP-14 */
    (void)state;
    for (int row = 0; row < 2; row++) {
        struct pair *p = pair_with_suites(NULL, "aes128-sha1", "aes128-sha1");
        uint8_t out[CRAFT_MESSAGE];
        struct datagram d;
        pair_several(p, 1);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        for (int i = 0; i < 7; i++)
            assert_true(pair_step(p));
        side_drain(&p->r);
        craft_open(&c, p->i.ike, p->link.flights[0].data, p->link.flights[0].len);
        int at = craft_find(&c, IKEV1_PAYLOAD_SA, 1);
        struct craft_payload copy = c.at[at];
        if (row == 0)
            craft_remove(&c, at);
        else
            craft_insert(&c, at, IKEV1_PAYLOAD_SA, copy.body, copy.len);
        size_t len = craft_close(&c, out, sizeof out);
        assert_true(link_next(&p->link, &d));
        ikev1_engine_input(p->i.ike, p->now, &d.path, out, len, NULL);
        link_release(&d);
        side_drain(&p->i);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_FAILED), 2);
        const ikev1_why *why = &side_event(&p->i, IKEV1_EVENT_CHILD_FAILED, 1)->why;
        assert_int_equal(why->code, IKEV1_E_SA_COUNT);
        assert_string_equal(why->theirs, row == 0 ? "1" : "3");
        assert_string_equal(why->ours, "2");
        pair_wait(p, 300000);
        assert_int_equal(p->r.ike->s.children, 0); /* told, or given up */
        pair_free(p);
    }
}

/* The limit counts pairs, not exchanges (mission S11). */
static void test_quick__several_sas_over_the_limit__refused_whole(void **state) {
    (void)state;
    for (uint32_t most = 2; most <= 3; most++) {
        struct pair *p = pair_new(NULL);
        p->r.config.limits.children = most;
        pair_start(p);
        pair_several(p, 2);
        pair_connect(p);
        pair_run(p);
        bool fits = most == 3;
        assert_int_equal(p->r.ike->s.children, fits ? 3 : 0);
        if (!fits)
            assert_int_equal(side_event(&p->r, IKEV1_EVENT_CHILD_FAILED, 0)->why.code,
                             IKEV1_E_CHILDREN);
        pair_free(p);
    }
}

/* The host needs time: one question for all of them. */
static void test_quick__several_sas__answered_later(void **state) { /* B2 */
    struct pair *p = pair_with_suites(NULL, "aes128-sha1", "aes128-sha1");
    (void)state;
    pair_several(p, 2);
    p->i.status[IKEV1_QUESTION_PHASE2] = p->r.status[IKEV1_QUESTION_PHASE2] = IKEV1_PENDING;
    pair_connect(p);
    pair_run(p);
    assert_int_equal(side_answer(&p->i, IKEV1_QUESTION_PHASE2, IKEV1_OK), IKEV1_OK);
    pair_run(p);
    assert_int_equal(side_answer(&p->r, IKEV1_QUESTION_PHASE2, IKEV1_OK), IKEV1_OK);
    pair_run(p);
    pair_check_up(p, 3);
    pair_free(p);
}

/* ---- memory ---- */

/* Every allocation of a Quick Mode with a bundle and a second SA payload fails once: it comes up
 * all the same, or ends once on both sides. */
static void test_quick__no_memory__all_or_none(void **state) { /* MEM-01 */
    (void)state;
    for (int responder = 0; responder < 2; responder++) {
        bool reached = true;
        for (uint64_t at = 1; reached; at++) {
            struct pair *p = pair_with_suites(NULL, "aes128-sha1+deflate+ah:sha1, aes128-sha1",
                                              "aes128-sha1+deflate+ah:sha1");
            struct side *s = responder ? &p->r : &p->i;
            pair_several(p, 1);
            pair_connect(p);
            for (int i = 0; i < (responder ? 6 : 5); i++)
                assert_true(pair_step(p));
            s->memory.fail_at = s->memory.calls + at;
            pair_wait(p, 200000);
            reached = s->memory.failed != 0;
            s->memory.fail_at = 0;
            size_t up = side_count(&p->i, IKEV1_EVENT_CHILD_UP);
            assert_true(up == 0 || up == 2);
            assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_UP), up);
            assert_int_equal(p->i.ike->s.children, up);
            assert_int_equal(p->r.ike->s.children, up);
            pair_free(p);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quick__several_sas__one_exchange),
        cmocka_unit_test(test_quick__several_sas_of_several_protocols__keys_by_protocol),
        cmocka_unit_test(test_quick__one_of_several_does_not_fit__none),
        cmocka_unit_test(test_quick__another_number_of_sas__refused),
        cmocka_unit_test(test_quick__answer_with_fewer_sas__fails_all),
        cmocka_unit_test(test_quick__several_sas_over_the_limit__refused_whole),
        cmocka_unit_test(test_quick__several_sas__answered_later),
        cmocka_unit_test(test_quick__no_memory__all_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
