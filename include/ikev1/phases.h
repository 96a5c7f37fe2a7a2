/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file phases.h
 * What a rule says of a negotiation: suites, identities, networks, habits. A host fills
 * ikev1_phase1 and ikev1_phase2 when it is asked (policy.h) or in the rules of a table (rules.h).
 */
#ifndef IKEV1_PHASES_H
#define IKEV1_PHASES_H

#include <ikev1/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A phase 1 suite: one transform of an ISAKMP proposal (RFC 2409 App. A). Since 0.1. */
typedef struct ikev1_suite1 {
    uint16_t cipher;      /**< IKEV1_CIPHER_... */
    uint16_t key_bits;    /**< cipher key length; 0 for ciphers of one size, else required */
    uint16_t hash;        /**< IKEV1_HASH_...: also the prf, as its HMAC */
    uint16_t auth;        /**< IKEV1_AUTH_PSK, _RSA, _DSS, _ECDSA_256, _384, _521; of the XAUTH and
                               HYBRID ones all but RSA encryption */
    uint16_t group;       /**< IKEV1_GROUP_... */
    uint16_t reserved[3]; /**< must be 0 */
} ikev1_suite1;

/** What else is to be said of a phase 2 suite. */
enum {
    /**
     * This suite and the one that follows it in the list are one bundle: both or neither (RFC 2408
     * 4.2). A bundle has each protocol once at most, in any order: AH with ESP, either with IPCOMP,
     * or all three. Packets are always compressed first, then encrypted, then authenticated by AH.
     */
    IKEV1_SUITE2_AND = 1,
    /** 64-bit sequence numbers (RFC 4304). To offer or take both kinds, list the suite twice. */
    IKEV1_SUITE2_ESN = 2,
};

/**
 * A phase 2 suite: one transform of an ESP, AH or IPCOMP proposal (RFC 2407 4.4-4.5). The suites of
 * a list are alternatives, also those of different protocols, but for what IKEV1_SUITE2_AND binds
 * together. Since 0.1.
 */
typedef struct ikev1_suite2 {
    uint8_t protocol;   /**< IKEV1_PROTO_ESP, _AH or _IPCOMP */
    uint8_t transform;  /**< IKEV1_ESP_..., IKEV1_AH_... or IKEV1_IPCOMP_... */
    uint16_t key_bits;  /**< cipher key length; 0 for ciphers of one size, else required */
    uint16_t integrity; /**< IKEV1_INTEG_...; 0 for a cipher that authenticates by itself, or that
                             stands in a bundle with AH */
    uint16_t flags;     /**< IKEV1_SUITE2_... bits */
} ikev1_suite2;

/**
 * How the peer's phase 1 identity is compared with ikev1_phase1.remote_id. Whatever is not one of
 * the cases below does not match. The comparison is of bytes: `GW.example.org` is not
 * `gw.example.org`. With a pre-shared key everything but EXACT means that all who have the key may
 * take each other's names.
 */
enum {
    IKEV1_MATCH_EXACT = 0, /**< type and every byte */
    IKEV1_MATCH_ANY = 1,   /**< whoever has the credential may call itself what it likes */
    /**
     * remote_id is a pattern of its own type, and the claimed identity is of that type as well:
     * - FQDN `*.example.org`: one label, not empty, stands for the star; neither `example.org` nor
     *   `a.b.example.org` matches;
     * - USER_FQDN `*@example.org`: a name without '@', not empty, stands for the star;
     * - DN: a value that is `*` as a whole stands for any value that is not empty, of any string
     *   type; number and order of the names, their attributes and all other values are exact.
     * A star never stands for a star. Without one the comparison is exact. A star elsewhere, or
     * another type of identity, is refused with IKEV1_E_CONFIG.
     */
    IKEV1_MATCH_WILDCARD = 2,
    /** remote_id is an address, a subnet or a range; the claimed identity is one address (not a
     *  subnet or range) that lies in it. Another type of remote_id is refused: IKEV1_E_CONFIG. */
    IKEV1_MATCH_RANGE = 3,
};

/**
 * Does an identity that a peer has claimed fit the one that a rule expects? For a host with rules
 * of its own that has to choose among several.
 * @param match    IKEV1_MATCH_...
 * @param expected as ikev1_phase1.remote_id; not looked at with IKEV1_MATCH_ANY
 * @param claimed  as question->peer_id
 * @return false also for what is not usable. Since 0.1.
 */
IKEV1_API bool ikev1_id_fits(uint8_t match, const ikev1_id *expected, const ikev1_id *claimed);

/** What to do about NAT (RFC 3947); the variants to do it by: ikev1_phase1.natt_variants. */
enum {
    IKEV1_NATT_AUTO = 0,  /**< announce, detect, encapsulate when there is one */
    IKEV1_NATT_OFF = 1,   /**< neither announce nor accept */
    IKEV1_NATT_FORCE = 2, /**< behave as if there were one: the peer will see a NAT on our side */
};

/*
 * NAT traversal before it was an RFC: X(NAME, bits, "name"). They differ in the numbers of payloads
 * (RFC 3947: 20 and 21; drafts 00 to 03: 130 and 131; drafts 04 to 08: 15 and 16) and of the
 * encapsulation (RFC and drafts from 04: 3 and 4; before: 61443 and 61444). Drafts 00 and 01 do not
 * float: IKE stays where it is, and ESP in UDP shares its port, 500, behind eight zero bytes
 * (ikev1_classify()). Draft 02 has two vendor IDs, one for its name and one for its name with a
 * line end, which is the one that is met.
 */
#define IKEV1_NATTS(X)                                                                             \
    X(DRAFT_00, 0x001, "draft-00")                                                                 \
    X(DRAFT_01, 0x002, "draft-01")                                                                 \
    X(DRAFT_02, 0x00c, "draft-02")                                                                 \
    X(DRAFT_03, 0x010, "draft-03")                                                                 \
    X(DRAFT_04, 0x020, "draft-04")                                                                 \
    X(DRAFT_05, 0x040, "draft-05")                                                                 \
    X(DRAFT_06, 0x080, "draft-06")                                                                 \
    X(DRAFT_07, 0x100, "draft-07")                                                                 \
    X(DRAFT_08, 0x200, "draft-08")                                                                 \
    X(RFC_3947, 0x400, "rfc3947")

/** Variants of NAT traversal, and those that are met. Both sides use the best that both allow: the
 *  RFC, then the later draft. Since 0.1. */
enum {
#define IKEV1_NATT_ENUM_(name, bits, text) IKEV1_NATT_##name = bits,
    IKEV1_NATTS(IKEV1_NATT_ENUM_)
#undef IKEV1_NATT_ENUM_
        IKEV1_NATT_ALL = 0x7ff,
    IKEV1_NATT_USUAL = IKEV1_NATT_RFC_3947 | IKEV1_NATT_DRAFT_03 | IKEV1_NATT_DRAFT_02,
};

/** Other addresses of ours under which the peer may see us. */
#define IKEV1_MAX_NATT_ADDRESSES 7

/**
 * What becomes of the older ISAKMP SAs with the same peer, that is, of the same proven identity
 * (type and every byte; within one rule only where a pre-shared key is used with another
 * remote_match than IKEV1_MATCH_EXACT). They end with IKEV1_E_REPLACED, and never before the new SA
 * has carried its first message protected by a hash: phase 1 alone does not prove that the peer
 * meant us. After INITIAL-CONTACT, and where rule or address differ, their IPsec SAs end with them;
 * else these go over to the new SA first (IKEV1_EVENT_SA_ADOPTED), since a peer that authenticates
 * anew goes on using them.
 */
enum {
    IKEV1_UNIQUE_NO = 0,      /**< they end when the peer says INITIAL-CONTACT: it has lost them */
    IKEV1_UNIQUE_REPLACE = 1, /**< they end, and the peer is told so */
    IKEV1_UNIQUE_KEEP = 2,    /**< they stay, even after INITIAL-CONTACT: for an identity that
                                   several hosts share */
    /** The newcomer fails with IKEV1_E_NOT_UNIQUE. A peer that has lost its state is kept out until
     *  the old SA has expired or the host has ended it. */
    IKEV1_UNIQUE_REFUSE = 3,
};

/**
 * What becomes of a lifetime that differs from the rule's, in seconds and in kilobytes alike, when
 * the peer offers it or answers with it. What the peer does not name is as the rule has it, but for
 * IKEV1_LIFETIME_EXACT, to which that is a difference. However it is decided, the library ends what
 * has lived as long as was decided (RFC 2407 4.5, RFC 2409 App. A).
 */
enum {
    IKEV1_LIFETIME_SHORTER = 0, /**< the shorter of both is used, without a word to the peer */
    IKEV1_LIFETIME_OBEY = 1,    /**< the peer's is used, longer or shorter */
    /** The shorter of both; as responder, when that is not the peer's, it is told by a
     *  RESPONDER-LIFETIME under protection (RFC 2407 4.6.3.1). */
    IKEV1_LIFETIME_CLAIM = 2,
    IKEV1_LIFETIME_STRICT = 3, /**< a longer one is refused with IKEV1_E_LIFETIME */
    IKEV1_LIFETIME_EXACT = 4,  /**< every other one is refused with IKEV1_E_LIFETIME */
};

/** What a responder says of its anti-replay service. */
enum { IKEV1_REPLAY_UNSAID = 0, IKEV1_REPLAY_OFF = 1, IKEV1_REPLAY_ON = 2 };

/**
 * Whether an SA is replaced by a new one before its lifetime is over. The new one is there before
 * the old one goes. Who began an SA begins its replacement; with ALWAYS the other side does so as
 * well, half as long before the end, so that both rarely do. When both do, the same one of the two
 * is kept on both sides.
 */
enum {
    IKEV1_REKEY_OWN = 0,    /**< what we began */
    IKEV1_REKEY_ALWAYS = 1, /**< also what the peer began: it may not, or no more */
    IKEV1_REKEY_OFF = 2,    /**< it ends when its time is over */
};

/** The exchanges of phase 1. */
enum {
    IKEV1_MODE_MAIN = 0, /**< six messages, identities encrypted (RFC 2409 5) */
    /**
     * Three messages, identities in the clear; all suites must name one group and one method. With
     * a pre-shared key the responder's answer carries a hash of the key that anybody who asks can
     * take away and test passwords against: name it as responder only where the key is random (RFC
     * 2409 5.4; mission R9).
     */
    IKEV1_MODE_AGGRESSIVE = 1,
    /**
     * Base Mode (RFC 2408 4.4, draft-ietf-ipsec-ike-base-mode-02, expired): four messages, nothing
     * encrypted, several groups; with a pre-shared key, RSA, DSS or ECDSA signatures. Each side's
     * proof covers its public value, and the key is tested against it as in Aggressive Mode: by
     * whoever reads the initiator's, or answers it. In signatures the responder's identity is not
     * covered, which its certificate has to make up for. No NAT traversal: RFC 3947 has no place
     * for it here. The draft being out of reach, the proofs are those of KAME's racoon, which has
     * been the one peer known to speak it:
     *     HASH_I = prf(K, g^xi | CKY-I | CKY-R | SAi_b | IDii_b)
     *     HASH_R = prf(SKEYID, g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b), pre-shared key
     *     HASH_R = prf(K, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b), to be signed
     * where K is SKEYID with a pre-shared key and hash(Ni_b | Nr_b) with signatures.
     */
    IKEV1_MODE_BASE = 2,
};

/**
 * Messages in fragments (vendor payload 132): for those that no path carries whole, such as with
 * large certificates. A message of a peer is put together whatever its fragments' order; see
 * ikev1_limits.fragments.
 */
enum {
    /** Not announced, none are sent. What comes is put together, which is the habit
     *  IKEV1_QUIRK_FRAGMENT_UNANNOUNCED. */
    IKEV1_FRAGMENTS_ACCEPT = 0,
    /** Announced. To a peer that announces them too, or has sent some, what is longer than
     *  fragment_size goes in fragments: at once where fragment_size is set, else from the second
     *  time on that it is sent again, by our timer or because the peer repeats what it answers. */
    IKEV1_FRAGMENTS_ON = 1,
    /** Announced, and sent at once to every peer. First messages still go whole, and what a peer
     *  gets from a responder before it has shown that it receives. */
    IKEV1_FRAGMENTS_FORCE = 2,
    IKEV1_FRAGMENTS_OFF = 3, /**< not announced, not sent, refused */
};

/** The answer to "how do we negotiate phase 1 with this peer?". Since 0.1. */
typedef struct ikev1_phase1 {
    size_t size;                /**< sizeof(ikev1_phase1); the library has set it before it asks */
    uint32_t rule;              /**< the host's number for it, not 0: named in logs and events */
    ikev1_path path;            /**< initiator: from where to where; ports 0 = 500. Else unused */
    const ikev1_suite1 *suites; /**< in order of preference */
    size_t suite_count;         /**< 1 to 32 */
    ikev1_id local_id;          /**< who we say we are; type 0 = our address on the path */
    ikev1_id remote_id;         /**< who the peer must be; type 0 = its address on the path */
    uint8_t remote_match;       /**< IKEV1_MATCH_... */
    uint8_t natt;               /**< IKEV1_NATT_... */
    /**
     * IKEV1_MODE_.... As initiator: the exchange of phase 1. As responder: the one that is answered
     * beside Main Mode, which always is; others are met with silence (PH1-10).
     */
    uint8_t mode;
    uint16_t natt_local_port;  /**< where we go when a NAT is found; 0 = 4500 */
    uint16_t natt_remote_port; /**< the peer's; 0 = 4500 */
    uint32_t life_seconds;     /**< offered, see `lifetime`; 0 = 28800 */
    /** Of what is encrypted under the ISAKMP SA, both ways; counted by the library; offered, see
     *  `lifetime`; 0 = no limit. */
    uint32_t life_kilobytes;
    uint8_t unique; /**< IKEV1_UNIQUE_... */
    /**
     * As initiator: say INITIAL-CONTACT in message 5 of Main Mode, after Aggressive and Base Mode
     * in an Informational, which is not sent again, when there is no other SA of this rule nor of
     * the expected identity: the peer then drops what it still holds of us (RFC 2407 4.6.3). Set
     * it where one rule is all there is with a peer: two that connect at the same time would make
     * it drop one of them. That is why it is off by default.
     */
    bool initial_contact;
    uint16_t natt_variants; /**< IKEV1_NATT_... bits: which may be used; 0 = IKEV1_NATT_USUAL */
    /**
     * Where the host has several addresses and cannot tell by which of them a packet leaves: the
     * others than path.local. The peer is told of all (RFC 3947 3.2) and sees a NAT in front of us
     * only when our packets come from none of them.
     */
    const ikev1_address *natt_addresses;
    size_t natt_address_count; /**< at most IKEV1_MAX_NATT_ADDRESSES; ports are not looked at */
    uint32_t quirks_on;  /**< IKEV1_QUIRK_... bits: habits to tolerate beside the default ones */
    uint32_t quirks_off; /**< and those not to tolerate, whatever else says so */
    uint8_t lifetime;    /**< IKEV1_LIFETIME_... */
    /**
     * IKEV1_REKEY_...: the peer authenticates again, by whatever policy->phase1 answers then, and
     * the IPsec SAs belong to the new ISAKMP SA. One that has no IPsec SA is left to expire.
     */
    uint8_t rekey;
    uint32_t rekey_margin; /**< seconds before the end, lengthened by timing.rekey_jitter; 0 = a
                                tenth of the lifetime, at least 20; never more than half of it */
    /**
     * When the ISAKMP SA expires or the peer deletes it and there is no newer one with the same
     * peer, its IPsec SAs stay until their own time is over; the next ISAKMP SA with the same
     * identity and rule takes them over. False: they end with it. INITIAL-CONTACT ends them always.
     */
    bool keep_children;
    /**
     * As initiator: when the ISAKMP SA, or the last IPsec SA of this rule, could not be negotiated
     * or has ended otherwise than by the host, an idle time-out or a replacement, the rule is
     * connected again, as by ikev1_connect(), after timing.reconnect_first and then longer and
     * longer, until it succeeds or the host calls ikev1_delete().
     */
    bool reconnect;
    /**
     * Responder to Main Mode, which has to choose the key before it knows who calls: how many
     * pre-shared keys may be the peer's, to IKEV1_MAX_PSKS; 0 = 1. policy->psk is asked for one
     * after the other, by question->candidate, until one opens the peer's message 5; and so it is
     * for every message that might be it. Otherwise only candidate 0 is asked for.
     */
    uint8_t psk_count;
    /**
     * Responder to Main Mode: when message 5 has proved who the peer is, policy->phase1 is asked
     * once more, with question->peer_id, and may name another rule, as where several peers without
     * an address of their own come by one rule. What was negotiated must be allowed by that rule
     * too, else the peer is refused with what differs; its identities, lifetime and `unique` hold
     * from then on, and what has had its effect by then (path, natt, quirks) does not. The peer has
     * proved itself by the key or the certificate of the first rule: question->candidate says by
     * which, and whether that will do for the other is for the host to say (RFC 2409 5.4; IDN-08).
     */
    bool ask_again;
    /** IKEV1_PRF_..., of all suites; 0 = the HMAC of each one's hash, which is what most peers
     * have.
     */
    uint16_t prf;
    uint8_t xauth_type; /**< as XAUTH server: IKEV1_XAUTH_..., what is asked for first */
    uint8_t config;     /**< IKEV1_CONFIG_...: our part in Mode Config */
    bool unity;         /**< announce Cisco Unity; as client, ask for its attributes */
    /**
     * As Mode Config client: what to ask for, IKEV1_ATTRC_... or private numbers; NULL = an IPv4
     * address and what goes with it, DNS and NBNS, and the peer's version. What was not asked for
     * is ignored, in what the peer sets as well.
     */
    const uint16_t *config_types;
    size_t config_type_count; /**< at most IKEV1_MAX_CONFIG_TYPES */
    uint8_t fragments;        /**< IKEV1_FRAGMENTS_... */
    uint16_t fragment_size; /**< bytes of a fragment, header included and UDP not, 256 to 2048: what
                                 the path is known to carry; 0 = not known, 1200 */
    /**
     * Dead peer detection (RFC 3706): announced, and a peer that announces it too is asked when it
     * has not been heard of for so many seconds, by a message or by traffic as
     * ikev1_child_traffic() reports it; IKEV1_EVENT_PEER_DEAD tells when it does not answer. 0 =
     * not announced. A peer that asks is answered in either case.
     */
    uint16_t dpd_seconds;
    /** Ask also when nothing has gone to the peer since it was heard of. A host that does not
     * report traffic sets it: else nothing is asked. */
    bool dpd_periodic;
    /** Our answer in Aggressive Mode has the whole chain, though the peer has not shown that it
     * receives: see ikev1_certs.chain. For peers that have our certificate from nowhere else. */
    bool whole_answer;
} ikev1_phase1;

/** How many pre-shared keys are tried on one message. */
#define IKEV1_MAX_PSKS 8

/**
 * How the peer's selectors are compared with a rule's, its side and ours alike. In none of these is
 * an answer wider than the offer: what the event says is what both sides then use.
 */
enum {
    /** Responder: the offer is exactly the rule's. Initiator: the answer is exactly the offer. */
    IKEV1_SELECT_EXACT = 0,
    /**
     * Responder: the offer lies within the rule's selectors, or is them, and is used as offered. So
     * a client may ask for its own address or port out of many. Initiator: we offer the rule's; an
     * answer that lies within them is used as answered.
     */
    IKEV1_SELECT_SUBSET = 1,
    /**
     * Responder: the rule's selectors lie within the offer, or are it; the answer is the rule's.
     * RFC 2409 does not say that a responder may narrow, and not every initiator takes it.
     * Initiator: as EXACT.
     */
    IKEV1_SELECT_SUPERSET = 2,
    /** Responder: whatever is offered is used, for a host that has decided in its phase2 callback.
     *  Initiator: as SUBSET. */
    IKEV1_SELECT_ACCEPT = 3,
};

/** How many other groups a responder may name for perfect forward secrecy. */
#define IKEV1_MAX_PFS 8

/** How many SA payloads one Quick Mode can have: ikev1_phase2.next. */
#define IKEV1_MAX_SA_PAYLOADS 4

/**
 * The answer to "what is negotiated in Quick Mode?".
 *
 * A selector of family 0 means the end of the path itself, whatever its address; its protocol and
 * port count all the same: {.protocol = 17, .port = 1701} is L2TP with whoever is there. Where both
 * selectors are all 0, no ID payloads are sent (RFC 2409 5.5), and a peer that sends none means
 * these. In transport mode behind a NAT an end of the path may call itself by the address that it
 * has on its side of the NAT (RFC 3947 5.2). Since 0.1.
 */
typedef struct ikev1_phase2 {
    size_t size;                /**< sizeof(ikev1_phase2); the library has set it before it asks */
    uint32_t rule;              /**< the host's number for it, not 0 */
    const ikev1_suite2 *suites; /**< in order of preference */
    size_t suite_count;         /**< 1 to 32, each member of a bundle counted */
    uint16_t pfs_group;         /**< IKEV1_GROUP_...; 0 = no perfect forward secrecy */
    uint8_t mode;               /**< IKEV1_ENCAP_TUNNEL or IKEV1_ENCAP_TRANSPORT */
    uint8_t replay_window;      /**< packets; handed to the kernel in the event; 0 = its default */
    ikev1_selector local;       /**< what is behind us */
    ikev1_selector remote;      /**< what is behind the peer */
    uint32_t life_seconds;      /**< offered, see `lifetime`; 0 = 3600 */
    uint32_t life_kilobytes;    /**< offered, see `lifetime`; 0 = none. In one direction, as
                                     ikev1_child_traffic() reports it */
    uint8_t match;              /**< IKEV1_SELECT_... */
    /** IKEV1_LIFETIME_...; to an offer that names no seconds they are 28800 (RFC 2407 4.5). Of a
     *  bundle the shortest counts. Less than 10 seconds are taken as 10. */
    uint8_t lifetime;
    /**
     * To how many bits HMAC-SHA2-256 is cut, which its number does not tell: 128 (RFC 4868), or 96,
     * as a draft before it had it and some peers still do. Packets of the one are dropped by the
     * other. 0 = 128, but the host is told that it is a guess: ikev1_ipsec.icv_ambiguous.
     */
    uint8_t sha256_bits;
    /** Responder: groups that are as good as pfs_group if the peer offers one of them; the first 0
     *  ends the list. With pfs_group 0 it may also offer none. */
    uint16_t pfs_also[IKEV1_MAX_PFS];
    /**
     * The next SA payload of the same exchange (RFC 2409 5.5), NULL = none: another pair of SAs for
     * the same traffic, all of them or none, to IKEV1_MAX_SA_PAYLOADS. Each has a handle and events
     * of its own, in this order. Of it only rule, suites, mode, replay_window, the lifetimes and
     * what becomes of them, sha256_bits and next count; the rest is the same for the whole
     * exchange. As responder there must be as many as question->sa_count.
     */
    const struct ikev1_phase2 *next;
    uint32_t life_packets; /**< likewise, not negotiated; 0 = as many as there are sequence
                                numbers (RFC 2406 3.3.3) */
    uint32_t idle_seconds; /**< without traffic as reported, and the pair ends; 0 = never */
    uint32_t rekey_margin; /**< as in ikev1_phase1; of kilobytes and packets a tenth */
    uint8_t rekey;         /**< IKEV1_REKEY_... */
    uint8_t replay_status; /**< IKEV1_REPLAY_...: as responder, tell the peer so by REPLAY-STATUS
                                (RFC 2407 4.6.3.2); UNSAID: say nothing */
    /**
     * As responder: set the commit bit, so that the initiator sends nothing before our CONNECTED
     * has told it that our side is complete (RFC 2408 3.1). It cannot be waited for without bound:
     * what has not come after 3 seconds has been lost. A peer's commit bit is honoured the same
     * way, in a message that its hash has proven.
     */
    bool commit;
    /**
     * Responder: the peer's side must not have an address in common with another live connection
     * that has one of ours in common with this; else IKEV1_E_LIVE_CONFLICT (mission S10). For peers
     * that say themselves what is behind them. Connections of the same peer do not count: of the
     * same proven identity, where that is shared among all who have a key, within one rule.
     */
    bool exclusive;
    /** How many IPsec SA pairs of this rule there may be at once, 0 = no limit; else
     *  IKEV1_E_RULE_LIMIT. One that takes the place of another, of the same peer and with the same
     *  networks, is always let in. */
    uint32_t connections;
} ikev1_phase2;

#ifdef __cplusplus
}
#endif
#endif
