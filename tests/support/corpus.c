/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L

#include "corpus.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ikev1/const.h>

#include "rows.h"

#define FOLDER "fuzz/corpus"

static struct corpus corpus;

/* What the files of a folder are bodies of; of the others any will do. */
static uint8_t payload_of(const char *folder) {
    static const struct {
        const char *folder;
        uint8_t payload;
    } BODIES[] = {{"sa", IKEV1_PAYLOAD_SA},         {"ident", IKEV1_PAYLOAD_ID},
                  {"cert", IKEV1_PAYLOAD_CERT},     {"notify", IKEV1_PAYLOAD_NOTIFY},
                  {"config", IKEV1_PAYLOAD_CONFIG}, {"frag", IKEV1_PAYLOAD_FRAGMENT}};
    for (size_t i = 0; i < COUNT(BODIES); i++) {
        if (strcmp(BODIES[i].folder, folder) == 0)
            return BODIES[i].payload;
    }
    return IKEV1_PAYLOAD_VENDOR;
}

static void read_file(const char *folder, const char *name) {
    char path[600];
    struct corpus_file *f = &corpus.files[corpus.count];
    assert_true(corpus.count < CORPUS_FILES);
    snprintf(path, sizeof path, "%s/%s/%s", FOLDER, folder, name);
    FILE *in = fopen(path, "rb");
    if (in == NULL)
        fail_msg("%s: cannot be read", path);
    assert_int_equal(fseek(in, 0, SEEK_END), 0);
    const long size = ftell(in);
    rewind(in);
    f->len = (size_t)size;
    f->data = malloc(f->len != 0 ? f->len : 1);
    assert_non_null(f->data);
    assert_int_equal(fread(f->data, 1, f->len, in), f->len);
    fclose(in);
    f->payload = payload_of(folder);
    snprintf(f->name, sizeof f->name, "%.30s/%.40s", folder, name);
    corpus.count++;
}

static void each_entry(const char *path, void (*take)(const char *folder, const char *name),
                       const char *folder) {
    struct dirent **entries;
    const int count = scandir(path, &entries, NULL, alphasort); /* the same everywhere */
    if (count < 0)
        fail_msg("%s: is not there", path);
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.')
            take(folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

static void read_folder(const char *root, const char *folder) {
    char path[300];
    snprintf(path, sizeof path, "%s/%s", root, folder);
    each_entry(path, read_file, folder);
}

const struct corpus *corpus_load(void) {
    if (corpus.count == 0)
        each_entry(FOLDER, read_folder, FOLDER);
    assert_true(corpus.count > 100);
    return &corpus;
}

void corpus_free(void) {
    while (corpus.count > 0)
        free(corpus.files[--corpus.count].data);
}

size_t corpus_packet(const struct corpus_file *file, int form, ikev1_bytes like,
                     uint8_t out[CORPUS_PACKET]) {
    const bool one = form == CORPUS_PAYLOAD;
    const size_t head = form == CORPUS_RAW ? 0 : IKEV1_HEADER_SIZE + (one ? 4u : 0u);
    const size_t most = CORPUS_PACKET - head;
    const uint8_t *from = file->data;
    size_t len = file->len;
    if (form == CORPUS_CHAIN && len > 2) { /* a type and the padding stand in front */
        from += 2;
        len -= 2;
    }
    len = len < most ? len : most;
    memcpy(out + head, from, len);
    if (form == CORPUS_RAW)
        return len;
    memcpy(out, like.data, IKEV1_HEADER_SIZE);
    out[16] = one ? file->payload : file->len > 0 ? file->data[0] : 0;
    if (one) {
        out[28] = out[29] = 0;
        out[30] = (uint8_t)((len + 4) >> 8);
        out[31] = (uint8_t)(len + 4);
    }
    out[24] = out[25] = 0;
    out[26] = (uint8_t)((head + len) >> 8);
    out[27] = (uint8_t)(head + len);
    return head + len;
}
