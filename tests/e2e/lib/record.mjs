// Reads, checks and opens records by the wire's description alone, with other people's cryptography
// and no line of the node's: what this says of a record, any third party can say.
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { blake2b } from '@noble/hashes/blake2.js';
import { decode } from './msgpack.mjs';

const FIELDS = ['version', 'type', 'author', 'generation', 'incarnation', 'seq', 'subject', 'time', 'period', 'refs', 'keyId',
	'bodyLength', 'bodyHash'];
export const TYPES = { 1: 'school', 2: 'keyevent', 3: 'membership', 4: 'revocation', 5: 'commons', 6: 'aggregate', 7: 'joining',
	16: 'enrolment', 17: 'claim', 18: 'release', 19: 'accept', 20: 'decline', 21: 'void_', 22: 'resolve', 23: 'link_',
	24: 'erase', 25: 'attest', 26: 'keywrap', 32: 'person', 33: 'entry', 34: 'verdict', 35: 'retract', 36: 'manifest' };
const NONCE = 24;
const PAD = 64;

export const hex = (bytes) => Buffer.from(bytes).toString('hex');
export const fromHex = (text) => new Uint8Array(Buffer.from(text, 'hex'));
export const fromBase64 = (text) => new Uint8Array(Buffer.from(text, 'base64'));
const equal = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;

function domain(text) {
	const out = new Uint8Array(16);
	out.set(new TextEncoder().encode(text));
	return out;
}

function hash(name, bytes, { key, size = 32 } = {}) {
	return blake2b(bytes, { dkLen: size, personalization: domain(name), ...(key ? { key } : {}) });
}

/** Bytes to a record; throws where the bytes are not one. */
export function read(raw) {
	const parts = decode(raw);
	if (!Array.isArray(parts) || parts.length !== 3)
		throw new Error('not [header, signature, body]');
	const [header, signature, body] = parts;
	const values = decode(header);
	if (values.length !== FIELDS.length)
		throw new Error('a header of another length');
	const record = Object.fromEntries(FIELDS.map((name, i) => [name, values[i]]));
	if (record.version !== 1 || !TYPES[record.type] || signature.length !== 64)
		throw new Error('not a record of version 1');
	if (body && (body.length !== record.bodyLength || !equal(hash('estafeta body', body), record.bodyHash)))
		throw new Error('the body does not match its hash');
	return { ...record, raw, header, signature, body, typeName: TYPES[record.type], id: hash('estafeta record', header) };
}

export function verify(record, signPublic) {
	const said = new Uint8Array(16 + 32);
	said.set(domain('estafeta sign'));
	said.set(record.id, 16);
	return ed25519.verify(record.signature, said, signPublic);
}

export const keyId = (key) => hash('estafeta keyid', new Uint8Array(0), { key });

/** The plain body, or null where this key does not open it. */
export function open(record, key) {
	if (!record.keyId || !equal(keyId(key), record.keyId))
		return null;
	return openAnyway(record, key);
}

/** The same without asking the header which key it is: what somebody would do who tries all he has. */
export function openAnyway(record, key) {
	const cipher = hash('estafeta cipher', new Uint8Array(0), { key });
	const data = Uint8Array.from(record.header);
	data.fill(0, data.length - 32);
	let padded;
	try {
		padded = xchacha20poly1305(cipher, record.body.subarray(0, NONCE), data).decrypt(record.body.subarray(NONCE));
	} catch {
		return null;
	}
	let end = padded.length - 1;
	while (end >= 0 && padded[end] === 0)
		end--;
	if (padded.length % PAD || end < padded.length - PAD || padded[end] !== 0x80)
		throw new Error('the padding is not 80 00 ...');
	return padded.subarray(0, end);
}

/** The schools' signing keys out of their identity records: id in hex -> keys by generation. */
export function signingKeys(networkRecords) {
	const keys = new Map();
	for (const record of networkRecords.filter((r) => r.typeName === 'school')) {
		if (!equal(hash('estafeta school', record.body), record.author))
			throw new Error("a school's id is not the hash of its identity");
		keys.set(hex(record.author), [decode(record.body).get('sign')]);
	}
	return keys;
}

/** All that an export file holds, each record read, its signature and its shown plain text checked. */
export function readExport(file) {
	const network = file.network.map((text) => read(fromBase64(text)));
	const signs = signingKeys(network);
	const keys = file.keys.map(fromHex);
	const records = file.records.map((item) => {
		const record = read(fromBase64(item.raw));
		if (hex(record.id) !== item.id || record.typeName !== item.type)
			throw new Error(`${item.id}: the id or type is not the record's`);
		const sign = signs.get(hex(record.author))?.[record.generation];
		if (!sign || !verify(record, sign))
			throw new Error(`${item.id}: the signature does not verify`);
		record.plain = record.keyId ? keys.map((k) => open(record, k)).find(Boolean) ?? null : null;
		const shown = item.plain === null ? null : fromBase64(item.plain);
		if (!(record.plain === null && shown === null) && !(record.plain && shown && equal(record.plain, shown)))
			throw new Error(`${item.id}: the file shows another plain text than the body holds`);
		return record;
	});
	return { network, signs, keys, records, byId: new Map(records.map((r) => [hex(r.id), r])) };
}
