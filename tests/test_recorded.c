/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchanges that other stacks recorded, replayed through the engine: it plays one side with that
 * side's recorded cookies, nonces, private values and SPIs, is fed what the other side had sent,
 * and must arrive at the recorded keys. The engine reads and verifies every message of the other
 * side as it stood on the wire.
 *
 *   recording                    as responder             as initiator
 *
 *   rub_main_psk                 whole, IPsec keys        whole, IPsec keys (a)
 *   rub_main_psk_informational   phase 1                  phase 1, a notification
 *   rub_strongswan_main_psk_1    whole, IPsec keys        whole, IPsec keys
 *   rub_strongswan_main_psk_2    whole, IPsec keys        whole, IPsec keys
 *   rub_strongswan_psk_mismatch  to 5: wrong key          to 8: wrong key
 *   openswan_main_psk_pfs        whole, IPsec keys (b)    whole, IPsec keys (b)
 *   rub_aggressive_psk           whole, IPsec keys        whole, IPsec keys (a) (c)
 *   ozcan_aggressive_psk_1, 2    to 2: HASH_R             to 3: HASH_R
 *
 * (a) The responder narrowed what it was offered, which we refuse (QCK-09): our host asks for what
 * the answer was. Of our message the answer's hash covers nothing but the nonce.
 *
 * (b) The pre-shared key is not known: SKEYID is put in its place.
 *
 * (c) Message 3 was in the clear and ours is not: no message chains to it.
 *
 * wireshark_main_xauth_modecfg is refused at message 1, for XAUTH's authentication method 65001,
 * and so are the aggressive ones where the host has not allowed that. Those of which no secret is
 * known are played in test_recorded_open.c, as far as they are in the clear.
 *
 * Where what we say is the same to the byte, the test demands that; `same` in a row says which
 * messages. The others differ in vendor IDs (1, 2), in an SA payload (all recorded initiators
 * number their first proposal 0, and we 1; Openswan begins with the lifetime), in the length of a
 * nonce or in strongSwan's INITIAL-CONTACT (5), which we do not send; support/playback.h tells how
 * the exchange still leads to the same keys. Our side of strongSwan's responder is the recorded
 * bytes from message 4 to the end.
 */
#include "support/replay.h"
#include "support/rows.h"

#define MSG(n) REPLAY_MSG(n)

static const struct replay_row ROWS[] = {
    {"rub_main_psk",
     REPLAY_RUB,
     IKEV1_NATT_OFF,
     9,
     9,
     MSG(4) | MSG(6),
     MSG(5) | MSG(9),
     0x259cf133,
     28800,
     0,
     3600,
     false,
     0,
     {0}},
    {"rub_main_psk_informational",
     REPLAY_RUB_2,
     IKEV1_NATT_OFF,
     6,
     7,
     MSG(6),
     MSG(5),
     0,
     28800,
     0,
     0,
     false,
     0,
     {0}},
    {"rub_strongswan_main_psk_1",
     REPLAY_SWAN,
     IKEV1_NATT_AUTO,
     9,
     9,
     MSG(4) | MSG(6) | MSG(8),
     MSG(3) | MSG(9),
     0xb9bb408c,
     3600,
     0,
     1200,
     false,
     0,
     {0}},
    {"rub_strongswan_main_psk_2",
     REPLAY_SWAN,
     IKEV1_NATT_AUTO,
     9,
     9,
     MSG(4) | MSG(6) | MSG(8),
     MSG(3) | MSG(9),
     0x9161fe7f,
     3600,
     0,
     1200,
     false,
     0,
     {0}},
    {"openswan_main_psk_pfs",
     REPLAY_OPEN,
     IKEV1_NATT_OFF,
     9,
     9,
     MSG(6),
     MSG(5) | MSG(9),
     0x4872aa0f,
     28800,
     IKEV1_GROUP_MODP1024,
     3600,
     false,
     0,
     {0}},
    {"rub_aggressive_psk",
     REPLAY_RUB,
     IKEV1_NATT_OFF,
     6,
     6,
     0,
     MSG(6),
     0xe582bf04,
     28800,
     0,
     3600,
     true,
     0,
     {0}},
};

/* Of these the pre-shared key is known, and no Diffie-Hellman secret. */
static const struct replay_row CLEAR_ROWS[] = {
    {"ozcan_aggressive_psk_1",
     REPLAY_OZCAN,
     IKEV1_NATT_AUTO,
     2,
     3,
     0,
     0,
     0,
     3600,
     0,
     0,
     true,
     0,
     {0}},
    {"ozcan_aggressive_psk_2",
     REPLAY_OZCAN,
     IKEV1_NATT_AUTO,
     2,
     3,
     0,
     0,
     0,
     3600,
     0,
     0,
     true,
     0,
     {0}},
};

static const struct replay_row MISMATCH = {"rub_strongswan_psk_mismatch",
                                           REPLAY_SWAN,
                                           IKEV1_NATT_AUTO,
                                           5,
                                           5,
                                           MSG(4),
                                           MSG(3),
                                           0,
                                           3600,
                                           0,
                                           0,
                                           false,
                                           0,
                                           {0}};

static void test_recorded__one_side_played_by_the_engine__reaches_the_recorded_keys(void **state) {
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(ROWS); i++) {
        struct replay r;
        ikev1_why why;
        replay_begin(&r, &ROWS[i / 2], i % 2 != 0, 0);
        ROW_EQUAL(r.name, replay_play(&r, &why), IKEV1_OK);
        ROW_EQUAL(r.name, r.ups, 1);
        ROW_EQUAL(r.name, r.ends, 0);
        ROW_EQUAL(r.name, r.play.agreed, r.row->pfs != 0 ? 2 : 1);
        ROW_EQUAL(r.name, r.play.strangers, 0);
        if (r.row->quick != 0)
            replay_check_keys(&r);
        ROW_EQUAL(r.name, replay_pull(&r), false);
        bool notified = !r.row->aggressive && replay_last(&r) == 7;
        ROW_EQUAL(r.name, r.notifies, notified);
        if (notified)
            ROW_EQUAL(r.name, r.notify, IKEV1_NOTIFY_RESPONDER_LIFETIME);
        replay_end(&r);
    }
}

/* PH1-10: the recorded responder answered with an error under its own key; we stay silent. */
static void test_recorded__wrong_psk_as_responder__named_and_ended(void **state) {
    struct replay r;
    ikev1_why why;
    (void)state;
    replay_begin(&r, &MISMATCH, false, 0);
    ROW_EQUAL(r.name, replay_play(&r, &why), IKEV1_DROPPED);
    ROW_EQUAL(r.name, why.code, IKEV1_E_PSK);
    ROW_EQUAL(r.name, replay_feed(&r, 7, &why),
              IKEV1_DROPPED); /* sent again by the recorded peer */
    ROW_EQUAL(r.name, why.code, IKEV1_E_PSK);
    ROW_EQUAL(r.name, replay_pull(&r), false);
    replay_run_out(&r);
    ROW_EQUAL(r.name, r.ups, 0);
    ROW_EQUAL(r.name, r.ends, 1);
    ROW_EQUAL(r.name, r.end_code, IKEV1_E_PSK);
    replay_end(&r);
}

static void test_recorded__wrong_psk_as_initiator__named_and_ended(void **state) {
    struct replay r;
    ikev1_why why;
    (void)state;
    replay_begin(&r, &MISMATCH, true, 1);
    ROW_EQUAL(r.name, replay_play(&r, &why), IKEV1_OK);
    for (size_t n = 6; n <= 8; n += 2) { /* under the peer's key, which we have not */
        ROW_EQUAL(r.name, replay_feed(&r, n, &why), IKEV1_DROPPED);
        ROW_EQUAL(r.name, why.code, IKEV1_E_PSK);
        ROW_TEXT(r.name, why.theirs, ""); /* what the noise says of itself */
    }
    replay_run_out(&r);
    ROW_EQUAL(r.name, r.ups, 0);
    ROW_EQUAL(r.name, r.ends, 1);
    ROW_EQUAL(r.name, r.end_code, IKEV1_E_PSK);
    replay_end(&r);
}

/* HASH_R covers no secret but the pre-shared key. */
static void test_recorded__aggressive_without_secret__hash_r_as_recorded(void **state) {
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(CLEAR_ROWS); i++) {
        struct replay r;
        ikev1_why why;
        replay_begin(&r, &CLEAR_ROWS[i / 2], i % 2 != 0, 0);
        ROW_EQUAL(r.name, replay_play(&r, &why), IKEV1_OK);
        ROW_EQUAL(r.name, r.ups, r.initiator);
        ROW_EQUAL(r.name, r.ends, 0);
        if (!r.initiator) { /* message 3 is encrypted under a key that we have not */
            ROW_EQUAL(r.name, replay_feed(&r, 3, &why), IKEV1_DROPPED);
            ROW_EQUAL(r.name, why.code, IKEV1_E_PSK);
        }
        replay_end(&r);
    }
}

struct refused_row {
    const char *file;
    int code;
};

static void test_recorded__what_we_do_not_speak__refused_at_once(void **state) {
    static const struct refused_row rows[] = {
        {"wireshark_main_xauth_modecfg", IKEV1_E_NO_PROPOSAL},
        {"rub_aggressive_psk", IKEV1_E_EXCHANGE},
        {"ozcan_aggressive_psk_1", IKEV1_E_EXCHANGE},
        {"ozcan_aggressive_psk_2", IKEV1_E_EXCHANGE},
        {"zeek_aggressive", IKEV1_E_EXCHANGE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct replay_row row = MISMATCH;
        struct replay r;
        ikev1_why why;
        ikev1_stats before = {.size = sizeof before}, after = before;
        row.file = rows[i].file;
        row.last_r = 0;
        replay_begin(&r, &row, false, 0);
        ikev1_engine_stats(r.engine, &before);
        ROW_EQUAL(r.name, replay_feed(&r, 1, &why), IKEV1_DROPPED);
        ROW_EQUAL(r.name, why.code, rows[i].code);
        ROW_EQUAL(r.name, replay_pull(&r), false);
        ikev1_engine_stats(r.engine, &after);
        ROW_EQUAL(r.name, after.sas, before.sas);
        replay_end(&r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded__one_side_played_by_the_engine__reaches_the_recorded_keys),
        cmocka_unit_test(test_recorded__aggressive_without_secret__hash_r_as_recorded),
        cmocka_unit_test(test_recorded__wrong_psk_as_responder__named_and_ended),
        cmocka_unit_test(test_recorded__wrong_psk_as_initiator__named_and_ended),
        cmocka_unit_test(test_recorded__what_we_do_not_speak__refused_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
