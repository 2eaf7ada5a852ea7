/*
 * err - what can go wrong, once. err.def is the table; everything that must
 * say, serve or answer an error reads it from here.
 */
#ifndef PROTO_ERR_H
#define PROTO_ERR_H

enum err {
#define ERR(name, text, status, action) ERR_##name,
#include "proto/err.def"
#undef ERR
	ERR_COUNT
};

/* What a session does with the peer whose input caused the error. */
enum peer_action { PEER_NONE, PEER_NACK, PEER_STRIKE, PEER_DROP };

#define MUST_USE __attribute__((warn_unused_result))

/* The name as it stands in the API and in logs ("BAD_SIGNATURE"). */
const char *err_name(enum err e);

/* One English sentence fragment, without a full stop. */
const char *err_text(enum err e);

int err_http_status(enum err e);

enum peer_action err_peer_action(enum err e);

/* A reason received on the wire; an unknown number is ERR_BAD_FORM. */
enum err err_from_wire(unsigned long long n);

#endif
