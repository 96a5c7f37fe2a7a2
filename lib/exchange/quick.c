/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quick Mode (RFC 2409 5.5): pairs of IPsec SAs, one for each SA payload, all of them or none.
 * Every message is authenticated by its HASH(n) before anything here is run, so what is refused
 * here ends the exchange.
 */
#include <string.h>

#include "exchange/ask.h"
#include "exchange/choice.h"
#include "exchange/material.h"
#include "exchange/natt.h"
#include "exchange/quick.h"

enum {
    LIFE_DEFAULT = 28800, /* of an offer that names none: RFC 2407 4.5 */
    MOST_BODY = 2400,     /* bytes of an SA payload of ours: 32 proposals of one transform */
};

#define CITE "RFC 2409 5.5"

int ike_quick_refuse(struct ike_staged *st, ikev1_why *why, int code, uint8_t payload,
                     uint16_t notify) {
    ike_refuse(why, code, payload, 0, CITE);
    why->notify = notify;
    st->refuse = notify;
    return code;
}

/* ---- key exchange for PFS ---- */

static int refuse_ke(struct ike_staged *st, ikev1_why *why, int code) {
    return ike_quick_refuse(st, why, code, IKEV1_PAYLOAD_KE, IKEV1_NOTIFY_INVALID_KEY_INFORMATION);
}

static void put_pfs(ikev1_why *why, bool has_ke, uint16_t group) {
    struct ike_text theirs = ike_text(why->theirs, sizeof why->theirs);
    struct ike_text ours = ike_text(why->ours, sizeof why->ours);
    ike_text_str(&theirs, has_ke ? "a public value" : "no public value");
    if (group != 0)
        ike_text_name(&ours, IKEV1_NAMES_GROUP, group);
    else
        ike_text_str(&ours, "no PFS");
}

/* A KE payload comes exactly when a group was agreed, the same for all SAs (QCK-13). */
static int read_ke(const struct ike_xchg *x, const struct ike_received *in, struct ike_staged *st,
                   ikev1_why *why) {
    const struct ike_context *ctx = x->sa->ctx;
    const struct ike_payload *ke = ike_chain_find(&in->chain, IKEV1_PAYLOAD_KE, 0);
    uint16_t group = st->terms[0].group;
    for (size_t i = 1; i < st->terms_count; i++)
        if (st->terms[i].group != group)
            return refuse_ke(st, why, IKEV1_E_PFS);
    if ((ke != NULL) != (group != 0)) {
        put_pfs(why, ke != NULL, group);
        return refuse_ke(st, why, IKEV1_E_PFS);
    }
    if (ke == NULL)
        return IKEV1_OK;
    if (ike_group_check(ike_group_alg(&ctx->crypto, group), ke->body) != IKEV1_OK)
        return refuse_ke(st, why, IKEV1_E_KE_INVALID);
    if (x->initiator && ike_bytes_equal(ke->body, ike_blob_bytes(&x->mat->ke_i)))
        return refuse_ke(st, why, IKEV1_E_KE_REFLECTED);
    st->ke = ke->body;
    return IKEV1_OK;
}

static struct ike_pace pace(const ikev1_phase2 *p) {
    return (struct ike_pace){.packets = p->life_packets,
                             .idle_seconds = p->idle_seconds,
                             .rekey_margin = p->rekey_margin,
                             .rekey = p->rekey};
}

/* ---- message 1 ---- */

/* One member for each protocol that the host offers, innermost first. */
static int offer_members(struct ike_child *child, const ikev1_phase2 *p, uint16_t encapsulation) {
    static const uint8_t ORDER[] = {IKEV1_PROTO_IPCOMP, IKEV1_PROTO_ESP, IKEV1_PROTO_AH};
    uint8_t protocols[IKEV1_MAX_BUNDLE];
    unsigned offered = 0;
    size_t count = 0;
    for (size_t i = 0, size; i < p->suite_count; i += size) {
        size = ike_bundle_size(p, i);
        for (size_t k = i; k < i + size && ike_is_usable(p, i, encapsulation); k++)
            offered |= 1u << p->suites[k].protocol;
    }
    for (size_t i = 0; i < sizeof ORDER; i++)
        if (offered & 1u << ORDER[i])
            protocols[count++] = ORDER[i];
    return count != 0 ? ike_members_set(child, protocols, count) : IKEV1_E_UNSUPPORTED;
}

/* What one SA payload of the host's answer makes of its child. */
static int prepare_child(struct ike_xchg *x, struct ike_child *c, const ikev1_phase2 *first,
                         const ikev1_phase2 *p, struct ike_blob *offers, ikev1_why *why) {
    const uint16_t encapsulation = ike_encapsulation(x->sa, p->mode);
    struct ike_terms own;
    uint8_t body[MOST_BODY];
    int r = offer_members(c, p, encapsulation);
    if (r == IKEV1_E_UNSUPPORTED) /* nothing but AH, and a NAT in between */
        return ike_refuse_suite(why, r, 0, p->suites[0].protocol, IKEV1_ATTR2_ENCAPSULATION,
                                encapsulation);
    c->rule = p->rule;
    if (r == IKEV1_OK)
        r = ike_child_spis(x, c);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, IKEV1_PAYLOAD_SA, 0, CITE);
    ike_selectors_own(&own, first, &x->sa->path);
    if (x->child->replaces == 0) { /* else they are those of the pair that it replaces */
        c->local = own.local;
        c->remote = own.remote;
        c->ids = own.ids;
    } else if (c != x->child) {
        c->local = x->child->local;
        c->remote = x->child->remote;
        c->ids = x->child->ids;
    }
    c->pace = pace(p);
    c->match = first->match;
    c->group = first->pfs_group;
    c->sha256_bits = p->sha256_bits;
    c->replay_window = p->replay_window;
    c->life_seconds = ike_lifetime2(p).seconds;
    c->life_kilobytes = p->life_kilobytes;
    c->lifetime = p->lifetime;
    struct ike_writer w = ike_writer(body, sizeof body);
    ikev1_phase2 offer = *p;
    offer.pfs_group = first->pfs_group;
    ike_offer2(&w, &offer, encapsulation, c);
    if (w.bad)
        return ike_refuse(why, IKEV1_E_OUTPUT, IKEV1_PAYLOAD_SA, 0, CITE);
    r = ike_offers_add(x, offers, ike_bytes(body, ike_written(&w)));
    return r == IKEV1_OK ? r : ike_refuse(why, r, 0, 0, NULL);
}

/* The host's answer becomes our SA bodies and the fields of the children; done once. */
static int prepare_offer(struct ike_xchg *x, ikev1_why *why) {
    struct ike_context *ctx = x->sa->ctx;
    struct ike_blob offers = {NULL, 0};
    ikev1_question q = ike_question(x->sa, x);
    ikev1_phase2 first;
    int r = ike_ask_phase2(ctx, &q, &first, why);
    struct ike_child *child = x->child;
    for (const ikev1_phase2 *p = &first; p != NULL && r == IKEV1_OK; p = p->next) {
        if (child == NULL)
            child = ctx->add_child(x); /* NULL: no memory, or too many of them */
        if (child == NULL)
            return ike_blob_free(&ctx->mem, &offers), ike_refuse(why, IKEV1_E_MEMORY, 0, 0, NULL);
        r = prepare_child(x, child, &first, p, &offers, why);
        child = child->also;
    }
    if (r != IKEV1_OK) {
        ike_blob_free(&ctx->mem, &offers);
        return r;
    }
    x->sa_i = offers;
    return r;
}

static void put_id(struct ike_message_writer *m, const ikev1_selector *s) {
    uint8_t buf[32];
    ikev1_id id;
    ike_selector_to_id(&id, s, buf);
    ike_payload_begin(m, IKEV1_PAYLOAD_ID);
    ike_id_encode(&m->w, &id);
    ike_payload_end(m);
}

/* IDci, IDcr: as we would write them, or as the peer did. */
static void put_ids(const struct ike_xchg *x, struct ike_message_writer *m) {
    const struct ike_child *c = x->child;
    const struct ike_material *mat = x->mat;
    if (!c->ids)
        return;
    if (mat->id_i.len != 0) {
        ike_payload_put(m, IKEV1_PAYLOAD_ID, ike_blob_bytes(&mat->id_i));
        ike_payload_put(m, IKEV1_PAYLOAD_ID, ike_blob_bytes(&mat->id_r));
    } else {
        put_id(m, x->initiator ? &c->local : &c->remote);
        put_id(m, x->initiator ? &c->remote : &c->local);
    }
}

static int draw(struct ike_xchg *x, ikev1_why *why) {
    return ike_material_draw(x, ike_group_alg(&x->sa->ctx->crypto, x->child->group), why);
}

static void put_nonce_ke(const struct ike_xchg *x, struct ike_message_writer *m) {
    ike_put_own(x, m, IKEV1_PAYLOAD_NONCE);
    if (x->child->group != 0)
        ike_put_own(x, m, IKEV1_PAYLOAD_KE);
}

IKE_PUT(ike_put_quick_offer) {
    int r = x->sa_i.len != 0 ? IKEV1_OK : prepare_offer(x, why);
    if (r == IKEV1_OK)
        r = draw(x, why);
    if (r != IKEV1_OK)
        return r;
    ike_log_xchg(x, IKEV1_LOG_PHASE2_START, NULL);
    size_t n = 0;
    for (const struct ike_child *c = x->child; c != NULL; c = c->also)
        ike_payload_put(m, IKEV1_PAYLOAD_SA, ike_offers_at(x, n++));
    put_nonce_ke(x, m);
    put_ids(x, m);
    ike_natoa_put(x, m);
    return IKEV1_OK;
}

/* A group that an offer names and that we could use, though the rule has another. */
static uint16_t other_group(const struct ike_context *ctx, ikev1_bytes sa_body) {
    struct ike_reader proposals = ike_sa_proposals(sa_body);
    struct ike_proposal p;
    struct ike_transform t;
    struct ike_suite suite;
    if (!ike_proposal_next(&proposals, &p) || !ike_transform_next(&p, &t))
        return 0;
    ike_suite_decode2(&suite, &p, &t);
    return ike_group_usable(&ctx->crypto, suite.group, ctx->allow) == IKEV1_OK ? suite.group : 0;
}

static bool replaces(const struct ike_sa *sa, uint32_t rule) {
    const struct ike_child *c = sa->children;
    while (c != NULL && (c->rule != rule || c->state != IKE_CHILD_UP))
        c = c->next;
    return c != NULL;
}

/* What fits but for a habit of the peer's that the rule tolerates: no UDP encapsulation behind a
 * NAT, or another group when it replaces an SA. */
static int choose_by_habit(const struct ike_sa *sa, const ikev1_phase2 *p, ikev1_bytes sa_body,
                           struct ike_staged *st, struct ike_terms *t) {
    const uint16_t encapsulation = ike_encapsulation(sa, p->mode);
    ikev1_phase2 other = *p;
    ikev1_why unused = {0};
    if (encapsulation != p->mode && (sa->quirks & IKEV1_QUIRK_PLAIN_BEHIND_NAT) != 0 &&
        ike_choose2(sa->ctx, p, p->mode, sa_body, t, &unused) == IKEV1_OK) {
        st->habits |= IKEV1_QUIRK_PLAIN_BEHIND_NAT;
        return IKEV1_OK;
    }
    other.pfs_group = other_group(sa->ctx, sa_body);
    if (p->pfs_group != 0 && other.pfs_group != 0 && replaces(sa, p->rule) &&
        (sa->quirks & IKEV1_QUIRK_DH_DOWNGRADE) != 0 &&
        ike_choose2(sa->ctx, &other, encapsulation, sa_body, t, &unused) == IKEV1_OK) {
        st->habits |= IKEV1_QUIRK_DH_DOWNGRADE;
        return IKEV1_OK;
    }
    return IKEV1_E_NO_PROPOSAL;
}

/* What the host's answer for one SA payload and the peer's offer come to. */
static int match_offer(const struct ike_xchg *x, const ikev1_phase2 *first, const ikev1_phase2 *p,
                       ikev1_bytes sa_body, struct ike_staged *st, struct ike_terms *t,
                       ikev1_why *why) {
    const struct ike_sa *sa = x->sa;
    ikev1_phase2 rule = *p;
    rule.pfs_group = first->pfs_group;
    memcpy(rule.pfs_also, first->pfs_also, sizeof rule.pfs_also);
    why->rule = p->rule;
    int r = ike_choose2(sa->ctx, &rule, ike_encapsulation(sa, p->mode), sa_body, t, why);
    if (r == IKEV1_E_NO_PROPOSAL)
        r = choose_by_habit(sa, &rule, sa_body, st, t);
    if (r != IKEV1_OK) {
        st->refuse = IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN;
        return r;
    }
    r = ike_quick_life(t, p->lifetime, ike_lifetime2(p), LIFE_DEFAULT, st, why);
    t->pace = pace(p);
    t->replay_window = p->replay_window;
    t->replay_status = p->replay_status;
    t->sha256_bits = p->sha256_bits;
    t->rule = p->rule;
    return r;
}

static int check_sa_count(size_t theirs, size_t ours, struct ike_staged *st, ikev1_why *why) {
    if (theirs == ours)
        return IKEV1_OK;
    ike_why_numbers(why, theirs, ours, NULL);
    return ike_quick_refuse(st, why, IKEV1_E_SA_COUNT, IKEV1_PAYLOAD_SA,
                            IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN);
}

static int match_offers(const struct ike_xchg *x, const struct ike_received *in,
                        const ikev1_phase2 *first, struct ike_staged *st, ikev1_why *why) {
    const size_t count = in->chain.counts[IKEV1_PAYLOAD_SA];
    size_t answers = 0;
    for (const ikev1_phase2 *p = first; p != NULL; p = p->next)
        answers++;
    int r = check_sa_count(count, answers, st, why);
    const ikev1_phase2 *p = first;
    for (size_t i = 0; i < count && r == IKEV1_OK; i++, p = p->next) {
        struct ike_terms *t = &st->terms[i];
        if (i != 0)
            *t = st->terms[0]; /* one pair of selectors for all of them */
        ikev1_bytes body = ike_chain_find(&in->chain, IKEV1_PAYLOAD_SA, i)->body;
        r = match_offer(x, first, p, body, st, t, why);
    }
    if (r != IKEV1_OK)
        return r;
    st->commit = first->commit;
    st->terms_count = (uint8_t)count;
    r = ike_check_spis(x, st, why);
    if (r == IKEV1_OK)
        r = ike_natoa_got(x, in, st, why);
    return r == IKEV1_OK ? read_ke(x, in, st, why) : r;
}

uint32_t ike_running(const struct ike_sa *sa) {
    uint32_t count = 0;
    for (const struct ike_xchg *x = sa->xchgs; x != NULL; x = x->next)
        count += x->child != NULL; /* those that only answer duplicates have none */
    return count;
}

/* The first pair of the Quick Mode that is being looked at is counted already (mission S11,
 * DOS-12). */
static int check_limits(const struct ike_sa *sa, uint32_t pairs, ikev1_why *why) {
    const ikev1_limits *most = &sa->ctx->limits;
    uint32_t count = sa->child_count + pairs - 1;
    int r = count > most->children ? IKEV1_E_CHILDREN : IKEV1_OK;
    if (r == IKEV1_OK) {
        count = ike_running(sa);
        r = count > most->exchanges ? IKEV1_E_EXCHANGES : IKEV1_OK;
    }
    if (r != IKEV1_OK)
        ike_why_number(why->theirs, count, NULL);
    return r;
}

/* What the peer may know of the host's refusal: our own faults are none of its business. */
static uint16_t notify_of(const ikev1_why *why) {
    const int code = why->code;
    if (why->notify != 0)
        return why->notify;
    bool about_ids = code == IKEV1_E_NO_RULE || code == IKEV1_E_LOCAL_ID ||
                     code == IKEV1_E_REMOTE_ID || code == IKEV1_E_REFUSED;
    return about_ids ? IKEV1_NOTIFY_INVALID_ID_INFORMATION : IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN;
}

/* By what the peer will recognise a refusal, whatever it is for. */
static void name_offer(struct ike_staged *st, const struct ike_received *in) {
    ikev1_bytes body = ike_chain_find(&in->chain, IKEV1_PAYLOAD_SA, 0)->body;
    struct ike_reader proposals = ike_sa_proposals(body);
    struct ike_proposal first;
    if (!ike_proposal_next(&proposals, &first))
        return;
    struct ike_reader spi = ike_reader(first.spi);
    st->named_protocol = first.protocol;
    st->named_spi = first.spi.len == 4 ? ike_read_u32(&spi) : 0;
}

IKE_GOT(ike_got_quick_offer) {
    const struct ike_sa *sa = x->sa;
    struct ike_terms *t = &st->terms[0];
    ikev1_question q = ike_question(sa, x);
    ikev1_phase2 p;
    ikev1_id peer;
    if (!sa->ctx->resumed)
        ike_log_xchg(x, IKEV1_LOG_PHASE2_START, NULL);
    *t = (struct ike_terms){0};
    name_offer(st, in);
    q.sa_count = in->chain.counts[IKEV1_PAYLOAD_SA];
    int r = check_limits(sa, (uint32_t)q.sa_count, why);
    if (r != IKEV1_OK)
        return ike_quick_refuse(st, why, r, 0, 0);
    r = ike_selectors_read(x, in, st, t, why);
    if (r != IKEV1_OK)
        return r;
    q.local = &t->local;
    q.remote = &t->remote;
    if (ike_id_decode(&peer, ike_blob_bytes(&sa->live->remote_id), NULL) == IKEV1_OK)
        q.peer_id = &peer;
    r = ike_ask_phase2(sa->ctx, &q, &p, why);
    if (r < 0)
        return ike_quick_refuse(st, why, r, IKEV1_PAYLOAD_ID, notify_of(why));
    if (r != IKEV1_OK)
        return r;
    why->rule = p.rule;
    st->nonce = ike_chain_find(&in->chain, IKEV1_PAYLOAD_NONCE, 0)->body;
    r = ike_selectors_accept(x, &p, st, t, why);
    return r == IKEV1_OK ? match_offers(x, in, &p, st, why) : r;
}

/* ---- message 2 ---- */

IKE_PUT(ike_put_quick_choice) {
    int r = IKEV1_OK;
    for (struct ike_child *c = x->child; c != NULL && r == IKEV1_OK; c = c->also)
        r = ike_child_spis(x, c);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, IKEV1_PAYLOAD_SA, 0, CITE);
    r = draw(x, why);
    if (r == IKEV1_OK)
        r = ike_children_keys(x, why);
    if (r != IKEV1_OK)
        return r;
    for (const struct ike_child *c = x->child; c != NULL; c = c->also) {
        ike_payload_begin(m, IKEV1_PAYLOAD_SA);
        ike_chosen2(&m->w, c);
        ike_payload_end(m);
    }
    put_nonce_ke(x, m);
    put_ids(x, m);
    ike_natoa_put(x, m);
    ike_quick_put_status(x, m);
    return IKEV1_OK;
}

/* The answer to one SA payload of ours. */
static int read_choice(const struct ike_xchg *x, const struct ike_child *c, size_t nth,
                       const struct ike_received *in, struct ike_staged *st, ikev1_why *why) {
    struct ike_terms *t = &st->terms[nth];
    ikev1_bytes answer = ike_chain_find(&in->chain, IKEV1_PAYLOAD_SA, nth)->body;
    why->rule = c->rule;
    int r = ike_check_choice2(x->sa->ctx, ike_offers_at(x, nth), answer, t, why);
    if (r != IKEV1_OK) {
        st->refuse = IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN;
        return r;
    }
    const struct ike_lifetime ours = {c->life_seconds, c->life_kilobytes};
    r = ike_quick_life(t, c->lifetime, ours, c->lifetime == IKEV1_LIFETIME_EXACT ? 0 : ours.seconds,
                       st, why);
    t->rule = c->rule;
    t->pace = c->pace;
    t->replay_window = c->replay_window;
    t->sha256_bits = c->sha256_bits;
    return r;
}

IKE_GOT(ike_got_quick_choice) {
    size_t nth = 0, children = 0;
    name_offer(st, in);
    why->rule = x->child->rule;
    for (const struct ike_child *c = x->child; c != NULL; c = c->also)
        children++;
    int r = check_sa_count(in->chain.counts[IKEV1_PAYLOAD_SA], children, st, why);
    st->terms[0] = (struct ike_terms){0};
    for (const struct ike_child *c = x->child; c != NULL && r == IKEV1_OK; c = c->also, nth++) {
        st->terms[nth] = (struct ike_terms){0};
        r = read_choice(x, c, nth, in, st, why);
    }
    if (r == IKEV1_OK)
        r = ike_selectors_read(x, in, st, &st->terms[0], why);
    if (r == IKEV1_OK)
        r = ike_selectors_answered(x->child, st, &st->terms[0], why);
    if (r != IKEV1_OK)
        return r;
    for (size_t i = 0; i < nth; i++) {
        st->terms[i].local = st->terms[0].local;
        st->terms[i].remote = st->terms[0].remote;
        st->terms[i].ids = x->child->ids;
    }
    ike_quick_got_status(in, st->terms, nth);
    st->terms_count = (uint8_t)nth;
    st->nonce = ike_chain_find(&in->chain, IKEV1_PAYLOAD_NONCE, 0)->body;
    r = ike_check_spis(x, st, why);
    if (r == IKEV1_OK)
        r = ike_natoa_got(x, in, st, why);
    return r == IKEV1_OK ? read_ke(x, in, st, why) : r;
}

/* ---- message 3: HASH(3), which the runner writes and verifies ---- */

IKE_PUT(ike_put_quick_done) {
    (void)m;
    return ike_children_keys(x, why);
}

IKE_GOT(ike_got_quick_done) {
    (void)x, (void)in, (void)st, (void)why;
    return IKEV1_OK;
}
