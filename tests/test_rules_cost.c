/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rule table's answers cost, in comparisons: of a hundred thousand rules hardly more than
 * of a thousand. lib/rules; mission S15.
 */
#include "rules/table.h"
#include "support/street.h"

static ikev1_id fqdn(const char *name) {
    return (ikev1_id){.type = IKEV1_ID_FQDN, .data = (const uint8_t *)name, .len = strlen(name)};
}

enum { MANY = 100000 };

/* Of a hundred thousand rules every tenth belongs to a dynamic peer with a name. */
static ikev1_rule nth_rule(uint32_t n, char name[32]) {
    ikev1_rule r = street_rule(n + 1, 1, n % 10 == 0 ? 0 : 2);
    const uint8_t peer[4] = {100, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
    if (n % 10 != 0)
        memcpy(r.peer.ip, peer, 4);
    r.phase2.remote = (ikev1_selector){.family = 4};
    const uint8_t start[4] = {10, (uint8_t)(n >> 13), (uint8_t)(n >> 5), (uint8_t)(n << 3)};
    memcpy(r.phase2.remote.start, start, 4);
    memcpy(r.phase2.remote.end, start, 4);
    r.phase2.remote.end[3] |= 7;
    if (n % 10 == 0) {
        snprintf(name, 32, "peer%u.example.org", (unsigned)n);
        r.phase1.remote_id = fqdn(name);
        r.phase1.remote_match = IKEV1_MATCH_EXACT;
        r.phase1.mode = IKEV1_MODE_AGGRESSIVE;
    }
    return r;
}

static ikev1_question question(ikev1_why *why) {
    ikev1_question q = {.size = sizeof q, .exchange = IKEV1_EXCHANGE_MAIN, .why = why};
    q.path.local = (ikev1_address){4, {192, 0, 2, 1}, 500};
    q.path.remote = (ikev1_address){4, {100, 0, 0, 0}, 500};
    return q;
}

/* Asks the table everything about one rule, as responder. */
static uint64_t ask_all(ikev1_rules *rules, uint32_t n) {
    const ikev1_policy *policy = ikev1_rules_policy(rules);
    uint64_t steps = 0;
    char name[32];
    const ikev1_rule r = nth_rule(n, name);
    const ikev1_selector from = street_net(10, 1, 0, 32);
    ikev1_why why = {0};
    ikev1_question q = question(&why);
    ikev1_phase1 phase1;
    ikev1_phase2 phase2;
    ikev1_bytes psk;
    rules->steps = &steps;
    if (n % 10 != 0)
        memcpy(q.path.remote.ip, r.peer.ip, 16);
    else
        q.peer_id = &r.phase1.remote_id;
    q.exchange = n % 10 != 0 ? IKEV1_EXCHANGE_MAIN : IKEV1_EXCHANGE_AGGRESSIVE;
    assert_int_equal(policy->phase1(policy->user, &q, &phase1), IKEV1_OK);
    assert_int_equal(phase1.rule, n + 1);
    q.rule = phase1.rule;
    assert_int_equal(policy->psk(policy->user, &q, &psk), IKEV1_OK);
    q.exchange = IKEV1_EXCHANGE_QUICK;
    q.local = &r.phase2.local;
    q.remote = &r.phase2.remote;
    assert_int_equal(policy->phase2(policy->user, &q, &phase2), IKEV1_OK);
    assert_int_equal(phase2.rule, n + 1);
    if (n % 10 != 0)
        assert_int_equal(ikev1_rules_outbound(rules, &from, &r.phase2.remote), n + 1);
    rules->steps = NULL;
    return steps;
}

/* Most comparisons of one round of questions, and of all rounds. */
static uint64_t dearest(ikev1_rules *rules, uint32_t count, uint64_t *sum) {
    uint64_t most = 0;
    *sum = 0;
    for (uint32_t n = 0; n < count; n += count / 997 + 1) {
        uint64_t steps = ask_all(rules, n);
        most = steps > most ? steps : most;
        *sum += steps;
    }
    return most;
}

static void test_rules__hundred_thousand__questions_by_logarithm(void **state) { /* mission S15 */
    (void)state;
    struct street *s = street_new();
    struct house *h = street_house(s, "hub", 1);
    ikev1_rule *rules = calloc(MANY, sizeof *rules);
    char(*names)[32] = calloc(MANY, sizeof *names);
    assert_non_null(rules);
    assert_non_null(names);
    static const uint32_t COUNTS[] = {1000, 10000, MANY};
    uint64_t most[3], sum;
    for (uint32_t n = 0; n < MANY; n++)
        rules[n] = nth_rule(n, names[n]);
    for (size_t i = 0; i < COUNT(COUNTS); i++) {
        ikev1_rules_report report;
        assert_int_equal(ikev1_rules_load(h->rules, rules, COUNTS[i], NULL, &report), IKEV1_OK);
        assert_int_equal(report.count, 0);
        most[i] = dearest(h->rules, COUNTS[i], &sum);
    }
    /* About eight searches: ten times as many rules are 3.3 more steps of each. */
    assert_true(most[2] < 300);
    assert_true(most[1] - most[0] < 60 && most[2] - most[1] < 60);
    free(rules);
    free(names);
    street_free(s);
}

/* Networks that stand in a grid, and one around them all: those that meet are found, and only the
 * way to them is gone. */
static void test_spans__grid__what_meets_and_nothing_else(void **state) {
    (void)state;
    struct street *s = street_new();
    struct house *h = street_house(s, "hub", 1);
    enum { SIDE = 40 };
    ikev1_rule *rules = calloc(SIDE * SIDE, sizeof *rules);
    for (uint32_t n = 0; n < SIDE * SIDE; n++) {
        rules[n] = street_rule(n + 1, 1, 2);
        rules[n].peer.ip[2] = (uint8_t)(n >> 8);
        rules[n].peer.ip[3] = (uint8_t)n;
        rules[n].phase2.local = street_net(10, 1, (uint8_t)(n / SIDE), 24);
        rules[n].phase2.remote = street_net(10, 2, (uint8_t)(n % SIDE), 24);
    }
    house_load(h, rules, SIDE * SIDE);
    for (uint32_t n = 0; n < SIDE * SIDE; n++) {
        uint64_t steps = 0;
        h->rules->steps = &steps;
        assert_int_equal(
            ikev1_rules_outbound(h->rules, &rules[n].phase2.local, &rules[n].phase2.remote), n + 1);
        assert_true(steps < 4 * SIDE); /* of 1600 */
    }
    h->rules->steps = NULL;
    free(rules);
    street_free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules__hundred_thousand__questions_by_logarithm),
        cmocka_unit_test(test_spans__grid__what_meets_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
