/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Negotiations between hosts that have nothing but a rule table: who is chosen, by address,
 * identity and networks. lib/rules/answer.c; mission S7, S13, S15; IDN-09.
 */
#include "support/street.h"

static ikev1_id fqdn(const char *name) {
    return (ikev1_id){.type = IKEV1_ID_FQDN, .data = (const uint8_t *)name, .len = strlen(name)};
}

static ikev1_id key_id(const char *name) {
    return (ikev1_id){.type = IKEV1_ID_KEY_ID, .data = (const uint8_t *)name, .len = strlen(name)};
}

static ikev1_bytes key(const char *text) {
    return (ikev1_bytes){(const uint8_t *)text, strlen(text)};
}

/* ---- static rules ---- */

static void test_rules__static__connected_from_either_side(void **state) {
    (void)state;
    struct town t = town_new();
    ikev1_rule hub[] = {street_rule(20, 1, 2), street_rule(30, 1, 3)};
    ikev1_rule two = town_branch(2), three = town_branch(3);
    house_load(t.hub, hub, 2);
    house_load(t.two, &two, 1);
    house_load(t.three, &three, 1);
    assert_int_equal(house_connect(t.two, 1), IKEV1_OK);
    assert_int_equal(house_connect(t.hub, 30), IKEV1_OK);
    assert_int_equal(house_event(t.hub, IKEV1_EVENT_CHILD_UP, 0)->rule, 20);
    assert_int_equal(house_event(t.hub, IKEV1_EVENT_CHILD_UP, 1)->rule, 30);
    assert_int_equal(house_count(t.two, IKEV1_EVENT_CHILD_UP), 1);
    assert_int_equal(house_count(t.three, IKEV1_EVENT_CHILD_UP), 1);
    assert_int_equal(house_connect(t.hub, 40), IKEV1_E_NO_RULE);
    street_free(t.street);
}

static void test_rules__empty_table__stranger_refused(void **state) {
    (void)state;
    struct town t = town_new();
    ikev1_rule two = town_branch(2);
    house_load(t.two, &two, 1);
    house_connect(t.two, 1);
    assert_true(house_said(t.hub, "Cause: no rule for this peer (RFC 2409 5); add a rule for the "
                                  "peer's address"));
    assert_int_equal(house_count(t.hub, IKEV1_EVENT_SA_UP), 0);
    street_free(t.street);
}

/* Several networks behind one peer: the rule whose networks are asked for. */
static void test_rules__several_of_one_peer__chosen_by_networks(void **state) {
    (void)state;
    struct town t = town_new();
    ikev1_rule hub[] = {street_rule(20, 1, 2), street_rule(21, 1, 2), street_rule(22, 1, 2)};
    ikev1_rule two[] = {town_branch(2), town_branch(2), town_branch(2)};
    for (uint8_t i = 0; i < 3; i++) {
        two[i].number = i + 1u;
        two[i].phase2.local = hub[i].phase2.remote = street_net(10, 2, i, 24);
    }
    house_load(t.hub, hub, 3);
    house_load(t.two, two, 3);
    for (uint32_t i = 3; i > 0; i--) {
        house_connect(t.two, i);
        assert_int_equal(house_event(t.hub, IKEV1_EVENT_CHILD_UP, 3 - i)->rule, 19 + i);
    }
    street_free(t.street);
}

/* S7: none is: the nearest, and in what it differs. */
static void test_rules__networks_differ__side_named(void **state) {
    static const struct {
        const char *name;
        uint8_t local, remote;
        int code;
        const char *line;
    } rows[] = {
        {"ours", 9, 2, IKEV1_E_LOCAL_ID, "!! Verifying Local ID failed"},
        {"theirs", 1, 9, IKEV1_E_REMOTE_ID, "!! Verifying Remote ID failed"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct town t = town_new();
        ikev1_rule hub[] = {street_rule(20, 1, 2), street_rule(21, 1, 2)};
        ikev1_rule two = town_branch(2);
        hub[0].phase2.local = street_net(10, 77, 0, 24);
        two.phase2.remote = street_net(10, rows[i].local, 0, 24);
        two.phase2.local = street_net(10, rows[i].remote, 0, 24);
        house_load(t.hub, hub, 2);
        house_load(t.two, &two, 1);
        house_connect(t.two, 1);
        const struct house_event *e = house_event(t.hub, IKEV1_EVENT_CHILD_FAILED, 0);
        ROW_EQUAL(rows[i].name, e->why.code, rows[i].code);
        ROW_EQUAL(rows[i].name, e->why.rule, rows[i].code == IKEV1_E_REMOTE_ID ? 21 : 20);
        ROW_EQUAL(rows[i].name, house_said(t.hub, rows[i].line), true);
        ROW_EQUAL(rows[i].name, house_event(t.two, IKEV1_EVENT_CHILD_FAILED, 0)->why.notify,
                  IKEV1_NOTIFY_INVALID_ID_INFORMATION);
        street_free(t.street);
    }
}

/* A rule that takes less, or more, than its own networks is found by them (QCK). */
static void test_rules__several_networks_of_one_rule__as_its_match_says(void **state) {
    static const struct {
        const char *name;
        uint8_t match;
        unsigned bits; /* of what is asked for */
        uint32_t rule; /* 0 = refused */
    } rows[] = {
        {"exact", IKEV1_SELECT_EXACT, 26, 0},
        {"subset", IKEV1_SELECT_SUBSET, 26, 21},
        {"no subset", IKEV1_SELECT_SUBSET, 23, 0},
        {"accept", IKEV1_SELECT_ACCEPT, 23, 21},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct town t = town_new();
        ikev1_rule hub[] = {street_rule(20, 1, 2), street_rule(21, 1, 2)}, two = town_branch(2);
        hub[0].phase2.remote = street_net(10, 9, 0, 24);
        hub[1].phase2.match = rows[i].match;
        two.phase2.local = street_net(10, 2, 0, rows[i].bits);
        house_load(t.hub, hub, 2);
        house_load(t.two, &two, 1);
        house_connect(t.two, 1);
        ROW_EQUAL(rows[i].name, house_count(t.hub, IKEV1_EVENT_CHILD_UP), rows[i].rule != 0);
        if (rows[i].rule != 0)
            ROW_EQUAL(rows[i].name, house_event(t.hub, IKEV1_EVENT_CHILD_UP, 0)->rule,
                      rows[i].rule);
        street_free(t.street);
    }
}

/* Transport mode between the two ends of the path: selectors left open on one side only. */
static void test_rules__selectors_left_open__are_the_hosts(void **state) {
    (void)state;
    struct town t = town_new();
    ikev1_rule hub = street_rule(20, 1, 2), two = town_branch(2);
    hub.phase2.mode = two.phase2.mode = IKEV1_ENCAP_TRANSPORT;
    hub.phase2.local = hub.phase2.remote = (ikev1_selector){0};
    two.phase2.local = (ikev1_selector){4, 0, 0, {192, 0, 2, 2}, {192, 0, 2, 2}};
    two.phase2.remote = (ikev1_selector){4, 0, 0, {192, 0, 2, 1}, {192, 0, 2, 1}};
    house_load(t.hub, &hub, 1);
    house_load(t.two, &two, 1);
    house_connect(t.two, 1);
    assert_int_equal(house_event(t.hub, IKEV1_EVENT_CHILD_UP, 0)->rule, 20);
    street_free(t.street);
}

/* ---- by identity ---- */

/* Dynamic peers in Aggressive Mode: each has its own rule and key. */
static void test_rules__aggressive__chosen_by_identity(void **state) {
    static const char RANGE[8] = {(char)192, 0, 2, 0, (char)192, 0, 2, (char)255};
    static const struct {
        const char *name;
        uint32_t rule; /* 0 = refused */
        const char *psk;
        ikev1_id id;
    } rows[] = {
        {"a name",
         10,
         "the key of rule ten",
         {.type = IKEV1_ID_FQDN, .data = (const uint8_t *)"a.example.org", .len = 13}},
        {"a key ID",
         11,
         "the key of rule eleven",
         {.type = IKEV1_ID_KEY_ID, .data = (const uint8_t *)"road", .len = 4}},
        {"a star",
         12,
         "the key of rule twelve",
         {.type = IKEV1_ID_FQDN, .data = (const uint8_t *)"x.example.net", .len = 13}},
        {"an address in a range", 13, "the key of rule thirteen", {0}},
        {"two labels for a star",
         14,
         "the key of rule fourteen",
         {.type = IKEV1_ID_FQDN, .data = (const uint8_t *)"x.y.example.net", .len = 15}},
        {"anybody",
         14,
         "the key of rule fourteen",
         {.type = IKEV1_ID_USER_FQDN, .data = (const uint8_t *)"u@e", .len = 3}},
        {"a name with another's key",
         0,
         "the key of rule eleven",
         {.type = IKEV1_ID_FQDN, .data = (const uint8_t *)"a.example.org", .len = 13}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct town t = town_new();
        ikev1_rule hub[5], two = town_branch(2);
        for (uint32_t k = 0; k < 5; k++) {
            hub[k] = street_rule(10 + k, 1, 0);
            hub[k].phase1.mode = IKEV1_MODE_AGGRESSIVE;
            hub[k].phase1.remote_match = IKEV1_MATCH_EXACT;
        }
        hub[0].psk = key("the key of rule ten");
        hub[1].psk = key("the key of rule eleven");
        hub[2].psk = key("the key of rule twelve");
        hub[3].psk = key("the key of rule thirteen");
        hub[4].psk = key("the key of rule fourteen");
        hub[0].phase1.remote_id = fqdn("a.example.org");
        hub[1].phase1.remote_id = key_id("road");
        hub[2].phase1.remote_id = fqdn("*.example.net");
        hub[2].phase1.remote_match = IKEV1_MATCH_WILDCARD;
        hub[3].phase1.remote_id =
            (ikev1_id){.type = IKEV1_ID_IPV4_ADDR_RANGE, .data = (const uint8_t *)RANGE, .len = 8};
        hub[3].phase1.remote_match = IKEV1_MATCH_RANGE;
        hub[4].phase1.remote_match = IKEV1_MATCH_ANY;
        two.phase1.mode = IKEV1_MODE_AGGRESSIVE;
        two.phase1.local_id = rows[i].id;
        two.psk = key(rows[i].psk);
        house_load(t.hub, hub, 5);
        house_load(t.two, &two, 1);
        house_connect(t.two, 1);
        ROW_EQUAL(rows[i].name, house_count(t.hub, IKEV1_EVENT_SA_UP), rows[i].rule != 0);
        if (rows[i].rule != 0)
            ROW_EQUAL(rows[i].name, house_event(t.hub, IKEV1_EVENT_CHILD_UP, 0)->rule,
                      rows[i].rule);
        street_free(t.street);
    }
}

/* IDN-09: who asks for a name that is not there gets an answer like any other, under a key that
 * nobody has. */
static void test_rules__aggressive_unknown_identity__answered_like_a_known_one(void **state) {
    static const char *const NAMES[] = {"a.example.org", "b.example.org"};
    char heard[2][3][HOUSE_LINE] = {{{0}}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct town t = town_new();
        ikev1_rule hub = street_rule(10, 1, 0), two = town_branch(2);
        hub.phase1.mode = two.phase1.mode = IKEV1_MODE_AGGRESSIVE;
        hub.phase1.remote_match = IKEV1_MATCH_EXACT;
        hub.phase1.remote_id = fqdn("a.example.org");
        two.phase1.local_id = fqdn(NAMES[i]);
        two.psk = key("a key that somebody tries");
        house_load(t.hub, &hub, 1);
        house_load(t.two, &two, 1);
        house_connect(t.two, 1);
        size_t kept = 0;
        for (size_t k = 0; k < t.two->line_count && kept < 3; k++) {
            if (strncmp(t.two->lines[k], "Send", 4) == 0 ||
                strncmp(t.two->lines[k], "Recv", 4) == 0)
                snprintf(heard[i][kept++], sizeof heard[i][0], "%.199s", t.two->lines[k]);
        }
        assert_int_equal(house_count(t.two, IKEV1_EVENT_SA_UP), 0);
        assert_int_equal(house_count(t.hub, IKEV1_EVENT_SA_UP), 0);
        street_free(t.street);
    }
    for (size_t k = 0; k < 3; k++)
        assert_string_equal(heard[0][k], heard[1][k]);
    assert_int_equal(strncmp(heard[0][2], "Recv:<SA><KE><NONCE><ID>", 24), 0);
}

/* ---- what the table does not know ---- */

static int psk_of_host(void *user, const ikev1_question *q, ikev1_bytes *answer) {
    *(uint32_t *)user = q->rule;
    *answer = key("from the host's own store");
    return IKEV1_OK;
}

/* The branch connects to a hub whose table asks `host` what it does not know. */
static void connect_to_hub(struct town *t, const ikev1_policy *host, const ikev1_rule *hub,
                           const ikev1_rule *two) {
    t->hub->rules_config.host = host;
    house_again(t->hub);
    house_load(t->hub, hub, 1);
    house_load(t->two, two, 1);
    house_connect(t->two, 1);
}

static void test_rules__no_key_in_the_rule__host_asked(void **state) {
    (void)state;
    struct town t = town_new();
    ikev1_rule hub = street_rule(20, 1, 2), two = town_branch(2);
    uint32_t asked = 0;
    ikev1_policy host = IKEV1_POLICY_INIT;
    host.user = &asked;
    host.psk = psk_of_host;
    hub.psk.len = 0;
    two.psk = key("from the host's own store");
    connect_to_hub(&t, &host, &hub, &two);
    assert_int_equal(asked, 20);
    assert_int_equal(house_count(t.hub, IKEV1_EVENT_CHILD_UP), 1);
    street_free(t.street);
}

static int dh_of_host(void *user, const ikev1_question *q, const ikev1_dh *what,
                      ikev1_bytes *answer) {
    (void)what, (void)answer;
    *(uint32_t *)user = q->rule;
    return IKEV1_E_PROVIDER;
}

/* A host that has others compute, too. */
static void test_rules__diffie_hellman__host_asked(void **state) {
    (void)state;
    struct town t = town_new();
    ikev1_rule hub = street_rule(20, 1, 2), two = town_branch(2);
    uint32_t asked = 0;
    ikev1_policy host = IKEV1_POLICY_INIT;
    host.user = &asked;
    host.dh = dh_of_host;
    connect_to_hub(&t, &host, &hub, &two);
    assert_int_equal(asked, 20);
    assert_int_equal(house_count(t.hub, IKEV1_EVENT_SA_UP), 0);
    street_free(t.street);
}

static int source(void *user, const ikev1_address *peer, ikev1_address *local) {
    const struct house *h = user;
    assert_int_equal(peer->ip[3], 1);
    *local = h->address;
    local->port = 4444; /* is not looked at */
    return IKEV1_OK;
}

static void test_rules__no_local_address__source_asked(void **state) {
    (void)state;
    struct town t = town_new();
    ikev1_rule hub = street_rule(20, 1, 2), two = town_branch(2);
    two.local = (ikev1_address){0};
    house_load(t.hub, &hub, 1);
    house_load(t.two, &two, 1);
    assert_int_equal(house_connect(t.two, 1), IKEV1_E_CONFIG);
    t.two->rules_config.source = source;
    t.two->rules_config.source_user = t.two;
    house_again(t.two);
    house_load(t.two, &two, 1);
    assert_int_equal(house_connect(t.two, 1), IKEV1_OK);
    assert_int_equal(house_count(t.hub, IKEV1_EVENT_CHILD_UP), 1);
    street_free(t.street);
}

/* S13 */
static void test_rules__name_without_address__cannot_resolve(void **state) {
    (void)state;
    struct town t = town_new();
    ikev1_rule hub = street_rule(20, 1, 2), two = town_branch(2);
    const ikev1_address address = {4, {192, 0, 2, 1}, 0};
    two.peer = (ikev1_address){0};
    two.peer_name = "hub.example.org";
    house_load(t.hub, &hub, 1);
    house_load(t.two, &two, 1);
    assert_int_equal(house_connect(t.two, 1), IKEV1_E_UNRESOLVED);
    assert_true(house_said(t.two, "Cannot resolve Secure Gateway Addr for rule <1>"));
    house_connect(t.hub, 20); /* nor does it know who calls */
    assert_int_equal(house_count(t.two, IKEV1_EVENT_SA_UP), 0);
    ikev1_delete(t.hub->ike, t.street->now, IKEV1_ALL);
    street_run(t.street);
    assert_int_equal(ikev1_rules_resolved(t.two->rules, 1, &address, NULL), IKEV1_OK);
    assert_int_equal(house_connect(t.two, 1), IKEV1_OK);
    assert_int_equal(house_count(t.two, IKEV1_EVENT_CHILD_UP), 1);
    street_free(t.street);
}

/* ---- a new set while SAs live ---- */

static void test_rules__replaced_while_sas_live__they_go_on(void **state) {
    (void)state;
    struct town t = town_new();
    ikev1_rule hub[] = {street_rule(20, 1, 2), street_rule(30, 1, 3)};
    ikev1_rule two = town_branch(2), three = town_branch(3);
    ikev1_rule_change change;
    house_load(t.hub, hub, 2);
    house_load(t.two, &two, 1);
    house_load(t.three, &three, 1);
    house_connect(t.two, 1);
    house_load(t.hub, &hub[1], 1); /* rule 20 is gone */
    assert_int_equal(ikev1_rules_change(t.hub->rules, 0, &change), 1);
    assert_int_equal(change.rule, 20);
    assert_int_equal(change.what, IKEV1_CHANGE_GONE);
    assert_int_equal(house_count(t.hub, IKEV1_EVENT_CHILD_DOWN), 0);
    assert_int_equal(ikev1_rule_live(t.hub->ike, 20), 2); /* the ISAKMP SA and its pair */
    assert_int_equal(ikev1_rule_live(t.hub->ike, 30), 0);
    /* What is new under it is refused. */
    assert_int_equal(ikev1_child(t.two->ike, t.street->now,
                                 house_event(t.two, IKEV1_EVENT_SA_UP, 0)->sa, 1, NULL),
                     IKEV1_OK);
    street_run(t.street);
    assert_int_equal(house_event(t.hub, IKEV1_EVENT_CHILD_FAILED, 0)->why.code, IKEV1_E_NO_RULE);
    house_connect(t.three, 1);
    assert_int_equal(house_count(t.three, IKEV1_EVENT_CHILD_UP), 1);
    street_free(t.street);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules__static__connected_from_either_side),
        cmocka_unit_test(test_rules__empty_table__stranger_refused),
        cmocka_unit_test(test_rules__several_of_one_peer__chosen_by_networks),
        cmocka_unit_test(test_rules__networks_differ__side_named),
        cmocka_unit_test(test_rules__selectors_left_open__are_the_hosts),
        cmocka_unit_test(test_rules__several_networks_of_one_rule__as_its_match_says),
        cmocka_unit_test(test_rules__aggressive__chosen_by_identity),
        cmocka_unit_test(test_rules__aggressive_unknown_identity__answered_like_a_known_one),
        cmocka_unit_test(test_rules__no_key_in_the_rule__host_asked),
        cmocka_unit_test(test_rules__diffie_hellman__host_asked),
        cmocka_unit_test(test_rules__no_local_address__source_asked),
        cmocka_unit_test(test_rules__name_without_address__cannot_resolve),
        cmocka_unit_test(test_rules__replaced_while_sas_live__they_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
