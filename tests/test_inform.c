/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Informational messages: what proves who sent it can end what belongs to its sender; everything
 * else does nothing. INF, PH1-08, PH1-11, PH1-12, mission R7.
 */
#include "support/craft.h"
#include "support/digest.h"
#include "support/pair.h"

static struct craft c; /* large */

/* ---- an Informational from one side to the other, made by hand ---- */

static uint32_t next_id = 0x100;

/* An empty one for `to`, under its keys, with a message ID of its own. */
static void inform(struct pair *p, struct side *to) {
    const struct ike_sa *sa = NULL;
    for (uint32_t slot = 1; sa == NULL && slot <= to->ike->s.handles.used; slot++)
        sa = ike_handle_at(&to->ike->s.handles, IKE_KIND_SA, slot);
    assert_non_null(sa);
    (void)p;
    c = (struct craft){.engine = to->ike, .sa = sa, .hash = IKE_HASH_1};
    memcpy(c.h.icookie, sa->icookie, 8);
    memcpy(c.h.rcookie, sa->rcookie, 8);
    c.h.version = 0x10;
    c.h.exchange = IKEV1_EXCHANGE_INFORMATIONAL;
    c.h.flags = IKEV1_FLAG_ENCRYPTION;
    c.h.message_id = next_id++;
    const uint8_t *last = sa->state == IKE_SA_ESTABLISHED ? sa->live->last_block : sa->phase1->iv;
    assert_int_equal(ike_iv_exchange(&sa->ctx->crypto, &sa->algs, last, c.h.message_id, c.iv),
                     IKEV1_OK);
    uint8_t hash[IKEV1_MAX_HASH] = {0};
    craft_append(&c, IKEV1_PAYLOAD_HASH, hash, ike_prf_size(&sa->algs));
}

static ikev1_path path_to(const struct pair *p, const struct side *to) {
    (void)p;
    return (ikev1_path){to->phase1.path.local, to->phase1.path.remote, false};
}

static int deliver(struct pair *p, struct side *to, ikev1_why *why) {
    uint8_t out[CRAFT_MESSAGE];
    size_t len = craft_close(&c, out, sizeof out);
    const ikev1_path path = path_to(p, to);
    int r = ikev1_engine_input(to->ike, p->now, &path, out, len, why);
    return r;
}

static void dropped(struct pair *p, struct side *to, const char *row, int code) {
    ikev1_why why;
    uint64_t before = engine_digest(to->ike);
    int r = deliver(p, to, &why);
    ROW_EQUAL(row, r, IKEV1_DROPPED);
    if (code != 0)
        ROW_TEXT(row, ikev1_error_name(why.code), ikev1_error_name(code));
    if (engine_digest(to->ike) != before)
        fail_msg("%s: has changed something", row);
}

static void put_delete(uint8_t protocol, uint8_t size, const void *spis, uint16_t count) {
    uint8_t body[512] = {0, 0, 0, 1, protocol, size, (uint8_t)(count >> 8), (uint8_t)count};
    memcpy(body + 8, spis, (size_t)size * count);
    craft_append(&c, IKEV1_PAYLOAD_DELETE, body, 8 + (size_t)size * count);
}

static void put_notify(uint16_t type, uint8_t protocol, const void *spi, uint8_t size,
                       const void *data, size_t len) {
    uint8_t body[256] = {0, 0, 0, 1, protocol, size, (uint8_t)(type >> 8), (uint8_t)type};
    memcpy(body + 8, spi, size);
    if (len != 0)
        memcpy(body + 8 + size, data, len);
    craft_append(&c, IKEV1_PAYLOAD_NOTIFY, body, 8 + size + len);
}

static void put_spi(uint8_t raw[4], uint32_t spi) {
    raw[0] = (uint8_t)(spi >> 24);
    raw[1] = (uint8_t)(spi >> 16);
    raw[2] = (uint8_t)(spi >> 8);
    raw[3] = (uint8_t)spi;
}

static void cookies(const struct side *s, uint8_t raw[16]) {
    const ikev1_sa_info *info = &side_event(s, IKEV1_EVENT_SA_UP, 0)->info;
    memcpy(raw, info->icookie, 8);
    memcpy(raw + 8, info->rcookie, 8);
}

static struct pair *up(void) {
    struct pair *p = pair_new(NULL);
    pair_start(p);
    pair_up(p);
    return p;
}

/* ---- deletes ---- */

static void test_delete__one_child__both_sides_once(void **state) {
    struct pair *p = up();
    (void)state;
    assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), 2, NULL), IKEV1_OK);
    p->i.phase2.rule = p->r.phase2.rule = 2;
    pair_run(p);
    ikev1_handle child = side_event(&p->i, IKEV1_EVENT_CHILD_UP, 0)->at.child;
    assert_int_equal(ikev1_delete(p->i.ike, p->now, child), IKEV1_OK);
    pair_run(p);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_CHILD_DOWN, 0)->why.code, IKEV1_E_CLOSED);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_CHILD_DOWN, 0)->why.code, IKEV1_E_DELETED);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_DOWN), 1);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_DOWN), 1);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_DOWN), 0);
    assert_int_equal(p->r.ike->s.children, 1);
    pair_free(p);
}

static void test_delete__sa__children_first(void **state) {
    (void)state;
    for (int responder = 0; responder < 2; responder++) {
        struct pair *p = up();
        struct side *s = responder ? &p->r : &p->i, *o = responder ? &p->i : &p->r;
        assert_int_equal(ikev1_delete(s->ike, p->now, side_sa(s)), IKEV1_OK);
        pair_run(p);
        struct side *both[] = {s, o};
        for (size_t k = 0; k < 2; k++) {
            size_t n = both[k]->event_count;
            assert_int_equal(both[k]->events[n - 2].at.type, IKEV1_EVENT_CHILD_DOWN);
            assert_int_equal(both[k]->events[n - 1].at.type, IKEV1_EVENT_SA_DOWN);
            assert_int_equal(both[k]->ike->s.sas, 0);
            assert_int_equal(both[k]->ike->s.children, 0);
        }
        pair_free(p);
    }
}

static void test_delete__many_children__all_named(void **state) { /* more than one message holds */
    enum { CHILDREN = 70 };
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.config.limits.children = p->r.config.limits.children = 200;
    pair_start(p);
    pair_up(p);
    for (uint32_t rule = 2; rule <= CHILDREN; rule++) {
        p->i.phase2.rule = p->r.phase2.rule = rule;
        assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), rule, NULL), IKEV1_OK);
        pair_run(p);
        p->i.event_count = p->r.event_count = 3; /* room for what comes */
    }
    side_forget(&p->r);
    side_forget(&p->i);
    link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, p->link.sent[LINK_TO_RESPONDER] + 3, 0);
    ikev1_delete(p->i.ike, p->now, IKEV1_ALL); /* the SA's own delete, the third, is lost */
    pair_run(p);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_DOWN), CHILDREN);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_DOWN), 0);
    pair_free(p);
}

static void test_delete__in_odd_forms__one_end(void **state) { /* INF-07 */
    struct pair *p = up();
    uint8_t spi[12], sa[32];
    (void)state;
    put_spi(spi, side_event(&p->r, IKEV1_EVENT_CHILD_UP, 0)->ipsec.spi);
    memcpy(spi + 4, spi, 4);
    memcpy(spi + 8, "\1\2\3\4", 4);
    cookies(&p->r, sa);
    memcpy(sa + 16, sa, 16);
    inform(p, &p->r);
    put_delete(IKEV1_PROTO_ISAKMP, 16, sa, 2); /* the carrier first, twice, then its children */
    put_delete(IKEV1_PROTO_ESP, 4, spi, 3);
    put_delete(IKEV1_PROTO_ESP, 4, spi, 3);
    put_notify(16384, IKEV1_PROTO_ESP, spi, 4, NULL, 0);
    assert_int_equal(deliver(p, &p->r, NULL), IKEV1_OK);
    side_drain(&p->r);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_DOWN), 1);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_DOWN), 1);
    pair_free(p);
}

static void test_delete__not_the_senders__nothing_ends(void **state) { /* INF-06, R-12 */
    struct pair *p = up();
    uint8_t spi[4] = {9, 9, 9, 9}, sa[16] = {1, 2, 3};
    (void)state;
    inform(p, &p->r);
    put_delete(IKEV1_PROTO_ESP, 4, spi, 1);
    put_delete(IKEV1_PROTO_ISAKMP, 16, sa, 1);
    put_spi(spi, side_event(&p->r, IKEV1_EVENT_CHILD_UP, 0)->ipsec.spi);
    put_delete(IKEV1_PROTO_AH, 4, spi, 1); /* the number is right, the protocol is not */
    assert_int_equal(deliver(p, &p->r, NULL), IKEV1_OK);
    side_drain(&p->r);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_DOWN), 0);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_DOWN), 0);
    pair_free(p);
}

static void test_delete__malformed__dropped(void **state) { /* INF-05 */
    static const struct {
        const char *name;
        uint8_t protocol, size;
        uint16_t count;
        size_t bytes;
    } ROWS[] = {
        {"ESP, size 0", IKEV1_PROTO_ESP, 0, 1, 0},
        {"ESP, size 3", IKEV1_PROTO_ESP, 3, 1, 3},
        {"ESP, size 16", IKEV1_PROTO_ESP, 16, 1, 16},
        {"ISAKMP, size 4", IKEV1_PROTO_ISAKMP, 4, 1, 4},
        {"count 2 of 1", IKEV1_PROTO_ESP, 4, 2, 4},
        {"count 65535", IKEV1_PROTO_ESP, 4, 65535, 4},
        {"count 0", IKEV1_PROTO_ESP, 4, 0, 4},
        {"bytes too many", IKEV1_PROTO_ESP, 4, 1, 5},
    };
    struct pair *p = up();
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        uint8_t body[64] = {0, 0, 0, 1, ROWS[i].protocol, ROWS[i].size};
        body[6] = (uint8_t)(ROWS[i].count >> 8);
        body[7] = (uint8_t)ROWS[i].count;
        inform(p, &p->r);
        craft_append(&c, IKEV1_PAYLOAD_DELETE, body, 8 + ROWS[i].bytes);
        dropped(p, &p->r, ROWS[i].name, IKEV1_E_DELETE_SYNTAX);
    }
    pair_free(p);
}

/* ---- who may ---- */

static void test_informational__in_the_clear__does_nothing(void **state) { /* INF-02, PH1-12 */
    struct pair *p = up();
    uint8_t sa[16], spi[4];
    (void)state;
    cookies(&p->r, sa);
    put_spi(spi, side_event(&p->r, IKEV1_EVENT_CHILD_UP, 0)->ipsec.spi);
    for (int kind = 0; kind < 4; kind++) {
        inform(p, &p->r);
        if (kind % 2 == 0)
            craft_remove(&c, 0); /* without a hash, as an attacker would */
        if (kind < 2)
            put_delete(IKEV1_PROTO_ISAKMP, 16, sa, 1);
        else
            put_notify(24578, IKEV1_PROTO_ISAKMP, sa, 16, NULL, 0); /* INF-10 */
        put_delete(IKEV1_PROTO_ESP, 4, spi, 1);
        c.clear = true;
        c.keep_hash = kind % 2 == 0;
        dropped(p, &p->r, "clear", IKEV1_E_UNPROTECTED);
    }
    pair_free(p);
}

static void test_informational__wrong_hash__dropped(void **state) { /* INF-03 */
    struct pair *p = up();
    uint8_t sa[16];
    (void)state;
    cookies(&p->r, sa);
    inform(p, &p->r);
    put_delete(IKEV1_PROTO_ISAKMP, 16, sa, 1);
    c.keep_hash = true;
    dropped(p, &p->r, "zero hash", IKEV1_E_AUTH);
    inform(p, &p->r);
    put_delete(IKEV1_PROTO_ISAKMP, 16, sa, 1);
    craft_remove(&c, 0);
    dropped(p, &p->r, "no hash", IKEV1_E_MISSING_PAYLOAD);
    inform(p, &p->r);
    put_delete(IKEV1_PROTO_ISAKMP, 16, sa, 1);
    craft_swap(&c, 0, 1);
    c.keep_hash = true;
    dropped(p, &p->r, "hash behind", IKEV1_E_PAYLOAD_ORDER);
    pair_free(p);
}

static void test_informational__every_defect__dropped(void **state) { /* row x defect */
    struct pair *p = up();
    (void)state;
    for (unsigned type = 1; type < 256; type++) {
        uint8_t body[64];
        size_t len = craft_sample((uint8_t)type, body);
        bool allowed = type == IKEV1_PAYLOAD_NOTIFY || type == IKEV1_PAYLOAD_DELETE ||
                       type == IKEV1_PAYLOAD_VENDOR;
        if (allowed || type == IKEV1_PAYLOAD_FRAGMENT)
            continue;
        inform(p, &p->r);
        craft_append(&c, (uint8_t)type, body, len);
        dropped(p, &p->r, "foreign",
                len == 0                     ? IKEV1_E_PAYLOAD_TYPE
                : type == IKEV1_PAYLOAD_HASH ? IKEV1_E_DUPLICATE_PAYLOAD
                                             : IKEV1_E_UNEXPECTED_PAYLOAD);
    }
    inform(p, &p->r);
    c.at[0].reserved = 1;
    dropped(p, &p->r, "reserved", IKEV1_E_RESERVED);
    inform(p, &p->r);
    c.trailing = 64;
    dropped(p, &p->r, "trailing", IKEV1_E_TRAILING);
    inform(p, &p->r);
    c.h.message_id = 0;
    dropped(p, &p->r, "message ID", IKEV1_E_MESSAGE_ID);
    pair_free(p);
}

/* RFC 2408 5.2 */
static void test_informational__unknown_cookies__dropped(void **state) { /* INF-01, DOS-11 */
    struct pair *p = up();
    (void)state;
    for (int clear = 0; clear < 2; clear++) {
        inform(p, &p->r);
        put_notify(5, IKEV1_PROTO_ISAKMP, "", 0, NULL, 0);
        c.clear = clear != 0;
        c.h.rcookie[0] ^= 1;
        dropped(p, &p->r, "cookies", IKEV1_E_COOKIE);
        assert_int_equal(p->r.ike->s.ctx.out.packets.count, 0);
    }
    pair_free(p);
}

static void test_informational__message_id_again__dropped(void **state) { /* INF-14, INF-12 */
    struct pair *p = up();
    uint8_t out[CRAFT_MESSAGE];
    (void)state;
    inform(p, &p->r);
    put_notify(40000, IKEV1_PROTO_ISAKMP, "", 0, "x", 1);
    size_t len = craft_close(&c, out, sizeof out);
    const ikev1_path path = path_to(p, &p->r);
    assert_int_equal(ikev1_engine_input(p->r.ike, p->now, &path, out, len, NULL), IKEV1_OK);
    side_drain(&p->r);
    uint64_t before = engine_digest(p->r.ike);
    for (int i = 0; i < 20; i++) {
        ikev1_why why;
        assert_int_equal(ikev1_engine_input(p->r.ike, p->now, &path, out, len, &why),
                         IKEV1_DROPPED);
        assert_int_equal(why.code, IKEV1_E_REPLAYED);
    }
    assert_true(engine_digest(p->r.ike) == before);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_NOTIFY), 1);
    inform(p, &p->r); /* nor one that a Quick Mode had */
    const uint8_t *quick = link_kept(&p->link, LINK_TO_RESPONDER, 4)->data + 20;
    c.h.message_id =
        (uint32_t)quick[0] << 24 | (uint32_t)quick[1] << 16 | (uint32_t)quick[2] << 8 | quick[3];
    dropped(p, &p->r, "a Quick Mode's", IKEV1_E_REPLAYED);
    pair_free(p);
}

/* ---- notifications ---- */

static void test_notify__authenticated__told_as_it_came(void **state) { /* INF-09 */
    struct pair *p = up();
    (void)state;
    static const uint16_t TYPES[] = {0, 1, 24578, 36135, 65535};
    for (size_t i = 0; i < COUNT(TYPES); i++) {
        inform(p, &p->r);
        put_notify(TYPES[i], IKEV1_PROTO_ESP, "abcd", 4, "data\n%s", 7);
        assert_int_equal(deliver(p, &p->r, NULL), IKEV1_OK);
        side_drain(&p->r);
        const struct pair_event *e = side_event(&p->r, IKEV1_EVENT_NOTIFY, i);
        assert_int_equal(e->notify.type, TYPES[i]);
        assert_int_equal(e->notify.spi.len, 4);
        assert_int_equal(e->notify.data.len, 7);
        assert_memory_equal(e->data, "data\n%s", 7);
    }
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_DOWN), 0);
    assert_int_equal(p->r.ike->s.ctx.out.packets.count, 0); /* nothing is answered: INF-04 */
    pair_free(p);
}

static void test_notify__twenty_at_once__all_told(void **state) {
    struct pair *p = up();
    (void)state;
    inform(p, &p->r);
    for (int i = 0; i < 20; i++)
        put_notify((uint16_t)(40000 + i), IKEV1_PROTO_ISAKMP, "", 0, NULL, 0);
    assert_int_equal(deliver(p, &p->r, NULL), IKEV1_OK);
    side_drain(&p->r);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_NOTIFY), 20);
    pair_free(p);
}

static void test_notify__error_about_a_quick_mode__that_one_ends(void **state) {
    struct pair *p = up();
    ikev1_handle a, b;
    uint8_t spi[4];
    (void)state;
    link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, 0, 0);
    p->i.phase2.rule = 2;
    assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), 2, &a), IKEV1_OK);
    p->i.phase2.rule = 3;
    assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), 3, &b), IKEV1_OK);
    const struct ike_child *child = ike_handle_find(&p->i.ike->s.handles, IKE_KIND_CHILD, a);
    put_spi(spi, child->first.spi_in);
    inform(p, &p->i);
    put_notify(IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN, IKEV1_PROTO_ESP, spi, 4, NULL, 0);
    assert_int_equal(deliver(p, &p->i, NULL), IKEV1_OK);
    side_drain(&p->i);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_FAILED), 1);
    assert_true(side_event(&p->i, IKEV1_EVENT_CHILD_FAILED, 0)->at.child == a);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_CHILD_FAILED, 0)->why.notify,
                     IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN);
    pair_free(p);
}

/* Before we are up, an error in the clear only chooses the words of the end (PH1-11, R-06). */
static void test_notify__in_the_clear_during_phase1__negotiation_goes_on(void **state) {
    static const uint16_t TYPES[] = {IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN, 24, 1, 24578};
    (void)state;
    for (int n = 0; n < 6; n++) {
        struct pair *p = pair_new(NULL);
        pair_start(p);
        pair_connect(p);
        for (int i = 0; i < n; i++)
            pair_step(p);
        side_drain(&p->i);
        side_drain(&p->r);
        const struct ike_sa *sa = ike_handle_at(&p->i.ike->s.handles, IKE_KIND_SA, 1);
        for (size_t i = 0; i < COUNT(TYPES); i++) {
            c = (struct craft){.engine = p->i.ike};
            memcpy(c.h.icookie, sa->icookie, 8);
            memcpy(c.h.rcookie, sa->rcookie, 8);
            if (ike_is_zero(c.h.rcookie, 8))
                c.h.rcookie[0] = 5; /* a refusal may carry one already */
            c.h.version = 0x10;
            c.h.exchange = IKEV1_EXCHANGE_INFORMATIONAL;
            c.h.message_id = 77;
            c.clear = true;
            put_notify(TYPES[i], IKEV1_PROTO_ISAKMP, "", 0, NULL, 0);
            dropped(p, &p->i, "clear notify", IKEV1_E_UNPROTECTED);
        }
        pair_run(p);
        pair_check_up(p, 1);
        pair_free(p);
    }
}

/* ---- our own ---- */

static void test_informational__returned_to_us__dropped(void **state) { /* */
    struct pair *p = up();
    ikev1_packet packet;
    (void)state;
    assert_int_equal(ikev1_delete(p->i.ike, p->now, side_child(&p->i)), IKEV1_OK);
    assert_int_equal(ikev1_engine_next_packet(p->i.ike, &packet), 1);
    uint8_t copy[512];
    size_t len = packet.len;
    memcpy(copy, packet.data, len);
    const ikev1_path back = path_to(p, &p->i);
    ikev1_why why;
    assert_int_equal(ikev1_engine_input(p->i.ike, p->now, &back, copy, len, &why), IKEV1_DROPPED);
    assert_int_equal(why.code, IKEV1_E_REPLAYED);
    pair_free(p);
}

/* Two engines that are fed with each other's refusals: it dies out (INF-04). */
static void test_informational__errors_about_errors__die_out(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.config.clear_notify = p->r.config.clear_notify = true;
    pair_start(p);
    pair_up(p);
    for (size_t i = 0; i < 9; i++) { /* every message of before, spoiled, both ways */
        struct datagram d = p->link.kept[i];
        struct datagram spoiled = d;
        uint8_t copy[2048];
        memcpy(copy, d.data, d.len);
        copy[d.len - 3] ^= 0x40;
        spoiled.data = copy;
        for (uint8_t way = 0; way < 2; way++) {
            spoiled.way = way;
            link_inject(&p->link, &spoiled, p->now);
        }
    }
    size_t before = p->link.kept_count;
    for (int steps = 0; pair_step(p); steps++)
        assert_true(steps < 100);
    assert_true(p->link.kept_count - before < 20);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delete__one_child__both_sides_once),
        cmocka_unit_test(test_delete__sa__children_first),
        cmocka_unit_test(test_delete__many_children__all_named),
        cmocka_unit_test(test_delete__in_odd_forms__one_end),
        cmocka_unit_test(test_delete__not_the_senders__nothing_ends),
        cmocka_unit_test(test_delete__malformed__dropped),
        cmocka_unit_test(test_informational__in_the_clear__does_nothing),
        cmocka_unit_test(test_informational__wrong_hash__dropped),
        cmocka_unit_test(test_informational__every_defect__dropped),
        cmocka_unit_test(test_informational__unknown_cookies__dropped),
        cmocka_unit_test(test_informational__message_id_again__dropped),
        cmocka_unit_test(test_notify__authenticated__told_as_it_came),
        cmocka_unit_test(test_notify__twenty_at_once__all_told),
        cmocka_unit_test(test_notify__error_about_a_quick_mode__that_one_ends),
        cmocka_unit_test(test_notify__in_the_clear_during_phase1__negotiation_goes_on),
        cmocka_unit_test(test_informational__returned_to_us__dropped),
        cmocka_unit_test(test_informational__errors_about_errors__die_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
