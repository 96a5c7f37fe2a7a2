/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An allocator for ikev1_config.allocator that counts, that can fail, and that checks what it gets
 * back: every release names the length that was asked for, and the content is all zero by then
 * (MEM-01, MEM-08).
 */
#ifndef TEST_ALLOC_H
#define TEST_ALLOC_H

#include <ikev1/config.h>

struct counted {
    ikev1_allocator allocator;   /* give its address to the configuration */
    const ikev1_allocator *from; /* where it gets its memory; NULL = malloc */
    uint64_t calls;              /* allocations so far */
    uint64_t fail_at;            /* this one fails, counted from 1; 0 = none */
    bool from_there;             /* and every later one too */
    uint64_t failed;
    size_t live, live_bytes, peak_bytes;
    unsigned wrong_length; /* releases with another length than was asked for */
    unsigned unwiped;      /* releases of content that is not zero */
};

void counted_init(struct counted *c);

#endif
