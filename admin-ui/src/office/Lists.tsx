import { useSignal } from '@preact/signals';
import { t, titled } from '../i18n';
import { st } from '../i18n/staff';
import { ApiError, type Catalogue, type Entry, type ListItem } from '../lib/api';
import { useCatalogue } from '../lib/data';
import { errorText } from '../lib/errors';
import { dateTime, fill, plural } from '../lib/format';
import { editableLists, historyOf, holds, said, say, useSchoolEntries, wordsOf } from '../lib/items';
import { route, setQuery } from '../lib/router';
import { toast } from '../lib/toast';
import { CheckField, SelectField } from '../parts/Field';
import { Icon } from '../parts/Icon';
import { Mark } from '../parts/Mark';
import { Page } from '../parts/Page';
import { Empty, Loaded } from '../parts/States';
import { Tabs } from '../parts/Tabs';
import { ItemDialog } from './ItemDialog';
import { Templates } from './Templates';

const read = (name: string) => route.value.query.get(name) ?? '';

/** What an entry did to its item, told by the one before. */
function deed(entry: Entry, before: Entry | undefined) {
  const acts = st().lists.acts;
  const now = said(entry);
  const was = before && said(before);
  if (!holds(entry) && entry.status !== 'confirmed' && entry.replaced_by === null) return acts.withdrawn;
  if (now.hidden && !was?.hidden) return acts.hidden;
  if (was?.hidden && !now.hidden) return acts.shown;
  return was ? fill(acts.renamed, { name: now.title_ru }) : acts.added;
}

function History({ of }: { of: Entry[] }) {
  if (!of.length) return null;
  return (
    <details class="item-history">
      <summary>{plural(of.length, st().lists.history)}</summary>
      <ul>
        {of.map((one, i) => (
          <li key={one.id}>{deed(one, of[i - 1])} · {fill(st().lists.by, { name: one.by.name, role: one.by.role })} · <time dateTime={one.time}>{dateTime(one.time)}</time></li>
        )).reverse()}
      </ul>
    </details>
  );
}

function State({ item }: { item: ListItem }) {
  const words = st().lists;
  if (item.hidden) return <Mark tone="calm" shape="cross" text={words.hidden} />;
  return item.own ? <Mark tone="move" shape="check" text={words.own} /> : <Mark tone="calm" shape="ring" text={words.shared} />;
}

type RowProps = { list: string; item: ListItem; group?: string; history: Entry[]; onRename: () => void };
function Row({ list, item, group, history, onRename }: RowProps) {
  const busy = useSignal(false);
  const words = st().lists;
  const name = titled(item.title);
  const toggle = async () => {
    busy.value = true;
    try {
      await say({ ...wordsOf(list, item), hidden: !item.hidden }, history);
      toast(fill(item.hidden ? words.shownDone : words.hiddenDone, { name }));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toast(errorText(error), { tone: 'error' });
    }
    busy.value = false;
  };
  const label = (act: string) => fill(words.ofItem, { act, name });
  return (
    <tr>
      <th scope="row">{name}<History of={history} /></th>
      {group !== undefined && <td data-label={words.group}>{group || '—'}</td>}
      <td data-label={words.state}><State item={item} /></td>
      <td data-label="">
        <span class="row-acts">
          {item.own && !item.hidden && <button type="button" class="text-button" aria-label={label(words.rename)} onClick={onRename}>{words.rename}</button>}
          <button type="button" class="text-button" disabled={busy.value} aria-label={label(item.hidden ? words.show : words.hide)} onClick={() => void toggle()}>{item.hidden ? words.show : words.hide}</button>
        </span>
      </td>
    </tr>
  );
}

function Editor({ catalogue }: { catalogue: Catalogue }) {
  const entries = useSchoolEntries('list_item');
  const open = useSignal<'new' | ListItem | null>(null);
  const lists = editableLists(catalogue);
  const words = st().lists;
  const chosen = lists.find((one) => one.code === read('list')) ?? lists[0];
  if (!chosen) return null;
  const list = catalogue.lists[chosen.code]!;
  const groups = list.groups ? catalogue.lists[list.groups]?.items ?? [] : null;
  const mine = read('mine') === 'true';
  const items = list.items.filter((one) => !mine || one.own || one.hidden);
  const history = (code: string) => historyOf(entries.data ?? [], chosen.code, code);
  return (
    <>
      <form class="filters bar" role="search" onSubmit={(event) => event.preventDefault()}>
        <SelectField label={words.which} value={chosen.code} onValue={(code) => setQuery({ list: code })} options={lists.map((one) => ({ value: one.code, text: titled(one.title) }))} />
        <CheckField label={words.mine} value={mine} onValue={(on) => setQuery({ mine: on ? 'true' : '' })} />
        <button type="button" class="button primary" onClick={() => { open.value = 'new'; }}><Icon name="plus" />{words.add}</button>
      </form>
      <p class="hint used">{fill(words.used, { kinds: chosen.kinds.map(titled).join('; ') })}</p>
      <p class="list-count" role="status">{plural(items.length, words.count)}</p>
      {items.length === 0 ? <Empty title={words.noMine}><button type="button" class="button" onClick={() => setQuery({ mine: '' })}>{t().students.clear}</button></Empty> : (
        <table class="table cards items">
          <thead><tr><th scope="col">{words.item}</th>{groups && <th scope="col">{words.group}</th>}<th scope="col">{words.state}</th><th scope="col"><span class="visually-hidden">{st().access.manage}</span></th></tr></thead>
          <tbody>
            {items.map((one) => (
              <Row key={one.code} list={chosen.code} item={one} history={history(one.code)} onRename={() => { open.value = one; }}
                group={groups ? titled(groups.find((g) => g.code === one.group)?.title ?? { ru: '', en: '' }) : undefined} />
            ))}
          </tbody>
        </table>
      )}
      {open.value && (
        <ItemDialog catalogue={catalogue} list={chosen.code} item={open.value === 'new' ? undefined : open.value} history={open.value === 'new' ? [] : history(open.value.code)} onClose={() => { open.value = null; }} />
      )}
    </>
  );
}

/** The school's reference lists and its templates of lesson cards. */
export function Lists() {
  const catalogue = useCatalogue();
  const words = st().lists;
  const tab = read('tab') === 'templates' ? 'templates' : 'lists';
  return (
    <Page title={words.title} lead={words.lead}>
      <Tabs label={words.title} tabs={(['lists', 'templates'] as const).map((one) => ({ href: one === 'lists' ? '/lists' : '/lists?tab=templates', text: words.tabs[one], count: 0, current: one === tab }))} />
      {tab === 'templates' ? <Templates /> : <Loaded of={catalogue} retry="catalogue" rows={8}>{(data) => <Editor catalogue={data} />}</Loaded>}
    </Page>
  );
}
