/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dead peer detection (RFC 3706, mission P3): who is asked when, what counts as an answer, and that
 * the verdict is the host's. INF-11, INF-12, INF-13.
 */
#include <ikev1/export.h>

#include "api/api.h"
#include "exchange/run.h"
#include "exchange/vendor.h"
#include "support/pair.h"

enum { IDLE = 30, WAIT = 5000, TRIES = 5 };

static struct pair *up(uint16_t i, uint16_t r, bool periodic) {
    struct pair *p = pair_new(NULL);
    p->i.phase1.dpd_seconds = i;
    p->r.phase1.dpd_seconds = r;
    p->i.phase1.dpd_periodic = p->r.phase1.dpd_periodic = periodic;
    pair_start(p);
    pair_up(p);
    side_forget(&p->i);
    side_forget(&p->r);
    while (p->link.kept_count != 0) /* only what comes from now on is counted */
        link_release(&p->link.kept[--p->link.kept_count]);
    return p;
}

static struct ike_sa *sa_of(const struct side *s) {
    return ike_handle_at(&s->ike->s.handles, IKE_KIND_SA, 1);
}

static void cut(struct pair *p) {
    link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, 0, 0);
    link_rule(&p->link, LINK_TO_INITIATOR, LINK_DROP, 0, 0);
}

static void report(struct side *s, uint64_t in, uint64_t out) {
    const ikev1_traffic total = {in * 100, out * 100, in, out};
    const struct ike_sa *sa = sa_of(s);
    assert_int_equal(ikev1_child_traffic(s->ike, s->pair->now, sa->children->handle, &total),
                     IKEV1_OK);
    side_drain(s);
}

/* ---- who is asked ---- */

static void test_dpd__peer_answers__no_news(void **state) {
    (void)state;
    struct pair *p = up(IDLE, IDLE, true);
    pair_wait(p, 600000);
    assert_in_range(p->link.sent[LINK_TO_RESPONDER], 20, 60);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_PEER_DEAD), 0);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_PEER_DEAD), 0);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_NOTIFY), 0); /* the library's own affair */
    pair_free(p);
}

/* As the peer gets them. */
static void test_dpd__our_numbers__random_then_one_more_each_time(void **state) { /* RFC 3706 6.1 */
    uint32_t first[2];
    (void)state;
    for (uint64_t seed = 0; seed < COUNT(first); seed++) {
        struct pair *p = pair_new(NULL);
        rng_init(&p->i.rng, 4711 + seed);
        p->i.phase1.dpd_seconds = IDLE;
        p->r.phase1.dpd_seconds = 100 * IDLE;
        p->i.phase1.dpd_periodic = true;
        pair_start(p);
        pair_up(p);
        for (uint32_t n = 0; n < 5; n++) {
            pair_wait(p, (IDLE + 1) * 1000);
            const uint32_t number = sa_of(&p->r)->live->dpd->peer;
            first[seed] = n == 0 ? number : first[seed];
            assert_int_equal(number, first[seed] + n);
        }
        pair_free(p);
    }
    assert_int_not_equal(first[0], first[1]);
}

/* RFC 3948 4: anybody may send one, and a kernel that lives on without IKE may, too. */
static void test_keepalive__of_a_peer__no_sign_of_life(void **state) {
    struct pair *p = up(IDLE, 3 * IDLE, true);
    const ikev1_path path = sa_of(&p->i)->path;
    (void)state;
    cut(p);
    for (ikev1_time s = 0; s < IDLE + TRIES * WAIT / 1000 + 1; s++) {
        assert_int_equal(
            ikev1_engine_input(p->i.ike, p->now, &path, (const uint8_t *)"\xff", 1, NULL),
            IKEV1_DROPPED);
        pair_wait(p, 1000);
    }
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_PEER_DEAD), 1);
    pair_free(p);
}

static void test_dpd__link_cut__verdict_once_and_nothing_ends(void **state) {
    (void)state;
    struct pair *p = up(IDLE, 3 * IDLE, true);
    cut(p);
    pair_wait(p, IDLE * 1000 + TRIES * WAIT - 1000);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_PEER_DEAD), 0);
    assert_int_equal(p->link.kept_count, TRIES);
    pair_wait(p, 2000);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_PEER_DEAD), 1);
    const struct pair_event *dead = side_event(&p->i, IKEV1_EVENT_PEER_DEAD, 0);
    assert_int_equal(dead->why.code, IKEV1_E_SILENT);
    assert_int_equal(dead->at.rule, PAIR_RULE);
    assert_true(side_said(&p->i, "!! Peer <"));
    pair_wait(p, 600000);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_PEER_DEAD), 1);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_PEER_DEAD), 1);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_DOWN), 0);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_DOWN), 0);
    pair_free(p);
}

/* A message of the peer, and it is watched again. */
static void test_dpd__dead_peer_heard_again__asked_again(void **state) {
    (void)state;
    struct pair *p = up(IDLE, IDLE, true);
    cut(p);
    pair_wait(p, 120000);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_PEER_DEAD), 1);
    link_clear(&p->link);
    assert_int_equal(ikev1_child(p->r.ike, p->now, sa_of(&p->r)->handle, PAIR_RULE, NULL),
                     IKEV1_OK);
    pair_run(p);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 1);
    cut(p);
    pair_wait(p, 120000);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_PEER_DEAD), 2);
    pair_free(p);
}

/* Traffic-aware: silence is asked about only when something went its way; what comes is a sign. */
static void test_dpd__on_demand__by_the_hosts_reports(void **state) {
    (void)state;
    struct pair *p = up(IDLE, IDLE, false);
    pair_wait(p, 600000);
    assert_int_equal(p->link.kept_count, 0);
    for (uint64_t n = 1; n <= 20; n++) { /* both ways */
        report(&p->i, n, n);
        pair_wait(p, 20000);
    }
    assert_int_equal(p->link.kept_count, 0);
    report(&p->i, 20, 21); /* one way */
    pair_wait(p, 12000);
    assert_in_range(p->link.kept_count, 2, 2); /* a question and its answer: now it is heard of */
    pair_wait(p, 600000);
    assert_int_equal(p->link.kept_count, 2);
    pair_free(p);
}

static void test_dpd__announced_by_one_side__nobody_is_asked(void **state) {
    (void)state;
    for (int way = 0; way < 3; way++) {
        struct pair *p = up(way == 1 ? IDLE : 0, way == 2 ? IDLE : 0, true);
        pair_wait(p, 300000);
        assert_int_equal(p->link.kept_count, 0);
        pair_free(p);
    }
}

/* ---- numbers ---- */

static void say(struct side *s, uint16_t type, uint32_t number, ikev1_bytes spi, size_t len,
                uint8_t protocol) {
    struct ike_sa *sa = sa_of(s);
    uint8_t body[128], data[8] = {0};
    uint32_t id;
    struct ike_writer w = ike_writer(body, sizeof body), d = ike_writer(data, sizeof data);
    ike_write_u32(&d, number);
    const struct ike_notify n = {
        .protocol = protocol, .type = type, .spi = spi, .data = ike_bytes(data, len)};
    ike_notify_encode(&w, &n);
    assert_int_equal(ike_msgid_draw(sa, &id), IKEV1_OK);
    assert_int_equal(
        ike_send_informational(sa, id, IKEV1_PAYLOAD_NOTIFY, ike_bytes(body, ike_written(&w))),
        IKEV1_OK);
}

static ikev1_bytes cookies(const struct side *s, uint8_t out[16]) {
    memcpy(out, sa_of(s)->icookie, 8);
    memcpy(out + 8, sa_of(s)->rcookie, 8);
    return (ikev1_bytes){out, 16};
}

/* Whether the responder answers when the initiator asks with that number. */
static bool answers(struct pair *p, uint32_t number) {
    uint8_t spi[16];
    const uint32_t before = p->link.sent[LINK_TO_INITIATOR];
    say(&p->i, IKEV1_NOTIFY_R_U_THERE, number, cookies(&p->i, spi), 4, IKEV1_PROTO_ISAKMP);
    side_drain(&p->i);
    pair_run(p);
    return p->link.sent[LINK_TO_INITIATOR] == before + 1;
}

/* INF-12, RFC 3706 6.2 */
static void test_dpd__numbers_of_a_peer__newer_ones_and_each_thrice(void **state) {
    static const struct {
        uint32_t number;
        bool answered;
    } ROWS[] = {
        {1000, true},        {1000, true},  {1000, true},        {1000, false},
        {1000, false},       {999, false},  {1001, true},        {1000, false},
        {1000000, true},     {1001, false}, {0x7fffffff, true},  {0x80000001, true},
        {0xffffffff, true},  {0, true},     {0xffffffff, false}, {5, true},
        {0x80000006, false}, {6, true},
    };
    (void)state;
    struct pair *p = up(0, 0, false);
    for (size_t i = 0; i < COUNT(ROWS); i++)
        ROW_EQUAL("number", answers(p, ROWS[i].number), ROWS[i].answered);
    pair_free(p);
}

/* INF-11, RFC 3706 5.3 */
static void test_dpd__other_forms__by_the_quirk_or_not_at_all(void **state) {
    static const struct {
        const char *name;
        size_t spi, data;
        uint8_t protocol, bend;
        bool by_quirk;
    } ROWS[] = {
        {"no SPI", 0, 4, IKEV1_PROTO_ISAKMP, 0, true},
        {"half an SPI", 8, 4, IKEV1_PROTO_ISAKMP, 0, true},
        {"other cookies", 16, 4, IKEV1_PROTO_ISAKMP, 1, true},
        {"another protocol", 16, 4, IKEV1_PROTO_ESP, 0, true},
        {"no number", 16, 0, IKEV1_PROTO_ISAKMP, 0, false},
        {"short number", 16, 3, IKEV1_PROTO_ISAKMP, 0, false},
        {"long number", 16, 5, IKEV1_PROTO_ISAKMP, 0, false},
    };
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(ROWS); i++) {
        uint8_t spi[16];
        struct pair *p = up(0, 0, false);
        if (i % 2 != 0)
            sa_of(&p->r)->quirks &= ~(uint32_t)IKEV1_QUIRK_DPD_COOKIES;
        cookies(&p->i, spi);
        spi[3] ^= ROWS[i / 2].bend;
        say(&p->i, IKEV1_NOTIFY_R_U_THERE, 7, (ikev1_bytes){spi, ROWS[i / 2].spi}, ROWS[i / 2].data,
            ROWS[i / 2].protocol);
        side_drain(&p->i);
        pair_run(p);
        ROW_EQUAL(ROWS[i / 2].name, p->link.sent[LINK_TO_INITIATOR] != 4,
                  ROWS[i / 2].by_quirk && i % 2 == 0);
        pair_free(p);
    }
}

static void test_dpd__answers_to_nothing__no_sign_of_life(void **state) { /* INF-13 */
    (void)state;
    struct pair *p = up(IDLE, 3 * IDLE, true);
    uint8_t spi[16];
    const uint32_t asked = sa_of(&p->i)->live->dpd->asked;
    const uint32_t stray[] = {0, asked - 1, asked, asked + 1, asked + 2, asked + 1000};
    pair_wait(p, 20000);
    for (size_t i = 0; i < COUNT(stray); i++) {
        const ikev1_time since = sa_of(&p->i)->live->dpd->since;
        say(&p->r, IKEV1_NOTIFY_R_U_THERE_ACK, stray[i], cookies(&p->r, spi), 4,
            IKEV1_PROTO_ISAKMP);
        side_drain(&p->r);
        pair_run(p);
        assert_true(sa_of(&p->i)->live->dpd->since == since);
    }
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_NOTIFY), 0);
    link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, 0, 0); /* our questions are lost */
    pair_wait(p, 16000);
    assert_int_equal(sa_of(&p->i)->live->dpd->tries, 2);
    say(&p->r, IKEV1_NOTIFY_R_U_THERE_ACK, asked + 1, cookies(&p->r, spi), 4, IKEV1_PROTO_ISAKMP);
    side_drain(&p->r);
    pair_run(p);
    assert_int_equal(sa_of(&p->i)->live->dpd->tries, 0); /* one of those that are open */
    pair_free(p);
}

static void test_dpd__imported__goes_on_with_newer_numbers(void **state) { /* HAX-02 */
    static const uint8_t key[IKEV1_SEAL_KEY];
    const ikev1_bytes none = {NULL, 0};
    uint8_t blob[4096];
    size_t len = sizeof blob;
    (void)state;
    struct pair *p = up(IDLE, IDLE, true);
    pair_wait(p, 40000);
    const uint32_t asked = sa_of(&p->i)->live->dpd->asked;
    assert_int_equal(ikev1_export(p->i.ike, p->now, sa_of(&p->i)->handle, key, none, blob, &len),
                     IKEV1_OK);
    pair_wait(p, 600000);
    ikev1_engine_free(p->i.ike);
    assert_int_equal(pair_start_side(&p->i), IKEV1_OK);
    assert_int_equal(
        ikev1_import(p->i.ike, p->now, key, none, (ikev1_bytes){blob, len}, 600000, NULL),
        IKEV1_OK);
    assert_true(sa_of(&p->i)->live->dpd->asked - asked >= 1 << 16);
    pair_wait(p, 300000);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_PEER_DEAD), 0);
    cut(p);
    pair_wait(p, 120000);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_PEER_DEAD), 1);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dpd__peer_answers__no_news),
        cmocka_unit_test(test_dpd__our_numbers__random_then_one_more_each_time),
        cmocka_unit_test(test_keepalive__of_a_peer__no_sign_of_life),
        cmocka_unit_test(test_dpd__link_cut__verdict_once_and_nothing_ends),
        cmocka_unit_test(test_dpd__dead_peer_heard_again__asked_again),
        cmocka_unit_test(test_dpd__on_demand__by_the_hosts_reports),
        cmocka_unit_test(test_dpd__announced_by_one_side__nobody_is_asked),
        cmocka_unit_test(test_dpd__numbers_of_a_peer__newer_ones_and_each_thrice),
        cmocka_unit_test(test_dpd__other_forms__by_the_quirk_or_not_at_all),
        cmocka_unit_test(test_dpd__answers_to_nothing__no_sign_of_life),
        cmocka_unit_test(test_dpd__imported__goes_on_with_newer_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
