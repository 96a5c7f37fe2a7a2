/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authentication by signature: RFC 2409 5.1, mission R2, R6. What a signature is does not matter
 * here: a signature over a hash is that hash with a name in front.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "support/pair.h"

enum { NAME = 1, SIZE = 65 };

/* What a side's signer and verifier do, and saw. */
struct signer {
    struct side *side;
    int sign_status, verify_status;
    char name;  /* of the key it signs with */
    char trust; /* the key that its peer must have */
    uint8_t signature[SIZE];
    size_t signature_len;
    ikev1_ask ask;
    int asked_kind;
    size_t certs_seen, signed_times, verified_times;
    uint16_t auth;
};

static struct signer signers[2];

static struct signer *signer_of(const void *user) {
    return signers[0].side == user ? &signers[0] : &signers[1];
}

static void make(struct signer *s, ikev1_bytes hash) {
    s->signature[0] = (uint8_t)s->name;
    memcpy(s->signature + NAME, hash.data, hash.len);
    s->signature_len = NAME + hash.len;
}

static int sign(void *user, const ikev1_question *q, const ikev1_signature *what,
                ikev1_bytes *answer) {
    struct signer *s = signer_of(user);
    make(s, what->hash);
    s->auth = what->auth;
    s->signed_times++;
    *answer = (ikev1_bytes){s->signature, s->signature_len};
    s->ask = q->ask;
    s->asked_kind = IKEV1_QUESTION_SIGN;
    return s->sign_status;
}

static int verify(void *user, const ikev1_question *q, const ikev1_signature *what) {
    struct signer *s = signer_of(user);
    s->verified_times++;
    s->certs_seen = what->cert_count;
    s->ask = q->ask;
    s->asked_kind = IKEV1_QUESTION_VERIFY;
    assert_non_null(what->id);
    if (s->verify_status != IKEV1_OK)
        return s->verify_status;
    bool good = what->signature.len == NAME + what->hash.len &&
                what->signature.data[0] == (uint8_t)s->trust &&
                memcmp(what->signature.data + NAME, what->hash.data, what->hash.len) == 0;
    return good ? IKEV1_OK : IKEV1_E_AUTH;
}

static int certs(void *user, const ikev1_question *q, ikev1_certs *answer) {
    static const uint8_t der[] = {0x30, 0x03, 0x02, 0x01, 0x05};
    static const ikev1_cert chain[] = {
        {IKEV1_CERT_X509_SIGNATURE, {der, sizeof der}},
        {IKEV1_CERT_X509_SIGNATURE, {der, sizeof der}},
    };
    static const ikev1_bytes any = {NULL, 0};
    (void)user, (void)q;
    answer->chain = chain;
    answer->chain_count = 2;
    answer->authorities = &any;
    answer->authority_count = 1;
    return IKEV1_OK;
}

static struct pair *signing(uint16_t auth, bool aggressive) {
    struct pair *p = pair_new(NULL);
    struct side *sides[] = {&p->i, &p->r};
    for (size_t n = 0; n < 2; n++) {
        struct side *s = sides[n];
        signers[n] =
            (struct signer){.side = s, .name = n == 0 ? 'i' : 'r', .trust = n == 0 ? 'r' : 'i'};
        s->suites1[0].auth = auth;
        s->phase1.aggressive = aggressive;
        s->policy.certs = certs;
        s->policy.sign = sign;
        s->policy.verify = verify;
        s->psk = NULL; /* nobody may ask for it */
    }
    return p;
}

static void connect_and_run(struct pair *p) {
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
}

static void test_signature__each_method_and_exchange__up(void **state) {
    (void)state;
    static const uint16_t METHODS[] = {IKEV1_AUTH_RSA, IKEV1_AUTH_DSS, IKEV1_AUTH_ECDSA_256,
                                       IKEV1_AUTH_ECDSA_384, IKEV1_AUTH_ECDSA_521};
    for (size_t n = 0; n < 2 * sizeof METHODS / sizeof *METHODS; n++) {
        struct pair *p = signing(METHODS[n / 2], n % 2 != 0);
        connect_and_run(p);
        pair_check_up(p, 1);
        assert_int_equal(signers[0].auth, METHODS[n / 2]);
        assert_int_equal(signers[1].verified_times, 1);
        assert_int_equal(signers[0].certs_seen, 2);
        assert_true(
            side_said(&p->r, n % 2 != 0
                                 ? "Send:<SA><KE><NONCE><ID><VID><VID><CER_REQ><CER><CER><SIG>"
                                 : "Send:<ID><CER><CER><SIG>") ||
            side_said(&p->r, "<CER><CER><SIG>"));
        pair_free(p);
    }
}

/* CRT-05: the right certificate with another key's signature. */
static void test_signature__of_another_key__fails_with_the_cause(void **state) {
    (void)state;
    struct pair *p = signing(IKEV1_AUTH_RSA, false);
    signers[0].name = 'x';
    connect_and_run(p);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), 0);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_FAILED, 0)->why.code, IKEV1_E_AUTH);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_UP), 0);
    pair_free(p);
}

/* A forged second message of Aggressive Mode must not end it: it is not encrypted. */
static void test_signature__aggressive_answer_refused__negotiation_waits(void **state) {
    (void)state;
    struct pair *p = signing(IKEV1_AUTH_RSA, true);
    signers[1].name = 'x';
    connect_and_run(p);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_FAILED), 0);
    pair_wait(p, 600000);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_SA_FAILED, 0)->why.code, IKEV1_E_AUTH);
    pair_free(p);
}

static void test_signature__nobody_to_sign_or_verify__refused(void **state) {
    (void)state;
    struct pair *p = signing(IKEV1_AUTH_RSA, false);
    p->r.policy.verify = NULL;
    connect_and_run(p);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_FAILED, 0)->why.code, IKEV1_E_NO_CREDENTIAL);
    pair_free(p);
    p = signing(IKEV1_AUTH_RSA, false);
    p->i.policy.sign = NULL;
    connect_and_run(p);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_SA_FAILED, 0)->why.code, IKEV1_E_NO_CREDENTIAL);
    pair_free(p);
}

static int answer(struct signer *s, int status) {
    ikev1_answer a = {.size = sizeof a, .kind = s->asked_kind, .status = status};
    a.signature = (ikev1_bytes){s->signature, s->signature_len};
    int r = ikev1_engine_answer(s->side->ike, s->side->pair->now, s->ask, &a);
    side_drain(s->side);
    pair_run(s->side->pair);
    return r;
}

/* A signature out of a token, a path that somebody else validates: both later, on both sides. */
static void test_signature__everything_later__up(void **state) {
    (void)state;
    for (int aggressive = 0; aggressive < 2; aggressive++) {
        struct pair *p = signing(IKEV1_AUTH_ECDSA_256, aggressive != 0);
        for (size_t n = 0; n < 2; n++)
            signers[n].sign_status = signers[n].verify_status = IKEV1_PENDING;
        connect_and_run(p);
        /* who is asked first differs: the one with an open question answers it */
        for (int turns = 0; turns < 8; turns++) {
            for (size_t n = 0; n < 2; n++) {
                if (signers[n].ask == 0)
                    continue;
                ikev1_ask ask = signers[n].ask;
                assert_int_equal(answer(&signers[n], IKEV1_OK), IKEV1_OK);
                if (signers[n].ask == ask)
                    signers[n].ask = 0;
            }
        }
        pair_wait(p, 10000); /* Quick Mode's first message came while message 3 was looked at */
        pair_check_up(p, 1);
        assert_int_equal(signers[0].signed_times, 1);
        assert_int_equal(signers[0].verified_times, 1);
        pair_free(p);
    }
}

static void test_signature__path_refused_later__fails_with_the_cause(void **state) {
    (void)state;
    struct pair *p = signing(IKEV1_AUTH_RSA, false);
    signers[1].verify_status = IKEV1_PENDING;
    connect_and_run(p);
    assert_int_equal(answer(&signers[1], IKEV1_E_CERT), IKEV1_OK);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_FAILED, 0)->why.code, IKEV1_E_CERT);
    assert_int_equal(answer(&signers[1], IKEV1_OK), IKEV1_E_STALE); /* AUT-06 */
    pair_free(p);
}

/* SAP-15: both methods offered, one chosen, and only that one's proof is read. */
static void test_signature__offered_beside_a_key__the_chosen_one_is_used(void **state) {
    (void)state;
    struct pair *p = signing(IKEV1_AUTH_RSA, false);
    p->i.suites1[1] = p->i.suites1[0];
    p->i.suites1[1].auth = IKEV1_AUTH_PSK;
    p->i.phase1.suite_count = 2;
    p->r.suites1[0].auth = IKEV1_AUTH_PSK;
    p->i.psk = p->r.psk = "a key that both sides have";
    connect_and_run(p);
    pair_check_up(p, 1);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_SA_UP, 0)->info.auth, IKEV1_AUTH_PSK);
    assert_int_equal(signers[0].signed_times, 0);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signature__each_method_and_exchange__up),
        cmocka_unit_test(test_signature__of_another_key__fails_with_the_cause),
        cmocka_unit_test(test_signature__aggressive_answer_refused__negotiation_waits),
        cmocka_unit_test(test_signature__nobody_to_sign_or_verify__refused),
        cmocka_unit_test(test_signature__everything_later__up),
        cmocka_unit_test(test_signature__path_refused_later__fails_with_the_cause),
        cmocka_unit_test(test_signature__offered_beside_a_key__the_chosen_one_is_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
