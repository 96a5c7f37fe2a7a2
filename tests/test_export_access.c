/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State that leaves an engine and goes on in another (mission B6), where there are XAUTH and Mode
 * Config: the user, his lease and the open gate go with it.
 */
#include <ikev1/export.h>

#include "api/api.h"
#include "session/state.h"
#include "support/pair.h"

enum { BLOB = 16384 };

static const uint8_t KEY[IKEV1_SEAL_KEY] = {3, 1, 4, 1};
static const ikev1_bytes NO_LABEL = {NULL, 0};

struct blob {
    uint8_t data[BLOB];
    size_t len;
};

static const struct way {
    const char *name;
    uint16_t auth;
    uint8_t client, server;
} WAYS[] = {
    {"XAUTH and pull", IKEV1_AUTH_XAUTH_INIT_PSK, IKEV1_CONFIG_PULL, IKEV1_CONFIG_SERVE},
    {"XAUTH and push", IKEV1_AUTH_XAUTH_INIT_PSK, IKEV1_CONFIG_WAIT, IKEV1_CONFIG_PUSH},
    {"XAUTH, the client responds", IKEV1_AUTH_XAUTH_RESP_PSK, IKEV1_CONFIG_AUTO,
     IKEV1_CONFIG_SERVE},
    {"XAUTH alone", IKEV1_AUTH_XAUTH_INIT_PSK, IKEV1_CONFIG_NONE, IKEV1_CONFIG_NONE},
    {"pull alone", IKEV1_AUTH_PSK, IKEV1_CONFIG_PULL, IKEV1_CONFIG_SERVE},
};

static struct pair *begun(const struct way *w) {
    struct pair *p = pair_new(NULL);
    p->i.phase1.rekey = p->r.phase1.rekey = IKEV1_REKEY_OFF;
    p->i.phase2.rekey = p->r.phase2.rekey = IKEV1_REKEY_OFF;
    if (w->auth != IKEV1_AUTH_PSK)
        pair_with_user(p, w->auth, false);
    pair_with_config(p, w->client, w->server);
    return p;
}

static struct pair *run(struct pair *p) {
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    return p;
}

static int export_from(struct side *s, struct blob *b) {
    b->len = sizeof b->data;
    return ikev1_export(s->ike, s->pair->now, side_sa(s), KEY, NO_LABEL, b->data, &b->len);
}

static void replace_engine(struct side *s) {
    ikev1_engine_free(s->ike);
    side_forget(s);
    assert_int_equal(pair_start_side(s), IKEV1_OK);
    ikev1_engine_tick(s->ike, s->pair->now);
}

static int import_into(struct side *s, const struct blob *b, ikev1_handle *sa) {
    const ikev1_bytes blob = {b->data, b->len};
    int r = ikev1_import(s->ike, s->pair->now, KEY, NO_LABEL, blob, 0, sa);
    side_drain(s);
    return r;
}

/* ---- it goes on ---- */

static void check_told(const struct way *w, struct side *moved, bool server) {
    const struct pair_event *e = side_event(moved, IKEV1_EVENT_SA_IMPORTED, 0);
    const bool named = server && w->auth != IKEV1_AUTH_PSK;
    ROW_EQUAL(w->name, e->at.user.len, named ? strlen("alice") : 0);
    if (named)
        assert_memory_equal(e->at.user.data, "alice", 5);
    ROW_EQUAL(w->name, e->at.lease != NULL, w->client != IKEV1_CONFIG_NONE);
    if (e->at.lease == NULL)
        return;
    ROW_EQUAL(w->name, e->at.lease->ip4.ip[3], 7);
    ROW_EQUAL(w->name, e->at.lease->dns_count, 2);
}

static void connect_again(const char *row, struct side *from, ikev1_handle sa) {
    struct pair *p = from->pair;
    struct side *to = from == &p->i ? &p->r : &p->i;
    const size_t before = side_count(to, IKEV1_EVENT_CHILD_UP);
    ROW_EQUAL(row, ikev1_child(from->ike, p->now, sa, PAIR_RULE, NULL), IKEV1_OK);
    side_drain(from);
    pair_run(p);
    ROW_EQUAL(row, side_count(to, IKEV1_EVENT_CHILD_UP), before + 1);
}

static void test_import__access__goes_on_with_user_and_lease(void **state) { /* B6, P4 */
    struct blob b;
    ikev1_handle sa;
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(WAYS); i++) {
        const struct way *w = &WAYS[i / 2];
        struct pair *p = run(begun(w));
        const bool server = i % 2 != 0;
        struct side *moved = server ? pair_server(p) : pair_client(p);
        struct side *other = server ? pair_client(p) : pair_server(p);
        pair_check_up(p, 1);
        ROW_EQUAL(w->name, export_from(moved, &b), IKEV1_OK);
        replace_engine(moved);
        ROW_EQUAL(w->name, import_into(moved, &b, &sa), IKEV1_OK);
        check_told(w, moved, server);
        const size_t asked = p->r.questions + p->i.questions;
        connect_again(w->name, other, side_sa(other));
        connect_again(w->name, moved, sa);
        ROW_EQUAL(w->name, p->r.questions + p->i.questions, asked + 4); /* phase 2 only */
        pair_wait(p, 200000); /* longer than XAUTH may take */
        ROW_EQUAL(w->name, side_count(moved, IKEV1_EVENT_SA_DOWN), 0);
        ROW_EQUAL(w->name, ikev1_delete(p->i.ike, p->now, IKEV1_ALL), IKEV1_OK);
        side_drain(&p->i);
        pair_run(p);
        const ikev1_lease *free = side_event(moved, IKEV1_EVENT_SA_DOWN, 0)->at.lease;
        ROW_EQUAL(w->name, free != NULL, server && w->server != IKEV1_CONFIG_NONE); /* CFG-08 */
        pair_free(p);
    }
}

/* The same user comes again: he is the same, and what he has is his. */
static void test_import__same_user_again__keeps_his_address(void **state) {
    struct blob b;
    (void)state;
    struct pair *p = run(begun(&WAYS[0]));
    assert_int_equal(export_from(&p->r, &b), IKEV1_OK);
    replace_engine(&p->r);
    assert_int_equal(import_into(&p->r, &b, NULL), IKEV1_OK);
    p->r.user.wish.has_previous = false;
    replace_engine(&p->i);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    assert_true(p->r.user.wish.has_previous);
    assert_int_equal(p->r.user.wish.previous.ip[3], 7);
    pair_free(p);
}

/* ---- what is under way is not taken along ---- */

static void test_export__access_not_over__refused(void **state) {
    static const struct {
        const char *name;
        bool server;
        int question;
    } ROWS[] = {
        {"the user is asked", false, IKEV1_QUESTION_XAUTH_USER},
        {"the answer is verified", true, IKEV1_QUESTION_XAUTH_VERIFY},
        {"the lease is looked for", true, IKEV1_QUESTION_LEASE},
    };
    struct blob b;
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct pair *p = begun(&WAYS[0]);
        struct side *asked = ROWS[i].server ? &p->r : &p->i;
        asked->status[ROWS[i].question] = IKEV1_PENDING;
        run(p);
        ROW_EQUAL(ROWS[i].name, export_from(&p->i, &b), IKEV1_E_STATE);
        ROW_EQUAL(ROWS[i].name, export_from(&p->r, &b), IKEV1_E_STATE);
        ROW_EQUAL(ROWS[i].name, side_answer(asked, ROWS[i].question, IKEV1_OK), IKEV1_OK);
        pair_run(p);
        ROW_EQUAL(ROWS[i].name, export_from(&p->i, &b), IKEV1_OK);
        ROW_EQUAL(ROWS[i].name, export_from(&p->r, &b), IKEV1_OK);
        pair_free(p);
    }
}

/* ---- what makes nothing ---- */

static void test_import__access_cut_or_changed__whole_or_nothing(void **state) { /* HAX-01 */
    uint8_t plain[BLOB];
    (void)state;
    struct pair *p = run(begun(&WAYS[0]));
    struct ike_sa *sa = ike_handle_find(&p->r.ike->s.handles, IKE_KIND_SA, side_sa(&p->r));
    struct ike_writer w = ike_writer(plain, sizeof plain);
    ike_state_write(sa, &w);
    assert_in_range(ike_written(&w), 100, ike_state_room(sa));
    const size_t whole = ike_written(&w);
    size_t refused = 0;
    for (size_t at = 0; at < 2 * whole; at++) {
        const size_t len = at < whole ? at : whole;
        replace_engine(&p->r);
        if (at >= whole)
            plain[at - whole] ^= 0x41;
        const ikev1_bytes bytes = {plain, len};
        refused += ike_state_read(&p->r.ike->s, bytes, 0, &sa) != IKEV1_OK;
        if (at >= whole)
            plain[at - whole] ^= 0x41;
        side_drain(&p->r);
    }
    assert_in_range(refused, whole + 20, 2 * whole);
    pair_free(p);
}

static void test_import__access_without_memory__nothing_then_all_of_it(void **state) { /* MEM-01 */
    struct blob b;
    bool reached = true;
    uint64_t at;
    (void)state;
    for (at = 1; reached && at < 200; at++) {
        struct pair *p = run(begun(&WAYS[0]));
        assert_int_equal(export_from(&p->r, &b), IKEV1_OK);
        replace_engine(&p->r);
        p->r.memory.fail_at = p->r.memory.calls + at;
        int r = import_into(&p->r, &b, NULL);
        reached = p->r.memory.failed != 0;
        assert_true(r == IKEV1_OK || (reached && r == IKEV1_E_MEMORY));
        if (r != IKEV1_OK) {
            assert_int_equal(p->r.ike->s.sas, 0);
            assert_int_equal(import_into(&p->r, &b, NULL), IKEV1_OK);
        }
        pair_free(p);
    }
    assert_in_range(at, 10, 199);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_import__access__goes_on_with_user_and_lease),
        cmocka_unit_test(test_import__same_user_again__keeps_his_address),
        cmocka_unit_test(test_export__access_not_over__refused),
        cmocka_unit_test(test_import__access_cut_or_changed__whole_or_nothing),
        cmocka_unit_test(test_import__access_without_memory__nothing_then_all_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
