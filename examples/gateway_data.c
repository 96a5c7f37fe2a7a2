/* SPDX-License-Identifier: Apache-2.0 */
#include "capsule.h"
#include "gateway_data.h"
#include "gateway_esp_algs.h"
#include "gateway_prefix.h"

static const struct data_way *const WAYS[] = {
    [RULES_DATA_NONE] = NULL,
    [RULES_DATA_TUN] = &DATA_TUN,
#ifdef GATEWAY_HAS_MNL
    [RULES_DATA_KERNEL] = &DATA_KERNEL,
#else
    [RULES_DATA_KERNEL] = NULL, /* data_check() says so */
#endif
};

/* ---- whether it can be done ---- */

static bool check_suite(const struct rules *rules, const struct rule *rule,
                        const ikev1_suite2 *suite) {
    return (suite->protocol == IKEV1_PROTO_ESP &&
            esp_alg_known(suite->transform, suite->integrity)) ||
           rules_complain(rules, rule, "esp",
                          "data = tun cannot carry all of these; expected 3des, aes, camellia or "
                          "null with md5 or sha, or AES-GCM");
}

static bool check_rule(const struct rules *rules, const struct rule *rule) {
    const ikev1_selector *remote = &rule->phase2.remote;
    if (rule->phase2.mode != IKEV1_ENCAP_TUNNEL || (remote->family == 0 && !rule->open_remote)) {
        return rules_complain(
            rules, rule, "mode",
            "data = tun carries networks in tunnel mode only; expected \"local\", "
            "\"remote\" and no transport mode");
    }
    if (prefix_covers(remote, rule->peer.family, rule->peer.ip)) {
        return rules_complain(rules, rule, "remote",
                              "the peer itself is in it, and data = tun would send its ESP into "
                              "the tunnel; expected a network without \"peer\"");
    }
    for (size_t i = 0; i < rule->phase2.suite_count; i++) {
        if (!check_suite(rules, rule, &rule->suites2[i])) {
            return false;
        }
    }
    return true;
}

bool data_check(const struct rules *rules) {
    if (rules->data == RULES_DATA_KERNEL && WAYS[rules->data] == NULL) {
        return rules_complain(rules, NULL, "data",
                              "data = kernel needs libmnl, and this gateway was built without; "
                              "expected none or tun");
    }
    for (size_t i = 0; rules->data == RULES_DATA_TUN && i < rules->count; i++) {
        if (!check_rule(rules, &rules->rule[i])) {
            return false;
        }
    }
    return true;
}

/* ---- handing on ---- */

unsigned data_patience(const ikev1_event *event) {
    return event->initiator ? 2 : 0;
}

static int answer_spi(void *user, const ikev1_question *question, uint8_t protocol,
                      uint32_t *answer) {
    const struct rules *rules = user;
    const struct data *data = rules->carrier;
    uint32_t spi = 0;
    int status = data->way != NULL
                     ? data->way->take_spi(data->state, &question->path, protocol, &spi)
                     : IKEV1_E_REFUSED;
    uint64_t noted = spi;
    status = capsule_note_number(rules->capsule, status, &noted);
    *answer = (uint32_t)noted;
    return status;
}

void data_answer(struct data *data, struct rules *rules, ikev1_policy *policy) {
    const struct data_way *way = WAYS[rules->data];
    if (way != NULL && way->take_spi != NULL) {
        rules->carrier = data;
        policy->spi = answer_spi;
    }
}

bool data_open(struct data *data, const struct rules *rules, struct net *net,
               const struct data_host *host) {
    data->way = WAYS[rules->data];
    if (data->way == NULL || data->way->open(&data->state, rules, net, host)) {
        return true;
    }
    data->way = NULL;
    return false;
}

bool data_rules(struct data *data, const struct rules *was, const struct rules *now) {
    return data->way == NULL || data->way->rules(data->state, was, now);
}

bool data_install(struct data *data, const ikev1_event *event) {
    return data->way == NULL || data->way->install(data->state, event);
}

void data_remove(struct data *data, ikev1_handle child) {
    if (data->way != NULL) {
        data->way->remove(data->state, child);
    }
}

void data_move(struct data *data, const ikev1_event *event) {
    if (data->way != NULL) {
        data->way->move(data->state, event);
    }
}

void data_adopt(struct data *data, const ikev1_event *event) {
    if (data->way != NULL) {
        data->way->adopt(data->state, event);
    }
}

void data_count(struct data *data) {
    if (data->way != NULL) {
        data->way->count(data->state);
    }
}

void data_lease(struct data *data, const ikev1_event *event) {
    const ikev1_lease *lease = event->lease;
    if (data->way != NULL && data->way->lease != NULL && lease != NULL) {
        if (lease->ip4.family != 0) {
            data->way->lease(data->state, &lease->ip4);
        }
        if (lease->ip6.family != 0) {
            data->way->lease(data->state, &lease->ip6);
        }
    }
}

void data_receive(struct data *data, uint8_t *packet, size_t len) {
    if (data->way != NULL && data->way->receive != NULL) {
        data->way->receive(data->state, packet, len);
    }
}

void data_readable(struct data *data) {
    if (data->way != NULL && data->way->readable != NULL) {
        data->way->readable(data->state);
    }
}

void data_close(struct data *data) {
    if (data->way != NULL) {
        data->way->close(data->state);
    }
    *data = (struct data){0};
}
