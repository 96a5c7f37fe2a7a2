/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getifaddrs() */
#include <errno.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway_prefix.h"
#include "gateway_route.h"

struct request {
    struct nlmsghdr header;
    struct rtmsg route;
    uint8_t attributes[128];
};

static void put(struct request *request, uint16_t type, const void *data, size_t len) {
    uint8_t *at = (uint8_t *)request + NLMSG_ALIGN(request->header.nlmsg_len);
    struct rtattr attribute = {.rta_len = (unsigned short)RTA_LENGTH(len), .rta_type = type};
    memcpy(at, &attribute, sizeof attribute);
    memcpy(at + RTA_LENGTH(0), data, len);
    request->header.nlmsg_len =
        NLMSG_ALIGN(request->header.nlmsg_len) + (uint32_t)RTA_ALIGN(attribute.rta_len);
}

/* Sends it and waits for the kernel's answer: 0 or an error number. */
static int ask_kernel(const struct request *request) {
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
        uint8_t more[256];
    } answer;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) {
        return errno;
    }
    ssize_t len = -1;
    if (send(fd, request, request->header.nlmsg_len, 0) == (ssize_t)request->header.nlmsg_len) {
        len = recv(fd, &answer, sizeof answer, 0);
    }
    close(fd);
    if (len < (ssize_t)NLMSG_LENGTH(sizeof answer.error) ||
        answer.header.nlmsg_type != NLMSG_ERROR) {
        return EIO;
    }
    return -answer.error.error;
}

static bool in_range(const ikev1_selector *selector, const struct sockaddr *address,
                     uint8_t out[16]) {
    size_t len = selector->family == 4 ? 4 : 16;
    if (address == NULL || address->sa_family != (selector->family == 4 ? AF_INET : AF_INET6)) {
        return false;
    }
    if (selector->family == 4) {
        memcpy(out, &((const struct sockaddr_in *)(const void *)address)->sin_addr, len);
    } else {
        memcpy(out, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, len);
    }
    return memcmp(out, selector->start, len) >= 0 && memcmp(out, selector->end, len) <= 0;
}

/* An address of this host that the peer takes packets from. */
static bool find_source(const ikev1_selector *local, uint8_t source[16]) {
    struct ifaddrs *first = NULL;
    bool found = false;
    if (getifaddrs(&first) != 0) {
        return false;
    }
    for (const struct ifaddrs *a = first; a != NULL && !found; a = a->ifa_next) {
        found = in_range(local, a->ifa_addr, source);
    }
    freeifaddrs(first);
    return found;
}

bool route_set(bool add, int device, const ikev1_selector *local, const ikev1_selector *remote) {
    uint8_t source[16];
    bool has_source = find_source(local, source);
    size_t len = remote->family == 4 ? 4 : 16;
    for (struct prefix prefix = {0}; prefix_next(remote, &prefix);) {
        struct request request = {
            .header = {.nlmsg_len = NLMSG_LENGTH(sizeof request.route),
                       .nlmsg_type = add ? RTM_NEWROUTE : RTM_DELROUTE,
                       .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK |
                                                 (add ? NLM_F_CREATE | NLM_F_REPLACE : 0))},
            .route = {.rtm_family = remote->family == 4 ? AF_INET : AF_INET6,
                      .rtm_dst_len = prefix.len,
                      .rtm_table = RT_TABLE_MAIN,
                      .rtm_protocol = RTPROT_STATIC,
                      .rtm_scope = add ? RT_SCOPE_UNIVERSE : RT_SCOPE_NOWHERE,
                      .rtm_type = RTN_UNICAST}};
        put(&request, RTA_DST, prefix.address, len);
        put(&request, RTA_OIF, &device, sizeof device);
        if (add && has_source) {
            put(&request, RTA_PREFSRC, source, len);
        }
        int error = ask_kernel(&request);
        if (error != 0 && add) {
            fprintf(stderr, "cannot route to the tunnel: %s\n", strerror(error));
            return false;
        }
    }
    return true;
}
