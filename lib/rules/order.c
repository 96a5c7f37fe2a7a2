/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The orders of a set, and looking something up in them: by halving, never by going through.
 */
#include <string.h>

#include "rules/table.h"

/* ---- sorting places ---- */

typedef int (*compare)(const struct ike_rule *a, const struct ike_rule *b);

struct sorting {
    const struct ike_rule *rules;
    compare order;
};

static int place_order(const void *a, const void *b, const void *ctx) {
    const struct sorting *s = ctx;
    uint32_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    int order = s->order(&s->rules[x], &s->rules[y]);
    return order != 0 ? order : (x > y) - (x < y); /* then by number */
}

static void sort(const struct ike_rule_set *set, uint32_t *places, compare order) {
    const struct sorting s = {set->rules, order};
    for (uint32_t i = 0; i < set->count; i++)
        places[i] = i;
    ike_sort(places, set->count, sizeof *places, place_order, &s);
}

/* ---- who calls ---- */

/* How a rule's identity can be looked for. NAMED and STARRED stand in order; of the PATTERNS each
 * is tried; of the other two the first of a group is as good as all. */
enum { NAMED, STARRED, PATTERN, ADDRESS, ANYBODY };

static bool has_star(const ikev1_id *id) {
    return id->len > 1 && id->data[0] == '*';
}

static int rank_of(const ikev1_phase1 *p) {
    const bool name = p->remote_id.type == IKEV1_ID_FQDN || p->remote_id.type == IKEV1_ID_USER_FQDN;
    if (p->remote_match == IKEV1_MATCH_ANY)
        return ANYBODY;
    if (p->remote_id.type == 0)
        return ADDRESS;
    if (p->remote_match == IKEV1_MATCH_WILDCARD && name)
        return has_star(&p->remote_id) ? STARRED : NAMED;
    return p->remote_match == IKEV1_MATCH_EXACT ? NAMED : PATTERN;
}

bool ike_rule_is_pattern(const ikev1_phase1 *p) {
    return rank_of(p) == PATTERN;
}

/* Two addresses by how much they say: rules whose peer is not resolved stand behind all others. */
struct pair {
    ikev1_address remote, local;
};

static struct pair pair_of(const struct ike_rule *r) {
    struct pair p = {r->peer, r->at.local};
    if (r->unresolved)
        p.remote.family = 0xff;
    return p;
}

static int pair_order(const struct pair *a, const struct pair *b) {
    int order = ike_address_order(&a->remote, &b->remote);
    return order != 0 ? order : ike_address_order(&a->local, &b->local);
}

static int claim_order(const ikev1_phase1 *p, int rank, uint8_t type, ikev1_bytes id) {
    int order = rank_of(p) - rank;
    if (order == 0 && rank == ANYBODY)
        return 0;
    if (order == 0)
        order = p->remote_id.type - type;
    return order != 0 ? order : ike_bytes_order(ike_bytes(p->remote_id.data, p->remote_id.len), id);
}

static int caller_order(const struct ike_rule *a, const struct ike_rule *b) {
    const struct pair x = pair_of(a), y = pair_of(b);
    const ikev1_id *id = &b->at.phase1.remote_id;
    int order = pair_order(&x, &y);
    return order != 0 ? order
                      : claim_order(&a->at.phase1, rank_of(&b->at.phase1), id->type,
                                    ike_bytes(id->data, id->len));
}

/* Of a group: a rule for that mode before others, then the one with the lowest number. */
static bool leads(const struct ike_rule_set *set, uint32_t place, uint32_t lead, bool aggressive) {
    const bool a = (set->rules[place].at.phase1.mode != IKEV1_MODE_MAIN) == aggressive;
    const bool b = (set->rules[lead].at.phase1.mode != IKEV1_MODE_MAIN) == aggressive;
    return a != b ? a : place < lead;
}

int ike_rule_set_groups(struct ike_mem *mem, struct ike_rule_set *set) {
    if (set->by_id == NULL)
        set->by_id = ike_alloc(mem, set->count * sizeof *set->by_id);
    if (set->groups == NULL)
        set->groups = ike_alloc(mem, set->count * sizeof *set->groups);
    if (set->by_id == NULL || set->groups == NULL)
        return IKEV1_E_MEMORY;
    sort(set, set->by_id, caller_order);
    set->group_count = 0;
    struct ike_group *g = NULL;
    struct pair last = {{0}, {0}};
    for (uint32_t i = 0; i < set->count; i++) {
        const uint32_t place = set->by_id[i];
        const struct pair here = pair_of(&set->rules[place]);
        if (g == NULL || pair_order(&here, &last) != 0) {
            g = &set->groups[set->group_count++];
            *g = (struct ike_group){.first = i, .lead = {place, place}};
        }
        g->count++;
        for (int aggressive = 0; aggressive < 2; aggressive++) {
            if (leads(set, place, g->lead[aggressive], aggressive != 0))
                g->lead[aggressive] = place;
        }
        last = here;
    }
    return IKEV1_OK;
}

static void count(const ikev1_rules *rules) {
    if (rules->steps != NULL)
        ++*rules->steps;
}

static const struct ike_group *find_group(const ikev1_rules *rules, const struct pair *pair) {
    const struct ike_rule_set *set = &rules->set;
    uint32_t low = 0, high = set->group_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const struct pair here = pair_of(&set->rules[set->by_id[set->groups[middle].first]]);
        int order = pair_order(&here, pair);
        count(rules);
        if (order == 0)
            return &set->groups[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* The first of a group whose claim is not before this one. */
static uint32_t lower_bound(const ikev1_rules *rules, const struct ike_group *g, int rank,
                            uint8_t type, ikev1_bytes id) {
    const struct ike_rule_set *set = &rules->set;
    uint32_t low = g->first, high = g->first + g->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const ikev1_phase1 *p = &set->rules[set->by_id[middle]].at.phase1;
        count(rules);
        if (claim_order(p, rank, type, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct ike_rule *named(const ikev1_rules *rules, const struct ike_group *g, int rank,
                                    uint8_t type, ikev1_bytes id) {
    const uint32_t at = lower_bound(rules, g, rank, type, id);
    if (at == g->first + g->count)
        return NULL;
    const struct ike_rule *r = &rules->set.rules[rules->set.by_id[at]];
    return claim_order(&r->at.phase1, rank, type, id) == 0 ? r : NULL;
}

/* What a star would stand for goes: "a.example.org" is looked for as "*.example.org". */
static const struct ike_rule *starred(const ikev1_rules *rules, const struct ike_group *g,
                                      const ikev1_id *id) {
    uint8_t pattern[256];
    const char border = id->type == IKEV1_ID_FQDN ? '.' : '@';
    const uint8_t *at = memchr(id->data, border, id->len);
    const size_t rest = at != NULL ? id->len - (size_t)(at - id->data) : 0;
    if (rest == 0 || rest == id->len || rest >= sizeof pattern ||
        (id->type != IKEV1_ID_FQDN && id->type != IKEV1_ID_USER_FQDN))
        return NULL;
    pattern[0] = '*';
    memcpy(pattern + 1, at, rest);
    return named(rules, g, STARRED, id->type, ike_bytes(pattern, rest + 1));
}

/* The first of a rank that fits. */
static const struct ike_rule *fitting(const ikev1_rules *rules, const struct ike_group *g, int rank,
                                      const ikev1_id *expected, const ikev1_id *id) {
    const struct ike_rule_set *set = &rules->set;
    uint32_t i = lower_bound(rules, g, rank, 0, ike_bytes(NULL, 0));
    for (; i < g->first + g->count; i++) {
        const struct ike_rule *r = &set->rules[set->by_id[i]];
        const ikev1_phase1 *p = &r->at.phase1;
        if (rank_of(p) != rank)
            return NULL;
        count(rules);
        if (ikev1_id_fits(p->remote_match, expected != NULL ? expected : &p->remote_id, id))
            return r;
        if (expected != NULL)
            return NULL; /* those behind it expect the same */
    }
    return NULL;
}

static const struct ike_rule *by_identity(const ikev1_rules *rules, const struct ike_group *g,
                                          const ikev1_path *path, const ikev1_id *id) {
    const ikev1_id address = {
        .type = path->remote.family == 6 ? IKEV1_ID_IPV6_ADDR : IKEV1_ID_IPV4_ADDR,
        .data = path->remote.ip,
        .len = path->remote.family == 6 ? 16 : 4,
    };
    const struct ike_rule *r = named(rules, g, NAMED, id->type, ike_bytes(id->data, id->len));
    if (r == NULL)
        r = starred(rules, g, id);
    if (r == NULL)
        r = fitting(rules, g, PATTERN, NULL, id);
    if (r == NULL)
        r = fitting(rules, g, ADDRESS, &address, id);
    return r != NULL ? r : fitting(rules, g, ANYBODY, id, id);
}

/* The more of his addresses a rule names, the better it fits. */
static bool nth_pair(struct pair *out, const ikev1_path *path, int n) {
    static const ikev1_address ANY = {0};
    const ikev1_address family = {.family = path->remote.family};
    const ikev1_address *remotes[] = {&path->remote, &family, &ANY};
    if (n >= 6)
        return false;
    out->remote = *remotes[n / 2];
    out->local = n % 2 == 0 ? path->local : ANY;
    return true;
}

const struct ike_rule *ike_rule_for_caller(const ikev1_rules *rules, const ikev1_path *path,
                                           const ikev1_id *id, bool aggressive) {
    const struct ike_rule *fallback = NULL;
    struct pair pair;
    for (int n = 0; nth_pair(&pair, path, n); n++) {
        const struct ike_group *g = find_group(rules, &pair);
        if (g == NULL)
            continue;
        const struct ike_rule *lead = &rules->set.rules[g->lead[aggressive]];
        const struct ike_rule *r = id != NULL ? by_identity(rules, g, path, id) : lead;
        /* Whom Aggressive Mode is not for is as unknown as everybody else (IDN-09). */
        if (r != NULL && (!aggressive || r->at.phase1.mode != IKEV1_MODE_MAIN))
            return r;
        if (fallback == NULL)
            fallback = lead;
    }
    return fallback;
}

/* ---- what the peer wants ---- */

static int traffic_order(const struct ike_rule *a, const struct ike_rule *b) {
    int order = (a->kin > b->kin) - (a->kin < b->kin);
    if (order == 0)
        order = ike_selector_order(&a->at.phase2.local, &b->at.phase2.local);
    return order != 0 ? order : ike_selector_order(&a->at.phase2.remote, &b->at.phase2.remote);
}

uint32_t ike_traffic_place(const ikev1_rules *rules, uint32_t kin, const ikev1_selector *local,
                           const ikev1_selector *remote, bool *exact) {
    const struct ike_rule_set *set = &rules->set;
    uint32_t low = 0, high = set->count;
    const struct ike_rule wanted = {.kin = kin, .at.phase2 = {.local = *local, .remote = *remote}};
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        count(rules);
        if (traffic_order(&set->rules[set->by_traffic[middle]], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *exact = low < set->count && traffic_order(&set->rules[set->by_traffic[low]], &wanted) == 0;
    return low;
}

/* ---- all of it ---- */

/* Rules of one peer get one number. The order that tells them is gone then: `places` is room. */
static void number_kin(struct ike_rule_set *set, uint32_t *places) {
    sort(set, places, ike_rule_kin_compare);
    for (uint32_t i = 0; i < set->count; i++) {
        struct ike_rule *r = &set->rules[places[i]];
        const struct ike_rule *before = i > 0 ? &set->rules[places[i - 1]] : NULL;
        r->kin = before != NULL && ike_rule_kin_compare(before, r) == 0 ? before->kin : i + 1;
    }
}

int ike_rule_set_order(struct ike_mem *mem, struct ike_rule_set *set) {
    if (set->count == 0)
        return IKEV1_OK;
    set->by_traffic = ike_alloc(mem, set->count * sizeof *set->by_traffic);
    if (set->by_traffic == NULL)
        return IKEV1_E_MEMORY;
    number_kin(set, set->by_traffic);
    sort(set, set->by_traffic, traffic_order);
    int r = ike_rule_set_groups(mem, set);
    return r == IKEV1_OK ? ike_spans_make(mem, set) : r;
}

const struct ike_rule *ike_rule_find(const ikev1_rules *rules, uint32_t number) {
    const struct ike_rule_set *set = &rules->set;
    uint32_t low = 0, high = set->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        count(rules);
        if (set->rules[middle].at.number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < set->count && set->rules[low].at.number == number ? &set->rules[low] : NULL;
}
