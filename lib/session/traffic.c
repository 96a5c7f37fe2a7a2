/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What passes through pairs, as the host reports it for its kernel. Limits are for one direction,
 * since that is what an SA is; at nine tenths of one it is time for the next pair.
 */
#include "session/life.h"

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/* Without extended numbers the 32 bits of a sequence number must not start over (RFC 2406 3.3.3).
 */
static uint64_t packet_limit(const struct ike_child *c) {
    return c->pace.packets != 0 ? c->pace.packets : c->first.suite.esn != 0 ? 0 : UINT32_MAX;
}

/* 0 = far from it, 1 = nine tenths, 2 = all of it. */
static int worn(uint64_t used, uint64_t limit) {
    if (limit == 0 || used < limit - limit / 10)
        return 0;
    return used < limit ? 1 : 2;
}

static bool is_ours_to_renew(const struct ike_child *c) {
    return c->pace.rekey == IKEV1_REKEY_ALWAYS ||
           (c->pace.rekey == IKEV1_REKEY_OWN && c->initiator);
}

static void note(struct ike_child *c, const ikev1_traffic *total) {
    uint32_t packets =
        (uint32_t)(total->packets_in + total->packets_out + total->bytes_in + total->bytes_out);
    if (packets != c->packets)
        c->used_at = (int32_t)((c->sa->ctx->now - c->up_at) / 1000);
    c->packets = packets;
    if (total->packets_in != 0 || total->bytes_in != 0)
        ike_child_heard(c);
}

void ike_child_traffic(struct ike_child *c, const ikev1_traffic *total) {
    ikev1_why why = {.code = IKEV1_E_EXPIRED, .rule = c->rule};
    int by_bytes =
        worn(larger(total->bytes_in, total->bytes_out), c->life_kilobytes * UINT64_C(1024));
    int by_packets = worn(larger(total->packets_in, total->packets_out), packet_limit(c));
    note(c, total);
    if (by_bytes == 2 || by_packets == 2) {
        ike_child_close(c, &why, true);
        return;
    }
    if ((by_bytes != 0 || by_packets != 0) && !c->worn && !c->replaced && is_ours_to_renew(c)) {
        c->worn = true;
        ike_child_renew_due(c);
        return;
    }
    ike_child_arm(c);
}
