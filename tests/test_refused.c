/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is recognised and refused by design: New Group Mode, Authentication-Only, the methods of RSA
 * encryption (mission R1, R2; RFC 2409 5.2, 5.3, 5.6; RFC 2408 4.6). Each is named.
 */
#include "api/api.h"
#include "support/digest.h"
#include "support/pair.h"

static const struct {
    uint8_t exchange;
    const char *name;
} EXCHANGES[] = {
    {IKEV1_EXCHANGE_AUTH_ONLY, "Authentication Only"},
    {IKEV1_EXCHANGE_NEW_GROUP, "New Group Mode"},
};

/* As somebody's first message, and under an SA that is established. */
static void test_exchange__refused_by_design__named(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(EXCHANGES); i++) {
        struct pair *p = pair_new(NULL);
        struct datagram first, *later;
        ikev1_why why;
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        side_drain(&p->i);
        assert_true(link_next(&p->link, &first));
        first.data[18] = EXCHANGES[i].exchange;
        uint64_t before = engine_digest(p->r.ike);
        ROW_EQUAL(EXCHANGES[i].name,
                  ikev1_engine_input(p->r.ike, p->now, &first.path, first.data, first.len, &why),
                  IKEV1_DROPPED);
        ROW_EQUAL(EXCHANGES[i].name, why.code, IKEV1_E_EXCHANGE);
        ROW_TEXT(EXCHANGES[i].name, why.theirs, EXCHANGES[i].name);
        ROW_EQUAL(EXCHANGES[i].name, why.offset, 18);
        ROW_EQUAL(EXCHANGES[i].name, side_said(&p->r, EXCHANGES[i].name), true);
        ROW_EQUAL(EXCHANGES[i].name, engine_digest(p->r.ike) == before, true);
        first.data[18] = IKEV1_EXCHANGE_MAIN;
        ikev1_engine_input(p->r.ike, p->now, &first.path, first.data, first.len, NULL);
        link_release(&first);
        pair_run(p);
        pair_check_up(p, 1);
        assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), PAIR_RULE, NULL), IKEV1_OK);
        side_drain(&p->i);
        later = &p->link.flights[0];
        later->data[18] = EXCHANGES[i].exchange;
        ROW_EQUAL(EXCHANGES[i].name,
                  ikev1_engine_input(p->r.ike, p->now, &later->path, later->data, later->len, &why),
                  IKEV1_DROPPED);
        ROW_EQUAL(EXCHANGES[i].name, why.code, IKEV1_E_EXCHANGE);
        ROW_EQUAL(EXCHANGES[i].name, p->r.ike->s.sas, 1);
        pair_free(p);
    }
}

/* A host cannot name them; a peer that offers nothing else is refused with the method's name. */
static void test_method__rsa_encryption__named_and_refused(void **state) {
    static const uint16_t METHODS[] = {IKEV1_AUTH_RSA_ENCRYPTION,
                                       IKEV1_AUTH_RSA_ENCRYPTION_REVISED};
    (void)state;
    for (size_t i = 0; i < COUNT(METHODS); i++) {
        struct pair *p = pair_new(NULL);
        struct datagram d;
        ikev1_why why;
        char line[512];
        const char *name = ikev1_name(IKEV1_NAMES_AUTH, METHODS[i]);
        pair_start(p);
        p->i.suites1[0].auth = METHODS[i];
        ROW_EQUAL(name, ikev1_check_phase1(p->i.ike, &p->i.phase1, &why), IKEV1_E_UNSUPPORTED);
        ROW_EQUAL(name, why.diffs[0].attribute, IKEV1_ATTR1_AUTH);
        ROW_EQUAL(name, why.diffs[0].ours, METHODS[i]);
        p->i.suites1[0].auth = IKEV1_AUTH_PSK;
        ROW_EQUAL(name, pair_connect(p), IKEV1_OK);
        side_drain(&p->i);
        assert_true(link_next(&p->link, &d));
        for (size_t at = 0; at + 4 <= d.len; at++) { /* authentication method, pre-shared key */
            static const uint8_t psk[] = {0x80, 0x03, 0, IKEV1_AUTH_PSK};
            if (memcmp(d.data + at, psk, sizeof psk) == 0)
                d.data[at + 3] = (uint8_t)METHODS[i];
        }
        ROW_EQUAL(name, ikev1_engine_input(p->r.ike, p->now, &d.path, d.data, d.len, &why),
                  IKEV1_DROPPED);
        link_release(&d);
        ROW_EQUAL(name, why.code, IKEV1_E_NO_PROPOSAL);
        ROW_EQUAL(name, why.diffs[0].attribute, IKEV1_ATTR1_AUTH);
        ROW_EQUAL(name, why.diffs[0].theirs, METHODS[i]);
        ikev1_why_format(&why, line, sizeof line);
        assert_non_null(strstr(line, name));
        ROW_EQUAL(name, side_said(&p->r, name), true);
        ROW_EQUAL(name, p->r.ike->s.sas, 0);
        pair_free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchange__refused_by_design__named),
        cmocka_unit_test(test_method__rsa_encryption__named_and_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
