/*
 * show_card - what a student's records come to, as the API shows it: figures are whole
 * numbers in hundredths, each beside the rule and version that made it.
 */
#ifndef NODE_SHOW_CARD_H
#define NODE_SHOW_CARD_H

#include "core/course.h"
#include "core/figures.h"
#include "core/poll.h"
#include "node/permit.h"
#include "node/show.h"

/* The analytic card: monitoring, portfolio, route and profile in one. NULL: no memory. */
json_t *show_analytic(const struct shower *w, const struct permit *p, const struct dossier *d);

/* {"competences": [...], "indicators": [...], "deviations": [...]}. */
json_t *show_figures(const struct shower *w, const struct dossier *d);

json_t *show_portfolio(const struct shower *w, const struct dossier *d);
json_t *show_course(const struct shower *w, const struct dossier *d, uint16_t period);
json_t *show_poll(const struct shower *w, const struct dossier *d, const struct poll *p);

/* The rules that figures on a page follow, with their versions and words. */
json_t *show_rules(const struct shower *w);

/* The mean in hundredths, or null. */
json_t *show_mean(struct tally t);

#endif
