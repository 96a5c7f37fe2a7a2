/* SPDX-License-Identifier: Apache-2.0 */
/* Which packets belong into a tunnel of examples/gateway, and a range as prefixes. */
#include <ikev1/ikev1.h>

#include "gateway_flow.h"
#include "gateway_prefix.h"
#include "support/rows.h"

static ikev1_selector range(const char *text) {
    ikev1_selector selector;
    assert_int_equal(ikev1_selector_parse(text, &selector, NULL), IKEV1_OK);
    return selector;
}

/* ---- prefixes ---- */

static void test_prefix__ranges__fewest_prefixes_in_order(void **state) {
    (void)state;
    static const struct {
        const char *range, *prefixes;
    } rows[] = {
        {"10.1.0.0/24", "10.1.0.0/24 "},
        {"10.1.0.7", "10.1.0.7/32 "},
        {"0.0.0.0/0", "0.0.0.0/0 "},
        {"255.255.255.254-255.255.255.255", "255.255.255.254/31 "},
        {"10.1.0.1-10.1.0.6", "10.1.0.1/32 10.1.0.2/31 10.1.0.4/31 10.1.0.6/32 "},
        {"10.1.0.0-10.1.1.0", "10.1.0.0/24 10.1.1.0/32 "},
        {"0.0.0.1-255.255.255.255",
         "0.0.0.1/32 0.0.0.2/31 0.0.0.4/30 0.0.0.8/29 0.0.0.16/28 0.0.0.32/27 0.0.0.64/26 "
         "0.0.0.128/25 0.0.1.0/24 0.0.2.0/23 0.0.4.0/22 0.0.8.0/21 0.0.16.0/20 0.0.32.0/19 "
         "0.0.64.0/18 0.0.128.0/17 0.1.0.0/16 0.2.0.0/15 0.4.0.0/14 0.8.0.0/13 0.16.0.0/12 "
         "0.32.0.0/11 0.64.0.0/10 0.128.0.0/9 1.0.0.0/8 2.0.0.0/7 4.0.0.0/6 8.0.0.0/5 16.0.0.0/4 "
         "32.0.0.0/3 64.0.0.0/2 128.0.0.0/1 "},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ikev1_selector selector = range(rows[i].range);
        char text[1024] = "";
        size_t len = 0, count = 0;
        struct prefix prefix = {0};
        while (prefix_next(&selector, &prefix)) {
            len += (size_t)snprintf(text + len, sizeof text - len, "%u.%u.%u.%u/%u ",
                                    (unsigned)prefix.address[0], (unsigned)prefix.address[1],
                                    (unsigned)prefix.address[2], (unsigned)prefix.address[3],
                                    (unsigned)prefix.len);
            count++;
        }
        ROW_TEXT(rows[i].range, text, rows[i].prefixes);
        ROW_EQUAL(rows[i].range, prefix_whole(&selector, &prefix), count == 1);
    }
}

static void test_prefix__ipv6__whole_and_in_parts(void **state) {
    (void)state;
    ikev1_selector net = range("2001:db8::/32"), part = range("2001:db8::1-2001:db8::2");
    struct prefix prefix;
    assert_true(prefix_whole(&net, &prefix));
    assert_int_equal(prefix.len, 32);
    assert_false(prefix_whole(&part, &prefix));
    assert_true(prefix_covers(&net, 6, part.start));
    assert_false(prefix_covers(&part, 6, net.start));
    assert_false(prefix_covers(&net, 4, part.start));
    const ikev1_selector none = {0};
    assert_false(prefix_covers(&none, 0, net.start)); /* no address is in no range */
}

/* ---- flows ---- */

/* RFC 4301 4.4.1.1 */
static void test_flow__packets__fit_or_not(void **state) {
    (void)state;
    /* from 10.1.0.7 to 10.2.0.9, ports 1000 and 53 */
    static const char UDP4[] = "4500001c 00000000 40110000 0a010007 0a020009 03e80035 00080000";
    static const char LATER[] = "4500001c 00000020 40110000 0a010007 0a020009 03e80035 00080000";
    static const char ICMP4[] = "4500001c 00000000 40010000 0a010007 0a020009 08000000 00000000";
    static const char OPTION[] =
        "46000020 00000000 40110000 0a010007 0a020009 01010101 03e80035 00080000";
    static const char UDP6[] = "60000000 00081140 fd01 00*13 07 fd02 00*13 09 03e80035 00080000";
    static const char HOPS6[] =
        "60000000 00100040 fd01 00*13 07 fd02 00*13 09 11000000 00000000 03e80035 00080000";
    static const char FRAGMENT6[] =
        "60000000 00102c40 fd01 00*13 07 fd02 00*13 09 11000008 00000000 03e80035 00080000";
    static const struct {
        const char *name, *packet, *from, *to;
        bool reads, fits;
    } rows[] = {
        {"UDP", UDP4, "10.1.0.0/24", "10.2.0.0/24", true, true},
        {"from elsewhere", UDP4, "10.3.0.0/24", "10.2.0.0/24", true, false},
        {"to elsewhere", UDP4, "10.1.0.0/24", "10.3.0.0/24", true, false},
        {"its protocol", UDP4, "10.1.0.0/24[17/0]", "10.2.0.0/24[17/0]", true, true},
        {"another protocol", UDP4, "10.1.0.0/24[6/0]", "10.2.0.0/24[6/0]", true, false},
        {"its port", UDP4, "10.1.0.0/24[17/0]", "10.2.0.0/24[17/53]", true, true},
        {"another port", UDP4, "10.1.0.0/24[17/0]", "10.2.0.0/24[17/54]", true, false},
        {"its port at the wrong end", UDP4, "10.1.0.0/24[17/53]", "10.2.0.0/24[17/0]", true, false},
        {"a later fragment has no port", LATER, "10.1.0.0/24[17/0]", "10.2.0.0/24[17/53]", true,
         false},
        {"a later fragment, any port", LATER, "10.1.0.0/24", "10.2.0.0/24", true, true},
        {"ICMP", ICMP4, "10.1.0.0/24[1/0]", "10.2.0.0/24[1/0]", true, true},
        {"with an option", OPTION, "10.1.0.0/24[17/1000]", "10.2.0.0/24[17/53]", true, true},
        {"IPv6", UDP6, "fd01::/16[17/1000]", "fd02::/16[17/53]", true, true},
        {"IPv6 for IPv4", UDP6, "0.0.0.0/0", "0.0.0.0/0", true, false},
        {"IPv6 with a hop-by-hop header", HOPS6, "fd01::/16[17/1000]", "fd02::/16[17/53]", true,
         true},
        {"a later IPv6 fragment", FRAGMENT6, "fd01::/16[17/0]", "fd02::/16[17/53]", true, false},
        {"a later IPv6 fragment, any port", FRAGMENT6, "fd01::/16[17/0]", "fd02::/16[17/0]", true,
         true},
        {"empty", "", "0.0.0.0/0", "0.0.0.0/0", false, false},
        {"of no version", "50*40", "0.0.0.0/0", "0.0.0.0/0", false, false},
        {"header too short", "44000014 00*16", "0.0.0.0/0", "0.0.0.0/0", false, false},
        {"shorter than it says", "4500001d 00*24", "0.0.0.0/0", "0.0.0.0/0", false, false},
        {"says less than its header", "45000013 00*16", "0.0.0.0/0", "0.0.0.0/0", false, false},
        {"IPv6 shorter than it says", "60000000 0001 3b40 00*32", "::/0", "::/0", false, false},
        {"IPv6 header beyond the end", "60000000 00080040 00*32 11ff0000 00000000", "::/0", "::/0",
         false, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ikev1_bytes packet = hex_make(rows[i].packet);
        ikev1_selector from = range(rows[i].from), to = range(rows[i].to);
        struct flow flow;
        ROW_EQUAL(rows[i].name, flow_read(&flow, packet), rows[i].reads);
        if (rows[i].reads) {
            ROW_EQUAL(rows[i].name, flow_fits(&flow, &from, &to), rows[i].fits);
        }
        hex_free(packet);
    }
}

/* What a peer has padded a packet with is not handed on. */
static void test_flow__bytes_behind_the_packet__not_counted(void **state) {
    (void)state;
    ikev1_bytes packet = hex_make("45000014 00*16 00*30");
    struct flow flow;
    assert_true(flow_read(&flow, packet));
    assert_int_equal(flow.len, 20);
    hex_free(packet);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prefix__ranges__fewest_prefixes_in_order),
        cmocka_unit_test(test_prefix__ipv6__whole_and_in_parts),
        cmocka_unit_test(test_flow__packets__fit_or_not),
        cmocka_unit_test(test_flow__bytes_behind_the_packet__not_counted),
    };
    return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
