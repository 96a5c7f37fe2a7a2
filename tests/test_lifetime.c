/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lifetime policies (mission R3, R7; RFC 2407 4.5, 4.6.3, 4.6.3.1): what two wishes come to, who is
 * told, who is refused; and the lifetime in kilobytes, which the library counts for itself.
 */
#include "exchange/phase1.h"
#include "support/digest.h"
#include "support/pair.h"

/* ---- the decision ---- */

enum { NO = IKEV1_E_LIFETIME };

static const struct {
    const char *name;
    uint8_t policy;
    struct ike_lifetime ours, theirs, used;
    bool tell;
    int code;
} DECISIONS[] = {
    {"shorter, theirs is", IKEV1_LIFETIME_SHORTER, {3600, 0}, {600, 0}, {600, 0}, false, 0},
    {"shorter, ours is", IKEV1_LIFETIME_SHORTER, {600, 0}, {3600, 0}, {600, 0}, false, 0},
    {"shorter, each in one", IKEV1_LIFETIME_SHORTER, {600, 90}, {3600, 50}, {600, 50}, false, 0},
    {"shorter, they say nothing", IKEV1_LIFETIME_SHORTER, {600, 9}, {0, 0}, {600, 9}, false, 0},
    {"obey, longer", IKEV1_LIFETIME_OBEY, {600, 10}, {3600, 50}, {3600, 50}, false, 0},
    {"obey, shorter", IKEV1_LIFETIME_OBEY, {3600, 50}, {600, 10}, {600, 10}, false, 0},
    {"obey, they say nothing", IKEV1_LIFETIME_OBEY, {600, 10}, {0, 0}, {600, 10}, false, 0},
    {"claim, ours is shorter", IKEV1_LIFETIME_CLAIM, {600, 0}, {3600, 0}, {600, 0}, true, 0},
    {"claim, theirs is shorter", IKEV1_LIFETIME_CLAIM, {3600, 0}, {600, 0}, {600, 0}, false, 0},
    {"claim, equal", IKEV1_LIFETIME_CLAIM, {600, 7}, {600, 7}, {600, 7}, false, 0},
    {"claim, kilobytes alone", IKEV1_LIFETIME_CLAIM, {600, 7}, {600, 0}, {600, 7}, true, 0},
    {"claim, theirs has a limit", IKEV1_LIFETIME_CLAIM, {600, 0}, {600, 7}, {600, 7}, false, 0},
    {"strict, equal", IKEV1_LIFETIME_STRICT, {600, 7}, {600, 7}, {600, 7}, false, 0},
    {"strict, shorter", IKEV1_LIFETIME_STRICT, {600, 7}, {599, 6}, {599, 6}, false, 0},
    {"strict, a second more", IKEV1_LIFETIME_STRICT, {600, 7}, {601, 7}, {0, 0}, false, NO},
    {"strict, a kilobyte more", IKEV1_LIFETIME_STRICT, {600, 7}, {600, 8}, {0, 0}, false, NO},
    {"strict, we set no limit", IKEV1_LIFETIME_STRICT, {600, 0}, {600, 8}, {600, 8}, false, 0},
    {"exact, equal", IKEV1_LIFETIME_EXACT, {600, 7}, {600, 7}, {600, 7}, false, 0},
    {"exact, a second less", IKEV1_LIFETIME_EXACT, {600, 7}, {599, 7}, {0, 0}, false, NO},
    {"exact, a second more", IKEV1_LIFETIME_EXACT, {600, 7}, {601, 7}, {0, 0}, false, NO},
    {"exact, no kilobytes", IKEV1_LIFETIME_EXACT, {600, 7}, {600, 0}, {0, 0}, false, NO},
};

static void test_settle__each_policy__as_its_name_says(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(DECISIONS); i++) {
        struct ike_lifetime used = {0, 0};
        bool tell = false;
        ikev1_why why = {0};
        ROW_EQUAL(DECISIONS[i].name,
                  ike_lifetime_settle(DECISIONS[i].policy, DECISIONS[i].ours, DECISIONS[i].theirs,
                                      &used, &tell, &why),
                  DECISIONS[i].code);
        ROW_EQUAL(DECISIONS[i].name, used.seconds, DECISIONS[i].used.seconds);
        ROW_EQUAL(DECISIONS[i].name, used.kilobytes, DECISIONS[i].used.kilobytes);
        ROW_EQUAL(DECISIONS[i].name, tell, DECISIONS[i].tell);
        ROW_EQUAL(DECISIONS[i].name, why.ours[0] != '\0' && why.theirs[0] != '\0',
                  DECISIONS[i].code != 0);
    }
}

/* ---- RESPONDER-LIFETIME's attributes ---- */

static const struct {
    const char *name, *hex;
    struct ike_lifetime life;
} LISTS[] = {
    {"seconds", "80010001 80020e10", {3600, 0}},
    {"both", "80010001 80020e10 80010002 00020004 00100000", {3600, 1048576}},
    {"as phase 1 numbers them", "800b0001 800c0e10", {3600, 0}},
    {"no duration", "80010001", {0, 0}}, /* quirk: FortiGate */
    {"no type", "80020e10", {0, 0}},
    {"another attribute between", "80010001 80030001 80020e10", {0, 0}},
    {"cut off", "80010001 80020e10 8001", {3600, 0}},
    {"a type of its own", "80010003 80020e10", {0, 0}},
    {"more than there is room for", "80010001 00020008 0000000100000000", {UINT32_MAX, 0}},
    {"nothing", "", {0, 0}},
};

static void test_attributes__table__read(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(LISTS); i++) {
        ikev1_bytes bytes = hex_make(LISTS[i].hex);
        struct ike_lifetime life = ike_lifetime_got(bytes);
        ROW_EQUAL(LISTS[i].name, life.seconds, LISTS[i].life.seconds);
        ROW_EQUAL(LISTS[i].name, life.kilobytes, LISTS[i].life.kilobytes);
        hex_free(bytes);
    }
}

static void test_attributes__written__read_back(void **state) {
    static const struct ike_lifetime LIVES[] = {{1, 0}, {0, 1}, {86400, 0}, {UINT32_MAX, 70000}};
    (void)state;
    for (size_t i = 0; i < COUNT(LIVES); i++) {
        uint8_t buf[24];
        struct ike_writer w = ike_writer(buf, sizeof buf);
        ike_lifetime_put(&w, LIVES[i]);
        assert_false(w.bad);
        struct ike_lifetime again = ike_lifetime_got(ike_bytes(buf, ike_written(&w)));
        assert_int_equal(again.seconds, LIVES[i].seconds);
        assert_int_equal(again.kilobytes, LIVES[i].kilobytes);
    }
}

/* ---- two engines ---- */

struct sides {
    const char *name;
    uint8_t mode;   /* IKEV1_MODE_... */
    uint8_t policy; /* of the responder */
    struct ike_lifetime i, r;
    struct ike_lifetime i_used, r_used; /* none: refused */
};

enum { MAIN = IKEV1_MODE_MAIN, AGGR = IKEV1_MODE_AGGRESSIVE, BASE = IKEV1_MODE_BASE };

static const struct sides SIDES[] = {
    {"main, shorter", MAIN, IKEV1_LIFETIME_SHORTER, {7200, 0}, {900, 0}, {7200, 0}, {900, 0}},
    {"main, obey", MAIN, IKEV1_LIFETIME_OBEY, {7200, 0}, {900, 5}, {7200, 0}, {7200, 5}},
    {"main, claim", MAIN, IKEV1_LIFETIME_CLAIM, {7200, 0}, {900, 64}, {900, 64}, {900, 64}},
    {"main, claim, no need", MAIN, IKEV1_LIFETIME_CLAIM, {900, 0}, {7200, 0}, {900, 0}, {900, 0}},
    {"main, strict", MAIN, IKEV1_LIFETIME_STRICT, {900, 64}, {900, 64}, {900, 64}, {900, 64}},
    {"main, strict, longer", MAIN, IKEV1_LIFETIME_STRICT, {901, 0}, {900, 0}, {0, 0}, {0, 0}},
    {"main, exact", MAIN, IKEV1_LIFETIME_EXACT, {900, 64}, {900, 64}, {900, 64}, {900, 64}},
    {"main, exact, shorter", MAIN, IKEV1_LIFETIME_EXACT, {899, 0}, {900, 0}, {0, 0}, {0, 0}},
    {"aggressive, claim", AGGR, IKEV1_LIFETIME_CLAIM, {7200, 0}, {900, 0}, {900, 0}, {900, 0}},
    {"aggressive, obey", AGGR, IKEV1_LIFETIME_OBEY, {7200, 0}, {900, 0}, {7200, 0}, {7200, 0}},
    {"aggressive, strict, longer", AGGR, IKEV1_LIFETIME_STRICT, {901, 0}, {900, 0}, {0, 0}, {0, 0}},
    {"base, claim", BASE, IKEV1_LIFETIME_CLAIM, {7200, 0}, {900, 0}, {900, 0}, {900, 0}},
};

static struct pair *prepared(const struct sides *row) {
    struct pair *p = pair_new(NULL);
    p->i.phase1.mode = p->r.phase1.mode = row->mode;
    p->i.phase1.life_seconds = row->i.seconds;
    p->i.phase1.life_kilobytes = row->i.kilobytes;
    p->r.phase1.life_seconds = row->r.seconds;
    p->r.phase1.life_kilobytes = row->r.kilobytes;
    p->r.phase1.lifetime = row->policy;
    pair_start(p);
    return p;
}

static const struct ike_sa *established(const struct side *s) {
    return ike_handle_find(&s->ike->s.handles, IKE_KIND_SA, side_sa(s));
}

static void holds(const char *row, const struct side *s, struct ike_lifetime want) {
    const struct ike_sa *sa = established(s);
    ROW_EQUAL(row, sa->life.seconds, want.seconds);
    ROW_EQUAL(row, sa->life.kilobytes, want.kilobytes);
    uint64_t left = sa->live->expires - s->pair->now; /* some of it has passed */
    ROW_EQUAL(row, left <= want.seconds * 1000 && left > want.seconds * 1000 - 100, true);
}

static void test_phase1__each_policy__used_told_or_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(SIDES); i++) {
        const struct sides *row = &SIDES[i];
        struct pair *p = prepared(row);
        ROW_EQUAL(row->name, pair_connect(p), IKEV1_OK);
        pair_run(p);
        bool refused = row->r_used.seconds == 0;
        ROW_EQUAL(row->name, side_count(&p->r, IKEV1_EVENT_SA_UP), !refused);
        if (refused) {
            ROW_EQUAL(row->name, side_said(&p->r, "lifetime is not one that the rule allows"),
                      true);
            ROW_EQUAL(row->name, p->r.ike->s.sas, 0);
        } else {
            holds(row->name, &p->i, row->i_used);
            holds(row->name, &p->r, row->r_used);
        }
        pair_free(p);
    }
}

/* In Main Mode it stands in message 6, which is the first that is encrypted. */
static void test_phase1__claimed__told_under_protection_only(void **state) {
    (void)state;
    struct pair *p = prepared(&SIDES[2]);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    assert_true(side_said(&p->r, "Send:<ID><HASH><NOTFY>"));
    pair_free(p);
    p = prepared(&SIDES[8]);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    assert_true(side_said(&p->r, "Send:<HASH><NOTFY>"));
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_NOTIFY, 0)->notify.type,
                     IKEV1_NOTIFY_RESPONDER_LIFETIME);
    pair_free(p);
}

/* Both values, the payload and the section (mission B3). */
static void test_phase1__refused__both_values_named(void **state) {
    struct pair *p = prepared(&SIDES[5]);
    struct datagram d;
    ikev1_why why;
    (void)state;
    assert_int_equal(pair_connect(p), IKEV1_OK);
    side_drain(&p->i);
    assert_true(link_next(&p->link, &d));
    assert_int_equal(ikev1_engine_input(p->r.ike, p->now, &d.path, d.data, d.len, &why),
                     IKEV1_DROPPED);
    link_release(&d);
    assert_int_equal(why.code, IKEV1_E_LIFETIME);
    assert_string_equal(why.theirs, "901 s");
    assert_string_equal(why.ours, "900 s");
    assert_int_equal(why.payload, IKEV1_PAYLOAD_SA);
    assert_string_equal(why.cite, "RFC 2407 4.5");
    assert_int_equal(why.rule, PAIR_RULE);
    pair_free(p);
}

/* An answer that is not what we offered, as initiator. Message 2 is covered by no hash, so that it
 * is dropped, and the genuine one still completes; alone it is why all ends. */
static void test_phase1__answer_with_another_lifetime__as_the_policy_says(void **state) {
    static const struct {
        const char *name;
        uint8_t policy, seconds;
        uint32_t used;
    } ROWS[] = {
        {"shorter, less", IKEV1_LIFETIME_SHORTER, 100, 100},
        {"shorter, more", IKEV1_LIFETIME_SHORTER, 250, 200},
        {"obey, more", IKEV1_LIFETIME_OBEY, 250, 250},
        {"strict, less", IKEV1_LIFETIME_STRICT, 100, 100},
        {"strict, more", IKEV1_LIFETIME_STRICT, 250, 0},
        {"exact, less", IKEV1_LIFETIME_EXACT, 100, 0},
        {"exact, the same", IKEV1_LIFETIME_EXACT, 200, 200},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct pair *p = pair_new(NULL);
        struct datagram d;
        p->i.phase1.life_seconds = 200;
        p->i.phase1.lifetime = ROWS[i].policy;
        pair_start(p);
        ROW_EQUAL(ROWS[i].name, pair_connect(p), IKEV1_OK);
        ROW_EQUAL(ROWS[i].name, pair_step(p), true);
        ROW_EQUAL(ROWS[i].name, link_next(&p->link, &d), true);
        for (size_t at = 0; at + 4 <= d.len; at++) { /* life duration, 200 */
            static const uint8_t duration[] = {0x80, 0x0c, 0, 200};
            if (memcmp(d.data + at, duration, sizeof duration) == 0)
                d.data[at + 3] = ROWS[i].seconds;
        }
        ikev1_engine_input(p->i.ike, p->now, &d.path, d.data, d.len, NULL);
        link_release(&d);
        const struct ike_sa *sa = ike_handle_at(&p->i.ike->s.handles, IKE_KIND_SA, 1);
        ROW_EQUAL(ROWS[i].name, sa->life.seconds, ROWS[i].used);
        if (ROWS[i].used == 0) {
            link_rule(&p->link, LINK_TO_INITIATOR, LINK_DROP, 0, 0);
            pair_wait(p, 600000);
            ROW_EQUAL(ROWS[i].name, side_event(&p->i, IKEV1_EVENT_SA_FAILED, 0)->why.code,
                      IKEV1_E_LIFETIME);
        }
        pair_free(p);
    }
}

/* What is told in the clear, by the initiator, or longer than what holds, is nothing. */
static void test_phase1__told_more_than_holds__nothing(void **state) {
    struct ike_sa sa = {.life = {600, 10}};
    (void)state;
    ike_sa_shorten(&sa, (struct ike_lifetime){601, 11});
    assert_int_equal(sa.life.seconds, 600);
    assert_int_equal(sa.life.kilobytes, 10);
    ike_sa_shorten(&sa, (struct ike_lifetime){0, 0});
    assert_int_equal(sa.life.seconds, 600);
    ike_sa_shorten(&sa, (struct ike_lifetime){1, 9});
    assert_int_equal(sa.life.seconds, IKE_LIFETIME_LEAST);
    assert_int_equal(sa.life.kilobytes, 9);
}

/* ---- kilobytes ---- */

static void test_phase1__kilobytes_used_up__ends_when_they_are(void **state) {
    struct pair *p = pair_new(NULL);
    ikev1_handle sa;
    uint64_t before = 0;
    (void)state;
    p->i.phase1.life_kilobytes = p->r.phase1.life_kilobytes = 2;
    p->i.phase1.lifetime = p->r.phase1.lifetime = IKEV1_LIFETIME_EXACT;
    p->i.phase1.rekey = IKEV1_REKEY_OFF;
    pair_start(p);
    pair_up(p);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_SA_UP, 0)->info.life_kilobytes, 2);
    sa = side_sa(&p->i);
    while (side_count(&p->i, IKEV1_EVENT_SA_DOWN) == 0) {
        const struct ike_sa *own = established(&p->i);
        before = own->live->sealed;
        assert_true(before < 2048);
        assert_int_equal(own->live->sealed, established(&p->r)->live->sealed);
        assert_int_equal(ikev1_child(p->i.ike, p->now, sa, PAIR_RULE, NULL), IKEV1_OK);
        pair_run(p);
        pair_wait(p, 1);
    }
    assert_true(before > 1024); /* a Quick Mode is less than half of it */
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_SA_DOWN, 0)->why.code, IKEV1_E_EXPIRED);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_DOWN), 1);
    pair_free(p);
}

/* Garbage under somebody else's cookies wears nothing down. */
static void test_phase1__garbage__not_counted(void **state) {
    struct pair *p = pair_new(NULL);
    struct datagram *d;
    (void)state;
    p->i.phase1.life_kilobytes = p->r.phase1.life_kilobytes = 2;
    pair_start(p);
    pair_up(p);
    uint64_t before = established(&p->r)->live->sealed;
    assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), PAIR_RULE, NULL), IKEV1_OK);
    side_drain(&p->i);
    d = &p->link.flights[0];
    d->data[IKEV1_HEADER_SIZE] ^= 1;
    for (int i = 0; i < 100; i++)
        assert_int_equal(ikev1_engine_input(p->r.ike, p->now, &d->path, d->data, d->len, NULL),
                         IKEV1_DROPPED);
    assert_int_equal(established(&p->r)->live->sealed, before);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settle__each_policy__as_its_name_says),
        cmocka_unit_test(test_attributes__table__read),
        cmocka_unit_test(test_attributes__written__read_back),
        cmocka_unit_test(test_phase1__each_policy__used_told_or_refused),
        cmocka_unit_test(test_phase1__claimed__told_under_protection_only),
        cmocka_unit_test(test_phase1__refused__both_values_named),
        cmocka_unit_test(test_phase1__answer_with_another_lifetime__as_the_policy_says),
        cmocka_unit_test(test_phase1__told_more_than_holds__nothing),
        cmocka_unit_test(test_phase1__kilobytes_used_up__ends_when_they_are),
        cmocka_unit_test(test_phase1__garbage__not_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
