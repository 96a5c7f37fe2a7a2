/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Main Mode with a pre-shared key between two engines: what it agrees on, and what it refuses. KEX,
 * PH1, AUT of the adversarial cases as far as Main Mode reaches.
 */
#include <ikev1/openssl.h>

#include "support/craft.h"
#include "support/digest.h"
#include "support/pair.h"

static struct craft c; /* large */

static struct pair *connected(void) {
    struct pair *p = pair_new(NULL);
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    return p;
}

/* Delivers the next `n` messages. */
static void steps(struct pair *p, int n) {
    while (n-- > 0)
        assert_true(pair_step(p));
    side_drain(&p->i);
    side_drain(&p->r);
}

/* ---- happy paths ---- */

static const struct {
    const char *name;
    ikev1_suite1 suite;
    uint32_t allow;
} SUITES[] = {
    {"AES-128, SHA-1, MODP-2048",
     {IKEV1_CIPHER_AES, 128, IKEV1_HASH_SHA1, IKEV1_AUTH_PSK, IKEV1_GROUP_MODP2048, {0}},
     0},
    {"AES-256, SHA-256, ECP-256",
     {IKEV1_CIPHER_AES, 256, IKEV1_HASH_SHA2_256, IKEV1_AUTH_PSK, IKEV1_GROUP_ECP256, {0}},
     0},
    {"AES-192, SHA-384, X25519",
     {IKEV1_CIPHER_AES, 192, IKEV1_HASH_SHA2_384, IKEV1_AUTH_PSK, IKEV1_GROUP_X25519, {0}},
     0},
    {"3DES, MD5, MODP-1024",
     {IKEV1_CIPHER_3DES, 0, IKEV1_HASH_MD5, IKEV1_AUTH_PSK, IKEV1_GROUP_MODP1024, {0}},
     IKEV1_ALLOW_3DES | IKEV1_ALLOW_MD5 | IKEV1_ALLOW_MODP1024},
};

static void check_info(const char *row, const struct side *s, const ikev1_suite1 *suite) {
    const struct pair_event *e = side_event(s, IKEV1_EVENT_SA_UP, 0);
    const ikev1_sa_info *info = &e->info;
    ROW_EQUAL(row, info->exchange, IKEV1_EXCHANGE_MAIN);
    ROW_EQUAL(row, info->cipher, suite->cipher);
    ROW_EQUAL(row, info->key_bits, suite->key_bits != 0 ? suite->key_bits : 192);
    ROW_EQUAL(row, info->hash, suite->hash);
    ROW_EQUAL(row, info->auth, IKEV1_AUTH_PSK);
    ROW_EQUAL(row, info->group, suite->group);
    ROW_EQUAL(row, info->life_seconds, 28800);
    ROW_EQUAL(row, info->nat_local || info->nat_remote, false);
    ROW_EQUAL(row, info->local_id.type, IKEV1_ID_IPV4_ADDR);
    ROW_EQUAL(row, info->local_id.len, 4);
    assert_memory_equal(info->local_id.data, e->at.path.local.ip, 4);
    assert_memory_equal(info->remote_id.data, e->at.path.remote.ip, 4);
}

static void run_suites(const ikev1_crypto *crypto) {
    for (size_t i = 0; i < COUNT(SUITES); i++) {
        struct pair *p = pair_new(crypto);
        p->i.suites1[0] = p->r.suites1[0] = SUITES[i].suite;
        p->i.config.allow = p->r.config.allow = SUITES[i].allow;
        pair_start(p);
        pair_up(p);
        check_info(SUITES[i].name, &p->i, &SUITES[i].suite);
        check_info(SUITES[i].name, &p->r, &SUITES[i].suite);
        const ikev1_sa_info *a = &side_event(&p->i, IKEV1_EVENT_SA_UP, 0)->info;
        const ikev1_sa_info *b = &side_event(&p->r, IKEV1_EVENT_SA_UP, 0)->info;
        assert_memory_equal(a->icookie, b->icookie, 8);
        assert_memory_equal(a->rcookie, b->rcookie, 8);
        assert_true(side_event(&p->i, IKEV1_EVENT_SA_UP, 0)->at.initiator);
        assert_false(side_event(&p->r, IKEV1_EVENT_SA_UP, 0)->at.initiator);
        pair_free(p);
    }
}

static void test_main_mode__each_suite__established(void **state) { /* M-R1, M-R2, M-R3 */
    (void)state;
    run_suites(NULL);
    run_suites(ikev1_openssl());
}

static void test_main_mode__same_random__same_bytes(void **state) { /* M-B1, R-19 */
    struct pair *p[2];
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        p[i] = connected();
        pair_run(p[i]);
    }
    pair_check_same_packets(p[0], p[1]);
    pair_free(p[0]);
    pair_free(p[1]);
}

static void test_main_mode__ids__as_the_rules_have_them(void **state) {
    static const ikev1_id A = {IKEV1_ID_FQDN, 0, 0, (const uint8_t *)"gw-a.example", 12};
    static const ikev1_id B = {IKEV1_ID_USER_FQDN, 17, 500, (const uint8_t *)"b@example.org", 13};
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.phase1.local_id = p->r.phase1.remote_id = A;
    p->i.phase1.remote_id = p->r.phase1.local_id = B;
    pair_start(p);
    pair_up(p);
    const ikev1_sa_info *info = &side_event(&p->i, IKEV1_EVENT_SA_UP, 0)->info;
    assert_int_equal(info->remote_id.type, IKEV1_ID_USER_FQDN);
    assert_memory_equal(info->remote_id.data, "b@example.org", 13);
    pair_free(p);
}

/* ---- what does not agree ---- */

/* Lets both give up; one SA_FAILED on each side that was in it far enough to say so,
 * at the responder for each attempt. */
static void expect_failure(struct pair *p, int at_initiator, int at_responder) {
    pair_connect(p);
    pair_wait(p, 300000);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_UP), 0);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_FAILED), 1);
    assert_string_equal(ikev1_error_name(side_event(&p->i, IKEV1_EVENT_SA_FAILED, 0)->why.code),
                        ikev1_error_name(at_initiator));
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), 0);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_FAILED),
                     at_responder != 0 ? side_attempts(&p->r) : 0);
    if (at_responder != 0)
        assert_string_equal(ikev1_error_name(side_event(&p->r, IKEV1_EVENT_SA_FAILED, 0)->why.code),
                            ikev1_error_name(at_responder));
    assert_true(ikev1_engine_deadline(p->i.ike) == IKEV1_NEVER); /* */
    assert_true(ikev1_engine_deadline(p->r.ike) == IKEV1_NEVER);
    assert_int_equal(p->i.ike->s.sas, 0);
    assert_int_equal(p->r.ike->s.sas, 0);
    pair_free(p);
}

static void test_main_mode__wrong_psk__said_so(void **state) { /* M-B3 */
    struct pair *p = pair_new(NULL);
    (void)state;
    p->r.psk = "another one";
    pair_start(p);
    expect_failure(p, IKEV1_E_UNREAD, IKEV1_E_PSK);
}

static void test_main_mode__no_common_proposal__both_sides_know(void **state) { /* M-S6 */
    (void)state;
    for (int told = 0; told < 2; told++) {
        struct pair *p = pair_new(NULL);
        p->r.suites1[0].group = IKEV1_GROUP_ECP256;
        p->r.config.clear_notify = told != 0;
        pair_start(p);
        pair_connect(p);
        pair_wait(p, 1000);
        assert_true(side_said(&p->r, "!! No proposal chosen"));
        assert_int_equal(p->r.ike->s.sas, 0); /* DOS-07 */
        assert_int_equal(side_said(&p->i, "!! No proposal chosen"), told);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_FAILED), 0); /* PH1-11: not yet */
        pair_wait(p, 300000);
        assert_int_equal(side_event(&p->i, IKEV1_EVENT_SA_FAILED, 0)->why.code,
                         told ? IKEV1_E_NOTIFIED : IKEV1_E_SILENT);
        pair_free(p);
    }
}

static void test_main_mode__peer_id_differs__refused(void **state) { /* IDN-08, M-S13, R-09 */
    static const ikev1_id OTHER = {IKEV1_ID_FQDN, 0, 0, (const uint8_t *)"someone.else", 12};
    struct pair *p = pair_new(NULL);
    (void)state;
    p->r.phase1.remote_id = OTHER;
    pair_start(p);
    pair_connect(p);
    pair_run(p);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_FAILED), 1);
    const ikev1_why *why = &side_event(&p->r, IKEV1_EVENT_SA_FAILED, 0)->why;
    assert_int_equal(why->code, IKEV1_E_PEER_ID);
    assert_non_null(strstr(why->theirs, "192.0.2.1"));
    assert_non_null(strstr(why->ours, "someone.else"));
    assert_true(side_said(&p->r, "Peer ID: "));
    pair_free(p);
}

static void test_main_mode__peer_id_any__accepted(void **state) {
    static const ikev1_id NAME = {IKEV1_ID_KEY_ID, 0, 0, (const uint8_t *)"\0\1\2", 3};
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.phase1.local_id = NAME;
    p->r.phase1.remote_match = IKEV1_MATCH_ANY;
    pair_start(p);
    pair_up(p);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_UP, 0)->info.remote_id.len, 3);
    pair_free(p);
}

static void test_main_mode__no_credential__fails_at_once(void **state) { /* PH1-15 */
    static const struct {
        const char *name, *psk;
        int status;
    } ROWS[] = {
        {"refused", "x", IKEV1_E_NO_CREDENTIAL},
        {"nothing", NULL, IKEV1_OK},
        {"empty", "", IKEV1_OK},
        {"no answer of ours", "x", 77},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        for (int responder = 0; responder < 2; responder++) {
            struct pair *p = pair_new(NULL);
            struct side *s = responder ? &p->r : &p->i;
            s->psk = ROWS[i].psk;
            s->status[IKEV1_QUESTION_PSK] = ROWS[i].status;
            pair_start(p);
            pair_connect(p);
            pair_run(p);
            ROW_EQUAL(ROWS[i].name, side_count(s, IKEV1_EVENT_SA_FAILED), 1);
            ROW_EQUAL(ROWS[i].name, side_event(s, IKEV1_EVENT_SA_FAILED, 0)->why.code,
                      ROWS[i].status == 77 ? IKEV1_E_REFUSED : IKEV1_E_NO_CREDENTIAL);
            ROW_EQUAL(ROWS[i].name, s->ike->s.sas, 0);
            pair_free(p);
        }
    }
}

static void test_main_mode__no_rule__nothing_begins(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    p->r.status[IKEV1_QUESTION_PHASE1] = IKEV1_E_NO_RULE;
    p->i.status[IKEV1_QUESTION_PHASE1] = IKEV1_E_NO_RULE;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_E_NO_RULE);
    assert_int_equal(p->i.ike->s.sas, 0);
    p->i.status[IKEV1_QUESTION_PHASE1] = IKEV1_OK;
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    assert_int_equal(p->r.ike->s.sas, 0);
    assert_int_equal(p->link.sent[LINK_TO_INITIATOR], 0);
    pair_free(p);
}

/* ---- public values and nonces ---- */

/* Message 3 or 4 with another KE or nonce: refused, and the genuine one still counts. */
static void spoil(bool answer, uint16_t group, uint8_t type, const uint8_t *body, size_t len,
                  int code, const char *row) {
    struct pair *p = pair_new(ikev1_openssl());
    uint8_t out[CRAFT_MESSAGE];
    ikev1_why why;
    p->i.suites1[0].group = p->r.suites1[0].group = group;
    pair_start(p);
    pair_connect(p);
    steps(p, answer ? 3 : 2);
    struct side *to = answer ? &p->i : &p->r;
    const struct datagram *d = &p->link.flights[0];
    craft_open(&c, to->ike, d->data, d->len);
    int at = craft_find(&c, type, 0);
    craft_remove(&c, at);
    craft_insert(&c, at, type, body, len);
    size_t size = craft_close(&c, out, sizeof out);
    uint64_t before = engine_digest(to->ike);
    int r = ikev1_engine_input(to->ike, p->now, &d->path, out, size, &why);
    ROW_EQUAL(row, r, IKEV1_DROPPED);
    ROW_TEXT(row, ikev1_error_name(why.code), ikev1_error_name(code));
    ROW_EQUAL(row, engine_digest(to->ike) == before, true);
    pair_run(p);
    pair_check_up(p, 1);
    pair_free(p);
}

static void modp_value(const uint8_t *prime, size_t size, int which, uint8_t *out) {
    memset(out, which == 5 ? 0xff : 0, size); /* 0, or 2^n-1 */
    if (which == 1)
        out[size - 1] = 1;
    if (which >= 2 && which <= 4) { /* p-1, p, p+1: p is odd and ends in ff */
        memcpy(out, prime, size);
        if (which == 2)
            out[size - 1]--;
        for (size_t i = size; which == 4 && i-- > 0 && ++out[i] == 0;)
            ;
    }
}

static void test_ke__modp_outside_its_range__refused(void **state) { /* KEX-01 */
    static const char *const NAMES[] = {"0", "1", "p-1", "p", "p+1", "2^n-1"};
    const ikev1_group_alg *const *g = ikev1_openssl()->groups;
    uint8_t value[256];
    (void)state;
    while ((*g)->id != IKEV1_GROUP_MODP2048)
        g++;
    for (int which = 0; which < 6; which++) {
        modp_value((*g)->prime, sizeof value, which, value);
        for (int answer = 0; answer < 2; answer++)
            spoil(answer, IKEV1_GROUP_MODP2048, IKEV1_PAYLOAD_KE, value, sizeof value,
                  IKEV1_E_KE_INVALID, NAMES[which]);
    }
}

static void test_ke__wrong_length__refused(void **state) { /* KEX-02, KEX-04 */
    static const size_t LENGTHS[] = {1, 31, 63, 65, 66, 128, 2000};
    uint8_t value[2000];
    (void)state;
    memset(value, 9, sizeof value);
    for (size_t i = 0; i < COUNT(LENGTHS); i++) {
        for (int answer = 0; answer < 2; answer++)
            spoil(answer, IKEV1_GROUP_ECP256, IKEV1_PAYLOAD_KE, value, LENGTHS[i],
                  IKEV1_E_KE_INVALID, "length");
    }
}

static void test_ke__answer_off_the_curve__refused(void **state) { /* KEX-04, PH1-07 */
    uint8_t value[64];
    (void)state;
    memset(value, 0, sizeof value); /* infinity */
    spoil(true, IKEV1_GROUP_ECP256, IKEV1_PAYLOAD_KE, value, sizeof value, IKEV1_E_KE_INVALID,
          "infinity");
    memset(value, 7, sizeof value);
    spoil(true, IKEV1_GROUP_ECP256, IKEV1_PAYLOAD_KE, value, sizeof value, IKEV1_E_KE_INVALID,
          "no point");
    memset(value, 0xff, sizeof value);
    spoil(true, IKEV1_GROUP_ECP256, IKEV1_PAYLOAD_KE, value, sizeof value, IKEV1_E_KE_INVALID,
          "beyond the field");
    memset(value, 0, sizeof value);
    spoil(true, IKEV1_GROUP_X25519, IKEV1_PAYLOAD_KE, value, 32, IKEV1_E_KE_INVALID, "small order");
}

/* The responder computes nothing before message 5 (KEX-08): there it ends, with the cause. */
static void test_ke__offer_off_the_curve__ends_with_the_cause(void **state) { /* KEX-04, KEX-09 */
    struct pair *p = pair_new(ikev1_openssl());
    uint8_t out[CRAFT_MESSAGE], value[64];
    (void)state;
    p->i.suites1[0].group = p->r.suites1[0].group = IKEV1_GROUP_ECP256;
    pair_start(p);
    pair_connect(p);
    steps(p, 2);
    struct datagram d;
    assert_true(link_next(&p->link, &d));
    craft_open(&c, p->r.ike, d.data, d.len);
    memset(value, 7, sizeof value);
    memcpy(c.at[craft_find(&c, IKEV1_PAYLOAD_KE, 0)].body, value, sizeof value);
    size_t size = craft_close(&c, out, sizeof out);
    link_release(&d);
    ikev1_engine_input(p->r.ike, p->now, &d.path, out, size, NULL);
    pair_wait(p, 10000);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_FAILED), 1);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_FAILED, 0)->why.code, IKEV1_E_KE_INVALID);
    assert_int_equal(p->r.ike->s.sas, 0);
    pair_free(p);
}

static void test_ke__our_own_value__refused(void **state) { /* KEX-05 */
    struct pair *p = connected();
    uint8_t out[CRAFT_MESSAGE];
    ikev1_why why;
    (void)state;
    steps(p, 3);
    const struct datagram *d = &p->link.flights[0];
    const struct ike_sa *sa = ike_handle_at(&p->i.ike->s.handles, IKE_KIND_SA, 1);
    const struct ike_blob *own = &sa->phase1->mat->ke_i;
    craft_open(&c, p->i.ike, d->data, d->len);
    memcpy(c.at[craft_find(&c, IKEV1_PAYLOAD_KE, 0)].body, own->data, own->len);
    size_t size = craft_close(&c, out, sizeof out);
    uint64_t before = engine_digest(p->i.ike);
    assert_int_equal(ikev1_engine_input(p->i.ike, p->now, &d->path, out, size, &why),
                     IKEV1_DROPPED);
    assert_int_equal(why.code, IKEV1_E_KE_REFLECTED);
    assert_true(engine_digest(p->i.ike) == before);
    pair_run(p);
    pair_check_up(p, 1);
    pair_free(p);
}

static void test_nonce__size__8_to_256(void **state) { /* KEX-06 */
    static const size_t BAD[] = {0, 1, 7, 257, 2000};
    uint8_t value[2000];
    (void)state;
    memset(value, 9, sizeof value);
    for (size_t i = 0; i < COUNT(BAD); i++) {
        for (int answer = 0; answer < 2; answer++)
            spoil(answer, IKEV1_GROUP_X25519, IKEV1_PAYLOAD_NONCE, value, BAD[i], IKEV1_E_NONCE,
                  "nonce");
    }
    for (size_t len = 8; len <= 256; len += 248) { /* both ends of what is allowed */
        struct pair *p = connected();
        uint8_t out[CRAFT_MESSAGE];
        steps(p, 2);
        const struct datagram *d = &p->link.flights[0];
        craft_open(&c, p->r.ike, d->data, d->len);
        int at = craft_find(&c, IKEV1_PAYLOAD_NONCE, 0);
        craft_remove(&c, at);
        craft_append(&c, IKEV1_PAYLOAD_NONCE, value, len);
        size_t size = craft_close(&c, out, sizeof out);
        assert_int_equal(ikev1_engine_input(p->r.ike, p->now, &d->path, out, size, NULL), IKEV1_OK);
        pair_free(p);
    }
}

static void test_ke__another_one_afterwards__first_wins(void **state) { /* KEX-07 */
    struct pair *p = connected();
    uint8_t out[CRAFT_MESSAGE];
    (void)state;
    steps(p, 2);
    struct datagram d = p->link.flights[0];
    craft_open(&c, p->r.ike, d.data, d.len);
    c.at[craft_find(&c, IKEV1_PAYLOAD_NONCE, 0)].body[0] ^= 1;
    size_t size = craft_close(&c, out, sizeof out);
    ikev1_path path = d.path;
    steps(p, 1);
    uint64_t before = engine_digest(p->r.ike);
    assert_int_equal(ikev1_engine_input(p->r.ike, p->now, &path, out, size, NULL), IKEV1_DROPPED);
    assert_true(engine_digest(p->r.ike) == before);
    pair_run(p);
    pair_check_up(p, 1);
    pair_free(p);
}

static void test_ke__many_negotiations__no_value_twice(void **state) { /* KEX-10 */
    enum { RUNS = 200 };
    static uint8_t seen[6 * RUNS][32]; /* public values, nonces, cookies (RFC 2408 2.5.3, 5.13) */
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_start(p);
    for (uint32_t i = 0; i < RUNS; i++) {
        pair_connect(p);
        steps(p, 3);
        const struct ike_session *s[2] = {&p->i.ike->s, &p->r.ike->s};
        for (size_t side = 0; side < 2; side++) {
            const struct ike_sa *sa = NULL;
            for (uint32_t slot = 1; sa == NULL || sa->state == IKE_SA_DEAD; slot++)
                sa = ike_handle_at(&s[side]->handles, IKE_KIND_SA, slot);
            const struct ike_material *mat = sa->phase1->mat;
            uint8_t(*at)[32] = &seen[6 * i + 3 * side];
            memcpy(at[0], side == 0 ? mat->ke_i.data : mat->ke_r.data, 32);
            memcpy(at[1], side == 0 ? mat->ni.data : mat->nr.data, 32);
            memcpy(at[2], side == 0 ? sa->icookie : sa->rcookie, IKEV1_COOKIE_SIZE);
        }
        ikev1_delete(p->i.ike, p->now, IKEV1_ALL);
        ikev1_delete(p->r.ike, p->now, IKEV1_ALL);
        link_flush(&p->link);
        side_drain(&p->i);
        side_drain(&p->r);
        link_free(&p->link);
        side_forget(&p->i);
        side_forget(&p->r);
    }
    for (size_t a = 0; a < 6 * RUNS; a++) {
        for (size_t b = 0; b < a; b++)
            assert_memory_not_equal(seen[a], seen[b], 32);
    }
    pair_free(p);
}

/* ---- our own messages come back ---- */

static void test_main_mode__own_messages_returned__dropped(void **state) { /* PH1-05, PH1-04 */
    struct pair *p = connected();
    (void)state;
    for (int i = 0; i < 9; i++) {
        side_drain(&p->i);
        side_drain(&p->r);
        for (size_t k = 0; k < p->link.kept_count; k++) {
            struct datagram d = p->link.kept[k];
            struct side *from = d.way == LINK_TO_RESPONDER ? &p->i : &p->r;
            const ikev1_path back = {d.path.remote, d.path.local, false};
            uint64_t before = engine_digest(from->ike);
            int r = ikev1_engine_input(from->ike, p->now, &back, d.data, d.len, NULL);
            assert_int_equal(r, IKEV1_DROPPED);
            assert_true(engine_digest(from->ike) == before);
        }
        if (!pair_step(p))
            break;
    }
    pair_run(p);
    pair_check_up(p, 1);
    pair_free(p);
}

/* The first message with a responder cookie put in, as an attacker would return it. */
static void test_main_mode__own_offer_with_a_cookie__dropped(void **state) { /* PH1-05 */
    struct pair *p = connected();
    (void)state;
    steps(p, 0);
    struct datagram d = p->link.flights[0];
    uint8_t out[2048];
    memcpy(out, d.data, d.len);
    memset(out + 8, 0x77, 8);
    const ikev1_path back = {d.path.remote, d.path.local, false};
    int r = ikev1_engine_input(p->i.ike, p->now, &back, out, d.len, NULL);
    (void)r; /* it offers what we offered: it binds, leads nowhere, and we start over (PH1-07) */
    pair_wait(p, 30000);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_UP), 0);
    pair_wait(p, 270000);
    pair_check_up(p, 1);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_main_mode__each_suite__established),
        cmocka_unit_test(test_main_mode__same_random__same_bytes),
        cmocka_unit_test(test_main_mode__ids__as_the_rules_have_them),
        cmocka_unit_test(test_main_mode__wrong_psk__said_so),
        cmocka_unit_test(test_main_mode__no_common_proposal__both_sides_know),
        cmocka_unit_test(test_main_mode__peer_id_differs__refused),
        cmocka_unit_test(test_main_mode__peer_id_any__accepted),
        cmocka_unit_test(test_main_mode__no_credential__fails_at_once),
        cmocka_unit_test(test_main_mode__no_rule__nothing_begins),
        cmocka_unit_test(test_ke__modp_outside_its_range__refused),
        cmocka_unit_test(test_ke__wrong_length__refused),
        cmocka_unit_test(test_ke__answer_off_the_curve__refused),
        cmocka_unit_test(test_ke__offer_off_the_curve__ends_with_the_cause),
        cmocka_unit_test(test_ke__our_own_value__refused),
        cmocka_unit_test(test_nonce__size__8_to_256),
        cmocka_unit_test(test_ke__another_one_afterwards__first_wins),
        cmocka_unit_test(test_ke__many_negotiations__no_value_twice),
        cmocka_unit_test(test_main_mode__own_messages_returned__dropped),
        cmocka_unit_test(test_main_mode__own_offer_with_a_cookie__dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
