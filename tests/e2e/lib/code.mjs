// The family's paper code, made here from its description, so that a test can hold one nobody issued.
import { blake2b } from '@noble/hashes/blake2.js';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Bytes as people type them, with check characters. */
export function written(payload) {
	const personalization = new Uint8Array(16);
	personalization.set(Buffer.from('estafeta check'));
	const whole = Buffer.concat([payload, blake2b(payload, { dkLen: 16, personalization }).subarray(0, 3)]);
	const bits = [...whole].map((b) => b.toString(2).padStart(8, '0')).join('');
	return bits.match(/.{5}/g).map((five) => ALPHABET[parseInt(five, 2)]).join('').match(/.{4}/g).join('-');
}

/** version 1, the origin's short id (5 bytes), the secret (16 bytes) */
export const codeOf = (schoolId, secret) => written(Buffer.concat([Buffer.from([1]), Buffer.from(schoolId, 'hex').subarray(0, 5), secret]));

/** The same with one mistyped character. */
export function mistyped(code) {
	const at = code.length - 7;
	return code.slice(0, at) + (code[at] === '7' ? '8' : '7') + code.slice(at + 1);
}
