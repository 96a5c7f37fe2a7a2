/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration: which release the host knows, bounds, and defaults.
 */
#include <string.h>

#include "api/api.h"

/* What the first release had. Later ones append. */
#define CONFIG_V1 sizeof(ikev1_config)
enum { CONFIG_MAX = 4096, LEAST_MEMORY = 64 };

/* An older host's struct is shorter: what it lacks is 0. A newer host's is longer: what we do not
 * know must be 0. */
static int copy(ikev1_config *out, const ikev1_config *in) {
    const uint8_t *raw = (const uint8_t *)in;
    if (in == NULL || in->size < CONFIG_V1 || in->size > CONFIG_MAX)
        return IKEV1_E_CONFIG;
    for (size_t i = sizeof *out; i < in->size; i++) {
        if (raw[i] != 0)
            return IKEV1_E_CONFIG;
    }
    memset(out, 0, sizeof *out);
    memcpy(out, in, in->size < sizeof *out ? in->size : sizeof *out);
    return IKEV1_OK;
}

struct bound {
    uint16_t offset;
    uint32_t normal, least, most;
};
#define BOUND(group, field, normal, least, most)                                                   \
    { offsetof(ikev1_config, group.field), normal, least, most }

static const struct bound BOUNDS[] = {
    BOUND(limits, sas, 100000, 1, 1u << 28),
    BOUND(limits, half_open, 1000, 1, 1u << 28),
    BOUND(limits, children, 64, 1, 60000),
    BOUND(limits, exchanges, 16, 1, 60000),
    BOUND(limits, message_ids, 16384, 16, 1u << 24),
    BOUND(limits, datagram, 10000, 1024, 65507),
    BOUND(limits, resends, 3, 1, 250),
    BOUND(limits, log_rate, 10, 1, 100000),
    BOUND(limits, psk_min, 8, 1, 256),
    BOUND(limits, half_open_address, 0, 0, 1u << 28),
    BOUND(limits, half_open_prefix, 0, 0, 1u << 28),
    BOUND(limits, memory, 0, 0, UINT32_MAX),
    BOUND(limits, first_rate_address, 0, 0, 1000),
    BOUND(limits, first_rate_prefix, 0, 0, 1000),
    BOUND(limits, auth_failures, 0, 0, 1000),
    BOUND(limits, fragments, 32, 1, 255),
    BOUND(limits, reassemblies, 64, 1, 65535),
    BOUND(limits, sas_peer, 1000, 2, 1u << 28),
    BOUND(limits, xauth_tries, 3, 1, 100),
    BOUND(limits, xauth_rounds, 10, 1, 100),
    BOUND(limits, key_pairs, 64, 1, 1000),
    BOUND(timing, retry_first, 4000, 1, 3600000),
    BOUND(timing, retry_percent, 180, 100, 400),
    BOUND(timing, retry_jitter, 10, 1, 50),
    BOUND(timing, retry_count, 5, 1, 60),
    BOUND(timing, retry_max, 60000, 1, 3600000),
    BOUND(timing, half_open, 30000, 1, 3600000),
    BOUND(timing, linger, 30000, 1, 3600000),
    BOUND(timing, keepalive, 20000, 1000, 3600000),
    BOUND(timing, reassembly, 10000, 1, 3600000),
    BOUND(timing, dpd_wait, 5000, 1, 3600000),
    BOUND(timing, dpd_tries, 5, 1, 100),
    BOUND(timing, rekey_jitter, 50, 1, 100),
    BOUND(timing, overlap, 60000, 1, 3600000),
    BOUND(timing, replaced, 5000, 1, 3600000),
    BOUND(timing, reconnect_first, 5000, 1, 3600000),
    BOUND(timing, reconnect_max, 300000, 1, 3600000),
    BOUND(timing, xauth, 120000, 1, 3600000),
    BOUND(timing, auth_penalty, 60000, 1, 3600000),
};

/* The shares of the whole that one address and one site may take. Few are enough for a few. */
static void settle_shares(ikev1_limits *limits) {
    uint32_t quarter = limits->half_open / 4, half = limits->half_open / 2;
    if (limits->half_open_address == 0)
        limits->half_open_address = quarter > 16 ? quarter : 16;
    if (limits->half_open_prefix == 0)
        limits->half_open_prefix = half > 32 ? half : 32;
}

static int settle_bounds(ikev1_config *c) {
    for (size_t i = 0; i < sizeof BOUNDS / sizeof *BOUNDS; i++) {
        uint32_t value;
        memcpy(&value, (uint8_t *)c + BOUNDS[i].offset, sizeof value);
        if (value == 0)
            value = BOUNDS[i].normal;
        if (value < BOUNDS[i].least || value > BOUNDS[i].most)
            return IKEV1_E_CONFIG;
        memcpy((uint8_t *)c + BOUNDS[i].offset, &value, sizeof value);
    }
    settle_shares(&c->limits);
    return c->limits.memory == 0 || c->limits.memory >= LEAST_MEMORY ? IKEV1_OK : IKEV1_E_CONFIG;
}

static bool crypto_is_whole(const ikev1_crypto *c) {
    return c != NULL && c->size >= sizeof *c && c->open != NULL && c->close != NULL &&
           c->random != NULL && c->equal != NULL && c->wipe != NULL && c->table_hash != NULL &&
           c->hashes != NULL && c->prfs != NULL && c->ciphers != NULL && c->groups != NULL;
}

static bool allocator_is_whole(const ikev1_allocator *a) {
    return a == NULL || (a->alloc != NULL && a->release != NULL);
}

int ike_config_read(ikev1_config *out, const ikev1_config *in) {
    int r = copy(out, in);
    if (r != IKEV1_OK)
        return r;
    if (out->version >> 16 != IKEV1_VERSION_MAJOR || out->version == 0)
        return IKEV1_E_CONFIG;
    if (!crypto_is_whole(out->crypto) || !allocator_is_whole(out->allocator) ||
        out->policy == NULL || out->policy->size != sizeof *out->policy)
        return IKEV1_E_CONFIG;
    if (out->log_level > IKEV1_LEVEL_DETAIL || out->shards > 256 ||
        (out->shards > 1 && out->shard >= out->shards))
        return IKEV1_E_CONFIG;
    if (out->log_level == 0)
        out->log_level = IKEV1_LEVEL_INFO;
    return settle_bounds(out);
}
