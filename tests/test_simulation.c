/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two engines in fake time over a link that loses, doubles, delays and corrupts, by a seed. After
 * each run all that began has come up or has ended, once; what is up on both sides is the same or
 * crossed in every row of support/view.c (FRM-02); nothing is left over. IKEV1_SEED=n runs that
 * seed alone.
 *
 * IKEv1 has no way to know that the last message of an exchange has arrived: with loss one side may
 * be up while the other has given up (RFC 2409 5.5). Such runs are counted, and happen only with
 * loss; the lifetime ends them.
 */
#include "support/rows.h"
#include "support/world.h"

#define MINUTE (UINT64_C(60) * 1000)
#define HOUR   (60 * MINUTE)

enum { SEEDS = 60, SETTLED_MINUTES = 15 };

struct weather {
    const char *name;
    unsigned loss, twice, late, corrupt; /* percent */
    struct rng rng;
};

static bool happens(struct weather *a, unsigned percent) {
    return rng_below(&a->rng, 100) < percent;
}

/* One datagram on its way: 10 ms, or up to two seconds. */
static bool carry(struct world *w, struct flight *f) {
    struct weather *a = w->user;
    f->at = w->now + 10;
    if (happens(a, a->loss))
        return false;
    if (happens(a, a->twice)) {
        struct flight copy = *f;
        copy.at += rng_below(&a->rng, 3000);
        world_throw(w, &copy);
    }
    if (happens(a, a->late))
        f->at += rng_below(&a->rng, 2000);
    if (happens(a, a->corrupt)) {
        w->tampered = true;
        f->data[rng_below(&a->rng, (uint32_t)f->len)] ^= (uint8_t)(1u << rng_below(&a->rng, 8));
    }
    return true;
}

/* What a test does to its world, between its beginning and 15 quiet minutes. */
typedef void (*story)(struct world *w, struct rng *r);

struct tally {
    size_t runs, both, neither, half;
};

static size_t begun(const struct station *s) {
    return world_count(s, false, LEDGER_BEGUN) + world_count(s, true, LEDGER_BEGUN) +
           world_count(s, true, LEDGER_INBOUND);
}

static void count_outcome(const struct world *w, struct tally *t) {
    size_t left = world_count(&w->at[0], true, LEDGER_UP);
    size_t right = world_count(&w->at[1], true, LEDGER_UP);
    t->runs++;
    t->both += left == right && left != 0;
    t->neither += left == 0 && right == 0;
    t->half += left != right;
}

static void check_settled(struct world *w) {
    ikev1_stats stats = {.size = sizeof stats};
    for (int n = 0; n < 2; n++) {
        const struct station *s = &w->at[n];
        ikev1_engine_stats(s->ike, &stats);
        world_hold(w, s, begun(s) == 0, "what began is up or has ended within 15 minutes");
        world_hold(w, s, stats.half_open == 0, "nothing is half open for ever");
        world_hold(w, s, stats.sas == world_count(s, false, LEDGER_UP), "SAs are those reported");
        world_hold(w, s, stats.children == world_count(s, true, LEDGER_UP),
                   "children are those reported");
    }
    world_check_views(w);
}

/* One run to its end; what it broke is printed with its seed and fails the test. */
static void run(const char *name, const struct weather *weather, uint64_t seed, story tell,
                struct tally *t) {
    struct weather air = *weather;
    struct world *w = malloc(sizeof *w);
    struct rng r;
    assert_non_null(w);
    world_init(w, 1000 * seed);
    rng_init(&air.rng, seed);
    rng_init(&r, ~seed);
    w->carry = carry;
    w->user = &air;
    for (int n = 0; n < 2; n++) {
        w->at[n].rekey = IKEV1_REKEY_OFF;
        assert_int_equal(world_start(w, n), IKEV1_OK);
    }
    tell(w, &r);
    world_run(w, w->now + SETTLED_MINUTES * MINUTE);
    check_settled(w);
    count_outcome(w, t);
    world_run(w, w->now + 9 * HOUR); /* the longest lifetime is 8 */
    for (int n = 0; n < 2; n++) {
        const struct station *s = &w->at[n];
        world_hold(w, s, world_count(s, false, LEDGER_UP) == 0, "lifetimes end");
        world_close(w, n);
    }
    world_end(w);
    const char *who = w->who, *broken = w->broken;
    free(w);
    if (broken != NULL)
        fail_msg("%s, %s: IKEV1_SEED=%llu: %s: %s does not hold", name, air.name,
                 (unsigned long long)seed, who, broken);
}

static const struct weather WEATHERS[] = {
    {.name = "fair"},
    {.name = "doubled and late", .twice = 30, .late = 30},
    {.name = "20 % lost", .loss = 20, .twice = 5, .late = 10},
    {.name = "40 % lost", .loss = 40, .twice = 5, .late = 10},
    {.name = "corrupted", .corrupt = 20, .late = 5},
    {.name = "all of it", .loss = 25, .twice = 15, .late = 20, .corrupt = 15},
};

static void run_all(const char *name, story tell, struct tally tallies[COUNT(WEATHERS)]) {
    const char *only = getenv("IKEV1_SEED");
    uint64_t first = only != NULL ? strtoull(only, NULL, 10) : 1;
    uint64_t end = only != NULL ? first + 1 : 1 + SEEDS;
    memset(tallies, 0, COUNT(WEATHERS) * sizeof *tallies);
    for (size_t i = 0; i < COUNT(WEATHERS); i++) {
        for (uint64_t seed = first; seed < end; seed++)
            run(name, &WEATHERS[i], seed, tell, &tallies[i]);
        print_message("%s, %s: %zu runs: %zu both up, %zu neither, %zu one side only\n", name,
                      WEATHERS[i].name, tallies[i].runs, tallies[i].both, tallies[i].neither,
                      tallies[i].half);
    }
}

/* ---- one side connects ---- */

static void connect_once(struct world *w, struct rng *r) {
    w->at[0].natt = w->at[1].natt = rng_below(r, 2) ? IKEV1_NATT_AUTO : IKEV1_NATT_OFF;
    w->at[0].pfs_group = w->at[1].pfs_group = rng_below(r, 2) ? IKEV1_GROUP_X25519 : 0;
    world_connect(w, 0);
}

static void test_simulation__one_side_connects__both_up_or_told_why(void **state) {
    struct tally t[COUNT(WEATHERS)];
    (void)state;
    run_all("one side connects", connect_once, t);
    assert_int_equal(t[0].both, t[0].runs);
    assert_int_equal(t[1].both, t[1].runs);
    for (size_t i = 2; i < COUNT(WEATHERS); i++)
        assert_true(t[i].half <= t[i].runs / 2);
}

/* ---- both at once ---- */

static void connect_both(struct world *w, struct rng *r) {
    world_connect(w, 0);
    world_run(w, w->now + rng_below(r, 60));
    world_connect(w, 1);
}

static void test_simulation__both_connect__every_connection_up(void **state) {
    struct tally t[COUNT(WEATHERS)];
    (void)state;
    run_all("both connect", connect_both, t);
    assert_int_equal(t[0].both, t[0].runs);
    assert_int_equal(t[1].both, t[1].runs);
}

/* ---- an engine is lost and comes again ---- */

static void lose_one(struct world *w, struct rng *r) {
    world_connect(w, 0);
    for (int i = 0; i < 3; i++) {
        world_run(w, w->now + rng_below(r, 20000));
        int n = (int)rng_below(r, 2);
        world_hold(w, &w->at[n], world_start(w, n) == IKEV1_OK, "an engine starts again");
        world_connect(w, n);
    }
    world_run(w, w->now + 5 * MINUTE);
    world_start(w, 0);
    world_start(w, 1);
    w->now += MINUTE; /* what was on its way is of no interest to them */
    world_connect(w, 0);
}

static void test_simulation__engines_restart__the_last_connection_is_up(void **state) {
    struct tally t[COUNT(WEATHERS)];
    (void)state;
    run_all("restarts", lose_one, t);
    assert_int_equal(t[0].both, t[0].runs);
    assert_int_equal(t[1].both, t[1].runs);
}

/* ---- deletes ---- */

static void delete_something(struct world *w, struct rng *r) {
    int n = (int)rng_below(r, 2);
    struct station *s = &w->at[n];
    if (s->entry_count == 0)
        return;
    const struct ledger_entry *e = &s->entries[rng_below(r, (uint32_t)s->entry_count)];
    ikev1_handle sa = e->child ? e->sa : e->handle;
    if (rng_below(r, 3) == 0 && world_count(s, false, LEDGER_UP) != 0) {
        world_child(w, n, sa);
        return;
    }
    int status = ikev1_delete(s->ike, w->now, e->handle);
    world_hold(w, s, (status == IKEV1_E_STALE) == (e->state == LEDGER_ENDED),
               "only what has ended is stale");
    world_drain(w, n);
}

static void delete_often(struct world *w, struct rng *r) {
    for (int i = 0; i < 12 && w->broken == NULL; i++) {
        if (rng_below(r, 3) == 0)
            world_connect(w, (int)rng_below(r, 2));
        world_run(w, w->now + rng_below(r, 40) * rng_below(r, 500));
        delete_something(w, r);
    }
}

static void test_simulation__deletes_from_either_side__nothing_left_over(void **state) {
    struct tally t[COUNT(WEATHERS)];
    (void)state;
    run_all("deletes", delete_often, t);
    assert_int_equal(t[0].half, 0);
}

/* ---- hours of it ---- */

/* The host connects again when what it had has ended. */
static void many_hours(struct world *w, struct rng *r) {
    const struct weather *air = w->user;
    bool fair = air->loss == 0 && air->corrupt == 0;
    for (int n = 0; n < 2; n++) {
        w->at[n].lifetime = IKEV1_LIFETIME_CLAIM; /* so that both know which is the shorter */
        w->at[n].life_1 = 7200 + 60 * rng_below(r, 10);
        w->at[n].life_2 = 600 + 60 * rng_below(r, 10);
    }
    ikev1_time end = w->now + 6 * HOUR;
    while (w->now < end && w->broken == NULL) {
        if (world_count(&w->at[0], true, LEDGER_UP) == 0 && begun(&w->at[0]) == 0) {
            world_connect(w, 0);
            world_run(w, w->now + MINUTE);
            const struct station *s = &w->at[1]; /* a pair ends with its ISAKMP SA */
            world_hold(w, s,
                       !fair || world_count(s, true, LEDGER_UP) == 1 ||
                           world_count(s, false, LEDGER_UP) == 0,
                       "connecting again leads to one pair");
        }
        world_run(w, w->now + MINUTE);
        world_check_views(w);
    }
}

static void test_simulation__hours_of_expiry__connected_again_each_time(void **state) {
    struct tally t[COUNT(WEATHERS)];
    (void)state;
    run_all("hours", many_hours, t);
    assert_int_equal(t[0].half, 0);
    assert_int_equal(t[1].half, 0);
}

/* ---- a Quick Mode that ends between its second message and its third ---- */

static bool lose_third(struct world *w, struct flight *f) {
    (void)w;
    f->at = w->now + 10;
    bool third = f->to == 1 && f->data[18] == IKEV1_EXCHANGE_QUICK && f->len < 100;
    return !third || w->user == NULL;
}

/* The initiator has its pair with message 2. Whoever then gives up has to say so: the peer would
 * use SAs that nobody has (RFC 2408 5.15). */
static void end_between(bool closed_by_host) {
    struct world w;
    bool lossy = !closed_by_host;
    world_init(&w, 1);
    w.carry = lose_third;
    w.user = lossy ? &lossy : NULL;
    world_start(&w, 0);
    world_start(&w, 1);
    world_connect(&w, 0);
    world_run(&w, 75); /* message 2 has left, and message 3 has not come */
    assert_int_equal(world_count(&w.at[1], true, LEDGER_INBOUND), 1);
    if (closed_by_host)
        assert_int_equal(ikev1_delete(w.at[1].ike, w.now, w.at[1].entries[1].handle), IKEV1_OK);
    world_drain(&w, 1);
    world_run(&w, 10 * MINUTE);
    assert_int_equal(world_count(&w.at[1], true, LEDGER_ENDED), 1);
    assert_int_equal(world_count(&w.at[0], true, LEDGER_UP), 0);
    world_end(&w);
    assert_null(w.broken);
}

static void test_simulation__closed_before_the_third_message__peer_is_told(void **state) {
    (void)state;
    end_between(true);
}

static void test_simulation__third_message_never_comes__peer_is_told(void **state) {
    (void)state;
    end_between(false);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_simulation__one_side_connects__both_up_or_told_why),
        cmocka_unit_test(test_simulation__both_connect__every_connection_up),
        cmocka_unit_test(test_simulation__engines_restart__the_last_connection_is_up),
        cmocka_unit_test(test_simulation__deletes_from_either_side__nothing_left_over),
        cmocka_unit_test(test_simulation__closed_before_the_third_message__peer_is_told),
        cmocka_unit_test(test_simulation__third_message_never_comes__peer_is_told),
        cmocka_unit_test(test_simulation__hours_of_expiry__connected_again_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
