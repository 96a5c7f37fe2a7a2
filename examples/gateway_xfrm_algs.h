/* SPDX-License-Identifier: Apache-2.0 */
/* What IKE's algorithms are called in Linux. */
#ifndef GATEWAY_XFRM_ALGS_H
#define GATEWAY_XFRM_ALGS_H

#include <libmnl/libmnl.h>

#include <ikev1/ikev1.h>

/* Whether the tables have what a suite asks for; the kernel itself may still lack it. */
bool xfrm_algs_known(uint8_t protocol, uint8_t transform, uint16_t integrity);

/* Adds the attributes of an SA's algorithms, with their keys, to a message. */
void xfrm_put_algs(struct nlmsghdr *message, const ikev1_ipsec *sa);

#endif
