import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useId, useRef } from 'preact/hooks';
import { t, titled } from '../i18n';
import { ApiError, type EvidenceFile, type KindField } from '../lib/api';
import { upload, type Subject } from '../lib/entries';
import { localFile, type LocalFile } from '../lib/queue';
import { errorText } from '../lib/errors';
import { underWay } from '../lib/form';
import { fill } from '../lib/format';
import { smaller } from '../lib/picture';
import { Icon } from './Icon';

/** One without a link is kept here and goes with the entry. */
export type Chosen = EvidenceFile | LocalFile;
type Props = { subject: Subject; field: KindField; value: Chosen[]; onValue: (files: Chosen[]) => void; error?: string };

/** A photo of the diploma or a PDF: chosen, made small where it is a photo, sent at once, named in the entry. */
export function FilesField({ subject, field, value, onValue, error }: Props) {
  const id = useId();
  const sending = useSignal<{ name: string; share: number } | null>(null);
  const failed = useSignal('');
  const latest = useRef(value);
  latest.current = value;

  const send = async (files: File[]) => {
    failed.value = '';
    underWay.value++;
    try {
      for (const file of files) {
        sending.value = { name: file.name, share: 0 };
        const small = await smaller(file);
        try {
          const sent = await upload(subject, small, (share) => { sending.value = { name: file.name, share }; });
          onValue([...latest.current, sent]);
        } catch (problem) {
          if (!(problem instanceof ApiError)) throw problem;
          if (problem.offline) onValue([...latest.current, localFile(small)]);
          else failed.value = `${file.name}: ${errorText(problem)}`;
        }
      }
    } finally {
      underWay.value--;
      sending.value = null;
    }
  };
  const take = (e: JSX.TargetedEvent<HTMLInputElement>) => {
    const chosen = [...(e.currentTarget.files ?? [])];
    const room = field.max - value.length;
    e.currentTarget.value = '';
    void send(chosen.slice(0, room)).then(() => { if (chosen.length > room) failed.value = fill(t().files.most, { max: String(field.max) }); });
  };
  const wrong = error ?? failed.value;

  return (
    <div class={wrong ? 'field invalid' : 'field'}>
      <label for={id}>{titled(field.title)}<span class="optional">, {t().common.optional}</span></label>
      <p class="hint">{t().files.hint}</p>
      {wrong && <p class="error" role="alert">{wrong}</p>}
      <ul class="files">
        {value.map((one) => (
          <li key={one.id}>
            <Icon name="paper" /><span>{one.name}{'blob' in one && ` · ${t().outbox.fileWaits}`}</span>
            <button type="button" class="icon-button" aria-label={fill(t().files.remove, { name: one.name })} onClick={() => onValue(value.filter((v) => v.id !== one.id))}>
              <Icon name="cross" size={16} />
            </button>
          </li>
        ))}
        {sending.value && (
          <li role="status"><Icon name="clock" /><span>{sending.value.name}</span><progress value={sending.value.share} aria-label={t().files.sending} /></li>
        )}
      </ul>
      {value.length < field.max && (
        <div class="actions">
          <span class="file-button">
            <input id={id} type="file" multiple accept="image/jpeg,image/png,application/pdf" disabled={sending.value !== null} onChange={take} />
            <span class="button small" aria-hidden="true"><Icon name="plus" size={16} />{t().files.choose}</span>
          </span>
          <span class="file-button camera">
            <input type="file" accept="image/*" capture="environment" aria-label={t().files.shoot} disabled={sending.value !== null} onChange={take} />
            <span class="button small" aria-hidden="true"><Icon name="camera" size={16} />{t().files.shoot}</span>
          </span>
        </div>
      )}
    </div>
  );
}
