/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine: made, fed, ticked, freed.
 */
#include <string.h>

#include "api/api.h"
#include "exchange/ahead.h"
#include "session/claim.h"
#include "session/life.h"
#include "session/pieces.h"

enum { EVENTS_PER_STEP = 40 }; /* more than one message or timer can queue */
enum { STATS_MAX = 4096 };     /* bytes: no release's struct is larger */

/* ---- life ---- */

static void take_config(struct ike_context *ctx, const ikev1_config *c) {
    ctx->policy = *c->policy;
    ctx->limits = c->limits;
    ctx->timing = c->timing;
    ctx->log = c->log;
    ctx->log_user = c->log_user;
    ctx->log_level = c->log_level;
    ctx->random = c->random;
    ctx->random_user = c->random_user;
    ctx->allow = c->allow;
    ctx->shard = c->shard;
    ctx->shards = c->shards;
    ctx->anonymous = c->anonymous;
    ctx->clear_notify = c->clear_notify;
    ctx->analysis = c->analysis;
}

static void init_tables(struct ike_session *s) {
    struct ike_mem *mem = &s->ctx.mem;
    s->handles.mem = mem;
    ike_timers_init(&s->ctx.timers, mem);
    ike_timers_init(&s->ctx.lifetimes, mem);
    for (int i = 0; i < IKE_TABLES; i++)
        ike_index_init(&s->tables[i], mem);
    ike_tally_init(&s->busy, mem, false);
    for (int i = 0; i < IKE_CROWDS; i++)
        ike_tally_init(&s->crowds[i], mem, true);
    ike_ring_init(&s->ctx.events, mem, sizeof(struct ike_event));
    ike_ring_init(&s->ctx.out.packets, mem, sizeof(struct ike_packet));
}

static ikev1_engine *allocate(const ikev1_config *c) {
    const ikev1_allocator own = c->allocator != NULL ? *c->allocator : (ikev1_allocator){0};
    struct ike_mem mem;
    ike_mem_init(&mem, own.user, own.alloc, own.release, c->crypto->wipe);
    ikev1_engine *e = ike_alloc(&mem, sizeof *e);
    if (e == NULL)
        return NULL;
    e->s.ctx.mem = mem;
    e->s.ctx.mem.most = (size_t)c->limits.memory << 10;
    return e;
}

int ikev1_engine_new(ikev1_engine **out, const ikev1_config *config) {
    ikev1_config c;
    if (out == NULL)
        return IKEV1_E_CONFIG;
    *out = NULL;
    int r = ike_config_read(&c, config);
    if (r != IKEV1_OK)
        return r;
    ikev1_engine *e = allocate(&c);
    if (e == NULL)
        return IKEV1_E_MEMORY;
    struct ike_context *ctx = &e->s.ctx;
    init_tables(&e->s);
    ctx->spi_in_use = ike_spi_in_use;
    ctx->reserve_spis = ike_spis_reserve;
    ctx->release_spis = ike_spis_release;
    ctx->add_child = ike_child_add;
    ctx->drop_child = ike_child_forget;
    ctx->peer_count = ike_peer_count;
    ctx->admits = ike_admits;
    ctx->lease_of = ike_lease_of;
    take_config(ctx, &c);
    ctx->crypto.provider = c.crypto;
    r = c.crypto->open(c.crypto, &ctx->crypto.instance);
    if (r == IKEV1_OK)
        r = ike_random(ctx, ctx->table_key, sizeof ctx->table_key);
    if (r == IKEV1_OK)
        ctx->scratch = ike_alloc(&ctx->mem, 2 * (size_t)ctx->limits.datagram);
    if (r == IKEV1_OK && ctx->scratch == NULL)
        r = IKEV1_E_MEMORY;
    if (r == IKEV1_OK)
        r = ike_rates_init(&e->s);
    if (r != IKEV1_OK) {
        ikev1_engine_free(e);
        return r;
    }
    *out = e;
    return IKEV1_OK;
}

static void free_dead(struct ike_session *s) {
    while (s->dead != NULL) {
        struct ike_ending *ending = s->dead;
        s->dead = ending->next;
        ike_ending_free(s, ending);
    }
}

static void free_objects(struct ike_session *s) {
    for (uint32_t slot = 1; slot <= s->handles.used; slot++) {
        struct ike_sa *sa = ike_handle_at(&s->handles, IKE_KIND_SA, slot);
        ike_again_end(ike_handle_at(&s->handles, IKE_KIND_AGAIN, slot));
        if (sa == NULL)
            continue;
        while (sa->children != NULL)
            ike_child_forget(sa->children);
        ike_sa_forget(sa);
    }
}

static void free_queues(struct ike_context *ctx) {
    struct ike_event *e;
    while ((e = ike_ring_peek(&ctx->events)) != NULL) {
        ike_detail_free(ctx, e->detail);
        ike_ring_pop(&ctx->events);
    }
    ike_ring_free(&ctx->events);
    ike_ring_free(&ctx->out.packets);
    ike_free(&ctx->mem, ctx->out.arena, ctx->out.room);
}

void ikev1_engine_free(ikev1_engine *engine) {
    if (engine == NULL || engine->s.ctx.inside)
        return;
    struct ike_session *s = &engine->s;
    struct ike_context *ctx = &s->ctx;
    free_dead(s);
    free_objects(s);
    ike_forget_pulled(engine);
    ike_ahead_free(ctx);
    ike_free(&ctx->mem, ctx->lease_room, sizeof *ctx->lease_room);
    free_queues(ctx);
    ike_timers_free(&ctx->timers);
    ike_timers_free(&ctx->lifetimes);
    for (int i = 0; i < IKE_TABLES; i++)
        ike_index_free(&s->tables[i]);
    ike_tally_free(&s->busy);
    for (int i = 0; i < IKE_CROWDS; i++)
        ike_tally_free(&s->crowds[i]);
    ike_rates_free(s);
    ike_free(&ctx->mem, s->handles.slots, s->handles.room * sizeof *s->handles.slots);
    ike_free(&ctx->mem, ctx->scratch, 2 * (size_t)ctx->limits.datagram);
    if (ctx->crypto.instance != NULL)
        ctx->crypto.provider->close(ctx->crypto.instance);
    struct ike_mem mem = ctx->mem; /* the engine's own memory is the last to go */
    ike_free(&mem, engine, sizeof *engine);
}

/* ---- entry ---- */

int ike_enter(ikev1_engine *engine, ikev1_time now) {
    if (engine == NULL)
        return IKEV1_E_ARGUMENT;
    struct ike_context *ctx = &engine->s.ctx;
    if (ctx->inside)
        return IKEV1_E_REENTRY;
    if (now > ctx->now)
        ctx->now = now;
    ike_forget_pulled(engine);
    return ike_ring_reserve(&ctx->events, EVENTS_PER_STEP);
}

int ike_enter_anyway(ikev1_engine *engine, ikev1_time now) {
    int r = ike_enter(engine, now);
    return r == IKEV1_E_MEMORY ? IKEV1_OK : r;
}

static struct ike_sa *live(struct ike_sa *sa) {
    return sa != NULL && sa->state != IKE_SA_DEAD ? sa : NULL;
}

struct ike_sa *ike_live_sa(const ikev1_engine *engine, ikev1_handle handle) {
    return live(ike_handle_find(&engine->s.handles, IKE_KIND_SA, handle));
}

struct ike_sa *ike_live_sa_at(const struct ike_session *s, uint32_t slot) {
    return live(ike_handle_at(&s->handles, IKE_KIND_SA, slot));
}

struct ike_child *ike_live_child(const ikev1_engine *engine, ikev1_handle handle) {
    struct ike_child *child = ike_handle_find(&engine->s.handles, IKE_KIND_CHILD, handle);
    return child != NULL && child->state != IKE_CHILD_DEAD ? child : NULL;
}

static int dropped(struct ike_context *ctx, int code, const ikev1_path *path,
                   const struct ike_header *h, ikev1_why *why) {
    ctx->dropped++;
    if (code < 0)
        (void)ike_why_limit(ctx, code, 0, why);
    const int index = ikev1_error_index(why->code);
    if (index >= 0)
        ctx->drops[index]++;
    ike_log(ctx, IKEV1_LOG_DROPPED, &(struct ike_log_about){.path = path, .header = h, .why = why});
    return code == IKEV1_E_MEMORY ? code : IKEV1_DROPPED;
}

int ikev1_engine_input(ikev1_engine *engine, ikev1_time now, const ikev1_path *path,
                       const uint8_t *data, size_t len, ikev1_why *why) {
    ikev1_why unasked;
    struct ike_header h;
    if (engine == NULL || path == NULL || (data == NULL && len != 0))
        return IKEV1_E_ARGUMENT;
    if (why == NULL)
        why = &unasked;
    memset(why, 0, sizeof *why);
    int r = ike_enter(engine, now);
    if (r != IKEV1_OK) {
        why->code = r;
        return r;
    }
    struct ike_context *ctx = &engine->s.ctx;
    ctx->received++;
    if (len > ctx->limits.datagram) { /* HDR-14: unread */
        ike_why_numbers(why, len, ctx->limits.datagram, "bytes");
        return dropped(ctx, IKEV1_E_DATAGRAM, path, NULL, why);
    }
    ikev1_bytes datagram = ike_bytes(data, len);
    r = ike_header_decode(&h, datagram, why);
    if (r != IKEV1_OK)
        return dropped(ctx, r, path, NULL, why);
    r = ike_demux(&engine->s, &h, datagram, path, why);
    return r == IKEV1_OK || r == IKEV1_PENDING ? r : dropped(ctx, r, path, &h, why);
}

static void due(struct ike_timer *timer) {
    if (timer->kind == IKE_TIMER_XCHG)
        ike_xchg_due(IKE_OWNER(struct ike_xchg, timer, timer));
    else if (timer->kind == IKE_TIMER_SA)
        ike_sa_due(IKE_OWNER(struct ike_live, timer, timer)->sa);
    else if (timer->kind == IKE_TIMER_ACCESS)
        ike_access_due(IKE_OWNER(struct ike_access, timer, timer)->sa);
    else if (timer->kind == IKE_TIMER_PIECES)
        ike_pieces_due(timer);
    else if (timer->kind == IKE_TIMER_CHILD)
        ike_child_due(IKE_OWNER(struct ike_child, timer, timer));
    else
        ike_again_due(timer);
}

/* In the order of their times, wherever they stand. */
static struct ike_timer *next_due(struct ike_context *ctx) {
    const bool lasting = ike_timers_next(&ctx->lifetimes) < ike_timers_next(&ctx->timers);
    return ike_timers_due(lasting ? &ctx->lifetimes : &ctx->timers, ctx->now);
}

int ikev1_engine_tick(ikev1_engine *engine, ikev1_time now) {
    int r = ike_enter_anyway(engine, now);
    if (r != IKEV1_OK)
        return r;
    struct ike_context *ctx = &engine->s.ctx;
    struct ike_timer *timer;
    /* Each timer that fires sets itself at least a millisecond ahead, so this ends. */
    while (ike_ring_reserve(&ctx->events, EVENTS_PER_STEP) == IKEV1_OK &&
           (timer = next_due(ctx)) != NULL)
        due(timer);
    return IKEV1_OK;
}

ikev1_time ikev1_engine_deadline(const ikev1_engine *engine) {
    if (engine == NULL)
        return IKEV1_NEVER;
    const ikev1_time running = ike_timers_next(&engine->s.ctx.timers);
    const ikev1_time lasting = ike_timers_next(&engine->s.ctx.lifetimes);
    return running < lasting ? running : lasting;
}

int ikev1_engine_prepare(ikev1_engine *engine, uint16_t group, uint32_t most) {
    int r = ike_enter(engine, 0);
    return r == IKEV1_OK ? ike_ahead_make(&engine->s.ctx, group, most) : r;
}

/* The first release's struct ends with `key_pairs`. A shorter one is filled as far as it goes, what
 * a longer one has beyond that is 0. */
int ikev1_engine_stats(const ikev1_engine *engine, ikev1_stats *stats) {
    if (engine == NULL || stats == NULL || stats->size < sizeof stats->size ||
        stats->size > STATS_MAX)
        return IKEV1_E_ARGUMENT;
    const struct ike_session *s = &engine->s;
    const size_t size = stats->size;
    const ikev1_stats full = {
        .size = size,
        .sas = s->sas,
        .half_open = s->half_open,
        .children = s->children,
        .memory = s->ctx.mem.used,
        .received = s->ctx.received,
        .sent = s->ctx.sent,
        .dropped = s->ctx.dropped,
        .retransmitted = s->ctx.retransmitted,
        .established = s->ctx.established,
        .failed = s->ctx.failed,
        .key_pairs = s->ctx.ahead_count,
    };
    memcpy(stats, &full, size < sizeof full ? size : sizeof full);
    if (size > sizeof full)
        memset((uint8_t *)stats + sizeof full, 0, size - sizeof full);
    return IKEV1_OK;
}

int ikev1_engine_counters(const ikev1_engine *engine, ikev1_counters *counters) {
    if (engine == NULL || counters == NULL || counters->size != sizeof *counters)
        return IKEV1_E_ARGUMENT;
    const struct ike_context *ctx = &engine->s.ctx;
    memcpy(counters->dropped, ctx->drops, sizeof counters->dropped);
    memcpy(counters->refused, ctx->refusals, sizeof counters->refused);
    return IKEV1_OK;
}
