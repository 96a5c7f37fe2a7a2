/* SPDX-License-Identifier: Apache-2.0 */
/* First messages as a probe sends them, and what an answer to one says. */
#ifndef SCAN_MESSAGE_H
#define SCAN_MESSAGE_H

#include <ikev1/decode.h>
#include <ikev1/phases.h>

enum {
    SCAN_TRANSFORMS = 30, /* in one message: it fits an Ethernet frame */
    SCAN_MESSAGE = 2048,
    SCAN_VENDORS = 9,
};

/* A vendor ID that a probe announces. */
struct scan_vendor {
    const char *name;
    uint8_t len, bytes[20];
};
extern const struct scan_vendor SCAN_KNOWN[SCAN_VENDORS];

struct scan_question {
    uint8_t exchange; /* IKEV1_EXCHANGE_MAIN, _AGGRESSIVE or _BASE */
    const ikev1_suite1 *suites;
    size_t count;             /* in Aggressive Mode all of one group */
    bool vendors;             /* announce SCAN_KNOWN */
    ikev1_id id;              /* where the exchange has one */
    ikev1_bytes public_value; /* of that group */
    uint8_t icookie[IKEV1_COOKIE_SIZE], nonce[16];
};

/* The message's length. `out` has SCAN_MESSAGE bytes. */
size_t scan_ask(const struct scan_question *q, uint8_t *out);

enum scan_outcome { SCAN_SILENT, SCAN_ACCEPTED, SCAN_REFUSED, SCAN_STRANGE };

struct scan_answer {
    enum scan_outcome outcome;
    uint16_t notify; /* REFUSED: its type */
    size_t chosen;   /* ACCEPTED: which of the question's */
    char text[160];  /* STRANGE: what is wrong with it */
    char fingerprint[IKEV1_FINGERPRINT];
    ikev1_bytes vendors[20]; /* as long as the message is there */
    size_t vendor_count;
};

/* What a decoded message says to the question. */
void scan_hear(const struct scan_question *q, const ikev1_decoded *m, struct scan_answer *out);

#endif
