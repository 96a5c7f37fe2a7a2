/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both ends begin at the same time, by a seed that draws who is first and by how much, how long
 * each datagram takes, so that they arrive in any order, what is lost and what comes twice, and how
 * both replace what they have. Each schedule comes to rest, with both ends agreed, makes no more
 * SAs than its hours account for, and ends the same way when it is run again (PH1-14).
 *
 *     build/tests/test_crossing                         a sample, as tests/run.sh does
 *     IKEV1_RUNS=100000 build/tests/test_crossing       all of them
 *     IKEV1_SEED=n build/tests/test_crossing            one that failed, alone
 */
#include "support/rows.h"
#include "support/world.h"

#define SECOND UINT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

enum {
    SAMPLE = 600,
    HOURS = 3,
    LIFE_1 = 3600, /* seconds */
    LIFE_2 = 1200,
    AGAIN = 20, /* one of so many is run twice */
    /* What each side may come to until it rests: its own attempt and the peer's, each once more
     * when the first led nowhere. */
    MOST_AT_FIRST = 4,
    /* In three hours: of 100,000 schedules the most are 10 and 16. */
    MOST_SAS = 16,
    MOST_PAIRS = 24,
};

struct schedule {
    struct rng rng;
    unsigned loss, twice;
    uint32_t slowest, between; /* ms: of a datagram; from the first ikev1_connect() to the second */
    size_t carried;
};

struct tally {
    size_t runs, both, neither, half, most_sas, most_pairs, carried;
};

static bool happens(struct schedule *s, unsigned percent) {
    return rng_below(&s->rng, 100) < percent;
}

static bool carry(struct world *w, struct flight *f) {
    struct schedule *s = w->user;
    s->carried++;
    f->at = w->now + 1 + rng_below(&s->rng, s->slowest);
    if (happens(s, s->loss))
        return false;
    if (happens(s, s->twice)) {
        struct flight copy = *f;
        copy.at += 1 + rng_below(&s->rng, s->slowest);
        world_throw(w, &copy);
    }
    return true;
}

static size_t all(const struct station *s, bool child) {
    size_t count = 0;
    for (size_t i = 0; i < s->entry_count; i++)
        count += s->entries[i].child == child;
    return count;
}

static size_t begun(const struct station *s) {
    return world_count(s, false, LEDGER_BEGUN) + world_count(s, true, LEDGER_BEGUN) +
           world_count(s, true, LEDGER_INBOUND);
}

static void draw(struct world *w, struct schedule *s) {
    static const uint32_t SLOWEST[] = {1, 20, 300, 4000, 12000}, BETWEEN[] = {1, 30, 1000, 10000};
    static const unsigned LOSS[] = {0, 0, 0, 10, 25};
    struct rng *r = &s->rng;
    s->slowest = SLOWEST[rng_below(r, COUNT(SLOWEST))];
    s->between = rng_below(r, BETWEEN[rng_below(r, COUNT(BETWEEN))]);
    s->loss = LOSS[rng_below(r, COUNT(LOSS))];
    s->twice = rng_below(r, 2) ? 10 : 0;
    const bool aggressive = rng_below(r, 3) == 0;
    const uint8_t natt = rng_below(r, 2) ? IKEV1_NATT_AUTO : IKEV1_NATT_OFF;
    const uint16_t pfs = rng_below(r, 2) ? IKEV1_GROUP_X25519 : 0;
    for (int n = 0; n < 2; n++) {
        struct station *at = &w->at[n];
        at->aggressive = aggressive;
        at->natt = natt;
        at->pfs_group = pfs;
        at->life_1 = LIFE_1;
        at->life_2 = LIFE_2;
        at->rekey = (uint8_t)rng_below(r, 3); /* IKEV1_REKEY_OWN, _ALWAYS, _OFF */
        at->config.log = NULL;
    }
}

/* Nothing is open any more, and of what there is both ends know the same. */
static void check_rest(struct world *w, const struct schedule *s, struct tally *t) {
    size_t pairs[2];
    for (int n = 0; n < 2; n++) {
        const struct station *at = &w->at[n];
        pairs[n] = world_count(at, true, LEDGER_UP);
        world_hold(w, at, begun(at) == 0, "what began is up or has ended");
        world_hold(w, at, all(at, false) <= MOST_AT_FIRST, "no more SAs than attempts");
        world_hold(w, at, all(at, true) <= MOST_AT_FIRST, "no more pairs than attempts");
        world_hold(w, at, s->loss != 0 || pairs[n] != 0, "where nothing is lost both are up");
    }
    world_hold(w, &w->at[0], s->loss != 0 || pairs[0] == pairs[1], "both count the same pairs");
    world_check_views(w);
    t->both += pairs[0] != 0 && pairs[0] == pairs[1];
    t->neither += pairs[0] == 0 && pairs[1] == 0;
    t->half += pairs[0] != pairs[1];
}

static void check_hours(struct world *w, struct tally *t) {
    for (int n = 0; n < 2; n++) {
        const struct station *at = &w->at[n];
        const size_t sas = all(at, false), pairs = all(at, true);
        world_hold(w, at, sas <= MOST_SAS,
                   "ISAKMP SAs are replaced when they are due, not in turns");
        world_hold(w, at, pairs <= MOST_PAIRS,
                   "pairs are replaced when they are due, not in turns");
        t->most_sas = sas > t->most_sas ? sas : t->most_sas;
        t->most_pairs = pairs > t->most_pairs ? pairs : t->most_pairs;
    }
}

/* All that both engines have said and sent, in one number. */
static uint64_t digest(const struct world *w, const struct schedule *s) {
    uint64_t h = s->carried;
    for (int n = 0; n < 2; n++) {
        for (size_t i = 0; i < w->at[n].entry_count; i++) {
            const struct ledger_entry *e = &w->at[n].entries[i];
            const uint64_t spis =
                e->child ? (uint64_t)e->as_child.spi_in << 32 | e->as_child.spi_out : 0;
            const uint64_t parts[] = {e->handle, e->state, (uint64_t)(int64_t)e->code, spis,
                                      e->since};
            for (size_t k = 0; k < COUNT(parts); k++)
                h = (h ^ parts[k]) * UINT64_C(0x100000001b3);
        }
    }
    return h;
}

static uint64_t run(uint64_t seed, struct tally *t) {
    struct schedule s = {0};
    struct world *w = malloc(sizeof *w);
    assert_non_null(w);
    world_init(w, 1000 * seed);
    rng_init(&s.rng, seed);
    w->carry = carry;
    w->user = &s;
    draw(w, &s);
    for (int n = 0; n < 2; n++)
        assert_int_equal(world_start(w, n), IKEV1_OK);
    const int first = (int)rng_below(&s.rng, 2);
    world_connect(w, first);
    world_run(w, w->now + s.between);
    world_connect(w, 1 - first);
    world_run(w, w->now + 10 * MINUTE);
    check_rest(w, &s, t);
    world_run(w, w->now + HOURS * HOUR);
    check_hours(w, t);
    const uint64_t said = digest(w, &s);
    for (int n = 0; n < 2; n++)
        world_close(w, n);
    world_end(w);
    if (w->broken != NULL)
        fail_msg("IKEV1_SEED=%llu: %s: %s does not hold", (unsigned long long)seed, w->who,
                 w->broken);
    t->runs++;
    t->carried += s.carried;
    free(w);
    return said;
}

static uint64_t number(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static void test_crossing__any_schedule__rests_agreed_and_replaces_when_due(void **state) {
    struct tally t = {0}, again = {0};
    const uint64_t only = number("IKEV1_SEED", 0);
    const uint64_t first = only != 0 ? only : number("IKEV1_FIRST", 1);
    const uint64_t end = only != 0 ? only + 1 : first + number("IKEV1_RUNS", SAMPLE);
    (void)state;
    for (uint64_t seed = first; seed < end; seed++) {
        const uint64_t said = run(seed, &t);
        if (seed % AGAIN == 0)
            assert_true(run(seed, &again) == said);
    }
    print_message("%zu schedules, %zu datagrams: %zu both up, %zu neither, %zu one side only; at "
                  "most %zu ISAKMP SAs and %zu pairs of one side in %d hours\n",
                  t.runs, t.carried, t.both, t.neither, t.half, t.most_sas, t.most_pairs, HOURS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crossing__any_schedule__rests_agreed_and_replaces_when_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
