/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of SAs that are up: they are replaced before their time is over, taken over by newer
 * ones, idle, lost and connected again.
 *
 * Two ends may replace the same SA at the same time. Who has begun a replacement ends what it
 * replaces, and nobody ends what the other has begun, unless the peer has shown that it does
 * without. Of two new ones, each begun by another end, the one goes that has the lowest of all
 * their SPIs (RFC 7296 2.8.1 has this rule for nonces): both ends know all four, whenever they
 * learn of them. For ISAKMP SAs that is the initiator's cookie.
 */
#ifndef IKE_LIFE_H
#define IKE_LIFE_H

#include <ikev1/engine.h>
#include "session/session.h"

/* ---- connect.c: a rule's negotiation, and when it comes again ---- */

/* Begins phase 1 for a rule; `old` NULL, or the SA that it replaces. */
int ike_phase1_start(struct ike_session *s, uint32_t rule, struct ike_sa *old, ikev1_handle *out,
                     ikev1_why *why);
/* Phase 1, or on an SA of the rule Quick Mode. IKEV1_E_BUSY. */
int ike_connect(struct ike_session *s, uint32_t rule, ikev1_handle *sa, ikev1_why *why);
struct ike_again; /* a rule that is connected again when it is lost */
struct ike_again *ike_again_find(const struct ike_session *s, uint32_t rule);
bool ike_again_waits(const struct ike_again *again);
void ike_again_end(struct ike_again *again); /* NULL is allowed */
/* An ISAKMP SA, or one of its children, is up. */
void ike_again_settle(const struct ike_sa *sa, const struct ike_child *child);
/* Something of a rule has ended: by `code` and what there still is it shows whether it is missed.
 */
void ike_again_lost(struct ike_session *s, uint32_t rule, int code);
/* An ISAKMP SA has ended; if it was of ours, what the host has answered for it counts. */
void ike_again_failed(const struct ike_sa *sa, int code);
void ike_again_due(struct ike_timer *timer);
/* Has the rule an SA, or one in the making? */
bool ike_rule_served(const struct ike_session *s, uint32_t rule, bool up);

/* ---- rekey.c: replacements ---- */

/* Seconds after which an SA of this lifetime is replaced; 0 = not by us. */
uint32_t ike_rekey_after(struct ike_context *ctx, uint32_t life, uint32_t margin, uint8_t rekey,
                         bool initiator);
int ike_child_renew(struct ike_child *child, ikev1_why *why);
int ike_sa_renew(struct ike_sa *sa, ikev1_handle *out, ikev1_why *why);
/* By time, bytes or packets. */
void ike_child_renew_due(struct ike_child *child);
void ike_sa_renew_due(struct ike_sa *sa);
/* What was to replace something has ended before it was up: it will be tried again. */
void ike_quick_failed(const struct ike_child *child, int code);
void ike_phase1_failed(const struct ike_sa *sa);
/* Which pair the peer's Quick Mode replaces, as far as selectors tell. */
ikev1_handle ike_child_replaced_by(const struct ike_child *child);
/* A pair is up: what it replaces, and what is one too many, ends in a while. */
void ike_child_settle(struct ike_child *child);
/* The peer uses the pair. */
void ike_child_heard(struct ike_child *child);
bool ike_child_outdone(const struct ike_child *child); /* is there a newer one like it? */
/* A new ISAKMP SA is up, and what the peer says under it is proven. */
void ike_sa_settle(struct ike_sa *sa);

/* ---- adopt.c: children from one ISAKMP SA to another ---- */

enum { IKE_KIN = 64 }; /* SAs of one identity that are looked at; an identity may have many more */

/* The other SAs with the same peer: identity, rule and address. at NULL: the first. */
struct ike_sa *ike_kin(const struct ike_sa *sa, const struct ike_sa *at, unsigned *looked);
void ike_adopt(struct ike_sa *to, struct ike_sa *from);
/* Its time is over, or the peer has deleted it: its children go to a newer SA, or stay, or end. */
void ike_sa_retire(struct ike_sa *sa, const ikev1_why *why, bool tell);
/* The last child of an expired SA has gone. */
void ike_sa_emptied(struct ike_sa *sa, const ikev1_why *why);

/* ---- up.c: pairs whose Quick Mode is through, and the commit bit ---- */

void ike_quick_up(struct ike_xchg *x);   /* all of them; the exchange only answers duplicates */
void ike_quick_hold(struct ike_xchg *x); /* until the responder is CONNECTED, or a while */
/* Does that exchange wait for it? NULL = no. */
struct ike_xchg *ike_quick_held(const struct ike_sa *sa, uint32_t message_id);
void ike_connected(struct ike_sa *sa, uint32_t message_id, uint32_t spi);

/* ---- traffic.c: what passes through, and what follows ---- */

void ike_child_traffic(struct ike_child *child, const ikev1_traffic *total);

#endif
