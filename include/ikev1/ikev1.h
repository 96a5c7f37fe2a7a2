/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ikev1.h
 * libikev1: ISAKMP/IKEv1 (RFC 2407, 2408, 2409) without sockets, threads or a clock. Include this
 * one; then ikev1/openssl.h for the default crypto provider.
 */
#ifndef IKEV1_H
#define IKEV1_H

#include <ikev1/version.h>
#include <ikev1/types.h>
#include <ikev1/error.h>
#include <ikev1/const.h>
#include <ikev1/access.h>
#include <ikev1/crypto.h>
#include <ikev1/quirk.h>
#include <ikev1/phases.h>
#include <ikev1/policy.h>
#include <ikev1/text.h>
#include <ikev1/log.h>
#include <ikev1/config.h>
#include <ikev1/event.h>
#include <ikev1/engine.h>
#include <ikev1/export.h>
#include <ikev1/rules.h>
#include <ikev1/forecast.h>
#include <ikev1/decode.h>

#endif
