/* SPDX-License-Identifier: Apache-2.0 */
/* What matters in a message, in one line: out of the text of the decoder. */
#include <stdio.h>
#include <string.h>

#include "dump_story.h"

/* Words with blanks between them, cut off where there is no more room. */
struct line {
    char *out;
    size_t len, cap;
};

static void add(struct line *l, const char *word, size_t len) {
    if (len == 0 || l->len + len + 2 > l->cap)
        return;
    if (l->len > 0)
        l->out[l->len++] = ' ';
    memcpy(l->out + l->len, word, len);
    l->len += len;
    l->out[l->len] = '\0';
}

/* A line of the text: its name, and what follows the colon. */
struct part {
    const char *name, *value;
    size_t indent, name_len, value_len;
};

static bool next_part(const char **text, struct part *p) {
    const char *end = strchr(*text, '\n');
    if (end == NULL)
        return false;
    p->indent = strspn(*text, " ");
    p->name = *text + p->indent;
    p->name_len = strcspn(p->name, ":\n");
    p->value = p->name + p->name_len;
    p->value += p->value[0] == ':' ? 2 : 0;
    p->value_len = (size_t)(end - p->value);
    *text = end + 1;
    return true;
}

static bool is(const struct part *p, const char *name) {
    return p->name_len == strlen(name) && memcmp(p->name, name, p->name_len) == 0;
}

static bool begins(const struct part *p, const char *name) {
    return p->name_len > strlen(name) && memcmp(p->name, name, strlen(name)) == 0;
}

/* The value up to a word that says no more than what is usual. */
static size_t until(const struct part *p, const char *stop) {
    const char *at = strstr(p->value, stop);
    return at != NULL && at < p->value + p->value_len ? (size_t)(at - p->value) : p->value_len;
}

/* Of the first transform the algorithms; of the others how many there are. */
static void add_sa(struct line *l, const struct part *p, unsigned *transforms) {
    static const char *const told[] = {"encryption",     "key length",    "hash",     "group",
                                       "authentication", "encapsulation", "PFS group"};
    if (begins(p, "transform "))
        ++*transforms;
    if (*transforms > 1)
        return;
    if (begins(p, "proposal "))
        add(l, p->value, until(p, ", "));
    if (begins(p, "transform ") && strspn(p->value, "0123456789") != p->value_len)
        add(l, p->value, p->value_len);
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (is(p, told[i]) && memcmp(p->value, "tunnel\n", 7) != 0)
            add(l, p->value, p->value_len);
}

/* That an address is one can be seen. */
static void add_identity(struct line *l, const struct part *p) {
    struct part short_one = *p;
    const size_t type = strcspn(p->value, " ");
    if (memcmp(p->value, "IPV", 3) == 0 && type < p->value_len) {
        short_one.value += type + 1;
        short_one.value_len -= type + 1;
    }
    add(l, short_one.value, until(&short_one, ", protocol 0, port 0"));
}

static void add_part(struct line *l, const struct part *p) {
    static const char bytes[] = " bytes";
    const size_t tail = sizeof bytes - 1;
    if (p->indent > 0) { /* an attribute of Mode Config */
        add(l, p->name, p->name_len);
        if (p->value_len < tail || memcmp(p->value + p->value_len - tail, bytes, tail) != 0)
            add(l, p->value, p->value_len);
    } else if (is(p, "ID")) {
        add_identity(l, p);
    } else if (is(p, "NOTFY")) {
        add(l, p->value, until(p, ","));
    } else if (is(p, "DEL")) {
        add(l, "delete", 6);
        add(l, p->value, until(p, memcmp(p->value, "ISAKMP", 6) == 0 ? ", SPI" : "\n"));
    } else if (is(p, "ATTR")) {
        add(l, p->value, until(p, ","));
    } else if (is(p, "FRAG")) {
        add(l, p->value, p->value_len);
    }
}

void story_gist(const char *text, char out[STORY_TEXT]) {
    struct line l = {.out = out, .cap = STORY_TEXT - 32};
    unsigned transforms = 0;
    bool in_sa = false;
    struct part p;
    out[0] = '\0';
    if (!next_part(&text, &p)) /* the header */
        return;
    while (next_part(&text, &p)) {
        in_sa = p.indent == 0 ? is(&p, "SA") : in_sa;
        if (in_sa)
            add_sa(&l, &p, &transforms);
        else
            add_part(&l, &p);
    }
    if (transforms > 1)
        snprintf(out + l.len, STORY_TEXT - l.len, " (1 of %u)", transforms);
}

void story_vendors(const ikev1_decoded *d, char out[STORY_TEXT]) {
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < d->event.payload_count; i++) {
        char name[128];
        if (d->payloads[i].type != IKEV1_PAYLOAD_VENDOR ||
            ikev1_vendor_format(d->payloads[i].body, name, sizeof name) == 0)
            continue;
        const int more = snprintf(out + len, STORY_TEXT - len, "%s%s", len > 0 ? "; " : "", name);
        len += more > 0 && (size_t)more < STORY_TEXT - len ? (size_t)more : 0;
        out[len] = '\0';
    }
}
