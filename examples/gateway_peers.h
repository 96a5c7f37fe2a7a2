/* SPDX-License-Identifier: Apache-2.0 */
/* The ISAKMP SAs that are up, by where their peers are: who has sent a packet. */
#ifndef GATEWAY_PEERS_H
#define GATEWAY_PEERS_H

#include <ikev1/ikev1.h>

struct peer;

struct peers {
    struct peer *first; /* the newest */
};

/* Every event: some begin, move or end one. One that there is no memory for is not found. */
void peers_event(struct peers *peers, const ikev1_event *event);

/* The newest with whom a packet came from, in UDP by address and port, else by address; 0 = none.
 */
ikev1_handle peers_find(const struct peers *peers, const ikev1_path *path);

#endif
