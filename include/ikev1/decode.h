/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file decode.h
 * A passive decoder: recorded datagrams and keys in, every message as the log has it and as text
 * out. It negotiates nothing, sends nothing and needs no engine. Like the rule table it is an
 * optional part that comes with the library.
 *
 *     ikev1_decoder_new(&decoder, ikev1_openssl(), NULL);
 *     ikev1_decoder_add(decoder, IKEV1_SECRET_KEY, icookie, key);
 *     for each datagram of the recording, in its order:
 *         ikev1_decoder_packet(decoder, at, &source, &destination, message, len);
 *         while (ikev1_decoder_next(decoder, &decoded) == 1)
 *             print(&decoded);
 *     ikev1_decoder_free(decoder);
 *
 * What it is given may be anything: nothing is trusted, everything has a named bound.
 */
#ifndef IKEV1_DECODE_H
#define IKEV1_DECODE_H

#include <ikev1/config.h>
#include <ikev1/crypto.h>
#include <ikev1/log.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IKEV1_DECODER_SAS     256 /**< negotiations it knows at once; the one unused longest goes */
#define IKEV1_DECODER_SECRETS 4096  /**< that can be added */
#define IKEV1_DECODER_TEXT    65536 /**< bytes of a message's text with its NUL: more is cut off */

/** What a secret is. Since 0.1. */
enum {
    /** The encryption key of an ISAKMP SA, as the `ikev1_decryption_table` of tshark has it, in the
     *  size that its cipher uses. */
    IKEV1_SECRET_KEY = 1,
    /** The shared secret g^xy of a negotiation, as for a recording of one's own. It gives the keys,
     *  together with the pre-shared key where one authenticates. */
    IKEV1_SECRET_DH,
    /** A pre-shared key. By itself it opens nothing, since g^xy is missing, but tells of each side
     *  of an Aggressive Mode whether it has the same. */
    IKEV1_SECRET_PSK,
};

/** How a message was covered. Since 0.1. */
enum {
    IKEV1_COVER_CLEAR = 1, /**< not encrypted */
    IKEV1_COVER_OPENED,    /**< encrypted, and read */
    IKEV1_COVER_SEALED,    /**< encrypted, and no key is known: its header only */
    IKEV1_COVER_GARBLED,   /**< encrypted, and what the known key makes of it is no message */
};

/** Whether the HASH of phase 1 is what the known pre-shared key gives (RFC 2409 5.4). Since 0.1. */
enum {
    IKEV1_PROOF_NONE = 0, /**< there is none in the message, or the key is not known */
    IKEV1_PROOF_GOOD,     /**< the sender has this pre-shared key */
    IKEV1_PROOF_BAD,      /**< the sender has another one */
};

/** A decoder. Opaque; it belongs to one thread at a time. Since 0.1. */
typedef struct ikev1_decoder ikev1_decoder;

/** A payload of a message. Since 0.1. */
typedef struct ikev1_payload {
    uint8_t type;     /**< IKEV1_PAYLOAD_...; NAT-D and NAT-OA of a draft as 20 and 21 */
    size_t offset;    /**< of its generic header, from the first byte of the message */
    ikev1_bytes body; /**< what follows that, decrypted: its secrets are in it */
} ikev1_payload;

/** A message. What it points to is the decoder's, until the next call on that. Since 0.1. */
typedef struct ikev1_decoded {
    size_t size; /**< in: sizeof(ikev1_decoded) */
    /**
     * As the initiator of phase 1 would have logged it: IKEV1_LOG_SEND what it sent, `path.local`
     * being its address, IKEV1_LOG_RECV what came to it; ikev1_log_format() makes the line. `sa` is
     * the number of the negotiation in this decoder, from 1; 0 when the message is of none. The
     * payloads are those that could be read. `why` is NULL, or what is wrong with the message.
     */
    ikev1_log_event event;
    uint8_t flags;     /**< IKEV1_FLAG_... of the header */
    uint8_t cover;     /**< IKEV1_COVER_... */
    uint8_t proof;     /**< IKEV1_PROOF_... */
    bool initiator;    /**< sent by the initiator of phase 1 */
    bool again;        /**< these bytes have been there before: sent again, it changes nothing */
    bool joined;       /**< put together from fragments, the last of which came just before */
    uint16_t notify;   /**< the first error notification in it (below 16384), 0 = none */
    ikev1_bytes wire;  /**< the message as it was sent */
    ikev1_bytes plain; /**< what follows the header, decrypted; empty when it could not be */
    size_t padding;    /**< bytes of `plain` behind the last payload */
    const ikev1_payload *payloads; /**< those that could be read: event.payload_count of them */
    const char *text;              /**< header and payloads, several lines, peers' bytes escaped */
    size_t text_len;               /**< without the NUL */
} ikev1_decoded;

#ifdef __cplusplus
#define IKEV1_DECODED_INIT                                                                         \
    [] {                                                                                           \
        ikev1_decoded d = ikev1_decoded();                                                         \
        d.size = sizeof(ikev1_decoded);                                                            \
        return d;                                                                                  \
    }()
#else
/** Everything 0 but `size`. Since 0.1. */
#define IKEV1_DECODED_INIT                                                                         \
    { .size = sizeof(ikev1_decoded) }
#endif

/**
 * Makes a decoder.
 * @param out       receives it; NULL on failure
 * @param crypto    must outlive it
 * @param allocator NULL, or where memory comes from; must outlive it
 * @return IKEV1_OK; IKEV1_E_MEMORY; IKEV1_E_ARGUMENT; what the provider's open() returned.
 *         Since 0.1.
 */
IKEV1_API int ikev1_decoder_new(ikev1_decoder **out, const ikev1_crypto *crypto,
                                const ikev1_allocator *allocator);

/** Frees it and all it has given, and wipes what it was told. NULL is allowed. Since 0.1. */
IKEV1_API void ikev1_decoder_free(ikev1_decoder *decoder);

/**
 * Tells it a secret, before the messages that it opens come.
 * @param kind    IKEV1_SECRET_...
 * @param icookie IKEV1_COOKIE_SIZE bytes, the negotiation whose secret it is. NULL, for a
 *                pre-shared key only: of any; of several, each is tried
 * @param value   copied; 1 to IKEV1_MAX_PUBLIC bytes
 * @return IKEV1_OK; IKEV1_E_ARGUMENT; IKEV1_E_SAS there are IKEV1_DECODER_SECRETS; IKEV1_E_MEMORY.
 *         Since 0.1.
 */
IKEV1_API int ikev1_decoder_add(ikev1_decoder *decoder, int kind, const uint8_t *icookie,
                                ikev1_bytes value);

/**
 * Gives it a datagram. Afterwards pull what it has become with ikev1_decoder_next(); what was not
 * pulled is forgotten.
 *
 * IVs follow RFC 2409 App. B: a message that was read moves the chain of its exchange, one that is
 * garbled or comes again does not. Fragments (vendor payload 132) are put together.
 * @param at          when, milliseconds; only copied into the event
 * @param source      who sent it; copied. Who sent the first message of a negotiation that is
 *                    there, is its initiator
 * @param destination to whom; copied
 * @param message     marker removed, see ikev1_classify(); copied
 * @param len         at most 65535
 * @return IKEV1_OK there is something to pull; IKEV1_E_SHORT it is too short for a header, so that
 *         there is not; IKEV1_E_DATAGRAM; IKEV1_E_ARGUMENT; IKEV1_E_MEMORY. Since 0.1.
 */
IKEV1_API int ikev1_decoder_packet(ikev1_decoder *decoder, ikev1_time at,
                                   const ikev1_address *source, const ikev1_address *destination,
                                   const uint8_t *message, size_t len);

/**
 * The next message: the datagram's, then, when that was the last fragment of one, the whole.
 * @return 1 filled; 0 there is none; IKEV1_E_ARGUMENT; IKEV1_E_MEMORY or a code of class CRYPTO:
 *         it could not be decoded, go on with the next datagram. Since 0.1.
 */
IKEV1_API int ikev1_decoder_next(ikev1_decoder *decoder, ikev1_decoded *decoded);

#ifdef __cplusplus
}
#endif
#endif
