/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One page that needs nothing else: for each negotiation a ladder of its messages between the two
 * ends, with times, payloads and what went wrong, and beside it the text of the message chosen.
 */
#include <stdio.h>
#include <string.h>

#include "dump_story.h"

enum { ROW = 74, TOP = 62, LEFT = 210, RIGHT = 610, WIDE = 690, LABEL = 58 };
static const uint64_t SLOW = 2000000; /* microseconds: somebody has waited */

static const char HEAD[] =
    "<style>\n"
    ":root{--bg:#f7f8fa;--card:#fff;--ink:#1d2733;--soft:#6b7886;--line:#d7dde4;--clear:#2563a8;"
    "--sealed:#7a8794;--opened:#1f7a4d;--bad:#c62f2f;--pick:#e9f1fb}\n"
    "@media(prefers-color-scheme:dark){:root{--bg:#14191f;--card:#1c232b;--ink:#e4e9ee;"
    "--soft:#94a1ae;--line:#323c47;--clear:#6fb0f2;--sealed:#8d9aa7;--opened:#5cc790;--bad:#ff7b72;"
    "--pick:#263442}}\n"
    "body{margin:0;padding:24px;background:var(--bg);color:var(--ink);"
    "font:15px/1.45 system-ui,sans-serif}\n"
    "h1{font-size:20px;margin:0 0 4px}h2{font-size:16px;margin:0}\n"
    "p{margin:2px 0;color:var(--soft)}code,pre{font-family:ui-monospace,monospace}\n"
    "section{background:var(--card);border:1px solid var(--line);border-radius:10px;"
    "margin:18px 0;padding:16px 18px}\n"
    ".verdict{margin:6px 0 12px;padding:7px 11px;border-radius:7px;border-left:4px solid;"
    "color:var(--ink);background:var(--bg)}\n"
    ".well{border-color:var(--opened)}.ill{border-color:var(--bad)}\n"
    ".both{display:grid;grid-template-columns:690px minmax(300px,1fr);gap:18px;align-items:start}\n"
    "@media(max-width:1060px){.both{grid-template-columns:1fr}}\n"
    ".panel{position:sticky;top:12px;border:1px solid var(--line);border-radius:7px;"
    "background:var(--bg);padding:12px;max-height:85vh;overflow:auto}\n"
    ".panel pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;font-size:12.5px}\n"
    ".js .panel article{display:none}.js .panel article.on{display:block}\n"
    "article b{display:block;margin-bottom:6px}article .wrong{color:var(--bad)}\n"
    "svg{width:100%;max-width:690px;height:auto;display:block}\n"
    "svg text{fill:var(--ink);font-size:13px}svg .soft{fill:var(--soft);font-size:11.5px}\n"
    "svg .gist{font-size:11.5px}svg .end{font-weight:600;text-anchor:middle}svg "
    ".mid{text-anchor:middle}\n"
    "svg .life{stroke:var(--line);stroke-width:2}.m{cursor:pointer;outline:none}\n"
    ".m rect{fill:transparent}.m:hover rect,.m:focus rect,.m.on rect{fill:var(--pick)}\n"
    ".m path{stroke-width:2;fill:none}.m .tip{stroke:none}\n"
    ".clear path{stroke:var(--clear)}.clear .tip{fill:var(--clear)}\n"
    ".opened path{stroke:var(--opened)}.opened .tip{fill:var(--opened)}\n"
    ".sealed path{stroke:var(--sealed);stroke-dasharray:7 4}.sealed .tip{fill:var(--sealed)}\n"
    ".garbled path,.bad path{stroke:var(--bad)}.garbled .tip,.bad .tip{fill:var(--bad)}\n"
    ".again{opacity:.55}.m .tip{stroke-dasharray:none;stroke:none}\n"
    "svg .slow{fill:var(--bad);font-size:11.5px;font-weight:600}\n"
    "table{border-collapse:collapse;margin:14px 0}td{padding:3px 14px 3px 0;vertical-align:top}\n"
    "td a{color:inherit}td:nth-child(-n+3){white-space:nowrap}tr.ill "
    "td:last-child{color:var(--bad)}\n"
    "svg .wrong{fill:var(--bad);font-weight:600;font-size:12px}\n"
    ".legend span{margin-right:16px}.legend i{display:inline-block;width:22px;height:0;"
    "border-top:2px solid;vertical-align:middle;margin-right:5px}\n"
    "</style>\n";

static const char SCRIPT[] =
    "<script>\n"
    "document.body.classList.add('js');\n"
    "const all=[...document.querySelectorAll('.m')];\n"
    "function choose(g){const s=g.closest('section');\n"
    " s.querySelectorAll('.on').forEach(e=>e.classList.remove('on'));\n"
    " g.classList.add('on');document.getElementById('t'+g.dataset.n).classList.add('on');}\n"
    "all.forEach((g,i)=>{g.addEventListener('click',()=>choose(g));\n"
    " g.addEventListener('focus',()=>choose(g));\n"
    " g.addEventListener('keydown',e=>{const to=e.key=='ArrowDown'?i+1:e.key=='ArrowUp'?i-1:-1;\n"
    "  if(all[to]){e.preventDefault();all[to].focus();}});});\n"
    "document.querySelectorAll('section').forEach(s=>{const g=s.querySelector('.m.bad')||"
    "s.querySelector('.m');if(g)choose(g);});\n"
    "document.body.dataset.ready=all.length;\n"
    "</script>\n";

static const char LEGEND[] =
    "<p class=\"legend\"><span><i style=\"color:var(--clear)\"></i>in the clear</span>"
    "<span><i style=\"color:var(--opened)\"></i>encrypted, read</span>"
    "<span><i style=\"color:var(--sealed);border-top-style:dashed\"></i>encrypted, no key</span>"
    "<span><i style=\"color:var(--bad)\"></i>where it went wrong</span></p>\n";

/* What peers have sent is in here: nothing of it is markup. At most `most` characters. */
static void put(const char *text, size_t most) {
    for (; *text != '\0' && most > 0; text++, most--) {
        const char *as = *text == '<'   ? "&lt;"
                         : *text == '>' ? "&gt;"
                         : *text == '&' ? "&amp;"
                         : *text == '"' ? "&quot;"
                                        : NULL;
        if (as != NULL)
            fputs(as, stdout);
        else if ((unsigned char)*text >= 0x20 || *text == '\n')
            putchar(*text);
    }
    if (*text != '\0')
        fputs("…", stdout);
}

static void put_hex(const uint8_t *p, size_t len) {
    for (size_t i = 0; i < len; i++)
        printf("%02x", p[i]);
}

static void put_seconds(uint64_t microseconds) {
    printf("%llu.%06llu", (unsigned long long)(microseconds / 1000000),
           (unsigned long long)(microseconds % 1000000));
}

static bool is_of(const struct story_message *m, const struct story_negotiation *n) {
    return m->decoded.event.sa == n->sa;
}

/* ---- the ladder ---- */

static const char *kind_of(const struct story_message *m) {
    static const char *const kinds[] = {"clear", "clear", "opened", "sealed", "garbled"};
    return kinds[m->decoded.cover];
}

static void put_label(const struct story_message *m, int y) {
    const char *symbols = strchr(m->line, ':');
    const char *exchange = ikev1_name(IKEV1_NAMES_EXCHANGE, m->decoded.event.exchange);
    printf("<text class=\"mid\" x=\"%d\" y=\"%d\">", (LEFT + RIGHT) / 2, y + 18);
    if (m->decoded.event.payload_count > 0 && symbols != NULL)
        put(symbols + 1, LABEL);
    else
        put(m->decoded.cover == IKEV1_COVER_CLEAR ? "not readable" : "(encrypted)", LABEL);
    fputs("</text>", stdout);
    if (m->gist[0] != '\0') {
        printf("<text class=\"gist mid\" x=\"%d\" y=\"%d\">", (LEFT + RIGHT) / 2, y + 43);
        put(m->gist, LABEL);
        fputs("</text>", stdout);
    }
    printf("<text class=\"soft mid\" x=\"%d\" y=\"%d\">", (LEFT + RIGHT) / 2,
           y + (m->gist[0] != '\0' ? 59 : 46));
    put(exchange != NULL ? exchange : "unknown exchange", LABEL);
    if (m->decoded.event.message_id != 0)
        printf(" · %08x", (unsigned)m->decoded.event.message_id);
    printf(" · %zu bytes%s%s%s</text>", m->decoded.wire.len,
           m->natt ? " · by the port of NAT-T" : "", m->decoded.again ? " · sent again" : "",
           m->decoded.joined ? " · from fragments" : "");
}

static void put_arrow(const struct story_message *m, int y) {
    const bool right = m->decoded.initiator;
    const int from = right ? LEFT : RIGHT, to = right ? RIGHT : LEFT, tip = right ? -10 : 10;
    printf("<path d=\"M%d %dH%d\"/><path class=\"tip\" d=\"M%d %dl%d -5v10z\"/>", from, y + 30,
           to + tip / 2, to, y + 30, tip);
}

static void put_row(const struct story *s, size_t at, int y, uint64_t first, uint64_t before,
                    bool failed) {
    const struct story_message *m = &s->messages[at];
    printf("<g class=\"m %s%s%s\" data-n=\"%zu\" tabindex=\"0\"><rect x=\"0\" y=\"%d\" "
           "width=\"%d\" height=\"%d\" rx=\"6\"/><text x=\"8\" y=\"%d\">",
           kind_of(m), failed ? " bad" : "", m->decoded.again ? " again" : "", at, y, WIDE, ROW - 4,
           y + 24);
    put_seconds(m->microseconds - first);
    printf(" s</text><text class=\"%s\" x=\"8\" y=\"%d\">#%llu +",
           m->microseconds - before >= SLOW ? "slow" : "soft", y + 40,
           (unsigned long long)m->frame);
    put_seconds(m->microseconds - before);
    fputs("</text>", stdout);
    put_label(m, y);
    put_arrow(m, y);
    if (failed)
        printf("<text class=\"wrong\" x=\"%d\" y=\"%d\">✕ here</text>", RIGHT + 14, y + 34);
    fputs("</g>\n", stdout);
}

static void put_ladder(const struct story *s, const struct story_negotiation *n) {
    uint64_t first = 0, before = 0;
    size_t rows = 0;
    for (size_t i = 0; i < s->message_count; i++)
        rows += is_of(&s->messages[i], n);
    const int high = TOP + (int)rows * ROW;
    printf("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"ladder diagram\">", WIDE,
           high + 12);
    printf("<text class=\"end\" x=\"%d\" y=\"18\">initiator</text><text class=\"soft mid\" "
           "x=\"%d\" y=\"36\">%s</text>",
           LEFT, LEFT, n->initiator);
    printf("<text class=\"end\" x=\"%d\" y=\"18\">responder</text><text class=\"soft mid\" "
           "x=\"%d\" y=\"36\">%s</text>\n",
           RIGHT, RIGHT - 12, n->responder);
    int y = TOP;
    for (size_t i = 0; i < s->message_count; i++) {
        const struct story_message *m = &s->messages[i];
        if (!is_of(m, n))
            continue;
        if (first == 0)
            first = before = m->microseconds;
        put_row(s, i, y, first, before, n->failed_at == i + 1);
        before = m->microseconds;
        y += ROW;
    }
    printf("<path class=\"life\" d=\"M%d 46V%d\"/><path class=\"life\" d=\"M%d 46V%d\"/></svg>\n",
           LEFT, high, RIGHT, high);
}

/* ---- the texts ---- */

static void put_texts(const struct story *s, const struct story_negotiation *n) {
    for (size_t i = 0; i < s->message_count; i++) {
        const struct story_message *m = &s->messages[i];
        if (!is_of(m, n))
            continue;
        printf("<article id=\"t%zu\"><b>frame %llu: ", i, (unsigned long long)m->frame);
        put(m->source, sizeof m->source);
        fputs(" → ", stdout);
        put(m->destination, sizeof m->destination);
        fputs("</b>", stdout);
        if (n->failed_at == i + 1) {
            fputs("<b class=\"wrong\">", stdout);
            put(n->failure, sizeof n->failure);
            fputs("</b>", stdout);
        }
        fputs("<pre>", stdout);
        put(m->text, IKEV1_DECODER_TEXT);
        fputs("</pre>", stdout);
        if (m->vendors[0] != '\0') {
            fputs("<p>vendor IDs: ", stdout);
            put(m->vendors, sizeof m->vendors);
            fputs("</p>", stdout);
        }
        if (m->decoded.proof != IKEV1_PROOF_NONE)
            printf("<p>The HASH is %s the known pre-shared key.</p>",
                   m->decoded.proof == IKEV1_PROOF_GOOD ? "that of" : "not that of");
        fputs("</article>\n", stdout);
    }
}

static void put_times(const struct story_negotiation *n) {
    char began[64];
    story_time(n->began, began);
    printf("began %s, %u messages in ", began, n->messages);
    put_seconds(n->ended - n->began);
    fputs(" s", stdout);
    if (n->again > 0)
        printf(", %u of them sent again", n->again);
    if (n->sealed > 0)
        printf("; %u cannot be read without the key (--keys, --key)", n->sealed);
}

static void put_negotiation(const struct story *s, const struct story_negotiation *n) {
    char verdict[2 * STORY_TEXT];
    const bool well = story_verdict(n, verdict);
    printf("<section id=\"n%llu\"><h2>Negotiation %llu</h2><p>cookies <code>",
           (unsigned long long)n->sa, (unsigned long long)n->sa);
    put_hex(n->icookie, sizeof n->icookie);
    putchar(' ');
    put_hex(n->rcookie, sizeof n->rcookie);
    fputs("</code></p><p>", stdout);
    put_times(n);
    printf("</p><div class=\"verdict %s\">", well ? "well" : "ill");
    put(verdict, sizeof verdict);
    fputs("</div><div class=\"both\"><div>", stdout);
    put_ladder(s, n);
    fputs("</div><div class=\"panel\">", stdout);
    put_texts(s, n);
    fputs("</div></div></section>\n", stdout);
}

/* All negotiations at a glance. */
static void put_overview(const struct story *s) {
    fputs("<table>\n", stdout);
    for (size_t i = 0; i < s->negotiation_count; i++) {
        const struct story_negotiation *n = &s->negotiations[i];
        char verdict[2 * STORY_TEXT], began[64];
        const bool well = story_verdict(n, verdict);
        story_time(n->began, began);
        printf(
            "<tr class=\"%s\"><td><a href=\"#n%llu\">%llu</a></td><td>%s</td><td>%s → %s</td><td>",
            well ? "well" : "ill", (unsigned long long)n->sa, (unsigned long long)n->sa, began,
            n->initiator, n->responder);
        put(verdict, sizeof verdict);
        fputs("</td></tr>\n", stdout);
    }
    fputs("</table>\n", stdout);
}

void html_page(const struct story *s, const char *title) {
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
          "<meta name=\"viewport\" content=\"width=device-width\"><title>",
          stdout);
    put(title, 200);
    fputs("</title>\n", stdout);
    fputs(HEAD, stdout);
    fputs("</head><body><h1>", stdout);
    put(title, 200);
    printf("</h1><p>IKEv1 messages: %zu, negotiations: %zu</p>\n", s->message_count,
           s->negotiation_count);
    if (s->left_out > 0)
        printf("<p>%llu more messages are not shown</p>\n", (unsigned long long)s->left_out);
    if (s->negotiation_count > 1)
        put_overview(s);
    fputs(LEGEND, stdout);
    for (size_t i = 0; i < s->negotiation_count; i++)
        put_negotiation(s, &s->negotiations[i]);
    fputs(SCRIPT, stdout);
    fputs("</body></html>\n", stdout);
}
