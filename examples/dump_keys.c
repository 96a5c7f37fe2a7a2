/* SPDX-License-Identifier: Apache-2.0 */
#include "dump_keys.h"

#include <stdio.h>
#include <string.h>

static int digit(char c) {
    static const char digits[] = "0123456789abcdef";
    const char lower = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
    const char *at = c != '\0' ? strchr(digits, lower) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* How many bytes the hexadecimal digits at `*text` make; 0 when they are none or too many. */
static size_t read_hex(const char **text, uint8_t *out, size_t cap) {
    size_t len = 0;
    while (digit((*text)[0]) >= 0 && digit((*text)[1]) >= 0) {
        if (len == cap)
            return 0;
        out[len++] = (uint8_t)(digit((*text)[0]) << 4 | digit((*text)[1]));
        *text += 2;
    }
    return digit((*text)[0]) < 0 ? len : 0;
}

static void step_over(const char **text, const char *what) {
    *text += strspn(*text, what);
}

int dump_add_pair(ikev1_decoder *decoder, int kind, const char *text) {
    uint8_t cookie[IKEV1_COOKIE_SIZE], value[IKEV1_MAX_PUBLIC];
    step_over(&text, " \t\"");
    if (read_hex(&text, cookie, sizeof cookie) != sizeof cookie)
        return IKEV1_E_ARGUMENT;
    step_over(&text, " \t\",");
    const size_t len = read_hex(&text, value, sizeof value);
    step_over(&text, " \t\"\r\n");
    if (len == 0 || *text != '\0')
        return IKEV1_E_ARGUMENT;
    return ikev1_decoder_add(decoder, kind, cookie, (ikev1_bytes){value, len});
}

int dump_add_psk(ikev1_decoder *decoder, const char *text) {
    uint8_t value[IKEV1_MAX_PUBLIC];
    ikev1_bytes psk = {(const uint8_t *)text, strlen(text)};
    if (strncmp(text, "0x", 2) == 0) {
        text += 2;
        psk = (ikev1_bytes){value, read_hex(&text, value, sizeof value)};
        if (*text != '\0')
            return IKEV1_E_ARGUMENT;
    }
    return ikev1_decoder_add(decoder, IKEV1_SECRET_PSK, NULL, psk);
}

bool dump_add_file(ikev1_decoder *decoder, const char *path) {
    char line[4096];
    unsigned number = 0;
    int status = IKEV1_OK;
    FILE *f = fopen(path, "r");
    if (f == NULL) {
        perror(path);
        return false;
    }
    while (status == IKEV1_OK && fgets(line, sizeof line, f) != NULL) {
        number++;
        if (line[0] != '#' && line[0] != '\n')
            status = dump_add_pair(decoder, IKEV1_SECRET_KEY, line);
    }
    fclose(f);
    if (status != IKEV1_OK)
        fprintf(stderr, "%s:%u: %s; expected INITIATOR-COOKIE,KEY in hexadecimal\n", path, number,
                ikev1_strerror(status));
    return status == IKEV1_OK;
}
