/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages that come in pieces: one at a time for an SA, and few at a time in all.
 */
#ifndef IKE_PIECES_H
#define IKE_PIECES_H

#include "session/session.h"

/* A fragment. When its message is whole it is in `*whole`, to be freed: IKEV1_OK. IKEV1_PENDING:
 * kept. Else refused; a set that cannot become a message is gone. */
int ike_pieces_got(struct ike_sa *sa, const struct ike_header *h, ikev1_bytes datagram,
                   struct ike_blob *whole, ikev1_why *why);
void ike_pieces_due(struct ike_timer *timer);
void ike_pieces_free(struct ike_sa *sa);

#endif
