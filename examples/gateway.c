/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole IKEv1 host: UDP sockets on ppoll(), rules from a file, both roles, IPv4 and IPv6. It
 * prints the library's log and the IPsec SAs, and carries their traffic or has the kernel do it
 * where the rule file asks for it. The loop is in turn() and drain(): that is all of libikev1 that
 * a host has to know. engine_tick() is ikev1_engine_tick(), and so on: gateway_engine.h says why.
 */
#define _GNU_SOURCE /* ppoll(), explicit_bzero() */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <ikev1/ikev1.h>
#include <ikev1/openssl.h>

#include "gateway_certs.h"
#include "gateway_data.h"
#include "gateway_engine.h"
#include "gateway_esp.h"
#include "gateway_net.h"
#include "gateway_options.h"
#include "gateway_peers.h"
#include "gateway_print.h"
#include "gateway_reload.h"
#include "gateway_rules.h"
#include "gateway_sad.h"
#include "gateway_watch.h"

enum { BURST = 64, REPORT_EVERY = 1000 /* ms */ };

struct gateway {
    struct options options;
    struct rules rules;
    struct net net;
    struct sad sad;
    struct peers peers;
    struct data data;
    struct data_host host;
    struct watch watch;
    ikev1_time report_at; /* the traffic of the IPsec SAs, to the library */
    struct engine engine;
    uint32_t up[MAX_CONNECT]; /* which rules have a pair of SAs, as far as we wait for them */
    size_t up_count;
    bool failed, leave;
    bool ahead; /* key pairs may be missing */
};

static volatile sig_atomic_t stop_asked, delete_asked, rekey_asked, reload_asked;

static void on_signal(int number) {
    if (number == SIGUSR1) {
        delete_asked = 1;
    } else if (number == SIGUSR2) {
        rekey_asked = 1;
    } else if (number == SIGHUP) {
        reload_asked = 1;
    } else {
        stop_asked = 1;
    }
}

/* ---- what the engine has to say ---- */

static void print_log(void *user, const ikev1_log_event *event) {
    const struct gateway *gateway = user;
    print_line(&gateway->options, event);
}

/* A rule that was to be connected is up, or will not come up. */
static void note_result(struct gateway *gateway, uint32_t rule, bool up) {
    const struct options *options = &gateway->options;
    bool awaited = options->connect_count == 0 && up;
    for (size_t i = 0; i < options->connect_count; i++) {
        awaited = awaited || options->connect[i] == rule;
    }
    for (size_t i = 0; i < gateway->up_count; i++) {
        awaited = awaited && gateway->up[i] != rule;
    }
    if (!options->exit_when_up || !awaited || gateway->leave) {
        return;
    }
    if (up) {
        gateway->up[gateway->up_count++] = rule;
    } else {
        gateway->failed = true;
    }
    gateway->leave = gateway->failed || gateway->up_count >= options->connect_count;
}

/* A pair that is not to be had after all is ended: the peer must not go on sending. */
static void install(struct gateway *gateway, const ikev1_event *event) {
    ikev1_handle child = event->child;
    bool carried = data_install(&gateway->data, event); /* before it is said that it is there */
    if (!sad_install(&gateway->sad, event)) {
        fprintf(stderr, "gateway: out of memory\n");
        gateway->failed = gateway->leave = true;
    } else if (!carried) {
        note_result(gateway, event->rule, false);
        engine_delete(&gateway->engine, child);
    } else if (event->type == IKEV1_EVENT_CHILD_UP) {
        note_result(gateway, event->rule, true);
    }
}

static void uninstall(struct gateway *gateway, ikev1_handle child) {
    sad_remove(&gateway->sad, child);
    data_remove(&gateway->data, child);
}

static void connect_rule(struct gateway *gateway, uint32_t rule) {
    int status = engine_connect(&gateway->engine, rule);
    if (status < 0) {
        printf("cannot connect rule %u: %s\n", (unsigned)rule, ikev1_strerror(status));
        note_result(gateway, rule, false);
    }
}

/* The verdict is the host's, and so is what follows: a delete ends `reconnect` as well. */
static void bury(struct gateway *gateway, const ikev1_event *event) {
    const struct rule *rule = rules_find(&gateway->rules, event->rule);
    print_end("peer dead", event);
    engine_delete(&gateway->engine, event->sa);
    if (event->initiator && rule != NULL && rule->phase1.reconnect) {
        connect_rule(gateway, event->rule);
    }
}

static void take_event(struct gateway *gateway, const ikev1_event *event) {
    peers_event(&gateway->peers, event);
    switch (event->type) {
    case IKEV1_EVENT_SA_UP:
        print_phase1(event);
        if (gateway->options.tshark != NULL) {
            print_key(gateway->options.tshark, gateway->engine.ike, event->sa);
        }
        break;
    case IKEV1_EVENT_SA_FAILED:
        print_end("ISAKMP SA failed", event);
        note_result(gateway, event->rule, false);
        break;
    case IKEV1_EVENT_XAUTH:
    case IKEV1_EVENT_CONFIG:
        access_event(&gateway->rules, event);
        if (access_is_client(&gateway->rules, event->rule)) {
            data_lease(&gateway->data, event);
        }
        break;
    case IKEV1_EVENT_SA_DOWN:
        print_end("ISAKMP SA down", event);
        access_event(&gateway->rules, event);
        break;
    case IKEV1_EVENT_SA_MOVED:
        data_move(&gateway->data, event);
        break;
    case IKEV1_EVENT_SA_ADOPTED:
        data_adopt(&gateway->data, event);
        break;
    case IKEV1_EVENT_CHILD_INBOUND:
    case IKEV1_EVENT_CHILD_UP:
        install(gateway, event);
        break;
    case IKEV1_EVENT_CHILD_FAILED:
        uninstall(gateway, event->child);
        print_end("IPsec SA failed", event);
        note_result(gateway, event->rule, false);
        break;
    case IKEV1_EVENT_CHILD_DOWN:
        uninstall(gateway, event->child);
        print_end("IPsec SA down", event);
        break;
    case IKEV1_EVENT_PEER_DEAD:
        bury(gateway, event);
        break;
    default: /* NOTIFY: in the log; events of a later release */
        break;
    }
}

/* ---- the loop ---- */

/* Events first: an inbound SA must be there before the packet leaves that lets the peer use it. */
static void drain(struct gateway *gateway) {
    ikev1_event event;
    ikev1_packet packet;
    while (engine_next_event(&gateway->engine, &event)) {
        take_event(gateway, &event);
    }
    while (engine_next_packet(&gateway->engine, &packet)) {
        if (!net_send(&gateway->net, &packet)) {
            engine_send_failed(&gateway->engine, packet.sa);
        }
    }
    record_check(&gateway->engine.record);
}

/* Waits for a datagram, a signal or the deadline. Whether a datagram has come. */
static bool wait_for_work(struct gateway *gateway, ikev1_time deadline) {
    sigset_t none; /* signals are blocked but here, so that none is overlooked */
    sigemptyset(&none);
    ikev1_time start = engine_now();
    ikev1_time wait = deadline > start ? deadline - start : 0;
    struct timespec limit = {.tv_sec = (time_t)(wait / 1000),
                             .tv_nsec = (long)(wait % 1000) * 1000000};
    int ready = ppoll(gateway->net.poll, gateway->net.count,
                      deadline == IKEV1_NEVER ? NULL : &limit, &none);
    if (ready <= 0) {
        for (size_t i = 0; i < gateway->net.count; i++) {
            gateway->net.poll[i].revents = 0;
        }
    }
    return ready > 0;
}

/* ESP that no SA of ours is for: we have lost it, or the peer uses it still. It is told so where we
 * can tell it. */
static void receive_esp(struct gateway *gateway, const ikev1_path *path, uint8_t *packet,
                        size_t len) {
    const uint32_t spi = esp_spi_of(packet, len);
    if (sad_receives(&gateway->sad, spi)) {
        data_receive(&gateway->data, packet, len);
    } else if (spi != 0) {
        const ikev1_handle sa = peers_find(&gateway->peers, path);
        engine_unknown_spi(&gateway->engine, sa, IKEV1_PROTO_ESP, spi);
        drain(gateway);
    }
}

/* A bounded number of datagrams: under a flood, timers and packets still get their turn. */
static void receive_from(struct gateway *gateway, size_t i) {
    static uint8_t buffer[NET_MAX_DATAGRAM];
    ikev1_path path;
    ikev1_bytes message;
    enum net_got got;
    for (int n = 0; n < BURST && (got = net_receive(&gateway->net, i, buffer, sizeof buffer, &path,
                                                    &message)) != NET_NOTHING;
         n++) {
        if (got == NET_GOT_IKE) {
            engine_input(&gateway->engine, &path, message);
            drain(gateway);
        } else {
            receive_esp(gateway, &path, buffer + (message.data - buffer), message.len);
        }
    }
}

/* What went by an address that is ours no more ends; `reconnect` begins it again from the new one.
 */
static void follow_addresses(struct gateway *gateway) {
    ikev1_address was, is;
    watch_read(&gateway->watch);
    while (watch_changed(&gateway->watch, &was, &is)) {
        engine_local_changed(&gateway->engine, &was, &is);
        drain(gateway);
        data_rules(&gateway->data, &gateway->rules, &gateway->rules); /* they may name it */
    }
}

static void receive(struct gateway *gateway) {
    for (size_t i = 0; i < gateway->net.count; i++) {
        if (gateway->net.poll[i].revents == 0) {
            continue;
        }
        if (gateway->net.poll[i].fd == gateway->watch.fd) {
            follow_addresses(gateway);
        } else if (gateway->net.kind[i] == NET_OTHER) {
            data_readable(&gateway->data);
        } else {
            receive_from(gateway, i);
        }
    }
}

/* Limits in kilobytes and idle times depend on it. */
static void report_traffic(struct gateway *gateway) {
    if (engine_now() >= gateway->report_at) {
        data_count(&gateway->data);
        gateway->report_at = gateway->data.way != NULL ? engine_now() + REPORT_EVERY : IKEV1_NEVER;
    }
}

static ikev1_time sooner(ikev1_time a, ikev1_time b) {
    return a < b ? a : b;
}

/* What signals have asked for. */
static void obey(struct gateway *gateway) {
    if (delete_asked) {
        delete_asked = 0;
        engine_delete(&gateway->engine, IKEV1_ALL);
    }
    if (rekey_asked) {
        rekey_asked = 0;
        for (ikev1_handle child = 0; (child = sad_next(&gateway->sad, child)) != 0;) {
            engine_rekey(&gateway->engine, child);
        }
    }
    if (reload_asked) {
        reload_asked = 0;
        if (reload_rules(&gateway->rules, &gateway->data, gateway->engine.ike)) {
            watch_rules(&gateway->watch);
            record_end(&gateway->engine.record, "the rules are others now");
        }
    }
}

/* One key pair at a time: a datagram waits no longer than for that. False: there are enough. */
static bool use_idle_time(struct gateway *gateway) {
    uint16_t groups[MAX_GROUPS];
    const size_t count = rules_groups(&gateway->rules, groups);
    int made = 0;
    for (size_t i = 0; i < count && made == 0; i++) {
        made = engine_prepare(&gateway->engine, groups[i], gateway->rules.prepare);
    }
    return made == 1;
}

static void turn(struct gateway *gateway, ikev1_time leave_at) {
    ikev1_time deadline = ikev1_engine_deadline(gateway->engine.ike);
    bool busy = wait_for_work(
        gateway, gateway->ahead ? 0 : sooner(sooner(deadline, gateway->report_at), leave_at));
    receive(gateway);
    report_traffic(gateway);
    engine_tick(&gateway->engine);
    obey(gateway);
    drain(gateway);
    gateway->ahead = gateway->rules.prepare != 0 && (busy || use_idle_time(gateway));
}

static void run(struct gateway *gateway) {
    const struct options *options = &gateway->options;
    ikev1_time leave_at = options->exit_after == 0
                              ? IKEV1_NEVER
                              : engine_now() + (ikev1_time)options->exit_after * 1000;
    for (size_t i = 0; i < options->connect_count; i++) {
        connect_rule(gateway, options->connect[i]);
    }
    drain(gateway);
    gateway->ahead = gateway->rules.prepare != 0;
    while (!stop_asked && !gateway->leave && engine_now() < leave_at) {
        turn(gateway, leave_at);
    }
    if (options->exit_when_up && !gateway->leave) {
        gateway->failed = true;
    }
    engine_delete(&gateway->engine, IKEV1_ALL); /* or peers would go on using the SAs */
    drain(gateway);
}

/* ---- beginning ---- */

static bool open_engine(struct gateway *gateway) {
    ikev1_policy own = IKEV1_POLICY_INIT; /* what the rule table does not know */
    gateway->rules.capsule = &gateway->engine.record.capsule;
    certs_answer(&own);
    access_answer(&own);
    data_answer(&gateway->data, &gateway->rules, &own);
    if (!rules_table(&gateway->rules, &own)) {
        return false;
    }
    ikev1_config config = IKEV1_CONFIG_INIT;
    config.crypto = ikev1_openssl();
    config.policy = ikev1_rules_policy(gateway->rules.table);
    config.log = print_log;
    config.log_user = gateway;
    config.analysis = gateway->options.tshark != NULL;
    rules_config(&gateway->rules, &config);
    if (gateway->options.verbose) {
        config.log_level = IKEV1_LEVEL_DETAIL;
    }
    const char *failed = NULL;
    int status = ikev1_crypto_selftest(config.crypto, &failed);
    if (status == IKEV1_OK && !record_open(&gateway->engine.record, &gateway->options, &config)) {
        return false;
    }
    if (status == IKEV1_OK) {
        status = ikev1_engine_new(&gateway->engine.ike, &config);
    }
    if (status != IKEV1_OK) {
        fprintf(stderr, "gateway: %s %s\n", ikev1_strerror(status), failed != NULL ? failed : "");
    }
    return status == IKEV1_OK;
}

static void on_demand(void *user, uint32_t rule) {
    struct gateway *gateway = user;
    engine_outbound(&gateway->engine, rule);
}

static void on_traffic(void *user, ikev1_handle child, const ikev1_traffic *total) {
    struct gateway *gateway = user;
    engine_child_traffic(&gateway->engine, child, total);
}

static bool open_sockets(struct gateway *gateway) {
    const struct rules *rules = &gateway->rules;
    for (size_t i = 0; i < rules->listen_count; i++) {
        ikev1_address address = rules->listen[i];
        address.port = (uint16_t)rules->port;
        if (!net_open(&gateway->net, &address, NET_IKE)) {
            return false;
        }
        address.port = (uint16_t)rules->natt_port;
        if (rules->natt_port != 0 && !net_open(&gateway->net, &address, NET_SHARED)) {
            return false;
        }
    }
    gateway->host = (struct data_host){gateway, on_demand, on_traffic};
    return data_open(&gateway->data, rules, &gateway->net, &gateway->host) &&
           watch_open(&gateway->watch, rules, &gateway->net);
}

/* What is recorded happens once more: events come by, calls on the engine do nothing. */
static void take_again(void *user, const ikev1_event *event) {
    take_event(user, event);
}

static bool replay(struct gateway *gateway) {
    gateway->engine.record.capsule.event = take_again;
    gateway->engine.record.capsule.event_user = gateway;
    return record_replay(&gateway->engine.record, gateway->engine.ike);
}

static void catch_signals(void) {
    static const int NUMBERS[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
    struct sigaction action = {.sa_handler = on_signal};
    sigset_t blocked;
    sigemptyset(&action.sa_mask);
    sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
        sigaddset(&blocked, NUMBERS[i]);
        sigaction(NUMBERS[i], &action, NULL);
    }
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is one that cannot be written */
}

int main(int argc, char **argv) {
    static struct gateway gateway = {.watch = {.fd = -1}};
    setvbuf(stdout, NULL, _IOLBF, 0);
    int status = options_read(&gateway.options, argc, argv);
    if (status != OPTIONS_RUN) {
        return status;
    }
    gateway.sad.show_keys = gateway.options.show_keys != 0;
    bool usable = rules_load(&gateway.rules, gateway.options.config) &&
                  certs_load(&gateway.rules, gateway.options.replay == NULL) &&
                  open_engine(&gateway) && rules_check(&gateway.rules, gateway.engine.ike) &&
                  data_check(&gateway.rules) && options_check(&gateway.options, &gateway.rules);
    status = usable ? 0 : OPTIONS_BAD_USE;
    if (usable && gateway.options.check) {
        printf("%s: no mistake, rules: %zu\n", gateway.options.config, gateway.rules.count);
    } else if (usable && gateway.options.replay != NULL) {
        status = replay(&gateway) ? 0 : 1;
    } else if (usable) {
        catch_signals();
        status = open_sockets(&gateway) ? 0 : 1;
        if (status == 0) {
            run(&gateway);
            status = gateway.failed ? 1 : 0;
        }
    }
    watch_close(&gateway.watch);
    data_close(&gateway.data);
    net_close(&gateway.net);
    ikev1_engine_free(gateway.engine.ike);
    record_close(&gateway.engine.record);
    rules_free(&gateway.rules);
    return status;
}
