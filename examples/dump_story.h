/* SPDX-License-Identifier: Apache-2.0 */
/* What has become of each negotiation in a recording, and where it went wrong. */
#ifndef DUMP_STORY_H
#define DUMP_STORY_H

#include <ikev1/decode.h>

enum {
    STORY_MESSAGES = 20000, /* that a page has at most */
    STORY_EXCHANGES = 64,   /* Quick Modes of one negotiation that are looked at */
    STORY_TEXT = 320,
};

/* A message as every form of output needs it. */
struct story_message {
    uint64_t frame, microseconds;
    char line[STORY_TEXT];    /* as the log has it */
    char wrong[STORY_TEXT];   /* what is wrong with it, "" = nothing */
    char gist[STORY_TEXT];    /* what matters in it, "" = nothing */
    char vendors[STORY_TEXT]; /* whose vendor IDs are in it, "" = none that are known */
    char *text;               /* several lines; NULL where it is not kept */
    char source[64], destination[64];
    bool natt;             /* by the port that is shared with ESP */
    ikev1_decoded decoded; /* its pointers: only while it is told */
};

struct story_quick {
    uint32_t message_id;
    unsigned messages;
};

struct story_negotiation {
    uint64_t sa;
    char initiator[64], responder[64];
    uint8_t icookie[8], rcookie[8];
    uint8_t exchange;  /* of phase 1, 0 = was not recorded */
    unsigned phase1;   /* messages of it, repetitions not counted */
    unsigned repeated; /* of the last message, in a row */
    unsigned pairs;    /* Quick Modes that came to their end */
    bool later;        /* there was anything after phase 1 */
    uint64_t before;   /* negotiation that was up between the same two when it began; 0 = none */
    uint64_t began, ended;            /* microseconds, of its first and its last message */
    unsigned messages, again, sealed; /* in all, sent again, not readable without a key */
    const char *deleted;              /* who has said that the ISAKMP SA is gone; NULL = nobody */
    struct story_quick quick[STORY_EXCHANGES];
    size_t quick_count;
    size_t failed_at;         /* the first message that tells of a failure: index + 1; 0 = none */
    char failure[STORY_TEXT]; /* and what it was */
};

struct story {
    bool keep; /* messages with their texts */
    struct story_message *messages;
    size_t message_count;
    struct story_negotiation *negotiations;
    size_t negotiation_count;
    uint64_t left_out; /* messages beyond STORY_MESSAGES */
};

/* Fills what is told of a message, adds it to its negotiation and, where that is wanted, keeps it.
 * false = no memory. */
bool story_add(struct story *s, struct story_message *m, const ikev1_decoded *decoded);
/* One sentence: what became of it. true = well. */
bool story_verdict(const struct story_negotiation *n, char out[2 * STORY_TEXT]);
/* "2023-11-14 22:13:20.000 UTC". */
void story_time(uint64_t microseconds, char out[64]);
/* "192.0.2.1 port 500". */
void story_address(const ikev1_address *a, char out[64]);
void story_free(struct story *s);

/* ---- dump_gist.c: a message in one line ---- */

void story_gist(const char *text, char out[STORY_TEXT]);
void story_vendors(const ikev1_decoded *d, char out[STORY_TEXT]);

/* ---- dump_json.c, dump_html.c: the other forms ---- */

void json_message(const struct story_message *m);
void json_verdicts(const struct story *s);
void html_page(const struct story *s, const char *title);

#endif
