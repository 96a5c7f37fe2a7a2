/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

#include <string.h>

struct ike_writer ike_writer(uint8_t *buf, size_t cap) {
    return (struct ike_writer){buf, buf, buf != NULL ? buf + cap : buf, false};
}

static uint8_t *take(struct ike_writer *w, size_t len) {
    if (w->bad || len > (size_t)(w->end - w->p)) {
        w->bad = true;
        return NULL;
    }
    uint8_t *at = w->p;
    w->p += len;
    return at;
}

uint8_t *ike_write_room(struct ike_writer *w, size_t len) {
    uint8_t *at = take(w, len);
    if (at != NULL)
        memset(at, 0, len);
    return at;
}

static void store(uint8_t *at, uint32_t v, size_t len) {
    for (size_t i = len; i > 0; i--, v >>= 8)
        at[i - 1] = (uint8_t)v;
}

static void write_number(struct ike_writer *w, uint32_t v, size_t len) {
    uint8_t *at = take(w, len);
    if (at != NULL)
        store(at, v, len);
}

void ike_write_u8(struct ike_writer *w, uint8_t v) {
    write_number(w, v, 1);
}

void ike_write_u16(struct ike_writer *w, uint16_t v) {
    write_number(w, v, 2);
}

void ike_put_u32(uint8_t out[4], uint32_t v) {
    struct ike_writer w = ike_writer(out, 4);
    write_number(&w, v, 4);
}

void ike_write_u32(struct ike_writer *w, uint32_t v) {
    write_number(w, v, 4);
}

void ike_write(struct ike_writer *w, ikev1_bytes from) {
    uint8_t *at = take(w, from.len);
    if (at != NULL && from.len > 0)
        memcpy(at, from.data, from.len);
}

/* Only what has been written can be patched. */
static void patch_number(struct ike_writer *w, size_t at, uint32_t v, size_t len) {
    size_t written = (size_t)(w->p - w->start);
    if (w->bad || at > written || len > written - at)
        w->bad = true;
    else
        store(w->start + at, v, len);
}

void ike_patch_u8(struct ike_writer *w, size_t at, uint8_t v) {
    patch_number(w, at, v, 1);
}

void ike_patch_u16(struct ike_writer *w, size_t at, uint16_t v) {
    patch_number(w, at, v, 2);
}

void ike_patch_u32(struct ike_writer *w, size_t at, uint32_t v) {
    patch_number(w, at, v, 4);
}
