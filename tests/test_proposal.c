/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checking the host's answers before a negotiation needs them: what the provider lacks, what is
 * weak and not named, what is no answer at all. exchange/proposal.c; CRY-05, SAP-17, R-23, mission
 * R9.
 */
#include "support/failcrypto.h"
#include "support/pair.h"

static struct pair *p;

static int start(void **state) {
    (void)state;
    p = pair_new(NULL);
    pair_start(p);
    return 0;
}

static int stop(void **state) {
    (void)state;
    pair_free(p);
    return 0;
}

static int check1(const ikev1_phase1 *a, ikev1_why *why) {
    return ikev1_check_phase1(p->i.ike, a, why);
}
static int check2(const ikev1_phase2 *a, ikev1_why *why) {
    return ikev1_check_phase2(p->i.ike, a, why);
}

/* ---- weak: each by its own name only ---- */

static const struct {
    const char *name;
    uint32_t allow;
    ikev1_suite1 suite;
} WEAK1[] = {
    {"DES", IKEV1_ALLOW_DES, {IKEV1_CIPHER_DES, 0, 4, 1, 14, {0}}},
    {"3DES", IKEV1_ALLOW_3DES, {IKEV1_CIPHER_3DES, 0, 4, 1, 14, {0}}},
    {"MD5", IKEV1_ALLOW_MD5, {IKEV1_CIPHER_AES, 128, IKEV1_HASH_MD5, 1, 14, {0}}},
    {"group 1", IKEV1_ALLOW_MODP768, {IKEV1_CIPHER_AES, 128, 4, 1, 1, {0}}},
    {"group 2", IKEV1_ALLOW_MODP1024, {IKEV1_CIPHER_AES, 128, 4, 1, 2, {0}}},
    {"group 5", IKEV1_ALLOW_MODP1536, {IKEV1_CIPHER_AES, 128, 4, 1, 5, {0}}},
};

static void test_check_phase1__weak__only_by_its_name(void **state) { /* */
    (void)state;
    for (size_t i = 0; i < COUNT(WEAK1); i++) {
        for (int named = 0; named < 3; named++) {
            struct pair *q = pair_new(NULL);
            ikev1_why why;
            q->i.suites1[0] = WEAK1[i].suite;
            q->i.config.allow = named == 1 ? WEAK1[i].allow : named == 2 ? ~WEAK1[i].allow : 0;
            pair_start(q);
            int r = ikev1_check_phase1(q->i.ike, &q->i.phase1, &why);
            if (r == IKEV1_E_UNSUPPORTED) /* this provider lacks it: said here, CRY-05 */
                ROW_EQUAL(WEAK1[i].name, why.diff_count, 1);
            else
                ROW_EQUAL(WEAK1[i].name, r, named == 1 ? IKEV1_OK : IKEV1_E_WEAK);
            ROW_EQUAL(WEAK1[i].name, pair_connect(q), r); /* and at negotiation the same */
            pair_free(q);
        }
    }
}

static void test_check_phase2__weak__only_by_its_name(void **state) { /* SAP-17 */
    static const struct {
        const char *name;
        uint32_t allow;
        ikev1_suite2 suite;
        uint16_t group;
        bool possible;
    } ROWS[] = {
        {"NULL", IKEV1_ALLOW_NULL, {3, IKEV1_ESP_NULL, 0, 2, 0}, 0, true},
        {"NULL alone", IKEV1_ALLOW_NULL, {3, IKEV1_ESP_NULL, 0, 0, 0}, 0, false},
        {"cipher alone", ~0u, {3, IKEV1_ESP_AES_CBC, 128, 0, 0}, 0, false},
        {"DES", IKEV1_ALLOW_DES, {3, IKEV1_ESP_DES, 0, 2, 0}, 0, true},
        {"3DES", IKEV1_ALLOW_3DES, {3, IKEV1_ESP_3DES, 0, 2, 0}, 0, true},
        {"MD5", IKEV1_ALLOW_MD5, {3, IKEV1_ESP_AES_CBC, 128, 1, 0}, 0, true},
        {"PFS in group 2", IKEV1_ALLOW_MODP1024, {3, IKEV1_ESP_AES_CBC, 128, 2, 0}, 2, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        for (int named = 0; named < 2; named++) {
            struct pair *q = pair_new(NULL);
            q->i.suites2[0] = ROWS[i].suite;
            q->i.phase2.pfs_group = ROWS[i].group;
            q->i.config.allow = named ? ROWS[i].allow : 0;
            pair_start(q);
            int r = ikev1_check_phase2(q->i.ike, &q->i.phase2, NULL);
            ROW_EQUAL(ROWS[i].name, r == IKEV1_OK, named && ROWS[i].possible);
            if (r != IKEV1_OK)
                ROW_EQUAL(ROWS[i].name, r == IKEV1_E_WEAK || r == IKEV1_E_UNSUPPORTED, true);
            pair_free(q);
        }
    }
}

/* ---- lacking ---- */

static void test_check__provider_lacks_it__said_before(void **state) { /* CRY-05 */
    (void)state;
    ikev1_why why;
    ikev1_phase1 a = p->i.phase1;
    ikev1_suite1 s = p->i.suites1[0];
    a.suites = &s;
    s.cipher = 60000;
    assert_int_equal(check1(&a, &why), IKEV1_E_UNSUPPORTED);
    assert_int_equal(why.diffs[0].attribute, IKEV1_ATTR1_CIPHER);
    s = p->i.suites1[0];
    s.hash = 60000;
    assert_int_equal(check1(&a, &why), IKEV1_E_UNSUPPORTED);
    assert_int_equal(why.diffs[0].attribute, IKEV1_ATTR1_HASH);
    s = p->i.suites1[0];
    s.group = 60000;
    assert_int_equal(check1(&a, &why), IKEV1_E_UNSUPPORTED);
    assert_int_equal(why.diffs[0].attribute, IKEV1_ATTR1_GROUP);
    s = p->i.suites1[0];
    s.auth = IKEV1_AUTH_RSA_ENCRYPTION; /* SAP-16 */
    assert_int_equal(check1(&a, &why), IKEV1_E_UNSUPPORTED);
    ikev1_phase2 b = p->i.phase2;
    b.pfs_group = 60000;
    assert_int_equal(check2(&b, &why), IKEV1_E_UNSUPPORTED);
    assert_int_equal(why.diffs[0].attribute, IKEV1_ATTR2_GROUP);
}

static void test_check__second_suite_is_the_wrong_one__named(void **state) {
    (void)state;
    ikev1_why why;
    ikev1_phase1 a = p->i.phase1;
    ikev1_suite1 s[3] = {p->i.suites1[0], p->i.suites1[0], p->i.suites1[0]};
    a.suites = s;
    a.suite_count = 3;
    s[2].group = 60000;
    assert_int_equal(check1(&a, &why), IKEV1_E_UNSUPPORTED);
    assert_int_equal(why.diffs[0].suite, 2);
}

/* ---- no answers ---- */

static void test_check_phase1__no_answer__config(void **state) {
    (void)state;
    for (int row = 0; row < 13; row++) {
        ikev1_phase1 a = p->i.phase1;
        ikev1_suite1 s = p->i.suites1[0];
        static uint8_t long_id[600];
        memset(long_id, 'a', sizeof long_id);
        a.suites = &s;
        switch (row) {
        case 0:
            a.size--;
            break;
        case 1:
            a.rule = 0;
            break;
        case 2:
            a.suites = NULL;
            break;
        case 3:
            a.suite_count = 0;
            break;
        case 4:
            a.suite_count = 33;
            break;
        case 5:
            a.natt = 3;
            break;
        case 6:
            a.remote_match = IKEV1_MATCH_RANGE + 1;
            break;
        case 7:
            s.reserved[2] = 1;
            break;
        case 8:
            s.key_bits = 0;
            break; /* AES has more than one size */
        case 9:
            s.cipher = IKEV1_CIPHER_3DES;
            break; /* and 3DES but one */
        case 10:
            a.local_id = (ikev1_id){200, 0, 0, long_id, 4};
            break;
        case 11:
            a.local_id = (ikev1_id){IKEV1_ID_IPV4_ADDR, 0, 0, long_id, 3};
            break;
        default:
            a.remote_id = (ikev1_id){IKEV1_ID_FQDN, 0, 0, long_id, sizeof long_id};
            break;
        }
        char name[16];
        snprintf(name, sizeof name, "row %d", row);
        int r = check1(&a, NULL);
        ROW_EQUAL(name, r == IKEV1_E_CONFIG || (row == 9 && r == IKEV1_E_UNSUPPORTED), true);
    }
}

static void test_check_phase1__key_sizes__exact(void **state) { /* SAP-07 */
    static const uint16_t BITS[] = {1, 8, 127, 129, 136, 160, 512, 65535};
    (void)state;
    ikev1_phase1 a = p->i.phase1;
    ikev1_suite1 s = p->i.suites1[0];
    a.suites = &s;
    for (size_t i = 0; i < COUNT(BITS); i++) {
        s.key_bits = BITS[i];
        assert_int_not_equal(check1(&a, NULL), IKEV1_OK);
    }
    for (uint16_t bits = 128; bits <= 256; bits = (uint16_t)(bits + 64)) {
        s.key_bits = bits;
        assert_int_equal(check1(&a, NULL), IKEV1_OK);
    }
}

static void test_check_phase2__no_answer__config(void **state) {
    (void)state;
    for (int row = 0; row < 16; row++) {
        ikev1_phase2 a = p->i.phase2;
        ikev1_suite2 s[2] = {p->i.suites2[0], p->i.suites2[0]};
        a.suites = s;
        switch (row) {
        case 0:
            a.size++;
            break;
        case 1:
            a.rule = 0;
            break;
        case 2:
            a.suites = NULL;
            break;
        case 3:
            a.suite_count = 0;
            break;
        case 4:
            a.suite_count = 33;
            break;
        case 5:
            a.mode = 0;
            break;
        case 6:
            a.mode = 3;
            break;
        case 7:
            s[0].flags = 4;
            break;
        case 8:
            s[0].flags = IKEV1_SUITE2_AND; /* with what? */
            break;
        case 9:
            a.suite_count = 2, s[0].flags = IKEV1_SUITE2_AND; /* with itself */
            break;
        case 10:
            a.suite_count = 2, s[0].flags = IKEV1_SUITE2_AND | IKEV1_SUITE2_ESN;
            s[1] = (ikev1_suite2){IKEV1_PROTO_IPCOMP, IKEV1_IPCOMP_LZS, 0, 0, IKEV1_SUITE2_ESN};
            break; /* packets of IPCOMP have no numbers */
        case 11:
            a.local.family = 6;
            break; /* the other is of 4 */
        case 12:
            a.match = IKEV1_SELECT_ACCEPT + 1;
            break;
        case 13:
            a.sha256_bits = 97;
            break;
        case 14:
            a.next = &a; /* without end */
            break;
        default:
            a.remote.end[0] = 0;
            break; /* ends before it starts */
        }
        char name[16];
        snprintf(name, sizeof name, "row %d", row);
        ROW_EQUAL(name, check2(&a, NULL), IKEV1_E_CONFIG);
    }
    ikev1_phase2 a = p->i.phase2;
    a.local.family = a.remote.family = 0;
    assert_int_equal(check2(&a, NULL), IKEV1_OK);
}

/* RFC 2407 4.5, RFC 3602 5.3, RFC 4543 5.3: a key length where there are several, and nowhere else.
 */
static void test_check_phase2__key_length__where_there_are_several(void **state) {
    static const struct {
        const char *name;
        ikev1_suite2 suite;
        bool length;
    } ROWS[] = {
        {"DES", {3, IKEV1_ESP_DES, 64, 2, 0}, false},
        {"3DES", {3, IKEV1_ESP_3DES, 192, 2, 0}, false},
        {"NULL", {3, IKEV1_ESP_NULL, 128, 2, 0}, false},
        {"AES-CBC", {3, IKEV1_ESP_AES_CBC, 128, 2, 0}, true},
        {"AES-CTR", {3, IKEV1_ESP_AES_CTR, 192, 2, 0}, true},
        {"AES-CCM", {3, IKEV1_ESP_AES_CCM_16, 256, 0, 0}, true},
        {"AES-GCM", {3, IKEV1_ESP_AES_GCM_16, 128, 0, 0}, true},
        {"AES-GMAC", {3, IKEV1_ESP_AES_GMAC, 128, 0, 0}, true},
        {"AH", {2, IKEV1_AH_SHA, 128, 2, 0}, false},
        {"AH with GMAC", {2, IKEV1_AH_AES_128_GMAC, 128, IKEV1_INTEG_AES_128_GMAC, 0}, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        for (int said = 0; said < 2; said++) {
            struct pair *q = pair_new(NULL);
            ikev1_why why;
            q->i.suites2[0] = ROWS[i].suite;
            q->i.suites2[0].key_bits = said ? ROWS[i].suite.key_bits : 0;
            q->i.config.allow = IKEV1_ALLOW_NULL | IKEV1_ALLOW_DES | IKEV1_ALLOW_3DES;
            pair_start(q);
            int r = ikev1_check_phase2(q->i.ike, &q->i.phase2, &why);
            ROW_EQUAL(ROWS[i].name, r, said == ROWS[i].length ? IKEV1_OK : IKEV1_E_CONFIG);
            if (r != IKEV1_OK)
                ROW_EQUAL(ROWS[i].name, why.diffs[0].attribute, IKEV1_ATTR2_KEY_BITS);
            pair_free(q);
        }
    }
}

/* RFC 2407 4.5, RFC 3686 3.3: what must have an authenticator of its own has none in AH. */
static void test_check_phase2__null_and_ctr__with_their_own_authenticator(void **state) {
    static const struct {
        const char *name;
        ikev1_suite2 esp;
        bool good;
    } ROWS[] = {
        {"NULL", {3, IKEV1_ESP_NULL, 0, 0, IKEV1_SUITE2_AND}, false},
        {"NULL, SHA-1", {3, IKEV1_ESP_NULL, 0, 2, IKEV1_SUITE2_AND}, true},
        {"CTR", {3, IKEV1_ESP_AES_CTR, 128, 0, IKEV1_SUITE2_AND}, false},
        {"CTR, SHA-1", {3, IKEV1_ESP_AES_CTR, 128, 2, IKEV1_SUITE2_AND}, true},
        {"CBC", {3, IKEV1_ESP_AES_CBC, 128, 0, IKEV1_SUITE2_AND}, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct pair *q = pair_new(NULL);
        ikev1_why why;
        q->i.suites2[0] = ROWS[i].esp;
        q->i.suites2[1] = (ikev1_suite2){IKEV1_PROTO_AH, IKEV1_AH_SHA, 0, 2, 0};
        q->i.phase2.suite_count = 2;
        q->i.config.allow = IKEV1_ALLOW_NULL;
        pair_start(q);
        int r = ikev1_check_phase2(q->i.ike, &q->i.phase2, &why);
        ROW_EQUAL(ROWS[i].name, r, ROWS[i].good ? IKEV1_OK : IKEV1_E_WEAK);
        if (!ROWS[i].good)
            ROW_EQUAL(ROWS[i].name, why.diffs[0].attribute, IKEV1_ATTR2_INTEGRITY);
        pair_free(q);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_phase1__weak__only_by_its_name),
        cmocka_unit_test(test_check_phase2__weak__only_by_its_name),
        cmocka_unit_test(test_check_phase2__key_length__where_there_are_several),
        cmocka_unit_test(test_check_phase2__null_and_ctr__with_their_own_authenticator),
        cmocka_unit_test(test_check__provider_lacks_it__said_before),
        cmocka_unit_test(test_check__second_suite_is_the_wrong_one__named),
        cmocka_unit_test(test_check_phase1__no_answer__config),
        cmocka_unit_test(test_check_phase1__key_sizes__exact),
        cmocka_unit_test(test_check_phase2__no_answer__config),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
