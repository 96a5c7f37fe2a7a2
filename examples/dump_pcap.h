/* SPDX-License-Identifier: Apache-2.0 */
/* UDP datagrams out of a recording, pcap or pcapng, by libpcap. */
#ifndef DUMP_PCAP_H
#define DUMP_PCAP_H

#include <ikev1/types.h>

struct dump_recording {
    void *pcap;
    int link;           /* DLT_... */
    uint64_t number;    /* of the frame read last, from 1 */
    uint64_t fragments; /* of IP, left out */
};

struct dump_datagram {
    uint64_t number;       /* of its frame, from 1 */
    uint64_t microseconds; /* since 1970 */
    ikev1_address source, destination;
    const uint8_t *data; /* until the next call */
    size_t len;          /* as far as it was recorded */
};

/* `path` "-" is standard input. false: `error` says why. */
bool dump_recording_open(struct dump_recording *r, const char *path, char error[256]);
/* 1 = filled, 0 = end, -1 = the file is broken: `error` says how. */
int dump_recording_next(struct dump_recording *r, struct dump_datagram *d, char error[256]);
void dump_recording_close(struct dump_recording *r);

#endif
