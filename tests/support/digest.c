/* SPDX-License-Identifier: Apache-2.0 */
#include "digest.h"

static void mix(uint64_t *h, const void *data, size_t len) { /* FNV-1a */
    const uint8_t *bytes = data;
    for (size_t i = 0; i < len; i++)
        *h = (*h ^ bytes[i]) * UINT64_C(0x100000001b3);
}

static void number(uint64_t *h, uint64_t value) {
    mix(h, &value, sizeof value);
}

static void flags(uint64_t *h, const bool *set, size_t count) {
    for (size_t i = 0; i < count; i++)
        number(h, set[i]);
}

static void blob(uint64_t *h, const struct ike_blob *b) {
    number(h, b->len);
    mix(h, b->data, b->len);
}

static void address(uint64_t *h, const ikev1_address *a) {
    number(h, a->family);
    mix(h, a->ip, sizeof a->ip);
    number(h, a->port);
}

static void path(uint64_t *h, const ikev1_path *p) {
    address(h, &p->local);
    address(h, &p->remote);
    number(h, p->encapsulated);
}

static void selector(uint64_t *h, const ikev1_selector *s) {
    number(h, s->family);
    number(h, s->protocol);
    number(h, s->port);
    mix(h, s->start, sizeof s->start);
    mix(h, s->end, sizeof s->end);
}

static void material(uint64_t *h, const struct ike_material *m) {
    static const struct ike_material nothing;
    m = m != NULL ? m : &nothing; /* one that holds nothing yet is as good as none */
    blob(h, &m->ni);
    blob(h, &m->nr);
    blob(h, &m->ke_i);
    blob(h, &m->ke_r);
    blob(h, &m->id_i);
    blob(h, &m->id_r);
    blob(h, &m->secret);
    mix(h, m->seed, sizeof m->seed);
    mix(h, m->skeyid, sizeof m->skeyid);
}

static void profile(uint64_t *h, const struct ike_profile *p) {
    number(h, p != NULL);
    if (p == NULL)
        return;
    mix(h, p->bytes, (size_t)p->local_size + p->remote_size + p->others_size);
    number(h, p->announce);
    number(h, p->life.seconds);
    number(h, p->life.kilobytes);
    number(h, p->lifetime);
    number(h, p->natt_local_port);
    number(h, p->natt_remote_port);
    number(h, p->remote_match);
    number(h, p->natt);
}

static void transaction(uint64_t *h, const struct ike_transaction *t) {
    number(h, t != NULL);
    if (t == NULL)
        return;
    number(h, t->kind);
    number(h, t->identifier);
    blob(h, &t->attrs);
}

static void access_of(uint64_t *h, const struct ike_access *a) {
    number(h, a != NULL);
    if (a == NULL)
        return;
    number(h, ike_timer_at(&a->sa->ctx->timers, &a->timer));
    number(h, a->ends_at);
    number(h, a->xauth);
    number(h, a->type);
    number(h, a->rounds);
    number(h, a->tries);
    number(h, a->config);
    number(h, a->next);
    number(h, a->passed);
    number(h, a->answered);
    number(h, a->leased);
    number(h, a->announced);
    number(h, (uint16_t)a->failed);
    number(h, (uint16_t)a->verdict);
    blob(h, &a->question);
    blob(h, &a->user);
    blob(h, &a->types);
    blob(h, &a->lease);
}

static void exchange(uint64_t *h, const struct ike_xchg *x) {
    const bool is_transaction = x->exchange == IKEV1_EXCHANGE_TRANSACTION;
    transaction(h, is_transaction ? x->transaction : NULL);
    number(h, x->child != NULL ? x->child->handle : 0);
    material(h, x->mat);
    profile(h, is_transaction ? NULL : x->profile);
    number(h, ike_timer_at(&x->sa->ctx->timers, &x->timer));
    number(h, x->ends_at);
    number(h, x->seen);
    blob(h, &x->sent);
    blob(h, &x->sa_i);
    if (x->parked != NULL)
        mix(h, x->parked->datagram, x->parked->len);
    number(h, x->ask);
    number(h, x->message_id);
    number(h, x->wait);
    number(h, x->exchange);
    number(h, x->number);
    number(h, x->state);
    number(h, x->ask_kind);
    number(h, x->tries);
    number(h, x->resends);
    flags(h, (bool[]){x->initiator, x->commit, x->proven}, 3);
    number(h, x->candidate);
    mix(h, x->iv, sizeof x->iv);
}

static void live(uint64_t *h, const struct ike_live *l) {
    uint64_t ids = 0;
    number(h, l != NULL);
    if (l == NULL)
        return;
    mix(h, l->keys, ike_keys_size(l));
    mix(h, l->last_block, sizeof l->last_block);
    blob(h, &l->remote_id);
    for (uint32_t i = 0; i < l->id_room; i++)
        ids += (uint64_t)l->ids[i] * l->ids[i]; /* where they stand depends on the room */
    number(h, ids);
    number(h, l->id_count);
    number(h, l->sealed);
    number(h, l->expires);
    number(h, l->rekey_at);
    flags(h, (bool[]){l->contact, l->confirmed, l->keep, l->replaced, l->renewing}, 5);
    number(h, l->keepalive_at);
    number(h, ike_timer_at(&l->sa->ctx->lifetimes, &l->timer));
}

static void detail(uint64_t *h, const struct ike_detail *d) {
    number(h, d != NULL);
    if (d != NULL)
        mix(h, d->bytes, d->size - sizeof *d);
}

static void child(uint64_t *h, const struct ike_child *c) {
    number(h, c->xchg != NULL ? c->xchg->message_id : 0);
    number(h, c->handle);
    number(h, c->replaces);
    number(h, c->expires);
    flags(h, (bool[]){c->heard, c->worn, c->replaced, c->sure, c->told}, 5);
    detail(h, c->inbound);
    detail(h, c->outbound);
    number(h, ike_timer_at(&c->sa->ctx->lifetimes, &c->timer));
    selector(h, &c->local);
    selector(h, &c->remote);
    number(h, c->rule);
    for (size_t i = 0; i < c->member_count; i++) {
        const struct ike_member *m = ike_member_at(c, i);
        number(h, m->spi_in);
        number(h, m->spi_out);
        number(h, m->place);
        mix(h, &m->suite, sizeof m->suite);
    }
    number(h, c->indexed);
    number(h, c->life_seconds);
    number(h, c->life_kilobytes);
    number(h, c->group);
    number(h, c->match);
    number(h, c->sha256_bits);
    number(h, c->lifetime);
    number(h, c->tell_life);
    number(h, c->replay_window);
    number(h, c->state);
    number(h, c->initiator);
    number(h, c->ids);
}

static void algorithms(uint64_t *h, const struct ike_algs *a) {
    number(h, a->hash != NULL ? a->hash->id : 0);
    number(h, a->prf != NULL ? a->prf->id : 0);
    number(h, a->cipher != NULL ? a->cipher->id : 0);
    number(h, a->group != NULL ? a->group->id : 0);
    number(h, a->key_size);
}

static void association(uint64_t *h, const struct ike_sa *sa) {
    number(h, sa->handle);
    mix(h, sa->icookie, sizeof sa->icookie);
    mix(h, sa->rcookie, sizeof sa->rcookie);
    path(h, &sa->path);
    number(h, sa->rule);
    number(h, sa->life.seconds);
    number(h, sa->life.kilobytes);
    number(h, sa->tell_life);
    algorithms(h, &sa->algs);
    number(h, sa->auth);
    number(h, sa->key_bits);
    number(h, sa->child_count);
    number(h, sa->state);
    number(h, sa->initiator);
    number(h, sa->natt);
    number(h, sa->can);
    number(h, sa->quirks);
    number(h, sa->nat_local);
    number(h, sa->nat_remote);
    number(h, sa->half_open);
    number(h, sa->want_child);
    live(h, sa->live);
    access_of(h, sa->access);
    if (sa->phase1 != NULL)
        exchange(h, sa->phase1);
    for (const struct ike_xchg *x = sa->xchgs; x != NULL; x = x->next)
        exchange(h, x);
    for (const struct ike_child *c = sa->children; c != NULL; c = c->next)
        child(h, c);
}

uint64_t engine_digest(const ikev1_engine *engine) {
    const struct ike_session *s = &engine->s;
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (uint32_t slot = 1; slot <= s->handles.used; slot++) {
        const struct ike_sa *sa = ike_handle_at(&s->handles, IKE_KIND_SA, slot);
        if (sa != NULL)
            association(&h, sa);
    }
    for (const struct ike_ending *e = s->dead; e != NULL; e = e->next)
        number(&h, (uint64_t)e->event << 32 | (uint16_t)e->code);
    number(&h, s->sas);
    number(&h, s->half_open);
    number(&h, s->children);
    number(&h, s->cookies.count);
    number(&h, s->requests.count);
    number(&h, s->rules.count);
    number(&h, s->spis.count);
    number(&h, s->ctx.timers.count);
    number(&h, s->ctx.timers.reserved);
    number(&h, s->ctx.lifetimes.count);
    number(&h, s->ctx.lifetimes.reserved);
    number(&h, s->ctx.events.count);
    number(&h, s->ctx.out.packets.count);
    return h;
}
