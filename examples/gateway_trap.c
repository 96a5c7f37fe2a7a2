/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "gateway_trap.h"

bool trap_same_selector(const ikev1_selector *a, const ikev1_selector *b) {
    return a->family == b->family && a->protocol == b->protocol && a->port == b->port &&
           memcmp(a->start, b->start, sizeof a->start) == 0 &&
           memcmp(a->end, b->end, sizeof a->end) == 0;
}

const struct trap *traps_find(const struct traps *traps, const ikev1_selector *local,
                              const ikev1_selector *remote) {
    for (size_t i = 0; i < traps->count; i++) {
        const struct trap *trap = &traps->trap[i];
        if (trap_same_selector(&trap->local, local) && trap_same_selector(&trap->remote, remote)) {
            return trap;
        }
    }
    return NULL;
}

/* The host itself, where a rule names no network. */
static ikev1_selector network_or(const ikev1_selector *network, const ikev1_address *host) {
    ikev1_selector selector = *network;
    if (network->family == 0) {
        selector.family = host->family;
        memcpy(selector.start, host->ip, sizeof selector.start);
        memcpy(selector.end, host->ip, sizeof selector.end);
    }
    return selector;
}

static void set_bundle(struct xfrm_bundle *bundle, const struct rule *rule, const ikev1_path *path,
                       bool inbound) {
    *bundle =
        (struct xfrm_bundle){.tunnel = rule->phase2.mode == IKEV1_ENCAP_TUNNEL,
                             .id = rule->number,
                             .path = *path,
                             .sa[0] = {.inbound = inbound, .protocol = rule->suites2[0].protocol}};
    bundle->count = path->remote.family != 0; /* nobody can be called: nobody is asked */
}

static bool set_trap(struct trap *trap, const struct rules *rules, const struct rule *rule) {
    ikev1_path path = {.local = rule->local, .remote = rule->peer};
    if (rule->peer.family != 0 && rule->local.family == 0 &&
        rules_local(rules, &rule->peer, &path.local) != IKEV1_OK) {
        return false;
    }
    trap->local = network_or(&rule->phase2.local, &path.local);
    trap->remote = network_or(&rule->phase2.remote, &path.remote);
    set_bundle(&trap->out, rule, &path, false);
    set_bundle(&trap->in, rule, &path, true);
    return !rule->open_remote && trap->local.family != 0 && trap->remote.family != 0;
}

/* Of several rules for the same networks the first one asks. */
bool traps_read(struct traps *traps, const struct rules *rules) {
    *traps = (struct traps){.trap = calloc(rules->count + 1, sizeof *traps->trap)};
    if (traps->trap == NULL) {
        return false;
    }
    for (size_t i = 0; i < rules->count; i++) {
        struct trap *trap = &traps->trap[traps->count];
        if (set_trap(trap, rules, &rules->rule[i]) &&
            traps_find(traps, &trap->local, &trap->remote) == NULL) {
            traps->count++;
        }
    }
    return true;
}

void traps_free(struct traps *traps) {
    free(traps->trap);
    *traps = (struct traps){0};
}
