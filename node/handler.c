#include "node/handler.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/evidence.h"
#include "node/loop.h"

struct shower handler_shower(struct node *n)
{
	return (struct shower){.school = &n->opened.school,
			       .roster = &n->roster,
			       .catalogue = n->catalogue,
			       .people = &n->people,
			       .dossiers = n->dossiers,
			       .blobs = evidence_blobs(n->evidence),
			       .now_ms = clock_ms()};
}

size_t handler_limit(struct exchange *x)
{
	const char *text = request_query(x->req, "limit");
	char *end;
	if (asks_table(x))
		return SIZE_MAX;
	if (!text)
		return 50;
	unsigned long n = strtoul(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && n >= 1 && n <= 200)
		return n;
	reply_error(x, ERR_INVALID, "a number from 1 to 200", "limit");
	return 0;
}

const struct indexed_person *handler_student(struct exchange *x, uint8_t subject[SUBJECT_BYTES])
{
	if (!api_param_id(x, 0, subject, SUBJECT_BYTES))
		return NULL;
	const struct indexed_person *p = people_index_find(&api_node(x)->people, subject);
	if (!p || p->person.kind != PERSON_STUDENT ) {
		reply_error(x, ERR_NOT_FOUND, "no such student here", NULL);
		return NULL;
	}
	return p;
}

void handler_changed(struct exchange *x, json_t *current)
{
	struct buf out;
	json_t *problem = json_pack("{s:s, s:s, s:i, s:s, s:s, s:o, s:O}", "type", "about:blank", "title", err_text(ERR_PRECONDITION),
				    "status", 412, "code", "precondition", "request_id", x->req->id, "current", current, "sent", x->json);
	buf_init(&out, HTTP_BODY_BYTES_MAX);
	json_write(&out, problem);
	json_decref(problem);
	reply_bytes(x, 412, "application/problem+json", NULL, buf_bytes(&out));
	buf_release(&out);
}
