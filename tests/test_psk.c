/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose pre-shared key it is: by address, by identity, by a group's name; and which of several,
 * where Main Mode has to choose before it knows who calls (RFC 2409 5.4; mission R2, B3, IDN-08).
 */
#include "api/api.h"
#include "support/digest.h"
#include "support/pair.h"

/* ---- several ---- */

static const char *const KEYS[] = {"the first of all the keys",   "the second of all the keys",
                                   "the third of all the keys",   "the fourth of all the keys",
                                   "the fifth of all the keys",   "the sixth of all the keys",
                                   "the seventh of all the keys", "the eighth of all the keys"};
_Static_assert(COUNT(KEYS) == IKEV1_MAX_PSKS, "as many as may be tried");

static struct {
    size_t asked, refused; /* refused: this candidate has no key; 0 = all have */
    uint8_t order[64];
    ikev1_ask ask;
    bool later;
} host;

static int keys(void *user, const ikev1_question *q, ikev1_bytes *answer) {
    struct side *s = user;
    (void)s;
    assert_true(q->candidate < COUNT(KEYS));
    if (host.asked < sizeof host.order)
        host.order[host.asked] = q->candidate;
    host.asked++;
    host.ask = q->ask;
    if (host.later)
        return IKEV1_PENDING;
    if (host.refused != 0 && q->candidate == host.refused)
        return IKEV1_E_NO_CREDENTIAL;
    const char *key = KEYS[q->candidate];
    *answer = (ikev1_bytes){(const uint8_t *)key, strlen(key)};
    return IKEV1_OK;
}

static struct pair *with_keys(uint8_t count, const char *initiator) {
    struct pair *p = pair_new(NULL);
    memset(&host, 0, sizeof host);
    p->i.psk = initiator;
    p->r.policy.psk = keys;
    p->r.phase1.psk_count = count;
    pair_start(p);
    return p;
}

static void test_candidates__each_of_them__found_and_told(void **state) {
    (void)state;
    for (uint8_t i = 0; i < IKEV1_MAX_PSKS; i++) {
        struct pair *p = with_keys(IKEV1_MAX_PSKS, KEYS[i]);
        pair_up(p);
        ROW_EQUAL(KEYS[i], host.asked, i + 1u);
        for (uint8_t k = 0; k <= i; k++)
            ROW_EQUAL(KEYS[i], host.order[k], k);
        ROW_EQUAL(KEYS[i], side_event(&p->r, IKEV1_EVENT_SA_UP, 0)->info.candidate, i);
        ROW_EQUAL(KEYS[i], side_event(&p->i, IKEV1_EVENT_SA_UP, 0)->info.candidate, 0);
        ROW_EQUAL(KEYS[i], side_said(&p->r, "the pre-shared keys may differ"), false);
        pair_free(p);
    }
}

/* One past the limit is refused when it is configured. */
static void test_candidates__more_than_the_limit__not_usable(void **state) {
    struct pair *p = with_keys(1, KEYS[0]);
    (void)state;
    p->r.phase1.psk_count = IKEV1_MAX_PSKS;
    assert_int_equal(ikev1_check_phase1(p->r.ike, &p->r.phase1, NULL), IKEV1_OK);
    p->r.phase1.psk_count = IKEV1_MAX_PSKS + 1;
    assert_int_equal(ikev1_check_phase1(p->r.ike, &p->r.phase1, NULL), IKEV1_E_CONFIG);
    pair_free(p);
}

/* Not among those that are tried. */
static void test_candidates__none_fits__named_as_a_wrong_key(void **state) {
    struct pair *p = with_keys(3, KEYS[3]);
    (void)state;
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    assert_int_equal(host.asked, 3);
    pair_wait(p, 600000);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_FAILED, 0)->why.code, IKEV1_E_PSK);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), 0);
    assert_true(side_said(&p->r, "the pre-shared keys may differ"));
    assert_true(host.asked % 3 == 0); /* each message meets them all, and no more */
    pair_free(p);
}

/* A candidate that the host has no key for is passed over; without the first nothing goes on. */
static void test_candidates__one_refused__passed_over(void **state) {
    struct pair *p = with_keys(3, KEYS[2]);
    (void)state;
    host.refused = 1;
    pair_up(p);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_UP, 0)->info.candidate, 2);
    pair_free(p);
}

/* A forged message 5 costs the tries and nothing else: the genuine one completes (PH1-06). */
static void test_candidates__garbage_first__no_effect(void **state) {
    struct pair *p = with_keys(4, KEYS[2]);
    struct datagram d;
    ikev1_why why;
    (void)state;
    assert_int_equal(pair_connect(p), IKEV1_OK);
    for (int i = 0; i < 4; i++)
        assert_true(pair_step(p));
    assert_true(link_next(&p->link, &d));
    d.data[IKEV1_HEADER_SIZE + 3] ^= 0x40;
    const struct ike_sa *sa = ike_handle_at(&p->r.ike->s.handles, IKE_KIND_SA, 1);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ikev1_engine_input(p->r.ike, p->now, &d.path, d.data, d.len, &why),
                         IKEV1_DROPPED);
        assert_int_equal(why.code, IKEV1_E_PSK);
        assert_int_equal(host.asked, 4u * (unsigned)(i + 1));
        assert_null(sa->live); /* no key is left installed */
        assert_int_equal(sa->phase1->candidate, 0);
    }
    d.data[IKEV1_HEADER_SIZE + 3] ^= 0x40;
    assert_int_equal(ikev1_engine_input(p->r.ike, p->now, &d.path, d.data, d.len, &why), IKEV1_OK);
    link_release(&d);
    pair_run(p);
    pair_check_up(p, 1);
    pair_free(p);
}

/* Each may have to be looked up somewhere. */
static void test_candidates__answered_later__each_in_turn(void **state) {
    struct pair *p = with_keys(4, KEYS[2]);
    (void)state;
    host.later = true;
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    for (size_t i = 0; i < 3; i++) {
        ikev1_answer a = {.size = sizeof a, .kind = IKEV1_QUESTION_PSK};
        assert_int_equal(host.asked, i + 1);
        assert_int_equal(host.order[i], i);
        a.psk = (ikev1_bytes){(const uint8_t *)KEYS[i], strlen(KEYS[i])};
        ikev1_ask ask = host.ask;
        assert_int_equal(ikev1_engine_answer(p->r.ike, p->now, ask, &a), IKEV1_OK);
        assert_int_equal(ikev1_engine_answer(p->r.ike, p->now, ask, &a), IKEV1_E_STALE);
    }
    pair_run(p);
    pair_check_up(p, 1);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_UP, 0)->info.candidate, 2);
    pair_free(p);
}

/* Whatever memory lacks in between: what was the peer's key is found when it has come back. */
static void test_candidates__no_memory__tried_again_from_the_first(void **state) {
    (void)state;
    for (unsigned fail = 1;; fail++) {
        struct pair *p = with_keys(3, KEYS[2]);
        struct datagram d;
        assert_int_equal(pair_connect(p), IKEV1_OK);
        for (int i = 0; i < 4; i++)
            assert_true(pair_step(p));
        assert_true(link_next(&p->link, &d));
        p->r.memory.fail_at = p->r.memory.calls + fail;
        int r = ikev1_engine_input(p->r.ike, p->now, &d.path, d.data, d.len, NULL);
        p->r.memory.fail_at = 0;
        if (r != IKEV1_OK)
            r = ikev1_engine_input(p->r.ike, p->now, &d.path, d.data, d.len, NULL);
        assert_int_equal(r, IKEV1_OK);
        link_release(&d);
        pair_wait(p, 60000);
        pair_check_up(p, 1);
        bool all = p->r.memory.calls > 0 && fail > 40;
        pair_free(p);
        if (all)
            break;
    }
}

/* ---- whose ---- */

static const char *const GROUP = "remote workers"; /* a KEY_ID, as groups are named by */

static struct { const char *by_address, *by_name, *by_group; } store;

static bool is_peer(const ikev1_question *q, uint8_t type, const char *name) {
    return q->peer_id != NULL && q->peer_id->type == type && q->peer_id->len == strlen(name) &&
           memcmp(q->peer_id->data, name, q->peer_id->len) == 0;
}

static int find_key(void *user, const ikev1_question *q, ikev1_bytes *answer) {
    static const uint8_t ADDRESS[] = {192, 0, 2, 1};
    const char *key = NULL;
    (void)user;
    if (is_peer(q, IKEV1_ID_FQDN, "gw.example.org"))
        key = store.by_name;
    else if (is_peer(q, IKEV1_ID_KEY_ID, GROUP))
        key = store.by_group;
    else if (memcmp(q->path.remote.ip, ADDRESS, sizeof ADDRESS) == 0)
        key = store.by_address;
    if (key == NULL)
        return IKEV1_E_NO_CREDENTIAL;
    *answer = (ikev1_bytes){(const uint8_t *)key, strlen(key)};
    return IKEV1_OK;
}

static ikev1_id named(uint8_t type, const char *name) {
    return (ikev1_id){.type = type, .data = (const uint8_t *)name, .len = strlen(name)};
}

static void test_psk__by_address_identity_or_group__the_right_one(void **state) {
    static const struct {
        const char *name;
        bool aggressive;
        uint8_t type;
        const char *id, *key;
    } ROWS[] = {
        {"main, address", false, 0, NULL, "the key of the address"},
        {"aggressive, address", true, 0, NULL, "the key of the address"},
        {"aggressive, FQDN", true, IKEV1_ID_FQDN, "gw.example.org", "the key of the name"},
        {"aggressive, KEY_ID", true, IKEV1_ID_KEY_ID, "remote workers", "the key of the group"},
    };
    (void)state;
    store.by_address = "the key of the address";
    store.by_name = "the key of the name";
    store.by_group = "the key of the group";
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        struct pair *p = pair_new(NULL);
        pair_by(p, IKEV1_AUTH_PSK, ROWS[i].aggressive);
        p->i.psk = ROWS[i].key;
        p->r.policy.psk = find_key;
        if (ROWS[i].type != 0)
            p->i.phase1.local_id = p->r.phase1.remote_id = named(ROWS[i].type, ROWS[i].id);
        pair_start(p);
        pair_up(p);
        pair_free(p);
    }
}

/* IDN-08: in Main Mode the key is the address's, whatever the peer calls itself afterwards. */
static void test_psk__main_mode__not_by_the_name_that_comes_later(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    store.by_address = "the key of the address";
    store.by_name = "the key of the name";
    p->i.psk = store.by_name;
    p->r.policy.psk = find_key;
    p->i.phase1.local_id = p->r.phase1.remote_id = named(IKEV1_ID_FQDN, "gw.example.org");
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_wait(p, 600000);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), 0);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_FAILED, 0)->why.code, IKEV1_E_PSK);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_candidates__each_of_them__found_and_told),
        cmocka_unit_test(test_candidates__more_than_the_limit__not_usable),
        cmocka_unit_test(test_candidates__none_fits__named_as_a_wrong_key),
        cmocka_unit_test(test_candidates__one_refused__passed_over),
        cmocka_unit_test(test_candidates__garbage_first__no_effect),
        cmocka_unit_test(test_candidates__answered_later__each_in_turn),
        cmocka_unit_test(test_candidates__no_memory__tried_again_from_the_first),
        cmocka_unit_test(test_psk__by_address_identity_or_group__the_right_one),
        cmocka_unit_test(test_psk__main_mode__not_by_the_name_that_comes_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
