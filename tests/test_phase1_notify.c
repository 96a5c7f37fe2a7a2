/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notifications while phase 1 is under way (RFC 2408 3.14.1, 5; RFC 2407 4.6.3): every type, to
 * both roles. In the clear it ends nothing and is remembered (PH1-11); under keys of phase 1 an
 * error ends it. And what we tell a peer whose phase 1 we refuse.
 */
#include "support/attack.h"
#include "support/digest.h"
#include "support/scene.h"

static struct craft c; /* large */

#define TYPE_OF(name, n, text) n,
static const uint16_t TYPES[] = {IKEV1_NOTIFIES(TYPE_OF)};

static bool is_error(uint16_t type) {
    return type < IKEV1_NOTIFY_CONNECTED;
}

/* ---- in the clear ---- */

static void say_clear(const char *row, struct side *to, const struct datagram *like,
                      uint16_t type) {
    uint8_t out[40] = {0};
    memcpy(out, like->data, 2 * IKEV1_COOKIE_SIZE);
    out[16] = IKEV1_PAYLOAD_NOTIFY;
    out[17] = 0x10;
    out[18] = IKEV1_EXCHANGE_INFORMATIONAL;
    out[23] = 9; /* message ID */
    out[27] = sizeof out;
    out[31] = 12;
    out[35] = 1; /* DOI */
    out[36] = IKEV1_PROTO_ISAKMP;
    out[38] = (uint8_t)(type >> 8);
    out[39] = (uint8_t)type;
    attack_no_effect(row, to, like, out, sizeof out, 0);
}

static struct datagram last_sent(const struct pair *p) {
    return p->link.kept[p->link.kept_count - 1];
}

static void steps(struct pair *p, size_t n) {
    assert_int_equal(pair_connect(p), IKEV1_OK);
    while (n-- > 0)
        assert_true(pair_step(p));
    side_drain(&p->i);
    side_drain(&p->r);
}

static void test_notify__each_in_the_clear__negotiation_goes_on(void **state) { /* PH1-11, R-06 */
    (void)state;
    EACH_KIND(kind) {
        for (size_t n = 0; n < kind_messages(kind); n++) {
            struct pair *p = kind_prepared(kind);
            p->i.config.clear_notify = p->r.config.clear_notify = true;
            pair_start(p);
            steps(p, n);
            const struct datagram d = last_sent(p);
            for (size_t t = 0; t < COUNT(TYPES); t++) {
                say_clear(kind->name, &p->i, &d, TYPES[t]);
                say_clear(kind->name, &p->r, &d, TYPES[t]);
            }
            pair_run(p);
            pair_check_up(p, 1);
            pair_free(p);
        }
    }
}

/* If nothing better comes, what was said will have been why. */
static void test_notify__each_in_the_clear__remembered(void **state) {
    (void)state;
    for (size_t t = 0; t < COUNT(TYPES); t++) {
        for (int initiator = 0; initiator < 2; initiator++) {
            struct pair *p = pair_new(NULL);
            pair_start(p);
            steps(p, initiator ? 2 : 4);
            const struct datagram d = last_sent(p);
            struct side *to = initiator ? &p->i : &p->r;
            const char *row = ikev1_name(IKEV1_NAMES_NOTIFY, TYPES[t]);
            p->i.config.timing.retry_count = 1;
            say_clear(row, to, &d, TYPES[t]);
            ROW_EQUAL(row, side_count(to, IKEV1_EVENT_SA_FAILED), 0);
            link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, 0, 0);
            link_rule(&p->link, LINK_TO_INITIATOR, LINK_DROP, 0, 0);
            link_flush(&p->link);
            pair_wait(p, LONG);
            attack_fails_once(row, to, is_error(TYPES[t]) ? IKEV1_E_NOTIFIED : IKEV1_E_SILENT);
            ROW_EQUAL(row, side_event(to, IKEV1_EVENT_SA_FAILED, 0)->why.notify,
                      is_error(TYPES[t]) ? TYPES[t] : 0);
            pair_free(p);
        }
    }
}

/* What a responder has found out counts against its peer, whatever is said afterwards. */
static void test_notify__in_the_clear_after_a_wrong_key__the_key_is_why(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    p->r.psk = "another one";
    pair_start(p);
    steps(p, 5);
    const struct datagram d = last_sent(p);
    say_clear("after", &p->r, &d, IKEV1_NOTIFY_PAYLOAD_MALFORMED);
    pair_wait(p, LONG);
    attack_fails_once("responder", &p->r, IKEV1_E_PSK);
    pair_free(p);
}

/* ---- under keys of phase 1 ---- */

static size_t seal(const struct side *to, uint16_t type, uint8_t *out, size_t cap) {
    const struct ike_sa *sa = ike_handle_at(&to->ike->s.handles, IKE_KIND_SA, 1);
    const uint8_t body[] = {0, 0, 0, 1, IKEV1_PROTO_ISAKMP, 0, (uint8_t)(type >> 8), (uint8_t)type};
    uint8_t hash[IKEV1_MAX_HASH] = {0};
    c = (struct craft){.engine = to->ike, .sa = sa, .hash = IKE_HASH_1};
    memcpy(c.h.icookie, sa->icookie, sizeof c.h.icookie);
    memcpy(c.h.rcookie, sa->rcookie, sizeof c.h.rcookie);
    c.h.version = 0x10;
    c.h.exchange = IKEV1_EXCHANGE_INFORMATIONAL;
    c.h.flags = IKEV1_FLAG_ENCRYPTION;
    c.h.message_id = 0x1234;
    assert_int_equal(
        ike_iv_exchange(&sa->ctx->crypto, &sa->algs, sa->phase1->iv, c.h.message_id, c.iv),
        IKEV1_OK);
    craft_append(&c, IKEV1_PAYLOAD_HASH, hash, ike_prf_size(&sa->algs));
    craft_append(&c, IKEV1_PAYLOAD_NOTIFY, body, sizeof body);
    return craft_close(&c, out, cap);
}

/* Main 5 and 6, Aggressive 3: with a key, signed, and half of each. */
static bool has_keys(const struct point *at) {
    return (at->exchange == IKEV1_EXCHANGE_MAIN && at->number > 4) ||
           (at->exchange == IKEV1_EXCHANGE_AGGRESSIVE && at->number == 3);
}

static void check_end(const char *row, const struct side *to, uint16_t type) {
    ROW_EQUAL(row, side_count(to, IKEV1_EVENT_SA_UP), 0);
    ROW_EQUAL(row, side_count(to, IKEV1_EVENT_SA_FAILED), 1);
    const ikev1_why *why = &side_event(to, IKEV1_EVENT_SA_FAILED, 0)->why;
    ROW_TEXT(row, ikev1_error_name(why->code), "NOTIFIED");
    ROW_EQUAL(row, why->notify, type);
    ROW_EQUAL(row, why->exchange, IKEV1_EXCHANGE_INFORMATIONAL);
    ROW_EQUAL(row, why->payload, IKEV1_PAYLOAD_NOTIFY);
    ROW_TEXT(row, why->cite, "RFC 2408 3.14");
}

static void test_notify__each_under_keys__errors_end_it(void **state) {
    size_t points = 0;
    (void)state;
    for (size_t i = 0; i < SCENE_POINTS; i++) {
        if (!has_keys(&scene_points[i]))
            continue;
        points++;
        for (size_t t = 0; t < COUNT(TYPES); t++) {
            struct scene s = scene_at(&scene_points[i]);
            uint8_t out[CRAFT_MESSAGE];
            char row[96];
            snprintf(row, sizeof row, "%s, %s", scene_points[i].name,
                     ikev1_name(IKEV1_NAMES_NOTIFY, TYPES[t]));
            size_t len = seal(s.to, TYPES[t], out, sizeof out);
            ROW_EQUAL(row,
                      ikev1_engine_input(s.to->ike, s.p->now, &s.genuine->path, out, len, NULL),
                      IKEV1_OK);
            ROW_EQUAL(row, attack_discard(s.to), 0); /* an error is never answered: INF-04 */
            if (is_error(TYPES[t])) {
                side_drain(s.to);
                check_end(row, s.to, TYPES[t]);
                link_flush(&s.p->link);
                pair_free(s.p);
            } else {
                ROW_EQUAL(row, side_count(s.to, IKEV1_EVENT_SA_DOWN), 0);
                scene_end(&s); /* INITIAL-CONTACT, too, does nothing before the peer is proven */
            }
        }
    }
    assert_int_equal(points, 12);
}

/* Under other keys it is nothing. */
static void test_notify__under_keys_with_a_wrong_hash__nothing_ends(void **state) {
    (void)state;
    for (size_t i = 0; i < SCENE_POINTS; i++) {
        if (!has_keys(&scene_points[i]))
            continue;
        struct scene s = scene_at(&scene_points[i]);
        uint8_t out[CRAFT_MESSAGE];
        (void)seal(s.to, IKEV1_NOTIFY_AUTHENTICATION_FAILED, out, sizeof out);
        c.keep_hash = true;
        size_t len = craft_close(&c, out, sizeof out);
        ROW_EQUAL(scene_points[i].name,
                  ikev1_engine_input(s.to->ike, s.p->now, &s.genuine->path, out, len, NULL),
                  IKEV1_DROPPED);
        scene_end(&s);
    }
}

/* ---- what we tell ---- */

static const uint8_t NAME[] = "gw.example.org";

static void other_suite(struct pair *p) {
    p->r.suites1[0].key_bits = 256;
}
static void strict_life(struct pair *p) {
    p->r.phase1.lifetime = IKEV1_LIFETIME_STRICT;
    p->r.phase1.life_seconds = 60;
}
static void no_rule(struct pair *p) {
    p->r.status[IKEV1_QUESTION_PHASE1] = IKEV1_E_NO_RULE;
}
static void refuse(struct pair *p) {
    p->r.status[IKEV1_QUESTION_PHASE1] = IKEV1_E_REFUSED;
}
static void only_main(struct pair *p) {
    p->r.phase1.mode = IKEV1_MODE_MAIN;
}
static void no_key(struct pair *p) {
    p->r.psk = "";
}
static void wrong_key(struct pair *p) {
    p->r.psk = "another one";
}
static void expects_other(struct side *s) {
    s->phase1.remote_id = (ikev1_id){IKEV1_ID_FQDN, 0, 0, NAME, sizeof NAME - 1};
    s->phase1.remote_match = IKEV1_MATCH_EXACT;
}
static void responder_expects_other(struct pair *p) {
    expects_other(&p->r);
}
static void initiator_expects_other(struct pair *p) {
    expects_other(&p->i);
}
static void other_signer(struct pair *p) {
    p->i.signer.name = 'x';
}
static void bad_certificate(struct pair *p) {
    p->r.signer.verify_status = IKEV1_E_CERT;
}
static void host_refuses_signer(struct pair *p) {
    p->r.signer.verify_status = IKEV1_E_REFUSED;
}

enum { MAIN = IKEV1_MODE_MAIN, AGGRESSIVE = IKEV1_MODE_AGGRESSIVE, BASE = IKEV1_MODE_BASE };
enum { NOTHING, CLEAR, SEALED, DELETE }; /* DELETE: under the SA, and it says no more */

static const struct told {
    const char *name;
    uint8_t mode;
    uint16_t auth;
    void (*set)(struct pair *p);
    bool by_initiator;
    int code; /* at the side that refuses; 0 = nothing is said of it */
    uint8_t how;
    uint16_t type;
} TOLD[] = {
    {"proposal", MAIN, PSK, other_suite, false, 0, CLEAR, IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN},
    {"proposal", AGGRESSIVE, PSK, other_suite, false, 0, CLEAR, IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN},
    {"proposal", BASE, SIGN, other_suite, false, 0, CLEAR, IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN},
    {"lifetime", MAIN, PSK, strict_life, false, 0, CLEAR, IKEV1_NOTIFY_ATTRIBUTES_NOT_SUPPORTED},
    {"no rule", MAIN, PSK, no_rule, false, 0, NOTHING, 0},
    {"host's word", MAIN, PSK, refuse, false, 0, NOTHING, 0},
    {"other mode", AGGRESSIVE, PSK, only_main, false, 0, NOTHING, 0}, /* PH1-10 */
    {"no key", MAIN, PSK, no_key, false, IKEV1_E_NO_CREDENTIAL, NOTHING, 0},
    {"wrong key", MAIN, PSK, wrong_key, false, IKEV1_E_PSK, NOTHING, 0}, /* AUT-02 */
    {"identity", MAIN, PSK, responder_expects_other, false, IKEV1_E_PEER_ID, SEALED,
     IKEV1_NOTIFY_INVALID_ID_INFORMATION},
    {"identity", MAIN, SIGN, responder_expects_other, false, IKEV1_E_PEER_ID, SEALED,
     IKEV1_NOTIFY_INVALID_ID_INFORMATION},
    {"signature", MAIN, SIGN, other_signer, false, IKEV1_E_AUTH, SEALED,
     IKEV1_NOTIFY_AUTHENTICATION_FAILED},
    {"certificate", MAIN, SIGN, bad_certificate, false, IKEV1_E_CERT, SEALED,
     IKEV1_NOTIFY_AUTHENTICATION_FAILED},
    {"signer", MAIN, SIGN, host_refuses_signer, false, IKEV1_E_REFUSED, SEALED,
     IKEV1_NOTIFY_AUTHENTICATION_FAILED},
    {"identity of 2", AGGRESSIVE, PSK, initiator_expects_other, true, IKEV1_E_PEER_ID, CLEAR,
     IKEV1_NOTIFY_INVALID_ID_INFORMATION},
    {"identity of 2", AGGRESSIVE, SIGN, initiator_expects_other, true, IKEV1_E_PEER_ID, CLEAR,
     IKEV1_NOTIFY_INVALID_ID_INFORMATION},
    {"identity of 3", AGGRESSIVE, PSK, responder_expects_other, false, IKEV1_E_PEER_ID, DELETE, 0},
    {"identity of 6", MAIN, PSK, initiator_expects_other, true, IKEV1_E_PEER_ID, DELETE, 0},
    {"identity of 4", BASE, SIGN, initiator_expects_other, true, IKEV1_E_PEER_ID, DELETE, 0},
};

/* Informational messages that a side has sent; the last of them. */
static size_t informed(const struct pair *p, uint8_t way, const struct datagram **last) {
    size_t count = 0;
    for (size_t i = 0; i < p->link.kept_count; i++) {
        const struct datagram *d = &p->link.kept[i];
        if (d->way != way || d->data[18] != IKEV1_EXCHANGE_INFORMATIONAL)
            continue;
        *last = d;
        count++;
    }
    return count;
}

static void check_told(const struct told *row, struct pair *p, bool wanted) {
    const struct side *by = row->by_initiator ? &p->i : &p->r;
    const struct side *peer = row->by_initiator ? &p->r : &p->i;
    const uint8_t way = row->by_initiator ? LINK_TO_RESPONDER : LINK_TO_INITIATOR;
    const struct datagram *d = NULL;
    const bool told = row->how == DELETE || (wanted && row->how != NOTHING);
    ROW_EQUAL(row->name, informed(p, way, &d), told);
    ROW_EQUAL(row->name, informed(p, way ^ 1, &d), 0); /* nor does anybody answer */
    if (row->code != 0)
        ROW_TEXT(row->name, ikev1_error_name(side_event(by, IKEV1_EVENT_SA_FAILED, 0)->why.code),
                 ikev1_error_name(row->code));
    if (!told)
        return;
    (void)informed(p, way, &d);
    ROW_EQUAL(row->name, (d->data[19] & IKEV1_FLAG_ENCRYPTION) != 0, row->how != CLEAR);
    ROW_EQUAL(row->name, d->len <= 100, true);
    if (row->how == DELETE) {
        ROW_TEXT(row->name, ikev1_error_name(side_event(peer, IKEV1_EVENT_SA_DOWN, 0)->why.code),
                 "DELETED");
        return;
    }
    const ikev1_why *why = &side_event(peer, IKEV1_EVENT_SA_FAILED, 0)->why;
    ROW_TEXT(row->name, ikev1_error_name(why->code), "NOTIFIED");
    ROW_TEXT(row->name, ikev1_name(IKEV1_NAMES_NOTIFY, why->notify),
             ikev1_name(IKEV1_NAMES_NOTIFY, row->type));
}

static void test_refusal__each_kind__told_where_wanted(void **state) { /* AUT-02 */
    (void)state;
    for (size_t i = 0; i < COUNT(TOLD); i++) {
        for (int wanted = 0; wanted < 2; wanted++) {
            struct pair *p = pair_new(NULL);
            p->i.config.clear_notify = p->r.config.clear_notify = wanted != 0;
            p->i.config.timing.retry_count = 1;
            pair_by(p, TOLD[i].auth, TOLD[i].mode);
            TOLD[i].set(p);
            pair_start(p);
            assert_int_equal(pair_connect(p), IKEV1_OK);
            pair_run(p);
            const struct side *peer = TOLD[i].by_initiator ? &p->r : &p->i;
            if (wanted && (TOLD[i].how == SEALED || TOLD[i].how == CLEAR)) /* authentic: at once */
                ROW_EQUAL(TOLD[i].name, side_count(peer, IKEV1_EVENT_SA_FAILED),
                          TOLD[i].how == SEALED);
            if (TOLD[i].how == CLEAR && !TOLD[i].by_initiator)
                link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, 0, 0); /* it is asked once */
            pair_wait(p, LONG);
            check_told(&TOLD[i], p, wanted != 0);
            pair_free(p);
        }
    }
}

/* What is wrong with a first message itself: malformed it is not worth an answer (DOS-06), with a
 * public value that is none it is. */
static void test_refusal__spoilt_first_message__malformed_not_answered(void **state) {
    static const struct {
        const char *name;
        uint8_t mode, payload, at, value;
        size_t len; /* 0 = as it was */
        uint16_t type;
    } SPOIL[] = {
        {"DOI", MAIN, IKEV1_PAYLOAD_SA, 3, 3, 0, 0},
        {"situation", MAIN, IKEV1_PAYLOAD_SA, 7, 3, 0, 0},
        {"syntax", MAIN, IKEV1_PAYLOAD_SA, 15, 9, 0, 0},
        {"nonce", AGGRESSIVE, IKEV1_PAYLOAD_NONCE, 0, 0, 7, 0},
        {"public value", AGGRESSIVE, IKEV1_PAYLOAD_KE, 0, 0, 31,
         IKEV1_NOTIFY_INVALID_KEY_INFORMATION},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(SPOIL); i++) {
        struct pair *p = pair_new(NULL);
        uint8_t out[CRAFT_MESSAGE];
        const struct datagram *d = NULL;
        p->r.config.clear_notify = true;
        pair_by(p, PSK, SPOIL[i].mode);
        pair_start(p);
        steps(p, 0);
        const struct datagram first = p->link.flights[0];
        craft_open(&c, p->r.ike, first.data, first.len);
        struct craft_payload *payload = &c.at[craft_find(&c, SPOIL[i].payload, 0)];
        payload->body[SPOIL[i].at] = SPOIL[i].value;
        payload->len = SPOIL[i].len != 0 ? SPOIL[i].len : payload->len;
        size_t len = craft_close(&c, out, sizeof out);
        ROW_EQUAL(SPOIL[i].name, attack_feed(&p->r, &first, out, len, NULL), IKEV1_DROPPED);
        side_drain(&p->r);
        ROW_EQUAL(SPOIL[i].name, informed(p, LINK_TO_INITIATOR, &d), SPOIL[i].type != 0);
        if (d != NULL)
            ROW_EQUAL(SPOIL[i].name, d->data[d->len - 2] << 8 | d->data[d->len - 1], SPOIL[i].type);
        ROW_EQUAL(SPOIL[i].name, p->r.ike->s.sas, 0);
        pair_run(p);
        pair_check_up(p, 1); /* the genuine one comes, and what was said ends nothing */
        pair_free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notify__each_in_the_clear__negotiation_goes_on),
        cmocka_unit_test(test_notify__each_in_the_clear__remembered),
        cmocka_unit_test(test_notify__in_the_clear_after_a_wrong_key__the_key_is_why),
        cmocka_unit_test(test_notify__each_under_keys__errors_end_it),
        cmocka_unit_test(test_notify__under_keys_with_a_wrong_hash__nothing_ends),
        cmocka_unit_test(test_refusal__each_kind__told_where_wanted),
        cmocka_unit_test(test_refusal__spoilt_first_message__malformed_not_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
