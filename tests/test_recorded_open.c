/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recordings of which no secret is known, played as far as they are in the clear, each side by an
 * engine: see test_recorded.c.
 *
 *   recording           as responder              as initiator
 *
 *   ozcan_main_psk      to 4                      to 4
 *   zeek_main           to 4                      to 4
 *   zeek_main_2         to 6, which is KE (a)     to 6 (a)
 *   tcpdump_natt_4500   to 4: NAT found (b)       to 4 (b)
 *   zeek_aggressive     to 3: another key         to 2: another key
 *
 * (a) The recorded initiator refuses its responder's first answer in the clear (3), which sends it
 * again (4), and goes on.
 *
 * (b) RSA signatures: as initiator we would have to sign next. It was recorded between the NAT and
 * the responder: who plays the initiator there stands in front of that NAT.
 */
#include "support/replay.h"
#include "support/rows.h"

#include "api/api.h"

#define MSG(n) REPLAY_MSG(n)

enum { ZEEK_2 = 2 };

static const struct replay_row OPEN_ROWS[] = {
    {"ozcan_main_psk",
     REPLAY_OZCAN,
     IKEV1_NATT_AUTO,
     4,
     4,
     MSG(4),
     MSG(3),
     0,
     3600,
     0,
     0,
     false,
     0,
     {0}},
    {"zeek_main", REPLAY_SWAN, IKEV1_NATT_OFF, 4, 4, 0, 0, 0, 86400, 0, 0, false, 0, {0}},
    [ZEEK_2] = {.file = "zeek_main_2",
                .ends = REPLAY_ZEEK_MAIN,
                .natt = IKEV1_NATT_AUTO,
                .last_r = 6,
                .last_i = 6,
                .life_1 = 7800,
                .beside = MSG(3) | MSG(4),
                .suite = {IKEV1_CIPHER_3DES,
                          0,
                          IKEV1_HASH_SHA1,
                          IKEV1_AUTH_PSK,
                          IKEV1_GROUP_MODP1024,
                          {0}}},
    {.file = "tcpdump_natt_4500",
     .ends = REPLAY_TCPDUMP,
     .natt = IKEV1_NATT_AUTO,
     .last_r = 4,
     .last_i = 4,
     .life_1 = 3600,
     .suite = {IKEV1_CIPHER_3DES, 0, IKEV1_HASH_MD5, IKEV1_AUTH_RSA, IKEV1_GROUP_MODP1536, {0}}},
};

/* The proof is in message 2. */
static const struct replay_row AGGRESSIVE_ROW = {.file = "zeek_aggressive",
                                                 .ends = REPLAY_ZEEK_AGGRESSIVE,
                                                 .natt = IKEV1_NATT_AUTO,
                                                 .last_r = 2,
                                                 .last_i = 2,
                                                 .life_1 = 86400,
                                                 .aggressive = true};

static void test_recorded__no_secret_known__as_far_as_it_is_clear(void **state) {
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(OPEN_ROWS); i++) {
        struct replay r;
        ikev1_why why;
        replay_begin(&r, &OPEN_ROWS[i / 2], i % 2 != 0, 0);
        const bool signs = r.row->suite.auth == IKEV1_AUTH_RSA;
        ROW_EQUAL(r.name, replay_play(&r, &why), signs && r.initiator ? IKEV1_PENDING : IKEV1_OK);
        ROW_EQUAL(r.name, r.ups + r.ends, 0);
        /* Message 5, under keys of our own; a signature we would wait for. */
        ROW_EQUAL(r.name, replay_pull(&r), r.initiator && !signs);
        ROW_EQUAL(r.name, r.play.strangers, 0);
        const struct ike_sa *sa = ike_handle_at(&r.engine->s.handles, IKE_KIND_SA, 1);
        ROW_EQUAL(r.name, sa->nat_local, false);
        ROW_EQUAL(r.name, sa->nat_remote, signs && !r.initiator);
        replay_end(&r);
    }
}

/* What else was recorded does nothing to us. */
static void test_recorded__refusal_in_the_clear_and_a_repetition__goes_on(void **state) {
    struct replay r;
    ikev1_why why;
    (void)state;
    replay_begin(&r, &OPEN_ROWS[ZEEK_2], false, 0);
    ROW_EQUAL(r.name, replay_feed(&r, 1, &why), IKEV1_OK);
    replay_expect(&r, 2);
    ROW_EQUAL(r.name, replay_feed(&r, 3, &why), IKEV1_DROPPED);
    ROW_EQUAL(r.name, replay_pull(&r), false);
    ROW_EQUAL(r.name, replay_feed(&r, 5, &why), IKEV1_OK);
    replay_expect(&r, 6);
    replay_end(&r);
    replay_begin(&r, &OPEN_ROWS[ZEEK_2], true, 0);
    replay_connect(&r);
    replay_expect(&r, 1);
    ROW_EQUAL(r.name, replay_feed(&r, 2, &why), IKEV1_OK);
    replay_expect(&r, 5);
    ROW_EQUAL(r.name, replay_feed(&r, 4, &why), IKEV1_OK); /* ours was lost, for all we know */
    replay_expect(&r, 5);
    ROW_EQUAL(r.name, replay_feed(&r, 6, &why), IKEV1_OK);
    replay_end(&r);
}

/* Theirs is read, found to be of another key, and named. */
static void test_recorded__aggressive_without_any_secret__refused_by_its_proof(void **state) {
    struct replay r;
    ikev1_why why;
    (void)state;
    replay_begin(&r, &AGGRESSIVE_ROW, false, 0);
    ROW_EQUAL(r.name, replay_play(&r, &why), IKEV1_OK);
    ROW_EQUAL(r.name, replay_feed(&r, 3, &why), IKEV1_DROPPED);
    ROW_EQUAL(r.name, why.code, IKEV1_E_PSK);
    replay_end(&r);
    replay_begin(&r, &AGGRESSIVE_ROW, true, 0);
    ROW_EQUAL(r.name, replay_play(&r, &why), IKEV1_DROPPED);
    ROW_EQUAL(r.name, why.code, IKEV1_E_AUTH);
    ROW_EQUAL(r.name, why.payload, IKEV1_PAYLOAD_HASH);
    ROW_EQUAL(r.name, r.ups, 0);
    replay_end(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded__no_secret_known__as_far_as_it_is_clear),
        cmocka_unit_test(test_recorded__refusal_in_the_clear_and_a_repetition__goes_on),
        cmocka_unit_test(test_recorded__aggressive_without_any_secret__refused_by_its_proof),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
