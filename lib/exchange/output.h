/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets and events on their way out, until the host takes them.
 */
#ifndef IKE_OUTPUT_H
#define IKE_OUTPUT_H

#include <ikev1/event.h>
#include "base/base.h"

struct ike_child;
struct ike_context;
struct ike_sa;

struct ike_packet { /* a datagram in the output arena */
    ikev1_path path;
    uint32_t offset, len;
    bool keepalive;
    ikev1_handle sa;
};

struct ike_output {
    struct ike_ring packets; /* of struct ike_packet */
    uint8_t *arena;
    size_t used, room;
};

struct ike_event { /* an event in its queue; detail is owned and wiped after it was pulled */
    uint16_t type;
    bool initiator;
    ikev1_handle sa, child;
    uint32_t rule;
    ikev1_path path;
    ikev1_handle replaces;
    struct ike_detail *detail;
};

struct ike_detail {
    size_t size;   /* of this allocation */
    uint8_t count; /* of `ipsec` */
    union {
        ikev1_sa_info info;
        ikev1_ipsec ipsec[IKEV1_MAX_BUNDLE];
        ikev1_notify notify;
        ikev1_why why;
    } as;
    uint8_t bytes[]; /* what the pointers above point to */
};

/* In `out` 0 when it fails. */
int ike_random_u32(struct ike_context *ctx, uint32_t *out);
int ike_random(struct ike_context *ctx, uint8_t *out, size_t len);
int ike_send(struct ike_sa *sa, ikev1_bytes message);
int ike_send_to(struct ike_context *ctx, ikev1_handle sa, const ikev1_path *path,
                ikev1_bytes message, bool keepalive);
struct ike_detail *ike_detail_new(struct ike_context *ctx, size_t extra); /* NULL = no memory */
void ike_detail_free(struct ike_context *ctx, struct ike_detail *detail);
/* Queues an event about an SA or one of its children. Takes `detail`. Room was reserved. */
void ike_event(struct ike_sa *sa, const struct ike_child *child, uint16_t type,
               struct ike_detail *detail);
void ike_event_replacing(struct ike_sa *sa, const struct ike_child *child, uint16_t type,
                         struct ike_detail *detail, ikev1_handle replaces);

#endif
