/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the pairs of a Quick Mode come up. A responder may ask with the commit bit that the
 * initiator waits for its CONNECTED (RFC 2408 3.1). The bit is covered by no hash, and CONNECTED is
 * not sent again when it is lost: the wait is short (HDR-12).
 */
#include "session/life.h"
#include "exchange/run.h"

enum { CONNECT_WAIT = 3000 }; /* ms */

/* Under the message ID of the Quick Mode, which is how the peer knows what it is about. */
static void tell_connected(const struct ike_xchg *x) {
    uint8_t body[32], spi[4];
    const struct ike_member *m = &x->child->first;
    struct ike_writer w = ike_writer(body, sizeof body);
    ike_put_u32(spi, m->spi_in);
    const struct ike_notify n = {.protocol = m->suite.protocol,
                                 .type = IKEV1_NOTIFY_CONNECTED,
                                 .spi = ike_bytes(spi, sizeof spi)};
    ike_notify_encode(&w, &n);
    (void)ike_send_informational(x->sa, x->message_id, IKEV1_PAYLOAD_NOTIFY,
                                 ike_bytes(body, ike_written(&w)));
}

void ike_quick_up(struct ike_xchg *x) {
    for (struct ike_child *c = x->child; c != NULL; c = c->also) {
        if (c->replaces == 0)
            c->replaces = ike_child_replaced_by(c);
        ike_child_up(c);
    }
    if (x->commit && !x->initiator)
        tell_connected(x);
    if (x->initiator) /* its message was the last: it answers if that was lost (RTX-04) */
        ike_xchg_linger(x);
    else
        ike_xchg_free(x);
}

void ike_quick_hold(struct ike_xchg *x) {
    struct ike_context *ctx = x->sa->ctx;
    for (struct ike_child *c = x->child; c != NULL; c = c->also) {
        ike_event(x->sa, c, IKEV1_EVENT_CHILD_INBOUND, c->inbound);
        c->inbound = NULL;
        c->state = IKE_CHILD_INBOUND;
    }
    x->ends_at = ike_after(ctx, CONNECT_WAIT);
    ike_xchg_arm(x);
}

static bool is_held(const struct ike_xchg *x) {
    return x->state == IKE_FINISHED && x->child != NULL;
}

struct ike_xchg *ike_quick_held(const struct ike_sa *sa, uint32_t message_id) {
    struct ike_xchg *x = message_id != 0 ? ike_xchg_find(sa, message_id) : NULL;
    return x != NULL && is_held(x) ? x : NULL;
}

void ike_connected(struct ike_sa *sa, uint32_t message_id, uint32_t spi) {
    for (struct ike_xchg *x = sa->xchgs, *next; x != NULL; x = next) {
        next = x->next;
        if (is_held(x) && (x->message_id == message_id || x->child->first.spi_out == spi))
            ike_quick_up(x);
    }
}
