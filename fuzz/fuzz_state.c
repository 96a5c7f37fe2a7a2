/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of exported state, as if every seal were valid (HAX-04): whatever comes under it makes
 * one whole SA or nothing, holds the limits, and what was made writes itself again, lives and ends.
 */
#include "api/api.h"
#include "holds.h"
#include "session/state.h"
#include "support/alloc.h"
#include "support/nullcrypto.h"

enum { SAS = 2, CHILDREN = 4, MESSAGE_IDS = 64, NOW = 1000, LIFE = 100000000 };

static size_t drain(ikev1_engine *ike) {
    ikev1_event event;
    ikev1_packet packet;
    size_t count = 0;
    while (ikev1_engine_next_event(ike, &event))
        count++;
    while (ikev1_engine_next_packet(ike, &packet)) {
    }
    return count;
}

static void check_made(ikev1_engine *ike, const struct ike_sa *sa) {
    uint8_t again[1 << 14];
    struct ike_writer w = ike_writer(again, sizeof again);
    HOLDS(ike_state_room(sa) <= sizeof again);
    ike_state_write(sa, &w);
    HOLDS(!w.bad && ike_written(&w) <= ike_state_room(sa));
    HOLDS(sa->child_count <= CHILDREN && sa->live->id_count < MESSAGE_IDS);
    HOLDS(drain(ike) == sa->child_count + 1u);
}

/* Reads it, and where there was no memory once more. @return whether allocation `fail_at` was
 * reached; 0 = none fails. */
static bool run(const uint8_t *data, size_t size, uint64_t fail_at) {
    static const ikev1_policy policy = IKEV1_POLICY_INIT;
    struct null_crypto null;
    struct counted memory;
    ikev1_engine *ike;
    struct ike_sa *sa;
    null_crypto_init(&null, 1);
    counted_init(&memory);
    ikev1_config config = IKEV1_CONFIG_INIT;
    config.crypto = &null.provider;
    config.policy = &policy;
    config.allocator = &memory.allocator;
    config.limits.sas = SAS;
    config.limits.children = CHILDREN;
    config.limits.message_ids = MESSAGE_IDS;
    HOLDS(ikev1_engine_new(&ike, &config) == IKEV1_OK);
    HOLDS(ikev1_engine_tick(ike, NOW) == IKEV1_OK);
    const ikev1_bytes state = {data, size};
    memory.fail_at = fail_at != 0 ? memory.calls + fail_at : 0;
    int r = ike_state_read(&ike->s, state, 0, &sa);
    memory.fail_at = 0;
    const bool reached = memory.failed != 0;
    HOLDS(!reached || r != IKEV1_OK); /* one whole SA or nothing (MEM-01) */
    HOLDS(r == IKEV1_OK || (ike->s.sas == 0 && ike->s.children == 0));
    if (r == IKEV1_E_MEMORY)
        r = ike_state_read(&ike->s, state, 0, &sa);
    if (r == IKEV1_OK) {
        check_made(ike, sa);
        HOLDS(ike_state_read(&ike->s, state, 0, &sa) != IKEV1_OK);
        ikev1_engine_tick(ike, NOW + LIFE);
        ikev1_delete(ike, NOW + LIFE, IKEV1_ALL);
    }
    drain(ike);
    HOLDS(ike->s.sas == 0 && ike->s.children == 0);
    ikev1_engine_free(ike);
    HOLDS(memory.live == 0 && memory.unwiped == 0 && memory.wrong_length == 0);
    return reached;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    run(data, size, 0);
    for (uint64_t k = 1; run(data, size, k); k++)
        HOLDS(k < 1000);
    return 0;
}
