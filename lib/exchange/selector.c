/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Selectors in Quick Mode: what the rule has, what the peer wants, and what of it both then use.
 * IDci is the initiator's side, IDcr the responder's; absent ones mean the two ends of the path
 * (RFC 2409 5.5).
 */
#include <string.h>

#include "exchange/quick.h"

static void set_host(ikev1_selector *s, const ikev1_address *a) {
    s->family = a->family;
    memcpy(s->start, a->ip, sizeof s->start);
    memcpy(s->end, a->ip, sizeof s->end);
}

static bool is_empty(const ikev1_selector *s) {
    return s->family == 0 && s->protocol == 0 && s->port == 0;
}

void ike_selectors_own(struct ike_terms *t, const ikev1_phase2 *p, const ikev1_path *path) {
    t->local = p->local;
    t->remote = p->remote;
    t->ids = !is_empty(&p->local) || !is_empty(&p->remote);
    if (t->local.family == 0)
        set_host(&t->local, &path->local);
    if (t->remote.family == 0)
        set_host(&t->remote, &path->remote);
}

/* ---- reading ---- */

/* "!! Invalid IP <start>/<end>" of a range that is none (mission S9). */
static void invalid_ip(const struct ike_xchg *x, const ikev1_address *start,
                       const ikev1_address *end) {
    char buf[128];
    struct ike_text t = ike_text(buf, sizeof buf);
    ike_text_str(&t, "<");
    ike_text_address(&t, start);
    ike_text_str(&t, ">/<");
    ike_text_address(&t, end);
    ike_text_str(&t, ">");
    ike_log_xchg(x, IKEV1_LOG_INVALID_IP, buf);
}

static bool has_two_addresses(uint8_t type) {
    return type == IKEV1_ID_IPV4_ADDR_SUBNET || type == IKEV1_ID_IPV4_ADDR_RANGE ||
           type == IKEV1_ID_IPV6_ADDR_SUBNET || type == IKEV1_ID_IPV6_ADDR_RANGE;
}

static int refuse_id(struct ike_staged *st, ikev1_why *why, int code) {
    return ike_quick_refuse(st, why, code, IKEV1_PAYLOAD_ID, IKEV1_NOTIFY_INVALID_ID_INFORMATION);
}

static int read_selector(const struct ike_xchg *x, ikev1_bytes body, struct ike_staged *st,
                         ikev1_selector *s, ikev1_why *why) {
    ikev1_id id;
    int r = ike_id_decode(&id, body, why);
    if (r == IKEV1_OK)
        r = ike_selector_from_id(s, &id);
    if (r == IKEV1_OK)
        return r;
    if (has_two_addresses(id.type)) { /* it has been decoded when the chain was */
        size_t half = id.len / 2;
        ikev1_address start = {.family = half == 4 ? 4 : 6}, end = start;
        memcpy(start.ip, id.data, half);
        memcpy(end.ip, id.data + half, half);
        invalid_ip(x, &start, &end);
    }
    return refuse_id(st, why, r);
}

static ikev1_address first_address(const ikev1_selector *s) {
    ikev1_address a = {.family = s->family};
    memcpy(a.ip, s->start, sizeof a.ip);
    return a;
}

int ike_selectors_read(const struct ike_xchg *x, const struct ike_received *in,
                       struct ike_staged *st, struct ike_terms *t, ikev1_why *why) {
    const struct ike_payload *ci = ike_chain_find(&in->chain, IKEV1_PAYLOAD_ID, 0);
    const struct ike_payload *cr = ike_chain_find(&in->chain, IKEV1_PAYLOAD_ID, 1);
    static const ikev1_phase2 HOSTS;
    if (ci == NULL) {
        ike_selectors_own(t, &HOSTS, &x->sa->path);
        return IKEV1_OK;
    }
    t->ids = true;
    st->id_i = ci->body;
    st->id_r = cr->body;
    ikev1_selector *side_i = x->initiator ? &t->local : &t->remote;
    ikev1_selector *side_r = x->initiator ? &t->remote : &t->local;
    int r = read_selector(x, ci->body, st, side_i, why);
    if (r == IKEV1_OK)
        r = read_selector(x, cr->body, st, side_r, why);
    if (r == IKEV1_OK && side_i->family != side_r->family) {
        ikev1_address start = first_address(side_i), end = first_address(side_r);
        invalid_ip(x, &start, &end);
        r = refuse_id(st, why, IKEV1_E_ID_SYNTAX);
    }
    return r;
}

/* ---- comparing ---- */

void ike_why_selectors(ikev1_why *why, const ikev1_selector *theirs, const ikev1_selector *ours) {
    struct ike_text t = ike_text(why->theirs, sizeof why->theirs);
    ike_selector_text(&t, theirs);
    t = ike_text(why->ours, sizeof why->ours);
    ike_selector_text(&t, ours);
}

static int differ(struct ike_staged *st, ikev1_why *why, int code, const ikev1_selector *theirs,
                  const ikev1_selector *ours) {
    ike_why_selectors(why, theirs, ours);
    return refuse_id(st, why, code);
}

/* What an offer of theirs comes to under a rule, in *used. Never wider than it. */
static bool accept(uint8_t match, const ikev1_selector *theirs, const ikev1_selector *ours,
                   ikev1_selector *used) {
    *used = match == IKEV1_SELECT_SUPERSET ? *ours : *theirs;
    switch (match) {
    case IKEV1_SELECT_SUBSET:
        return ike_selector_contains(ours, theirs);
    case IKEV1_SELECT_SUPERSET:
        return ike_selector_contains(theirs, ours);
    case IKEV1_SELECT_ACCEPT:
        return true;
    default:
        return ike_selector_equal(theirs, ours);
    }
}

static bool is_host(const ikev1_selector *s) {
    return memcmp(s->start, s->end, sizeof s->start) == 0;
}

/* In transport mode an end of the path behind a NAT may call itself, or be called, by its address
 * on the other side of it (RFC 3947 5.2): which one is nothing that we could know better. */
static void forgive_nat(ikev1_selector *ours, const ikev1_selector *rule,
                        const ikev1_selector *theirs, bool nat) {
    if (!nat || rule->family != 0 || !is_host(theirs))
        return;
    ours->family = theirs->family;
    memcpy(ours->start, theirs->start, sizeof ours->start);
    memcpy(ours->end, theirs->end, sizeof ours->end);
}

int ike_selectors_accept(const struct ike_xchg *x, const ikev1_phase2 *p, struct ike_staged *st,
                         struct ike_terms *t, ikev1_why *why) {
    const struct ike_sa *sa = x->sa;
    const bool transport = p->mode == IKEV1_ENCAP_TRANSPORT;
    const struct ike_terms offer = *t;
    struct ike_terms ours;
    ike_selectors_own(&ours, p, &sa->path);
    forgive_nat(&ours.local, &p->local, &offer.local, transport && sa->nat_local);
    forgive_nat(&ours.remote, &p->remote, &offer.remote, transport && sa->nat_remote);
    if (!accept(p->match, &offer.local, &ours.local, &t->local))
        return differ(st, why, IKEV1_E_LOCAL_ID, &offer.local, &ours.local);
    if (!accept(p->match, &offer.remote, &ours.remote, &t->remote))
        return differ(st, why, IKEV1_E_REMOTE_ID, &offer.remote, &ours.remote);
    bool narrower = !ike_selector_equal(&t->local, &offer.local) ||
                    !ike_selector_equal(&t->remote, &offer.remote);
    if (narrower) { /* the answer does not repeat the peer's payloads */
        t->ids = true;
        st->id_i = st->id_r = ike_bytes(NULL, 0);
    }
    return IKEV1_OK;
}

static bool fits_offer(uint8_t match, const ikev1_selector *answer, const ikev1_selector *offer) {
    bool narrows = match == IKEV1_SELECT_SUBSET || match == IKEV1_SELECT_ACCEPT;
    return narrows ? ike_selector_contains(offer, answer) : ike_selector_equal(offer, answer);
}

int ike_selectors_answered(const struct ike_child *child, struct ike_staged *st,
                           const struct ike_terms *t, ikev1_why *why) { /* QCK-09 */
    if (!fits_offer(child->match, &t->local, &child->local))
        return differ(st, why, IKEV1_E_LOCAL_ID, &t->local, &child->local);
    if (!fits_offer(child->match, &t->remote, &child->remote))
        return differ(st, why, IKEV1_E_REMOTE_ID, &t->remote, &child->remote);
    return IKEV1_OK;
}

/* ---- for the kernel ---- */

void ike_selectors_packet(ikev1_ipsec *s, const struct ike_sa *sa, bool tunnel) {
    s->packet_local = s->local;
    s->packet_remote = s->remote;
    if (!tunnel && sa->nat_local)
        set_host(&s->packet_local, &sa->path.local);
    if (!tunnel && sa->nat_remote)
        set_host(&s->packet_remote, &sa->path.remote);
}
