/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes into an engine, recorded, and the same once more out of the recording: mission B5, and
 * B1, since nothing else can have gone in.
 */
#include <ikev1/openssl.h>

#include "capsule.h"
#include "support/pair.h"

enum { TYPES = 32, DATAGRAM = 4096 };

/* Two sides, each with a capsule that records it. */
struct stage {
    struct pair *p;
    struct side *side[2];
    struct capsule capsule[2];
    size_t told[2][TYPES]; /* events, by type */
    ikev1_handle sa[2], child[2];
};

static void drain(struct stage *s, int n) {
    struct side *side = s->side[n];
    ikev1_event e;
    ikev1_packet packet;
    while (capsule_next_event(&s->capsule[n], side->ike, &e) == 1) {
        assert_in_range(e.type, 0, TYPES - 1);
        s->told[n][e.type]++;
        s->sa[n] = e.sa;
        s->child[n] = e.child != 0 ? e.child : s->child[n];
    }
    while (capsule_next_packet(&s->capsule[n], side->ike, &packet) == 1) {
        uint8_t copy[DATAGRAM];
        struct datagram d = {.way = n == 0 ? LINK_TO_RESPONDER : LINK_TO_INITIATOR,
                             .keepalive = packet.keepalive,
                             .data = copy,
                             .len = packet.len};
        d.path = (ikev1_path){packet.path.remote, packet.path.local, packet.path.encapsulated};
        assert_in_range(packet.len, 1, sizeof copy);
        memcpy(copy, packet.data, packet.len);
        link_send(&s->p->link, &d, s->p->now);
    }
}

static int call(struct stage *s, int n, struct capsule_call what) {
    what.now = s->p->now;
    int r = capsule_do(&s->capsule[n], s->side[n]->ike, &what);
    drain(s, n);
    return r;
}

/* Delivers, and lets time pass where nothing is on its way, until `end`. */
static void run(struct stage *s, ikev1_time end) {
    struct datagram d;
    while (s->p->now < end) {
        if (link_next(&s->p->link, &d)) {
            s->p->now = d.at > s->p->now ? d.at : s->p->now;
            call(s, d.way == LINK_TO_RESPONDER ? 1 : 0,
                 (struct capsule_call){
                     .what = CAPSULE_INPUT, .path = d.path, .data = d.data, .len = d.len});
            link_release(&d);
            continue;
        }
        s->p->now += 500;
        for (int n = 0; n < 2; n++)
            if (ikev1_engine_deadline(s->side[n]->ike) <= s->p->now)
                call(s, n, (struct capsule_call){.what = CAPSULE_TICK});
    }
}

static void stage_open(struct stage *s, const ikev1_crypto *crypto, bool secrets) {
    *s = (struct stage){.p = pair_new(crypto)};
    s->side[0] = &s->p->i;
    s->side[1] = &s->p->r;
    for (int n = 0; n < 2; n++) {
        FILE *file = tmpfile();
        assert_non_null(file);
        assert_int_equal(capsule_record(&s->capsule[n], file, secrets, &s->side[n]->config),
                         IKEV1_OK);
        s->side[n]->config.log = NULL;
    }
}

static void stage_close(struct stage *s) {
    pair_free(s->p);
    for (int n = 0; n < 2; n++) {
        fclose(s->capsule[n].file);
        capsule_end(&s->capsule[n]);
    }
}

/* A life with everything that can be called, over a link that loses and doubles. */
static void live(struct stage *s) {
    struct link *l = &s->p->link;
    link_rule(l, LINK_TO_RESPONDER, LINK_DROP, 2, 0);
    link_rule(l, LINK_TO_INITIATOR, LINK_DOUBLE, 3, 1);
    link_rule(l, LINK_TO_INITIATOR, LINK_CORRUPT, 5, 300);
    pair_start(s->p);
    for (int n = 0; n < 2; n++) /* one for phase 1; Quick Mode has none */
        assert_int_equal(
            call(s, n,
                 (struct capsule_call){.what = CAPSULE_PREPARE, .number = {IKEV1_GROUP_X25519, 1}}),
            1);
    call(s, 0, (struct capsule_call){.what = CAPSULE_CONNECT, .number = {PAIR_RULE}});
    run(s, 60000);
    assert_int_equal(s->told[0][IKEV1_EVENT_CHILD_UP], 1);
    const ikev1_handle sa = s->sa[0];
    call(s, 0, (struct capsule_call){.what = CAPSULE_CHILD, .number = {sa, PAIR_RULE}});
    run(s, 70000);
    call(s, 0, (struct capsule_call){.what = CAPSULE_TRAFFIC, .number = {s->child[0], 9, 8, 7, 6}});
    call(s, 1, (struct capsule_call){.what = CAPSULE_REKEY, .number = {s->child[1]}});
    run(s, 90000);
    call(s, 1, (struct capsule_call){.what = CAPSULE_SEND_FAILED, .number = {s->sa[1]}});
    call(s, 0, (struct capsule_call){.what = CAPSULE_OUTBOUND, .number = {PAIR_RULE}});
    call(s, 0,
         (struct capsule_call){.what = CAPSULE_UNKNOWN_SPI,
                               .number = {s->sa[0], IKEV1_PROTO_ESP, 0x12345678}});
    call(s, 0,
         (struct capsule_call){.what = CAPSULE_LOCAL_CHANGED,
                               .path = {{4, {203, 0, 113, 1}, 0}, {4, {203, 0, 113, 2}, 0}, 0}});
    call(s, 0, (struct capsule_call){.what = CAPSULE_DELETE, .number = {IKEV1_ALL}});
    run(s, 100000);
    assert_int_equal(s->told[0][IKEV1_EVENT_CHILD_UP], 3);
    assert_int_equal(s->told[1][IKEV1_EVENT_SA_DOWN], 1);
}

/* ---- replays ---- */

/* A host with the same rules, and nobody to talk to. Why it ended; NULL = it went through. */
static const char *replay(FILE *file, int n, const ikev1_crypto *crypto, size_t *lines,
                          void (*answer)(void *, ikev1_answer *)) {
    struct pair *p = pair_new(crypto);
    struct side *side = n == 0 ? &p->i : &p->r;
    struct capsule c;
    const char *why = "no capsule";
    rewind(file);
    side->config.log = NULL;
    if (answer != NULL)
        side->status[IKEV1_QUESTION_PSK] = IKEV1_PENDING;
    if (capsule_replay(&c, file, &side->config) == IKEV1_OK) {
        c.answer = answer;
        c.answer_user = side;
        if (pair_start_side(side) == IKEV1_OK)
            while (capsule_step(&c, side->ike))
                continue;
        why = c.broken;
    }
    *lines = c.line;
    capsule_end(&c);
    pair_free(p);
    return why;
}

static size_t lines_of(FILE *file) {
    size_t lines = 0;
    rewind(file);
    for (int c; (c = fgetc(file)) != EOF;)
        lines += c == '\n';
    return lines;
}

static void test_capsule__replayed__the_same_again(void **state) { /* B5, B1 */
    const ikev1_crypto *const cryptos[] = {NULL, ikev1_openssl()};
    struct stage s;
    size_t lines;
    (void)state;
    for (size_t i = 0; i < COUNT(cryptos); i++) {
        stage_open(&s, cryptos[i], true);
        live(&s);
        for (int n = 0; n < 2; n++) {
            const char *why = replay(s.capsule[n].file, n, cryptos[i], &lines, NULL);
            if (why != NULL)
                fail_msg("line %zu of %zu: %s", lines, lines_of(s.capsule[n].file), why);
            assert_int_equal(lines, lines_of(s.capsule[n].file));
            assert_in_range(lines, 50, 100000);
        }
        stage_close(&s);
    }
}

static void give_psk(void *user, ikev1_answer *answer) {
    const struct side *side = user;
    assert_int_equal(answer->kind, IKEV1_QUESTION_PSK);
    answer->psk = (ikev1_bytes){(const uint8_t *)side->psk, strlen(side->psk)};
}

static void test_capsule__answered_later__the_same_again(void **state) { /* B2 */
    struct stage s;
    size_t lines;
    (void)state;
    stage_open(&s, NULL, true);
    s.p->r.status[IKEV1_QUESTION_PSK] = IKEV1_PENDING;
    pair_start(s.p);
    call(&s, 0, (struct capsule_call){.what = CAPSULE_CONNECT, .number = {PAIR_RULE}});
    run(&s, 3000);
    assert_int_equal(s.p->r.ask_count, 1);
    ikev1_answer later = {.size = sizeof later, .kind = IKEV1_QUESTION_PSK};
    give_psk(&s.p->r, &later);
    call(&s, 1,
         (struct capsule_call){.what = CAPSULE_ANSWER,
                               .number = {s.p->r.asks[0].ask, IKEV1_QUESTION_PSK},
                               .answer = &later});
    run(&s, 10000);
    assert_int_equal(s.told[1][IKEV1_EVENT_CHILD_UP], 1);
    assert_null(replay(s.capsule[1].file, 1, NULL, &lines, give_psk));
    assert_int_equal(lines, lines_of(s.capsule[1].file));
    stage_close(&s);
}

/* What a host finds out beside its rules: in a replay it has what it had then. */
static void test_capsule__notes__the_same_again(void **state) {
    struct pair *p = pair_new(NULL);
    struct capsule c;
    FILE *file = tmpfile();
    uint8_t bytes[4] = {1, 2, 3, 4};
    size_t len = 3;
    uint64_t number = UINT64_C(0x0123456789abcdef);
    (void)state;
    assert_int_equal(capsule_note(NULL, 7, bytes, sizeof bytes, &len), 7); /* nobody records */
    assert_int_equal(capsule_record(&c, file, false, &p->i.config), IKEV1_OK);
    assert_int_equal(capsule_note(&c, IKEV1_OK, bytes, sizeof bytes, &len), IKEV1_OK);
    assert_int_equal(capsule_note_number(&c, IKEV1_OK, &number), IKEV1_OK);
    assert_int_equal(capsule_note(&c, IKEV1_E_REFUSED, bytes, sizeof bytes, &len), IKEV1_E_REFUSED);
    capsule_note(&c, IKEV1_OK, bytes, sizeof bytes, &len);
    capsule_end(&c);
    rewind(file);
    memset(bytes, 9, sizeof bytes);
    len = number = 0;
    assert_int_equal(capsule_replay(&c, file, &p->r.config), IKEV1_OK);
    assert_int_equal(capsule_note(&c, IKEV1_E_REFUSED, bytes, sizeof bytes, &len), IKEV1_OK);
    assert_int_equal(len, 3);
    assert_memory_equal(bytes, ((uint8_t[]){1, 2, 3, 9}), 4);
    assert_int_equal(capsule_note_number(&c, IKEV1_OK, &number), IKEV1_OK);
    assert_true(number == UINT64_C(0x0123456789abcdef));
    assert_int_equal(capsule_note(&c, IKEV1_OK, bytes, sizeof bytes, &len), IKEV1_E_REFUSED);
    assert_null(c.broken);
    assert_int_equal(capsule_note(&c, IKEV1_OK, bytes, 2, &len), IKEV1_E_REFUSED); /* too long */
    assert_non_null(c.broken);
    capsule_end(&c);
    fclose(file);
    pair_free(p);
}

/* The recording ends there, and says why; what is recorded goes on. */
static void test_capsule__cannot_be_written__nothing_else_ends(void **state) {
    struct stage s;
    (void)state;
    stage_open(&s, NULL, true);
    FILE *was = s.capsule[0].file;
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    setvbuf(full, NULL, _IOLBF, 0);
    s.capsule[0].file = full;
    live(&s);
    assert_null(s.capsule[0].file);
    assert_string_equal(s.capsule[0].broken, "No space left on device");
    assert_null(s.capsule[1].broken);
    fclose(full);
    s.capsule[0].file = was;
    stage_close(&s);
}

/* Of random bytes there are only those that everybody sees. It goes as far as the first message
 * that needs the others. */
static void test_capsule__without_secrets__as_far_as_the_proof(void **state) { /* B5 */
    static char line[1 << 16];
    struct stage s;
    size_t lines;
    (void)state;
    stage_open(&s, NULL, false);
    live(&s);
    for (int n = 0; n < 2; n++) {
        FILE *file = s.capsule[n].file;
        size_t hidden = 0, sent = 0, len;
        rewind(file);
        while (fgets(line, sizeof line, file) != NULL) {
            if (sscanf(line, "r %zu", &len) != 1 || len <= 8)
                continue;
            hidden++;
            assert_int_equal(line[strlen(line) - 2], ' '); /* a length, and nothing behind it */
        }
        assert_in_range(hidden, 3, 1000);
        assert_non_null(replay(file, n, NULL, &lines, NULL));
        rewind(file);
        for (size_t i = 0; i < lines && fgets(line, sizeof line, file) != NULL; i++)
            sent += line[0] == 'p';
        assert_in_range(sent, n == 0 ? 3 : 2, 8); /* all of Main Mode before message 6 */
        assert_true(lines < lines_of(file));
    }
    stage_close(&s);
}

/* ---- what is not one, or not the same ---- */

static FILE *changed(FILE *file, size_t line, size_t column, int to) {
    FILE *copy = tmpfile();
    size_t at = 1, in = 0;
    assert_non_null(copy);
    rewind(file);
    for (int c; (c = fgetc(file)) != EOF; in++) {
        const bool here = at == line && in == column;
        if (c == '\n') {
            at++;
            in = (size_t)-1;
        }
        if (here && to == EOF)
            break;
        fputc(here ? to : c, copy);
    }
    return copy;
}

/* Each line, spoilt at its beginning and in its middle, and cut off: said where, or harmless, as
 * the time of a call may be. */
static void test_capsule__any_line_spoilt__told_and_no_harm(void **state) {
    static const int signs[] = {'0', 'x', ' ', EOF};
    struct stage s;
    size_t lines, told = 0, tried = 0;
    (void)state;
    stage_open(&s, NULL, true);
    pair_start(s.p);
    call(&s, 0, (struct capsule_call){.what = CAPSULE_CONNECT, .number = {PAIR_RULE}});
    run(&s, 3000);
    FILE *file = s.capsule[1].file;
    const size_t most = lines_of(file);
    for (size_t line = 1; line <= most; line++) {
        for (size_t i = 0; i < 3 * COUNT(signs); i++) {
            FILE *bad = changed(file, line, 4 * (i / COUNT(signs)), signs[i % COUNT(signs)]);
            const char *why = replay(bad, 1, NULL, &lines, NULL);
            tried++;
            told += why != NULL;
            if (line == 1)
                assert_non_null(why);
            fclose(bad);
        }
    }
    assert_in_range(told, tried / 2, tried);
    stage_close(&s);
}

static void test_capsule__other_rules__told_where(void **state) {
    struct stage s;
    size_t lines;
    (void)state;
    stage_open(&s, NULL, true);
    s.p->i.psk = s.p->r.psk = "not what the replay has";
    pair_start(s.p);
    call(&s, 0, (struct capsule_call){.what = CAPSULE_CONNECT, .number = {PAIR_RULE}});
    run(&s, 3000);
    assert_int_equal(s.told[1][IKEV1_EVENT_CHILD_UP], 1);
    assert_non_null(replay(s.capsule[1].file, 1, NULL, &lines, NULL));
    assert_in_range(lines, 8, lines_of(s.capsule[1].file) - 1);
    stage_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_capsule__replayed__the_same_again),
        cmocka_unit_test(test_capsule__answered_later__the_same_again),
        cmocka_unit_test(test_capsule__notes__the_same_again),
        cmocka_unit_test(test_capsule__cannot_be_written__nothing_else_ends),
        cmocka_unit_test(test_capsule__without_secrets__as_far_as_the_proof),
        cmocka_unit_test(test_capsule__any_line_spoilt__told_and_no_harm),
        cmocka_unit_test(test_capsule__other_rules__told_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
