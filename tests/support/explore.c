/* SPDX-License-Identifier: Apache-2.0 */
#include "explore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"

#define SECOND UINT64_C(1000)

static uint64_t mix(uint64_t h, const void *data, size_t len) { /* FNV-1a */
    const uint8_t *at = data;
    for (size_t i = 0; i < len; i++)
        h = (h ^ at[i]) * UINT64_C(0x100000001b3);
    return h;
}

static void *room(size_t len) {
    void *p = calloc(1, len);
    if (p == NULL)
        abort();
    return p;
}

/* ---- what was sent ---- */

static bool same_sent(const struct explored *x, const struct sent *s, const struct flight *f) {
    return s->to == f->to && s->len == f->len && memcmp(x->bytes + s->at, f->data, f->len) == 0 &&
           view_path_differs(&s->path, &(ikev1_path){f->path.remote, f->path.local,
                                                     f->path.encapsulated}) == NULL;
}

/* The attacker's hands: nothing arrives but by a choice. */
static bool keep(struct world *w, struct flight *f) {
    struct explored *x = (struct explored *)w;
    for (size_t i = 0; i < x->sent_count; i++)
        if (same_sent(x, &x->sent[i], f))
            return false;
    const bool fits = x->sent_count < EXPLORE_SENT && f->len <= sizeof x->bytes - x->byte_count;
    world_hold(w, &w->at[1 - f->to], fits, "few different datagrams are sent");
    if (!fits || f->keepalive)
        return false;
    struct sent *s = &x->sent[x->sent_count++];
    *s = (struct sent){(uint8_t)f->to, f->path, x->byte_count, (uint16_t)f->len};
    memcpy(x->bytes + s->at, f->data, f->len);
    x->byte_count = (uint16_t)(x->byte_count + f->len);
    static const uint8_t none[8];
    x->firsts = (uint16_t)(x->firsts + (memcmp(f->data + 8, none, 8) == 0));
    return false;
}

static bool lose(struct world *w, struct flight *f) {
    (void)w, (void)f;
    return false;
}

static bool pass(struct world *w, struct flight *f) {
    f->at = w->now + 10;
    return true;
}

void explore_run(struct explored *x, ikev1_time ms, bool honest) {
    x->w.carry = honest ? pass : lose;
    world_run(&x->w, x->w.now + ms);
}

/* ---- what was said ---- */

static struct fact *fact_of(struct explored *x, int n, const struct ledger_entry *e) {
    for (size_t i = 0; i < x->fact_count; i++) {
        struct fact *f = &x->facts[i];
        if (f->station == n && f->handle == e->handle && f->lost == x->left.lose[n])
            return f;
    }
    world_hold(&x->w, &x->w.at[n], x->fact_count < EXPLORE_FACTS, "few things come up");
    struct fact *f = &x->facts[x->fact_count];
    x->fact_count = (uint16_t)(x->fact_count + (x->fact_count < EXPLORE_FACTS - 1));
    *f = (struct fact){
        .station = (uint8_t)n, .lost = x->left.lose[n], .child = e->child, .handle = e->handle};
    return f;
}

static void note(struct explored *x) {
    for (int n = 0; n < 2; n++) {
        const struct station *s = &x->w.at[n];
        for (size_t i = 0; i < s->entry_count; i++) {
            const struct ledger_entry *e = &s->entries[i];
            if (e->state != LEDGER_INBOUND && e->state != LEDGER_UP)
                continue;
            struct fact *f = fact_of(x, n, e);
            if (f->state >= e->state)
                continue;
            f->state = e->state;
            if (e->child)
                f->pair = e->as_child;
            else
                f->sa = e->as_sa;
        }
        if (s->memory.live_bytes > x->most_memory)
            x->most_memory = s->memory.live_bytes;
    }
}

/* ---- choices ---- */

/* A bit of the initiator's cookie, and of seven places between header and end. */
enum { PLACES = 8 };
static size_t place(const struct sent *s, uint8_t where) {
    const size_t body = s->len - (size_t)IKEV1_HEADER_SIZE;
    return where == 0 ? 3 : IKEV1_HEADER_SIZE + body * (2u * where - 1) / (2 * PLACES - 2);
}

static void arrive(struct explored *x, struct choice c) {
    const struct sent *s = &x->sent[c.which];
    const ikev1_path back = {s->path.remote, s->path.local, s->path.encapsulated};
    uint8_t *copy = room(s->len); /* of exactly its size: a sanitizer sees what is read beyond */
    memcpy(copy, x->bytes + s->at, s->len);
    if (c.what == SPOIL)
        copy[place(s, c.where)] ^= 0x10;
    if (c.what == REFLECT)
        world_deliver(&x->w, 1 - s->to, &back, copy, s->len);
    else
        world_deliver(&x->w, s->to, &s->path, copy, s->len);
    free(copy);
}

static ikev1_time deadline(const struct explored *x) {
    ikev1_time first = IKEV1_NEVER;
    for (int n = 0; n < 2; n++) {
        const ikev1_time at = ikev1_engine_deadline(x->w.at[n].ike);
        first = at < first ? at : first;
    }
    return first;
}

static const struct ledger_entry *newest_pair(const struct station *s) {
    for (size_t i = s->entry_count; i-- > 0;)
        if (s->entries[i].child && s->entries[i].state == LEDGER_UP)
            return &s->entries[i];
    return NULL;
}

static uint8_t *budget_of(struct budget *b, struct choice c) {
    switch (c.what) {
    case DELIVER:
        return NULL;
    case REFLECT:
        return &b->reflect;
    case WAIT:
        return &b->wait;
    case CONNECT:
        return &b->connect[c.which];
    case LOSE:
        return &b->lose[c.which];
    case REMOVE:
        return &b->remove[c.which];
    case RENEW:
        return &b->renew[c.which];
    default:
        return &b->spoil;
    }
}

static bool is_open(struct explored *x, struct choice c) {
    const uint8_t *left = budget_of(&x->left, c);
    if (left != NULL && *left == 0)
        return false;
    return c.what != WAIT || deadline(x) != IKEV1_NEVER;
}

/* Every choice there is, one after another; false = no more. */
static bool next_choice(const struct explored *x, struct choice *c) {
    if (c->what == SPOIL && ++c->where < PLACES)
        return true;
    c->where = 0;
    const size_t most = c->what < WAIT ? x->sent_count : c->what == WAIT ? 1 : 2;
    if (c->which + 1u < most) {
        c->which++;
        return true;
    }
    c->which = 0;
    do
        c->what++;
    while (c->what < WAIT && x->sent_count == 0);
    return c->what <= RENEW;
}

static void choose(struct explored *x, struct choice c) {
    struct station *s = &x->w.at[c.which & 1];
    const struct ledger_entry *e;
    uint8_t *left = budget_of(&x->left, c);
    if (left != NULL)
        --*left;
    x->w.tampered |= c.what == SPOIL;
    switch (c.what) {
    case WAIT:
        world_run(&x->w, deadline(x));
        break;
    case CONNECT:
        world_connect(&x->w, c.which);
        break;
    case LOSE:
        world_hold(&x->w, s, world_start(&x->w, c.which) == IKEV1_OK, "an engine starts again");
        break;
    case REMOVE:
        ikev1_delete(s->ike, x->w.now, IKEV1_ALL);
        world_drain(&x->w, c.which);
        break;
    case RENEW:
        e = newest_pair(s);
        if (e != NULL)
            ikev1_rekey(s->ike, x->w.now, e->handle);
        world_drain(&x->w, c.which);
        break;
    default:
        arrive(x, c);
        break;
    }
    note(x);
}

/* ---- the digest ---- */

/* Order does not count in what he has and in what was said: sums. */
static uint64_t digest(const struct explored *x) {
    uint64_t h = UINT64_C(0xcbf29ce484222325), sum = 0;
    for (int n = 0; n < 2; n++) {
        const struct station *s = &x->w.at[n];
        const uint64_t part[] = {engine_digest(s->ike), s->rng.state};
        h = mix(h, part, sizeof part);
    }
    h = mix(h, &x->w.now, sizeof x->w.now);
    for (size_t i = 0; i < x->sent_count; i++)
        sum += mix(x->sent[i].to, x->bytes + x->sent[i].at, x->sent[i].len);
    for (size_t i = 0; i < x->fact_count; i++) {
        const struct fact *f = &x->facts[i];
        const uint64_t part[] = {f->station, f->lost, f->handle, f->state};
        sum += mix(1, part, sizeof part);
    }
    return mix(h, &sum, sizeof sum);
}

static uint64_t with_budget(uint64_t h, const struct explored *x) {
    return mix(h, &x->left, sizeof x->left);
}

/* ---- copies ---- */

struct copy {
    uint8_t *bytes;
    size_t room;
};

static void save(struct copy *c, const struct explored *x) {
    const size_t head = offsetof(struct explored, heap);
    const size_t len[2] = {arena_span(&x->heap[0]), arena_span(&x->heap[1])};
    if (c->room < head + len[0] + len[1]) {
        free(c->bytes);
        c->bytes = room(c->room = head + len[0] + len[1] + 16384);
    }
    memcpy(c->bytes, x, head);
    memcpy(c->bytes + head, &x->heap[0], len[0]);
    memcpy(c->bytes + head + len[0], &x->heap[1], len[1]);
}

static void load(struct explored *x, const struct copy *c) {
    const size_t head = offsetof(struct explored, heap);
    const uint8_t *at = c->bytes + head;
    while (x->w.flight_count != 0)
        free(world_take(&x->w, 0).data); /* of a check; no copy has any */
    memcpy(x, c->bytes, head);
    for (int n = 0; n < 2; n++) {
        struct arena first;
        memcpy(&first, at, offsetof(struct arena, bytes));
        memcpy(&x->heap[n], at, arena_span(&first));
        at += arena_span(&first);
    }
}

/* ---- the beginning ---- */

static int open_nothing(const ikev1_crypto *self, void **instance) {
    static char nothing;
    (void)self;
    *instance = &nothing; /* only its random would need one, and the engine has its own */
    return IKEV1_OK;
}

static void close_nothing(void *instance) {
    (void)instance;
}

static void begin(struct explored *x, const struct story *story) {
    world_init(&x->w, 7);
    x->story = story;
    x->left = story->budget;
    x->w.carry = keep;
    for (int n = 0; n < 2; n++) {
        struct station *s = &x->w.at[n];
        arena_init(&x->heap[n]);
        s->memory.from = &x->heap[n].allocator;
        s->entries = x->entries[n];
        s->entry_room = EXPLORE_ENTRIES;
        s->null.provider.open = open_nothing;
        s->null.provider.close = close_nothing;
        s->config.log = NULL;
        s->config.limits.datagram = 2048;
        s->config.limits.resends = 1;
        s->config.timing.retry_count = 2;
        s->aggressive = story->aggressive;
        s->access = story->access;
        if (story->stranger && n == 0)
            s->psk = "what the left one thinks it is";
        if (story->access) {
            s->config.allow = IKEV1_ALLOW_XAUTH_PSK;
            s->suites1[0].auth = IKEV1_AUTH_XAUTH_INIT_PSK;
        }
        world_hold(&x->w, s, world_start(&x->w, n) == IKEV1_OK, "an engine starts");
    }
    if (!story->up)
        return;
    world_connect(&x->w, 0);
    for (size_t i = 0; i < x->sent_count; i++)
        arrive(x, (struct choice){DELIVER, (uint8_t)i, 0});
    note(x);
    for (int n = 0; n < 2; n++)
        world_hold(&x->w, &x->w.at[n], world_count(&x->w.at[n], true, LEDGER_UP) == 1,
                   "an honest network brings a pair up");
}

static void end(struct explored *x) {
    for (int n = 0; n < 2; n++) {
        world_stop(&x->w, n);
        x->w.at[n].entries = NULL; /* not its own */
    }
    world_end(&x->w);
}

/* ---- the search ---- */

struct node {
    uint32_t parent;
    struct choice choice;
    uint8_t depth;
};

struct search {
    struct explored *x;
    struct node *nodes;
    size_t count, most;
    uint64_t *seen; /* open addressing; 0 = free */
    size_t places;
    struct copy stack[EXPLORE_DEPTH + 1]; /* of the states on the way to `on_stack` */
    uint32_t on_stack[EXPLORE_DEPTH + 1];
    void (*const *checks)(struct explored *x);
};

/* False = it was there. */
static bool enter(struct search *s, uint64_t digest) {
    digest += digest == 0;
    size_t at = (size_t)digest & (s->places - 1);
    while (s->seen[at] != 0 && s->seen[at] != digest)
        at = (at + 1) & (s->places - 1);
    const bool fresh = s->seen[at] == 0;
    s->seen[at] = digest;
    return fresh;
}

static void way_to(const struct search *s, uint32_t node, uint32_t *way) {
    for (size_t d = s->nodes[node].depth; d > 0; d--, node = s->nodes[node].parent)
        way[d] = node;
    way[0] = 0;
}

/* Leaves the state of a node in x and on the stack. Neighbours share most of their way. */
static void go_to(struct search *s, uint32_t node) {
    uint32_t way[EXPLORE_DEPTH + 1];
    const size_t depth = s->nodes[node].depth;
    size_t d = 0;
    way_to(s, node, way);
    while (d < depth && s->on_stack[d + 1] == way[d + 1])
        d++;
    load(s->x, &s->stack[d]);
    while (d < depth) {
        d++;
        choose(s->x, s->nodes[way[d]].choice);
        save(&s->stack[d], s->x);
        s->on_stack[d] = way[d];
    }
    for (d++; d <= EXPLORE_DEPTH; d++)
        s->on_stack[d] = UINT32_MAX;
}

static bool report(const struct search *s, uint32_t node, const struct choice *last,
                   struct found *found) {
    uint32_t way[EXPLORE_DEPTH + 1];
    if (s->x->w.broken == NULL)
        return false;
    found->broken = s->x->w.broken;
    found->who = s->x->w.who;
    way_to(s, node, way);
    for (size_t d = 1; d <= s->nodes[node].depth; d++)
        found->path[found->length++] = s->nodes[way[d]].choice;
    if (last != NULL)
        found->path[found->length++] = *last;
    return true;
}

static bool check(struct search *s, const struct copy *here) {
    for (size_t i = 0; s->checks[i] != NULL && s->x->w.broken == NULL; i++) {
        s->checks[i](s->x);
        if (s->x->w.broken == NULL)
            load(s->x, here);
    }
    return s->x->w.broken == NULL;
}

/* All that can happen next to a node. False = a rule is broken. */
static bool expand(struct search *s, uint32_t node, size_t depth, struct found *found) {
    struct explored *x = s->x;
    struct choice c = {DELIVER, 0, 0};
    const size_t d = s->nodes[node].depth;
    go_to(s, node);
    if (d != 0 ? !check(s, &s->stack[d]) : false)
        return !report(s, node, NULL, found);
    if (d == depth) {
        found->whole = false;
        return true;
    }
    const uint64_t before = digest(x);
    bool more = x->sent_count != 0 || next_choice(x, &c);
    for (; more; more = next_choice(x, &c)) {
        if (!is_open(x, c))
            continue;
        choose(x, c);
        found->transitions++;
        if (report(s, node, &c, found))
            return false;
        const uint64_t after = digest(x);
        if (after != before && s->count < s->most && enter(s, with_budget(after, x)))
            s->nodes[s->count++] = (struct node){node, c, (uint8_t)(d + 1)};
        load(x, &s->stack[d]);
    }
    return true;
}

void explore(const struct story *story, size_t depth, size_t most_states,
             void (*const *checks)(struct explored *x), struct found *found) {
    struct search s = {.x = room(sizeof *s.x), .count = 1, .most = most_states, .checks = checks};
    for (s.places = 1024; s.places < 2 * most_states; s.places *= 2)
        continue;
    s.nodes = room(most_states * sizeof *s.nodes);
    s.seen = room(s.places * sizeof *s.seen);
    *found = (struct found){.whole = true};
    begin(s.x, story);
    save(&s.stack[0], s.x);
    for (size_t d = 1; d <= EXPLORE_DEPTH; d++)
        s.on_stack[d] = UINT32_MAX;
    bool well = !report(&s, 0, NULL, found);
    for (uint32_t node = 0; well && node < s.count; node++) {
        found->depth = s.nodes[node].depth;
        well = expand(&s, node, depth, found);
    }
    found->states = s.count;
    found->full = s.count == most_states;
    found->most_memory = s.x->most_memory;
    load(s.x, &s.stack[0]);
    end(s.x);
    for (size_t d = 0; d <= EXPLORE_DEPTH; d++)
        free(s.stack[d].bytes);
    free(s.nodes);
    free(s.seen);
    free(s.x);
}

void explore_print(const struct found *found) {
    static const char *const NAMES[] = {
        [DELIVER] = "deliver datagram", [REFLECT] = "send back datagram",
        [SPOIL] = "spoil datagram",     [WAIT] = "let time pass",
        [CONNECT] = "connect from",     [LOSE] = "restart",
        [REMOVE] = "close all of",      [RENEW] = "renew the pair of",
    };
    fprintf(stderr, "%s: %s does not hold, after\n", found->who, found->broken);
    for (size_t i = 0; i < found->length; i++) {
        const struct choice *c = &found->path[i];
        fprintf(stderr, "  %s %u, %u\n", NAMES[c->what], c->which, c->where);
    }
}
