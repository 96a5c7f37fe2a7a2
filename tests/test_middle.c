/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Somebody in the middle, and both ends at once: what an attacker can make of phase 1, negotiations
 * that cross, engines that start anew. PH1-07, PH1-08, PH1-09, PH1-13, PH1-14, PH1-17, SAP-13.
 */
#include "support/craft.h"
#include "support/digest.h"
#include "support/pair.h"

static struct craft c; /* large */

static void steps(struct pair *p, int n) {
    while (n-- > 0)
        assert_true(pair_step(p));
    side_drain(&p->i);
    side_drain(&p->r);
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

/* Two suites of which the attacker lets only the weaker one through. */
static void
test_middle__strong_transform_stripped__authentication_fails(void **state) { /* PH1-17 */
    struct pair *p = pair_new(NULL);
    (void)state;
    struct side *both[] = {&p->i, &p->r};
    for (size_t s = 0; s < 2; s++) {
        both[s]->suites1[1] = both[s]->suites1[0];
        both[s]->suites1[0].key_bits = 256;
        both[s]->phase1.suite_count = 2;
    }
    pair_start(p);
    pair_connect(p);
    steps(p, 0);
    craft_open(&c, p->r.ike, p->link.flights[0].data, p->link.flights[0].len);
    struct craft_payload *sa = &c.at[craft_find(&c, IKEV1_PAYLOAD_SA, 0)];
    size_t first = 8 + 8, len = (size_t)sa->body[first + 2] << 8 | sa->body[first + 3];
    memmove(sa->body + first, sa->body + first + len, sa->len - first - len);
    sa->len -= len;
    sa->body[8 + 2] = (uint8_t)((sa->len - 8) >> 8);
    sa->body[8 + 3] = (uint8_t)(sa->len - 8);
    sa->body[8 + 7] = 1; /* transforms */
    replace(p);
    pair_wait(p, 10000);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_UP), 0);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), 0);
    pair_wait(p, 400000); /* begun again, with nobody in the middle any more */
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_FAILED, 0)->why.code, IKEV1_E_AUTH);
    pair_check_up(p, 1);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_SA_UP, 0)->info.key_bits, 256);
    pair_free(p);
}

/* An answer that was not offered races the genuine one (SAP-13, PH1-07). */
static void test_middle__answer_not_offered__genuine_one_counts(void **state) {
    (void)state;
    for (size_t byte = 0; byte < 2000; byte++) {
        struct pair *p = pair_new(NULL);
        uint8_t out[CRAFT_MESSAGE];
        pair_start(p);
        pair_connect(p);
        steps(p, 1);
        const struct datagram *d = &p->link.flights[0];
        const ikev1_path path = d->path;
        craft_open(&c, p->i.ike, d->data, d->len);
        struct craft_payload *sa = &c.at[craft_find(&c, IKEV1_PAYLOAD_SA, 0)];
        bool last = byte + 1 >= sa->len;
        sa->body[byte] ^= 0x04;
        size_t len = craft_close(&c, out, sizeof out);
        uint64_t before = engine_digest(p->i.ike);
        int r = ikev1_engine_input(p->i.ike, p->now, &path, out, len, NULL);
        if (r == IKEV1_DROPPED) {
            assert_true(engine_digest(p->i.ike) == before);
        } else { /* numbers of proposal and transform, and lifetimes, decide nothing */
            const struct ike_sa *ours = ike_handle_at(&p->i.ike->s.handles, IKE_KIND_SA, 1);
            assert_int_equal(ours->algs.cipher->id, IKEV1_CIPHER_AES);
            assert_int_equal(ours->key_bits, 128);
            assert_int_equal(ours->algs.group->id, IKEV1_GROUP_X25519);
            assert_int_equal(ours->algs.hash->id, IKEV1_HASH_SHA2_256);
            assert_int_equal(ours->auth, IKEV1_AUTH_PSK);
        }
        pair_run(p);
        pair_check_up(p, 1);
        pair_free(p);
        if (last)
            break;
    }
}

/* After a failure the state answers nothing, and is gone (PH1-08, PH1-09). */
static void test_middle__after_authentication_failed__cookies_unknown(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    p->r.phase1.remote_id = (ikev1_id){IKEV1_ID_FQDN, 0, 0, (const uint8_t *)"someone.else", 12};
    pair_start(p);
    pair_connect(p);
    pair_run(p);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_FAILED), 1);
    p->link.held = true;
    for (uint32_t nth = 2; nth <= 3; nth++) {
        const struct datagram *d = link_kept(&p->link, LINK_TO_RESPONDER, nth);
        ikev1_why why;
        assert_int_equal(ikev1_engine_input(p->r.ike, p->now, &d->path, d->data, d->len, &why),
                         IKEV1_DROPPED);
        assert_int_equal(why.code, IKEV1_E_COOKIE);
    }
    assert_int_equal(p->r.ike->s.ctx.out.packets.count, 0);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_FAILED), 1);
    pair_free(p);
}

static void test_both_ends__connect_at_once__both_come_up(void **state) { /* PH1-14 */
    (void)state;
    for (int skew = 0; skew < 8; skew++) {
        struct pair *p = pair_new(NULL);
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        for (int i = 0; i < skew; i++)
            pair_step(p);
        int r = ikev1_connect(p->r.ike, p->now, PAIR_RULE, NULL);
        assert_int_equal(r, IKEV1_OK);
        pair_wait(p, 60000);
        size_t sas = side_count(&p->i, IKEV1_EVENT_SA_UP);
        assert_true(sas == 1 || sas == 2); /* late, it uses what is there */
        assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), sas);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 2);
        assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_UP), 2);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_FAILED), 0);
        pair_free(p);
    }
}

/* The initiator's machine starts anew, again and again: the old one is kept until it ends by
 * itself, and keys never mix (PH1-13, R-21). */
static void test_restart__new_negotiation__beside_the_old(void **state) {
    enum { TIMES = 10 };
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_start(p);
    for (size_t n = 1; n <= TIMES; n++) {
        if (n > 1) {
            ikev1_engine_free(p->i.ike);
            rng_init(&p->i.rng, 1000 + n);
            assert_int_equal(pair_start_side(&p->i), IKEV1_OK);
        }
        assert_int_equal(pair_connect(p), IKEV1_OK);
        pair_run(p);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), n);
        assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_UP), n);
        assert_int_equal(p->r.ike->s.sas, n);
        const ikev1_ipsec *out = &side_event(&p->i, IKEV1_EVENT_CHILD_UP, n - 1)->ipsec;
        const struct pair_event *in = side_event(&p->r, IKEV1_EVENT_CHILD_INBOUND, n - 1);
        assert_int_equal(in->ipsec.spi, out->spi);
        assert_memory_equal(in->encryption_key, out->encryption_key.data, out->encryption_key.len);
    }
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_middle__strong_transform_stripped__authentication_fails),
        cmocka_unit_test(test_middle__answer_not_offered__genuine_one_counts),
        cmocka_unit_test(test_middle__after_authentication_failed__cookies_unknown),
        cmocka_unit_test(test_both_ends__connect_at_once__both_come_up),
        cmocka_unit_test(test_restart__new_negotiation__beside_the_old),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
