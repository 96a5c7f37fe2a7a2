/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rows.h"

#include "wire/wire.h"

static void test_fragment__table__decoded_or_error(void **state) {
    (void)state;
    static const struct {
        const char *name, *hex;
        int want;
        struct ike_fragment fragment;
    } rows[] = {
        {"the first", "0001 01 00 aabb", IKEV1_OK, {.id = 1, .number = 1}},
        {"the last", "0001 ff 01 aabb", IKEV1_OK, {.id = 1, .number = 255, .last = true}},
        /* FRG-01 */
        {"no data", "0001 01 00", IKEV1_E_FRAGMENT, {0}},
        {"3 bytes", "0001 01", IKEV1_E_FRAGMENT, {0}},
        {"1 byte", "00", IKEV1_E_FRAGMENT, {0}},
        {"empty", "", IKEV1_E_FRAGMENT, {0}},
        /* FRG-02 */
        {"number 0", "0001 00 00 aabb", IKEV1_E_FRAGMENT, {0}},
        {"id 0", "0000 01 00 aabb", IKEV1_OK, {.number = 1}},
        {"id ffff", "ffff 01 00 aabb", IKEV1_OK, {.id = 0xffff, .number = 1}},
        {"flags 2", "0001 01 02 aabb", IKEV1_E_FRAGMENT, {0}},
        {"flags ff", "0001 01 ff aabb", IKEV1_E_FRAGMENT, {0}},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ikev1_bytes in = hex_make(rows[i].hex);
        struct ike_fragment f;
        ikev1_why why = {0};
        ROW_EQUAL(rows[i].name, ike_fragment_decode(&f, in, &why), rows[i].want);
        ROW_EQUAL(rows[i].name, why.code, rows[i].want);
        if (rows[i].want == IKEV1_OK) {
            uint8_t out[16];
            ROW_EQUAL(rows[i].name, f.id, rows[i].fragment.id);
            ROW_EQUAL(rows[i].name, f.number, rows[i].fragment.number);
            ROW_EQUAL(rows[i].name, f.last, rows[i].fragment.last);
            ROW_EQUAL(rows[i].name, f.data.data == in.data + 4 && f.data.len == 2, true);
            struct ike_writer w = ike_writer(out, sizeof(out));
            ike_fragment_encode(&w, &f);
            ROW_EQUAL(rows[i].name, ike_bytes_equal(ike_bytes(out, ike_written(&w)), in), true);
        }
        hex_free(in);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fragment__table__decoded_or_error),
    };
    return cmocka_run_group_tests_name("frag", tests, NULL, NULL);
}
