/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The IPsec SAs that a Quick Mode makes: their SPIs, their keys, and everything else a kernel
 * needs, ready to be announced.
 */
#include <string.h>

#include "exchange/ask.h"
#include "exchange/material.h"
#include "exchange/natt.h"
#include "exchange/quick.h"

/* ---- members: one for each protocol ---- */

static bool has_members(const struct ike_child *c, const uint8_t *protocols, size_t count) {
    bool same = c->member_count == count;
    for (size_t i = 0; same && i < count; i++)
        same = ike_member_at(c, i)->suite.protocol == protocols[i];
    return same;
}

int ike_members_set(struct ike_child *child, const uint8_t *protocols, size_t count) {
    struct ike_context *ctx = child->sa->ctx;
    if (child->first.suite.protocol != 0)
        return has_members(child, protocols, count) ? IKEV1_OK : IKEV1_E_CONFIG;
    struct ike_member *more = NULL;
    if (count > 1) {
        more = ike_alloc(&ctx->mem, (count - 1) * sizeof *more);
        if (more == NULL)
            return IKEV1_E_MEMORY;
        if (ctx->reserve_spis(ctx, (uint32_t)(count - 1)) != IKEV1_OK) {
            ike_free(&ctx->mem, more, (count - 1) * sizeof *more);
            return IKEV1_E_MEMORY;
        }
    }
    child->more = more;
    child->member_count = (uint8_t)count;
    for (size_t i = 0; i < count; i++)
        ike_member_at(child, i)->suite.protocol = protocols[i];
    return IKEV1_OK;
}

void ike_members_free(struct ike_child *child) {
    struct ike_context *ctx = child->sa->ctx;
    if (child->more == NULL)
        return;
    ctx->release_spis(ctx, child->member_count - 1u);
    ike_free(&ctx->mem, child->more, (child->member_count - 1u) * sizeof *child->more);
    child->more = NULL;
    child->member_count = 1;
}

/* ---- from what a message has settled to the children ---- */

static int members_of(struct ike_child *child, const struct ike_terms *t) {
    uint8_t protocols[IKEV1_MAX_BUNDLE];
    for (size_t i = 0; i < t->count; i++)
        protocols[i] = t->members[i].suite.protocol;
    return ike_members_set(child, protocols, t->count);
}

int ike_children_prepare(struct ike_xchg *x, const struct ike_staged *st) {
    if (x->initiator) /* they are those that it has offered */
        return IKEV1_OK;
    struct ike_child *child = x->child;
    int r = IKEV1_OK;
    for (size_t i = 0; i < st->terms_count && r == IKEV1_OK; i++) {
        if (child == NULL)
            child = x->sa->ctx->add_child(x);
        r = child != NULL ? members_of(child, &st->terms[i]) : IKEV1_E_MEMORY;
        child = child != NULL ? child->also : NULL;
    }
    if (r == IKEV1_OK)
        return r;
    while (x->child->also != NULL)
        x->sa->ctx->drop_child(x->child->also);
    ike_members_free(x->child); /* none has an SPI yet */
    x->child->first.suite.protocol = 0;
    return r;
}

static void settle(struct ike_child *c, const struct ike_terms *t) {
    c->rule = t->rule;
    c->local = t->local;
    c->remote = t->remote;
    c->ids = t->ids;
    c->life_seconds = t->life_seconds;
    c->life_kilobytes = t->life_kilobytes;
    c->tell_life = t->tell_life;
    c->group = t->group;
    c->pace = t->pace;
    c->replay_window = t->replay_window;
    c->replay_status = t->replay_status;
    c->sha256_bits = t->sha256_bits;
    for (size_t i = 0; i < t->count; i++) {
        for (size_t k = 0; k < c->member_count; k++) {
            struct ike_member *m = ike_member_at(c, k);
            if (m->suite.protocol != t->members[i].suite.protocol)
                continue;
            m->suite = t->members[i].suite;
            m->spi_out = t->members[i].spi_out;
            m->place = t->members[i].place;
        }
    }
}

void ike_children_settle(struct ike_xchg *x, const struct ike_staged *st) {
    struct ike_child *child = x->child;
    for (size_t i = 0; i < st->terms_count && child != NULL; i++, child = child->also)
        settle(child, &st->terms[i]);
}

/* ---- SPIs ---- */

enum {
    SPI_TRIES = 8,
    CPI_TRIES = 64, /* there are fewer of them */
    CPI_FIRST = 256,
    CPI_LAST = 61439, /* of those that are negotiated: RFC 3173 2 */
};

static int draw_spi(struct ike_xchg *x, struct ike_child *child, struct ike_member *m) {
    struct ike_context *ctx = x->sa->ctx;
    ikev1_question q = ike_question(x->sa, x);
    bool hosts = ctx->policy.spi != NULL;
    bool cpi = m->suite.protocol == IKEV1_PROTO_IPCOMP;
    q.child = child->handle;
    q.rule = child->rule;
    for (int i = 0; m->spi_in == 0 && i < (cpi && !hosts ? CPI_TRIES : SPI_TRIES); i++) {
        uint32_t spi;
        int r = ike_ask_spi(ctx, &q, m->suite.protocol, &spi);
        if (r != IKEV1_OK)
            return r;
        if (cpi && !hosts)
            spi = CPI_FIRST + spi % (CPI_LAST - CPI_FIRST + 1);
        bool good = cpi ? spi >= CPI_FIRST && spi <= CPI_LAST : spi > 255; /* RFC 2406 2.1 */
        if (good && spi == m->spi_out) /* the peer has it for the other direction: QCK-11 */
            continue;
        if (good && !ctx->spi_in_use(ctx, spi))
            m->spi_in = spi;
        else if (hosts) /* it is asked once: it reserves what it answers */
            return IKEV1_E_CONFIG;
    }
    return m->spi_in != 0 ? IKEV1_OK : IKEV1_E_RANDOM;
}

static bool is_same(const struct ike_member *theirs, const struct ike_member *m, uint32_t spi) {
    return theirs->suite.protocol == m->suite.protocol && theirs->spi_out == spi;
}

/* Is it the SPI of another pair of the peer's, or of ours in this one? */
static bool is_taken(const struct ike_xchg *x, const struct ike_member *theirs) {
    for (const struct ike_child *c = x->sa->children; c != NULL; c = c->next) {
        for (size_t i = 0; i < c->member_count; i++) {
            const struct ike_member *m = ike_member_at(c, i);
            if (is_same(theirs, m, m->spi_out) || (c->xchg == x && is_same(theirs, m, m->spi_in)))
                return true;
        }
    }
    return false;
}

static bool is_named_before(const struct ike_staged *st, size_t terms,
                            const struct ike_member *theirs) {
    for (size_t i = 0; i < terms; i++) {
        for (size_t k = 0; k < st->terms[i].count; k++) {
            const struct ike_member *m = &st->terms[i].members[k];
            if (is_same(theirs, m, m->spi_out))
                return true;
        }
    }
    return false;
}

/* KEYMAT depends on protocol and SPI: with equal ones both directions, or two pairs, would have the
 * same keys (QCK-11). Of compression several may share a CPI (RFC 3173 4.1). */
int ike_check_spis(const struct ike_xchg *x, struct ike_staged *st, ikev1_why *why) {
    for (size_t i = 0; i < st->terms_count; i++) {
        for (size_t k = 0; k < st->terms[i].count; k++) {
            const struct ike_member *m = &st->terms[i].members[k];
            if (m->suite.protocol != IKEV1_PROTO_IPCOMP &&
                (is_taken(x, m) || is_named_before(st, i, m)))
                return ike_quick_refuse(st, why, IKEV1_E_SPI, IKEV1_PAYLOAD_SA,
                                        IKEV1_NOTIFY_INVALID_SPI);
        }
    }
    return IKEV1_OK;
}

int ike_child_spis(struct ike_xchg *x, struct ike_child *child) {
    int r = IKEV1_OK;
    for (size_t i = 0; i < child->member_count && r == IKEV1_OK; i++)
        r = draw_spi(x, child, ike_member_at(child, i));
    return r;
}

/* ---- keys ---- */

static bool is_chosen(const struct ike_member *m) {
    return m->suite.id != 0;
}

static void describe(ikev1_ipsec *s, const struct ike_child *c, const struct ike_member *m,
                     const struct ike_key_layout *layout, bool inbound) {
    const struct ike_suite *suite = &m->suite;
    bool sha256 = suite->integrity == IKEV1_INTEG_HMAC_SHA2_256;
    s->inbound = inbound;
    s->protocol = suite->protocol;
    s->spi = inbound ? m->spi_in : m->spi_out;
    s->other_spi = inbound ? m->spi_out : m->spi_in;
    s->transform = suite->id;
    s->integrity = suite->integrity;
    if (ike_takes_key_bits(suite->protocol, suite->id))
        s->key_bits = (uint16_t)((layout->encryption - layout->salt) * 8);
    s->salt_size = layout->salt;
    s->icv_bits = (uint16_t)(sha256 && c->sha256_bits != 0 ? c->sha256_bits : layout->icv * 8);
    s->icv_ambiguous = sha256 && c->sha256_bits == 0;
    s->esn = suite->esn != 0;
    s->replay_window = c->replay_window;
    s->peer_replay = c->initiator ? c->replay_status : IKEV1_REPLAY_UNSAID;
    s->pfs_group = c->group;
    s->local = c->local;
    s->remote = c->remote;
    s->life_seconds = c->life_seconds;
    s->life_kilobytes = c->life_kilobytes;
}

static bool makes_tunnel(const struct ike_member *m) {
    return is_chosen(m) && ike_plain_mode(m->suite.encapsulation) == IKEV1_ENCAP_TUNNEL;
}

/* One tunnel, made by the innermost that is negotiated to; the others carry what they find. UDP
 * encapsulation is a mode on the wire and a property of the SA for a kernel. */
static void set_modes(ikev1_ipsec *s, const struct ike_xchg *x, const struct ike_child *c) {
    const struct ike_member *tunnel = NULL;
    for (size_t i = 0; i < c->member_count && tunnel == NULL; i++)
        tunnel = makes_tunnel(ike_member_at(c, i)) ? ike_member_at(c, i) : NULL;
    for (size_t i = 0; i < c->member_count; i++) {
        const struct ike_member *m = ike_member_at(c, i);
        if (!is_chosen(m))
            continue;
        s->mode = m == tunnel ? IKEV1_ENCAP_TUNNEL : IKEV1_ENCAP_TRANSPORT;
        s->udp = s->protocol == IKEV1_PROTO_ESP &&
                 ike_plain_mode(m->suite.encapsulation) != m->suite.encapsulation;
        if (x != NULL && s->udp && tunnel == NULL) {
            s->original_local = x->mat->original[0];
            s->original_remote = x->mat->original[1];
        }
        ike_selectors_packet(s++, c->sa, tunnel != NULL);
    }
}

/* KEYMAT of one protocol in one direction: encryption key first, then integrity (RFC 2409 5.5). */
static int make_keys(struct ike_xchg *x, ikev1_ipsec *s, const struct ike_key_layout *layout,
                     uint8_t *out) {
    const struct ike_sa *sa = x->sa;
    size_t len = (size_t)layout->encryption + layout->integrity;
    s->encryption_key = ike_bytes(out, layout->encryption);
    s->integrity_key = ike_bytes(out + layout->encryption, layout->integrity);
    if (len == 0) /* compression */
        return IKEV1_OK;
    int r = ike_keymat(&sa->ctx->crypto, &sa->algs, ike_skeyid_d(sa->live),
                       ike_blob_bytes(&x->mat->secret), s->protocol, s->spi,
                       ike_blob_bytes(&x->mat->ni), ike_blob_bytes(&x->mat->nr), out, len);
    bool weak = s->protocol == IKEV1_PROTO_ESP && ike_esp_key_weak(s->transform, out);
    return r == IKEV1_OK && weak ? IKEV1_E_WEAK : r; /* RFC 2405 4, RFC 2451 2.3 */
}

static int layouts_of(const struct ike_child *c, struct ike_key_layout *layouts, size_t *bytes) {
    int r = IKEV1_OK;
    *bytes = 0;
    for (size_t i = 0; i < c->member_count && r == IKEV1_OK; i++) {
        const struct ike_member *m = ike_member_at(c, i);
        if (!is_chosen(m))
            continue;
        r = ike_key_layout(&layouts[i], &m->suite);
        *bytes += (size_t)layouts[i].encryption + layouts[i].integrity;
    }
    return r;
}

/* All but the keys: `x` NULL. */
static int one_way(struct ike_xchg *x, const struct ike_child *c, bool inbound,
                   struct ike_detail **out) {
    struct ike_context *ctx = c->sa->ctx;
    struct ike_key_layout layouts[IKEV1_MAX_BUNDLE];
    size_t bytes;
    int r = *out != NULL ? IKEV1_OK : layouts_of(c, layouts, &bytes);
    if (r != IKEV1_OK || *out != NULL)
        return r;
    struct ike_detail *d = ike_detail_new(ctx, x != NULL ? bytes : 0);
    if (d == NULL)
        return IKEV1_E_MEMORY;
    uint8_t *at = d->bytes;
    for (size_t i = 0; i < c->member_count && r == IKEV1_OK; i++) {
        const struct ike_member *m = ike_member_at(c, i);
        if (!is_chosen(m))
            continue;
        ikev1_ipsec *s = &d->as.ipsec[d->count++];
        describe(s, c, m, &layouts[i], inbound);
        r = x != NULL ? make_keys(x, s, &layouts[i], at) : IKEV1_OK;
        at += s->encryption_key.len + s->integrity_key.len;
    }
    if (r != IKEV1_OK) {
        ike_detail_free(ctx, d);
        return r;
    }
    set_modes(d->as.ipsec, x, c);
    *out = d;
    return r;
}

struct ike_detail *ike_child_describe(const struct ike_child *child, bool inbound) {
    struct ike_detail *detail = NULL;
    (void)one_way(NULL, child, inbound, &detail);
    return detail;
}

int ike_children_keys(struct ike_xchg *x, ikev1_why *why) {
    uint16_t group = x->child->group;
    int r = group != 0 ? ike_material_agree(x, ike_group_alg(&x->sa->ctx->crypto, group), why)
                       : IKEV1_OK;
    if (r != IKEV1_OK)
        return r;
    for (struct ike_child *c = x->child; c != NULL && r == IKEV1_OK; c = c->also) {
        r = one_way(x, c, true, &c->inbound);
        if (r == IKEV1_OK)
            r = one_way(x, c, false, &c->outbound);
    }
    return r == IKEV1_OK ? r : ike_refuse(why, r, 0, 0, "RFC 2409 5.5");
}
