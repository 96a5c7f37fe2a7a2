/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quick Mode's own parts: offers and choices of phase 2, selectors, and the IPsec SAs that come of
 * them. quick.c puts them together to messages.
 */
#ifndef IKE_QUICK_H
#define IKE_QUICK_H

#include "exchange/script.h"

uint32_t ike_running(const struct ike_sa *sa); /* Quick Modes that are not finished */

/* ---- offer.c: the host's answer and what is written of it ---- */

/* The host's ith suite as the wire has it. */
struct ike_lifetime ike_lifetime2(const ikev1_phase2 *p); /* the default settled */
struct ike_suite ike_suite2(const ikev1_phase2 *p, size_t i, uint16_t encapsulation);
/* How many suites the bundle has that begins with the ith: at least 1. */
size_t ike_bundle_size(const ikev1_phase2 *p, size_t i);
/* Can it be used at all? AH cannot pass a NAT (RFC 3715 2.1). */
bool ike_is_usable(const ikev1_phase2 *p, size_t i, uint16_t encapsulation);
bool ike_accepts_group(const ikev1_phase2 *p, uint16_t group);
/* Is the host's answer usable with this engine? IKEV1_E_CONFIG, _UNSUPPORTED, _WEAK. */
int ike_check_phase2(const struct ike_context *ctx, const ikev1_phase2 *p, ikev1_why *why);

/* Our SA body, with the SPIs of the child's members. */
void ike_offer2(struct ike_writer *w, const ikev1_phase2 *p, uint16_t encapsulation,
                const struct ike_child *child);
void ike_chosen2(struct ike_writer *w, const struct ike_child *child);
/* Appends an SA body to those that the exchange has offered; the nth of them, from 0. */
int ike_offers_add(struct ike_xchg *x, struct ike_blob *offers, ikev1_bytes body);
ikev1_bytes ike_offers_at(const struct ike_xchg *x, size_t nth);

/* ---- choice2.c: of what is offered, a suite or a bundle, never a part of one ---- */

/* The first of ours that the peer offers, into terms: members and group. IKEV1_E_NO_PROPOSAL with
 * the differences, nearest pair first. */
int ike_choose2(const struct ike_context *ctx, const ikev1_phase2 *p, uint16_t encapsulation,
                ikev1_bytes sa_body, struct ike_terms *terms, ikev1_why *why);
/* The peer's answer must be one of the proposals in our own SA body. IKEV1_E_BAD_CHOICE. */
int ike_check_choice2(const struct ike_context *ctx, ikev1_bytes offered, ikev1_bytes answer,
                      struct ike_terms *terms, ikev1_why *why);

/* ---- quick_life.c: lifetimes, and what is said of a pair beside its SA ---- */

/* What the members' lifetimes and ours come to; `unnamed` is what saying nothing of seconds means.
 * IKEV1_E_LIFETIME. */
int ike_quick_life(struct ike_terms *t, uint8_t policy, struct ike_lifetime ours, uint32_t unnamed,
                   struct ike_staged *st, ikev1_why *why);
/* RESPONDER-LIFETIME for each pair whose initiator has to hear of it, REPLAY-STATUS where the host
 * wants that; what the responder says of the pairs of its answer. */
void ike_quick_put_status(const struct ike_xchg *x, struct ike_message_writer *m);
void ike_quick_got_status(const struct ike_received *in, struct ike_terms *terms, size_t count);

/* ---- selector.c: RFC 2407 4.6.2 in phase 2 ---- */

/* The selectors of the host's answer, with the ends of the path where it says so; whether there are
 * ID payloads. */
void ike_selectors_own(struct ike_terms *t, const ikev1_phase2 *p, const ikev1_path *path);
/* Both values of a cause, for people (mission S7). */
void ike_why_selectors(ikev1_why *why, const ikev1_selector *theirs, const ikev1_selector *ours);
/* The peer's, out of its ID payloads; absent ones mean the ends of the path. */
int ike_selectors_read(const struct ike_xchg *x, const struct ike_received *in,
                       struct ike_staged *st, struct ike_terms *t, ikev1_why *why);
/* Responder: t becomes what is used. IKEV1_E_LOCAL_ID, IKEV1_E_REMOTE_ID. */
int ike_selectors_accept(const struct ike_xchg *x, const ikev1_phase2 *p, struct ike_staged *st,
                         struct ike_terms *t, ikev1_why *why);
/* Initiator: is t, the answer, what the child has offered, or what its rule takes instead? */
int ike_selectors_answered(const struct ike_child *child, struct ike_staged *st,
                           const struct ike_terms *t, ikev1_why *why);
/* As packets have them at our end. */
void ike_selectors_packet(ikev1_ipsec *s, const struct ike_sa *sa, bool tunnel);

/* Refuses a Quick Mode and says so to the peer. */
int ike_quick_refuse(struct ike_staged *st, ikev1_why *why, int code, uint8_t payload,
                     uint16_t notify);

/* ---- child.c: the IPsec SAs that a Quick Mode makes ---- */

/* A child has one member for each of these protocols, in the order given; what it has already
 * stays. IKEV1_E_MEMORY; IKEV1_E_CONFIG when it has others. */
int ike_members_set(struct ike_child *child, const uint8_t *protocols, size_t count);
void ike_members_free(struct ike_child *child);
/* The children that the staged terms are for, with their members. IKEV1_E_MEMORY: as it was. */
int ike_children_prepare(struct ike_xchg *x, const struct ike_staged *st);
void ike_children_settle(struct ike_xchg *x, const struct ike_staged *st);
/* The peer's SPIs: none that we have already for another direction or pair. IKEV1_E_SPI. */
int ike_check_spis(const struct ike_xchg *x, struct ike_staged *st, ikev1_why *why);
/* Our inbound SPIs, once: the host's, or drawn until no other SA of ours has them. */
int ike_child_spis(struct ike_xchg *x, struct ike_child *child);
int ike_children_keys(struct ike_xchg *x,
                      ikev1_why *why); /* fills inbound and outbound of each child, once */
/* What a kernel is told of one direction, without keys; NULL = no memory. */
struct ike_detail *ike_child_describe(const struct ike_child *child, bool inbound);

#endif
