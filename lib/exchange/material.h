/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nonces, public values and g^xy, in both phases.
 */
#ifndef IKE_MATERIAL_H
#define IKE_MATERIAL_H

#include "exchange/objects.h"

/* NULL = no memory. */
struct ike_material *ike_material_new(struct ike_mem *mem);
/* So that `more` bytes can be kept. */
int ike_material_reserve(struct ike_mem *mem, struct ike_material *mat, size_t more);
/* A copy of what there is room for, unless it is empty. */
void ike_keep(struct ike_material *mat, struct ike_blob *to, ikev1_bytes from);
/* The names in the certificate requests of a message, each behind its length: as many as there are
 * room and memory for. */
void ike_keep_requests(struct ike_mem *mem, struct ike_blob *to, const struct ike_chain *chain);
/* Our nonce and, where a group is given, our public value; drawn once. */
int ike_material_draw(struct ike_xchg *x, const ikev1_group_alg *group, ikev1_why *why);
/* g^xy of our seed and the peer's committed public value, into mat->secret; computed once. */
int ike_material_agree(struct ike_xchg *x, const ikev1_group_alg *group, ikev1_why *why);
/* One Diffie-Hellman operation of ours, here or elsewhere: our public value, or g^xy with `peer`.
 */
int ike_dh(const struct ike_xchg *x, const ikev1_group_alg *group, ikev1_bytes peer, uint8_t *out,
           ikev1_why *why);
void ike_material_free(struct ike_context *ctx, struct ike_material **mat);
/* Our NONCE, KE or ID payload. */
void ike_put_own(const struct ike_xchg *x, struct ike_message_writer *m, uint8_t type);
struct ike_exchanged ike_exchanged(const struct ike_xchg *x); /* as the formulas want it */

#endif
