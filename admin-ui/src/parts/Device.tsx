// What this device can do, and of what it cannot why.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { get } from 'idb-keyval';
import { t } from '../i18n';
import { troubleAhead, type Trouble } from '../lib/camera';
import { install, installed, offer } from '../lib/install';
import { keeps, possible } from '../lib/offline';
import { is } from '../lib/session';
import { Mark } from './Mark';

type RowProps = { title: string; works: boolean; why: string; children?: ComponentChildren };
function Row({ title, works, why, children }: RowProps) {
  return (
    <li class="row device-row">
      <div><h3>{title}</h3><p>{why}</p>{children}</div>
      {works ? <Mark tone="good" shape="check" text={t().device.works} /> : <Mark tone="wait" shape="cross" text={t().device.not} />}
    </li>
  );
}

/** Nothing is asked of the person: only whether there is a camera, and whether they forbade it. */
async function cameraTrouble(): Promise<Trouble | null> {
  const early = troubleAhead();
  if (early) return early;
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  if (!devices.some((one) => one.kind === 'videoinput')) return 'none';
  const answer = await navigator.permissions?.query({ name: 'camera' as PermissionName }).catch(() => null);
  return answer?.state === 'denied' ? 'denied' : null;
}

export function Device() {
  const words = t().device;
  const camera = useSignal<Trouble | null | undefined>(undefined);
  const stores = useSignal<boolean | undefined>(undefined);
  useEffect(() => {
    void cameraTrouble().then((found) => { camera.value = found; });
    get('probe').then(() => { stores.value = true; }, () => { stores.value = false; });
  }, []);
  const unable = isSecureContext ? words.old : words.plain;
  const family = is('student', 'parent');
  const cameraWhy = { plain: words.plain, none: words.cameraNone, denied: words.cameraDenied, busy: words.cameraOn };
  return (
    <section aria-labelledby="device">
      <h2 id="device">{words.title}</h2>
      <ul class="rows">
        <Row title={words.install} works={possible} why={!possible ? unable : installed() ? words.installed : words.installHow}>
          {offer.value && <button type="button" class="button small" onClick={() => void install()}>{words.installNow}</button>}
        </Row>
        <Row title={words.reading} works={keeps()} why={!possible ? unable : !family ? words.readingStaff : keeps() ? words.readingOn : words.readingShared} />
        {stores.value !== undefined && <Row title={words.writing} works={stores.value} why={stores.value ? words.writingOn : words.writingOff} />}
        {camera.value !== undefined && <Row title={words.camera} works={camera.value === null} why={camera.value ? cameraWhy[camera.value] : words.cameraOn} />}
      </ul>
    </section>
  );
}
