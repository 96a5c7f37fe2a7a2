/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Selectors in Quick Mode between two engines: what a rule takes of what a peer wants, what of it
 * both then use, and what is said when they differ. RFC 2407 4.6.2, RFC 2409 5.5, RFC 3947 5.2.
 * Mission R5, S7, S9; QCK-09, QCK-10.
 */
#include <ikev1/text.h>

#include "support/craft.h"
#include "support/pair.h"

static struct craft c; /* large */

static ikev1_selector sel(const char *text) {
    ikev1_selector s = {0};
    ikev1_text_error error;
    if (text[0] == '*') { /* the end of the path: "*", "*17/1701" */
        if (text[1] != '\0') {
            s.protocol = (uint8_t)atoi(text + 1);
            s.port = (uint16_t)atoi(strchr(text, '/') + 1);
        }
        return s;
    }
    if (ikev1_selector_parse(text, &s, &error) != IKEV1_OK)
        fail_msg("%s: %s", text, error.what);
    return s;
}

static void check_selector(const char *name, const ikev1_selector *got, const char *want) {
    char text[2][100];
    const ikev1_selector wanted = sel(want);
    ikev1_selector_format(got, text[0], sizeof text[0]);
    ikev1_selector_format(&wanted, text[1], sizeof text[1]);
    ROW_TEXT(name, text[0], text[1]);
}

/* ---- what a rule takes ---- */

enum {
    EXACT = IKEV1_SELECT_EXACT,
    SUBSET = IKEV1_SELECT_SUBSET,
    SUPERSET = IKEV1_SELECT_SUPERSET,
    ACCEPT = IKEV1_SELECT_ACCEPT,
};

/* The initiator's side is `i`, the responder's `r`; `used` is what both then have, NULL = refused
 * by the responder, or, where `by_initiator`, the answer by the initiator. */
static const struct {
    const char *name;
    const char *offer_i, *offer_r, *rule_i, *rule_r;
    uint8_t match, initiator_match;
    const char *used_i, *used_r;
    bool by_initiator;
} MATCHES[] = {
    {"the same", "10.1.0.0/16", "10.2.0.0/24", "10.1.0.0/16", "10.2.0.0/24", EXACT, EXACT,
     "10.1.0.0/16", "10.2.0.0/24", false},
    {"a host", "10.1.0.7", "10.2.0.9", "10.1.0.7", "10.2.0.9", EXACT, EXACT, "10.1.0.7", "10.2.0.9",
     false},
    {"a range", "10.1.0.7-10.1.0.9", "10.2.0.1-10.2.0.2", "10.1.0.7-10.1.0.9", "10.2.0.1-10.2.0.2",
     EXACT, EXACT, "10.1.0.7-10.1.0.9", "10.2.0.1-10.2.0.2", false},
    {"IPv6", "2001:db8:1::/48", "2001:db8:2::7", "2001:db8:1::/48", "2001:db8:2::7", EXACT, EXACT,
     "2001:db8:1::/48", "2001:db8:2::7", false},
    {"an IPv6 range", "2001:db8::1-2001:db8::9", "2001:db8:2::/64[6/22]", "2001:db8::1-2001:db8::9",
     "2001:db8:2::/64[6/22]", EXACT, EXACT, "2001:db8::1-2001:db8::9", "2001:db8:2::/64[6/22]",
     false},
    {"everything", "0.0.0.0/0", "0.0.0.0/0", "0.0.0.0/0", "0.0.0.0/0", EXACT, EXACT, "0.0.0.0/0",
     "0.0.0.0/0", false},
    {"exact, wider", "10.0.0.0/8", "10.2.0.0/24", "10.1.0.0/16", "10.2.0.0/24", EXACT, EXACT, NULL,
     NULL, false},
    {"exact, narrower", "10.1.1.0/24", "10.2.0.0/24", "10.1.0.0/16", "10.2.0.0/24", EXACT, EXACT,
     NULL, NULL, false},
    {"exact, everything", "0.0.0.0/0", "0.0.0.0/0", "10.1.0.0/16", "10.2.0.0/24", EXACT, EXACT,
     NULL, NULL, false},
    {"exact, one protocol of all", "10.1.0.0/16[6]", "10.2.0.0/24", "10.1.0.0/16", "10.2.0.0/24",
     EXACT, EXACT, NULL, NULL, false},
    {"exact, another port", "10.1.0.0/16", "10.2.0.0/24[6/80]", "10.1.0.0/16", "10.2.0.0/24[6/443]",
     EXACT, EXACT, NULL, NULL, false},
    {"exact, swapped", "10.2.0.0/24", "10.1.0.0/16", "10.1.0.0/16", "10.2.0.0/24", EXACT, EXACT,
     NULL, NULL, false},
    {"exact, the other family", "2001:db8::/48", "2001:db8:1::/48", "10.1.0.0/16", "10.2.0.0/24",
     EXACT, EXACT, NULL, NULL, false},
    {"exact, none where there are some", "*", "*", "10.1.0.0/16", "10.2.0.0/24", EXACT, EXACT, NULL,
     NULL, false},
    {"exact, some where there are none", "10.1.0.0/16", "10.2.0.0/24", "*", "*", EXACT, EXACT, NULL,
     NULL, false},
    {"subset, within", "10.1.1.0/24", "10.2.0.9", "10.1.0.0/16", "10.2.0.0/24", SUBSET, EXACT,
     "10.1.1.0/24", "10.2.0.9", false},
    {"subset, the same", "10.1.0.0/16", "10.2.0.0/24", "10.1.0.0/16", "10.2.0.0/24", SUBSET, EXACT,
     "10.1.0.0/16", "10.2.0.0/24", false},
    {"subset, a port of all", "10.1.0.7[6/1234]", "10.2.0.0/24[6]", "10.1.0.0/16", "10.2.0.0/24",
     SUBSET, EXACT, "10.1.0.7[6/1234]", "10.2.0.0/24[6]", false},
    {"subset, wider on one side", "10.1.1.0/24", "10.2.0.0/16", "10.1.0.0/16", "10.2.0.0/24",
     SUBSET, EXACT, NULL, NULL, false},
    {"subset, everything", "0.0.0.0/0", "0.0.0.0/0", "10.1.0.0/16", "10.2.0.0/24", SUBSET, EXACT,
     NULL, NULL, false},
    {"superset, narrowed", "10.0.0.0/8", "0.0.0.0/0", "10.1.0.0/16", "10.2.0.0/24", SUPERSET,
     SUBSET, "10.1.0.0/16", "10.2.0.0/24", false},
    {"superset, the same", "10.1.0.0/16", "10.2.0.0/24", "10.1.0.0/16", "10.2.0.0/24", SUPERSET,
     EXACT, "10.1.0.0/16", "10.2.0.0/24", false},
    {"superset, narrower", "10.1.1.0/24", "10.2.0.0/24", "10.1.0.0/16", "10.2.0.0/24", SUPERSET,
     SUBSET, NULL, NULL, false},
    {"superset, an initiator that wants all", "10.0.0.0/8", "0.0.0.0/0", "10.1.0.0/16",
     "10.2.0.0/24", SUPERSET, EXACT, NULL, NULL, true},
    {"superset, as initiator it is exact", "10.0.0.0/8", "0.0.0.0/0", "10.1.0.0/16", "10.2.0.0/24",
     SUPERSET, SUPERSET, NULL, NULL, true},
    {"accept", "172.16.0.0/12", "192.0.2.1[17/53]", "10.1.0.0/16", "10.2.0.0/24", ACCEPT, EXACT,
     "172.16.0.0/12", "192.0.2.1[17/53]", false},
    {"accept, narrowed to us", "10.0.0.0/8", "0.0.0.0/0", "10.1.0.0/16", "10.2.0.0/24", SUPERSET,
     ACCEPT, "10.1.0.0/16", "10.2.0.0/24", false},
};

static void check_used(const char *name, const struct side *s, const char *local,
                       const char *remote) {
    static const uint16_t TYPES[] = {IKEV1_EVENT_CHILD_INBOUND, IKEV1_EVENT_CHILD_UP};
    for (size_t i = 0; i < 2; i++) {
        const ikev1_ipsec *sa = &side_event(s, TYPES[i], 0)->ipsec;
        check_selector(name, &sa->local, local);
        check_selector(name, &sa->remote, remote);
        check_selector(name, &sa->packet_local, local); /* no NAT: packets have the same */
        check_selector(name, &sa->packet_remote, remote);
    }
}

static void test_quick__selectors__as_the_rule_matches(void **state) { /* QCK-09, QCK-10, S7 */
    (void)state;
    for (size_t i = 0; i < COUNT(MATCHES); i++) {
        const char *name = MATCHES[i].name;
        struct pair *p = pair_new(NULL);
        p->i.phase2.local = sel(MATCHES[i].offer_i);
        p->i.phase2.remote = sel(MATCHES[i].offer_r);
        p->r.phase2.remote = sel(MATCHES[i].rule_i);
        p->r.phase2.local = sel(MATCHES[i].rule_r);
        p->i.phase2.match = MATCHES[i].initiator_match;
        p->r.phase2.match = MATCHES[i].match;
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        pair_wait(p, 200000);
        bool up = MATCHES[i].used_i != NULL;
        ROW_EQUAL(name, side_count(&p->i, IKEV1_EVENT_CHILD_UP), up);
        ROW_EQUAL(name, side_count(&p->r, IKEV1_EVENT_CHILD_UP), up);
        ROW_EQUAL(name, p->i.ike->s.children + p->r.ike->s.children, up ? 2 : 0);
        if (up) {
            check_used(name, &p->i, MATCHES[i].used_i, MATCHES[i].used_r);
            check_used(name, &p->r, MATCHES[i].used_r, MATCHES[i].used_i);
            pair_free(p);
            continue;
        }
        struct side *who = MATCHES[i].by_initiator ? &p->i : &p->r;
        const ikev1_why *why = &side_event(who, IKEV1_EVENT_CHILD_FAILED, 0)->why;
        bool local = why->code == IKEV1_E_LOCAL_ID;
        ROW_EQUAL(name, local || why->code == IKEV1_E_REMOTE_ID, true);
        ROW_EQUAL(name, why->notify, IKEV1_NOTIFY_INVALID_ID_INFORMATION);
        ROW_EQUAL(name, why->ours[0] != '\0' && why->theirs[0] != '\0', true); /* both values */
        ROW_EQUAL(name,
                  side_said(who, local ? "!! Verifying Local ID failed"
                                       : "!! Verifying Remote ID failed"),
                  true);
        pair_free(p);
    }
}

/* The policy is asked with what the peer wants, before anything is compared. */
static ikev1_selector asked_local, asked_remote;
static int keep_question(void *user, const ikev1_question *q, ikev1_phase2 *answer) {
    struct side *s = user;
    asked_local = *q->local;
    asked_remote = *q->remote;
    assert_int_equal(q->sa_count, 1);
    *answer = s->phase2;
    return IKEV1_OK;
}

static void test_quick__question__has_what_the_peer_wants(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    p->r.policy.phase2 = keep_question;
    p->i.phase2.local = sel("10.1.3.0/24[6]");
    p->r.phase2.match = IKEV1_SELECT_SUBSET;
    pair_start(p);
    pair_up(p);
    check_selector("remote", &asked_remote, "10.1.3.0/24[6]");
    assert_memory_equal(&asked_local, &p->r.phase2.local, sizeof asked_local);
    pair_free(p);
}

/* ---- answers of a peer that is not ours ---- */

static void id_body(uint8_t body[32], size_t *len, const char *text) {
    ikev1_selector s = sel(text);
    uint8_t buf[32];
    ikev1_id id;
    struct ike_writer w = ike_writer(body, 40);
    ike_selector_to_id(&id, &s, buf);
    ike_id_encode(&w, &id);
    *len = ike_written(&w);
}

/* Whatever an initiator would take, it is never more than it has offered. */
static void test_quick__answer_wider_than_the_offer__never(void **state) { /* QCK-09 */
    static const struct {
        const char *text;
        bool narrower;
    } ANSWERS[] = {{"10.1.0.0/24", true},  {"10.1.0.0/16", true},       {"10.0.0.0/8", false},
                   {"0.0.0.0/0", false},   {"10.0.0.0/15", false},      {"10.1.0.5[6/22]", true},
                   {"10.2.0.0/16", false}, {"10.0.9.9-10.1.0.1", false}};
    (void)state;
    for (size_t i = 0; i < COUNT(ANSWERS); i++) {
        for (uint8_t match = 0; match <= IKEV1_SELECT_ACCEPT; match++) {
            struct pair *p = pair_new(NULL);
            uint8_t out[CRAFT_MESSAGE], body[40];
            struct datagram d;
            size_t len;
            p->i.phase2.match = match;
            p->i.phase2.local = p->r.phase2.remote = sel("10.1.0.0/16");
            pair_start(p);
            assert_int_equal(pair_connect(p), IKEV1_OK);
            for (int step = 0; step < 7; step++)
                assert_true(pair_step(p));
            side_drain(&p->r);
            craft_open(&c, p->i.ike, p->link.flights[0].data, p->link.flights[0].len);
            int at = craft_find(&c, IKEV1_PAYLOAD_ID, 0);
            craft_remove(&c, at);
            id_body(body, &len, ANSWERS[i].text);
            craft_insert(&c, at, IKEV1_PAYLOAD_ID, body, len);
            len = craft_close(&c, out, sizeof out);
            assert_true(link_next(&p->link, &d));
            ikev1_engine_input(p->i.ike, p->now, &d.path, out, len, NULL);
            link_release(&d);
            side_drain(&p->i);
            bool same = strcmp(ANSWERS[i].text, "10.1.0.0/16") == 0;
            bool takes = match == IKEV1_SELECT_SUBSET || match == IKEV1_SELECT_ACCEPT;
            bool good = same || (ANSWERS[i].narrower && takes);
            ROW_EQUAL(ANSWERS[i].text, side_count(&p->i, IKEV1_EVENT_CHILD_UP), good);
            if (good)
                check_selector(ANSWERS[i].text,
                               &side_event(&p->i, IKEV1_EVENT_CHILD_UP, 0)->ipsec.local,
                               ANSWERS[i].text);
            pair_stop(p);
            pair_free(p);
        }
    }
}

/* ---- what is no range (S9) ---- */

static const struct {
    const char *name;
    size_t len[2];
    uint8_t body[2][36];
    const char *line;
} INVALID[] = {
    {"backwards",
     {12, 0},
     {{IKEV1_ID_IPV4_ADDR_RANGE, 0, 0, 0, 10, 1, 9, 9, 10, 1, 0, 1}},
     "!! Invalid IP <10.1.9.9>/<10.1.0.1>"},
    {"mask with a hole",
     {12, 0},
     {{IKEV1_ID_IPV4_ADDR_SUBNET, 0, 0, 0, 10, 1, 0, 0, 255, 0, 255, 0}},
     "!! Invalid IP <10.1.0.0>/<255.0.255.0>"},
    {"mask upside down",
     {12, 0},
     {{IKEV1_ID_IPV4_ADDR_SUBNET, 0, 0, 0, 10, 1, 0, 0, 0, 0, 255, 255}},
     "!! Invalid IP <10.1.0.0>/<0.0.255.255>"},
    {"backwards, IPv6",
     {36, 0},
     {{IKEV1_ID_IPV6_ADDR_RANGE,
       0,
       0,
       0,
       0x20,
       1,
       0xd,
       0xb8,
       0,
       0,
       0,
       0,
       0,
       0,
       0,
       0,
       0,
       0,
       0,
       9,
       0x20,
       1,
       0xd,
       0xb8}},
     "!! Invalid IP <2001:db8::9>/<2001:db8::>"},
    {"mask with a hole, IPv6",
     {36, 0},
     {{IKEV1_ID_IPV6_ADDR_SUBNET,
       0,
       0,
       0,
       0x20,
       1,
       0xd,
       0xb8,
       0,
       0,
       0,
       0,
       0,
       0,
       0,
       0,
       0,
       0,
       0,
       0,
       0xff,
       0,
       0xff}},
     "!! Invalid IP <2001:db8::>/<ff00:ff00::>"},
    {"two families",
     {8, 20},
     {{IKEV1_ID_IPV4_ADDR, 0, 0, 0, 10, 1, 0, 7},
      {IKEV1_ID_IPV6_ADDR, 0, 0, 0, 0x20, 1, 0xd, 0xb8}},
     "!! Invalid IP <10.1.0.7>/<2001:db8::>"},
    {"a name", {6, 0}, {{IKEV1_ID_FQDN, 0, 0, 0, 'g', 'w'}}, NULL},
};

static void test_quick__no_range__named_and_refused(void **state) { /* mission S9 */
    (void)state;
    for (size_t i = 0; i < COUNT(INVALID); i++) {
        struct pair *p = pair_new(NULL);
        uint8_t out[CRAFT_MESSAGE];
        struct datagram d;
        p->r.phase2.match = IKEV1_SELECT_ACCEPT; /* not even then */
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        for (int step = 0; step < 6; step++)
            assert_true(pair_step(p));
        side_drain(&p->i);
        craft_open(&c, p->r.ike, p->link.flights[0].data, p->link.flights[0].len);
        for (int k = 0; k < 2 && INVALID[i].len[k] != 0; k++) {
            int at = craft_find(&c, IKEV1_PAYLOAD_ID, k);
            craft_remove(&c, at);
            craft_insert(&c, at, IKEV1_PAYLOAD_ID, INVALID[i].body[k], INVALID[i].len[k]);
        }
        size_t len = craft_close(&c, out, sizeof out);
        assert_true(link_next(&p->link, &d));
        ikev1_engine_input(p->r.ike, p->now, &d.path, out, len, NULL);
        link_release(&d);
        side_drain(&p->r);
        const ikev1_why *why = &side_event(&p->r, IKEV1_EVENT_CHILD_FAILED, 0)->why;
        ROW_EQUAL(INVALID[i].name, why->code, IKEV1_E_ID_SYNTAX);
        ROW_EQUAL(INVALID[i].name, why->notify, IKEV1_NOTIFY_INVALID_ID_INFORMATION);
        if (INVALID[i].line != NULL)
            ROW_EQUAL(INVALID[i].name, side_said(&p->r, INVALID[i].line), true);
        ROW_EQUAL(INVALID[i].name, side_said(&p->r, "!! Invalid IP"), INVALID[i].line != NULL);
        pair_run(p);
        ROW_EQUAL(INVALID[i].name, p->i.ike->s.children + p->r.ike->s.children, 0);
        pair_free(p);
    }
}

/* ---- L2TP (R5): protocol 17, port 1701, and clients with ports of their own ---- */

static struct pair *l2tp(const char *client, const char *server, bool nat) {
    struct pair *p = pair_new(NULL);
    struct side *both[] = {&p->i, &p->r};
    for (size_t s = 0; s < 2; s++) {
        both[s]->phase2.mode = IKEV1_ENCAP_TRANSPORT;
        both[s]->phase1.natt = nat ? IKEV1_NATT_AUTO : IKEV1_NATT_OFF;
    }
    p->i.phase2.local = sel(client);
    p->i.phase2.remote = sel(server);
    p->r.phase2.local = sel("*17/1701");
    p->r.phase2.remote = sel("*17/0");
    p->r.phase2.match = IKEV1_SELECT_SUBSET;
    if (nat)
        link_rule(&p->link, LINK_TO_RESPONDER, LINK_MOVE, 0, 61000);
    pair_start(p);
    return p;
}

static const struct {
    const char *name, *client, *server;
    uint16_t port; /* of the client, as both then use it */
    bool up;
} L2TP[] = {
    {"1701 on both ends", "*17/1701", "*17/1701", 1701, true},
    {"a client's own port", "*17/49152", "*17/1701", 49152, true},
    {"any port of the client", "*17/0", "*17/1701", 0, true},
    {"another port of the server", "*17/1701", "*17/53", 0, false},
    {"any port of the server", "*17/1701", "*17/0", 0, false},
    {"another protocol", "*6/1701", "*17/1701", 0, false},
    {"everything", "*", "*", 0, false},
};

static void test_quick__l2tp__whichever_port_the_client_has(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(L2TP); i++) {
        struct pair *p = l2tp(L2TP[i].client, L2TP[i].server, false);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        pair_wait(p, 200000);
        ROW_EQUAL(L2TP[i].name, side_count(&p->r, IKEV1_EVENT_CHILD_UP), L2TP[i].up);
        if (L2TP[i].up) {
            const ikev1_ipsec *s = &side_event(&p->r, IKEV1_EVENT_CHILD_UP, 0)->ipsec;
            ROW_EQUAL(L2TP[i].name, s->mode, IKEV1_ENCAP_TRANSPORT);
            ROW_EQUAL(L2TP[i].name, s->local.protocol, 17);
            ROW_EQUAL(L2TP[i].name, s->local.port, 1701);
            ROW_EQUAL(L2TP[i].name, s->remote.protocol, 17);
            ROW_EQUAL(L2TP[i].name, s->remote.port, L2TP[i].port);
            ROW_EQUAL(L2TP[i].name, memcmp(s->remote.start, p->r.phase1.path.remote.ip, 16), 0);
        }
        pair_free(p);
    }
}

/* Behind a NAT a client names its own address, which no packet has at our end: both are told. */
static void test_quick__transport_behind_nat__both_forms(void **state) { /* RFC 3947 5.2 */
    (void)state;
    for (int forms = 0; forms < 2; forms++) {
        struct pair *p = l2tp(forms ? "192.168.1.5[17/49152]" : "*17/49152", "*17/1701", true);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        pair_run(p);
        pair_check_up(p, 1);
        const struct pair_event *up = side_event(&p->r, IKEV1_EVENT_CHILD_UP, 0);
        const ikev1_ipsec *s = &up->ipsec;
        assert_true(s->udp);
        assert_int_equal(s->mode, IKEV1_ENCAP_TRANSPORT);
        if (forms)
            check_selector("negotiated", &s->remote, "192.168.1.5[17/49152]");
        assert_memory_equal(s->packet_remote.start, up->at.path.remote.ip, 16);
        assert_memory_equal(s->packet_remote.end, up->at.path.remote.ip, 16);
        assert_int_equal(s->packet_remote.port, 49152);
        assert_int_equal(s->packet_remote.protocol, 17);
        assert_memory_equal(&s->packet_local, &s->local, sizeof s->local);
        pair_free(p);
    }
    /* A network is no end of a path, and without a NAT nobody has two addresses. */
    for (int nat = 0; nat < 2; nat++) {
        struct pair *p =
            l2tp(nat ? "192.168.1.0/24[17/49152]" : "192.168.1.5[17/49152]", "*17/1701", nat);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        pair_run(p);
        assert_int_equal(side_event(&p->r, IKEV1_EVENT_CHILD_FAILED, 0)->why.code,
                         IKEV1_E_REMOTE_ID);
        pair_free(p);
    }
}

/* In a tunnel what is negotiated is what packets have inside, whatever NAT there is outside. */
static void test_quick__tunnel_behind_nat__one_form(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.phase1.natt = p->r.phase1.natt = IKEV1_NATT_AUTO;
    link_rule(&p->link, LINK_TO_RESPONDER, LINK_MOVE, 0, 61000);
    pair_start(p);
    pair_up(p);
    const ikev1_ipsec *s = &side_event(&p->r, IKEV1_EVENT_CHILD_UP, 0)->ipsec;
    assert_true(s->udp);
    assert_memory_equal(&s->packet_remote, &s->remote, sizeof s->remote);
    assert_memory_equal(&s->packet_local, &s->local, sizeof s->local);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quick__selectors__as_the_rule_matches),
        cmocka_unit_test(test_quick__question__has_what_the_peer_wants),
        cmocka_unit_test(test_quick__answer_wider_than_the_offer__never),
        cmocka_unit_test(test_quick__no_range__named_and_refused),
        cmocka_unit_test(test_quick__l2tp__whichever_port_the_client_has),
        cmocka_unit_test(test_quick__transport_behind_nat__both_forms),
        cmocka_unit_test(test_quick__tunnel_behind_nat__one_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
