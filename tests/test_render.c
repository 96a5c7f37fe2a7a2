/* SPDX-License-Identifier: Apache-2.0 */
/* The log's texts: mission S1-S13 as far as events exist, LOG-02, LOG-03, LOG-04. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ikev1/ikev1.h>

enum { ROOM = 4096 };

static const uint8_t QUICK_1[] = {IKEV1_PAYLOAD_HASH, IKEV1_PAYLOAD_SA, IKEV1_PAYLOAD_NONCE,
                                  IKEV1_PAYLOAD_ID, IKEV1_PAYLOAD_ID};
static const uint8_t EVERY_SYMBOL[] = {
    IKEV1_PAYLOAD_SA,      IKEV1_PAYLOAD_PROPOSAL, IKEV1_PAYLOAD_TRANSFORM, IKEV1_PAYLOAD_KE,
    IKEV1_PAYLOAD_ID,      IKEV1_PAYLOAD_CERT,     IKEV1_PAYLOAD_CERTREQ,   IKEV1_PAYLOAD_HASH,
    IKEV1_PAYLOAD_SIG,     IKEV1_PAYLOAD_NONCE,    IKEV1_PAYLOAD_NOTIFY,    IKEV1_PAYLOAD_DELETE,
    IKEV1_PAYLOAD_VENDOR,  IKEV1_PAYLOAD_CONFIG,   IKEV1_PAYLOAD_NAT_D,     IKEV1_PAYLOAD_NAT_OA,
    IKEV1_PAYLOAD_FRAGMENT};

/* An event with something in every field. */
static ikev1_log_event full_event(uint16_t number, const ikev1_why *why) {
    ikev1_log_event event = {
        .size = sizeof event,
        .number = number,
        .exchange = IKEV1_EXCHANGE_MAIN,
        .name = "some.name",
        .sa = 1,
        .rule = 7,
        .path = {.local = {4, {192, 0, 2, 1}, 500}, .remote = {4, {192, 168, 100, 100}, 500}},
        .payloads = QUICK_1,
        .payload_count = sizeof QUICK_1,
        .why = why,
        .text = "192.0.2.9/192.0.2.1",
    };
    return event;
}

static ikev1_why a_why(void) {
    ikev1_why why = {.code = IKEV1_E_PEER_ID, .notify = IKEV1_NOTIFY_INVALID_ID_INFORMATION};
    strcpy(why.ours, "gw.example.org");
    strcpy(why.theirs, "bob@example.org");
    why.other_rule = 3;
    why.range = (ikev1_selector){.family = 4, .start = {10, 1, 0, 1}, .end = {10, 1, 0, 9}};
    return why;
}

/* The texts of the ZyWALL family where it has one; `starts` marks those that end in a cause. */
static const struct {
    uint16_t number;
    const char *want;
    bool starts;
} LINES[] = {
    {IKEV1_LOG_SEND_REQUEST, "Send Main Mode request to <192.168.100.100>", false},
    {IKEV1_LOG_RECV_REQUEST, "Recv Main Mode request from <192.168.100.100>", false},
    {IKEV1_LOG_SEND, "Send:<HASH><SA><NONCE><ID><ID>", false},
    {IKEV1_LOG_RECV, "Recv:<HASH><SA><NONCE><ID><ID>", false},
    {IKEV1_LOG_PHASE1_DONE, "Phase 1 IKE SA process done", false},
    {IKEV1_LOG_PHASE2_START, "Start Phase 2: Quick Mode", false},
    {IKEV1_LOG_IN_PROCESS, "!! IKE Negotiation is in process", false},
    {IKEV1_LOG_DUPLICATE, "!! Duplicate requests with the same cookie", false},
    {IKEV1_LOG_NO_PROPOSAL, "!! No proposal chosen", false},
    {IKEV1_LOG_LOCAL_ID, "!! Verifying Local ID failed", false},
    {IKEV1_LOG_REMOTE_ID, "!! Verifying Remote ID failed", false},
    {IKEV1_LOG_INVALID_IP, "!! Invalid IP 192.0.2.9/192.0.2.1", false},
    {IKEV1_LOG_EXCEEDED, "!! Active connection allowed exceeded", false},
    {IKEV1_LOG_RETRANSMIT, "!! IKE Packet Retransmit", false},
    {IKEV1_LOG_SEND_FAILED, "!! Failed to send IKE Packet", false},
    {IKEV1_LOG_TOO_MANY_ERRORS, "!! Too many errors! Deleting SA", false},
    {IKEV1_LOG_PEER_ID, "Peer ID: bob@example.org vs. My Remote gw.example.org", false},
    {IKEV1_LOG_CAUSE, "Cause: the peer's identity is not the one expected", true},
    {IKEV1_LOG_DROPPED, "Dropped from <192.168.100.100>: the peer's identity is not", true},
    {IKEV1_LOG_NOTIFIED, "Recv notification INVALID-ID-INFORMATION", false},
    {IKEV1_LOG_UNPROTECTED_NOTIFY,
     "!! Unprotected notification INVALID-ID-INFORMATION from <192.168.100.100> ignored", false},
    {IKEV1_LOG_PEER, "Peer is 192.0.2.9/192.0.2.1", false},
    {IKEV1_LOG_NAT, "NAT found: 192.0.2.9/192.0.2.1", false},
    {IKEV1_LOG_MOVED, "Peer is now at <192.168.100.100>", false},
    {IKEV1_LOG_CHILD_UP, "IPsec SA established: 192.0.2.9/192.0.2.1", false},
    {IKEV1_LOG_CHILD_DOWN, "IPsec SA ended: the peer's identity is not the one expected", true},
    {IKEV1_LOG_SA_DOWN, "ISAKMP SA ended: the peer's identity is not the one expected", true},
    {IKEV1_LOG_QUIRK, "Peer's habit tolerated: 192.0.2.9/192.0.2.1", false},
    {IKEV1_LOG_KEYS_DIFFER, "!! Verifying <192.168.100.100> failed: the pre-shared keys may differ",
     false},
    {IKEV1_LOG_RULE_CONFLICT, "!! Local / remote IPs of incoming request conflict with rule <#3>",
     false},
    {IKEV1_LOG_LIVE_CONFLICT, "!! Remote IP <10.1.0.1> / <10.1.0.9> conflicts", false},
    {IKEV1_LOG_NO_OUTBOUND, "Cannot find outbound SA for rule <#7>", false},
    {IKEV1_LOG_IDLE, "Rule <#7> idle time out, disconnect", false},
    {IKEV1_LOG_LOCAL_CHANGED, "!! WAN IP changed to <192.0.2.1>", false},
    {IKEV1_LOG_UNKNOWN_SPI, "!! Cannot find Phase 2 SA", false},
    {IKEV1_LOG_UNRESOLVED, "Cannot resolve Secure Gateway Addr for rule <7>", false},
    {IKEV1_LOG_REPLAY, "!! Discard REPLAY packet", false},
    {IKEV1_LOG_PACKET_AUTH, "!! Inbound packet authentication failed", false},
    {IKEV1_LOG_PACKET_DECRYPT, "!! Inbound packet decryption failed", false},
    {IKEV1_LOG_REKEY, "Rekey: 192.0.2.9/192.0.2.1", false},
    {IKEV1_LOG_FINGERPRINT, "Peer's first message is 192.0.2.9/192.0.2.1", false},
    {IKEV1_LOG_AGAIN, "Rule <#7> is connected again in 192.0.2.9/192.0.2.1", false},
    {IKEV1_LOG_XAUTH_DONE, "XAUTH of user 192.0.2.9/192.0.2.1 succeeded", false},
    {IKEV1_LOG_XAUTH_FAILED, "!! XAUTH of user 192.0.2.9/192.0.2.1 failed", false},
    {IKEV1_LOG_LEASE, "Mode Config: 192.0.2.9/192.0.2.1", false},
    {IKEV1_LOG_PEER_DEAD, "!! Peer <192.168.100.100> does not answer", false},
};

#define NUMBER(name, n, level, dotted, text) n,
static const uint16_t NUMBERS[] = {IKEV1_LOGS(NUMBER)};
#undef NUMBER

static void test_log_format__each_number__its_line_of_the_catalogue(void **state) {
    (void)state;
    ikev1_why why = a_why();
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++) {
        ikev1_log_event event = full_event(LINES[i].number, &why);
        char line[ROOM];
        size_t len = ikev1_log_format(&event, line, sizeof line);
        size_t compared = LINES[i].starts ? strlen(LINES[i].want) : sizeof line;
        if (strncmp(line, LINES[i].want, compared) != 0) {
            fail_msg("%u: got \"%s\", want \"%s\"", LINES[i].number, line, LINES[i].want);
        }
        assert_int_equal(len, strlen(line));
    }
}

static void test_log_format__table_of_numbers__every_one_is_tested_here(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
        bool found = false;
        for (size_t k = 0; k < sizeof LINES / sizeof *LINES; k++) {
            found = found || LINES[k].number == NUMBERS[i];
        }
        if (!found) {
            fail_msg("log number %u has no row in LINES", NUMBERS[i]);
        }
    }
}

static void test_log_format__every_payload__its_symbol(void **state) {
    (void)state;
    ikev1_log_event event = full_event(IKEV1_LOG_SEND, NULL);
    event.payloads = EVERY_SYMBOL;
    event.payload_count = sizeof EVERY_SYMBOL;
    char line[ROOM];
    ikev1_log_format(&event, line, sizeof line);
    assert_string_equal(line, "Send:<SA><PROP><TRANS><KE><ID><CER><CER_REQ><HASH><SIG><NONCE>"
                              "<NOTFY><DEL><VID><ATTR><NATD><NATOA><FRAG>");
}

/* Exchanges and addresses of the other kind. */
static void test_log_format__aggressive_mode_over_ipv6__both_named(void **state) {
    (void)state;
    ikev1_log_event event = full_event(IKEV1_LOG_RECV_REQUEST, NULL);
    event.exchange = IKEV1_EXCHANGE_AGGRESSIVE;
    event.path.remote = (ikev1_address){6, {0x20, 1, 0x0d, 0xb8, [15] = 1}, 500};
    char line[ROOM];
    ikev1_log_format(&event, line, sizeof line);
    assert_string_equal(line, "Recv Aggressive Mode request from <2001:db8::1>");
}

static void test_log_format__events_left_out__their_number_at_the_end(void **state) {
    (void)state;
    ikev1_log_event event = full_event(IKEV1_LOG_DUPLICATE, NULL);
    event.suppressed = 4294967295u;
    char line[ROOM];
    ikev1_log_format(&event, line, sizeof line);
    assert_string_equal(line,
                        "!! Duplicate requests with the same cookie (4294967295 more left out)");
}

/* LOG-02: what a peer can put into an event is data, and stays on its line. */
static void test_log_format__hostile_text__never_a_format_and_one_line(void **state) {
    (void)state;
    static const struct {
        const char *name, *text, *want;
    } rows[] = {
        {"formats", "%s%n%w%a%", "Peer is %s%n%w%a%"},
        {"line feed", "a\nSend:<SA>", "Peer is a\\x0aSend:<SA>"},
        {"escape", "\033[2J", "Peer is \\x1b[2J"},
        {"quotes and backticks", "\"'`$(id)`", "Peer is \"'`$(id)`"},
        {"escaped before", "a\\x0ab\\\\c", "Peer is a\\x0ab\\\\c"},
        {"invalid UTF-8", "\xc3\x28\xff", "Peer is \\xc3(\\xff"},
        {"delete", "\x7f", "Peer is \\x7f"},
        {"empty", "", "Peer is -"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ikev1_log_event event = full_event(IKEV1_LOG_PEER, NULL);
        event.text = rows[i].text;
        char line[ROOM];
        ikev1_log_format(&event, line, sizeof line);
        if (strcmp(line, rows[i].want) != 0) {
            fail_msg("%s: got \"%s\", want \"%s\"", rows[i].name, line, rows[i].want);
        }
    }
}

static void test_log_format__hostile_identity__never_a_format_and_one_line(void **state) {
    (void)state;
    ikev1_why why = a_why();
    strcpy(why.theirs, "%n%s\r\n!! x");
    ikev1_log_event event = full_event(IKEV1_LOG_PEER_ID, &why);
    char line[ROOM];
    ikev1_log_format(&event, line, sizeof line);
    assert_string_equal(line, "Peer ID: %n%s\\x0d\\x0a!! x vs. My Remote gw.example.org");
}

/* LOG-02: 64 KiB of it. */
static void test_log_format__very_long_text__truncated_and_measured(void **state) {
    (void)state;
    enum { LONG = 65536 };
    char *text = malloc(LONG + 1);
    assert_non_null(text);
    memset(text, 'x', LONG);
    text[LONG] = '\0';
    ikev1_log_event event = full_event(IKEV1_LOG_PEER, NULL);
    event.text = text;
    char line[100];
    size_t len = ikev1_log_format(&event, line, sizeof line);
    free(text);
    assert_int_equal(len, strlen("Peer is ") + LONG);
    assert_int_equal(strlen(line), sizeof line - 1);
}

/* LOG-03: nothing is known yet: no SA, no path, no payloads, no cause. */
static void test_log_format__empty_event_of_each_number__no_dereference(void **state) {
    (void)state;
    for (uint32_t number = 0; number <= 65535; number += number < 300 ? 1 : 97) {
        ikev1_log_event event = {.size = sizeof event, .number = (uint16_t)number};
        char line[ROOM];
        size_t len = ikev1_log_format(&event, line, sizeof line);
        assert_int_equal(len, strlen(line));
        assert_true(len > 0);
    }
    char line[ROOM] = "x";
    assert_int_equal(ikev1_log_format(NULL, line, sizeof line), 0);
    assert_string_equal(line, "");
}

static void test_log_format__fields_missing__a_dash_in_their_place(void **state) {
    (void)state;
    static const struct {
        uint16_t number;
        const char *want;
    } rows[] = {
        {IKEV1_LOG_SEND_REQUEST, "Send - request to <->"},
        {IKEV1_LOG_SEND, "Send:"},
        {IKEV1_LOG_PEER_ID, "Peer ID: - vs. My Remote -"},
        {IKEV1_LOG_CAUSE, "Cause: -"},
        {IKEV1_LOG_NOTIFIED, "Recv notification -"},
        {IKEV1_LOG_NAT, "NAT found: -"},
        {IKEV1_LOG_LIVE_CONFLICT, "!! Remote IP <-> / <-> conflicts"},
        {0, "-"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ikev1_log_event event = {.size = sizeof event, .number = rows[i].number};
        char line[ROOM];
        ikev1_log_format(&event, line, sizeof line);
        assert_string_equal(line, rows[i].want);
    }
}

/* A number that this release does not have: the event's stable name. */
static void test_log_format__unknown_number__its_name(void **state) {
    (void)state;
    ikev1_log_event event = full_event(60000, NULL);
    char line[ROOM];
    ikev1_log_format(&event, line, sizeof line);
    assert_string_equal(line, "some.name");
}

/* LOG-04: buffers of 0, 1, n bytes, on the heap and of exactly that size. */
static void test_log_format__each_buffer_size__prefix_with_nul_and_whole_length(void **state) {
    (void)state;
    ikev1_why why = a_why();
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
        ikev1_log_event event = full_event(NUMBERS[i], &why);
        event.suppressed = 12;
        char whole[ROOM];
        size_t len = ikev1_log_format(&event, whole, sizeof whole);
        assert_true(len < sizeof whole);
        assert_int_equal(ikev1_log_format(&event, NULL, 0), len);
        for (size_t cap = 1; cap <= len + 2; cap++) {
            char *line = malloc(cap);
            assert_non_null(line);
            memset(line, 'Z', cap);
            assert_int_equal(ikev1_log_format(&event, line, cap), len);
            size_t kept = len < cap - 1 ? len : cap - 1;
            assert_memory_equal(line, whole, kept);
            assert_int_equal(line[kept], '\0');
            free(line);
        }
    }
}

/* LOG-04: all values of the enumerations that a text names. */
static void test_log_format__each_exchange_payload_and_notify_value__renders(void **state) {
    (void)state;
    for (uint32_t value = 0; value <= 65535; value++) {
        ikev1_why why = {.code = IKEV1_E_NOTIFIED, .notify = (uint16_t)value};
        uint8_t payload = (uint8_t)value;
        ikev1_log_event event = full_event(IKEV1_LOG_NOTIFIED, &why);
        char line[256];
        assert_true(ikev1_log_format(&event, line, sizeof line) < sizeof line);
        if (value > 255) {
            continue;
        }
        event.exchange = payload;
        event.payloads = &payload;
        event.payload_count = 1;
        event.number = IKEV1_LOG_SEND_REQUEST;
        assert_true(ikev1_log_format(&event, line, sizeof line) < sizeof line);
        event.number = IKEV1_LOG_RECV;
        assert_true(ikev1_log_format(&event, line, sizeof line) < sizeof line);
        assert_non_null(strchr(line, '<'));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_format__each_number__its_line_of_the_catalogue),
        cmocka_unit_test(test_log_format__table_of_numbers__every_one_is_tested_here),
        cmocka_unit_test(test_log_format__every_payload__its_symbol),
        cmocka_unit_test(test_log_format__aggressive_mode_over_ipv6__both_named),
        cmocka_unit_test(test_log_format__events_left_out__their_number_at_the_end),
        cmocka_unit_test(test_log_format__hostile_text__never_a_format_and_one_line),
        cmocka_unit_test(test_log_format__hostile_identity__never_a_format_and_one_line),
        cmocka_unit_test(test_log_format__very_long_text__truncated_and_measured),
        cmocka_unit_test(test_log_format__empty_event_of_each_number__no_dereference),
        cmocka_unit_test(test_log_format__fields_missing__a_dash_in_their_place),
        cmocka_unit_test(test_log_format__unknown_number__its_name),
        cmocka_unit_test(test_log_format__each_buffer_size__prefix_with_nul_and_whole_length),
        cmocka_unit_test(test_log_format__each_exchange_payload_and_notify_value__renders),
    };
    return cmocka_run_group_tests_name("render", tests, NULL, NULL);
}
