import { t } from '../i18n';
import { st } from '../i18n/staff';
import { api, ok, type Duplicate } from '../lib/api';
import { date, fill, fullName, plural } from '../lib/format';
import { link } from '../lib/links';
import { useResource } from '../lib/resource';
import { Icon } from '../parts/Icon';
import { Link } from '../parts/Link';
import { Page } from '../parts/Page';
import { Empty, Loaded } from '../parts/States';

export function DuplicateList({ of }: { of: Duplicate[] }) {
  const words = st().duplicates;
  return (
    <ul class="rows">
      {of.map((one) => {
        const [first, second] = one.students as [Duplicate['students'][number], Duplicate['students'][number]];
        return (
          <li key={first.id + second.id} class="row">
            <span>
              <strong>{fill(words.pair, { name: fullName(first), date: date(one.birth_date) })}</strong><br />
              {[first, second].map((s, i) => <span key={s.id} class="soft">{i > 0 && ' · '}<Link href={`/students/${s.id}`}>{s.class || words.noClass}</Link></span>)}
            </span>
            <button type="button" class="button small" aria-label={`${words.one}: ${fullName(first)}`} onClick={() => void link(first.id, second.id)}>{words.one}</button>
          </li>
        );
      })}
    </ul>
  );
}

/** Students who may be held twice. */
export function Duplicates() {
  const duplicates = useResource('duplicates', () => ok(api.GET('/api/v1/duplicates')));
  const words = st().duplicates;
  return (
    <Page title={words.title} lead={words.lead} above={<Link href="/students" class="back"><Icon name="left" size={16} />{t().student.back}</Link>}>
      <Loaded of={duplicates} retry="duplicates">
        {(data) => data.items.length === 0 ? <Empty title={words.empty} text={words.emptyText} /> : (
          <>
            <p class="list-count" role="status">{plural(data.items.length, words.count)}</p>
            <DuplicateList of={data.items} />
            <p class="hint">{words.hint}</p>
          </>
        )}
      </Loaded>
    </Page>
  );
}
