/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two IPsec SAs that a Quick Mode makes: their keys, and everything else a kernel needs, ready
 * to be announced.
 */
#include <string.h>

#include "exchange/exchange.h"

enum { SPI_TRIES = 8 };

int ike_child_spi(struct ike_xchg *x, uint8_t protocol) {
    struct ike_context *ctx = x->sa->ctx;
    struct ike_child *c = x->child;
    ikev1_question q = ike_question(x->sa, x);
    bool hosts = ctx->policy.spi != NULL; /* it is asked once: it reserves what it answers */
    for (int i = 0; c->spi_in == 0 && i < (hosts ? 1 : SPI_TRIES); i++) {
        uint32_t spi;
        int r = ike_ask_spi(ctx, &q, protocol, &spi);
        if (r != IKEV1_OK)
            return r;
        if (spi > 255 && !ctx->spi_in_use(ctx, spi)) /* RFC 2406 2.1: up to 255 is reserved */
            c->spi_in = spi;
    }
    if (c->spi_in == 0)
        return hosts ? IKEV1_E_CONFIG : IKEV1_E_RANDOM;
    return IKEV1_OK;
}

/* UDP encapsulation is a mode on the wire and a property of the SA for a kernel. */
static uint8_t plain_mode(uint16_t encapsulation) {
    bool tunnel = encapsulation == IKEV1_ENCAP_TUNNEL || encapsulation == IKEV1_ENCAP_UDP_TUNNEL;
    return tunnel ? IKEV1_ENCAP_TUNNEL : IKEV1_ENCAP_TRANSPORT;
}

static void describe(ikev1_ipsec *s, const struct ike_child *c, bool inbound) {
    s->inbound = inbound;
    s->protocol = c->protocol;
    s->spi = inbound ? c->spi_in : c->spi_out;
    s->other_spi = inbound ? c->spi_out : c->spi_in;
    s->transform = c->transform;
    s->integrity = c->integrity;
    s->mode = plain_mode(c->encapsulation);
    s->udp = c->encapsulation > IKEV1_ENCAP_TRANSPORT;
    s->esn = c->esn;
    s->replay_window = c->replay_window;
    s->pfs_group = c->group;
    s->local = c->local;
    s->remote = c->remote;
    s->life_seconds = c->life_seconds;
    s->life_kilobytes = c->life_kilobytes;
}

/* KEYMAT of one direction: encryption key first, then integrity (RFC 2409 5.5). */
static struct ike_detail *one_way(struct ike_xchg *x, const struct ike_key_layout *layout,
                                  bool inbound, int *status) {
    const struct ike_sa *sa = x->sa;
    const struct ike_child *c = x->child;
    struct ike_context *ctx = sa->ctx;
    size_t len = (size_t)layout->encryption + layout->integrity;
    struct ike_detail *d = ike_detail_new(ctx, len);
    if (d == NULL) {
        *status = IKEV1_E_MEMORY;
        return NULL;
    }
    *status = ike_keymat(&ctx->crypto, &sa->algs, &sa->live->keys, ike_blob_bytes(&x->mat->secret),
                         c->protocol, inbound ? c->spi_in : c->spi_out, ike_blob_bytes(&x->mat->ni),
                         ike_blob_bytes(&x->mat->nr), d->bytes, len);
    if (*status != IKEV1_OK) {
        ike_detail_free(ctx, d);
        return NULL;
    }
    ikev1_ipsec *s = d->as.ipsec;
    d->count = 1;
    describe(s, c, inbound);
    if (ike_takes_key_bits(c->protocol, c->transform))
        s->key_bits = (uint16_t)((layout->encryption - layout->salt) * 8);
    s->encryption_key = ike_bytes(d->bytes, layout->encryption);
    s->salt_size = layout->salt;
    s->integrity_key = ike_bytes(d->bytes + layout->encryption, layout->integrity);
    return d;
}

int ike_child_keys(struct ike_xchg *x) {
    struct ike_child *c = x->child;
    struct ike_key_layout layout;
    struct ike_suite suite = {.protocol = c->protocol,
                              .id = c->transform,
                              .key_bits = c->key_bits,
                              .integrity = c->integrity};
    int r = ike_key_layout(&layout, &suite);
    if (r == IKEV1_OK && c->group != 0)
        r = ike_material_agree(x, ike_group_alg(&x->sa->ctx->crypto, c->group));
    if (r == IKEV1_OK && c->inbound == NULL)
        c->inbound = one_way(x, &layout, true, &r);
    if (r == IKEV1_OK && c->outbound == NULL)
        c->outbound = one_way(x, &layout, false, &r);
    return r;
}
