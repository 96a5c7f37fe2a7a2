/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The networks of live connections, and how many connections a rule has.
 */
#ifndef IKE_SESSION_CLAIM_H
#define IKE_SESSION_CLAIM_H

#include "session/session.h"

/* Once its networks are settled, until it ends: they do not change in between. */
void ike_claim(struct ike_child *child);
void ike_unclaim(struct ike_child *child);
/* Pairs of a rule, those that are negotiated by the peer included. */
uint32_t ike_claims_of(const struct ike_session *s, uint32_t rule);
/* May the Quick Mode that the question is about go on with this answer? Room to count it is there
 * then. IKEV1_E_LIVE_CONFLICT, IKEV1_E_RULE_LIMIT, IKEV1_E_MEMORY. */
int ike_admits(struct ike_context *ctx, const ikev1_question *q, const ikev1_phase2 *p,
               ikev1_why *why);

#endif
