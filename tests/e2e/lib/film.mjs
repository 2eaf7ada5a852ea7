// What a camera would see: squares drawn into a film that Chromium plays as its camera.
import fs from 'node:fs';
import { encode } from '../../../admin-ui/node_modules/uqr/dist/index.mjs';

const SIDE = 480, RATE = 10;

function frame(text) {
	const { data, size } = encode(text, { ecc: 'M', border: 4 });
	const luma = Buffer.alloc(SIDE * SIDE, 235);
	for (let y = 0; y < SIDE; y++)
		for (let x = 0; x < SIDE; x++)
			if (data[Math.floor((y * size) / SIDE)][Math.floor((x * size) / SIDE)])
				luma[y * SIDE + x] = 16;
	return Buffer.concat([Buffer.from('FRAME\n'), luma, Buffer.alloc(SIDE * SIDE / 2, 128)]);
}

/** scenes: [text, seconds]; afterwards it begins anew. Returns Chromium's arguments. */
export function film(file, scenes) {
	const frames = scenes.flatMap(([text, seconds]) => Array(seconds * RATE).fill(frame(text)));
	fs.writeFileSync(file, Buffer.concat([Buffer.from(`YUV4MPEG2 W${SIDE} H${SIDE} F${RATE}:1 Ip A0:0 C420mpeg2\n`), ...frames]));
	return ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${file}`];
}
