/* SPDX-License-Identifier: Apache-2.0 */
/* What an IP packet is about, as far as selectors ask (RFC 4301 4.4.1.1). */
#ifndef GATEWAY_FLOW_H
#define GATEWAY_FLOW_H

#include <ikev1/ikev1.h>

struct flow {
    uint8_t family; /* 4 or 6 */
    uint8_t protocol;
    uint8_t from[16], to[16];
    bool has_ports; /* not a later fragment, nor a protocol without */
    uint16_t from_port, to_port;
    size_t len; /* of the packet as it says; what follows is padding */
};

/* False when it is not a whole IP packet. */
bool flow_read(struct flow *flow, ikev1_bytes packet);

/* Whether it goes from what one selector means to what the other one means. */
bool flow_fits(const struct flow *flow, const ikev1_selector *from, const ikev1_selector *to);

#endif
