/* SPDX-License-Identifier: Apache-2.0 */
/* UDP on poll(). A socket bound to every address still learns where a datagram was sent to, and
 * answers from there: peers, NAT detection and identities depend on it. */
#define _GNU_SOURCE /* struct in6_pktinfo */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway_net.h"

/* Room for one IP_PKTINFO or IPV6_PKTINFO, aligned as control messages must be. */
union control {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

/* ---- addresses: the library's and the system's ---- */

static socklen_t to_system(const ikev1_address *from, struct sockaddr_storage *to) {
    memset(to, 0, sizeof *to);
    if (from->family == 4) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)to;
        v4->sin_family = AF_INET;
        v4->sin_port = htons(from->port);
        memcpy(&v4->sin_addr, from->ip, 4);
        return sizeof *v4;
    }
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(from->port);
    memcpy(&v6->sin6_addr, from->ip, 16);
    return sizeof *v6;
}

static ikev1_address from_system(const struct sockaddr_storage *from) {
    ikev1_address to = {0};
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
        to.family = 4;
        to.port = ntohs(v4->sin_port);
        memcpy(to.ip, &v4->sin_addr, 4);
    } else if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
        to.family = 6;
        to.port = ntohs(v6->sin6_port);
        memcpy(to.ip, &v6->sin6_addr, 16);
    }
    return to;
}

static bool same_ip(const ikev1_address *a, const ikev1_address *b) {
    return a->family == b->family && memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

static bool is_wildcard(const ikev1_address *address) {
    static const uint8_t ZERO[16] = {0};
    return memcmp(address->ip, ZERO, sizeof ZERO) == 0;
}

/* ---- opening and closing ---- */

static int open_socket(const ikev1_address *address) {
    bool v4 = address->family == 4;
    int fd = socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;
    if (fd < 0) {
        return -1;
    }
    int done = v4 ? setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on)
                  : setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
    if (done == 0 && !v4) { /* or :: would take 0.0.0.0 with it */
        done = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
    struct sockaddr_storage system;
    socklen_t len = to_system(address, &system);
    if (done != 0 || bind(fd, (const struct sockaddr *)&system, len) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

bool net_open(struct net *net, const ikev1_address *address, bool encapsulated) {
    if (net->count == NET_MAX_SOCKETS) {
        fprintf(stderr, "too many sockets\n");
        return false;
    }
    int fd = open_socket(address);
    char text[INET6_ADDRSTRLEN];
    inet_ntop(address->family == 4 ? AF_INET : AF_INET6, address->ip, text, sizeof text);
    if (fd < 0) {
        fprintf(stderr, "cannot listen on %s port %u: %s\n", text, (unsigned)address->port,
                strerror(errno));
        return false;
    }
    net->poll[net->count] = (struct pollfd){.fd = fd, .events = POLLIN};
    net->bound[net->count] = *address;
    net->encapsulated[net->count] = encapsulated;
    net->count++;
    printf("listening on %s port %u\n", text, (unsigned)address->port);
    return true;
}

void net_close(struct net *net) {
    for (size_t i = 0; i < net->count; i++) {
        close(net->poll[i].fd);
    }
    net->count = 0;
}

/* ---- receiving ---- */

/* The address in a control message that came with the datagram. */
static void read_destination(struct msghdr *message, ikev1_address *local) {
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            memcpy(local->ip, &info.ipi_addr, 4);
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            memcpy(local->ip, &info.ipi6_addr, 16);
        }
    }
}

int net_receive(struct net *net, size_t i, uint8_t *buffer, size_t cap, ikev1_path *path,
                ikev1_bytes *ike) {
    for (;;) {
        struct sockaddr_storage from;
        union control control;
        struct iovec data = {.iov_base = buffer, .iov_len = cap};
        struct msghdr message = {.msg_name = &from,
                                 .msg_namelen = sizeof from,
                                 .msg_iov = &data,
                                 .msg_iovlen = 1,
                                 .msg_control = &control,
                                 .msg_controllen = sizeof control};
        ssize_t len = recvmsg(net->poll[i].fd, &message, 0);
        if (len < 0 && errno == EINTR) {
            continue;
        }
        if (len < 0) {
            return 0; /* nothing there, or an error of the moment: poll() calls again */
        }
        path->local = net->bound[i];
        path->remote = from_system(&from);
        path->encapsulated = net->encapsulated[i];
        read_destination(&message, &path->local);
        bool whole = (message.msg_flags & MSG_TRUNC) == 0;
        /* A real gateway has set UDP_ENCAP here, and its kernel has kept the ESP to itself. */
        if (whole &&
            ikev1_classify(path->encapsulated, buffer, (size_t)len, ike) == IKEV1_KIND_IKE) {
            return 1;
        }
    }
}

/* ---- sending ---- */

static int find_socket(const struct net *net, const ikev1_path *path) {
    int wildcard = -1;
    for (size_t i = 0; i < net->count; i++) {
        if (net->encapsulated[i] != path->encapsulated ||
            net->bound[i].family != path->remote.family) {
            continue;
        }
        if (same_ip(&net->bound[i], &path->local)) {
            return net->poll[i].fd;
        }
        if (is_wildcard(&net->bound[i])) {
            wildcard = net->poll[i].fd;
        }
    }
    return wildcard;
}

/* Says from which of our addresses the datagram leaves. */
static void write_source(struct msghdr *message, union control *control,
                         const ikev1_address *local) {
    bool v4 = local->family == 4;
    size_t len = v4 ? sizeof(struct in_pktinfo) : sizeof(struct in6_pktinfo);
    memset(control, 0, sizeof *control);
    message->msg_control = control;
    message->msg_controllen = CMSG_SPACE(len);
    struct cmsghdr *c = CMSG_FIRSTHDR(message);
    c->cmsg_level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
    c->cmsg_type = v4 ? IP_PKTINFO : IPV6_PKTINFO;
    c->cmsg_len = CMSG_LEN(len);
    struct in_pktinfo info4 = {0};
    struct in6_pktinfo info6 = {0};
    memcpy(&info4.ipi_spec_dst, local->ip, 4);
    memcpy(&info6.ipi6_addr, local->ip, 16);
    memcpy(CMSG_DATA(c), v4 ? (void *)&info4 : (void *)&info6, len);
}

bool net_send(const struct net *net, const ikev1_packet *packet) {
    static const uint8_t MARKER[4] = {0};
    const ikev1_path *path = &packet->path;
    bool marked = path->encapsulated && !packet->keepalive;
    struct iovec data[2] = {{.iov_base = (void *)MARKER, .iov_len = marked ? sizeof MARKER : 0},
                            {.iov_base = (void *)packet->data, .iov_len = packet->len}};
    struct sockaddr_storage to;
    union control control;
    struct msghdr message = {.msg_name = &to,
                             .msg_namelen = to_system(&path->remote, &to),
                             .msg_iov = data,
                             .msg_iovlen = 2};
    if (path->local.family == path->remote.family) {
        write_source(&message, &control, &path->local);
    }
    int fd = find_socket(net, path);
    return fd >= 0 && sendmsg(fd, &message, 0) == (ssize_t)(data[0].iov_len + data[1].iov_len);
}

bool net_source(const ikev1_address *peer, ikev1_address *source) {
    struct sockaddr_storage system;
    socklen_t len = to_system(peer, &system);
    int fd = socket(system.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool found = fd >= 0 && connect(fd, (const struct sockaddr *)&system, len) == 0;
    len = sizeof system;
    found = found && getsockname(fd, (struct sockaddr *)&system, &len) == 0;
    if (fd >= 0) {
        close(fd);
    }
    if (found) {
        *source = from_system(&system);
    }
    return found;
}
