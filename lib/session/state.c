/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The form of exported state. One list of fields serves both directions, so that what is written is
 * what is read. Reading goes over it twice: once to see that all of it is good, once to make it.
 */
#include <string.h>

#include <ikev1/export.h>
#include "exchange/natt.h"
#include "exchange/quick.h"
#include "session/claim.h"
#include "session/life.h"
#include "session/state.h"

enum {
    DPD_AHEAD = 1 << 16,
    FORM = 1,          /* of all that follows; another one is refused */
    ID_MOST = 65535,   /* bytes of an ID payload's body */
    SA_BYTES = 512,    /* what an SA takes at most beside identity and message IDs */
    CHILD_BYTES = 512, /* a child with all its members */
};

struct codec {
    struct ike_writer *w; /* NULL: reads */
    struct ike_reader r;
    ikev1_time now;
    uint64_t elapsed;
};

/* ---- kinds of fields ---- */

static void octets(struct codec *c, uint8_t *field, size_t len) {
    if (c->w != NULL) {
        ike_write(c->w, ike_bytes(field, len));
        return;
    }
    const uint8_t *from = ike_read(&c->r, len);
    if (from != NULL)
        memcpy(field, from, len);
}

static void u8(struct codec *c, uint8_t *field) {
    octets(c, field, 1);
}

/* What it was, or has been read: flags are single bits, which no pointer leads to. */
static bool flag(struct codec *c, bool field) {
    uint8_t value = field;
    u8(c, &value);
    c->r.bad |= c->w == NULL && value > 1;
    return value == 1;
}

static void u16(struct codec *c, uint16_t *field) {
    if (c->w != NULL)
        ike_write_u16(c->w, *field);
    else
        *field = ike_read_u16(&c->r);
}

static void u32(struct codec *c, uint32_t *field) {
    if (c->w != NULL)
        ike_write_u32(c->w, *field);
    else
        *field = ike_read_u32(&c->r);
}

static void u64(struct codec *c, uint64_t *field) {
    uint32_t high = (uint32_t)(*field >> 32), low = (uint32_t)*field;
    u32(c, &high);
    u32(c, &low);
    *field = (uint64_t)high << 32 | low;
}

/* A point in time is what is left until then: clocks differ. */
static void moment(struct codec *c, ikev1_time *field) {
    uint64_t left = *field;
    if (c->w != NULL && left != IKEV1_NEVER)
        left = left > c->now ? left - c->now : 0;
    u64(c, &left);
    if (c->w != NULL || left == IKEV1_NEVER) {
        *field = c->w != NULL ? *field : IKEV1_NEVER;
        return;
    }
    left = left > c->elapsed ? left - c->elapsed : 0;
    *field = left < IKEV1_NEVER - c->now ? c->now + left : IKEV1_NEVER;
}

static void address(struct codec *c, ikev1_address *a) {
    u8(c, &a->family);
    octets(c, a->ip, sizeof a->ip);
    u16(c, &a->port);
}

static void selector(struct codec *c, ikev1_selector *s) {
    u8(c, &s->family);
    u8(c, &s->protocol);
    u16(c, &s->port);
    octets(c, s->start, sizeof s->start);
    octets(c, s->end, sizeof s->end);
}

/* ---- the SA ---- */

struct names { /* of its algorithms */
    uint16_t hash, prf, cipher, group;
};

static struct names names_of(const struct ike_algs *a) {
    return (struct names){a->hash->id, a->prf != NULL ? a->prf->id : 0, a->cipher->id,
                          a->group->id};
}

static void walk_sa(struct codec *c, struct ike_sa *sa, struct names *names) {
    octets(c, sa->icookie, sizeof sa->icookie);
    octets(c, sa->rcookie, sizeof sa->rcookie);
    address(c, &sa->path.local);
    address(c, &sa->path.remote);
    sa->path.encapsulated = flag(c, sa->path.encapsulated);
    u16(c, &sa->auth);
    u16(c, &sa->key_bits);
    u32(c, &sa->rule);
    u32(c, &sa->life.seconds);
    u32(c, &sa->life.kilobytes);
    u32(c, &sa->can);
    u32(c, &sa->quirks);
    sa->initiator = flag(c, sa->initiator);
    u8(c, &sa->natt);
    sa->nat_local = flag(c, sa->nat_local);
    sa->nat_remote = flag(c, sa->nat_remote);
    sa->reconnect = flag(c, sa->reconnect);
    u8(c, &sa->fragments);
    u16(c, &sa->fragment_size);
    u16(c, &names->hash);
    u16(c, &names->prf);
    u16(c, &names->cipher);
    u16(c, &names->group);
    u16(c, &sa->algs.key_size);
}

static void walk_live(struct codec *c, struct ike_live *live) {
    u8(c, &live->keys.size);
    u8(c, &live->keys.key_size);
    octets(c, live->keys.skeyid_d, sizeof live->keys.skeyid_d);
    octets(c, live->keys.skeyid_a, sizeof live->keys.skeyid_a);
    octets(c, live->keys.key, sizeof live->keys.key);
    octets(c, live->last_block, sizeof live->last_block);
    u8(c, &live->epoch);
    u8(c, &live->unique);
    live->loose = flag(c, live->loose);
    live->contact = flag(c, live->contact);
    live->confirmed = flag(c, live->confirmed);
    live->keep = flag(c, live->keep);
    live->replaced = flag(c, live->replaced);
    u64(c, &live->sealed);
    moment(c, &live->expires);
    moment(c, &live->rekey_at);
}

/* Our numbers go on where the old ones cannot have got to (HAX-02). */
static void walk_dpd(struct codec *c, struct ike_dpd *dpd) {
    u32(c, &dpd->asked);
    u16(c, &dpd->seconds);
    u32(c, &dpd->peer);
    u8(c, &dpd->same);
    dpd->periodic = flag(c, dpd->periodic);
    if (c->w != NULL)
        return;
    dpd->asked += DPD_AHEAD;
    dpd->first = dpd->asked + 1;
    dpd->since = c->now;
}

/* ---- a child ---- */

static void walk_member(struct codec *c, struct ike_member *m) {
    u8(c, &m->suite.protocol);
    u8(c, &m->suite.id);
    u16(c, &m->suite.key_bits);
    u16(c, &m->suite.integrity);
    u16(c, &m->suite.encapsulation);
    u16(c, &m->suite.esn);
    u32(c, &m->spi_in);
    u32(c, &m->spi_out);
}

/* What is counted from the time it came up is counted from the export: that may have been before
 * the clock's zero. */
static void walk_child(struct codec *c, struct ike_child *child, struct ike_member *members) {
    const uint64_t age = c->w != NULL ? c->now - child->up_at : 0;
    uint32_t aged = (uint32_t)(age / 1000), used = (uint32_t)child->used_at;
    u8(c, &child->member_count);
    for (size_t i = 0; i < child->member_count && i < IKEV1_MAX_BUNDLE; i++)
        walk_member(c, &members[i]);
    selector(c, &child->local);
    selector(c, &child->remote);
    u32(c, &child->rule);
    u32(c, &child->life_seconds);
    u32(c, &child->life_kilobytes);
    u32(c, &child->pace.packets);
    u32(c, &child->pace.idle_seconds);
    u32(c, &child->pace.rekey_margin);
    u8(c, &child->pace.rekey);
    u32(c, &child->rekey_at);
    u32(c, &used);
    u32(c, &aged);
    u32(c, &child->packets);
    u16(c, &child->group);
    u8(c, &child->replay_window);
    u8(c, &child->sha256_bits);
    child->initiator = flag(c, child->initiator);
    child->ids = flag(c, child->ids);
    child->heard = flag(c, child->heard);
    child->worn = flag(c, child->worn);
    child->replaced = flag(c, child->replaced);
    moment(c, &child->expires);
    if (c->w != NULL)
        return;
    aged = (uint32_t)(aged + c->elapsed / 1000);
    child->up_at = c->now;
    child->used_at = (int32_t)(used - aged);
    if (child->rekey_at != 0)
        child->rekey_at = child->rekey_at > aged ? child->rekey_at - aged : 1;
}

/* ---- writing ---- */

static size_t up_count(const struct ike_sa *sa) {
    size_t count = 0;
    for (const struct ike_child *child = sa->children; child != NULL; child = child->next)
        count += child->state == IKE_CHILD_UP;
    return count;
}

size_t ike_state_room(const struct ike_sa *sa) {
    return SA_BYTES + sa->live->remote_id.len + 4 * (size_t)sa->live->id_count +
           CHILD_BYTES * up_count(sa);
}

/* The codec changes nothing when it writes. */
void ike_state_write(const struct ike_sa *sa, struct ike_writer *w) {
    struct codec c = {.w = w, .now = sa->ctx->now};
    struct names names = names_of(&sa->algs);
    const struct ike_live *live = sa->live;
    ike_write_u8(w, FORM);
    walk_sa(&c, (struct ike_sa *)sa, &names);
    walk_live(&c, (struct ike_live *)live);
    struct ike_dpd dpd = live->dpd != NULL ? *live->dpd : (struct ike_dpd){0};
    walk_dpd(&c, &dpd);
    ike_write_u16(w, (uint16_t)live->remote_id.len);
    ike_write(w, ike_blob_bytes(&live->remote_id));
    ike_write_u32(w, live->id_count);
    for (uint32_t i = 0; i < live->id_room; i++) {
        if (live->ids[i] != 0)
            ike_write_u32(w, live->ids[i]);
    }
    ike_write_u16(w, (uint16_t)up_count(sa));
    for (struct ike_child *child = sa->children; child != NULL; child = child->next) {
        struct ike_member members[IKEV1_MAX_BUNDLE];
        if (child->state != IKE_CHILD_UP)
            continue;
        for (size_t i = 0; i < child->member_count; i++)
            members[i] = *ike_member_at(child, i);
        walk_child(&c, child, members);
    }
}

/* ---- reading: is it good? ---- */

struct form { /* a state, taken apart */
    struct ike_sa sa;
    struct ike_live live;
    struct ike_dpd dpd;
    struct names names;
    ikev1_bytes id, message_ids;
    struct codec children; /* stands at the first of them */
    uint16_t child_count;
};

static bool path_is_good(const ikev1_path *p) {
    const uint8_t family = p->remote.family;
    return (family == 4 || family == 6) && p->local.family == family;
}

static bool selector_is_good(const ikev1_selector *s) {
    return (s->family == 4 || s->family == 6) && memcmp(s->start, s->end, sizeof s->start) <= 0;
}

static bool member_is_good(const struct ike_member *m) {
    struct ike_key_layout layout;
    return m->spi_in != 0 && m->spi_out != 0 && ike_key_layout(&layout, &m->suite) == IKEV1_OK;
}

static bool child_is_good(const struct ike_child *child, const struct ike_member *members) {
    bool good = child->member_count >= 1 && child->member_count <= IKEV1_MAX_BUNDLE &&
                child->rule != 0 && child->pace.rekey <= IKEV1_REKEY_OFF &&
                selector_is_good(&child->local) && selector_is_good(&child->remote);
    for (size_t i = 0; good && i < child->member_count; i++)
        good = member_is_good(&members[i]);
    return good;
}

/* The keys must be those of the algorithms. */
static int settle_algs(const struct ike_context *ctx, struct form *f, ikev1_why *why) {
    struct ike_suite suite = {.cipher = f->names.cipher,
                              .hash = f->names.hash,
                              .prf = f->names.prf,
                              .group = f->names.group,
                              .key_bits = f->sa.key_bits};
    const uint16_t key_size = f->sa.algs.key_size;
    int r = ike_algs_find(&f->sa.algs, &ctx->crypto, &suite, why);
    if (r != IKEV1_OK)
        return IKEV1_E_UNSUPPORTED;
    const struct ike_keys *keys = &f->live.keys;
    bool fit = f->sa.algs.key_size == key_size && keys->key_size == key_size &&
               keys->size == ike_prf_size(&f->sa.algs);
    return fit ? IKEV1_OK : IKEV1_E_BLOB;
}

static int check_sa(const struct ike_session *s, struct form *f) {
    const struct ike_sa *sa = &f->sa;
    ikev1_why why;
    ikev1_id id;
    if (ike_is_zero(sa->icookie, IKEV1_COOKIE_SIZE) ||
        ike_is_zero(sa->rcookie, IKEV1_COOKIE_SIZE) || !path_is_good(&sa->path) ||
        !ike_natt_known(sa->natt) || sa->fragments > IKEV1_FRAGMENTS_OFF || sa->rule == 0 ||
        f->live.unique > IKEV1_UNIQUE_REFUSE || ike_id_decode(&id, f->id, NULL) != IKEV1_OK)
        return IKEV1_E_BLOB;
    int r = settle_algs(&s->ctx, f, &why);
    if (r != IKEV1_OK)
        return r;
    if (f->live.expires <= s->ctx.now)
        return IKEV1_E_EXPIRED;
    if (f->live.epoch >= IKEV1_MAX_IMPORTS || f->message_ids.len / 4 >= s->ctx.limits.message_ids)
        return IKEV1_E_MESSAGE_IDS;
    if (ike_find_sa(s, sa->icookie, sa->rcookie) != NULL)
        return IKEV1_E_BUSY;
    return s->sas < s->ctx.limits.sas ? IKEV1_OK : IKEV1_E_SAS;
}

static int check_children(const struct ike_session *s, const struct form *f) {
    struct codec c = f->children;
    for (uint16_t i = 0; i < f->child_count; i++) {
        struct ike_child child = {0};
        struct ike_member members[IKEV1_MAX_BUNDLE] = {{0}};
        walk_child(&c, &child, members);
        if (c.r.bad || !child_is_good(&child, members))
            return IKEV1_E_BLOB;
        for (size_t k = 0; k < child.member_count; k++) {
            if (ike_spi_in_use(&s->ctx, members[k].spi_in))
                return IKEV1_E_BUSY;
        }
    }
    if (c.r.bad || ike_left(&c.r) != 0)
        return IKEV1_E_BLOB;
    return f->child_count <= s->ctx.limits.children ? IKEV1_OK : IKEV1_E_CHILDREN;
}

static bool take_apart(const struct ike_session *s, ikev1_bytes state, uint64_t elapsed,
                       struct form *f) {
    struct codec c = {.r = ike_reader(state), .now = s->ctx.now, .elapsed = elapsed};
    memset(f, 0, sizeof *f);
    if (ike_read_u8(&c.r) != FORM)
        return false;
    walk_sa(&c, &f->sa, &f->names);
    walk_live(&c, &f->live);
    walk_dpd(&c, &f->dpd);
    size_t len = ike_read_u16(&c.r);
    f->id = ike_bytes(ike_read(&c.r, len), len);
    len = ike_read_u32(&c.r);
    if (c.r.bad || len > ike_left(&c.r) / 4)
        return false;
    f->message_ids = ike_bytes(ike_read(&c.r, 4 * len), 4 * len);
    f->child_count = ike_read_u16(&c.r);
    f->children = c;
    return !c.r.bad;
}

/* ---- reading: made ---- */

static int make_sa(struct ike_session *s, const struct form *f, struct ike_sa **out) {
    struct ike_context *ctx = &s->ctx;
    struct ike_sa *sa = ike_alloc(&ctx->mem, sizeof *sa);
    struct ike_live *live = ike_alloc(&ctx->mem, sizeof *live);
    int r = sa != NULL && live != NULL ? IKEV1_OK : IKEV1_E_MEMORY;
    if (r == IKEV1_OK)
        r = ike_timers_reserve(&ctx->lifetimes, 1);
    if (r == IKEV1_OK) {
        *sa = f->sa;
        *live = f->live;
        sa->ctx = ctx;
        sa->live = live;
        live->sa = sa;
        live->epoch++;
        live->keepalive_at = IKEV1_NEVER;
        r = ike_sa_enter(sa);
        if (r == IKEV1_OK) {
            *out = sa;
            return r;
        }
        ike_timers_release(&ctx->lifetimes, 1);
    }
    ike_free(&ctx->mem, live, sizeof *live);
    ike_free(&ctx->mem, sa, sizeof *sa);
    return r;
}

static int make_message_ids(struct ike_sa *sa, ikev1_bytes ids) {
    struct ike_reader r = ike_reader(ids);
    while (ike_left(&r) != 0) {
        const uint32_t id = ike_read_u32(&r);
        int status = ike_msgid_reserve(sa);
        if (status != IKEV1_OK)
            return status;
        if (!ike_msgid_used(sa, id))
            ike_msgid_claim(sa, id);
    }
    return IKEV1_OK;
}

static int make_child(struct ike_sa *sa, struct codec *c) {
    struct ike_context *ctx = sa->ctx;
    struct ike_member members[IKEV1_MAX_BUNDLE] = {{0}};
    uint8_t protocols[IKEV1_MAX_BUNDLE];
    struct ike_child read = {0};
    walk_child(c, &read, members);
    if (read.expires <= ctx->now)
        return IKEV1_OK; /* its time is over: it is not named to the host */
    for (size_t i = 0; i < read.member_count; i++)
        protocols[i] = members[i].suite.protocol;
    struct ike_child *child;
    int r = ike_child_enter(sa, &child);
    if (r != IKEV1_OK)
        return r;
    r = ike_members_set(child, protocols, read.member_count);
    if (r != IKEV1_OK)
        return r;
    read.next = child->next;
    read.sa = sa;
    read.handle = child->handle;
    read.timer = child->timer;
    read.more = child->more;
    read.state = IKE_CHILD_UP;
    *child = read;
    for (size_t i = 0; i < read.member_count; i++)
        *ike_member_at(child, i) = members[i];
    ike_child_index(child);
    ike_claim(child);
    ike_child_arm(child);
    return IKEV1_OK;
}

/* All of it is good: only memory can be lacking. */
static int make(struct ike_session *s, const struct form *f, struct ike_sa **out) {
    struct ike_context *ctx = &s->ctx;
    struct codec c = f->children;
    struct ike_sa *sa;
    int r = ike_ring_reserve(&ctx->events, f->child_count + 1u);
    if (r == IKEV1_OK)
        r = ike_index_reserve(&s->peers, s->sas + 1 - s->peers.count);
    if (r == IKEV1_OK)
        r = make_sa(s, f, &sa);
    if (r != IKEV1_OK)
        return r;
    r = ike_blob_set(&ctx->mem, &sa->live->remote_id, f->id);
    if (r == IKEV1_OK && (f->dpd.seconds != 0 || f->dpd.same != 0)) {
        sa->live->dpd = ike_alloc(&ctx->mem, sizeof f->dpd);
        r = sa->live->dpd != NULL ? IKEV1_OK : IKEV1_E_MEMORY;
        if (r == IKEV1_OK)
            *sa->live->dpd = f->dpd;
    }
    if (r == IKEV1_OK)
        r = make_message_ids(sa, f->message_ids);
    for (uint16_t i = 0; r == IKEV1_OK && i < f->child_count; i++)
        r = make_child(sa, &c);
    *out = sa;
    return r;
}

/* Its events, or none of them. */
static int announce(struct ike_sa *sa) {
    struct ike_detail *info = ike_sa_describe(sa);
    bool whole = info != NULL;
    for (struct ike_child *c = sa->children; c != NULL && whole; c = c->next) {
        c->inbound = ike_child_describe(c, true);
        whole = c->inbound != NULL;
    }
    if (!whole) {
        ike_detail_free(sa->ctx, info);
        return IKEV1_E_MEMORY; /* those of children go with them */
    }
    ike_event(sa, NULL, IKEV1_EVENT_SA_IMPORTED, info);
    for (struct ike_child *c = sa->children; c != NULL; c = c->next) {
        ike_event(sa, c, IKEV1_EVENT_CHILD_IMPORTED, c->inbound);
        c->inbound = NULL;
    }
    return IKEV1_OK;
}

static void undo(struct ike_sa *sa) {
    while (sa->children != NULL)
        ike_child_forget(sa->children);
    ike_sa_forget(sa);
}

int ike_state_read(struct ike_session *s, ikev1_bytes state, uint64_t elapsed,
                   struct ike_sa **out) {
    struct ike_mem *mem = &s->ctx.mem;
    struct form *f = ike_alloc(mem, sizeof *f); /* holds keys: wiped when it is freed */
    struct ike_sa *sa = NULL;
    if (f == NULL)
        return IKEV1_E_MEMORY;
    int r = take_apart(s, state, elapsed, f) ? check_sa(s, f) : IKEV1_E_BLOB;
    if (r == IKEV1_OK)
        r = check_children(s, f);
    if (r == IKEV1_OK)
        r = make(s, f, &sa);
    ike_free(mem, f, sizeof *f);
    if (r == IKEV1_OK)
        r = announce(sa);
    if (r != IKEV1_OK) {
        if (sa != NULL)
            undo(sa);
        return r;
    }
    ike_sa_resume(sa);
    *out = sa;
    return r;
}
