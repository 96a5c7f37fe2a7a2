/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file log.h
 * The log: events as data, and the one-line text an operator reads.
 *
 * Numbers and names are stable. Texts are those of the ZyWALL family's IKE log where it has one
 * ("!!" marks an error or a warning); `detail` lines are our own. No event ever carries a secret.
 * What a peer can cause without having authenticated is rate limited; `suppressed` says how many
 * were left out.
 */
#ifndef IKEV1_LOG_H
#define IKEV1_LOG_H

#include <ikev1/const.h>
#include <ikev1/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Levels, as syslog orders them. */
enum { IKEV1_LEVEL_ERROR = 1, IKEV1_LEVEL_WARN, IKEV1_LEVEL_INFO, IKEV1_LEVEL_DETAIL };

/*
 * X(NAME, number, LEVEL, "stable.name", "text"). In a text, %m is the exchange, %a the peer's
 * address, %f our own, %s payload symbols, %r the rule, %t the event's own text, %o and %y our
 * value and the peer's, %n the notification, %w the whole cause; %c, %b and %e are the cause's
 * other rule and the start and end of its range.
 *
 * What a host sees in its data path (REPLAY, PACKET_AUTH, PACKET_DECRYPT) has its number here, for
 * an event of the host's own; the library does not see such packets.
 */
#define IKEV1_LOGS(X)                                                                              \
    X(SEND_REQUEST, 1, INFO, "request.send", "Send %m request to <%a>")                            \
    X(RECV_REQUEST, 2, INFO, "request.recv", "Recv %m request from <%a>")                          \
    X(SEND, 3, INFO, "message.send", "Send:%s")                                                    \
    X(RECV, 4, INFO, "message.recv", "Recv:%s")                                                    \
    X(PHASE1_DONE, 5, INFO, "phase1.done", "Phase 1 IKE SA process done")                          \
    X(PHASE2_START, 6, INFO, "phase2.start", "Start Phase 2: Quick Mode")                          \
    X(IN_PROCESS, 7, WARN, "request.busy", "!! IKE Negotiation is in process")                     \
    X(DUPLICATE, 8, WARN, "request.duplicate", "!! Duplicate requests with the same cookie")       \
    X(NO_PROPOSAL, 9, ERROR, "proposal.none", "!! No proposal chosen")                             \
    X(LOCAL_ID, 10, ERROR, "phase2.local_id", "!! Verifying Local ID failed")                      \
    X(REMOTE_ID, 11, ERROR, "phase2.remote_id", "!! Verifying Remote ID failed")                   \
    X(INVALID_IP, 12, ERROR, "phase2.invalid_ip", "!! Invalid IP %t")                              \
    X(EXCEEDED, 13, ERROR, "limit.children", "!! Active connection allowed exceeded")              \
    X(RETRANSMIT, 14, WARN, "message.retransmit", "!! IKE Packet Retransmit")                      \
    X(SEND_FAILED, 15, ERROR, "message.send_failed", "!! Failed to send IKE Packet")               \
    X(TOO_MANY_ERRORS, 16, ERROR, "sa.too_many_errors", "!! Too many errors! Deleting SA")         \
    X(PEER_ID, 17, ERROR, "phase1.peer_id", "Peer ID: %y vs. My Remote %o")                        \
    X(CAUSE, 18, DETAIL, "cause", "Cause: %w")                                                     \
    X(DROPPED, 19, DETAIL, "message.dropped", "Dropped from <%a>: %w")                             \
    X(NOTIFIED, 20, DETAIL, "notify.recv", "Recv notification %n")                                 \
    X(UNPROTECTED_NOTIFY, 21, WARN, "notify.unprotected",                                          \
      "!! Unprotected notification %n from <%a> ignored")                                          \
    X(PEER, 22, DETAIL, "peer.vendor", "Peer is %t")                                               \
    X(NAT, 23, DETAIL, "nat.found", "NAT found: %t")                                               \
    X(MOVED, 24, DETAIL, "path.moved", "Peer is now at <%a>")                                      \
    X(CHILD_UP, 25, DETAIL, "phase2.done", "IPsec SA established: %t")                             \
    X(CHILD_DOWN, 26, DETAIL, "child.down", "IPsec SA ended: %w")                                  \
    X(SA_DOWN, 27, DETAIL, "sa.down", "ISAKMP SA ended: %w")                                       \
    X(QUIRK, 28, DETAIL, "peer.quirk", "Peer's habit tolerated: %t")                               \
    X(KEYS_DIFFER, 29, WARN, "phase1.keys_differ",                                                 \
      "!! Verifying <%a> failed: the pre-shared keys may differ")                                  \
    X(RULE_CONFLICT, 30, ERROR, "phase2.rule_conflict",                                            \
      "!! Local / remote IPs of incoming request conflict with rule <#%c>")                        \
    X(LIVE_CONFLICT, 31, ERROR, "phase2.live_conflict", "!! Remote IP <%b> / <%e> conflicts")      \
    X(NO_OUTBOUND, 32, INFO, "outbound.none", "Cannot find outbound SA for rule <#%r>")            \
    X(IDLE, 33, INFO, "child.idle", "Rule <#%r> idle time out, disconnect")                        \
    X(LOCAL_CHANGED, 34, WARN, "local.changed", "!! WAN IP changed to <%f>")                       \
    X(UNKNOWN_SPI, 35, WARN, "packet.unknown_spi", "!! Cannot find Phase 2 SA")                    \
    X(UNRESOLVED, 36, ERROR, "rule.unresolved",                                                    \
      "Cannot resolve Secure Gateway Addr for rule <%r>")                                          \
    X(REPLAY, 37, WARN, "packet.replay", "!! Discard REPLAY packet")                               \
    X(PACKET_AUTH, 38, WARN, "packet.auth", "!! Inbound packet authentication failed")             \
    X(PACKET_DECRYPT, 39, WARN, "packet.decrypt", "!! Inbound packet decryption failed")           \
    X(REKEY, 40, DETAIL, "sa.rekey", "Rekey: %t")                                                  \
    X(FINGERPRINT, 48, DETAIL, "peer.fingerprint", "Peer's first message is %t")                   \
    X(AGAIN, 41, DETAIL, "rule.again", "Rule <#%r> is connected again in %t")                      \
    X(XAUTH_DONE, 60, INFO, "xauth.done", "XAUTH of user %t succeeded")                            \
    X(XAUTH_FAILED, 61, ERROR, "xauth.failed", "!! XAUTH of user %t failed")                       \
    X(LEASE, 62, INFO, "config.done", "Mode Config: %t")                                           \
    X(PEER_DEAD, 63, WARN, "peer.dead", "!! Peer <%a> does not answer")

enum {
#define IKEV1_LOG_ENUM_(name, n, level, dotted, text) IKEV1_LOG_##name = n,
    IKEV1_LOGS(IKEV1_LOG_ENUM_)
#undef IKEV1_LOG_ENUM_
};

/** One event. Everything it points to is valid during the callback only. Since 0.1. */
typedef struct ikev1_log_event {
    size_t size;         /**< sizeof(ikev1_log_event) as the library was compiled */
    uint16_t number;     /**< IKEV1_LOG_... */
    uint8_t level;       /**< IKEV1_LEVEL_... */
    uint8_t exchange;    /**< IKEV1_EXCHANGE_..., 0 = none */
    const char *name;    /**< stable dotted name */
    ikev1_time at;       /**< the host's `now` of the call */
    ikev1_handle sa;     /**< 0 = no SA (yet) */
    ikev1_handle child;  /**< 0 = not about a child */
    uint32_t rule;       /**< 0 = none chosen */
    uint32_t message_id; /**< of the exchange; 0 in phase 1 */
    uint8_t icookie[8];
    uint8_t rcookie[8];
    ikev1_path path;         /**< family 0 = none */
    const uint8_t *payloads; /**< types in wire order (SEND, RECV), as const.h numbers them */
    size_t payload_count;
    const ikev1_why *why; /**< NULL = none */
    const char *text;     /**< the event's own text, escaped; NULL = none */
    uint32_t suppressed;  /**< events of this number left out since the last one, by rate limit */
} ikev1_log_event;

/**
 * Renders an event as the one line the catalogue has for it, without a newline. Truncates to `cap`
 * with a final NUL; nothing is written when `cap` is 0.
 * @return the length the whole line has, like snprintf. Since 0.1.
 */
IKEV1_API size_t ikev1_log_format(const ikev1_log_event *event, char *out, size_t cap);

/** Size of a fingerprint, with the final NUL. What is longer is cut. */
#define IKEV1_FINGERPRINT 256

/**
 * What tells one implementation from another in the first message that it sends, as a line that is
 * the same for the same product and settings: five words, of which the last may be empty.
 *
 *     2 1.13*4 0/1/1 1.14.2.3.4.11.12L4 afcad713,4a131c81,cd604643,90cb8091
 *
 * Exchange; payload types in their order, `*n` for n of one type in a row; size of the proposal's
 * SPI / number of the first proposal / of its first transform; that transform's attributes in their
 * order, `Ln` for n bytes in the long form; the first four bytes of each vendor ID, in their order.
 * Values (algorithms, lifetimes, names) are left out: they are an administrator's, not a product's.
 * Of a peer's first message it is logged as IKEV1_LOG_FINGERPRINT.
 * @param message a first message of phase 1, marker removed
 * @param cap     of `out`; IKEV1_FINGERPRINT is enough
 * @return the length of the line, 0 when it is no message that can be read. Since 0.1.
 */
IKEV1_API size_t ikev1_fingerprint(const uint8_t *message, size_t len, char *out, size_t cap);

/**
 * Whose a vendor ID is, as IKEV1_LOG_PEER has it: a name and, where the ID tells it, a version;
 * peers' bytes are escaped. Truncates to `cap` with a final NUL; nothing is written when `cap` is
 * 0.
 * @param vid the payload's body
 * @return the length the whole text has, like snprintf; 0 for one that is not known. Since 0.1.
 */
IKEV1_API size_t ikev1_vendor_format(ikev1_bytes vid, char *out, size_t cap);

#ifdef __cplusplus
}
#endif
#endif
