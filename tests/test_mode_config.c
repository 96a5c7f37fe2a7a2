/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mode Config (draft-ietf-ipsec-isakmp-mode-cfg) between two engines. Mission P4, P7; family CFG.
 */
#include "support/craft.h"
#include "support/digest.h"
#include "support/pair.h"

static const struct way {
    const char *name;
    uint16_t auth;
    uint8_t client, server;
} WAYS[] = {
    {"pull", IKEV1_AUTH_XAUTH_INIT_PSK, IKEV1_CONFIG_PULL, IKEV1_CONFIG_SERVE},
    {"pull from one that pushes", IKEV1_AUTH_XAUTH_INIT_PSK, IKEV1_CONFIG_PULL, IKEV1_CONFIG_PUSH},
    {"push", IKEV1_AUTH_XAUTH_INIT_PSK, IKEV1_CONFIG_WAIT, IKEV1_CONFIG_PUSH},
    {"either, pulled", IKEV1_AUTH_XAUTH_INIT_PSK, IKEV1_CONFIG_AUTO, IKEV1_CONFIG_SERVE},
    {"either, crossing", IKEV1_AUTH_XAUTH_INIT_PSK, IKEV1_CONFIG_AUTO, IKEV1_CONFIG_PUSH},
    {"pull, client responds", IKEV1_AUTH_XAUTH_RESP_PSK, IKEV1_CONFIG_PULL, IKEV1_CONFIG_SERVE},
    {"push, client responds", IKEV1_AUTH_XAUTH_RESP_PSK, IKEV1_CONFIG_WAIT, IKEV1_CONFIG_PUSH},
    {"pull without XAUTH", IKEV1_AUTH_PSK, IKEV1_CONFIG_PULL, IKEV1_CONFIG_SERVE},
    {"push without XAUTH", IKEV1_AUTH_PSK, IKEV1_CONFIG_WAIT, IKEV1_CONFIG_PUSH},
    {"either without XAUTH", IKEV1_AUTH_PSK, IKEV1_CONFIG_AUTO, IKEV1_CONFIG_PUSH},
};

static void test_config__each_way__address_and_child(void **state) { /* P4 */
    (void)state;
    for (size_t i = 0; i < COUNT(WAYS); i++) {
        const struct way *w = &WAYS[i];
        struct pair *p = pair_new(NULL);
        if (w->auth != IKEV1_AUTH_PSK)
            pair_with_user(p, w->auth, false);
        pair_with_config(p, w->client, w->server);
        pair_start(p);
        ROW_EQUAL(w->name, pair_connect(p), IKEV1_OK);
        pair_run(p);
        ROW_EQUAL(w->name, side_count(&p->i, IKEV1_EVENT_CHILD_UP), 1);
        pair_check_up(p, 1);
        struct side *client = pair_client(p), *server = pair_server(p);
        ROW_EQUAL(w->name, server->user.leased, 1);
        ROW_EQUAL(w->name, side_count(client, IKEV1_EVENT_CONFIG), 1);
        ROW_EQUAL(w->name, side_count(server, IKEV1_EVENT_CONFIG), 1);
        const ikev1_lease *got = side_event(client, IKEV1_EVENT_CONFIG, 0)->at.lease;
        ROW_EQUAL(w->name, got->ip4.family, 4);
        ROW_EQUAL(w->name, got->ip4.ip[3], 7);
        ROW_EQUAL(w->name, got->dns_count, 2);
        ROW_EQUAL(w->name, got->dns[1].ip[3], 54);
        ROW_EQUAL(w->name, side_said(client, "Mode Config: 10.93.0.7"), true);
        assert_int_equal(ikev1_delete(p->i.ike, p->now, IKEV1_ALL), IKEV1_OK);
        pair_run(p);
        const struct pair_event *down = side_event(server, IKEV1_EVENT_SA_DOWN, 0);
        assert_non_null(down->at.lease); /* CFG-08: it is free now */
        ROW_EQUAL(w->name, down->at.lease->ip4.ip[3], 7);
        assert_null(side_event(client, IKEV1_EVENT_SA_DOWN, 0)->at.lease);
        pair_free(p);
    }
}

/* ---- messages of a peer that holds the keys, and says what it should not ---- */

static struct craft c; /* large */
static bool lost;      /* the answers go nowhere */

/* A Transaction of the peer's, to `to`; `why` says how it was refused. */
static int say(struct pair *p, struct side *to, uint32_t id, uint8_t type, ikev1_bytes attrs,
               ikev1_why *why) {
    static uint8_t out[CRAFT_MESSAGE];
    const struct ike_sa *sa = ike_handle_at(&to->ike->s.handles, IKE_KIND_SA, 1);
    const struct ike_config config = {.type = type, .identifier = 0, .attrs = attrs};
    ikev1_path path = {sa->path.local, sa->path.remote, false};
    size_t len = craft_transaction(&c, to->ike, sa, id, &config, out, sizeof out);
    int r = ikev1_engine_input(to->ike, p->now, &path, out, len, why);
    ikev1_packet packet;
    while (lost && ikev1_engine_next_packet(to->ike, &packet) == 1)
        ;
    side_drain(to);
    return r;
}

static void refused(struct pair *p, struct side *to, const char *row, uint8_t type, const char *hex,
                    int code) {
    static uint32_t id = 1000;
    ikev1_bytes attrs = hex_make(hex);
    ikev1_why why;
    const uint64_t before = engine_digest(to->ike);
    ROW_EQUAL(row, say(p, to, ++id, type, attrs, &why), IKEV1_DROPPED);
    if (why.code != code)
        fail_msg("%s: refused with %s", row, ikev1_error_name(why.code));
    if (engine_digest(to->ike) != before)
        fail_msg("%s: something has changed", row);
    hex_free(attrs);
}

static struct pair *up(uint8_t client, uint8_t server) {
    struct pair *p = pair_new(NULL);
    pair_with_user(p, IKEV1_AUTH_XAUTH_INIT_PSK, false);
    pair_with_config(p, client, server);
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    pair_check_up(p, 1);
    return p;
}

static const struct {
    const char *name;
    bool to_server;
    uint8_t type;
    const char *attrs;
    int code;
} STRAY[] = {
    /* CFG-03 */
    {"REPLY that nobody asked for", true, IKEV1_CFG_REPLY, "00010004 0a000001",
     IKEV1_E_UNEXPECTED_MESSAGE},
    {"ACK of nothing", true, IKEV1_CFG_ACK, "c08f0000", IKEV1_E_UNEXPECTED_MESSAGE},
    {"type 0", true, 0, "", IKEV1_E_CONFIG_SYNTAX},
    {"type 5", true, 5, "", IKEV1_E_CONFIG_SYNTAX},
    {"type 255", false, 255, "", IKEV1_E_CONFIG_SYNTAX},
    /* CFG-04 */
    {"the client says that it has passed", true, IKEV1_CFG_SET, "c08f0001",
     IKEV1_E_UNEXPECTED_MESSAGE},
    {"the client asks for a password", true, IKEV1_CFG_REQUEST, "40890000 408a0000",
     IKEV1_E_UNEXPECTED_MESSAGE},
    {"the client sets addresses", true, IKEV1_CFG_SET, "00010004 0a000001",
     IKEV1_E_UNEXPECTED_MESSAGE},
    /* CFG-10 */
    {"a password is asked for again", false, IKEV1_CFG_REQUEST, "40890000 408a0000",
     IKEV1_E_UNEXPECTED_MESSAGE},
    {"another status", false, IKEV1_CFG_SET, "c08f0000", IKEV1_E_UNEXPECTED_MESSAGE},
    {"the server asks for an address", false, IKEV1_CFG_REQUEST, "00010000",
     IKEV1_E_UNEXPECTED_MESSAGE},
    {"another address is set", false, IKEV1_CFG_SET, "00010004 0a000001",
     IKEV1_E_UNEXPECTED_MESSAGE},
    /* CFG-02 */
    {"address of 3", true, IKEV1_CFG_REQUEST, "00010003 0a0000", IKEV1_E_CONFIG_SYNTAX},
    {"longer than the payload", true, IKEV1_CFG_REQUEST, "0001ffff 0a0000", IKEV1_E_CONFIG_SYNTAX},
};

static void test_config__what_may_not_be_said__no_effect(void **state) {
    (void)state;
    struct pair *p = up(IKEV1_CONFIG_AUTO, IKEV1_CONFIG_SERVE);
    for (size_t i = 0; i < COUNT(STRAY); i++)
        refused(p, STRAY[i].to_server ? &p->r : &p->i, STRAY[i].name, STRAY[i].type, STRAY[i].attrs,
                STRAY[i].code);
    pair_free(p);
}

static void test_config__sa_without_it__refused(void **state) { /* CFG-01 */
    (void)state;
    struct pair *p = pair_new(NULL);
    pair_start(p);
    pair_up(p);
    refused(p, &p->r, "not ours", IKEV1_CFG_REQUEST, "00010000", IKEV1_E_UNEXPECTED_MESSAGE);
    refused(p, &p->i, "not ours", IKEV1_CFG_SET, "00010004 0a000001", IKEV1_E_UNEXPECTED_MESSAGE);
    pair_free(p);
}

/* CFG-08: whoever asks a thousand times costs the host one question, and keeps few exchanges. */
static void test_config__asked_for_a_thousand_times__one_lease(void **state) {
    (void)state;
    struct pair *p = up(IKEV1_CONFIG_PULL, IKEV1_CONFIG_SERVE);
    const ikev1_bytes attrs = hex_make("00010000");
    const struct ike_sa *sa = ike_handle_at(&p->r.ike->s.handles, IKE_KIND_SA, 1);
    lost = true;
    for (uint32_t id = 1; id <= 1000; id++) {
        ikev1_why why;
        size_t count = 0;
        assert_int_equal(say(p, &p->r, id, IKEV1_CFG_REQUEST, attrs, &why), IKEV1_OK);
        for (const struct ike_xchg *x = sa->xchgs; x != NULL; x = x->next)
            count += x->exchange == IKEV1_EXCHANGE_TRANSACTION;
        assert_in_range(count, 1, IKE_MAX_TRANSACTIONS);
        if (p->r.line_count > PAIR_LINES / 2)
            side_forget(&p->r);
    }
    lost = false;
    assert_int_equal(p->r.user.leased, 1);
    hex_free(attrs);
    pair_free(p);
}

/* While the host has not answered, no more than that many wait for it. */
static void test_config__requests_at_once__to_the_limit_and_one_past_it(void **state) {
    (void)state;
    struct pair *p = up(IKEV1_CONFIG_NONE, IKEV1_CONFIG_SERVE);
    const ikev1_bytes attrs = hex_make("00010000");
    ikev1_why why;
    p->r.status[IKEV1_QUESTION_LEASE] = IKEV1_PENDING;
    pair_wait(p, 60000); /* XAUTH's own exchanges are forgotten */
    for (uint32_t id = 1; id <= IKE_MAX_TRANSACTIONS; id++)
        assert_int_equal(say(p, &p->r, id, IKEV1_CFG_REQUEST, attrs, &why), IKEV1_PENDING);
    assert_int_equal(say(p, &p->r, 99, IKEV1_CFG_REQUEST, attrs, &why), IKEV1_DROPPED);
    assert_int_equal(why.code, IKEV1_E_EXCHANGES);
    assert_string_equal(why.ours, "8 Transactions"); /* of limits.exchanges there are more */
    hex_free(attrs);
    pair_free(p);
}

/* ---- what a lease can hold ---- */

static void test_config__everything__as_it_was_given(void **state) { /* P4 */
    static const ikev1_address dns[] = {{4, {10, 0, 0, 1}, 0}, {6, {0x20, 1, 0xd, 0xb8}, 0}};
    static const ikev1_selector subnets[] = {{4, 0, 0, {10, 1, 0, 0}, {10, 1, 255, 255}}};
    static const ikev1_selector split[] = {{4, 17, 53, {10, 2, 0, 0}, {10, 2, 0, 255}},
                                           {4, 0, 0, {10, 3, 0, 7}, {10, 3, 0, 7}}};
    static const uint16_t types[] = {IKEV1_ATTRC_IP4_ADDRESS,
                                     IKEV1_ATTRC_IP6_ADDRESS,
                                     IKEV1_ATTRC_IP4_NETMASK,
                                     IKEV1_ATTRC_IP6_NETMASK,
                                     IKEV1_ATTRC_IP4_DNS,
                                     IKEV1_ATTRC_IP6_DNS,
                                     IKEV1_ATTRC_IP4_NBNS,
                                     IKEV1_ATTRC_IP4_DHCP,
                                     IKEV1_ATTRC_IP4_SUBNET,
                                     IKEV1_ATTRC_EXPIRY,
                                     IKEV1_ATTRC_VERSION,
                                     IKEV1_ATTRC_UNITY_BANNER,
                                     IKEV1_ATTRC_UNITY_SAVE_PASSWORD,
                                     IKEV1_ATTRC_UNITY_DOMAIN,
                                     IKEV1_ATTRC_UNITY_SPLIT_DOMAINS,
                                     IKEV1_ATTRC_UNITY_SPLIT_INCLUDE,
                                     IKEV1_ATTRC_UNITY_LOCAL_LAN,
                                     IKEV1_ATTRC_UNITY_NATT_PORT,
                                     IKEV1_ATTRC_UNITY_PFS,
                                     IKEV1_ATTRC_UNITY_BACKUP_SERVERS,
                                     IKEV1_ATTRC_SUPPORTED,
                                     31337};
    static const uint8_t further[] = {0x7a, 0x69, 0, 2, 'h', 'i'}; /* 31337, which nobody knows */
    (void)state;
    for (int push = 0; push < 2; push++) {
        struct pair *p = pair_new(NULL);
        pair_with_config(p, push ? IKEV1_CONFIG_WAIT : IKEV1_CONFIG_PULL,
                         push ? IKEV1_CONFIG_PUSH : IKEV1_CONFIG_SERVE);
        p->i.phase1.config_types = types;
        p->i.phase1.config_type_count = COUNT(types);
        p->i.phase1.unity = p->r.phase1.unity = true;
        ikev1_lease *l = &p->r.user.lease;
        l->ip6 = (ikev1_address){6, {0x20, 1, 0xd, 0xb8, [15] = 9}, 0};
        memset(l->netmask6, 0xff, 8);
        l->expires = 100000;
        l->dns = l->nbns = dns;
        l->dns_count = 2;
        l->nbns_count = 1;
        l->subnets = l->local_lan = subnets;
        l->subnet_count = l->local_lan_count = 1;
        l->split = split;
        l->split_count = 2;
        l->banner = ike_bytes("line\n\0\x1b[31m`rm`", 16); /* CFG-06 */
        l->domain = ike_bytes("example.org", 11);
        l->split_domains = ike_bytes("a,b", 3);
        l->backup_servers = ike_bytes("192.0.2.7", 9);
        l->natt_port = 10000;
        l->save_password = l->pfs = true;
        l->attributes = ike_bytes(further, sizeof further);
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        pair_run(p);
        pair_check_up(p, 1);
        const ikev1_lease *got = side_event(&p->i, IKEV1_EVENT_CONFIG, 0)->at.lease;
        assert_int_equal(got->size, sizeof *got);
        assert_memory_equal(&got->ip4, &l->ip4, sizeof got->ip4);
        assert_memory_equal(&got->ip6, &l->ip6, sizeof got->ip6);
        assert_memory_equal(got->netmask4, l->netmask4, 4);
        assert_memory_equal(got->netmask6, l->netmask6, 16);
        assert_int_equal(got->expires, 100000);
        assert_int_equal(got->dns_count, 2);
        assert_memory_equal(got->dns, dns, sizeof dns);
        assert_int_equal(got->nbns_count, 1);
        assert_int_equal(got->subnet_count, 1);
        assert_memory_equal(got->subnets, subnets, sizeof subnets);
        assert_int_equal(got->local_lan_count, 1);
        assert_int_equal(got->split_count, 2);
        assert_memory_equal(got->split, split, sizeof split);
        assert_int_equal(got->banner.len, 16);
        assert_memory_equal(got->banner.data, l->banner.data, 16);
        assert_int_equal(got->domain.len, 11);
        assert_int_equal(got->split_domains.len, 3);
        assert_int_equal(got->backup_servers.len, 9);
        assert_int_equal(got->natt_port, 10000);
        assert_true(got->save_password && got->pfs);
        ikev1_bytes rest = got->attributes;
        ikev1_attribute a;
        bool met = false;
        while (ikev1_attribute_next(&rest, &a) == 1)
            met =
                met || (a.type == 31337 && a.value.len == 2 && memcmp(a.value.data, "hi", 2) == 0);
        assert_true(met);
        if (!push) { /* what the library knows by itself */
            assert_true(got->version.len > 8 && memcmp(got->version.data, "libikev1", 8) == 0);
            assert_int_equal(p->r.user.wish.type_count, COUNT(types));
        }
        pair_free(p);
    }
}

/* CFG-07: what was not asked for is not there, nor what is too much of one kind. */
static void test_config__unasked_and_too_many__ignored(void **state) {
    static const uint16_t types[] = {IKEV1_ATTRC_IP4_ADDRESS, IKEV1_ATTRC_IP4_DNS};
    static uint8_t many[300 * 8];
    (void)state;
    for (size_t i = 0; i < 300; i++)
        memcpy(many + 8 * i, "\0\3\0\4\12\0\0\1", 8);
    for (int push = 0; push < 2; push++) {
        struct pair *p = pair_new(NULL);
        pair_with_config(p, push ? IKEV1_CONFIG_WAIT : IKEV1_CONFIG_PULL,
                         push ? IKEV1_CONFIG_PUSH : IKEV1_CONFIG_SERVE);
        p->i.phase1.config_types = types;
        p->i.phase1.config_type_count = COUNT(types);
        p->r.user.lease.banner = ike_bytes("hello", 5);
        p->r.user.lease.dns_count = 0;
        p->r.user.lease.attributes = ike_bytes(many, sizeof many);
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        pair_run(p);
        const ikev1_lease *got = side_event(&p->i, IKEV1_EVENT_CONFIG, 0)->at.lease;
        assert_int_equal(got->dns_count, IKEV1_MAX_CONFIG_SAME);
        assert_int_equal(got->banner.len, 0);
        assert_true(ike_is_zero(got->netmask4, 4));
        assert_int_equal(got->attributes.len, 8 + 8 * IKEV1_MAX_CONFIG_SAME);
        pair_free(p);
    }
}

static void test_config__no_address__ends(void **state) {
    (void)state;
    struct pair *p = pair_new(NULL);
    pair_with_config(p, IKEV1_CONFIG_PULL, IKEV1_CONFIG_SERVE);
    p->r.status[IKEV1_QUESTION_LEASE] = IKEV1_E_REFUSED;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_SA_DOWN, 0)->why.code, IKEV1_E_NO_LEASE);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 0);
    assert_null(side_event(&p->r, IKEV1_EVENT_SA_DOWN, 0)->at.lease); /* none was given */
    pair_free(p);
}

static void test_config__lease_answered_later__goes_on(void **state) { /* B2 */
    (void)state;
    for (int push = 0; push < 2; push++) {
        struct pair *p = pair_new(NULL);
        pair_with_config(p, push ? IKEV1_CONFIG_WAIT : IKEV1_CONFIG_PULL,
                         push ? IKEV1_CONFIG_PUSH : IKEV1_CONFIG_SERVE);
        p->r.status[IKEV1_QUESTION_LEASE] = IKEV1_PENDING;
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        pair_run(p);
        pair_wait(p, 20000);
        assert_int_equal(p->r.user.leased, 1);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 0);
        assert_int_equal(side_answer(&p->r, IKEV1_QUESTION_LEASE, IKEV1_OK), IKEV1_OK);
        pair_run(p);
        pair_check_up(p, 1);
        pair_free(p);
    }
}

/* One lease per identity: it is offered again, and free when nobody has it any more (P7). */
static void test_config__same_user_again__keeps_its_address(void **state) {
    (void)state;
    struct pair *p = up(IKEV1_CONFIG_PULL, IKEV1_CONFIG_SERVE);
    assert_false(p->r.user.wish.has_previous);
    assert_string_equal(p->r.user.wish.user, "alice");
    const ikev1_handle first = side_sa(&p->r);
    p->i.phase1.rule = p->i.phase2.rule = 2; /* another SA of the client's */
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    assert_int_equal(p->r.user.leased, 2);
    assert_true(p->r.user.wish.has_previous);
    assert_memory_equal(&p->r.user.wish.previous, &p->r.user.lease.ip4,
                        sizeof p->r.user.wish.previous);
    side_forget(&p->r);
    assert_int_equal(ikev1_delete(p->r.ike, p->now, first), IKEV1_OK);
    pair_run(p);
    assert_null(side_event(&p->r, IKEV1_EVENT_SA_DOWN, 0)->at.lease); /* the other one has it */
    assert_int_equal(ikev1_delete(p->r.ike, p->now, IKEV1_ALL), IKEV1_OK);
    pair_run(p);
    assert_non_null(side_event(&p->r, IKEV1_EVENT_SA_DOWN, 1)->at.lease);
    pair_free(p);
}

/* libreswan's two bytes behind the attributes; a habit that the host may not want. */
static void test_config__padding_in_the_list__by_its_switch(void **state) {
    (void)state;
    for (int off = 0; off < 2; off++) {
        struct pair *p = pair_new(NULL);
        pair_with_config(p, IKEV1_CONFIG_NONE, IKEV1_CONFIG_SERVE);
        p->r.phase1.quirks_off = off ? IKEV1_QUIRK_CONFIG_PADDING : 0;
        pair_start(p);
        pair_up(p);
        const ikev1_bytes attrs = hex_make("00010000 0000");
        ikev1_why why;
        assert_int_equal(say(p, &p->r, 7, IKEV1_CFG_REQUEST, attrs, &why),
                         off ? IKEV1_DROPPED : IKEV1_OK);
        assert_int_equal(side_said(&p->r, "Peer's habit tolerated: config-padding"), !off);
        hex_free(attrs);
        pair_free(p);
    }
}

/* ---- memory (MEM-01) ---- */

/* One allocation fails, of one side. @return whether it was reached. */
static bool fail_one(const struct way *w, uint64_t at, bool responder) {
    char row[96];
    struct pair *p = pair_new(NULL);
    struct side *s = responder ? &p->r : &p->i;
    snprintf(row, sizeof row, "%s, %s, allocation %u fails", w->name, s->name, (unsigned)at);
    pair_with_user(p, w->auth, false);
    pair_with_config(p, w->client, w->server);
    pair_start(p);
    s->memory.fail_at = s->memory.calls + at;
    for (int tries = 0; tries < 4 && side_count(&p->r, IKEV1_EVENT_CHILD_UP) == 0; tries++) {
        int r = pair_connect(p);
        ROW_EQUAL(row, r == IKEV1_OK || r == IKEV1_E_MEMORY || r == IKEV1_E_BUSY, true);
        pair_wait(p, 150000);
    }
    ROW_EQUAL(row, side_count(&p->i, IKEV1_EVENT_CHILD_UP) >= 1, true);
    ROW_EQUAL(row, side_count(&p->r, IKEV1_EVENT_CHILD_UP) >= 1, true);
    ROW_EQUAL(row, side_count(&p->i, IKEV1_EVENT_CONFIG) >= 1, true);
    bool reached = s->memory.failed != 0;
    ikev1_delete(p->i.ike, p->now, IKEV1_ALL);
    pair_wait(p, (ikev1_time)29000 * 1000);
    ROW_EQUAL(row, p->i.ike->s.sas + p->r.ike->s.sas, 0);
    ROW_EQUAL(row, p->r.ike->s.ctx.timers.reserved + p->i.ike->s.ctx.timers.reserved, 0);
    pair_free(p);
    return reached;
}

static void test_memory__one_allocation_fails__it_still_comes_up(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(WAYS); i++) {
        if (WAYS[i].auth == IKEV1_AUTH_PSK)
            continue;
        for (int responder = 0; responder < 2; responder++) {
            uint64_t at = 1;
            while (at < 500 && fail_one(&WAYS[i], at, responder != 0))
                at++;
            assert_in_range(at, 30, 499);
        }
    }
}

/* From one allocation on there is none any more: everything ends all the same. */
static void test_memory__gone_for_good__everything_ends(void **state) {
    (void)state;
    for (int side = 0; side < 2; side++) {
        for (uint64_t at = 1; at < 500; at++) {
            struct pair *p = pair_new(NULL);
            struct side *s = side ? &p->r : &p->i;
            pair_with_user(p, IKEV1_AUTH_XAUTH_INIT_PSK, false);
            pair_with_config(p, IKEV1_CONFIG_PULL, IKEV1_CONFIG_SERVE);
            p->i.phase1.rekey = p->i.phase2.rekey = IKEV1_REKEY_OFF;
            p->r.phase1.rekey = p->r.phase2.rekey = IKEV1_REKEY_OFF;
            pair_start(p);
            s->memory.fail_at = s->memory.calls + at;
            s->memory.from_there = true;
            pair_connect(p);
            pair_wait(p, (ikev1_time)30000 * 1000);
            bool reached = s->memory.failed != 0;
            ROW_EQUAL(s->name, p->i.ike->s.sas + p->r.ike->s.sas, 0);
            ROW_EQUAL(s->name, ikev1_engine_deadline(p->i.ike) == IKEV1_NEVER, true);
            ROW_EQUAL(s->name, ikev1_engine_deadline(p->r.ike) == IKEV1_NEVER, true);
            pair_free(p);
            if (!reached)
                break;
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config__each_way__address_and_child),
        cmocka_unit_test(test_config__what_may_not_be_said__no_effect),
        cmocka_unit_test(test_config__sa_without_it__refused),
        cmocka_unit_test(test_config__asked_for_a_thousand_times__one_lease),
        cmocka_unit_test(test_config__requests_at_once__to_the_limit_and_one_past_it),
        cmocka_unit_test(test_config__everything__as_it_was_given),
        cmocka_unit_test(test_config__unasked_and_too_many__ignored),
        cmocka_unit_test(test_config__no_address__ends),
        cmocka_unit_test(test_config__lease_answered_later__goes_on),
        cmocka_unit_test(test_config__same_user_again__keeps_its_address),
        cmocka_unit_test(test_config__padding_in_the_list__by_its_switch),
        cmocka_unit_test(test_memory__one_allocation_fails__it_still_comes_up),
        cmocka_unit_test(test_memory__gone_for_good__everything_ends),
    };
    return cmocka_run_group_tests_name("mode_config", tests, NULL, NULL);
}
