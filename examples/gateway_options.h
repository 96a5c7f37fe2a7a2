/* SPDX-License-Identifier: Apache-2.0 */
/* The command line. */
#ifndef GATEWAY_OPTIONS_H
#define GATEWAY_OPTIONS_H

#include "gateway_rules.h"

enum { MAX_CONNECT = 256 };
enum { OPTIONS_RUN = -1, OPTIONS_BAD_USE = 2 };

struct options {
    const char *config;
    uint32_t connect[MAX_CONNECT]; /* rule numbers */
    size_t connect_count;
    uint32_t exit_after; /* seconds; 0 = never */
    const char *tshark;  /* a file for keys; NULL = none */
    const char *capsule; /* a file to record into; NULL = none */
    const char *replay;  /* one that has been recorded; NULL = negotiate */
    int show_keys, secrets, show_time, show_peer, verbose, exit_when_up, check; /* set or not */
};

/* OPTIONS_RUN, or the status to exit with at once. */
int options_read(struct options *options, int argc, char **argv);

/* Against the rule file. False after saying on stderr what does not go with it. */
bool options_check(const struct options *options, const struct rules *rules);

#endif
