/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layer 4: one message at a time. The script says what each message of each exchange holds, the
 * runner reads and writes messages by it, and one file per exchange says what they mean.
 *
 * A message's way in: find the row -> decrypt into scratch -> split -> check against the row ->
 * verify the envelope hash -> `got` stages its change -> commit. `got` sees the exchange const:
 * a message that is refused has changed nothing. A message's way out: `put` writes it -> check
 * against the row -> encrypt -> commit. `put` may be called again after it failed or had to wait
 * for an answer: what it has drawn before is still there.
 */
#ifndef IKE_RUN_H
#define IKE_RUN_H

#include "exchange/script.h"

/* ---- commit.c: from what is staged to what is ---- */

/* Takes over `st` and what goes with it. `sealed`: bytes of it that were encrypted. Not IKEV1_OK:
 * nothing has changed. */
int ike_commit(struct ike_xchg *x, const struct ike_step *step, struct ike_staged *st,
               const uint8_t *next_iv, size_t sealed, ikev1_why *why);
void ike_count_sealed(struct ike_sa *sa, size_t bytes); /* of its lifetime in kilobytes */

/* ---- run.c: the runner ---- */

struct ike_refusal {
    uint8_t iv[IKEV1_MAX_BLOCK]; /* fatal: the exchange's, as the peer has it */
    bool fatal;                  /* the refused message was authentic: the exchange must end */
    bool proven;                 /* its sender has shown who it is, by HASH or SIG */
    uint16_t notify;             /* which notification says so to the peer, 0 = none */
    uint8_t protocol;            /* Quick Mode: what the peer offered first, to name it by */
    uint32_t spi;
};
/*
 * Reads the message that `x` awaits, and commits it. IKEV1_OK: x owes the next message or has
 * finished. IKEV1_PENDING: the datagram is parked and x->ask is open. Else refused, and nothing has
 * changed.
 */
int ike_run_receive(struct ike_xchg *x, const struct ike_header *h, ikev1_bytes datagram,
                    const ikev1_path *path, struct ike_refusal *refusal, ikev1_why *why);
void ike_parked_free(struct ike_context *ctx, struct ike_parked **parked);
/* Writes the message that `x` owes. IKEV1_PENDING, IKEV1_E_MEMORY: call again later. */
int ike_run_send(struct ike_xchg *x, ikev1_why *why);
/* Sends the last message again. IKEV1_DROPPED: there was none. */
int ike_run_again(struct ike_xchg *x, ikev1_why *why);
size_t ike_answer_most(const struct ike_xchg *x); /* bytes that may go to the peer at once */
/* Decrypts, splits and verifies an Informational message, which has no state of its own; or with
 * `chain_iv`, which is advanced, one that a peer has appended to another exchange. */
int ike_run_informational(struct ike_sa *sa, const struct ike_header *h, ikev1_bytes datagram,
                          uint8_t *chain_iv, struct ike_received *in, ikev1_why *why);
/* Sends one protected Informational message with one payload (RFC 2409 5.7). */
int ike_send_informational(struct ike_sa *sa, uint32_t message_id, uint8_t payload,
                           ikev1_bytes body);

#endif
