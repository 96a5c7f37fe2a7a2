/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets on poll(). One bound to every address still learns where a datagram was sent to, and
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

enum { UDP_HEADER = 8 };

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

bool net_same_ip(const ikev1_address *a, const ikev1_address *b) {
    return a->family == b->family && memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

static bool is_wildcard(const ikev1_address *address) {
    static const uint8_t ZERO[16] = {0};
    return memcmp(address->ip, ZERO, sizeof ZERO) == 0;
}

/* ---- opening and closing ---- */

static bool is_raw(enum net_kind kind) {
    return kind == NET_ESP || kind == NET_ESP_UDP;
}

static int open_socket(const ikev1_address *address, enum net_kind kind) {
    bool v4 = address->family == 4, raw = is_raw(kind);
    int fd = socket(v4 ? AF_INET : AF_INET6,
                    (raw ? SOCK_RAW : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC,
                    kind == NET_ESP ? IPPROTO_ESP : IPPROTO_UDP);
    int on = 1;
    if (fd < 0) {
        return -1;
    }
    int done = v4 ? setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on)
                  : setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
    if (done == 0 && !v4 && !raw) { /* or :: would take 0.0.0.0 with it */
        done = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
    /* many peers at once; where it may not be had, what the system gives has to do */
    const int room = 1 << 20;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
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

static bool add(struct net *net, int fd, const ikev1_address *bound, enum net_kind kind) {
    if (net->count == NET_MAX_SOCKETS) {
        fprintf(stderr, "too many sockets\n");
        return false;
    }
    net->poll[net->count] = (struct pollfd){.fd = fd, .events = POLLIN};
    net->bound[net->count] = *bound;
    net->kind[net->count] = (uint8_t)kind;
    net->count++;
    return true;
}

bool net_open(struct net *net, const ikev1_address *address, enum net_kind kind) {
    char text[INET6_ADDRSTRLEN], port[16];
    inet_ntop(address->family == 4 ? AF_INET : AF_INET6, address->ip, text, sizeof text);
    snprintf(port, sizeof port, "port %u", (unsigned)address->port);
    const char *what = kind == NET_ESP ? "for ESP" : kind == NET_ESP_UDP ? "for ESP in UDP" : port;
    int fd = open_socket(address, kind);
    if (fd < 0) {
        fprintf(stderr, "cannot listen on %s %s: %s\n", text, what, strerror(errno));
        return false;
    }
    if (!add(net, fd, address, kind)) {
        close(fd);
        return false;
    }
    printf("listening on %s %s\n", text, what);
    return true;
}

bool net_watch(struct net *net, int fd) {
    const ikev1_address none = {0};
    return add(net, fd, &none, NET_OTHER);
}

void net_close(struct net *net) {
    for (size_t i = 0; i < net->count; i++) {
        if (net->kind[i] != NET_OTHER) {
            close(net->poll[i].fd);
        }
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

/* Takes bytes from the front; false = there is nothing behind them. */
static bool cut(ikev1_bytes *message, size_t len) {
    bool enough = len < message->len;
    *message = enough ? (ikev1_bytes){message->data + len, message->len - len} : *message;
    return enough;
}

/* Raw IPv4 sockets give the IP header too, and those for UDP its own. */
static enum net_got classify_raw(const struct net *net, size_t i, ikev1_path *path,
                                 ikev1_bytes *message) {
    const bool v4 = path->local.family == 4;
    if (message->len == 0 || !cut(message, v4 ? (message->data[0] & 15u) * 4u : 0)) {
        return NET_NOTHING;
    }
    if (net->kind[i] == NET_ESP) {
        return NET_GOT_ESP;
    }
    const uint8_t *udp = message->data;
    if (!cut(message, UDP_HEADER) || (udp[2] << 8 | udp[3]) != net->bound[i].port) {
        return NET_NOTHING;
    }
    path->remote.port = (uint16_t)(udp[0] << 8 | udp[1]);
    path->encapsulated = true;
    return NET_GOT_ESP;
}

/* What a datagram is; `message` begins as all of it. */
static enum net_got classify(enum net_kind kind, ikev1_bytes *message) {
    ikev1_bytes ike;
    switch (ikev1_classify(kind == NET_SHARED, message->data, message->len, &ike)) {
    case IKEV1_KIND_IKE:
        *message = ike;
        return NET_GOT_IKE;
    case IKEV1_KIND_ESP:
        return NET_GOT_ESP;
    default:
        return NET_NOTHING;
    }
}

enum net_got net_receive(struct net *net, size_t i, uint8_t *buffer, size_t cap, ikev1_path *path,
                         ikev1_bytes *message) {
    for (;;) {
        struct sockaddr_storage from;
        union control control;
        struct iovec data = {.iov_base = buffer, .iov_len = cap};
        struct msghdr header = {.msg_name = &from,
                                .msg_namelen = sizeof from,
                                .msg_iov = &data,
                                .msg_iovlen = 1,
                                .msg_control = &control,
                                .msg_controllen = sizeof control};
        ssize_t len = recvmsg(net->poll[i].fd, &header, 0);
        if (len < 0 && errno == EINTR) {
            continue;
        }
        if (len < 0) {
            return NET_NOTHING; /* or an error of the moment: poll() calls again */
        }
        path->local = net->bound[i];
        path->remote = from_system(&from);
        path->encapsulated = net->kind[i] == NET_SHARED;
        read_destination(&header, &path->local);
        *message = (ikev1_bytes){buffer, (size_t)len};
        enum net_got got = is_raw(net->kind[i]) ? classify_raw(net, i, path, message)
                                                : classify(net->kind[i], message);
        if (got != NET_NOTHING && (header.msg_flags & MSG_TRUNC) == 0) {
            return got;
        }
    }
}

/* ---- sending ---- */

static int find_socket(const struct net *net, enum net_kind kind, const ikev1_path *path) {
    int wildcard = -1;
    for (size_t i = 0; i < net->count; i++) {
        if (net->kind[i] != kind || net->bound[i].family != path->remote.family) {
            continue;
        }
        if (net_same_ip(&net->bound[i], &path->local)) {
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

static bool transmit(const struct net *net, enum net_kind kind, const ikev1_path *path, bool marked,
                     ikev1_bytes packet) {
    static const uint8_t MARKER[4] = {0};
    struct iovec data[2] = {{.iov_base = (void *)MARKER, .iov_len = marked ? sizeof MARKER : 0},
                            {.iov_base = (void *)packet.data, .iov_len = packet.len}};
    ikev1_address remote = path->remote;
    remote.port = kind == NET_ESP ? 0 : remote.port; /* a raw socket takes it for a protocol */
    struct sockaddr_storage to;
    union control control;
    struct msghdr message = {
        .msg_name = &to, .msg_namelen = to_system(&remote, &to), .msg_iov = data, .msg_iovlen = 2};
    if (path->local.family == path->remote.family) {
        write_source(&message, &control, &path->local);
    }
    int fd = find_socket(net, kind, path);
    return fd >= 0 && sendmsg(fd, &message, 0) == (ssize_t)(data[0].iov_len + data[1].iov_len);
}

bool net_send(const struct net *net, const ikev1_packet *packet) {
    bool shared = packet->path.encapsulated;
    return transmit(net, shared ? NET_SHARED : NET_IKE, &packet->path, shared && !packet->keepalive,
                    (ikev1_bytes){packet->data, packet->len});
}

bool net_send_esp(const struct net *net, const ikev1_path *path, bool udp, ikev1_bytes packet) {
    return transmit(net, udp ? NET_SHARED : NET_ESP, path, false, packet);
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
