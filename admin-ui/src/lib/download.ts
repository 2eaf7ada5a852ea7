// What is taken out of the node to be kept: fetched here, so that one sees how far it has come.
import { api, ok } from './api';

export type Loaded = { blob: Blob; name: string };
/** got and total: bytes; total is null where the node does not say, or a proxy packed it on the way. */
export type Report = (got: number, total: number | null) => void;

/** Of a Content-Disposition (RFC 6266): the name in full letters before the plain one. */
export function nameIn(disposition: string | null): string {
  const whole = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? '');
  if (whole) return decodeURIComponent(whole[1]!);
  return /filename="([^"]*)"/i.exec(disposition ?? '')?.[1] ?? 'estafeta';
}

export async function download(href: string, report: Report, signal: AbortSignal): Promise<Loaded> {
  const call = api.GET(href as '/api/v1/students.csv', { parseAs: 'stream', signal });
  const stream = await ok(call) as unknown as ReadableStream<Uint8Array>;
  const { headers } = (await call).response;
  const length = headers.get('Content-Length');
  const total = length && !headers.get('Content-Encoding') ? Number(length) : null;
  const parts: Uint8Array[] = [];
  const reader = stream.getReader();
  for (let got = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return { blob: new Blob(parts as BlobPart[], { type: headers.get('Content-Type') ?? '' }), name: nameIn(headers.get('Content-Disposition')) };
    parts.push(value);
    got += value.length;
    report(got, total);
  }
}

/** As a browser saves what it was given, not fetched. */
export function save({ blob, name }: Loaded) {
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
