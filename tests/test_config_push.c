/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mode Config as libreswan pushes it after XAUTH: in the exchange that has told the status, under
 * the same message ID, and the IV goes on. Mission P4, P6; family CFG.
 */
#include "support/craft.h"
#include "support/digest.h"
#include "support/pair.h"

/* A client that has passed XAUTH and waits for what its server pushes. */
static struct pair *waiting(uint32_t quirks_off) {
    struct pair *p = pair_new(NULL);
    pair_with_user(p, IKEV1_AUTH_XAUTH_INIT_PSK, false);
    pair_with_config(p, IKEV1_CONFIG_WAIT, IKEV1_CONFIG_SERVE);
    p->i.phase1.quirks_off = quirks_off;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_XAUTH), 1);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CONFIG), 0);
    return p;
}

static struct craft c; /* large */

static const struct ike_sa *sa_of(const struct side *s) {
    return ike_handle_at(&s->ike->s.handles, IKE_KIND_SA, 1);
}

static uint8_t out[CRAFT_MESSAGE];
static size_t out_len;

static void make(const struct pair *p, uint32_t id, ikev1_bytes attrs) {
    const struct ike_config config = {.type = IKEV1_CFG_SET, .attrs = attrs};
    out_len = craft_transaction(&c, p->i.ike, sa_of(&p->i), id, &config, out, sizeof out);
}

static int deliver(struct pair *p, ikev1_why *why) {
    const struct ike_sa *sa = sa_of(&p->i);
    const ikev1_path path = {sa->path.local, sa->path.remote, false};
    int r = ikev1_engine_input(p->i.ike, p->now, &path, out, out_len, why);
    side_drain(&p->i);
    return r;
}

static int push(struct pair *p, uint32_t id, ikev1_bytes attrs, ikev1_why *why) {
    make(p, id, attrs);
    return deliver(p, why);
}

static uint32_t last_transaction(const struct side *s) {
    const struct ike_xchg *x = sa_of(s)->xchgs;
    assert_int_equal(x->exchange, IKEV1_EXCHANGE_TRANSACTION);
    return x->message_id;
}

static void test_push__in_the_exchange_of_xauth__by_its_switch(void **state) {
    (void)state;
    const ikev1_bytes attrs = hex_make("00010004 0a5d0007");
    for (int off = 0; off < 2; off++) {
        struct pair *p = waiting(off ? IKEV1_QUIRK_CONFIG_IN_XAUTH : 0);
        ikev1_why why;
        const uint64_t before = engine_digest(p->i.ike);
        assert_int_equal(push(p, last_transaction(&p->i), attrs, &why),
                         off ? IKEV1_DROPPED : IKEV1_OK);
        assert_int_equal(side_said(&p->i, "Peer's habit tolerated: config-in-xauth"), !off);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CONFIG), !off);
        if (off) {
            assert_int_equal(why.code, IKEV1_E_UNEXPECTED_MESSAGE);
            assert_true(engine_digest(p->i.ike) == before);
        } else {
            assert_int_equal(side_event(&p->i, IKEV1_EVENT_CONFIG, 0)->at.lease->ip4.ip[3], 7);
        }
        pair_free(p);
    }
    hex_free(attrs);
}

/* It is answered again when the answer was lost, and there is one only. */
static void test_push__again_and_another__one_lease(void **state) {
    (void)state;
    const ikev1_bytes attrs = hex_make("00010004 0a5d0007"), other = hex_make("00010004 0a5d0008");
    struct pair *p = waiting(0);
    const uint32_t id = last_transaction(&p->i);
    ikev1_why why;
    assert_int_equal(push(p, id, attrs, &why), IKEV1_OK);
    const uint32_t sent = p->link.sent[LINK_TO_RESPONDER];
    assert_int_equal(deliver(p, &why), IKEV1_OK);
    assert_int_equal(p->link.sent[LINK_TO_RESPONDER], sent + 1);
    assert_int_equal(push(p, id, other, &why), IKEV1_DROPPED);
    assert_int_equal(why.code, IKEV1_E_UNEXPECTED_MESSAGE);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CONFIG), 1);
    pair_free(p);
    hex_free(attrs);
    hex_free(other);
}

static void test_push__forged__no_effect(void **state) {
    (void)state;
    const ikev1_bytes attrs = hex_make("00010004 0a5d0007");
    struct pair *p = waiting(0);
    ikev1_why why;
    const uint64_t before = engine_digest(p->i.ike);
    make(p, last_transaction(&p->i), attrs);
    const size_t end =
        IKEV1_HEADER_SIZE + 4 + c.at[0].len + 4 + c.at[1].len; /* of what is hashed */
    for (size_t at = IKEV1_HEADER_SIZE; at < end; at++) {
        out[at] ^= 1;
        assert_int_equal(deliver(p, &why), IKEV1_DROPPED);
        assert_true(engine_digest(p->i.ike) == before);
        out[at] ^= 1;
    }
    assert_int_equal(deliver(p, &why), IKEV1_OK);
    pair_free(p);
    hex_free(attrs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_push__in_the_exchange_of_xauth__by_its_switch),
        cmocka_unit_test(test_push__again_and_another__one_lease),
        cmocka_unit_test(test_push__forged__no_effect),
    };
    return cmocka_run_group_tests_name("config_push", tests, NULL, NULL);
}
