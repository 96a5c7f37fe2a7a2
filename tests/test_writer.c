/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rows.h"

#include "base/base.h"

static void test_writer__numbers_and_runs__bytes_in_order(void **state) {
    (void)state;
    uint8_t *buf = malloc(12);
    memset(buf, 0xee, 12);
    struct ike_writer w = ike_writer(buf, 12);
    ike_write_u8(&w, 0x01);
    ike_write_u16(&w, 0x0203);
    ike_write_u32(&w, 0x04050607);
    ike_write(&w, ike_bytes("\x08\x09", 2));
    ike_write(&w, ike_bytes(NULL, 0));
    assert_ptr_equal(ike_write_room(&w, 3), buf + 9);
    assert_int_equal(ike_written(&w), 12);
    assert_memory_equal(buf, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\0\0\0", 12);
    free(buf);
}

static void test_writer__one_byte_too_few__bad_and_nothing_written(void **state) {
    (void)state;
    uint8_t *buf = malloc(3);
    memset(buf, 0xee, 3);
    struct ike_writer w = ike_writer(buf, 3);
    ike_write_u32(&w, 0xffffffff);
    assert_true(w.bad);
    assert_int_equal(ike_written(&w), 0);
    ike_write_u8(&w, 1); /* sticks, although it would fit */
    assert_true(w.bad);
    assert_memory_equal(buf, "\xee\xee\xee", 3);
    assert_null(ike_write_room(&w, 0));
    free(buf);
}

static void test_writer__run_of_any_size__bounded(void **state) {
    (void)state;
    uint8_t buf[4];
    struct ike_writer w = ike_writer(buf, sizeof(buf));
    assert_null(ike_write_room(&w, SIZE_MAX));
    assert_true(w.bad);
    w = ike_writer(NULL, 0);
    ike_write_u8(&w, 1);
    assert_true(w.bad);
}

static void test_patch__what_is_written__changed(void **state) {
    (void)state;
    uint8_t buf[8] = {0};
    struct ike_writer w = ike_writer(buf, sizeof(buf));
    ike_write_room(&w, 7);
    ike_patch_u8(&w, 0, 1);
    ike_patch_u16(&w, 1, 0x0203);
    ike_patch_u32(&w, 3, 0x04050607);
    assert_memory_equal(buf, "\x01\x02\x03\x04\x05\x06\x07\0", 8);
    assert_int_equal(ike_written(&w), 7);
}

static void test_patch__beyond_what_is_written__bad(void **state) {
    (void)state;
    static const struct {
        const char *name;
        size_t at;
        int size;
    } rows[] = {
        {"one byte at the end", 4, 1},          {"two bytes over the end", 3, 2},
        {"four bytes over the end", 1, 4},      {"far away", 400, 1},
        {"at the largest offset", SIZE_MAX, 2},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t buf[8] = {0};
        struct ike_writer w = ike_writer(buf, sizeof(buf));
        ike_write_room(&w, 4);
        if (rows[i].size == 1)
            ike_patch_u8(&w, rows[i].at, 0xff);
        else if (rows[i].size == 2)
            ike_patch_u16(&w, rows[i].at, 0xffff);
        else
            ike_patch_u32(&w, rows[i].at, 0xffffffff);
        ROW_EQUAL(rows[i].name, w.bad, true);
        ROW_EQUAL(rows[i].name, memcmp(buf, "\0\0\0\0\0\0\0\0", 8), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writer__numbers_and_runs__bytes_in_order),
        cmocka_unit_test(test_writer__one_byte_too_few__bad_and_nothing_written),
        cmocka_unit_test(test_writer__run_of_any_size__bounded),
        cmocka_unit_test(test_patch__what_is_written__changed),
        cmocka_unit_test(test_patch__beyond_what_is_written__bad),
    };
    return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
