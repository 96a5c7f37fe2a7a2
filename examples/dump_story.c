/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200112L /* gmtime_r() */

#include "dump_story.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void story_address(const ikev1_address *a, char out[64]) {
    char ip[INET6_ADDRSTRLEN] = "?";
    inet_ntop(a->family == 6 ? AF_INET6 : AF_INET, a->ip, ip, sizeof ip);
    snprintf(out, 64, "%s port %u", ip, (unsigned)a->port);
}

void story_time(uint64_t microseconds, char out[64]) {
    const time_t seconds = (time_t)(microseconds / 1000000);
    char text[32] = "?";
    struct tm tm;
    if (gmtime_r(&seconds, &tm) != NULL)
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
    snprintf(out, 64, "%s.%03u UTC", text, (unsigned)(microseconds / 1000 % 1000));
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

static bool same_ends(const struct story_negotiation *a, const struct story_negotiation *b) {
    const size_t i = strcspn(a->initiator, " "), r = strcspn(a->responder, " ");
    return (strncmp(a->initiator, b->initiator, i + 1) == 0 &&
            strncmp(a->responder, b->responder, r + 1) == 0) ||
           (strncmp(a->initiator, b->responder, i + 1) == 0 &&
            strncmp(a->responder, b->initiator, r + 1) == 0);
}

/* The newest that is up between the same two: the new one replaces it, or stands beside it. */
static uint64_t up_before(const struct story *s, const struct story_negotiation *n) {
    for (size_t i = s->negotiation_count; i > 0; i--) {
        const struct story_negotiation *old = &s->negotiations[i - 1];
        if (old->sa != n->sa && old->sa != 0 && old->later && old->deleted == NULL &&
            same_ends(old, n))
            return old->sa;
    }
    return 0;
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
    n->before = n->sa != 0 ? up_before(s, n) : 0;
    n->began = m->microseconds;
    return n;
}

/* ---- what a message means for its negotiation ---- */

static void fail(struct story_negotiation *n, size_t at, const char *who, const char *what) {
    if (n->failed_at != 0)
        return;
    n->failed_at = at;
    snprintf(n->failure, sizeof n->failure, "%.40s%.200s", who, what);
}

/* What mostly is behind it: in phase 1, in phase 2. */
static const struct {
    uint16_t notify;
    const char *hints[2];
} HINTS[] = {
    {IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN,
     {": compare cipher, hash, group and method of both sides",
      ": compare ciphers, PFS group and mode of phase 2 on both sides"}},
    {IKEV1_NOTIFY_INVALID_ID_INFORMATION,
     {": the other side's identity is not the one it expects",
      ": the networks are not those it expects"}},
    {IKEV1_NOTIFY_AUTHENTICATION_FAILED,
     {": the pre-shared keys differ, or the certificate or the identity is refused", ""}},
    {IKEV1_NOTIFY_PAYLOAD_MALFORMED,
     {": encrypted messages are malformed to who has another pre-shared key", ""}},
    {IKEV1_NOTIFY_INVALID_KEY_INFORMATION, {"", ": compare the PFS groups of both sides"}},
};

static const char *hint(uint16_t notify, bool phase2) {
    for (size_t i = 0; i < sizeof HINTS / sizeof *HINTS; i++)
        if (HINTS[i].notify == notify)
            return HINTS[i].hints[phase2];
    return "";
}

/* Does it say, in Mode Config's payload, that XAUTH has failed (draft-beaulieu-ike-xauth 5)? */
static bool refuses_user(const ikev1_payload *p) {
    enum { ATTRIBUTES = 4 }; /* behind type, reserved byte and identifier */
    ikev1_attribute a;
    if (p->type != IKEV1_PAYLOAD_CONFIG || p->body.len < ATTRIBUTES)
        return false;
    ikev1_bytes rest = {p->body.data + ATTRIBUTES, p->body.len - ATTRIBUTES};
    while (ikev1_attribute_next(&rest, &a) == 1)
        if (a.type == IKEV1_ATTRC_XAUTH_STATUS && a.value.len > 0 &&
            a.value.data[a.value.len - 1] == 0)
            return true;
    return false;
}

/* Does it delete the ISAKMP SA (RFC 2408 3.15)? */
static bool deletes_all(const ikev1_payload *p) {
    enum { PROTOCOL = 4 }; /* behind the DOI */
    return p->type == IKEV1_PAYLOAD_DELETE && p->body.len > PROTOCOL &&
           p->body.data[PROTOCOL] == IKEV1_PROTO_ISAKMP;
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
        snprintf(text, sizeof text, "says %s%s", name != NULL ? name : "an error without a name",
                 hint(d->notify, n->quick_count > 0));
        fail(n, at, who, text);
    }
    for (size_t i = 0; i < d->event.payload_count; i++) {
        if (refuses_user(&d->payloads[i]))
            fail(n, at, who, "says that XAUTH has failed: the user's name or password is wrong");
        if (deletes_all(&d->payloads[i]) && n->deleted == NULL)
            n->deleted = d->initiator ? "the initiator" : "the responder";
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
    n->ended = m->microseconds;
    n->messages++;
    n->again += m->decoded.again;
    n->sealed += m->decoded.cover == IKEV1_COVER_SEALED;
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
    story_gist(decoded->text, m->gist);
    story_vendors(decoded, m->vendors);
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

/* What has become of one in which nothing failed that anybody said. */
static void plain_verdict(const struct story_negotiation *n, const char *mode, char *out) {
    const unsigned whole = n->exchange == IKEV1_EXCHANGE_MAIN         ? 6
                           : n->exchange == IKEV1_EXCHANGE_AGGRESSIVE ? 3
                                                                      : 4;
    if (n->repeated > 0)
        snprintf(out, STORY_TEXT, "failed: the last message was sent %u times without an answer",
                 n->repeated + 1);
    else if (n->later || n->phase1 >= whole)
        snprintf(out, STORY_TEXT, "%s complete, no Quick Mode is", mode);
    else
        snprintf(out, STORY_TEXT, "the recording has %u message%s of %s and ends", n->phase1,
                 n->phase1 == 1 ? "" : "s", mode);
}

bool story_verdict(const struct story_negotiation *n, char out[2 * STORY_TEXT]) {
    const char *mode = ikev1_name(IKEV1_NAMES_EXCHANGE, n->exchange);
    if (mode == NULL)
        mode = "phase 1";
    if (n->sa == 0)
        snprintf(out, 2 * STORY_TEXT, "no negotiation: %s", n->failure);
    else if (n->pairs > 0)
        snprintf(out, 2 * STORY_TEXT, "%s and %u Quick Mode%s complete%s%s", mode, n->pairs,
                 n->pairs == 1 ? "" : "s", n->failed_at != 0 ? "; but " : "", n->failure);
    else if (n->failed_at != 0)
        snprintf(out, 2 * STORY_TEXT, "failed: %s", n->failure);
    else
        plain_verdict(n, mode, out);
    size_t len = strlen(out);
    if (n->deleted != NULL && n->sa != 0)
        snprintf(out + len, 2 * STORY_TEXT - len, "; deleted by %s", n->deleted);
    len = strlen(out);
    if (n->before != 0)
        snprintf(out + len, 2 * STORY_TEXT - len, "; negotiation %llu was up when it began",
                 (unsigned long long)n->before);
    return n->sa != 0 && (n->pairs > 0 || (n->failed_at == 0 && n->repeated == 0));
}

void story_free(struct story *s) {
    for (size_t i = 0; i < s->message_count; i++)
        free(s->messages[i].text);
    free(s->messages);
    free(s->negotiations);
}
