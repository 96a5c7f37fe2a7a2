/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file openssl.h
 * The default crypto provider, in a library of its own (pkg-config libikev1-openssl): OpenSSL's
 * libcrypto for ciphers, hashes and most groups, libsodium for random, X25519, constant-time
 * comparison, wiping and the keyed table hash. Not included by ikev1.h.
 */
#ifndef IKEV1_OPENSSL_H
#define IKEV1_OPENSSL_H

#include <ikev1/crypto.h>
#include <ikev1/policy.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The provider. Each engine that uses it gets an OSSL_LIB_CTX of its own: no setting of the host's
 * OpenSSL changes it, and it leaves the host's error queue as it found it.
 *
 * It has MD5, SHA1, SHA2-256/384/512; AES, Camellia, 3DES, DES, Blowfish and CAST in CBC mode; the
 * prf AES-XCBC-PRF-128; groups 1, 2, 5, 14 to 31. Blowfish and CAST need OpenSSL's legacy module,
 * which is loaded when one of them is first used; where it is missing, calls to them return
 * IKEV1_E_UNSUPPORTED. An instance keeps what it has made for an algorithm until it is closed, and
 * a cipher's last key with it.
 *
 * @return static and constant; valid for the life of the process. Since 0.1.
 */
IKEV1_API const ikev1_crypto *ikev1_openssl(void);

/* ---- certificates and keys, for hosts that keep them in memory ---- */

/** A private key with which to answer ikev1_policy.sign. Opaque. Since 0.1. */
typedef struct ikev1_key ikev1_key;

/**
 * Reads a private key: RSA, DSA, or EC on P-256, P-384, P-521.
 * @param out  receives it; free it with ikev1_key_free()
 * @param data PEM without a passphrase, or DER (PKCS #8 or traditional); copied
 * @return IKEV1_OK; IKEV1_E_CONFIG it is no such key; IKEV1_E_MEMORY. Since 0.1.
 */
IKEV1_API int ikev1_key_new(ikev1_key **out, ikev1_bytes data);
/** Frees a key and wipes it. NULL is allowed. Since 0.1. */
IKEV1_API void ikev1_key_free(ikev1_key *key);

/** Largest signature that ikev1_key_sign() makes (RSA-8192). */
#define IKEV1_MAX_SIGNATURE 1024

/**
 * Makes the signature that ikev1_policy.sign is asked for.
 * @param out receives it: room for IKEV1_MAX_SIGNATURE bytes
 * @param len receives its length
 * @return IKEV1_OK; IKEV1_E_UNSUPPORTED the key is not of the method what->auth; another code of
 *         class CRYPTO or LIMIT. Since 0.1.
 */
IKEV1_API int ikev1_key_sign(const ikev1_key *key, const ikev1_signature *what, uint8_t *out,
                             size_t *len);

/** What a host trusts: anchors and CRLs, and when. Opaque. Not for two threads at once. Since 0.1.
 */
typedef struct ikev1_trust ikev1_trust;

/** @return IKEV1_OK or IKEV1_E_MEMORY. Since 0.1. */
IKEV1_API int ikev1_trust_new(ikev1_trust **out);
/** NULL is allowed. Since 0.1. */
IKEV1_API void ikev1_trust_free(ikev1_trust *trust);
/** Adds a CA certificate as an anchor, PEM or DER. @return IKEV1_OK; IKEV1_E_CONFIG it is none;
 *  IKEV1_E_MEMORY. Since 0.1. */
IKEV1_API int ikev1_trust_anchor(ikev1_trust *trust, ikev1_bytes data);
/** Adds a CRL, PEM or DER. Once there is one of an issuer, its certificates are checked against it.
 *  @return as ikev1_trust_anchor(). Since 0.1. */
IKEV1_API int ikev1_trust_crl(ikev1_trust *trust, ikev1_bytes data);
/** Sets the time of day for validity dates, in seconds since 1970: the library has no clock.
 * Without it every certificate is refused. Since 0.1. */
IKEV1_API void ikev1_trust_time(ikev1_trust *trust, int64_t seconds);
/** The DER subject names of the anchors, for ikev1_certs.authorities; valid until the next call on
 *  `trust`. @return how many; `names` gets at most `cap`. Since 0.1. */
IKEV1_API size_t ikev1_trust_authorities(ikev1_trust *trust, ikev1_bytes *names, size_t cap);

/**
 * Answers ikev1_policy.verify: a chain from the certificate in what->certs that has what->id to an
 * anchor (path constraints, dates, CRLs; at most 8 certificates, RSA from 2048 to 8192 bits,
 * P-256, P-384, P-521, DSA), that identity in its subject or subjectAltName, by type and exact
 * bytes (RFC 4945 3.1: IP address, DNS name, e-mail address, distinguished name; no fallback to
 * CN), and the signature under its key, exact to the last bit.
 *
 * CRLs among what->certs, alone or in a PKCS #7 bundle (RFC 4945 3.3.3; the first four, within 64
 * KB of all), can only refuse, for this call, what the host's own accept: each counts when the CA
 * of that name in the path has signed it and may, it is in its dates, whole (no critical
 * extension: no delta, no scope), and newer than every CRL of the host of that name. What does not
 * count is ignored.
 * @param why NULL, or receives the cause
 * @return IKEV1_OK; IKEV1_E_CERT no acceptable chain, or the identity is not in it; IKEV1_E_AUTH
 *         the signature is wrong; IKEV1_E_MEMORY. Since 0.1.
 */
IKEV1_API int ikev1_trust_verify(ikev1_trust *trust, const ikev1_signature *what, ikev1_why *why);

#ifdef __cplusplus
}
#endif
#endif
