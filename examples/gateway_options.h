/* SPDX-License-Identifier: Apache-2.0 */
/* The command line. */
#ifndef GATEWAY_OPTIONS_H
#define GATEWAY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_CONNECT = 256 };
enum { OPTIONS_RUN = -1, OPTIONS_BAD_USE = 2 };

struct options {
    const char *config;
    uint32_t connect[MAX_CONNECT]; /* rule numbers */
    size_t connect_count;
    uint32_t exit_after; /* seconds; 0 = never */
    const char *tshark;  /* a file for keys; NULL = none */
    bool show_keys, show_time, show_peer, verbose, exit_when_up, check;
};

/* OPTIONS_RUN, or the status to exit with at once. */
int options_read(struct options *options, int argc, char **argv);

#endif
