/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What both phases share when they look for a transform that both sides have: the comparison, and
 * its differences, nearest pair first (mission S6).
 */
#ifndef IKE_CHOICE_H
#define IKE_CHOICE_H

#include "exchange/context.h"

struct ike_search { /* one of their transforms at a time against our suites */
    const struct ike_context *ctx;
    int phase;
    ikev1_why *why;
    size_t count;
    struct ike_suite ours[IKE_MAX_SUITES]; /* settled */
};

void ike_search_begin(struct ike_search *s, const struct ike_context *ctx, int phase,
                      ikev1_why *why);
void ike_search_add(struct ike_search *s, struct ike_suite suite);
/* What is left out means something: both sides are compared with it in its place. */
void ike_settle(const struct ike_context *ctx, int phase, struct ike_suite *suite);
/* Compares two suites that are settled. True when both agree; else keeps the differences. */
bool ike_search_agrees(struct ike_search *s, const struct ike_suite *theirs,
                       const struct ike_suite *ours, size_t index);
/* Keeps the differences of one pair, all or none. */
void ike_search_keep(ikev1_why *why, const ikev1_diff *diffs, size_t count);
int ike_search_none(ikev1_why *why, const char *cite); /* IKEV1_E_NO_PROPOSAL */
/* Names the value in one of the host's suites that cannot be used. */
int ike_refuse_suite(ikev1_why *why, int code, size_t suite, uint8_t protocol, uint16_t attribute,
                     uint32_t value);

#endif
