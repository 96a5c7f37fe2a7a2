/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State that leaves one engine sealed and goes on in another (mission B6): the peer notices
 * nothing, a blob that was touched makes nothing, no message ID comes twice. HAX-01, HAX-02,
 * HAX-03.
 */
#include <ikev1/export.h>
#include <ikev1/openssl.h>

#include "api/api.h"
#include "session/state.h"
#include "support/digest.h"
#include "support/pair.h"

enum { BLOB = 8192, FAR = 60000 };

static const uint8_t KEY[IKEV1_SEAL_KEY] = {7, 6, 5, 4};
static const ikev1_bytes NO_LABEL = {NULL, 0};

struct blob {
    uint8_t data[BLOB];
    size_t len;
};

static ikev1_bytes bytes_of(const struct blob *b) {
    return (ikev1_bytes){b->data, b->len};
}

static void export_from(struct side *s, struct blob *b) {
    b->len = sizeof b->data;
    assert_int_equal(
        ikev1_export(s->ike, s->pair->now, side_sa(s), KEY, NO_LABEL, b->data, &b->len), IKEV1_OK);
}

/* The engine is gone, without a word; a new one is there, and has the same random source. */
static void replace_engine(struct side *s) {
    ikev1_engine_free(s->ike);
    side_forget(s);
    assert_int_equal(pair_start_side(s), IKEV1_OK);
    ikev1_engine_tick(s->ike, s->pair->now); /* makes its room for events */
}

static int import_into(struct side *s, const struct blob *b, uint64_t elapsed, ikev1_handle *sa) {
    int r = ikev1_import(s->ike, s->pair->now, KEY, NO_LABEL, bytes_of(b), elapsed, sa);
    side_drain(s);
    return r;
}

static struct pair *up_with(const ikev1_crypto *crypto, int natt) {
    struct pair *p = pair_new(crypto);
    p->i.phase1.natt = p->r.phase1.natt = (uint8_t)natt;
    p->i.phase1.rekey = p->r.phase1.rekey = IKEV1_REKEY_OFF;
    p->i.phase2.rekey = p->r.phase2.rekey = IKEV1_REKEY_OFF;
    pair_start(p);
    pair_up(p);
    return p;
}

/* ---- it goes on ---- */

static void check_goes_on(const char *row, struct pair *p, struct side *moved, ikev1_handle sa) {
    struct side *other = moved == &p->i ? &p->r : &p->i;
    const size_t before = side_count(other, IKEV1_EVENT_CHILD_UP);
    ROW_EQUAL(row, ikev1_child(moved->ike, p->now, sa, PAIR_RULE, NULL), IKEV1_OK);
    side_drain(moved);
    pair_run(p);
    ROW_EQUAL(row, side_count(other, IKEV1_EVENT_CHILD_UP), before + 1);
    ROW_EQUAL(row, side_count(moved, IKEV1_EVENT_CHILD_UP), 1);
    ROW_EQUAL(row, ikev1_child(other->ike, p->now, side_sa(other), PAIR_RULE, NULL), IKEV1_OK);
    side_drain(other);
    pair_run(p);
    ROW_EQUAL(row, side_count(moved, IKEV1_EVENT_CHILD_UP), 2);
    /* The pair that was there before is known to both: each can end it. */
    ROW_EQUAL(row, ikev1_delete(other->ike, p->now, IKEV1_ALL), IKEV1_OK);
    side_drain(other);
    pair_run(p);
    ROW_EQUAL(row, side_count(moved, IKEV1_EVENT_CHILD_DOWN), 3);
    ROW_EQUAL(row, side_count(moved, IKEV1_EVENT_SA_DOWN), 1);
}

static void test_import__either_role__the_peer_notices_nothing(void **state) {
    (void)state;
    for (int way = 0; way < 8; way++) {
        char row[64];
        struct blob b;
        ikev1_handle sa;
        struct pair *p = up_with((way & 2) != 0 ? ikev1_openssl() : NULL,
                                 (way & 4) != 0 ? IKEV1_NATT_FORCE : IKEV1_NATT_OFF);
        struct side *moved = (way & 1) != 0 ? &p->r : &p->i;
        const uint32_t spi = side_event(moved, IKEV1_EVENT_CHILD_INBOUND, 0)->ipsec.spi;
        snprintf(row, sizeof row, "way %d, %s", way, moved->name);
        export_from(moved, &b);
        replace_engine(moved);
        ROW_EQUAL(row, import_into(moved, &b, 0, &sa), IKEV1_OK);
        ROW_EQUAL(row, side_count(moved, IKEV1_EVENT_SA_IMPORTED), 1);
        const struct pair_event *child = side_event(moved, IKEV1_EVENT_CHILD_IMPORTED, 0);
        ROW_EQUAL(row, child->ipsec.spi, spi);
        ROW_EQUAL(row, child->ipsec.encryption_key.len, 0);
        ROW_EQUAL(row, child->at.sa, sa);
        ROW_EQUAL(row, child->at.rule, PAIR_RULE);
        check_goes_on(row, p, moved, sa);
        pair_free(p);
    }
}

/* Exported, used, and the old blob imported: no message ID of the old engine comes again, although
 * the new one's random source gives the same numbers (HAX-02). */
static void test_import__old_blob__no_message_id_twice(void **state) {
    struct blob b;
    ikev1_handle sa;
    uint32_t used[64];
    size_t count = 0;
    (void)state;
    struct pair *p = up_with(NULL, IKEV1_NATT_OFF);
    export_from(&p->i, &b);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), PAIR_RULE, NULL), IKEV1_OK);
        side_drain(&p->i);
        pair_run(p);
    }
    for (size_t i = 0; i < p->link.kept_count; i++) {
        const uint8_t *m = p->link.kept[i].data;
        const uint32_t id =
            (uint32_t)m[20] << 24 | (uint32_t)m[21] << 16 | (uint32_t)m[22] << 8 | m[23];
        if (p->link.kept[i].way == LINK_TO_RESPONDER && m[18] == IKEV1_EXCHANGE_QUICK)
            used[count++ % COUNT(used)] = id;
    }
    assert_in_range(count, 9, COUNT(used));
    replace_engine(&p->i);
    assert_int_equal(import_into(&p->i, &b, 0, &sa), IKEV1_OK);
    struct ike_sa *imported = ike_handle_find(&p->i.ike->s.handles, IKE_KIND_SA, sa);
    for (int i = 0; i < 2000; i++) {
        uint32_t id;
        assert_int_equal(ike_msgid_draw(imported, &id), IKEV1_OK);
        for (size_t k = 0; k < count; k++)
            assert_int_not_equal(id, used[k]);
    }
    pair_free(p);
}

/* A message that the old engine had accepted before the export is a replay for the new one. */
static void test_import__message_of_before__is_replayed(void **state) {
    struct blob b;
    ikev1_why why;
    (void)state;
    struct pair *p = up_with(NULL, IKEV1_NATT_OFF);
    const uint32_t last = p->link.sent[LINK_TO_RESPONDER];
    assert_int_equal(ikev1_delete(p->i.ike, p->now, side_child(&p->i)), IKEV1_OK);
    side_drain(&p->i);
    pair_run(p);
    const struct datagram *deleted = link_kept(&p->link, LINK_TO_RESPONDER, last + 1);
    export_from(&p->r, &b);
    replace_engine(&p->r);
    assert_int_equal(import_into(&p->r, &b, 0, NULL), IKEV1_OK);
    assert_int_equal(
        ikev1_engine_input(p->r.ike, p->now, &deleted->path, deleted->data, deleted->len, &why),
        IKEV1_DROPPED);
    assert_int_equal(why.code, IKEV1_E_REPLAYED);
    pair_free(p);
}

static void test_import__fifteen_times__then_no_more(void **state) {
    struct blob b;
    (void)state;
    struct pair *p = up_with(NULL, IKEV1_NATT_OFF);
    for (int i = 0; i < IKEV1_MAX_IMPORTS; i++) {
        export_from(&p->r, &b);
        ikev1_engine_free(p->r.ike);
        assert_int_equal(pair_start_side(&p->r), IKEV1_OK);
        side_forget(&p->r);
        ROW_EQUAL("import", import_into(&p->r, &b, 0, NULL), IKEV1_OK);
        p->r.events[0].at.type = IKEV1_EVENT_SA_UP; /* what side_sa() looks for */
    }
    export_from(&p->r, &b);
    replace_engine(&p->r);
    assert_int_equal(import_into(&p->r, &b, 0, NULL), IKEV1_E_MESSAGE_IDS);
    pair_free(p);
}

/* ---- time ---- */

static void test_import__time_has_passed__lifetimes_are_shorter(void **state) {
    struct blob b;
    (void)state;
    struct pair *p = up_with(NULL, IKEV1_NATT_OFF);
    const uint64_t phase2 = 3600 * (uint64_t)1000, phase1 = 28800 * (uint64_t)1000;
    export_from(&p->r, &b);
    replace_engine(&p->r);
    p->now = 5; /* another clock, that has just begun */
    assert_int_equal(import_into(&p->r, &b, phase2 - FAR, NULL), IKEV1_OK);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_IMPORTED), 1);
    ikev1_engine_tick(p->r.ike, 5 + FAR - 1000);
    side_drain(&p->r);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_DOWN), 0);
    ikev1_engine_tick(p->r.ike, 5 + FAR + 1000);
    side_drain(&p->r);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_DOWN), 1);
    replace_engine(&p->r);
    assert_int_equal(import_into(&p->r, &b, phase2 + FAR, NULL), IKEV1_OK); /* it is not named */
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_IMPORTED), 0);
    replace_engine(&p->r);
    assert_int_equal(import_into(&p->r, &b, phase1 + FAR, NULL), IKEV1_E_EXPIRED);
    pair_free(p);
}

/* ---- what makes nothing ---- */

static void no_effect(const char *row, struct side *s, ikev1_bytes blob, int code) {
    const uint64_t before = engine_digest(s->ike);
    const size_t live = s->memory.live;
    ROW_EQUAL(row, ikev1_import(s->ike, s->pair->now, KEY, NO_LABEL, blob, 0, NULL), code);
    ROW_EQUAL(row, engine_digest(s->ike) == before, true);
    ROW_EQUAL(row, s->memory.live, live);
    side_drain(s);
    ROW_EQUAL(row, s->event_count, 0);
}

static void test_import__any_bit_flipped__nothing(void **state) { /* HAX-01 */
    struct blob b;
    (void)state;
    struct pair *p = up_with(NULL, IKEV1_NATT_OFF);
    export_from(&p->r, &b);
    replace_engine(&p->r);
    for (size_t bit = 0; bit < 8 * b.len; bit++) {
        b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        no_effect("bit", &p->r, bytes_of(&b), bit < 32 ? IKEV1_E_BLOB : IKEV1_E_AUTH);
        b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t len = 0; len < b.len; len++)
        no_effect("length", &p->r, (ikev1_bytes){b.data, len},
                  len <= 44 ? IKEV1_E_BLOB : IKEV1_E_AUTH);
    assert_int_equal(import_into(&p->r, &b, 0, NULL), IKEV1_OK);
    pair_free(p);
}

static void test_import__other_key_or_label__nothing(void **state) { /* HAX-01 */
    static const uint8_t other[IKEV1_SEAL_KEY] = {7, 6, 5, 3};
    const ikev1_bytes left = {(const uint8_t *)"left", 4}, right = {(const uint8_t *)"right", 5};
    struct blob b = {.len = BLOB};
    (void)state;
    struct pair *p = up_with(ikev1_openssl(), IKEV1_NATT_OFF);
    assert_int_equal(ikev1_export(p->r.ike, p->now, side_sa(&p->r), KEY, left, b.data, &b.len),
                     IKEV1_OK);
    replace_engine(&p->r);
    assert_int_equal(ikev1_import(p->r.ike, p->now, KEY, right, bytes_of(&b), 0, NULL),
                     IKEV1_E_AUTH);
    assert_int_equal(ikev1_import(p->r.ike, p->now, KEY, NO_LABEL, bytes_of(&b), 0, NULL),
                     IKEV1_E_AUTH);
    assert_int_equal(ikev1_import(p->r.ike, p->now, other, left, bytes_of(&b), 0, NULL),
                     IKEV1_E_AUTH);
    assert_int_equal(ikev1_import(p->r.ike, p->now, KEY, left, bytes_of(&b), 0, NULL), IKEV1_OK);
    pair_free(p);
}

/* Of another form, under a valid seal. */
static void test_import__other_version__refused(void **state) { /* HAX-01 */
    uint8_t plain[BLOB];
    (void)state;
    struct pair *p = up_with(NULL, IKEV1_NATT_OFF);
    struct ike_sa *sa = ike_handle_find(&p->r.ike->s.handles, IKE_KIND_SA, side_sa(&p->r));
    struct ike_writer w = ike_writer(plain, sizeof plain);
    ike_state_write(sa, &w);
    assert_in_range(ike_written(&w), 100, ike_state_room(sa));
    const ikev1_bytes written = {plain, ike_written(&w)};
    replace_engine(&p->r);
    plain[0]++;
    assert_int_equal(ike_state_read(&p->r.ike->s, written, 0, &sa), IKEV1_E_BLOB);
    plain[0]--;
    for (size_t len = 0; len < written.len; len++) /* whatever was cut off is missed */
        assert_int_equal(ike_state_read(&p->r.ike->s, (ikev1_bytes){plain, len}, 0, &sa),
                         IKEV1_E_BLOB);
    assert_int_equal(ike_state_read(&p->r.ike->s, written, 0, &sa), IKEV1_OK);
    assert_int_equal(ike_state_read(&p->r.ike->s, written, 0, &sa), IKEV1_E_BUSY);
    pair_free(p);
}

static void test_import__each_limit__nothing(void **state) {
    static const struct {
        const char *name;
        uint32_t sas, children, message_ids;
        int want;
    } ROWS[] = {
        {"no room for the SA", 1, 64, 16384, IKEV1_E_SAS},
        {"room for it", 2, 64, 16384, IKEV1_OK},
        {"no room for its children", 100, 1, 16384, IKEV1_E_CHILDREN},
        {"room for them", 100, 2, 16384, IKEV1_OK},
    };
    struct blob b;
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct pair *p = up_with(NULL, IKEV1_NATT_OFF);
        assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), PAIR_RULE, NULL), IKEV1_OK);
        side_drain(&p->i);
        pair_run(p);
        export_from(&p->r, &b);
        p->r.config.limits.sas = ROWS[i].sas;
        p->r.config.limits.children = ROWS[i].children;
        p->r.config.limits.message_ids = ROWS[i].message_ids;
        replace_engine(&p->r);
        pair_connect(p); /* answers "busy": it has an SA. The responder's, below */
        assert_int_equal(ikev1_connect(p->r.ike, p->now, PAIR_RULE, NULL), IKEV1_OK);
        ROW_EQUAL(ROWS[i].name, import_into(&p->r, &b, 0, NULL), ROWS[i].want);
        pair_free(p);
    }
}

static void test_import__no_memory__nothing_then_all_of_it(void **state) { /* MEM-01 */
    struct blob b;
    uint64_t at;
    bool reached = true;
    (void)state;
    for (at = 1; reached && at < 200; at++) {
        struct pair *p = up_with(NULL, IKEV1_NATT_OFF);
        export_from(&p->r, &b);
        replace_engine(&p->r);
        const size_t live = p->r.memory.live_bytes;
        p->r.memory.fail_at = p->r.memory.calls + at;
        int r = import_into(&p->r, &b, 0, NULL);
        reached = p->r.memory.failed != 0;
        assert_true(r == IKEV1_OK || (reached && r == IKEV1_E_MEMORY));
        if (r != IKEV1_OK) {
            assert_int_equal(p->r.ike->s.sas, 0);
            assert_int_equal(p->r.ike->s.children, 0);
            assert_true(p->r.memory.live_bytes <= live + 4096); /* room in tables stays */
            assert_int_equal(import_into(&p->r, &b, 0, NULL), IKEV1_OK);
        }
        pair_free(p);
    }
    assert_in_range(at, 8, 199);
}

/* ---- what is in it ---- */

static bool contains(const struct blob *b, const uint8_t *secret, size_t len) {
    for (size_t at = 0; at + len <= b->len; at++) {
        if (memcmp(b->data + at, secret, len) == 0)
            return true;
    }
    return false;
}

static void test_export__blob__shows_no_key(void **state) { /* HAX-03 */
    struct blob b;
    uint8_t plain[BLOB];
    (void)state;
    struct pair *p = up_with(ikev1_openssl(), IKEV1_NATT_OFF);
    struct ike_sa *sa = ike_handle_find(&p->r.ike->s.handles, IKE_KIND_SA, side_sa(&p->r));
    const struct ike_live *live = sa->live;
    export_from(&p->r, &b);
    assert_false(contains(&b, ike_skeyid_d(live), 8));
    assert_false(contains(&b, ike_skeyid_a(live), 8));
    assert_false(contains(&b, ike_live_key(live), 8));
    assert_false(contains(&b, sa->icookie, 8));
    /* Not even under the seal: neither the pre-shared key nor those of the kernel. */
    struct ike_writer w = ike_writer(plain, sizeof plain);
    ike_state_write(sa, &w);
    memcpy(b.data, plain, b.len = ike_written(&w));
    const struct pair_event *child = side_event(&p->r, IKEV1_EVENT_CHILD_UP, 0);
    assert_true(contains(&b, ike_skeyid_d(live), 8));
    assert_false(contains(&b, (const uint8_t *)p->r.psk, strlen(p->r.psk)));
    assert_false(contains(&b, child->encryption_key, 8));
    pair_free(p);
}

static void test_export__any_room__size_told_and_nothing_beyond(void **state) { /* MEM-05 */
    struct blob b;
    (void)state;
    struct pair *p = up_with(NULL, IKEV1_NATT_OFF);
    export_from(&p->r, &b);
    const size_t whole = b.len;
    size_t len = 0;
    assert_int_equal(ikev1_export(p->r.ike, p->now, side_sa(&p->r), KEY, NO_LABEL, NULL, &len),
                     IKEV1_E_OUTPUT);
    assert_int_equal(len, whole);
    for (size_t room = 0; room <= whole; room++) {
        uint8_t *exact = malloc(room != 0 ? room : 1);
        assert_non_null(exact);
        len = room;
        assert_int_equal(ikev1_export(p->r.ike, p->now, side_sa(&p->r), KEY, NO_LABEL, exact, &len),
                         room < whole ? IKEV1_E_OUTPUT : IKEV1_OK);
        assert_int_equal(len, whole);
        free(exact);
    }
    pair_free(p);
}

static void test_export__wrong_use__exact_code(void **state) {
    struct blob b = {.len = BLOB};
    (void)state;
    struct pair *p = up_with(NULL, IKEV1_NATT_OFF);
    ikev1_engine *ike = p->r.ike;
    const ikev1_handle sa = side_sa(&p->r), child = side_child(&p->r);
    const ikev1_bytes broken = {NULL, 3};
    assert_int_equal(ikev1_export(NULL, 0, sa, KEY, NO_LABEL, b.data, &b.len), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_export(ike, 0, sa, NULL, NO_LABEL, b.data, &b.len), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_export(ike, 0, sa, KEY, broken, b.data, &b.len), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_export(ike, 0, sa, KEY, NO_LABEL, b.data, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_export(ike, 0, child, KEY, NO_LABEL, b.data, &b.len), IKEV1_E_STALE);
    assert_int_equal(ikev1_import(ike, 0, KEY, NO_LABEL, NO_LABEL, 0, NULL), IKEV1_E_ARGUMENT);
    ikev1_delete(ike, p->now, sa);
    assert_int_equal(ikev1_export(ike, p->now, sa, KEY, NO_LABEL, b.data, &b.len), IKEV1_E_STALE);
    pair_free(p);
}

static void test_export__provider_cannot_seal__said(void **state) {
    struct blob b = {.len = BLOB};
    (void)state;
    struct pair *p = pair_new(NULL);
    p->r.null.provider.seal = NULL;
    p->r.null.provider.unseal = NULL;
    pair_start(p);
    pair_up(p);
    assert_int_equal(ikev1_export(p->r.ike, p->now, side_sa(&p->r), KEY, NO_LABEL, b.data, &b.len),
                     IKEV1_E_UNSUPPORTED);
    b.len = 100;
    assert_int_equal(ikev1_import(p->r.ike, p->now, KEY, NO_LABEL, bytes_of(&b), 0, NULL),
                     IKEV1_E_UNSUPPORTED);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_import__either_role__the_peer_notices_nothing),
        cmocka_unit_test(test_import__old_blob__no_message_id_twice),
        cmocka_unit_test(test_import__message_of_before__is_replayed),
        cmocka_unit_test(test_import__fifteen_times__then_no_more),
        cmocka_unit_test(test_import__time_has_passed__lifetimes_are_shorter),
        cmocka_unit_test(test_import__any_bit_flipped__nothing),
        cmocka_unit_test(test_import__other_key_or_label__nothing),
        cmocka_unit_test(test_import__other_version__refused),
        cmocka_unit_test(test_import__each_limit__nothing),
        cmocka_unit_test(test_import__no_memory__nothing_then_all_of_it),
        cmocka_unit_test(test_export__blob__shows_no_key),
        cmocka_unit_test(test_export__any_room__size_told_and_nothing_beyond),
        cmocka_unit_test(test_export__wrong_use__exact_code),
        cmocka_unit_test(test_export__provider_cannot_seal__said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
