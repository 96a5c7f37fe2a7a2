/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `data = kernel`: SAs and policies go to Linux, which carries the traffic. Several pairs may be
 * for the same networks while one replaces another: outbound policies name the SAs of the newest
 * pair, inbound ones take those of every pair of the rule. Where there is no pair, the rules' traps
 * are (gateway_trap.h).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway_data.h"
#include "gateway_prefix.h"
#include "gateway_route.h"
#include "gateway_stray.h"
#include "gateway_trap.h"
#include "gateway_xfrm.h"

struct pair {
    struct pair *next;
    ikev1_handle sa, child;
    ikev1_path path;
    ikev1_selector local, remote;
    struct xfrm_bundle in, out; /* `count` is of those that are installed */
    unsigned patience;          /* counts until policies name `out` whatever the peer does */
};

struct kernel {
    const struct data_host *host;
    const struct net *net;
    struct xfrm *xfrm;
    int asks;           /* readable when a packet has met a trap */
    struct traps traps; /* of the rules */
    struct pair *first; /* the newest */
};

static bool complain(const char *what, int error) {
    if (error != 0) {
        fprintf(stderr, "data = kernel: %s: %s\n", what, strerror(error));
    }
    return error == 0;
}

/* ---- routes ---- */

/*
 * A packet of this host needs a route before it meets a policy, and takes its source from there.
 * Not where the peer is its own network: it has one to that.
 */
static void set_route(bool add, const ikev1_path *path, const ikev1_selector *local,
                      const ikev1_selector *remote) {
    int device = route_device(&path->local);
    if (device != 0 && !prefix_covers(remote, path->remote.family, path->remote.ip)) {
        route_set(add, device, local, remote);
    }
}

/* ---- pairs ---- */

static struct pair **find_pair(struct kernel *kernel, ikev1_handle child) {
    struct pair **at = &kernel->first;
    while (*at != NULL && (*at)->child != child) {
        at = &(*at)->next;
    }
    return at;
}

static struct pair *add_pair(struct kernel *kernel, const ikev1_event *event) {
    struct pair *pair = malloc(sizeof *pair);
    if (pair != NULL) {
        *pair = (struct pair){.next = kernel->first,
                              .sa = event->sa,
                              .child = event->child,
                              .path = event->path,
                              .local = event->ipsec->packet_local,
                              .remote = event->ipsec->packet_remote};
        kernel->first = pair;
    }
    return pair;
}

/* Packets under the SPIs of pairs are the kernel's. Without memory the list stays as it was. */
static void skip_pairs(const struct kernel *kernel) {
    size_t count = 0;
    for (const struct pair *pair = kernel->first; pair != NULL; pair = pair->next) {
        count += pair->in.count;
    }
    uint32_t *spi = calloc(count + 1, sizeof *spi);
    if (spi == NULL) {
        return;
    }
    count = 0;
    for (const struct pair *pair = kernel->first; pair != NULL; pair = pair->next) {
        for (size_t i = 0; i < pair->in.count; i++) {
            spi[count++] = pair->in.sa[i].spi;
        }
    }
    stray_skip(kernel->net, spi, count);
    free(spi);
}

static bool set_policy(struct kernel *kernel, const struct pair *pair,
                       const struct xfrm_bundle *bundle) {
    return complain("a policy", xfrm_set_policy(kernel->xfrm, bundle, &pair->local, &pair->remote));
}

static const struct xfrm_bundle *bundle_of(const struct pair *pair, bool inbound) {
    return inbound ? &pair->in : &pair->out;
}

/* The newest pair for these networks that has this direction; one that needs patience only where
 * there is no other. */
static const struct pair *find_newest(const struct kernel *kernel, const ikev1_selector *local,
                                      const ikev1_selector *remote, bool inbound) {
    const struct pair *found = NULL;
    for (const struct pair *pair = kernel->first; pair != NULL; pair = pair->next) {
        if (bundle_of(pair, inbound)->count == 0 || !trap_same_selector(&pair->local, local) ||
            !trap_same_selector(&pair->remote, remote)) {
            continue;
        }
        if (inbound || pair->patience == 0) {
            return pair;
        }
        found = found != NULL ? found : pair;
    }
    return found;
}

/* Policies are those of the pair that packets are to take now. */
static bool use_newest(struct kernel *kernel, const struct pair *like, bool inbound) {
    const struct pair *pair = find_newest(kernel, &like->local, &like->remote, inbound);
    return pair != NULL && set_policy(kernel, pair, bundle_of(pair, inbound));
}

/* The SAs first, then the policies that ask for them. */
static bool install(void *state, const ikev1_event *event) {
    struct kernel *kernel = state;
    struct pair *pair = *find_pair(kernel, event->child);
    if (pair == NULL && (pair = add_pair(kernel, event)) == NULL) {
        return complain("no SA", ENOMEM);
    }
    const ikev1_ipsec *first = &event->ipsec[0];
    struct xfrm_bundle *bundle = first->inbound ? &pair->in : &pair->out;
    pair->path = event->path;
    *bundle = (struct xfrm_bundle){
        .tunnel = first->mode == IKEV1_ENCAP_TUNNEL, .id = event->rule, .path = event->path};
    for (size_t i = 0; i < event->ipsec_count; i++) {
        const ikev1_ipsec *sa = &event->ipsec[i];
        if (!complain("an SA", xfrm_add_sa(kernel->xfrm, sa, i == 0, &pair->path, event->rule))) {
            return false;
        }
        bundle->sa[bundle->count++] =
            (struct xfrm_sa){.inbound = sa->inbound,
                             .protocol = sa->protocol,
                             .spi = sa->spi,
                             .udp = sa->udp && sa->protocol == IKEV1_PROTO_ESP};
    }
    if (first->inbound) {
        skip_pairs(kernel);
    } else {
        pair->patience = data_patience(event);
        set_route(true, &pair->path, &pair->local, &pair->remote);
    }
    return use_newest(kernel, pair, first->inbound);
}

static bool put_trap(struct kernel *kernel, const struct trap *trap, bool inbound) {
    const struct xfrm_bundle *bundle = inbound ? &trap->in : &trap->out;
    if (!inbound && bundle->count > 0) {
        set_route(true, &bundle->path, &trap->local, &trap->remote);
    }
    return complain("a rule's policy",
                    xfrm_set_policy(kernel->xfrm, bundle, &trap->local, &trap->remote));
}

/* What is left of networks for which there is neither a pair nor a rule. */
static void leave(struct kernel *kernel, const ikev1_path *path, const ikev1_selector *local,
                  const ikev1_selector *remote, bool inbound) {
    complain("a policy's end", xfrm_remove_policy(kernel->xfrm, inbound, local, remote));
    if (!inbound) {
        set_route(false, path, local, remote);
    }
}

/* Policies that named the SAs of a pair that goes now name those of another one for the same
 * networks, if there is one; else a rule's trap is set again. */
static void hand_over(struct kernel *kernel, const struct pair *gone, bool inbound) {
    const struct trap *trap = traps_find(&kernel->traps, &gone->local, &gone->remote);
    if (find_newest(kernel, &gone->local, &gone->remote, inbound) != NULL) {
        use_newest(kernel, gone, inbound);
    } else if (trap != NULL) {
        if (!inbound && trap->out.count == 0) {
            set_route(false, &gone->path, &gone->local, &gone->remote);
        }
        put_trap(kernel, trap, inbound);
    } else {
        leave(kernel, &gone->path, &gone->local, &gone->remote, inbound);
    }
}

static void remove_bundle(struct kernel *kernel, const struct pair *gone,
                          const struct xfrm_bundle *bundle) {
    if (bundle->count > 0) {
        hand_over(kernel, gone, bundle->sa[0].inbound);
    }
    for (size_t i = 0; i < bundle->count; i++) {
        complain("an SA's end", xfrm_remove_sa(kernel->xfrm, &bundle->sa[i], &bundle->path));
    }
}

static void remove_child(void *state, ikev1_handle child) {
    struct kernel *kernel = state;
    struct pair **at = find_pair(kernel, child);
    struct pair *pair = *at;
    if (pair != NULL) {
        *at = pair->next;
        remove_bundle(kernel, pair, &pair->out);
        remove_bundle(kernel, pair, &pair->in);
        skip_pairs(kernel);
        free(pair);
    }
}

/* ---- a peer that has moved ---- */

static void move_bundle(struct kernel *kernel, const struct pair *pair,
                        struct xfrm_bundle *bundle) {
    for (size_t i = 0; i < bundle->count; i++) {
        complain("an SA's move",
                 xfrm_move_sa(kernel->xfrm, &bundle->sa[i], &bundle->path, &pair->path));
    }
    bundle->path = pair->path;
    if (bundle->count > 0) {
        set_policy(kernel, pair, bundle);
    }
}

static void move(void *state, const ikev1_event *event) {
    struct kernel *kernel = state;
    for (struct pair *pair = kernel->first; pair != NULL; pair = pair->next) {
        if (pair->sa == event->sa) {
            pair->path = event->path;
            move_bundle(kernel, pair, &pair->in);
            move_bundle(kernel, pair, &pair->out);
        }
    }
}

static void adopt(void *state, const ikev1_event *event) {
    struct kernel *kernel = state;
    for (struct pair *pair = kernel->first; pair != NULL; pair = pair->next) {
        if (pair->sa == event->replaces) {
            pair->sa = event->sa;
        }
    }
}

/* ---- what has been carried ---- */

/* Of a bundle, what its innermost SA has. */
static bool count_bundle(struct kernel *kernel, const struct xfrm_bundle *bundle, uint64_t *bytes,
                         uint64_t *packets) {
    return bundle->count > 0 &&
           xfrm_count(kernel->xfrm, &bundle->sa[0], &bundle->path, bytes, packets) == 0;
}

/* Called now and then, so it serves as the clock of patience too. */
static void count(void *state) {
    struct kernel *kernel = state;
    for (struct pair *pair = kernel->first; pair != NULL; pair = pair->next) {
        ikev1_traffic total = {0};
        if (count_bundle(kernel, &pair->in, &total.bytes_in, &total.packets_in) &&
            count_bundle(kernel, &pair->out, &total.bytes_out, &total.packets_out)) {
            kernel->host->traffic(kernel->host->user, pair->child, &total);
        }
        if (pair->patience > 0) {
            pair->patience = total.packets_in > 0 ? 0 : pair->patience - 1;
            if (pair->patience == 0) {
                use_newest(kernel, pair, false);
            }
        }
    }
}

/* ---- rules ---- */

/* Traps that no rule has any more go, but where a pair has taken their place; new ones come. */
static bool set_traps(struct kernel *kernel, struct traps fresh) {
    struct traps was = kernel->traps;
    bool good = true;
    kernel->traps = fresh;
    for (int inbound = 0; inbound <= 1; inbound++) {
        for (size_t i = 0; i < was.count; i++) {
            const struct trap *old = &was.trap[i];
            if (traps_find(&fresh, &old->local, &old->remote) == NULL &&
                find_newest(kernel, &old->local, &old->remote, inbound) == NULL) {
                leave(kernel, &old->out.path, &old->local, &old->remote, inbound);
            }
        }
        for (size_t i = 0; i < fresh.count; i++) {
            const struct trap *trap = &fresh.trap[i];
            good = (find_newest(kernel, &trap->local, &trap->remote, inbound) != NULL ||
                    put_trap(kernel, trap, inbound)) &&
                   good;
        }
    }
    traps_free(&was);
    return good;
}

static bool change_rules(void *state, const struct rules *was, const struct rules *now) {
    struct traps fresh;
    (void)was;
    return traps_read(&fresh, now) ? set_traps(state, fresh) : complain("the rules", ENOMEM);
}

/* The kernel asks for what a trap has caught a packet for. */
static void readable(void *state) {
    const struct kernel *kernel = state;
    uint32_t rule;
    while ((rule = xfrm_asked(kernel->asks)) != 0) {
        kernel->host->demand(kernel->host->user, rule);
    }
}

/* ---- SPIs, beginning and end ---- */

static int take_spi(void *state, const ikev1_path *path, uint8_t protocol, uint32_t *spi) {
    struct kernel *kernel = state;
    return complain("an SPI", xfrm_take_spi(kernel->xfrm, path, protocol, spi)) ? IKEV1_OK
                                                                                : IKEV1_E_REFUSED;
}

static void close_kernel(void *state) {
    struct kernel *kernel = state;
    while (kernel->first != NULL) {
        remove_child(kernel, kernel->first->child);
    }
    set_traps(kernel, (struct traps){0});
    if (kernel->asks >= 0) {
        close(kernel->asks);
    }
    xfrm_close(kernel->xfrm);
    free(kernel);
}

/* IKE's own packets pass beside all policies. */
static bool exempt_sockets(const struct net *net) {
    for (size_t i = 0; i < net->count; i++) {
        bool ours = net->kind[i] != NET_OTHER, shared = net->kind[i] == NET_SHARED;
        int error = ours ? xfrm_exempt(net->poll[i].fd, net->bound[i].family, shared) : 0;
        if (!complain("an IKE socket", error)) {
            return false;
        }
    }
    return true;
}

static bool open_kernel(void **state, const struct rules *rules, struct net *net,
                        const struct data_host *host) {
    struct kernel *kernel = calloc(1, sizeof *kernel);
    if (kernel == NULL || (kernel->xfrm = xfrm_open()) == NULL) {
        free(kernel);
        return complain("netlink", errno);
    }
    kernel->host = host;
    kernel->net = net;
    kernel->asks = xfrm_listen();
    if ((kernel->asks < 0 && !complain("netlink", errno)) || !stray_open(net, rules) ||
        !exempt_sockets(net) || !net_watch(net, kernel->asks) ||
        !change_rules(kernel, rules, rules)) {
        close_kernel(kernel);
        return false;
    }
    *state = kernel;
    return true;
}

const struct data_way DATA_KERNEL = {.open = open_kernel,
                                     .rules = change_rules,
                                     .install = install,
                                     .remove = remove_child,
                                     .move = move,
                                     .adopt = adopt,
                                     .count = count,
                                     .take_spi = take_spi,
                                     .readable = readable,
                                     .close = close_kernel};
