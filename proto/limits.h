/*
 * limits - every maximum in the system. A number that bounds something stands
 * here and nowhere else; the unit ends the name.
 */
#ifndef PROTO_LIMITS_H
#define PROTO_LIMITS_H

enum limits {
	/* records */
	RECORD_BYTES_MAX = 60 * 1024,
	RECORD_HEADER_BYTES_MAX = 512,
	RECORD_REFS_MAX = 4,
	BODY_PAD_BYTES = 64,
	MSGPACK_DEPTH_MAX = 4,
	NAME_BYTES_MAX = 200,

	/* frames and messages */
	FRAME_BYTES_MAX = 65535,
	FRAME_REKEY_EVERY = 1000,
	FRAME_TAG_BYTES = 16,
	FRAME_PAYLOAD_BYTES_MAX = FRAME_BYTES_MAX - FRAME_TAG_BYTES,
	HANDSHAKE_PAYLOAD_BYTES_MAX = 16 * 1024,
	MESSAGE_LIST_BYTES_MAX = 48 * 1024,

	/* sessions */
	CREDIT_BYTES = 256 * 1024,
	STRIKES_MAX = 3,
	BAN_S = 3600,
	PEERS_INCOMING_MAX = 128,
	BACKOFF_MIN_MS = 500,
	BACKOFF_MAX_MS = 5 * 60 * 1000,
	HANDSHAKE_TIMEOUT_MS = 10 * 1000,
	PEER_IDLE_TIMEOUT_MS = 40 * 60 * 1000,
	HEARTBEAT_MS = 15 * 60 * 1000,

	/* digests */
	LEAF_SPLIT_IDS = 256,
	BUCKETS = 256,

	/* custody */
	CHAIN_RECORDS_MAX = 1024,	   /* on one subject */
	CHAIN_RECORDS_BY_AUTHOR_MAX = 192, /* of them */
	LINKS_BY_AUTHOR_MAX = 24,	   /* of those, too */
	STRANGE_INCARNATIONS_MAX = 8, /* that a rotation cuts, beside those known as ours */
	CUT_MISSING_MAX = 64 * 1024, /* seqs not held up to a cut, and... */
	CUT_SPARSE = 8,		     /* ... so many for each one held: some are erased, some not for us */
	ERASES_BY_AUTHOR_MAX = 128,	   /* of those: room must stay for the steps of transfers */

	/* membership */
	MEMBERSHIP_DEPTH_MAX = 8,
	JOININGS_MAX = 16, /* of one school that count */
	ROOTS_UNANSWERED_MAX = 256, /* that a peer may still answer by BUCKETS; none that is honest has so many on the way */
	SCOPE_SUBJECTS_MAX = 128 * 1024, /* that one peer may offer */
	TASKS_MAX = 256 * 1024,		 /* that one session may have queued */
	ROUTE_HOPS_MAX = 2 * MEMBERSHIP_DEPTH_MAX + 1,
	KEY_EVENTS_MAX = 64,
	KX_OLD_MAX = 16, /* earlier network keys that still answer handshakes */

	/* writer */
	AUDIT_SIGNATURES = 128, /* checked in one batch, some 7 ms */
	BATCH_BYTES_MAX = 4 * 1024 * 1024,
	WRITER_QUEUE_BYTES_MAX = 16 * 1024 * 1024,

	/* store */
	STORE_KEY_BYTES_MAX = 511,
	STORE_READERS_MAX = 126,

	/* HTTP */
	HTTP_HEAD_BYTES_MAX = 16 * 1024,
	HTTP_HEADERS_MAX = 64,
	HTTP_URL_BYTES_MAX = 8 * 1024,
	HTTP_BODY_BYTES_MAX = 1024 * 1024,
	HTTP_IMPORT_BYTES_MAX = 16 * 1024 * 1024,
	HTTP_BUNDLE_BYTES_MAX = 256 * 1024 * 1024,
	HTTP_HEAD_TIMEOUT_MS = 10 * 1000,
	HTTP_BODY_BYTES_PER_S_MIN = 1024,
	HTTP_IDLE_TIMEOUT_MS = 60 * 1000,
	HTTP_CONNECTIONS_MAX = 512,
	HTTP_WRITE_QUEUE_BYTES_MAX = 1024 * 1024,
	HTTP_WRITE_TIMEOUT_MS = 30 * 1000,
	HTTP_LINGER_MS = 2 * 1000,
	HTTP_STREAM_PING_MS = 20 * 1000,
	HTTP_QUERY_MAX = 32,
	HTTP_COOKIES_MAX = 32,
	HTTP_PARAMS_MAX = 4,
	HTTP_REPLY_BYTES_MAX = 256 * 1024 * 1024,
	HTTP_REPLY_HEADERS_BYTES_MAX = 4096,
	JSON_DEPTH_MAX = 32,

	/* the school's life */
	EVIDENCE_FILES_MAX = 8,	  /* of one entry */
	EVIDENCE_FILE_BYTES_MAX = 10 * 1024 * 1024,
	EVIDENCE_SUBJECT_BYTES_MAX = 110 * 1024 * 1024, /* of one subject by one school, as sealed: 100 MiB and their padding */
	EVIDENCE_SPARE_BYTES = 64 * 1024 * 1024,	/* what is fetched leaves free on the disk, for records */
	BLOB_BYTES_MAX = 11 * 1024 * 1024,		/* one such file as sealed */
	BLOB_ROWS_MAX = 4096,				/* files of one subject that a holder looks at */
	BLOB_WINDOW = 4,				/* pieces that one session has asked for */
	BLOB_WANTS_MAX = 16,				/* that one session may have unanswered here */
	UPLOAD_PIECE_BYTES_MAX = 1024 * 1024,
	UPLOAD_PIECE_BYTES_MIN = 16 * 1024, /* of all but the last */
	UPLOADS_MAX = 256,		    /* unfinished */
	UPLOAD_S = 24 * 3600,
	FILES_READING_MAX = 8, /* downloads that are being opened */
	CATALOGUE_MARKS_MAX = 64, /* levels in one entry */
	DOSSIER_BYTES_MAX = 64 * 1024 * 1024, /* of one subject's opened bodies */
	DOSSIERS_BYTES_MAX = 48 * 1024 * 1024, /* opened at a time */
	GROUP_STAFF_MAX = 64,
	GROUP_MEMBERS_MAX = 2000,
	COMMONS_BYTES_MAX = 48 * 1024,
	UNDO_KEEP_S = 30 * 24 * 3600,
	STEP_FRESH_S = 15 * 60,
	BULK_ENTRIES_MAX = 200,
	BULK_RESULTS_MAX = 2000,
	LOOK_AGAIN_S = 10 * 60,
	LOOK_LIST_AGAIN_S = 60 * 60,
	JOURNAL_HEAD_ROWS = 1000, /* a head is written after so many rows, or... */
	JOURNAL_HEAD_S = 24 * 3600, /* ... so much time with any */

	/* import and export */
	CSV_ROWS_MAX = 100000,
	CSV_FIELDS_MAX = 64,
	IMPORT_REPORT_ROWS_MAX = 2000,	       /* shown; more are counted */
	IMPORT_TEXT_BYTES_MAX = 64 * 1024 * 1024, /* of all that a plan's rows say */
	ARCHIVE_FILES_MAX = 64,
	ARCHIVE_NAME_BYTES_MAX = 64,
	ARCHIVE_UNPACKED_BYTES_MAX = 64 * 1024 * 1024, /* of all files of a ZIP */
	DUPLICATES_MAX = 200,

	/* configuration and log */
	CONFIG_BYTES_MAX = 64 * 1024,
	CONFIG_LINE_BYTES_MAX = 190,
	CONFIG_HOSTS_MAX = 16,
	LOG_LINE_BYTES_MAX = 4096,

	/* accounts */
	ACCOUNT_BYTES = 8,
	SESSION_IDLE_S = 30 * 60,
	SESSION_ABSOLUTE_S = 8 * 3600,
	SESSION_SHARED_S = 2 * 3600, /* absolute, on a computer that a class shares */
	SESSIONS_MAX = 4096,
	SESSIONS_OF_ACCOUNT_MAX = 16, /* one more closes the one longest unused: nobody fills the table alone */
	ACCOUNTS_MAX = 20000,
	LOGIN_BYTES_MAX = 64,
	LOGIN_BYTES_MIN = 3,
	PASSWORD_BYTES_MAX = 256,
	PASSWORD_CHARS_MIN = 15,
	PASSWORD_CHARS_MIN_TOTP = 8, /* where a second factor stands behind it */
	HASH_QUEUE_MAX = 16,
	HASH_KIB = 64 * 1024,
	HASH_KIB_SMALL = 19 * 1024, /* with less memory than... */
	HASH_MACHINE_MIB_MIN = 2048,
	HASH_PASSES = 2,
	HASH_PASSES_MAX = 4, /* of a stored hash */
	RECOVERY_CODES = 10,
	PAPER_CODE_S = 30 * 24 * 3600,
	PAPER_STAFF_S = 14 * 24 * 3600,
	PAPER_CODES_AT_ONCE_MAX = 1000,
	THROTTLE_SLOTS = 2048,
	THROTTLE_FIRST_MS = 1000,
	THROTTLE_FORGET_S = 15 * 60,
	THROTTLE_PAIR_MS_MAX = 60 * 1000, /* an account from one address */
	THROTTLE_ACCOUNT_FREE = 10,	  /* from all: whose account it is comes from another, and must get in... */
	THROTTLE_ACCOUNT_MS_MAX = 8 * 1000, /* ... while somebody else guesses */
	THROTTLE_ADDRESS_FREE = 20, /* a whole class may sit behind one */
	THROTTLE_ADDRESS_MS_MAX = 8 * 1000, /* ... and a pupil who guesses must not keep it out */
	THROTTLE_ALL_FREE = 200,
	THROTTLE_ALL_MS_MAX = 4 * 1000,
	ADMIN_LINK_S = 24 * 3600,
	INVITE_S = 14 * 24 * 3600,
	SCHOOL_YEARS_BACK = 12,	   /* how far back a school year may lie that something is written of */
	CAREER_YEAR_LEAST = 1950, /* ... a teacher's */
	TRANSFER_CODE_S = 60 * 24 * 3600,
	CODE_TRIES_MAX = 5,
	CODE_TRIES_WINDOW_S = 15 * 60,

	LINK_SECRET_BYTES = 12,
	LINK_BYTES_MAX = 200,
	MEMBERSHIP_S = 2 * 365 * 24 * 3600, /* a first certificate's; each is renewed by itself when half of its time is over */
	MEMBERSHIP_CLOCK_S = 24 * 3600,
	IDEMPOTENT_S = 24 * 3600,
	IDEMPOTENT_KEY_BYTES_MIN = 8,
	IDEMPOTENT_KEY_BYTES_MAX = 64,
	IDEMPOTENT_BODY_BYTES_MAX = 64 * 1024,

	/* the node */
	PEER_TICK_MS = 30 * 1000,
	PEER_WRITE_QUEUE_BYTES_MAX = 256 * 1024,
	BANS_MAX = 256,
	RESOLVING_MAX = 2,
	EVENT_STREAMS_MAX = 64,
	EVENT_INTERVAL_MS = 250,
	EVENT_STUDENTS_MAX = 256,
	EVENT_PROGRESS_MS = 1000, /* an exchange that moves is told of no more often */
	EVENT_SESSION_MS = 2000, /* at most so long a stream outlives its session */
	JOBS_MAX = 65536,
	DATA_PATH_BYTES_MAX = 4096,

	/* files */
	BUNDLE_PENDING_MAX = 10000,
};

#endif
