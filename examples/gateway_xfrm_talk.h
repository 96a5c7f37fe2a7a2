/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that speak netlink XFRM share. */
#ifndef GATEWAY_XFRM_TALK_H
#define GATEWAY_XFRM_TALK_H

#include <linux/netlink.h>
#include <linux/xfrm.h>

#include "gateway_xfrm.h"

enum { XFRM_MESSAGE = 4096 };

/* A message in `room`, of XFRM_MESSAGE bytes. */
struct nlmsghdr *xfrm_begin(uint8_t *room, uint16_t type, uint16_t flags);

/* Sends it and waits for what comes back, which stays until the next question; NULL: for a yes. */
int xfrm_ask(struct xfrm *xfrm, struct nlmsghdr *message, const struct nlmsghdr **answer);

/* IKE's numbers as the kernel has them. */
uint8_t xfrm_protocol(uint8_t ike);
uint16_t xfrm_family(uint8_t family);
void xfrm_address(xfrm_address_t *to, const uint8_t ip[16]);

#endif
