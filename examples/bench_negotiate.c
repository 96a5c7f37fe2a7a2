/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole negotiations. The floor of one is what its calls to the provider cost when they are made
 * again with nothing in between; both are measured by turns, so that a processor that changes its
 * mind about its speed does not matter.
 */
#include <stdio.h>
#include <stdlib.h>

#include <ikev1/openssl.h>

#include "bench_cases.h"
#include "bench_crypto.h"

/* Negotiations that run side by side: more of them, and what they hold leaves the nearest cache. */
enum { ROUNDS = 101, BATCH = 16 };

static const struct {
    const char *name;
    uint16_t group, hash;
    double most;
} SUITES[] = {
    {"MODP-2048 AES-128 SHA1", IKEV1_GROUP_MODP2048, IKEV1_HASH_SHA1, 1.03},
    {"ECP-256 AES-128 SHA2-256", IKEV1_GROUP_ECP256, IKEV1_HASH_SHA2_256, 1.10},
    {"X25519 AES-128 SHA2-256", IKEV1_GROUP_X25519, IKEV1_HASH_SHA2_256, 1.10},
};

static const char *const ROLES[] = {"initiator", "responder"};

/* One batch; what `role` took, in seconds. Nothing is left of it. */
static double one_batch(struct bench_pair *p, int role) {
    p->side[role].cpu = 0;
    if (!bench_negotiate(p, BATCH)) {
        fprintf(stderr, "a negotiation failed\n");
        exit(1);
    }
    double took = p->side[role].cpu;
    for (int i = 0; i < 2; i++)
        bench_clear(&p->side[i], p->now);
    return took;
}

static void report(size_t suite, int role, double *whole, double *ratio) {
    char what[100];
    double seconds = bench_median(whole, ROUNDS);
    snprintf(what, sizeof what, "%s, %s: negotiations per second", SUITES[suite].name, ROLES[role]);
    bench_row(what, 1 / seconds, "/s", 0);
    snprintf(what, sizeof what, "%s, %s: CPU / bare cryptography", SUITES[suite].name, ROLES[role]);
    bench_row(what, bench_median(ratio, ROUNDS), "x",
              role == BENCH_RESPONDER ? SUITES[suite].most : 0);
}

static void measure(size_t suite, int role) {
    static struct bench_recorder recorder;
    const ikev1_crypto *real = ikev1_openssl();
    struct bench_setup setup = {{real, real}, SUITES[suite].group, SUITES[suite].hash, 100000};
    struct bench_pair plain, recorded;
    double whole[ROUNDS], ratio[ROUNDS];
    bool ready = bench_recorder_init(&recorder, real) && bench_pair_open(&plain, &setup);
    setup.crypto[role] = &recorder.provider;
    if (!ready || !bench_pair_open(&recorded, &setup)) {
        fprintf(stderr, "no memory, or no provider\n");
        exit(1);
    }
    recorder.mode = BENCH_RECORD;
    bool agreed = bench_negotiate(&recorded, BATCH);
    recorder.mode = BENCH_PASS;
    one_batch(&plain, role);
    for (size_t i = 0; agreed && i < ROUNDS; i++) {
        const double start = bench_seconds();
        agreed = bench_replay(&recorder);
        const double floor = bench_seconds() - start;
        const double took = one_batch(&plain, role);
        whole[i] = took / BATCH;
        ratio[i] = took / floor;
    }
    if (!agreed) {
        fprintf(stderr, "the recorded negotiations failed\n");
        exit(1);
    }
    report(suite, role, whole, ratio);
    bench_pair_close(&plain);
    bench_pair_close(&recorded);
    bench_recorder_free(&recorder);
}

/* What an idle host has computed before, nobody waits for. */
static void measure_ahead(size_t suite) {
    const ikev1_crypto *real = ikev1_openssl();
    const struct bench_setup setup = {
        {real, real}, SUITES[suite].group, SUITES[suite].hash, 100000};
    struct bench_pair p;
    char what[100];
    double ratio[ROUNDS];
    if (!bench_pair_open(&p, &setup))
        exit(1);
    for (size_t i = 0; i < ROUNDS; i++) {
        const double without = one_batch(&p, BENCH_RESPONDER);
        int made;
        while ((made = ikev1_engine_prepare(p.side[BENCH_RESPONDER].ike, setup.group, BATCH)) == 1)
            continue;
        if (made != 0)
            exit(1);
        ratio[i] = one_batch(&p, BENCH_RESPONDER) / without;
    }
    snprintf(what, sizeof what, "%s, responder: key pairs ready / not", SUITES[suite].name);
    bench_row(what, bench_median(ratio, ROUNDS), "x", 0);
    bench_pair_close(&p);
}

void bench_ratios(void) {
    for (size_t i = 0; i < sizeof SUITES / sizeof *SUITES; i++) {
        measure(i, BENCH_RESPONDER);
        measure(i, BENCH_INITIATOR);
        measure_ahead(i);
    }
}

void bench_not_crypto(void) {
    const ikev1_crypto *null = bench_null();
    const struct bench_setup setup = {{null, null}, IKEV1_GROUP_X25519, IKEV1_HASH_SHA1, 100000};
    struct bench_pair p;
    double took[ROUNDS];
    if (!bench_pair_open(&p, &setup))
        exit(1);
    for (int role = BENCH_RESPONDER; role >= BENCH_INITIATOR; role--) {
        char what[100];
        one_batch(&p, role);
        for (size_t i = 0; i < ROUNDS; i++)
            took[i] = one_batch(&p, role) / BATCH;
        snprintf(what, sizeof what, "all but cryptography, %s", ROLES[role]);
        bench_row(what, bench_median(took, ROUNDS) * 1e6, "us", role == BENCH_RESPONDER ? 8 : 0);
    }
    bench_pair_close(&p);
}
