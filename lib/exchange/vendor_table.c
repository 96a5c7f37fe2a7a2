/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vendor IDs seen in the field, as data: what each one's bytes are, how much of it has to match and
 * what its tail tells, what it says the peer can do, and what people call it. Bytes and names stand
 * one after the other, since a pointer to each would cost a shared library more than they hold.
 */
#include <string.h>

#include "exchange/vendor.h"

enum kind {
    EXACT,   /* this and nothing else */
    HEX,     /* a tail of any length, shown in hex */
    TEXT,    /* a tail of any length, which is the version as text */
    DIGEST,  /* the tail makes it 12 bytes long and is a digest of the version, in letters */
    MINOR,   /* two more bytes: a version */
    WORD,    /* none or four more bytes: bits of capabilities */
    WINDOWS, /* none or four more bytes: a number for each release */
    SAFENET, /* eight more bytes, a length, the version as text, and whatever */
};

/* Names that begin alike; the rows have what follows. */
enum family {
    ALONE,
    DRAFT,
    DEAD_PEER,
    FRAGMENTATION,
    NETSCREEN,
    SONICWALL,
    EXPRESS,
    QUICKSEC,
    SENTINEL
};
static const char FAMILIES[] =
    "\0draft-ietf-ipsec-nat-t-ike-\0Dead Peer Detection\0IKE fragmentation\0"
    "NetScreen \0SonicWall \0SSH IPSEC Express \0SSH QuickSec \0"
    "SSH Sentinel";

/* Capabilities lead: for what a peer can do, nobody has to look further. Among rows that would
 * match the same ID the first counts. */
#define VENDORS(V, F)                                                                              \
    V(EXACT, SELF, "\xf0\xf5\xdb\x07\xf1\x08\xd2\x83\xc0\xa1\x5c\xe8\xe2\xda\xba\x13", "libikev1") \
    V(EXACT, NATT_RFC, "\x4a\x13\x1c\x81\x07\x03\x58\x45\x5c\x57\x28\xf2\x0e\x95\x45\x2f",         \
      "RFC 3947")                                                                                  \
    F(DRAFT, EXACT, NATT_08, "\x8f\x8d\x83\x82\x6d\x24\x6b\x6f\xc7\xa8\xa6\xa4\x28\xc1\x1d\xe8",   \
      "08")                                                                                        \
    F(DRAFT, EXACT, NATT_07, "\x43\x9b\x59\xf8\xba\x67\x6c\x4c\x77\x37\xae\x22\xea\xb8\xf5\x82",   \
      "07")                                                                                        \
    F(DRAFT, EXACT, NATT_06, "\x4d\x1e\x0e\x13\x6d\xea\xfa\x34\xc4\xf3\xea\x9f\x02\xec\x72\x85",   \
      "06")                                                                                        \
    F(DRAFT, EXACT, NATT_05, "\x80\xd0\xbb\x3d\xef\x54\x56\x5e\xe8\x46\x45\xd4\xc8\x5c\xe3\xee",   \
      "05")                                                                                        \
    F(DRAFT, EXACT, NATT_04, "\x99\x09\xb6\x4e\xed\x93\x7c\x65\x73\xde\x52\xac\xe9\x52\xfa\x6b",   \
      "04")                                                                                        \
    F(DRAFT, EXACT, NATT_03, "\x7d\x94\x19\xa6\x53\x10\xca\x6f\x2c\x17\x9d\x92\x15\x52\x9d\x56",   \
      "03")                                                                                        \
    F(DRAFT, EXACT, NATT_02N, "\x90\xcb\x80\x91\x3e\xbb\x69\x6e\x08\x63\x81\xb5\xec\x42\x7b\x1f",  \
      "02 (as deployed)")                                                                          \
    F(DRAFT, EXACT, NATT_02, "\xcd\x60\x46\x43\x35\xdf\x21\xf8\x7c\xfd\xb2\xfc\x68\xb6\xa4\x48",   \
      "02")                                                                                        \
    F(DRAFT, EXACT, NATT_01, "\x16\xf6\xca\x16\xe4\xa4\x06\x6d\x83\x82\x1a\x0f\x0a\xea\xa8\x62",   \
      "01")                                                                                        \
    F(DRAFT, EXACT, NATT_00, "\x44\x85\x15\x2d\x18\xb6\xbb\xcd\x0b\xe8\xa8\x46\x95\x79\xdd\xcc",   \
      "00")                                                                                        \
    F(DRAFT, EXACT, NATT_00, "\x44\x85\x15\x2d\x18\xb6\xbb\xcc\x0b\xe8\xa8\x46\x95\x79\xdd\xcc",   \
      "00 (Avaya)")                                                                                \
    F(DEAD_PEER, EXACT, DPD, "\xaf\xca\xd7\x13\x68\xa1\xf1\xc9\x6b\x86\x96\xfc\x77\x57\x01\x00",   \
      "")                                                                                          \
    F(DEAD_PEER, MINOR, DPD, "\xaf\xca\xd7\x13\x68\xa1\xf1\xc9\x6b\x86\x96\xfc\x77\x57", "")       \
    F(DEAD_PEER, EXACT, DPD, "\x3b\x90\x31\xdc\xe4\xfc\xf8\x8b\x48\x9a\x92\x39\x63\xdd\x0c\x49",   \
      " (DPDv1_NG)")                                                                               \
    F(FRAGMENTATION, EXACT, FRAGMENTS,                                                             \
      "\x40\x48\xb7\xd5\x6e\xbc\xe8\x85\x25\xe7\xde\x7f\x00\xd6\xc2\xd3\x80\x00\x00\x00", "")      \
    F(FRAGMENTATION, EXACT, FRAGMENTS,                                                             \
      "\x40\x48\xb7\xd5\x6e\xbc\xe8\x85\x25\xe7\xde\x7f\x00\xd6\xc2\xd3\xc0\x00\x00\x00", "")      \
    F(FRAGMENTATION, EXACT, FRAGMENTS_BARE,                                                        \
      "\x40\x48\xb7\xd5\x6e\xbc\xe8\x85\x25\xe7\xde\x7f\x00\xd6\xc2\xd3", "")                      \
    V(EXACT, XAUTH, "\x09\x00\x26\x89\xdf\xd6\xb7\x12", "XAUTH")                                   \
    V(EXACT, UNITY, "\x12\xf5\xf2\x8c\x45\x71\x68\xa9\x70\x2d\x9f\xe2\x74\xcc\x01\x00",            \
      "Cisco Unity")                                                                               \
    V(EXACT, CONTACT, "\x26\x24\x4d\x38\xed\xdb\x61\xb3\x17\x2a\x36\xe3\xd0\xcf\xb8\x19",          \
      "Microsoft Initial-Contact")                                                                 \
    V(WINDOWS, WINDOWS, "\x1e\x2b\x51\x69\x05\x99\x1c\x7d\x7c\x96\xfc\xbf\xb5\x87\xe4\x61",        \
      "Microsoft Windows")                                                                         \
    V(EXACT, GSSAPI, "\x62\x1b\x04\xbb\x09\x88\x2a\xc1\xe1\x59\x35\xfe\xfa\x24\xae\xee", "GSSAPI") \
    V(EXACT, GSSAPI, "\xad\x2c\x0d\xd0\xb9\xc3\x20\x83\xcc\xba\x25\xb8\x86\x1e\xc4\x55",           \
      "A GSS-API Authentication Method for IKE")                                                   \
    V(EXACT, GSSAPI, "\xb4\x6d\x89\x14\xf3\xaa\xa3\xf2\xfe\xde\xb7\xc7\xdb\x29\x43\xca",           \
      "A GSS-API Authentication Method for IKE (line end)")                                        \
    F(FRAGMENTATION, WORD, NOTHING,                                                                \
      "\x40\x48\xb7\xd5\x6e\xbc\xe8\x85\x25\xe7\xde\x7f\x00\xd6\xc2\xd3", " (Base Mode)")          \
    V(EXACT, NOTHING, "IKEv2", "IKEv2 (obsolete)")                                                 \
    V(HEX, NOTHING, "HeartBeat_Notify", "HeartBeat_Notify")                                        \
    V(EXACT, NOTHING, "\x2d\x79\x22\xc6\xb3\x01\xd9\xb0\xe1\x34\x27\x39\xe9\xcf\xbb\xd5",          \
      "Cisco delete with reason")                                                                  \
    V(EXACT, NOTHING, "\x21\x4c\xa4\xfa\xff\xa7\xf3\x2d\x67\x48\xe5\x30\x33\x95\xae\x83",          \
      "MS-MamieExists")                                                                            \
    V(EXACT, NOTHING, "\x72\x87\x2b\x95\xfc\xda\x2e\xb7\x08\xef\xe3\x22\x11\x9b\x49\x71",          \
      "NLBS_PRESENT")                                                                              \
    V(EXACT, NOTHING, "\xfb\x1d\xe3\xcd\xf3\x41\xb7\xea\x16\xb7\xe5\xbe\x08\x55\xf1\x20",          \
      "MS-Negotiation Discovery Capable")                                                          \
    V(EXACT, NOTHING, "\xe3\xa5\x96\x6a\x76\x37\x9f\xe7\x07\x22\x82\x31\xe5\xce\x86\x52",          \
      "IKE CGA version 1")                                                                         \
    V(EXACT, NOTHING, "\xc4\x0f\xee\x00\xd5\xd3\x9d\xdb\x1f\xc7\x62\xe0\x9b\x7c\xfe\xa7",          \
      "Testing NAT-T RFC")                                                                         \
    V(EXACT, NOTHING, "CISCO-DELETE-REASON", "CISCO-DELETE-REASON")                                \
    V(EXACT, NOTHING, "CISCO-DYNAMIC-ROUTE", "CISCO-DYNAMIC-ROUTE")                                \
    V(EXACT, NOTHING, "\x80\x01\x00\x01\x80\x02\x00\x01\x80\x03\x00\x02",                          \
      "Cisco Unity firewall type")                                                                 \
    V(EXACT, NOTHING, "CISCOVPN-REV-02", "CISCOVPN-REV-02")                                        \
    V(EXACT, NOTHING, "\x6a\x74\x34\xc1\x9d\x7e\x36\x34\x80\x90\xa0\x23\x34\xc9\xc8\x05",          \
      "draft-huttunen-ipsec-esp-in-udp-00")                                                        \
    V(HEX, NOTHING, "\x8d\xb7\xa4\x18\x11\x22\x16\x60", "draft-ietf-ipsec-heartbeats-00")          \
    F(DRAFT, EXACT, NOTHING, "\x42\xea\x5b\x6f\x89\x8d\x97\x73\xa5\x75\xdf\x26\xe7\xdd\x19\xe1",   \
      "09")                                                                                        \
    V(EXACT, NOTHING, "\x4d\xf3\x79\x28\xe9\xfc\x4f\xd1\xb3\x26\x21\x70\xd5\x15\xc6\x62",          \
      "draft-ietf-ipsec-nat-t-ike (Mac OS X)")                                                     \
    V(HEX, NOTHING, "\x32\x5d\xf2\x9a\x23\x19\xf2\xdd", "draft-krywaniuk-ipsec-antireplay-00")     \
    V(EXACT, NOTHING, "\x27\xba\xb5\xdc\x01\xea\x07\x60\xea\x4e\x31\x90\xac\x27\xc0\xd0",          \
      "draft-stenberg-ipsec-nat-traversal-01")                                                     \
    V(EXACT, NOTHING, "\x61\x05\xc4\x22\xe7\x68\x47\xe4\x3f\x96\x84\x80\x12\x92\xae\xcd",          \
      "draft-stenberg-ipsec-nat-traversal-02")                                                     \
    V(EXACT, NOTHING, "\x50\x76\x0f\x62\x4c\x63\xe5\xc5\x3e\xea\x38\x6c\x68\x5c\xa0\x83",          \
      "ESPThruNAT")                                                                                \
    V(EXACT, NOTHING, "FLEXVPN-SUPPORTED", "FLEXVPN-SUPPORTED")                                    \
    V(EXACT, NOTHING, "HeartBeat Notify", "HeartBeat Notify")                                      \
    V(EXACT, NOTHING, "\x4c\x53\x42\x7b\x6d\x46\x5d\x1b\x33\x7b\xb7\x55\xa3\x7a\x7f\xef",          \
      "FortiClient connect license")                                                               \
    V(EXACT, NOTHING, "\xb4\xf0\x1c\xa9\x51\xe9\xda\x8d\x0b\xaf\xbb\xd3\x4a\xd3\x04\x4e",          \
      "Fortinet Endpoint Control")                                                                 \
    V(EXACT, NOTHING, "\xba\x29\x04\x99\xc2\x4e\x84\xe5\x3a\x1d\x83\xa0\x5e\x5f\x00\xc9",          \
      "IKE Challenge-Response")                                                                    \
    V(EXACT, NOTHING, "\xad\x32\x51\x04\x2c\xdc\x46\x52\xc9\xe0\x73\x4c\xe5\xde\x4c\x7d",          \
      "IKE Challenge-Response (revised)")                                                          \
    V(EXACT, NOTHING, "\x13\xf1\x18\x23\xf9\x66\xfa\x91\x90\x0f\x02\x4b\xa6\x6a\x86\xba",          \
      "IKE Challenge-Response (revised 2)")                                                        \
    V(EXACT, NOTHING, "\x0d\x33\x61\x1a\x5d\x52\x1b\x5e\x3c\x9c\x03\xd2\xfc\x10\x7e\x12",          \
      "IKE Challenge-Response 2")                                                                  \
    V(EXACT, NOTHING, "\x68\x6a\x8c\xbd\xfe\x63\x4b\x40\x51\x46\xfb\x2b\xaf\x33\xe9\xe8",          \
      "MSFT IPsec Security Realm Id")                                                              \
    V(EXACT, NOTHING, "Opportunistic IPsec", "Opportunistic IPsec")                                \
    V(EXACT, NOTHING, "\x81\x0f\xa5\x65\xf8\xab\x14\x36\x91\x05\xd7\x06\xfb\xd5\x72\x79",          \
      "RFC XXXX")                                                                                  \
    V(HEX, NOTHING, "\x01\x52\x8b\xbb\xc0\x06\x96\x12\x18\x49\xab\x9a\x1c\x5b\x2a\x51",            \
      "Windows KEY_MODS")                                                                          \
    V(EXACT, NOTHING, "\x66\x08\x22\xb3\xa7\x3a\x24\x41\x49\x57\x8d\x62\xe0\xeb\x46\xa0",          \
      "Xbox IKEv2 Negotiation")                                                                    \
    V(EXACT, NOTHING, "\x12\x6e\x1f\x57\x72\x91\x15\x3b\x20\x48\x5f\x7f\x15\x5b\x4b\xc8",          \
      "Cisco client (unnamed)")                                                                    \
    V(EXACT, PRODUCT, "\x88\x2f\xe5\x6d\x6f\xd2\x0d\xbc\x22\x51\x61\x3b\x2e\xbe\x5b\xeb",          \
      "strongSwan")                                                                                \
    V(EXACT, PRODUCT,                                                                              \
      "\x62\x50\x27\x74\x9d\x5a\xb9\x7f\x56\x16\xc1\x60\x27\x65\xcf\x48\x0a\x3b\x7d\x0b",          \
      "ZyXEL ZyWALL")                                                                              \
    V(EXACT, PRODUCT,                                                                              \
      "\xb8\x58\xd1\xad\xdd\x08\xc1\xe8\xad\xaf\xea\x15\x06\x08\xaa\x44\x97\xaa\x6c\xc8",          \
      "ZyXEL ZyWALL Router")                                                                       \
    V(EXACT, PRODUCT, "\xf7\x58\xf2\x26\x68\x75\x0f\x03\xb0\x8d\xf6\xeb\xe1\xd0",                  \
      "ZyXEL ZyWALL USG 100")                                                                      \
    V(HEX, PRODUCT,                                                                                \
      "\xf4\xed\x19\xe0\xc1\x14\xeb\x51\x6f\xaa\xac\x0e\xe3\x7d\xaf\x28\x07\xb4\x38\x1f",          \
      "Check Point")                                                                               \
    V(HEX, PRODUCT, "\x3e\x98\x40\x48", "Cisco IOS")                                               \
    V(EXACT, PRODUCT, "\xf6\xf7\xef\xc7\xf5\xae\xb8\xcb\x15\x8c\xb9\xd0\x94\xba\x69\xe7",          \
      "Cisco VPN 3000 client")                                                                     \
    V(HEX, PRODUCT, "\x1f\x07\xf7\x0e\xaa\x65\x14\xd3\xb0\xfa\x96\x54\x2a\x50",                    \
      "Cisco VPN 3000 concentrator")                                                               \
    V(HEX, PRODUCT,                                                                                \
      "\x08\xdb\x45\xe6\xcb\x01\xf8\x0b\xb5\x76\xe9\xa7\x8c\x0f\x54\xe1\x30\x0b\x88\x81",          \
      "ELVIS-PLUS Zastava")                                                                        \
    V(EXACT, PRODUCT, "\x1d\x6e\x17\x8f\x6c\x2c\x0b\xe2\x84\x98\x54\x65\x45\x0f\xe9\xd4",          \
      "FortiGate")                                                                                 \
    V(EXACT, PRODUCT, "\x20\xa3\x62\x2c\x1c\xea\x7c\xe3\x7b\xee\x3c\xa4\x84\x42\x52\x76",          \
      "IPsec-Tools")                                                                               \
    V(EXACT, PRODUCT,                                                                              \
      "\xfd\x80\x88\x04\xdf\x73\xb1\x51\x50\x70\x9d\x87\x80\x44\xcd\xe0\xac\x1e\xfc\xde",          \
      "Juniper SRX")                                                                               \
    V(EXACT, PRODUCT, "\x70\x03\xcb\xc1\x09\x7d\xbe\x9c\x26\x00\xba\x69\x83\xbc\x8b\x35",          \
      "KAME/racoon")                                                                               \
    V(TEXT, PRODUCT, "OE-Libreswan-", "Libreswan")                                                 \
    V(EXACT, PRODUCT, "Mac OSX 10.x", "Mac OS X 10.x")                                             \
    V(EXACT, PRODUCT, "\x8a\xa3\x94\xcf\x8a\x55\x77\xdc\x31\x10\xc1\x13\xb0\x27\xa4\xf2",          \
      "Microsoft Xbox One 2013")                                                                   \
    V(EXACT, PRODUCT, "\xb1\xac\x79\x66\xb8\xfd\x69\xde", "Mocana PERP 1.0")                       \
    V(EXACT, PRODUCT, "\x10\x1f\xb0\xb3\x5c\x5a\x4f\x4c\x08\xb9\x19\xf1\xcb\x97\x77\xb0",          \
      "NCP client")                                                                                \
    V(EXACT, PRODUCT, "\xdb\xfb\x81\xeb\x57\x60\xb0\x78\x85\x62\x06\x7d\xa1\x02\xd7\x55",          \
      "Netgear")                                                                                   \
    V(HEX, PRODUCT, "\x42\x4e\x45\x53\x00\x00\x00", "Nortel Contivity")                            \
    V(EXACT, PRODUCT, "\x98\x26\xc5\x52\x79\x1a\xa1\x80\x0c\xa6\xff\x33\xaa\xf1\xe8\x3b",          \
      "OpenBSD isakmpd 6.3")                                                                       \
    V(TEXT, PRODUCT, "OpenIKED", "OpenIKED")                                                       \
    V(SAFENET, PRODUCT, "\x47\xbb\xe7\xc9\x93\xf1\xfc\x13\xb4\xe6\xd0\xdb\x56\x5c\x68\xe5",        \
      "SafeNet SoftRemote")                                                                        \
    V(EXACT, PRODUCT, "\xf1\x4b\x94\xb7\xbf\xf1\xfe\xf0\x27\x73\xb8\xc4\x9f\xed\xed\x26",          \
      "Shrew Soft client")                                                                         \
    V(EXACT, PRODUCT, "\xc5\x73\xb0\x56\xd7\xfa\xca\x36\xc2\xfb\xa2\x83\x74\x12\x7c\xbf",          \
      "StoneGate 1")                                                                               \
    V(EXACT, PRODUCT, "\xba\xeb\x23\x90\x37\xe1\x77\x87\xd7\x30\xee\xd9\xd9\x5d\x48\xaa",          \
      "StoneGate 2")                                                                               \
    V(TEXT, PRODUCT, "Raptor PowerVpn Server", "Symantec Raptor")                                  \
    V(TEXT, PRODUCT, "TIMESTEP", "TimeStep")                                                       \
    F(NETSCREEN, HEX, PRODUCT,                                                                     \
      "\x16\x6f\x93\x2d\x55\xeb\x64\xd8\xe4\xdf\x4f\xd3\x7e\x23\x13\xf0\xd0\xfd\x84\x51", "15")    \
    F(NETSCREEN, HEX, PRODUCT,                                                                     \
      "\x29\x9e\xe8\x28\x9f\x40\xa8\x97\x3b\xc7\x86\x87\xe2\xe7\x22\x6b\x53\x2c\x3b\x76", "01")    \
    F(NETSCREEN, HEX, PRODUCT,                                                                     \
      "\x2a\x2b\xca\xc1\x9b\x8e\x91\xb4\x26\x10\x78\x07\xe0\x2e\x72\x49\x56\x9d\x6f\xd3", "14")    \
    F(NETSCREEN, HEX, PRODUCT,                                                                     \
      "\x3a\x15\xe1\xf3\xcf\x2a\x63\x58\x2e\x3a\xc8\x2d\x1c\x64\xcb\xe3\xb6\xd7\x79\xe7", "02")    \
    F(NETSCREEN, HEX, PRODUCT,                                                                     \
      "\x47\xd2\xb1\x26\xbf\xcd\x83\x48\x97\x60\xe2\xcf\x8c\x5d\x4d\x5a\x03\x49\x7c\x15", "03")    \
    F(NETSCREEN, HEX, PRODUCT,                                                                     \
      "\x4a\x43\x40\xb5\x43\xe0\x2b\x84\xc8\x8a\x8b\x96\xa8\xaf\x9e\xbe\x77\xd9\xac\xcc", "04")    \
    F(NETSCREEN, HEX, PRODUCT,                                                                     \
      "\x64\x40\x5f\x46\xf0\x3b\x76\x60\xa2\x3b\xe1\x16\xa1\x97\x50\x58\xe6\x9e\x83\x87", "05")    \
    F(NETSCREEN, HEX, PRODUCT,                                                                     \
      "\x69\x93\x69\x22\x87\x41\xc6\xd4\xca\x09\x4c\x93\xe2\x42\xc9\xde\x19\xe7\xb7\xc6", "06")    \
    F(NETSCREEN, HEX, PRODUCT,                                                                     \
      "\x8c\x0d\xc6\xcf\x62\xa0\xef\x1b\x5c\x6e\xab\xd1\xb6\x7b\xa6\x98\x66\xad\xf1\x6a", "07")    \
    F(NETSCREEN, HEX, PRODUCT,                                                                     \
      "\x92\xd2\x7a\x9e\xcb\x31\xd9\x92\x46\x98\x6d\x34\x53\xd0\xc3\xd5\x7a\x22\x2a\x61", "08")    \
    F(NETSCREEN, HEX, PRODUCT,                                                                     \
      "\x9b\x09\x6d\x9a\xc3\x27\x5a\x7d\x6f\xe8\xb9\x1c\x58\x31\x11\xb0\x9e\xfe\xd1\xa0", "09")    \
    F(NETSCREEN, HEX, PRODUCT,                                                                     \
      "\xa3\x5b\xfd\x05\xca\x1a\xc0\xb3\xd2\xf2\x4e\x9e\x82\xbf\xcb\xff\x9c\x9e\x52\xb5", "16")    \
    F(NETSCREEN, HEX, PRODUCT,                                                                     \
      "\xbf\x03\x74\x61\x08\xd7\x46\xc9\x04\xf1\xf3\x54\x7d\xe2\x4f\x78\x47\x9f\xed\x12", "10")    \
    F(NETSCREEN, HEX, PRODUCT,                                                                     \
      "\xc2\xe8\x05\x00\xf4\xcc\x5f\xbf\x5d\xaa\xee\xd3\xbb\x59\xab\xae\xee\x56\xc6\x52", "11")    \
    F(NETSCREEN, HEX, PRODUCT,                                                                     \
      "\xc8\x66\x0a\x62\xb0\x3b\x1b\x61\x30\xbf\x78\x16\x08\xd3\x2a\x6a\x8d\x0f\xb8\x9f", "12")    \
    F(NETSCREEN, HEX, PRODUCT,                                                                     \
      "\xf8\x85\xda\x40\xb1\xe7\xa9\xab\xd1\x76\x55\xec\x5b\xbe\xc0\xf2\x1f\x0e\xd5\x2e", "13")    \
    F(NETSCREEN, HEX, PRODUCT,                                                                     \
      "\x94\x36\xe8\xd6\x71\x74\xef\x9a\xed\x06\x8d\x5a\xd5\x21\x3f\x18\x7a\x3f\x8b\xa6", "16")    \
    F(SONICWALL, HEX, PRODUCT, "\x40\x4b\xf4\x39\x52\x2c\xa3\xf6", "1")                            \
    F(SONICWALL, HEX, PRODUCT, "\xda\x8e\x93\x78\x80\x01\x00\x00", "2")                            \
    F(SONICWALL, HEX, PRODUCT, "\x5b\x36\x2b\xc8\x20\xf6\x00\x01", "1")                            \
    F(SONICWALL, HEX, PRODUCT, "\x5b\x36\x2b\xc8\x20\xf6\x00\x02", "2")                            \
    F(SONICWALL, HEX, PRODUCT, "\x5b\x36\x2b\xc8\x20\xf6\x00\x03", "3")                            \
    F(SONICWALL, HEX, PRODUCT, "\x5b\x36\x2b\xc8\x20\xf6\x00\x05", "5")                            \
    F(SONICWALL, HEX, PRODUCT, "\x5b\x36\x2b\xc8\x20\xf6\x00\x06", "6")                            \
    F(SONICWALL, HEX, PRODUCT, "\x5b\x36\x2b\xc8\x20\xf6\x00\x07", "7")                            \
    F(SONICWALL, HEX, PRODUCT, "\x5b\x36\x2b\xc8\x20\xf6\x00\x08", "8")                            \
    F(SONICWALL, HEX, PRODUCT, "\x5b\x36\x2b\xc8\x20\xf7\x00\x01", "c")                            \
    F(EXPRESS, EXACT, PRODUCT, "\x09\xec\x27\xbf\xbc\x09\xc7\x58\x23\xcf\xec\xbf\xfe\x56\x5a\x2e", \
      "1.2.2")                                                                                     \
    F(EXPRESS, EXACT, PRODUCT, "\x0e\x58\xd5\x77\x4d\xf6\x02\x00\x7d\x0b\x02\x44\x36\x60\xf7\xeb", \
      "3.0.0")                                                                                     \
    F(EXPRESS, EXACT, PRODUCT, "\x19\x52\xdc\x91\xac\x20\xf6\x46\xfb\x01\xcf\x42\xa3\x3a\xee\x30", \
      "1.1.1")                                                                                     \
    F(EXPRESS, EXACT, PRODUCT, "\x28\x36\xd1\xfd\x28\x07\xbc\x9e\x5a\xe3\x07\x86\x32\x04\x51\xec", \
      "2.1.0")                                                                                     \
    F(EXPRESS, EXACT, PRODUCT, "\x3f\x23\x72\x86\x7e\x23\x7c\x1c\xd8\x25\x0a\x75\x55\x9c\xae\x20", \
      "2.1.2")                                                                                     \
    F(EXPRESS, EXACT, PRODUCT, "\x68\x80\xc7\xd0\x26\x09\x91\x14\xe4\x86\xc5\x54\x30\xe7\xab\xee", \
      "4.2.0")                                                                                     \
    F(EXPRESS, EXACT, PRODUCT, "\x7a\x54\xd3\xbd\xb3\xb1\xe6\xd9\x23\x89\x20\x64\xbe\x2d\x98\x1c", \
      "4.0.1")                                                                                     \
    F(EXPRESS, EXACT, PRODUCT, "\x7f\x21\xa5\x96\xe4\xe3\x18\xf0\xb2\xf4\x94\x4c\x23\x84\xcb\x84", \
      "2.0.0")                                                                                     \
    F(EXPRESS, EXACT, PRODUCT, "\x9a\xa1\xf3\xb4\x34\x72\xa4\x5d\x5f\x50\x6a\xeb\x26\x0c\xf2\x14", \
      "4.1.0")                                                                                     \
    F(EXPRESS, EXACT, PRODUCT, "\xa6\x8d\xe7\x56\xa9\xc5\x22\x9b\xae\x66\x49\x80\x40\x95\x1a\xd5", \
      "2.1.1")                                                                                     \
    F(EXPRESS, EXACT, PRODUCT, "\xc1\x11\x1b\x2d\xee\x8c\xbc\x3d\x62\x05\x73\xec\x57\xaa\xb9\xcb", \
      "1.2.1")                                                                                     \
    F(EXPRESS, EXACT, PRODUCT, "\xe8\xbf\xfa\x64\x3e\x5c\x8f\x2c\xd1\x0f\xda\x73\x70\xb6\xeb\xe5", \
      "1.1.2")                                                                                     \
    F(EXPRESS, EXACT, PRODUCT, "\xf5\xce\x31\xeb\xc2\x10\xf4\x43\x50\xcf\x71\x26\x5b\x57\x38\x0f", \
      "3.0.1")                                                                                     \
    F(EXPRESS, EXACT, PRODUCT, "\xf6\x42\x60\xaf\x2e\x27\x42\xda\xdd\xd5\x69\x87\x06\x8a\x99\xa0", \
      "4.0.0")                                                                                     \
    F(EXPRESS, EXACT, PRODUCT, "\xfb\xf4\x76\x14\x98\x40\x31\xfa\x8e\x3b\xb6\x19\x80\x89\xb2\x23", \
      "1.1.0")                                                                                     \
    F(EXPRESS, EXACT, PRODUCT, "\x89\xf7\xb7\x60\xd8\x6b\x01\x2a\xcf\x26\x33\x82\x39\x4d\x96\x2f", \
      "4.1.1")                                                                                     \
    F(EXPRESS, EXACT, PRODUCT, "\xb0\x37\xa2\x1a\xce\xcc\xb5\x57\x0f\x60\x25\x46\xf9\x7b\xde\x8c", \
      "5.0")                                                                                       \
    F(EXPRESS, EXACT, PRODUCT, "\x2b\x2d\xad\x97\xc4\xd1\x40\x93\x00\x53\x28\x7f\x99\x68\x50\xb0", \
      "5.0.0")                                                                                     \
    F(EXPRESS, EXACT, PRODUCT, "\x45\xe1\x7f\x3a\xbe\x93\x94\x4c\xb2\x02\x91\x0c\x59\xef\x80\x6b", \
      "5.1.0")                                                                                     \
    F(EXPRESS, EXACT, PRODUCT, "\x59\x25\x85\x9f\x73\x77\xed\x78\x16\xd2\xfb\x81\xc0\x1f\xa5\x51", \
      "5.1.1")                                                                                     \
    F(QUICKSEC, EXACT, PRODUCT,                                                                    \
      "\x37\xeb\xa0\xc4\x13\x61\x84\xe7\xda\xf8\x56\x2a\x77\x06\x0b\x4a", "0.9.0")                 \
    F(QUICKSEC, EXACT, PRODUCT,                                                                    \
      "\x5d\x72\x92\x5e\x55\x94\x8a\x96\x61\xa7\xfc\x48\xfd\xec\x7f\xf9", "1.1.0")                 \
    F(QUICKSEC, EXACT, PRODUCT,                                                                    \
      "\x77\x7f\xbf\x4c\x5a\xf6\xd1\xcd\xd4\xb8\x95\xa0\x5b\xf8\x25\x94", "1.1.1")                 \
    F(QUICKSEC, EXACT, PRODUCT,                                                                    \
      "\x2c\xdf\x08\xe7\x12\xed\xe8\xa5\x97\x87\x61\x26\x7c\xd1\x9b\x91", "1.1.2")                 \
    F(QUICKSEC, EXACT, PRODUCT,                                                                    \
      "\x59\xe4\x54\xa8\xc2\xcf\x02\xa3\x49\x59\x12\x1f\x18\x90\xbc\x87", "1.1.3")                 \
    F(QUICKSEC, EXACT, PRODUCT,                                                                    \
      "\x8f\x9c\xc9\x4e\x01\x24\x8e\xcd\xf1\x47\x59\x4c\x28\x4b\x21\x3b", "2.1.0")                 \
    F(SENTINEL, EXACT, PRODUCT,                                                                    \
      "\x05\x41\x82\xa0\x7c\x7a\xe2\x06\xf9\xd2\xcf\x9d\x24\x32\xc4\x82", "")                      \
    F(SENTINEL, EXACT, PRODUCT,                                                                    \
      "\x54\x30\x88\x8d\xe0\x1a\x31\xa6\xfa\x8f\x60\x22\x4e\x44\x99\x58", " 1.2")                  \
    F(SENTINEL, EXACT, PRODUCT,                                                                    \
      "\x63\xd9\xa1\xa7\x00\x94\x91\xb5\xa0\xa6\xfd\xeb\x2a\x82\x84\xf0", " 1.4")                  \
    F(SENTINEL, EXACT, PRODUCT,                                                                    \
      "\x7e\xe5\xcb\x85\xf7\x1c\xe2\x59\xc9\x4a\x5c\x73\x1e\xe4\xe7\x52", " 1.3")                  \
    F(SENTINEL, EXACT, PRODUCT,                                                                    \
      "\xb9\x16\x23\xe6\x93\xca\x18\xa5\x4c\x6a\x27\x78\x55\x23\x05\xe8", " 1.1")                  \
    F(SENTINEL, EXACT, PRODUCT,                                                                    \
      "\xeb\x4b\x0d\x96\x27\x6b\x4e\x22\x0a\xd1\x62\x21\xa7\xb2\xa5\xe6", " 1.4.1")                \
    V(DIGEST, PRODUCT, "OSW", "Openswan")                                                          \
    V(DIGEST, PRODUCT, "OE", "FreeS/WAN or Openswan")                                              \
    V(HEX, PRODUCT, "\xda\x8e\x93\x78", "SafeNet or WatchGuard")

#define BYTES(kind, can, bytes, name)            bytes
#define NAMES(kind, can, bytes, name)            name "\0"
#define ROW(kind, can, bytes, name)              {kind, ALONE, IKE_CAN_##can, sizeof(bytes) - 1},
#define BYTES_OF(family, kind, can, bytes, name) bytes
#define NAMES_OF(family, kind, can, bytes, name) name "\0"
#define ROW_OF(family, kind, can, bytes, name)   {kind, family, IKE_CAN_##can, sizeof(bytes) - 1},

static const char ALL_BYTES[] = VENDORS(BYTES, BYTES_OF);
static const char ALL_NAMES[] = VENDORS(NAMES, NAMES_OF);
static const struct {
    uint8_t kind : 4, family : 4;
    uint8_t can, len;
} ROWS[] = {VENDORS(ROW, ROW_OF)};

enum { ROW_COUNT = sizeof ROWS / sizeof *ROWS, DIGEST_SIZE = 12 };

/* The length of a whole ID. No part of one is ever taken for it (PAY-12). */
static bool length_fits(uint8_t kind, size_t row, size_t len) {
    switch (kind) {
    case EXACT:
        return len == row;
    case DIGEST:
        return len == DIGEST_SIZE;
    case MINOR:
        return len == row + 2;
    case WORD:
    case WINDOWS:
        return len == row || len == row + 4;
    default:
        return len >= row;
    }
}

static const char *family_of(unsigned family) {
    const char *name = FAMILIES;
    while (family-- > 0)
        name = ike_text_after(name);
    return name;
}

bool ike_vendor_find(ikev1_bytes vid, struct ike_vendor *found) {
    const char *bytes = ALL_BYTES, *name = ALL_NAMES;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const size_t len = ROWS[i].len;
        if (length_fits(ROWS[i].kind, len, vid.len) && memcmp(vid.data, bytes, len) == 0) {
            *found = (struct ike_vendor){.family = family_of(ROWS[i].family),
                                         .name = name,
                                         .kind = ROWS[i].kind,
                                         .can = ROWS[i].can,
                                         .tail = ike_bytes(vid.data + len, vid.len - len)};
            return true;
        }
        bytes += len;
        name = ike_text_after(name);
    }
    return false;
}

uint8_t ike_vendor_can(ikev1_bytes vid) {
    const char *bytes = ALL_BYTES;
    for (size_t i = 0; vid.len != 0 && i < ROW_COUNT && ROWS[i].can < IKE_CAN_COUNT; i++) {
        if (vid.data[0] == (uint8_t)*bytes && length_fits(ROWS[i].kind, ROWS[i].len, vid.len) &&
            memcmp(vid.data, bytes, ROWS[i].len) == 0)
            return ROWS[i].can;
        bytes += ROWS[i].len;
    }
    return IKE_CAN_NOTHING;
}

ikev1_bytes ike_vendor_bytes(uint8_t can) {
    const char *bytes = ALL_BYTES;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (ROWS[i].can == can)
            return ike_bytes(bytes, ROWS[i].len);
        bytes += ROWS[i].len;
    }
    return ike_bytes(NULL, 0);
}

static void windows_text(struct ike_text *t, ikev1_bytes tail) {
    static const char RELEASES[] = " 2000\0 XP\0 2003\0 Vista\0 2008\0 7\0 2008 R2\0 8\0";
    struct ike_reader r = ike_reader(tail);
    const uint32_t number = ike_read_u32(&r);
    const char *release = RELEASES;
    if (r.bad || number < 2) {
        ike_text_str(t, " NT");
        return;
    }
    for (uint32_t i = 2; i < number && *release != '\0'; i++)
        release = ike_text_after(release);
    ike_text_str(t, *release != '\0' ? release : " 10 or later");
}

static void safenet_text(struct ike_text *t, ikev1_bytes tail) {
    struct ike_reader r = ike_reader(tail);
    ike_read(&r, 8);
    const uint8_t len = ike_read_u8(&r);
    const ikev1_bytes version = ike_read_bytes(&r, len);
    if (r.bad)
        return;
    ike_text_str(t, " ");
    ike_text_bytes(t, version);
}

void ike_vendor_text(struct ike_text *t, const struct ike_vendor *v) {
    ike_text_str(t, v->family);
    ike_text_str(t, v->name);
    if (v->kind == WINDOWS)
        windows_text(t, v->tail);
    else if (v->kind == SAFENET)
        safenet_text(t, v->tail);
    if (v->tail.len == 0 || (v->kind != TEXT && v->kind != HEX))
        return;
    ike_text_str(t, " ");
    if (v->kind == TEXT)
        ike_text_bytes(t, v->tail);
    else
        ike_text_hex(t, v->tail);
}
