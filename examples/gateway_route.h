/* SPDX-License-Identifier: Apache-2.0 */
/* Routes into a network device, by rtnetlink. */
#ifndef GATEWAY_ROUTE_H
#define GATEWAY_ROUTE_H

#include <ikev1/ikev1.h>

/* The device that has an address of ours; 0 = none. */
int route_device(const ikev1_address *local);

/*
 * Adds or removes the routes to what is behind a peer. Packets of this host take the address of
 * ours that is in `local`, if there is one. False after saying why not on stderr.
 */
bool route_set(bool add, int device, const ikev1_selector *local, const ikev1_selector *remote);

/* Gives a device an address, or takes it away. False after saying why not on stderr. */
bool route_set_address(bool add, int device, const ikev1_address *address);

#endif
