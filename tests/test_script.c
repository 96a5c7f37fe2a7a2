/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Script row x defect: every message of every exchange, spoiled in every way that the table of rows
 * knows about, is refused with the right code and changes nothing; the genuine message is then
 * accepted and the negotiation completes. Here payloads and their chain, PAY-04..09; the header and
 * the proof are in test_script_proof.c. PH1-01, design.md "Holds".
 */
#include "exchange/phase1.h"
#include "support/scene.h"

static struct craft c; /* large */

/* ---- payloads ---- */

static void test_step__payload_missing__refused(void **state) { /* PAY-08 */
    (void)state;
    EACH_POINT(s) {
        for (uint8_t type = 1; type < 32; type++) {
            if ((s.step->must & IKE_BIT(type)) == 0)
                continue;
            scene_open(&s, &c);
            while (craft_find(&c, type, 0) != CRAFT_NONE)
                craft_remove(&c, craft_find(&c, type, 0));
            scene_close(&s, &c, ikev1_name(IKEV1_NAMES_PAYLOAD, type),
                        scene_code(&s, IKEV1_E_MISSING_PAYLOAD));
        }
        if (s.step->two != 0) { /* one of a pair */
            scene_open(&s, &c);
            craft_remove(&c, craft_find(&c, s.step->two, 1));
            scene_close(&s, &c, "half a pair", IKEV1_E_MISSING_PAYLOAD);
        }
    }
}

/* Types of which a message may hold more than one. */
enum {
    MANY = IKE_BIT(IKEV1_PAYLOAD_VENDOR) | IKE_BIT(IKEV1_PAYLOAD_CERT) |
           IKE_BIT(IKEV1_PAYLOAD_CERTREQ),
};

/* May the message have more than one of them? It has at least one. */
static bool several(const struct ike_step *step, uint8_t type) {
    return (step->must & step->may & IKE_BIT(type)) != 0;
}

static void test_step__payload_doubled__refused(void **state) { /* PAY-07 */
    (void)state;
    EACH_POINT(s) {
        for (uint8_t type = 1; type < 32; type++) {
            scene_open(&s, &c);
            int at = craft_find(&c, type, 0);
            if (at == CRAFT_NONE || MANY & IKE_BIT(type))
                continue;
            struct craft_payload copy = c.at[at];
            size_t most = several(s.step, type) ? IKEV1_MAX_SA_PAYLOADS : 1; /* and one past it */
            do
                craft_append(&c, type, copy.body, copy.len);
            while (craft_find(&c, type, (int)most) == CRAFT_NONE);
            scene_close(&s, &c, ikev1_name(IKEV1_NAMES_PAYLOAD, type),
                        scene_code(&s, IKEV1_E_DUPLICATE_PAYLOAD));
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
            scene_open(&s, &c);
            craft_append(&c, type, body, len);
            scene_close(&s, &c, ikev1_name(IKEV1_NAMES_PAYLOAD, type),
                        scene_code(&s, IKEV1_E_UNEXPECTED_PAYLOAD));
        }
    }
}

static void test_step__unknown_payload_type__refused(void **state) { /* PAY-06 */
    (void)state;
    EACH_POINT(s) {
        for (unsigned type = 1; type < 256; type++) {
            uint8_t body[64];
            if (craft_sample((uint8_t)type, body) != 0 || type == IKEV1_PAYLOAD_FRAGMENT)
                continue;
            scene_open(&s, &c);
            craft_append(&c, (uint8_t)type, "12345678", 8);
            scene_close(&s, &c, "type", scene_code(&s, IKEV1_E_PAYLOAD_TYPE));
        }
    }
}

static void test_step__fragment_inside__refused(void **state) { /* FRG-10 */
    (void)state;
    EACH_POINT(s) {
        scene_open(&s, &c);
        craft_append(&c, IKEV1_PAYLOAD_FRAGMENT, "\0\1\1\1data", 8);
        scene_close(&s, &c, "fragment", scene_code(&s, IKEV1_E_FRAGMENT));
    }
}

static void test_step__wrong_leader__refused(void **state) { /* PAY-10 */
    (void)state;
    EACH_POINT(s) {
        if (s.step->first == 0)
            continue;
        scene_open(&s, &c);
        craft_insert(&c, 0, IKEV1_PAYLOAD_VENDOR, "whoever", 7);
        c.keep_hash = true; /* there is no envelope without a leading HASH */
        scene_close(&s, &c, "vendor ID leads", IKEV1_E_PAYLOAD_ORDER);
    }
}

static void test_step__any_other_order__accepted(void **state) { /* PAY-10 */
    (void)state;
    for (size_t i = 0; i < SCENE_POINTS; i++) {
        struct scene s = scene_at(&scene_points[i]);
        static uint8_t out[CRAFT_MESSAGE];
        scene_open(&s, &c);
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

/* RFC 2408 3.9, 3.10: in each message of phase 1, whatever the method. */
static void test_step__certificates_at_any_time__accepted(void **state) {
    (void)state;
    for (size_t i = 0; i < SCENE_POINTS; i++) {
        struct scene s = scene_at(&scene_points[i]);
        static uint8_t out[CRAFT_MESSAGE];
        uint8_t body[64];
        scene_open(&s, &c);
        if (craft_find(&c, IKEV1_PAYLOAD_CERT, 0) == CRAFT_NONE)
            craft_append(&c, IKEV1_PAYLOAD_CERT, body, craft_sample(IKEV1_PAYLOAD_CERT, body));
        craft_append(&c, IKEV1_PAYLOAD_CERTREQ, body, craft_sample(IKEV1_PAYLOAD_CERTREQ, body));
        size_t len = craft_close(&c, out, sizeof out);
        if (s.step->exchange <= IKEV1_EXCHANGE_AGGRESSIVE) {
            int r = ikev1_engine_input(s.to->ike, s.p->now, &s.genuine->path, out, len, NULL);
            ROW_EQUAL(s.at->name, r, IKEV1_OK);
        }
        pair_stop(s.p);
        pair_free(s.p);
    }
}

/* ---- the chain ---- */

static void test_step__reserved_byte__refused(void **state) { /* PAY-05 */
    (void)state;
    EACH_POINT(s) {
        scene_open(&s, &c);
        int count = c.count;
        for (int i = 0; i < count; i++) {
            scene_open(&s, &c);
            c.at[i].reserved = 0x80;
            scene_close(&s, &c, "reserved", scene_code(&s, IKEV1_E_RESERVED));
        }
    }
}

static void test_step__bad_payload_length__refused(void **state) { /* PAY-01, PAY-02 */
    (void)state;
    EACH_POINT(s) {
        scene_open(&s, &c);
        int count = c.count;
        for (int i = 0; i < count; i++) {
            for (int claimed = 0; claimed < 4; claimed++) {
                scene_open(&s, &c);
                c.at[i].longer = claimed - 4 - (int)c.at[i].len;
                scene_close(&s, &c, "short", scene_code(&s, IKEV1_E_PAYLOAD_LENGTH));
            }
            scene_open(&s, &c);
            c.at[i].longer = 0xffff - 4 - (int)c.at[i].len;
            scene_close(&s, &c, "long", scene_code(&s, IKEV1_E_PAYLOAD_LENGTH));
        }
    }
}

static void test_step__trailing_bytes__refused(void **state) { /* PAY-04 */
    (void)state;
    EACH_POINT(s) {
        scene_open(&s, &c);
        /* In clear some peers align by up to three; inside a cipher some pad by a block too much.
         */
        c.trailing = s.sealed ? 64 : 4;
        scene_close(&s, &c, "trailing", scene_code(&s, IKEV1_E_TRAILING));
    }
}

static void test_step__chain_ends_early__refused(void **state) { /* PAY-04 */
    (void)state;
    EACH_POINT(s) {
        static uint8_t out[CRAFT_MESSAGE];
        scene_open(&s, &c);
        c.last_next = true;
        c.next_type = IKEV1_PAYLOAD_VENDOR;
        size_t len = craft_close(&c, out, sizeof out);
        scene_refused(&s, "another payload announced", out, len,
                      scene_code(&s, IKEV1_E_PAYLOAD_LENGTH));
        scene_open(&s, &c);
        c.cut = 1; /* the last payload is not all there; of a cipher, a whole block of it */
        if (s.sealed)
            c.cut = 16;
        scene_close(&s, &c, "cut off", scene_code(&s, IKEV1_E_PAYLOAD_LENGTH));
    }
}

/* ---- the table itself ---- */

/* A method that is laid out like this row. */
static uint16_t method_of(const struct ike_step *step) {
    static const uint16_t METHODS[] = {IKEV1_AUTH_PSK, IKEV1_AUTH_HYBRID_RESP_RSA,
                                       IKEV1_AUTH_HYBRID_INIT_RSA, IKEV1_AUTH_RSA};
    size_t i = 0;
    while ((step->auth & 1u << i) == 0)
        i++;
    assert_int_equal(ike_auth_layout(METHODS[i]), 1u << i);
    return METHODS[i];
}

/* Was it among the messages that were spoiled above? */
static bool was_met(const struct ike_step *step) {
    for (size_t i = 0; i < SCENE_POINTS; i++) {
        if (ike_step_find(scene_points[i].exchange, scene_points[i].number, scene_points[i].auth) ==
            step)
            return true;
    }
    return false;
}

static void test_step_at__every_row__is_consistent(void **state) {
    (void)state;
    size_t rows = 0;
    for (const struct ike_step *step; (step = ike_step_at(rows)) != NULL; rows++) {
        uint32_t all = step->must | step->may;
        bool of_offers = step->exchange == IKEV1_EXCHANGE_QUICK && step->number < 3;
        assert_int_equal(step->must & step->may, of_offers ? IKE_BIT(IKEV1_PAYLOAD_SA) : 0);
        assert_non_null(step->cite);
        if (step->first != 0)
            assert_true(step->must & IKE_BIT(step->first));
        if (step->two != 0)
            assert_true(all & IKE_BIT(step->two));
        if (step->hash != IKE_NO_HASH) {
            assert_int_equal(step->first, IKEV1_PAYLOAD_HASH);
            assert_int_equal(step->sealed, IKE_SEALED);
        }
        assert_ptr_equal(ike_step_find(step->exchange, step->number, method_of(step)), step);
        const uint8_t after = (uint8_t)(step->number + 1);
        assert_int_equal(step->last, !ike_step_find(step->exchange, after, method_of(step)));
        if (step->put == NULL)
            continue;
        assert_true(was_met(step));
    }
    /* strongSwan's user asks for the server's certificate there, and there only */
    assert_true(ike_step_find(IKEV1_EXCHANGE_MAIN, 5, IKEV1_AUTH_HYBRID_INIT_RSA)->may &
                IKE_BIT(IKEV1_PAYLOAD_CERTREQ));
    assert_null(ike_step_find(IKEV1_EXCHANGE_MAIN, 7, IKEV1_AUTH_PSK));
    assert_null(ike_step_find(IKEV1_EXCHANGE_MAIN, 3, IKEV1_AUTH_RSA_ENCRYPTION)); /* SAP-16 */
    assert_null(ike_step_find(IKEV1_EXCHANGE_NEW_GROUP, 1, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_step__payload_missing__refused),
        cmocka_unit_test(test_step__payload_doubled__refused),
        cmocka_unit_test(test_step__foreign_payload__refused),
        cmocka_unit_test(test_step__unknown_payload_type__refused),
        cmocka_unit_test(test_step__fragment_inside__refused),
        cmocka_unit_test(test_step__wrong_leader__refused),
        cmocka_unit_test(test_step__any_other_order__accepted),
        cmocka_unit_test(test_step__certificates_at_any_time__accepted),
        cmocka_unit_test(test_step__reserved_byte__refused),
        cmocka_unit_test(test_step__bad_payload_length__refused),
        cmocka_unit_test(test_step__trailing_bytes__refused),
        cmocka_unit_test(test_step__chain_ends_early__refused),
        cmocka_unit_test(test_step_at__every_row__is_consistent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
