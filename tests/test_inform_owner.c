/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Informational messages of a second peer, under another message ID, and without end; what is
 * stored to be sent again. INF-03, INF-04, INF-06, RTX-10, R-12. RFC 2409 5.7.
 */
#include "support/craft.h"
#include "support/digest.h"
#include "support/pair.h"

static struct craft c; /* large */
static uint32_t next_id = 0x100;

/* An empty message for `to`, under the keys of one of its ISAKMP SAs. */
static void inform(struct side *to, ikev1_handle handle) {
    const struct ike_sa *sa = ike_handle_find(&to->ike->s.handles, IKE_KIND_SA, handle);
    uint8_t hash[IKEV1_MAX_HASH] = {0};
    assert_non_null(sa);
    c = (struct craft){.engine = to->ike, .sa = sa, .hash = IKE_HASH_1};
    memcpy(c.h.icookie, sa->icookie, 8);
    memcpy(c.h.rcookie, sa->rcookie, 8);
    c.h.version = 0x10;
    c.h.exchange = IKEV1_EXCHANGE_INFORMATIONAL;
    c.h.flags = IKEV1_FLAG_ENCRYPTION;
    c.h.message_id = next_id++;
    assert_int_equal(
        ike_iv_exchange(&sa->ctx->crypto, &sa->algs, sa->live->last_block, c.h.message_id, c.iv),
        IKEV1_OK);
    craft_append(&c, IKEV1_PAYLOAD_HASH, hash, ike_prf_size(&sa->algs));
}

static int deliver(struct side *to, uint32_t message_id) {
    uint8_t out[CRAFT_MESSAGE];
    const ikev1_path path = {to->phase1.path.local, to->phase1.path.remote, false};
    size_t len = craft_close(&c, out, sizeof out);
    for (int i = 0; i < 4; i++)
        out[20 + i] = (uint8_t)(message_id >> (24 - 8 * i));
    return ikev1_engine_input(to->ike, to->pair->now, &path, out, len, NULL);
}

static void put_delete(uint8_t protocol, uint8_t size, const void *spi) {
    uint8_t body[8 + 16] = {0, 0, 0, 1, protocol, size, 0, 1};
    memcpy(body + 8, spi, size);
    craft_append(&c, IKEV1_PAYLOAD_DELETE, body, 8u + size);
}

static void put_notify(uint16_t type, const uint8_t *spi) {
    uint8_t body[8 + 4] = {0, 0, 0, 1, IKEV1_PROTO_ESP, 4, (uint8_t)(type >> 8), (uint8_t)type};
    memcpy(body + 8, spi, 4);
    craft_append(&c, IKEV1_PAYLOAD_NOTIFY, body, sizeof body);
}

static void raw_spi(uint8_t raw[4], uint32_t spi) {
    for (int i = 0; i < 4; i++)
        raw[i] = (uint8_t)(spi >> (24 - 8 * i));
}

/* Two peers of the responder: the same engine, but under two identities, by two rules. */
static struct pair *two_peers(void) {
    static const char *const NAMES[] = {"a.example.org", "b.example.org"};
    struct pair *p = pair_new(NULL);
    p->r.phase1.remote_match = IKEV1_MATCH_ANY;
    pair_start(p);
    for (uint32_t n = 0; n < 2; n++) {
        p->i.phase1.rule = p->i.phase2.rule = p->r.phase1.rule = p->r.phase2.rule = 1 + n;
        p->i.phase1.local_id = (ikev1_id){
            .type = IKEV1_ID_FQDN, .data = (const uint8_t *)NAMES[n], .len = strlen(NAMES[n])};
        assert_int_equal(pair_connect(p), IKEV1_OK);
        pair_run(p);
    }
    assert_int_equal(p->r.ike->s.sas, 2);
    assert_int_equal(p->r.ike->s.children, 2);
    return p;
}

static void test_delete__what_another_peer_owns__nothing_ends(void **state) {
    struct pair *p = two_peers();
    uint8_t spi[4], cookies[16];
    (void)state;
    const ikev1_sa_info *info = &side_event(&p->r, IKEV1_EVENT_SA_UP, 0)->info;
    ikev1_handle second = side_event(&p->r, IKEV1_EVENT_SA_UP, 1)->at.sa;
    memcpy(cookies, info->icookie, 8);
    memcpy(cookies + 8, info->rcookie, 8);
    raw_spi(spi, side_event(&p->r, IKEV1_EVENT_CHILD_UP, 0)->ipsec.spi);
    inform(&p->r, second);
    put_delete(IKEV1_PROTO_ESP, 4, spi);
    put_delete(IKEV1_PROTO_ISAKMP, 16, cookies);
    put_notify(IKEV1_NOTIFY_INVALID_SPI, spi);
    assert_int_equal(deliver(&p->r, c.h.message_id), IKEV1_OK);
    side_drain(&p->r);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_DOWN), 0);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_DOWN), 0);
    inform(&p->r, side_event(&p->r, IKEV1_EVENT_SA_UP, 0)->at.sa); /* its owner may */
    put_delete(IKEV1_PROTO_ESP, 4, spi);
    assert_int_equal(deliver(&p->r, c.h.message_id), IKEV1_OK);
    side_drain(&p->r);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_DOWN), 1);
    pair_free(p);
}

static void test_adoption__another_peers_sa__its_children_stay_where_they_are(void **state) {
    struct pair *p = two_peers();
    (void)state;
    inform(&p->r, side_event(&p->r, IKEV1_EVENT_SA_UP, 1)->at.sa);
    assert_int_equal(deliver(&p->r, c.h.message_id), IKEV1_OK); /* it proves itself */
    side_drain(&p->r);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_ADOPTED), 0);
    assert_int_equal(ikev1_delete(p->r.ike, p->now, side_event(&p->r, IKEV1_EVENT_SA_UP, 0)->at.sa),
                     IKEV1_OK);
    pair_run(p);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_DOWN), 1);
    assert_int_equal(p->r.ike->s.children, 1);
    pair_free(p);
}

static void test_informational__good_hash_under_another_id__dropped(void **state) { /* INF-03 */
    struct pair *p = pair_new(NULL);
    uint8_t spi[4];
    (void)state;
    pair_start(p);
    pair_up(p);
    raw_spi(spi, side_event(&p->r, IKEV1_EVENT_CHILD_UP, 0)->ipsec.spi);
    inform(&p->r, side_sa(&p->r));
    put_delete(IKEV1_PROTO_ESP, 4, spi);
    uint64_t before = engine_digest(p->r.ike);
    assert_int_equal(deliver(&p->r, c.h.message_id ^ 1), IKEV1_DROPPED);
    assert_true(engine_digest(p->r.ike) == before);
    assert_int_equal(deliver(&p->r, c.h.message_id), IKEV1_OK); /* the genuine one */
    pair_free(p);
}

static void test_informational__ten_thousand_errors__not_one_answer(void **state) { /* INF-04 */
    struct pair *p = pair_new(NULL);
    const uint8_t spi[4] = {1, 2, 3, 4};
    (void)state;
    p->i.config.clear_notify = p->r.config.clear_notify = true;
    pair_start(p);
    pair_up(p);
    ikev1_handle sas[] = {side_sa(&p->i), side_sa(&p->r)};
    for (uint32_t n = 0; n < 10000; n++) {
        struct side *to = n % 2 ? &p->r : &p->i;
        ikev1_event event;
        inform(to, sas[n % 2]);
        put_notify((uint16_t)(n % 16384), spi); /* every error there can be */
        int r = deliver(to, n % 3 == 2 ? 7 : c.h.message_id);
        assert_int_equal(r, n % 3 == 2 ? IKEV1_DROPPED : IKEV1_OK);
        while (ikev1_engine_next_event(to->ike, &event) == 1)
            assert_int_equal(event.type, IKEV1_EVENT_NOTIFY);
        assert_int_equal(to->ike->s.ctx.out.packets.count, 0);
    }
    assert_int_equal(p->i.ike->s.children + p->r.ike->s.children, 2);
    pair_free(p);
}

static size_t stored(const struct side *s) {
    size_t sum = 0;
    for (uint32_t slot = 1; slot <= s->ike->s.handles.used; slot++) {
        const struct ike_sa *sa = ike_handle_at(&s->ike->s.handles, IKE_KIND_SA, slot);
        if (sa == NULL)
            continue;
        sum += sa->phase1 != NULL ? sa->phase1->sent.len : 0;
        for (const struct ike_xchg *x = sa->xchgs; x != NULL; x = x->next)
            sum += x->sent.len;
    }
    return sum;
}

/* What may have to be sent again is one message for an exchange, and nothing when it is over. */
static void test_stored__one_message_an_exchange__none_when_over(void **state) { /* RTX-10 */
    struct pair *p = pair_new(NULL);
    size_t most = 0, largest = 0;
    (void)state;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    do {
        struct side *both[] = {&p->i, &p->r};
        for (size_t n = 0; n < 2; n++)
            most = stored(both[n]) > most ? stored(both[n]) : most;
    } while (pair_step(p));
    for (size_t n = 0; n < p->link.kept_count; n++)
        largest = p->link.kept[n].len > largest ? p->link.kept[n].len : largest;
    assert_true(most > 0 && most <= 2 * largest); /* phase 1 lingers while Quick Mode runs */
    pair_wait(p, 31000);
    assert_int_equal(stored(&p->i) + stored(&p->r), 0);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delete__what_another_peer_owns__nothing_ends),
        cmocka_unit_test(test_adoption__another_peers_sa__its_children_stay_where_they_are),
        cmocka_unit_test(test_informational__good_hash_under_another_id__dropped),
        cmocka_unit_test(test_informational__ten_thousand_errors__not_one_answer),
        cmocka_unit_test(test_stored__one_message_an_exchange__none_when_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
