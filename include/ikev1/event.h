/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file event.h
 * News for the host, pulled with ikev1_engine_next_event() before packets are sent.
 */
#ifndef IKEV1_EVENT_H
#define IKEV1_EVENT_H

#include <ikev1/access.h>
#include <ikev1/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What happened. Each row says which pointers of ikev1_event are set. */
enum {
    /** An ISAKMP SA is established and authenticated. `info`. */
    IKEV1_EVENT_SA_UP = 1,
    /** A negotiation of phase 1 ended without one. `why`. The handle is gone. */
    IKEV1_EVENT_SA_FAILED,
    /** An established ISAKMP SA ended; its children's CHILD_DOWN came before. `why`, `lease`.
     *  Handle gone. */
    IKEV1_EVENT_SA_DOWN,
    /** The peer of an established ISAKMP SA is reached another way from now on: `path`. */
    IKEV1_EVENT_SA_MOVED,
    /** Install the inbound IPsec SA now, all of a bundle: the peer may use it as soon as our next
     *  packet is out. `ipsec`, `ipsec_count`. */
    IKEV1_EVENT_CHILD_INBOUND,
    /** Install the outbound IPsec SA, all of a bundle, and use it: the pair is complete. `ipsec`,
     *  `ipsec_count`. */
    IKEV1_EVENT_CHILD_UP,
    /** A Quick Mode ended without a pair; remove the inbound SA if it was announced. `why`.
     *  The handle is gone; it is 0 when the one that ikev1_connect() wants could not even begin. */
    IKEV1_EVENT_CHILD_FAILED,
    /** Remove the IPsec SAs of both directions. `why`. The handle is gone. */
    IKEV1_EVENT_CHILD_DOWN,
    /** The peer sent an authenticated notification that changes nothing by itself; or, outside of
     *  phase 1, INITIAL-CONTACT: what ends by it has events of its own. `notify`. */
    IKEV1_EVENT_NOTIFY,
    /** A newer ISAKMP SA with the same peer has taken over: all IPsec SAs of `replaces` belong to
     *  `sa` from now on, and their deletes go over it. */
    IKEV1_EVENT_SA_ADOPTED,
    /** XAUTH has succeeded. `user`. */
    IKEV1_EVENT_XAUTH,
    /** Mode Config is done: `lease`, what the client has been given. As server it comes once, when
     *  the lease is first sent; when nobody has it any more, SA_DOWN has it. As client, connect's
     *  Quick Mode begins behind it. */
    IKEV1_EVENT_CONFIG,
    /** ikev1_import() has made an ISAKMP SA: `info`, where `local_id` and `exchange` are not known
     *  any more; `user` and `lease`, where XAUTH and Mode Config had left them. As server, take the
     *  lease out of the pool: it is free again with SA_DOWN. */
    IKEV1_EVENT_SA_IMPORTED,
    /** ... and an IPsec SA pair of it, which the kernel has: `ipsec`, inbound, without keys. */
    IKEV1_EVENT_CHILD_IMPORTED,
    /** Dead peer detection: the peer does not answer. `why`. Nothing has ended: delete the SA,
     * connect again, or wait; should the peer be heard of again, it will be asked again. */
    IKEV1_EVENT_PEER_DEAD,
};

/** How many protocols a bundle can have: IPCOMP, ESP and AH, each once. */
#define IKEV1_MAX_BUNDLE 3

/** What phase 1 agreed on. Since 0.1. */
typedef struct ikev1_sa_info {
    uint8_t icookie[8], rcookie[8];
    uint8_t exchange; /**< IKEV1_EXCHANGE_MAIN, _AGGRESSIVE or _BASE */
    uint16_t cipher, key_bits, hash, auth, group;
    ikev1_id local_id, remote_id; /**< as proven */
    uint32_t life_seconds;        /**< counted from now */
    bool nat_local, nat_remote;   /**< a NAT in front of us, in front of the peer */
    uint32_t life_kilobytes;      /**< of what is encrypted under it; 0 = no limit */
    uint16_t natt;                /**< the IKEV1_NATT_... variant that both speak; 0 = none. Of
                                       draft 02 one of its two bits */
    uint16_t prf;                 /**< IKEV1_PRF_...; 0 = HMAC of the hash */
    uint8_t candidate;            /**< which pre-shared key it was: ikev1_phase1.psk_count */
} ikev1_sa_info;

/**
 * One direction of an IPsec SA pair, with everything a kernel needs. The keys are wiped at the next
 * call on the engine: install them, do not store them. Of a bundle (RFC 2409 5.5: several protocols
 * for the same traffic) there is one of these for each protocol. Since 0.1.
 */
typedef struct ikev1_ipsec {
    bool inbound;
    uint8_t protocol;   /**< IKEV1_PROTO_ESP, _AH or _IPCOMP */
    uint32_t spi;       /**< host byte order: of this direction; of IPCOMP the CPI (RFC 3173) */
    uint32_t other_spi; /**< of the other direction */
    uint8_t transform;  /**< IKEV1_ESP_..., IKEV1_AH_... or IKEV1_IPCOMP_... */
    uint16_t key_bits;  /**< of the cipher, without salt; 0 = it has one size */
    uint16_t integrity; /**< IKEV1_INTEG_..., 0 = none */
    ikev1_bytes
        encryption_key; /**< with the salt of a counter mode at its end, as kernels want it */
    uint8_t salt_size;  /**< how much of it is salt */
    ikev1_bytes integrity_key; /**< of AH with GMAC with the salt at its end: salt_size */
    uint16_t icv_bits;         /**< length of the integrity check value in a packet; 0 = none */
    bool icv_ambiguous; /**< HMAC-SHA2-256, and no rule says whether the peer cuts it to 128 bits
                             or to 96: if nothing comes through, ikev1_phase2.sha256_bits */
    uint8_t mode;       /**< IKEV1_ENCAP_TUNNEL or _TRANSPORT. Of a bundle in tunnel mode the
                             innermost makes the tunnel, the others are in transport mode */
    bool udp;           /**< ESP in UDP, on the ports of the path (RFC 3948); when the path is not
                             `encapsulated`, behind eight zero bytes, as drafts 00 and 01 have it */
    bool esn;           /**< 64-bit sequence numbers (RFC 4304) */
    uint8_t replay_window;        /**< as the rule says; 0 = the kernel's default */
    uint8_t peer_replay;          /**< IKEV1_REPLAY_...: what the responder, if it is the peer, says
                                       of its own */
    uint16_t pfs_group;           /**< the group effectively used; 0 = none */
    ikev1_selector local, remote; /**< as negotiated */
    /** The same as packets have them at our end. Another address than the negotiated one stands
     *  there only in transport mode behind a NAT, where the peer has called itself, or us, by an
     *  address that packets do not have here (RFC 3948 5.2): policies are to be made of these. */
    ikev1_selector packet_local, packet_remote;
    /**
     * Transport mode through a NAT: both addresses as the peer sees them, from its NAT-OA (RFC 3947
     * 5.2): TCP and UDP checksums were computed with them (RFC 3948 3.1.2). Family 0 = it did not
     * say; the early drafts tell only the peer's. Ports are 0.
     */
    ikev1_address original_local, original_remote;
    uint32_t life_seconds;   /**< when the library ends it; at least 10 */
    uint32_t life_kilobytes; /**< when the host should; 0 = never */
} ikev1_ipsec;

/** An authenticated notification. Since 0.1. */
typedef struct ikev1_notify {
    uint16_t type;    /**< IKEV1_NOTIFY_..., or a number without a name */
    uint8_t protocol; /**< IKEV1_PROTO_... */
    ikev1_bytes spi;
    ikev1_bytes data; /**< the peer's bytes: not text, not trusted */
} ikev1_notify;

/**
 * One event. Filled by ikev1_engine_next_event(); what it points to is valid until the next call on
 * the engine. Since 0.1.
 */
typedef struct ikev1_event {
    size_t size;        /**< sizeof(ikev1_event) as the library was compiled */
    uint16_t type;      /**< IKEV1_EVENT_... */
    bool initiator;     /**< who started what this is about: true = we */
    ikev1_handle sa;    /**< the ISAKMP SA */
    ikev1_handle child; /**< the IPsec SA pair; 0 = not about one */
    uint32_t rule;      /**< the host's rule number; 0 = none was chosen */
    ikev1_path path;    /**< how the peer is reached */
    const ikev1_sa_info *info;
    const ikev1_ipsec *ipsec; /**< `ipsec_count` of one direction, in the order in which a packet is
                                   protected: IPCOMP, ESP, AH. The others of a bundle than the first
                                   apply to what the one before has made of it */
    size_t ipsec_count;       /**< 1 to IKEV1_MAX_BUNDLE where `ipsec` is set, else 0 */
    const ikev1_notify *notify;
    const ikev1_why *why;
    /** SA_UP, SA_ADOPTED: the ISAKMP SA, CHILD_INBOUND, CHILD_UP: the IPsec SA pair that this one
     *  takes the place of; 0 = none. The old one is still there: its own end comes later, with
     *  IKEV1_E_REPLACED when it is ours to end it. Packets go out by the newer pair from CHILD_UP
     *  on; both receive. */
    ikev1_handle replaces;
    ikev1_bytes user; /**< XAUTH, SA_IMPORTED: who has been verified; as client empty. Bytes, not
                           text */
    /** CONFIG, SA_IMPORTED; and as server in SA_DOWN: the lease that is free now, NULL where there
     * was none or another SA of the same identity holds it on. */
    const ikev1_lease *lease;
} ikev1_event;

#ifdef __cplusplus
}
#endif
#endif
