/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NAT traversal between two engines: found, floated, encapsulated; and how little of it an attacker
 * can use. exchange/natt.c, exchange/vendor.c; NAT, PAY-12, PAY-13, DOS-01, mission P1, P6.
 */
#include "support/craft.h"
#include "support/digest.h"
#include "support/pair.h"

static struct craft c; /* large */

static struct pair *natted(uint8_t initiator, uint8_t responder) {
    struct pair *p = pair_new(NULL);
    p->i.phase1.natt = initiator;
    p->r.phase1.natt = responder;
    pair_start(p);
    return p;
}

static const ikev1_sa_info *info(const struct side *s) {
    return &side_event(s, IKEV1_EVENT_SA_UP, 0)->info;
}

static const ikev1_ipsec *out(const struct side *s) {
    return &side_event(s, IKEV1_EVENT_CHILD_UP, 0)->ipsec;
}

static void test_natt__no_nat__stays_on_500(void **state) {
    struct pair *p = natted(IKEV1_NATT_AUTO, IKEV1_NATT_AUTO);
    (void)state;
    pair_up(p);
    assert_true(side_said(&p->r, "<NATD>") || p->link.sent[LINK_TO_INITIATOR] == 4);
    for (size_t i = 0; i < p->link.kept_count; i++)
        assert_false(p->link.kept[i].path.encapsulated);
    assert_false(info(&p->i)->nat_local || info(&p->i)->nat_remote);
    assert_false(out(&p->i)->udp);
    pair_free(p);
}

/* RFC 3947 5.1: with a NAT between, UDP encapsulation and nothing else; without, none. */
static void test_natt__offer__one_kind_of_encapsulation(void **state) {
    (void)state;
    for (int nat = 0; nat < 2; nat++) {
        const uint8_t natt = nat ? IKEV1_NATT_FORCE : IKEV1_NATT_AUTO;
        struct pair *p = pair_new(NULL);
        struct ike_proposal proposal;
        struct ike_transform t;
        struct ike_suite suite;
        size_t seen = 0;
        p->i.phase1.natt = p->r.phase1.natt = natt;
        p->i.suites2[1] = (ikev1_suite2){IKEV1_PROTO_ESP, IKEV1_ESP_AES_GCM_16, 128, 0, 0};
        p->i.phase2.suite_count = 2;
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        for (int i = 0; i < 6; i++)
            assert_true(pair_step(p));
        side_drain(&p->i);
        craft_open(&c, p->r.ike, p->link.flights[0].data, p->link.flights[0].len);
        const struct craft_payload *sa = &c.at[craft_find(&c, IKEV1_PAYLOAD_SA, 0)];
        struct ike_reader r = ike_sa_proposals(ike_bytes(sa->body, sa->len));
        while (ike_proposal_next(&r, &proposal)) {
            while (ike_transform_next(&proposal, &t)) {
                ike_suite_decode2(&suite, &proposal, &t);
                assert_int_equal(suite.encapsulation,
                                 nat ? IKEV1_ENCAP_UDP_TUNNEL : IKEV1_ENCAP_TUNNEL);
                seen++;
            }
        }
        assert_int_equal(seen, 2);
        pair_free(p);
    }
}

/* The initiator's packets come from another port: a NAT in front of it. */
static void nat_in_front_of_initiator(struct pair *p) {
    link_rule(&p->link, LINK_TO_RESPONDER, LINK_MOVE, 0, 61000);
}

static void test_natt__nat_found__floats_and_encapsulates(void **state) { /* RFC 3947 4 */
    struct pair *p = natted(IKEV1_NATT_AUTO, IKEV1_NATT_AUTO);
    (void)state;
    nat_in_front_of_initiator(p);
    pair_up(p);
    assert_true(info(&p->i)->nat_local);
    assert_false(info(&p->i)->nat_remote);
    assert_false(info(&p->r)->nat_local);
    assert_true(info(&p->r)->nat_remote);
    for (size_t i = 0; i < p->link.kept_count; i++) { /* from message 5 on */
        const struct datagram *d = &p->link.kept[i];
        assert_int_equal(d->path.encapsulated, i >= 4);
        if (d->way == LINK_TO_RESPONDER)
            assert_int_equal(d->path.local.port, i >= 4 ? IKEV1_PORT_NATT : IKEV1_PORT);
    }
    assert_true(out(&p->i)->udp && out(&p->r)->udp);
    assert_int_equal(out(&p->i)->mode, IKEV1_ENCAP_TUNNEL);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_CHILD_UP, 0)->at.path.remote.port, 61000);
    pair_free(p);
}

static void test_natt__ports_of_the_rule__used(void **state) {
    struct pair *p = natted(IKEV1_NATT_FORCE, IKEV1_NATT_AUTO);
    (void)state;
    p->i.phase1.natt_local_port = 14500;
    p->i.phase1.natt_remote_port = 24500;
    pair_up(p);
    const struct datagram *d = link_kept(&p->link, LINK_TO_RESPONDER, 3);
    assert_int_equal(d->path.remote.port, 14500);
    assert_int_equal(d->path.local.port, 24500);
    pair_free(p);
}

static void test_natt__forced__both_see_one(void **state) {
    (void)state;
    for (int who = 1; who <= 3; who++) {
        struct pair *p = natted(who & 1 ? IKEV1_NATT_FORCE : IKEV1_NATT_AUTO,
                                who & 2 ? IKEV1_NATT_FORCE : IKEV1_NATT_AUTO);
        pair_up(p);
        assert_true(out(&p->i)->udp && out(&p->r)->udp);
        assert_int_equal(info(&p->i)->nat_local, (who & 1) != 0);
        assert_int_equal(info(&p->i)->nat_remote, (who & 2) != 0);
        assert_int_equal(info(&p->r)->nat_remote, (who & 1) != 0);
        pair_free(p);
    }
}

static void test_natt__off_on_one_side__none(void **state) {
    (void)state;
    for (int who = 0; who < 2; who++) {
        struct pair *p =
            natted(who ? IKEV1_NATT_OFF : IKEV1_NATT_AUTO, who ? IKEV1_NATT_AUTO : IKEV1_NATT_OFF);
        nat_in_front_of_initiator(p);
        pair_connect(p);
        pair_run(p);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 1);
        assert_false(out(&p->i)->udp);
        for (size_t i = 0; i < p->link.kept_count; i++)
            assert_false(p->link.kept[i].path.encapsulated);
        pair_free(p);
    }
}

/* ---- NAT-D payloads as an attacker would have them: on or off, nothing else (NAT-02, NAT-03) ----
 */

static struct pair *before_ke(struct side **to, int answer) {
    struct pair *p = natted(IKEV1_NATT_AUTO, IKEV1_NATT_AUTO);
    pair_connect(p);
    for (int i = 0; i < 2 + answer; i++)
        assert_true(pair_step(p));
    side_drain(&p->i);
    side_drain(&p->r);
    *to = answer ? &p->i : &p->r;
    craft_open(&c, (*to)->ike, p->link.flights[0].data, p->link.flights[0].len);
    return p;
}

static void replace(struct pair *p) {
    uint8_t message[CRAFT_MESSAGE];
    struct datagram d;
    size_t len = craft_close(&c, message, sizeof message);
    assert_true(link_next(&p->link, &d));
    struct datagram changed = d;
    changed.data = message;
    changed.len = len;
    link_inject(&p->link, &changed, d.at);
    link_release(&d);
}

/* Up, with or without encapsulation; or, when only one side was made to see a NAT, refused. */
static void up_or_refused(struct pair *p) {
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_UP), 1);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), 1);
    if (side_count(&p->r, IKEV1_EVENT_CHILD_FAILED) == 0) {
        pair_check_up(p, 1);
        assert_int_equal(out(&p->i)->udp, out(&p->r)->udp);
        return;
    }
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_CHILD_FAILED, 0)->why.code, IKEV1_E_NO_PROPOSAL);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_CHILD_FAILED, 0)->why.code, IKEV1_E_NOTIFIED);
}

static void test_natd__any_number_any_length__up_either_way(void **state) {
    static const int COUNTS[] = {0, 1, 2, 3, 10};
    (void)state;
    for (size_t k = 0; k < COUNT(COUNTS); k++) {
        for (int kind = 0; kind < 3; kind++) {
            for (int answer = 0; answer < 2; answer++) {
                struct side *to;
                struct pair *p = before_ke(&to, answer);
                struct craft_payload own = c.at[craft_find(&c, IKEV1_PAYLOAD_NAT_D, 0)];
                while (craft_find(&c, IKEV1_PAYLOAD_NAT_D, 0) != CRAFT_NONE)
                    craft_remove(&c, craft_find(&c, IKEV1_PAYLOAD_NAT_D, 0));
                for (int n = 0; n < COUNTS[k]; n++)
                    craft_append(&c, IKEV1_PAYLOAD_NAT_D, own.body,
                                 kind == 0   ? own.len
                                 : kind == 1 ? 1
                                             : own.len + 9);
                replace(p);
                pair_run(p);
                up_or_refused(p); /* none is no NAT-T; all else is a NAT */
                pair_free(p);
            }
        }
    }
}

static void test_natd__eleven__refused(void **state) { /* NAT-02: one past the cap */
    struct side *to;
    struct pair *p = before_ke(&to, 0);
    uint8_t message[CRAFT_MESSAGE];
    ikev1_why why;
    (void)state;
    while (c.count < 2 + 11)
        craft_append(&c, IKEV1_PAYLOAD_NAT_D, "x", 1);
    size_t len = craft_close(&c, message, sizeof message);
    uint64_t before = engine_digest(to->ike);
    const ikev1_path path = p->link.flights[0].path;
    assert_int_equal(ikev1_engine_input(to->ike, p->now, &path, message, len, &why), IKEV1_DROPPED);
    assert_int_equal(why.code, IKEV1_E_PAYLOADS);
    assert_true(engine_digest(to->ike) == before);
    pair_run(p);
    pair_check_up(p, 1);
    pair_free(p);
}

/* ---- where the peer is (NAT-04) ---- */

static struct pair *behind_nat(void) {
    struct pair *p = natted(IKEV1_NATT_AUTO, IKEV1_NATT_AUTO);
    nat_in_front_of_initiator(p);
    pair_up(p);
    link_clear(&p->link);
    return p;
}

static void test_follow__authenticated_and_new__moves(void **state) {
    struct pair *p = behind_nat();
    (void)state;
    link_rule(&p->link, LINK_TO_RESPONDER, LINK_MOVE, 0, 62000); /* another mapping */
    p->i.phase2.rule = p->r.phase2.rule = 2;
    assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), 2, NULL), IKEV1_OK);
    pair_run(p);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_MOVED), 1);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_MOVED, 0)->at.path.remote.port, 62000);
    pair_check_up(p, 2);
    /* The tables followed too: its first message is still known. */
    const struct datagram *first = link_kept(&p->link, LINK_TO_RESPONDER, 1);
    assert_int_equal(
        ikev1_engine_input(p->r.ike, p->now, &first->path, first->data, first->len, NULL),
        IKEV1_DROPPED);
    assert_int_equal(p->r.ike->s.sas, 1);
    ikev1_delete(p->i.ike, p->now, IKEV1_ALL);
    pair_run(p);
    assert_int_equal(p->r.ike->s.requests.count, 0);
    pair_free(p);
}

static void test_follow__replayed_or_forged__stays(void **state) {
    struct pair *p = behind_nat();
    struct rng rng;
    (void)state;
    rng_init(&rng, 4);
    uint64_t before = engine_digest(p->r.ike);
    for (uint32_t nth = 1; nth <= 5; nth++) {
        for (int forged = 0; forged < 2; forged++) {
            const struct datagram *d = link_kept(&p->link, LINK_TO_RESPONDER, nth);
            ikev1_path path = d->path;
            uint8_t copy[2048];
            memcpy(copy, d->data, d->len);
            if (forged)
                rng_fill(&rng, copy + 28, d->len - 28);
            if (forged && nth == 5)
                copy[20] ^= 1; /* a Quick Mode of another number */
            path.remote.ip[3] ^= 0x55;
            path.remote.port = 4444;
            path.encapsulated = true;
            if (nth == 1)
                continue; /* from elsewhere it is somebody else's offer */
            ikev1_engine_input(p->r.ike, p->now, &path, copy, d->len, NULL);
        }
    }
    p->link.held = true;
    side_drain(&p->r); /* duplicates may be answered: to where the peer is */
    for (size_t i = 0; i < p->link.kept_count; i++)
        assert_int_not_equal(p->link.kept[i].path.local.port, 4444);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_MOVED), 0);
    (void)before;
    pair_free(p);
}

static void test_follow__no_nat__does_not_move(void **state) {
    struct pair *p = natted(IKEV1_NATT_AUTO, IKEV1_NATT_AUTO);
    (void)state;
    pair_up(p);
    link_rule(&p->link, LINK_TO_RESPONDER, LINK_MOVE, 0, 62000);
    p->i.phase2.rule = p->r.phase2.rule = 2;
    assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), 2, NULL), IKEV1_OK);
    pair_run(p);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_MOVED), 0);
    pair_free(p);
}

/* ---- vendor IDs ---- */

static void test_vendors__stripped_or_added__only_what_policy_allows(void **state) { /* PAY-13 */
    static const char *const NAMES[] = {
        "\x4a\x13\x1c\x81\x07\x03\x58\x45\x5c\x57\x28\xf2\x0e\x95\x45\x2f", /* RFC 3947 */
        "\xaf\xca\xd7\x13\x68\xa1\xf1\xc9\x6b\x86\x96\xfc\x77\x57\x01\x00", /* DPD */
        "\x12\xf5\xf2\x8c\x45\x71\x68\xa9\x70\x2d\x9f\xe2\x74\xcc\x01\x00", /* Unity */
        "\x40\x48\xb7\xd5\x6e\xbc\xe8\x85\x25\xe7\xde\x7f\x00\xd6\xc2\xd3", /* fragments */
        "\x09\x00\x26\x89\xdf\xd6\xb7\x12",                                 /* XAUTH */
    };
    (void)state;
    for (int add = 0; add < 2; add++) {
        struct pair *p = natted(add ? IKEV1_NATT_OFF : IKEV1_NATT_AUTO, IKEV1_NATT_AUTO);
        pair_connect(p);
        side_drain(&p->i);
        craft_open(&c, p->r.ike, p->link.flights[0].data, p->link.flights[0].len);
        while (!add && craft_find(&c, IKEV1_PAYLOAD_VENDOR, 0) != CRAFT_NONE)
            craft_remove(&c, craft_find(&c, IKEV1_PAYLOAD_VENDOR, 0));
        for (size_t i = 0; add && i < COUNT(NAMES); i++)
            craft_append(&c, IKEV1_PAYLOAD_VENDOR, NAMES[i], i + 1 < COUNT(NAMES) ? 16 : 8);
        replace(p);
        pair_run(p);
        pair_check_up(p, 1);
        assert_false(out(&p->r)->udp);
        pair_free(p);
    }
}

static void test_vendors__odd_lengths__ignored(void **state) { /* PAY-12 */
    static const uint8_t RFC3947[17] = "\x4a\x13\x1c\x81\x07\x03\x58\x45\x5c\x57\x28\xf2\x0e\x95"
                                       "\x45\x2f";
    static const size_t LENGTHS[] = {0, 1, 3, 15, 17, 1000};
    (void)state;
    for (size_t i = 0; i < COUNT(LENGTHS); i++) {
        struct pair *p = natted(IKEV1_NATT_AUTO, IKEV1_NATT_AUTO);
        uint8_t vid[1000] = {0};
        memcpy(vid, RFC3947, 17);
        nat_in_front_of_initiator(p);
        pair_connect(p);
        side_drain(&p->i);
        craft_open(&c, p->r.ike, p->link.flights[0].data, p->link.flights[0].len);
        while (craft_find(&c, IKEV1_PAYLOAD_VENDOR, 0) != CRAFT_NONE)
            craft_remove(&c, craft_find(&c, IKEV1_PAYLOAD_VENDOR, 0));
        craft_append(&c, IKEV1_PAYLOAD_VENDOR, vid, LENGTHS[i]);
        replace(p);
        pair_run(p);
        pair_check_up(p, 1);
        assert_false(out(&p->r)->udp); /* no part of it turns NAT-T on */
        pair_free(p);
    }
}

static void test_vendors__anonymous__says_nothing_of_us(void **state) {
    (void)state;
    for (int anonymous = 0; anonymous < 2; anonymous++) {
        struct pair *p = pair_new(NULL);
        p->i.config.anonymous = anonymous != 0;
        pair_start(p);
        pair_up(p);
        assert_int_equal(side_said(&p->r, "Peer is libikev1"), !anonymous);
        pair_free(p);
    }
}

/* ---- refused ---- */

/* Message 5 is the first that comes by the encapsulated ports: behind a NAT the answer to it does
 * not get through by the others. */
static void test_refused__message_5__told_by_the_way_it_came(void **state) { /* P1, R-08 */
    static const uint16_t AUTHS[] = {IKEV1_AUTH_PSK, IKEV1_AUTH_RSA};
    static const uint8_t other[] = {192, 0, 2, 99};
    (void)state;
    for (size_t i = 0; i < COUNT(AUTHS); i++) {
        struct pair *p = pair_new(NULL);
        pair_by(p, AUTHS[i], IKEV1_MODE_MAIN);
        p->i.phase1.natt = p->r.phase1.natt = IKEV1_NATT_FORCE;
        p->r.config.clear_notify = true;
        p->r.phase1.remote_id =
            (ikev1_id){.type = IKEV1_ID_IPV4_ADDR, .data = other, .len = sizeof other};
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        while (side_count(&p->r, IKEV1_EVENT_SA_FAILED) == 0)
            assert_true(pair_step(p));
        const struct datagram *told = link_kept(&p->link, LINK_TO_INITIATOR, 3);
        assert_non_null(told);
        assert_int_equal(told->data[18], IKEV1_EXCHANGE_INFORMATIONAL);
        assert_true(told->path.encapsulated);
        assert_int_equal(told->path.local.port, IKEV1_PORT_NATT);
        assert_int_equal(told->path.remote.port, IKEV1_PORT_NATT);
        pair_free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_natt__no_nat__stays_on_500),
        cmocka_unit_test(test_natt__offer__one_kind_of_encapsulation),
        cmocka_unit_test(test_natt__nat_found__floats_and_encapsulates),
        cmocka_unit_test(test_natt__ports_of_the_rule__used),
        cmocka_unit_test(test_natt__forced__both_see_one),
        cmocka_unit_test(test_natt__off_on_one_side__none),
        cmocka_unit_test(test_natd__any_number_any_length__up_either_way),
        cmocka_unit_test(test_natd__eleven__refused),
        cmocka_unit_test(test_follow__authenticated_and_new__moves),
        cmocka_unit_test(test_follow__replayed_or_forged__stays),
        cmocka_unit_test(test_follow__no_nat__does_not_move),
        cmocka_unit_test(test_vendors__stripped_or_added__only_what_policy_allows),
        cmocka_unit_test(test_vendors__odd_lengths__ignored),
        cmocka_unit_test(test_vendors__anonymous__says_nothing_of_us),
        cmocka_unit_test(test_refused__message_5__told_by_the_way_it_came),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
