/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file quirk.h
 * Habits of other implementations that the standards do not allow, each with a name and a switch.
 *
 * The library is strict in what it sends. What it receives it judges by these: a habit that is
 * tolerated is logged as IKEV1_LOG_QUIRK with its name each time it shows; a message with one that
 * is not is refused, with IKEV1_E_HABIT where no other code says it better. Which are tolerated is
 * a matter of each rule, that is, of each peer: ikev1_phase1.quirks_on and quirks_off. By default
 * the harmless ones are on; those that give something away are off.
 */
#ifndef IKEV1_QUIRK_H
#define IKEV1_QUIRK_H

#include <ikev1/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Every habit: X(NAME, bit, default, "name"). What the peer does, and what becomes of it:
 *
 * - AES_KEY_LENGTH: offers or chooses AES without a key length: it is taken as 128 bits.
 * - ATTRIBUTE_ORDER: puts the attributes of the transform it chose in another order than we
 *   offered them (RFC 2408 4.2).
 * - ATTRIBUTE_FORM: writes an attribute that is to be basic in the long form (RFC 2409 App. A).
 * - NUMBERING: numbers its first proposal or transform otherwise than 1 (RFC 2408 4.2 has them
 *   begin there by example).
 * - ISAKMP_SPI: puts an SPI of 1 to 16 bytes into the ISAKMP proposal, where it means nothing
 *   (RFC 2408 3.5).
 * - ID_PORT: says port 4500 in its phase 1 identity, or UDP without a port, instead of 500 or 0
 *   (RFC 2407 4.6.2).
 * - CLEAR_MAIN_5: sends message 5 of Main Mode unencrypted (some SonicWALL). Off by default:
 *   whoever listens reads its identity, and with a pre-shared key can try keys against its hash,
 *   as in Aggressive Mode.
 * - QUICK_4: sends a fourth message of Quick Mode with a notification (Windows, when it says
 *   INITIAL-CONTACT): it is read as an Informational message would be.
 * - XAUTH_CONTACT: says INITIAL-CONTACT inside XAUTH.
 * - LIFETIME_WITHOUT: sends RESPONDER-LIFETIME without a duration (FortiGate): it changes
 *   nothing.
 * - DPD_COOKIES: names other cookies in its dead peer detection, or an SPI of another size (RFC
 *   3706 5.3): the SA is the one whose keys it used.
 * - DELETE_OUR_SPI: names our inbound SPI in a delete, not its own (RFC 2408 3.15).
 * - NAT_OA_UNNEEDED: sends NAT-OA where nothing needs it (RFC 3947 5.2): it is ignored.
 * - PLAIN_BEHIND_NAT: proposes no UDP encapsulation though a NAT was found (RFC 3947 5.1). Off
 *   by default: only a NAT that knows ESP lets such a tunnel live.
 * - FRAGMENT_UNANNOUNCED: sends fragments though one side has not announced them.
 * - FRAGMENT_WORD: announces fragments without the word that says in which exchanges (Windows).
 * - CONFIG_PADDING: pads the attributes of Mode Config with up to 3 zeros inside the payload
 *   (libreswan).
 * - XAUTH_NUL: ends its XAUTH password with a NUL.
 * - DH_DOWNGRADE: wants a weaker group in a Quick Mode that replaces another one (Windows,
 *   "ms-dh-downgrade"). Off by default: it is weaker.
 * - PAYLOAD_130: sends payloads 130 and 131 though no draft of NAT traversal was agreed on that
 *   has them: ancient Cisco software used them for something else. They are ignored. Off by
 *   default.
 * - GSSAPI_65001: offers authentication method 65001 and means GSSAPI by it, not XAUTH, as its
 *   vendor IDs tell (Windows): such a transform is passed over.
 * - CIPHER_PADDING: pads encrypted messages with other bytes than zeros, or by a whole block
 *   where none is needed (RFC 2409 5).
 * - CLEAR_PADDING: puts up to three zeros behind a message in the clear, for a length that is a
 *   multiple of four (libreswan).
 * - CONFIG_IN_XAUTH: pushes Mode Config in the exchange that told the result of XAUTH: with its
 *   message ID, and its IV goes on (libreswan).
 * - IPCOMP_WITHOUT: chooses a bundle with IPCOMP, and says the same once more without IPCOMP under
 *   another number (strongSwan; RFC 2408 4.2 has a choice under one number only): the bundle
 *   is what it has chosen.
 * - IP6_PREFIX: says its prefix length behind an IPv6 address in Mode Config, 17 bytes for 16
 *   (strongSwan): it makes the netmask, where none comes by itself.
 */
#define IKEV1_QUIRKS(X)                                                                            \
    X(AES_KEY_LENGTH, 0, 1, "aes-key-length")                                                      \
    X(ATTRIBUTE_ORDER, 1, 1, "attribute-order")                                                    \
    X(ATTRIBUTE_FORM, 2, 1, "attribute-form")                                                      \
    X(NUMBERING, 3, 1, "numbering")                                                                \
    X(ISAKMP_SPI, 4, 1, "isakmp-spi")                                                              \
    X(ID_PORT, 5, 1, "id-port")                                                                    \
    X(CLEAR_MAIN_5, 6, 0, "clear-main-5")                                                          \
    X(QUICK_4, 7, 1, "quick-4")                                                                    \
    X(XAUTH_CONTACT, 8, 1, "xauth-contact")                                                        \
    X(LIFETIME_WITHOUT, 9, 1, "lifetime-without")                                                  \
    X(DPD_COOKIES, 10, 1, "dpd-cookies")                                                           \
    X(DELETE_OUR_SPI, 11, 1, "delete-our-spi")                                                     \
    X(NAT_OA_UNNEEDED, 12, 1, "nat-oa-unneeded")                                                   \
    X(PLAIN_BEHIND_NAT, 13, 0, "plain-behind-nat")                                                 \
    X(FRAGMENT_UNANNOUNCED, 14, 1, "fragment-unannounced")                                         \
    X(FRAGMENT_WORD, 15, 1, "fragment-word")                                                       \
    X(CONFIG_PADDING, 16, 1, "config-padding")                                                     \
    X(XAUTH_NUL, 17, 1, "xauth-nul")                                                               \
    X(DH_DOWNGRADE, 18, 0, "dh-downgrade")                                                         \
    X(PAYLOAD_130, 19, 0, "payload-130")                                                           \
    X(GSSAPI_65001, 20, 1, "gssapi-65001")                                                         \
    X(CIPHER_PADDING, 21, 1, "cipher-padding")                                                     \
    X(CLEAR_PADDING, 22, 1, "clear-padding")                                                       \
    X(CONFIG_IN_XAUTH, 23, 1, "config-in-xauth")                                                   \
    X(IPCOMP_WITHOUT, 24, 1, "ipcomp-without")                                                     \
    X(IP6_PREFIX, 25, 1, "ip6-prefix")

/** One bit for each habit. Since 0.1. */
enum {
#define IKEV1_QUIRK_ENUM_(name, bit, on, text) IKEV1_QUIRK_##name = 1 << (bit),
    IKEV1_QUIRKS(IKEV1_QUIRK_ENUM_)
#undef IKEV1_QUIRK_ENUM_
};

/** All that there are, and those that are tolerated when a rule says nothing. Since 0.1. */
enum {
#define IKEV1_QUIRK_ALL_(name, bit, on, text)     | 1 << (bit)
#define IKEV1_QUIRK_DEFAULT_(name, bit, on, text) | (on) << (bit)
    IKEV1_QUIRKS_ALL = 0 IKEV1_QUIRKS(IKEV1_QUIRK_ALL_),
    IKEV1_QUIRKS_DEFAULT = 0 IKEV1_QUIRKS(IKEV1_QUIRK_DEFAULT_),
#undef IKEV1_QUIRK_ALL_
#undef IKEV1_QUIRK_DEFAULT_
};

/** The name of one habit, as "aes-key-length", static; NULL when `quirk` is not one of the bits.
 *  Since 0.1. */
IKEV1_API const char *ikev1_quirk_name(uint32_t quirk);

#ifdef __cplusplus
}
#endif
#endif
