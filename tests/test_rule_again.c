/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection is chosen again once it is known who the peer is: several peers without an address
 * of their own come by one rule in Main Mode (RFC 2409 5.4; mission R5, S6, B3, IDN-07, IDN-08).
 */
#include "api/api.h"
#include "support/pair.h"

enum { ENTRANCE = 10, ALICE = 11, BOB = 12 };

/* The responder's host. */
static struct {
    struct side *side;
    ikev1_phase1 alice, bob; /* what it answers once it knows */
    ikev1_suite1 other;
    unsigned first, second;
    uint8_t candidate;
    uint32_t rule_asked; /* in phase 2 */
} host;

static bool is_named(const ikev1_id *id, const char *name) {
    return id->type == IKEV1_ID_FQDN && id->len == strlen(name) &&
           memcmp(id->data, name, id->len) == 0;
}

static int phase1(void *user, const ikev1_question *q, ikev1_phase1 *answer) {
    const struct side *s = user;
    if (q->peer_id == NULL) {
        host.first++;
        assert_int_equal(q->rule, 0);
        *answer = s->phase1;
        return IKEV1_OK;
    }
    host.second++;
    host.candidate = q->candidate;
    assert_int_equal(q->rule, ENTRANCE);
    if (is_named(q->peer_id, "alice.example"))
        *answer = host.alice;
    else if (is_named(q->peer_id, "bob.example"))
        *answer = host.bob;
    else
        return IKEV1_E_NO_RULE;
    return IKEV1_OK;
}

static int phase2(void *user, const ikev1_question *q, ikev1_phase2 *answer) {
    const struct side *s = user;
    host.rule_asked = q->rule;
    *answer = s->phase2;
    answer->rule = q->rule;
    return IKEV1_OK;
}

static ikev1_id named(const char *name) {
    return (ikev1_id){.type = IKEV1_ID_FQDN, .data = (const uint8_t *)name, .len = strlen(name)};
}

static struct pair *calls(const char *name, uint16_t auth) {
    struct pair *p = pair_new(NULL);
    memset(&host, 0, sizeof host);
    pair_by(p, auth, false);
    p->i.phase1.local_id = named(name);
    p->i.phase1.remote_match = IKEV1_MATCH_ANY;
    p->r.phase1.rule = ENTRANCE;
    p->r.phase1.remote_match = IKEV1_MATCH_ANY;
    p->r.phase1.ask_again = true;
    p->r.policy.phase1 = phase1;
    p->r.policy.phase2 = phase2;
    host.alice = host.bob = p->r.phase1;
    host.alice.rule = ALICE;
    host.alice.remote_id = named("alice.example");
    host.alice.local_id = named("for-alice.example");
    host.bob.rule = BOB;
    host.bob.remote_id = named("bob.example");
    host.alice.remote_match = host.bob.remote_match = IKEV1_MATCH_EXACT;
    return p;
}

static void run(struct pair *p) {
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
}

static void test_again__two_peers_on_one_address__each_its_rule(void **state) {
    static const struct {
        const char *name;
        uint32_t rule;
        uint16_t auth;
    } ROWS[] = {
        {"alice.example", ALICE, IKEV1_AUTH_PSK},
        {"bob.example", BOB, IKEV1_AUTH_PSK},
        {"alice.example", ALICE, IKEV1_AUTH_RSA},
        {"bob.example", BOB, IKEV1_AUTH_RSA},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct pair *p = calls(ROWS[i].name, ROWS[i].auth);
        run(p);
        pair_check_up(p, 1);
        const struct pair_event *up = side_event(&p->r, IKEV1_EVENT_SA_UP, 0);
        ROW_EQUAL(ROWS[i].name, up->at.rule, ROWS[i].rule);
        ROW_EQUAL(ROWS[i].name, host.rule_asked, ROWS[i].rule);
        ROW_EQUAL(ROWS[i].name, host.first, 1);
        ROW_EQUAL(ROWS[i].name, host.second, 1);
        /* The rule's own name goes out with message 6. */
        bool named_so = ROWS[i].rule == ALICE;
        ROW_EQUAL(ROWS[i].name,
                  side_event(&p->i, IKEV1_EVENT_SA_UP, 0)->info.remote_id.type == IKEV1_ID_FQDN,
                  named_so);
        pair_free(p);
    }
}

/* What has failed, after what the initiator has proved; and the initiator is never up. */
static const ikev1_why *failed(const char *row, struct pair *p) {
    pair_wait(p, 600000);
    ROW_EQUAL(row, side_count(&p->r, IKEV1_EVENT_SA_UP), 0);
    ROW_EQUAL(row, side_count(&p->i, IKEV1_EVENT_SA_UP), 0);
    ROW_EQUAL(row, side_count(&p->r, IKEV1_EVENT_SA_FAILED), side_attempts(&p->r));
    return &side_event(&p->r, IKEV1_EVENT_SA_FAILED, 0)->why;
}

static void
test_again__rule_without_what_was_negotiated__refused_with_the_difference(void **state) {
    struct pair *p = calls("bob.example", IKEV1_AUTH_PSK);
    (void)state;
    host.other = p->r.suites1[0];
    host.other.key_bits = 256;
    host.bob.suites = &host.other;
    run(p);
    const ikev1_why *why = failed("suite", p);
    assert_int_equal(why->code, IKEV1_E_NO_PROPOSAL);
    assert_int_equal(why->rule, BOB);
    assert_int_equal(why->diff_count, 1);
    assert_int_equal(why->diffs[0].attribute, IKEV1_ATTR1_KEY_BITS);
    assert_int_equal(why->diffs[0].theirs, 128);
    assert_int_equal(why->diffs[0].ours, 256);
    assert_int_equal(why->message, 5);
    assert_int_equal(why->notify, IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN);
    assert_true(side_said(&p->r, "!! No proposal chosen"));
    pair_free(p);
}

static void test_again__does_not_fit_the_rule__refused(void **state) {
    static const struct {
        const char *name, *caller;
        int code;
    } ROWS[] = {
        {"nobody's name", "carol.example", IKEV1_E_NO_RULE},
        {"another identity", "alice.example", IKEV1_E_PEER_ID},
        {"lifetime", "bob.example", IKEV1_E_LIFETIME},
        {"answer not usable", "bob.example", IKEV1_E_CONFIG},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct pair *p = calls(ROWS[i].caller, IKEV1_AUTH_PSK);
        host.alice.remote_id = named("somebody.example");
        if (ROWS[i].code == IKEV1_E_LIFETIME) {
            host.bob.lifetime = IKEV1_LIFETIME_STRICT;
            host.bob.life_seconds = 60;
        }
        if (ROWS[i].code == IKEV1_E_CONFIG)
            host.bob.suite_count = 0;
        run(p);
        const ikev1_why *why = failed(ROWS[i].name, p);
        ROW_EQUAL(ROWS[i].name, why->code, ROWS[i].code);
        if (ROWS[i].code == IKEV1_E_PEER_ID) {
            ROW_TEXT(ROWS[i].name, why->theirs, "FQDN alice.example");
            ROW_TEXT(ROWS[i].name, why->ours, "FQDN somebody.example");
            ROW_EQUAL(ROWS[i].name, why->rule, ALICE);
        }
        pair_free(p);
    }
}

/* Nobody who has not proved anything makes the host think about rules. */
static void test_again__wrong_key__not_asked(void **state) {
    struct pair *p = calls("alice.example", IKEV1_AUTH_PSK);
    (void)state;
    p->i.psk = "not the key of this gateway";
    run(p);
    assert_int_equal(failed("key", p)->code, IKEV1_E_PSK);
    assert_int_equal(host.second, 0);
    pair_free(p);
}

static void test_again__rule_does_not_want_it__not_asked(void **state) {
    struct pair *p = calls("alice.example", IKEV1_AUTH_PSK);
    (void)state;
    p->r.phase1.ask_again = false;
    run(p);
    pair_check_up(p, 1);
    assert_int_equal(host.second, 0);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_UP, 0)->at.rule, ENTRANCE);
    pair_free(p);
}

/* The new rule's lifetime holds, and its word on uniqueness. */
static void test_again__rule_of_the_peer__its_lifetime_holds(void **state) {
    struct pair *p = calls("bob.example", IKEV1_AUTH_PSK);
    (void)state;
    host.bob.life_seconds = 500;
    host.bob.life_kilobytes = 77;
    run(p);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_UP, 0)->info.life_seconds, 500);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_UP, 0)->info.life_kilobytes, 77);
    pair_free(p);
}

static void test_again__unique_by_the_peers_rule__second_one_refused(void **state) {
    struct pair *p = calls("bob.example", IKEV1_AUTH_PSK);
    (void)state;
    host.bob.unique = IKEV1_UNIQUE_REFUSE;
    run(p);
    pair_check_up(p, 1);
    p->i.phase1.rule = p->i.phase2.rule = 99; /* another way to the same gateway */
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_FAILED, 0)->why.code, IKEV1_E_NOT_UNIQUE);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_FAILED, 0)->why.rule, BOB);
    pair_free(p);
}

/* Which of several keys it was, so that the host can tell whether it is this identity's (IDN-08).
 */
static int keys(void *user, const ikev1_question *q, ikev1_bytes *answer) {
    static const char *const KEYS[] = {"the key of whom nobody knows",
                                       "correct horse battery staple"};
    (void)user;
    *answer = (ikev1_bytes){(const uint8_t *)KEYS[q->candidate], strlen(KEYS[q->candidate])};
    return IKEV1_OK;
}

static void test_again__several_keys__the_one_it_was_is_said(void **state) {
    struct pair *p = calls("bob.example", IKEV1_AUTH_PSK);
    (void)state;
    p->r.policy.psk = keys;
    p->r.phase1.psk_count = 2;
    run(p);
    pair_check_up(p, 1);
    assert_int_equal(host.candidate, 1);
    assert_int_equal(host.second, 1);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_again__two_peers_on_one_address__each_its_rule),
        cmocka_unit_test(test_again__rule_without_what_was_negotiated__refused_with_the_difference),
        cmocka_unit_test(test_again__does_not_fit_the_rule__refused),
        cmocka_unit_test(test_again__wrong_key__not_asked),
        cmocka_unit_test(test_again__rule_does_not_want_it__not_asked),
        cmocka_unit_test(test_again__rule_of_the_peer__its_lifetime_holds),
        cmocka_unit_test(test_again__unique_by_the_peers_rule__second_one_refused),
        cmocka_unit_test(test_again__several_keys__the_one_it_was_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
