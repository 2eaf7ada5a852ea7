// OneRoster sets made from the published tables.
import { zip } from './zip.mjs';

const HEAD = 'sourcedId,status,dateLastModified,';
const both = (text) => ({ '1.1': HEAD + text, '1.2': HEAD + text });
export const COLUMNS = {
	orgs: both('name,type,identifier,parentSourcedId'),
	academicSessions: both('title,type,startDate,endDate,parentSourcedId,schoolYear'),
	courses: both('schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes'),
	classes: both('title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods'),
	users: {
		'1.1': `${HEAD}enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password`,
		'1.2': `${HEAD}enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,resourceSourcedIds,preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns`,
	},
	roles: { '1.2': `${HEAD}userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId` },
	demographics: both('birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus'),
	enrollments: both('classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate'),
};

const cell = (v) => (/[",\n]/.test(v) ? `"${v.replace(/"/g, '""')}"` : v);

/** tables: {users: [{sourcedId, ...}, ...], ...}; modes: {users: 'delta'}, bulk where nothing is said. */
export function texts(version, tables, modes = {}) {
	const files = {};
	let manifest = `propertyName,value\nmanifest.version,1.0\noneroster.version,${version}\n`;
	for (const name of Object.keys(COLUMNS).filter((n) => COLUMNS[n][version])) {
		const rows = tables[name] ?? [];
		manifest += `file.${name},${rows.length ? modes[name] ?? 'bulk' : 'absent'}\n`;
		if (!rows.length)
			continue;
		const columns = COLUMNS[name][version].split(',');
		files[`${name}.csv`] = [columns, ...rows.map((r) => columns.map((c) => cell(String(r[c] ?? ''))))].map((r) => r.join(',')).join('\r\n') + '\r\n';
	}
	return { 'manifest.csv': manifest, ...files };
}
export const set = (version, tables, modes) => zip(texts(version, tables, modes));

/** A small school: two classes, a group of physics, siblings with one mother, a teacher and a headmistress. */
export function school(version) {
	const org = 'org-1', user = (sourcedId, role, familyName, givenName, middleName, more = {}) => ({
		sourcedId, enabledUser: 'true', orgSourcedIds: org, role, username: sourcedId, givenName, familyName, middleName, ...more });
	const users = [
		user('s1', 'student', 'Орлов', 'Пётр', 'Ильич', { agentSourcedIds: 'p1,p2', grades: '7' }),
		user('s2', 'student', 'Орлова', 'Анна', 'Ильинична', { agentSourcedIds: 'p1', grades: '5' }),
		user('s3', 'student', 'Зайцев', 'Олег', '', { grades: '7' }),
		user('t1', 'teacher', 'Физикова', 'Мария', 'Петровна'),
		user('a1', version === '1.1' ? 'administrator' : 'principal', 'Главная', 'Елена', 'Юрьевна'),
		user('p1', 'parent', 'Орлова', 'Ольга', 'Ивановна', { agentSourcedIds: 's1,s2' }),
		user('p2', 'guardian', 'Орлов', 'Илья', 'Петрович', { agentSourcedIds: 's1' }),
	];
	const enrol = (sourcedId, classSourcedId, userSourcedId, role, more = {}) => ({ sourcedId, classSourcedId, schoolSourcedId: org, userSourcedId, role, ...more });
	return {
		orgs: [{ sourcedId: org, name: 'Школа', type: 'school' }],
		academicSessions: [{ sourcedId: 'y', title: 'Год', type: 'schoolYear', startDate: '2026-09-01', endDate: '2027-06-01', schoolYear: '2027' }],
		courses: [{ sourcedId: 'c-home', title: 'Классный час', orgSourcedId: org }, { sourcedId: 'c-phys', title: 'Физика', orgSourcedId: org }],
		classes: [
			{ sourcedId: 'k7', title: '7А', courseSourcedId: 'c-home', classType: 'homeroom', schoolSourcedId: org, termSourcedIds: 'y' },
			{ sourcedId: 'k5', title: '5Б', courseSourcedId: 'c-home', classType: 'homeroom', schoolSourcedId: org, termSourcedIds: 'y' },
			{ sourcedId: 'g1', title: 'Физика 7', courseSourcedId: 'c-phys', classType: 'scheduled', schoolSourcedId: org, termSourcedIds: 'y' },
		],
		users,
		roles: version === '1.1' ? [] : users.map((u) => ({ sourcedId: `r-${u.sourcedId}`, userSourcedId: u.sourcedId, roleType: 'primary', role: u.role,
			orgSourcedId: org, beginDate: u.sourcedId === 's1' ? '2020-09-01' : '' })),
		demographics: [{ sourcedId: 's1', birthDate: '2013-04-05', sex: 'male' }, { sourcedId: 's2', birthDate: '2015-01-02' }],
		enrollments: [
			enrol('e1', 'k7', 's1', 'student', { beginDate: '2020-09-01', endDate: '2027-06-01' }), enrol('e2', 'k5', 's2', 'student'), enrol('e3', 'k7', 's3', 'student'),
			enrol('e4', 'k7', 't1', 'teacher', { primary: 'true', beginDate: '2026-09-01' }),
			enrol('e5', 'g1', 't1', 'teacher'), enrol('e6', 'g1', 's1', 'student'), enrol('e7', 'g1', 's3', 'student'),
		],
	};
}

/** A school of this size with classes of 27, guardians and subject groups. */
export function large(version, students, teachers) {
	const s = school(version), org = 'org-1', grade = (k) => 1 + (k % 11);
	const user = (sourcedId, role, familyName, givenName, more = {}) => ({ sourcedId, enabledUser: 'true', orgSourcedIds: org, role, username: sourcedId,
		givenName, familyName, middleName: 'Иванович', ...more });
	const classCount = Math.ceil(students / 27);
	s.classes = Array.from({ length: classCount }, (_, k) => ({ sourcedId: `k${k}`, title: `${grade(k)}${'АБВГДЕЖЗ'[Math.floor(k / 11)]}`, courseSourcedId: 'c-home', classType: 'homeroom',
		schoolSourcedId: org, termSourcedIds: 'y' }));
	s.users = [];
	s.enrollments = [];
	s.demographics = [];
	for (let i = 0; i < teachers; i++)
		s.users.push(user(`t${i}`, 'teacher', `Учителев${i}`, 'Иван'));
	for (let i = 0; i < students; i++) {
		const k = i % classCount;
		s.users.push(user(`s${i}`, 'student', `Учеников${i}`, 'Пётр', { agentSourcedIds: `p${i},q${i}` }));
		s.users.push(user(`p${i}`, 'parent', `Учеников${i}`, 'Олег'), user(`q${i}`, 'parent', `Ученикова${i}`, 'Анна'));
		s.demographics.push({ sourcedId: `s${i}`, birthDate: `20${String(8 + (i % 10)).padStart(2, '0')}-03-${String(1 + (i % 28)).padStart(2, '0')}` });
		s.enrollments.push({ sourcedId: `h${i}`, classSourcedId: `k${k}`, schoolSourcedId: org, userSourcedId: `s${i}`, role: 'student' });
		for (let g = 0; g < 4; g++)
			s.enrollments.push({ sourcedId: `m${i}-${g}`, classSourcedId: `g${k}-${g}`, schoolSourcedId: org, userSourcedId: `s${i}`, role: 'student' });
	}
	for (let k = 0; k < classCount; k++) {
		s.enrollments.push({ sourcedId: `ht${k}`, classSourcedId: `k${k}`, schoolSourcedId: org, userSourcedId: `t${k % teachers}`, role: 'teacher', primary: 'true' });
		for (let g = 0; g < 4; g++) {
			s.classes.push({ sourcedId: `g${k}-${g}`, title: `Группа ${k}-${g}`, courseSourcedId: 'c-phys', classType: 'scheduled', schoolSourcedId: org, termSourcedIds: 'y' });
			s.enrollments.push({ sourcedId: `gt${k}-${g}`, classSourcedId: `g${k}-${g}`, schoolSourcedId: org, userSourcedId: `t${(k + g) % teachers}`, role: 'teacher' });
		}
	}
	s.roles = version === '1.1' ? [] : s.users.map((u) => ({ sourcedId: `r-${u.sourcedId}`, userSourcedId: u.sourcedId, roleType: 'primary', role: u.role, orgSourcedId: org }));
	return s;
}
