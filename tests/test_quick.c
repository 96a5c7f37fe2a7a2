/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quick Mode between two engines: what it agrees on, and what it refuses. QCK, and SAP as far as
 * phase 2 reaches. Mission R1, R4.
 */
#include <ikev1/openssl.h>

#include "support/craft.h"
#include "support/digest.h"
#include "support/pair.h"

static struct craft c; /* large */

/* A pair whose phase 1 is up and whose Quick Mode's message `n` is on its way. */
static struct pair *quick_at(struct pair *p, int n) {
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    for (int i = 0; i < 6 + n - 1; i++)
        assert_true(pair_step(p));
    side_drain(&p->i);
    side_drain(&p->r);
    assert_int_equal(p->link.flight_count, 1);
    return p;
}

/* What the message on its way becomes, sealed again under a valid hash, goes to its receiver. */
static int deliver_crafted(struct pair *p, struct side *to, ikev1_why *why) {
    uint8_t out[CRAFT_MESSAGE];
    struct datagram d;
    size_t size = craft_close(&c, out, sizeof out);
    assert_true(link_next(&p->link, &d));
    int r = ikev1_engine_input(to->ike, p->now, &d.path, out, size, why);
    link_release(&d);
    side_drain(to);
    return r;
}

/* ---- happy paths ---- */

static const struct {
    const char *name;
    ikev1_suite2 suite;
    uint16_t group;
    uint8_t mode;
    size_t encryption, salt, integrity;
} SUITES[] = {
    {"AES-128, SHA-1",
     {IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 128, IKEV1_INTEG_HMAC_SHA1, 0},
     0,
     IKEV1_ENCAP_TUNNEL,
     16,
     0,
     20},
    {"AES-256, SHA-256, PFS",
     {IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 256, IKEV1_INTEG_HMAC_SHA2_256, 0},
     IKEV1_GROUP_ECP256,
     IKEV1_ENCAP_TRANSPORT,
     32,
     0,
     32},
    {"AES-GCM",
     {IKEV1_PROTO_ESP, IKEV1_ESP_AES_GCM_16, 128, 0, 0},
     IKEV1_GROUP_X25519,
     IKEV1_ENCAP_TUNNEL,
     20,
     4,
     0},
    {"AH, SHA-256",
     {IKEV1_PROTO_AH, IKEV1_AH_SHA2_256, 0, IKEV1_INTEG_HMAC_SHA2_256, 0},
     0,
     IKEV1_ENCAP_TUNNEL,
     0,
     0,
     32},
};

static void check_ipsec(size_t row, const ikev1_ipsec *s) {
    const char *name = SUITES[row].name;
    ROW_EQUAL(name, s->protocol, SUITES[row].suite.protocol);
    ROW_EQUAL(name, s->transform, SUITES[row].suite.transform);
    ROW_EQUAL(name, s->integrity, SUITES[row].suite.integrity);
    ROW_EQUAL(name, s->encryption_key.len, SUITES[row].encryption);
    ROW_EQUAL(name, s->salt_size, SUITES[row].salt);
    ROW_EQUAL(name, s->integrity_key.len, SUITES[row].integrity);
    ROW_EQUAL(name, s->mode, SUITES[row].mode);
    ROW_EQUAL(name, s->pfs_group, SUITES[row].group);
    ROW_EQUAL(name, s->udp, false);
    ROW_EQUAL(name, s->life_seconds, 3600);
    ROW_EQUAL(name, s->spi > 255 && s->other_spi > 255, true);
}

static void run_suites(const ikev1_crypto *crypto) { /* QCK-12 */
    for (size_t i = 0; i < COUNT(SUITES); i++) {
        struct pair *p = pair_new(crypto);
        struct side *both[] = {&p->i, &p->r};
        for (size_t s = 0; s < 2; s++) {
            both[s]->suites2[0] = SUITES[i].suite;
            both[s]->phase2.pfs_group = SUITES[i].group;
            both[s]->phase2.mode = SUITES[i].mode;
        }
        pair_start(p);
        pair_up(p);
        for (size_t s = 0; s < 2; s++) {
            check_ipsec(i, &side_event(both[s], IKEV1_EVENT_CHILD_INBOUND, 0)->ipsec);
            check_ipsec(i, &side_event(both[s], IKEV1_EVENT_CHILD_UP, 0)->ipsec);
        }
        pair_free(p);
    }
}

static void test_quick__each_suite__same_keys(void **state) {
    (void)state;
    run_suites(NULL);
    run_suites(ikev1_openssl());
}

static void test_quick__no_selectors__the_two_hosts(void **state) { /* RFC 2409 5.5 */
    struct pair *p = pair_new(NULL);
    (void)state;
    memset(&p->i.phase2.local, 0, sizeof p->i.phase2.local);
    memset(&p->i.phase2.remote, 0, sizeof p->i.phase2.remote);
    memset(&p->r.phase2.local, 0, sizeof p->r.phase2.local);
    memset(&p->r.phase2.remote, 0, sizeof p->r.phase2.remote);
    pair_start(p);
    pair_up(p);
    const ikev1_ipsec *s = &side_event(&p->i, IKEV1_EVENT_CHILD_UP, 0)->ipsec;
    assert_memory_equal(s->local.start, p->i.phase1.path.local.ip, 16);
    assert_memory_equal(s->local.end, p->i.phase1.path.local.ip, 16);
    assert_memory_equal(s->remote.start, p->i.phase1.path.remote.ip, 16);
    assert_false(side_said(&p->i, "<ID><ID>"));
    pair_free(p);
}

static void test_quick__inbound__announced_before_the_packet(void **state) {
    struct pair *p = quick_at(pair_new(NULL), 1);
    struct datagram d;
    ikev1_event event;
    ikev1_packet packet;
    (void)state;
    assert_true(link_next(&p->link, &d));
    ikev1_engine_input(p->r.ike, p->now, &d.path, d.data, d.len, NULL);
    link_release(&d);
    assert_int_equal(ikev1_engine_next_event(p->r.ike, &event), 1);
    assert_int_equal(event.type, IKEV1_EVENT_CHILD_INBOUND);
    assert_int_equal(ikev1_engine_next_event(p->r.ike, &event), 0);
    assert_int_equal(ikev1_engine_next_packet(p->r.ike, &packet), 1);
    pair_free(p);
}

static void test_quick__three_at_once__each_has_its_chain(void **state) { /* QCK-08, CRY-01 */
    struct pair *p = pair_new(NULL);
    ikev1_handle child[2];
    (void)state;
    pair_start(p);
    pair_up(p);
    assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), 2, &child[0]), IKEV1_OK);
    assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), 3, &child[1]), IKEV1_OK);
    assert_int_equal(ikev1_child(p->r.ike, p->now, side_sa(&p->r), 4, NULL), IKEV1_OK);
    pair_run(p);
    pair_check_up(p, 4);
    pair_free(p);
}

static void test_quick__lifetimes__the_shorter(void **state) { /* QCK-15 */
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.phase2.life_seconds = 1800;
    p->r.phase2.life_seconds = 600;
    p->i.phase2.life_kilobytes = 1000;
    p->r.phase2.life_kilobytes = 5000;
    pair_start(p);
    pair_up(p);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_CHILD_UP, 0)->ipsec.life_seconds, 600);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_CHILD_UP, 0)->ipsec.life_kilobytes, 1000);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_CHILD_UP, 0)->ipsec.life_seconds, 1800);
    pair_free(p);
}

static void test_quick__host_spis__used_as_given(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.next_spi = 0x1000;
    p->r.next_spi = 0; /* the library draws */
    pair_start(p);
    pair_up(p);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_CHILD_INBOUND, 0)->ipsec.spi, 0x1000);
    pair_free(p);
}

static void test_quick__host_spi_reserved__its_mistake(void **state) { /* QCK-11 */
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.next_spi = 255; /* asked once: a kernel reserves what it answers */
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_CHILD_FAILED, 0)->why.code, IKEV1_E_CONFIG);
    assert_int_equal(p->i.next_spi, 256);
    pair_free(p);
}

/* ---- what does not agree: the responder says why, both sides end it once ---- */

struct refusal {
    const char *name, *line;
    int code;
    uint16_t notify;
    void (*spoil)(struct pair *p);
};

static void other_local(struct pair *p) {
    p->r.phase2.local.end[3] = 127;
}
static void other_remote(struct pair *p) {
    p->r.phase2.remote.protocol = 17;
}
static void other_cipher(struct pair *p) {
    p->r.suites2[0].key_bits = 256;
}
static void other_mode(struct pair *p) {
    p->r.phase2.mode = IKEV1_ENCAP_TRANSPORT;
}
static void wants_pfs(struct pair *p) {
    p->r.phase2.pfs_group = IKEV1_GROUP_X25519;
}
static void no_pfs(struct pair *p) {
    p->i.phase2.pfs_group = IKEV1_GROUP_X25519;
}
static void no_rule(struct pair *p) {
    p->r.status[IKEV1_QUESTION_PHASE2] = IKEV1_E_NO_RULE;
}

static const struct refusal REFUSALS[] = {
    {"local", "!! Verifying Local ID failed", IKEV1_E_LOCAL_ID, IKEV1_NOTIFY_INVALID_ID_INFORMATION,
     other_local},
    {"remote", "!! Verifying Remote ID failed", IKEV1_E_REMOTE_ID,
     IKEV1_NOTIFY_INVALID_ID_INFORMATION, other_remote},
    {"cipher", "!! No proposal chosen", IKEV1_E_NO_PROPOSAL, IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN,
     other_cipher},
    {"mode", "!! No proposal chosen", IKEV1_E_NO_PROPOSAL, IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN,
     other_mode},
    {"PFS wanted", "!! No proposal chosen", IKEV1_E_NO_PROPOSAL, IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN,
     wants_pfs},
    {"PFS offered", "!! No proposal chosen", IKEV1_E_NO_PROPOSAL, IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN,
     no_pfs},
    {"no rule", "Cause: ", IKEV1_E_NO_RULE, IKEV1_NOTIFY_INVALID_ID_INFORMATION, no_rule},
};

static void test_quick__sides_differ__both_told_once(void **state) { /* QCK-10, QCK-14, R-08 */
    (void)state;
    for (size_t i = 0; i < COUNT(REFUSALS); i++) {
        const struct refusal *f = &REFUSALS[i];
        struct pair *p = pair_new(NULL);
        f->spoil(p);
        pair_start(p);
        pair_connect(p);
        pair_wait(p, 200000);
        ROW_EQUAL(f->name, side_count(&p->i, IKEV1_EVENT_SA_UP), 1);
        ROW_EQUAL(f->name, side_count(&p->r, IKEV1_EVENT_CHILD_FAILED), 1);
        ROW_EQUAL(f->name, side_event(&p->r, IKEV1_EVENT_CHILD_FAILED, 0)->why.code, f->code);
        ROW_EQUAL(f->name, side_event(&p->r, IKEV1_EVENT_CHILD_FAILED, 0)->why.notify, f->notify);
        ROW_EQUAL(f->name, side_said(&p->r, f->line), true);
        ROW_EQUAL(f->name, side_count(&p->i, IKEV1_EVENT_CHILD_FAILED), 1);
        const ikev1_why *why = &side_event(&p->i, IKEV1_EVENT_CHILD_FAILED, 0)->why;
        ROW_EQUAL(f->name, why->code, IKEV1_E_NOTIFIED);
        ROW_EQUAL(f->name, why->notify, f->notify);
        ROW_EQUAL(f->name, side_count(&p->i, IKEV1_EVENT_SA_DOWN), 0);
        ROW_EQUAL(f->name, p->i.ike->s.children + p->r.ike->s.children, 0);
        pair_free(p);
    }
}

static void test_quick__refused_ids__both_values_named(void **state) { /* M-S7 */
    struct pair *p = pair_new(NULL);
    (void)state;
    other_local(p);
    pair_start(p);
    pair_connect(p);
    pair_run(p);
    const ikev1_why *why = &side_event(&p->r, IKEV1_EVENT_CHILD_FAILED, 0)->why;
    assert_string_equal(why->theirs, "10.2.0.0/24");
    assert_string_equal(why->ours, "10.2.0.0/25");
    assert_int_equal(why->rule, PAIR_RULE);
    pair_free(p);
}

/* ---- a peer that answers with what was not offered ---- */

enum { AT_SA = 8 }; /* DOI and situation; then the proposal */

static void answer_more_spi(void) {
    struct craft_payload *sa = &c.at[craft_find(&c, IKEV1_PAYLOAD_SA, 0)];
    memset(sa->body + 16, 0, 3); /* SPI of at most 255 */
}
static void answer_other_key(void) {
    struct craft_payload *sa = &c.at[craft_find(&c, IKEV1_PAYLOAD_SA, 0)];
    for (size_t i = 28; i + 4 <= sa->len; i += 4) {
        if (sa->body[i] == 0x80 && sa->body[i + 1] == IKEV1_ATTR2_KEY_BITS)
            sa->body[i + 2] = 1, sa->body[i + 3] = 0; /* 256 */
    }
}
static void answer_wider_ids(void) {
    struct craft_payload *id = &c.at[craft_find(&c, IKEV1_PAYLOAD_ID, 0)];
    id->body[4 + 4 + 1] = 0; /* the mask of 10.1/16: 10/8 is given as 10.0 below */
    id->body[5] = 0;
}
static void answer_swapped_ids(void) {
    int at = craft_find(&c, IKEV1_PAYLOAD_ID, 0);
    craft_swap(&c, at, at + 1);
}
static void answer_other_port(void) {
    struct craft_payload *id = &c.at[craft_find(&c, IKEV1_PAYLOAD_ID, 1)];
    id->body[1] = 17;
}
static void answer_no_ids(void) {
    craft_remove(&c, craft_find(&c, IKEV1_PAYLOAD_ID, 0));
    craft_remove(&c, craft_find(&c, IKEV1_PAYLOAD_ID, 0));
}
static void answer_no_ke(void) {
    craft_remove(&c, craft_find(&c, IKEV1_PAYLOAD_KE, 0));
}
static void answer_bad_ke(void) {
    c.at[craft_find(&c, IKEV1_PAYLOAD_KE, 0)].len = 31;
}
static void answer_two_transforms(void) { /* SAP-14 */
    struct craft_payload *sa = &c.at[craft_find(&c, IKEV1_PAYLOAD_SA, 0)];
    size_t at = 8 + 8 + 4, len = sa->len - at; /* the only transform, once more */
    memcpy(sa->body + sa->len, sa->body + at, len);
    sa->body[at] = 3;
    sa->body[sa->len + 4]++;
    sa->len += len;
    sa->body[8 + 7] = 2;
    size_t proposal = sa->len - 8;
    sa->body[8 + 2] = (uint8_t)(proposal >> 8);
    sa->body[8 + 3] = (uint8_t)proposal;
}
static void answer_two_proposals(void) { /* SAP-14 */
    struct craft_payload *sa = &c.at[craft_find(&c, IKEV1_PAYLOAD_SA, 0)];
    size_t len = sa->len - 8;
    memcpy(sa->body + sa->len, sa->body + 8, len);
    sa->body[8] = 2;
    sa->body[sa->len + 4]++;
    sa->len += len;
}
static void answer_less(void) { /* an attribute left out: no encapsulation mode */
    struct craft_payload *sa = &c.at[craft_find(&c, IKEV1_PAYLOAD_SA, 0)];
    for (size_t i = 28; i + 4 <= sa->len; i += 4) {
        if (sa->body[i] != 0x80 || sa->body[i + 1] != IKEV1_ATTR2_ENCAPSULATION)
            continue;
        memmove(sa->body + i, sa->body + i + 4, sa->len - i - 4);
        sa->len -= 4;
        sa->body[8 + 3] = (uint8_t)(sa->body[8 + 3] - 4);
        sa->body[20 + 3] = (uint8_t)(sa->body[20 + 3] - 4);
        return;
    }
    fail();
}

static const struct {
    const char *name;
    void (*change)(void);
    int code;
} ANSWERS[] = {
    {"reserved SPI", answer_more_spi, IKEV1_E_SPI},               /* QCK-11 */
    {"another key length", answer_other_key, IKEV1_E_BAD_CHOICE}, /* SAP-13 */
    {"two transforms", answer_two_transforms, IKEV1_E_BAD_CHOICE},
    {"two proposals", answer_two_proposals, IKEV1_E_BAD_CHOICE},
    {"an attribute less", answer_less, IKEV1_E_BAD_CHOICE},
    {"wider IDs", answer_wider_ids, IKEV1_E_LOCAL_ID}, /* QCK-09 */
    {"swapped IDs", answer_swapped_ids, IKEV1_E_LOCAL_ID},
    {"another protocol", answer_other_port, IKEV1_E_REMOTE_ID},
    {"no IDs", answer_no_ids, IKEV1_E_LOCAL_ID},
    {"no KE", answer_no_ke, IKEV1_E_PFS},              /* QCK-13 */
    {"a short KE", answer_bad_ke, IKEV1_E_KE_INVALID}, /* KEX-02 */
};

static void test_quick__answer_not_as_offered__fails_once(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(ANSWERS); i++) {
        struct pair *p = pair_new(NULL);
        p->i.phase2.pfs_group = p->r.phase2.pfs_group = IKEV1_GROUP_X25519;
        quick_at(p, 2);
        const struct datagram *d = &p->link.flights[0];
        craft_open(&c, p->i.ike, d->data, d->len);
        ANSWERS[i].change();
        deliver_crafted(p, &p->i, NULL);
        ROW_EQUAL(ANSWERS[i].name, side_count(&p->i, IKEV1_EVENT_CHILD_FAILED), 1);
        ROW_TEXT(ANSWERS[i].name,
                 ikev1_error_name(side_event(&p->i, IKEV1_EVENT_CHILD_FAILED, 0)->why.code),
                 ikev1_error_name(ANSWERS[i].code));
        ROW_EQUAL(ANSWERS[i].name, side_count(&p->i, IKEV1_EVENT_CHILD_INBOUND), 0);
        pair_wait(p, 300000);
        ROW_EQUAL(ANSWERS[i].name, p->i.ike->s.children, 0);
        ROW_EQUAL(ANSWERS[i].name, p->r.ike->s.children, 0);
        ROW_EQUAL(ANSWERS[i].name, side_count(&p->i, IKEV1_EVENT_SA_DOWN), 0);
        pair_free(p);
    }
}

/* ---- selectors that are none ---- */

static void test_quick__invalid_range__named(void **state) { /* mission S9 */
    static const struct {
        const char *name;
        size_t len;
        uint8_t body[36];
        const char *line;
    } rows[] = {
        {"range backwards",
         12,
         {IKEV1_ID_IPV4_ADDR_RANGE, 0, 0, 0, 10, 1, 9, 9, 10, 1, 0, 1},
         "!! Invalid IP <10.1.9.9>/<10.1.0.1>"},
        {"mask with a hole",
         12,
         {IKEV1_ID_IPV4_ADDR_SUBNET, 0, 0, 0, 10, 1, 0, 0, 255, 0, 255, 0},
         "!! Invalid IP <10.1.0.0>/<255.0.255.0>"},
        {"IPv6 range backwards",
         36,
         {[0] = IKEV1_ID_IPV6_ADDR_RANGE, [4] = 0x20, [5] = 1, [19] = 9, [20] = 0x20, [21] = 1},
         "!! Invalid IP <2001::9>/<2001::>"},
        {"IPv6 mask with a hole",
         36,
         {[0] = IKEV1_ID_IPV6_ADDR_SUBNET, [4] = 0x20, [5] = 1, [20] = 0xff, [22] = 0xff},
         "!! Invalid IP <2001::>/<ff00:ff00::>"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pair *p = quick_at(pair_new(NULL), 1);
        const struct datagram *d = &p->link.flights[0];
        craft_open(&c, p->r.ike, d->data, d->len);
        int at = craft_find(&c, IKEV1_PAYLOAD_ID, 0);
        craft_remove(&c, at);
        craft_insert(&c, at, IKEV1_PAYLOAD_ID, rows[i].body, rows[i].len);
        deliver_crafted(p, &p->r, NULL);
        ROW_EQUAL(rows[i].name, side_said(&p->r, rows[i].line), true);
        ROW_EQUAL(rows[i].name, side_event(&p->r, IKEV1_EVENT_CHILD_FAILED, 0)->why.code,
                  IKEV1_E_ID_SYNTAX);
        pair_free(p);
    }
}

/* ---- when it may begin, and how often ---- */

static void test_quick__before_phase1__dropped(void **state) { /* QCK-01 */
    (void)state;
    for (int n = 0; n < 6; n++) {
        struct pair *p = pair_new(NULL);
        pair_start(p);
        pair_connect(p);
        for (int i = 0; i < n; i++)
            assert_true(pair_step(p));
        side_drain(&p->i);
        side_drain(&p->r);
        struct datagram d = p->link.flights[0];
        struct side *to = d.way == LINK_TO_RESPONDER ? &p->r : &p->i;
        uint8_t out[28 + 64];
        ikev1_why why;
        memcpy(out, d.data, 28);
        memset(out + 28, 0x11, 64);
        out[18] = IKEV1_EXCHANGE_QUICK;
        out[19] = IKEV1_FLAG_ENCRYPTION;
        out[23] = 7;
        out[26] = 0;
        out[27] = sizeof out;
        uint64_t before = engine_digest(to->ike);
        assert_int_equal(ikev1_engine_input(to->ike, p->now, &d.path, out, sizeof out, &why),
                         IKEV1_DROPPED);
        assert_int_equal(why.code, n == 0 ? IKEV1_E_COOKIE : IKEV1_E_UNEXPECTED_MESSAGE);
        assert_true(engine_digest(to->ike) == before);
        pair_run(p);
        pair_check_up(p, 1);
        pair_free(p);
    }
}

static void test_quick__replayed__nothing_opens(void **state) { /* QCK-02, QCK-04, QCK-07, RTX-02 */
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_start(p);
    pair_up(p);
    for (int late = 0; late < 2; late++) {
        for (size_t i = 0; i < p->link.kept_count; i++) {
            struct datagram *d = &p->link.kept[i];
            struct side *to = d->way == LINK_TO_RESPONDER ? &p->r : &p->i;
            ikev1_engine_input(to->ike, p->now, &d->path, d->data, d->len, NULL);
        }
        p->link.held = true;
        side_drain(&p->i);
        side_drain(&p->r);
        assert_int_equal(p->i.ike->s.sas, 1);
        assert_int_equal(p->r.ike->s.sas, 1);
        assert_int_equal(p->i.ike->s.children, 1);
        assert_int_equal(p->r.ike->s.children, 1);
        pair_wait(p, 60000); /* what answers duplicates is forgotten */
        p->link.held = false;
    }
    pair_check_up(p, 1);
    pair_free(p);
}

static void test_quick__own_offer_returned__dropped(void **state) { /* QCK-05 */
    struct pair *p = quick_at(pair_new(NULL), 1);
    ikev1_why why;
    (void)state;
    const struct datagram d = p->link.flights[0];
    const ikev1_path back = {d.path.remote, d.path.local, false};
    uint64_t before = engine_digest(p->i.ike);
    assert_int_equal(ikev1_engine_input(p->i.ike, p->now, &back, d.data, d.len, &why),
                     IKEV1_DROPPED);
    assert_true(engine_digest(p->i.ike) == before);
    pair_run(p);
    pair_check_up(p, 1);
    pair_free(p);
}

static void test_quick__third_message_first__nothing_usable(void **state) { /* QCK-06 */
    struct pair *p = quick_at(pair_new(NULL), 3);
    struct datagram d;
    (void)state;
    assert_true(link_next(&p->link, &d));
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_UP), 0);
    for (int i = 0; i < 3; i++) /* and twice more than once does no harm */
        ikev1_engine_input(p->r.ike, p->now, &d.path, d.data, d.len, NULL);
    link_release(&d);
    side_drain(&p->r);
    pair_check_up(p, 1);
    pair_free(p);
}

static void test_quick__phase1_deleted_on_the_way__one_event(void **state) { /* QCK-17, INF-08 */
    (void)state;
    for (int n = 1; n <= 3; n++) {
        struct pair *p = quick_at(pair_new(NULL), n);
        assert_int_equal(ikev1_delete(p->i.ike, p->now, side_sa(&p->i)), IKEV1_OK);
        pair_run(p);
        pair_wait(p, 300000);
        struct side *both[] = {&p->i, &p->r};
        for (size_t s = 0; s < 2; s++) {
            size_t ends = side_count(both[s], IKEV1_EVENT_CHILD_FAILED) +
                          side_count(both[s], IKEV1_EVENT_CHILD_DOWN);
            size_t starts = both[s] == &p->i || n > 1 || ends != 0;
            ROW_EQUAL(both[s]->name, ends, starts);
            ROW_EQUAL(both[s]->name, side_count(both[s], IKEV1_EVENT_SA_DOWN), 1);
            ROW_EQUAL(both[s]->name, both[s]->ike->s.children, 0);
        }
        pair_free(p);
    }
}

static void test_quick__commit_bit_put_in__no_more_than_a_pause(void **state) { /* HDR-12, HDR-09 */
    (void)state;
    for (int n = 1; n <= 3; n++) {
        struct pair *p = quick_at(pair_new(NULL), n);
        p->link.flights[0].data[19] |= 0xfe; /* commit, authentication only, all reserved */
        pair_run(p);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), n != 2); /* it waits */
        pair_wait(p, 3000);
        pair_check_up(p, 1);
        for (size_t i = 0; i < p->link.kept_count; i++)
            assert_int_equal(p->link.kept[i].data[19] & 0xfe, 0); /* never echoed */
        pair_free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quick__each_suite__same_keys),
        cmocka_unit_test(test_quick__no_selectors__the_two_hosts),
        cmocka_unit_test(test_quick__inbound__announced_before_the_packet),
        cmocka_unit_test(test_quick__three_at_once__each_has_its_chain),
        cmocka_unit_test(test_quick__lifetimes__the_shorter),
        cmocka_unit_test(test_quick__host_spis__used_as_given),
        cmocka_unit_test(test_quick__host_spi_reserved__its_mistake),
        cmocka_unit_test(test_quick__sides_differ__both_told_once),
        cmocka_unit_test(test_quick__refused_ids__both_values_named),
        cmocka_unit_test(test_quick__answer_not_as_offered__fails_once),
        cmocka_unit_test(test_quick__invalid_range__named),
        cmocka_unit_test(test_quick__before_phase1__dropped),
        cmocka_unit_test(test_quick__replayed__nothing_opens),
        cmocka_unit_test(test_quick__own_offer_returned__dropped),
        cmocka_unit_test(test_quick__third_message_first__nothing_usable),
        cmocka_unit_test(test_quick__phase1_deleted_on_the_way__one_event),
        cmocka_unit_test(test_quick__commit_bit_put_in__no_more_than_a_pause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
