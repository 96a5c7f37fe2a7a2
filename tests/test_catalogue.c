/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each line of the gateway's log, by the situation that brings it about: exactly the catalogue's
 * text, said by the side that sees it. Mission S1 to S13.
 */
#include "support/street.h"

struct scenery {
    struct street *street;
    struct house *hub, *two, *three;
    ikev1_rule hub_rules[2], two_rule, three_rule;
};

static struct scenery scenery_new(void) {
    struct scenery s = {.street = street_new()};
    s.hub = street_house(s.street, "hub", 1);
    s.two = street_house(s.street, "two", 2);
    s.three = street_house(s.street, "three", 3);
    s.hub_rules[0] = street_rule(3, 1, 2);
    s.hub_rules[1] = street_rule(5, 1, 0);
    s.two_rule = street_rule(1, 2, 1);
    s.three_rule = street_rule(1, 3, 1);
    return s;
}

static void load(struct scenery *s) {
    house_load(s->hub, s->hub_rules, 2);
    house_load(s->two, &s->two_rule, 1);
    house_load(s->three, &s->three_rule, 1);
}

/* ---- situations ---- */

static void connect(struct scenery *s) {
    load(s);
    house_connect(s->two, 1);
}

static void connect_aggressive(struct scenery *s) {
    s->hub_rules[0].phase1.mode = s->two_rule.phase1.mode = IKEV1_MODE_AGGRESSIVE;
    connect(s);
}

static void connect_twice(struct scenery *s) {
    load(s);
    assert_int_equal(ikev1_connect(s->two->ike, 0, 1, NULL), IKEV1_OK);
    assert_int_equal(ikev1_connect(s->two->ike, 0, 1, NULL), IKEV1_E_BUSY);
}

static void first_message_twice(struct scenery *s) {
    ikev1_packet packet;
    load(s);
    assert_int_equal(ikev1_connect(s->two->ike, 0, 1, NULL), IKEV1_OK);
    assert_int_equal(ikev1_engine_next_packet(s->two->ike, &packet), 1);
    const ikev1_path path = {packet.path.remote, packet.path.local, false};
    for (int i = 0; i < 2; i++)
        ikev1_engine_input(s->hub->ike, 0, &path, packet.data, packet.len, NULL);
}

static void other_suite(struct scenery *s) {
    static const ikev1_suite1 SUITE = {IKEV1_CIPHER_AES,   256, IKEV1_HASH_SHA2_256, IKEV1_AUTH_PSK,
                                       IKEV1_GROUP_X25519, {0}};
    s->two_rule.phase1.suites = &SUITE;
    connect(s);
}

static void other_esp(struct scenery *s) {
    static const ikev1_suite2 SUITE = {IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 256,
                                       IKEV1_INTEG_HMAC_SHA2_256, 0};
    s->two_rule.phase2.suites = &SUITE;
    connect(s);
}

static void other_local(struct scenery *s) {
    s->two_rule.phase2.remote = street_net(10, 9, 0, 24);
    connect(s);
}

static void other_remote(struct scenery *s) {
    s->two_rule.phase2.local = street_net(10, 9, 0, 24);
    connect(s);
}

static void other_identity(struct scenery *s) {
    static const char NAME[] = "two.example.org";
    s->two_rule.phase1.local_id =
        (ikev1_id){.type = IKEV1_ID_FQDN, .data = (const uint8_t *)NAME, .len = sizeof NAME - 1};
    connect(s);
}

static void a_rules_network(struct scenery *s) {
    s->three_rule.phase2.local = street_net(10, 2, 0, 24);
    load(s);
    house_connect(s->three, 1);
}

static void a_live_network(struct scenery *s) {
    s->hub_rules[0].peer.ip[3] = 77; /* both are strangers */
    s->hub_rules[0].phase2.remote = street_net(10, 77, 0, 24);
    s->three_rule.phase2.local = s->two_rule.phase2.local = street_net(10, 44, 0, 24);
    connect(s);
    house_connect(s->three, 1);
}

static void one_too_many(struct scenery *s) {
    s->hub->config.limits.children = 1;
    house_again(s->hub);
    connect(s);
    house_connect(s->two, 1);
}

static void nobody_answers(struct scenery *s) {
    load(s);
    s->two_rule.peer.ip[3] = 88;
    house_load(s->two, &s->two_rule, 1);
    house_connect(s->two, 1);
    street_wait(s->street, 200000);
}

static void nothing_can_be_sent(struct scenery *s) {
    ikev1_packet packet;
    load(s);
    ikev1_connect(s->two->ike, 0, 1, NULL);
    assert_int_equal(ikev1_engine_next_packet(s->two->ike, &packet), 1);
    ikev1_send_failed(s->two->ike, 0, packet.sa);
}

static void packet_without_sa(struct scenery *s) {
    load(s);
    assert_int_equal(ikev1_outbound(s->two->ike, 0, 1), IKEV1_PENDING);
}

static void idle(struct scenery *s) {
    s->two_rule.phase2.idle_seconds = 120;
    connect(s);
    const ikev1_traffic none = {0};
    ikev1_handle child = house_event(s->two, IKEV1_EVENT_CHILD_UP, 0)->child;
    for (int minute = 0; minute < 4; minute++) {
        ikev1_child_traffic(s->two->ike, s->street->now, child, &none);
        street_wait(s->street, 60000);
    }
}

static void address_changes(struct scenery *s) {
    const ikev1_address is = {4, {198, 51, 100, 7}, 0};
    connect(s);
    ikev1_local_changed(s->two->ike, s->street->now, NULL, &is);
}

static void packet_of_no_sa(struct scenery *s) {
    connect(s);
    ikev1_unknown_spi(s->hub->ike, s->street->now, house_event(s->hub, IKEV1_EVENT_SA_UP, 0)->sa,
                      IKEV1_PROTO_ESP, 0xdeadbeef);
}

static void no_address(struct scenery *s) {
    s->two_rule.peer = (ikev1_address){0};
    s->two_rule.peer_name = "hub.example.org";
    load(s);
    assert_int_equal(house_connect(s->two, 1), IKEV1_E_UNRESOLVED);
}

/* ---- lines ---- */

enum { HUB, TWO };

static const struct {
    const char *line;
    void (*situation)(struct scenery *s);
    int who;
} LINES[] = {
    {"Send Main Mode request to <192.0.2.1>", connect, TWO},                    /* S13 */
    {"Recv Main Mode request from <192.0.2.2>", connect, HUB},                  /* S13 */
    {"Send Aggressive Mode request to <192.0.2.1>", connect_aggressive, TWO},   /* S13 */
    {"Recv Aggressive Mode request from <192.0.2.2>", connect_aggressive, HUB}, /* S13 */
    {"Send:<KE><NONCE>", connect, TWO},                                         /* S1 */
    {"Recv:<HASH><SA><NONCE><ID><ID>", connect, HUB},                           /* S1 */
    {"Phase 1 IKE SA process done", connect, HUB},                              /* S2 */
    {"Phase 1 IKE SA process done", connect, TWO},                              /* S2 */
    {"Start Phase 2: Quick Mode", connect, HUB},                                /* S3 */
    {"Start Phase 2: Quick Mode", connect, TWO},                                /* S3 */
    {"!! IKE Negotiation is in process", connect_twice, TWO},                   /* S4 */
    {"!! Duplicate requests with the same cookie", first_message_twice, HUB},   /* S5 */
    {"!! No proposal chosen", other_suite, HUB},                                /* S6 */
    {"!! No proposal chosen", other_esp, HUB},                                  /* S6 */
    {"!! Verifying Local ID failed", other_local, HUB},                         /* S7 */
    {"!! Verifying Remote ID failed", other_remote, HUB},                       /* S7 */
    {"!! Local / remote IPs of incoming request conflict with rule <#3>", a_rules_network,
     HUB},                                                                       /* S8 */
    {"!! Remote IP <10.44.0.0> / <10.44.0.255> conflicts", a_live_network, HUB}, /* S10 */
    {"!! Active connection allowed exceeded", one_too_many, HUB},                /* S11 */
    {"!! IKE Packet Retransmit", nobody_answers, TWO},                           /* S12 */
    {"!! Too many errors! Deleting SA", nobody_answers, TWO},                    /* S12 */
    {"!! Failed to send IKE Packet", nothing_can_be_sent, TWO},                  /* S12 */
    {"Cannot find outbound SA for rule <#1>", packet_without_sa, TWO},           /* S13 */
    {"Rule <#1> idle time out, disconnect", idle, TWO},                          /* S13 */
    {"!! WAN IP changed to <198.51.100.7>", address_changes, TWO},               /* S13 */
    {"!! Cannot find Phase 2 SA", packet_of_no_sa, HUB},                         /* S13 */
    {"Cannot resolve Secure Gateway Addr for rule <1>", no_address, TWO},
};

static void test_catalogue__each_situation__its_line(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(LINES); i++) {
        struct scenery s = scenery_new();
        LINES[i].situation(&s);
        const struct house *h = LINES[i].who == HUB ? s.hub : s.two;
        ROW_EQUAL(LINES[i].line, house_said(h, LINES[i].line), true);
        street_free(s.street);
    }
}

/* The other side of a difference: what the ZyWALL family calls "Peer ID" lines. */
static void test_catalogue__identity_differs__both_named(void **state) { /* S13 */
    (void)state;
    struct scenery s = scenery_new();
    other_identity(&s);
    bool said = false;
    for (size_t i = 0; i < s.hub->line_count; i++)
        said = said || (strncmp(s.hub->lines[i], "Peer ID: ", 9) == 0 &&
                        strstr(s.hub->lines[i], "two.example.org") != NULL);
    assert_true(said);
    street_free(s.street);
}

/* A connection that works says none of the lines that mark an error. */
static void test_catalogue__all_well__no_marks(void **state) {
    (void)state;
    struct scenery s = scenery_new();
    connect(&s);
    for (size_t i = 0; i < s.hub->line_count; i++)
        assert_null(strstr(s.hub->lines[i], "!!"));
    for (size_t i = 0; i < s.two->line_count; i++)
        assert_null(strstr(s.two->lines[i], "!!"));
    street_free(s.street);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_catalogue__each_situation__its_line),
        cmocka_unit_test(test_catalogue__identity_differs__both_named),
        cmocka_unit_test(test_catalogue__all_well__no_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
