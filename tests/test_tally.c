/* SPDX-License-Identifier: Apache-2.0 */
#include "support/alloc.h"
#include "support/rng.h"
#include "support/rows.h"

#include "base/base.h"

enum { KEYS = 500, STEPS = 20000 };

static void no_wipe(void *p, size_t len) {
    memset(p, 0, len);
}

static void test_tally__nothing_counted__nothing_found(void **state) {
    struct ike_mem mem;
    struct ike_tally t;
    (void)state;
    ike_mem_init(&mem, NULL, NULL, NULL, no_wipe);
    ike_tally_init(&t, &mem, true);
    assert_null(ike_tally_find(&t, 7));
    ike_tally_down(&t, 7);
    assert_int_equal(ike_tally_reserve(&t), IKEV1_OK);
    assert_null(ike_tally_find(&t, 7));
    ike_tally_down(&t, 7);
    ike_tally_free(&t);
    ike_tally_free(&t);
    assert_int_equal(mem.used, 0);
}

/* Against a plain array; hashes collide in their low bits (DOS-08), and some are 0. */
static void test_tally__up_and_down_at_random__as_counted_by_hand(void **state) {
    static uint32_t counts[KEYS];
    struct ike_mem mem;
    struct ike_tally t;
    struct rng rng;
    uint32_t used = 0;
    (void)state;
    memset(counts, 0, sizeof counts);
    rng_init(&rng, 3);
    ike_mem_init(&mem, NULL, NULL, NULL, no_wipe);
    ike_tally_init(&t, &mem, true);
    for (int i = 0; i < STEPS; i++) {
        uint32_t key = rng_below(&rng, KEYS), hash = (key / 4) * 0x01000000u + key % 4 * 7;
        if (rng_below(&rng, STEPS) > (uint32_t)i / 2 + STEPS / 4) {
            assert_int_equal(ike_tally_reserve(&t), IKEV1_OK);
            used += counts[key]++ == 0;
            assert_int_equal(ike_tally_up(&t, hash)->count, counts[key]);
            ike_tally_line(&t, ike_tally_find(&t, hash))->first =
                key + 1; /* goes where its key goes */
        } else if (counts[key] != 0) {
            used -= --counts[key] == 0;
            ike_tally_down(&t, hash);
        }
        assert_int_equal(t.used, used);
        for (uint32_t k = 0; i % 50 == 0 && k < KEYS; k++) {
            const struct ike_tally_slot *slot =
                ike_tally_find(&t, (k / 4) * 0x01000000u + k % 4 * 7);
            assert_int_equal(slot != NULL ? slot->count : 0, counts[k]);
            if (slot != NULL)
                assert_int_equal(ike_tally_line(&t, slot)->first, k + 1);
        }
    }
    ike_tally_free(&t);
    assert_int_equal(mem.used, 0);
}

static void test_tally__no_memory__as_it_was(void **state) { /* MEM-01 */
    struct counted memory;
    struct ike_mem mem;
    struct ike_tally t;
    (void)state;
    for (size_t fail_at = 3; fail_at <= 4; fail_at++) { /* the larger slots, the larger lines */
        uint32_t n = 0;
        counted_init(&memory);
        ike_mem_init(&mem, memory.allocator.user, memory.allocator.alloc, memory.allocator.release,
                     no_wipe);
        ike_tally_init(&t, &mem, true);
        memory.fail_at = fail_at;
        while (ike_tally_reserve(&t) == IKEV1_OK)
            n++, ike_tally_line(&t, ike_tally_up(&t, n))->first = n;
        assert_true(n >= 8);
        for (uint32_t i = 1; i <= n; i++) {
            assert_int_equal(ike_tally_find(&t, i)->count, 1);
            assert_int_equal(ike_tally_line(&t, ike_tally_find(&t, i))->first, i);
        }
        ike_tally_free(&t);
        assert_int_equal(memory.live, 0);
        assert_int_equal(memory.wrong_length, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tally__nothing_counted__nothing_found),
        cmocka_unit_test(test_tally__up_and_down_at_random__as_counted_by_hand),
        cmocka_unit_test(test_tally__no_memory__as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
