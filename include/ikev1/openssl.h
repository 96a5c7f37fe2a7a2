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

#ifdef __cplusplus
}
#endif
#endif
