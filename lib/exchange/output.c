/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What leaves: packets in one arena that starts over when it has been drained, and events.
 */
#include <string.h>

#include "exchange/fragment.h"

int ike_random(struct ike_context *ctx, uint8_t *out, size_t len) {
    bool inside = ctx->inside;
    ctx->inside = true; /* the source is the host's code */
    int r = ctx->random != NULL ? ctx->random(ctx->random_user, out, len)
                                : ctx->crypto.provider->random(ctx->crypto.instance, out, len);
    ctx->inside = inside;
    if (r == IKEV1_OK)
        return r;
    ctx->mem.wipe(out, len); /* CRY-03: no part of a failed draw is ever used */
    return IKEV1_E_RANDOM;
}

int ike_random_u32(struct ike_context *ctx, uint32_t *out) {
    uint8_t raw[4];
    int r = ike_random(ctx, raw, sizeof raw);
    struct ike_reader reader = ike_reader(ike_bytes(raw, sizeof raw));
    *out = ike_read_u32(&reader);
    return r;
}

enum { ARENA_MOST = 4 << 20 }; /* bytes of packets that wait for the host */

static int arena_reserve(struct ike_context *ctx, size_t len) {
    struct ike_output *out = &ctx->out;
    if (len <= out->room - out->used)
        return IKEV1_OK;
    if (out->used > ARENA_MOST) /* a host that does not drain loses packets, as a full line would */
        return IKEV1_E_MEMORY;
    size_t room = out->room != 0 ? 2 * out->room : 2048;
    while (room - out->used < len)
        room *= 2;
    uint8_t *arena = ike_grow(&ctx->mem, out->arena, out->room, room);
    if (arena == NULL)
        return IKEV1_E_MEMORY;
    out->arena = arena;
    out->room = room;
    return IKEV1_OK;
}

int ike_send_to(struct ike_context *ctx, ikev1_handle sa, const ikev1_path *path,
                ikev1_bytes message, bool keepalive) {
    struct ike_output *out = &ctx->out;
    if (out->packets.count == 0)
        out->used = 0;
    int r = arena_reserve(ctx, message.len);
    if (r == IKEV1_OK)
        r = ike_ring_reserve(&out->packets, 1);
    if (r != IKEV1_OK)
        return r;
    struct ike_packet *p = ike_ring_push(&out->packets);
    *p = (struct ike_packet){.path = *path, .keepalive = keepalive, .sa = sa};
    p->offset = (uint32_t)out->used;
    p->len = (uint32_t)message.len;
    memcpy(out->arena + out->used, message.data, message.len);
    out->used += message.len;
    ctx->sent++;
    return IKEV1_OK;
}

int ike_send(struct ike_sa *sa, ikev1_bytes message) {
    return ike_goes_in_pieces(sa, message.len)
               ? ike_send_pieces(sa, message)
               : ike_send_to(sa->ctx, sa->handle, &sa->path, message, false);
}

struct ike_detail *ike_detail_new(struct ike_context *ctx, size_t extra) {
    size_t size = sizeof(struct ike_detail) + extra;
    struct ike_detail *detail = ike_alloc(&ctx->mem, size);
    if (detail != NULL)
        detail->size = size;
    return detail;
}

void ike_detail_free(struct ike_context *ctx, struct ike_detail *detail) {
    if (detail != NULL)
        ike_free(&ctx->mem, detail, detail->size);
}

void ike_event_replacing(struct ike_sa *sa, const struct ike_child *child, uint16_t type,
                         struct ike_detail *detail, ikev1_handle replaces) {
    struct ike_event *e = ike_ring_push(&sa->ctx->events);
    if (e == NULL) { /* every entry point reserves more than one call can use */
        ike_detail_free(sa->ctx, detail);
        return;
    }
    e->type = type;
    e->sa = sa->handle;
    e->rule = child != NULL ? child->rule : sa->rule;
    e->initiator = child != NULL ? child->initiator : sa->initiator;
    e->child = child != NULL ? child->handle : 0;
    e->path = sa->path;
    e->replaces = replaces;
    e->detail = detail;
}

void ike_event(struct ike_sa *sa, const struct ike_child *child, uint16_t type,
               struct ike_detail *detail) {
    ike_event_replacing(sa, child, type, detail, child != NULL ? child->replaces : 0);
}
