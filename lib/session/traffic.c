/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What passes through pairs, as the host reports it for its kernel. Limits are for one direction,
 * since that is what an SA is; at nine tenths of one it is time for the next pair.
 */
#include "session/life.h"
#include "session/dpd.h"

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

/* In its upper half what has come, in its lower half what has gone: the low bits, which show
 * whether there was any. */
static uint32_t counted(const ikev1_traffic *total) {
    const uint32_t in = (uint32_t)(total->packets_in + total->bytes_in) & 0xffff;
    return in << 16 | ((uint32_t)(total->packets_out + total->bytes_out) & 0xffff);
}

static void note(struct ike_child *c, const ikev1_traffic *total) {
    const uint32_t packets = counted(total), changed = packets ^ c->packets;
    if (changed != 0)
        c->used_at = (int32_t)((c->sa->ctx->now - c->up_at) / 1000);
    c->packets = packets;
    if ((changed & 0xffff) != 0)
        ike_dpd_sent(c->sa);
    if (changed >> 16 != 0 && c->sa->live != NULL)
        ike_dpd_heard(c->sa);
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
