/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzz targets share: a check that no build option takes out, and "inside the input". */
#ifndef FUZZ_HOLDS_H
#define FUZZ_HOLDS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/wire.h"

#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether a decoder's result points into what it was given. */
static inline bool is_inside(ikev1_bytes inner, const uint8_t *data, size_t size) {
    if (inner.len == 0)
        return true;
    return inner.data >= data && inner.len <= size &&
           (size_t)(inner.data - data) <= size - inner.len;
}

/* Whether what was written is what had been read. */
static inline bool is_written(const struct ike_writer *w, const uint8_t *data, size_t size) {
    return !w->bad && ike_written(w) == size && memcmp(w->start, data, size) == 0;
}

#endif
