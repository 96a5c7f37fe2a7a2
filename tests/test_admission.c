/* SPDX-License-Identifier: Apache-2.0 */
/* Who may begin a negotiation, and who has to make room: DOS-02, DOS-03, mission P8. */
#include "support/craft.h"
#include "support/pair.h"
#include "exchange/run.h"

enum { MESSAGE = 1024, GRACE = 100 };

/* A responder, and a first message to send it from anywhere. */
struct gate {
    struct pair *p;
    uint8_t first[MESSAGE];
    size_t len;
    uint32_t cookies;
};

static void take_first(struct gate *g) {
    ikev1_packet packet;
    assert_int_equal(pair_connect(g->p), IKEV1_OK);
    assert_int_equal(ikev1_engine_next_packet(g->p->i.ike, &packet), 1);
    assert_true(packet.len <= MESSAGE);
    memcpy(g->first, packet.data, packet.len);
    g->len = packet.len;
}

static struct gate open_gate(uint32_t all, uint32_t address, uint32_t prefix) {
    struct gate g = {.p = pair_new(NULL)};
    g.p->r.config.limits.half_open = all;
    g.p->r.config.limits.half_open_address = address;
    g.p->r.config.limits.half_open_prefix = prefix;
    pair_start(g.p);
    take_first(&g);
    return g;
}

static ikev1_path from4(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
    return (ikev1_path){.local = {4, {192, 0, 2, 2}, IKEV1_PORT},
                        .remote = {4, {a, b, c, d}, IKEV1_PORT}};
}

static ikev1_path from6(uint8_t site, uint8_t net, uint8_t host) {
    ikev1_path path = {.local = {6, {0x20, 1, 0xd, 0xb8, 1}, IKEV1_PORT},
                       .remote = {6, {0x20, 1, 0xd, 0xb8, 0, 1, site, net}, IKEV1_PORT}};
    path.remote.ip[15] = host;
    return path;
}

/* A first message with a cookie that was never seen. */
static int knock(struct gate *g, ikev1_path path, ikev1_why *why) {
    ikev1_why unasked;
    g->cookies++;
    memcpy(g->first, &g->cookies, sizeof g->cookies);
    int r = ikev1_engine_input(g->p->r.ike, g->p->now, &path, g->first, g->len,
                               why != NULL ? why : &unasked);
    return r;
}

static uint32_t half_open(const struct gate *g) {
    return g->p->r.ike->s.half_open;
}

static void close_gate(struct gate *g) {
    link_flush(&g->p->link);
    pair_free(g->p);
}

/* ---- counts ---- */

static const struct {
    const char *name;
    uint32_t all, address, prefix;
    uint8_t from[4][4]; /* the last one is dropped */
    uint8_t elsewhere[4];
    const char *theirs, *ours; /* as an operator reads them */
} CAPS[] = {
    {"address",
     100,
     3,
     50,
     {{10, 1, 1, 1}, {10, 1, 1, 1}, {10, 1, 1, 1}, {10, 1, 1, 1}},
     {10, 1, 1, 2},
     "3 of 10.1.1.1",
     "limits.half_open_address 3"},
    {"prefix",
     100,
     50,
     3,
     {{10, 1, 1, 0}, {10, 1, 1, 77}, {10, 1, 1, 255}, {10, 1, 1, 3}},
     {10, 1, 2, 3},
     "3 of 10.1.1.0/24",
     "limits.half_open_prefix 3"},
    {"all",
     3,
     50,
     50,
     {{10, 1, 1, 0}, {10, 2, 1, 77}, {11, 1, 1, 255}, {12, 1, 1, 3}},
     {0},
     "3",
     "limits.half_open 3"},
};

static void test_admission__bounds__one_more_dropped(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(CAPS); i++) {
        struct gate g = open_gate(CAPS[i].all, CAPS[i].address, CAPS[i].prefix);
        ikev1_why why;
        for (size_t k = 0; k < 4; k++) {
            const uint8_t *a = CAPS[i].from[k];
            ROW_EQUAL(CAPS[i].name, knock(&g, from4(a[0], a[1], a[2], a[3]), &why),
                      k < 3 ? IKEV1_OK : IKEV1_DROPPED);
        }
        ROW_EQUAL(CAPS[i].name, why.code, IKEV1_E_HALF_OPEN);
        ROW_TEXT(CAPS[i].name, why.theirs, CAPS[i].theirs);
        ROW_TEXT(CAPS[i].name, why.ours, CAPS[i].ours);
        ROW_EQUAL(CAPS[i].name, half_open(&g), 3);
        const uint8_t *e = CAPS[i].elsewhere;
        if (e[0] != 0)
            ROW_EQUAL(CAPS[i].name, knock(&g, from4(e[0], e[1], e[2], e[3]), NULL), IKEV1_OK);
        g.p->now += 31000; /* they never come back */
        ikev1_engine_tick(g.p->r.ike, g.p->now);
        ROW_EQUAL(CAPS[i].name, half_open(&g), 0);
        ROW_EQUAL(CAPS[i].name, g.p->r.ike->s.crowds[0].used, 0);
        ROW_EQUAL(CAPS[i].name, g.p->r.ike->s.crowds[1].used, 0);
        const uint8_t *a = CAPS[i].from[3];
        ROW_EQUAL(CAPS[i].name, knock(&g, from4(a[0], a[1], a[2], a[3]), NULL), IKEV1_OK);
        close_gate(&g);
    }
}

static void test_admission__ipv6__a_64_is_an_address_and_a_56_a_prefix(void **state) {
    struct gate g = open_gate(100, 2, 4);
    ikev1_why why;
    (void)state;
    assert_int_equal(knock(&g, from6(0x10, 1, 1), NULL), IKEV1_OK);
    assert_int_equal(knock(&g, from6(0x10, 1, 2), NULL), IKEV1_OK);
    assert_int_equal(knock(&g, from6(0x10, 1, 3), &why), IKEV1_DROPPED); /* the /64 */
    assert_string_equal(why.theirs, "2 of 2001:db8:1:1001::/64");
    assert_int_equal(knock(&g, from6(0x10, 2, 1), NULL), IKEV1_OK);
    assert_int_equal(knock(&g, from6(0x10, 3, 1), NULL), IKEV1_OK);
    assert_int_equal(knock(&g, from6(0x10, 4, 1), &why), IKEV1_DROPPED); /* the /56 */
    assert_string_equal(why.theirs, "4 of 2001:db8:1:1000::/56");
    assert_int_equal(knock(&g, from6(0x11, 1, 1), NULL), IKEV1_OK);
    close_gate(&g);
}

/* ---- who makes room ---- */

static void test_admission__full__the_oldest_makes_room_when_its_time_has_passed(void **state) {
    static const struct {
        const char *name;
        uint32_t all, address, prefix;
        const char *ours;
    } ROWS[] = {{"all", 3, 50, 50, "limits.half_open 3"},
                {"address", 50, 3, 50, "limits.half_open_address 3"},
                {"prefix", 50, 50, 3, "limits.half_open_prefix 3"}};
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct gate g = open_gate(ROWS[i].all, ROWS[i].address, ROWS[i].prefix);
        uint8_t oldest[8];
        ikev1_path path = from4(10, 1, 1, 1);
        for (int k = 0; k < 3; k++) {
            assert_int_equal(knock(&g, path, NULL), IKEV1_OK);
            if (k == 0)
                memcpy(oldest, g.first, 8);
            g.p->now += 10;
        }
        g.p->now += GRACE - 30 - 1; /* the oldest is 99 ms old */
        ROW_EQUAL(ROWS[i].name, knock(&g, path, NULL), IKEV1_DROPPED);
        assert_non_null(ike_find_request(&g.p->r.ike->s, oldest, &path.remote));
        g.p->now += 1;
        ROW_EQUAL(ROWS[i].name, knock(&g, path, NULL), IKEV1_OK);
        assert_null(ike_find_request(&g.p->r.ike->s, oldest, &path.remote));
        ROW_EQUAL(ROWS[i].name, g.p->r.cause.code, IKEV1_E_HALF_OPEN); /* why it had to go */
        ROW_TEXT(ROWS[i].name, g.p->r.cause.ours, ROWS[i].ours);
        ROW_EQUAL(ROWS[i].name, half_open(&g), 3);
        ROW_EQUAL(ROWS[i].name, knock(&g, path, NULL), IKEV1_DROPPED); /* the next is younger */
        g.p->now += 10;
        ROW_EQUAL(ROWS[i].name, knock(&g, path, NULL), IKEV1_OK);
        ROW_EQUAL(ROWS[i].name, side_count(&g.p->r, IKEV1_EVENT_SA_FAILED), 0);
        close_gate(&g);
    }
}

/* A malformed newcomer drives nobody out. */
static void test_admission__full__a_broken_message_takes_no_place(void **state) {
    struct gate g = open_gate(2, 50, 50);
    (void)state;
    knock(&g, from4(10, 1, 1, 1), NULL);
    knock(&g, from4(10, 1, 1, 2), NULL);
    g.p->now += 1000;
    uint8_t good = g.first[IKEV1_HEADER_SIZE + 3];
    g.first[IKEV1_HEADER_SIZE + 3] = 0xff;
    assert_int_equal(knock(&g, from4(10, 1, 1, 3), NULL), IKEV1_DROPPED);
    assert_int_equal(half_open(&g), 2);
    g.first[IKEV1_HEADER_SIZE + 3] = good;
    close_gate(&g);
}

/* Message 3 has come: from then on it stays, whoever knocks. */
static void test_admission__reached__makes_no_room(void **state) {
    struct gate g = open_gate(3, 50, 50);
    struct pair *p = g.p;
    (void)state;
    const ikev1_path path = {p->r.phase1.path.local, p->r.phase1.path.remote, false};
    assert_int_equal(ikev1_engine_input(p->r.ike, p->now, &path, g.first, g.len, NULL), IKEV1_OK);
    link_rule(&p->link, LINK_TO_INITIATOR, LINK_DROP, 2, 0); /* message 4 */
    side_drain(&p->r);
    pair_run(p); /* message 3 arrives */
    assert_int_equal(half_open(&g), 1);
    for (int i = 0; i < 50; i++) {
        p->now += GRACE;
        assert_int_equal(knock(&g, from4(10, 1, 1, (uint8_t)i), NULL), IKEV1_OK);
        side_drain(&p->r);
        link_flush(&p->link);
    }
    assert_int_equal(half_open(&g), 3);
    pair_wait(p, 20000);
    pair_check_up(p, 1);
    close_gate(&g);
}

/* When all that there is has been reached, nobody new comes in, and nobody is lost. */
static void test_admission__all_reached__newcomer_dropped(void **state) {
    struct gate g = open_gate(1, 50, 50);
    struct pair *p = g.p;
    (void)state;
    const ikev1_path path = {p->r.phase1.path.local, p->r.phase1.path.remote, false};
    assert_int_equal(ikev1_engine_input(p->r.ike, p->now, &path, g.first, g.len, NULL), IKEV1_OK);
    link_rule(&p->link, LINK_TO_INITIATOR, LINK_DROP, 2, 0);
    side_drain(&p->r);
    pair_run(p);
    p->now += 1000;
    assert_int_equal(knock(&g, from4(10, 1, 1, 1), NULL), IKEV1_DROPPED);
    assert_int_equal(half_open(&g), 1);
    pair_wait(p, 20000);
    pair_check_up(p, 1);
    close_gate(&g);
}

/* limits.sas is full of strangers: they make room as well. */
static void test_admission__sas_full_of_strangers__they_make_room(void **state) {
    struct pair *p = pair_new(NULL);
    struct gate g = {.p = p};
    (void)state;
    p->r.config.limits.sas = 2;
    pair_start(p);
    take_first(&g);
    knock(&g, from4(10, 1, 1, 1), NULL);
    knock(&g, from4(10, 1, 1, 2), NULL);
    p->now += GRACE;
    assert_int_equal(knock(&g, from4(10, 1, 1, 3), NULL), IKEV1_OK);
    assert_int_equal(p->r.ike->s.sas, 2);
    close_gate(&g);
}

/* ---- a flood ---- */

enum { PEERS = 100, PER_MS = 20, ONE_WAY = 25, END = 6000, FLIGHTS = 2000 };

struct flight {
    bool to_gate;
    ikev1_time at;
    ikev1_path path;
    size_t len;
    uint8_t data[MESSAGE];
};

struct siege {
    struct gate g;
    struct rng rng;
    struct flight flights[FLIGHTS];
    size_t head, count;
    unsigned up;
};

/* Peers are 172.x.x.x; what goes elsewhere reaches nobody. */
static void collect(struct siege *t, struct side *s) {
    ikev1_event event;
    ikev1_packet packet;
    bool gate = s == &t->g.p->r;
    while (ikev1_engine_next_event(s->ike, &event) == 1)
        t->up += gate && event.type == IKEV1_EVENT_SA_UP;
    while (ikev1_engine_next_packet(s->ike, &packet) == 1) {
        if (gate && packet.path.remote.ip[0] != 172)
            continue;
        assert_true(t->count < FLIGHTS && packet.len <= MESSAGE);
        struct flight *f = &t->flights[(t->head + t->count++) % FLIGHTS];
        *f = (struct flight){!gate,
                             t->g.p->now + ONE_WAY,
                             {packet.path.remote, packet.path.local, packet.path.encapsulated},
                             packet.len,
                             {0}};
        memcpy(f->data, packet.data, packet.len);
    }
}

static void deliver(struct siege *t) {
    struct pair *p = t->g.p;
    while (t->count != 0 && t->flights[t->head].at <= p->now) {
        struct flight *f = &t->flights[t->head];
        struct side *to = f->to_gate ? &p->r : &p->i;
        ikev1_engine_input(to->ike, p->now, &f->path, f->data, f->len, NULL);
        t->head = (t->head + 1) % FLIGHTS;
        t->count--;
        collect(t, to);
    }
}

static void one_ms(struct siege *t) {
    struct pair *p = t->g.p;
    deliver(t);
    for (int i = 0; i < PER_MS; i++) {
        uint8_t ip[4];
        rng_fill(&t->rng, ip, sizeof ip);
        knock(&t->g, from4(100 + ip[0] % 64, ip[1], ip[2], ip[3]), NULL);
        if (i % 4 == 0)
            collect(t, &p->r);
    }
    collect(t, &p->r);
    if (ikev1_engine_deadline(p->i.ike) <= p->now)
        ikev1_engine_tick(p->i.ike, p->now);
    if (ikev1_engine_deadline(p->r.ike) <= p->now)
        ikev1_engine_tick(p->r.ike, p->now);
    collect(t, &p->i);
    p->now++;
}

static void test_admission__20000_spoofed_a_second__genuine_peers_complete(void **state) {
    static struct siege t;
    struct pair *p = pair_new(NULL);
    (void)state;
    memset(&t, 0, sizeof t);
    rng_init(&t.rng, 5);
    t.g.p = p;
    p->i.config.timing.retry_first = 500;
    p->i.config.timing.retry_percent = 100;
    p->i.config.log = p->r.config.log = NULL;
    pair_start(p);
    take_first(&t.g);
    for (int ms = 0; ms < 1000; ms++) /* before anybody comes */
        one_ms(&t);
    for (int ms = 0; ms < END; ms++) {
        if (ms % 10 == 0 && ms / 10 < PEERS) {
            p->i.phase1.rule = (uint32_t)(2 + ms / 10);
            p->i.phase1.path.local = from4(172, 16, (uint8_t)(ms / 10), 1).remote;
            assert_int_equal(pair_connect(p), IKEV1_OK);
            collect(&t, &p->i);
        }
        one_ms(&t);
        assert_true(p->r.ike->s.half_open <= 1000);
    }
    print_message("%u of %d peers got through\n", t.up, PEERS);
    assert_true(t.up >= PEERS * 95 / 100);
    close_gate(&t.g);
}

/* A peer that has not authenticated stays where it began, even with keys in hand: its entries in
 * the tables stand under that address. NAT-04, R-06. */
static void test_follow__half_open__stays(void **state) {
    struct pair *p = pair_new(NULL);
    uint8_t junk[28 + 64], body[16];
    ikev1_packet packet;
    (void)state;
    p->i.phase1.natt = IKEV1_NATT_FORCE;
    p->r.phase1.natt = IKEV1_NATT_AUTO;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    for (int i = 0; i < 4; i++)
        assert_true(pair_step(p));
    side_drain(&p->i);
    const struct datagram *fifth = &p->link.flights[0];
    memcpy(junk, fifth->data, 28); /* makes the responder work out its keys */
    memset(junk + 28, 0x55, 64);
    junk[26] = 0;
    junk[27] = sizeof junk;
    ikev1_engine_input(p->r.ike, p->now, &fifth->path, junk, sizeof junk, NULL);
    struct ike_sa *theirs = ike_find_sa(&p->r.ike->s, junk, junk + 8);
    struct ike_sa *ours = ike_find_sa(&p->i.ike->s, junk, junk + 8);
    assert_non_null(theirs->live);
    assert_true(theirs->half_open);
    memcpy(ours->live->last_block, theirs->phase1->iv, sizeof ours->live->last_block);
    struct ike_writer w = ike_writer(body, sizeof body);
    ike_notify_encode(&w, &(struct ike_notify){.protocol = IKEV1_PROTO_ISAKMP,
                                               .type = IKEV1_NOTIFY_REPLAY_STATUS});
    assert_int_equal(ike_send_informational(ours, 0x01020304, IKEV1_PAYLOAD_NOTIFY,
                                            ike_bytes(body, ike_written(&w))),
                     IKEV1_OK);
    assert_int_equal(ikev1_engine_next_packet(p->i.ike, &packet), 1);
    ikev1_path elsewhere = fifth->path;
    elsewhere.remote.ip[3] = 77;
    int r = ikev1_engine_input(p->r.ike, p->now, &elsewhere, packet.data, packet.len, NULL);
    assert_int_equal(r, IKEV1_OK); /* read and authentic */
    assert_int_not_equal(theirs->path.remote.ip[3], 77);
    pair_run(p);
    pair_check_up(p, 1);
    assert_int_equal(p->r.ike->s.crowds[IKE_BY_ADDRESS].used, 0);
    assert_int_equal(p->r.ike->s.crowds[IKE_BY_PREFIX].used, 0);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_admission__bounds__one_more_dropped),
        cmocka_unit_test(test_admission__ipv6__a_64_is_an_address_and_a_56_a_prefix),
        cmocka_unit_test(test_admission__full__the_oldest_makes_room_when_its_time_has_passed),
        cmocka_unit_test(test_admission__full__a_broken_message_takes_no_place),
        cmocka_unit_test(test_admission__reached__makes_no_room),
        cmocka_unit_test(test_admission__all_reached__newcomer_dropped),
        cmocka_unit_test(test_admission__sas_full_of_strangers__they_make_room),
        cmocka_unit_test(test_admission__20000_spoofed_a_second__genuine_peers_complete),
        cmocka_unit_test(test_follow__half_open__stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
