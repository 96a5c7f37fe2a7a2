/* SPDX-License-Identifier: Apache-2.0 */
/* Codes that come of one message, and of rule tables that disagree: see maker.h. */
#include "maker.h"

#include "scene.h"
#include "street.h"

static struct craft c; /* large */

/* ---- what a message comes to ---- */

static int feed(struct pair *p, struct side *to, const struct datagram *like, const uint8_t *data,
                size_t len, ikev1_why *why) {
    return ikev1_engine_input(to->ike, p->now, &like->path, data, len, why);
}

/* A first message that waits on the link. */
static struct pair *called(struct pair *p, struct datagram *first) {
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    side_drain(&p->i);
    *first = p->link.flights[0];
    return p;
}

static int make_datagram(ikev1_why *why) {
    static uint8_t big[1025];
    struct pair *p = pair_new(NULL);
    struct datagram d;
    p->r.config.limits.datagram = 1024;
    called(p, &d);
    memcpy(big, d.data, IKEV1_HEADER_SIZE);
    big[26] = 1025 >> 8;
    big[27] = 1025 & 255;
    assert_int_equal(feed(p, &p->r, &d, big, sizeof big, why), IKEV1_DROPPED);
    return maker_ended(p, why->code);
}

/* First messages of other peers, until one is not let in. */
static int knock(struct pair *p, ikev1_why *why) {
    struct datagram d;
    int r = IKEV1_OK;
    called(p, &d);
    for (uint8_t n = 1; n < 9 && r == IKEV1_OK; n++) {
        d.data[0] = n;
        r = feed(p, &p->r, &d, d.data, d.len, why);
    }
    return maker_ended(p, why->code);
}
static int make_half_open(ikev1_why *why) {
    struct pair *p = pair_new(NULL);
    p->r.config.limits.half_open = 2;
    return knock(p, why);
}
static int make_crowded_address(ikev1_why *why) {
    struct pair *p = pair_new(NULL);
    p->r.config.limits.half_open_address = 3;
    return knock(p, why);
}
static int make_crowded_prefix(ikev1_why *why) {
    struct pair *p = pair_new(NULL);
    p->r.config.limits.half_open_prefix = 4;
    return knock(p, why);
}
static int make_rate(ikev1_why *why) {
    struct pair *p = pair_new(NULL);
    p->r.config.limits.first_rate_address = 1;
    return knock(p, why);
}
static int make_prefix_rate(ikev1_why *why) {
    struct pair *p = pair_new(NULL);
    p->r.config.limits.first_rate_prefix = 1;
    return knock(p, why);
}
static int make_failures(ikev1_why *why) {
    struct pair *p = pair_new(NULL);
    struct datagram d;
    p->r.config.limits.auth_failures = 1;
    p->r.config.timing.auth_penalty = 3600000;
    p->i.psk = "another one";
    called(p, &d);
    pair_wait(p, MAKER_LONG);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    side_drain(&p->i);
    d = p->link.flights[0];
    assert_int_equal(feed(p, &p->r, &d, d.data, d.len, why), IKEV1_DROPPED);
    return maker_ended(p, why->code);
}
/* Its answer is written again from what it has kept, and that is spoilt. */
static int make_bug(ikev1_why *why) {
    struct pair *p = pair_new(NULL);
    struct datagram d;
    called(p, &d);
    assert_int_equal(feed(p, &p->r, &d, d.data, d.len, why), IKEV1_OK);
    const struct ike_sa *sa = ike_handle_at(&p->r.ike->s.handles, IKE_KIND_SA, 1);
    memset(sa->phase1->sa_i.data + 8, 0, sa->phase1->sa_i.len - 8);
    int r = feed(p, &p->r, &d, d.data, d.len, why);
    return maker_ended(p, r < 0 ? r : why->code);
}
static int make_replayed(ikev1_why *why) {
    struct pair *p = maker_up(0, 0, 0);
    assert_int_equal(ikev1_delete(p->i.ike, p->now, side_child(&p->i)), IKEV1_OK);
    side_drain(&p->i);
    struct datagram d = p->link.kept[p->link.kept_count - 1];
    assert_int_equal(feed(p, &p->r, &d, d.data, d.len, why), IKEV1_OK);
    assert_int_equal(feed(p, &p->r, &d, d.data, d.len, why), IKEV1_DROPPED);
    return maker_ended(p, why->code);
}
static int make_unexpected(ikev1_why *why) {
    struct pair *p = maker_up(0, 0, 0);
    struct datagram d = p->link.kept[2]; /* like message 3 of Main Mode, which is over */
    d.data[d.len - 1] ^= 1;
    assert_int_equal(feed(p, &p->r, &d, d.data, d.len, why), IKEV1_DROPPED);
    return maker_ended(p, why->code);
}
static int make_xauth_first(ikev1_why *why) {
    struct pair *p = pair_new(NULL);
    pair_with_user(p, IKEV1_AUTH_XAUTH_INIT_PSK, false);
    p->r.status[IKEV1_QUESTION_XAUTH_VERIFY] = IKEV1_PENDING;
    pair_start(p);
    pair_connect(p);
    pair_run(p);
    struct ike_sa *sa = ike_handle_find(&p->i.ike->s.handles, IKE_KIND_SA, side_sa(&p->i));
    sa->access->passed = true; /* a client that does not wait */
    assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), PAIR_RULE, NULL), IKEV1_OK);
    sa->access->passed = false;
    side_drain(&p->i);
    struct datagram d = p->link.flights[0];
    assert_int_equal(feed(p, &p->r, &d, d.data, d.len, why), IKEV1_DROPPED);
    return maker_ended(p, why->code);
}
static int make_habit(ikev1_why *why) {
    struct pair *p = pair_new(NULL);
    uint8_t out[CRAFT_MESSAGE];
    p->r.phase1.quirks_off = IKEV1_QUIRK_CLEAR_PADDING;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    assert_true(pair_step(p) && pair_step(p));
    side_drain(&p->i);
    struct datagram d = p->link.flights[0];
    craft_open(&c, p->r.ike, d.data, d.len);
    craft_append(&c, IKEV1_PAYLOAD_VENDOR, "odd", 3);
    c.trailing = 1;
    assert_int_equal(feed(p, &p->r, &d, out, craft_close(&c, out, sizeof out), why), IKEV1_DROPPED);
    return maker_ended(p, why->code);
}

/* A genuine message with something put at its end. */
static int appended(int point, uint8_t type, const void *body, size_t len, ikev1_why *why) {
    struct scene s = scene_at(&scene_points[point]);
    uint8_t out[CRAFT_MESSAGE];
    craft_open(&c, s.to->ike, s.genuine->data, s.genuine->len);
    craft_append(&c, type, body, len);
    size_t size = craft_close(&c, out, sizeof out);
    assert_int_equal(feed(s.p, s.to, s.genuine, out, size, why), IKEV1_DROPPED);
    scene_end(&s);
    return why->code;
}
static int make_notify_syntax(ikev1_why *why) {
    static const uint8_t body[] = {0, 0, 0, 1, 1, 16, 0, 14}; /* an SPI that is not there */
    return appended(0, IKEV1_PAYLOAD_NOTIFY, body, sizeof body, why);
}
static int make_delete_syntax(ikev1_why *why) {
    static const uint8_t body[] = {0, 0, 0, 1, 1, 16, 0, 2};
    return appended(0, IKEV1_PAYLOAD_DELETE, body, sizeof body, why);
}
static int make_config_syntax(ikev1_why *why) {
    static const uint8_t body[] = {1, 0, 0, 0, 0, 1, 0, 99};
    return appended(0, IKEV1_PAYLOAD_CONFIG, body, sizeof body, why);
}
static int make_fragment(ikev1_why *why) {
    static const uint8_t body[] = {0, 1, 1, 0, 9};
    return appended(0, IKEV1_PAYLOAD_FRAGMENT, body, sizeof body, why);
}

/* A genuine message, spoilt. */
static int spoilt(int point, void (*spoil)(void), uint16_t event, ikev1_why *why) {
    struct scene s = scene_at(&scene_points[point]);
    uint8_t out[CRAFT_MESSAGE];
    craft_open(&c, s.to->ike, s.genuine->data, s.genuine->len);
    spoil();
    size_t size = craft_close(&c, out, sizeof out);
    int r = feed(s.p, s.to, s.genuine, out, size, why);
    if (event == 0) {
        assert_int_equal(r, IKEV1_DROPPED);
        scene_end(&s);
        return why->code;
    }
    side_drain(s.to);
    *why = side_event(s.to, event, 0)->why;
    return maker_ended(s.p, why->code);
}
static void reserved_spi(void) { /* SA 8, proposal 8 */
    struct craft_payload *sa = &c.at[craft_find(&c, IKEV1_PAYLOAD_SA, 0)];
    memcpy(sa->body + 16, "\0\0\0\7", 4);
}
static int make_spi(ikev1_why *why) {
    return spoilt(7, reserved_spi, IKEV1_EVENT_CHILD_FAILED, why);
}
static void no_ke(void) {
    craft_remove(&c, craft_find(&c, IKEV1_PAYLOAD_KE, 0));
}
static int make_pfs(ikev1_why *why) {
    return spoilt(7, no_ke, IKEV1_EVENT_CHILD_FAILED, why);
}
static void many_proposals(void) {
    static const uint8_t proposal[] = {2, 0,  0, 20, 1, 1, 0,    1, 0, 0,
                                       0, 12, 1, 1,  0, 0, 0x80, 1, 0, 7};
    struct craft_payload *sa = &c.at[0];
    for (sa->len = 8; sa->len < 8 + 33 * sizeof proposal; sa->len += sizeof proposal) {
        memcpy(sa->body + sa->len, proposal, sizeof proposal);
        sa->body[sa->len + 4] = (uint8_t)(sa->len / sizeof proposal);
    }
    sa->body[sa->len - sizeof proposal] = 0; /* the last */
}
static int make_transforms(ikev1_why *why) {
    return spoilt(0, many_proposals, 0, why);
}
/* Nothing but attributes that ask for a name server. */
static int make_attributes(ikev1_why *why) {
    enum { LEN = IKEV1_HEADER_SIZE + 8 + 4 * (IKEV1_MAX_CONFIG_ATTRIBUTES + 1) };
    uint8_t out[LEN] = {0};
    struct pair *p = pair_new(NULL);
    struct datagram d;
    called(p, &d);
    memcpy(out, d.data, IKEV1_HEADER_SIZE);
    out[16] = IKEV1_PAYLOAD_CONFIG;
    out[26] = LEN >> 8;
    out[27] = LEN & 255;
    out[30] = (LEN - IKEV1_HEADER_SIZE) >> 8;
    out[31] = (LEN - IKEV1_HEADER_SIZE) & 255;
    out[32] = IKEV1_CFG_REQUEST;
    for (size_t at = 36; at < LEN; at += 4)
        out[at + 1] = IKEV1_ATTRC_IP4_DNS;
    assert_int_equal(feed(p, &p->r, &d, out, LEN, why), IKEV1_DROPPED);
    return maker_ended(p, why->code);
}

/* ---- rule tables ---- */

static int make_unresolved(ikev1_why *why) {
    struct town t = town_new();
    ikev1_rule two = town_branch(2);
    (void)why;
    two.peer = (ikev1_address){0};
    two.peer_name = "hub.example.org";
    house_load(t.two, &two, 1);
    int r = house_connect(t.two, 1);
    street_free(t.street);
    return r;
}

/* Two branches that a dynamic rule of the hub lets choose; the second has what is taken. */
static int second_branch(ikev1_rule *hub, size_t rules, ikev1_selector second, ikev1_why *why) {
    struct town t = town_new();
    ikev1_rule two = town_branch(2), three = town_branch(3);
    two.phase2.local = street_net(172, 16, 2, 24);
    three.phase2.local = second;
    house_load(t.hub, hub, rules);
    house_load(t.two, &two, 1);
    house_load(t.three, &three, 1);
    house_connect(t.two, 1);
    house_connect(t.three, 1);
    *why = house_event(t.hub, IKEV1_EVENT_CHILD_FAILED, 0)->why;
    street_free(t.street);
    return why->code;
}
static int make_rule_conflict(ikev1_why *why) {
    ikev1_rule hub[] = {street_rule(5, 1, 0), street_rule(30, 1, 9)};
    return second_branch(hub, 2, street_net(10, 9, 0, 24), why);
}
static int make_live_conflict(ikev1_why *why) {
    ikev1_rule hub = street_rule(5, 1, 0);
    return second_branch(&hub, 1, street_net(172, 16, 2, 25), why);
}
static int make_rule_limit(ikev1_why *why) {
    ikev1_rule hub = street_rule(5, 1, 0);
    hub.phase2.connections = 1;
    return second_branch(&hub, 1, street_net(172, 16, 3, 24), why);
}

const struct maker makers_by_message[] = {
    CALL(NOTIFY_SYNTAX, "broken peer", make_notify_syntax),
    CALL(DELETE_SYNTAX, "broken peer", make_delete_syntax),
    CALL(CONFIG_SYNTAX, "broken peer", make_config_syntax),
    CALL(FRAGMENT, "fragment size", make_fragment),
    CALL(UNEXPECTED_MESSAGE, "no action", make_unexpected),
    CALL(REPLAYED, "replay", make_replayed),
    CALL(SPI, "broken peer", make_spi),
    CALL_2(PFS, "same on both sides", make_pfs, "no public value", "X25519"),
    CALL_2(HABIT, "quirks_on", make_habit, "clear-padding", NULL),
    CALL_2(RULE_CONFLICT, "no other rule has", make_rule_conflict, "10.9.0.0/24", "10.9.0.0/24"),
    CALL_2(LIVE_CONFLICT, "networks of its own", make_live_conflict, "172.16.2.0/25",
           "172.16.2.0/24"),
    CALL_2(RULE_LIMIT, "rule's limit", make_rule_limit, "172.16.3.0/24", "1 connections"),
    CALL(UNRESOLVED, "name server", make_unresolved),
    CALL(XAUTH_FIRST, "authenticate first", make_xauth_first),
    CALL_2(DATAGRAM, "raise the limit", make_datagram, "1025 bytes", "1024 bytes"),
    CALL_2(TRANSFORMS, "offer fewer", make_transforms, "33 proposals", "32 proposals"),
    CALL_2(HALF_OPEN, "flood", make_half_open, "2", "limits.half_open 2"),
    CALL_2(HALF_OPEN, "flood", make_crowded_address, "3 of 192.0.2.1",
           "limits.half_open_address 3"),
    CALL_2(HALF_OPEN, "flood", make_crowded_prefix, "4 of 192.0.2.0/24",
           "limits.half_open_prefix 4"),
    CALL_2(RATE, "first_rate", make_prefix_rate, "192.0.2.0/24", "limits.first_rate_prefix 1"),
    CALL_2(RATE, "first_rate", make_rate, "192.0.2.1", "limits.first_rate_address 1"),
    CALL_2(FAILURES, "credentials", make_failures, "192.0.2.1", "limits.auth_failures 1"),
    CALL_2(ATTRIBUTES, "flood", make_attributes, "513 attributes", "512 attributes"),
    CALL(BUG, "report it", make_bug),
};

const size_t maker_messages = COUNT(makers_by_message);
