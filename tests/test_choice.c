/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Phase 1: choosing among what a peer offers, checking what a peer has chosen, and naming the
 * differences when nothing fits, nearest pair first. SAP, mission S6.
 */
#include "exchange/proposal.h"

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

/* ---- SA bodies ---- */

static struct ike_suite aes(uint16_t bits, uint16_t hash, uint16_t group) {
    return (struct ike_suite){.protocol = IKEV1_PROTO_ISAKMP,
                              .transform = 1,
                              .id = 1,
                              .cipher = IKEV1_CIPHER_AES,
                              .key_bits = bits,
                              .hash = hash,
                              .auth = IKEV1_AUTH_PSK,
                              .group = group,
                              .life_seconds = 3600};
}

static ikev1_bytes offer1(struct sa_body *b, const struct ike_suite *suites, size_t count) {
    sa_body_begin(b);
    ike_sa_proposal(&b->s, 1, IKEV1_PROTO_ISAKMP, ike_bytes(NULL, 0));
    for (size_t i = 0; i < count; i++) {
        struct ike_suite s = suites[i];
        s.transform = (uint8_t)(i + 1);
        ike_sa_transform1(&b->s, &s);
    }
    return sa_body_end(b);
}

/* ---- our side ---- */

static ikev1_suite1 suites1[4];

static ikev1_phase1 ours1(size_t count) {
    return (ikev1_phase1){
        .size = sizeof(ikev1_phase1), .rule = 1, .suites = suites1, .suite_count = count};
}

enum { S1 = IKEV1_HASH_SHA1, S2 = IKEV1_HASH_SHA2_256, PSK = IKEV1_AUTH_PSK };
enum { G14 = IKEV1_GROUP_MODP2048, G19 = IKEV1_GROUP_ECP256 };

/* ---- phase 1 ---- */

static void test_choose1__first_of_ours_that_they_offer(void **state) {
    static struct sa_body b;
    struct ike_suite offered[] = {aes(128, S1, G14), aes(256, S2, G14), aes(256, S2, G19)};
    struct ike_suite chosen;
    ikev1_why why = {0};
    (void)state;
    suites1[0] = (ikev1_suite1){IKEV1_CIPHER_AES, 192, S1, PSK, G14, {0}};
    suites1[1] = (ikev1_suite1){IKEV1_CIPHER_AES, 256, S2, PSK, G19, {0}};
    suites1[2] = (ikev1_suite1){IKEV1_CIPHER_AES, 128, S1, PSK, G14, {0}};
    ikev1_phase1 p = ours1(3);
    assert_int_equal(ike_choose1(&ctx, &p, offer1(&b, offered, 3), &chosen, &why), IKEV1_OK);
    assert_int_equal(chosen.transform, 3); /* our order decides, not theirs */
    assert_int_equal(chosen.group, G19);
    assert_int_equal(chosen.life_seconds, 3600);
    assert_int_equal(why.diff_count, 0);
}

static void test_choose1__nothing_fits__nearest_pair_first(void **state) {
    static struct sa_body b;
    struct ike_suite offered[] = {aes(128, S1, G19), aes(256, S2, G14)};
    struct ike_suite chosen;
    ikev1_why why = {0};
    (void)state;
    suites1[0] = (ikev1_suite1){IKEV1_CIPHER_AES, 128, S2, PSK, G14, {0}};
    ikev1_phase1 p = ours1(1);
    assert_int_equal(ike_choose1(&ctx, &p, offer1(&b, offered, 2), &chosen, &why),
                     IKEV1_E_NO_PROPOSAL);
    assert_int_equal(why.notify, IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN);
    assert_int_equal(why.diffs[0].transform, 2); /* differs in the key length only */
    assert_int_equal(why.diffs[0].attribute, IKEV1_ATTR1_KEY_BITS);
    assert_int_equal(why.diffs[0].theirs, 256);
    assert_int_equal(why.diffs[0].ours, 128);
    assert_int_equal(why.diffs[1].transform, 1); /* then the one that differs in two */
    assert_int_equal(why.diffs[1].attribute, IKEV1_ATTR1_HASH);
    assert_int_equal(why.diffs[2].attribute, IKEV1_ATTR1_GROUP);
    assert_int_equal(why.diffs[2].theirs, G19);
    assert_int_equal(why.diffs[2].ours, G14);
    assert_int_equal(why.diff_count, 3);
}

static void test_choose1__many_that_differ__whole_pairs_nearest_first(void **state) {
    static struct sa_body b;
    static struct ike_suite offered[200];
    struct ike_suite chosen;
    ikev1_why why = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(offered); i++)
        offered[i] = aes(256, S1, G19); /* three differences each */
    offered[150] = aes(128, S2, G19);   /* one */
    suites1[0] = (ikev1_suite1){IKEV1_CIPHER_AES, 128, S2, PSK, G14, {0}};
    ikev1_phase1 p = ours1(1);
    assert_int_equal(ike_choose1(&ctx, &p, offer1(&b, offered, 200), &chosen, &why),
                     IKEV1_E_NO_PROPOSAL);
    assert_int_equal(why.diffs[0].transform, 151);
    assert_int_equal(why.diffs[0].attribute, IKEV1_ATTR1_GROUP);
    assert_true(why.diff_count <= IKEV1_WHY_DIFFS);
    assert_int_equal((why.diff_count - 1) % 3, 0);
}

static void test_choose1__key_length_left_out__128(void **state) {
    static struct sa_body b;
    struct ike_suite offered = aes(0, S2, G14), chosen;
    ikev1_why why = {0};
    (void)state;
    suites1[0] = (ikev1_suite1){IKEV1_CIPHER_AES, 128, S2, PSK, G14, {0}};
    ikev1_phase1 p = ours1(1);
    assert_int_equal(ike_choose1(&ctx, &p, offer1(&b, &offered, 1), &chosen, &why), IKEV1_OK);
    suites1[0].key_bits = 256;
    assert_int_equal(ike_choose1(&ctx, &p, offer1(&b, &offered, 1), &chosen, &why),
                     IKEV1_E_NO_PROPOSAL);
}

static void test_choose1__other_key_lengths__refused(void **state) { /* SAP-07 */
    static const uint16_t BITS[] = {1, 7, 8, 127, 129, 192, 512, 65535};
    static struct sa_body b;
    (void)state;
    for (size_t i = 0; i < COUNT(BITS); i++) {
        struct ike_suite offered = aes(BITS[i], S2, G14), chosen;
        ikev1_why why = {0};
        suites1[0] = (ikev1_suite1){IKEV1_CIPHER_AES, 128, S2, PSK, G14, {0}};
        ikev1_phase1 p = ours1(1);
        assert_int_equal(ike_choose1(&ctx, &p, offer1(&b, &offered, 1), &chosen, &why),
                         IKEV1_E_NO_PROPOSAL);
    }
    /* 3DES has one size and takes no attribute. */
    struct ike_suite offered = aes(192, S2, G14), chosen;
    ikev1_why why = {0};
    offered.cipher = IKEV1_CIPHER_3DES;
    suites1[0] = (ikev1_suite1){IKEV1_CIPHER_3DES, 0, S2, PSK, G14, {0}};
    ikev1_phase1 p = ours1(1);
    assert_int_equal(ike_choose1(&ctx, &p, offer1(&b, &offered, 1), &chosen, &why),
                     IKEV1_E_NO_PROPOSAL);
}

static void test_choose1__other_methods__never_taken(void **state) { /* SAP-15, SAP-16 */
    static const uint16_t METHODS[] = {2, 3, 4, 5, 64221, 65001, 65005, 65010};
    static struct sa_body b;
    (void)state;
    for (size_t i = 0; i < COUNT(METHODS); i++) {
        struct ike_suite offered = aes(128, S2, G14), chosen;
        ikev1_why why = {0};
        offered.auth = METHODS[i];
        suites1[0] = (ikev1_suite1){IKEV1_CIPHER_AES, 128, S2, PSK, G14, {0}};
        ikev1_phase1 p = ours1(1);
        assert_int_equal(ike_choose1(&ctx, &p, offer1(&b, &offered, 1), &chosen, &why),
                         IKEV1_E_NO_PROPOSAL);
        assert_int_equal(why.diffs[0].attribute, IKEV1_ATTR1_AUTH);
        assert_int_equal(why.diffs[0].theirs, METHODS[i]);
    }
}

/* An attribute that we do not know makes a transform unusable, also one of a group of the peer's.
 */
static void test_choose1__unknown_attribute__transform_refused(void **state) { /* SAP-06, SAP-08 */
    static const uint16_t TYPES[] = {5, 6, 7, 8, 10, 15, 17, 1000, 16384, 32767};
    (void)state;
    for (size_t i = 0; i < COUNT(TYPES); i++) {
        static struct sa_body b;
        struct ike_suite suite = aes(128, S2, G14), chosen;
        ikev1_why why = {0};
        sa_body_begin(&b);
        ike_sa_proposal(&b.s, 1, IKEV1_PROTO_ISAKMP, ike_bytes(NULL, 0));
        ike_sa_transform1(&b.s, &suite);
        ike_attr_put_basic(&b.w, TYPES[i], 1);
        ikev1_bytes body = sa_body_end(&b);
        suites1[0] = (ikev1_suite1){IKEV1_CIPHER_AES, 128, S2, PSK, G14, {0}};
        ikev1_phase1 p = ours1(1);
        assert_int_equal(ike_choose1(&ctx, &p, body, &chosen, &why), IKEV1_E_NO_PROPOSAL);
        assert_int_equal(why.diffs[0].attribute, IKEV1_DIFF_UNKNOWN);
        assert_int_equal(why.diffs[0].theirs, TYPES[i]);
    }
}

static void test_choose1__not_one_isakmp_proposal__syntax(void **state) { /* SAP-09 */
    static struct sa_body b;
    struct ike_suite suite = aes(128, S2, G14), chosen;
    ikev1_why why = {0};
    (void)state;
    suites1[0] = (ikev1_suite1){IKEV1_CIPHER_AES, 128, S2, PSK, G14, {0}};
    ikev1_phase1 p = ours1(1);
    sa_body_begin(&b);
    ike_sa_proposal(&b.s, 1, IKEV1_PROTO_ISAKMP, ike_bytes(NULL, 0));
    ike_sa_transform1(&b.s, &suite);
    ike_sa_proposal(&b.s, 2, IKEV1_PROTO_ISAKMP, ike_bytes(NULL, 0));
    ike_sa_transform1(&b.s, &suite);
    assert_int_equal(ike_choose1(&ctx, &p, sa_body_end(&b), &chosen, &why), IKEV1_E_SA_SYNTAX);
    sa_body_begin(&b);
    ike_sa_proposal(&b.s, 1, IKEV1_PROTO_ESP, ike_bytes((const uint8_t *)"\1\2\3\4", 4));
    ike_sa_transform1(&b.s, &suite);
    assert_int_equal(ike_choose1(&ctx, &p, sa_body_end(&b), &chosen, &why), IKEV1_E_SA_SYNTAX);
}

/* RFC 2408 3.5: in phase 1 the cookies are the SPI, whatever stands there. */
static void test_choose1__spi_of_any_size__ignored(void **state) {
    static const uint8_t spi[16] = {0, 0, 0, 1, 0xff};
    struct ike_suite suite = aes(128, S2, G14), chosen;
    (void)state;
    suites1[0] = (ikev1_suite1){IKEV1_CIPHER_AES, 128, S2, PSK, G14, {0}};
    ikev1_phase1 p = ours1(1);
    for (size_t size = 0; size <= sizeof spi; size++) {
        static struct sa_body a, b;
        ikev1_why why = {0};
        sa_body_begin(&b);
        ike_sa_proposal(&b.s, 1, IKEV1_PROTO_ISAKMP, ike_bytes(spi, size));
        ike_sa_transform1(&b.s, &suite);
        ikev1_bytes body = sa_body_end(&b);
        assert_int_equal(ike_choose1(&ctx, &p, body, &chosen, &why), IKEV1_OK);
        assert_int_equal(ike_check_choice1(&ctx, offer1(&a, &suite, 1), body, &chosen, &why),
                         IKEV1_OK);
    }
}

/* RFC 2408 5.6: a transform that is not known is passed over; that alone is no reason to refuse. */
static void test_choose1__unknown_transform__passed_over(void **state) {
    static struct sa_body b;
    struct ike_suite known = aes(128, S2, G14), unknown = known, chosen;
    ikev1_why why = {0};
    (void)state;
    suites1[0] = (ikev1_suite1){IKEV1_CIPHER_AES, 128, S2, PSK, G14, {0}};
    ikev1_phase1 p = ours1(1);
    unknown.id = 99;
    known.transform = 2;
    sa_body_begin(&b);
    ike_sa_proposal(&b.s, 1, IKEV1_PROTO_ISAKMP, ike_bytes(NULL, 0));
    ike_sa_transform1(&b.s, &unknown);
    ike_sa_transform1(&b.s, &known);
    assert_int_equal(ike_choose1(&ctx, &p, sa_body_end(&b), &chosen, &why), IKEV1_OK);
    assert_int_equal(chosen.transform, 2);
}

/* ---- what a peer has chosen ---- */

static int check1(const struct ike_suite *offered, size_t count, const struct ike_suite *answered,
                  size_t answers) {
    static struct sa_body a, b;
    struct ike_suite chosen;
    ikev1_why why = {0};
    ikev1_bytes offer = offer1(&a, offered, count), answer = offer1(&b, answered, answers);
    return ike_check_choice1(&ctx, offer, answer, &chosen, &why);
}

static void test_check_choice__one_of_ours__taken(void **state) {
    struct ike_suite offered[] = {aes(128, S1, G14), aes(256, S2, G19)};
    (void)state;
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(check1(offered, 2, &offered[i], 1), IKEV1_OK);
}

static void test_check_choice__not_one_of_ours__bad_choice(void **state) { /* SAP-13 */
    struct ike_suite offered[] = {aes(128, S1, G14), aes(256, S2, G19)};
    struct ike_suite other[] = {aes(256, S1, G14), aes(128, S2, G14), aes(128, S1, G19),
                                aes(192, S2, G19), offered[0],        offered[0]};
    (void)state;
    other[4].auth = IKEV1_AUTH_RSA;
    other[5].cipher = IKEV1_CIPHER_DES;
    for (size_t i = 0; i < COUNT(other); i++)
        assert_int_equal(check1(offered, 2, &other[i], 1), IKEV1_E_BAD_CHOICE);
}

static void test_check_choice__not_exactly_one__bad_choice(void **state) { /* SAP-14 */
    struct ike_suite offered[] = {aes(128, S1, G14), aes(256, S2, G19)};
    (void)state;
    assert_int_equal(check1(offered, 2, offered, 2), IKEV1_E_BAD_CHOICE);
    struct ike_suite twice[] = {offered[0], offered[0]};
    assert_int_equal(check1(offered, 2, twice, 2), IKEV1_E_BAD_CHOICE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choose1__first_of_ours_that_they_offer),
        cmocka_unit_test(test_choose1__nothing_fits__nearest_pair_first),
        cmocka_unit_test(test_choose1__many_that_differ__whole_pairs_nearest_first),
        cmocka_unit_test(test_choose1__key_length_left_out__128),
        cmocka_unit_test(test_choose1__other_key_lengths__refused),
        cmocka_unit_test(test_choose1__other_methods__never_taken),
        cmocka_unit_test(test_choose1__unknown_attribute__transform_refused),
        cmocka_unit_test(test_choose1__not_one_isakmp_proposal__syntax),
        cmocka_unit_test(test_choose1__spi_of_any_size__ignored),
        cmocka_unit_test(test_choose1__unknown_transform__passed_over),
        cmocka_unit_test(test_check_choice__one_of_ours__taken),
        cmocka_unit_test(test_check_choice__not_one_of_ours__bad_choice),
        cmocka_unit_test(test_check_choice__not_exactly_one__bad_choice),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
