/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Will two gateways agree? Reads a rule of each of two gateway files and prints what both sides
 * have, what would be chosen, every difference, and the lines that both would log. No packet is
 * sent. Exits 0 when they agree.
 *
 *     forecast west.ini 1 east.ini 1      west connects, east answers
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ikev1/forecast.h>
#include <ikev1/openssl.h>

#include "gateway_rules.h"

enum { CELL = 160, LINES = 60, BAD_USE = 2 };

struct lines {
    char text[LINES][CELL];
    size_t count;
};

struct side {
    const char *file;
    struct rules rules;
    ikev1_rule rule;
    struct lines log;
};

/* ---- what is heard ---- */

static void keep_line(void *user, bool initiator, const ikev1_log_event *event) {
    struct side *side = (struct side *)user + (initiator ? 0 : 1);
    if (side->log.count < LINES) {
        ikev1_log_format(event, side->log.text[side->log.count++], CELL);
    }
}

/* ---- cells: one value of one side ---- */

static void put_suites1(char *out, const ikev1_rule *r) {
    for (size_t i = 0, len = 0; i < r->phase1.suite_count && len + 2 < CELL; i++) {
        len += (size_t)snprintf(out + len, CELL - len, "%s", i > 0 ? ", " : "");
        size_t need = ikev1_suite1_format(&r->phase1.suites[i], out + len, CELL - len);
        len += need < CELL - len ? need : CELL - len;
    }
}

static void put_suites2(char *out, const ikev1_rule *r) {
    for (size_t i = 0, len = 0; i < r->phase2.suite_count && len + 2 < CELL; i++) {
        len += (size_t)snprintf(out + len, CELL - len, "%s", i > 0 ? ", " : "");
        size_t need =
            ikev1_suite2_format(&r->phase2.suites[i], r->phase2.pfs_group, out + len, CELL - len);
        len += need < CELL - len ? need : CELL - len;
    }
}

static void put_exchange(char *out, const ikev1_rule *r) {
    static const char *const MODES[] = {"main", "aggressive", "base"};
    snprintf(out, CELL, "%s", MODES[r->phase1.mode]);
}

static void put_local_id(char *out, const ikev1_rule *r) {
    if (r->phase1.local_id.type == 0) {
        snprintf(out, CELL, "its address");
    } else {
        ikev1_id_format(&r->phase1.local_id, out, CELL);
    }
}

static void put_remote_id(char *out, const ikev1_rule *r) {
    if (r->phase1.remote_match == IKEV1_MATCH_ANY) {
        snprintf(out, CELL, "any");
    } else if (r->phase1.remote_id.type == 0) {
        snprintf(out, CELL, "its address");
    } else {
        ikev1_id_format(&r->phase1.remote_id, out, CELL);
    }
}

static void put_local(char *out, const ikev1_rule *r) {
    ikev1_selector_format(&r->phase2.local, out, CELL);
}

static void put_remote(char *out, const ikev1_rule *r) {
    if (r->open_remote) {
        snprintf(out, CELL, "any");
    } else {
        ikev1_selector_format(&r->phase2.remote, out, CELL);
    }
}

static void put_mode(char *out, const ikev1_rule *r) {
    snprintf(out, CELL, "%s", r->phase2.mode == IKEV1_ENCAP_TUNNEL ? "tunnel" : "transport");
}

static const struct {
    const char *name;
    void (*put)(char *out, const ikev1_rule *r);
} ROWS[] = {{"exchange", put_exchange},   {"ike", put_suites1},  {"local_id", put_local_id},
            {"remote_id", put_remote_id}, {"esp", put_suites2},  {"mode", put_mode},
            {"local", put_local},         {"remote", put_remote}};

static void print_table(const struct side *sides) {
    printf("%-10s| %-38s| %s\n", "", sides[0].file, sides[1].file);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char left[CELL] = "", right[CELL] = "";
        ROWS[i].put(left, &sides[0].rule);
        ROWS[i].put(right, &sides[1].rule);
        printf("%-10s| %-38s| %s\n", ROWS[i].name, left, right);
    }
}

/* ---- the forecast ---- */

static void print_choice(const ikev1_forecast_result *result) {
    char text[CELL];
    if (result->phase1) {
        ikev1_suite1_format(&result->suite1, text, sizeof text);
        printf("phase 1   | %s, %s, %u s\n", ikev1_name(IKEV1_NAMES_EXCHANGE, result->exchange),
               text, (unsigned)result->life1_seconds);
    }
    for (size_t i = 0; result->agreed && i < result->suite2_count; i++) {
        ikev1_suite2_format(&result->suites2[i], result->pfs_group, text, sizeof text);
        printf("phase 2   | %s, %u s\n", text, (unsigned)result->life2_seconds);
    }
}

static void print_differences(const ikev1_forecast_result *result, const struct side *sides) {
    for (size_t i = 0; i < result->difference_count; i++) {
        const ikev1_forecast_difference *d = &result->differences[i];
        char cause[512];
        ikev1_why_format(&d->why, cause, sizeof cause);
        printf("%s refuses: %s\n", sides[d->initiator ? 0 : 1].file, cause);
    }
    if (result->more) {
        puts("and perhaps more, once this is put right");
    }
}

static void print_log(const struct side *sides) {
    for (int n = 0; n < 2; n++) {
        printf("--- log of %s ---\n", sides[n].file);
        for (size_t i = 0; i < sides[n].log.count; i++) {
            puts(sides[n].log.text[i]);
        }
    }
}

static int tell(struct side *sides) {
    static ikev1_forecast_result result;
    ikev1_forecast_config config = IKEV1_FORECAST_CONFIG_INIT;
    config.crypto = ikev1_openssl();
    config.allow = sides[0].rules.allow | sides[1].rules.allow;
    config.log = keep_line;
    config.log_user = sides;
    int status = ikev1_forecast(&config, &sides[0].rule, &sides[1].rule, &result);
    if (status != IKEV1_OK) {
        fprintf(stderr, "forecast: %s\n", ikev1_strerror(status));
        return BAD_USE;
    }
    print_table(sides);
    printf("agreed    | %s\n", result.agreed ? "yes" : "no");
    print_choice(&result);
    print_differences(&result, sides);
    print_log(sides);
    return result.agreed ? 0 : 1;
}

static bool read_side(struct side *side, const char *file, const char *number) {
    side->file = file;
    if (!rules_load(&side->rules, file)) {
        return false;
    }
    const struct rule *rule = rules_find(&side->rules, (uint32_t)strtoul(number, NULL, 10));
    if (rule == NULL) {
        fprintf(stderr, "%s: there is no rule %s; expected the number of one in the file\n", file,
                number);
        return false;
    }
    side->rule = rules_entry(&side->rules, rule);
    return true;
}

int main(int argc, char **argv) {
    static struct side sides[2];
    int status = BAD_USE;
    if (argc != 5) {
        fprintf(stderr, "usage: forecast FILE RULE FILE RULE\n"
                        "the first connects, the second answers\n");
        return BAD_USE;
    }
    if (read_side(&sides[0], argv[1], argv[2]) && read_side(&sides[1], argv[3], argv[4])) {
        status = tell(sides);
    }
    rules_free(&sides[0].rules);
    rules_free(&sides[1].rules);
    return status;
}
