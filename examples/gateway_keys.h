/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of the rule file. */
#ifndef GATEWAY_KEYS_H
#define GATEWAY_KEYS_H

#include "gateway_rules.h"

/* In which rules it must stand; the last is for what may stand in rules with certificates only. */
enum need { OPTIONAL, REQUIRED, NEEDS_PSK, NEEDS_CERT, FITS_CERT };

struct key {
    const char *name;
    /* Puts the value into its field. False with the mistake filled in. `rule` is NULL in [gateway].
     */
    bool (*set)(struct rules *rules, struct rule *rule, const char *value, struct mistake *mistake);
    enum need need;
};

/* Both end with a NULL name and have at most MAX_KEYS entries. */
extern const struct key GATEWAY_KEYS[], RULE_KEYS[];

#endif
