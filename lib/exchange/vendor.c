/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What we announce, what the peer does, and whom we recognise.
 */
#include "exchange/natt.h"
#include "exchange/phase1.h"

enum { NAME_SIZE = 96 };

bool ike_peer_can(const struct ike_sa *sa, enum ike_can what) {
    return (sa->can & IKE_CAN_BIT(what)) != 0;
}

uint32_t ike_announced(const struct ike_context *ctx, const ikev1_phase1 *p) {
    uint32_t can = ctx->anonymous ? 0 : IKE_CAN_BIT(IKE_CAN_SELF);
    for (size_t i = 0; i < p->suite_count; i++) {
        if (ike_auth_xauth(p->suites[i].auth, true) || ike_auth_xauth(p->suites[i].auth, false))
            can |= IKE_CAN_BIT(IKE_CAN_XAUTH);
    }
    if (p->fragments == IKEV1_FRAGMENTS_ON || p->fragments == IKEV1_FRAGMENTS_FORCE)
        can |= IKE_CAN_BIT(IKE_CAN_FRAGMENTS);
    if (p->dpd_seconds != 0)
        can |= IKE_CAN_BIT(IKE_CAN_DPD);
    if (p->unity)
        can |= IKE_CAN_BIT(IKE_CAN_UNITY);
    return can | ike_natt_allowed(p);
}

static uint32_t to_say(const struct ike_xchg *x) {
    const struct ike_sa *sa = x->sa;
    const uint32_t ours = x->profile->announce;
    if (x->initiator)
        return ours;
    return (ours & sa->can & ~IKE_CAN_NATT) | (ours & IKE_CAN_BIT(IKE_CAN_SELF)) | ike_natt_bit(sa);
}

/* The best variant of NAT traversal first: some peers take the first that they know. */
void ike_vendors_put(const struct ike_xchg *x, struct ike_message_writer *m) {
    const uint32_t say = to_say(x);
    for (int can = IKE_CAN_NATT_RFC; can >= 0; can--) {
        if (say & IKE_CAN_BIT(can))
            ike_payload_put(m, IKEV1_PAYLOAD_VENDOR, ike_vendor_bytes((uint8_t)can));
    }
    for (int can = IKE_CAN_NATT_RFC + 1; can < IKE_CAN_COUNT; can++) {
        if (say & IKE_CAN_BIT(can))
            ike_payload_put(m, IKEV1_PAYLOAD_VENDOR, ike_vendor_bytes((uint8_t)can));
    }
}

uint32_t ike_vendors_read(const struct ike_chain *chain) {
    const bool asks = chain->counts[IKEV1_PAYLOAD_CERTREQ] != 0;
    uint32_t all = asks ? IKE_CAN_BIT(IKE_CAN_ASK_CERT) : 0;
    for (size_t i = 0; chain->counts[IKEV1_PAYLOAD_VENDOR] != 0 && i < chain->count; i++) {
        if (chain->at[i].type != IKEV1_PAYLOAD_VENDOR)
            continue;
        const uint8_t can = ike_vendor_can(chain->at[i].body);
        all |= can < IKE_CAN_COUNT ? IKE_CAN_BIT(can) : 0;
    }
    return all;
}

static bool is_product(const struct ike_vendor *v) {
    return v->can == IKE_CAN_PRODUCT || v->can == IKE_CAN_SELF || v->can == IKE_CAN_WINDOWS;
}

static void log_fingerprint(const struct ike_xchg *x, const struct ike_received *in) {
    char line[IKEV1_FINGERPRINT];
    if (x->number > 2 || !ike_log_wanted(x->sa->ctx, IKEV1_LOG_FINGERPRINT))
        return;
    struct ike_text t = ike_text(line, sizeof line);
    ike_fingerprint_text(&t, in->header, &in->chain);
    ike_log_xchg(x, IKEV1_LOG_FINGERPRINT, line);
}

void ike_vendors_log(const struct ike_xchg *x, const struct ike_received *in) {
    const struct ike_chain *chain = &in->chain;
    struct ike_vendor v;
    char name[NAME_SIZE];
    log_fingerprint(x, in);
    if (!ike_log_wanted(x->sa->ctx, IKEV1_LOG_PEER))
        return;
    for (size_t i = 0; i < chain->count; i++) {
        if (chain->at[i].type != IKEV1_PAYLOAD_VENDOR || !ike_vendor_find(chain->at[i].body, &v) ||
            !is_product(&v))
            continue;
        struct ike_text t = ike_text(name, sizeof name);
        ike_vendor_text(&t, &v);
        ike_log_xchg(x, IKEV1_LOG_PEER, name);
    }
}

/* ---- habits ---- */

uint32_t ike_quirks_of(const ikev1_phase1 *p) {
    return (IKEV1_QUIRKS_DEFAULT | p->quirks_on) & ~p->quirks_off;
}

bool ike_quirk(const struct ike_sa *sa, uint32_t quirk) {
    if ((sa->quirks & quirk) == 0)
        return false;
    ike_log_sa(sa, IKEV1_LOG_QUIRK, ikev1_quirk_name(quirk));
    return true;
}
