/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XAUTH (draft-beaulieu-ike-xauth) between two engines, every method in both modes, server and
 * client on either side. Mission P4, R2; family CFG.
 */
#include "support/digest.h"
#include "support/pair.h"

#include "api/api.h"

static const struct method {
    const char *name;
    uint16_t auth;
    bool aggressive;
} METHODS[] = {
    {"init PSK", IKEV1_AUTH_XAUTH_INIT_PSK, false},
    {"init PSK, aggressive", IKEV1_AUTH_XAUTH_INIT_PSK, true},
    {"resp PSK", IKEV1_AUTH_XAUTH_RESP_PSK, false},
    {"resp PSK, aggressive", IKEV1_AUTH_XAUTH_RESP_PSK, true},
    {"init RSA", IKEV1_AUTH_XAUTH_INIT_RSA, false},
    {"init RSA, aggressive", IKEV1_AUTH_XAUTH_INIT_RSA, true},
    {"resp RSA", IKEV1_AUTH_XAUTH_RESP_RSA, false},
    {"resp RSA, aggressive", IKEV1_AUTH_XAUTH_RESP_RSA, true},
    {"init DSS", IKEV1_AUTH_XAUTH_INIT_DSS, false},
    {"init DSS, aggressive", IKEV1_AUTH_XAUTH_INIT_DSS, true},
    {"resp DSS", IKEV1_AUTH_XAUTH_RESP_DSS, false},
    {"resp DSS, aggressive", IKEV1_AUTH_XAUTH_RESP_DSS, true},
    {"hybrid init RSA", IKEV1_AUTH_HYBRID_INIT_RSA, false},
    {"hybrid init RSA, aggressive", IKEV1_AUTH_HYBRID_INIT_RSA, true},
    {"hybrid resp RSA", IKEV1_AUTH_HYBRID_RESP_RSA, false},
    {"hybrid resp RSA, aggressive", IKEV1_AUTH_HYBRID_RESP_RSA, true},
    {"hybrid init DSS", IKEV1_AUTH_HYBRID_INIT_DSS, false},
    {"hybrid init DSS, aggressive", IKEV1_AUTH_HYBRID_INIT_DSS, true},
    {"hybrid resp DSS", IKEV1_AUTH_HYBRID_RESP_DSS, false},
    {"hybrid resp DSS, aggressive", IKEV1_AUTH_HYBRID_RESP_DSS, true},
};

static void test_xauth__each_method__up_and_named(void **state) { /* P4, R2 */
    (void)state;
    for (size_t i = 0; i < COUNT(METHODS); i++) {
        struct pair *p = pair_new(NULL);
        pair_with_user(p, METHODS[i].auth, METHODS[i].aggressive);
        pair_start(p);
        ROW_EQUAL(METHODS[i].name, pair_connect(p), IKEV1_OK);
        pair_run(p);
        ROW_EQUAL(METHODS[i].name, side_count(&p->i, IKEV1_EVENT_CHILD_UP), 1);
        pair_check_up(p, 1);
        struct side *client = pair_client(p), *server = pair_server(p);
        ROW_EQUAL(METHODS[i].name, client->user.asked, 1);
        ROW_EQUAL(METHODS[i].name, server->user.verified, 1);
        ROW_EQUAL(METHODS[i].name, client->user.verified + server->user.asked, 0);
        ROW_EQUAL(METHODS[i].name, side_count(client, IKEV1_EVENT_XAUTH), 1);
        const struct pair_event *e = side_event(server, IKEV1_EVENT_XAUTH, 0);
        ROW_TEXT(METHODS[i].name, e->user, "alice");
        ROW_EQUAL(METHODS[i].name, side_event(&p->i, IKEV1_EVENT_SA_UP, 0)->info.auth,
                  METHODS[i].auth);
        ROW_EQUAL(METHODS[i].name, side_said(server, "XAUTH of user alice succeeded"), true);
        ROW_EQUAL(METHODS[i].name, side_said(server, "open sesame"), false); /* LOG-03 */
        ROW_EQUAL(METHODS[i].name, side_said(client, "open sesame"), false);
        ROW_EQUAL(METHODS[i].name, side_said(client, "Recv:<HASH><ATTR>"), true);
        ROW_EQUAL(METHODS[i].name, side_said(client, "Send:<HASH><ATTR>"), true);
        pair_free(p);
    }
}

static void test_xauth__wrong_password__asked_again_then_ended(void **state) {
    (void)state;
    for (uint32_t tries = 1; tries <= 4; tries++) {
        struct pair *p = pair_new(NULL);
        pair_with_user(p, IKEV1_AUTH_XAUTH_INIT_PSK, false);
        p->r.config.limits.xauth_tries = tries;
        p->i.user.password = "wrong";
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        pair_run(p);
        assert_int_equal(p->r.user.verified, tries);
        assert_int_equal(p->i.user.asked, tries);
        assert_int_equal(side_count(&p->r, IKEV1_EVENT_XAUTH), 0);
        assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_DOWN, 0)->why.code, IKEV1_E_XAUTH);
        assert_int_equal(side_event(&p->i, IKEV1_EVENT_SA_DOWN, 0)->why.code, IKEV1_E_XAUTH);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 0);
        assert_int_equal(side_said_times(&p->r, "!! XAUTH of user alice failed"), tries);
        assert_int_equal(p->r.ike->s.half_open, 0);
        pair_free(p);
    }
}

/* A pair with one method, started. */
static struct pair *begun(uint16_t auth) {
    struct pair *p = pair_new(NULL);
    pair_with_user(p, auth, false);
    return p;
}

static struct pair *run(struct pair *p) {
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    return p;
}

static void test_xauth__chap__challenge_and_response(void **state) {
    (void)state;
    struct pair *p = begun(IKEV1_AUTH_XAUTH_INIT_PSK);
    p->r.phase1.xauth_type = IKEV1_XAUTH_CHAP;
    p->i.user.password = p->r.user.knows_password = "\1response";
    run(p);
    pair_check_up(p, 1);
    assert_int_equal(p->i.user.seen.type, IKEV1_XAUTH_CHAP);
    assert_int_equal(p->i.user.seen.challenge_len, IKE_CHAP_CHALLENGE);
    assert_int_equal(p->i.user.seen.asks, IKEV1_XAUTH_USER | IKEV1_XAUTH_PASSWORD);
    assert_memory_equal(p->i.user.seen.challenge, p->r.user.seen.challenge, IKE_CHAP_CHALLENGE);
    assert_int_equal(p->r.user.seen.type, IKEV1_XAUTH_CHAP);
    pair_free(p);
}

/* The challenge of a one-time password hangs on the name: that is asked for first. */
static void test_xauth__one_time_password__name_first(void **state) {
    (void)state;
    for (uint8_t type = IKEV1_XAUTH_OTP; type <= IKEV1_XAUTH_SKEY; type++) {
        struct pair *p = begun(IKEV1_AUTH_XAUTH_INIT_PSK);
        p->r.phase1.xauth_type = type;
        p->r.user.knows_password = NULL; /* of the first round nothing but the name counts */
        p->r.user.name_only = true;
        p->r.user.messages[0] = "otp-md5 487 dog2";
        p->r.user.answers[0] = "ROME HUG SCAN LOIS CALF MERE";
        run(p);
        pair_check_up(p, 1);
        assert_int_equal(p->r.user.verified, 2);
        assert_int_equal(p->i.user.seen.type, type);
        assert_string_equal(p->i.user.seen.message, "otp-md5 487 dog2");
        assert_string_equal(p->r.user.seen.of, "alice"); /* from the round before */
        pair_free(p);
    }
}

static void test_xauth__rounds__to_the_limit_and_one_past_it(void **state) {
    (void)state;
    for (int past = 0; past < 2; past++) {
        struct pair *p = begun(IKEV1_AUTH_XAUTH_INIT_RSA);
        p->r.config.limits.xauth_rounds = 5;
        for (int i = 0; i < 4 + past; i++) {
            p->r.user.messages[i] = "and now?";
            p->r.user.answers[i] = "42";
        }
        run(p);
        assert_int_equal(p->r.user.verified, 5);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), past ? 0 : 1);
        if (past)
            assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_DOWN, 0)->why.code, IKEV1_E_ROUNDS);
        pair_free(p);
    }
}

/* A client is not led through rounds for ever either. */
static void test_xauth__client_rounds__past_the_limit_not_answered(void **state) {
    (void)state;
    struct pair *p = begun(IKEV1_AUTH_XAUTH_INIT_PSK);
    p->i.config.limits.xauth_rounds = 2;
    for (int i = 0; i < 4; i++) {
        p->r.user.messages[i] = "and now?";
        p->r.user.answers[i] = "42";
    }
    run(p);
    assert_int_equal(p->i.user.asked, 2);
    pair_wait(p, 200000);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_DOWN), 1);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_DOWN), 1);
    pair_free(p);
}

static void test_xauth__wrong_answer_later__refused(void **state) {
    (void)state;
    struct pair *p = begun(IKEV1_AUTH_XAUTH_INIT_PSK);
    p->r.config.limits.xauth_tries = 1;
    p->r.user.messages[0] = "code?";
    p->r.user.answers[0] = NULL; /* the client has none */
    run(p);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 0);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_SA_DOWN, 0)->why.code, IKEV1_E_XAUTH);
    pair_free(p);
}

/* ---- answered later, or never (B2) ---- */

static void test_xauth__answered_later__goes_on(void **state) {
    static const int KINDS[] = {IKEV1_QUESTION_XAUTH_USER, IKEV1_QUESTION_XAUTH_VERIFY};
    (void)state;
    for (size_t i = 0; i < COUNT(KINDS); i++) {
        for (int good = 0; good < 2; good++) {
            struct pair *p = begun(IKEV1_AUTH_XAUTH_INIT_PSK);
            struct side *s = i == 0 ? &p->i : &p->r;
            p->r.config.limits.xauth_tries = 1;
            s->status[KINDS[i]] = IKEV1_PENDING;
            run(p);
            assert_int_equal(s->ask_count, 1);
            assert_int_equal(side_count(&p->i, IKEV1_EVENT_XAUTH), 0);
            pair_wait(p, 20000); /* the server asks again meanwhile: nobody is asked twice */
            assert_int_equal(s->ask_count, 1);
            assert_int_equal(side_answer(s, KINDS[i], good ? IKEV1_OK : IKEV1_E_XAUTH), IKEV1_OK);
            pair_run(p);
            assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), good);
            assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_DOWN), !good);
            assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_DOWN), !good);
            pair_free(p);
        }
    }
}

static void test_xauth__never_answered__ends(void **state) { /* CFG-12, R-13 */
    static const int KINDS[] = {IKEV1_QUESTION_XAUTH_USER, IKEV1_QUESTION_XAUTH_VERIFY};
    (void)state;
    for (size_t i = 0; i < COUNT(KINDS); i++) {
        struct pair *p = begun(IKEV1_AUTH_XAUTH_INIT_PSK);
        struct side *s = i == 0 ? &p->i : &p->r;
        s->status[KINDS[i]] = IKEV1_PENDING;
        run(p);
        assert_int_equal(p->r.ike->s.half_open, 1); /* until it has passed */
        pair_wait(p, 125000);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_DOWN), 1);
        assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_DOWN), 1);
        assert_int_equal(p->r.ike->s.half_open, 0);
        assert_int_equal(p->r.ike->s.sas, 0);
        pair_free(p);
    }
}

static void test_xauth__server_never_asks__client_ends(void **state) { /* CFG-12 */
    (void)state;
    struct pair *p = begun(IKEV1_AUTH_XAUTH_INIT_PSK);
    p->i.config.timing.xauth = 5000;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    for (int i = 0; i < 6; i++)
        assert_true(pair_step(p));
    link_flush(&p->link);
    link_rule(&p->link, LINK_TO_INITIATOR, LINK_DROP, 0, 0);
    pair_wait(p, 4900);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_DOWN), 0);
    pair_wait(p, 200);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_SA_DOWN, 0)->why.code, IKEV1_E_XAUTH);
    pair_free(p);
}

static void test_xauth__client_has_nothing_to_say__both_end(void **state) {
    (void)state;
    struct pair *p = begun(IKEV1_AUTH_XAUTH_INIT_PSK);
    p->i.status[IKEV1_QUESTION_XAUTH_USER] = IKEV1_E_NO_CREDENTIAL;
    run(p);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_SA_DOWN, 0)->why.code, IKEV1_E_NO_CREDENTIAL);
    assert_int_equal(p->r.user.verified, 0);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_DOWN), 1);
    pair_free(p);
}

/* ---- loss (CFG-09) ---- */

static void test_xauth__each_message_lost_once_or_doubled__up_all_the_same(void **state) {
    (void)state;
    for (int way = 0; way < 2; way++) {
        for (uint32_t nth = 4; nth <= 7; nth++) {
            for (int action = LINK_DROP; action <= LINK_DOUBLE; action++) {
                struct pair *p = begun(IKEV1_AUTH_XAUTH_INIT_PSK);
                pair_with_config(p, IKEV1_CONFIG_PULL, IKEV1_CONFIG_SERVE);
                link_rule(&p->link, (uint8_t)way, (uint8_t)action, nth, 1);
                pair_start(p);
                assert_int_equal(pair_connect(p), IKEV1_OK);
                pair_wait(p, 30000);
                ROW_EQUAL("message", side_count(&p->i, IKEV1_EVENT_CHILD_UP), 1);
                ROW_EQUAL("message", side_count(&p->r, IKEV1_EVENT_CHILD_UP), 1);
                ROW_EQUAL("asked", p->i.user.asked, 1); /* the password is not told twice */
                ROW_EQUAL("verified", p->r.user.verified, 1);
                ROW_EQUAL("leased", p->r.user.leased, 1);
                pair_free(p);
            }
        }
    }
}

/* ---- who may what ---- */

static void test_xauth__quick_mode_before__refused_by_both(void **state) { /* CFG-04 */
    (void)state;
    struct pair *p = begun(IKEV1_AUTH_XAUTH_INIT_PSK);
    p->r.status[IKEV1_QUESTION_XAUTH_VERIFY] = IKEV1_PENDING;
    run(p);
    ikev1_handle child;
    assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), PAIR_RULE, &child),
                     IKEV1_E_STATE);
    assert_int_equal(ikev1_child(p->r.ike, p->now, side_sa(&p->r), PAIR_RULE, &child),
                     IKEV1_E_STATE);
    assert_int_equal(ikev1_connect(p->i.ike, p->now, PAIR_RULE, NULL), IKEV1_E_BUSY);
    /* A client that begins one all the same: its own gate is taken away. */
    struct ike_sa *sa = ike_handle_find(&p->i.ike->s.handles, IKE_KIND_SA, side_sa(&p->i));
    sa->access->passed = true;
    assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), PAIR_RULE, &child), IKEV1_OK);
    sa->access->passed = false;
    side_forget(&p->r);
    pair_run(p);
    assert_true(side_said(&p->r, "XAUTH has not succeeded yet"));
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_INBOUND), 0);
    assert_int_equal(p->r.ike->s.children, 0);
    pair_free(p);
}

/* Who has not proven himself asks for name and password: at each moment of phase 1, under his keys
 * or in the clear, he learns nothing. */
static void test_xauth__asked_before_he_is_proven__nothing_said(void **state) { /* AUT-03, CFG-01 */
    static const uint16_t AUTHS[] = {IKEV1_AUTH_XAUTH_INIT_PSK, IKEV1_AUTH_HYBRID_INIT_RSA};
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(AUTHS); i++)
        for (size_t n = 0; n < 6; n++) {
            struct pair *future = run(begun(AUTHS[i / 2])), *p = begun(AUTHS[i / 2]);
            const struct datagram *question = link_kept(&future->link, LINK_TO_INITIATOR, 4);
            uint8_t copy[512];
            assert_int_equal(question->data[18], IKEV1_EXCHANGE_TRANSACTION);
            memcpy(copy, question->data, question->len);
            pair_start(p);
            assert_int_equal(pair_connect(p), IKEV1_OK);
            for (size_t k = 0; k < n; k++)
                assert_true(pair_step(p));
            side_drain(&p->i);
            if (i % 2 != 0) { /* HASH, and ATTR with a REQUEST for a name and a password */
                static const uint8_t body[] = {14, 0, 0, 24, 0,  0,   0, 0, 0,  0,   0, 0, 0, 0,
                                               0,  0, 0, 0,  0,  0,   0, 0, 0,  0,   0, 0, 0, 16,
                                               1,  0, 0, 0,  64, 137, 0, 0, 64, 138, 0, 0};
                memcpy(copy + 28, body, sizeof body);
                copy[19] = 0;
                copy[27] = 28 + sizeof body;
                copy[26] = 0;
            }
            uint64_t before = engine_digest(p->i.ike);
            assert_int_equal(ikev1_engine_input(p->i.ike, p->now, &question->path, copy,
                                                i % 2 ? copy[27] : question->len, NULL),
                             IKEV1_DROPPED);
            assert_true(engine_digest(p->i.ike) == before);
            assert_int_equal(p->i.user.asked, 0);
            pair_run(p);
            pair_check_up(p, 1);
            assert_int_equal(p->i.user.asked, 1);
            pair_free(p);
            pair_free(future);
        }
}

/* What goes over the wire does not tell whether the name or the password was wrong. */
static void test_xauth__unknown_user__looks_like_a_wrong_password(void **state) { /* IDN-09 */
    struct pair *both[2];
    (void)state;
    for (size_t n = 0; n < 2; n++) {
        both[n] = begun(IKEV1_AUTH_XAUTH_INIT_PSK);
        both[n]->i.user.name = n == 0 ? "alice" : "mally";
        both[n]->i.user.password = "open sesamO";
        run(both[n]);
        assert_int_equal(side_event(&both[n]->r, IKEV1_EVENT_SA_DOWN, 0)->why.code, IKEV1_E_XAUTH);
    }
    const struct link *known = &both[0]->link, *unknown = &both[1]->link;
    assert_int_equal(known->kept_count, unknown->kept_count);
    for (size_t k = 0; k < known->kept_count; k++) {
        assert_int_equal(known->kept[k].way, unknown->kept[k].way);
        assert_int_equal(known->kept[k].len, unknown->kept[k].len);
        assert_memory_equal(known->kept[k].data, unknown->kept[k].data, 20);
    }
    pair_free(both[0]);
    pair_free(both[1]);
}

static void test_xauth__method_needs_it__no_other_way_in(void **state) {
    (void)state;
    struct pair *p = begun(IKEV1_AUTH_XAUTH_INIT_PSK);
    p->i.suites1[0].auth = IKEV1_AUTH_PSK; /* a client that would rather not */
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_wait(p, 60000);
    assert_true(side_said(&p->r, "!! No proposal chosen"));
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_UP), 0);
    pair_free(p);
}

static void test_xauth__group_key_as_client__needs_its_name(void **state) { /* CFG-11, R-23 */
    (void)state;
    for (int resp = 0; resp < 2; resp++) {
        struct pair *p = begun(resp ? IKEV1_AUTH_XAUTH_RESP_PSK : IKEV1_AUTH_XAUTH_INIT_PSK);
        pair_client(p)->config.allow &= ~(uint32_t)IKEV1_ALLOW_XAUTH_PSK;
        pair_server(p)->config.allow &= ~(uint32_t)IKEV1_ALLOW_XAUTH_PSK;
        pair_start(p);
        int r = pair_connect(p);
        assert_int_equal(r, resp ? IKEV1_OK : IKEV1_E_WEAK);
        pair_run(p);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_UP), 0);
        pair_free(p);
    }
}

/* Hybrid: phase 1 proves nothing about the client, so XAUTH is not to be had without. */
static void test_xauth__hybrid_refused_user__nothing_is_up(void **state) {
    (void)state;
    struct pair *p = begun(IKEV1_AUTH_HYBRID_INIT_RSA);
    p->i.user.name = "mallory";
    run(p);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_DOWN, 0)->why.code, IKEV1_E_XAUTH);
    assert_int_equal(p->r.ike->s.sas, 0);
    pair_free(p);
}

/* ---- one identity (P7) ---- */

/* Which user, and what stands in the way. */
static void check_down(const struct pair *p, int code, const char *ours) {
    const ikev1_why *why = &side_event(&p->r, IKEV1_EVENT_SA_DOWN, 0)->why;
    assert_int_equal(why->code, code);
    assert_string_equal(why->theirs, "alice");
    assert_string_equal(why->ours, ours);
}

static void test_xauth__same_user_again__by_its_rule(void **state) {
    (void)state;
    static const struct {
        const char *name, *second;
        uint8_t unique;
        size_t sas;
    } ROWS[] = {{"replace", "alice", IKEV1_UNIQUE_REPLACE, 1},
                {"replace, another user", "bob", IKEV1_UNIQUE_REPLACE, 2},
                {"refuse", "alice", IKEV1_UNIQUE_REFUSE, 1},
                {"refuse, another user", "bob", IKEV1_UNIQUE_REFUSE, 2},
                {"no", "alice", IKEV1_UNIQUE_NO, 2}};
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct pair *p = begun(IKEV1_AUTH_XAUTH_INIT_PSK);
        p->r.phase1.unique = ROWS[i].unique;
        run(p);
        pair_check_up(p, 1);
        p->i.phase1.rule = p->i.phase2.rule = 2; /* of the same group, at the same address */
        p->i.user.name = p->r.user.knows_name = ROWS[i].second;
        assert_int_equal(pair_connect(p), IKEV1_OK);
        pair_run(p);
        ROW_EQUAL(ROWS[i].name, p->r.ike->s.sas, ROWS[i].sas);
        bool refused = ROWS[i].unique == IKEV1_UNIQUE_REFUSE && ROWS[i].sas == 1;
        if (refused)
            check_down(p, IKEV1_E_NOT_UNIQUE, "an SA with 192.0.2.1");
        ROW_EQUAL(ROWS[i].name, side_count(&p->i, IKEV1_EVENT_CHILD_UP), refused ? 1 : 2);
        pair_free(p);
    }
}

/* PH1-13: by name of the user, whatever the group's identity. */
static void test_xauth__one_more_than_a_user_may_have__refused(void **state) {
    (void)state;
    struct pair *p = begun(IKEV1_AUTH_XAUTH_INIT_PSK);
    p->r.config.limits.sas_peer = 2;
    run(p);
    for (uint32_t rule = 2; rule <= 4; rule++) {
        p->i.phase1.rule = p->i.phase2.rule = rule;
        p->i.user.name = p->r.user.knows_name = rule < 4 ? "alice" : "bob";
        assert_int_equal(pair_connect(p), IKEV1_OK);
        pair_run(p);
    }
    assert_int_equal(p->r.ike->s.sas, 3); /* two of alice's, one of bob's */
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 3);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_DOWN), 1);
    check_down(p, IKEV1_E_PEER_SAS, "limits.sas_peer 2");
    pair_free(p);
}

/* ---- odd passwords (CFG-05) ---- */

static void test_xauth__odd_values__reach_the_host_as_they_are(void **state) {
    static const char *const VALUES[] = {"", "x", "%n%s;`id`\n\r\x1b[2J", "two\nlines"};
    (void)state;
    for (size_t i = 0; i < COUNT(VALUES); i++) {
        struct pair *p = begun(IKEV1_AUTH_XAUTH_INIT_PSK);
        p->i.user.password = p->r.user.knows_password = VALUES[i];
        p->i.user.name = p->r.user.knows_name = VALUES[i];
        run(p);
        pair_check_up(p, 1);
        assert_true(p->r.user.seen.has_password && p->r.user.seen.has_user);
        assert_int_equal(p->r.user.seen.password_len, strlen(VALUES[i]));
        pair_free(p);
    }
    struct pair *p = begun(IKEV1_AUTH_XAUTH_INIT_PSK); /* none is not an empty one */
    p->i.user.password = NULL;
    p->r.user.knows_password = "";
    run(p);
    assert_false(p->r.user.seen.has_password);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 0);
    pair_free(p);
}

/* ---- habits ---- */

static void test_xauth__password_with_a_nul__by_its_switch(void **state) {
    (void)state;
    for (int off = 0; off < 2; off++) {
        struct pair *p = begun(IKEV1_AUTH_XAUTH_INIT_PSK);
        p->i.user.nul = true;
        p->r.config.limits.xauth_tries = 1;
        p->r.phase1.quirks_off = off ? IKEV1_QUIRK_XAUTH_NUL : 0;
        run(p);
        assert_int_equal(p->r.user.seen.password_len, strlen("open sesame") + (off ? 1 : 0));
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), !off);
        assert_int_equal(side_said(&p->r, "Peer's habit tolerated: xauth-nul"), !off);
        pair_free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xauth__each_method__up_and_named),
        cmocka_unit_test(test_xauth__wrong_password__asked_again_then_ended),
        cmocka_unit_test(test_xauth__chap__challenge_and_response),
        cmocka_unit_test(test_xauth__one_time_password__name_first),
        cmocka_unit_test(test_xauth__rounds__to_the_limit_and_one_past_it),
        cmocka_unit_test(test_xauth__client_rounds__past_the_limit_not_answered),
        cmocka_unit_test(test_xauth__wrong_answer_later__refused),
        cmocka_unit_test(test_xauth__answered_later__goes_on),
        cmocka_unit_test(test_xauth__never_answered__ends),
        cmocka_unit_test(test_xauth__server_never_asks__client_ends),
        cmocka_unit_test(test_xauth__client_has_nothing_to_say__both_end),
        cmocka_unit_test(test_xauth__each_message_lost_once_or_doubled__up_all_the_same),
        cmocka_unit_test(test_xauth__quick_mode_before__refused_by_both),
        cmocka_unit_test(test_xauth__asked_before_he_is_proven__nothing_said),
        cmocka_unit_test(test_xauth__unknown_user__looks_like_a_wrong_password),
        cmocka_unit_test(test_xauth__method_needs_it__no_other_way_in),
        cmocka_unit_test(test_xauth__group_key_as_client__needs_its_name),
        cmocka_unit_test(test_xauth__hybrid_refused_user__nothing_is_up),
        cmocka_unit_test(test_xauth__same_user_again__by_its_rule),
        cmocka_unit_test(test_xauth__one_more_than_a_user_may_have__refused),
        cmocka_unit_test(test_xauth__odd_values__reach_the_host_as_they_are),
        cmocka_unit_test(test_xauth__password_with_a_nul__by_its_switch),
    };
    return cmocka_run_group_tests_name("xauth", tests, NULL, NULL);
}
