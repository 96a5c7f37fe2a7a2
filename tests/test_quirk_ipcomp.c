/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A peer that says its choice of a bundle twice, with IPCOMP and without (strongSwan): tolerated,
 * its bundle is taken; not tolerated, or said in any other way, refused. RFC 2408 4.2, mission P6.
 */
#include "support/craft.h"
#include "support/pair.h"

#include "api/api.h"

static struct craft c; /* large */

/* A negotiation of ESP with IPCOMP, up to the answer in Quick Mode, which is taken apart. */
static struct pair *stop_at_answer(uint32_t on, uint32_t off) {
    struct pair *p = pair_with_suites(NULL, "aes128-sha1+deflate", "aes128-sha1+deflate");
    p->i.phase1.quirks_on = on;
    p->i.phase1.quirks_off = off;
    assert_int_equal(pair_connect(p), IKEV1_OK);
    for (int i = 0; i < 7; i++)
        assert_true(pair_step(p));
    side_drain(&p->r);
    assert_int_equal(p->link.flight_count, 1);
    craft_open(&c, p->i.ike, p->link.flights[0].data, p->link.flights[0].len);
    return p;
}

/* Delivers what was made of it instead. */
static void deliver(struct pair *p) {
    uint8_t message[CRAFT_MESSAGE];
    struct datagram d;
    size_t len = craft_close(&c, message, sizeof message);
    assert_true(link_next(&p->link, &d));
    assert_int_equal(ikev1_engine_input(p->i.ike, p->now, &d.path, message, len, NULL), IKEV1_OK);
    link_release(&d);
    pair_run(p);
}

static void check_failed(const struct pair *p, int code) {
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 0);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_CHILD_FAILED, 0)->why.code, code);
}

/* ---- what is in the SA payload: 8 bytes, then proposals, each with its length in bytes 2 and 3
 * ---- */

enum { FIRST = 8, NUMBER = 4, PROTOCOL = 5, SPI = 8 };

static struct craft_payload *sa_payload(void) {
    return &c.at[craft_find(&c, IKEV1_PAYLOAD_SA, 0)];
}

static size_t length_at(size_t at) {
    const uint8_t *p = sa_payload()->body + at;
    return (size_t)p[2] << 8 | p[3];
}

/* Once more, as the last one, what stands at `from`; where it stands then. */
static size_t say_again(size_t from, uint8_t number) {
    struct craft_payload *sa = sa_payload();
    size_t len = length_at(from), at = sa->len, last = FIRST;
    while (last + length_at(last) < sa->len)
        last += length_at(last);
    sa->body[last] = 2;
    memcpy(sa->body + at, sa->body + from, len);
    sa->body[at] = 0;
    sa->body[at + NUMBER] = number;
    sa->len += len;
    return at;
}

static const char HABIT[] = "Peer's habit tolerated: ipcomp-without";

static void test_quirk__choice_said_again_without_ipcomp__by_its_switch(void **state) {
    (void)state;
    for (int on = 0; on < 2; on++) {
        struct pair *p = stop_at_answer(on ? IKEV1_QUIRK_IPCOMP_WITHOUT : 0,
                                        on ? 0 : IKEV1_QUIRK_IPCOMP_WITHOUT);
        (void)say_again(FIRST, 2);
        deliver(p);
        assert_int_equal(side_said(&p->i, HABIT), on);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), on);
        if (on) {
            const struct pair_event *e = side_event(&p->i, IKEV1_EVENT_CHILD_UP, 0);
            assert_int_equal(e->bundle[0].protocol, IKEV1_PROTO_IPCOMP);
            assert_int_equal(e->bundle[1].protocol, IKEV1_PROTO_ESP);
        } else {
            check_failed(p, IKEV1_E_HABIT);
        }
        pair_free(p);
    }
}

/* Tolerated is that one form of it. */
static void test_quirk__choice_said_again_otherwise__refused(void **state) { /* SAP-14 */
    enum { SPI_DIFFERS, TRANSFORM_DIFFERS, IPCOMP_AGAIN, TWICE, PROTOCOL_DIFFERS, CASES };
    (void)state;
    for (int n = 0; n < CASES; n++) {
        struct pair *p = stop_at_answer(IKEV1_QUIRK_IPCOMP_WITHOUT, 0);
        const size_t second = FIRST + length_at(FIRST);
        size_t at = say_again(n == IPCOMP_AGAIN ? second : FIRST, 2);
        uint8_t *body = sa_payload()->body;
        if (n == SPI_DIFFERS)
            body[at + SPI] ^= 1;
        else if (n == TRANSFORM_DIFFERS)
            body[sa_payload()->len - 1] ^= 1;
        else if (n == TWICE)
            (void)say_again(FIRST, 3);
        else if (n == PROTOCOL_DIFFERS)
            body[at + PROTOCOL] = IKEV1_PROTO_AH;
        deliver(p);
        check_failed(p, IKEV1_E_BAD_CHOICE);
        pair_free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quirk__choice_said_again_without_ipcomp__by_its_switch),
        cmocka_unit_test(test_quirk__choice_said_again_otherwise__refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
