/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "bench_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double bench_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- the questions ---- */

static const ikev1_address GATEWAY = {4, {192, 0, 2, 1}, IKEV1_PORT};

static ikev1_address peer_of(uint32_t rule) {
    ikev1_address a = {4, {10, (uint8_t)(rule >> 16), (uint8_t)(rule >> 8), (uint8_t)rule}, 0};
    a.port = IKEV1_PORT;
    return a;
}

static int answer_phase1(void *user, const ikev1_question *q, ikev1_phase1 *answer) {
    const struct bench_host *host = user;
    static const ikev1_suite1 SUITES[] = {
        {IKEV1_CIPHER_AES, 128, IKEV1_HASH_SHA1, IKEV1_AUTH_PSK, IKEV1_GROUP_MODP2048, {0}},
        {IKEV1_CIPHER_AES, 128, IKEV1_HASH_SHA2_256, IKEV1_AUTH_PSK, IKEV1_GROUP_ECP256, {0}},
        {IKEV1_CIPHER_AES, 128, IKEV1_HASH_SHA2_256, IKEV1_AUTH_PSK, IKEV1_GROUP_X25519, {0}},
        {IKEV1_CIPHER_AES, 128, IKEV1_HASH_SHA1, IKEV1_AUTH_PSK, IKEV1_GROUP_X25519, {0}},
    };
    for (size_t i = 0; i < sizeof SUITES / sizeof *SUITES; i++) {
        if (SUITES[i].group == host->group && SUITES[i].hash == host->hash)
            answer->suites = &SUITES[i];
    }
    answer->suite_count = 1;
    answer->rule = q->initiator ? q->rule : 1; /* one rule for all who call */
    answer->path.local = peer_of(q->rule);
    answer->path.remote = GATEWAY;
    return IKEV1_OK;
}

static int answer_psk(void *user, const ikev1_question *q, ikev1_bytes *answer) {
    static const uint8_t psk[] = "a secret that both sides know";
    (void)user, (void)q;
    *answer = (ikev1_bytes){psk, sizeof psk - 1};
    return IKEV1_OK;
}

static int answer_phase2(void *user, const ikev1_question *q, ikev1_phase2 *answer) {
    static const ikev1_suite2 SUITE = {IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 128,
                                       IKEV1_INTEG_HMAC_SHA1, 0};
    static const ikev1_selector PEERS = {4, 0, 0, {10, 1, 0, 0}, {10, 1, 0, 255}};
    static const ikev1_selector OURS = {4, 0, 0, {10, 2, 0, 0}, {10, 2, 0, 255}};
    (void)user;
    answer->rule = q->rule;
    answer->suites = &SUITE;
    answer->suite_count = 1;
    answer->mode = IKEV1_ENCAP_TUNNEL;
    answer->local = q->initiator ? PEERS : OURS;
    answer->remote = q->initiator ? OURS : PEERS;
    return IKEV1_OK;
}

/* ---- engines ---- */

static void *count_alloc(void *user, size_t len) {
    struct bench_host *host = user;
    host->allocations++;
    host->blocks++;
    return malloc(len);
}

static void count_release(void *user, void *p, size_t len) {
    struct bench_host *host = user;
    (void)len;
    host->blocks--;
    free(p);
}

static bool open_side(struct bench_host *host, const struct bench_setup *setup, int role) {
    const ikev1_policy policy = {.size = sizeof policy,
                                 .user = host,
                                 .phase1 = answer_phase1,
                                 .psk = answer_psk,
                                 .phase2 = answer_phase2};
    const ikev1_allocator allocator = {host, count_alloc, count_release};
    ikev1_config config = IKEV1_CONFIG_INIT;
    *host = (struct bench_host){.group = setup->group, .hash = setup->hash};
    host->initiator = role == BENCH_INITIATOR;
    config.crypto = setup->crypto[role];
    config.policy = &policy;
    config.allocator = &allocator;
    config.limits.sas = config.limits.sas_peer = 1u << 24; /* to one side all are one peer */
    config.limits.half_open = setup->half_open;
    return ikev1_engine_new(&host->ike, &config) == IKEV1_OK;
}

bool bench_pair_open(struct bench_pair *p, const struct bench_setup *setup) {
    *p = (struct bench_pair){.now = 1000, .rules = 1};
    return open_side(&p->side[0], setup, 0) && open_side(&p->side[1], setup, 1);
}

void bench_pair_close(struct bench_pair *p) {
    for (int i = 0; i < 2; i++) {
        ikev1_engine_free(p->side[i].ike);
        free(p->side[i].packets);
    }
}

/* ---- messages ---- */

static void drain(struct bench_host *host) {
    ikev1_event event;
    while (ikev1_engine_next_event(host->ike, &event))
        host->up += event.type == IKEV1_EVENT_CHILD_UP;
    for (host->count = 0;; host->count++) {
        if (host->count == host->room) {
            host->room = host->room != 0 ? 2 * host->room : 64;
            host->packets = realloc(host->packets, host->room * sizeof *host->packets);
            if (host->packets == NULL)
                abort();
        }
        if (!ikev1_engine_next_packet(host->ike, &host->packets[host->count]))
            return;
    }
}

static void take(struct bench_host *to, struct bench_host *from, ikev1_time now) {
    for (size_t i = 0; i < from->count; i++) {
        const ikev1_packet *p = &from->packets[i];
        const ikev1_path path = {p->path.remote, p->path.local, p->path.encapsulated};
        ikev1_engine_input(to->ike, now, &path, p->data, p->len, NULL);
    }
    from->count = 0;
    drain(to);
}

__attribute__((noinline)) void bench_responder(struct bench_host *to, struct bench_host *from,
                                               ikev1_time now) {
    take(to, from, now);
}

__attribute__((noinline)) void bench_initiator(struct bench_host *to, struct bench_host *from,
                                               ikev1_time now) {
    take(to, from, now);
}

void bench_turn(struct bench_host *to, struct bench_host *from, ikev1_time now) {
    const double start = bench_seconds();
    (to->initiator ? bench_initiator : bench_responder)(to, from, now);
    to->cpu += bench_seconds() - start;
}

void bench_connect(struct bench_pair *p, size_t count) {
    struct bench_host *host = &p->side[BENCH_INITIATOR];
    const double start = bench_seconds();
    for (size_t i = 0; i < count; i++)
        ikev1_connect(host->ike, p->now, ++p->rules, NULL);
    drain(host);
    host->cpu += bench_seconds() - start;
}

bool bench_negotiate(struct bench_pair *p, size_t count) {
    struct bench_host *initiator = &p->side[BENCH_INITIATOR];
    struct bench_host *responder = &p->side[BENCH_RESPONDER];
    const size_t up[2] = {initiator->up + count, responder->up + count};
    p->now += 10;
    for (int i = 0; i < 2; i++)
        ikev1_engine_tick(p->side[i].ike, p->now);
    bench_connect(p, count);
    while (initiator->count != 0) {
        bench_turn(responder, initiator, p->now);
        bench_turn(initiator, responder, p->now);
    }
    return initiator->up == up[0] && responder->up == up[1];
}

void bench_clear(struct bench_host *host, ikev1_time now) {
    ikev1_delete(host->ike, now, IKEV1_ALL);
    drain(host);
    host->count = 0;
}

uint64_t bench_memory(const struct bench_host *host) {
    ikev1_stats stats = {.size = sizeof stats};
    ikev1_engine_stats(host->ike, &stats);
    return stats.memory;
}
