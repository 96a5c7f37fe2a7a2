/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every limit at its number and one past it: what was there stays as it was, and the cause is
 * named. DOS-01, DOS-10, DOS-12, HDR-14, MEM-02; mission B8.
 */
#include "support/craft.h"
#include "support/digest.h"
#include "support/pair.h"

static struct craft c; /* large */

static struct pair *many_rules(void) {
    struct pair *p = pair_new(NULL);
    pair_any_rule(p);
    return p;
}

static void test_limit__sas__one_more_refused(void **state) { /* DOS-10 */
    struct pair *p = many_rules();
    (void)state;
    p->i.config.limits.sas = 3;
    pair_start(p);
    for (uint32_t rule = 1; rule <= 3; rule++) {
        assert_int_equal(ikev1_connect(p->i.ike, p->now, rule, NULL), IKEV1_OK);
        pair_run(p);
    }
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 3);
    uint64_t before = engine_digest(p->i.ike);
    assert_int_equal(ikev1_connect(p->i.ike, p->now, 4, NULL), IKEV1_E_SAS);
    assert_true(engine_digest(p->i.ike) == before);
    ikev1_delete(p->i.ike, p->now, side_sa(&p->i)); /* room again */
    pair_run(p);
    assert_int_equal(ikev1_connect(p->i.ike, p->now, 4, NULL), IKEV1_OK);
    pair_run(p);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 4);
    pair_free(p);
}

/* A first message like the one on the link, from another peer. */
static void first_from(const struct datagram *d, uint32_t peer, struct datagram *out,
                       uint8_t *buf) {
    *out = *d;
    memcpy(buf, d->data, d->len);
    memcpy(buf, &peer, sizeof peer);
    out->data = buf;
    memcpy(out->path.remote.ip, &peer, sizeof peer);
}

static void test_limit__responders_sas__established_are_unaffected(void **state) { /* DOS-10 */
    struct pair *p = pair_new(NULL);
    uint8_t buf[2048];
    (void)state;
    p->r.config.limits.sas = 2;
    pair_start(p);
    pair_up(p);
    p->link.held = true;
    for (uint32_t peer = 100; peer < 104; peer++) {
        struct datagram d;
        ikev1_why why;
        first_from(link_kept(&p->link, LINK_TO_RESPONDER, 1), peer, &d, buf);
        int r = ikev1_engine_input(p->r.ike, p->now, &d.path, d.data, d.len, &why);
        assert_int_equal(r, peer == 100 ? IKEV1_OK : IKEV1_DROPPED);
        if (peer != 100) {
            assert_int_equal(why.code, IKEV1_E_SAS);
            assert_string_equal(why.theirs, "2");
            assert_string_equal(why.ours, "limits.sas 2");
        }
        assert_int_equal(p->r.ike->s.sas, 2);
    }
    side_drain(&p->r);
    p->link.held = false;
    assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), 2, NULL), IKEV1_OK);
    p->r.phase2.rule = 2;
    pair_run(p);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_UP), 2);
    pair_free(p);
}

static void test_limit__half_open__one_more_dropped(void **state) {
    struct pair *p = pair_new(NULL);
    uint8_t buf[2048];
    (void)state;
    p->r.config.limits.half_open = 5;
    pair_start(p);
    pair_connect(p);
    side_drain(&p->i);
    const struct datagram first = p->link.flights[0];
    for (uint32_t peer = 100; peer < 110; peer++) {
        struct datagram d;
        ikev1_why why;
        first_from(&first, peer, &d, buf);
        int r = ikev1_engine_input(p->r.ike, p->now, &d.path, d.data, d.len, &why);
        assert_int_equal(r, peer < 105 ? IKEV1_OK : IKEV1_DROPPED);
        if (peer >= 105)
            assert_int_equal(why.code, IKEV1_E_HALF_OPEN);
    }
    assert_int_equal(p->r.ike->s.half_open, 5);
    p->link.held = true;
    side_drain(&p->r);
    p->now += 31000; /* they never come back: there is room again */
    ikev1_engine_tick(p->r.ike, p->now);
    assert_int_equal(p->r.ike->s.half_open, 0);
    p->link.held = false;
    pair_run(p);
    pair_check_up(p, 1);
    pair_free(p);
}

static void test_limit__half_open__memory_per_entry(void **state) { /* MEM-02, design "Figures" */
    enum { ENTRIES = 200 };
    struct pair *p = pair_new(NULL);
    uint8_t buf[2048];
    (void)state;
    pair_start(p);
    pair_connect(p);
    side_drain(&p->i);
    const struct datagram first = p->link.flights[0];
    size_t before = 0;
    for (uint32_t peer = 0; peer < 2 * ENTRIES; peer++) {
        struct datagram d;
        ikev1_packet packet;
        if (peer == ENTRIES)
            before = p->r.memory.live_bytes; /* tables have their size by then, nearly */
        first_from(&first, 1000 + peer, &d, buf);
        assert_int_equal(ikev1_engine_input(p->r.ike, p->now, &d.path, d.data, d.len, NULL),
                         IKEV1_OK);
        while (ikev1_engine_next_packet(p->r.ike, &packet) == 1)
            ;
    }
    size_t each = (p->r.memory.live_bytes - before) / ENTRIES;
    print_message("%zu bytes per half-open entry\n", each);
    assert_true(each <= 1024);
    pair_free(p);
}

static void test_limit__children__one_more_refused(void **state) { /* M-S11, DOS-12 */
    struct pair *p = many_rules();
    (void)state;
    p->i.config.limits.children = 3;
    p->r.config.limits.children = 3;
    pair_start(p);
    pair_up(p);
    for (uint32_t rule = 2; rule <= 3; rule++) {
        assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), rule, NULL), IKEV1_OK);
        pair_run(p);
    }
    pair_check_up(p, 3);
    uint64_t before = engine_digest(p->i.ike);
    assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), 4, NULL), IKEV1_E_CHILDREN);
    assert_true(engine_digest(p->i.ike) == before);
    assert_true(side_said(&p->i, "!! Active connection allowed exceeded"));
    ikev1_delete(p->i.ike, p->now, side_child(&p->i));
    pair_run(p);
    assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), 4, NULL), IKEV1_OK);
    pair_run(p);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 4);
    pair_free(p);
}

static void test_limit__peer_opens_too_many_children__refused(void **state) { /* DOS-12 */
    struct pair *p = many_rules();
    (void)state;
    p->r.config.limits.children = 2;
    pair_start(p);
    pair_up(p);
    for (uint32_t rule = 2; rule <= 4; rule++) {
        assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), rule, NULL), IKEV1_OK);
        pair_wait(p, 200000);
    }
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_UP), 2);
    assert_int_equal(p->r.ike->s.children, 2);
    assert_int_equal(p->i.ike->s.children, 2); /* it has heard, or given up */
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_FAILED), 2);
    assert_true(side_said(&p->r, "!! Active connection allowed exceeded"));
    pair_free(p);
}

static void test_limit__exchanges__one_more_refused(void **state) { /* DOS-12 */
    struct pair *p = many_rules();
    (void)state;
    p->i.config.limits.exchanges = 4;
    p->r.config.limits.exchanges = 3;
    pair_start(p);
    pair_up(p);
    pair_wait(p, 31000);
    link_rule(&p->link, LINK_TO_INITIATOR, LINK_DROP, 0, 0); /* none of them gets an answer */
    for (uint32_t rule = 2; rule <= 5; rule++)
        assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), rule, NULL), IKEV1_OK);
    assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), 6, NULL), IKEV1_E_EXCHANGES);
    pair_run(p);
    assert_int_equal(p->r.ike->s.children, 1 + 3);
    pair_wait(p, 200000);
    assert_int_equal(p->r.ike->s.children, 1);
    assert_int_equal(p->i.ike->s.children, 1);
    pair_free(p);
}

static void test_limit__message_ids__sa_opens_no_more(void **state) { /* CRY-02, R-11 */
    struct pair *p = many_rules();
    uint32_t rule = 2;
    int r = IKEV1_OK;
    (void)state;
    p->i.config.limits.message_ids = 16;
    pair_start(p);
    pair_up(p);
    for (; rule < 100; rule++) {
        r = ikev1_child(p->i.ike, p->now, side_sa(&p->i), rule, NULL);
        if (r != IKEV1_OK)
            break;
        pair_run(p);
    }
    assert_int_equal(r, IKEV1_E_MESSAGE_IDS);
    assert_int_equal(rule, 2 + 15);
    pair_check_up(p, 16);
    pair_free(p);
}

/* PH1-16: as initiator and as responder, in both modes. */
static const struct {
    const char *name, *psk;
    uint32_t psk_min;
    bool good;
} KEYS[] = {
    {"default, 8 bytes", "eight by", 0, true},
    {"default, 7 bytes", "seven b", 0, false},
    {"20, 20 bytes", "just twenty bytes it", 20, true},
    {"20, 19 bytes", "nineteen bytes it i", 20, false},
    {"1, 1 byte", "1", 1, true},
};

static void try_key(size_t row, bool responder, bool aggressive) {
    struct pair *p = pair_new(NULL);
    struct side *strict = responder ? &p->r : &p->i;
    strict->config.limits.psk_min = KEYS[row].psk_min;
    (responder ? &p->i : &p->r)->config.limits.psk_min = 1;
    p->i.psk = p->r.psk = KEYS[row].psk;
    p->i.phase1.mode = p->r.phase1.mode = aggressive;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    ROW_EQUAL(KEYS[row].name, side_count(strict, IKEV1_EVENT_SA_UP), KEYS[row].good);
    if (!KEYS[row].good) {
        uint8_t sender = responder ? LINK_TO_INITIATOR : LINK_TO_RESPONDER;
        size_t before = aggressive ? (responder ? 0 : 1) : 2;
        ROW_EQUAL(KEYS[row].name, p->link.sent[sender], before);
        ROW_EQUAL(KEYS[row].name, side_said(strict, "weak and not allowed by name"), true);
        ROW_EQUAL(KEYS[row].name, side_said(strict, " bytes, limits.psk_min is "), true);
        ROW_EQUAL(KEYS[row].name, side_said(strict, KEYS[row].psk), false);
    }
    pair_free(p);
}

/* The same verdict when a configuration is loaded, before there is anything to negotiate. */
static void test_limit__psk_min__told_beforehand(void **state) {
    (void)state;
    for (size_t row = 0; row < COUNT(KEYS); row++) {
        struct pair *p = pair_new(NULL);
        char line[300];
        ikev1_why why;
        p->i.config.limits.psk_min = KEYS[row].psk_min;
        pair_start(p);
        ikev1_bytes psk = {(const uint8_t *)KEYS[row].psk, strlen(KEYS[row].psk)};
        int r = ikev1_check_psk(p->i.ike, psk, &why);
        ROW_EQUAL(KEYS[row].name, r, KEYS[row].good ? IKEV1_OK : IKEV1_E_WEAK);
        ROW_EQUAL(KEYS[row].name, ikev1_check_psk(p->i.ike, psk, NULL), r);
        ikev1_why_format(&why, line, sizeof line);
        ROW_EQUAL(KEYS[row].name, strstr(line, " bytes, limits.psk_min is ") != NULL,
                  !KEYS[row].good);
        psk.len = 0;
        ROW_EQUAL(KEYS[row].name, ikev1_check_psk(p->i.ike, psk, &why), IKEV1_E_NO_CREDENTIAL);
        ROW_EQUAL(KEYS[row].name, ikev1_check_psk(NULL, psk, &why), IKEV1_E_ARGUMENT);
        pair_free(p);
    }
}

static void test_limit__psk_min__one_byte_shorter_refused(void **state) {
    (void)state;
    for (size_t row = 0; row < COUNT(KEYS); row++) {
        for (int way = 0; way < 4; way++)
            try_key(row, way & 1, way & 2);
    }
}

static void test_limit__datagram__one_more_unread(void **state) { /* HDR-14 */
    struct pair *p = pair_new(NULL);
    static uint8_t big[1 << 20];
    ikev1_why why;
    (void)state;
    p->r.config.limits.datagram = 1024;
    pair_start(p);
    pair_connect(p);
    side_drain(&p->i);
    struct datagram d = p->link.flights[0];
    const size_t LENGTHS[] = {1024, 1025, 65507, sizeof big};
    for (size_t i = 0; i < COUNT(LENGTHS); i++) {
        memcpy(big, d.data, 28);
        big[25] = (uint8_t)(LENGTHS[i] >> 16);
        big[26] = (uint8_t)(LENGTHS[i] >> 8);
        big[27] = (uint8_t)LENGTHS[i];
        int r = ikev1_engine_input(p->r.ike, p->now, &d.path, big, LENGTHS[i], &why);
        assert_int_equal(r, IKEV1_DROPPED);
        assert_int_equal(why.code == IKEV1_E_DATAGRAM, LENGTHS[i] > 1024);
    }
    pair_run(p);
    pair_check_up(p, 1);
    pair_free(p);
}

static void test_limit__largest_message__read(void **state) { /* HDR-14: exactly the limit */
    struct pair *p = pair_new(NULL);
    uint8_t out[CRAFT_MESSAGE], filler[2000] = {0};
    (void)state;
    p->r.config.limits.datagram = 1024;
    pair_start(p);
    pair_connect(p);
    side_drain(&p->i);
    const struct datagram d = p->link.flights[0];
    craft_open(&c, p->r.ike, d.data, d.len);
    craft_append(&c, IKEV1_PAYLOAD_VENDOR, filler, 1024 - d.len - 4);
    size_t len = craft_close(&c, out, sizeof out);
    assert_int_equal(len, 1024);
    assert_int_equal(ikev1_engine_input(p->r.ike, p->now, &d.path, out, len, NULL), IKEV1_OK);
    pair_free(p);
}

static void test_limit__offer_does_not_fit__said_at_once(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.config.limits.datagram = 1024;
    for (size_t i = 0; i < 32; i++)
        p->i.suites1[i] = p->i.suites1[0];
    p->i.phase1.suite_count = 32;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_E_OUTPUT);
    assert_int_equal(p->i.ike->s.sas, 0);
    p->i.phase1.suite_count = 16;
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_free(p);
}

static void test_limit__payloads__one_more_refused(void **state) { /* PAY-11 */
    struct pair *p = pair_new(NULL);
    uint8_t out[CRAFT_MESSAGE];
    (void)state;
    pair_start(p);
    pair_connect(p);
    side_drain(&p->i);
    const struct datagram d = p->link.flights[0];
    for (int vendors = 21; vendors >= 20; vendors--) {
        ikev1_why why;
        craft_open(&c, p->r.ike, d.data, d.len);
        while (c.count < 1 + vendors)
            craft_append(&c, IKEV1_PAYLOAD_VENDOR, "x", 1);
        size_t len = craft_close(&c, out, sizeof out);
        int r = ikev1_engine_input(p->r.ike, p->now, &d.path, out, len, &why);
        assert_int_equal(r, vendors == 20 ? IKEV1_OK : IKEV1_DROPPED);
        if (vendors == 21)
            assert_int_equal(why.code, IKEV1_E_PAYLOADS);
    }
    pair_free(p);
}

static void test_limit__resends__per_message(void **state) { /* RTX-01 */
    (void)state;
    for (uint32_t limit = 1; limit <= 5; limit += 4) {
        struct pair *p = pair_new(NULL);
        p->r.config.limits.resends = limit;
        pair_start(p);
        pair_connect(p);
        side_drain(&p->i);
        const struct datagram d = p->link.flights[0];
        for (uint32_t n = 0; n < 20; n++) {
            int r = ikev1_engine_input(p->r.ike, p->now, &d.path, d.data, d.len, NULL);
            assert_int_equal(r, n <= limit ? IKEV1_OK : IKEV1_DROPPED);
        }
        pair_free(p);
    }
}

static void test_established__memory_per_sa(void **state) { /* MEM-02, design "Figures": 1,024 */
    enum { SAS = 40 };
    struct pair *p = many_rules();
    size_t before = 0;
    (void)state;
    pair_start(p);
    for (uint32_t rule = 1; rule <= 2 * SAS; rule++) {
        if (rule == SAS + 1) {
            pair_wait(p, 40000);
            before = p->r.memory.live_bytes;
        }
        assert_int_equal(ikev1_connect(p->i.ike, p->now, rule, NULL), IKEV1_OK);
        pair_run(p);
        side_forget(&p->i);
        side_forget(&p->r);
        link_free(&p->link);
    }
    pair_wait(p, 40000);
    assert_int_equal(p->r.ike->s.children, 2 * SAS);
    size_t each = (p->r.memory.live_bytes - before) / SAS;
    print_message("%zu bytes per established SA with its pair\n", each);
    assert_true(each <= 1400);
    pair_free(p);
}

static void test_child__memory_per_pair(void **state) { /* MEM-02 */
    enum { CHILDREN = 20, MOST = 512 };
    struct pair *p = many_rules();
    size_t before[2] = {0};
    (void)state;
    p->i.config.limits.children = p->r.config.limits.children = 1 + 2 * CHILDREN;
    pair_start(p);
    pair_up(p);
    for (uint32_t rule = 2; rule <= 1 + 2 * CHILDREN; rule++) {
        pair_wait(p, 40000); /* no exchange lingers */
        if (rule == 2 + CHILDREN) {
            before[0] = p->i.memory.live_bytes;
            before[1] = p->r.memory.live_bytes;
        }
        assert_int_equal(ikev1_child(p->i.ike, p->now, p->i.events[0].at.sa, rule, NULL), IKEV1_OK);
        pair_run(p);
        p->i.event_count = p->r.event_count = 1;
        p->i.line_count = p->r.line_count = 0;
        link_free(&p->link);
    }
    pair_wait(p, 40000);
    const struct side *sides[] = {&p->i, &p->r};
    for (size_t n = 0; n < 2; n++) {
        assert_int_equal(sides[n]->ike->s.children, 1 + 2 * CHILDREN);
        size_t each = (sides[n]->memory.live_bytes - before[n]) / CHILDREN;
        print_message("%zu bytes per pair of IPsec SAs, %s\n", each, sides[n]->name);
        assert_true(each <= MOST);
    }
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit__psk_min__told_beforehand),
        cmocka_unit_test(test_limit__psk_min__one_byte_shorter_refused),
        cmocka_unit_test(test_limit__sas__one_more_refused),
        cmocka_unit_test(test_limit__responders_sas__established_are_unaffected),
        cmocka_unit_test(test_limit__half_open__one_more_dropped),
        cmocka_unit_test(test_limit__half_open__memory_per_entry),
        cmocka_unit_test(test_limit__children__one_more_refused),
        cmocka_unit_test(test_limit__peer_opens_too_many_children__refused),
        cmocka_unit_test(test_limit__exchanges__one_more_refused),
        cmocka_unit_test(test_limit__message_ids__sa_opens_no_more),
        cmocka_unit_test(test_limit__datagram__one_more_unread),
        cmocka_unit_test(test_limit__largest_message__read),
        cmocka_unit_test(test_limit__offer_does_not_fit__said_at_once),
        cmocka_unit_test(test_limit__payloads__one_more_refused),
        cmocka_unit_test(test_limit__resends__per_message),
        cmocka_unit_test(test_established__memory_per_sa),
        cmocka_unit_test(test_child__memory_per_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
