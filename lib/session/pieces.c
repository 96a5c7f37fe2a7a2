/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Putting fragments together. Nothing in them is authenticated, so that all they can do is to take
 * a buffer of their SA, for a while: who knows the cookies of one can spoil that one message, which
 * its sender sends again. Pieces stand in the buffer as they came and are put in order once.
 */
#include <string.h>

#include "exchange/fragment.h"
#include "exchange/vendor.h"
#include "session/pieces.h"

struct piece {
    uint16_t at, len; /* in `bytes`; len 0 = not there */
};

struct ike_pieces {
    struct ike_sa *sa;
    struct ike_timer timer;
    struct ike_pieces *next, *before; /* the older ones, the newer ones: of all SAs */
    uint32_t used;                    /* of `bytes` */
    uint16_t id;
    uint8_t count, last, highest; /* how many are there; number of the last one, 0 = not seen */
    struct piece piece[IKE_FRAGMENTS_MOST + 1]; /* by number */
    uint8_t bytes[];
};

static size_t size_of(const struct ike_context *ctx) {
    return sizeof(struct ike_pieces) + ctx->limits.datagram;
}

/* ---- their place among all ---- */

static void leave(struct ike_session *s, struct ike_pieces *p) {
    if (p->before != NULL)
        p->before->next = p->next;
    else
        s->newest_pieces = p->next;
    if (p->next != NULL)
        p->next->before = p->before;
    else
        s->oldest_pieces = p->before;
    s->pieces--;
}

static void join(struct ike_session *s, struct ike_pieces *p) {
    p->next = s->newest_pieces;
    if (p->next != NULL)
        p->next->before = p;
    else
        s->oldest_pieces = p;
    s->newest_pieces = p;
    s->pieces++;
}

/* There are few at a time, and most SAs never have any: no SA has a pointer to its own. */
static struct ike_pieces *pieces_of(const struct ike_sa *sa) {
    struct ike_pieces *p = sa->has_pieces ? ike_session(sa)->newest_pieces : NULL;
    while (p != NULL && p->sa != sa)
        p = p->next;
    return p;
}

void ike_pieces_free(struct ike_sa *sa) {
    struct ike_context *ctx = sa->ctx;
    struct ike_pieces *p = pieces_of(sa);
    if (p == NULL)
        return;
    leave(ike_session(sa), p);
    ike_timer_set(&ctx->timers, &p->timer, IKEV1_NEVER);
    ike_timers_release(&ctx->timers, 1);
    ike_free(&ctx->mem, p, size_of(ctx));
    sa->has_pieces = false;
}

/* The oldest set of all makes room for the newest (FRG-06). */
static int begin(struct ike_sa *sa, uint16_t id) {
    struct ike_session *s = ike_session(sa);
    struct ike_context *ctx = sa->ctx;
    if (s->pieces >= ctx->limits.reassemblies)
        ike_pieces_free(s->oldest_pieces->sa);
    if (ike_timers_reserve(&ctx->timers, 1) != IKEV1_OK)
        return IKEV1_E_MEMORY;
    struct ike_pieces *p = ike_alloc(&ctx->mem, size_of(ctx));
    if (p == NULL) {
        ike_timers_release(&ctx->timers, 1);
        return IKEV1_E_MEMORY;
    }
    p->sa = sa;
    p->id = id;
    p->timer.kind = IKE_TIMER_PIECES;
    sa->has_pieces = true;
    join(s, p);
    ike_timer_set(&ctx->timers, &p->timer, ike_after(ctx, ctx->timing.reassembly));
    return IKEV1_OK;
}

void ike_pieces_due(struct ike_timer *timer) {
    ike_pieces_free(IKE_OWNER(struct ike_pieces, timer, timer)->sa);
}

/* ---- one piece ---- */

static int spoilt(struct ike_sa *sa, ikev1_why *why) {
    ike_pieces_free(sa);
    return ike_refuse(why, IKEV1_E_FRAGMENT, IKEV1_PAYLOAD_FRAGMENT, IKEV1_HEADER_SIZE, NULL);
}

/* The same again, as when the whole message is sent again, does nothing; with other content it is
 * not believed (FRG-03). */
static int known(const struct ike_pieces *p, const struct ike_fragment *f, ikev1_why *why) {
    const struct piece *piece = &p->piece[f->number];
    bool same = piece->len == f->data.len && (f->number == p->last) == f->last &&
                memcmp(p->bytes + piece->at, f->data.data, piece->len) == 0;
    return same
               ? IKEV1_PENDING
               : ike_refuse(why, IKEV1_E_FRAGMENT, IKEV1_PAYLOAD_FRAGMENT, IKEV1_HEADER_SIZE, NULL);
}

static bool fits(const struct ike_pieces *p, const struct ike_fragment *f,
                 const ikev1_limits *limits) {
    if (f->number > limits->fragments || f->data.len > limits->datagram - p->used)
        return false;
    if (f->last)
        return p->last == 0 && p->highest < f->number;
    return p->last == 0 || f->number < p->last;
}

static void keep(struct ike_pieces *p, const struct ike_fragment *f) {
    p->piece[f->number] = (struct piece){(uint16_t)p->used, (uint16_t)f->data.len};
    memcpy(p->bytes + p->used, f->data.data, f->data.len);
    p->used += (uint32_t)f->data.len;
    p->count++;
    if (f->number > p->highest)
        p->highest = f->number;
    if (f->last)
        p->last = f->number;
}

static int put_together(struct ike_sa *sa, struct ike_blob *whole) {
    struct ike_pieces *p = pieces_of(sa);
    uint8_t *out = ike_alloc(&sa->ctx->mem, p->used);
    if (out == NULL)
        return IKEV1_E_MEMORY; /* the peer sends it again */
    *whole = (struct ike_blob){out, p->used};
    for (unsigned i = 1; i <= p->last; i++) {
        memcpy(out, p->bytes + p->piece[i].at, p->piece[i].len);
        out += p->piece[i].len;
    }
    ike_pieces_free(sa);
    return IKEV1_OK;
}

/* One that the rule says nothing of may come, since the peer's habit is tolerated (FRG-11). */
static bool are_accepted(const struct ike_sa *sa) {
    if (sa->fragments == IKEV1_FRAGMENTS_OFF)
        return false;
    bool agreed = sa->fragments != IKEV1_FRAGMENTS_ACCEPT && ike_peer_can(sa, IKE_CAN_FRAGMENTS);
    return agreed || ike_quirk(sa, IKEV1_QUIRK_FRAGMENT_UNANNOUNCED);
}

static int read_piece(const struct ike_header *h, ikev1_bytes datagram, struct ike_fragment *f,
                      ikev1_why *why) {
    struct ike_chain chain;
    ikev1_bytes body =
        ike_bytes(datagram.data + IKEV1_HEADER_SIZE, datagram.len - IKEV1_HEADER_SIZE);
    int r = ike_chain_decode(&chain, h->next, body, 0, why); /* it stands alone: FRG-10 */
    return r == IKEV1_OK ? ike_fragment_decode(f, chain.at[0].body, why) : r;
}

int ike_pieces_got(struct ike_sa *sa, const struct ike_header *h, ikev1_bytes datagram,
                   struct ike_blob *whole, ikev1_why *why) {
    const ikev1_limits *limits = &sa->ctx->limits;
    struct ike_fragment f;
    int r = read_piece(h, datagram, &f, why);
    if (r != IKEV1_OK)
        return r;
    if (!are_accepted(sa))
        return ike_refuse(why, IKEV1_E_UNEXPECTED_PAYLOAD, IKEV1_PAYLOAD_FRAGMENT, 16, NULL);
    struct ike_pieces *p = pieces_of(sa);
    if (p != NULL && p->id != f.id) /* of the message before: its sender has begun anew */
        ike_pieces_free(sa);
    r = sa->has_pieces ? IKEV1_OK : begin(sa, f.id);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, 0, 0, NULL);
    p = pieces_of(sa);
    if (f.number <= p->highest && p->piece[f.number].len != 0)
        return known(p, &f, why);
    if (!fits(p, &f, limits)) {
        if (f.number > limits->fragments)
            ike_why_numbers(why, f.number, limits->fragments, "fragments");
        return spoilt(sa, why);
    }
    keep(p, &f);
    ike_log(sa->ctx, IKEV1_LOG_RECV,
            &(struct ike_log_about){.sa = sa, .lone = IKEV1_PAYLOAD_FRAGMENT});
    return p->count == p->last ? put_together(sa, whole) : IKEV1_PENDING;
}
