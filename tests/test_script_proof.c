/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Script row x defect, as in test_script.c: the header, encryption, and what proves a message.
 * HDR-05, HDR-08, HDR-09, HDR-10, HDR-11, PAY-14.
 */
#include "support/digest.h"
#include "support/scene.h"

static struct craft c; /* large */

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
        scene_refused(&s, "empty", out, 28, s.sealed ? IKEV1_E_CIPHERTEXT : IKEV1_E_PAYLOAD_LENGTH);
        out[16] = 0;
        scene_refused(&s, "nothing", out, 28,
                      s.sealed ? IKEV1_E_CIPHERTEXT : IKEV1_E_MISSING_PAYLOAD);
    }
}

static void test_step__truncated__refused(void **state) { /* HDR-01, HDR-02, CRY-07 */
    (void)state;
    EACH_POINT(s) {
        static uint8_t out[CRAFT_MESSAGE];
        raw(&s, out);
        for (size_t len = 0; len < s.genuine->len; len++)
            scene_refused(&s, "cut", out, len, len < 28 ? IKEV1_E_SHORT : IKEV1_E_LENGTH);
        for (size_t len = 29; len < s.genuine->len && s.sealed; len++) {
            if ((len - 28) % 16 == 0)
                continue;
            put_length(out, len);
            scene_refused(&s, "cut and counted", out, len, IKEV1_E_CIPHERTEXT);
        }
    }
}

/* Bits 3 to 7 mean nothing (RFC 2408 3.1): nobody asks for them, and nobody gets them back. */
static void test_step__reserved_flags__ignored_and_never_echoed(void **state) { /* HDR-09 */
    static const uint8_t FLAGS[] = {0x08, 0x10, 0x20, 0x40, 0x80, 0xf8};
    (void)state;
    for (size_t i = 0; i < COUNT(FLAGS); i++)
        EACH_POINT(s) {
            s.genuine->data[19] |= FLAGS[i];
            pair_run(s.p);
            for (size_t k = 0; k < s.p->link.kept_count; k++)
                ROW_EQUAL(s.row, s.p->link.kept[k].data[19] & 0xf8, 0);
        }
}

static void test_step__seal_flipped__refused(void **state) { /* HDR-10, HDR-11 */
    (void)state;
    EACH_POINT(s) {
        static uint8_t out[CRAFT_MESSAGE];
        if (!s.sealed) {
            raw(&s, out);
            out[19] |= IKEV1_FLAG_ENCRYPTION;
            scene_refused(&s, "marked as encrypted", out, s.genuine->len, IKEV1_E_NO_KEY);
            continue;
        }
        if (s.step->sealed == IKE_EITHER) /* see below */
            continue;
        scene_open(&s, &c);
        c.clear = true;
        scene_close(&s, &c, "in the clear", IKEV1_E_UNPROTECTED);
    }
}

/* RFC 2409 5: "may" be encrypted. Then the chain of IVs begins with the first message that is. */
static void test_step__either_way__clear_is_accepted_as_well(void **state) {
    size_t met = 0;
    (void)state;
    for (size_t i = 0; i < SCENE_POINTS; i++) {
        struct scene s = scene_at(&scene_points[i]);
        static uint8_t out[CRAFT_MESSAGE];
        uint8_t iv[IKEV1_MAX_BLOCK];
        if (s.step->sealed == IKE_EITHER) {
            met++;
            scene_open(&s, &c);
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
    assert_int_equal(met, 4);
}

static void test_step__message_id__refused(void **state) { /* HDR-08 */
    (void)state;
    EACH_POINT(s) {
        static uint8_t out[CRAFT_MESSAGE];
        raw(&s, out);
        memset(out + 20, 0, 4);
        out[23] = scene_in_phase1(s.at) ? 1 : 0;
        scene_refused(&s, "message ID", out, s.genuine->len, IKEV1_E_MESSAGE_ID);
    }
}

static void test_step__exchange_type__refused(void **state) { /* HDR-05, PH1-03 */
    (void)state;
    EACH_POINT(s) {
        static uint8_t out[CRAFT_MESSAGE];
        raw(&s, out);
        for (unsigned type = 0; type < 256; type++) {
            if (type == IKEV1_EXCHANGE_MAIN || type == IKEV1_EXCHANGE_AGGRESSIVE ||
                type == IKEV1_EXCHANGE_QUICK || type == IKEV1_EXCHANGE_INFORMATIONAL ||
                type == IKEV1_EXCHANGE_TRANSACTION || type == IKEV1_EXCHANGE_BASE)
                continue;
            out[18] = (uint8_t)type;
            scene_refused(&s, "exchange", out, s.genuine->len, IKEV1_E_EXCHANGE);
        }
        bool first = scene_in_phase1(s.at) && s.at->number == 1;
        out[18] = scene_in_phase1(s.at) ? IKEV1_EXCHANGE_QUICK : IKEV1_EXCHANGE_MAIN;
        scene_refused(&s, "of the other phase", out, s.genuine->len,
                      first ? IKEV1_E_COOKIE : IKEV1_E_MESSAGE_ID);
        if (!scene_in_phase1(s.at))
            continue;
        bool main_mode = s.at->exchange == IKEV1_EXCHANGE_MAIN;
        out[18] = main_mode ? IKEV1_EXCHANGE_AGGRESSIVE : IKEV1_EXCHANGE_MAIN;
        int not_one = main_mode ? IKEV1_E_MISSING_PAYLOAD : IKEV1_E_UNEXPECTED_PAYLOAD;
        scene_refused(&s, "of the other mode", out, s.genuine->len,
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
            scene_refused(&s, "version", out, s.genuine->len, IKEV1_E_VERSION);
        }
    }
}

static void test_step__cookies__refused(void **state) { /* HDR-06, HDR-07, KEX-08 */
    (void)state;
    EACH_POINT(s) {
        static uint8_t out[CRAFT_MESSAGE];
        bool first = scene_in_phase1(s.at) && s.at->number == 1;
        raw(&s, out);
        memset(out, 0, 8);
        scene_refused(&s, "no initiator cookie", out, s.genuine->len, IKEV1_E_COOKIE);
        raw(&s, out);
        if (first) {
            out[8] = 1;
            scene_refused(&s, "a responder cookie", out, s.genuine->len, IKEV1_E_COOKIE);
            continue;
        }
        memset(out + 8, 0, 8);
        ikev1_why why;
        uint64_t before = engine_digest(s.to->ike);
        int r =
            ikev1_engine_input(s.to->ike, s.p->now, &s.genuine->path, out, s.genuine->len, &why);
        ROW_EQUAL(s.at->name, r, IKEV1_DROPPED);
        assert_true(engine_digest(s.to->ike) == before);
        if (s.at->number == 2 &&
            (s.at->exchange == IKEV1_EXCHANGE_MAIN || s.at->exchange == IKEV1_EXCHANGE_BASE))
            continue; /* any cookie of the responder's is the right one */
        raw(&s, out);
        out[15] ^= 1;
        bool covered = s.at->exchange == IKEV1_EXCHANGE_AGGRESSIVE && s.at->number == 2;
        scene_refused(&s, "another responder cookie", out, s.genuine->len,
                      covered ? IKEV1_E_AUTH : IKEV1_E_COOKIE);
    }
}

/* ---- the proof ---- */

static void test_step__hash_wrong__refused(void **state) { /* INF-03, QCK-06 */
    (void)state;
    EACH_POINT(s) {
        scene_open(&s, &c);
        int at = craft_find(&c, IKEV1_PAYLOAD_HASH, 0);
        if (at == CRAFT_NONE)
            continue;
        size_t size = c.at[at].len;
        for (size_t byte = 0; byte < size; byte++) {
            scene_open(&s, &c);
            c.keep_hash = true;
            c.at[at].body[byte] ^= 1;
            scene_close(&s, &c, "one bit of the hash", IKEV1_E_AUTH);
        }
        for (size_t len = 1; len < size; len++) {
            scene_open(&s, &c);
            c.keep_hash = true;
            c.at[at].len = len;
            scene_close(&s, &c, "part of the hash", IKEV1_E_AUTH);
        }
        scene_open(&s, &c);
        c.keep_hash = true;
        c.at[at].len = size + 1;
        scene_close(&s, &c, "more than the hash", IKEV1_E_AUTH);
    }
}

/* One byte of the signature, and all that is not the whole of it. CRT-03, R-02 */
static size_t spoil_signature(struct scene *s, size_t how, uint8_t *out) {
    scene_open(s, &c);
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
    for (size_t i = 0; i < SCENE_POINTS; i++) {
        static uint8_t out[CRAFT_MESSAGE];
        struct scene s = scene_at(&scene_points[i]);
        bool has = (s.step->must & IKE_BIT(IKEV1_PAYLOAD_SIG)) != 0;
        bool main_mode = s.at->exchange == IKEV1_EXCHANGE_MAIN;
        size_t len;
        for (size_t how = 0; has && (len = spoil_signature(&s, how, out)) != 0; how++) {
            if (!main_mode) {
                scene_refused(&s, "signature", out, len, IKEV1_E_AUTH);
                continue;
            }
            ikev1_engine_input(s.to->ike, s.p->now, &s.genuine->path, out, len, NULL);
            pair_run(s.p);
            ROW_EQUAL(s.at->name, side_count(s.to, IKEV1_EVENT_SA_UP), 0);
            ROW_EQUAL(s.at->name, side_count(s.to, IKEV1_EVENT_SA_FAILED), 1);
            ROW_EQUAL(s.at->name, side_event(s.to, IKEV1_EVENT_SA_FAILED, 0)->why.code,
                      IKEV1_E_AUTH);
            pair_free(s.p);
            s = scene_at(&scene_points[i]);
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
        struct scene s = scene_at(&scene_points[i]);
        static uint8_t out[CRAFT_MESSAGE];
        scene_open(&s, &c);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_step__empty_body__refused),
        cmocka_unit_test(test_step__truncated__refused),
        cmocka_unit_test(test_step__reserved_flags__ignored_and_never_echoed),
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
