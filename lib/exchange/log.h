/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events for the operator: log.c makes them, render.c makes text of them.
 */
#ifndef IKE_EXCHANGE_LOG_H
#define IKE_EXCHANGE_LOG_H

#include <ikev1/log.h>
#include "wire/wire.h"

struct ike_child;
struct ike_context;
struct ike_sa;
struct ike_xchg;

#define IKE_LOG_NUMBERS 64 /* a number of IKEV1_LOGS is below */

struct ike_bucket { /* token bucket of one log number */
    ikev1_time filled;
    uint32_t tokens, suppressed;
};

struct ike_log_about { /* all may be NULL or 0 */
    const struct ike_sa *sa;
    const struct ike_xchg *xchg;
    const struct ike_child *child;
    const ikev1_path *path;
    const struct ike_header *header;
    const struct ike_chain *chain;
    uint8_t lone; /* instead of a chain: the only payload's type */
    const ikev1_why *why;
    const char *text;
    uint32_t rule;  /* where neither SA nor child tells */
    bool authentic; /* caused by a message that proved its sender: never left out */
};
bool ike_log_wanted(const struct ike_context *ctx, uint16_t number);
void ike_log(struct ike_context *ctx, uint16_t number, const struct ike_log_about *about);
/* About an SA, or about one of its exchanges; text NULL = none. */
void ike_log_sa(const struct ike_sa *sa, uint16_t number, const char *text);
void ike_log_xchg(const struct ike_xchg *x, uint16_t number, const char *text);
/* The catalogue's line for a refusal, if it has one, and the whole cause. */
void ike_log_refusal(struct ike_context *ctx, const struct ike_log_about *about);
void ike_log_refused(const struct ike_sa *sa, const struct ike_xchg *x, const ikev1_why *why);

#endif
