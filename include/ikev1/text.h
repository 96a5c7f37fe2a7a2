/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file text.h
 * What people write in a configuration, and back to text: suites, identities, selectors,
 * addresses; the profiles `modern`, `rfc4109` and `legacy`; and how strong a pre-shared key is.
 *
 * All functions are pure: they need no engine, keep nothing, allocate nothing, and any thread may
 * call them at any time.
 *
 * A reader returns IKEV1_OK; IKEV1_E_CONFIG when the text is wrong or what it says does not fit
 * what the caller has room for, and then `error`, if not NULL, tells where and why; or
 * IKEV1_E_ARGUMENT when a pointer is NULL that must not be. It writes its result only with
 * IKEV1_OK (where it fills an array, the array may have been written to). Blanks (space and tab)
 * around a text and around the entries of a list mean nothing. Upper and lower case differ except
 * where said.
 *
 * ```c
 * ikev1_suite1 suites[IKEV1_MAX_SUITES];
 * ikev1_text_error error;
 * size_t count;
 * int r = ikev1_suites1_parse("aes128-sha1-modp2049", IKEV1_AUTH_PSK, suites, IKEV1_MAX_SUITES,
 *                             &count, &error);
 * if (r != IKEV1_OK) // at 12, 8 bytes: "unknown algorithm; expected cipher-hash-group, as ..."
 *     printf("at %zu: %s; expected %s\n", error.at, error.what, error.expected);
 * ```
 *
 * A writer is like snprintf: it writes at most `cap` bytes with the final NUL, nothing when `cap`
 * is 0, and returns the length the whole text has. What comes from a peer is escaped: the text is
 * printable ASCII.
 */
#ifndef IKEV1_TEXT_H
#define IKEV1_TEXT_H

#include <ikev1/const.h>
#include <ikev1/error.h>
#include <ikev1/phases.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How many suites one phase can have: ikev1_phase1.suite_count, ikev1_phase2.suite_count. */
#define IKEV1_MAX_SUITES 32

/** Room for every text of ikev1_suite1_format() and its kin but ikev1_id_format(). */
#define IKEV1_TEXT_SIZE 128

/**
 * What is wrong with a text. The offending token is the `len` bytes at offset `at`; `len` is 0
 * where something is missing. `what` and `expected` are static and go into a sentence: "WHAT;
 * expected EXPECTED". All 0 after IKEV1_OK. Since 0.1.
 */
typedef struct ikev1_text_error {
    size_t at;
    size_t len;
    const char *what;
    const char *expected;
} ikev1_text_error;

/* ---- suites ---- */

/**
 * Phase 1 suites as strongSwan's users write them: `aes128-sha256-modp2048, 3des-sha1-modp1024`. A
 * suite is a cipher, a hash and a group, in any order, with dashes between them. The name of a
 * profile stands for all its suites: `modern, aes128-sha1-modp2048`.
 *
 * Ciphers: aes128 (or aes), aes192, aes256, camellia128 (or camellia), camellia192, camellia256,
 * 3des, des, blowfish128 (or blowfish), blowfish192, blowfish256, cast128. Hashes: md5, sha1 (or
 * sha), sha256 (or sha2_256), sha384 (or sha2_384), sha512 (or sha2_512). Groups: modp768,
 * modp1024, modp1536, modp2048, modp3072, modp4096, modp6144, modp8192, modp1024s160,
 * modp2048s224, modp2048s256, ecp192, ecp224, ecp256, ecp384, ecp521, ecp224bp, ecp256bp,
 * ecp384bp, ecp512bp, x25519 (or curve25519).
 *
 * What is read may still be weak or not in the provider: ikev1_check_phase1() tells.
 * @param text  NUL-terminated
 * @param auth  IKEV1_AUTH_...: goes into each suite
 * @param out   receives the suites, in the order written
 * @param cap   how many fit there; IKEV1_MAX_SUITES is all that a phase can use
 * @param count receives how many there are, at least 1
 * @param error NULL, or receives what is wrong
 * @return IKEV1_OK; IKEV1_E_CONFIG; IKEV1_E_ARGUMENT. Since 0.1.
 */
IKEV1_API int ikev1_suites1_parse(const char *text, uint16_t auth, ikev1_suite1 *out, size_t cap,
                                  size_t *count, ikev1_text_error *error);

/**
 * Phase 2 suites: `aes128-sha256, aes256gcm16` for ESP, `ah:sha256` for AH, in one list where
 * either will do; a group behind each (`aes128-sha1-modp2048`) asks for perfect forward secrecy.
 * All must name the same group or none, since there is one key exchange for all of them (RFC
 * 2409 5.5). The name of a profile stands for all its suites.
 *
 * What belongs together is joined by a plus sign: `aes128-sha1+ah:sha1`, `aes128-sha256+deflate`,
 * `aes128+deflate+ah:sha256`: ESP, AH and a compression (deflate, lzs, lzjh), each once, in any
 * order, one of them with a hash; the group behind any of them. `esn` behind a suite of ESP or AH
 * is for 64-bit sequence numbers: `aes128gcm16-esn`.
 *
 * ESP ciphers: those of phase 1, aes128ctr, and null; each with a hash: those of phase 1, aesxcbc,
 * or aescmac. Ciphers that authenticate by themselves and stand without one: aes128gcm8, gcm12,
 * gcm16 (or gcm64, gcm96, gcm128), aes128ccm8, ccm12, ccm16 (or ccm64, ccm96, ccm128),
 * aes128gmac; all of these with 192 and 256 too. AH: the hashes of phase 1, aesxcbc, aes128gmac,
 * aes192gmac, aes256gmac. `esp:` may stand before a suite of ESP.
 * @param text      NUL-terminated
 * @param out       receives the suites, in the order written
 * @param cap       how many fit there, each member of a bundle counted; IKEV1_MAX_SUITES is all
 *                  that a phase can use
 * @param count     receives how many there are, at least 1
 * @param pfs_group receives IKEV1_GROUP_..., or 0 for none
 * @param error     NULL, or receives what is wrong
 * @return IKEV1_OK; IKEV1_E_CONFIG; IKEV1_E_ARGUMENT. Since 0.1.
 */
IKEV1_API int ikev1_suites2_parse(const char *text, ikev1_suite2 *out, size_t cap, size_t *count,
                                  uint16_t *pfs_group, ikev1_text_error *error);

/**
 * One phase 1 suite as ikev1_suites1_parse() reads it; the authentication method is not in it. An
 * algorithm that has no word here is written as its number. Since 0.1.
 */
IKEV1_API size_t ikev1_suite1_format(const ikev1_suite1 *suite, char *out, size_t cap);

/**
 * One phase 2 suite as ikev1_suites2_parse() reads it, and with it what it is bundled with: those
 * that follow it under IKEV1_SUITE2_AND. An algorithm that has no word here is written as its
 * number.
 * @param pfs_group IKEV1_GROUP_..., or 0 for none. Since 0.1.
 */
IKEV1_API size_t ikev1_suite2_format(const ikev1_suite2 *suite, uint16_t pfs_group, char *out,
                                     size_t cap);

/* ---- profiles ---- */

/** The profiles. Numbers are stable. */
enum {
    /**
     * What RFC 8247 recommends, as far as IKEv1 has it: AES with 256 and 128 bits, SHA-256 and
     * longer, Curve25519, the NIST curves and MODP groups from 2048 bits on. ESP with AES-GCM,
     * else AES-CBC and SHA-2. Phase 2 always with PFS in ECP-256. Allows nothing that is weak.
     */
    IKEV1_PROFILE_MODERN,
    /**
     * What RFC 4109 says every IKEv1 must have (3DES, SHA-1, MODP-1024) and should have (AES-128,
     * MODP-2048), the stronger first. ESP as RFC 4305, of the same year: AES-128 and 3DES with
     * HMAC-SHA1; no PFS. Needs 3DES and MODP-1024 allowed.
     */
    IKEV1_PROFILE_RFC4109,
    /**
     * For a peer that cannot be replaced: from AES-256 with SHA-256 down to DES, MD5 and MODP-768,
     * the stronger first; no PFS. Whoever records such traffic can read the weaker ones, so give
     * it to the one peer that needs it. Needs DES, 3DES, MD5 and MODP-768, 1024, 1536 allowed.
     */
    IKEV1_PROFILE_LEGACY,
};

/**
 * A choice of suites under one word, as text: ikev1_suites1_parse() and ikev1_suites2_parse() read
 * its name as well. The suites name more than one group, so a profile is not for starting
 * Aggressive Mode. Since 0.1.
 */
typedef struct ikev1_profile {
    const char *name; /**< "modern", "rfc4109", "legacy" */
    const char *ike;  /**< for ikev1_suites1_parse() */
    const char *esp;  /**< for ikev1_suites2_parse() */
    uint32_t allow;   /**< the IKEV1_ALLOW_... bits it needs in ikev1_config.allow, no more */
} ikev1_profile;

/** A profile by its number. @return static; NULL when there is none. Since 0.1. */
IKEV1_API const ikev1_profile *ikev1_profile_get(int number);

/** A profile by its name. @return static; NULL when there is none, or `name` is. Since 0.1. */
IKEV1_API const ikev1_profile *ikev1_profile_find(const char *name);

/**
 * Weak algorithms by name, for ikev1_config.allow: `3des, modp1024`. Names: des, 3des, md5,
 * modp768, modp1024, modp1536, subgroups, small-curves, old-ciphers, null, xauth-psk; the name of a
 * profile stands for all it needs.
 * @param out   receives IKEV1_ALLOW_... bits
 * @param error NULL, or receives what is wrong
 * @return IKEV1_OK; IKEV1_E_CONFIG; IKEV1_E_ARGUMENT. Since 0.1.
 */
IKEV1_API int ikev1_allow_parse(const char *text, uint32_t *out, ikev1_text_error *error);

/**
 * Habits of a peer, for ikev1_phase1.quirks_on and quirks_off: `clear-main-5, -numbering`. Names as
 * quirk.h has them, or `all`; with a minus those that are not to be tolerated.
 * @param on, off receive IKEV1_QUIRK_... bits, those without and those with a minus
 * @return IKEV1_OK; IKEV1_E_CONFIG; IKEV1_E_ARGUMENT. Since 0.1.
 */
IKEV1_API int ikev1_quirks_parse(const char *text, uint32_t *on, uint32_t *off,
                                 ikev1_text_error *error);

/**
 * Variants of NAT traversal, for ikev1_phase1.natt_variants: `rfc3947, draft-03`. Names: rfc3947,
 * draft-00 to draft-08, usual, all.
 * @param out receives IKEV1_NATT_... bits
 * @return IKEV1_OK; IKEV1_E_CONFIG; IKEV1_E_ARGUMENT. Since 0.1.
 */
IKEV1_API int ikev1_natt_parse(const char *text, uint16_t *out, ikev1_text_error *error);

/* ---- addresses and selectors ---- */

/**
 * `192.0.2.1`, `2001:db8::1`, and with a port `192.0.2.1:500`, `[2001:db8::1]:500`. Decimal
 * numbers have no leading zeros (some programs read those as octal). Without a port `port` is 0.
 * @return IKEV1_OK; IKEV1_E_CONFIG; IKEV1_E_ARGUMENT. Since 0.1.
 */
IKEV1_API int ikev1_address_parse(const char *text, ikev1_address *out, ikev1_text_error *error);

/** As ikev1_address_parse() reads it; the port only when it is not 0; "none" for family 0. Since
 * 0.1. */
IKEV1_API size_t ikev1_address_format(const ikev1_address *address, char *out, size_t cap);

/**
 * `10.1.0.0/24`, `10.1.0.7`, `10.1.0.7-10.1.0.9`, `0.0.0.0/0`, the same in IPv6; with a protocol
 * and a port behind it where only that is meant: `10.1.0.7[17/1701]`, `10.1.0.7[6]`. A network has
 * no bits behind its prefix, a range does not run backwards.
 * @return IKEV1_OK; IKEV1_E_CONFIG; IKEV1_E_ARGUMENT. Since 0.1.
 */
IKEV1_API int ikev1_selector_parse(const char *text, ikev1_selector *out, ikev1_text_error *error);

/** As ikev1_selector_parse() reads it; "none" for family 0. Since 0.1. */
IKEV1_API size_t ikev1_selector_format(const ikev1_selector *selector, char *out, size_t cap);

/* ---- identities ---- */

/**
 * An identity, in the forms strongSwan's users know. The type comes from the form:
 *
 *     192.0.2.1   2001:db8::1              IPV4_ADDR, IPV6_ADDR
 *     192.0.2.0/24   192.0.2.1-192.0.2.9   their SUBNET and RANGE types
 *     gw.example.org   @gw.example.org     FQDN
 *     user@example.org                     USER_FQDN
 *     @#6b6579                             KEY_ID, in hexadecimal
 *     C=DE, O=Example, CN=gw               DER_ASN1_DN; /C=DE/O=Example/CN=gw is the same
 *
 * A prefix names the type instead: `fqdn:` (or `dns:`), `userfqdn:` (or `email:`, `rfc822:`),
 * `keyid:`, `asn1dn:`, `asn1gn:`, `ipv4:`, `ipv6:`, `ipv4net:`, `ipv6net:`, `ipv4range:`,
 * `ipv6range:`. Behind each, `#` and hexadecimal digits give the content byte by byte.
 *
 * A distinguished name becomes DER: one attribute in each part; names C, ST, L, O, OU, CN, E (or
 * emailAddress, Email), DC, SN (surname), serialNumber, street, T, GN, UID, in upper or lower case,
 * or an OID in digits and dots. Values are in UTF-8 and become a UTF8String; C and serialNumber a
 * PrintableString, E and DC an IA5String (RFC 5280 App. A). `\,` `\+` `\\` `\"` stand for the
 * character itself, `\xc3` for a byte; a + or " without one is refused. A peer whose certificate
 * has other string types has another identity: then give its subject with `asn1dn:#`.
 * @param text NUL-terminated
 * @param buf  receives the content; must live as long as *out
 * @param cap  its size; what does not fit is refused
 * @param out  points into `buf`; protocol and port are 0
 * @return IKEV1_OK; IKEV1_E_CONFIG; IKEV1_E_ARGUMENT. RFC 2407 4.6.2. Since 0.1.
 */
IKEV1_API int ikev1_id_parse(const char *text, uint8_t *buf, size_t cap, ikev1_id *out,
                             ikev1_text_error *error);

/**
 * As ikev1_id_parse() reads it, to the same type and bytes. Where the plain form would be read
 * differently the type's prefix stands before it (`fqdn:192.0.2.1`), and where that does not help,
 * for bytes that are not printable, the prefix, `#` and hexadecimal digits. A distinguished name is
 * written for people: its string types are not shown. "none" for type 0. Protocol and port are not
 * written. Since 0.1.
 */
IKEV1_API size_t ikev1_id_format(const ikev1_id *id, char *out, size_t cap);

/* ---- pre-shared keys ---- */

/**
 * Estimates how many bits of guessing a pre-shared key costs. It is an estimate from above: it
 * knows which kinds of characters occur (lower case, upper case, digits, other printable, other
 * bytes), and counts as next to nothing what repeats (`aaaa`, `abcabc`), counts up or down
 * (`1234`, `fedc`) or runs along a keyboard (`qwerty`); letters inside a word count 2 bits each. It
 * has no dictionary, so a well-known password gets more than it deserves; a random key gets
 * nearly what it is worth: 16 random bytes, or 32 random hexadecimal digits, about 128.
 *
 * A captured Aggressive Mode, or one negotiation with an active attacker in Main Mode, is enough
 * to try keys at home, billions a second (RFC 2409 5.4): below 80 bits a key is weak, and 128 is
 * what one takes today.
 * @param psk the key; only its first 256 bytes are looked at
 * @return bits, 0 for an empty key. The time it takes depends on the key: meant for the moment
 *         when a configuration is loaded. Since 0.1.
 */
IKEV1_API unsigned ikev1_psk_strength(ikev1_bytes psk);

#ifdef __cplusplus
}
#endif
#endif
