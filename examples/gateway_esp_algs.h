/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cryptography of ESP with libcrypto: what protects one packet, laid out as on the wire: SPI
 * and sequence number (8 bytes), IV, text, ICV.
 */
#ifndef GATEWAY_ESP_ALGS_H
#define GATEWAY_ESP_ALGS_H

#include <ikev1/ikev1.h>

struct esp_alg; /* the algorithms of one direction, with their keys */

/* Whether it is among those that esp_alg_new() knows. */
bool esp_alg_known(uint8_t transform, uint16_t integrity);

/* NULL: not known, a key of another size, no memory. The keys are copied. */
struct esp_alg *esp_alg_new(const ikev1_ipsec *sa);
void esp_alg_free(struct esp_alg *alg); /* wipes the keys */

/* Sizes in bytes; the text must be a multiple of `block`. */
size_t esp_alg_iv(const struct esp_alg *alg);
size_t esp_alg_block(const struct esp_alg *alg);
size_t esp_alg_icv(const struct esp_alg *alg);

/* Fills in the IV and the ICV, and encrypts the text where it stands. `len` is of the whole. The
 * upper half of `sequence` is protected too where the SA has 64-bit numbers. */
bool esp_alg_seal(struct esp_alg *alg, uint8_t *packet, size_t len, uint64_t sequence);

/* Checks the ICV, and decrypts the text where it stands. False: it is not authentic. */
bool esp_alg_unseal(struct esp_alg *alg, uint8_t *packet, size_t len, uint64_t sequence);

#endif
