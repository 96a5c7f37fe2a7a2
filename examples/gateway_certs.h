/* SPDX-License-Identifier: Apache-2.0 */
/* Authentication by certificate: the files that the rules name, and the answers made with them. */
#ifndef GATEWAY_CERTS_H
#define GATEWAY_CERTS_H

#include "gateway_rules.h"

/* Reads the files of every rule that needs them, private keys only if they are to sign. False after
 * printing on stderr the line of the rule file, which file, what is wrong with it and what was
 * expected. */
bool certs_load(struct rules *rules, bool sign);

/* NULL is allowed. */
void certs_free(struct certs *certs);

/* Adds the callbacks to a policy whose user is a struct rules. */
void certs_answer(ikev1_policy *policy);

#endif
