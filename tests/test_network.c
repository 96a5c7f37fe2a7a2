/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a host tells of its network, and what an analyser of captures is given: lib/api/network.c,
 * lib/api/analysis.c. Mission S13.
 */
#include <openssl/evp.h>

#include <ikev1/openssl.h>

#include "support/pair.h"
#include "support/street.h"

static const ikev1_address ONE = {4, {192, 0, 2, 1}, 0}, TWO = {4, {192, 0, 2, 2}, 0};
static const ikev1_address NINE = {4, {192, 0, 2, 9}, 0};

/* Two houses that are connected; the second's rule is to come again when it is lost. */
static struct street *connected(struct house **one, struct house **two) {
    struct street *s = street_new();
    ikev1_rule a = street_rule(10, 1, 2), b = street_rule(20, 2, 1);
    *one = street_house(s, "one", 1);
    *two = street_house(s, "two", 2);
    b.phase1.reconnect = true;
    house_load(*one, &a, 1);
    house_load(*two, &b, 1);
    house_connect(*two, 20);
    assert_int_equal(house_count(*one, IKEV1_EVENT_CHILD_UP), 1);
    house_forget(*one);
    house_forget(*two);
    return s;
}

/* ---- our address ---- */

static void test_local_changed__address_gone__its_sas_end_and_come_again(void **state) {
    (void)state;
    struct house *one, *two;
    struct street *s = connected(&one, &two);
    assert_int_equal(ikev1_local_changed(two->ike, s->now, &TWO, &NINE), IKEV1_OK);
    street_run(s);
    assert_true(house_said(two, "!! WAN IP changed to <192.0.2.9>"));
    assert_int_equal(house_event(two, IKEV1_EVENT_CHILD_DOWN, 0)->why.code, IKEV1_E_LOCAL_CHANGED);
    assert_int_equal(house_event(two, IKEV1_EVENT_SA_DOWN, 0)->why.code, IKEV1_E_LOCAL_CHANGED);
    /* Nothing was sent from where nothing can be sent. */
    assert_int_equal(house_count(one, IKEV1_EVENT_SA_DOWN), 0);
    street_wait(s, 10000);
    assert_int_equal(house_count(two, IKEV1_EVENT_CHILD_UP), 1);
    street_free(s);
}

static void test_local_changed__other_address__nothing_ends(void **state) {
    (void)state;
    struct house *one, *two;
    struct street *s = connected(&one, &two);
    static const ikev1_address SIX = {6, {0x20, 1, 0x0d, 0xb8}, 0};
    assert_int_equal(ikev1_local_changed(two->ike, s->now, &ONE, &NINE), IKEV1_OK);
    assert_int_equal(ikev1_local_changed(two->ike, s->now, NULL, &SIX), IKEV1_OK);
    assert_int_equal(ikev1_local_changed(two->ike, s->now, NULL, &TWO), IKEV1_OK);
    street_run(s);
    assert_int_equal(house_count(two, IKEV1_EVENT_SA_DOWN), 0);
    assert_int_equal(ikev1_local_changed(two->ike, s->now, NULL, &NINE), IKEV1_OK);
    street_run(s);
    assert_int_equal(house_count(two, IKEV1_EVENT_SA_DOWN), 1);
    assert_int_equal(ikev1_local_changed(two->ike, s->now, NULL, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_local_changed(two->ike, s->now, &ONE, &ONE), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_local_changed(NULL, s->now, &ONE, NULL), IKEV1_E_ARGUMENT);
    street_free(s);
}

/* In the middle of it, in both roles: who calls is half open. */
static void test_local_changed__while_negotiating__ends(void **state) {
    (void)state;
    struct street *s = street_new();
    struct house *two = street_house(s, "two", 2);
    ikev1_rule b = street_rule(20, 2, 1);
    house_load(two, &b, 1);
    house_connect(two, 20);
    assert_int_equal(ikev1_local_changed(two->ike, s->now, &TWO, NULL), IKEV1_OK);
    street_run(s);
    assert_true(house_said(two, "!! WAN IP changed to <->"));
    assert_int_equal(house_event(two, IKEV1_EVENT_SA_FAILED, 0)->why.code, IKEV1_E_LOCAL_CHANGED);
    street_free(s);
}

/* ---- keys for an analyser ---- */

static size_t unhex(const char *text, uint8_t *out, size_t cap) {
    size_t len = 0;
    for (unsigned byte; len < cap && sscanf(text + 2 * len, "%2x", &byte) == 1; len++)
        out[len] = (uint8_t)byte;
    return len;
}

/* As tshark does, by the line and what was on the wire: the IV of Quick Mode is a hash of phase 1's
 * last block and the message ID (RFC 2409 App. B). */
static void decrypt_quick(const struct pair *p, const uint8_t key[16], uint8_t *plain) {
    const struct datagram *last = link_kept(&p->link, LINK_TO_INITIATOR, 3);
    const struct datagram *quick = link_kept(&p->link, LINK_TO_RESPONDER, 4);
    uint8_t seed[20], iv[EVP_MAX_MD_SIZE];
    int len = 0;
    memcpy(seed, last->data + last->len - 16, 16);
    memcpy(seed + 16, quick->data + 20, 4);
    assert_int_equal(EVP_Digest(seed, sizeof seed, iv, NULL, EVP_sha256(), NULL), 1);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    assert_int_equal(EVP_DecryptInit_ex(ctx, EVP_aes_128_cbc(), NULL, key, iv), 1);
    EVP_CIPHER_CTX_set_padding(ctx, 0);
    assert_int_equal(EVP_DecryptUpdate(ctx, plain, &len, quick->data + 28, (int)quick->len - 28),
                     1);
    EVP_CIPHER_CTX_free(ctx);
}

static void test_decryption_table__allowed__decrypts_what_was_on_the_wire(void **state) {
    (void)state;
    struct pair *p = pair_new(ikev1_openssl());
    uint8_t plain[2000], cookie[16], key[64];
    char line[200], cut[8];
    size_t len;
    p->r.config.analysis = true;
    pair_start(p);
    pair_up(p);
    assert_int_equal(ikev1_decryption_table(p->r.ike, side_sa(&p->r), line, sizeof line, &len),
                     IKEV1_OK);
    assert_int_equal(len, 16 + 1 + 32);
    assert_int_equal(strlen(line), len);
    assert_int_equal(line[16], ',');
    assert_int_equal(unhex(line, cookie, 8), 8);
    assert_memory_equal(cookie, link_kept(&p->link, LINK_TO_RESPONDER, 1)->data, 8);
    assert_int_equal(unhex(line + 17, key, sizeof key), 16);
    decrypt_quick(p, key, plain);
    /* HASH(1), then SA: next payload 1, reserved 0, length 36. */
    static const uint8_t HASH[] = {IKEV1_PAYLOAD_SA, 0, 0, 36};
    assert_memory_equal(plain, HASH, sizeof HASH);
    assert_int_equal(ikev1_decryption_table(p->r.ike, side_sa(&p->r), cut, sizeof cut, &len),
                     IKEV1_OK);
    assert_int_equal(len, 49);
    assert_int_equal(strlen(cut), 7);
    pair_free(p);
}

static void test_decryption_table__not_named__refused(void **state) { /* LOG-01 */
    (void)state;
    struct pair *p = pair_new(NULL);
    char line[200] = "";
    size_t len;
    pair_start(p);
    pair_up(p);
    assert_int_equal(ikev1_decryption_table(p->i.ike, side_sa(&p->i), line, sizeof line, &len),
                     IKEV1_E_REFUSED);
    assert_string_equal(line, "");
    assert_int_equal(len, 0);
    assert_int_equal(ikev1_decryption_table(NULL, 1, line, sizeof line, &len), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_decryption_table(p->i.ike, 1, NULL, 5, &len), IKEV1_E_ARGUMENT);
    pair_free(p);
}

static void test_decryption_table__no_key_yet__state(void **state) {
    (void)state;
    struct pair *p = pair_new(NULL);
    char line[200];
    size_t len;
    ikev1_handle sa;
    p->i.config.analysis = true;
    pair_start(p);
    assert_int_equal(ikev1_connect(p->i.ike, p->now, PAIR_RULE, &sa), IKEV1_OK);
    assert_int_equal(ikev1_decryption_table(p->i.ike, sa, line, sizeof line, &len), IKEV1_E_STATE);
    assert_int_equal(ikev1_decryption_table(p->i.ike, sa + 1, line, sizeof line, &len),
                     IKEV1_E_STALE);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_local_changed__address_gone__its_sas_end_and_come_again),
        cmocka_unit_test(test_local_changed__other_address__nothing_ends),
        cmocka_unit_test(test_local_changed__while_negotiating__ends),
        cmocka_unit_test(test_decryption_table__allowed__decrypts_what_was_on_the_wire),
        cmocka_unit_test(test_decryption_table__not_named__refused),
        cmocka_unit_test(test_decryption_table__no_key_yet__state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
