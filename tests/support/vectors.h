/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the shared test vectors: text files of `key = value` lines, a blank line between cases,
 * `#` before comments. The folder is $IKEV1_SHARED, else ../shared, seen from the project's root.
 *
 *     struct vec_file *f = vec_open("kdf/natd_hash.txt");
 *     if (f == NULL)
 *         skip();
 *     while (vec_next(f))
 *         check(vec_text(f, "case"), vec_hex(f, "cky_i"));
 *     vec_close(f);
 */
#ifndef TEST_VECTORS_H
#define TEST_VECTORS_H

#include <ikev1/types.h>

struct vec_file;

/* `relative` counts from the folder vectors/. NULL when the file is not there: skip, and say so. */
struct vec_file *vec_open(const char *relative);
void vec_close(struct vec_file *f);

/* Steps to the next case, the first one at first; false = no more. What the getters returned for
 * the case before is freed. */
bool vec_next(struct vec_file *f);

/* The value as text, NULL when the case has no such key. Where a key stands twice: the first. */
const char *vec_text(struct vec_file *f, const char *key);

/* The value as bytes; data is NULL when the case has no such key or it is not hex. An empty value
 * has a pointer and length 0. Each result is a heap block of its own exact size, so that a
 * sanitizer sees every read beyond it. */
ikev1_bytes vec_hex(struct vec_file *f, const char *key);

/* The value as a decimal number, `missing` when the case has no such key. */
long vec_number(struct vec_file *f, const char *key, long missing);

/* Keys of the case in the order of the file, from 0; NULL after the last. */
const char *vec_key(struct vec_file *f, size_t i);

/* Where the case begins, for messages: the line number in the file. */
int vec_line(const struct vec_file *f);

#endif
