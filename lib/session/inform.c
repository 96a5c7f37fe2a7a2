/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Informational exchange (RFC 2409 5.7) and what it can do: only a message under a verified
 * hash does anything, and only to what belongs to its sender. An error is never answered with an
 * error.
 */
#include <string.h>

#include "exchange/natt.h"
#include "exchange/phase1.h"
#include "exchange/run.h"
#include "session/life.h"
#include "session/dpd.h"

enum { SPIS_AT_ONCE = 64, CLEAR_CAP = 128 };

/* ---- out ---- */

static void send_one(struct ike_sa *sa, uint8_t payload, const struct ike_writer *w) {
    uint32_t id;
    if (sa->state != IKE_SA_EXPIRED && ike_msgid_draw(sa, &id) == IKEV1_OK)
        (void)ike_send_informational(sa, id, payload, ike_bytes(w->start, ike_written(w)));
}

static void tell(struct ike_sa *sa, const struct ike_notify *n) {
    uint8_t body[64];
    struct ike_writer w = ike_writer(body, sizeof body);
    ike_notify_encode(&w, n);
    send_one(sa, IKEV1_PAYLOAD_NOTIFY, &w);
}

void ike_tell_notify(struct ike_sa *sa, uint16_t type, uint8_t protocol, uint32_t spi) {
    uint8_t raw[4];
    ike_put_u32(raw, spi);
    struct ike_notify n = {.protocol = protocol, .type = type};
    n.spi = ike_bytes(raw, spi != 0 ? sizeof raw : 0);
    tell(sa, &n);
}

void ike_tell_status(struct ike_sa *sa, uint16_t type, ikev1_bytes data) {
    uint8_t spi[2 * IKEV1_COOKIE_SIZE];
    ike_own_spi(sa, spi);
    struct ike_notify n = {.protocol = IKEV1_PROTO_ISAKMP,
                           .type = type,
                           .spi = ike_bytes(spi, sizeof spi),
                           .data = data};
    tell(sa, &n);
}

void ike_tell_lifetime(struct ike_sa *sa) {
    uint8_t attributes[32];
    struct ike_writer w = ike_writer(attributes, sizeof attributes);
    ike_lifetime_put(&w, sa->life);
    ike_tell_status(sa, IKEV1_NOTIFY_RESPONDER_LIFETIME, ike_bytes(attributes, ike_written(&w)));
}

static void delete_spis(struct ike_sa *sa, uint8_t protocol, uint8_t size, ikev1_bytes spis) {
    uint8_t body[8 + 4 * SPIS_AT_ONCE];
    struct ike_writer w = ike_writer(body, sizeof body);
    struct ike_delete d = {.protocol = protocol, .spi_size = size, .spis = spis};
    d.count = (uint16_t)(spis.len / size);
    ike_delete_encode(&w, &d);
    send_one(sa, IKEV1_PAYLOAD_DELETE, &w);
}

/* What a child has agreed on of a protocol; NULL = nothing. */
static const struct ike_member *member_of(const struct ike_child *c, uint8_t protocol) {
    for (size_t i = 0; i < c->member_count; i++) {
        const struct ike_member *m = ike_member_at(c, i);
        if (m->suite.protocol == protocol && m->suite.id != 0)
            return m;
    }
    return NULL;
}

/* The children of one protocol, or only one of them, as many as fit into one message at a time. A
 * delete names the sender's own inbound SPIs (RFC 2408 3.15). */
static void delete_children(struct ike_sa *sa, uint8_t protocol, const struct ike_child *only) {
    uint8_t spis[4 * SPIS_AT_ONCE];
    struct ike_writer w = ike_writer(spis, sizeof spis);
    for (const struct ike_child *c = sa->children; c != NULL; c = c->next) {
        const struct ike_member *m = member_of(c, protocol);
        if (c->state == IKE_CHILD_NEGOTIATING || m == NULL || (only != NULL && c != only))
            continue;
        if (ike_written(&w) == sizeof spis) {
            delete_spis(sa, protocol, 4, ike_bytes(spis, sizeof spis));
            w = ike_writer(spis, sizeof spis);
        }
        ike_write_u32(&w, m->spi_in);
    }
    if (ike_written(&w) != 0)
        delete_spis(sa, protocol, 4, ike_bytes(spis, ike_written(&w)));
}

void ike_tell_delete(struct ike_sa *sa, const struct ike_child *child) {
    delete_children(sa, IKEV1_PROTO_ESP, child);
    delete_children(sa, IKEV1_PROTO_AH, child);
    delete_children(sa, IKEV1_PROTO_IPCOMP, child); /* a CPI in four bytes: RFC 3173 4.1 */
    if (child == NULL)
        ike_tell_delete_sa(sa);
}

void ike_tell_delete_sa(struct ike_sa *sa) {
    uint8_t raw[16];
    ike_own_spi(sa, raw);
    delete_spis(sa, IKEV1_PROTO_ISAKMP, 16, ike_bytes(raw, 16));
}

void ike_tell_clear(struct ike_sa *sa, uint16_t type) {
    struct ike_context *ctx = sa->ctx;
    uint8_t buf[CLEAR_CAP];
    struct ike_message_writer m;
    struct ike_header h = {.version = 0x10, .exchange = IKEV1_EXCHANGE_INFORMATIONAL};
    struct ike_notify n = {.protocol = IKEV1_PROTO_ISAKMP, .type = type};
    if (!ctx->clear_notify || type == 0 || ike_random_u32(ctx, &h.message_id) != IKEV1_OK)
        return;
    h.message_id |= 1;
    memcpy(h.icookie, sa->icookie, sizeof h.icookie);
    memcpy(h.rcookie, sa->rcookie, sizeof h.rcookie);
    ike_message_begin(&m, buf, sizeof buf, &h);
    ike_notify_put(&m, &n);
    if (ike_send(sa, ike_bytes(buf, ike_message_end(&m, 0))) == IKEV1_OK)
        ike_log(ctx, IKEV1_LOG_SEND,
                &(struct ike_log_about){.sa = sa, .lone = IKEV1_PAYLOAD_NOTIFY});
}

/* ---- in ---- */

void ike_follow(struct ike_sa *sa, const ikev1_path *path) {
    /* Who has not authenticated stays where it is counted. */
    if ((sa->half_open && !ike_same_ip(&sa->path.remote, &path->remote)) ||
        ike_path_equal(&sa->path, path))
        return;
    /* Nobody goes back from the encapsulated ports: what comes by the old ones is old. */
    if (sa->path.encapsulated && !path->encapsulated)
        return;
    /* The float to the encapsulated ports, or a NAT in front of the peer that forgot its mapping
     * (RFC 3947 4; NAT-04). Without NAT a peer does not move. */
    if (!(path->encapsulated && ike_natt_floats(sa)) && !sa->nat_remote)
        return;
    struct ike_session *s = ike_session(sa);
    ike_index_remove(&s->requests, ike_hash_own(sa), ike_slot_of(sa->handle));
    sa->path = *path;
    ike_index_add(&s->requests, ike_hash_own(sa), ike_slot_of(sa->handle));
    ike_log_sa(sa, IKEV1_LOG_MOVED, NULL);
    if (sa->state == IKE_SA_ESTABLISHED)
        ike_event(sa, NULL, IKEV1_EVENT_SA_MOVED, NULL);
}

/* One protocol of a bundle is enough: without it the others are of no use. */
static bool deletes(const struct ike_delete *d, const struct ike_child *c) {
    struct ike_reader r = ike_reader(d->spis);
    const struct ike_member *m = member_of(c, d->protocol);
    if (m == NULL || d->spi_size > 4 || c->state == IKE_CHILD_NEGOTIATING)
        return false;
    for (uint16_t i = 0; i < d->count; i++) {
        uint32_t spi = d->spi_size == 2 ? ike_read_u16(&r) : ike_read_u32(&r);
        if (spi == m->spi_out || (spi == m->spi_in && ike_quirk(c->sa, IKEV1_QUIRK_DELETE_OUR_SPI)))
            return true;
    }
    return false;
}

static bool deletes_sa(const struct ike_delete *d, const struct ike_sa *sa) {
    if (d->protocol != IKEV1_PROTO_ISAKMP || d->spi_size != 16)
        return false;
    for (uint16_t i = 0; i < d->count; i++) {
        const uint8_t *spi = d->spis.data + 16 * (size_t)i;
        if (memcmp(spi, sa->icookie, 8) == 0 && memcmp(spi + 8, sa->rcookie, 8) == 0)
            return true;
    }
    return false;
}

static void delete_in(struct ike_sa *sa, const struct ike_delete *d, ikev1_why *why) {
    for (struct ike_child *c = sa->children, *next; c != NULL; c = next) {
        next = c->next;
        if (!deletes(d, c))
            continue;
        bool alone = c->xchg == NULL; /* else others end with it */
        why->rule = c->rule;
        bool outdone = c->state == IKE_CHILD_UP && (c->replaced || ike_child_outdone(c));
        why->code = outdone ? IKEV1_E_REPLACED : IKEV1_E_DELETED;
        ike_child_close(c, why, false);
        next = alone ? next : sa->children;
    }
}

/* Returns whether the SA itself goes: last, since the rest of the message still belongs to it. */
static bool apply_delete(struct ike_sa *sa, const struct ike_payload *p) {
    ikev1_why why = {.code = IKEV1_E_DELETED,
                     .exchange = IKEV1_EXCHANGE_INFORMATIONAL,
                     .message = 1,
                     .payload = IKEV1_PAYLOAD_DELETE,
                     .cite = "RFC 2408 3.15"};
    struct ike_delete d;
    if (ike_delete_decode(&d, p->body, NULL) != IKEV1_OK)
        return false;
    delete_in(sa, &d, &why);
    /* The peer may have given its pairs to another ISAKMP SA of ours than we have. */
    unsigned looked = 0;
    for (struct ike_sa *o = ike_kin(sa, NULL, &looked), *next; o != NULL; o = next) {
        next = ike_kin(sa, o, &looked);
        delete_in(o, &d, &why);
        ike_sa_emptied(o, &why);
    }
    return deletes_sa(&d, sa);
}

static uint32_t spi_of(ikev1_bytes raw) {
    struct ike_reader r = ike_reader(raw);
    return raw.len == 4 ? ike_read_u32(&r) : 0;
}

/* The unfinished Quick Mode that an error is about: the one whose SPI it names; where it names
 * none, the only one of ours that there is. */
static struct ike_child *concerned(const struct ike_sa *sa, const struct ike_notify *n) {
    struct ike_child *found = NULL;
    size_t candidates = 0;
    const uint32_t spi = spi_of(n->spi);
    for (struct ike_child *c = sa->children; c != NULL; c = c->next) {
        bool fits = spi != 0 ? ike_child_has_spi(c, spi) && c->state != IKE_CHILD_UP
                             : c->initiator && c->state == IKE_CHILD_NEGOTIATING;
        if (fits && (spi != 0 || c->xchg->child == c)) { /* of each exchange one */
            found = c;
            candidates++;
        }
    }
    return candidates == 1 ? found : NULL;
}

/* The pair that the peer does not have (any more), by the SPI that should be its own. Some put it
 * into the data. */
static struct ike_child *unknown_to_peer(const struct ike_sa *sa, const struct ike_notify *n) {
    const uint32_t spi = spi_of(n->spi.len == 4 ? n->spi : n->data);
    struct ike_child *c = sa->children;
    while (c != NULL && (spi == 0 || c->state != IKE_CHILD_UP || c->first.spi_out != spi))
        c = c->next;
    return c;
}

static void notify_event(struct ike_sa *sa, const struct ike_notify *n) {
    struct ike_detail *d = ike_detail_new(sa->ctx, n->spi.len + n->data.len);
    if (d == NULL)
        return;
    if (n->spi.len != 0)
        memcpy(d->bytes, n->spi.data, n->spi.len);
    if (n->data.len != 0)
        memcpy(d->bytes + n->spi.len, n->data.data, n->data.len);
    d->as.notify = (ikev1_notify){.type = n->type, .protocol = n->protocol};
    d->as.notify.spi = ike_bytes(d->bytes, n->spi.len);
    d->as.notify.data = ike_bytes(d->bytes + n->spi.len, n->data.len);
    ike_event(sa, NULL, IKEV1_EVENT_NOTIFY, d);
}

static bool is_error(uint16_t type) {
    return type < IKEV1_NOTIFY_CONNECTED; /* RFC 2408 3.14.1 */
}

static ikev1_why notified(const struct ike_sa *sa, uint16_t type) {
    return (ikev1_why){.code = IKEV1_E_NOTIFIED,
                       .notify = type,
                       .rule = sa->rule,
                       .exchange = IKEV1_EXCHANGE_INFORMATIONAL,
                       .message = 1,
                       .payload = IKEV1_PAYLOAD_NOTIFY,
                       .cite = "RFC 2408 3.14"};
}

/* Returns whether the SA itself has failed: an authenticated refusal of phase 1. */
static bool apply_notify(struct ike_sa *sa, uint32_t message_id, const struct ike_payload *p,
                         ikev1_why *why) {
    struct ike_notify n;
    if (ike_notify_decode(&n, p->body, NULL) != IKEV1_OK)
        return false;
    *why = notified(sa, n.type);
    struct ike_log_about about = {.sa = sa, .why = why};
    ike_log(sa->ctx, IKEV1_LOG_NOTIFIED, &about);
    if (n.type == IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN)
        ike_log(sa->ctx, IKEV1_LOG_NO_PROPOSAL, &about);
    if (sa->state != IKE_SA_ESTABLISHED)
        return is_error(n.type);
    if (ike_dpd_notified(sa, &n))
        return false;
    ike_dpd_heard(sa);
    if (n.type == IKEV1_NOTIFY_INITIAL_CONTACT)
        ike_contact(sa);
    if (n.type == IKEV1_NOTIFY_RESPONDER_LIFETIME && n.protocol == IKEV1_PROTO_ISAKMP &&
        sa->initiator) {
        ike_sa_shorten(sa, ike_lifetime_got(n.data));
        ike_sa_arm(sa);
    }
    if (n.type == IKEV1_NOTIFY_CONNECTED)
        ike_connected(sa, message_id, spi_of(n.spi));
    struct ike_child *child = is_error(n.type) ? concerned(sa, &n) : NULL;
    if (n.type == IKEV1_NOTIFY_INVALID_SPI && child == NULL)
        child = unknown_to_peer(sa, &n);
    if (child != NULL) {
        why->rule = child->rule;
        ike_child_close(child, why, false);
    } else {
        notify_event(sa, &n);
    }
    return false;
}

static int apply(struct ike_sa *sa, const struct ike_received *in) {
    ikev1_why why = {.code = IKEV1_E_DELETED, .rule = sa->rule, .cite = "RFC 2408 3.15"};
    bool ends = false;
    for (size_t i = 0; i < in->chain.count && !ends; i++) {
        if (in->chain.at[i].type == IKEV1_PAYLOAD_NOTIFY)
            ends = apply_notify(sa, in->header->message_id, &in->chain.at[i], &why);
    }
    for (size_t i = 0; i < in->chain.count; i++) {
        if (in->chain.at[i].type == IKEV1_PAYLOAD_DELETE && apply_delete(sa, &in->chain.at[i])) {
            why = (ikev1_why){.code = IKEV1_E_DELETED, .rule = sa->rule, .cite = "RFC 2408 3.15"};
            ends = true;
        }
    }
    if (ends && sa->state == IKE_SA_ESTABLISHED)
        ike_sa_retire(sa, &why, false);
    else if (ends)
        ike_sa_close(sa, &why, false);
    return IKEV1_OK;
}

/* What may have been why, if nothing better comes. What a responder has found out itself stays: it
 * counts against its peer. */
static void remember(struct ike_xchg *x, uint16_t type) {
    if (!x->initiator && x->suspect != 0)
        return;
    x->suspect = IKEV1_E_NOTIFIED;
    x->notified = type;
}

/* In the clear it proves nothing and does nothing (INF-02, PH1-11); it may say what is wrong. */
static int unprotected(struct ike_sa *sa, const struct ike_header *h, ikev1_bytes datagram,
                       const ikev1_path *path, ikev1_why *why) {
    struct ike_chain chain;
    struct ike_notify n;
    ikev1_bytes body =
        ike_bytes(datagram.data + IKEV1_HEADER_SIZE, datagram.len - IKEV1_HEADER_SIZE);
    int r = ike_chain_decode(&chain, h->next, body, 0, why);
    if (r != IKEV1_OK)
        return r;
    const struct ike_payload *p = ike_chain_find(&chain, IKEV1_PAYLOAD_NOTIFY, 0);
    struct ike_xchg *x = sa->phase1;
    if (p != NULL && ike_notify_decode(&n, p->body, why) == IKEV1_OK) {
        ikev1_why about_why = notified(sa, n.type);
        struct ike_log_about about = {.sa = sa, .path = path, .header = h, .why = &about_why};
        ike_log(sa->ctx, IKEV1_LOG_UNPROTECTED_NOTIFY, &about);
        if (sa->state == IKE_SA_NEGOTIATING && is_error(n.type)) {
            if (n.type == IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN && x->initiator && x->suspect == 0)
                ike_log(sa->ctx, IKEV1_LOG_NO_PROPOSAL, &about);
            remember(x, n.type);
        }
    }
    return ike_refuse(why, IKEV1_E_UNPROTECTED, IKEV1_PAYLOAD_NOTIFY, 0, "RFC 2409 5.7");
}

int ike_informational(struct ike_sa *sa, const struct ike_header *h, ikev1_bytes datagram,
                      const ikev1_path *path, ikev1_why *why) {
    struct ike_context *ctx = sa->ctx;
    struct ike_received in;
    if ((h->flags & IKEV1_FLAG_ENCRYPTION) == 0)
        return unprotected(sa, h, datagram, path, why);
    if (sa->live == NULL)
        return ike_refuse(why, IKEV1_E_NO_KEY, 0, 0, "RFC 2409 5.7");
    const bool awaited = ike_quick_held(sa, h->message_id) != NULL; /* RFC 2408 3.1 */
    if (!awaited && ike_msgid_used(sa, h->message_id))              /* INF-14 */
        return ike_refuse(why, IKEV1_E_REPLAYED, 0, 20, "RFC 2408 3.1");
    int r = ike_msgid_reserve(sa);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, 0, 0, NULL);
    in.path = path;
    r = ike_run_informational(sa, h, datagram, NULL, &in, why);
    if (r != IKEV1_OK && IKEV1_ERROR_CLASS(r) == IKEV1_CLASS_PEER && r != IKEV1_E_CIPHERTEXT &&
        sa->state == IKE_SA_NEGOTIATING && sa->initiator && ike_auth_shares(sa->auth)) {
        /* The peer answers our first encrypted message with something we cannot read: it could not
         * read ours either. */
        r = ike_unreadable(why);
        if (sa->phase1->suspect != IKEV1_E_PSK)
            ike_log_sa(sa, IKEV1_LOG_KEYS_DIFFER, NULL);
        sa->phase1->suspect = IKEV1_E_PSK;
    }
    if (r == IKEV1_OK) {
        if (!awaited)
            ike_msgid_claim(sa, h->message_id);
        /* What the peer has lost is not taken over by the SA that this confirms. */
        if (!sa->live->confirmed && ike_got_contact(sa, &in))
            sa->live->contact = true;
        ike_sa_confirm(sa);
        ike_follow(sa, path);
        r = apply(sa, &in);
    }
    ctx->mem.wipe(ctx->scratch, datagram.len);
    return r;
}

int ike_quick_4(struct ike_xchg *x, const struct ike_header *h, ikev1_bytes datagram,
                const ikev1_path *path, ikev1_why *why) {
    struct ike_sa *sa = x->sa;
    struct ike_received in;
    if (x->number != 4 || (sa->quirks & IKEV1_QUIRK_QUICK_4) == 0)
        return ike_refuse(why, IKEV1_E_UNEXPECTED_MESSAGE, 0, 0, "RFC 2409 5.5");
    in.path = path;
    int r = ike_run_informational(sa, h, datagram, x->iv, &in, why);
    if (r == IKEV1_OK) {
        (void)ike_quirk(sa, IKEV1_QUIRK_QUICK_4);
        x->number++; /* there is no fifth */
        ike_sa_confirm(sa);
        ike_follow(sa, path);
        r = apply(sa, &in);
    }
    sa->ctx->mem.wipe(sa->ctx->scratch, datagram.len);
    return r;
}
