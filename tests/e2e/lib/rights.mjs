// Who may what, written by hand: neither from the server's tables nor from the catalogue, so that a slip in either shows.
//
// The columns of a row:
//   s the student            p a parent                t a teacher of the class
//   c the class teacher      u the tutor
//   e an expert named for one work of the student's    q an expert named in one procedure of the class
//   n a teacher of the class until today               o the class teacher of another class
//   x a parent no more, of another student still       a the administrator         v an observer
// e and q are parents of students in other classes.
//
//   +  done                       ~  let through, and refused for what was asked: 409, 422, 400
//   x  403: it is there, but this is not theirs to do
//   k  422: no kind that they know of
//   -  404, as of what does not exist
//
// Without a session everything is 401 but what is OPEN.
export const COLUMNS = 'sptcueqnoxav';

const ALL = '+++++ ++ +++ + +', PEOPLE = '+++++ ++ +++ + -', STAFF = '--+++ -- ++- + -', ADMIN = '----- -- --- + -', REFUSED = '----- -- --- ~ -',
	NOBODY = '----- -- --- - -';

export const OPEN = {
	'GET /healthz': '+', 'GET /metrics': '+',
	'POST /api/v1/session': '~', 'POST /api/v1/accounts/claims': '~',
	'GET /api/v1/public/{token}': '+',
};

// Of nobody in particular.
export const PLAIN = {
	'GET /api/v1/session': ALL,
	'PUT /api/v1/session/role': '~~~~~ ~~ ~~~ ~ ~',
	'PUT /api/v1/account/password': '~~~~~ ~~ ~~~ ~ ~',
	'POST /api/v1/account/totp': '++~~~ ++ ~~+ ~ ~',
	'PUT /api/v1/account/totp': '~~~~~ ~~ ~~~ ~ ~',
	'DELETE /api/v1/account/totp': '~~~~~ ~~ ~~~ ~ ~',
	'GET /api/v1/school': ALL,
	'GET /api/v1/events': ALL,
	'GET /api/v1/work': ALL,
	'GET /api/v1/catalogue': ALL,
	'GET /api/v1/students': PEOPLE,
	'GET /api/v1/staff': PEOPLE,
	'GET /api/v1/classes': PEOPLE,
	'GET /api/v1/search': PEOPLE,
	'GET /api/v1/moderation': PEOPLE,
	'POST /api/v1/verdicts': PEOPLE,
	// each entry stands or falls for itself: a test of its own
	'POST /api/v1/entries': PEOPLE,
	'GET /api/v1/notifications': PEOPLE,
	'PUT /api/v1/notifications/seen': PEOPLE,
	// one's own last step, of those who have made one
	'GET /api/v1/undo': '+++++ -- -+- + -',
	'POST /api/v1/undo': '+++++ -- -+- + -',
	'GET /api/v1/analysis': STAFF,
	'GET /api/v1/analysis/page': STAFF,
	'GET /api/v1/commons': STAFF,
	'POST /api/v1/students': ADMIN,
	'POST /api/v1/staff': ADMIN,
	'POST /api/v1/classes': ADMIN,
	'GET /api/v1/promotions': ADMIN,
	'POST /api/v1/promotions': ADMIN,
	'GET /api/v1/changes': ADMIN,
	'DELETE /api/v1/changes/{id}': ADMIN,
	'POST /api/v1/imports': ADMIN,
	'GET /api/v1/students.csv': ADMIN,
	'GET /api/v1/staff.csv': ADMIN,
	'GET /api/v1/classes.csv': ADMIN,
	'GET /api/v1/export/oneroster': ADMIN,
	'GET /api/v1/duplicates': ADMIN,
	'POST /api/v1/bundles': ADMIN,
	'POST /api/v1/ingest': REFUSED,
	'GET /api/v1/journal': ADMIN,
	'GET /api/v1/journal/check': ADMIN,
	'GET /api/v1/accounts': ADMIN,
	'POST /api/v1/accounts': ADMIN,
	'POST /api/v1/accounts/codes': ADMIN,
	'PUT /api/v1/accounts/{id}': ADMIN,
	'DELETE /api/v1/accounts/{id}/totp': ADMIN,
	'DELETE /api/v1/accounts/{id}/sessions': ADMIN,
	'GET /api/v1/erasures': ADMIN,
	'GET /api/v1/transfers': ADMIN,
	'POST /api/v1/transfers/codes': ADMIN,
	'POST /api/v1/transfers/claims': REFUSED,
	'GET /api/v1/transfers/{id}': ADMIN,
	'POST /api/v1/transfers/{id}/approve': REFUSED,
	'POST /api/v1/transfers/{id}/decline': REFUSED,
	'POST /api/v1/transfers/{id}/resolve': REFUSED,
	'POST /api/v1/transfers/{id}/void': ADMIN,
	'GET /api/v1/network': ADMIN,
	'POST /api/v1/network/invites': ADMIN,
	'POST /api/v1/network/join': REFUSED,
	'PUT /api/v1/network/schools/{id}/terms': REFUSED,
	'POST /api/v1/network/schools/{id}/revoke': REFUSED,
	'PUT /api/v1/network/peers/{id}': REFUSED,
	'GET /api/v1/school/entries': STAFF,
	'POST /api/v1/school/entries': '--xxx -- xx- + -',
	'GET /api/v1/school/entries/{entry}': STAFF,
	'POST /api/v1/school/entries/{entry}/verdicts': '--xxx -- xx- x -',
	'POST /api/v1/school/entries/{entry}/withdrawals': '--xxx -- xx- + -',
	// the control socket's
	'GET /api/v1/routes': NOBODY,
	'POST /api/v1/session/links': NOBODY,
	'POST /api/v1/backup': NOBODY,
	'GET /api/v1/archive': NOBODY,
	'GET /api/v1/archive/{id}': NOBODY,
	// last, it ends the session
	'DELETE /api/v1/session': ALL,
};

// Of a subject: own (a student of the class, the teacher t, the class), other (of the other class: its class teacher is o),
// former (a student who went to another school, a member of staff who left, a class that was closed). A subject of another
// school and one that never was are not there for anybody, nor is another's entry under one's own subject.
// Of /students/{id}, e and q get the name and class alone; of /classes/{id}, s and p get no members (review.test.mjs).
export const STUDENT = {
	'GET /api/v1/students/{id}':               ['+++++ ++ --- + -', '----- -- -+- + -', ADMIN],
	'GET /api/v1/students/{id}/export':        ['++--- -- --- + -', ADMIN, ADMIN],
	'GET /api/v1/students/{id}/transcript':    ['++-++ -- --- + -', '----- -- -+- + -', ADMIN],
	'GET /api/v1/students/{id}/card':          ['+++++ -- --- + -', '----- -- -+- + -', ADMIN],
	'GET /api/v1/students/{id}/route':         ['+++++ -- --- - -', '----- -- -+- - -', NOBODY],
	'GET /api/v1/students/{id}/polls':         ['--+++ -- --- - -', '----- -- -+- - -', NOBODY],
	'GET /api/v1/students/{id}/consents':      ['++-++ -- --- - -', '----- -- -+- - -', NOBODY],
	'GET /api/v1/students/{id}/looks':         ['++-++ -- --- - -', '----- -- -+- - -', NOBODY],
	'GET /api/v1/students/{id}/page':          ['++--- -- --- - -', NOBODY, NOBODY],
	'PUT /api/v1/students/{id}/page':          ['++--- -- --- - -', NOBODY, NOBODY],
	'GET /api/v1/students/{id}/entries':       ['+++++ ++ --- + -', '----- -- -+- + -', ADMIN],
	'POST /api/v1/students/{id}/entries':      ['+++++ xx --- k -', '----- -- -+- k -', '----- -- --- k -'],
	'GET /api/v1/students/{id}/entries/{entry}':  ['+++++ +- --- - -', '----- -- -+- - -', NOBODY],
	'POST /api/v1/students/{id}/entries/{entry}/verdicts':    ['xxx++ -- --- - -', '----- -- -+- - -', NOBODY],
	'POST /api/v1/students/{id}/entries/{entry}/withdrawals': ['+++++ -- --- - -', '----- -- -+- - -', NOBODY],
	'POST /api/v1/students/{id}/entries/{entry}/erase':       ['---++ -- --- + -', '----- -- -+- + -', '----- -- --- ~ -'],
	'POST /api/v1/students/{id}/files':        ['+++++ xx --- + -', '----- -- -+- + -', '----- -- --- ~ -'],
	'GET /api/v1/students/{id}/files/{file}':  ['+++++ +- --- - -', '----- -- -+- - -', NOBODY],
	'PUT /api/v1/students/{id}':               [ADMIN, ADMIN, '----- -- --- ~ -'],
	'PUT /api/v1/students/{id}/links/{other}':    [ADMIN, ADMIN, '----- -- --- ~ -'],
	'DELETE /api/v1/students/{id}/links/{other}': [ADMIN, ADMIN, '----- -- --- ~ -'],
	'POST /api/v1/students/{id}/erasure':      [ADMIN, ADMIN, '----- -- --- ~ -'],
	'DELETE /api/v1/students/{id}/erasure':    [ADMIN, ADMIN, REFUSED],
};

export const TEACHER = {
	'GET /api/v1/staff/{id}/entries':          ['--+-- -- --- + -', '----- -- -+- + -', ADMIN],
	'POST /api/v1/staff/{id}/entries':         ['--+-- -- --- x -', '----- -- -+- x -', '----- -- --- x -'],
	'GET /api/v1/staff/{id}/entries/{entry}':  ['--+-- -- --- + -', '----- -- -+- + -', ADMIN],
	'POST /api/v1/staff/{id}/entries/{entry}/verdicts':    ['--x-- -- --- x -', '----- -- -x- x -', '----- -- --- x -'],
	'POST /api/v1/staff/{id}/entries/{entry}/withdrawals': ['--+-- -- --- x -', '----- -- -+- x -', '----- -- --- x -'],
	'POST /api/v1/staff/{id}/entries/{entry}/publication': ['--+-- -- --- - -', '----- -- -+- - -', NOBODY],
	'POST /api/v1/staff/{id}/files':           ['--+-- -- --- x -', '----- -- -+- x -', '----- -- --- x -'],
	'GET /api/v1/staff/{id}/files/{file}':     ['--+-- -- --- + -', '----- -- -+- + -', ADMIN],
	'GET /api/v1/staff/{id}/growth':           ['--+-- -- --- + -', '----- -- -+- + -', ADMIN],
	'GET /api/v1/staff/{id}/development':      ['--+-- -- --- + -', '----- -- -+- + -', ADMIN],
	'GET /api/v1/staff/{id}/page':             ['--+-- -- --- - -', '----- -- -+- - -', NOBODY],
	'PUT /api/v1/staff/{id}/page':             ['--+-- -- --- - -', '----- -- -+- - -', NOBODY],
	'GET /api/v1/staff/{id}':                  ['--+-- -- --- + -', '----- -- -+- + -', ADMIN],
	'PUT /api/v1/staff/{id}':                  [ADMIN, ADMIN, ADMIN],
};

// A closed class stays its class teacher's to look back on: no student is in it any more.
export const CLASS = {
	'GET /api/v1/classes/{id}':                ['+++++ -+ --- + -', '----- -- -+- + -', '---+- -- --- + -'],
	'GET /api/v1/classes/{id}/matrix':         ['--+++ -- --- + -', '----- -- -+- + -', '---+- -- --- + -'],
	'GET /api/v1/classes/{id}/page':           ['---++ -- --- - -', '----- -- -+- - -', '---+- -- --- - -'],
	'PUT /api/v1/classes/{id}/page':           ['---++ -- --- - -', '----- -- -+- - -', '---+- -- --- - -'],
	'GET /api/v1/classes/{id}/entries':        ['+++++ -+ --- + -', '----- -- -+- + -', '---+- -- --- + -'],
	'POST /api/v1/classes/{id}/entries':       ['xx++x -x --- + -', '----- -- -+- + -', '---+- -- --- + -'],
	'GET /api/v1/classes/{id}/entries/{entry}': ['+++++ -+ --- + -', '----- -- -+- + -', '---+- -- --- + -'],
	'POST /api/v1/classes/{id}/entries/{entry}/verdicts':    ['xxxxx -x --- x -', '----- -- -x- x -', '---x- -- --- x -'],
	'POST /api/v1/classes/{id}/entries/{entry}/withdrawals': ['xx++x -x --- + -', '----- -- -+- + -', '---+- -- --- + -'],
	'POST /api/v1/classes/{id}/files':         ['xx++x -x --- + -', '----- -- -+- + -', '---+- -- --- + -'],
	'GET /api/v1/classes/{id}/files/{file}':   ['+++++ -+ --- + -', '----- -- -+- + -', '---+- -- --- + -'],
	'POST /api/v1/classes/{id}/external-results': ['--+++ -- --- + -', '----- -- -+- + -', '---+- -- --- + -'],
	'PUT /api/v1/classes/{id}':                [ADMIN, ADMIN, ADMIN],
};

// An upload: begun by the caller (who may begin none finds the operator's), and by somebody else.
export const UPLOAD = {
	'GET /api/v1/uploads/{upload}':            ['+++++ -- --- + -', NOBODY],
	'PUT /api/v1/uploads/{upload}':            ['+++++ -- --- + -', NOBODY],
};

// Kinds by who sees, writes and confirms: s p t c u a as above, e an expert. Staff: s the teacher.
export const KINDS = {
	student: {
		profile:            { see: 'sptcu',   write: 's',     confirm: '' },
		subject_result:     { see: 'sptcua',  write: 'tc',    confirm: '' },
		independent_result: { see: 'sptcua',  write: 'sptcu', confirm: 'cu' },
		achievement:        { see: 'sptcue',  write: 'sptcu', confirm: 'cu' },
		consent:            { see: 'spcua',   write: 'sp',    confirm: '' },
		expertise:          { see: 'sptcue',  write: 'tcu',   confirm: '' },
		expert_review:      { see: 'sptcue',  write: 'e',     confirm: '' },
		rating:             { see: 'sptcuea', write: 'tce',   confirm: '' },
		poll:               { see: 'tcu',     write: 'tcu',   confirm: '' },
		observation:        { see: 'sptcua',  write: 'tcu',   confirm: '' },
		external_result:    { see: 'sptcua',  write: 'tca',   confirm: '' },
		deviation:          { see: 'tcu',     write: 'cu',    confirm: '' },
		recommendation:     { see: 'sptcu',   write: 'tcu',   confirm: '' },
		route_answers:      { see: 'sptcu',   write: 'sp',    confirm: '' },
		goal:               { see: 'sptcu',   write: 'spcu',  confirm: '' },
		goal_step:          { see: 'sptcu',   write: 'spcu',  confirm: '' },
	},
	class: {
		procedure:          { see: 'sptcuea', write: 'tca',   confirm: '' },
	},
	school: {
		list_item:          { see: 'tcua',    write: 'a',     confirm: '' },
		lesson_template:    { see: 'tcua',    write: 'a',     confirm: '' },
		analysis_note:      { see: 'a',       write: 'a',     confirm: '' },
	},
	teacher: Object.fromEntries(['lesson_card', 't_award_state', 't_award_other', 't_education', 't_experience', 't_training', 't_quality',
		't_procedures', 't_subject_events', 't_extra_subject', 't_extra_other', 't_class_lead', 't_extra_events', 't_student_results',
		't_student_works', 't_innovation', 't_ict', 't_research', 't_dissemination', 't_communities', 't_publications', 't_programmes',
		't_other_works', 't_expert', 't_jury', 't_contests', 'self_rating', 'development_step']
		.map((kind) => [kind, { see: 'ta', write: 't', confirm: '' }])),
	/* published, not written as an entry */
	network: {
		published_card:     { see: '',        write: '',      confirm: '' },
	},
};
