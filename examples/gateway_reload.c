/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "gateway_certs.h"
#include "gateway_net.h"
#include "gateway_prefix.h"
#include "gateway_reload.h"

/* What the engine and the sockets have been made with. */
#define MADE(key, field)                                                                           \
    { key, offsetof(struct rules, field), sizeof((struct rules *)0)->field }
static const struct {
    const char *key;
    size_t at, size;
} MADE_WITH[] = {MADE("port", port),
                 MADE("natt_port", natt_port),
                 MADE("allow", allow),
                 MADE("anonymous", anonymous),
                 MADE("clear_notify", clear_notify),
                 MADE("retry_ms", retry_ms),
                 MADE("retry_count", retry_count),
                 MADE("half_open_ms", half_open_ms),
                 MADE("dpd_wait_ms", dpd_wait_ms),
                 MADE("dpd_tries", dpd_tries),
                 MADE("data", data),
                 MADE("tun", tun),
                 MADE("xauth_tries", xauth_tries),
                 MADE("log", log_level),
                 MADE("log_rate", log_rate)};

static bool same_listen(const struct rules *a, const struct rules *b) {
    bool same = a->listen_count == b->listen_count;
    for (size_t i = 0; same && i < a->listen_count; i++) {
        same = net_same_ip(&a->listen[i], &b->listen[i]);
    }
    return same;
}

static bool refuse(const struct rules *fresh, const char *key) {
    return rules_complain(fresh, NULL, key, "%s: changed; expected what it was at the start", key);
}

static bool check_settings(const struct rules *was, const struct rules *fresh) {
    for (size_t i = 0; i < sizeof MADE_WITH / sizeof *MADE_WITH; i++) {
        const char *key = MADE_WITH[i].key;
        const uint8_t *old = (const uint8_t *)was + MADE_WITH[i].at;
        if (memcmp(old, (const uint8_t *)fresh + MADE_WITH[i].at, MADE_WITH[i].size) != 0) {
            return refuse(fresh, key);
        }
    }
    return same_listen(was, fresh) || refuse(fresh, "listen");
}

/* Addresses of a pool that stays are still given away. */
static void keep_leases(const struct rules *was, struct rules *fresh) {
    for (size_t i = 0; i < fresh->count; i++) {
        struct access *access = &fresh->rule[i].access;
        const struct rule *old = rules_find(was, fresh->rule[i].number);
        if (old != NULL && prefix_same_network(&old->access.pool, &access->pool)) {
            memcpy(access->taken, old->access.taken, sizeof access->taken);
        }
    }
}

static void print_change(const ikev1_rule_change *change, uint32_t live) {
    static const struct {
        uint32_t bit;
        const char *word;
    } WORDS[] = {{IKEV1_CHANGE_ADDED, "added"},       {IKEV1_CHANGE_GONE, "gone"},
                 {IKEV1_CHANGE_PEER, "another peer"}, {IKEV1_CHANGE_CREDENTIAL, "another key"},
                 {IKEV1_CHANGE_PHASE1, "phase 1"},    {IKEV1_CHANGE_PHASE2, "phase 2"}};
    const char *separator = ": ";
    printf("rule %u", (unsigned)change->rule);
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        if ((change->what & WORDS[i].bit) != 0) {
            printf("%s%s", separator, WORDS[i].word);
            separator = ", ";
        }
    }
    if (live > 0) {
        printf("; %u of its SAs live on as they were negotiated", (unsigned)live);
    }
    putchar('\n');
}

static void print_changes(const struct rules *rules, const ikev1_engine *engine) {
    ikev1_rule_change change;
    printf("%s: read again, rules: %zu\n", rules->path, rules->count);
    for (size_t i = 0; ikev1_rules_change(rules->table, i, &change) == 1; i++) {
        print_change(&change, ikev1_rule_live(engine, change.rule));
    }
}

/* The table answers from the rules of `fresh` from then on, or as before. */
static bool read_fresh(const struct rules *rules, struct rules *fresh, const ikev1_engine *engine) {
    bool good = rules_load(fresh, rules->path) && certs_load(fresh, true) &&
                check_settings(rules, fresh) && data_check(fresh);
    fresh->table = rules->table;
    return good && rules_check(fresh, engine);
}

bool reload_rules(struct rules *rules, struct data *data, const ikev1_engine *engine) {
    struct rules fresh;
    if (!read_fresh(rules, &fresh, engine)) {
        fresh.table = NULL; /* it is that of `rules` */
        rules_free(&fresh);
        fprintf(stderr, "%s: the rules stay as they were\n", rules->path);
        return false;
    }
    struct rules was = *rules;
    keep_leases(&was, &fresh);
    fresh.carrier = was.carrier;
    fresh.capsule = was.capsule;
    *rules = fresh;
    data_rules(data, &was, rules);
    was.table = NULL;
    rules_free(&was);
    print_changes(rules, engine);
    return true;
}
