/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* u_int and its kin, in the headers of libpcap */
#include "dump_pcap.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

enum {
    TYPE_IPV4 = 0x0800,
    TYPE_IPV6 = 0x86dd,
    TYPE_VLAN = 0x8100,
    TYPE_QINQ = 0x88a8,
    UDP = 17,
    UDP_HEADER = 8,
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
};

/* What is left of a frame. */
struct frame {
    const uint8_t *p;
    size_t len;
};

static unsigned u16(const uint8_t *p) {
    return (unsigned)p[0] << 8 | p[1];
}

static bool drop(struct frame *f, size_t len) {
    if (len > f->len)
        return false;
    f->p += len;
    f->len -= len;
    return true;
}

/* Where each kind of link says what it carries, and where that begins. 0xff: it says nothing, the
 * IP version does. */
static const struct {
    int link;
    uint8_t type_at, header;
} LINKS[] = {
    {DLT_EN10MB, 12, 14}, {DLT_LINUX_SLL, 14, 16}, {DLT_LINUX_SLL2, 0, 20},
    {DLT_RAW, 0xff, 0},   {DLT_IPV4, 0xff, 0},     {DLT_IPV6, 0xff, 0},
    {DLT_NULL, 0xff, 4},  {DLT_LOOP, 0xff, 4},     {DLT_PPP, 0xff, 4},
};

/* Takes off the link's header, VLAN tags included. */
static bool to_ip(struct frame *f, int link) {
    size_t i = 0;
    while (i < sizeof LINKS / sizeof *LINKS && LINKS[i].link != link)
        i++;
    if (i == sizeof LINKS / sizeof *LINKS || f->len < LINKS[i].header)
        return false;
    unsigned type = LINKS[i].type_at != 0xff ? u16(f->p + LINKS[i].type_at) : 0;
    drop(f, LINKS[i].header);
    while ((type == TYPE_VLAN || type == TYPE_QINQ) && f->len >= 4) {
        type = u16(f->p + 2);
        drop(f, 4);
    }
    return type == 0 || type == TYPE_IPV4 || type == TYPE_IPV6;
}

static void cut(struct frame *f, size_t len) {
    f->len = len < f->len ? len : f->len;
}

static bool to_udp4(struct frame *f, struct dump_recording *r, struct dump_datagram *d) {
    const uint8_t *ip = f->p;
    const size_t header = (size_t)(ip[0] & 15) * 4;
    if (f->len < IPV4_HEADER || header < IPV4_HEADER || ip[9] != UDP)
        return false;
    if ((u16(ip + 6) & 0x3fff) != 0) { /* more follow, or not the first */
        r->fragments++;
        return false;
    }
    d->source.family = d->destination.family = 4;
    memcpy(d->source.ip, ip + 12, 4);
    memcpy(d->destination.ip, ip + 16, 4);
    if (u16(ip + 2) >= header) /* else the network card has cut it, or it is broken */
        cut(f, u16(ip + 2));
    return drop(f, header);
}

/* Extension headers: IKE has none, fragments apart. */
static bool to_udp6(struct frame *f, struct dump_recording *r, struct dump_datagram *d) {
    enum { FRAGMENT = 44 };
    const uint8_t *ip = f->p;
    if (f->len < IPV6_HEADER || ip[6] != UDP) {
        r->fragments += f->len >= IPV6_HEADER && ip[6] == FRAGMENT;
        return false;
    }
    d->source.family = d->destination.family = 6;
    memcpy(d->source.ip, ip + 8, 16);
    memcpy(d->destination.ip, ip + 24, 16);
    drop(f, IPV6_HEADER);
    cut(f, u16(ip + 4));
    return true;
}

static bool to_payload(struct frame *f, struct dump_recording *r, struct dump_datagram *d) {
    if (!to_ip(f, r->link) || f->len == 0)
        return false;
    const unsigned version = f->p[0] >> 4;
    if (version == 4 ? !to_udp4(f, r, d) : version == 6 ? !to_udp6(f, r, d) : true)
        return false;
    if (f->len < UDP_HEADER)
        return false;
    d->source.port = (uint16_t)u16(f->p);
    d->destination.port = (uint16_t)u16(f->p + 2);
    if (u16(f->p + 4) >= UDP_HEADER)
        cut(f, u16(f->p + 4));
    drop(f, UDP_HEADER);
    d->data = f->p;
    d->len = f->len;
    return true;
}

bool dump_recording_open(struct dump_recording *r, const char *path, char error[256]) {
    *r = (struct dump_recording){.pcap = pcap_open_offline(path, error)};
    if (r->pcap != NULL)
        r->link = pcap_datalink(r->pcap);
    return r->pcap != NULL;
}

int dump_recording_next(struct dump_recording *r, struct dump_datagram *d, char error[256]) {
    struct pcap_pkthdr *header;
    const uint8_t *data;
    int got;
    while ((got = pcap_next_ex(r->pcap, &header, &data)) == 1) {
        struct frame f = {data, header->caplen};
        *d = (struct dump_datagram){.number = ++r->number};
        d->microseconds = (uint64_t)header->ts.tv_sec * 1000000u + (uint64_t)header->ts.tv_usec;
        if (to_payload(&f, r, d))
            return 1;
    }
    if (got != PCAP_ERROR_BREAK)
        snprintf(error, 256, "%s", pcap_geterr(r->pcap));
    return got == PCAP_ERROR_BREAK ? 0 : -1;
}

void dump_recording_close(struct dump_recording *r) {
    if (r->pcap != NULL)
        pcap_close(r->pcap);
}
