/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Phase 1: what is offered, chosen, and why nothing was.
 */
#ifndef IKE_PROPOSAL_H
#define IKE_PROPOSAL_H

#include "exchange/context.h"
#include "exchange/lifetime.h"

struct ike_lifetime ike_lifetime1(const ikev1_phase1 *p); /* the default settled */
/* The host's ith suite as the wire has it. */
struct ike_suite ike_suite1(const ikev1_phase1 *p, size_t i);
void ike_offer1(struct ike_writer *w, const ikev1_phase1 *p);
void ike_chosen1(struct ike_writer *w, const struct ike_suite *suite);
/* The first of our suites that the peer offers. IKEV1_E_NO_PROPOSAL with the differences, nearest
 * pair first. */
int ike_choose1(const struct ike_context *ctx, const ikev1_phase1 *p, ikev1_bytes sa_body,
                struct ike_suite *chosen, ikev1_why *why);
/* Is a suite that was chosen before one of these as well? Likewise. */
int ike_allows1(const struct ike_context *ctx, const ikev1_phase1 *p,
                const struct ike_suite *chosen, ikev1_why *why);
/* The peer's answer must be one of the transforms in our own SA body. IKEV1_E_BAD_CHOICE. */
int ike_check_choice1(const struct ike_context *ctx, ikev1_bytes offered, ikev1_bytes answer,
                      struct ike_suite *chosen, ikev1_why *why);
/* Is the host's answer usable with this engine? IKEV1_E_CONFIG, _UNSUPPORTED, _WEAK. */
int ike_check_phase1(const struct ike_context *ctx, const ikev1_phase1 *p, ikev1_why *why);

#endif
