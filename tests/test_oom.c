/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory runs out, at every allocation of a whole negotiation, of one side or the other, once or
 * for good: nothing leaks, nothing is half done, and once there is memory again it goes on or
 * begins again (MEM-01). What is released has been wiped (MEM-08).
 */
#include "support/digest.h"
#include "support/pair.h"

enum { CEILING = 2000 };

static struct pair *prepared(const struct pair_kind *kind, int nat) {
    struct pair *p = pair_new(NULL);
    pair_by(p, kind->auth, kind->mode);
    p->i.phase2.pfs_group = p->r.phase2.pfs_group = IKEV1_GROUP_X25519;
    p->i.phase1.natt = p->r.phase1.natt = nat ? IKEV1_NATT_FORCE : IKEV1_NATT_OFF;
    return p;
}

static void expect_up(struct pair *p, const char *row) {
    ROW_EQUAL(row, p->i.ike->s.children >= 1, true);
    ROW_EQUAL(row, p->r.ike->s.children >= 1, true);
    ROW_EQUAL(row, side_count(&p->i, IKEV1_EVENT_CHILD_UP) >= 1, true);
    ROW_EQUAL(row, side_count(&p->r, IKEV1_EVENT_CHILD_UP) >= 1, true);
}

/* Negotiates until it is up, asking again when a call was refused for want of memory. */
static void negotiate(struct pair *p, const char *row) {
    for (int tries = 0; tries < 4; tries++) {
        int r = pair_connect(p);
        ROW_EQUAL(row, r == IKEV1_OK || r == IKEV1_E_MEMORY || r == IKEV1_E_BUSY, true);
        pair_wait(p, 120000);
        if (side_count(&p->i, IKEV1_EVENT_CHILD_UP) != 0 &&
            side_count(&p->r, IKEV1_EVENT_CHILD_UP) != 0)
            return;
    }
    fail_msg("%s: never came up", row);
}

/* One allocation fails. @return whether it was reached. */
static bool fail_one(const struct pair_kind *kind, uint64_t at, bool responder, int nat) {
    char row[96];
    struct pair *p = prepared(kind, nat);
    struct side *s = responder ? &p->r : &p->i;
    snprintf(row, sizeof row, "%s, %s, allocation %u fails", kind->name, s->name, (unsigned)at);
    assert_int_equal(pair_start_side(responder ? &p->i : &p->r), IKEV1_OK);
    s->memory.fail_at = at;
    if (pair_start_side(s) != IKEV1_OK) {
        assert_null(s->ike);
        ROW_EQUAL(row, s->memory.live, 0);
        ROW_EQUAL(row, pair_start_side(s), IKEV1_OK);
    }
    negotiate(p, row);
    bool reached = s->memory.failed != 0;
    expect_up(p, row);
    ikev1_delete(p->i.ike, p->now, IKEV1_ALL);
    pair_run(p);
    ROW_EQUAL(row, p->i.ike->s.sas, 0);
    /* A delete that memory kept from being sent: the peer's SA ends by itself. */
    pair_wait(p, (ikev1_time)29000 * 1000);
    ROW_EQUAL(row, p->r.ike->s.sas, 0);
    ROW_EQUAL(row, p->r.ike->s.ctx.timers.reserved, 0);
    ROW_EQUAL(row, p->i.ike->s.ctx.timers.reserved, 0);
    ROW_EQUAL(row, p->r.ike->s.ctx.lifetimes.reserved, 0);
    ROW_EQUAL(row, p->i.ike->s.ctx.lifetimes.reserved, 0);
    pair_free(p);
    return reached;
}

static void test_memory__one_allocation_fails__it_still_comes_up(void **state) {
    (void)state;
    for (int nat = 0; nat < 2 * PAIR_KINDS; nat++) {
        for (int responder = 0; responder < 2; responder++) {
            uint64_t at = 1;
            while (at < CEILING && fail_one(&pair_kinds[nat / 2], at, responder != 0, nat % 2))
                at++;
            assert_in_range(at, 20, CEILING - 1); /* the loop has seen a whole negotiation */
        }
    }
}

/* From one allocation on there is no memory for a while: then it comes back. */
static bool fail_all_from(const struct pair_kind *kind, uint64_t at, bool responder) {
    char row[96];
    struct pair *p = prepared(kind, 0);
    struct side *s = responder ? &p->r : &p->i;
    snprintf(row, sizeof row, "%s, %s, no memory from %u on", kind->name, s->name, (unsigned)at);
    pair_start(p);
    s->memory.fail_at = s->memory.calls + at;
    s->memory.from_there = true;
    int r = pair_connect(p);
    pair_wait(p, 20000);
    bool reached = s->memory.failed != 0;
    s->memory.fail_at = 0;
    (void)r;
    if (side_count(&p->i, IKEV1_EVENT_CHILD_UP) == 0 ||
        side_count(&p->r, IKEV1_EVENT_CHILD_UP) == 0)
        negotiate(p, row);
    expect_up(p, row);
    pair_free(p);
    return reached;
}

static void test_memory__gone_for_a_while__it_still_comes_up(void **state) {
    (void)state;
    for (int way = 0; way < 2 * PAIR_KINDS; way++) {
        uint64_t at = 1;
        while (at < CEILING && fail_all_from(&pair_kinds[way / 2], at, way % 2 != 0))
            at++;
        assert_in_range(at, 20, CEILING - 1);
    }
}

/* It never comes back: every object still ends, with its event. */
static void test_memory__gone_for_good__everything_ends(void **state) {
    (void)state;
    for (int way = 0; way < 2 * PAIR_KINDS; way++) {
        for (uint64_t at = 1; at < CEILING; at++) {
            struct pair *p = prepared(&pair_kinds[way / 2], 0);
            struct side *s = way % 2 ? &p->r : &p->i;
            p->i.phase1.rekey = p->i.phase2.rekey = IKEV1_REKEY_OFF;
            pair_start(p);
            s->memory.fail_at = s->memory.calls + at;
            s->memory.from_there = true;
            pair_connect(p);
            pair_wait(p, (ikev1_time)30000 * 1000);
            bool reached = s->memory.failed != 0;
            ROW_EQUAL(s->name, p->i.ike->s.sas, 0);
            ROW_EQUAL(s->name, p->r.ike->s.sas, 0);
            for (int k = 0; k < 2; k++) {
                const struct side *e = k ? &p->r : &p->i;
                ROW_EQUAL(s->name, ikev1_engine_deadline(e->ike) == IKEV1_NEVER, true);
                ROW_EQUAL(s->name, side_count(e, IKEV1_EVENT_SA_UP),
                          side_count(e, IKEV1_EVENT_SA_DOWN));
                ROW_EQUAL(s->name, side_count(e, IKEV1_EVENT_CHILD_UP),
                          side_count(e, IKEV1_EVENT_CHILD_DOWN));
            }
            pair_free(p);
            if (!reached)
                break;
        }
    }
}

/* The answer to a question comes while there is no memory: it can be given again. */
static void set_status(struct side *s, int question, int status) {
    if (question == IKEV1_QUESTION_SIGN)
        s->signer.sign_status = status;
    else if (question == IKEV1_QUESTION_VERIFY)
        s->signer.verify_status = status;
    else
        s->status[question] = status;
}

static bool answer_without_memory(const struct pair_kind *kind, int question, bool responder,
                                  uint64_t at) {
    struct pair *p = prepared(kind, 0);
    struct side *s = responder ? &p->r : &p->i;
    set_status(s, question, IKEV1_PENDING);
    pair_start(p);
    pair_connect(p);
    pair_run(p);
    assert_int_equal(s->ask_count, 1);
    s->memory.fail_at = s->memory.calls + at;
    int r = side_answer(s, question, IKEV1_OK);
    bool reached = s->memory.failed != 0;
    s->memory.fail_at = 0;
    if (r == IKEV1_E_MEMORY) { /* "nothing changed" */
        s->asks[0].answered = false;
        ROW_EQUAL(s->name, side_answer(s, question, IKEV1_OK), IKEV1_OK);
    } else {
        ROW_EQUAL(s->name, r, IKEV1_OK);
    }
    set_status(s, question, IKEV1_OK);
    pair_wait(p, 100000);
    if (side_count(&p->r, IKEV1_EVENT_CHILD_UP) == 0)
        negotiate(p, s->name);
    expect_up(p, s->name);
    pair_free(p);
    return reached;
}

static void test_answer__no_memory__can_be_given_again(void **state) { /* MEM-01, engine.h */
    static const int WHERE[] = {IKEV1_QUESTION_PHASE1, IKEV1_QUESTION_PSK, IKEV1_QUESTION_PHASE2,
                                IKEV1_QUESTION_SIGN, IKEV1_QUESTION_VERIFY};
    (void)state;
    for (size_t i = 0; i < COUNT(WHERE); i++) {
        for (int way = 0; way < 2 * PAIR_KINDS; way++) {
            const struct pair_kind *kind = &pair_kinds[way / 2];
            bool by_key = WHERE[i] == IKEV1_QUESTION_PSK, is_key = kind->auth == IKEV1_AUTH_PSK;
            if ((by_key && !is_key) || (WHERE[i] >= IKEV1_QUESTION_SIGN && is_key))
                continue;
            uint64_t at = 1;
            while (at < CEILING && answer_without_memory(kind, WHERE[i], way % 2 != 0, at))
                at++;
            assert_in_range(at, 2, CEILING - 1);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory__one_allocation_fails__it_still_comes_up),
        cmocka_unit_test(test_memory__gone_for_a_while__it_still_comes_up),
        cmocka_unit_test(test_memory__gone_for_good__everything_ends),
        cmocka_unit_test(test_answer__no_memory__can_be_given_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
