/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file types.h
 * The small types every other header speaks: time, bytes, addresses, paths, identities, selectors
 * and handles. All are plain data; none owns what it points to.
 */
#ifndef IKEV1_TYPES_H
#define IKEV1_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Marks what the shared library exports. */
#if defined(__GNUC__) && !defined(IKEV1_API)
#define IKEV1_API __attribute__((visibility("default")))
#elif !defined(IKEV1_API)
#define IKEV1_API
#endif

/** Milliseconds on the host's monotonic clock. The zero point is the host's own affair. Since 0.1.
 */
typedef uint64_t ikev1_time;

/** "No deadline": later than every other time. Since 0.1. */
#define IKEV1_NEVER UINT64_MAX

/** A run of bytes that somebody else owns. `data` may be NULL when `len` is 0. Since 0.1. */
typedef struct ikev1_bytes {
    const uint8_t *data;
    size_t len;
} ikev1_bytes;

/**
 * An IP address with an UDP port. `family` is 4, 6, or 0 for "none"; an IPv4 address stands in the
 * first four bytes of `ip` and the rest is 0. `port` is in host byte order. Since 0.1.
 */
typedef struct ikev1_address {
    uint8_t family;
    uint8_t ip[16];
    uint16_t port;
} ikev1_address;

/**
 * The way of a datagram. `encapsulated` says that IKE shares its port with ESP and carries the
 * four zero bytes of the non-ESP marker on the wire (port 4500, RFC 3948 2.2). The marker never
 * enters or leaves the library: the host strips it on receipt, with ikev1_classify(), and puts it
 * in front of what it sends. Since 0.1.
 */
typedef struct ikev1_path {
    ikev1_address local;
    ikev1_address remote;
    bool encapsulated;
} ikev1_path;

/**
 * An identification payload's content: type (IKEV1_ID_...), protocol and port as RFC 2407 4.6.2
 * has them (0 = any), and the bytes of the identity itself. Since 0.1.
 */
typedef struct ikev1_id {
    uint8_t type;
    uint8_t protocol;
    uint16_t port;
    const uint8_t *data;
    size_t len;
} ikev1_id;

/**
 * What an IPsec SA protects on one of its ends: every address from `start` to `end`, one protocol
 * (0 = any) and one port (0 = any, host byte order). A host is a range of one, a subnet the range
 * it covers. `family` is 4 or 6; IPv4 stands in the first four bytes. Since 0.1.
 */
typedef struct ikev1_selector {
    uint8_t family;
    uint8_t protocol;
    uint16_t port;
    uint8_t start[16];
    uint8_t end[16];
} ikev1_selector;

/**
 * Names an ISAKMP SA, or an IPsec SA pair ("child", from the start of its Quick Mode), from the
 * call or event that made it until its last event has been pulled. Not reused before 2^30 others
 * have had its place: a handle of something that has ended, or of the other kind, is refused with
 * IKEV1_E_STALE. 0 names nothing. Since 0.1.
 */
typedef uint64_t ikev1_handle;

/** Names a question that was answered with IKEV1_PENDING. Not reused before 2^32 others. 0 is none.
 *  Since 0.1. */
typedef uint64_t ikev1_ask;

/** The engine. Opaque; it and all it made belong to one thread at a time. Since 0.1. */
typedef struct ikev1_engine ikev1_engine;

#ifdef __cplusplus
}
#endif
#endif
