/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gateway_flow.h"
#include "gateway_prefix.h"

enum { HOP_BY_HOP = 0, TCP = 6, UDP = 17, ROUTING = 43, FRAGMENT = 44, DESTINATION = 60 };
enum { V4_HEADER = 20, V6_HEADER = 40, PORTS = 4 };

static uint16_t get16(const uint8_t *at) {
    return (uint16_t)(at[0] << 8 | at[1]);
}

static void read_ports(struct flow *flow, const uint8_t *at, size_t left) {
    flow->has_ports = (flow->protocol == TCP || flow->protocol == UDP) && left >= PORTS;
    if (flow->has_ports) {
        flow->from_port = get16(at);
        flow->to_port = get16(at + 2);
    }
}

static bool read_v4(struct flow *flow, const uint8_t *at, size_t len) {
    size_t header = (at[0] & 15u) * 4u;
    if (len < V4_HEADER || header < V4_HEADER) {
        return false;
    }
    flow->len = get16(at + 2);
    flow->protocol = at[9];
    memcpy(flow->from, at + 12, 4);
    memcpy(flow->to, at + 16, 4);
    if (flow->len > len || flow->len < header) {
        return false;
    }
    if ((get16(at + 6) & 0x1fff) == 0) {
        read_ports(flow, at + header, flow->len - header);
    }
    return true;
}

/* What stands behind the extension headers, as far as they can be gone through. */
static bool read_v6(struct flow *flow, const uint8_t *at, size_t len) {
    size_t used = V6_HEADER;
    if (len < V6_HEADER) {
        return false;
    }
    flow->len = V6_HEADER + (size_t)get16(at + 4);
    flow->protocol = at[6];
    memcpy(flow->from, at + 8, 16);
    memcpy(flow->to, at + 24, 16);
    if (flow->len > len) {
        return false;
    }
    while (flow->len - used >= 8) {
        const uint8_t *header = at + used;
        size_t size = 8 + (size_t)header[1] * 8;
        if (flow->protocol == FRAGMENT) {
            if ((get16(header + 2) & 0xfff8) != 0) {
                flow->protocol = header[0];
                return true; /* a later fragment */
            }
            size = 8;
        } else if (flow->protocol != HOP_BY_HOP && flow->protocol != ROUTING &&
                   flow->protocol != DESTINATION) {
            break;
        }
        if (size > flow->len - used) {
            return false;
        }
        flow->protocol = header[0];
        used += size;
    }
    read_ports(flow, at + used, flow->len - used);
    return true;
}

bool flow_read(struct flow *flow, ikev1_bytes packet) {
    *flow = (struct flow){0};
    if (packet.len == 0) {
        return false;
    }
    flow->family = packet.data[0] >> 4;
    return flow->family == 4   ? read_v4(flow, packet.data, packet.len)
           : flow->family == 6 ? read_v6(flow, packet.data, packet.len)
                               : false;
}

static bool fits_end(const struct flow *flow, const ikev1_selector *selector,
                     const uint8_t address[16], uint16_t port) {
    return prefix_covers(selector, flow->family, address) &&
           (selector->protocol == 0 || selector->protocol == flow->protocol) &&
           (selector->port == 0 || (flow->has_ports && selector->port == port));
}

bool flow_fits(const struct flow *flow, const ikev1_selector *from, const ikev1_selector *to) {
    return fits_end(flow, from, flow->from, flow->from_port) &&
           fits_end(flow, to, flow->to, flow->to_port);
}
