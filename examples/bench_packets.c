/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single packets: decoded, refused, accepted; and the bytes that what they make weighs. Decoding is
 * the one thing that needs the library's own headers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <malloc.h>

#include <ikev1/openssl.h>

#include "bench_cases.h"
#include "bench_crypto.h"
#include "wire/wire.h"

enum { ROUNDS = 21, BATCH = 2000, SA_BODY = 52, FIRST = 180 };

static void open_pair(struct bench_pair *p, const ikev1_crypto *crypto, uint32_t half_open) {
    const struct bench_setup setup = {
        {crypto, crypto}, IKEV1_GROUP_X25519, IKEV1_HASH_SHA1, half_open};
    if (!bench_pair_open(p, &setup)) {
        fprintf(stderr, "no memory\n");
        exit(1);
    }
}

/* ---- decode ---- */

/* A first message of 180 bytes: one transform and four vendor IDs, as a gateway sends it. */
static void write_first(uint8_t *out) {
    static const uint8_t HEAD[] = {1, 2, 3, 4,  5, 6, 7, 8, 0, 0, 0, 0, 0, 0,
                                   0, 0, 1, 16, 2, 0, 0, 0, 0, 0, 0, 0, 0, FIRST};
    static const uint8_t SA[] = {13,   0,  0,    56,  0,    0,  0, 1,   0,    0,  0, 1, /* SA */
                                 0,    0,  0,    44,  1,    1,  0, 1, /* proposal */
                                 0,    0,  0,    36,  1,    1,  0, 0, /* transform */
                                 0x80, 1,  0,    7,   0x80, 14, 0, 128, 0x80, 2,  0, 2,
                                 0x80, 3,  0,    1,   0x80, 4,  0, 14,  0x80, 11, 0, 1,
                                 0x80, 12, 0x70, 0x80};
    memset(out, 0xa5, FIRST);
    memcpy(out, HEAD, sizeof HEAD);
    memcpy(out + sizeof HEAD, SA, sizeof SA);
    uint8_t *vendor = out + sizeof HEAD + sizeof SA;
    for (int i = 0; i < 4; i++, vendor += 24) {
        const uint8_t generic[] = {i < 3 ? 13 : 0, 0, 0, 24};
        memcpy(vendor, generic, sizeof generic);
    }
}

static void decode(void) {
    enum { TIMES = 20000 };
    uint8_t message[FIRST];
    double took[ROUNDS];
    write_first(message);
    const ikev1_bytes whole = {message, sizeof message};
    const ikev1_bytes body = {message + IKEV1_HEADER_SIZE, sizeof message - IKEV1_HEADER_SIZE};
    for (size_t round = 0; round < ROUNDS; round++) {
        const double start = bench_seconds();
        for (int i = 0; i < TIMES; i++) {
            struct ike_header h;
            struct ike_chain chain;
            ikev1_why why;
            if (ike_header_decode(&h, whole, &why) != IKEV1_OK ||
                ike_chain_decode(&chain, h.next, body, 0, &why) != IKEV1_OK || chain.count != 5) {
                fprintf(stderr, "the message is not what it should be\n");
                exit(1);
            }
        }
        took[round] = (bench_seconds() - start) / TIMES;
    }
    bench_row("decode a first message of 180 bytes", bench_median(took, ROUNDS) * 1e9, "ns", 200);
}

/* ---- refuse ---- */

static void refuse(const char *what, struct bench_pair *p, const uint8_t *message) {
    const ikev1_path path = {{4, {192, 0, 2, 1}, 500}, {4, {192, 0, 2, 2}, 500}, false};
    struct bench_host *host = &p->side[BENCH_RESPONDER];
    double took[ROUNDS];
    size_t before = 0;
    for (size_t round = 0; round < ROUNDS; round++) {
        const double start = bench_seconds();
        for (int i = 0; i < BATCH; i++) {
            if (ikev1_engine_input(host->ike, p->now, &path, message, FIRST, NULL) !=
                IKEV1_DROPPED) {
                fprintf(stderr, "%s: not refused\n", what);
                exit(1);
            }
        }
        took[round] = (bench_seconds() - start) / BATCH;
        if (round == 0) /* what the engine makes room for once is none of the packet's */
            before = host->allocations;
    }
    char text[100];
    snprintf(text, sizeof text, "refuse a packet: %s", what);
    bench_row(text, bench_median(took, ROUNDS) * 1e6, "us", 0.3);
    ikev1_packet answer;
    snprintf(text, sizeof text, "refuse a packet: %s, allocations and answers", what);
    bench_row(text,
              (double)(host->allocations - before) + ikev1_engine_next_packet(host->ike, &answer),
              "", 0.5);
}

static void refuse_all(void) {
    struct bench_pair p;
    open_pair(&p, ikev1_openssl(), 1);
    uint8_t message[FIRST], unknown[FIRST], malformed[FIRST];
    write_first(message);
    memcpy(unknown, message, FIRST);
    memset(unknown + 8, 0x77, 8); /* responder cookie */
    memcpy(malformed, message, FIRST);
    malformed[IKEV1_HEADER_SIZE + 56 + 3] = 3; /* shorter than its own header */
    refuse("unknown cookies", &p, unknown);
    refuse("malformed", &p, malformed);
    bench_connect(&p, 1);
    bench_turn(&p.side[BENCH_RESPONDER], &p.side[BENCH_INITIATOR], p.now);
    refuse("over the cap", &p, message);
    bench_pair_close(&p);
}

/* ---- accept ---- */

static void accept_first(void) {
    struct bench_pair p;
    open_pair(&p, ikev1_openssl(), 1000000);
    struct bench_host *responder = &p.side[BENCH_RESPONDER];
    double took[ROUNDS];
    for (size_t round = 0; round < ROUNDS; round++) {
        bench_connect(&p, 256);
        responder->cpu = 0;
        bench_turn(responder, &p.side[BENCH_INITIATOR], p.now);
        took[round] = responder->cpu / 256;
        bench_clear(&p.side[BENCH_INITIATOR], p.now);
        p.now += 100000; /* the half-open ones give up */
        ikev1_engine_tick(responder->ike, p.now);
        bench_clear(responder, p.now);
    }
    bench_row("accept a new first message", bench_median(took, ROUNDS) * 1e6, "us", 4);
    bench_pair_close(&p);
}

void bench_packets(void) {
    decode();
    refuse_all();
    accept_first();
}

/* ---- bytes ---- */

enum { MANY = 10000, AT_ONCE = 250 };

struct weight {
    uint64_t asked; /* as the engine counts */
    size_t taken;   /* as malloc does, with what it needs for itself */
};

static struct weight weigh(const struct bench_host *host) {
    const struct mallinfo2 info = mallinfo2();
    return (struct weight){bench_memory(host), info.uordblks + info.hblkhd};
}

static void weight_rows(const char *what, const struct weight *before, const struct weight *after,
                        double most) {
    char text[100];
    snprintf(text, sizeof text, "bytes of %s", what);
    bench_row(text, (double)(after->asked - before->asked) / MANY, "B", most);
    snprintf(text, sizeof text, "bytes of %s, with malloc's own", what);
    bench_row(text, (double)(after->taken - before->taken) / MANY, "B", 0);
}

/* `most` without the SA payload, which differs from peer to peer. */
static void half_open(void) {
    struct bench_pair p;
    open_pair(&p, bench_null(), 2 * MANY);
    struct bench_host *responder = &p.side[BENCH_RESPONDER];
    struct weight before, after;
    for (size_t i = 0; i <= MANY / AT_ONCE; i++) {
        bench_connect(&p, AT_ONCE);
        bench_turn(responder, &p.side[BENCH_INITIATOR], p.now);
        bench_clear(&p.side[BENCH_INITIATOR], p.now);
        if (i == 0) /* tables and queues that every engine has */
            before = weigh(responder);
    }
    after = weigh(responder);
    weight_rows("a half-open responder, SA payload of 52 included", &before, &after, 512 + SA_BODY);
    bench_pair_close(&p);
}

static void established(int role) {
    static const char *const NAMES[] = {"an established SA with its pair, initiator",
                                        "an established SA with its pair, responder"};
    struct bench_pair p;
    open_pair(&p, bench_null(), 1000);
    struct bench_host *host = &p.side[role];
    struct weight before, fresh, after;
    for (size_t i = 0; i <= MANY / AT_ONCE; i++) {
        if (!bench_negotiate(&p, AT_ONCE))
            exit(1);
        bench_clear(&p.side[1 - role], p.now);
        if (i == 0) { /* tables and queues that every engine has */
            bench_clear(host, p.now);
            before = weigh(host);
        }
    }
    fresh = weigh(host);
    ikev1_engine_tick(host->ike, p.now + 60000);
    after = weigh(host);
    weight_rows(NAMES[role], &before, &after, 1024);
    char text[100];
    snprintf(text, sizeof text, "bytes of %s, in its first 30 s", NAMES[role]);
    bench_row(text, (double)(fresh.asked - before.asked) / MANY, "B", 0);
    bench_pair_close(&p);
}

void bench_bytes(void) {
    half_open();
    established(BENCH_RESPONDER);
    established(BENCH_INITIATOR);
}
