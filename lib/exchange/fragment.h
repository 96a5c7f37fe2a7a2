/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fragments of IKE messages (vendor payload 132, as Cisco and Microsoft have it): a whole message,
 * header included, cut into pieces that each travel under a header of their own. What is in them is
 * as good as unauthenticated until they have been put together.
 */
#ifndef IKE_FRAGMENT_H
#define IKE_FRAGMENT_H

#include "exchange/objects.h"

enum {
    IKE_FRAGMENT_SIZE = 1200, /* of a message in pieces, each: fits what every path carries */
    IKE_FRAGMENT_LEAST = 256, /* that a host may want ... */
    IKE_FRAGMENT_MOST = 2048, /* ... and the most */
    IKE_FRAGMENTS_MOST = 255, /* their number is a byte */
    IKE_FRAGMENT_AFTER = 2,   /* retransmissions: then it may be the size that is in the way */
};

/* Is a message of this length sent in pieces? */
bool ike_goes_in_pieces(const struct ike_sa *sa, size_t len);
int ike_send_pieces(struct ike_sa *sa, ikev1_bytes message);
/* A message was sent again for the nth time: from then on in pieces, where that may help. */
void ike_fragment_tried(struct ike_sa *sa, unsigned tries);

#endif
