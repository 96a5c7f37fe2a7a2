/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an engine shares with all its exchanges.
 */
#ifndef IKE_CONTEXT_H
#define IKE_CONTEXT_H

#include <ikev1/config.h>
#include "crypto/formulas.h"
#include "exchange/log.h"
#include "exchange/output.h"

#define IKE_MAX_SUITES 32 /* that a host may name for one phase */

struct ike_context {
    struct ike_mem mem;
    struct ike_crypto crypto;
    ikev1_time now;
    uint32_t allow;
    uint8_t log_level;
    bool anonymous, clear_notify, analysis;
    /* What runs and what lasts: exchanges, of which there are few at a time, do not have to find
     * their places among the lifetimes of all SAs and children. */
    struct ike_timers timers, lifetimes;
    ikev1_policy policy;
    ikev1_limits limits;
    ikev1_timing timing;
    void (*log)(void *, const ikev1_log_event *);
    void *log_user;
    int (*random)(void *, uint8_t *, size_t);
    void *random_user;
    uint16_t shard, shards;

    bool inside;     /* a callback is running: no entry point may be used */
    bool resumed;    /* a parked message is being read again: its log lines stand */
    uint32_t asks;   /* numbers questions */
    ikev1_ask asked; /* the question that was answered "later", for the runner to keep */
    uint8_t asked_kind;
    const ikev1_answer *answer; /* one that has come, until the question is asked again */
    uint8_t table_key[16];
    /* The tables are a layer up. */
    bool (*spi_in_use)(const struct ike_context *ctx, uint32_t spi);
    int (*reserve_spis)(struct ike_context *ctx, uint32_t more);
    void (*release_spis)(struct ike_context *ctx, uint32_t count);
    struct ike_child *(*add_child)(struct ike_xchg *x); /* one more in a Quick Mode; NULL = no */
    void (*drop_child)(struct ike_child *child);
    uint32_t (*peer_count)(const struct ike_sa *sa, uint32_t rule, ikev1_bytes id, bool loose,
                           const struct ike_sa **one);
    int (*admits)(struct ike_context *ctx, const ikev1_question *q, const ikev1_phase2 *answer,
                  ikev1_why *why);
    ikev1_bytes (*lease_of)(const struct ike_sa *sa); /* another SA with the same peer has it */
    struct ike_ahead *ahead; /* key pairs nobody has used yet, the oldest first: ahead.c */
    uint32_t ahead_count;
    struct ike_lease_room *lease_room; /* made with the first SA that may need it */
    struct ike_bucket buckets[IKE_LOG_NUMBERS];
    struct ike_ring events; /* of struct ike_event */
    struct ike_output out;
    uint8_t *scratch; /* two times limits.datagram: plaintext in, message out */
    uint64_t drops[IKEV1_ERRORS_MOST], refusals[IKEV1_ERRORS_MOST];
    uint64_t received, sent, dropped, retransmitted, established, failed;
};

/* `ms` from now, and never past the end of time (RTX-08). */
static inline ikev1_time ike_after(const struct ike_context *ctx, uint64_t ms) {
    return ctx->now < IKEV1_NEVER - ms ? ctx->now + ms : IKEV1_NEVER;
}

/* limit.c: the cause's code, and if it is about a limit that nobody has named, that as our value:
 * "limits.sas 100". `which`: of those of HALF_OPEN and RATE, IKE_BY_ADDRESS and so on; else 0.
 * Returns the code. */
int ike_why_limit(const struct ike_context *ctx, int code, int which, ikev1_why *why);

#endif
