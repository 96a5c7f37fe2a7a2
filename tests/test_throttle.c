/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A responder under fire: rates of first messages, failures of authentication, and the counters
 * that tell what it refused. session/throttle.c; DOS-02, DOS-03, mission P8.
 */
#include "support/pair.h"

#include "api/api.h"

static uint64_t dropped(const struct side *s, int code) {
    ikev1_counters counters = {.size = sizeof counters};
    assert_int_equal(ikev1_engine_counters(s->ike, &counters), IKEV1_OK);
    return counters.dropped[ikev1_error_index(code)];
}

/* A first message like the initiator's under another cookie, from 192.0.x.y: its code. */
static int call(struct pair *p, uint8_t net, uint8_t host) {
    static uint8_t number;
    const struct datagram *d = link_kept(&p->link, LINK_TO_RESPONDER, 1);
    ikev1_path path = d->path;
    uint8_t message[1024];
    ikev1_packet packet;
    ikev1_why why = {0};
    memcpy(message, d->data, d->len);
    message[0] = 0x77;
    message[1] = ++number;
    path.remote.ip[2] = net;
    path.remote.ip[3] = host;
    int r = ikev1_engine_input(p->r.ike, p->now, &path, message, d->len, &why);
    assert_int_equal(ikev1_engine_next_packet(p->r.ike, &packet), r == IKEV1_OK);
    return r == IKEV1_OK ? r : why.code;
}

static struct pair *with(uint32_t address, uint32_t prefix, uint32_t failures) {
    struct pair *p = pair_new(NULL);
    p->r.config.limits.first_rate_address = address;
    p->r.config.limits.first_rate_prefix = prefix;
    p->r.config.limits.auth_failures = failures;
    p->r.config.timing.retry_count = p->i.config.timing.retry_count = 1;
    pair_start(p);
    return p;
}

static struct pair *with_call(uint32_t address, uint32_t prefix) {
    struct pair *p = with(address, prefix, 0);
    p->link.held = true;
    assert_int_equal(pair_connect(p), IKEV1_OK);
    side_drain(&p->i);
    return p;
}

static void test_rate__of_an_address__at_and_past(void **state) {
    struct pair *p = with_call(5, 0);
    (void)state;
    p->now = 5000;
    for (int i = 0; i < 10; i++) /* two seconds' worth at once */
        assert_int_equal(call(p, 2, 1), IKEV1_OK);
    assert_int_equal(call(p, 2, 1), IKEV1_E_RATE);
    assert_int_equal(call(p, 2, 9), IKEV1_OK); /* somebody else */
    p->now += 199;
    assert_int_equal(call(p, 2, 1), IKEV1_E_RATE);
    p->now += 1;
    assert_int_equal(call(p, 2, 1), IKEV1_OK);
    assert_int_equal(call(p, 2, 1), IKEV1_E_RATE);
    assert_int_equal(dropped(&p->r, IKEV1_E_RATE), 3);
    pair_free(p);
}

static void test_rate__of_a_prefix__at_and_past(void **state) {
    struct pair *p = with_call(0, 4);
    (void)state;
    p->now = 5000;
    for (uint8_t i = 0; i < 8; i++)
        assert_int_equal(call(p, 2, i), IKEV1_OK);
    assert_int_equal(call(p, 2, 100), IKEV1_E_RATE);
    assert_int_equal(call(p, 3, 100), IKEV1_OK);
    pair_free(p);
}

static void test_rate__none__no_bound(void **state) {
    struct pair *p = with_call(0, 0);
    (void)state;
    for (int i = 0; i < 200; i++)
        assert_int_not_equal(call(p, 2, 1), IKEV1_E_RATE);
    pair_free(p);
}

/* ---- failures ---- */

static int attempt(struct pair *p, const char *psk) {
    p->i.psk = psk;
    side_forget(&p->i);
    side_forget(&p->r);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    pair_wait(p, 200000); /* until both have given up */
    if (side_count(&p->r, IKEV1_EVENT_SA_UP) != 0)
        return IKEV1_OK;
    return side_count(&p->r, IKEV1_EVENT_SA_FAILED) != 0
               ? side_event(&p->r, IKEV1_EVENT_SA_FAILED, 0)->why.code
               : IKEV1_DROPPED;
}

static void test_failures__of_an_address__kept_out_for_a_while(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    p->r.config.limits.auth_failures = 2;
    p->r.config.timing.auth_penalty = 3600000;
    p->i.config.timing.retry_count = 1;
    pair_start(p);
    assert_int_equal(attempt(p, "something else altogether"), IKEV1_E_PSK);
    assert_int_equal(attempt(p, "something else altogether"), IKEV1_E_PSK);
    assert_int_equal(dropped(&p->r, IKEV1_E_FAILURES), 0);
    assert_int_equal(attempt(p, "correct horse battery staple"), IKEV1_DROPPED);
    assert_true(dropped(&p->r, IKEV1_E_FAILURES) >= 1);
    pair_wait(p, 3600000); /* the first counts no more */
    assert_int_equal(attempt(p, "correct horse battery staple"), IKEV1_OK);
    pair_free(p);
}

/* Whoever tries passwords and leaves before he hears the verdict has failed all the same. */
static void test_failures__of_a_user_who_leaves__logged_and_kept_out(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_with_user(p, IKEV1_AUTH_XAUTH_INIT_PSK, false);
    p->r.config.limits.auth_failures = 1;
    p->r.config.timing.auth_penalty = 3600000;
    p->i.user.password = "wrong";
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    while (!side_said(&p->r, "!! XAUTH of user alice failed"))
        assert_true(pair_step(p));
    assert_int_equal(p->r.user.verified, 1);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_DOWN), 0);
    link_flush(&p->link);
    assert_int_equal(ikev1_delete(p->i.ike, p->now, IKEV1_ALL), IKEV1_OK);
    pair_run(p);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_DOWN, 0)->why.code, IKEV1_E_DELETED);
    assert_int_equal(side_said_times(&p->r, "!! XAUTH of user"), 1);
    p->i.user.password = p->r.user.knows_password;
    assert_int_equal(dropped(&p->r, IKEV1_E_FAILURES), 0);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    assert_int_equal(dropped(&p->r, IKEV1_E_FAILURES), 1);
    pair_free(p);
}

/* ---- counters ---- */

static void test_counters__each_cause__counted(void **state) {
    struct pair *p = with_call(0, 0);
    const struct datagram *d = link_kept(&p->link, LINK_TO_RESPONDER, 1);
    uint8_t message[1024];
    (void)state;
    memcpy(message, d->data, d->len);
    message[17] = 0x20; /* IKEv2 */
    for (int i = 0; i < 3; i++)
        ikev1_engine_input(p->r.ike, 0, &d->path, message, d->len, NULL);
    ikev1_engine_input(p->r.ike, 0, &d->path, message, 5, NULL);
    assert_int_equal(dropped(&p->r, IKEV1_E_VERSION), 3);
    assert_int_equal(dropped(&p->r, IKEV1_E_SHORT), 1);
    assert_int_equal(dropped(&p->r, IKEV1_E_AUTH), 0);
    ikev1_counters counters = {.size = sizeof counters - 1};
    assert_int_equal(ikev1_engine_counters(p->r.ike, &counters), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_engine_counters(NULL, &counters), IKEV1_E_ARGUMENT);
    pair_free(p);
}

static void test_counters__refusal__counted(void **state) {
    struct pair *p = pair_new(NULL);
    ikev1_counters counters = {.size = sizeof counters};
    (void)state;
    p->r.suites1[0].key_bits = 256;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    assert_int_equal(ikev1_engine_counters(p->r.ike, &counters), IKEV1_OK);
    assert_int_equal(counters.refused[ikev1_error_index(IKEV1_E_NO_PROPOSAL)], 1);
    assert_int_equal(counters.dropped[ikev1_error_index(IKEV1_E_NO_PROPOSAL)], 1);
    pair_free(p);
}

static void test_error_index__every_code__there_and_back(void **state) {
    int i = 0;
    (void)state;
    for (; ikev1_error_at(i) != 0; i++)
        assert_int_equal(ikev1_error_index(ikev1_error_at(i)), i);
    assert_in_range(i, 50, IKEV1_ERRORS_MOST);
    assert_int_equal(ikev1_error_index(IKEV1_OK), -1);
    assert_int_equal(ikev1_error_index(-9999), -1);
    assert_int_equal(ikev1_error_at(-1), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rate__of_an_address__at_and_past),
        cmocka_unit_test(test_rate__of_a_prefix__at_and_past),
        cmocka_unit_test(test_rate__none__no_bound),
        cmocka_unit_test(test_failures__of_an_address__kept_out_for_a_while),
        cmocka_unit_test(test_failures__of_a_user_who_leaves__logged_and_kept_out),
        cmocka_unit_test(test_counters__each_cause__counted),
        cmocka_unit_test(test_counters__refusal__counted),
        cmocka_unit_test(test_error_index__every_code__there_and_back),
    };
    return cmocka_run_group_tests_name("throttle", tests, NULL, NULL);
}
