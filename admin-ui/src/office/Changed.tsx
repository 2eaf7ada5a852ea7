import { st } from '../i18n/staff';

/** Somebody else was faster: what stands there now, beside what is still in the form. */
export function Changed({ now }: { now: [string, string][] | null }) {
  if (!now) return null;
  return (
    <div class="notice wait" role="alert">
      <p>{st().groups.changed}</p>
      <dl class="facts">{now.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value || '—'}</dd></div>)}</dl>
    </div>
  );
}
