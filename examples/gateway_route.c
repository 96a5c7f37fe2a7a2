/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getifaddrs() */
#include <errno.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway_prefix.h"
#include "gateway_route.h"

struct request {
    struct nlmsghdr header;
    union {
        struct rtmsg route;
        struct ifaddrmsg address;
    };
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

/* ---- our own addresses ---- */

/* The first of them that is in a range, and the device that has it. */
static bool find_own(const ikev1_selector *range, uint8_t address[16], int *device) {
    struct ifaddrs *first = NULL;
    bool found = false;
    if (getifaddrs(&first) != 0) {
        return false;
    }
    for (const struct ifaddrs *a = first; a != NULL && !found; a = a->ifa_next) {
        const void *system = a->ifa_addr;
        if (system != NULL && a->ifa_addr->sa_family == AF_INET && range->family == 4) {
            memcpy(address, &((const struct sockaddr_in *)system)->sin_addr, 4);
            found = prefix_covers(range, 4, address);
        } else if (system != NULL && a->ifa_addr->sa_family == AF_INET6 && range->family == 6) {
            memcpy(address, &((const struct sockaddr_in6 *)system)->sin6_addr, 16);
            found = prefix_covers(range, 6, address);
        }
        *device = found ? (int)if_nametoindex(a->ifa_name) : 0;
    }
    freeifaddrs(first);
    return found;
}

int route_device(const ikev1_address *local) {
    ikev1_selector range = {.family = local->family};
    uint8_t address[16];
    int device = 0;
    memcpy(range.start, local->ip, sizeof range.start);
    memcpy(range.end, local->ip, sizeof range.end);
    find_own(&range, address, &device);
    return device;
}

/* ---- routes ---- */

bool route_set(bool add, int device, const ikev1_selector *local, const ikev1_selector *remote) {
    uint8_t source[16];
    int unused = 0;
    struct prefix all;
    bool limited = !prefix_whole(local, &all) || all.len > 0; /* else any address will do */
    bool has_source = limited && find_own(local, source, &unused);
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

bool route_set_address(bool add, int device, const ikev1_address *address) {
    bool v4 = address->family == 4;
    struct request request = {
        .header = {.nlmsg_len = NLMSG_LENGTH(sizeof request.address),
                   .nlmsg_type = add ? RTM_NEWADDR : RTM_DELADDR,
                   .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK |
                                             (add ? NLM_F_CREATE | NLM_F_REPLACE : 0))},
        .address = {.ifa_family = v4 ? AF_INET : AF_INET6,
                    .ifa_prefixlen = v4 ? 32 : 128,
                    .ifa_index = (unsigned)device}};
    put(&request, IFA_LOCAL, address->ip, v4 ? 4 : 16);
    int error = ask_kernel(&request);
    if (error != 0) {
        fprintf(stderr, "cannot set the tunnel's address: %s\n", strerror(error));
    }
    return error == 0;
}
