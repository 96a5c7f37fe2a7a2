/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `data = kernel`: SAs and policies go to Linux, which carries the traffic. Several pairs may be
 * for the same networks while one replaces another: outbound policies name the SAs of the newest
 * pair, inbound ones take those of every pair of the rule.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway_data.h"
#include "gateway_prefix.h"
#include "gateway_route.h"
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
    struct xfrm *xfrm;
    struct pair *first; /* the newest */
};

static bool complain(const char *what, int error) {
    if (error != 0) {
        fprintf(stderr, "data = kernel: %s: %s\n", what, strerror(error));
    }
    return error == 0;
}

static bool same_selectors(const struct pair *a, const struct pair *b) {
    return memcmp(&a->local, &b->local, sizeof a->local) == 0 &&
           memcmp(&a->remote, &b->remote, sizeof a->remote) == 0;
}

/* ---- routes ---- */

/*
 * A packet of this host needs a route before it meets a policy, and takes its source from there.
 * Not where the peer is its own network: it has one to that.
 */
static void set_route(bool add, const struct pair *pair) {
    int device = route_device(&pair->path.local);
    if (device != 0 &&
        !prefix_covers(&pair->remote, pair->path.remote.family, pair->path.remote.ip)) {
        route_set(add, device, &pair->local, &pair->remote);
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

static bool set_policy(struct kernel *kernel, const struct pair *pair,
                       const struct xfrm_bundle *bundle) {
    return complain("a policy", xfrm_set_policy(kernel->xfrm, bundle, &pair->local, &pair->remote));
}

static const struct xfrm_bundle *bundle_of(const struct pair *pair, bool inbound) {
    return inbound ? &pair->in : &pair->out;
}

/* The newest pair for the same networks that has this direction; one that needs patience only where
 * there is no other. */
static const struct pair *find_newest(const struct kernel *kernel, const struct pair *like,
                                      bool inbound) {
    const struct pair *found = NULL;
    for (const struct pair *pair = kernel->first; pair != NULL; pair = pair->next) {
        if (bundle_of(pair, inbound)->count == 0 || !same_selectors(pair, like)) {
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
    const struct pair *pair = find_newest(kernel, like, inbound);
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
    if (!first->inbound) {
        pair->patience = data_patience(event);
        set_route(true, pair);
    }
    return use_newest(kernel, pair, first->inbound);
}

/* Policies that named the SAs of a pair that goes now name those of another one for the same
 * networks, if there is one. */
static void hand_over(struct kernel *kernel, const struct pair *gone, bool inbound) {
    if (find_newest(kernel, gone, inbound) != NULL) {
        use_newest(kernel, gone, inbound);
        return;
    }
    complain("a policy's end",
             xfrm_remove_policy(kernel->xfrm, inbound, &gone->local, &gone->remote));
    if (!inbound) {
        set_route(false, gone);
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
    xfrm_close(kernel->xfrm);
    free(kernel);
}

static bool open_kernel(void **state, const struct rules *rules, struct net *net,
                        const struct data_host *host) {
    struct kernel *kernel = calloc(1, sizeof *kernel);
    (void)rules;
    if (kernel == NULL || (kernel->xfrm = xfrm_open()) == NULL) {
        free(kernel);
        return complain("netlink", errno);
    }
    kernel->host = host;
    for (size_t i = 0; i < net->count; i++) {
        bool shared = net->kind[i] == NET_SHARED;
        if (!complain("an IKE socket",
                      xfrm_exempt(net->poll[i].fd, net->bound[i].family, shared))) {
            close_kernel(kernel);
            return false;
        }
    }
    *state = kernel;
    return true;
}

const struct data_way DATA_KERNEL = {.open = open_kernel,
                                     .install = install,
                                     .remove = remove_child,
                                     .move = move,
                                     .adopt = adopt,
                                     .count = count,
                                     .take_spi = take_spi,
                                     .close = close_kernel};
