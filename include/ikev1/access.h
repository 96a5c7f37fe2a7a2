/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file access.h
 * Remote access: XAUTH, by which a user proves itself behind phase 1 (draft-beaulieu-ike-xauth),
 * and Mode Config, by which it gets its address (draft-ietf-ipsec-isakmp-mode-cfg), both in
 * Transaction exchanges.
 *
 * Which side passes XAUTH follows from the authentication method: with IKEV1_AUTH_XAUTH_INIT_...
 * and IKEV1_AUTH_HYBRID_INIT_... it is the initiator of phase 1, with ..._RESP_... its responder.
 * That side is the client here, the other one the server. Until the server has said that all is
 * well no Quick Mode is begun, nor answered, by either side; the SA ends when that has not come
 * ikev1_timing.xauth after phase 1, and as responder it counts as half open until then.
 *
 * All that comes from the peer is bytes and a length: names, passwords, banners and domains may
 * hold NULs, control characters and whatever a shell takes for a command. Nothing of it is trusted,
 * and the library makes neither text nor a path of it.
 *
 * With a pre-shared key that a group of clients shares, each of them can play the gateway for the
 * others and is then told their passwords. That is why a client offers such a method only with
 * IKEV1_ALLOW_XAUTH_PSK; hybrid and certificates do not have this weakness.
 */
#ifndef IKEV1_ACCESS_H
#define IKEV1_ACCESS_H

#include <ikev1/const.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What kind of proof XAUTH is about, draft-beaulieu-ike-xauth 5. Since 0.1. */
enum {
    IKEV1_XAUTH_GENERIC = 0, /**< name and password, or what the texts ask for */
    IKEV1_XAUTH_CHAP = 1,    /**< RADIUS-CHAP: the password is the response to the challenge */
    IKEV1_XAUTH_OTP = 2,     /**< one-time password (RFC 2289) */
    IKEV1_XAUTH_SKEY = 3,    /**< S/KEY (RFC 1760) */
};

/** What a server asks for, bits of ikev1_xauth.asks. Since 0.1. */
enum {
    IKEV1_XAUTH_USER = 1,
    IKEV1_XAUTH_PASSWORD = 2,
    IKEV1_XAUTH_PASSCODE = 4, /**< of a token card */
    IKEV1_XAUTH_DOMAIN = 8,
    IKEV1_XAUTH_NEXT_PIN = 16, /**< a new PIN, of the user's choice or the token's */
    IKEV1_XAUTH_ANSWER = 32,   /**< to the message, as it says */
};

/**
 * One round of XAUTH, in either direction. Of each value `data` is NULL where it is not there; one
 * that is there and empty has a `data` that is not NULL: an empty password is not "no password".
 * Since 0.1.
 */
typedef struct ikev1_xauth {
    size_t size;   /**< sizeof(ikev1_xauth); the library has set it before it asks */
    uint8_t type;  /**< IKEV1_XAUTH_... */
    uint8_t round; /**< from 1 */
    uint32_t asks; /**< what the server asks for; in an answer: what is there */
    ikev1_bytes user, password, passcode, domain, next_pin, answer;
    ikev1_bytes message;   /**< the server's text for a person */
    ikev1_bytes challenge; /**< the server's, for the response to depend on */
} ikev1_xauth;

/** What part Mode Config plays, ikev1_phase1.config. Since 0.1. */
enum {
    IKEV1_CONFIG_NONE = 0, /**< none; who asks gets no answer */
    IKEV1_CONFIG_PULL,     /**< client: ask for it */
    IKEV1_CONFIG_WAIT,     /**< client: wait until the peer sets it */
    IKEV1_CONFIG_AUTO,  /**< client: ask, and take what the peer sets of its own accord: whichever
                             comes first */
    IKEV1_CONFIG_SERVE, /**< server: answer who asks */
    IKEV1_CONFIG_PUSH,  /**< server: set it as soon as that may be; and answer who asks */
};

/** Bounds of Mode Config. What exceeds the first three is refused with the whole message; of what
 *  exceeds the others, the rest is ignored. Since 0.1. */
enum {
    IKEV1_MAX_CONFIG_ATTRIBUTES = 512, /**< in a message */
    IKEV1_MAX_CONFIG_VALUE = 4096,     /**< bytes of one of them */
    IKEV1_MAX_CONFIG_TYPES = 64,       /**< that a client asks for */
    IKEV1_MAX_CONFIG_BYTES = 8192,     /**< of all that are accepted */
    IKEV1_MAX_CONFIG_SAME = 8,         /**< of one type; ... */
    IKEV1_MAX_CONFIG_SUBNETS = 64,     /**< ... but networks of one kind */
};

/** A configuration attribute. Since 0.1. */
typedef struct ikev1_attribute {
    uint16_t type; /**< IKEV1_ATTRC_..., or a number without a name */
    bool basic;    /**< it had the short form: `value` is its two bytes */
    ikev1_bytes value;
} ikev1_attribute;

/**
 * Walks a list of attributes as ikev1_lease.attributes holds it.
 * @param rest what is left of the list, moved on
 * @param out  receives the next one; points into the list
 * @return 1 filled; 0 the end, or what follows is no attribute. Since 0.1.
 */
IKEV1_API int ikev1_attribute_next(ikev1_bytes *rest, ikev1_attribute *out);

/**
 * What Mode Config has given to a client: from the server's host in its answer, and to both hosts
 * in events. What is 0, empty or NULL is not given. Addresses have port 0. Since 0.1.
 */
typedef struct ikev1_lease {
    size_t size;          /**< sizeof(ikev1_lease); the library has set it before it asks */
    ikev1_address ip4;    /**< the client's address; family 0 = none */
    ikev1_address ip6;    /**< likewise */
    uint8_t netmask4[4];  /**< of the network behind the server that ip4 lies in */
    uint8_t netmask6[16]; /**< likewise */
    uint32_t expires;     /**< seconds; 0 = with the SA */
    const ikev1_address *dns, *nbns, *dhcp; /**< servers, of both families */
    size_t dns_count, nbns_count, dhcp_count;
    const ikev1_selector *subnets;   /**< networks that the server protects */
    const ikev1_selector *split;     /**< Unity: only these go through the tunnel */
    const ikev1_selector *local_lan; /**< Unity: these do not */
    size_t subnet_count, split_count, local_lan_count;
    ikev1_bytes version;        /**< of the application at the other end */
    ikev1_bytes banner;         /**< Unity: for the user to read */
    ikev1_bytes domain;         /**< Unity: the default one */
    ikev1_bytes split_domains;  /**< Unity: names for the tunnel's DNS, as the peer writes them */
    ikev1_bytes backup_servers; /**< Unity: as the peer writes them */
    uint16_t natt_port;         /**< Unity: UDP port of ESP */
    bool save_password;         /**< Unity: the client may keep it */
    bool pfs;                   /**< Unity: the server wants it */
    /**
     * Attributes as they stand on the wire. In an event: all that were accepted, those of the
     * fields above included. In a host's answer: further ones to give.
     */
    ikev1_bytes attributes;
} ikev1_lease;

/** What a client wants of Mode Config, for policy->lease. Since 0.1. */
typedef struct ikev1_lease_request {
    size_t size;           /**< sizeof(ikev1_lease_request) as the library was compiled */
    const uint16_t *types; /**< the attributes that it asks for; with IKEV1_CONFIG_PUSH none */
    size_t type_count;     /**< at most IKEV1_MAX_CONFIG_ATTRIBUTES */
    ikev1_address ip4;     /**< the address that it would like; family 0 = any */
    ikev1_address ip6;
    /** What the same identity has on another SA, or NULL: answer it again, so that it keeps its
     *  address when it authenticates anew. */
    const ikev1_lease *previous;
} ikev1_lease_request;

#ifdef __cplusplus
}
#endif
#endif
