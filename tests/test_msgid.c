/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Message IDs: each opens one exchange of an ISAKMP SA, ever, and there is an end to them. R-11,
 * CRY-02, QCK-02, mission R8.
 */
#include <stdlib.h>

#include "support/digest.h"
#include "support/pair.h"

static struct ike_sa *established(struct pair *p) {
    pair_start(p);
    pair_up(p);
    return ike_handle_find(&p->i.ike->s.handles, IKE_KIND_SA, side_sa(&p->i));
}

static void test_msgid__claimed__used_for_ever(void **state) {
    struct pair *p = pair_new(NULL);
    struct ike_sa *sa = established(p);
    (void)state;
    static const uint32_t IDS[] = {1, 2, 0x80000000, 0xffffffff, 0x12345678};
    for (size_t i = 0; i < COUNT(IDS); i++) {
        assert_false(ike_msgid_used(sa, IDS[i]));
        assert_int_equal(ike_msgid_reserve(sa), IKEV1_OK);
        assert_false(ike_msgid_used(sa, IDS[i]));
        ike_msgid_claim(sa, IDS[i]);
        for (size_t k = 0; k <= i; k++)
            assert_true(ike_msgid_used(sa, IDS[k]));
    }
    pair_free(p);
}

/* A million in the life of one SA, every third of them the peer's, from a source that says again
 * what it has said, now a few numbers, now too many: none is 0, none comes twice, and where the
 * source has nothing new there is none (CRY-02). */
static void test_msgid__million_from_a_source_that_repeats__none_twice(void **state) {
    enum { MANY = 1000000, NUMBERS = 1 << 28 };
    struct pair *p = pair_new(NULL);
    p->i.config.limits.message_ids = MANY + 2;
    struct ike_sa *sa = established(p);
    uint8_t *seen = calloc(NUMBERS / 8, 1);
    struct rng peer, near, far;
    size_t refused = 0;
    (void)state;
    assert_non_null(seen);
    rng_init(&peer, 3);
    near = far = p->i.rng;
    for (uint32_t n = 0; n < MANY;) {
        uint32_t id = rng_below(&peer, NUMBERS);
        int r = IKEV1_OK;
        if (n % 3 != 0) {
            r = ike_msgid_draw(sa, &id);
        } else if (id == 0 || ike_msgid_used(sa, id)) {
            continue;
        } else {
            assert_int_equal(ike_msgid_reserve(sa), IKEV1_OK);
            ike_msgid_claim(sa, id);
        }
        if (r != IKEV1_OK) {
            assert_int_equal(r, IKEV1_E_RANDOM);
            refused++;
            continue;
        }
        assert_in_range(id, 1, NUMBERS - 1);
        assert_int_equal(seen[id / 8] >> id % 8 & 1, 0);
        seen[id / 8] |= (uint8_t)(1u << id % 8);
        assert_true(ike_msgid_used(sa, id));
        n++;
        if (n % 10000 == 9900)
            far = p->i.rng;
        else if (n % 10000 == 9990) /* more than it tries */
            p->i.rng = far;
        else if (n % 10 == 5)
            near = p->i.rng;
        else if (n % 10 == 8)
            p->i.rng = near;
    }
    assert_true(refused > 0);
    assert_int_equal(sa->live->id_count, 1 + MANY);
    free(seen);
    pair_free(p);
}

static void test_msgid__limit__no_more(void **state) {
    struct pair *p = pair_new(NULL);
    uint32_t id;
    (void)state;
    p->i.config.limits.message_ids = 16;
    struct ike_sa *sa = established(p);
    for (int i = 1; i < 16; i++)
        assert_int_equal(ike_msgid_draw(sa, &id), IKEV1_OK);
    assert_int_equal(ike_msgid_draw(sa, &id), IKEV1_E_MESSAGE_IDS);
    assert_int_equal(ike_msgid_reserve(sa), IKEV1_E_MESSAGE_IDS);
    pair_free(p);
}

static void test_msgid__random_repeats__ends(void **state) { /* CRY-02 */
    struct pair *p = pair_new(NULL);
    struct ike_sa *sa = established(p);
    uint32_t id;
    (void)state;
    p->i.rng.stuck = true;
    assert_int_equal(ike_msgid_draw(sa, &id), IKEV1_OK);
    assert_int_equal(ike_msgid_draw(sa, &id), IKEV1_E_RANDOM);
    p->i.rng.stuck = false;
    p->i.rng.fail_at = p->i.rng.calls + 1;
    assert_int_equal(ike_msgid_draw(sa, &id), IKEV1_E_RANDOM);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_msgid__claimed__used_for_ever),
        cmocka_unit_test(test_msgid__million_from_a_source_that_repeats__none_twice),
        cmocka_unit_test(test_msgid__limit__no_more),
        cmocka_unit_test(test_msgid__random_repeats__ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
