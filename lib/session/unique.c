/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One peer, several SAs: INITIAL-CONTACT (RFC 2407 4.6.3.3) and what the host wants (mission P7).
 * Phase 1 alone does not prove that the peer meant us, and a notification in it is covered by no
 * hash: nothing older ends before the first message under HASH(n) has come (R-20, R-21, INF-10).
 */
#include <string.h>

#include "session/life.h"
#include "exchange/vendor.h"
#include "session/access.h"

static ikev1_bytes id_content(ikev1_bytes body) { /* without protocol and port */
    return ike_bytes(body.data + 4, body.len - 4);
}

bool ike_id_body_equal(ikev1_bytes a, ikev1_bytes b) {
    return a.data[0] == b.data[0] && ike_bytes_equal(id_content(a), id_content(b));
}

/* The first of a list; there may be very many of one identity, and a table of equal keys would be
 * another list. */
void ike_peer_enter(struct ike_sa *sa) {
    struct ike_session *s = ike_session(sa);
    struct ike_live *live = sa->live;
    ikev1_bytes id = ike_identity(sa);
    struct ike_sa *first = ike_find_peer(s, id);
    live->serial = ++s->serials;
    if (first == NULL) {
        ike_index_add(&s->peers, ike_hash_id(s, id), ike_slot_of(sa->handle));
        return;
    }
    struct ike_sa *next = ike_peer_next(first);
    live->peer_before = ike_slot_of(first->handle);
    live->peer_next = first->live->peer_next;
    if (next != NULL)
        next->live->peer_before = ike_slot_of(sa->handle);
    first->live->peer_next = ike_slot_of(sa->handle);
}

struct ike_sa *ike_peer_next(const struct ike_sa *sa) {
    return ike_slot_at(ike_session(sa), sa->live->peer_next);
}

struct ike_sa *ike_peer_first(const struct ike_sa *sa) {
    struct ike_session *s = ike_session(sa);
    const bool is_first = sa->live->serial != 0 && sa->live->peer_before == 0;
    return is_first ? ike_slot_at(s, ike_slot_of(sa->handle)) : ike_find_peer(s, ike_identity(sa));
}

void ike_peer_leave(struct ike_sa *sa) {
    struct ike_session *s = ike_session(sa);
    struct ike_live *live = sa->live;
    const uint32_t hash = ike_hash_id(s, ike_identity(sa));
    struct ike_sa *next = ike_peer_next(sa), *before = ike_slot_at(s, live->peer_before);
    if (next != NULL)
        next->live->peer_before = live->peer_before;
    if (before != NULL) {
        before->live->peer_next = live->peer_next;
    } else {
        ike_index_remove(&s->peers, hash, ike_slot_of(sa->handle));
        if (next != NULL)
            ike_index_add(&s->peers, hash, live->peer_next);
    }
    live->peer_next = live->peer_before = 0;
}

/* Who may call itself what it likes is known by that name within its rule only. */
static bool is_same_peer(const struct ike_sa *other, uint32_t rule, bool loose) {
    return !loose || other->rule == rule;
}

uint32_t ike_peer_count(const struct ike_sa *sa, uint32_t rule, ikev1_bytes id, bool loose,
                        const struct ike_sa **one) {
    const struct ike_sa *other = ike_find_peer(ike_session(sa), id);
    uint32_t count = 0;
    for (; other != NULL; other = ike_peer_next(other)) {
        if (other == sa || !is_same_peer(other, rule, loose))
            continue;
        *one = other;
        count++;
    }
    return count;
}

static void end_older(struct ike_sa *sa, const ikev1_why *why, bool tell) {
    struct ike_sa *next;
    for (struct ike_sa *o = ike_peer_first(sa); o != NULL; o = next) {
        next = ike_peer_next(o);
        if (o != sa && is_same_peer(o, sa->rule, sa->live->loose) &&
            (int32_t)(sa->live->serial - o->live->serial) > 0)
            ike_sa_close(o, why, tell);
    }
}

void ike_contact(struct ike_sa *sa) {
    ikev1_why why = {.code = IKEV1_E_REPLACED,
                     .notify = IKEV1_NOTIFY_INITIAL_CONTACT,
                     .rule = sa->rule,
                     .cite = "RFC 2407 4.6.3.3"};
    if (ike_is_unproven(sa)) { /* whose older SAs, will show */
        sa->live->contact = true;
        return;
    }
    if (sa->live->unique != IKEV1_UNIQUE_KEEP)
        end_older(sa, &why, false); /* the peer has lost them */
}

void ike_sa_confirm(struct ike_sa *sa) {
    ikev1_why why = {.code = IKEV1_E_REPLACED, .rule = sa->rule};
    if (sa->state != IKE_SA_ESTABLISHED || sa->live->confirmed || !ike_is_open(sa))
        return;
    sa->live->confirmed = true;
    if (sa->live->contact)
        ike_contact(sa);
    if (!sa->initiator || sa->live->contact)
        ike_sa_settle(sa);
    if (sa->live->unique == IKEV1_UNIQUE_REPLACE)
        end_older(sa, &why, true);
}
