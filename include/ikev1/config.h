/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file config.h
 * What an engine is made of. Zero everywhere means "the default", so that
 * `ikev1_config config = IKEV1_CONFIG_INIT;` plus `crypto` and `policy` is a whole configuration.
 */
#ifndef IKEV1_CONFIG_H
#define IKEV1_CONFIG_H

#include <ikev1/version.h>
#include <ikev1/crypto.h>
#include <ikev1/log.h>
#include <ikev1/policy.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Memory from somewhere else than malloc. Both or neither. They are called in the middle of
 * things: the engine does not notice when they call it, and must not be called. Since 0.1. */
typedef struct ikev1_allocator {
    void *user;
    /** `len` is never 0. @return memory aligned like malloc's, or NULL. */
    void *(*alloc)(void *user, size_t len);
    /** `p` came from alloc, with this `len`. Its content has been wiped. */
    void (*release)(void *user, void *p, size_t len);
} ikev1_allocator;

/** Bounds on what peers can make grow (mission P8, B8). 0 = the default in brackets. A cause names
 *  the one that is reached, and what met it: ikev1_why. Since 0.1. */
typedef struct ikev1_limits {
    uint32_t sas;         /**< ISAKMP SAs of all kinds, to 2^28 [100000] */
    uint32_t half_open;   /**< begun by peers that have not authenticated, to 2^28 [1000] */
    uint32_t children;    /**< IPsec SA pairs of one ISAKMP SA, to 60000 [64] */
    uint32_t exchanges;   /**< Quick Modes running at once in one ISAKMP SA, to 60000 [16] */
    uint32_t message_ids; /**< exchanges in the life of one ISAKMP SA, 16 to 2^24 [16384] */
    uint32_t datagram;    /**< bytes of a message, in and out, 1024 to 65507 [10000] */
    uint32_t resends;     /**< times one reply is repeated for a duplicate request, to 250 [3] */
    uint32_t log_rate;    /**< log events per second and number that peers can cause, to 100000; a
                               quiet time saves up for 20 seconds of it [10] */
    /**
     * Bytes that a pre-shared key has at least, 1 to 256 [8]. A shorter one is refused with
     * IKEV1_E_WEAK before anything has been sent under it, in a rule table already when it is
     * loaded; ikev1_check_psk() tells for a store of your own. Whoever has played the gateway once,
     * or has read one Aggressive Mode, can try keys without asking anybody again (PH1-16). A random
     * byte is worth 8 bits, a random letter or digit nearly 6, a character of what people think up
     * 2 to 3: at the default a thought-up key falls within seconds, a random one within days. 20
     * bytes of random letters and digits (119 bits) last; set 20 where all keys are yours.
     */
    uint32_t psk_min;
    /**
     * Of half_open, how many may come from one address (in IPv6 from one /64), to 2^28 [a quarter,
     * at least 16] ...
     */
    uint32_t half_open_address;
    /**
     * ... and from one prefix, IPv4 /24 or IPv6 /56, to 2^28 [half, at least 32]. A site behind one
     * NAT address counts as one address; a negotiation is half open for two or three round trips,
     * so that the default lets such a site begin more than a thousand a second.
     *
     * At any of the three bounds a newcomer takes the place of the oldest negotiation, of that
     * address, that prefix or all, whose peer has not yet shown that it receives what we send and
     * which has had 100 ms to do so; where there is none, the newcomer is dropped and will try
     * again. A peer that has shown it is never driven out. So under a flood of invented addresses
     * with R first messages a second a peer gets through if its round trip takes less than
     * half_open / R seconds or 100 ms, whichever is more; where the 100 ms are more, it may need
     * several tries. Raise half_open where floods are to be expected and peers are far away.
     */
    uint32_t half_open_prefix;
    /**
     * KiB of heap that the engine has at most, all included, from 64 [no bound]. What does not fit
     * is treated as if the allocator had none: calls return IKEV1_E_MEMORY, exchanges wait and try
     * again. The last eighth is not for strangers: a first message that would need it takes the
     * place of an older one as described above, or is dropped. ikev1_stats.memory tells how much is
     * in use; allow 1 KiB for an ISAKMP SA with one IPsec SA pair and 1 KiB for each half-open one.
     */
    uint32_t memory;
    uint32_t xauth_tries;  /**< as XAUTH server: how often a user may fail, to 100 [3] */
    uint32_t xauth_rounds; /**< of XAUTH in one SA, as server and as client, to 100 [10] */
    /**
     * First messages a second from one address (in IPv6 from one /64), and from one prefix (/24,
     * /56), to 1000 [no limit]; twice as many at once after a quiet second or two. What exceeds it
     * is dropped without a word: IKEV1_E_RATE. The table has 1024 places, found by a keyed hash:
     * under a flood of invented addresses a peer shares its place with some of them, so that the
     * half_open bounds, which let the genuine through, should be the first defence.
     */
    uint32_t first_rate_address, first_rate_prefix;
    /**
     * How often peers at one address, and their users in XAUTH, may fail to authenticate, to 1000
     * [no limit]. Each failure counts for timing.auth_penalty; at the bound, first messages from
     * there are dropped without a word, with IKEV1_E_FAILURES, until the oldest counts no more.
     * Only who has shown that it receives there can fail. What is up is not touched; a site behind
     * one NAT is one address.
     */
    uint32_t auth_failures;
    uint32_t fragments;    /**< of one message, to 255 [32]; together they are at most `datagram` */
    uint32_t reassemblies; /**< messages that are being put together, of all SAs, to 65535 [64]; a
                                newer one takes the place of the oldest */
    uint32_t sas_peer;  /**< ISAKMP SAs with one peer, by the identity that it has proven (where a
                             shared key lets it choose, within its rule; as XAUTH server, of one
                             user), 2 to 2^28 [1000]; one that replaces another counts while both
                             are there. A further one is refused with IKEV1_E_PEER_SAS */
    uint32_t key_pairs; /**< that wait to be used, of all groups, to 1000 [64]: what
                             ikev1_engine_prepare() computes ahead */
} ikev1_limits;

/** When to send again, and when to give up. 0 = the default in brackets; no time is over an hour.
 *  Since 0.1. */
typedef struct ikev1_timing {
    uint32_t retry_first;   /**< ms before the first retransmission [4000] */
    uint32_t retry_percent; /**< each wait in percent of the one before, 100 to 400 [180] */
    uint32_t retry_jitter;  /**< percent by which a wait is shortened at random, 1 to 50 [10] */
    uint32_t retry_count;   /**< retransmissions before giving up, at most 60 [5]; with 2 or more,
                                 a Main or Base Mode of ours that nobody answers any more after
                                 message 2 begins again half way, once, with policy->phase1 asked
                                 again: somebody else may have answered in the peer's name. It
                                 ends when it would have anyway. A wrong key shows in the same
                                 way: then the peer sees, and refuses, two attempts */
    uint32_t retry_max;     /**< ms a single wait never exceeds [60000] */
    uint32_t half_open;     /**< ms a peer has to finish phase 1, and five times that once it has
                                 shown that it receives what we send [30000] */
    uint32_t linger;        /**< ms a finished exchange still answers duplicates [30000] */
    uint32_t keepalive; /**< ms between NAT keepalives when we are behind one, from 1000 [20000] */
    uint32_t rekey_jitter; /**< percent by which a rekey margin is lengthened at random, so that
                                what began together does not stay together, 1 to 100 [50] */
    uint32_t overlap;      /**< ms that a replaced SA lives on when nothing shows that the peer uses
                                the new one [60000] */
    uint32_t replaced;     /**< ms that it lives on when something does, or when the peer has been
                                told of its end: what is under way [5000] */
    uint32_t reconnect_first; /**< ms until a lost rule is connected again, each time twice as long
                                   as the time before, shortened by retry_jitter [5000] ... */
    uint32_t reconnect_max;   /**< ... up to this [300000] */
    uint32_t xauth; /**< ms after phase 1 until XAUTH, and as client Mode Config, must be done
                         [120000]; a question of theirs may take as long */
    uint32_t auth_penalty; /**< ms that a failure of authentication counts [60000] */
    uint32_t reassembly;   /**< ms that fragments wait for the rest of their message [10000] */
    uint32_t dpd_wait;     /**< ms between the questions of dead peer detection [5000] */
    uint32_t dpd_tries; /**< how many are not answered before a peer counts as dead, to 100 [5] */
} ikev1_timing;

/** The configuration. `size` first: see IKEV1_CONFIG_INIT. Since 0.1. */
typedef struct ikev1_config {
    size_t size;                /**< set by IKEV1_CONFIG_INIT */
    uint32_t version;           /**< set by IKEV1_CONFIG_INIT: the release the host was compiled
                                     against, which says how much of a struct it knows */
    const ikev1_crypto *crypto; /**< required; kept; must outlive the engine */
    const ikev1_policy *policy; /**< required; copied, but not what its `user` points to */
    /** Told every event up to `log_level`, while it happens. May be NULL. Must not call in. */
    void (*log)(void *user, const ikev1_log_event *event);
    void *log_user;
    uint8_t log_level; /**< IKEV1_LEVEL_... [IKEV1_LEVEL_INFO] */
    bool anonymous;    /**< send no vendor ID that only tells who we are */
    /**
     * Tell a peer why its phase 1 was refused, in one small packet for its packet: of a first
     * message that is well formed in the clear, which authenticates nothing; later, where there are
     * keys, under them, AUTHENTICATION-FAILED standing for all that a peer could find out before it
     * has proven itself. RFC 2408 3.14.1, 5.
     */
    bool clear_notify;
    uint16_t shard;  /**< our number among several engines, below `shards` */
    uint16_t shards; /**< how many engines share the ports, at most 256; 0 or 1 = one */
    uint32_t allow;  /**< IKEV1_ALLOW_... bits: weak algorithms by name [none] */
    const ikev1_allocator *allocator; /**< copied; NULL = malloc and free */
    /**
     * Where all randomness comes from (cookies, nonces, private values, SPIs, jitter); NULL = the
     * provider's. The same bytes give the same run. @return IKEV1_OK or an error code.
     */
    int (*random)(void *user, uint8_t *out, size_t len);
    void *random_user;
    ikev1_limits limits;
    ikev1_timing timing;
    /** Lets ikev1_decryption_table() give away the keys of ISAKMP SAs: whoever gets them reads all
     *  that has been and will be negotiated under them, the keys of IPsec SAs without PFS included.
     */
    bool analysis;
} ikev1_config;

#ifdef __cplusplus
#define IKEV1_CONFIG_INIT                                                                          \
    [] {                                                                                           \
        ikev1_config c = ikev1_config();                                                           \
        c.size = sizeof(ikev1_config);                                                             \
        c.version = IKEV1_VERSION;                                                                 \
        return c;                                                                                  \
    }()
#else
/** A configuration with every default. `ikev1_config c = IKEV1_CONFIG_INIT;` */
#define IKEV1_CONFIG_INIT ((ikev1_config){.size = sizeof(ikev1_config), .version = IKEV1_VERSION})
#endif

#ifdef __cplusplus
}
#endif
#endif
