/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets in masses, from people who have proved nothing: what they cost in memory, in key
 * exchanges and in packets sent back, and whether those who have proved something notice.
 * DOS-01, DOS-02, DOS-05, DOS-06, DOS-11, KEX-08, RTX-06; mission P8, B8, B10.
 */
#include "support/corpus.h"
#include "support/failcrypto.h"
#include "support/pair.h"
#include "support/rows.h"
#include "support/world.h"

enum {
    KEPT = 16,
    DATAGRAM = 512,
    HALF_OPEN = 200, /* the limit of these tests */
    /* What one half-open negotiation may cost: SA, exchange, timer, table rows, and its largest
     * first message. */
    HALF_OPEN_BYTES = 1024,
    ALL_GONE = 160000, /* ms: what is half open longest, since its peer could be reached */
    LEFT = 0,
    GATE = 1, /* the station under fire */
};

static int many = 100000; /* of each flood; IKEV1_RUNS=10000000: ten million */

struct flood {
    struct world w;
    struct fail_crypto crypto; /* of the gate: counts calls, fails none */
    struct rng rng;
    struct flight kept[KEPT]; /* what both have sent, in its order */
    size_t kept_count, lost_from;
    size_t out_packets, out_bytes; /* of the gate */
};

static bool carry(struct world *w, struct flight *f) {
    struct flood *t = w->user;
    if (f->to == LEFT) {
        t->out_packets++;
        t->out_bytes += f->len;
    }
    bool lost = t->kept_count >= t->lost_from;
    if (t->kept_count < KEPT) {
        t->kept[t->kept_count] = *f;
        t->kept[t->kept_count].data = malloc(f->len);
        assert_non_null(t->kept[t->kept_count].data);
        memcpy(t->kept[t->kept_count++].data, f->data, f->len);
    }
    return !lost;
}

/* A gate, and a peer that connects to it. Of their messages those from number `lost_from` on, from
 * 1, do not arrive: 10 lets Main Mode and Quick Mode come to their end. */
static struct flood *begin(unsigned counted_calls, size_t lost_from) {
    struct flood *t = calloc(1, sizeof *t);
    assert_non_null(t);
    world_init(&t->w, 7);
    rng_init(&t->rng, 11);
    t->w.carry = carry;
    t->w.user = t;
    t->lost_from = lost_from - 1;
    struct station *gate = &t->w.at[GATE];
    fail_crypto_init(&t->crypto, &gate->null.provider);
    t->crypto.kinds = counted_calls;
    gate->config.crypto = &t->crypto.provider;
    gate->config.limits.half_open = HALF_OPEN;
    gate->config.clear_notify = true; /* so that there is something to count */
    for (int n = 0; n < 2; n++)
        assert_int_equal(world_start(&t->w, n), IKEV1_OK);
    assert_int_equal(world_connect(&t->w, LEFT), IKEV1_OK);
    world_run(&t->w, 1000);
    t->lost_from = lost_from < 10 ? 0 : SIZE_MAX;
    t->out_packets = t->out_bytes = 0;
    t->crypto.calls = 0;
    return t;
}

static void end(struct flood *t) {
    world_close(&t->w, LEFT);
    world_close(&t->w, GATE);
    world_end(&t->w);
    if (t->w.broken != NULL)
        fail_msg("%s: %s does not hold", t->w.who, t->w.broken);
    for (size_t i = 0; i < t->kept_count; i++)
        free(t->kept[i].data);
    free(t);
}

static ikev1_stats stats_of(const struct flood *t) {
    ikev1_stats stats = {.size = sizeof stats};
    assert_int_equal(ikev1_engine_stats(t->w.at[GATE].ike, &stats), IKEV1_OK);
    return stats;
}

static void draw(struct flood *t, uint8_t *out, size_t len) {
    (void)rng_fill(&t->rng, out, len);
}

/* A path from anybody. */
static ikev1_path anywhere(struct flood *t) {
    ikev1_path path = t->kept[0].path;
    draw(t, path.remote.ip, 4);
    draw(t, (uint8_t *)&path.remote.port, 2);
    return path;
}

/* To the gate. DOS-01: at most one packet for one, and at most three times its bytes. */
static void shoot(struct flood *t, const ikev1_path *path, const uint8_t *data, size_t len) {
    size_t packets = t->out_packets, bytes = t->out_bytes;
    uint8_t *exact = malloc(len != 0 ? len : 1);
    assert_non_null(exact);
    if (len != 0)
        memcpy(exact, data, len);
    world_deliver(&t->w, GATE, path, exact, len);
    free(exact);
    assert_true(t->out_packets - packets <= 1);
    assert_true(t->out_bytes - bytes <= 3 * len);
    while (t->w.flight_count != 0)
        free(world_take(&t->w, 0).data); /* nobody is there to read it */
}

/* A genuine peer gets what it wants: the SA is what it was before. */
static void check_peer_is_served(struct flood *t) {
    size_t before = world_count(&t->w.at[LEFT], true, LEDGER_UP);
    ikev1_handle sa = 0;
    for (size_t i = 0; i < t->w.at[LEFT].entry_count; i++)
        if (!t->w.at[LEFT].entries[i].child)
            sa = t->w.at[LEFT].entries[i].handle;
    assert_int_equal(world_child(&t->w, LEFT, sa), IKEV1_OK);
    world_run(&t->w, t->w.now + 1000);
    assert_int_equal(world_count(&t->w.at[LEFT], true, LEDGER_UP), before + 1);
    assert_int_equal(world_count(&t->w.at[GATE], true, LEDGER_UP), before + 1);
    world_check_views(&t->w);
}

/* ---- DOS-02, KEX-08 ---- */

static void test_flood__spoofed_first_messages__bounded_and_without_key_exchange(void **state) {
    struct flood *t = begin(FAIL_GROUP, 10);
    const struct flight *first = &t->kept[0];
    uint8_t message[DATAGRAM];
    ikev1_stats before = stats_of(t);
    (void)state;

    memcpy(message, first->data, first->len);
    for (int i = 0; i < many; i++) { /* a hundred seconds of a thousand in each */
        ikev1_path path = anywhere(t);
        draw(t, message, 8);
        shoot(t, &path, message, first->len);
        t->w.now += 1;
        if (i % 100 == 0)
            world_run(&t->w, t->w.now);
        ikev1_stats now = stats_of(t);
        assert_true(now.half_open <= HALF_OPEN);
        assert_true(now.memory <= before.memory + (uint64_t)HALF_OPEN * HALF_OPEN_BYTES);
    }
    assert_int_equal(stats_of(t).half_open, HALF_OPEN);
    print_message("a half-open negotiation: %llu bytes\n",
                  (unsigned long long)(stats_of(t).memory - before.memory) / HALF_OPEN);
    assert_int_equal(t->crypto.calls, 0);
    check_peer_is_served(t);
    end(t);
}

static void test_flood__after_it__a_newcomer_is_let_in(void **state) {
    struct flood *t = begin(FAIL_GROUP, 1); /* the first message is lost */
    uint8_t message[DATAGRAM];
    size_t len = t->kept[0].len;
    (void)state;

    memcpy(message, t->kept[0].data, len);
    for (int i = 0; i < 10 * HALF_OPEN; i++) {
        ikev1_path path = anywhere(t);
        draw(t, message, 8);
        shoot(t, &path, message, len);
    }
    assert_int_equal(stats_of(t).half_open, HALF_OPEN);
    t->lost_from = SIZE_MAX;
    world_run(&t->w, 90000); /* its retransmissions, and the deadline of the half-open ones */
    assert_int_equal(world_count(&t->w.at[LEFT], true, LEDGER_UP), 1);
    assert_int_equal(stats_of(t).half_open, 0);
    end(t);
}

/* RTX-06: nothing goes out by timer to somebody who has not shown that he is there. */
static void test_flood__half_open_and_silent__no_timer_sends(void **state) {
    struct flood *t = begin(FAIL_GROUP, 2); /* the answer is lost */
    (void)state;

    size_t sent = (size_t)stats_of(t).sent;
    assert_int_equal(stats_of(t).half_open, 1);
    ikev1_engine_free(t->w.at[LEFT].ike); /* the peer is gone */
    t->w.at[LEFT].ike = NULL;
    world_run(&t->w, 120000);
    assert_int_equal(stats_of(t).sent, sent);
    assert_int_equal(stats_of(t).half_open, 0);
    end(t);
}

/* RFC 2408 2.5.3 */
static void test_flood__third_messages_with_wrong_cookies__no_key_exchange(void **state) {
    struct flood *t = begin(FAIL_GROUP, 3); /* message 3 is lost: the gate waits for it */
    struct flight *third = &t->kept[2];
    uint8_t message[DATAGRAM];
    (void)state;

    memcpy(message, third->data, third->len);
    ikev1_stats before = stats_of(t);
    for (int i = 0; i < many; i++) {
        ikev1_path path = i % 2 ? third->path : anywhere(t);
        memcpy(message, third->data, 16);
        if (i % 4 == 0)
            memset(message + 8, 0, 8); /* as if it did not know ours */
        else
            draw(t, message + 8, 8);
        shoot(t, &path, message, third->len);
    }
    assert_int_equal(t->crypto.calls, 0);
    assert_int_equal(t->out_packets, 0);
    assert_int_equal(stats_of(t).memory, before.memory);

    shoot(t, &third->path, third->data, third->len); /* the genuine one: our public value */
    assert_int_equal(t->crypto.calls, 1);
    assert_int_equal(t->out_packets, 1);
    end(t);
}

/* The shared secret is computed for the first encrypted message, and then once. */
static void test_flood__fifth_messages_of_garbage__one_shared_secret(void **state) {
    struct flood *t = begin(FAIL_GROUP, 5);
    struct flight *fifth = &t->kept[4];
    uint8_t message[DATAGRAM];
    (void)state;

    memcpy(message, fifth->data, fifth->len);
    for (int i = 0; i < many / 10; i++) {
        draw(t, message + IKEV1_HEADER_SIZE, fifth->len - IKEV1_HEADER_SIZE);
        shoot(t, &fifth->path, message, fifth->len);
    }
    assert_int_equal(t->crypto.calls, 1);
    assert_int_equal(t->out_packets, 0);
    shoot(t, &fifth->path, fifth->data, fifth->len);
    assert_int_equal(world_count(&t->w.at[GATE], false, LEDGER_UP), 1);
    assert_int_equal(t->crypto.calls, 1);
    end(t);
}

/* ---- DOS-01 ---- */

/* Every byte of a message with other bits, every length of it; shoot() counts. */
static void deform(struct flood *t, const struct flight *f) {
    static const uint8_t flips[] = {0x01, 0x80, 0xff};
    uint8_t message[DATAGRAM];
    for (size_t at = 0; at < f->len; at++) {
        for (size_t i = 0; i < COUNT(flips); i++) {
            memcpy(message, f->data, f->len);
            message[at] ^= flips[i];
            shoot(t, &f->path, message, f->len);
        }
        memcpy(message, f->data, f->len);
        shoot(t, &f->path, message, at);
        if (at >= IKEV1_HEADER_SIZE) {
            message[26] = (uint8_t)(at >> 8);
            message[27] = (uint8_t)at;
            shoot(t, &f->path, message, at);
        }
    }
}

static void test_flood__every_deformed_message__little_comes_back(void **state) {
    (void)state;
    for (size_t n = 1; n <= 9; n++) {
        struct flood *t = begin(FAIL_GROUP, n);
        ikev1_stats before = stats_of(t);
        deform(t, &t->kept[n - 1]);
        world_run(&t->w, t->w.now + 1);
        assert_true(stats_of(t).half_open <= HALF_OPEN);
        assert_true(stats_of(t).sas >= before.sas);
        end(t);
    }
}

/* ---- DOS-05 ---- */

static size_t garbage(struct flood *t, uint8_t *message, const struct flight *like) {
    static const uint8_t exchanges[] = {IKEV1_EXCHANGE_MAIN, IKEV1_EXCHANGE_QUICK,
                                        IKEV1_EXCHANGE_INFORMATIONAL, IKEV1_EXCHANGE_AGGRESSIVE};
    size_t len = IKEV1_HEADER_SIZE + 16 * (1 + rng_below(&t->rng, 20)) + rng_below(&t->rng, 2);
    draw(t, message, len);
    memcpy(message, like->data, IKEV1_HEADER_SIZE);
    message[16] = (uint8_t)rng_below(&t->rng, 24);
    message[18] = exchanges[rng_below(&t->rng, 4)];
    message[19] = rng_below(&t->rng, 4) != 0 ? IKEV1_FLAG_ENCRYPTION : 0;
    if (rng_below(&t->rng, 4) != 0)
        draw(t, message + 20, 4);
    memset(message + 24, 0, 2);
    message[26] = (uint8_t)(len >> 8);
    message[27] = (uint8_t)len;
    return len;
}

static void test_flood__garbage_for_an_established_sa__sa_stays_as_it_was(void **state) {
    struct flood *t = begin(FAIL_CIPHER, 10);
    uint8_t message[DATAGRAM];
    (void)state;

    world_run(&t->w, 60000); /* no exchange lingers any more */
    ikev1_stats before = stats_of(t);
    size_t said = t->w.at[GATE].entry_count;
    for (int i = 0; i < many; i++) {
        size_t len = garbage(t, message, &t->kept[8]);
        uint64_t calls = t->crypto.calls;
        shoot(t, &t->kept[8].path, message, len);
        assert_true(t->crypto.calls - calls <= 1); /* one decryption at most */
    }
    ikev1_stats after = stats_of(t);
    assert_int_equal(after.dropped - before.dropped, many);
    assert_int_equal(after.memory, before.memory);
    assert_int_equal(after.sas, 1);
    assert_int_equal(after.children, 1);
    assert_int_equal(t->w.at[GATE].entry_count, said);
    assert_int_equal(t->w.at[GATE].ended, 0);
    assert_int_equal(t->out_packets, 0);
    check_peer_is_served(t);
    end(t);
}

/* ---- DOS-06 ---- */

/* One of the genuine messages, or, every other time, an input of the fuzz targets: as it is, or in
 * such a message. */
static size_t original(struct flood *t, const struct flight *f, uint8_t message[CORPUS_PACKET]) {
    const struct corpus *c = corpus_load();
    if (rng_below(&t->rng, 2)) {
        const struct corpus_file *file = &c->files[rng_below(&t->rng, (uint32_t)c->count)];
        const ikev1_bytes like = {f->data, f->len};
        const size_t len =
            corpus_packet(file, (int)rng_below(&t->rng, CORPUS_FORMS), like, message);
        if (len != 0)
            return len;
    }
    memcpy(message, f->data, f->len);
    return f->len;
}

static void mixture(struct flood *t, int count) {
    uint8_t message[CORPUS_PACKET];
    for (int i = 0; i < count; i++) {
        const struct flight *f = &t->kept[rng_below(&t->rng, (uint32_t)t->kept_count)];
        ikev1_path path = rng_below(&t->rng, 2) ? f->path : anywhere(t);
        size_t len = original(t, f, message);
        for (uint32_t n = rng_below(&t->rng, 4); n > 0; n--)
            message[rng_below(&t->rng, (uint32_t)len)] ^= (uint8_t)(1 + rng_below(&t->rng, 255));
        if (rng_below(&t->rng, 4) == 0)
            len = rng_below(&t->rng, (uint32_t)len + 1);
        if (rng_below(&t->rng, 4) == 0 && len >= IKEV1_HEADER_SIZE) {
            message[26] = (uint8_t)(len >> 8);
            message[27] = (uint8_t)len;
        }
        shoot(t, &path, message, len);
    }
}

static void test_flood__mixed_malformed_messages__all_memory_comes_back(void **state) {
    struct flood *t = begin(FAIL_GROUP, 10);
    (void)state;

    const struct rng same = t->rng;
    mixture(t, many); /* tables grow to what this takes, and stay so */
    world_run(&t->w, t->w.now + ALL_GONE);
    ikev1_stats before = stats_of(t);
    assert_int_equal(before.half_open, 0);
    const size_t blocks = t->w.at[GATE].memory.live;
    t->rng = same;
    mixture(t, many);
    world_run(&t->w, t->w.now + ALL_GONE);
    ikev1_stats after = stats_of(t);
    assert_int_equal(after.half_open, 0);
    assert_int_equal(after.sas, before.sas);
    assert_int_equal(after.memory, before.memory);
    assert_int_equal(t->w.at[GATE].memory.live, blocks); /* allocated = freed */
    check_peer_is_served(t);
    end(t);
    corpus_free();
}

/* ---- DOS-11 ---- */

static void test_flood__unknown_cookies__no_answer_and_no_memory(void **state) {
    struct flood *t = begin(FAIL_ALL, 10);
    uint8_t message[DATAGRAM];
    (void)state;

    uint64_t allocations = 0;
    for (int i = 0; i < many; i++) {
        ikev1_path path = anywhere(t);
        size_t len = garbage(t, message, &t->kept[8]);
        draw(t, message, 8 + 8 * rng_below(&t->rng, 2)); /* both unknown, or one */
        message[8] |= 1;
        shoot(t, &path, message, len);
        if (i == 0) {
            allocations = t->w.at[GATE].memory.calls;
            t->crypto.calls = 0;
        }
    }
    assert_int_equal(t->w.at[GATE].memory.calls, allocations);
    assert_int_equal(t->crypto.calls, 0);
    assert_int_equal(t->out_packets, 0);
    check_peer_is_served(t);
    end(t);
}

static void test_flood__messages_that_prove_nothing__record_no_id(void **state) { /* QCK-03 */
    struct pair *p = pair_new(NULL);
    struct rng rng;
    (void)state;
    rng_init(&rng, 5);
    pair_start(p);
    pair_up(p);
    struct datagram d = *link_kept(&p->link, LINK_TO_RESPONDER, 4);
    uint8_t message[28 + 96];
    size_t bytes = 0;
    for (int i = 0; i < 1000000; i++) {
        memcpy(message, d.data, 28);
        rng_fill(&rng, message + 20, 4);
        message[18] = i % 2 ? IKEV1_EXCHANGE_QUICK : IKEV1_EXCHANGE_INFORMATIONAL;
        rng_fill(&rng, message + 28, 96);
        message[26] = 0;
        message[27] = sizeof message;
        int r = ikev1_engine_input(p->r.ike, p->now, &d.path, message, sizeof message, NULL);
        assert_int_equal(r, IKEV1_DROPPED);
        side_forget(&p->r);
        if (i == 10)
            bytes = p->r.memory.live_bytes;
    }
    assert_int_equal(p->r.memory.live_bytes, bytes);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flood__spoofed_first_messages__bounded_and_without_key_exchange),
        cmocka_unit_test(test_flood__after_it__a_newcomer_is_let_in),
        cmocka_unit_test(test_flood__half_open_and_silent__no_timer_sends),
        cmocka_unit_test(test_flood__third_messages_with_wrong_cookies__no_key_exchange),
        cmocka_unit_test(test_flood__fifth_messages_of_garbage__one_shared_secret),
        cmocka_unit_test(test_flood__every_deformed_message__little_comes_back),
        cmocka_unit_test(test_flood__garbage_for_an_established_sa__sa_stays_as_it_was),
        cmocka_unit_test(test_flood__mixed_malformed_messages__all_memory_comes_back),
        cmocka_unit_test(test_flood__unknown_cookies__no_answer_and_no_memory),
        cmocka_unit_test(test_flood__messages_that_prove_nothing__record_no_id),
    };
    const char *runs = getenv("IKEV1_RUNS");
    if (runs != NULL)
        many = atoi(runs);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
