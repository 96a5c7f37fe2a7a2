/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The figures that are the same on every machine: bytes and allocations. What depends on the
 * processor is measured by examples/bench and asserted nowhere. The engines are the benchmark's.
 */
#include "bench_crypto.h"
#include "bench_host.h"
#include "support/rows.h"

enum {
    MANY = 10000,
    AT_ONCE = 250,
    LINGER = 60000,         /* ms: after that finished exchanges answer no duplicates any more */
    HALF_OPEN_MOST = 512,   /* beside the peer's SA payload */
    ESTABLISHED_MOST = 900, /* the figure is 1,024 */
};

static void open_pair(struct bench_pair *p, uint32_t half_open) {
    const ikev1_crypto *null = bench_null();
    const struct bench_setup setup = {{null, null}, IKEV1_GROUP_X25519, IKEV1_HASH_SHA1, half_open};
    assert_true(bench_pair_open(p, &setup));
}

/* The body of the SA payload that leads a first message. */
static size_t sa_body(const ikev1_packet *first) {
    const uint8_t *generic = first->data + IKEV1_HEADER_SIZE;
    assert_int_equal(first->data[16], IKEV1_PAYLOAD_SA);
    return ((size_t)generic[2] << 8 | generic[3]) - 4;
}

/* DOS-07 */
static void test_memory__half_open_responders__within_the_figure(void **state) {
    struct bench_pair p;
    uint64_t before = 0;
    size_t body = 0;
    (void)state;
    open_pair(&p, 2 * MANY);
    for (size_t done = 0; done <= MANY; done += AT_ONCE) {
        bench_connect(&p, AT_ONCE);
        body = sa_body(&p.side[BENCH_INITIATOR].packets[0]);
        bench_turn(&p.side[BENCH_RESPONDER], &p.side[BENCH_INITIATOR], p.now);
        assert_int_equal(p.side[BENCH_RESPONDER].count, AT_ONCE);
        bench_clear(&p.side[BENCH_INITIATOR], p.now);
        if (done == 0)
            before = bench_memory(&p.side[BENCH_RESPONDER]);
    }
    uint64_t each = (bench_memory(&p.side[BENCH_RESPONDER]) - before) / MANY;
    if (each > HALF_OPEN_MOST + body)
        fail_msg("%u bytes, and only %zu are the peer's", (unsigned)each, body);
    bench_pair_close(&p);
}

static void established(int role) {
    struct bench_pair p;
    struct bench_host *host = &p.side[role];
    open_pair(&p, 2 * AT_ONCE);
    assert_true(bench_negotiate(&p, AT_ONCE));
    bench_clear(&p.side[1 - role], p.now);
    bench_clear(host, p.now);
    const uint64_t before = bench_memory(host);
    for (size_t done = 0; done < MANY; done += AT_ONCE) {
        assert_true(bench_negotiate(&p, AT_ONCE));
        bench_clear(&p.side[1 - role], p.now);
    }
    ikev1_engine_tick(host->ike, p.now + LINGER);
    const uint64_t each = (bench_memory(host) - before) / MANY;
    if (each > ESTABLISHED_MOST)
        fail_msg("%u bytes", (unsigned)each);
    bench_pair_close(&p);
}

static void test_memory__established_as_responder__within_the_figure(void **state) {
    (void)state;
    established(BENCH_RESPONDER);
}

static void test_memory__established_as_initiator__within_the_figure(void **state) {
    (void)state;
    established(BENCH_INITIATOR);
}

static const struct refused {
    const char *name;
    size_t at; /* byte of a good first message that is spoiled */
    uint8_t value;
} REFUSED[] = {
    {"responder cookie of nobody", 8, 0x77},
    {"version", 17, 0x20},
    {"length of the message", 27, 1},
    {"payload type", IKEV1_HEADER_SIZE, 99},
    {"payload length", IKEV1_HEADER_SIZE + 3, 255},
    {"proposal length", IKEV1_HEADER_SIZE + 12 + 3, 255},
    {"attribute cut off", IKEV1_HEADER_SIZE + 28, 0},
    {"nothing: over the cap", 16, IKEV1_PAYLOAD_SA},
};

/* A packet that is refused allocates nothing, changes no byte count and is not answered. */
static void test_refusal__any_cause__no_allocation_and_no_answer(void **state) {
    struct bench_pair p;
    struct bench_host *responder = &p.side[BENCH_RESPONDER];
    struct bench_host *initiator = &p.side[BENCH_INITIATOR];
    uint8_t message[1024];
    (void)state;
    open_pair(&p, 1);
    bench_connect(&p, 1);
    bench_turn(responder, initiator, p.now); /* the one that fills the cap */
    bench_connect(&p, 1);
    const ikev1_packet first = initiator->packets[0];
    const ikev1_path path = {first.path.remote, first.path.local, false};
    assert_in_range(first.len, 1, sizeof message);
    for (size_t i = 0; i < COUNT(REFUSED); i++) {
        ikev1_packet answer;
        for (size_t k = 0; k < first.len; k++)
            message[k] = first.data[k];
        message[REFUSED[i].at] = REFUSED[i].value;
        const size_t allocations = responder->allocations;
        const uint64_t bytes = bench_memory(responder);
        int got = ikev1_engine_input(responder->ike, p.now, &path, message, first.len, NULL);
        bool quiet = responder->allocations == allocations && bench_memory(responder) == bytes &&
                     ikev1_engine_next_packet(responder->ike, &answer) == 0;
        if (got != IKEV1_DROPPED || !quiet)
            fail_msg("%s: %s", REFUSED[i].name, got == IKEV1_DROPPED ? "not quiet" : "accepted");
    }
    bench_pair_close(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory__half_open_responders__within_the_figure),
        cmocka_unit_test(test_memory__established_as_responder__within_the_figure),
        cmocka_unit_test(test_memory__established_as_initiator__within_the_figure),
        cmocka_unit_test(test_refusal__any_cause__no_allocation_and_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
