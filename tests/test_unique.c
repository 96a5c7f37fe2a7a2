/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several SAs with one peer: INITIAL-CONTACT (RFC 2407 4.6.3.3) and uniqueness by identity. INF-10,
 * PH1-13, R-20, R-21, mission P7.
 */
#include "support/craft.h"
#include "exchange/phase1.h"
#include "support/pair.h"

/* The initiator's nth rule, from 1: its own address, the same name in all or one for each. */
static void set_rule(struct pair *p, uint32_t rule, const char *name) {
    p->i.phase1.rule = p->i.phase2.rule = rule;
    p->i.phase1.path.local.ip[3] = (uint8_t)(10 + rule);
    p->i.phase1.local_id = (ikev1_id){IKEV1_ID_FQDN, 0, 0, (const uint8_t *)name, strlen(name)};
}

static struct pair *prepared(uint8_t unique) {
    struct pair *p = pair_new(NULL);
    p->r.phase1.unique = unique;
    p->r.phase1.remote_match = IKEV1_MATCH_ANY;
    return p;
}

/* Phase 1 alone: the Quick Mode that follows is refused by our own side before it is sent. */
static void connect_only(struct pair *p, uint32_t rule, const char *name) {
    set_rule(p, rule, name);
    p->i.status[IKEV1_QUESTION_PHASE2] = IKEV1_E_REFUSED;
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    p->i.status[IKEV1_QUESTION_PHASE2] = IKEV1_OK;
}

static ikev1_handle nth_sa(const struct side *s, size_t nth) {
    return side_event(s, IKEV1_EVENT_SA_UP, nth)->at.sa;
}

static void open_child(struct pair *p, size_t nth) {
    assert_int_equal(ikev1_child(p->i.ike, p->now, nth_sa(&p->i, nth), p->i.phase2.rule, NULL),
                     IKEV1_OK);
    p->r.phase2.rule = p->i.phase2.rule;
    pair_run(p);
}

static size_t downs(const struct side *s, int code) {
    size_t count = 0;
    for (size_t i = 0; i < s->event_count; i++)
        count += s->events[i].at.type == IKEV1_EVENT_SA_DOWN && s->events[i].why.code == code;
    return count;
}

/* ---- uniqueness ---- */

static void check_not_unique(const char *row, const ikev1_why *why) {
    ROW_EQUAL(row, why->code, IKEV1_E_NOT_UNIQUE);
    ROW_TEXT(row, why->ours, "an SA with 192.0.2.11"); /* not where the newcomer is */
}

static const struct {
    const char *name;
    uint8_t unique;
    const char *first, *second;
    bool exact;              /* names are proven, so that rules do not matter */
    size_t up, down, failed; /* of the responder, once the second SA is in use */
} ROWS[] = {
    {"no", IKEV1_UNIQUE_NO, "a", "a", false, 2, 0, 0},
    {"keep", IKEV1_UNIQUE_KEEP, "a", "a", false, 2, 0, 0},
    {"replace", IKEV1_UNIQUE_REPLACE, "a", "a", false, 2, 1, 0},
    {"replace, another name", IKEV1_UNIQUE_REPLACE, "a", "b", false, 2, 0, 0},
    {"replace, longer name", IKEV1_UNIQUE_REPLACE, "a", "aa", false, 2, 0, 0},
    {"replace, exact", IKEV1_UNIQUE_REPLACE, "a", "a", true, 2, 1, 0},
    {"refuse", IKEV1_UNIQUE_REFUSE, "a", "a", false, 1, 0, 1},
    {"refuse, another name", IKEV1_UNIQUE_REFUSE, "a", "b", false, 2, 0, 0},
};

static void test_unique__table__as_the_rule_says(void **state) {
    (void)state;
    for (int aggressive = 0; aggressive < 2; aggressive++) {
        for (size_t i = 0; i < COUNT(ROWS); i++) {
            const char *row = ROWS[i].name;
            struct pair *p = prepared(ROWS[i].unique);
            p->i.phase1.mode = p->r.phase1.mode = (uint8_t)aggressive;
            if (ROWS[i].exact) {
                p->r.phase1.remote_match = IKEV1_MATCH_EXACT;
                p->r.phase1.remote_id =
                    (ikev1_id){IKEV1_ID_FQDN, 0, 0, (const uint8_t *)ROWS[i].first, 1};
            }
            pair_start(p);
            connect_only(p, 1, ROWS[i].first);
            open_child(p, 0);
            connect_only(p, 2, ROWS[i].second);
            ROW_EQUAL(row, side_count(&p->r, IKEV1_EVENT_SA_UP), ROWS[i].up);
            ROW_EQUAL(row, side_count(&p->r, IKEV1_EVENT_SA_DOWN), 0); /* */
            ROW_EQUAL(row, side_count(&p->r, IKEV1_EVENT_SA_FAILED), ROWS[i].failed);
            if (ROWS[i].failed == 0)
                open_child(p, 1);
            else
                check_not_unique(row, &side_event(&p->r, IKEV1_EVENT_SA_FAILED, 0)->why);
            ROW_EQUAL(row, downs(&p->r, IKEV1_E_REPLACED), ROWS[i].down);
            ROW_EQUAL(row, side_count(&p->r, IKEV1_EVENT_CHILD_DOWN), ROWS[i].down);
            /* It was told; who is refused in message 5 of Main Mode has no SA to end. */
            size_t refused = aggressive ? ROWS[i].failed : 0;
            ROW_EQUAL(row, downs(&p->i, IKEV1_E_DELETED), ROWS[i].down + refused);
            if (ROWS[i].down != 0)
                assert_true(side_event(&p->r, IKEV1_EVENT_SA_DOWN, 0)->at.sa == nth_sa(&p->r, 0));
            pair_free(p);
        }
    }
}

/* By the same rule from the same address it may be the peer that authenticates anew: its pair
 * stays. */
static void test_unique__replaced_in_the_same_rule__pair_goes_over(void **state) {
    struct pair *p = prepared(IKEV1_UNIQUE_REPLACE);
    (void)state;
    pair_start(p);
    connect_only(p, 1, "a");
    open_child(p, 0);
    p->i.phase1.rule = p->i.phase2.rule = 2; /* or it would be the SA that there is */
    p->i.status[IKEV1_QUESTION_PHASE2] = IKEV1_E_REFUSED;
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    p->i.status[IKEV1_QUESTION_PHASE2] = IKEV1_OK;
    open_child(p, 1);
    assert_int_equal(downs(&p->r, IKEV1_E_REPLACED), 1);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_DOWN), 0);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_ADOPTED), 1);
    assert_true(side_event(&p->r, IKEV1_EVENT_SA_ADOPTED, 0)->at.sa == nth_sa(&p->r, 1));
    pair_free(p);
}

/* limits.sas_peer, at the limit and one past it: by proven identity, or within the rule. */
static void test_unique__one_more_than_a_peer_may_have__refused(void **state) { /* PH1-13 */
    enum { MOST = 3 };
    (void)state;
    for (int aggressive = 0; aggressive < 2; aggressive++) {
        for (int exact = 0; exact < 2; exact++) {
            struct pair *p = prepared(IKEV1_UNIQUE_NO);
            p->i.phase1.mode = p->r.phase1.mode = (uint8_t)aggressive;
            p->r.config.limits.sas_peer = MOST;
            if (exact) {
                p->r.phase1.remote_match = IKEV1_MATCH_EXACT;
                p->r.phase1.remote_id = (ikev1_id){IKEV1_ID_FQDN, 0, 0, (const uint8_t *)"a", 1};
            }
            pair_start(p);
            for (uint32_t n = 1; n <= MOST; n++)
                connect_only(p, n, "a");
            assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), MOST);
            connect_only(p, MOST + 1, "a");
            assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), MOST);
            assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_FAILED), 1);
            const ikev1_why *why = &side_event(&p->r, IKEV1_EVENT_SA_FAILED, 0)->why;
            assert_int_equal(why->code, IKEV1_E_PEER_SAS);
            assert_string_equal(why->theirs, "FQDN a");
            assert_string_equal(why->ours, "limits.sas_peer 3");
            p->r.phase1.rule = exact ? 7 : PAIR_RULE; /* of a proven name, in any rule */
            if (!exact) {                             /* another name has its own */
                connect_only(p, MOST + 2, "b");
                assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), MOST + 1);
            } else {
                connect_only(p, MOST + 2, "a");
                assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_FAILED), 2);
            }
            p->r.phase1.rule = PAIR_RULE;
            const size_t up = side_count(&p->r, IKEV1_EVENT_SA_UP);
            ikev1_delete(p->r.ike, p->now, nth_sa(&p->r, 0)); /* which makes room */
            pair_run(p);
            connect_only(p, MOST + 3, "a");
            assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), up + 1);
            pair_free(p);
        }
    }
}

/* The older one coming to life does not end the newer. */
static void test_unique__older_one_used_first_time__newer_stays(void **state) {
    struct pair *p = prepared(IKEV1_UNIQUE_REPLACE);
    (void)state;
    pair_start(p);
    connect_only(p, 1, "a");
    connect_only(p, 2, "a");
    open_child(p, 0);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_DOWN), 0);
    open_child(p, 1);
    assert_int_equal(downs(&p->r, IKEV1_E_REPLACED), 1);
    assert_true(side_event(&p->r, IKEV1_EVENT_SA_DOWN, 0)->at.sa == nth_sa(&p->r, 0));
    pair_free(p);
}

static void test_unique__many_of_one_name__all_older_end(void **state) {
    enum { MANY = 20 };
    struct pair *p = prepared(IKEV1_UNIQUE_KEEP);
    (void)state;
    pair_start(p);
    for (uint32_t n = 1; n <= MANY; n++)
        connect_only(p, n, n % 5 == 0 ? "b" : "a");
    ikev1_delete(p->r.ike, p->now, nth_sa(&p->r, 0)); /* out of the list's front and middle */
    ikev1_delete(p->r.ike, p->now, nth_sa(&p->r, 7));
    pair_run(p);
    p->r.phase1.unique = IKEV1_UNIQUE_REPLACE;
    connect_only(p, MANY + 1, "a");
    open_child(p, MANY);
    assert_int_equal(downs(&p->r, IKEV1_E_REPLACED), MANY - MANY / 5 - 2);
    assert_int_equal(p->r.ike->s.sas, MANY / 5 + 1);
    pair_free(p);
}

/* IDN-07: by a key that allows any name nobody ends an SA of another rule. */
static void test_unique__name_of_another_rules_peer__that_one_stays(void **state) {
    struct pair *p = prepared(IKEV1_UNIQUE_REPLACE);
    (void)state;
    pair_start(p);
    connect_only(p, 1, "a");
    p->r.phase1.rule = 77;
    connect_only(p, 2, "a");
    open_child(p, 1);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), 2);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_DOWN), 0);
    pair_free(p);
}

/* The initiator refuses: for the responder the SA is up, and it has to hear that it is not. */
static void test_unique__refused_by_the_initiator__peer_is_told(void **state) {
    (void)state;
    for (int aggressive = 0; aggressive < 2; aggressive++) {
        struct pair *p = prepared(IKEV1_UNIQUE_NO);
        p->i.phase1.unique = IKEV1_UNIQUE_REFUSE;
        p->i.phase1.mode = p->r.phase1.mode = (uint8_t)aggressive;
        pair_start(p);
        connect_only(p, 1, "a");
        connect_only(p, 2, "b");
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_UP), 1);
        assert_int_equal(side_event(&p->i, IKEV1_EVENT_SA_FAILED, 0)->why.code, IKEV1_E_NOT_UNIQUE);
        assert_int_equal(downs(&p->r, IKEV1_E_DELETED), !aggressive);
        assert_int_equal(p->i.ike->s.sas, 1);
        pair_free(p);
    }
}

/* ---- INITIAL-CONTACT ---- */

static void test_contact__default__not_said(void **state) { /* mission S14 */
    struct pair *p = prepared(IKEV1_UNIQUE_NO);
    (void)state;
    pair_start(p);
    connect_only(p, 1, "a");
    assert_false(side_said(&p->i, "<NOTFY"));
    assert_false(side_said(&p->i, "NOTIFY"));
    assert_false(p->r.ike->s.sas != 1);
    pair_free(p);
}

/* The initiator has lost its first SA: the responder hears so when the second one is used. */
static void lose_and_return(struct pair *p, bool aggressive) {
    p->i.phase1.mode = p->r.phase1.mode = (uint8_t)aggressive;
    p->i.phase1.initial_contact = true;
    pair_start(p);
    connect_only(p, 1, "a");
    open_child(p, 0);
    ikev1_engine_free(p->i.ike);
    side_forget(&p->i);
    assert_int_equal(pair_start_side(&p->i), IKEV1_OK);
    connect_only(p, 1, "a");
}

static void test_contact__peer_that_restarted__old_one_ends_in_silence(void **state) {
    (void)state;
    for (int aggressive = 0; aggressive < 2; aggressive++) {
        struct pair *p = prepared(IKEV1_UNIQUE_NO);
        lose_and_return(p, aggressive);
        /* in message 5 it waits for a message under a hash; behind Aggressive Mode it is one
         */
        assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_DOWN), aggressive);
        uint32_t sent = p->link.sent[LINK_TO_INITIATOR];
        open_child(p, 0);
        assert_int_equal(downs(&p->r, IKEV1_E_REPLACED), 1);
        assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_DOWN, 0)->why.notify,
                         IKEV1_NOTIFY_INITIAL_CONTACT);
        assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_DOWN), 1);
        assert_int_equal(p->link.sent[LINK_TO_INITIATOR] - sent, 1); /* Quick Mode's answer */
        assert_int_equal(p->r.ike->s.sas, 1);
        pair_free(p);
    }
}

static void test_contact__keep__nothing_ends(void **state) {
    struct pair *p = prepared(IKEV1_UNIQUE_KEEP);
    (void)state;
    lose_and_return(p, false);
    open_child(p, 0);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_DOWN), 0);
    pair_free(p);
}

static void test_contact__another_sa_of_the_peer__not_said(void **state) {
    struct pair *p = prepared(IKEV1_UNIQUE_NO);
    (void)state;
    p->i.phase1.initial_contact = true;
    pair_start(p);
    connect_only(p, 1, "a");
    open_child(p, 0);
    connect_only(p, 2, "a"); /* the same peer by another rule */
    open_child(p, 1);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), 2);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_DOWN), 0);
    pair_free(p);
}

/* RFC 2407 4.6.3: no status notification in Aggressive Mode; by itself after it, and after Base
 * Mode, which encrypts nothing. */
static void test_contact__other_than_main_mode__said_after_it(void **state) {
    (void)state;
    for (uint8_t mode = IKEV1_MODE_MAIN; mode <= IKEV1_MODE_BASE; mode++) {
        const bool after = mode != IKEV1_MODE_MAIN;
        struct pair *p = prepared(IKEV1_UNIQUE_NO);
        p->i.phase1.mode = p->r.phase1.mode = mode;
        p->i.phase1.initial_contact = true;
        pair_start(p);
        connect_only(p, 1, "a");
        assert_int_equal(side_said(&p->i, "Send:<HASH><NOTFY>"), after); /* nothing else */
        assert_int_equal(side_said(&p->i, "Send:<ID><HASH><NOTFY>"), !after);
        assert_int_equal(side_count(&p->r, IKEV1_EVENT_NOTIFY), after);
        assert_true(p->r.ike->s.sas == 1);
        pair_free(p);
    }
}

/* What an encrypted message 5 says is covered by no hash: other SPIs, other protocols, and the
 * clear are nothing. */
static const struct {
    const char *name;
    uint8_t body[24];
    size_t len;
    bool own_spi, counts;
} SAID[] = {
    {"its cookies", {0, 0, 0, 1, 1, 16, 0x60, 0x02}, 24, true, true},
    {"no SPI", {0, 0, 0, 1, 1, 0, 0x60, 0x02}, 8, false, true},
    {"other cookies", {0, 0, 0, 1, 1, 16, 0x60, 0x02, 1, 2, 3}, 24, false, false},
    {"ESP", {0, 0, 0, 1, 3, 0, 0x60, 0x02}, 8, false, false},
    {"another type", {0, 0, 0, 1, 1, 0, 0x60, 0x01}, 8, false, false},
};

static void say(struct pair *p, size_t row, struct datagram *d, uint8_t *buf) {
    static struct craft c;
    uint8_t body[24];
    memcpy(body, SAID[row].body, sizeof body);
    craft_open(&c, p->r.ike, d->data, d->len);
    if (SAID[row].own_spi) {
        memcpy(body + 8, c.h.icookie, 8);
        memcpy(body + 16, c.h.rcookie, 8);
    }
    craft_append(&c, IKEV1_PAYLOAD_NOTIFY, body, SAID[row].len);
    d->len = craft_close(&c, buf, CRAFT_MESSAGE);
    d->data = buf;
}

/* In an Informational it acts at once, on what is older only; twice does no harm. */
static void test_contact__informational__acts_at_once(void **state) {
    struct pair *p = prepared(IKEV1_UNIQUE_NO);
    (void)state;
    pair_start(p);
    connect_only(p, 1, "a");
    connect_only(p, 2, "b");
    connect_only(p, 3, "a");
    connect_only(p, 4, "a");
    struct ike_sa *third = ike_handle_find(&p->i.ike->s.handles, IKE_KIND_SA, nth_sa(&p->i, 2));
    ike_tell_notify(third, IKEV1_NOTIFY_INITIAL_CONTACT, IKEV1_PROTO_ISAKMP, 0);
    pair_run(p);
    assert_int_equal(downs(&p->r, IKEV1_E_REPLACED), 1);
    assert_true(side_event(&p->r, IKEV1_EVENT_SA_DOWN, 0)->at.sa == nth_sa(&p->r, 0));
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_NOTIFY), 1);
    ike_tell_notify(third, IKEV1_NOTIFY_INITIAL_CONTACT, IKEV1_PROTO_ISAKMP, 0);
    pair_run(p);
    assert_int_equal(p->r.ike->s.sas, 3);
    pair_free(p);
}

static void test_contact__in_message_5__what_counts(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(SAID); i++) {
        struct pair *p = prepared(IKEV1_UNIQUE_NO);
        uint8_t buf[CRAFT_MESSAGE];
        pair_start(p);
        connect_only(p, 1, "a");
        link_rule(&p->link, LINK_TO_INITIATOR, LINK_DROP, p->link.sent[LINK_TO_INITIATOR] + 2, 0);
        connect_only(p, 2, "a"); /* message 4 is lost: the responder has its keys to make yet */
        link_clear(&p->link);
        link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, p->link.sent[LINK_TO_RESPONDER] + 2, 0);
        pair_wait(p, 4500); /* message 5 was written, and is lost */
        const struct datagram *fifth =
            link_kept(&p->link, LINK_TO_RESPONDER, p->link.sent[LINK_TO_RESPONDER]);
        assert_int_equal(fifth->data[19], IKEV1_FLAG_ENCRYPTION);
        struct datagram d = *fifth;
        struct ike_sa *sa = ike_find_sa(&p->r.ike->s, d.data, d.data + 8);
        ikev1_why why = {0};
        assert_int_equal(ike_phase1_keys(sa->phase1, &why), IKEV1_OK);
        say(p, i, &d, buf);
        ROW_EQUAL(SAID[i].name, ikev1_engine_input(p->r.ike, p->now, &d.path, d.data, d.len, NULL),
                  IKEV1_OK);
        side_drain(&p->r);
        ROW_EQUAL(SAID[i].name, side_count(&p->r, IKEV1_EVENT_SA_UP), 2);
        ROW_EQUAL(SAID[i].name, sa->live->contact, SAID[i].counts);
        ROW_EQUAL(SAID[i].name, side_count(&p->r, IKEV1_EVENT_SA_DOWN), 0); /* */
        ike_sa_confirm(sa);
        side_drain(&p->r);
        ROW_EQUAL(SAID[i].name, downs(&p->r, IKEV1_E_REPLACED), SAID[i].counts);
        pair_free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unique__table__as_the_rule_says),
        cmocka_unit_test(test_unique__replaced_in_the_same_rule__pair_goes_over),
        cmocka_unit_test(test_unique__one_more_than_a_peer_may_have__refused),
        cmocka_unit_test(test_unique__older_one_used_first_time__newer_stays),
        cmocka_unit_test(test_unique__many_of_one_name__all_older_end),
        cmocka_unit_test(test_unique__name_of_another_rules_peer__that_one_stays),
        cmocka_unit_test(test_unique__refused_by_the_initiator__peer_is_told),
        cmocka_unit_test(test_contact__default__not_said),
        cmocka_unit_test(test_contact__peer_that_restarted__old_one_ends_in_silence),
        cmocka_unit_test(test_contact__keep__nothing_ends),
        cmocka_unit_test(test_contact__another_sa_of_the_peer__not_said),
        cmocka_unit_test(test_contact__other_than_main_mode__said_after_it),
        cmocka_unit_test(test_contact__informational__acts_at_once),
        cmocka_unit_test(test_contact__in_message_5__what_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
