/* SPDX-License-Identifier: Apache-2.0 */
/* The user-space ESP of examples/gateway, in memory: two ends of one direction. */
#define _POSIX_C_SOURCE 200809L
#include <openssl/evp.h>

#include "gateway_esp.h"
#include "gateway_esp_algs.h"
#include "support/algs.h"
#include "support/rows.h"

enum { SPI = 0x12345678, ROOM = 2048 };

/* ---- two ends ---- */

static const struct suite_row {
    const char *name;
    uint8_t transform;
    uint16_t integrity;
    size_t encryption_key, integrity_key;
    size_t growth; /* of a packet of 60 bytes, which the sections cited give */
} SUITES[] = {
    {"AES-CBC-128, SHA1", IKEV1_ESP_AES_CBC, IKEV1_INTEG_HMAC_SHA1, 16, 20, 8 + 16 + 4 + 12},
    {"AES-CBC-192, SHA2-256", IKEV1_ESP_AES_CBC, IKEV1_INTEG_HMAC_SHA2_256, 24, 32,
     8 + 16 + 4 + 16},
    {"AES-CBC-256, SHA2-384", IKEV1_ESP_AES_CBC, IKEV1_INTEG_HMAC_SHA2_384, 32, 48,
     8 + 16 + 4 + 24},
    {"AES-CBC-256, SHA2-512", IKEV1_ESP_AES_CBC, IKEV1_INTEG_HMAC_SHA2_512, 32, 64,
     8 + 16 + 4 + 32},
    {"3DES, SHA1", IKEV1_ESP_3DES, IKEV1_INTEG_HMAC_SHA1, 24, 20, 8 + 8 + 4 + 12},
    {"3DES, MD5", IKEV1_ESP_3DES, IKEV1_INTEG_HMAC_MD5, 24, 16, 8 + 8 + 4 + 12},
    {"Camellia-256, SHA2-256", IKEV1_ESP_CAMELLIA, IKEV1_INTEG_HMAC_SHA2_256, 32, 32, 44},
    {"NULL, SHA1", IKEV1_ESP_NULL, IKEV1_INTEG_HMAC_SHA1, 0, 20, 8 + 0 + 4 + 12},
    {"AES-GCM-16-128", IKEV1_ESP_AES_GCM_16, 0, 20, 0, 8 + 8 + 4 + 16}, /* RFC 4106 4, 6 */
    {"AES-GCM-16-256", IKEV1_ESP_AES_GCM_16, 0, 36, 0, 8 + 8 + 4 + 16},
    {"AES-GCM-12-192", IKEV1_ESP_AES_GCM_12, 0, 28, 0, 8 + 8 + 4 + 12},
    {"AES-GCM-8-128", IKEV1_ESP_AES_GCM_8, 0, 20, 0, 8 + 8 + 4 + 8},
};

struct ends {
    uint8_t keys[2][64];
    ikev1_ipsec sa;
    struct esp *out, *in;
};

/* What both ends are told; a test may change it before open_ends(). */
static void describe(struct ends *e, const struct suite_row *row) {
    *e = (struct ends){0};
    for (size_t i = 0; i < 64; i++) {
        e->keys[0][i] = (uint8_t)(i * 7 + 3);
        e->keys[1][i] = (uint8_t)(i * 13 + 5);
    }
    e->sa = (ikev1_ipsec){.protocol = IKEV1_PROTO_ESP,
                          .spi = SPI,
                          .transform = row->transform,
                          .integrity = row->integrity,
                          .encryption_key = {e->keys[0], row->encryption_key},
                          .integrity_key = {e->keys[1], row->integrity_key},
                          .mode = IKEV1_ENCAP_TUNNEL};
}

static void open_ends(struct ends *e) {
    e->sa.inbound = false;
    e->out = esp_new(&e->sa);
    e->sa.inbound = true;
    e->in = esp_new(&e->sa);
}

static void close_ends(struct ends *e) {
    esp_free(e->out);
    esp_free(e->in);
}

static void make_ends(struct ends *e, const struct suite_row *row) {
    describe(e, row);
    open_ends(e);
    ROW_EQUAL(row->name, e->out != NULL && e->in != NULL, true);
}

/* An IP packet of `len` bytes: nothing of it but its version is looked at. */
static void make_packet(uint8_t *packet, size_t len, int version) {
    for (size_t i = 0; i < len; i++) {
        packet[i] = (uint8_t)(i * 31 + len);
    }
    packet[0] = (uint8_t)(version << 4 | 5);
}

static size_t seal(struct ends *e, const uint8_t *packet, size_t len, uint8_t out[ROOM]) {
    size_t sealed = 0;
    assert_int_equal(esp_seal(e->out, (ikev1_bytes){packet, len}, out, ROOM, &sealed), ESP_OK);
    return sealed;
}

/* In a block of exactly its size, so that a sanitizer sees every access beyond it. */
static enum esp_result unseal(struct esp *in, const uint8_t *sealed, size_t len, uint8_t *got,
                              size_t *got_len) {
    uint8_t *copy = malloc(len != 0 ? len : 1);
    ikev1_bytes inner = {0};
    if (len != 0) {
        memcpy(copy, sealed, len);
    }
    enum esp_result result = esp_unseal(in, copy, len, &inner);
    if (result == ESP_OK && got != NULL) {
        memcpy(got, inner.data, inner.len);
        *got_len = inner.len;
    }
    free(copy);
    return result;
}

/* RFC 4303 2, 3.3.2, 3.4.4; every length of padding there is */
static void test_esp__each_suite__what_is_sealed_is_unsealed(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(SUITES); i++) {
        for (size_t len = 20; len < 90; len++) {
            for (int esn = 0; esn < 2; esn++) {
                const struct suite_row *row = &SUITES[i];
                uint8_t packet[128], sealed[ROOM], got[ROOM];
                size_t got_len = 0;
                struct ends e;
                describe(&e, row);
                e.sa.esn = esn != 0;
                open_ends(&e);
                make_packet(packet, len, len % 2 != 0 ? 6 : 4);
                size_t sealed_len = seal(&e, packet, len, sealed);
                ROW_EQUAL(row->name, sealed_len <= len + ESP_MAX_GROWTH, true);
                if (len == 60) {
                    ROW_EQUAL(row->name, sealed_len - len, row->growth);
                }
                ROW_EQUAL(row->name, esp_spi_of(sealed, sealed_len), SPI);
                ROW_EQUAL(row->name, unseal(e.in, sealed, sealed_len, got, &got_len), ESP_OK);
                ROW_EQUAL(row->name, got_len, len);
                ROW_EQUAL(row->name, memcmp(got, packet, len), 0);
                close_ends(&e);
            }
        }
    }
}

static void test_esp__each_bit_changed__refused_and_nothing_lost(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(SUITES); i++) {
        const struct suite_row *row = &SUITES[i];
        uint8_t packet[40], sealed[ROOM];
        struct ends e;
        make_ends(&e, row);
        make_packet(packet, sizeof packet, 4);
        size_t len = seal(&e, packet, sizeof packet, sealed);
        for (size_t bit = 4 * 8; bit < len * 8; bit++) { /* the SPI only finds the SA */
            sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
            ROW_EQUAL(row->name, unseal(e.in, sealed, len, NULL, NULL) != ESP_OK, true);
            sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        ROW_EQUAL(row->name, unseal(e.in, sealed, len, NULL, NULL), ESP_OK);
        close_ends(&e);
    }
}

static void test_esp__each_length_cut__refused(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(SUITES); i++) {
        const struct suite_row *row = &SUITES[i];
        uint8_t packet[40], sealed[ROOM];
        struct ends e;
        make_ends(&e, row);
        make_packet(packet, sizeof packet, 4);
        size_t len = seal(&e, packet, sizeof packet, sealed);
        for (size_t cut = 0; cut < len; cut++) {
            enum esp_result result = unseal(e.in, sealed, cut, NULL, NULL);
            ROW_EQUAL(row->name, result == ESP_MALFORMED || result == ESP_FORGED, true);
        }
        close_ends(&e);
    }
}

static void test_esp__other_key_or_number_size__refused(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(SUITES); i++) {
        const struct suite_row *row = &SUITES[i];
        uint8_t packet[40], sealed[ROOM];
        struct ends e, other;
        make_ends(&e, row);
        make_packet(packet, sizeof packet, 4);
        size_t len = seal(&e, packet, sizeof packet, sealed);
        for (int which = 0; which < 3; which++) {
            describe(&other, row);
            if (which < 2) {
                other.keys[which][15] ^= 1;
            } else {
                other.sa.esn = true; /* RFC 4303 2.2.1: the upper half counts though it is 0 */
            }
            open_ends(&other);
            bool has_it =
                which == 2 || (which == 0 ? row->encryption_key : row->integrity_key) > 15;
            bool unseen = which == 0 && row->integrity != 0; /* only the text comes out wrong */
            if (has_it && !unseen) {
                ROW_EQUAL(row->name, unseal(other.in, sealed, len, NULL, NULL), ESP_FORGED);
            }
            close_ends(&other);
        }
        close_ends(&e);
    }
}

/* RFC 3602 3, RFC 4106 3.1: no IV twice */
static void test_esp__the_same_packet_twice__no_byte_of_the_text_the_same_way(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(SUITES); i++) {
        const struct suite_row *row = &SUITES[i];
        uint8_t packet[64], first[ROOM], second[ROOM];
        struct ends e;
        make_ends(&e, row);
        make_packet(packet, sizeof packet, 4);
        size_t len = seal(&e, packet, sizeof packet, first);
        ROW_EQUAL(row->name, seal(&e, packet, sizeof packet, second), len);
        if (row->transform != IKEV1_ESP_NULL) {
            ROW_EQUAL(row->name, memcmp(first + 8, second + 8, 24) != 0, true);
        }
        close_ends(&e);
    }
}

/* ---- sequence numbers ---- */

/* RFC 4303 3.4.3 */
static void test_esp__replays_and_reordering__each_number_once(void **state) {
    (void)state;
    enum { COUNT_SENT = 200 };
    static uint8_t sealed[COUNT_SENT][128];
    uint8_t packet[40];
    size_t len = 0;
    struct ends e;
    describe(&e, &SUITES[0]);
    e.sa.replay_window = 32;
    open_ends(&e);
    make_packet(packet, sizeof packet, 4);
    for (size_t n = 0; n < COUNT_SENT; n++) {
        assert_int_equal(esp_seal(e.out, (ikev1_bytes){packet, sizeof packet}, sealed[n],
                                  sizeof sealed[n], &len),
                         ESP_OK);
    }
    for (size_t n = 0; n < 100; n += 2) { /* every other one, and each again */
        assert_int_equal(unseal(e.in, sealed[n], len, NULL, NULL), ESP_OK);
        assert_int_equal(unseal(e.in, sealed[n], len, NULL, NULL), ESP_REPLAYED);
    }
    /* the top is number 98 (counted from 0): 67 is the oldest of 32, 66 is one past it */
    assert_int_equal(unseal(e.in, sealed[67], len, NULL, NULL), ESP_OK);
    assert_int_equal(unseal(e.in, sealed[67], len, NULL, NULL), ESP_REPLAYED);
    assert_int_equal(unseal(e.in, sealed[65], len, NULL, NULL), ESP_REPLAYED);
    assert_int_equal(unseal(e.in, sealed[97], len, NULL, NULL), ESP_OK);
    assert_int_equal(unseal(e.in, sealed[COUNT_SENT - 1], len, NULL, NULL), ESP_OK);
    assert_int_equal(unseal(e.in, sealed[98], len, NULL, NULL), ESP_REPLAYED);
    assert_int_equal(unseal(e.in, sealed[COUNT_SENT - 2], len, NULL, NULL), ESP_OK);
    close_ends(&e);
}

/* A forged packet moves no window. */
static void test_esp__forged_high_number__later_packets_still_taken(void **state) {
    (void)state;
    uint8_t packet[40], first[ROOM], second[ROOM];
    struct ends e;
    make_ends(&e, &SUITES[0]);
    make_packet(packet, sizeof packet, 4);
    size_t len = seal(&e, packet, sizeof packet, first);
    seal(&e, packet, sizeof packet, second);
    uint8_t high = second[5];
    second[5] = 0xff;
    assert_int_equal(unseal(e.in, second, len, NULL, NULL), ESP_FORGED);
    second[5] = high;
    assert_int_equal(unseal(e.in, second, len, NULL, NULL), ESP_OK);
    assert_int_equal(unseal(e.in, first, len, NULL, NULL), ESP_OK);
    close_ends(&e);
}

/* RFC 4303 3.3.3: the last number is used, none after it */
static void test_esp__numbers_used_up__nothing_more_is_sent(void **state) {
    (void)state;
    for (int esn = 0; esn < 2; esn++) {
        uint8_t packet[40], sealed[ROOM];
        size_t len = 0;
        struct ends e;
        describe(&e, &SUITES[8]);
        e.sa.esn = esn != 0;
        open_ends(&e);
        make_packet(packet, sizeof packet, 4);
        esp_skip_to(e.out, (esn != 0 ? UINT64_MAX : UINT32_MAX) - 1);
        seal(&e, packet, sizeof packet, sealed);
        for (int n = 0; n < 2; n++) {
            assert_int_equal(
                esp_seal(e.out, (ikev1_bytes){packet, sizeof packet}, sealed, sizeof sealed, &len),
                ESP_EXHAUSTED);
        }
        close_ends(&e);
    }
}

/* RFC 4303 A2.2: the receiver finds the upper half by itself, forwards and back over the edge */
static void test_esp__64_bit_numbers_cross_the_edge__upper_half_is_found(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(SUITES); i++) {
        const struct suite_row *row = &SUITES[i];
        uint8_t packet[40], before[ROOM], late[ROOM], after[ROOM];
        struct ends e;
        describe(&e, row);
        e.sa.esn = true;
        open_ends(&e);
        make_packet(packet, sizeof packet, 4);
        esp_skip_to(e.out, UINT32_MAX - 2);
        size_t len = seal(&e, packet, sizeof packet, before);
        seal(&e, packet, sizeof packet, late);
        seal(&e, packet, sizeof packet, after); /* 2^32: its lower half is 0 */
        ROW_EQUAL(row->name, after[4] | after[5] | after[6] | after[7], 0);
        ROW_EQUAL(row->name, unseal(e.in, before, len, NULL, NULL), ESP_OK);
        ROW_EQUAL(row->name, unseal(e.in, after, len, NULL, NULL), ESP_OK);
        ROW_EQUAL(row->name, unseal(e.in, late, len, NULL, NULL), ESP_OK);
        ROW_EQUAL(row->name, unseal(e.in, late, len, NULL, NULL), ESP_REPLAYED);
        ROW_EQUAL(row->name, unseal(e.in, after, len, NULL, NULL), ESP_REPLAYED);
        close_ends(&e);
    }
}

/* ---- what is inside ---- */

/* An authentic packet with this text, by an HMAC of our own: NULL encryption, SHA1. */
static size_t wrap(const struct ends *e, ikev1_bytes text, uint8_t out[ROOM]) {
    static const uint8_t HEAD[8] = {0x12, 0x34, 0x56, 0x78, 0, 0, 0, 1};
    uint8_t mac[EVP_MAX_MD_SIZE];
    size_t len = sizeof HEAD, mac_len = 0;
    memcpy(out, HEAD, sizeof HEAD);
    memcpy(out + len, text.data, text.len);
    len += text.len;
    assert_non_null(EVP_Q_mac(NULL, "HMAC", NULL, "SHA1", NULL, e->keys[1], 20, out, len, mac,
                              sizeof mac, &mac_len));
    memcpy(out + len, mac, 12);
    return len + 12;
}

static void test_esp__authentic_texts__only_ip_in_tunnel_mode_is_taken(void **state) {
    (void)state;
    static const struct {
        const char *name, *text;
        enum esp_result want;
    } rows[] = {
        {"IPv4", "45*2 00*2 01 02 02 04", ESP_OK},
        {"IPv6", "60 00*5 00 29", ESP_OK},
        {"more padding than needed", "45 00 01 02 03 04 04 04", ESP_OK},
        {"padding of ones", "45*2 00*2 01 01 02 04", ESP_MALFORMED}, /* RFC 4303 2.4 */
        {"padding from 0", "45*2 00*2 00 01 02 04", ESP_MALFORMED},
        {"padding longer than all", "01 02 03 04 05 06 07 04", ESP_MALFORMED},
        {"padding and nothing else", "01 02 03 04 05 06 06 04", ESP_MALFORMED},
        {"IPv6 that says IPv4", "60 00*5 00 04", ESP_MALFORMED},
        {"IPv4 that says IPv6", "45 00*5 00 29", ESP_MALFORMED},
        {"transport mode", "45 00*5 00 01", ESP_MALFORMED},
        {"dummy", "ee*6 00 3b", ESP_DUMMY}, /* RFC 4303 2.6 */
        {"only a trailer", "01 02 02 04", ESP_MALFORMED},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ikev1_bytes text = hex_make(rows[i].text);
        uint8_t packet[ROOM];
        struct ends e;
        make_ends(&e, &SUITES[7]);
        ROW_EQUAL(rows[i].name, unseal(e.in, packet, wrap(&e, text, packet), NULL, NULL),
                  rows[i].want);
        hex_free(text);
        close_ends(&e);
    }
}

static void test_esp__sa_that_is_not_for_it__none_is_made(void **state) {
    (void)state;
    struct ends e;
    for (int which = 0; which < 7; which++) {
        describe(&e, &SUITES[0]);
        switch (which) {
        case 0:
            e.sa.protocol = IKEV1_PROTO_AH;
            break;
        case 1:
            e.sa.mode = IKEV1_ENCAP_TRANSPORT;
            break;
        case 2:
            e.sa.transform = IKEV1_ESP_DES;
            break;
        case 3:
            e.sa.integrity = 0;
            break; /* RFC 4303 1: without it nobody is safe */
        case 4:
            e.sa.integrity = IKEV1_INTEG_AES_XCBC;
            break;
        case 5:
            e.sa.encryption_key.len = 17;
            break;
        default:
            e.sa.integrity_key.len = 16;
            break;
        }
        open_ends(&e);
        assert_null(e.in);
        assert_null(e.out);
    }
    assert_false(esp_alg_known(IKEV1_ESP_AES_GCM_16, IKEV1_INTEG_HMAC_SHA1));
    esp_free(NULL);
}

/* A peer that cuts SHA2-256 to 96 bits, as a draft did, understands only its kind. */
static void test_esp__sha2_256_cut_to_96__other_length_not_understood(void **state) {
    (void)state;
    uint8_t packet[40], sealed[ROOM];
    struct ends e, other;
    make_packet(packet, sizeof packet, 4);
    make_ends(&other, &SUITES[1]);
    describe(&e, &SUITES[1]);
    e.sa.icv_bits = 96;
    open_ends(&e);
    size_t len = seal(&e, packet, sizeof packet, sealed);
    assert_int_equal(len, sizeof packet + 8 + 16 + 8 + 12);
    assert_int_equal(unseal(e.in, sealed, len, NULL, NULL), ESP_OK);
    assert_int_not_equal(unseal(other.in, sealed, len, NULL, NULL), ESP_OK);
    close_ends(&e);
    close_ends(&other);
}

static void test_esp__no_room__nothing_sent(void **state) {
    (void)state;
    uint8_t packet[40], out[sizeof packet + ESP_MAX_GROWTH];
    size_t len = 0;
    struct ends e;
    make_ends(&e, &SUITES[3]);
    make_packet(packet, sizeof packet, 4);
    ikev1_bytes inner = {packet, sizeof packet};
    assert_int_equal(esp_seal(e.out, inner, out, sizeof out - 1, &len), ESP_BROKEN);
    assert_int_equal(esp_seal(e.out, (ikev1_bytes){packet, 0}, out, sizeof out, &len), ESP_BROKEN);
    assert_int_equal(esp_seal(e.out, inner, out, sizeof out, &len), ESP_OK);
    close_ends(&e);
}

/* ---- packets that others have made ---- */

/* RFC 3602 4, cases 5 to 8; they have no ICV, so one is added. */
static void test_esp__packets_of_rfc_3602__their_texts(void **state) {
    (void)state;
    static const struct {
        const char *name, *key, *packet, *text;
    } rows[] = {
        {"case 5", "90d382b4 10eeba7a d938c46c ec1a82bf",
         "00004321 00000001 e96e8c08 ab465763 fd098d45 dd3ff893"
         "f663c25d 325c18c6 a9453e19 4e120849 a4870b66 cc6b9965 330013b4 898dc856"
         "a4699e52 3a55db08 0b59ec3a 8e4b7e52 775b07d1 db34ed9c 538ab50c 551b874a"
         "a269add0 47ad2d59 13ac19b7 cfbad4a6",
         "08000ebd a70a0000 8e9c083d b95b0700 08090a0b 0c0d0e0f 10111213 14151617"
         "18191a1b 1c1d1e1f 20212223 24252627 28292a2b 2c2d2e2f 30313233 34353637"
         "01020304 05060708 090a0b0c 0d0e0e01"},
        {"case 6", "90d382b4 10eeba7a d938c46c ec1a82bf",
         "00004321 00000008 69d08df7 d203329d b093fc49 24e5bd80"
         "f5199588 1ec4e0c4 488987ce 742e8109 689bb379 d2d750c0 d915dca3 46a89f75",
         "0800b5e8 a80a0500 a69c083d 0b660e00 77777777 77777777 77777777 01020201"},
        {"case 7", "01234567 89abcdef 01234567 89abcdef",
         "00008765 00000002 f4e76524 4f6407ad f13dc138 0f673f37"
         "773b5241 a4c44922 5e4f3ce5 ed611b0c 237ca96c f74a9301 3c1b0ea1 a0cf70f8"
         "e4ecaec7 8ac53aad 7a0f022b 859243c6 47752e94 a859352b 8a4d4d2d ecd136e5"
         "c177f132 ad3fbfb2 201ac990 4c74ee0a 109e0ca1 e4dfe9d5 a100b842 f1c22f0d",
         "45000054 09040000 4001f988 c0a87b03 c0a87bc8 08009f76 a90a0100 b49c083d"
         "02a20400 08090a0b 0c0d0e0f 10111213 14151617 18191a1b 1c1d1e1f 20212223"
         "24252627 28292a2b 2c2d2e2f 30313233 34353637 01020304 05060708 090a0a04"},
        {"case 8", "01234567 89abcdef 01234567 89abcdef",
         "00008765 00000005 85d47224 b5f3dd5d 2101d4ea 8dffab22"
         "15b92683 819596a8 047232cc 00f7048f e45318e1 1f8a0f62 ede3c3fc 61203bb5"
         "0f980a08 c9843fd3 a1b06d5c 07ff9639 b7eb7dfb 3512e5de 435e7207 ed971ef3"
         "d2726d9b 5ef6affc 6d17a0de cbb13892",
         "45000044 090c0000 4001f990 c0a87b03 c0a87bc8 0800d63c aa0a0200 c69c083d"
         "a3de0300 ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff"
         "ffffffff 01020304 05060708 090a0a04"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ikev1_bytes key = hex_make(rows[i].key), packet = hex_make(rows[i].packet);
        ikev1_bytes text = hex_make(rows[i].text);
        uint8_t sealed[ROOM], mac[EVP_MAX_MD_SIZE];
        size_t mac_len = 0;
        struct ends e;
        describe(&e, &SUITES[0]);
        e.sa.encryption_key = key;
        e.sa.inbound = true;
        memcpy(sealed, packet.data, packet.len);
        assert_non_null(EVP_Q_mac(NULL, "HMAC", NULL, "SHA1", NULL, e.keys[1], 20, sealed,
                                  packet.len, mac, sizeof mac, &mac_len));
        memcpy(sealed + packet.len, mac, 12);
        struct esp_alg *alg = esp_alg_new(&e.sa);
        ROW_EQUAL(rows[i].name, esp_alg_unseal(alg, sealed, packet.len + 12, 0), true);
        ROW_EQUAL(rows[i].name, packet.len - 24, text.len);
        ROW_EQUAL(rows[i].name, memcmp(sealed + 24, text.data, text.len), 0);
        esp_alg_free(alg);
        hex_free(key);
        hex_free(packet);
        hex_free(text);
    }
}

/* RFC 4106 9 refers to others for vectors; this one is the first of draft-mcgrew-gcm-test, an ESP
 * packet with a 64-bit sequence number. */
static void test_esp__packet_of_the_gcm_draft__its_text(void **state) {
    (void)state;
    ikev1_bytes key = hex_make("4c80cdef bb5d10da 906ac73c 3613a634 2e443b68");
    ikev1_bytes packet =
        hex_make("00004321 00000000 4956ed7e 3b244cfe"
                 "fecf537e 729d5b07 dc30df52 8dd22b76 8d1b9873 6696a6fd 348509fa 13ceac34"
                 "cfa2436f 14a3f3cf 65925bf1 f4a13c5d 15b21e18 84f5ff62 47aeabb7 86b93bce"
                 "61bc17d7 68fd9732 45901814 8f6cbe72 2fd04796 562dfdb4");
    ikev1_bytes text =
        hex_make("45000048 699a0000 80114db7 c0a80102 c0a80101 0a9bf156 38d30100 00010000"
                 "00000000 045f7369 70045f75 64700373 69700963 79626572 63697479 02646b00"
                 "00210001 01020201");
    uint8_t sealed[ROOM];
    struct ends e;
    describe(&e, &SUITES[8]);
    e.sa.encryption_key = key;
    e.sa.inbound = e.sa.esn = true;
    struct esp_alg *alg = esp_alg_new(&e.sa);
    memcpy(sealed, packet.data, packet.len);
    assert_false(esp_alg_unseal(alg, sealed, packet.len, 0));
    memcpy(sealed, packet.data, packet.len);
    assert_true(esp_alg_unseal(alg, sealed, packet.len, 0x8765432100000000));
    assert_memory_equal(sealed + 16, text.data, text.len);
    esp_alg_free(alg);
    hex_free(key);
    hex_free(packet);
    hex_free(text);
}

/* Both directions of an Openswan gateway's tunnel, under the keys of its own Quick Mode. */
static void test_esp__recorded_packets_of_openswan__their_texts(void **state) {
    static const char *const KEYS[] = {"qm_4872aa0f_keymat_spi_r", "qm_4872aa0f_keymat_spi_i"};
    static const char *const PACKETS[] = {"esp1", "esp2"}, *const TEXTS[] = {"esp1_plain",
                                                                             "esp2_plain"};
    (void)state;
    struct vec_file *f = vec_open_or_skip("handshakes/openswan_main_psk_pfs.txt");
    assert_true(vec_next(f));
    for (size_t i = 0; i < 2; i++) {
        ikev1_bytes keymat = vec_hex(f, KEYS[i]), packet = vec_hex(f, PACKETS[i]);
        ikev1_bytes text = vec_hex(f, TEXTS[i]);
        uint8_t got[ROOM];
        size_t got_len = 0;
        struct ends e;
        describe(&e, &SUITES[0]);
        e.sa.encryption_key = (ikev1_bytes){keymat.data, 16};
        e.sa.integrity_key = (ikev1_bytes){keymat.data + 16, 20};
        open_ends(&e);
        assert_int_equal(unseal(e.in, packet.data, packet.len, got, &got_len), ESP_OK);
        assert_int_equal(got_len, text.len - text.data[text.len - 2] - 2);
        assert_memory_equal(got, text.data, got_len);
        close_ends(&e);
    }
    vec_close(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_esp__each_suite__what_is_sealed_is_unsealed),
        cmocka_unit_test(test_esp__each_bit_changed__refused_and_nothing_lost),
        cmocka_unit_test(test_esp__each_length_cut__refused),
        cmocka_unit_test(test_esp__other_key_or_number_size__refused),
        cmocka_unit_test(test_esp__the_same_packet_twice__no_byte_of_the_text_the_same_way),
        cmocka_unit_test(test_esp__replays_and_reordering__each_number_once),
        cmocka_unit_test(test_esp__forged_high_number__later_packets_still_taken),
        cmocka_unit_test(test_esp__numbers_used_up__nothing_more_is_sent),
        cmocka_unit_test(test_esp__64_bit_numbers_cross_the_edge__upper_half_is_found),
        cmocka_unit_test(test_esp__authentic_texts__only_ip_in_tunnel_mode_is_taken),
        cmocka_unit_test(test_esp__sa_that_is_not_for_it__none_is_made),
        cmocka_unit_test(test_esp__sha2_256_cut_to_96__other_length_not_understood),
        cmocka_unit_test(test_esp__no_room__nothing_sent),
        cmocka_unit_test(test_esp__packets_of_rfc_3602__their_texts),
        cmocka_unit_test(test_esp__packet_of_the_gcm_draft__its_text),
        cmocka_unit_test(test_esp__recorded_packets_of_openswan__their_texts),
    };
    return cmocka_run_group_tests_name("esp", tests, NULL, NULL);
}
