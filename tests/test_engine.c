/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's entry points: what they make of bad arguments and of datagrams that are none, whom
 * they admit, and in which order news and packets come out. api/engine.c, demux.c, drain.c,
 * command.c; HDR, MEM-05, DOS-06, DOS-07, DOS-11.
 */
#include "support/digest.h"
#include "support/pair.h"

static const ikev1_path PATH = {{4, {192, 0, 2, 2}, 500}, {4, {192, 0, 2, 77}, 500}, false};

/* ---- arguments ---- */

static void test_engine__null_arguments__refused(void **state) { /* MEM-05 */
    struct pair *p = pair_new(NULL);
    ikev1_engine *e;
    ikev1_event event;
    ikev1_packet packet;
    ikev1_handle handle;
    ikev1_stats stats = {.size = sizeof stats};
    uint8_t byte = 0;
    (void)state;
    pair_start(p);
    e = p->i.ike;
    assert_int_equal(ikev1_engine_input(NULL, 0, &PATH, &byte, 1, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_engine_input(e, 0, NULL, &byte, 1, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_engine_input(e, 0, &PATH, NULL, 1, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_engine_input(e, 0, &PATH, NULL, 0, NULL), IKEV1_DROPPED);
    assert_int_equal(ikev1_engine_tick(NULL, 0), IKEV1_E_ARGUMENT);
    assert_true(ikev1_engine_deadline(NULL) == IKEV1_NEVER);
    assert_int_equal(ikev1_engine_next_event(NULL, &event), 0);
    assert_int_equal(ikev1_engine_next_event(e, NULL), 0);
    assert_int_equal(ikev1_engine_next_packet(NULL, &packet), 0);
    assert_int_equal(ikev1_engine_next_packet(e, NULL), 0);
    assert_int_equal(ikev1_connect(NULL, 0, 1, &handle), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_connect(e, 0, 0, &handle), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_child(NULL, 0, 1, 1, &handle), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_delete(NULL, 0, 1), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_send_failed(NULL, 0, 1), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_engine_answer(NULL, 0, 1, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_engine_stats(NULL, &stats), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_engine_stats(e, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_check_phase1(e, NULL, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_check_phase2(NULL, &p->i.phase2, NULL), IKEV1_E_ARGUMENT);
    pair_free(p);
}

/* What an engine has handed out, its packet, its path and its event, is what it is called with
 * next: it may lead into the engine's own memory. */
static void
test_input__packet_of_its_own_memory__read_before_it_is_gone(void **state) { /* MEM-05 */
    struct pair *p = pair_new(NULL);
    ikev1_packet packet;
    ikev1_event event;
    (void)state;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    struct side *from = &p->i, *to = &p->r;
    size_t passed = 0;
    for (; ikev1_engine_next_packet(from->ike, &packet) == 1; passed++) {
        const ikev1_path back = {packet.path.remote, packet.path.local, false};
        /* passed on from where it lies, then returned to its sender from there */
        assert_int_equal(ikev1_engine_input(to->ike, p->now, &back, packet.data, packet.len, NULL),
                         IKEV1_OK);
        assert_int_equal(
            ikev1_engine_input(from->ike, p->now, &packet.path, packet.data, packet.len, NULL),
            IKEV1_DROPPED);
        struct side *next = to;
        to = from;
        from = next;
    }
    assert_int_equal(passed, 9); /* Main Mode and Quick Mode, each message in place */
    side_drain(&p->r);
    while (ikev1_engine_next_event(p->i.ike, &event) == 1) {
        const ikev1_bytes key =
            event.ipsec != NULL ? event.ipsec->encryption_key : (ikev1_bytes){0};
        assert_int_equal(ikev1_engine_input(p->i.ike, p->now, &event.path, key.data, key.len, NULL),
                         IKEV1_DROPPED);
    }
    pair_free(p);
}

static void test_engine__nothing_done__nothing_to_say(void **state) {
    struct pair *p = pair_new(NULL);
    ikev1_event event;
    ikev1_packet packet;
    (void)state;
    pair_start(p);
    assert_true(ikev1_engine_deadline(p->i.ike) == IKEV1_NEVER);
    assert_int_equal(ikev1_engine_next_event(p->i.ike, &event), 0);
    assert_int_equal(ikev1_engine_next_packet(p->i.ike, &packet), 0);
    assert_int_equal(ikev1_engine_tick(p->i.ike, 1000), IKEV1_OK);
    assert_int_equal(ikev1_delete(p->i.ike, 1000, IKEV1_ALL), IKEV1_OK);
    pair_free(p);
}

static void test_stats__count_what_happens(void **state) {
    struct pair *p = pair_new(NULL);
    ikev1_stats s = {.size = sizeof s};
    (void)state;
    pair_start(p);
    pair_up(p);
    assert_int_equal(ikev1_engine_stats(p->r.ike, &s), IKEV1_OK);
    assert_int_equal(s.sas, 1);
    assert_int_equal(s.half_open, 0);
    assert_int_equal(s.children, 1);
    assert_int_equal(s.received, 5);
    assert_int_equal(s.sent, 4);
    assert_int_equal(s.dropped, 0);
    assert_int_equal(s.established, 1);
    assert_int_equal(s.failed, 0);
    assert_int_equal(s.memory, p->r.memory.live_bytes);
    ikev1_engine_input(p->r.ike, p->now, &PATH, (const uint8_t *)"x", 1, NULL);
    ikev1_engine_stats(p->r.ike, &s);
    assert_int_equal(s.dropped, 1);
    pair_free(p);
}

/* "as far as its size goes": an older host's struct is shorter, a newer one's longer. */
static void test_stats__size_of_the_caller__respected(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_start(p);
    pair_up(p);
    volatile size_t part = offsetof(ikev1_stats, received); /* or gcc warns of what is tested */
    ikev1_stats *old = malloc(part);
    assert_non_null(old);
    memset(old, 0xee, part);
    old->size = part;
    assert_int_equal(ikev1_engine_stats(p->i.ike, old), IKEV1_OK);
    assert_int_equal(old->children, 1);
    assert_int_equal(old->size, part);
    free(old);
    struct {
        ikev1_stats known;
        uint64_t more;
    } newer = {{.size = sizeof newer}, 7};
    assert_int_equal(ikev1_engine_stats(p->i.ike, &newer.known), IKEV1_OK);
    assert_int_equal(newer.known.children, 1);
    assert_int_equal(newer.more, 0); /* what we cannot count is 0 */
    ikev1_stats none = {.size = 0};
    assert_int_equal(ikev1_engine_stats(p->i.ike, &none), IKEV1_E_ARGUMENT);
    pair_free(p);
}

/* ---- datagrams that are none ---- */

static void test_input__no_header__dropped_unanswered(void **state) { /* HDR-01 */
    static const uint8_t HEADER[28] = {1, 2, 3, 4, 5, 6, 7, 8, [16] = 1, 0x10, 2, [27] = 28};
    struct pair *p = pair_new(NULL);
    struct rng rng;
    (void)state;
    rng_init(&rng, 1);
    pair_start(p);
    for (size_t len = 0; len < 28; len++) {
        for (int kind = 0; kind < 3; kind++) {
            uint8_t *bytes = malloc(len != 0 ? len : 1);
            ikev1_why why;
            assert_non_null(bytes);
            memset(bytes, 0, len);
            if (kind == 1)
                rng_fill(&rng, bytes, len);
            for (size_t i = 0; kind == 2 && i < len; i++)
                bytes[i] = HEADER[i];
            assert_int_equal(ikev1_engine_input(p->r.ike, 1, &PATH, bytes, len, &why),
                             IKEV1_DROPPED);
            assert_int_equal(why.code, IKEV1_E_SHORT);
            free(bytes);
        }
    }
    assert_int_equal(p->r.ike->s.ctx.out.packets.count, 0);
    assert_int_equal(p->r.ike->s.sas, 0);
    pair_free(p);
}

static void test_input__length_field_lies__dropped(void **state) { /* HDR-02, HDR-03 */
    static const uint32_t LIES[] = {0, 27, 28, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff};
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_start(p);
    pair_connect(p);
    side_drain(&p->i);
    const struct datagram d = p->link.flights[0];
    uint8_t copy[2048 + 2000] = {0};
    size_t bytes = p->r.memory.live_bytes;
    for (size_t i = 0; i < COUNT(LIES) + 4; i++) {
        const uint32_t near[] = {(uint32_t)d.len + 1, (uint32_t)d.len + 4, (uint32_t)d.len - 1,
                                 (uint32_t)d.len - 4};
        uint32_t lie = i < COUNT(LIES) ? LIES[i] : near[i - COUNT(LIES)];
        ikev1_why why;
        memcpy(copy, d.data, d.len);
        copy[24] = (uint8_t)(lie >> 24);
        copy[25] = (uint8_t)(lie >> 16);
        copy[26] = (uint8_t)(lie >> 8);
        copy[27] = (uint8_t)lie;
        assert_int_equal(ikev1_engine_input(p->r.ike, 1, &d.path, copy, d.len, &why),
                         IKEV1_DROPPED);
        assert_int_equal(why.code, IKEV1_E_LENGTH);
    }
    static const size_t TAILS[] = {1, 4, 2000};
    for (size_t i = 0; i < COUNT(TAILS); i++) {
        memcpy(copy, d.data, d.len);
        assert_int_equal(ikev1_engine_input(p->r.ike, 1, &d.path, copy, d.len + TAILS[i], NULL),
                         IKEV1_DROPPED);
    }
    assert_int_equal(p->r.memory.live_bytes - bytes < 4096, 1); /* room for events, once */
    assert_int_equal(p->r.ike->s.sas, 0);
    pair_free(p);
}

static void test_input__garbage__no_memory_no_answer(void **state) { /* DOS-06, DOS-07 */
    struct pair *p = pair_new(NULL);
    struct rng rng;
    size_t bytes = 0;
    (void)state;
    rng_init(&rng, 9);
    p->r.config.clear_notify = true;
    pair_start(p);
    pair_up(p);
    const struct datagram *first = link_kept(&p->link, LINK_TO_RESPONDER, 1);
    uint8_t copy[2048];
    for (int i = 0; i < 20000; i++) {
        size_t len = first->len;
        memcpy(copy, first->data, len);
        rng_fill(&rng, copy, 8); /* always another peer */
        copy[28 + rng_below(&rng, (uint32_t)len - 28)] ^= (uint8_t)(1 + rng_below(&rng, 255));
        copy[16] = (uint8_t)rng_below(&rng, 3);
        copy[18] = i % 3 ? IKEV1_EXCHANGE_MAIN : (uint8_t)rng_below(&rng, 256);
        if (i % 5 == 0)
            rng_fill(&rng, copy + 28, len - 28);
        int r = ikev1_engine_input(p->r.ike, p->now, &PATH, copy, len, NULL);
        assert_true(r == IKEV1_DROPPED || r == IKEV1_OK);
        if (r == IKEV1_OK)
            continue;
        ikev1_packet packet;
        while (ikev1_engine_next_packet(p->r.ike, &packet) == 1)
            assert_true(packet.len <= 3 * len);
    }
    p->link.held = true;
    side_drain(&p->r);
    pair_wait(p, 31000); /* those that were well formed enough to begin something */
    assert_int_equal(p->r.ike->s.sas, 1);
    bytes = p->r.memory.live_bytes;
    assert_true(bytes < 600000); /* tables and arena, not entries */
    p->link.held = false;
    p->i.phase2.rule = p->r.phase2.rule = 2;
    assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), 2, NULL), IKEV1_OK);
    pair_run(p);
    pair_check_up(p, 2);
    pair_free(p);
}

/* ---- who is admitted ---- */

static void test_admit__refused_first_message__leaves_nothing(void **state) { /* DOS-07, PH1-09 */
    (void)state;
    for (int told = 0; told < 2; told++) {
        struct pair *p = pair_new(NULL);
        p->r.suites1[0].hash = IKEV1_HASH_SHA1;
        p->r.config.clear_notify = told != 0;
        pair_start(p);
        pair_connect(p);
        side_drain(&p->i);
        const struct datagram d = p->link.flights[0];
        ikev1_why why;
        ikev1_packet packet;
        assert_int_equal(ikev1_engine_input(p->r.ike, 1, &d.path, d.data, d.len, &why),
                         IKEV1_DROPPED);
        assert_int_equal(why.code, IKEV1_E_NO_PROPOSAL);
        assert_true(why.diff_count >= 1);
        assert_int_equal(p->r.ike->s.sas, 0);
        assert_int_equal(p->r.ike->s.requests.count, 0);
        assert_int_equal(p->r.ike->s.ctx.timers.reserved, 0);
        int packets = 0;
        while (ikev1_engine_next_packet(p->r.ike, &packet) == 1) {
            packets++;
            assert_true(packet.len <= 3 * d.len);
            assert_int_equal(packet.data[18], IKEV1_EXCHANGE_INFORMATIONAL);
        }
        assert_int_equal(packets, told); /* off by default */
        pair_free(p);
    }
}

static void test_admit__same_cookie_from_two_addresses__two_peers(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_start(p);
    pair_connect(p);
    side_drain(&p->i);
    const struct datagram d = p->link.flights[0];
    assert_int_equal(ikev1_engine_input(p->r.ike, 1, &d.path, d.data, d.len, NULL), IKEV1_OK);
    assert_int_equal(ikev1_engine_input(p->r.ike, 1, &PATH, d.data, d.len, NULL), IKEV1_OK);
    assert_int_equal(p->r.ike->s.sas, 2);
    p->link.held = true;
    side_drain(&p->r);
    pair_free(p);
}

static void test_shards__packets_lead_back(void **state) {
    (void)state;
    for (uint16_t shards = 2; shards <= 256; shards = (uint16_t)(shards * 2)) {
        struct pair *p = pair_new(NULL);
        p->i.config.shards = shards;
        p->i.config.shard = (uint16_t)(shards - 1);
        pair_start(p);
        pair_up(p);
        for (size_t i = 0; i < p->link.kept_count; i++) {
            const struct datagram *d = &p->link.kept[i];
            assert_int_equal(ikev1_shard(d->data, d->len, shards), shards - 1);
        }
        pair_free(p);
    }
    assert_int_equal(ikev1_shard(NULL, 0, 4), 0);
    assert_int_equal(ikev1_shard((const uint8_t *)"short", 5, 4), 0);
    assert_int_equal(ikev1_shard((const uint8_t *)"twenty-eight bytes of nothing", 29, 1), 0);
}

/* ---- draining ---- */

static void test_packets__several__valid_until_the_next_call(void **state) {
    struct pair *p = pair_new(NULL);
    ikev1_packet packets[3];
    (void)state;
    p->i.policy.phase1 = NULL;
    p->i.policy.phase1 = p->r.policy.phase1;
    pair_start(p);
    pair_up(p);
    assert_int_equal(ikev1_delete(p->i.ike, p->now, IKEV1_ALL), IKEV1_OK);
    assert_int_equal(ikev1_engine_next_packet(p->i.ike, &packets[0]), 1);
    assert_int_equal(ikev1_engine_next_packet(p->i.ike, &packets[1]), 1);
    assert_int_equal(ikev1_engine_next_packet(p->i.ike, &packets[2]), 0);
    for (int i = 0; i < 2; i++) {
        const ikev1_path path = {packets[i].path.remote, packets[i].path.local, false};
        assert_int_equal(
            ikev1_engine_input(p->r.ike, p->now, &path, packets[i].data, packets[i].len, NULL),
            IKEV1_OK);
    }
    side_drain(&p->r);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_DOWN), 1);
    pair_free(p);
}

static void test_send_failed__logged(void **state) { /* M-S12 */
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_start(p);
    pair_connect(p);
    side_drain(&p->i);
    assert_int_equal(ikev1_send_failed(p->i.ike, p->now, p->link.kept[0].sa), IKEV1_OK);
    assert_true(side_said(&p->i, "!! Failed to send IKE Packet"));
    assert_int_equal(ikev1_send_failed(p->i.ike, p->now, 0), IKEV1_E_STALE);
    pair_free(p);
}

/* ---- classify ---- */

static void test_classify__what_a_datagram_is(void **state) { /* RFC 3948 2.3, NAT-01 */
    static const struct {
        const char *name, *bytes;
        size_t len;
        bool encapsulated;
        int kind;
        size_t ike;
    } ROWS[] = {
        {"empty", "", 0, true, IKEV1_KIND_SHORT, 0},
        {"empty on 500", "", 0, false, IKEV1_KIND_SHORT, 0},
        {"one byte", "\1", 1, true, IKEV1_KIND_SHORT, 0},
        {"keepalive", "\xff", 1, true, IKEV1_KIND_KEEPALIVE, 0},
        {"two ff", "\xff\xff", 2, true, IKEV1_KIND_SHORT, 0},
        {"keepalive on 500", "\xff", 1, false, IKEV1_KIND_KEEPALIVE, 0},
        {"non-IKE marker", "\0\0\0\0\0\0\0\0\0\0\1\1", 12, false, IKEV1_KIND_ESP, 0},
        {"non-IKE marker only", "\0\0\0\0\0\0\0\0", 8, false, IKEV1_KIND_SHORT, 0},
        {"seven zeros on 500", "\0\0\0\0\0\0\0\1....................", 28, false, IKEV1_KIND_IKE,
         28},
        {"three bytes", "\0\0\0", 3, true, IKEV1_KIND_SHORT, 0},
        {"marker only", "\0\0\0\0", 4, true, IKEV1_KIND_SHORT, 0},
        {"ESP", "\0\0\1\0\0\0\0\1", 8, true, IKEV1_KIND_ESP, 0},
        {"marker and too little", "\0\0\0\0........................", 28, true, IKEV1_KIND_SHORT,
         0},
        {"IKE in UDP", "\0\0\0\0............................", 32, true, IKEV1_KIND_IKE, 28},
        {"IKE", "............................", 28, false, IKEV1_KIND_IKE, 28},
        {"too short on 500", "...........................", 27, false, IKEV1_KIND_SHORT, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        ikev1_bytes ike = {(const uint8_t *)"x", 99};
        uint8_t *exact = malloc(ROWS[i].len != 0 ? ROWS[i].len : 1);
        assert_non_null(exact);
        memcpy(exact, ROWS[i].bytes, ROWS[i].len);
        ROW_EQUAL(ROWS[i].name, ikev1_classify(ROWS[i].encapsulated, exact, ROWS[i].len, &ike),
                  ROWS[i].kind);
        ROW_EQUAL(ROWS[i].name, ike.len, ROWS[i].ike);
        if (ROWS[i].ike != 0)
            ROW_EQUAL(ROWS[i].name, ike.data - exact, ROWS[i].encapsulated ? 4 : 0);
        ROW_EQUAL(ROWS[i].name, ikev1_classify(ROWS[i].encapsulated, exact, ROWS[i].len, NULL),
                  ROWS[i].kind);
        free(exact);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine__null_arguments__refused),
        cmocka_unit_test(test_input__packet_of_its_own_memory__read_before_it_is_gone),
        cmocka_unit_test(test_engine__nothing_done__nothing_to_say),
        cmocka_unit_test(test_stats__count_what_happens),
        cmocka_unit_test(test_stats__size_of_the_caller__respected),
        cmocka_unit_test(test_input__no_header__dropped_unanswered),
        cmocka_unit_test(test_input__length_field_lies__dropped),
        cmocka_unit_test(test_input__garbage__no_memory_no_answer),
        cmocka_unit_test(test_admit__refused_first_message__leaves_nothing),
        cmocka_unit_test(test_admit__same_cookie_from_two_addresses__two_peers),
        cmocka_unit_test(test_shards__packets_lead_back),
        cmocka_unit_test(test_packets__several__valid_until_the_next_call),
        cmocka_unit_test(test_send_failed__logged),
        cmocka_unit_test(test_classify__what_a_datagram_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
