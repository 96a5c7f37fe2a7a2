/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The choice of phase 2. Proposals of one number belong together, those of different numbers are
 * alternatives (RFC 2408 4.2): what belongs together is taken or refused as a whole, on both sides.
 */
#include <string.h>

#include "exchange/choice.h"
#include "exchange/quick.h"

#define CITE "RFC 2409 5.5"

/* ---- proposals of one number ---- */

struct group {
    size_t count; /* more than there is room for: nothing that we could take */
    struct ike_proposal at[IKEV1_MAX_BUNDLE];
};

static bool next_group(struct ike_reader *proposals, struct group *g) {
    struct ike_reader ahead = *proposals;
    struct ike_proposal p;
    g->count = 0;
    while (ike_proposal_next(&ahead, &p) && (g->count == 0 || p.number == g->at[0].number)) {
        if (g->count < IKEV1_MAX_BUNDLE)
            g->at[g->count] = p;
        g->count++;
        *proposals = ahead;
    }
    return g->count != 0;
}

/* Which protocols belong together, four bits each. */
static uint32_t protocols_of(const struct group *g) {
    uint32_t all = 0;
    for (size_t i = 0; i < g->count && i < IKEV1_MAX_BUNDLE; i++)
        all |= (uint32_t)(g->at[i].protocol & 15) << 4 * i;
    return all;
}

static uint32_t value_of_spi(ikev1_bytes spi) {
    uint32_t value = 0;
    for (size_t i = 0; i < spi.len; i++)
        value = value << 8 | spi.data[i];
    return value;
}

/* RFC 2406 2.1: up to 255 is reserved. A CPI comes in two bytes or in four, of which the upper two
 * are nothing; below 64 it is the transform itself (RFC 3173 2, 4.1). */
static bool read_spi(struct ike_member *m, ikev1_bytes spi) {
    bool cpi = m->suite.protocol == IKEV1_PROTO_IPCOMP;
    if (spi.len != 4 && !(cpi && spi.len == 2))
        return false;
    m->spi_out = value_of_spi(spi) & (cpi ? UINT16_MAX : UINT32_MAX);
    return m->spi_out > 255 || (cpi && m->spi_out == m->suite.id);
}

/* ---- their proposals against our suites ---- */

/* For each of our suites the first of their transforms that it is, among the proposals of one
 * number. */
struct found {
    bool is[IKE_MAX_SUITES];
    uint8_t place[IKE_MAX_SUITES]; /* of its proposal */
    struct ike_suite suite[IKE_MAX_SUITES];
};

struct choosing {
    struct ike_search search;
    const ikev1_phase2 *p;
    uint8_t size[IKE_MAX_SUITES]; /* of the bundle that each of our suites is in; 0 = not usable */
    size_t best;                  /* where our best bundle begins that they offer, or the end */
    struct found found;
};

/* Each of theirs is decoded once, however many are ours (SAP-11). */
static void find_suites(struct choosing *c, const struct group *g) {
    struct found *found = &c->found;
    memset(found->is, 0, sizeof found->is);
    for (size_t place = 0; place < g->count; place++) {
        struct ike_proposal proposal = g->at[place];
        struct ike_transform t;
        while (ike_transform_next(&proposal, &t)) {
            struct ike_suite theirs, settled;
            ike_suite_decode2(&theirs, &proposal, &t);
            settled = theirs;
            ike_settle(c->search.ctx, 2, &settled);
            if (ike_accepts_group(c->p, theirs.group) && settled.protocol != IKEV1_PROTO_IPCOMP)
                settled.group = c->p->pfs_group;
            for (size_t i = 0; i < c->best; i++) {
                const struct ike_suite *ours = &c->search.ours[i];
                if (found->is[i] || c->size[i] != g->count ||
                    (g->count > 1 && ours->protocol != settled.protocol) ||
                    !ike_search_agrees(&c->search, &settled, ours, i))
                    continue;
                found->is[i] = true;
                found->place[i] = (uint8_t)place;
                found->suite[i] = theirs;
            }
        }
    }
}

/* All of them, in one group: there is one key exchange (RFC 2409 5.5). */
static bool is_complete(const struct choosing *c, size_t first) {
    uint16_t group = 0;
    bool seen = false;
    for (size_t i = first; i < first + c->size[first]; i++) {
        const struct ike_suite *s = &c->found.suite[i];
        if (!c->found.is[i])
            return false;
        if (s->protocol == IKEV1_PROTO_IPCOMP)
            continue;
        if (seen && s->group != group)
            return false;
        group = s->group;
        seen = true;
    }
    return true;
}

/* Innermost first: the order in which a packet is compressed, encrypted, authenticated. */
static void enter_member(struct ike_terms *t, const struct ike_member *m) {
    static const uint8_t RANK[] = {
        [IKEV1_PROTO_IPCOMP] = 0, [IKEV1_PROTO_ESP] = 1, [IKEV1_PROTO_AH] = 2};
    size_t at = t->count++;
    while (at > 0 && RANK[t->members[at - 1].suite.protocol] > RANK[m->suite.protocol]) {
        t->members[at] = t->members[at - 1];
        at--;
    }
    t->members[at] = *m;
    if (m->suite.protocol != IKEV1_PROTO_IPCOMP)
        t->group = m->suite.group;
}

static bool take(const struct choosing *c, const struct group *g, struct ike_terms *t) {
    bool good = true;
    t->count = 0;
    t->group = 0;
    for (size_t i = c->best; i < c->best + c->size[c->best]; i++) {
        struct ike_member m = {.suite = c->found.suite[i], .place = c->found.place[i]};
        good &= read_spi(&m, g->at[m.place].spi);
        enter_member(t, &m);
    }
    return good;
}

/* A bundle of theirs against ours of other sizes: nothing else needs to be compared. */
static void differs_in_size(struct choosing *c, const struct group *g) {
    for (size_t i = 0; i < c->best; i += ike_bundle_size(c->p, i)) {
        ikev1_diff d;
        if (c->size[i] == 0 || c->size[i] == g->count)
            continue;
        memset(&d, 0, sizeof d); /* its padding too: the host gets it as it is */
        d.proposal = g->at[0].number;
        d.suite = (uint8_t)i;
        d.protocol = c->search.ours[i].protocol;
        d.attribute = IKEV1_DIFF_BUNDLE;
        d.theirs = protocols_of(g);
        for (size_t k = 0; k < c->size[i]; k++)
            d.ours |= (uint32_t)c->search.ours[i + k].protocol << 4 * k;
        ike_search_keep(c->search.why, &d, 1);
    }
}

static void begin(struct choosing *c, const struct ike_context *ctx, const ikev1_phase2 *p,
                  uint16_t encapsulation, ikev1_why *why) {
    c->p = p;
    ike_search_begin(&c->search, ctx, 2, why);
    for (size_t i = 0; i < p->suite_count;) {
        size_t size = ike_bundle_size(p, i);
        uint8_t usable = ike_is_usable(p, i, encapsulation) ? (uint8_t)size : 0;
        for (; size > 0; size--, i++) {
            ike_search_add(&c->search, ike_suite2(p, i, encapsulation));
            c->size[i] = usable;
        }
    }
    c->best = p->suite_count;
}

int ike_choose2(const struct ike_context *ctx, const ikev1_phase2 *p, uint16_t encapsulation,
                ikev1_bytes sa_body, struct ike_terms *terms, ikev1_why *why) {
    struct choosing c;
    struct group g;
    struct ike_reader proposals = ike_sa_proposals(sa_body);
    bool good = false;
    begin(&c, ctx, p, encapsulation, why);
    while (c.best != 0 && next_group(&proposals, &g)) {
        differs_in_size(&c, &g);
        if (g.count > IKEV1_MAX_BUNDLE)
            continue;
        find_suites(&c, &g);
        for (size_t i = 0; i < c.best; i += ike_bundle_size(p, i)) {
            if (c.size[i] != g.count || !is_complete(&c, i))
                continue;
            c.best = i;
            good = take(&c, &g, terms);
        }
    }
    if (c.best == p->suite_count)
        return ike_search_none(why, CITE);
    why->diff_count = 0;
    return good ? IKEV1_OK
                : ike_refuse(why, IKEV1_E_SPI, IKEV1_PAYLOAD_SA, IKEV1_HEADER_SIZE, "RFC 2406 2.1");
}

/* ---- what the peer has chosen ---- */

/* The transform in this proposal of ours that theirs is. */
static bool is_offered(struct ike_search *s, struct ike_proposal ours,
                       const struct ike_suite *theirs) {
    struct ike_suite settled = *theirs;
    struct ike_transform t;
    ike_settle(s->ctx, 2, &settled);
    for (size_t i = 0; ike_transform_next(&ours, &t); i++) {
        struct ike_suite suite;
        ike_suite_decode2(&suite, &ours, &t);
        ike_settle(s->ctx, 2, &suite);
        if (ike_search_agrees(s, &settled, &suite, i))
            return true;
    }
    return false;
}

/* Each protocol of the answer, among those that we have offered under one number. */
static bool is_one_of_ours(struct ike_search *s, const struct group *ours,
                           const struct ike_terms *answer) {
    if (ours->count != answer->count)
        return false;
    for (size_t i = 0; i < answer->count; i++) {
        const struct ike_suite *theirs = &answer->members[i].suite;
        size_t k = 0;
        while (k < ours->count && ours->at[k].protocol != theirs->protocol)
            k++;
        if (k == ours->count || !is_offered(s, ours->at[k], theirs))
            return false;
    }
    return true;
}

static bool same_proposal(const struct ike_proposal *a, const struct ike_proposal *b) {
    const ikev1_bytes of_a = {a->rest.p, ike_left(&a->rest)};
    const ikev1_bytes of_b = {b->rest.p, ike_left(&b->rest)};
    return a->protocol == b->protocol && ike_bytes_equal(a->spi, b->spi) &&
           ike_bytes_equal(of_a, of_b);
}

/* What follows the choice: nothing, or the same again but for its IPCOMP, which stands last in it
 * (IKEV1_QUIRK_IPCOMP_WITHOUT). */
static bool ends_with_choice(struct ike_reader *proposals, const struct group *chosen) {
    struct group g;
    if (!next_group(proposals, &g))
        return true;
    if (g.count + 1 != chosen->count || chosen->at[g.count].protocol != IKEV1_PROTO_IPCOMP)
        return false;
    for (size_t i = 0; i < g.count; i++)
        if (!same_proposal(&g.at[i], &chosen->at[i]))
            return false;
    return !next_group(proposals, &g);
}

/* One proposal number, one transform for each protocol (SAP-14). */
static bool read_answer(ikev1_bytes answer, struct ike_terms *t, bool *good_spis) {
    struct ike_reader proposals = ike_sa_proposals(answer);
    struct ike_transform transform, more;
    struct group g;
    t->count = 0;
    t->group = 0;
    *good_spis = true;
    if (!next_group(&proposals, &g) || g.count > IKEV1_MAX_BUNDLE ||
        !ends_with_choice(&proposals, &g))
        return false;
    for (size_t i = 0; i < g.count; i++) {
        struct ike_proposal p = g.at[i];
        struct ike_member m = {.place = (uint8_t)i};
        if (!ike_transform_next(&p, &transform) || ike_transform_next(&p, &more) ||
            p.protocol < IKEV1_PROTO_AH || p.protocol > IKEV1_PROTO_IPCOMP)
            return false;
        for (size_t k = 0; k < t->count; k++)
            if (t->members[k].suite.protocol == p.protocol)
                return false;
        ike_suite_decode2(&m.suite, &p, &transform);
        *good_spis &= read_spi(&m, p.spi);
        enter_member(t, &m);
    }
    return true;
}

int ike_check_choice2(const struct ike_context *ctx, ikev1_bytes offered, ikev1_bytes answer,
                      struct ike_terms *terms, ikev1_why *why) {
    struct ike_search s;
    struct ike_reader proposals = ike_sa_proposals(offered);
    struct group ours;
    bool good_spis;
    ike_search_begin(&s, ctx, 2, why);
    if (!read_answer(answer, terms, &good_spis))
        return ike_refuse(why, IKEV1_E_BAD_CHOICE, IKEV1_PAYLOAD_SA, IKEV1_HEADER_SIZE, CITE);
    while (next_group(&proposals, &ours)) {
        if (!is_one_of_ours(&s, &ours, terms))
            continue;
        why->diff_count = 0;
        return good_spis ? IKEV1_OK
                         : ike_refuse(why, IKEV1_E_SPI, IKEV1_PAYLOAD_SA, IKEV1_HEADER_SIZE,
                                      "RFC 2406 2.1");
    }
    return ike_refuse(why, IKEV1_E_BAD_CHOICE, IKEV1_PAYLOAD_SA, IKEV1_HEADER_SIZE, CITE);
}
