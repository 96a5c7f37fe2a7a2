/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured. Every function adds rows to the report; see bench.c. */
#ifndef BENCH_CASES_H
#define BENCH_CASES_H

#include "bench_host.h"

/* One figure. `most` is what it may be at most, 0 = it is only told. */
void bench_row(const char *what, double value, const char *unit, double most);

double bench_median(double *values, size_t count); /* sorts them */

void bench_ratios(void);       /* negotiations, and what they cost beside their cryptography */
void bench_not_crypto(void);   /* the same without any cryptography */
void bench_packets(void);      /* decode, refuse, accept */
void bench_bytes(void);        /* of an SA, half open and established */
void bench_growth(size_t sas); /* the cost of a packet among 1,000 and among `sas` SAs */

#endif
