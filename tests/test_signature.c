/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authentication by signature: RFC 2409 5.1, mission R2, R6, B2. What a signature is does not
 * matter here: see support/signer.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "support/craft.h"
#include "support/pair.h"

static struct pair *signing(uint16_t auth, bool aggressive) {
    struct pair *p = pair_new(NULL);
    pair_by(p, auth, aggressive);
    return p;
}

static struct signer *signer(struct pair *p, size_t n) {
    return n == 0 ? &p->i.signer : &p->r.signer;
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
    /* RFC 2409 5.1: over the HMAC of the method's own hash; RSA's is the negotiated one */
    static const size_t SIZES[] = {20, 20, 32, 48, 64};
    for (size_t n = 0; n < 2 * sizeof METHODS / sizeof *METHODS; n++) {
        struct pair *p = signing(METHODS[n / 2], n % 2 != 0);
        p->i.suites1[0].hash = p->r.suites1[0].hash = IKEV1_HASH_SHA1;
        connect_and_run(p);
        pair_check_up(p, 1);
        assert_int_equal(p->i.signer.auth, METHODS[n / 2]);
        assert_int_equal(p->r.signer.verified_times, 1);
        assert_int_equal(p->i.signer.signature_len, 1 + SIZES[n / 2]);
        assert_int_equal(p->r.signer.signature_len, 1 + SIZES[n / 2]);
        assert_int_equal(p->i.signer.certs_seen, 2);
        assert_true(
            side_said(&p->r, n % 2 != 0
                                 ? "Send:<SA><KE><NONCE><ID><VID><VID><CER_REQ><CER><CER><SIG>"
                                 : "Send:<ID><CER><CER><SIG>") ||
            side_said(&p->r, "<CER><CER><SIG>"));
        pair_free(p);
    }
}

/* RFC 4945 3.2.5, 3.3.5: requests in messages 4 and 5, certificates in 5 and 6. */
static void test_signature__main_mode__requests_and_certificates_where_they_belong(void **state) {
    (void)state;
    struct pair *p = signing(IKEV1_AUTH_RSA, false);
    connect_and_run(p);
    assert_true(side_said(&p->i, "Send:<KE><NONCE>"));
    assert_false(side_said(&p->i, "Send:<KE><NONCE><CER_REQ>"));
    assert_true(side_said(&p->r, "Send:<KE><NONCE><CER_REQ>"));
    assert_true(side_said(&p->i, "Send:<ID><CER><CER><SIG><CER_REQ>"));
    assert_true(side_said(&p->r, "Send:<ID><CER><CER><SIG>"));
    assert_false(side_said(&p->r, "Send:<ID><CER><CER><SIG><CER_REQ>"));
    pair_free(p);
}

static int (*certs_of_a_signer)(void *, const ikev1_question *, ikev1_certs *);

/* What the host sees of them when it is asked for its chain. */
static struct {
    size_t count;
    uint8_t bytes[64];
    size_t len;
} requested[2]; /* by initiator, by responder */

static int keeps_requests(void *user, const ikev1_question *q, ikev1_certs *answer) {
    struct side *s = user;
    size_t n = s == &s->pair->i ? 0 : 1;
    requested[n].count = answer->request_count;
    requested[n].len = 0;
    for (size_t i = 0; i < answer->request_count; i++) {
        const ikev1_bytes *name = &answer->requests[i];
        requested[n].bytes[requested[n].len++] = (uint8_t)name->len;
        if (name->len != 0)
            memcpy(requested[n].bytes + requested[n].len, name->data, name->len);
        requested[n].len += name->len;
    }
    return certs_of_a_signer(user, q, answer);
}

/* RFC 4945 3.2.8: requests of unknown kinds, with names that cannot be read, in any order, twice.
 */
static void test_signature__requests_of_any_kind__never_a_failure(void **state) {
    static const struct {
        const char *bytes;
        size_t len;
    } REQUESTS[] = {{"\377", 1},    {"\4not DER", 8}, {"\0", 1},       {"\7\60\200", 3},
                    {"\1\60\0", 3}, {"\4not DER", 8}, {"\13\60\0", 3}, {"\4\60\377", 3}};
    static struct craft c;
    static uint8_t out[CRAFT_MESSAGE];
    struct pair *p = signing(IKEV1_AUTH_RSA, false);
    struct datagram d;
    (void)state;
    certs_of_a_signer = p->i.policy.certs;
    p->i.policy.certs = p->r.policy.certs = keeps_requests;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    for (int i = 0; i < 3; i++)
        assert_true(pair_step(p));
    assert_true(link_next(&p->link, &d)); /* message 4 */
    craft_open(&c, p->i.ike, d.data, d.len);
    for (size_t i = 0; i < COUNT(REQUESTS); i++)
        craft_insert(&c, (int)i % 3, IKEV1_PAYLOAD_CERTREQ, REQUESTS[i].bytes, REQUESTS[i].len);
    size_t size = craft_close(&c, out, sizeof out);
    assert_int_equal(ikev1_engine_input(p->i.ike, p->now, &d.path, out, size, NULL), IKEV1_OK);
    link_release(&d);
    side_drain(&p->i);
    pair_run(p);
    pair_check_up(p, 1);
    /* RFC 4945 3.2.7: of each that asks for a certificate that signs, the name */
    assert_int_equal(requested[0].count, 4);
    assert_int_equal(requested[0].len, 7 + 1 + 7 + 1 + 2 + 1 + 0 + 1);
    assert_int_equal(requested[1].count, 1); /* of any CA */
    assert_int_equal(requested[1].bytes[0], 0);
    pair_free(p);
}

static int counts_requests(void *user, const ikev1_question *q, ikev1_certs *answer) {
    requested[1].count = answer->request_count;
    return certs_of_a_signer(user, q, answer);
}

/* DOS-07: a stranger's first message leaves no names behind, neither where we do not sign nor when
 * we have. The host has heard of them in time. */
static void test_signature__requests_of_a_stranger__not_kept(void **state) {
    static const uint8_t NAME[900] = {IKEV1_CERT_X509_SIGNATURE, 0x30};
    static const uint16_t METHODS[] = {IKEV1_AUTH_PSK, IKEV1_AUTH_RSA};
    static struct craft c;
    static uint8_t out[CRAFT_MESSAGE];
    (void)state;
    for (size_t n = 0; n < COUNT(METHODS); n++) {
        struct pair *p = signing(METHODS[n], true);
        struct datagram d;
        requested[1].count = 0;
        certs_of_a_signer = p->r.policy.certs;
        p->r.policy.certs = counts_requests;
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        side_drain(&p->i);
        assert_true(link_next(&p->link, &d));
        craft_open(&c, p->r.ike, d.data, d.len);
        craft_append(&c, IKEV1_PAYLOAD_CERTREQ, NAME, sizeof NAME);
        size_t size = craft_close(&c, out, sizeof out);
        assert_int_equal(ikev1_engine_input(p->r.ike, p->now, &d.path, out, size, NULL), IKEV1_OK);
        link_release(&d);
        side_drain(&p->r);
        assert_true(link_next(&p->link, &d));
        const struct ike_sa *sa = ike_find_sa(&p->r.ike->s, d.data, d.data + 8);
        assert_int_equal(sa->phase1->mat->requests.len, 0);
        assert_int_equal(requested[1].count, n == 0 ? 0 : 2);
        link_release(&d);
        pair_free(p);
    }
}

/* ---- who has not asked for a certificate, RFC 4945 3.3.6 ---- */

static int asks_for_none(void *user, const ikev1_question *q, ikev1_certs *answer) {
    int r = certs_of_a_signer(user, q, answer);
    answer->authority_count = 0;
    return r;
}

static int sends_unasked(void *user, const ikev1_question *q, ikev1_certs *answer) {
    int r = asks_for_none(user, q, answer);
    answer->unasked = true;
    return r;
}

static void test_signature__nobody_has_asked__no_certificate_unless_told_to(void **state) {
    static const uint8_t MODES[] = {IKEV1_MODE_MAIN, IKEV1_MODE_AGGRESSIVE, IKEV1_MODE_BASE};
    (void)state;
    for (size_t n = 0; n < 4 * COUNT(MODES); n++) {
        bool asked = n % 2 != 0, unasked = n / 2 % 2 != 0;
        struct pair *p = pair_new(NULL);
        pair_by(p, IKEV1_AUTH_RSA, MODES[n / 4]);
        certs_of_a_signer = p->i.policy.certs;
        p->i.policy.certs = unasked ? sends_unasked : asks_for_none; /* as the initiator shows */
        if (!asked)
            p->r.policy.certs = asks_for_none;
        connect_and_run(p);
        pair_check_up(p, 1);
        assert_int_equal(p->r.signer.certs_seen, asked || unasked ? 2 : 0);
        assert_int_equal(p->i.signer.certs_seen, 0);
        pair_free(p);
    }
}

/* CRT-05: the right certificate with another key's signature. */
static void test_signature__of_another_key__fails_with_the_cause(void **state) {
    (void)state;
    struct pair *p = signing(IKEV1_AUTH_RSA, false);
    p->i.signer.name = 'x';
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
    p->r.signer.name = 'x';
    connect_and_run(p);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_FAILED), 0);
    pair_wait(p, 600000);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_SA_FAILED, 0)->why.code, IKEV1_E_AUTH);
    pair_free(p);
}

static int chain_of_three(void *user, const ikev1_question *q, ikev1_certs *answer) {
    static const uint8_t der[1000];
    static const ikev1_cert chain[] = {
        {IKEV1_CERT_X509_SIGNATURE, {der, 50}},
        {IKEV1_CERT_X509_SIGNATURE, {der, sizeof der}},
        {IKEV1_CERT_X509_SIGNATURE, {der, 10}},
    };
    (void)user, (void)q;
    answer->chain = chain;
    answer->chain_count = 3;
    return IKEV1_OK;
}

/* R-07, DOS-01: in Aggressive Mode the responder's certificates go to an address that anybody may
 * have written into the first message. What follows one that has no room would not help. */
static void test_signature__aggressive_answer__three_times_the_bytes_or_whole(void **state) {
    (void)state;
    for (size_t wanted = 0; wanted < 2; wanted++) {
        struct pair *p = signing(IKEV1_AUTH_RSA, true);
        p->r.policy.certs = chain_of_three;
        p->r.phase1.whole_answer = wanted != 0;
        connect_and_run(p);
        pair_check_up(p, 1);
        assert_int_equal(p->i.signer.certs_seen, wanted ? 3 : 1);
        const struct datagram *first = link_kept(&p->link, LINK_TO_RESPONDER, 1);
        const struct datagram *answer = link_kept(&p->link, LINK_TO_INITIATOR, 1);
        assert_true((answer->len <= 3 * first->len) == !wanted);
        assert_true(wanted || answer->len + 5 + 1000 > 3 * first->len);
        pair_free(p);
    }
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

static int answer(struct side *side, int status) {
    struct signer *s = &side->signer;
    ikev1_answer a = {.size = sizeof a, .kind = s->asked_kind, .status = status};
    a.signature = (ikev1_bytes){s->signature, s->signature_len};
    int r = ikev1_engine_answer(side->ike, side->pair->now, s->ask, &a);
    side_drain(side);
    pair_run(side->pair);
    return r;
}

/* A signature out of a token, a path that somebody else validates: both later, on both sides. */
static void test_signature__everything_later__up(void **state) {
    (void)state;
    for (int aggressive = 0; aggressive < 2; aggressive++) {
        struct pair *p = signing(IKEV1_AUTH_ECDSA_256, aggressive != 0);
        for (size_t n = 0; n < 2; n++)
            signer(p, n)->sign_status = signer(p, n)->verify_status = IKEV1_PENDING;
        connect_and_run(p);
        /* who is asked first differs: the one with an open question answers it */
        for (int turns = 0; turns < 8; turns++) {
            for (size_t n = 0; n < 2; n++) {
                if (signer(p, n)->ask == 0)
                    continue;
                ikev1_ask ask = signer(p, n)->ask;
                assert_int_equal(answer(n == 0 ? &p->i : &p->r, IKEV1_OK), IKEV1_OK);
                if (signer(p, n)->ask == ask)
                    signer(p, n)->ask = 0;
            }
        }
        pair_wait(p, 10000); /* Quick Mode's first message came while message 3 was looked at */
        pair_check_up(p, 1);
        assert_int_equal(p->i.signer.signed_times, 1);
        assert_int_equal(p->i.signer.verified_times, 1);
        pair_free(p);
    }
}

static void test_signature__path_refused_later__fails_with_the_cause(void **state) {
    (void)state;
    struct pair *p = signing(IKEV1_AUTH_RSA, false);
    p->r.signer.verify_status = IKEV1_PENDING;
    connect_and_run(p);
    assert_int_equal(answer(&p->r, IKEV1_E_CERT), IKEV1_OK);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_FAILED, 0)->why.code, IKEV1_E_CERT);
    assert_int_equal(answer(&p->r, IKEV1_OK), IKEV1_E_STALE); /* AUT-06 */
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
    assert_int_equal(p->i.signer.signed_times, 0);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signature__each_method_and_exchange__up),
        cmocka_unit_test(test_signature__main_mode__requests_and_certificates_where_they_belong),
        cmocka_unit_test(test_signature__requests_of_any_kind__never_a_failure),
        cmocka_unit_test(test_signature__requests_of_a_stranger__not_kept),
        cmocka_unit_test(test_signature__nobody_has_asked__no_certificate_unless_told_to),
        cmocka_unit_test(test_signature__of_another_key__fails_with_the_cause),
        cmocka_unit_test(test_signature__aggressive_answer_refused__negotiation_waits),
        cmocka_unit_test(test_signature__aggressive_answer__three_times_the_bytes_or_whole),
        cmocka_unit_test(test_signature__nobody_to_sign_or_verify__refused),
        cmocka_unit_test(test_signature__everything_later__up),
        cmocka_unit_test(test_signature__path_refused_later__fails_with_the_cause),
        cmocka_unit_test(test_signature__offered_beside_a_key__the_chosen_one_is_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
