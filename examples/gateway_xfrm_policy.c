/* SPDX-License-Identifier: Apache-2.0 */
/* Messages about policies: which packets must be, or have been, protected by which SAs. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "gateway_prefix.h"
#include "gateway_xfrm_talk.h"

/* The narrower a policy, the smaller its number and the sooner it is asked. */
enum { PRIORITY = 10000, PER_BIT = 8, PER_PROTOCOL = 4, PER_PORT = 2 };

struct ends {
    const ikev1_selector *local, *remote; /* for protocol and ports */
    struct prefix here, there;
};

static void set_port(uint16_t *port, uint16_t *mask, const ikev1_selector *selector) {
    *port = htons(selector->port);
    *mask = selector->port != 0 ? 0xffff : 0;
}

static void set_selector(struct xfrm_selector *selector, const struct ends *ends, bool outbound) {
    const ikev1_selector *from = outbound ? ends->local : ends->remote;
    const ikev1_selector *to = outbound ? ends->remote : ends->local;
    const struct prefix *source = outbound ? &ends->here : &ends->there;
    const struct prefix *target = outbound ? &ends->there : &ends->here;
    xfrm_address(&selector->saddr, source->address);
    xfrm_address(&selector->daddr, target->address);
    selector->prefixlen_s = source->len;
    selector->prefixlen_d = target->len;
    selector->family = xfrm_family(source->family);
    selector->proto = from->protocol != 0 ? from->protocol : to->protocol;
    set_port(&selector->sport, &selector->sport_mask, from);
    set_port(&selector->dport, &selector->dport_mask, to);
}

static uint32_t priority(const struct ends *ends) {
    const ikev1_selector *a = ends->local, *b = ends->remote;
    return PRIORITY - PER_BIT * (uint32_t)(ends->here.len + ends->there.len) -
           (a->protocol != 0 || b->protocol != 0 ? PER_PROTOCOL : 0) -
           (a->port != 0 ? PER_PORT / 2 : 0) - (b->port != 0 ? PER_PORT / 2 : 0);
}

/* A packet too small to be worth it comes uncompressed (RFC 3173 2.2), so inbound IPCOMP is no
 * must. Only the innermost may be a tunnel. */
static void put_templates(struct nlmsghdr *message, const struct xfrm_bundle *bundle) {
    struct xfrm_user_tmpl templates[IKEV1_MAX_BUNDLE];
    const ikev1_path *path = &bundle->path;
    memset(templates, 0, sizeof templates);
    for (size_t i = 0; i < bundle->count; i++) {
        const struct xfrm_sa *sa = &bundle->sa[i];
        struct xfrm_user_tmpl *t = &templates[i];
        t->id.proto = xfrm_protocol(sa->protocol);
        t->id.spi = sa->inbound ? 0 : htonl(sa->spi);
        xfrm_address(&t->id.daddr, sa->inbound ? path->local.ip : path->remote.ip);
        xfrm_address(&t->saddr, sa->inbound ? path->remote.ip : path->local.ip);
        t->family = xfrm_family(path->local.family);
        t->reqid = bundle->id;
        t->mode = bundle->tunnel && i == 0 ? XFRM_MODE_TUNNEL : XFRM_MODE_TRANSPORT;
        t->optional = sa->inbound && sa->protocol == IKEV1_PROTO_IPCOMP;
        t->aalgos = t->ealgos = t->calgos = UINT32_MAX;
    }
    mnl_attr_put(message, XFRMA_TMPL, bundle->count * sizeof *templates, templates);
}

static int set_one(struct xfrm *xfrm, const struct xfrm_bundle *bundle, const struct ends *ends,
                   uint8_t direction) {
    uint8_t room[XFRM_MESSAGE];
    struct nlmsghdr *message = xfrm_begin(room, XFRM_MSG_UPDPOLICY, 0);
    struct xfrm_userpolicy_info *info = mnl_nlmsg_put_extra_header(message, sizeof *info);
    set_selector(&info->sel, ends, direction == XFRM_POLICY_OUT);
    info->lft.soft_byte_limit = info->lft.hard_byte_limit = XFRM_INF;
    info->lft.soft_packet_limit = info->lft.hard_packet_limit = XFRM_INF;
    info->priority = priority(ends);
    info->dir = direction;
    info->action = bundle->count > 0 ? XFRM_POLICY_ALLOW : XFRM_POLICY_BLOCK;
    if (bundle->count > 0) {
        put_templates(message, bundle);
    }
    return xfrm_ask(xfrm, message, NULL);
}

static int remove_one(struct xfrm *xfrm, const struct ends *ends, uint8_t direction) {
    uint8_t room[XFRM_MESSAGE];
    struct nlmsghdr *message = xfrm_begin(room, XFRM_MSG_DELPOLICY, 0);
    struct xfrm_userpolicy_id *id = mnl_nlmsg_put_extra_header(message, sizeof *id);
    set_selector(&id->sel, ends, direction == XFRM_POLICY_OUT);
    id->dir = direction;
    return xfrm_ask(xfrm, message, NULL);
}

/* Each direction of the kernel's that one of ours stands for; packets through this host have one of
 * their own. `bundle` NULL: removed. */
static int each_direction(struct xfrm *xfrm, const struct xfrm_bundle *bundle, bool inbound,
                          const struct ends *ends) {
    static const uint8_t OUT[] = {XFRM_POLICY_OUT}, IN[] = {XFRM_POLICY_IN, XFRM_POLICY_FWD};
    int error = 0;
    for (size_t i = 0; i < (inbound ? sizeof IN : sizeof OUT); i++) {
        uint8_t direction = inbound ? IN[i] : OUT[i];
        int result = bundle != NULL ? set_one(xfrm, bundle, ends, direction)
                                    : remove_one(xfrm, ends, direction);
        error = error != 0 ? error : result;
    }
    return error;
}

static int each_pair(struct xfrm *xfrm, const struct xfrm_bundle *bundle, bool inbound,
                     const ikev1_selector *local, const ikev1_selector *remote) {
    struct ends ends = {.local = local, .remote = remote};
    int error = 0;
    while (prefix_next(local, &ends.here)) {
        for (ends.there = (struct prefix){0}; prefix_next(remote, &ends.there);) {
            int result = each_direction(xfrm, bundle, inbound, &ends);
            error = error != 0 ? error : result;
        }
    }
    return error;
}

int xfrm_set_policy(struct xfrm *xfrm, const struct xfrm_bundle *bundle,
                    const ikev1_selector *local, const ikev1_selector *remote) {
    return each_pair(xfrm, bundle, bundle->sa[0].inbound, local, remote);
}

int xfrm_remove_policy(struct xfrm *xfrm, bool inbound, const ikev1_selector *local,
                       const ikev1_selector *remote) {
    return each_pair(xfrm, NULL, inbound, local, remote);
}

int xfrm_exempt(int socket, uint8_t family, bool shared) {
    bool v4 = family == 4;
    struct xfrm_userpolicy_info policy = {.action = XFRM_POLICY_ALLOW,
                                          .sel.family = xfrm_family(family)};
    static const uint8_t DIRECTIONS[] = {XFRM_POLICY_IN, XFRM_POLICY_OUT};
    for (size_t i = 0; i < sizeof DIRECTIONS; i++) {
        policy.dir = DIRECTIONS[i];
        if (setsockopt(socket, v4 ? IPPROTO_IP : IPPROTO_IPV6,
                       v4 ? IP_XFRM_POLICY : IPV6_XFRM_POLICY, &policy, sizeof policy) != 0) {
            return errno;
        }
    }
    int kind = UDP_ENCAP_ESPINUDP;
    if (shared && setsockopt(socket, IPPROTO_UDP, UDP_ENCAP, &kind, sizeof kind) != 0) {
        return errno;
    }
    return 0;
}
