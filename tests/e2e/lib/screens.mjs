// Every screen of the interface: its name, whose it is, where it stands, and what opens it there.
// `make screens` draws them all; screens.test.mjs checks each. at: an address, or a function of the cast.

/** The node's answers to one request, each once: what is said of them is looked at here, and tried on a node elsewhere. */
const answers = (page, path, ...problems) => page.route(`**${path}`, (route) => (route.request().method() === 'POST' && problems.length
	? route.fulfill({ status: problems[0].status, contentType: 'application/problem+json', body: JSON.stringify({ type: 'about:blank', title: '', request_id: '', ...problems.shift() }) })
	: route.continue()));

async function logInWrongly(page) {
	await answers(page, '/api/v1/session', { status: 401, code: 'second_factor' }, { status: 401, code: 'wrong_login', field: 'totp' });
	await page.getByLabel('Логин').fill('sokolova');
	await page.getByLabel('Пароль').fill('четыре слова подряд');
	await page.getByRole('button', { name: 'Войти' }).click();
	await page.getByLabel('Код из приложения').fill('000000');
	await page.getByRole('button', { name: 'Войти' }).click();
	await page.getByRole('alert').waitFor();
}

async function claimTooLate(page) {
	await answers(page, '/api/v1/accounts/claims', { status: 410, code: 'code_expired', field: 'code' });
	await page.getByLabel('Код с листа').fill('2222-2222-2222-2');
	await page.getByLabel('Логин').fill('anna');
	await page.getByLabel('Пароль', { exact: true }).fill('четыре слова подряд');
	await page.getByRole('button', { name: 'Создать вход' }).click();
	await page.getByRole('alert').waitFor();
}

/** On a family's own device, where what was read is kept; then the link is gone. */
async function cut(page) {
	await page.evaluate(() => localStorage.setItem('estafeta.own', '1'));
	await page.reload();
	await page.locator('.entry').first().waitFor();
	await page.context().setOffline(true);
	await page.getByRole('link', { name: 'Результаты', exact: true }).click();
	await page.getByRole('link', { name: 'Портфолио', exact: true }).click();
	await page.getByText('Нет связи').first().waitFor();
}

export const SCREENS = [
	{ name: 'login', who: null, at: '/' },
	{ name: 'login-wrong-code', who: null, at: '/', open: logInWrongly },
	{ name: 'second-step', who: 'newcomer', at: '/' },
	{ name: 'first-visit', who: null, at: '/claim' },
	{ name: 'code-expired', who: null, at: '/claim', open: claimTooLate },
	{ name: 'public-student', who: null, at: (cast) => cast.open.page },
	{ name: 'public-class', who: null, at: (cast) => cast.open.site },
	{ name: 'student-today', who: 'pupil', at: '/' },
	{ name: 'student-portfolio', who: 'pupil', at: '/child/portfolio' },
	{ name: 'student-add', who: 'pupil', at: '/child/portfolio', open: (page) => page.getByRole('button', { name: 'Добавить достижение' }).first().click() },
	{ name: 'student-entry', who: 'pupil', at: (cast) => `/child/portfolio?entry=${cast.entry}` },
	{ name: 'student-consents', who: 'pupil', at: '/child/consents', open: (page) => page.locator('.consents summary').first().click() },
	{ name: 'student-offline', who: 'pupil', at: '/child/portfolio', open: async (page) => {
		await cut(page);
		await page.getByRole('button', { name: 'Добавить достижение' }).first().click();
		await page.getByRole('dialog').getByLabel('Название').fill('Кубок без связи');
		await page.getByRole('dialog').getByLabel('Раздел портфолио').selectOption('sport');
		await page.getByRole('dialog').getByRole('button', { name: 'Записать и подписать' }).click();
		await page.getByRole('heading', { name: '1 запись ещё не у школы' }).waitFor();
	} },
	{ name: 'student-results', who: 'pupil', at: '/child/results' },
	{ name: 'student-interview', who: 'pupil', at: '/child/plan', open: (page) => page.getByRole('button', { name: 'Начать' }).click() },
	{ name: 'student-plan', who: 'pupil', at: '/child/plan' },
	{ name: 'student-page', who: 'pupil', at: '/child/page' },
	{ name: 'student-looks', who: 'pupil', at: '/child/looks' },
	{ name: 'parent-today', who: 'parent', at: '/' },
	{ name: 'parent-search', who: 'parent', at: '/search' },
	{ name: 'parent-account', who: 'parent', at: '/account' },
	{ name: 'parent-consents', who: 'parent', at: '/child/consents' },
	{ name: 'teacher-classless', who: 'classless', at: '/' },
	{ name: 'teacher-today', who: 'teacher', at: '/' },
	{ name: 'teacher-review', who: 'teacher', at: '/review' },
	{ name: 'teacher-students', who: 'teacher', at: '/students' },
	{ name: 'teacher-student', who: 'teacher', at: (cast) => `/students/${cast.student.id}` },
	{ name: 'teacher-student-results', who: 'teacher', at: (cast) => `/students/${cast.student.id}?section=results` },
	{ name: 'teacher-classes', who: 'teacher', at: '/classes' },
	{ name: 'teacher-class', who: 'teacher', at: (cast) => `/classes/${cast.group.id}` },
	{ name: 'teacher-rating', who: 'teacher', at: (cast) => `/classes/${cast.group.id}?section=rating`, open: async (page) => {
		await page.getByLabel('Анализировать и обобщать').check();
		await page.getByLabel('Находить и отбирать информацию').check();
	} },
	{ name: 'teacher-matrix', who: 'teacher', at: (cast) => `/classes/${cast.group.id}?section=matrix` },
	{ name: 'teacher-works', who: 'teacher', at: (cast) => `/classes/${cast.group.id}?section=works` },
	{ name: 'teacher-external', who: 'teacher', at: (cast) => `/classes/${cast.group.id}?section=external` },
	{ name: 'teacher-site', who: 'teacher', at: (cast) => `/classes/${cast.group.id}?section=site` },
	{ name: 'teacher-cards', who: 'teacher', at: '/cards' },
	{ name: 'teacher-commons', who: 'teacher', at: '/cards?of=commons' },
	{ name: 'teacher-constructor', who: 'teacher', at: '/cards/new', open: async (page) => {
		for (let i = 0; i < 3; i++)
			await page.getByRole('button', { name: /^Добавить этап: / }).first().click();
	} },
	{ name: 'teacher-search', who: 'teacher', at: '/search?query=%D0%B7%D0%B0%D0%B9' },
	{ name: 'teacher-deviations', who: 'teacher', at: '/tasks/deviations' },
	{ name: 'teacher-polls', who: 'teacher', at: '/tasks/polls' },
	{ name: 'teacher-plan', who: 'teacher', at: (cast) => `/students/${cast.student.id}?section=plan` },
	{ name: 'teacher-development', who: 'teacher', at: '/own?section=development' },
	{ name: 'help', who: 'teacher', at: '/review', open: (page) => page.getByRole('button', { name: 'Помощь' }).click() },
	{ name: 'tutor-today', who: 'tutor', at: '/' },
	{ name: 'teacher-own', who: 'teacher', at: '/own' },
	{ name: 'teacher-growth', who: 'teacher', at: '/own?section=growth' },
	{ name: 'account', who: 'teacher', at: '/account' },
	{ name: 'student-account', who: 'pupil', at: '/account' },
	{ name: 'scan', who: null, at: '/claim', open: (page) => page.getByRole('button', { name: 'Считать камерой' }).click() },
	{ name: 'administrator-today', who: 'administrator', at: '/' },
	{ name: 'administrator-empty', who: 'founding', at: '/' },
	{ name: 'administrator-students', who: 'administrator', at: '/students' },
	{ name: 'administrator-student', who: 'administrator', at: (cast) => `/students/${cast.student.id}` },
	{ name: 'administrator-transfers', who: 'administrator', at: '/transfers' },
	{ name: 'administrator-network', who: 'administrator', at: '/network' },
	{ name: 'administrator-accounts', who: 'administrator', at: '/accounts' },
	{ name: 'administrator-import', who: 'administrator', at: '/import' },
	{ name: 'administrator-import-checked', who: 'administrator', at: '/import', open: async (page) => {
		await page.getByLabel('Файл', { exact: true }).setInputFiles({ name: 'students.csv', mimeType: 'text/csv', buffer: Buffer.from(
			'Фамилия;Имя;Дата рождения;Класс\nОрлова;Анна;05.04.2015;5А\nСоколов;Пётр;12.09.2015;5А\nОшибкин;;31.02.2015;5А\n') });
		await page.getByRole('button', { name: 'Проверить файл' }).click();
		await page.getByRole('heading', { name: 'Что изменится' }).waitFor();
	} },
	{ name: 'administrator-erasures', who: 'administrator', at: '/erasures' },
	{ name: 'administrator-start', who: 'administrator', at: '/start' },
	{ name: 'administrator-classes', who: 'administrator', at: '/classes' },
	{ name: 'administrator-class', who: 'administrator', at: (cast) => `/classes/${cast.group.id}` },
	{ name: 'administrator-class-edit', who: 'administrator', at: (cast) => `/classes/${cast.group.id}`, open: (page) => page.getByRole('button', { name: 'Изменить', exact: true }).click() },
	{ name: 'administrator-promotion', who: 'administrator', at: '/promotion' },
	{ name: 'administrator-staff', who: 'administrator', at: '/staff' },
	{ name: 'administrator-staff-card', who: 'administrator', at: (cast) => `/staff/${cast.teacher.told.person}` },
	{ name: 'administrator-login', who: 'administrator', at: '/accounts?kind=staff', open: (page) => page.getByRole('button', { name: /^Изменить вход/ }).first().click() },
	{ name: 'administrator-pupil-edit', who: 'administrator', at: (cast) => `/students/${cast.student.id}`, open: (page) => page.getByRole('button', { name: 'Исправить данные' }).click() },
	{ name: 'administrator-duplicates', who: 'administrator', at: '/duplicates' },
	{ name: 'administrator-lists', who: 'administrator', at: '/lists' },
	{ name: 'administrator-templates', who: 'administrator', at: '/lists?tab=templates' },
	{ name: 'administrator-journal', who: 'administrator', at: '/journal', open: (page) => page.getByRole('button', { name: 'Проверить журнал' }).click() },
	{ name: 'administrator-server', who: 'administrator', at: '/server' },
	{ name: 'administrator-analysis', who: 'administrator', at: '/analysis' },
	{ name: 'teacher-analysis', who: 'teacher', at: '/analysis' },
	{ name: 'observer-today', who: 'observer', at: '/' },
];

/** A window with the screen in it, all fetched and drawn. */
export async function show(browser, node, cast, screen, options) {
	const at = typeof screen.at === 'function' ? screen.at(cast) : screen.at;
	const page = screen.who ? await browser.as(cast[screen.who], at, options) : await browser.window(node, options);
	if (!screen.who)
		await page.at(at);
	return page;
}
