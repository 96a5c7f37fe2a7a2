/* SPDX-License-Identifier: Apache-2.0 */
/* XAUTH and Mode Config of a rule: its keys, and the answers to the library's questions. */
#ifndef GATEWAY_ACCESS_H
#define GATEWAY_ACCESS_H

#include <ikev1/ikev1.h>

#include "gateway_text.h"

struct rules;
struct rule;

enum { ACCESS_POOL = 254, ACCESS_LIST = 8, ACCESS_TEXT = 200 };

struct access {
    bool client, server, hybrid;
    struct text_bytes user, password; /* client: ours; server: the one that is let in */
    ikev1_selector pool;              /* family 0 = none */
    bool taken[ACCESS_POOL];          /* which of its addresses, from the second on */
    ikev1_address dns[ACCESS_LIST];
    ikev1_selector split[ACCESS_LIST];
    size_t dns_count, split_count;
    char banner[ACCESS_TEXT], domain[ACCESS_TEXT];
};

/* Setters of its keys, as gateway_keys.h has them. */
#define ACCESS_SETTER(name)                                                                        \
    bool name(struct rules *rules, struct rule *rule, const char *value, struct mistake *mistake)
ACCESS_SETTER(access_set_xauth);
ACCESS_SETTER(access_set_hybrid);
ACCESS_SETTER(access_set_user);
ACCESS_SETTER(access_set_password);
ACCESS_SETTER(access_set_config);
ACCESS_SETTER(access_set_unity);
ACCESS_SETTER(access_set_pool);
ACCESS_SETTER(access_set_dns);
ACCESS_SETTER(access_set_split);
ACCESS_SETTER(access_set_banner);
ACCESS_SETTER(access_set_domain);

/* What the method of a rule becomes with XAUTH; the same where it has none. */
uint16_t access_auth(const struct rule *rule);
/* The callbacks, with `rules` as their user. */
void access_answer(ikev1_policy *policy);
/* Whether Mode Config gives us an address by this rule, and not the peer. */
bool access_asks(const struct rule *rule); /* as Mode Config client */
bool access_is_client(const struct rules *rules, uint32_t rule);
/* Prints what XAUTH and Mode Config have come to; a lease that is free now goes back. */
void access_event(struct rules *rules, const ikev1_event *event);

#endif
