/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rule table: above the api layer, since it is a host's part. It sees the public headers and
 * layer 1, nothing of a negotiation.
 *
 * A set of rules is made as a whole and then only read. Its orders are arrays of places in `rules`,
 * which stand by number:
 *   groups, by_id  who calls: rules with the same two addresses, in them by the peer's identity
 *   by_traffic     what the peer wants: rules of the same peer, in them by both networks
 *   spans          which rules have a network in common with another one
 */
#ifndef IKE_RULES_TABLE_H
#define IKE_RULES_TABLE_H

#include <ikev1/rules.h>
#include <ikev1/text.h>
#include "base/base.h"

struct ike_rule {
    ikev1_rule at;  /* its pointers lead into `block` */
    uint8_t *block; /* secrets are in it */
    size_t block_len;
    ikev1_address peer; /* as given, or as its name was resolved; family 0 of a dynamic rule */
    size_t index;       /* where it stood in what the host gave */
    uint32_t kin;       /* the same number as all rules of the same peer: see ike_kin_compare() */
    bool unresolved;
};

struct ike_group { /* rules with the same two addresses: by_id[first] and those behind it */
    uint32_t first, count;
    uint32_t lead[2]; /* for a caller of whom no more is known: Main Mode, Aggressive Mode */
};

struct ike_span { /* of by remote.start; its bounds are those of the part of the order it halves */
    uint32_t rule;
    ikev1_selector local, remote; /* the rule's own */
    uint8_t remote_end[16], local_start[16], local_end[16];
};

struct ike_rule_set {
    struct ike_rule *rules;
    uint32_t count;
    struct ike_group *groups;
    uint32_t group_count;
    uint32_t *by_id, *by_traffic;
    struct ike_span *spans; /* first IPv4, then IPv6 */
    uint32_t span_count, span_v4;
};

struct ikev1_rules {
    struct ike_mem mem;
    ikev1_policy policy; /* ours: what the engine asks */
    ikev1_policy host;   /* what we do not know */
    int (*source)(void *user, const ikev1_address *peer, ikev1_address *local);
    void *source_user;
    struct ike_rule_set set;
    ikev1_rule_change *changes;
    size_t change_count;
    uint8_t decoy[32]; /* a key for identities that nobody has (IDN-09) */
    uint64_t *steps;   /* tests: comparisons made by questions; NULL = not counted */
};

/* ---- sort.c ---- */

typedef int (*ike_sort_order)(const void *a, const void *b, const void *ctx);
void ike_sort(void *items, size_t count, size_t size, ike_sort_order order, const void *ctx);

/* ---- set.c: a rule copied, compared ---- */

/* Copies a rule with all it points to. IKEV1_E_MEMORY. */
int ike_rule_copy(struct ike_mem *mem, struct ike_rule *out, const ikev1_rule *from);
void ike_rule_set_free(struct ike_mem *mem, struct ike_rule_set *set);
bool ike_rule_is_dynamic(const ikev1_rule *rule);
/* IKEV1_CHANGE_... bits: what of the second is not as in the first. */
uint32_t ike_rule_differs(const ikev1_rule *a, const ikev1_rule *b);
/* The field in which two rules differ that one negotiation of phase 1 would have to serve. NULL =
 * none. `named`: the peer's identity may be another. */
const char *ike_phase1_differs(const ikev1_rule *a, const ikev1_rule *b, bool named);
/* Is it the same peer that two rules expect? */
bool ike_same_identity(const ikev1_phase1 *a, const ikev1_phase1 *b);
int ike_rule_kin_compare(const struct ike_rule *a, const struct ike_rule *b);

int ike_address_order(const ikev1_address *a, const ikev1_address *b); /* not by port */
int ike_bytes_order(ikev1_bytes a, ikev1_bytes b);
int ike_selector_order(const ikev1_selector *a, const ikev1_selector *b);
bool ike_range_meets(const ikev1_selector *a, const ikev1_selector *b);
bool ike_range_holds(const ikev1_selector *outer, const ikev1_selector *inner);

/* ---- order.c: the orders of a set, and looking something up in them ---- */

int ike_rule_set_order(struct ike_mem *mem, struct ike_rule_set *set);  /* makes all of them */
int ike_rule_set_groups(struct ike_mem *mem, struct ike_rule_set *set); /* who calls, again */
bool ike_rule_is_pattern(const ikev1_phase1 *p); /* its identity has to be tried */
const struct ike_rule *ike_rule_find(const ikev1_rules *rules, uint32_t number);
/* Rules for a caller: of the group with his address and ours, else with fewer of both. NULL = none.
 * `id` NULL: what Main Mode knows. An identity that no rule has: what it would get if it had none.
 */
const struct ike_rule *ike_rule_for_caller(const ikev1_rules *rules, const ikev1_path *path,
                                           const ikev1_id *id, bool aggressive);
/* The rule of the same peer with exactly these networks, or the next behind that in the order. */
uint32_t ike_traffic_place(const ikev1_rules *rules, uint32_t kin, const ikev1_selector *local,
                           const ikev1_selector *remote, bool *exact);

/* ---- span.c: which networks meet ---- */

int ike_spans_make(struct ike_mem *mem, struct ike_rule_set *set);
typedef bool (*ike_span_visit)(void *ctx, const struct ike_rule *rule, const struct ike_span *span);
/* Every rule that has addresses, protocol and port in common with both; ends when `visit` says
 * true, and then says true. */
bool ike_spans_walk(const struct ike_rule_set *set, const ikev1_selector *local,
                    const ikev1_selector *remote, ike_span_visit visit, void *ctx, uint64_t *steps);

/* ---- check.c: what is wrong with a set ---- */

/* Each field by itself, before anything is copied. */
void ike_rules_check_fields(const ikev1_rules *rules, const ikev1_rule *set, size_t count,
                            const ikev1_engine *engine, ikev1_rules_report *report);
/* The rules against each other. */
void ike_rules_check_set(const struct ike_rule_set *set, ikev1_rules_report *report);
/* One rule against those of its group. */
void ike_rules_check_group(const struct ike_rule_set *set, const struct ike_rule *rule,
                           ikev1_rules_report *report);

/* ---- answer.c: the callbacks ---- */

ikev1_policy ike_rules_answers(ikev1_rules *rules);

#endif
