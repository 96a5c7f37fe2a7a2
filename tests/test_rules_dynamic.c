/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Peers that may come from anywhere and say themselves what is behind them: what another rule or
 * another connection has they do not get. lib/rules/answer.c, lib/session/claim.c; mission S8, S10,
 * S11, S15.
 */
#include "support/street.h"

/* ---- dynamic rules ---- */

static void test_rules__dynamic__remote_is_what_the_peer_says(void **state) {
    (void)state;
    struct town t = town_new();
    ikev1_rule hub[] = {street_rule(5, 1, 0), street_rule(30, 1, 3)};
    ikev1_rule two = town_branch(2), three = town_branch(3);
    two.phase2.local = street_net(172, 16, 2, 24);
    house_load(t.hub, hub, 2);
    house_load(t.two, &two, 1);
    house_load(t.three, &three, 1);
    house_connect(t.two, 1);
    house_connect(t.three, 1); /* has a rule of its own */
    assert_int_equal(house_event(t.hub, IKEV1_EVENT_CHILD_UP, 0)->rule, 5);
    assert_int_equal(house_event(t.hub, IKEV1_EVENT_CHILD_UP, 0)->remote.start[0], 172);
    assert_int_equal(house_event(t.hub, IKEV1_EVENT_CHILD_UP, 1)->rule, 30);
    assert_int_equal(house_connect(t.hub, 5), IKEV1_OK); /* on the SA it has */
    street_free(t.street);
}

static void test_rules__dynamic_without_sa__cannot_be_connected(void **state) {
    (void)state;
    struct town t = town_new();
    ikev1_rule hub = street_rule(5, 1, 0);
    house_load(t.hub, &hub, 1);
    assert_int_equal(house_connect(t.hub, 5), IKEV1_E_NO_RULE);
    street_free(t.street);
}

/* Only within what the rule leaves open. */
static void test_rules__dynamic_with_bounds__within_only(void **state) {
    static const struct {
        const char *name;
        uint8_t net;
        bool up;
    } rows[] = {{"within", 16, true}, {"at its end", 31, true}, {"behind it", 32, false}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct town t = town_new();
        ikev1_rule hub = street_rule(5, 1, 0), two = town_branch(2);
        hub.phase2.remote = street_net(172, 16, 0, 12);
        two.phase2.local = street_net(172, rows[i].net, 2, 24);
        house_load(t.hub, &hub, 1);
        house_load(t.two, &two, 1);
        house_connect(t.two, 1);
        ROW_EQUAL(rows[i].name, house_count(t.hub, IKEV1_EVENT_CHILD_UP), rows[i].up);
        ROW_EQUAL(rows[i].name, house_said(t.hub, "!! Verifying Remote ID failed"), !rows[i].up);
        street_free(t.street);
    }
}

/* S8: what a rule has is nobody else's, whole or in part. */
static void test_rules__dynamic_takes_a_rules_network__conflict_by_number(void **state) {
    static const struct {
        const char *name;
        ikev1_selector wanted;
        bool conflict;
    } rows[] = {
        {"the same", {4, 0, 0, {10, 3, 0, 0}, {10, 3, 0, 255}}, true},
        {"a part", {4, 0, 0, {10, 3, 0, 7}, {10, 3, 0, 7}}, true},
        {"more", {4, 0, 0, {10, 2, 0, 0}, {10, 3, 255, 255}}, true},
        {"its last address", {4, 0, 0, {10, 3, 0, 255}, {10, 3, 1, 9}}, true},
        {"behind it", {4, 0, 0, {10, 3, 1, 0}, {10, 3, 1, 255}}, false},
        {"one port of it", {4, 6, 80, {10, 3, 0, 0}, {10, 3, 0, 255}}, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct town t = town_new();
        ikev1_rule hub[] = {street_rule(5, 1, 0), street_rule(3, 1, 3)};
        ikev1_rule two = town_branch(2);
        two.phase2.local = rows[i].wanted;
        house_load(t.hub, hub, 2);
        house_load(t.two, &two, 1);
        house_connect(t.two, 1);
        ROW_EQUAL(rows[i].name, house_count(t.hub, IKEV1_EVENT_CHILD_UP), !rows[i].conflict);
        ROW_EQUAL(rows[i].name,
                  house_said(t.hub, "!! Local / remote IPs of incoming request conflict with "
                                    "rule <#3>"),
                  rows[i].conflict);
        if (rows[i].conflict) {
            const ikev1_why *why = &house_event(t.hub, IKEV1_EVENT_CHILD_FAILED, 0)->why;
            ROW_EQUAL(rows[i].name, why->code, IKEV1_E_RULE_CONFLICT);
            ROW_EQUAL(rows[i].name, why->rule, 5);
            ROW_EQUAL(rows[i].name, why->other_rule, 3);
            ROW_EQUAL(rows[i].name, memcmp(&why->range, &rows[i].wanted, sizeof why->range), 0);
            ROW_TEXT(rows[i].name, why->ours, "10.3.0.0/24");
            ROW_EQUAL(rows[i].name, house_event(t.two, IKEV1_EVENT_CHILD_FAILED, 0)->why.notify,
                      IKEV1_NOTIFY_INVALID_ID_INFORMATION);
        }
        street_free(t.street);
    }
}

/* ---- what lives ---- */

static void end_all(struct town *t, struct house *h) {
    ikev1_delete(h->ike, t->street->now, IKEV1_ALL);
    street_run(t->street);
}

/* Two branches that say the same is behind them (mission S10). */
static struct town two_on_one_network(uint32_t connections) {
    struct town t = town_new();
    ikev1_rule hub = street_rule(5, 1, 0), two = town_branch(2), three = town_branch(3);
    hub.phase2.connections = connections;
    two.phase2.local = street_net(172, 16, 2, 24);
    three.phase2.local = connections == 0 ? street_net(172, 16, 2, 25) : three.phase2.local;
    house_load(t.hub, &hub, 1);
    house_load(t.two, &two, 1);
    house_load(t.three, &three, 1);
    house_connect(t.two, 1);
    assert_int_equal(house_count(t.hub, IKEV1_EVENT_CHILD_UP), 1);
    return t;
}

static void test_rules__dynamic_takes_a_live_network__conflict(void **state) {
    (void)state;
    struct town t = two_on_one_network(0);
    house_connect(t.three, 1);
    const struct house_event *e = house_event(t.hub, IKEV1_EVENT_CHILD_FAILED, 0);
    assert_int_equal(e->why.code, IKEV1_E_LIVE_CONFLICT);
    assert_int_equal(e->why.other_rule, 5);
    assert_int_equal(e->why.range.end[3], 127);
    assert_string_equal(e->why.ours, "172.16.2.0/24");
    assert_string_equal(e->why.theirs, "172.16.2.0/25");
    assert_true(house_said(t.hub, "!! Remote IP <172.16.2.0> / <172.16.2.127> conflicts"));
    assert_int_equal(house_event(t.three, IKEV1_EVENT_CHILD_FAILED, 0)->why.notify,
                     IKEV1_NOTIFY_INVALID_ID_INFORMATION);
    assert_int_equal(house_count(t.hub, IKEV1_EVENT_CHILD_DOWN), 0);
    end_all(&t, t.two); /* then it is free */
    house_connect(t.three, 1);
    assert_int_equal(house_count(t.hub, IKEV1_EVENT_CHILD_UP), 2);
    street_free(t.street);
}

/* Who has it already may have it again: on the same SA, and after a restart. */
static void test_rules__dynamic_takes_its_own_network_again__up(void **state) {
    (void)state;
    struct town t = two_on_one_network(0);
    ikev1_rule two = town_branch(2);
    two.phase2.local = street_net(172, 16, 2, 24);
    house_connect(t.two, 1);
    assert_int_equal(house_count(t.hub, IKEV1_EVENT_CHILD_UP), 2);
    house_again(t.two); /* it has forgotten everything, the hub nothing */
    house_load(t.two, &two, 1);
    house_connect(t.two, 1);
    assert_int_equal(house_count(t.hub, IKEV1_EVENT_CHILD_UP), 3);
    assert_int_equal(house_count(t.hub, IKEV1_EVENT_CHILD_FAILED), 0);
    street_free(t.street);
}

/* S11: at the limit of the rule and one past it; nothing else is disturbed. */
static void test_rules__limit_of_a_rule__refused_one_past_it(void **state) {
    (void)state;
    struct town t = two_on_one_network(1);
    house_connect(t.three, 1);
    assert_int_equal(house_event(t.hub, IKEV1_EVENT_CHILD_FAILED, 0)->why.code, IKEV1_E_RULE_LIMIT);
    assert_true(house_said(t.hub, "!! Active connection allowed exceeded"));
    assert_int_equal(house_event(t.three, IKEV1_EVENT_CHILD_FAILED, 0)->why.notify,
                     IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN);
    assert_int_equal(ikev1_rule_live(t.hub->ike, 5), 3); /* two ISAKMP SAs, one pair */
    house_connect(t.two, 1);                             /* a new pair for the old one */
    assert_int_equal(house_count(t.hub, IKEV1_EVENT_CHILD_UP), 2);
    end_all(&t, t.two);
    house_connect(t.three, 1);
    assert_int_equal(house_count(t.hub, IKEV1_EVENT_CHILD_UP), 3);
    street_free(t.street);
}

/* Of our own connections too. */
static void test_rules__limit_of_a_rule_of_ours__not_begun(void **state) {
    (void)state;
    struct town t = town_new();
    ikev1_rule hub = street_rule(5, 1, 0), two[] = {town_branch(2), town_branch(2)};
    two[0].phase2.connections = 1;
    two[1].number = 2;
    two[1].phase2.local = street_net(10, 2, 1, 24);
    house_load(t.hub, &hub, 1);
    house_load(t.two, two, 2);
    house_connect(t.two, 1);
    house_connect(t.two, 2);
    two[0].phase2.local = street_net(10, 2, 2, 24); /* other networks under the same number */
    house_load(t.two, two, 2);
    house_connect(t.two, 1);
    assert_int_equal(house_count(t.two, IKEV1_EVENT_CHILD_UP), 2);
    assert_int_equal(house_event(t.two, IKEV1_EVENT_CHILD_FAILED, 0)->why.code, IKEV1_E_RULE_LIMIT);
    street_free(t.street);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules__dynamic__remote_is_what_the_peer_says),
        cmocka_unit_test(test_rules__dynamic_without_sa__cannot_be_connected),
        cmocka_unit_test(test_rules__dynamic_with_bounds__within_only),
        cmocka_unit_test(test_rules__dynamic_takes_a_rules_network__conflict_by_number),
        cmocka_unit_test(test_rules__dynamic_takes_a_live_network__conflict),
        cmocka_unit_test(test_rules__dynamic_takes_its_own_network_again__up),
        cmocka_unit_test(test_rules__limit_of_a_rule__refused_one_past_it),
        cmocka_unit_test(test_rules__limit_of_a_rule_of_ours__not_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
