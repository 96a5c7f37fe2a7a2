/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a packet costs among few and among many SAs, without cryptography, which would hide it. One
 * engine keeps its SAs and the other one, which plays the peers, forgets them.
 */
#include <stdio.h>
#include <stdlib.h>

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

static void grow(int role, size_t sas) {
    static const char *const ROLES[] = {"initiator", "responder"};
    const ikev1_crypto *null = bench_null();
    const struct bench_setup setup = {{null, null}, IKEV1_GROUP_X25519, IKEV1_HASH_SHA1, 1000};
    struct bench_pair p;
    char what[100];
    if (!bench_pair_open(&p, &setup))
        exit(1);
    fill(&p, role, 1000);
    const double few = packet(&p, role);
    fill(&p, role, sas - 1000 - ROUNDS * BATCH);
    const double many = packet(&p, role);
    snprintf(what, sizeof what, "a packet among 1000 SAs, %s", ROLES[role]);
    bench_row(what, few * 1e9, "ns", 0);
    snprintf(what, sizeof what, "a packet among %zu SAs, %s: times as much", sas, ROLES[role]);
    bench_row(what, many / few, "x", 1.3);
    bench_pair_close(&p);
}

void bench_growth(size_t sas) {
    grow(BENCH_RESPONDER, sas);
    grow(BENCH_INITIATOR, sas);
}
