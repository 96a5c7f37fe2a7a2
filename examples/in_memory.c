/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two engines in one process: Main Mode with a pre-shared key, then Quick Mode. No socket and no
 * real clock; the datagrams of one are handed to the other. Prints what each of them logged and
 * the IPsec SAs it would hand to its kernel. Exits 0 when both have a pair.
 */
#include <stdio.h>
#include <string.h>

#include <ikev1/ikev1.h>
#include <ikev1/openssl.h>

enum { RULE = 1, MAX_LINES = 64, LINE = 200, ONE_WAY_MS = 10, MAX_TURNS = 100 };

struct lines {
    char text[MAX_LINES][LINE];
    size_t count;
};

/* One gateway: its engine, its table of one rule, and what it had to say. */
struct side {
    const char *name;
    ikev1_engine *ike;
    ikev1_rules *rules;
    ikev1_address address, peer;
    ikev1_selector local, remote;
    const char *psk;
    struct lines log, sas;
    bool up;
};

/* ---- the rule: all that a negotiation asks its host ---- */

static int load_rule(struct side *side) {
    static const ikev1_suite1 SUITES1[] = {
        {IKEV1_CIPHER_AES, 128, IKEV1_HASH_SHA1, IKEV1_AUTH_PSK, IKEV1_GROUP_MODP2048, {0}}};
    static const ikev1_suite2 SUITES2[] = {
        {IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 128, IKEV1_INTEG_HMAC_SHA1, 0}};
    ikev1_rules_report report;
    ikev1_rule rule = IKEV1_RULE_INIT;
    rule.number = RULE;
    rule.peer = side->peer;
    rule.local = side->address;
    rule.psk = (ikev1_bytes){(const uint8_t *)side->psk, strlen(side->psk)};
    rule.phase1.suites = SUITES1;
    rule.phase1.suite_count = sizeof SUITES1 / sizeof *SUITES1;
    rule.phase1.natt = IKEV1_NATT_OFF; /* as in the years of the published logs */
    rule.phase2.suites = SUITES2;
    rule.phase2.suite_count = sizeof SUITES2 / sizeof *SUITES2;
    rule.phase2.local = side->local;
    rule.phase2.remote = side->remote;
    int status = ikev1_rules_load(side->rules, &rule, 1, side->ike, &report);
    for (size_t i = 0; i < report.count; i++) {
        char line[LINE];
        ikev1_rule_note_format(&report.notes[i], line, sizeof line);
        fprintf(stderr, "%s: %s\n", side->name, line);
    }
    return status;
}

/* ---- what the engine has to say ---- */

static void keep_log(void *user, const ikev1_log_event *event) {
    struct side *side = user;
    if (side->log.count < MAX_LINES) {
        ikev1_log_format(event, side->log.text[side->log.count++], LINE);
    }
}

/* Here a gateway tells its kernel. Inbound first: see CHILD_INBOUND in event.h. */
static void take_event(struct side *side, const ikev1_event *event) {
    for (size_t i = 0; i < event->ipsec_count && side->sas.count < MAX_LINES; i++) {
        const ikev1_ipsec *sa = &event->ipsec[i];
        snprintf(side->sas.text[side->sas.count++], LINE,
                 "%-3s %s spi 0x%08x %s-%u %s, keys of %zu and %zu bytes",
                 sa->inbound ? "in" : "out", ikev1_name(IKEV1_NAMES_PROTOCOL, sa->protocol),
                 (unsigned)sa->spi, ikev1_name(IKEV1_NAMES_ESP, sa->transform),
                 (unsigned)sa->key_bits, ikev1_name(IKEV1_NAMES_INTEG, sa->integrity),
                 sa->encryption_key.len, sa->integrity_key.len);
    }
    if (event->type == IKEV1_EVENT_CHILD_UP) {
        side->up = true;
    }
    if (event->why != NULL) {
        char cause[512];
        ikev1_why_format(event->why, cause, sizeof cause);
        fprintf(stderr, "%s: %s\n", side->name, cause);
    }
}

/* ---- the loop ---- */

static bool start(struct side *side) {
    ikev1_rules_config table = IKEV1_RULES_CONFIG_INIT;
    table.crypto = ikev1_openssl();
    int status = ikev1_rules_new(&side->rules, &table);

    ikev1_config config = IKEV1_CONFIG_INIT;
    config.crypto = ikev1_openssl();
    config.policy = ikev1_rules_policy(side->rules);
    config.log = keep_log;
    config.log_user = side;
    config.anonymous = true; /* no vendor ID: messages as short as they were then */
    if (status == IKEV1_OK) {
        status = ikev1_engine_new(&side->ike, &config);
    }
    if (status == IKEV1_OK) {
        status = load_rule(side);
    }
    if (status != IKEV1_OK) {
        fprintf(stderr, "%s: %s\n", side->name, ikev1_strerror(status));
    }
    return status == IKEV1_OK;
}

/* Events first, then packets: an inbound SA must be there before the peer can use it. */
static size_t deliver(struct side *from, struct side *to, ikev1_time now) {
    ikev1_event event;
    ikev1_packet packet;
    size_t delivered = 0;
    while (ikev1_engine_next_event(from->ike, &event)) {
        take_event(from, &event);
    }
    while (ikev1_engine_next_packet(from->ike, &packet)) {
        const ikev1_path path = {packet.path.remote, packet.path.local, packet.path.encapsulated};
        ikev1_engine_input(to->ike, now, &path, packet.data, packet.len, NULL);
        delivered++;
    }
    return delivered;
}

/* Lets both talk until neither has anything left to say, or each has its pair of SAs. */
static void run(struct side *a, struct side *b) {
    ikev1_time now = 0;
    int status = ikev1_connect(a->ike, now, RULE, NULL);
    if (status != IKEV1_OK) {
        fprintf(stderr, "%s: %s\n", a->name, ikev1_strerror(status));
        return;
    }
    for (int turn = 0; turn < MAX_TURNS && !(a->up && b->up); turn++) {
        now += ONE_WAY_MS;
        if (deliver(a, b, now) + deliver(b, a, now) > 0) {
            continue;
        }
        ikev1_time next = ikev1_engine_deadline(a->ike);
        if (ikev1_engine_deadline(b->ike) < next) {
            next = ikev1_engine_deadline(b->ike);
        }
        if (next == IKEV1_NEVER) {
            break;
        }
        now = next > now ? next : now;
        ikev1_engine_tick(a->ike, now);
        ikev1_engine_tick(b->ike, now);
    }
}

static void print_lines(const char *title, const struct lines *lines) {
    printf("--- %s ---\n", title);
    for (size_t i = 0; i < lines->count; i++) {
        puts(lines->text[i]);
    }
}

int main(void) {
    static struct side initiator = {
        .name = "initiator",
        .address = {4, {192, 168, 100, 100}, IKEV1_PORT},
        .peer = {4, {192, 168, 100, 1}, IKEV1_PORT},
        .local = {4, 0, 0, {10, 92, 2, 0}, {10, 92, 2, 255}},
        .remote = {4, 0, 0, {10, 92, 1, 0}, {10, 92, 1, 255}},
        .psk = "a secret both sides know",
    };
    static struct side responder = {.name = "responder"};
    responder.address = initiator.peer;
    responder.peer = initiator.address;
    responder.local = initiator.remote;
    responder.remote = initiator.local;
    responder.psk = initiator.psk;

    if (start(&initiator) && start(&responder)) {
        run(&initiator, &responder);
    }
    print_lines("log of the initiator", &initiator.log);
    print_lines("log of the responder", &responder.log);
    print_lines("IPsec SAs of the initiator", &initiator.sas);
    print_lines("IPsec SAs of the responder", &responder.sas);
    ikev1_engine_free(initiator.ike);
    ikev1_engine_free(responder.ike);
    ikev1_rules_free(initiator.rules);
    ikev1_rules_free(responder.rules);
    return initiator.up && responder.up ? 0 : 1;
}
