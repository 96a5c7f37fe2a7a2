/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to the host.
 */
#ifndef IKE_ASK_H
#define IKE_ASK_H

#include "exchange/objects.h"

ikev1_question ike_question(const struct ike_sa *sa, const struct ike_xchg *x);
int ike_ask_phase1(struct ike_context *ctx, ikev1_question *q, ikev1_phase1 *answer,
                   ikev1_why *why);
/* Is it long enough? IKEV1_E_NO_CREDENTIAL, IKEV1_E_WEAK. */
int ike_check_psk(const struct ike_context *ctx, ikev1_bytes psk, ikev1_why *why);
int ike_ask_psk(struct ike_context *ctx, ikev1_question *q, ikev1_bytes *answer, ikev1_why *why);
int ike_ask_phase2(struct ike_context *ctx, ikev1_question *q, ikev1_phase2 *answer,
                   ikev1_why *why);
int ike_ask_certs(struct ike_context *ctx, ikev1_question *q, ikev1_certs *answer);
int ike_ask_sign(struct ike_context *ctx, ikev1_question *q, const ikev1_signature *what,
                 ikev1_bytes *answer, ikev1_why *why);
int ike_ask_verify(struct ike_context *ctx, ikev1_question *q, const ikev1_signature *what,
                   ikev1_why *why);
int ike_ask_dh(struct ike_context *ctx, ikev1_question *q, const ikev1_dh *what,
               ikev1_bytes *answer, ikev1_why *why);
int ike_ask_spi(struct ike_context *ctx, ikev1_question *q, uint8_t protocol, uint32_t *spi);
/* XAUTH and Mode Config. */
int ike_ask_xauth_user(struct ike_context *ctx, ikev1_question *q, const ikev1_xauth *request,
                       ikev1_xauth *answer, ikev1_why *why);
int ike_ask_xauth_verify(struct ike_context *ctx, ikev1_question *q, const ikev1_xauth *reply,
                         ikev1_xauth *next, ikev1_why *why);
int ike_ask_lease(struct ike_context *ctx, ikev1_question *q, const ikev1_lease_request *request,
                  ikev1_lease *answer, ikev1_why *why);

#endif
