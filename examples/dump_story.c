/* SPDX-License-Identifier: Apache-2.0 */
#include "dump_story.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void story_address(const ikev1_address *a, char out[64]) {
    char ip[INET6_ADDRSTRLEN] = "?";
    inet_ntop(a->family == 6 ? AF_INET6 : AF_INET, a->ip, ip, sizeof ip);
    snprintf(out, 64, "%s port %u", ip, (unsigned)a->port);
}

/* Room for one more of what doubles its room at powers of two. */
static bool grow(void **items, size_t count, size_t size) {
    if (count != 0 && (count & (count - 1)) != 0)
        return true;
    void *grown = realloc(*items, (count == 0 ? 1 : 2 * count) * size);
    if (grown != NULL)
        *items = grown;
    return grown != NULL;
}

static struct story_negotiation *negotiation(struct story *s, const struct story_message *m) {
    const ikev1_log_event *ev = &m->decoded.event;
    void *items = s->negotiations;
    for (size_t i = s->negotiation_count; i > 0; i--)
        if (s->negotiations[i - 1].sa == ev->sa)
            return &s->negotiations[i - 1];
    if (!grow(&items, s->negotiation_count, sizeof *s->negotiations))
        return NULL;
    s->negotiations = items;
    struct story_negotiation *n = &s->negotiations[s->negotiation_count++];
    *n = (struct story_negotiation){.sa = ev->sa};
    memcpy(n->icookie, ev->icookie, sizeof n->icookie);
    story_address(&ev->path.local, n->initiator);
    story_address(&ev->path.remote, n->responder);
    return n;
}

/* ---- what a message means for its negotiation ---- */

static void fail(struct story_negotiation *n, size_t at, const char *who, const char *what) {
    if (n->failed_at != 0)
        return;
    n->failed_at = at;
    snprintf(n->failure, sizeof n->failure, "%.40s%.200s", who, what);
}

/* Where it shows that something is wrong, and what. */
static void look_for_failure(struct story_negotiation *n, const struct story_message *m,
                             size_t at) {
    const ikev1_decoded *d = &m->decoded;
    const char *who = n->sa == 0 ? "somebody " : d->initiator ? "the initiator " : "the responder ";
    const bool phase1 = d->event.message_id == 0;
    char text[STORY_TEXT];
    if (d->again)
        return;
    if (d->notify != 0) {
        const char *name = ikev1_name(IKEV1_NAMES_NOTIFY, d->notify);
        snprintf(text, sizeof text, "says %s", name != NULL ? name : "an error without a name");
        fail(n, at, who, text);
    }
    if (d->proof == IKEV1_PROOF_BAD)
        fail(n, at, who, "has another pre-shared key: its HASH is not what the known key gives");
    if (d->cover == IKEV1_COVER_GARBLED)
        fail(n, at, who,
             phase1 ? "sent what the known key does not decrypt: the pre-shared keys differ, or "
                      "the key is of another negotiation"
                    : "sent what the known key does not decrypt");
    else if (m->wrong[0] != '\0') {
        snprintf(text, sizeof text, "sent a malformed message: %.200s", m->wrong);
        fail(n, at, who, text);
    }
    if (n->exchange == IKEV1_EXCHANGE_MAIN && n->phase1 == 5 && !n->later && !d->initiator &&
        d->event.exchange == IKEV1_EXCHANGE_INFORMATIONAL && d->cover == IKEV1_COVER_SEALED)
        fail(n, at, who,
             "answered the fifth message of Main Mode with an encrypted notification: the "
             "pre-shared keys may differ, or the identity is not the one expected");
}

static void count(struct story_negotiation *n, const struct story_message *m) {
    const ikev1_log_event *ev = &m->decoded.event;
    size_t i = 0;
    n->repeated = m->decoded.again ? n->repeated + 1 : 0;
    if (m->decoded.again || m->decoded.event.payload_count == 1)
        if (m->decoded.again || ev->payloads[0] == IKEV1_PAYLOAD_FRAGMENT)
            return;
    if (ev->exchange <= IKEV1_EXCHANGE_AGGRESSIVE && ev->message_id == 0) {
        n->exchange = ev->exchange;
        n->phase1++;
    }
    n->later |= ev->exchange == IKEV1_EXCHANGE_TRANSACTION;
    if (ev->exchange != IKEV1_EXCHANGE_QUICK)
        return;
    n->later = true;
    while (i < n->quick_count && n->quick[i].message_id != ev->message_id)
        i++;
    if (i == STORY_EXCHANGES)
        return;
    if (i == n->quick_count)
        n->quick[n->quick_count++] = (struct story_quick){ev->message_id, 0};
    n->pairs += ++n->quick[i].messages == 3; /* RFC 2409 5.5 */
}

bool story_add(struct story *s, struct story_message *m, const ikev1_decoded *decoded) {
    m->decoded = *decoded;
    ikev1_log_format(&decoded->event, m->line, sizeof m->line);
    if (decoded->event.why != NULL)
        ikev1_why_format(decoded->event.why, m->wrong, sizeof m->wrong);
    story_address(decoded->initiator ? &decoded->event.path.local : &decoded->event.path.remote,
                  m->source);
    story_address(decoded->initiator ? &decoded->event.path.remote : &decoded->event.path.local,
                  m->destination);
    struct story_negotiation *n = negotiation(s, m);
    if (n == NULL)
        return false;
    count(n, m);
    look_for_failure(n, m, s->message_count + 1);
    memcpy(n->rcookie, decoded->event.rcookie, sizeof n->rcookie);
    if (s->keep && s->message_count == STORY_MESSAGES)
        s->left_out++;
    if (!s->keep || s->message_count == STORY_MESSAGES)
        return true;
    void *items = s->messages;
    if (!grow(&items, s->message_count, sizeof *s->messages))
        return false;
    s->messages = items;
    m->text = malloc(decoded->text_len + 1);
    if (m->text == NULL)
        return false;
    memcpy(m->text, decoded->text, decoded->text_len + 1);
    s->messages[s->message_count++] = *m;
    return true;
}

bool story_verdict(const struct story_negotiation *n, char out[2 * STORY_TEXT]) {
    const char *mode = ikev1_name(IKEV1_NAMES_EXCHANGE, n->exchange);
    const unsigned whole = n->exchange == IKEV1_EXCHANGE_MAIN         ? 6
                           : n->exchange == IKEV1_EXCHANGE_AGGRESSIVE ? 3
                                                                      : 4;
    if (mode == NULL)
        mode = "phase 1";
    if (n->sa == 0)
        snprintf(out, 2 * STORY_TEXT, "no negotiation: %s", n->failure);
    else if (n->pairs > 0)
        snprintf(out, 2 * STORY_TEXT, "%s and %u Quick Mode%s complete%s%s", mode, n->pairs,
                 n->pairs == 1 ? "" : "s", n->failed_at != 0 ? "; but " : "", n->failure);
    else if (n->failed_at != 0)
        snprintf(out, 2 * STORY_TEXT, "failed: %s", n->failure);
    else if (n->repeated > 0)
        snprintf(out, 2 * STORY_TEXT,
                 "failed: the last message was sent %u times without an answer", n->repeated + 1);
    else if (n->later || n->phase1 >= whole)
        snprintf(out, 2 * STORY_TEXT, "%s complete, no Quick Mode is", mode);
    else
        snprintf(out, 2 * STORY_TEXT, "the recording has %u message%s of %s and ends", n->phase1,
                 n->phase1 == 1 ? "" : "s", mode);
    return n->sa != 0 && (n->pairs > 0 || (n->failed_at == 0 && n->repeated == 0));
}

void story_free(struct story *s) {
    for (size_t i = 0; i < s->message_count; i++)
        free(s->messages[i].text);
    free(s->messages);
    free(s->negotiations);
}
