/* SPDX-License-Identifier: Apache-2.0 */
/* A TUN device: IP packets of this host to and from a file descriptor. */
#ifndef GATEWAY_TUN_H
#define GATEWAY_TUN_H

#include <net/if.h>

#include <ikev1/ikev1.h>

struct tun {
    int fd;    /* -1 = none */
    int index; /* of the device */
    char name[IF_NAMESIZE];
};

/* Makes the device and brings it up; "%d" in the name is a number that is free. False after saying
 * why not on stderr. */
bool tun_open(struct tun *tun, const char *name);
void tun_close(struct tun *tun); /* the device goes with it, and its routes */

#endif
