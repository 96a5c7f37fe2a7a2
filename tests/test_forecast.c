/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forecast against what two engines really do. lib/rules/forecast.c; mission B4.
 */
#include <ikev1/forecast.h>

#include "support/pair.h"
#include "support/street.h"

static ikev1_id fqdn(const char *name) {
    return (ikev1_id){.type = IKEV1_ID_FQDN, .data = (const uint8_t *)name, .len = strlen(name)};
}

static ikev1_forecast_config config_of(struct null_crypto *null) {
    ikev1_forecast_config config = IKEV1_FORECAST_CONFIG_INIT;
    null_crypto_init(null, 3);
    config.crypto = &null->provider;
    config.allow = IKEV1_ALLOW_3DES;
    return config;
}

/* ---- one thing spoiled, or several ---- */

static const ikev1_suite1 OTHER1 = {IKEV1_CIPHER_AES,   256, IKEV1_HASH_SHA2_256, IKEV1_AUTH_PSK,
                                    IKEV1_GROUP_X25519, {0}};
static const ikev1_suite2 OTHER2 = {IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 256,
                                    IKEV1_INTEG_HMAC_SHA2_256, 0};

static void suites1(ikev1_rule *i, ikev1_rule *r) {
    (void)r;
    i->phase1.suites = &OTHER1;
}
static void suites2(ikev1_rule *i, ikev1_rule *r) {
    (void)r;
    i->phase2.suites = &OTHER2;
}
static void pfs(ikev1_rule *i, ikev1_rule *r) {
    (void)i;
    r->phase2.pfs_group = IKEV1_GROUP_X25519;
}
static void mode(ikev1_rule *i, ikev1_rule *r) {
    i->phase2.local = r->phase2.remote = street_net(10, 2, 0, 32);
    i->phase2.remote = r->phase2.local = street_net(10, 1, 0, 32);
    i->phase2.mode = IKEV1_ENCAP_TRANSPORT;
}
static void identity(ikev1_rule *i, ikev1_rule *r) {
    (void)r;
    i->phase1.local_id = fqdn("branch.example.org");
}
static void identity_there(ikev1_rule *i, ikev1_rule *r) {
    (void)i;
    r->phase1.local_id = fqdn("hub.example.org");
}
static void psk(ikev1_rule *i, ikev1_rule *r) {
    (void)i;
    r->psk = (ikev1_bytes){(const uint8_t *)"quite another secret", 20};
}
static void network_there(ikev1_rule *i, ikev1_rule *r) {
    (void)r;
    i->phase2.remote = street_net(10, 99, 0, 24);
}
static void network_here(ikev1_rule *i, ikev1_rule *r) {
    (void)r;
    i->phase2.local = street_net(10, 99, 0, 24);
}
static void lifetime(ikev1_rule *i, ikev1_rule *r) {
    i->phase2.life_seconds = 3600;
    r->phase2.life_seconds = 1800;
    r->phase2.lifetime = IKEV1_LIFETIME_STRICT;
}
static void aggressive(ikev1_rule *i, ikev1_rule *r) {
    (void)r;
    i->phase1.mode = IKEV1_MODE_AGGRESSIVE;
}
static void unknown_name(ikev1_rule *i, ikev1_rule *r) {
    i->phase1.mode = r->phase1.mode = IKEV1_MODE_AGGRESSIVE;
    identity(i, r);
}
static void address(ikev1_rule *i, ikev1_rule *r) {
    (void)i;
    r->peer.ip[3] = 77;
}
static void nothing(ikev1_rule *i, ikev1_rule *r) {
    (void)i, (void)r;
}
static void all_of_it(ikev1_rule *i, ikev1_rule *r) {
    address(i, r);
    suites1(i, r);
    psk(i, r);
    identity(i, r);
    network_there(i, r);
    network_here(i, r);
    suites2(i, r);
    pfs(i, r);
}
static void weak(ikev1_rule *i, ikev1_rule *r) {
    static const ikev1_suite1 DES = {IKEV1_CIPHER_DES,   0,  IKEV1_HASH_SHA1, IKEV1_AUTH_PSK,
                                     IKEV1_GROUP_X25519, {0}};
    (void)r;
    i->phase1.suites = &DES;
}

static const struct {
    const char *name;
    void (*spoil)(ikev1_rule *i, ikev1_rule *r);
    bool initiator; /* refuses it */
    int codes[8];
    bool more;
} ROWS[] = {
    {"nothing", nothing, false, {0}, false},
    {"phase 1 suites", suites1, false, {IKEV1_E_NO_PROPOSAL}, false},
    {"phase 2 suites", suites2, false, {IKEV1_E_NO_PROPOSAL}, false},
    {"PFS", pfs, false, {IKEV1_E_NO_PROPOSAL}, false},
    {"mode", mode, false, {IKEV1_E_NO_PROPOSAL}, false},
    {"initiator's identity", identity, false, {IKEV1_E_PEER_ID}, false},
    {"responder's identity", identity_there, true, {IKEV1_E_PEER_ID}, false},
    {"key", psk, false, {IKEV1_E_PSK}, false},
    {"network there", network_there, false, {IKEV1_E_LOCAL_ID}, false},
    {"network here", network_here, false, {IKEV1_E_REMOTE_ID}, false},
    {"lifetime", lifetime, false, {IKEV1_E_LIFETIME}, false},
    {"exchange", aggressive, false, {IKEV1_E_EXCHANGE}, false},
    {"identity in Aggressive Mode", unknown_name, false, {IKEV1_E_PEER_ID}, false},
    {"address", address, false, {IKEV1_E_NO_RULE}, false},
    {"weak suite", weak, true, {IKEV1_E_WEAK}, true},
    {"everything",
     all_of_it,
     false,
     {IKEV1_E_NO_RULE, IKEV1_E_NO_PROPOSAL, IKEV1_E_PSK, IKEV1_E_PEER_ID, IKEV1_E_LOCAL_ID,
      IKEV1_E_REMOTE_ID, IKEV1_E_NO_PROPOSAL},
     false},
};

static void two_rules(ikev1_rule *i, ikev1_rule *r) {
    *i = street_rule(1, 2, 1);
    *r = street_rule(9, 1, 2);
}

static void test_forecast__each_difference__named_with_the_side(void **state) {
    (void)state;
    struct null_crypto null;
    const ikev1_forecast_config config = config_of(&null);
    for (size_t n = 0; n < COUNT(ROWS); n++) {
        const char *row = ROWS[n].name;
        ikev1_rule i, r;
        ikev1_forecast_result result;
        two_rules(&i, &r);
        ROWS[n].spoil(&i, &r);
        ROW_EQUAL(row, ikev1_forecast(&config, &i, &r, &result), IKEV1_OK);
        size_t count = 0;
        for (; ROWS[n].codes[count] != 0; count++) {
            ROW_EQUAL(row, count < result.difference_count, true);
            ROW_EQUAL(row, result.differences[count].why.code, ROWS[n].codes[count]);
            ROW_EQUAL(row, result.differences[count].initiator, ROWS[n].initiator);
        }
        ROW_EQUAL(row, result.difference_count, count);
        ROW_EQUAL(row, result.agreed, count == 0);
        ROW_EQUAL(row, result.more, ROWS[n].more);
    }
}

/* ---- what is chosen, and the lines ---- */

struct heard {
    char text[2][40][200];
    size_t count[2];
};

static void hear(void *user, bool initiator, const ikev1_log_event *event) {
    struct heard *h = user;
    size_t *count = &h->count[!initiator];
    assert_true(*count < 40);
    ikev1_log_format(event, h->text[!initiator][(*count)++], 200);
}

static void test_forecast__agreed__choice_and_lines(void **state) {
    static struct heard heard;
    (void)state;
    struct null_crypto null;
    ikev1_forecast_config config = config_of(&null);
    const ikev1_suite1 suites[] = {
        {IKEV1_CIPHER_3DES, 0, IKEV1_HASH_SHA1, IKEV1_AUTH_PSK, IKEV1_GROUP_X25519, {0}}, OTHER1};
    ikev1_rule i, r;
    ikev1_forecast_result result;
    two_rules(&i, &r);
    i.phase1.suites = suites;
    i.phase1.suite_count = 2;
    r.phase1.suites = &OTHER1;
    i.phase2.life_seconds = 1200; /* what the responder cuts short it does not say */
    config.log = hear;
    config.log_user = &heard;
    assert_int_equal(ikev1_forecast(&config, &i, &r, &result), IKEV1_OK);
    assert_true(result.agreed && result.phase1);
    assert_int_equal(result.exchange, IKEV1_EXCHANGE_MAIN);
    assert_memory_equal(&result.suite1, &OTHER1, sizeof OTHER1);
    assert_int_equal(result.suite2_count, 1);
    assert_int_equal(result.suites2[0].transform, IKEV1_ESP_AES_CBC);
    assert_int_equal(result.suites2[0].key_bits, 128);
    assert_int_equal(result.mode, IKEV1_ENCAP_TUNNEL);
    assert_int_equal(result.local.start[1], 2);
    assert_int_equal(result.remote.start[1], 1);
    assert_int_equal(result.life2_seconds, 1200);
    assert_string_equal(heard.text[0][0], "Send Main Mode request to <192.0.2.1>");
    assert_string_equal(heard.text[0][heard.count[0] - 1], "Send:<HASH>");
    assert_string_equal(heard.text[1][0], "Recv Main Mode request from <192.0.2.2>");
    assert_string_equal(heard.text[1][heard.count[1] - 1], "Recv:<HASH>");
}

/* Lines are those of the rules as they are, not of what is put right after. */
static void test_forecast__refused__lines_of_the_refusal_only(void **state) {
    static struct heard heard;
    (void)state;
    struct null_crypto null;
    ikev1_forecast_config config = config_of(&null);
    ikev1_rule i, r;
    ikev1_forecast_result result;
    two_rules(&i, &r);
    network_here(&i, &r);
    config.log = hear;
    config.log_user = &heard;
    assert_int_equal(ikev1_forecast(&config, &i, &r, &result), IKEV1_OK);
    assert_true(result.phase1 && !result.agreed);
    assert_string_equal(heard.text[1][heard.count[1] - 1], "!! Verifying Remote ID failed");
    assert_string_equal(result.differences[0].why.theirs, "10.99.0.0/24");
    assert_string_equal(result.differences[0].why.ours, "10.2.0.0/24");
}

/* What one side leaves out: names, addresses, keys; and a dynamic rule. */
static void test_forecast__little_is_known__the_other_side_tells(void **state) {
    (void)state;
    struct null_crypto null;
    const ikev1_forecast_config config = config_of(&null);
    ikev1_rule i, r;
    ikev1_forecast_result result;
    two_rules(&i, &r);
    i.peer = i.local = (ikev1_address){0};
    i.peer_name = "hub.example.org";
    i.psk.len = 0;
    r.local = (ikev1_address){0};
    assert_int_equal(ikev1_forecast(&config, &i, &r, &result), IKEV1_OK);
    assert_true(result.agreed);
    two_rules(&i, &r);
    r = street_rule(9, 1, 0);
    assert_int_equal(ikev1_forecast(&config, &i, &r, &result), IKEV1_OK);
    assert_true(result.agreed);
    r.local = (ikev1_address){0};
    i.local = i.peer = r.peer = (ikev1_address){.family = 6};
    assert_int_equal(ikev1_forecast(&config, &i, &r, &result), IKEV1_OK);
    assert_true(result.agreed);
}

/* ---- as it turns out ---- */

/* Random policies from small pools, so that a good part of them agrees. */
struct lottery {
    struct rng rng;
    ikev1_suite1 suites1[2][3];
    ikev1_suite2 suites2[2][3];
};

static void draw(struct lottery *l, int side, ikev1_rule *rule) {
    static const uint16_t CIPHERS[] = {IKEV1_CIPHER_AES, IKEV1_CIPHER_AES, IKEV1_CIPHER_3DES};
    static const uint16_t BITS[] = {128, 256, 0};
    static const uint16_t GROUPS[] = {IKEV1_GROUP_X25519, IKEV1_GROUP_X25519, IKEV1_GROUP_ECP256};
    static const char *const KEYS[] = {"correct horse battery staple", "another long secret"};
    struct rng *g = &l->rng;
    rule->phase1.suite_count = 2 + rng_below(g, 2);
    rule->phase2.suite_count = 2 + rng_below(g, 2);
    const uint16_t group = GROUPS[rng_below(g, 3)];
    const bool aggressive = rng_below(g, 5) == 0;
    for (size_t i = 0; i < 3; i++) {
        size_t c = rng_below(g, 3);
        l->suites1[side][i] =
            (ikev1_suite1){CIPHERS[c],
                           BITS[c],
                           rng_below(g, 4) ? IKEV1_HASH_SHA2_256 : IKEV1_HASH_SHA1,
                           IKEV1_AUTH_PSK,
                           aggressive ? group : GROUPS[rng_below(g, 3)],
                           {0}};
        l->suites2[side][i] =
            (ikev1_suite2){IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, rng_below(g, 2) ? 128 : 256,
                           rng_below(g, 4) ? IKEV1_INTEG_HMAC_SHA2_256 : IKEV1_INTEG_HMAC_SHA1, 0};
    }
    rule->phase1.suites = l->suites1[side];
    rule->phase2.suites = l->suites2[side];
    rule->phase1.mode = aggressive || (side == 1 && rng_below(g, 2) == 0);
    rule->phase1.life_seconds = 3600 + 60 * rng_below(g, 3);
    rule->phase2.life_seconds = 600 + 60 * rng_below(g, 3);
    rule->phase1.lifetime = (uint8_t)(rng_below(g, 10) % 7 % 4);
    rule->phase2.lifetime = (uint8_t)(rng_below(g, 10) % 7 % 4);
    rule->phase2.pfs_group = rng_below(g, 8) == 0 ? IKEV1_GROUP_X25519 : 0;
    rule->phase2.match = (uint8_t)rng_below(g, 4);
    if (rng_below(g, 10) == 0)
        rule->phase2.remote = street_net(10, side == 0 ? 1 : 2, 0, 25);
    if (rng_below(g, 8) == 0)
        rule->phase1.local_id = fqdn("somebody.example.org");
    if (rng_below(g, 4) == 0)
        rule->phase1.remote_match = IKEV1_MATCH_ANY;
    const char *text = KEYS[rng_below(g, 8) == 0];
    rule->psk = (ikev1_bytes){(const uint8_t *)text, strlen(text)};
}

static void give(struct side *s, const ikev1_rule *rule) {
    const ikev1_path path = s->phase1.path;
    s->phase1 = rule->phase1;
    s->phase2 = rule->phase2;
    s->phase1.rule = s->phase2.rule = PAIR_RULE;
    s->phase1.path = path;
    s->psk = (const char *)rule->psk.data;
    s->config.allow = IKEV1_ALLOW_3DES;
}

static void compare(const ikev1_forecast_result *f, struct side *i) {
    const ikev1_sa_info *info = &side_event(i, IKEV1_EVENT_SA_UP, 0)->info;
    const struct pair_event *up = side_event(i, IKEV1_EVENT_CHILD_UP, 0);
    assert_int_equal(f->exchange, info->exchange);
    assert_int_equal(f->suite1.cipher, info->cipher);
    assert_int_equal(f->suite1.key_bits, info->key_bits);
    assert_int_equal(f->suite1.hash, info->hash);
    assert_int_equal(f->suite1.group, info->group);
    assert_int_equal(f->life1_seconds, info->life_seconds);
    assert_int_equal(f->suites2[0].key_bits, up->ipsec.key_bits);
    assert_int_equal(f->suites2[0].integrity, up->ipsec.integrity);
    assert_int_equal(f->pfs_group, up->ipsec.pfs_group);
    assert_int_equal(f->life2_seconds, up->ipsec.life_seconds);
    assert_memory_equal(&f->local, &up->ipsec.local, sizeof f->local);
    assert_memory_equal(&f->remote, &up->ipsec.remote, sizeof f->remote);
}

/* The host of a pair answers by itself, without a table. */
static bool really(const ikev1_rule *i, const ikev1_rule *r, const ikev1_forecast_result *f) {
    struct pair *p = pair_new(NULL);
    give(&p->i, i);
    give(&p->r, r);
    pair_start(p);
    pair_connect(p);
    pair_run(p);
    const bool sa = side_count(&p->i, IKEV1_EVENT_SA_UP) != 0;
    const bool up = side_count(&p->i, IKEV1_EVENT_CHILD_UP) != 0 &&
                    side_count(&p->r, IKEV1_EVENT_CHILD_UP) != 0;
    assert_int_equal(f->phase1, sa);
    if (up)
        compare(f, &p->i);
    pair_free(p);
    return up;
}

static void test_forecast__random_policies__as_it_turns_out(void **state) { /* mission B4 */
    enum { SEEDS = 300 };
    size_t agreed = 0;
    (void)state;
    struct null_crypto null;
    const ikev1_forecast_config config = config_of(&null);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        static struct lottery l;
        ikev1_rule i, r;
        ikev1_forecast_result f;
        char row[40];
        snprintf(row, sizeof row, "seed %u", (unsigned)seed);
        rng_init(&l.rng, seed);
        two_rules(&r, &i); /* 192.0.2.1 connects 192.0.2.2, as in a pair */
        draw(&l, 0, &i);
        draw(&l, 1, &r);
        ROW_EQUAL(row, ikev1_forecast(&config, &i, &r, &f), IKEV1_OK);
        ROW_EQUAL(row, f.agreed, really(&i, &r, &f));
        ROW_EQUAL(row, f.agreed, f.difference_count == 0);
        ROW_EQUAL(row, f.more, false); /* all of them can be put right */
        agreed += f.agreed;
    }
    assert_true(agreed > SEEDS / 8 && agreed < SEEDS * 7 / 8);
}

/* ---- arguments and memory ---- */

static void test_forecast__memory_fails_at_each_call__nothing_kept(void **state) { /* MEM-01 */
    (void)state;
    struct null_crypto null;
    struct counted memory;
    ikev1_forecast_config config = config_of(&null);
    ikev1_rule i, r;
    ikev1_forecast_result result = {0};
    two_rules(&i, &r);
    counted_init(&memory);
    config.allocator = &memory.allocator;
    for (uint64_t n = 1; !result.agreed; n++) {
        memory.calls = 0;
        memory.fail_at = n;
        int status = ikev1_forecast(&config, &i, &r, &result);
        assert_true(status == IKEV1_OK || status == IKEV1_E_MEMORY);
        assert_int_equal(memory.live, 0);
        assert_int_equal(memory.unwiped, 0);
        assert_true(n < 1000);
    }
}

static void test_forecast__arguments__refused(void **state) { /* MEM-05 */
    (void)state;
    struct null_crypto null;
    ikev1_forecast_config config = config_of(&null);
    ikev1_rule i, r;
    ikev1_forecast_result result;
    two_rules(&i, &r);
    assert_int_equal(ikev1_forecast(&config, &i, &r, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_forecast(&config, NULL, &r, &result), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_forecast(&config, &i, NULL, &result), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_forecast(NULL, &i, &r, &result), IKEV1_E_CONFIG);
    config.crypto = NULL;
    assert_int_equal(ikev1_forecast(&config, &i, &r, &result), IKEV1_E_CONFIG);
    i.size = 8;
    assert_int_equal(ikev1_forecast(&config, &i, &r, &result), IKEV1_E_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forecast__each_difference__named_with_the_side),
        cmocka_unit_test(test_forecast__agreed__choice_and_lines),
        cmocka_unit_test(test_forecast__refused__lines_of_the_refusal_only),
        cmocka_unit_test(test_forecast__little_is_known__the_other_side_tells),
        cmocka_unit_test(test_forecast__random_policies__as_it_turns_out),
        cmocka_unit_test(test_forecast__memory_fails_at_each_call__nothing_kept),
        cmocka_unit_test(test_forecast__arguments__refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
