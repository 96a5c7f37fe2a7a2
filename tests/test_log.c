/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the log is told: the catalogue's lines of a negotiation, never a secret, and what strangers
 * can cause only so often. exchange/log.c; LOG-01, LOG-02, LOG-03, DOS-09, R-17.
 */
#include <ikev1/openssl.h>

#include "support/craft.h"
#include "support/pair.h"

/* ---- no secrets ---- */

/* Everything an event carries, as bytes: where a secret could hide. */
static struct {
    uint8_t bytes[400000];
    size_t len;
} heard;

static void hear_bytes(const void *data, size_t len) {
    assert_true(heard.len + len <= sizeof heard.bytes);
    memcpy(heard.bytes + heard.len, data, len);
    heard.len += len;
}

static void hear(void *user, const ikev1_log_event *e) {
    char line[600];
    (void)user;
    hear_bytes(e, sizeof *e);
    if (e->why != NULL)
        hear_bytes(e->why, sizeof *e->why);
    if (e->text != NULL)
        hear_bytes(e->text, strlen(e->text));
    if (e->payloads != NULL)
        hear_bytes(e->payloads, e->payload_count);
    size_t len = ikev1_log_format(e, line, sizeof line);
    hear_bytes(line, len < sizeof line ? len : sizeof line);
}

static void not_heard(const char *what, const uint8_t *secret, size_t len) {
    char hex[400];
    assert_true(len >= 8 && 2 * len < sizeof hex);
    for (size_t i = 0; i < len; i++)
        snprintf(hex + 2 * i, 3, "%02x", secret[i]);
    for (size_t i = 0; i + len <= heard.len; i++) {
        if (memcmp(heard.bytes + i, secret, len) == 0)
            fail_msg("%s stands in the log", what);
    }
    for (size_t i = 0; i + 16 <= heard.len; i++) { /* eight bytes of it in hex are too many */
        if (memcmp(heard.bytes + i, hex, 16) == 0)
            fail_msg("%s stands in the log as hex", what);
    }
}

static void check_secrets(struct pair *p) {
    struct side *both[] = {&p->i, &p->r};
    for (size_t s = 0; s < 2; s++) {
        not_heard("the key", (const uint8_t *)both[s]->psk, strlen(both[s]->psk));
        for (size_t i = 0; i < both[s]->event_count; i++) {
            const struct pair_event *e = &both[s]->events[i];
            if (e->at.ipsec == NULL)
                continue;
            not_heard("KEYMAT", e->encryption_key, e->ipsec.encryption_key.len);
            not_heard("KEYMAT", e->integrity_key, e->ipsec.integrity_key.len);
        }
        const struct ike_sa *sa = ike_handle_at(&both[s]->ike->s.handles, IKE_KIND_SA, 1);
        if (sa == NULL || sa->live == NULL)
            continue;
        not_heard("SKEYID_d", ike_skeyid_d(sa->live), sa->live->prf_size);
        not_heard("SKEYID_a", ike_skeyid_a(sa->live), sa->live->prf_size);
        not_heard("the cipher key", ike_live_key(sa->live), sa->live->key_size);
    }
}

static void test_log__everything_at_full_detail__no_secret(void **state) { /* LOG-01 */
    const ikev1_crypto *const PROVIDERS[] = {NULL, ikev1_openssl()};
    (void)state;
    for (size_t k = 0; k < COUNT(PROVIDERS); k++) {
        for (int spoiled = 0; spoiled < 3; spoiled++) {
            struct pair *p = pair_new(PROVIDERS[k]);
            heard.len = 0;
            p->i.config.log = p->r.config.log = hear;
            p->i.phase2.pfs_group = IKEV1_GROUP_X25519;
            p->r.phase2.pfs_group = spoiled == 1 ? 0 : IKEV1_GROUP_X25519;
            if (spoiled == 2)
                p->r.psk = "quite another secret";
            pair_start(p);
            pair_connect(p);
            pair_wait(p, 20000);
            check_secrets(p);
            ikev1_delete(p->i.ike, p->now, IKEV1_ALL);
            pair_wait(p, 100000);
            check_secrets(p);
            assert_true(heard.len > 1000);
            pair_free(p);
        }
    }
}

/* Nor on the wire. */
static void test_wire__no_secret(void **state) { /* oracle 7 */
    struct pair *p = pair_new(ikev1_openssl());
    (void)state;
    pair_start(p);
    pair_up(p);
    heard.len = 0;
    for (size_t i = 0; i < p->link.kept_count; i++)
        hear_bytes(p->link.kept[i].data, p->link.kept[i].len);
    check_secrets(p);
    pair_free(p);
}

/* ---- the catalogue's lines, in order (mission S14 has them all) ---- */

static void test_log__negotiation__lines_of_both_sides(void **state) {
    static const char *const INITIATOR[] = {"Send Main Mode request to <192.0.2.2>",
                                            "Send:<SA><VID>",
                                            "Recv:<SA><VID>",
                                            "Send:<KE><NONCE>",
                                            "Recv:<KE><NONCE>",
                                            "Send:<ID><HASH>",
                                            "Recv:<ID><HASH>",
                                            "Phase 1 IKE SA process done",
                                            "Start Phase 2: Quick Mode",
                                            "Send:<HASH><SA><NONCE><ID><ID>",
                                            "Recv:<HASH><SA><NONCE><ID><ID>",
                                            "Send:<HASH>"};
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.config.log_level = p->r.config.log_level = IKEV1_LEVEL_INFO;
    pair_start(p);
    pair_up(p);
    assert_int_equal(p->i.line_count, COUNT(INITIATOR));
    for (size_t i = 0; i < COUNT(INITIATOR); i++)
        assert_string_equal(p->i.lines[i], INITIATOR[i]);
    assert_string_equal(p->r.lines[0], "Recv Main Mode request from <192.0.2.1>");
    assert_string_equal(p->r.lines[p->r.line_count - 1], "Recv:<HASH>");
    pair_free(p);
}

static void test_log__level__bounds_what_is_told(void **state) {
    size_t lines[5] = {0};
    (void)state;
    for (uint8_t level = IKEV1_LEVEL_ERROR; level <= IKEV1_LEVEL_DETAIL; level++) {
        struct pair *p = pair_new(NULL);
        p->r.config.log_level = level;
        pair_start(p);
        pair_up(p);
        lines[level] = p->r.line_count;
        pair_free(p);
    }
    assert_int_equal(lines[IKEV1_LEVEL_ERROR], 0);
    assert_true(lines[IKEV1_LEVEL_INFO] > lines[IKEV1_LEVEL_WARN]);
    assert_true(lines[IKEV1_LEVEL_DETAIL] > lines[IKEV1_LEVEL_INFO]);
}

static void test_log__none__works(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.config.log = p->r.config.log = NULL;
    pair_start(p);
    pair_up(p);
    pair_free(p);
}

/* ---- strangers ---- */

static uint32_t told, left_out;

static void count_dropped(void *user, const ikev1_log_event *e) {
    (void)user;
    if (e->number == IKEV1_LOG_DROPPED) {
        told++;
        left_out += e->suppressed;
    }
}

static void test_log__flood__rate_limited_and_counted(void **state) { /* DOS-09 */
    static const ikev1_path path = {{4, {192, 0, 2, 2}, 500}, {4, {192, 0, 2, 66}, 500}, false};
    struct pair *p = pair_new(NULL);
    uint8_t junk[40] = {1};
    (void)state;
    told = left_out = 0;
    p->r.config.log = count_dropped;
    p->r.config.limits.log_rate = 5;
    pair_start(p);
    for (uint32_t second = 0; second < 100; second++) {
        for (int i = 0; i < 1000; i++)
            ikev1_engine_input(p->r.ike, 1000 + 1000 * (ikev1_time)second, &path, junk, sizeof junk,
                               NULL);
    }
    assert_in_range(told, 5 * 90, 5 * 121 + 5); /* a burst of 20 s, then the rate */
    ikev1_engine_input(p->r.ike, 500000, &path, junk, sizeof junk, NULL);
    assert_int_equal(told + left_out, 100000 + 1);
    pair_free(p);
}

static void test_log__flood__does_not_silence_an_established_peer(void **state) {
    static const ikev1_path path = {{4, {192, 0, 2, 2}, 500}, {4, {192, 0, 2, 66}, 500}, false};
    struct pair *p = pair_new(NULL);
    uint8_t junk[40] = {1};
    (void)state;
    p->r.config.limits.log_rate = 1;
    pair_start(p);
    pair_up(p);
    side_forget(&p->r);
    for (int i = 0; i < 5000; i++)
        ikev1_engine_input(p->r.ike, p->now, &path, junk, sizeof junk, NULL);
    assert_true(p->r.line_count < 50);
    ikev1_delete(p->i.ike, p->now, IKEV1_ALL);
    pair_run(p);
    assert_true(side_said(&p->r, "Recv:<HASH><D>") || side_said(&p->r, "Recv:<HASH>"));
    pair_free(p);
}

static void test_log__peers_text__escaped(void **state) { /* LOG-02, R-18 */
    static const uint8_t NAME[] = {0x30, 0x11, 0x31, 0x0f, 0x30, 0x0d, 0x06, 0x03, 0x55, 0x04,
                                   0x03, 0x0c, 0x06, 'a',  '\n', 0x1b, '%',  's',  '"'};
    static const ikev1_id EVIL = {IKEV1_ID_DER_ASN1_DN, 0, 0, NAME, sizeof NAME};
    struct pair *p = pair_new(NULL);
    (void)state;
    p->i.phase1.local_id = EVIL;
    pair_start(p);
    pair_connect(p);
    pair_run(p);
    assert_int_equal(side_event(&p->r, IKEV1_EVENT_SA_FAILED, 0)->why.code, IKEV1_E_PEER_ID);
    for (size_t i = 0; i < p->r.line_count; i++) {
        for (const char *c = p->r.lines[i]; *c != '\0'; c++)
            assert_in_range((unsigned char)*c, 0x20, 0x7e);
    }
    assert_true(side_said(&p->r, "a\\x0a\\x1b%s"));
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log__everything_at_full_detail__no_secret),
        cmocka_unit_test(test_wire__no_secret),
        cmocka_unit_test(test_log__negotiation__lines_of_both_sides),
        cmocka_unit_test(test_log__level__bounds_what_is_told),
        cmocka_unit_test(test_log__none__works),
        cmocka_unit_test(test_log__flood__rate_limited_and_counted),
        cmocka_unit_test(test_log__flood__does_not_silence_an_established_peer),
        cmocka_unit_test(test_log__peers_text__escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
