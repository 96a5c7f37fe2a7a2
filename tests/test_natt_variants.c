/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every variant of NAT traversal with every other, and what only a NAT that changes addresses can
 * show: original addresses, several peers behind it. exchange/natt.c; NAT-05, mission P1.
 */
#include "exchange/natt.h"
#include "support/pair.h"

#include "api/api.h"

enum { PEERS = 2, PUBLIC_PORT = 40000 };

/* One responder, in the first pair, and an initiator in each, all behind one NAT. */
struct site {
    struct pair *at[PEERS];
    size_t count;
    uint16_t shift;     /* added to the NAT's ports: another mapping */
    uint16_t last_port; /* to which the responder sent last */
    bool last_encapsulated;
};

static const ikev1_address INNER = {4, {10, 0, 0, 2}, 0};
static const ikev1_address OUTER = {4, {198, 51, 100, 7}, 0};

static struct side *responder(struct site *s) {
    return &s->at[0]->r;
}

static void open_site(struct site *s, size_t count, uint16_t theirs, uint16_t ours) {
    *s = (struct site){.count = count};
    for (size_t k = 0; k < count; k++) {
        struct pair *p = s->at[k] = pair_new(NULL);
        rng_init(&p->i.rng, 100 + k);
        p->i.phase1.natt = p->r.phase1.natt = IKEV1_NATT_AUTO;
        p->i.phase1.natt_variants = theirs;
        p->r.phase1.natt_variants = ours;
        p->i.phase1.path.local = INNER;
        p->r.phase1.remote_match = IKEV1_MATCH_ANY;
    }
}

static void start_site(struct site *s) {
    for (size_t k = 0; k < s->count; k++)
        pair_start(s->at[k]);
}

static void close_site(struct site *s) {
    for (size_t k = 0; k < s->count; k++)
        pair_free(s->at[k]);
}

static void to_responder(struct site *s, size_t from, struct datagram *d) {
    const uint16_t port = (uint16_t)(PUBLIC_PORT + 10 * from + (d->path.encapsulated ? 5 : 0));
    d->path.remote = OUTER;
    d->path.remote.port = (uint16_t)(port + s->shift);
    if (!d->keepalive)
        ikev1_engine_input(responder(s)->ike, s->at[0]->now, &d->path, d->data, d->len, NULL);
}

static void to_initiator(struct site *s, struct datagram *d) {
    const size_t to = (size_t)(d->path.local.port - s->shift - PUBLIC_PORT) / 10;
    s->last_port = d->path.local.port;
    s->last_encapsulated = d->path.encapsulated;
    if (to >= s->count) /* no such mapping */
        return;
    d->path.local = INNER;
    d->path.local.port = d->path.encapsulated ? IKEV1_PORT_NATT : IKEV1_PORT;
    ikev1_engine_input(s->at[to]->i.ike, s->at[0]->now, &d->path, d->data, d->len, NULL);
}

static void run_site(struct site *s) {
    for (bool more = true; more;) {
        struct datagram d;
        more = false;
        for (size_t k = 0; k < s->count; k++) {
            side_drain(&s->at[k]->i);
            side_drain(responder(s));
            while (link_next(&s->at[k]->link, &d)) {
                more = true;
                if (d.way == LINK_TO_RESPONDER)
                    to_responder(s, k, &d);
                else
                    to_initiator(s, &d);
                link_release(&d);
            }
        }
    }
}

static void up_site(struct site *s) {
    start_site(s);
    for (size_t k = 0; k < s->count; k++) {
        assert_int_equal(pair_connect(s->at[k]), IKEV1_OK);
        run_site(s);
        assert_int_equal(side_count(&s->at[k]->i, IKEV1_EVENT_CHILD_UP), 1);
        assert_int_equal(side_count(responder(s), IKEV1_EVENT_CHILD_UP), k + 1);
    }
}

static const ikev1_sa_info *info(const struct side *s) {
    return &side_event(s, IKEV1_EVENT_SA_UP, 0)->info;
}

static const ikev1_ipsec *out(const struct side *s) {
    return side_event(s, IKEV1_EVENT_CHILD_UP, 0)->at.ipsec;
}

/* ---- which variant ---- */

static const struct variant {
    const char *name;
    uint16_t bit;
    uint8_t nat_d;
    uint16_t tunnel;
    bool floats;
} VARIANTS[] = {
    {"draft-00", 0x001, 130, 61443, false}, {"draft-01", 0x002, 130, 61443, false},
    {"draft-02", 0x004, 130, 61443, true},  {"draft-02n", 0x008, 130, 61443, true},
    {"draft-03", 0x010, 130, 61443, true},  {"draft-04", 0x020, 15, 3, true},
    {"draft-05", 0x040, 15, 3, true},       {"draft-06", 0x080, 15, 3, true},
    {"draft-07", 0x100, 15, 3, true},       {"draft-08", 0x200, 15, 3, true},
    {"RFC 3947", 0x400, 20, 3, true},
};

/* Is there a payload of this number in the nth message to the responder, which is in the clear? */
static bool holds(const struct pair *p, uint32_t nth, uint8_t type) {
    const struct datagram *d = link_kept(&p->link, LINK_TO_RESPONDER, nth);
    uint8_t next = d->data[16];
    for (size_t at = IKEV1_HEADER_SIZE; next != 0;
         at += (size_t)d->data[at + 2] << 8 | d->data[at + 3]) {
        if (next == type)
            return true;
        next = d->data[at];
    }
    return false;
}

static uint16_t negotiated(struct side *s) {
    const struct ike_sa *sa = ike_handle_find(&s->ike->s.handles, IKE_KIND_SA, side_sa(s));
    return sa->children->first.suite.encapsulation;
}

static void check(struct site *s, const struct variant *v, bool aggressive) {
    struct pair *p = s->at[0];
    ROW_EQUAL(v->name, info(&p->i)->natt, v->bit);
    ROW_EQUAL(v->name, info(&p->r)->natt, v->bit);
    ROW_EQUAL(v->name, info(&p->i)->nat_local, true);
    ROW_EQUAL(v->name, info(&p->r)->nat_remote, true);
    ROW_EQUAL(v->name, info(&p->r)->nat_local, false);
    ROW_EQUAL(v->name, out(&p->i)->udp && out(&p->r)->udp, true);
    ROW_EQUAL(v->name, out(&p->i)->mode, IKEV1_ENCAP_TUNNEL);
    ROW_EQUAL(v->name, negotiated(&p->i), v->tunnel);
    ROW_EQUAL(v->name, negotiated(&p->r), v->tunnel);
    ROW_EQUAL(v->name, side_event(&p->r, IKEV1_EVENT_CHILD_UP, 0)->at.path.encapsulated, v->floats);
    if (!aggressive)
        ROW_EQUAL(v->name, holds(p, 2, v->nat_d), true);
    for (size_t i = 0; !aggressive && i < COUNT(VARIANTS); i++)
        ROW_EQUAL(v->name, holds(p, 2, VARIANTS[i].nat_d), VARIANTS[i].nat_d == v->nat_d);
}

static void test_variant__each_with_each__the_common_one_or_none(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(VARIANTS); i++) {
        for (size_t r = 0; r < COUNT(VARIANTS); r++) {
            struct site s;
            open_site(&s, 1, VARIANTS[i].bit, VARIANTS[r].bit);
            up_site(&s);
            if (i == r) {
                check(&s, &VARIANTS[i], false);
            } else {
                ROW_EQUAL(VARIANTS[i].name, info(&s.at[0]->i)->natt, 0);
                ROW_EQUAL(VARIANTS[i].name, out(&s.at[0]->r)->udp, false);
            }
            close_site(&s);
        }
    }
}

static void test_variant__aggressive_mode__floats_too(void **state) { /* RFC 3947 4 */
    (void)state;
    for (size_t i = 0; i < COUNT(VARIANTS); i++) {
        struct site s;
        open_site(&s, 1, VARIANTS[i].bit, IKEV1_NATT_ALL);
        s.at[0]->i.phase1.mode = s.at[0]->r.phase1.mode = IKEV1_MODE_AGGRESSIVE;
        up_site(&s);
        check(&s, &VARIANTS[i], true);
        close_site(&s);
    }
}

/* NAT-05: of several the best that both allow, whoever allows more. */
static void test_variant__several__the_best_of_both(void **state) {
    static const struct {
        const char *name;
        uint16_t one, other;
        size_t row;
    } ROWS[] = {
        {"all and all", IKEV1_NATT_ALL, IKEV1_NATT_ALL, 10},
        {"the usual", 0, IKEV1_NATT_ALL, 10},
        {"drafts alone", IKEV1_NATT_ALL & ~IKEV1_NATT_RFC_3947, IKEV1_NATT_ALL, 9},
        {"the usual drafts", 0, IKEV1_NATT_ALL & ~IKEV1_NATT_RFC_3947, 4},
        {"02, both its names", IKEV1_NATT_DRAFT_02, IKEV1_NATT_ALL, 3},
        {"no better than 00", IKEV1_NATT_RFC_3947 | IKEV1_NATT_DRAFT_00, IKEV1_NATT_DRAFT_00, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        for (int swapped = 0; swapped < 2; swapped++) {
            struct site s;
            open_site(&s, 1, swapped ? ROWS[i].other : ROWS[i].one,
                      swapped ? ROWS[i].one : ROWS[i].other);
            up_site(&s);
            check(&s, &VARIANTS[ROWS[i].row], false);
            close_site(&s);
        }
    }
}

/* Drafts 00 and 01: everything stays on port 500, keepalives as well. */
static void test_variant__without_float__keepalives_on_500(void **state) {
    struct site s;
    ikev1_packet packet;
    (void)state;
    open_site(&s, 1, IKEV1_NATT_DRAFT_01, IKEV1_NATT_DRAFT_01);
    up_site(&s);
    struct pair *p = s.at[0];
    for (size_t i = 0; i < p->link.kept_count; i++)
        assert_false(p->link.kept[i].path.encapsulated);
    assert_int_equal(ikev1_engine_tick(p->i.ike, p->now + 20000), IKEV1_OK);
    assert_int_equal(ikev1_engine_next_packet(p->i.ike, &packet), 1);
    assert_true(packet.keepalive);
    assert_false(packet.path.encapsulated);
    assert_int_equal(ikev1_classify(false, packet.data, packet.len, NULL), IKEV1_KIND_KEEPALIVE);
    close_site(&s);
}

static void test_variant__unknown_bit__not_usable(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.phase1.natt_variants = IKEV1_NATT_ALL + 1;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_E_CONFIG);
    pair_free(p);
}

/* ---- begun on the encapsulated ports ---- */

static void test_start__on_4500__stays_there(void **state) {
    (void)state;
    for (int nat = 0; nat < 2; nat++) {
        struct pair *p = pair_new(NULL);
        p->i.phase1.natt = p->r.phase1.natt = IKEV1_NATT_AUTO;
        p->i.phase1.path.local.port = p->i.phase1.path.remote.port = IKEV1_PORT_NATT;
        p->i.phase1.path.encapsulated = true;
        pair_start(p);
        if (nat)
            link_rule(&p->link, LINK_TO_RESPONDER, LINK_MOVE, 0, 61000);
        pair_up(p);
        for (size_t i = 0; i < p->link.kept_count; i++)
            assert_true(p->link.kept[i].path.encapsulated);
        assert_int_equal(info(&p->i)->nat_local, nat);
        assert_int_equal(out(&p->r)->udp, nat);
        assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_MOVED), 0);
        pair_free(p);
    }
}

/* ---- several addresses (RFC 3947 3.2) ---- */

static void test_natd__other_addresses__no_nat_seen(void **state) {
    static const ikev1_address OTHERS[IKEV1_MAX_NATT_ADDRESSES + 1] = {
        {4, {203, 0, 113, 1}, 0}, {4, {192, 0, 2, 1}, 77}, {4, {203, 0, 113, 3}, 0},
        {4, {203, 0, 113, 4}, 0}, {6, {0x20, 1}, 0},       {4, {203, 0, 113, 6}, 0},
        {4, {203, 0, 113, 7}, 0}, {4, {203, 0, 113, 8}, 0}};
    (void)state;
    for (size_t count = 0; count <= COUNT(OTHERS); count++) {
        struct pair *p = pair_new(NULL);
        p->i.phase1.natt = p->r.phase1.natt = IKEV1_NATT_AUTO;
        p->i.phase1.path.local.ip[3] = 99; /* the packets come from 192.0.2.1 all the same */
        p->i.phase1.natt_addresses = OTHERS;
        p->i.phase1.natt_address_count = count;
        p->r.phase1.remote_match = IKEV1_MATCH_ANY;
        pair_start(p);
        const int r = pair_connect(p);
        assert_int_equal(r, count <= IKEV1_MAX_NATT_ADDRESSES ? IKEV1_OK : IKEV1_E_CONFIG);
        for (struct datagram d; r == IKEV1_OK;) {
            side_drain(&p->i);
            side_drain(&p->r);
            if (!link_next(&p->link, &d))
                break;
            struct side *to = d.way == LINK_TO_RESPONDER ? &p->r : &p->i;
            (d.way == LINK_TO_RESPONDER ? &d.path.remote : &d.path.local)->ip[3] =
                d.way == LINK_TO_RESPONDER ? 1 : 99;
            ikev1_engine_input(to->ike, p->now, &d.path, d.data, d.len, NULL);
            link_release(&d);
        }
        if (r == IKEV1_OK)
            assert_int_equal(info(&p->r)->nat_remote, count < 2);
        pair_free(p);
    }
}

/* ---- transport mode: original addresses, selectors inside and outside (RFC 3947 5.2) ---- */

static ikev1_selector host(const ikev1_address *a, uint8_t protocol, uint16_t port) {
    ikev1_selector s = {.family = 4, .protocol = protocol, .port = port};
    memcpy(s.start, a->ip, 16);
    memcpy(s.end, a->ip, 16);
    return s;
}

static void transport(struct pair *p) {
    const ikev1_address server = p->i.phase1.path.remote;
    p->i.phase2.mode = p->r.phase2.mode = IKEV1_ENCAP_TRANSPORT;
    p->i.phase2.local = p->r.phase2.remote = host(&INNER, 17, 1701);
    p->i.phase2.remote = p->r.phase2.local = host(&server, 17, 1701);
}

static void test_transport__behind_nat__both_forms_reported(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(VARIANTS); i++) {
        const char *name = VARIANTS[i].name;
        const bool both = VARIANTS[i].nat_d != 130; /* the early drafts tell one address */
        struct site s;
        open_site(&s, 1, VARIANTS[i].bit, VARIANTS[i].bit);
        struct pair *p = s.at[0];
        const ikev1_address server = p->i.phase1.path.remote;
        transport(p);
        up_site(&s);
        const ikev1_ipsec *r = out(&p->r), *in = out(&p->i);
        ROW_EQUAL(name, r->mode, IKEV1_ENCAP_TRANSPORT);
        ROW_EQUAL(name, r->udp, true);
        ROW_EQUAL(name, negotiated(&p->r), VARIANTS[i].tunnel + 1);
        assert_memory_equal(r->remote.start, INNER.ip, 4); /* as negotiated */
        assert_memory_equal(r->packet_remote.start, OUTER.ip, 4);
        assert_memory_equal(r->packet_remote.end, OUTER.ip, 4);
        ROW_EQUAL(name, r->packet_remote.port, 1701);
        ROW_EQUAL(name, r->packet_remote.protocol, 17);
        assert_memory_equal(in->packet_local.start, INNER.ip, 4);
        /* RFC 3947 5.2, example 1 */
        ROW_EQUAL(name, r->original_remote.family, 4);
        assert_memory_equal(r->original_remote.ip, INNER.ip, 4);
        assert_memory_equal(in->original_remote.ip, server.ip, 4);
        ROW_EQUAL(name, r->original_local.family, both ? 4 : 0);
        if (both) {
            assert_memory_equal(r->original_local.ip, server.ip, 4);
            assert_memory_equal(in->original_local.ip, OUTER.ip, 4);
        }
        close_site(&s);
    }
}

static void test_tunnel__behind_nat__no_original_addresses(void **state) {
    struct site s;
    (void)state;
    open_site(&s, 1, 0, 0);
    up_site(&s);
    const ikev1_ipsec *r = out(&s.at[0]->r);
    assert_int_equal(r->original_remote.family, 0);
    assert_memory_equal(&r->packet_remote, &r->remote, sizeof r->remote);
    assert_false(side_said(&s.at[0]->i, "<NATOA>"));
    close_site(&s);
}

/* ---- two behind one NAT, with one and the same address inside ---- */

static void test_site__same_inner_address__told_apart(void **state) {
    struct site s;
    (void)state;
    open_site(&s, 2, 0, 0);
    transport(s.at[0]);
    transport(s.at[1]);
    up_site(&s);
    const struct pair_event *one = side_event(responder(&s), IKEV1_EVENT_CHILD_UP, 0);
    const struct pair_event *two = side_event(responder(&s), IKEV1_EVENT_CHILD_UP, 1);
    assert_int_not_equal(one->at.sa, two->at.sa);
    assert_memory_equal(&one->at.ipsec->remote, &two->at.ipsec->remote, sizeof(ikev1_selector));
    assert_int_not_equal(one->at.path.remote.port, two->at.path.remote.port);
    assert_int_not_equal(one->at.ipsec->other_spi, two->at.ipsec->other_spi);
    /* The end of one is not the end of the other. */
    ikev1_delete(s.at[0]->i.ike, s.at[0]->now, IKEV1_ALL);
    run_site(&s);
    assert_int_equal(side_count(responder(&s), IKEV1_EVENT_CHILD_DOWN), 1);
    assert_int_equal(side_event(responder(&s), IKEV1_EVENT_SA_DOWN, 0)->at.sa, one->at.sa);
    assert_int_equal(responder(&s)->ike->s.sas, 1);
    close_site(&s);
}

/* ---- a mapping that changes (NAT-04): in each exchange that authenticates ---- */

static void test_site__mapping_changed__followed_in_each_exchange(void **state) {
    (void)state;
    for (int exchange = 0; exchange < 3; exchange++) {
        struct site s;
        open_site(&s, 1, 0, 0);
        up_site(&s);
        struct pair *p = s.at[0];
        s.shift = 1000;
        p->i.phase2.rule = p->r.phase2.rule = 2;
        if (exchange == 0) /* Quick Mode */
            assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), 2, NULL), IKEV1_OK);
        else if (exchange == 1) /* Informational: the end of a child */
            assert_int_equal(ikev1_delete(p->i.ike, p->now, side_child(&p->i)), IKEV1_OK);
        else /* one of the responder's, answered from another port */
            assert_int_equal(ikev1_child(p->r.ike, p->now, side_sa(&p->r), 2, NULL), IKEV1_OK);
        s.shift = exchange == 2 ? 0 : 1000;
        side_drain(&p->r);
        run_site(&s);
        if (exchange == 2)
            assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_MOVED), 0);
        else
            assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_MOVED, 0)->at.path.remote.port,
                             PUBLIC_PORT + 5 + 1000);
        close_site(&s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variant__each_with_each__the_common_one_or_none),
        cmocka_unit_test(test_variant__aggressive_mode__floats_too),
        cmocka_unit_test(test_variant__several__the_best_of_both),
        cmocka_unit_test(test_variant__without_float__keepalives_on_500),
        cmocka_unit_test(test_variant__unknown_bit__not_usable),
        cmocka_unit_test(test_start__on_4500__stays_there),
        cmocka_unit_test(test_natd__other_addresses__no_nat_seen),
        cmocka_unit_test(test_transport__behind_nat__both_forms_reported),
        cmocka_unit_test(test_tunnel__behind_nat__no_original_addresses),
        cmocka_unit_test(test_site__same_inner_address__told_apart),
        cmocka_unit_test(test_site__mapping_changed__followed_in_each_exchange),
    };
    return cmocka_run_group_tests_name("natt_variants", tests, NULL, NULL);
}
