// A bundle: a line, then every record behind its length.
import { read } from './record.mjs';

const MAGIC = Buffer.from('estafeta bundle 1\n');

export function bundleRecords(bytes) {
	if (!bytes.subarray(0, MAGIC.length).equals(MAGIC))
		throw new Error('not a bundle');
	const out = [];
	for (let at = MAGIC.length; at < bytes.length;) {
		const n = bytes.readUInt32BE(at);
		out.push(read(new Uint8Array(bytes.subarray(at + 4, at + 4 + n))));
		at += 4 + n;
	}
	return out;
}

export function writeBundle(records) {
	return Buffer.concat([MAGIC, ...records.flatMap(({ raw }) => {
		const length = Buffer.alloc(4);
		length.writeUInt32BE(raw.length);
		return [length, raw];
	})]);
}
