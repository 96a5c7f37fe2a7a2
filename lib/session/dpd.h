/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dead peer detection (RFC 3706): whoever has not been heard of for a while is asked, and when it
 * does not answer, the host is told. What becomes of its SAs is the host's affair.
 */
#ifndef IKE_DPD_H
#define IKE_DPD_H

#include "session/session.h"

struct ike_notify;

/* Of an SA that is established: as the rule has it. IKEV1_E_MEMORY. */
int ike_dpd_new(struct ike_sa *sa, const struct ike_profile *profile);
/* The peer has shown under keys that it is there, by a message or by traffic. */
void ike_dpd_heard(struct ike_sa *sa);
/* Traffic has gone its way. */
void ike_dpd_sent(struct ike_sa *sa);
/* Is it an R-U-THERE or its answer? Then it has been dealt with. */
bool ike_dpd_notified(struct ike_sa *sa, const struct ike_notify *n);
ikev1_time ike_dpd_at(const struct ike_sa *sa);
void ike_dpd_due(struct ike_sa *sa);

#endif
