/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one end has been told that it agreed on, kept so that it can be laid beside what the other
 * end has been told (FRM-02): weak agreement means that every row of view.c's tables is equal, or
 * crossed where it names an end.
 */
#ifndef TEST_VIEW_H
#define TEST_VIEW_H

#include <ikev1/ikev1.h>

enum { VIEW_ID = 64, VIEW_KEYS = 128 };

/* Fixed sizes and no pointers: rows are compared byte by byte. */
struct view_id {
    uint8_t type, protocol;
    uint16_t port;
    size_t len;
    uint8_t bytes[VIEW_ID];
};

struct view_sa {
    uint8_t cookies[2][8]; /* initiator's, responder's */
    bool initiator, responder;
    uint8_t exchange;
    uint16_t cipher, key_bits, hash, prf, auth, group, natt;
    uint32_t life_seconds, life_kilobytes;
    bool nat_local, nat_remote;
    struct view_id local_id, remote_id;
};

struct view_keys {
    size_t encryption, integrity; /* bytes */
    uint8_t bytes[VIEW_KEYS];
};

struct view_child {
    bool initiator, responder;
    uint32_t spi_in, spi_out;
    struct view_keys in, out;
    uint8_t protocol, transform, mode, salt_size;
    uint16_t key_bits, integrity, icv_bits, pfs_group;
    bool icv_ambiguous, udp, esn;
    uint32_t life_seconds, life_kilobytes;
    ikev1_selector local, remote, packet_local, packet_remote;
};

/* Of an event with `info`. */
void view_take_sa(struct view_sa *v, const ikev1_event *event);
/* Of CHILD_INBOUND, then of CHILD_UP; of a bundle the innermost. What the second says otherwise
 * than the first: its name, else NULL. */
const char *view_take_child(struct view_child *v, const ikev1_event *event);

/* NULL, or the name of the first row that does not fit. */
const char *view_sa_differs(const struct view_sa *a, const struct view_sa *b);
const char *view_child_differs(const struct view_child *a, const struct view_child *b);
/* The same of what nothing in IKEv1 authenticates (RFC 2409 5: of the SA payloads only the
 * initiator's stands in HASH_I and HASH_R): phase 1 lifetimes, vendor IDs, NAT-D, addresses. */
const char *view_sa_open_differs(const struct view_sa *a, const struct view_sa *b);
const char *view_child_open_differs(const struct view_child *a, const struct view_child *b);
const char *view_path_differs(const ikev1_path *a, const ikev1_path *b);

#endif
