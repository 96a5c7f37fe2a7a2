/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "gateway_net.h"
#include "gateway_peers.h"

struct peer {
    struct peer *next;
    ikev1_handle sa;
    ikev1_address address;
};

static struct peer **find_sa(struct peers *peers, ikev1_handle sa) {
    struct peer **at = &peers->first;
    while (*at != NULL && (*at)->sa != sa) {
        at = &(*at)->next;
    }
    return at;
}

static void add(struct peers *peers, const ikev1_event *event) {
    struct peer *peer = malloc(sizeof *peer);
    if (peer != NULL) {
        *peer = (struct peer){peers->first, event->sa, event->path.remote};
        peers->first = peer;
    }
}

void peers_event(struct peers *peers, const ikev1_event *event) {
    struct peer **at = find_sa(peers, event->sa), *peer = *at;
    if (event->type == IKEV1_EVENT_SA_UP) {
        add(peers, event);
    } else if (event->type == IKEV1_EVENT_SA_MOVED && peer != NULL) {
        peer->address = event->path.remote;
    } else if (event->type == IKEV1_EVENT_SA_DOWN && peer != NULL) {
        *at = peer->next;
        free(peer);
    }
}

static bool is_from(const struct peer *peer, const ikev1_path *path) {
    return net_same_ip(&peer->address, &path->remote) &&
           (!path->encapsulated || peer->address.port == path->remote.port);
}

ikev1_handle peers_find(const struct peers *peers, const ikev1_path *path) {
    const struct peer *peer = peers->first;
    while (peer != NULL && !is_from(peer, path)) {
        peer = peer->next;
    }
    return peer != NULL ? peer->sa : 0;
}
