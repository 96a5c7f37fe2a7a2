/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a packet costs among few and among many SAs, with its cryptography and without. One engine
 * keeps its SAs and the other one, which plays the peers, forgets them. The many are made while the
 * provider stands still.
 */
#include <stdio.h>
#include <stdlib.h>

#include <ikev1/openssl.h>

#include "bench_cases.h"
#include "bench_crypto.h"

enum { BATCH = 50, ROUNDS = 41, PACKETS = 9 };

static void fill(struct bench_pair *p, int role, size_t more) {
    for (; more >= BATCH; more -= BATCH) {
        if (!bench_negotiate(p, BATCH)) {
            fprintf(stderr, "a negotiation failed\n");
            exit(1);
        }
        bench_clear(&p->side[1 - role], p->now);
    }
}

/* Seconds per packet, of those a negotiation takes in both directions. */
static double packet(struct bench_pair *p, int role) {
    double took[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++) {
        p->side[role].cpu = 0;
        fill(p, role, BATCH);
        took[i] = p->side[role].cpu / (BATCH * PACKETS);
    }
    return bench_median(took, ROUNDS);
}

static struct bench_recorder providers[2];

static void set_mode(enum bench_mode mode) {
    providers[0].mode = providers[1].mode = mode;
}

static double packet_in(struct bench_pair *p, int role, enum bench_mode mode) {
    set_mode(mode);
    const double seconds = packet(p, role);
    set_mode(BENCH_IDLE);
    return seconds;
}

static void tell(const char *role, const char *what, double few, double many, size_t sas,
                 double most) {
    char text[100];
    snprintf(text, sizeof text, "a packet among 1000 SAs, %s, %s", role, what);
    bench_row(text, few * 1e6, "us", 0);
    snprintf(text, sizeof text, "among %zu, times as much", sas);
    bench_row(text, many / few, "x", most);
}

static void grow(int role, size_t sas) {
    static const char *const ROLES[] = {"initiator", "responder"};
    const struct bench_setup setup = {{&providers[0].provider, &providers[1].provider},
                                      IKEV1_GROUP_X25519,
                                      IKEV1_HASH_SHA2_256,
                                      1000};
    struct bench_pair p;
    if (!bench_pair_open(&p, &setup))
        exit(1);
    set_mode(BENCH_IDLE);
    fill(&p, role, 1000);
    const double few = packet_in(&p, role, BENCH_PASS);
    const double few_idle = packet_in(&p, role, BENCH_IDLE);
    fill(&p, role, sas - 1000 - 2 * ROUNDS * BATCH);
    const double many = packet_in(&p, role, BENCH_PASS);
    const double many_idle = packet_in(&p, role, BENCH_IDLE);
    tell(ROLES[role], "X25519", few, many, sas, 1.3);
    tell(ROLES[role], "no cryptography", few_idle, many_idle, sas, 0);
    bench_pair_close(&p);
}

void bench_growth(size_t sas) {
    for (size_t i = 0; i < 2; i++) {
        if (!bench_recorder_init(&providers[i], ikev1_openssl()))
            exit(1);
    }
    grow(BENCH_RESPONDER, sas);
    grow(BENCH_INITIATOR, sas);
    for (size_t i = 0; i < 2; i++)
        bench_recorder_free(&providers[i]);
}
