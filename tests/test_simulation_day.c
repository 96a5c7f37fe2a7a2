/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A day of two engines in fake time, by a seed: both send a packet a minute through whatever pair
 * of IPsec SAs is theirs and connect on demand, while SAs are replaced, the link loses up to 40 %,
 * doubles and reorders, and one side or both lose their memory. After every step: both ends agree
 * on every row of support/view.c (FRM-02), each handle has its events once and in order, what only
 * one end has is gone within a lifetime, what was lost is found again, there are never more SAs
 * than replacements account for, and over a link that loses nothing no packet is without an SA. At
 * the end nothing is left. Mission P5, RTX, the lifetimes of RFC 2407 4.5.
 *
 *     build/tests/test_simulation_day                        a sample, as tests/run.sh does
 *     IKEV1_RUNS=10000 build/tests/test_simulation_day       all of them
 *     IKEV1_SEED=n build/tests/test_simulation_day           one that failed, alone
 */
#include "support/rows.h"
#include "support/world.h"

#define SECOND UINT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

#define MOST_SILENCE                                                                               \
    (2 * HOUR) /* at 40 % loss, with restarts: the longest of 10,000 days is 56 minutes */

enum { SAMPLE = 60, MOST_PAIRS = 16 };

struct day {
    struct rng rng;
    unsigned loss, twice, late; /* percent */
    bool fair;                  /* nothing is lost and nobody restarts */
    ikev1_time quiet_until;     /* after a restart: until then packets may be without an SA */
    ikev1_time heard[2];        /* when a packet last came to the station */
    ikev1_time longest;         /* without one */
    size_t pairs, sent, arrived;
};

static bool happens(struct day *d, unsigned percent) {
    return rng_below(&d->rng, 100) < percent;
}

static bool carry(struct world *w, struct flight *f) {
    struct day *d = w->user;
    f->at = w->now + 10;
    if (happens(d, d->loss))
        return false;
    if (happens(d, d->twice)) {
        struct flight copy = *f;
        copy.at += rng_below(&d->rng, 3000);
        world_throw(w, &copy);
    }
    if (happens(d, d->late))
        f->at += rng_below(&d->rng, 2000);
    return true;
}

/* ---- traffic ---- */

/* The newest pair that is up: what a kernel sends by. */
static struct ledger_entry *outbound(struct station *s) {
    struct ledger_entry *best = NULL;
    for (size_t i = 0; i < s->entry_count; i++) {
        struct ledger_entry *e = &s->entries[i];
        if (e->child && e->state == LEDGER_UP && (best == NULL || e->since >= best->since))
            best = e;
    }
    return best;
}

static struct ledger_entry *inbound(struct station *s, uint32_t spi) {
    for (size_t i = 0; i < s->entry_count; i++) {
        struct ledger_entry *e = &s->entries[i];
        if (e->child && e->as_child.spi_in == spi &&
            (e->state == LEDGER_UP || e->state == LEDGER_INBOUND))
            return e;
    }
    return NULL;
}

static void report(struct world *w, int n, const struct ledger_entry *e) {
    struct station *s = &w->at[n];
    int r = e->state == LEDGER_UP ? ikev1_child_traffic(s->ike, w->now, e->handle, &e->traffic)
                                  : IKEV1_OK;
    world_hold(w, s, r == IKEV1_OK, "traffic of a pair that is up is taken");
    world_drain(w, n);
}

static void send_data(struct world *w, int n) {
    struct day *d = w->user;
    struct station *from = &w->at[n], *to = &w->at[1 - n];
    struct ledger_entry *e = outbound(from);
    if (e == NULL) {
        int r = ikev1_outbound(from->ike, w->now, WORLD_RULE);
        world_hold(w, from, r == IKEV1_PENDING, "a packet without an SA leads to one");
        world_drain(w, n);
        return;
    }
    d->sent++;
    e->traffic.packets_out++;
    e->traffic.bytes_out += 100;
    const uint32_t spi = e->as_child.spi_out;
    report(w, n, e);
    if (happens(d, d->loss))
        return;
    struct ledger_entry *at = inbound(to, spi);
    bool calm = d->fair || (d->loss == 0 && w->now > d->quiet_until);
    world_hold(w, to, !calm || at != NULL, "a packet finds its SA, before, while and after");
    if (at == NULL)
        return;
    d->arrived++;
    if (d->heard[1 - n] != 0 && w->now - d->heard[1 - n] > d->longest)
        d->longest = w->now - d->heard[1 - n];
    world_hold(w, to, d->longest <= MOST_SILENCE, "both ends find each other again");
    d->heard[1 - n] = w->now;
    at->traffic.packets_in++;
    at->traffic.bytes_in += 100;
    report(w, 1 - n, at);
}

/* ---- what must hold after every step ---- */

static const struct ledger_entry *other_end(const struct station *s, const struct ledger_entry *e) {
    for (size_t i = s->entry_count; i-- > 0;) {
        const struct ledger_entry *o = &s->entries[i];
        if (o->child && o->as_child.spi_in == e->as_child.spi_out &&
            o->as_child.spi_out == e->as_child.spi_in)
            return o;
    }
    return NULL;
}

static void watch_pair(struct world *w, struct station *s, const struct station *o,
                       const struct ledger_entry *e) {
    const struct ledger_entry *far = other_end(o, e);
    bool there = far != NULL && far->state != LEDGER_ENDED;
    world_hold(w, s, there || w->now - e->since <= (s->life_2 + 10) * SECOND,
               "what only one end has is gone within its lifetime");
}

static void watch(struct world *w) {
    struct day *d = w->user;
    world_check_views(w);
    for (int n = 0; n < 2; n++) {
        struct station *s = &w->at[n];
        size_t pairs = 0;
        for (size_t i = 0; i < s->entry_count; i++) {
            const struct ledger_entry *e = &s->entries[i];
            if (!e->child || e->state != LEDGER_UP)
                continue;
            pairs++;
            watch_pair(w, s, &w->at[1 - n], e);
        }
        d->pairs = pairs > d->pairs ? pairs : d->pairs;
        world_hold(w, s, pairs <= MOST_PAIRS, "replaced pairs go");
        world_hold(w, s, !d->fair || pairs <= 3, "and soon, where nothing is lost");
    }
}

/* ---- a day ---- */

/* What has ended long ago makes room. */
static void forget(struct station *s, ikev1_time now) {
    size_t kept = 0;
    for (size_t i = 0; i < s->entry_count; i++) {
        const struct ledger_entry *e = &s->entries[i];
        if (e->state != LEDGER_ENDED || (e->since != 0 && now - e->since < 6 * HOUR))
            s->entries[kept++] = *e;
    }
    s->entry_count = kept;
}

static void set_up(struct world *w, struct day *d) {
    static const unsigned LOSS[] = {0, 0, 5, 20, 40};
    struct rng *r = &d->rng;
    d->loss = LOSS[rng_below(r, COUNT(LOSS))];
    d->twice = rng_below(r, 2) ? 10 : 0;
    d->late = rng_below(r, 2) ? 20 : 0;
    d->fair = d->loss == 0 && rng_below(r, 2) != 0;
    const uint32_t life_1 = 3600 + 60 * rng_below(r, 400), life_2 = 600 + 60 * rng_below(r, 50);
    for (int n = 0; n < 2; n++) {
        struct station *s = &w->at[n];
        s->life_1 = life_1;
        s->life_2 = life_2;
        s->rekey = (uint8_t)rng_below(r, 2); /* IKEV1_REKEY_OWN, _ALWAYS */
        s->reconnect = rng_below(r, 2) != 0;
        s->keep_children = d->fair || rng_below(r, 2) != 0;
        s->pfs_group = life_1 % 7 == 0 ? IKEV1_GROUP_X25519 : 0;
        s->config.timing.rekey_jitter = 1 + rng_below(r, 100);
        s->config.log = NULL;
    }
}

static void restart(struct world *w, struct day *d) {
    int n = (int)rng_below(&d->rng, 2);
    world_hold(w, &w->at[n], world_start(w, n) == IKEV1_OK, "an engine starts again");
    d->quiet_until = w->now + 2 * HOUR;
}

static void live(struct world *w, struct day *d) {
    const ikev1_time end = w->now + 24 * HOUR;
    ikev1_time next_restart = w->now + rng_below(&d->rng, 24 * 60) * MINUTE;
    unsigned restarts = d->fair ? 0 : rng_below(&d->rng, 4);
    d->quiet_until = w->now + 2 * MINUTE;
    int first = (int)rng_below(&d->rng, 3); /* 2: both at once */
    for (int n = 0; n < 2; n++)
        if (first == n || first == 2)
            world_connect(w, n);
    world_run(w, w->now + (d->fair ? 200 : MINUTE));
    while (w->now < end && w->broken == NULL) {
        world_run(w, w->now + 30 * SECOND + rng_below(&d->rng, 30000));
        for (int n = 0; n < 2; n++)
            send_data(w, n);
        if (restarts != 0 && w->now >= next_restart) {
            restarts--;
            restart(w, d);
            next_restart = w->now + rng_below(&d->rng, 8 * 60) * MINUTE;
        }
        forget(&w->at[0], w->now);
        forget(&w->at[1], w->now);
    }
}

struct tally {
    size_t runs, sent, arrived, pairs, replaced;
    ikev1_time longest;
};

static void run(uint64_t seed, struct tally *t) {
    struct day d = {0};
    struct world *w = malloc(sizeof *w);
    assert_non_null(w);
    world_init(w, 1000 * seed);
    rng_init(&d.rng, seed);
    w->carry = carry;
    w->watch = watch;
    w->user = &d;
    set_up(w, &d);
    for (int n = 0; n < 2; n++)
        assert_int_equal(world_start(w, n), IKEV1_OK);
    live(w, &d);
    for (int n = 0; n < 2; n++) {
        world_close(w, n);
        t->replaced += w->at[n].replaced;
    }
    world_end(w);
    if (w->broken != NULL)
        fail_msg("IKEV1_SEED=%llu (%u %% lost%s), at %llu s: %s: %s does not hold",
                 (unsigned long long)seed, d.loss, d.fair ? ", fair" : "",
                 (unsigned long long)(w->now / SECOND), w->who, w->broken);
    t->runs++;
    t->sent += d.sent;
    t->arrived += d.arrived;
    t->pairs = d.pairs > t->pairs ? d.pairs : t->pairs;
    t->longest = d.longest > t->longest ? d.longest : t->longest;
    free(w);
}

static uint64_t number(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static void test_simulation__a_day__holds_after_every_step(void **state) {
    struct tally t = {0};
    const uint64_t only = number("IKEV1_SEED", 0);
    const uint64_t first = only != 0 ? only : number("IKEV1_FIRST", 1);
    const uint64_t end = only != 0 ? only + 1 : first + number("IKEV1_RUNS", SAMPLE);
    (void)state;
    for (uint64_t seed = first; seed < end; seed++)
        run(seed, &t);
    print_message(
        "%zu days: %zu packets, %zu arrived, %zu SAs replaced; at most %zu pairs at once, "
        "%llu s without a packet\n",
        t.runs, t.sent, t.arrived, t.replaced, t.pairs, (unsigned long long)(t.longest / SECOND));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_simulation__a_day__holds_after_every_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
