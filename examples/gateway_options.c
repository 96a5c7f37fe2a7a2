/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "gateway_options.h"
#include "gateway_text.h"

static const char USAGE[] =
    "gateway [OPTION]...: negotiates IPsec SAs with IKEv1 peers\n"
    "  --config FILE          the rule file (gateway.ini)\n"
    "  --connect RULE[,RULE]  begins these; every other rule waits for its peer\n"
    "  --show-keys            prints the keys of the IPsec SAs\n"
    "  --tshark FILE          adds the keys of the ISAKMP SAs to FILE: the ikev1_decryption_table\n"
    "                         of tshark and Wireshark\n"
    "  --time                 prints the time in front of each line of the log\n"
    "  --show-peer            prints the peer's address in front of each line of the log\n"
    "  --verbose              logs everything\n"
    "  --exit-when-up         leaves when all of --connect are up, or one of them has failed;\n"
    "                         without --connect, when some peer has brought one up\n"
    "  --exit-after SECONDS   leaves then\n"
    "  --check                says what is wrong with the rule file, and leaves\n"
    "SIGUSR1 deletes every SA. SIGUSR2 replaces every IPsec SA. SIGHUP reads the rules again.\n"
    "SIGINT and SIGTERM delete every SA and leave.\n"
    "Exit status: 0 all well, 1 something failed, 2 bad option or rule file.\n";

static bool read_connect(struct options *options, const char *list, struct mistake *mistake) {
    const char *entry;
    size_t len;
    while (text_entry(&list, &entry, &len)) {
        char number[12];
        if (options->connect_count == MAX_CONNECT) {
            return text_mistake(mistake, entry, "too many rules", "at most 256");
        }
        snprintf(number, sizeof number, "%.*s", len < sizeof number ? (int)len : 0, entry);
        if (!text_number(number, 1, UINT32_MAX, &options->connect[options->connect_count],
                         mistake)) {
            mistake->at = entry;
            return false;
        }
        options->connect_count++;
    }
    return true;
}

int options_read(struct options *options, int argc, char **argv) {
    static const struct option OPTIONS[] = {
        {"config", required_argument, NULL, 'c'}, {"connect", required_argument, NULL, 'r'},
        {"show-keys", no_argument, NULL, 'k'},    {"tshark", required_argument, NULL, 'w'},
        {"time", no_argument, NULL, 't'},         {"show-peer", no_argument, NULL, 'p'},
        {"verbose", no_argument, NULL, 'v'},      {"exit-when-up", no_argument, NULL, 'u'},
        {"check", no_argument, NULL, 'n'},        {"exit-after", required_argument, NULL, 'a'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    struct mistake mistake;
    bool good = true;
    int option;
    options->config = "gateway.ini";
    while (good && (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1) {
        switch (option) {
        case 'c':
            options->config = optarg;
            break;
        case 'r':
            good = read_connect(options, optarg, &mistake);
            break;
        case 'k':
            options->show_keys = true;
            break;
        case 'w':
            options->tshark = optarg;
            break;
        case 't':
            options->show_time = true;
            break;
        case 'p':
            options->show_peer = true;
            break;
        case 'v':
            options->verbose = true;
            break;
        case 'u':
            options->exit_when_up = true;
            break;
        case 'n':
            options->check = true;
            break;
        case 'a':
            good = text_number(optarg, 1, 1000000, &options->exit_after, &mistake);
            break;
        case 'h':
            fputs(USAGE, stdout);
            return 0;
        default:
            fputs(USAGE, stderr);
            return OPTIONS_BAD_USE;
        }
    }
    if (good && optind < argc) {
        good = text_mistake(&mistake, argv[optind], "not an option", "options only: see --help");
    }
    if (!good) {
        fprintf(stderr, "gateway: %s: %s; expected %s\n", mistake.at, mistake.what,
                mistake.expected);
    }
    return good ? OPTIONS_RUN : OPTIONS_BAD_USE;
}
