/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The form of exported state. One list of fields serves both directions, so that what is written is
 * what is read.
 */
#include "session/codec.h"

#include <string.h>

enum { DPD_AHEAD = 1 << 16 };

/* ---- kinds of fields ---- */

static void octets(struct ike_codec *c, uint8_t *field, size_t len) {
    if (c->w != NULL) {
        ike_write(c->w, ike_bytes(field, len));
        return;
    }
    const uint8_t *from = ike_read(&c->r, len);
    if (from != NULL)
        memcpy(field, from, len);
}

static void u8(struct ike_codec *c, uint8_t *field) {
    octets(c, field, 1);
}

/* What it was, or has been read: flags are single bits, which no pointer leads to. */
static bool flag(struct ike_codec *c, bool field) {
    uint8_t value = field;
    u8(c, &value);
    c->r.bad |= c->w == NULL && value > 1;
    return value == 1;
}

static void u16(struct ike_codec *c, uint16_t *field) {
    if (c->w != NULL)
        ike_write_u16(c->w, *field);
    else
        *field = ike_read_u16(&c->r);
}

static void u32(struct ike_codec *c, uint32_t *field) {
    if (c->w != NULL)
        ike_write_u32(c->w, *field);
    else
        *field = ike_read_u32(&c->r);
}

static void u64(struct ike_codec *c, uint64_t *field) {
    uint32_t high = (uint32_t)(*field >> 32), low = (uint32_t)*field;
    u32(c, &high);
    u32(c, &low);
    *field = (uint64_t)high << 32 | low;
}

/* A point in time is what is left until then: clocks differ. */
static void moment(struct ike_codec *c, ikev1_time *field) {
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

static void address(struct ike_codec *c, ikev1_address *a) {
    u8(c, &a->family);
    octets(c, a->ip, sizeof a->ip);
    u16(c, &a->port);
}

static void selector(struct ike_codec *c, ikev1_selector *s) {
    u8(c, &s->family);
    u8(c, &s->protocol);
    u16(c, &s->port);
    octets(c, s->start, sizeof s->start);
    octets(c, s->end, sizeof s->end);
}

/* ---- the SA ---- */

void ike_code_sa(struct ike_codec *c, struct ike_sa *sa, struct ike_names *names) {
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

void ike_code_live(struct ike_codec *c, struct ike_live *live) {
    u8(c, &live->prf_size);
    u8(c, &live->key_size);
    c->r.bad |= live->prf_size > IKEV1_MAX_HASH || live->key_size > IKEV1_MAX_KEY;
    octets(c, live->keys, c->r.bad ? 0 : ike_keys_size(live));
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
void ike_code_dpd(struct ike_codec *c, struct ike_dpd *dpd) {
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

void ike_code_access(struct ike_codec *c, struct ike_access *a) {
    u8(c, &a->xauth);
    u8(c, &a->config);
    a->leased = flag(c, a->leased);
    a->announced = flag(c, a->announced);
}

/* ---- a child ---- */

static void walk_member(struct ike_codec *c, struct ike_member *m) {
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
void ike_code_child(struct ike_codec *c, struct ike_child *child, struct ike_member *members) {
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
