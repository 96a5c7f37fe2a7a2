/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine has to say, line by line; of IPsec SAs gateway_sad.h prints. */
#ifndef GATEWAY_PRINT_H
#define GATEWAY_PRINT_H

#include <ikev1/ikev1.h>

#include "gateway_options.h"

/* A line of the log. */
void print_line(const struct options *options, const ikev1_log_event *event);

/* What phase 1 has agreed on. */
void print_phase1(const ikev1_event *event);

/* That something has ended, and why. */
void print_end(const char *what, const ikev1_event *event);

/* Adds the keys of an ISAKMP SA to a file that only its owner may read, for whoever analyses a
 * capture. */
void print_key(const char *path, const ikev1_engine *engine, ikev1_handle sa);

#endif
