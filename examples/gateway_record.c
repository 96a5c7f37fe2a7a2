/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* O_CLOEXEC, fdopen() */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "gateway_record.h"

static bool complain(const struct record *record, const char *why) {
    fprintf(stderr, "gateway: %s: %s\n", record->path, why);
    return false;
}

/* Made here, so that nobody else has it open; line by line, so that a crash leaves all of it. */
static FILE *make(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file != NULL) {
        setvbuf(file, NULL, _IOLBF, 0);
    } else if (fd >= 0) {
        close(fd);
    }
    return file;
}

static bool begin(struct record *record, const struct options *options, ikev1_config *config) {
    bool replays = options->replay != NULL;
    record->path = replays ? options->replay : options->capsule;
    record->file = replays ? fopen(record->path, "r") : make(record->path);
    if (record->file == NULL) {
        return complain(record, strerror(errno));
    }
    int status = replays ? capsule_replay(&record->capsule, record->file, config)
                         : capsule_record(&record->capsule, record->file, options->secrets, config);
    return status == IKEV1_OK ||
           complain(record, replays ? "not a capsule of this release" : ikev1_strerror(status));
}

bool record_open(struct record *record, const struct options *options, ikev1_config *config) {
    bool wanted = options->replay != NULL || (options->capsule != NULL && !options->check);
    return !wanted || begin(record, options, config);
}

static void close_file(struct record *record) {
    if (record->file != NULL) {
        fclose(record->file);
    }
    record->file = record->capsule.file = NULL;
}

void record_end(struct record *record, const char *why) {
    if (record->file != NULL) {
        fprintf(stderr, "gateway: %s: %s; what comes now is not in it\n", record->path, why);
    }
    close_file(record);
}

void record_check(struct record *record) {
    if (record->capsule.broken != NULL && record->file != NULL) {
        record_end(record, record->capsule.broken);
    }
}

bool record_replay(struct record *record, ikev1_engine *engine) {
    const struct capsule *capsule = &record->capsule;
    while (capsule_step(&record->capsule, engine)) {
    }
    if (capsule->broken != NULL) {
        fprintf(stderr, "gateway: %s:%u: %s\n", record->path, capsule->line, capsule->broken);
    } else {
        printf("%s: all the same again, lines: %u\n", record->path, capsule->line);
    }
    return capsule->broken == NULL;
}

void record_close(struct record *record) {
    close_file(record);
    capsule_end(&record->capsule);
}
