/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "gateway_esp.h"
#include "gateway_esp_algs.h"
#include "gateway_replay.h"

/* SPI and sequence number; pad length and next header. */
enum { HEAD = 8, TRAILER = 2, ALIGN = 4 };
/* Next headers: IPv4 and IPv6 in tunnel mode, and "none" of a dummy packet (RFC 4303 2.6). */
enum { NEXT_IPV4 = 4, NEXT_IPV6 = 41, NEXT_NONE = 59 };

struct esp {
    struct esp_alg *alg;
    uint32_t spi;
    bool esn;
    uint64_t sent;        /* outbound */
    struct replay window; /* inbound */
};

struct esp *esp_new(const ikev1_ipsec *sa) {
    struct esp *esp = NULL;
    if (sa->protocol == IKEV1_PROTO_ESP && sa->mode == IKEV1_ENCAP_TUNNEL) {
        esp = calloc(1, sizeof *esp);
    }
    if (esp == NULL) {
        return NULL;
    }
    *esp = (struct esp){.alg = esp_alg_new(sa), .spi = sa->spi, .esn = sa->esn};
    replay_init(&esp->window, sa->replay_window);
    if (esp->alg == NULL) {
        free(esp);
        return NULL;
    }
    return esp;
}

void esp_free(struct esp *esp) {
    if (esp != NULL) {
        esp_alg_free(esp->alg);
        free(esp);
    }
}

uint32_t esp_spi(const struct esp *esp) {
    return esp->spi;
}

void esp_skip_to(struct esp *esp, uint64_t sequence) {
    esp->sent = sequence;
}

static uint32_t get32(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put32(uint8_t *at, uint32_t value) {
    at[0] = (uint8_t)(value >> 24);
    at[1] = (uint8_t)(value >> 16);
    at[2] = (uint8_t)(value >> 8);
    at[3] = (uint8_t)value;
}

uint32_t esp_spi_of(const uint8_t *packet, size_t len) {
    return len >= HEAD ? get32(packet) : 0;
}

/* What the encrypted text is a multiple of (RFC 4303 2.4). */
static size_t alignment(const struct esp *esp) {
    size_t block = esp_alg_block(esp->alg);
    return block > ALIGN ? block : ALIGN;
}

/* ---- sending ---- */

enum esp_result esp_seal(struct esp *esp, ikev1_bytes inner, uint8_t *out, size_t cap,
                         size_t *len) {
    size_t before = HEAD + esp_alg_iv(esp->alg), align = alignment(esp);
    if (inner.len == 0 || inner.len > UINT16_MAX || cap < inner.len + ESP_MAX_GROWTH) {
        return ESP_BROKEN;
    }
    if (esp->sent == (esp->esn ? UINT64_MAX : UINT32_MAX)) {
        return ESP_EXHAUSTED;
    }
    size_t padding = (align - (inner.len + TRAILER) % align) % align;
    uint8_t *end = out + before + inner.len;
    esp->sent++;
    put32(out, esp->spi);
    put32(out + 4, (uint32_t)esp->sent);
    memcpy(out + before, inner.data, inner.len);
    for (size_t i = 1; i <= padding; i++) {
        *end++ = (uint8_t)i;
    }
    *end++ = (uint8_t)padding;
    *end++ = inner.data[0] >> 4 == 6 ? NEXT_IPV6 : NEXT_IPV4;
    *len = (size_t)(end - out) + esp_alg_icv(esp->alg);
    return esp_alg_seal(esp->alg, out, *len, esp->sent) ? ESP_OK : ESP_BROKEN;
}

/* ---- receiving ---- */

/* The padding is 1, 2, 3 ... (RFC 4303 2.4). What is left of the text is the IP packet. */
static enum esp_result strip(const uint8_t *text, size_t len, ikev1_bytes *inner) {
    size_t padding = text[len - TRAILER];
    uint8_t next = text[len - 1];
    if (padding + TRAILER > len) {
        return ESP_MALFORMED;
    }
    *inner = (ikev1_bytes){text, len - TRAILER - padding};
    for (size_t i = 0; i < padding; i++) {
        if (text[inner->len + i] != i + 1) {
            return ESP_MALFORMED;
        }
    }
    if (next == NEXT_NONE) {
        return ESP_DUMMY;
    }
    bool fits = inner->len > 0 && ((next == NEXT_IPV4 && text[0] >> 4 == 4) ||
                                   (next == NEXT_IPV6 && text[0] >> 4 == 6));
    return fits ? ESP_OK : ESP_MALFORMED;
}

enum esp_result esp_unseal(struct esp *esp, uint8_t *packet, size_t len, ikev1_bytes *inner) {
    size_t before = HEAD + esp_alg_iv(esp->alg), icv = esp_alg_icv(esp->alg);
    if (len < before + TRAILER + icv || (len - before - icv) % alignment(esp) != 0) {
        return ESP_MALFORMED;
    }
    uint64_t sequence = get32(packet + 4);
    if (esp->esn) {
        sequence = replay_extend(&esp->window, (uint32_t)sequence);
    }
    if (!replay_is_new(&esp->window, sequence)) {
        return ESP_REPLAYED;
    }
    if (!esp_alg_unseal(esp->alg, packet, len, sequence)) {
        return ESP_FORGED;
    }
    replay_note(&esp->window, sequence);
    return strip(packet + before, len - before - icv, inner);
}
