/* SPDX-License-Identifier: Apache-2.0 */
#include "street.h"

#include <stdlib.h>
#include <string.h>

static void keep_line(void *user, const ikev1_log_event *event) {
    struct house *h = user;
    if (h->line_count < HOUSE_LINES)
        ikev1_log_format(event, h->lines[h->line_count++], HOUSE_LINE);
}

static void keep_event(struct house *h, const ikev1_event *event) {
    assert_true(h->event_count < HOUSE_EVENTS);
    struct house_event *e = &h->events[h->event_count++];
    *e = (struct house_event){event->type, event->rule, event->sa, event->child, {0}, {0}};
    if (event->ipsec_count != 0)
        e->remote = event->ipsec[0].remote;
    if (event->why != NULL)
        e->why = *event->why;
}

static void post(struct street *s, const ikev1_packet *packet) {
    assert_true(s->post_count < STREET_POST && packet->len <= sizeof s->post[0].data);
    struct letter *l = &s->post[s->post_count++];
    l->path = (ikev1_path){packet->path.remote, packet->path.local, packet->path.encapsulated};
    l->len = packet->len;
    memcpy(l->data, packet->data, packet->len);
}

static void drain(struct house *h) {
    ikev1_event event;
    ikev1_packet packet;
    while (h->ike != NULL && ikev1_engine_next_event(h->ike, &event) == 1)
        keep_event(h, &event);
    while (h->ike != NULL && ikev1_engine_next_packet(h->ike, &packet) == 1) {
        if (!packet.keepalive)
            post(h->street, &packet);
    }
}

static struct house *house_at(struct street *s, const ikev1_address *address) {
    for (size_t i = 0; i < s->count; i++) {
        if (memcmp(s->houses[i]->address.ip, address->ip, sizeof address->ip) == 0)
            return s->houses[i];
    }
    return NULL;
}

void street_run(struct street *s) {
    for (;;) {
        for (size_t i = 0; i < s->count; i++)
            drain(s->houses[i]);
        if (s->post_count == 0)
            return;
        struct letter l = s->post[0];
        memmove(&s->post[0], &s->post[1], --s->post_count * sizeof l);
        s->now += 5;
        struct house *to = house_at(s, &l.path.local);
        if (to != NULL && to->ike != NULL)
            ikev1_engine_input(to->ike, s->now, &l.path, l.data, l.len, NULL);
    }
}

void street_wait(struct street *s, ikev1_time ms) {
    const ikev1_time end = s->now + ms;
    street_run(s);
    for (;;) {
        ikev1_time next = end;
        for (size_t i = 0; i < s->count; i++) {
            ikev1_time due =
                s->houses[i]->ike != NULL ? ikev1_engine_deadline(s->houses[i]->ike) : IKEV1_NEVER;
            next = due < next ? due : next;
        }
        s->now = next > s->now ? next : s->now;
        for (size_t i = 0; i < s->count; i++) {
            if (s->houses[i]->ike != NULL)
                ikev1_engine_tick(s->houses[i]->ike, s->now);
        }
        street_run(s);
        if (s->now >= end)
            return;
    }
}

/* ---- life ---- */

struct street *street_new(void) {
    struct street *s = calloc(1, sizeof *s);
    assert_non_null(s);
    return s;
}

static void stop(struct house *h) {
    ikev1_engine_free(h->ike);
    ikev1_rules_free(h->rules);
    h->ike = NULL;
    h->rules = NULL;
}

void street_free(struct street *s) {
    for (size_t i = 0; i < s->count; i++) {
        struct house *h = s->houses[i];
        stop(h);
        ROW_EQUAL(h->name, h->memory.live, 0);
        ROW_EQUAL(h->name, h->memory.wrong_length, 0);
        ROW_EQUAL(h->name, h->memory.unwiped, 0);
        free(h);
    }
    free(s);
}

void house_again(struct house *h) {
    stop(h);
    assert_int_equal(ikev1_rules_new(&h->rules, &h->rules_config), IKEV1_OK);
    h->config.policy = ikev1_rules_policy(h->rules);
    assert_int_equal(ikev1_engine_new(&h->ike, &h->config), IKEV1_OK);
}

struct house *street_house(struct street *s, const char *name, uint8_t number) {
    struct house *h = calloc(1, sizeof *h);
    assert_true(h != NULL && s->count < HOUSES);
    s->houses[s->count++] = h;
    h->street = s;
    h->name = name;
    h->address = (ikev1_address){4, {192, 0, 2, number}, IKEV1_PORT};
    null_crypto_init(&h->null, number);
    rng_init(&h->rng, number);
    counted_init(&h->memory);
    h->rules_config = IKEV1_RULES_CONFIG_INIT;
    h->rules_config.crypto = &h->null.provider;
    h->rules_config.allocator = &h->memory.allocator;
    h->config = IKEV1_CONFIG_INIT;
    h->config.crypto = &h->null.provider;
    h->config.allocator = &h->memory.allocator;
    h->config.random = rng_fill;
    h->config.random_user = &h->rng;
    h->config.log = keep_line;
    h->config.log_user = h;
    h->config.log_level = IKEV1_LEVEL_DETAIL;
    h->config.limits.log_rate = 1000;
    house_again(h);
    return h;
}

/* ---- what it does and says ---- */

int house_load(struct house *h, const ikev1_rule *rules, size_t count) {
    ikev1_rules_report report;
    char line[300];
    int r = ikev1_rules_load(h->rules, rules, count, h->ike, &report);
    if (r != IKEV1_OK) {
        ikev1_rule_note_format(&report.notes[0], line, sizeof line);
        fail_msg("%s: %s: %s", h->name, ikev1_strerror(r), report.count != 0 ? line : "");
    }
    return r;
}

int house_connect(struct house *h, uint32_t rule) {
    int r = ikev1_connect(h->ike, h->street->now, rule, NULL);
    street_run(h->street);
    return r;
}

bool house_said(const struct house *h, const char *line) {
    for (size_t i = 0; i < h->line_count; i++) {
        if (strcmp(h->lines[i], line) == 0)
            return true;
    }
    return false;
}

size_t house_count(const struct house *h, uint16_t type) {
    size_t count = 0;
    for (size_t i = 0; i < h->event_count; i++)
        count += h->events[i].type == type;
    return count;
}

const struct house_event *house_event(const struct house *h, uint16_t type, size_t nth) {
    for (size_t i = 0; i < h->event_count; i++) {
        if (h->events[i].type == type && nth-- == 0)
            return &h->events[i];
    }
    fail_msg("%s has no such event of type %u", h->name, type);
    return NULL;
}

void house_forget(struct house *h) {
    h->line_count = 0;
    h->event_count = 0;
}

/* ---- rules ---- */

ikev1_selector street_net(uint8_t a, uint8_t b, uint8_t c, unsigned bits) {
    ikev1_selector s = {.family = 4, .start = {a, b, c}, .end = {a, b, c}};
    for (unsigned i = bits; i < 32; i++)
        s.end[i / 8] |= (uint8_t)(0x80 >> i % 8);
    return s;
}

ikev1_rule street_rule(uint32_t number, uint8_t local, uint8_t peer) {
    static const char PSK[] = "correct horse battery staple";
    static const ikev1_suite1 SUITE1 = {
        IKEV1_CIPHER_AES, 128, IKEV1_HASH_SHA2_256, IKEV1_AUTH_PSK, IKEV1_GROUP_X25519, {0}};
    static const ikev1_suite2 SUITE2 = {IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 128,
                                        IKEV1_INTEG_HMAC_SHA2_256, 0};
    ikev1_rule r = IKEV1_RULE_INIT;
    r.number = number;
    r.local = (ikev1_address){4, {192, 0, 2, local}, 0};
    r.peer = (ikev1_address){4, {0}, 0};
    r.psk = (ikev1_bytes){(const uint8_t *)PSK, sizeof PSK - 1};
    r.phase1.suites = &SUITE1;
    r.phase1.suite_count = 1;
    r.phase1.natt = IKEV1_NATT_OFF;
    r.phase2.suites = &SUITE2;
    r.phase2.suite_count = 1;
    r.phase2.local = street_net(10, local, 0, 24);
    if (peer != 0) {
        memcpy(r.peer.ip, (const uint8_t[]){192, 0, 2, peer}, 4);
        r.phase2.remote = street_net(10, peer, 0, 24);
    } else {
        r.open_remote = true;
        r.phase1.remote_match = IKEV1_MATCH_ANY;
    }
    return r;
}

/* ---- a town ---- */

struct town town_new(void) {
    struct town t = {.street = street_new()};
    t.hub = street_house(t.street, "hub", 1);
    t.two = street_house(t.street, "two", 2);
    t.three = street_house(t.street, "three", 3);
    return t;
}

ikev1_rule town_branch(uint8_t number) {
    ikev1_rule r = street_rule(1, number, 1);
    r.phase2.remote = street_net(10, 1, 0, 24);
    return r;
}
