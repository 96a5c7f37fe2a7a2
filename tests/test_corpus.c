/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every input of every fuzz target, as it is and in a message, comes to an engine at each moment of
 * a negotiation while its allocation k fails, for every k: it ends as input may end, nothing leaks,
 * no SA comes of it, and once there is memory again the genuine negotiation completes. MEM-01.
 */
#include "support/corpus.h"
#include "support/pair.h"

enum { MOMENTS = 10, CEILING = 200 };

static bool is_verdict(int r) {
    return r == IKEV1_OK || r == IKEV1_PENDING || r == IKEV1_DROPPED || r == IKEV1_E_MEMORY;
}

/* One packet with allocation k failing. @return whether it came to that. */
static bool feed(const char *row, struct side *to, const struct datagram *like,
                 const uint8_t *packet, size_t len, uint64_t k) {
    ikev1_packet out;
    ikev1_event event;
    const uint64_t failed = to->memory.failed;
    to->memory.fail_at = to->memory.calls + k;
    const int r = ikev1_engine_input(to->ike, to->pair->now, &like->path, packet, len, NULL);
    to->memory.fail_at = 0;
    ROW_EQUAL(row, is_verdict(r), true);
    while (ikev1_engine_next_packet(to->ike, &out)) /* an answer to it is of no interest */
        ;
    while (ikev1_engine_next_event(to->ike, &event))
        ROW_EQUAL(row, event.type != IKEV1_EVENT_SA_UP && event.type != IKEV1_EVENT_CHILD_UP, true);
    return to->memory.failed != failed;
}

/* The moment after `n` datagrams; `like` is the next one, and its receiver is fed. */
static bool feed_all(int n, uint64_t *reached) {
    const struct corpus *corpus = corpus_load();
    struct pair *p = pair_new(NULL);
    uint8_t packet[CORPUS_PACKET];
    char row[120];
    p->i.config.log = p->r.config.log = NULL;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    for (int i = 0; i < n; i++)
        assert_true(pair_step(p));
    side_drain(&p->i);
    side_drain(&p->r);
    struct datagram like;
    if (!link_next(&p->link, &like)) {
        pair_free(p);
        return false;
    }
    struct side *to = like.way == LINK_TO_RESPONDER ? &p->r : &p->i;
    for (size_t i = 0; i < corpus->count * CORPUS_FORMS; i++) {
        const struct corpus_file *f = &corpus->files[i / CORPUS_FORMS];
        const int form = (int)(i % CORPUS_FORMS);
        const size_t len = corpus_packet(f, form, (ikev1_bytes){like.data, like.len}, packet);
        snprintf(row, sizeof row, "%s, form %d, before datagram %d", f->name, form, n + 1);
        for (uint64_t k = 1; k < CEILING && feed(row, to, &like, packet, len, k); k++)
            (*reached)++;
    }
    link_inject(&p->link, &like, p->now);
    link_release(&like);
    pair_run(p);
    pair_wait(p, 60000);
    pair_check_up(p, 1);
    pair_free(p);
    return true;
}

static void test_corpus__memory_fails_at_each_call__nothing_comes_of_it(void **state) {
    uint64_t reached = 0;
    int moments = 0;
    (void)state;
    while (moments < MOMENTS && feed_all(moments, &reached))
        moments++;
    assert_int_equal(moments, 9); /* Main Mode and Quick Mode */
    print_message("%llu allocations failed\n", (unsigned long long)reached);
    assert_true(reached > 100);
    corpus_free();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_corpus__memory_fails_at_each_call__nothing_comes_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
