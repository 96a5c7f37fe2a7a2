/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rows.h"

#include "base/base.h"

struct item {
    uint32_t number;
    uint8_t secret[9];
};

static struct ike_ring fresh(struct ike_mem *mem) {
    struct ike_ring q;
    ike_mem_init(mem, NULL, NULL, NULL, NULL);
    ike_ring_init(&q, mem, sizeof(struct item));
    return q;
}

static void test_ring__empty__nothing_to_take(void **state) {
    (void)state;
    struct ike_mem mem;
    struct ike_ring q = fresh(&mem);
    assert_null(ike_ring_peek(&q));
    assert_null(ike_ring_push(&q));
    ike_ring_pop(&q);
    assert_int_equal(q.count, 0);
    ike_ring_free(&q);
}

static void test_ring__pushes_and_pops_while_it_grows__first_in_first_out(void **state) {
    (void)state;
    struct ike_mem mem;
    struct ike_ring q = fresh(&mem);
    uint32_t in = 0, out = 0, seed = 5;
    while (in < 5000) {
        seed = seed * 1664525u + 1013904223u;
        for (uint32_t n = seed >> 28; n > 0; n--) {
            assert_int_equal(ike_ring_reserve(&q, 1), IKEV1_OK);
            struct item *item = ike_ring_push(&q);
            assert_non_null(item);
            assert_int_equal(item->number, 0); /* zeroed, also where one stood before */
            item->number = ++in;
        }
        for (uint32_t n = (seed >> 20) % 15; n > 0 && q.count > 0; n--) {
            assert_int_equal(((struct item *)ike_ring_peek(&q))->number, ++out);
            ike_ring_pop(&q);
        }
        assert_int_equal(q.count, in - out);
    }
    ike_ring_free(&q);
    assert_int_equal(mem.used, 0);
}

static void test_reserve__room_for_n__n_pushes_and_no_more(void **state) {
    (void)state;
    struct ike_mem mem;
    struct ike_ring q = fresh(&mem);
    assert_int_equal(ike_ring_reserve(&q, 10), IKEV1_OK);
    size_t used = mem.used;
    for (int i = 0; i < 10; i++)
        assert_non_null(ike_ring_push(&q));
    assert_null(ike_ring_push(&q));
    assert_int_equal(mem.used, used);
    ike_ring_free(&q);
}

static void test_pop__item__wiped(void **state) {
    (void)state;
    struct ike_mem mem;
    struct ike_ring q = fresh(&mem);
    ike_ring_reserve(&q, 1);
    struct item *item = ike_ring_push(&q);
    memset(item, 0x5a, sizeof(*item));
    ike_ring_pop(&q);
    for (size_t i = 0; i < sizeof(*item); i++)
        assert_int_equal(((uint8_t *)item)[i], 0);
    ike_ring_free(&q);
}

static void *no_memory(void *user, size_t len) {
    (void)user;
    (void)len;
    return NULL;
}

static void test_reserve__no_memory__content_kept(void **state) {
    (void)state;
    struct ike_mem mem;
    struct ike_ring q = fresh(&mem);
    ike_ring_reserve(&q, 4);
    for (uint32_t i = 0; i < 4; i++)
        ((struct item *)ike_ring_push(&q))->number = i;
    mem.alloc = no_memory;
    assert_int_equal(ike_ring_reserve(&q, 1), IKEV1_E_MEMORY);
    assert_int_equal(ike_ring_reserve(&q, UINT32_MAX), IKEV1_E_MEMORY);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(((struct item *)ike_ring_peek(&q))->number, i);
        ike_ring_pop(&q);
    }
    ike_ring_free(&q);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ring__empty__nothing_to_take),
        cmocka_unit_test(test_ring__pushes_and_pops_while_it_grows__first_in_first_out),
        cmocka_unit_test(test_reserve__room_for_n__n_pushes_and_no_more),
        cmocka_unit_test(test_pop__item__wiped),
        cmocka_unit_test(test_reserve__no_memory__content_kept),
    };
    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
