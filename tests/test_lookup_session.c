/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding SAs again: by cookies, by first message, by rule, by SPI, while many come and go.
 * session/lookup.c; DOS-08, R-12.
 */
#include <ikev1/openssl.h>

#include "support/digest.h"
#include "support/pair.h"

static void test_find__established__by_everything_it_is_known_by(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_start(p);
    pair_up(p);
    const struct ike_session *i = &p->i.ike->s, *r = &p->r.ike->s;
    const struct ike_sa *a = ike_handle_find(&i->handles, IKE_KIND_SA, side_sa(&p->i));
    const struct ike_sa *b = ike_handle_find(&r->handles, IKE_KIND_SA, side_sa(&p->r));
    uint8_t other[8];
    memcpy(other, a->icookie, 8);
    other[7] ^= 1;
    assert_ptr_equal(ike_find_sa(i, a->icookie, a->rcookie), a);
    assert_null(ike_find_sa(i, other, a->rcookie));
    assert_null(ike_find_sa(i, a->rcookie, a->icookie));
    assert_ptr_equal(ike_find_request(i, a->icookie, NULL), a); /* our own: PH1-05 */
    assert_null(ike_find_request(i, a->icookie, &a->path.remote));
    assert_ptr_equal(ike_find_request(r, b->icookie, &b->path.remote), b); /* RTX-02 */
    assert_null(ike_find_request(r, b->icookie, NULL));
    assert_null(ike_find_request(r, b->icookie, &b->path.local));
    assert_ptr_equal(ike_find_rule(i, PAIR_RULE), a);
    assert_ptr_equal(ike_find_rule(r, PAIR_RULE), b);
    assert_null(ike_find_rule(i, PAIR_RULE + 1));
    uint32_t spi = side_event(&p->i, IKEV1_EVENT_CHILD_INBOUND, 0)->ipsec.spi;
    assert_true(ike_spi_in_use(&i->ctx, spi));
    assert_false(ike_spi_in_use(&i->ctx, spi ^ 1));
    assert_false(ike_spi_in_use(&r->ctx, spi)); /* the other side's */
    pair_free(p);
}

static void test_find__ended__nowhere_any_more(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_start(p);
    pair_up(p);
    ikev1_delete(p->i.ike, p->now, IKEV1_ALL);
    pair_run(p);
    const struct ike_session *both[] = {&p->i.ike->s, &p->r.ike->s};
    for (size_t k = 0; k < 2; k++) {
        assert_int_equal(both[k]->cookies.count, 0);
        assert_int_equal(both[k]->requests.count, 0);
        assert_int_equal(both[k]->rules.count, 0);
        assert_int_equal(both[k]->spis.count, 0);
    }
    pair_free(p);
}

/* Several SAs of one rule: whichever ends, the others are still found by it. */
static void test_find__one_rule_many_sas__any_may_end(void **state) {
    enum { SAS = 5 };
    (void)state;
    for (uint32_t seed = 1; seed <= 30; seed++) {
        struct pair *p = pair_new(NULL);
        struct rng rng;
        ikev1_handle sas[SAS];
        rng_init(&rng, seed);
        pair_start(p);
        for (size_t i = 0; i < SAS; i++) { /* every time the initiator has lost its own */
            assert_int_equal(pair_connect(p), IKEV1_OK);
            pair_run(p);
            sas[i] = side_event(&p->r, IKEV1_EVENT_SA_UP, i)->at.sa;
            p->link.held = true;
            ikev1_delete(p->i.ike, p->now, IKEV1_ALL);
            side_drain(&p->i);
            p->link.held = false;
        }
        const struct ike_session *s = &p->r.ike->s;
        p->link.held = true;
        for (size_t left = SAS; left > 0; left--) {
            assert_int_equal(s->sas, left);
            assert_non_null(ike_find_rule(s, PAIR_RULE));
            size_t at = rng_below(&rng, (uint32_t)left);
            assert_int_equal(ikev1_delete(p->r.ike, p->now, sas[at]), IKEV1_OK);
            sas[at] = sas[left - 1];
            side_drain(&p->r);
        }
        assert_null(ike_find_rule(s, PAIR_RULE));
        pair_free(p);
    }
}

/* Cookies that would all meet in one engine's table are spread in another's: who does not know the
 * key, which is drawn anew for each, cannot choose them. */
static void test_hash__chosen_for_another_key__spread(void **state) { /* DOS-08 */
    enum { CHOSEN = 512, BUCKETS = 4096, MOST = 6 };
    static uint16_t met[BUCKETS];
    struct pair *p = pair_new(ikev1_openssl());
    const ikev1_address peer = {4, {192, 0, 2, 77}, 500};
    uint8_t cookie[8] = {1};
    uint32_t found = 0, most = 0;
    (void)state;
    pair_start(p);
    const struct ike_session *known = &p->i.ike->s, *other = &p->r.ike->s;
    memset(met, 0, sizeof met);
    for (uint32_t n = 1; found < CHOSEN; n++) {
        memcpy(cookie + 4, &n, sizeof n);
        if (ike_hash_request(known, cookie, &peer) % 64 != 7)
            continue;
        found++;
        uint16_t *bucket = &met[ike_hash_request(other, cookie, &peer) % BUCKETS];
        most = ++*bucket > most ? *bucket : most;
    }
    assert_in_range(most, 1, MOST); /* 512 in 4,096 places by chance: more than six once in 10^6 */
    assert_true(ike_hash_cookies(known, cookie, cookie) != ike_hash_cookies(other, cookie, cookie));
    assert_true(ike_hash_number(known, 7) != ike_hash_number(other, 7));
    for (int i = 0; i < IKE_CROWDS; i++)
        assert_true(ike_origin(known, &peer).hash[i] != ike_origin(other, &peer).hash[i]);
    pair_free(p);
}

static void test_addresses__equal__every_part_counts(void **state) {
    (void)state;
    const ikev1_path a = {{4, {1, 2, 3, 4}, 500}, {4, {5, 6, 7, 8}, 500}, false};
    ikev1_path b = a;
    assert_true(ike_path_equal(&a, &b));
    b.encapsulated = true;
    assert_false(ike_path_equal(&a, &b));
    b = a;
    b.remote.port++;
    assert_false(ike_path_equal(&a, &b));
    b = a;
    b.local.ip[3]++;
    assert_false(ike_path_equal(&a, &b));
    b = a;
    b.local.family = 6;
    assert_false(ike_path_equal(&a, &b));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find__established__by_everything_it_is_known_by),
        cmocka_unit_test(test_find__ended__nowhere_any_more),
        cmocka_unit_test(test_find__one_rule_many_sas__any_may_end),
        cmocka_unit_test(test_hash__chosen_for_another_key__spread),
        cmocka_unit_test(test_addresses__equal__every_part_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
