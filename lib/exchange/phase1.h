/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the exchanges of phase 1 share: the host's answer, keys, identities, the proof.
 */
#ifndef IKE_PHASE1_H
#define IKE_PHASE1_H

#include "exchange/script.h"

/* ---- phase1.c, identity.c ---- */

bool ike_path_is_good(const ikev1_path *path); /* has it two ends, of one family? */
/* Asks the host how to negotiate and makes our SA body of the answer, once. */
int ike_phase1_begin(struct ike_xchg *x, ikev1_why *why);
/* Forgets all that has been agreed and drawn: the next message to be sent is the first. */
void ike_phase1_reset(struct ike_xchg *x);
/* Writes the SA payload with the offered transform that was chosen. */
int ike_put_chosen(const struct ike_xchg *x, struct ike_message_writer *m, ikev1_why *why);
/* Reads it: stages suite, cookie, and whether both speak RFC 3947. */
int ike_got_chosen(const struct ike_xchg *x, const struct ike_received *in, struct ike_staged *st,
                   ikev1_why *why);
/* Reads an offer: asks the host and stages what is chosen. `peer_id` NULL in Main Mode. */
int ike_got_offered(const struct ike_xchg *x, const struct ike_received *in,
                    const ikev1_id *peer_id, struct ike_staged *st, ikev1_why *why);
/* Stages a public value and, as initiator, g^xy with it. */
int ike_got_public(const struct ike_xchg *x, const struct ike_received *in,
                   const ikev1_group_alg *group, struct ike_staged *st, ikev1_why *why);
/* Makes the keys of d->skeyid; nothing is kept in an SA until ike_keys_install(). */
int ike_keys_derive(struct ike_sa *sa, const struct ike_algs *algs, const struct ike_exchanged *e,
                    struct ike_derived *d);
void ike_keys_install(struct ike_xchg *x, struct ike_derived *d);
void ike_derived_free(struct ike_context *ctx, struct ike_derived *d);

int ike_own_id(struct ike_xchg *x); /* our ID body, made once */
const struct ike_blob *ike_id_of(const struct ike_material *mat, bool initiator);
/* The peer's ID body: in this message, NULL = none, or in one before. */
ikev1_bytes ike_peer_id_body(const struct ike_xchg *x, const struct ike_received *in);
/* The proven identity against the one that the rule expects: NULL, the one we have. */
int ike_check_peer_id(const struct ike_xchg *x, const struct ike_received *in,
                      const ikev1_phase1 *rule, ikev1_why *why);
/* Of a peer that has said who it is and has gone silent on our proof (Aggressive Mode, Base Mode):
 * is it somebody whom its rule does not expect? It must not see that as long as it is there
 * (IDN-09), but our log has it. */
void ike_log_stranger(const struct ike_xchg *x);
/* Has a peer of this identity room for one more SA? IKEV1_E_NOT_UNIQUE, and where the one is that
 * is there, if `why` is not NULL; IKEV1_E_PEER_SAS. */
int ike_check_place(const struct ike_sa *sa, uint32_t rule, ikev1_bytes id, bool loose,
                    uint8_t unique, ikev1_why *why);
/* Responder: the host's second answer, now that it is known who the peer is. Stages what changes,
 * once the peer's identity and what was negotiated fit it. */
int ike_ask_phase1_again(const struct ike_xchg *x, const struct ike_received *in,
                         struct ike_staged *st, ikev1_why *why);

bool ike_is_loose(const struct ike_xchg *x); /* is the peer's name proven within its rule only? */
/* SKEYID and its keys, asked for and computed once: the shared secret not before the first message
 * that needs it. IKEV1_PENDING when the host has to look for the key. */
int ike_phase1_keys(struct ike_xchg *x, ikev1_why *why);
/* SKEYID of what has been exchanged: the one that is known, or of the host's pre-shared key. */
int ike_phase1_skeyid(const struct ike_xchg *x, const struct ike_algs *algs,
                      const struct ike_exchanged *e, uint8_t *skeyid, ikev1_why *why);
/* Those of this pre-shared key do not fit: the keys of the next one take their place when they are
 * needed. False: there is none, and the first one's would. */
bool ike_phase1_next_key(struct ike_xchg *x);
/* With room for the keys, which is all that is missing; NULL = no memory. */
struct ike_live *ike_live_new(struct ike_context *ctx, size_t prf_size, size_t key_size);
void ike_live_free(struct ike_context *ctx, struct ike_live **live);

/* ---- profile.c ---- */

/* Keeps of a host's answer what is needed after the call. */
int ike_profile_keep(struct ike_sa *sa, struct ike_xchg *x, const ikev1_phase1 *p);
void ike_profile_free(struct ike_context *ctx, struct ike_profile **profile);
/* ID payload bodies of ours and of the peer, empty = the address; and our addresses beside the
 * path's, an array of ikev1_address that is not aligned. */
ikev1_bytes ike_profile_local(const struct ike_profile *profile);
ikev1_bytes ike_profile_remote(const struct ike_profile *profile);
ikev1_bytes ike_profile_others(const struct ike_profile *profile);

/* ---- auth.c: the proof ---- */

/* What the methods have in common (RFC 2409 5; isakmp-xauth 7; isakmp-hybrid-auth 3.2). */
unsigned ike_auth_layout(uint16_t auth); /* IKE_SIGNS_...; 0 = not a method that we know */
/* With what one side proves itself: IKEV1_AUTH_PSK for a hash, else the method of signatures. */
uint16_t ike_auth_of(uint16_t auth, bool initiator);
bool ike_auth_signs(uint16_t auth, bool initiator); /* does that side sign? */
bool ike_auth_shares(uint16_t auth);                /* is a pre-shared key in it? */
/* Does that side have to pass XAUTH as well, in front of the other one? */
bool ike_auth_xauth(uint16_t auth, bool initiator);
/* Writes HASH, or certificates and SIG. IKEV1_PENDING when somebody has to sign. */
int ike_put_auth(const struct ike_xchg *x, struct ike_message_writer *m, ikev1_why *why);
/* Asks for the peer's certificate, where the method has one. */
int ike_put_certreq(const struct ike_xchg *x, struct ike_message_writer *m, ikev1_why *why);
/* The peer's proof, by the method that was negotiated. */
int ike_verify_auth(const struct ike_xchg *x, const struct ike_received *in, uint16_t auth,
                    const struct ike_algs *algs, const uint8_t *skeyid,
                    const struct ike_exchanged *e, ikev1_why *why);

/* ---- status.c: RFC 2407 4.6.3 ---- */

/* What names an ISAKMP SA in a notification or a delete: its cookies. */
void ike_own_spi(const struct ike_sa *sa, uint8_t spi[2 * IKEV1_COOKIE_SIZE]);
/* INITIAL-CONTACT in phase 1: says it where the host wants it; whether the peer has said it. */
bool ike_says_contact(const struct ike_xchg *x);
void ike_put_contact(const struct ike_xchg *x, struct ike_message_writer *m);
bool ike_got_contact(const struct ike_sa *sa, const struct ike_received *in);
/* RESPONDER-LIFETIME about the ISAKMP SA, likewise; and what it comes to. */
void ike_put_lifetime(const struct ike_xchg *x, struct ike_message_writer *m);
struct ike_lifetime ike_got_lifetime(const struct ike_xchg *x, const struct ike_received *in);
void ike_sa_shorten(struct ike_sa *sa, struct ike_lifetime told);

#endif
