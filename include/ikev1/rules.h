/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file rules.h
 * A ready-made rule table, for a host that has no store of its own: numbered rules, loaded as a
 * whole, which answer every question of ikev1_policy with the exact verdict.
 *
 * ```c
 * ikev1_rules_config table = IKEV1_RULES_CONFIG_INIT;
 * table.crypto = ikev1_openssl();
 * ikev1_rules_new(&rules, &table);
 * ikev1_config config = IKEV1_CONFIG_INIT;
 * config.crypto = table.crypto;
 * config.policy = ikev1_rules_policy(rules);
 * ikev1_engine_new(&ike, &config);
 * ikev1_rule set[2]; // each begun with IKEV1_RULE_INIT
 * ikev1_rules_report report;
 * char line[200];
 * if (ikev1_rules_load(rules, set, 2, ike, &report) != IKEV1_OK)
 *     for (size_t i = 0; i < report.count; i++)
 *         ikev1_rule_note_format(&report.notes[i], line, sizeof line);
 * ```
 *
 * Several engines may ask one table at the same time, from threads of their own: answering changes
 * nothing in it. Loading does, and resolving a name: no engine may be inside a call meanwhile.
 *
 * What a question costs grows with the logarithm of the number of rules, and with what it finds.
 * Identities that are DN patterns or ranges are the exception: those of one address are tried one
 * by one, and there are at most IKEV1_RULES_PATTERNS of them.
 */
#ifndef IKEV1_RULES_H
#define IKEV1_RULES_H

#include <ikev1/config.h>
#include <ikev1/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The table. Opaque. Since 0.1. */
typedef struct ikev1_rules ikev1_rules;

/** How many rules with the same two addresses may have an identity that is a DN pattern, an address
 *  range or subnet. */
#define IKEV1_RULES_PATTERNS 64

/** How many rules there may be. */
#define IKEV1_RULES_MAX 1000000

/** What a table is made of. Since 0.1. */
typedef struct ikev1_rules_config {
    size_t size;                      /**< set by IKEV1_RULES_CONFIG_INIT */
    const ikev1_crypto *crypto;       /**< required; used to wipe, and to draw one random key */
    const ikev1_allocator *allocator; /**< copied; NULL = malloc and free */
    /**
     * What the table does not know: all its callbacks but `phase1` and `phase2` are called, with
     * its `user`; question->rule is the rule's number. `psk` is called for rules without one of
     * their own. Those that are NULL are as ikev1_policy says. Copied; NULL = none of them.
     */
    const ikev1_policy *host;
    /**
     * Which address of ours leads to a peer, for rules that name none. Its port is not looked at.
     * May be NULL: then a rule without `local` can answer but not begin.
     * @return IKEV1_OK, or an error code: the rule cannot be connected
     */
    int (*source)(void *user, const ikev1_address *peer, ikev1_address *local);
    void *source_user;
} ikev1_rules_config;

/**
 * One rule. What it points to is copied when it is loaded, the pre-shared key into memory that is
 * wiped. Start from IKEV1_RULE_INIT. Since 0.1.
 */
typedef struct ikev1_rule {
    size_t size;      /**< set by IKEV1_RULE_INIT */
    uint32_t number;  /**< not 0, of one rule only: names it in logs and events */
    const char *name; /**< for people; NULL = none */
    /**
     * The peer's address; port 0 = 500. 0.0.0.0, :: or family 0 stand for a peer that may come from
     * anywhere (of that family, or of both): a dynamic rule. It can only be answered.
     */
    ikev1_address peer;
    /** The peer's name instead, to be looked up by the host: ikev1_rules_resolved(). NULL = none.
     */
    const char *peer_name;
    ikev1_address local; /**< our address towards it; family 0 = any; port 0 = 500 */
    /**
     * The networks behind a dynamic peer are not known before it comes: what it says is behind it
     * is taken for `phase2.remote`, if it lies within that (family 0 = anywhere). What another rule
     * has is refused (IKEV1_E_RULE_CONFLICT), and so is what another connection has at the moment
     * (IKEV1_E_LIVE_CONFLICT).
     */
    bool open_remote;
    bool may_overlap;    /**< its networks may be those of other rules: a second way to them */
    ikev1_bytes psk;     /**< for IKEV1_AUTH_PSK; empty = the host's callback is asked */
    ikev1_phase1 phase1; /**< all but `rule` and `path`, which the table fills */
    ikev1_phase2 phase2; /**< all but `rule`; connections limits those of this rule */
} ikev1_rule;

#ifdef __cplusplus
#define IKEV1_RULES_CONFIG_INIT                                                                    \
    [] {                                                                                           \
        ikev1_rules_config c = ikev1_rules_config();                                               \
        c.size = sizeof(ikev1_rules_config);                                                       \
        return c;                                                                                  \
    }()
#define IKEV1_RULE_INIT                                                                            \
    [] {                                                                                           \
        ikev1_rule r = ikev1_rule();                                                               \
        r.size = sizeof(ikev1_rule);                                                               \
        r.phase1.size = sizeof(ikev1_phase1);                                                      \
        r.phase2.size = sizeof(ikev1_phase2);                                                      \
        r.phase2.mode = IKEV1_ENCAP_TUNNEL;                                                        \
        return r;                                                                                  \
    }()
#else
/** Everything at its default. */
#define IKEV1_RULES_CONFIG_INIT ((ikev1_rules_config){.size = sizeof(ikev1_rules_config)})
/** A rule in tunnel mode, all else at its default. */
#define IKEV1_RULE_INIT                                                                            \
    ((ikev1_rule){.size = sizeof(ikev1_rule),                                                      \
                  .phase1 = {.size = sizeof(ikev1_phase1)},                                        \
                  .phase2 = {.size = sizeof(ikev1_phase2), .mode = IKEV1_ENCAP_TUNNEL}})
#endif

/** What is to be said of a rule, or of two. */
enum {
    IKEV1_RULE_FIELD = 1,     /**< `field` of `rule` is not usable */
    IKEV1_RULE_SUITE,         /**< as FIELD, said by ikev1_check_phase1(), _phase2() or _psk():
                                   `detail` */
    IKEV1_RULE_DUPLICATE,     /**< two rules have the number */
    IKEV1_RULE_CONTRADICTION, /**< Main Mode cannot tell the peers of both apart, and `field` would
                                   have to be the same */
    IKEV1_RULE_SHADOWED,      /**< `other` is always chosen before `rule` */
    IKEV1_RULE_OVERLAP,       /**< packets of `rule` could as well be those of `other` */
    IKEV1_RULE_NESTED, /**< not a mistake: all networks of `rule` lie within those of `other`;
                            a kernel has to be told that the narrower ones come first */
};

/** One of them. The texts are static. Since 0.1. */
typedef struct ikev1_rule_note {
    uint8_t kind;      /**< IKEV1_RULE_... */
    bool fatal;        /**< the rules are not loaded */
    uint32_t rule;     /**< number of the rule that has to change */
    uint32_t other;    /**< number of the rule it does not go with; 0 = none */
    size_t index;      /**< where `rule` stands in the array that was given */
    const char *field; /**< as "psk" or "phase2.remote" */
    const char *what;  /**< what is wrong */
    const char *hint;  /**< what to do */
    int code;          /**< SUITE: IKEV1_E_CONFIG, _UNSUPPORTED, _WEAK; else 0 */
    char detail[240];  /**< SUITE: what the engine says; else "" */
} ikev1_rule_note;

/** How many notes a report holds. */
#define IKEV1_RULES_NOTES 16

/** What loading has to say, in the order of what is wrong first. Filled by the library. Since 0.1.
 */
typedef struct ikev1_rules_report {
    size_t count;    /**< of notes[] */
    size_t fatal;    /**< of all there are, those that are */
    size_t left_out; /**< for want of room */
    ikev1_rule_note notes[IKEV1_RULES_NOTES];
} ikev1_rules_report;

/**
 * Makes an empty table: it refuses every peer.
 * @param config read now; `crypto` and what the `user` pointers name must outlive the table
 * @return IKEV1_OK; IKEV1_E_CONFIG a field is missing or not known; IKEV1_E_MEMORY; IKEV1_E_RANDOM
 *         or another code of class CRYPTO: the provider failed. Since 0.1.
 */
IKEV1_API int ikev1_rules_new(ikev1_rules **out, const ikev1_rules_config *config);

/** Frees a table; every key is wiped. The engines that ask it must be gone. NULL is allowed. Since
 *  0.1. */
IKEV1_API void ikev1_rules_free(ikev1_rules *rules);

/**
 * The callbacks that answer from a table, for ikev1_config.policy and ikev1_engine_new(). They are
 * the same before and after loading. @return lives as long as the table. Since 0.1.
 */
IKEV1_API const ikev1_policy *ikev1_rules_policy(const ikev1_rules *rules);

/**
 * Loads a whole set of rules in place of the one before, all or nothing. What has been negotiated
 * stays: ikev1_rules_change() says which rules are others now.
 * @param set    the rules; their order does not matter. NULL when there are none
 * @param count  at most IKEV1_RULES_MAX
 * @param engine has their suites and keys checked (ikev1_check_phase1(), ikev1_check_psk()); NULL:
 *               they are not, and what is not usable shows in the first negotiation
 * @param report NULL, or receives what is wrong, fatal or not
 * @return IKEV1_OK; IKEV1_E_CONFIG a note of `report` is fatal; IKEV1_E_MEMORY; IKEV1_E_ARGUMENT.
 *         On an error the table answers as before. Since 0.1.
 */
IKEV1_API int ikev1_rules_load(ikev1_rules *rules, const ikev1_rule *set, size_t count,
                               const ikev1_engine *engine, ikev1_rules_report *report);

/**
 * A note as one line: "rule 7 and rule 3: phase2.remote: overlap; HINT". Like snprintf. @return the
 * length of the whole line. Since 0.1.
 */
IKEV1_API size_t ikev1_rule_note_format(const ikev1_rule_note *note, char *out, size_t cap);

/** In what a rule differs from the one of that number before, as bits. */
enum {
    IKEV1_CHANGE_ADDED = 1,
    IKEV1_CHANGE_GONE = 2,
    IKEV1_CHANGE_PEER = 4,       /**< peer, peer_name, local */
    IKEV1_CHANGE_CREDENTIAL = 8, /**< psk */
    IKEV1_CHANGE_PHASE1 = 16,    /**< phase1 */
    IKEV1_CHANGE_PHASE2 = 32,    /**< phase2, open_remote */
};

/** One rule that the last loading has changed. Since 0.1. */
typedef struct ikev1_rule_change {
    uint32_t rule;
    uint32_t what; /**< IKEV1_CHANGE_... bits */
} ikev1_rule_change;

/**
 * The rules that the last ikev1_rules_load() has changed, by number. Those that live
 * (ikev1_rule_live()) go on under what was negotiated; the host ends or rekeys them as it likes.
 * Fields are compared as bytes: a rule from IKEV1_RULE_INIT with the same values is the same.
 * @param index from 0
 * @return 1 filled, 0 there are no more. Since 0.1.
 */
IKEV1_API int ikev1_rules_change(const ikev1_rules *rules, size_t index, ikev1_rule_change *change);

/** The rule of a number. @return lives until the next ikev1_rules_load(); NULL = none. Since 0.1.
 */
IKEV1_API const ikev1_rule *ikev1_rules_find(const ikev1_rules *rules, uint32_t number);

/** The rules one by one, by number. @return as ikev1_rules_find(); NULL = no more. Since 0.1. */
IKEV1_API const ikev1_rule *ikev1_rules_at(const ikev1_rules *rules, size_t index);

/**
 * The rule by which a packet of ours would leave: of those whose networks hold both, the narrowest.
 * @param local  where it comes from: one address, with protocol and port where they are known
 * @param remote where it goes
 * @return its number, for ikev1_connect(); 0 = none. Since 0.1.
 */
IKEV1_API uint32_t ikev1_rules_outbound(const ikev1_rules *rules, const ikev1_selector *local,
                                        const ikev1_selector *remote);

/**
 * What the name of a rule's peer has been looked up to. Until then the rule can be neither
 * connected (IKEV1_E_UNRESOLVED, "Cannot resolve Secure Gateway Addr for rule <7>") nor chosen for
 * somebody who calls. What lives is not touched. The address is kept when rules are loaded again
 * with the same number and name.
 * @param address NULL: it has none any more
 * @param report  NULL, or receives why not
 * @return IKEV1_OK; IKEV1_E_ARGUMENT no rule of that number has a name, or not an address;
 *         IKEV1_E_CONFIG another rule of that address contradicts it: the name has none. Since 0.1.
 */
IKEV1_API int ikev1_rules_resolved(ikev1_rules *rules, uint32_t number,
                                   const ikev1_address *address, ikev1_rules_report *report);

#ifdef __cplusplus
}
#endif
#endif
