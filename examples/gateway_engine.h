/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of ikev1/engine.h, by its names and in its order of arguments; each is told the time
 * and written down on its way where a capsule is recorded. A host that wants none calls the
 * library.
 */
#ifndef GATEWAY_ENGINE_H
#define GATEWAY_ENGINE_H

#include <ikev1/ikev1.h>

#include "gateway_record.h"

struct engine {
    ikev1_engine *ike;
    struct record record;
};

/* The monotonic clock, in milliseconds. */
ikev1_time engine_now(void);

int engine_input(struct engine *engine, const ikev1_path *path, ikev1_bytes message);
int engine_tick(struct engine *engine);
int engine_next_event(struct engine *engine, ikev1_event *event);
int engine_next_packet(struct engine *engine, ikev1_packet *packet);

int engine_connect(struct engine *engine, uint32_t rule);
int engine_outbound(struct engine *engine, uint32_t rule);
int engine_rekey(struct engine *engine, ikev1_handle handle);
int engine_delete(struct engine *engine, ikev1_handle handle);

int engine_send_failed(struct engine *engine, ikev1_handle sa);
int engine_child_traffic(struct engine *engine, ikev1_handle child, const ikev1_traffic *total);
int engine_unknown_spi(struct engine *engine, ikev1_handle sa, uint8_t protocol, uint32_t spi);
int engine_local_changed(struct engine *engine, const ikev1_address *was, const ikev1_address *is);
int engine_prepare(struct engine *engine, uint16_t group, uint32_t most);

#endif
