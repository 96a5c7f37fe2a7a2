/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fragments of a message (mission P2): put together in whatever order they come, and within named
 * limits. FRG-01 to FRG-11.
 */
#include "api/api.h"
#include "exchange/vendor.h"
#include "session/pieces.h"
#include "support/attack.h"
#include "support/digest.h"
#include "support/pair.h"

enum { HEADS = 36 };

/* ---- fragments made by hand ---- */

struct piece {
    uint8_t data[4096];
    size_t len;
};

/* A fragment under the header of `whole`. */
static struct piece piece_of(const struct datagram *whole, uint16_t id, uint8_t number,
                             uint8_t flags, const uint8_t *data, size_t len) {
    struct piece p = {.len = HEADS + len};
    assert_true(p.len <= sizeof p.data);
    memcpy(p.data, whole->data, IKEV1_HEADER_SIZE);
    p.data[16] = IKEV1_PAYLOAD_FRAGMENT;
    p.data[19] = 0;
    p.data[26] = (uint8_t)(p.len >> 8);
    p.data[27] = (uint8_t)p.len;
    p.data[30] = (uint8_t)((len + 8) >> 8);
    p.data[31] = (uint8_t)(len + 8);
    p.data[32] = (uint8_t)(id >> 8);
    p.data[33] = (uint8_t)id;
    p.data[34] = number;
    p.data[35] = flags;
    memcpy(p.data + HEADS, data, len);
    return p;
}

/* The nth of `count` about equal parts, from 1. */
static struct piece cut(const struct datagram *whole, uint16_t id, size_t n, size_t count) {
    const size_t from = whole->len * (n - 1) / count, to = whole->len * n / count;
    return piece_of(whole, id, (uint8_t)n, n == count, whole->data + from, to - from);
}

static int give(struct side *s, const struct datagram *whole, const struct piece *p,
                ikev1_why *why) {
    return attack_feed(s, whole, p->data, p->len, why);
}

static int give_cut(struct side *s, const struct datagram *whole, uint16_t id, size_t n,
                    size_t count) {
    struct piece p = cut(whole, id, n, count);
    return give(s, whole, &p, NULL);
}

/* A pair whose message 3 is on its way and not delivered. */
static struct pair *at_message_3(struct datagram *whole) {
    struct pair *p = pair_new(NULL);
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    assert_true(pair_step(p));
    assert_true(pair_step(p));
    *whole = *link_kept(&p->link, LINK_TO_RESPONDER, 2);
    link_flush(&p->link);
    return p;
}

static const struct ike_sa *sa_of(const struct side *s) {
    return ike_handle_at(&s->ike->s.handles, IKE_KIND_SA, 1);
}

static bool has_accepted(struct side *s) {
    return sa_of(s)->phase1 != NULL && sa_of(s)->phase1->number > 3;
}

static void comes_up(struct pair *p) {
    side_drain(&p->r);
    pair_run(p);
    pair_check_up(p, 1);
    assert_false(sa_of(&p->r)->has_pieces);
    pair_free(p);
}

/* ---- putting together ---- */

/* Every order of six; each of them twice, as when the whole set is sent again. */
static void permute(uint8_t *order, size_t from, size_t count, void (*each)(const uint8_t *)) {
    if (from == count)
        each(order);
    for (size_t i = from; i < count; i++) {
        const uint8_t kept = order[from];
        order[from] = order[i];
        order[i] = kept;
        permute(order, from + 1, count, each);
        order[i] = order[from];
        order[from] = kept;
    }
}

static void in_this_order(const uint8_t *order) {
    struct datagram whole;
    struct pair *p = at_message_3(&whole);
    for (size_t i = 0; i < 6; i++) {
        assert_false(has_accepted(&p->r));
        assert_int_equal(give_cut(&p->r, &whole, 7, order[i], 6), IKEV1_OK);
        if (i < 5) /* once more, before the last of them */
            assert_int_equal(give_cut(&p->r, &whole, 7, order[i / 2], 6), IKEV1_OK);
    }
    assert_true(has_accepted(&p->r));
    comes_up(p);
}

static void test_pieces__any_order__put_together(void **state) { /* FRG-04 */
    uint8_t order[] = {1, 2, 3, 4, 5, 6};
    (void)state;
    permute(order, 0, COUNT(order), in_this_order);
}

static void test_pieces__message_sent_again__replaces_or_completes(void **state) { /* FRG-04 */
    struct datagram whole;
    (void)state;
    struct pair *p = at_message_3(&whole);
    assert_int_equal(give_cut(&p->r, &whole, 1, 1, 3), IKEV1_OK);
    assert_int_equal(give_cut(&p->r, &whole, 1, 3, 3), IKEV1_OK);
    for (size_t n = 1; n <= 4; n++) /* another cut, under another number */
        assert_int_equal(give_cut(&p->r, &whole, 2, n, 4), IKEV1_OK);
    assert_true(has_accepted(&p->r));
    for (size_t n = 1; n <= 3; n++) /* all of it once more: answered as any duplicate */
        (void)give_cut(&p->r, &whole, 3, n, 3);
    comes_up(p);
}

/* What is spoilt by one that does not fit can be sent again (FRG-03, FRG-05). */
static void test_pieces__does_not_fit__refused_and_sent_again(void **state) {
    static const struct {
        const char *name;
        uint8_t before[3], number, last; /* 0x80: a last one */
        bool other;                      /* other content */
    } ROWS[] = {
        {"same number, other content", {1, 2, 0}, 1, 0, true},
        {"two last ones", {1, 0x83, 0}, 4, 1, false},
        {"beyond the last", {0x82, 0, 0}, 3, 0, false},
        {"last below one that came", {3, 0, 0}, 2, 1, false},
        {"same number, now the last", {1, 2, 0}, 2, 1, false},
        {"over the number of fragments", {1, 0, 0}, 33, 0, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct datagram whole;
        ikev1_why why;
        uint8_t data[16] = {1};
        struct pair *p = at_message_3(&whole);
        for (size_t k = 0; k < 3 && ROWS[i].before[k] != 0; k++) {
            struct piece before = piece_of(&whole, 5, ROWS[i].before[k] & 0x7f,
                                           ROWS[i].before[k] >> 7, data, sizeof data);
            ROW_EQUAL(ROWS[i].name, give(&p->r, &whole, &before, &why), IKEV1_OK);
        }
        data[0] = ROWS[i].other ? 2 : 1;
        struct piece bad = piece_of(&whole, 5, ROWS[i].number, ROWS[i].last, data, sizeof data);
        ROW_EQUAL(ROWS[i].name, give(&p->r, &whole, &bad, &why), IKEV1_DROPPED);
        ROW_EQUAL(ROWS[i].name, why.code, IKEV1_E_FRAGMENT);
        for (size_t n = 1; n <= 3; n++)
            ROW_EQUAL(ROWS[i].name, give_cut(&p->r, &whole, 6, n, 3), IKEV1_OK);
        ROW_EQUAL(ROWS[i].name, has_accepted(&p->r), true);
        comes_up(p);
    }
}

static void test_pieces__malformed__nothing_kept(void **state) { /* FRG-01, FRG-02, FRG-10 */
    static const struct {
        const char *name;
        size_t at, len; /* changed byte; length, 0 = as it is */
        uint8_t to;
    } ROWS[] = {
        {"number 0", 34, 0, 0},         {"unknown flags", 35, 0, 2},
        {"all flags", 35, 0, 255},      {"no data", 31, 36, 8},
        {"cut in its head", 31, 34, 6}, {"nothing at all", 31, 32, 4},
        {"another payload", 28, 0, 13}, {"reserved", 29, 0, 1},
    };
    const uint8_t data[16] = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct datagram whole;
        ikev1_why why;
        struct pair *p = at_message_3(&whole);
        const uint64_t before = engine_digest(p->r.ike);
        const size_t live = p->r.memory.live;
        struct piece bad = piece_of(&whole, 5, 1, 0, data, sizeof data);
        bad.data[ROWS[i].at] = ROWS[i].to;
        if (ROWS[i].len != 0) {
            bad.len = ROWS[i].len;
            bad.data[27] = (uint8_t)bad.len;
        }
        ROW_EQUAL(ROWS[i].name, give(&p->r, &whole, &bad, &why), IKEV1_DROPPED);
        ROW_EQUAL(ROWS[i].name, engine_digest(p->r.ike) == before, true);
        ROW_EQUAL(ROWS[i].name, p->r.memory.live, live);
        pair_free(p);
    }
}

/* The whole is no message of this SA (FRG-09). */
static void test_pieces__whole_is_no_message__refused(void **state) {
    static const struct {
        const char *name;
        size_t at, len;
        uint8_t to;
    } ROWS[] = {
        {"other cookies", 0, 0, 0xee}, {"other responder", 8, 0, 0xee},
        {"a fragment", 16, 0, 132},    {"other version", 17, 0, 0x20},
        {"length field", 27, 0, 1},    {"shorter than a header", 0, 27, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct datagram whole;
        ikev1_why why;
        uint8_t bent[1024];
        struct pair *p = at_message_3(&whole);
        const size_t len = ROWS[i].len != 0 ? ROWS[i].len : whole.len;
        memcpy(bent, whole.data, len);
        if (ROWS[i].len == 0)
            bent[ROWS[i].at] = ROWS[i].to;
        struct piece one = piece_of(&whole, 1, 1, 0, bent, len / 2);
        struct piece two = piece_of(&whole, 1, 2, 1, bent + len / 2, len - len / 2);
        const uint64_t before = engine_digest(p->r.ike);
        ROW_EQUAL(ROWS[i].name, give(&p->r, &whole, &one, &why), IKEV1_OK);
        ROW_EQUAL(ROWS[i].name, give(&p->r, &whole, &two, &why), IKEV1_DROPPED);
        ROW_EQUAL(ROWS[i].name, engine_digest(p->r.ike) == before, true);
        ROW_EQUAL(ROWS[i].name, sa_of(&p->r)->has_pieces, false);
        for (size_t n = 1; n <= 2; n++)
            ROW_EQUAL(ROWS[i].name, give_cut(&p->r, &whole, 2, n, 2), IKEV1_OK);
        comes_up(p);
    }
}

static void test_pieces__unannounced__by_the_quirk_only(void **state) { /* FRG-11 */
    (void)state;
    for (int off = 0; off < 2; off++) {
        struct datagram whole;
        ikev1_why why;
        struct pair *p = pair_new(NULL);
        p->r.phase1.quirks_off = off ? IKEV1_QUIRK_FRAGMENT_UNANNOUNCED : 0;
        pair_start(p);
        pair_connect(p);
        pair_step(p);
        pair_step(p);
        whole = *link_kept(&p->link, LINK_TO_RESPONDER, 2);
        link_flush(&p->link);
        struct piece one = cut(&whole, 1, 1, 2);
        assert_int_equal(give(&p->r, &whole, &one, &why), off ? IKEV1_DROPPED : IKEV1_OK);
        assert_int_equal(sa_of(&p->r)->can & IKE_CAN_BIT(IKE_CAN_FRAGMENTS), 0);
        (void)give_cut(&p->r, &whole, 1, 2, 2);
        assert_int_equal(has_accepted(&p->r), !off);
        assert_int_equal((sa_of(&p->r)->can & IKE_CAN_BIT(IKE_CAN_FRAGMENTS)) != 0, !off);
        pair_free(p);
    }
}

/* ---- limits ---- */

static void test_pieces__sum__at_the_limit_and_one_over(void **state) { /* FRG-07 */
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        static const uint8_t data[1024];
        struct datagram whole;
        ikev1_why why;
        struct pair *p = at_message_3(&whole);
        const size_t most = p->r.ike->s.ctx.limits.datagram;
        uint8_t number = 1;
        for (size_t sum = 0; sum + sizeof data <= most; sum += sizeof data, number++) {
            struct piece full = piece_of(&whole, 1, number, 0, data, sizeof data);
            assert_int_equal(give(&p->r, &whole, &full, &why), IKEV1_OK);
        }
        struct piece rest = piece_of(&whole, 1, number, 0, data, most % sizeof data + more);
        assert_int_equal(give(&p->r, &whole, &rest, &why), more ? IKEV1_DROPPED : IKEV1_OK);
        assert_int_equal(!sa_of(&p->r)->has_pieces, more);
        pair_free(p);
    }
}

static void test_pieces__count__at_the_limit_and_one_over(void **state) { /* FRG-08 */
    (void)state;
    for (int wide = 0; wide < 2; wide++) {
        const uint8_t data = 0;
        struct datagram whole;
        ikev1_why why;
        struct pair *p = pair_new(NULL);
        p->r.config.limits.fragments = wide ? 255 : 0;
        pair_start(p);
        pair_connect(p);
        pair_step(p);
        pair_step(p);
        whole = *link_kept(&p->link, LINK_TO_RESPONDER, 2);
        link_flush(&p->link);
        const unsigned most = wide ? 255 : 32;
        for (unsigned n = 1; n <= most; n++) {
            struct piece one = piece_of(&whole, 1, (uint8_t)n, 0, &data, 1);
            assert_int_equal(give(&p->r, &whole, &one, &why), IKEV1_OK);
        }
        struct piece more = piece_of(&whole, 1, (uint8_t)(most + 1), 0, &data, 1);
        assert_int_equal(give(&p->r, &whole, &more, &why), IKEV1_DROPPED);
        assert_string_equal(why.theirs, wide ? "" : "33 fragments"); /* there is no number 256 */
        assert_string_equal(why.ours, wide ? "" : "32 fragments");
        pair_free(p);
    }
}

static void test_pieces__never_completed__go_by_themselves(void **state) { /* FRG-06, R-13 */
    struct datagram whole;
    (void)state;
    struct pair *p = at_message_3(&whole);
    const size_t live = p->r.memory.live_bytes;
    assert_int_equal(give_cut(&p->r, &whole, 1, 1, 2), IKEV1_OK);
    assert_true(sa_of(&p->r)->has_pieces);
    ikev1_engine_tick(p->r.ike, p->now + 9000);
    assert_true(sa_of(&p->r)->has_pieces);
    ikev1_engine_tick(p->r.ike, p->now + 11000);
    assert_false(sa_of(&p->r)->has_pieces);
    assert_true(p->r.memory.live_bytes <= live);
    pair_free(p);
}

/* Nobody who is not known by his cookies gets a buffer. */
static void test_pieces__strangers__nothing_is_kept(void **state) { /* FRG-06 */
    struct datagram whole;
    (void)state;
    struct pair *p = at_message_3(&whole);
    const size_t live = p->r.memory.live_bytes;
    for (uint32_t i = 0; i < 100000; i++) {
        struct piece one = cut(&whole, 1, 1, 2);
        memcpy(one.data, &i, sizeof i);
        one.data[8] ^= (uint8_t)(i % 3);
        assert_int_equal(give(&p->r, &whole, &one, NULL), IKEV1_DROPPED);
        memset(one.data + 8, 0, 8); /* as a first message */
        assert_int_equal(give(&p->r, &whole, &one, NULL), IKEV1_DROPPED);
    }
    assert_int_equal(p->r.memory.live_bytes, live);
    for (size_t n = 1; n <= 2; n++)
        assert_int_equal(give_cut(&p->r, &whole, 1, n, 2), IKEV1_OK);
    comes_up(p);
}

/* Of more SAs than may have one, the oldest buffer goes. */
static void test_pieces__many_sas__the_oldest_makes_room(void **state) { /* FRG-06 */
    enum { SAS = 6, MOST = 4 };
    struct datagram whole[SAS];
    (void)state;
    struct pair *p = pair_new(NULL);
    p->r.config.limits.reassemblies = MOST;
    pair_start(p);
    for (uint32_t i = 0; i < SAS; i++) {
        ikev1_handle sa;
        p->i.phase1.rule = PAIR_RULE + i;
        assert_int_equal(ikev1_connect(p->i.ike, p->now, PAIR_RULE + i, &sa), IKEV1_OK);
        pair_step(p);
        pair_step(p);
        whole[i] = *link_kept(&p->link, LINK_TO_RESPONDER, 2 * (i + 1));
        link_flush(&p->link);
        assert_int_equal(give_cut(&p->r, &whole[i], 1, 1, 2), IKEV1_OK);
        assert_int_equal(p->r.ike->s.pieces, i < MOST ? i + 1 : MOST);
    }
    assert_int_equal(give_cut(&p->r, &whole[SAS - 1], 1, 2, 2), IKEV1_OK);
    assert_int_equal(p->r.ike->s.pieces, MOST - 1);
    pair_free(p);
}

static void test_pieces__no_memory__sent_again(void **state) { /* MEM-01 */
    (void)state;
    for (uint64_t at = 1; at <= 2; at++) {
        struct datagram whole;
        struct pair *p = at_message_3(&whole);
        (void)give_cut(&p->r, &whole, 1, 1, 3);
        if (at == 1)
            ike_pieces_free((struct ike_sa *)sa_of(&p->r));
        else
            (void)give_cut(&p->r, &whole, 1, 2, 3);
        p->r.memory.fail_at = p->r.memory.calls + 1;
        assert_int_equal(give_cut(&p->r, &whole, 1, at == 1 ? 1 : 3, 3), IKEV1_E_MEMORY);
        for (size_t n = 1; n <= 3; n++)
            assert_int_equal(give_cut(&p->r, &whole, 2, n, 3), IKEV1_OK);
        comes_up(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces__any_order__put_together),
        cmocka_unit_test(test_pieces__message_sent_again__replaces_or_completes),
        cmocka_unit_test(test_pieces__does_not_fit__refused_and_sent_again),
        cmocka_unit_test(test_pieces__malformed__nothing_kept),
        cmocka_unit_test(test_pieces__whole_is_no_message__refused),
        cmocka_unit_test(test_pieces__unannounced__by_the_quirk_only),
        cmocka_unit_test(test_pieces__sum__at_the_limit_and_one_over),
        cmocka_unit_test(test_pieces__count__at_the_limit_and_one_over),
        cmocka_unit_test(test_pieces__never_completed__go_by_themselves),
        cmocka_unit_test(test_pieces__strangers__nothing_is_kept),
        cmocka_unit_test(test_pieces__many_sas__the_oldest_makes_room),
        cmocka_unit_test(test_pieces__no_memory__sent_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
