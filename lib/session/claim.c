/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which networks live connections have (mission S10, S11): children stand in a treap by the start
 * of their remote network, each with the one below it that reaches furthest, so that what has an
 * address in common is found without going through all. Priorities come from the keyed hash: what a
 * peer asks for does not shape the tree.
 */
#include <string.h>

#include "session/claim.h"

/* ---- the tree ---- */

static int end_order(const ikev1_selector *a, const uint8_t *a_ip, const ikev1_selector *b,
                     const uint8_t *b_ip) {
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    return memcmp(a_ip, b_ip, sizeof a->start);
}

static int order(const struct ike_child *a, const struct ike_child *b) {
    int by_start = end_order(&a->remote, a->remote.start, &b->remote, b->remote.start);
    if (by_start != 0)
        return by_start;
    return (a->handle > b->handle) - (a->handle < b->handle);
}

static void update(const struct ike_session *s, struct ike_child *top) {
    const struct ike_child *best = top;
    for (int right = 0; right < 2; right++) {
        const struct ike_child *below = ike_slot_at(s, right ? top->claim.right : top->claim.left);
        const struct ike_child *f = below != NULL ? ike_slot_at(s, below->claim.furthest) : top;
        if (end_order(&f->remote, f->remote.end, &best->remote, best->remote.end) > 0)
            best = f;
    }
    top->claim.furthest = ike_slot_of(best->handle);
}

static void split(const struct ike_session *s, uint32_t slot, const struct ike_child *at,
                  uint32_t *left, uint32_t *right) {
    struct ike_child *top = ike_slot_at(s, slot);
    if (top == NULL) {
        *left = *right = 0;
        return;
    }
    if (order(top, at) < 0) {
        split(s, top->claim.right, at, &top->claim.right, right);
        *left = slot;
    } else {
        split(s, top->claim.left, at, left, &top->claim.left);
        *right = slot;
    }
    update(s, top);
}

static uint32_t merge(const struct ike_session *s, uint32_t left, uint32_t right) {
    if (left == 0 || right == 0)
        return left != 0 ? left : right;
    struct ike_child *l = ike_slot_at(s, left), *r = ike_slot_at(s, right);
    const bool first = l->claim.weight > r->claim.weight;
    struct ike_child *top = first ? l : r;
    if (first)
        top->claim.right = merge(s, top->claim.right, right);
    else
        top->claim.left = merge(s, left, top->claim.left);
    update(s, top);
    return first ? left : right;
}

static void insert(const struct ike_session *s, uint32_t *at, struct ike_child *child) {
    struct ike_child *top = ike_slot_at(s, *at);
    if (top == NULL || child->claim.weight > top->claim.weight) {
        split(s, *at, child, &child->claim.left, &child->claim.right);
        *at = ike_slot_of(child->handle);
        top = child;
    } else {
        insert(s, order(child, top) < 0 ? &top->claim.left : &top->claim.right, child);
    }
    update(s, top);
}

static void take_out(const struct ike_session *s, uint32_t *at, const struct ike_child *child) {
    struct ike_child *top = ike_slot_at(s, *at);
    if (top == child) {
        *at = merge(s, top->claim.left, top->claim.right);
        return;
    }
    take_out(s, order(child, top) < 0 ? &top->claim.left : &top->claim.right, child);
    update(s, top);
}

/* ---- in and out ---- */

/* Numbers are the host's: mixed, but never two to one. */
static uint32_t hash_rule(uint32_t rule) {
    return rule * 0x9e3779b1u;
}

void ike_claim(struct ike_child *child) {
    struct ike_session *s = ike_session(child->sa);
    if (child->claim.weight != 0 || child->rule == 0 || child->remote.family == 0 ||
        ike_tally_reserve(&s->busy) != IKEV1_OK)
        return;
    (void)ike_tally_up(&s->busy, hash_rule(child->rule));
    child->claim.weight = ike_hash_number(s, ike_slot_of(child->handle)) | 1;
    insert(s, &s->claims, child);
}

void ike_unclaim(struct ike_child *child) {
    struct ike_session *s = ike_session(child->sa);
    if (child->claim.weight == 0)
        return;
    take_out(s, &s->claims, child);
    ike_tally_down(&s->busy, hash_rule(child->rule));
    child->claim = (struct ike_claim){0};
}

uint32_t ike_claims_of(const struct ike_session *s, uint32_t rule) {
    const struct ike_tally_slot *slot = ike_tally_find(&s->busy, hash_rule(rule));
    return slot != NULL ? slot->count : 0;
}

/* ---- may one more be? ---- */

struct wanted {
    const struct ike_session *s;
    const struct ike_sa *sa;
    uint32_t rule;
    ikev1_selector local, remote;
    const struct ike_child *conflict; /* of another peer */
    bool replaces;                    /* the same peer has these networks under this rule */
};

/* One identity is one peer; where all who have the key may have any name, within one rule only. */
static bool same_peer(const struct ike_sa *a, const struct ike_sa *b) {
    return a == b ||
           (a->live != NULL && b->live != NULL && (!a->live->loose || a->rule == b->rule) &&
            ike_id_body_equal(ike_blob_bytes(&a->live->remote_id),
                              ike_blob_bytes(&b->live->remote_id)));
}

static void visit(struct wanted *w, const struct ike_child *c) {
    if (!ike_selector_meets(&c->remote, &w->remote) || !ike_selector_meets(&c->local, &w->local))
        return;
    if (!same_peer(w->sa, c->sa))
        w->conflict = c;
    else if (c->rule == w->rule && ike_selector_equal(&c->remote, &w->remote) &&
             ike_selector_equal(&c->local, &w->local))
        w->replaces = true;
}

static void walk(struct wanted *w, uint32_t slot) {
    const struct ike_child *top = ike_slot_at(w->s, slot);
    if (top == NULL || w->conflict != NULL)
        return;
    const struct ike_child *far = ike_slot_at(w->s, top->claim.furthest);
    if (end_order(&far->remote, far->remote.end, &w->remote, w->remote.start) < 0)
        return;
    walk(w, top->claim.left);
    visit(w, top);
    if (end_order(&top->remote, top->remote.start, &w->remote, w->remote.end) <= 0)
        walk(w, top->claim.right);
}

static ikev1_selector settled(const ikev1_selector *asked, const ikev1_selector *ours,
                              const ikev1_address *end) {
    if (asked != NULL && asked->family != 0)
        return *asked;
    if (ours->family != 0)
        return *ours;
    ikev1_selector host = {.family = end->family};
    memcpy(host.start, end->ip, sizeof host.start);
    memcpy(host.end, end->ip, sizeof host.end);
    return host;
}

int ike_admits(struct ike_context *ctx, const ikev1_question *q, const ikev1_phase2 *p,
               ikev1_why *why) {
    struct ike_session *s = (struct ike_session *)ctx;
    struct wanted w = {.s = s, .rule = p->rule, .replaces = q->replaces != 0};
    w.sa = ike_handle_at(&s->handles, IKE_KIND_SA, ike_slot_of(q->sa));
    if (w.sa == NULL || (!p->exclusive && p->connections == 0))
        return IKEV1_OK;
    w.local = settled(q->local, &p->local, &q->path.local);
    w.remote = settled(q->remote, &p->remote, &q->path.remote);
    walk(&w, s->claims);
    why->rule = p->rule;
    if (p->exclusive && !q->initiator && w.conflict != NULL) {
        why->range = w.remote;
        why->other_rule = w.conflict->rule;
        ike_why_selectors(why, &w.remote, &w.conflict->remote);
        return ike_refuse(why, IKEV1_E_LIVE_CONFLICT, IKEV1_PAYLOAD_ID, 0, "RFC 2409 5.5");
    }
    if (p->connections != 0 && !w.replaces && ike_claims_of(s, p->rule) >= p->connections) {
        ike_why_selectors(why, &w.remote, &w.remote);
        ike_why_number(why->ours, p->connections, "connections");
        return ike_refuse(why, IKEV1_E_RULE_LIMIT, 0, 0, NULL);
    }
    return ike_tally_reserve(&s->busy) == IKEV1_OK ? IKEV1_OK
                                                   : ike_refuse(why, IKEV1_E_MEMORY, 0, 0, NULL);
}
