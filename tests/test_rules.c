/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rule table by itself: what it refuses to load and why, what it finds and by how many
 * comparisons, what a new set changes. lib/rules; mission S15.
 */
#include <stdlib.h>

#include "rules/table.h"
#include "support/street.h"

static const char LINE_A[] = "gw.example.org", LINE_B[] = "branch.example.org";

static ikev1_id fqdn(const char *name) {
    return (ikev1_id){.type = IKEV1_ID_FQDN, .data = (const uint8_t *)name, .len = strlen(name)};
}

static ikev1_bytes key(const char *text) {
    return (ikev1_bytes){(const uint8_t *)text, strlen(text)};
}

/* ---- one rule with one field spoiled ---- */

static const ikev1_suite1 DES = {IKEV1_CIPHER_DES,   0,  IKEV1_HASH_SHA1, IKEV1_AUTH_PSK,
                                 IKEV1_GROUP_X25519, {0}};
static const ikev1_suite1 RSA = {IKEV1_CIPHER_AES,   128, IKEV1_HASH_SHA1, IKEV1_AUTH_RSA,
                                 IKEV1_GROUP_X25519, {0}};
static const ikev1_suite2 NO_ESP = {IKEV1_PROTO_ESP, 200, 128, IKEV1_INTEG_HMAC_SHA1, 0};

static void no_number(ikev1_rule *r) {
    r->number = 0;
}
static void no_suites(ikev1_rule *r) {
    r->phase1.suite_count = 0;
}
static void many_suites(ikev1_rule *r) {
    r->phase1.suite_count = IKEV1_MAX_SUITES + 1;
}
static void no_esp(ikev1_rule *r) {
    r->phase2.suites = NULL;
}
static void odd_family(ikev1_rule *r) {
    r->peer.family = 5;
}
static void two_peers(ikev1_rule *r) {
    r->peer_name = "peer.example.org";
}
static void empty_name(ikev1_rule *r) {
    r->peer = (ikev1_address){0};
    r->peer_name = "";
}
static void other_family(ikev1_rule *r) {
    r->local.family = 6;
}
static void no_key(ikev1_rule *r) {
    r->psk.len = 0;
}
static void key_and_rsa(ikev1_rule *r) {
    r->phase1.suites = &RSA;
}
static void only_rsa(ikev1_rule *r) {
    r->phase1.suites = &RSA;
    r->psk.len = 0;
}
static void backwards(ikev1_rule *r) {
    r->phase2.remote.start[2] = 9;
}
static void backwards_here(ikev1_rule *r) {
    r->phase2.local.start[2] = 9;
}
static void two_families(ikev1_rule *r) {
    r->phase2.remote = (ikev1_selector){.family = 6};
}
static void transport(ikev1_rule *r) {
    r->phase2.mode = IKEV1_ENCAP_TRANSPORT;
}
static void open_static(ikev1_rule *r) {
    r->open_remote = true;
}
static void old_struct(ikev1_rule *r) {
    r->phase1.size -= 8;
}
static void weak(ikev1_rule *r) {
    r->phase1.suites = &DES;
}
static void short_key(ikev1_rule *r) {
    r->psk = key("7 bytes");
}
static void unknown(ikev1_rule *r) {
    r->phase2.suites = &NO_ESP;
}

static const struct {
    const char *name;
    void (*spoil)(ikev1_rule *r);
    uint8_t kind;
    const char *field;
    int code;
} FIELDS[] = {
    {"number", no_number, IKEV1_RULE_FIELD, "number", 0},
    {"no suites", no_suites, IKEV1_RULE_FIELD, "phase1.suites", 0},
    {"too many suites", many_suites, IKEV1_RULE_FIELD, "phase1.suites", 0},
    {"no ESP", no_esp, IKEV1_RULE_FIELD, "phase2.suites", 0},
    {"family", odd_family, IKEV1_RULE_FIELD, "peer", 0},
    {"address and name", two_peers, IKEV1_RULE_FIELD, "peer_name", 0},
    {"empty name", empty_name, IKEV1_RULE_FIELD, "peer_name", 0},
    {"local of another family", other_family, IKEV1_RULE_FIELD, "local", 0},
    {"no key", no_key, IKEV1_RULE_FIELD, "psk", 0},
    {"key without use", key_and_rsa, IKEV1_RULE_FIELD, "psk", 0},
    {"nobody signs", only_rsa, IKEV1_RULE_FIELD, "phase1.suites", 0},
    {"range backwards", backwards, IKEV1_RULE_FIELD, "phase2.remote", 0},
    {"our range backwards", backwards_here, IKEV1_RULE_FIELD, "phase2.local", 0},
    {"IPv4 to IPv6", two_families, IKEV1_RULE_FIELD, "phase2.remote", 0},
    {"network in transport mode", transport, IKEV1_RULE_FIELD, "phase2.mode", 0},
    {"open remote, known peer", open_static, IKEV1_RULE_FIELD, "open_remote", 0},
    {"struct of another release", old_struct, IKEV1_RULE_FIELD, "size", 0},
    {"weak suite", weak, IKEV1_RULE_SUITE, "phase1", IKEV1_E_WEAK},
    {"short key", short_key, IKEV1_RULE_SUITE, "psk", IKEV1_E_WEAK}, /* PH1-16 */
    {"unknown suite", unknown, IKEV1_RULE_SUITE, "phase2", IKEV1_E_CONFIG},
};

static void test_load__one_field_spoiled__rule_field_and_hint(void **state) {
    (void)state;
    struct street *s = street_new();
    struct house *h = street_house(s, "hub", 1);
    for (size_t i = 0; i < COUNT(FIELDS); i++) {
        const char *row = FIELDS[i].name;
        ikev1_rule rules[] = {street_rule(3, 1, 3), street_rule(7, 1, 7)};
        ikev1_rules_report report;
        house_load(h, rules, 1);
        FIELDS[i].spoil(&rules[1]);
        ROW_EQUAL(row, ikev1_rules_load(h->rules, rules, 2, h->ike, &report), IKEV1_E_CONFIG);
        ROW_EQUAL(row, report.count, 1);
        ROW_EQUAL(row, report.fatal, 1);
        ROW_EQUAL(row, report.notes[0].kind, FIELDS[i].kind);
        ROW_EQUAL(row, report.notes[0].rule, rules[1].number);
        ROW_EQUAL(row, report.notes[0].other, 0);
        ROW_EQUAL(row, report.notes[0].index, 1);
        ROW_EQUAL(row, report.notes[0].code, FIELDS[i].code);
        ROW_TEXT(row, report.notes[0].field, FIELDS[i].field);
        ROW_EQUAL(row, strlen(report.notes[0].hint) > 5, true);
        /* All or nothing: the set before is still there. */
        ROW_EQUAL(row, ikev1_rules_find(h->rules, 3) != NULL, true);
        ROW_EQUAL(row, ikev1_rules_at(h->rules, 1) == NULL, true);
    }
    street_free(s);
}

/* PH1-16: the engine that will use the key says how long it has to be. */
static void test_load__key_by_the_engines_limit__length_and_limit_named(void **state) {
    ikev1_rule rule = street_rule(3, 1, 3);
    ikev1_rules_report report;
    char line[300];
    (void)state;
    struct street *s = street_new();
    struct house *h = street_house(s, "hub", 1);
    rule.psk = key("7 bytes");
    assert_int_equal(ikev1_rules_load(h->rules, &rule, 1, h->ike, &report), IKEV1_E_CONFIG);
    ikev1_rule_note_format(&report.notes[0], line, sizeof line);
    assert_non_null(strstr(line, "rule 3: psk: algorithm or key is weak and not allowed by name"));
    assert_non_null(strstr(line, "a pre-shared key of 7 bytes, limits.psk_min is 8"));
    assert_string_equal(line + strlen(line) - strlen(ikev1_error_hint(IKEV1_E_WEAK)),
                        ikev1_error_hint(IKEV1_E_WEAK)); /* to its end */
    rule.psk = key("8 bytes.");
    assert_int_equal(ikev1_rules_load(h->rules, &rule, 1, h->ike, &report), IKEV1_OK);
    street_free(s);
}

/* ---- two rules that do not go together ---- */

static void number_again(ikev1_rule *a, ikev1_rule *b) {
    b->number = a->number;
}
static void same_peer(ikev1_rule *a, ikev1_rule *b) {
    b->peer = a->peer;
}
static void other_key(ikev1_rule *a, ikev1_rule *b) {
    same_peer(a, b);
    b->psk = key("another key, also long");
}
static void other_suite(ikev1_rule *a, ikev1_rule *b) {
    same_peer(a, b);
    b->phase1.suites = &DES;
}
static void other_local_id(ikev1_rule *a, ikev1_rule *b) {
    same_peer(a, b);
    b->phase1.local_id = fqdn(LINE_A);
}
static void other_life(ikev1_rule *a, ikev1_rule *b) {
    same_peer(a, b);
    b->phase1.life_seconds = 600;
}
static void same_twice(ikev1_rule *a, ikev1_rule *b) {
    same_peer(a, b);
    b->phase2 = a->phase2;
}
static void same_networks(ikev1_rule *a, ikev1_rule *b) {
    b->phase2 = a->phase2;
}
static void in_part(ikev1_rule *a, ikev1_rule *b) {
    b->phase2.remote = a->phase2.remote;
    b->phase2.remote.start[3] = 128;
    b->phase2.remote.end[2] = 1;
}
static void narrower(ikev1_rule *a, ikev1_rule *b) {
    b->phase2.remote = a->phase2.remote;
    b->phase2.remote.start[3] = 128;
}
static void wider(ikev1_rule *a, ikev1_rule *b) {
    narrower(b, a);
}
static void on_purpose(ikev1_rule *a, ikev1_rule *b) {
    same_networks(a, b);
    b->may_overlap = true;
}
static void other_port(ikev1_rule *a, ikev1_rule *b) {
    same_networks(a, b);
    a->phase2.remote.protocol = b->phase2.remote.protocol = 6;
    a->phase2.remote.port = 80;
    b->phase2.remote.port = 443;
}
static void one_port(ikev1_rule *a, ikev1_rule *b) {
    other_port(a, b);
    b->phase2.remote.port = 0; /* any of them */
}
static void other_identity(ikev1_rule *a, ikev1_rule *b) {
    other_key(a, b); /* Aggressive Mode tells them apart */
    a->phase1.mode = b->phase1.mode = IKEV1_MODE_AGGRESSIVE;
    a->phase1.remote_id = fqdn(LINE_A);
    b->phase1.remote_id = fqdn(LINE_B);
}
static void same_identity(ikev1_rule *a, ikev1_rule *b) {
    other_identity(a, b);
    b->phase1.remote_id = fqdn(LINE_A);
}
static void our_addresses(ikev1_rule *a, ikev1_rule *b) {
    other_key(a, b);
    b->local.ip[3] = 99;
}
static void nothing(ikev1_rule *a, ikev1_rule *b) {
    (void)a;
    (void)b;
}

static const struct {
    const char *name;
    void (*spoil)(ikev1_rule *a, ikev1_rule *b);
    uint8_t kind; /* 0 = nothing is wrong */
    uint32_t rule, other;
    const char *field;
} PAIRS[] = {
    {"nothing", nothing, 0, 0, 0, NULL},
    {"same number", number_again, IKEV1_RULE_DUPLICATE, 3, 3, "number"},
    {"same peer, other networks", same_peer, 0, 0, 0, NULL},
    {"another key", other_key, IKEV1_RULE_CONTRADICTION, 7, 3, "psk"},
    {"another suite", other_suite, IKEV1_RULE_CONTRADICTION, 7, 3, "phase1.suites"},
    {"another identity of ours", other_local_id, IKEV1_RULE_CONTRADICTION, 7, 3, "phase1.local_id"},
    {"another lifetime", other_life, IKEV1_RULE_CONTRADICTION, 7, 3, "phase1"},
    {"told apart by identity", other_identity, 0, 0, 0, NULL},
    {"the same identity", same_identity, IKEV1_RULE_CONTRADICTION, 7, 3, "psk"},
    {"told apart by our address", our_addresses, 0, 0, 0, NULL},
    {"the same twice", same_twice, IKEV1_RULE_SHADOWED, 7, 3, "phase2.remote"},
    {"the same networks", same_networks, IKEV1_RULE_OVERLAP, 7, 3, "phase2.remote"},
    {"networks that meet in part", in_part, IKEV1_RULE_OVERLAP, 7, 3, "phase2.remote"},
    {"a narrower network", narrower, IKEV1_RULE_NESTED, 7, 3, "phase2.remote"},
    {"a wider network", wider, IKEV1_RULE_NESTED, 3, 7, "phase2.remote"},
    {"overlap on purpose", on_purpose, 0, 0, 0, NULL},
    {"another port", other_port, 0, 0, 0, NULL},
    {"one port of all", one_port, IKEV1_RULE_NESTED, 3, 7, "phase2.remote"},
};

static void test_load__two_rules__both_numbers_named(void **state) {
    (void)state;
    struct street *s = street_new();
    struct house *h = street_house(s, "hub", 1);
    h->config.allow = IKEV1_ALLOW_DES;
    house_again(h);
    for (size_t i = 0; i < COUNT(PAIRS); i++) {
        const char *row = PAIRS[i].name;
        ikev1_rule a = street_rule(3, 1, 3), b = street_rule(7, 1, 7);
        ikev1_rules_report report;
        char line[300], want[60];
        PAIRS[i].spoil(&a, &b);
        /* In whatever order they come. */
        for (int turned = 0; turned < 2; turned++) {
            ikev1_rule rules[2] = {turned ? b : a, turned ? a : b};
            const bool fatal = PAIRS[i].kind != 0 && PAIRS[i].kind != IKEV1_RULE_NESTED;
            ROW_EQUAL(row, ikev1_rules_load(h->rules, rules, 2, h->ike, &report),
                      fatal ? IKEV1_E_CONFIG : IKEV1_OK);
            ROW_EQUAL(row, report.count, PAIRS[i].kind != 0);
            if (PAIRS[i].kind == 0)
                continue;
            const ikev1_rule_note *note = &report.notes[0];
            ROW_EQUAL(row, note->kind, PAIRS[i].kind);
            ROW_EQUAL(row, note->fatal, fatal);
            ROW_EQUAL(row, note->rule, PAIRS[i].rule);
            ROW_EQUAL(row, note->other, PAIRS[i].other);
            ROW_TEXT(row, note->field, PAIRS[i].field);
            ROW_EQUAL(row, rules[note->index].number, PAIRS[i].rule);
            snprintf(want, sizeof want, "rule %u and rule %u: %s ", PAIRS[i].rule, PAIRS[i].other,
                     PAIRS[i].field);
            ikev1_rule_note_format(note, line, sizeof line);
            ROW_EQUAL(row, strncmp(line, want, strlen(want)), 0);
            ROW_EQUAL(row, strstr(line, note->hint) != NULL, true);
        }
    }
    street_free(s);
}

static void test_load__many_mistakes__counted_beyond_the_report(void **state) {
    (void)state;
    struct street *s = street_new();
    struct house *h = street_house(s, "hub", 1);
    ikev1_rule rules[40];
    ikev1_rules_report report;
    for (size_t i = 0; i < COUNT(rules); i++) {
        rules[i] = street_rule((uint32_t)i + 1, 1, (uint8_t)(i + 2));
        rules[i].psk.len = 0;
    }
    assert_int_equal(ikev1_rules_load(h->rules, rules, COUNT(rules), NULL, &report),
                     IKEV1_E_CONFIG);
    assert_int_equal(report.count, IKEV1_RULES_NOTES);
    assert_int_equal(report.fatal, COUNT(rules));
    assert_int_equal(report.left_out, COUNT(rules) - IKEV1_RULES_NOTES);
    street_free(s);
}

static void test_load__patterns__limit_of_one_address(void **state) {
    enum { MORE = IKEV1_RULES_PATTERNS + 1 };
    (void)state;
    struct street *s = street_new();
    struct house *h = street_house(s, "hub", 1);
    static uint8_t nets[MORE][8];
    ikev1_rule rules[MORE];
    ikev1_rules_report report;
    for (uint8_t i = 0; i < MORE; i++) {
        const uint8_t range[8] = {10, 0, i, 0, 10, 0, i, 9};
        memcpy(nets[i], range, sizeof range);
        rules[i] = street_rule(i + 1u, 1, 0);
        rules[i].phase1.remote_match = IKEV1_MATCH_RANGE;
        rules[i].phase1.remote_id =
            (ikev1_id){.type = IKEV1_ID_IPV4_ADDR_RANGE, .data = nets[i], .len = 8};
    }
    house_load(h, rules, IKEV1_RULES_PATTERNS);
    assert_int_equal(ikev1_rules_load(h->rules, rules, MORE, h->ike, &report), IKEV1_E_CONFIG);
    assert_string_equal(report.notes[0].field, "phase1.remote_id");
    assert_int_equal(report.notes[0].rule, MORE);
    street_free(s);
}

static void test_load__memory_fails_at_each_call__set_before_stays(void **state) { /* MEM-01 */
    (void)state;
    struct street *s = street_new();
    struct house *h = street_house(s, "hub", 1);
    ikev1_rule rules[] = {street_rule(1, 1, 2), street_rule(2, 1, 3), street_rule(3, 1, 0)};
    int r = IKEV1_E_MEMORY;
    for (uint64_t n = 1; r != IKEV1_OK; n++) {
        house_load(h, &rules[2], 1);
        h->memory.fail_at = h->memory.calls + n;
        r = ikev1_rules_load(h->rules, rules, 3, h->ike, NULL);
        h->memory.fail_at = 0;
        assert_true(r == IKEV1_OK || r == IKEV1_E_MEMORY);
        assert_int_equal(ikev1_rules_find(h->rules, 1) != NULL, r == IKEV1_OK);
        assert_non_null(ikev1_rules_find(h->rules, 3));
        assert_true(n < 100);
    }
    street_free(s);
}

/* The copy stands in memory of its own: the host's is gone. */
static void test_load__host_frees_its_rules__table_has_its_own(void **state) {
    (void)state;
    struct street *s = street_new();
    struct house *h = street_house(s, "hub", 1);
    ikev1_rule *rule = malloc(sizeof *rule);
    char *text = malloc(40), *psk = malloc(20);
    *rule = street_rule(5, 1, 2);
    strcpy(text, "branch");
    memcpy(psk, "a key of twenty byte", 20);
    rule->name = text;
    rule->psk = (ikev1_bytes){(const uint8_t *)psk, 20};
    ikev1_address *ours = calloc(1, sizeof *ours);
    uint16_t *types = calloc(1, sizeof *types);
    ikev1_phase2 *next = malloc(sizeof *next);
    *ours = (ikev1_address){4, {198, 51, 100, 1}, 0};
    *types = 1;
    *next = rule->phase2;
    next->life_seconds = 1234;
    rule->phase1.natt_addresses = ours;
    rule->phase1.natt_address_count = 1;
    rule->phase1.config_types = types;
    rule->phase1.config_type_count = 1;
    rule->phase2.next = next;
    assert_int_equal(ikev1_rules_load(h->rules, rule, 1, NULL, NULL), IKEV1_OK);
    memset(psk, 0, 20);
    free(ours);
    free(types);
    free(next);
    free(rule);
    free(text);
    free(psk);
    const ikev1_rule *kept = ikev1_rules_find(h->rules, 5);
    assert_string_equal(kept->name, "branch");
    assert_memory_equal(kept->psk.data, "a key of twenty byte", 20);
    assert_int_equal(kept->phase1.natt_addresses[0].ip[0], 198);
    assert_int_equal(kept->phase1.config_types[0], 1);
    assert_int_equal(kept->phase2.next->life_seconds, 1234);
    assert_int_equal(kept->phase2.next->rule, 5); /* of the same rule, where none is named */
    assert_int_equal(kept->phase2.next->suites[0].key_bits, 128);
    street_free(s);
}

/* ---- a new set ---- */

static void test_load__again__changes_by_number(void **state) {
    (void)state;
    struct street *s = street_new();
    struct house *h = street_house(s, "hub", 1);
    ikev1_rule before[] = {street_rule(1, 1, 2), street_rule(2, 1, 3), street_rule(4, 1, 4),
                           street_rule(6, 1, 5), street_rule(8, 1, 6), street_rule(9, 1, 7)};
    ikev1_rule after[] = {street_rule(1, 1, 2), street_rule(2, 1, 3), street_rule(5, 1, 4),
                          street_rule(6, 1, 5), street_rule(8, 1, 6), street_rule(9, 1, 8)};
    static const ikev1_rule_change WANT[] = {
        {2, IKEV1_CHANGE_CREDENTIAL}, {4, IKEV1_CHANGE_GONE},
        {5, IKEV1_CHANGE_ADDED},      {6, IKEV1_CHANGE_PHASE1},
        {8, IKEV1_CHANGE_PHASE2},     {9, IKEV1_CHANGE_PEER | IKEV1_CHANGE_PHASE2},
    };
    ikev1_rule_change change;
    after[1].psk = key("another key, also long");
    after[3].phase1.life_seconds = 600;
    after[4].phase2.pfs_group = IKEV1_GROUP_X25519;
    house_load(h, before, COUNT(before));
    house_load(h, after, COUNT(after));
    for (size_t i = 0; i < COUNT(WANT); i++) {
        assert_int_equal(ikev1_rules_change(h->rules, i, &change), 1);
        assert_int_equal(change.rule, WANT[i].rule);
        assert_int_equal(change.what, WANT[i].what);
    }
    assert_int_equal(ikev1_rules_change(h->rules, COUNT(WANT), &change), 0);
    house_load(h, after, COUNT(after));
    assert_int_equal(ikev1_rules_change(h->rules, 0, &change), 0);
    house_load(h, NULL, 0);
    assert_int_equal(ikev1_rules_change(h->rules, 5, &change), 1);
    assert_null(ikev1_rules_at(h->rules, 0));
    street_free(s);
}

/* ---- names ---- */

static void test_resolved__name__kept_refused_taken_back(void **state) {
    (void)state;
    struct street *s = street_new();
    struct house *h = street_house(s, "hub", 1);
    const ikev1_address two = {4, {192, 0, 2, 2}, 0}, three = {4, {192, 0, 2, 3}, 0};
    const ikev1_address odd = {.family = 5};
    ikev1_rule rules[] = {street_rule(1, 1, 2), street_rule(2, 1, 3)};
    ikev1_rules_report report;
    rules[1].peer = (ikev1_address){0};
    rules[1].peer_name = "peer.example.org";
    rules[1].psk = key("another key, also long");
    house_load(h, rules, 2);
    assert_int_equal(ikev1_rules_resolved(h->rules, 1, &three, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_rules_resolved(h->rules, 9, &three, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_rules_resolved(h->rules, 2, &odd, NULL), IKEV1_E_ARGUMENT);
    assert_true(h->rules->set.rules[1].unresolved);
    assert_int_equal(ikev1_rules_resolved(h->rules, 2, &three, NULL), IKEV1_OK);
    house_load(h, rules, 2); /* the same name: the address is known */
    assert_false(h->rules->set.rules[1].unresolved);
    /* The address of rule 1, but not its key. */
    assert_int_equal(ikev1_rules_resolved(h->rules, 2, &two, &report), IKEV1_E_CONFIG);
    assert_int_equal(report.notes[0].kind, IKEV1_RULE_CONTRADICTION);
    assert_int_equal(report.notes[0].rule, 2);
    assert_int_equal(report.notes[0].other, 1);
    assert_true(h->rules->set.rules[1].unresolved);
    assert_int_equal(ikev1_rules_resolved(h->rules, 2, &three, NULL), IKEV1_OK);
    assert_int_equal(ikev1_rules_resolved(h->rules, 2, NULL, NULL), IKEV1_OK);
    assert_true(h->rules->set.rules[1].unresolved);
    street_free(s);
}

/* ---- arguments ---- */

static void test_rules__arguments__refused(void **state) { /* MEM-05 */
    (void)state;
    struct null_crypto null;
    null_crypto_init(&null, 1);
    ikev1_rules *rules;
    ikev1_rules_config config = IKEV1_RULES_CONFIG_INIT;
    ikev1_rule rule = street_rule(1, 1, 2);
    ikev1_rule_change change;
    assert_int_equal(ikev1_rules_new(NULL, &config), IKEV1_E_CONFIG);
    assert_int_equal(ikev1_rules_new(&rules, NULL), IKEV1_E_CONFIG);
    assert_int_equal(ikev1_rules_new(&rules, &config), IKEV1_E_CONFIG);
    assert_null(rules);
    config.crypto = &null.provider;
    config.size = 3;
    assert_int_equal(ikev1_rules_new(&rules, &config), IKEV1_E_CONFIG);
    config.size = sizeof config;
    assert_int_equal(ikev1_rules_new(&rules, &config), IKEV1_OK);
    assert_int_equal(ikev1_rules_load(NULL, &rule, 1, NULL, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_rules_load(rules, NULL, 1, NULL, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_rules_load(rules, &rule, IKEV1_RULES_MAX + 1, NULL, NULL),
                     IKEV1_E_ARGUMENT);
    rule.size--;
    assert_int_equal(ikev1_rules_load(rules, &rule, 1, NULL, NULL), IKEV1_E_ARGUMENT);
    assert_null(ikev1_rules_policy(NULL));
    assert_null(ikev1_rules_find(NULL, 1));
    assert_null(ikev1_rules_at(rules, 0));
    assert_int_equal(ikev1_rules_change(rules, 0, &change), 0);
    assert_int_equal(ikev1_rules_outbound(rules, NULL, NULL), 0);
    assert_int_equal(ikev1_rule_note_format(NULL, NULL, 0), 0);
    ikev1_rules_free(rules);
    ikev1_rules_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_load__one_field_spoiled__rule_field_and_hint),
        cmocka_unit_test(test_load__key_by_the_engines_limit__length_and_limit_named),
        cmocka_unit_test(test_load__two_rules__both_numbers_named),
        cmocka_unit_test(test_load__many_mistakes__counted_beyond_the_report),
        cmocka_unit_test(test_load__patterns__limit_of_one_address),
        cmocka_unit_test(test_load__memory_fails_at_each_call__set_before_stays),
        cmocka_unit_test(test_load__host_frees_its_rules__table_has_its_own),
        cmocka_unit_test(test_load__again__changes_by_number),
        cmocka_unit_test(test_resolved__name__kept_refused_taken_back),
        cmocka_unit_test(test_rules__arguments__refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
