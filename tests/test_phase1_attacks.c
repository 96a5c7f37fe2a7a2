/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What somebody who is not the peer, or a peer that is not what it says, can do to phase 1, in
 * every kind of it: family PH1 of the attack catalogue, as far as other tests do not have it
 * (test_script.c, test_sweep.c, test_phase1_auth.c, test_inform.c).
 */
#include "support/attack.h"
#include "support/craft.h"
#include "support/digest.h"

/* The whole run of a kind, to take messages from. Same seeds, same run. */
static struct pair *future_of(const struct pair_kind *kind) {
    struct pair *p = kind_started(kind);
    pair_up(p);
    return p;
}

/* ---- PH1-02: messages that skip others ---- */

struct skip_row {
    const char *name;
    size_t kind;
    size_t delivered; /* messages that went as they should */
    size_t fed;       /* then comes this one, from 0 */
    bool marked;      /* as encrypted */
    int code;
};

static void test_phase1__message_that_skips_others__dropped(void **state) { /* PH1-02 */
    static const struct skip_row ROWS[] = {
        {"MM5 after MM2", 0, 2, 4, false, IKEV1_E_NO_KEY},
        {"MM5 without MM1", 0, 0, 4, false, IKEV1_E_COOKIE},
        {"MM3 without MM1", 0, 0, 2, false, IKEV1_E_COOKIE},
        {"MM3 repeated as MM5", 0, 4, 2, true, 0},
        {"AM3 without AM1", 1, 0, 2, false, IKEV1_E_COOKIE},
        {"signed MM5 after MM2", 2, 2, 4, false, IKEV1_E_NO_KEY},
        {"signed MM3 repeated as MM5", 2, 4, 2, true, 0},
        {"signed AM3 without AM1", 3, 0, 2, false, IKEV1_E_COOKIE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        const struct skip_row *row = &ROWS[i];
        const struct pair_kind *kind = &pair_kinds[row->kind];
        struct pair *future = future_of(kind), *p = kind_started(kind);
        uint8_t copy[2048];
        ikev1_why why;
        assert_int_equal(pair_connect(p), IKEV1_OK);
        for (size_t n = 0; n < row->delivered; n++)
            assert_true(pair_step(p));
        const struct datagram *d = &future->link.kept[row->fed];
        memcpy(copy, d->data, d->len);
        if (row->marked)
            copy[19] |= IKEV1_FLAG_ENCRYPTION;
        ROW_EQUAL(row->name, attack_feed(&p->r, d, copy, d->len, &why), IKEV1_DROPPED);
        if (row->code != 0)
            ROW_EQUAL(row->name, why.code, row->code);
        ROW_EQUAL(row->name, attack_discard(&p->r), 0);
        pair_run(p);
        pair_check_up(p, 1);
        pair_free(p);
        pair_free(future);
    }
}

/* ---- HDR-07: a first message that knows somebody's cookie ---- */

static void test_phase1__first_message_with_a_live_cookie__dropped(void **state) { /* HDR-07 */
    (void)state;
    EACH_KIND(kind) {
        struct pair *p = future_of(kind), *other = kind_started(kind);
        rng_init(&other->i.rng, 77);
        assert_int_equal(pair_connect(other), IKEV1_OK);
        side_drain(&other->i);
        const struct datagram *first = &other->link.flights[0];
        for (int same = 0; same < 2; same++) {
            uint8_t copy[2048];
            memcpy(copy, first->data, first->len);
            if (same) /* both of the SA that is up */
                memcpy(copy, p->link.kept[0].data, 8);
            memcpy(copy + 8, side_event(&p->r, IKEV1_EVENT_SA_UP, 0)->info.rcookie, 8);
            attack_no_effect(kind->name, &p->r, &p->link.kept[0], copy, first->len, 0);
            attack_no_effect(kind->name, &p->i, link_kept(&p->link, LINK_TO_INITIATOR, 1), copy,
                             first->len, 0);
        }
        pair_check_up(p, 1);
        pair_free(other);
        pair_free(p);
    }
}

/* ---- PH1-03: two exchanges under the same cookies ---- */

static void test_phase1__other_exchange_under_same_cookies__dropped(void **state) { /* PH1-03 */
    (void)state;
    EACH_KIND(kind) {
        const bool base = kind->mode == IKEV1_MODE_BASE;
        const struct pair_kind *other =
            base ? &pair_kinds[0] : &pair_kinds[(kind - pair_kinds) ^ 1];
        struct pair *theirs = future_of(other), *p = kind_started(kind);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        assert_true(pair_step(p));
        for (size_t k = 0; k < kind_messages(other); k++) {
            const struct datagram *d = &theirs->link.kept[k];
            uint8_t copy[2048];
            memcpy(copy, d->data, d->len);
            memcpy(copy, p->link.kept[0].data, 8);
            if (k != 0)
                memcpy(copy + 8, p->link.kept[1].data + 8, 8);
            struct side *to = d->way == LINK_TO_RESPONDER ? &p->r : &p->i;
            attack_no_effect(kind->name, to, d, copy, d->len, IKEV1_E_UNEXPECTED_MESSAGE);
        }
        pair_run(p);
        pair_check_up(p, 1);
        pair_free(p);
        pair_free(theirs);
    }
}

/* ---- PH1-05: an initiator that hears itself ---- */

static void reflect(const char *row, struct pair *p, const struct datagram *d) {
    uint8_t copy[2048];
    struct datagram back = *d;
    back.path = (ikev1_path){p->i.phase1.path.local, p->i.phase1.path.remote, false};
    attack_no_effect(row, &p->i, &back, d->data, d->len, 0);
    memcpy(copy, d->data, d->len);
    memset(copy + 8, 0x77, 8); /* as if somebody had answered */
    attack_no_effect(row, &p->i, &back, copy, d->len, 0);
}

static void test_phase1__own_messages_returned__time_out_as_ever(void **state) { /* PH1-05 */
    (void)state;
    EACH_KIND(kind) {
        for (size_t heard = 0; heard < kind_messages(kind); heard += 2) {
            struct pair *p = kind_started(kind);
            assert_int_equal(pair_connect(p), IKEV1_OK);
            for (size_t n = 0; n < heard; n++)
                assert_true(pair_step(p));
            size_t sent = p->link.kept_count;
            for (size_t k = 0; k < sent; k++) {
                if (p->link.kept[k].way == LINK_TO_RESPONDER)
                    reflect(kind->name, p, &p->link.kept[k]);
            }
            bool done = heard + 1 >= kind_messages(kind);
            link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, 0, 0);
            link_flush(&p->link);
            pair_wait(p, LONG);
            if (!done || kind->mode == IKEV1_MODE_MAIN)
                attack_fails_once(kind->name, &p->i, 0);
            pair_free(p);
        }
    }
}

/* A session with oneself: requests come back under another initiator cookie, so that they begin
 * something, and the answers under the first one. What is proven covers the cookies. */
static void test_phase1__initiator_answers_itself__never_up(void **state) { /* PH1-05, Cremers */
    (void)state;
    EACH_KIND(kind) {
        struct pair *p = kind_started(kind);
        uint8_t asked[8], mirrored[8];
        assert_int_equal(pair_connect(p), IKEV1_OK);
        memset(mirrored, 0x5a, sizeof mirrored);
        for (int turn = 0; turn < 12; turn++) {
            struct datagram d;
            side_drain(&p->i);
            if (!link_next(&p->link, &d))
                break;
            if (turn == 0)
                memcpy(asked, d.data, 8);
            memcpy(d.data, memcmp(d.data, asked, 8) == 0 ? mirrored : asked, 8);
            d.path = (ikev1_path){p->i.phase1.path.local, p->i.phase1.path.remote, false};
            ikev1_engine_input(p->i.ike, p->now, &d.path, d.data, d.len, NULL);
            link_release(&d);
        }
        side_drain(&p->i);
        link_flush(&p->link);
        link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, 0, 0);
        pair_wait(p, LONG);
        ROW_EQUAL(kind->name, side_count(&p->i, IKEV1_EVENT_SA_UP), 0);
        ROW_EQUAL(kind->name, p->i.ike->s.sas, 0);
        pair_free(p);
    }
}

/* ---- PH1-08: what has failed stays failed ---- */

static void test_phase1__failed__old_messages_do_nothing(void **state) { /* PH1-08 */
    (void)state;
    EACH_KIND(kind) {
        struct pair *p = kind_prepared(kind);
        p->i.psk = kind_signs(kind) ? NULL : "not the key of the other side";
        (kind->mode == IKEV1_MODE_AGGRESSIVE ? &p->r : &p->i)->signer.name =
            'x'; /* the initiator has to fail */
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        pair_run(p);
        pair_wait(p, LONG);
        attack_fails_once(kind->name, &p->i, 0);
        size_t failed = side_count(&p->r, IKEV1_EVENT_SA_FAILED), kept = p->link.kept_count;
        ROW_EQUAL(kind->name, failed <= side_attempts(&p->r), true);
        for (size_t k = 1; k < kept; k++) {
            const struct datagram *d = &p->link.kept[k];
            if (d->data[8] == 0) /* a request begins anew */
                continue;
            struct side *to = d->way == LINK_TO_RESPONDER ? &p->r : &p->i;
            attack_no_effect(kind->name, to, d, d->data, d->len, IKEV1_E_COOKIE);
        }
        ROW_EQUAL(kind->name, side_count(&p->r, IKEV1_EVENT_SA_UP), 0);
        ROW_EQUAL(kind->name, side_count(&p->r, IKEV1_EVENT_SA_FAILED), failed);
        pair_free(p);
    }
}

/* ---- PH1-09: an offer that was refused leaves nothing behind ---- */

static void test_phase1__offer_refused__cookies_are_unknown(void **state) { /* PH1-09 */
    (void)state;
    EACH_KIND(kind) {
        struct pair *future = future_of(kind), *p = kind_prepared(kind);
        p->r.suites1[0].key_bits = 256;
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        const struct datagram *first = &future->link.kept[0];
        attack_no_effect(kind->name, &p->r, first, first->data, first->len, IKEV1_E_NO_PROPOSAL);
        for (size_t k = 2; k < future->link.kept_count; k++) {
            const struct datagram *d = &future->link.kept[k];
            if (d->way == LINK_TO_RESPONDER)
                attack_no_effect(kind->name, &p->r, d, d->data, d->len, IKEV1_E_COOKIE);
        }
        ROW_EQUAL(kind->name, p->r.ike->s.sas, 0);
        pair_free(p);
        pair_free(future);
    }
}

/* ---- PH1-10: Aggressive Mode only where it is allowed by name ---- */

static void test_phase1__aggressive_not_allowed__nothing_shown(void **state) { /* PH1-10 */
    (void)state;
    EACH_KIND(kind) {
        if (kind->mode == IKEV1_MODE_MAIN)
            continue;
        struct pair *p = kind_prepared(kind);
        p->r.phase1.mode = IKEV1_MODE_MAIN;
        p->r.config.clear_notify = true;
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        side_drain(&p->i);
        const struct datagram *d = &p->link.kept[0];
        attack_no_effect(kind->name, &p->r, d, d->data, d->len, IKEV1_E_EXCHANGE);
        ROW_EQUAL(kind->name, p->r.signer.signed_times, 0);
        pair_free(p);
    }
}

/* ---- PH1-11, PH1-12: what anybody can say in the clear ---- */

static size_t write_clear(const struct datagram *like, uint8_t type, const uint8_t *body,
                          size_t len, uint8_t *out) {
    memcpy(out, like->data, 16);
    memset(out + 16, 0, 12);
    out[16] = type;
    out[17] = 0x10;
    out[18] = IKEV1_EXCHANGE_INFORMATIONAL;
    out[23] = 9;
    out[27] = (uint8_t)(28 + 4 + len);
    memset(out + 28, 0, 4);
    out[31] = (uint8_t)(4 + len);
    memcpy(out + 32, body, len);
    return 28 + 4 + len;
}

static struct datagram last_sent(const struct pair *p) {
    return p->link.kept[p->link.kept_count - 1];
}

static void test_phase1__error_in_the_clear__goes_on(void **state) { /* PH1-11 */
    static const uint16_t TYPES[] = {
        IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN,    IKEV1_NOTIFY_INVALID_KEY_INFORMATION,
        IKEV1_NOTIFY_AUTHENTICATION_FAILED, IKEV1_NOTIFY_INVALID_COOKIE,
        IKEV1_NOTIFY_PAYLOAD_MALFORMED,     IKEV1_NOTIFY_INVALID_SIGNATURE};
    (void)state;
    EACH_KIND(kind) {
        for (size_t n = 0; n < kind_messages(kind); n++) {
            struct pair *p = kind_started(kind);
            assert_int_equal(pair_connect(p), IKEV1_OK);
            for (size_t k = 0; k < n; k++)
                assert_true(pair_step(p));
            side_drain(&p->i);
            for (size_t t = 0; t < 2 * COUNT(TYPES); t++) {
                const uint8_t body[] = {
                    0, 0, 0, 1, 1, 0, (uint8_t)(TYPES[t / 2] >> 8), (uint8_t)TYPES[t / 2]};
                uint8_t out[128];
                struct datagram d = last_sent(p);
                size_t len = write_clear(&d, IKEV1_PAYLOAD_NOTIFY, body, sizeof body, out);
                struct side *to = t % 2 ? &p->i : &p->r;
                uint64_t before = engine_digest(to->ike);
                attack_feed(to, &d, out, len, NULL);
                ROW_EQUAL(kind->name, engine_digest(to->ike) == before, true);
                ROW_EQUAL(kind->name, attack_discard(to), 0);
            }
            pair_run(p);
            pair_check_up(p, 1);
            pair_free(p);
        }
    }
}

static void test_phase1__delete_in_the_clear__dropped(void **state) { /* PH1-12 */
    (void)state;
    EACH_KIND(kind) {
        for (size_t n = 0; n <= kind_messages(kind) + 3; n++) {
            struct pair *p = kind_started(kind);
            uint8_t sa[8 + 16] = {0, 0, 0, 1, IKEV1_PROTO_ISAKMP, 16, 0, 1}, out[128];
            static const uint8_t esp[] = {0, 0, 0, 1, IKEV1_PROTO_ESP, 4, 0, 1, 9, 9, 9, 9};
            assert_int_equal(pair_connect(p), IKEV1_OK);
            for (size_t k = 0; k < n; k++)
                assert_true(pair_step(p));
            side_drain(&p->i);
            struct datagram d = last_sent(p);
            memcpy(sa + 8, d.data, 16);
            for (int to_i = 0; to_i < 2; to_i++) {
                struct side *to = to_i ? &p->i : &p->r;
                size_t len = write_clear(&d, IKEV1_PAYLOAD_DELETE, sa, sizeof sa, out);
                attack_no_effect(kind->name, to, &d, out, len, 0);
                len = write_clear(&d, IKEV1_PAYLOAD_DELETE, esp, sizeof esp, out);
                attack_no_effect(kind->name, to, &d, out, len, 0);
            }
            pair_run(p);
            pair_check_up(p, 1);
            pair_free(p);
        }
    }
}

/* ---- PH1-13, PH1-14: more than one ---- */

static void test_phase1__both_begin_at_once__both_up(void **state) { /* PH1-13, PH1-14 */
    (void)state;
    EACH_KIND(kind) {
        struct pair *p = kind_started(kind);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        assert_int_equal(ikev1_connect(p->r.ike, p->now, PAIR_RULE, NULL), IKEV1_OK);
        pair_run(p);
        pair_wait(p, 60000);
        struct side *sides[] = {&p->i, &p->r};
        for (size_t k = 0; k < 2; k++) {
            ROW_EQUAL(kind->name, side_count(sides[k], IKEV1_EVENT_SA_UP), 2);
            ROW_EQUAL(kind->name, side_count(sides[k], IKEV1_EVENT_CHILD_UP), 2);
            ROW_EQUAL(kind->name, side_count(sides[k], IKEV1_EVENT_SA_DOWN), 0);
        }
        for (size_t n = 0; n < 2; n++) { /* no keys mixed up: each SPI has the same at both ends */
            const ikev1_ipsec *out = &side_event(&p->i, IKEV1_EVENT_CHILD_UP, n)->ipsec;
            bool found = false;
            for (size_t m = 0; m < 2; m++) {
                const ikev1_ipsec *in = &side_event(&p->r, IKEV1_EVENT_CHILD_INBOUND, m)->ipsec;
                if (in->spi != out->spi)
                    continue;
                found = true;
                assert_memory_equal(in->encryption_key.data, out->encryption_key.data,
                                    out->encryption_key.len);
            }
            ROW_EQUAL(kind->name, found, true);
        }
        pair_free(p);
    }
}

/* ---- PH1-17: an offer that was weakened on its way ---- */

/* The first transform is taken out of an SA body; the others keep their numbers. */
static void strip_first(struct craft_payload *sa) {
    uint8_t *proposal = sa->body + 8, *transform = proposal + 8;
    size_t len = (size_t)transform[2] << 8 | transform[3];
    size_t left = ((size_t)proposal[2] << 8 | proposal[3]) - len;
    memmove(transform, transform + len, sa->len - 16 - len);
    sa->len -= len;
    proposal[2] = (uint8_t)(left >> 8);
    proposal[3] = (uint8_t)left;
    proposal[7]--;
}

static void test_phase1__offer_weakened__no_side_comes_up_by_it(void **state) { /* PH1-17 */
    static struct craft c;
    static uint8_t out[CRAFT_MESSAGE];
    (void)state;
    EACH_KIND(kind) {
        struct pair *p = kind_prepared(kind);
        struct side *sides[] = {&p->i, &p->r};
        for (size_t k = 0; k < 2; k++) {
            sides[k]->suites1[1] = sides[k]->suites1[0];
            sides[k]->suites1[0].key_bits = 256;
            sides[k]->phase1.suite_count = 2;
        }
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        side_drain(&p->i);
        struct datagram d;
        assert_true(link_next(&p->link, &d));
        craft_open(&c, p->r.ike, d.data, d.len);
        strip_first(&c.at[0]);
        size_t len = craft_close(&c, out, sizeof out);
        ROW_EQUAL(kind->name, attack_feed(&p->r, &d, out, len, NULL), IKEV1_OK);
        link_release(&d);
        side_drain(&p->r);
        if (kind->mode == IKEV1_MODE_AGGRESSIVE) /* the genuine first message sent again would do */
            link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, 0, 0);
        pair_run(p);
        ROW_EQUAL(kind->name, side_count(&p->i, IKEV1_EVENT_SA_UP), 0);
        ROW_EQUAL(kind->name, side_count(&p->r, IKEV1_EVENT_SA_UP), 0);
        pair_wait(p, LONG); /* what begins again meets nobody in the middle */
        const struct side *first =
            kind->mode == IKEV1_MODE_AGGRESSIVE ? &p->i : &p->r; /* to see a proof */
        ROW_EQUAL(kind->name, side_event(first, IKEV1_EVENT_SA_FAILED, 0)->why.code, IKEV1_E_AUTH);
        for (size_t k = 0; k < 2; k++) {
            ROW_EQUAL(kind->name, side_count(sides[k], IKEV1_EVENT_SA_UP),
                      kind->mode != IKEV1_MODE_AGGRESSIVE);
            if (kind->mode != IKEV1_MODE_AGGRESSIVE)
                ROW_EQUAL(kind->name, side_event(sides[k], IKEV1_EVENT_SA_UP, 0)->info.key_bits,
                          256);
        }
        pair_free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_phase1__message_that_skips_others__dropped),
        cmocka_unit_test(test_phase1__first_message_with_a_live_cookie__dropped),
        cmocka_unit_test(test_phase1__other_exchange_under_same_cookies__dropped),
        cmocka_unit_test(test_phase1__own_messages_returned__time_out_as_ever),
        cmocka_unit_test(test_phase1__initiator_answers_itself__never_up),
        cmocka_unit_test(test_phase1__failed__old_messages_do_nothing),
        cmocka_unit_test(test_phase1__offer_refused__cookies_are_unknown),
        cmocka_unit_test(test_phase1__aggressive_not_allowed__nothing_shown),
        cmocka_unit_test(test_phase1__error_in_the_clear__goes_on),
        cmocka_unit_test(test_phase1__delete_in_the_clear__dropped),
        cmocka_unit_test(test_phase1__both_begin_at_once__both_up),
        cmocka_unit_test(test_phase1__offer_weakened__no_side_comes_up_by_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
