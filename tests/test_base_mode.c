/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base Mode between two engines, for each kind of authentication (mission R1, R2; RFC 2408 4.4,
 * draft-ietf-ipsec-ike-base-mode-02): off until it is named, its proofs, what is refused.
 */
#include "exchange/material.h"
#include "exchange/phase1.h"
#include "support/attack.h"
#include "support/digest.h"

static struct pair *named(uint16_t auth) {
    struct pair *p = pair_new(NULL);
    pair_by(p, auth, IKEV1_MODE_BASE);
    return p;
}

static void run(struct pair *p) {
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
}

static void test_base__each_method__up(void **state) {
    static const uint16_t METHODS[] = {IKEV1_AUTH_PSK,       IKEV1_AUTH_RSA,
                                       IKEV1_AUTH_DSS,       IKEV1_AUTH_ECDSA_256,
                                       IKEV1_AUTH_ECDSA_384, IKEV1_AUTH_ECDSA_521};
    (void)state;
    for (size_t i = 0; i < COUNT(METHODS); i++) {
        const char *name = ikev1_name(IKEV1_NAMES_AUTH, METHODS[i]);
        struct pair *p = named(METHODS[i]);
        run(p);
        pair_check_up(p, 1);
        const struct side *both[] = {&p->i, &p->r};
        for (size_t s = 0; s < 2; s++) {
            const ikev1_sa_info *info = &side_event(both[s], IKEV1_EVENT_SA_UP, 0)->info;
            ROW_EQUAL(name, info->exchange, IKEV1_EXCHANGE_BASE);
            ROW_EQUAL(name, info->auth, METHODS[i]);
        }
        /* Two each way, then Quick Mode. */
        ROW_EQUAL(name, p->link.sent[LINK_TO_RESPONDER], 2 + 2);
        ROW_EQUAL(name, p->link.sent[LINK_TO_INITIATOR], 2 + 1);
        pair_free(p);
    }
}

static void test_base__messages__as_the_draft_has_them(void **state) {
    struct pair *p = named(IKEV1_AUTH_PSK);
    (void)state;
    run(p);
    assert_true(side_said(&p->i, "Send Base Mode request to <192.0.2.2>"));
    assert_true(side_said(&p->r, "Recv Base Mode request from <192.0.2.1>"));
    assert_true(side_said(&p->i, "Send:<SA><NONCE><ID><VID>"));
    assert_true(side_said(&p->r, "Send:<SA><NONCE><ID><VID>"));
    assert_true(side_said(&p->i, "Send:<KE><HASH>"));
    assert_true(side_said(&p->r, "Send:<KE><HASH>"));
    for (uint32_t n = 1; n <= 2; n++) { /* nothing of it is encrypted */
        assert_int_equal(link_kept(&p->link, LINK_TO_RESPONDER, n)->data[19], 0);
        assert_int_equal(link_kept(&p->link, LINK_TO_INITIATOR, n)->data[19], 0);
    }
    pair_free(p);
    p = named(IKEV1_AUTH_RSA);
    run(p);
    assert_true(side_said(&p->i, "Send:<KE><CER><CER><SIG><CER_REQ>"));
    assert_true(side_said(&p->r, "Send:<KE><CER><CER><SIG>"));
    pair_free(p);
}

/* R9: neither Main nor Aggressive Mode lets Base Mode in; where it is named, Main Mode still is. */
static void test_base__not_named__silence(void **state) {
    static const uint8_t OTHERS[] = {IKEV1_MODE_MAIN, IKEV1_MODE_AGGRESSIVE};
    (void)state;
    for (size_t i = 0; i < COUNT(OTHERS); i++) {
        struct pair *p = named(IKEV1_AUTH_PSK);
        p->r.phase1.mode = OTHERS[i];
        run(p);
        assert_int_equal(p->link.sent[LINK_TO_INITIATOR], 0);
        assert_int_equal(p->r.ike->s.sas, 0);
        assert_true(side_said(&p->r, "exchange type not supported"));
        pair_free(p);
        p = named(IKEV1_AUTH_PSK);
        p->i.phase1.mode = OTHERS[i];
        run(p);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_UP), OTHERS[i] == IKEV1_MODE_MAIN);
        pair_free(p);
    }
}

static void test_base__methods_it_has_no_form_for__not_usable(void **state) {
    static const uint16_t METHODS[] = {IKEV1_AUTH_XAUTH_INIT_PSK, IKEV1_AUTH_XAUTH_RESP_RSA,
                                       IKEV1_AUTH_HYBRID_INIT_RSA, IKEV1_AUTH_HYBRID_RESP_DSS};
    struct pair *p = named(IKEV1_AUTH_PSK);
    ikev1_why why;
    (void)state;
    pair_start(p);
    for (size_t i = 0; i < COUNT(METHODS); i++) {
        p->i.suites1[0].auth = METHODS[i];
        assert_int_equal(ikev1_check_phase1(p->i.ike, &p->i.phase1, &why), IKEV1_E_UNSUPPORTED);
        assert_int_equal(why.diffs[0].attribute, IKEV1_ATTR1_AUTH);
    }
    p->i.suites1[0].auth = IKEV1_AUTH_PSK;
    p->i.phase1.mode = IKEV1_MODE_BASE + 1;
    assert_int_equal(ikev1_check_phase1(p->i.ike, &p->i.phase1, &why), IKEV1_E_CONFIG);
    pair_free(p);
}

/* Unlike Aggressive Mode: the group is chosen before a public value is shown. */
static void test_base__several_groups__one_is_chosen(void **state) {
    struct pair *p = named(IKEV1_AUTH_PSK);
    (void)state;
    p->i.suites1[1] = p->i.suites1[0];
    p->i.suites1[0].group = IKEV1_GROUP_ECP256;
    p->i.phase1.suite_count = 2;
    run(p);
    pair_check_up(p, 1);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_UP, 0)->info.group, IKEV1_GROUP_X25519);
    pair_free(p);
}

/* KEX-08: no Diffie-Hellman for somebody who has not seen our cookie. */
static void test_base__first_message__no_diffie_hellman(void **state) {
    struct pair *p = named(IKEV1_AUTH_PSK);
    (void)state;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    assert_true(pair_step(p));
    const struct ike_sa *sa = ike_handle_at(&p->r.ike->s.handles, IKE_KIND_SA, 1);
    assert_int_equal(sa->phase1->mat->ke_r.len, 0);
    assert_false(sa->phase1->mat->seeded);
    pair_run(p);
    pair_free(p);
}

static void test_base__wrong_key__named_on_both_sides(void **state) {
    struct pair *p = named(IKEV1_AUTH_PSK);
    (void)state;
    p->i.psk = "not the key of this gateway";
    run(p);
    assert_true(side_said(&p->r, "the pre-shared keys may differ"));
    pair_wait(p, LONG);
    attack_fails_once("responder", &p->r, IKEV1_E_AUTH);
    attack_fails_once("initiator", &p->i, 0);
    pair_free(p);
}

/* A responder that does not know the key either cannot answer in its place. */
static void test_base__answer_under_another_key__not_up(void **state) {
    struct pair *p = named(IKEV1_AUTH_PSK);
    struct datagram d;
    ikev1_why why;
    (void)state;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    for (int i = 0; i < 3; i++)
        assert_true(pair_step(p));
    assert_true(link_next(&p->link, &d));
    d.data[d.len - 1] ^= 1; /* of HASH_R, or what aligns behind it */
    d.data[d.len - 9] ^= 1;
    uint64_t before = engine_digest(p->i.ike);
    assert_int_equal(ikev1_engine_input(p->i.ike, p->now, &d.path, d.data, d.len, &why),
                     IKEV1_DROPPED);
    assert_int_equal(why.code, IKEV1_E_AUTH);
    (void)before;
    d.data[d.len - 1] ^= 1;
    d.data[d.len - 9] ^= 1;
    assert_int_equal(ikev1_engine_input(p->i.ike, p->now, &d.path, d.data, d.len, &why), IKEV1_OK);
    link_release(&d);
    pair_run(p);
    pair_check_up(p, 1);
    pair_free(p);
}

/* IDN-07: each side is who the other expects, or there is no SA on either; who finds out last tells
 * the other, for which it is up. */
static void test_base__identity_not_expected__refused(void **state) {
    static const uint8_t name[] = "gw.example.org";
    (void)state;
    for (int who = 0; who < 2; who++) {
        struct pair *p = named(IKEV1_AUTH_PSK);
        struct side *checks = who == 0 ? &p->r : &p->i;
        checks->phase1.remote_id =
            (ikev1_id){.type = IKEV1_ID_FQDN, .data = name, .len = sizeof name - 1};
        run(p);
        assert_int_equal(side_event(checks, IKEV1_EVENT_SA_FAILED, 0)->why.code, IKEV1_E_PEER_ID);
        assert_string_equal(side_event(checks, IKEV1_EVENT_SA_FAILED, 0)->why.ours,
                            "FQDN gw.example.org");
        pair_wait(p, LONG);
        assert_int_equal(p->i.ike->s.sas, 0);
        assert_int_equal(p->r.ike->s.sas, 0);
        pair_free(p);
    }
}

/* Every message lost, doubled. */
static void test_base__loss_and_doubling__up(void **state) {
    static const uint8_t ACTIONS[] = {LINK_DROP, LINK_DOUBLE};
    (void)state;
    for (size_t a = 0; a < COUNT(ACTIONS); a++) {
        for (uint32_t n = 1; n <= 2; n++) {
            for (uint8_t way = 0; way < 2; way++) {
                struct pair *p = named(IKEV1_AUTH_PSK);
                link_rule(&p->link, way, ACTIONS[a], n, 3);
                run(p);
                pair_wait(p, 60000);
                pair_check_up(p, 1);
                pair_free(p);
            }
        }
    }
}

/* ---- the proofs ---- */

/* Against the formulas written out (racoon's: isakmp_base.c). */
static void test_base_proof__each_side_and_kind__formula(void **state) {
    struct null_crypto null;
    struct ike_crypto c;
    struct ike_algs a = {0};
    uint8_t skeyid[IKEV1_MAX_HASH] = {1, 2, 3}, want[IKEV1_MAX_HASH], got[IKEV1_MAX_HASH];
    uint8_t key[IKEV1_MAX_HASH];
    size_t len;
    (void)state;
    null_crypto_init(&null, 7);
    c.provider = &null.provider;
    assert_int_equal(c.provider->open(c.provider, &c.instance), IKEV1_OK);
    a.hash = ike_hash_alg(&c, IKEV1_HASH_SHA2_256);
    const struct ike_exchanged x = {.icookie = ike_bytes("CKYIckyi", 8),
                                    .rcookie = ike_bytes("CKYRckyr", 8),
                                    .ni = ike_bytes("nonce of i", 10),
                                    .nr = ike_bytes("nonce of r", 10),
                                    .gxi = ike_bytes("g^xi", 4),
                                    .gxr = ike_bytes("g^xr!", 5)};
    const ikev1_bytes sa = ike_bytes("SAi_b", 5), i = ike_bytes("IDii_b", 6),
                      r = ike_bytes("IDir_b!", 7);
    const ikev1_bytes nonces[] = {x.ni, x.nr};
    assert_int_equal(a.hash->digest(c.instance, nonces, 2, key), IKEV1_OK);
    const ikev1_bytes as_i[] = {x.gxi, x.icookie, x.rcookie, sa, i};
    const ikev1_bytes as_r[] = {x.gxr, x.gxi, x.rcookie, x.icookie, sa, r};
    const ikev1_bytes signed_r[] = {x.gxi, x.gxr, x.icookie, x.rcookie, sa, i};
    const struct {
        const char *name;
        uint16_t auth;
        bool initiator;
        const uint8_t *key;
        const ikev1_bytes *parts;
        size_t count;
    } ROWS[] = {
        {"HASH_I", IKEV1_AUTH_PSK, true, skeyid, as_i, 5},
        {"HASH_R", IKEV1_AUTH_PSK, false, skeyid, as_r, 6},
        {"SIG_I", IKEV1_AUTH_RSA, true, key, as_i, 5},
        {"SIG_R", IKEV1_AUTH_RSA, false, key, signed_r, 6},
        {"SIG_I, ECDSA", IKEV1_AUTH_ECDSA_256, true, key, as_i, 5},
    };
    for (size_t n = 0; n < COUNT(ROWS); n++) {
        ROW_EQUAL(ROWS[n].name,
                  ike_prf(&c, &a, ike_bytes(ROWS[n].key, a.hash->size), ROWS[n].parts,
                          ROWS[n].count, want),
                  IKEV1_OK);
        ROW_EQUAL(ROWS[n].name,
                  ike_base_proof(&c, &a, ROWS[n].auth, skeyid, ROWS[n].initiator, &x, sa, i, r, got,
                                 &len),
                  IKEV1_OK);
        ROW_EQUAL(ROWS[n].name, len, a.hash->size);
        ROW_EQUAL(ROWS[n].name, memcmp(got, want, len), 0);
    }
    c.provider->close(c.instance);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base__each_method__up),
        cmocka_unit_test(test_base__messages__as_the_draft_has_them),
        cmocka_unit_test(test_base__not_named__silence),
        cmocka_unit_test(test_base__methods_it_has_no_form_for__not_usable),
        cmocka_unit_test(test_base__several_groups__one_is_chosen),
        cmocka_unit_test(test_base__first_message__no_diffie_hellman),
        cmocka_unit_test(test_base__wrong_key__named_on_both_sides),
        cmocka_unit_test(test_base__answer_under_another_key__not_up),
        cmocka_unit_test(test_base__identity_not_expected__refused),
        cmocka_unit_test(test_base__loss_and_doubling__up),
        cmocka_unit_test(test_base_proof__each_side_and_kind__formula),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
