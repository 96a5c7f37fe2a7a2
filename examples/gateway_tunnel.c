/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `data = tun`: a list of tunnels, each a pair of ESP SAs. Packets of the TUN device go into the
 * newest one whose selectors they fit, while the older one still receives until it is taken out. A
 * list and one packet at a time: enough to show and to test.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway_data.h"
#include "gateway_esp.h"
#include "gateway_flow.h"
#include "gateway_prefix.h"
#include "gateway_route.h"
#include "gateway_tun.h"

enum { BURST = 64, MAX_PACKET = 65536 };

struct tunnel {
    struct tunnel *next;
    ikev1_handle sa, child;
    ikev1_path path;
    bool udp;
    ikev1_selector local, remote;
    struct esp *in, *out; /* `out` is NULL until CHILD_UP */
    unsigned patience;    /* counts until it is used whatever the peer does */
    ikev1_traffic total;
};

struct tunnels {
    struct tunnel *first; /* the newest */
    struct net *net;
    const struct rules *rules;
    const struct data_host *host;
    struct tun tun;
    uint8_t held[MAX_PACKET]; /* a packet that waits for its tunnel */
    size_t held_len;
    uint8_t inner[MAX_PACKET], outer[MAX_PACKET + ESP_MAX_GROWTH];
};

/* ---- SAs ---- */

/* Where the list points to the tunnel of a child; to NULL when there is none. */
static struct tunnel **find_child(struct tunnels *tunnels, ikev1_handle child) {
    struct tunnel **at = &tunnels->first;
    while (*at != NULL && (*at)->child != child) {
        at = &(*at)->next;
    }
    return at;
}

/* Whether a tunnel leads there still, or a rule will again: its packets must not leave unprotected
 * in between. */
static bool is_wanted(const struct tunnels *tunnels, const ikev1_selector *remote) {
    for (const struct tunnel *tunnel = tunnels->first; tunnel != NULL; tunnel = tunnel->next) {
        if (prefix_same_network(&tunnel->remote, remote)) {
            return true;
        }
    }
    for (size_t i = 0; i < tunnels->rules->count; i++) {
        if (prefix_same_network(&tunnels->rules->rule[i].phase2.remote, remote)) {
            return true;
        }
    }
    return false;
}

static bool add_tunnel(struct tunnels *tunnels, const ikev1_event *event) {
    const ikev1_ipsec *sa = event->ipsec;
    /* what goes to the peer itself is ESP and must not go into the tunnel again */
    if (prefix_covers(&sa->remote, event->path.remote.family, event->path.remote.ip)) {
        fprintf(stderr, "data = tun: the peer's own address is behind the tunnel\n");
        return false;
    }
    struct tunnel *tunnel = malloc(sizeof *tunnel);
    struct esp *in = event->ipsec_count == 1 ? esp_new(sa) : NULL;
    if (tunnel == NULL || in == NULL) {
        fprintf(stderr, "data = tun: not an SA it can carry\n");
        free(tunnel);
        esp_free(in);
        return false;
    }
    *tunnel = (struct tunnel){.next = tunnels->first,
                              .sa = event->sa,
                              .child = event->child,
                              .path = event->path,
                              .udp = sa->udp,
                              .local = sa->local,
                              .remote = sa->remote,
                              .in = in};
    bool routed = is_wanted(tunnels, &sa->remote);
    tunnels->first = tunnel;
    return routed || route_set(true, tunnels->tun.index, &sa->local, &sa->remote);
}

/* Before CHILD_UP a tunnel receives only; then it becomes the newest one to send. */
static bool complete(struct tunnels *tunnels, const ikev1_event *event) {
    struct tunnel **at = find_child(tunnels, event->child);
    struct tunnel *tunnel = *at;
    if (tunnel == NULL) {
        return false;
    }
    tunnel->path = event->path;
    tunnel->out = esp_new(event->ipsec);
    tunnel->patience = data_patience(event);
    *at = tunnel->next;
    tunnel->next = tunnels->first;
    tunnels->first = tunnel;
    return tunnel->out != NULL;
}

static bool install(void *state, const ikev1_event *event) {
    return event->ipsec->inbound ? add_tunnel(state, event) : complete(state, event);
}

static void remove_child(void *state, ikev1_handle child) {
    struct tunnels *tunnels = state;
    struct tunnel **at = find_child(tunnels, child);
    struct tunnel *tunnel = *at;
    if (tunnel == NULL) {
        return;
    }
    *at = tunnel->next;
    if (!is_wanted(tunnels, &tunnel->remote)) {
        route_set(false, tunnels->tun.index, &tunnel->local, &tunnel->remote);
    }
    esp_free(tunnel->in);
    esp_free(tunnel->out);
    free(tunnel);
}

static void move(void *state, const ikev1_event *event) {
    struct tunnels *tunnels = state;
    for (struct tunnel *tunnel = tunnels->first; tunnel != NULL; tunnel = tunnel->next) {
        if (tunnel->sa == event->sa) {
            tunnel->path = event->path;
        }
    }
}

static void adopt(void *state, const ikev1_event *event) {
    struct tunnels *tunnels = state;
    for (struct tunnel *tunnel = tunnels->first; tunnel != NULL; tunnel = tunnel->next) {
        if (tunnel->sa == event->replaces) {
            tunnel->sa = event->sa;
            tunnel->path = event->path;
        }
    }
}

/* ---- packets ---- */

/* No tunnel is there for it: it is kept until there is one, or until another packet comes. */
static void demand(struct tunnels *tunnels, const struct flow *flow, ikev1_bytes packet) {
    for (size_t i = 0; i < tunnels->rules->count; i++) {
        const struct rule *rule = &tunnels->rules->rule[i];
        if (rule->peer.family != 0 && flow_fits(flow, &rule->phase2.local, &rule->phase2.remote)) {
            memcpy(tunnels->held, packet.data, packet.len);
            tunnels->held_len = packet.len;
            tunnels->host->demand(tunnels->host->user, rule->number);
            return;
        }
    }
}

static void send_through(struct tunnels *tunnels, struct tunnel *tunnel, ikev1_bytes inner) {
    size_t len = 0;
    if (esp_seal(tunnel->out, inner, tunnels->outer, sizeof tunnels->outer, &len) == ESP_OK &&
        net_send_esp(tunnels->net, &tunnel->path, tunnel->udp,
                     (ikev1_bytes){tunnels->outer, len})) {
        tunnel->total.packets_out++;
        tunnel->total.bytes_out += inner.len;
    }
}

/* The newest that fits; one that needs patience only where there is no older one. */
static struct tunnel *find_tunnel(const struct tunnels *tunnels, const struct flow *flow) {
    struct tunnel *found = NULL;
    for (struct tunnel *tunnel = tunnels->first; tunnel != NULL; tunnel = tunnel->next) {
        if (tunnel->out != NULL && flow_fits(flow, &tunnel->local, &tunnel->remote)) {
            if (tunnel->patience == 0) {
                return tunnel;
            }
            found = found != NULL ? found : tunnel;
        }
    }
    return found;
}

static void send_inner(struct tunnels *tunnels, ikev1_bytes inner) {
    struct flow flow;
    if (!flow_read(&flow, inner)) {
        return;
    }
    struct tunnel *tunnel = find_tunnel(tunnels, &flow);
    if (tunnel == NULL) {
        demand(tunnels, &flow, inner);
    } else {
        send_through(tunnels, tunnel, inner);
    }
}

/* A bounded number: timers and IKE get their turn. */
static void readable(void *state) {
    struct tunnels *tunnels = state;
    for (int n = 0; n < BURST; n++) {
        ssize_t len = read(tunnels->tun.fd, tunnels->inner, sizeof tunnels->inner);
        if (len <= 0) {
            return;
        }
        send_inner(tunnels, (ikev1_bytes){tunnels->inner, (size_t)len});
    }
}

/* What is inside must be of the networks that were agreed on (RFC 4301 5.2, step 4). */
static void receive(void *state, uint8_t *packet, size_t len) {
    struct tunnels *tunnels = state;
    uint32_t spi = esp_spi_of(packet, len);
    struct tunnel *tunnel = tunnels->first;
    while (tunnel != NULL && esp_spi(tunnel->in) != spi) {
        tunnel = tunnel->next;
    }
    ikev1_bytes inner;
    struct flow flow;
    if (tunnel == NULL || esp_unseal(tunnel->in, packet, len, &inner) != ESP_OK ||
        !flow_read(&flow, inner) || !flow_fits(&flow, &tunnel->remote, &tunnel->local)) {
        return;
    }
    tunnel->patience = 0;
    tunnel->total.packets_in++;
    tunnel->total.bytes_in += flow.len;
    ssize_t written = write(tunnels->tun.fd, inner.data, flow.len);
    (void)written; /* a packet that this host has no room for is lost, as on any wire */
}

/* ---- now and then ---- */

/* When the peer surely has its side of the tunnel. */
static void send_held(struct tunnels *tunnels, struct tunnel *tunnel) {
    const ikev1_bytes held = {tunnels->held, tunnels->held_len};
    struct flow flow;
    if (flow_read(&flow, held) && flow_fits(&flow, &tunnel->local, &tunnel->remote)) {
        send_through(tunnels, tunnel, held);
        tunnels->held_len = 0;
    }
}

/* Called now and then, so it serves as the clock of patience too. */
static void count(void *state) {
    struct tunnels *tunnels = state;
    for (struct tunnel *tunnel = tunnels->first; tunnel != NULL; tunnel = tunnel->next) {
        tunnel->patience -= tunnel->patience > 0 ? 1 : 0;
        if (tunnel->out != NULL) {
            if (tunnel->patience == 0 && tunnels->held_len > 0) {
                send_held(tunnels, tunnel);
            }
            tunnels->host->traffic(tunnels->host->user, tunnel->child, &tunnel->total);
        }
    }
}

/* It stays on the device: packets of this host that are on their way to the peer have it. */
static void lease(void *state, const ikev1_address *address) {
    const struct tunnels *tunnels = state;
    route_set_address(true, tunnels->tun.index, address);
}

/* ---- beginning and end ---- */

static void close_tunnels(void *state) {
    struct tunnels *tunnels = state;
    while (tunnels->first != NULL) {
        remove_child(tunnels, tunnels->first->child);
    }
    tun_close(&tunnels->tun);
    free(tunnels);
}

/* The routes of the rules are there from the start: what belongs into a tunnel that is not up yet
 * must not leave unprotected. */
static bool route_rules(const struct tunnels *tunnels) {
    for (size_t i = 0; i < tunnels->rules->count; i++) {
        const ikev1_phase2 *phase2 = &tunnels->rules->rule[i].phase2;
        if (phase2->remote.family != 0 &&
            !route_set(true, tunnels->tun.index, &phase2->local, &phase2->remote)) {
            return false;
        }
    }
    return true;
}

static bool open_tunnels(void **state, const struct rules *rules, struct net *net,
                         const struct data_host *host) {
    struct tunnels *tunnels = calloc(1, sizeof *tunnels);
    if (tunnels == NULL) {
        return false;
    }
    tunnels->net = net;
    tunnels->rules = rules;
    tunnels->host = host;
    bool good = tun_open(&tunnels->tun, rules->tun);
    for (size_t i = 0; good && i < rules->listen_count; i++) {
        ikev1_address address = rules->listen[i];
        address.port = 0;
        good = net_open(net, &address, NET_ESP);
    }
    if (!good || !net_watch(net, tunnels->tun.fd) || !route_rules(tunnels)) {
        close_tunnels(tunnels);
        return false;
    }
    printf("tunnels over the device %s\n", tunnels->tun.name);
    *state = tunnels;
    return true;
}

static bool change_rules(void *state, const struct rules *was, const struct rules *now) {
    struct tunnels *tunnels = state;
    tunnels->rules = now;
    for (size_t i = 0; i < was->count; i++) {
        const ikev1_phase2 *phase2 = &was->rule[i].phase2;
        if (phase2->remote.family != 0 && !is_wanted(tunnels, &phase2->remote)) {
            route_set(false, tunnels->tun.index, &phase2->local, &phase2->remote);
        }
    }
    return route_rules(tunnels);
}

const struct data_way DATA_TUN = {.open = open_tunnels,
                                  .rules = change_rules,
                                  .install = install,
                                  .remove = remove_child,
                                  .move = move,
                                  .adopt = adopt,
                                  .count = count,
                                  .lease = lease,
                                  .receive = receive,
                                  .readable = readable,
                                  .close = close_tunnels};
