/* SPDX-License-Identifier: Apache-2.0 */
/* Messages about SAs, and the talk with the kernel. */
#define _GNU_SOURCE /* explicit_bzero() */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/udp.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "gateway_xfrm.h"
#include "gateway_xfrm_algs.h"
#include "gateway_xfrm_talk.h"

enum { DEFAULT_WINDOW = 64, IPCOMP_PROTOCOL = 108 };

struct xfrm {
    struct mnl_socket *netlink;
    uint32_t sequence;
    uint8_t answer[XFRM_MESSAGE];
};

struct xfrm *xfrm_open(void) {
    struct xfrm *xfrm = calloc(1, sizeof *xfrm);
    if (xfrm == NULL) {
        return NULL;
    }
    xfrm->netlink = mnl_socket_open2(NETLINK_XFRM, SOCK_CLOEXEC);
    if (xfrm->netlink == NULL || mnl_socket_bind(xfrm->netlink, 0, MNL_SOCKET_AUTOPID) != 0) {
        int error = errno;
        xfrm_close(xfrm);
        errno = error;
        return NULL;
    }
    return xfrm;
}

void xfrm_close(struct xfrm *xfrm) {
    if (xfrm != NULL) {
        if (xfrm->netlink != NULL) {
            mnl_socket_close(xfrm->netlink);
        }
        explicit_bzero(xfrm, sizeof *xfrm); /* an answer may have had keys in it */
        free(xfrm);
    }
}

/* ---- the talk ---- */

struct nlmsghdr *xfrm_begin(uint8_t *room, uint16_t type, uint16_t flags) {
    memset(room, 0, XFRM_MESSAGE);
    struct nlmsghdr *message = mnl_nlmsg_put_header(room);
    message->nlmsg_type = type;
    message->nlmsg_flags = NLM_F_REQUEST | flags;
    return message;
}

int xfrm_ask(struct xfrm *xfrm, struct nlmsghdr *message, const struct nlmsghdr **answer) {
    message->nlmsg_seq = ++xfrm->sequence;
    if (answer == NULL) {
        message->nlmsg_flags |= NLM_F_ACK;
    }
    if (mnl_socket_sendto(xfrm->netlink, message, message->nlmsg_len) < 0) {
        return errno;
    }
    for (;;) {
        ssize_t len = mnl_socket_recvfrom(xfrm->netlink, xfrm->answer, sizeof xfrm->answer);
        const struct nlmsghdr *got = (const void *)xfrm->answer;
        if (len < 0) {
            return errno;
        }
        if (!mnl_nlmsg_ok(got, (int)len) || got->nlmsg_seq != message->nlmsg_seq) {
            continue; /* late: of a question that was given up */
        }
        if (got->nlmsg_type == NLMSG_ERROR) {
            const struct nlmsgerr *error = mnl_nlmsg_get_payload(got);
            return -error->error;
        }
        if (answer != NULL) {
            *answer = got;
        }
        return 0;
    }
}

uint8_t xfrm_protocol(uint8_t ike) {
    return ike == IKEV1_PROTO_ESP  ? IPPROTO_ESP
           : ike == IKEV1_PROTO_AH ? IPPROTO_AH
                                   : IPCOMP_PROTOCOL;
}

uint16_t xfrm_family(uint8_t family) {
    return family == 4 ? AF_INET : AF_INET6;
}

void xfrm_address(xfrm_address_t *to, const uint8_t ip[16]) {
    memcpy(to, ip, sizeof *to); /* IPv4 stands in front there as well */
}

/* ---- SAs ---- */

/* From where to where the packets of one direction go. */
static void set_ends(struct xfrm_usersa_info *info, bool inbound, const ikev1_path *path) {
    xfrm_address(&info->saddr, inbound ? path->remote.ip : path->local.ip);
    xfrm_address(&info->id.daddr, inbound ? path->local.ip : path->remote.ip);
    info->family = xfrm_family(path->local.family);
}

static struct xfrm_usersa_id name_of(const struct xfrm_sa *sa, const ikev1_path *path) {
    struct xfrm_usersa_id id = {.spi = htonl(sa->spi),
                                .family = xfrm_family(path->local.family),
                                .proto = xfrm_protocol(sa->protocol)};
    xfrm_address(&id.daddr, sa->inbound ? path->local.ip : path->remote.ip);
    return id;
}

static void set_no_limits(struct xfrm_lifetime_cfg *life) {
    life->soft_byte_limit = life->hard_byte_limit = XFRM_INF;
    life->soft_packet_limit = life->hard_packet_limit = XFRM_INF;
}

int xfrm_take_spi(struct xfrm *xfrm, const ikev1_path *path, uint8_t protocol, uint32_t *spi) {
    uint8_t room[XFRM_MESSAGE];
    struct nlmsghdr *message = xfrm_begin(room, XFRM_MSG_ALLOCSPI, 0);
    struct xfrm_userspi_info *wanted = mnl_nlmsg_put_extra_header(message, sizeof *wanted);
    const struct nlmsghdr *answer = NULL;
    bool small = protocol == IKEV1_PROTO_IPCOMP; /* a CPI has 16 bits (RFC 3173 3.3) */
    set_ends(&wanted->info, true, path);
    wanted->info.id.proto = xfrm_protocol(protocol);
    wanted->min = 0x100;
    wanted->max = small ? 0xefff : 0xffffffff;
    int error = xfrm_ask(xfrm, message, &answer);
    if (error == 0) {
        const struct xfrm_usersa_info *info = mnl_nlmsg_get_payload(answer);
        *spi = ntohl(info->id.spi);
    }
    return error;
}

static void put_replay(struct nlmsghdr *message, const ikev1_ipsec *sa) {
    union {
        struct xfrm_replay_state_esn state;
        uint8_t room[sizeof(struct xfrm_replay_state_esn) + 256 / 8];
    } replay;
    unsigned window = sa->replay_window != 0 ? sa->replay_window : DEFAULT_WINDOW;
    memset(&replay, 0, sizeof replay);
    replay.state.replay_window = window;
    replay.state.bmp_len = (window + 31) / 32;
    mnl_attr_put(message, XFRMA_REPLAY_ESN_VAL,
                 sizeof replay.state + replay.state.bmp_len * sizeof(uint32_t), &replay);
}

/* ESP in UDP, on the ports that IKE uses. */
static void put_encapsulation(struct nlmsghdr *message, bool inbound, const ikev1_path *path) {
    struct xfrm_encap_tmpl encapsulation = {
        .encap_type = UDP_ENCAP_ESPINUDP,
        .encap_sport = htons(inbound ? path->remote.port : path->local.port),
        .encap_dport = htons(inbound ? path->local.port : path->remote.port)};
    mnl_attr_put(message, XFRMA_ENCAP, sizeof encapsulation, &encapsulation);
}

/* In IPv4 the header of AH is a multiple of 4 bytes (RFC 4302 3.3.3.2.1); the kernel, unless told,
 * pads it to 8. */
static bool is_short_ah(const ikev1_ipsec *sa, const ikev1_path *path) {
    return sa->protocol == IKEV1_PROTO_AH && path->local.family == 4;
}

static struct nlmsghdr *sa_message(uint8_t *room, uint16_t type, const ikev1_ipsec *sa, bool inner,
                                   const ikev1_path *path, uint32_t id) {
    struct nlmsghdr *message = xfrm_begin(room, type, 0);
    struct xfrm_usersa_info *info = mnl_nlmsg_put_extra_header(message, sizeof *info);
    bool tunnel = inner && sa->mode == IKEV1_ENCAP_TUNNEL;
    set_ends(info, sa->inbound, path);
    set_no_limits(&info->lft);
    info->id.spi = htonl(sa->spi);
    info->id.proto = xfrm_protocol(sa->protocol);
    info->reqid = id;
    info->mode = tunnel ? XFRM_MODE_TUNNEL : XFRM_MODE_TRANSPORT;
    info->flags = (uint8_t)((tunnel ? XFRM_STATE_AF_UNSPEC : 0) | (sa->esn ? XFRM_STATE_ESN : 0) |
                            (is_short_ah(sa, path) ? XFRM_STATE_ALIGN4 : 0));
    xfrm_put_algs(message, sa);
    if (sa->protocol != IKEV1_PROTO_IPCOMP) {
        put_replay(message, sa);
    }
    if (sa->udp && sa->protocol == IKEV1_PROTO_ESP) {
        put_encapsulation(message, sa->inbound, path);
    }
    return message;
}

/* An inbound SA takes the place that xfrm_take_spi() has kept for it, if it is kept still. */
int xfrm_add_sa(struct xfrm *xfrm, const ikev1_ipsec *sa, bool inner, const ikev1_path *path,
                uint32_t id) {
    uint8_t room[XFRM_MESSAGE];
    uint16_t type = sa->inbound ? XFRM_MSG_UPDSA : XFRM_MSG_NEWSA;
    int error = xfrm_ask(xfrm, sa_message(room, type, sa, inner, path, id), NULL);
    if (error == ESRCH) {
        error = xfrm_ask(xfrm, sa_message(room, XFRM_MSG_NEWSA, sa, inner, path, id), NULL);
    }
    explicit_bzero(room, sizeof room);
    return error;
}

int xfrm_remove_sa(struct xfrm *xfrm, const struct xfrm_sa *sa, const ikev1_path *path) {
    uint8_t room[XFRM_MESSAGE];
    struct nlmsghdr *message = xfrm_begin(room, XFRM_MSG_DELSA, 0);
    struct xfrm_usersa_id *id = mnl_nlmsg_put_extra_header(message, sizeof *id);
    *id = name_of(sa, path);
    return xfrm_ask(xfrm, message, NULL);
}

static int get_sa(struct xfrm *xfrm, const struct xfrm_sa *sa, const ikev1_path *path,
                  const struct nlmsghdr **answer) {
    uint8_t room[XFRM_MESSAGE];
    struct nlmsghdr *message = xfrm_begin(room, XFRM_MSG_GETSA, 0);
    struct xfrm_usersa_id *id = mnl_nlmsg_put_extra_header(message, sizeof *id);
    *id = name_of(sa, path);
    return xfrm_ask(xfrm, message, answer);
}

int xfrm_count(struct xfrm *xfrm, const struct xfrm_sa *sa, const ikev1_path *path, uint64_t *bytes,
               uint64_t *packets) {
    const struct nlmsghdr *answer = NULL;
    int error = get_sa(xfrm, sa, path, &answer);
    if (error == 0) {
        const struct xfrm_usersa_info *info = mnl_nlmsg_get_payload(answer);
        *bytes = info->curlft.bytes;
        *packets = info->curlft.packets;
    }
    return error;
}

/* The attributes that make an SA, but for the ports it is encapsulated on. */
static int copy_attribute(const struct nlattr *attribute, void *user) {
    uint16_t type = mnl_attr_get_type(attribute);
    if (type == XFRMA_ALG_CRYPT || type == XFRMA_ALG_AUTH_TRUNC || type == XFRMA_ALG_AEAD ||
        type == XFRMA_ALG_COMP || type == XFRMA_REPLAY_ESN_VAL) {
        mnl_attr_put(user, type, mnl_attr_get_payload_len(attribute),
                     mnl_attr_get_payload(attribute));
    }
    return MNL_CB_OK;
}

/* The kernel tells an SA with all that makes it, so it can be told the same with other ends. */
int xfrm_move_sa(struct xfrm *xfrm, const struct xfrm_sa *sa, const ikev1_path *from,
                 const ikev1_path *to) {
    uint8_t room[XFRM_MESSAGE];
    const struct nlmsghdr *answer = NULL;
    int error = get_sa(xfrm, sa, from, &answer);
    if (error != 0) {
        return error;
    }
    struct nlmsghdr *message = xfrm_begin(room, XFRM_MSG_NEWSA, 0);
    struct xfrm_usersa_info *info = mnl_nlmsg_put_extra_header(message, sizeof *info);
    memcpy(info, mnl_nlmsg_get_payload(answer), sizeof *info);
    set_ends(info, sa->inbound, to);
    mnl_attr_parse(answer, sizeof *info, copy_attribute, message);
    if (sa->udp) {
        put_encapsulation(message, sa->inbound, to);
    }
    error = xfrm_remove_sa(xfrm, sa, from);
    if (error == 0) {
        error = xfrm_ask(xfrm, message, NULL);
    }
    explicit_bzero(room, sizeof room);
    return error;
}
