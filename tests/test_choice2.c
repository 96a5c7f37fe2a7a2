/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Phase 2: choosing among what a peer offers, bundles as a whole, and checking what a peer has
 * chosen. RFC 2408 4.2, RFC 3173 4.1. SAP, QCK, mission S6, R1.
 */
#include "exchange/quick.h"

#include "support/algs.h"
#include "support/nullcrypto.h"
#include "support/sabody.h"

static struct null_crypto null;
static struct ike_context ctx;

static int open_context(void **state) {
    (void)state;
    null_crypto_init(&null, 1);
    ctx = (struct ike_context){.crypto = crypto_open(&null.provider)};
    return 0;
}

static int close_context(void **state) {
    (void)state;
    crypto_close(&ctx.crypto);
    return 0;
}

/* ---- what peers offer, and what we have ---- */

enum { G14 = IKEV1_GROUP_MODP2048, G19 = IKEV1_GROUP_ECP256 };
enum { S1 = IKEV1_INTEG_HMAC_SHA1, S2 = IKEV1_INTEG_HMAC_SHA2_256 };

static const uint8_t SPI[4] = {0, 0, 1, 0}, OTHER[4] = {1, 2, 3, 4}, CPI[2] = {0x12, 0x34};

static struct ike_suite esp(uint16_t bits, uint16_t integrity) {
    return (struct ike_suite){.protocol = IKEV1_PROTO_ESP,
                              .transform = 1,
                              .id = IKEV1_ESP_AES_CBC,
                              .key_bits = bits,
                              .integrity = integrity,
                              .encapsulation = IKEV1_ENCAP_TUNNEL,
                              .life_seconds = 3600};
}

static struct ike_suite ah(uint8_t id, uint16_t integrity) {
    struct ike_suite s = esp(0, integrity);
    s.protocol = IKEV1_PROTO_AH;
    s.id = id;
    return s;
}

static struct ike_suite ipcomp(uint8_t id) {
    struct ike_suite s = esp(0, 0);
    s.protocol = IKEV1_PROTO_IPCOMP;
    s.id = id;
    return s;
}

static ikev1_bytes offer(struct sa_body *b, const struct ike_suite *suite) {
    sa_body_begin(b);
    sa_body_add(b, 1, suite, SPI, sizeof SPI);
    return sa_body_end(b);
}

static ikev1_suite2 suites[8];

static ikev1_phase2 ours(size_t count) {
    return (ikev1_phase2){.size = sizeof(ikev1_phase2),
                          .rule = 1,
                          .suites = suites,
                          .suite_count = count,
                          .mode = IKEV1_ENCAP_TUNNEL};
}

static ikev1_phase2 ours_esp(void) {
    suites[0] = (ikev1_suite2){IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 128, S2, 0};
    return ours(1);
}

/* ESP with AH, or ESP with IPCOMP and AH, or AH alone. */
static ikev1_phase2 ours_bundles(void) {
    suites[0] = (ikev1_suite2){IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 128, S1, IKEV1_SUITE2_AND};
    suites[1] = (ikev1_suite2){IKEV1_PROTO_AH, IKEV1_AH_SHA, 0, S1, 0};
    suites[2] = (ikev1_suite2){IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 256, S2, IKEV1_SUITE2_AND};
    suites[3] = (ikev1_suite2){IKEV1_PROTO_IPCOMP, IKEV1_IPCOMP_DEFLATE, 0, 0, IKEV1_SUITE2_AND};
    suites[4] = (ikev1_suite2){IKEV1_PROTO_AH, IKEV1_AH_SHA2_256, 0, S2, 0};
    suites[5] = (ikev1_suite2){IKEV1_PROTO_AH, IKEV1_AH_SHA2_256, 0, S2, 0};
    return ours(6);
}

static int choose(const ikev1_phase2 *p, ikev1_bytes body, struct ike_terms *t, ikev1_why *why) {
    *why = (ikev1_why){.exchange = IKEV1_EXCHANGE_QUICK};
    return ike_choose2(&ctx, p, IKEV1_ENCAP_TUNNEL, body, t, why);
}

/* ---- one protocol ---- */

static void test_choose2__later_proposal__its_number_and_spi(void **state) { /* SAP-10 */
    static struct sa_body b;
    struct ike_suite first = esp(256, S1), second = esp(128, S2);
    ikev1_phase2 p = ours_esp();
    struct ike_terms t;
    ikev1_why why;
    (void)state;
    sa_body_begin(&b);
    sa_body_add(&b, 7, &first, SPI, 4);
    sa_body_add(&b, 200, &second, OTHER, 4);
    assert_int_equal(choose(&p, sa_body_end(&b), &t, &why), IKEV1_OK);
    assert_int_equal(t.count, 1);
    assert_int_equal(t.members[0].suite.proposal, 200);
    assert_int_equal(t.members[0].spi_out, 0x01020304);
}

static void test_choose2__reserved_spi__refused(void **state) { /* RFC 2406 2.1, QCK-11 */
    static const struct {
        const char *name;
        uint8_t spi[8];
        size_t len;
    } ROWS[] = {{"0", {0}, 4},
                {"1", {0, 0, 0, 1}, 4},
                {"255", {0, 0, 0, 255}, 4},
                {"two bytes", {9, 9}, 2},
                {"eight bytes", {9, 9, 9, 9, 9, 9, 9, 9}, 8},
                {"none", {0}, 0}};
    static struct sa_body b;
    ikev1_phase2 p = ours_esp();
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct ike_suite suite = esp(128, S2);
        struct ike_terms t;
        ikev1_why why;
        sa_body_begin(&b);
        sa_body_add(&b, 1, &suite, ROWS[i].spi, ROWS[i].len);
        ike_sa_end(&b.s);
        ikev1_bytes body = ike_bytes(b.bytes, ike_written(&b.w));
        int r = ike_sa_check(body, NULL);
        if (r == IKEV1_OK)
            r = choose(&p, body, &t, &why);
        ROW_EQUAL(ROWS[i].name, r == IKEV1_E_SPI || r == IKEV1_E_SA_SYNTAX, true);
    }
}

static void test_choose2__encapsulation__exactly_ours(void **state) { /* QCK-14 */
    static const uint16_t MODES[] = {0, 2, 3, 4, 5, 61443, 61444};
    static struct sa_body b;
    ikev1_phase2 p = ours_esp();
    (void)state;
    for (size_t i = 0; i < COUNT(MODES); i++) {
        struct ike_suite suite = esp(128, S2);
        struct ike_terms t;
        ikev1_why why;
        suite.encapsulation = MODES[i];
        assert_int_equal(choose(&p, offer(&b, &suite), &t, &why), IKEV1_E_NO_PROPOSAL);
        assert_int_equal(why.diffs[0].ours, IKEV1_ENCAP_TUNNEL);
    }
}

static void test_choose2__one_pair_differs_in_all__named(void **state) {
    static struct sa_body b;
    struct ike_suite suite = esp(256, S1);
    struct ike_terms t;
    ikev1_why why;
    (void)state;
    suite.group = G14;
    suite.encapsulation = IKEV1_ENCAP_TRANSPORT;
    suite.esn = 1;
    suites[0] = (ikev1_suite2){IKEV1_PROTO_ESP, IKEV1_ESP_AES_GCM_16, 128, 0, 0};
    ikev1_phase2 p = ours(1);
    assert_int_equal(choose(&p, offer(&b, &suite), &t, &why), IKEV1_E_NO_PROPOSAL);
    static const uint16_t NAMES[] = {IKEV1_DIFF_TRANSFORM,  IKEV1_ATTR2_KEY_BITS,
                                     IKEV1_ATTR2_INTEGRITY, IKEV1_ATTR2_ENCAPSULATION,
                                     IKEV1_ATTR2_GROUP,     IKEV1_ATTR2_ESN};
    assert_int_equal(why.diff_count, COUNT(NAMES));
    for (size_t i = 0; i < COUNT(NAMES); i++)
        assert_int_equal(why.diffs[i].attribute, NAMES[i]);
}

/* The host has listed the groups; what it has not listed is none. */
static void test_choose2__pfs_groups__those_listed(void **state) { /* QCK-13 */
    static const struct {
        const char *name;
        uint16_t group, also[3], offered;
        int code;
    } ROWS[] = {
        {"the first", G14, {G19}, G14, IKEV1_OK},
        {"another", G14, {20, G19}, G19, IKEV1_OK},
        {"none of them", G14, {20, G19}, 31, IKEV1_E_NO_PROPOSAL},
        {"without, and one is wanted", G14, {G19}, 0, IKEV1_E_NO_PROPOSAL},
        {"without, and that will do", 0, {G19}, 0, IKEV1_OK},
        {"with, and it need not be", 0, {G19}, G19, IKEV1_OK},
        {"with, and no list", 0, {0}, G19, IKEV1_E_NO_PROPOSAL},
    };
    static struct sa_body b;
    ikev1_phase2 p = ours_esp();
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct ike_suite suite = esp(128, S2);
        struct ike_terms t;
        ikev1_why why;
        suite.group = ROWS[i].offered;
        p.pfs_group = ROWS[i].group;
        memcpy(p.pfs_also, ROWS[i].also, sizeof ROWS[i].also);
        ROW_EQUAL(ROWS[i].name, choose(&p, offer(&b, &suite), &t, &why), ROWS[i].code);
        if (ROWS[i].code == IKEV1_OK)
            ROW_EQUAL(ROWS[i].name, t.group, ROWS[i].offered);
    }
}

static void test_choose2__esn__as_listed(void **state) { /* RFC 4304 3 */
    static struct sa_body b;
    struct ike_suite with = esp(128, S2), without = with;
    struct ike_terms t;
    ikev1_why why;
    (void)state;
    with.esn = 1;
    for (int listed = 1; listed <= 3; listed++) { /* without, with, both */
        ikev1_phase2 p = ours_esp();
        suites[1] = suites[0];
        suites[listed == 3 ? 1 : 0].flags = listed >= 2 ? IKEV1_SUITE2_ESN : 0;
        p.suite_count = listed == 3 ? 2 : 1;
        int yes = IKEV1_OK, no = IKEV1_E_NO_PROPOSAL;
        assert_int_equal(choose(&p, offer(&b, &without), &t, &why), listed & 1 ? yes : no);
        assert_int_equal(choose(&p, offer(&b, &with), &t, &why), listed & 2 ? yes : no);
    }
}

/* ---- alternatives of several protocols ---- */

static void test_choose2__ah_or_esp__whichever_they_have(void **state) {
    static struct sa_body b;
    struct ike_terms t;
    ikev1_why why;
    (void)state;
    suites[0] = (ikev1_suite2){IKEV1_PROTO_AH, IKEV1_AH_SHA2_256, 0, S2, 0};
    suites[1] = (ikev1_suite2){IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 128, S2, 0};
    ikev1_phase2 p = ours(2);
    struct ike_suite e = esp(128, S2), a = ah(IKEV1_AH_SHA2_256, S2);
    assert_int_equal(choose(&p, offer(&b, &e), &t, &why), IKEV1_OK);
    assert_int_equal(t.members[0].suite.protocol, IKEV1_PROTO_ESP);
    assert_int_equal(choose(&p, offer(&b, &a), &t, &why), IKEV1_OK);
    assert_int_equal(t.members[0].suite.protocol, IKEV1_PROTO_AH);
    sa_body_begin(&b); /* both, as alternatives: our order decides */
    sa_body_add(&b, 1, &e, SPI, 4);
    sa_body_add(&b, 2, &a, OTHER, 4);
    assert_int_equal(choose(&p, sa_body_end(&b), &t, &why), IKEV1_OK);
    assert_int_equal(t.members[0].suite.protocol, IKEV1_PROTO_AH);
    assert_int_equal(t.members[0].spi_out, 0x01020304);
}

/* ---- bundles ---- */

static void test_choose2__bundle__not_taken_apart(void **state) { /* SAP-10, RFC 2408 4.2 */
    static struct sa_body b;
    struct ike_suite suite = esp(128, S2), a = ah(IKEV1_AH_SHA2_256, S2);
    ikev1_phase2 p = ours_esp();
    struct ike_terms t;
    ikev1_why why;
    char text[400];
    (void)state;
    for (int order = 0; order < 2; order++) {
        sa_body_begin(&b);
        sa_body_add(&b, 1, order ? &a : &suite, SPI, 4);
        sa_body_add(&b, 1, order ? &suite : &a, SPI, 4);
        assert_int_equal(choose(&p, sa_body_end(&b), &t, &why), IKEV1_E_NO_PROPOSAL);
        assert_int_equal(why.diffs[0].attribute, IKEV1_DIFF_BUNDLE);
        ikev1_why_format(&why, text, sizeof text);
        assert_non_null(strstr(text, order ? "protocols: peer AH+ESP, we want ESP"
                                           : "protocols: peer ESP+AH, we want ESP"));
    }
    /* Nor is one of ours, when they have only half of it. */
    p = ours_bundles();
    p.suite_count = 2;
    suite = esp(128, S1);
    assert_int_equal(choose(&p, offer(&b, &suite), &t, &why), IKEV1_E_NO_PROPOSAL);
    assert_int_equal(why.diffs[0].attribute, IKEV1_DIFF_BUNDLE);
}

/* Any order on the wire is one order for a packet. */
static void test_choose2__bundle__taken_whole_innermost_first(void **state) {
    static struct sa_body b;
    const struct ike_suite m[] = {esp(256, S2), ipcomp(IKEV1_IPCOMP_DEFLATE),
                                  ah(IKEV1_AH_SHA2_256, S2)};
    static const uint8_t ORDERS[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                         {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    ikev1_phase2 p = ours_bundles();
    (void)state;
    for (size_t i = 0; i < COUNT(ORDERS); i++) {
        struct ike_terms t;
        ikev1_why why;
        sa_body_begin(&b);
        for (size_t k = 0; k < 3; k++) {
            const struct ike_suite *s = &m[ORDERS[i][k]];
            bool cpi = s->protocol == IKEV1_PROTO_IPCOMP;
            sa_body_add(&b, 3, s,
                        cpi                             ? CPI
                        : s->protocol == IKEV1_PROTO_AH ? OTHER
                                                        : SPI,
                        cpi ? 2 : 4);
        }
        assert_int_equal(choose(&p, sa_body_end(&b), &t, &why), IKEV1_OK);
        assert_int_equal(t.count, 3);
        assert_int_equal(t.members[0].suite.protocol, IKEV1_PROTO_IPCOMP);
        assert_int_equal(t.members[0].spi_out, 0x1234);
        assert_int_equal(t.members[1].suite.protocol, IKEV1_PROTO_ESP);
        assert_int_equal(t.members[1].spi_out, 0x100);
        assert_int_equal(t.members[2].suite.protocol, IKEV1_PROTO_AH);
        assert_int_equal(t.members[2].spi_out, 0x01020304);
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(m[ORDERS[i][t.members[k].place]].protocol,
                             t.members[k].suite.protocol);
    }
}

static void test_choose2__bundle_of_what_is_no_bundle__refused(void **state) {
    static struct sa_body b;
    struct ike_suite e = esp(128, S1), a = ah(IKEV1_AH_SHA, S1), other = esp(256, S1);
    ikev1_phase2 p = ours_bundles();
    struct ike_terms t;
    ikev1_why why;
    (void)state;
    sa_body_begin(&b); /* the same protocol twice */
    sa_body_add(&b, 1, &e, SPI, 4);
    sa_body_add(&b, 1, &e, OTHER, 4);
    assert_int_equal(choose(&p, sa_body_end(&b), &t, &why), IKEV1_E_NO_PROPOSAL);
    sa_body_begin(&b); /* four protocols */
    for (int i = 0; i < 4; i++)
        sa_body_add(&b, 1, i & 1 ? &e : &a, SPI, 4);
    assert_int_equal(choose(&p, sa_body_end(&b), &t, &why), IKEV1_E_NO_PROPOSAL);
    sa_body_begin(&b); /* one of the two is another */
    sa_body_add(&b, 1, &other, SPI, 4);
    sa_body_add(&b, 1, &a, OTHER, 4);
    assert_int_equal(choose(&p, sa_body_end(&b), &t, &why), IKEV1_E_NO_PROPOSAL);
    sa_body_begin(&b); /* halves of two of ours */
    sa_body_add(&b, 1, &e, SPI, 4);
    a = ah(IKEV1_AH_SHA2_256, S2);
    sa_body_add(&b, 1, &a, OTHER, 4);
    assert_int_equal(choose(&p, sa_body_end(&b), &t, &why), IKEV1_E_NO_PROPOSAL);
}

/* One exchange has one key exchange: a bundle of two groups is none. */
static void test_choose2__bundle_of_two_groups__refused(void **state) { /* QCK-13 */
    static struct sa_body b;
    struct ike_suite e = esp(128, S1), a = ah(IKEV1_AH_SHA, S1);
    ikev1_phase2 p = ours_bundles();
    struct ike_terms t;
    ikev1_why why;
    (void)state;
    p.pfs_group = G14;
    p.pfs_also[0] = G19;
    for (int same = 0; same < 2; same++) {
        e.group = G19;
        a.group = same ? G19 : G14;
        sa_body_begin(&b);
        sa_body_add(&b, 1, &e, SPI, 4);
        sa_body_add(&b, 1, &a, OTHER, 4);
        assert_int_equal(choose(&p, sa_body_end(&b), &t, &why),
                         same ? IKEV1_OK : IKEV1_E_NO_PROPOSAL);
    }
    assert_int_equal(t.group, G19);
}

/* ---- compression: RFC 3173 2, 4.1 ---- */

static void test_choose2__cpi__both_forms_and_their_range(void **state) {
    static const struct {
        const char *name;
        uint8_t cpi[4];
        size_t len;
        uint32_t value;
    } ROWS[] = {
        {"two bytes", {0x12, 0x34}, 2, 0x1234},
        {"four bytes", {0, 0, 0x12, 0x34}, 4, 0x1234},
        {"the upper two are ignored", {0xff, 0xee, 0x12, 0x34}, 4, 0x1234},
        {"the transform itself", {0, 2}, 2, 2},
        {"another transform", {0, 3}, 2, 0},
        {"reserved", {0, 64}, 2, 0},
        {"the last reserved", {0, 255}, 2, 0},
        {"the first", {1, 0}, 2, 256},
        {"one byte", {9}, 1, 0},
        {"three bytes", {1, 2, 3}, 3, 0},
        {"none", {0}, 0, 0},
    };
    static struct sa_body b;
    struct ike_suite e = esp(256, S2), a = ah(IKEV1_AH_SHA2_256, S2),
                     c = ipcomp(IKEV1_IPCOMP_DEFLATE);
    ikev1_phase2 p = ours_bundles();
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct ike_terms t;
        ikev1_why why;
        sa_body_begin(&b);
        sa_body_add(&b, 1, &e, SPI, 4);
        sa_body_add(&b, 1, &c, ROWS[i].cpi, ROWS[i].len);
        sa_body_add(&b, 1, &a, OTHER, 4);
        int r = choose(&p, sa_body_end(&b), &t, &why);
        ROW_EQUAL(ROWS[i].name, r, ROWS[i].value != 0 ? IKEV1_OK : IKEV1_E_SPI);
        ROW_EQUAL(ROWS[i].name, t.members[0].spi_out,
                  ROWS[i].value != 0 ? ROWS[i].value : t.members[0].spi_out);
    }
}

/* What belongs to the other protocols of the bundle says nothing about compression; its mode does.
 */
static void test_choose2__ipcomp_attributes__only_its_own(void **state) {
    static struct sa_body b;
    struct ike_suite e = esp(256, S2), a = ah(IKEV1_AH_SHA2_256, S2);
    ikev1_phase2 p = ours_bundles();
    (void)state;
    e.group = a.group = p.pfs_group = G19;
    for (int row = 0; row < 5; row++) {
        struct ike_suite c = ipcomp(IKEV1_IPCOMP_DEFLATE);
        struct ike_terms t;
        ikev1_why why;
        int want = IKEV1_OK;
        if (row == 1)
            c.group = G19, c.key_bits = 128, c.integrity = S1;
        if (row == 2)
            c.encapsulation = 0, want = IKEV1_E_NO_PROPOSAL; /* transport */
        if (row == 3)
            c.encapsulation = IKEV1_ENCAP_TRANSPORT, want = IKEV1_E_NO_PROPOSAL;
        if (row == 4)
            c.id = IKEV1_IPCOMP_LZS, want = IKEV1_E_NO_PROPOSAL;
        sa_body_begin(&b);
        sa_body_add(&b, 1, &e, SPI, 4);
        sa_body_add(&b, 1, &c, CPI, 2);
        sa_body_add(&b, 1, &a, OTHER, 4);
        assert_int_equal(choose(&p, sa_body_end(&b), &t, &why), want);
        if (want == IKEV1_OK)
            assert_int_equal(t.group, G19);
    }
}

/* ---- behind a NAT ---- */

/* AH covers the addresses, which a NAT changes: it is neither offered nor taken (RFC 3715 2.1). */
static void test_choose2__ah_behind_nat__never(void **state) {
    static struct sa_body b;
    ikev1_phase2 p = ours_bundles();
    struct ike_terms t;
    ikev1_why why = {0};
    (void)state;
    static const uint16_t MODES[] = {IKEV1_ENCAP_TUNNEL, IKEV1_ENCAP_UDP_TUNNEL};
    for (size_t i = 0; i < 2; i++) {
        struct ike_suite a = ah(IKEV1_AH_SHA2_256, S2);
        a.encapsulation = MODES[i];
        assert_int_equal(ike_choose2(&ctx, &p, IKEV1_ENCAP_UDP_TUNNEL, offer(&b, &a), &t, &why),
                         IKEV1_E_NO_PROPOSAL);
    }
    assert_false(ike_is_usable(&p, 0, IKEV1_ENCAP_UDP_TUNNEL));
    assert_true(ike_is_usable(&p, 0, IKEV1_ENCAP_TUNNEL));
}

/* ---- what a peer has chosen ---- */

static void test_check_choice2__changed__bad_choice(void **state) { /* SAP-13, QCK-13 */
    static struct sa_body a, b;
    struct ike_suite offered = esp(128, S2);
    (void)state;
    offered.group = G14;
    struct ike_suite other[7];
    for (size_t i = 0; i < COUNT(other); i++)
        other[i] = offered;
    other[0].key_bits = 256;
    other[1].integrity = S1;
    other[2].group = 0;
    other[3].group = G19;
    other[4].encapsulation = IKEV1_ENCAP_TRANSPORT;
    other[5].id = IKEV1_ESP_NULL;
    other[6].esn = 1;
    ikev1_bytes ours = offer(&a, &offered);
    for (size_t i = 0; i < COUNT(other); i++) {
        struct ike_terms t;
        ikev1_why why = {0};
        assert_int_equal(ike_check_choice2(&ctx, ours, offer(&b, &other[i]), &t, &why),
                         IKEV1_E_BAD_CHOICE);
        assert_true(why.diff_count >= 1);
        assert_int_equal(ike_check_choice2(&ctx, ours, offer(&b, &offered), &t, &why), IKEV1_OK);
    }
}

/* The responder's side of it: test_choose1__unknown_attribute__transform_refused. */
static void test_check_choice2__unknown_attribute__bad_choice(void **state) { /* SAP-06 */
    static const uint16_t TYPES[] = {8, 9, 10, 12, 1000, 32001, 32767};
    static struct sa_body a, b;
    struct ike_suite offered = esp(128, S2);
    (void)state;
    ikev1_bytes ours = offer(&a, &offered);
    for (size_t i = 0; i < COUNT(TYPES); i++) {
        struct ike_terms t;
        ikev1_why why = {0};
        sa_body_begin(&b);
        sa_body_add(&b, 1, &offered, SPI, 4);
        ike_attr_put_basic(&b.w, TYPES[i], 1);
        assert_int_equal(ike_check_choice2(&ctx, ours, sa_body_end(&b), &t, &why),
                         IKEV1_E_BAD_CHOICE);
        assert_int_equal(why.diffs[0].attribute, IKEV1_DIFF_UNKNOWN);
    }
}

/* Alternatives 1 and 2 are bundles of ours, 3 is AH alone. */
static ikev1_bytes offered_bundles(struct sa_body *b) {
    struct ike_suite m[] = {esp(128, S1), ah(IKEV1_AH_SHA, S1), esp(256, S2),
                            ah(IKEV1_AH_SHA2_256, S2), ah(IKEV1_AH_SHA2_512, 7)};
    sa_body_begin(b);
    for (size_t i = 0; i < COUNT(m); i++)
        sa_body_add(b, (uint8_t)(1 + i / 2), &m[i], SPI, 4);
    return sa_body_end(b);
}

static void test_check_choice2__bundle__whole_and_of_one(void **state) { /* SAP-13, SAP-14 */
    static struct sa_body a, b;
    const struct ike_suite E1 = esp(128, S1), A1 = ah(IKEV1_AH_SHA, S1), E2 = esp(256, S2),
                           A2 = ah(IKEV1_AH_SHA2_256, S2), A3 = ah(IKEV1_AH_SHA2_512, 7);
    const struct {
        const char *name;
        const struct ike_suite *at[4];
        uint8_t number[4];
        int code;
    } ROWS[] = {
        {"the first", {&E1, &A1}, {1, 1}, IKEV1_OK},
        {"the second", {&E2, &A2}, {2, 2}, IKEV1_OK},
        {"in the other order", {&A2, &E2}, {2, 2}, IKEV1_OK},
        {"the one alone", {&A3}, {3}, IKEV1_OK},
        {"half of the first", {&E1}, {1}, IKEV1_E_BAD_CHOICE},
        {"the other half", {&A1}, {1}, IKEV1_E_BAD_CHOICE},
        {"of both a half", {&E1, &A2}, {1, 1}, IKEV1_E_BAD_CHOICE},
        {"with what stood alone", {&E2, &A3}, {2, 2}, IKEV1_E_BAD_CHOICE},
        {"two alternatives", {&E1, &A1, &A3}, {1, 1, 3}, IKEV1_E_BAD_CHOICE},
        {"apart", {&E1, &A1}, {1, 2}, IKEV1_E_BAD_CHOICE},
        {"a protocol twice", {&E1, &E1}, {1, 1}, IKEV1_E_BAD_CHOICE},
        {"four", {&E1, &A1, &E1, &A1}, {1, 1, 1, 1}, IKEV1_E_BAD_CHOICE},
    };
    ikev1_bytes ours = offered_bundles(&a);
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct ike_terms t;
        ikev1_why why = {0};
        sa_body_begin(&b);
        for (size_t k = 0; k < 4 && ROWS[i].at[k] != NULL; k++)
            sa_body_add(&b, ROWS[i].number[k], ROWS[i].at[k], OTHER, 4);
        ROW_EQUAL(ROWS[i].name, ike_check_choice2(&ctx, ours, sa_body_end(&b), &t, &why),
                  ROWS[i].code);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choose2__later_proposal__its_number_and_spi),
        cmocka_unit_test(test_choose2__reserved_spi__refused),
        cmocka_unit_test(test_choose2__encapsulation__exactly_ours),
        cmocka_unit_test(test_choose2__one_pair_differs_in_all__named),
        cmocka_unit_test(test_choose2__pfs_groups__those_listed),
        cmocka_unit_test(test_choose2__esn__as_listed),
        cmocka_unit_test(test_choose2__ah_or_esp__whichever_they_have),
        cmocka_unit_test(test_choose2__bundle__not_taken_apart),
        cmocka_unit_test(test_choose2__bundle__taken_whole_innermost_first),
        cmocka_unit_test(test_choose2__bundle_of_what_is_no_bundle__refused),
        cmocka_unit_test(test_choose2__bundle_of_two_groups__refused),
        cmocka_unit_test(test_choose2__cpi__both_forms_and_their_range),
        cmocka_unit_test(test_choose2__ipcomp_attributes__only_its_own),
        cmocka_unit_test(test_choose2__ah_behind_nat__never),
        cmocka_unit_test(test_check_choice2__changed__bad_choice),
        cmocka_unit_test(test_check_choice2__unknown_attribute__bad_choice),
        cmocka_unit_test(test_check_choice2__bundle__whole_and_of_one),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
