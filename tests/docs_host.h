/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a host has around the fragments of code in the documentation: its engine, its socket, its
 * clock, its own functions. tests/check_docs.py includes it before each fragment.
 */
#ifndef TEST_DOCS_HOST_H
#define TEST_DOCS_HOST_H

#include <ikev1/ikev1.h>
#include <ikev1/openssl.h>

#include <stdio.h>
#include <string.h>

extern ikev1_engine *ike;
extern ikev1_rules *rules;
extern ikev1_handle sa;
extern ikev1_event event;
extern ikev1_packet packet;
extern ikev1_path path;
extern uint8_t buf[65536];
extern size_t len;
extern uint32_t rule;
extern int fd;

ikev1_time now(void);
void wait_readable(int socket, ikev1_time deadline);
bool receive(int socket, ikev1_path *from, uint8_t *data, size_t *size);
void transmit(int socket, const ikev1_packet *datagram);
void install(const ikev1_event *news);
void print_line(void *user, const ikev1_log_event *line);

#endif
