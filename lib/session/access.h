/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between phase 1 and Quick Mode: XAUTH and Mode Config from one Transaction to the next.
 */
#ifndef IKE_ACCESS_H
#define IKE_ACCESS_H

#include "exchange/transaction.h"
#include "session/session.h"

/* Begins what is ours to begin next; when nothing is left, the Quick Mode that was asked for. The
 * SA may have ended afterwards. */
void ike_access_go_on(struct ike_sa *sa);
void ike_access_due(struct ike_sa *sa);
/* The SA ends: nothing more becomes due, and whether its lease is free now is known. */
void ike_access_end(struct ike_sa *sa);
/* Is there nothing, or nothing more to come, of either? */
bool ike_access_is_over(const struct ike_sa *sa);
/* What the same peer has on another SA of ours; empty = nothing. */
ikev1_bytes ike_lease_of(const struct ike_sa *sa);

/* A Transaction that the peer begins. */
int ike_transaction_open(struct ike_sa *sa, const struct ike_header *h, ikev1_bytes datagram,
                         uint64_t hash, const ikev1_path *path, ikev1_why *why);
/* One more message in an exchange that is over: what libreswan pushes (CONFIG_IN_XAUTH). */
int ike_transaction_push(struct ike_xchg *over, const struct ike_header *h, ikev1_bytes datagram,
                         uint64_t hash, const ikev1_path *path, ikev1_why *why);
void ike_transaction_done(struct ike_xchg *x);
void ike_transaction_failed(struct ike_xchg *x, const ikev1_why *why);

#endif
