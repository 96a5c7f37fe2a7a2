/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule copied into memory of its own, and two rules compared.
 */
#include <string.h>

#include "rules/table.h"

enum { ALIGN = 16 };

/* ---- copying ---- */

struct parts {   /* what a rule points to, one part behind the other */
    uint8_t *at; /* NULL: only measured */
    size_t len;
};

static const void *keep(struct parts *p, const void *from, size_t len) {
    const size_t here = (p->len + ALIGN - 1) / ALIGN * ALIGN;
    if (from == NULL || len == 0)
        return NULL;
    p->len = here + len;
    return p->at != NULL ? memcpy(p->at + here, from, len) : from;
}

static const char *keep_text(struct parts *p, const char *text) {
    return text != NULL ? keep(p, text, strlen(text) + 1) : NULL;
}

/* A Quick Mode with several SA payloads. Each has a rule's number of its own, or this one's. */
static void keep_phase2(struct parts *p, ikev1_phase2 *a, uint32_t number, unsigned left) {
    ikev1_phase2 next;
    a->suites = keep(p, a->suites, a->suite_count * sizeof(ikev1_suite2));
    if (a->next == NULL || left == 0)
        return;
    memcpy(&next, a->next, sizeof next);
    next.rule = next.rule != 0 ? next.rule : number;
    keep_phase2(p, &next, number, left - 1);
    a->next = keep(p, &next, sizeof next);
}

/* Every pointer of a rule, and of the two answers in it. */
static void keep_all(struct parts *p, ikev1_rule *r) {
    r->name = keep_text(p, r->name);
    r->peer_name = keep_text(p, r->peer_name);
    r->psk.data = keep(p, r->psk.data, r->psk.len);
    r->phase1.suites = keep(p, r->phase1.suites, r->phase1.suite_count * sizeof(ikev1_suite1));
    r->phase1.local_id.data = keep(p, r->phase1.local_id.data, r->phase1.local_id.len);
    r->phase1.remote_id.data = keep(p, r->phase1.remote_id.data, r->phase1.remote_id.len);
    r->phase1.natt_addresses =
        keep(p, r->phase1.natt_addresses, r->phase1.natt_address_count * sizeof(ikev1_address));
    r->phase1.config_types =
        keep(p, r->phase1.config_types, r->phase1.config_type_count * sizeof(uint16_t));
    keep_phase2(p, &r->phase2, r->number, IKEV1_MAX_SA_PAYLOADS);
}

/* An IPv4 address stands in the first four bytes; whatever is behind it does not count. */
static void trim(uint8_t family, uint8_t ip[16]) {
    if (family != 6)
        memset(ip + (family == 4 ? 4 : 0), 0, family == 4 ? 12 : 16);
}

static void trim_all(ikev1_rule *r) {
    ikev1_selector *both[] = {&r->phase2.local, &r->phase2.remote};
    trim(r->peer.family, r->peer.ip);
    trim(r->local.family, r->local.ip);
    for (size_t i = 0; i < 2; i++) {
        trim(both[i]->family, both[i]->start);
        trim(both[i]->family, both[i]->end);
    }
}

int ike_rule_copy(struct ike_mem *mem, struct ike_rule *out, const ikev1_rule *from) {
    struct parts parts = {NULL, 0};
    ikev1_rule measured = *from;
    keep_all(&parts, &measured);
    memcpy(&out->at, from, sizeof out->at); /* with its padding: rules are compared as bytes */
    out->block_len = parts.len;
    out->block = ike_alloc(mem, parts.len);
    if (out->block == NULL)
        return IKEV1_E_MEMORY;
    parts = (struct parts){out->block, 0};
    keep_all(&parts, &out->at);
    trim_all(&out->at);
    out->peer = out->at.peer;
    out->unresolved = from->peer_name != NULL;
    return IKEV1_OK;
}

void ike_rule_set_free(struct ike_mem *mem, struct ike_rule_set *set) {
    for (uint32_t i = 0; i < set->count; i++)
        ike_free(mem, set->rules[i].block, set->rules[i].block_len);
    ike_free(mem, set->rules, set->count * sizeof *set->rules);
    ike_free(mem, set->groups, set->count * sizeof *set->groups);
    ike_free(mem, set->by_id, set->count * sizeof *set->by_id);
    ike_free(mem, set->by_traffic, set->count * sizeof *set->by_traffic);
    ike_free(mem, set->spans, set->count * sizeof *set->spans);
    *set = (struct ike_rule_set){0};
}

bool ike_rule_is_dynamic(const ikev1_rule *rule) {
    static const uint8_t NOWHERE[16] = {0};
    return rule->peer_name == NULL &&
           (rule->peer.family == 0 || memcmp(rule->peer.ip, NOWHERE, sizeof NOWHERE) == 0);
}

/* ---- orders of values ---- */

static int number_order(uint64_t a, uint64_t b) {
    return a < b ? -1 : a > b;
}

int ike_bytes_order(ikev1_bytes a, ikev1_bytes b) {
    if (a.len != b.len)
        return number_order(a.len, b.len);
    return a.len != 0 ? memcmp(a.data, b.data, a.len) : 0;
}

int ike_address_order(const ikev1_address *a, const ikev1_address *b) {
    return a->family != b->family ? number_order(a->family, b->family)
                                  : memcmp(a->ip, b->ip, sizeof a->ip);
}

int ike_selector_order(const ikev1_selector *a, const ikev1_selector *b) {
    int order = number_order((uint64_t)a->family << 24 | (uint64_t)a->protocol << 16 | a->port,
                             (uint64_t)b->family << 24 | (uint64_t)b->protocol << 16 | b->port);
    if (order == 0)
        order = memcmp(a->start, b->start, sizeof a->start);
    return order != 0 ? order : memcmp(a->end, b->end, sizeof a->end);
}

bool ike_range_meets(const ikev1_selector *a, const ikev1_selector *b) {
    return a->family == b->family && memcmp(a->start, b->end, sizeof a->end) <= 0 &&
           memcmp(b->start, a->end, sizeof a->end) <= 0 &&
           (a->protocol == 0 || b->protocol == 0 || a->protocol == b->protocol) &&
           (a->port == 0 || b->port == 0 || a->port == b->port);
}

bool ike_range_holds(const ikev1_selector *outer, const ikev1_selector *inner) {
    return outer->family == inner->family &&
           memcmp(outer->start, inner->start, sizeof outer->start) <= 0 &&
           memcmp(inner->end, outer->end, sizeof outer->end) <= 0 &&
           (outer->protocol == 0 || outer->protocol == inner->protocol) &&
           (outer->port == 0 || outer->port == inner->port);
}

/* ---- two rules ---- */

static int text_order(const char *a, const char *b) {
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

static int id_order(const ikev1_id *a, const ikev1_id *b) {
    int order = number_order((uint64_t)a->type << 24 | (uint64_t)a->protocol << 16 | a->port,
                             (uint64_t)b->type << 24 | (uint64_t)b->protocol << 16 | b->port);
    return order != 0 ? order
                      : ike_bytes_order(ike_bytes(a->data, a->len), ike_bytes(b->data, b->len));
}

static int suites1_order(const ikev1_phase1 *a, const ikev1_phase1 *b) {
    return ike_bytes_order(ike_bytes(a->suites, a->suite_count * sizeof *a->suites),
                           ike_bytes(b->suites, b->suite_count * sizeof *b->suites));
}

/* What is left of it without pointers, which are compared by what they point to, and without what
 * the table fills. */
static void flatten1(ikev1_phase1 *out, const ikev1_phase1 *p) {
    memcpy(out, p, sizeof *out);
    out->rule = 0;
    memset(&out->path, 0, sizeof out->path);
    out->suites = NULL;
    memset(&out->local_id, 0, sizeof out->local_id);
    memset(&out->remote_id, 0, sizeof out->remote_id);
    out->config_types = NULL;
    out->natt_addresses = NULL;
    out->remote_match = 0;
}

static int flat1_order(const ikev1_phase1 *a, const ikev1_phase1 *b) {
    ikev1_phase1 x, y;
    int order =
        ike_bytes_order(ike_bytes(a->config_types, a->config_type_count * sizeof *a->config_types),
                        ike_bytes(b->config_types, b->config_type_count * sizeof *b->config_types));
    if (order == 0)
        order = ike_bytes_order(
            ike_bytes(a->natt_addresses, a->natt_address_count * sizeof *a->natt_addresses),
            ike_bytes(b->natt_addresses, b->natt_address_count * sizeof *b->natt_addresses));
    flatten1(&x, a);
    flatten1(&y, b);
    return order != 0 ? order : memcmp(&x, &y, sizeof x);
}

static int remote_id_order(const ikev1_phase1 *a, const ikev1_phase1 *b) {
    int order = number_order(a->remote_match, b->remote_match);
    return order != 0 ? order : id_order(&a->remote_id, &b->remote_id);
}

bool ike_same_identity(const ikev1_phase1 *a, const ikev1_phase1 *b) {
    return a->remote_match == b->remote_match &&
           (a->remote_match == IKEV1_MATCH_ANY || id_order(&a->remote_id, &b->remote_id) == 0);
}

const char *ike_phase1_differs(const ikev1_rule *a, const ikev1_rule *b, bool named) {
    if (ike_bytes_order(a->psk, b->psk) != 0)
        return "psk";
    if (suites1_order(&a->phase1, &b->phase1) != 0)
        return "phase1.suites";
    if (!named && id_order(&a->phase1.local_id, &b->phase1.local_id) != 0)
        return "phase1.local_id";
    return flat1_order(&a->phase1, &b->phase1) != 0 ? "phase1" : NULL;
}

static int peer_order(const ikev1_rule *a, const ikev1_rule *b) {
    int order = ike_address_order(&a->peer, &b->peer);
    if (order == 0)
        order = text_order(a->peer_name, b->peer_name);
    if (order == 0)
        order = number_order(a->peer.port, b->peer.port);
    return order != 0 ? order : ike_address_order(&a->local, &b->local);
}

int ike_rule_kin_compare(const struct ike_rule *x, const struct ike_rule *y) {
    const ikev1_rule *a = &x->at, *b = &y->at;
    int order = peer_order(a, b);
    if (order == 0)
        order = remote_id_order(&a->phase1, &b->phase1);
    if (order == 0)
        order = id_order(&a->phase1.local_id, &b->phase1.local_id);
    if (order == 0)
        order = ike_bytes_order(a->psk, b->psk);
    if (order == 0)
        order = suites1_order(&a->phase1, &b->phase1);
    return order != 0 ? order : flat1_order(&a->phase1, &b->phase1);
}

static bool same_phase2(const ikev1_phase2 *a, const ikev1_phase2 *b) {
    for (; a != NULL && b != NULL; a = a->next, b = b->next) {
        ikev1_phase2 x, y;
        memcpy(&x, a, sizeof x);
        memcpy(&y, b, sizeof y);
        x.rule = y.rule = 0;
        x.suites = y.suites = NULL;
        x.next = y.next = NULL;
        if (memcmp(&x, &y, sizeof x) != 0 ||
            ike_bytes_order(ike_bytes(a->suites, a->suite_count * sizeof *a->suites),
                            ike_bytes(b->suites, b->suite_count * sizeof *b->suites)) != 0)
            return false;
    }
    return a == b; /* both have ended */
}

uint32_t ike_rule_differs(const ikev1_rule *a, const ikev1_rule *b) {
    uint32_t what = 0;
    if (peer_order(a, b) != 0 || a->local.port != b->local.port)
        what |= IKEV1_CHANGE_PEER;
    if (ike_bytes_order(a->psk, b->psk) != 0)
        what |= IKEV1_CHANGE_CREDENTIAL;
    if (remote_id_order(&a->phase1, &b->phase1) != 0 ||
        id_order(&a->phase1.local_id, &b->phase1.local_id) != 0 ||
        suites1_order(&a->phase1, &b->phase1) != 0 || flat1_order(&a->phase1, &b->phase1) != 0)
        what |= IKEV1_CHANGE_PHASE1;
    if (!same_phase2(&a->phase2, &b->phase2) || a->open_remote != b->open_remote)
        what |= IKEV1_CHANGE_PHASE2;
    return what;
}
