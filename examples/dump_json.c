/* SPDX-License-Identifier: Apache-2.0 */
/* A line of JSON for each message, then one for each negotiation. */
#include <stdio.h>

#include "dump_story.h"

static void put_text(const char *name, const char *text) {
    printf(",\"%s\":\"", name);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            printf("\\u%04x", (unsigned)*text);
        else
            putchar(*text);
    }
    putchar('"');
}

static void put_hex(const char *name, const uint8_t *p, size_t len) {
    printf(",\"%s\":\"", name);
    for (size_t i = 0; i < len; i++)
        printf("%02x", p[i]);
    putchar('"');
}

static void put_name(const char *name, int kind, uint32_t number) {
    const char *text = ikev1_name(kind, number);
    if (text != NULL)
        put_text(name, text);
    else
        printf(",\"%s\":%u", name, (unsigned)number);
}

static void put_flag(const char *name, bool set) {
    printf(",\"%s\":%s", name, set ? "true" : "false");
}

static void put_payload(const ikev1_payload *p, const char *comma) {
    printf("%s{\"type\":%u,\"offset\":%zu", comma, (unsigned)p->type, p->offset);
    put_hex("body", p->body.data, p->body.len);
    putchar('}');
}

void json_message(const struct story_message *m) {
    static const char *const covers[] = {"", "clear", "opened", "sealed", "garbled"};
    static const char *const proofs[] = {"none", "good", "bad"};
    const ikev1_decoded *d = &m->decoded;
    printf("{\"frame\":%llu,\"time\":%llu.%06llu,\"negotiation\":%llu",
           (unsigned long long)m->frame, (unsigned long long)(m->microseconds / 1000000),
           (unsigned long long)(m->microseconds % 1000000), (unsigned long long)d->event.sa);
    put_text("from", m->source);
    put_text("to", m->destination);
    put_flag("initiator", d->initiator);
    put_name("exchange", IKEV1_NAMES_EXCHANGE, d->event.exchange);
    put_hex("icookie", d->event.icookie, sizeof d->event.icookie);
    put_hex("rcookie", d->event.rcookie, sizeof d->event.rcookie);
    printf(",\"message_id\":\"%08x\",\"flags\":%u,\"bytes\":%zu", (unsigned)d->event.message_id,
           (unsigned)d->flags, d->wire.len);
    put_text("cover", covers[d->cover]);
    put_text("proof", proofs[d->proof]);
    put_flag("again", d->again);
    put_flag("joined", d->joined);
    printf(",\"padding\":%zu,\"payloads\":[", d->padding);
    for (size_t i = 0; i < d->event.payload_count; i++)
        put_payload(&d->payloads[i], i > 0 ? "," : "");
    putchar(']');
    put_text("line", m->line);
    if (m->gist[0] != '\0')
        put_text("gist", m->gist);
    if (m->vendors[0] != '\0')
        put_text("vendors", m->vendors);
    if (d->notify != 0)
        put_name("error", IKEV1_NAMES_NOTIFY, d->notify);
    if (m->wrong[0] != '\0')
        put_text("wrong", m->wrong);
    put_hex("plain", d->plain.data, d->plain.len);
    put_text("text", d->text);
    puts("}");
}

void json_verdicts(const struct story *s) {
    for (size_t i = 0; i < s->negotiation_count; i++) {
        const struct story_negotiation *n = &s->negotiations[i];
        char verdict[2 * STORY_TEXT];
        const bool well = story_verdict(n, verdict);
        printf("{\"negotiation\":%llu", (unsigned long long)n->sa);
        put_text("initiator", n->initiator);
        put_text("responder", n->responder);
        put_hex("icookie", n->icookie, sizeof n->icookie);
        printf(",\"began\":%llu.%06llu,\"ended\":%llu.%06llu,\"messages\":%u,\"sent_again\":%u",
               (unsigned long long)(n->began / 1000000), (unsigned long long)(n->began % 1000000),
               (unsigned long long)(n->ended / 1000000), (unsigned long long)(n->ended % 1000000),
               n->messages, n->again);
        if (n->before != 0)
            printf(",\"before\":%llu", (unsigned long long)n->before);
        put_flag("well", well);
        put_text("verdict", verdict);
        puts("}");
    }
}
