/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions that are none: before their time, in the clear, under another identifier; and what
 * comes between them. Families CFG, INF.
 */
#include "support/craft.h"
#include "support/digest.h"
#include "support/pair.h"

static struct pair *begun(uint16_t auth, uint8_t client, uint8_t server) {
    struct pair *p = pair_new(NULL);
    if (auth != IKEV1_AUTH_PSK)
        pair_with_user(p, auth, false);
    pair_with_config(p, client, server);
    return p;
}

static void start(struct pair *p) {
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
}

static struct side *receiver(struct pair *p, uint8_t way) {
    return way == LINK_TO_RESPONDER ? &p->r : &p->i;
}

static void no_effect(const char *row, struct side *to, const ikev1_path *path, const uint8_t *data,
                      size_t len, int code) {
    ikev1_why why;
    const uint64_t before = engine_digest(to->ike);
    ROW_EQUAL(row, ikev1_engine_input(to->ike, to->pair->now, path, data, len, &why),
              IKEV1_DROPPED);
    if (code != 0)
        ROW_TEXT(row, ikev1_error_name(why.code), ikev1_error_name(code));
    ROW_EQUAL(row, engine_digest(to->ike) == before, true);
}

/* ---- before phase 1 is up, and in the clear (CFG-01) ---- */

static const struct datagram *first_transaction(const struct pair *p, uint8_t way) {
    const struct datagram *d;
    for (uint32_t nth = 1; (d = link_kept(&p->link, way, nth)) != NULL; nth++)
        if (d->data[18] == IKEV1_EXCHANGE_TRANSACTION)
            return d;
    fail_msg("there was no Transaction");
    return NULL;
}

/* The same in the clear: a HASH of zeros, and an ATTR payload of this type about an address. */
static size_t in_the_clear(uint8_t *message, uint8_t type) {
    static const uint8_t body[] = {14, 0, 0, 36, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0,  0, 0, 0, 0,
                                   0,  0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0, 0,  0,  0, 0, 0, 0,
                                   0,  0, 0, 16, 0, 0, 0, 0, 0, 1, 0, 4, 10, 93, 0, 99};
    memcpy(message + 28, body, sizeof body);
    message[28 + 40] = type;
    message[19] = 0; /* not encrypted */
    message[26] = 0;
    message[27] = 28 + sizeof body;
    return 28 + sizeof body;
}

static const struct {
    const char *name;
    uint8_t way, client, server, type;
} EARLY[] = {
    {"an address is pushed", LINK_TO_INITIATOR, IKEV1_CONFIG_WAIT, IKEV1_CONFIG_PUSH,
     IKEV1_CFG_SET},
    {"an address is asked for", LINK_TO_RESPONDER, IKEV1_CONFIG_PULL, IKEV1_CONFIG_SERVE,
     IKEV1_CFG_REQUEST},
};

static void test_transaction__before_phase1_is_up__no_effect(void **state) { /* CFG-01 */
    (void)state;
    for (size_t i = 0; i < COUNT(EARLY); i++) {
        const char *row = EARLY[i].name;
        struct pair *future = begun(IKEV1_AUTH_PSK, EARLY[i].client, EARLY[i].server);
        start(future);
        pair_run(future);
        const struct datagram *d = first_transaction(future, EARLY[i].way);
        size_t moments = 0;
        for (int n = 0; n < 6; n++) {
            struct pair *p = begun(IKEV1_AUTH_PSK, EARLY[i].client, EARLY[i].server);
            struct side *to = receiver(p, EARLY[i].way);
            uint8_t clear[128];
            start(p);
            for (int k = 0; k < n; k++)
                assert_true(pair_step(p));
            side_drain(to);
            memcpy(clear, d->data, 28);
            const size_t len = in_the_clear(clear, EARLY[i].type);
            no_effect(row, to, &d->path, clear, len, 0);
            if (side_count(to, IKEV1_EVENT_SA_UP) == 0) {
                no_effect(row, to, &d->path, d->data, d->len, 0);
                moments++;
            }
            pair_run(p);
            pair_check_up(p, 1);
            no_effect(row, to, &d->path, clear, len, 0);
            ROW_EQUAL(row, side_count(&p->i, IKEV1_EVENT_CONFIG), 1);
            ROW_EQUAL(row, side_event(&p->i, IKEV1_EVENT_CONFIG, 0)->at.lease->ip4.ip[3], 7);
            pair_free(p);
        }
        ROW_EQUAL(row, moments >= 5, true);
        pair_free(future);
    }
}

/* ---- an answer under another identifier (CFG-03) ---- */

static const struct {
    const char *name;
    uint16_t auth;
    uint8_t client, server, asked, type; /* asked: the way of the question */
    const char *attrs;
} ANSWERS[] = {
    {"REPLY with an address", IKEV1_AUTH_PSK, IKEV1_CONFIG_PULL, IKEV1_CONFIG_SERVE,
     LINK_TO_RESPONDER, IKEV1_CFG_REPLY, "00010004 0a5d0063"},
    {"REPLY with name and password", IKEV1_AUTH_XAUTH_INIT_PSK, IKEV1_CONFIG_PULL,
     IKEV1_CONFIG_SERVE, LINK_TO_INITIATOR, IKEV1_CFG_REPLY, "40890001 75 408a0001 70"},
    {"ACK of an address", IKEV1_AUTH_PSK, IKEV1_CONFIG_WAIT, IKEV1_CONFIG_PUSH, LINK_TO_INITIATOR,
     IKEV1_CFG_ACK, "00010000"},
};

static size_t make(const struct side *to, uint32_t id, const struct ike_config *config,
                   uint8_t *out) {
    static struct craft c; /* large */
    const struct ike_sa *sa = ike_handle_at(&to->ike->s.handles, IKE_KIND_SA, 1);
    return craft_transaction(&c, to->ike, sa, id, config, out, CRAFT_MESSAGE);
}

static void test_transaction__answer_under_another_identifier__no_effect(void **state) {
    (void)state; /* CFG-03 */
    for (size_t i = 0; i < COUNT(ANSWERS); i++) {
        uint8_t out[CRAFT_MESSAGE];
        const char *row = ANSWERS[i].name;
        struct ike_config config = {.type = ANSWERS[i].type, .attrs = hex_make(ANSWERS[i].attrs)};
        struct pair *p = begun(ANSWERS[i].auth, ANSWERS[i].client, ANSWERS[i].server);
        struct side *asker = receiver(p, !ANSWERS[i].asked);
        start(p);
        while (link_kept(&p->link, ANSWERS[i].asked, 4) == NULL)
            assert_true(pair_step(p));
        const struct ike_sa *sa = ike_handle_at(&asker->ike->s.handles, IKE_KIND_SA, 1);
        const struct ike_xchg *x = sa->xchgs;
        ROW_EQUAL(row, x->exchange, IKEV1_EXCHANGE_TRANSACTION);
        const uint16_t right = x->transaction->identifier;
        const ikev1_path path = {sa->path.local, sa->path.remote, false};
        for (unsigned bit = 0; bit < 16; bit++) {
            config.identifier = (uint16_t)(right ^ 1u << bit);
            const size_t len = make(asker, x->message_id, &config, out);
            no_effect(row, asker, &path, out, len, IKEV1_E_UNEXPECTED_MESSAGE);
        }
        hex_free(config.attrs);
        ROW_EQUAL(row, p->r.user.verified, 0);
        pair_run(p); /* the genuine one is still waited for */
        pair_check_up(p, 1);
        ROW_EQUAL(row, side_event(&p->i, IKEV1_EVENT_CONFIG, 0)->at.lease->ip4.ip[3], 7);
        pair_free(p);
    }
}

/* ---- an Informational between (INF-15) ---- */

/* Both sides tell the other, under protection, of an SPI that it does not know. */
static void tell_each_other(const char *row, struct pair *p) {
    struct side *sides[] = {&p->i, &p->r};
    for (size_t n = 0; n < 2; n++) {
        ROW_EQUAL(row,
                  ikev1_unknown_spi(sides[n]->ike, p->now, side_sa(sides[n]), IKEV1_PROTO_ESP,
                                    0xabcdef01),
                  IKEV1_OK);
        side_drain(sides[n]);
    }
    pair_run(p);
    for (size_t n = 0; n < 2; n++)
        ROW_EQUAL(row, side_count(sides[n], IKEV1_EVENT_NOTIFY), 1);
}

static const struct {
    const char *name;
    bool server;
    int question;
} MOMENTS[] = {
    {"the user is asked", false, IKEV1_QUESTION_XAUTH_USER},
    {"the answer is verified", true, IKEV1_QUESTION_XAUTH_VERIFY},
    {"the lease is looked for", true, IKEV1_QUESTION_LEASE},
};

static void test_transaction__informational_between__goes_on(void **state) { /* INF-15 */
    (void)state;
    for (size_t i = 0; i < COUNT(MOMENTS); i++) {
        const char *row = MOMENTS[i].name;
        struct pair *p = begun(IKEV1_AUTH_XAUTH_INIT_PSK, IKEV1_CONFIG_PULL, IKEV1_CONFIG_SERVE);
        struct side *asked = MOMENTS[i].server ? &p->r : &p->i;
        asked->status[MOMENTS[i].question] = IKEV1_PENDING;
        start(p);
        pair_run(p);
        ROW_EQUAL(row, asked->ask_count, 1);
        tell_each_other(row, p);
        ROW_EQUAL(row, side_count(&p->i, IKEV1_EVENT_SA_DOWN), 0);
        ROW_EQUAL(row, side_answer(asked, MOMENTS[i].question, IKEV1_OK), IKEV1_OK);
        pair_run(p);
        pair_check_up(p, 1);
        ROW_EQUAL(row, p->i.user.asked, 1);
        pair_free(p);
    }
}

/* The responder is up with message 5: what it says next may overtake message 6. */
static void test_transaction__informational_before_message_6__phase1_ends_well(void **state) {
    (void)state; /* INF-15 */
    struct pair *p = pair_new(NULL);
    link_rule(&p->link, LINK_TO_INITIATOR, LINK_DELAY, 3, 50);
    start(p);
    while (side_count(&p->r, IKEV1_EVENT_SA_UP) == 0)
        assert_true(pair_step(p));
    assert_int_equal(
        ikev1_unknown_spi(p->r.ike, p->now, side_sa(&p->r), IKEV1_PROTO_ESP, 0xabcdef01), IKEV1_OK);
    side_drain(&p->r);
    assert_true(pair_step(p));
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_UP), 0); /* it has come first */
    pair_run(p);
    pair_check_up(p, 1);
    pair_free(p);
}

/* ---- an IPv6 address with its prefix length behind it ---- */

#define ADDRESS_17 "00080011 20010db8000000000000000000000009 40"

static int tell_17(struct pair *p, struct side *to, uint8_t type, ikev1_why *why) {
    static uint8_t out[CRAFT_MESSAGE];
    const struct ike_config config = {.type = type, .attrs = hex_make(ADDRESS_17)};
    const struct ike_sa *sa = ike_handle_at(&to->ike->s.handles, IKE_KIND_SA, 1);
    const ikev1_path path = {sa->path.local, sa->path.remote, false};
    const size_t len = make(to, 77, &config, out);
    int r = ikev1_engine_input(to->ike, p->now, &path, out, len, why);
    hex_free(config.attrs);
    side_drain(to);
    return r;
}

static void test_transaction__ip6_address_with_prefix__by_its_switch(void **state) { /* CFG-02 */
    static const uint16_t types[] = {IKEV1_ATTRC_IP6_ADDRESS};
    (void)state;
    for (int off = 0; off < 2; off++) {
        for (int server = 0; server < 2; server++) {
            const char *row = server ? "asked for" : "pushed";
            ikev1_why why;
            struct pair *p = begun(IKEV1_AUTH_PSK, IKEV1_CONFIG_WAIT, IKEV1_CONFIG_SERVE);
            struct side *to = server ? &p->r : &p->i;
            p->i.phase1.config_types = types;
            p->i.phase1.config_type_count = COUNT(types);
            to->phase1.quirks_off = off ? IKEV1_QUIRK_IP6_PREFIX : 0;
            start(p);
            pair_run(p);
            const uint64_t before = engine_digest(to->ike);
            ROW_EQUAL(row, tell_17(p, to, server ? IKEV1_CFG_REQUEST : IKEV1_CFG_SET, &why),
                      off ? IKEV1_DROPPED : IKEV1_OK);
            ROW_EQUAL(row, side_said(to, "Peer's habit tolerated: ip6-prefix"), !off);
            if (off) {
                ROW_EQUAL(row, why.code, IKEV1_E_CONFIG_SYNTAX);
                ROW_EQUAL(row, engine_digest(to->ike) == before, true);
            } else if (server) {
                ROW_EQUAL(row, p->r.user.wish.ip6.ip[15], 9);
            } else {
                static const uint8_t mask[16] = {255, 255, 255, 255, 255, 255, 255, 255};
                const ikev1_lease *l = side_event(to, IKEV1_EVENT_CONFIG, 0)->at.lease;
                ROW_EQUAL(row, l->ip6.family, 6);
                ROW_EQUAL(row, l->ip6.ip[15], 9);
                assert_memory_equal(l->netmask6, mask, sizeof mask);
            }
            pair_free(p);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transaction__before_phase1_is_up__no_effect),
        cmocka_unit_test(test_transaction__answer_under_another_identifier__no_effect),
        cmocka_unit_test(test_transaction__informational_between__goes_on),
        cmocka_unit_test(test_transaction__informational_before_message_6__phase1_ends_well),
        cmocka_unit_test(test_transaction__ip6_address_with_prefix__by_its_switch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
