/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mode Config (draft-ietf-ipsec-isakmp-mode-cfg) between two engines. Mission P4, P7; family CFG.
 */
#include "support/pair.h"

#include "api/api.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config__each_way__address_and_child),
    };
    return cmocka_run_group_tests_name("mode_config", tests, NULL, NULL);
}
