import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';
import { api, ok } from '../lib/api';
import { useCatalogue } from '../lib/data';
import { fill, fullName, plural } from '../lib/format';
import { useResource } from '../lib/resource';
import { route, setQuery } from '../lib/router';
import { is } from '../lib/session';
import { word } from '../lib/words';
import { TextField } from '../parts/Field';
import { Link } from '../parts/Link';
import { Page } from '../parts/Page';
import { Empty, Loaded } from '../parts/States';

const DEBOUNCE_MS = 250;

function Found({ query }: { query: string }) {
  const key = `search/${query}`;
  const found = useResource(key, () => ok(api.GET('/api/v1/search', { params: { query: { query } } })));
  const catalogue = useCatalogue().data;
  return (
    <Loaded of={found} retry={key}>
      {({ people, guardians, classes }) => people.length + guardians.length + classes.length === 0 ? <Empty title={t().students.nothingFound} text={t().search.nothingText} /> : (
        <>
          <p class="list-count" role="status">{plural(people.length + guardians.length + classes.length, t().search.count)}</p>
          <ul class="rows">
            {classes.map((one) => <li key={one.id} class="row"><Link href={`/classes/${one.id}`}>{one.name}</Link><span class="soft">{word(catalogue, 'group_type', one.type)}</span></li>)}
            {people.map((one) => {
              const about = [one.class, one.former && t().search.former].filter(Boolean).join(' · ');
              const href = one.about === 'student' ? `/students/${one.id}` : is('administrator') ? `/staff/${one.id}` : null;
              return <li key={one.id} class="row">{href ? <Link href={href}>{fullName(one)}</Link> : <span>{fullName(one)}</span>}<span class="soft">{about}</span></li>;
            })}
            {guardians.map((one) => (
              <li key={one.id} class="row"><Link href={`/students/${one.child.id}`}>{fullName(one)}</Link><span class="soft">{fill(t().search.guardian, { child: fullName(one.child), class: one.child.class })}</span></li>
            ))}
          </ul>
        </>
      )}
    </Loaded>
  );
}

/** People and classes by name, of those one may see. */
export function Search() {
  const asked = route.value.query.get('query') ?? '';
  const typed = useSignal(asked);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const search = (text: string) => {
    typed.value = text;
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setQuery({ query: text.trim() }), DEBOUNCE_MS);
  };
  return (
    <Page title={t().search.title}>
      <form role="search" class="narrow" onSubmit={(e) => e.preventDefault()}>
        <TextField label={t().search.label} value={typed.value} onValue={search} input={{ type: 'search', autofocus: true }} />
      </form>
      {asked && <Found key={asked} query={asked} />}
    </Page>
  );
}
