/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads and checks the rule file. inih splits it into keys and values; its handler is not told line
 * numbers nor of sections, so both are noted where inih fetches its lines. The first mistake is
 * told and ends it: those behind it are often its children.
 */
#define _GNU_SOURCE /* explicit_bzero() */
#include <ctype.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway_certs.h"
#include "gateway_keys.h"

enum { MAX_RULES = 10000 };

struct parser {
    struct rules *rules;
    FILE *file;
    unsigned line;
    bool failed;
    const struct key *keys; /* of the section we are in; NULL = before the first */
    unsigned *seen;         /* the line where each of them stands; 0 = nowhere yet */
    struct rule *rule;      /* the one we are in; NULL in [gateway] */
    unsigned gateway_line;
};

static void fail(struct parser *parser, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void fail(struct parser *parser, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (!parser->failed) {
        fprintf(stderr, "%s:%u: ", parser->rules->path, parser->line);
        vfprintf(stderr, format, arguments);
        fputc('\n', stderr);
    }
    parser->failed = true;
    va_end(arguments);
}

bool rules_complain(const struct rules *rules, const struct rule *rule, const char *key,
                    const char *format, ...) {
    const struct key *keys = rule != NULL ? RULE_KEYS : GATEWAY_KEYS;
    const unsigned *key_line = rule != NULL ? rule->key_line : rules->key_line;
    unsigned line = rule != NULL ? rule->line : 0;
    for (size_t i = 0; keys[i].name != NULL; i++) {
        if (strcmp(keys[i].name, key) == 0 && key_line[i] != 0) {
            line = key_line[i];
        }
    }
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s:%u: ", rules->path, line);
    if (rule != NULL) {
        fprintf(stderr, "rule %u: ", (unsigned)rule->number);
    }
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return false;
}

/* ---- sections ---- */

/* Which keys there must be and which there must not be hangs on how the rule authenticates. */
static bool check_key(const struct parser *parser, size_t i) {
    static const char *const WHERE[] = {"", "", " with auth = psk, the default",
                                        " with auth = rsa, dss or ecdsa",
                                        " with auth = rsa, dss or ecdsa"};
    const struct rule *rule = parser->rule;
    enum need need = RULE_KEYS[i].need;
    bool psk = rule->auth == IKEV1_AUTH_PSK, there = rule->key_line[i] != 0;
    bool of_use = psk ? need != NEEDS_CERT && need != FITS_CERT : need != NEEDS_PSK;
    bool user_only = need == NEEDS_CERT && rule->access.hybrid && rule->access.client;
    if (!there && of_use && need != OPTIONAL && need != FITS_CERT && !user_only) {
        return rules_complain(parser->rules, rule, "",
                              "\"%s\" is missing; expected it in every rule%s", RULE_KEYS[i].name,
                              WHERE[need]);
    }
    if (there && !of_use) {
        return rules_complain(parser->rules, rule, RULE_KEYS[i].name,
                              "\"%s\" is of no use here; expected it only%s", RULE_KEYS[i].name,
                              WHERE[need]);
    }
    return true;
}

static void end_section(struct parser *parser) {
    struct rule *rule = parser->rule;
    if (parser->failed || rule == NULL) {
        return;
    }
    for (size_t i = 0; RULE_KEYS[i].name != NULL && !parser->failed; i++) {
        parser->failed = !check_key(parser, i);
    }
    for (size_t i = 0; i < rule->phase1.suite_count; i++) {
        rule->suites1[i].auth = access_auth(rule);
    }
}

static void begin_rule(struct parser *parser, uint32_t number) {
    struct rules *rules = parser->rules;
    const struct rule *other = rules_find(rules, number);
    if (other != NULL) {
        fail(parser, "a second [rule %u]; expected another number than at line %u",
             (unsigned)number, other->line);
        return;
    }
    struct rule *grown = NULL;
    if (rules->count < MAX_RULES) {
        grown = realloc(rules->rule, (rules->count + 1) * sizeof *grown);
    }
    if (grown == NULL) {
        fail(parser, "too many rules; expected at most %d", (int)MAX_RULES);
        return;
    }
    rules->rule = grown;
    parser->rule = &rules->rule[rules->count++];
    *parser->rule = (struct rule){.number = number, .line = parser->line, .auth = IKEV1_AUTH_PSK};
    parser->rule->phase1.size = sizeof parser->rule->phase1;
    parser->rule->phase2.size = sizeof parser->rule->phase2;
    parser->rule->phase2.mode = IKEV1_ENCAP_TUNNEL;
    parser->rule->peer.port = IKEV1_PORT;
    parser->keys = RULE_KEYS;
    parser->seen = parser->rule->key_line;
}

static void begin_gateway(struct parser *parser) {
    if (parser->gateway_line != 0) {
        fail(parser, "a second [gateway]; expected only that of line %u", parser->gateway_line);
    }
    parser->gateway_line = parser->line;
    parser->keys = GATEWAY_KEYS;
    parser->seen = parser->rules->key_line;
}

/* `line` begins with '['. Where it does not end with ']', inih complains. */
static void begin_section(struct parser *parser, const char *line) {
    unsigned number = 0;
    int used = 0;
    end_section(parser);
    parser->rule = NULL;
    parser->keys = NULL;
    if (strncmp(line, "[gateway]", 9) == 0) {
        begin_gateway(parser);
    } else if (sscanf(line, "[rule %9u]%n", &number, &used) == 1 && used > 0 && number > 0) {
        begin_rule(parser, number);
    } else {
        fail(parser, "unknown section %.*s; expected [gateway] or [rule NUMBER]",
             (int)strcspn(line, "\r\n"), line);
    }
}

/* ---- what inih calls ---- */

/*
 * Fetches a line, as fgets() does. Blanks in front of it go: inih would take an indented line for
 * the value of the key above it.
 */
static char *fetch_line(char *line, int size, void *user) {
    struct parser *parser = user;
    if (fgets(line, size, parser->file) == NULL) {
        return NULL;
    }
    parser->line++;
    if (strchr(line, '\n') == NULL && !feof(parser->file)) {
        fail(parser, "line too long; expected at most %d bytes", size - 2);
        return NULL;
    }
    size_t blanks = 0;
    while (isspace((unsigned char)line[blanks]) && line[blanks] != '\n') {
        blanks++;
    }
    memmove(line, line + blanks, strlen(line + blanks) + 1);
    if (line[0] == '[') {
        begin_section(parser, line);
    }
    return parser->failed ? NULL : line;
}

static void fail_key(struct parser *parser, const char *name) {
    char expected[512] = "";
    for (size_t i = 0, len = 0; parser->keys[i].name != NULL && len < sizeof expected; i++) {
        int put = snprintf(expected + len, sizeof expected - len, "%s%s", i > 0 ? ", " : "",
                           parser->keys[i].name);
        len += put > 0 ? (size_t)put : 0;
    }
    fail(parser, "unknown key \"%s\"; expected one of %s", name, expected);
}

static int handle_value(void *user, const char *section, const char *name, const char *value) {
    struct parser *parser = user;
    (void)section; /* begin_section() knows it, and its line */
    if (parser->failed) {
        return 0;
    }
    if (parser->keys == NULL) {
        fail(parser, "\"%s\" before any section; expected [gateway] or [rule NUMBER]", name);
        return 0;
    }
    size_t i = 0;
    while (parser->keys[i].name != NULL && strcmp(parser->keys[i].name, name) != 0) {
        i++;
    }
    if (parser->keys[i].name == NULL) {
        fail_key(parser, name);
        return 0;
    }
    if (parser->seen[i] != 0) {
        fail(parser, "\"%s\" again; expected it once, as at line %u", name, parser->seen[i]);
        return 0;
    }
    parser->seen[i] = parser->line;
    struct mistake mistake = {NULL, 0, "", ""};
    if (!parser->keys[i].set(parser->rules, parser->rule, value, &mistake)) {
        fail(parser, "%s: %s; expected %s", name, mistake.what, mistake.expected);
        if (mistake.at != NULL) {
            fprintf(stderr, "    %s\n    %*s^", value, (int)(mistake.at - value), "");
            for (size_t k = 1; k < mistake.len; k++) {
                fputc('~', stderr);
            }
            fputc('\n', stderr);
        }
    }
    return !parser->failed;
}

/* ---- what only the whole file can tell ---- */

static bool check_alone(const struct rules *rules, const struct rule *rule) {
    const ikev1_selector *local = &rule->phase2.local, *remote = &rule->phase2.remote;
    if (rule->auth != IKEV1_AUTH_PSK && rule->files.ca[0] == '\0' && rules->files.ca[0] == '\0') {
        return rules_complain(rules, rule, "auth",
                              "no \"ca\" for its certificates; expected it "
                              "in the rule or in [gateway]");
    }
    if (rule->peer.family != 0 && rule->local.family != 0 &&
        rule->peer.family != rule->local.family) {
        return rules_complain(rules, rule, "address",
                              "\"address\" and \"peer\" are of different "
                              "kinds; expected both IPv4 or both IPv6");
    }
    if (rule->open_remote && rule->peer.family != 0) {
        return rules_complain(rules, rule, "remote",
                              "\"any\" is for peers that may come from anywhere; expected a "
                              "network, or peer = any");
    }
    if ((local->family == 0) != (remote->family == 0) && !rule->open_remote) {
        return rules_complain(rules, rule, local->family == 0 ? "remote" : "local",
                              "only one of \"local\" and \"remote\"; expected both, or neither for "
                              "the two hosts themselves");
    }
    if (local->family != remote->family && !rule->open_remote) {
        return rules_complain(rules, rule, "remote",
                              "\"local\" and \"remote\" are of different "
                              "kinds; expected both IPv4 or both IPv6");
    }
    if (rule->phase2.mode == IKEV1_ENCAP_TRANSPORT &&
        (memcmp(local->start, local->end, sizeof local->end) != 0 ||
         memcmp(remote->start, remote->end, sizeof remote->end) != 0)) {
        return rules_complain(rules, rule, "mode",
                              "transport mode for a network; expected single "
                              "addresses in \"local\" and \"remote\"");
    }
    return true;
}

/* Which files a peer's certificates are checked by the table does not know. */
static bool check_files(const struct rules *rules, const struct rule *a, const struct rule *b) {
    return !rules_same_peer(a, b) || memcmp(&a->files, &b->files, sizeof a->files) == 0 ||
           rules_complain(rules, b, "cert",
                          "same peer as rule %u (line %u), but other certificates; expected the "
                          "same: a peer in Main Mode is known by its address only",
                          (unsigned)a->number, a->line);
}

static bool check_whole(const struct rules *rules) {
    for (size_t i = 0; i < rules->count; i++) {
        if (!check_alone(rules, &rules->rule[i])) {
            return false;
        }
        for (size_t k = 0; k < i; k++) {
            if (!check_files(rules, &rules->rule[k], &rules->rule[i])) {
                return false;
            }
        }
    }
    return true;
}

bool rules_load(struct rules *rules, const char *path) {
    *rules = (struct rules){.port = IKEV1_PORT, .natt_port = IKEV1_PORT_NATT};
    rules->log_level = IKEV1_LEVEL_INFO;
    snprintf(rules->tun, sizeof rules->tun, "%s", "ike%d"); /* whichever is free */
    rules->listen[0] = (ikev1_address){.family = 4};        /* 0.0.0.0 */
    rules->listen_count = 1;
    snprintf(rules->path, sizeof rules->path, "%s", path);
    struct parser parser = {.rules = rules, .file = fopen(path, "r")};
    if (parser.file == NULL) {
        perror(path);
        return false;
    }
    int bad_line = ini_parse_stream(fetch_line, &parser, handle_value, &parser);
    fclose(parser.file);
    if (!parser.failed && bad_line > 0) {
        parser.line = (unsigned)bad_line;
        fail(&parser, "neither a section nor a setting; expected [SECTION] or KEY = VALUE");
    }
    end_section(&parser);
    return !parser.failed && check_whole(rules);
}

void rules_free(struct rules *rules) {
    ikev1_rules_free(rules->table);
    for (size_t i = 0; i < rules->count; i++) {
        certs_free(rules->rule[i].certs);
    }
    if (rules->rule != NULL) {
        explicit_bzero(rules->rule, rules->count * sizeof *rules->rule); /* the keys */
    }
    free(rules->rule);
    *rules = (struct rules){0};
}
