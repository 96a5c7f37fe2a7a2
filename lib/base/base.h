/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layer 1: what knows nothing of ISAKMP. Memory with a wipe, a bounded reader and writer,
 * deadlines, an open-addressed index, and growing rings.
 */
#ifndef IKE_BASE_H
#define IKE_BASE_H

#include <ikev1/types.h>
#include <ikev1/error.h>
#include <ikev1/const.h>

/* ---- mem.c: the host's allocator, and secrets that do not outlive their use ---- */

struct ike_mem {
    void *user;
    void *(*alloc)(void *user, size_t len);           /* NULL when there is none */
    void (*release)(void *user, void *p, size_t len); /* gets the length that was asked for */
    void (*wipe)(void *p, size_t len);
    size_t used; /* bytes out at the moment */
    size_t peak;
    size_t most; /* that may be out, 0 = no bound: what exceeds it is not to be had */
};

void ike_mem_init(struct ike_mem *mem, void *user, void *(*alloc)(void *, size_t),
                  void (*release)(void *, void *, size_t), void (*wipe)(void *, size_t));
void *ike_alloc(struct ike_mem *mem, size_t len);        /* zeroed; NULL = none, or len 0 */
void ike_free(struct ike_mem *mem, void *p, size_t len); /* wiped before release; p may be NULL */
void *ike_grow(struct ike_mem *mem, void *p, size_t old_len, size_t new_len); /* old kept on NULL */

/* A byte string on the heap that knows its length. {NULL, 0} is empty. */
struct ike_blob {
    uint8_t *data;
    size_t len;
};
int ike_blob_set(struct ike_mem *mem, struct ike_blob *blob,
                 ikev1_bytes from); /* old one kept on error */
void ike_blob_free(struct ike_mem *mem, struct ike_blob *blob);
static inline ikev1_bytes ike_blob_bytes(const struct ike_blob *blob) {
    return (ikev1_bytes){blob->data, blob->len};
}
static inline ikev1_bytes ike_bytes(const void *data, size_t len) {
    return (ikev1_bytes){(const uint8_t *)data, len};
}
bool ike_bytes_equal(ikev1_bytes a, ikev1_bytes b); /* public values only: not constant time */

/* ---- reader.c: a bounded cursor. Failure sticks: read everything, then look at `bad` once ---- */

struct ike_reader {
    const uint8_t *p, *end;
    bool bad;
};
struct ike_reader ike_reader(ikev1_bytes from);
static inline size_t ike_left(const struct ike_reader *r) {
    return (size_t)(r->end - r->p);
}
/* NULL when there is not that much. Inline: every byte of every message passes here. */
static inline const uint8_t *ike_read(struct ike_reader *r, size_t len) {
    if (r->bad || len > ike_left(r)) {
        r->bad = true;
        return NULL;
    }
    const uint8_t *at = r->p;
    r->p += len;
    return at;
}
/* Big endian, like all of ISAKMP; 0 when there is not that much. */
static inline uint8_t ike_read_u8(struct ike_reader *r) {
    const uint8_t *b = ike_read(r, 1);
    return b != NULL ? b[0] : 0;
}
static inline uint16_t ike_read_u16(struct ike_reader *r) {
    const uint8_t *b = ike_read(r, 2);
    if (b == NULL)
        return 0;
    return (uint16_t)(b[0] << 8 | b[1]);
}
static inline uint32_t ike_read_u32(struct ike_reader *r) {
    const uint8_t *b = ike_read(r, 4);
    if (b == NULL)
        return 0;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}
ikev1_bytes ike_read_bytes(struct ike_reader *r, size_t len);
ikev1_bytes ike_read_rest(struct ike_reader *r);

/* ---- writer.c: a bounded writer over the caller's buffer. Failure sticks ---- */

struct ike_writer {
    uint8_t *start, *p, *end;
    bool bad;
};
struct ike_writer ike_writer(uint8_t *buf, size_t cap);
uint8_t *ike_write_room(struct ike_writer *w, size_t len); /* zeroed; NULL when it does not fit */
void ike_write_u8(struct ike_writer *w, uint8_t v);
void ike_write_u16(struct ike_writer *w, uint16_t v);
void ike_put_u32(uint8_t out[4], uint32_t v); /* the same, without a writer */
void ike_write_u32(struct ike_writer *w, uint32_t v);
void ike_write(struct ike_writer *w, ikev1_bytes from);
void ike_patch_u8(struct ike_writer *w, size_t at, uint8_t v); /* at: offset from start */
void ike_patch_u16(struct ike_writer *w, size_t at, uint16_t v);
void ike_patch_u32(struct ike_writer *w, size_t at, uint32_t v);
static inline size_t ike_written(const struct ike_writer *w) {
    return w->bad ? 0 : (size_t)(w->p - w->start);
}

/* ---- timer.c: deadlines in a 4-ary heap; a timer is embedded in what it wakes ---- */

struct ike_timer {
    uint32_t pos; /* 1-based place in the heap, where its time stands; 0 = not set */
    uint8_t kind; /* whose it is: the owner's own numbers */
};
struct ike_timers {
    struct ike_mem *mem;
    struct ike_due { /* the time stands only here: finding a place looks into no timer */
        ikev1_time at;
        struct ike_timer *timer;
    } * heap;
    uint32_t count, room, reserved; /* in the heap, places, timers that exist */
};
void ike_timers_init(struct ike_timers *t, struct ike_mem *mem);
void ike_timers_free(struct ike_timers *t);
/* Keeps places for `more` timers that come to exist, set or not, so that ike_timer_set cannot fail
 * and never allocates. Whoever ends such a timer clears it and gives its place back. */
int ike_timers_reserve(struct ike_timers *t, uint32_t more);
void ike_timers_release(struct ike_timers *t, uint32_t fewer);
void ike_timer_set(struct ike_timers *t, struct ike_timer *timer, ikev1_time at); /* NEVER clears */
ikev1_time ike_timer_at(const struct ike_timers *t, const struct ike_timer *timer); /* or NEVER */
ikev1_time ike_timers_next(const struct ike_timers *t);
struct ike_timer *ike_timers_due(struct ike_timers *t,
                                 ikev1_time now); /* removes it; NULL = none */

/* ---- index.c: open-addressed hash -> 32-bit value; the caller compares what the value names ----
 */

struct ike_index {
    struct ike_mem *mem;
    struct ike_index_slot {
        uint32_t hash, value; /* value 0 = free */
    } * slots;
    uint32_t count, mask; /* mask 0 = no slots yet */
};
typedef bool (*ike_index_match)(const void *ctx, uint32_t value);
void ike_index_init(struct ike_index *x, struct ike_mem *mem);
void ike_index_free(struct ike_index *x);
int ike_index_reserve(struct ike_index *x, uint32_t more); /* so that adding cannot fail */
void ike_index_add(struct ike_index *x, uint32_t hash, uint32_t value); /* value != 0 */
void ike_index_remove(struct ike_index *x, uint32_t hash, uint32_t value);
/* The first value under `hash` for which match() holds; 0 = none. */
uint32_t ike_index_find(const struct ike_index *x, uint32_t hash, ike_index_match match,
                        const void *ctx);

/* ---- tally.c: open-addressed hash -> how many, and a list of some of them that the owner keeps.
 * Keys with the same hash are one: the hash is keyed, so that nobody can choose them ---- */

struct ike_line {
    uint32_t first, last; /* 0 = nobody */
};
struct ike_tally {
    struct ike_mem *mem;
    struct ike_tally_slot {
        uint32_t hash, count; /* count 0 = free */
    } * slots;
    struct ike_line *lines; /* beside the slots; NULL = none are wanted */
    uint32_t used, mask;
    bool lined;
};
void ike_tally_init(struct ike_tally *t, struct ike_mem *mem, bool lined);
void ike_tally_free(struct ike_tally *t);
int ike_tally_reserve(struct ike_tally *t); /* for one more, so that counting cannot fail */
/* NULL = not counted. What is returned is valid until the next call that changes the table. */
struct ike_tally_slot *ike_tally_find(const struct ike_tally *t, uint32_t hash);
struct ike_line *ike_tally_line(const struct ike_tally *t, const struct ike_tally_slot *slot);
struct ike_tally_slot *ike_tally_up(struct ike_tally *t, uint32_t hash);
void ike_tally_down(struct ike_tally *t, uint32_t hash);

/* ---- ring.c: a queue of equal-sized items that grows; room is reserved before it is needed ----
 */

struct ike_ring {
    struct ike_mem *mem;
    uint8_t *items;
    size_t item_size;
    uint32_t head, count, room;
};
void ike_ring_init(struct ike_ring *q, struct ike_mem *mem, size_t item_size);
void ike_ring_free(struct ike_ring *q);
int ike_ring_reserve(struct ike_ring *q, uint32_t more);
void *ike_ring_push(struct ike_ring *q); /* zeroed; NULL when nothing was reserved */
void *ike_ring_peek(struct ike_ring *q);
void ike_ring_pop(struct ike_ring *q); /* wipes the item */

/* ---- names.c, error.c implement ikev1_name, ikev1_strerror and their kin (const.h, error.h) ----
 */

/* ---- text.c: bounded text; like snprintf without its formats, for peers' bytes as well ---- */

/* The text that follows one of several that stand in one array. */
static inline const char *ike_text_after(const char *text) {
    while (*text != '\0')
        text++;
    return text + 1;
}

struct ike_text {
    char *out;
    size_t cap, len; /* len: what it would be without the bound */
};
struct ike_text ike_text(char *out, size_t cap); /* NUL-terminates at once when cap > 0 */
void ike_text_str(struct ike_text *t, const char *s);
void ike_text_bytes(struct ike_text *t,
                    ikev1_bytes from); /* printable as is, else \xNN; '\\' doubled */
/* Text that is escaped already, `most` bytes of it. A byte that is not printable cannot be in it;
 * should one be, it still does not get to break the line or to reach a terminal. */
void ike_text_escaped(struct ike_text *t, const char *s, size_t most);
void ike_text_hex(struct ike_text *t, ikev1_bytes from);
void ike_text_u64(struct ike_text *t, uint64_t v);
void ike_text_number(struct ike_text *t, const char *before, uint64_t v);
void ike_text_address(struct ike_text *t, const ikev1_address *a); /* without port */
/* A number as a value of a cause, with its unit: "bytes"; NULL = none. */
void ike_why_number(char out[IKEV1_WHY_TEXT], uint64_t v, const char *unit);
/* Two as both of its values. `why` may be NULL. */
void ike_why_numbers(ikev1_why *why, uint64_t theirs, uint64_t ours, const char *unit);
void ike_text_name(struct ike_text *t, int kind, uint32_t number); /* name, or the number */
void ike_text_attr_value(struct ike_text *t, bool phase1, uint16_t attribute, uint32_t value);

#endif
