/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every formula of phase 1 and 2 against exchanges that other stacks recorded, secrets and all:
 * public values, SKEYID and its family, IVs, HASH_I, HASH_R, each message decrypted and encrypted
 * again along our own IV chain, HASH(1) to HASH(3), KEYMAT of both directions. CRY-01, CRY-06.
 */
#include "support/algs.h"

#include <ikev1/openssl.h>

#include "provider/instance.h"

enum { MAX_EXCHANGES = 8, MAX_BODY = 2048, HEADER = IKEV1_HEADER_SIZE };

/* What one case of a file has shown so far. */
struct replay {
    struct ike_crypto c;
    struct vec_file *f;
    const char *name;
    struct ike_algs a;
    struct ike_keys keys;
    struct ike_exchanged x;
    uint8_t phase1_iv[IKEV1_MAX_BLOCK]; /* where the phase 1 chain stands */
    struct {
        uint32_t id;
        uint8_t iv[IKEV1_MAX_BLOCK];
    } exchanges[MAX_EXCHANGES];
    size_t exchange_count;
};

/* How many of each comparison were made, over all files: so that none is left out unseen. */
struct tally {
    size_t cases, publics, skeyids, families, ivs, hashes, messages, envelopes, keymats;
};

static ikev1_bytes hex_of(struct replay *r, size_t message, const char *what) {
    char key[64];

    snprintf(key, sizeof key, what[0] == '\0' ? "msg%zu" : "msg%zu_%s", message, what);
    return vec_hex(r->f, key);
}

static const char *text_of(struct replay *r, size_t message, const char *what) {
    char key[64];

    snprintf(key, sizeof key, "msg%zu_%s", message, what);
    return vec_text(r->f, key);
}

static ikev1_bytes quick_hex(struct replay *r, uint32_t id, const char *what) {
    char key[64];

    snprintf(key, sizeof key, "qm_%08x_%s", (unsigned)id, what);
    return vec_hex(r->f, key);
}

static uint32_t number_of(ikev1_bytes four) {
    struct ike_reader reader = ike_reader(four);

    return ike_read_u32(&reader);
}

/* g^x_i and g^xy of a known private exponent, of whatever length the other stack chose. */
static void check_publics(struct replay *r, struct tally *t) {
    const ikev1_bytes exponent = vec_hex(r->f, "x_i");
    const size_t group = ike_openssl_modp_index((uint16_t)vec_number(r->f, "group", 0));
    uint8_t got[IKEV1_MAX_PUBLIC];

    if (exponent.data == NULL)
        return;
    ROW_EQUAL(r->name, group < IKE_MODP_GROUPS, true);
    ROW_EQUAL(r->name,
              ike_openssl_modp_power(r->c.instance, group, NULL, exponent.data, exponent.len, got),
              IKEV1_OK);
    row_bytes(r->name, "g^xi", got, r->x.gxi);
    ROW_EQUAL(r->name,
              ike_openssl_modp_power(r->c.instance, group, r->x.gxr.data, exponent.data,
                                     exponent.len, got),
              IKEV1_OK);
    row_bytes(r->name, "g^xy", got, r->x.gxy);
    t->publics++;
}

static void check_keys(struct replay *r, struct tally *t) {
    const ikev1_bytes psk = vec_hex(r->f, "psk"), skeyid = vec_hex(r->f, "skeyid");
    uint8_t got[IKEV1_MAX_HASH];

    if (psk.data != NULL) {
        ROW_EQUAL(r->name, ike_skeyid(&r->c, &r->a, IKEV1_AUTH_PSK, psk, &r->x, got), IKEV1_OK);
        row_bytes(r->name, "SKEYID", got, skeyid);
        t->skeyids++;
    }
    if (r->x.gxy.data != NULL) {
        ROW_EQUAL(r->name, ike_skeyid_keys(&r->c, &r->a, skeyid.data, &r->x, &r->keys), IKEV1_OK);
        row_bytes(r->name, "SKEYID_d", r->keys.skeyid_d, vec_hex(r->f, "skeyid_d"));
        row_bytes(r->name, "SKEYID_a", r->keys.skeyid_a, vec_hex(r->f, "skeyid_a"));
        row_bytes(r->name, "key", r->keys.key, vec_hex(r->f, "enc_key"));
        t->families++;
    } else if (r->a.cipher != NULL) { /* only the cipher key is known */
        memcpy(r->keys.key, vec_hex(r->f, "enc_key").data, r->a.key_size);
    }
    if (r->a.cipher != NULL) {
        ROW_EQUAL(r->name, ike_iv_phase1(&r->c, &r->a, r->x.gxi, r->x.gxr, r->phase1_iv), IKEV1_OK);
        row_bytes(r->name, "phase 1 IV", r->phase1_iv, vec_hex(r->f, "iv_phase1"));
        t->ivs++;
    }
}

static void check_hashes(struct replay *r, struct tally *t) {
    const ikev1_bytes skeyid = vec_hex(r->f, "skeyid"), sai_b = vec_hex(r->f, "sai_b");
    uint8_t got[IKEV1_MAX_HASH];

    for (int initiator = 0; skeyid.data != NULL && initiator <= 1; initiator++) {
        const char *what = initiator ? "hash_i" : "hash_r";

        if (vec_hex(r->f, what).data == NULL)
            continue;
        ROW_EQUAL(r->name,
                  ike_hash_ir(&r->c, &r->a, skeyid.data, initiator, &r->x, sai_b,
                              vec_hex(r->f, initiator ? "idii_b" : "idir_b"), got),
                  IKEV1_OK);
        row_bytes(r->name, what, got, vec_hex(r->f, what));
        t->hashes++;
    }
}

/* Where the chain of this message stands: phase 1's, or that of its message ID. */
static uint8_t *chain_of(struct replay *r, uint32_t id) {
    size_t i = 0;

    if (id == 0)
        return r->phase1_iv;
    while (i < r->exchange_count && r->exchanges[i].id != id)
        i++;
    if (i == r->exchange_count) {
        ROW_EQUAL(r->name, i < MAX_EXCHANGES, true);
        r->exchanges[i].id = id;
        ROW_EQUAL(r->name, ike_iv_exchange(&r->c, &r->a, r->phase1_iv, id, r->exchanges[i].iv),
                  IKEV1_OK);
        r->exchange_count++;
    }
    return r->exchanges[i].iv;
}

static void check_envelope(struct replay *r, size_t message, uint32_t id, struct tally *t) {
    const ikev1_bytes plain = hex_of(r, message, "plain");
    const ikev1_bytes ni = quick_hex(r, id, "ni_b"), nr = quick_hex(r, id, "nr_b");
    const long chain_len = atol(text_of(r, message, "payloads_len"));

    for (int number = 1; number <= 3; number++) {
        const char *const names[] = {"hash1", "hash2", "hash3"};
        const ikev1_bytes want = hex_of(r, message, names[number - 1]);
        const size_t head = 4 + want.len;
        uint8_t got[IKEV1_MAX_HASH];
        int status;

        if (want.data == NULL)
            continue;
        const ikev1_bytes rest = {plain.data + head, (size_t)chain_len - head};
        status = number == 1   ? ike_hash_1(&r->c, &r->a, r->keys.skeyid_a, id, rest, got)
                 : number == 2 ? ike_hash_2(&r->c, &r->a, r->keys.skeyid_a, id, ni, rest, got)
                               : ike_hash_3(&r->c, &r->a, r->keys.skeyid_a, id, ni, nr, got);
        ROW_EQUAL(r->name, status, IKEV1_OK);
        row_bytes(r->name, names[number - 1], got, want);
        row_bytes(r->name, "HASH payload", got, ike_bytes(plain.data + 4, want.len));
        t->envelopes++;
    }
}

static void check_message(struct replay *r, size_t message, struct tally *t) {
    const ikev1_bytes whole = hex_of(r, message, ""), plain = hex_of(r, message, "plain");
    const ikev1_bytes body = {whole.data + HEADER, whole.len - HEADER};
    uint8_t got[MAX_BODY], next[IKEV1_MAX_BLOCK], again[IKEV1_MAX_BLOCK];
    uint8_t aside[IKEV1_MAX_BLOCK];
    uint32_t id = number_of(ike_bytes(whole.data + 20, 4));
    uint8_t *iv = chain_of(r, id);
    char name[96];

    snprintf(name, sizeof name, "%s, message %zu", r->name, message);
    if (text_of(r, message, "note") == NULL)
        row_bytes(name, "IV", iv, hex_of(r, message, "iv"));
    else /* unreadable, or seen before: decrypted where it stands, but it moves no chain */
        iv = memcpy(aside, hex_of(r, message, "iv").data, r->a.cipher->block);
    ROW_EQUAL(name, body.len <= sizeof got && body.len == plain.len, true);
    ROW_EQUAL(name, ike_body_decrypt(&r->c, &r->a, r->keys.key, iv, body, got, next), IKEV1_OK);
    row_bytes(name, "plaintext", got, plain);
    ROW_EQUAL(name, ike_body_encrypt(&r->c, &r->a, r->keys.key, iv, got, body.len, again),
              IKEV1_OK);
    row_bytes(name, "ciphertext", got, body);
    row_bytes(name, "next IV", again, ike_bytes(next, r->a.cipher->block));
    memcpy(iv, next, r->a.cipher->block);
    t->messages++;
    if (text_of(r, message, "payloads_len") != NULL && r->x.gxy.data != NULL)
        check_envelope(r, message, id, t);
}

/* "protocol 3 transform id 12 attributes 3:2 4:1 ..." */
static struct ike_suite suite_of(const char *text) {
    struct ike_suite s = {0};
    unsigned protocol = 0, id = 0, type, value;
    int used = 0;

    if (sscanf(text, "protocol %u transform id %u attributes%n", &protocol, &id, &used) != 2)
        fail_msg("not a transform: %s", text);
    s.protocol = (uint8_t)protocol;
    s.id = (uint8_t)id;
    for (const char *p = text + used; sscanf(p, " %u:%u%n", &type, &value, &used) == 2; p += used) {
        s.integrity = type == IKEV1_ATTR2_INTEGRITY ? (uint16_t)value : s.integrity;
        s.key_bits = type == IKEV1_ATTR2_KEY_BITS ? (uint16_t)value : s.key_bits;
    }
    return s;
}

static void check_keymat(struct replay *r, uint32_t id, struct tally *t) {
    static const char *const ends[][2] = {{"spi_i", "keymat_spi_i"}, {"spi_r", "keymat_spi_r"}};
    struct ike_key_layout layout;
    char key[64];

    snprintf(key, sizeof key, "qm_%08x_transform", (unsigned)id);
    const struct ike_suite suite = suite_of(vec_text(r->f, key));
    ROW_EQUAL(r->name, ike_key_layout(&layout, &suite), IKEV1_OK);
    for (size_t i = 0; i < COUNT(ends); i++) {
        const ikev1_bytes want = quick_hex(r, id, ends[i][1]);
        uint8_t got[128];

        ROW_EQUAL(r->name, layout.encryption + layout.integrity, want.len);
        ROW_EQUAL(r->name,
                  ike_keymat(&r->c, &r->a, r->keys.skeyid_d, quick_hex(r, id, "gxy"),
                             suite.protocol, number_of(quick_hex(r, id, ends[i][0])),
                             quick_hex(r, id, "ni_b"), quick_hex(r, id, "nr_b"), got, want.len),
                  IKEV1_OK);
        row_bytes(r->name, ends[i][1], got, want);
        t->keymats++;
    }
}

static void check_case(struct replay *r, struct tally *t) {
    unsigned id;
    int used;

    r->name = vec_text(r->f, "case");
    r->x = exchanged_of_case(r->f);
    if (!algs_of_case(&r->a, &r->c, r->f))
        return; /* a capture whose secrets nobody knows */
    t->cases++;
    check_publics(r, t);
    check_keys(r, t);
    check_hashes(r, t);
    for (size_t i = 1; hex_of(r, i, "").data != NULL; i++)
        if (hex_of(r, i, "plain").data != NULL)
            check_message(r, i, t);
    if (r->a.cipher != NULL && vec_hex(r->f, "last_phase1_block").data != NULL)
        row_bytes(r->name, "last phase 1 block", r->phase1_iv, vec_hex(r->f, "last_phase1_block"));
    for (size_t i = 0; vec_key(r->f, i) != NULL; i++) {
        used = 0;
        if (sscanf(vec_key(r->f, i), "qm_%8x_keymat_len%n", &id, &used) == 1 && used != 0)
            check_keymat(r, id, t);
    }
}

static void test_handshakes__recorded_exchanges__every_value_equal(void **state) {
    static const char *const files[] = {"openswan_main_psk_pfs",
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
    struct tally t = {0};
    (void)state;

    for (size_t i = 0; i < COUNT(files); i++) {
        char path[80];

        snprintf(path, sizeof path, "handshakes/%s.txt", files[i]);
        struct vec_file *f = vec_open_or_skip(path);
        while (vec_next(f)) {
            struct replay r = {.f = f, .c = crypto_open(ikev1_openssl())};
            check_case(&r, &t);
            crypto_close(&r.c);
        }
        vec_close(f);
    }
    assert_int_equal(t.cases, 12);
    assert_int_equal(t.publics, 5);
    assert_int_equal(t.skeyids, 8);
    assert_int_equal(t.families, 9);
    assert_int_equal(t.ivs, 10);
    assert_int_equal(t.hashes, 19);
    assert_int_equal(t.messages, 49);
    assert_int_equal(t.envelopes, 21);
    assert_int_equal(t.keymats, 12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshakes__recorded_exchanges__every_value_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
