/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ESP that the kernel has no SA for. It drops that and tells nobody; but a raw socket has a copy of
 * every packet, and a filter in the kernel leaves out those that are for SAs.
 */
#ifndef GATEWAY_STRAY_H
#define GATEWAY_STRAY_H

#include "gateway_net.h"
#include "gateway_rules.h"

/* The sockets, for ESP by itself and in UDP, at each address we listen on. False after saying why
 * not on stderr. */
bool stray_open(struct net *net, const struct rules *rules);

/* All SPIs for which there is an SA now. With more of them than a filter can hold, no packet is
 * seen. */
void stray_skip(const struct net *net, const uint32_t *spi, size_t count);

#endif
