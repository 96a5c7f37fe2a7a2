/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dead peer detection (RFC 3706). Sequence numbers are compared as such: what is not newer than
 * what came before is old, whatever wraps.
 */
#include <string.h>

#include "exchange/vendor.h"
#include "session/dpd.h"

enum { SAME_MOST = 3 }; /* answers to one number of a peer's (INF-12) */

#define CITE "RFC 3706"

static uint32_t number_of(const struct ike_notify *n) {
    struct ike_reader r = ike_reader(n->data);
    return ike_read_u32(&r);
}

static bool is_newer(uint32_t a, uint32_t than) {
    return (int32_t)(a - than) > 0;
}

int ike_dpd_new(struct ike_sa *sa, const struct ike_profile *profile) {
    struct ike_context *ctx = sa->ctx;
    if (sa->live->dpd != NULL || profile->dpd_seconds == 0 || !ike_peer_can(sa, IKE_CAN_DPD))
        return IKEV1_OK;
    struct ike_dpd *dpd = ike_alloc(&ctx->mem, sizeof *dpd);
    if (dpd == NULL)
        return IKEV1_E_MEMORY;
    int r = ike_random_u32(ctx, &dpd->asked); /* RFC 3706 6.2: a random one to begin with */
    dpd->asked >>= 1;
    dpd->first = dpd->asked + 1;
    dpd->seconds = profile->dpd_seconds;
    dpd->periodic = profile->dpd_periodic;
    dpd->since = ctx->now;
    sa->live->dpd = dpd;
    return r;
}

void ike_dpd_heard(struct ike_sa *sa) {
    struct ike_dpd *dpd = sa->live->dpd;
    if (dpd == NULL)
        return;
    dpd->since = sa->ctx->now;
    dpd->first = dpd->asked + 1;
    dpd->tries = 0;
    dpd->sent = dpd->dead = false;
    ike_sa_arm(sa);
}

void ike_dpd_sent(struct ike_sa *sa) {
    struct ike_dpd *dpd = sa->live != NULL ? sa->live->dpd : NULL;
    if (dpd == NULL || dpd->sent)
        return;
    dpd->sent = true;
    ike_sa_arm(sa);
}

/* ---- time ---- */

ikev1_time ike_dpd_at(const struct ike_sa *sa) {
    const struct ike_dpd *dpd = sa->live->dpd;
    if (dpd == NULL || dpd->seconds == 0 || dpd->dead ||
        (dpd->tries == 0 && !dpd->periodic && !dpd->sent))
        return IKEV1_NEVER;
    const uint64_t wait =
        dpd->tries != 0 ? sa->ctx->timing.dpd_wait : (uint64_t)dpd->seconds * 1000;
    return dpd->since < IKEV1_NEVER - wait ? dpd->since + wait : IKEV1_NEVER;
}

static void tell(struct ike_sa *sa, uint16_t type, uint32_t number) {
    uint8_t data[4];
    ike_put_u32(data, number);
    ike_tell_status(sa, type, ike_bytes(data, sizeof data));
}

/* Nothing ends by itself: the host may know better, as that its own line is down. */
static void give_up(struct ike_sa *sa) {
    ikev1_why why = {.code = IKEV1_E_SILENT,
                     .rule = sa->rule,
                     .exchange = IKEV1_EXCHANGE_INFORMATIONAL,
                     .cite = CITE};
    struct ike_detail *detail = ike_detail_new(sa->ctx, 0);
    if (detail == NULL) { /* the next time will do */
        sa->live->dpd->since = sa->ctx->now;
        return;
    }
    sa->live->dpd->dead = true;
    detail->as.why = why;
    ike_log(sa->ctx, IKEV1_LOG_PEER_DEAD, &(struct ike_log_about){.sa = sa, .why = &why});
    ike_event(sa, NULL, IKEV1_EVENT_PEER_DEAD, detail);
}

void ike_dpd_due(struct ike_sa *sa) {
    struct ike_dpd *dpd = sa->live->dpd;
    if (ike_dpd_at(sa) > sa->ctx->now)
        return;
    if (dpd->tries >= sa->ctx->timing.dpd_tries) {
        give_up(sa);
        return;
    }
    dpd->tries++;
    dpd->since = sa->ctx->now;
    tell(sa, IKEV1_NOTIFY_R_U_THERE, ++dpd->asked);
}

/* ---- in ---- */

/* It names this SA by its cookies; some name others, or none (RFC 3706 5.3). */
static bool is_ours(const struct ike_sa *sa, const struct ike_notify *n) {
    if (n->data.len != 4)
        return false;
    bool exact = n->protocol == IKEV1_PROTO_ISAKMP && n->spi.len == 2 * IKEV1_COOKIE_SIZE &&
                 memcmp(n->spi.data, sa->icookie, IKEV1_COOKIE_SIZE) == 0 &&
                 memcmp(n->spi.data + IKEV1_COOKIE_SIZE, sa->rcookie, IKEV1_COOKIE_SIZE) == 0;
    return exact || ike_quirk(sa, IKEV1_QUIRK_DPD_COOKIES);
}

/* Answered whatever our rule says: it costs nothing to be alive. A number again and again, or one
 * that is older, is somebody who plays with us (INF-12). */
static void asked(struct ike_sa *sa, uint32_t number) {
    struct ike_dpd *dpd = sa->live->dpd;
    if (dpd == NULL) /* once: no memory for it, and the peer asks again */
        dpd = sa->live->dpd = ike_alloc(&sa->ctx->mem, sizeof *dpd);
    if (dpd == NULL)
        return;
    bool same = dpd->same != 0 && number == dpd->peer;
    if (dpd->same != 0 && !same && !is_newer(number, dpd->peer))
        return;
    dpd->same = same ? dpd->same : 0;
    if (dpd->same >= SAME_MOST)
        return;
    dpd->same++;
    dpd->peer = number;
    tell(sa, IKEV1_NOTIFY_R_U_THERE_ACK, number);
}

bool ike_dpd_notified(struct ike_sa *sa, const struct ike_notify *n) {
    const struct ike_dpd *dpd = sa->live->dpd;
    if (n->type != IKEV1_NOTIFY_R_U_THERE && n->type != IKEV1_NOTIFY_R_U_THERE_ACK)
        return false;
    if (!is_ours(sa, n))
        return true;
    const uint32_t number = number_of(n);
    if (n->type == IKEV1_NOTIFY_R_U_THERE) {
        asked(sa, number);
        ike_dpd_heard(sa);
    } else if (dpd != NULL && dpd->seconds != 0 && !is_newer(dpd->first, number) &&
               !is_newer(number, dpd->asked)) {
        ike_dpd_heard(sa); /* only an answer to what is open is one (INF-13) */
    }
    return true;
}
