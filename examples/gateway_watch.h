/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an address of ours is still the one that leads to a peer. Only rules without one of their
 * own are watched, and only those that know their peer's.
 */
#ifndef GATEWAY_WATCH_H
#define GATEWAY_WATCH_H

#include "gateway_net.h"
#include "gateway_rules.h"

struct watch {
    int fd; /* readable when addresses or routes have changed; -1 = not open */
    const struct rules *rules;
    size_t count;
    ikev1_address *source; /* of each rule; family 0 = not watched, or there has been none yet */
};

/* Has ppoll() wait for it. False after saying why not on stderr. */
bool watch_open(struct watch *watch, const struct rules *rules, struct net *net);

/* There are other rules in the place of those there were. */
bool watch_rules(struct watch *watch);

/* What the kernel has told is read away; then each change is told once, until there is none: false.
 */
void watch_read(struct watch *watch);
bool watch_changed(struct watch *watch, ikev1_address *was, ikev1_address *is);

void watch_close(struct watch *watch);

#endif
