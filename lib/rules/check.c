/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with a set of rules: each field by itself, then the rules against each other. A
 * note names the rule that has to change, the one it does not go with, and what to do.
 */
#include <string.h>

#include "rules/table.h"

static ikev1_rule_note *add(ikev1_rules_report *report, uint8_t kind, bool fatal) {
    report->fatal += fatal;
    if (report->count == IKEV1_RULES_NOTES) {
        report->left_out++;
        return NULL;
    }
    ikev1_rule_note *note = &report->notes[report->count++];
    *note = (ikev1_rule_note){.kind = kind, .fatal = fatal};
    return note;
}

/* ---- each field ---- */

static bool backwards(const ikev1_selector *s) {
    return s->family != 0 && memcmp(s->start, s->end, s->family == 6 ? 16 : 4) > 0;
}

static bool is_family(uint8_t family) {
    return family == 0 || family == 4 || family == 6;
}

static bool one_host(const ikev1_selector *s) {
    return s->family == 0 || memcmp(s->start, s->end, s->family == 6 ? 16 : 4) == 0;
}

static bool is_keyed(uint16_t auth) {
    return auth == IKEV1_AUTH_PSK || auth == IKEV1_AUTH_XAUTH_INIT_PSK ||
           auth == IKEV1_AUTH_XAUTH_RESP_PSK;
}

static bool by_psk(const ikev1_rule *r) {
    for (size_t i = 0; i < r->phase1.suite_count; i++) {
        if (is_keyed(r->phase1.suites[i].auth))
            return true;
    }
    return false;
}

static bool by_signature(const ikev1_rule *r) {
    for (size_t i = 0; i < r->phase1.suite_count; i++) {
        if (!is_keyed(r->phase1.suites[i].auth))
            return true;
    }
    return false;
}

static bool bad_sizes(const ikev1_rules *t, const ikev1_rule *r) {
    (void)t;
    return r->phase1.size != sizeof r->phase1 || r->phase2.size != sizeof r->phase2;
}

static bool bad_number(const ikev1_rules *t, const ikev1_rule *r) {
    (void)t;
    return r->number == 0;
}

static bool bad_suites1(const ikev1_rules *t, const ikev1_rule *r) {
    (void)t;
    return r->phase1.suites == NULL || r->phase1.suite_count == 0 ||
           r->phase1.suite_count > IKEV1_MAX_SUITES;
}

static bool bad_suites2(const ikev1_rules *t, const ikev1_rule *r) {
    (void)t;
    unsigned payloads = 0;
    for (const ikev1_phase2 *p = &r->phase2; p != NULL; p = p->next) {
        if (p->suites == NULL || p->suite_count == 0 || p->suite_count > IKEV1_MAX_SUITES ||
            ++payloads > IKEV1_MAX_SA_PAYLOADS)
            return true;
    }
    return false;
}

static bool bad_peer(const ikev1_rules *t, const ikev1_rule *r) {
    (void)t;
    return !is_family(r->peer.family);
}

static bool two_peers(const ikev1_rules *t, const ikev1_rule *r) {
    (void)t;
    return r->peer_name != NULL && (r->peer.family != 0 || r->peer_name[0] == '\0');
}

static bool bad_local(const ikev1_rules *t, const ikev1_rule *r) {
    (void)t;
    return !is_family(r->local.family) ||
           (r->local.family != 0 && r->peer.family != 0 && r->local.family != r->peer.family);
}

static bool no_key(const ikev1_rules *t, const ikev1_rule *r) {
    return by_psk(r) && r->psk.len == 0 && t->host.psk == NULL;
}

static bool useless_key(const ikev1_rules *t, const ikev1_rule *r) {
    (void)t;
    return !by_psk(r) && r->psk.len != 0;
}

static bool no_signer(const ikev1_rules *t, const ikev1_rule *r) {
    return by_signature(r) && (t->host.sign == NULL || t->host.verify == NULL);
}

static bool bad_range(const ikev1_selector *s) {
    return !is_family(s->family) || backwards(s);
}

static bool bad_near(const ikev1_rules *t, const ikev1_rule *r) {
    (void)t;
    return bad_range(&r->phase2.local);
}

static bool bad_far(const ikev1_rules *t, const ikev1_rule *r) {
    (void)t;
    return bad_range(&r->phase2.remote);
}

static bool two_families(const ikev1_rules *t, const ikev1_rule *r) {
    (void)t;
    const uint8_t a = r->phase2.local.family, b = r->phase2.remote.family;
    return a != 0 && b != 0 && a != b;
}

static bool network_in_transport(const ikev1_rules *t, const ikev1_rule *r) {
    (void)t;
    return r->phase2.mode == IKEV1_ENCAP_TRANSPORT &&
           !(one_host(&r->phase2.local) && (r->open_remote || one_host(&r->phase2.remote)));
}

static bool open_to_static(const ikev1_rules *t, const ikev1_rule *r) {
    (void)t;
    return r->open_remote && !ike_rule_is_dynamic(r);
}

static const struct field {
    bool (*wrong)(const ikev1_rules *t, const ikev1_rule *r);
    const char *name, *what, *hint;
} FIELDS[] = {
    {bad_sizes, "size", "is not this library's", "begin with IKEV1_RULE_INIT"},
    {bad_number, "number", "is 0", "number rules from 1"},
    {bad_suites1, "phase1.suites", "are none, or too many", "name 1 to 32"},
    {bad_suites2, "phase2.suites", "are none, or too many", "name 1 to 32"},
    {bad_peer, "peer", "is of no family", "make family 4, 6, or 0 for any"},
    {two_peers, "peer_name", "is empty, or stands beside an address", "name the peer in one way"},
    {bad_local, "local", "is of another family than the peer", "make both IPv4 or both IPv6"},
    {no_key, "psk", "is missing", "give the rule a key, or a psk callback to the table"},
    {useless_key, "psk", "is of no use with signatures", "leave it out, or authenticate by it"},
    {no_signer, "phase1.suites", "authenticate by signature, and nobody signs or verifies",
     "give sign and verify callbacks to the table"},
    {bad_near, "phase2.local", "is no range", "begin it with its lowest address"},
    {bad_far, "phase2.remote", "is no range", "begin it with its lowest address"},
    {two_families, "phase2.remote", "is of another family than phase2.local",
     "make both IPv4 or both IPv6"},
    {network_in_transport, "phase2.mode", "is transport, for a network",
     "choose tunnel, or name single addresses"},
    {open_to_static, "open_remote", "is for peers that may come from anywhere",
     "leave it out, or make the peer 0.0.0.0 or ::"},
};

/* What the engine would say in a negotiation. */
static void check_use(const ikev1_rule *r, const ikev1_engine *engine, size_t index,
                      ikev1_rules_report *report) {
    ikev1_phase1 phase1 = r->phase1;
    ikev1_phase2 phase2 = r->phase2;
    const char *field = "phase1";
    ikev1_why why;
    phase1.rule = phase2.rule = r->number;
    if (r->open_remote && r->phase2.remote.family == 0)
        phase2.remote = phase2.local; /* the peer's will stand there */
    int code = ikev1_check_phase1(engine, &phase1, &why);
    if (code == IKEV1_OK) {
        field = "phase2";
        code = ikev1_check_phase2(engine, &phase2, &why);
    }
    if (code == IKEV1_OK && r->psk.len != 0) { /* PH1-16; else the host is asked for it */
        field = "psk";
        code = ikev1_check_psk(engine, r->psk, &why);
    }
    if (code == IKEV1_OK)
        return;
    ikev1_rule_note *note = add(report, IKEV1_RULE_SUITE, true);
    if (note == NULL)
        return;
    note->rule = r->number;
    note->index = index;
    note->field = field;
    note->what = ikev1_strerror(code);
    note->hint = ikev1_error_hint(code);
    note->code = code;
    ikev1_why_format(&why, note->detail, sizeof note->detail);
}

static const struct field *wrong_field(const ikev1_rules *rules, const ikev1_rule *r) {
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++) {
        if (FIELDS[i].wrong(rules, r))
            return &FIELDS[i];
    }
    return NULL;
}

void ike_rules_check_fields(const ikev1_rules *rules, const ikev1_rule *set, size_t count,
                            const ikev1_engine *engine, ikev1_rules_report *report) {
    for (size_t i = 0; i < count; i++) {
        const struct field *f = wrong_field(rules, &set[i]);
        ikev1_rule_note *note = f != NULL ? add(report, IKEV1_RULE_FIELD, true) : NULL;
        if (note != NULL) {
            note->rule = set[i].number;
            note->index = i;
            note->field = f->name;
            note->what = f->what;
            note->hint = f->hint;
        } else if (f == NULL && engine != NULL) {
            check_use(&set[i], engine, i, report);
        }
    }
}

/* ---- two rules ---- */

static const struct {
    bool fatal;
    const char *what, *hint;
} VERDICTS[] = {
    [IKEV1_RULE_DUPLICATE] = {true, "stands twice", "give each rule a number of its own"},
    [IKEV1_RULE_CONTRADICTION] = {true, "differs, and Main Mode cannot tell their peers apart",
                                  "make it the same, or tell them apart by address or by "
                                  "Aggressive Mode"},
    [IKEV1_RULE_SHADOWED] = {true, "is the same: this rule would never be chosen",
                             "leave one of the two out"},
    [IKEV1_RULE_OVERLAP] = {true, "overlaps: packets could belong to both",
                            "take the networks apart, or set may_overlap"},
    [IKEV1_RULE_NESTED] = {false, "lies within the other's",
                           "see that the kernel looks at the narrower one first"},
};

static void say(ikev1_rules_report *report, uint8_t kind, const struct ike_rule *a,
                const struct ike_rule *b, const char *field) {
    ikev1_rule_note *note = add(report, kind, VERDICTS[kind].fatal);
    if (note == NULL)
        return;
    note->rule = a->at.number;
    note->other = b->at.number;
    note->index = a->index;
    note->field = field;
    note->what = VERDICTS[kind].what;
    note->hint = VERDICTS[kind].hint;
}

static void check_numbers(const struct ike_rule_set *set, ikev1_rules_report *report) {
    for (uint32_t i = 1; i < set->count; i++) {
        if (set->rules[i].at.number == set->rules[i - 1].at.number)
            say(report, IKEV1_RULE_DUPLICATE, &set->rules[i], &set->rules[i - 1], "number");
    }
}

/* In Main Mode all negotiations with a group begin under its lead. In Aggressive Mode, and when
 * networks are chosen, it is the identity that tells: those of the same one have to agree. */
static void check_peers(const struct ike_rule *r, const struct ike_rule *lead,
                        const struct ike_rule *before, ikev1_rules_report *report) {
    const char *field = NULL;
    const struct ike_rule *with = lead;
    if (before != NULL && ike_same_identity(&before->at.phase1, &r->at.phase1)) {
        with = before;
        field = ike_phase1_differs(&before->at, &r->at, false);
    } else if (r->at.phase1.mode == IKEV1_MODE_MAIN && r != lead) {
        field = ike_phase1_differs(&lead->at, &r->at, true);
    }
    if (field != NULL)
        say(report, IKEV1_RULE_CONTRADICTION, r, with, field);
}

static void check_group(const struct ike_rule_set *set, const struct ike_group *g,
                        ikev1_rules_report *report) {
    uint32_t patterns = 0;
    for (uint32_t i = 0; i < g->count; i++) {
        const struct ike_rule *r = &set->rules[set->by_id[g->first + i]];
        const struct ike_rule *before = i > 0 ? &set->rules[set->by_id[g->first + i - 1]] : NULL;
        if (r->unresolved)
            return;
        check_peers(r, &set->rules[g->lead[0]], before, report);
        patterns += ike_rule_is_pattern(&r->at.phase1);
        if (patterns == IKEV1_RULES_PATTERNS + 1) {
            ikev1_rule_note *note = add(report, IKEV1_RULE_FIELD, true);
            if (note == NULL)
                return;
            note->rule = r->at.number;
            note->index = r->index;
            note->field = "phase1.remote_id";
            note->what = "is one pattern too many for one address";
            note->hint = "name identities, or stars in front of names";
        }
    }
}

void ike_rules_check_group(const struct ike_rule_set *set, const struct ike_rule *rule,
                           ikev1_rules_report *report) {
    for (uint32_t i = 0; i < set->group_count; i++) {
        const struct ike_group *g = &set->groups[i];
        for (uint32_t k = 0; k < g->count; k++) {
            if (&set->rules[set->by_id[g->first + k]] == rule)
                check_group(set, g, report);
        }
    }
}

static bool same_traffic(const struct ike_rule *a, const struct ike_rule *b) {
    return ike_selector_order(&a->at.phase2.local, &b->at.phase2.local) == 0 &&
           ike_selector_order(&a->at.phase2.remote, &b->at.phase2.remote) == 0;
}

static void check_shadows(const struct ike_rule_set *set, ikev1_rules_report *report) {
    for (uint32_t i = 1; i < set->count; i++) {
        const struct ike_rule *a = &set->rules[set->by_traffic[i - 1]];
        const struct ike_rule *b = &set->rules[set->by_traffic[i]];
        if (a->kin == b->kin && same_traffic(a, b))
            say(report, IKEV1_RULE_SHADOWED, b, a, "phase2.remote");
    }
}

struct meeting {
    const struct ike_span *span;
    const struct ike_rule *rule;
    ikev1_rules_report *report;
    uint64_t budget; /* UINT64_MAX: it is used up */
};

static bool visit(void *ctx, const struct ike_rule *other, const struct ike_span *b) {
    struct meeting *m = ctx;
    const struct ike_rule *r = m->rule;
    const struct ike_span *a = m->span;
    if (m->budget-- == 0)
        return true;
    if (other->at.number >= r->at.number || other->at.open_remote || other->at.may_overlap ||
        (other->kin == r->kin && same_traffic(r, other)))
        return false; /* the other of the two says it; or it is shadowed */
    const bool within =
        ike_range_holds(&b->local, &a->local) && ike_range_holds(&b->remote, &a->remote);
    const bool around =
        ike_range_holds(&a->local, &b->local) && ike_range_holds(&a->remote, &b->remote);
    if (within == around) /* the same, or in part */
        say(m->report, IKEV1_RULE_OVERLAP, r, other, "phase2.remote");
    else
        say(m->report, IKEV1_RULE_NESTED, within ? r : other, within ? other : r, "phase2.remote");
    return m->report->fatal > IKEV1_RULES_NOTES;
}

/* Pairs that meet may be very many, though hardly in a set that means something. */
static void check_overlaps(const struct ike_rule_set *set, ikev1_rules_report *report) {
    struct meeting m = {.report = report, .budget = 100000 + 64ull * set->count};
    for (uint32_t i = 0; i < set->span_count; i++) {
        m.span = &set->spans[i];
        m.rule = &set->rules[m.span->rule];
        if (m.rule->at.open_remote || m.rule->at.may_overlap)
            continue;
        if (ike_spans_walk(set, &m.span->local, &m.span->remote, visit, &m, NULL))
            break;
    }
    if (m.budget == UINT64_MAX) {
        ikev1_rule_note *note = add(report, IKEV1_RULE_FIELD, true);
        if (note == NULL)
            return;
        note->rule = m.rule->at.number;
        note->index = m.rule->index;
        note->field = "phase2.remote";
        note->what = "meets the networks of too many rules";
        note->hint = "take the networks apart, or set may_overlap";
    }
}

void ike_rules_check_set(const struct ike_rule_set *set, ikev1_rules_report *report) {
    check_numbers(set, report);
    if (report->fatal != 0)
        return; /* what follows would name the wrong rules */
    for (uint32_t i = 0; i < set->group_count; i++)
        check_group(set, &set->groups[i], report);
    check_shadows(set, report);
    check_overlaps(set, report);
}
