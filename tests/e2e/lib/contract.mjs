// The API's contract, from node/openapi.yaml: every answer that any test sees is held against it.
import fs from 'node:fs';
import Ajv from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import YAML from 'yaml';

const document = YAML.parse(fs.readFileSync(new URL('../../../node/openapi.yaml', import.meta.url), 'utf8'));
const ajv = new Ajv.default({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema(document, 'api');

const pointer = (...keys) => 'api#/' + keys.map((k) => String(k).replace(/~/g, '~0').replace(/\//g, '~1')).map(encodeURIComponent).join('/');

const patterns = Object.keys(document.paths).map((text) => ({
	text,
	literal: text.split('/').filter((s) => !s.startsWith('{')).length,
	test: new RegExp(`^${text.replace(/[.]/g, '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`),
})).sort((a, b) => b.literal - a.literal);

const follow = (at) => (at?.$ref ? at.$ref.slice(2).split('/').reduce((o, k) => o[k], document) : at);

/** What the contract's examples do not keep: each JSON body of a request or a good answer has one, which fits its schema. */
export function heldExamples() {
	const wrong = [];
	const look = (body, where) => {
		for (const [media, { schema, example, examples }] of Object.entries(follow(body)?.content ?? {}).filter(([m]) => m.endsWith('json'))) {
			const shown = examples ? Object.values(examples).map((e) => follow(e).value) : [example ?? follow(schema).example ?? follow(schema).examples?.[0]];
			const validate = ajv.compile(schema.$ref ? { $ref: `api${schema.$ref}` } : JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')));
			for (const one of shown)
				if (one === undefined)
					wrong.push(`${where} ${media}: no example`);
				else if (!validate(one))
					wrong.push(`${where} ${media}: ${ajv.errorsText(validate.errors)}`);
		}
	};
	for (const [path, item] of Object.entries(document.paths))
		for (const [method, operation] of Object.entries(item).filter(([m]) => ['get', 'post', 'put', 'delete'].includes(m))) {
			look(operation.requestBody, `${method} ${path} asked`);
			for (const [status, answer] of Object.entries(operation.responses).filter(([s]) => s !== 'default'))
				look(answer, `${method} ${path} ${status}`);
		}
	return wrong;
}

/** METHOD /path of everything the contract describes. */
export const operations = () => Object.entries(document.paths).flatMap(([path, item]) => Object.keys(item)
	.filter((m) => ['get', 'post', 'put', 'delete'].includes(m)).map((m) => `${m.toUpperCase()} ${path}`));

/** Problems answer what has no operation, such as an unknown address or method. */
function problem(answer, where) {
	if (answer.status < 400)
		throw new Error(`${where}: status ${answer.status} is not in openapi.yaml`);
	return { keys: ['components', 'responses', 'Problem'], response: document.components.responses.Problem };
}

function find(method, path, answer, where) {
	const pattern = patterns.find((p) => p.test.test(path))?.text;
	const operation = document.paths[pattern]?.[method.toLowerCase()];
	const responses = operation?.responses ?? {};
	const key = responses[answer.status] ? String(answer.status) : 'default';
	if (!responses[key] || (key === 'default' && answer.status < 400))
		return problem(answer, where);
	const response = responses[key];
	if (response.$ref) {
		const name = response.$ref.split('/').pop();
		return { keys: ['components', 'responses', name], response: document.components.responses[name] };
	}
	return { keys: ['paths', pattern, method.toLowerCase(), 'responses', key], response };
}

/** answer: {status, type, json}. Throws on whatever the contract does not say. */
export function hold(method, target, answer) {
	const path = target.split('?')[0];
	if (!path.startsWith('/api/'))
		return;
	/* any list may be asked for as a table */
	if (answer.status === 200 && answer.type === 'text/csv' && /[?&]format=csv\b/.test(target))
		return;
	const where = `${method} ${path} -> ${answer.status}`;
	const { keys, response } = find(method, path, answer, where);
	if (!response.content) {
		if (answer.bytes.length)
			throw new Error(`${where}: a body where none is described`);
		return;
	}
	const media = Object.keys(response.content).find((t) => t === answer.type);
	if (!media)
		throw new Error(`${where}: type ${answer.type} instead of ${Object.keys(response.content)}`);
	if (!media.endsWith('json'))
		return;
	const validate = ajv.getSchema(pointer(...keys, 'content', media, 'schema'));
	if (!validate(answer.json))
		throw new Error(`${where}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(answer.json).slice(0, 800)}`);
	if (answer.status >= 400 && answer.json.status !== answer.status)
		throw new Error(`${where}: the problem says status ${answer.json.status}`);
}
