/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* clock_gettime, poll */
#include "scan_probe.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <ikev1/openssl.h>

uint64_t scan_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

static socklen_t to_socket(const ikev1_address *a, struct sockaddr_storage *out) {
    memset(out, 0, sizeof *out);
    if (a->family == 6) {
        struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(a->port)};
        memcpy(&in6.sin6_addr, a->ip, 16);
        memcpy(out, &in6, sizeof in6);
        return sizeof in6;
    }
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(a->port)};
    memcpy(&in.sin_addr, a->ip, 4);
    memcpy(out, &in, sizeof in);
    return sizeof in;
}

bool scan_open(struct scan *s) {
    struct sockaddr_storage name;
    s->fd = socket(s->target.family == 6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
    socklen_t len = to_socket(&s->source, &name);
    bool ok = s->fd >= 0;
    if (ok && s->source.family != 0)
        ok = bind(s->fd, (struct sockaddr *)&name, len) == 0;
    len = to_socket(&s->target, &name);
    ok = ok && connect(s->fd, (struct sockaddr *)&name, len) == 0;
    if (!ok)
        perror("scan");
    else if (ikev1_decoder_new(&s->decoder, ikev1_openssl(), NULL) != IKEV1_OK)
        ok = false;
    return ok;
}

void scan_close(struct scan *s) {
    ikev1_decoder_free(s->decoder);
    if (s->fd >= 0)
        close(s->fd);
}

/* ---- one datagram ---- */

static bool send_politely(struct scan *s, const uint8_t *message, size_t len) {
    uint64_t now = scan_now();
    while (s->sent_at != 0 && now < s->sent_at + s->interval_ms) {
        poll(NULL, 0, (int)(s->sent_at + s->interval_ms - now));
        now = scan_now();
    }
    s->sent_at = now;
    s->sent++;
    if (send(s->fd, message, len, 0) == (ssize_t)len || errno == ECONNREFUSED)
        return true;
    perror("scan: send");
    return false;
}

/* The next message under the question's cookie until `deadline`: 1; 0 = none; -1 = the target says
 * that nobody listens there. */
static int receive(struct scan *s, const struct scan_question *q, uint64_t deadline,
                   ikev1_decoded *m) {
    uint8_t buf[4096];
    for (uint64_t now = scan_now(); now < deadline; now = scan_now()) {
        struct pollfd p = {.fd = s->fd, .events = POLLIN};
        if (poll(&p, 1, (int)(deadline - now)) <= 0)
            continue;
        const ssize_t len = recv(s->fd, buf, sizeof buf, 0);
        if (len < 0 && errno == ECONNREFUSED)
            return -1;
        if (len < IKEV1_HEADER_SIZE || memcmp(buf, q->icookie, sizeof q->icookie) != 0)
            continue;
        *m = (ikev1_decoded)IKEV1_DECODED_INIT;
        if (ikev1_decoder_packet(s->decoder, now, &s->target, &s->source, buf, (size_t)len) ==
                IKEV1_OK &&
            ikev1_decoder_next(s->decoder, m) == 1)
            return 1;
    }
    return 0;
}

/* ---- a probe ---- */

bool scan_probe(struct scan *s, struct scan_question *q, struct scan_answer *a) {
    const ikev1_crypto *crypto = ikev1_openssl();
    uint8_t message[SCAN_MESSAGE];
    ikev1_decoded m;
    void *instance;
    int got = 0;
    *a = (struct scan_answer){.outcome = SCAN_SILENT};
    if (crypto->open(crypto, &instance) != IKEV1_OK)
        return false;
    bool ok = crypto->random(instance, q->icookie, sizeof q->icookie) == IKEV1_OK &&
              crypto->random(instance, q->nonce, sizeof q->nonce) == IKEV1_OK;
    crypto->close(instance);
    const size_t len = scan_ask(q, message);
    for (unsigned i = 0; ok && got == 0 && i < s->tries; i++) {
        ok = send_politely(s, message, len);
        got = ok ? receive(s, q, scan_now() + s->timeout_ms, &m) : 0;
    }
    if (got < 0)
        fputs("scan: nobody listens there (port unreachable)\n", stderr);
    if (got == 1)
        scan_hear(q, &m, a);
    return ok && got >= 0;
}

void scan_backoff(struct scan *s, const struct scan_question *q, unsigned seconds) {
    const uint64_t began = scan_now();
    uint64_t last = began;
    ikev1_decoded m;
    printf("the answer comes again after");
    while (receive(s, q, began + 1000u * seconds, &m) == 1) {
        const uint64_t now = scan_now();
        printf(" %.1f", (double)(now - last) / 1000);
        fflush(stdout);
        last = now;
    }
    puts(last == began ? " - not at all" : " seconds");
}
