/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel asks for an SA that a policy lacks. */
#define _GNU_SOURCE /* SOCK_CLOEXEC, SOCK_NONBLOCK */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway_xfrm_talk.h"

int xfrm_listen(void) {
    struct sockaddr_nl name = {.nl_family = AF_NETLINK, .nl_groups = 1 << (XFRMNLGRP_ACQUIRE - 1)};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_XFRM);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&name, sizeof name) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

/* The first template of the policy names it. */
static int find_template(const struct nlattr *attribute, void *user) {
    uint32_t *id = user;
    if (mnl_attr_get_type(attribute) == XFRMA_TMPL &&
        mnl_attr_get_payload_len(attribute) >= sizeof(struct xfrm_user_tmpl)) {
        const struct xfrm_user_tmpl *t = mnl_attr_get_payload(attribute);
        *id = t->reqid;
    }
    return MNL_CB_OK;
}

uint32_t xfrm_asked(int fd) {
    union {
        struct nlmsghdr message;
        uint8_t room[XFRM_MESSAGE];
    } got;
    for (;;) {
        uint32_t id = 0;
        struct sockaddr_nl from = {.nl_pid = 1};
        socklen_t size = sizeof from;
        ssize_t len = recvfrom(fd, got.room, sizeof got.room, 0, (struct sockaddr *)&from, &size);
        if (len < 0) {
            return 0;
        }
        if (from.nl_pid == 0 && mnl_nlmsg_ok(&got.message, (int)len) &&
            got.message.nlmsg_type == XFRM_MSG_ACQUIRE) {
            mnl_attr_parse(&got.message, sizeof(struct xfrm_user_acquire), find_template, &id);
        }
        if (id != 0) {
            return id;
        }
    }
}
