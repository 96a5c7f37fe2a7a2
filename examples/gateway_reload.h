/* SPDX-License-Identifier: Apache-2.0 */
/* The rule file once more, while SAs live. */
#ifndef GATEWAY_RELOAD_H
#define GATEWAY_RELOAD_H

#include "gateway_data.h"

/*
 * Reads the file again and puts its rules in place of those there are, all or nothing: after a
 * mistake, told on stderr with its line, everything stays as it was. What has been negotiated lives
 * on; what has changed is printed, rule by rule. [gateway] must say what it said, but for `ca` and
 * `crl`.
 */
bool reload_rules(struct rules *rules, struct data *data, const ikev1_engine *engine);

#endif
