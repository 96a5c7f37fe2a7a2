/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the host pulls: packets, and events. Of what has ended the event is made here, out of the
 * object itself, so that no lack of memory can keep it from the host.
 */
#include <string.h>

#include "api/api.h"

int ikev1_engine_next_packet(ikev1_engine *engine, ikev1_packet *packet) {
    if (engine == NULL || packet == NULL || engine->s.ctx.inside)
        return 0;
    struct ike_output *out = &engine->s.ctx.out;
    const struct ike_packet *p = ike_ring_peek(&out->packets);
    if (p == NULL)
        return 0;
    *packet = (ikev1_packet){.path = p->path,
                             .data = out->arena + p->offset,
                             .len = p->len,
                             .keepalive = p->keepalive,
                             .sa = p->sa};
    ike_ring_pop(&out->packets);
    return 1;
}

/* The attributes stay where they are until another event is pulled, or something else is done. */
static void show_lease(ikev1_engine *engine, ikev1_event *event, const struct ike_access *a) {
    ike_lease_decode(&engine->decoded, engine->s.ctx.lease_room, ike_blob_bytes(&a->lease));
    event->lease = &engine->decoded;
}

/* An SA stays until its last event, and so does what XAUTH and Mode Config have left in it. */
static void from_access(ikev1_engine *engine, ikev1_event *event) {
    const struct ike_sa *sa = ike_handle_find(&engine->s.handles, IKE_KIND_SA, event->sa);
    if (sa == NULL || sa->access == NULL)
        return;
    const bool imported = event->type == IKEV1_EVENT_SA_IMPORTED;
    if (event->type == IKEV1_EVENT_CONFIG || (imported && sa->access->lease.len != 0))
        show_lease(engine, event, sa->access);
    if (event->type != IKEV1_EVENT_CONFIG && sa->access->user.len != 0)
        event->user = ike_bytes(sa->access->user.data + 4, sa->access->user.len - 4);
}

static void from_queue(ikev1_engine *engine, ikev1_event *event, const struct ike_event *e) {
    struct ike_detail *d = e->detail;
    event->type = e->type;
    event->initiator = e->initiator;
    event->sa = e->sa;
    event->child = e->child;
    event->rule = e->rule;
    event->path = e->path;
    event->replaces = e->replaces;
    engine->pulled = d;
    if (e->type == IKEV1_EVENT_XAUTH || e->type == IKEV1_EVENT_CONFIG ||
        e->type == IKEV1_EVENT_SA_IMPORTED)
        from_access(engine, event);
    if (d == NULL)
        return;
    if (e->type == IKEV1_EVENT_SA_UP || e->type == IKEV1_EVENT_SA_IMPORTED) {
        event->info = &d->as.info;
    } else if (e->type == IKEV1_EVENT_NOTIFY) {
        event->notify = &d->as.notify;
    } else if (e->type == IKEV1_EVENT_CHILD_FAILED || e->type == IKEV1_EVENT_PEER_DEAD) {
        event->why = &d->as.why;
    } else {
        event->ipsec = d->as.ipsec;
        event->ipsec_count = d->count;
    }
}

void ike_ending_free(struct ike_session *s, struct ike_ending *ending) {
    if (ending->why != NULL)
        ike_free(&s->ctx.mem, ending->why, sizeof *ending->why);
    if (ending->child)
        ike_child_free(IKE_OWNER(struct ike_child, ending, ending));
    else
        ike_sa_free(IKE_OWNER(struct ike_sa, ending, ending));
}

void ike_forget_pulled(ikev1_engine *engine) {
    struct ike_context *ctx = &engine->s.ctx;
    ike_detail_free(ctx, engine->pulled);
    engine->pulled = NULL;
    ike_blob_free(&ctx->mem, &engine->lease);
}

static void from_ending(ikev1_engine *engine, ikev1_event *event, struct ike_ending *ending) {
    const struct ike_child *child =
        ending->child ? IKE_OWNER(struct ike_child, ending, ending) : NULL;
    struct ike_sa *sa = child != NULL ? child->sa : IKE_OWNER(struct ike_sa, ending, ending);
    event->type = ending->event;
    event->initiator = child != NULL ? child->initiator : sa->initiator;
    event->sa = sa->handle;
    event->child = child != NULL ? child->handle : 0;
    event->rule = child != NULL ? child->rule : sa->rule;
    event->path = sa->path;
    engine->why = (ikev1_why){.code = ending->code};
    if (ending->why != NULL)
        engine->why = *ending->why;
    event->why = &engine->why;
    if (event->rule == 0) /* a child that was refused before it got a rule: the one that did */
        event->rule = engine->why.rule != 0 ? engine->why.rule : sa->rule;
    if (child == NULL && sa->access != NULL && sa->access->is_free) {
        show_lease(engine, event, sa->access);
        engine->lease = sa->access->lease;
        sa->access->lease = (struct ike_blob){NULL, 0};
    }
    ike_ending_free(&engine->s, ending);
}

int ikev1_engine_next_event(ikev1_engine *engine, ikev1_event *event) {
    if (engine == NULL || event == NULL || engine->s.ctx.inside)
        return 0;
    struct ike_session *s = &engine->s;
    memset(event, 0, sizeof *event);
    event->size = sizeof *event;
    ike_forget_pulled(engine);
    struct ike_event *e = ike_ring_peek(&s->ctx.events);
    if (e != NULL) {
        from_queue(engine, event, e);
        ike_ring_pop(&s->ctx.events);
        return 1;
    }
    struct ike_ending *ending = s->dead;
    if (ending == NULL)
        return 0;
    s->dead = ending->next;
    if (s->dead == NULL)
        s->last_dead = NULL;
    from_ending(engine, event, ending);
    return 1;
}
