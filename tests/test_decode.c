/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The passive decoder over exchanges that other stacks recorded: decrypted to the last byte where
 * the secrets are known (RFC 2409 App. B), from the key and from what makes it; read as far as it
 * can be where they are not. Mission B7.
 */
#include "support/algs.h"
#include "support/alloc.h"

#include <ikev1/decode.h>
#include <ikev1/openssl.h>

static const char *const FILES[] = {"openswan_main_psk_pfs",
                                    "ozcan_aggressive_psk_1",
                                    "ozcan_aggressive_psk_2",
                                    "ozcan_main_psk",
                                    "rub_aggressive_psk",
                                    "rub_main_pke_cisco",
                                    "rub_main_psk",
                                    "rub_main_psk_informational",
                                    "rub_strongswan_main_psk_1",
                                    "rub_strongswan_main_psk_2",
                                    "rub_strongswan_psk_mismatch",
                                    "tcpdump_natt_4500",
                                    "wireshark_main_xauth_modecfg",
                                    "zeek_aggressive",
                                    "zeek_main",
                                    "zeek_main_2"};

static const ikev1_address INITIATOR = {.family = 4, .ip = {192, 0, 2, 1}, .port = 500};
static const ikev1_address RESPONDER = {.family = 4, .ip = {192, 0, 2, 2}, .port = 500};

/* How many of each there were, over all files: so that none is left out unseen. */
struct tally {
    size_t messages, opened, sealed, garbled, again, good, bad;
};

static ikev1_decoder *decoder(void) {
    ikev1_decoder *d = NULL;
    assert_int_equal(ikev1_decoder_new(&d, ikev1_openssl(), NULL), IKEV1_OK);
    return d;
}

static int feed(ikev1_decoder *d, bool initiator, ikev1_bytes message) {
    return ikev1_decoder_packet(d, 1, initiator ? &INITIATOR : &RESPONDER,
                                initiator ? &RESPONDER : &INITIATOR, message.data, message.len);
}

static ikev1_decoded pull(ikev1_decoder *d) {
    ikev1_decoded out = IKEV1_DECODED_INIT;
    assert_int_equal(ikev1_decoder_next(d, &out), 1);
    return out;
}

static const char *key_of(char key[32], size_t message, const char *what) {
    snprintf(key, 32, "msg%zu%s", message, what);
    return key;
}

static bool was_there(struct vec_file *f, size_t number) {
    char key[32];
    const char *message = vec_text(f, key_of(key, number, ""));

    for (size_t i = 1; i < number; i++)
        if (strcmp(vec_text(f, key_of(key, i, "")), message) == 0)
            return true;
    return false;
}

static void check_message(struct vec_file *f, const char *name, size_t number,
                          const ikev1_decoded *got, struct tally *t) {
    char key[32], row[80];
    const char *dir = vec_text(f, key_of(key, number, "_dir"));
    const ikev1_bytes plain = vec_hex(f, key_of(key, number, "_plain"));

    snprintf(row, sizeof row, "%s, message %zu", name, number);
    ROW_EQUAL(row, got->initiator, dir[0] == 'i');
    ROW_EQUAL(row, got->event.number, dir[0] == 'i' ? IKEV1_LOG_SEND : IKEV1_LOG_RECV);
    ROW_EQUAL(row, got->again, was_there(f, number));
    t->messages++;
    t->opened += got->cover == IKEV1_COVER_OPENED;
    t->sealed += got->cover == IKEV1_COVER_SEALED;
    t->garbled += got->cover == IKEV1_COVER_GARBLED;
    t->again += got->again;
    t->good += got->proof == IKEV1_PROOF_GOOD;
    t->bad += got->proof == IKEV1_PROOF_BAD;
    if (got->cover != IKEV1_COVER_OPENED || got->again) /* no plaintext is told of a repetition */
        return;
    ROW_EQUAL(row, got->plain.len, plain.len);
    row_bytes(row, "plaintext", got->plain.data, plain);
    ROW_EQUAL(row, got->padding,
              plain.len - (size_t)vec_number(f, key_of(key, number, "_payloads_len"), 0));
}

/* One case; `kinds` says which of its secrets are told, as 1 << IKEV1_SECRET_.... */
static void watch(struct vec_file *f, const char *name, unsigned kinds, struct tally *t) {
    static const char *const values[] = {NULL, "enc_key", "gxy", "psk"};
    const ikev1_bytes icookie = vec_hex(f, "cky_i");
    ikev1_decoder *d = decoder();
    char key[32];

    for (int kind = IKEV1_SECRET_KEY; kind <= IKEV1_SECRET_PSK; kind++) {
        const ikev1_bytes value = vec_hex(f, values[kind]);
        if (value.len > 0 && (kinds & 1u << kind) != 0)
            ROW_EQUAL(name, ikev1_decoder_add(d, kind, icookie.data, value), IKEV1_OK);
    }
    for (size_t i = 1; vec_hex(f, key_of(key, i, "")).data != NULL; i++) {
        const bool initiator = vec_text(f, key_of(key, i, "_dir"))[0] == 'i';
        ikev1_decoded none = IKEV1_DECODED_INIT;
        ROW_EQUAL(name, feed(d, initiator, vec_hex(f, key_of(key, i, ""))), IKEV1_OK);
        const ikev1_decoded got = pull(d);
        check_message(f, name, i, &got, t);
        ROW_EQUAL(name, ikev1_decoder_next(d, &none), 0);
    }
    ikev1_decoder_free(d);
}

static void watch_all(unsigned kinds, struct tally *t) {
    for (size_t i = 0; i < COUNT(FILES); i++) {
        char path[80];
        snprintf(path, sizeof path, "handshakes/%s.txt", FILES[i]);
        struct vec_file *f = vec_open_or_skip(path);
        while (vec_next(f))
            watch(f, FILES[i], kinds, t);
        vec_close(f);
    }
}

static void test_decode__recorded_with_keys__to_the_last_byte(void **state) {
    struct tally t = {0};
    (void)state;
    watch_all(1u << IKEV1_SECRET_KEY, &t);
    assert_int_equal(t.messages, 149);
    assert_int_equal(t.opened, 47); /* one of them comes again, and is read again */
    assert_int_equal(t.garbled, 4); /* where the two ends had different keys */
    assert_int_equal(t.sealed, 35);
    assert_int_equal(t.again, 8);
}

static void test_decode__recorded_with_psk_and_dh__the_same(void **state) {
    struct tally t = {0};
    (void)state;
    watch_all(1u << IKEV1_SECRET_PSK | 1u << IKEV1_SECRET_DH, &t);
    assert_int_equal(t.opened, 23);
    assert_int_equal(t.garbled, 2);
    assert_int_equal(t.good, 12); /* RFC 2409 5.4: HASH_I and HASH_R */
    assert_int_equal(t.bad, 0);
}

/* ---- one recorded exchange, changed ---- */

enum { MOST = 16 };

struct recorded {
    struct vec_file *f;
    ikev1_bytes icookie, key, psk, messages[MOST];
    bool initiator[MOST];
    size_t count;
};

static struct recorded record(const char *path) {
    struct recorded r = {.f = vec_open_or_skip(path)};
    char key[32];

    assert_true(vec_next(r.f));
    r.icookie = vec_hex(r.f, "cky_i");
    r.key = vec_hex(r.f, "enc_key");
    r.psk = vec_hex(r.f, "psk");
    for (; vec_text(r.f, key_of(key, r.count + 1, "")) != NULL; r.count++) {
        assert_true(r.count < MOST);
        r.messages[r.count] = vec_hex(r.f, key);
        r.initiator[r.count] = vec_text(r.f, key_of(key, r.count + 1, "_dir"))[0] == 'i';
    }
    return r;
}

static ikev1_decoded step(ikev1_decoder *d, const struct recorded *r, size_t at) {
    assert_int_equal(feed(d, r->initiator[at], r->messages[at]), IKEV1_OK);
    return pull(d);
}

static void test_decode__main_mode__lines_and_text(void **state) {
    static const char *const lines[] = {"Send:<SA>",        "Recv:<SA>",       "Send:<KE><NONCE>",
                                        "Recv:<KE><NONCE>", "Send:<ID><HASH>", "Recv:<ID><HASH>"};
    struct recorded r = record("handshakes/rub_main_psk.txt");
    ikev1_decoder *d = decoder();
    (void)state;

    ikev1_decoder_add(d, IKEV1_SECRET_KEY, r.icookie.data, r.key);
    for (size_t i = 0; i < COUNT(lines); i++) {
        char line[200];
        const ikev1_decoded got = step(d, &r, i);
        ikev1_log_format(&got.event, line, sizeof line);
        if (strncmp(line, lines[i], strlen(lines[i])) != 0)
            fail_msg("message %zu: %s", i + 1, line);
        assert_int_equal(got.event.sa, 1);
        assert_non_null(strstr(got.text, "Main Mode, cookies 59cedc5dcea558fe"));
        assert_int_equal(strlen(got.text), got.text_len);
        assert_memory_equal(got.event.path.local.ip, INITIATOR.ip, 16);
    }
    ikev1_decoder_free(d);
    vec_close(r.f);
}

static void test_decode__no_key__header_only(void **state) {
    struct recorded r = record("handshakes/rub_main_psk.txt");
    ikev1_decoder *d = decoder();
    (void)state;

    for (size_t i = 0; i < 5; i++) {
        const ikev1_decoded got = step(d, &r, i);
        assert_int_equal(got.cover, i < 4 ? IKEV1_COVER_CLEAR : IKEV1_COVER_SEALED);
        assert_true(i < 4 || (got.event.payload_count == 0 && got.plain.len == 0));
        assert_null(got.event.why);
    }
    ikev1_decoder_free(d);
    vec_close(r.f);
}

/* Whatever cannot be read moves no chain: the genuine message behind it is read all the same.
 * RFC 2409 App. B; CRY-01. */
static void test_decode__forged_before_genuine__both_told(void **state) {
    struct recorded r = record("handshakes/rub_main_psk.txt");
    ikev1_decoder *d = decoder();
    uint8_t forged[512];
    (void)state;

    ikev1_decoder_add(d, IKEV1_SECRET_KEY, r.icookie.data, r.key);
    for (size_t i = 0; i < r.count; i++) {
        const ikev1_bytes m = r.messages[i];
        ikev1_decoded got;
        if ((m.data[19] & IKEV1_FLAG_ENCRYPTION) != 0 && m.len <= sizeof forged) {
            memcpy(forged, m.data, m.len);
            memset(forged + IKEV1_HEADER_SIZE, 0x5a, m.len - IKEV1_HEADER_SIZE);
            feed(d, r.initiator[i], ike_bytes(forged, m.len));
            got = pull(d);
            assert_int_equal(got.cover, IKEV1_COVER_GARBLED);
            assert_non_null(got.event.why);
            assert_non_null(strstr(got.text, "wrong: "));
        }
        got = step(d, &r, i);
        assert_null(got.event.why);
        assert_int_not_equal(got.cover, IKEV1_COVER_GARBLED);
    }
    ikev1_decoder_free(d);
    vec_close(r.f);
}

/* A pre-shared key of no negotiation in particular tells of an Aggressive Mode who has it. */
static void test_decode__aggressive_mode__who_has_the_key(void **state) {
    static const struct {
        const char *keys[2];
        int want;
    } rows[] = {{{"another", NULL}, IKEV1_PROOF_BAD},
                {{"another", ""}, IKEV1_PROOF_GOOD},
                {{NULL, NULL}, IKEV1_PROOF_NONE}};
    struct recorded r = record("handshakes/ozcan_aggressive_psk_1.txt");
    (void)state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        ikev1_decoder *d = decoder();
        for (size_t k = 0; k < 2 && rows[i].keys[k] != NULL; k++) {
            const char *key = rows[i].keys[k];
            ikev1_decoder_add(d, IKEV1_SECRET_PSK, NULL,
                              key[0] == '\0' ? r.psk : ike_bytes(key, strlen(key)));
        }
        assert_int_equal(step(d, &r, 0).proof, IKEV1_PROOF_NONE);
        assert_int_equal(step(d, &r, 1).proof, rows[i].want);
        ikev1_decoder_free(d);
    }
    vec_close(r.f);
}

/* ---- fragments ---- */

static size_t piece(uint8_t *out, size_t cap, ikev1_bytes of, uint8_t number, bool last) {
    struct ike_header h = {.version = 0x10, .exchange = IKEV1_EXCHANGE_MAIN};
    struct ike_message_writer m;
    const struct ike_fragment f = {1, number, last, {of.data, of.len}};

    memcpy(h.icookie, "initiate", sizeof h.icookie);
    ike_message_begin(&m, out, cap, &h);
    ike_payload_begin(&m, IKEV1_PAYLOAD_FRAGMENT);
    ike_fragment_encode(&m.w, &f);
    ike_payload_end(&m);
    return ike_message_end(&m, 0);
}

static void test_decode__fragments_in_any_order__the_whole_message(void **state) {
    struct recorded r = record("handshakes/rub_main_psk.txt");
    const ikev1_bytes whole = r.messages[0];
    const size_t cut = whole.len / 2;
    ikev1_decoded got = IKEV1_DECODED_INIT;
    ikev1_decoder *d = decoder();
    uint8_t buf[2048];
    (void)state;

    size_t len = piece(buf, sizeof buf, ike_bytes(whole.data + cut, whole.len - cut), 2, true);
    feed(d, true, ike_bytes(buf, len));
    assert_int_equal(pull(d).event.payloads[0], IKEV1_PAYLOAD_FRAGMENT);
    assert_int_equal(ikev1_decoder_next(d, &got), 0);
    len = piece(buf, sizeof buf, ike_bytes(whole.data, cut), 1, false);
    feed(d, true, ike_bytes(buf, len));
    assert_false(pull(d).joined);
    got = pull(d);
    assert_true(got.joined);
    row_bytes("joined", "message", got.wire.data, whole);
    assert_int_equal(got.event.payloads[0], IKEV1_PAYLOAD_SA);
    assert_int_equal(ikev1_decoder_next(d, &got), 0);
    ikev1_decoder_free(d);
    vec_close(r.f);
}

/* ---- bounds and bad input ---- */

static size_t first_message(uint8_t *out, size_t cap, uint32_t number) {
    struct ike_header h = {.version = 0x10, .exchange = IKEV1_EXCHANGE_MAIN};
    struct ike_message_writer m;

    h.icookie[0] = 1;
    memcpy(h.icookie + 4, &number, sizeof number);
    ike_message_begin(&m, out, cap, &h);
    ike_payload_put(&m, IKEV1_PAYLOAD_VENDOR, ike_bytes("libikev1", 8));
    return ike_message_end(&m, 0);
}

static uint64_t number_of(ikev1_decoder *d, uint32_t cookie) {
    uint8_t buf[64];
    feed(d, true, ike_bytes(buf, first_message(buf, sizeof buf, cookie)));
    return pull(d).event.sa;
}

static void test_decode__one_negotiation_too_many__the_oldest_goes(void **state) {
    ikev1_decoder *d = decoder();
    (void)state;

    for (uint32_t i = 1; i <= IKEV1_DECODER_SAS; i++)
        assert_int_equal(number_of(d, i), i);
    assert_int_equal(number_of(d, 1), 1); /* so that 2 is the oldest */
    assert_int_equal(number_of(d, IKEV1_DECODER_SAS + 1), IKEV1_DECODER_SAS + 1);
    assert_int_equal(number_of(d, 1), 1);
    assert_int_equal(number_of(d, 2), IKEV1_DECODER_SAS + 2);
    ikev1_decoder_free(d);
}

static void test_decode__one_secret_too_many__refused(void **state) {
    const uint8_t cookie[8] = {1};
    ikev1_decoder *d = decoder();
    (void)state;

    for (size_t i = 0; i < IKEV1_DECODER_SECRETS; i++)
        assert_int_equal(ikev1_decoder_add(d, IKEV1_SECRET_PSK, NULL, ike_bytes("k", 1)), IKEV1_OK);
    assert_int_equal(ikev1_decoder_add(d, IKEV1_SECRET_KEY, cookie, ike_bytes("k", 1)),
                     IKEV1_E_SAS);
    ikev1_decoder_free(d);
}

static void test_decode__bad_arguments__refused(void **state) {
    static const uint8_t zeros[65536];
    ikev1_decoded got = IKEV1_DECODED_INIT;
    ikev1_decoder *d = decoder(), *none;
    (void)state;

    assert_int_equal(ikev1_decoder_new(&none, NULL, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_decoder_add(d, 0, zeros, ike_bytes("k", 1)), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_decoder_add(d, IKEV1_SECRET_KEY, NULL, ike_bytes("k", 1)),
                     IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_decoder_add(d, IKEV1_SECRET_PSK, NULL, ike_bytes("", 0)),
                     IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_decoder_add(d, IKEV1_SECRET_DH, zeros, ike_bytes(zeros, 1025)),
                     IKEV1_E_ARGUMENT);
    assert_int_equal(feed(d, true, ike_bytes(zeros, 27)), IKEV1_E_SHORT);
    assert_int_equal(ikev1_decoder_next(d, &got), 0);
    assert_int_equal(feed(d, true, ike_bytes(zeros, 65536)), IKEV1_E_DATAGRAM);
    assert_int_equal(feed(d, true, ike_bytes(zeros, 65535)), IKEV1_OK);
    got = pull(d);
    assert_int_equal(got.event.sa, 0); /* no cookie, no version: no negotiation of it */
    assert_int_equal(got.event.why->code, IKEV1_E_LENGTH);
    got.size = 1;
    assert_int_equal(ikev1_decoder_next(d, &got), IKEV1_E_ARGUMENT);
    ikev1_decoder_free(d);
    ikev1_decoder_free(NULL);
}

/* Each byte changed, each length cut: nothing happens but that it says so. */
static void test_decode__any_byte_changed__survives(void **state) {
    struct recorded r = record("handshakes/rub_main_psk.txt");
    uint8_t buf[1024];
    (void)state;

    for (size_t i = 0; i < r.count; i++) {
        ikev1_decoder *d = decoder();
        ikev1_decoded got = IKEV1_DECODED_INIT;
        ikev1_decoder_add(d, IKEV1_SECRET_KEY, r.icookie.data, r.key);
        for (size_t k = 0; k < i; k++)
            step(d, &r, k);
        for (size_t at = 0; at < r.messages[i].len; at++) {
            memcpy(buf, r.messages[i].data, r.messages[i].len);
            buf[at] ^= (uint8_t)(1u << at % 8);
            assert_int_equal(feed(d, r.initiator[i], ike_bytes(buf, r.messages[i].len)), IKEV1_OK);
            assert_true(ikev1_decoder_next(d, &got) >= 0);
            if (feed(d, r.initiator[i], ike_bytes(r.messages[i].data, at)) == IKEV1_OK)
                assert_int_equal(pull(d).event.why->code, IKEV1_E_LENGTH);
        }
        ikev1_decoder_free(d);
    }
    vec_close(r.f);
}

/* Each allocation fails once: it is told, nothing leaks, all that was released had been wiped. */
static void test_decode__no_memory__told_and_nothing_left(void **state) {
    struct recorded r = record("handshakes/rub_main_psk.txt");
    uint64_t failed = 1;
    (void)state;

    for (uint64_t at = 1; failed != 0; at++) {
        struct counted c;
        ikev1_decoder *d = NULL;
        counted_init(&c);
        c.fail_at = at;
        int status = ikev1_decoder_new(&d, ikev1_openssl(), &c.allocator);
        bool told = status == IKEV1_E_MEMORY;
        if (d != NULL)
            told = ikev1_decoder_add(d, IKEV1_SECRET_KEY, r.icookie.data, r.key) == IKEV1_E_MEMORY;
        for (size_t i = 0; d != NULL && i < r.count; i++) {
            ikev1_decoded got = IKEV1_DECODED_INIT;
            told |= feed(d, r.initiator[i], r.messages[i]) == IKEV1_E_MEMORY;
            told |= ikev1_decoder_next(d, &got) == IKEV1_E_MEMORY;
        }
        ikev1_decoder_free(d);
        failed = c.failed;
        assert_int_equal(told, failed != 0);
        assert_int_equal(c.live, 0);
        assert_int_equal(c.wrong_length + c.unwiped, 0);
    }
    vec_close(r.f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode__recorded_with_keys__to_the_last_byte),
        cmocka_unit_test(test_decode__recorded_with_psk_and_dh__the_same),
        cmocka_unit_test(test_decode__main_mode__lines_and_text),
        cmocka_unit_test(test_decode__no_key__header_only),
        cmocka_unit_test(test_decode__forged_before_genuine__both_told),
        cmocka_unit_test(test_decode__aggressive_mode__who_has_the_key),
        cmocka_unit_test(test_decode__fragments_in_any_order__the_whole_message),
        cmocka_unit_test(test_decode__one_negotiation_too_many__the_oldest_goes),
        cmocka_unit_test(test_decode__one_secret_too_many__refused),
        cmocka_unit_test(test_decode__bad_arguments__refused),
        cmocka_unit_test(test_decode__any_byte_changed__survives),
        cmocka_unit_test(test_decode__no_memory__told_and_nothing_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
