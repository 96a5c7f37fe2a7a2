/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Negotiations that are watched: found by their cookies, known by what was said in the clear. The
 * one that was not used for longest makes room for a new one.
 */
#include <string.h>

#include "decode/decoder.h"

/* ---- finding ---- */

static bool is_it(const struct ike_watched *w, const struct ike_header *h) {
    return memcmp(w->icookie, h->icookie, sizeof w->icookie) == 0 &&
           (ike_no_cookie(w->rcookie) || ike_no_cookie(h->rcookie) ||
            memcmp(w->rcookie, h->rcookie, sizeof w->rcookie) == 0);
}

static void forget_pieces(ikev1_decoder *d, struct ike_watched *w) {
    for (size_t i = 0; i < IKE_WATCHED_PIECES; i++)
        ike_blob_free(&d->mem, &w->pieces[i]);
}

void ike_watched_free(ikev1_decoder *d, struct ike_watched *w) {
    if (w == NULL)
        return;
    forget_pieces(d, w);
    ike_blob_free(&d->mem, &w->sa_body);
    for (size_t i = 0; i < 2; i++) {
        ike_blob_free(&d->mem, &w->said[i].ke);
        ike_blob_free(&d->mem, &w->said[i].nonce);
        ike_blob_free(&d->mem, &w->said[i].id);
    }
    ike_free(&d->mem, w, sizeof *w);
}

/* A place in the table: a free one, else that of the negotiation unused longest. */
static struct ike_watched **place(ikev1_decoder *d) {
    size_t oldest = 0;
    if (d->watched_count < IKEV1_DECODER_SAS)
        return &d->watched[d->watched_count++];
    for (size_t i = 1; i < IKEV1_DECODER_SAS; i++)
        if (d->watched[i]->used < d->watched[oldest]->used)
            oldest = i;
    ike_watched_free(d, d->watched[oldest]);
    return &d->watched[oldest];
}

static int begin(struct ike_watching *m) {
    struct ike_watched *w = ike_alloc(&m->d->mem, sizeof *w);
    if (w == NULL)
        return IKEV1_E_MEMORY;
    w->number = ++m->d->numbers;
    memcpy(w->icookie, m->header.icookie, sizeof w->icookie);
    w->ends[true] = m->d->source;
    w->ends[false] = m->d->destination;
    *place(m->d) = w;
    m->w = w;
    return IKEV1_OK;
}

static bool same_host(const ikev1_address *a, const ikev1_address *b) {
    return a->family == b->family && memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

/* By address; between two on one machine by port. */
static bool is_from_initiator(const struct ike_watched *w, const ikev1_address *source) {
    if (same_host(&w->ends[true], &w->ends[false]))
        return source->port != w->ends[false].port;
    return same_host(source, &w->ends[true]) || !same_host(source, &w->ends[false]);
}

int ike_watched_find(struct ike_watching *m) {
    ikev1_decoder *d = m->d;
    m->w = NULL;
    for (size_t i = 0; i < d->watched_count && m->w == NULL; i++)
        if (is_it(d->watched[i], &m->header))
            m->w = d->watched[i];
    const int r = m->w == NULL ? begin(m) : IKEV1_OK;
    if (r != IKEV1_OK)
        return r;
    m->w->used = ++d->clock;
    if (ike_no_cookie(m->w->rcookie))
        memcpy(m->w->rcookie, m->header.rcookie, sizeof m->w->rcookie);
    m->out->initiator = is_from_initiator(m->w, &d->source);
    return IKEV1_OK;
}

/* ---- messages that come again ---- */

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

const struct ike_watched_message *ike_watched_again(const struct ike_watching *m) {
    for (size_t i = 0; i < least(m->w->message_count, IKE_WATCHED_MESSAGES); i++)
        if (m->w->messages[i].hash == m->hash)
            return &m->w->messages[i];
    return NULL;
}

void ike_watched_remember(const struct ike_watching *m, const uint8_t *iv) {
    struct ike_watched_message *at = &m->w->messages[m->w->message_count++ % IKE_WATCHED_MESSAGES];
    at->hash = m->hash;
    memcpy(at->iv, iv, sizeof at->iv);
}

/* ---- what was said ---- */

/* The first to be said counts. */
static int keep(const struct ike_watching *m, struct ike_blob *blob, uint8_t type) {
    const struct ike_payload *p = ike_chain_find(&m->chain, type, 0);
    if (p == NULL || blob->len > 0)
        return IKEV1_OK;
    return ike_blob_set(&m->d->mem, blob, p->body);
}

/* The responder's SA payload is its choice, RFC 2409 5. */
static void learn_suite(const struct ike_watching *m) {
    const struct ike_payload *sa = ike_chain_find(&m->chain, IKEV1_PAYLOAD_SA, 0);
    const struct ike_crypto *c = &m->d->c;
    struct ike_watched *w = m->w;
    struct ike_proposal p;
    struct ike_transform t;
    if (sa == NULL || w->algs.cipher != NULL)
        return;
    struct ike_reader proposals = ike_sa_proposals(sa->body);
    if (!ike_proposal_next(&proposals, &p) || !ike_transform_next(&p, &t))
        return;
    ike_suite_decode1(&w->suite, &p, &t);
    /* Without the group: it is not needed to read. */
    w->algs.hash = ike_hash_alg(c, w->suite.hash);
    w->algs.prf = w->suite.prf != 0 ? ike_prf_alg(c, w->suite.prf) : NULL;
    w->algs.cipher = ike_cipher_alg(c, w->suite.cipher);
    if (w->algs.cipher != NULL)
        w->algs.key_size = (uint16_t)ike_cipher_key_size(w->algs.cipher, w->suite.key_bits);
    if (w->algs.hash == NULL || w->algs.key_size == 0 || (w->suite.prf != 0 && w->algs.prf == NULL))
        w->algs.cipher = NULL;
}

int ike_watched_learn(const struct ike_watching *m) {
    const bool initiator = m->out->initiator;
    struct ike_said *said = &m->w->said[initiator];
    if (initiator) {
        int r = keep(m, &m->w->sa_body, IKEV1_PAYLOAD_SA);
        if (r != IKEV1_OK)
            return r;
    } else {
        learn_suite(m);
    }
    int r = keep(m, &said->ke, IKEV1_PAYLOAD_KE);
    r = r == IKEV1_OK ? keep(m, &said->nonce, IKEV1_PAYLOAD_NONCE) : r;
    return r == IKEV1_OK ? keep(m, &said->id, IKEV1_PAYLOAD_ID) : r;
}
