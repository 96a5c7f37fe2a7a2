/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rows.h"

#include "base/base.h"

static void test_reader__numbers__big_endian(void **state) {
    (void)state;
    ikev1_bytes in = hex_make("01 0203 04050607 fffe ffffffff");
    struct ike_reader r = ike_reader(in);
    assert_int_equal(ike_left(&r), 13);
    assert_int_equal(ike_read_u8(&r), 1);
    assert_int_equal(ike_read_u16(&r), 0x0203);
    assert_int_equal(ike_read_u32(&r), 0x04050607);
    assert_int_equal(ike_read_u16(&r), 0xfffe);
    assert_int_equal(ike_read_u32(&r), 0xffffffff);
    assert_int_equal(ike_left(&r), 0);
    assert_false(r.bad);
    hex_free(in);
}

static void test_reader__one_byte_short__bad_and_stays_bad(void **state) {
    (void)state;
    for (int size = 1; size <= 4; size *= 2) {
        ikev1_bytes in = hex_make(size == 1 ? "" : size == 2 ? "01" : "010203");
        struct ike_reader r = ike_reader(in);
        uint32_t got = size == 1   ? ike_read_u8(&r)
                       : size == 2 ? ike_read_u16(&r)
                                   : ike_read_u32(&r);
        assert_int_equal(got, 0);
        assert_true(r.bad);
        assert_int_equal(ike_left(&r), in.len);
        assert_null(ike_read(&r, 0));
        assert_int_equal(ike_read_u8(&r), 0);
        assert_true(r.bad);
        hex_free(in);
    }
}

static void test_reader__runs__point_into_input(void **state) {
    (void)state;
    ikev1_bytes in = hex_make("aabbccddee");
    struct ike_reader r = ike_reader(in);
    ikev1_bytes two = ike_read_bytes(&r, 2);
    assert_ptr_equal(two.data, in.data);
    assert_int_equal(two.len, 2);
    ikev1_bytes none = ike_read_bytes(&r, 0);
    assert_int_equal(none.len, 0);
    ikev1_bytes rest = ike_read_rest(&r);
    assert_ptr_equal(rest.data, in.data + 2);
    assert_int_equal(rest.len, 3);
    assert_int_equal(ike_read_rest(&r).len, 0);
    assert_false(r.bad);
    ikev1_bytes more = ike_read_bytes(&r, 1);
    assert_null(more.data);
    assert_int_equal(more.len, 0);
    assert_true(r.bad);
    hex_free(in);
}

static void test_reader__huge_length__no_wrap(void **state) {
    (void)state;
    ikev1_bytes in = hex_make("aabb");
    struct ike_reader r = ike_reader(in);
    assert_null(ike_read(&r, SIZE_MAX));
    assert_true(r.bad);
    hex_free(in);
}

static void test_reader__null_input__empty(void **state) {
    (void)state;
    struct ike_reader r = ike_reader((ikev1_bytes){NULL, 0});
    assert_int_equal(ike_left(&r), 0);
    assert_int_equal(ike_read_rest(&r).len, 0);
    assert_false(r.bad);
    assert_int_equal(ike_read_u8(&r), 0);
    assert_true(r.bad);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reader__numbers__big_endian),
        cmocka_unit_test(test_reader__one_byte_short__bad_and_stays_bad),
        cmocka_unit_test(test_reader__runs__point_into_input),
        cmocka_unit_test(test_reader__huge_length__no_wrap),
        cmocka_unit_test(test_reader__null_input__empty),
    };
    return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
