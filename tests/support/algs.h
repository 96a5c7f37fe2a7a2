/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the crypto layer share: an open provider, algorithms by the names that the vector
 * files use, and comparison of byte strings. */
#ifndef TEST_ALGS_H
#define TEST_ALGS_H

#include "rows.h"
#include "vectors.h"

#include "crypto/formulas.h"

/* An instance of a provider. Close it. */
struct ike_crypto crypto_open(const ikev1_crypto *provider);
void crypto_close(struct ike_crypto *c);

/*
 * Fills `a` by name: hash as "sha1", cipher as "aes-cbc" with its key in bytes. NULL or 0 leaves a
 * member out. "aes-xcbc-prf-128" for `prf` asks for that one; "hmac-sha1" sets the hash instead.
 * False when a name is unknown.
 */
bool algs_named(struct ike_algs *a, const struct ike_crypto *c, const char *prf, const char *hash,
                const char *cipher, long key_len);

/* The same from the keys `prf`, `hash`, `cipher`, `key_len` of a case. */
bool algs_of_case(struct ike_algs *a, const struct ike_crypto *c, struct vec_file *f);

/* What a case has exchanged: cky_i, cky_r, ni_b, nr_b, gxi, gxr, gxy. */
struct ike_exchanged exchanged_of_case(struct vec_file *f);

/* The vector file, or the running test is skipped and says so: call it before anything is open. */
struct vec_file *vec_open_or_skip(const char *relative);

/* Equal bytes, or the row fails by name. */
void row_bytes(const char *row, const char *what, const uint8_t *got, ikev1_bytes want);

/* The same with the expected bytes in hex. */
void row_hex(const char *row, const char *what, const uint8_t *got, const char *want);

#endif
