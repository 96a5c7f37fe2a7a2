/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an IKEv1 responder takes: which exchanges, which transforms of phase 1, which vendor IDs.
 * Nothing is guessed: each transform that is named has been chosen by the responder out of an
 * offer. It is asked with the first message only, one datagram at a time. Ask only who wants to be
 * asked.
 *
 *     scan [--port N] [--source ADDRESS] [--interval MS] [--timeout MS] [--tries N] [--id IDENTITY]
 *          [--backoff SECONDS] ADDRESS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ikev1/ikev1.h>
#include <ikev1/openssl.h>

#include "scan_probe.h"

enum { NOT_THERE = 1, BAD_USE = 2, MOST = 2000, LEAST_INTERVAL = 100 };

static const struct {
    uint16_t cipher, bits;
} CIPHERS[] = {{IKEV1_CIPHER_AES, 256}, {IKEV1_CIPHER_AES, 192}, {IKEV1_CIPHER_AES, 128},
               {IKEV1_CIPHER_3DES, 0},  {IKEV1_CIPHER_DES, 0},   {IKEV1_CIPHER_CAMELLIA, 256}};
static const uint16_t HASHES[] = {IKEV1_HASH_SHA2_512, IKEV1_HASH_SHA2_384, IKEV1_HASH_SHA2_256,
                                  IKEV1_HASH_SHA1, IKEV1_HASH_MD5};
static const uint16_t GROUPS[] = {IKEV1_GROUP_X25519,   IKEV1_GROUP_ECP521,   IKEV1_GROUP_ECP384,
                                  IKEV1_GROUP_ECP256,   IKEV1_GROUP_MODP4096, IKEV1_GROUP_MODP3072,
                                  IKEV1_GROUP_MODP2048, IKEV1_GROUP_MODP1536, IKEV1_GROUP_MODP1024,
                                  IKEV1_GROUP_MODP768};
static const uint16_t AUTHS[] = {IKEV1_AUTH_PSK, IKEV1_AUTH_RSA, IKEV1_AUTH_XAUTH_INIT_PSK,
                                 IKEV1_AUTH_HYBRID_INIT_RSA};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

struct run {
    struct scan s;
    const char *id_text;
    ikev1_id id; /* in the forms of ikev1/text.h */
    uint8_t id_data[128];
    unsigned backoff;
    ikev1_suite1 accepted[MOST];
    size_t accepted_count;
    size_t refused, silent; /* transforms */
};

/* ---- what is heard ---- */

static void print_suite(const ikev1_suite1 *s) {
    char text[IKEV1_TEXT_SIZE];
    ikev1_suite1_format(s, text, sizeof text);
    printf("  accepts %s, %s\n", text, ikev1_name(IKEV1_NAMES_AUTH, s->auth));
    fflush(stdout);
}

static void print_other(const struct scan_answer *a) {
    const char *name = ikev1_name(IKEV1_NAMES_NOTIFY, a->notify);
    if (a->outcome == SCAN_STRANGE)
        printf("  strange answer: %s\n", a->text);
    else if (a->outcome == SCAN_SILENT)
        puts("  no answer");
    else if (a->outcome == SCAN_REFUSED)
        printf("  refuses: %s\n", name != NULL ? name : "an error without a name");
}

/* ---- Main Mode: every transform ---- */

static size_t candidates(ikev1_suite1 *out) {
    size_t n = 0;
    for (size_t a = 0; a < COUNT(AUTHS); a++)
        for (size_t g = 0; g < COUNT(GROUPS); g++)
            for (size_t h = 0; h < COUNT(HASHES); h++)
                for (size_t c = 0; c < COUNT(CIPHERS); c++)
                    out[n++] = (ikev1_suite1){.cipher = CIPHERS[c].cipher,
                                              .key_bits = CIPHERS[c].bits,
                                              .hash = HASHES[h],
                                              .auth = AUTHS[a],
                                              .group = GROUPS[g]};
    return n;
}

/* An offer again and again, without what was chosen, until nothing of it is chosen: then the rest
 * is not taken. */
static bool ask_offer(struct run *r, ikev1_suite1 *offer, size_t count) {
    struct scan_question q = {.exchange = IKEV1_EXCHANGE_MAIN, .suites = offer};
    struct scan_answer a = {.outcome = SCAN_ACCEPTED};
    while (count > 0 && a.outcome == SCAN_ACCEPTED) {
        q.count = count;
        if (!scan_probe(&r->s, &q, &a))
            return false;
        if (a.outcome == SCAN_ACCEPTED) {
            print_suite(&offer[a.chosen]);
            r->accepted[r->accepted_count++] = offer[a.chosen];
            memmove(&offer[a.chosen], &offer[a.chosen + 1], (count - a.chosen - 1) * sizeof *offer);
            count--;
        } else if (a.outcome == SCAN_STRANGE) {
            print_other(&a);
        }
    }
    *(a.outcome == SCAN_SILENT ? &r->silent : &r->refused) += count;
    return true;
}

static bool ask_transforms(struct run *r) {
    static ikev1_suite1 all[MOST];
    const size_t count = candidates(all);
    puts("Main Mode");
    for (size_t at = 0; at < count; at += SCAN_TRANSFORMS)
        if (!ask_offer(r, all + at, count - at < SCAN_TRANSFORMS ? count - at : SCAN_TRANSFORMS))
            return false;
    printf("  refuses %zu transforms, does not answer to %zu\n", r->refused, r->silent);
    if (r->silent > 0 && r->accepted_count > 0)
        puts("  it did answer: perhaps it bounds what one address has half open (strongSwan: 4)");
    return true;
}

/* ---- the other exchanges ---- */

/* What of the accepted has this group (0 = any); where nothing was, what most would take. */
static size_t offer_of(const struct run *r, uint16_t group, ikev1_suite1 *out) {
    size_t n = 0;
    for (size_t i = 0; i < r->accepted_count && n < SCAN_TRANSFORMS; i++)
        if (group == 0 || r->accepted[i].group == group)
            out[n++] = r->accepted[i];
    for (size_t i = 0; r->accepted_count == 0 && i < COUNT(CIPHERS) * COUNT(HASHES); i++)
        out[n++] = (ikev1_suite1){.cipher = CIPHERS[i % COUNT(CIPHERS)].cipher,
                                  .key_bits = CIPHERS[i % COUNT(CIPHERS)].bits,
                                  .hash = HASHES[i / COUNT(CIPHERS)],
                                  .auth = IKEV1_AUTH_PSK,
                                  .group = group != 0 ? group : IKEV1_GROUP_MODP2048};
    return n;
}

/* A public value that no responder can tell from a real one. */
static size_t public_value(uint16_t group, uint8_t *out) {
    const ikev1_crypto *crypto = ikev1_openssl();
    uint8_t seed[IKEV1_MAX_SEED];
    size_t size = 0;
    void *instance;
    if (crypto->open(crypto, &instance) != IKEV1_OK)
        return 0;
    for (size_t i = 0; crypto->groups[i] != NULL && size == 0; i++)
        if (crypto->groups[i]->id == group &&
            crypto->random(instance, seed, crypto->groups[i]->seed_size) == IKEV1_OK &&
            crypto->groups[i]->generate(instance, seed, out) == IKEV1_OK)
            size = crypto->groups[i]->public_size;
    crypto->close(instance);
    return size;
}

static bool ask_exchange(struct run *r, uint8_t exchange, uint16_t group) {
    ikev1_suite1 offer[SCAN_TRANSFORMS + COUNT(CIPHERS)];
    uint8_t value[IKEV1_MAX_PUBLIC];
    struct scan_question q = {.exchange = exchange, .suites = offer};
    struct scan_answer a;
    q.count = offer_of(r, group, offer);
    if (q.count == 0)
        return true;
    q.id = r->id;
    q.public_value = (ikev1_bytes){value, group != 0 ? public_value(group, value) : 0};
    printf("%s%s%s, ID %s\n", ikev1_name(IKEV1_NAMES_EXCHANGE, exchange), group != 0 ? ", " : "",
           group != 0 ? ikev1_name(IKEV1_NAMES_GROUP, group) : "", r->id_text);
    if (!scan_probe(&r->s, &q, &a))
        return false;
    if (a.outcome == SCAN_ACCEPTED)
        print_suite(&offer[a.chosen]);
    print_other(&a);
    return true;
}

static bool ask_exchanges(struct run *r) {
    bool ok = ask_exchange(r, IKEV1_EXCHANGE_BASE, 0);
    for (size_t i = 0; ok && i < COUNT(GROUPS); i++)
        if (r->accepted_count > 0 || GROUPS[i] == IKEV1_GROUP_MODP2048 ||
            GROUPS[i] == IKEV1_GROUP_MODP1024)
            ok = ask_exchange(r, IKEV1_EXCHANGE_AGGRESSIVE, GROUPS[i]);
    return ok;
}

/* ---- vendor IDs: those it always sends, and those it sends to who announces them ---- */

static void print_vendors(const struct scan_answer *a) {
    for (size_t i = 0; i < a->vendor_count; i++) {
        char name[120] = "";
        if (ikev1_vendor_format(a->vendors[i], name, sizeof name) == 0)
            strcpy(name, "not known");
        printf("  %s: ", name);
        for (size_t k = 0; k < a->vendors[i].len && k < 64; k++)
            printf("%02x", a->vendors[i].data[k]);
        putchar('\n');
    }
    printf("  fingerprint: %s\n", a->fingerprint);
}

static bool ask_vendors(struct run *r) {
    struct scan_question q = {.exchange = IKEV1_EXCHANGE_MAIN, .suites = r->accepted, .count = 1};
    struct scan_answer a;
    for (int all = 0; r->accepted_count > 0 && all <= 1; all++) {
        q.vendors = all == 1;
        puts(all == 0 ? "vendor IDs, when none is announced"
                      : "vendor IDs, when all are announced");
        if (!scan_probe(&r->s, &q, &a))
            return false;
        if (a.outcome == SCAN_ACCEPTED)
            print_vendors(&a);
        print_other(&a);
    }
    if (r->accepted_count > 0 && r->backoff > 0)
        scan_backoff(&r->s, &q, r->backoff);
    return true;
}

/* ---- the command line ---- */

static bool use(struct run *r, const char *option, const char *value) {
    const struct {
        const char *name;
        unsigned *number;
        unsigned long least, most;
    } numbers[] = {{"--interval", &r->s.interval_ms, LEAST_INTERVAL, 60000},
                   {"--timeout", &r->s.timeout_ms, 10, 60000},
                   {"--tries", &r->s.tries, 1, 10},
                   {"--backoff", &r->backoff, 1, 600}};
    const unsigned long number = strtoul(value, NULL, 10);
    for (size_t i = 0; i < COUNT(numbers); i++)
        if (strcmp(option, numbers[i].name) == 0) {
            *numbers[i].number = (unsigned)number;
            return number >= numbers[i].least && number <= numbers[i].most;
        }
    if (strcmp(option, "--id") == 0) {
        r->id_text = value;
        return ikev1_id_parse(value, r->id_data, sizeof r->id_data, &r->id, NULL) == IKEV1_OK;
    }
    if (strcmp(option, "--port") == 0 && number > 0 && number <= 65535) {
        r->s.target.port = (uint16_t)number;
        return true;
    }
    return strcmp(option, "--source") == 0 &&
           ikev1_address_parse(value, &r->s.source, NULL) == IKEV1_OK;
}

static bool read_options(struct run *r, int argc, char **argv) {
    int i = 1;
    for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2)
        if (!use(r, argv[i], argv[i + 1])) {
            fprintf(stderr, "scan: %s: not an option, or its value is not usable\n", argv[i]);
            return false;
        }
    const uint16_t port = r->s.target.port;
    if (i + 1 != argc || ikev1_address_parse(argv[i], &r->s.target, NULL) != IKEV1_OK) {
        fputs("usage: scan [--port N] [--source ADDRESS] [--interval MS] [--timeout MS]\n"
              "            [--tries N] [--id IDENTITY] [--backoff SECONDS] ADDRESS\n",
              stderr);
        return false;
    }
    r->s.target.port = r->s.target.port != 0 ? r->s.target.port : port;
    return true;
}

int main(int argc, char **argv) {
    static struct run r = {
        .s =
            {.interval_ms = 500, .timeout_ms = 1000, .tries = 2, .target = {.port = 500}, .fd = -1},
        .id_text = "scan",
        .id = {.type = IKEV1_ID_KEY_ID, .data = (const uint8_t *)"scan", .len = 4}};
    if (!read_options(&r, argc, argv))
        return BAD_USE;
    const uint64_t began = scan_now();
    const bool ok = scan_open(&r.s) && ask_transforms(&r) && ask_exchanges(&r) && ask_vendors(&r);
    printf("%u datagrams in %.1f s\n", r.s.sent, (double)(scan_now() - began) / 1000);
    scan_close(&r.s);
    return ok ? 0 : NOT_THERE;
}
