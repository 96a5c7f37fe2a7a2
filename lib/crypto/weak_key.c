/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that weaken their cipher: RFC 2409 App. A, RFC 2405 4, RFC 2451 2.3. The lowest bit of a
 * byte is its parity, which DES does not read. */
#include <string.h>

#include "crypto/formulas.h"

/* A weak or semi-weak key of DES is two columns, each one of these: 16 keys in all. RFC 2409
 * misprints two of them; what it prints instead is not weak. */
static const uint8_t COLUMNS[][2] = {{0x01, 0x01}, {0x1f, 0x0e}, {0xe0, 0xf1}, {0xfe, 0xfe}};

static bool column(const uint8_t *key) {
    bool found = false;
    for (size_t i = 0; i < sizeof COLUMNS / sizeof *COLUMNS; i++) {
        const uint8_t *c = COLUMNS[i];
        int differ = (key[0] ^ c[0]) | (key[2] ^ c[0]) | (key[4] ^ c[1]) | (key[6] ^ c[1]);
        found |= differ < 2;
    }
    return found;
}

bool ike_des_weak(const uint8_t *key) {
    return column(key) && column(key + 1);
}

static bool same(const uint8_t *a, const uint8_t *b) {
    uint64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return ((x ^ y) & UINT64_C(0xfefefefefefefefe)) == 0;
}

bool ike_esp_key_weak(uint8_t transform, const uint8_t *key) {
    if (transform == IKEV1_ESP_DES)
        return ike_des_weak(key);
    return transform == IKEV1_ESP_3DES && (same(key, key + 8) || same(key + 8, key + 16));
}
