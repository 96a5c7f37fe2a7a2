/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules' answers to the library's questions. Several rules may name the same peer: phase 1 is
 * the same for all of them (the rule file is checked for that), and phase 2 picks the one whose
 * networks the peer asks for.
 */
#include <string.h>

#include "gateway_certs.h"
#include "gateway_net.h"
#include "gateway_rules.h"

static bool same_ip(const ikev1_address *a, const ikev1_address *b) {
    return a->family == b->family && memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

bool rules_same_peer(const struct rule *a, const struct rule *b) {
    return same_ip(&a->peer, &b->peer) && same_ip(&a->local, &b->local);
}

const struct rule *rules_find(const struct rules *rules, uint32_t number) {
    for (size_t i = 0; i < rules->count; i++) {
        if (rules->rule[i].number == number) {
            return &rules->rule[i];
        }
    }
    return NULL;
}

ikev1_phase1 rules_phase1(const struct rules *rules, const struct rule *rule) {
    ikev1_phase1 answer = rule->phase1;
    answer.rule = rule->number;
    answer.suites = rule->suites1;
    answer.local_id.data = rule->local_id.data;
    answer.remote_id.data = rule->remote_id.data;
    answer.natt_local_port = (uint16_t)rules->natt_port;
    if (rules->natt_port == 0) {
        answer.natt = IKEV1_NATT_OFF;
    }
    return answer;
}

ikev1_phase2 rules_phase2(const struct rule *rule) {
    ikev1_phase2 answer = rule->phase2;
    answer.rule = rule->number;
    answer.suites = rule->suites2;
    return answer;
}

/* How well a rule fits somebody who calls: 0 = not at all. His own address beats "any". */
static unsigned fit(const struct rule *rule, const ikev1_path *path) {
    bool named = rule->peer.family != 0;
    if ((named && !same_ip(&rule->peer, &path->remote)) ||
        (rule->local.family != 0 && !same_ip(&rule->local, &path->local))) {
        return 0;
    }
    return (named ? 3u : 1u) + (rule->local.family != 0 ? 1u : 0u);
}

static const struct rule *find_caller(const struct rules *rules, const ikev1_path *path) {
    const struct rule *best = NULL;
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->rule[i];
        if (fit(rule, path) > (best != NULL ? fit(best, path) : 0)) {
            best = rule;
        }
    }
    return best;
}

/* Our address towards a peer whose rule names none: the one we listen on, and where that is every
 * one of its family, the one that leads there. */
static bool find_local(const struct rules *rules, const ikev1_address *peer, ikev1_address *local) {
    static const uint8_t EVERY[16] = {0};
    const ikev1_address *listen = NULL;
    for (size_t i = 0; i < rules->listen_count && listen == NULL; i++) {
        listen = rules->listen[i].family == peer->family ? &rules->listen[i] : NULL;
    }
    if (listen != NULL && memcmp(listen->ip, EVERY, sizeof EVERY) != 0) {
        *local = *listen;
        return true;
    }
    return listen != NULL && net_source(peer, local);
}

/* From where to where. A peer without an address can only call us. */
static bool find_path(const struct rules *rules, const struct rule *rule, ikev1_path *path) {
    path->local = rule->local;
    path->remote = rule->peer;
    path->encapsulated = false;
    if (rule->peer.family == 0 ||
        (rule->local.family == 0 && !find_local(rules, &rule->peer, &path->local))) {
        return false;
    }
    path->local.port = (uint16_t)rules->port;
    return true;
}

static int answer_phase1(void *user, const ikev1_question *question, ikev1_phase1 *answer) {
    const struct rules *rules = user;
    const struct rule *rule = question->rule != 0 ? rules_find(rules, question->rule)
                                                  : find_caller(rules, &question->path);
    if (rule == NULL) {
        return IKEV1_E_NO_RULE;
    }
    *answer = rules_phase1(rules, rule);
    if (question->initiator && !find_path(rules, rule, &answer->path)) {
        return IKEV1_E_NO_RULE;
    }
    return IKEV1_OK;
}

static int answer_psk(void *user, const ikev1_question *question, ikev1_bytes *answer) {
    const struct rule *rule = rules_find(user, question->rule);
    if (rule == NULL) {
        return IKEV1_E_NO_CREDENTIAL;
    }
    *answer = (ikev1_bytes){rule->psk.data, rule->psk.len};
    return IKEV1_OK;
}

/* A selector of a rule that is left open means the end of the path itself. */
static bool wants(const ikev1_selector *ours, const ikev1_selector *wanted,
                  const ikev1_address *end_of_path) {
    if (wanted == NULL || wanted->family == 0) {
        return ours->family == 0;
    }
    ikev1_selector selector = *ours;
    if (selector.family == 0) {
        selector.family = end_of_path->family;
        memcpy(selector.start, end_of_path->ip, sizeof selector.start);
        memcpy(selector.end, end_of_path->ip, sizeof selector.end);
    }
    return selector.family == wanted->family && selector.protocol == wanted->protocol &&
           selector.port == wanted->port &&
           memcmp(selector.start, wanted->start, sizeof selector.start) == 0 &&
           memcmp(selector.end, wanted->end, sizeof selector.end) == 0;
}

/*
 * Among the rules of the peer that has proven itself under question->rule, the one whose networks
 * are asked for. None: that rule itself, and the library says in what it differs.
 */
static int answer_phase2(void *user, const ikev1_question *question, ikev1_phase2 *answer) {
    const struct rules *rules = user;
    const struct rule *proven = rules_find(rules, question->rule);
    if (proven == NULL) {
        return IKEV1_E_NO_RULE;
    }
    *answer = rules_phase2(proven);
    for (size_t i = 0; i < rules->count && !question->initiator; i++) {
        const struct rule *rule = &rules->rule[i];
        if (rules_same_peer(rule, proven) &&
            wants(&rule->phase2.local, question->local, &question->path.local) &&
            wants(&rule->phase2.remote, question->remote, &question->path.remote)) {
            *answer = rules_phase2(rule);
            break;
        }
    }
    return IKEV1_OK;
}

ikev1_policy rules_policy(struct rules *rules) {
    ikev1_policy policy = IKEV1_POLICY_INIT;
    policy.user = rules;
    policy.phase1 = answer_phase1;
    policy.psk = answer_psk;
    policy.phase2 = answer_phase2;
    certs_answer(&policy);
    return policy;
}
