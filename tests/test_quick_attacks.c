/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quick Mode under attack, and with peers that are careless: replays, SPIs, lifetimes, and an
 * ISAKMP SA that ends in the middle. QCK, SAP in phase 2.
 */
#include "support/craft.h"
#include "support/digest.h"
#include "support/pair.h"
#include "support/sabody.h"

static struct craft c; /* large */

/* A pair whose phase 1 is up and whose Quick Mode's message `n` is on its way. */
static void quick_at(struct pair *p, int n) {
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    for (int i = 0; i < 6 + n - 1; i++)
        assert_true(pair_step(p));
    side_drain(&p->i);
    side_drain(&p->r);
    assert_int_equal(p->link.flight_count, 1);
}

static void open_next(struct pair *p, const struct side *to) {
    craft_open(&c, to->ike, p->link.flights[0].data, p->link.flights[0].len);
}

static void deliver_crafted(struct pair *p, struct side *to) {
    uint8_t out[CRAFT_MESSAGE];
    struct datagram d;
    size_t size = craft_close(&c, out, sizeof out);
    assert_true(link_next(&p->link, &d));
    ikev1_engine_input(to->ike, p->now, &d.path, out, size, NULL);
    link_release(&d);
    side_drain(to);
}

static struct craft_payload *payload(uint8_t type, int nth) {
    int at = craft_find(&c, type, nth);
    assert_int_not_equal(at, CRAFT_NONE);
    return &c.at[at];
}

static const ikev1_why *failure(const struct side *s) {
    return &side_event(s, IKEV1_EVENT_CHILD_FAILED, 0)->why;
}

/* ---- replays ---- */

/* After phase 1 was replaced, nothing of before opens anything, on either side (QCK-04). */
static void test_quick__replayed_after_a_new_phase1__nothing(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.phase1.unique = p->r.phase1.unique = IKEV1_UNIQUE_REPLACE;
    pair_start(p);
    pair_up(p);
    size_t before = p->link.kept_count;
    assert_int_equal(ikev1_delete(p->i.ike, p->now, side_sa(&p->i)), IKEV1_OK);
    side_drain(&p->i); /* the peer does not hear of it */
    link_flush(&p->link);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), 2);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_UP), 2);
    uint64_t digests[] = {engine_digest(p->i.ike), engine_digest(p->r.ike)};
    p->link.held = true;
    for (size_t i = 0; i < before; i++) {
        struct datagram *d = &p->link.kept[i];
        struct side *to = d->way == LINK_TO_RESPONDER ? &p->r : &p->i;
        if (d->data[18] == IKEV1_EXCHANGE_QUICK)
            assert_int_equal(ikev1_engine_input(to->ike, p->now, &d->path, d->data, d->len, NULL),
                             IKEV1_DROPPED);
    }
    assert_true(engine_digest(p->i.ike) == digests[0]);
    assert_true(engine_digest(p->r.ike) == digests[1]);
    pair_free(p);
}

/* ---- SPIs: QCK-11 ---- */

enum { AT_SPI = 16 }; /* in an SA body of one proposal: DOI, situation, its header */

/* The peer answers with our own SPI: both directions would have the same keys. */
static void test_quick__our_own_spi_as_theirs__refused(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.next_spi = 0x11223344;
    quick_at(p, 2);
    open_next(p, &p->i);
    memcpy(payload(IKEV1_PAYLOAD_SA, 0)->body + AT_SPI, "\x11\x22\x33\x44", 4);
    deliver_crafted(p, &p->i);
    assert_int_equal(failure(&p->i)->code, IKEV1_E_SPI);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_INBOUND), 0);
    pair_free(p);
}

/* A host whose numbers run like the peer's is asked for the next one. */
static void test_quick__their_spi_as_ours__another_asked_for(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.next_spi = p->r.next_spi = 0x4000;
    pair_start(p);
    pair_up(p);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_CHILD_INBOUND, 0)->ipsec.spi, 0x4000);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_CHILD_INBOUND, 0)->ipsec.spi, 0x4001);
    pair_free(p);
}

/* The peer uses one SPI for two pairs, one after the other or in one exchange. */
static void test_quick__one_spi_for_two_pairs__refused(void **state) {
    (void)state;
    for (size_t together = 0; together < 2; together++) {
        struct pair *p = pair_new(NULL);
        p->i.next_spi = 0x5000;
        pair_several(p, together);
        if (together) {
            quick_at(p, 1);
        } else {
            pair_start(p);
            pair_up(p);
            assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), 2, NULL), IKEV1_OK);
            side_drain(&p->i);
        }
        open_next(p, &p->r);
        memcpy(payload(IKEV1_PAYLOAD_SA, (int)together)->body + AT_SPI, "\0\0\x50\0", 4);
        deliver_crafted(p, &p->r);
        assert_int_equal(failure(&p->r)->code, IKEV1_E_SPI);
        assert_int_equal(failure(&p->r)->notify, IKEV1_NOTIFY_INVALID_SPI);
        assert_int_equal(p->r.ike->s.children, together ? 0 : 1);
        pair_free(p);
    }
}

/* ---- lifetimes: QCK-15 ---- */

static const struct {
    const char *name;
    uint32_t seconds, kilobytes; /* as the peer writes them; NONE: left out */
    uint8_t policy;
    uint32_t used_seconds, used_kilobytes; /* 0 = refused */
    bool told;
} LIVES[] = {
#define NONE 0xfffffffeu
    {"0 seconds", 0, NONE, IKEV1_LIFETIME_SHORTER, 3600, 1000, false},
    {"1 second", 1, NONE, IKEV1_LIFETIME_SHORTER, 10, 1000, false},
    {"1 second, obeyed", 1, NONE, IKEV1_LIFETIME_OBEY, 10, 1000, false},
    {"2^32 - 1 seconds", UINT32_MAX, NONE, IKEV1_LIFETIME_SHORTER, 3600, 1000, false},
    {"2^32 - 1 seconds, obeyed", UINT32_MAX, NONE, IKEV1_LIFETIME_OBEY, UINT32_MAX, 1000, false},
    {"none named", NONE, NONE, IKEV1_LIFETIME_SHORTER, 3600, 1000, false},
    {"none named, told", NONE, NONE, IKEV1_LIFETIME_CLAIM, 3600, 1000, true},
    {"0 kilobytes", 3600, 0, IKEV1_LIFETIME_SHORTER, 3600, 1000, false},
    {"1 kilobyte", 3600, 1, IKEV1_LIFETIME_SHORTER, 3600, 1, false},
    {"2^32 - 1 kilobytes", 3600, UINT32_MAX, IKEV1_LIFETIME_SHORTER, 3600, 1000, false},
    {"longer, told", 7200, 1000, IKEV1_LIFETIME_CLAIM, 3600, 1000, true},
    {"shorter, nothing to tell", 600, 500, IKEV1_LIFETIME_CLAIM, 600, 500, false},
    {"longer, strict", 7200, 1000, IKEV1_LIFETIME_STRICT, 0, 0, false},
    {"more, strict", 3600, 1001, IKEV1_LIFETIME_STRICT, 0, 0, false},
    {"shorter, strict", 600, 500, IKEV1_LIFETIME_STRICT, 600, 500, false},
    {"shorter, exact", 600, 1000, IKEV1_LIFETIME_EXACT, 0, 0, false},
    {"the same, exact", 3600, 1000, IKEV1_LIFETIME_EXACT, 3600, 1000, false},
};

static void put_life(struct ike_writer *w, uint16_t type, uint32_t duration) {
    if (duration == NONE)
        return;
    ike_attr_put_basic(w, IKEV1_ATTR2_LIFE_TYPE, type);
    ike_attr_put_number(w, IKEV1_ATTR2_LIFE_DURATION, duration);
}

/* The peer's offer, but for its lifetimes. */
static void offer_life(uint32_t seconds, uint32_t kilobytes) {
    static struct sa_body b;
    static const struct ike_suite suite = {.protocol = IKEV1_PROTO_ESP,
                                           .transform = 1,
                                           .id = IKEV1_ESP_AES_CBC,
                                           .key_bits = 128,
                                           .integrity = IKEV1_INTEG_HMAC_SHA2_256,
                                           .encapsulation = IKEV1_ENCAP_TUNNEL};
    sa_body_begin(&b);
    sa_body_add(&b, 1, &suite, payload(IKEV1_PAYLOAD_SA, 0)->body + AT_SPI, 4);
    put_life(&b.w, IKEV1_LIFE_SECONDS, seconds);
    put_life(&b.w, IKEV1_LIFE_KILOBYTES, kilobytes);
    ikev1_bytes body = sa_body_end(&b);
    memcpy(payload(IKEV1_PAYLOAD_SA, 0)->body, body.data, body.len);
    payload(IKEV1_PAYLOAD_SA, 0)->len = body.len;
}

static void test_quick__lifetime_of_a_peer__bounded_and_as_the_rule_says(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(LIVES); i++) {
        const char *name = LIVES[i].name;
        struct pair *p = pair_new(NULL);
        p->r.phase2.life_seconds = 3600;
        p->r.phase2.life_kilobytes = 1000;
        p->r.phase2.lifetime = LIVES[i].policy;
        quick_at(p, 1);
        open_next(p, &p->r);
        offer_life(LIVES[i].seconds, LIVES[i].kilobytes);
        deliver_crafted(p, &p->r);
        if (LIVES[i].used_seconds == 0) {
            ROW_EQUAL(name, failure(&p->r)->code, IKEV1_E_LIFETIME);
            ROW_EQUAL(name, failure(&p->r)->ours[0] != '\0' && failure(&p->r)->theirs[0] != '\0',
                      true);
        } else {
            const ikev1_ipsec *s = &side_event(&p->r, IKEV1_EVENT_CHILD_INBOUND, 0)->ipsec;
            ROW_EQUAL(name, s->life_seconds, LIVES[i].used_seconds);
            ROW_EQUAL(name, s->life_kilobytes, LIVES[i].used_kilobytes);
            ROW_EQUAL(name, side_said(&p->r, "Send:<HASH><SA><NONCE><ID><ID><NOTFY>"),
                      LIVES[i].told);
        }
        pair_free(p);
    }
}

/* RFC 2407 4.6.3.1: what the responder says of its lifetime, both then have. */
static void test_quick__responder_lifetime__both_have_it(void **state) {
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        struct pair *p = pair_new(NULL);
        p->i.phase2.life_seconds = 7200;
        p->i.phase2.life_kilobytes = 5000;
        p->r.phase2.life_seconds = 1800;
        p->r.phase2.life_kilobytes = 1000;
        p->r.phase2.lifetime = IKEV1_LIFETIME_CLAIM;
        pair_several(p, more);
        if (more)
            p->r.next[0].life_seconds = 900; /* each pair its own */
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        pair_run(p);
        pair_check_up(p, 1 + more);
        for (size_t i = 0; i <= more; i++) {
            const ikev1_ipsec *ours = &side_event(&p->i, IKEV1_EVENT_CHILD_UP, i)->ipsec;
            const ikev1_ipsec *theirs = &side_event(&p->r, IKEV1_EVENT_CHILD_UP, i)->ipsec;
            assert_int_equal(theirs->life_seconds, i == 0 ? 1800 : 900);
            assert_int_equal(ours->life_seconds, theirs->life_seconds);
            assert_int_equal(ours->life_kilobytes, 1000);
        }
        pair_free(p);
    }
}

/* The initiator's own policy for an answer; what is told is never more than was offered. */
static void test_quick__lifetime_of_an_answer__as_the_rule_says(void **state) {
    static const struct {
        uint8_t policy;
        uint32_t told, used; /* 0 = refused */
    } ROWS[] = {{IKEV1_LIFETIME_SHORTER, 600, 600},
                {IKEV1_LIFETIME_SHORTER, 1, 10},
                {IKEV1_LIFETIME_SHORTER, 90000, 3600},
                {IKEV1_LIFETIME_OBEY, 90000, 3600}};
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct pair *p = pair_new(NULL);
        uint8_t body[64];
        struct ike_writer w = ike_writer(body, sizeof body);
        p->i.phase2.lifetime = ROWS[i].policy;
        quick_at(p, 2);
        open_next(p, &p->i);
        ike_write_u32(&w, IKEV1_DOI_IPSEC);
        ike_write_u8(&w, IKEV1_PROTO_ESP);
        ike_write_u8(&w, 4);
        ike_write_u16(&w, IKEV1_NOTIFY_RESPONDER_LIFETIME);
        ike_write(&w, ike_bytes(payload(IKEV1_PAYLOAD_SA, 0)->body + AT_SPI, 4));
        put_life(&w, IKEV1_LIFE_SECONDS, ROWS[i].told);
        craft_append(&c, IKEV1_PAYLOAD_NOTIFY, body, ike_written(&w));
        deliver_crafted(p, &p->i);
        assert_int_equal(side_event(&p->i, IKEV1_EVENT_CHILD_UP, 0)->ipsec.life_seconds,
                         ROWS[i].used);
        pair_free(p);
    }
}

/* ---- several at once: QCK-16 ---- */

static void test_quick__same_selectors_from_both_ends_at_once__each_once(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_start(p);
    pair_up(p);
    for (uint32_t rule = 2; rule <= 4; rule++) {
        assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), rule, NULL), IKEV1_OK);
        assert_int_equal(ikev1_child(p->r.ike, p->now, side_sa(&p->r), rule, NULL), IKEV1_OK);
    }
    pair_run(p);
    pair_check_up(p, 7);
    for (size_t i = 0; i < 7; i++) /* one event for each, and no two of one */
        for (size_t k = 0; k < i; k++)
            assert_true(side_event(&p->i, IKEV1_EVENT_CHILD_UP, i)->at.child !=
                        side_event(&p->i, IKEV1_EVENT_CHILD_UP, k)->at.child);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_INBOUND), 7);
    ikev1_delete(p->i.ike, p->now, IKEV1_ALL);
    pair_run(p);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_DOWN), 7);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_DOWN), 7);
    pair_free(p);
}

/* ---- phase 1 ends in the middle: QCK-17 ---- */

static void test_quick__phase1_expires_on_the_way__one_event(void **state) {
    (void)state;
    for (int n = 1; n <= 3; n++) {
        struct pair *p = pair_new(NULL);
        p->i.phase1.life_seconds = p->r.phase1.life_seconds = 60;
        p->i.phase1.rekey = p->r.phase1.rekey = IKEV1_REKEY_OFF;
        p->i.config.timing.retry_first = p->r.config.timing.retry_first = 50000;
        quick_at(p, n);
        link_flush(&p->link); /* message n does not arrive before */
        pair_wait(p, 61000);
        struct side *both[] = {&p->i, &p->r};
        for (size_t s = 0; s < 2; s++) {
            size_t begun = both[s] == &p->i || n > 1;
            size_t ends = side_count(both[s], IKEV1_EVENT_CHILD_FAILED) +
                          side_count(both[s], IKEV1_EVENT_CHILD_DOWN);
            ROW_EQUAL(both[s]->name, side_count(both[s], IKEV1_EVENT_SA_DOWN), 1);
            ROW_EQUAL(both[s]->name, ends, begun || ends == 1);
            ROW_EQUAL(both[s]->name, both[s]->ike->s.children, 0);
            ROW_EQUAL(both[s]->name, both[s]->ike->s.sas, 0);
        }
        pair_free(p);
    }
}

/* ---- many transforms, of which none or only the last is ours: SAP-11 ---- */

static void test_quick__many_transforms__the_last_or_none(void **state) {
    static struct sa_body b;
    (void)state;
    for (int last = 0; last < 2; last++) {
        struct pair *p = pair_new(NULL);
        struct ike_suite suite = {.protocol = IKEV1_PROTO_ESP,
                                  .id = IKEV1_ESP_AES_CBC,
                                  .key_bits = 256,
                                  .encapsulation = IKEV1_ENCAP_TUNNEL};
        quick_at(p, 1);
        open_next(p, &p->r);
        sa_body_begin(&b);
        for (size_t i = 0, number = 0; i < 90;
             i++) { /* as many as the test's message has room for */
            suite.transform = (uint8_t)(i % 45 + 1);
            if (i % 45 == 0)
                ike_sa_proposal(&b.s, (uint8_t)++number, IKEV1_PROTO_ESP,
                                ike_bytes((const uint8_t *)"\1\2\3\4", 4));
            if (last && i == 89)
                suite.key_bits = 128, suite.integrity = IKEV1_INTEG_HMAC_SHA2_256;
            ike_sa_transform2(&b.s, &suite);
        }
        ikev1_bytes body = sa_body_end(&b);
        assert_true(body.len <= CRAFT_BODY);
        memcpy(payload(IKEV1_PAYLOAD_SA, 0)->body, body.data, body.len);
        payload(IKEV1_PAYLOAD_SA, 0)->len = body.len;
        deliver_crafted(p, &p->r);
        assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_INBOUND), (size_t)last);
        if (!last)
            assert_true(failure(&p->r)->diff_count > 0 &&
                        failure(&p->r)->diff_count <= IKEV1_WHY_DIFFS);
        pair_free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quick__replayed_after_a_new_phase1__nothing),
        cmocka_unit_test(test_quick__our_own_spi_as_theirs__refused),
        cmocka_unit_test(test_quick__their_spi_as_ours__another_asked_for),
        cmocka_unit_test(test_quick__one_spi_for_two_pairs__refused),
        cmocka_unit_test(test_quick__lifetime_of_a_peer__bounded_and_as_the_rule_says),
        cmocka_unit_test(test_quick__responder_lifetime__both_have_it),
        cmocka_unit_test(test_quick__lifetime_of_an_answer__as_the_rule_says),
        cmocka_unit_test(test_quick__same_selectors_from_both_ends_at_once__each_once),
        cmocka_unit_test(test_quick__phase1_expires_on_the_way__one_event),
        cmocka_unit_test(test_quick__many_transforms__the_last_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
