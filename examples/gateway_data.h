/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of the traffic, as `data` in the rule file says: none (it is only told of the SAs),
 * tun (ESP in this process, packets over a TUN device), kernel (SAs and policies by netlink).
 */
#ifndef GATEWAY_DATA_H
#define GATEWAY_DATA_H

#include "gateway_net.h"
#include "gateway_rules.h"

/* What a way tells the host. Neither may call the way again. */
struct data_host {
    void *user;
    /* A packet of a rule that has no SA to go out by. */
    void (*demand)(void *user, uint32_t rule);
    /* What a pair has carried since it came up. */
    void (*traffic)(void *user, ikev1_handle child, const ikev1_traffic *total);
};

/* What a way has to be told of and may do about it; NULL = nothing. */
struct data_way {
    /* All three stay. */
    bool (*open)(void **state, const struct rules *rules, struct net *net,
                 const struct data_host *host);
    /* Other rules hold from now on; `was` goes. `now` stays. */
    bool (*rules)(void *state, const struct rules *was, const struct rules *now);
    /* The SAs of one direction. False: refused, after saying why; the pair must be ended. */
    bool (*install)(void *state, const ikev1_event *event);
    void (*remove)(void *state, ikev1_handle child);
    /* An SPI for an inbound SA; IKEV1_OK or a refusal. */
    int (*take_spi)(void *state, const ikev1_path *path, uint8_t protocol, uint32_t *spi);
    /* The peer of an ISAKMP SA is reached another way. */
    void (*move)(void *state, const ikev1_event *event);
    /* The pairs of event->replaces belong to event->sa from now on. */
    void (*adopt)(void *state, const ikev1_event *event);
    /* Has host->traffic told of every pair. */
    void (*count)(void *state);
    /* An address that Mode Config has given us. */
    void (*lease)(void *state, const ikev1_address *address);
    /* ESP that has come in; decrypted in place. */
    void (*receive)(void *state, uint8_t *packet, size_t len);
    /* The file it has put among those of `net` is readable. */
    void (*readable)(void *state);
    void (*close)(void *state);
};

extern const struct data_way DATA_TUN;    /* gateway_tunnel.c */
extern const struct data_way DATA_KERNEL; /* gateway_kernel.c: where there is libmnl */

struct data {
    const struct data_way *way;
    void *state;
};

/*
 * How many counts an outbound SA had better wait, if it can, unless the peer has used the pair
 * before: where we have begun, the peer has yet to take our last message, and some install what
 * they receive by not before that. While a pair replaces another one, the older one will do.
 */
unsigned data_patience(const ikev1_event *event);

/* Whether every rule can be carried. False after complaining about one that cannot. */
bool data_check(const struct rules *rules);

/* After the sockets. All three must stay. False after saying why not on stderr. */
bool data_open(struct data *data, const struct rules *rules, struct net *net,
               const struct data_host *host);

/* Has the way give the SPIs, where it does so; `data` must stay. Before the engine is made. */
void data_answer(struct data *data, struct rules *rules, ikev1_policy *policy);

/* Other rules are in place of `was`. False after saying what could not be done. */
bool data_rules(struct data *data, const struct rules *was, const struct rules *now);

bool data_install(struct data *data, const ikev1_event *event);
void data_remove(struct data *data, ikev1_handle child);
void data_move(struct data *data, const ikev1_event *event);
void data_adopt(struct data *data, const ikev1_event *event);
void data_count(struct data *data);
void data_lease(struct data *data, const ikev1_event *event); /* as Mode Config client */
void data_receive(struct data *data, uint8_t *packet, size_t len);
void data_readable(struct data *data);
void data_close(struct data *data);

#endif
