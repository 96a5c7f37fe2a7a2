/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NAT traversal (RFC 3947 and its drafts): announced by vendor ID, detected by hashes of both
 * addresses, followed by a move to the encapsulated ports. None of it is authenticated: all it can
 * do is to turn encapsulation on or off (NAT-03).
 */
#include <string.h>

#include "exchange/natt.h"
#include "exchange/phase1.h"
#include "exchange/quick.h"

/* ---- the variants ---- */

#define PAYLOADS_00 IKEV1_PAYLOAD_NAT_D_DRAFT, IKEV1_PAYLOAD_NAT_OA_DRAFT
#define PAYLOADS_04 15, 16
#define MODES_00    IKEV1_ENCAP_UDP_TUNNEL_DRAFT, IKEV1_ENCAP_UDP_TRANSPORT_DRAFT
#define MODES_04    IKEV1_ENCAP_UDP_TUNNEL, IKEV1_ENCAP_UDP_TRANSPORT

static const struct ike_natt VARIANTS[] = {
    [IKE_CAN_NATT_00] = {PAYLOADS_00, 1, false, MODES_00},
    [IKE_CAN_NATT_01] = {PAYLOADS_00, 1, false, MODES_00},
    [IKE_CAN_NATT_02] = {PAYLOADS_00, 1, true, MODES_00},
    [IKE_CAN_NATT_02N] = {PAYLOADS_00, 1, true, MODES_00},
    [IKE_CAN_NATT_03] = {PAYLOADS_00, 1, true, MODES_00},
    [IKE_CAN_NATT_04] = {PAYLOADS_04, 2, true, MODES_04},
    [IKE_CAN_NATT_05] = {PAYLOADS_04, 2, true, MODES_04},
    [IKE_CAN_NATT_06] = {PAYLOADS_04, 2, true, MODES_04},
    [IKE_CAN_NATT_07] = {PAYLOADS_04, 2, true, MODES_04},
    [IKE_CAN_NATT_08] = {PAYLOADS_04, 2, true, MODES_04},
    [IKE_CAN_NATT_RFC] = {IKEV1_PAYLOAD_NAT_D, IKEV1_PAYLOAD_NAT_OA, 2, true, MODES_04},
};

uint32_t ike_natt_allowed(const ikev1_phase1 *p) {
    /* RFC 3947 has no place for its payloads in Base Mode. */
    if (p->natt == IKEV1_NATT_OFF || p->mode == IKEV1_MODE_BASE)
        return 0;
    return p->natt_variants != 0 ? p->natt_variants : (uint32_t)IKEV1_NATT_USUAL;
}

uint8_t ike_natt_choose(uint32_t allowed, uint32_t announced) {
    uint32_t common = allowed & announced & IKE_CAN_NATT;
    uint8_t best = 0;
    for (; common != 0; common >>= 1)
        best++;
    return best;
}

const struct ike_natt *ike_natt(const struct ike_sa *sa) {
    return sa->natt != 0 ? &VARIANTS[sa->natt - 1] : NULL;
}

bool ike_natt_known(uint8_t natt) {
    return natt <= sizeof VARIANTS / sizeof *VARIANTS;
}

uint32_t ike_natt_bit(const struct ike_sa *sa) {
    return sa->natt != 0 ? IKE_CAN_BIT(sa->natt - 1) : 0;
}

/* ---- how payloads are numbered ---- */

static struct ike_numbering numbering(const struct ike_sa *sa, uint8_t natt) {
    struct ike_numbering n = {.skips = (sa->quirks & IKEV1_QUIRK_PAYLOAD_130) != 0};
    if (natt != 0) {
        n.nat_d = VARIANTS[natt - 1].nat_d;
        n.nat_oa = VARIANTS[natt - 1].nat_oa;
    }
    return n;
}

struct ike_numbering ike_numbering(const struct ike_sa *sa) {
    return numbering(sa, sa->natt);
}

/* In Aggressive Mode the message that says by which variant holds payloads of that variant. */
struct ike_numbering ike_numbering_in(const struct ike_sa *sa, const struct ike_header *h,
                                      ikev1_bytes body) {
    struct ike_reader r = ike_reader(body);
    uint32_t announced = 0;
    uint8_t next = h->next;
    if (!sa->initiator || sa->natt != 0 || h->exchange != IKEV1_EXCHANGE_AGGRESSIVE ||
        sa->phase1 == NULL || sa->phase1->profile == NULL)
        return ike_numbering(sa);
    while (next != 0 && !r.bad) {
        const uint8_t *generic = ike_read(&r, 4);
        const size_t len = generic != NULL ? (size_t)generic[2] << 8 | generic[3] : 0;
        if (len < 4)
            break;
        const ikev1_bytes content = ike_read_bytes(&r, len - 4);
        const uint8_t can = next == IKEV1_PAYLOAD_VENDOR && !r.bad ? ike_vendor_can(content)
                                                                   : (uint8_t)IKE_CAN_NOTHING;
        announced |= can < IKE_CAN_COUNT ? IKE_CAN_BIT(can) : 0;
        next = generic[0];
    }
    return numbering(sa, ike_natt_choose(sa->phase1->profile->announce, announced));
}

/* ---- NAT-D ---- */

static bool is_forced(const struct ike_xchg *x) {
    return x->profile->natt == IKEV1_NATT_FORCE;
}

static int put_one(const struct ike_xchg *x, struct ike_message_writer *m,
                   const ikev1_address *address, bool spoil) {
    const struct ike_sa *sa = x->sa;
    uint8_t hash[IKEV1_MAX_HASH];
    int r = ike_natd_hash(&sa->ctx->crypto, &sa->algs, sa->icookie, sa->rcookie, address, hash);
    if (r != IKEV1_OK)
        return r;
    if (spoil)
        hash[0] ^= 0xff; /* no address hashes to this: the peer sees a NAT */
    ike_payload_put(m, ike_natt(sa)->nat_d, ike_bytes(hash, sa->algs.hash->size));
    return IKEV1_OK;
}

/* The nth of our other addresses: a packet of ours may leave by any of them (RFC 3947 3.2). */
static bool other_address(const struct ike_xchg *x, size_t n, uint16_t port, ikev1_address *out) {
    const ikev1_bytes others = ike_profile_others(x->profile);
    if (n >= others.len / sizeof *out)
        return false;
    memcpy(out, others.data + n * sizeof *out, sizeof *out);
    out->port = port;
    return true;
}

int ike_natd_put(const struct ike_xchg *x, struct ike_message_writer *m) {
    if (x->sa->natt == 0)
        return IKEV1_OK;
    /* The receiver's address first, then the sender's (RFC 3947 3.2). */
    int r = put_one(x, m, &x->sa->path.remote, false);
    if (r == IKEV1_OK)
        r = put_one(x, m, &x->sa->path.local, is_forced(x));
    ikev1_address other;
    for (size_t n = 0; r == IKEV1_OK && other_address(x, n, x->sa->path.local.port, &other); n++)
        r = put_one(x, m, &other, is_forced(x));
    return r;
}

size_t ike_natd_size(const struct ike_xchg *x) {
    const size_t others = ike_profile_others(x->profile).len / sizeof(ikev1_address);
    return x->sa->natt == 0 ? 0 : (2 + others) * (4 + x->sa->algs.hash->size);
}

static int matches(const struct ike_context *ctx, const struct ike_algs *algs,
                   const struct ike_header *h, const struct ike_payload *payload,
                   const ikev1_address *address, bool *equal) {
    uint8_t hash[IKEV1_MAX_HASH];
    int r = ike_natd_hash(&ctx->crypto, algs, h->icookie, h->rcookie, address, hash);
    *equal = r == IKEV1_OK && ike_bytes_equal(payload->body, ike_bytes(hash, algs->hash->size));
    return r;
}

/* Is it one of ours, at the port by which the message has come? */
static int is_ours(const struct ike_xchg *x, const struct ike_algs *algs,
                   const struct ike_received *in, const struct ike_payload *p, bool *equal) {
    ikev1_address address = in->path->local;
    int r = matches(x->sa->ctx, algs, in->header, p, &address, equal);
    for (size_t n = 0; r == IKEV1_OK && !*equal && other_address(x, n, address.port, &address); n++)
        r = matches(x->sa->ctx, algs, in->header, p, &address, equal);
    return r;
}

/* The first is about us, all others are about the peer. */
int ike_natd_got(const struct ike_xchg *x, const struct ike_algs *algs,
                 const struct ike_received *in, struct ike_staged *st) {
    const struct ike_context *ctx = x->sa->ctx;
    const uint8_t natt = st->natt != 0 ? st->natt : x->sa->natt;
    const uint8_t number = VARIANTS[natt - 1].nat_d;
    bool equal = false;
    int r = IKEV1_OK;
    size_t count = 0;
    for (size_t i = 0; r == IKEV1_OK && i < in->chain.count; i++) {
        const struct ike_payload *p = &in->chain.at[i];
        if (p->type != IKEV1_PAYLOAD_NAT_D ||
            p->wire_type != number) /* another variant's: NAT-05 */
            continue;
        const bool ours = count++ == 0;
        r = ours ? is_ours(x, algs, in, p, &equal)
                 : matches(ctx, algs, in->header, p, &in->path->remote, &equal);
        if (ours) {
            st->nat_local = !equal || is_forced(x);
            st->nat_remote = true;
        } else if (equal) {
            st->nat_remote = false;
        }
    }
    return r;
}

void ike_natt_float(struct ike_xchg *x) {
    struct ike_sa *sa = x->sa;
    if (!x->initiator || !(sa->nat_local || sa->nat_remote) || sa->path.encapsulated ||
        !ike_natt(sa)->floats)
        return;
    sa->path.local.port = x->profile->natt_local_port;
    sa->path.remote.port = x->profile->natt_remote_port;
    sa->path.encapsulated = true;
}

bool ike_natt_floats(const struct ike_sa *sa) {
    return !sa->initiator && sa->natt != 0 && ike_natt(sa)->floats && !sa->path.encapsulated;
}

/* ---- Quick Mode ---- */

uint16_t ike_encapsulation(const struct ike_sa *sa, uint8_t mode) {
    if (!sa->nat_local && !sa->nat_remote)
        return mode;
    const struct ike_natt *natt = ike_natt(sa);
    return mode == IKEV1_ENCAP_TUNNEL ? natt->tunnel : natt->transport;
}

uint8_t ike_plain_mode(uint16_t encapsulation) {
    switch (encapsulation) {
    case IKEV1_ENCAP_TUNNEL:
    case IKEV1_ENCAP_UDP_TUNNEL:
    case IKEV1_ENCAP_UDP_TUNNEL_DRAFT:
        return IKEV1_ENCAP_TUNNEL;
    case IKEV1_ENCAP_TRANSPORT:
    case IKEV1_ENCAP_UDP_TRANSPORT:
    case IKEV1_ENCAP_UDP_TRANSPORT_DRAFT:
        return IKEV1_ENCAP_TRANSPORT;
    default:
        return 0;
    }
}

/* ---- NAT-OA ---- */

/* Is there a transform for transport mode in UDP in an SA payload? */
static bool holds_transport(const struct ike_sa *sa, ikev1_bytes body) {
    struct ike_reader proposals = ike_sa_proposals(body);
    struct ike_proposal p;
    struct ike_transform t;
    struct ike_suite suite;
    while (sa->natt != 0 && ike_proposal_next(&proposals, &p)) {
        while (ike_transform_next(&p, &t)) {
            ike_suite_decode2(&suite, &p, &t);
            if (suite.encapsulation == ike_natt(sa)->transport)
                return true;
        }
    }
    return false;
}

/* In what we have offered, or have chosen. */
static bool wants_addresses(const struct ike_xchg *x) {
    bool wants = false;
    size_t nth = 0;
    for (const struct ike_child *c = x->child; c != NULL && !wants; c = c->also, nth++) {
        wants = x->initiator && holds_transport(x->sa, ike_offers_at(x, nth));
        for (size_t i = 0; !x->initiator && i < c->member_count; i++)
            wants |= x->sa->natt != 0 &&
                     ike_member_at(c, i)->suite.encapsulation == ike_natt(x->sa)->transport;
    }
    return wants;
}

static void put_address(const struct ike_xchg *x, struct ike_message_writer *m,
                        const ikev1_address *address) {
    ike_payload_begin(m, ike_natt(x->sa)->nat_oa);
    ike_natoa_encode(&m->w, address);
    ike_payload_end(m);
}

/* The initiator's address first, each as this side sees it; in the early drafts only our own. */
void ike_natoa_put(const struct ike_xchg *x, struct ike_message_writer *m) {
    const ikev1_path *path = &x->sa->path;
    if (!wants_addresses(x))
        return;
    if (ike_natt(x->sa)->addresses == 1) {
        put_address(x, m, &path->local);
        return;
    }
    put_address(x, m, x->initiator ? &path->local : &path->remote);
    put_address(x, m, x->initiator ? &path->remote : &path->local);
}

/* As the peer sees both: its own address, and ours. One alone is its own. */
int ike_natoa_got(const struct ike_xchg *x, const struct ike_received *in, struct ike_staged *st,
                  ikev1_why *why) {
    const char *cite = "RFC 3947 5.2";
    const size_t count = in->chain.counts[IKEV1_PAYLOAD_NAT_OA];
    const struct ike_payload *p;
    ikev1_address got[2] = {{0}, {0}};
    bool wanted = false;
    for (size_t n = 0; count != 0 && (p = ike_chain_find(&in->chain, IKEV1_PAYLOAD_SA, n)); n++)
        wanted |= holds_transport(x->sa, p->body);
    if (count == 0 || (!wanted && ike_quirk(x->sa, IKEV1_QUIRK_NAT_OA_UNNEEDED)))
        return IKEV1_OK;
    if (!wanted)
        return ike_refuse(why, IKEV1_E_UNEXPECTED_PAYLOAD, IKEV1_PAYLOAD_NAT_OA, 0, cite);
    if (count > 2) {
        ike_why_numbers(why, count, 2, NULL);
        return ike_refuse(why, IKEV1_E_DUPLICATE_PAYLOAD, IKEV1_PAYLOAD_NAT_OA, 0, cite);
    }
    for (size_t i = 0; i < count; i++) /* they were decoded before */
        (void)ike_natoa_decode(&got[i], ike_chain_find(&in->chain, IKEV1_PAYLOAD_NAT_OA, i)->body,
                               NULL);
    const size_t peers = count == 2 && x->initiator ? 1 : 0;
    st->original[0] = got[1 - peers];
    st->original[1] = got[peers];
    st->has_original = true;
    return IKEV1_OK;
}
