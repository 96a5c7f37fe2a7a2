/* SPDX-License-Identifier: Apache-2.0 */
/* Sends probes to one target, never faster than it was told, and waits for the answers. */
#ifndef SCAN_PROBE_H
#define SCAN_PROBE_H

#include "scan_message.h"

struct scan {
    unsigned interval_ms, timeout_ms, tries; /* between two datagrams; for an answer; of a probe */
    ikev1_address target, source;            /* source: family 0 = any */
    int fd;
    ikev1_decoder *decoder;
    uint64_t sent_at; /* the last datagram, ms; 0 = none */
    unsigned sent;    /* datagrams */
};

uint64_t scan_now(void); /* ms */
/* false: it has said why. */
bool scan_open(struct scan *s);
void scan_close(struct scan *s);

/* Asks under a cookie and a nonce of its own. What the answer's vendor IDs point to is there until
 * the next call. false: the target cannot be reached, it has said why. */
bool scan_probe(struct scan *s, struct scan_question *q, struct scan_answer *a);

/* Waits without a word of ours and prints when the last answer comes again. */
void scan_backoff(struct scan *s, const struct scan_question *q, unsigned seconds);

#endif
