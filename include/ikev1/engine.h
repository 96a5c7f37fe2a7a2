/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file engine.h
 * The engine: packets, time and answers go in; events and packets come out.
 *
 * The host's loop is: wait for a datagram or for ikev1_engine_deadline(), call
 * ikev1_engine_input() or ikev1_engine_tick(), then drain ikev1_engine_next_event(), then drain
 * ikev1_engine_next_packet(). Events first: an inbound IPsec SA must be installed before the packet
 * leaves that lets the peer use it.
 *
 * `now` is the host's monotonic clock in milliseconds. Earlier than last time counts as last time.
 * An engine and all it made belong to one thread at a time. No function may be called from inside
 * a callback of the same engine: IKEV1_E_REENTRY, and nothing happens.
 */
#ifndef IKEV1_ENGINE_H
#define IKEV1_ENGINE_H

#include <ikev1/config.h>
#include <ikev1/event.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Every live object, for ikev1_delete(). */
#define IKEV1_ALL UINT64_MAX

/**
 * Makes an engine.
 * @param out    receives it; NULL on failure
 * @param config read now; `crypto` and what the `user` pointers name must outlive the engine
 * @return IKEV1_OK; IKEV1_E_CONFIG a field is not usable, or a newer host uses fields this library
 *         does not know; IKEV1_E_MEMORY; a code of class CRYPTO when the provider does not open.
 * Since 0.1.
 */
IKEV1_API int ikev1_engine_new(ikev1_engine **out, const ikev1_config *config);

/**
 * Frees an engine and all it holds, at once: no delete is sent (ikev1_delete() with IKEV1_ALL
 * before, and drain), every secret is wiped. NULL is allowed. From inside a callback nothing
 * happens. Since 0.1.
 */
IKEV1_API void ikev1_engine_free(ikev1_engine *engine);

/**
 * Feeds one UDP datagram. Every effect is queued: drain events and packets afterwards.
 * @param path where it came from and where it arrived; copied
 * @param data ISAKMP message, non-ESP marker already removed (ikev1_classify()); not kept
 * @param why  NULL, or receives the cause of any result but IKEV1_OK
 * @return IKEV1_OK       a negotiation moved forward or has ended, or a reply was sent again
 *         IKEV1_PENDING  it will, when a question has been answered
 *         IKEV1_DROPPED  no effect at all; normal on an open port
 *         IKEV1_E_MEMORY nothing changed; the peer will retransmit
 *         IKEV1_E_ARGUMENT, IKEV1_E_REENTRY the caller's mistake
 * A peer's failure is never returned here: it ends as an event. RFC 2408 5. Since 0.1.
 */
IKEV1_API int ikev1_engine_input(ikev1_engine *engine, ikev1_time now, const ikev1_path *path,
                                 const uint8_t *data, size_t len, ikev1_why *why);

/**
 * Does what time has made due: retransmissions, ends of lifetimes, keepalives. Calling it early or
 * late does no harm. @return IKEV1_OK; IKEV1_E_REENTRY; IKEV1_E_ARGUMENT no engine. Since 0.1.
 */
IKEV1_API int ikev1_engine_tick(ikev1_engine *engine, ikev1_time now);

/** When ikev1_engine_tick() has something to do; IKEV1_NEVER when no timer runs. May change with
 *  every call on the engine. Since 0.1. */
IKEV1_API ikev1_time ikev1_engine_deadline(const ikev1_engine *engine);

/**
 * Computes a Diffie-Hellman key pair ahead, for a host that has nothing else to do. One call
 * computes at most one pair, which takes as long as the provider's generate(): with the OpenSSL
 * provider some 0.05 ms for X25519 and ECP-256, 0.5 ms for MODP-2048, 1 ms for MODP-3072 and
 * ECP-384, 2 ms for MODP-4096, 10 ms for MODP-8192. When no datagram waits and nothing is due:
 * ```c
 * static bool use_idle_time(void) {
 *     static const uint16_t GROUPS[] = {IKEV1_GROUP_MODP2048, IKEV1_GROUP_X25519};
 *     int made = 0;
 *     for (size_t i = 0; i < sizeof GROUPS / sizeof *GROUPS && made == 0; i++)
 *         made = ikev1_engine_prepare(ike, GROUPS[i], 8);
 *     return made == 1;
 * }
 * ```
 * (true: there may be more to do, so look for datagrams without waiting and come again).
 *
 * A negotiation that needs one of its group takes the oldest, which no other gets: as initiator and
 * as responder, in Main, Base and Aggressive Mode and in Quick Mode with PFS. Where none is ready
 * it is computed as it would be without. First messages, whose senders anybody can invent, do not
 * use them up: a responder takes one when its cookie has come back. Its answer in Aggressive Mode
 * cannot wait for that; it leaves half of `most` alone.
 *
 * The pairs stay in this engine, are not exported, and are wiped when they are taken and by
 * ikev1_engine_free(). Each takes its public value and some 100 bytes of ikev1_config.allocator's
 * memory. policy->dh is not asked for them, only for the shared secret, with the seed of the pair.
 * Random bytes are drawn in the order of the calls: the same calls give the same run.
 * @param group IKEV1_GROUP_..., one that negotiations may use
 * @param most  how many of the group shall be ready. Those beyond are wiped: 0, for a group that no
 *              rule has any more, wipes all. ikev1_limits.key_pairs bounds the pairs of all groups
 * @return 1 one was computed; 0 there are enough; IKEV1_E_UNSUPPORTED the provider lacks the group;
 *         IKEV1_E_WEAK it is weak and not allowed by name; another code of class CRYPTO, or
 *         IKEV1_E_MEMORY: nothing changed, try again when idle; IKEV1_E_ARGUMENT no engine;
 *         IKEV1_E_REENTRY. RFC 2409 5. Since 0.1.
 */
IKEV1_API int ikev1_engine_prepare(ikev1_engine *engine, uint16_t group, uint32_t most);

/** A datagram to send. Since 0.1. */
typedef struct ikev1_packet {
    ikev1_path path; /**< `encapsulated`: put four zero bytes in front, unless `keepalive` */
    const uint8_t *data;
    size_t len;
    bool keepalive;  /**< one byte 0xff, sent without marker (RFC 3948 2.3) */
    ikev1_handle sa; /**< for ikev1_send_failed(); 0 = none */
} ikev1_packet;

/**
 * The next datagram to send. Its bytes are valid until the next call on the engine that is not
 * ikev1_engine_next_packet(): a host may collect several and send them at once.
 * @return 1 filled, 0 none left. Since 0.1.
 */
IKEV1_API int ikev1_engine_next_packet(ikev1_engine *engine, ikev1_packet *packet);

/** The next event, valid until the next call on the engine. @return 1 filled, 0 none left.
 *  Since 0.1. */
IKEV1_API int ikev1_engine_next_event(ikev1_engine *engine, ikev1_event *event);

/**
 * Answers a question that a callback has answered IKEV1_PENDING. What waited for it goes on inside
 * this call. Each question takes one answer.
 * @param ask    question->ask of that callback
 * @param answer read now and copied; its kind must be the question's
 * @return IKEV1_OK; IKEV1_E_STALE the negotiation has ended or the question was answered before;
 *         IKEV1_E_ARGUMENT wrong kind or size (the question stays open); IKEV1_E_MEMORY nothing
 *         changed; IKEV1_E_REENTRY. Since 0.1.
 */
IKEV1_API int ikev1_engine_answer(ikev1_engine *engine, ikev1_time now, ikev1_ask ask,
                                  const ikev1_answer *answer);

/**
 * Connects a rule: phase 1 with its peer, then Quick Mode for the same rule. Where an established
 * ISAKMP SA of the rule exists, only Quick Mode is started on it.
 * @param rule the host's number, not 0; policy->phase1 is asked for it at once
 * @param sa   NULL, or receives the ISAKMP SA
 * @return IKEV1_OK it has begun, events tell how it ends; IKEV1_PENDING likewise, once a question
 *         is answered; IKEV1_E_BUSY the rule is being negotiated already; IKEV1_E_CONFIG the host's
 *         answer is not usable; another code of class POLICY, CRYPTO, LIMIT or USAGE: refused,
 *         nothing has begun. Since 0.1.
 */
IKEV1_API int ikev1_connect(ikev1_engine *engine, ikev1_time now, uint32_t rule, ikev1_handle *sa);

/**
 * Starts another Quick Mode on an established ISAKMP SA (RFC 2409 5.5).
 * @param rule  the host's number, not 0: policy->phase2 is asked for it
 * @param child NULL, or receives its handle
 * @return IKEV1_OK it has begun, events tell how it ends, a refusal by policy->phase2 included;
 *         IKEV1_PENDING likewise, once a question is answered; IKEV1_E_BUSY the rule is being
 *         negotiated already; IKEV1_E_STATE the ISAKMP SA is not established; IKEV1_E_STALE;
 *         IKEV1_E_CHILDREN, IKEV1_E_EXCHANGES, IKEV1_E_MESSAGE_IDS, IKEV1_E_MEMORY a limit. Since
 *         0.1.
 */
IKEV1_API int ikev1_child(ikev1_engine *engine, ikev1_time now, ikev1_handle sa, uint32_t rule,
                          ikev1_handle *child);

/**
 * Ends an ISAKMP SA with its children, one child, or with IKEV1_ALL everything. Deletes are sent
 * for what the peer knows (RFC 2408 5.15); drain packets before freeing the engine. Events follow.
 * @return IKEV1_OK; IKEV1_E_STALE; IKEV1_E_REENTRY. Since 0.1.
 */
IKEV1_API int ikev1_delete(ikev1_engine *engine, ikev1_time now, ikev1_handle handle);

/**
 * Ends everything of a rule: its ISAKMP SAs with their children, its children in other ISAKMP SAs,
 * and what waits to be connected again. As ikev1_delete().
 * @return IKEV1_OK; IKEV1_E_STALE there was nothing; IKEV1_E_REENTRY. Since 0.1.
 */
IKEV1_API int ikev1_delete_rule(ikev1_engine *engine, ikev1_time now, uint32_t rule);

/**
 * Ends every ISAKMP SA with a peer, with its children. As ikev1_delete().
 * @param id      its proven identity, type and every byte; NULL: any
 * @param address where it is, the port does not count; NULL: anywhere. Not both NULL
 * @return IKEV1_OK; IKEV1_E_STALE there was none; IKEV1_E_ARGUMENT; IKEV1_E_REENTRY. Since 0.1.
 */
IKEV1_API int ikev1_delete_peer(ikev1_engine *engine, ikev1_time now, const ikev1_id *id,
                                const ikev1_address *address);

/**
 * Replaces an SA now, whoever began it and whatever ikev1_phase1.rekey and ikev1_phase2.rekey say.
 * A child: Quick Mode for its rule and selectors (RFC 2409 5.5); an ISAKMP SA: phase 1 anew, with
 * authentication. The new one's events name it in `replaces`; until its own end has come the old
 * one is in use. A kernel that tells when its soft limits are reached is a reason to call this.
 * @param handle an established ISAKMP SA, or a child that is up
 * @return IKEV1_OK it has begun; IKEV1_PENDING likewise, once a question is answered; IKEV1_E_BUSY
 *         it is being replaced, or has been; IKEV1_E_STATE it is not up; IKEV1_E_STALE; a code of
 *         ikev1_child() or ikev1_connect(): nothing has begun. Since 0.1.
 */
IKEV1_API int ikev1_rekey(ikev1_engine *engine, ikev1_time now, ikev1_handle handle);

/** What has passed through an IPsec SA pair since it was installed, as its kernel counts. Since
 *  0.1. */
typedef struct ikev1_traffic {
    uint64_t bytes_in, bytes_out, packets_in, packets_out;
} ikev1_traffic;

/**
 * Reports the traffic of a pair: what its limits in kilobytes and packets, its idle time and the
 * end of the pair it replaces depend on. How often is the host's affair: limits are noticed late by
 * as much, so a few times within the idle time, and in a tenth of the time that the fastest traffic
 * needs for the limit. A pair that nobody reports about lives by its seconds alone, and by its idle
 * time if it has one. A call may begin a rekey or end the pair: drain events and packets.
 * @param child a child that is up
 * @param total everything since CHILD_UP, not since the last report; read now
 * @return IKEV1_OK; IKEV1_E_STATE not up; IKEV1_E_STALE; IKEV1_E_ARGUMENT; IKEV1_E_REENTRY.
 * Since 0.1.
 */
IKEV1_API int ikev1_child_traffic(ikev1_engine *engine, ikev1_time now, ikev1_handle child,
                                  const ikev1_traffic *total);

/**
 * The host has received a packet under an SPI that is none of ours: logged as "!! Cannot find Phase
 * 2 SA", and the peer is told so by INVALID-SPI under protection, at most once in 10 seconds for an
 * ISAKMP SA (RFC 2408 3.14.1). A peer of ours that is told so ends the pair. Call it for each such
 * packet: since anybody can send them in the peer's name, limits.log_rate bounds the lines too.
 * @param sa an established ISAKMP SA with who sent it; 0 = there is none: only logged
 * @return IKEV1_OK; IKEV1_DROPPED it was told so a moment ago; IKEV1_E_STATE not established;
 *         IKEV1_E_STALE; IKEV1_E_ARGUMENT; IKEV1_E_REENTRY. Since 0.1.
 */
IKEV1_API int ikev1_unknown_spi(ikev1_engine *engine, ikev1_time now, ikev1_handle sa,
                                uint8_t protocol, uint32_t spi);

/**
 * The host has a packet for a rule and no SA to send it by: logged, and the rule is connected
 * unless that is happening (connect on demand). Call it for each such packet.
 * @return IKEV1_PENDING a negotiation is under way or waits for its turn: keep the packet or drop
 *         it, CHILD_UP will tell; IKEV1_OK there is an SA of the rule, CHILD_UP has told; a code of
 *         ikev1_connect(): refused, nothing has begun. Since 0.1.
 */
IKEV1_API int ikev1_outbound(ikev1_engine *engine, ikev1_time now, uint32_t rule);

/**
 * An address of the host has changed or gone. Everything that goes by the old one ends at once,
 * with IKEV1_E_LOCAL_CHANGED and without a word to the peers, who could not be reached from there;
 * rules with ikev1_phase1.reconnect are connected again by whatever policy->phase1 answers then.
 * Logs "!! WAN IP changed to <IP>".
 * @param was the old address, its port is not looked at; NULL: every one of the new one's family
 *            that is not the new one, for a host with one address
 * @param is  the new one; NULL = none. Not both NULL, nor the same
 * @return IKEV1_OK; IKEV1_E_ARGUMENT; IKEV1_E_REENTRY. Since 0.1.
 */
IKEV1_API int ikev1_local_changed(ikev1_engine *engine, ikev1_time now, const ikev1_address *was,
                                  const ikev1_address *is);

/**
 * The key of an ISAKMP SA, for analysing a capture: a line of the table that tshark and Wireshark
 * call ikev1_decryption_table, "INITIATOR-COOKIE,KEY" in hexadecimal, without a newline. Only with
 * ikev1_config.analysis.
 * @param sa  from SA_UP on, or before, as soon as keys are made
 * @param out receives it, like snprintf; wipe it after use
 * @param len receives the length of the whole line
 * @return IKEV1_OK; IKEV1_E_REFUSED it is not allowed; IKEV1_E_STATE there is no key yet;
 *         IKEV1_E_STALE; IKEV1_E_ARGUMENT. Since 0.1.
 */
IKEV1_API int ikev1_decryption_table(const ikev1_engine *engine, ikev1_handle sa, char *out,
                                     size_t cap, size_t *len);

/**
 * How much there is of a rule: its established ISAKMP SAs, and its IPsec SA pairs whether they are
 * up or negotiated by the peer. For a host that has changed its rules.
 * @return 0 also for no engine. Since 0.1.
 */
IKEV1_API uint32_t ikev1_rule_live(const ikev1_engine *engine, uint32_t rule);

/**
 * The host could not send a packet of this SA. Logged; the retransmission timer tries again.
 * @param sa packet->sa @return IKEV1_OK; IKEV1_E_STALE; IKEV1_E_REENTRY. Since 0.1.
 */
IKEV1_API int ikev1_send_failed(ikev1_engine *engine, ikev1_time now, ikev1_handle sa);

/**
 * Checks an answer the host means to give later, against this engine's provider and allow bits:
 * call it when a configuration is loaded.
 * @param why NULL, or receives what is wrong; diffs[0] names the algorithm and the suite
 * @return IKEV1_OK; IKEV1_E_CONFIG; IKEV1_E_UNSUPPORTED the provider lacks it; IKEV1_E_WEAK it is
 *         weak and not allowed by name. Since 0.1.
 */
IKEV1_API int ikev1_check_phase1(const ikev1_engine *engine, const ikev1_phase1 *phase1,
                                 ikev1_why *why);
/** As ikev1_check_phase1(), for phase 2. Since 0.1. */
IKEV1_API int ikev1_check_phase2(const ikev1_engine *engine, const ikev1_phase2 *phase2,
                                 ikev1_why *why);
/**
 * Checks a pre-shared key as it will be when it is used (RFC 2409 5.4): call it when a
 * configuration is loaded. The key is not kept.
 * @param why NULL, or receives what is wrong: its length and the limit, never the key
 * @return IKEV1_OK; IKEV1_E_NO_CREDENTIAL it is empty; IKEV1_E_WEAK it is shorter than
 *         ikev1_limits.psk_min; IKEV1_E_ARGUMENT no engine. Since 0.1.
 */
IKEV1_API int ikev1_check_psk(const ikev1_engine *engine, ikev1_bytes psk, ikev1_why *why);

/** Counters of an engine. Since 0.1. */
typedef struct ikev1_stats {
    size_t size;                      /**< sizeof(ikev1_stats), set by the caller */
    uint32_t sas;                     /**< ISAKMP SAs, half-open included */
    uint32_t half_open;               /**< of those, begun by a peer and not authenticated */
    uint32_t children;                /**< IPsec SA pairs and Quick Modes */
    uint64_t memory;                  /**< bytes of heap in use, all included */
    uint64_t received, sent, dropped; /**< datagrams */
    uint64_t retransmitted;
    uint64_t established, failed; /**< ISAKMP SAs */
    uint32_t key_pairs;           /**< computed ahead, not yet used: ikev1_engine_prepare() */
} ikev1_stats;

/** Fills `stats`. @return IKEV1_OK; IKEV1_E_ARGUMENT its size is not one we know. Since 0.1. */
IKEV1_API int ikev1_engine_stats(const ikev1_engine *engine, ikev1_stats *stats);

/**
 * How often each cause occurred, by ikev1_error_index() of its code. A first message that is
 * refused counts in both. Since 0.1.
 */
typedef struct ikev1_counters {
    size_t size;                         /**< sizeof(ikev1_counters), set by the caller */
    uint64_t dropped[IKEV1_ERRORS_MOST]; /**< datagrams without effect */
    uint64_t refused[IKEV1_ERRORS_MOST]; /**< negotiations and requests that ended by it */
} ikev1_counters;

/** Fills `counters`. @return IKEV1_OK; IKEV1_E_ARGUMENT its size is not one we know. Since 0.1. */
IKEV1_API int ikev1_engine_counters(const ikev1_engine *engine, ikev1_counters *counters);

/** What a datagram is. */
enum {
    IKEV1_KIND_SHORT = 0, /**< nothing: empty, or too short to tell */
    IKEV1_KIND_IKE,
    IKEV1_KIND_ESP,       /**< for the kernel */
    IKEV1_KIND_KEEPALIVE, /**< drop it */
};

/**
 * Tells IKE, ESP in UDP and keepalives apart (RFC 3948 2). Under drafts 00 and 01 of NAT traversal
 * ESP comes by port 500 as well, behind eight zero bytes, where IKE has its initiator's cookie: the
 * "non-IKE marker", to be taken off, and put in front of what is sent, by whoever handles ESP.
 * @param encapsulated true on port 4500, where IKE carries a marker
 * @param ike          NULL, or receives the IKE message inside `data`, marker removed
 * @return IKEV1_KIND_... Since 0.1.
 */
IKEV1_API int ikev1_classify(bool encapsulated, const uint8_t *data, size_t len, ikev1_bytes *ike);

/**
 * Which engine a datagram belongs to, when several share the ports (ikev1_config.shards). Needs no
 * lock and no engine: the sum of the initiator cookie's bytes tells, which stays the same from the
 * first message on, and which an engine that initiates chooses so that it leads back. The first
 * byte of a responder cookie of ours is the number as well, for receivers that only ever respond.
 * @param data IKE message, marker removed
 * @return a number below `shards`; 0 for what is too short. Since 0.1.
 */
IKEV1_API uint16_t ikev1_shard(const uint8_t *data, size_t len, uint16_t shards);

#ifdef __cplusplus
}
#endif
#endif
