/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to the host: answered at once, later, never, twice, wrongly; and callbacks that call
 * back in., MEM-04, MEM-06, MEM-07, mission B2.
 */
#include "support/digest.h"
#include "support/pair.h"

static const struct {
    const char *name;
    int kind;
    bool responder;
} QUESTIONS[] = {
    {"initiator, phase 1", IKEV1_QUESTION_PHASE1, false},
    {"responder, phase 1", IKEV1_QUESTION_PHASE1, true},
    {"initiator, key", IKEV1_QUESTION_PSK, false},
    {"responder, key", IKEV1_QUESTION_PSK, true},
    {"initiator, phase 2", IKEV1_QUESTION_PHASE2, false},
    {"responder, phase 2", IKEV1_QUESTION_PHASE2, true},
};

/* A pair that has got to where the question is open. */
static struct pair *asked(size_t row, struct side **s) {
    struct pair *p = pair_new(NULL);
    *s = QUESTIONS[row].responder ? &p->r : &p->i;
    (*s)->status[QUESTIONS[row].kind] = IKEV1_PENDING;
    pair_start(p);
    int r = pair_connect(p);
    bool at_once = row == 0;
    ROW_EQUAL(QUESTIONS[row].name, r, at_once ? IKEV1_PENDING : IKEV1_OK);
    pair_run(p);
    ROW_EQUAL(QUESTIONS[row].name, (*s)->ask_count, 1);
    return p;
}

#define EACH_QUESTION(row) for (size_t row = 0; row < COUNT(QUESTIONS); row++)

static void test_ask__answered_later__goes_on(void **state) {
    (void)state;
    EACH_QUESTION(i) {
        struct side *s;
        struct pair *p = asked(i, &s);
        pair_wait(p, 10000); /* the peer sends again meanwhile: asked once, all the same */
        ROW_EQUAL(QUESTIONS[i].name, s->ask_count, 1);
        ROW_EQUAL(QUESTIONS[i].name, side_count(s, IKEV1_EVENT_CHILD_UP), 0);
        ROW_EQUAL(QUESTIONS[i].name, side_answer(s, QUESTIONS[i].kind, IKEV1_OK), IKEV1_OK);
        pair_wait(p, 60000);
        pair_check_up(p, 1);
        pair_free(p);
    }
}

static void test_ask__all_answered_later__goes_on(void **state) {
    struct pair *p = pair_new(NULL);
    struct side *both[] = {&p->i, &p->r};
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        for (int kind = IKEV1_QUESTION_PHASE1; kind <= IKEV1_QUESTION_PHASE2; kind++)
            both[s]->status[kind] = IKEV1_PENDING;
    }
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_PENDING);
    for (int turn = 0; turn < 8; turn++) {
        pair_run(p);
        for (size_t s = 0; s < 2; s++) {
            for (size_t k = 0; k < both[s]->ask_count; k++) {
                if (!both[s]->asks[k].answered)
                    assert_int_equal(side_answer(both[s], both[s]->asks[k].kind, IKEV1_OK),
                                     IKEV1_OK);
            }
        }
    }
    pair_check_up(p, 1);
    assert_int_equal(p->i.ask_count, 3);
    assert_int_equal(p->r.ask_count, 3);
    pair_free(p);
}

static void test_ask__refused_later__ends_with_the_cause(void **state) { /* PH1-15 */
    (void)state;
    EACH_QUESTION(i) {
        struct side *s;
        struct pair *p = asked(i, &s);
        ROW_EQUAL(QUESTIONS[i].name, side_answer(s, QUESTIONS[i].kind, IKEV1_E_REFUSED), IKEV1_OK);
        side_drain(s);
        bool phase1 = QUESTIONS[i].kind != IKEV1_QUESTION_PHASE2;
        uint16_t type = phase1 ? IKEV1_EVENT_SA_FAILED : IKEV1_EVENT_CHILD_FAILED;
        if (i == 1) { /* somebody who sent one message is no news */
            ROW_EQUAL(QUESTIONS[i].name, side_count(s, type), 0);
        } else {
            ROW_EQUAL(QUESTIONS[i].name, side_count(s, type), 1);
            ROW_EQUAL(QUESTIONS[i].name, side_event(s, type, 0)->why.code, IKEV1_E_REFUSED);
        }
        ROW_EQUAL(QUESTIONS[i].name, s->ike->s.sas, !phase1);
        pair_free(p);
    }
}

static void test_ask__empty_key_later__no_credential(void **state) { /* PH1-15 */
    (void)state;
    for (size_t i = 2; i < 4; i++) {
        struct side *s;
        struct pair *p = asked(i, &s);
        s->psk = "";
        ROW_EQUAL(QUESTIONS[i].name, side_answer(s, IKEV1_QUESTION_PSK, IKEV1_OK), IKEV1_OK);
        side_drain(s);
        ROW_EQUAL(QUESTIONS[i].name, side_event(s, IKEV1_EVENT_SA_FAILED, 0)->why.code,
                  IKEV1_E_NO_CREDENTIAL);
        pair_free(p);
    }
}

static void test_ask__answered_twice__stale(void **state) { /* */
    (void)state;
    EACH_QUESTION(i) {
        struct side *s;
        struct pair *p = asked(i, &s);
        s->status[QUESTIONS[i].kind] = IKEV1_OK;
        ROW_EQUAL(QUESTIONS[i].name, side_answer(s, QUESTIONS[i].kind, IKEV1_OK), IKEV1_OK);
        s->asks[0].answered = false;
        uint64_t before = engine_digest(s->ike);
        ROW_EQUAL(QUESTIONS[i].name, side_answer(s, QUESTIONS[i].kind, IKEV1_OK), IKEV1_E_STALE);
        assert_true(engine_digest(s->ike) == before);
        pair_wait(p, 60000);
        pair_check_up(p, 1);
        pair_free(p);
    }
}

static void test_ask__wrong_answers__question_stays_open(void **state) {
    (void)state;
    EACH_QUESTION(i) {
        struct side *s;
        struct pair *p = asked(i, &s);
        ikev1_ask ask = s->asks[0].ask;
        ikev1_answer answer = {.size = sizeof answer, .kind = QUESTIONS[i].kind % 3 + 1};
        uint64_t before = engine_digest(s->ike);
        ROW_EQUAL(QUESTIONS[i].name, ikev1_engine_answer(s->ike, p->now, ask, &answer),
                  IKEV1_E_ARGUMENT);
        answer.kind = QUESTIONS[i].kind;
        answer.size--;
        ROW_EQUAL(QUESTIONS[i].name, ikev1_engine_answer(s->ike, p->now, ask, &answer),
                  IKEV1_E_ARGUMENT);
        answer.size++;
        answer.status = IKEV1_PENDING;
        ROW_EQUAL(QUESTIONS[i].name, ikev1_engine_answer(s->ike, p->now, ask, &answer),
                  IKEV1_E_ARGUMENT);
        ROW_EQUAL(QUESTIONS[i].name, ikev1_engine_answer(s->ike, p->now, ask, NULL),
                  IKEV1_E_ARGUMENT);
        ROW_EQUAL(QUESTIONS[i].name, ikev1_engine_answer(s->ike, p->now, ask + 1, &answer),
                  IKEV1_E_STALE);
        ROW_EQUAL(QUESTIONS[i].name, ikev1_engine_answer(s->ike, p->now, 0, &answer),
                  IKEV1_E_STALE);
        ROW_EQUAL(QUESTIONS[i].name, ikev1_engine_answer(s->ike, p->now, UINT64_MAX, &answer),
                  IKEV1_E_STALE);
        assert_true(engine_digest(s->ike) == before);
        ROW_EQUAL(QUESTIONS[i].name, side_answer(s, QUESTIONS[i].kind, IKEV1_OK), IKEV1_OK);
        pair_wait(p, 60000);
        pair_check_up(p, 1);
        pair_free(p);
    }
}

static void test_ask__sa_ended_meanwhile__stale(void **state) { /* MEM-06, INF-08 */
    (void)state;
    EACH_QUESTION(i) {
        for (int reuse = 0; reuse < 2; reuse++) {
            struct side *s;
            struct pair *p = asked(i, &s);
            assert_int_equal(ikev1_delete(s->ike, p->now, IKEV1_ALL), IKEV1_OK);
            side_drain(s);
            if (reuse) { /* another SA in the same slot (MEM-07) */
                s->status[IKEV1_QUESTION_PHASE1] = IKEV1_PENDING;
                ikev1_connect(s->ike, p->now, PAIR_RULE, NULL);
            }
            ROW_EQUAL(QUESTIONS[i].name, side_answer(s, QUESTIONS[i].kind, IKEV1_OK),
                      IKEV1_E_STALE);
            pair_free(p);
        }
    }
}

static void test_ask__never_answered__ends_as_unanswered(void **state) { /* */
    (void)state;
    EACH_QUESTION(i) {
        struct side *s;
        struct pair *p = asked(i, &s);
        bool phase1 = QUESTIONS[i].kind != IKEV1_QUESTION_PHASE2;
        uint16_t type = phase1 ? IKEV1_EVENT_SA_FAILED : IKEV1_EVENT_CHILD_FAILED;
        pair_wait(p, 31000);
        if (i != 1) {
            ROW_EQUAL(QUESTIONS[i].name, side_count(s, type), 1);
            ROW_EQUAL(QUESTIONS[i].name, side_event(s, type, 0)->why.code, IKEV1_E_UNANSWERED);
        }
        ROW_EQUAL(QUESTIONS[i].name, side_answer(s, QUESTIONS[i].kind, IKEV1_OK), IKEV1_E_STALE);
        pair_free(p);
    }
}

/* What is open when the engine goes is freed and wiped: pair_free() checks it. */
static void test_ask__engine_freed_meanwhile__nothing_left(void **state) { /* MEM-06 */
    (void)state;
    EACH_QUESTION(i) {
        struct side *s;
        pair_free(asked(i, &s));
    }
}

/* ---- the question itself ---- */

static size_t checked;

static int look(void *user, const ikev1_question *q, ikev1_phase2 *answer) {
    struct side *s = user;
    assert_int_equal(q->size, sizeof *q);
    assert_int_equal(answer->size, sizeof *answer);
    assert_true(q->sa != 0);
    assert_int_equal(q->rule, PAIR_RULE);
    assert_int_equal(q->path.remote.family, 4);
    if (!q->initiator) {
        assert_non_null(q->peer_id);
        assert_int_equal(q->peer_id->type, IKEV1_ID_IPV4_ADDR);
        assert_memory_equal(q->peer_id->data, q->path.remote.ip, 4);
        assert_memory_equal(q->local->start, s->phase2.local.start, 16);
        assert_memory_equal(q->remote->end, s->phase2.remote.end, 16);
    } else {
        assert_true(q->child != 0);
    }
    checked++;
    *answer = s->phase2;
    return IKEV1_OK;
}

static void test_question__phase2__tells_what_is_known(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.policy.phase2 = p->r.policy.phase2 = look;
    pair_start(p);
    pair_up(p);
    assert_int_equal(checked, 2);
    pair_free(p);
}

static void test_ask__no_callback__refused(void **state) { /* */
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.policy.phase1 = NULL;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_E_NO_RULE);
    pair_free(p);
    p = pair_new(NULL);
    p->i.policy.psk = NULL;
    pair_start(p);
    pair_connect(p);
    pair_run(p);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_SA_FAILED, 0)->why.code, IKEV1_E_NO_CREDENTIAL);
    pair_free(p);
    p = pair_new(NULL);
    p->r.policy.phase2 = NULL;
    pair_start(p);
    pair_connect(p);
    pair_run(p);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_CHILD_FAILED, 0)->why.code, IKEV1_E_NO_RULE);
    pair_free(p);
}

static void test_ask__spi_pending__refused(void **state) { /* there is no "later" for an SPI */
    struct pair *p = pair_new(NULL);
    (void)state;
    p->r.next_spi = 4096;
    p->r.status[0] = IKEV1_PENDING;
    pair_start(p);
    pair_connect(p);
    pair_wait(p, 300000);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_UP), 0);
    assert_int_equal(p->r.ike->s.children, 0);
    pair_free(p);
}

/* ---- calling back in ---- */

static size_t calls;

/* Every function, from inside a callback: refused, and nothing happens (MEM-04). */
static void call_everything(struct side *s, const char *name) {
    static const ikev1_path path = {{4, {1}, 500}, {4, {2}, 500}, false};
    static const ikev1_answer answer = {.size = sizeof answer, .kind = IKEV1_QUESTION_PSK};
    uint8_t message[28] = {1};
    ikev1_event event;
    ikev1_packet packet;
    ikev1_handle handle;
    if (s->ike == NULL)
        return;
    uint64_t before = engine_digest(s->ike);
    ROW_EQUAL(name, ikev1_engine_input(s->ike, 1, &path, message, sizeof message, NULL),
              IKEV1_E_REENTRY);
    ROW_EQUAL(name, ikev1_engine_tick(s->ike, 1), IKEV1_E_REENTRY);
    ROW_EQUAL(name, ikev1_engine_next_event(s->ike, &event), 0);
    ROW_EQUAL(name, ikev1_engine_next_packet(s->ike, &packet), 0);
    ROW_EQUAL(name, ikev1_engine_answer(s->ike, 1, 1, &answer), IKEV1_E_REENTRY);
    ROW_EQUAL(name, ikev1_connect(s->ike, 1, PAIR_RULE, &handle), IKEV1_E_REENTRY);
    ROW_EQUAL(name, ikev1_child(s->ike, 1, 1, PAIR_RULE, &handle), IKEV1_E_REENTRY);
    ROW_EQUAL(name, ikev1_delete(s->ike, 1, IKEV1_ALL), IKEV1_E_REENTRY);
    ROW_EQUAL(name, ikev1_send_failed(s->ike, 1, 1), IKEV1_E_REENTRY);
    ikev1_engine_free(s->ike);
    (void)ikev1_engine_deadline(s->ike); /* only looks: allowed */
    assert_true(engine_digest(s->ike) == before);
    calls++;
}

static int random_that_calls(void *user, uint8_t *out, size_t len) {
    struct side *s = user;
    call_everything(s, "random");
    return rng_fill(&s->rng, out, len);
}

static void test_reentry__from_each_callback__refused(void **state) { /* */
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.inside = p->r.inside = call_everything;
    p->i.next_spi = p->r.next_spi = 4096;
    p->r.config.random = random_that_calls;
    p->r.config.random_user = &p->r;
    pair_start(p);
    pair_up(p);
    ikev1_delete(p->i.ike, p->now, IKEV1_ALL);
    pair_run(p);
    assert_true(calls > 30);
    pair_free(p);
}

/* ---- a refusal with its cause ---- */

/* As a rule table would say it (mission S8, S10); the texts fill their fields to the last byte. */
static void fill_why(ikev1_why *why) {
    static const ikev1_selector RANGE = {4, 0, 0, {10, 2, 0, 0}, {10, 2, 0, 255}};
    why->code = IKEV1_E_BUG; /* the code is the callback's result, the cite the library's own */
    why->cite = "nowhere";
    why->rule = 12;
    why->other_rule = 3;
    why->range = RANGE;
    why->diff_count = 200;
    memset(why->ours, 'o', sizeof why->ours);
    memset(why->theirs, '\n', sizeof why->theirs);
}

static int refuse_phase2(void *user, const ikev1_question *q, ikev1_phase2 *answer) {
    const struct side *s = user;
    (void)answer;
    assert_non_null(q->why);
    assert_int_equal(q->why->code, 0);
    fill_why(q->why);
    if (s->next_spi != 0) /* the row's notification */
        q->why->notify = (uint16_t)s->next_spi;
    return s->status[0];
}

static void test_ask__refused_with_a_cause__in_event_and_log(void **state) { /* mission B3 */
    static const struct {
        const char *name;
        int code;
        uint32_t notify;
        uint16_t want;
        const char *line;
    } rows[] = {
        {"a rule", IKEV1_E_RULE_CONFLICT, 0, IKEV1_NOTIFY_INVALID_ID_INFORMATION,
         "!! Local / remote IPs of incoming request conflict with rule <#3>"},
        {"a connection", IKEV1_E_LIVE_CONFLICT, 0, IKEV1_NOTIFY_INVALID_ID_INFORMATION,
         "!! Remote IP <10.2.0.0> / <10.2.0.255> conflicts"},
        {"a limit", IKEV1_E_RULE_LIMIT, 0, IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN,
         "!! Active connection allowed exceeded"},
        {"the host's notification", IKEV1_E_RULE_LIMIT, IKEV1_NOTIFY_INVALID_CERT_AUTHORITY,
         IKEV1_NOTIFY_INVALID_CERT_AUTHORITY, "!! Active connection allowed exceeded"},
        {"what is no error type", IKEV1_E_RULE_LIMIT, IKEV1_NOTIFY_INITIAL_CONTACT,
         IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN, "!! Active connection allowed exceeded"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pair *p = pair_new(NULL);
        p->r.policy.phase2 = refuse_phase2;
        p->r.status[0] = rows[i].code;
        p->r.config.log_level = IKEV1_LEVEL_DETAIL;
        pair_start(p);
        p->r.next_spi = rows[i].notify;
        pair_connect(p);
        pair_run(p);
        const ikev1_why *why = &side_event(&p->r, IKEV1_EVENT_CHILD_FAILED, 0)->why;
        ROW_EQUAL(rows[i].name, why->code, rows[i].code);
        ROW_EQUAL(rows[i].name, why->rule, 12);
        ROW_EQUAL(rows[i].name, why->other_rule, 3);
        ROW_EQUAL(rows[i].name, why->range.end[3], 255);
        ROW_EQUAL(rows[i].name, why->diff_count, 0);
        ROW_EQUAL(rows[i].name, strlen(why->ours), sizeof why->ours - 1);
        ROW_EQUAL(rows[i].name, strlen(why->theirs), sizeof why->theirs - 1);
        ROW_TEXT(rows[i].name, why->cite, "RFC 2409 5.5");
        ROW_EQUAL(rows[i].name, why->notify, rows[i].want);
        ROW_EQUAL(rows[i].name, side_said(&p->r, rows[i].line), true);
        ROW_EQUAL(rows[i].name, side_said(&p->r, "\\x0a"), true); /* LOG-02 */
        ROW_EQUAL(rows[i].name, side_event(&p->i, IKEV1_EVENT_CHILD_FAILED, 0)->why.notify,
                  rows[i].want);
        pair_free(p);
    }
}

static void test_ask__refused_later_with_a_cause__in_the_event(void **state) { /* mission B2, B3 */
    (void)state;
    struct side *s;
    struct pair *p = asked(5, &s);
    ikev1_why why = {0};
    fill_why(&why);
    ikev1_answer answer = {.size = sizeof answer,
                           .kind = IKEV1_QUESTION_PHASE2,
                           .status = IKEV1_E_RULE_CONFLICT,
                           .why = &why};
    assert_int_equal(ikev1_engine_answer(s->ike, p->now, s->asks[0].ask, &answer), IKEV1_OK);
    side_drain(s);
    const ikev1_why *got = &side_event(s, IKEV1_EVENT_CHILD_FAILED, 0)->why;
    assert_int_equal(got->code, IKEV1_E_RULE_CONFLICT);
    assert_int_equal(got->other_rule, 3);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ask__answered_later__goes_on),
        cmocka_unit_test(test_ask__all_answered_later__goes_on),
        cmocka_unit_test(test_ask__refused_later__ends_with_the_cause),
        cmocka_unit_test(test_ask__empty_key_later__no_credential),
        cmocka_unit_test(test_ask__answered_twice__stale),
        cmocka_unit_test(test_ask__wrong_answers__question_stays_open),
        cmocka_unit_test(test_ask__sa_ended_meanwhile__stale),
        cmocka_unit_test(test_ask__never_answered__ends_as_unanswered),
        cmocka_unit_test(test_ask__engine_freed_meanwhile__nothing_left),
        cmocka_unit_test(test_question__phase2__tells_what_is_known),
        cmocka_unit_test(test_ask__refused_with_a_cause__in_event_and_log),
        cmocka_unit_test(test_ask__refused_later_with_a_cause__in_the_event),
        cmocka_unit_test(test_ask__no_callback__refused),
        cmocka_unit_test(test_ask__spi_pending__refused),
        cmocka_unit_test(test_reentry__from_each_callback__refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
