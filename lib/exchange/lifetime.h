/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lifetimes, in both phases: what two sides' wishes come to, and how a peer is told of it.
 */
#ifndef IKE_LIFETIME_H
#define IKE_LIFETIME_H

#include <ikev1/phases.h>
#include "wire/wire.h"

enum { IKE_LIFETIME_LEAST = 10 }; /* seconds; a shorter one would only be churn (QCK-15) */

struct ike_lifetime {
    uint32_t seconds, kilobytes; /* 0 = nothing is said of it */
};

/* What of the host's answer decides how long a pair lives, beside what is negotiated. */
struct ike_pace {
    uint32_t packets, idle_seconds, rekey_margin;
    uint8_t rekey; /* IKEV1_REKEY_... */
};

/*
 * What `theirs` and `ours` come to under IKEV1_LIFETIME_...: `used`, and in `tell` whether the peer
 * has to hear of it. IKEV1_E_LIFETIME with both in `why`.
 */
int ike_lifetime_settle(uint8_t policy, struct ike_lifetime ours, struct ike_lifetime theirs,
                        struct ike_lifetime *used, bool *tell, ikev1_why *why);

/* The attribute list of a RESPONDER-LIFETIME (RFC 2407 4.6.3.1). What it says nothing of is 0. */
void ike_lifetime_put(struct ike_writer *w, struct ike_lifetime life);
struct ike_lifetime ike_lifetime_got(ikev1_bytes attributes);

#endif
