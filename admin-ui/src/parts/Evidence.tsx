import { t } from '../i18n';
import type { EvidenceFile } from '../lib/api';
import { fileHref, type Subject } from '../lib/entries';
import { Icon } from './Icon';

/** Evidence: pictures in sight, documents to be opened; what is still on its way says so. */
export function Evidence({ subject, files }: { subject: Subject; files: EvidenceFile[] }) {
  return (
    <ul class="files">
      {files.map((one) => {
        const href = fileHref(subject, one.id);
        if (one.held === false) return <li key={one.id}><Icon name="paper" /><span>{one.name} · {t().files.away}</span></li>;
        if (one.type?.startsWith('image/'))
          return <li key={one.id} class="picture"><a href={href} target="_blank" rel="noreferrer"><img src={href} alt={one.name} loading="lazy" /></a></li>;
        return <li key={one.id}><Icon name="paper" /><a href={href} download={one.name}>{one.name}</a></li>;
      })}
    </ul>
  );
}
