/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ESP in tunnel mode (RFC 4303), in memory: an IP packet in, an ESP packet out, and back. Good for
 * showing and testing; a kernel does it faster and knows more (fragments, ECN, path MTU).
 */
#ifndef GATEWAY_ESP_H
#define GATEWAY_ESP_H

#include <ikev1/ikev1.h>

/* What a packet grows by, at most: header, IV, padding and its two bytes, ICV. */
enum { ESP_MAX_GROWTH = 8 + 16 + 15 + 2 + 32 };

enum esp_result {
    ESP_OK,
    ESP_DUMMY,     /* to be thrown away without a word (RFC 4303 2.6) */
    ESP_MALFORMED, /* its size cannot be right; or authentic, and yet not ESP in tunnel mode */
    ESP_REPLAYED,  /* seen, or older than the window */
    ESP_FORGED,    /* the ICV is wrong */
    ESP_EXHAUSTED, /* no sequence number is left: the SA must be rekeyed (RFC 4303 3.3.3) */
    ESP_BROKEN,    /* libcrypto failed, or there is no room */
};

struct esp; /* one direction of an SA */

/* NULL when the SA is not one for this: another protocol, transport mode, an algorithm that is not
 * known; or no memory. */
struct esp *esp_new(const ikev1_ipsec *sa);
void esp_free(struct esp *esp); /* wipes the keys; NULL is allowed */
uint32_t esp_spi(const struct esp *esp);

/* An SPI as it stands at the start of an ESP packet; 0 when that is too short to have one. */
uint32_t esp_spi_of(const uint8_t *packet, size_t len);

/* Outbound: puts the IP packet `inner` into `out`, which has room for ESP_MAX_GROWTH bytes more. */
enum esp_result esp_seal(struct esp *esp, ikev1_bytes inner, uint8_t *out, size_t cap, size_t *len);

/* Inbound: decrypts in place. `inner` is the IP packet, inside of `packet`. */
enum esp_result esp_unseal(struct esp *esp, uint8_t *packet, size_t len, ikev1_bytes *inner);

/* For tests: the sequence number that was sent last. */
void esp_skip_to(struct esp *esp, uint64_t sequence);

#endif
