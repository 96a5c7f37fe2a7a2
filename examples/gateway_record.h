/* SPDX-License-Identifier: Apache-2.0 */
/* --capsule and --replay: all that goes into the engine, into a file or out of one (capsule.h). */
#ifndef GATEWAY_RECORD_H
#define GATEWAY_RECORD_H

#include "capsule.h"
#include "gateway_options.h"

struct record {
    struct capsule capsule; /* calls on the engine go through it, recorded or not */
    const char *path;
    FILE *file; /* NULL = none is open */
};

/* Before the engine is made with `config`. A file to record into is made for it, readable by its
 * owner alone. False after saying why not on stderr. */
bool record_open(struct record *record, const struct options *options, ikev1_config *config);

/* Ends it when it could not be written, after saying so on stderr: once, and the rest goes on. */
void record_check(struct record *record);

/* From now on things happen that a replay does not know of: ends it, and says why. */
void record_end(struct record *record, const char *why);

/* All of it, once more. False after saying on stderr where it was another one. */
bool record_replay(struct record *record, ikev1_engine *engine);

/* After the engine is freed. */
void record_close(struct record *record);

#endif
