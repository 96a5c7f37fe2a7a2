/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rows.h"

#include "base/base.h"

enum { MANY = 2000 };

static uint32_t draw(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static bool is_value(const void *ctx, uint32_t value) {
    return *(const uint32_t *)ctx == value;
}

static bool any(const void *ctx, uint32_t value) {
    (void)ctx;
    (void)value;
    return true;
}

static uint32_t find(const struct ike_index *x, uint32_t hash, uint32_t value) {
    return ike_index_find(x, hash, is_value, &value);
}

static void test_index__empty__nothing_found(void **state) {
    (void)state;
    struct ike_mem mem;
    struct ike_index x;
    ike_mem_init(&mem, NULL, NULL, NULL, NULL);
    ike_index_init(&x, &mem);
    assert_int_equal(ike_index_find(&x, 0, any, NULL), 0);
    ike_index_remove(&x, 0, 1);
    ike_index_add(&x, 0, 1); /* nothing reserved: a mistake of ours, without effect */
    assert_int_equal(x.count, 0);
    ike_index_free(&x);
}

/* `spread` limits the hashes: 1 = all collide. Adds and removes at random beside a plain array. */
static void churn(uint32_t spread, uint32_t values) {
    struct ike_mem mem;
    struct ike_index x;
    bool *there = calloc(values + 1, sizeof(*there));
    uint32_t seed = spread, count = 0;
    ike_mem_init(&mem, NULL, NULL, NULL, NULL);
    ike_index_init(&x, &mem);
    for (uint32_t round = 0; round < 10 * values; round++) {
        uint32_t value = 1 + draw(&seed) % values;
        uint32_t hash = value * 2654435761u % spread;
        if (there[value]) {
            ike_index_remove(&x, hash, value);
        } else {
            assert_int_equal(ike_index_reserve(&x, 1), IKEV1_OK);
            ike_index_add(&x, hash, value);
        }
        there[value] = !there[value];
        count = there[value] ? count + 1 : count - 1;
        assert_int_equal(x.count, count);
        assert_true(count <= (x.mask + 1) / 8 * 7);
    }
    for (uint32_t value = 1; value <= values; value++)
        assert_int_equal(find(&x, value * 2654435761u % spread, value), there[value] ? value : 0);
    ike_index_free(&x);
    assert_int_equal(mem.used, 0);
    free(there);
}

static void test_index__random_churn__agrees_with_array(void **state) {
    (void)state;
    churn(UINT32_MAX, MANY);
    churn(64, 200);
    churn(7, 50);
    churn(1, 40);
}

static void test_find__many_under_one_hash__match_decides(void **state) {
    (void)state;
    struct ike_mem mem;
    struct ike_index x;
    ike_mem_init(&mem, NULL, NULL, NULL, NULL);
    ike_index_init(&x, &mem);
    assert_int_equal(ike_index_reserve(&x, 3), IKEV1_OK);
    ike_index_add(&x, 0xffffffff, 10);
    ike_index_add(&x, 0xffffffff, 11);
    ike_index_add(&x, 0x7fffffff, 12); /* the same slot, another hash */
    assert_int_equal(ike_index_find(&x, 0xffffffff, any, NULL), 10);
    assert_int_equal(find(&x, 0xffffffff, 11), 11);
    assert_int_equal(find(&x, 0xffffffff, 12), 0);
    assert_int_equal(find(&x, 0x7fffffff, 12), 12);
    ike_index_remove(&x, 0xffffffff, 12); /* not under this hash: stays */
    assert_int_equal(x.count, 3);
    ike_index_remove(&x, 0xffffffff, 10);
    assert_int_equal(ike_index_find(&x, 0xffffffff, any, NULL), 11);
    ike_index_free(&x);
}

/* Counts how many slots a search looks at: those it offers to match() and the hash it skips. */
static bool count_and_refuse(const void *ctx, uint32_t value) {
    (void)value;
    ++**(size_t *const *)ctx;
    return false;
}

static void test_find__full_table__asks_only_about_equal_hashes(void **state) {
    (void)state;
    struct ike_mem mem;
    struct ike_index x;
    size_t asked = 0, *counter = &asked;
    ike_mem_init(&mem, NULL, NULL, NULL, NULL);
    ike_index_init(&x, &mem);
    assert_int_equal(ike_index_reserve(&x, 7168), IKEV1_OK);
    assert_int_equal(x.mask, 8191); /* 7168 = 7/8 of 8192: still fits */
    uint32_t seed = 3;
    for (uint32_t i = 1; i <= 7168; i++)
        ike_index_add(&x, draw(&seed) << 1, i);
    assert_int_equal(ike_index_find(&x, 0x55555555, count_and_refuse, &counter), 0);
    assert_int_equal(asked, 0);
    ike_index_free(&x);
}

static void *no_memory(void *user, size_t len) {
    (void)user;
    (void)len;
    return NULL;
}

static void test_reserve__no_memory__content_kept(void **state) {
    (void)state;
    struct ike_mem mem;
    struct ike_index x;
    ike_mem_init(&mem, NULL, NULL, NULL, NULL);
    ike_index_init(&x, &mem);
    assert_int_equal(ike_index_reserve(&x, 7), IKEV1_OK);
    for (uint32_t i = 1; i <= 7; i++)
        ike_index_add(&x, i, i);
    mem.alloc = no_memory;
    assert_int_equal(ike_index_reserve(&x, 1), IKEV1_E_MEMORY);
    assert_int_equal(ike_index_reserve(&x, UINT32_MAX), IKEV1_E_MEMORY);
    assert_int_equal(ike_index_reserve(&x, 0), IKEV1_OK);
    for (uint32_t i = 1; i <= 7; i++)
        assert_int_equal(find(&x, i, i), i);
    ike_index_free(&x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_index__empty__nothing_found),
        cmocka_unit_test(test_index__random_churn__agrees_with_array),
        cmocka_unit_test(test_find__many_under_one_hash__match_decides),
        cmocka_unit_test(test_find__full_table__asks_only_about_equal_hashes),
        cmocka_unit_test(test_reserve__no_memory__content_kept),
    };
    return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
