/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Children outlive their ISAKMP SA: a newer one with the same peer takes them over, and where the
 * host wants it they wait for one. The same peer is who has proved the same identity under the same
 * rule from the same address: an identity alone may be that of several hosts.
 */
#include <string.h>

#include "session/access.h"
#include "session/life.h"

static bool is_kin(const struct ike_sa *sa, const struct ike_sa *o) {
    return o != sa && o->rule == sa->rule && ike_address_equal(&o->path.remote, &sa->path.remote) &&
           (o->state == IKE_SA_ESTABLISHED || o->state == IKE_SA_EXPIRED);
}

struct ike_sa *ike_kin(const struct ike_sa *sa, const struct ike_sa *at, unsigned *looked) {
    struct ike_sa *o = at == NULL ? ike_peer_first(sa) : ike_peer_next(at);
    while (o != NULL && (*looked)++ < IKE_KIN && !is_kin(sa, o))
        o = ike_peer_next(o);
    return o != NULL && *looked <= IKE_KIN ? o : NULL;
}

void ike_adopt(struct ike_sa *to, struct ike_sa *from) {
    bool any = false;
    struct ike_child **at = &from->children;
    while (*at != NULL) {
        struct ike_child *c = *at;
        if (c->state != IKE_CHILD_UP) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        c->next = to->children;
        to->children = c;
        c->sa = to;
        from->child_count--;
        to->child_count++;
        any = true;
    }
    if (any)
        ike_event_replacing(to, NULL, IKEV1_EVENT_SA_ADOPTED, NULL, from->handle);
    if (from->state == IKE_SA_ESTABLISHED) { /* the next one to connect finds the newer one */
        ike_rule_leave(from);
        ike_rule_enter(from);
    }
}

/* The newest other one that lives on. */
static struct ike_sa *heir(const struct ike_sa *sa) {
    struct ike_sa *best = NULL;
    unsigned looked = 0;
    for (struct ike_sa *o = ike_kin(sa, NULL, &looked); o != NULL; o = ike_kin(sa, o, &looked)) {
        if (o->state == IKE_SA_ESTABLISHED && !o->live->replaced &&
            (best == NULL || (int32_t)(o->live->serial - best->live->serial) > 0))
            best = o;
    }
    return best;
}

static bool has_up(const struct ike_sa *sa) {
    const struct ike_child *c = sa->children;
    while (c != NULL && c->state != IKE_CHILD_UP)
        c = c->next;
    return c != NULL;
}

/* What negotiates ends; what is up stays, with nobody to speak for it. */
static void leave_behind(struct ike_sa *sa, const ikev1_why *why, bool tell) {
    if (tell)
        ike_tell_delete_sa(sa);
    for (struct ike_child *c = sa->children, *next; c != NULL; c = next) {
        next = c->next;
        if (c->state != IKE_CHILD_UP)
            ike_child_close(c, why, false);
    }
    ike_log(sa->ctx, IKEV1_LOG_SA_DOWN, &(struct ike_log_about){.sa = sa, .why = why});
    ike_sa_expire(sa);
}

void ike_sa_retire(struct ike_sa *sa, const ikev1_why *why, bool tell) {
    struct ike_sa *to = has_up(sa) ? heir(sa) : NULL;
    if (to != NULL)
        ike_adopt(to, sa);
    if (has_up(sa) && sa->live->keep)
        leave_behind(sa, why, tell);
    else
        ike_sa_close(sa, why, tell);
}

void ike_sa_emptied(struct ike_sa *sa, const ikev1_why *why) {
    if (sa->state == IKE_SA_EXPIRED && sa->children == NULL)
        ike_sa_close(sa, why, false);
}
