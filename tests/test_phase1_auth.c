/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What proves a peer in phase 1, in every kind of it: keys that are none, one behaviour for every
 * cause, every check before the SA is up, answers that come too late. Family AUT of the attack
 * catalogue, PH1-15 and PH1-16; see also test_ask.c and test_signature.c.
 */
#include "support/attack.h"
#include "support/craft.h"

/* ---- PH1-15, PH1-16: no key, or none worth the name ---- */

struct key_row {
    const char *name, *psk;
    int status, code;
};

static void test_phase1__no_usable_key__fails_and_nothing_is_keyed(void **state) {
    static const struct key_row ROWS[] = {
        /* PH1-15, PH1-16 */
        {"none", NULL, IKEV1_OK, IKEV1_E_NO_CREDENTIAL},
        {"empty", "", IKEV1_OK, IKEV1_E_NO_CREDENTIAL},
        {"refused", "correct horse battery staple", IKEV1_E_NO_CREDENTIAL, IKEV1_E_NO_CREDENTIAL},
        {"short", "mellon", IKEV1_OK, IKEV1_E_WEAK},
        {"later none", NULL, IKEV1_PENDING, IKEV1_E_NO_CREDENTIAL},
        {"later empty", "", IKEV1_PENDING, IKEV1_E_NO_CREDENTIAL},
        {"later short", "mellon", IKEV1_PENDING, IKEV1_E_WEAK},
    };
    (void)state;
    for (size_t i = 0; i < 4 * COUNT(ROWS); i++) {
        const struct key_row *row = &ROWS[i / 4];
        const struct pair_kind *kind = &pair_kinds[i / 2 % 2];
        struct pair *p = kind_prepared(kind);
        struct side *s = i % 2 ? &p->r : &p->i;
        char name[64];
        snprintf(name, sizeof name, "%s, %s, %s", row->name, kind->name, s->name);
        s->psk = row->psk;
        s->status[IKEV1_QUESTION_PSK] = row->status;
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        pair_run(p);
        if (row->status == IKEV1_PENDING)
            side_answer(s, IKEV1_QUESTION_PSK, IKEV1_OK);
        pair_run(p);
        /* Anybody can have sent Aggressive Mode's second message, and claimed any identity in it:
         * the initiator waits for another one. Of its first message the host hears in the log. */
        bool waits = kind->mode != IKEV1_MODE_MAIN && s == &p->i,
             silent = kind->mode != IKEV1_MODE_MAIN && s == &p->r;
        if (waits)
            pair_wait(p, LONG);
        if (!silent)
            attack_fails_once(name, s, waits ? 0 : row->code);
        ROW_EQUAL(name, side_count(s, IKEV1_EVENT_SA_FAILED), !silent);
        for (size_t k = 0; k < p->link.kept_count; k++) {
            const struct datagram *d = &p->link.kept[k];
            bool ours = (d->way == LINK_TO_INITIATOR) == (s == &p->r);
            ROW_EQUAL(name, ours && (d->data[19] & IKEV1_FLAG_ENCRYPTION) != 0, false);
        }
        pair_wait(p, LONG);
        ROW_EQUAL(name, side_count(&p->i, IKEV1_EVENT_SA_UP), 0);
        ROW_EQUAL(name, side_count(&p->r, IKEV1_EVENT_SA_UP), 0);
        pair_free(p);
    }
}

/* ---- AUT-02: one behaviour for every cause ---- */

enum { WRONG_KEY, PADDING, CHAIN, HASH, UNKNOWN, CAUSES };

static size_t spoil(struct craft *c, int cause, uint8_t *out) {
    int hash = craft_find(c, IKEV1_PAYLOAD_HASH, 0);
    if (cause == PADDING)
        c->trailing = 64;
    else if (cause == CHAIN)
        c->at[0].longer = 400;
    else if (cause == HASH && hash != CRAFT_NONE)
        c->at[hash].body[0] ^= 1;
    else if (cause == UNKNOWN)
        craft_append(c, 99, "unknown", 7);
    c->keep_hash = cause == HASH;
    size_t len = craft_close(c, out, CRAFT_MESSAGE);
    if (cause == WRONG_KEY)
        memset(out + 28, 0x33, len - 28);
    return len;
}

/* Of encrypted messages: the last of phase 1 to the responder, and Quick Mode's first. */
static void test_phase1__encrypted_and_bad__same_behaviour(void **state) { /* AUT-02 */
    static struct craft c;
    static uint8_t out[CRAFT_MESSAGE];
    (void)state;
    for (size_t i = 0; i < 2 * PAIR_KINDS; i++) {
        const struct pair_kind *kind = &pair_kinds[i / 2];
        struct pair *p = kind_started(kind);
        size_t before = i % 2 ? kind_messages(kind) : (kind->mode != IKEV1_MODE_MAIN ? 2 : 4);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        for (size_t n = 0; n < before; n++)
            assert_true(pair_step(p));
        side_drain(&p->i);
        side_drain(&p->r);
        const struct datagram *d = &p->link.flights[0];
        uint8_t junk[28 + 16]; /* keys are made when first needed: see digest.h */
        memcpy(junk, d->data, 28);
        memset(junk + 26, 0, 18);
        junk[27] = sizeof junk;
        attack_feed(&p->r, d, junk, sizeof junk, NULL);
        for (int cause = 0; cause < CAUSES; cause++) {
            craft_open(&c, p->r.ike, d->data, d->len);
            if (cause == HASH && craft_find(&c, IKEV1_PAYLOAD_HASH, 0) == CRAFT_NONE)
                continue; /* a signature: test_script.c */
            size_t len = spoil(&c, cause, out);
            attack_no_effect(kind->name, &p->r, d, out, len, 0);
        }
        pair_run(p);
        pair_check_up(p, 1);
        pair_free(p);
    }
}

/* ---- AUT-05: up exactly once, and only after every check ---- */

enum { KEY, IDENTITY, SIGNATURE, CERTIFICATE, POLICY };

struct check_row {
    const char *name;
    int check, code;
    bool by_signature, by_psk;
};

static void fail_check(struct pair *p, struct side *s, const struct check_row *row) {
    static const uint8_t other[] = "other.example";
    struct side *peer = s == &p->r ? &p->i : &p->r;
    if (row->check == KEY)
        s->psk = "a key that nobody else has";
    else if (row->check == IDENTITY)
        s->phase1.remote_id = (ikev1_id){.type = IKEV1_ID_FQDN, .data = other, .len = 13};
    else if (row->check == SIGNATURE)
        peer->signer.name = 'x';
    else if (row->check == CERTIFICATE)
        s->signer.verify_status = IKEV1_E_CERT;
    else
        s->status[IKEV1_QUESTION_PHASE1] = IKEV1_E_REFUSED;
}

static void test_phase1__one_check_fails__never_up(void **state) { /* AUT-05 */
    static const struct check_row ROWS[] = {
        {"key", KEY, 0, false, true},
        {"identity", IDENTITY, IKEV1_E_PEER_ID, true, true},
        {"signature", SIGNATURE, IKEV1_E_AUTH, true, false},
        {"certificate", CERTIFICATE, IKEV1_E_CERT, true, false},
        {"policy", POLICY, IKEV1_E_REFUSED, true, true},
    };
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(ROWS); i++) {
        const struct check_row *row = &ROWS[i / 2];
        EACH_KIND(kind) {
            struct pair *p = kind_prepared(kind);
            struct side *s = i % 2 ? &p->r : &p->i;
            char name[64];
            snprintf(name, sizeof name, "%s, %s, %s", row->name, kind->name, s->name);
            if (kind_signs(kind) ? !row->by_signature : !row->by_psk) {
                pair_free(p);
                continue;
            }
            fail_check(p, s, row);
            pair_start(p);
            int r = pair_connect(p);
            pair_run(p);
            pair_wait(p, LONG);
            ROW_EQUAL(name, side_count(s, IKEV1_EVENT_SA_UP), 0);
            ROW_EQUAL(name, side_count(s, IKEV1_EVENT_CHILD_UP), 0);
            bool begun = r == IKEV1_OK && !(row->check == POLICY && s == &p->r);
            /* Whoever refuses our proof in Aggressive Mode says nothing: it sent one message. */
            begun =
                begun && !(kind->mode == IKEV1_MODE_AGGRESSIVE && s == &p->r && row->check == KEY);
            ROW_EQUAL(name, side_count(s, IKEV1_EVENT_SA_FAILED), begun ? side_attempts(s) : 0);
            if (begun && row->code != 0)
                ROW_EQUAL(name, side_event(s, IKEV1_EVENT_SA_FAILED, 0)->why.code, row->code);
            pair_free(p);
        }
    }
}

/* ---- AUT-06: answers that come too late ---- */

static void set_status(struct side *s, int question, int status) {
    if (question == IKEV1_QUESTION_SIGN)
        s->signer.sign_status = status;
    else if (question == IKEV1_QUESTION_VERIFY)
        s->signer.verify_status = status;
    else
        s->status[question] = status;
}

static bool is_asked(const struct pair_kind *kind, int question) {
    return question == IKEV1_QUESTION_PHASE1 ||
           kind_signs(kind) == (question != IKEV1_QUESTION_PSK);
}

static void try_late(const struct pair_kind *kind, int question, bool responder) {
    struct pair *p = kind_started(kind);
    struct side *s = responder ? &p->r : &p->i;
    set_status(s, question, IKEV1_PENDING);
    pair_connect(p);
    pair_run(p);
    ROW_EQUAL(kind->name, s->ask_count, 1);
    ikev1_delete(s->ike, p->now, IKEV1_ALL);
    side_drain(s);
    link_flush(&p->link);
    ROW_EQUAL(kind->name, side_answer(s, question, IKEV1_OK), IKEV1_E_STALE);
    ikev1_delete(p->i.ike, p->now, IKEV1_ALL);
    ikev1_delete(p->r.ike, p->now, IKEV1_ALL);
    pair_run(p);
    side_forget(&p->i);
    side_forget(&p->r);
    pair_connect(p); /* its place is taken anew, and waits for the same */
    pair_run(p);
    ROW_EQUAL(kind->name, s->ask_count, 2);
    s->asks[0].answered = false;
    ROW_EQUAL(kind->name, side_answer(s, question, IKEV1_OK), IKEV1_E_STALE);
    ROW_EQUAL(kind->name, side_answer(s, question, IKEV1_OK), IKEV1_OK);
    s->asks[1].answered = false;
    ROW_EQUAL(kind->name, side_answer(s, question, IKEV1_OK), IKEV1_E_STALE); /* twice */
    set_status(s, question, IKEV1_OK);
    pair_run(p);
    pair_wait(p, 20000);
    pair_check_up(p, 1);
    pair_free(p);
}

static void test_phase1__answer_too_late_or_twice__stale(void **state) { /* AUT-06 */
    static const int QUESTIONS[] = {IKEV1_QUESTION_PHASE1, IKEV1_QUESTION_PSK, IKEV1_QUESTION_SIGN,
                                    IKEV1_QUESTION_VERIFY};
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(QUESTIONS); i++) {
        EACH_KIND(kind) {
            if (is_asked(kind, QUESTIONS[i / 2]))
                try_late(kind, QUESTIONS[i / 2], i % 2 != 0);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_phase1__no_usable_key__fails_and_nothing_is_keyed),
        cmocka_unit_test(test_phase1__encrypted_and_bad__same_behaviour),
        cmocka_unit_test(test_phase1__one_check_fails__never_up),
        cmocka_unit_test(test_phase1__answer_too_late_or_twice__stale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
