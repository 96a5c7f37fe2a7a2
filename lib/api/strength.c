/* SPDX-License-Identifier: Apache-2.0 */
/* How much guessing a pre-shared key costs: an estimate from above. */
#include <ikev1/text.h>
#include <string.h>

enum { LOWER = 1, UPPER = 2, DIGIT = 4, OTHER = 8, BYTE = 16 };

/* Parts of a bit that a byte is worth when nothing before it tells what it is. */
enum {
    SCALE = 100,
    REPEATED = 100,
    IN_WORD = 200,
    HEX_DIGIT = 400,
    ANY_BYTE = 800,
    MOST_BYTES = 256
};

/* 100 * log2 of how many characters the kinds have together: 26, 26, 10, 33. */
static const uint16_t WORTH[16] = {
    [LOWER] = 470,
    [UPPER] = 470,
    [LOWER | UPPER] = 570,
    [DIGIT] = 332,
    [DIGIT | LOWER] = 516,
    [DIGIT | UPPER] = 516,
    [DIGIT | LOWER | UPPER] = 595,
    [OTHER] = 504,
    [OTHER | LOWER] = 588,
    [OTHER | UPPER] = 588,
    [OTHER | LOWER | UPPER] = 640,
    [OTHER | DIGIT] = 542,
    [OTHER | DIGIT | LOWER] = 610,
    [OTHER | DIGIT | UPPER] = 610,
    [OTHER | DIGIT | LOWER | UPPER] = 656,
};

static const char KEYBOARD[] = "qwertyuiop asdfghjkl zxcvbnm qwertzuiop yxcvbnm azertyuiop";

static unsigned kind(uint8_t c) {
    if (c >= 'a' && c <= 'z')
        return LOWER;
    if (c >= 'A' && c <= 'Z')
        return UPPER;
    if (c >= '0' && c <= '9')
        return DIGIT;
    return c >= 0x20 && c < 0x7f ? OTHER : BYTE;
}

/* The three bytes that end at `i` go on in steps of the same size: aaa, 123, fed. */
static bool counts_on(const uint8_t *key, size_t i) {
    int step = key[i] - key[i - 1];
    return step >= -1 && step <= 1 && key[i - 1] - key[i - 2] == step;
}

/* They stand next to each other on a keyboard, either way. */
static bool along_keyboard(const uint8_t *key, size_t i) {
    uint8_t three[3];
    for (size_t k = 0; k < 3; k++)
        three[k] = (uint8_t)(kind(key[i - k]) == UPPER ? key[i - k] | 0x20 : key[i - k]);
    for (size_t at = 0; at + 3 < sizeof(KEYBOARD); at++) {
        const char *row = &KEYBOARD[at];
        bool back = row[0] == three[0] && row[1] == three[1] && row[2] == three[2];
        bool forth = row[0] == three[2] && row[1] == three[1] && row[2] == three[0];
        if ((back || forth) && row[0] != ' ' && row[1] != ' ' && row[2] != ' ')
            return true;
    }
    return false;
}

/* They have stood in the key before. */
static bool seen_before(const uint8_t *key, size_t i) {
    for (size_t end = 2; end < i; end++)
        if (memcmp(key + end - 2, key + i - 2, 3) == 0)
            return true;
    return false;
}

/* Letters all of one case but perhaps the first: at least the third of a word. */
static bool in_word(const uint8_t *key, size_t i) {
    unsigned own = kind(key[i]), first = kind(key[i - 2]);
    return (own == LOWER || own == UPPER) && kind(key[i - 1]) == own &&
           (first == own || (own == LOWER && first == UPPER));
}

static bool is_hex(const uint8_t *key, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (kind(key[i]) != DIGIT && ((key[i] | 0x20) < 'a' || (key[i] | 0x20) > 'f'))
            return false;
    return true;
}

unsigned ikev1_psk_strength(ikev1_bytes psk) {
    size_t len = psk.len < MOST_BYTES ? psk.len : MOST_BYTES;
    unsigned kinds = 0, total = 0;
    for (size_t i = 0; i < len; i++)
        kinds |= kind(psk.data[i]);
    unsigned worth = (kinds & BYTE) != 0 ? ANY_BYTE : WORTH[kinds];
    bool hex = is_hex(psk.data, len), words = !hex && (kinds & BYTE) == 0;
    if (hex && worth > HEX_DIGIT)
        worth = HEX_DIGIT;
    for (size_t i = 0; i < len; i++) {
        const uint8_t *key = psk.data;
        if (i >= 2 && (counts_on(key, i) || along_keyboard(key, i) || seen_before(key, i)))
            total += REPEATED;
        else if (i >= 2 && words && in_word(key, i))
            total += IN_WORD;
        else
            total += worth;
    }
    return total / SCALE;
}
