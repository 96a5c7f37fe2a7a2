/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key pairs computed ahead: used by both sides, in every mode, the oldest first, each once, and
 * wiped; bounded; out of the reach of first messages. Mission B10, B1, P8; DOS-02, MEM-01, MEM-08.
 */
#include <ikev1/export.h>

#include "api/api.h"
#include "support/arena.h"
#include "support/pair.h"

enum { GROUP = IKEV1_GROUP_X25519, SIZE = 32, CALLS = 64 };

/* ---- a provider that is watched: what X25519 was asked for, in its order ---- */

struct call {
    const void *instance;
    bool agree;
    uint8_t seed[SIZE], peer[SIZE], out[SIZE];
};

static struct spy {
    const ikev1_group_alg *real;
    ikev1_group_alg group;
    const ikev1_group_alg *groups[8];
    struct call calls[CALLS];
    size_t count;
    int status; /* of generate() */
} spy;

static int remember(struct call call, const uint8_t *seed, const uint8_t *out) {
    assert_true(spy.count < CALLS);
    memcpy(call.seed, seed, SIZE);
    memcpy(call.out, out, SIZE);
    spy.calls[spy.count++] = call;
    return IKEV1_OK;
}

static int generate(void *instance, const uint8_t *seed, uint8_t *out) {
    if (spy.status != IKEV1_OK)
        return spy.status;
    assert_int_equal(spy.real->generate(instance, seed, out), IKEV1_OK);
    return remember((struct call){.instance = instance}, seed, out);
}

static int agree(void *instance, const uint8_t *seed, const uint8_t *peer, uint8_t *out) {
    struct call call = {.instance = instance, .agree = true};
    memcpy(call.peer, peer, SIZE);
    int r = spy.real->agree(instance, seed, peer, out);
    return r == IKEV1_OK ? remember(call, seed, out) : r;
}

static void watch(struct pair *p) {
    const ikev1_group_alg *const *groups = p->i.null.provider.groups;
    spy = (struct spy){.status = IKEV1_OK};
    for (size_t i = 0; groups[i] != NULL; i++) {
        spy.groups[i] = groups[i];
        if (groups[i]->id != GROUP)
            continue;
        spy.real = groups[i];
        spy.group = *groups[i];
        spy.group.generate = generate;
        spy.group.agree = agree;
        spy.groups[i] = &spy.group;
    }
    p->i.null.provider.groups = p->r.null.provider.groups = spy.groups;
}

/* The nth call of a kind by an engine, from 0; NULL = there was none. */
static const struct call *call_of(const struct side *s, bool to_agree, size_t nth) {
    for (size_t i = 0; i < spy.count; i++) {
        const struct call *c = &spy.calls[i];
        if (c->instance == s->ike->s.ctx.crypto.instance && c->agree == to_agree && nth-- == 0)
            return c;
    }
    return NULL;
}

static size_t calls_of(const struct side *s, bool to_agree) {
    size_t count = 0;
    while (call_of(s, to_agree, count) != NULL)
        count++;
    return count;
}

static uint32_t ready(const struct side *s) {
    ikev1_stats stats = {.size = sizeof stats};
    assert_int_equal(ikev1_engine_stats(s->ike, &stats), IKEV1_OK);
    return stats.key_pairs;
}

/* As an idle host does. */
static void prepare(struct side *s, uint32_t most) {
    int r;
    while ((r = ikev1_engine_prepare(s->ike, GROUP, most)) == 1) {
    }
    ROW_EQUAL(s->name, r, 0);
    ROW_EQUAL(s->name, ready(s), most);
}

static struct pair *watched(const struct pair_kind *kind) {
    struct pair *p = pair_new(NULL);
    pair_by(p, kind->auth, kind->mode);
    p->i.phase2.pfs_group = p->r.phase2.pfs_group = GROUP;
    watch(p);
    return p;
}

static struct pair *started(void) {
    struct pair *p = watched(&pair_kinds[0]);
    pair_start(p);
    return p;
}

/* ---- used ---- */

/* The nth secret is made of the nth pair, and the peer was told its public value. */
static void expect_in_order(const char *row, const struct side *s, const struct side *peer,
                            size_t count) {
    ROW_EQUAL(row, calls_of(s, false), count);
    ROW_EQUAL(row, calls_of(s, true), count);
    for (size_t i = 0; i < count; i++) {
        const struct call *made = call_of(s, false, i), *used = call_of(s, true, i);
        ROW_EQUAL(row, memcmp(made->seed, used->seed, SIZE), 0);
        ROW_EQUAL(row, memcmp(made->out, call_of(peer, true, i)->peer, SIZE), 0);
        for (size_t k = 0; k < i; k++)
            ROW_EQUAL(row, memcmp(made->seed, call_of(s, false, k)->seed, SIZE) != 0, true);
    }
}

static void test_ahead__every_mode_and_pfs__the_oldest_each_once(void **state) { /* B10 */
    (void)state;
    for (size_t k = 0; k < 2 * PAIR_KINDS; k++) {
        const char *row = pair_kinds[k / 2].name;
        struct pair *p = watched(&pair_kinds[k / 2]);
        struct side *s = k % 2 ? &p->r : &p->i, *peer = k % 2 ? &p->i : &p->r;
        pair_start(p);
        prepare(s, 5);
        ROW_EQUAL(row, spy.count, 5);
        pair_up(p);
        ROW_EQUAL(row, ready(s), 3); /* phase 1 and Quick Mode */
        ROW_EQUAL(row, calls_of(s, false), 5);
        ROW_EQUAL(row, calls_of(peer, false), 2);
        for (int more = 0; more < 3; more++) {
            assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), PAIR_RULE, NULL),
                             IKEV1_OK);
            pair_run(p);
        }
        pair_check_up(p, 4);
        ROW_EQUAL(row, ready(s), 0);
        expect_in_order(row, s, peer, 5);
        expect_in_order(row, peer, s, 5);
        pair_free(p);
    }
}

static void test_ahead__none_ready__computed_as_without(void **state) {
    struct pair *p = started();
    (void)state;
    prepare(&p->r, 1);
    pair_up(p);
    assert_int_equal(ready(&p->r), 0);
    expect_in_order("one for phase 1, none for Quick Mode", &p->r, &p->i, 2);
    pair_free(p);
}

static void test_ahead__second_attempt__another_pair(void **state) {
    struct pair *p = started();
    (void)state;
    prepare(&p->i, 4);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_step(p);
    pair_step(p); /* message 2 */
    link_rule(&p->link, LINK_TO_INITIATOR, LINK_DROP, 0, 0);
    while (side_attempts(&p->r) < 2) /* ikev1_timing.retry_count */
        pair_wait(p, 100);
    link_clear(&p->link);
    pair_wait(p, 120000);
    pair_check_children(p, 1);
    assert_int_equal(ready(&p->i), 1); /* of each attempt, and of Quick Mode */
    const struct call *used = call_of(&p->i, true, 0);
    assert_memory_equal(used->seed, call_of(&p->i, false, 1)->seed, SIZE);
    pair_free(p);
}

/* The rest of Diffie-Hellman is elsewhere: it is asked for the secret, with the pair's seed. */
static size_t dh_asked;
static ikev1_ask dh_ask;
static uint8_t dh_result[SIZE];

static int dh(void *user, const ikev1_question *q, const ikev1_dh *what, ikev1_bytes *answer) {
    const uint8_t *seed = what->seed.data;
    (void)user, (void)answer;
    assert_int_equal(what->peer.len != 0 ? spy.real->agree(NULL, seed, what->peer.data, dh_result)
                                         : spy.real->generate(NULL, seed, dh_result),
                     IKEV1_OK);
    dh_asked++;
    dh_ask = q->ask;
    return IKEV1_PENDING;
}

static void answer_dh(struct pair *p) {
    const ikev1_answer answer = {
        .size = sizeof answer, .kind = IKEV1_QUESTION_DH, .dh = {dh_result, SIZE}};
    assert_int_equal(ikev1_engine_answer(p->r.ike, p->now, dh_ask, &answer), IKEV1_OK);
    pair_run(p);
}

static struct pair *asking(void) {
    struct pair *p = watched(&pair_kinds[0]);
    dh_asked = 0;
    p->r.policy.dh = dh;
    pair_start(p);
    return p;
}

static void test_ahead__dh_answered_later__asked_for_the_secret_only(void **state) { /* B2 */
    struct pair *p = asking();
    (void)state;
    prepare(&p->r, 2);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    answer_dh(p);
    assert_int_equal(dh_asked, 2);
    answer_dh(p);
    pair_check_up(p, 1);
    assert_int_equal(dh_asked, 2);
    assert_int_equal(ready(&p->r), 0);
    pair_free(p);
}

/* A seed that has gone elsewhere to be computed is the negotiation's own. */
static void test_ahead__ready_after_the_question__left_alone(void **state) { /* B2 */
    struct pair *p = asking();
    (void)state;
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    assert_int_equal(dh_asked, 1); /* for the public value */
    prepare(&p->r, 1);
    answer_dh(p);
    assert_int_equal(ready(&p->r), 1);
    answer_dh(p);
    assert_int_equal(ready(&p->r), 0); /* Quick Mode's */
    answer_dh(p);
    pair_check_up(p, 1);
    assert_int_equal(dh_asked, 3);
    pair_free(p);
}

static void test_ahead__imported_elsewhere__no_pair_goes_along(void **state) { /* B6 */
    static const uint8_t key[IKEV1_SEAL_KEY] = {1};
    const ikev1_bytes label = {NULL, 0};
    struct pair *p = started();
    uint8_t blob[8192];
    size_t len = sizeof blob;
    (void)state;
    pair_up(p);
    prepare(&p->r, 3);
    assert_int_equal(ikev1_export(p->r.ike, p->now, side_sa(&p->r), key, label, blob, &len),
                     IKEV1_OK);
    assert_int_equal(ready(&p->r), 3);
    ikev1_engine_free(p->r.ike);
    side_forget(&p->r);
    assert_int_equal(pair_start_side(&p->r), IKEV1_OK);
    assert_int_equal(ikev1_import(p->r.ike, p->now, key, label, (ikev1_bytes){blob, len}, 0, NULL),
                     IKEV1_OK);
    assert_int_equal(ready(&p->r), 0);
    pair_free(p);
}

/* B1: the same calls, the same bytes. */
static void test_ahead__same_seed__same_packets(void **state) {
    struct pair *p[2];
    (void)state;
    for (size_t n = 0; n < 2; n++) {
        p[n] = started();
        prepare(&p[n]->i, 1);
        prepare(&p[n]->r, 3);
        pair_up(p[n]);
    }
    pair_check_same_packets(p[0], p[1]);
    pair_free(p[0]);
    pair_free(p[1]);
}

/* ---- who has shown nothing ---- */

/* First messages like the one that was sent, each from another address with another cookie. */
static void first_messages(struct pair *p, uint32_t count) {
    struct datagram d = *link_kept(&p->link, LINK_TO_RESPONDER, 1);
    uint8_t message[1024];
    assert_true(d.len <= sizeof message);
    memcpy(message, d.data, d.len);
    for (uint32_t n = 1; n <= count; n++) {
        memcpy(message, &n, sizeof n);
        memcpy(&d.path.remote.ip[4 - sizeof n], &n, sizeof n);
        d.path.remote.ip[0] = 10;
        assert_int_equal(ikev1_engine_input(p->r.ike, p->now, &d.path, message, d.len, NULL),
                         IKEV1_OK);
    }
}

static void test_ahead__flood_of_first_messages__pairs_are_left(void **state) { /* DOS-02 */
    static const struct {
        uint8_t mode;
        uint32_t most, left;
    } ROWS[] = {
        {IKEV1_MODE_MAIN, 4, 4},       {IKEV1_MODE_BASE, 4, 4},       {IKEV1_MODE_AGGRESSIVE, 4, 2},
        {IKEV1_MODE_AGGRESSIVE, 5, 2}, {IKEV1_MODE_AGGRESSIVE, 1, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct pair *p = pair_new(NULL);
        pair_by(p, IKEV1_AUTH_PSK, ROWS[i].mode);
        watch(p);
        p->link.held = true;
        pair_start(p);
        prepare(&p->r, ROWS[i].most);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        side_drain(&p->i);
        first_messages(p, 8);
        ROW_EQUAL("left", ready(&p->r), ROWS[i].left);
        pair_free(p);
    }
}

/* More than the limit allows is not wanted: a stranger's half is that of what there can be. */
static void test_ahead__as_many_as_possible__strangers_get_half(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_by(p, IKEV1_AUTH_PSK, IKEV1_MODE_AGGRESSIVE);
    p->r.config.limits.key_pairs = 6;
    p->link.held = true;
    pair_start(p);
    while (ikev1_engine_prepare(p->r.ike, GROUP, UINT32_MAX) == 1) {
    }
    assert_int_equal(ready(&p->r), 6);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    side_drain(&p->i);
    first_messages(p, 8);
    assert_int_equal(ready(&p->r), 3);
    pair_free(p);
}

/* ---- bounds ---- */

static void test_ahead__most__kept_and_lowered(void **state) {
    struct pair *p = started();
    (void)state;
    prepare(&p->i, 4);
    prepare(&p->i, 2); /* the newest go */
    assert_int_equal(spy.count, 4);
    pair_up(p);
    assert_memory_equal(call_of(&p->i, true, 1)->seed, call_of(&p->i, false, 1)->seed, SIZE);
    prepare(&p->i, 3);
    assert_int_equal(ikev1_engine_prepare(p->i.ike, IKEV1_GROUP_ECP256, 1), 1);
    assert_int_equal(ikev1_engine_prepare(p->i.ike, GROUP, 0), 0); /* of this group, none */
    assert_int_equal(ready(&p->i), 1);
    assert_int_equal(ikev1_engine_prepare(p->i.ike, IKEV1_GROUP_ECP256, 0), 0);
    assert_int_equal(ready(&p->i), 0);
    pair_free(p);
}

static void test_ahead__limit__of_all_groups(void **state) { /* P8 */
    struct pair *p = watched(&pair_kinds[0]);
    (void)state;
    p->i.config.limits.key_pairs = 3;
    pair_start(p);
    assert_int_equal(ikev1_engine_prepare(p->i.ike, IKEV1_GROUP_ECP256, 2), 1);
    assert_int_equal(ikev1_engine_prepare(p->i.ike, GROUP, 3), 1);
    assert_int_equal(ikev1_engine_prepare(p->i.ike, GROUP, 3), 1);
    assert_int_equal(ikev1_engine_prepare(p->i.ike, GROUP, 3), 0); /* one past it */
    assert_int_equal(ikev1_engine_prepare(p->i.ike, IKEV1_GROUP_ECP256, 2), 0);
    assert_int_equal(ready(&p->i), 3);
    pair_up(p);
    assert_int_equal(ready(&p->i), 1); /* that of the other group stays */
    assert_int_equal(ikev1_engine_prepare(p->i.ike, IKEV1_GROUP_ECP256, 2), 1);
    pair_free(p);
}

static void test_ahead__group__unknown_weak_or_no_engine(void **state) { /* R9 */
    struct pair *p = started();
    (void)state;
    assert_int_equal(ikev1_engine_prepare(NULL, GROUP, 1), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_engine_prepare(p->i.ike, 0, 1), IKEV1_E_UNSUPPORTED);
    assert_int_equal(ikev1_engine_prepare(p->i.ike, 9999, 1), IKEV1_E_UNSUPPORTED);
    assert_int_equal(ikev1_engine_prepare(p->i.ike, IKEV1_GROUP_MODP1024, 1), IKEV1_E_WEAK);
    assert_int_equal(ready(&p->i), 0);
    pair_free(p);
    p = watched(&pair_kinds[0]);
    p->i.config.allow = IKEV1_ALLOW_MODP1024;
    pair_start(p);
    assert_int_equal(ikev1_engine_prepare(p->i.ike, IKEV1_GROUP_MODP1024, 1), 1);
    pair_free(p);
}

/* ---- failures ---- */

static size_t refused_inside;

static void call_in(struct side *s, const char *name) {
    ROW_EQUAL(name, ikev1_engine_prepare(s->ike, GROUP, 9), IKEV1_E_REENTRY);
    refused_inside++;
}

static int calling_random(void *user, uint8_t *out, size_t len) {
    struct side *s = user;
    if (s->ike != NULL)
        call_in(s, "random");
    return rng_fill(&s->rng, out, len);
}

static void test_ahead__from_inside_a_callback__refused(void **state) { /* */
    struct pair *p = watched(&pair_kinds[0]);
    (void)state;
    refused_inside = 0;
    p->r.inside = call_in;
    p->r.config.random = calling_random;
    p->r.config.random_user = &p->r;
    pair_start(p);
    prepare(&p->r, 1);
    assert_int_equal(refused_inside, 1);
    pair_up(p);
    assert_true(refused_inside > 10);
    assert_int_equal(ready(&p->r), 0);
    pair_free(p);
}

static int no_random(void *user, uint8_t *out, size_t len) {
    memset(out, 0x5a, len / 2); /* what it writes and then fails */
    return *(const int *)user;
}

static void test_ahead__provider_or_random_fails__nothing_is_kept(void **state) { /* CRY-03 */
    struct pair *p = started();
    int status = IKEV1_E_RANDOM;
    (void)state;
    prepare(&p->i, 1);
    const size_t blocks = p->i.memory.live;
    spy.status = IKEV1_E_UNSUPPORTED;
    assert_int_equal(ikev1_engine_prepare(p->i.ike, GROUP, 2), IKEV1_E_UNSUPPORTED);
    p->i.ike->s.ctx.random = no_random;
    p->i.ike->s.ctx.random_user = &status;
    assert_int_equal(ikev1_engine_prepare(p->i.ike, GROUP, 2), IKEV1_E_RANDOM);
    assert_int_equal(ready(&p->i), 1);
    assert_int_equal(p->i.memory.live, blocks);
    spy.status = IKEV1_OK;
    p->i.ike->s.ctx.random = rng_fill;
    p->i.ike->s.ctx.random_user = &p->i.rng;
    prepare(&p->i, 3);
    pair_free(p); /* wiped: pair.h */
}

static void test_ahead__no_memory__nothing_changes(void **state) { /* MEM-01 */
    (void)state;
    uint64_t at = 1;
    for (bool reached = true; reached; at++) {
        struct pair *p = started();
        p->i.memory.fail_at = p->i.memory.calls + at;
        int r = ikev1_engine_prepare(p->i.ike, GROUP, 2);
        reached = p->i.memory.failed != 0;
        assert_int_equal(r, reached ? IKEV1_E_MEMORY : 1);
        assert_int_equal(ready(&p->i), !reached);
        p->i.memory.fail_at = 0;
        prepare(&p->i, 2);
        pair_up(p);
        assert_int_equal(ready(&p->i), 0);
        pair_free(p);
    }
    assert_in_range(at, 3, 10); /* the pair, and what every call needs */
}

/* Whatever allocation of the negotiation fails: it comes up, and no seed meets two peers' values.
 */
static void test_ahead__negotiation_without_memory__each_pair_once(void **state) { /* MEM-01 */
    (void)state;
    for (int responder = 0; responder < 2; responder++) {
        uint64_t at = 1;
        for (bool reached = true; reached; at++) {
            struct pair *p = started();
            struct side *s = responder ? &p->r : &p->i;
            prepare(s, 8);
            s->memory.fail_at = s->memory.calls + at;
            int r = pair_connect(p);
            pair_wait(p, 120000);
            reached = s->memory.failed != 0;
            if (r != IKEV1_OK) {
                assert_int_equal(pair_connect(p), IKEV1_OK);
                pair_wait(p, 120000);
            }
            ROW_EQUAL(s->name, side_count(s, IKEV1_EVENT_CHILD_UP) >= 1, true);
            for (size_t i = 0; i < calls_of(s, true); i++) {
                for (size_t k = 0; k < i; k++) {
                    const struct call *a = call_of(s, true, i), *b = call_of(s, true, k);
                    ROW_EQUAL(s->name,
                              memcmp(a->seed, b->seed, SIZE) != 0 ||
                                  memcmp(a->peer, b->peer, SIZE) == 0,
                              true);
                }
            }
            pair_free(p);
        }
        assert_in_range(at, 20, 500);
    }
}

static size_t seeds_in(const struct arena *a, const struct side *s) {
    size_t found = 0;
    for (size_t i = 0; i + SIZE <= a->used; i++)
        for (size_t k = 0; k < calls_of(s, false); k++)
            found += memcmp(a->bytes + i, call_of(s, false, k)->seed, SIZE) == 0;
    return found;
}

static void test_ahead__used__no_seed_is_left(void **state) { /* MEM-08 */
    struct arena *arena = malloc(sizeof *arena);
    struct pair *p = watched(&pair_kinds[0]);
    (void)state;
    assert_non_null(arena);
    arena_init(arena);
    p->r.memory.from = &arena->allocator;
    pair_start(p);
    prepare(&p->r, 3);
    assert_int_equal(seeds_in(arena, &p->r), 3);
    pair_up(p);
    pair_wait(p, 60000); /* no exchange lingers */
    assert_int_equal(seeds_in(arena, &p->r), 1);
    prepare(&p->r, 0);
    assert_int_equal(seeds_in(arena, &p->r), 0);
    prepare(&p->r, 2);
    pair_free(p);
    free(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ahead__every_mode_and_pfs__the_oldest_each_once),
        cmocka_unit_test(test_ahead__none_ready__computed_as_without),
        cmocka_unit_test(test_ahead__second_attempt__another_pair),
        cmocka_unit_test(test_ahead__dh_answered_later__asked_for_the_secret_only),
        cmocka_unit_test(test_ahead__ready_after_the_question__left_alone),
        cmocka_unit_test(test_ahead__imported_elsewhere__no_pair_goes_along),
        cmocka_unit_test(test_ahead__same_seed__same_packets),
        cmocka_unit_test(test_ahead__flood_of_first_messages__pairs_are_left),
        cmocka_unit_test(test_ahead__as_many_as_possible__strangers_get_half),
        cmocka_unit_test(test_ahead__most__kept_and_lowered),
        cmocka_unit_test(test_ahead__limit__of_all_groups),
        cmocka_unit_test(test_ahead__group__unknown_weak_or_no_engine),
        cmocka_unit_test(test_ahead__from_inside_a_callback__refused),
        cmocka_unit_test(test_ahead__provider_or_random_fails__nothing_is_kept),
        cmocka_unit_test(test_ahead__no_memory__nothing_changes),
        cmocka_unit_test(test_ahead__negotiation_without_memory__each_pair_once),
        cmocka_unit_test(test_ahead__used__no_seed_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
