/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Script row x defect: every message of every exchange, spoiled in every way that the table of rows
 * knows about, is refused with the right code and changes nothing; the genuine message is then
 * accepted and the negotiation completes. PAY-04..09, PAY-14, HDR-05, HDR-08, HDR-10, HDR-11,
 * PH1-01, design.md "Holds".
 */
#include "support/craft.h"
#include "support/digest.h"
#include "support/pair.h"

/* One message of a run: who gets it, and which row it belongs to. */
struct point {
    const char *name;
    uint8_t exchange, number, way;
    uint16_t auth;
};

enum { PSK = IKEV1_AUTH_PSK, SIGN = IKEV1_AUTH_RSA, MAIN_MESSAGES = 6, QUICK_1 = 6 };

static const struct point POINTS[] = {
    {"main 1", IKEV1_EXCHANGE_MAIN, 1, LINK_TO_RESPONDER, PSK},
    {"main 2", IKEV1_EXCHANGE_MAIN, 2, LINK_TO_INITIATOR, PSK},
    {"main 3", IKEV1_EXCHANGE_MAIN, 3, LINK_TO_RESPONDER, PSK},
    {"main 4", IKEV1_EXCHANGE_MAIN, 4, LINK_TO_INITIATOR, PSK},
    {"main 5", IKEV1_EXCHANGE_MAIN, 5, LINK_TO_RESPONDER, PSK},
    {"main 6", IKEV1_EXCHANGE_MAIN, 6, LINK_TO_INITIATOR, PSK},
    {"quick 1", IKEV1_EXCHANGE_QUICK, 1, LINK_TO_RESPONDER, PSK},
    {"quick 2", IKEV1_EXCHANGE_QUICK, 2, LINK_TO_INITIATOR, PSK},
    {"quick 3", IKEV1_EXCHANGE_QUICK, 3, LINK_TO_RESPONDER, PSK},
    {"aggressive 1", IKEV1_EXCHANGE_AGGRESSIVE, 1, LINK_TO_RESPONDER, PSK},
    {"aggressive 2", IKEV1_EXCHANGE_AGGRESSIVE, 2, LINK_TO_INITIATOR, PSK},
    {"aggressive 3", IKEV1_EXCHANGE_AGGRESSIVE, 3, LINK_TO_RESPONDER, PSK},
    {"main, signed 1", IKEV1_EXCHANGE_MAIN, 1, LINK_TO_RESPONDER, SIGN},
    {"main, signed 2", IKEV1_EXCHANGE_MAIN, 2, LINK_TO_INITIATOR, SIGN},
    {"main, signed 3", IKEV1_EXCHANGE_MAIN, 3, LINK_TO_RESPONDER, SIGN},
    {"main, signed 4", IKEV1_EXCHANGE_MAIN, 4, LINK_TO_INITIATOR, SIGN},
    {"main, signed 5", IKEV1_EXCHANGE_MAIN, 5, LINK_TO_RESPONDER, SIGN},
    {"main, signed 6", IKEV1_EXCHANGE_MAIN, 6, LINK_TO_INITIATOR, SIGN},
    {"aggressive, signed 1", IKEV1_EXCHANGE_AGGRESSIVE, 1, LINK_TO_RESPONDER, SIGN},
    {"aggressive, signed 2", IKEV1_EXCHANGE_AGGRESSIVE, 2, LINK_TO_INITIATOR, SIGN},
    {"aggressive, signed 3", IKEV1_EXCHANGE_AGGRESSIVE, 3, LINK_TO_RESPONDER, SIGN},
};

struct scene {
    struct pair *p;
    const struct point *at;
    const struct ike_step *step;
    struct side *to;
    const struct datagram *genuine;
    bool sealed;
    size_t flights;
    char row[96];
};

static bool of_phase1(const struct point *at) {
    return at->exchange != IKEV1_EXCHANGE_QUICK;
}

/* The responder's keys are worked out when they are first needed: see digest.h. */
static void warm_up(const struct scene *s) {
    uint8_t junk[28 + 64];
    if (s->at->exchange != IKEV1_EXCHANGE_MAIN || s->at->number != 5)
        return;
    memcpy(junk, s->genuine->data, 28);
    memset(junk + 28, 0x55, 64);
    junk[27] = sizeof junk;
    junk[26] = 0;
    ikev1_engine_input(s->to->ike, s->p->now, &s->genuine->path, junk, sizeof junk, NULL);
    side_drain(s->to);
}

/* Runs a fresh pair up to where message `at` is on its way, not yet delivered. */
static struct scene scene_at(const struct point *at) {
    struct scene s = {.p = pair_new(NULL), .at = at};
    pair_by(s.p, at->auth, at->exchange == IKEV1_EXCHANGE_AGGRESSIVE);
    pair_start(s.p);
    s.p->i.phase2.pfs_group = s.p->r.phase2.pfs_group = IKEV1_GROUP_X25519;
    assert_int_equal(pair_connect(s.p), IKEV1_OK);
    for (int before = at->number - 1 + (of_phase1(at) ? 0 : MAIN_MESSAGES); before > 0; before--)
        assert_true(pair_step(s.p));
    side_drain(&s.p->i);
    side_drain(&s.p->r);
    /* Behind the last message of Aggressive Mode comes the first of Quick Mode. */
    bool last = at->exchange == IKEV1_EXCHANGE_AGGRESSIVE && at->number == 3;
    s.flights = last ? 2 : 1;
    assert_int_equal(s.p->link.flight_count, s.flights);
    s.genuine = &s.p->link.flights[0];
    s.sealed = (s.genuine->data[19] & IKEV1_FLAG_ENCRYPTION) != 0;
    assert_int_equal(s.genuine->way, at->way);
    s.to = at->way == LINK_TO_RESPONDER ? &s.p->r : &s.p->i;
    s.step = ike_step_find(at->exchange, at->number, at->auth);
    warm_up(&s);
    return s;
}

/* The genuine negotiation still completes (oracle 6). */
static void scene_end(struct scene *s) {
    pair_run(s->p);
    pair_check_up(s->p, 1);
    assert_int_equal(side_count(&s->p->i, IKEV1_EVENT_SA_FAILED), 0);
    assert_int_equal(side_count(&s->p->r, IKEV1_EVENT_CHILD_FAILED), 0);
    pair_free(s->p);
}

/* What a first encrypted message that cannot be read means to us. */
static int phase1_code(const struct scene *s, int code) {
    bool gibberish = code >= IKEV1_E_FRAGMENT && code <= IKEV1_E_PAYLOAD_TYPE;
    bool under_psk = s->sealed && of_phase1(s->at) && s->at->auth == PSK;
    return under_psk && gibberish ? IKEV1_E_PSK : code;
}

/* Delivers, and it must have no effect at all. */
static void refused(struct scene *s, const char *defect, const uint8_t *data, size_t len,
                    int code) {
    ikev1_why why;
    uint8_t *exact = malloc(len != 0 ? len : 1); /* a sanitizer sees every read beyond it */
    assert_non_null(exact);
    memcpy(exact, data, len);
    snprintf(s->row, sizeof s->row, "%s, %s", s->at->name, defect);
    uint64_t before = engine_digest(s->to->ike);
    size_t events = s->to->event_count;
    int r = ikev1_engine_input(s->to->ike, s->p->now, &s->genuine->path, exact, len, &why);
    free(exact);
    ROW_EQUAL(s->row, r, IKEV1_DROPPED);
    if (why.code != code)
        fail_msg("%s: refused with %s, not %s", s->row, ikev1_error_name(why.code),
                 ikev1_error_name(code));
    if (engine_digest(s->to->ike) != before)
        fail_msg("%s: the refused message has changed something", s->row);
    side_drain(s->to);
    ROW_EQUAL(s->row, s->to->event_count, events);
    ROW_EQUAL(s->row, s->p->link.flight_count, s->flights);
}

static void open_message(struct scene *s, struct craft *c) {
    craft_open(c, s->to->ike, s->genuine->data, s->genuine->len);
}

static void close_and_refuse(struct scene *s, struct craft *c, const char *defect, int code) {
    static uint8_t out[CRAFT_MESSAGE];
    size_t len = craft_close(c, out, sizeof out);
    refused(s, defect, out, len, code);
}

#define EACH_POINT(s)                                                                              \
    for (size_t point_ = 0; point_ < COUNT(POINTS); point_++)                                      \
        for (struct scene s = scene_at(&POINTS[point_]); s.p != NULL; scene_end(&s), s.p = NULL)

static struct craft c; /* large */

/* ---- payloads ---- */

static void test_step__payload_missing__refused(void **state) { /* PAY-08 */
    (void)state;
    EACH_POINT(s) {
        for (uint8_t type = 1; type < 32; type++) {
            if ((s.step->must & IKE_BIT(type)) == 0)
                continue;
            open_message(&s, &c);
            craft_remove(&c, craft_find(&c, type, 0));
            close_and_refuse(&s, &c, ikev1_name(IKEV1_NAMES_PAYLOAD, type),
                             phase1_code(&s, IKEV1_E_MISSING_PAYLOAD));
        }
        if (s.step->two != 0) { /* one of a pair */
            open_message(&s, &c);
            craft_remove(&c, craft_find(&c, s.step->two, 1));
            close_and_refuse(&s, &c, "half a pair", IKEV1_E_MISSING_PAYLOAD);
        }
    }
}

/* Types of which a message may hold more than one. */
enum {
    MANY = IKE_BIT(IKEV1_PAYLOAD_VENDOR) | IKE_BIT(IKEV1_PAYLOAD_CERT) |
           IKE_BIT(IKEV1_PAYLOAD_CERTREQ),
};

static void test_step__payload_doubled__refused(void **state) { /* PAY-07 */
    (void)state;
    EACH_POINT(s) {
        for (uint8_t type = 1; type < 32; type++) {
            open_message(&s, &c);
            int at = craft_find(&c, type, 0);
            if (at == CRAFT_NONE || MANY & IKE_BIT(type))
                continue;
            struct craft_payload copy = c.at[at];
            craft_append(&c, type, copy.body, copy.len);
            close_and_refuse(&s, &c, ikev1_name(IKEV1_NAMES_PAYLOAD, type),
                             phase1_code(&s, IKEV1_E_DUPLICATE_PAYLOAD));
        }
    }
}

static void test_step__foreign_payload__refused(void **state) { /* PAY-09 */
    (void)state;
    EACH_POINT(s) {
        for (uint8_t type = 1; type < 32; type++) {
            uint8_t body[64];
            size_t len = craft_sample(type, body);
            if (len == 0 || (s.step->must | s.step->may) & IKE_BIT(type))
                continue;
            open_message(&s, &c);
            craft_append(&c, type, body, len);
            close_and_refuse(&s, &c, ikev1_name(IKEV1_NAMES_PAYLOAD, type),
                             phase1_code(&s, IKEV1_E_UNEXPECTED_PAYLOAD));
        }
    }
}

static void test_step__unknown_payload_type__refused(void **state) { /* PAY-06 */
    (void)state;
    EACH_POINT(s) {
        for (unsigned type = 1; type < 256; type++) {
            uint8_t body[64];
            bool draft = type == IKEV1_PAYLOAD_NAT_D_DRAFT || type == IKEV1_PAYLOAD_NAT_OA_DRAFT;
            if (craft_sample((uint8_t)type, body) != 0 || draft || type == IKEV1_PAYLOAD_FRAGMENT)
                continue;
            open_message(&s, &c);
            craft_append(&c, (uint8_t)type, "12345678", 8);
            close_and_refuse(&s, &c, "type", phase1_code(&s, IKEV1_E_PAYLOAD_TYPE));
        }
    }
}

static void test_step__fragment_inside__refused(void **state) { /* FRG-10 */
    (void)state;
    EACH_POINT(s) {
        open_message(&s, &c);
        craft_append(&c, IKEV1_PAYLOAD_FRAGMENT, "\0\1\1\1data", 8);
        close_and_refuse(&s, &c, "fragment", phase1_code(&s, IKEV1_E_FRAGMENT));
    }
}

static void test_step__wrong_leader__refused(void **state) { /* PAY-10 */
    (void)state;
    EACH_POINT(s) {
        if (s.step->first == 0)
            continue;
        open_message(&s, &c);
        craft_insert(&c, 0, IKEV1_PAYLOAD_VENDOR, "whoever", 7);
        c.keep_hash = true; /* there is no envelope without a leading HASH */
        close_and_refuse(&s, &c, "vendor ID leads", IKEV1_E_PAYLOAD_ORDER);
    }
}

static void test_step__any_other_order__accepted(void **state) { /* PAY-10 */
    (void)state;
    for (size_t i = 0; i < COUNT(POINTS); i++) {
        struct scene s = scene_at(&POINTS[i]);
        static uint8_t out[CRAFT_MESSAGE];
        open_message(&s, &c);
        int first = s.step->first != 0 ? 1 : 0, last = c.count - 1;
        bool ids = c.at[last].type == IKEV1_PAYLOAD_ID && s.step->two != 0; /* they keep theirs */
        last -= ids ? 2 : 0;
        if (last > first)
            craft_swap(&c, first, last);
        size_t len = craft_close(&c, out, sizeof out);
        int r = ikev1_engine_input(s.to->ike, s.p->now, &s.genuine->path, out, len, NULL);
        ROW_EQUAL(s.at->name, r, IKEV1_OK);
        pair_stop(s.p);
        pair_free(s.p);
    }
}

/* ---- the chain ---- */

static void test_step__reserved_byte__refused(void **state) { /* PAY-05 */
    (void)state;
    EACH_POINT(s) {
        open_message(&s, &c);
        int count = c.count;
        for (int i = 0; i < count; i++) {
            open_message(&s, &c);
            c.at[i].reserved = 0x80;
            close_and_refuse(&s, &c, "reserved", phase1_code(&s, IKEV1_E_RESERVED));
        }
    }
}

static void test_step__bad_payload_length__refused(void **state) { /* PAY-01, PAY-02 */
    (void)state;
    EACH_POINT(s) {
        open_message(&s, &c);
        int count = c.count;
        for (int i = 0; i < count; i++) {
            for (int claimed = 0; claimed < 4; claimed++) {
                open_message(&s, &c);
                c.at[i].longer = claimed - 4 - (int)c.at[i].len;
                close_and_refuse(&s, &c, "short", phase1_code(&s, IKEV1_E_PAYLOAD_LENGTH));
            }
            open_message(&s, &c);
            c.at[i].longer = 0xffff - 4 - (int)c.at[i].len;
            close_and_refuse(&s, &c, "long", phase1_code(&s, IKEV1_E_PAYLOAD_LENGTH));
        }
    }
}

static void test_step__trailing_bytes__refused(void **state) { /* PAY-04 */
    (void)state;
    EACH_POINT(s) {
        open_message(&s, &c);
        /* In clear none may follow; inside a cipher some peers pad by a block too much. */
        c.trailing = s.sealed ? 64 : 1;
        close_and_refuse(&s, &c, "trailing", phase1_code(&s, IKEV1_E_TRAILING));
    }
}

static void test_step__chain_ends_early__refused(void **state) { /* PAY-04 */
    (void)state;
    EACH_POINT(s) {
        static uint8_t out[CRAFT_MESSAGE];
        open_message(&s, &c);
        c.last_next = true;
        c.next_type = IKEV1_PAYLOAD_VENDOR;
        size_t len = craft_close(&c, out, sizeof out);
        refused(&s, "another payload announced", out, len, phase1_code(&s, IKEV1_E_PAYLOAD_LENGTH));
        open_message(&s, &c);
        c.cut = 1; /* the last payload is not all there; of a cipher, a whole block of it */
        if (s.sealed)
            c.cut = 16;
        close_and_refuse(&s, &c, "cut off", phase1_code(&s, IKEV1_E_PAYLOAD_LENGTH));
    }
}

/* ---- the header ---- */

static void raw(const struct scene *s, uint8_t *out) {
    memcpy(out, s->genuine->data, s->genuine->len);
}

static void put_length(uint8_t *out, size_t len) {
    out[24] = out[25] = 0;
    out[26] = (uint8_t)(len >> 8);
    out[27] = (uint8_t)len;
}

static void test_step__empty_body__refused(void **state) {
    (void)state;
    EACH_POINT(s) {
        static uint8_t out[CRAFT_MESSAGE];
        raw(&s, out);
        put_length(out, 28);
        refused(&s, "empty", out, 28, s.sealed ? IKEV1_E_CIPHERTEXT : IKEV1_E_PAYLOAD_LENGTH);
        out[16] = 0;
        refused(&s, "nothing", out, 28, s.sealed ? IKEV1_E_CIPHERTEXT : IKEV1_E_MISSING_PAYLOAD);
    }
}

static void test_step__truncated__refused(void **state) { /* HDR-01, HDR-02, CRY-07 */
    (void)state;
    EACH_POINT(s) {
        static uint8_t out[CRAFT_MESSAGE];
        raw(&s, out);
        for (size_t len = 0; len < s.genuine->len; len++)
            refused(&s, "cut", out, len, len < 28 ? IKEV1_E_SHORT : IKEV1_E_LENGTH);
        for (size_t len = 29; len < s.genuine->len && s.sealed; len++) {
            if ((len - 28) % 16 == 0)
                continue;
            put_length(out, len);
            refused(&s, "cut and counted", out, len, IKEV1_E_CIPHERTEXT);
        }
    }
}

static void test_step__seal_flipped__refused(void **state) { /* HDR-10, HDR-11 */
    (void)state;
    EACH_POINT(s) {
        static uint8_t out[CRAFT_MESSAGE];
        if (!s.sealed) {
            raw(&s, out);
            out[19] |= IKEV1_FLAG_ENCRYPTION;
            refused(&s, "marked as encrypted", out, s.genuine->len, IKEV1_E_NO_KEY);
            continue;
        }
        if (s.step->sealed == IKE_EITHER) /* see below */
            continue;
        open_message(&s, &c);
        c.clear = true;
        close_and_refuse(&s, &c, "in the clear", IKEV1_E_UNPROTECTED);
    }
}

/* RFC 2409 5: "may" be encrypted. Then the chain of IVs begins with the first message that is. */
static void test_step__either_way__clear_is_accepted_as_well(void **state) {
    size_t met = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(POINTS); i++) {
        struct scene s = scene_at(&POINTS[i]);
        static uint8_t out[CRAFT_MESSAGE];
        uint8_t iv[IKEV1_MAX_BLOCK];
        if (s.step->sealed == IKE_EITHER) {
            met++;
            open_message(&s, &c);
            memcpy(iv, c.x->iv, sizeof iv);
            c.clear = true;
            size_t len = craft_close(&c, out, sizeof out);
            int r = ikev1_engine_input(s.to->ike, s.p->now, &s.genuine->path, out, len, NULL);
            ROW_EQUAL(s.at->name, r, IKEV1_OK);
            side_drain(s.to);
            ROW_EQUAL(s.at->name, side_count(s.to, IKEV1_EVENT_SA_UP), 1);
            ROW_EQUAL(s.at->name, memcmp(c.sa->live->last_block, iv, sizeof iv), 0);
        }
        pair_free(s.p);
    }
    assert_int_equal(met, 2);
}

static void test_step__message_id__refused(void **state) { /* HDR-08 */
    (void)state;
    EACH_POINT(s) {
        static uint8_t out[CRAFT_MESSAGE];
        raw(&s, out);
        memset(out + 20, 0, 4);
        out[23] = of_phase1(s.at) ? 1 : 0;
        refused(&s, "message ID", out, s.genuine->len, IKEV1_E_MESSAGE_ID);
    }
}

static void test_step__exchange_type__refused(void **state) { /* HDR-05, PH1-03 */
    (void)state;
    EACH_POINT(s) {
        static uint8_t out[CRAFT_MESSAGE];
        raw(&s, out);
        for (unsigned type = 0; type < 256; type++) {
            if (type == IKEV1_EXCHANGE_MAIN || type == IKEV1_EXCHANGE_AGGRESSIVE ||
                type == IKEV1_EXCHANGE_QUICK || type == IKEV1_EXCHANGE_INFORMATIONAL)
                continue;
            out[18] = (uint8_t)type;
            refused(&s, "exchange", out, s.genuine->len, IKEV1_E_EXCHANGE);
        }
        bool first = of_phase1(s.at) && s.at->number == 1;
        out[18] = of_phase1(s.at) ? IKEV1_EXCHANGE_QUICK : IKEV1_EXCHANGE_MAIN;
        refused(&s, "of the other phase", out, s.genuine->len,
                first ? IKEV1_E_COOKIE : IKEV1_E_MESSAGE_ID);
        if (!of_phase1(s.at))
            continue;
        bool main_mode = s.at->exchange == IKEV1_EXCHANGE_MAIN;
        out[18] = main_mode ? IKEV1_EXCHANGE_AGGRESSIVE : IKEV1_EXCHANGE_MAIN;
        int not_one = main_mode ? IKEV1_E_MISSING_PAYLOAD : IKEV1_E_UNEXPECTED_PAYLOAD;
        refused(&s, "of the other mode", out, s.genuine->len,
                first ? not_one : IKEV1_E_UNEXPECTED_MESSAGE);
    }
}

static void test_step__version__refused(void **state) { /* HDR-04 */
    static const uint8_t VERSIONS[] = {0x00, 0x11, 0x1f, 0x20, 0x30, 0xff};
    (void)state;
    EACH_POINT(s) {
        static uint8_t out[CRAFT_MESSAGE];
        raw(&s, out);
        for (size_t i = 0; i < sizeof VERSIONS; i++) {
            out[17] = VERSIONS[i];
            refused(&s, "version", out, s.genuine->len, IKEV1_E_VERSION);
        }
    }
}

static void test_step__cookies__refused(void **state) { /* HDR-06, HDR-07, KEX-08 */
    (void)state;
    EACH_POINT(s) {
        static uint8_t out[CRAFT_MESSAGE];
        bool first = of_phase1(s.at) && s.at->number == 1;
        raw(&s, out);
        memset(out, 0, 8);
        refused(&s, "no initiator cookie", out, s.genuine->len, IKEV1_E_COOKIE);
        raw(&s, out);
        if (first) {
            out[8] = 1;
            refused(&s, "a responder cookie", out, s.genuine->len, IKEV1_E_COOKIE);
            continue;
        }
        memset(out + 8, 0, 8);
        ikev1_why why;
        uint64_t before = engine_digest(s.to->ike);
        int r =
            ikev1_engine_input(s.to->ike, s.p->now, &s.genuine->path, out, s.genuine->len, &why);
        ROW_EQUAL(s.at->name, r, IKEV1_DROPPED);
        assert_true(engine_digest(s.to->ike) == before);
        if (s.at->exchange == IKEV1_EXCHANGE_MAIN && s.at->number == 2)
            continue; /* any cookie of the responder's is the right one */
        raw(&s, out);
        out[15] ^= 1;
        bool covered = s.at->exchange == IKEV1_EXCHANGE_AGGRESSIVE && s.at->number == 2;
        refused(&s, "another responder cookie", out, s.genuine->len,
                covered ? IKEV1_E_AUTH : IKEV1_E_COOKIE);
    }
}

/* ---- the proof ---- */

static void test_step__hash_wrong__refused(void **state) { /* INF-03, QCK-06 */
    (void)state;
    EACH_POINT(s) {
        open_message(&s, &c);
        int at = craft_find(&c, IKEV1_PAYLOAD_HASH, 0);
        if (at == CRAFT_NONE)
            continue;
        size_t size = c.at[at].len;
        for (size_t byte = 0; byte < size; byte++) {
            open_message(&s, &c);
            c.keep_hash = true;
            c.at[at].body[byte] ^= 1;
            close_and_refuse(&s, &c, "one bit of the hash", IKEV1_E_AUTH);
        }
        for (size_t len = 1; len < size; len++) {
            open_message(&s, &c);
            c.keep_hash = true;
            c.at[at].len = len;
            close_and_refuse(&s, &c, "part of the hash", IKEV1_E_AUTH);
        }
        open_message(&s, &c);
        c.keep_hash = true;
        c.at[at].len = size + 1;
        close_and_refuse(&s, &c, "more than the hash", IKEV1_E_AUTH);
    }
}

/* One byte of the signature, and all that is not the whole of it. CRT-03, R-02 */
static size_t spoil_signature(struct scene *s, size_t how, uint8_t *out) {
    open_message(s, &c);
    struct craft_payload *sig = &c.at[craft_find(&c, IKEV1_PAYLOAD_SIG, 0)];
    const size_t len = sig->len;
    if (how < len)
        sig->body[how] ^= 1;
    else if (how < 2 * len - 1)
        sig->len = how - len + 1;
    else if (how == 2 * len - 1)
        sig->len++;
    else if (how == 2 * len)
        memset(sig->body, 0, len);
    else
        return 0;
    return craft_close(&c, out, CRAFT_MESSAGE);
}

/* In Main Mode it came under the keys of the exchange, so that it ends it, once, and the genuine
 * one comes too late. Aggressive Mode's anybody can have sent: it goes on. */
static void test_step__signature_wrong__refused(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(POINTS); i++) {
        static uint8_t out[CRAFT_MESSAGE];
        struct scene s = scene_at(&POINTS[i]);
        bool has = (s.step->must & IKE_BIT(IKEV1_PAYLOAD_SIG)) != 0;
        bool main_mode = s.at->exchange == IKEV1_EXCHANGE_MAIN;
        size_t len;
        for (size_t how = 0; has && (len = spoil_signature(&s, how, out)) != 0; how++) {
            if (!main_mode) {
                refused(&s, "signature", out, len, IKEV1_E_AUTH);
                continue;
            }
            ikev1_engine_input(s.to->ike, s.p->now, &s.genuine->path, out, len, NULL);
            pair_run(s.p);
            ROW_EQUAL(s.at->name, side_count(s.to, IKEV1_EVENT_SA_UP), 0);
            ROW_EQUAL(s.at->name, side_count(s.to, IKEV1_EVENT_SA_FAILED), 1);
            ROW_EQUAL(s.at->name, side_event(s.to, IKEV1_EVENT_SA_FAILED, 0)->why.code,
                      IKEV1_E_AUTH);
            pair_free(s.p);
            s = scene_at(&POINTS[i]);
        }
        scene_end(&s);
    }
}

static void test_step__random_ciphertext__refused(void **state) { /* PAY-14, PH1-06 */
    (void)state;
    EACH_POINT(s) {
        static uint8_t out[CRAFT_MESSAGE];
        struct rng rng;
        rng_init(&rng, 3);
        if (!s.sealed)
            continue;
        for (size_t len = 28 + 16; len < 28 + 400; len += 16) {
            raw(&s, out);
            rng_fill(&rng, out + 28, len - 28);
            put_length(out, len);
            uint64_t before = engine_digest(s.to->ike);
            int r = ikev1_engine_input(s.to->ike, s.p->now, &s.genuine->path, out, len, NULL);
            ROW_EQUAL(s.at->name, r, IKEV1_DROPPED);
            assert_true(engine_digest(s.to->ike) == before);
        }
    }
}

/* ---- what is authentic and refused: ends its exchange, once ---- */

static void test_step__authentic_refusal__one_event(void **state) { /* QCK-13, R-02 */
    (void)state;
    for (size_t i = QUICK_1; i < QUICK_1 + 2;
         i++) { /* Quick Mode 1 and 2: a KE payload without which no PFS */
        struct scene s = scene_at(&POINTS[i]);
        static uint8_t out[CRAFT_MESSAGE];
        open_message(&s, &c);
        craft_remove(&c, craft_find(&c, IKEV1_PAYLOAD_KE, 0));
        size_t len = craft_close(&c, out, sizeof out);
        ikev1_engine_input(s.to->ike, s.p->now, &s.genuine->path, out, len, NULL);
        side_drain(s.to);
        ROW_EQUAL(s.at->name, side_count(s.to, IKEV1_EVENT_CHILD_FAILED), 1);
        ROW_EQUAL(s.at->name, side_event(s.to, IKEV1_EVENT_CHILD_FAILED, 0)->why.code, IKEV1_E_PFS);
        pair_run(s.p); /* the genuine one comes too late: its exchange is over */
        ROW_EQUAL(s.at->name, side_count(s.to, IKEV1_EVENT_CHILD_FAILED), 1);
        ROW_EQUAL(s.at->name, side_count(s.to, IKEV1_EVENT_CHILD_UP), 0);
        ROW_EQUAL(s.at->name, side_count(&s.p->i, IKEV1_EVENT_SA_DOWN), 0);
        pair_free(s.p);
    }
}

/* ---- the table itself ---- */

/* Was it among the messages that were spoiled above? */
static bool was_met(const struct ike_step *step) {
    for (size_t i = 0; i < COUNT(POINTS); i++) {
        if (ike_step_find(POINTS[i].exchange, POINTS[i].number, POINTS[i].auth) == step)
            return true;
    }
    return false;
}

static void test_step_at__every_row__is_consistent(void **state) {
    (void)state;
    size_t rows = 0;
    for (const struct ike_step *step; (step = ike_step_at(rows)) != NULL; rows++) {
        uint32_t all = step->must | step->may;
        assert_int_equal(step->must & step->may, 0);
        assert_non_null(step->cite);
        if (step->first != 0)
            assert_true(step->must & IKE_BIT(step->first));
        if (step->two != 0)
            assert_true(all & IKE_BIT(step->two));
        if (step->hash != IKE_NO_HASH) {
            assert_int_equal(step->first, IKEV1_PAYLOAD_HASH);
            assert_int_equal(step->sealed, IKE_SEALED);
        }
        uint16_t auth = step->auth != IKE_AUTH_ANY ? step->auth : IKEV1_AUTH_PSK;
        assert_ptr_equal(ike_step_find(step->exchange, step->number, auth), step);
        if (step->put == NULL)
            continue;
        bool initiator = step->writer == IKE_FROM_INITIATOR;
        assert_int_equal(initiator, step->number % 2 == 1);
        assert_true(was_met(step));
    }
    assert_null(ike_step_find(IKEV1_EXCHANGE_MAIN, 7, IKEV1_AUTH_PSK));
    assert_null(ike_step_find(IKEV1_EXCHANGE_MAIN, 3, IKEV1_AUTH_RSA_ENCRYPTION)); /* SAP-16 */
    assert_null(ike_step_find(IKEV1_EXCHANGE_NEW_GROUP, 1, IKE_AUTH_ANY));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_step_at__every_row__is_consistent),
        cmocka_unit_test(test_step__payload_missing__refused),
        cmocka_unit_test(test_step__payload_doubled__refused),
        cmocka_unit_test(test_step__foreign_payload__refused),
        cmocka_unit_test(test_step__unknown_payload_type__refused),
        cmocka_unit_test(test_step__fragment_inside__refused),
        cmocka_unit_test(test_step__wrong_leader__refused),
        cmocka_unit_test(test_step__any_other_order__accepted),
        cmocka_unit_test(test_step__reserved_byte__refused),
        cmocka_unit_test(test_step__bad_payload_length__refused),
        cmocka_unit_test(test_step__trailing_bytes__refused),
        cmocka_unit_test(test_step__chain_ends_early__refused),
        cmocka_unit_test(test_step__empty_body__refused),
        cmocka_unit_test(test_step__truncated__refused),
        cmocka_unit_test(test_step__seal_flipped__refused),
        cmocka_unit_test(test_step__either_way__clear_is_accepted_as_well),
        cmocka_unit_test(test_step__message_id__refused),
        cmocka_unit_test(test_step__exchange_type__refused),
        cmocka_unit_test(test_step__version__refused),
        cmocka_unit_test(test_step__cookies__refused),
        cmocka_unit_test(test_step__hash_wrong__refused),
        cmocka_unit_test(test_step__signature_wrong__refused),
        cmocka_unit_test(test_step__random_ciphertext__refused),
        cmocka_unit_test(test_step__authentic_refusal__one_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
