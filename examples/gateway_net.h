/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sockets of a host: UDP for IKE, and for ESP where it shares a port with it, told apart by
 * four zero bytes (RFC 3948); raw ones for ESP by itself, where the gateway carries the traffic.
 */
#ifndef GATEWAY_NET_H
#define GATEWAY_NET_H

#include <poll.h>

#include <ikev1/ikev1.h>

enum { NET_MAX_SOCKETS = 40, NET_MAX_DATAGRAM = 65536 };

enum net_kind {
    NET_IKE,     /* UDP, for IKE alone */
    NET_SHARED,  /* UDP, for IKE and ESP */
    NET_ESP,     /* IP protocol 50; its port is 0 */
    NET_ESP_UDP, /* raw: copies of the ESP that comes to that port of UDP */
    NET_OTHER,   /* not a socket of ours */
};

struct net {
    struct pollfd poll[NET_MAX_SOCKETS];  /* for ppoll() */
    ikev1_address bound[NET_MAX_SOCKETS]; /* all zero = every address of its family */
    uint8_t kind[NET_MAX_SOCKETS];        /* enum net_kind */
    size_t count;
};

/* Opens one socket more, and says so. False after saying why not on stderr. */
bool net_open(struct net *net, const ikev1_address *address, enum net_kind kind);

/* Has ppoll() wait for another file too, which net_close() then leaves alone. */
bool net_watch(struct net *net, int fd);

void net_close(struct net *net);

enum net_got { NET_NOTHING, NET_GOT_IKE, NET_GOT_ESP };

/*
 * The next message of socket `i`, with the address it was sent to. IKE as ikev1_engine_input()
 * wants it, without marker; ESP from its SPI on. Keepalives and what is too short are left out.
 * `path` and `message` (which points into `buffer`) are filled unless there is nothing now.
 */
enum net_got net_receive(struct net *net, size_t i, uint8_t *buffer, size_t cap, ikev1_path *path,
                         ikev1_bytes *message);

/* Sends from the address and the kind of port the packet names. */
bool net_send(const struct net *net, const ikev1_packet *packet);

/* Sends an ESP packet, in UDP on the ports of the path or by itself. */
bool net_send_esp(const struct net *net, const ikev1_path *path, bool udp, ikev1_bytes packet);

/* Whatever their ports. */
bool net_same_ip(const ikev1_address *a, const ikev1_address *b);

/* Which address of ours leads to a peer. Nothing is sent for it. */
bool net_source(const ikev1_address *peer, ikev1_address *source);

#endif
