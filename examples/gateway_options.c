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
    "  --capsule FILE         writes down all that goes into the engine, for --replay elsewhere; "
    "FILE\n"
    "                         must not exist\n"
    "  --with-secrets         also its secret random bytes: whoever has FILE can read everything\n"
    "  --replay FILE          negotiates with nobody: what is in FILE happens once more\n"
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
    const struct option OPTIONS[] = {{"config", required_argument, NULL, 'c'},
                                     {"connect", required_argument, NULL, 'r'},
                                     {"tshark", required_argument, NULL, 'w'},
                                     {"capsule", required_argument, NULL, 'd'},
                                     {"replay", required_argument, NULL, 'p'},
                                     {"exit-after", required_argument, NULL, 'a'},
                                     {"show-keys", no_argument, &options->show_keys, true},
                                     {"with-secrets", no_argument, &options->secrets, true},
                                     {"time", no_argument, &options->show_time, true},
                                     {"show-peer", no_argument, &options->show_peer, true},
                                     {"verbose", no_argument, &options->verbose, true},
                                     {"exit-when-up", no_argument, &options->exit_when_up, true},
                                     {"check", no_argument, &options->check, true},
                                     {"help", no_argument, NULL, 'h'},
                                     {NULL, 0, NULL, 0}};
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
        case 'w':
            options->tshark = optarg;
            break;
        case 'd':
            options->capsule = optarg;
            break;
        case 'p':
            options->replay = optarg;
            break;
        case 'a':
            good = text_number(optarg, 1, 1000000, &options->exit_after, &mistake);
            break;
        case 0: /* it has been set */
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
    if (good && options->secrets && options->capsule == NULL) {
        good = text_mistake(&mistake, "--with-secrets", "alone", "--capsule beside it");
    }
    if (good && options->replay != NULL && options->capsule != NULL) {
        good = text_mistake(&mistake, "--replay", "beside --capsule", "one of the two");
    }
    if (!good) {
        fprintf(stderr, "gateway: %s: %s; expected %s\n", mistake.at, mistake.what,
                mistake.expected);
    }
    return good ? OPTIONS_RUN : OPTIONS_BAD_USE;
}

bool options_check(const struct options *options, const struct rules *rules) {
    for (size_t i = 0; i < options->connect_count; i++) {
        const struct rule *rule = rules_find(rules, options->connect[i]);
        if (rule == NULL || rule->peer.family == 0) {
            fprintf(stderr, "gateway: --connect %u: %s\n", (unsigned)options->connect[i],
                    rule == NULL ? "there is no such rule; expected the number of one in the file"
                                 : "its peer is \"any\"; expected a rule with the peer's address");
            return false;
        }
    }
    return true;
}
