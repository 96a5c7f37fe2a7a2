/* SPDX-License-Identifier: Apache-2.0 */
/* The passive decoder over what two engines say to each other. Mission B7. */
#include <ikev1/decode.h>
#include <ikev1/openssl.h>

#include "support/pair.h"

/* A decoder that has the key of the pair's ISAKMP SA. */
static ikev1_decoder *decoder_of(const struct pair *p) {
    char line[200];
    uint8_t key[16];
    size_t len;
    ikev1_decoder *d = NULL;
    assert_int_equal(ikev1_decryption_table(p->i.ike, side_sa(&p->i), line, sizeof line, &len),
                     IKEV1_OK);
    for (size_t i = 0; i < sizeof key; i++) {
        unsigned byte;
        assert_int_equal(sscanf(line + 17 + 2 * i, "%2x", &byte), 1);
        key[i] = (uint8_t)byte;
    }
    assert_int_equal(ikev1_decoder_new(&d, ikev1_openssl(), NULL), IKEV1_OK);
    assert_int_equal(ikev1_decoder_add(d, IKEV1_SECRET_KEY, p->link.kept[0].data,
                                       (ikev1_bytes){key, sizeof key}),
                     IKEV1_OK);
    return d;
}

static ikev1_decoded decode(ikev1_decoder *d, const struct datagram *m) {
    ikev1_decoded out = IKEV1_DECODED_INIT;
    assert_int_equal(ikev1_decoder_packet(d, 1, &m->path.remote, &m->path.local, m->data, m->len),
                     IKEV1_OK);
    assert_int_equal(ikev1_decoder_next(d, &out), 1);
    return out;
}

/* They follow each other from the header to the padding, without a gap. */
static void check_payloads(const ikev1_decoded *got) {
    size_t at = IKEV1_HEADER_SIZE;
    for (size_t i = 0; i < got->event.payload_count; i++) {
        assert_int_equal(got->payloads[i].type, got->event.payloads[i]);
        assert_int_equal(got->payloads[i].offset, at);
        at += 4 + got->payloads[i].body.len;
    }
    assert_int_equal(at + got->padding, got->wire.len);
}

/* CONNECTED comes under Quick Mode's message ID (RFC 2408 3.1), but in an exchange of its own, with
 * an IV of its own (RFC 2409 5.7), and Quick Mode's chain stands where it stood. */
static void test_decode__connected_under_quick_modes_id__opened(void **state) {
    size_t connected = 0;
    (void)state;
    struct pair *p = pair_new(ikev1_openssl());
    p->i.config.analysis = p->r.phase2.commit = true;
    pair_start(p);
    pair_up(p);
    ikev1_decoder *d = decoder_of(p);
    for (size_t i = 0; i < p->link.kept_count; i++) {
        const ikev1_decoded got = decode(d, &p->link.kept[i]);
        assert_int_equal(got.cover, i < 4 ? IKEV1_COVER_CLEAR : IKEV1_COVER_OPENED);
        assert_null(got.event.why);
        check_payloads(&got);
        connected += strstr(got.text, "CONNECTED") != NULL;
    }
    assert_int_equal(connected, 1);
    ikev1_decoder_free(d);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode__connected_under_quick_modes_id__opened),
    };
    return cmocka_run_group_tests_name("decode_live", tests, NULL, NULL);
}
