import { useSignal } from '@preact/signals';
import { t, titled } from '../i18n';
import { st } from '../i18n/staff';
import type { Catalogue, Entry, ListItem } from '../lib/api';
import { useForm } from '../lib/form';
import { fill } from '../lib/format';
import { newCode, say, wordsOf } from '../lib/items';
import { toast } from '../lib/toast';
import { Dialog } from '../parts/Dialog';
import { ErrorSummary } from '../parts/ErrorSummary';
import { SelectField, TextField } from '../parts/Field';
import { FormActions } from '../parts/FormActions';

type Props = { catalogue: Catalogue; list: string; item?: ListItem; history: Entry[]; onClose: () => void };
/** A new item of a list, or another name for one of the school's own. */
export function ItemDialog({ catalogue, list, item, history, onClose }: Props) {
  const ru = useSignal(item?.title.ru ?? '');
  const en = useSignal(item && item.title.en !== item.title.ru ? item.title.en : '');
  const group = useSignal(item?.group ?? '');
  const form = useForm();
  const words = st().lists;
  const groups = catalogue.lists[catalogue.lists[list]?.groups ?? '']?.items;
  const labels = { 'fields.title_ru': words.ru, 'fields.title_en': words.en, 'fields.group': words.group };
  const send = async () => {
    if (!ru.value.trim()) return form.missing(['fields.title_ru'], labels);
    const name = ru.value.trim();
    await say({ ...(item ? wordsOf(list, item) : { list, code: newCode() }), title_ru: name, title_en: en.value.trim(), group: group.value }, history);
    toast(item ? words.renamed : fill(words.added, { name }));
    onClose();
  };
  return (
    <Dialog title={item ? words.rename : words.add} onClose={onClose}>
      <form noValidate onSubmit={form.submit(send, labels)}>
        <ErrorSummary errors={form.errors()} />
        <TextField label={words.ru} value={ru.value} error={form.of('fields.title_ru')} onValue={(v) => { ru.value = v; }} input={{ maxLength: 200 }} />
        <TextField label={words.en} hint={words.enHint} optional value={en.value} error={form.of('fields.title_en')} onValue={(v) => { en.value = v; }} input={{ maxLength: 200, lang: 'en' }} />
        {groups && (
          <SelectField label={words.group} optional value={group.value} error={form.of('fields.group')} onValue={(v) => { group.value = v; }}
            options={[{ value: '', text: words.noGroup }, ...groups.map((one) => ({ value: one.code, text: titled(one.title) }))]} />
        )}
        <FormActions busy={form.busy()} submit={item ? t().common.save : t().common.add} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
