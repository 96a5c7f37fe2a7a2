/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decoder's entry points, and how a message becomes an event and a text.
 */
#include <string.h>

#include "decode/decoder.h"

/* ---- making ---- */

int ikev1_decoder_new(ikev1_decoder **out, const ikev1_crypto *crypto,
                      const ikev1_allocator *allocator) {
    struct ike_mem mem;
    if (out == NULL)
        return IKEV1_E_ARGUMENT;
    *out = NULL;
    if (crypto == NULL || crypto->size < sizeof *crypto ||
        (allocator != NULL && (allocator->alloc == NULL || allocator->release == NULL)))
        return IKEV1_E_ARGUMENT;
    ike_mem_init(&mem, allocator != NULL ? allocator->user : NULL,
                 allocator != NULL ? allocator->alloc : NULL,
                 allocator != NULL ? allocator->release : NULL, crypto->wipe);
    ikev1_decoder *d = ike_alloc(&mem, sizeof *d);
    if (d == NULL)
        return IKEV1_E_MEMORY;
    d->mem = mem;
    d->c.provider = crypto;
    int r = crypto->open(crypto, &d->c.instance);
    if (r != IKEV1_OK) {
        ike_free(&mem, d, sizeof *d);
        return r;
    }
    r = crypto->random(d->c.instance, d->hash_key, sizeof d->hash_key);
    if (r != IKEV1_OK) {
        ikev1_decoder_free(d);
        return r;
    }
    *out = d;
    return IKEV1_OK;
}

static void forget_datagram(ikev1_decoder *d) {
    ike_blob_free(&d->mem, &d->wire);
    ike_blob_free(&d->mem, &d->plain);
    ike_blob_free(&d->mem, &d->whole);
    d->pull = IKE_PULL_NOTHING;
}

void ikev1_decoder_free(ikev1_decoder *decoder) {
    if (decoder == NULL)
        return;
    struct ike_mem mem = decoder->mem;
    forget_datagram(decoder);
    for (size_t i = 0; i < decoder->watched_count; i++)
        ike_watched_free(decoder, decoder->watched[i]);
    for (size_t i = 0; i < decoder->secret_count; i++)
        ike_blob_free(&decoder->mem, &decoder->secrets[i].value);
    ike_free(&decoder->mem, decoder->secrets, decoder->secret_room * sizeof(struct ike_secret));
    decoder->c.provider->close(decoder->c.instance);
    ike_free(&mem, decoder, sizeof *decoder);
}

/* ---- secrets ---- */

static int room_for_secret(ikev1_decoder *d) {
    const size_t room = d->secret_room == 0 ? 16 : 2 * d->secret_room;
    const size_t each = sizeof(struct ike_secret);
    if (d->secret_count < d->secret_room)
        return IKEV1_OK;
    if (d->secret_count == IKEV1_DECODER_SECRETS)
        return IKEV1_E_SAS;
    struct ike_secret *grown = ike_grow(&d->mem, d->secrets, d->secret_room * each, room * each);
    if (grown == NULL)
        return IKEV1_E_MEMORY;
    d->secrets = grown;
    d->secret_room = room;
    return IKEV1_OK;
}

int ikev1_decoder_add(ikev1_decoder *decoder, int kind, const uint8_t *icookie, ikev1_bytes value) {
    if (decoder == NULL || kind < IKEV1_SECRET_KEY || kind > IKEV1_SECRET_PSK ||
        (icookie == NULL && kind != IKEV1_SECRET_PSK) || value.data == NULL || value.len == 0 ||
        value.len > IKEV1_MAX_PUBLIC)
        return IKEV1_E_ARGUMENT;
    int r = room_for_secret(decoder);
    if (r != IKEV1_OK)
        return r;
    struct ike_secret *s = &decoder->secrets[decoder->secret_count];
    *s = (struct ike_secret){.kind = (uint8_t)kind, .any = icookie == NULL};
    if (icookie != NULL)
        memcpy(s->icookie, icookie, sizeof s->icookie);
    r = ike_blob_set(&decoder->mem, &s->value, value);
    if (r == IKEV1_OK)
        decoder->secret_count++;
    return r;
}

/* ---- a datagram in ---- */

int ikev1_decoder_packet(ikev1_decoder *decoder, ikev1_time at, const ikev1_address *source,
                         const ikev1_address *destination, const uint8_t *message, size_t len) {
    if (decoder == NULL || source == NULL || destination == NULL || (message == NULL && len > 0))
        return IKEV1_E_ARGUMENT;
    forget_datagram(decoder);
    if (len < IKEV1_HEADER_SIZE)
        return IKEV1_E_SHORT;
    if (len > IKE_WATCHED_MOST)
        return IKEV1_E_DATAGRAM;
    const int r = ike_blob_set(&decoder->mem, &decoder->wire, ike_bytes(message, len));
    if (r != IKEV1_OK)
        return r;
    decoder->at = at;
    decoder->source = *source;
    decoder->destination = *destination;
    decoder->pull = IKE_PULL_DATAGRAM;
    return IKEV1_OK;
}

/* ---- a message out ---- */

static bool is_phase1(const struct ike_header *h) {
    return h->message_id == 0 &&
           (h->exchange == IKEV1_EXCHANGE_MAIN || h->exchange == IKEV1_EXCHANGE_AGGRESSIVE ||
            h->exchange == IKEV1_EXCHANGE_BASE);
}

/* Everything that a message can tell, in the order in which one thing needs the other. Of one that
 * is malformed, or encrypted by payload (RFC 2409 5.2), what stands before that. */
static int read_message(struct ike_watching *m) {
    int r = ike_watched_find(m);
    r = r == IKEV1_OK ? ike_watched_open(m) : r;
    if (r != IKEV1_OK || m->chain.count == 0)
        return r;
    if (!m->out->again && !m->out->joined)
        r = ike_watched_join(m);
    if (r != IKEV1_OK || !is_phase1(&m->header))
        return r;
    if (!m->out->again) {
        r = ike_watched_learn(m);
        r = r == IKEV1_OK ? ike_watched_keys(m) : r;
    }
    return r == IKEV1_OK ? ike_watched_proof(m, &m->out->proof) : r;
}

/* A header that is refused still has its fields: what may be wrong is length, version or cookie. */
static int read_header(struct ike_watching *m) {
    const ikev1_bytes wire = m->out->wire;
    const int r = ike_header_decode(&m->header, wire, &m->d->why);
    memcpy(m->header.icookie, wire.data, sizeof m->header.icookie);
    memcpy(m->header.rcookie, wire.data + sizeof m->header.icookie, sizeof m->header.rcookie);
    m->body = ike_bytes(wire.data + IKEV1_HEADER_SIZE, wire.len - IKEV1_HEADER_SIZE);
    return r;
}

static void write_text(const struct ike_watching *m) {
    ikev1_decoder *d = m->d;
    struct ike_text t = ike_text(d->text, sizeof d->text);
    ike_dump_text(&t, &m->header, &m->chain);
    if (m->out->cover == IKEV1_COVER_SEALED || m->out->cover == IKEV1_COVER_GARBLED) {
        ike_text_str(&t, m->out->cover == IKEV1_COVER_SEALED ? "no key: " : "not readable: ");
        ike_text_u64(&t, m->body.len);
        ike_text_str(&t, " bytes\n");
    }
    if (d->why.code != IKEV1_OK) {
        ike_text_str(&t, "wrong: ");
        if (t.len < t.cap)
            t.len += ikev1_why_format(&d->why, t.out + t.len, t.cap - t.len);
        ike_text_str(&t, "\n");
    }
    m->out->text = d->text;
    m->out->text_len = t.len < sizeof d->text ? t.len : sizeof d->text - 1;
}

/* RFC 2408 3.14.1: errors are below 16384. */
static uint16_t first_error(const struct ike_chain *chain) {
    enum { STATUS = 16384 };
    const struct ike_payload *p;
    struct ike_notify n;
    for (size_t i = 0; (p = ike_chain_find(chain, IKEV1_PAYLOAD_NOTIFY, i)) != NULL; i++)
        if (ike_notify_decode(&n, p->body, NULL) == IKEV1_OK && n.type < STATUS)
            return n.type;
    return 0;
}

static void write_event(const struct ike_watching *m) {
    ikev1_decoder *d = m->d;
    ikev1_log_event *ev = &m->out->event;
    const bool sent = m->out->initiator;
    *ev = (ikev1_log_event){.size = sizeof *ev, .level = IKEV1_LEVEL_INFO, .at = d->at};
    ev->number = sent ? IKEV1_LOG_SEND : IKEV1_LOG_RECV;
    ev->name = sent ? "message.send" : "message.recv";
    ev->exchange = m->header.exchange;
    ev->message_id = m->header.message_id;
    ev->sa = m->w != NULL ? m->w->number : 0;
    memcpy(ev->icookie, m->header.icookie, sizeof ev->icookie);
    memcpy(ev->rcookie, m->header.rcookie, sizeof ev->rcookie);
    ev->path.local = sent ? d->source : d->destination;
    ev->path.remote = sent ? d->destination : d->source;
    for (size_t i = 0; i < m->chain.count; i++) {
        const struct ike_payload *p = &m->chain.at[i];
        d->types[i] = p->type;
        d->payloads[i] = (ikev1_payload){p->type, IKEV1_HEADER_SIZE + p->offset, p->body};
    }
    m->out->payloads = d->payloads;
    ev->payloads = d->types;
    ev->payload_count = m->chain.count;
    ev->why = d->why.code != IKEV1_OK ? &d->why : NULL;
}

/* The datagram first, then what its fragments have become. */
static int pull(ikev1_decoder *d, ikev1_decoded *out) {
    const bool joined = d->pull == IKE_PULL_WHOLE;
    if (d->pull == IKE_PULL_NOTHING)
        return 0;
    if (joined) {
        ike_blob_free(&d->mem, &d->wire);
        d->wire = d->whole;
        d->whole = (struct ike_blob){NULL, 0};
    }
    d->pull = IKE_PULL_NOTHING;
    ike_blob_free(&d->mem, &d->plain);
    d->why = (ikev1_why){0};
    *out = (ikev1_decoded){.size = sizeof *out, .joined = joined, .cover = IKEV1_COVER_CLEAR};
    out->wire = ike_blob_bytes(&d->wire);
    return 1;
}

int ikev1_decoder_next(ikev1_decoder *decoder, ikev1_decoded *decoded) {
    if (decoder == NULL || decoded == NULL || decoded->size != sizeof *decoded)
        return IKEV1_E_ARGUMENT;
    if (pull(decoder, decoded) == 0)
        return 0;
    struct ike_watching m = {.d = decoder, .out = decoded};
    m.hash =
        decoder->c.provider->table_hash(decoder->hash_key, decoded->wire.data, decoded->wire.len);
    if (decoded->wire.len < IKEV1_HEADER_SIZE)
        return 0; /* fragments of nothing */
    const int r = read_header(&m) == IKEV1_OK ? read_message(&m) : IKEV1_OK;
    if (r != IKEV1_OK)
        return r;
    decoded->flags = m.header.flags;
    decoded->notify = first_error(&m.chain);
    decoded->plain = ike_blob_bytes(&decoder->plain);
    decoded->padding = decoded->cover == IKEV1_COVER_OPENED ? m.body.len - m.chain.used : 0;
    write_text(&m);
    write_event(&m);
    if (decoder->whole.data != NULL)
        decoder->pull = IKE_PULL_WHOLE;
    return 1;
}
