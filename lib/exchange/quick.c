/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quick Mode (RFC 2409 5.5): one pair of IPsec SAs. Every message is authenticated by its HASH(n)
 * before anything here is run, so what is refused here ends the exchange.
 */
#include <string.h>

#include "exchange/exchange.h"

enum {
    LIFE_DEFAULT = 28800, /* of an offer that names none: RFC 2407 4.5 */
    LIFE_LEAST = 10,      /* a shorter one would only be churn (QCK-15) */
};

#define CITE "RFC 2409 5.5"

static int refuse(struct ike_staged *st, ikev1_why *why, int code, uint8_t payload,
                  uint16_t notify) {
    ike_refuse(why, code, payload, 0, CITE);
    why->notify = notify;
    st->refuse = notify;
    return code;
}

/* Seconds both can live with. */
static uint32_t life(uint32_t theirs, uint32_t ours) {
    uint32_t agreed = theirs < ours ? theirs : ours;
    return agreed > LIFE_LEAST ? agreed : LIFE_LEAST;
}

static uint32_t shorter(uint32_t a, uint32_t b) {
    if (a == 0 || b == 0)
        return a != 0 ? a : b;
    return a < b ? a : b;
}

/* ---- selectors ---- */

static ikev1_selector host(const ikev1_address *a) {
    ikev1_selector s = {.family = a->family};
    memcpy(s.start, a->ip, sizeof s.start);
    memcpy(s.end, a->ip, sizeof s.end);
    return s;
}

/* Absent IDs mean the two ends of the path. */
static void settle_hosts(struct ike_child *child, const ikev1_path *path) {
    child->ids = child->local.family != 0;
    if (child->ids)
        return;
    child->local = host(&path->local);
    child->remote = host(&path->remote);
}

/* "<start>/<end>" of a range that is none (mission S9). */
static void invalid_ip(const struct ike_xchg *x, const ikev1_id *id) {
    char buf[128];
    struct ike_text t = ike_text(buf, sizeof buf);
    ikev1_address a = {.family = id->len == 8 ? 4 : 6};
    size_t half = id->len / 2;
    bool v4 = id->type == IKEV1_ID_IPV4_ADDR_SUBNET || id->type == IKEV1_ID_IPV4_ADDR_RANGE;
    bool v6 = id->type == IKEV1_ID_IPV6_ADDR_SUBNET || id->type == IKEV1_ID_IPV6_ADDR_RANGE;
    if (!v4 && !v6)
        return;
    for (size_t i = 0; i < 2; i++) {
        memcpy(a.ip, id->data + i * half, half);
        ike_text_str(&t, i == 0 ? "<" : "/<");
        ike_text_address(&t, &a);
        ike_text_str(&t, ">");
    }
    ike_log(x->sa->ctx, IKEV1_LOG_INVALID_IP,
            &(struct ike_log_about){.sa = x->sa, .xchg = x, .text = buf});
}

static int read_selector(const struct ike_xchg *x, ikev1_bytes body, struct ike_staged *st,
                         ikev1_selector *s, ikev1_why *why) {
    ikev1_id id;
    int r = ike_id_decode(&id, body, why);
    if (r == IKEV1_OK)
        r = ike_selector_from_id(s, &id);
    if (r == IKEV1_OK)
        return r;
    invalid_ip(x, &id);
    return refuse(st, why, r, IKEV1_PAYLOAD_ID, IKEV1_NOTIFY_INVALID_ID_INFORMATION);
}

/* IDci is the initiator's side, IDcr the responder's; they come in this order or not at all. */
static int read_selectors(const struct ike_xchg *x, const struct ike_received *in,
                          struct ike_staged *st, ikev1_why *why) {
    const struct ike_payload *ci = ike_chain_find(&in->chain, IKEV1_PAYLOAD_ID, 0);
    const struct ike_payload *cr = ike_chain_find(&in->chain, IKEV1_PAYLOAD_ID, 1);
    struct ike_child *c = &st->child;
    if (ci == NULL) {
        settle_hosts(c, &x->sa->path);
        return IKEV1_OK;
    }
    c->ids = true;
    st->id_i = ci->body;
    st->id_r = cr->body;
    int r = read_selector(x, ci->body, st, x->initiator ? &c->local : &c->remote, why);
    if (r != IKEV1_OK)
        return r;
    return read_selector(x, cr->body, st, x->initiator ? &c->remote : &c->local, why);
}

static void selector_text(char out[IKEV1_WHY_TEXT], const ikev1_selector *s) {
    struct ike_text t = ike_text(out, IKEV1_WHY_TEXT);
    ike_selector_text(&t, s);
}

static int compare(struct ike_staged *st, ikev1_why *why, int code, const ikev1_selector *theirs,
                   const ikev1_selector *ours) {
    if (ike_selector_equal(theirs, ours))
        return IKEV1_OK;
    selector_text(why->theirs, theirs);
    selector_text(why->ours, ours);
    return refuse(st, why, code, IKEV1_PAYLOAD_ID, IKEV1_NOTIFY_INVALID_ID_INFORMATION);
}

/* What the peer wants to protect must be exactly what the rule has (mission S7). */
static int compare_selectors(struct ike_staged *st, const struct ike_child *ours, ikev1_why *why) {
    int r = compare(st, why, IKEV1_E_LOCAL_ID, &st->child.local, &ours->local);
    return r != IKEV1_OK ? r
                         : compare(st, why, IKEV1_E_REMOTE_ID, &st->child.remote, &ours->remote);
}

/* ---- key exchange for PFS ---- */

/* A KE payload comes exactly when a group was agreed (QCK-13). */
static int read_ke(const struct ike_xchg *x, const struct ike_received *in, struct ike_staged *st,
                   ikev1_why *why) {
    const struct ike_context *ctx = x->sa->ctx;
    const struct ike_payload *ke = ike_chain_find(&in->chain, IKEV1_PAYLOAD_KE, 0);
    uint16_t group = st->child.group;
    if ((ke != NULL) != (group != 0))
        return refuse(st, why, IKEV1_E_PFS, IKEV1_PAYLOAD_KE, IKEV1_NOTIFY_INVALID_KEY_INFORMATION);
    if (ke == NULL)
        return IKEV1_OK;
    if (ike_group_check(ike_group_alg(&ctx->crypto, group), ke->body) != IKEV1_OK)
        return refuse(st, why, IKEV1_E_KE_INVALID, IKEV1_PAYLOAD_KE,
                      IKEV1_NOTIFY_INVALID_KEY_INFORMATION);
    if (x->initiator && ike_bytes_equal(ke->body, ike_blob_bytes(&x->mat->ke_i)))
        return refuse(st, why, IKEV1_E_KE_REFLECTED, IKEV1_PAYLOAD_KE,
                      IKEV1_NOTIFY_INVALID_KEY_INFORMATION);
    st->ke = ke->body;
    return IKEV1_OK;
}

static void settle_suite(struct ike_child *c, const struct ike_suite *suite,
                         const struct ike_proposal *proposal) {
    struct ike_reader spi = ike_reader(proposal->spi);
    c->spi_out = ike_read_u32(&spi);
    c->proposal = proposal->number;
    c->protocol = proposal->protocol;
    c->transform_number = suite->transform;
    c->transform = suite->id;
    c->key_bits = suite->key_bits;
    c->integrity = suite->integrity;
    c->group = suite->group;
    c->encapsulation = suite->encapsulation;
    c->esn = suite->esn != 0;
    c->offered_seconds = suite->life_seconds;
    c->offered_kilobytes = suite->life_kilobytes;
}

/* ---- message 1 ---- */

/* The host's answer becomes our SA body and the fields of the child; done once. */
static int prepare_offer(struct ike_xchg *x, ikev1_why *why) {
    struct ike_context *ctx = x->sa->ctx;
    struct ike_child *c = x->child;
    ikev1_question q = ike_question(x->sa, x);
    ikev1_phase2 p;
    uint8_t body[2048];
    int r = ike_ask_phase2(ctx, &q, &p, why);
    if (r != IKEV1_OK)
        return r;
    r = ike_child_spi(x, p.suites[0].protocol);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, IKEV1_PAYLOAD_SA, 0, CITE);
    c->rule = p.rule;
    c->local = p.local;
    c->remote = p.remote;
    c->group = p.pfs_group;
    c->replay_window = p.replay_window;
    c->life_seconds = ike_suite2(&p, 0, 0).life_seconds;
    c->life_kilobytes = p.life_kilobytes;
    settle_hosts(c, &x->sa->path);
    struct ike_writer w = ike_writer(body, sizeof body);
    ike_offer2(&w, &p, ike_encapsulation(x->sa, p.mode), c->spi_in);
    if (w.bad)
        return ike_refuse(why, IKEV1_E_OUTPUT, IKEV1_PAYLOAD_SA, 0, CITE);
    return ike_blob_set(&ctx->mem, &x->sa_i, ike_bytes(body, ike_written(&w)));
}

static void put_id(struct ike_message_writer *m, const ikev1_selector *s) {
    uint8_t buf[32];
    ikev1_id id;
    ike_selector_to_id(&id, s, buf);
    ike_payload_begin(m, IKEV1_PAYLOAD_ID);
    ike_id_encode(&m->w, &id);
    ike_payload_end(m);
}

static int draw(struct ike_xchg *x, ikev1_why *why) {
    int r = ike_material_draw(x, ike_group_alg(&x->sa->ctx->crypto, x->child->group));
    return r == IKEV1_OK ? r : ike_refuse(why, r, IKEV1_PAYLOAD_KE, 0, CITE);
}

static void put_nonce_ke(const struct ike_xchg *x, struct ike_message_writer *m) {
    const struct ike_material *mat = x->mat;
    ike_payload_put(m, IKEV1_PAYLOAD_NONCE, ike_blob_bytes(x->initiator ? &mat->ni : &mat->nr));
    if (x->child->group != 0)
        ike_payload_put(m, IKEV1_PAYLOAD_KE,
                        ike_blob_bytes(x->initiator ? &mat->ke_i : &mat->ke_r));
}

IKE_PUT(ike_put_quick_offer) {
    int r = x->sa_i.len != 0 ? IKEV1_OK : prepare_offer(x, why);
    if (r == IKEV1_OK)
        r = draw(x, why);
    if (r != IKEV1_OK)
        return r;
    ike_log(x->sa->ctx, IKEV1_LOG_PHASE2_START, &(struct ike_log_about){.sa = x->sa, .xchg = x});
    ike_payload_put(m, IKEV1_PAYLOAD_SA, ike_blob_bytes(&x->sa_i));
    put_nonce_ke(x, m);
    if (x->child->ids) {
        put_id(m, &x->child->local);
        put_id(m, &x->child->remote);
    }
    return IKEV1_OK;
}

/* What the host's answer and the peer's offer come to. */
static int match_offer(const struct ike_xchg *x, const struct ike_received *in,
                       const ikev1_phase2 *p, struct ike_staged *st, ikev1_why *why) {
    const struct ike_sa *sa = x->sa;
    struct ike_child ours = {.local = p->local, .remote = p->remote};
    struct ike_proposal proposal;
    struct ike_suite suite;
    settle_hosts(&ours, &sa->path);
    int r = compare_selectors(st, &ours, why);
    if (r != IKEV1_OK)
        return r;
    r = ike_choose2(sa->ctx, p, ike_encapsulation(sa, p->mode),
                    ike_chain_find(&in->chain, IKEV1_PAYLOAD_SA, 0)->body, &suite, &proposal, why);
    if (r != IKEV1_OK) {
        st->refuse = IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN;
        return r;
    }
    settle_suite(&st->child, &suite, &proposal);
    uint32_t offered = suite.life_seconds != 0 ? suite.life_seconds : LIFE_DEFAULT;
    st->child.life_seconds = life(offered, ike_suite2(p, 0, 0).life_seconds);
    st->child.life_kilobytes = shorter(suite.life_kilobytes, p->life_kilobytes);
    st->child.replay_window = p->replay_window;
    st->child.rule = p->rule;
    return read_ke(x, in, st, why);
}

uint32_t ike_running(const struct ike_sa *sa) {
    uint32_t count = 0;
    for (const struct ike_xchg *x = sa->xchgs; x != NULL; x = x->next)
        count += x->child != NULL; /* those that only answer duplicates have none */
    return count;
}

/* The Quick Mode that is being looked at is counted already (mission S11, DOS-12). */
static int check_limits(const struct ike_sa *sa) {
    if (sa->child_count > sa->ctx->limits.children)
        return IKEV1_E_CHILDREN;
    return ike_running(sa) > sa->ctx->limits.exchanges ? IKEV1_E_EXCHANGES : IKEV1_OK;
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
static void name_offer(struct ike_child *c, ikev1_bytes sa_body) {
    struct ike_reader proposals = ike_sa_proposals(sa_body);
    struct ike_proposal first;
    if (!ike_proposal_next(&proposals, &first))
        return;
    struct ike_reader spi = ike_reader(first.spi);
    c->protocol = first.protocol;
    c->spi_out = first.spi.len == 4 ? ike_read_u32(&spi) : 0;
}

IKE_GOT(ike_got_quick_offer) {
    const struct ike_sa *sa = x->sa;
    ikev1_question q = ike_question(sa, x);
    ikev1_phase2 p;
    ikev1_id peer;
    if (!sa->ctx->resumed)
        ike_log(sa->ctx, IKEV1_LOG_PHASE2_START, &(struct ike_log_about){.sa = sa, .xchg = x});
    st->child = (struct ike_child){0};
    name_offer(&st->child, ike_chain_find(&in->chain, IKEV1_PAYLOAD_SA, 0)->body);
    int r = check_limits(sa);
    if (r != IKEV1_OK)
        return refuse(st, why, r, 0, 0);
    r = read_selectors(x, in, st, why);
    if (r != IKEV1_OK)
        return r;
    q.local = &st->child.local;
    q.remote = &st->child.remote;
    if (ike_id_decode(&peer, ike_blob_bytes(&sa->live->remote_id), NULL) == IKEV1_OK)
        q.peer_id = &peer;
    r = ike_ask_phase2(sa->ctx, &q, &p, why);
    if (r < 0)
        return refuse(st, why, r, IKEV1_PAYLOAD_ID, notify_of(why));
    if (r != IKEV1_OK)
        return r;
    why->rule = p.rule;
    st->has_child = true;
    st->nonce = ike_chain_find(&in->chain, IKEV1_PAYLOAD_NONCE, 0)->body;
    return match_offer(x, in, &p, st, why);
}

/* ---- message 2 ---- */

IKE_PUT(ike_put_quick_choice) {
    int r = ike_child_spi(x, x->child->protocol);
    if (r == IKEV1_OK)
        r = draw(x, why);
    if (r == IKEV1_OK)
        r = ike_child_keys(x);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, IKEV1_PAYLOAD_KE, 0, CITE);
    ike_payload_begin(m, IKEV1_PAYLOAD_SA);
    ike_chosen2(&m->w, x->child);
    ike_payload_end(m);
    put_nonce_ke(x, m);
    if (x->child->ids) {
        ike_payload_put(m, IKEV1_PAYLOAD_ID, ike_blob_bytes(&x->mat->id_i));
        ike_payload_put(m, IKEV1_PAYLOAD_ID, ike_blob_bytes(&x->mat->id_r));
    }
    return IKEV1_OK;
}

IKE_GOT(ike_got_quick_choice) {
    const struct ike_sa *sa = x->sa;
    struct ike_proposal proposal;
    struct ike_suite suite;
    st->child = *x->child;
    st->child.local.family = 0;
    why->rule = x->child->rule;
    name_offer(&st->child, ike_chain_find(&in->chain, IKEV1_PAYLOAD_SA, 0)->body);
    int r = ike_check_choice(sa->ctx, 2, ike_blob_bytes(&x->sa_i),
                             ike_chain_find(&in->chain, IKEV1_PAYLOAD_SA, 0)->body, &suite,
                             &proposal, why);
    if (r != IKEV1_OK) {
        st->refuse = IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN;
        return r;
    }
    r = read_selectors(x, in, st, why);
    if (r == IKEV1_OK)
        r = compare_selectors(st, x->child, why); /* QCK-09 */
    if (r != IKEV1_OK)
        return r;
    settle_suite(&st->child, &suite, &proposal);
    uint32_t answered = suite.life_seconds != 0 ? suite.life_seconds : x->child->life_seconds;
    st->child.life_seconds = life(answered, x->child->life_seconds);
    st->child.life_kilobytes = shorter(x->child->life_kilobytes, suite.life_kilobytes);
    st->child.ids = x->child->ids;
    st->has_child = true;
    st->nonce = ike_chain_find(&in->chain, IKEV1_PAYLOAD_NONCE, 0)->body;
    return read_ke(x, in, st, why);
}

/* ---- message 3: HASH(3), which the runner writes and verifies ---- */

IKE_PUT(ike_put_quick_done) {
    (void)m;
    int r = ike_child_keys(x);
    return r == IKEV1_OK ? r : ike_refuse(why, r, IKEV1_PAYLOAD_KE, 0, CITE);
}

IKE_GOT(ike_got_quick_done) {
    (void)x, (void)in, (void)st, (void)why;
    return IKEV1_OK;
}
