/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A user for each rule, and a pool of addresses. Enough to meet real clients and servers; a host
 * with many users asks its own store, and may take its time to answer.
 */
#include <stdio.h>
#include <string.h>

#include "gateway_access.h"
#include "gateway_rules.h"

/* ---- keys ---- */

ACCESS_SETTER(access_set_xauth) {
    (void)rules;
    rule->access.client = strcmp(value, "client") == 0;
    rule->access.server = strcmp(value, "server") == 0;
    return rule->access.client || rule->access.server ||
           text_mistake(mistake, value, "unknown part", "client or server");
}

ACCESS_SETTER(access_set_hybrid) {
    (void)rules;
    return text_yes(value, &rule->access.hybrid, mistake);
}

ACCESS_SETTER(access_set_user) {
    (void)rules;
    return text_psk(value, &rule->access.user, mistake);
}

ACCESS_SETTER(access_set_password) {
    (void)rules;
    bool good = text_psk(value, &rule->access.password, mistake);
    if (!good) {
        mistake->at = NULL; /* or it would stand in the message */
    }
    return good;
}

ACCESS_SETTER(access_set_config) {
    (void)rules;
    static const struct {
        const char *word;
        uint8_t value;
    } WORDS[] = {{"pull", IKEV1_CONFIG_PULL},
                 {"wait", IKEV1_CONFIG_WAIT},
                 {"auto", IKEV1_CONFIG_AUTO},
                 {"serve", IKEV1_CONFIG_SERVE},
                 {"push", IKEV1_CONFIG_PUSH}};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        if (strcmp(WORDS[i].word, value) == 0) {
            rule->phase1.config = WORDS[i].value;
            return true;
        }
    }
    return text_mistake(mistake, value, "unknown part",
                        "pull, wait or auto for a client, serve or push for a server");
}

ACCESS_SETTER(access_set_unity) {
    (void)rules;
    return text_yes(value, &rule->phase1.unity, mistake);
}

ACCESS_SETTER(access_set_pool) {
    (void)rules;
    ikev1_text_error error;
    ikev1_selector *pool = &rule->access.pool;
    if (ikev1_selector_parse(value, pool, &error) != IKEV1_OK) {
        return text_wrong(mistake, value, &error);
    }
    return pool->family == 4 || text_mistake(mistake, value, "not IPv4", "an IPv4 network");
}

ACCESS_SETTER(access_set_dns) {
    (void)rules;
    struct access *a = &rule->access;
    const char *entry;
    size_t len;
    for (a->dns_count = 0; text_entry(&value, &entry, &len); a->dns_count++) {
        char address[64];
        snprintf(address, sizeof address, "%.*s", len < 60 ? (int)len : 60, entry);
        if (a->dns_count == ACCESS_LIST) {
            return text_mistake(mistake, entry, "too many addresses", "at most 8");
        }
        if (!text_address(address, &a->dns[a->dns_count], mistake)) {
            mistake->at = NULL;
            return false;
        }
    }
    return true;
}

ACCESS_SETTER(access_set_split) {
    (void)rules;
    struct access *a = &rule->access;
    const char *entry;
    size_t len;
    for (a->split_count = 0; text_entry(&value, &entry, &len); a->split_count++) {
        char network[80];
        ikev1_text_error error;
        snprintf(network, sizeof network, "%.*s", len < 76 ? (int)len : 76, entry);
        if (a->split_count == ACCESS_LIST ||
            ikev1_selector_parse(network, &a->split[a->split_count], &error) != IKEV1_OK) {
            return text_mistake(mistake, entry, "not usable", "at most 8 networks");
        }
    }
    return true;
}

ACCESS_SETTER(access_set_banner) {
    (void)rules;
    return (size_t)snprintf(rule->access.banner, ACCESS_TEXT, "%s", value) < ACCESS_TEXT ||
           text_mistake(mistake, value, "too long", "less than 200 bytes");
}

ACCESS_SETTER(access_set_domain) {
    (void)rules;
    return (size_t)snprintf(rule->access.domain, ACCESS_TEXT, "%s", value) < ACCESS_TEXT ||
           text_mistake(mistake, value, "too long", "less than 200 bytes");
}

uint16_t access_auth(const struct rule *rule) {
    static const uint16_t METHODS[][3] = {
        {IKEV1_AUTH_PSK, IKEV1_AUTH_XAUTH_INIT_PSK, 0},
        {IKEV1_AUTH_RSA, IKEV1_AUTH_XAUTH_INIT_RSA, IKEV1_AUTH_HYBRID_INIT_RSA},
        {IKEV1_AUTH_DSS, IKEV1_AUTH_XAUTH_INIT_DSS, IKEV1_AUTH_HYBRID_INIT_DSS}};
    const struct access *a = &rule->access;
    for (size_t i = 0; i < sizeof METHODS / sizeof *METHODS; i++) {
        if (METHODS[i][0] == rule->auth && (a->client || a->server)) {
            return METHODS[i][a->hybrid ? 2 : 1];
        }
    }
    return rule->auth;
}

/* ---- answers ---- */

static ikev1_bytes bytes(const struct text_bytes *text) {
    return (ikev1_bytes){text->data, text->len};
}

static int answer_user(void *user, const ikev1_question *question, const ikev1_xauth *request,
                       ikev1_xauth *answer) {
    const struct rule *rule = rules_find(user, question->rule);
    if (rule == NULL || request->type != IKEV1_XAUTH_GENERIC) {
        return IKEV1_E_NO_CREDENTIAL;
    }
    answer->user = bytes(&rule->access.user);
    answer->password = bytes(&rule->access.password);
    return IKEV1_OK;
}

/* In a time that does not tell where they differ. */
static bool same(ikev1_bytes theirs, const struct text_bytes *ours) {
    uint8_t difference = theirs.len != ours->len || ours->len == 0;
    for (size_t i = 0; i < theirs.len && i < ours->len; i++) {
        difference |= theirs.data[i] ^ ours->data[i];
    }
    return difference == 0;
}

static int answer_verify(void *user, const ikev1_question *question, const ikev1_xauth *reply,
                         ikev1_xauth *next) {
    const struct rule *rule = rules_find(user, question->rule);
    (void)next;
    bool good = rule != NULL && same(question->user, &rule->access.user) &&
                same(reply->password, &rule->access.password);
    return good ? IKEV1_OK : IKEV1_E_XAUTH;
}

/* The number of an address in its pool; ACCESS_POOL = it is none of it. */
static size_t place_of(const struct access *a, const ikev1_address *address) {
    size_t place = address->ip[3] - (a->pool.start[3] + 1u);
    bool inside = address->family == 4 && memcmp(address->ip, a->pool.start, 3) == 0;
    return inside && place < ACCESS_POOL && address->ip[3] < a->pool.end[3] ? place : ACCESS_POOL;
}

static ikev1_address address_at(const struct access *a, size_t place) {
    ikev1_address address = {.family = 4};
    memcpy(address.ip, a->pool.start, 4);
    address.ip[3] = (uint8_t)(address.ip[3] + 1 + place);
    return address;
}

static size_t pick(const struct access *a, const ikev1_lease_request *request) {
    if (request->previous != NULL && place_of(a, &request->previous->ip4) != ACCESS_POOL) {
        return place_of(a, &request->previous->ip4);
    }
    for (size_t i = 0; i < ACCESS_POOL; i++) {
        ikev1_address address = address_at(a, i);
        if (!a->taken[i] && place_of(a, &address) == i) {
            return i;
        }
    }
    return ACCESS_POOL;
}

static int answer_lease(void *user, const ikev1_question *question,
                        const ikev1_lease_request *request, ikev1_lease *answer) {
    struct rules *rules = user;
    struct rule *rule = NULL;
    for (size_t i = 0; i < rules->count; i++) {
        rule = rules->rule[i].number == question->rule ? &rules->rule[i] : rule;
    }
    size_t place =
        rule != NULL && rule->access.pool.family == 4 ? pick(&rule->access, request) : ACCESS_POOL;
    if (place == ACCESS_POOL) {
        return IKEV1_E_REFUSED;
    }
    struct access *a = &rule->access;
    a->taken[place] = true;
    answer->ip4 = address_at(a, place);
    memset(answer->netmask4, 255, sizeof answer->netmask4);
    answer->dns = a->dns;
    answer->dns_count = a->dns_count;
    answer->split = a->split;
    answer->split_count = a->split_count;
    answer->banner = (ikev1_bytes){(const uint8_t *)a->banner, strlen(a->banner)};
    answer->domain = (ikev1_bytes){(const uint8_t *)a->domain, strlen(a->domain)};
    return IKEV1_OK;
}

void access_answer(ikev1_policy *policy) {
    policy->xauth_user = answer_user;
    policy->xauth_verify = answer_verify;
    policy->lease = answer_lease;
}

/* ---- events ---- */

/* Peers' text: what is not plain is shown as a dot. */
static void print_text(const char *what, ikev1_bytes text) {
    if (text.len == 0) {
        return;
    }
    printf(" %s \"", what);
    for (size_t i = 0; i < text.len && i < ACCESS_TEXT; i++) {
        bool plain = text.data[i] >= ' ' && text.data[i] < 0x7f && text.data[i] != '"';
        putchar(plain ? text.data[i] : '.');
    }
    putchar('"');
}

static void print_address(const ikev1_address *address) {
    char text[IKEV1_TEXT_SIZE];
    if (address->family != 0) {
        ikev1_address_format(address, text, sizeof text);
        printf(" address %s", text);
    }
}

static void print_lease(const ikev1_event *event) {
    const ikev1_lease *lease = event->lease;
    char text[IKEV1_TEXT_SIZE];
    printf("Mode Config rule %u", (unsigned)event->rule);
    print_address(&lease->ip4);
    print_address(&lease->ip6);
    for (size_t i = 0; i < lease->dns_count; i++) {
        ikev1_address_format(&lease->dns[i], text, sizeof text);
        printf(" dns %s", text);
    }
    for (size_t i = 0; i < lease->split_count; i++) {
        ikev1_selector_format(&lease->split[i], text, sizeof text);
        printf(" split %s", text);
    }
    print_text("domain", lease->domain);
    print_text("banner", lease->banner);
    putchar('\n');
}

void access_event(struct rules *rules, const ikev1_event *event) {
    if (event->type == IKEV1_EVENT_XAUTH) {
        printf("XAUTH rule %u", (unsigned)event->rule);
        print_text("user", event->user);
        putchar('\n');
    } else if (event->type == IKEV1_EVENT_CONFIG && event->lease != NULL) {
        print_lease(event);
    } else if (event->type == IKEV1_EVENT_SA_DOWN && event->lease != NULL) {
        for (size_t i = 0; i < rules->count; i++) {
            struct access *a = &rules->rule[i].access;
            size_t place = place_of(a, &event->lease->ip4);
            if (rules->rule[i].number == event->rule && place != ACCESS_POOL) {
                a->taken[place] = false;
            }
        }
    }
}

bool access_asks(const struct rule *rule) {
    return rule->phase1.config >= IKEV1_CONFIG_PULL && rule->phase1.config <= IKEV1_CONFIG_AUTO;
}

bool access_is_client(const struct rules *rules, uint32_t number) {
    const struct rule *rule = rules_find(rules, number);
    return rule != NULL && access_asks(rule);
}
