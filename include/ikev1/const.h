/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file const.h
 * The numbers on the wire. Each list is X(NAME, number, "name as people write it"); the enums are
 * made from the lists, and so are the functions that turn a number into its name. Since 0.1.
 */
#ifndef IKEV1_CONST_H
#define IKEV1_CONST_H

#include <ikev1/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IKEV1_PORT                    500  /**< RFC 2408 2.5.1 */
#define IKEV1_PORT_NATT               4500 /**< RFC 3947 4 */
#define IKEV1_HEADER_SIZE             28   /**< ISAKMP header, RFC 2408 3.1 */
#define IKEV1_COOKIE_SIZE             8
#define IKEV1_DOI_IPSEC               1 /**< RFC 2407 */
#define IKEV1_SITUATION_IDENTITY_ONLY 1 /**< RFC 2407 4.2.1 */

/** Header flags, RFC 2408 3.1. */
enum { IKEV1_FLAG_ENCRYPTION = 1, IKEV1_FLAG_COMMIT = 2, IKEV1_FLAG_AUTHENTICATION = 4 };

/** Exchange types: RFC 2408 3.1, RFC 2409 App. A, draft-ietf-ipsec-isakmp-mode-cfg. */
#define IKEV1_EXCHANGES(X)                                                                         \
    X(BASE, 1, "Base Mode")                                                                        \
    X(MAIN, 2, "Main Mode")                                                                        \
    X(AUTH_ONLY, 3, "Authentication Only")                                                         \
    X(AGGRESSIVE, 4, "Aggressive Mode")                                                            \
    X(INFORMATIONAL, 5, "Informational")                                                           \
    X(TRANSACTION, 6, "Transaction")                                                               \
    X(QUICK, 32, "Quick Mode")                                                                     \
    X(NEW_GROUP, 33, "New Group Mode")

/**
 * Payload types: RFC 2408 3.1, RFC 3947 3.2, RFC 2408 private range. The third column is the symbol
 * the log prints (mission S1). Drafts number NAT-D and NAT-OA otherwise: 130/131 and 15/16.
 */
#define IKEV1_PAYLOADS(X)                                                                          \
    X(SA, 1, "SA")                                                                                 \
    X(PROPOSAL, 2, "PROP")                                                                         \
    X(TRANSFORM, 3, "TRANS")                                                                       \
    X(KE, 4, "KE")                                                                                 \
    X(ID, 5, "ID")                                                                                 \
    X(CERT, 6, "CER")                                                                              \
    X(CERTREQ, 7, "CER_REQ")                                                                       \
    X(HASH, 8, "HASH")                                                                             \
    X(SIG, 9, "SIG")                                                                               \
    X(NONCE, 10, "NONCE")                                                                          \
    X(NOTIFY, 11, "NOTFY")                                                                         \
    X(DELETE, 12, "DEL")                                                                           \
    X(VENDOR, 13, "VID")                                                                           \
    X(CONFIG, 14, "ATTR")                                                                          \
    X(NAT_D, 20, "NATD")                                                                           \
    X(NAT_OA, 21, "NATOA")                                                                         \
    X(NAT_D_DRAFT, 130, "NATD")                                                                    \
    X(NAT_OA_DRAFT, 131, "NATOA")                                                                  \
    X(FRAGMENT, 132, "FRAG")

/** Security protocols, RFC 2407 4.4.1. */
#define IKEV1_PROTOCOLS(X)                                                                         \
    X(ISAKMP, 1, "ISAKMP")                                                                         \
    X(AH, 2, "AH")                                                                                 \
    X(ESP, 3, "ESP")                                                                               \
    X(IPCOMP, 4, "IPCOMP")

/** Phase 1 attribute types, RFC 2409 App. A. */
#define IKEV1_ATTRS1(X)                                                                            \
    X(CIPHER, 1, "encryption")                                                                     \
    X(HASH, 2, "hash")                                                                             \
    X(AUTH, 3, "authentication")                                                                   \
    X(GROUP, 4, "group")                                                                           \
    X(GROUP_TYPE, 5, "group type")                                                                 \
    X(GROUP_PRIME, 6, "group prime")                                                               \
    X(GROUP_GENERATOR_1, 7, "group generator one")                                                 \
    X(GROUP_GENERATOR_2, 8, "group generator two")                                                 \
    X(GROUP_CURVE_A, 9, "group curve A")                                                           \
    X(GROUP_CURVE_B, 10, "group curve B")                                                          \
    X(LIFE_TYPE, 11, "life type")                                                                  \
    X(LIFE_DURATION, 12, "life duration")                                                          \
    X(PRF, 13, "PRF")                                                                              \
    X(KEY_BITS, 14, "key length")                                                                  \
    X(FIELD_SIZE, 15, "field size")                                                                \
    X(GROUP_ORDER, 16, "group order")

/** Phase 1 ciphers, RFC 2409 App. A and IANA "Encryption Algorithm". */
#define IKEV1_CIPHERS(X)                                                                           \
    X(DES, 1, "DES")                                                                               \
    X(IDEA, 2, "IDEA")                                                                             \
    X(BLOWFISH, 3, "BLOWFISH")                                                                     \
    X(RC5, 4, "RC5")                                                                               \
    X(3DES, 5, "3DES")                                                                             \
    X(CAST, 6, "CAST")                                                                             \
    X(AES, 7, "AES")                                                                               \
    X(CAMELLIA, 8, "CAMELLIA")

/** Phase 1 hashes, RFC 2409 App. A and IANA "Hash Algorithm". */
#define IKEV1_HASHES(X)                                                                            \
    X(MD5, 1, "MD5")                                                                               \
    X(SHA1, 2, "SHA1")                                                                             \
    X(TIGER, 3, "TIGER")                                                                           \
    X(SHA2_256, 4, "SHA2-256")                                                                     \
    X(SHA2_384, 5, "SHA2-384")                                                                     \
    X(SHA2_512, 6, "SHA2-512")

/**
 * Phase 1 prfs (attribute IKEV1_ATTR1_PRF). IANA has assigned no number: RFC 4109 asks for
 * AES-XCBC-PRF-128 (RFC 4434) without giving it one. Ours is the first of the private range (RFC
 * 2409 App. A), so both ends have to know it.
 */
enum { IKEV1_PRF_AES_XCBC = 65001 };

/** Phase 1 authentication methods, IANA; 64221 up: draft-ietf-ipsec-isakmp-hybrid-auth, -xauth. */
#define IKEV1_AUTHS(X)                                                                             \
    X(PSK, 1, "PSK")                                                                               \
    X(DSS, 2, "DSS")                                                                               \
    X(RSA, 3, "RSA")                                                                               \
    X(RSA_ENCRYPTION, 4, "RSA encryption")                                                         \
    X(RSA_ENCRYPTION_REVISED, 5, "revised RSA encryption")                                         \
    X(ECDSA_256, 9, "ECDSA-256")                                                                   \
    X(ECDSA_384, 10, "ECDSA-384")                                                                  \
    X(ECDSA_521, 11, "ECDSA-521")                                                                  \
    X(HYBRID_INIT_RSA, 64221, "hybrid RSA (initiator)")                                            \
    X(HYBRID_RESP_RSA, 64222, "hybrid RSA (responder)")                                            \
    X(HYBRID_INIT_DSS, 64223, "hybrid DSS (initiator)")                                            \
    X(HYBRID_RESP_DSS, 64224, "hybrid DSS (responder)")                                            \
    X(XAUTH_INIT_PSK, 65001, "XAUTH PSK (initiator)")                                              \
    X(XAUTH_RESP_PSK, 65002, "XAUTH PSK (responder)")                                              \
    X(XAUTH_INIT_DSS, 65003, "XAUTH DSS (initiator)")                                              \
    X(XAUTH_RESP_DSS, 65004, "XAUTH DSS (responder)")                                              \
    X(XAUTH_INIT_RSA, 65005, "XAUTH RSA (initiator)")                                              \
    X(XAUTH_RESP_RSA, 65006, "XAUTH RSA (responder)")                                              \
    X(XAUTH_INIT_RSA_ENCRYPTION, 65007, "XAUTH RSA encryption (initiator)")                        \
    X(XAUTH_RESP_RSA_ENCRYPTION, 65008, "XAUTH RSA encryption (responder)")                        \
    X(XAUTH_INIT_RSA_ENCRYPTION_REVISED, 65009, "XAUTH revised RSA encryption (initiator)")        \
    X(XAUTH_RESP_RSA_ENCRYPTION_REVISED, 65010, "XAUTH revised RSA encryption (responder)")

/** Diffie-Hellman groups, IANA "Group Description". */
#define IKEV1_GROUPS(X)                                                                            \
    X(MODP768, 1, "MODP768")                                                                       \
    X(MODP1024, 2, "MODP1024")                                                                     \
    X(MODP1536, 5, "MODP1536")                                                                     \
    X(MODP2048, 14, "MODP2048")                                                                    \
    X(MODP3072, 15, "MODP3072")                                                                    \
    X(MODP4096, 16, "MODP4096")                                                                    \
    X(MODP6144, 17, "MODP6144")                                                                    \
    X(MODP8192, 18, "MODP8192")                                                                    \
    X(ECP256, 19, "ECP256")                                                                        \
    X(ECP384, 20, "ECP384")                                                                        \
    X(ECP521, 21, "ECP521")                                                                        \
    X(MODP1024_160, 22, "MODP1024S160")                                                            \
    X(MODP2048_224, 23, "MODP2048S224")                                                            \
    X(MODP2048_256, 24, "MODP2048S256")                                                            \
    X(ECP192, 25, "ECP192")                                                                        \
    X(ECP224, 26, "ECP224")                                                                        \
    X(BRAINPOOL224, 27, "BP224")                                                                   \
    X(BRAINPOOL256, 28, "BP256")                                                                   \
    X(BRAINPOOL384, 29, "BP384")                                                                   \
    X(BRAINPOOL512, 30, "BP512")                                                                   \
    X(X25519, 31, "X25519")

/** Life types, the same in both phases: RFC 2409 App. A, RFC 2407 4.5. */
#define IKEV1_LIFES(X)                                                                             \
    X(SECONDS, 1, "seconds")                                                                       \
    X(KILOBYTES, 2, "kilobytes")

/** Phase 2 attribute types, RFC 2407 4.5; 11 is RFC 4304's. */
#define IKEV1_ATTRS2(X)                                                                            \
    X(LIFE_TYPE, 1, "life type")                                                                   \
    X(LIFE_DURATION, 2, "life duration")                                                           \
    X(GROUP, 3, "PFS group")                                                                       \
    X(ENCAPSULATION, 4, "encapsulation")                                                           \
    X(INTEGRITY, 5, "authentication")                                                              \
    X(KEY_BITS, 6, "key length")                                                                   \
    X(KEY_ROUNDS, 7, "key rounds")                                                                 \
    X(DICTIONARY, 8, "dictionary size")                                                            \
    X(COMPRESS, 9, "private compression")                                                          \
    X(ECN_TUNNEL, 10, "ECN tunnel")                                                                \
    X(ESN, 11, "extended sequence number")

/** ESP transforms, RFC 2407 4.4.4 and IANA "IPSEC ESP Transform Identifiers". */
#define IKEV1_ESPS(X)                                                                              \
    X(DES_IV64, 1, "DES-IV64")                                                                     \
    X(DES, 2, "DES")                                                                               \
    X(3DES, 3, "3DES")                                                                             \
    X(RC5, 4, "RC5")                                                                               \
    X(IDEA, 5, "IDEA")                                                                             \
    X(CAST, 6, "CAST")                                                                             \
    X(BLOWFISH, 7, "BLOWFISH")                                                                     \
    X(NULL, 11, "NULL")                                                                            \
    X(AES_CBC, 12, "AES-CBC")                                                                      \
    X(AES_CTR, 13, "AES-CTR")                                                                      \
    X(AES_CCM_8, 14, "AES-CCM-8")                                                                  \
    X(AES_CCM_12, 15, "AES-CCM-12")                                                                \
    X(AES_CCM_16, 16, "AES-CCM-16")                                                                \
    X(AES_GCM_8, 18, "AES-GCM-8")                                                                  \
    X(AES_GCM_12, 19, "AES-GCM-12")                                                                \
    X(AES_GCM_16, 20, "AES-GCM-16")                                                                \
    X(SEED, 21, "SEED")                                                                            \
    X(CAMELLIA, 22, "CAMELLIA")                                                                    \
    X(AES_GMAC, 23, "AES-GMAC")

/** AH transforms, RFC 2407 4.4.3 and IANA "IPSEC AH Transform Identifiers". */
#define IKEV1_AHS(X)                                                                               \
    X(MD5, 2, "MD5")                                                                               \
    X(SHA, 3, "SHA1")                                                                              \
    X(DES, 4, "DES")                                                                               \
    X(SHA2_256, 5, "SHA2-256")                                                                     \
    X(SHA2_384, 6, "SHA2-384")                                                                     \
    X(SHA2_512, 7, "SHA2-512")                                                                     \
    X(RIPEMD, 8, "RIPEMD")                                                                         \
    X(AES_XCBC, 9, "AES-XCBC")                                                                     \
    X(RSA, 10, "RSA")                                                                              \
    X(AES_128_GMAC, 11, "AES-128-GMAC")                                                            \
    X(AES_192_GMAC, 12, "AES-192-GMAC")                                                            \
    X(AES_256_GMAC, 13, "AES-256-GMAC")

/** IPCOMP transforms, RFC 2407 4.4.5. */
#define IKEV1_IPCOMPS(X)                                                                           \
    X(OUI, 1, "OUI")                                                                               \
    X(DEFLATE, 2, "DEFLATE")                                                                       \
    X(LZS, 3, "LZS")                                                                               \
    X(LZJH, 4, "LZJH")

/** Encapsulation modes, RFC 2407 4.5, RFC 3947 5.1; 61443 up: NAT-T drafts. */
#define IKEV1_ENCAPS(X)                                                                            \
    X(TUNNEL, 1, "tunnel")                                                                         \
    X(TRANSPORT, 2, "transport")                                                                   \
    X(UDP_TUNNEL, 3, "UDP tunnel")                                                                 \
    X(UDP_TRANSPORT, 4, "UDP transport")                                                           \
    X(UDP_TUNNEL_DRAFT, 61443, "UDP tunnel (draft)")                                               \
    X(UDP_TRANSPORT_DRAFT, 61444, "UDP transport (draft)")

/** Phase 2 authentication algorithms, RFC 2407 4.5 and IANA "Authentication Algorithm". */
#define IKEV1_INTEGS(X)                                                                            \
    X(HMAC_MD5, 1, "HMAC-MD5")                                                                     \
    X(HMAC_SHA1, 2, "HMAC-SHA1")                                                                   \
    X(DES_MAC, 3, "DES-MAC")                                                                       \
    X(KPDK, 4, "KPDK")                                                                             \
    X(HMAC_SHA2_256, 5, "HMAC-SHA2-256")                                                           \
    X(HMAC_SHA2_384, 6, "HMAC-SHA2-384")                                                           \
    X(HMAC_SHA2_512, 7, "HMAC-SHA2-512")                                                           \
    X(HMAC_RIPEMD, 8, "HMAC-RIPEMD")                                                               \
    X(AES_XCBC, 9, "AES-XCBC")                                                                     \
    X(RSA, 10, "RSA")                                                                              \
    X(AES_128_GMAC, 11, "AES-128-GMAC")                                                            \
    X(AES_192_GMAC, 12, "AES-192-GMAC")                                                            \
    X(AES_256_GMAC, 13, "AES-256-GMAC")                                                            \
    X(AES_CMAC, 250, "AES-CMAC")

/** Identification types, RFC 2407 4.6.2.1. */
#define IKEV1_IDS(X)                                                                               \
    X(IPV4_ADDR, 1, "IPV4_ADDR")                                                                   \
    X(FQDN, 2, "FQDN")                                                                             \
    X(USER_FQDN, 3, "USER_FQDN")                                                                   \
    X(IPV4_ADDR_SUBNET, 4, "IPV4_ADDR_SUBNET")                                                     \
    X(IPV6_ADDR, 5, "IPV6_ADDR")                                                                   \
    X(IPV6_ADDR_SUBNET, 6, "IPV6_ADDR_SUBNET")                                                     \
    X(IPV4_ADDR_RANGE, 7, "IPV4_ADDR_RANGE")                                                       \
    X(IPV6_ADDR_RANGE, 8, "IPV6_ADDR_RANGE")                                                       \
    X(DER_ASN1_DN, 9, "DER_ASN1_DN")                                                               \
    X(DER_ASN1_GN, 10, "DER_ASN1_GN")                                                              \
    X(KEY_ID, 11, "KEY_ID")

/** Notify message types: RFC 2408 3.14.1, RFC 2407 4.6.3, RFC 3706 (36136, 36137). */
#define IKEV1_NOTIFIES(X)                                                                          \
    X(INVALID_PAYLOAD_TYPE, 1, "INVALID-PAYLOAD-TYPE")                                             \
    X(DOI_NOT_SUPPORTED, 2, "DOI-NOT-SUPPORTED")                                                   \
    X(SITUATION_NOT_SUPPORTED, 3, "SITUATION-NOT-SUPPORTED")                                       \
    X(INVALID_COOKIE, 4, "INVALID-COOKIE")                                                         \
    X(INVALID_MAJOR_VERSION, 5, "INVALID-MAJOR-VERSION")                                           \
    X(INVALID_MINOR_VERSION, 6, "INVALID-MINOR-VERSION")                                           \
    X(INVALID_EXCHANGE_TYPE, 7, "INVALID-EXCHANGE-TYPE")                                           \
    X(INVALID_FLAGS, 8, "INVALID-FLAGS")                                                           \
    X(INVALID_MESSAGE_ID, 9, "INVALID-MESSAGE-ID")                                                 \
    X(INVALID_PROTOCOL_ID, 10, "INVALID-PROTOCOL-ID")                                              \
    X(INVALID_SPI, 11, "INVALID-SPI")                                                              \
    X(INVALID_TRANSFORM_ID, 12, "INVALID-TRANSFORM-ID")                                            \
    X(ATTRIBUTES_NOT_SUPPORTED, 13, "ATTRIBUTES-NOT-SUPPORTED")                                    \
    X(NO_PROPOSAL_CHOSEN, 14, "NO-PROPOSAL-CHOSEN")                                                \
    X(BAD_PROPOSAL_SYNTAX, 15, "BAD-PROPOSAL-SYNTAX")                                              \
    X(PAYLOAD_MALFORMED, 16, "PAYLOAD-MALFORMED")                                                  \
    X(INVALID_KEY_INFORMATION, 17, "INVALID-KEY-INFORMATION")                                      \
    X(INVALID_ID_INFORMATION, 18, "INVALID-ID-INFORMATION")                                        \
    X(INVALID_CERT_ENCODING, 19, "INVALID-CERT-ENCODING")                                          \
    X(INVALID_CERTIFICATE, 20, "INVALID-CERTIFICATE")                                              \
    X(CERT_TYPE_UNSUPPORTED, 21, "CERT-TYPE-UNSUPPORTED")                                          \
    X(INVALID_CERT_AUTHORITY, 22, "INVALID-CERT-AUTHORITY")                                        \
    X(INVALID_HASH_INFORMATION, 23, "INVALID-HASH-INFORMATION")                                    \
    X(AUTHENTICATION_FAILED, 24, "AUTHENTICATION-FAILED")                                          \
    X(INVALID_SIGNATURE, 25, "INVALID-SIGNATURE")                                                  \
    X(ADDRESS_NOTIFICATION, 26, "ADDRESS-NOTIFICATION")                                            \
    X(NOTIFY_SA_LIFETIME, 27, "NOTIFY-SA-LIFETIME")                                                \
    X(CERTIFICATE_UNAVAILABLE, 28, "CERTIFICATE-UNAVAILABLE")                                      \
    X(UNSUPPORTED_EXCHANGE_TYPE, 29, "UNSUPPORTED-EXCHANGE-TYPE")                                  \
    X(UNEQUAL_PAYLOAD_LENGTHS, 30, "UNEQUAL-PAYLOAD-LENGTHS")                                      \
    X(CONNECTED, 16384, "CONNECTED")                                                               \
    X(RESPONDER_LIFETIME, 24576, "RESPONDER-LIFETIME")                                             \
    X(REPLAY_STATUS, 24577, "REPLAY-STATUS")                                                       \
    X(INITIAL_CONTACT, 24578, "INITIAL-CONTACT")                                                   \
    X(R_U_THERE, 36136, "R-U-THERE")                                                               \
    X(R_U_THERE_ACK, 36137, "R-U-THERE-ACK")

/** Certificate encodings, RFC 2408 3.9. */
#define IKEV1_CERTS(X)                                                                             \
    X(NONE, 0, "none")                                                                             \
    X(PKCS7, 1, "PKCS #7")                                                                         \
    X(PGP, 2, "PGP")                                                                               \
    X(DNS, 3, "DNS signed key")                                                                    \
    X(X509_SIGNATURE, 4, "X.509 signature")                                                        \
    X(X509_KEY_EXCHANGE, 5, "X.509 key exchange")                                                  \
    X(KERBEROS, 6, "Kerberos")                                                                     \
    X(CRL, 7, "CRL")                                                                               \
    X(ARL, 8, "ARL")                                                                               \
    X(SPKI, 9, "SPKI")                                                                             \
    X(X509_ATTRIBUTE, 10, "X.509 attribute")

/** Transaction message types, draft-ietf-ipsec-isakmp-mode-cfg. */
#define IKEV1_CFGS(X)                                                                              \
    X(REQUEST, 1, "REQUEST")                                                                       \
    X(REPLY, 2, "REPLY")                                                                           \
    X(SET, 3, "SET")                                                                               \
    X(ACK, 4, "ACK")

/** Configuration attributes: draft-ietf-ipsec-isakmp-mode-cfg 3.3, draft-beaulieu-ike-xauth 5;
 * 28672 up: Cisco Unity. */
#define IKEV1_ATTRSC(X)                                                                            \
    X(IP4_ADDRESS, 1, "INTERNAL_IP4_ADDRESS")                                                      \
    X(IP4_NETMASK, 2, "INTERNAL_IP4_NETMASK")                                                      \
    X(IP4_DNS, 3, "INTERNAL_IP4_DNS")                                                              \
    X(IP4_NBNS, 4, "INTERNAL_IP4_NBNS")                                                            \
    X(EXPIRY, 5, "INTERNAL_ADDRESS_EXPIRY")                                                        \
    X(IP4_DHCP, 6, "INTERNAL_IP4_DHCP")                                                            \
    X(VERSION, 7, "APPLICATION_VERSION")                                                           \
    X(IP6_ADDRESS, 8, "INTERNAL_IP6_ADDRESS")                                                      \
    X(IP6_NETMASK, 9, "INTERNAL_IP6_NETMASK")                                                      \
    X(IP6_DNS, 10, "INTERNAL_IP6_DNS")                                                             \
    X(IP6_NBNS, 11, "INTERNAL_IP6_NBNS")                                                           \
    X(IP6_DHCP, 12, "INTERNAL_IP6_DHCP")                                                           \
    X(IP4_SUBNET, 13, "INTERNAL_IP4_SUBNET")                                                       \
    X(SUPPORTED, 14, "SUPPORTED_ATTRIBUTES")                                                       \
    X(IP6_SUBNET, 15, "INTERNAL_IP6_SUBNET")                                                       \
    X(XAUTH_TYPE, 16520, "XAUTH_TYPE")                                                             \
    X(XAUTH_USER_NAME, 16521, "XAUTH_USER_NAME")                                                   \
    X(XAUTH_USER_PASSWORD, 16522, "XAUTH_USER_PASSWORD")                                           \
    X(XAUTH_PASSCODE, 16523, "XAUTH_PASSCODE")                                                     \
    X(XAUTH_MESSAGE, 16524, "XAUTH_MESSAGE")                                                       \
    X(XAUTH_CHALLENGE, 16525, "XAUTH_CHALLENGE")                                                   \
    X(XAUTH_DOMAIN, 16526, "XAUTH_DOMAIN")                                                         \
    X(XAUTH_STATUS, 16527, "XAUTH_STATUS")                                                         \
    X(XAUTH_NEXT_PIN, 16528, "XAUTH_NEXT_PIN")                                                     \
    X(XAUTH_ANSWER, 16529, "XAUTH_ANSWER")                                                         \
    X(UNITY_BANNER, 28672, "UNITY_BANNER")                                                         \
    X(UNITY_SAVE_PASSWORD, 28673, "UNITY_SAVE_PASSWORD")                                           \
    X(UNITY_DOMAIN, 28674, "UNITY_DEF_DOMAIN")                                                     \
    X(UNITY_SPLIT_DOMAINS, 28675, "UNITY_SPLITDNS_NAME")                                           \
    X(UNITY_SPLIT_INCLUDE, 28676, "UNITY_SPLIT_INCLUDE")                                           \
    X(UNITY_NATT_PORT, 28677, "UNITY_NATT_PORT")                                                   \
    X(UNITY_LOCAL_LAN, 28678, "UNITY_LOCAL_LAN")                                                   \
    X(UNITY_PFS, 28679, "UNITY_PFS")                                                               \
    X(UNITY_FIREWALL_TYPE, 28680, "UNITY_FW_TYPE")                                                 \
    X(UNITY_BACKUP_SERVERS, 28681, "UNITY_BACKUP_SERVERS")                                         \
    X(UNITY_DDNS_HOSTNAME, 28682, "UNITY_DDNS_HOSTNAME")

#define IKEV1_ENUM_EXCHANGE_(name, n, text) IKEV1_EXCHANGE_##name = n,
#define IKEV1_ENUM_PAYLOAD_(name, n, text)  IKEV1_PAYLOAD_##name = n,
#define IKEV1_ENUM_PROTO_(name, n, text)    IKEV1_PROTO_##name = n,
#define IKEV1_ENUM_ATTR1_(name, n, text)    IKEV1_ATTR1_##name = n,
#define IKEV1_ENUM_CIPHER_(name, n, text)   IKEV1_CIPHER_##name = n,
#define IKEV1_ENUM_HASH_(name, n, text)     IKEV1_HASH_##name = n,
#define IKEV1_ENUM_AUTH_(name, n, text)     IKEV1_AUTH_##name = n,
#define IKEV1_ENUM_GROUP_(name, n, text)    IKEV1_GROUP_##name = n,
#define IKEV1_ENUM_LIFE_(name, n, text)     IKEV1_LIFE_##name = n,
#define IKEV1_ENUM_ATTR2_(name, n, text)    IKEV1_ATTR2_##name = n,
#define IKEV1_ENUM_ESP_(name, n, text)      IKEV1_ESP_##name = n,
#define IKEV1_ENUM_AH_(name, n, text)       IKEV1_AH_##name = n,
#define IKEV1_ENUM_IPCOMP_(name, n, text)   IKEV1_IPCOMP_##name = n,
#define IKEV1_ENUM_ENCAP_(name, n, text)    IKEV1_ENCAP_##name = n,
#define IKEV1_ENUM_INTEG_(name, n, text)    IKEV1_INTEG_##name = n,
#define IKEV1_ENUM_ID_(name, n, text)       IKEV1_ID_##name = n,
#define IKEV1_ENUM_NOTIFY_(name, n, text)   IKEV1_NOTIFY_##name = n,
#define IKEV1_ENUM_CERT_(name, n, text)     IKEV1_CERT_##name = n,
#define IKEV1_ENUM_CFG_(name, n, text)      IKEV1_CFG_##name = n,
#define IKEV1_ENUM_ATTRC_(name, n, text)    IKEV1_ATTRC_##name = n,

enum { IKEV1_EXCHANGES(IKEV1_ENUM_EXCHANGE_) };
enum { IKEV1_PAYLOADS(IKEV1_ENUM_PAYLOAD_) };
enum { IKEV1_PROTOCOLS(IKEV1_ENUM_PROTO_) };
enum { IKEV1_ATTRS1(IKEV1_ENUM_ATTR1_) };
enum { IKEV1_CIPHERS(IKEV1_ENUM_CIPHER_) };
enum { IKEV1_HASHES(IKEV1_ENUM_HASH_) };
enum { IKEV1_AUTHS(IKEV1_ENUM_AUTH_) };
enum { IKEV1_GROUPS(IKEV1_ENUM_GROUP_) };
enum { IKEV1_LIFES(IKEV1_ENUM_LIFE_) };
enum { IKEV1_ATTRS2(IKEV1_ENUM_ATTR2_) };
enum { IKEV1_ESPS(IKEV1_ENUM_ESP_) };
enum { IKEV1_AHS(IKEV1_ENUM_AH_) };
enum { IKEV1_IPCOMPS(IKEV1_ENUM_IPCOMP_) };
enum { IKEV1_ENCAPS(IKEV1_ENUM_ENCAP_) };
enum { IKEV1_INTEGS(IKEV1_ENUM_INTEG_) };
enum { IKEV1_IDS(IKEV1_ENUM_ID_) };
enum { IKEV1_NOTIFIES(IKEV1_ENUM_NOTIFY_) };
enum { IKEV1_CERTS(IKEV1_ENUM_CERT_) };
enum { IKEV1_CFGS(IKEV1_ENUM_CFG_) };
enum { IKEV1_ATTRSC(IKEV1_ENUM_ATTRC_) };

/** Kinds of numbers that have names. */
enum {
    IKEV1_NAMES_EXCHANGE,
    IKEV1_NAMES_PAYLOAD,
    IKEV1_NAMES_PROTOCOL,
    IKEV1_NAMES_ATTR1,
    IKEV1_NAMES_CIPHER,
    IKEV1_NAMES_HASH,
    IKEV1_NAMES_AUTH,
    IKEV1_NAMES_GROUP,
    IKEV1_NAMES_LIFE,
    IKEV1_NAMES_ATTR2,
    IKEV1_NAMES_ESP,
    IKEV1_NAMES_AH,
    IKEV1_NAMES_IPCOMP,
    IKEV1_NAMES_ENCAP,
    IKEV1_NAMES_INTEG,
    IKEV1_NAMES_ID,
    IKEV1_NAMES_NOTIFY,
    IKEV1_NAMES_CERT,
    IKEV1_NAMES_CFG,
    IKEV1_NAMES_ATTRC,
};

/**
 * The name of a number, static, as the lists above have it.
 * @param kind   IKEV1_NAMES_...
 * @param number the number on the wire
 * @return NULL when the number has no name or the kind does not exist. Since 0.1.
 */
IKEV1_API const char *ikev1_name(int kind, uint32_t number);

#ifdef __cplusplus
}
#endif
#endif
