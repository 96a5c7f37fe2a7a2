/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layer 6: the engine's entry points.
 */
#ifndef IKE_API_H
#define IKE_API_H

#include <ikev1/engine.h>
#include "session/access.h"

struct ikev1_engine {
    struct ike_session s;
    struct ike_detail *pulled; /* of the event the host has pulled last; wiped at the next call */
    struct ike_blob lease;     /* likewise, of an SA that has ended */
    ikev1_lease decoded;       /* what the event's lease points to */
    ikev1_why why;             /* of the ending the host has pulled last */
};

/* ---- config.c ---- */

/* The host's configuration with every default filled in. IKEV1_E_CONFIG. */
int ike_config_read(ikev1_config *out, const ikev1_config *in);

/* ---- drain.c ---- */

void ike_forget_pulled(ikev1_engine *engine); /* what the last event has pointed to */

/* ---- engine.c ---- */

/* At the start of every entry point: refuses re-entry and no engine, moves the clock, makes room
 * for events. */
int ike_enter(ikev1_engine *engine, ikev1_time now);
/* Likewise, of what needs no room or does without: what ends something. */
int ike_enter_anyway(ikev1_engine *engine, ikev1_time now);

/* Of an SA and a child that has not ended; else NULL. */
struct ike_sa *ike_live_sa(const ikev1_engine *engine, ikev1_handle handle);
struct ike_sa *ike_live_sa_at(const struct ike_session *s, uint32_t slot);
struct ike_child *ike_live_child(const ikev1_engine *engine, ikev1_handle handle);

/* ---- demux.c ---- */

/* Finds the SA of a message, or admits a new one. */
int ike_demux(struct ike_session *s, const struct ike_header *h, ikev1_bytes datagram,
              const ikev1_path *path, ikev1_why *why);

#endif
