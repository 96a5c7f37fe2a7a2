/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XAUTH and Mode Config as another stack recorded them (racoon and a client that ends its password
 * with a NUL): two engines that are asked and answer the same send, in the same order, attribute
 * payloads that are the recorded ones to the byte, each read by the other. Of Mode Config's two the
 * identifier is ours. The hashes of the recording cannot be computed, since its SKEYID is unknown;
 * its encryption is test_handshake_vectors.c's. Mission P4.
 */
#include "support/craft.h"
#include "support/pair.h"
#include "support/algs.h"

static struct craft c; /* large */

enum { CONFIG_HEAD = 4, MESSAGES = 6 };

/* The recorded Transactions, in their order; another exchange lies between the first two. */
static const struct {
    const char *key;
    uint8_t way;
    bool identifier; /* is the recorded one, too */
} RECORDED[MESSAGES] = {
    {"msg7_plain", LINK_TO_INITIATOR, true},   {"msg9_plain", LINK_TO_RESPONDER, true},
    {"msg10_plain", LINK_TO_INITIATOR, true},  {"msg11_plain", LINK_TO_RESPONDER, true},
    {"msg12_plain", LINK_TO_RESPONDER, false}, {"msg13_plain", LINK_TO_INITIATOR, false},
};

/* The body of its attribute payload, behind HASH. */
static ikev1_bytes recorded_body(struct vec_file *f, const char *key) {
    static struct ike_chain chain;
    const ikev1_bytes plain = vec_hex(f, key);
    assert_non_null(plain.data);
    assert_int_equal(ike_chain_decode(&chain, IKEV1_PAYLOAD_HASH, plain, plain.len, NULL),
                     IKEV1_OK);
    const struct ike_step *step = ike_step_find(IKEV1_EXCHANGE_TRANSACTION, 1, IKEV1_AUTH_PSK);
    assert_int_equal(ike_step_check(step, &chain, NULL), IKEV1_OK);
    return ike_chain_find(&chain, IKEV1_PAYLOAD_CONFIG, 0)->body;
}

static size_t types_of(ikev1_bytes body, uint16_t *types) {
    struct ike_reader r = ike_reader(ike_bytes(body.data + CONFIG_HEAD, body.len - CONFIG_HEAD));
    struct ike_attr a;
    size_t count = 0;
    while (ike_attr_next(&r, &a) > 0)
        types[count++] = a.type;
    return count;
}

static void test_recorded__xauth_and_mode_config__the_same_attributes(void **state) {
    static const ikev1_selector split = {4, 0, 0, {10, 1, 0, 0}, {10, 1, 255, 255}};
    struct vec_file *f = vec_open_or_skip("handshakes/wireshark_main_xauth_modecfg.txt");
    uint16_t types[IKEV1_MAX_CONFIG_TYPES];
    (void)state;
    assert_true(vec_next(f));
    struct pair *p = pair_new(NULL);
    pair_with_user(p, IKEV1_AUTH_XAUTH_INIT_PSK, false);
    pair_with_config(p, IKEV1_CONFIG_PULL, IKEV1_CONFIG_SERVE);
    p->i.user.name = p->i.user.password = "mpa";
    p->r.user.knows_name = p->r.user.knows_password = "mpa";
    p->i.user.nul = true;
    p->i.phase1.config_types = types;
    p->i.phase1.config_type_count = types_of(recorded_body(f, "msg12_plain"), types);
    p->r.user.lease =
        (ikev1_lease){.size = sizeof(ikev1_lease), .ip4 = {4, {10, 1, 1, 1}, 0}, .split = &split};
    p->r.user.lease.split_count = 1;
    p->r.config.anonymous = true; /* racoon did not say its version */
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    for (size_t met = 0; met < MESSAGES;) {
        side_drain(&p->i);
        side_drain(&p->r);
        const struct datagram *d = &p->link.flights[0];
        struct side *to = d->way == LINK_TO_RESPONDER ? &p->r : &p->i;
        if (d->data[18] == IKEV1_EXCHANGE_TRANSACTION) {
            const ikev1_bytes want = recorded_body(f, RECORDED[met].key);
            craft_open(&c, to->ike, d->data, d->len);
            const struct craft_payload *got = &c.at[craft_find(&c, IKEV1_PAYLOAD_CONFIG, 0)];
            ROW_EQUAL(RECORDED[met].key, d->way, RECORDED[met].way);
            ROW_EQUAL(RECORDED[met].key, got->len, want.len);
            const size_t skip = RECORDED[met].identifier ? 0 : CONFIG_HEAD;
            ROW_EQUAL(RECORDED[met].key, got->body[0], want.data[0]);
            assert_memory_equal(got->body + skip, want.data + skip, want.len - skip);
            met++;
        }
        assert_true(pair_step(p));
    }
    pair_run(p);
    pair_check_up(p, 1);
    assert_true(side_said(&p->r, "Peer's habit tolerated: xauth-nul"));
    assert_int_equal(side_event(&p->i, IKEV1_EVENT_CONFIG, 0)->at.lease->split_count, 1);
    pair_free(p);
    vec_close(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded__xauth_and_mode_config__the_same_attributes),
    };
    return cmocka_run_group_tests_name("recorded_access", tests, NULL, NULL);
}
