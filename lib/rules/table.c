/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table: made, loaded as a whole, read, freed.
 */
#include <string.h>

#include "rules/table.h"

enum { CONFIG_MAX = 4096 }; /* bytes: no release's struct is larger */

/* ---- life ---- */

static bool read_config(ikev1_rules_config *out, const ikev1_rules_config *in) {
    const uint8_t *raw = (const uint8_t *)in;
    *out = (ikev1_rules_config){0};
    if (in == NULL || in->size < sizeof in->size || in->size > CONFIG_MAX)
        return false;
    for (size_t i = sizeof *out; i < in->size; i++) {
        if (raw[i] != 0)
            return false; /* a newer host wants what we do not know */
    }
    memcpy(out, in, in->size < sizeof *out ? in->size : sizeof *out);
    return out->crypto != NULL && (out->host == NULL || out->host->size == sizeof *out->host) &&
           (out->allocator == NULL ||
            (out->allocator->alloc != NULL && out->allocator->release != NULL));
}

static int draw_decoy(ikev1_rules *rules, const ikev1_crypto *crypto) {
    void *instance = NULL;
    int r = crypto->open(crypto, &instance);
    if (r != IKEV1_OK)
        return r;
    r = crypto->random(instance, rules->decoy, sizeof rules->decoy);
    crypto->close(instance);
    return r == IKEV1_OK ? r : IKEV1_E_RANDOM;
}

int ikev1_rules_new(ikev1_rules **out, const ikev1_rules_config *config) {
    ikev1_rules_config c;
    struct ike_mem mem;
    if (out == NULL)
        return IKEV1_E_CONFIG;
    *out = NULL;
    if (!read_config(&c, config))
        return IKEV1_E_CONFIG;
    const ikev1_allocator own = c.allocator != NULL ? *c.allocator : (ikev1_allocator){0};
    ike_mem_init(&mem, own.user, own.alloc, own.release, c.crypto->wipe);
    ikev1_rules *rules = ike_alloc(&mem, sizeof *rules);
    if (rules == NULL)
        return IKEV1_E_MEMORY;
    rules->mem = mem;
    rules->source = c.source;
    rules->source_user = c.source_user;
    if (c.host != NULL)
        rules->host = *c.host;
    rules->policy = ike_rules_answers(rules);
    int r = draw_decoy(rules, c.crypto);
    if (r != IKEV1_OK) {
        ikev1_rules_free(rules);
        return r;
    }
    *out = rules;
    return IKEV1_OK;
}

static void forget_changes(ikev1_rules *rules) {
    ike_free(&rules->mem, rules->changes, rules->change_count * sizeof *rules->changes);
    rules->changes = NULL;
    rules->change_count = 0;
}

void ikev1_rules_free(ikev1_rules *rules) {
    if (rules == NULL)
        return;
    ike_rule_set_free(&rules->mem, &rules->set);
    forget_changes(rules);
    struct ike_mem mem = rules->mem; /* the table's own memory is the last to go */
    ike_free(&mem, rules, sizeof *rules);
}

const ikev1_policy *ikev1_rules_policy(const ikev1_rules *rules) {
    return rules != NULL ? &rules->policy : NULL;
}

/* ---- loading ---- */

static int number_order(const void *a, const void *b, const void *ctx) {
    const ikev1_rule *set = ctx;
    uint32_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    if (set[x].number != set[y].number)
        return set[x].number < set[y].number ? -1 : 1;
    return (x > y) - (x < y);
}

/* A name that was resolved stays so. */
static void keep_address(const ikev1_rules *rules, struct ike_rule *r) {
    const struct ike_rule *old = ike_rule_find(rules, r->at.number);
    if (r->unresolved && old != NULL && old->at.peer_name != NULL && !old->unresolved &&
        strcmp(old->at.peer_name, r->at.peer_name) == 0) {
        r->peer = old->peer;
        r->peer.port = r->at.peer.port;
        r->unresolved = false;
    }
}

/* The rules by number. `places` is room for as many. */
static int copy_rules(ikev1_rules *rules, struct ike_rule_set *made, const ikev1_rule *set,
                      uint32_t *places) {
    for (uint32_t i = 0; i < made->count; i++)
        places[i] = i;
    ike_sort(places, made->count, sizeof *places, number_order, set);
    for (uint32_t i = 0; i < made->count; i++) {
        struct ike_rule *r = &made->rules[i];
        if (ike_rule_copy(&rules->mem, r, &set[places[i]]) != IKEV1_OK)
            return IKEV1_E_MEMORY;
        r->index = places[i];
        keep_address(rules, r);
    }
    return IKEV1_OK;
}

static int make_set(ikev1_rules *rules, struct ike_rule_set *made, const ikev1_rule *set,
                    uint32_t count) {
    if (count == 0)
        return IKEV1_OK;
    made->rules = ike_alloc(&rules->mem, count * sizeof *made->rules);
    made->by_id = ike_alloc(&rules->mem, count * sizeof *made->by_id);
    if (made->rules == NULL || made->by_id == NULL) {
        ike_free(&rules->mem, made->rules, count * sizeof *made->rules);
        ike_free(&rules->mem, made->by_id, count * sizeof *made->by_id);
        *made = (struct ike_rule_set){0};
        return IKEV1_E_MEMORY;
    }
    made->count = count; /* what is not filled yet has no block */
    int r = copy_rules(rules, made, set, made->by_id);
    return r == IKEV1_OK ? ike_rule_set_order(&rules->mem, made) : r;
}

/* Walks both sets side by side, by number. `out` NULL: only counts. */
static size_t compare_sets(const struct ike_rule_set *was, const struct ike_rule_set *is,
                           ikev1_rule_change *out) {
    size_t count = 0;
    for (uint32_t i = 0, k = 0; i < was->count || k < is->count;) {
        const ikev1_rule *a = i < was->count ? &was->rules[i].at : NULL;
        const ikev1_rule *b = k < is->count ? &is->rules[k].at : NULL;
        const bool gone = b == NULL || (a != NULL && a->number < b->number);
        const bool added = a == NULL || (b != NULL && b->number < a->number);
        uint32_t what = gone    ? IKEV1_CHANGE_GONE
                        : added ? IKEV1_CHANGE_ADDED
                                : ike_rule_differs(a, b);
        i += !added;
        k += !gone;
        if (what == 0)
            continue;
        if (out != NULL)
            out[count] = (ikev1_rule_change){gone ? a->number : b->number, what};
        count++;
    }
    return count;
}

static int replace(ikev1_rules *rules, struct ike_rule_set *made) {
    const size_t count = compare_sets(&rules->set, made, NULL);
    ikev1_rule_change *changes = ike_alloc(&rules->mem, count * sizeof *changes);
    if (count != 0 && changes == NULL)
        return IKEV1_E_MEMORY;
    compare_sets(&rules->set, made, changes);
    forget_changes(rules);
    rules->changes = changes;
    rules->change_count = count;
    ike_rule_set_free(&rules->mem, &rules->set);
    rules->set = *made;
    *made = (struct ike_rule_set){0};
    return IKEV1_OK;
}

int ikev1_rules_load(ikev1_rules *rules, const ikev1_rule *set, size_t count,
                     const ikev1_engine *engine, ikev1_rules_report *report) {
    ikev1_rules_report unasked;
    struct ike_rule_set made = {0};
    report = report != NULL ? report : &unasked;
    *report = (ikev1_rules_report){0};
    if (rules == NULL || (set == NULL && count != 0) || count > IKEV1_RULES_MAX)
        return IKEV1_E_ARGUMENT;
    for (size_t i = 0; i < count; i++) {
        if (set[i].size != sizeof *set)
            return IKEV1_E_ARGUMENT; /* where the next one stands is not known */
    }
    ike_rules_check_fields(rules, set, count, engine, report);
    if (report->fatal != 0)
        return IKEV1_E_CONFIG;
    int r = make_set(rules, &made, set, (uint32_t)count);
    if (r == IKEV1_OK) {
        ike_rules_check_set(&made, report);
        r = report->fatal != 0 ? IKEV1_E_CONFIG : replace(rules, &made);
    }
    ike_rule_set_free(&rules->mem, &made);
    return r;
}

int ikev1_rules_resolved(ikev1_rules *rules, uint32_t number, const ikev1_address *address,
                         ikev1_rules_report *report) {
    ikev1_rules_report unasked;
    report = report != NULL ? report : &unasked;
    *report = (ikev1_rules_report){0};
    const struct ike_rule *found = rules != NULL ? ike_rule_find(rules, number) : NULL;
    if (found == NULL || found->at.peer_name == NULL ||
        (address != NULL && address->family != 4 && address->family != 6))
        return IKEV1_E_ARGUMENT;
    struct ike_rule *r = &rules->set.rules[found - rules->set.rules];
    r->unresolved = address == NULL;
    r->peer = address != NULL ? *address : r->at.peer;
    r->peer.port = r->at.peer.port;
    /* Its places are there: what is made again needs no memory. */
    (void)ike_rule_set_groups(&rules->mem, &rules->set);
    if (address != NULL)
        ike_rules_check_group(&rules->set, r, report);
    if (report->fatal != 0)
        (void)ikev1_rules_resolved(rules, number, NULL, NULL);
    (void)ike_spans_make(&rules->mem, &rules->set);
    return report->fatal != 0 ? IKEV1_E_CONFIG : IKEV1_OK;
}

/* ---- reading ---- */

const ikev1_rule *ikev1_rules_find(const ikev1_rules *rules, uint32_t number) {
    const struct ike_rule *r = rules != NULL ? ike_rule_find(rules, number) : NULL;
    return r != NULL ? &r->at : NULL;
}

const ikev1_rule *ikev1_rules_at(const ikev1_rules *rules, size_t index) {
    return rules != NULL && index < rules->set.count ? &rules->set.rules[index].at : NULL;
}

int ikev1_rules_change(const ikev1_rules *rules, size_t index, ikev1_rule_change *change) {
    if (rules == NULL || index >= rules->change_count)
        return 0;
    *change = rules->changes[index];
    return 1;
}

struct packet {
    const ikev1_selector *local, *remote;
    const struct ike_rule *rule;
    const struct ike_span *span;
};

static bool visit(void *ctx, const struct ike_rule *rule, const struct ike_span *span) {
    struct packet *p = ctx;
    if (rule->at.open_remote || !ike_range_holds(&span->local, p->local) ||
        !ike_range_holds(&span->remote, p->remote))
        return false;
    if (p->span == NULL || (ike_range_holds(&p->span->remote, &span->remote) &&
                            ike_range_holds(&p->span->local, &span->local))) {
        p->span = span;
        p->rule = rule;
    }
    return false;
}

uint32_t ikev1_rules_outbound(const ikev1_rules *rules, const ikev1_selector *local,
                              const ikev1_selector *remote) {
    struct packet p = {.local = local, .remote = remote};
    if (rules == NULL || local == NULL || remote == NULL)
        return 0;
    ike_spans_walk(&rules->set, local, remote, visit, &p, rules->steps);
    return p.rule != NULL ? p.rule->at.number : 0;
}

size_t ikev1_rule_note_format(const ikev1_rule_note *note, char *out, size_t cap) {
    struct ike_text t = ike_text(out, cap);
    if (note == NULL || note->field == NULL)
        return 0;
    ike_text_number(&t, "rule ", note->rule);
    if (note->other != 0)
        ike_text_number(&t, " and rule ", note->other);
    ike_text_str(&t, ": ");
    ike_text_str(&t, note->field);
    ike_text_str(&t, note->detail[0] != '\0' ? ": " : " ");
    ike_text_str(&t, note->detail[0] != '\0' ? note->detail : note->what);
    if (note->detail[0] == '\0') {
        ike_text_str(&t, "; ");
        ike_text_str(&t, note->hint);
    }
    return t.len;
}
