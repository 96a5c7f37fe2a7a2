/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The provider or the random source fails, at every call of a whole negotiation, of one side or the
 * other: a clean end or a dropped message, nothing half random is sent, nothing leaks, and the next
 * negotiation comes up. CRY-02, CRY-03, CRY-04, KEX-09.
 */
#include "support/digest.h"
#include "support/failcrypto.h"
#include "support/pair.h"

enum { CEILING = 4000 };

static void expect_ended_or_up(struct pair *p, const char *row) {
    for (int k = 0; k < 2; k++) {
        const struct side *s = k ? &p->r : &p->i;
        ROW_EQUAL(row, s->ike->s.sas,
                  side_count(s, IKEV1_EVENT_SA_UP) - side_count(s, IKEV1_EVENT_SA_DOWN));
        ROW_EQUAL(row, s->ike->s.children,
                  side_count(s, IKEV1_EVENT_CHILD_UP) - side_count(s, IKEV1_EVENT_CHILD_DOWN));
        ROW_EQUAL(row, s->ike->s.half_open, 0);
    }
}

/* It works again: a new negotiation from nothing. */
static void expect_works(struct pair *p, const char *row) {
    ikev1_delete(p->i.ike, p->now, IKEV1_ALL);
    ikev1_delete(p->r.ike, p->now, IKEV1_ALL);
    pair_run(p);
    side_forget(&p->i);
    side_forget(&p->r);
    ROW_EQUAL(row, pair_connect(p), IKEV1_OK);
    pair_run(p);
    pair_check_up(p, 1);
}

/* ---- the provider ---- */

static bool fail_call(const struct pair_kind *kind, unsigned kinds, uint64_t at, bool from_there,
                      bool responder) {
    char row[112];
    struct pair *p = pair_new(NULL);
    struct side *s = responder ? &p->r : &p->i;
    struct fail_crypto fail;
    snprintf(row, sizeof row, "%s, %s, kinds %x, call %u%s", kind->name, s->name, kinds,
             (unsigned)at, from_there ? " and all later" : "");
    fail_crypto_init(&fail, &s->null.provider);
    fail.kinds = kinds;
    s->config.crypto = &fail.provider;
    s->config.random = NULL; /* the provider's */
    pair_by(p, kind->auth, kind->mode);
    p->i.phase2.pfs_group = p->r.phase2.pfs_group = IKEV1_GROUP_X25519;
    assert_int_equal(pair_start_side(responder ? &p->i : &p->r), IKEV1_OK);
    fail.fail_at = at;
    fail.from_there = from_there;
    int r = pair_start_side(s);
    if (r != IKEV1_OK) {
        assert_null(s->ike);
        ROW_EQUAL(row, IKEV1_ERROR_CLASS(r), IKEV1_CLASS_CRYPTO);
        fail.fail_at = 0;
        ROW_EQUAL(row, pair_start_side(s), IKEV1_OK);
    }
    pair_connect(p);
    pair_wait(p, 400000);
    bool reached = fail.failed != 0;
    expect_ended_or_up(p, row);
    fail.fail_at = 0;
    expect_works(p, row);
    pair_free(p);
    return reached;
}

static void test_provider__each_call_fails__clean_end(void **state) { /* CRY-04, KEX-09 */
    static const unsigned KINDS[] = {FAIL_ALL, FAIL_RANDOM, FAIL_HASH, FAIL_CIPHER, FAIL_GROUP};
    (void)state;
    for (size_t k = 0; k < COUNT(KINDS); k++) {
        for (int way = 0; way < 4 * PAIR_KINDS; way++) {
            const struct pair_kind *kind = &pair_kinds[way / 4];
            uint64_t at = 1;
            while (at < CEILING && fail_call(kind, KINDS[k], at, (way & 2) != 0, (way & 1) != 0))
                at++;
            assert_in_range(at, 3, CEILING - 1);
        }
    }
}

/* ---- the random source ---- */

static bool fail_random(const struct pair_kind *kind, uint64_t at, bool from_there,
                        bool responder) {
    char row[96];
    struct pair *p = pair_new(NULL);
    pair_by(p, kind->auth, kind->mode);
    struct side *s = responder ? &p->r : &p->i;
    snprintf(row, sizeof row, "%s, %s, random %u", kind->name, s->name, (unsigned)at);
    p->i.phase2.pfs_group = p->r.phase2.pfs_group = IKEV1_GROUP_X25519;
    pair_start(p);
    s->rng.fail_at = s->rng.calls + at;
    s->rng.from_there = from_there;
    uint64_t calls = s->rng.calls;
    int r = pair_connect(p);
    ROW_EQUAL(row, r == IKEV1_OK || r == IKEV1_E_RANDOM, true);
    pair_wait(p, 400000);
    bool reached = s->rng.calls >= calls + at;
    expect_ended_or_up(p, row);
    /* Of a child that could not even begin the host hears as well. */
    if (side_count(&p->i, IKEV1_EVENT_SA_UP) != 0 && side_count(&p->i, IKEV1_EVENT_CHILD_UP) == 0)
        ROW_EQUAL(row, side_count(&p->i, IKEV1_EVENT_CHILD_FAILED) != 0, true);
    s->rng.fail_at = 0;
    expect_works(p, row);
    pair_free(p);
    return reached;
}

static void test_random__each_draw_fails__nothing_partial_sent(void **state) { /* CRY-03 */
    (void)state;
    for (int way = 0; way < 4 * PAIR_KINDS; way++) {
        const struct pair_kind *kind = &pair_kinds[way / 4];
        uint64_t at = 1;
        while (at < CEILING && fail_random(kind, at, (way & 2) != 0, (way & 1) != 0))
            at++;
        assert_in_range(at, 3, CEILING - 1);
    }
}

static void test_random__stuck__no_message_id_twice(void **state) { /* CRY-02 */
    struct pair *p = pair_new(NULL);
    ikev1_handle child;
    (void)state;
    pair_start(p);
    pair_up(p);
    p->i.rng.stuck = true;
    assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), 2, &child), IKEV1_OK);
    pair_run(p);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), 3, &child), IKEV1_E_RANDOM);
    p->i.rng.stuck = false;
    assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), 3, &child), IKEV1_OK);
    pair_run(p);
    pair_check_up(p, 3);
    pair_free(p);
}

static void test_random__zero__no_message_id_zero(void **state) { /* CRY-02 */
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_start(p);
    pair_up(p);
    for (size_t i = 0; i < p->link.kept_count; i++) {
        const uint8_t *m = p->link.kept[i].data;
        bool quick = m[18] == IKEV1_EXCHANGE_QUICK;
        assert_int_equal((m[20] | m[21] | m[22] | m[23]) != 0, quick);
    }
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_provider__each_call_fails__clean_end),
        cmocka_unit_test(test_random__each_draw_fails__nothing_partial_sent),
        cmocka_unit_test(test_random__stuck__no_message_id_twice),
        cmocka_unit_test(test_random__zero__no_message_id_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
