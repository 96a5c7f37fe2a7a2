/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Habits of other implementations, each shown twice: tolerated, it is logged by its name and
 * nothing else changes; not tolerated, it is refused. exchange/habits.c and where they are asked
 * for; mission P6.
 */
#include "exchange/vendor.h"
#include "support/craft.h"
#include "support/pair.h"

#include "api/api.h"

static struct craft c; /* large */

static struct pair *with(uint32_t quirk, bool on) {
    struct pair *p = pair_new(NULL);
    ikev1_phase1 *both[] = {&p->i.phase1, &p->r.phase1};
    for (size_t k = 0; k < 2; k++) {
        both[k]->quirks_on = on ? quirk : 0;
        both[k]->quirks_off = on ? 0 : quirk;
    }
    return p;
}

static bool fired(const struct side *s, uint32_t quirk) {
    char line[128];
    struct ike_text t = ike_text(line, sizeof line);
    ike_text_str(&t, "Peer's habit tolerated: ");
    ike_text_str(&t, ikev1_quirk_name(quirk));
    return side_said(s, line);
}

/* Delivers `steps` datagrams, then takes the next one apart. */
static struct side *stop_at(struct pair *p, int steps) {
    assert_int_equal(pair_connect(p), IKEV1_OK);
    for (int i = 0; i < steps; i++)
        assert_true(pair_step(p));
    side_drain(&p->i);
    side_drain(&p->r);
    assert_int_equal(p->link.flight_count, 1);
    struct side *to = p->link.flights[0].way == LINK_TO_RESPONDER ? &p->r : &p->i;
    craft_open(&c, to->ike, p->link.flights[0].data, p->link.flights[0].len);
    return to;
}

/* Delivers what was made of it instead; the code of the refusal. */
static int deliver_as(struct pair *p, struct side *to, const uint8_t *data, size_t len) {
    struct datagram d;
    ikev1_why why = {0};
    assert_true(link_next(&p->link, &d));
    int r = ikev1_engine_input(to->ike, p->now, &d.path, data, len, &why);
    link_release(&d);
    side_drain(to);
    return r == IKEV1_OK ? IKEV1_OK : why.code;
}

static int deliver(struct pair *p, struct side *to) {
    uint8_t message[CRAFT_MESSAGE];
    return deliver_as(p, to, message, craft_close(&c, message, sizeof message));
}

/* ---- the offer of phase 1 ---- */

struct offer {
    uint8_t proposal, transform;
    size_t spi;
    bool key_bits, long_form;
};

static size_t write_offer(const struct offer *o, uint8_t *out, size_t cap) {
    static const uint8_t spi[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct ike_writer w = ike_writer(out, cap);
    struct ike_sa_writer s;
    const struct ike_suite suite = {.transform = o->transform,
                                    .id = 1,
                                    .cipher = IKEV1_CIPHER_AES,
                                    .key_bits = o->key_bits ? 128 : 0,
                                    .hash = o->long_form ? 0 : IKEV1_HASH_SHA2_256,
                                    .auth = IKEV1_AUTH_PSK,
                                    .group = IKEV1_GROUP_X25519};
    ike_sa_begin(&s, &w);
    ike_sa_proposal(&s, o->proposal, IKEV1_PROTO_ISAKMP, ike_bytes(spi, o->spi));
    ike_sa_transform1(&s, &suite);
    if (o->long_form)
        ike_attr_put_bytes(&w, IKEV1_ATTR1_HASH, ike_bytes("\0\4", 2));
    ike_sa_end(&s);
    assert_false(w.bad);
    return ike_written(&w);
}

static const struct {
    uint32_t quirk;
    struct offer offer;
} OFFERS[] = {
    {0, {1, 1, 0, true, false}},
    {IKEV1_QUIRK_AES_KEY_LENGTH, {1, 1, 0, false, false}},
    {IKEV1_QUIRK_ATTRIBUTE_FORM, {1, 1, 0, true, true}},
    {IKEV1_QUIRK_NUMBERING, {0, 1, 0, true, false}},
    {IKEV1_QUIRK_NUMBERING, {1, 0, 0, true, false}},
    {IKEV1_QUIRK_NUMBERING, {3, 7, 0, true, false}},
    {IKEV1_QUIRK_ISAKMP_SPI, {1, 1, 8, true, false}},
    {IKEV1_QUIRK_ISAKMP_SPI, {1, 1, 16, true, false}},
};

static void
test_quirk__in_an_offer__by_its_switch(void **state) { /* RFC 2408 4.2, RFC 2409 App. A */
    (void)state;
    for (size_t i = 0; i < COUNT(OFFERS); i++) {
        for (int on = 0; on < 2; on++) {
            uint8_t body[256];
            struct pair *p = with(OFFERS[i].quirk, on != 0);
            pair_start(p);
            struct side *r = stop_at(p, 0);
            craft_remove(&c, 0);
            craft_insert(&c, 0, IKEV1_PAYLOAD_SA, body, write_offer(&OFFERS[i].offer, body, 256));
            const bool refused = OFFERS[i].quirk != 0 && !on;
            assert_int_equal(deliver(p, r), refused ? IKEV1_E_HABIT : IKEV1_OK);
            assert_int_equal(p->link.sent[LINK_TO_INITIATOR], refused ? 0 : 1);
            assert_int_equal(r->ike->s.sas, refused ? 0 : 1);
            assert_int_equal(side_said(r, "habit tolerated"), OFFERS[i].quirk != 0 && on);
            assert_true(OFFERS[i].quirk == 0 || !on || fired(r, OFFERS[i].quirk));
            pair_free(p);
        }
    }
}

/* ---- the choice of phase 1 ---- */

static void
test_quirk__attribute_order_of_a_choice__by_its_switch(void **state) { /* RFC 2408 4.2 */
    (void)state;
    for (int on = 0; on < 2; on++) {
        struct pair *p = with(IKEV1_QUIRK_ATTRIBUTE_ORDER, on != 0);
        pair_start(p);
        struct side *i = stop_at(p, 1);
        /* SA 8, proposal 8, transform 8; then cipher and key length, four bytes each. */
        uint8_t *attrs = c.at[0].body + 24, first[4];
        memcpy(first, attrs, 4);
        memcpy(attrs, attrs + 4, 4);
        memcpy(attrs + 4, first, 4);
        assert_int_equal(deliver(p, i), on ? IKEV1_OK : IKEV1_E_HABIT);
        assert_int_equal(fired(i, IKEV1_QUIRK_ATTRIBUTE_ORDER), on);
        if (on) {
            pair_run(p);
            pair_check_up(p, 1);
        }
        pair_free(p);
    }
}

/* ---- phase 1 ---- */

static void test_quirk__port_of_an_identity__by_its_switch(void **state) { /* RFC 2407 4.6.2 */
    (void)state;
    for (int on = 0; on < 2; on++) {
        for (int floated = 0; floated < 2; floated++) {
            struct pair *p = with(IKEV1_QUIRK_ID_PORT, on != 0);
            p->i.phase1.local_id = p->r.phase1.remote_id = (ikev1_id){
                IKEV1_ID_FQDN, 17, floated ? IKEV1_PORT_NATT : 0, (const uint8_t *)"gw", 2};
            pair_start(p);
            assert_int_equal(pair_connect(p), IKEV1_OK);
            pair_run(p);
            assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), on);
            assert_int_equal(fired(&p->r, IKEV1_QUIRK_ID_PORT), on);
            if (!on)
                assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_FAILED, 0)->why.code,
                                 IKEV1_E_ID_SYNTAX);
            pair_free(p);
        }
    }
}

/* Message 5 as the initiator would have it in the clear. */
static size_t uncover(struct pair *p, const struct datagram *d, uint8_t *out) {
    const struct ike_sa *sa =
        ike_handle_find(&p->i.ike->s.handles, IKE_KIND_SA, p->link.flights[0].sa);
    const struct ike_material *mat = sa->phase1->mat;
    uint8_t iv[IKEV1_MAX_BLOCK], next[IKEV1_MAX_BLOCK];
    const size_t head = IKEV1_HEADER_SIZE;
    struct ike_chain chain;
    assert_int_equal(ike_iv_phase1(&sa->ctx->crypto, &sa->algs, ike_blob_bytes(&mat->ke_i),
                                   ike_blob_bytes(&mat->ke_r), iv),
                     IKEV1_OK);
    memcpy(out, d->data, head);
    assert_int_equal(ike_body_decrypt(&sa->ctx->crypto, &sa->algs, ike_live_key(sa->live), iv,
                                      ike_bytes(d->data + head, d->len - head), out + head, next),
                     IKEV1_OK);
    assert_int_equal(
        ike_chain_decode(&chain, out[16], ike_bytes(out + head, d->len - head), 16, NULL),
        IKEV1_OK);
    out[19] = 0; /* flags */
    out[26] = (uint8_t)((head + chain.used) >> 8);
    out[27] = (uint8_t)(head + chain.used);
    return head + chain.used;
}

static void test_quirk__main_mode_5_in_the_clear__by_its_switch(void **state) {
    (void)state;
    for (int on = 0; on < 2; on++) {
        uint8_t message[CRAFT_MESSAGE];
        struct pair *p = with(IKEV1_QUIRK_CLEAR_MAIN_5, on != 0);
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        for (int i = 0; i < 4; i++)
            assert_true(pair_step(p));
        side_drain(&p->i);
        size_t len = uncover(p, &p->link.flights[0], message);
        assert_int_equal(deliver_as(p, &p->r, message, len), on ? IKEV1_OK : IKEV1_E_UNPROTECTED);
        assert_int_equal(fired(&p->r, IKEV1_QUIRK_CLEAR_MAIN_5), on);
        assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), on);
        if (on) { /* and message 6 is the one that the initiator waits for */
            pair_step(p);
            assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_UP), 0);
        }
        pair_free(p);
    }
}

/* A proof that is none is none in the clear as well. */
static void test_quirk__main_mode_5_in_the_clear_forged__dropped(void **state) {
    uint8_t message[CRAFT_MESSAGE];
    struct pair *p = with(IKEV1_QUIRK_CLEAR_MAIN_5, true);
    (void)state;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    for (int i = 0; i < 4; i++)
        assert_true(pair_step(p));
    side_drain(&p->i);
    size_t len = uncover(p, &p->link.flights[0], message);
    message[len - 1] ^= 1;
    assert_int_equal(deliver_as(p, &p->r, message, len), IKEV1_E_AUTH);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), 0);
    pair_free(p);
}

static void test_quirk__padding_in_the_clear__by_its_switch(void **state) {
    (void)state;
    for (int on = 0; on < 2; on++) {
        struct pair *p = with(IKEV1_QUIRK_CLEAR_PADDING, on != 0);
        pair_start(p);
        struct side *r = stop_at(p, 2);
        craft_append(&c, IKEV1_PAYLOAD_VENDOR, "odd", 3);
        c.trailing = 1;
        assert_int_equal(deliver(p, r), on ? IKEV1_OK : IKEV1_E_HABIT);
        assert_int_equal(fired(r, IKEV1_QUIRK_CLEAR_PADDING), on);
        pair_free(p);
    }
}

static void test_quirk__payload_130__by_its_switch(void **state) {
    (void)state;
    for (int on = 0; on < 2; on++) {
        struct pair *p = with(IKEV1_QUIRK_PAYLOAD_130, on != 0);
        pair_start(p);
        struct side *r = stop_at(p, 2);
        craft_append(&c, IKEV1_PAYLOAD_NAT_D_DRAFT, "whatever", 8);
        craft_append(&c, IKEV1_PAYLOAD_NAT_OA_DRAFT, "", 0);
        assert_int_equal(deliver(p, r), on ? IKEV1_OK : IKEV1_E_PAYLOAD_TYPE);
        assert_int_equal(fired(r, IKEV1_QUIRK_PAYLOAD_130), on);
        if (on) {
            pair_run(p);
            pair_check_up(p, 1);
        }
        pair_free(p);
    }
}

/* ---- vendor IDs ---- */

static void test_quirk__fragments_without_the_word__by_its_switch(void **state) {
    static const struct {
        const char *word;
        size_t len;
        bool always, never;
    } WORDS[] = {{"", 0, false, false},
                 {"\x80\0\0\0", 4, true, false},
                 {"\xc0\0\0\0", 4, true, false},
                 {"\x40\0\0\0", 4, false, true}}; /* in Base Mode alone */
    (void)state;
    for (size_t i = 0; i < COUNT(WORDS); i++) {
        for (int on = 0; on < 2; on++) {
            uint8_t vid[20];
            struct pair *p = with(IKEV1_QUIRK_FRAGMENT_WORD, on != 0);
            pair_start(p);
            struct side *r = stop_at(p, 0);
            memcpy(vid, ike_vendor_bytes(IKE_CAN_FRAGMENTS_BARE).data, 16);
            memcpy(vid + 16, WORDS[i].word, WORDS[i].len);
            craft_append(&c, IKEV1_PAYLOAD_VENDOR, vid, 16 + WORDS[i].len);
            assert_int_equal(deliver(p, r), IKEV1_OK);
            const struct ike_sa *sa = ike_handle_at(&r->ike->s.handles, IKE_KIND_SA, 1);
            assert_int_equal(ike_peer_can(sa, IKE_CAN_FRAGMENTS),
                             WORDS[i].always || (on && !WORDS[i].never));
            assert_int_equal(fired(r, IKEV1_QUIRK_FRAGMENT_WORD),
                             on && !WORDS[i].always && !WORDS[i].never);
            pair_free(p);
        }
    }
}

static void test_quirk__65001_of_windows__by_its_switch(void **state) {
    (void)state;
    for (int on = 0; on < 2; on++) {
        for (int windows = 0; windows < 2; windows++) {
            struct pair *p = with(IKEV1_QUIRK_GSSAPI_65001, on != 0);
            p->i.suites1[0].auth = p->r.suites1[0].auth = IKEV1_AUTH_XAUTH_INIT_PSK;
            p->i.config.allow |= IKEV1_ALLOW_XAUTH_PSK;
            pair_start(p);
            struct side *r = stop_at(p, 0);
            for (uint8_t can = IKE_CAN_WINDOWS; windows && can <= IKE_CAN_GSSAPI; can++) {
                const ikev1_bytes vid = ike_vendor_bytes(can);
                craft_append(&c, IKEV1_PAYLOAD_VENDOR, vid.data, vid.len);
            }
            assert_int_equal(deliver(p, r), windows && on ? IKEV1_E_NO_PROPOSAL : IKEV1_OK);
            pair_free(p);
        }
    }
}

/* ---- phase 2 ---- */

static void test_quirk__cipher_padding__by_its_switch(void **state) { /* RFC 2409 5 */
    (void)state;
    for (int on = 0; on < 2; on++) {
        struct pair *p = with(IKEV1_QUIRK_CIPHER_PADDING, on != 0);
        pair_start(p);
        struct side *r = stop_at(p, 6);
        size_t used = 4; /* of a vendor ID that makes it whole blocks */
        for (int i = 0; i < c.count; i++)
            used += c.at[i].len + 4;
        craft_append(&c, IKEV1_PAYLOAD_VENDOR, "0123456789abcdef", 16 - used % 16);
        c.trailing = 16;
        (void)deliver(p, r);
        assert_int_equal(fired(r, IKEV1_QUIRK_CIPHER_PADDING), on);
        assert_int_equal(side_count(r, IKEV1_EVENT_CHILD_INBOUND), on);
        if (!on)
            assert_int_equal(side_event(r, IKEV1_EVENT_CHILD_FAILED, 0)->why.code, IKEV1_E_HABIT);
        pair_free(p);
    }
}

static void test_quirk__original_address_unneeded__by_its_switch(void **state) { /* RFC 3947 5.2 */
    (void)state;
    for (int on = 0; on < 2; on++) {
        struct pair *p = with(IKEV1_QUIRK_NAT_OA_UNNEEDED, on != 0);
        pair_start(p);
        struct side *r = stop_at(p, 6);
        craft_append(&c, IKEV1_PAYLOAD_NAT_OA, "\1\0\0\0\12\0\0\2", 8);
        (void)deliver(p, r);
        assert_int_equal(fired(r, IKEV1_QUIRK_NAT_OA_UNNEEDED), on);
        assert_int_equal(side_count(r, IKEV1_EVENT_CHILD_INBOUND), on);
        if (!on)
            assert_int_equal(side_event(r, IKEV1_EVENT_CHILD_FAILED, 0)->why.code,
                             IKEV1_E_UNEXPECTED_PAYLOAD);
        pair_free(p);
    }
}

/* RFC 2407 4.6.3.1 */
static void test_quirk__lifetime_without_duration__by_its_switch(void **state) {
    (void)state;
    for (int on = 0; on < 2; on++) {
        uint8_t body[] = {0, 0, 0, 1, 3, 0, 0x60, 0, 0x80, 1, 0, 1}; /* seconds, and none */
        struct pair *p = with(IKEV1_QUIRK_LIFETIME_WITHOUT, on != 0);
        pair_start(p);
        struct side *i = stop_at(p, 7);
        craft_append(&c, IKEV1_PAYLOAD_NOTIFY, body, sizeof body);
        (void)deliver(p, i);
        assert_int_equal(fired(i, IKEV1_QUIRK_LIFETIME_WITHOUT), on);
        assert_int_equal(side_count(i, IKEV1_EVENT_CHILD_UP), on);
        if (on)
            assert_int_equal(side_event(i, IKEV1_EVENT_CHILD_UP, 0)->ipsec.life_seconds, 3600);
        pair_free(p);
    }
}

/* The encapsulation attribute of the only transform, wherever it stands. */
static void propose_plain_tunnel(void) {
    struct craft_payload *sa = &c.at[craft_find(&c, IKEV1_PAYLOAD_SA, 0)];
    for (size_t i = 0; i + 4 <= sa->len; i++) {
        if (memcmp(sa->body + i, "\x80\4\0\3", 4) == 0)
            sa->body[i + 3] = IKEV1_ENCAP_TUNNEL;
    }
}

static void
test_quirk__no_encapsulation_behind_nat__by_its_switch(void **state) { /* RFC 3947 5.1 */
    (void)state;
    for (int on = 0; on < 2; on++) {
        struct pair *p = with(IKEV1_QUIRK_PLAIN_BEHIND_NAT, on != 0);
        p->i.phase1.natt = IKEV1_NATT_FORCE;
        p->r.phase1.natt = IKEV1_NATT_AUTO;
        pair_start(p);
        struct side *r = stop_at(p, 6);
        propose_plain_tunnel();
        (void)deliver(p, r);
        assert_int_equal(fired(r, IKEV1_QUIRK_PLAIN_BEHIND_NAT), on);
        if (on)
            assert_false(side_event(r, IKEV1_EVENT_CHILD_INBOUND, 0)->ipsec.udp);
        else
            assert_int_equal(side_event(r, IKEV1_EVENT_CHILD_FAILED, 0)->why.code,
                             IKEV1_E_NO_PROPOSAL);
        pair_free(p);
    }
}

/* Only where a pair of the same rule is there already. */
static void test_quirk__weaker_group_when_replacing__by_its_switch(void **state) {
    (void)state;
    for (int on = 0; on < 2; on++) {
        for (int first = 0; first < 2; first++) {
            struct pair *p = with(IKEV1_QUIRK_DH_DOWNGRADE, on != 0);
            p->i.phase2.pfs_group = p->r.phase2.pfs_group = IKEV1_GROUP_X25519;
            if (first)
                p->i.phase2.pfs_group = IKEV1_GROUP_MODP2048;
            pair_start(p);
            assert_int_equal(pair_connect(p), IKEV1_OK);
            pair_run(p);
            assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_UP), !first);
            if (!first) {
                p->i.phase2.pfs_group = IKEV1_GROUP_MODP2048;
                assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), PAIR_RULE, NULL),
                                 IKEV1_OK);
                pair_run(p);
                assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_UP), 1 + on);
            }
            assert_int_equal(fired(&p->r, IKEV1_QUIRK_DH_DOWNGRADE), on && !first);
            pair_free(p);
        }
    }
}

/* ---- Informational, and what is like it ---- */

static void test_quirk__delete_of_our_spi__by_its_switch(void **state) { /* RFC 2408 3.15 */
    (void)state;
    for (int on = 0; on < 2; on++) {
        struct pair *p = with(IKEV1_QUIRK_DELETE_OUR_SPI, on != 0);
        pair_start(p);
        pair_up(p);
        const uint32_t spi = side_event(&p->r, IKEV1_EVENT_CHILD_INBOUND, 0)->ipsec.spi;
        assert_int_equal(ikev1_delete(p->i.ike, p->now, side_child(&p->i)), IKEV1_OK);
        side_drain(&p->i);
        craft_open(&c, p->r.ike, p->link.flights[0].data, p->link.flights[0].len);
        struct craft_payload *d = &c.at[craft_find(&c, IKEV1_PAYLOAD_DELETE, 0)];
        for (int i = 0; i < 4; i++)
            d->body[8 + i] = (uint8_t)(spi >> (24 - 8 * i));
        assert_int_equal(deliver(p, &p->r), IKEV1_OK);
        assert_int_equal(fired(&p->r, IKEV1_QUIRK_DELETE_OUR_SPI), on);
        assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_DOWN), on);
        pair_free(p);
    }
}

/* A message 4 that the responder appends to a Quick Mode of the initiator's. */
static size_t message_4(struct pair *p, uint16_t type, uint8_t *out) {
    const struct ike_sa *sa = ike_handle_find(&p->i.ike->s.handles, IKE_KIND_SA, side_sa(&p->i));
    const uint8_t hash[32] = {0};
    uint8_t notify[8] = {0, 0, 0, 1, 1, 0, (uint8_t)(type >> 8), (uint8_t)type};
    const struct datagram *d = link_kept(&p->link, LINK_TO_INITIATOR, 4); /* message 2 */
    c = (struct craft){.engine = p->i.ike, .sa = sa, .x = sa->xchgs, .hash = IKE_HASH_1};
    assert_int_equal(ike_header_decode(&c.h, ike_bytes(d->data, d->len), NULL), IKEV1_OK);
    memcpy(c.iv, c.x->iv, sizeof c.iv);
    craft_append(&c, IKEV1_PAYLOAD_HASH, hash, ike_prf_size(&sa->algs));
    craft_append(&c, IKEV1_PAYLOAD_NOTIFY, notify, sizeof notify);
    return craft_close(&c, out, CRAFT_MESSAGE);
}

static void test_quirk__fourth_message_of_quick_mode__by_its_switch(void **state) {
    (void)state;
    for (int on = 0; on < 2; on++) {
        uint8_t message[CRAFT_MESSAGE];
        struct pair *p = with(IKEV1_QUIRK_QUICK_4, on != 0);
        pair_start(p);
        pair_up(p);
        const ikev1_path path = link_kept(&p->link, LINK_TO_INITIATOR, 4)->path;
        size_t len = message_4(p, IKEV1_NOTIFY_INITIAL_CONTACT, message);
        ikev1_why why = {0};
        message[len - 1] ^= 1; /* forged: nothing */
        assert_int_equal(ikev1_engine_input(p->i.ike, p->now, &path, message, len, &why),
                         IKEV1_DROPPED);
        message[len - 1] ^= 1;
        int r = ikev1_engine_input(p->i.ike, p->now, &path, message, len, &why);
        side_drain(&p->i);
        assert_int_equal(r, on ? IKEV1_OK : IKEV1_DROPPED);
        assert_int_equal(fired(&p->i, IKEV1_QUIRK_QUICK_4), on);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_NOTIFY), on);
        /* There is no second one, nor is it the first once more. */
        assert_int_equal(ikev1_engine_input(p->i.ike, p->now, &path, message, len, &why),
                         IKEV1_DROPPED);
        pair_check_up(p, 1);
        pair_free(p);
    }
}

/* ---- the switches themselves ---- */

static void test_quirks__unknown_bits__not_usable(void **state) {
    (void)state;
    for (int off = 0; off < 2; off++) {
        struct pair *p = pair_new(NULL);
        *(off ? &p->i.phase1.quirks_off : &p->i.phase1.quirks_on) = (uint32_t)IKEV1_QUIRKS_ALL + 1;
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_E_CONFIG);
        pair_free(p);
    }
}

static void test_quirks__between_two_of_ours__none(void **state) {
    (void)state;
    for (int aggressive = 0; aggressive < 2; aggressive++) {
        struct pair *p = with(0, false);
        p->i.phase1.quirks_off = p->r.phase1.quirks_off = IKEV1_QUIRKS_ALL;
        p->i.phase1.natt = IKEV1_NATT_FORCE;
        p->r.phase1.natt = IKEV1_NATT_AUTO;
        p->i.phase1.mode = p->r.phase1.mode = aggressive != 0;
        p->i.phase2.mode = p->r.phase2.mode = IKEV1_ENCAP_TRANSPORT;
        pair_start(p);
        pair_up(p);
        ikev1_delete(p->i.ike, p->now, IKEV1_ALL);
        pair_run(p);
        assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_DOWN), 1);
        assert_false(side_said(&p->i, "habit") || side_said(&p->r, "habit"));
        pair_free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quirk__in_an_offer__by_its_switch),
        cmocka_unit_test(test_quirk__attribute_order_of_a_choice__by_its_switch),
        cmocka_unit_test(test_quirk__port_of_an_identity__by_its_switch),
        cmocka_unit_test(test_quirk__main_mode_5_in_the_clear__by_its_switch),
        cmocka_unit_test(test_quirk__main_mode_5_in_the_clear_forged__dropped),
        cmocka_unit_test(test_quirk__padding_in_the_clear__by_its_switch),
        cmocka_unit_test(test_quirk__payload_130__by_its_switch),
        cmocka_unit_test(test_quirk__fragments_without_the_word__by_its_switch),
        cmocka_unit_test(test_quirk__65001_of_windows__by_its_switch),
        cmocka_unit_test(test_quirk__cipher_padding__by_its_switch),
        cmocka_unit_test(test_quirk__original_address_unneeded__by_its_switch),
        cmocka_unit_test(test_quirk__lifetime_without_duration__by_its_switch),
        cmocka_unit_test(test_quirk__no_encapsulation_behind_nat__by_its_switch),
        cmocka_unit_test(test_quirk__weaker_group_when_replacing__by_its_switch),
        cmocka_unit_test(test_quirk__delete_of_our_spi__by_its_switch),
        cmocka_unit_test(test_quirk__fourth_message_of_quick_mode__by_its_switch),
        cmocka_unit_test(test_quirks__unknown_bits__not_usable),
        cmocka_unit_test(test_quirks__between_two_of_ours__none),
    };
    return cmocka_run_group_tests_name("quirks", tests, NULL, NULL);
}
