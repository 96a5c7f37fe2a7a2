/* SPDX-License-Identifier: Apache-2.0 */
/* What a table-driven cmocka test needs: rows that say their name, and bytes written in hex. */
#ifndef TEST_ROWS_H
#define TEST_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ikev1/types.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Equal numbers, or the row fails by name. */
#define ROW_EQUAL(row, got, want) row_equal(row, #got, (long long)(got), (long long)(want))

/* Equal text, or the row fails by name. */
#define ROW_TEXT(row, got, want) row_text(row, got, want)

static inline void row_equal(const char *row, const char *what, long long got, long long want) {
    if (got != want)
        fail_msg("%s: %s is %lld, not %lld", row, what, got, want);
}

static inline void row_text(const char *row, const char *got, const char *want) {
    if (strcmp(got, want) != 0)
        fail_msg("%s:\n got: %s\nwant: %s", row, got, want);
}

/*
 * The bytes of a hex text on the heap, in a block of exactly their size, so that a sanitizer sees
 * every read beyond them. Blanks are skipped; "cc*300" stands for 300 times that byte. Free with
 * hex_free().
 */
ikev1_bytes hex_make(const char *text);
void hex_free(ikev1_bytes bytes);

/* A copy in a block of exactly its size. */
ikev1_bytes bytes_copy(ikev1_bytes from);

#endif
