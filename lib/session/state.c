/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Established SAs as bytes and back. Reading goes over them twice: once to see that all of it is
 * good, once to make it.
 */
#include <string.h>

#include <ikev1/export.h>
#include "exchange/natt.h"
#include "exchange/phase1.h"
#include "exchange/quick.h"
#include "session/access.h"
#include "session/claim.h"
#include "session/codec.h"
#include "session/life.h"
#include "session/state.h"

enum {
    FORM = 1,          /* of all that follows; another one is refused */
    ID_MOST = 65535,   /* bytes of an ID payload's body */
    SA_BYTES = 512,    /* what an SA takes at most beside identity, access and message IDs */
    CHILD_BYTES = 512, /* a child with all its members */
    CONFIG_HEAD = 4,   /* of a Mode Config payload before its attributes */
};

/* ---- writing ---- */

static size_t up_count(const struct ike_sa *sa) {
    size_t count = 0;
    for (const struct ike_child *child = sa->children; child != NULL; child = child->next)
        count += child->state == IKE_CHILD_UP;
    return count;
}

static struct ike_names names_of(const struct ike_algs *a) {
    return (struct ike_names){a->hash->id, a->prf != NULL ? a->prf->id : 0, a->cipher->id,
                              a->group->id};
}

size_t ike_state_room(const struct ike_sa *sa) {
    const struct ike_access *a = sa->access;
    const size_t access = a != NULL ? a->user.len + a->lease.len : 0;
    return SA_BYTES + sa->live->remote_id.len + access + 4 * (size_t)sa->live->id_count +
           CHILD_BYTES * up_count(sa);
}

static void write_access(struct ike_codec *c, const struct ike_access *a) {
    static const struct ike_config head = {.type = IKEV1_CFG_REPLY};
    ike_write_u8(c->w, a != NULL);
    if (a == NULL)
        return;
    ike_code_access(c, (struct ike_access *)a);
    ike_write_u16(c->w, (uint16_t)a->user.len);
    ike_write(c->w, ike_blob_bytes(&a->user));
    ike_write_u32(c->w, (uint32_t)(CONFIG_HEAD + a->lease.len));
    ike_config_encode(c->w, &head); /* as it was sent: it is checked as that when it is read */
    ike_write(c->w, ike_blob_bytes(&a->lease));
}

/* The codec changes nothing when it writes. */
void ike_state_write(const struct ike_sa *sa, struct ike_writer *w) {
    struct ike_codec c = {.w = w, .now = sa->ctx->now};
    struct ike_names names = names_of(&sa->algs);
    const struct ike_live *live = sa->live;
    ike_write_u8(w, FORM);
    ike_code_sa(&c, (struct ike_sa *)sa, &names);
    ike_code_live(&c, (struct ike_live *)live);
    struct ike_dpd dpd = live->dpd != NULL ? *live->dpd : (struct ike_dpd){0};
    ike_code_dpd(&c, &dpd);
    write_access(&c, sa->access);
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
        ike_code_child(&c, child, members);
    }
}

/* ---- reading: is it good? ---- */

struct form { /* a state, taken apart */
    struct ike_sa sa;
    struct ike_live live;
    uint8_t keys[IKE_KEYS_MOST];
    struct ike_dpd dpd;
    struct ike_names names;
    bool has_access;
    struct ike_access access;
    ikev1_bytes id, user, lease, message_ids;
    struct ike_codec children; /* stands at the first of them */
    uint16_t child_count;
};

static bool member_is_good(const struct ike_member *m) {
    struct ike_key_layout layout;
    return m->spi_in != 0 && m->spi_out != 0 && ike_key_layout(&layout, &m->suite) == IKEV1_OK;
}

static bool child_is_good(const struct ike_child *child, const struct ike_member *members) {
    bool good = child->member_count >= 1 && child->member_count <= IKEV1_MAX_BUNDLE &&
                child->rule != 0 && child->pace.rekey <= IKEV1_REKEY_OFF &&
                ike_selector_is_good(&child->local) && ike_selector_is_good(&child->remote);
    for (size_t i = 0; good && i < child->member_count; i++)
        good = member_is_good(&members[i]);
    return good;
}

/* What is not over is not written. */
static bool access_is_good(const struct form *f) {
    const struct ike_access *a = &f->access;
    struct ike_config config;
    if (!f->has_access)
        return true;
    bool client = a->config >= IKEV1_CONFIG_PULL && a->config <= IKEV1_CONFIG_AUTO;
    return a->xauth <= IKE_SERVER && a->config <= IKEV1_CONFIG_PUSH && (!client || a->leased) &&
           (f->user.len == 0 || f->user.len >= 4) &&
           ike_config_decode(&config, f->lease, NULL) == IKEV1_OK;
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
    bool fit = f->sa.algs.key_size == key_size && f->live.key_size == key_size &&
               f->live.prf_size == ike_prf_size(&f->sa.algs);
    return fit ? IKEV1_OK : IKEV1_E_BLOB;
}

static int check_sa(const struct ike_session *s, struct form *f) {
    const struct ike_sa *sa = &f->sa;
    ikev1_why why;
    ikev1_id id;
    if (ike_no_cookie(sa->icookie) || ike_no_cookie(sa->rcookie) || !ike_path_is_good(&sa->path) ||
        !ike_natt_known(sa->natt) || sa->fragments > IKEV1_FRAGMENTS_OFF || sa->rule == 0 ||
        f->live.unique > IKEV1_UNIQUE_REFUSE || ike_id_decode(&id, f->id, NULL) != IKEV1_OK ||
        !access_is_good(f))
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
    struct ike_codec c = f->children;
    for (uint16_t i = 0; i < f->child_count; i++) {
        struct ike_child child = {0};
        struct ike_member members[IKEV1_MAX_BUNDLE] = {{0}};
        ike_code_child(&c, &child, members);
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

static void read_access(struct ike_codec *c, struct form *f) {
    const uint8_t has = ike_read_u8(&c->r);
    c->r.bad |= has > 1;
    f->has_access = has == 1;
    if (!f->has_access)
        return;
    ike_code_access(c, &f->access);
    size_t len = ike_read_u16(&c->r);
    f->user = ike_bytes(ike_read(&c->r, len), len);
    len = ike_read_u32(&c->r);
    f->lease = ike_bytes(ike_read(&c->r, len), len);
}

static bool take_apart(const struct ike_session *s, ikev1_bytes state, uint64_t elapsed,
                       struct form *f) {
    struct ike_codec c = {.r = ike_reader(state), .now = s->ctx.now, .elapsed = elapsed};
    memset(f, 0, sizeof *f);
    f->live.keys = f->keys;
    if (ike_read_u8(&c.r) != FORM)
        return false;
    ike_code_sa(&c, &f->sa, &f->names);
    ike_code_live(&c, &f->live);
    ike_code_dpd(&c, &f->dpd);
    read_access(&c, f);
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
    struct ike_live *live = ike_live_new(ctx, f->live.prf_size, f->live.key_size);
    int r = sa != NULL && live != NULL ? IKEV1_OK : IKEV1_E_MEMORY;
    if (r == IKEV1_OK)
        r = ike_timers_reserve(&ctx->lifetimes, 1);
    if (r == IKEV1_OK) {
        *sa = f->sa;
        uint8_t *keys = live->keys;
        *live = f->live;
        live->keys = memcpy(keys, f->keys, ike_keys_size(live));
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
    ike_live_free(ctx, &live);
    ike_free(&ctx->mem, sa, sizeof *sa);
    return r;
}

static int make_access(struct ike_sa *sa, const struct form *f) {
    struct ike_context *ctx = sa->ctx;
    int r = ike_access_make(sa);
    if (r != IKEV1_OK)
        return r;
    const ikev1_bytes lease = ike_bytes(f->lease.data + CONFIG_HEAD, f->lease.len - CONFIG_HEAD);
    struct ike_access *a = sa->access;
    a->xauth = f->access.xauth;
    a->config = f->access.config;
    a->leased = f->access.leased;
    a->announced = f->access.announced;
    a->passed = true;
    a->timer.kind = IKE_TIMER_ACCESS; /* phase 1 has not just been done */
    r = ike_blob_set(&ctx->mem, &a->user, f->user);
    return r == IKEV1_OK ? ike_blob_set(&ctx->mem, &a->lease, lease) : r;
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

static int make_child(struct ike_sa *sa, struct ike_codec *c) {
    struct ike_context *ctx = sa->ctx;
    struct ike_member members[IKEV1_MAX_BUNDLE] = {{0}};
    uint8_t protocols[IKEV1_MAX_BUNDLE];
    struct ike_child read = {0};
    ike_code_child(c, &read, members);
    if (read.expires <= ctx->now)
        return IKEV1_OK; /* its time is over: it is not named to the host */
    for (size_t i = 0; i < read.member_count; i++)
        protocols[i] = members[i].suite.protocol;
    struct ike_child *child;
    int r = ike_child_enter(sa, &child);
    if (r != IKEV1_OK)
        return r;
    r = ike_members_set(child, protocols, read.member_count);
    if (r == IKEV1_OK)
        r = ike_tally_reserve(&ike_session(sa)->busy); /* for its claim */
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
    struct ike_codec c = f->children;
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
    if (r == IKEV1_OK && f->has_access)
        r = make_access(sa, f);
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
