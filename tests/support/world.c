/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <stdlib.h>
#include <string.h>

void world_hold(struct world *w, const struct station *s, bool condition, const char *rule) {
    if (condition || w->broken != NULL)
        return;
    w->broken = rule;
    w->who = s->name;
}

/* ---- policy ---- */

/* whoever calls in from a callback is told so, and nothing happens. */
static void call_in(struct station *s) {
    struct world *w = s->world;
    ikev1_event event;
    ikev1_packet packet;
    bool refused = ikev1_engine_tick(s->ike, w->now) == IKEV1_E_REENTRY &&
                   ikev1_delete(s->ike, w->now, IKEV1_ALL) == IKEV1_E_REENTRY &&
                   ikev1_connect(s->ike, w->now, WORLD_RULE, NULL) == IKEV1_E_REENTRY &&
                   ikev1_engine_next_event(s->ike, &event) == 0 &&
                   ikev1_engine_next_packet(s->ike, &packet) == 0;
    world_hold(w, s, refused, "a call from a callback is refused");
}

static int asked(struct station *s, const ikev1_question *q, int kind) {
    if (s->ike != NULL)
        call_in(s);
    if (s->refuse & 1u << kind)
        return IKEV1_E_NO_RULE;
    if ((s->later & 1u << kind) == 0)
        return IKEV1_OK;
    if (s->ask_count == WORLD_ASKS) {
        memmove(s->asks, s->asks + 1, sizeof s->asks - sizeof *s->asks);
        s->ask_count--;
    }
    s->asks[s->ask_count++] = (struct world_ask){q->ask, kind};
    return IKEV1_PENDING;
}

static ikev1_id name_of(const char *name) {
    return (ikev1_id){.type = IKEV1_ID_FQDN, .data = (const uint8_t *)name, .len = strlen(name)};
}

static void phase1_of(struct station *s, ikev1_phase1 *p) {
    p->size = sizeof *p;
    p->rule = WORLD_RULE;
    p->path.local = s->address;
    p->path.remote = s->peer;
    p->suites = s->suites1;
    p->suite_count = s->suite_count;
    p->mode = s->aggressive ? IKEV1_MODE_AGGRESSIVE : IKEV1_MODE_MAIN;
    p->natt = s->natt;
    p->life_seconds = s->life_1;
    p->lifetime = s->lifetime;
    p->rekey = s->rekey;
    p->reconnect = s->reconnect;
    p->keep_children = s->keep_children;
    if (s->named) {
        p->local_id = name_of(s->name);
        p->remote_id = name_of(s->name[0] == 'l' ? "right" : "left");
    }
}

static ikev1_bytes psk_of(const struct station *s) {
    return (ikev1_bytes){(const uint8_t *)s->psk, strlen(s->psk)};
}

static void phase2_of(struct station *s, ikev1_phase2 *p) {
    p->size = sizeof *p;
    p->rule = WORLD_RULE;
    p->suites = s->suites2;
    p->suite_count = s->suite_count;
    p->pfs_group = s->pfs_group;
    p->mode = IKEV1_ENCAP_TUNNEL;
    p->local = s->inside;
    p->remote = s->outside;
    p->life_seconds = s->life_2;
    p->lifetime = s->lifetime;
    p->rekey = s->rekey;
}

static int ask_phase1(void *user, const ikev1_question *q, ikev1_phase1 *answer) {
    int r = asked(user, q, IKEV1_QUESTION_PHASE1);
    if (r == IKEV1_OK) {
        phase1_of(user, answer);
        if (((struct station *)user)->access)
            answer->config = q->initiator ? IKEV1_CONFIG_AUTO : IKEV1_CONFIG_PUSH;
    }
    return r;
}

static int ask_xauth_user(void *user, const ikev1_question *q, const ikev1_xauth *request,
                          ikev1_xauth *answer) {
    (void)request;
    answer->user = answer->password = (ikev1_bytes){(const uint8_t *)"u", 1};
    return asked(user, q, IKEV1_QUESTION_XAUTH_USER);
}

static int ask_xauth_verify(void *user, const ikev1_question *q, const ikev1_xauth *reply,
                            ikev1_xauth *next) {
    (void)reply, (void)next;
    return asked(user, q, IKEV1_QUESTION_XAUTH_VERIFY);
}

static int ask_lease(void *user, const ikev1_question *q, const ikev1_lease_request *request,
                     ikev1_lease *answer) {
    (void)request;
    answer->ip4 = (ikev1_address){4, {10, 93, 0, 1}, 0};
    return asked(user, q, IKEV1_QUESTION_LEASE);
}

static int ask_psk(void *user, const ikev1_question *q, ikev1_bytes *answer) {
    int r = asked(user, q, IKEV1_QUESTION_PSK);
    if (r == IKEV1_OK)
        *answer = psk_of(user);
    return r;
}

static int ask_phase2(void *user, const ikev1_question *q, ikev1_phase2 *answer) {
    int r = asked(user, q, IKEV1_QUESTION_PHASE2);
    if (r == IKEV1_OK)
        phase2_of(user, answer);
    return r;
}

static int ask_spi(void *user, const ikev1_question *q, uint8_t protocol, uint32_t *answer) {
    struct station *s = user;
    (void)q, (void)protocol;
    if (s->next_spi == 0)
        return rng_fill(&s->rng, (uint8_t *)answer, sizeof *answer);
    *answer = s->next_spi++;
    return IKEV1_OK;
}

int world_answer(struct world *w, int n, size_t ask, int status) {
    struct station *s = &w->at[n];
    if (ask >= s->ask_count)
        return IKEV1_E_STALE;
    ikev1_answer answer = {.size = sizeof answer, .kind = s->asks[ask].kind, .status = status};
    phase1_of(s, &answer.phase1);
    phase2_of(s, &answer.phase2);
    answer.psk = psk_of(s);
    int r = ikev1_engine_answer(s->ike, w->now, s->asks[ask].ask, &answer);
    world_drain(w, n);
    return r;
}

static void render(void *user, const ikev1_log_event *event) {
    struct station *s = user;
    char line[160];
    size_t len = ikev1_log_format(event, line, sizeof line);
    size_t kept = len < sizeof line ? len : sizeof line - 1;
    world_hold(s->world, s, memchr(line, 0, sizeof line) == line + kept, "a log line is one text");
}

/* ---- ledger ---- */

static struct ledger_entry *find(struct station *s, ikev1_handle handle) {
    for (size_t i = s->entry_count; i-- > 0;)
        if (s->entries[i].handle == handle)
            return &s->entries[i];
    return NULL;
}

static struct ledger_entry *enter(struct station *s, ikev1_handle handle, ikev1_handle sa,
                                  bool child) {
    struct ledger_entry *e = find(s, handle);
    if (e != NULL) {
        world_hold(s->world, s, e->child == child, "a handle keeps its kind");
        return e;
    }
    if (s->entry_count == s->entry_room) {
        s->entry_room = 2 * s->entry_room + 16;
        s->entries = realloc(s->entries, s->entry_room * sizeof *s->entries);
        if (s->entries == NULL)
            abort();
    }
    e = &s->entries[s->entry_count++];
    *e = (struct ledger_entry){.handle = handle, .sa = sa, .child = child};
    return e;
}

static void keep_terms(struct station *s, struct ledger_entry *e, const ikev1_event *event) {
    const uint32_t inbound = e->as_child.spi_in;
    const char *other = view_take_child(&e->as_child, event);
    world_hold(s->world, s, other == NULL, other);
    world_hold(s->world, s, event->ipsec->inbound || event->ipsec->other_spi == inbound,
               "both directions name each other");
}

static bool sa_is_up(struct station *s, ikev1_handle sa) {
    const struct ledger_entry *e = find(s, sa);
    return e != NULL && e->state == LEDGER_UP;
}

static bool has_children(const struct station *s, ikev1_handle sa) {
    for (size_t i = 0; i < s->entry_count; i++)
        if (s->entries[i].child && s->entries[i].sa == sa && s->entries[i].state != LEDGER_ENDED)
            return true;
    return false;
}

static void end_entry(struct station *s, struct ledger_entry *e, const ikev1_event *event,
                      bool was_up) {
    struct world *w = s->world;
    world_hold(w, s, event->why != NULL && event->why->code < 0, "an end has a cause");
    world_hold(w, s, was_up ? e->state == LEDGER_UP : e->state < LEDGER_UP,
               "an end comes once, and fits what was before");
    e->state = LEDGER_ENDED;
    e->code = event->why != NULL ? event->why->code : 0;
    s->ended++;
    s->replaced += e->code == IKEV1_E_REPLACED;
}

/* What is up belongs to the newer one from now on. */
static void adopt(struct station *s, const ikev1_event *event) {
    bool any = false;
    for (size_t i = 0; i < s->entry_count; i++) {
        struct ledger_entry *e = &s->entries[i];
        if (!e->child || e->sa != event->replaces || e->state != LEDGER_UP)
            continue;
        e->sa = event->sa;
        any = true;
    }
    world_hold(s->world, s, any && sa_is_up(s, event->sa), "there was something to take over");
}

static void take_sa_event(struct station *s, const ikev1_event *event) {
    struct world *w = s->world;
    struct ledger_entry *e = enter(s, event->sa, 0, false);
    e->initiator = event->initiator;
    e->path = event->path;
    switch (event->type) {
    case IKEV1_EVENT_SA_UP:
        world_hold(w, s, e->state == LEDGER_BEGUN && event->info != NULL, "an SA comes up once");
        view_take_sa(&e->as_sa, event);
        e->state = LEDGER_UP;
        break;
    case IKEV1_EVENT_SA_FAILED:
        end_entry(s, e, event, false);
        break;
    case IKEV1_EVENT_SA_DOWN:
        world_hold(w, s, !has_children(s, event->sa), "children end before their SA");
        end_entry(s, e, event, true);
        break;
    case IKEV1_EVENT_XAUTH:
        world_hold(w, s, e->state == LEDGER_UP && !e->verified, "XAUTH succeeds once");
        e->verified = true;
        break;
    case IKEV1_EVENT_SA_ADOPTED:
        adopt(s, event);
        break;
    default:
        world_hold(w, s, e->state == LEDGER_UP, "only of an SA that is up there is news");
        break;
    }
}

static void take_child_event(struct station *s, const ikev1_event *event) {
    struct world *w = s->world;
    struct ledger_entry *e = enter(s, event->child, event->sa, true);
    e->initiator = event->initiator;
    world_hold(w, s, sa_is_up(s, event->sa), "a child lives in an SA that is up");
    switch (event->type) {
    case IKEV1_EVENT_CHILD_INBOUND:
        world_hold(w, s, e->state == LEDGER_BEGUN, "inbound is announced once");
        keep_terms(s, e, event);
        e->state = LEDGER_INBOUND;
        e->since = s->world->now;
        break;
    case IKEV1_EVENT_CHILD_UP:
        world_hold(w, s, e->state == LEDGER_INBOUND, "a child comes up once, after inbound");
        keep_terms(s, e, event);
        e->state = LEDGER_UP;
        e->since = s->world->now;
        break;
    case IKEV1_EVENT_CHILD_FAILED:
        end_entry(s, e, event, false);
        break;
    default:
        end_entry(s, e, event, true);
        break;
    }
}

static void check_counters(struct world *w, const struct station *s) {
    ikev1_stats stats = {.size = sizeof stats};
    ikev1_limits limits = s->config.limits;
    if (limits.half_open == 0)
        limits.half_open = 1000;
    world_hold(w, s, ikev1_engine_stats(s->ike, &stats) == IKEV1_OK, "there are counters");
    world_hold(w, s, stats.memory == s->memory.live_bytes, "memory is counted to the byte");
    world_hold(w, s, stats.received == s->delivered && stats.sent == s->packets,
               "every datagram is counted, in and out");
    world_hold(w, s, stats.half_open <= limits.half_open && stats.half_open <= stats.sas,
               "half-open SAs have their limit");
    world_hold(w, s, limits.sas == 0 || stats.sas <= limits.sas, "SAs have their limit");
    world_hold(w, s, s->memory.wrong_length == 0, "memory goes back with its size");
    world_hold(w, s, s->memory.unwiped == 0, "memory goes back wiped");
    world_hold(w, s, stats.sas == 0 || ikev1_engine_deadline(s->ike) != IKEV1_NEVER,
               "an SA has a deadline"); /* */
}

/* ---- packets ---- */

void world_throw(struct world *w, const struct flight *f) {
    if (w->flight_count == WORLD_FLIGHTS)
        return;
    struct flight *to = &w->flights[w->flight_count++];
    *to = *f;
    to->data = malloc(f->len != 0 ? f->len : 1);
    if (to->data == NULL)
        abort();
    if (f->len != 0)
        memcpy(to->data, f->data, f->len);
}

struct flight world_take(struct world *w, size_t i) {
    struct flight f = w->flights[i];
    memmove(&w->flights[i], &w->flights[i + 1], (--w->flight_count - i) * sizeof f);
    return f;
}

static void send_packet(struct world *w, int n, const ikev1_packet *p) {
    struct flight f = {.to = 1 - n, .at = w->now, .len = p->len, .keepalive = p->keepalive};
    f.path = (ikev1_path){p->path.remote, p->path.local, p->path.encapsulated};
    f.data = malloc(p->len);
    if (f.data == NULL)
        abort();
    memcpy(f.data, p->data, p->len);
    if (w->carry == NULL || w->carry(w, &f))
        world_throw(w, &f);
    free(f.data);
}

size_t world_drain(struct world *w, int n) {
    struct station *s = &w->at[n];
    ikev1_event event;
    ikev1_packet packet;
    size_t packets = 0;
    if (s->ike == NULL)
        return 0;
    while (ikev1_engine_next_event(s->ike, &event)) {
        if (event.child != 0)
            take_child_event(s, &event);
        else
            take_sa_event(s, &event);
    }
    while (ikev1_engine_next_packet(s->ike, &packet)) {
        packets++;
        send_packet(w, n, &packet);
    }
    s->packets += packets;
    check_counters(w, s);
    return packets;
}

void world_deliver(struct world *w, int n, const ikev1_path *path, const uint8_t *data,
                   size_t len) {
    struct station *s = &w->at[n];
    ikev1_why why;
    if (s->ike == NULL)
        return;
    world_drain(w, n);
    s->delivered++;
    int r = ikev1_engine_input(s->ike, w->now, path, data, len, &why);
    world_hold(w, s,
               r == IKEV1_OK || r == IKEV1_PENDING || r == IKEV1_DROPPED || r == IKEV1_E_MEMORY,
               "input returns what engine.h says");
    world_hold(w, s, r == IKEV1_OK || r == IKEV1_PENDING || why.code < 0, "a drop has a cause");
    /* R-07; whoever has proved itself may get the next exchange with it. */
    world_hold(w, s, world_drain(w, n) <= (s->access || s->aggressive ? 3u : 1u),
               "one packet in, at most one out");
}

/* ---- life ---- */

void world_init(struct world *w, uint64_t seed) {
    static const ikev1_address ends[] = {{4, {192, 0, 2, 1}, IKEV1_PORT},
                                         {4, {192, 0, 2, 2}, IKEV1_PORT}};
    static const ikev1_selector nets[] = {{4, 0, 0, {10, 1, 0, 0}, {10, 1, 0, 255}},
                                          {4, 0, 0, {10, 2, 0, 0}, {10, 2, 0, 255}}};
    *w = (struct world){0};
    for (int n = 0; n < 2; n++) {
        struct station *s = &w->at[n];
        s->world = w;
        s->name = n == 0 ? "left" : "right";
        null_crypto_init(&s->null, seed + (uint64_t)n);
        rng_init(&s->rng, 2 * seed + (uint64_t)n);
        counted_init(&s->memory);
        s->address = ends[n];
        s->peer = ends[1 - n];
        s->inside = nets[n];
        s->outside = nets[1 - n];
        s->suite_count = 1;
        s->suites1[0] = s->suites1[1] = (ikev1_suite1){
            IKEV1_CIPHER_AES, 128, IKEV1_HASH_SHA2_256, IKEV1_AUTH_PSK, IKEV1_GROUP_X25519, {0}};
        s->suites2[0] = s->suites2[1] =
            (ikev1_suite2){IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 128, IKEV1_INTEG_HMAC_SHA2_256, 0};
        s->psk = "the same on both sides";
        s->policy = (ikev1_policy){.size = sizeof s->policy,
                                   .user = s,
                                   .phase1 = ask_phase1,
                                   .psk = ask_psk,
                                   .phase2 = ask_phase2,
                                   .xauth_user = ask_xauth_user,
                                   .xauth_verify = ask_xauth_verify,
                                   .lease = ask_lease,
                                   .spi = ask_spi};
        s->config = IKEV1_CONFIG_INIT;
        s->config.crypto = &s->null.provider;
        s->config.policy = &s->policy;
        s->config.log = render;
        s->config.log_user = s;
        s->config.log_level = IKEV1_LEVEL_DETAIL;
        s->config.allocator = &s->memory.allocator;
        s->config.random = rng_fill;
        s->config.random_user = &s->rng;
    }
}

void world_stop(struct world *w, int n) {
    struct station *s = &w->at[n];
    ikev1_engine *ike = s->ike;
    s->ike = NULL;
    ikev1_engine_free(ike);
    s->ask_count = 0;
    s->entry_count = 0;
    s->packets = s->delivered = 0;
    world_hold(w, s, s->memory.live == 0 && s->memory.live_bytes == 0, "nothing is left allocated");
    world_hold(w, s, s->memory.unwiped == 0, "what was freed had been wiped");
}

int world_start(struct world *w, int n) {
    world_stop(w, n);
    return ikev1_engine_new(&w->at[n].ike, &w->at[n].config);
}

void world_end(struct world *w) {
    for (int n = 0; n < 2; n++) {
        world_stop(w, n);
        free(w->at[n].entries);
        w->at[n].entries = NULL;
    }
    while (w->flight_count != 0)
        free(world_take(w, 0).data);
}

int world_connect(struct world *w, int n) {
    struct station *s = &w->at[n];
    ikev1_handle sa = 0;
    int r = ikev1_connect(s->ike, w->now, WORLD_RULE, &sa);
    if (r == IKEV1_OK || r == IKEV1_PENDING)
        enter(s, sa, 0, false);
    world_drain(w, n);
    return r;
}

int world_child(struct world *w, int n, ikev1_handle sa) {
    struct station *s = &w->at[n];
    ikev1_handle child = 0;
    int r = ikev1_child(s->ike, w->now, sa, WORLD_RULE, &child);
    if (r == IKEV1_OK || r == IKEV1_PENDING)
        enter(s, child, sa, true);
    world_drain(w, n);
    return r;
}

/* ---- time ---- */

static void tick(struct world *w, int n) {
    struct station *s = &w->at[n];
    if (s->ike == NULL || ikev1_engine_deadline(s->ike) > w->now)
        return;
    ikev1_engine_tick(s->ike, w->now);
    bool starved = s->memory.fail_at != 0;
    world_hold(w, s, starved || ikev1_engine_deadline(s->ike) > w->now, "a tick does what is due");
    world_drain(w, n);
}

static size_t first_flight(const struct world *w) {
    size_t first = 0;
    for (size_t i = 1; i < w->flight_count; i++)
        if (w->flights[i].at < w->flights[first].at)
            first = i;
    return first;
}

void world_run(struct world *w, ikev1_time end) {
    while (w->broken == NULL) {
        ikev1_time next = IKEV1_NEVER;
        size_t first = first_flight(w);
        if (w->flight_count != 0)
            next = w->flights[first].at;
        bool arrives = w->flight_count != 0;
        for (int n = 0; n < 2; n++) {
            ikev1_time at = w->at[n].ike != NULL ? ikev1_engine_deadline(w->at[n].ike) : next;
            arrives = arrives && next <= at;
            next = at < next ? at : next;
        }
        if (next > end)
            break;
        w->now = next > w->now ? next : w->now;
        if (arrives) {
            struct flight f = world_take(w, first);
            if (!f.keepalive)
                world_deliver(w, f.to, &f.path, f.data, f.len);
            free(f.data);
        }
        tick(w, 0);
        tick(w, 1);
        if (w->watch != NULL)
            w->watch(w);
    }
    w->now = end > w->now ? end : w->now;
}

/* ---- what must hold ---- */

static bool same_thing(const struct ledger_entry *a, const struct ledger_entry *b) {
    if (b->state != LEDGER_UP || a->child != b->child)
        return false;
    return a->child ? a->as_child.spi_in == b->as_child.spi_out &&
                          a->as_child.spi_out == b->as_child.spi_in
                    : memcmp(a->as_sa.cookies, b->as_sa.cookies, sizeof a->as_sa.cookies) == 0;
}

static const char *way_differs(const struct ledger_entry *a, const struct ledger_entry *b) {
    const char *other = a->child ? view_child_open_differs(&a->as_child, &b->as_child)
                                 : view_sa_open_differs(&a->as_sa, &b->as_sa);
    return other != NULL ? other : view_path_differs(&a->path, &b->path);
}

void world_check_views(struct world *w) {
    const struct station *l = &w->at[0], *r = &w->at[1];
    for (size_t i = 0; i < l->entry_count; i++) {
        const struct ledger_entry *a = &l->entries[i];
        for (size_t k = 0; a->state == LEDGER_UP && k < r->entry_count; k++) {
            const struct ledger_entry *b = &r->entries[k];
            if (!same_thing(a, b))
                continue;
            const char *other = a->child ? view_child_differs(&a->as_child, &b->as_child)
                                         : view_sa_differs(&a->as_sa, &b->as_sa);
            world_hold(w, l, other == NULL, other);
            other = w->tampered ? NULL : way_differs(a, b);
            world_hold(w, l, other == NULL, other);
        }
    }
}

void world_close(struct world *w, int n) {
    struct station *s = &w->at[n];
    ikev1_stats stats = {.size = sizeof stats};
    if (s->ike == NULL)
        return;
    ikev1_delete(s->ike, w->now, IKEV1_ALL);
    world_drain(w, n);
    for (size_t i = 0; i < s->entry_count; i++)
        world_hold(w, s, s->entries[i].state == LEDGER_ENDED, "what began has ended");
    ikev1_engine_stats(s->ike, &stats);
    world_hold(w, s, stats.sas == 0 && stats.children == 0 && stats.half_open == 0,
               "nothing is left when all was closed");
    world_hold(w, s, ikev1_engine_deadline(s->ike) == IKEV1_NEVER, "nothing has no deadline");
}

size_t world_count(const struct station *s, bool child, uint8_t state) {
    size_t count = 0;
    for (size_t i = 0; i < s->entry_count; i++)
        count += s->entries[i].child == child && s->entries[i].state == state;
    return count;
}
