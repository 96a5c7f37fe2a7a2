/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is encrypted, and what is in pieces. A chain of IVs moves only when what came out is a
 * message (CRY-01): who stands beside cannot check its hash.
 */
#include <string.h>

#include "decode/decoder.h"

/* ---- payloads ---- */

/* The numbers that are assigned, else those of the drafts of RFC 3947, where they are used. What is
 * told is what is wrong by the former. */
static int split(struct ike_watching *m, size_t pad) {
    static const struct ike_numbering drafts[] = {
        {IKEV1_PAYLOAD_NAT_D_DRAFT, IKEV1_PAYLOAD_NAT_OA_DRAFT, false}, {15, 16, false}};
    const uint8_t next = m->header.next;
    ikev1_why *why = &m->d->why;
    int r = ike_chain_decode(&m->chain, next, m->body, pad, why);
    for (size_t i = 0; r == IKEV1_E_PAYLOAD_TYPE && i < sizeof drafts / sizeof *drafts; i++)
        if (ike_chain_decode_as(&m->chain, &drafts[i], next, m->body, pad, NULL) == IKEV1_OK) {
            *why = (ikev1_why){0};
            return IKEV1_OK;
        }
    if (r != IKEV1_OK) /* as far as it can be read */
        (void)ike_chain_decode(&m->chain, next, m->body, pad, NULL);
    return r;
}

/* ---- decryption ---- */

static struct ike_watched_exchange *exchange_of(const struct ike_watching *m) {
    struct ike_watched *w = m->w;
    for (size_t i = 0; i < w->exchange_count && i < IKE_WATCHED_EXCHANGES; i++)
        if (w->exchanges[i].exchange == m->header.exchange &&
            w->exchanges[i].message_id == m->header.message_id)
            return &w->exchanges[i];
    return NULL;
}

/* Where the chain of this message stands: phase 1's, that of its exchange, or the start of one. */
static int iv_of(const struct ike_watching *m, uint8_t *iv) {
    const struct ike_watched_message *before = ike_watched_again(m);
    const uint32_t id = m->header.message_id;
    const struct ike_watched_exchange *x = exchange_of(m);
    const uint8_t *from = before != NULL ? before->iv
                          : id == 0      ? m->w->iv
                          : x != NULL    ? x->iv
                                         : NULL;
    if (from == NULL)
        return ike_iv_exchange(&m->d->c, &m->w->algs, m->w->iv, id, iv);
    memcpy(iv, from, IKEV1_MAX_BLOCK);
    return IKEV1_OK;
}

static void advance(const struct ike_watching *m, const uint8_t *next_iv) {
    struct ike_watched *w = m->w;
    if (m->header.message_id == 0) {
        memcpy(w->iv, next_iv, sizeof w->iv);
        return;
    }
    struct ike_watched_exchange *x = exchange_of(m);
    if (x == NULL)
        x = &w->exchanges[w->exchange_count++ % IKE_WATCHED_EXCHANGES];
    x->exchange = m->header.exchange;
    x->message_id = m->header.message_id;
    memcpy(x->iv, next_iv, sizeof x->iv);
}

/* Decrypts into the decoder's `plain`. */
static int decrypt(struct ike_watching *m, const uint8_t *iv, uint8_t *next_iv) {
    ikev1_decoder *d = m->d;
    int r = ike_blob_set(&d->mem, &d->plain, m->body);
    if (r == IKEV1_OK)
        r = ike_body_decrypt(&d->c, &m->w->algs, m->w->key, iv, m->body, d->plain.data, next_iv);
    if (r == IKEV1_OK)
        m->body = ike_blob_bytes(&d->plain);
    else
        ike_blob_free(&d->mem, &d->plain);
    return r;
}

static int open_sealed(struct ike_watching *m) {
    uint8_t iv[IKEV1_MAX_BLOCK] = {0}, next_iv[IKEV1_MAX_BLOCK] = {0};
    m->out->cover = IKEV1_COVER_SEALED;
    if (!m->w->keyed || !m->w->started)
        return IKEV1_OK;
    int r = iv_of(m, iv);
    r = r == IKEV1_OK ? decrypt(m, iv, next_iv) : r;
    if (r == IKEV1_E_CIPHERTEXT || r == IKEV1_E_UNSUPPORTED)
        ike_refuse(&m->d->why, r, 0, IKEV1_HEADER_SIZE, "RFC 2409 App. B");
    if (r == IKEV1_E_CIPHERTEXT)
        m->out->cover = IKEV1_COVER_GARBLED;
    if (r != IKEV1_OK)
        return r == IKEV1_E_CIPHERTEXT || r == IKEV1_E_UNSUPPORTED ? IKEV1_OK : r;
    if (split(m, IKE_WATCHED_PADDING) != IKEV1_OK) {
        m->out->cover = IKEV1_COVER_GARBLED;
        m->chain.count = 0; /* whatever it looks like */
        return IKEV1_OK;
    }
    m->out->cover = IKEV1_COVER_OPENED;
    if (!m->out->again) {
        advance(m, next_iv);
        ike_watched_remember(m, iv);
    }
    return IKEV1_OK;
}

int ike_watched_open(struct ike_watching *m) {
    static const uint8_t none[IKEV1_MAX_BLOCK] = {0};
    m->out->again = ike_watched_again(m) != NULL;
    if ((m->header.flags & IKEV1_FLAG_ENCRYPTION) != 0) {
        const int r = open_sealed(m);
        if (r == IKEV1_OK && m->out->cover != IKEV1_COVER_OPENED && !m->out->again)
            ike_watched_remember(m, m->w->iv);
        return r;
    }
    m->out->cover = IKEV1_COVER_CLEAR;
    (void)split(m, 0);
    if (!m->out->again)
        ike_watched_remember(m, none);
    return IKEV1_OK;
}

/* ---- fragments: vendor payload 132 ---- */

/* All pieces from the first to the last, one behind the other; nothing when one is missing. */
static int join(const struct ike_watching *m) {
    struct ike_watched *w = m->w;
    size_t len = 0;
    for (size_t i = 0; i < w->pieces_last; i++)
        len += w->pieces[i].len;
    for (size_t i = 0; i < w->pieces_last; i++)
        if (w->pieces[i].len == 0)
            return IKEV1_OK;
    if (len > IKE_WATCHED_MOST || w->pieces_last == 0)
        return IKEV1_OK;
    uint8_t *data = ike_alloc(&m->d->mem, len);
    if (data == NULL)
        return IKEV1_E_MEMORY;
    m->d->whole = (struct ike_blob){data, len};
    for (size_t i = 0; i < w->pieces_last; i++) {
        memcpy(data, w->pieces[i].data, w->pieces[i].len);
        data += w->pieces[i].len;
        ike_blob_free(&m->d->mem, &w->pieces[i]);
    }
    w->pieces_last = 0;
    return IKEV1_OK;
}

int ike_watched_join(const struct ike_watching *m) {
    const struct ike_payload *p = ike_chain_find(&m->chain, IKEV1_PAYLOAD_FRAGMENT, 0);
    struct ike_watched *w = m->w;
    struct ike_fragment f;
    if (p == NULL || ike_fragment_decode(&f, p->body, NULL) != IKEV1_OK || f.number == 0 ||
        f.number > IKE_WATCHED_PIECES)
        return IKEV1_OK;
    if (f.id != w->pieces_id) {
        for (size_t i = 0; i < IKE_WATCHED_PIECES; i++)
            ike_blob_free(&m->d->mem, &w->pieces[i]);
        w->pieces_last = 0;
        w->pieces_id = f.id;
    }
    if (f.last)
        w->pieces_last = f.number;
    const int r = ike_blob_set(&m->d->mem, &w->pieces[f.number - 1], f.data);
    return r == IKEV1_OK ? join(m) : r;
}
