/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway_watch.h"

/* Where there is none now, the one that there was stays: the peer may be reached again from it. */
static bool look(const struct watch *watch, size_t i, ikev1_address *source) {
    const struct rule *rule = &watch->rules->rule[i];
    return rule->local.family == 0 && rule->peer.family != 0 && net_source(&rule->peer, source);
}

bool watch_open(struct watch *watch, const struct rules *rules, struct net *net) {
    struct sockaddr_nl address = {.nl_family = AF_NETLINK,
                                  .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE |
                                               RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE};
    watch->rules = rules;
    watch->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (watch->fd < 0 || bind(watch->fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        fprintf(stderr, "cannot watch our addresses: %s\n", strerror(errno));
        return false;
    }
    return watch_rules(watch) && net_watch(net, watch->fd);
}

bool watch_rules(struct watch *watch) {
    free(watch->source);
    watch->source = calloc(watch->rules->count + 1, sizeof *watch->source);
    watch->count = watch->source != NULL ? watch->rules->count : 0;
    for (size_t i = 0; i < watch->count; i++) {
        look(watch, i, &watch->source[i]);
    }
    if (watch->source == NULL) {
        fprintf(stderr, "cannot watch our addresses: out of memory\n");
    }
    return watch->source != NULL;
}

/* That something has changed is enough; also when there was more of it than the socket holds. */
void watch_read(struct watch *watch) {
    uint8_t room[8192];
    while (recv(watch->fd, room, sizeof room, 0) > 0 || errno == ENOBUFS) {
    }
}

bool watch_changed(struct watch *watch, ikev1_address *was, ikev1_address *is) {
    for (size_t i = 0; i < watch->count; i++) {
        ikev1_address *source = &watch->source[i];
        if (!look(watch, i, is) || net_same_ip(source, is)) {
            continue;
        }
        *was = *source;
        for (size_t k = i; k < watch->count; k++) { /* told once for all that had it */
            if (net_same_ip(&watch->source[k], was) && look(watch, k, is)) {
                watch->source[k] = *is;
            }
        }
        *is = *source;
        if (was->family != 0) {
            return true;
        }
    }
    return false;
}

void watch_close(struct watch *watch) {
    if (watch->fd >= 0) {
        close(watch->fd);
    }
    free(watch->source);
}
