/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every kind of question x every way of not answering it well: later, twice, too late, after the
 * end, as another kind, with a refusal. Mission B2, R-14, R-15, MEM-07, AUT-06; Diffie-Hellman
 * elsewhere than in the engine: mission B2, RFC 6989 2.1.
 */
#include "api/api.h"
#include "exchange/material.h"
#include "support/digest.h"
#include "support/pair.h"

/* ---- a host that keeps its questions ---- */

enum { KINDS = 7, EVERY = -1 };

struct desk { /* of one side */
    struct side *side;
    ikev1_policy answers; /* what the callbacks say at once */
    int later, nth;       /* the nth question of this kind is answered later; EVERY: all of all */
    int asked[KINDS];
    size_t open;
    ikev1_ask ask;
    int kind;
    ikev1_handle sa, child;
    const ikev1_group_alg *group;
    uint8_t seed[IKEV1_MAX_SEED], peer[IKEV1_MAX_PUBLIC], value[IKEV1_MAX_PUBLIC];
    size_t peer_len, value_len;
};

static struct desk desks[2];

static bool keeps(struct desk *d, const ikev1_question *q, int kind) {
    bool keep = d->later == EVERY || (d->later == kind && d->nth == d->asked[kind] + 1);
    d->asked[kind]++;
    if (!keep)
        return false;
    d->open++;
    d->ask = q->ask;
    d->kind = kind;
    d->sa = q->sa;
    d->child = q->child;
    return true;
}

static int phase1(void *user, const ikev1_question *q, ikev1_phase1 *answer) {
    struct desk *d = user;
    return keeps(d, q, IKEV1_QUESTION_PHASE1) ? IKEV1_PENDING
                                              : d->answers.phase1(d->side, q, answer);
}

static int psk(void *user, const ikev1_question *q, ikev1_bytes *answer) {
    struct desk *d = user;
    return keeps(d, q, IKEV1_QUESTION_PSK) ? IKEV1_PENDING : d->answers.psk(d->side, q, answer);
}

static int phase2(void *user, const ikev1_question *q, ikev1_phase2 *answer) {
    struct desk *d = user;
    return keeps(d, q, IKEV1_QUESTION_PHASE2) ? IKEV1_PENDING
                                              : d->answers.phase2(d->side, q, answer);
}

static int certs(void *user, const ikev1_question *q, ikev1_certs *answer) {
    struct desk *d = user;
    return d->answers.certs(d->side, q, answer);
}

static int sign(void *user, const ikev1_question *q, const ikev1_signature *what,
                ikev1_bytes *answer) {
    struct desk *d = user;
    int r = d->answers.sign(d->side, q, what, answer);
    return keeps(d, q, IKEV1_QUESTION_SIGN) ? IKEV1_PENDING : r;
}

static int verify(void *user, const ikev1_question *q, const ikev1_signature *what) {
    struct desk *d = user;
    int r = d->answers.verify(d->side, q, what);
    return keeps(d, q, IKEV1_QUESTION_VERIFY) ? IKEV1_PENDING : r;
}

/* What a worker elsewhere does, out of its own copies. */
static int compute(struct desk *d) {
    void *instance = d->side->ike->s.ctx.crypto.instance;
    d->value_len = d->peer_len != 0 ? d->group->secret_size : d->group->public_size;
    return d->peer_len != 0 ? d->group->agree(instance, d->seed, d->peer, d->value)
                            : d->group->generate(instance, d->seed, d->value);
}

static int dh(void *user, const ikev1_question *q, const ikev1_dh *what, ikev1_bytes *answer) {
    struct desk *d = user;
    assert_int_equal(what->size, sizeof *what);
    assert_int_equal(what->seed.len, what->group->seed_size);
    d->group = what->group;
    memcpy(d->seed, what->seed.data, what->seed.len);
    d->peer_len = what->peer.len;
    if (what->peer.len != 0)
        memcpy(d->peer, what->peer.data, what->peer.len);
    if (keeps(d, q, IKEV1_QUESTION_DH))
        return IKEV1_PENDING;
    int r = compute(d);
    *answer = (ikev1_bytes){d->value, d->value_len};
    return r;
}

static void open_desk(struct desk *d, struct side *s, int later, int nth) {
    *d = (struct desk){.side = s, .answers = s->policy, .later = later, .nth = nth};
    s->policy.user = d;
    s->policy.phase1 = phase1;
    s->policy.psk = psk;
    s->policy.phase2 = phase2;
    s->policy.dh = dh;
    if (s->policy.sign == NULL)
        return;
    s->policy.certs = certs;
    s->policy.sign = sign;
    s->policy.verify = verify;
}

static int answer_as(struct desk *d, int kind, int status) {
    struct side *s = d->side;
    ikev1_answer a = {.size = sizeof a, .kind = kind, .status = status};
    a.phase1 = s->phase1;
    a.phase2 = s->phase2;
    a.psk = (ikev1_bytes){(const uint8_t *)s->psk, s->psk != NULL ? strlen(s->psk) : 0};
    a.signature = (ikev1_bytes){s->signer.signature, s->signer.signature_len};
    if (d->kind == IKEV1_QUESTION_DH && status == IKEV1_OK)
        a.status = compute(d);
    a.dh = (ikev1_bytes){d->value, d->value_len};
    return ikev1_engine_answer(s->ike, s->pair->now, d->ask, &a);
}

static int answer(struct desk *d) {
    d->open--;
    return answer_as(d, d->kind, IKEV1_OK);
}

/* ---- the questions ---- */

enum { I, R };

static const struct row {
    const char *name;
    int side, kind, nth;
    uint16_t auth;
    bool aggressive, again;
} ROWS[] = {
    {"initiator, phase 1", I, IKEV1_QUESTION_PHASE1, 1, IKEV1_AUTH_PSK, false, false},
    {"responder, phase 1", R, IKEV1_QUESTION_PHASE1, 1, IKEV1_AUTH_PSK, false, false},
    {"responder, phase 1 again", R, IKEV1_QUESTION_PHASE1, 2, IKEV1_AUTH_PSK, false, true},
    {"responder, signed, again", R, IKEV1_QUESTION_PHASE1, 2, IKEV1_AUTH_RSA, false, true},
    {"initiator, key", I, IKEV1_QUESTION_PSK, 1, IKEV1_AUTH_PSK, false, false},
    {"responder, key", R, IKEV1_QUESTION_PSK, 1, IKEV1_AUTH_PSK, false, false},
    {"aggressive initiator, key", I, IKEV1_QUESTION_PSK, 1, IKEV1_AUTH_PSK, true, false},
    {"aggressive responder, key", R, IKEV1_QUESTION_PSK, 1, IKEV1_AUTH_PSK, true, false},
    {"initiator, phase 2", I, IKEV1_QUESTION_PHASE2, 1, IKEV1_AUTH_PSK, false, false},
    {"responder, phase 2", R, IKEV1_QUESTION_PHASE2, 1, IKEV1_AUTH_PSK, false, false},
    {"initiator, sign", I, IKEV1_QUESTION_SIGN, 1, IKEV1_AUTH_RSA, false, false},
    {"responder, sign", R, IKEV1_QUESTION_SIGN, 1, IKEV1_AUTH_RSA, false, false},
    {"initiator, verify", I, IKEV1_QUESTION_VERIFY, 1, IKEV1_AUTH_RSA, false, false},
    {"responder, verify", R, IKEV1_QUESTION_VERIFY, 1, IKEV1_AUTH_RSA, false, false},
    {"aggressive initiator, sign", I, IKEV1_QUESTION_SIGN, 1, IKEV1_AUTH_RSA, true, false},
    {"aggressive initiator, verify", I, IKEV1_QUESTION_VERIFY, 1, IKEV1_AUTH_RSA, true, false},
    {"initiator, generate", I, IKEV1_QUESTION_DH, 1, IKEV1_AUTH_PSK, false, false},
    {"initiator, agree", I, IKEV1_QUESTION_DH, 2, IKEV1_AUTH_PSK, false, false},
    {"responder, generate", R, IKEV1_QUESTION_DH, 1, IKEV1_AUTH_PSK, false, false},
    {"responder, agree", R, IKEV1_QUESTION_DH, 2, IKEV1_AUTH_PSK, false, false},
    {"aggressive initiator, generate", I, IKEV1_QUESTION_DH, 1, IKEV1_AUTH_PSK, true, false},
    {"aggressive initiator, agree", I, IKEV1_QUESTION_DH, 2, IKEV1_AUTH_RSA, true, false},
    {"aggressive responder, generate", R, IKEV1_QUESTION_DH, 1, IKEV1_AUTH_RSA, true, false},
    {"aggressive responder, agree", R, IKEV1_QUESTION_DH, 2, IKEV1_AUTH_PSK, true, false},
    {"initiator, PFS generate", I, IKEV1_QUESTION_DH, 3, IKEV1_AUTH_PSK, false, false},
    {"initiator, PFS agree", I, IKEV1_QUESTION_DH, 4, IKEV1_AUTH_PSK, false, false},
    {"responder, PFS generate", R, IKEV1_QUESTION_DH, 3, IKEV1_AUTH_PSK, false, false},
    {"responder, PFS agree", R, IKEV1_QUESTION_DH, 4, IKEV1_AUTH_PSK, false, false},
};

static struct pair *prepared(const struct row *row, int i_later, int i_nth, int r_later,
                             int r_nth) {
    struct pair *p = pair_new(NULL);
    pair_by(p, row->auth, row->aggressive);
    p->i.phase2.pfs_group = p->r.phase2.pfs_group = IKEV1_GROUP_X25519;
    p->r.phase1.ask_again = row->again;
    open_desk(&desks[I], &p->i, i_later, i_nth);
    open_desk(&desks[R], &p->r, r_later, r_nth);
    pair_start(p);
    return p;
}

/* A pair that has got to where the question is open. */
static struct pair *waiting(const struct row *row) {
    struct pair *p = row->side == I ? prepared(row, row->kind, row->nth, 0, 0)
                                    : prepared(row, 0, 0, row->kind, row->nth);
    pair_connect(p);
    pair_run(p);
    ROW_EQUAL(row->name, desks[row->side].open, 1);
    return p;
}

static bool in_phase2(const struct row *row) {
    return row->kind == IKEV1_QUESTION_PHASE2 || (row->kind == IKEV1_QUESTION_DH && row->nth > 2);
}

/* What has ended, with which code; somebody who has not been reached is no news. */
static void ended(const struct row *row, struct side *s, int code) {
    side_drain(s);
    uint16_t type = in_phase2(row) ? IKEV1_EVENT_CHILD_FAILED : IKEV1_EVENT_SA_FAILED;
    if (side_count(s, type) != 0)
        ROW_EQUAL(row->name, side_event(s, type, 0)->why.code, code);
    else
        ROW_EQUAL(row->name, row->side, R);
    ROW_EQUAL(row->name, s->ike->s.sas, in_phase2(row));
    ROW_EQUAL(row->name, s->ike->s.children, 0);
}

#define EACH_ROW(row) for (const struct row *row = ROWS; row < ROWS + COUNT(ROWS); row++)

static void test_question__answered_later__goes_on(void **state) {
    (void)state;
    EACH_ROW(row) {
        struct pair *p = waiting(row);
        struct desk *d = &desks[row->side];
        ROW_EQUAL(row->name, answer(d), IKEV1_OK);
        pair_wait(p, 60000);
        pair_check_up(p, 1);
        ROW_EQUAL(row->name, d->open, 0);
        pair_free(p);
    }
}

static void test_question__another_message_meanwhile__asked_once(void **state) {
    (void)state;
    EACH_ROW(row) {
        struct pair *p = waiting(row);
        struct desk *d = &desks[row->side];
        pair_wait(p, 10000); /* the peer sends again */
        ROW_EQUAL(row->name, d->asked[row->kind], row->nth);
        ROW_EQUAL(row->name, answer(d), IKEV1_OK);
        pair_wait(p, 60000);
        pair_check_up(p, 1);
        pair_free(p);
    }
}

static void test_question__answered_twice__stale(void **state) {
    (void)state;
    EACH_ROW(row) {
        struct pair *p = waiting(row);
        struct desk *d = &desks[row->side];
        ROW_EQUAL(row->name, answer(d), IKEV1_OK);
        uint64_t before = engine_digest(d->side->ike);
        ROW_EQUAL(row->name, answer_as(d, d->kind, IKEV1_OK), IKEV1_E_STALE);
        ROW_EQUAL(row->name, engine_digest(d->side->ike) == before, true);
        pair_wait(p, 60000);
        pair_check_up(p, 1);
        pair_free(p);
    }
}

static void test_question__answered_as_every_other_kind__stays_open(void **state) {
    (void)state;
    EACH_ROW(row) {
        struct pair *p = waiting(row);
        struct desk *d = &desks[row->side];
        for (int kind = 0; kind < KINDS + 1; kind++) {
            if (kind == d->kind)
                continue;
            uint64_t before = engine_digest(d->side->ike);
            ROW_EQUAL(row->name, answer_as(d, kind, IKEV1_OK), IKEV1_E_ARGUMENT);
            ROW_EQUAL(row->name, engine_digest(d->side->ike) == before, true);
        }
        ROW_EQUAL(row->name, answer_as(d, d->kind, IKEV1_PENDING), IKEV1_E_ARGUMENT);
        ROW_EQUAL(row->name, answer(d), IKEV1_OK);
        pair_wait(p, 60000);
        pair_check_up(p, 1);
        pair_free(p);
    }
}

static void test_question__refused__ends_with_the_cause(void **state) {
    (void)state;
    EACH_ROW(row) {
        struct pair *p = waiting(row);
        struct desk *d = &desks[row->side];
        ROW_EQUAL(row->name, answer_as(d, d->kind, IKEV1_E_REFUSED), IKEV1_OK);
        link_flush(&p->link);
        link_rule(&p->link, LINK_TO_INITIATOR, LINK_DROP, 0, 0);
        link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, 0, 0);
        side_drain(d->side);
        if (side_count(d->side, IKEV1_EVENT_SA_FAILED) == 0) /* anybody could have caused it */
            pair_wait(p, 600000);
        ended(row, d->side, IKEV1_E_REFUSED);
        pair_free(p);
    }
}

static void test_question__never_answered__times_out_and_takes_no_more(void **state) {
    (void)state;
    EACH_ROW(row) {
        struct pair *p = waiting(row);
        struct desk *d = &desks[row->side];
        link_rule(&p->link, LINK_TO_INITIATOR, LINK_DROP, 0, 0);
        link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, 0, 0);
        pair_wait(p, 31000);
        ended(row, d->side, IKEV1_E_UNANSWERED);
        ROW_EQUAL(row->name, answer(d), IKEV1_E_STALE);
        ROW_EQUAL(row->name, side_count(d->side, IKEV1_EVENT_CHILD_UP), 0);
        pair_free(p);
    }
}

static void test_question__answered_after_the_end__stale(void **state) {
    (void)state;
    EACH_ROW(row) {
        struct pair *p = waiting(row);
        struct desk *d = &desks[row->side];
        ikev1_handle what = in_phase2(row) ? d->child : d->sa;
        ROW_EQUAL(row->name, ikev1_delete(d->side->ike, p->now, what), IKEV1_OK);
        ROW_EQUAL(row->name, answer(d), IKEV1_E_STALE);
        side_drain(d->side);
        ROW_EQUAL(row->name, answer_as(d, d->kind, IKEV1_OK), IKEV1_E_STALE);
        ROW_EQUAL(row->name, side_count(d->side, IKEV1_EVENT_CHILD_UP), 0);
        pair_free(p);
    }
}

/* ---- everything later ---- */

static void test_question__everything_later__up(void **state) {
    static const struct row RUNS[] = {
        {"main", I, 0, 0, IKEV1_AUTH_PSK, false, true},
        {"main, signed", I, 0, 0, IKEV1_AUTH_RSA, false, true},
        {"aggressive", I, 0, 0, IKEV1_AUTH_PSK, true, false},
        {"aggressive, signed", I, 0, 0, IKEV1_AUTH_RSA, true, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(RUNS); i++) {
        struct pair *p = prepared(&RUNS[i], EVERY, 0, EVERY, 0);
        ROW_EQUAL(RUNS[i].name, pair_connect(p), IKEV1_PENDING);
        for (int turn = 0; turn < 40; turn++) {
            pair_run(p);
            for (int s = I; s <= R; s++) {
                if (desks[s].open != 0)
                    ROW_EQUAL(RUNS[i].name, answer(&desks[s]), IKEV1_OK);
            }
        }
        pair_check_up(p, 1);
        for (int s = I; s <= R; s++) /* of each phase: a public value and a secret, once */
            ROW_EQUAL(RUNS[i].name, desks[s].asked[IKEV1_QUESTION_DH], 4);
        ROW_EQUAL(RUNS[i].name, desks[I].asked[IKEV1_QUESTION_PHASE1], 1);
        ROW_EQUAL(RUNS[i].name, desks[R].asked[IKEV1_QUESTION_PHASE1], RUNS[i].again ? 2 : 1);
        pair_free(p);
    }
}

/* ---- what comes back from elsewhere ---- */

/* A result of another size, or of zeros, is never used (RFC 6989 2.1). */
static void test_dh__bad_result__refused(void **state) {
    static const struct {
        const char *name;
        size_t len;
        int nth, code;
    } BAD[] = {
        {"public value, a byte short", 31, 1, IKEV1_E_CONFIG},
        {"public value, a byte long", 33, 1, IKEV1_E_CONFIG},
        {"public value of zeros", 32, 1, IKEV1_E_KE_INVALID},
        {"secret, none", 0, 2, IKEV1_E_CONFIG},
        {"secret, a byte short", 31, 2, IKEV1_E_CONFIG},
        {"secret of zeros", 32, 2, IKEV1_E_KE_INVALID},
    };
    static const uint8_t zeros[64];
    (void)state;
    for (size_t i = 0; i < COUNT(BAD); i++) {
        struct row row = {BAD[i].name, R, IKEV1_QUESTION_DH, BAD[i].nth, IKEV1_AUTH_PSK, 0, 0};
        struct pair *p = waiting(&row);
        ikev1_answer a = {.size = sizeof a, .kind = IKEV1_QUESTION_DH};
        a.dh = (ikev1_bytes){zeros, BAD[i].len};
        ROW_EQUAL(BAD[i].name, ikev1_engine_answer(p->r.ike, p->now, desks[R].ask, &a), IKEV1_OK);
        link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, 0, 0);
        pair_wait(p, 60000);
        ROW_EQUAL(BAD[i].name, side_count(&p->r, IKEV1_EVENT_SA_UP), 0);
        if (side_count(&p->r, IKEV1_EVENT_SA_FAILED) != 0)
            ROW_EQUAL(BAD[i].name, side_event(&p->r, IKEV1_EVENT_SA_FAILED, 0)->why.code,
                      BAD[i].code);
        pair_free(p);
    }
}

/* The peer's value is checked before anybody is asked to work on it (KEX-01, KEX-02). */
static void test_dh__peers_value_bad__nobody_asked(void **state) {
    struct row row = {"", I, 0, 0, IKEV1_AUTH_PSK, false, false};
    struct pair *p = prepared(&row, 0, 0, 0, 0);
    struct ike_sa *sa;
    uint8_t out[IKEV1_MAX_PUBLIC];
    ikev1_why why;
    (void)state;
    pair_connect(p);
    for (int i = 0; i < 4; i++)
        pair_step(p);
    sa = ike_handle_at(&p->r.ike->s.handles, IKE_KIND_SA, 1);
    int before = desks[R].asked[IKEV1_QUESTION_DH];
    assert_int_equal(ike_dh(sa->phase1, sa->algs.group, ike_bytes(out, 31), out, &why),
                     IKEV1_E_KE_INVALID);
    assert_int_equal(desks[R].asked[IKEV1_QUESTION_DH], before);
    pair_run(p);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_question__answered_later__goes_on),
        cmocka_unit_test(test_question__another_message_meanwhile__asked_once),
        cmocka_unit_test(test_question__answered_twice__stale),
        cmocka_unit_test(test_question__answered_as_every_other_kind__stays_open),
        cmocka_unit_test(test_question__refused__ends_with_the_cause),
        cmocka_unit_test(test_question__never_answered__times_out_and_takes_no_more),
        cmocka_unit_test(test_question__answered_after_the_end__stale),
        cmocka_unit_test(test_question__everything_later__up),
        cmocka_unit_test(test_dh__bad_result__refused),
        cmocka_unit_test(test_dh__peers_value_bad__nobody_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
