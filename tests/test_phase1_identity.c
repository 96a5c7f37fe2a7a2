/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who the peer says it is, in every kind of phase 1: family IDN of the attack catalogue, 5 and 7 to
 * 9; what Quick Mode does with identities (IDN-06) is in test_script.c and test_quick.c.
 */
#include "support/attack.h"
#include "support/craft.h"
#include "support/failcrypto.h"

static void run(struct pair *p) {
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
}

/* Whoever checks does not come up; the other end learns it, or gives up. */
static void check_refused(const char *row, struct pair *p, struct side *s, int code) {
    ikev1_stats stats = {.size = sizeof stats};
    pair_wait(p, LONG);
    ROW_EQUAL(row, side_count(s, IKEV1_EVENT_SA_UP), 0);
    ROW_EQUAL(row, side_count(&p->r, IKEV1_EVENT_CHILD_UP), 0);
    ROW_EQUAL(row, side_count(&p->i, IKEV1_EVENT_CHILD_UP), 0);
    if (side_count(s, IKEV1_EVENT_SA_FAILED) != 0)
        ROW_EQUAL(row, side_event(s, IKEV1_EVENT_SA_FAILED, 0)->why.code, code);
    ROW_EQUAL(row, ikev1_engine_stats(s->ike, &stats), IKEV1_OK);
    ROW_EQUAL(row, stats.sas, 0);
}

/* ---- IDN-05: protocol and port ---- */

struct port_row {
    const char *name;
    uint8_t protocol;
    uint16_t port;
    bool good;
};

static void test_identity__protocol_and_port__only_ikes_own(void **state) { /* IDN-05 */
    static const struct port_row ROWS[] = {
        {"0/0", 0, 0, true},        {"17/500", 17, 500, true}, {"17/4500", 17, 4500, true},
        {"17/0", 17, 0, true},      {"6/22", 6, 22, false},    {"0/500", 0, 500, false},
        {"17/501", 17, 501, false}, {"6/500", 6, 500, false},  {"255/65535", 255, 65535, false},
    };
    static const uint8_t address[2][4] = {{192, 0, 2, 1}, {192, 0, 2, 2}};
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(ROWS); i++) {
        const struct port_row *row = &ROWS[i / 2];
        EACH_KIND(kind) {
            struct pair *p = kind_prepared(kind);
            struct side *says = i % 2 ? &p->r : &p->i, *hears = i % 2 ? &p->i : &p->r;
            char name[64];
            snprintf(name, sizeof name, "%s, %s, %s", row->name, kind->name, hears->name);
            says->phase1.local_id = (ikev1_id){.type = IKEV1_ID_IPV4_ADDR,
                                               .protocol = row->protocol,
                                               .port = row->port,
                                               .data = address[i % 2],
                                               .len = 4};
            run(p);
            if (row->good)
                pair_check_up(p, 1);
            else
                check_refused(name, p, hears, IKEV1_E_ID_SYNTAX);
            pair_free(p);
        }
    }
}

/* ---- IDN-07, IDN-08: a credential of one, the name of another ---- */

struct name_row {
    const char *name;
    uint8_t type;
    const char *is, *claims;
    size_t len;
};

static const uint8_t DN_A[] = {0x30, 0x0c, 0x31, 0x0a, 0x30, 0x08, 0x06,
                               0x03, 0x55, 0x04, 0x03, 0x13, 0x01, 'a'};
static const uint8_t DN_B[] = {0x30, 0x0c, 0x31, 0x0a, 0x30, 0x08, 0x06,
                               0x03, 0x55, 0x04, 0x03, 0x13, 0x01, 'b'};

static const struct name_row NAMES[] = {
    {"IPV4", IKEV1_ID_IPV4_ADDR, "\300\0\2\11", "\300\0\2\12", 4},
    {"FQDN", IKEV1_ID_FQDN, "a.example", "b.example", 9},
    {"USER_FQDN", IKEV1_ID_USER_FQDN, "a@example", "b@example", 9},
    {"IPV6", IKEV1_ID_IPV6_ADDR, " \1\r\270\0\0\0\0\0\0\0\0\0\0\0\1",
     " \1\r\270\0\0\0\0\0\0\0\0\0\0\0\2", 16},
    {"DN", IKEV1_ID_DER_ASN1_DN, (const char *)DN_A, (const char *)DN_B, sizeof DN_A},
    {"KEY_ID", IKEV1_ID_KEY_ID, "group one", "group two", 9},
};

static ikev1_id id_of(uint8_t type, const char *text, size_t len) {
    return (ikev1_id){.type = type, .data = (const uint8_t *)text, .len = len};
}

/* The event, where there is one, says both: who was claimed and who was expected. */
static void check_words(const char *row, const struct side *s) {
    if (side_count(s, IKEV1_EVENT_SA_FAILED) == 0)
        return;
    const ikev1_why *why = &side_event(s, IKEV1_EVENT_SA_FAILED, 0)->why;
    ROW_EQUAL(row, why->theirs[0] != '\0', true);
    ROW_EQUAL(row, why->ours[0] != '\0', true);
    ROW_EQUAL(row, strcmp(why->theirs, why->ours) != 0, true);
}

static void test_identity__of_another__refused_and_named(void **state) { /* IDN-07 */
    (void)state;
    for (size_t i = 0; i < 4 * COUNT(NAMES); i++) {
        const struct name_row *row = &NAMES[i / 4];
        bool lies = i / 2 % 2 != 0;
        EACH_KIND(kind) {
            struct pair *p = kind_prepared(kind);
            struct side *says = i % 2 ? &p->r : &p->i, *hears = i % 2 ? &p->i : &p->r;
            char name[64];
            snprintf(name, sizeof name, "%s, %s, %s", row->name, kind->name, hears->name);
            says->phase1.local_id = id_of(row->type, lies ? row->claims : row->is, row->len);
            hears->phase1.remote_id = id_of(row->type, row->is, row->len);
            run(p);
            if (!lies) {
                pair_check_up(p, 1);
            } else {
                check_refused(name, p, hears, IKEV1_E_PEER_ID);
                check_words(name, hears);
                ROW_EQUAL(name, side_count(hears, IKEV1_EVENT_SA_FAILED), side_attempts(hears));
            }
            pair_free(p);
        }
    }
}

/* The key was found by the address, so that it is the address's: no other name goes with it. */
static void test_identity__key_by_address__other_name_refused(void **state) { /* IDN-08 */
    (void)state;
    for (size_t i = 0; i < COUNT(NAMES); i++) {
        EACH_KIND(kind) {
            struct pair *p = kind_prepared(kind);
            p->i.phase1.local_id = id_of(NAMES[i].type, NAMES[i].claims, NAMES[i].len);
            run(p);
            check_refused(NAMES[i].name, p, &p->r, IKEV1_E_PEER_ID);
            pair_free(p);
        }
    }
}

/* The same bytes under another type are another identity. */
static void test_identity__other_type__refused(void **state) { /* IDN-02, IDN-07 */
    (void)state;
    EACH_KIND(kind) {
        struct pair *p = kind_prepared(kind);
        p->i.phase1.local_id = id_of(IKEV1_ID_KEY_ID, "a.example", 9);
        p->r.phase1.remote_id = id_of(IKEV1_ID_FQDN, "a.example", 9);
        run(p);
        check_refused(kind->name, p, &p->r, IKEV1_E_PEER_ID);
        pair_free(p);
    }
}

/* In Aggressive Mode the identity that is proven is the one that came first. */
static void test_identity__another_one_with_the_proof__refused(void **state) { /* IDN-07 */
    static struct craft c;
    static uint8_t out[CRAFT_MESSAGE];
    static const uint8_t other[] = {IKEV1_ID_IPV4_ADDR, 0, 0, 0, 192, 0, 2, 9};
    (void)state;
    EACH_KIND(kind) {
        struct pair *p = kind_started(kind);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        /* Up to where the initiator's proof is on its way. */
        for (size_t n = 0; kind->mode != IKEV1_MODE_MAIN && n < 2; n++)
            assert_true(pair_step(p));
        if (kind->mode != IKEV1_MODE_MAIN) {
            const struct datagram *d = &p->link.flights[0];
            craft_open(&c, p->r.ike, d->data, d->len);
            craft_append(&c, IKEV1_PAYLOAD_ID, other, sizeof other);
            size_t len = craft_close(&c, out, sizeof out);
            /* encrypted under a pre-shared key, what is odd is taken for unreadable */
            bool sealed = kind->mode == IKEV1_MODE_AGGRESSIVE && !kind_signs(kind);
            attack_no_effect(kind->name, &p->r, d, out, len,
                             sealed ? IKEV1_E_PSK : IKEV1_E_UNEXPECTED_PAYLOAD);
        }
        pair_run(p);
        pair_check_up(p, 1);
        pair_free(p);
    }
}

/* ---- IDN-09: who is known and who is not looks the same ---- */

static int answer_known_or_random(void *user, const ikev1_question *q, ikev1_bytes *answer) {
    static const uint8_t per_boot[] = "32 bytes that nobody else knows.";
    struct side *s = user;
    bool known =
        q->peer_id != NULL && q->peer_id->len == 9 && memcmp(q->peer_id->data, "a.example", 9) == 0;
    *answer = known ? (ikev1_bytes){(const uint8_t *)s->psk, strlen(s->psk)}
                    : (ikev1_bytes){per_boot, sizeof per_boot - 1};
    return IKEV1_OK;
}

/* What a responder sends to somebody who says `who` and has no key: lengths and types; and what it
 * computes for him, which is what takes time. */
static size_t shape_of(const char *who, uint8_t *shape, uint64_t *computed) {
    static struct fail_crypto counting;
    struct pair *p = pair_new(NULL);
    fail_crypto_init(&counting, &p->r.null.provider);
    p->r.config.crypto = &counting.provider;
    size_t n = 0;
    pair_by(p, IKEV1_AUTH_PSK, true);
    p->i.phase1.local_id = id_of(IKEV1_ID_FQDN, who, 9);
    p->i.psk = "only a guess";
    p->r.phase1.remote_match = IKEV1_MATCH_ANY;
    p->r.policy.psk = answer_known_or_random;
    run(p);
    pair_wait(p, LONG);
    for (size_t k = 0; k < p->link.kept_count; k++) {
        const struct datagram *d = &p->link.kept[k];
        if (d->way != LINK_TO_INITIATOR)
            continue;
        shape[n++] = d->data[16];
        for (size_t at = 28; at + 4 <= d->len && d->data[at + 3] != 0; at += d->data[at + 3]) {
            shape[n++] = d->data[at];
            shape[n++] = d->data[at + 3];
        }
        assert_true(n < 1000);
    }
    ROW_EQUAL(who, side_count(&p->r, IKEV1_EVENT_SA_UP), 0);
    ROW_EQUAL(who, side_count(&p->i, IKEV1_EVENT_SA_UP), 0);
    *computed = counting.calls;
    pair_free(p);
    return n;
}

/* A host that gives a random key for names it does not know shows nobody which ones it knows. */
static void test_identity__unknown_with_random_key__looks_like_known(void **state) { /* IDN-09 */
    static uint8_t known[2048], unknown[2048];
    (void)state;
    uint64_t for_known, for_unknown;
    size_t a = shape_of("a.example", known, &for_known);
    size_t b = shape_of("z.example", unknown, &for_unknown);
    assert_in_range(a, 6, 1000);
    assert_int_equal(for_known, for_unknown);
    assert_int_equal(a, b);
    assert_memory_equal(known, unknown, a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity__protocol_and_port__only_ikes_own),
        cmocka_unit_test(test_identity__of_another__refused_and_named),
        cmocka_unit_test(test_identity__key_by_address__other_name_refused),
        cmocka_unit_test(test_identity__other_type__refused),
        cmocka_unit_test(test_identity__another_one_with_the_proof__refused),
        cmocka_unit_test(test_identity__unknown_with_random_key__looks_like_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
