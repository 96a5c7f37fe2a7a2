/* SPDX-License-Identifier: Apache-2.0 */
/* The rule file, read and checked; and the answers it gives to the library's questions. */
#ifndef GATEWAY_RULES_H
#define GATEWAY_RULES_H

#include <ikev1/ikev1.h>

#include "gateway_access.h"
#include "gateway_text.h"

enum { MAX_LISTEN = 8, MAX_KEYS = 64, MAX_PATH = 200, MAX_GROUPS = 25, MAX_PREPARE = 40 };

/* Who carries the traffic: gateway_data.h. */
enum rules_data { RULES_DATA_NONE, RULES_DATA_TUN, RULES_DATA_KERNEL };

struct data;  /* gateway_data.h */
struct certs; /* what has been read from them: gateway_certs.h */
struct capsule;

/* The files that keys name; of the last two there may be several, with commas between them. */
struct cert_files {
    char cert[MAX_PATH], key[MAX_PATH], ca[MAX_PATH], crl[MAX_PATH];
    bool unasked; /* `cert` also goes to a peer that does not ask for it */
};

/* One [rule N] section. */
struct rule {
    uint32_t number;
    unsigned line;               /* where its section begins */
    unsigned key_line[MAX_KEYS]; /* where each of its keys stands, as RULE_KEYS lists them; 0 =
                                    nowhere */
    char name[64];
    ikev1_address peer;  /* family 0 = any */
    ikev1_address local; /* family 0 = whichever leads to the peer */
    bool open_remote;    /* remote = any */
    struct text_bytes psk, local_id, remote_id;
    uint16_t auth; /* IKEV1_AUTH_...: of all its suites */
    struct cert_files files;
    struct access access;
    struct certs *certs; /* NULL with a pre-shared key */
    ikev1_suite1 suites1[IKEV1_MAX_SUITES];
    ikev1_suite2 suites2[IKEV1_MAX_SUITES];
    ikev1_phase1 phase1; /* all but `path` and the pointers: rules_phase1() sets them */
    ikev1_phase2 phase2;
};

struct rules {
    char path[256]; /* of the file, for messages */
    ikev1_rules *table;
    ikev1_address listen[MAX_LISTEN];
    size_t listen_count;
    uint32_t port, natt_port; /* 0 = that one is not opened */
    uint32_t allow;
    /* 0 = the library's own */
    uint32_t retry_ms, retry_count, half_open_ms, dpd_wait_ms, dpd_tries, log_rate, xauth_tries;
    uint32_t prepare; /* key pairs of each group of the rules, computed in idle time */
    bool anonymous, clear_notify;
    uint8_t log_level;
    uint8_t data;                /* enum rules_data */
    char tun[16];                /* the name of its device */
    struct data *carrier;        /* gives the SPIs; NULL = the library does */
    struct capsule *capsule;     /* notes what answers rest on beside the file; NULL = none */
    struct cert_files files;     /* for rules that name no others: ca and crl only */
    unsigned key_line[MAX_KEYS]; /* where each key of [gateway] stands, as GATEWAY_KEYS lists them
                                  */
    struct rule *rule;
    size_t count;
};

/* Reads the file. False after printing on stderr file, line, what is wrong and what was expected.
 */
bool rules_load(struct rules *rules, const char *path);

/* Loads the table, which checks the rules one by one and against each other: what the provider
 * lacks, what is weak, which two do not go together. False after printing on stderr. */
bool rules_check(const struct rules *rules, const ikev1_engine *engine);

void rules_free(struct rules *rules);

/* Both name the same peer at the same address of ours. */
bool rules_same_peer(const struct rule *a, const struct rule *b);

/* Complains about a rule (NULL: about [gateway]) on stderr, at the line of one of its keys. Always
 * false. */
bool rules_complain(const struct rules *rules, const struct rule *rule, const char *key,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* NULL = none. */
const struct rule *rules_find(const struct rules *rules, uint32_t number);

/* What [gateway] says of the engine. */
void rules_config(const struct rules *rules, ikev1_config *config);

/* What the rule answers, with every pointer in its place. It must not move as long as that is used.
 */
ikev1_phase1 rules_phase1(const struct rules *rules, const struct rule *rule);
ikev1_phase2 rules_phase2(const struct rule *rule);

/* Our address towards a peer whose rule names none: the one we listen on, and where that is every
 * one of its family, the one that leads there. IKEV1_OK, or IKEV1_E_NO_RULE: none does. */
int rules_local(const struct rules *rules, const ikev1_address *peer, ikev1_address *local);

/* The same as a rule of the library's table; it points into `rule`. */
ikev1_rule rules_entry(const struct rules *rules, const struct rule *rule);

/* Which groups the rules name, in either phase. How many. */
size_t rules_groups(const struct rules *rules, uint16_t groups[MAX_GROUPS]);

/* Makes the table, empty. What it does not know it asks `own`, whose user is then `rules`. False
 * after printing on stderr. */
bool rules_table(struct rules *rules, const ikev1_policy *own);

#endif
