// The camera behind, and squares read from it: by the browser where it can, otherwise by jsQR.
export type Trouble = 'plain' | 'denied' | 'none' | 'busy';

const EVERY_MS = 150;
// Large enough for a square on a sheet, small enough for an old telephone.
const WIDTH = 640;

/** Why there is no camera to ask for, if so. */
export const troubleAhead = (): Trouble | null => (!isSecureContext ? 'plain' : navigator.mediaDevices ? null : 'none');

const TROUBLES: Record<string, Trouble> = {
  NotAllowedError: 'denied', SecurityError: 'denied', NotFoundError: 'none', OverconstrainedError: 'none', NotSupportedError: 'none',
};

type Detector = { detect(source: CanvasImageSource): Promise<{ rawValue: string }[]> };
type DetectorClass = { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> };
type Read = (video: HTMLVideoElement) => Promise<string | null>;

async function reader(): Promise<Read> {
  const native = (window as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  if (native && (await native.getSupportedFormats().catch((): string[] => [])).includes('qr_code')) {
    const detector = new native({ formats: ['qr_code'] });
    return async (video) => (await detector.detect(video).catch(() => []))[0]?.rawValue ?? null;
  }
  const { default: jsQR } = await import('jsqr');
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  return async (video) => {
    canvas.width = Math.min(WIDTH, video.videoWidth);
    canvas.height = Math.round((video.videoHeight * canvas.width) / video.videoWidth);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    return jsQR(data, width, height)?.data ?? null;
  };
}

/** Shows the camera in `video` and hands over each square it reads, until the returned function is called. */
export function watch(video: HTMLVideoElement, on: { ready: () => void; read: (text: string) => void; trouble: (what: Trouble) => void }): () => void {
  let stream: MediaStream | null = null;
  let over = false;
  const stop = () => {
    over = true;
    stream?.getTracks().forEach((track) => track.stop());
  };
  const run = async () => {
    const early = troubleAhead();
    if (early) return on.trouble(early);
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
      if (over) return stop();
      video.srcObject = stream;
      await video.play();
    } catch (error) {
      if (!over) on.trouble(TROUBLES[(error as DOMException).name] ?? 'busy');
      return stop();
    }
    on.ready();
    const read = await reader();
    while (!over) {
      const text = video.videoWidth ? await read(video) : null;
      if (text !== null && !over) on.read(text);
      await new Promise((next) => setTimeout(next, EVERY_MS));
    }
  };
  void run();
  return stop;
}
