/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rows.h"

#include "base/base.h"

/* A host's allocator: counts, fails on demand, and remembers whether what it gets back is wiped. */
struct host {
    size_t calls, out, fail_at;
    bool dirty, wrong_size;
};

static void *host_alloc(void *user, size_t len) {
    struct host *host = user;
    if (++host->calls == host->fail_at)
        return NULL;
    size_t *block = malloc(sizeof(size_t) * 2 + len);
    assert_non_null(block);
    memset(block, 0xa5, sizeof(size_t) * 2 + len);
    block[0] = len;
    host->out += len;
    return block + 2;
}

static void host_release(void *user, void *p, size_t len) {
    struct host *host = user;
    size_t *block = (size_t *)p - 2;
    host->wrong_size |= block[0] != len;
    for (size_t i = 0; i < len; i++)
        host->dirty |= ((const uint8_t *)p)[i] != 0;
    host->out -= len;
    free(block);
}

static void test_alloc__defaults__zeroed_and_counted(void **state) {
    (void)state;
    struct ike_mem mem;
    ike_mem_init(&mem, NULL, NULL, NULL, NULL);
    uint8_t *p = ike_alloc(&mem, 100);
    assert_non_null(p);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(p[i], 0);
    uint8_t *q = ike_alloc(&mem, 50);
    assert_int_equal(mem.used, 150);
    ike_free(&mem, p, 100);
    assert_int_equal(mem.used, 50);
    assert_int_equal(mem.peak, 150);
    ike_free(&mem, q, 50);
    ike_free(&mem, NULL, 10);
    assert_int_equal(mem.used, 0);
    assert_null(ike_alloc(&mem, 0));
    assert_int_equal(mem.used, 0);
}

static void test_wipe__default__overwrites(void **state) {
    (void)state;
    struct ike_mem mem;
    uint8_t secret[32];
    memset(secret, 0x5a, sizeof(secret));
    ike_mem_init(&mem, NULL, NULL, NULL, NULL);
    mem.wipe(secret, sizeof(secret));
    for (size_t i = 0; i < sizeof(secret); i++)
        assert_int_equal(secret[i], 0);
}

static void test_free__host_allocator__gets_wiped_block_and_its_size(void **state) {
    (void)state;
    struct host host = {0};
    struct ike_mem mem;
    ike_mem_init(&mem, &host, host_alloc, host_release, NULL);
    uint8_t *p = ike_alloc(&mem, 64);
    memset(p, 0x77, 64);
    ike_free(&mem, p, 64);
    assert_int_equal(host.calls, 1);
    assert_int_equal(host.out, 0);
    assert_false(host.dirty);
    assert_false(host.wrong_size);
}

static void test_grow__larger_and_smaller__keeps_what_fits(void **state) {
    (void)state;
    struct host host = {0};
    struct ike_mem mem;
    ike_mem_init(&mem, &host, host_alloc, host_release, NULL);
    uint8_t *p = ike_grow(&mem, NULL, 0, 4);
    memcpy(p, "abcd", 4);
    p = ike_grow(&mem, p, 4, 8);
    assert_memory_equal(p, "abcd\0\0\0\0", 8);
    p = ike_grow(&mem, p, 8, 2);
    assert_memory_equal(p, "ab", 2);
    assert_int_equal(mem.used, 2);
    ike_free(&mem, p, 2);
    assert_int_equal(host.out, 0);
    assert_false(host.dirty);
    assert_false(host.wrong_size);
}

static void test_grow__no_memory__old_kept(void **state) {
    (void)state;
    struct host host = {.fail_at = 2};
    struct ike_mem mem;
    ike_mem_init(&mem, &host, host_alloc, host_release, NULL);
    uint8_t *p = ike_alloc(&mem, 4);
    memcpy(p, "abcd", 4);
    assert_null(ike_grow(&mem, p, 4, 8));
    assert_memory_equal(p, "abcd", 4);
    assert_int_equal(mem.used, 4);
    ike_free(&mem, p, 4);
}

static void test_blob_set__replaced_then_out_of_memory__old_kept(void **state) {
    (void)state;
    struct host host = {.fail_at = 3};
    struct ike_mem mem;
    struct ike_blob blob = {0};
    ike_mem_init(&mem, &host, host_alloc, host_release, NULL);
    assert_int_equal(ike_blob_set(&mem, &blob, ike_bytes("one", 3)), IKEV1_OK);
    assert_int_equal(ike_blob_set(&mem, &blob, ike_bytes("three", 5)), IKEV1_OK);
    assert_int_equal(mem.used, 5);
    assert_int_equal(ike_blob_set(&mem, &blob, ike_bytes("x", 1)), IKEV1_E_MEMORY);
    assert_true(ike_bytes_equal(ike_blob_bytes(&blob), ike_bytes("three", 5)));
    assert_int_equal(ike_blob_set(&mem, &blob, ike_bytes(NULL, 0)), IKEV1_OK);
    assert_null(blob.data);
    assert_int_equal(host.out, 0);
    ike_blob_free(&mem, &blob);
    assert_false(host.dirty);
}

static void test_bytes_equal__table__exact(void **state) {
    (void)state;
    static const struct {
        const char *name, *a, *b;
        bool equal;
    } rows[] = {
        {"same", "0102", "0102", true},  {"both empty", "", "", true},
        {"prefix", "0102", "01", false}, {"last byte differs", "0102", "0103", false},
        {"one empty", "00", "", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ikev1_bytes a = hex_make(rows[i].a), b = hex_make(rows[i].b);
        ROW_EQUAL(rows[i].name, ike_bytes_equal(a, b), rows[i].equal);
        hex_free(a);
        hex_free(b);
    }
    assert_true(ike_bytes_equal(ike_bytes(NULL, 0), ike_bytes("x", 0)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alloc__defaults__zeroed_and_counted),
        cmocka_unit_test(test_wipe__default__overwrites),
        cmocka_unit_test(test_free__host_allocator__gets_wiped_block_and_its_size),
        cmocka_unit_test(test_grow__larger_and_smaller__keeps_what_fits),
        cmocka_unit_test(test_grow__no_memory__old_kept),
        cmocka_unit_test(test_blob_set__replaced_then_out_of_memory__old_kept),
        cmocka_unit_test(test_bytes_equal__table__exact),
    };
    return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}
