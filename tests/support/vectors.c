/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct vec_entry {
    char *key, *value;
};

struct vec_file {
    char *text, *at; /* the whole file, cut into strings as it is read */
    int line, case_line;
    struct vec_entry *entries;
    size_t count, room;
    uint8_t **blocks; /* what vec_hex() gave out for this case */
    size_t block_count;
};

static char *read_whole(FILE *in) {
    size_t len = 0, room = 65536;
    char *text = malloc(room);
    while (text != NULL) {
        size_t got = fread(text + len, 1, room - len - 1, in);
        len += got;
        if (got == 0) {
            text[len] = '\0';
            return text;
        }
        if (len + 1 == room) {
            char *bigger = realloc(text, room *= 2);
            if (bigger == NULL)
                free(text);
            text = bigger;
        }
    }
    return NULL;
}

struct vec_file *vec_open(const char *relative) {
    const char *shared = getenv("IKEV1_SHARED");
    char path[1024];
    snprintf(path, sizeof path, "%s/vectors/%s", shared != NULL ? shared : "../shared", relative);
    FILE *in = fopen(path, "rb");
    if (in == NULL)
        return NULL;
    struct vec_file *f = calloc(1, sizeof *f);
    if (f != NULL)
        f->at = f->text = read_whole(in);
    fclose(in);
    if (f != NULL && f->text == NULL) {
        free(f);
        return NULL;
    }
    return f;
}

static void forget_case(struct vec_file *f) {
    for (size_t i = 0; i < f->block_count; i++)
        free(f->blocks[i]);
    f->block_count = 0;
    f->count = 0;
}

void vec_close(struct vec_file *f) {
    if (f == NULL)
        return;
    forget_case(f);
    free(f->blocks);
    free(f->entries);
    free(f->text);
    free(f);
}

static char *next_line(struct vec_file *f) {
    if (*f->at == '\0')
        return NULL;
    char *line = f->at, *end = strchr(line, '\n');
    f->at = end != NULL ? end + 1 : line + strlen(line);
    if (end != NULL)
        *end = '\0';
    f->line++;
    return line;
}

static void add_entry(struct vec_file *f, char *line) {
    char *equals = strchr(line, '=');
    if (equals == NULL)
        return;
    char *key_end = equals, *value = equals + 1;
    while (key_end > line && key_end[-1] == ' ')
        key_end--;
    *key_end = '\0';
    while (*value == ' ')
        value++;
    for (size_t n = strlen(value); n > 0 && strchr(" \r\t", value[n - 1]) != NULL; n--)
        value[n - 1] = '\0';
    if (f->count == f->room) {
        f->room = f->room * 2 + 16;
        f->entries = realloc(f->entries, f->room * sizeof *f->entries);
        if (f->entries == NULL)
            abort();
    }
    f->entries[f->count++] = (struct vec_entry){line, value};
}

bool vec_next(struct vec_file *f) {
    forget_case(f);
    for (char *line; (line = next_line(f)) != NULL;) {
        if (line[0] == '#')
            continue;
        if (line[strspn(line, " \t\r")] == '\0') {
            if (f->count > 0)
                return true;
            continue;
        }
        if (f->count == 0)
            f->case_line = f->line;
        add_entry(f, line);
    }
    return f->count > 0;
}

const char *vec_text(struct vec_file *f, const char *key) {
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->entries[i].key, key) == 0)
            return f->entries[i].value;
    return NULL;
}

static int hex_digit(char c) {
    static const char digits[] = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

ikev1_bytes vec_hex(struct vec_file *f, const char *key) {
    const char *text = vec_text(f, key);
    size_t len = text != NULL ? strlen(text) : 1;
    if (len % 2 != 0)
        return (ikev1_bytes){NULL, 0};
    uint8_t *out = malloc(len == 0 ? 1 : len / 2);
    uint8_t **blocks = realloc(f->blocks, (f->block_count + 1) * sizeof *blocks);
    if (out == NULL || blocks == NULL)
        abort();
    f->blocks = blocks;
    f->blocks[f->block_count++] = out;
    for (size_t i = 0; i < len / 2; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return (ikev1_bytes){NULL, 0};
        out[i] = (uint8_t)(high * 16 + low);
    }
    return (ikev1_bytes){out, len / 2};
}

long vec_number(struct vec_file *f, const char *key, long missing) {
    const char *text = vec_text(f, key);
    return text != NULL ? strtol(text, NULL, 10) : missing;
}

const char *vec_key(struct vec_file *f, size_t i) {
    return i < f->count ? f->entries[i].key : NULL;
}

int vec_line(const struct vec_file *f) {
    return f->case_line;
}
