/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets as users write them, for the decoder. */
#ifndef DUMP_KEYS_H
#define DUMP_KEYS_H

#include <ikev1/decode.h>

/* COOKIE,VALUE in hexadecimal, each perhaps in quotes: as tshark's ikev1_decryption_table has it.
 * IKEV1_E_ARGUMENT for something else. */
int dump_add_pair(ikev1_decoder *decoder, int kind, const char *text);
/* A pre-shared key: text, or 0x and hexadecimal digits. */
int dump_add_psk(ikev1_decoder *decoder, const char *text);
/* A file of such pairs, one on a line; `#` begins a comment. false: it has said why. */
bool dump_add_file(ikev1_decoder *decoder, const char *path);

#endif
