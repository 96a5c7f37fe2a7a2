/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A negotiation rehearsed in memory (mission B4). Two engines, each with a table of one rule, hand
 * each other their datagrams; the first refusal is a difference. It is put right in a copy of one
 * side, and the rehearsal begins again, until both agree or nothing more can be put right.
 */
#include <string.h>

#include <ikev1/forecast.h>
#include <ikev1/text.h>

#include "base/base.h"

enum { INITIATOR, RESPONDER };
enum { MOST_TURNS = 200, CONFIG_MAX = 4096, LOG_RATE = 100000 };

struct rehearsal;

struct player {
    struct rehearsal *r;
    ikev1_rules *table;
    ikev1_engine *engine;
    uint64_t random;
    bool up;
};

struct rehearsal {
    ikev1_forecast_config config;
    ikev1_rule rules[2]; /* as given, then as they would have to be */
    struct player players[2];
    ikev1_forecast_result *out;
    ikev1_forecast_difference found; /* in this round; why.code 0 = none */
    bool first;                      /* the rules are still as given */
};

/* ---- what a host would answer ---- */

/* Keys that are not given are taken for the same. */
static int any_key(void *user, const ikev1_question *q, ikev1_bytes *answer) {
    static const uint8_t KEY[32] = {1};
    (void)user, (void)q;
    *answer = ike_bytes(KEY, sizeof KEY);
    return IKEV1_OK;
}

static int any_signature(void *user, const ikev1_question *q, const ikev1_signature *what,
                         ikev1_bytes *answer) {
    (void)user, (void)q;
    *answer = what->hash;
    return IKEV1_OK;
}

static int take_signature(void *user, const ikev1_question *q, const ikev1_signature *what) {
    (void)user, (void)q, (void)what;
    return IKEV1_OK;
}

/* Nothing that is drawn here leaves, and the same rules give the same forecast. */
static int draw(void *user, uint8_t *out, size_t len) {
    uint64_t *state = user;
    for (size_t i = 0; i < len; i++) {
        uint64_t z = *state += 0x9e3779b97f4a7c15u; /* splitmix64 */
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        out[i] = (uint8_t)(z ^ z >> 31);
    }
    return IKEV1_OK;
}

/* ---- what is heard ---- */

/* What only follows from something that was refused before. */
static bool is_echo(int code) {
    static const int ECHOES[] = {IKEV1_OK,        IKEV1_E_SILENT,   IKEV1_E_NOTIFIED,
                                 IKEV1_E_DELETED, IKEV1_E_CLOSED,   IKEV1_E_UNEXPECTED_MESSAGE,
                                 IKEV1_E_COOKIE,  IKEV1_E_REPLAYED, IKEV1_E_UNREAD};
    for (size_t i = 0; i < sizeof ECHOES / sizeof *ECHOES; i++) {
        if (ECHOES[i] == code)
            return true;
    }
    return false;
}

static void hear(struct rehearsal *r, bool initiator, const ikev1_why *why) {
    if (why == NULL || is_echo(why->code) || r->found.why.code != 0)
        return;
    r->found.initiator = initiator;
    r->found.why = *why;
}

static void hear_log(void *user, const ikev1_log_event *event) {
    struct player *p = user;
    struct rehearsal *r = p->r;
    const bool initiator = p == &r->players[INITIATOR];
    if (event->number == IKEV1_LOG_CAUSE || event->number == IKEV1_LOG_DROPPED)
        hear(r, initiator, event->why);
    if (r->first && r->config.log != NULL && event->level <= r->config.log_level)
        r->config.log(r->config.log_user, initiator, event);
}

static void take_phase1(struct rehearsal *r, const ikev1_sa_info *info) {
    ikev1_forecast_result *out = r->out;
    if (!r->first)
        return;
    out->phase1 = true;
    out->exchange = info->exchange;
    out->suite1 = (ikev1_suite1){.cipher = info->cipher,
                                 .key_bits = info->key_bits,
                                 .hash = info->hash,
                                 .auth = info->auth,
                                 .group = info->group};
    out->life1_seconds = info->life_seconds;
}

static void take_pair(struct rehearsal *r, const ikev1_event *event) {
    ikev1_forecast_result *out = r->out;
    if (!r->first)
        return;
    out->suite2_count = event->ipsec_count;
    for (size_t i = 0; i < event->ipsec_count; i++) {
        const ikev1_ipsec *sa = &event->ipsec[i];
        out->suites2[i] = (ikev1_suite2){.protocol = sa->protocol,
                                         .transform = sa->transform,
                                         .key_bits = sa->key_bits,
                                         .integrity = sa->integrity};
        out->suites2[i].flags = sa->esn ? IKEV1_SUITE2_ESN : 0;
    }
    const ikev1_ipsec *inner = &event->ipsec[0];
    out->pfs_group = inner->pfs_group;
    out->mode = inner->mode;
    out->local = inner->local;
    out->remote = inner->remote;
    out->life2_seconds = inner->life_seconds;
    out->life2_kilobytes = inner->life_kilobytes;
}

static void hear_event(struct player *p, const ikev1_event *event) {
    struct rehearsal *r = p->r;
    const bool initiator = p == &r->players[INITIATOR];
    hear(r, initiator, event->why);
    if (event->type == IKEV1_EVENT_SA_UP && initiator)
        take_phase1(r, event->info);
    if (event->type == IKEV1_EVENT_CHILD_UP) {
        p->up = true;
        if (initiator)
            take_pair(r, event);
    }
}

/* ---- one round ---- */

static int load(struct rehearsal *r, int side) {
    struct player *p = &r->players[side];
    ikev1_rules_report report;
    int status = ikev1_rules_load(p->table, &r->rules[side], 1, p->engine, &report);
    if (status != IKEV1_E_CONFIG)
        return status;
    ikev1_why why = {.code = IKEV1_E_CONFIG, .rule = r->rules[side].number};
    if (report.count != 0) {
        const ikev1_rule_note *note = &report.notes[0];
        why.code = note->code != 0 ? note->code : IKEV1_E_CONFIG;
        ikev1_rule_note_format(note, why.ours, sizeof why.ours);
    }
    hear(r, side == INITIATOR, &why);
    return IKEV1_OK;
}

static int open_side(struct rehearsal *r, int side) {
    struct player *p = &r->players[side];
    ikev1_policy host = IKEV1_POLICY_INIT;
    ikev1_rules_config table = IKEV1_RULES_CONFIG_INIT;
    ikev1_config config = IKEV1_CONFIG_INIT;
    *p = (struct player){.r = r, .random = (uint64_t)side + 1};
    host.psk = any_key;
    host.sign = any_signature;
    host.verify = take_signature;
    table.crypto = config.crypto = r->config.crypto;
    table.allocator = config.allocator = r->config.allocator;
    table.host = &host;
    int status = ikev1_rules_new(&p->table, &table);
    if (status != IKEV1_OK)
        return status;
    config.policy = ikev1_rules_policy(p->table);
    config.log = hear_log;
    config.log_user = p;
    config.log_level = IKEV1_LEVEL_DETAIL;
    config.random = draw;
    config.random_user = &p->random;
    config.limits.log_rate = LOG_RATE;
    config.limits.psk_min = r->config.psk_min;
    config.allow = r->config.allow;
    status = ikev1_engine_new(&p->engine, &config);
    return status == IKEV1_OK ? load(r, side) : status;
}

static bool hand_over(struct player *from, struct player *to) {
    ikev1_event event;
    ikev1_packet packet;
    bool any = false;
    while (ikev1_engine_next_event(from->engine, &event) == 1)
        hear_event(from, &event);
    while (ikev1_engine_next_packet(from->engine, &packet) == 1) {
        const ikev1_path path = {packet.path.remote, packet.path.local, packet.path.encapsulated};
        if (packet.keepalive)
            continue;
        ikev1_engine_input(to->engine, 0, &path, packet.data, packet.len, NULL);
        any = true;
    }
    return any;
}

static void play(struct rehearsal *r) {
    struct player *a = &r->players[INITIATOR], *b = &r->players[RESPONDER];
    int status = ikev1_connect(a->engine, 0, r->rules[INITIATOR].number, NULL);
    if (status < 0) {
        const ikev1_why why = {.code = status, .rule = r->rules[INITIATOR].number};
        hear(r, true, &why); /* unless the log has said more */
        return;
    }
    for (int turn = 0; turn < MOST_TURNS && !(a->up && b->up); turn++) {
        bool any = hand_over(a, b);
        any = hand_over(b, a) || any;
        if (!any)
            return;
    }
}

static int round_of(struct rehearsal *r) {
    r->found = (ikev1_forecast_difference){0};
    int status = open_side(r, INITIATOR);
    if (status == IKEV1_OK)
        status = open_side(r, RESPONDER);
    if (status == IKEV1_OK && r->found.why.code == 0)
        play(r);
    for (int side = INITIATOR; side <= RESPONDER; side++) {
        ikev1_engine_free(r->players[side].engine);
        ikev1_rules_free(r->players[side].table);
        r->players[side].engine = NULL;
        r->players[side].table = NULL;
    }
    return status;
}

static void id_text(char out[IKEV1_WHY_TEXT], const ikev1_id *id, const ikev1_address *address) {
    if (id->type != 0)
        ikev1_id_format(id, out, IKEV1_WHY_TEXT);
    else
        ikev1_address_format(address, out, IKEV1_WHY_TEXT);
}

/* In Aggressive Mode a responder does not say that it does not know a name: what fails is the proof
 * (IDN-09). With the same key on both sides that is what it was. */
static void see_through(struct rehearsal *r) {
    const ikev1_rule *i = &r->rules[INITIATOR], *a = &r->rules[RESPONDER];
    ikev1_why *why = &r->found.why;
    if ((why->code != IKEV1_E_AUTH && why->code != IKEV1_E_PSK) ||
        i->phase1.mode == IKEV1_MODE_MAIN || i->psk.len != a->psk.len ||
        (a->psk.len != 0 && memcmp(i->psk.data, a->psk.data, a->psk.len) != 0))
        return;
    r->found.initiator = false;
    why->code = IKEV1_E_PEER_ID;
    why->rule = a->number;
    id_text(why->theirs, &i->phase1.local_id, &i->local);
    id_text(why->ours, &a->phase1.remote_id, &a->peer);
}

/* ---- putting right ---- */

static void same_phase2(ikev1_rule *r, const ikev1_rule *i) {
    r->phase2.suites = i->phase2.suites;
    r->phase2.suite_count = i->phase2.suite_count;
    r->phase2.pfs_group = i->phase2.pfs_group;
    r->phase2.mode = i->phase2.mode;
    r->phase2.next = i->phase2.next;
}

static void same_networks(ikev1_rule *r, const ikev1_rule *i) {
    r->phase2.local = i->phase2.remote;
    r->phase2.remote = i->phase2.local;
    r->open_remote = false;
}

/* The side that is asked comes to the one that asks; whoever refuses an identity or a lifetime
 * gives way. False: nobody can know how. */
static bool put_right(struct rehearsal *r) {
    const ikev1_why *why = &r->found.why;
    ikev1_rule *i = &r->rules[INITIATOR], *a = &r->rules[RESPONDER];
    ikev1_rule *refuses = r->found.initiator ? i : a;
    const bool quick = why->exchange == IKEV1_EXCHANGE_QUICK;
    switch (why->code) {
    case IKEV1_E_NO_PROPOSAL:
    case IKEV1_E_BAD_CHOICE:
    case IKEV1_E_PFS:
        if (quick)
            same_phase2(a, i);
        a->phase1.suites = quick ? a->phase1.suites : i->phase1.suites;
        a->phase1.suite_count = quick ? a->phase1.suite_count : i->phase1.suite_count;
        return true;
    case IKEV1_E_PEER_ID:
        refuses->phase1.remote_match = IKEV1_MATCH_ANY;
        return true;
    case IKEV1_E_PSK:
    case IKEV1_E_AUTH:
        a->psk = i->psk;
        return true;
    case IKEV1_E_LOCAL_ID:
        a->phase2.local = i->phase2.remote;
        if (r->found.initiator || (i->phase2.local.family == 0) != (a->phase2.remote.family == 0))
            same_networks(a, i);
        return true;
    case IKEV1_E_REMOTE_ID:
        same_networks(a, i);
        return true;
    case IKEV1_E_LIFETIME:
        if (quick)
            refuses->phase2.lifetime = IKEV1_LIFETIME_SHORTER;
        else
            refuses->phase1.lifetime = IKEV1_LIFETIME_SHORTER;
        return true;
    case IKEV1_E_EXCHANGE:
        a->phase1.mode = i->phase1.mode;
        return i->phase1.mode != IKEV1_MODE_MAIN;
    case IKEV1_E_NO_RULE:
        a->peer = i->local;
        a->local = i->peer;
        return !r->found.initiator && !quick;
    default:
        return false;
    }
}

static bool said_before(const struct rehearsal *r) {
    for (size_t i = 0; i < r->out->difference_count; i++) {
        const ikev1_forecast_difference *d = &r->out->differences[i];
        if (d->initiator == r->found.initiator && d->why.code == r->found.why.code &&
            (d->why.exchange == IKEV1_EXCHANGE_QUICK) ==
                (r->found.why.exchange == IKEV1_EXCHANGE_QUICK))
            return true;
    }
    return false;
}

/* ---- addresses ---- */

static bool is_known(const ikev1_address *a) {
    static const uint8_t NOWHERE[16] = {0};
    return a->family != 0 && memcmp(a->ip, NOWHERE, sizeof NOWHERE) != 0;
}

static ikev1_address either(const ikev1_address *a, const ikev1_address *b, uint8_t family,
                            uint8_t last) {
    ikev1_address made = {.family = family == 6 ? 6 : 4, .ip = {192, 0, 2, last}};
    if (made.family == 6) {
        const uint8_t ip[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = last};
        memcpy(made.ip, ip, sizeof made.ip);
    }
    return is_known(a) ? *a : is_known(b) ? *b : made;
}

/* What one side leaves out is as the other has it, else an address for documentation. A dynamic
 * rule stays one. */
static void fill_addresses(ikev1_rule *i, ikev1_rule *a) {
    const uint8_t family = i->peer.family | i->local.family | a->peer.family | a->local.family;
    const ikev1_address here = either(&i->local, &a->peer, family, 1);
    const ikev1_address there = either(&i->peer, &a->local, family, 2);
    i->local = here;
    i->peer = there;
    i->peer_name = NULL;
    i->open_remote = false;
    if (a->peer_name != NULL)
        a->peer = here;
    a->peer_name = NULL;
}

/* ---- all of it ---- */

static bool read_config(ikev1_forecast_config *out, const ikev1_forecast_config *in) {
    *out = (ikev1_forecast_config){0};
    if (in == NULL || in->size < sizeof in->size || in->size > CONFIG_MAX)
        return false;
    memcpy(out, in, in->size < sizeof *out ? in->size : sizeof *out);
    if (out->log_level == 0)
        out->log_level = IKEV1_LEVEL_INFO;
    return out->crypto != NULL;
}

static int rehearse(struct rehearsal *r) {
    ikev1_forecast_result *out = r->out;
    for (;;) {
        int status = round_of(r);
        if (status != IKEV1_OK)
            return status;
        if (r->found.why.code == 0) {
            const bool up = r->players[INITIATOR].up && r->players[RESPONDER].up;
            out->agreed = r->first && up;
            out->more = !up; /* it has ended, and nobody has said why */
            return IKEV1_OK;
        }
        see_through(r);
        if (said_before(r) || out->difference_count == IKEV1_FORECAST_DIFFERENCES) {
            out->more = true;
            return IKEV1_OK;
        }
        out->differences[out->difference_count++] = r->found;
        r->first = false;
        if (!put_right(r)) {
            out->more = true;
            return IKEV1_OK;
        }
    }
}

int ikev1_forecast(const ikev1_forecast_config *config, const ikev1_rule *local,
                   const ikev1_rule *remote, ikev1_forecast_result *result) {
    struct rehearsal r = {.out = result, .first = true};
    if (result == NULL || local == NULL || remote == NULL || local->size != sizeof *local ||
        remote->size != sizeof *remote)
        return IKEV1_E_ARGUMENT;
    *result = (ikev1_forecast_result){0};
    if (!read_config(&r.config, config))
        return IKEV1_E_CONFIG;
    r.rules[INITIATOR] = *local;
    r.rules[RESPONDER] = *remote;
    if (local->psk.len == 0 || remote->psk.len == 0)
        r.rules[INITIATOR].psk = r.rules[RESPONDER].psk = (ikev1_bytes){NULL, 0};
    fill_addresses(&r.rules[INITIATOR], &r.rules[RESPONDER]);
    return rehearse(&r);
}
