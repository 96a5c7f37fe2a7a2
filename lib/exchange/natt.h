/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NAT traversal: RFC 3947 and the drafts before it. All that they differ in is one row of a table.
 */
#ifndef IKE_NATT_H
#define IKE_NATT_H

#include "exchange/vendor.h"

struct ike_natt {
    uint8_t nat_d, nat_oa;      /* payload numbers */
    uint8_t addresses;          /* how many NAT-OA each side sends */
    bool floats;                /* to the encapsulated ports when a NAT was found */
    uint16_t tunnel, transport; /* values of the encapsulation attribute */
};

/* The best variant that both sides allow, as it stands in sa->natt; 0 = none. */
uint8_t ike_natt_choose(uint32_t allowed, uint32_t announced);
uint32_t ike_natt_allowed(const ikev1_phase1 *p); /* by a rule: IKE_CAN_BIT()s */
/* The variant in use: its row, NULL = none, and its IKE_CAN_BIT(), 0 = none. */
const struct ike_natt *ike_natt(const struct ike_sa *sa);
uint32_t ike_natt_bit(const struct ike_sa *sa);
bool ike_natt_known(uint8_t natt); /* is it one, or none? */
/* How payloads are numbered in this SA's messages. */
struct ike_numbering ike_numbering(const struct ike_sa *sa);
/* Of a message that may say itself by which variant. */
struct ike_numbering ike_numbering_in(const struct ike_sa *sa, const struct ike_header *h,
                                      ikev1_bytes body);

int ike_natd_put(const struct ike_xchg *x, struct ike_message_writer *m);
size_t ike_natd_size(const struct ike_xchg *x); /* bytes that it will write */
int ike_natd_got(const struct ike_xchg *x, const struct ike_algs *algs,
                 const struct ike_received *in, struct ike_staged *st);
void ike_natt_float(struct ike_xchg *x); /* initiator, before message 5: to the other ports */
/* Has a peer that came by these encapsulated ports floated there? */
bool ike_natt_floats(const struct ike_sa *sa);

uint16_t ike_encapsulation(const struct ike_sa *sa, uint8_t mode); /* tunnel -> UDP tunnel */
uint8_t ike_plain_mode(uint16_t encapsulation); /* and back; 0 = no mode that we know */

/* NAT-OA, in messages 1 and 2 of a Quick Mode for transport mode (RFC 3947 5.2). */
void ike_natoa_put(const struct ike_xchg *x, struct ike_message_writer *m);
int ike_natoa_got(const struct ike_xchg *x, const struct ike_received *in, struct ike_staged *st,
                  ikev1_why *why);

#endif
