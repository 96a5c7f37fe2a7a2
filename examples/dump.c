/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in a recording of IKEv1: every message as text, as lines of JSON, or as one HTML page
 * with a ladder diagram of each negotiation. Messages are decrypted where a key is known.
 *
 *     dump [--json | --html] [--keys FILE] [--key COOKIE,KEY] [--dh COOKIE,SECRET] [--psk KEY]
 *          [--port N] [--natt-port N] FILE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ikev1/ikev1.h>
#include <ikev1/openssl.h>

#include "dump_keys.h"
#include "dump_pcap.h"
#include "dump_story.h"

enum { BAD_FILE = 1, BAD_USE = 2 };
enum form { TEXT, JSON, HTML };

struct dump {
    ikev1_decoder *decoder;
    enum form form;
    unsigned port, natt_port;
    const char *path;
    struct story story;
    uint64_t first; /* microseconds, of the first message */
};

/* ---- the command line ---- */

/* The value's number, or what the decoder says to a secret. */
static int use(struct dump *d, const char *option, const char *value) {
    if (strcmp(option, "--key") == 0)
        return dump_add_pair(d->decoder, IKEV1_SECRET_KEY, value);
    if (strcmp(option, "--dh") == 0)
        return dump_add_pair(d->decoder, IKEV1_SECRET_DH, value);
    if (strcmp(option, "--psk") == 0)
        return dump_add_psk(d->decoder, value);
    if (strcmp(option, "--keys") == 0)
        return dump_add_file(d->decoder, value) ? IKEV1_OK : IKEV1_E_ARGUMENT;
    unsigned *port = strcmp(option, "--port") == 0        ? &d->port
                     : strcmp(option, "--natt-port") == 0 ? &d->natt_port
                                                          : NULL;
    const unsigned long number = strtoul(value, NULL, 10);
    if (port == NULL || number == 0 || number > 65535)
        return IKEV1_E_ARGUMENT;
    *port = (unsigned)number;
    return IKEV1_OK;
}

static bool read_options(struct dump *d, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            d->form = JSON;
        } else if (strcmp(argv[i], "--html") == 0) {
            d->form = HTML;
        } else if (strncmp(argv[i], "--", 2) != 0 && d->path == NULL) {
            d->path = argv[i];
        } else if (i + 1 == argc || use(d, argv[i], argv[i + 1]) != IKEV1_OK) {
            fprintf(stderr, "dump: %s: not an option, or its value is not usable\n", argv[i]);
            return false;
        } else {
            i++;
        }
    }
    if (d->path == NULL)
        fputs(
            "usage: dump [--json | --html] [--keys FILE] [--key COOKIE,KEY] [--dh COOKIE,SECRET]\n"
            "            [--psk KEY] [--port N] [--natt-port N] FILE\n",
            stderr);
    return d->path != NULL;
}

/* ---- messages ---- */

static void print_message(const struct dump *d, const struct story_message *m) {
    const uint64_t since = m->microseconds - d->first;
    printf("#%llu  %llu.%06llu s  %s -> %s  negotiation %llu%s%s\n%s\n%s\n",
           (unsigned long long)m->frame, (unsigned long long)(since / 1000000),
           (unsigned long long)(since % 1000000), m->source, m->destination,
           (unsigned long long)m->decoded.event.sa, m->decoded.again ? "  sent again" : "",
           m->decoded.joined ? "  put together from fragments" : "", m->line, m->decoded.text);
    if (m->decoded.proof != IKEV1_PROOF_NONE)
        printf("HASH: %s\n\n", m->decoded.proof == IKEV1_PROOF_GOOD
                                   ? "of the known pre-shared key"
                                   : "not of the known pre-shared key");
}

static bool is_ike(const struct dump *d, const struct dump_datagram *in, ikev1_bytes *message) {
    const unsigned from = in->source.port, to = in->destination.port;
    const bool natt = from == d->natt_port || to == d->natt_port;
    if (!natt && from != d->port && to != d->port)
        return false;
    return ikev1_classify(natt, in->data, in->len, message) == IKEV1_KIND_IKE;
}

static bool tell(struct dump *d, const struct dump_datagram *in, ikev1_bytes message) {
    ikev1_decoded decoded = IKEV1_DECODED_INIT;
    int status = ikev1_decoder_packet(d->decoder, in->microseconds / 1000, &in->source,
                                      &in->destination, message.data, message.len);
    if (d->first == 0)
        d->first = in->microseconds;
    while (status == IKEV1_OK && (status = ikev1_decoder_next(d->decoder, &decoded)) == 1) {
        struct story_message m = {.frame = in->number,
                                  .microseconds = in->microseconds,
                                  .natt = in->source.port == d->natt_port ||
                                          in->destination.port == d->natt_port};
        if (!story_add(&d->story, &m, &decoded))
            return false;
        if (d->form == TEXT)
            print_message(d, &m);
        else if (d->form == JSON)
            json_message(&m);
        status = IKEV1_OK;
    }
    if (status < 0)
        fprintf(stderr, "dump: frame %llu: %s\n", (unsigned long long)in->number,
                ikev1_strerror(status));
    return status != IKEV1_E_MEMORY;
}

static int read_recording(struct dump *d) {
    char error[256] = "out of memory";
    struct dump_recording r;
    struct dump_datagram in;
    ikev1_bytes message;
    int got = 1;
    if (!dump_recording_open(&r, d->path, error)) {
        fprintf(stderr, "dump: %s\n", error);
        return BAD_FILE;
    }
    while (got == 1 && (got = dump_recording_next(&r, &in, error)) == 1)
        if (is_ike(d, &in, &message) && !tell(d, &in, message))
            got = -1;
    if (got < 0)
        fprintf(stderr, "dump: %s: %s\n", d->path, error);
    if (r.fragments > 0)
        fprintf(stderr, "dump: %llu fragments of IP left out\n", (unsigned long long)r.fragments);
    dump_recording_close(&r);
    return got < 0 ? BAD_FILE : 0;
}

static void print_verdicts(const struct story *s) {
    for (size_t i = 0; i < s->negotiation_count; i++) {
        char verdict[2 * STORY_TEXT];
        story_verdict(&s->negotiations[i], verdict);
        printf("negotiation %llu, %s -> %s: %s\n", (unsigned long long)s->negotiations[i].sa,
               s->negotiations[i].initiator, s->negotiations[i].responder, verdict);
    }
}

int main(int argc, char **argv) {
    struct dump d = {.port = 500, .natt_port = 4500};
    int status = BAD_USE;
    if (ikev1_decoder_new(&d.decoder, ikev1_openssl(), NULL) != IKEV1_OK) {
        fputs("dump: no decoder\n", stderr);
        return BAD_FILE;
    }
    if (read_options(&d, argc, argv)) {
        d.story.keep = d.form == HTML;
        status = read_recording(&d);
        if (d.form == HTML)
            html_page(&d.story, d.path);
        else if (d.form == JSON)
            json_verdicts(&d.story);
        else
            print_verdicts(&d.story);
    }
    story_free(&d.story);
    ikev1_decoder_free(d.decoder);
    return status;
}
