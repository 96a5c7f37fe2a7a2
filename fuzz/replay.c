/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over every file of the folders that are its arguments: replay FOLDER... */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each input in a block of exactly its size, so that a sanitizer sees reads beyond it. */
static int replay_file(FILE *in) {
    if (fseek(in, 0, SEEK_END) != 0)
        return -1;
    long size = ftell(in);
    rewind(in);
    uint8_t *data = size >= 0 ? malloc(size > 0 ? (size_t)size : 1) : NULL;
    if (data == NULL || fread(data, 1, (size_t)size, in) != (size_t)size) {
        free(data);
        return -1;
    }
    LLVMFuzzerTestOneInput(data, (size_t)size);
    free(data);
    return 0;
}

/* How many inputs the folder holds; -1 when one of them cannot be read. */
static int replay_folder(const char *folder) {
    DIR *entries = opendir(folder);
    if (entries == NULL) {
        perror(folder);
        return -1;
    }
    int count = 0;
    for (struct dirent *entry; count >= 0 && (entry = readdir(entries)) != NULL;) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        FILE *in = fopen(path, "rb");
        if (in == NULL || replay_file(in) != 0) {
            perror(path);
            count = -1;
        } else {
            count++;
        }
        if (in != NULL)
            fclose(in);
    }
    closedir(entries);
    return count;
}

int main(int argc, char **argv) {
    int failed = argc < 2;
    for (int i = 1; i < argc; i++) {
        int count = replay_folder(argv[i]);
        printf("%s: %d inputs\n", argv[i], count > 0 ? count : 0);
        failed |= count <= 0;
    }
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
