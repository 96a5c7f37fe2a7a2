/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XAUTH (draft-beaulieu-ike-xauth) between two engines, every method in both modes, server and
 * client on either side. Mission P4, R2; family CFG.
 */
#include "support/pair.h"

#include "api/api.h"

static const struct method {
    const char *name;
    uint16_t auth;
    bool aggressive;
} METHODS[] = {
    {"init PSK", IKEV1_AUTH_XAUTH_INIT_PSK, false},
    {"init PSK, aggressive", IKEV1_AUTH_XAUTH_INIT_PSK, true},
    {"resp PSK", IKEV1_AUTH_XAUTH_RESP_PSK, false},
    {"resp PSK, aggressive", IKEV1_AUTH_XAUTH_RESP_PSK, true},
    {"init RSA", IKEV1_AUTH_XAUTH_INIT_RSA, false},
    {"init RSA, aggressive", IKEV1_AUTH_XAUTH_INIT_RSA, true},
    {"resp RSA", IKEV1_AUTH_XAUTH_RESP_RSA, false},
    {"resp RSA, aggressive", IKEV1_AUTH_XAUTH_RESP_RSA, true},
    {"init DSS", IKEV1_AUTH_XAUTH_INIT_DSS, false},
    {"init DSS, aggressive", IKEV1_AUTH_XAUTH_INIT_DSS, true},
    {"resp DSS", IKEV1_AUTH_XAUTH_RESP_DSS, false},
    {"resp DSS, aggressive", IKEV1_AUTH_XAUTH_RESP_DSS, true},
    {"hybrid init RSA", IKEV1_AUTH_HYBRID_INIT_RSA, false},
    {"hybrid init RSA, aggressive", IKEV1_AUTH_HYBRID_INIT_RSA, true},
    {"hybrid resp RSA", IKEV1_AUTH_HYBRID_RESP_RSA, false},
    {"hybrid resp RSA, aggressive", IKEV1_AUTH_HYBRID_RESP_RSA, true},
    {"hybrid init DSS", IKEV1_AUTH_HYBRID_INIT_DSS, false},
    {"hybrid init DSS, aggressive", IKEV1_AUTH_HYBRID_INIT_DSS, true},
    {"hybrid resp DSS", IKEV1_AUTH_HYBRID_RESP_DSS, false},
    {"hybrid resp DSS, aggressive", IKEV1_AUTH_HYBRID_RESP_DSS, true},
};

static void test_xauth__each_method__up_and_named(void **state) { /* P4, R2 */
    (void)state;
    for (size_t i = 0; i < COUNT(METHODS); i++) {
        struct pair *p = pair_new(NULL);
        pair_with_user(p, METHODS[i].auth, METHODS[i].aggressive);
        pair_start(p);
        ROW_EQUAL(METHODS[i].name, pair_connect(p), IKEV1_OK);
        pair_run(p);
        ROW_EQUAL(METHODS[i].name, side_count(&p->i, IKEV1_EVENT_CHILD_UP), 1);
        pair_check_up(p, 1);
        struct side *client = pair_client(p), *server = pair_server(p);
        ROW_EQUAL(METHODS[i].name, client->user.asked, 1);
        ROW_EQUAL(METHODS[i].name, server->user.verified, 1);
        ROW_EQUAL(METHODS[i].name, client->user.verified + server->user.asked, 0);
        ROW_EQUAL(METHODS[i].name, side_count(client, IKEV1_EVENT_XAUTH), 1);
        const struct pair_event *e = side_event(server, IKEV1_EVENT_XAUTH, 0);
        ROW_TEXT(METHODS[i].name, e->user, "alice");
        ROW_EQUAL(METHODS[i].name, side_event(&p->i, IKEV1_EVENT_SA_UP, 0)->info.auth,
                  METHODS[i].auth);
        ROW_EQUAL(METHODS[i].name, side_said(server, "XAUTH of user alice succeeded"), true);
        ROW_EQUAL(METHODS[i].name, side_said(server, "open sesame"), false); /* LOG-03 */
        ROW_EQUAL(METHODS[i].name, side_said(client, "open sesame"), false);
        ROW_EQUAL(METHODS[i].name, side_said(client, "Recv:<HASH><ATTR>"), true);
        ROW_EQUAL(METHODS[i].name, side_said(client, "Send:<HASH><ATTR>"), true);
        pair_free(p);
    }
}

static void test_xauth__wrong_password__asked_again_then_ended(void **state) {
    (void)state;
    for (uint32_t tries = 1; tries <= 4; tries++) {
        struct pair *p = pair_new(NULL);
        pair_with_user(p, IKEV1_AUTH_XAUTH_INIT_PSK, false);
        p->r.config.limits.xauth_tries = tries;
        p->i.user.password = "wrong";
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        pair_run(p);
        assert_int_equal(p->r.user.verified, tries);
        assert_int_equal(p->i.user.asked, tries);
        assert_int_equal(side_count(&p->r, IKEV1_EVENT_XAUTH), 0);
        assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_DOWN, 0)->why.code, IKEV1_E_XAUTH);
        assert_int_equal(side_event(&p->i, IKEV1_EVENT_SA_DOWN, 0)->why.code, IKEV1_E_XAUTH);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 0);
        assert_true(side_said(&p->r, "!! XAUTH of user alice failed"));
        assert_int_equal(p->r.ike->s.half_open, 0);
        pair_free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xauth__each_method__up_and_named),
        cmocka_unit_test(test_xauth__wrong_password__asked_again_then_ended),
    };
    return cmocka_run_group_tests_name("xauth", tests, NULL, NULL);
}
