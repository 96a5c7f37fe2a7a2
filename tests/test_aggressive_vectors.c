/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of other stacks in Aggressive Mode whose pre-shared keys are known: as initiator the
 * engine accepts the recorded HASH_R and nothing else, as responder it makes the same. No more than
 * the values was recorded, so that the messages around them are made here.
 */
#include "support/algs.h"
#include "support/playback.h"

#include <ikev1/ikev1.h>
#include <ikev1/openssl.h>

enum { NONCE = 32, RULE = 1, ROOM = 2048, HASH_ATTRIBUTE = 35, GROUP_ATTRIBUTE = 39 };

/* AES-128, hash and group as they come, pre-shared key, 3600 s; what was recorded is hashed in its
 * place. */
static const uint8_t SA[] = {
    0,    0,    0, 1, 0,    0, 0,    1, 0,    0,    0,    0x2c, 0,    1,    0,    1,    0, 0,
    0,    0x24, 1, 1, 0,    0, 0x80, 1, 0,    7,    0x80, 0x0e, 0,    0x80, 0x80, 2,    0, 2,
    0x80, 4,    0, 2, 0x80, 3, 0,    1, 0x80, 0x0b, 0,    1,    0x80, 0x0c, 0x0e, 0x10,
};

struct scene {
    struct vec_file *f;
    const char *name;
    bool initiator, md5;
    uint16_t group;
    struct playback play;
    ikev1_engine *engine;
    uint8_t nonce[NONCE], sa[sizeof SA], offer[512];
    ikev1_id local;
    ikev1_suite1 suite;
};

static const ikev1_path PATH = {
    {4, {192, 0, 2, 1}, IKEV1_PORT}, {4, {192, 0, 2, 2}, IKEV1_PORT}, false};

/* ---- the host ---- */

static int answer_phase1(void *user, const ikev1_question *q, ikev1_phase1 *answer) {
    struct scene *s = user;
    (void)q;
    answer->rule = RULE;
    answer->path = PATH;
    answer->suites = &s->suite;
    answer->suite_count = 1;
    answer->natt = IKEV1_NATT_OFF;
    answer->mode = IKEV1_MODE_AGGRESSIVE;
    answer->life_seconds = 3600;
    answer->remote_match = IKEV1_MATCH_ANY;
    answer->local_id = s->local;
    return IKEV1_OK;
}

static int answer_psk(void *user, const ikev1_question *q, ikev1_bytes *answer) {
    struct scene *s = user;
    (void)q;
    *answer = vec_hex(s->f, "psk");
    return IKEV1_OK;
}

static int answer_random(void *user, uint8_t *out, size_t len) {
    struct scene *s = user;
    memset(out, 0, len);
    if (len == IKEV1_COOKIE_SIZE)
        memcpy(out, vec_hex(s->f, s->initiator ? "cky_i" : "cky_r").data, len);
    else if (len == NONCE)
        memcpy(out, s->nonce, len);
    return IKEV1_OK;
}

/* ---- setting up ---- */

static ikev1_id identity(ikev1_bytes body) {
    return (ikev1_id){.type = body.data[0],
                      .protocol = body.data[1],
                      .port = (uint16_t)(body.data[2] << 8 | body.data[3]),
                      .data = body.data + 4,
                      .len = body.len - 4};
}

/* hashcat's own example has random bytes where the identity was. */
static bool is_identity(ikev1_bytes body) {
    return body.data[0] >= IKEV1_ID_IPV4_ADDR && body.data[0] <= IKEV1_ID_KEY_ID;
}

static void set_playback(struct scene *s) {
    static const uint8_t no_secret[128];
    struct playback *p = &s->play;
    bool i = s->initiator;
    playback_init(p, ikev1_openssl(), s->md5 ? IKEV1_HASH_MD5 : IKEV1_HASH_SHA1, IKEV1_CIPHER_AES,
                  s->group);
    p->psk = vec_hex(s->f, "psk");
    p->dh[0].own = vec_hex(s->f, i ? "gxi" : "gxr");
    p->dh[0].peer = vec_hex(s->f, i ? "gxr" : "gxi");
    p->dh[0].secret = (ikev1_bytes){no_secret, p->dh[0].own.len}; /* HASH_R does not cover it */
    memset(s->nonce, 0xee, NONCE);
    playback_swap(p, (ikev1_bytes){s->nonce, NONCE}, vec_hex(s->f, i ? "ni_b" : "nr_b"));
    memcpy(s->sa, SA, sizeof SA);
    s->sa[HASH_ATTRIBUTE] = s->md5 ? IKEV1_HASH_MD5 : IKEV1_HASH_SHA1;
    s->sa[GROUP_ATTRIBUTE] = (uint8_t)s->group;
    if (!i)
        playback_swap(p, (ikev1_bytes){s->sa, sizeof s->sa}, vec_hex(s->f, "sai_b"));
}

static void begin(struct scene *s, struct vec_file *f, bool initiator) {
    memset(s, 0, sizeof *s);
    s->f = f;
    s->name = vec_text(f, "case");
    s->initiator = initiator;
    s->md5 = strcmp(vec_text(f, "hash"), "md5") == 0;
    s->group = vec_hex(f, "gxi").len == 96 ? IKEV1_GROUP_MODP768 : IKEV1_GROUP_MODP1024;
    s->suite.cipher = IKEV1_CIPHER_AES;
    s->suite.key_bits = 128;
    s->suite.hash = s->md5 ? IKEV1_HASH_MD5 : IKEV1_HASH_SHA1;
    s->suite.auth = IKEV1_AUTH_PSK;
    s->suite.group = s->group;
    if (!initiator)
        s->local = identity(vec_hex(f, "idir_b"));
    set_playback(s);
    ikev1_policy policy = IKEV1_POLICY_INIT;
    policy.user = s;
    policy.phase1 = answer_phase1;
    policy.psk = answer_psk;
    ikev1_config config = IKEV1_CONFIG_INIT;
    config.crypto = &s->play.provider;
    config.policy = &policy;
    config.allow = IKEV1_ALLOW_MODP768 | IKEV1_ALLOW_MODP1024 | IKEV1_ALLOW_MD5;
    config.limits.psk_min = 1;
    config.random = answer_random;
    config.random_user = s;
    ROW_EQUAL(s->name, ikev1_engine_new(&s->engine, &config), IKEV1_OK);
}

/* ---- messages ---- */

struct message {
    uint8_t data[ROOM];
    size_t len;
    uint8_t *next; /* where the type of the payload that follows goes */
};

static void put(struct message *m, uint8_t type, ikev1_bytes body) {
    uint8_t *at = m->data + m->len;
    *m->next = type;
    m->next = at;
    at[0] = at[1] = 0;
    at[2] = (uint8_t)((body.len + 4) >> 8);
    at[3] = (uint8_t)(body.len + 4);
    memcpy(at + 4, body.data, body.len);
    m->len += 4 + body.len;
    m->data[26] = (uint8_t)(m->len >> 8);
    m->data[27] = (uint8_t)m->len;
}

static void write_message(struct scene *s, struct message *m) {
    static const uint8_t idii[] = {IKEV1_ID_IPV4_ADDR, 0, 0, 0, 192, 0, 2, 2};
    bool first = !s->initiator;
    memset(m, 0, sizeof *m);
    memcpy(m->data, vec_hex(s->f, "cky_i").data, 8);
    if (!first)
        memcpy(m->data + 8, vec_hex(s->f, "cky_r").data, 8);
    m->data[17] = 0x10;
    m->data[18] = IKEV1_EXCHANGE_AGGRESSIVE;
    m->len = IKEV1_HEADER_SIZE;
    m->next = m->data + 16;
    put(m, IKEV1_PAYLOAD_SA, (ikev1_bytes){s->sa, sizeof s->sa});
    put(m, IKEV1_PAYLOAD_KE, vec_hex(s->f, first ? "gxi" : "gxr"));
    put(m, IKEV1_PAYLOAD_NONCE, vec_hex(s->f, first ? "ni_b" : "nr_b"));
    put(m, IKEV1_PAYLOAD_ID, first ? (ikev1_bytes){idii, sizeof idii} : vec_hex(s->f, "idir_b"));
    if (!first)
        put(m, IKEV1_PAYLOAD_HASH, vec_hex(s->f, "hash_r"));
}

static int feed(struct scene *s, const struct message *m, ikev1_why *why) {
    return ikev1_engine_input(s->engine, 0, &PATH, m->data, m->len, why);
}

/* ---- both roles ---- */

static bool is_up(struct scene *s) {
    ikev1_event e;
    bool up = false;
    while (ikev1_engine_next_event(s->engine, &e) == 1)
        up = up || e.type == IKEV1_EVENT_SA_UP;
    return up;
}

/* Ours is hashed as the recorded one; it stands behind the header of the SA payload. */
static void swap_offer(struct scene *s) {
    ikev1_packet p;
    ROW_EQUAL(s->name, ikev1_engine_next_packet(s->engine, &p), 1);
    size_t len = ((size_t)p.data[30] << 8 | p.data[31]) - 4;
    ROW_EQUAL(s->name, len <= sizeof s->offer, true);
    memcpy(s->offer, p.data + 32, len);
    playback_swap(&s->play, (ikev1_bytes){s->offer, len}, vec_hex(s->f, "sai_b"));
}

static void check_initiator(struct vec_file *f) {
    static struct scene s;
    static struct message m;
    ikev1_why why;
    begin(&s, f, true);
    ROW_EQUAL(s.name, ikev1_connect(s.engine, 0, RULE, NULL), IKEV1_OK);
    swap_offer(&s);
    write_message(&s, &m);
    bool known = is_identity(vec_hex(f, "idir_b"));
    m.data[m.len - 1] ^= 1;
    ROW_EQUAL(s.name, feed(&s, &m, &why), IKEV1_DROPPED);
    if (known)
        ROW_EQUAL(s.name, why.code, IKEV1_E_AUTH);
    m.data[m.len - 1] ^= 1;
    ROW_EQUAL(s.name, feed(&s, &m, &why), known ? IKEV1_OK : IKEV1_DROPPED);
    ROW_EQUAL(s.name, is_up(&s), known);
    ikev1_engine_free(s.engine);
}

static void check_responder(struct vec_file *f) {
    static struct scene s;
    static struct message m;
    ikev1_packet p;
    ikev1_bytes want = vec_hex(f, "hash_r");
    if (!is_identity(vec_hex(f, "idir_b")))
        return; /* nor may ours be such */
    begin(&s, f, false);
    write_message(&s, &m);
    ROW_EQUAL(s.name, feed(&s, &m, NULL), IKEV1_OK);
    ROW_EQUAL(s.name, ikev1_engine_next_packet(s.engine, &p), 1);
    row_bytes(s.name, "HASH_R", p.data + p.len - want.len, want); /* it stands last */
    ikev1_engine_free(s.engine);
}

static void test_aggressive__recorded_answers__same_hash_in_both_roles(void **state) {
    static const char *const FILES[] = {"psk/aggressive_hash_r.txt", "psk/aggressive_hash_r_2.txt"};
    (void)state;
    for (size_t i = 0; i < COUNT(FILES); i++) {
        struct vec_file *f = vec_open_or_skip(FILES[i]);
        size_t cases = 0;
        for (; vec_next(f); cases++) {
            check_initiator(f);
            check_responder(f);
        }
        vec_close(f);
        assert_in_range(cases, 5, 100);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aggressive__recorded_answers__same_hash_in_both_roles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
