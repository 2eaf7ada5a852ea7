// A real nginx with the file that we ship: only its ports and the places of its certificate are put in.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { HOST, spawnLogged, tempDir, waitFor } from './run.mjs';

const SHIPPED = new URL('../../../configs/nginx.conf', import.meta.url);
const NGINX = ['/usr/sbin/nginx', '/usr/local/sbin/nginx'].find((p) => fs.existsSync(p));
export const NAME = 'school.example';
export const noProxy = NGINX ? false : 'no nginx here';

async function freePorts(count) {
	const servers = await Promise.all(Array.from({ length: count }, () => new Promise((resolve) => {
		const server = net.createServer().listen(0, '127.0.0.1', () => resolve(server));
	})));
	const ports = servers.map((server) => server.address().port);
	await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
	return ports;
}

function certificate(dir) {
	const [pem, key] = ['cert.pem', 'key.pem'].map((name) => path.join(dir, name));
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', `/CN=${NAME}`,
		'-addext', `subjectAltName=DNS:${NAME}`, '-keyout', key, '-out', pem], { stdio: 'ignore' });
	const spki = new crypto.X509Certificate(fs.readFileSync(pem)).publicKey.export({ type: 'spki', format: 'der' });
	return { pem, key, pin: crypto.createHash('sha256').update(spki).digest('base64') };
}

/** What is shipped, with each of these put in exactly where it stands. */
function substituted(text, pairs) {
	for (const [from, to] of pairs) {
		assert.ok(text.includes(from), `nginx.conf no longer says: ${from}`);
		text = text.replaceAll(from, to);
	}
	return text;
}

/** A line to the node that may lose whatever the node answers: {origin, swallow: false, close()}. */
export async function lossyLine(nodePort) {
	const line = { swallow: false }, sockets = new Set();
	const server = net.createServer((client) => {
		const up = net.connect(nodePort, HOST);
		client.pipe(up);
		up.on('data', (part) => line.swallow || client.write(part)).on('end', () => client.end());
		for (const one of [client, up]) {
			sockets.add(one);
			one.on('error', () => { client.destroy(); up.destroy(); }).on('close', () => sockets.delete(one));
		}
	});
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	line.origin = `http://localhost:${server.address().port}`;
	line.close = () => { sockets.forEach((one) => one.destroy()); server.close(); };
	return line;
}

/** In front of a node's port: {tls, plain: ports, cert: path, args: what Chromium needs to find and trust it, stop()}. */
export async function proxy(nodePort) {
	const dir = tempDir();
	const { pem, key, pin } = certificate(dir);
	const [tls, plain] = await freePorts(2);
	fs.writeFileSync(path.join(dir, 'school.conf'), substituted(fs.readFileSync(SHIPPED, 'utf8'), [
		['listen 443 ssl;', `listen 127.0.0.1:${tls} ssl;`],
		['listen 80;', `listen 127.0.0.1:${plain};`],
		['/etc/ssl/school.example.pem', pem],
		['/etc/ssl/private/school.example.key', key],
		['127.0.0.1:8480', `${HOST}:${nodePort}`],
	]));
	const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((one) => `${one}_temp_path ${dir}/${one};`).join(' ');
	const main = path.join(dir, 'nginx.conf');
	fs.writeFileSync(main, `daemon off; master_process off; pid ${dir}/pid; error_log ${dir}/error.log;
events {} http { access_log off; ${temp} include ${dir}/school.conf; }\n`);
	const log = fs.openSync(path.join(dir, 'out'), 'a', 0o600);
	const child = spawnLogged(NGINX, ['-p', dir, '-c', main], log);
	fs.closeSync(log);
	await waitFor('nginx', () => new Promise((resolve) => {
		assert.equal(child.exitCode, null, fs.readFileSync(path.join(dir, 'out'), 'utf8'));
		const socket = net.connect(tls, '127.0.0.1').once('connect', () => { socket.destroy(); resolve(true); }).once('error', () => resolve(false));
	}));
	return {
		tls, plain, cert: pem,
		args: [`--host-resolver-rules=MAP ${NAME}:443 127.0.0.1:${tls}, MAP ${NAME}:80 127.0.0.1:${plain}, MAP school.lan ${HOST}`,
			`--ignore-certificate-errors-spki-list=${pin}`],
		async stop() {
			child.kill('SIGTERM');
			await child.ended;
		},
	};
}
