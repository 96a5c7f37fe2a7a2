/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* clock_gettime() */
#include <time.h>

#include "gateway_engine.h"

ikev1_time engine_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (ikev1_time)time.tv_sec * 1000 + (ikev1_time)time.tv_nsec / 1000000;
}

static int call(struct engine *engine, struct capsule_call what) {
    what.now = engine_now();
    return capsule_do(&engine->record.capsule, engine->ike, &what);
}

/* With up to three numbers. */
static int call_about(struct engine *engine, enum capsule_what what, uint64_t a, uint64_t b,
                      uint64_t c) {
    return call(engine, (struct capsule_call){.what = what, .number = {a, b, c}});
}

int engine_input(struct engine *engine, const ikev1_path *path, ikev1_bytes message) {
    return call(engine, (struct capsule_call){.what = CAPSULE_INPUT,
                                              .path = *path,
                                              .data = message.data,
                                              .len = message.len});
}

int engine_tick(struct engine *engine) {
    return call_about(engine, CAPSULE_TICK, 0, 0, 0);
}

int engine_next_event(struct engine *engine, ikev1_event *event) {
    return capsule_next_event(&engine->record.capsule, engine->ike, event);
}

int engine_next_packet(struct engine *engine, ikev1_packet *packet) {
    return capsule_next_packet(&engine->record.capsule, engine->ike, packet);
}

int engine_connect(struct engine *engine, uint32_t rule) {
    return call_about(engine, CAPSULE_CONNECT, rule, 0, 0);
}

int engine_outbound(struct engine *engine, uint32_t rule) {
    return call_about(engine, CAPSULE_OUTBOUND, rule, 0, 0);
}

int engine_rekey(struct engine *engine, ikev1_handle handle) {
    return call_about(engine, CAPSULE_REKEY, handle, 0, 0);
}

int engine_delete(struct engine *engine, ikev1_handle handle) {
    return call_about(engine, CAPSULE_DELETE, handle, 0, 0);
}

int engine_send_failed(struct engine *engine, ikev1_handle sa) {
    return call_about(engine, CAPSULE_SEND_FAILED, sa, 0, 0);
}

int engine_child_traffic(struct engine *engine, ikev1_handle child, const ikev1_traffic *total) {
    return call(engine, (struct capsule_call){.what = CAPSULE_TRAFFIC,
                                              .number = {child, total->bytes_in, total->bytes_out,
                                                         total->packets_in, total->packets_out}});
}

int engine_unknown_spi(struct engine *engine, ikev1_handle sa, uint8_t protocol, uint32_t spi) {
    return call_about(engine, CAPSULE_UNKNOWN_SPI, sa, protocol, spi);
}

int engine_local_changed(struct engine *engine, const ikev1_address *was, const ikev1_address *is) {
    return call(engine, (struct capsule_call){.what = CAPSULE_LOCAL_CHANGED,
                                              .path = {.local = *was, .remote = *is}});
}

int engine_prepare(struct engine *engine, uint16_t group, uint32_t most) {
    return call_about(engine, CAPSULE_PREPARE, group, most, 0);
}
