/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vendor IDs and habits of peers. Neither is authenticated while it matters: they can only turn on
 * what the host's rule allows anyway (PAY-13).
 */
#ifndef IKE_VENDOR_H
#define IKE_VENDOR_H

#include <ikev1/quirk.h>
#include "exchange/script.h"

/* What a vendor ID says that its sender can do. The variants of NAT traversal come first, the
 * better the higher, in the order of the bits IKEV1_NATT_.... */
enum ike_can {
    IKE_CAN_NATT_00,
    IKE_CAN_NATT_01,
    IKE_CAN_NATT_02,  /* the draft's name */
    IKE_CAN_NATT_02N, /* with a line end after it, as most have it */
    IKE_CAN_NATT_03,
    IKE_CAN_NATT_04,
    IKE_CAN_NATT_05,
    IKE_CAN_NATT_06,
    IKE_CAN_NATT_07,
    IKE_CAN_NATT_08,
    IKE_CAN_NATT_RFC,
    IKE_CAN_DPD,
    IKE_CAN_FRAGMENTS,      /* in Main and Aggressive Mode */
    IKE_CAN_FRAGMENTS_BARE, /* without the word that says where: becomes the former, or nothing */
    IKE_CAN_XAUTH,
    IKE_CAN_UNITY,
    IKE_CAN_CONTACT, /* INITIAL-CONTACT, of Windows */
    IKE_CAN_WINDOWS, /* it is one: with GSSAPI, 65001 is another method than XAUTH */
    IKE_CAN_GSSAPI,
    IKE_CAN_SELF, /* it is a libikev1 */
    IKE_CAN_COUNT,
    IKE_CAN_ASK_CERT = IKE_CAN_COUNT, /* by no vendor ID: it has sent a certificate request */
    IKE_CAN_NOTHING = 0xfe,           /* nothing that anybody here depends on */
    IKE_CAN_PRODUCT = 0xff,           /* it only names its maker */
};
#define IKE_CAN_BIT(can) (1u << (can))
#define IKE_CAN_NATT     (IKE_CAN_BIT(IKE_CAN_NATT_RFC + 1) - 1)

/* ---- vendor.c ---- */

/* Has the peer said so, in any message of phase 1? */
bool ike_peer_can(const struct ike_sa *sa, enum ike_can what);
/* What this rule lets us announce, IKE_CAN_BIT()s: whoever adds something to a rule that a vendor
 * ID goes with, adds it here. */
uint32_t ike_announced(const struct ike_context *ctx, const ikev1_phase1 *p);
/* Writes them: as initiator all, as responder those that the peer has announced too, and of NAT
 * traversal the one variant that was chosen. */
void ike_vendors_put(const struct ike_xchg *x, struct ike_message_writer *m);
/* All that a message announces, IKE_CAN_BIT()s. */
uint32_t ike_vendors_read(const struct ike_chain *chain);
/* Whom a message of phase 1 comes from, as far as it tells. */
void ike_vendors_log(const struct ike_xchg *x, const struct ike_received *in);

/* Does this peer's rule tolerate the habit, IKEV1_QUIRK_...? Logs it when it does; when not,
 * whoever asks refuses. */
bool ike_quirk(const struct ike_sa *sa, uint32_t quirk);
uint32_t ike_quirks_of(const ikev1_phase1 *p); /* all that a rule tolerates */

/* ---- habits.c ---- */

/* Of how a message is padded: IKEV1_QUIRK_... bits. */
uint32_t ike_habits_padding(const struct ike_sa *sa, const struct ike_received *in);
/* Logs each that is tolerated; refuses for one that is not: IKEV1_E_HABIT. */
int ike_habits_judge(const struct ike_sa *sa, uint32_t tolerated, uint32_t habits, ikev1_why *why);
/* All of a message that `got` has passed. */
int ike_habits_check(const struct ike_xchg *x, const struct ike_received *in,
                     const struct ike_staged *st, ikev1_why *why);

/* ---- vendor_table.c ---- */

struct ike_vendor {
    const char *family, *name; /* static: one after the other */
    uint8_t kind, can;
    ikev1_bytes tail; /* what follows the bytes that identify it */
};
bool ike_vendor_find(ikev1_bytes vid, struct ike_vendor *found);
uint8_t ike_vendor_can(ikev1_bytes vid); /* of capabilities only, and quicker */
ikev1_bytes ike_vendor_bytes(uint8_t can);
/* Name and, where the tail tells it, version. */
void ike_vendor_text(struct ike_text *t, const struct ike_vendor *v);

#endif
