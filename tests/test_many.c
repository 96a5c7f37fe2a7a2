/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many of them: wrong keys by the ten thousand, a flood of Aggressive first messages, private
 * values of a thousand negotiations, a generator that gives zeros. AUT-04, DOS-04, KEX-10, CRY-02
 * (RFC 6989 2; RFC 2408 2.5.3).
 */
#include "api/api.h"
#include "support/attack.h"

/* ---- AUT-04 ---- */

static void knock(struct pair *p, uint32_t from) {
    ikev1_address *a = &p->i.phase1.path.local;
    a->ip[1] = (uint8_t)(from >> 16);
    a->ip[2] = (uint8_t)(from >> 8);
    a->ip[3] = (uint8_t)from;
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    ikev1_delete(p->i.ike, p->now, IKEV1_ALL);
    link_flush(&p->link);
    side_forget(&p->i);
    side_forget(&p->r);
    for (size_t i = 0; i < p->link.kept_count; i++)
        link_release(&p->link.kept[i]);
    p->link.kept_count = 0;
    p->now += 20;
    ikev1_engine_tick(p->r.ike, p->now);
}

static void test_wrong_keys__ten_thousand__bounded_and_the_right_one_connects(void **state) {
    (void)state;
    for (int many = 0; many < 2; many++) {
        struct pair *p = pair_new(NULL);
        size_t peak = 0;
        p->i.psk = "none of the keys of this gateway";
        p->r.config.limits.half_open = 200;
        p->r.config.limits.log_rate = 10;
        pair_start(p);
        for (uint32_t n = 0; n < 10000; n++) {
            knock(p, many ? n * 7919 : 0x000201);
            ikev1_stats stats = {.size = sizeof stats};
            ikev1_engine_stats(p->r.ike, &stats);
            assert_true(stats.half_open <= 200);
            peak = stats.memory > peak ? stats.memory : peak;
            p->r.ask_count = p->i.ask_count = 0;
        }
        assert_true(peak < 600 * 1024); /* 200 half-open ones at their largest, and the engine */
        p->i.psk = p->r.psk;
        p->i.phase1.path.local = p->r.phase1.path.remote;
        pair_wait(p, 600000); /* who has been reached has longer */
        side_forget(&p->i);
        side_forget(&p->r);
        pair_up(p);
        pair_free(p);
    }
}

/* ---- DOS-04 ---- */

static size_t operations;

static int count_dh(void *user, const ikev1_question *q, const ikev1_dh *what,
                    ikev1_bytes *answer) {
    (void)user, (void)q, (void)what, (void)answer;
    operations++;
    return IKEV1_E_REFUSED;
}

static void test_aggressive_flood__host_says_no__no_diffie_hellman(void **state) {
    struct pair *p = pair_new(NULL);
    struct datagram d;
    (void)state;
    pair_by(p, IKEV1_AUTH_PSK, IKEV1_MODE_AGGRESSIVE);
    p->r.policy.dh = count_dh;
    p->r.status[IKEV1_QUESTION_PHASE1] = IKEV1_E_NO_RULE;
    p->r.config.limits.log_rate = 1;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    side_drain(&p->i);
    assert_true(link_next(&p->link, &d));
    operations = 0;
    size_t before = p->r.memory.live_bytes;
    for (uint32_t n = 1; n <= 100000; n++) {
        memcpy(d.data, &n, sizeof n);
        d.path.remote.ip[1] = (uint8_t)(n >> 8);
        assert_int_equal(ikev1_engine_input(p->r.ike, p->now, &d.path, d.data, d.len, NULL),
                         IKEV1_DROPPED);
    }
    assert_int_equal(operations, 0);
    assert_int_equal(p->r.questions, 100000); /* asked before anything is computed */
    assert_int_equal(p->r.ike->s.sas, 0);
    assert_true(p->r.memory.live_bytes < before + 65536);
    link_release(&d);
    link_flush(&p->link);
    pair_free(p);
}

/* ---- KEX-10 ---- */

enum { NEGOTIATIONS = 1000, SEED = 32 };

static uint8_t seeds[4 * NEGOTIATIONS][SEED];
static size_t seed_count;

static int keep_seed(void *user, const ikev1_question *q, const ikev1_dh *what,
                     ikev1_bytes *answer) {
    static uint8_t value[IKEV1_MAX_PUBLIC];
    struct side *s = user;
    void *instance = s->ike->s.ctx.crypto.instance;
    (void)q;
    assert_int_equal(what->seed.len, SEED);
    if (what->peer.len == 0)
        memcpy(seeds[seed_count++], what->seed.data, SEED);
    *answer = (ikev1_bytes){value, what->peer.len != 0 ? what->group->secret_size
                                                       : what->group->public_size};
    return what->peer.len != 0
               ? what->group->agree(instance, what->seed.data, what->peer.data, value)
               : what->group->generate(instance, what->seed.data, value);
}

static int by_content(const void *a, const void *b) {
    return memcmp(a, b, SEED);
}

static void test_private_values__a_thousand_negotiations__all_distinct(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    seed_count = 0;
    p->i.phase2.pfs_group = p->r.phase2.pfs_group = IKEV1_GROUP_X25519;
    p->i.policy.dh = p->r.policy.dh = keep_seed;
    pair_start(p);
    for (int n = 0; n < NEGOTIATIONS; n++) {
        assert_int_equal(pair_connect(p), IKEV1_OK);
        pair_run(p);
        assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_UP), 1);
        ikev1_delete(p->i.ike, p->now, IKEV1_ALL);
        pair_run(p);
        side_forget(&p->i);
        side_forget(&p->r);
        for (size_t i = 0; i < p->link.kept_count; i++)
            link_release(&p->link.kept[i]);
        p->link.kept_count = 0;
        p->now += 60000; /* nothing lingers */
        ikev1_engine_tick(p->i.ike, p->now);
        ikev1_engine_tick(p->r.ike, p->now);
    }
    assert_int_equal(seed_count, 4 * NEGOTIATIONS); /* phase 1 and PFS, on both sides */
    qsort(seeds, seed_count, SEED, by_content);
    for (size_t i = 1; i < seed_count; i++)
        assert_memory_not_equal(seeds[i - 1], seeds[i], SEED);
    pair_free(p);
}

/* ---- CRY-02 ---- */

static int zeros(void *user, uint8_t *out, size_t len) {
    (void)user;
    memset(out, 0, len);
    return IKEV1_OK;
}

static void test_random__zeros__nothing_begins(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.config.random = zeros;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_E_RANDOM);
    assert_int_equal(p->i.ike->s.sas, 0);
    assert_int_equal(attack_discard(&p->i), 0);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_keys__ten_thousand__bounded_and_the_right_one_connects),
        cmocka_unit_test(test_aggressive_flood__host_says_no__no_diffie_hellman),
        cmocka_unit_test(test_private_values__a_thousand_negotiations__all_distinct),
        cmocka_unit_test(test_random__zeros__nothing_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
