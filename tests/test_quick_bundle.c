/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quick Mode between two engines: every transform, bundles of ESP, AH and IPCOMP, alternatives of
 * several protocols. RFC 2409 5.5, RFC 2408 4.2, RFC 3173 4.1.
 * Mission R1, R4; QCK-12, CRY-06.
 */
#include <ikev1/openssl.h>

#include "support/craft.h"
#include "support/pair.h"

static struct craft c; /* large */

/* ---- every transform (R4): what a kernel gets ---- */

static const struct {
    const char *text;
    size_t encryption, salt, integrity, icv_bits;
    uint16_t key_bits;
} TRANSFORMS[] = {
    {"des-md5", 8, 0, 16, 96, 0},
    {"3des-sha1", 24, 0, 20, 96, 0},
    {"aes128-sha256", 16, 0, 32, 128, 128},
    {"aes192-sha384", 24, 0, 48, 192, 192},
    {"aes256-sha512", 32, 0, 64, 256, 256},
    {"aes128-aesxcbc", 16, 0, 16, 96, 128},
    {"aes128-aescmac", 16, 0, 16, 96, 128},
    {"aes128ctr-sha1", 20, 4, 20, 96, 128}, /* RFC 3686 5.1 */
    {"aes256ctr-sha256", 36, 4, 32, 128, 256},
    {"aes128ccm8", 19, 3, 0, 64, 128}, /* RFC 4309 7.1 */
    {"aes192ccm12", 27, 3, 0, 96, 192},
    {"aes256ccm16", 35, 3, 0, 128, 256},
    {"aes128gcm8", 20, 4, 0, 64, 128}, /* RFC 4106 8.1 */
    {"aes192gcm12", 28, 4, 0, 96, 192},
    {"aes256gcm16", 36, 4, 0, 128, 256},
    {"aes128gmac", 20, 4, 0, 128, 128}, /* RFC 4543 5 */
    {"aes256gmac", 36, 4, 0, 128, 256},
    {"camellia128-sha1", 16, 0, 20, 96, 128},
    {"camellia256-sha256", 32, 0, 32, 128, 256},
    {"blowfish128-sha1", 16, 0, 20, 96, 128},
    {"cast128-sha1", 16, 0, 20, 96, 128},
    {"null-sha256", 0, 0, 32, 128, 0},
    {"aes128gcm16-esn", 20, 4, 0, 128, 128},
    {"ah:md5", 0, 0, 16, 96, 0},
    {"ah:sha1", 0, 0, 20, 96, 0},
    {"ah:sha256", 0, 0, 32, 128, 0},
    {"ah:sha384", 0, 0, 48, 192, 0},
    {"ah:sha512", 0, 0, 64, 256, 0},
    {"ah:aesxcbc", 0, 0, 16, 96, 0},
    {"ah:aes128gmac", 0, 4, 20, 128, 0}, /* the salt behind the key: RFC 4543 5.3 */
    {"ah:aes192gmac", 0, 4, 28, 128, 0},
    {"ah:aes256gmac", 0, 4, 36, 128, 0},
    {"ah:sha256-esn", 0, 0, 32, 128, 0},
};

static void check_transform(size_t row, const ikev1_ipsec *s) {
    const char *name = TRANSFORMS[row].text;
    ROW_EQUAL(name, s->encryption_key.len, TRANSFORMS[row].encryption);
    ROW_EQUAL(name, s->salt_size, TRANSFORMS[row].salt);
    ROW_EQUAL(name, s->integrity_key.len, TRANSFORMS[row].integrity);
    ROW_EQUAL(name, s->icv_bits, TRANSFORMS[row].icv_bits);
    ROW_EQUAL(name, s->key_bits, TRANSFORMS[row].key_bits);
    ROW_EQUAL(name, s->esn, strstr(name, "esn") != NULL);
    ROW_EQUAL(name, s->icv_ambiguous, strstr(name, "sha256") != NULL);
}

static void test_quick__each_transform__as_a_kernel_wants_it(void **state) { /* R4, QCK-12 */
    (void)state;
    for (size_t i = 0; i < COUNT(TRANSFORMS); i++) {
        struct pair *p = pair_with_suites(NULL, TRANSFORMS[i].text, TRANSFORMS[i].text);
        pair_up(p);
        pair_check_up(p, 1);
        struct side *both[] = {&p->i, &p->r};
        for (size_t s = 0; s < 2; s++) {
            check_transform(i, &side_event(both[s], IKEV1_EVENT_CHILD_INBOUND, 0)->ipsec);
            check_transform(i, &side_event(both[s], IKEV1_EVENT_CHILD_UP, 0)->ipsec);
        }
        pair_free(p);
    }
}

/* Every group that the provider has, and what was used is said (QCK-13). */
static void test_quick__each_pfs_group__reported(void **state) {
    static const char *const GROUPS[] = {"modp768",  "modp1024",     "modp1536",     "modp2048",
                                         "modp3072", "modp1024s160", "modp2048s256", "ecp256",
                                         "ecp384",   "ecp521",       "ecp256bp",     "x25519"};
    (void)state;
    for (size_t i = 0; i < COUNT(GROUPS); i++) {
        char text[64];
        snprintf(text, sizeof text, "aes128-sha1-%s", GROUPS[i]);
        struct pair *p = pair_with_suites(ikev1_openssl(), text, text);
        pair_up(p);
        pair_check_up(p, 1);
        ROW_EQUAL(text, side_event(&p->r, IKEV1_EVENT_CHILD_UP, 0)->ipsec.pfs_group,
                  p->i.phase2.pfs_group);
        ROW_EQUAL(text, p->i.phase2.pfs_group != 0, true);
        pair_free(p);
    }
}

/* The initiator offers one; the responder has another, and takes this one as well. */
static void test_quick__another_group_listed__taken_and_reported(void **state) {
    (void)state;
    for (int listed = 0; listed < 2; listed++) {
        struct pair *p = pair_with_suites(NULL, "aes128-sha1-modp2048", "aes128-sha1-ecp256");
        p->r.phase2.pfs_also[0] = IKEV1_GROUP_X25519;
        p->r.phase2.pfs_also[1] = listed ? IKEV1_GROUP_MODP2048 : 0;
        assert_int_equal(pair_connect(p), IKEV1_OK);
        pair_run(p);
        assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_UP), (size_t)listed);
        struct side *both[] = {&p->i, &p->r};
        for (size_t s = 0; s < 2 && listed; s++)
            assert_int_equal(side_event(both[s], IKEV1_EVENT_CHILD_UP, 0)->ipsec.pfs_group,
                             IKEV1_GROUP_MODP2048);
        pair_free(p);
    }
}

/* HMAC-SHA2-256 has one number and two lengths. */
static void test_quick__sha256__ambiguous_until_the_rule_says(void **state) {
    static const uint8_t BITS[] = {0, 96, 128};
    (void)state;
    for (size_t i = 0; i < COUNT(BITS); i++) {
        struct pair *p =
            pair_with_suites(NULL, "aes128-sha256+ah:sha256", "aes128-sha256+ah:sha256");
        p->i.phase2.sha256_bits = BITS[i];
        pair_up(p);
        for (size_t k = 0; k < 2; k++) {
            const ikev1_ipsec *s = &side_event(&p->i, IKEV1_EVENT_CHILD_UP, 0)->bundle[k];
            assert_int_equal(s->icv_bits, BITS[i] == 96 ? 96 : 128);
            assert_int_equal(s->icv_ambiguous, BITS[i] == 0);
            assert_true(side_event(&p->r, IKEV1_EVENT_CHILD_UP, 0)->bundle[k].icv_ambiguous);
        }
        pair_free(p);
    }
}

/* ---- bundles ---- */

static const struct {
    const char *initiator, *responder;
    uint8_t protocols[3]; /* innermost first */
} BUNDLES[] = {
    {"aes128-sha1+ah:sha1", "aes128-sha1+ah:sha1", {IKEV1_PROTO_ESP, IKEV1_PROTO_AH}},
    {"ah:sha1+aes128-sha1", "aes128-sha1+ah:sha1", {IKEV1_PROTO_ESP, IKEV1_PROTO_AH}},
    {"aes128+ah:sha256", "ah:sha256+aes128", {IKEV1_PROTO_ESP, IKEV1_PROTO_AH}},
    {"aes128-sha256+deflate", "aes128-sha256+deflate", {IKEV1_PROTO_IPCOMP, IKEV1_PROTO_ESP}},
    {"lzs+ah:sha512", "ah:sha512+lzs", {IKEV1_PROTO_IPCOMP, IKEV1_PROTO_AH}},
    {"aes128gcm16-esn+ah:sha256+lzjh",
     "lzjh+aes128gcm16-esn+ah:sha256",
     {IKEV1_PROTO_IPCOMP, IKEV1_PROTO_ESP, IKEV1_PROTO_AH}},
    {"aes128-sha1+deflate, aes128-sha1", "aes128-sha1", {IKEV1_PROTO_ESP}},
    {"aes128-sha1+deflate, aes128-sha1",
     "aes128-sha1, aes128-sha1+deflate", /* the responder's order decides */
     {IKEV1_PROTO_ESP}},
    {"ah:sha1, aes128-sha1", "aes128-sha1", {IKEV1_PROTO_ESP}},
    {"ah:sha1, aes128-sha1", "ah:sha1", {IKEV1_PROTO_AH}},
    {"aes256-sha1+ah:sha1, aes128-sha1+ah:md5, ah:md5",
     "aes128-sha1+ah:md5",
     {IKEV1_PROTO_ESP, IKEV1_PROTO_AH}},
    {"aes128-sha1-modp2048+ah:sha1",
     "aes128-sha1-modp2048+ah:sha1",
     {IKEV1_PROTO_ESP, IKEV1_PROTO_AH}},
    {"aes128-sha1-x25519+deflate",
     "aes128-sha1-x25519+deflate",
     {IKEV1_PROTO_IPCOMP, IKEV1_PROTO_ESP}},
};

static size_t count_of(const uint8_t *protocols) {
    size_t n = 0;
    while (n < 3 && protocols[n] != 0)
        n++;
    return n;
}

static bool same_key(ikev1_bytes a, ikev1_bytes b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static void check_bundle(const char *name, const struct pair_event *e, const uint8_t *protocols,
                         bool inbound) {
    size_t count = count_of(protocols);
    ROW_EQUAL(name, e->at.ipsec_count, count);
    for (size_t i = 0; i < count; i++) {
        const ikev1_ipsec *s = &e->bundle[i];
        ROW_EQUAL(name, s->protocol, protocols[i]);
        ROW_EQUAL(name, s->inbound, inbound);
        /* One tunnel, made by the innermost. */
        ROW_EQUAL(name, s->mode, i == 0 ? IKEV1_ENCAP_TUNNEL : IKEV1_ENCAP_TRANSPORT);
        bool cpi = s->protocol == IKEV1_PROTO_IPCOMP;
        ROW_EQUAL(name, s->encryption_key.len + s->integrity_key.len == 0, cpi);
        ROW_EQUAL(name, s->spi > 255 && (!cpi || s->spi <= 61439), true);
        ROW_EQUAL(name, s->esn,
                  !cpi && strstr(name, "esn") != NULL && s->protocol == IKEV1_PROTO_ESP);
        for (size_t k = 0; k < i; k++) /* KEYMAT by protocol and SPI */
            ROW_EQUAL(name,
                      s->integrity_key.len == 0 ||
                          !same_key(s->integrity_key, e->bundle[k].integrity_key),
                      true);
    }
}

static void same_ways(const char *name, const struct pair_event *in, const struct pair_event *out) {
    ROW_EQUAL(name, in->at.ipsec_count, out->at.ipsec_count);
    for (size_t i = 0; i < in->at.ipsec_count; i++) {
        ROW_EQUAL(name, in->bundle[i].spi, out->bundle[i].spi);
        ROW_EQUAL(name, in->bundle[i].other_spi, out->bundle[i].other_spi);
        ROW_EQUAL(name, same_key(in->bundle[i].encryption_key, out->bundle[i].encryption_key),
                  true);
        ROW_EQUAL(name, same_key(in->bundle[i].integrity_key, out->bundle[i].integrity_key), true);
    }
}

static void test_quick__bundle__whole_on_both_sides(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(BUNDLES); i++) {
        const char *name = BUNDLES[i].initiator;
        for (int host_spis = 0; host_spis < 2; host_spis++) {
            struct pair *p = pair_with_suites(NULL, name, BUNDLES[i].responder);
            p->i.next_spi = p->r.next_spi = host_spis ? 0x1000 : 0;
            pair_up(p);
            const struct pair_event *ii = side_event(&p->i, IKEV1_EVENT_CHILD_INBOUND, 0);
            const struct pair_event *io = side_event(&p->i, IKEV1_EVENT_CHILD_UP, 0);
            const struct pair_event *ri = side_event(&p->r, IKEV1_EVENT_CHILD_INBOUND, 0);
            const struct pair_event *ro = side_event(&p->r, IKEV1_EVENT_CHILD_UP, 0);
            check_bundle(name, ii, BUNDLES[i].protocols, true);
            check_bundle(name, ro, BUNDLES[i].protocols, false);
            same_ways(name, ri, io);
            same_ways(name, ii, ro);
            ROW_EQUAL(name, p->i.ike->s.children, 1);
            pair_free(p); /* and with it the SPIs that were offered for nothing */
        }
    }
}

/* The answer repeats the order of the offer, in whichever the responder lists them. */
static void test_quick__bundle__answered_in_the_order_of_the_offer(void **state) {
    struct pair *p =
        pair_with_suites(NULL, "ah:sha1+deflate+aes128-sha1", "deflate+aes128-sha1+ah:sha1");
    static const uint8_t WANT[] = {IKEV1_PROTO_AH, IKEV1_PROTO_IPCOMP, IKEV1_PROTO_ESP};
    (void)state;
    assert_int_equal(pair_connect(p), IKEV1_OK);
    for (int i = 0; i < 7; i++)
        assert_true(pair_step(p));
    side_drain(&p->r);
    craft_open(&c, p->i.ike, p->link.flights[0].data, p->link.flights[0].len);
    const struct craft_payload *sa = &c.at[craft_find(&c, IKEV1_PAYLOAD_SA, 0)];
    struct ike_reader proposals = ike_sa_proposals(ike_bytes(sa->body, sa->len));
    struct ike_proposal proposal;
    for (size_t i = 0; i < COUNT(WANT); i++) {
        assert_true(ike_proposal_next(&proposals, &proposal));
        assert_int_equal(proposal.protocol, WANT[i]);
        assert_int_equal(proposal.number, 1);
        assert_int_equal(proposal.spi.len, WANT[i] == IKEV1_PROTO_IPCOMP ? 2 : 4);
    }
    assert_false(ike_proposal_next(&proposals, &proposal));
    pair_run(p);
    pair_check_up(p, 1);
    pair_free(p);
}

static void test_quick__bundles_that_differ__cause_named(void **state) { /* mission S6 */
    struct pair *p =
        pair_with_suites(NULL, "aes128-sha1+ah:sha1, aes128-sha1+deflate", "aes128-sha1");
    (void)state;
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    const ikev1_why *why = &side_event(&p->r, IKEV1_EVENT_CHILD_FAILED, 0)->why;
    assert_int_equal(why->code, IKEV1_E_NO_PROPOSAL);
    assert_true(side_said(&p->r, "!! No proposal chosen"));
    assert_true(side_said(&p->r, "protocols: peer ESP+AH, rule 1 wants ESP | protocols: peer "
                                 "ESP+IPCOMP, rule 1 wants ESP"));
    pair_free(p);
}

static void test_quick__compression_alone__weak(void **state) { /* SAP-17 */
    struct pair *p = pair_with_suites(NULL, "aes128-sha1", "aes128-sha1");
    ikev1_why why;
    (void)state;
    p->i.suites2[0] = (ikev1_suite2){IKEV1_PROTO_IPCOMP, IKEV1_IPCOMP_DEFLATE, 0, 0, 0};
    assert_int_equal(ikev1_check_phase2(p->i.ike, &p->i.phase2, &why), IKEV1_E_WEAK);
    p->i.suites2[0] = (ikev1_suite2){IKEV1_PROTO_ESP, IKEV1_ESP_AES_CTR, 128, 0, 0};
    assert_int_equal(ikev1_check_phase2(p->i.ike, &p->i.phase2, &why), IKEV1_E_WEAK);
    pair_free(p);
}

/* ---- the end of a bundle ---- */

/* A DELETE for each protocol; one of them is enough for the peer. */
static void test_quick__bundle_deleted__by_any_of_its_protocols(void **state) { /* RFC 2408 3.15 */
    (void)state;
    for (size_t only = 0; only < 3; only++) {
        struct pair *p =
            pair_with_suites(NULL, "aes128-sha1+deflate+ah:sha1", "aes128-sha1+deflate+ah:sha1");
        pair_up(p);
        uint32_t sent = p->link.sent[LINK_TO_RESPONDER];
        assert_int_equal(ikev1_delete(p->i.ike, p->now, side_child(&p->i)), IKEV1_OK);
        for (uint32_t i = 0; i < 3; i++)
            if (i != only)
                link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, sent + 1 + i, 0);
        pair_run(p);
        assert_int_equal(p->link.sent[LINK_TO_RESPONDER], sent + 3);
        assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_DOWN), 1);
        assert_int_equal(side_event(&p->r, IKEV1_EVENT_CHILD_DOWN, 0)->why.code, IKEV1_E_DELETED);
        assert_int_equal(p->r.ike->s.spis.count, 0);
        assert_int_equal(p->i.ike->s.spis.count, 0);
        pair_free(p);
    }
}

/* RFC 3173 4.1: the CPI in two bytes, of the negotiated range; a mode, as it is not transport, and
 * nothing that belongs to the others of the bundle. */
static void test_quick__cpi__two_bytes_of_the_negotiated_range(void **state) {
    struct pair *p = pair_with_suites(NULL, "aes128-sha256+deflate", "aes128-sha256+deflate");
    struct ike_proposal proposal;
    struct ike_transform t;
    size_t seen = 0;
    (void)state;
    p->i.phase2.pfs_group = p->r.phase2.pfs_group = IKEV1_GROUP_MODP2048;
    assert_int_equal(pair_connect(p), IKEV1_OK);
    for (int i = 0; i < 6; i++)
        assert_true(pair_step(p));
    side_drain(&p->i);
    craft_open(&c, p->r.ike, p->link.flights[0].data, p->link.flights[0].len);
    const struct craft_payload *sa = &c.at[craft_find(&c, IKEV1_PAYLOAD_SA, 0)];
    struct ike_reader r = ike_sa_proposals(ike_bytes(sa->body, sa->len));
    while (ike_proposal_next(&r, &proposal)) {
        struct ike_suite suite;
        if (proposal.protocol != IKEV1_PROTO_IPCOMP)
            continue;
        seen++;
        assert_int_equal(proposal.spi.len, 2);
        assert_in_range(proposal.spi.data[0] << 8 | proposal.spi.data[1], 256, 61439);
        assert_true(ike_transform_next(&proposal, &t));
        ike_suite_decode2(&suite, &proposal, &t);
        assert_int_equal(suite.encapsulation, IKEV1_ENCAP_TUNNEL);
        assert_int_equal(suite.group | suite.integrity | suite.key_bits | suite.esn, 0);
    }
    assert_int_equal(seen, 1);
    pair_run(p);
    pair_check_up(p, 1);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quick__each_transform__as_a_kernel_wants_it),
        cmocka_unit_test(test_quick__each_pfs_group__reported),
        cmocka_unit_test(test_quick__another_group_listed__taken_and_reported),
        cmocka_unit_test(test_quick__sha256__ambiguous_until_the_rule_says),
        cmocka_unit_test(test_quick__bundle__whole_on_both_sides),
        cmocka_unit_test(test_quick__cpi__two_bytes_of_the_negotiated_range),
        cmocka_unit_test(test_quick__bundle__answered_in_the_order_of_the_offer),
        cmocka_unit_test(test_quick__bundles_that_differ__cause_named),
        cmocka_unit_test(test_quick__compression_alone__weak),
        cmocka_unit_test(test_quick__bundle_deleted__by_any_of_its_protocols),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
