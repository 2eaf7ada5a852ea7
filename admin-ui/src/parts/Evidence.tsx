import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from '../i18n';
import { ApiError, type EvidenceFile } from '../lib/api';
import { fetchFile, fileHref, type Subject } from '../lib/entries';
import { errorText } from '../lib/errors';
import { fill } from '../lib/format';
import { Icon } from './Icon';

const PDF = 'application/pdf';

/** A document, shown by the browser's own viewer where it has one; to be taken along anywhere. */
function Paper({ subject, file }: { subject: Subject; file: EvidenceFile }) {
  const address = useSignal('');
  const busy = useSignal(false);
  const failed = useSignal('');
  const hide = () => {
    URL.revokeObjectURL(address.peek());
    address.value = '';
  };
  useEffect(() => hide, []);
  const show = async () => {
    busy.value = true;
    failed.value = '';
    try {
      // Its type is said here: whatever the file holds, it is read as a document and as nothing else.
      address.value = URL.createObjectURL(new Blob([await fetchFile(subject, file.id)], { type: PDF }));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failed.value = errorText(error);
    } finally {
      busy.value = false;
    }
  };
  const toggle = () => void (address.value ? hide() : show());
  const act = address.value ? t().files.hide : busy.value ? t().common.working : t().files.show;
  return (
    <li class={address.value ? 'paper open' : 'paper'}>
      <Icon name="paper" /><a href={fileHref(subject, file.id)} download={file.name}>{file.name}</a>
      {file.type === PDF && navigator.pdfViewerEnabled && (
        <button type="button" class="button small quiet" disabled={busy.value} aria-expanded={address.value !== ''} aria-label={`${act}: ${file.name}`} onClick={toggle}>{act}</button>
      )}
      {failed.value && <p class="error" role="alert">{failed.value}</p>}
      {address.value && <iframe src={address.value} title={fill(t().files.document, { name: file.name })} />}
    </li>
  );
}

/** Evidence: pictures in sight, documents one press away; what is still on its way says so. */
export function Evidence({ subject, files }: { subject: Subject; files: EvidenceFile[] }) {
  return (
    <ul class="files evidence">
      {files.map((one) => {
        const href = fileHref(subject, one.id);
        if (one.held === false) return <li key={one.id}><Icon name="paper" /><span>{one.name} · {t().files.away}</span></li>;
        if (one.type?.startsWith('image/'))
          return <li key={one.id} class="picture"><a href={href} target="_blank" rel="noreferrer"><img src={href} alt={one.name} loading="lazy" /></a></li>;
        return <Paper key={one.id} subject={subject} file={one} />;
      })}
    </ul>
  );
}
