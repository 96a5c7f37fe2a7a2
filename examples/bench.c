/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures the library: what a negotiation costs beside its cryptography, packets, bytes, growth.
 * Prints a table, or JSON. Absolute times belong to the machine; ratios, bytes and counts do not.
 *
 *     bench [--json] [--large] [PART ...]      parts: ratios not-crypto packets bytes growth
 *
 * --large lets the SAs grow to 1,000,000 (some 2 GB) instead of 100,000. The instructions of one
 * side that are not cryptography, to be divided by the negotiations made:
 *
 *     valgrind --tool=callgrind --collect-atstart=no --toggle-collect=bench_responder \
 *         bench instructions
 *
 * examples/bench.sh runs all of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_cases.h"
#include "bench_crypto.h"

static bool json, any;

void bench_row(const char *what, double value, const char *unit, double most) {
    const char *verdict = most == 0 ? "" : value <= most ? "reached" : "MISSED";
    if (json)
        printf("%s\n  {\"what\": \"%s\", \"value\": %.4g, \"unit\": \"%s\", \"most\": %.4g}",
               any ? "," : "", what, value, unit, most);
    else if (most != 0)
        printf("%-74s %10.5g %-3s <= %-6g %s\n", what, value, unit, most, verdict);
    else
        printf("%-74s %10.5g %s\n", what, value, unit);
    any = true;
    fflush(stdout);
}

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *values, size_t count) {
    qsort(values, count, sizeof *values, by_size);
    return values[count / 2];
}

/* Negotiations for whoever counts the instructions of bench_responder() or bench_initiator(). */
static void instructions(void) {
    enum { TIMES = 20, BATCH = 50 };
    const ikev1_crypto *null = bench_null();
    const struct bench_setup setup = {{null, null}, IKEV1_GROUP_X25519, IKEV1_HASH_SHA1, 1000};
    struct bench_pair p;
    if (!bench_pair_open(&p, &setup))
        exit(1);
    for (int i = 0; i < TIMES; i++) {
        if (!bench_negotiate(&p, BATCH))
            exit(1);
        bench_clear(&p.side[0], p.now);
        bench_clear(&p.side[1], p.now);
    }
    bench_row("negotiations made", TIMES * BATCH, "", 0);
    bench_pair_close(&p);
}

static bool large;

static void growth(void) {
    bench_growth(large ? 1000000 : 100000);
}

static const struct {
    const char *name;
    void (*run)(void);
    bool asked_only;
} PARTS[] = {
    {"ratios", bench_ratios, false},   {"not-crypto", bench_not_crypto, false},
    {"packets", bench_packets, false}, {"bytes", bench_bytes, false},
    {"growth", growth, false},         {"instructions", instructions, true},
};

enum { PART_COUNT = sizeof PARTS / sizeof *PARTS };

/* Which parts the command line asks for; false when it asks for something else. */
static bool read_options(int argc, char **argv, bool *wanted) {
    bool named = false;
    for (int i = 1; i < argc; i++) {
        bool known = strcmp(argv[i], "--json") == 0 || strcmp(argv[i], "--large") == 0;
        json |= strcmp(argv[i], "--json") == 0;
        large |= strcmp(argv[i], "--large") == 0;
        for (size_t k = 0; k < PART_COUNT; k++) {
            if (strcmp(argv[i], PARTS[k].name) == 0)
                known = named = wanted[k] = true;
        }
        if (!known)
            return false;
    }
    for (size_t k = 0; k < PART_COUNT && !named; k++)
        wanted[k] = !PARTS[k].asked_only;
    return true;
}

int main(int argc, char **argv) {
    bool wanted[PART_COUNT] = {false};
    if (!read_options(argc, argv, wanted)) {
        fprintf(stderr, "usage: bench [--json] [--large] [ratios] [not-crypto] [packets] [bytes] "
                        "[growth] [instructions]\n");
        return 2;
    }
    if (json)
        printf("[");
    for (size_t k = 0; k < PART_COUNT; k++) {
        if (wanted[k])
            PARTS[k].run();
    }
    if (json)
        printf("\n]\n");
    return 0;
}
