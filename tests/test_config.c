/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration: sizes of older and newer hosts, every bound at its edge and one past it,
 * everything that must be there.
 */
#include "api/api.h"

#include "support/pair.h"

static ikev1_policy policy = IKEV1_POLICY_INIT;
static struct null_crypto null;

static ikev1_config good(void) {
    ikev1_config c = IKEV1_CONFIG_INIT;
    null_crypto_init(&null, 1);
    c.crypto = &null.provider;
    c.policy = &policy;
    return c;
}

static int try_config(const ikev1_config *config) {
    ikev1_engine *engine = (ikev1_engine *)&policy; /* must be set to NULL on failure */
    int r = ikev1_engine_new(&engine, config);
    assert_int_equal(engine == NULL, r != IKEV1_OK);
    ikev1_engine_free(engine);
    return r;
}

/* ---- sizes ---- */

/* A host's struct of `size` bytes on a block of exactly that: what a sanitizer would see. */
static int try_size(size_t size, size_t claimed, int tail) {
    ikev1_config c = good();
    uint8_t *block = malloc(size);
    assert_non_null(block);
    memset(block, 0, size);
    c.size = claimed;
    memcpy(block, &c, size < sizeof c ? size : sizeof c);
    if (tail >= 0 && size > sizeof c)
        block[sizeof c + (size_t)tail] = 1;
    int r = try_config((const ikev1_config *)(const void *)block);
    free(block);
    return r;
}

static void test_config__size__of_each_release(void **state) {
    (void)state;
    const size_t first = sizeof(ikev1_config); /* of release 0.1: append only */
    assert_int_equal(try_size(first, first, -1), IKEV1_OK);
    for (size_t size = sizeof(size_t); size < first; size++)
        assert_int_equal(try_size(size, size, -1), IKEV1_E_CONFIG);
    assert_int_equal(try_size(first, 0, -1), IKEV1_E_CONFIG);
    for (size_t more = 8; more <= 4096 - first; more *= 2) { /* a newer host */
        assert_int_equal(try_size(first + more, first + more, -1), IKEV1_OK);
        assert_int_equal(try_size(first + more, first + more, 0), IKEV1_E_CONFIG);
        assert_int_equal(try_size(first + more, first + more, (int)more - 1), IKEV1_E_CONFIG);
    }
    assert_int_equal(try_size(4096, 4096, -1), IKEV1_OK);
    assert_int_equal(try_size(4104, 4104, -1), IKEV1_E_CONFIG);
}

static void test_config__version__of_this_major_release(void **state) {
    (void)state;
    ikev1_config c = good();
    c.version = 0;
    assert_int_equal(try_config(&c), IKEV1_E_CONFIG);
    c.version = (IKEV1_VERSION_MAJOR + 1u) << 16 | 1;
    assert_int_equal(try_config(&c), IKEV1_E_CONFIG);
    c.version = IKEV1_VERSION + 0x100; /* a newer minor one */
    assert_int_equal(try_config(&c), IKEV1_OK);
}

/* ---- bounds ---- */

static const struct {
    const char *name;
    size_t offset;
    uint32_t least, most;
} BOUNDS[] = {
#define BOUND(group, field, least, most)                                                           \
    { #field, offsetof(ikev1_config, group.field), least, most }
    BOUND(limits, sas, 1, 1u << 28),
    BOUND(limits, half_open, 1, 1u << 28),
    BOUND(limits, children, 1, 60000),
    BOUND(limits, exchanges, 1, 60000),
    BOUND(limits, message_ids, 16, 1u << 24),
    BOUND(limits, datagram, 1024, 65507),
    BOUND(limits, resends, 1, 250),
    BOUND(limits, log_rate, 1, 100000),
    BOUND(timing, retry_first, 1, 3600000),
    BOUND(timing, retry_percent, 100, 400),
    BOUND(timing, retry_jitter, 1, 50),
    BOUND(timing, retry_count, 1, 60),
    BOUND(timing, retry_max, 1, 3600000),
    BOUND(timing, half_open, 1, 3600000),
    BOUND(timing, linger, 1, 3600000),
    BOUND(timing, keepalive, 1000, 3600000),
    BOUND(limits, psk_min, 1, 256),
    BOUND(limits, half_open_address, 1, 1u << 28),
    BOUND(limits, half_open_prefix, 1, 1u << 28),
    BOUND(limits, key_pairs, 1, 1000),
};

static int with_value(size_t offset, uint32_t value) {
    ikev1_config c = good();
    memcpy((uint8_t *)&c + offset, &value, sizeof value);
    return try_config(&c);
}

static void test_config__bounds__edge_and_one_past(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(BOUNDS); i++) {
        const char *row = BOUNDS[i].name;
        ROW_EQUAL(row, with_value(BOUNDS[i].offset, 0), IKEV1_OK); /* the default */
        ROW_EQUAL(row, with_value(BOUNDS[i].offset, BOUNDS[i].least), IKEV1_OK);
        ROW_EQUAL(row, with_value(BOUNDS[i].offset, BOUNDS[i].most), IKEV1_OK);
        ROW_EQUAL(row, with_value(BOUNDS[i].offset, BOUNDS[i].most + 1), IKEV1_E_CONFIG);
        ROW_EQUAL(row, with_value(BOUNDS[i].offset, UINT32_MAX), IKEV1_E_CONFIG);
        if (BOUNDS[i].least > 1)
            ROW_EQUAL(row, with_value(BOUNDS[i].offset, BOUNDS[i].least - 1), IKEV1_E_CONFIG);
    }
}

static void test_config__defaults__as_documented(void **state) {
    ikev1_config c = good(), out;
    (void)state;
    assert_int_equal(ike_config_read(&out, &c), IKEV1_OK);
    assert_int_equal(out.log_level, IKEV1_LEVEL_INFO);
    assert_int_equal(out.limits.sas, 100000);
    assert_int_equal(out.limits.half_open, 1000);
    assert_int_equal(out.limits.children, 64);
    assert_int_equal(out.limits.exchanges, 16);
    assert_int_equal(out.limits.message_ids, 16384);
    assert_int_equal(out.limits.datagram, 10000);
    assert_int_equal(out.limits.resends, 3);
    assert_int_equal(out.limits.log_rate, 10);
    assert_int_equal(out.limits.psk_min, 8);
    assert_int_equal(out.limits.half_open_address, 250);
    assert_int_equal(out.limits.half_open_prefix, 500);
    assert_int_equal(out.limits.key_pairs, 64);
    assert_int_equal(out.timing.retry_first, 4000);
    assert_int_equal(out.timing.retry_percent, 180);
    assert_int_equal(out.timing.retry_jitter, 10);
    assert_int_equal(out.timing.retry_count, 5);
    assert_int_equal(out.timing.retry_max, 60000);
    assert_int_equal(out.timing.half_open, 30000);
    assert_int_equal(out.timing.linger, 30000);
    assert_int_equal(out.timing.keepalive, 20000);
}

/* ---- what must be there ---- */

static void no_crypto(ikev1_config *c) {
    c->crypto = NULL;
}
static void no_policy(ikev1_config *c) {
    c->policy = NULL;
}
static void other_policy(ikev1_config *c) {
    static const ikev1_policy wrong = {.size = sizeof wrong + 8};
    c->policy = &wrong;
}
static void half_allocator(ikev1_config *c) {
    static struct counted memory;
    counted_init(&memory);
    memory.allocator.release = NULL;
    c->allocator = &memory.allocator;
}
static void old_crypto(ikev1_config *c) {
    null.provider.size--;
    c->crypto = &null.provider;
}
static void no_random(ikev1_config *c) {
    null.provider.random = NULL;
    c->crypto = &null.provider;
}
static void no_groups(ikev1_config *c) {
    null.provider.groups = NULL;
    c->crypto = &null.provider;
}
static void no_wipe(ikev1_config *c) {
    null.provider.wipe = NULL;
    c->crypto = &null.provider;
}
static void unknown_level(ikev1_config *c) {
    c->log_level = IKEV1_LEVEL_DETAIL + 1;
}
static void shard_beyond(ikev1_config *c) {
    c->shards = 4;
    c->shard = 4;
}
static void many_shards(ikev1_config *c) {
    c->shards = 257;
}

static const struct {
    const char *name;
    void (*spoil)(ikev1_config *c);
} BAD[] = {
    {"no crypto", no_crypto},
    {"no policy", no_policy},
    {"policy of another size", other_policy},
    {"alloc without release", half_allocator},
    {"provider of an older size", old_crypto},
    {"provider without random", no_random},
    {"provider without groups", no_groups},
    {"provider without wipe", no_wipe},
    {"log level", unknown_level},
    {"shard beyond shards", shard_beyond},
    {"too many shards", many_shards},
};

static void test_config__not_usable__refused(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(BAD); i++) {
        ikev1_config c = good();
        BAD[i].spoil(&c);
        ROW_EQUAL(BAD[i].name, try_config(&c), IKEV1_E_CONFIG);
    }
    assert_int_equal(try_config(NULL), IKEV1_E_CONFIG);
    ikev1_config c = good();
    assert_int_equal(ikev1_engine_new(NULL, &c), IKEV1_E_CONFIG);
    assert_int_equal(try_config(&c), IKEV1_OK);
}

static void test_config__shard__first_and_last(void **state) {
    (void)state;
    ikev1_config c = good();
    c.shards = 256;
    c.shard = 255;
    assert_int_equal(try_config(&c), IKEV1_OK);
    c.shards = 1;
    c.shard = 0;
    assert_int_equal(try_config(&c), IKEV1_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config__size__of_each_release),
        cmocka_unit_test(test_config__version__of_this_major_release),
        cmocka_unit_test(test_config__bounds__edge_and_one_past),
        cmocka_unit_test(test_config__defaults__as_documented),
        cmocka_unit_test(test_config__not_usable__refused),
        cmocka_unit_test(test_config__shard__first_and_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
