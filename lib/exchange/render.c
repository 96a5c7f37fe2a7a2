/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log event as the one line an operator reads (mission S1). The texts stand in IKEV1_LOGS; this
 * file only fills their blanks. Nothing that came from a peer is ever read as a format: the walk
 * goes over our own constant texts (LOG-02).
 */
#include <string.h>

#include <ikev1/log.h>

#include "wire/wire.h"

/* The texts stand one after the other as in log.c. */
#define ROOM_(name, n, level, dotted, text) char name[sizeof text];
#define TEXT_(name, n, level, dotted, text) text,
#define AT_(name, n, level, dotted, text)   [n] = offsetof(struct texts, name),
static const struct texts {
    char none;
    IKEV1_LOGS(ROOM_)
} TEXTS = {'\0', IKEV1_LOGS(TEXT_)};
static const uint16_t AT[] = {IKEV1_LOGS(AT_)}; /* 0 = no such number */

static const char *text_of(uint16_t number) {
    const uint16_t at = number < sizeof AT / sizeof *AT ? AT[number] : 0;
    return at != 0 ? (const char *)&TEXTS + at : NULL;
}

static const char NOTHING[] = "-"; /* in the place of a value that the event does not have */

static void put_text(struct ike_text *t, const char *text) {
    ike_text_escaped(t, text == NULL || text[0] == '\0' ? NOTHING : text, SIZE_MAX);
}

static void put_address(struct ike_text *t, const ikev1_address *address) {
    if (address->family == 0) {
        put_text(t, NOTHING);
        return;
    }
    ike_text_address(t, address);
}

static void put_name(struct ike_text *t, int kind, uint32_t number) {
    if (number == 0) {
        put_text(t, NOTHING);
        return;
    }
    ike_text_name(t, kind, number);
}

/* One end of the range that a cause is about. */
static void put_end(struct ike_text *t, const ikev1_why *why, bool last) {
    ikev1_address a = {0};
    if (why != NULL) {
        a.family = why->range.family;
        memcpy(a.ip, last ? why->range.end : why->range.start, sizeof a.ip);
    }
    put_address(t, &a);
}

/* ikev1_why_format() writes behind what stands there: a whole cause needs no buffer of ours. */
static void put_why(struct ike_text *t, const ikev1_why *why) {
    if (why == NULL || why->code == IKEV1_OK) {
        put_text(t, NOTHING);
        return;
    }
    if (t->len < t->cap) {
        t->len += ikev1_why_format(why, t->out + t->len, t->cap - t->len);
    } else {
        t->len += ikev1_why_format(why, NULL, 0);
    }
}

/* One blank: `key` is the letter behind the percent sign, as IKEV1_LOGS explains them. */
static void put_blank(struct ike_text *t, char key, const ikev1_log_event *event) {
    const ikev1_why *why = event->why;
    switch (key) {
    case 'm':
        put_name(t, IKEV1_NAMES_EXCHANGE, event->exchange);
        break;
    case 'a':
        put_address(t, &event->path.remote);
        break;
    case 'f':
        put_address(t, &event->path.local);
        break;
    case 's':
        ike_symbols_text(t, event->payloads, event->payloads != NULL ? event->payload_count : 0);
        break;
    case 'r':
        ike_text_u64(t, event->rule);
        break;
    case 'c':
        ike_text_u64(t, why != NULL ? why->other_rule : 0);
        break;
    case 'b':
    case 'e':
        put_end(t, why, key == 'e');
        break;
    case 't':
        put_text(t, event->text);
        break;
    case 'o':
        put_text(t, why != NULL ? why->ours : NULL);
        break;
    case 'y':
        put_text(t, why != NULL ? why->theirs : NULL);
        break;
    case 'n':
        put_name(t, IKEV1_NAMES_NOTIFY, why != NULL ? why->notify : 0);
        break;
    case 'w':
        put_why(t, why);
        break;
    default: /* no text in IKEV1_LOGS has another: a test renders them all */
        break;
    }
}

static void put_line(struct ike_text *t, const char *text, const ikev1_log_event *event) {
    for (; *text != '\0'; text++) {
        if (text[0] == '%' && text[1] != '\0') {
            text++;
            put_blank(t, *text, event);
        } else {
            char plain[2] = {*text, '\0'};
            ike_text_str(t, plain);
        }
    }
}

size_t ikev1_log_format(const ikev1_log_event *event, char *out, size_t cap) {
    struct ike_text t = ike_text(out, cap);
    if (event == NULL) {
        return 0;
    }
    if (text_of(event->number) != NULL) {
        put_line(&t, text_of(event->number), event);
    } else {
        put_text(&t, event->name); /* a number of a later release: its stable name must do */
    }
    if (event->suppressed != 0) {
        ike_text_number(&t, " (", event->suppressed);
        ike_text_str(&t, " more left out)");
    }
    return t.len;
}
