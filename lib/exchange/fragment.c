/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of ours in pieces.
 */
#include "exchange/fragment.h"
#include "exchange/vendor.h"

enum { HEADS = IKEV1_HEADER_SIZE + 4 + 4 }; /* ISAKMP, generic, fragment */

/* A stranger gets one packet for its packet, whatever it announces; and pieces of a first
 * message would find nothing there to be put together in. */
static bool may_have_several(const struct ike_sa *sa) {
    if (sa->initiator)
        return !ike_no_cookie(sa->rcookie);
    return sa->reached || sa->state != IKE_SA_NEGOTIATING;
}

static bool is_on(const struct ike_sa *sa) {
    if (sa->fragments == IKEV1_FRAGMENTS_FORCE)
        return true;
    return sa->fragments == IKEV1_FRAGMENTS_ON && ike_peer_can(sa, IKE_CAN_FRAGMENTS) &&
           (sa->in_pieces || sa->fragment_size != 0);
}

static size_t most(const struct ike_sa *sa) {
    return sa->fragment_size != 0 ? sa->fragment_size : IKE_FRAGMENT_SIZE;
}

bool ike_goes_in_pieces(const struct ike_sa *sa, size_t len) {
    return len > most(sa) && is_on(sa) && may_have_several(sa) &&
           len <= (most(sa) - HEADS) * IKE_FRAGMENTS_MOST;
}

void ike_fragment_tried(struct ike_sa *sa, unsigned tries) {
    sa->in_pieces |= tries >= IKE_FRAGMENT_AFTER;
}

static int send_piece(struct ike_sa *sa, const struct ike_header *whole, struct ike_fragment *f) {
    struct ike_context *ctx = sa->ctx;
    uint8_t head[IKE_FRAGMENT_MOST];
    struct ike_header h = *whole;
    struct ike_message_writer m;
    h.flags = 0; /* what is in it is encrypted or not, not the fragment */
    ike_message_begin(&m, head, sizeof head, &h);
    ike_payload_begin(&m, IKEV1_PAYLOAD_FRAGMENT);
    ike_fragment_encode(&m.w, f);
    ike_payload_end(&m);
    const size_t len = ike_message_end(&m, 0);
    int r = len != 0 ? ike_send_to(ctx, sa->handle, &sa->path, ike_bytes(head, len), false)
                     : IKEV1_E_OUTPUT;
    if (r == IKEV1_OK)
        ike_log(ctx, IKEV1_LOG_SEND,
                &(struct ike_log_about){.sa = sa, .lone = IKEV1_PAYLOAD_FRAGMENT});
    return r;
}

int ike_send_pieces(struct ike_sa *sa, ikev1_bytes message) {
    const size_t size = most(sa) - HEADS;
    struct ike_header h;
    struct ike_fragment f = {.id = ++sa->fragment_id, .number = 0};
    (void)ike_header_decode(&h, message, NULL); /* it is our own */
    for (size_t at = 0; at < message.len; at += size) {
        const size_t left = message.len - at;
        f.number++;
        f.last = left <= size;
        f.data = ike_bytes(message.data + at, f.last ? left : size);
        int r = send_piece(sa, &h, &f);
        if (r != IKEV1_OK)
            return r;
    }
    return IKEV1_OK;
}
