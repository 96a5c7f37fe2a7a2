/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every way that small stories can go with an attacker for a network (FRM-01): see
 * support/explore.h for what he can do, and below for what he cannot bring about. A path that leads
 * to a broken rule is printed, the shortest there is.
 *
 *     build/tests/test_explorer                           as STORIES say
 *     IKEV1_MORE=4 build/tests/test_explorer              four choices deeper: check_explorer.sh
 *     IKEV1_MORE=6 IKEV1_STORY=0 build/tests/test_explorer
 */
#include "support/explore.h"
#include "support/rows.h"

#define MINUTE (UINT64_C(60) * 1000)

/* ---- what must hold in every state ---- */

static const struct fact *peer_sa(const struct explored *x, const struct fact *f) {
    for (size_t i = 0; i < x->fact_count; i++) {
        const struct fact *o = &x->facts[i];
        if (o->station != f->station && !o->child &&
            memcmp(o->sa.cookies, f->sa.cookies, sizeof f->sa.cookies) == 0)
            return o;
    }
    return NULL;
}

static const struct fact *peer_pair(const struct explored *x, const struct fact *f) {
    for (size_t i = 0; i < x->fact_count; i++) {
        const struct fact *o = &x->facts[i];
        if (o->station != f->station && o->child && o->pair.spi_in == f->pair.spi_out)
            return o;
    }
    return NULL;
}

/* Has the station sent a protected message of phase 1 under these cookies? */
static bool has_proved(const struct explored *x, uint8_t station, const struct view_sa *sa) {
    for (size_t i = 0; i < x->sent_count; i++) {
        const struct sent *s = &x->sent[i];
        const uint8_t *m = x->bytes + s->at;
        if (s->to != station && memcmp(m, sa->cookies, sizeof sa->cookies) == 0 &&
            m[18] == sa->exchange && (m[19] & 1) != 0)
            return true;
    }
    return false;
}

/* Who is up, is up with who says the same. Whoever hears the last message of phase 1 knows that
 * the other is up; the other knows that its peer has proved itself (of Main Mode the responder, of
 * Aggressive Mode the initiator, whose peer has by message 2, in the clear). */
static void authentic_sa(struct explored *x, const struct fact *f) {
    const struct station *s = &x->w.at[f->station];
    const struct fact *o = peer_sa(x, f);
    const bool last_to_hear = f->sa.initiator != x->story->aggressive;
    world_hold(&x->w, s, o != NULL || !last_to_hear, "who hears the last message knows it is up");
    world_hold(&x->w, s, o != NULL || x->story->aggressive || has_proved(x, f->station, &f->sa),
               "no SA is up whose peer has not proved itself");
    const char *other = o != NULL ? view_sa_differs(&f->sa, &o->sa) : NULL;
    world_hold(&x->w, s, other == NULL, other);
    other = o != NULL && !x->w.tampered ? view_sa_open_differs(&f->sa, &o->sa) : NULL;
    world_hold(&x->w, s, other == NULL, other);
}

/* The initiator of a Quick Mode is up when the responder waits for its traffic, the responder when
 * the initiator is up. */
static void authentic_pair(struct explored *x, const struct fact *f) {
    const struct station *s = &x->w.at[f->station];
    const struct fact *o = peer_pair(x, f);
    if (f->state != LEDGER_UP)
        return;
    world_hold(&x->w, s, o != NULL && (f->pair.initiator || o->state == LEDGER_UP),
               "a pair is up with a pair");
    if (o == NULL)
        return;
    const char *other = o->state == LEDGER_UP ? view_child_differs(&f->pair, &o->pair) : NULL;
    world_hold(&x->w, s, other == NULL, other);
    world_hold(&x->w, s, memcmp(&f->pair.out, &o->pair.in, sizeof f->pair.out) == 0,
               "what one sends by is what the other receives by");
}

static bool same_keys(const struct view_keys *a, const struct view_keys *b) {
    return a->encryption != 0 && memcmp(a, b, sizeof *a) == 0;
}

/* No cookies, no SPI and no keys come up twice, on the same station or on the other. */
static void once(struct explored *x, const struct fact *a, const struct fact *b) {
    const bool same = a->station == b->station;
    bool twice;
    if (a->child != b->child)
        return;
    if (!a->child)
        twice = same && memcmp(a->sa.cookies, b->sa.cookies, sizeof a->sa.cookies) == 0;
    else if (same)
        twice = a->pair.spi_in == b->pair.spi_in || same_keys(&a->pair.in, &b->pair.in) ||
                same_keys(&a->pair.out, &b->pair.out);
    else
        twice = same_keys(&a->pair.in, &b->pair.in);
    world_hold(&x->w, &x->w.at[a->station], !twice, "nothing comes up twice");
}

static uint32_t message_id(const uint8_t *m) {
    return (uint32_t)m[20] << 24 | (uint32_t)m[21] << 16 | (uint32_t)m[22] << 8 | m[23];
}

/* How many Quick Modes have there been? Their messages differ, their IDs do not. */
static size_t quick_modes(const struct explored *x) {
    size_t count = 0;
    for (size_t i = 0; i < x->sent_count; i++) {
        const uint8_t *m = x->bytes + x->sent[i].at;
        bool before = m[18] != IKEV1_EXCHANGE_QUICK;
        for (size_t k = 0; k < i && !before; k++) {
            const uint8_t *o = x->bytes + x->sent[k].at;
            before = o[18] == IKEV1_EXCHANGE_QUICK && message_id(o) == message_id(m);
        }
        count += !before;
    }
    return count;
}

/* A Quick Mode has one initiator and one responder, and each of them gets one pair from it. */
static void check_injective(struct explored *x) {
    size_t pairs[2] = {0, 0};
    const size_t most = quick_modes(x);
    for (size_t i = 0; i < x->fact_count; i++)
        pairs[x->facts[i].station] += x->facts[i].child;
    for (int n = 0; n < 2; n++)
        world_hold(&x->w, &x->w.at[n], pairs[n] <= most, "a Quick Mode makes one pair");
    world_hold(&x->w, &x->w.at[0], !x->story->stranger || x->fact_count == 0,
               "who does not have the key gets nowhere");
}

static void check_agreement(struct explored *x) {
    world_check_views(&x->w);
    for (size_t i = 0; i < x->fact_count; i++) {
        const struct fact *f = &x->facts[i];
        if (f->child)
            authentic_pair(x, f);
        else
            authentic_sa(x, f);
        for (size_t k = i + 1; k < x->fact_count; k++)
            once(x, f, &x->facts[k]);
    }
}

static const struct ledger_entry *sa_of(const struct station *s, const struct ledger_entry *e) {
    for (size_t i = 0; i < s->entry_count; i++)
        if (s->entries[i].handle == e->sa)
            return &s->entries[i];
    return NULL;
}

/* Where there is XAUTH, nothing is up before it. */
static void check_access(struct explored *x) {
    for (int n = 0; n < 2 && x->story->access; n++) {
        const struct station *s = &x->w.at[n];
        for (size_t i = 0; i < s->entry_count; i++) {
            const struct ledger_entry *e = &s->entries[i];
            if (!e->child || (e->state != LEDGER_INBOUND && e->state != LEDGER_UP))
                continue;
            const struct ledger_entry *sa = sa_of(s, e);
            world_hold(&x->w, s, sa != NULL && sa->verified, "Quick Mode is closed before XAUTH");
        }
    }
}

/* Each first message, and each that was spoilt, may have made one SA; and a heap has its bound. */
static void check_bounds(struct explored *x) {
    const size_t spoilt = (size_t)(x->story->budget.spoil - x->left.spoil);
    for (int n = 0; n < 2; n++) {
        ikev1_stats stats = {.size = sizeof stats};
        ikev1_engine_stats(x->w.at[n].ike, &stats);
        world_hold(&x->w, &x->w.at[n], stats.sas <= x->firsts + spoilt, "SAs have their reason");
        world_hold(&x->w, &x->w.at[n], stats.memory <= 96 * 1024, "memory has its bound");
    }
}

static size_t begun(const struct station *s) {
    return world_count(s, false, LEDGER_BEGUN) + world_count(s, true, LEDGER_BEGUN) +
           world_count(s, true, LEDGER_INBOUND);
}

static bool pair_is_up(const struct explored *x) {
    const struct station *l = &x->w.at[0], *r = &x->w.at[1];
    for (size_t i = 0; i < l->entry_count; i++) {
        const struct ledger_entry *a = &l->entries[i];
        for (size_t k = 0; a->child && a->state == LEDGER_UP && k < r->entry_count; k++) {
            const struct ledger_entry *b = &r->entries[k];
            if (b->child && b->state == LEDGER_UP && a->as_child.spi_in == b->as_child.spi_out)
                return true;
        }
    }
    return false;
}

/* The network is cut: what has begun ends. */
static void check_ends(struct explored *x) {
    explore_run(x, 3 * MINUTE, false);
    for (int n = 0; n < 2; n++) {
        const struct station *s = &x->w.at[n];
        ikev1_stats stats = {.size = sizeof stats};
        ikev1_engine_stats(s->ike, &stats);
        world_hold(&x->w, s, begun(s) == 0 && stats.half_open == 0, "what has begun ends");
    }
}

/* The network is honest again and both sides want to be connected: they come together. A side may
 * believe in what the other has lost, until it ends; so the host closes what it has. */
static void check_heals(struct explored *x) {
    for (int n = 0; n < 2; n++) {
        ikev1_delete(x->w.at[n].ike, x->w.now, IKEV1_ALL);
        world_drain(&x->w, n);
    }
    explore_run(x, 1, true);
    world_connect(&x->w, 0);
    explore_run(x, MINUTE, true);
    world_check_views(&x->w);
    world_hold(&x->w, &x->w.at[0], pair_is_up(x) || x->story->stranger,
               "an honest network brings them together");
}

static void (*const CHECKS[])(struct explored *x) = {
    check_agreement, check_injective, check_access, check_bounds, check_ends, check_heals, NULL};

/* ---- the stories ---- */

#define STRANGER                                                                                   \
    {                                                                                              \
        .reflect = 1, .spoil = 1, .wait = 1, .connect = { 1, 0 }                                   \
    }

static const struct story STORIES[] = {
    {.name = "one connects",
     .budget = {.reflect = 1, .spoil = 1, .wait = 2, .connect = {1, 0}},
     .depth = 8},
    {.name = "both connect", .budget = {.wait = 1, .connect = {1, 1}}, .depth = 6},
    {.name = "one is lost", .budget = {.wait = 1, .connect = {2, 0}, .lose = {1, 1}}, .depth = 8},
    {.name = "Aggressive Mode",
     .budget = {.reflect = 1, .spoil = 1, .wait = 2, .connect = {1, 0}},
     .aggressive = true,
     .depth = 8},
    {.name = "both connect by Aggressive Mode",
     .budget = {.connect = {1, 1}},
     .aggressive = true,
     .depth = 6},
    {.name = "without the key", .budget = STRANGER, .stranger = true, .depth = 6},
    {.name = "without the key, by Aggressive Mode",
     .budget = STRANGER,
     .stranger = true,
     .aggressive = true,
     .depth = 6},
    {.name = "up, closed and renewed",
     .budget = {.reflect = 1, .spoil = 1, .wait = 1, .remove = {1, 1}, .renew = {1, 1}},
     .up = true,
     .depth = 3},
    {.name = "XAUTH and Mode Config",
     .budget = {.reflect = 1, .wait = 1, .connect = {1, 0}},
     .access = true,
     .depth = 14},
};

enum { MOST_STATES = 4000000 };

static size_t number(const char *name, size_t otherwise) {
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static void explore_story(size_t which) {
    const struct story *story = &STORIES[which];
    struct found found;
    if (number("IKEV1_STORY", which) != which)
        return;
    explore(story, story->depth + number("IKEV1_MORE", 0), MOST_STATES, CHECKS, &found);
    print_message("%s: %zu states, %zu transitions, %zu choices deep%s; at most %zu bytes a side\n",
                  story->name, found.states, found.transitions, found.depth,
                  found.whole ? ", all there are" : "", found.most_memory);
    if (found.broken != NULL) {
        explore_print(&found);
        fail_msg("%s: %s", story->name, found.broken);
    }
    assert_false(found.full);
}

static void test_explorer__every_story__rules_hold_in_every_state(void **state) { /* FRM-01 */
    (void)state;
    for (size_t i = 0; i < COUNT(STORIES); i++)
        explore_story(i);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_explorer__every_story__rules_hold_in_every_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
