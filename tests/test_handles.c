/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles: a number names one object of one kind, and nothing after it has ended. MEM-07.
 */
#include "session/session.h"

#include "support/rng.h"
#include "support/rows.h"

static struct ike_mem mem;
static struct ike_handles h;

static int start(void **state) {
    (void)state;
    ike_mem_init(&mem, NULL, NULL, NULL, NULL);
    h = (struct ike_handles){.mem = &mem};
    return 0;
}

static int stop(void **state) {
    (void)state;
    ike_free(&mem, h.slots, h.room * sizeof *h.slots);
    return mem.used == 0 ? 0 : -1;
}

static void test_handle__new__found_by_its_kind_only(void **state) {
    int object;
    ikev1_handle a;
    (void)state;
    assert_int_equal(ike_handle_new(&h, IKE_KIND_SA, &object, &a), IKEV1_OK);
    assert_true(a != 0);
    assert_ptr_equal(ike_handle_find(&h, IKE_KIND_SA, a), &object);
    assert_null(ike_handle_find(&h, IKE_KIND_CHILD, a));
    assert_ptr_equal(ike_handle_at(&h, IKE_KIND_SA, ike_slot_of(a)), &object);
    assert_null(ike_handle_at(&h, IKE_KIND_CHILD, ike_slot_of(a)));
    ike_handle_end(&h, a);
    assert_null(ike_handle_find(&h, IKE_KIND_SA, a));
}

static void test_handle__slot_used_again__old_number_finds_nothing(void **state) {
    int object[2];
    ikev1_handle old, fresh;
    (void)state;
    assert_int_equal(ike_handle_new(&h, IKE_KIND_SA, &object[0], &old), IKEV1_OK);
    for (int i = 0; i < 1000; i++) {
        ike_handle_end(&h, old);
        assert_int_equal(ike_handle_new(&h, IKE_KIND_SA, &object[1], &fresh), IKEV1_OK);
        assert_int_equal(ike_slot_of(fresh), ike_slot_of(old));
        assert_true(fresh != old);
        assert_null(ike_handle_find(&h, IKE_KIND_SA, old));
        assert_ptr_equal(ike_handle_find(&h, IKE_KIND_SA, fresh), &object[1]);
        old = fresh;
    }
}

static void test_handle__nonsense__finds_nothing(void **state) {
    int object;
    ikev1_handle a;
    (void)state;
    assert_int_equal(ike_handle_new(&h, IKE_KIND_CHILD, &object, &a), IKEV1_OK);
    const ikev1_handle BAD[] = {0,
                                1,
                                a + 1,
                                a ^ (UINT64_C(1) << 63),
                                UINT64_MAX,
                                a & 0xffffffff,
                                a & ~UINT64_C(0xffffffff)};
    for (size_t i = 0; i < COUNT(BAD); i++) {
        assert_null(ike_handle_find(&h, IKE_KIND_CHILD, BAD[i]));
        assert_null(ike_handle_find(&h, IKE_KIND_SA, BAD[i]));
    }
    assert_null(ike_handle_at(&h, IKE_KIND_CHILD, 0));
    assert_null(ike_handle_at(&h, IKE_KIND_CHILD, UINT32_MAX));
}

/* Many come and go at random: each is found as long as it lives, and no number comes twice. */
static void test_handle__many__like_a_plain_list(void **state) {
    enum { LIVE = 300, STEPS = 20000 };
    static ikev1_handle live[LIVE];
    static int objects[LIVE];
    struct rng rng;
    (void)state;
    rng_init(&rng, 1);
    memset(live, 0, sizeof live);
    for (int step = 0; step < STEPS; step++) {
        uint32_t i = rng_below(&rng, LIVE);
        int kind = i % 2 ? IKE_KIND_SA : IKE_KIND_CHILD;
        if (live[i] != 0) {
            assert_ptr_equal(ike_handle_find(&h, kind, live[i]), &objects[i]);
            ike_handle_end(&h, live[i]);
            assert_null(ike_handle_find(&h, kind, live[i]));
            live[i] = 0;
        } else {
            assert_int_equal(ike_handle_new(&h, kind, &objects[i], &live[i]), IKEV1_OK);
            for (uint32_t k = 0; k < LIVE; k++)
                assert_true(k == i || live[k] != live[i]);
        }
    }
    assert_true(h.used <= LIVE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_handle__new__found_by_its_kind_only, start, stop),
        cmocka_unit_test_setup_teardown(test_handle__slot_used_again__old_number_finds_nothing,
                                        start, stop),
        cmocka_unit_test_setup_teardown(test_handle__nonsense__finds_nothing, start, stop),
        cmocka_unit_test_setup_teardown(test_handle__many__like_a_plain_list, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
