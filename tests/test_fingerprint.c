/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a peer's first message tells: ikev1_fingerprint() over the recorded ones, and in the log.
 * wire/fingerprint.c; mission P6.
 */
#include <ikev1/ikev1.h>

#include "support/pair.h"
#include "support/vectors.h"

#include "api/api.h"

/* ---- recorded first messages: the same product has the same line, and no other has it ---- */

#define STRONGSWAN "09002689,afcad713,4048b7d5,4a131c81,90cb8091"

static const struct {
    const char *file, *product, *line;
} GOLDEN[] = {
    {"openswan_main_psk_pfs", "Openswan", "2 1.13*2 0/0/0 11.12.1.2.3.4.14 4f53577b,afcad713"},
    {"rub_strongswan_main_psk_1", "strongSwan", "2 1.13*5 0/0/1 1.14.2.4.3.11.12 " STRONGSWAN},
    {"rub_strongswan_main_psk_2", "strongSwan", "2 1.13*5 0/0/1 1.14.2.4.3.11.12 " STRONGSWAN},
    {"rub_strongswan_psk_mismatch", "strongSwan", "2 1.13*5 0/0/1 1.14.2.4.3.11.12 " STRONGSWAN},
    {"ozcan_main_psk", "strongSwan", "2 1.13*5 0/0/1 1.14.2.4.3.11.12 " STRONGSWAN},
    {"ozcan_aggressive_psk_1", "strongSwan, Aggressive",
     "4 1.4.10.5.13*5 0/0/1 1.14.2.4.3.11.12 " STRONGSWAN},
    {"ozcan_aggressive_psk_2", "strongSwan, Aggressive",
     "4 1.4.10.5.13*5 0/0/1 1.14.2.4.3.11.12 " STRONGSWAN},
    {"rub_main_psk", "the script that recorded rub", "2 1 0/0/0 1.14.2.4.3.11.12 "},
    {"rub_main_psk_informational", "the script that recorded rub", "2 1 0/0/0 1.14.2.4.3.11.12 "},
    {"tcpdump_natt_4500", "an older Openswan",
     "2 1.13*6 0/0/0 11.12.1.2.3.4 4f456b52,afcad713,4a131c81,7d9419a6,cd604643,4485152d"},
    {"wireshark_main_xauth_modecfg", "whoever is in Wireshark bug 12610",
     "2 1.13*8 0/1/1 11.12.1.14.3.2.4 "
     "4a131c81,cd604643,90cb8091,4485152d,09002689,12f5f28c,4048b7d5,afcad713"},
    {"zeek_main", "whoever is in zeek's main trace",
     "2 1.13*4 0/1/1 1.14.2.4.3.11.12L4 4a131c81,439b59f8,7d9419a6,90cb8091"},
    {"zeek_aggressive", "whoever is in zeek's aggressive trace",
     "4 1.13*4.4.10.5.13*3 0/1/1 1.14.2.4.3.11.12L4 "
     "4a131c81,439b59f8,7d9419a6,90cb8091,afcad713,09002689,11bdfe02"},
    {"zeek_main_2", "strongSwan 4 (pluto)",
     "2 1.13*9 0/0/0 11.12.1.2.3.4 "
     "882fe56d,12f5f28c,09002689,afcad713,4a131c81,7d9419a6,cd604643,90cb8091,4485152d"},
};

static bool open_recorded(const char *name, struct vec_file **f) {
    char path[128];
    struct ike_text t = ike_text(path, sizeof path);
    ike_text_str(&t, "handshakes/");
    ike_text_str(&t, name);
    ike_text_str(&t, ".txt");
    *f = vec_open(path);
    return *f != NULL;
}

static void test_fingerprint__recorded__golden(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(GOLDEN); i++) {
        char line[IKEV1_FINGERPRINT];
        struct vec_file *f;
        if (!open_recorded(GOLDEN[i].file, &f))
            skip();
        for (size_t seen = 0; vec_next(f); seen++) {
            const ikev1_bytes first = vec_hex(f, "msg1");
            const size_t len = ikev1_fingerprint(first.data, first.len, line, sizeof line);
            ROW_TEXT(GOLDEN[i].file, line, GOLDEN[i].line);
            ROW_EQUAL(GOLDEN[i].file, len, strlen(line));
        }
        vec_close(f);
    }
}

static void test_fingerprint__two_products__two_lines(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(GOLDEN); i++) {
        for (size_t k = 0; k < i; k++) {
            const bool same_product = strcmp(GOLDEN[i].product, GOLDEN[k].product) == 0;
            ROW_EQUAL(GOLDEN[i].file, strcmp(GOLDEN[i].line, GOLDEN[k].line) == 0, same_product);
        }
    }
}

/* ---- ours ---- */

static const struct datagram *first_of_ours(struct pair *p) {
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    side_drain(&p->i);
    return link_kept(&p->link, LINK_TO_RESPONDER, 1);
}

static void test_fingerprint__settings_differ__the_same_line(void **state) {
    char lines[2][IKEV1_FINGERPRINT];
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct pair *p = pair_new(NULL);
        if (i == 1) { /* values and their number are an administrator's */
            p->i.suites1[1] = p->i.suites1[0];
            p->i.suites1[0].key_bits = 256;
            p->i.phase1.suite_count = 2;
            p->i.phase1.life_seconds = 1000;
        }
        const struct datagram *d = first_of_ours(p);
        assert_true(ikev1_fingerprint(d->data, d->len, lines[i], sizeof lines[i]) > 0);
        pair_free(p);
    }
    assert_string_equal(lines[0], lines[1]);
}

static void test_fingerprint__in_the_log__of_the_first_message(void **state) {
    char line[IKEV1_FINGERPRINT];
    struct pair *p = pair_new(NULL);
    (void)state;
    const struct datagram *d = first_of_ours(p);
    assert_true(ikev1_fingerprint(d->data, d->len, line, sizeof line) > 0);
    pair_run(p);
    assert_true(side_said(&p->r, line));
    assert_int_equal(side_said_times(&p->r, "Peer's first message is "), 1);
    assert_int_equal(side_said_times(&p->i, "Peer's first message is "), 1);
    pair_free(p);
}

static void test_fingerprint__no_first_message__nothing(void **state) {
    char line[IKEV1_FINGERPRINT] = "untouched";
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_start(p);
    pair_up(p);
    const struct datagram *sealed = link_kept(&p->link, LINK_TO_RESPONDER, 3);
    assert_int_equal(ikev1_fingerprint(sealed->data, sealed->len, line, sizeof line), 0);
    const struct datagram *first = link_kept(&p->link, LINK_TO_RESPONDER, 1);
    for (size_t len = 0; len < first->len; len++)
        assert_int_equal(ikev1_fingerprint(first->data, len, line, sizeof line), 0);
    assert_int_equal(ikev1_fingerprint(NULL, 0, line, sizeof line), 0);
    assert_string_equal(line, "untouched");
    assert_true(ikev1_fingerprint(first->data, first->len, line, 8) > 8); /* cut */
    assert_int_equal(strlen(line), 7);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fingerprint__recorded__golden),
        cmocka_unit_test(test_fingerprint__two_products__two_lines),
        cmocka_unit_test(test_fingerprint__settings_differ__the_same_line),
        cmocka_unit_test(test_fingerprint__in_the_log__of_the_first_message),
        cmocka_unit_test(test_fingerprint__no_first_message__nothing),
    };
    return cmocka_run_group_tests_name("fingerprint", tests, NULL, NULL);
}
