import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { st } from '../i18n/staff';
import { api, ok, type Entry } from '../lib/api';
import { useCatalogue, useEntries } from '../lib/data';
import type { Subject } from '../lib/entries';
import { useResource } from '../lib/resource';
import { go, route } from '../lib/router';
import { me } from '../lib/session';
import { word } from '../lib/words';
import { Dialog } from '../parts/Dialog';
import { Icon } from '../parts/Icon';
import { Link } from '../parts/Link';
import { Page } from '../parts/Page';
import { Empty, Loaded } from '../parts/States';
import { Tabs } from '../parts/Tabs';
import { Unsent } from '../parts/Unsent';
import { CardSheet } from './CardSheet';
import { CARD } from './Constructor';

type Published = { id: string; title: string; fields: Entry['fields']; words: Entry['words']; author: string; school: { name: string }; time: string };

function Own() {
  const subject: Subject = { about: 'staff', id: me().person! };
  const catalogue = useCatalogue().data;
  const cards = useEntries(subject, { kind: CARD }, 1);
  const fresh = <Link href="/cards/new" class="button primary"><Icon name="plus" />{st().lessons.new}</Link>;
  return (
    <>
      <Unsent subject={subject} writes={[CARD]} kind={CARD} onMend={(item) => go(`/cards/new?queued=${item.key}`)} />
      <Loaded of={cards} retry="staff/">
        {(data) => {
          const shown = data.items.filter((one) => one.status === 'confirmed' && !one.replaced_by);
          return shown.length === 0 ? <Empty title={st().lessons.empty} text={st().lessons.emptyText}>{fresh}</Empty> : (
            <ul class="tiles">
              {shown.map((one) => (
                <li key={one.id}>
                  <Link href={`/cards/${one.id}`} class="tile">
                    <strong class="tile-title">{one.title}</strong>
                    <span class="soft">{[one.fields.subject && word(catalogue, 'school_subject', String(one.fields.subject)), one.fields.grade && `${one.fields.grade} ${st().lessons.grade}`].filter(Boolean).join(' · ')}</span>
                  </Link>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </>
  );
}

function Commons() {
  const catalogue = useCatalogue().data;
  const commons = useResource('commons', () => ok(api.GET('/api/v1/commons', { params: { query: { kind: 'published_card' } } })));
  const open = useSignal<Published | null>(null);
  return (
    <>
      <Loaded of={commons} retry="commons">
        {(data) => data.items.length === 0 ? <Empty title={st().lessons.noCommons} text={st().lessons.noCommonsText} /> : (
          <ul class="tiles">
            {data.items.map((one) => (
              <li key={one.id}>
                <button type="button" class="tile" onClick={() => { open.value = one; }}>
                  <strong class="tile-title">{one.title}</strong>
                  <span class="soft">{one.author} · {one.school.name}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      {open.value && catalogue && (
        <Dialog title={open.value.title} wide onClose={() => { open.value = null; }}>
          <p class="soft">{open.value.author} · {open.value.school.name}</p>
          <CardSheet card={open.value} catalogue={catalogue} />
        </Dialog>
      )}
    </>
  );
}

/** Technological cards: one's own, and what schools of the network have published. */
export function Cards() {
  const commons = route.value.query.get('of') === 'commons';
  return (
    <Page title={t().nav.cards} aside={<Link href="/cards/new" class="button primary"><Icon name="plus" />{st().lessons.new}</Link>}>
      <Tabs label={t().nav.cards} tabs={[
        { href: '/cards', text: st().lessons.own, count: 0, current: !commons },
        { href: '/cards?of=commons', text: st().lessons.commons, count: 0, current: commons },
      ]} />
      {commons ? <Commons /> : <Own />}
    </Page>
  );
}
