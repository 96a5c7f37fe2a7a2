/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The passive decoder under null crypto. Input: datagrams, each behind a byte that says who sends
 * it and which secrets of its negotiation are told before, and two bytes of length. Whatever comes,
 * and whichever allocation fails (MEM-01), the text ends, what is pointed to is there, and in the
 * end nothing is left (mission B7).
 */
#include <ikev1/decode.h>

#include "decode/decoder.h"
#include "holds.h"
#include "support/alloc.h"
#include "support/nullcrypto.h"

enum { BY_RESPONDER = 1, TELL_KEY = 2, TELL_DH = 4, TELL_PSK = 8, SECRET = 16 };

static void add(ikev1_decoder *d, int kind, const uint8_t *cookie, bool starved) {
    static const uint8_t secret[SECRET] = {1, 2, 3};
    const int r = ikev1_decoder_add(d, kind, cookie, (ikev1_bytes){secret, sizeof secret});
    HOLDS(r == IKEV1_OK || (starved && r == IKEV1_E_MEMORY));
}

static void tell(ikev1_decoder *d, uint8_t flags, ikev1_bytes message, bool starved) {
    if (message.len < IKEV1_COOKIE_SIZE)
        return;
    if ((flags & TELL_KEY) != 0)
        add(d, IKEV1_SECRET_KEY, message.data, starved);
    if ((flags & TELL_DH) != 0)
        add(d, IKEV1_SECRET_DH, message.data, starved);
    if ((flags & TELL_PSK) != 0)
        add(d, IKEV1_SECRET_PSK, NULL, starved);
}

/* One behind the other, each in what was sent or in what was decrypted. */
static void check_payloads(const ikev1_decoded *m) {
    size_t at = IKEV1_HEADER_SIZE;
    for (size_t i = 0; i < m->event.payload_count; i++) {
        const ikev1_payload *p = &m->payloads[i];
        const ikev1_bytes from = m->plain.len != 0 ? m->plain : m->wire;
        HOLDS(p->type == m->event.payloads[i] && p->offset == at);
        HOLDS(is_inside(p->body, from.data, from.len));
        at += 4 + p->body.len;
    }
    HOLDS(at <= m->wire.len);
    HOLDS(m->cover != IKEV1_COVER_OPENED || at + m->padding == m->wire.len);
}

static void check(const ikev1_decoded *m) {
    check_payloads(m);
    HOLDS(strlen(m->text) == m->text_len && m->text_len < IKEV1_DECODER_TEXT);
    HOLDS(m->event.payload_count <= IKE_MAX_PAYLOADS);
    HOLDS(m->padding <= m->plain.len && m->padding <= IKE_WATCHED_PADDING);
    HOLDS(m->cover == IKEV1_COVER_OPENED || m->cover == IKEV1_COVER_GARBLED || m->plain.len == 0);
    HOLDS(m->cover != IKEV1_COVER_GARBLED || m->event.why != NULL);
}

/* @return whether allocation `fail_at` was reached; 0 = none fails. */
static bool run(const uint8_t *data, size_t size, uint64_t fail_at) {
    static const ikev1_address ends[2] = {{.family = 4, .ip = {192, 0, 2, 1}, .port = 500},
                                          {.family = 4, .ip = {192, 0, 2, 2}, .port = 500}};
    struct ike_reader r = ike_reader(ike_bytes(data, size));
    struct null_crypto null;
    struct counted memory;
    ikev1_decoder *d;
    null_crypto_init(&null, 1);
    counted_init(&memory);
    HOLDS(ikev1_decoder_new(&d, &null.provider, &memory.allocator) == IKEV1_OK);
    memory.fail_at = fail_at != 0 ? memory.calls + fail_at : 0;
    for (size_t i = 0; i < 64 && ike_left(&r) > 3; i++) {
        const uint8_t flags = ike_read_u8(&r);
        const size_t len = ike_read_u16(&r);
        const ikev1_bytes message = ike_read_bytes(&r, len < ike_left(&r) ? len : ike_left(&r));
        const bool back = (flags & BY_RESPONDER) != 0;
        ikev1_decoded m = IKEV1_DECODED_INIT;
        size_t pulled = 0;
        tell(d, flags, message, fail_at != 0);
        if (ikev1_decoder_packet(d, i, &ends[back], &ends[!back], message.data, message.len) !=
            IKEV1_OK)
            continue;
        int left;
        while ((left = ikev1_decoder_next(d, &m)) == 1 && ++pulled <= 2)
            check(&m);
        HOLDS(pulled >= 1 || (fail_at != 0 && left == IKEV1_E_MEMORY));
        HOLDS(pulled <= 2);
    }
    ikev1_decoder_free(d);
    HOLDS(memory.live == 0 && memory.unwiped == 0 && memory.wrong_length == 0);
    return memory.failed != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    run(data, size, 0);
    for (uint64_t k = 1; k < 400 && run(data, size, k); k++)
        ;
    return 0;
}
