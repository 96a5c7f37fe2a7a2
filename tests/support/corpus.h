/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inputs of all fuzz targets, as packets. The tests that use them run at the project's root.
 *
 *     const struct corpus *c = corpus_load();              the test fails when there is none
 *     len = corpus_packet(&c->files[i], form, like, room);
 */
#ifndef TEST_CORPUS_H
#define TEST_CORPUS_H

#include <ikev1/types.h>

enum { CORPUS_FILES = 400, CORPUS_PACKET = 5000 };

/* As it is; as the chain of a message; as one payload of a message. */
enum { CORPUS_RAW, CORPUS_CHAIN, CORPUS_PAYLOAD, CORPUS_FORMS };

struct corpus_file {
    char name[80]; /* "sa/no-transform" */
    uint8_t payload;
    uint8_t *data;
    size_t len;
};

struct corpus {
    struct corpus_file files[CORPUS_FILES];
    size_t count;
};

const struct corpus *corpus_load(void); /* read once */
void corpus_free(void);
/* A datagram of the file; what it needs of a message around it, its header, is that of `like`.
 * @return its length, at most CORPUS_PACKET */
size_t corpus_packet(const struct corpus_file *file, int form, ikev1_bytes like,
                     uint8_t out[CORPUS_PACKET]);

#endif
