/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file policy.h
 * The questions the library asks the host: which rule, which suites, which key, which SPI.
 *
 * A callback fills its answer and returns IKEV1_OK; or refuses with an error code (the peer is
 * refused with it; IKEV1_E_NO_RULE and IKEV1_E_NO_CREDENTIAL are the usual ones) and may say more
 * in question->why; or returns IKEV1_PENDING and calls ikev1_engine_answer() later with the number
 * in question->ask. Any other value is a refusal: callbacks fail closed. A callback must not call
 * into the engine (IKEV1_E_REENTRY, and nothing happens), nor leave other than by returning: the
 * library is built without tables for unwinding, so that an exception of C++ ends the program
 * there.
 *
 * What an answer points to belongs to the host and is copied before the call that asked returns.
 * The question and all it points to are valid during the callback only.
 */
#ifndef IKEV1_POLICY_H
#define IKEV1_POLICY_H

#include <ikev1/access.h>
#include <ikev1/error.h>
#include <ikev1/phases.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What every callback is told. Fields that are not known yet are 0 or NULL. Since 0.1. */
typedef struct ikev1_question {
    size_t size;     /**< sizeof(ikev1_question) as the library was compiled */
    ikev1_ask ask;   /**< for ikev1_engine_answer(), when the callback returns PENDING */
    ikev1_handle sa; /**< it may end without an event while its first message is being looked at */
    ikev1_handle child;      /**< in phase 2; 0 in phase 1 */
    uint32_t rule;           /**< what was asked for or chosen so far; 0 = the peer came unasked */
    bool initiator;          /**< our role in this exchange */
    uint8_t exchange;        /**< IKEV1_EXCHANGE_... */
    ikev1_path path;         /**< all 0 for the phase 1 question of ikev1_connect() */
    const ikev1_id *peer_id; /**< phase 2, and phase1 when it is asked again: the peer's proven
                                  identity; in Aggressive and Base Mode, for phase1 and psk: the
                                  one it claims */
    const ikev1_selector *local;  /**< phase 2 responder: our side as the peer wants it */
    const ikev1_selector *remote; /**< phase 2 responder: the peer's side as it wants it */
    size_t sa_count;   /**< phase 2 responder: how many pairs of SAs the peer wants at once */
    uint8_t candidate; /**< psk: which of ikev1_phase1.psk_count, from 0; phase1 when it is asked
                            again: the one that it was */
    /**
     * All 0; a callback that refuses may say why. Of what it fills, `rule`, `other_rule`, `range`,
     * `ours`, `theirs` (they are escaped when they become text) and `notify`, an error type of RFC
     * 2408 3.14.1 for the peer in phase 2, go into the event and the log. NULL for spi and certs.
     */
    ikev1_why *why;
    /** As initiator: the SA or pair that is to be replaced; 0 = none. A pair keeps its selectors,
     *  whatever the answer has. */
    ikev1_handle replaces;
    ikev1_bytes user; /**< as XAUTH server: who has been verified; before that who it says it is */
    /** Phase 2: the address that Mode Config has given, to us as client, to the peer as server;
     *  family 0 = none. Its event may not have been pulled yet. */
    ikev1_address lease4, lease6;
} ikev1_question;

/** A certificate, CRL or PKCS #7 bundle as the peer sent it. Since 0.1. */
typedef struct ikev1_cert {
    uint8_t encoding; /**< IKEV1_CERT_... */
    ikev1_bytes data; /**< DER; the peer's bytes, not looked at by the library */
} ikev1_cert;

/**
 * A Diffie-Hellman operation for somebody else to do: another thread, a card. `group` says how:
 * group->generate() and agree() of the provider do it, on an instance of their own
 * (ikev1_crypto.open), as may anything else that gives the same. Since 0.1.
 */
typedef struct ikev1_dh {
    size_t size;                         /**< sizeof(ikev1_dh) as the library was compiled */
    const struct ikev1_group_alg *group; /**< of the provider; stays */
    ikev1_bytes seed; /**< secret, group->seed_size bytes: of what our private value is made. Wipe
                           every copy */
    ikev1_bytes peer; /**< empty: our public value of group->public_size bytes is wanted; else the
                           peer's, checked for size and range, and the shared secret of
                           group->secret_size bytes is */
} ikev1_dh;

/** How many certificates and requests of one message are passed on; what follows is ignored. */
#define IKEV1_MAX_CERTS    8
#define IKEV1_MAX_CERTREQS 20

/** What we show and ask for when we authenticate by signature. Since 0.1. */
typedef struct ikev1_certs {
    size_t size;             /**< sizeof(ikev1_certs); the library has set it before it asks */
    const ikev1_cert *chain; /**< our own certificate first, then its issuers; may be none. The
                                  answer in Aggressive Mode has what fits into three times the bytes
                                  of the first message, unless ikev1_phase1.whole_answer is set */
    size_t chain_count;      /**< at most IKEV1_MAX_CERTS */
    const ikev1_bytes *authorities; /**< DER names of the CAs we trust, for certificate requests; a
                                         name of length 0 asks for any */
    size_t authority_count;         /**< at most IKEV1_MAX_CERTREQS; 0 = no request is sent, and no
                                         certificate is to be expected */
    const ikev1_bytes *requests;    /**< set by the library: of which CAs the peer has asked for a
                                         certificate so far, DER names, length 0 = of any; valid
                                         during the call. Of a path to several of them `chain` is
                                         one; `sign` is asked right after it, for its key. They are
                                         those of the last message that asked, 1024 bytes at most;
                                         of messages 1 and 2 of Main Mode none is kept */
    size_t request_count;           /**< likewise; 0 = it has not asked, or not yet: before message
                                         5 of Main Mode a responder does not know. RFC 4945 3.2.7 */
    bool unasked; /**< show `chain` also to a peer that has not asked for a certificate. RFC 4945
                       3.3.6 wants it only for peers that fail to ask [false] */
} ikev1_certs;

/**
 * A signature, to be made or to be verified. What is signed is `hash`, HASH_I or HASH_R of RFC 2409
 * 5: with RSA bare, in PKCS #1 type 1 padding without a DigestInfo; with DSS and ECDSA as the
 * digest itself, r | s of fixed size (RFC 4754 7), and then it is the HMAC of the method's own
 * hash, SHA-1 or SHA-2, whatever hash was negotiated (RFC 2409 5.1). Since 0.1.
 */
typedef struct ikev1_signature {
    size_t size;   /**< sizeof(ikev1_signature) as the library was compiled */
    uint16_t auth; /**< IKEV1_AUTH_RSA, _DSS, _ECDSA_256, _384, _521 */
    ikev1_bytes hash;
    ikev1_bytes signature;   /**< verify: the peer's */
    const ikev1_cert *certs; /**< verify: what it sent with it, in its order, in this message */
    size_t cert_count;
    const ikev1_id *id; /**< verify: the identity that the key must belong to */
} ikev1_signature;

/** The host's answers. `size` first; a NULL callback refuses (spi: the library draws one). Since
 * 0.1. */
typedef struct ikev1_policy {
    size_t size; /**< set by IKEV1_POLICY_INIT */
    void *user;  /**< given to every callback */

    /** Phase 1: as initiator q->rule says which rule; as responder q->path says who calls. */
    int (*phase1)(void *user, const ikev1_question *q, ikev1_phase1 *answer);

    /**
     * The pre-shared key of q->rule for the peer on q->path (Main Mode cannot know more: RFC 2409
     * 5.4), or in Aggressive Mode for q->peer_id. Asked once, when the keys are computed; the
     * library keeps no copy. An empty key is refused with IKEV1_E_NO_CREDENTIAL, one shorter than
     * ikev1_limits.psk_min with IKEV1_E_WEAK. As responder to Aggressive Mode, answer for an
     * identity that is not known with a random key of your own, kept until restart, rather than
     * with an error: else whoever asks learns which identities there are (IDN-09).
     */
    int (*psk)(void *user, const ikev1_question *q, ikev1_bytes *answer);

    /** Phase 2: as initiator q->rule; as responder q->local and q->remote say what is wanted. */
    int (*phase2)(void *user, const ikev1_question *q, ikev1_phase2 *answer);

    /**
     * The SPI of our inbound SA, host byte order, above 255 and not in use: a kernel that allocates
     * its own. For IPCOMP it is the CPI, 256 to 61439 (RFC 3173 2). Asked for each protocol that is
     * offered, and once more where the answer is what the peer has chosen for the other direction;
     * what CHILD_INBOUND does not name then is free again. Must be answered at once. NULL: the
     * library draws one from its random source.
     */
    int (*spi)(void *user, const ikev1_question *q, uint8_t protocol, uint32_t *answer);

    /** Our certificates and the CAs we trust, for q->rule. Must be answered at once; NULL: none. */
    int (*certs)(void *user, const ikev1_question *q, ikev1_certs *answer);

    /**
     * Signs what->hash with the private key of q->rule: it may be in a file, a token, another
     * process. `answer` points to the signature.
     */
    int (*sign)(void *user, const ikev1_question *q, const ikev1_signature *what,
                ikev1_bytes *answer);

    /**
     * Decides whether what->signature proves what->id: the certificate chain leads to a trust
     * anchor, the identity is in the certificate (RFC 4945 3.1, 5.1), and the signature fits its
     * key. IKEV1_OK is yes; IKEV1_E_AUTH, IKEV1_E_CERT or another code is no. The OpenSSL provider
     * has a ready-made one: ikev1_trust_verify().
     */
    int (*verify)(void *user, const ikev1_question *q, const ikev1_signature *what);

    /**
     * Does a Diffie-Hellman operation, of phase 1 (q->child 0) or of Quick Mode with PFS, so that
     * the engine has not to wait for it. `answer` points to the public value or the shared secret.
     * A peer's value that is not on its curve, or a result of zero, is IKEV1_E_KE_INVALID (RFC
     * 6989). NULL: the library has the provider do it at once.
     */
    int (*dh)(void *user, const ikev1_question *q, const ikev1_dh *what, ikev1_bytes *answer);

    /**
     * As XAUTH client: what request->asks names, with request->message for a person to read. What
     * is asked for and not answered is left out. A refusal is told to the server and ends the SA.
     */
    int (*xauth_user)(void *user, const ikev1_question *q, const ikev1_xauth *request,
                      ikev1_xauth *answer);

    /**
     * As XAUTH server: is `reply` good? It may lack what was asked for. q->user is the name, of
     * this round or one before. IKEV1_OK is yes, unless next->asks is set: then what `next` says is
     * asked for in another round, at most ikev1_limits.xauth_rounds of them in all. IKEV1_E_XAUTH
     * or another code is no; the user is asked again, to ikev1_limits.xauth_tries times in all,
     * where the code is IKEV1_E_XAUTH. With one-time passwords the first round asks for the name
     * alone, so that `next` can hold the challenge that belongs to it; with CHAP reply->challenge
     * is the library's random one.
     */
    int (*xauth_verify)(void *user, const ikev1_question *q, const ikev1_xauth *reply,
                        ikev1_xauth *next);

    /**
     * As Mode Config server: what the client gets. Asked at most once for each SA. A refusal gives
     * nothing, and the client, which will most likely leave, is told so by an empty answer.
     */
    int (*lease)(void *user, const ikev1_question *q, const ikev1_lease_request *request,
                 ikev1_lease *answer);
} ikev1_policy;

/** No callbacks yet. */
#define IKEV1_POLICY_INIT                                                                          \
    { sizeof(ikev1_policy), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL }

/** Which question an answer belongs to. */
enum {
    IKEV1_QUESTION_PHASE1 = 1,
    IKEV1_QUESTION_PSK,
    IKEV1_QUESTION_PHASE2,
    IKEV1_QUESTION_SIGN,
    IKEV1_QUESTION_VERIFY, /**< the answer is its status alone */
    IKEV1_QUESTION_DH,
    IKEV1_QUESTION_XAUTH_USER,
    IKEV1_QUESTION_XAUTH_VERIFY,
    IKEV1_QUESTION_LEASE,
};

/** An answer given later. Since 0.1. */
typedef struct ikev1_answer {
    size_t size; /**< sizeof(ikev1_answer), set by the caller; and so that of what is filled in */
    int kind;    /**< IKEV1_QUESTION_... */
    int status;  /**< IKEV1_OK, or the error code of a refusal */
    ikev1_phase1 phase1;
    ikev1_bytes psk;
    ikev1_phase2 phase2;
    ikev1_bytes signature;
    const ikev1_why *why; /**< NULL, or the cause of a refusal, as question->why takes it */
    ikev1_bytes dh;
    const ikev1_xauth *xauth; /**< XAUTH_USER: the answer; XAUTH_VERIFY: NULL, or what is next */
    const ikev1_lease *lease;
} ikev1_answer;

#ifdef __cplusplus
}
#endif
#endif
