/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rows.h"

#include "base/base.h"

enum { MANY = 500 };

static struct ike_timers fresh(struct ike_mem *mem) {
    struct ike_timers t;
    ike_mem_init(mem, NULL, NULL, NULL, NULL);
    ike_timers_init(&t, mem);
    return t;
}

/* A small generator of our own: the same numbers on every machine. */
static uint32_t draw(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void check_heap(const struct ike_timers *t) {
    for (uint32_t i = 0; i < t->count; i++) {
        assert_int_equal(t->heap[i].timer->pos, i + 1);
        assert_true(t->heap[i].at == ike_timer_at(t, t->heap[i].timer));
        if (i > 0)
            assert_true(t->heap[(i - 1) / 4].at <= t->heap[i].at);
    }
}

static void test_timers__empty__never(void **state) {
    (void)state;
    struct ike_mem mem;
    struct ike_timers t = fresh(&mem);
    assert_true(ike_timers_next(&t) == IKEV1_NEVER);
    assert_null(ike_timers_due(&t, IKEV1_NEVER));
    ike_timers_free(&t);
}

static void test_timers__random_sets_moves_and_clears__due_in_order(void **state) {
    (void)state;
    struct ike_mem mem;
    struct ike_timers t = fresh(&mem);
    struct ike_timer *timers = calloc(MANY, sizeof(*timers));
    uint32_t seed = 7, set = 0;
    assert_int_equal(ike_timers_reserve(&t, MANY), IKEV1_OK);
    size_t reserved = mem.used;
    for (int round = 0; round < 20 * MANY; round++) {
        struct ike_timer *timer = &timers[draw(&seed) % MANY];
        bool clear = draw(&seed) % 4 == 0;
        ike_timer_set(&t, timer, clear ? IKEV1_NEVER : draw(&seed) % 1000);
        assert_int_equal(timer->pos == 0, clear);
        if (round % 500 == 0)
            check_heap(&t);
    }
    assert_int_equal(mem.used, reserved); /* setting never allocates */
    for (int i = 0; i < MANY; i++)
        set += timers[i].pos != 0;
    assert_int_equal(t.count, set);
    ikev1_time last = 0;
    for (; set > 0; set--) {
        ikev1_time next = ike_timers_next(&t);
        assert_true(next >= last);
        if (next > 0)
            assert_null(ike_timers_due(&t, next - 1));
        struct ike_timer *due = ike_timers_due(&t, next);
        assert_non_null(due);
        assert_int_equal(due->pos, 0);
        assert_true(ike_timer_at(&t, due) == IKEV1_NEVER);
        last = next;
    }
    assert_true(ike_timers_next(&t) == IKEV1_NEVER);
    ike_timers_free(&t);
    assert_int_equal(mem.used, 0);
    free(timers);
}

static void test_timers__same_time__deterministic(void **state) {
    (void)state;
    for (int run = 0; run < 2; run++) {
        struct ike_mem mem;
        struct ike_timers t = fresh(&mem);
        struct ike_timer timers[9] = {{0}};
        static uint8_t order[2][9];
        ike_timers_reserve(&t, 9);
        for (uint8_t i = 0; i < 9; i++) {
            timers[i].kind = i;
            ike_timer_set(&t, &timers[i], 5);
        }
        for (int i = 0; i < 9; i++)
            order[run][i] = ike_timers_due(&t, 5)->kind;
        if (run == 1)
            assert_memory_equal(order[0], order[1], 9);
        ike_timers_free(&t);
    }
}

static void test_timers__unset_timers__keep_their_places(void **state) {
    (void)state;
    struct ike_mem mem;
    struct ike_timers t = fresh(&mem);
    struct ike_timer *timers = calloc(MANY, sizeof(*timers));
    for (int i = 0; i < MANY; i++) /* each object reserves one, none is set yet */
        assert_int_equal(ike_timers_reserve(&t, 1), IKEV1_OK);
    assert_true(t.room >= MANY);
    for (int i = 0; i < MANY; i++)
        ike_timer_set(&t, &timers[i], (ikev1_time)(MANY - i));
    assert_int_equal(t.count, MANY);
    assert_true(ike_timers_next(&t) == 1);
    ike_timers_free(&t);
    free(timers);
}

static void test_timers__places_given_back__used_again(void **state) {
    (void)state;
    struct ike_mem mem;
    struct ike_timers t = fresh(&mem);
    ike_timers_reserve(&t, 100);
    size_t used = mem.used;
    for (int i = 0; i < 1000; i++) {
        ike_timers_release(&t, 1);
        assert_int_equal(ike_timers_reserve(&t, 1), IKEV1_OK);
    }
    assert_int_equal(mem.used, used);
    ike_timers_release(&t, 1000);
    assert_int_equal(t.reserved, 0);
    ike_timers_free(&t);
}

static void *no_memory(void *user, size_t len) {
    (void)user;
    (void)len;
    return NULL;
}

static void test_reserve__no_memory__nothing_changed(void **state) {
    (void)state;
    struct ike_mem mem;
    struct ike_timers t;
    ike_mem_init(&mem, NULL, no_memory, NULL, NULL);
    ike_timers_init(&t, &mem);
    assert_int_equal(ike_timers_reserve(&t, 1), IKEV1_E_MEMORY);
    assert_int_equal(t.reserved, 0);
    assert_int_equal(ike_timers_reserve(&t, UINT32_MAX), IKEV1_E_MEMORY);
    struct ike_timer timer = {0};
    ike_timer_set(&t, &timer, 5); /* a mistake of ours: not set, but nothing written either */
    assert_int_equal(timer.pos, 0);
    ike_timers_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timers__empty__never),
        cmocka_unit_test(test_timers__random_sets_moves_and_clears__due_in_order),
        cmocka_unit_test(test_timers__same_time__deterministic),
        cmocka_unit_test(test_timers__unset_timers__keep_their_places),
        cmocka_unit_test(test_timers__places_given_back__used_again),
        cmocka_unit_test(test_reserve__no_memory__nothing_changed),
    };
    return cmocka_run_group_tests_name("timer", tests, NULL, NULL);
}
