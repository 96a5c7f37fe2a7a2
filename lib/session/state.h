/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An established ISAKMP SA and its children as bytes, and back. The bytes are secret; who writes
 * them has them sealed.
 */
#ifndef IKE_STATE_H
#define IKE_STATE_H

#include "session/session.h"

/* Room that ike_state_write() needs at most. */
size_t ike_state_room(const struct ike_sa *sa);
void ike_state_write(const struct ike_sa *sa, struct ike_writer *w);
/* Makes the SA, `elapsed` ms older, and queues its events. Else nothing has changed: IKEV1_E_BLOB,
 * or what ikev1_import() says. */
int ike_state_read(struct ike_session *s, ikev1_bytes state, uint64_t elapsed, struct ike_sa **out);

#endif
