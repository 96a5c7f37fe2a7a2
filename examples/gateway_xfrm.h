/* SPDX-License-Identifier: Apache-2.0 */
/* Linux's IPsec by netlink XFRM (with libmnl): SAs, policies, SPIs, counters. */
#ifndef GATEWAY_XFRM_H
#define GATEWAY_XFRM_H

#include <ikev1/ikev1.h>

struct xfrm; /* a netlink socket */

struct xfrm *xfrm_open(void); /* NULL with errno set */
void xfrm_close(struct xfrm *xfrm);

/* Below, 0 is good and everything else an error number. */

/* How the kernel names one SA, beside where its packets go to. */
struct xfrm_sa {
    bool inbound;
    uint8_t protocol; /* IKEV1_PROTO_... */
    uint32_t spi;
    bool udp; /* ESP in UDP */
};

/* An SPI for packets to path->local that no SA of this kernel has. */
int xfrm_take_spi(struct xfrm *xfrm, const ikev1_path *path, uint8_t protocol, uint32_t *spi);

/* One SA of a bundle; `inner`: the innermost, which alone may be in tunnel mode. `id` joins the SAs
 * of a rule with its policies. */
int xfrm_add_sa(struct xfrm *xfrm, const ikev1_ipsec *sa, bool inner, const ikev1_path *path,
                uint32_t id);
int xfrm_remove_sa(struct xfrm *xfrm, const struct xfrm_sa *sa, const ikev1_path *path);

/* What it has carried so far. */
int xfrm_count(struct xfrm *xfrm, const struct xfrm_sa *sa, const ikev1_path *path, uint64_t *bytes,
               uint64_t *packets);

/* The peer is reached another way: the SA goes on there with its keys and numbers. */
int xfrm_move_sa(struct xfrm *xfrm, const struct xfrm_sa *sa, const ikev1_path *from,
                 const ikev1_path *to);

/* What a policy asks for: the SAs of a bundle, innermost first. Without any (but sa[0].inbound
 * tells the direction) packets are dropped; one of SPI 0 is still to be negotiated. */
struct xfrm_bundle {
    struct xfrm_sa sa[IKEV1_MAX_BUNDLE];
    size_t count;
    bool tunnel;
    uint32_t id;
    ikev1_path path;
};

/* Sets (or replaces) the policies of one direction for every pair of prefixes; inbound for packets
 * to this host and through it. Outbound packets take exactly these SAs; inbound ones any of the
 * same id, so that a pair that has been rekeyed still counts. */
int xfrm_set_policy(struct xfrm *xfrm, const struct xfrm_bundle *bundle,
                    const ikev1_selector *local, const ikev1_selector *remote);
int xfrm_remove_policy(struct xfrm *xfrm, bool inbound, const ikev1_selector *local,
                       const ikev1_selector *remote);

/* A socket that is readable when a packet meets a policy without SAs; -1 with errno. Closed by
 * close(). */
int xfrm_listen(void);

/* The id of that policy's bundle; 0 = nothing is asked for any more. The kernel asks once in half a
 * minute, until an SA is there; it drops the packet. */
uint32_t xfrm_asked(int fd);

/* For a socket that speaks IKE: its packets pass beside the policies. `shared`: ESP in UDP that
 * comes in is the kernel's. */
int xfrm_exempt(int socket, uint8_t family, bool shared);

#endif
