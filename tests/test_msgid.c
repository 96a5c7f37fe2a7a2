/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Message IDs: each opens one exchange of an ISAKMP SA, ever, and there is an end to them. R-11,
 * CRY-02, QCK-02, mission R8.
 */
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

static void test_msgid__many__like_a_plain_list(void **state) {
    enum { MANY = 5000 };
    static uint32_t ids[MANY];
    struct pair *p = pair_new(NULL);
    struct ike_sa *sa = established(p);
    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(ike_msgid_draw(sa, &ids[i]), IKEV1_OK);
        assert_int_not_equal(ids[i], 0);
    }
    for (size_t i = 0; i < MANY; i++)
        assert_true(ike_msgid_used(sa, ids[i]));
    size_t others = 0;
    for (uint32_t id = 1; id < 100000; id++)
        others += ike_msgid_used(sa, id);
    assert_true(others < 10);
    assert_int_equal(sa->live->id_count, 1 + MANY);
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
        cmocka_unit_test(test_msgid__many__like_a_plain_list),
        cmocka_unit_test(test_msgid__limit__no_more),
        cmocka_unit_test(test_msgid__random_repeats__ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
