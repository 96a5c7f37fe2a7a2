/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key pairs that are computed before anybody needs them.
 */
#ifndef IKE_AHEAD_H
#define IKE_AHEAD_H

#include "exchange/objects.h"

/* One more pair of a group, unless there are `most` of it or as many as the limit allows of all;
 * those of it beyond `most` go. 1 = made, 0 = there are enough, or an error. */
int ike_ahead_make(struct ike_context *ctx, uint16_t group, uint32_t most);
/* The oldest of a group, which is nobody else's from now on; false = the pair is to be computed. */
bool ike_ahead_take(const struct ike_xchg *x, const ikev1_group_alg *group, uint8_t *seed,
                    uint8_t *value);
void ike_ahead_free(struct ike_context *ctx);

#endif
