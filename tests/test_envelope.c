/* SPDX-License-Identifier: Apache-2.0 */
#include "support/algs.h"

#include <ikev1/openssl.h>

/* RFC 2409 5.5, 5.7: each hash is the prf over one run of bytes, written out here in hex. */
static void test_hashes__formula__prf_over_the_joined_bytes(void **state) {
    static const struct {
        const char *name, *covered;
        int number;
    } rows[] = {{"HASH(1)", "b1100ef6 0a0102030405", 1},
                {"HASH(2)", "b1100ef6 11*8 0a0102030405", 2},
                {"HASH(3)", "00 b1100ef6 11*8 22*9", 3}};
    struct ike_crypto c = crypto_open(ikev1_openssl());
    uint8_t skeyid_a[20];
    ikev1_bytes ni = hex_make("11*8"), nr = hex_make("22*9"), rest = hex_make("0a0102030405");
    const uint32_t id = 0xb1100ef6;
    struct ike_algs a;
    (void)state;

    assert_true(algs_named(&a, &c, NULL, "sha1", NULL, 0));
    memset(skeyid_a, 0x0a, sizeof skeyid_a);
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t got[20], want[20];
        ikev1_bytes covered = hex_make(rows[i].covered);
        int status = rows[i].number == 1   ? ike_hash_1(&c, &a, skeyid_a, id, rest, got)
                     : rows[i].number == 2 ? ike_hash_2(&c, &a, skeyid_a, id, ni, rest, got)
                                           : ike_hash_3(&c, &a, skeyid_a, id, ni, nr, got);

        ROW_EQUAL(rows[i].name, status, IKEV1_OK);
        ROW_EQUAL(rows[i].name, ike_prf(&c, &a, ike_bytes(skeyid_a, 20), &covered, 1, want),
                  IKEV1_OK);
        row_bytes(rows[i].name, "hash", got, ike_bytes(want, 20));
        hex_free(covered);
    }
    hex_free(ni);
    hex_free(nr);
    hex_free(rest);
    crypto_close(&c);
}

/* M-P1: RFC 3947 3.2, from strongSwan's logs. */
static void test_natd__strongswan_vectors__equal(void **state) {
    static const char *const files[] = {"kdf/natd_hash.txt", "kdf/natd_hash_2.txt"};
    size_t run = 0;
    (void)state;

    for (size_t i = 0; i < COUNT(files); i++) {
        struct vec_file *f = vec_open_or_skip(files[i]);
        struct ike_crypto c = crypto_open(ikev1_openssl());

        for (; vec_next(f); run++) {
            const char *name = vec_text(f, "case");
            ikev1_bytes ip = vec_hex(f, "ip"), port = vec_hex(f, "port");
            ikev1_address address = {.family = 4,
                                     .port = (uint16_t)(port.data[0] << 8 | port.data[1])};
            uint8_t got[IKEV1_MAX_HASH];
            struct ike_algs a;

            memcpy(address.ip, ip.data, 4);
            ROW_EQUAL(name, algs_of_case(&a, &c, f), true);
            ROW_EQUAL(name,
                      ike_natd_hash(&c, &a, vec_hex(f, "cky_i").data, vec_hex(f, "cky_r").data,
                                    &address, got),
                      IKEV1_OK);
            row_bytes(name, "NAT-D", got, vec_hex(f, "nat_d"));
        }
        vec_close(f);
        crypto_close(&c);
    }
    assert_int_equal(run, 14);
}

/* By Python: hashlib.sha256 over cookies, address and port. */
static void test_natd__family__its_bytes_or_refused(void **state) {
    struct ike_crypto c = crypto_open(ikev1_openssl());
    ikev1_address address = {.family = 6, .port = 4500};
    const uint8_t i[8] = {1}, r[8] = {2};
    uint8_t got[32];
    struct ike_algs a;
    (void)state;

    assert_true(algs_named(&a, &c, NULL, "sha256", NULL, 0));
    for (uint8_t n = 0; n < 16; n++)
        address.ip[n] = n;
    assert_int_equal(ike_natd_hash(&c, &a, i, r, &address, got), IKEV1_OK);
    row_hex("IPv6", "NAT-D", got,
            "99f3c61ce8da7cf11c866e40aceef75aae13b863a8ed643fb4d0fb65f4425ad5");
    address.family = 4;
    assert_int_equal(ike_natd_hash(&c, &a, i, r, &address, got), IKEV1_OK);
    row_hex("IPv4 is the first four bytes", "NAT-D", got,
            "58c599e4559a3f67d7d0cd3c233e193c742a9c7107f4b1ccf2c18ddb050f191c");
    address.family = 0;
    assert_int_equal(ike_natd_hash(&c, &a, i, r, &address, got), IKEV1_E_ARGUMENT);
    crypto_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hashes__formula__prf_over_the_joined_bytes),
        cmocka_unit_test(test_natd__strongswan_vectors__equal),
        cmocka_unit_test(test_natd__family__its_bytes_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
