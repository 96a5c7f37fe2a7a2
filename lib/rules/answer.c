/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The questions of a negotiation, answered from the table (mission S15). Whoever calls is known by
 * his address first and by his identity when he has said it; what he wants to protect is looked for
 * among the rules of the same peer only.
 */
#include <string.h>

#include "rules/table.h"

/* ---- phase 1 ---- */

static int find_path(const ikev1_rules *rules, const struct ike_rule *r, const ikev1_question *q,
                     ikev1_path *path) {
    path->remote = r->peer;
    path->local = r->at.local;
    if (ike_rule_is_dynamic(&r->at)) {
        if (q->path.remote.family == 0)
            return IKEV1_E_NO_RULE; /* nobody knows where it is */
        *path = q->path;            /* again with one that has called before */
        return IKEV1_OK;
    }
    if (path->local.family == 0) {
        uint16_t port = path->local.port;
        int s = rules->source == NULL
                    ? IKEV1_E_CONFIG
                    : rules->source(rules->source_user, &path->remote, &path->local);
        if (s != IKEV1_OK)
            return s < 0 ? s : IKEV1_E_REFUSED;
        path->local.port = port;
    }
    return IKEV1_OK;
}

static int begin(const ikev1_rules *rules, const ikev1_question *q, ikev1_phase1 *answer) {
    const struct ike_rule *r = ike_rule_find(rules, q->rule);
    if (q->why != NULL)
        q->why->rule = q->rule;
    if (r == NULL)
        return IKEV1_E_NO_RULE;
    if (r->unresolved)
        return IKEV1_E_UNRESOLVED;
    *answer = r->at.phase1;
    answer->rule = r->at.number;
    return find_path(rules, r, q, &answer->path);
}

/* May a negotiation that has begun under one rule go on under another? Not if it would have begun
 * otherwise. */
static bool goes_on(const struct ike_rule *from, const struct ike_rule *to) {
    return from == to || ike_phase1_differs(&from->at, &to->at, true) == NULL;
}

static int answer_phase1(void *user, const ikev1_question *q, ikev1_phase1 *answer) {
    const ikev1_rules *rules = user;
    if (q->initiator)
        return begin(rules, q, answer);
    const struct ike_rule *begun = q->rule != 0 ? ike_rule_find(rules, q->rule) : NULL;
    const struct ike_rule *r =
        ike_rule_for_caller(rules, &q->path, q->peer_id, q->exchange == IKEV1_EXCHANGE_AGGRESSIVE);
    if (begun != NULL && (r == NULL || !goes_on(begun, r)))
        r = begun; /* and the identity does not fit it: the library says how */
    if (r == NULL)
        return IKEV1_E_NO_RULE;
    *answer = r->at.phase1;
    answer->rule = r->at.number;
    return IKEV1_OK;
}

/* ---- the key ---- */

static bool may_be(const struct ike_rule *r, const ikev1_question *q) {
    const ikev1_phase1 *p = &r->at.phase1;
    const bool v6 = q->path.remote.family == 6;
    ikev1_id expected = p->remote_id;
    if (q->peer_id == NULL || q->initiator)
        return true;
    if (expected.type == 0)
        expected = (ikev1_id){.type = v6 ? IKEV1_ID_IPV6_ADDR : IKEV1_ID_IPV4_ADDR,
                              .data = q->path.remote.ip,
                              .len = v6 ? 16 : 4};
    return ikev1_id_fits(p->remote_match, &expected, q->peer_id);
}

static int answer_psk(void *user, const ikev1_question *q, ikev1_bytes *answer) {
    const ikev1_rules *rules = user;
    const struct ike_rule *r = ike_rule_find(rules, q->rule);
    if (r == NULL)
        return IKEV1_E_NO_CREDENTIAL;
    if (!may_be(r, q)) { /* IDN-09: goes on as if there were such a peer */
        *answer = ike_bytes(rules->decoy, sizeof rules->decoy);
        return IKEV1_OK;
    }
    *answer = r->at.psk;
    if (answer->len != 0)
        return IKEV1_OK;
    return rules->host.psk != NULL ? rules->host.psk(rules->host.user, q, answer)
                                   : IKEV1_E_NO_CREDENTIAL;
}

/* ---- phase 2 ---- */

static bool is_host(const ikev1_selector *s, const ikev1_address *end) {
    return s->family == end->family && memcmp(s->start, end->ip, sizeof s->start) == 0 &&
           memcmp(s->end, end->ip, sizeof s->end) == 0;
}

/* As a rule has it that leaves this end open. */
static ikev1_selector left_open(const ikev1_selector *s) {
    return (ikev1_selector){.protocol = s->protocol, .port = s->port};
}

/* Exactly these networks; where they are the ends of the path, a rule may have left them open. */
static const struct ike_rule *find_exact(const ikev1_rules *rules, uint32_t kin,
                                         const ikev1_question *q) {
    const ikev1_selector locals[] = {*q->local, left_open(q->local)};
    const ikev1_selector remotes[] = {*q->remote, left_open(q->remote)};
    const int local_count = is_host(q->local, &q->path.local) ? 2 : 1;
    const int remote_count = is_host(q->remote, &q->path.remote) ? 2 : 1;
    for (int i = 0; i < local_count; i++) {
        for (int k = 0; k < remote_count; k++) {
            bool exact;
            uint32_t at = ike_traffic_place(rules, kin, &locals[i], &remotes[k], &exact);
            if (exact)
                return &rules->set.rules[rules->set.by_traffic[at]];
        }
    }
    return NULL;
}

struct wish { /* what somebody wants, and the best that has been found */
    const ikev1_question *q;
    const struct ike_rule *peer; /* the rule under which he has proven who he is */
    const struct ike_rule *found;
};

static bool same(const ikev1_selector *a, const ikev1_selector *b) {
    return ike_selector_order(a, b) == 0;
}

/* Does a rule take these networks though they are not just its own? */
static bool takes(const struct ike_rule *r, const struct ike_span *has, const ikev1_question *q) {
    const ikev1_phase2 *p = &r->at.phase2;
    if (r->at.open_remote)
        return same(&p->local, q->local) && ike_range_holds(&p->remote, q->remote);
    switch (p->match) {
    case IKEV1_SELECT_SUBSET:
        return ike_range_holds(&has->local, q->local) && ike_range_holds(&has->remote, q->remote);
    case IKEV1_SELECT_SUPERSET:
        return ike_range_holds(q->local, &has->local) && ike_range_holds(q->remote, &has->remote);
    default:
        return p->match == IKEV1_SELECT_ACCEPT;
    }
}

static bool visit_wide(void *ctx, const struct ike_rule *r, const struct ike_span *span) {
    struct wish *wish = ctx;
    if (r->kin != wish->peer->kin || !takes(r, span, wish->q))
        return false;
    wish->found = r;
    return true;
}

/* One whose remote network is open to everything stands first among those of its local one. */
static const struct ike_rule *find_open(const ikev1_rules *rules, struct wish *wish) {
    static const ikev1_selector ANYWHERE = {0};
    const ikev1_question *q = wish->q;
    bool exact;
    uint32_t at = ike_traffic_place(rules, wish->peer->kin, q->local, &ANYWHERE, &exact);
    const struct ike_rule *r = exact ? &rules->set.rules[rules->set.by_traffic[at]] : NULL;
    if (r != NULL && r->at.open_remote)
        return r;
    ike_spans_walk(&rules->set, q->local, q->remote, visit_wide, wish, rules->steps);
    return wish->found;
}

/* None is what he wants: one with the network of ours that he wants says more about why. */
static const struct ike_rule *find_nearest(const ikev1_rules *rules, const struct wish *wish) {
    static const ikev1_selector FIRST = {0};
    bool exact;
    uint32_t at = ike_traffic_place(rules, wish->peer->kin, wish->q->local, &FIRST, &exact);
    if (at == rules->set.count)
        return wish->peer;
    const struct ike_rule *r = &rules->set.rules[rules->set.by_traffic[at]];
    return r->kin == wish->peer->kin && same(&r->at.phase2.local, wish->q->local) ? r : wish->peer;
}

static bool visit_conflict(void *ctx, const struct ike_rule *r, const struct ike_span *span) {
    (void)span;
    struct wish *wish = ctx;
    if (r->kin == wish->peer->kin || r->at.open_remote || r->at.may_overlap)
        return false;
    wish->found = r;
    return true;
}

/* A dynamic peer's network is taken for our remote one, unless a rule has it (mission S8). */
static int take_remote(const ikev1_rules *rules, const struct ike_rule *r, const ikev1_question *q,
                       ikev1_phase2 *answer) {
    struct wish wish = {.q = q, .peer = r};
    if (!r->at.may_overlap &&
        ike_spans_walk(&rules->set, q->local, q->remote, visit_conflict, &wish, rules->steps)) {
        const ikev1_selector *theirs = &wish.found->at.phase2.remote;
        q->why->rule = r->at.number;
        q->why->other_rule = wish.found->at.number;
        q->why->range = *q->remote;
        ikev1_selector_format(q->remote, q->why->theirs, sizeof q->why->theirs);
        if (theirs->family != 0)
            ikev1_selector_format(theirs, q->why->ours, sizeof q->why->ours);
        return IKEV1_E_RULE_CONFLICT;
    }
    answer->local = *q->local;
    answer->remote = *q->remote;
    return IKEV1_OK;
}

static ikev1_selector host_of(const ikev1_address *a) {
    ikev1_selector s = {.family = a->family};
    memcpy(s.start, a->ip, sizeof s.start);
    memcpy(s.end, a->ip, sizeof s.end);
    return s;
}

/* The client's side is the address that Mode Config has given it: ours, or the peer's. */
static bool place_lease(const struct ike_rule *r, const ikev1_question *q, ikev1_phase2 *answer) {
    const uint8_t config = r->at.phase1.config;
    const ikev1_address *given = q->lease4.family != 0 ? &q->lease4 : &q->lease6;
    if (config == IKEV1_CONFIG_NONE || given->family == 0)
        return false;
    const bool server = config == IKEV1_CONFIG_SERVE || config == IKEV1_CONFIG_PUSH;
    *(server ? &answer->remote : &answer->local) = host_of(given);
    return true;
}

static int answer_phase2(void *user, const ikev1_question *q, ikev1_phase2 *answer) {
    const ikev1_rules *rules = user;
    const struct ike_rule *r = ike_rule_find(rules, q->rule);
    struct wish wish = {.q = q, .peer = r};
    if (r == NULL)
        return IKEV1_E_NO_RULE;
    const bool asked = !q->initiator && q->local != NULL && q->remote != NULL;
    if (asked) {
        r = find_exact(rules, wish.peer->kin, q);
        if (r == NULL)
            r = find_open(rules, &wish);
        if (r == NULL)
            r = find_nearest(rules, &wish);
    }
    *answer = r->at.phase2;
    answer->rule = r->at.number;
    if (place_lease(r, q, answer))
        return IKEV1_OK;
    answer->exclusive = answer->exclusive || ike_rule_is_dynamic(&r->at);
    if (asked && r->at.open_remote && same(&r->at.phase2.local, q->local) &&
        (r->at.phase2.remote.family == 0 || ike_range_holds(&r->at.phase2.remote, q->remote)))
        return take_remote(rules, r, q, answer);
    return IKEV1_OK;
}

/* ---- what the host answers ---- */

static int answer_spi(void *user, const ikev1_question *q, uint8_t protocol, uint32_t *answer) {
    const ikev1_policy *host = &((const ikev1_rules *)user)->host;
    return host->spi(host->user, q, protocol, answer);
}

static int answer_certs(void *user, const ikev1_question *q, ikev1_certs *answer) {
    const ikev1_policy *host = &((const ikev1_rules *)user)->host;
    return host->certs(host->user, q, answer);
}

static int answer_sign(void *user, const ikev1_question *q, const ikev1_signature *what,
                       ikev1_bytes *answer) {
    const ikev1_policy *host = &((const ikev1_rules *)user)->host;
    return host->sign(host->user, q, what, answer);
}

static int answer_verify(void *user, const ikev1_question *q, const ikev1_signature *what) {
    const ikev1_policy *host = &((const ikev1_rules *)user)->host;
    return host->verify(host->user, q, what);
}

static int answer_dh(void *user, const ikev1_question *q, const ikev1_dh *what,
                     ikev1_bytes *answer) {
    const ikev1_policy *host = &((const ikev1_rules *)user)->host;
    return host->dh(host->user, q, what, answer);
}

static int answer_xauth_user(void *user, const ikev1_question *q, const ikev1_xauth *request,
                             ikev1_xauth *answer) {
    const ikev1_policy *host = &((const ikev1_rules *)user)->host;
    return host->xauth_user(host->user, q, request, answer);
}

static int answer_xauth_verify(void *user, const ikev1_question *q, const ikev1_xauth *reply,
                               ikev1_xauth *next) {
    const ikev1_policy *host = &((const ikev1_rules *)user)->host;
    return host->xauth_verify(host->user, q, reply, next);
}

static int answer_lease(void *user, const ikev1_question *q, const ikev1_lease_request *request,
                        ikev1_lease *answer) {
    const ikev1_policy *host = &((const ikev1_rules *)user)->host;
    return host->lease(host->user, q, request, answer);
}

/* What the host has not, the table has not either: the library knows what to do without it. */
ikev1_policy ike_rules_answers(ikev1_rules *rules) {
    const ikev1_policy *host = &rules->host;
    return (ikev1_policy){
        .size = sizeof(ikev1_policy),
        .user = rules,
        .phase1 = answer_phase1,
        .psk = answer_psk,
        .phase2 = answer_phase2,
        .spi = host->spi != NULL ? answer_spi : NULL,
        .certs = host->certs != NULL ? answer_certs : NULL,
        .sign = host->sign != NULL ? answer_sign : NULL,
        .verify = host->verify != NULL ? answer_verify : NULL,
        .dh = host->dh != NULL ? answer_dh : NULL,
        .xauth_user = host->xauth_user != NULL ? answer_xauth_user : NULL,
        .xauth_verify = host->xauth_verify != NULL ? answer_xauth_verify : NULL,
        .lease = host->lease != NULL ? answer_lease : NULL,
    };
}
