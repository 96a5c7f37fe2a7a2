/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: three bytes that set two engines up, then operations: what a network, a clock, an
 * allocator and a host can do to them. The engines have null crypto, so that a mutated byte stays
 * one mutated byte behind the encryption; in one mode even wrong hashes are taken for right, so
 * that mutations reach what stands behind them. tests/support/world.h holds the rules that are
 * checked after each operation.
 */
#include <stdio.h>

#include "holds.h"

#include "support/world.h"

enum { HISTORY = 16, MAX_OPERATIONS = 400, MAX_BODY = 512 };

struct script {
    struct world w;
    const uint8_t *at, *end;
    struct flight history[HISTORY]; /* the last packets that were sent */
    size_t sent;
    bool gullible;
};

static uint8_t next(struct script *s) {
    return s->at < s->end ? *s->at++ : 0;
}

static uint16_t next16(struct script *s) {
    uint16_t high = next(s);
    return (uint16_t)(high << 8 | next(s));
}

static int side(struct script *s) {
    return next(s) & 1;
}

/* ---- packets ---- */

static uint8_t *copy(const uint8_t *data, size_t len) {
    uint8_t *to = malloc(len != 0 ? len : 1);
    HOLDS(to != NULL);
    if (len != 0)
        memcpy(to, data, len);
    return to;
}

static bool remember(struct world *w, struct flight *f) {
    struct script *s = w->user;
    struct flight *h = &s->history[s->sent++ % HISTORY];
    free(h->data);
    *h = *f;
    h->data = copy(f->data, f->len);
    return true;
}

/* In a block of exactly its size, so that a sanitizer sees every read beyond it. */
static void deliver(struct script *s, int to, const ikev1_path *path, const uint8_t *data,
                    size_t len) {
    uint8_t *exact = copy(data, len);
    world_deliver(&s->w, to, path, exact, len);
    free(exact);
}

static bool take(struct script *s, struct flight *f) {
    if (s->w.flight_count == 0)
        return false;
    *f = world_take(&s->w, next(s) % s->w.flight_count);
    return true;
}

static void arrive(struct script *s, const struct flight *f) {
    if (!f->keepalive)
        deliver(s, f->to, &f->path, f->data, f->len);
}

static void op_deliver(struct script *s) {
    struct flight f;
    if (s->w.flight_count == 0)
        return;
    f = world_take(&s->w, 0);
    arrive(s, &f);
    free(f.data);
}

static void op_reorder(struct script *s) {
    struct flight f;
    if (!take(s, &f))
        return;
    arrive(s, &f);
    free(f.data);
}

static void op_drop(struct script *s) {
    struct flight f;
    if (take(s, &f))
        free(f.data);
}

static void op_duplicate(struct script *s) {
    struct flight f;
    if (!take(s, &f))
        return;
    world_throw(&s->w, &f);
    world_throw(&s->w, &f);
    free(f.data);
}

static void op_reflect(struct script *s) {
    struct flight f;
    if (!take(s, &f))
        return;
    ikev1_path back = {f.path.remote, f.path.local, f.path.encapsulated};
    deliver(s, 1 - f.to, &back, f.data, f.len);
    free(f.data);
}

static void op_mutate(struct script *s) {
    struct flight f;
    if (!take(s, &f))
        return;
    s->w.tampered = true;
    for (unsigned n = 1 + next(s) % 3; n > 0 && f.len != 0; n--) {
        size_t where = next16(s) % f.len;
        f.data[where] ^= next(s);
    }
    arrive(s, &f);
    free(f.data);
}

static void fix_length(uint8_t *data, size_t len) {
    if (len >= IKEV1_HEADER_SIZE) {
        memset(data + 24, 0, 2);
        data[26] = (uint8_t)(len >> 8);
        data[27] = (uint8_t)len;
    }
}

static void op_truncate(struct script *s) {
    struct flight f;
    if (!take(s, &f))
        return;
    size_t len = next16(s) % (f.len + 1);
    s->w.tampered = true;
    if (next(s) & 1)
        fix_length(f.data, len);
    deliver(s, f.to, &f.path, f.data, len);
    free(f.data);
}

static void op_move(struct script *s) { /* a NAT that changes its mind */
    struct flight f;
    if (!take(s, &f))
        return;
    s->w.tampered = true;
    f.path.remote.port = next16(s);
    f.path.remote.ip[3] ^= next(s);
    f.path.encapsulated ^= next(s) & 1;
    arrive(s, &f);
    free(f.data);
}

static const struct flight *remembered(struct script *s) {
    size_t count = s->sent < HISTORY ? s->sent : HISTORY;
    return count != 0 ? &s->history[next(s) % count] : NULL;
}

static void op_replay(struct script *s) {
    const struct flight *old = remembered(s);
    if (old == NULL)
        return;
    struct flight f = *old;
    f.data = copy(old->data, old->len);
    arrive(s, &f);
    free(f.data);
}

/* Bytes of the input behind a header of something that was sent before. */
static void op_inject(struct script *s) {
    const struct flight *old = remembered(s);
    uint8_t buf[IKEV1_HEADER_SIZE + MAX_BODY] = {0};
    if (old == NULL || old->len < IKEV1_HEADER_SIZE)
        return;
    memcpy(buf, old->data, IKEV1_HEADER_SIZE);
    buf[16] = next(s);
    buf[18] = next(s);
    buf[19] = next(s);
    if (next(s) & 1)
        buf[23] ^= next(s);
    size_t len = IKEV1_HEADER_SIZE + next(s);
    for (size_t i = IKEV1_HEADER_SIZE; i < len; i++)
        buf[i] = next(s);
    fix_length(buf, len);
    deliver(s, old->to, &old->path, buf, len);
}

static void op_raw(struct script *s) {
    int to = side(s);
    uint8_t buf[256];
    size_t len = next(s);
    const struct station *at = &s->w.at[to];
    const ikev1_path path = {at->address, at->peer, (next(s) & 1) != 0};
    for (size_t i = 0; i < len; i++)
        buf[i] = next(s);
    deliver(s, to, &path, buf, len);
}

/* ---- time ---- */

static void op_wait(struct script *s) {
    static const ikev1_time steps[] = {1, 100, 4000, 30000, 600000, 3600000, 28800000, 86400000};
    ikev1_time end = s->w.now + steps[next(s) % 8];
    s->w.now = end;
    for (int n = 0; n < 2; n++) {
        if (s->w.at[n].ike == NULL)
            continue;
        ikev1_engine_tick(s->w.at[n].ike, end);
        world_drain(&s->w, n);
    }
}

static void op_run(struct script *s) {
    world_run(&s->w, s->w.now + 10 * (ikev1_time)next(s));
}

/* ---- host ---- */

static ikev1_handle some_handle(struct script *s, const struct station *at) {
    uint8_t which = next(s);
    if (at->entry_count == 0 || which == 0xff)
        return (ikev1_handle)which << 32 | which;
    return at->entries[which % at->entry_count].handle;
}

static void op_connect(struct script *s) {
    int n = side(s);
    if (s->w.at[n].ike != NULL)
        world_connect(&s->w, n);
}

static void op_child(struct script *s) {
    int n = side(s);
    if (s->w.at[n].ike != NULL)
        world_child(&s->w, n, some_handle(s, &s->w.at[n]));
}

static void op_delete(struct script *s) {
    int n = side(s);
    struct station *at = &s->w.at[n];
    ikev1_handle handle = some_handle(s, at);
    if (at->ike == NULL)
        return;
    ikev1_delete(at->ike, s->w.now, next(s) % 8 == 0 ? IKEV1_ALL : handle);
    world_drain(&s->w, n);
}

static void op_answer(struct script *s) {
    static const int statuses[] = {IKEV1_OK, IKEV1_OK, IKEV1_OK, IKEV1_E_NO_RULE, IKEV1_PENDING, 7};
    int n = side(s);
    struct station *at = &s->w.at[n];
    if (at->ike == NULL || at->ask_count == 0)
        return;
    size_t ask = next(s) % at->ask_count;
    int status = statuses[next(s) % 6];
    if (next(s) % 8 == 0)
        at->asks[ask].kind ^= 3;
    world_answer(&s->w, n, ask, status);
}

static void op_policy(struct script *s) {
    struct station *at = &s->w.at[side(s)];
    at->later = next(s) & 0x0eu;
    at->refuse = next(s) & 0x0eu & next(s) & next(s);
}

static void op_restart(struct script *s) {
    (void)world_start(&s->w, side(s));
}

static void op_send_failed(struct script *s) {
    int n = side(s);
    struct station *at = &s->w.at[n];
    ikev1_handle handle = some_handle(s, at);
    if (at->ike != NULL)
        ikev1_send_failed(at->ike, s->w.now, handle);
    world_drain(&s->w, n);
}

static void op_no_memory(struct script *s) {
    struct counted *m = &s->w.at[side(s)].memory;
    uint8_t when = next(s);
    m->fail_at = m->calls + 1 + when % 64;
    m->from_there = when >= 192;
}

static void op_memory_again(struct script *s) {
    for (int n = 0; n < 2; n++)
        s->w.at[n].memory.fail_at = s->w.at[n].rng.fail_at = 0;
}

static void op_no_random(struct script *s) {
    struct rng *r = &s->w.at[side(s)].rng;
    r->fail_at = r->calls + 1 + next(s) % 16;
}

/* A host that changes its mind, or has it wrong. */
static void op_misconfigure(struct script *s) {
    struct station *at = &s->w.at[side(s)];
    uint8_t what = next(s), where = next(s), value = next(s);
    switch (what % 8) {
    case 0:
        ((uint8_t *)at->suites1)[where % sizeof at->suites1] = value;
        break;
    case 1:
        ((uint8_t *)at->suites2)[where % sizeof at->suites2] = value;
        break;
    case 2:
        at->suite_count = where % 3;
        break;
    case 3:
        at->pfs_group = value % 32;
        break;
    case 4:
        ((uint8_t *)&at->inside)[where % sizeof at->inside] = value;
        break;
    case 5:
        at->psk = value % 2 ? "" : "another";
        break;
    case 6:
        at->named = value % 2 != 0;
        break;
    default:
        at->next_spi = (uint32_t)where << (value % 32);
        break;
    }
}

typedef void (*operation)(struct script *s);

/* Numbers are what corpus files mean: new ones go to the end. */
static const operation OPERATIONS[] = {
    op_deliver, op_run,         op_connect,   op_reorder,      op_drop,      op_duplicate,
    op_reflect, op_mutate,      op_inject,    op_raw,          op_truncate,  op_move,
    op_replay,  op_wait,        op_child,     op_delete,       op_answer,    op_policy,
    op_restart, op_send_failed, op_no_memory, op_memory_again, op_no_random, op_misconfigure,
};

/* ---- set-up and end ---- */

static bool believe(const void *a, const void *b, size_t len) {
    (void)a, (void)b, (void)len;
    return true;
}

static void set_up(struct script *s) {
    uint8_t common = next(s), more = next(s);
    world_init(&s->w, next(s));
    s->w.carry = remember;
    s->w.user = s;
    s->gullible = (more & 1) != 0;
    for (int n = 0; n < 2; n++) {
        struct station *at = &s->w.at[n];
        at->natt = (uint8_t)((common & 3) % 3);
        at->pfs_group = common & 4 ? IKEV1_GROUP_X25519 : 0;
        at->config.anonymous = (common & 8) != 0;
        at->config.clear_notify = (common & 16) != 0;
        at->config.shards = common & 32 ? 5 : 0;
        at->config.shard = at->config.shards != 0 ? (uint16_t)(n + 2) : 0;
        at->config.limits.datagram = 2048; /* quicker to make, and large enough */
        at->config.limits.half_open = common & 64 ? 2 : 0;
        at->config.limits.sas = common & 64 ? 4 : 0;
        at->config.limits.children = common & 128 ? 2 : 0;
        at->config.limits.exchanges = common & 128 ? 2 : 0;
        at->config.limits.message_ids = common & 128 ? 16 : 0;
        if (s->gullible)
            at->null.provider.equal = believe;
        if (more & 2)
            at->inside.family = at->outside.family = 0;
        if (more & 4)
            at->suites2[0] =
                (ikev1_suite2){IKEV1_PROTO_AH, IKEV1_AH_SHA2_256, 0, IKEV1_INTEG_HMAC_SHA2_256, 0};
        if ((more & 132) == 128) { /* ESP and AH in one bundle */
            at->suite_count = 2;
            at->suites2[0].flags = IKEV1_SUITE2_AND;
            at->suites2[1] =
                (ikev1_suite2){IKEV1_PROTO_AH, IKEV1_AH_SHA2_256, 0, IKEV1_INTEG_HMAC_SHA2_256, 0};
        }
        if (more & 8)
            at->suites1[0].group = IKEV1_GROUP_MODP2048;
        if ((more & 16) != 0 && n == 1)
            at->psk = "another";
        if ((more & 32) != 0 && n == 1)
            at->natt = IKEV1_NATT_FORCE;
        if (more & 128) {
            at->access = true;
            at->config.allow = IKEV1_ALLOW_XAUTH_PSK;
            at->suites1[0].auth = IKEV1_AUTH_XAUTH_INIT_PSK;
        }
        at->life_1 = more & 64 ? 60 : 0;
        at->life_2 = more & 64 ? 30 : 0;
        HOLDS(world_start(&s->w, n) == IKEV1_OK);
    }
}

static void hold(const struct world *w) {
    if (w->broken != NULL)
        fprintf(stderr, "%s: %s: does not hold\n", w->who, w->broken);
    HOLDS(w->broken == NULL);
}

static void check(struct script *s) {
    if (!s->gullible)
        world_check_views(&s->w);
    hold(&s->w);
}

/* Everything has its end, and all memory comes back (R-13, MEM-01). */
static void finish(struct script *s) {
    op_memory_again(s);
    for (int n = 0; n < 2; n++)
        world_close(&s->w, n);
    world_end(&s->w);
    for (size_t i = 0; i < HISTORY; i++)
        free(s->history[i].data);
    hold(&s->w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct script *s = calloc(1, sizeof *s);
    HOLDS(s != NULL);
    s->at = data;
    s->end = data + size;
    set_up(s);
    for (int i = 0; i < MAX_OPERATIONS && s->at < s->end; i++) {
        OPERATIONS[next(s) % (sizeof OPERATIONS / sizeof *OPERATIONS)](s);
        check(s);
    }
    finish(s);
    free(s);
    return 0;
}
