/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rules have a network in common with others: the rules by the start of their remote network
 * (and of the local one, where that is the same), read as a balanced tree. The middle of each part
 * of the order knows how far all of the part reaches, in both networks, so that parts that cannot
 * meet are never looked into.
 */
#include <string.h>

#include "rules/table.h"

static int start_order(const void *x, const void *y, const void *ctx) {
    const struct ike_span *a = x, *b = y;
    (void)ctx;
    if (a->remote.family != b->remote.family)
        return a->remote.family < b->remote.family ? -1 : 1;
    int order = memcmp(a->remote.start, b->remote.start, sizeof a->remote.start);
    if (order == 0)
        order = memcmp(a->local.start, b->local.start, sizeof a->local.start);
    return order != 0 ? order : (a->rule > b->rule) - (a->rule < b->rule);
}

static void widen(uint8_t bound[16], const uint8_t with[16], int direction) {
    if (memcmp(with, bound, 16) * direction > 0)
        memcpy(bound, with, 16);
}

/* Fills the bounds of the part from `low` to before `high`. */
static const struct ike_span *bound(struct ike_span *spans, uint32_t low, uint32_t high) {
    if (low >= high)
        return NULL;
    const uint32_t middle = low + (high - low) / 2;
    struct ike_span *s = &spans[middle];
    const struct ike_span *parts[] = {bound(spans, low, middle), bound(spans, middle + 1, high)};
    memcpy(s->remote_end, s->remote.end, sizeof s->remote_end);
    memcpy(s->local_start, s->local.start, sizeof s->local_start);
    memcpy(s->local_end, s->local.end, sizeof s->local_end);
    for (size_t i = 0; i < 2; i++) {
        if (parts[i] == NULL)
            continue;
        widen(s->remote_end, parts[i]->remote_end, 1);
        widen(s->local_start, parts[i]->local_start, -1);
        widen(s->local_end, parts[i]->local_end, 1);
    }
    return s;
}

static ikev1_selector all_of(uint8_t family) {
    ikev1_selector s = {.family = family};
    memset(s.end, 0xff, family == 4 ? 4 : 16);
    return s;
}

/* A selector that is left open stands for one end of the path. */
static ikev1_selector settle(const ikev1_selector *s, const ikev1_address *end, uint8_t family) {
    ikev1_selector settled =
        end->family != 0 ? (ikev1_selector){.family = end->family} : all_of(family);
    if (s->family != 0)
        return *s;
    settled.protocol = s->protocol;
    settled.port = s->port;
    if (end->family != 0) {
        memcpy(settled.start, end->ip, sizeof settled.start);
        memcpy(settled.end, end->ip, sizeof settled.end);
    }
    return settled;
}

/* Of a rule whose remote network cannot be known before its peer comes, there is none. */
static bool make(struct ike_span *span, const struct ike_rule *rule, uint32_t place) {
    const ikev1_phase2 *p = &rule->at.phase2;
    const bool nowhere = rule->unresolved || ike_rule_is_dynamic(&rule->at);
    if (p->remote.family == 0 && nowhere)
        return false;
    span->rule = place;
    span->remote = settle(&p->remote, &rule->peer, 0);
    span->local = settle(&p->local, &rule->at.local, span->remote.family);
    return true;
}

int ike_spans_make(struct ike_mem *mem, struct ike_rule_set *set) {
    if (set->spans == NULL)
        set->spans = ike_alloc(mem, set->count * sizeof *set->spans);
    if (set->spans == NULL)
        return IKEV1_E_MEMORY;
    set->span_count = set->span_v4 = 0;
    for (uint32_t i = 0; i < set->count; i++)
        set->span_count += make(&set->spans[set->span_count], &set->rules[i], i);
    ike_sort(set->spans, set->span_count, sizeof *set->spans, start_order, NULL);
    while (set->span_v4 < set->span_count && set->spans[set->span_v4].remote.family == 4)
        set->span_v4++;
    bound(set->spans, 0, set->span_v4);
    bound(set->spans, set->span_v4, set->span_count);
    return IKEV1_OK;
}

struct walk {
    const struct ike_rule_set *set;
    const ikev1_selector *local, *remote;
    ike_span_visit visit;
    void *ctx;
    uint64_t *steps;
};

static bool walk(const struct walk *w, uint32_t low, uint32_t high) {
    if (low >= high)
        return false;
    const uint32_t middle = low + (high - low) / 2;
    const struct ike_span *s = &w->set->spans[middle];
    if (w->steps != NULL)
        ++*w->steps;
    if (memcmp(w->remote->start, s->remote_end, 16) > 0 ||
        memcmp(w->local->start, s->local_end, 16) > 0 ||
        memcmp(w->local->end, s->local_start, 16) < 0)
        return false;
    if (walk(w, low, middle))
        return true;
    if (ike_range_meets(w->remote, &s->remote) && ike_range_meets(w->local, &s->local) &&
        w->visit(w->ctx, &w->set->rules[s->rule], s))
        return true;
    return memcmp(s->remote.start, w->remote->end, 16) <= 0 && walk(w, middle + 1, high);
}

bool ike_spans_walk(const struct ike_rule_set *set, const ikev1_selector *local,
                    const ikev1_selector *remote, ike_span_visit visit, void *ctx,
                    uint64_t *steps) {
    const struct walk w = {set, local, remote, visit, ctx, steps};
    return remote->family == 4 ? walk(&w, 0, set->span_v4)
                               : walk(&w, set->span_v4, set->span_count);
}
