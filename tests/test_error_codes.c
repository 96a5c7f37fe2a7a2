/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every error code there is, produced: by a message of a real negotiation, with the payload and the
 * section it names; by what two configurations come to, with both values; by a scene of its own.
 * And the hint that goes with it (mission B3, S6; RFC 2408 5). A code that nothing here produces
 * fails the last test.
 */
#include "support/maker.h"
#include "support/scene.h"

static struct craft c; /* large */
static uint8_t out[CRAFT_MESSAGE];
static size_t len;

static bool made[IKEV1_ERRORS_MOST], both[IKEV1_ERRORS_MOST]; /* its two values named */

/* The codes that have no two values, and why. */
static const struct {
    int code;
    const char *why;
} ALONE[] = {
    {IKEV1_E_COOKIE, "ours are not there; theirs are the log event's"},
    {IKEV1_E_UNPROTECTED, "a flag"},
    {IKEV1_E_NO_KEY, "a flag"},
    {IKEV1_E_PAYLOAD_TYPE, "theirs is the cause's payload"},
    {IKEV1_E_MISSING_PAYLOAD, "it is the cause's payload"},
    {IKEV1_E_UNEXPECTED_PAYLOAD, "it is the cause's payload"},
    {IKEV1_E_PAYLOAD_ORDER, "it is the cause's payload; where it must stand, the section says"},
    {IKEV1_E_ID_SYNTAX, "a form, which the section gives"},
    {IKEV1_E_NOTIFY_SYNTAX, "a form, which the section gives"},
    {IKEV1_E_DELETE_SYNTAX, "a form, which the section gives"},
    {IKEV1_E_CONFIG_SYNTAX, "a form, which the section gives"},
    {IKEV1_E_FRAGMENT, "a form; past limits.fragments both: test_pieces.c"},
    {IKEV1_E_SPI, "a form, which the section gives"},
    {IKEV1_E_AUTH, "secrets"},
    {IKEV1_E_PSK, "secrets"},
    {IKEV1_E_KE_REFLECTED, "one value"},
    {IKEV1_E_UNEXPECTED_MESSAGE, "ours is none; theirs are the cause's exchange and message"},
    {IKEV1_E_REPLAYED, "one value, the log event's message ID"},
    {IKEV1_E_REFLECTED, "one value"},
    {IKEV1_E_NOTIFIED, "the peer's word: the cause's notify"},
    {IKEV1_E_SILENT, "nothing came"},
    {IKEV1_E_UNREAD, "nothing came"},
    {IKEV1_E_DELETED, "no refusal"},
    {IKEV1_E_EXPIRED, "no refusal"},
    {IKEV1_E_CLOSED, "no refusal"},
    {IKEV1_E_REPLACED, "no refusal"},
    {IKEV1_E_IDLE, "no refusal"},
    {IKEV1_E_LOCAL_CHANGED, "no refusal"},
    {IKEV1_E_XAUTH, "theirs is the user's name; passwords are secrets"},
    {IKEV1_E_NO_LEASE, "nothing came"},
    {IKEV1_E_NO_RULE, "ours is not there; theirs is the log event's address"},
    {IKEV1_E_NO_CREDENTIAL, "ours is not there"},
    {IKEV1_E_WEAK, "both in one: ours"},
    {IKEV1_E_REFUSED, "the host's word, and its values if it has any"},
    {IKEV1_E_HABIT, "theirs; ours is the rule's number"},
    {IKEV1_E_CERT, "who has verified it names both: test_openssl_chain.c"},
    {IKEV1_E_UNANSWERED, "nothing came"},
    {IKEV1_E_UNRESOLVED, "nothing came"},
    {IKEV1_E_XAUTH_FIRST, "an order"},
    {IKEV1_E_RANDOM, "nothing of the peer's"},
    {IKEV1_E_PROVIDER, "nothing of the peer's"},
    {IKEV1_E_SELFTEST, "nothing of the peer's"},
    {IKEV1_E_MEMORY, "nothing of the peer's; the limit, if there is one"},
    {IKEV1_E_SAS, "at a call of ours; of a peer's first message both"},
    {IKEV1_E_MESSAGE_IDS, "nothing of the peer's; the limit"},
    {IKEV1_E_OUTPUT, "nothing of the peer's; the limit"},
    {IKEV1_E_CONFIG, "the host's mistake"},
    {IKEV1_E_REENTRY, "the host's mistake"},
    {IKEV1_E_STALE, "the host's mistake"},
    {IKEV1_E_ARGUMENT, "the host's mistake"},
    {IKEV1_E_BUSY, "the host's mistake"},
    {IKEV1_E_STATE, "the host's mistake"},
    {IKEV1_E_BLOB, "the host's mistake"},
    {IKEV1_E_BUG, "our mistake: the cause's payload and offset"},
};

static bool is_alone(int code) {
    size_t i = 0;
    while (i < COUNT(ALONE) && ALONE[i].code != code)
        i++;
    return i < COUNT(ALONE);
}

/* It came, with these values, NULL = none; and its line begins with its text, names the values, and
 * ends with what to do. */
static void check_code(const char *row, const ikev1_why *why, int code, const char *theirs,
                       const char *ours, const char *hint) {
    char line[512], values[256] = "";
    ROW_TEXT(row, ikev1_error_name(why->code), ikev1_error_name(code));
    ROW_EQUAL(row, strstr(ikev1_error_hint(code), hint) != NULL, true);
    ikev1_why_format(why, line, sizeof line);
    ROW_EQUAL(row, strstr(line, ikev1_strerror(code)) == line, true);
    ROW_EQUAL(row, strstr(line, hint) != NULL, true);
    ROW_TEXT(row, why->theirs, theirs != NULL ? theirs : "");
    ROW_TEXT(row, why->ours, ours != NULL ? ours : "");
    if (theirs != NULL && ours != NULL)
        snprintf(values, sizeof values, ": theirs: %s, ours: %s", theirs, ours);
    else if (theirs != NULL || ours != NULL)
        snprintf(values, sizeof values, ": %s: %s", theirs != NULL ? "theirs" : "ours",
                 theirs != NULL ? theirs : ours);
    ROW_EQUAL(row, strstr(line, values) != NULL, true);
    ROW_TEXT(row, line + strlen(line) - strlen(ikev1_error_hint(code)), ikev1_error_hint(code));
    made[ikev1_error_index(code)] = true;
    both[ikev1_error_index(code)] |= (theirs != NULL && ours != NULL) || why->diff_count != 0;
}

/* ---- what is done to a message ---- */

static void cut_header(struct scene *s) {
    (void)s;
    len = IKEV1_HEADER_SIZE - 1;
}
static void lie_about_length(struct scene *s) {
    (void)s;
    out[27]++;
}
static void version_2(struct scene *s) {
    (void)s;
    out[17] = 0x20;
}
static void exchange_33(struct scene *s) {
    (void)s;
    out[18] = IKEV1_EXCHANGE_NEW_GROUP;
}
static void other_cookie(struct scene *s) {
    (void)s;
    out[15] ^= 1;
}
static void message_id(struct scene *s) {
    (void)s;
    out[23] = 7;
}
static void clear_flag(struct scene *s) {
    (void)s;
    out[19] &= (uint8_t)~IKEV1_FLAG_ENCRYPTION;
}
static void set_flag(struct scene *s) {
    (void)s;
    out[19] |= IKEV1_FLAG_ENCRYPTION;
}
static void half_block(struct scene *s) {
    (void)s;
    len -= 8;
    out[26] = (uint8_t)(len >> 8);
    out[27] = (uint8_t)len;
}
static void garble(struct scene *s) {
    (void)s;
    for (size_t i = IKEV1_HEADER_SIZE; i < len; i++)
        out[i] = (uint8_t)(i * 37 + 11);
}

static void close_again(void) {
    len = craft_close(&c, out, sizeof out);
}
static void unknown_type(struct scene *s) {
    (void)s;
    craft_append(&c, 99, "what", 4);
    close_again();
}
static void too_long(struct scene *s) {
    (void)s;
    c.at[c.count - 1].longer = 40;
    close_again();
}
static void too_short(struct scene *s) {
    (void)s;
    craft_append(&c, IKEV1_PAYLOAD_NOTIFY, "\0\0", 2);
    close_again();
}
static void reserved(struct scene *s) {
    (void)s;
    c.at[0].reserved = 5;
    close_again();
}
static void trailing(struct scene *s) {
    (void)s;
    c.trailing = 9;
    close_again();
}
static void twice(struct scene *s) {
    (void)s;
    struct craft_payload *p = &c.at[0];
    craft_append(&c, p->type, p->body, p->len);
    close_again();
}
static void without(struct scene *s) {
    (void)s;
    craft_remove(&c, 0);
    close_again();
}
static void with_hash(struct scene *s) {
    (void)s;
    craft_append(&c, IKEV1_PAYLOAD_HASH, "0123456789abcdef0123456789abcdef", 32);
    close_again();
}
static void order(struct scene *s) {
    (void)s;
    craft_append(&c, IKEV1_PAYLOAD_VENDOR, "some vendor", 11);
    craft_swap(&c, 0, c.count - 1);
    close_again();
}
static void no_transform(struct scene *s) {
    (void)s;
    c.at[0].body[15] = 9; /* transforms that it claims to have */
    close_again();
}
static void doi_3(struct scene *s) {
    (void)s;
    c.at[0].body[3] = 3;
    close_again();
}
static void address_of_3(struct scene *s) {
    int at = craft_find(&c, IKEV1_PAYLOAD_ID, 0);
    (void)s;
    c.at[at].len = 4 + 3;
    close_again();
}
static void nonce_of_7(struct scene *s) {
    int at = craft_find(&c, IKEV1_PAYLOAD_NONCE, 0);
    (void)s;
    c.at[at].len = 7;
    close_again();
}
static void public_of_31(struct scene *s) {
    int at = craft_find(&c, IKEV1_PAYLOAD_KE, 0);
    (void)s;
    c.at[at].len = 31;
    close_again();
}
static void public_of_ours(struct scene *s) {
    int at = craft_find(&c, IKEV1_PAYLOAD_KE, 0);
    const struct ike_sa *sa = ike_handle_at(&s->to->ike->s.handles, IKE_KIND_SA, 1);
    memcpy(c.at[at].body, sa->phase1->mat->ke_i.data, sa->phase1->mat->ke_i.len);
    close_again();
}
static void other_key_length(struct scene *s) {
    (void)s;
    for (size_t at = 0; at + 4 <= c.at[0].len; at++) {
        static const uint8_t bits[] = {0x80, 0x0e, 0, 128};
        if (memcmp(c.at[0].body + at, bits, sizeof bits) == 0)
            c.at[0].body[at + 2] = 1;
    }
    close_again();
}
static void wrong_hash(struct scene *s) {
    int at = craft_find(&c, IKEV1_PAYLOAD_HASH, 0);
    (void)s;
    c.at[at].body[3] ^= 1;
    close_again();
}
static void forty_payloads(struct scene *s) {
    (void)s;
    while (c.count < CRAFT_PAYLOADS)
        craft_append(&c, IKEV1_PAYLOAD_VENDOR, "v", 1);
    close_again();
}

enum { SA = IKEV1_PAYLOAD_SA, KE = IKEV1_PAYLOAD_KE, NONE = 0 };

static const struct row {
    const char *name;
    int point; /* of scene_points: main 1 is 0 */
    void (*spoil)(struct scene *s);
    bool raw; /* else taken apart before */
    int code;
    uint8_t payload;
    const char *cite, *hint;
    const char *theirs, *ours; /* NULL: none */
} ROWS[] = {
    {"short", 0, cut_header, true, IKEV1_E_SHORT, NONE, "RFC 2408 3.1", "not IKE", "27 bytes",
     "28 bytes"},
    {"length", 0, lie_about_length, true, IKEV1_E_LENGTH, NONE, "RFC 2408 3.1", "middlebox",
     "105 bytes", "104 bytes"},
    {"version", 0, version_2, true, IKEV1_E_VERSION, NONE, "RFC 2408 3.1", "choose IKEv1", "2.0",
     "1.0"},
    {"exchange", 0, exchange_33, true, IKEV1_E_EXCHANGE, NONE, "RFC 2408 3.1", "choose Main Mode",
     "New Group Mode", NULL},
    {"cookie", 2, other_cookie, true, IKEV1_E_COOKIE, NONE, "RFC 2408 5.2", "may hold an SA", NULL,
     NULL},
    {"message ID", 0, message_id, true, IKEV1_E_MESSAGE_ID, NONE, "RFC 2408 3.1", "broken peer",
     "7", "0"},
    {"in the clear", 4, clear_flag, true, IKEV1_E_UNPROTECTED, NONE, "RFC 2409 5.4", "forgery",
     NULL, NULL},
    {"no key", 0, set_flag, true, IKEV1_E_NO_KEY, NONE, "RFC 2409 5", "forgery", NULL, NULL},
    {"half a block", 4, half_block, true, IKEV1_E_CIPHERTEXT, NONE, "RFC 2409 App. B",
     "broken peer", "40 bytes", "16 bytes"},
    {"unreadable", 4, garble, true, IKEV1_E_PSK, 0xff, NULL, "compare the pre-shared keys", NULL,
     NULL},
    {"payload type", 0, unknown_type, false, IKEV1_E_PAYLOAD_TYPE, 99, "RFC 2408 3.1",
     "wrong pre-shared key", NULL, NULL},
    {"payload length", 0, too_long, false, IKEV1_E_PAYLOAD_LENGTH, 0xff, NULL,
     "wrong pre-shared key", "60 bytes", "20 bytes"},
    {"payload short", 0, too_short, false, IKEV1_E_PAYLOAD_SHORT, IKEV1_PAYLOAD_NOTIFY,
     "RFC 2408 3.14", "broken peer", "6 bytes", "12 bytes"},
    {"reserved", 0, reserved, false, IKEV1_E_RESERVED, SA, NULL, "wrong pre-shared key", "5", "0"},
    {"trailing", 0, trailing, false, IKEV1_E_TRAILING, 0xff, NULL, "broken peer", "9 bytes",
     "0 bytes"},
    {"twice", 0, twice, false, IKEV1_E_DUPLICATE_PAYLOAD, SA, "RFC 2409 5", "broken peer", "2",
     "1"},
    {"missing", 0, without, false, IKEV1_E_MISSING_PAYLOAD, SA, "RFC 2409 5",
     "compare the authentication method", NULL, NULL},
    {"foreign", 0, with_hash, false, IKEV1_E_UNEXPECTED_PAYLOAD, IKEV1_PAYLOAD_HASH, "RFC 2409 5",
     "compare the authentication method", NULL, NULL},
    {"order", 0, order, false, IKEV1_E_PAYLOAD_ORDER, IKEV1_PAYLOAD_VENDOR, "RFC 2409 5",
     "broken peer", NULL, NULL},
    {"SA syntax", 0, no_transform, false, IKEV1_E_SA_SYNTAX, SA, "RFC 2408 3.5", "broken peer",
     "9 transforms", "1 transforms"},
    {"DOI", 0, doi_3, false, IKEV1_E_DOI, SA, "RFC 2407 4.6.1", "broken peer", "3", "1"},
    {"ID syntax", 12, address_of_3, false, IKEV1_E_ID_SYNTAX, IKEV1_PAYLOAD_ID, "RFC 2407 4.6.2",
     "compare the identity", NULL, NULL},
    {"nonce", 2, nonce_of_7, false, IKEV1_E_NONCE, IKEV1_PAYLOAD_NONCE, "RFC 2409 5", "broken peer",
     "7 bytes", "8 bytes"},
    {"public value", 2, public_of_31, false, IKEV1_E_KE_INVALID, KE, "RFC 2409 5", "forgery",
     "31 bytes", "32 bytes"},
    {"our own value", 3, public_of_ours, false, IKEV1_E_KE_REFLECTED, KE, "RFC 2409 5", "forgery",
     NULL, NULL},
    {"not offered", 1, other_key_length, false, IKEV1_E_BAD_CHOICE, SA, "RFC 2409 5", "broken peer",
     NULL, NULL},
    {"proof", 13, wrong_hash, false, IKEV1_E_AUTH, IKEV1_PAYLOAD_HASH, "RFC 2409 5",
     "compare the pre-shared keys", NULL, NULL},
    {"payloads", 0, forty_payloads, false, IKEV1_E_PAYLOADS, 0xff, NULL, "flood", "21", "20"},
};

static void test_code__each_by_a_message__payload_section_and_hint(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        const struct row *row = &ROWS[i];
        struct scene s = scene_at(&scene_points[row->point]);
        ikev1_why why;
        len = s.genuine->len;
        memcpy(out, s.genuine->data, len);
        if (!row->raw)
            craft_open(&c, s.to->ike, s.genuine->data, s.genuine->len);
        row->spoil(&s);
        ROW_EQUAL(row->name,
                  ikev1_engine_input(s.to->ike, s.p->now, &s.genuine->path, out, len, &why),
                  IKEV1_DROPPED);
        check_code(row->name, &why, row->code, row->theirs, row->ours, row->hint);
        if (row->code == IKEV1_E_BAD_CHOICE) /* as differences */
            ROW_EQUAL(row->name, why.diffs[0].theirs == 384 && why.diffs[0].ours == 128, true);
        if (row->payload != 0xff)
            ROW_EQUAL(row->name, why.payload, row->payload);
        if (row->cite != NULL)
            ROW_TEXT(row->name, why.cite != NULL ? why.cite : "none", row->cite);
        scene_end(&s);
    }
}

/* Our own first message, come back (PH1-05). */
static void test_code__reflected__named(void **state) {
    struct pair *p = pair_new(NULL);
    struct datagram d;
    ikev1_why why;
    (void)state;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    side_drain(&p->i);
    assert_true(link_next(&p->link, &d));
    d.path = (ikev1_path){d.path.remote, d.path.local, false};
    assert_int_equal(ikev1_engine_input(p->i.ike, p->now, &d.path, d.data, d.len, &why),
                     IKEV1_DROPPED);
    link_release(&d);
    check_code("reflected", &why, IKEV1_E_REFLECTED, NULL, NULL, "forgery");
    assert_string_equal(why.cite, "RFC 2409 5");
    pair_free(p);
}

/* What the two configurations come to: the code, and both values where there are two. */
static void test_code__each_by_configuration__both_values(void **state) {
    static const uint8_t name[] = "gw.example.org";
    static const struct {
        const char *name;
        int code, by;
        const char *theirs, *ours, *hint;
    } BY[] = {
        {"no rule", IKEV1_E_NO_RULE, 0, NULL, NULL, "add a rule"},
        {"proposal", IKEV1_E_NO_PROPOSAL, 1, NULL, NULL, "the same on both sides"},
        {"credential", IKEV1_E_NO_CREDENTIAL, 2, NULL, NULL, "configure a pre-shared key"},
        {"identity", IKEV1_E_PEER_ID, 3, "IPV4_ADDR 192.0.2.1", "FQDN gw.example.org",
         "type and content"},
        {"weak key", IKEV1_E_WEAK, 4, NULL, "a pre-shared key of 3 bytes, limits.psk_min is 8",
         "choose a stronger one"},
        {"host's word", IKEV1_E_REFUSED, 5, NULL, NULL, "the host's log"},
        {"lifetime", IKEV1_E_LIFETIME, 6, "28800 s", "60 s", "lifetimes the same"},
        {"mode", IKEV1_E_EXCHANGE, 7, "Aggressive Mode", "Main Mode", "choose Main Mode"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(BY); i++) {
        struct pair *p = pair_new(NULL);
        ikev1_why why = {0};
        switch (BY[i].by) {
        case 0:
            p->r.status[IKEV1_QUESTION_PHASE1] = IKEV1_E_NO_RULE;
            break;
        case 1:
            p->r.suites1[0].key_bits = 256;
            break;
        case 2:
            p->r.psk = "";
            break;
        case 3:
            p->r.phase1.remote_id =
                (ikev1_id){.type = IKEV1_ID_FQDN, .data = name, .len = sizeof name - 1};
            break;
        case 4:
            p->r.psk = "abc";
            break;
        case 5:
            p->r.status[IKEV1_QUESTION_PHASE1] = IKEV1_E_REFUSED;
            break;
        case 7:
            p->i.phase1.mode = IKEV1_MODE_AGGRESSIVE;
            break;
        default:
            p->r.phase1.lifetime = IKEV1_LIFETIME_STRICT;
            p->r.phase1.life_seconds = 60;
        }
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        for (int n = 0; n < 5 && why.code == 0; n++) {
            struct datagram d;
            side_drain(&p->i);
            side_drain(&p->r);
            if (!link_next(&p->link, &d))
                break;
            struct side *to = d.way == LINK_TO_RESPONDER ? &p->r : &p->i;
            ikev1_engine_input(to->ike, p->now, &d.path, d.data, d.len, &why);
            link_release(&d);
        }
        side_drain(&p->r);
        if (side_count(&p->r, IKEV1_EVENT_SA_FAILED) != 0)
            why = side_event(&p->r, IKEV1_EVENT_SA_FAILED, 0)->why;
        check_code(BY[i].name, &why, BY[i].code, BY[i].theirs, BY[i].ours, BY[i].hint);
        if (BY[i].code == IKEV1_E_NO_PROPOSAL)
            ROW_EQUAL(BY[i].name, why.diffs[0].theirs == 128 && why.diffs[0].ours == 256, true);
        pair_free(p);
    }
}

/* Two gateways, until one of them has something to say of it. */
static void make_by_pair(const struct maker *m, ikev1_why *why) {
    struct pair *p = pair_new(NULL);
    const struct side *who = m->responder ? &p->r : &p->i;
    if (m->set != NULL)
        m->set(p);
    pair_start(p);
    assert_in_range(pair_connect(p), IKEV1_OK, IKEV1_PENDING);
    pair_run(p);
    if (m->then != NULL)
        m->then(p);
    side_drain(&p->i);
    side_drain(&p->r);
    if (side_count(who, m->event) == 0)
        pair_wait(p, MAKER_LONG);
    *why = side_event(who, m->event, 0)->why;
    pair_free(p);
}

static void make_each(const struct maker *makers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct maker *m = &makers[i];
        const char *row = ikev1_error_name(m->code);
        ikev1_why why = {0};
        if (m->make != NULL)
            why.code = m->make(&why);
        else
            make_by_pair(m, &why);
        check_code(row, &why, m->code, m->theirs, m->ours, m->hint);
    }
}

static void test_code__each_by_a_scene_of_its_own__values_and_hint(void **state) {
    (void)state;
    make_each(makers_by_hosts, maker_hosts);
    make_each(makers_by_message, maker_messages);
}

/* Stands last: by now each has been produced. */
static void test_code__all_there_are__none_left_out(void **state) {
    (void)state;
    int count = 0;
    for (; ikev1_error_at(count) != 0; count++)
        ROW_EQUAL(ikev1_error_name(ikev1_error_at(count)), made[count], true);
    for (int i = 0; i < count; i++) { /* mission S6 */
        const int code = ikev1_error_at(i);
        ROW_EQUAL(ikev1_error_name(code), both[i], !is_alone(code));
    }
    assert_true(count > 80);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code__each_by_a_message__payload_section_and_hint),
        cmocka_unit_test(test_code__reflected__named),
        cmocka_unit_test(test_code__each_by_configuration__both_values),
        cmocka_unit_test(test_code__each_by_a_scene_of_its_own__values_and_hint),
        cmocka_unit_test(test_code__all_there_are__none_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
