/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The UDP side of a host: which socket, which address of ours, and the four zero bytes that tell
 * IKE from ESP on the port they share (RFC 3948).
 */
#ifndef GATEWAY_NET_H
#define GATEWAY_NET_H

#include <poll.h>

#include <ikev1/ikev1.h>

enum { NET_MAX_SOCKETS = 16, NET_MAX_DATAGRAM = 65536 };

struct net {
    struct pollfd poll[NET_MAX_SOCKETS];  /* for ppoll() */
    ikev1_address bound[NET_MAX_SOCKETS]; /* all zero = every address of its family */
    bool encapsulated[NET_MAX_SOCKETS];   /* the port that IKE shares with ESP */
    size_t count;
};

/* Opens one socket more, and says so. False after saying why not on stderr. */
bool net_open(struct net *net, const ikev1_address *address, bool encapsulated);

void net_close(struct net *net);

/*
 * The next datagram of socket `i`, as ikev1_engine_input() wants it: without marker, and with the
 * address it was sent to. ESP and keepalives are not for IKE and are left out.
 * Returns 1 with `path` and `ike` (which points into `buffer`) filled, 0 when there is none now.
 */
int net_receive(struct net *net, size_t i, uint8_t *buffer, size_t cap, ikev1_path *path,
                ikev1_bytes *ike);

/* Sends from the address and the kind of port the packet names. */
bool net_send(const struct net *net, const ikev1_packet *packet);

/* Which address of ours leads to a peer. Nothing is sent for it. */
bool net_source(const ikev1_address *peer, ikev1_address *source);

#endif
