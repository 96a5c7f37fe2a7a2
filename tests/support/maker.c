/* SPDX-License-Identifier: Apache-2.0 */
#include "maker.h"

#include <ikev1/openssl.h>

#include "failcrypto.h"

/* ---- two gateways ---- */

static void other_cipher(struct pair *p) {
    p->r.suites2[0].key_bits = 256;
}
static void nobody_there(struct pair *p) {
    link_rule(&p->link, LINK_TO_RESPONDER, LINK_DROP, 0, 0);
}
static void another_key(struct pair *p) {
    p->r.psk = "another pre-shared key";
}
static void delete_all(struct pair *p) {
    ikev1_delete(p->i.ike, p->now, IKEV1_ALL);
    pair_run(p);
}
static void short_life(struct pair *p) {
    p->i.phase1.life_seconds = p->r.phase1.life_seconds = 120;
    p->i.phase1.rekey = p->r.phase1.rekey = IKEV1_REKEY_OFF;
}
static void connect_rule(struct pair *p, uint32_t rule) {
    p->i.phase1.rule = p->i.phase2.rule = p->r.phase2.rule = rule;
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
}
static void connect_again(struct pair *p) {
    connect_rule(p, 2);
}
static void connect_twice_more(struct pair *p) {
    connect_rule(p, 2);
    connect_rule(p, 3);
}
static void replaces(struct pair *p) {
    p->r.phase1.unique = IKEV1_UNIQUE_REPLACE;
}
static void only_one(struct pair *p) {
    p->r.phase1.unique = IKEV1_UNIQUE_REFUSE;
}
static void two_of_a_peer(struct pair *p) {
    p->r.config.limits.sas_peer = 2;
}
static void one_child(struct pair *p) {
    p->r.config.limits.children = 1;
}
static void one_exchange(struct pair *p) {
    p->r.config.limits.exchanges = 1;
}
static void begin_child(struct pair *p, uint32_t rule) {
    p->i.phase2.rule = p->r.phase2.rule = rule;
    assert_int_equal(ikev1_child(p->i.ike, p->now, side_sa(&p->i), rule, NULL), IKEV1_OK);
    side_drain(&p->i);
}
static void child_again(struct pair *p) {
    begin_child(p, 2);
    pair_run(p);
}
static void two_children(struct pair *p) {
    begin_child(p, 2);
    begin_child(p, 3);
    pair_run(p);
}
static void idles(struct pair *p) {
    p->i.phase2.idle_seconds = 60;
}
static void answers_never(struct pair *p) {
    p->i.status[IKEV1_QUESTION_PSK] = IKEV1_PENDING;
}
static void bad_certificate(struct pair *p) {
    pair_by(p, IKEV1_AUTH_RSA, IKEV1_MODE_MAIN);
    p->r.signer.verify_status = IKEV1_E_CERT;
}
static int long_signature(void *user, const ikev1_question *q, const ikev1_signature *what,
                          ikev1_bytes *answer) {
    static const uint8_t signature[2000];
    (void)user, (void)q, (void)what;
    *answer = (ikev1_bytes){signature, sizeof signature};
    return IKEV1_OK;
}
static int make_answer(ikev1_why *why) {
    struct pair *p = pair_new(NULL);
    struct datagram d;
    pair_by(p, IKEV1_AUTH_RSA, IKEV1_MODE_AGGRESSIVE);
    p->r.policy.sign = long_signature;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    side_drain(&p->i);
    assert_true(link_next(&p->link, &d));
    ikev1_engine_input(p->r.ike, p->now, &d.path, d.data, d.len, why);
    link_release(&d);
    side_drain(&p->r);
    assert_int_equal(p->link.sent[LINK_TO_INITIATOR], 0);
    return maker_ended(p, why->code);
}
static void other_local(struct pair *p) {
    p->r.phase2.local.end[3] = 127;
}
static void other_remote(struct pair *p) {
    p->r.phase2.remote.protocol = 17;
}
static void three_and_one(struct pair *p) {
    pair_several(p, 2);
    p->r.phase2.next = NULL;
}
static void address_gone(struct pair *p) {
    static const ikev1_address other = {4, {192, 0, 2, 9}, 0};
    const ikev1_address gone = p->i.phase1.path.local;
    assert_int_equal(ikev1_local_changed(p->i.ike, p->now, &gone, &other), IKEV1_OK);
}
static void wrong_password(struct pair *p) {
    pair_with_user(p, IKEV1_AUTH_XAUTH_INIT_PSK, false);
    p->i.user.password = "wrong";
}
static void many_rounds(struct pair *p) {
    pair_with_user(p, IKEV1_AUTH_XAUTH_INIT_PSK, false);
    p->r.config.limits.xauth_rounds = 5;
    for (int i = 0; i < 6; i++) {
        p->r.user.messages[i] = "and now?";
        p->r.user.answers[i] = "42";
    }
}
static void no_lease(struct pair *p) {
    pair_with_config(p, IKEV1_CONFIG_PULL, IKEV1_CONFIG_SERVE);
    p->r.status[IKEV1_QUESTION_LEASE] = IKEV1_E_REFUSED;
}

/* ---- what a call returns ---- */

/* With the cause that the initiator's log has. */
static int ended_by_call(struct pair *p, int code, ikev1_why *why) {
    *why = p->i.cause;
    assert_int_equal(why->code, code);
    return maker_ended(p, code);
}

int maker_ended(struct pair *p, int code) {
    link_flush(&p->link);
    pair_free(p);
    return code;
}

struct pair *maker_up(uint32_t children, uint32_t exchanges, uint32_t message_ids) {
    struct pair *p = pair_new(NULL);
    p->i.config.limits.children = children;
    p->i.config.limits.exchanges = exchanges;
    p->i.config.limits.message_ids = message_ids;
    pair_start(p);
    pair_up(p);
    return p;
}

static int one_more_child(struct pair *p, uint32_t rule) {
    p->i.phase2.rule = p->r.phase2.rule = rule;
    int r = ikev1_child(p->i.ike, p->now, side_sa(&p->i), rule, NULL);
    if (r == IKEV1_OK)
        pair_run(p);
    return r;
}

static int make_children(ikev1_why *why) {
    struct pair *p = maker_up(1, 0, 0);
    return ended_by_call(p, one_more_child(p, 2), why);
}
static int make_exchanges(ikev1_why *why) {
    struct pair *p = maker_up(0, 1, 0);
    nobody_there(p);
    assert_int_equal(one_more_child(p, 2), IKEV1_OK);
    return ended_by_call(p, one_more_child(p, 3), why);
}
static int make_message_ids(ikev1_why *why) {
    struct pair *p = maker_up(0, 0, 16);
    int r = IKEV1_OK;
    for (uint32_t rule = 2; r == IKEV1_OK && rule < 40; rule++)
        r = one_more_child(p, rule);
    return ended_by_call(p, r, why);
}
static int make_sas(ikev1_why *why) {
    struct pair *p = pair_new(NULL);
    p->i.config.limits.sas = 1;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    return ended_by_call(p, ikev1_connect(p->i.ike, p->now, 2, NULL), why);
}
static int make_output(ikev1_why *why) {
    struct pair *p = pair_new(NULL);
    p->i.config.limits.datagram = 1024;
    for (size_t i = 0; i < 32; i++)
        p->i.suites1[i] = p->i.suites1[0];
    p->i.phase1.suite_count = 32;
    pair_start(p);
    return ended_by_call(p, pair_connect(p), why);
}
static int make_memory(ikev1_why *why) {
    struct pair *p = pair_new(NULL);
    int r = IKEV1_OK;
    p->i.config.limits.memory = 64;
    pair_any_rule(p);
    pair_start(p);
    for (uint32_t rule = 1; r == IKEV1_OK && rule < 100; rule++) {
        r = ikev1_connect(p->i.ike, p->now, rule, NULL);
        side_drain(&p->i);
    }
    return ended_by_call(p, r, why);
}
static int make_random(ikev1_why *why) {
    static struct fail_crypto fail;
    (void)why;
    struct pair *p = pair_new(NULL);
    fail_crypto_init(&fail, &p->i.null.provider);
    p->i.config.crypto = &fail.provider;
    p->i.config.random = NULL;
    pair_start(p);
    fail.kinds = FAIL_RANDOM;
    fail.fail_at = fail.calls + 1;
    fail.from_there = true;
    return maker_ended(p, pair_connect(p));
}
static int make_provider(ikev1_why *why) {
    static struct fail_crypto fail;
    struct pair *p = pair_new(NULL);
    fail_crypto_init(&fail, &p->i.null.provider);
    p->i.config.crypto = &fail.provider;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    fail.kinds = FAIL_GROUP;
    fail.fail_at = fail.calls + 1;
    fail.from_there = true;
    pair_wait(p, MAKER_LONG);
    *why = side_event(&p->i, IKEV1_EVENT_SA_FAILED, 0)->why;
    return maker_ended(p, why->code);
}
static int make_unsupported(ikev1_why *why) {
    struct pair *p = pair_new(NULL);
    p->i.phase1.mode = IKEV1_MODE_BASE; /* which has no form for XAUTH */
    p->i.suites1[0].auth = IKEV1_AUTH_XAUTH_INIT_PSK;
    pair_start(p);
    return maker_ended(p, ikev1_check_phase1(p->i.ike, &p->i.phase1, why));
}
static int make_selftest(ikev1_why *why) {
    static struct fail_crypto fail;
    static const ikev1_kat bad[] = {{NULL, NULL, "616263", "900150983cd24fb0d6963f7d28e17f73"},
                                    {NULL, NULL, NULL, NULL}};
    (void)why;
    fail_crypto_init(&fail, ikev1_openssl());
    fail.hashes[0].digest_kats = bad;
    return ikev1_crypto_selftest(&fail.provider, NULL);
}
static int make_config(ikev1_why *why) {
    const ikev1_config config = IKEV1_CONFIG_INIT; /* without a provider */
    ikev1_engine *engine;
    (void)why;
    return ikev1_engine_new(&engine, &config);
}
static int inside;
static void connect_inside(struct side *s, const char *name) {
    (void)name;
    inside = ikev1_connect(s->ike, 0, PAIR_RULE, NULL);
}
static int make_reentry(ikev1_why *why) {
    struct pair *p = pair_new(NULL);
    (void)why;
    p->i.inside = connect_inside;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    return maker_ended(p, inside);
}
static int make_stale(ikev1_why *why) {
    struct pair *p = maker_up(0, 0, 0);
    (void)why;
    const ikev1_handle sa = side_sa(&p->i);
    delete_all(p);
    return maker_ended(p, ikev1_delete(p->i.ike, p->now, sa));
}
static int make_argument(ikev1_why *why) {
    (void)why;
    return ikev1_connect(NULL, 0, PAIR_RULE, NULL);
}
static int make_busy(ikev1_why *why) {
    struct pair *p = pair_new(NULL);
    (void)why;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    return maker_ended(p, pair_connect(p));
}
static int make_state(ikev1_why *why) {
    struct pair *p = pair_new(NULL);
    ikev1_handle sa;
    (void)why;
    pair_start(p);
    assert_int_equal(ikev1_connect(p->i.ike, p->now, PAIR_RULE, &sa), IKEV1_OK);
    return maker_ended(p, ikev1_child(p->i.ike, p->now, sa, PAIR_RULE, NULL));
}
static int make_blob(ikev1_why *why) {
    static const uint8_t key[32], blob[100];
    struct pair *p = pair_new(NULL);
    (void)why;
    pair_start(p);
    return maker_ended(p, ikev1_import(p->i.ike, p->now, key, (ikev1_bytes){NULL, 0},
                                       (ikev1_bytes){blob, sizeof blob}, 0, NULL));
}

#define EVENT(name, hint, set, then, responder, event, theirs, ours)                               \
    { IKEV1_E_##name, hint, NULL, set, then, responder, IKEV1_EVENT_##event, theirs, ours }

const struct maker makers_by_hosts[] = {
    EVENT(NOTIFIED, "notification's name", other_cipher, NULL, false, CHILD_FAILED, NULL, NULL),
    EVENT(SILENT, "firewall", nobody_there, NULL, false, SA_FAILED, NULL, NULL),
    EVENT(UNREAD, "UDP port 4500", another_key, NULL, false, SA_FAILED, NULL, NULL),
    EVENT(DELETED, "peer's log", NULL, delete_all, true, SA_DOWN, NULL, NULL),
    EVENT(CLOSED, "no action", NULL, delete_all, false, SA_DOWN, NULL, NULL),
    EVENT(EXPIRED, "no action", short_life, NULL, true, SA_DOWN, NULL, NULL),
    EVENT(REPLACED, "no action", replaces, connect_again, true, SA_DOWN, NULL, NULL),
    EVENT(NOT_UNIQUE, "UNIQUE_REPLACE", only_one, connect_again, true, SA_FAILED,
          "IPV4_ADDR 192.0.2.1", "an SA with 192.0.2.1"),
    EVENT(PEER_SAS, "limits.sas_peer", two_of_a_peer, connect_twice_more, true, SA_FAILED,
          "IPV4_ADDR 192.0.2.1", "limits.sas_peer 2"),
    EVENT(CHILDREN, "limits.children", one_child, child_again, true, CHILD_FAILED, "2",
          "limits.children 1"),
    EVENT(EXCHANGES, "limits.exchanges", one_exchange, two_children, true, CHILD_FAILED, "2",
          "limits.exchanges 1"),
    EVENT(IDLE, "no action", idles, NULL, false, CHILD_DOWN, NULL, NULL),
    EVENT(UNANSWERED, "library's questions", answers_never, NULL, false, SA_FAILED, NULL, NULL),
    EVENT(CERT, "its dates", bad_certificate, NULL, true, SA_FAILED, NULL, NULL),
    EVENT(LOCAL_ID, "remote network our local", other_local, NULL, true, CHILD_FAILED,
          "10.2.0.0/24", "10.2.0.0/25"),
    EVENT(REMOTE_ID, "local network our remote", other_remote, NULL, true, CHILD_FAILED,
          "10.1.0.0/16", "10.1.0.0/16[17/0]"),
    EVENT(SA_COUNT, "one pair of SAs", three_and_one, NULL, true, CHILD_FAILED, "3", "1"),
    EVENT(LOCAL_CHANGED, "new address", NULL, address_gone, false, SA_DOWN, NULL, NULL),
    EVENT(XAUTH, "name and password", wrong_password, NULL, true, SA_DOWN, "alice", NULL),
    EVENT(ROUNDS, "xauth_rounds", many_rounds, NULL, true, SA_DOWN, "alice",
          "limits.xauth_rounds 5"),
    EVENT(NO_LEASE, "pool of addresses", no_lease, NULL, false, SA_DOWN, NULL, NULL),
    CALL(RANDOM, "random source", make_random),
    CALL(PROVIDER, "provider's own", make_provider),
    CALL(UNSUPPORTED, "another provider", make_unsupported),
    CALL(SELFTEST, "do not use it", make_selftest),
    CALL_2(MEMORY, "free memory", make_memory, NULL, "limits.memory 64"),
    CALL_2(SAS, "limits.sas", make_sas, NULL, "limits.sas 1"),
    CALL_2(EXCHANGES, "limits.exchanges", make_exchanges, NULL, "limits.exchanges 1"),
    CALL_2(CHILDREN, "limits.children", make_children, NULL, "limits.children 1"),
    CALL_2(MESSAGE_IDS, "phase 1 rekey", make_message_ids, NULL, "limits.message_ids 16"),
    CALL_2(OUTPUT, "fewer proposals", make_output, NULL, "limits.datagram 1024"),
    CALL_2(ANSWER, "whole_answer", make_answer, "193 bytes", "2197 bytes"),
    CALL(CONFIG, "documentation", make_config),
    CALL(REENTRY, "call afterwards", make_reentry),
    CALL(STALE, "forget the handle", make_stale),
    CALL(ARGUMENT, "documentation", make_argument),
    CALL(BUSY, "wait for its event", make_busy),
    CALL(STATE, "wait for its event", make_state),
    CALL(BLOB, "another release", make_blob),
};

const size_t maker_hosts = COUNT(makers_by_hosts);
