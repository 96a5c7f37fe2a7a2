/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file export.h
 * An ISAKMP SA with its IPsec SA pairs as a sealed blob, and back: for a restart, a live upgrade,
 * or another node that takes over. The host keeps the blob where it likes; the peer notices
 * nothing.
 *
 * What is in it: cookies, keys, path, lifetimes, what is left of the latter, message IDs that were
 * used, the peer's proven identity, the user that XAUTH has verified, the lease of Mode Config, and
 * of every pair that is up all but its keys, which the kernel has. Negotiations that run are not in
 * it; neither is a pre-shared key. It is encrypted and authenticated under a key of the host's.
 *
 * An exported SA goes on where it is. When it is imported elsewhere, end the first without telling
 * the peer: ikev1_engine_free() sends nothing. Two engines that both use it would fall out with
 * each other. Export it again whenever its pairs change, by ikev1_engine_next_event().
 */
#ifndef IKEV1_EXPORT_H
#define IKEV1_EXPORT_H

#include <ikev1/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * How often one ISAKMP SA can be imported in its life. Each time it draws its message IDs from
 * another sixteenth of them, so that none is used twice, whatever the SA has done since it was
 * exported: the IVs of RFC 2409 App. B come from these numbers.
 */
#define IKEV1_MAX_IMPORTS 15

/**
 * Exports an established ISAKMP SA.
 * @param key   IKEV1_SEAL_KEY bytes, secret and random; whoever has it can read and make blobs
 * @param label what the blob is bound to, not kept in it: the node, the rule, a counter; may be
 *              empty. The same has to be given to import it
 * @param out   receives the blob; NULL with *len 0 asks for the size only
 * @param len   in: the room; out: the size of the blob, or that which it would need
 * @return IKEV1_OK; IKEV1_E_OUTPUT there is too little room: *len says how much it takes;
 *         IKEV1_E_STATE it is not established, or XAUTH or Mode Config is not over; IKEV1_E_STALE;
 *         IKEV1_E_UNSUPPORTED the provider cannot seal; IKEV1_E_MEMORY; IKEV1_E_ARGUMENT;
 *         IKEV1_E_REENTRY. Nothing changes, whatever is returned. Since 0.1.
 */
IKEV1_API int ikev1_export(ikev1_engine *engine, ikev1_time now, ikev1_handle sa,
                           const uint8_t *key, ikev1_bytes label, uint8_t *out, size_t *len);

/**
 * Imports one, under new handles. IKEV1_EVENT_SA_IMPORTED and a CHILD_IMPORTED for each of its
 * pairs follow: match them with the kernel's IPsec SAs by SPI and remove what was not named, its
 * time was over.
 * @param elapsed milliseconds since the export, by a clock that went on: what is left of every
 *                lifetime is shorter by as much
 * @param sa      NULL, or receives the handle
 * @return IKEV1_OK; IKEV1_E_AUTH another key, another label, or a byte has changed; IKEV1_E_BLOB it
 *         is none, or of a release that writes another form; IKEV1_E_BUSY this engine has the SA or
 *         one of its SPIs; IKEV1_E_EXPIRED its time is over; IKEV1_E_MESSAGE_IDS it has been
 *         imported IKEV1_MAX_IMPORTS times; IKEV1_E_SAS, IKEV1_E_CHILDREN, IKEV1_E_MEMORY a limit;
 *         IKEV1_E_UNSUPPORTED the provider lacks an algorithm of it, or cannot unseal;
 *         IKEV1_E_ARGUMENT; IKEV1_E_REENTRY. Where it is not IKEV1_OK, nothing has changed: connect
 *         the rule anew. Since 0.1.
 */
IKEV1_API int ikev1_import(ikev1_engine *engine, ikev1_time now, const uint8_t *key,
                           ikev1_bytes label, ikev1_bytes blob, uint64_t elapsed, ikev1_handle *sa);

#ifdef __cplusplus
}
#endif
#endif
