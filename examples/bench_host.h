/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two engines that negotiate many SAs at once, and what each of them took of the processor. One of
 * them plays all the peers: a rule, an address and an SA for each.
 */
#ifndef BENCH_HOST_H
#define BENCH_HOST_H

#include <ikev1/ikev1.h>

enum { BENCH_INITIATOR, BENCH_RESPONDER };

struct bench_host {
    ikev1_engine *ike;
    uint16_t group, hash;
    bool initiator;
    double cpu;            /* seconds spent in calls of this engine that count */
    size_t up;             /* pairs of IPsec SAs announced */
    ikev1_packet *packets; /* what it has to send, in its own memory */
    size_t count, room;
    size_t allocations, blocks; /* ever made; held now */
};

struct bench_pair {
    struct bench_host side[2];
    ikev1_time now;
    uint32_t rules; /* used so far: every negotiation is another peer's */
};

struct bench_setup {
    const ikev1_crypto *crypto[2]; /* of the initiator, of the responder */
    uint16_t group, hash;
    uint32_t half_open; /* limit of the responder */
};

double bench_seconds(void); /* processor time of this thread */
bool bench_pair_open(struct bench_pair *p, const struct bench_setup *setup);
void bench_pair_close(struct bench_pair *p);

/* Main Mode and Quick Mode with `count` new peers, side by side. False when one of them failed. */
bool bench_negotiate(struct bench_pair *p, size_t count);
/* The first messages of `count` new peers, waiting in the initiator's packets. */
void bench_connect(struct bench_pair *p, size_t count);
/* Hands one side's packets to the other, and drains it: all of that is the other side's cost. */
void bench_turn(struct bench_host *to, struct bench_host *from, ikev1_time now);
/* The two halves of it, with names for a tool that counts instructions (see bench.c). */
void bench_initiator(struct bench_host *to, struct bench_host *from, ikev1_time now);
void bench_responder(struct bench_host *to, struct bench_host *from, ikev1_time now);
/* Ends all SAs of one side; nobody is told. */
void bench_clear(struct bench_host *host, ikev1_time now);
uint64_t bench_memory(const struct bench_host *host);

#endif
