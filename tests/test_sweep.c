/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every bit of every message of each kind of phase 1 and a Quick Mode flipped, and every message
 * cut at every length: never a crash, never an SA with other keys. What is refused has changed
 * nothing, and the genuine message then completes the negotiation. Every message also at every
 * other moment, and twice. PAY-15, HDR-01, HDR-02, PH1-01, PH1-06, CRY-01.
 */
#include <ikev1/openssl.h>

#include "support/digest.h"
#include "support/pair.h"

struct run {
    const char *name;
    uint16_t auth;
    bool aggressive;
    size_t messages;
    size_t stride; /* in bits: at least one of each byte */
};

static const struct run RUNS[] = {
    {"main", IKEV1_AUTH_PSK, false, 9, 1},
    {"aggressive", IKEV1_AUTH_PSK, true, 6, 3},
    {"main, signed", IKEV1_AUTH_RSA, false, 9, 7},
    {"aggressive, signed", IKEV1_AUTH_RSA, true, 6, 7},
};

/* Every message of every run: `n` counts from 0. */
#define EACH_MESSAGE(run, n)                                                                       \
    for (const struct run *run = RUNS; run < RUNS + COUNT(RUNS); run++)                            \
        for (size_t n = 0; n < run->messages; n++)

static struct pair *prepared(const struct run *run, const ikev1_crypto *crypto) {
    struct pair *p = pair_new(crypto);
    pair_by(p, run->auth, run->aggressive);
    p->i.phase2.pfs_group = p->r.phase2.pfs_group = IKEV1_GROUP_X25519;
    return p;
}

/* The responder works its keys out when something comes that could be message 5: see digest.h. */
static void warm_up(struct pair *p, const struct run *run, size_t n) {
    uint8_t junk[28 + 64];
    if (run->aggressive || (n != 3 && n != 4))
        return;
    memcpy(junk, p->link.flights[0].data, 28);
    memset(junk + 28, 0x55, sizeof junk - 28);
    junk[16] = IKEV1_PAYLOAD_ID;
    junk[19] = IKEV1_FLAG_ENCRYPTION;
    junk[26] = 0;
    junk[27] = sizeof junk;
    int r = ikev1_engine_input(p->r.ike, p->now, &p->link.kept[0].path, junk, sizeof junk, NULL);
    assert_int_equal(r, IKEV1_DROPPED);
}

static struct pair *at_message(const ikev1_crypto *crypto, const struct run *run, size_t n) {
    struct pair *p = prepared(run, crypto);
    p->i.config.clear_notify = p->r.config.clear_notify = true;
    p->i.config.log_level = p->r.config.log_level = IKEV1_LEVEL_ERROR;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    for (size_t i = 0; i < n; i++)
        assert_true(pair_step(p));
    side_drain(&p->i);
    side_drain(&p->r);
    /* Behind the last message of Aggressive Mode comes the first of Quick Mode. */
    assert_int_equal(p->link.flight_count, run->aggressive && n == 2 ? 2 : 1);
    warm_up(p, run, n);
    return p;
}

static struct side *receiver(struct pair *p) {
    return p->link.flights[0].way == LINK_TO_RESPONDER ? &p->r : &p->i;
}

/* Whatever came of it: no side has keys that the other has not. */
static void check_keys(struct pair *p) {
    for (size_t i = 0; i < p->i.event_count; i++) {
        const struct pair_event *a = &p->i.events[i];
        for (size_t k = 0; k < p->r.event_count; k++) {
            const struct pair_event *b = &p->r.events[k];
            if (a->at.ipsec == NULL || b->at.ipsec == NULL || a->ipsec.spi != b->ipsec.spi)
                continue;
            assert_int_equal(a->ipsec.encryption_key.len, b->ipsec.encryption_key.len);
            assert_memory_equal(a->encryption_key, b->encryption_key, PAIR_KEYS);
            assert_memory_equal(a->integrity_key, b->integrity_key, PAIR_KEYS);
        }
    }
    /* The responder may have taken one more: its answer to a message 5 that was changed has another
     * IV, and the initiator, which cannot read it, has begun again (PH1-07). */
    const size_t i = side_count(&p->i, IKEV1_EVENT_SA_UP);
    const size_t r = side_count(&p->r, IKEV1_EVENT_SA_UP);
    if (i != 0 && r != 0)
        assert_memory_equal(side_event(&p->i, IKEV1_EVENT_SA_UP, i - 1)->info.rcookie,
                            side_event(&p->r, IKEV1_EVENT_SA_UP, r - 1)->info.rcookie, 8);
}

/* One changed copy of the message on its way. @return whether the pair can still be used */
static bool try_copy(struct pair *p, const uint8_t *data, size_t len, const char *row) {
    struct side *to = receiver(p);
    const ikev1_path path = p->link.flights[0].path;
    uint8_t *exact = malloc(len != 0 ? len : 1);
    uint64_t before = engine_digest(to->ike);
    assert_non_null(exact);
    memcpy(exact, data, len);
    int r = ikev1_engine_input(to->ike, p->now, &path, exact, len, NULL);
    free(exact);
    if (r != IKEV1_DROPPED)
        return false;
    /* A first message that we refuse is answered in the clear, if the host has asked for that. */
    while (p->link.sent[LINK_TO_INITIATOR] == 0 && to == &p->r) {
        ikev1_packet told;
        if (ikev1_engine_next_packet(to->ike, &told) != 1)
            break;
        ROW_EQUAL(row, told.len <= 3 * len, true); /* DOS-01 */
    }
    if (engine_digest(to->ike) != before)
        fail_msg("%s: the refused message has changed something", row);
    side_drain(to);
    return true;
}

static void finish(struct pair *p, bool genuine, const char *row) {
    pair_run(p);
    check_keys(p);
    if (genuine) {
        pair_check_up(p, 1);
    } else { /* what a forgery has spoiled ends by itself, and anew it works */
        pair_wait(p, 400000);
        check_keys(p);
        link_clear(&p->link);
        ikev1_delete(p->i.ike, p->now, IKEV1_ALL);
        ikev1_delete(p->r.ike, p->now, IKEV1_ALL);
        pair_run(p);
        side_forget(&p->i);
        side_forget(&p->r);
        ROW_EQUAL(row, pair_connect(p), IKEV1_OK);
        pair_run(p);
        pair_check_up(p, 1);
    }
    pair_free(p);
}

static void sweep_bits(const ikev1_crypto *crypto, size_t times) {
    EACH_MESSAGE(run, n) {
        char row[64];
        const size_t stride = run->stride * times;
        struct pair *p = at_message(crypto, run, n);
        size_t len = p->link.flights[0].len;
        for (size_t bit = n % stride; bit < 8 * len; bit += stride) {
            uint8_t copy[4096];
            snprintf(row, sizeof row, "%s, message %zu, bit %zu", run->name, n + 1, bit);
            memcpy(copy, p->link.flights[0].data, len);
            copy[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
            if (try_copy(p, copy, len, row))
                continue;
            finish(p, false, row);
            p = at_message(crypto, run, n);
        }
        finish(p, true, row);
    }
}

static void test_sweep__each_bit__nothing_or_the_same(void **state) {
    (void)state;
    sweep_bits(NULL, 1);
}

/* Under real ciphers a flipped bit garbles a block: less of it, for it takes longer. */
static void test_sweep__bits_under_real_cryptography(void **state) {
    (void)state;
    sweep_bits(ikev1_openssl(), 29);
}

static void test_sweep__each_length__refused(void **state) {
    (void)state;
    EACH_MESSAGE(run, n) {
        struct pair *p = at_message(NULL, run, n);
        size_t len = p->link.flights[0].len;
        for (size_t cut = 0; cut < len; cut++) {
            uint8_t copy[4096];
            memcpy(copy, p->link.flights[0].data, len);
            assert_true(try_copy(p, copy, cut, "cut"));
            if (cut < 28)
                continue;
            copy[26] = (uint8_t)(cut >> 8); /* and the header says so */
            copy[27] = (uint8_t)cut;
            if (try_copy(p, copy, cut, "cut and counted"))
                continue;
            finish(p, false, "cut and counted");
            p = at_message(NULL, run, n);
        }
        finish(p, true, "cut");
    }
}

/* Every byte changed at random, many at a time. */
static void test_sweep__noise__nothing_or_the_same(void **state) {
    struct rng rng;
    (void)state;
    rng_init(&rng, 11);
    EACH_MESSAGE(run, n) {
        struct pair *p = at_message(NULL, run, n);
        for (int round = 0; round < 400; round++) {
            uint8_t copy[4096];
            size_t len = p->link.flights[0].len;
            memcpy(copy, p->link.flights[0].data, len);
            for (uint32_t k = 1 + rng_below(&rng, 6); k > 0; k--)
                copy[rng_below(&rng, (uint32_t)len)] = (uint8_t)rng_below(&rng, 256);
            if (memcmp(copy, p->link.flights[0].data, len) == 0 || try_copy(p, copy, len, "noise"))
                continue;
            finish(p, false, "noise");
            p = at_message(NULL, run, n);
        }
        finish(p, true, "noise");
    }
}

static void discard_packets(struct side *s) {
    ikev1_packet packet;
    while (ikev1_engine_next_packet(s->ike, &packet) == 1)
        ;
}

/* Every message of a run with another peer, at every moment: only its first one begins something,
 * and that has nothing to do with us. */
static void test_sweep__foreign_messages_at_each_moment__dropped(void **state) { /* PH1-01 */
    (void)state;
    EACH_MESSAGE(run, n) {
        struct pair *other = prepared(run, NULL);
        rng_init(&other->i.rng, 77);
        rng_init(&other->r.rng, 78);
        pair_start(other);
        pair_up(other);
        struct pair *p = at_message(NULL, run, n);
        for (size_t k = 0; k < other->link.kept_count; k++) {
            const struct datagram *d = &other->link.kept[k];
            for (int way = 0; way < 2; way++) {
                struct side *to = way == LINK_TO_RESPONDER ? &p->r : &p->i;
                uint64_t before = engine_digest(to->ike);
                int r = ikev1_engine_input(to->ike, p->now, &d->path, d->data, d->len, NULL);
                assert_int_equal(r, k == 0 ? IKEV1_OK : IKEV1_DROPPED);
                if (k != 0)
                    assert_true(engine_digest(to->ike) == before);
                discard_packets(to);
            }
        }
        pair_run(p);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 1);
        assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_UP), 1);
        pair_free(p);
        pair_free(other);
    }
}

/* The last message that its receiver has read is answered again; who has sent the last message of
 * an exchange goes on doing so, who has read it is done (RTX-04). */
static bool is_answered_again(const struct run *run, size_t k, size_t n) {
    if (k >= n)
        return false;
    if (run->aggressive)
        return k == 0 ? n <= 2 : k != 2;
    return (k + 2 >= n || k == 4) && !(k == 5 && n > 5);
}

/* The responder's KE and nonce, before it has drawn them: nobody can know these. */
static bool is_impossible(const struct run *run, size_t k, size_t n, bool its_own) {
    return !run->aggressive && k == 3 && !its_own && n <= 2;
}

/* Its receiver waits for it. When Aggressive Mode's last message is on its way, so is Quick Mode's
 * first, and its sender is ready for the second. */
static bool is_awaited(const struct run *run, size_t k, size_t n) {
    return k == n || k == n + 1 || (run->aggressive && n == 2 && k == 4);
}

static void try_at(struct pair *p, const struct run *run, const struct datagram *d, size_t k,
                   size_t n, int way) {
    struct side *to = way == LINK_TO_RESPONDER ? &p->r : &p->i;
    bool its_own = way == d->way;
    if (its_own && is_awaited(run, k, n))
        return;
    if (is_impossible(run, k, n, its_own))
        return;
    uint64_t before = engine_digest(to->ike);
    int r = ikev1_engine_input(to->ike, p->now, &d->path, d->data, d->len, NULL);
    bool again = its_own && is_answered_again(run, k, n);
    if (r != (again ? IKEV1_OK : IKEV1_DROPPED))
        fail_msg("%s: message %zu %s when %zu is due: %d", run->name, k + 1,
                 its_own ? "again" : "returned", n + 1, r);
    if (!again && engine_digest(to->ike) != before)
        fail_msg("%s: message %zu, refused when %zu is due, has changed something", run->name,
                 k + 1, n + 1);
    discard_packets(to);
}

/* Every message of this very run at every moment that is not its own: early, late, and to its own
 * sender. Same seeds give the same run, so its future is known. */
static void test_sweep__own_messages_at_each_moment__dropped(void **state) {
    (void)state; /* PH1-01, PH1-02, PH1-04, RTX-02, QCK-06 */
    EACH_MESSAGE(run, n) {
        struct pair *future = prepared(run, NULL), *p = at_message(NULL, run, n);
        pair_start(future);
        pair_up(future);
        assert_int_equal(future->link.kept_count, run->messages);
        const struct datagram *now = &p->link.flights[0];
        assert_int_equal(now->len, future->link.kept[n].len);
        assert_memory_equal(now->data, future->link.kept[n].data, now->len);
        for (size_t k = 0; k < run->messages; k++) {
            try_at(p, run, &future->link.kept[k], k, n, LINK_TO_RESPONDER);
            try_at(p, run, &future->link.kept[k], k, n, LINK_TO_INITIATOR);
        }
        pair_run(p);
        pair_check_up(p, 1);
        pair_free(p);
        pair_free(future);
    }
}

/* A delete with a bit changed does nothing, or, where it is not covered (flags), the same. Under a
 * real cipher: HASH(1) does not cover its own header, which stands in the first block. */
static void sweep_notice(bool whole) { /* PAY-15 */
    size_t accepted = 0, len = 1;
    for (size_t bit = 0; bit < 8 * len;) {
        struct pair *p = pair_new(ikev1_openssl());
        p->i.config.log_level = p->r.config.log_level = IKEV1_LEVEL_ERROR;
        pair_start(p);
        pair_up(p);
        assert_int_equal(ikev1_delete(p->i.ike, p->now, whole ? side_sa(&p->i) : side_child(&p->i)),
                         IKEV1_OK);
        side_drain(&p->i);
        len = p->link.flights[0].len;
        uint8_t copy[512];
        assert_in_range(len, 28, sizeof copy);
        bool unchanged = true;
        for (; unchanged && bit < 8 * len; bit++) {
            memcpy(copy, p->link.flights[0].data, len);
            copy[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
            unchanged = try_copy(p, copy, len, "delete");
        }
        if (unchanged)
            pair_run(p); /* the genuine one */
        else
            accepted++;
        side_drain(&p->r);
        if (side_count(&p->r, IKEV1_EVENT_CHILD_DOWN) != 1)
            fail_msg("%s, bit %zu: no delete", whole ? "SA" : "child", bit - 1);
        link_flush(&p->link);
        pair_free(p);
    }
    assert_in_range(accepted, 1, 7); /* flags */
}

static void test_sweep__each_bit_of_a_delete__nothing_or_the_same(void **state) {
    (void)state;
    sweep_notice(false);
    sweep_notice(true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sweep__each_bit__nothing_or_the_same),
        cmocka_unit_test(test_sweep__bits_under_real_cryptography),
        cmocka_unit_test(test_sweep__each_length__refused),
        cmocka_unit_test(test_sweep__each_bit_of_a_delete__nothing_or_the_same),
        cmocka_unit_test(test_sweep__noise__nothing_or_the_same),
        cmocka_unit_test(test_sweep__foreign_messages_at_each_moment__dropped),
        cmocka_unit_test(test_sweep__own_messages_at_each_moment__dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
