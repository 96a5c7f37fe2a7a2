/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the rules of the file to the library's own rule table, which answers its questions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ikev1/openssl.h>

#include "capsule.h"
#include "gateway_certs.h"
#include "gateway_net.h"
#include "gateway_rules.h"

bool rules_same_peer(const struct rule *a, const struct rule *b) {
    return net_same_ip(&a->peer, &b->peer) && net_same_ip(&a->local, &b->local);
}

const struct rule *rules_find(const struct rules *rules, uint32_t number) {
    for (size_t i = 0; i < rules->count; i++) {
        if (rules->rule[i].number == number) {
            return &rules->rule[i];
        }
    }
    return NULL;
}

/* A client whose network is of IPv6 asks for an address of that. */
static void ask_for_ipv6(ikev1_phase1 *answer) {
    static const uint16_t TYPES[] = {IKEV1_ATTRC_IP6_ADDRESS, IKEV1_ATTRC_IP6_DNS,
                                     IKEV1_ATTRC_IP6_SUBNET};
    answer->config_types = TYPES;
    answer->config_type_count = sizeof TYPES / sizeof *TYPES;
}

ikev1_phase1 rules_phase1(const struct rules *rules, const struct rule *rule) {
    ikev1_phase1 answer = rule->phase1;
    if (rule->phase2.local.family == 6 && access_asks(rule)) {
        ask_for_ipv6(&answer);
    }
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

int rules_local(const struct rules *rules, const ikev1_address *peer, ikev1_address *local) {
    static const uint8_t EVERY[16] = {0};
    const ikev1_address *listen = NULL;
    for (size_t i = 0; i < rules->listen_count && listen == NULL; i++) {
        listen = rules->listen[i].family == peer->family ? &rules->listen[i] : NULL;
    }
    if (listen != NULL && memcmp(listen->ip, EVERY, sizeof EVERY) != 0) {
        *local = *listen;
        return IKEV1_OK;
    }
    return listen != NULL && net_source(peer, local) ? IKEV1_OK : IKEV1_E_NO_RULE;
}

static int find_local(void *user, const ikev1_address *peer, ikev1_address *local) {
    const struct rules *rules = user;
    size_t len = sizeof local->ip;
    int status = rules_local(rules, peer, local);
    local->family = peer->family;
    return capsule_note(rules->capsule, status, local->ip, sizeof local->ip, &len);
}

void rules_config(const struct rules *rules, ikev1_config *config) {
    config->log_level = rules->log_level;
    config->anonymous = rules->anonymous;
    config->clear_notify = rules->clear_notify;
    config->allow = rules->allow;
    config->limits.log_rate = rules->log_rate;
    config->limits.key_pairs = MAX_GROUPS * MAX_PREPARE; /* also when the rules are read again */
    config->limits.xauth_tries = rules->xauth_tries;
    config->timing.retry_first = rules->retry_ms;
    config->timing.retry_count = rules->retry_count;
    config->timing.half_open = rules->half_open_ms;
    config->timing.dpd_wait = rules->dpd_wait_ms;
    config->timing.dpd_tries = rules->dpd_tries;
}

/* ---- the table ---- */

bool rules_table(struct rules *rules, const ikev1_policy *own) {
    ikev1_rules_config config = IKEV1_RULES_CONFIG_INIT;
    ikev1_policy host = *own;
    host.user = rules;
    config.crypto = ikev1_openssl();
    config.host = &host;
    config.source = find_local;
    config.source_user = rules;
    int status = ikev1_rules_new(&rules->table, &config);
    if (status != IKEV1_OK) {
        fprintf(stderr, "gateway: %s\n", ikev1_strerror(status));
    }
    return status == IKEV1_OK;
}

ikev1_rule rules_entry(const struct rules *rules, const struct rule *rule) {
    ikev1_rule entry = IKEV1_RULE_INIT;
    entry.number = rule->number;
    entry.name = rule->name;
    entry.peer = rule->peer;
    entry.local = rule->local;
    entry.local.port = (uint16_t)rules->port;
    entry.open_remote = rule->open_remote;
    entry.psk = (ikev1_bytes){rule->psk.data, rule->psk.len};
    entry.phase1 = rules_phase1(rules, rule);
    entry.phase2 = rules_phase2(rule);
    return entry;
}

/* Which key of the file a field of the table's rule comes from. */
static const char *key_of(const ikev1_rule_note *note) {
    static const struct {
        const char *field, *key;
    } KEYS[] = {{"phase1.suites", "ike"},
                {"phase1.local_id", "local_id"},
                {"phase1.remote_id", "remote_id"},
                {"phase2.suites", "esp"},
                {"phase2.local", "local"},
                {"phase2.remote", "remote"},
                {"phase2.mode", "mode"},
                {"open_remote", "remote"},
                {"phase2", "esp"},
                {"local", "address"}};
    if (strcmp(note->field, "phase1") == 0) {
        return note->kind == IKEV1_RULE_SUITE ? "ike" : "peer";
    }
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
        if (strcmp(KEYS[i].field, note->field) == 0) {
            return KEYS[i].key;
        }
    }
    return note->field;
}

static void complain(const struct rules *rules, const ikev1_rule_note *note) {
    const struct rule *rule = rules_find(rules, note->rule);
    const struct rule *other = rules_find(rules, note->other);
    const char *key = key_of(note);
    if (note->detail[0] != '\0') {
        rules_complain(rules, rule, key, "%s: %s", key, note->detail);
    } else if (other == NULL) {
        rules_complain(rules, rule, key, "\"%s\" %s; %s", key, note->what, note->hint);
    } else {
        rules_complain(rules, rule, key, "%s: \"%s\" and that of rule %u (line %u): %s; %s",
                       note->fatal ? "mistake" : "note", key, (unsigned)other->number, other->line,
                       note->what, note->hint);
    }
}

static void add_group(uint16_t *groups, size_t *count, uint16_t group) {
    for (size_t i = 0; i < *count; i++) {
        if (groups[i] == group) {
            return;
        }
    }
    if (group != 0 && *count < MAX_GROUPS) {
        groups[(*count)++] = group;
    }
}

size_t rules_groups(const struct rules *rules, uint16_t groups[MAX_GROUPS]) {
    size_t count = 0;
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->rule[i];
        for (size_t k = 0; k < rule->phase1.suite_count; k++) {
            add_group(groups, &count, rule->suites1[k].group);
        }
        add_group(groups, &count, rule->phase2.pfs_group);
    }
    return count;
}

bool rules_check(const struct rules *rules, const ikev1_engine *engine) {
    ikev1_rules_report report = {0};
    ikev1_rule *entries = calloc(rules->count + 1, sizeof *entries);
    int status = IKEV1_E_MEMORY;
    if (entries != NULL) {
        for (size_t i = 0; i < rules->count; i++) {
            entries[i] = rules_entry(rules, &rules->rule[i]);
        }
        status = ikev1_rules_load(rules->table, entries, rules->count, engine, &report);
    }
    for (size_t i = 0; i < report.count; i++) {
        complain(rules, &report.notes[i]);
    }
    if (status != IKEV1_OK && report.count == 0) {
        fprintf(stderr, "%s: %s\n", rules->path, ikev1_strerror(status));
    }
    free(entries); /* the keys in it belong to `rules` */
    return status == IKEV1_OK;
}
