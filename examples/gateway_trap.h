/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `data = kernel` does with packets of a rule that has no SA yet, or no more: those that go
 * out ask for one where the rule can be connected, and are dropped where it cannot; those that come
 * in without protection are dropped.
 */
#ifndef GATEWAY_TRAP_H
#define GATEWAY_TRAP_H

#include "gateway_rules.h"
#include "gateway_xfrm.h"

struct trap {
    ikev1_selector local, remote;
    struct xfrm_bundle out, in; /* without SAs: packets are dropped */
};

struct traps {
    struct trap *trap;
    size_t count;
};

/* One for each pair of networks that is known now: not for those that a peer will say. False when
 * there is no memory. Ended by traps_free(). */
bool traps_read(struct traps *traps, const struct rules *rules);
void traps_free(struct traps *traps);

/* NULL = none is for exactly these. */
const struct trap *traps_find(const struct traps *traps, const ikev1_selector *local,
                              const ikev1_selector *remote);

bool trap_same_selector(const ikev1_selector *a, const ikev1_selector *b);

#endif
