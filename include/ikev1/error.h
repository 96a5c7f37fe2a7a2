/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file error.h
 * Status codes and the exact cause of a refusal.
 *
 * Every function that can fail returns an int: IKEV1_OK, IKEV1_PENDING, IKEV1_DROPPED, or a
 * negative code. The class of a code says what the host should do and never changes meaning;
 * codes inside a class may be added.
 */
#ifndef IKEV1_ERROR_H
#define IKEV1_ERROR_H

#include <ikev1/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    IKEV1_OK = 0,      /**< done */
    IKEV1_PENDING = 1, /**< a question waits for ikev1_engine_answer() */
    IKEV1_DROPPED = 2, /**< no effect at all: normal on an open port, keep everything as it is */
};

/** What a class of errors asks of the host. Since 0.1. */
enum {
    IKEV1_CLASS_PEER = 1, /**< the peer (or somebody in its name) sent something wrong */
    IKEV1_CLASS_POLICY,   /**< correct, but not what our side allows: compare the two configurations
                           */
    IKEV1_CLASS_CRYPTO,   /**< the provider failed or lacks something */
    IKEV1_CLASS_LIMIT,    /**< a named limit or the memory ran out: nothing else was disturbed */
    IKEV1_CLASS_USAGE,    /**< the host's own mistake */
    IKEV1_CLASS_INTERNAL, /**< our mistake: please report it */
};

/** Makes a code of a class and a number from 1 to 255. */
#define IKEV1_ERROR(cls, n) (-((cls)*256 + (n)))

/** The class of a negative code. */
#define IKEV1_ERROR_CLASS(code) (-(code) / 256)

/*
 * Every error: X(class, number, NAME, text, hint). The text says what happened; the hint is what an
 * operator tries first. ikev1_strerror() and ikev1_error_hint() return them.
 */
#define IKEV1_ERRORS(X)                                                                            \
    X(PEER, 1, SHORT, "datagram shorter than an ISAKMP header", "not IKE, or cut off on the way")  \
    X(PEER, 2, LENGTH, "header length differs from the datagram's", "look for a broken middlebox") \
    X(PEER, 3, VERSION, "ISAKMP version is not 1.0", "the peer may be set to IKEv2: choose IKEv1") \
    X(PEER, 4, EXCHANGE, "exchange type not supported", "choose Main Mode on the peer")            \
    X(PEER, 5, COOKIE, "cookies do not name a negotiation", "the peer may hold an SA we lost")     \
    X(PEER, 6, MESSAGE_ID, "message ID does not fit the exchange", "suspect a broken peer")        \
    X(PEER, 7, UNPROTECTED, "message is not encrypted and must be", "suspect a forgery")           \
    X(PEER, 8, NO_KEY, "message is encrypted before there are keys", "suspect a forgery")          \
    X(PEER, 9, PAYLOAD_TYPE, "payload type is not known", "suspect a wrong pre-shared key")        \
    X(PEER, 10, PAYLOAD_LENGTH, "payload length does not fit the message",                         \
      "suspect a wrong pre-shared key, else a broken peer")                                        \
    X(PEER, 11, PAYLOAD_SHORT, "payload shorter than its fixed part", "suspect a broken peer")     \
    X(PEER, 12, RESERVED, "reserved field is not zero", "suspect a wrong pre-shared key")          \
    X(PEER, 13, TRAILING, "bytes after the last payload", "suspect a broken peer")                 \
    X(PEER, 14, DUPLICATE_PAYLOAD, "payload occurs more often than it may",                        \
      "suspect a broken peer")                                                                     \
    X(PEER, 15, MISSING_PAYLOAD, "payload required by the exchange is missing",                    \
      "compare the authentication method on both sides")                                           \
    X(PEER, 16, UNEXPECTED_PAYLOAD, "payload does not belong in this message",                     \
      "compare the authentication method on both sides")                                           \
    X(PEER, 17, PAYLOAD_ORDER, "payload does not stand where it must", "suspect a broken peer")    \
    X(PEER, 18, SA_SYNTAX, "SA payload is malformed", "suspect a broken peer")                     \
    X(PEER, 19, ID_SYNTAX, "identification payload is malformed",                                  \
      "compare the identity configured on the peer with its type")                                 \
    X(PEER, 20, NOTIFY_SYNTAX, "notification payload is malformed", "suspect a broken peer")       \
    X(PEER, 21, DELETE_SYNTAX, "delete payload is malformed", "suspect a broken peer")             \
    X(PEER, 22, CONFIG_SYNTAX, "attribute payload is malformed", "suspect a broken peer")          \
    X(PEER, 23, FRAGMENT, "fragment does not fit its message", "lower the peer's fragment size")   \
    X(PEER, 24, CIPHERTEXT, "encrypted part is not whole cipher blocks", "suspect a broken peer")  \
    X(PEER, 25, AUTH, "authentication failed",                                                     \
      "compare the pre-shared keys, or the peer's key with its certificate")                       \
    X(PEER, 26, PSK, "first encrypted message is unreadable: the pre-shared keys differ",          \
      "compare the pre-shared keys on both sides")                                                 \
    X(PEER, 27, NONCE, "nonce is not 8 to 256 bytes long", "suspect a broken peer")                \
    X(PEER, 28, KE_INVALID, "public key is not valid in its group", "suspect a forgery")           \
    X(PEER, 29, KE_REFLECTED, "the peer sent our own public key back", "suspect a forgery")        \
    X(PEER, 30, BAD_CHOICE, "the peer chose what was not offered", "suspect a broken peer")        \
    X(PEER, 31, UNEXPECTED_MESSAGE, "no message of this kind is awaited", "no action")             \
    X(PEER, 32, REPLAYED, "message ID was used before", "suspect a replay")                        \
    X(PEER, 33, REFLECTED, "our own message came back", "suspect a forgery")                       \
    X(PEER, 34, NOTIFIED, "the peer refused and said why", "read the notification's name")         \
    X(PEER, 35, SILENT, "the peer does not answer",                                                \
      "check address, port 500 and 4500, firewall; the peer may have refused our key in silence")  \
    X(PEER, 36, DELETED, "the peer deleted the SA", "the peer's log knows why")                    \
    X(PEER, 37, SPI, "SPI is of the wrong size or reserved", "suspect a broken peer")              \
    X(PEER, 40, XAUTH, "XAUTH failed", "check the user's name and password")                       \
    X(PEER, 41, NO_LEASE, "the peer gave no address", "check the peer's pool of addresses")        \
    X(PEER, 42, UNREAD, "the peer does not answer our first encrypted message",                    \
      "compare the pre-shared keys, see that UDP port 4500 is open; the peer's log knows")         \
    X(POLICY, 1, NO_RULE, "no rule for this peer", "add a rule for the peer's address")            \
    X(POLICY, 2, NO_PROPOSAL, "no proposal chosen",                                                \
      "make cipher, hash, group and authentication the same on both sides")                        \
    X(POLICY, 3, NO_CREDENTIAL, "no credential for this peer", "configure a pre-shared key")       \
    X(POLICY, 4, PEER_ID, "the peer's identity is not the one expected",                           \
      "make the peer's local ID and our remote ID the same, type and content")                     \
    X(POLICY, 5, LOCAL_ID, "our side of the selectors differs from the rule",                      \
      "make the peer's remote network our local network")                                          \
    X(POLICY, 6, REMOTE_ID, "the peer's side of the selectors differs from the rule",              \
      "make the peer's local network our remote network")                                          \
    X(POLICY, 7, WEAK, "algorithm or key is weak and not allowed by name",                         \
      "choose a stronger one, or allow it in ikev1_config: allow, limits.psk_min")                 \
    X(POLICY, 8, REFUSED, "refused by the host's policy", "the host's log knows why")              \
    X(POLICY, 9, DOI, "DOI or situation is not IPsec identity-only", "suspect a broken peer")      \
    X(POLICY, 10, PFS, "key exchange differs from the rule's PFS group",                           \
      "make the PFS group the same on both sides")                                                 \
    X(POLICY, 23, SA_COUNT, "another number of SA payloads than the rule has",                     \
      "let the peer negotiate one pair of SAs at a time")                                          \
    X(POLICY, 24, HABIT, "the peer has a habit that its rule does not tolerate",                   \
      "name it in ikev1_phase1.quirks_on, or not in quirks_off")                                   \
    X(POLICY, 12, EXPIRED, "lifetime is over", "no action")                                        \
    X(POLICY, 13, CLOSED, "closed by the host", "no action")                                       \
    X(POLICY, 16, REPLACED, "the same peer has a newer SA", "no action")                           \
    X(POLICY, 17, NOT_UNIQUE, "the same peer has an SA already",                                   \
      "end the old one, or choose IKEV1_UNIQUE_REPLACE")                                           \
    X(POLICY, 22, LIFETIME, "lifetime is not one that the rule allows",                            \
      "make the lifetimes the same on both sides, or choose another IKEV1_LIFETIME_ policy")       \
    X(POLICY, 40, IDLE, "no traffic for the rule's idle time", "no action")                        \
    X(POLICY, 15, CERT, "certificate is not accepted",                                             \
      "check its issuer, its dates and its subject")                                               \
    X(POLICY, 14, UNANSWERED, "the host did not answer a question in time",                        \
      "check what answers the library's questions")                                                \
    X(POLICY, 18, RULE_CONFLICT, "the peer's networks conflict with another rule",                 \
      "give the peer networks that no other rule has")                                             \
    X(POLICY, 19, LIVE_CONFLICT, "the peer's networks conflict with another connection",           \
      "give each peer networks of its own, or end the other connection")                           \
    X(POLICY, 20, UNRESOLVED, "the gateway's name has no address yet",                             \
      "check the name and the name server")                                                        \
    X(POLICY, 21, LOCAL_CHANGED, "our own address has changed", "connect from the new address")    \
    X(POLICY, 30, XAUTH_FIRST, "XAUTH has not succeeded yet", "let the user authenticate first")   \
    X(CRYPTO, 1, RANDOM, "random source failed", "check the random source")                        \
    X(CRYPTO, 2, PROVIDER, "crypto provider failed", "check the provider's own diagnostics")       \
    X(CRYPTO, 3, UNSUPPORTED, "crypto provider lacks the algorithm",                               \
      "choose another algorithm or another provider")                                              \
    X(CRYPTO, 4, SELFTEST, "crypto provider gave a wrong known answer", "do not use it")           \
    X(LIMIT, 1, MEMORY, "out of memory", "free memory; the peer will try again")                   \
    X(LIMIT, 2, DATAGRAM, "datagram larger than limits.datagram", "raise the limit if it is real") \
    X(LIMIT, 3, PAYLOADS, "too many payloads", "suspect a flood")                                  \
    X(LIMIT, 4, TRANSFORMS, "too many transforms", "offer fewer on the peer")                      \
    X(LIMIT, 5, HALF_OPEN, "too many half-open negotiations", "suspect a flood")                   \
    X(LIMIT, 6, SAS, "too many ISAKMP SAs", "raise limits.sas")                                    \
    X(LIMIT, 7, EXCHANGES, "too many exchanges at once", "raise limits.exchanges")                 \
    X(LIMIT, 8, CHILDREN, "active connection allowed exceeded", "raise limits.children")           \
    X(LIMIT, 9, MESSAGE_IDS, "all message IDs of this SA are used up", "let phase 1 rekey")        \
    X(LIMIT, 10, OUTPUT, "message does not fit its buffer", "offer fewer proposals")               \
    X(LIMIT, 15, ANSWER,                                                                           \
      "answer of more than three times the bytes of a peer that is not reached yet",               \
      "take a shorter key, or set whole_answer")                                                   \
    X(LIMIT, 11, RULE_LIMIT, "as many connections as the rule allows are active",                  \
      "raise the rule's limit")                                                                    \
    X(LIMIT, 12, RATE, "too many first messages from there", "wait, or raise limits.first_rate")   \
    X(LIMIT, 13, FAILURES, "too many failures of authentication from there",                       \
      "wait, and compare the credentials")                                                         \
    X(LIMIT, 14, PEER_SAS, "too many ISAKMP SAs with this peer", "raise limits.sas_peer")          \
    X(LIMIT, 20, ROUNDS, "too many rounds of XAUTH", "raise limits.xauth_rounds")                  \
    X(LIMIT, 21, ATTRIBUTES, "too many configuration attributes, or too long", "suspect a flood")  \
    X(USAGE, 1, CONFIG, "configuration is not usable", "read the field's documentation")           \
    X(USAGE, 2, REENTRY, "called from inside a callback", "queue it and call afterwards")          \
    X(USAGE, 3, STALE, "handle names something that has ended", "forget the handle")               \
    X(USAGE, 4, ARGUMENT, "argument is not valid", "read the function's documentation")            \
    X(USAGE, 5, BUSY, "negotiation is in process", "wait for its event")                           \
    X(USAGE, 6, STATE, "the SA cannot do that now", "wait for its event")                          \
    X(USAGE, 7, BLOB, "exported state cannot be read",                                             \
      "it is damaged or of another release: connect the rule anew")                                \
    X(INTERNAL, 1, BUG, "a message of our own breaks its rule", "please report it")

enum {
#define IKEV1_ERROR_ENUM_(cls, n, name, text, hint)                                                \
    IKEV1_E_##name = IKEV1_ERROR(IKEV1_CLASS_##cls, n),
    IKEV1_ERRORS(IKEV1_ERROR_ENUM_)
#undef IKEV1_ERROR_ENUM_
};

/** How many differences ikev1_why can carry. */
#define IKEV1_WHY_DIFFS 12

/** Size of the text fields of ikev1_why, with the final NUL. */
#define IKEV1_WHY_TEXT 80

/**
 * One attribute in which an offered transform and one of our suites differ (mission S6).
 * `attribute` is IKEV1_ATTR1_... in phase 1, IKEV1_ATTR2_... in phase 2, or IKEV1_DIFF_... for
 * what is not an attribute; `theirs` and `ours` are its values, 0 = absent. Since 0.1.
 */
typedef struct ikev1_diff {
    uint8_t proposal;  /**< number of the peer's proposal */
    uint8_t transform; /**< number of the peer's transform */
    uint8_t suite;     /**< index of our suite */
    uint8_t protocol;  /**< IKEV1_PROTO_... of our suite */
    uint16_t attribute;
    uint32_t theirs;
    uint32_t ours;
} ikev1_diff;

enum {
    IKEV1_DIFF_PROTOCOL = 0xff01,  /**< the proposal's protocol */
    IKEV1_DIFF_TRANSFORM = 0xff02, /**< the transform's identifier (ESP or AH algorithm) */
    IKEV1_DIFF_UNKNOWN = 0xff03,   /**< `theirs` is the number of an attribute we do not know */
    IKEV1_DIFF_BUNDLE = 0xff04,    /**< which protocols go together: IKEV1_PROTO_... of each, four
                                        bits each, the first of them lowest */
};

/**
 * The exact cause of a result other than IKEV1_OK. Filled by the library; the caller only gives
 * the memory. Pointers are to static text.
 *
 * Where a limit is reached, `ours` is the limit: "limits.half_open_prefix 16", which of
 * ikev1_limits and how much it is; "1 connections" of a rule (RULE_LIMIT); the number of those that
 * are not configured ("32 proposals", "8 Transactions"). `theirs` is what of the peer's has met it:
 *
 * | code | theirs |
 * |------|--------|
 * | HALF_OPEN | how many there are, "16 of 192.0.2.0/24", or "1000" of all |
 * | RATE, FAILURES | the address or the prefix, "192.0.2.1" |
 * | PEER_SAS, ROUNDS | who, as "FQDN gw.example.org", or the user's name; how many rounds |
 * | SAS, CHILDREN, EXCHANGES | how many there are, with those that the peer asks for |
 * | RULE_LIMIT | the networks that the peer asks for |
 * | PAYLOADS, TRANSFORMS, ATTRIBUTES | how many were read when it was one too many, or its bytes |
 * | FRAGMENT | the number of one past limits.fragments |
 * | DATAGRAM, ANSWER | bytes |
 *
 * Nothing of the peer's is in MESSAGE_IDS, OUTPUT and MEMORY (where `ours` is empty without
 * limits.memory: the allocator had none), nor in a limit that a call of the host meets: calls that
 * take no cause return its code, and IKEV1_LOG_CAUSE has all of it. NOT_UNIQUE names the peer, and
 * as ours the SA that is there: "an SA with 192.0.2.1". Since 0.1.
 */
typedef struct ikev1_why {
    int code;                    /**< IKEV1_E_..., 0 when there is nothing to say */
    uint16_t notify;             /**< the IKEV1_NOTIFY_... that fits, sent or received; 0 = none */
    uint8_t exchange;            /**< IKEV1_EXCHANGE_..., 0 = none */
    uint8_t message;             /**< number of the message in its exchange, from 1; 0 = unknown */
    uint8_t payload;             /**< IKEV1_PAYLOAD_... it is about; 0 = none */
    uint32_t offset;             /**< where in the (decrypted) message that payload stands */
    uint32_t rule;               /**< the host's rule number; 0 = none chosen yet */
    uint32_t other_rule;         /**< the rule that stands in the way; 0 = none */
    ikev1_selector range;        /**< the addresses it is about; family 0 = none */
    const char *cite;            /**< section that says so, as "RFC 2409 5.5"; NULL = none */
    char ours[IKEV1_WHY_TEXT];   /**< our value as text, escaped; "" = none */
    char theirs[IKEV1_WHY_TEXT]; /**< the peer's value as text, escaped; "" = none */
    uint8_t diff_count;
    ikev1_diff diffs[IKEV1_WHY_DIFFS]; /**< pair by pair, the nearest first; only whole pairs */
} ikev1_why;

/** One line of text for a code, static. "unknown error" for a number that is none. Since 0.1. */
IKEV1_API const char *ikev1_strerror(int code);

/** More than there are codes: the size of the arrays in ikev1_counters. */
#define IKEV1_ERRORS_MOST 160

/** Where a code stands in the list of all, from 0; -1 when it is none. The list is one release's.
 *  Since 0.1. */
IKEV1_API int ikev1_error_index(int code);

/** The code that stands there; 0 when none does. Since 0.1. */
IKEV1_API int ikev1_error_at(int index);

/** The name of a code, as "NO_PROPOSAL", static. "UNKNOWN" for a number that is none. Since 0.1. */
IKEV1_API const char *ikev1_error_name(int code);

/** What to try first, one line, static. "" where there is nothing to try. Since 0.1. */
IKEV1_API const char *ikev1_error_hint(int code);

/**
 * The whole cause as one line: text, both values, differences, section, hint.
 * Truncates to `cap` with a final NUL; nothing is written when `cap` is 0. Peer text is escaped.
 * @return the length the whole line has, like snprintf. Since 0.1.
 */
IKEV1_API size_t ikev1_why_format(const ikev1_why *why, char *out, size_t cap);

#ifdef __cplusplus
}
#endif
#endif
