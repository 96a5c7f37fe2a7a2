/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One number over everything an engine's SAs, exchanges and children are: equal before and after a
 * message that was refused (design.md "Holds"; attacks.md DROP). Byte strings count by content.
 * Left out: what objects.h says only chooses the words of a final event (suspect, notified),
 * statistics, log buckets, the engine's scratch memory, and how much room a table has in reserve.
 *
 * Keys that an exchange works out when it first needs them (the responder's, at message 5) come
 * from what was there before: a test that wants to compare makes that happen first.
 */
#ifndef TEST_DIGEST_H
#define TEST_DIGEST_H

#include "api/api.h"

uint64_t engine_digest(const ikev1_engine *engine);

#endif
