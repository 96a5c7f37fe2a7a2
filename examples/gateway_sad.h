/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a real gateway tells its kernel: IPsec SAs to install and to remove. This one keeps them in
 * a list and prints a line for each change.
 */
#ifndef GATEWAY_SAD_H
#define GATEWAY_SAD_H

#include <ikev1/ikev1.h>

struct sad_entry;

struct sad {
    struct sad_entry *first;
    bool show_keys;
};

/* For CHILD_INBOUND and CHILD_UP. False when there is no memory. */
bool sad_install(struct sad *sad, const ikev1_event *event);

/* For CHILD_DOWN and CHILD_FAILED: the handle is all they name, so the host remembers the SPIs. */
void sad_remove(struct sad *sad, ikev1_handle child);

/* Whether one of them receives ESP under that SPI. */
bool sad_receives(const struct sad *sad, uint32_t spi);

/* A pair that is up: the first with 0, then the one behind `child`; 0 = no more. */
ikev1_handle sad_next(const struct sad *sad, ikev1_handle child);

#endif
