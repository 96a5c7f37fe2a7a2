/* SPDX-License-Identifier: Apache-2.0 */
#include "replay.h"
#include "rows.h"

#include "api/api.h"
#include "algs.h"

enum { RULE = 1 };

static const uint8_t REPLAY_ENDS[][2][4] = {
    /* the responder's address, the initiator's */
    [REPLAY_RUB] = {{10, 0, 3, 10}, {10, 0, 3, 1}},
    [REPLAY_RUB_2] = {{10, 0, 3, 2}, {10, 0, 3, 1}},
    [REPLAY_SWAN] = {{192, 168, 0, 101}, {192, 168, 0, 100}},
    [REPLAY_OPEN] = {{207, 171, 167, 234}, {54, 165, 11, 182}},
    [REPLAY_OZCAN] = {{192, 168, 0, 1}, {192, 168, 0, 100}},
    [REPLAY_ZEEK_MAIN] = {{192, 168, 140, 200}, {192, 168, 140, 205}},
    [REPLAY_TCPDUMP] = {{192, 1, 2, 23}, {192, 1, 2, 254}},
    [REPLAY_ZEEK_AGGRESSIVE] = {{192, 168, 12, 2}, {192, 168, 12, 1}},
};

/* ---- the recording ---- */

uint8_t replay_last(const struct replay *r) {
    return r->initiator ? r->row->last_i : r->row->last_r;
}

static bool is_beside(const struct replay *r, size_t n) {
    return (r->row->beside & REPLAY_MSG(n)) != 0;
}

/* Which message of its exchange the recorded one is. */
static size_t nth_of_exchange(const struct replay *r, size_t n) {
    size_t nth = n;
    for (size_t i = 1; i < n; i++)
        nth -= is_beside(r, i);
    return nth;
}

static ikev1_suite1 suite_of(const struct replay *r) {
    static const ikev1_suite1 usual = {IKEV1_CIPHER_AES,     128, IKEV1_HASH_SHA1, IKEV1_AUTH_PSK,
                                       IKEV1_GROUP_MODP1024, {0}};
    return r->row->suite.cipher != 0 ? r->row->suite : usual;
}

/* The first of our messages that is encrypted. */
static size_t first_sealed(const struct replay *r) {
    return r->row->aggressive ? 3 : 5;
}

static size_t first_quick(const struct replay *r) {
    return r->row->aggressive ? 4 : 7;
}

static uint32_t same(const struct replay *r) {
    return r->initiator ? r->row->same_i : r->row->same_r;
}

static ikev1_bytes value(struct replay *r, const char *ours, const char *theirs) {
    return vec_hex(r->f, r->initiator ? ours : theirs);
}

static ikev1_bytes quick(struct replay *r, const char *what) {
    char key[64];
    snprintf(key, sizeof key, "qm_%08x_%s", (unsigned)r->row->quick, what);
    return vec_hex(r->f, key);
}

static ikev1_bytes message(struct replay *r, size_t n, const char *what) {
    char key[32];
    snprintf(key, sizeof key, "msg%zu%s", n, what);
    return vec_hex(r->f, key);
}

static bool is_ours(struct replay *r, size_t n) {
    char key[32];
    snprintf(key, sizeof key, "msg%zu_dir", n);
    const char *dir = vec_text(r->f, key);
    return dir != NULL && (strcmp(dir, "initiator") == 0) == r->initiator;
}

static bool is_repeated(struct replay *r, size_t n) {
    char key[32];
    snprintf(key, sizeof key, "msg%zu_note", n);
    const char *note = vec_text(r->f, key);
    return note != NULL && strstr(note, "retransmission") != NULL;
}

static uint32_t number(ikev1_bytes four) {
    uint32_t v = 0;
    for (size_t i = 0; i < four.len && i < 4; i++)
        v = v << 8 | four.data[i];
    return v;
}

/* The body of the nth payload of a type in a chain of payloads. */
static ikev1_bytes payload(ikev1_bytes chain, uint8_t first, uint8_t type, size_t n) {
    size_t at = 0;
    for (uint8_t now = first; now != 0 && at + 4 <= chain.len;) {
        size_t len = (size_t)chain.data[at + 2] << 8 | chain.data[at + 3];
        if (now == type && n-- == 0)
            return (ikev1_bytes){chain.data + at + 4, len - 4};
        now = chain.data[at];
        at += len;
    }
    return (ikev1_bytes){NULL, 0};
}

static ikev1_bytes clear_payload(ikev1_bytes datagram, uint8_t type) {
    return payload(
        (ikev1_bytes){datagram.data + IKEV1_HEADER_SIZE, datagram.len - IKEV1_HEADER_SIZE},
        datagram.data[16], type, 0);
}

/* What the Quick Mode was about, in the end: its answer's identities. */
static ikev1_selector selector(struct replay *r, size_t n) {
    ikev1_bytes id =
        payload(message(r, first_quick(r) + 1, "_plain"), IKEV1_PAYLOAD_HASH, IKEV1_PAYLOAD_ID, n);
    ikev1_bytes asked =
        payload(message(r, first_quick(r), "_plain"), IKEV1_PAYLOAD_HASH, IKEV1_PAYLOAD_ID, n);
    ikev1_selector s = {.family = 4};
    if (!r->initiator)
        id = asked;
    memcpy(s.start, id.data + 4, 4);
    memcpy(s.end, id.data + 4, 4);
    for (size_t i = 0; id.data[0] == IKEV1_ID_IPV4_ADDR_SUBNET && i < 4; i++)
        s.end[i] = (uint8_t)(s.start[i] | (uint8_t)~id.data[8 + i]);
    return s;
}

/* ---- the host ---- */

static ikev1_id identity(ikev1_bytes body) {
    return (ikev1_id){.type = body.data[0],
                      .protocol = body.data[1],
                      .port = (uint16_t)(body.data[2] << 8 | body.data[3]),
                      .data = body.data + 4,
                      .len = body.len - 4};
}

static int answer_phase1(void *user, const ikev1_question *q, ikev1_phase1 *answer) {
    static ikev1_suite1 suite;
    struct replay *r = user;
    ikev1_bytes id = value(r, "idii_b", "idir_b");
    answer->rule = RULE;
    answer->path = (ikev1_path){{4, {0}, IKEV1_PORT}, {4, {0}, IKEV1_PORT}, false};
    memcpy(answer->path.local.ip, REPLAY_ENDS[r->row->ends][r->initiator], 4);
    memcpy(answer->path.remote.ip, REPLAY_ENDS[r->row->ends][!r->initiator], 4);
    suite = suite_of(r);
    answer->suites = &suite;
    answer->suite_count = 1;
    answer->natt = r->row->natt;
    answer->mode = r->row->aggressive ? IKEV1_MODE_AGGRESSIVE : IKEV1_MODE_MAIN;
    answer->life_seconds = r->row->life_1;
    if (id.data != NULL)
        answer->local_id = identity(id);
    (void)q;
    return IKEV1_OK;
}

static int answer_psk(void *user, const ikev1_question *q, ikev1_bytes *answer) {
    struct replay *r = user;
    (void)q;
    *answer = r->play.psk;
    return IKEV1_OK;
}

static int answer_phase2(void *user, const ikev1_question *q, ikev1_phase2 *answer) {
    static const ikev1_suite2 sha1 = {IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 128,
                                      IKEV1_INTEG_HMAC_SHA1, 0};
    static const ikev1_suite2 sha2 = {IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 128,
                                      IKEV1_INTEG_HMAC_SHA2_256, 0};
    struct replay *r = user;
    (void)q;
    if (r->row->quick == 0)
        return IKEV1_E_NO_RULE;
    answer->rule = RULE;
    answer->suites = r->row->ends == REPLAY_SWAN ? &sha2 : &sha1;
    answer->suite_count = 1;
    answer->pfs_group = r->row->pfs;
    answer->mode = IKEV1_ENCAP_TUNNEL;
    answer->life_seconds = r->row->life_2;
    answer->local = selector(r, r->initiator ? 0 : 1);
    answer->remote = selector(r, r->initiator ? 1 : 0);
    return IKEV1_OK;
}

static int answer_spi(void *user, const ikev1_question *q, uint8_t protocol, uint32_t *answer) {
    struct replay *r = user;
    (void)q;
    (void)protocol;
    *answer = r->row->quick != 0 ? number(quick(r, r->initiator ? "spi_i" : "spi_r")) : 256;
    return IKEV1_OK;
}

/* A message ID, as recorded. Ours begin with how often an SA has been imported, theirs with
 * anything.
 */
static void answer_message_id(struct replay *r, uint8_t *out) {
    const uint32_t id = r->row->quick != 0 ? r->row->quick : 0x01020304;
    struct ike_sa *sa = ike_handle_at(&r->engine->s.handles, IKE_KIND_SA, 1);
    for (size_t i = 0; i < 4; i++)
        out[i] = (uint8_t)(id >> (24 - 8 * i));
    if (sa != NULL && sa->live != NULL)
        sa->live->epoch = out[0] >> 4;
}

/* What the engine draws is known by its size; what does not matter is 0. */
static int answer_random(void *user, uint8_t *out, size_t len) {
    struct replay *r = user;
    memset(out, 0, len);
    if (len == IKEV1_COOKIE_SIZE)
        memcpy(out, value(r, "cky_i", "cky_r").data, len);
    else if (len == REPLAY_NONCE && r->nonces_drawn < 2)
        memcpy(out, r->nonces[r->nonces_drawn++], len);
    else if (len == PLAY_SEED)
        out[0] = (uint8_t)r->seeds_drawn++;
    else if (len == 4)
        answer_message_id(r, out);
    return IKEV1_OK;
}

/* ---- setting up ---- */

/* The first case of a file, or the second one. */
static void find_case(struct replay *r, size_t nth) {
    char path[80];
    snprintf(path, sizeof path, "handshakes/%s.txt", r->row->file);
    r->f = vec_open_or_skip(path);
    snprintf(r->name, sizeof r->name, "%s as %s", r->row->file,
             r->initiator ? "initiator" : "responder");
    for (size_t i = 0; i <= nth; i++)
        ROW_EQUAL(r->name, vec_next(r->f), true);
}

/* Ours begins like the recorded nonce, and has the length that our nonces have. */
static void set_nonce(struct replay *r, size_t n, ikev1_bytes recorded) {
    memset(r->nonces[n], 0xee, REPLAY_NONCE);
    if (recorded.data == NULL)
        return;
    memcpy(r->nonces[n], recorded.data, recorded.len < REPLAY_NONCE ? recorded.len : REPLAY_NONCE);
    playback_swap(&r->play, (ikev1_bytes){r->nonces[n], REPLAY_NONCE}, recorded);
}

static bool was_sealed(struct replay *r, size_t n) {
    return (message(r, n, "").data[19] & IKEV1_FLAG_ENCRYPTION) != 0;
}

static void set_playback(struct replay *r) {
    static const uint8_t unknown[] = "unknown";
    static const uint8_t no_secret[192];
    struct playback *p = &r->play;
    bool i = r->initiator;
    const ikev1_suite1 suite = suite_of(r);
    playback_init(p, ikev1_openssl(), suite.hash, suite.cipher, suite.group);
    p->psk = vec_hex(r->f, "psk");
    if (p->psk.data == NULL) {
        p->psk = (ikev1_bytes){unknown, sizeof unknown};
        p->skeyid = vec_hex(r->f, "skeyid");
    }
    p->dh[0].own = value(r, "gxi", "gxr");
    p->dh[0].peer = value(r, "gxr", "gxi");
    p->dh[0].secret = vec_hex(r->f, "gxy");
    if (p->dh[0].secret.data == NULL)
        p->dh[0].secret = (ikev1_bytes){no_secret, p->dh[0].own.len};
    set_nonce(r, 0, value(r, "ni_b", "nr_b"));
    if (r->row->quick != 0) {
        p->dh[1].own = quick(r, i ? "gxi" : "gxr");
        p->dh[1].peer = quick(r, i ? "gxr" : "gxi");
        p->dh[1].secret = quick(r, "gxy");
        set_nonce(r, 1, quick(r, i ? "ni_b" : "nr_b"));
    }
    for (size_t n = first_sealed(r); n <= replay_last(r); n++) {
        if (is_ours(r, n) && !is_repeated(r, n) && nth_of_exchange(r, n) >= first_sealed(r))
            p->sealed[p->sealed_count++] =
                was_sealed(r, n) ? message(r, n, "") : vec_hex(r->f, "iv_phase1");
    }
}

/* Of those that sign no key is known. */
static int answer_sign(void *user, const ikev1_question *q, const ikev1_signature *what,
                       ikev1_bytes *answer) {
    (void)user, (void)q, (void)what, (void)answer;
    return IKEV1_PENDING;
}

static int answer_verify(void *user, const ikev1_question *q, const ikev1_signature *what) {
    (void)user, (void)q, (void)what;
    return IKEV1_E_CERT;
}

void replay_begin(struct replay *r, const struct replay_row *row, bool initiator, size_t nth) {
    memset(r, 0, sizeof *r);
    r->row = row;
    r->initiator = initiator;
    find_case(r, nth);
    set_playback(r);
    ikev1_policy policy = IKEV1_POLICY_INIT;
    policy.user = r;
    policy.phase1 = answer_phase1;
    policy.psk = answer_psk;
    policy.phase2 = answer_phase2;
    policy.spi = answer_spi;
    policy.sign = answer_sign;
    policy.verify = answer_verify;
    ikev1_config config = IKEV1_CONFIG_INIT;
    config.crypto = &r->play.provider;
    config.policy = &policy;
    config.anonymous = true;
    config.limits.psk_min = 1; /* some were recorded with short keys */
    config.allow = IKEV1_ALLOW_MODP1024 | IKEV1_ALLOW_MODP1536 | IKEV1_ALLOW_3DES | IKEV1_ALLOW_MD5;
    config.random = answer_random;
    config.random_user = r;
    ROW_EQUAL(r->name, ikev1_engine_new(&r->engine, &config), IKEV1_OK);
}

void replay_end(struct replay *r) {
    ikev1_engine_free(r->engine);
    vec_close(r->f);
}

/* ---- playing ---- */

static void take_events(struct replay *r) {
    ikev1_event e;
    while (ikev1_engine_next_event(r->engine, &e)) {
        if (e.type == IKEV1_EVENT_SA_UP) {
            r->ups++;
            ROW_EQUAL(r->name, e.info->nat_local || e.info->nat_remote, false);
            row_bytes(r->name, "CKY-I", e.info->icookie, vec_hex(r->f, "cky_i"));
            row_bytes(r->name, "CKY-R", e.info->rcookie, vec_hex(r->f, "cky_r"));
        } else if (e.type == IKEV1_EVENT_NOTIFY) {
            r->notifies++;
            r->notify = e.notify->type;
        } else if (e.type == IKEV1_EVENT_SA_FAILED) {
            r->ends++;
            r->end_code = e.why->code;
        }
        if (e.ipsec == NULL)
            continue;
        const ikev1_ipsec *s = e.ipsec;
        size_t first = s->encryption_key.len, second = s->integrity_key.len;
        ROW_EQUAL(r->name, first + second <= REPLAY_KEYMAT, true);
        memcpy(r->child[s->inbound].keys, s->encryption_key.data, first);
        memcpy(r->child[s->inbound].keys + first, s->integrity_key.data, second);
        r->child[s->inbound].len = first + second;
        r->child[s->inbound].spi = s->spi;
    }
}

/* The SA body that we sent first is what HASH_I and HASH_R cover: theirs covered the recorded one.
 */
static void keep_offer(struct replay *r, const ikev1_packet *p) {
    ikev1_bytes body = clear_payload((ikev1_bytes){p->data, p->len}, IKEV1_PAYLOAD_SA);
    ROW_EQUAL(r->name, body.len <= sizeof r->offer, true);
    memcpy(r->offer, body.data, body.len);
    playback_swap(&r->play, (ikev1_bytes){r->offer, body.len}, vec_hex(r->f, "sai_b"));
}

/* Whether the playback had to bend our encrypted message n to the recorded chain of IVs. */
static bool is_bent(struct replay *r, size_t n) {
    size_t sealed = 0;
    for (size_t i = first_sealed(r); i < n; i++)
        sealed += is_ours(r, i) && !is_repeated(r, i);
    return n >= first_sealed(r) && (r->play.bent & 1u << sealed) != 0;
}

/* Our message n: of the recorded exchange, between the recorded ends, and where the row says so the
 * recorded bytes. */
void replay_expect(struct replay *r, size_t n) {
    ikev1_bytes recorded = message(r, n, "");
    ikev1_packet p;
    char name[128];
    snprintf(name, sizeof name, "%s, message %zu", r->name, n);
    take_events(r);
    ROW_EQUAL(name, ikev1_engine_next_packet(r->engine, &p), 1);
    ROW_EQUAL(name, memcmp(p.path.remote.ip, REPLAY_ENDS[r->row->ends][!r->initiator], 4), 0);
    row_bytes(name, "cookies", p.data, (ikev1_bytes){recorded.data, 16});
    row_bytes(name, "exchange", p.data + 18, (ikev1_bytes){recorded.data + 18, 1});
    const size_t nth = nth_of_exchange(r, n);
    ROW_EQUAL(name, p.data[19], nth >= first_sealed(r) ? IKEV1_FLAG_ENCRYPTION : 0);
    row_bytes(name, "ID", p.data + 20, (ikev1_bytes){recorded.data + 20, 4});
    bool is_same =
        p.len == recorded.len && memcmp(p.data, recorded.data, p.len) == 0 && !is_bent(r, n);
    ROW_EQUAL(name, is_same, (same(r) & REPLAY_MSG(n)) != 0);
    if (n == 1)
        keep_offer(r, &p);
    if (n == 2 && r->row->ends == REPLAY_SWAN)
        row_bytes(name, "SA", clear_payload((ikev1_bytes){p.data, p.len}, IKEV1_PAYLOAD_SA).data,
                  vec_hex(r->f, "sar_b"));
    if (n == 2 && r->row->aggressive && vec_hex(r->f, "hash_r").data != NULL)
        row_bytes(name, "HASH_R",
                  clear_payload((ikev1_bytes){p.data, p.len}, IKEV1_PAYLOAD_HASH).data,
                  vec_hex(r->f, "hash_r"));
    size_t ke = r->row->aggressive ? 1 : 3;
    if (nth == ke || nth == ke + 1)
        row_bytes(name, "KE", clear_payload((ikev1_bytes){p.data, p.len}, IKEV1_PAYLOAD_KE).data,
                  clear_payload(recorded, IKEV1_PAYLOAD_KE));
}

int replay_feed(struct replay *r, size_t n, ikev1_why *why) {
    ikev1_bytes recorded = message(r, n, "");
    ikev1_path path = {{4, {0}, IKEV1_PORT}, {4, {0}, IKEV1_PORT}, false};
    memcpy(path.local.ip, REPLAY_ENDS[r->row->ends][r->initiator], 4);
    memcpy(path.remote.ip, REPLAY_ENDS[r->row->ends][!r->initiator], 4);
    return ikev1_engine_input(r->engine, r->now, &path, recorded.data, recorded.len, why);
}

void replay_connect(struct replay *r) {
    ROW_EQUAL(r->name, ikev1_connect(r->engine, r->now, RULE, NULL), IKEV1_OK);
}

/* Messages 1 to `last` in their order. Returns what the last one that was fed led to. */
int replay_play(struct replay *r, ikev1_why *why) {
    int status = IKEV1_OK;
    if (r->initiator)
        replay_connect(r);
    for (size_t n = 1; n <= replay_last(r); n++) {
        if (is_beside(r, n))
            continue;
        r->now += 10;
        ROW_EQUAL(r->name, status, IKEV1_OK);
        if (is_ours(r, n))
            replay_expect(r, n);
        else
            status = replay_feed(r, n, why);
    }
    take_events(r);
    return status;
}

bool replay_pull(struct replay *r) {
    ikev1_packet p;
    return ikev1_engine_next_packet(r->engine, &p) != 0;
}

void replay_check_keys(struct replay *r) {
    bool i = r->initiator;
    for (int inbound = 0; inbound <= 1; inbound++) {
        /* keymat_spi_i protects what flows to the initiator */
        bool to_initiator = (inbound != 0) == i;
        ikev1_bytes want = quick(r, to_initiator ? "keymat_spi_i" : "keymat_spi_r");
        ROW_EQUAL(r->name, r->child[inbound].len, want.len);
        row_bytes(r->name, inbound ? "inbound keys" : "outbound keys", r->child[inbound].keys,
                  want);
        ROW_EQUAL(r->name, r->child[inbound].spi,
                  number(quick(r, to_initiator ? "spi_i" : "spi_r")));
    }
}

/* What the engine still does by itself, until nothing is left to wait for. */
void replay_run_out(struct replay *r) {
    for (ikev1_time next; (next = ikev1_engine_deadline(r->engine)) != IKEV1_NEVER;) {
        r->now = next > r->now ? next : r->now;
        ikev1_engine_tick(r->engine, r->now);
        take_events(r);
    }
}
